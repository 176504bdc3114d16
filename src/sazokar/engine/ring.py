# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Whether rings bound an area: no edge crosses another, no edge runs near the antipode, all fits in half the Earth.

Seen from the Earth's centre, on the plane that touches at the middle of the outer ring; there edges are straight but for
the difference of a geodesic from a great ellipse (3 mm at 100 km, 3 m at 1,000 km), which decides no one's validity.
Compiled like `kernel`. Does not repair what it finds.
"""

from __future__ import annotations

from math import cos, sin, sqrt

import cython
import numpy as np

if cython.compiled:
    from cython.cimports.libc.math import cos, sin, sqrt  # type: ignore[import-untyped]

RADIAN_PER_E7 = cython.declare(cython.double, 3.141592653589793 / 1.8e9)
AXIS_RATIO2 = cython.declare(cython.double, (1.0 - 1.0 / 298.257223563) * (1.0 - 1.0 / 298.257223563))
NEAR_ANTIPODE = cython.declare(cython.double, -0.99984769515639)  # cos 179 degrees
ON_LINE = cython.declare(cython.double, 1e-11)  # radians, 0.06 mm: nearer to a line than this is on it
NEAR_HORIZON = cython.declare(cython.double, 0.01745240643728)  # sin 1 degree

CROSSING = "self-intersection"
ANTIPODAL = "near-antipodal edge"
TOO_LARGE = "larger than half the Earth"
HOLE_OUTSIDE = "hole outside its ring"
DEGENERATE = "fewer than three corners"
HOLE_IN_HOLE = "hole within another hole"


def _view(array):
    return array if cython.compiled else memoryview(array)


@cython.cfunc
@cython.exceptval(check=False)
def _direction(lat_e7: cython.double, lon_e7: cython.double, out: cython.double[:, ::1], k: cython.Py_ssize_t) -> cython.void:
    """Write the unit vector from the Earth's centre to a position of the ellipsoid."""
    lat: cython.double = lat_e7 * RADIAN_PER_E7
    lon: cython.double = lon_e7 * RADIAN_PER_E7
    c: cython.double = cos(lat)
    z: cython.double = AXIS_RATIO2 * sin(lat)
    size: cython.double = 1.0 / sqrt(c * c + z * z)
    out[k, 0] = c * cos(lon) * size
    out[k, 1] = c * sin(lon) * size
    out[k, 2] = z * size


def edge_is_antipodal(lat1_e7: int, lon1_e7: int, lat2_e7: int, lon2_e7: int) -> bool:
    """Return whether two positions are within one degree of being opposite: no one geodesic joins them."""
    ends: cython.double[:, ::1] = _view(np.zeros((2, 3)))
    _direction(lat1_e7, lon1_e7, ends, 0)
    _direction(lat2_e7, lon2_e7, ends, 1)
    return ends[0, 0] * ends[1, 0] + ends[0, 1] * ends[1, 1] + ends[0, 2] * ends[1, 2] < NEAR_ANTIPODE


