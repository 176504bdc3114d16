"""What is due: each deadline that passes is a finding, even when nobody watched the clock (SZK-23, SZK-24, SZK-50).

`due` lets the timers of a state fire in order, up to an instant, each on the state that those before it leave. The
ladder runs by the deadlines themselves: a node that was down records afterwards when each of them passed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from sazokar.domain.agreement import Answering, Rung, term_of
from sazokar.domain.coordination import ANSWERING, ended
from sazokar.domain.finding import AnyFinding, Called, Overdue, Resolution, StateChanged, Unanswered
from sazokar.domain.notice import OperationState
from sazokar.domain.state import State, Timer, next_due

GREATEST_FIRINGS: Final = 100_000
"""At most this many deadlines pass in one record; what is left passes in the next."""

Apply = Callable[[State, AnyFinding], State]


def due(state: State, now_ms: int, apply: Apply) -> tuple[AnyFinding, ...]:
    """Return all that is due by an instant, in order of its deadlines.

    Args:
        state: What is true before.
        now_ms: The instant; deadlines at it have passed.
        apply: Folds one finding.
    """
    found: list[AnyFinding] = []
    state = msgspec.structs.replace(state, recorded_ms=now_ms)
    while len(found) < GREATEST_FIRINGS and (timer := next_due(state, now_ms)) is not None:
        fired = fire(state, timer)
        for finding in fired:
            state = apply(state, finding)
        found += fired
    return tuple(found)


def fire(state: State, timer: Timer) -> list[AnyFinding]:
    """Return what a timer brings about. Each of its findings, when folded, ends the timer."""
    match timer.what:
        case "answer":
            return [_silence(state, timer)]
        case "unanswered":
            return [Unanswered(ref=timer.ref, due_ms=timer.due_ms, answered=not state.cases[timer.ref].turn)]
        case "start":
            return [_started(state, timer)]
        case "end" | "binds":
            why = "end" if timer.what == "end" else "not revalidated"
            over = StateChanged(ref=timer.ref, state=OperationState.ENDED, due_ms=timer.due_ms, why=why)
            return [over, *ended(state, timer.ref, Resolution.ENDED)]
        case _:
            return [Overdue(ref=timer.ref, what=timer.what, due_ms=timer.due_ms)]


def _silence(state: State, timer: Timer) -> AnyFinding:
    """Nobody answered: the next rung is called; after the mediator there is none, and the silence stands on record."""
    case = state.cases[timer.ref]
    answering = term_of(state.agreement, Answering) or ANSWERING
    if case.rung is Rung.OFFICER:
        next_ms = timer.due_ms + answering.rung_ms[1]
        return Called(ref=case.ref, party=case.turn, rung=Rung.ALTERNATE, due_ms=timer.due_ms, next_ms=next_ms)
    if case.rung is Rung.ALTERNATE:
        next_ms = timer.due_ms + answering.rung_ms[2]
        return Called(ref=case.ref, party=case.turn, rung=Rung.MEDIATOR, due_ms=timer.due_ms, next_ms=next_ms)
    return Overdue(ref=case.ref, what="answer", due_ms=timer.due_ms)


def _started(state: State, timer: Timer) -> AnyFinding:
    """The start has come: what was accepted, or never judged, is activated; what is in conflict stays proposed."""
    notice = state.notices[timer.ref]
    if notice.state is OperationState.PROPOSED and state.open.get(timer.ref):
        return StateChanged(ref=timer.ref, state=OperationState.PROPOSED, due_ms=timer.due_ms, why="start, in conflict")
    if notice.state in (OperationState.PROPOSED, OperationState.ACCEPTED):
        return StateChanged(ref=timer.ref, state=OperationState.ACTIVATED, due_ms=timer.due_ms, why="start")
    return StateChanged(ref=timer.ref, state=notice.state, due_ms=timer.due_ms, why="still, at its start")
