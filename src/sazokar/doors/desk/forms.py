"""`form print|read`: the one page that is read over a telephone, and its way back in (SZK-29, SZK-43)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

import typer

from sazokar.domain.agreement import Level
from sazokar.domain.notice import Contact, Contacts, Extent, NoticeKind, Purpose
from sazokar.domain.plan.volume import Volume
from sazokar.domain.statement import AnswerConflict, FileNotice, Reply, ReplyContent
from sazokar.doors.desk.distant import folder_of
from sazokar.doors.desk.looking import Look, looked_at, raised_of
from sazokar.doors.desk.paper import conflict_form, notice_form
from sazokar.doors.desk.session import (
    GOOD,
    ReadingCommand,
    SigningCommand,
    end,
    faults,
    new_app,
    read_file,
    say,
    session_of,
)
from sazokar.doors.desk.submitting import Known, submit
from sazokar.doors.form import ConflictForm, FormFields, NoticeForm, print_form, read_form
from sazokar.doors.form_rows import GREATEST_TYPED
from sazokar.errors import UnreadableError

app = new_app("The one-page form of a notice or a conflict: print it, or read one that was typed in.")

_FREQUENCY: Final = re.compile(r"(\d{1,6})\.(\d{3}) MHZ", re.ASCII)


@app.command("print", cls=ReadingCommand)
def print_(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="The notice or conflict.")],
    as_: Annotated[
        str, typer.Option("--as", metavar="PARTY", help="As that party sees it; a conflict needs its side.")
    ] = "",
    language: Annotated[str, typer.Option(help="Words beside the English ones: en, fa, ar, he or tr.")] = "en",
) -> None:
    """Print the page of a notice or a conflict, with check digits, to be read over a telephone."""
    with faults():
        typer.echo(print_form(_form_of(looked_at(folder_of(session_of(ctx)), as_), ref), language), nl=False)
    end(GOOD)


def _form_of(look: Look, ref: str) -> FormFields:
    notice, case = look.state.notices.get(ref), look.state.cases.get(ref)
    if notice is not None and look.sees(notice) in (Level.EXTENT, Level.EVERYTHING):
        everything = look.sees(notice) == Level.EVERYTHING
        return notice_form(ref, str(notice.kind), notice.party, notice, everything=everything)
    if case is not None and look.hears_of(case) and (raised := raised_of(look, ref)) is not None:
        return conflict_form(case, raised, look.viewer)
    raise UnreadableError(
        f"{ref[:40]}: found no notice or conflict of that reference that {look.viewer or 'the node'} sees"
    )


@app.command(cls=SigningCommand)
def read(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What was typed in; - reads standard input.")],
    text: Annotated[str, typer.Option(help="HOLD, COUNTER, QUERY: what goes with the reply.")] = "",
    check: Annotated[bool, typer.Option("--check", help="Only check the digits; sign and submit nothing.")] = False,
) -> None:
    """Read a page that was typed in: a notice is filed, a conflict's ticked reply becomes your answer."""
    with faults():
        content = read_file(file, GREATEST_TYPED * 4)
        form = read_form(content.decode("utf-8", "replace"))
        say("the page is as it was printed: every check digit holds")
        code = GOOD if check else submit(session_of(ctx), lambda known: _statement(form, text, known))
    end(code)


def _statement(form: FormFields, text: str, known: Known) -> FileNotice | AnswerConflict:
    match form:
        case ConflictForm():
            if not form.reply:
                raise UnreadableError("REPLY: found none ticked; expected an X beside one of the codes: (X) WILCO")
            _require_own(form, known)
            content = ReplyContent(text=text) if text else None
            return AnswerConflict(ref=form.reference, reply=Reply(form.reply), content=content)
        case NoticeForm():
            return _notice(form, known.own_party())


def _require_own(form: ConflictForm, known: Known) -> None:
    """Pass where the page is the one of the key's own side: the other side's ticks are not this party's answer."""
    if known.state is None:
        return
    notice = known.state.notices.get(form.own)
    if notice is None or notice.party != known.own_party():
        whose = f"a notice of {notice.party}" if notice else "no notice of that reference"
        raise UnreadableError(f"OWN NOTICE: found {form.own!r}, {whose}; your key signs for {known.own_party()}")


def _notice(form: NoticeForm, party: str) -> FileNotice:
    if form.party != party:
        raise UnreadableError(f"PARTY: found {form.party!r} on the page; your key signs for {party}")
    if form.kind not in list(NoticeKind):
        raise UnreadableError(f"KIND: found {form.kind!r}; expected one of {', '.join(NoticeKind)}")
    volumes = tuple(
        Volume(
            operation=f"form-{form.reference.lower()}", party=party, shape=each.shape, lower=each.lower, upper=each.upper,
            start_ms=each.start_ms, end_ms=each.end_ms, index=number,
        )
        for number, each in enumerate(form.volumes)
    )  # fmt: skip
    contacts = tuple(Contact(number=each.name, telephone=each.telephone) for each in form.contacts)
    purpose = Purpose(
        text=form.organisation, call_sign=form.call_sign, language=form.language, frequency_khz=_khz(form.frequency)
    )
    return FileNotice(
        notice=NoticeKind(form.kind), extent=Extent(volumes=volumes), purpose=purpose,
        contacts=Contacts(contacts=contacts) if contacts else None,
    )  # fmt: skip


def _khz(text: str) -> int:
    """Return a frequency in kHz: `123.450 MHZ` as it is printed; 0 where there is none.

    Raises:
        UnreadableError: It is not as it is printed.
    """
    if not text:
        return 0
    match = _FREQUENCY.fullmatch(text)
    if match is None:
        raise UnreadableError(f"FREQUENCY: found {text!r}; expected one such as 123.450 MHZ")
    return int(match.group(1)) * 1000 + int(match.group(2))
