# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Positions and geodesics of WGS 84, for the kernel: constants, conversions, the direct and the inverse problem.

Part of the kernel; `kernel` says how its parts are joined.
"""

from __future__ import annotations

from math import asin, atan, atan2, cos, sin, sqrt, tan

import cython

PI = cython.declare(cython.double, 3.141592653589793)
RADIAN_PER_E7 = cython.declare(cython.double, 3.141592653589793 / 1.8e9)
# WGS 84 (NGA.STND.0036): semi-major axis, flattening, and what follows from them.
SEMI_MAJOR = cython.declare(cython.double, 6378137.0)
FLATTENING = cython.declare(cython.double, 1.0 / 298.257223563)
SEMI_MINOR = cython.declare(cython.double, 6378137.0 * (1.0 - 1.0 / 298.257223563))
ECCENTRICITY2 = cython.declare(cython.double, (2.0 - 1.0 / 298.257223563) / 298.257223563)
LEAST_RADIUS = cython.declare(cython.double, 6335439.0)  # b²/a, rounded down: the sharpest curve of any geodesic
GREATEST_RADIUS = cython.declare(cython.double, 6399594.0)  # a²/b, rounded up: the flattest
# Bounds, derived in docs/the-bound.md.
LONGEST_CHORD = cython.declare(cython.double, 40000.0)
LARGE = cython.declare(cython.double, 3e6)  # m: of a box; a wider piece gets the least ball for its centre
FINE_CHORD = cython.declare(cython.double, 1000.0)
SLACK = cython.declare(cython.double, 0.018)  # m: 1e-7 degree rounding of two positions (15.8 mm), and arithmetic
RECTANGLE_SAG = cython.declare(cython.double, 0.005)  # m: how far a parallel may leave the chords that stand for it
LINE = cython.declare(cython.int, 0)
AREA = cython.declare(cython.int, 1)
MOVING = cython.declare(cython.int, 2)
RECTANGLE = cython.declare(cython.int, 3)
UNLIMITED = cython.declare(cython.longlong, 2_000_000_000)
LEVELS = cython.declare(cython.int, 6)  # time levels of the standing grid
COUNT = cython.declare(cython.int, 0)  # what is done with a piece in the lists that it belongs to
APPEND = cython.declare(cython.int, 1)
ENTER = cython.declare(cython.int, 2)
LEAVE = cython.declare(cython.int, 3)


def view(array):
    """Return an array as the kernel reads it: itself when compiled, else a memoryview, whose items are Python numbers."""
    return array if cython.compiled else memoryview(array)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def chord_of(arc: cython.double) -> cython.double:
    """Return the longest chord, m, that a geodesic of this length can have (Schur's theorem, radius a²/b)."""
    x: cython.double = arc / GREATEST_RADIUS
    return arc * (1.0 - x * x / 24.0 + x * x * x * x / 1920.0)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def arc_of(chord: cython.double) -> cython.double:
    """Return the longest geodesic, m, that a chord can have (radius b²/a)."""
    x: cython.double = chord / (2.0 * LEAST_RADIUS)
    return 2.0 * LEAST_RADIUS * asin(x) if x < 1.0 else PI * GREATEST_RADIUS


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def lesser(x: cython.double, y: cython.double) -> cython.double:
    return x if x < y else y


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def greater(x: cython.double, y: cython.double) -> cython.double:
    return x if x > y else y


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def to_segment2(px: cython.double, py: cython.double, dx: cython.double, dy: cython.double) -> cython.double:
    """Return the squared distance from the origin to the segment that starts at p and runs by d."""
    length2: cython.double = dx * dx + dy * dy
    s: cython.double = 0.0
    if length2 > 0.0:
        s = -(px * dx + py * dy) / length2
        s = 0.0 if s < 0.0 else (1.0 if s > 1.0 else s)
    px += s * dx
    py += s * dy
    return px * px + py * py


@cython.cclass
class Earth:
    """Where a point is on the ellipsoid, and where a geodesic leads."""

    # what a C function returns beside its value
    ox: cython.double
    oy: cython.double
    oz: cython.double
    o_lat: cython.double
    o_lon: cython.double
    o_s: cython.double
    o_az: cython.double

    @cython.cfunc
    @cython.exceptval(check=False)
    def _to_ecef(self, lat: cython.double, lon: cython.double) -> cython.void:
        """Set ox, oy, oz to the earth-centred position of a latitude and longitude in radians, on the ellipsoid."""
        s: cython.double = sin(lat)
        c: cython.double = cos(lat)
        n: cython.double = SEMI_MAJOR / sqrt(1.0 - ECCENTRICITY2 * s * s)
        self.ox = n * c * cos(lon)
        self.oy = n * c * sin(lon)
        self.oz = n * (1.0 - ECCENTRICITY2) * s

    @cython.cfunc
    @cython.exceptval(check=False)
    def _to_geodetic(self, x: cython.double, y: cython.double, z: cython.double) -> cython.void:
        """Set o_lat, o_lon (radians) to where the ray from the Earth's centre through a point meets the ellipsoid."""
        self.o_lat = atan2(z, (1.0 - ECCENTRICITY2) * sqrt(x * x + y * y))
        self.o_lon = atan2(y, x)

    @cython.cfunc
    @cython.exceptval(check=False)
    def _lift(self, x: cython.double, y: cython.double, z: cython.double) -> cython.void:
        """Set ox, oy, oz to the point of the ellipsoid that a point just below it lies under, along the normal.

        A geodesic bends along the normal, never aside, so that the middle of a chord lifts to the middle of the edge;
        lifted along the ray from the Earth's centre it would land 6 cm beside an edge of 30 km.
        """
        nx: cython.double = x / (SEMI_MAJOR * SEMI_MAJOR)
        ny: cython.double = y / (SEMI_MAJOR * SEMI_MAJOR)
        nz: cython.double = z / (SEMI_MINOR * SEMI_MINOR)
        under: cython.double = 1.0 - x * nx - y * ny - z * nz
        steep: cython.double = nx * nx + ny * ny + nz * nz
        bend: cython.double = (nx * nx + ny * ny) / (SEMI_MAJOR * SEMI_MAJOR) + nz * nz / (SEMI_MINOR * SEMI_MINOR)
        k: cython.double = under / (2.0 * steep)
        k -= bend * k * k / (2.0 * steep)
        self.ox = x + k * nx
        self.oy = y + k * ny
        self.oz = z + k * nz

    @cython.cfunc
    @cython.exceptval(check=False)
    def _inverse(
        self, lat1: cython.double, lon1: cython.double, lat2: cython.double, lon2: cython.double
    ) -> cython.void:
        """Set o_s (m) and o_az (radians) to the geodesic from one position to another, angles in radians.

        Source: T. Vincenty, Direct and inverse solutions of geodesics on the ellipsoid with application of nested
        equations, Survey Review XXIII (176), 1975, equations 13 to 20. Edges near the antipode never come here.
        """
        u1: cython.double = atan((1.0 - FLATTENING) * tan(lat1))
        u2: cython.double = atan((1.0 - FLATTENING) * tan(lat2))
        su1: cython.double = sin(u1)
        cu1: cython.double = cos(u1)
        su2: cython.double = sin(u2)
        cu2: cython.double = cos(u2)
        length: cython.double = lon2 - lon1
        if length > PI:
            length -= 2.0 * PI
        elif length < -PI:
            length += 2.0 * PI
        lam: cython.double = length
        sl: cython.double = 0.0
        cl: cython.double = 1.0
        ss: cython.double = 0.0
        cs: cython.double = 1.0
        sigma: cython.double = 0.0
        sa: cython.double = 0.0
        ca2: cython.double = 1.0
        c2m: cython.double = 0.0
        c: cython.double = 0.0
        before: cython.double = 0.0
        p: cython.double = 0.0
        q: cython.double = 0.0
        i: cython.int
        for i in range(200):
            sl = sin(lam)
            cl = cos(lam)
            p = cu2 * sl
            q = cu1 * su2 - su1 * cu2 * cl
            ss = sqrt(p * p + q * q)
            if ss == 0.0:
                self.o_s = 0.0
                self.o_az = 0.0
                return
            cs = su1 * su2 + cu1 * cu2 * cl
            sigma = atan2(ss, cs)
            sa = cu1 * cu2 * sl / ss
            ca2 = 1.0 - sa * sa
            c2m = cs - 2.0 * su1 * su2 / ca2 if ca2 > 1e-15 else 0.0
            c = FLATTENING / 16.0 * ca2 * (4.0 + FLATTENING * (4.0 - 3.0 * ca2))
            before = lam
            lam = length + (1.0 - c) * FLATTENING * sa * (
                sigma + c * ss * (c2m + c * cs * (-1.0 + 2.0 * c2m * c2m))
            )
            if -1e-14 < lam - before < 1e-14:
                break
        usq: cython.double = ca2 * (SEMI_MAJOR * SEMI_MAJOR - SEMI_MINOR * SEMI_MINOR) / (SEMI_MINOR * SEMI_MINOR)
        big_a: cython.double = 1.0 + usq / 16384.0 * (4096.0 + usq * (-768.0 + usq * (320.0 - 175.0 * usq)))
        big_b: cython.double = usq / 1024.0 * (256.0 + usq * (-128.0 + usq * (74.0 - 47.0 * usq)))
        delta: cython.double = big_b * ss * (
            c2m
            + big_b / 4.0 * (cs * (-1.0 + 2.0 * c2m * c2m)
                             - big_b / 6.0 * c2m * (-3.0 + 4.0 * ss * ss) * (-3.0 + 4.0 * c2m * c2m))
        )
        self.o_s = SEMI_MINOR * big_a * (sigma - delta)
        self.o_az = atan2(cu2 * sl, cu1 * su2 - su1 * cu2 * cl)

    @cython.cfunc
    @cython.exceptval(check=False)
    def _direct(
        self, lat1: cython.double, lon1: cython.double, azimuth: cython.double, distance: cython.double
    ) -> cython.void:
        """Set o_lat, o_lon (radians) to where a geodesic arrives. Source: Vincenty 1975, equations 1 to 11."""
        u1: cython.double = atan((1.0 - FLATTENING) * tan(lat1))
        su1: cython.double = sin(u1)
        cu1: cython.double = cos(u1)
        saz: cython.double = sin(azimuth)
        caz: cython.double = cos(azimuth)
        s1: cython.double = atan2(su1, cu1 * caz)
        sa: cython.double = cu1 * saz
        ca2: cython.double = 1.0 - sa * sa
        usq: cython.double = ca2 * (SEMI_MAJOR * SEMI_MAJOR - SEMI_MINOR * SEMI_MINOR) / (SEMI_MINOR * SEMI_MINOR)
        big_a: cython.double = 1.0 + usq / 16384.0 * (4096.0 + usq * (-768.0 + usq * (320.0 - 175.0 * usq)))
        big_b: cython.double = usq / 1024.0 * (256.0 + usq * (-128.0 + usq * (74.0 - 47.0 * usq)))
        sigma: cython.double = distance / (SEMI_MINOR * big_a)
        ss: cython.double = 0.0
        cs: cython.double = 1.0
        c2m: cython.double = 0.0
        before: cython.double = 0.0
        i: cython.int
        for i in range(100):
            c2m = cos(2.0 * s1 + sigma)
            ss = sin(sigma)
            cs = cos(sigma)
            before = sigma
            sigma = distance / (SEMI_MINOR * big_a) + big_b * ss * (
                c2m
                + big_b / 4.0 * (cs * (-1.0 + 2.0 * c2m * c2m)
                                 - big_b / 6.0 * c2m * (-3.0 + 4.0 * ss * ss) * (-3.0 + 4.0 * c2m * c2m))
            )
            if -1e-14 < sigma - before < 1e-14:
                break
        ss = sin(sigma)
        cs = cos(sigma)
        c2m = cos(2.0 * s1 + sigma)
        p: cython.double = su1 * ss - cu1 * cs * caz
        self.o_lat = atan2(su1 * cs + cu1 * ss * caz, (1.0 - FLATTENING) * sqrt(sa * sa + p * p))
        lam: cython.double = atan2(ss * saz, cu1 * cs - su1 * ss * caz)
        c: cython.double = FLATTENING / 16.0 * ca2 * (4.0 + FLATTENING * (4.0 - 3.0 * ca2))
        self.o_lon = lon1 + lam - (1.0 - c) * FLATTENING * sa * (
            sigma + c * ss * (c2m + c * cs * (-1.0 + 2.0 * c2m * c2m))
        )
