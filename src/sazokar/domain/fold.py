"""Folds the ledger into the state: one entry, one next state. Pure, integers only, no geometry, no clock.

A statement by itself changes nothing: it waits for the findings that say what became of it. What is withheld from the
reader leaves a gap in its state, never an error.
"""

from __future__ import annotations

from typing import Final

import msgspec

from sazokar.domain import acknowledgement, budget, coordination, governing, operation, stop, watch
from sazokar.domain.agreement import Review, term_of
from sazokar.domain.finding import (
    Advised,
    Answered,
    AnyFinding,
    Called,
    Delivered,
    Disclosed,
    Exhausted,
    Findings,
    Flagged,
    Held,
    InForce,
    Lateness,
    Outcome,
    Overdue,
    Raised,
    Refusal,
    Resolved,
    Resumed,
    SnapshotTaken,
    Sounded,
    Spent,
    StateChanged,
    StopLatency,
    Suspended,
    Taken,
    Turn,
    Unanswered,
)
from sazokar.domain.state import Ack, Numbers, Purse, State, Timer, next_due, with_timers, without_timers
from sazokar.domain.statement import (
    AcceptRecommendation,
    AcceptRisk,
    Acknowledge,
    AckRung,
    AmendNotice,
    AnswerConflict,
    AnswerStop,
    Ask,
    CallStop,
    CancelNotice,
    Charter,
    DelegateKey,
    ErasePayload,
    FileNotice,
    HandOver,
    PostWatch,
    ProposeDraft,
    Recommend,
    RecordTalks,
    ReleaseStop,
    ReportIncident,
    ReportState,
    ResumeAgreement,
    RevalidateNotice,
    RevokeKey,
    RotateNode,
    RotateRoot,
    SignAgreement,
    Submission,
    SuspendAgreement,
    TestCall,
)
from sazokar.errors import HistoryError

QUOTA_MS: Final = 3_600_000
"""Window of an officer's quota of refusals."""

Entry = Charter | Submission | Findings


def fold(state: State, entry: Entry) -> State:
    """Return the state after one more entry.

    Raises:
        HistoryError: The entry cannot follow: no charter first, findings without their statement, a time that goes back.
    """
    match entry:
        case Charter():
            return _founded(state, entry)
        case Submission():
            return _submitted(state, entry)
        case Findings():
            return _found(state, entry)


def _founded(state: State, charter: Charter) -> State:
    if state.size:
        raise HistoryError(f"entry {state.size}: found a second charter; expected a statement or findings")
    roots = state.roots.update({root: member.name for member in charter.parties for root in member.roots})
    return msgspec.structs.replace(
        state,
        size=1,
        charter=charter,
        node=charter.node,
        roots=roots,
        recorded_ms=charter.created_ms,
        clock_ms=charter.created_ms,
    )


def _submitted(state: State, submission: Submission) -> State:
    if state.charter is None:
        raise HistoryError("entry 0: found a statement; expected the charter")
    if state.pending is not None:
        raise HistoryError(
            f"entry {state.size}: found a second statement; expected the findings on {state.pending.id[:8]}"
        )
    return msgspec.structs.replace(state, size=state.size + 1, pending=submission)


def _found(state: State, record: Findings) -> State:
    if state.charter is None:
        raise HistoryError("entry 0: found findings; expected the charter")
    pending = state.pending
    if record.of != (pending.id if pending else ""):
        raise HistoryError(
            f"entry {state.size}: found findings on {record.of[:8] or 'nothing'}; expected those on the statement before"
        )
    if record.node and record.node != state.node:
        raise HistoryError(
            f"entry {state.size}: found findings by the key {record.node[:8]}, which is not the node's there"
        )
    if record.recorded_ms < state.recorded_ms:
        raise HistoryError(
            f"entry {state.size}: found the instant {record.recorded_ms}; expected {state.recorded_ms} or later"
        )
    state = msgspec.structs.replace(state, recorded_ms=record.recorded_ms, pending=None)
    if pending is None:  # the clock's: what it sets in motion may itself be due before this record
        for finding in record.findings or ():
            state = apply_finding(state, finding)
        left = next_due(state, record.recorded_ms)
        return msgspec.structs.replace(state, size=state.size + 1, clock_ms=left.due_ms if left else record.recorded_ms)
    state = msgspec.structs.replace(state, clock_ms=record.recorded_ms)
    state = _with_number(state, pending)
    if record.outcome in (Outcome.REFUSED, Outcome.HELD):
        state = _with_refusal(state, pending)
    for finding in record.findings or ():
        state = apply_finding(state, finding, pending)
    if record.outcome is Outcome.HELD:
        state = operation.with_unseen(state, pending)
    return msgspec.structs.replace(state, size=state.size + 1)


