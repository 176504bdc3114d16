"""Notices as one viewer may see them: what every door shows of one comes from here, the desk and the wire alike.

What may be seen, `domain.disclosure` decides. Reads no log: all of it is in the state. A viewer of None is the node
itself, or an auditor at its machine, and sees everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sazokar.app.wire import InstantMs, Wire
from sazokar.domain.agreement import Hold, Level, term_of
from sazokar.domain.disclosure import OWN, level_of, may_know
from sazokar.domain.notice import (
    Consent,
    Contacts,
    Extent,
    Grade,
    MovementForm,
    NoticeKind,
    OperationState,
    Purpose,
)
from sazokar.domain.operation import HOLD_MS
from sazokar.domain.party import PartyRole
from sazokar.domain.state import Ack, Notice, State
from sazokar.domain.statement import AckRung

SHOWN: Final = (Level.EXTENT, Level.EVERYTHING)
"""At these levels a notice is shown; below them a viewer hears of it only as the other side of a conflict."""


class NoticeShown(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A notice as one viewer may see it.

    Args:
        ref: What it is cited by.
        entry: Id of the statement that filed it, or last amended it.
        party: Who filed it.
        kind: What it is about.
        version: From 1; each amendment is one more.
        state: Where its operation is in its life.
        filed_ms: When this version was recorded.
        level: How much of it the viewer sees.
        clause: The clause that says so; `own`, `charter` and `default` where none does.
        grade: Who has verified it.
        life_safety: Whether lives hang on its delivery.
        late: Whether it came late.
        held_until_ms: It is NOT DELIVERED, held for its filer to correct until then; 0: it is not held.
        start_ms: First instant of its first volume.
        end_ms: End of its last volume.
        extent: Where and when; absent: erased.
        purpose: What for; only where everything is shown.
        contacts: Who is reached; only where everything is shown.
        movement: The form of a movement; only where everything is shown.
        consent: How much its filer lets each recipient see, at most; only to the filer.
        binds_until_ms: When it must have been revalidated; 0: it need not be.
        supersedes: The notice that it stands in for.
        superseded_by: The notice that stands in for it.
        conflicts: Its live conflicts that the viewer hears of.
        acknowledgements: Of the present version, in order.
    """

    ref: str
    entry: str
    party: str
    kind: NoticeKind
    version: int
    state: OperationState
    filed_ms: InstantMs
    level: Level
    clause: str
    grade: Grade = Grade.UNVERIFIED
    life_safety: bool = False
    late: bool = False
    held_until_ms: InstantMs = 0
    start_ms: InstantMs | None = None
    end_ms: InstantMs | None = None
    extent: Extent | None = None
    purpose: Purpose | None = None
    contacts: Contacts | None = None
    movement: MovementForm | None = None
    consent: tuple[Consent, ...] = ()
    binds_until_ms: InstantMs = 0
    supersedes: str = ""
    superseded_by: str = ""
    conflicts: tuple[str, ...] = ()
    acknowledgements: tuple[Ack, ...] = ()


class HeldShown(Wire, frozen=True, kw_only=True):
    """A notice that is NOT DELIVERED: whose, and until when it was to be corrected; nothing of what it says (SZK-49).

    Args:
        ref: What it is cited by.
        party: Who has to correct it.
        filed_ms: When it was recorded.
        due_ms: Until when it was to be corrected.
        overdue: Whether that is over.
    """

    ref: str
    party: str
    filed_ms: InstantMs
    due_ms: InstantMs
    overdue: bool


def seen_level(state: State, notice: Notice, viewer: str | None) -> tuple[Level, str]:
    """Return how much of a notice a viewer sees, and the clause that says so."""
    return level_of(state, notice, viewer) if viewer is not None else (Level.EVERYTHING, OWN)


def notice_shown(state: State, ref: str, viewer: str | None) -> NoticeShown | None:
    """Return a notice as a viewer may see it; None: there is none of that reference in its view."""
    notice = state.notices.get(ref)
    if notice is None:
        return None
    level, clause = seen_level(state, notice, viewer)
    if level not in SHOWN:
        return None
    whole = level is Level.EVERYTHING
    return NoticeShown(
        ref=ref, entry=notice.entry, party=notice.party, kind=notice.kind, version=notice.version, state=notice.state,
        filed_ms=notice.filed_ms, level=level, clause=clause, grade=notice.grade, life_safety=notice.life_safety,
        late=notice.late, held_until_ms=held_until(state, notice) if notice.state is OperationState.HELD else 0,
        start_ms=notice.start_ms, end_ms=notice.end_ms, extent=notice.extent,
        purpose=notice.purpose if whole else None, contacts=notice.contacts if whole else None,
        movement=notice.movement if whole else None,
        consent=notice.consent if viewer in (None, notice.party) else (),
        binds_until_ms=notice.binds_until_ms, supersedes=notice.supersedes, superseded_by=notice.superseded_by,
        conflicts=heard_conflicts(state, ref, viewer),
        acknowledgements=acks_shown(notice.acks, notice.version, (notice.party,), viewer),
    )  # fmt: skip


def heard_conflicts(state: State, ref: str, viewer: str | None) -> tuple[str, ...]:
    """Return the live conflicts of a notice that a viewer hears of."""
    found = state.open.get(ref, ())
    return tuple(case for case in found if viewer is None or may_know(state, case, viewer))


def acks_shown(acks: Sequence[Ack], version: int, parties: Sequence[str], viewer: str | None) -> tuple[Ack, ...]:
    """Return the acknowledgements of a version that a viewer sees.

    That something reached a line is for that line and for whose it is, as in the records of it; what an officer signed
    of it, for everyone who sees what it is about.

    Args:
        acks: Of every version.
        version: The present one.
        parties: Whose notice or conflict it is.
        viewer: Who looks.
    """
    whole = viewer is None or viewer in parties
    return tuple(
        ack for ack in acks if ack.version == version and (whole or ack.rung is not AckRung.DELIVERED or ack.party == viewer)
    )  # fmt: skip


def notices_shown(state: State, refs: Sequence[str], viewer: str | None) -> Iterator[NoticeShown]:
    """Give those of some notices that a viewer sees, in the order given."""
    for ref in refs:
        if (shown := notice_shown(state, ref, viewer)) is not None:
            yield shown


# Held for correction


def held_shown(state: State, viewer: str | None, now_ms: int) -> tuple[HeldShown, ...]:
    """Return what is held for correction: to its filer all of its own; to the mediator and the node what is overdue."""
    carries = viewer is None or state.is_named(viewer, (PartyRole.MEDIATOR,))
    found = []
    for notice in state.notices.values():
        if notice.state is not OperationState.HELD:
            continue
        due_ms = held_until(state, notice)
        if notice.party == viewer or (carries and due_ms <= now_ms):
            found.append(
                HeldShown(
                    ref=notice.ref, party=notice.party, filed_ms=notice.filed_ms, due_ms=due_ms, overdue=due_ms <= now_ms
                )
            )  # fmt: skip
    return tuple(sorted(found, key=lambda held: (held.filed_ms, held.ref)))


def held_until(state: State, notice: Notice) -> int:
    """Return until when a notice that is held was to be corrected, ms since the Unix epoch."""
    hold = term_of(state.agreement, Hold)
    return notice.filed_ms + (hold.correct_ms if hold else HOLD_MS)
