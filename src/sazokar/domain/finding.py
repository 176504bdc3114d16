"""What the node finds when it judges a statement, or when a deadline passes. Values only; `decide` makes them.

A field that is None where it need not be is withheld from the reader: a party's replica folds what it may see.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from sazokar.domain.agreement import Level, Rung
from sazokar.domain.notice import OperationState
from sazokar.domain.plan.conflict import ProposalKind
from sazokar.domain.plan.shape import Position, Rectangle


class Finding(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="finding",
):
    """What every finding has in common: it is told from the others by its name."""


class Outcome(StrEnum):
    """What became of a statement; visible to every reader of the log."""

    TAKEN = "taken"
    REFUSED = "refused"
    HELD = "held"
    CLOCK = "clock"
    """No statement: deadlines passed, or something was delivered."""


class Taken(Finding, frozen=True, kw_only=True, tag="taken"):
    """The statement stands; `ref` is what it is cited by from now on, where it makes something new."""

    ref: str = ""


class Refusal(Finding, frozen=True, kw_only=True, tag="refusal"):
    """The rules say no. A value, recorded; an officer reads "returned".

    Args:
        code: Stable name of the reason: `contradiction`, `outside-area`, `over-budget`, …
        clause: The clause that says so; "charter" where it is the mechanism itself.
        field: Which field, or both: `extent.volumes[0].upper and stated.upper`.
        found: What was found, with its place.
        remedy: What to do.
    """

    code: str
    clause: str = "charter"
    field: str = ""
    found: str
    remedy: str


class Held(Finding, frozen=True, kw_only=True, tag="held"):
    """A refused life-safety notice is held for correction: NOT DELIVERED, with an owner and a timer (SZK-49)."""

    ref: str
    owner: str
    due_ms: int


class Lateness(Finding, frozen=True, kw_only=True, tag="lateness"):
    """How long before its start a notice came, and what the clause calls that (SZK-11). Late is delivered all the same.

    Args:
        ref: The notice.
        version: Its version.
        clause: The lead-time clause; empty: none speaks of it.
        lead_ms: From being recorded to the start; negative: it had begun.
        class_: The class that it reaches: `routine`, `urgent`, …; `late` below the least.
        late: Whether it is late.
    """

    ref: str
    version: int
    clause: str
    lead_ms: int | None = None
    class_: str
    late: bool


class Flagged(Finding, frozen=True, kw_only=True, tag="flagged"):
    """Something that a person should look at again; refuses nothing (SZK-14, SZK-17)."""

    ref: str
    code: str
    message: str


class Offer(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A change of one's own plan that frees it, as coarse as the clause says (SZK-32).

    Args:
        kind: What changes.
        delay_ms: Delay or advance.
        level: The level to be at or beyond: `FL320`; or the change of level, where there is none to name.
        delta_e4: The climb or descent, 1e-4 m.
    """

    kind: ProposalKind
    delay_ms: int = 0
    level: str = ""
    delta_e4: int = 0


