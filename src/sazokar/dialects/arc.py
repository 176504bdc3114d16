"""Arcs of geodesic circles made into vertices, so that a polygon of them surely contains the true shape.

**The true arc.** About a centre C, from a start point to an end point, its radius goes linearly with the bearing from
the start's distance r1 to the end's r2 (in a sound file r1 = r2 = R). Both filed points stay vertices, exactly.

**Spacing.** An arc of n steps has step angle D = sweep / n. A chord of a circle of radius R lies within
R (1 − cos(D/2)) ≤ R D² / 8 of it (the sagitta). D is the angle whose sagitta is 5 cm, but between 0.5° and 5°, so
that a turn has at most 720 vertices: the sagitta is at most max(5 cm, 9.52e-6 R), which is 18 cm at 10 NM; where 5°
is already finer, less.

**Convex arc** (the inside is on the centre's side). The vertices between the ends stand at the middle bearing of each
step at radius (r + d + e) / cos(D/2): r is the greater radius at the step's ends, d = |r2 − r1| / n, e = 2 cm. For
r1 = r2 the edges are the tangents at the step bearings, pushed out by e. The surface of the Earth is curved
positively, so an edge between two such vertices lies farther from C than in the plane (Toponogov): at least r + d + e,
more than any point of the true arc at these bearings. At the ends, the edge leaves the filed point along the tangent or
outside it. The rounding to 1e-7 degree (at most 8 mm) and the arithmetic (nanometres) are within e.

**Concave arc** (the inside is on the far side). The vertices stand on the arc at r − d − e; the chords of a disc lie in
the disc, so the bite is never greater than the true one.

**Excess.** Either way the polygon exceeds the true shape along the arc by at most
max(5 cm, 9.52e-6 R) · 1.01 + 3 cm + 2 d, nowhere else, and never falls short of it.

Source: C. F. F. Karney, Algorithms for geodesics, J. Geodesy 87 (2013), by PROJ; the comparison theorem is in any
textbook of Riemannian geometry.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec
from pyproj import Geod

from sazokar.domain.shape import DEGREE_E7, Position

EARTH: Final = Geod(ellps="WGS84")
_SAGITTA_M: Final = 0.05
_LEAST_STEP: Final = math.radians(0.5)
_GREATEST_STEP: Final = math.radians(5)
_SPARE_M: Final = 0.02


class Arc(msgspec.Struct, frozen=True):
    """A piece of a ring: an arc about a centre.

    Args:
        centre: Its centre.
        start: Its first point, as filed.
        end: Its last point, as filed.
        clockwise: The way from the first to the last, seen from above.
        full: A whole turn; start and end are then the same.
    """

    centre: Position
    start: Position
    end: Position
    clockwise: bool
    full: bool = False


Piece = Position | Arc


def distance_and_bearing(origin: Position, target: Position) -> tuple[float, float]:
    """Return the geodesic distance in metres, and the bearing at the origin in degrees."""
    bearing, _, metres = EARTH.inv(origin.lon, origin.lat, target.lon, target.lat)
    return metres, bearing


def point_at(origin: Position, bearing: float, metres: float) -> Position:
    """Return the position at a bearing in degrees and a geodesic distance in metres."""
    lon, lat, _ = EARTH.fwd(origin.lon, origin.lat, bearing, metres)
    return Position(round(lat * DEGREE_E7), round(lon * DEGREE_E7))


def ring_of(pieces: Sequence[Piece]) -> tuple[Position, ...]:
    """Return a ring of vertices whose inside contains that of the pieces, and exceeds it as the module states.

    Args:
        pieces: Points and arcs in order; the first point may be repeated at the end.
    """
    nominal = [vertex for piece in pieces for vertex in _vertices(piece, None)]
    counter_clockwise = _is_counter_clockwise(nominal)
    ring: list[Position] = []
    for piece in pieces:
        for vertex in _vertices(piece, counter_clockwise):
            if not ring or vertex != ring[-1]:
                ring.append(vertex)
    while len(ring) > 1 and ring[0] == ring[-1]:
        ring.pop()
    return tuple(ring)


def circle_outline(centre: Position, radius_m: float) -> tuple[Position, ...]:
    """Return a ring that contains a circle: for drawing, as the circle itself is judged exactly."""
    start = point_at(centre, 0, radius_m)
    return ring_of((Arc(centre, start, start, clockwise=False, full=True),))


def _is_counter_clockwise(ring: Sequence[Position]) -> bool:
    """Return whether the smaller side of a ring lies to the left of its way."""
    area, _ = EARTH.polygon_area_perimeter([p.lon for p in ring], [p.lat for p in ring])
    return bool(area >= 0)


def _vertices(piece: Piece, counter_clockwise: bool | None) -> list[Position]:
    """Return the vertices of a piece; with the ring's way unknown (None), those on the arc itself."""
    if isinstance(piece, Position):
        return [piece]
    first_m, first = distance_and_bearing(piece.centre, piece.start)
    last_m, last = distance_and_bearing(piece.centre, piece.end)
    sign = 1 if piece.clockwise else -1
    sweep = 360.0 if piece.full else (sign * (last - first)) % 360
    radius = max(first_m, last_m)
    steps = step_count(math.radians(sweep), radius)
    drift = (last_m - first_m) / steps
    convex = counter_clockwise is not None and piece.clockwise is not counter_clockwise
    inner = []
    for step in range(steps) if convex else range(1, steps):
        at = step + 0.5 if convex else float(step)
        metres = first_m + drift * at
        if convex:
            metres = (metres + 1.5 * abs(drift) + _SPARE_M) / math.cos(math.radians(sweep / steps / 2))
        elif counter_clockwise is not None:
            metres = max(0.0, metres - abs(drift) - _SPARE_M)
        inner.append(point_at(piece.centre, first + sign * sweep * at / steps, metres))
    return inner if piece.full and convex else [piece.start, *inner, piece.end]


def step_count(sweep: float, radius_m: float) -> int:
    """Return into how many steps an arc is cut.

    Args:
        sweep: Its angle, radians.
        radius_m: Its radius, metres.
    """
    wanted = math.sqrt(8 * _SAGITTA_M / radius_m) if radius_m > 0 else _GREATEST_STEP
    return max(1, math.ceil(sweep / min(max(wanted, _LEAST_STEP), _GREATEST_STEP)))
