"""Shapes before the engine by the shortest way: what the tests of this room judge with. Expects nothing by itself.

The grid's cells are as large as they may be, so that judging one pair does not first lay four million cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import shapely

from sazokar.domain.plan.judge import record_of
from sazokar.domain.plan.shape import Circle, Corridor, MultiPolygon, Polygon, Position, Rectangle, Shape
from sazokar.domain.plan.volume import Volume
from sazokar.engine.space import Minima, Space

GREAT_CELL_DEGREE = 30.0
WHOLE_EARTH_E4 = (-4_300_000, 88_500_000)
Pair = tuple[int, int]


def bound_m(reach_m: float) -> float:
    """How far beyond a minimum the engine may still report, by its own statement."""
    return 0.02 + 2.2e-17 * reach_m**3


def space_of(
    volumes: Iterable[Volume],
    *,
    horizontal_m: float = 0.0,
    vertical_e4: int = 0,
    time_ms: int = 0,
    cell_degree: float = GREAT_CELL_DEGREE,
    ground_e4: tuple[int, int] = WHOLE_EARTH_E4,
) -> Space:
    """Return a space that holds volumes in their order, all of one class; parties are numbered as they come."""
    minima = Minima(
        np.full((1, 1), float(horizontal_m)), np.full((1, 1), vertical_e4, np.int64), np.full((1, 1), time_ms, np.int64)
    )
    space = Space(minima, ground_e4, cell_degree=cell_degree)
    parties: dict[str, int] = {}
    for number, volume in enumerate(volumes):
        space.add(record_of(volume, parties.setdefault(volume.party, len(parties)), number, 0))
    return space


def pairs_of(space: Space) -> set[Pair]:
    """Return the pairs of a space that breach."""
    return {(int(a), int(b)) for a, b in space.pairs()}


def breach(a: Sequence[Shape], b: Sequence[Shape], horizontal_m: float) -> bool:
    """Return whether any shape of the one side breaches with any of the other, heights and times aside."""
    volumes = [Volume(operation=str(n), party="A", shape=shape) for n, shape in enumerate(a)]
    volumes += [Volume(operation=str(n), party="B", shape=shape) for n, shape in enumerate(b)]
    return bool(pairs_of(space_of(volumes, horizontal_m=horizontal_m)))


def spot(lat: float, lon: float, radius_mm: int = 0) -> Circle:
    """Return a point, or a circle around it; a longitude beyond ±180 is brought back."""
    return Circle(Position(round(lat * 1e7), _turned(round(lon * 1e7))), radius_mm)


def box(west: float, south: float, east: float, north: float) -> Rectangle:
    """Return a rectangle of limits in degrees."""
    return Rectangle(*(round(x * 1e7) for x in (west, south, east, north)))


def ring_of(coordinates: Iterable[Sequence[float]], degree: float = 1.0) -> tuple[Position, ...]:
    """Return the ring of a closed sequence of x and y in units of so many degrees; repeated points are left out."""
    points = [Position(round(c[1] * degree * 1e7), _turned(round(c[0] * degree * 1e7))) for c in coordinates]
    return tuple(p for p, before in zip(points, [points[-1], *points], strict=False) if p != before)


def _turned(lon_e7: int) -> int:
    return (lon_e7 + 1_800_000_000) % 3_600_000_000 - 1_800_000_000 if abs(lon_e7) > 1_800_000_000 else lon_e7


def shapes_of(geometry: shapely.Geometry, degree: float = 1.0) -> list[Shape]:
    """Return the shapes of a planar geometry whose unit is so many degrees: none where it is empty."""
    if geometry.is_empty:
        return []
    if isinstance(geometry, shapely.Point):
        return [spot(geometry.y * degree, geometry.x * degree)]
    if isinstance(geometry, shapely.LineString):
        line = tuple(Position(round(y * degree * 1e7), round(x * degree * 1e7)) for x, y in geometry.coords)
        return [Corridor(line, 0)]
    if isinstance(geometry, shapely.Polygon):
        return [polygon_of(geometry, degree)]
    if isinstance(geometry, shapely.MultiPolygon):
        return [MultiPolygon(tuple(polygon_of(part, degree) for part in geometry.geoms if not part.is_empty))]
    return [shape for part in geometry.geoms for shape in shapes_of(part, degree)]


def polygon_of(geometry: shapely.Polygon, degree: float = 1.0) -> Polygon:
    """Return the polygon of a planar one."""
    rings = [geometry.exterior, *(hole for hole in geometry.interiors if not hole.is_empty)]
    return Polygon(tuple(ring_of(ring.coords, degree) for ring in rings))
