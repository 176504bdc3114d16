"""What an officer may sign: the closed union of statements, by kind. Values only; `decide` says what becomes of them.

A field that is a `Section` is committed to by the signed bytes but travels beside them: None where the statement has
none, or where it is withheld from the reader (`Submission.withheld` tells which).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from sazokar.domain.agreement import Agreement
from sazokar.domain.notice import (
    Consent,
    Contacts,
    Extent,
    Grade,
    MovementForm,
    NoticeKind,
    OperationState,
    Purpose,
    Section,
)
from sazokar.domain.party import OfficerRole, PartyRole
from sazokar.domain.plan.shape import Position


class Signed(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="kind",
):
    """What every statement has in common: it is told from the others by its kind."""


# Keys


class DelegateKey(Signed, frozen=True, kw_only=True, tag="key.delegate"):
    """A root lets a key sign for its party.

    Args:
        key: The officer's key.
        watch_number: How the officer appears to others (SZK-51).
        role: What it may sign.
        from_ms: First instant of validity, judged by the ledger's clock.
        until_ms: First instant no more valid.
    """

    key: str
    watch_number: str
    role: OfficerRole = OfficerRole.OFFICER
    from_ms: int
    until_ms: int


class RevokeKey(Signed, frozen=True, kw_only=True, tag="key.revoke"):
    """A root, or the key itself, says that a key signs no more from this position on."""

    key: str
    reason: str = ""


class RotateRoot(Signed, frozen=True, kw_only=True, tag="key.rotate-root"):
    """A party's root key is replaced; the old and the new one sign, or, where it is lost, roots of the quorum and the new."""

    party: str
    old: str
    new: str


class RotateNode(Signed, frozen=True, kw_only=True, tag="key.rotate-node"):
    """The node's key is replaced; the old and the new one sign."""

    old: str
    new: str


# The agreement


class Document(Section, frozen=True, kw_only=True):
    """A draft: its text as people sign it, and the same as values."""

    text: str
    agreement: Agreement


class ProposeDraft(Signed, frozen=True, kw_only=True, tag="agreement.propose"):
    """A draft is laid on the table; it is named by the SHA-256 of its text."""

    draft: str
    document: Document | None = None


class SignAgreement(Signed, frozen=True, kw_only=True, tag="agreement.sign"):
    """A party signs a draft by its name; in force when all that must have signed the same one."""

    draft: str


class SuspendAgreement(Signed, frozen=True, kw_only=True, tag="agreement.suspend"):
    """A party suspends the agreement in force (SZK-06); STOP, the roster and notices without verdict go on."""

    reason: str


class ResumeAgreement(Signed, frozen=True, kw_only=True, tag="agreement.resume"):
    """A party agrees to resume."""

    reason: str = ""


# The watch


class WatchPost(Section, frozen=True, kw_only=True):
    """How a watch is reached."""

    telephones: tuple[str, ...]
    languages: tuple[str, ...] = ()


class PostWatch(Signed, frozen=True, kw_only=True, tag="watch.post"):
    """A party says who is on watch, and who is called next (SZK-26).

    Args:
        number: Watch number of the officer.
        from_ms: First instant on watch.
        until_ms: End of the watch.
        alternate: Called when the officer does not read.
        post: How reached.
    """

    number: str
    from_ms: int
    until_ms: int
    alternate: bool = False
    post: WatchPost | None = None


class HandOver(Signed, frozen=True, kw_only=True, tag="watch.hand-over"):
    """The officer on watch hands over to another, who has been told what is open."""

    to: str
    note: str = ""


class TestCall(Signed, frozen=True, kw_only=True, tag="watch.test-call"):
    """A test of the line to another party, and whether it was answered."""

    to: str
    answered: bool
    channel: str = ""
    after_ms: int = 0


# Notices


class FileNotice(Signed, frozen=True, kw_only=True, tag="notice.file"):
    """A notice is filed.

    Args:
        notice: What it is about.
        life_safety: Lives hang on its delivery: refused, it is held for correction (SZK-49).
        grade: Who has verified it.
        supersedes: Reference of the notice of the same party that it stands in for; empty: none.
        consent: How much each recipient may see, at most.
        extent: Where and when.
        purpose: What for.
        contacts: Who is reached; a movement has two or more.
        movement: The form of a movement.
    """

    notice: NoticeKind
    life_safety: bool = False
    grade: Grade = Grade.UNVERIFIED
    supersedes: str = ""
    consent: tuple[Consent, ...] = ()
    extent: Extent | None = None
    purpose: Purpose | None = None
    contacts: Contacts | None = None
    movement: MovementForm | None = None


