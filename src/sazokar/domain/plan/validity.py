"""Whether a shape is one on the Earth that can be judged: ranges, counts, limits, times. Computes no distance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from sazokar.domain.plan.instant import BEGINNING_MS, END_MS, format_instant
from sazokar.domain.plan.shape import (
    GREATEST_RADIUS_MM,
    GREATEST_VERTICES,
    Circle,
    Corridor,
    Movement,
    MultiPolygon,
    Polygon,
    Position,
    Rectangle,
    Shape,
)
from sazokar.domain.plan.volume import Volume
from sazokar.engine.ring import (
    ANTIPODAL,
    CROSSING,
    DEGENERATE,
    HOLE_IN_HOLE,
    HOLE_OUTSIDE,
    TOO_LARGE,
    edge_is_antipodal,
    ring_fault,
)
from sazokar.errors import ShapeError

_RING_EXPECTED: Final = {
    CROSSING: "rings whose edges do not meet",
    ANTIPODAL: "a vertex between the two, as the way from one to the other is not determined",
    TOO_LARGE: "an area that fits within 89 degrees of its middle; cut it in parts",
    HOLE_OUTSIDE: "each hole inside the outer ring",
    HOLE_IN_HOLE: "holes apart from each other",
    DEGENERATE: "three or more different places",
}
GREATEST_LAT_E7: Final = 900_000_000
GREATEST_LON_E7: Final = 1_800_000_000


def validate_shape(shape: Shape) -> None:
    """Pass where a shape is one on the Earth that can be judged.

    Raises:
        ShapeError: A position is out of range, a count or a length is beyond its limit, times do not increase, an edge
            is nearly antipodal, or a ring does not bound one area; the message names the ring and the vertex.
    """
    match shape:
        case Circle():
            _validate_positions((shape.centre,), "the centre")
            _validate_length(shape.radius_mm, "radius", least_mm=1)
        case Movement():
            _validate_movement(shape)
        case Corridor():
            _validate_line(shape.line, shape.half_width_mm)
        case Polygon():
            _validate_polygon(shape, "")
        case MultiPolygon():
            _validate_multipolygon(shape)
        case Rectangle():
            _validate_rectangle(shape)


def validate_volumes(volumes: Iterable[Volume]) -> None:
    """Pass where volumes made by hand are what they claim to be.

    Raises:
        MeaningError: A shape is none on the Earth, a window is empty, a movement's window is not that of its times, or
            the limits are upside down; the message names the volume.
    """
    for volume in volumes:
        try:
            validate_shape(volume.shape)
            _validate_window(volume)
            _validate_limits(volume)
        except ShapeError as error:
            raise ShapeError(f"{volume.name}, volume {volume.index}: {error.found}", error.expected) from error


def _validate_window(volume: Volume) -> None:
    if not BEGINNING_MS <= volume.start_ms < volume.end_ms <= END_MS:
        found = f"a window from {_instant(volume.start_ms)} to {_instant(volume.end_ms)}"
        raise ShapeError(found, "an end after its start, within the years 1 to 9999")
    if isinstance(volume.shape, Movement):
        first, last = volume.shape.times_ms[0], volume.shape.times_ms[-1]
        if (first, last) != (volume.start_ms, volume.end_ms):
            found = f"a window from {_instant(volume.start_ms)}, and a movement from {_instant(first)}"
            raise ShapeError(found, "a window from the movement's first time to its last")


def _validate_limits(volume: Volume) -> None:
    lower, upper = volume.lower, volume.upper
    if lower.unlimited:
        raise ShapeError("a lower limit UNL", "a lower limit; only an upper one may be unlimited")
    if isinstance(volume.shape, Movement) and volume.shape.altitudes_e4:
        return
    if not upper.unlimited and lower.reference is upper.reference and upper.e4 < lower.e4:
        raise ShapeError(f"lower {lower} above upper {upper}", "the lower limit at or below the upper")


def _validate_positions(positions: Iterable[Position], place: str) -> None:
    for number, position in enumerate(positions, 1):
        if abs(position.lat_e7) > GREATEST_LAT_E7 or abs(position.lon_e7) > GREATEST_LON_E7:
            found = f"latitude {position.lat:.7f}, longitude {position.lon:.7f} at {place} {number}"
            raise ShapeError(found, "a latitude within ±90 and a longitude within ±180 degrees")


def _validate_length(length_mm: int, name: str, *, least_mm: int) -> None:
    if not least_mm <= length_mm <= GREATEST_RADIUS_MM:
        least = "more than 0" if least_mm else "0"
        raise ShapeError(f"a {name} of {length_mm / 1000:,} m", f"{least} to {GREATEST_RADIUS_MM // 1_000_000:,} km")


def _validate_count(count: int, *, least: int, place: str) -> None:
    if count < least:
        raise ShapeError(
            f"{count} {'vertex' if count == 1 else 'vertices'} in {place}", f"{least} or more different vertices"
        )
    if count > GREATEST_VERTICES:
        raise ShapeError(f"{count:,} vertices in {place}", f"at most {GREATEST_VERTICES:,} in one shape")


def _validate_line(line: Sequence[Position], half_width_mm: int) -> None:
    _validate_count(len(line), least=2, place="the line")
    _validate_positions(line, "vertex")
    _validate_length(half_width_mm, "half-width", least_mm=0)
    for number, (a, b) in enumerate(pairwise(line), 1):
        if edge_is_antipodal(a.lat_e7, a.lon_e7, b.lat_e7, b.lon_e7):
            found = f"vertices {number} and {number + 1} on nearly opposite sides of the Earth"
            raise ShapeError(found, "a vertex between them, as the way from one to the other is not determined")


def _validate_movement(movement: Movement) -> None:
    _validate_line(movement.line, movement.half_width_mm)
    vertices, times_ms = len(movement.line), movement.times_ms
    if len(times_ms) != vertices:
        raise ShapeError(f"{len(times_ms)} times for {vertices} vertices", "one time per vertex")
    for number, (before, after) in enumerate(pairwise(times_ms), 1):
        if after <= before:
            found = f"time {number + 1} ({_instant(after)}), not after time {number} ({_instant(before)})"
            raise ShapeError(found, "times that strictly increase")
    if times_ms[0] < BEGINNING_MS or times_ms[-1] > END_MS:
        raise ShapeError("a time outside the years 1 to 9999", "times within them")
    if movement.altitudes_e4 and len(movement.altitudes_e4) != vertices:
        raise ShapeError(f"{len(movement.altitudes_e4)} altitudes for {vertices} vertices", "one altitude per vertex")
    if movement.half_height_e4 < 0:
        raise ShapeError(f"a half-height of {movement.half_height_e4 / 10_000:,} m", "0 or more")


def _instant(instant_ms: int) -> str:
    return format_instant(instant_ms) if BEGINNING_MS <= instant_ms <= END_MS else f"{instant_ms} ms"


def _validate_multipolygon(shape: MultiPolygon) -> None:
    if not shape.polygons:
        raise ShapeError("a multipolygon of no polygons", "one polygon or more")
    total = sum(len(ring) for polygon in shape.polygons for ring in polygon.rings)
    if total > GREATEST_VERTICES:
        raise ShapeError(f"{total:,} vertices", f"at most {GREATEST_VERTICES:,} in one shape")
    for number, polygon in enumerate(shape.polygons, 1):
        _validate_polygon(polygon, f"polygon {number}, ")


def _validate_polygon(polygon: Polygon, place: str) -> None:
    if not polygon.rings:
        raise ShapeError(f"{place}no ring", "an outer ring, then holes")
    total = sum(len(ring) for ring in polygon.rings)
    if total > GREATEST_VERTICES:
        raise ShapeError(f"{place}{total:,} vertices", f"at most {GREATEST_VERTICES:,} in one shape")
    for number, ring in enumerate(polygon.rings):
        name = place + ring_name(number)
        _validate_count(len(ring), least=3, place=name)
        _validate_positions(ring, f"{name}, vertex")
    fault = ring_fault([[(vertex.lat_e7, vertex.lon_e7) for vertex in ring] for ring in polygon.rings])
    if fault is not None:
        kind, number, index = fault
        vertex = polygon.rings[number][index]
        found = f"{kind} at {place}{ring_name(number)}, vertex {index + 1} ({vertex.lat:.7f}, {vertex.lon:.7f})"
        raise ShapeError(found, _RING_EXPECTED[kind])


def ring_name(number: int) -> str:
    """Return what a person calls a polygon's ring of this number, from 0: `the outer ring`, `hole 1`."""
    return "the outer ring" if number == 0 else f"hole {number}"


def _validate_rectangle(shape: Rectangle) -> None:
    _validate_positions((Position(shape.south_e7, shape.west_e7), Position(shape.north_e7, shape.east_e7)), "corner")
    if shape.south_e7 >= shape.north_e7:
        raise ShapeError(f"south {shape.south_e7 / 1e7}, north {shape.north_e7 / 1e7}", "south below north")
    if shape.west_e7 == shape.east_e7:
        raise ShapeError(f"west and east both {shape.west_e7 / 1e7}", "two different meridians")
