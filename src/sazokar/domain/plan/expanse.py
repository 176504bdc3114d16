"""How much of the Earth shapes cover, from above: the area is never told smaller than it is (SZK-19).

Judges nothing: whether it is too much is `filing`'s. Overlaps are counted twice; only shapes that are the same count once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from math import atanh, cos, pi, radians, sin, sqrt
from typing import TYPE_CHECKING, Final

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
)

if TYPE_CHECKING:
    from pyproj import Geod

SEMI_MAJOR_M: Final = 6_378_137.0
FLATTENING: Final = 1 / 298.257223563
"""WGS 84 (NGA.STND.0036, table 3.1)."""
_SQUARED: Final = FLATTENING * (2 - FLATTENING)
_ECCENTRICITY: Final = sqrt(_SQUARED)
_GREATEST_CURVATURE_M: Final = SEMI_MAJOR_M / (1 - FLATTENING)
"""No radius of curvature of the ellipsoid is greater: that at the poles."""
_ISOPERIMETRIC: Final = 1.03 / (2 * pi)
"""On a hemisphere an area is at most perimeter² / 2π (Lévy); 3 % are for the ellipsoid's radii, which differ by 1 %."""


def is_surely_within(shapes: Sequence[Shape], limit_m2: float) -> bool:
    """Return whether the area of shapes is surely at most a limit, told by bounds that cost microseconds.

    False says nothing: then `area_m2` tells.
    """
    total_m2 = 0.0
    for shape in shapes:
        total_m2 += _greatest_m2(shape)
        if total_m2 > limit_m2:
            return False
    return True


def area_m2(shapes: Iterable[Shape]) -> float:
    """Return the sum of the areas of shapes, m², each different shape once; overlaps count twice.

    Circles and corridors are bounded by the plane's formulas, which no surface that curves like the Earth exceeds
    (Bishop and Gromov; Weyl's tubes); rectangles and polygons are exact.
    """
    return sum(_area_m2(shape) for shape in dict.fromkeys(shapes))


def _area_m2(shape: Shape) -> float:
    match shape:
        case Corridor() | Movement():
            lons, lats = [p.lon for p in shape.line], [p.lat for p in shape.line]
            return _tube_m2(geod().line_length(lons, lats), shape.half_width_mm)
        case Polygon():
            outer, *holes = (_ring_m2(ring) for ring in shape.rings)
            return max(0.0, outer - sum(holes))
        case MultiPolygon():
            return sum(_area_m2(polygon) for polygon in shape.polygons)
        case Circle() | Rectangle():
            return _greatest_m2(shape)


def _greatest_m2(shape: Shape) -> float:
    """Return what the area of a shape surely does not exceed, m²."""
    match shape:
        case Circle():
            return pi * (shape.radius_mm / 1000) ** 2
        case Corridor() | Movement():
            return _tube_m2(_greatest_length_m(shape.line), shape.half_width_mm)
        case Polygon():
            return _ISOPERIMETRIC * _greatest_length_m((*shape.rings[0], shape.rings[0][0])) ** 2
        case MultiPolygon():
            return sum(_greatest_m2(polygon) for polygon in shape.polygons)
        case Rectangle():
            return _rectangle_m2(shape)


def _tube_m2(length_m: float, half_width_mm: int) -> float:
    half_width_m = half_width_mm / 1000
    return 2 * half_width_m * length_m + pi * half_width_m**2


def _greatest_length_m(line: Sequence[Position]) -> float:
    """Return what the length of a line of geodesics surely does not exceed, m.

    On a sphere of the greatest radius of curvature the same latitudes and longitudes lie nowhere nearer to each other.
    """
    return sum(_greatest_distance_m(a, b) for a, b in pairwise(line))


def _greatest_distance_m(a: Position, b: Position) -> float:
    lat_a, lat_b = radians(a.lat), radians(b.lat)
    half = sin((lat_b - lat_a) / 2) ** 2
    half += cos(lat_a) * cos(lat_b) * sin(radians(b.lon - a.lon) / 2) ** 2
    chord = 2 * sqrt(min(1.0, half))
    # An arc is at most π/2 times its chord, and at most chord + chord³/15 where the chord is below the radius.
    arc = chord + chord**3 / 15 if chord < 1 else chord * pi / 2
    return _GREATEST_CURVATURE_M * arc


def _rectangle_m2(shape: Rectangle) -> float:
    """Return the area between two meridians and two parallels: exact.

    **Source**: Snyder, Map Projections: A Working Manual (USGS Professional Paper 1395), equation 3-12.
    """
    width = radians(((shape.east_e7 - shape.west_e7) % (360 * DEGREE_E7) or 360 * DEGREE_E7) / DEGREE_E7)
    height = _authalic(shape.north_e7) - _authalic(shape.south_e7)
    return SEMI_MAJOR_M**2 / 2 * width * height


def _authalic(lat_e7: int) -> float:
    sine = sin(radians(lat_e7 / DEGREE_E7))
    return (1 - _SQUARED) * (sine / (1 - _SQUARED * sine * sine) + atanh(_ECCENTRICITY * sine) / _ECCENTRICITY)


def _ring_m2(ring: Sequence[Position]) -> float:
    """Return the area of the smaller side of a ring of geodesics (Karney 2013, section 6, through PROJ)."""
    area, _ = geod().polygon_area_perimeter([p.lon for p in ring], [p.lat for p in ring])
    return abs(float(area))


@cache
def geod() -> Geod:
    """Return PROJ's geodesics of WGS 84."""
    from pyproj import Geod  # a tenth of a second, only for whom arithmetic of one's own does not do

    return Geod(ellps="WGS84")
