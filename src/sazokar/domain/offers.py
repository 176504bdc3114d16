"""What would free one's own operation, told as coarsely as the agreement says (SZK-31, SZK-32).

Each offer is verified as it is told: 25 min, not the 23 that would do, and against all that the court holds. What that
is, is the caller's duty: only what the clauses let the asker infer. Knows no clock, so an advance may lie in the past.
Offers no shift aside: the other's plan could be read off it. Finer changes, for a planner, are `proposal`'s.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from sazokar.domain.agreement import Coarseness
from sazokar.domain.finding import Offer
from sazokar.domain.plan.conflict import ProposalKind
from sazokar.domain.plan.height import UNIT_E4, Height, Reference, Unit
from sazokar.domain.plan.proposal import HUNDRED_FEET_E4, MINUTE_MS, Bounds, climbed, delayed
from sazokar.domain.plan.shape import Movement
from sazokar.domain.plan.volume import Role, Volume

OFFER_BOUNDS: Final = Bounds()
"""How far offers are searched: as far as proposals."""
GREATEST_TRIALS: Final = 400
"""At most this many changes of one kind are tried, however fine the clause's step is."""


class Known(Protocol):
    """Those whom the asker may infer: a `Court`, or a part of one."""

    def would_conflict(self, volumes: Sequence[Volume], party: str, operation: str) -> set[int]:
        """Return the numbers of the volumes that an operation would conflict with if it were so, itself left aside."""
        ...


def offers_for(
    court: Known, volumes: Sequence[Volume], coarseness: Coarseness, bounds: Bounds = OFFER_BOUNDS
) -> tuple[Offer, ...]:
    """Return the least change of each kind that the clause allows and that frees an operation.

    Args:
        court: What the asker may infer; the operation itself, if it is there, is left aside.
        volumes: The operation's volumes as they are judged: its own window, widened by its tolerance.
        coarseness: The clause: its steps, and which kinds may be offered.
        bounds: How far to search, in time and height.

    Returns:
        In the order of the clause's kinds; empty where nothing within the bounds frees it, where it is free already,
        and for a zone, which stands.
    """
    if not volumes or any(volume.role is Role.ZONE for volume in volumes) or _is_free(court, volumes):
        return ()
    found = (_first(court, _changes(volumes, kind, coarseness, bounds)) for kind in dict.fromkeys(coarseness.kinds))
    return tuple(offer for offer in found if offer is not None)


Change = tuple[Offer, list[Volume] | None]
"""What would be told, and the volumes that it would make; None: they cannot be changed so."""


def _is_free(court: Known, volumes: Sequence[Volume]) -> bool:
    return not court.would_conflict(volumes, volumes[0].party, volumes[0].operation)


def _first(court: Known, changes: Iterator[Change]) -> Offer | None:
    """Return the first change that frees; a change that cannot be made ends the search, as no greater one can."""
    for number, (offer, changed) in enumerate(changes):
        if changed is None or number >= GREATEST_TRIALS:
            return None
        if _is_free(court, changed):
            return offer
    return None


def _changes(volumes: Sequence[Volume], kind: ProposalKind, coarseness: Coarseness, bounds: Bounds) -> Iterator[Change]:
    """Give the changes of one kind, from the least, in the clause's steps."""
    match kind:
        case ProposalKind.DELAY | ProposalKind.ADVANCE:
            step_ms = max(1, coarseness.time_ms) * (1 if kind is ProposalKind.DELAY else -1)
            return _in_time(volumes, kind, step_ms, bounds.minutes * MINUTE_MS)
        case ProposalKind.CLIMB | ProposalKind.DESCEND:
            step_e4 = max(1, coarseness.vertical_e4) * (1 if kind is ProposalKind.CLIMB else -1)
            return _in_height(volumes, kind, step_e4, bounds.hundred_feet * HUNDRED_FEET_E4)
        case ProposalKind.SHIFT | ProposalKind.NONE_WITHIN_BOUNDS:
            return iter(())


def _in_time(volumes: Sequence[Volume], kind: ProposalKind, step_ms: int, most_ms: int) -> Iterator[Change]:
    for number in range(1, most_ms // abs(step_ms) + 1):
        yield Offer(kind=kind, delay_ms=number * step_ms), delayed(volumes, number * step_ms)


def _in_height(volumes: Sequence[Volume], kind: ProposalKind, step_e4: int, most_e4: int) -> Iterator[Change]:
    """Give changes of height: to levels that are multiples of the step, or by multiples where there is no one level."""
    edge = _edge(volumes, lowest=step_e4 > 0)
    at_e4 = 0 if edge is None else edge.e4
    first_e4 = (at_e4 // step_e4 + 1) * step_e4 - at_e4
    for number in range(most_e4 // abs(step_e4) + 1):
        delta_e4 = first_e4 + number * step_e4
        if abs(delta_e4) > most_e4:
            return
        level = _level_text(at_e4 + delta_e4, edge) if edge is not None else _change_text(delta_e4)
        yield Offer(kind=kind, level=level, delta_e4=delta_e4), climbed(volumes, delta_e4)


def _edge(volumes: Sequence[Volume], *, lowest: bool) -> Height | None:
    """Return the lowest or the highest height of an operation; None where they are not all measured alike."""
    edges = [_own_edge(volume, lowest=lowest) for volume in volumes]
    if len({edge.reference for edge in edges}) != 1:
        return None
    return min(edges, key=lambda edge: edge.e4) if lowest else max(edges, key=lambda edge: edge.e4)


def _own_edge(volume: Volume, *, lowest: bool) -> Height:
    shape, lower = volume.shape, volume.lower
    if not isinstance(shape, Movement) or not shape.altitudes_e4:
        return lower if lowest else volume.upper
    half_e4 = shape.half_height_e4
    e4 = min(shape.altitudes_e4) - half_e4 if lowest else max(shape.altitudes_e4) + half_e4
    return Height(e4, lower.unit, lower.reference)


def _level_text(e4: int, edge: Height) -> str:
    """Return a level as officers say it: `FL320`, `5,000 ft AMSL`, `1,500 m AMSL`."""
    if edge.reference is Reference.STD and e4 % UNIT_E4[Unit.FL] == 0:
        return str(Height(e4, Unit.FL, Reference.STD))
    return str(Height(e4, _unit_of(e4), edge.reference))


def _change_text(delta_e4: int) -> str:
    """Return a change of height where volumes measured differently have no one level: `+3,000 ft`."""
    unit = _unit_of(delta_e4)
    return f"{delta_e4 // UNIT_E4[unit]:+,} {unit.value.lower()}"


def _unit_of(e4: int) -> Unit:
    """Return feet where the height is a whole number of them, else metres."""
    return Unit.FT if e4 % UNIT_E4[Unit.FT] == 0 else Unit.M


def leg_of(volume: Volume, window_start_ms: int) -> int:
    """Return which leg of an operation a conflict begins in, from 1: the volume, or the segment of a movement.

    Args:
        volume: The volume in conflict, as filed (not widened by a tolerance).
        window_start_ms: First instant of the conflict's window; before the movement's first time, the first segment.
    """
    shape = volume.shape
    if not isinstance(shape, Movement):
        return volume.index + 1
    return max(1, min(bisect_right(shape.times_ms, window_start_ms), len(shape.times_ms) - 1))
