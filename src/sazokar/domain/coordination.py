"""Conflicts and answers: raised, whose turn it is, what a reply does, how it ends (SZK-22 … SZK-28, SZK-50).

A conflict stays one case while the same two operations breach the same or another clause: each time that it is found
again its version grows, and acknowledgement and answers start anew. Deadlines are told in `deadlines`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from sazokar.domain.agreement import Agreement, Answering, FirstAnswer, Rung, ZoneKind, term_of
from sazokar.domain.disclosure import sees_extent
from sazokar.domain.finding import (
    AnyFinding,
    Called,
    Raised,
    Resolution,
    Resolved,
    Side,
    StateChanged,
    Taken,
    Turn,
)
from sazokar.domain.hearing import AGREED, Hearing, Verdict, refused, taken
from sazokar.domain.notice import OperationState
from sazokar.domain.offers import leg_of
from sazokar.domain.party import PartyRole
from sazokar.domain.plan.conflict import Conflict
from sazokar.domain.plan.volume import Role, Volume
from sazokar.domain.state import Case, Recommendation, Said, State, Timer, with_timers, without_timers
from sazokar.domain.statement import (
    AcceptRecommendation,
    AcceptRisk,
    AnswerConflict,
    Recommend,
    Reply,
    Submission,
)
from sazokar.version import ENGINE

ANSWERING: Final = Answering(number="charter", rung_ms=(300_000, 300_000, 300_000))
"""How conflicts are answered where no clause speaks of it."""


# Raising


def pair_key(a: str, b: str) -> str:
    """Return the name of a pair of operations, whatever their order; no word of a zone's name reads as a reference."""
    return " ".join(sorted((a, b)))


def raised(hearing: Hearing, ref: str, found: Sequence[Conflict], superseded: str = "") -> list[AnyFinding]:
    """Return what follows from the conflicts of one new or changed notice: raised, found again, resolved, and states.

    Args:
        hearing: The statement.
        ref: The notice.
        found: Its conflicts.
        superseded: The notice that it stands in for, and whose conflicts end; empty: none.
    """
    pairs = _by_pair(found)
    before = {_other(hearing.state.cases[case], ref): case for case in hearing.state.open.get(ref, ())}
    findings: list[AnyFinding] = list(_raise(hearing, pairs, ref))
    gone = [case for other, case in before.items() if pair_key(ref, other) not in pairs]
    gone += hearing.state.open.get(superseded, ())
    findings += [Resolved(ref=case, how=Resolution.CHANGED) for case in gone]
    return [*findings, *(change for change in _standing(hearing.state, findings, {ref}) if change.ref != superseded)]


def rejudged(hearing: Hearing, agreement: Agreement) -> list[AnyFinding]:
    """Return what follows for all that is live when an agreement comes into force: nothing passes unseen."""
    pairs = _by_pair(hearing.bench.adopt(agreement))
    state = msgspec.structs.replace(hearing.state, agreement=agreement, suspended_by=())
    findings: list[AnyFinding] = list(_raise(msgspec.structs.replace(hearing, state=state), pairs, ""))
    live = sorted({case for cases in state.open.values() for case in cases})
    gone = [case for case in live if pair_key(state.cases[case].a, state.cases[case].b) not in pairs]
    findings += [Resolved(ref=case, how=Resolution.ENDED) for case in gone]
    return [*findings, *_standing(state, findings, set(state.open))]


def pairs_of(found: Sequence[Conflict]) -> int:
    """Return how many pairs of operations, or of an operation and a zone, conflicts are between."""
    return len({pair_key(conflict.a.operation, conflict.b.operation) for conflict in found})


def _by_pair(found: Sequence[Conflict]) -> dict[str, list[Conflict]]:
    pairs: dict[str, list[Conflict]] = {}
    for conflict in found:
        pairs.setdefault(pair_key(conflict.a.operation, conflict.b.operation), []).append(conflict)
    return dict(sorted(pairs.items(), key=lambda item: (item[1][0].start_ms, item[0])))


def _other(case: Case, ref: str) -> str:
    return case.b if case.a == ref else case.a


def _raise(hearing: Hearing, pairs: Mapping[str, list[Conflict]], ref: str) -> Iterator[Raised]:
    """Give one finding for each pair of operations: the earliest of its conflicts, and how many there are (SZK-38)."""
    fresh = 0
    for key, conflicts in pairs.items():
        known = hearing.state.pairs.get(key, "")
        if not known:
            fresh += 1
        new = f"C{hearing.state.size}" if fresh == 1 else f"C{hearing.state.size}.{fresh}"
        yield _one(hearing, known or new, conflicts, again=bool(known), filed=ref)


