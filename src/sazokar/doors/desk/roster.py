"""`roster`: who is on watch and how they are reached; from the ledger, else from what is kept beside it (SZK-26, SZK-43)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from sazokar.domain.plan.quantity import parse_duration
from sazokar.domain.statement import HandOver, PostWatch, TestCall, WatchPost
from sazokar.doors.desk.distant import folder_of
from sazokar.doors.desk.folder import read_ledger
from sazokar.doors.desk.posted import Posted, PostedParty, PostedWatch, on_watch_of, posted_of, read_posted
from sazokar.doors.desk.session import (
    GOOD,
    HOUR_MS,
    ReadingCommand,
    SigningCommand,
    complain,
    end,
    faults,
    instant_of,
    new_app,
    now_ms,
    say,
    session_of,
)
from sazokar.doors.desk.submitting import Known, submit
from sazokar.doors.desk.telling import lasting, stamp
from sazokar.doors.wording import isolated, wrapped
from sazokar.errors import SazokarError, UnreadableError

app = new_app("The watch: who is on it, how they are reached, hand-over, test calls.")

SOON_H: Final = 24
"""Whoever takes over is on watch within so many hours."""


@app.command(cls=ReadingCommand)
def show(
    ctx: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help="Watches that are to come or over too.")] = False,
) -> None:
    """Show who is on watch and their telephones; works on a damaged ledger, and without one."""
    with faults():
        posted, source = found_at(folder_of(session_of(ctx), always=True))
        for line in roster_lines(posted, source, now_ms(), all_=all_):
            say(line)
    end(GOOD)


def found_at(directory: Path) -> tuple[Posted, str]:
    """Return the roster, and where it is from: the ledger, else what is kept beside it.

    A damaged ledger may be folded only in part: then the later of the two is shown, and that is said.

    Raises:
        SazokarError: Neither can be read.
    """
    try:
        found = read_ledger(directory)
    except (SazokarError, OSError) as error:
        complain(f"the ledger cannot be read: {error}")
        return read_posted(directory), "the roster kept beside the ledger"
    own = posted_of(found.state, found.charter_id, found.state.recorded_ms)
    if found.damage is None:
        return own, "the ledger"
    complain(f"the ledger does not verify: {found.damage}")
    try:
        kept = read_posted(directory)
    except SazokarError as error:
        complain(str(error))
        return own, "the ledger, UNVERIFIED"
    if kept.size >= own.size:
        return kept, "the roster kept beside the ledger"
    return own, "the part that can be read, UNVERIFIED"


def roster_lines(posted: Posted, source: str, now: int, *, all_: bool) -> list[str]:
    """Return the roster in words, with its age."""
    age = lasting(now - posted.written_ms)
    lines = wrapped(f"WATCH of {isolated(posted.name)}, {stamp(now)}", 0)
    lines += wrapped(f"from {source}: entry {posted.size - 1}, {stamp(posted.written_ms)} ({age} ago)")
    for party in posted.parties:
        lines += _party_lines(party, now, all_=all_)
    return lines


def _party_lines(party: PostedParty, now: int, *, all_: bool) -> list[str]:
    present = on_watch_of(party, now)
    lines = [f"{isolated(party.name)} ({party.role})"]
    lines += [line for watch in present for line in _watch_lines(watch, party)]
    if not present:
        lines.append("  NOBODY ON WATCH by the roster")
        last = max(party.watches, key=lambda watch: watch.until_ms, default=None)
        lines += _watch_lines(last, party, "last known: ") if last is not None and not all_ else []
    for watch in party.watches if all_ else ():
        if watch not in present:
            lines += _watch_lines(watch, party, f"{stamp(watch.from_ms)} to ")
    if party.test_ms:
        answered = "answered" if party.test_answered else "NOT ANSWERED"
        lines += wrapped(f"line tested by {isolated(party.test_by)} {lasting(now - party.test_ms)} ago: {answered}")
    else:
        lines.append("  line never tested")
    return lines


def _watch_lines(watch: PostedWatch, party: PostedParty, before: str = "until ") -> list[str]:
    words = [f"{isolated(watch.number)}"]
    words += ["alternate"] if watch.alternate else []
    words += ["took over"] if watch.number == party.handed_to else []
    lines = wrapped(f"{', '.join(words)}, {before}{stamp(watch.until_ms)}")
    spoken = f" ({', '.join(isolated(language) for language in watch.languages)})" if watch.languages else ""
    return lines + [part for number in watch.telephones for part in wrapped(f"call {isolated(number)}{spoken}", 4)]


@app.command(cls=SigningCommand)
def post(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Watch number of the officer.")],
    telephone: Annotated[list[str], typer.Option(help="How reached; once for each number.")],
    from_: Annotated[str, typer.Option("--from", help="Start, with its zone; by default now.")] = "",
    until: Annotated[str, typer.Option(help="End, with its zone.")] = "",
    hours: Annotated[int, typer.Option(help="How long, where no end is given; at most a week.")] = 12,
    language: Annotated[list[str] | None, typer.Option(help="Spoken on watch; once for each.")] = None,
    alternate: Annotated[
        bool,
        typer.Option("--alternate", help="A flag: NUMBER is called when the officer does not read."),
    ] = False,
) -> None:
    """Post a watch on your party's roster."""
    with faults():
        started = instant_of(from_, "--from") if from_ else None
        ended = instant_of(until, "--until") if until else None

        def made(known: Known) -> PostWatch:
            from_ms = known.now_ms if started is None else started
            return PostWatch(
                number=number, from_ms=from_ms, until_ms=from_ms + hours * HOUR_MS if ended is None else ended,
                alternate=alternate, post=WatchPost(telephones=tuple(telephone), languages=tuple(language or ())),
            )  # fmt: skip

        code = submit(session_of(ctx), made)
    end(code)