class AmendNotice(Signed, frozen=True, kw_only=True, tag="notice.amend"):
    """A notice is changed: what is given stands in for what was; acknowledgement starts anew (SZK-20).

    Args:
        ref: The notice.
        version: The version that the author has seen; another one is refused.
    """

    ref: str
    version: int
    grade: Grade | None = None
    extent: Extent | None = None
    purpose: Purpose | None = None
    contacts: Contacts | None = None
    movement: MovementForm | None = None


class CancelNotice(Signed, frozen=True, kw_only=True, tag="notice.cancel"):
    """A notice is taken back."""

    ref: str
    reason: str = ""


class RevalidateNotice(Signed, frozen=True, kw_only=True, tag="notice.revalidate"):
    """A standing notice still holds (SZK-19)."""

    ref: str
    version: int


class ReportState(Signed, frozen=True, kw_only=True, tag="notice.state"):
    """An operation has entered a state; its own party, or another that has seen it (by radar), says so (SZK-36)."""

    ref: str
    state: OperationState
    how: str = ""


# Acknowledgement, conflicts and answers


class AckRung(StrEnum):
    """The ladder of acknowledgement, from the lowest rung (SZK-22)."""

    DELIVERED = "delivered"
    READ = "read"
    READ_BACK = "read-back"
    PASSED_ON = "passed-on"
    CONFIRMED = "confirmed"


class Acknowledge(Signed, frozen=True, kw_only=True, tag="acknowledge"):
    """An officer has read, or read back, a notice or a conflict in one version."""

    ref: str
    version: int = 1
    rung: AckRung
    units: tuple[str, ...] = ()


class Reply(StrEnum):
    """Coded replies (SZK-28)."""

    WILCO = "WILCO"
    UNABLE = "UNABLE"
    HOLD = "HOLD"
    COUNTER = "COUNTER"
    QUERY = "QUERY"