def _one(hearing: Hearing, ref: str, conflicts: Sequence[Conflict], *, again: bool, filed: str) -> Raised:
    conflict = conflicts[0]
    one, other = conflict.a, conflict.b
    case = hearing.state.cases.get(ref) if again else None
    if one.role is Role.ZONE or (other.role is not Role.ZONE and other.operation == (case.a if case else filed)):
        one, other = other, one  # the sides stay where they stood, since sight is decided by side
    answering = term_of(hearing.state.agreement, Answering) or ANSWERING
    first = _first(hearing, answering.first, one, other)
    return Raised(
        ref=ref, clause=conflict.rule.clause, a=_side(hearing, one, conflict), b=_side(hearing, other, conflict), again=again,
        first=first, due_ms=_due(case, first, hearing.now_ms + answering.rung_ms[0], hearing.now_ms),
        start_ms=conflict.start_ms, end_ms=conflict.end_ms, horizontal_mm=conflict.horizontal_mm,
        vertical_e4=conflict.vertical_e4, at=conflict.at, pairs=len(conflicts), engine=ENGINE,
    )  # fmt: skip


def _due(case: Case | None, first: str, due_ms: int, now_ms: int) -> int:
    """Return until when the first has to answer: not longer because plans change while it is silent."""
    return min(case.due_ms, due_ms) if case is not None and is_silent(case, first, now_ms) else due_ms


def is_silent(case: Case, party: str, now_ms: int) -> bool:
    """Return whether a party owes the answer to a live conflict, and a deadline for it runs."""
    return case.is_live and case.turn == party and case.due_ms > now_ms


def _side(hearing: Hearing, volume: Volume, conflict: Conflict) -> Side:
    """Return what one side may be told: its own leg, from when, and what would free it, all of them coarse (SZK-31)."""
    if volume.role is Role.ZONE:
        return Side(party=volume.party, ref=volume.operation)
    ref, coarseness = volume.operation, hearing.coarseness
    return Side(
        party=volume.party,
        ref=ref,
        version=_version(hearing, ref),
        leg=leg_of(volume, conflict.start_ms),
        from_ms=conflict.start_ms // coarseness.time_ms * coarseness.time_ms,
        offers=hearing.bench.offers(
            ref, lambda other: _infers(hearing.state, volume.party, ref, other, conflict), coarseness
        ),
    )


def _version(hearing: Hearing, ref: str) -> int:
    notice, statement = hearing.state.notices.get(ref), hearing.by.statement
    changed = getattr(statement, "ref", "") == ref
    return (notice.version if notice else 0) + (1 if changed or notice is None else 0)


def _infers(state: State, party: str, ref: str, other: str, conflict: Conflict) -> bool:
    """Return whether a party may infer another notice: one that it is in conflict with, its own, or one that it sees."""
    if other in (ref, conflict.a.operation, conflict.b.operation) or pair_key(ref, other) in state.pairs:
        return True
    return sees_extent(state, other, party)


def _first(hearing: Hearing, first: FirstAnswer, one: Volume, other: Volume) -> str:
    """Return the party that answers first; a zone answers nothing."""
    if other.role is Role.ZONE:
        return one.party
    agreement, a, b = hearing.state.agreement, _filed(hearing, one), _filed(hearing, other)
    later, earlier = (one, other) if a >= b else (other, one)
    if agreement is not None:
        exempt = [v for v in (one, other) if agreement.is_exempt(v.class_, v.kind)]
        if len(exempt) == 1:
            return (other if exempt[0] is one else one).party
    if first is FirstAnswer.LOWER_PRIORITY and agreement is not None:
        ranks = [agreement.rank(v.class_, v.kind) for v in (one, other)]
        if ranks[0] != ranks[1]:
            return (one if ranks[0] < ranks[1] else other).party
    return (earlier if first is FirstAnswer.EARLIER_FILER else later).party


def _filed(hearing: Hearing, volume: Volume) -> int:
    """Return when the present version of a notice was filed; one that the statement makes or changes, now."""
    notice = hearing.state.notices.get(volume.operation)
    if notice is None or getattr(hearing.by.statement, "ref", "") == volume.operation:
        return hearing.now_ms
    return notice.filed_ms


