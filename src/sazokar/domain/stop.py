"""STOP: the life-safety cease call, its ladder and its release (SZK-27).

It is sounded before it comes here, and whatever comes here is recorded: no budget, quota, expiry, suspension or missing
agreement refuses it. Only its release has conditions.
"""

from __future__ import annotations

from typing import Final

import msgspec

from sazokar.domain.agreement import StopAuthority, term_of
from sazokar.domain.finding import Sounded, StopLatency, Taken
from sazokar.domain.hearing import Hearing, Verdict, refused, taken
from sazokar.domain.party import PartyRole
from sazokar.domain.state import State, StopCase, StopStep
from sazokar.domain.statement import AnswerStop, CallStop, ReleaseStop, StopRung, Submission

GREATEST_STEPS: Final = 200
"""At most this many answers of one party to one STOP are kept; nobody uses up another's."""


def decide_stop(hearing: Hearing, statement: CallStop) -> Verdict:
    """A STOP is recorded, with the instant at which it sounded."""
    ref = f"S{hearing.state.size}"
    sounded_ms = hearing.now_ms if hearing.sounded_ms is None else hearing.sounded_ms
    return taken(Taken(ref=ref), Sounded(ref=ref, sounded_ms=sounded_ms))


def decide_stop_answer(hearing: Hearing, statement: AnswerStop) -> Verdict:
    """Someone has heard it, passed it on, or ceased; how long after the call is recorded."""
    case = hearing.state.stops.get(statement.ref)
    if case is None:
        return refused("unknown-reference", f"the reference {statement.ref!r}", "name a STOP", field="ref")
    member = hearing.state.member(hearing.by.party)
    if member is None or member.role is PartyRole.OBSERVER:
        return refused(
            "may-not", f"an answer of {hearing.by.party}", "whoever is to cease, or carries the call, answers"
        )
    own = [(step.rung, step.unit) for step in case.steps if step.party == hearing.by.party]
    if (statement.rung, statement.unit) in own:
        return refused(
            "answered-already", f"{statement.rung} by {statement.unit or 'the same'} once more", "it is on record"
        )
    if len(own) >= GREATEST_STEPS:
        return refused(
            "too-many", f"{len(own):,} answers of {hearing.by.party}", "this STOP takes no more of this party"
        )
    latency_ms = max(0, hearing.now_ms - case.sounded_ms)
    return taken(
        Taken(),
        StopLatency(ref=case.ref, party=hearing.by.party, rung=statement.rung, latency_ms=latency_ms),
    )


def decide_stop_release(hearing: Hearing, statement: ReleaseStop) -> Verdict:
    """The caller's side releases it, or the agreed authority; nobody else."""
    state, party = hearing.state, hearing.by.party
    case = state.stops.get(statement.ref)
    if case is None or case.released_ms:
        return refused("unknown-reference", f"the reference {statement.ref!r}", "name a STOP that stands", field="ref")
    authority = term_of(state.agreement, StopAuthority)
    released_by = authority.release if authority else ()
    if not case.by:  # nobody knows whose it was: whoever carries the mechanism calls back, and releases it
        released_by = (*released_by, PartyRole.MEDIATOR)
    if party != case.by and not state.is_named(party, released_by):
        clause = authority.number if authority else "charter"
        who = ", ".join(sorted({case.by or "the caller", *released_by}))
        return refused("may-not-release", f"a release by {party}", f"only {who} may release it", clause=clause)
    return taken(Taken())


def with_sounded(state: State, by: Submission | None, finding: Sounded) -> State:
    """Return the state with a STOP in it, verified or not."""
    call = by.statement if by is not None and isinstance(by.statement, CallStop) else None
    case = StopCase(
        ref=finding.ref, by=by.party if by else "", call=call, raw=finding.call, sounded_ms=finding.sounded_ms
    )
    return msgspec.structs.replace(state, stops=state.stops.set(case.ref, case))


def with_step(state: State, by: Submission | None, finding: StopLatency) -> State:
    """Return the state with one more rung of a STOP."""
    case = state.stops[finding.ref]
    unit = by.statement.unit if by is not None and isinstance(by.statement, AnswerStop) else ""
    step = StopStep(StopRung(finding.rung), finding.party, state.recorded_ms, finding.latency_ms, unit)
    return msgspec.structs.replace(
        state, stops=state.stops.set(case.ref, msgspec.structs.replace(case, steps=(*case.steps, step)))
    )


def with_release(state: State, statement: ReleaseStop) -> State:
    """Return the state in which a STOP is released."""
    case = msgspec.structs.replace(state.stops[statement.ref], released_ms=state.recorded_ms)
    return msgspec.structs.replace(state, stops=state.stops.set(case.ref, case))
