"""`notice`: file, amend, cancel, revalidate, report the state, show, print its form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from sazokar.dialects import detect
from sazokar.dialects.notice import NoticeDraft
from sazokar.dialects.notice import read as read_notice
from sazokar.dialects.notice_plan import draft_of_plan, drafts_of_plan, with_plan
from sazokar.dialects.read_back import echo
from sazokar.dialects.reading import Reading
from sazokar.domain.notice import NoticeKind, OperationState
from sazokar.domain.statement import AmendNotice, CancelNotice, FileNotice, ReportState, RevalidateNotice
from sazokar.doors.desk.distant import folder_of
from sazokar.doors.desk.session import (
    GOOD,
    NO,
    ReadingCommand,
    Session,
    SigningCommand,
    end,
    faults,
    new_app,
    read_file,
    say,
    session_of,
)
from sazokar.doors.desk.submitting import Known, became, submit
from sazokar.doors.desk.telling import position_lines
from sazokar.doors.wording import fenced, wrapped
from sazokar.errors import FieldError, UnreadableError

app = new_app("Notices: signed one-way statements of what is planned. A notice is not a request for permission.")

GREATEST_NOTICES = 1000
"""`notice file --each` files at most so many at once."""
File = Annotated[Path, typer.Argument(metavar="FILE", help="A NOTICE.toml, or a plan in any dialect (with --kind).")]
Ref = Annotated[str, typer.Argument(metavar="REF", help="The notice, such as N13.")]
Version = Annotated[int | None, typer.Option(help="The version that you have seen; by default the present one.")]
Kind = Annotated[str, typer.Option(help=f"What a plan is about: {', '.join(NoticeKind)}.")]


@app.command("file", cls=SigningCommand)
def file_(
    ctx: typer.Context,
    file: File,
    kind: Kind = "",
    life_safety: Annotated[bool, typer.Option("--life-safety", help="Lives hang on its delivery.")] = False,
    each: Annotated[bool, typer.Option("--each", help="One notice for each operation of a plan.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Do not echo the positions to be read back.")] = False,
) -> None:
    """File a notice: it is judged as it is recorded, and you are told at once."""
    with faults():
        session = session_of(ctx)
        codes = []
        if each:
            if session.offline is not None:
                raise UnreadableError("--each and --offline: found both; expected one: an envelope holds one notice")
            party = _party_at(session)
            with _kind_asked_for(file):
                drafts = drafts_of_plan(_reading(file), party, _kind(kind))
            if len(drafts) > GREATEST_NOTICES:
                raise UnreadableError(
                    f"{file}: found {len(drafts):,} operations; expected at most {GREATEST_NOTICES:,}"
                )
            for draft in drafts:
                say(f"{fenced(draft.operation)}:")
                codes.append(submit(session, lambda known, draft=draft: _statement(draft, life_safety)))  # type: ignore[misc]  # bound now
        else:
            made_of: list[NoticeDraft] = []

            def made(known: Known) -> FileNotice:
                made_of.append(drafted(file, kind, known.own_party()))
                return _statement(made_of[-1], life_safety)

            code, kept = became(session, made)
            codes.append(code)
            if kept and not quiet:
                _echo(made_of[-1])
    end(max(codes, default=GOOD))


def _party_at(session: Session) -> str:
    """Return for whom the key of a session signs, before anything is made with it."""
    from sazokar.doors.desk.folder import read_ledger
    from sazokar.doors.desk.keyring import card_beside

    card = card_beside(session.key) if session.key else None
    if card is None:
        raise UnreadableError("--key: found no card beside the key; expected FILE.pub, which keys new writes")
    state = read_ledger(folder_of(session)).state
    known = state.keys.get(card.key)
    return known.party if known else card.party


def _statement(draft: NoticeDraft, life_safety: bool) -> FileNotice:
    statement = draft.statement()
    return msgspec.structs.replace(statement, life_safety=True) if life_safety else statement


def _kind(text: str) -> NoticeKind | None:
    if text and text not in list(NoticeKind):
        raise UnreadableError(f"--kind: found {text[:40]!r}; expected one of {', '.join(NoticeKind)}")
    return NoticeKind(text) if text else None


def drafted(file: Path, kind: str, party: str) -> NoticeDraft:
    """Return the notice of a form, with its plan beside it, or of a plan alone."""
    if file.suffix.lower() != ".toml":
        with _kind_asked_for(file):
            return draft_of_plan(_reading(file), party, _kind(kind))
    if kind:
        raise UnreadableError(f"--kind: found {kind!r} beside {file}, which names its kind; expected one of the two")
    draft = read_notice(read_file(file), str(file), party)
    if not draft.plan:
        return draft
    plan = file.parent / draft.plan
    return with_plan(draft, _reading(plan), party)


@contextmanager
def _kind_asked_for(file: Path) -> Iterator[None]:
    """Name the option by which a person tells what a plan does not."""
    try:
        yield
    except FieldError as error:
        if error.field != "kind":
            raise
        raise UnreadableError(f"{file}: found {error.found}; name it with --kind: {', '.join(NoticeKind)}") from error


def _reading(path: Path) -> Reading:
    return detect.read(read_file(path), str(path))


def _echo(draft: NoticeDraft) -> None:
    """Show every position in every notation, to be read back to whoever planned it (SZK-14)."""
    for warning in draft.warnings[:20]:
        for line in wrapped(f"LOOK AGAIN ({warning.code}): {fenced(warning.message, 600)}"):
            say(line)
    lines = echo(draft.extent.volumes) if draft.extent is not None else []
    say("  positions, to be read back:")
    for position in lines[:20]:
        for line in position_lines(position, 4):
            say(line)
    if len(lines) > 20:
        say(f"    and {len(lines) - 20:,} more: sazokar notice show REF --positions")


@app.command(cls=SigningCommand)
def amend(ctx: typer.Context, ref: Ref, file: File, version: Version = None, kind: Kind = "") -> None:
    """Change a notice: what the file gives stands in for what was; acknowledgement starts anew."""
    with faults():

        def made(known: Known) -> AmendNotice:
            new = drafted(file, kind, known.own_party())
            return AmendNotice(
                ref=ref, version=version or known.version_of(ref), extent=new.extent, purpose=new.purpose,
                contacts=new.contacts, movement=new.movement,
            )  # fmt: skip

        code = submit(session_of(ctx), made)
    end(code)


@app.command(cls=SigningCommand)
def cancel(ctx: typer.Context, ref: Ref, reason: Annotated[str, typer.Option(help="Why.")] = "") -> None:
    """Take a notice back."""
    with faults():
        code = submit(session_of(ctx), lambda known: CancelNotice(ref=ref, reason=reason))
    end(code)


@app.command(cls=SigningCommand)
def revalidate(ctx: typer.Context, ref: Ref, version: Version = None) -> None:
    """Say that a standing notice still holds."""
    with faults():
        code = submit(
            session_of(ctx), lambda known: RevalidateNotice(ref=ref, version=version or known.version_of(ref))
        )
    end(code)


@app.command(cls=SigningCommand)
def state(
    ctx: typer.Context,
    ref: Ref,
    to: Annotated[str, typer.Argument(metavar="STATE", help="activated, nonconforming, contingent or ended.")],
    how: Annotated[str, typer.Option(help="How it is known: by radar, by the crew, …")] = "",
) -> None:
    """Report the state of an operation: your own, or another's that you have seen."""
    with faults():
        if to not in list(OperationState):
            raise UnreadableError(f"STATE: found {to[:40]!r}; expected one of {', '.join(OperationState)}")
        code = submit(session_of(ctx), lambda known: ReportState(ref=ref, state=OperationState(to), how=how))
    end(code)