def ring_fault(rings):
    """Return what is wrong with the rings of one polygon, or None.

    Args:
        rings: The outer ring and then the holes, each a sequence of (lat_e7, lon_e7), 1e-7 degree, not closed.

    Returns:
        (fault, ring, vertex): one of the faults of this module; the ring and the vertex at which the edge starts.
    """
    kept = [_without_repeats(ring) for ring in rings]
    for number, corners in enumerate(kept):
        if len(corners) < 3:
            return DEGENERATE, number, 0
    n: cython.Py_ssize_t = sum(map(len, kept))
    points: cython.double[:, ::1] = _view(np.zeros((n, 3)))
    plane: cython.double[:, ::1] = _view(np.zeros((n, 2)))
    following: cython.longlong[::1] = _view(np.zeros(n, np.int64))
    k: cython.Py_ssize_t = 0
    first: cython.Py_ssize_t = 0
    starts = []
    places = []
    for number, corners in enumerate(kept):
        first = k
        starts.append(k)
        for vertex in corners:
            _direction(rings[number][vertex][0], rings[number][vertex][1], points, k)
            places.append((number, vertex))
            following[k] = k + 1
            k += 1
        following[k - 1] = first
    for k in range(n):
        first = following[k]
        if (points[k, 0] * points[first, 0] + points[k, 1] * points[first, 1]
                + points[k, 2] * points[first, 2] < NEAR_ANTIPODE):
            return ANTIPODAL, *places[k]
    if not _project(points, plane, len(kept[0])):
        return TOO_LARGE, 0, 0
    fault: cython.Py_ssize_t = _first_crossing(plane, following)
    if fault >= 0:
        return CROSSING, *places[fault]
    ends = [*starts[1:], n]
    for number in range(1, len(kept)):
        if not _within(plane, following, 0, ends[0], starts[number], ends[number]):
            return HOLE_OUTSIDE, number, 0
        for other in range(1, len(kept)):
            if other != number and _within(plane, following, starts[other], ends[other], starts[number], ends[number]):
                return HOLE_IN_HOLE, number, 0
    return None


def _without_repeats(ring) -> list[int]:
    """Return the numbers of a ring's vertices that do not repeat the one before them; the last is before the first.

    180 east and 180 west are one meridian, and at a pole every longitude is.
    """
    places = [
        (lat, 0 if abs(lat) == 900_000_000 else lon if lon > -1_800_000_000 else lon + 3_600_000_000) for lat, lon in ring
    ]
    kept = [k for k, place in enumerate(places) if place != places[k - 1]]
    return kept or [0]


@cython.cfunc
def _project(points: cython.double[:, ::1], plane: cython.double[:, ::1], outer: cython.Py_ssize_t) -> cython.bint:
    """Write where each point is on the plane; False where one is not within 89 degrees of the middle."""
    middle: cython.double[::1] = _view(np.zeros(3))
    size: cython.double
    depth: cython.double
    k: cython.Py_ssize_t
    c: cython.int
    _enclose(points, outer, middle)
    size = sqrt(middle[0] * middle[0] + middle[1] * middle[1] + middle[2] * middle[2])
    if size < NEAR_HORIZON:
        return False
    for c in range(3):
        middle[c] /= size
    flat: cython.double = sqrt(middle[0] * middle[0] + middle[1] * middle[1])
    ex: cython.double = -middle[1] / flat if flat > 1e-9 else 1.0
    ey: cython.double = middle[0] / flat if flat > 1e-9 else 0.0
    for k in range(len(points)):
        depth = points[k, 0] * middle[0] + points[k, 1] * middle[1] + points[k, 2] * middle[2]
        if depth < NEAR_HORIZON:
            return False
        plane[k, 0] = (points[k, 0] * ex + points[k, 1] * ey) / depth
        plane[k, 1] = (
            -points[k, 0] * middle[2] * ey + points[k, 1] * middle[2] * ex
            + points[k, 2] * (middle[0] * ey - middle[1] * ex)
        ) / depth
    return True


@cython.cfunc
@cython.exceptval(check=False)
def _enclose(points: cython.double[:, ::1], n: cython.Py_ssize_t, middle: cython.double[::1]) -> cython.void:
    """Write the middle of the least ball around points, to about a third of a percent of its radius.

    Source: M. Bădoiu and K. L. Clarkson, Smaller core-sets for balls, SODA 2003: step towards the farthest point, each
    step shorter. Turning the Earth turns the answer with it.
    """
    k: cython.Py_ssize_t
    farthest: cython.Py_ssize_t
    step: cython.int
    c: cython.int
    far2: cython.double
    apart2: cython.double
    for c in range(3):
        middle[c] = points[0, c]
    for step in range(1, 301):
        far2 = -1.0
        farthest = 0
        for k in range(n):
            apart2 = 0.0
            for c in range(3):
                apart2 += (points[k, c] - middle[c]) * (points[k, c] - middle[c])
            if apart2 > far2:
                far2 = apart2
                farthest = k
        for c in range(3):
            middle[c] += (points[farthest, c] - middle[c]) / (step + 1.0)


