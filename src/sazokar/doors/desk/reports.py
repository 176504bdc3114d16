"""`incident` and `ask`: an account of what happened, and a question that files nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

import typer

from sazokar.domain.notice import NoticeKind
from sazokar.domain.statement import Account, Ask, Miss, ReportIncident, Source
from sazokar.doors.desk.notices import drafted
from sazokar.doors.desk.session import SigningCommand, end, faults, instant_of, new_app, session_of
from sazokar.doors.desk.submitting import Known, submit
from sazokar.errors import UnreadableError

app = new_app("Reports and questions.")

MISSES: Final = {miss.value[0]: miss for miss in Miss}
GREATEST_SOURCES: Final = 50
_SOURCE: Final = re.compile(r"([A-F])([1-6]):(.+)", re.DOTALL)


@app.command(cls=SigningCommand)
def incident(
    ctx: typer.Context,
    about: Annotated[list[str], typer.Argument(metavar="REF…", help="Notices, conflicts, STOPs that it is about.")],
    at: Annotated[str, typer.Option(help="When, with its zone: 2031-01-14T18:24:00Z.")],
    text: Annotated[str, typer.Option(help="Your side's account; the other side gives its own.")],
    grade: Annotated[
        str, typer.Option(help="A risk of collision, B safety not assured, C no risk, D not known.")
    ] = "D",
    source: Annotated[
        list[str] | None, typer.Option(metavar="A1:TEXT", help="A source, with its Admiralty grade before it.")
    ] = None,
) -> None:
    """Report a breach or a harm; accounts of two sides are kept apart."""
    with faults():
        if grade.upper() not in MISSES:
            raise UnreadableError(f"--grade: found {grade[:20]!r}; expected A, B, C or D")
        at_ms = instant_of(at, "--at")
        account = Account(text=text, sources=tuple(_source(each) for each in (source or ())[:GREATEST_SOURCES]))
        statement = ReportIncident(about=tuple(about), grade=MISSES[grade.upper()], at_ms=at_ms, account=account)
        code = submit(session_of(ctx), lambda known: statement)
    end(code)


def _source(text: str) -> Source:
    match = _SOURCE.fullmatch(text)
    if match is None:
        raise UnreadableError(
            f"--source: found {text[:60]!r}; expected its Admiralty grade and a text, such as B2:radar"
        )
    return Source(text=match.group(3), reliability=match.group(1), credibility=int(match.group(2)))


@app.command(cls=SigningCommand)
def ask(
    ctx: typer.Context,
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="A NOTICE.toml, or a plan in any dialect.")],
) -> None:
    """Ask whether a plan would conflict: files nothing, spends of the budget, and both sides see that you asked."""
    with faults():
        form = plan.suffix.lower() == ".toml"

        def made(known: Known) -> Ask:
            return Ask(extent=drafted(plan, "" if form else NoticeKind.FLIGHT, known.own_party()).extent)

        code = submit(session_of(ctx), made)
    end(code)