class Change(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A change that an answer promises or asks for: of whose operation, and what."""

    ref: str
    delay_ms: int = 0
    level: str = ""
    text: str = ""


class ReplyContent(Section, frozen=True, kw_only=True):
    """What a reply says beyond its code: HOLD what is held, COUNTER a change, QUERY a question."""

    text: str = ""
    change: Change | None = None


class AnswerConflict(Signed, frozen=True, kw_only=True, tag="conflict.answer"):
    """A party answers a conflict."""

    ref: str
    reply: Reply
    content: ReplyContent | None = None


class Recommend(Signed, frozen=True, kw_only=True, tag="conflict.recommend"):
    """The mediator recommends; both must accept (SZK-50)."""

    ref: str
    content: ReplyContent | None = None


class AcceptRecommendation(Signed, frozen=True, kw_only=True, tag="conflict.accept-recommendation"):
    """A party accepts the recommendation of that number, from 1."""

    ref: str
    number: int


class AcceptRisk(Signed, frozen=True, kw_only=True, tag="conflict.accept-risk"):
    """A party accepts the risk of leaving both plans as they are; resolved when both have."""

    ref: str
    reason: str


# STOP


class StopAction(StrEnum):
    """What a STOP asks for."""

    CEASE_FIRE = "CEASE FIRE"
    TURN_AWAY = "TURN AWAY"
    HALT = "HALT"


class StopRung(StrEnum):
    """The ladder of a STOP, each rung with its latency."""

    HEARD = "heard"
    PASSED_ON = "passed-on"
    CEASED = "ceased"


class CallStop(Signed, frozen=True, kw_only=True, tag="stop.call"):
    """STOP (SZK-27).

    Args:
        action: What must be done at once.
        place: Where, in words.
        unit: Whose or which unit must do it.
        reason: Why.
        to: Party that it is called to; empty: all.
        at: Position, where known.
        about: Reference of the notice, where there is one.
        called_ms: When the caller called, by the caller's clock.
    """

    action: StopAction
    place: str
    unit: str
    reason: str
    to: str = ""
    at: Position | None = None
    about: str = ""
    called_ms: int = 0


class AnswerStop(Signed, frozen=True, kw_only=True, tag="stop.answer"):
    """A STOP was heard, passed on, or has ceased what it was called for."""

    ref: str
    rung: StopRung
    unit: str = ""


class ReleaseStop(Signed, frozen=True, kw_only=True, tag="stop.release"):
    """The caller, or the agreed authority, releases a STOP."""

    ref: str
    reason: str = ""


# Talks, incidents, questions, erasure


class TalksRound(Section, frozen=True, kw_only=True):
    """The record of one round of talks (SZK-09).

    Args:
        number: Of the round, from 1.
        place: Where.
        date_ms: First day, 00:00 UTC.
        days: How many days.
        mediator: Who mediates.
        delegations: Party and head of each delegation.
        proposals: Drafts on the table, by name.
        outcome: `agreement`, `draft`, `no-agreement`, `postponed`, or `pending` before it has taken place.
        next_ms: First day of the next round; 0: none agreed.
        communique: What both sides say of it, in words.
    """

    number: int
    place: str
    date_ms: int
    days: int = 1
    mediator: str = ""
    delegations: tuple[tuple[str, str], ...] = ()
    proposals: tuple[str, ...] = ()
    outcome: str = "pending"
    next_ms: int = 0
    communique: str = ""


class RecordTalks(Signed, frozen=True, kw_only=True, tag="talks.record"):
    """A round of talks is recorded, or its record is brought up to date."""

    number: int
    round: TalksRound | None = None


class Miss(StrEnum):
    """How near a loss of separation came (SZK-41), as AIRPROX boards grade it (ICAO Doc 4444, chapter 1)."""

    RISK_OF_COLLISION = "A risk of collision"
    SAFETY_NOT_ASSURED = "B safety not assured"
    NO_RISK = "C no risk of collision"
    NOT_DETERMINED = "D risk not determined"


class Source(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A source and how far it is trusted, by the Admiralty grades: reliability A–F, credibility 1–6."""

    text: str
    reliability: str = "F"
    credibility: int = 6


class Account(Section, frozen=True, kw_only=True):
    """One side's account of an incident; accounts of two sides are kept apart."""

    text: str
    sources: tuple[Source, ...] = ()


class ReportIncident(Signed, frozen=True, kw_only=True, tag="incident.report"):
    """A breach or a harm is reported.

    Args:
        about: References of notices, conflicts and STOPs.
        grade: How near, as the reporter grades it.
        at_ms: When it happened, by the reporter.
        account: What the reporter says.
    """

    about: tuple[str, ...]
    grade: Miss = Miss.NOT_DETERMINED
    at_ms: int
    account: Account | None = None


class Ask(Signed, frozen=True, kw_only=True, tag="query"):
    """Would this plan conflict? Files nothing, spends the budget, and both sides see that it was asked (SZK-32)."""

    extent: Extent | None = None


class ErasePayload(Signed, frozen=True, kw_only=True, tag="erase"):
    """The author of a statement has one of its sections forgotten; every proof stays whole."""

    entry: str
    section: str
    reason: str = ""


# The charter: entry 0


class Member(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One organisation of the charter: its name, its role and its root keys."""

    name: str
    role: PartyRole
    roots: tuple[str, ...]
    names: tuple[tuple[str, str], ...] = ()
    cosigns: bool = True


class Charter(Signed, frozen=True, kw_only=True, tag="charter"):
    """What everything stands on: who takes part, by which root keys, and the node's key. Signed by every root.

    Args:
        name: Of the mechanism.
        origin: Of its checkpoints (C2SP tlog-checkpoint).
        node: The node's key.
        parties: Who takes part.
        quorum: How many cosignatures make a checkpoint final, and how many roots replace a lost one.
        created_ms: When it was drawn up.
        public: Whether anyone may read the headers of the log.
        interim: How much of a notice the other parties see without an agreement in force.
    """

    name: str
    origin: str
    node: str
    parties: tuple[Member, ...]
    quorum: int
    created_ms: int
    public: bool = False
    interim: str = "extent-only"


Statement = (
    DelegateKey
    | RevokeKey
    | RotateRoot
    | RotateNode
    | ProposeDraft
    | SignAgreement
    | SuspendAgreement
    | ResumeAgreement
    | PostWatch
    | HandOver
    | TestCall
    | FileNotice
    | AmendNotice
    | CancelNotice
    | RevalidateNotice
    | ReportState
    | Acknowledge
    | AnswerConflict
    | Recommend
    | AcceptRecommendation
    | AcceptRisk
    | CallStop
    | AnswerStop
    | ReleaseStop
    | RecordTalks
    | ReportIncident
    | Ask
    | ErasePayload
)

STOP_LADDER: Final = (CallStop, AnswerStop, ReleaseStop)
"""What is never blocked by passphrase, quota, suspension or expiry."""


class Submission(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A statement that is authentic, with what is known of its author.

    Args:
        id: SHA-256 of the signed bytes.
        party: Whose key signed.
        key: The key.
        officer: Watch number; empty for a root key.
        role: What the key may sign; None for a root key.
        number: The author's running number.
        stated_ms: The author's own time; decides nothing.
        expires_ms: From when on the author no longer means it.
        statement: What was signed.
        withheld: Names of sections that the reader may not see, or that were erased.
        digest: SHA-256 of the extent's canonical bytes, without salt; tells duplicates. Empty where there is none.
        cosigners: Other keys that signed too (rotations).
    """

    id: str
    party: str
    key: str
    officer: str
    role: OfficerRole | None
    number: int
    stated_ms: int
    expires_ms: int
    statement: Statement
    withheld: frozenset[str] = frozenset()
    digest: str = ""
    cosigners: tuple[str, ...] = ()
