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
NEAR_HORIZON = cython.declare(cython.double, 0.01745240643728)  # sin 1 degree

CROSSING = "self-intersection"
ANTIPODAL = "near-antipodal edge"
TOO_LARGE = "larger than half the Earth"
HOLE_OUTSIDE = "hole outside its ring"
DEGENERATE = "fewer than three corners"


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
    for number, start in enumerate(starts[1:], 1):
        if not _any_inside(plane, following, len(kept[0]), start, start + len(kept[number])):
            return HOLE_OUTSIDE, number, 0
    return None


def _without_repeats(ring) -> list[int]:
    """Return the numbers of a ring's vertices that do not repeat the one before them; the last is before the first."""
    kept = [k for k, vertex in enumerate(ring) if vertex != ring[k - 1]]
    return kept or [0]


@cython.cfunc
def _project(points: cython.double[:, ::1], plane: cython.double[:, ::1], outer: cython.Py_ssize_t) -> cython.bint:
    """Write where each point is on the plane; False where one is not within 89 degrees of the middle."""
    middle: cython.double[::1] = _view(np.zeros(3))
    low: cython.double
    high: cython.double
    size: cython.double = 0.0
    depth: cython.double
    k: cython.Py_ssize_t
    c: cython.int
    for c in range(3):
        low = high = points[0, c]
        for k in range(outer):
            low = points[k, c] if points[k, c] < low else low
            high = points[k, c] if points[k, c] > high else high
        middle[c] = 0.5 * (low + high)
        size += middle[c] * middle[c]
    size = sqrt(size)
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
def _side(plane: cython.double[:, ::1], a: cython.Py_ssize_t, b: cython.Py_ssize_t, c: cython.Py_ssize_t) -> cython.double:
    return (plane[b, 0] - plane[a, 0]) * (plane[c, 1] - plane[a, 1]) - (plane[b, 1] - plane[a, 1]) * (
        plane[c, 0] - plane[a, 0]
    )


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
    touches: cython.bint = (
        (c_side == 0.0 and _on(plane, a, b, c)) or (d_side == 0.0 and _on(plane, a, b, d))
        or (a_side == 0.0 and _on(plane, c, d, a)) or (b_side == 0.0 and _on(plane, c, d, b))
    )
    return touches and _same_ring(following, a, c)


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
def _any_inside(
    plane: cython.double[:, ::1], following: cython.longlong[::1], outer: cython.Py_ssize_t,
    start: cython.Py_ssize_t, end: cython.Py_ssize_t,
) -> cython.bint:
    """Return whether any vertex of a hole is inside the outer ring, by the even-odd rule."""
    k: cython.Py_ssize_t
    a: cython.Py_ssize_t
    b: cython.Py_ssize_t
    odd: cython.bint
    for k in range(start, end):
        odd = False
        for a in range(outer):
            b = following[a]
            if (plane[a, 1] > plane[k, 1]) != (plane[b, 1] > plane[k, 1]):
                if plane[k, 0] < plane[a, 0] + (plane[k, 1] - plane[a, 1]) / (plane[b, 1] - plane[a, 1]) * (
                    plane[b, 0] - plane[a, 0]
                ):
                    odd = not odd
        if odd:
            return True
    return False