@cython.cfunc
@cython.exceptval(check=False)
def _side(plane: cython.double[:, ::1], a: cython.Py_ssize_t, b: cython.Py_ssize_t, c: cython.Py_ssize_t) -> cython.double:
    """Return on which side of the line through a and b c is: positive left, negative right, 0 on it."""
    u: cython.double = plane[b, 0] - plane[a, 0]
    v: cython.double = plane[b, 1] - plane[a, 1]
    side: cython.double = u * (plane[c, 1] - plane[a, 1]) - v * (plane[c, 0] - plane[a, 0])
    bound: cython.double = ON_LINE * sqrt(u * u + v * v)
    return 0.0 if -bound <= side <= bound else side


@cython.cfunc
@cython.exceptval(check=False)
def _on(plane: cython.double[:, ::1], a: cython.Py_ssize_t, b: cython.Py_ssize_t, c: cython.Py_ssize_t) -> cython.bint:
    """Return whether c, which is on the line through a and b, is between them or at one of them."""
    along: cython.double = (plane[c, 0] - plane[a, 0]) * (plane[c, 0] - plane[b, 0]) + (
        plane[c, 1] - plane[a, 1]
    ) * (plane[c, 1] - plane[b, 1])
    return along <= 0.0


@cython.cfunc
def _first_crossing(plane: cython.double[:, ::1], following: cython.longlong[::1]) -> cython.Py_ssize_t:
    """Return the vertex at which the first edge starts that meets another, or -1. Sweeps the edges by their left ends."""
    n: cython.Py_ssize_t = len(plane)
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    a: cython.Py_ssize_t
    c: cython.Py_ssize_t
    found: cython.Py_ssize_t = -1
    left: cython.double[::1] = _view(np.zeros(n))
    right: cython.double[::1] = _view(np.zeros(n))
    for a in range(n):
        c = following[a]
        left[a] = plane[a, 0] if plane[a, 0] < plane[c, 0] else plane[c, 0]
        right[a] = plane[a, 0] if plane[a, 0] > plane[c, 0] else plane[c, 0]
    order: cython.longlong[::1] = _view(np.argsort(np.asarray(left), kind="stable"))
    for i in range(n):
        a = order[i]
        for j in range(i + 1, n):
            c = order[j]
            if left[c] > right[a]:
                break
            if (found < 0 or (a if a < c else c) < found) and _edges_meet(plane, following, a, c):
                found = a if a < c else c
    return found


@cython.cfunc
@cython.exceptval(check=False)
def _edges_meet(
    plane: cython.double[:, ::1], following: cython.longlong[::1], a: cython.Py_ssize_t, c: cython.Py_ssize_t
) -> cython.bint:
    """Return whether two edges meet where they may not. Neighbours may share their vertex; a hole may touch its ring."""
    b: cython.Py_ssize_t = following[a]
    d: cython.Py_ssize_t = following[c]
    c_side: cython.double = _side(plane, a, b, c)
    d_side: cython.double = _side(plane, a, b, d)
    a_side: cython.double = _side(plane, c, d, a)
    b_side: cython.double = _side(plane, c, d, b)
    if b == c:
        return d_side == 0.0 and (_on(plane, a, b, d) or _on(plane, c, d, a))
    if d == a:
        return c_side == 0.0 and (_on(plane, a, b, c) or _on(plane, c, d, b))
    if (c_side > 0.0) != (d_side > 0.0) and (a_side > 0.0) != (b_side > 0.0):
        if c_side != 0.0 and d_side != 0.0 and a_side != 0.0 and b_side != 0.0:
            return True
    if c_side == 0.0 and d_side == 0.0 and _overlap(plane, a, b, c, d):
        return True
    touches: cython.bint = (
        (c_side == 0.0 and _on(plane, a, b, c)) or (d_side == 0.0 and _on(plane, a, b, d))
        or (a_side == 0.0 and _on(plane, c, d, a)) or (b_side == 0.0 and _on(plane, c, d, b))
    )
    return touches and _same_ring(following, a, c)