def _standing(state: State, findings: Iterable[AnyFinding], refs: set[str]) -> list[StateChanged]:
    """Return which operations are accepted now, and which proposed again, by the conflicts left open to them.

    Args:
        state: What is true before the findings.
        findings: Conflicts raised and resolved.
        refs: Notices that are judged in any case; one that is new is not in the state yet.
    """
    live = {ref: set(state.open.get(ref, ())) for ref in refs}
    for finding in findings:
        if isinstance(finding, Raised):
            for side in (finding.a, finding.b):
                if side is not None and side.version:
                    live.setdefault(side.ref, set(state.open.get(side.ref, ()))).add(finding.ref)
        elif isinstance(finding, Resolved):
            case = state.cases[finding.ref]
            for ref in {case.a, case.b} & set(state.notices):
                live.setdefault(ref, set(state.open.get(ref, ()))).discard(finding.ref)
    return [change for ref in sorted(live) if (change := _restated(state, ref, conflicts=bool(live[ref]))) is not None]


def _restated(state: State, ref: str, *, conflicts: bool) -> StateChanged | None:
    notice = state.notices.get(ref)
    before = notice.state if notice and notice.state is not OperationState.HELD else OperationState.PROPOSED
    after = OperationState.PROPOSED if conflicts else OperationState.ACCEPTED
    if before not in (OperationState.PROPOSED, OperationState.ACCEPTED) or before is after:
        return None
    return StateChanged(ref=ref, state=after, why="conflicts" if conflicts else "no conflict found")


def with_raised(state: State, finding: Raised) -> State:
    """Return the state with a conflict raised, or found again: its turn and its deadlines run."""
    a, b = finding.a, finding.b
    known = state.cases.get(finding.ref)
    if known is None and (a is None or b is None):
        return state  # withheld from this reader
    if known is not None:
        state = without_timers(state, finding.ref)
        case = msgspec.structs.replace(
            known, clause=finding.clause, version=known.version + 1, raised_ms=state.recorded_ms, start_ms=finding.start_ms,
            resolved=None, resolved_ms=0, recommendations=(), risk_accepted=(), overdue=False,
            parties=(a.party, b.party) if a and b else known.parties,  # a zone may have become another's claim
        )  # fmt: skip
    else:
        assert a is not None and b is not None
        case = Case(
            ref=finding.ref, clause=finding.clause, a=a.ref, b=b.ref, parties=(a.party, b.party),
            raised_ms=state.recorded_ms, start_ms=finding.start_ms,
        )  # fmt: skip
    rung = (
        known.rung
        if known is not None and is_silent(known, finding.first, state.recorded_ms) and known.due_ms == finding.due_ms
        else Rung.OFFICER
    )
    case = msgspec.structs.replace(case, turn=finding.first, rung=rung, due_ms=finding.due_ms)
    opened, pairs = state.open, state.pairs.set(pair_key(case.a, case.b), case.ref)
    for ref in (case.a, case.b):
        if ref in state.notices and case.ref not in opened.get(ref, ()):
            opened = opened.set(ref, (*opened.get(ref, ()), case.ref))
    state = msgspec.structs.replace(state, cases=state.cases.set(case.ref, case), open=opened, pairs=pairs)
    timers = [Timer(finding.due_ms, "answer", case.ref)]
    if finding.start_ms is not None:
        timers.append(Timer(finding.start_ms, "unanswered", case.ref))
    return with_timers(state, *timers)


def with_resolved(state: State, finding: Resolved) -> State:
    """Return the state with a conflict resolved: no deadline of it runs any more."""
    case = state.cases.get(finding.ref)
    if case is None:
        return state
    state = without_timers(state, case.ref)
    opened = state.open
    for ref in (case.a, case.b):
        if ref in opened:
            opened = opened.set(ref, tuple(c for c in opened[ref] if c != case.ref))
    ended = msgspec.structs.replace(case, resolved=finding.how, resolved_ms=state.recorded_ms, turn="", due_ms=0)
    key = pair_key(case.a, case.b)
    pairs = state.pairs.delete(key) if state.pairs.get(key) == case.ref else state.pairs
    return msgspec.structs.replace(state, cases=state.cases.set(case.ref, ended), open=opened, pairs=pairs)


# Answering


