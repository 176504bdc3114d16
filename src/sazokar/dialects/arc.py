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
max(5 cm, 9.52e-6 R) · 1.01 + 3 cm + 2 d, nowhere else, and never falls short of it. R is the distance of the filed points;
where these were rounded from a radius to 1e-7 degree, they are up to 8 mm farther than it, and so is the excess.

Source: C. F. F. Karney, Algorithms for geodesics, J. Geodesy 87 (2013), by PROJ; the comparison theorem is in any
textbook of Riemannian geometry.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

import msgspec

from sazokar.domain.plan.shape import DEGREE_E7, Position

if TYPE_CHECKING:
    from pyproj import Geod

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


@cache
def _earth() -> Geod:
    from pyproj import Geod  # 80 ms, which a file without arcs need not wait for

    return Geod(ellps="WGS84")


def distance_and_bearing(origin: Position, target: Position) -> tuple[float, float]:
    """Return the geodesic distance in metres, and the bearing at the origin in degrees."""
    bearing, _, metres = _earth().inv(origin.lon, origin.lat, target.lon, target.lat)
    return metres, bearing


def point_at(origin: Position, bearing: float, metres: float) -> Position:
    """Return the position at a bearing in degrees and a geodesic distance in metres."""
    lon, lat, _ = _earth().fwd(origin.lon, origin.lat, bearing, metres)
    return Position(round(lat * DEGREE_E7), round(lon * DEGREE_E7))


def ring_of(pieces: Sequence[Piece]) -> tuple[Position, ...]:
    """Return a ring of vertices whose inside contains that of the pieces, and exceeds it as the module states.

    Args:
        pieces: Points and arcs in order; the first point may be repeated at the end.
    """
    nominal = [vertex for piece in pieces for vertex in _nominal(piece)]
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
    area, _ = _earth().polygon_area_perimeter([p.lon for p in ring], [p.lat for p in ring])
    return bool(area >= 0)


def vertex_count(piece: Piece) -> int:
    """Return how many vertices a piece of a ring counts for: no fewer than it becomes.

    An arc costs several geodesics however short it is, so that it counts for 32 at least.
    """
    return 1 if isinstance(piece, Position) else max(32, _Swept(piece).steps + 2)


class _Swept:
    """An arc in polar form about its centre."""

    def __init__(self, arc: Arc) -> None:
        self.arc = arc
        self.sign = 1 if arc.clockwise else -1
        self.first_m, self.first = distance_and_bearing(arc.centre, arc.start)
        self.last_m, last = distance_and_bearing(arc.centre, arc.end)
        self.sweep = 360.0 if arc.full else (self.sign * (last - self.first)) % 360
        self.steps = step_count(math.radians(self.sweep), max(self.first_m, self.last_m))

    def points(self, steps: int, parts: Sequence[float], *, outwards: float) -> list[Position]:
        """Return points along it.

        Args:
            steps: Into how many steps it is cut.
            parts: Where the points are, in steps from its start.
            outwards: 1: beyond the arc, so that edges between them stay outside; -1: within it; 0: on it.
        """
        drift = (self.last_m - self.first_m) / steps
        spare = outwards * _SPARE_M + drift_spare(drift, outwards)
        stretch = math.cos(math.radians(self.sweep / steps / 2)) if outwards > 0 else 1.0
        metres = [max(0.0, (self.first_m + drift * part + spare) / stretch) for part in parts]
        bearings = [self.first + self.sign * self.sweep * part / steps for part in parts]
        centre, count = self.arc.centre, len(parts)
        lons, lats, _ = _earth().fwd([centre.lon] * count, [centre.lat] * count, bearings, metres)
        return [Position(round(lat * DEGREE_E7), round(lon * DEGREE_E7)) for lon, lat in zip(lons, lats, strict=True)]


def drift_spare(drift: float, outwards: float) -> float:
    """Return by how much a vertex stands off for a radius that changes by `drift` metres with each step."""
    return outwards * abs(drift) * (1.5 if outwards > 0 else 1.0)


def _nominal(piece: Piece) -> list[Position]:
    """Return a few vertices on the piece itself: enough to tell the ring's way."""
    if isinstance(piece, Position):
        return [piece]
    steps = math.ceil(_Swept(piece).sweep / 5) or 1
    return [piece.start, *_Swept(piece).points(steps, range(1, steps), outwards=0), piece.end]


def _vertices(piece: Piece, counter_clockwise: bool) -> list[Position]:
    """Return the vertices of a piece of a ring that goes a known way."""
    if isinstance(piece, Position):
        return [piece]
    swept = _Swept(piece)
    if piece.clockwise is counter_clockwise:
        return [piece.start, *swept.points(swept.steps, range(1, swept.steps), outwards=-1), piece.end]
    inner = swept.points(swept.steps, [step + 0.5 for step in range(swept.steps)], outwards=1)
    return inner if piece.full else [piece.start, *inner, piece.end]


def step_count(sweep: float, radius_m: float) -> int:
    """Return into how many steps an arc is cut.

    Args:
        sweep: Its angle, radians.
        radius_m: Its radius, metres.
    """
    wanted = math.sqrt(8 * _SAGITTA_M / radius_m) if radius_m > 0 else _GREATEST_STEP
    return max(1, math.ceil(sweep / min(max(wanted, _LEAST_STEP), _GREATEST_STEP)))
