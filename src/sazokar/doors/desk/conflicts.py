"""`conflicts`: the queue of what needs an answer, and one conflict with all that was said of it."""

from __future__ import annotations

from typing import Annotated

import typer

from sazokar.app.shown import HeldShown, held_shown
from sazokar.domain.state import Case
from sazokar.domain.statement import AnswerConflict, Recommend, ReplyContent
from sazokar.doors.desk.distant import folder_of
from sazokar.doors.desk.looking import Look, looked_at, raised_of, submission_of
from sazokar.doors.desk.meant import meant
from sazokar.doors.desk.notice_words import ack_lines
from sazokar.doors.desk.session import GOOD, NO, ReadingCommand, end, faults, new_app, say, session_of
from sazokar.doors.desk.telling import NO_CONFLICT, lasting, raised_words, stamp, until
from sazokar.doors.wording import count, duration_words, fenced, isolated, wrapped
from sazokar.errors import UnreadableError

app = new_app("Conflicts.")


@app.command(cls=ReadingCommand)
def conflicts(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="A conflict; without one: the queue.")] = "",
    as_: Annotated[str, typer.Option("--as", metavar="PARTY", help="Only what that party may see.")] = "",
    all_: Annotated[bool, typer.Option("--all", help="Those that are resolved too.")] = False,
) -> None:
    """Show the queue: what needs an answer, whose, until when, how long silent. Exit code 1 while one is live, or held."""
    with faults():
        look = looked_at(folder_of(session_of(ctx)), as_, pass_deadlines=True)
        if ref:
            for line in case_lines(look, ref):
                say(line)
            code = NO if look.state.cases[ref].is_live else GOOD
        else:
            code = _queue(look, all_=all_)
    end(code)


def _queue(look: Look, *, all_: bool) -> int:
    heard = [case for case in look.state.cases.values() if look.hears_of(case)]
    live = [case for case in heard if case.is_live]
    live.sort(key=lambda case: (not case.turn, case.due_ms or case.start_ms or 0, case.ref))
    who = f" that {isolated(look.viewer)} hears of" if look.viewer else ""
    say(f"{count(len(live), 'live conflict')}{who}, {stamp(look.now_ms)}" if live else NO_CONFLICT)
    if not live:
        say("  what was not filed is not known")
    held = held_shown(look.state, look.viewer or None, look.now_ms)
    for one in held:
        for line in held_lines(look, one):
            say(line)
    for case in live:
        for line in queue_lines(look, case):
            say(line)
    for case in [case for case in heard if not case.is_live] if all_ else ():
        say(f"{case.ref:7} resolved {stamp(case.resolved_ms)}: {str(case.resolved).replace('-', ' ')}")
    return NO if live or held else GOOD


def held_lines(look: Look, held: HeldShown) -> list[str]:
    """Return a notice that is held: whose, until when; never what it says, which nobody was shown."""
    late_ms = look.now_ms - held.due_ms
    when = f"{until(held.due_ms)}: {lasting(-late_ms)} left" if late_ms < 0 else f"OVERDUE since {stamp(held.due_ms)}"
    own = held.party == look.viewer
    what = f"correct it: notice amend {held.ref} FILE" if own else f"CALL {isolated(held.party)}: roster show"
    return wrapped(f"{held.ref:7} NOT DELIVERED, held for {isolated(held.party)} to correct", 0) + wrapped(
        f"{when}; {what}", 8
    )


def queue_lines(look: Look, case: Case) -> list[str]:
    """Return one conflict of the queue: whose turn, until when, how long silent."""
    parties = " and ".join(isolated(party) for party in case.parties)
    start = f", starts {stamp(case.start_ms)}" if case.start_ms is not None and not look.viewer else ""
    lines = wrapped(f"{case.ref:7} {parties}, clause {isolated(case.clause)}{start}", 0)
    lines += wrapped(turn_words(case, look.now_ms), 8)
    for party, rung, at_ms in case.silences[-3:]:
        lines += wrapped(f"SILENT: {isolated(party)} did not answer by {stamp(at_ms)}; the {rung} is called", 8)
    if case.overdue:
        lines += wrapped("NOT RESOLVED, and its start has come", 8)
    return lines


def turn_words(case: Case, now_ms: int) -> str:
    """Return whose answer is due, and how long there is, or how long it has been due."""
    if not case.turn:
        return "answered; it stays live until the plans are changed"
    rung = "" if case.rung == "officer" else f" ({case.rung} called)"
    if not case.due_ms:
        return f"{isolated(case.turn)} has not answered{rung}; nobody further is called"
    left_ms = case.due_ms - now_ms
    when = f"{lasting(left_ms)} left" if left_ms >= 0 else f"OVERDUE by {lasting(-left_ms)}"
    return f"ANSWER DUE from {isolated(case.turn)}{rung}, {until(case.due_ms)}: {when}"


def case_lines(look: Look, ref: str) -> list[str]:
    """Return one conflict with all that the viewer may see of it.

    Raises:
        UnreadableError: There is none of that reference that the viewer hears of.
    """
    case = look.state.cases.get(ref)
    if case is None or not look.hears_of(case):
        heard = [name for name, one in look.state.cases.items() if look.hears_of(one)]
        raise UnreadableError(
            f"{ref[:40]}: found no conflict of that reference that {look.viewer or 'the node'} sees{meant(ref, heard)}"
        )
    lines = [f"{ref} version {case.version}, raised {stamp(case.raised_ms)}"]
    raised = raised_of(look, ref)
    if raised is not None:
        lines += [part for line in raised_words(raised).split("\n")[:-1] for part in wrapped(line)]
    if case.is_live:
        lines += [line for line in queue_lines(look, case)[1:]]
    else:
        lines.append(f"  resolved {stamp(case.resolved_ms)}: {str(case.resolved).replace('-', ' ')}")
    lines += _said_lines(look, case)
    lines += [f"  {isolated(party)} accepts the risk" for party in case.risk_accepted]
    return lines + ack_lines(look, case.acks, case.version, case.parties)


def _said_lines(look: Look, case: Case) -> list[str]:
    lines = []
    for said in case.said[-50:]:
        old = f" (to version {said.version})" if said.version != case.version else ""
        words = _content_words(look, said.entry)
        lines += wrapped(
            f"{stamp(said.at_ms)} {isolated(said.party)} {isolated(said.officer)}: {said.reply}{old}{words}"
        )
    for number, one in enumerate(case.recommendations, 1):
        accepted = ", ".join(isolated(party) for party in one.accepted) or "nobody yet"
        words = _content_words(look, one.entry)
        lines += wrapped(f"{stamp(one.at_ms)} recommendation {number}{words}; accepted by {accepted}")
    return lines


def _content_words(look: Look, entry: str) -> str:
    by = submission_of(look, entry)
    statement = by.statement if by is not None else None
    if not isinstance(statement, AnswerConflict | Recommend) or statement.content is None:
        return ""
    return f": {content_words(statement.content)}"


def content_words(content: ReplyContent) -> str:
    """Return what a reply says beyond its code."""
    change = content.change
    parts = [fenced(content.text, 600)]
    if change is not None:
        parts.append(f"of {isolated(change.ref)}")
        parts += [f"delay {duration_words(change.delay_ms)}"] if change.delay_ms else []
        parts += [isolated(part) for part in (change.level, change.text) if part]
    return "; ".join(part for part in parts if part)