@cython.cfunc
@cython.exceptval(check=False)
def _overlap(
    plane: cython.double[:, ::1], a: cython.Py_ssize_t, b: cython.Py_ssize_t, c: cython.Py_ssize_t, d: cython.Py_ssize_t
) -> cython.bint:
    """Return whether two edges on one line share more than a point."""
    u: cython.double = plane[b, 0] - plane[a, 0]
    v: cython.double = plane[b, 1] - plane[a, 1]
    length2: cython.double = u * u + v * v
    start: cython.double = ((plane[c, 0] - plane[a, 0]) * u + (plane[c, 1] - plane[a, 1]) * v) / length2
    end: cython.double = ((plane[d, 0] - plane[a, 0]) * u + (plane[d, 1] - plane[a, 1]) * v) / length2
    low: cython.double = start if start < end else end
    high: cython.double = end if start < end else start
    low = low if low > 0.0 else 0.0
    high = high if high < 1.0 else 1.0
    return (high - low) * sqrt(length2) > 10.0 * ON_LINE


@cython.cfunc
@cython.exceptval(check=False)
def _same_ring(following: cython.longlong[::1], a: cython.Py_ssize_t, c: cython.Py_ssize_t) -> cython.bint:
    """Return whether two vertices are of one ring: rings are contiguous, and only a ring's last vertex goes back."""
    low: cython.Py_ssize_t = a if a < c else c
    high: cython.Py_ssize_t = c if a < c else a
    k: cython.Py_ssize_t
    for k in range(low, high):
        if following[k] != k + 1:
            return False
    return True


@cython.cfunc
def _within(
    plane: cython.double[:, ::1], following: cython.longlong[::1], outer: cython.Py_ssize_t, outer_end: cython.Py_ssize_t,
    start: cython.Py_ssize_t, end: cython.Py_ssize_t,
) -> cython.bint:
    """Return whether a ring lies in another whose edges it does not cross: by its first place that is not on them.

    Places are its vertices and the middles of its edges; of those on the other ring none can tell.
    """
    k: cython.Py_ssize_t
    half: cython.int
    inside: cython.int
    for k in range(start, end):
        for half in range(2):
            inside = _place_inside(
                plane, following, outer, outer_end,
                0.5 * (plane[k, 0] + plane[following[k] if half else k, 0]),
                0.5 * (plane[k, 1] + plane[following[k] if half else k, 1]),
            )
            if inside >= 0:
                return inside == 1
    return True


@cython.cfunc
@cython.exceptval(check=False)
def _place_inside(
    plane: cython.double[:, ::1], following: cython.longlong[::1], outer: cython.Py_ssize_t, outer_end: cython.Py_ssize_t,
    x: cython.double, y: cython.double,
) -> cython.int:
    """Return 1 where a place is inside a ring, 0 where outside, -1 where it is on an edge. Even-odd rule."""
    a: cython.Py_ssize_t
    b: cython.Py_ssize_t
    u: cython.double
    v: cython.double
    side: cython.double
    bound: cython.double
    odd: cython.int = 0
    for a in range(outer, outer_end):
        b = following[a]
        u = plane[b, 0] - plane[a, 0]
        v = plane[b, 1] - plane[a, 1]
        side = u * (y - plane[a, 1]) - v * (x - plane[a, 0])
        bound = ON_LINE * sqrt(u * u + v * v)
        if -bound <= side <= bound:
            if (x - plane[a, 0]) * (x - plane[b, 0]) + (y - plane[a, 1]) * (y - plane[b, 1]) <= ON_LINE * ON_LINE:
                return -1
        if (plane[a, 1] > y) != (plane[b, 1] > y) and x < plane[a, 0] + (y - plane[a, 1]) / v * u:
            odd = 1 - odd
    return odd
