"""Whether a shape is one on the Earth that can be judged: its positions, its sizes, its rings."""

from __future__ import annotations

from itertools import pairwise

import shapely

from sazokar.domain.instant import format_instant
from sazokar.domain.shape import (
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
from sazokar.errors import ShapeError


def validate_shape(shape: Shape) -> None:
    """Pass where a shape can be judged.

    Raises:
        ShapeError: It cannot: a position off the Earth, a ring that crosses itself, too many vertices, …
    """
    match shape:
        case Circle():
            _positions((shape.centre,))
            if not 0 < shape.radius_mm <= GREATEST_RADIUS_MM:
                raise ShapeError(f"a radius of {shape.radius_mm / 1000} m", "more than 0 and at most 1,000 km")
        case Corridor() | Movement():
            _positions(shape.line)
            if len(shape.line) < 2:
                raise ShapeError(f"a line of {len(shape.line)} vertices", "two vertices or more")
            if isinstance(shape, Movement):
                for before, after in pairwise(shape.times_ms):
                    if after <= before:
                        raise ShapeError(f"{format_instant(before)}, then {format_instant(after)}", "times that increase")
            if not 0 <= shape.half_width_mm <= GREATEST_RADIUS_MM:
                raise ShapeError(f"a half width of {shape.half_width_mm / 1000} m", "0 to 1,000 km")
        case Polygon():
            _polygon(shape)
        case MultiPolygon():
            for polygon in shape.polygons:
                _polygon(polygon)
        case Rectangle():
            _positions((Position(shape.south_e7, shape.west_e7), Position(shape.north_e7, shape.east_e7)))


def _positions(line: tuple[Position, ...]) -> None:
    if len(line) > GREATEST_VERTICES:
        raise ShapeError(f"{len(line):,} vertices", f"at most {GREATEST_VERTICES:,}")
    for position in line:
        if abs(position.lat_e7) > 900_000_000 or abs(position.lon_e7) > 1_800_000_000:
            raise ShapeError(f"{position.lat}, {position.lon}", "a latitude within ±90, a longitude within ±180")


def _polygon(polygon: Polygon) -> None:
    for ring in polygon.rings:
        _positions(ring)
        if len(set(ring)) < 3:
            raise ShapeError(f"a ring of {len(set(ring))} different vertices", "three or more")
        lons = [ring[0].lon_e7]
        for here, following in pairwise(ring):
            lons.append(lons[-1] + ((following.lon_e7 - here.lon_e7 + 1_800_000_000) % 3_600_000_000 - 1_800_000_000))
        if not shapely.Polygon([(lon, p.lat_e7) for lon, p in zip(lons, ring, strict=True)]).is_valid:
            raise ShapeError("a ring that crosses or touches itself", "a simple ring")