@app.command("hand-over", cls=SigningCommand)
def hand_over(
    ctx: typer.Context,
    to: Annotated[str, typer.Argument(metavar="NUMBER", help="Watch number of the officer who takes over.")],
    note: Annotated[str, typer.Option(help="What is open.")] = "",
) -> None:
    """Hand the watch over to another officer of the roster."""
    with faults():

        def made(known: Known) -> HandOver:
            _require_successor(known, to)
            return HandOver(to=to, note=note)

        code = submit(session_of(ctx), made)
    end(code)


def _require_successor(known: Known, to: str) -> None:
    """Pass where a watch can be handed over; a number that is on no roster is for the ledger to return.

    Raises:
        UnreadableError: To the one who hands it over, or to a watch that is not on soon.
    """
    if to == known.officer:
        raise UnreadableError(f"{to[:40]}: found your own watch number; you hand over to another, not to yourself")
    roster = known.state.rosters.get(known.party) if known.state is not None else None
    theirs = [watch for watch in roster.watches if watch.number == to] if roster is not None else []
    soon_ms = known.now_ms + SOON_H * HOUR_MS
    if theirs and not any(watch.from_ms <= soon_ms and watch.until_ms > known.now_ms for watch in theirs):
        raise UnreadableError(
            f"{to[:40]}: found no watch of that number within {SOON_H} h; post one first: sazokar roster post"
        )


@app.command("test-call", cls=SigningCommand)
def test_call(
    ctx: typer.Context,
    to: Annotated[str, typer.Argument(metavar="PARTY", help="Whose line was tested.")],
    answered: Annotated[bool, typer.Option("--answered/--not-answered", help="Whether it was answered.")],
    after: Annotated[str, typer.Option(metavar="DURATION", help="After how long, such as 20s.")] = "",
    channel: Annotated[str, typer.Option(help="Which line: telephone, radio, …")] = "",
) -> None:
    """Record a test of the line to another party."""
    with faults():
        after_ms = parse_duration(after) if after else 0
        code = submit(
            session_of(ctx), lambda known: TestCall(to=to, answered=answered, channel=channel, after_ms=after_ms)
        )
    end(code)
