"""`agreement`: a draft looked at, compared, laid on the table, signed by its bytes, suspended and resumed."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from sazokar.dialects import agreement as dialect
from sazokar.domain.agreement import Agreement
from sazokar.domain.agreement_diff import diff as changes_of
from sazokar.domain.agreement_doubts import doubts
from sazokar.domain.state import State
from sazokar.domain.statement import Document, ProposeDraft, ResumeAgreement, SignAgreement, SuspendAgreement
from sazokar.doors.agreement_words import diff_words, show_words
from sazokar.doors.desk.distant import folder_of
from sazokar.doors.desk.folder import genuine
from sazokar.doors.desk.session import (
    GOOD,
    NO,
    ReadingCommand,
    SigningCommand,
    end,
    faults,
    new_app,
    now_ms,
    read_file,
    say,
    session_of,
)
from sazokar.doors.desk.submitting import Known, submit
from sazokar.doors.desk.telling import stamp
from sazokar.doors.files import write_standard_output
from sazokar.doors.wording import clean, fenced, isolated, wrapped
from sazokar.errors import UnreadableError

app = new_app("The agreement: check a draft, compare two, propose, sign, show, suspend, resume.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="An AGREEMENT.toml.")]
DraftName = Annotated[
    str, typer.Argument(metavar="DRAFT", help="The draft's file, or its name (SHA-256, 8 digits or more).")
]


def _read(path: Path) -> tuple[bytes, Agreement]:
    content = read_file(path, dialect.GREATEST_BYTES)
    return content, dialect.read(content, str(path))


@app.command()
def check(file: File) -> None:
    """Tell every fault of a draft, and what should be looked at again before it is signed."""
    with faults():
        content, agreement = _read(file)
        found = doubts(agreement, now_ms())
        say(f"{clean(str(file))}: an agreement of {', '.join(isolated(s.name) for s in agreement.signatories)}")
        say(f"  named {sha256(content).hexdigest()}")
        for doubt in found:
            for line in wrapped(f"LOOK AGAIN ({doubt.code}): {fenced(doubt.message, 600)}"):
                say(line)
        say(f"no fault; {len(found)} to look at again" if found else "no fault")
    end(GOOD)


@app.command()
def diff(before: File, after: File) -> None:
    """Tell what changed from one draft to another, clause by clause; exit code 1 where something did."""
    with faults():
        changes = changes_of(_read(before)[1], _read(after)[1])
        for line in diff_words(changes).splitlines():
            for part in wrapped(line, 0):
                say(part)
    end(NO if changes else GOOD)


@app.command(cls=ReadingCommand)
def show(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="An AGREEMENT.toml; without one: the ledger's.")
    ] = None,
    text: Annotated[bool, typer.Option("--text", help="The document itself, byte for byte, as it was signed.")] = False,
) -> None:
    """Show an agreement as a person reads it: a draft's file, or what is in force and on the table."""
    with faults():
        if file is not None:
            content, agreement = _read(file)
            typer.echo(content if text else show_words(agreement), nl=False)
        else:
            _show_ledger(genuine(folder_of(session_of(ctx))).state, text=text)
    end(GOOD)


def _show_ledger(state: State, *, text: bool) -> None:
    if text:
        if not state.draft:
            raise UnreadableError("no agreement is in force; there is no text to show")
        typer.echo(state.drafts[state.draft].text or "", nl=False)
        return
    for line in wrapped(standing(state), 0):
        say(line)
    for name, draft in state.drafts.items():
        signed = ", ".join(isolated(party) for party in draft.signed) or "nobody"
        mark = "IN FORCE" if name == state.draft else "on the table"
        say(f"  {name[:16]}… {mark}; proposed by {isolated(draft.by)}, signed by {signed}")
    if state.agreement is not None:
        say()
        typer.echo(show_words(state.agreement), nl=False)


def standing(state: State) -> str:
    """Return whether an agreement is in force, in a line."""
    if state.agreement is None:
        return "NO AGREEMENT in force: notices are taken without verdict; STOP and the roster work"
    if state.suspended_by:
        missing = ", ".join(isolated(party) for party in state.suspended_by)
        return f"SUSPENDED: {missing} to resume. Notices are taken without verdict; STOP works"
    return f"IN FORCE since {stamp(state.in_force_ms)}: {state.draft[:16]}…"


@app.command(cls=SigningCommand)
def propose(ctx: typer.Context, file: File) -> None:
    """Lay a draft on the table; it is named by the hash of its bytes."""
    with faults():
        content, agreement = _read(file)
        name = sha256(content).hexdigest()
        document = Document(text=content.decode("utf-8"), agreement=agreement)
        code = submit(session_of(ctx), lambda known: ProposeDraft(draft=name, document=document))
        if code == GOOD:
            say(f"  draft {name}")
    end(code)


@app.command(cls=SigningCommand)
def sign(ctx: typer.Context, draft: DraftName) -> None:
    """Sign a draft for your party; in force when all that must have signed the same bytes."""
    with faults():
        code = submit(session_of(ctx), lambda known: SignAgreement(draft=_name_of(draft, known)))
    end(code)


def _name_of(draft: str, known: Known) -> str:
    """Return the name of a draft that is given by its file, its name or the beginning of it.

    Raises:
        UnreadableError: It is none of them, or the beginning of several.
    """
    if len(draft) == 64 and set(draft) <= set("0123456789abcdef"):
        return draft
    if Path(draft).is_file():
        return sha256(read_file(Path(draft), dialect.GREATEST_BYTES)).hexdigest()
    drafts = known.state.drafts if known.state is not None else ()
    alike = [name for name in drafts if len(draft) >= 8 and name.startswith(draft)]
    if len(alike) != 1:
        raise UnreadableError(f"{draft[:80]}: found no draft of that name; expected its file, or its name on the table")
    return alike[0]


@app.command(cls=SigningCommand)
def suspend(ctx: typer.Context, reason: Annotated[str, typer.Option(help="Why.")]) -> None:
    """Suspend the agreement: verdicts rest; STOP, the roster and notices go on."""
    with faults():
        code = submit(session_of(ctx), lambda known: SuspendAgreement(reason=reason))
    end(code)


@app.command(cls=SigningCommand)
def resume(ctx: typer.Context, reason: Annotated[str, typer.Option(help="What was agreed.")] = "") -> None:
    """Agree that it holds again; the last consent that the clause asks for brings it back."""
    with faults():
        code = submit(session_of(ctx), lambda known: ResumeAgreement(reason=reason))
    end(code)


@app.command("try")
def try_(
    draft: Annotated[str, typer.Argument(metavar="DRAFT", help="An AGREEMENT.toml.")],
    ledger: Annotated[
        str, typer.Option(envvar="SAZOKAR_LEDGER", metavar="DIR", help="A ledger's file, or the folder it lies in.")
    ] = ".",
) -> None:
    """Say which notices and conflicts of the recorded past DRAFT would have judged otherwise. Writes nothing."""
    with faults():
        from sazokar.doors.trial_words import try_file

        write_standard_output(try_file(draft, ledger).encode("utf-8", "replace"))
    end(GOOD)
