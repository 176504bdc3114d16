"""Positions echoed in every notation, for an officer to read back to whoever filed them (SZK-14). Reads nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from sazokar.dialects.coordinate import DATUM
from sazokar.dialects.coordinate import echo as notations_of
from sazokar.domain.plan.shape import Circle, Corridor, Movement, MultiPolygon, Polygon, Position, Rectangle, Shape
from sazokar.domain.plan.validity import ring_name
from sazokar.domain.plan.volume import Volume

GREATEST_ECHOED: Final = 100_000
"""At most this many positions are echoed, as many as a notice may have; the last line says that there are more."""


def echo(volumes: Sequence[Volume]) -> list[str]:
    """Return a line for each position: its place, then decimal, DMS, DDM, MGRS and UTM, and the datum.

    UTM is left out beyond 80° south and 84° north, where it ends.
    """
    places = ((volume, name, position) for volume in volumes for name, position in _positions(volume.shape))
    lines = [_line(*place) for place in islice(places, GREATEST_ECHOED)]
    if next(places, None) is not None:
        lines.append(f"only the first {GREATEST_ECHOED:,} positions are echoed")
    return lines


def _line(volume: Volume, name: str, position: Position) -> str:
    written = " | ".join(f"{notation} {text}" for notation, text in notations_of(position).items())
    return f"{volume.name}, volume {volume.index}, {name}: {written} | {DATUM}"


def _positions(shape: Shape) -> Iterator[tuple[str, Position]]:
    """Give each position with what a person calls it."""
    match shape:
        case Circle():
            yield "the centre", shape.centre
        case Corridor() | Movement():
            yield from _numbered("vertex", shape.line)
        case Polygon():
            yield from _of_polygon(shape, "")
        case MultiPolygon():
            for number, polygon in enumerate(shape.polygons, 1):
                yield from _of_polygon(polygon, f"polygon {number}, ")
        case Rectangle():
            yield "the south-west corner", Position(shape.south_e7, shape.west_e7)
            yield "the north-east corner", Position(shape.north_e7, shape.east_e7)


def _of_polygon(polygon: Polygon, place: str) -> Iterator[tuple[str, Position]]:
    for number, ring in enumerate(polygon.rings):
        yield from _numbered(f"{place}{ring_name(number)}, vertex", ring)


def _numbered(name: str, positions: Sequence[Position]) -> Iterator[tuple[str, Position]]:
    for number, position in enumerate(positions, 1):
        yield f"{name} {number}", position