def decide_answer(hearing: Hearing, statement: AnswerConflict) -> Verdict:
    """A party of the conflict answers; where it was its turn, the turn passes or rests, by the code."""
    case, party = hearing.state.cases.get(statement.ref), hearing.by.party
    if case is None or party not in case.parties:
        return refused(
            "unknown-reference", f"the reference {statement.ref!r}", "name a conflict of your own side", field="ref"
        )
    if not case.is_live:
        return refused(
            "resolved-already", f"{case.ref}, resolved ({case.resolved})", "nothing is left to answer", field="ref"
        )
    if statement.reply in (Reply.HOLD, Reply.COUNTER, Reply.QUERY) and not _says(hearing.by, statement):
        what = {Reply.HOLD: "what is held", Reply.COUNTER: "a change", Reply.QUERY: "a question"}[statement.reply]
        return refused("says-nothing", f"{statement.reply} without {what}", f"say {what}", field="content")
    return taken(Taken(), *_turn_after(hearing, case, party, statement.reply))


def _says(by: Submission, statement: AnswerConflict) -> bool:
    content = statement.content
    if content is None:
        return "content" in by.withheld
    return bool(content.text.strip() or (content.change and statement.reply is Reply.COUNTER))


def _turn_after(hearing: Hearing, case: Case, party: str, reply: Reply) -> list[AnyFinding]:
    """Return whose turn it is after a reply: nobody's after WILCO and HOLD; the other's; the mediator's if both are unable."""
    if case.turn != party:
        return []
    if reply in (Reply.WILCO, Reply.HOLD):
        return [Turn(ref=case.ref, party="", due_ms=0)]
    answering = term_of(hearing.state.agreement, Answering) or ANSWERING
    other = case.parties[1] if party == case.parties[0] else case.parties[0]
    unable = {said.party for said in case.said if said.reply is Reply.UNABLE and said.version == case.version}
    if hearing.state.member(other) is None or (reply is Reply.UNABLE and other in unable):
        next_ms = hearing.now_ms + answering.rung_ms[2]
        return [
            Called(ref=case.ref, party=party, rung=Rung.MEDIATOR, due_ms=hearing.now_ms, next_ms=next_ms, unable=True)
        ]
    return [Turn(ref=case.ref, party=other, due_ms=hearing.now_ms + answering.rung_ms[0])]


def with_answer(state: State, by: Submission, statement: AnswerConflict) -> State:
    """Return the state with one more answer."""
    case = state.cases.get(statement.ref)
    if case is None:
        return state  # withheld from this reader
    said = Said(by.party, statement.reply, state.recorded_ms, by.officer, by.id, case.version)
    changed = msgspec.structs.replace(case, said=(*case.said, said))
    return msgspec.structs.replace(state, cases=state.cases.set(case.ref, changed))


def with_turn(state: State, finding: Turn) -> State:
    """Return the state in which it is that party's turn, or nobody's."""
    case = state.cases.get(finding.ref)
    if case is None:
        return state
    state = without_timers(state, case.ref, "answer")
    changed = msgspec.structs.replace(case, turn=finding.party, rung=Rung.OFFICER, due_ms=finding.due_ms)
    state = msgspec.structs.replace(state, cases=state.cases.set(case.ref, changed))
    return with_timers(state, Timer(finding.due_ms, "answer", case.ref)) if finding.party else state


def with_called(state: State, finding: Called, *, silent: bool) -> State:
    """Return the state in which the next rung is called, and the silence recorded; both were heard where both are unable."""
    case = state.cases.get(finding.ref)
    if case is None:
        return state
    state = without_timers(state, case.ref, "answer")
    silences = (*case.silences, (finding.party, finding.rung, finding.due_ms)) if silent else case.silences
    changed = msgspec.structs.replace(case, rung=finding.rung, due_ms=finding.next_ms, silences=silences)
    state = msgspec.structs.replace(state, cases=state.cases.set(case.ref, changed))
    return with_timers(state, Timer(finding.next_ms, "answer", case.ref)) if finding.next_ms else state


# Ending


def decide_recommendation(hearing: Hearing, statement: Recommend) -> Verdict:
    """The mediator recommends; it decides nothing (SZK-50)."""
    case = hearing.state.cases.get(statement.ref)
    if hearing.by.party not in hearing.state.parties_of(PartyRole.MEDIATOR):
        return refused(
            "not-the-mediator", f"a recommendation by {hearing.by.party}", "the mediator recommends; answer instead"
        )
    if case is None or not case.is_live:
        return refused("unknown-reference", f"the reference {statement.ref!r}", "name a live conflict", field="ref")
    return taken(Taken(ref=f"{case.ref}/{len(case.recommendations) + 1}"))