@app.command(cls=ReadingCommand)
def show(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="A notice; without one: all that are live.")] = "",
    as_: Annotated[str, typer.Option("--as", metavar="PARTY", help="Only what that party may see.")] = "",
    positions: Annotated[bool, typer.Option("--positions", help="Every position, in every notation.")] = False,
    ended: Annotated[bool, typer.Option("--ended", help="Those that have ended too.")] = False,
) -> None:
    """Show a notice, or the list of those that are live."""
    from sazokar.doors.desk import notice_words

    with faults():
        found = notice_words.looked_at(folder_of(session_of(ctx)), as_)
        lines = (
            notice_words.notice_lines(found, ref, positions=positions)
            if ref
            else notice_words.list_lines(found, ended=ended)
        )
        for line in lines:
            say(line)
    end(GOOD if lines else NO)


@app.command()
def form(
    file: File,
    party: Annotated[str, typer.Option(help="Who files it.")],
    ref: Annotated[str, typer.Option(help="How both sides call it until it has a reference.")] = "DRAFT",
    language: Annotated[str, typer.Option(help="Words beside the English ones: en, fa, ar, he or tr.")] = "en",
    kind: Kind = "",
) -> None:
    """Print the one-page form of a notice that is not filed yet, to be read over a telephone."""
    from sazokar.doors.desk.paper import notice_form
    from sazokar.doors.form import print_form

    with faults():
        draft = drafted(file, kind, party)
        if draft.extent is None:
            raise UnreadableError(f"{file}: found no volume; expected where and when")
        text = notice_form(ref, str(draft.notice), party, draft)
        typer.echo(print_form(text, language), nl=False)
    end(GOOD)