def _with_number(state: State, by: Submission) -> State:
    numbers = state.numbers.get(by.key, Numbers())
    if numbers.holds(by.number) or by.number < 1:
        return state
    return msgspec.structs.replace(state, numbers=state.numbers.set(by.key, numbers.with_number(by.number)))


def _with_refusal(state: State, by: Submission) -> State:
    purse = state.purses.get(by.key)
    if purse is None or state.recorded_ms - purse.from_ms >= QUOTA_MS:
        purse = Purse(state.recorded_ms, 0)
    spent = Purse(purse.from_ms, purse.spent + 1)
    return msgspec.structs.replace(state, purses=state.purses.set(by.key, spent))


def apply_finding(state: State, finding: AnyFinding, by: Submission | None = None) -> State:  # noqa: C901 - one line for each
    """Return the state after one finding; `by` is the statement that it speaks of, None for the clock's."""
    match finding:
        case Taken():
            return _taken(state, finding, by)
        case Held():
            return operation.with_held(state, by, finding)
        case Lateness():
            return operation.with_lateness(state, finding)
        case StateChanged():
            return operation.with_state(state, finding)
        case Spent():
            return budget.with_spent(state, finding)
        case Raised():
            return coordination.with_raised(state, finding)
        case Resolved():
            return coordination.with_resolved(state, finding)
        case Turn():
            return coordination.with_turn(state, finding)
        case Called():
            return coordination.with_called(state, finding, silent=not finding.unable)
        case Unanswered():
            return _unanswered(state, finding)
        case Overdue():
            return _overdue(state, finding)
        case Delivered():
            ack = Ack(finding.party, AckRung.DELIVERED, finding.version, state.recorded_ms)
            return acknowledgement.with_ack(state, finding.ref, ack)
        case InForce():
            return governing.in_force(state, finding)
        case Suspended():
            return governing.suspended(state, finding)
        case Sounded():
            return stop.with_sounded(state, by, finding)
        case StopLatency():
            return stop.with_step(state, by, finding)
        case SnapshotTaken():
            return msgspec.structs.replace(state, snapshot=finding.size)
        case Refusal() | Flagged() | Advised() | Exhausted() | Answered() | Disclosed() | Resumed():
            return state  # on record, and nothing rests on them


def _taken(state: State, finding: Taken, by: Submission | None) -> State:  # noqa: C901 - one line for each kind
    if by is None:
        raise HistoryError(f"entry {state.size}: found a statement taken; expected the statement before it")
    match by.statement:
        case FileNotice() as s:
            return operation.with_notice(state, by, s, finding.ref)
        case AmendNotice() as s:
            return operation.with_amendment(state, by, s)
        case RevalidateNotice() as s:
            return operation.with_revalidation(state, s)
        case Acknowledge() as s:
            return acknowledgement.with_acknowledgement(state, by, s)
        case AnswerConflict() as s:
            return coordination.with_answer(state, by, s)
        case Recommend() as s:
            return coordination.with_recommendation(state, by, s)
        case AcceptRecommendation() as s:
            return coordination.with_acceptance(state, by, s)
        case AcceptRisk() as s:
            return coordination.with_risk(state, by, s)
        case DelegateKey() as s:
            return governing.with_key(state, by, s)
        case RevokeKey() as s:
            return governing.without_key(state, s)
        case RotateRoot() as s:
            return governing.with_root(state, s)
        case RotateNode() as s:
            return governing.with_node(state, s)
        case ProposeDraft() as s:
            return governing.with_draft(state, by, s)
        case SignAgreement() as s:
            return governing.with_signature(state, by, s)
        case ResumeAgreement():
            return governing.resumed_by(state, by)
        case PostWatch() as s:
            return watch.with_watch(state, by, s)
        case HandOver() as s:
            return watch.with_hand_over(state, by, s)
        case TestCall() as s:
            return watch.with_test_call(state, by, s)
        case RecordTalks() as s:
            return watch.with_talks(state, by, s)
        case ReportIncident():
            return watch.with_incident(state, by, finding.ref)
        case ReleaseStop() as s:
            return stop.with_release(state, s)
        case ErasePayload() as s:
            return watch.with_erased(state, s)
        case CancelNotice() as s:
            return operation.with_cancellation(state, s)
        case ReportState() | SuspendAgreement() | CallStop() | AnswerStop() | Ask():
            return state  # what they do is told by the findings that follow


def _unanswered(state: State, finding: Unanswered) -> State:
    case = state.cases.get(finding.ref)
    if case is None:
        return state
    state = without_timers(state, finding.ref, "unanswered")
    changed = msgspec.structs.replace(case, overdue=True)
    return msgspec.structs.replace(state, cases=state.cases.set(case.ref, changed))


def _overdue(state: State, finding: Overdue) -> State:
    state = without_timers(state, finding.ref, finding.what)
    if finding.what == "review" and (clause := term_of(state.agreement, Review)):
        return with_timers(state, Timer(finding.due_ms + clause.period_ms, "review", "agreement"))
    return state