def with_recommendation(state: State, by: Submission, statement: Recommend) -> State:
    """Return the state with one more recommendation."""
    case = state.cases.get(statement.ref)
    if case is None:
        return state  # withheld from this reader
    more = (*case.recommendations, Recommendation(by.id, state.recorded_ms))
    return msgspec.structs.replace(
        state, cases=state.cases.set(case.ref, msgspec.structs.replace(case, recommendations=more))
    )


def decide_acceptance(hearing: Hearing, statement: AcceptRecommendation) -> Verdict:
    """A party accepts a recommendation; when both have accepted the same one, the conflict is resolved by it."""
    case, party = hearing.state.cases.get(statement.ref), hearing.by.party
    if case is None or party not in case.parties or not case.is_live:
        return refused(
            "unknown-reference",
            f"the reference {statement.ref!r}",
            "name a live conflict of your own side",
            field="ref",
        )
    if not 1 <= statement.number <= len(case.recommendations):
        return refused(
            "unknown-recommendation", f"recommendation {statement.number}", "name one that was made", field="number"
        )
    accepted = {*case.recommendations[statement.number - 1].accepted, party}
    return taken(Taken(), *_ended_if(hearing.state, case, accepted, Resolution.RECOMMENDATION))


def with_acceptance(state: State, by: Submission, statement: AcceptRecommendation) -> State:
    """Return the state in which a party has accepted a recommendation."""
    case = state.cases.get(statement.ref)
    if case is None:
        return state  # withheld from this reader
    made = list(case.recommendations)
    one = made[statement.number - 1]
    made[statement.number - 1] = msgspec.structs.replace(one, accepted=tuple(sorted({*one.accepted, by.party})))
    changed = msgspec.structs.replace(case, recommendations=tuple(made))
    return msgspec.structs.replace(state, cases=state.cases.set(case.ref, changed))


def decide_risk(hearing: Hearing, statement: AcceptRisk) -> Verdict:
    """A party accepts the risk; when both have, the conflict is resolved so. A zone of all is not one side's to waive."""
    case, party = hearing.state.cases.get(statement.ref), hearing.by.party
    if case is None or party not in case.parties or not case.is_live:
        return refused(
            "unknown-reference",
            f"the reference {statement.ref!r}",
            "name a live conflict of your own side",
            field="ref",
        )
    if AGREED in case.parties and not _is_of_caution(hearing.state, case.b):
        return refused(
            "agreed-zone",
            f"the risk of entering {case.b}, a zone of all",
            "change the plan, or amend the agreement",
            clause=case.clause,
        )
    return taken(Taken(), *_ended_if(hearing.state, case, {*case.risk_accepted, party}, Resolution.RISK_ACCEPTED))


def _is_of_caution(state: State, zone: str) -> bool:
    """Return whether a zone asks for care, not for staying out: who enters one accepts the risk by itself, on record."""
    zones = state.agreement.zones if state.agreement else ()
    return any(one.name == zone and one.kind in (ZoneKind.CAUTION, ZoneKind.CORRIDOR) for one in zones)


def with_risk(state: State, by: Submission, statement: AcceptRisk) -> State:
    """Return the state in which a party accepts the risk."""
    case = state.cases.get(statement.ref)
    if case is None:
        return state  # withheld from this reader
    changed = msgspec.structs.replace(case, risk_accepted=tuple(sorted({*case.risk_accepted, by.party})))
    return msgspec.structs.replace(state, cases=state.cases.set(case.ref, changed))


def _ended_if(state: State, case: Case, willing: set[str], how: Resolution) -> list[AnyFinding]:
    if not set(case.parties) <= willing | {AGREED}:
        return []
    resolved = Resolved(ref=case.ref, how=how)
    why = "both accept the risk" if how is Resolution.RISK_ACCEPTED else "both accept the recommendation"
    return [resolved, *(msgspec.structs.replace(change, why=why) for change in _standing(state, [resolved], set()))]


def ended(state: State, ref: str, how: Resolution) -> list[AnyFinding]:
    """Return what follows for the conflicts of an operation that is over."""
    gone: list[AnyFinding] = [Resolved(ref=case, how=how) for case in state.open.get(ref, ())]
    return [*gone, *(change for change in _standing(state, gone, set()) if change.ref != ref)]
