"""`talks`: rounds of talks on record, and dates that mind each side's rest days and holidays (SZK-09)."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Final

import msgspec
import typer

from sazokar.app.rest_days import clash_words, clashes, date_in_all_words, next_free_day
from sazokar.domain.calendars import midnight_ms
from sazokar.domain.rest_days import Seat
from sazokar.domain.statement import RecordTalks, TalksRound
from sazokar.domain.talks import validate_round
from sazokar.domain.watch import OUTCOMES
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
    say,
    session_of,
)
from sazokar.doors.desk.submitting import Known, submit
from sazokar.doors.desk.telling import midnight_words
from sazokar.doors.wording import count, fenced, isolated, wrapped
from sazokar.errors import UnreadableError

app = new_app("Rounds of talks: where, when, who, what came out; and dates that both sides can keep.")

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
Countries = Annotated[str, typer.Option(metavar="IL,IR", help="Countries of the parties, or PARTY=IL,PARTY=IR.")]


def _day(text: str, option: str) -> int:
    """Return the midnight, UTC, of a day.

    Raises:
        UnreadableError: It is none.
    """
    try:
        if _DATE.fullmatch(text) is None:
            raise ValueError
        return midnight_ms(date.fromisoformat(text))
    except ValueError as error:
        raise UnreadableError(f"{option}: found {text[:40]!r}; expected a day, such as 2031-01-14") from error


def _seats(text: str) -> list[Seat]:
    seats = []
    for part in text.split(","):
        party, separator, country = part.strip().rpartition("=")
        seats.append(Seat(party=party if separator else country, country=country.upper()))
    return seats


@app.command(cls=SigningCommand)
def record(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ROUND", help="Number of the round, from 1.")],
    place: Annotated[str, typer.Option(help="Where.")],
    date_: Annotated[str, typer.Option("--date", metavar="DAY", help="First day: 2031-01-14.")],
    days: Annotated[int, typer.Option(help="How many days.")] = 1,
    mediator: Annotated[str, typer.Option(help="Who mediates.")] = "",
    delegation: Annotated[list[str] | None, typer.Option(metavar="PARTY=HEAD", help="Once for each side.")] = None,
    proposal: Annotated[list[str] | None, typer.Option(metavar="DRAFT", help="A draft on the table, by name.")] = None,
    outcome: Annotated[str, typer.Option(help=f"{', '.join(OUTCOMES)}.")] = "pending",
    next_: Annotated[str, typer.Option("--next", metavar="DAY", help="First day of the next round.")] = "",
    communique: Annotated[str, typer.Option(help="What both sides say of it.")] = "",
    countries: Annotated[
        str, typer.Option(metavar="IL,IR", help="Look for their rest days and holidays: IL,IR or PARTY=IL,PARTY=IR.")
    ] = "",
) -> None:
    """Record a round of talks, or bring its record up to date. No agreement is an outcome like any other."""
    with faults():
        sides = [each.partition("=") for each in delegation or ()]
        if any(not (party and separator) for party, separator, _ in sides):
            raise UnreadableError("--delegation: found a side without its name; expected PARTY=HEAD")
        given = TalksRound(
            number=number, place=place, date_ms=_day(date_, "--date"), days=days, mediator=mediator,
            delegations=tuple((party, head) for party, _, head in sides), proposals=tuple(proposal or ()),
            outcome=outcome, next_ms=_day(next_, "--next") if next_ else 0, communique=communique,
        )  # fmt: skip
        validate_round(given)
        for line in _doubts(given, countries):
            say(line)

        def made(known: Known) -> RecordTalks:
            proposals = tuple(_full(draft, known) for draft in given.proposals)
            return RecordTalks(number=number, round=msgspec.structs.replace(given, proposals=proposals))

        code = submit(session_of(ctx), made)
    end(code)


def _doubts(given: TalksRound, countries: str) -> list[str]:
    """Return what stands against the dates of a round, in words; the parties may meet all the same.

    Raises:
        SazokarError: A country is none, or nothing is known of that year.
    """
    if not countries:
        unseen = "LOOK AGAIN: --next was held against no rest day or holiday: name --countries"
        return wrapped(unseen, 0) if given.next_ms else []
    seats = _seats(countries)
    found = [("--date", clash) for clash in clashes(seats, given.date_ms, given.days)]
    found += [("--next", clash) for clash in clashes(seats, given.next_ms)] if given.next_ms else []
    return [
        line
        for option, clash in found
        for line in wrapped(f"LOOK AGAIN: {option}: {fenced(clash_words(clash), 400)}", 0)
    ]


def _full(draft: str, known: Known) -> str:
    """Return the whole name of a draft of which the beginning is given; the text itself where it is not known."""
    drafts = known.state.drafts if known.state is not None else ()
    alike = [name for name in drafts if len(draft) >= 8 and name.startswith(draft)]
    return alike[0] if len(alike) == 1 else draft


@app.command(cls=ReadingCommand)
def show(ctx: typer.Context) -> None:
    """Show every round on record."""
    with faults():
        talks = genuine(folder_of(session_of(ctx))).state.talks
        if not talks:
            say("no round of talks is on record")
        for number in sorted(talks, key=int):
            for line in round_lines(talks[number]):
                say(line)
    end(GOOD)


def round_lines(round_: TalksRound) -> list[str]:
    """Return one round in words."""
    lines = wrapped(
        f"ROUND {round_.number}: {isolated(round_.place)}, {midnight_words(round_.date_ms)}, "
        f"{count(round_.days, 'day')}: {round_.outcome.replace('-', ' ').upper()}", 0,
    )  # fmt: skip
    lines += wrapped(f"mediated by {isolated(round_.mediator)}") if round_.mediator else []
    for party, head in round_.delegations:
        lines += wrapped(f"{isolated(party)}: {isolated(head) or 'head not named'}")
    lines += [f"  on the table: {name[:16]}…" for name in round_.proposals]
    lines += wrapped(fenced(round_.communique, 2000)) if round_.communique else []
    lines += [f"  next round: {midnight_words(round_.next_ms)}"] if round_.next_ms else []
    return lines


@app.command("propose-date")
def propose_date(
    day: Annotated[str, typer.Argument(metavar="DAY", help="First day: 2031-01-14.")],
    countries: Countries,
    days: Annotated[int, typer.Option(help="How many days in a row.")] = 1,
) -> None:
    """Check a date against the parties' rest days and holidays, and show it in their calendars. Exit 1: it clashes."""
    with faults():
        date_ms, seats = _day(day, "DAY"), _seats(countries)
        found = clashes(seats, date_ms, days)
        for line in date_in_all_words(date_ms):
            say(f"  {fenced(line)}")
        for clash in found:
            for part in wrapped(f"AGAINST IT: {fenced(clash_words(clash), 400)}"):
                say(part)
        if found:
            free_ms = next_free_day(seats, date_ms, days)
            say("no day within a year is free for all" if free_ms is None else f"next free: {midnight_words(free_ms)}")
            for line in date_in_all_words(free_ms) if free_ms is not None else ():
                say(f"  {fenced(line)}")
        else:
            say("no rest day or holiday stands against it")
        say("Holidays by the moon are estimates: ask each side before the date is announced.")
    end(NO if found else GOOD)
