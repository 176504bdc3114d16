"""The least changes that free an operation: later, earlier, higher, lower or aside (SZK-34).

Each is verified against everything else that was given before it is offered: it frees the operation from all of its
conflicts, not from one only. Rounded outwards to 1 min, 100 ft, 0.1 NM; searched within `Bounds`, which are stated.
Does not choose who should move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import atan2, degrees, hypot
from typing import TYPE_CHECKING, Final

import msgspec

from sazokar.domain.plan.conflict import Proposal, ProposalKind
from sazokar.domain.plan.expanse import geod
from sazokar.domain.plan.height import GREATEST_E4, UNIT_E4, Height, Reference, Unit
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS
from sazokar.domain.plan.judge import Court
from sazokar.domain.plan.quantity import NAUTICAL_MILE_MM
from sazokar.domain.plan.shape import (
    DEGREE_E7,
    Circle,
    Corridor,
    Movement,
    MultiPolygon,
    Polygon,
    Position,
    Rectangle,
    Shape,
    vertex_count,
)
from sazokar.domain.plan.validity import validate_shape
from sazokar.domain.plan.volume import Role, Volume
from sazokar.errors import MeaningError, ShapeError

if TYPE_CHECKING:
    pass

MINUTE_MS: Final = 60_000
HUNDRED_FEET_E4: Final = 100 * UNIT_E4[Unit.FT]
TENTH_MILE_MM: Final = NAUTICAL_MILE_MM // 10
_COMPASS: Final = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))
"""North, north-east and so on round: the directions in which a shift is searched, as (east, north)."""
TURN_E7: Final = 3_600_000_000
_DIAGONAL: Final = 0.7071067811865476


class Bounds(msgspec.Struct, frozen=True):
    """How far proposals are searched.

    Args:
        minutes: Greatest delay or advance.
        hundred_feet: Greatest climb or descent, in hundreds of feet.
        tenth_miles: Greatest shift, in tenths of a nautical mile, in each of the eight directions of the compass.
        vertices: No shift is searched for an operation of more vertices than this.
    """

    minutes: int = 360
    hundred_feet: int = 300
    tenth_miles: int = 300
    vertices: int = 200


DEFAULT_BOUNDS: Final = Bounds()


def proposals_for(court: Court, party: str, operation: str, bounds: Bounds = DEFAULT_BOUNDS) -> tuple[Proposal, ...]:
    """Return the least change of each kind that frees an operation, or `none_within_bounds` where there is none.

    Args:
        court: All that was given; the operation is in it.
        party: The operation's party.
        operation: The operation's name.
        bounds: How far to search.

    Returns:
        Delay, advance, climb, descent and shift, those that exist, in this order. Nothing for a zone: zones stand.
    """
    volumes = court.volumes_of(party, operation)
    if any(volume.role is Role.ZONE for volume in volumes):
        return ()

    def frees(changed: Sequence[Volume] | None) -> bool:
        return changed is not None and not court.would_conflict(changed, party, operation)

    found = [
        Proposal(kind=kind, party=party, operation=operation, **change)
        for kind, change in (
            (ProposalKind.DELAY, _least_delay(volumes, frees, MINUTE_MS, bounds)),
            (ProposalKind.ADVANCE, _least_delay(volumes, frees, -MINUTE_MS, bounds)),
            (ProposalKind.CLIMB, _least_climb(volumes, frees, HUNDRED_FEET_E4, bounds)),
            (ProposalKind.DESCEND, _least_climb(volumes, frees, -HUNDRED_FEET_E4, bounds)),
            (ProposalKind.SHIFT, _least_shift(volumes, frees, bounds)),
        )
        if change
    ]
    if not found:
        found = [Proposal(kind=ProposalKind.NONE_WITHIN_BOUNDS, party=party, operation=operation)]
    return tuple(found)


Frees = Callable[[Sequence[Volume] | None], bool]
Change = dict[str, int]


def _least_delay(volumes: Sequence[Volume], frees: Frees, step_ms: int, bounds: Bounds) -> Change:
    for count in range(1, bounds.minutes + 1):
        if frees(delayed(volumes, count * step_ms)):
            return {"delta_ms": count * step_ms}
    return {}


def _least_climb(volumes: Sequence[Volume], frees: Frees, step_e4: int, bounds: Bounds) -> Change:
    for count in range(1, bounds.hundred_feet + 1):
        changed = climbed(volumes, count * step_e4)
        if changed is None:
            return {}
        if frees(changed):
            return {"delta_e4": count * step_e4}
    return {}


def _least_shift(volumes: Sequence[Volume], frees: Frees, bounds: Bounds) -> Change:
    if sum(vertex_count(volume.shape) for volume in volumes) > bounds.vertices:
        return {}
    for count in range(1, bounds.tenth_miles + 1):
        for east_mm, north_mm in _around(count * TENTH_MILE_MM):
            changed = shifted(volumes, east_mm, north_mm)
            if frees(changed) and all(_is_valid(volume.shape) for volume in changed or ()):
                return {"east_mm": east_mm, "north_mm": north_mm}
    return {}


def _is_valid(shape: Shape) -> bool:
    try:
        validate_shape(shape)
    except ShapeError:
        return False
    return True


def _around(distance_mm: int) -> Iterator[tuple[int, int]]:
    """Yield the eight shifts of one length, east and north in mm."""
    for east, north in _COMPASS:
        share = _DIAGONAL if east and north else 1.0
        yield round(east * share * distance_mm), round(north * share * distance_mm)


def delayed(volumes: Sequence[Volume], delta_ms: int) -> list[Volume] | None:
    """Return volumes later (or earlier) by a time; None where a standing one has no time to move."""
    if any(v.start_ms == BEGINNING_MS or v.end_ms == END_MS for v in volumes):
        return None
    return [
        msgspec.structs.replace(
            v, start_ms=v.start_ms + delta_ms, end_ms=v.end_ms + delta_ms, shape=_shape_delayed(v.shape, delta_ms)
        )
        for v in volumes
    ]


def _shape_delayed(shape: Shape, delta_ms: int) -> Shape:
    if not isinstance(shape, Movement):
        return shape
    return msgspec.structs.replace(shape, times_ms=tuple(time + delta_ms for time in shape.times_ms))


def climbed(volumes: Sequence[Volume], delta_e4: int) -> list[Volume] | None:
    """Return volumes higher (or lower) by a height.

    None where one rests on the ground, has no ceiling, or would sink below its zero.
    """
    if not all(_can_climb(volume, delta_e4) for volume in volumes):
        return None
    return [
        msgspec.structs.replace(
            volume,
            lower=_height_climbed(volume.lower, delta_e4),
            upper=_height_climbed(volume.upper, delta_e4),
            shape=_shape_climbed(volume.shape, delta_e4),
        )
        for volume in volumes
    ]


def _can_climb(volume: Volume, delta_e4: int) -> bool:
    shape, lower, upper = volume.shape, volume.lower, volume.upper
    if isinstance(shape, Movement) and shape.altitudes_e4:
        low_e4 = min(shape.altitudes_e4) - shape.half_height_e4
        high_e4 = max(shape.altitudes_e4) + shape.half_height_e4
    elif lower.surface or upper.surface or upper.unlimited:
        return False
    else:
        low_e4, high_e4 = lower.e4, upper.e4
    return high_e4 + delta_e4 <= GREATEST_E4 and (low_e4 + delta_e4 >= 0 or lower.reference is Reference.HAE)


def _height_climbed(height: Height, delta_e4: int) -> Height:
    if height.surface or height.unlimited:
        return height
    return msgspec.structs.replace(height, e4=height.e4 + delta_e4)


def _shape_climbed(shape: Shape, delta_e4: int) -> Shape:
    if not isinstance(shape, Movement):
        return shape
    return msgspec.structs.replace(shape, altitudes_e4=tuple(height + delta_e4 for height in shape.altitudes_e4))


def shifted(volumes: Sequence[Volume], east_mm: int, north_mm: int) -> list[Volume] | None:
    """Return volumes aside by a distance: each vertex moved along the geodesic of the shift's azimuth and length.

    None where a shape cannot be moved so: a band around the whole Earth.
    """
    try:
        return [msgspec.structs.replace(v, shape=_shape_shifted(v.shape, east_mm, north_mm)) for v in volumes]
    except MeaningError:
        return None


def _shape_shifted(shape: Shape, east_mm: int, north_mm: int) -> Shape:
    match shape:
        case Circle():
            return msgspec.structs.replace(shape, centre=_moved((shape.centre,), east_mm, north_mm)[0])
        case Corridor() | Movement():
            return msgspec.structs.replace(shape, line=_moved(shape.line, east_mm, north_mm))
        case Polygon():
            return _polygon_shifted(shape, east_mm, north_mm)
        case MultiPolygon():
            return MultiPolygon(tuple(_polygon_shifted(p, east_mm, north_mm) for p in shape.polygons))
        case Rectangle():
            return _rectangle_shifted(shape, east_mm, north_mm)


def _rectangle_shifted(shape: Rectangle, east_mm: int, north_mm: int) -> Rectangle:
    """Return a rectangle whose south-west corner has moved; its width and height in degrees stay."""
    (corner,) = _moved((Position(shape.south_e7, shape.west_e7),), east_mm, north_mm)
    width_e7 = (shape.east_e7 - shape.west_e7) % TURN_E7
    east_e7 = (corner.lon_e7 + width_e7 + TURN_E7 // 2) % TURN_E7 - TURN_E7 // 2
    if width_e7 == 0:
        raise ShapeError("a band around the whole Earth", "a rectangle with a west and an east edge")
    return Rectangle(corner.lon_e7, corner.lat_e7, east_e7, corner.lat_e7 + shape.north_e7 - shape.south_e7)


def _polygon_shifted(polygon: Polygon, east_mm: int, north_mm: int) -> Polygon:
    return Polygon(tuple(_moved(ring, east_mm, north_mm) for ring in polygon.rings))


def _moved(line: Sequence[Position], east_mm: int, north_mm: int) -> tuple[Position, ...]:
    """Return positions moved along the geodesic of one azimuth and length (Karney 2013, through PROJ)."""
    azimuth, distance = degrees(atan2(east_mm, north_mm)), hypot(east_mm, north_mm) / 1000
    return tuple(_arrival(position, azimuth, distance) for position in line)


def _arrival(position: Position, azimuth: float, distance: float) -> Position:
    lon, lat, _ = geod().fwd(position.lon, position.lat, azimuth, distance)
    return Position(round(lat * DEGREE_E7), round(lon * DEGREE_E7))
