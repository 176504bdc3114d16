"""Judges one statement: what it may do, what it leads to. Pure: no clock, no file, no signature, no key.

`decide` never emits what `fold` rejects. Deadlines that are due come first (`due_by`); then each statement is judged on
the state that all before it leave.
"""

from __future__ import annotations

from typing import Final

from sazokar.domain import acknowledgement, coordination, governing, operation, stop, watch
from sazokar.domain.deadlines import due
from sazokar.domain.finding import Findings, Outcome
from sazokar.domain.fold import apply_finding
from sazokar.domain.hearing import Hearing, Verdict, refused
from sazokar.domain.party import OfficerRole, PartyRole
from sazokar.domain.state import State
from sazokar.domain.statement import (
    STOP_LADDER,
    AcceptRecommendation,
    AcceptRisk,
    Acknowledge,
    AmendNotice,
    AnswerConflict,
    AnswerStop,
    Ask,
    CallStop,
    CancelNotice,
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
    SuspendAgreement,
    TestCall,
)

GREATEST_LIFETIME_MS: Final = 366 * 86_400_000
"""A statement expires at most this long after it is recorded."""
_OF_ROOTS: Final = (
    DelegateKey, RevokeKey, RotateRoot, ProposeDraft, SignAgreement, SuspendAgreement, ResumeAgreement, RecordTalks,
)  # fmt: skip
_OF_OBSERVERS: Final = (
    RevokeKey,
    DelegateKey,
    RotateRoot,
    SignAgreement,
    SuspendAgreement,
    ResumeAgreement,
    PostWatch,
    HandOver,
    TestCall,
    RecordTalks,
)


def due_by(state: State, now_ms: int) -> Findings | None:
    """Return the record of every deadline that passes by an instant, or None where none does."""
    found = due(state, now_ms, apply_finding)
    return Findings(of="", recorded_ms=now_ms, outcome=Outcome.CLOCK, findings=found) if found else None


def decide(hearing: Hearing) -> Verdict:
    """Return what becomes of a statement: taken with all that follows, refused with its reason, or held.

    Args:
        hearing: The statement, the state before it, the instant, and what is live. Every deadline that is due by the
            instant must have passed already.
    """
    statement = hearing.by.statement
    if isinstance(statement, STOP_LADDER):
        return _stop(hearing)
    return _unreadable_by_number(hearing) or _out_of_role(hearing) or _dispatch(hearing)


def _stop(hearing: Hearing) -> Verdict:
    match hearing.by.statement:
        case CallStop() as statement:
            return stop.decide_stop(hearing, statement)
        case AnswerStop() as statement:
            return stop.decide_stop_answer(hearing, statement)
        case ReleaseStop() as statement:
            return stop.decide_stop_release(hearing, statement)
        case _:
            raise AssertionError("no statement of the STOP ladder")


def _unreadable_by_number(hearing: Hearing) -> Verdict | None:
    """A number used before, or a statement that its author means no more, decides nothing."""
    by = hearing.by
    numbers = hearing.state.numbers.get(by.key)
    if by.number < 1 or (numbers is not None and numbers.holds(by.number)):
        return refused(
            "number-used", f"number {by.number} of this key, used before", "give each statement a number of its own"
        )
    if by.expires_ms <= hearing.now_ms and not _is_vital(hearing):  # late, it is marked so and delivered all the same
        return refused(
            "expired", "a statement that has expired", "sign it again, if it is still meant", field="expires_ms"
        )
    if by.expires_ms - hearing.now_ms > GREATEST_LIFETIME_MS:
        return refused(
            "expires-late", "a statement meant for more than 366 days", "let it expire sooner", field="expires_ms"
        )
    return None


def _is_vital(hearing: Hearing) -> bool:
    return isinstance(hearing.by.statement, FileNotice) and hearing.by.statement.life_safety


def _out_of_role(hearing: Hearing) -> Verdict | None:
    """A key signs what its role lets it, and a party what its role in the charter lets it."""
    by, statement = hearing.by, hearing.by.statement
    if by.role is OfficerRole.STOP_ONLY:
        return refused("stop-only", "a key that signs STOP and nothing else", "sign with an officer's key")
    if isinstance(statement, RotateNode):
        return None
    member = hearing.state.member(by.party)
    if member is None:
        return refused("not-a-member", f"a statement of {by.party}", "only members of the charter take part")
    if by.role is None and not isinstance(statement, _OF_ROOTS):
        return refused(
            "root-key", "a root key on a duty officer's statement", "sign with a delegated key, and lock the root away"
        )
    if member.role in (PartyRole.OBSERVER, PartyRole.GUARANTOR) and not isinstance(statement, _OF_OBSERVERS):
        return refused(
            "may-not",
            f"a statement of this kind by {by.party}, {member.role} of the mechanism",
            "parties and participants do this",
        )
    return None


def _dispatch(hearing: Hearing) -> Verdict:  # noqa: C901 - one line for each kind of statement
    match hearing.by.statement:
        case FileNotice() as s:
            return operation.decide_filing(hearing, s)
        case AmendNotice() as s:
            return operation.decide_amendment(hearing, s)
        case CancelNotice() as s:
            return operation.decide_cancellation(hearing, s)
        case RevalidateNotice() as s:
            return operation.decide_revalidation(hearing, s)
        case ReportState() as s:
            return operation.decide_state(hearing, s)
        case Acknowledge() as s:
            return acknowledgement.decide_acknowledgement(hearing, s)
        case AnswerConflict() as s:
            return coordination.decide_answer(hearing, s)
        case Recommend() as s:
            return coordination.decide_recommendation(hearing, s)
        case AcceptRecommendation() as s:
            return coordination.decide_acceptance(hearing, s)
        case AcceptRisk() as s:
            return coordination.decide_risk(hearing, s)
        case DelegateKey() as s:
            return governing.decide_delegation(hearing, s)
        case RevokeKey() as s:
            return governing.decide_revocation(hearing, s)
        case RotateRoot() as s:
            return governing.decide_root_rotation(hearing, s)
        case RotateNode() as s:
            return governing.decide_node_rotation(hearing, s)
        case ProposeDraft() as s:
            return governing.decide_draft(hearing, s)
        case SignAgreement() as s:
            return governing.decide_signature(hearing, s)
        case SuspendAgreement() as s:
            return governing.decide_suspension(hearing, s)
        case ResumeAgreement() as s:
            return governing.decide_resumption(hearing, s)
        case PostWatch() as s:
            return watch.decide_watch(hearing, s)
        case HandOver() as s:
            return watch.decide_hand_over(hearing, s)
        case TestCall() as s:
            return watch.decide_test_call(hearing, s)
        case RecordTalks() as s:
            return watch.decide_talks(hearing, s)
        case ReportIncident() as s:
            return watch.decide_incident(hearing, s)
        case Ask() as s:
            return watch.decide_question(hearing, s)
        case ErasePayload() as s:
            return watch.decide_erasure(hearing, s)
        case CallStop() | AnswerStop() | ReleaseStop():
            return _stop(hearing)