class Side(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One side of a conflict, as that side may see it.

    Args:
        party: Whose.
        ref: Its notice; or the name of the zone.
        version: The notice's version that was judged; 0: a zone.
        leg: Which part of it, from 1: volume, or segment of a movement.
        from_ms: From when, rounded down to the clause's step.
        offers: What would free it.
    """

    party: str
    ref: str
    version: int = 0
    leg: int = 0
    from_ms: int = 0
    offers: tuple[Offer, ...] = ()


class Raised(Finding, frozen=True, kw_only=True, tag="raised"):
    """A conflict was found, or found again after a change.

    Args:
        ref: The conflict.
        clause: The clause that the verdict rests on.
        a: One side; None: withheld.
        b: The other; None: withheld. A zone is always b.
        again: Whether it was known already and has changed.
        first: Party that answers first.
        due_ms: Until when.
        start_ms: First instant of the window.
        end_ms: End of the window.
        horizontal_mm: Least horizontal distance.
        vertical_e4: Least vertical gap.
        at: Where.
        pairs: How many pairs of volumes breach; this is the earliest.
        engine: Name and version of the engine that found it.
    """

    ref: str
    clause: str
    a: Side | None = None
    b: Side | None = None
    again: bool = False
    first: str
    due_ms: int
    start_ms: int | None = None
    end_ms: int | None = None
    horizontal_mm: int | None = None
    vertical_e4: int | None = None
    at: Position | None = None
    pairs: int = 1
    engine: str = ""


class Resolution(StrEnum):
    """How a conflict ended."""

    CHANGED = "changed"
    CANCELLED = "cancelled"
    RECOMMENDATION = "recommendation-accepted"
    RISK_ACCEPTED = "risk-accepted"
    ENDED = "ended"
    """Both operations have ended, or the rules no longer find it; whether it was answered, its record says."""


class Resolved(Finding, frozen=True, kw_only=True, tag="resolved"):
    """A conflict is resolved."""

    ref: str
    how: Resolution


class Turn(Finding, frozen=True, kw_only=True, tag="turn"):
    """It is a party's turn to answer a conflict, until an instant."""

    ref: str
    party: str
    due_ms: int


class Called(Finding, frozen=True, kw_only=True, tag="called"):
    """Silence: nobody answered in time, and the next rung is called (SZK-23, SZK-24).

    Args:
        ref: The conflict.
        party: Who was silent.
        rung: Who is called now.
        due_ms: When the silence was complete; the deadline itself. Where both are unable, when the second said so.
        unable: Nobody was silent: both have said that they cannot, and the mediator is called at once.
        next_ms: Until when the called one has; 0: there is no further rung.
    """

    ref: str
    party: str
    rung: Rung
    due_ms: int
    next_ms: int = 0
    unable: bool = False


class Unanswered(Finding, frozen=True, kw_only=True, tag="unanswered"):
    """The start has come and a conflict is not resolved: it stays live, and says so (SZK-50).

    Args:
        ref: The conflict.
        due_ms: The start.
        answered: Whether every party that had to answer it has; it is unresolved all the same.
    """

    ref: str
    due_ms: int
    answered: bool = False


class Delivered(Finding, frozen=True, kw_only=True, tag="delivered"):
    """A notice, conflict or STOP reached a party's line; not yet a person."""

    ref: str
    version: int
    party: str


class StateChanged(Finding, frozen=True, kw_only=True, tag="state"):
    """An operation is in another state.

    Args:
        ref: The notice.
        state: The new state.
        due_ms: The instant that brought it about, where it was a clock's.
        why: `start`, `end`, `expired`, `reported by ALPHA`, …
    """

    ref: str
    state: OperationState
    due_ms: int = 0
    why: str = ""


class Overdue(Finding, frozen=True, kw_only=True, tag="overdue"):
    """A deadline of another kind has passed: `revalidate` of a standing notice, `held` for correction, `review`, `watch`."""

    ref: str
    what: str
    due_ms: int


class Advised(Finding, frozen=True, kw_only=True, tag="advised"):
    """A third party is told that aircraft are about: area and time, no route (SZK-05).

    Args:
        ref: The notice.
        to: The third party.
        clause: The clause that says so.
        text: What it is told.
        area: The area, rounded outwards.
        start_ms: From.
        end_ms: Until.
    """

    ref: str
    to: str
    clause: str
    text: str
    area: Rectangle | None = None
    start_ms: int | None = None
    end_ms: int | None = None


class Spent(Finding, frozen=True, kw_only=True, tag="spent"):
    """A party has spent of its budget (SZK-32); both sides see it."""

    party: str
    clause: str
    left: int


class Exhausted(Finding, frozen=True, kw_only=True, tag="exhausted"):
    """A party has asked beyond its budget; the others are told."""

    party: str
    clause: str


class Answered(Finding, frozen=True, kw_only=True, tag="answered"):
    """What a question found: how many conflicts, by which clauses, and what would free it; nothing of the others' plans.

    Args:
        clauses: Clauses breached, each once.
        sides: Own part of each conflict, at most 20.
    """

    clauses: tuple[str, ...] = ()
    sides: tuple[Side, ...] = ()


class InForce(Finding, frozen=True, kw_only=True, tag="in-force"):
    """All that must have signed the same draft: it is the agreement from here on."""

    draft: str


class Suspended(Finding, frozen=True, kw_only=True, tag="suspended"):
    """The agreement is suspended; verdicts rest, life-safety messages flow."""

    by: str


class Resumed(Finding, frozen=True, kw_only=True, tag="resumed"):
    """The agreement holds again."""


class StopLatency(Finding, frozen=True, kw_only=True, tag="stop-latency"):
    """How long after its call a STOP reached a rung."""

    ref: str
    party: str
    rung: str
    latency_ms: int


class Sounded(Finding, frozen=True, kw_only=True, tag="sounded"):
    """When a STOP was sounded: before it was recorded.

    Args:
        ref: The STOP.
        sounded_ms: When it sounded; None: by this ledger it came later, from across an air gap.
        verified: Whether its signature was verified.
        call: The unverified call as it came, where it could not be.
    """

    ref: str
    sounded_ms: int
    verified: bool = True
    call: str = ""


class Disclosed(Finding, frozen=True, kw_only=True, tag="disclosed"):
    """What was shown to whom under which clause (SZK-33)."""

    ref: str
    to: str
    level: Level
    clause: str


class SnapshotTaken(Finding, frozen=True, kw_only=True, tag="snapshot"):
    """The state after `size` entries was kept; its SHA-256."""

    size: int
    digest: str


AnyFinding = (
    Taken
    | Refusal
    | Held
    | Lateness
    | Flagged
    | Raised
    | Resolved
    | Turn
    | Called
    | Unanswered
    | Delivered
    | StateChanged
    | Overdue
    | Advised
    | Spent
    | Exhausted
    | Answered
    | InForce
    | Suspended
    | Resumed
    | StopLatency
    | Sounded
    | Disclosed
    | SnapshotTaken
)


class Findings(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One record of the node.

    Args:
        of: Id of the statement that it speaks of; empty: the clock's.
        recorded_ms: When; never before the record before it.
        outcome: What became of the statement.
        findings: What was found, in order; None: withheld from the reader.
        node: The key that signed it; empty: it is not signed yet.
    """

    of: str
    recorded_ms: int
    outcome: Outcome
    findings: tuple[AnyFinding, ...] | None
    node: str = ""
