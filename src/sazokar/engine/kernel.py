# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The arithmetic of separation over arrays: which volumes come nearer than their minima, and how near.

One source, compiled by Cython where a C compiler is and interpreted where none is: the same operations in the same order
on IEEE 754 doubles, so the same answers (docs/decisions/0001). Knows numbers: volumes, classes, metres, milliseconds.
Does not check its input: `space` does. Does not decide exact contact of areas whose minimum is 0: `contact` does.

How an edge is judged, and why nothing is missed, is derived in docs/the-bound.md. In short: edges are geodesics, kept as
chords of at most 40 km between points of the ellipsoid; two chords are projected orthographically on a plane between
them, and projection never lengthens. What the chord's sag may hide is added to the threshold; where that leaves the
verdict open the longer chord is halved and both halves are judged anew.
"""

from __future__ import annotations

from math import asin, atan, atan2, ceil, cos, floor, sin, sqrt, tan

import cython
import numpy as np

if cython.compiled:
    from cython.cimports.libc.math import (  # type: ignore[import-untyped]  # noqa: F811
        asin,
        atan,
        atan2,
        ceil,
        cos,
        floor,
        sin,
        sqrt,
        tan,
    )

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
FINE_CHORD = cython.declare(cython.double, 1000.0)
SLACK = cython.declare(cython.double, 0.018)  # m: 1e-7 degree rounding of two positions (15.8 mm), and arithmetic
RECTANGLE_SAG = cython.declare(cython.double, 0.005)  # m: how far a parallel may leave the chords that stand for it
LINE = cython.declare(cython.int, 0)
AREA = cython.declare(cython.int, 1)
MOVING = cython.declare(cython.int, 2)
RECTANGLE = cython.declare(cython.int, 3)
UNLIMITED = cython.declare(cython.longlong, 2_000_000_000)
LEVELS = cython.declare(cython.int, 6)  # time levels of the standing grid


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
class Kernel:
    """Volumes as pieces (lines, areas, moving legs), a grid of cells over the Earth, and the tests between pieces.

    Every attribute is an array or a number; methods whose names start with an underscore are C functions when compiled.
    """

    # volumes: [party, operation, class, lower reference, upper reference, first piece, pieces, alive, kind]
    vi: cython.int[:, ::1]
    vt: cython.longlong[:, ::1]  # [start, end)
    vr: cython.double[::1]  # radius or half-width, m
    # pieces: [volume, kind, first vertex, vertices, lower, upper, lowest HAE, highest HAE (1e-4 m), row of mv or -1,
    # references, party, operation, first row and last row of cells], one line of a processor's cache
    pi: cython.int[:, ::1]
    # and: [centre x, y, z, radius around it that holds the core, start, end (ms), west edge from 180 west and width of
    # the cells, degrees, with the margin]
    pd: cython.double[:, ::1]
    mv: cython.double[:, ::1]  # moving: t0, t1, lower at t0, t1, upper at t0, t1, lower and upper HAE
    # offsets; a rectangle: south, north, west, width, radians
    xyz: cython.double[:, ::1]  # vertices, earth-centred earth-fixed, m
    joined: cython.char[::1]  # 1 where an edge runs from this vertex to the next
    hor: cython.double[:, ::1]  # minima by class pair: horizontal m (-1: never judged), vertical 1e-4 m, time ms
    ver: cython.longlong[:, ::1]
    tim: cython.longlong[:, ::1]
    geoid: cython.short[:, ::1]  # undulation, cm, 721 x 1440, north first, from 180 west
    row_base: cython.int[::1]
    row_columns: cython.int[::1]
    # standing grid: slot of a cell; per slot and time level a list in the arena, sorted by start
    slot_of: cython.int[::1]
    lists: cython.longlong[:, ::1]  # [first entry, entries, room]
    arena: cython.longlong[:, ::1]  # [start, end, piece, volume]
    seen: cython.int[::1]
    record: cython.longlong[::1]
    clip: cython.double[:, ::1]
    clipped: cython.double[:, ::1]
    arrays: dict
    volumes: cython.Py_ssize_t
    pieces: cython.Py_ssize_t
    vertices: cython.Py_ssize_t
    movings: cython.Py_ssize_t
    room_volumes: cython.Py_ssize_t
    room_pieces: cython.Py_ssize_t
    room_vertices: cython.Py_ssize_t
    room_movings: cython.Py_ssize_t
    slots: cython.Py_ssize_t
    arena_used: cython.Py_ssize_t
    rows: cython.Py_ssize_t
    at: cython.Py_ssize_t  # where the record being taken in starts
    stamp: cython.int
    indexed: cython.bint
    same_party: cython.bint
    ground_low: cython.longlong
    ground_high: cython.longlong
    greatest_horizontal: cython.double
    greatest_vertical: cython.longlong
    greatest_time: cython.longlong
    cell_degree: cython.double
    # what a C function returns beside its value
    ox: cython.double
    oy: cython.double
    oz: cython.double
    o_lat: cython.double
    o_lon: cython.double
    o_s: cython.double
    o_az: cython.double
    o_t0: cython.double
    o_t1: cython.double
    o_low: cython.longlong
    o_high: cython.longlong
    # the box of the piece being taken in, radians
    lat0: cython.double
    lat1: cython.double
    lon0: cython.double
    lon1: cython.double
    lon_last: cython.double
    # the part of a moving leg that counts: its ends and times
    leg: cython.double[::1]
    # vertical gaps of two moving pieces, each as constant + a x time of the one + b x time of the other
    gap: cython.double[:, ::1]
    base_ms: cython.double
    # the encounter being described
    best: cython.double
    near: cython.double[:, ::1]
    window: cython.double[::1]
    gap_least: cython.double
    simultaneous: cython.bint

    def __init__(self, minima, geoid, cell_degree: float, ground: tuple[int, int], same_party: bool) -> None:
        """Lay the grid.

        Args:
            minima: (horizontal, vertical, time): three (classes, classes) arrays: float64 m, -1 for a pair that is
                never judged; int64 1e-4 m; int64 ms.
            geoid: (721, 1440) int16, cm, rows from north to south, columns from 180 west.
            cell_degree: Height of a cell, degrees.
            ground: Lowest and highest ground, 1e-4 m AMSL.
            same_party: Whether pairs of one party are judged.
        """
        self.arrays = {}
        self.volumes = self.pieces = self.vertices = self.movings = 0
        self.room_volumes = self.room_pieces = self.room_vertices = self.room_movings = 0
        self.stamp = 0
        self.same_party = same_party
        self.ground_low, self.ground_high = ground
        self.geoid = view(geoid)
        self.hor, self.ver, self.tim = view(minima[0]), view(minima[1]), view(minima[2])
        self.greatest_horizontal = max(0.0, float(np.max(minima[0])))
        self.greatest_vertical = int(np.max(minima[1]))
        self.greatest_time = int(np.max(minima[2]))
        self.clip, self.clipped = view(np.zeros((32, 2))), view(np.zeros((32, 2)))
        self.leg, self.gap = view(np.zeros(8)), view(np.zeros((2, 3)))
        self.near, self.window = view(np.zeros((2, 3))), view(np.zeros(2))
        self._grow_volumes(64)
        self._grow_pieces(64)
        self._grow_vertices(256)
        self._grow_movings(64)
        self._lay_grid(cell_degree)

    def _lay_grid(self, cell_degree: float) -> None:
        """Cut the Earth into rows of latitude, and each row into as many columns as keeps cells about square."""
        self.cell_degree = cell_degree
        self.rows = int(np.ceil(180.0 / cell_degree))
        south = np.arange(self.rows) * cell_degree - 90.0
        nearest = np.minimum(np.abs(south), np.abs(south + cell_degree))
        nearest[(south < 0) & (south + cell_degree > 0)] = 0.0
        columns = np.maximum(1, np.floor(360.0 * np.cos(np.radians(nearest)) / cell_degree)).astype(np.int32)
        base = np.zeros(self.rows + 1, np.int32)
        base[1:] = np.cumsum(columns)
        self.row_base, self.row_columns = view(base), view(columns)
        self.indexed = False

    def _grown(self, name: str, used: int, room: int, width: int, kind: type) -> object:
        """Return a table with room for more rows, its used rows kept."""
        table = np.zeros((room, width) if width else room, kind)
        if used:
            table[:used] = self.arrays[name][:used]
        self.arrays[name] = table
        return view(table)

    def _grow_volumes(self, room: int) -> None:
        self.vi = self._grown("vi", self.volumes, room, 9, np.int32)
        self.vt = self._grown("vt", self.volumes, room, 2, np.int64)
        self.vr = self._grown("vr", self.volumes, room, 0, np.float64)
        self.seen = self._grown("seen", self.volumes, room, 0, np.int32)
        self.room_volumes = room

    def _grow_pieces(self, room: int) -> None:
        self.pi = self._grown("pi", self.pieces, room, 16, np.int32)
        self.pd = self._grown("pd", self.pieces, room, 8, np.float64)
        self.room_pieces = room

    def _grow_vertices(self, room: int) -> None:
        self.xyz = self._grown("xyz", self.vertices, room, 3, np.float64)
        self.joined = self._grown("joined", self.vertices, room, 0, np.int8)
        self.room_vertices = room

    def _grow_movings(self, room: int) -> None:
        self.mv = self._grown("mv", self.movings, room, 8, np.float64)
        self.room_movings = room

    # ---- The Earth ----

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

    # ---- Taking a volume in ----

    def add(self, record) -> int:
        """Take a volume in and return its number; it is found by queries once it is placed, by `join` at once.

        Args:
            record: int64 array: [kind, party, operation, class, start ms, end ms, lower reference, lower 1e-4 m, upper
                reference, upper 1e-4 m, radius mm, half-height 1e-4 m, rings, then per ring its vertices (negative:
                a hole of the polygon before it), then per vertex lat, lon (1e-7 degree) and, where it moves, time ms,
                and, where it moves with altitudes, altitude 1e-4 m]. Kinds: 0 line or point, 1 areas, 2 moving,
                3 rectangle (two vertices: south-west, north-east), 4 moving with altitudes.
                References: 0 STD, 1 AMSL, 2 HAE, 3 AGL, 4 none (unlimited).
        """
        self.record = view(record)
        self._take(0)
        return self.volumes - 1

    def add_many(self, records, offsets) -> None:
        """Take many volumes in: record i is records[offsets[i]:offsets[i + 1]]."""
        bounds: cython.longlong[::1] = view(offsets)
        n: cython.Py_ssize_t = len(offsets) - 1
        i: cython.Py_ssize_t
        # room that is never used is never touched, and costs nothing; moving a table to a larger one does
        self._grow_volumes(self.volumes + n + 64)
        self._grow_pieces(self.pieces + 8 * n + 64)
        self._grow_vertices(self.vertices + 2 * len(records) + 256)
        self._grow_movings(self.movings + 4 * n + 64)
        self.record = view(records)
        for i in range(n):
            self._take(bounds[i])

    def count(self) -> int:
        """Return how many volumes were taken in, whether alive or not."""
        return self.volumes

    def sizes(self) -> dict[str, int]:
        """Return how many volumes, pieces, vertices and rows of moving legs and rectangles are kept."""
        return {"volumes": self.volumes, "pieces": self.pieces, "vertices": self.vertices, "movings": self.movings}

    def outline(self, volume: int):
        """Return the edges of a volume's areas, halved until none is longer than 2 km.

        Returns:
            (starts, ends): two (n, 3) float64 arrays, earth-centred, m.
        """
        piece = self.vi[volume, 5] + self.vi[volume, 6] - 1
        first, last = self.pi[self.vi[volume, 5], 2], self.pi[piece, 2] + self.pi[piece, 3]
        joined = np.flatnonzero(self.arrays["joined"][first:last]) + first
        starts, ends = self.arrays["xyz"][joined], self.arrays["xyz"][joined + 1]
        while True:
            long = np.linalg.norm(ends - starts, axis=1) > 2.0 * FINE_CHORD
            if not long.any():
                return starts, ends
            middles = np.array([self._lifted(*point) for point in (0.5 * (starts[long] + ends[long])).tolist()])
            starts = np.concatenate((starts[~long], starts[long], middles))
            ends = np.concatenate((ends[~long], middles, ends[long]))

    def _lifted(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        self._lift(x, y, z)
        return self.ox, self.oy, self.oz

    def drop_last(self) -> None:
        """Forget the volume that was added last; it must not be placed."""
        v: cython.Py_ssize_t = self.volumes - 1
        first: cython.Py_ssize_t = self.vi[v, 5]
        p: cython.Py_ssize_t
        for p in range(first, self.pieces):
            if self.pi[p, 8] >= 0:
                self.movings -= 1
        if self.pieces > first:
            self.vertices = self.pi[first, 2]
        self.pieces = first
        self.volumes = v

    @cython.cfunc
    def _take(self, at: cython.Py_ssize_t) -> cython.int:
        v: cython.Py_ssize_t = self.volumes
        if v >= self.room_volumes:
            self._grow_volumes(v + v // 3 + 64)
        self.at = at
        kind: cython.int = self.record[at]
        self.vi[v, 0] = self.record[at + 1]
        self.vi[v, 1] = self.record[at + 2]
        self.vi[v, 2] = self.record[at + 3]
        self.vi[v, 3] = self.record[at + 6]
        self.vi[v, 4] = self.record[at + 8]
        self.vi[v, 5] = self.pieces
        self.vi[v, 7] = 1
        self.vi[v, 8] = kind
        self.vt[v, 0] = self.record[at + 4]
        self.vt[v, 1] = self.record[at + 5]
        self.vr[v] = self.record[at + 10] / 1000.0
        self.seen[v] = 0
        self.volumes = v + 1
        rings: cython.Py_ssize_t = self.record[at + 12]
        first: cython.Py_ssize_t = at + 13 + rings
        if kind == 0:
            self._take_line(first, self.record[at + 13])
        elif kind == 1:
            self._take_areas(first, rings)
        elif kind == 3:
            self.vr[v] += RECTANGLE_SAG
            self._take_rectangle(first)
        else:
            self._take_moving(first, self.record[at + 13], kind == 4)
        self.vi[v, 6] = self.pieces - self.vi[v, 5]
        return 0

    @cython.cfunc
    def _room_for_vertices(self, more: cython.Py_ssize_t) -> cython.int:
        if self.vertices + more > self.room_vertices:
            self._grow_vertices(self.vertices + more + self.vertices // 3 + 64)
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _vertex(self, lat: cython.double, lon: cython.double, joined: cython.int) -> cython.void:
        """Append a vertex (radians)."""
        self._to_ecef(lat, lon)
        self._append(lat, lon, joined)

    @cython.cfunc
    @cython.exceptval(check=False)
    def _append(self, lat: cython.double, lon: cython.double, joined: cython.int) -> cython.void:
        """Append the vertex at ox, oy, oz, and stretch the box of latitudes and unwrapped longitudes over it."""
        k: cython.Py_ssize_t = self.vertices
        self.xyz[k, 0] = self.ox
        self.xyz[k, 1] = self.oy
        self.xyz[k, 2] = self.oz
        self.joined[k] = joined
        self.vertices = k + 1
        step: cython.double = lon - self.lon_last
        while step > PI:
            step -= 2.0 * PI
        while step < -PI:
            step += 2.0 * PI
        lon = self.lon_last + step
        self.lon_last = lon
        self.lat0 = lesser(self.lat0, lat)
        self.lat1 = greater(self.lat1, lat)
        self.lon0 = lesser(self.lon0, lon)
        self.lon1 = greater(self.lon1, lon)

    @cython.cfunc
    @cython.exceptval(check=False)
    def _open_box(self, lon: cython.double) -> cython.void:
        self.lon_last = lon
        self.lat0 = 10.0
        self.lat1 = -10.0
        self.lon0 = 1000.0
        self.lon1 = -1000.0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _parts(
        self, lat1: cython.double, lon1: cython.double, lat2: cython.double, lon2: cython.double
    ) -> cython.int:
        """Return into how many equal parts of at most 40 km an edge is cut; set o_s and o_az, from its lesser end.

        The two ends are taken in one order whichever way the edge runs, so that an edge two areas share is cut alike.
        The last vertex must be the edge's start; ox, oy, oz are set to its end.
        """
        k: cython.Py_ssize_t = self.vertices - 1
        self._to_ecef(lat2, lon2)
        x: cython.double = self.xyz[k, 0] - self.ox
        y: cython.double = self.xyz[k, 1] - self.oy
        z: cython.double = self.xyz[k, 2] - self.oz
        if x * x + y * y + z * z <= LONGEST_CHORD * LONGEST_CHORD:
            return 1
        if lat1 < lat2 or (lat1 == lat2 and lon1 < lon2):
            self._inverse(lat1, lon1, lat2, lon2)
        else:
            self._inverse(lat2, lon2, lat1, lon1)
        return cython.cast(cython.int, self.o_s / LONGEST_CHORD) + 1

    @cython.cfunc
    @cython.exceptval(check=False)
    def _part_end(
        self, lat1: cython.double, lon1: cython.double, lat2: cython.double, lon2: cython.double,
        part: cython.int, parts: cython.int,
    ) -> cython.void:
        """Set o_lat, o_lon, ox, oy, oz to the end of one of the equal parts of an edge, after `_parts`."""
        if part == parts:
            self.o_lat = lat2
            self.o_lon = lon2
            if parts == 1:
                return
        elif lat1 < lat2 or (lat1 == lat2 and lon1 < lon2):
            self._direct(lat1, lon1, self.o_az, self.o_s * part / parts)
        else:
            self._direct(lat2, lon2, self.o_az, self.o_s * (parts - part) / parts)
        self._to_ecef(self.o_lat, self.o_lon)

    @cython.cfunc
    def _take_line(self, at: cython.Py_ssize_t, n: cython.Py_ssize_t) -> cython.int:
        """Append a line's pieces: edges chained until the run is half the longest chord."""
        lat: cython.double = self.record[at] * RADIAN_PER_E7
        lon: cython.double = self.record[at + 1] * RADIAN_PER_E7
        lat2: cython.double
        lon2: cython.double
        first: cython.Py_ssize_t = self.vertices
        run: cython.double = 0.0
        i: cython.Py_ssize_t
        k: cython.int
        parts: cython.int
        self._room_for_vertices(2)
        self._open_box(lon)
        self._vertex(lat, lon, 1)
        for i in range(1, n):
            lat2 = self.record[at + 2 * i] * RADIAN_PER_E7
            lon2 = self.record[at + 2 * i + 1] * RADIAN_PER_E7
            parts = self._parts(lat, lon, lat2, lon2)
            self._room_for_vertices(2 * parts + 2)
            for k in range(1, parts + 1):
                if run > 0.5 * LONGEST_CHORD:
                    self._split_line(first)
                    first = self.vertices - 1
                    run = 0.0
                if parts > 1:
                    self._part_end(lat, lon, lat2, lon2, k, parts)
                else:
                    self._to_ecef(lat2, lon2)
                    self.o_lat = lat2
                    self.o_lon = lon2
                self._append(self.o_lat, self.o_lon, 1)
                run += self._chord(self.vertices - 2)
            lat = lat2
            lon = lon2
        self._close_piece(first, LINE, -1)
        return 0

    @cython.cfunc
    def _split_line(self, first: cython.Py_ssize_t) -> cython.int:
        """Close a line's piece and begin the next at its last vertex."""
        lat: cython.double
        k: cython.Py_ssize_t = self.vertices - 1
        self._close_piece(first, LINE, -1)
        self._to_geodetic(self.xyz[k, 0], self.xyz[k, 1], self.xyz[k, 2])
        lat = self.o_lat
        self._open_box(self.o_lon)
        self._vertex(lat, self.o_lon, 1)
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _chord(self, k: cython.Py_ssize_t) -> cython.double:
        """Return the length of the chord from a vertex to the next."""
        x: cython.double = self.xyz[k + 1, 0] - self.xyz[k, 0]
        y: cython.double = self.xyz[k + 1, 1] - self.xyz[k, 1]
        z: cython.double = self.xyz[k + 1, 2] - self.xyz[k, 2]
        return sqrt(x * x + y * y + z * z)

    @cython.cfunc
    def _take_areas(self, at: cython.Py_ssize_t, rings: cython.Py_ssize_t) -> cython.int:
        """Append one piece per polygon, each ring closed by its first vertex once more."""
        first: cython.Py_ssize_t = self.vertices
        ring: cython.Py_ssize_t
        i: cython.Py_ssize_t
        j: cython.Py_ssize_t
        n: cython.Py_ssize_t
        k: cython.int
        parts: cython.int
        lat: cython.double
        lon: cython.double
        lat2: cython.double
        lon2: cython.double
        for ring in range(rings):
            n = self.record[self.at + 13 + ring]
            if n > 0 and ring > 0:
                self._close_piece(first, AREA, -1)
                first = self.vertices
            lat = self.record[at] * RADIAN_PER_E7
            lon = self.record[at + 1] * RADIAN_PER_E7
            if n > 0:
                self._open_box(lon)
            else:
                n = -n
            self._room_for_vertices(2)
            self._vertex(lat, lon, 1)
            for i in range(1, n + 1):
                j = i if i < n else 0
                lat2 = self.record[at + 2 * j] * RADIAN_PER_E7
                lon2 = self.record[at + 2 * j + 1] * RADIAN_PER_E7
                parts = self._parts(lat, lon, lat2, lon2)
                self._room_for_vertices(parts + 1)
                for k in range(1, parts + 1):
                    self._part_end(lat, lon, lat2, lon2, k, parts)
                    self._append(self.o_lat, self.o_lon, 1)
                lat = lat2
                lon = lon2
            self.joined[self.vertices - 1] = 0
            at += 2 * n
        self._close_piece(first, AREA, -1)
        return 0

    @cython.cfunc
    def _take_rectangle(self, at: cython.Py_ssize_t) -> cython.int:
        """Append a rectangle's outline: meridians as they are, parallels as chords that leave them by 5 mm at most."""
        south: cython.double = self.record[at] * RADIAN_PER_E7
        west: cython.double = self.record[at + 1] * RADIAN_PER_E7
        north: cython.double = self.record[at + 2] * RADIAN_PER_E7
        width: cython.double = (self.record[at + 3] - self.record[at + 1]) * RADIAN_PER_E7
        if self.record[at + 3] <= self.record[at + 1]:
            width += 2.0 * PI
        first: cython.Py_ssize_t = self.vertices
        around: cython.bint = width >= 2.0 * PI - 1e-12
        steps: cython.int = cython.cast(cython.int, (north - south) * GREATEST_RADIUS / LONGEST_CHORD) + 1
        k: cython.int
        self._open_box(west)
        self._parallel(south, west, width)
        if around:
            self.joined[self.vertices - 1] = 0
        self._room_for_vertices(2 * steps + 2)
        for k in range(1, steps):
            if not around:
                self._vertex(south + (north - south) * k / steps, west + width, 1)
        self._parallel(north, west + width, -width)
        for k in range(1, steps + 1):
            if not around:
                self._vertex(north - (north - south) * k / steps, west, 1)
        self.joined[self.vertices - 1] = 0
        self.lat0 = south
        self.lat1 = north
        self.lon0 = west
        self.lon1 = west + width
        if self.movings >= self.room_movings:
            self._grow_movings(self.movings + self.movings // 3 + 64)
        self.mv[self.movings, 0] = south
        self.mv[self.movings, 1] = north
        self.mv[self.movings, 2] = west
        self.mv[self.movings, 3] = width
        self.movings += 1
        self._close_piece(first, RECTANGLE, self.movings - 1)
        return 0

    @cython.cfunc
    def _parallel(self, lat: cython.double, lon: cython.double, width: cython.double) -> cython.int:
        """Append a parallel from a longitude on. A chord of length L leaves it by L² tan(lat) / 8R."""
        steep: cython.double = lat if lat > 0.0 else -lat
        extent: cython.double = width if width > 0.0 else -width
        steep = tan(steep) if steep < 1.57 else 1255.0
        longest: cython.double = lesser(sqrt(8.0 * LEAST_RADIUS * RECTANGLE_SAG / (steep + 0.001)), LONGEST_CHORD)
        steps: cython.int = cython.cast(cython.int, extent * GREATEST_RADIUS * cos(lat) / longest) + 1
        k: cython.int
        if steps < 8:
            steps = 8  # at a pole too, and so that no step turns by half the Earth
        self._room_for_vertices(steps + 2)
        for k in range(steps + 1):
            self._vertex(lat, lon + width * k / steps, 1)
        return 0

    @cython.cfunc
    def _take_moving(
        self, at: cython.Py_ssize_t, n: cython.Py_ssize_t, with_altitudes: cython.bint
    ) -> cython.int:
        """Append one piece per leg, or per part of at most 40 km of it, with its own times and heights."""
        width: cython.Py_ssize_t = 4 if with_altitudes else 3
        half: cython.double = self.record[self.at + 11]
        i: cython.Py_ssize_t
        a: cython.Py_ssize_t
        b: cython.Py_ssize_t
        m: cython.Py_ssize_t
        k: cython.int
        parts: cython.int
        lat: cython.double
        lon: cython.double
        lat2: cython.double
        lon2: cython.double
        from_lat: cython.double
        from_lon: cython.double
        t0: cython.double
        span: cython.double
        low: cython.double = self.record[self.at + 7]
        high: cython.double = self.record[self.at + 9]
        rise: cython.double = 0.0
        u0: cython.double
        u1: cython.double
        for i in range(n - 1):
            a = at + width * i
            b = a + width
            lat = self.record[a] * RADIAN_PER_E7
            lon = self.record[a + 1] * RADIAN_PER_E7
            lat2 = self.record[b] * RADIAN_PER_E7
            lon2 = self.record[b + 1] * RADIAN_PER_E7
            t0 = self.record[a + 2]
            span = self.record[b + 2] - self.record[a + 2]
            if with_altitudes:
                low = self.record[a + 3] - half
                high = self.record[a + 3] + half
                rise = self.record[b + 3] - self.record[a + 3]
            self._room_for_vertices(2)
            self._open_box(lon)
            self._vertex(lat, lon, 1)
            parts = self._parts(lat, lon, lat2, lon2)
            self._room_for_vertices(2 * parts)
            if self.movings + parts > self.room_movings:
                self._grow_movings(self.movings + parts + self.movings // 3 + 64)
            for k in range(1, parts + 1):
                if k > 1:
                    self._open_box(from_lon)
                    self._vertex(from_lat, from_lon, 1)
                self._part_end(lat, lon, lat2, lon2, k, parts)
                from_lat = self.o_lat
                from_lon = self.o_lon
                self._append(from_lat, from_lon, 0)
                m = self.movings
                self.movings = m + 1
                u0 = (k - 1.0) / parts
                u1 = (k + 0.0) / parts
                self.mv[m, 0] = t0 + span * u0
                self.mv[m, 1] = t0 + span * u1
                self.mv[m, 2] = low + rise * u0
                self.mv[m, 3] = low + rise * u1
                self.mv[m, 4] = high + rise * u0
                self.mv[m, 5] = high + rise * u1
                self._close_piece(self.vertices - 2, MOVING, m)
        return 0

    @cython.cfunc
    def _close_piece(self, first: cython.Py_ssize_t, kind: cython.int, row: cython.Py_ssize_t) -> cython.int:
        """Finish the piece whose vertices start at `first`: its centre, extent, cells, times and heights."""
        p: cython.Py_ssize_t = self.pieces
        if p >= self.room_pieces:
            self._grow_pieces(p + p // 3 + 64)
        self.pieces = p + 1
        v: cython.Py_ssize_t = self.volumes - 1
        self.pi[p, 0] = v
        self.pi[p, 1] = kind
        self.pi[p, 2] = first
        self.pi[p, 3] = self.vertices - first
        self.pi[p, 8] = row
        self.pi[p, 9] = self.vi[v, 3] * 8 + self.vi[v, 4]
        self.pi[p, 10] = self.vi[v, 0]
        self.pi[p, 11] = self.vi[v, 1]
        self.pd[p, 4] = self.vt[v, 0]
        self.pd[p, 5] = self.vt[v, 1]
        if kind == MOVING:
            self.pd[p, 4] = floor(self.mv[row, 0])
            self.pd[p, 5] = ceil(self.mv[row, 1])
        if kind == LINE:
            self.joined[self.vertices - 1] = 0
        self._set_centre(p, first)
        self._widen_box(p, kind)
        self._set_heights(p, v, row if kind == MOVING else -1)
        self._set_cells(p, self.vr[v] + 0.5 * self.greatest_horizontal)
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _set_centre(self, p: cython.Py_ssize_t, first: cython.Py_ssize_t) -> cython.void:
        """Set the centre to that of the box around the vertices, and the radius that holds every vertex."""
        k: cython.Py_ssize_t
        c: cython.int
        low: cython.double
        high: cython.double
        x: cython.double
        far2: cython.double = 0.0
        for c in range(3):
            low = high = self.xyz[first, c]
            for k in range(first + 1, self.vertices):
                low = lesser(low, self.xyz[k, c])
                high = greater(high, self.xyz[k, c])
            self.pd[p, c] = 0.5 * (low + high)
        for k in range(first, self.vertices):
            x = 0.0
            for c in range(3):
                x += (self.xyz[k, c] - self.pd[p, c]) * (self.xyz[k, c] - self.pd[p, c])
            far2 = greater(far2, x)
        self.pd[p, 3] = sqrt(far2)

    @cython.cfunc
    @cython.exceptval(check=False)
    def _widen_box(self, p: cython.Py_ssize_t, kind: cython.int) -> cython.void:
        """Widen the box so that it holds the edges, which bulge from their vertices, and the pole an area lies over."""
        steep: cython.double = greater(self.lat1, -self.lat0)
        bulge: cython.double = 1e-6
        if kind != RECTANGLE:
            if steep < 1.5:
                bulge += LONGEST_CHORD * LONGEST_CHORD * tan(steep) / (8.0 * LEAST_RADIUS * LEAST_RADIUS)
            else:
                bulge += LONGEST_CHORD / LEAST_RADIUS
        if kind == AREA and self.lon1 - self.lon0 > 2.0 * PI - 1e-9:
            if self.pd[p, 2] > 0.0:
                self.lat1 = 0.5 * PI
            else:
                self.lat0 = -0.5 * PI
        self.lat0 = greater(self.lat0 - bulge, -0.5 * PI)
        self.lat1 = lesser(self.lat1 + bulge, 0.5 * PI)
        steep = cos(greater(self.lat1, -self.lat0))
        if steep > 0.01:
            self.lon0 -= bulge / steep
            self.lon1 += bulge / steep
        else:
            self.lon0 = -PI
            self.lon1 = PI

    @cython.cfunc
    @cython.exceptval(check=False)
    def _set_cells(self, p: cython.Py_ssize_t, margin: cython.double) -> cython.void:
        """Set the rows and the longitudes that a piece's box reaches, widened by a margin in metres."""
        turn: cython.double = margin * 1.002 / LEAST_RADIUS + 1e-7
        lat0: cython.double = self.lat0 - turn
        lat1: cython.double = self.lat1 + turn
        steep: cython.double = greater(lat1, -lat0)
        west: cython.double = 0.0
        width: cython.double = 360.0
        spread: cython.double
        if steep < 1.55 and turn < 1.5 and self.lon1 - self.lon0 < 6.2:
            spread = sin(turn) / cos(steep)
            if spread < 0.9:
                spread = asin(spread) * 1.01
                west = (self.lon0 - spread) * 180.0 / PI + 180.0 - 1e-4
                width = (self.lon1 - self.lon0 + 2.0 * spread) * 180.0 / PI + 2e-4
                if width >= 360.0:
                    west = 0.0
                    width = 360.0
                while west < 0.0:
                    west += 360.0
                while west >= 360.0:
                    west -= 360.0
        row0: cython.double = floor((lat0 * 180.0 / PI + 90.0) / self.cell_degree)
        row1: cython.double = floor((lat1 * 180.0 / PI + 90.0) / self.cell_degree)
        self.pi[p, 12] = cython.cast(cython.int, greater(row0, 0.0))
        self.pi[p, 13] = cython.cast(cython.int, lesser(row1, self.rows - 1.0))
        self.pd[p, 6] = west
        self.pd[p, 7] = width

    @cython.cfunc
    @cython.exceptval(check=False)
    def _set_heights(self, p: cython.Py_ssize_t, v: cython.Py_ssize_t, m: cython.Py_ssize_t) -> cython.void:
        """Set a piece's limits in their own references and as the ellipsoidal heights that surely hold them."""
        low_ref: cython.int = self.vi[v, 3]
        high_ref: cython.int = self.vi[v, 4]
        low: cython.longlong = self.record[self.at + 7]
        high: cython.longlong = self.record[self.at + 9]
        self._geoid_band()
        if m >= 0:
            low = cython.cast(cython.longlong, floor(lesser(self.mv[m, 2], self.mv[m, 3])))
            high = cython.cast(cython.longlong, ceil(greater(self.mv[m, 4], self.mv[m, 5])))
            self.mv[m, 6] = lesser(
                self._lowest(low_ref, self.mv[m, 2]) - self.mv[m, 2], self._lowest(low_ref, self.mv[m, 3]) - self.mv[m, 3]
            )
            self.mv[m, 7] = greater(
                self._highest(high_ref, self.mv[m, 4]) - self.mv[m, 4],
                self._highest(high_ref, self.mv[m, 5]) - self.mv[m, 5],
            )
        self.pi[p, 4] = low
        self.pi[p, 5] = high
        self.pi[p, 6] = cython.cast(cython.longlong, floor(self._lowest(low_ref, low)))
        self.pi[p, 7] = UNLIMITED
        if high_ref != 4:
            self.pi[p, 7] = cython.cast(cython.longlong, ceil(self._highest(high_ref, high)))

    @cython.cfunc
    @cython.exceptval(check=False)
    def _lowest(self, reference: cython.int, height: cython.double) -> cython.double:
        """Return the least ellipsoidal height, 1e-4 m, that a height can mean within the piece's box.

        A pressure altitude is taken as true under every sea-level pressure ever measured, 870 to 1085 hPa (WMO World
        Weather and Climate Extremes Archive), which moves the 1013.25 hPa surface by -1,300 to +600 m, and under mean
        temperatures of the air column from 15 % colder to 10 % warmer than the standard atmosphere (ICAO Doc 7488).
        """
        size: cython.double = height if height > 0.0 else -height
        if reference == 0:
            return height - 0.15 * size - 13e6 + self.o_low
        if reference == 1:
            return height + self.o_low
        if reference == 3:
            return height + self.ground_low + self.o_low
        return height

    @cython.cfunc
    @cython.exceptval(check=False)
    def _highest(self, reference: cython.int, height: cython.double) -> cython.double:
        """Return the greatest ellipsoidal height, 1e-4 m, that a height can mean; see `_lowest`."""
        size: cython.double = height if height > 0.0 else -height
        if reference == 0:
            return height + 0.10 * size + 6e6 + self.o_high
        if reference == 1:
            return height + self.o_high
        if reference == 3:
            return height + self.ground_high + self.o_high
        return height

    @cython.cfunc
    @cython.exceptval(check=False)
    def _geoid_band(self) -> cython.void:
        """Set o_low, o_high to the least and greatest geoid undulation, 1e-4 m, anywhere within the piece's box.

        Nodes around the box, and 1.2 m for what the 15' grid does not hold between them (GeographicLib, Geoid heights:
        bilinear interpolation of egm96-15 is off by 1.152 m at most); nodes are rounded to 1 cm.
        """
        row0: cython.int = cython.cast(cython.int, floor((90.0 - self.lat1 * 180.0 / PI) * 4.0))
        row1: cython.int = cython.cast(cython.int, ceil((90.0 - self.lat0 * 180.0 / PI) * 4.0))
        col0: cython.longlong = cython.cast(cython.longlong, floor((self.lon0 * 180.0 / PI + 180.0) * 4.0))
        col1: cython.longlong = cython.cast(cython.longlong, ceil((self.lon1 * 180.0 / PI + 180.0) * 4.0))
        low: cython.int = 32767
        high: cython.int = -32768
        n: cython.int
        i: cython.int
        j: cython.longlong
        row0 = row0 if row0 > 0 else 0
        row1 = row1 if row1 < 720 else 720
        if col1 - col0 >= 1440:
            col0 = 0
            col1 = 1439
        for i in range(row0, row1 + 1):
            for j in range(col0 + 14400, col1 + 14401):
                n = self.geoid[i, j % 1440]
                low = n if n < low else low
                high = n if n > high else high
        self.o_low = low * 100 - 12100
        self.o_high = high * 100 + 12100

    # ---- Near or not ----

    @cython.cfunc
    @cython.exceptval(check=False)
    def _vertically_apart(self, p: cython.Py_ssize_t, q: cython.Py_ssize_t, least: cython.longlong) -> cython.bint:
        """Return whether two pieces keep the vertical minimum throughout. Limits of one reference are compared in it."""
        above: cython.longlong = self._gap(p, q)
        below: cython.longlong = self._gap(q, p)
        if least > 0:
            return above >= least or below >= least
        if above < 0 and below < 0:
            return False
        # two bands without thickness meet where they are level with each other
        return not (above == 0 and below == 0 and self.pi[p, 4] == self.pi[p, 5] and self.pi[q, 4] == self.pi[q, 5])

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    def _gap(self, p: cython.Py_ssize_t, q: cython.Py_ssize_t) -> cython.longlong:
        """Return how far the lower limit of q is above the upper limit of p, 1e-4 m, at the least."""
        high: cython.longlong
        low: cython.longlong
        if self.vi[self.pi[p, 0], 4] == self.vi[self.pi[q, 0], 3]:
            high = self.pi[p, 5]
            low = self.pi[q, 4]
        else:
            high = self.pi[p, 7]
            low = self.pi[q, 6]
        return low - high

    @cython.cfunc
    @cython.exceptval(check=False)
    def _judge(self, p: cython.Py_ssize_t, q: cython.Py_ssize_t) -> cython.int:
        """Return 1 where two pieces breach their minima, 2 where only exact contact can tell (`contact`), else 0."""
        vp: cython.Py_ssize_t = self.pi[p, 0]
        vq: cython.Py_ssize_t = self.pi[q, 0]
        least: cython.double = self.hor[self.vi[vp, 2], self.vi[vq, 2]]
        if least < 0.0:
            return 0
        margin: cython.longlong = self.tim[self.vi[vp, 2], self.vi[vq, 2]]
        if self.pd[p, 4] >= self.pd[q, 5] + margin or self.pd[q, 4] >= self.pd[p, 5] + margin:
            return 0
        vertical: cython.longlong = self.ver[self.vi[vp, 2], self.vi[vq, 2]]
        if self._vertically_apart(p, q, vertical):
            return 0
        reach: cython.double = self.vr[vp] + self.vr[vq] + least
        x: cython.double = self.pd[p, 0] - self.pd[q, 0]
        y: cython.double = self.pd[p, 1] - self.pd[q, 1]
        z: cython.double = self.pd[p, 2] - self.pd[q, 2]
        far: cython.double = self.pd[p, 3] + self.pd[q, 3] + reach + 200.0
        if x * x + y * y + z * z > far * far:
            return 0
        p_moves: cython.bint = self.pi[p, 1] == MOVING
        q_moves: cython.bint = self.pi[q, 1] == MOVING
        if p_moves and q_moves:
            return self._judge_two_moving(p, q, reach, vertical, margin)
        if p_moves:
            return self._judge_moving(p, q, reach, vertical, margin)
        if q_moves:
            return self._judge_moving(q, p, reach, vertical, margin)
        return self._judge_static(p, q, reach, least)

    @cython.cfunc
    @cython.exceptval(check=False)
    def _judge_static(
        self, p: cython.Py_ssize_t, q: cython.Py_ssize_t, reach: cython.double, least: cython.double
    ) -> cython.int:
        p_area: cython.bint = self.pi[p, 1] == AREA or self.pi[p, 1] == RECTANGLE
        q_area: cython.bint = self.pi[q, 1] == AREA or self.pi[q, 1] == RECTANGLE
        contact: cython.bint = p_area and q_area and least == 0.0
        if not contact and self._inside_either(p, q, p_area, q_area):
            return 1
        met: cython.int = self._edges_meet(p, q, reach)
        if not contact:
            return 1 if met > 0 else 0
        if met == 3:
            return 1
        if met == 1:
            return 2
        return 1 if self._inside_either(p, q, p_area, q_area) else 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _inside_either(
        self, p: cython.Py_ssize_t, q: cython.Py_ssize_t, p_area: cython.bint, q_area: cython.bint
    ) -> cython.bint:
        """Return whether the first vertex of either piece is inside the other."""
        k: cython.Py_ssize_t = self.pi[q, 2]
        if p_area and self._inside(p, self.xyz[k, 0], self.xyz[k, 1], self.xyz[k, 2]):
            return True
        k = self.pi[p, 2]
        return q_area and self._inside(q, self.xyz[k, 0], self.xyz[k, 1], self.xyz[k, 2])

    @cython.cfunc
    @cython.exceptval(check=False)
    def _edges_meet(self, p: cython.Py_ssize_t, q: cython.Py_ssize_t, reach: cython.double) -> cython.int:
        """Return 3 where edges surely cross, 1 where edges come within reach, else 0."""
        first: cython.Py_ssize_t = self.pi[p, 2]
        n: cython.Py_ssize_t = self.pi[p, 3]
        k: cython.Py_ssize_t
        j: cython.Py_ssize_t
        met: cython.int
        worst: cython.int = 0
        for k in range(first, first + n):
            j = k
            if self.joined[k]:
                j = k + 1
            elif n > 1:
                continue
            met = self._edge_meets(
                self.xyz[k, 0], self.xyz[k, 1], self.xyz[k, 2], self.xyz[j, 0], self.xyz[j, 1], self.xyz[j, 2], q, reach
            )
            if met == 3 or (met == 1 and reach > 0.1):
                return met
            if met > worst:
                worst = met
        return worst

    @cython.cfunc
    @cython.exceptval(check=False)
    def _edge_meets(
        self,
        ax: cython.double, ay: cython.double, az: cython.double,
        bx: cython.double, by: cython.double, bz: cython.double,
        q: cython.Py_ssize_t, reach: cython.double,
    ) -> cython.int:
        """Return 3 where the edge a-b surely crosses an edge of a piece, 1 where it comes within reach of one, else 0."""
        mx: cython.double = 0.5 * (ax + bx)
        my: cython.double = 0.5 * (ay + by)
        mz: cython.double = 0.5 * (az + bz)
        half: cython.double = sqrt((ax - mx) * (ax - mx) + (ay - my) * (ay - my) + (az - mz) * (az - mz))
        x: cython.double = mx - self.pd[q, 0]
        y: cython.double = my - self.pd[q, 1]
        z: cython.double = mz - self.pd[q, 2]
        far: cython.double = half + self.pd[q, 3] + reach + 200.0
        if x * x + y * y + z * z > far * far:
            return 0
        first: cython.Py_ssize_t = self.pi[q, 2]
        n: cython.Py_ssize_t = self.pi[q, 3]
        k: cython.Py_ssize_t
        j: cython.Py_ssize_t
        met: cython.int
        worst: cython.int = 0
        near: cython.double = half + reach + 200.0
        for k in range(first, first + n):
            j = k
            if self.joined[k]:
                j = k + 1
            elif n > 1:
                continue
            if n > 4:
                x = 0.5 * (self.xyz[k, 0] + self.xyz[j, 0]) - mx
                y = 0.5 * (self.xyz[k, 1] + self.xyz[j, 1]) - my
                z = 0.5 * (self.xyz[k, 2] + self.xyz[j, 2]) - mz
                far = near + 0.5 * (self._chord(k) if j > k else 0.0)
                if x * x + y * y + z * z > far * far:
                    continue
            met = self._edges_near(
                ax, ay, az, bx, by, bz,
                self.xyz[k, 0], self.xyz[k, 1], self.xyz[k, 2], self.xyz[j, 0], self.xyz[j, 1], self.xyz[j, 2], reach, 0,
            )
            if met == 3 or (met == 1 and reach > 0.1):
                return met
            if met > worst:
                worst = met
        return worst

    @cython.cfunc
    @cython.exceptval(check=False)
    def _edges_near(
        self,
        ax: cython.double, ay: cython.double, az: cython.double,
        bx: cython.double, by: cython.double, bz: cython.double,
        cx: cython.double, cy: cython.double, cz: cython.double,
        dx: cython.double, dy: cython.double, dz: cython.double,
        reach: cython.double, depth: cython.int,
    ) -> cython.int:
        """Return 3 where two edges surely cross, 1 where they come within reach of each other, else 0. Never misses.

        Args:
            ax: and so on: the ends of the two edges, on the ellipsoid, earth-centred, m.
            reach: Radii and minimum together, m along the geodesic.
            depth: Halvings so far.
        """
        # the plane: through the middle of the four ends, square to the ellipsoid's normal there
        mx: cython.double = 0.25 * (ax + bx + cx + dx)
        my: cython.double = 0.25 * (ay + by + cy + dy)
        mz: cython.double = 0.25 * (az + bz + cz + dz)
        nx: cython.double = mx
        ny: cython.double = my
        nz: cython.double = mz * 1.006739496742276
        size: cython.double = 1.0 / sqrt(nx * nx + ny * ny + nz * nz)
        nx *= size
        ny *= size
        nz *= size
        ex: cython.double = 1.0
        ey: cython.double = 0.0
        size = nx * nx + ny * ny
        if size > 1e-12:
            size = 1.0 / sqrt(size)
            ex = -ny * size
            ey = nx * size
        else:
            nx = 0.0
            ny = 0.0
            nz = 1.0 if nz > 0.0 else -1.0
        fx: cython.double = -nz * ey
        fy: cython.double = nz * ex
        fz: cython.double = nx * ey - ny * ex
        # a is the origin of the plane
        bu: cython.double = (bx - ax) * ex + (by - ay) * ey
        bv: cython.double = (bx - ax) * fx + (by - ay) * fy + (bz - az) * fz
        cu: cython.double = (cx - ax) * ex + (cy - ay) * ey
        cv: cython.double = (cx - ax) * fx + (cy - ay) * fy + (cz - az) * fz
        du: cython.double = (dx - ax) * ex + (dy - ay) * ey
        dv: cython.double = (dx - ax) * fx + (dy - ay) * fy + (dz - az) * fz
        ab2: cython.double = (bx - ax) * (bx - ax) + (by - ay) * (by - ay) + (bz - az) * (bz - az)
        cd2: cython.double = (dx - cx) * (dx - cx) + (dy - cy) * (dy - cy) + (dz - cz) * (dz - cz)
        spread2: cython.double = greater(
            greater((ax - mx) * (ax - mx) + (ay - my) * (ay - my) + (az - mz) * (az - mz),
                    (bx - mx) * (bx - mx) + (by - my) * (by - my) + (bz - mz) * (bz - mz)),
            greater((cx - mx) * (cx - mx) + (cy - my) * (cy - my) + (cz - mz) * (cz - mz),
                    (dx - mx) * (dx - mx) + (dy - my) * (dy - my) + (dz - mz) * (dz - mz)),
        )
        tilt: cython.double = sqrt(spread2) / LEAST_RADIUS
        doubt: cython.double = SLACK + (ab2 + cd2) / (8.0 * LEAST_RADIUS) * tilt * 1.1
        # which side of each line the other's ends are on
        wu: cython.double = du - cu
        wv: cython.double = dv - cv
        c_side: cython.double = bu * cv - bv * cu
        d_side: cython.double = bu * dv - bv * du
        a_side: cython.double = wv * cu - wu * cv
        b_side: cython.double = wu * (bv - cv) - wv * (bu - cu)
        distance2: cython.double = 0.0
        if not ((c_side > 0.0) != (d_side > 0.0) and (a_side > 0.0) != (b_side > 0.0)):
            distance2 = lesser(
                lesser(to_segment2(cu, cv, wu, wv), to_segment2(cu - bu, cv - bv, wu, wv)),
                lesser(to_segment2(-cu, -cv, bu, bv), to_segment2(-du, -dv, bu, bv)),
            )
        else:
            ab: cython.double = doubt * sqrt(bu * bu + bv * bv)
            cd: cython.double = doubt * sqrt(wu * wu + wv * wv)
            if (c_side > ab or c_side < -ab) and (d_side > ab or d_side < -ab):
                if (a_side > cd or a_side < -cd) and (b_side > cd or b_side < -cd):
                    return 3
        distance: cython.double = sqrt(distance2)
        if distance > chord_of(reach) + doubt:
            return 0
        if arc_of((distance + doubt) * (1.0 + tilt * tilt)) < reach:
            return 1
        if (ab2 <= FINE_CHORD * FINE_CHORD and cd2 <= FINE_CHORD * FINE_CHORD) or depth > 24:
            return 1
        # open: halve the longer edge at its middle on the ellipsoid
        met: cython.int
        other: cython.int
        if ab2 >= cd2:
            self._lift(0.5 * (ax + bx), 0.5 * (ay + by), 0.5 * (az + bz))
            mx = self.ox
            my = self.oy
            mz = self.oz
            met = self._edges_near(ax, ay, az, mx, my, mz, cx, cy, cz, dx, dy, dz, reach, depth + 1)
            if met > 0 and reach > 0.1:
                return met
            other = self._edges_near(mx, my, mz, bx, by, bz, cx, cy, cz, dx, dy, dz, reach, depth + 1)
        else:
            self._lift(0.5 * (cx + dx), 0.5 * (cy + dy), 0.5 * (cz + dz))
            mx = self.ox
            my = self.oy
            mz = self.oz
            met = self._edges_near(ax, ay, az, bx, by, bz, cx, cy, cz, mx, my, mz, reach, depth + 1)
            if met > 0 and reach > 0.1:
                return met
            other = self._edges_near(ax, ay, az, bx, by, bz, mx, my, mz, dx, dy, dz, reach, depth + 1)
        return met if met > other else other

    @cython.cfunc
    @cython.exceptval(check=False)
    def _inside(self, p: cython.Py_ssize_t, x: cython.double, y: cython.double, z: cython.double) -> cython.bint:
        """Return whether a point of the ellipsoid is inside an area, holes excepted.

        Seen from the Earth's centre, on the plane that touches at the area's centre: there the chords' planes are
        straight lines, and the even-odd rule of the plane holds.
        """
        cx: cython.double = self.pd[p, 0]
        cy: cython.double = self.pd[p, 1]
        cz: cython.double = self.pd[p, 2]
        if self.pi[p, 1] == RECTANGLE:
            return self._inside_rectangle(p, x, y, z)
        depth: cython.double = x * cx + y * cy + z * cz
        if depth <= 0.0:
            return False
        far: cython.double = self.pd[p, 3] + 200.0
        if (x - cx) * (x - cx) + (y - cy) * (y - cy) + (z - cz) * (z - cz) > far * far:
            return False
        ex: cython.double = -cy
        ey: cython.double = cx
        if cx * cx + cy * cy < 1.0:
            ex = 1.0
            ey = 0.0
        fx: cython.double = -cz * ey
        fy: cython.double = cz * ex
        fz: cython.double = cx * ey - cy * ex
        u: cython.double = (x * ex + y * ey) / depth
        v: cython.double = (x * fx + y * fy + z * fz) / depth
        first: cython.Py_ssize_t = self.pi[p, 2]
        k: cython.Py_ssize_t
        odd: cython.bint = False
        u1: cython.double = 0.0
        v1: cython.double = 0.0
        u2: cython.double = 0.0
        v2: cython.double = 0.0
        started: cython.bint = False
        for k in range(first, first + self.pi[p, 3]):
            x = self.xyz[k, 0]
            y = self.xyz[k, 1]
            z = self.xyz[k, 2]
            depth = x * cx + y * cy + z * cz
            u2 = (x * ex + y * ey) / depth
            v2 = (x * fx + y * fy + z * fz) / depth
            if started and (v1 > v) != (v2 > v) and self._is_left_of_edge(k - 1, cx, cy, cz, u, v):
                odd = not odd
            u1 = u2
            v1 = v2
            started = self.joined[k] != 0
        return odd

    @cython.cfunc
    @cython.exceptval(check=False)
    def _is_left_of_edge(
        self, k: cython.Py_ssize_t, cx: cython.double, cy: cython.double, cz: cython.double,
        u: cython.double, v: cython.double,
    ) -> cython.bint:
        """Return whether (u, v) of `_inside` is left of the edge from vertex k, which spans v.

        Halves the edge until its chord's plane and the geodesic differ by less than a millimetre.
        """
        ax: cython.double = self.xyz[k, 0]
        ay: cython.double = self.xyz[k, 1]
        az: cython.double = self.xyz[k, 2]
        bx: cython.double = self.xyz[k + 1, 0]
        by: cython.double = self.xyz[k + 1, 1]
        bz: cython.double = self.xyz[k + 1, 2]
        length: cython.double = self._chord(k)
        ex: cython.double = -cy
        ey: cython.double = cx
        if cx * cx + cy * cy < 1.0:
            ex = 1.0
            ey = 0.0
        fx: cython.double = -cz * ey
        fy: cython.double = cz * ex
        fz: cython.double = cx * ey - cy * ex
        depth: cython.double = ax * cx + ay * cy + az * cz
        u1: cython.double = (ax * ex + ay * ey) / depth
        v1: cython.double = (ax * fx + ay * fy + az * fz) / depth
        depth = bx * cx + by * cy + bz * cz
        u2: cython.double = (bx * ex + by * ey) / depth
        v2: cython.double = (bx * fx + by * fy + bz * fz) / depth
        um: cython.double
        vm: cython.double
        while length > 2.0 * FINE_CHORD:
            length *= 0.5
            self._lift(0.5 * (ax + bx), 0.5 * (ay + by), 0.5 * (az + bz))
            depth = self.ox * cx + self.oy * cy + self.oz * cz
            um = (self.ox * ex + self.oy * ey) / depth
            vm = (self.ox * fx + self.oy * fy + self.oz * fz) / depth
            if (v1 > v) != (vm > v):
                bx = self.ox
                by = self.oy
                bz = self.oz
                u2 = um
                v2 = vm
            else:
                ax = self.ox
                ay = self.oy
                az = self.oz
                u1 = um
                v1 = vm
        return u < u1 + (v - v1) / (v2 - v1) * (u2 - u1)

    @cython.cfunc
    @cython.exceptval(check=False)
    def _inside_rectangle(
        self, p: cython.Py_ssize_t, x: cython.double, y: cython.double, z: cython.double
    ) -> cython.bint:
        """Return whether a point is between the parallels and the meridians of a rectangle."""
        m: cython.Py_ssize_t = self.pi[p, 8]
        self._to_geodetic(x, y, z)
        if self.o_lat < self.mv[m, 0] or self.o_lat > self.mv[m, 1]:
            return False
        turn: cython.double = self.o_lon - self.mv[m, 2]
        while turn < 0.0:
            turn += 2.0 * PI
        return turn <= self.mv[m, 3]

    # ---- What moves ----

    @cython.cfunc
    @cython.exceptval(check=False)
    def _set_gaps(self, p: cython.Py_ssize_t, q: cython.Py_ssize_t) -> cython.void:
        """Set the two vertical gaps of p and q as constant + a x (time of p) + b x (time of q), times from base_ms.

        Row 0: how far q's lower limit is above p's upper; row 1: p's lower above q's upper. 1e-4 m, and per ms.
        """
        self.base_ms = self.pd[p, 4]
        self._set_gap(0, p, q, 1, 2)
        self._set_gap(1, q, p, 2, 1)

    @cython.cfunc
    @cython.exceptval(check=False)
    def _set_gap(
        self, row: cython.int, under: cython.Py_ssize_t, over: cython.Py_ssize_t,
        under_column: cython.int, over_column: cython.int,
    ) -> cython.void:
        same: cython.bint = self.vi[self.pi[under, 0], 4] == self.vi[self.pi[over, 0], 3]
        m: cython.Py_ssize_t
        slope: cython.double = 0.0
        self.gap[row, 0] = self.gap[row, 1] = self.gap[row, 2] = 0.0
        if self.pi[over, 1] == MOVING:
            m = self.pi[over, 8]
            slope = (self.mv[m, 3] - self.mv[m, 2]) / (self.mv[m, 1] - self.mv[m, 0])
            self.gap[row, over_column] = slope
            self.gap[row, 0] += self.mv[m, 2] - slope * (self.mv[m, 0] - self.base_ms)
            self.gap[row, 0] += 0.0 if same else self.mv[m, 6]
        else:
            self.gap[row, 0] += self.pi[over, 4] if same else self.pi[over, 6]
        if self.pi[under, 1] == MOVING:
            m = self.pi[under, 8]
            slope = (self.mv[m, 5] - self.mv[m, 4]) / (self.mv[m, 1] - self.mv[m, 0])
            self.gap[row, under_column] = -slope
            self.gap[row, 0] -= self.mv[m, 4] - slope * (self.mv[m, 0] - self.base_ms)
            self.gap[row, 0] -= 0.0 if same else self.mv[m, 7]
        else:
            self.gap[row, 0] -= self.pi[under, 5] if same else self.pi[under, 7]

    @cython.cfunc
    @cython.exceptval(check=False)
    def _clip_time(
        self, p: cython.Py_ssize_t, start: cython.double, end: cython.double, vertical: cython.double,
        both: cython.bint,
    ) -> cython.bint:
        """Set o_t0, o_t1 to the part of [start, end] in which neither vertical gap keeps the minimum; False where none.

        `both`: the times of both pieces are one. A hair (1e-7 m) is allowed to arithmetic, on the side of a conflict.
        """
        row: cython.int
        slope: cython.double
        rest: cython.double
        for row in range(2):
            slope = self.gap[row, 1] + (self.gap[row, 2] if both else 0.0)
            rest = vertical + 1e-3 - self.gap[row, 0]  # slope x t <= rest
            if slope == 0.0:
                if rest < 0.0:
                    return False
            elif slope > 0.0:
                end = lesser(end, self.base_ms + rest / slope)
            else:
                start = greater(start, self.base_ms + rest / slope)
        self.o_t0 = start
        self.o_t1 = end
        return start <= end

    @cython.cfunc
    @cython.exceptval(check=False)
    def _part_of_leg(self, p: cython.Py_ssize_t, t0: cython.double, t1: cython.double) -> cython.void:
        """Set `leg` to the ends of the part of a moving piece between two times, on the ellipsoid, and these times."""
        m: cython.Py_ssize_t = self.pi[p, 8]
        k: cython.Py_ssize_t = self.pi[p, 2]
        chord: cython.double = self._chord(k) / (2.0 * LEAST_RADIUS)
        span: cython.double = self.mv[m, 1] - self.mv[m, 0]
        end: cython.int
        u: cython.double
        s: cython.double
        for end in range(2):
            u = 2.0 * ((t0 if end == 0 else t1) - self.mv[m, 0]) / span - 1.0
            # from the share of the arc to the share of its chord, to fifth order of the arc's half angle
            s = 0.5 + 0.5 * u * (1.0 + chord * chord * u * u / 3.0) / (1.0 + chord * chord / 3.0)
            s = 0.0 if s < 0.0 else (1.0 if s > 1.0 else s)
            self._lift(
                self.xyz[k, 0] + s * (self.xyz[k + 1, 0] - self.xyz[k, 0]),
                self.xyz[k, 1] + s * (self.xyz[k + 1, 1] - self.xyz[k, 1]),
                self.xyz[k, 2] + s * (self.xyz[k + 1, 2] - self.xyz[k, 2]),
            )
            self.leg[3 * end] = self.ox
            self.leg[3 * end + 1] = self.oy
            self.leg[3 * end + 2] = self.oz
        self.leg[6] = t0
        self.leg[7] = t1

    @cython.cfunc
    @cython.exceptval(check=False)
    def _judge_moving(
        self, p: cython.Py_ssize_t, q: cython.Py_ssize_t, reach: cython.double,
        vertical: cython.longlong, margin: cython.longlong,
    ) -> cython.int:
        """Return 1 where the moving piece p comes within reach of the still piece q, else 0."""
        m: cython.Py_ssize_t = self.pi[p, 8]
        start: cython.double = greater(self.mv[m, 0], self.pd[q, 4] - margin)
        end: cython.double = lesser(self.mv[m, 1], self.pd[q, 5] + margin)
        self._set_gaps(p, q)
        if not self._clip_time(p, start, end, cython.cast(cython.double, vertical), False):
            return 0
        self._part_of_leg(p, self.o_t0, self.o_t1)
        ax: cython.double = self.leg[0]
        ay: cython.double = self.leg[1]
        az: cython.double = self.leg[2]
        if self.pi[q, 1] == AREA or self.pi[q, 1] == RECTANGLE:
            if self._inside(q, ax, ay, az):
                return 1
        met: cython.int = self._edge_meets(ax, ay, az, self.leg[3], self.leg[4], self.leg[5], q, reach)
        return 1 if met > 0 else 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _judge_two_moving(
        self, p: cython.Py_ssize_t, q: cython.Py_ssize_t, reach: cython.double,
        vertical: cython.longlong, margin: cython.longlong,
    ) -> cython.int:
        """Return 1 where two moving pieces come within reach of each other at instants the time margin joins, else 0."""
        j: cython.Py_ssize_t = self.pi[p, 2]
        k: cython.Py_ssize_t = self.pi[q, 2]
        m: cython.Py_ssize_t = self.pi[p, 8]
        n: cython.Py_ssize_t = self.pi[q, 8]
        self._set_gaps(p, q)
        return self._movers_near(
            self.xyz[j, 0], self.xyz[j, 1], self.xyz[j, 2], self.xyz[j + 1, 0], self.xyz[j + 1, 1], self.xyz[j + 1, 2],
            self.xyz[k, 0], self.xyz[k, 1], self.xyz[k, 2], self.xyz[k + 1, 0], self.xyz[k + 1, 1], self.xyz[k + 1, 2],
            self.mv[m, 0], self.mv[m, 1], self.mv[n, 0], self.mv[n, 1],
            reach, cython.cast(cython.double, vertical), cython.cast(cython.double, margin), 0,
        )

    @cython.cfunc
    @cython.exceptval(check=False)
    def _movers_near(
        self,
        ax: cython.double, ay: cython.double, az: cython.double,
        bx: cython.double, by: cython.double, bz: cython.double,
        cx: cython.double, cy: cython.double, cz: cython.double,
        dx: cython.double, dy: cython.double, dz: cython.double,
        s0: cython.double, s1: cython.double, t0: cython.double, t1: cython.double,
        reach: cython.double, vertical: cython.double, margin: cython.double, depth: cython.int,
    ) -> cython.int:
        """Return 1 where one going from a to b during [s0, s1] and one from c to d during [t0, t1] come within reach.

        In the plane between them the vector from the one to the other is linear in the two times. The times that the
        margin and the vertical gaps allow form a convex polygon; so do the vectors; the least distance is that of the
        origin from this polygon.
        """
        corners: cython.int = self._allowed_times(s0, s1, t0, t1, vertical, margin)
        if corners == 0:
            return 0
        mx: cython.double = 0.25 * (ax + bx + cx + dx)
        my: cython.double = 0.25 * (ay + by + cy + dy)
        mz: cython.double = 0.25 * (az + bz + cz + dz)
        nx: cython.double = mx
        ny: cython.double = my
        nz: cython.double = mz * 1.006739496742276
        size: cython.double = 1.0 / sqrt(nx * nx + ny * ny + nz * nz)
        nx *= size
        ny *= size
        nz *= size
        ex: cython.double = 1.0
        ey: cython.double = 0.0
        size = nx * nx + ny * ny
        if size > 1e-12:
            size = 1.0 / sqrt(size)
            ex = -ny * size
            ey = nx * size
        else:
            nx = 0.0
            ny = 0.0
            nz = 1.0 if nz > 0.0 else -1.0
        fx: cython.double = -nz * ey
        fy: cython.double = nz * ex
        fz: cython.double = nx * ey - ny * ex
        # from c to a, and how that changes per ms of either
        wu: cython.double = (ax - cx) * ex + (ay - cy) * ey
        wv: cython.double = (ax - cx) * fx + (ay - cy) * fy + (az - cz) * fz
        pu: cython.double = ((bx - ax) * ex + (by - ay) * ey) / (s1 - s0)
        pv: cython.double = ((bx - ax) * fx + (by - ay) * fy + (bz - az) * fz) / (s1 - s0)
        qu: cython.double = ((dx - cx) * ex + (dy - cy) * ey) / (t1 - t0)
        qv: cython.double = ((dx - cx) * fx + (dy - cy) * fy + (dz - cz) * fz) / (t1 - t0)
        ab2: cython.double = (bx - ax) * (bx - ax) + (by - ay) * (by - ay) + (bz - az) * (bz - az)
        cd2: cython.double = (dx - cx) * (dx - cx) + (dy - cy) * (dy - cy) + (dz - cz) * (dz - cz)
        spread2: cython.double = greater(
            greater((ax - mx) * (ax - mx) + (ay - my) * (ay - my) + (az - mz) * (az - mz),
                    (bx - mx) * (bx - mx) + (by - my) * (by - my) + (bz - mz) * (bz - mz)),
            greater((cx - mx) * (cx - mx) + (cy - my) * (cy - my) + (cz - mz) * (cz - mz),
                    (dx - mx) * (dx - mx) + (dy - my) * (dy - my) + (dz - mz) * (dz - mz)),
        )
        tilt: cython.double = sqrt(spread2) / LEAST_RADIUS
        # sag seen at a tilt; and a share of the arc is not that share of its chord: 0.385 L³ / 24 R² at the most
        doubt: cython.double = SLACK + (ab2 + cd2) / (8.0 * LEAST_RADIUS) * tilt * 1.1
        doubt += (ab2 * sqrt(ab2) + cd2 * sqrt(cd2)) * 0.4 / (24.0 * LEAST_RADIUS * LEAST_RADIUS)
        i: cython.int
        x: cython.double
        y: cython.double
        x2: cython.double
        y2: cython.double
        least2: cython.double = 1e300
        left: cython.int = 0
        right: cython.int = 0
        x = wu + pu * (self.clip[corners - 1, 0] - s0) - qu * (self.clip[corners - 1, 1] - t0)
        y = wv + pv * (self.clip[corners - 1, 0] - s0) - qv * (self.clip[corners - 1, 1] - t0)
        for i in range(corners):
            x2 = wu + pu * (self.clip[i, 0] - s0) - qu * (self.clip[i, 1] - t0)
            y2 = wv + pv * (self.clip[i, 0] - s0) - qv * (self.clip[i, 1] - t0)
            least2 = lesser(least2, to_segment2(x, y, x2 - x, y2 - y))
            if x * y2 - y * x2 > 0.0:
                left += 1
            elif x * y2 - y * x2 < 0.0:
                right += 1
            x = x2
            y = y2
        if corners > 2 and (left == 0 or right == 0) and left + right > 2:
            least2 = 0.0
        distance: cython.double = sqrt(least2)
        if distance > chord_of(reach) + doubt:
            return 0
        if arc_of((distance + doubt) * (1.0 + tilt * tilt)) < reach:
            return 1
        if (ab2 <= FINE_CHORD * FINE_CHORD and cd2 <= FINE_CHORD * FINE_CHORD) or depth > 24:
            return 1
        middle: cython.double
        if ab2 >= cd2:
            middle = 0.5 * (s0 + s1)
            self._lift(0.5 * (ax + bx), 0.5 * (ay + by), 0.5 * (az + bz))
            mx = self.ox
            my = self.oy
            mz = self.oz
            if self._movers_near(ax, ay, az, mx, my, mz, cx, cy, cz, dx, dy, dz, s0, middle, t0, t1,
                                 reach, vertical, margin, depth + 1):
                return 1
            return self._movers_near(mx, my, mz, bx, by, bz, cx, cy, cz, dx, dy, dz, middle, s1, t0, t1,
                                     reach, vertical, margin, depth + 1)
        middle = 0.5 * (t0 + t1)
        self._lift(0.5 * (cx + dx), 0.5 * (cy + dy), 0.5 * (cz + dz))
        mx = self.ox
        my = self.oy
        mz = self.oz
        if self._movers_near(ax, ay, az, bx, by, bz, cx, cy, cz, mx, my, mz, s0, s1, t0, middle,
                             reach, vertical, margin, depth + 1):
            return 1
        return self._movers_near(ax, ay, az, bx, by, bz, mx, my, mz, dx, dy, dz, s0, s1, middle, t1,
                                 reach, vertical, margin, depth + 1)

    @cython.cfunc
    @cython.exceptval(check=False)
    def _allowed_times(
        self, s0: cython.double, s1: cython.double, t0: cython.double, t1: cython.double,
        vertical: cython.double, margin: cython.double,
    ) -> cython.int:
        """Set `clip` to the polygon of pairs of times allowed by the margin and the vertical gaps; return its corners."""
        if margin == 0.0:
            if not self._clip_time(0, greater(s0, t0), lesser(s1, t1), vertical, True):
                return 0
            self.clip[0, 0] = self.clip[0, 1] = self.o_t0
            self.clip[1, 0] = self.clip[1, 1] = self.o_t1
            return 2
        self.clip[0, 0] = self.clip[3, 0] = s0
        self.clip[1, 0] = self.clip[2, 0] = s1
        self.clip[0, 1] = self.clip[1, 1] = t0
        self.clip[2, 1] = self.clip[3, 1] = t1
        n: cython.int = self._cut(4, 1.0, -1.0, margin)
        n = self._cut(n, -1.0, 1.0, margin)
        row: cython.int
        for row in range(2):
            n = self._cut(
                n, self.gap[row, 1], self.gap[row, 2],
                vertical + 1e-3 - self.gap[row, 0] + (self.gap[row, 1] + self.gap[row, 2]) * self.base_ms,
            )
        return n

    @cython.cfunc
    @cython.exceptval(check=False)
    def _cut(self, n: cython.int, a: cython.double, b: cython.double, most: cython.double) -> cython.int:
        """Keep the part of the polygon `clip` where a x + b y <= most; return its corners.

        Source: Sutherland and Hodgman, Reentrant polygon clipping, CACM 17 (1), 1974.
        """
        i: cython.int
        kept: cython.int = 0
        x: cython.double
        y: cython.double
        s: cython.double
        if n == 0 or (a == 0.0 and b == 0.0):
            return n if most >= 0.0 else 0
        x0: cython.double = self.clip[n - 1, 0]
        y0: cython.double = self.clip[n - 1, 1]
        over0: cython.double = a * x0 + b * y0 - most
        over: cython.double
        for i in range(n):
            x = self.clip[i, 0]
            y = self.clip[i, 1]
            over = a * x + b * y - most
            if (over <= 0.0) != (over0 <= 0.0):
                s = over0 / (over0 - over)
                self.clipped[kept, 0] = x0 + s * (x - x0)
                self.clipped[kept, 1] = y0 + s * (y - y0)
                kept += 1
            if over <= 0.0:
                self.clipped[kept, 0] = x
                self.clipped[kept, 1] = y
                kept += 1
            x0 = x
            y0 = y
            over0 = over
        for i in range(kept):
            self.clip[i, 0] = self.clipped[i, 0]
            self.clip[i, 1] = self.clipped[i, 1]
        return kept

    # ---- All pairs at once ----

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    def _row(self, p: cython.Py_ssize_t, end: cython.int) -> cython.Py_ssize_t:
        return self.pi[p, 12 + end]

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    def _first_column(self, p: cython.Py_ssize_t, row: cython.Py_ssize_t) -> cython.Py_ssize_t:
        n: cython.Py_ssize_t = self.row_columns[row]
        column: cython.Py_ssize_t = cython.cast(cython.Py_ssize_t, self.pd[p, 6] * n / 360.0)
        return column if column < n else n - 1

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    def _columns(self, p: cython.Py_ssize_t, row: cython.Py_ssize_t) -> cython.Py_ssize_t:
        n: cython.Py_ssize_t = self.row_columns[row]
        last: cython.Py_ssize_t = cython.cast(cython.Py_ssize_t, (self.pd[p, 6] + self.pd[p, 7]) * n / 360.0)
        count: cython.Py_ssize_t = last - self._first_column(p, row) + 1
        return count if count < n else n

    def join(self, progress=None):
        """Return every pair of volumes that breach their minima.

        Args:
            progress: Called with (cells done, cells) now and then, or None.

        Returns:
            (pairs, doubtful): two (n, 2) int32 arrays, sorted, the lesser volume first; doubtful pairs are areas whose
            minimum is 0 and whose edges touch or all but touch.
        """
        p: cython.Py_ssize_t
        i: cython.Py_ssize_t
        j: cython.Py_ssize_t
        row: cython.Py_ssize_t
        column: cython.Py_ssize_t
        columns: cython.Py_ssize_t
        cell: cython.Py_ssize_t
        order: cython.longlong[::1] = view(np.argsort(self.arrays["pd"][: self.pieces, 4]))
        cells: cython.Py_ssize_t = self.row_base[self.rows]
        start: cython.longlong[::1] = view(np.zeros(cells + 1, np.int64))
        for p in range(self.pieces):
            if self.vi[self.pi[p, 0], 7]:
                for row in range(self._row(p, 0), self._row(p, 1) + 1):
                    columns = self._columns(p, row)
                    column = self._first_column(p, row)
                    for j in range(columns):
                        start[self.row_base[row] + (column + j) % self.row_columns[row] + 1] += 1
        for cell in range(cells):
            start[cell + 1] += start[cell]
        entries: cython.int[::1] = view(np.zeros(start[cells] or 1, np.int32))
        cursor: cython.longlong[::1] = view(np.zeros(cells, np.int64))
        for cell in range(cells):
            cursor[cell] = start[cell]
        for i in range(self.pieces):
            p = order[i]
            if self.vi[self.pi[p, 0], 7]:
                for row in range(self._row(p, 0), self._row(p, 1) + 1):
                    columns = self._columns(p, row)
                    column = self._first_column(p, row)
                    for j in range(columns):
                        cell = self.row_base[row] + (column + j) % self.row_columns[row]
                        entries[cursor[cell]] = p
                        cursor[cell] += 1
        return self._sweep(start, entries, progress)

    @cython.cfunc
    def _sweep(self, start: cython.longlong[::1], entries: cython.int[::1], progress: object) -> object:
        """Sweep each cell's pieces in the order of their starts; see `join`."""
        cells: cython.Py_ssize_t = self.row_base[self.rows]
        most: cython.Py_ssize_t = 1
        cell: cython.Py_ssize_t = 0
        row: cython.Py_ssize_t
        i: cython.Py_ssize_t
        j: cython.Py_ssize_t
        n: cython.Py_ssize_t
        p: cython.Py_ssize_t
        v: cython.Py_ssize_t
        column: cython.longlong
        columns: cython.longlong
        verdict: cython.int
        for cell in range(cells):
            if start[cell + 1] - start[cell] > most:
                most = start[cell + 1] - start[cell]
        whole: cython.int[:, ::1] = view(np.zeros((most, 10), np.int32))
        real: cython.double[:, ::1] = view(np.zeros((most, 6)))
        found: cython.longlong[::1] = view(np.zeros(1024, np.int64))
        room: cython.Py_ssize_t = 1024
        used: cython.Py_ssize_t = 0
        end: cython.double
        gap: cython.longlong
        x: cython.double
        y: cython.double
        z: cython.double
        far: cython.double
        half: cython.double = 0.5 * self.greatest_horizontal + 100.0
        for row in range(self.rows):
            columns = self.row_columns[row]
            if progress is not None and row % 16 == 0:
                progress(row, self.rows)
            for cell in range(self.row_base[row], self.row_base[row + 1]):
                n = start[cell + 1] - start[cell]
                if n < 2:
                    continue
                column = cell - self.row_base[row]
                for i in range(n):
                    p = entries[start[cell] + i]
                    v = self.pi[p, 0]
                    whole[i, 0] = self.pi[p, 11 if self.same_party else 10]
                    whole[i, 1] = self.pi[p, 9]
                    whole[i, 2] = self.pi[p, 12]
                    whole[i, 3] = self._first_column(p, row)
                    whole[i, 4] = self.pi[p, 4]
                    whole[i, 5] = self.pi[p, 5]
                    whole[i, 6] = self.pi[p, 6]
                    whole[i, 7] = self.pi[p, 7]
                    whole[i, 8] = self._columns(p, row)
                    real[i, 0] = self.pd[p, 0]
                    real[i, 1] = self.pd[p, 1]
                    real[i, 2] = self.pd[p, 2]
                    real[i, 3] = self.pd[p, 3] + self.vr[v] + half
                    real[i, 4] = self.pd[p, 4]
                    real[i, 5] = self.pd[p, 5]
                for i in range(n):
                    end = real[i, 5] + self.greatest_time
                    for j in range(i + 1, n):
                        if real[j, 4] >= end:
                            break
                        if whole[i, 0] == whole[j, 0]:
                            continue
                        # a pair is judged in the first of the cells that the two share, and there only
                        if row != whole[i, 2] and row != whole[j, 2]:
                            continue
                        gap = whole[j, 3] - whole[i, 3]
                        if gap < 0:
                            gap += columns
                        if column != (whole[j, 3] if gap < whole[i, 8] else whole[i, 3]):
                            continue
                        # limits of one and the same reference are compared in it; of others only later
                        if whole[i, 1] == whole[j, 1] and whole[i, 1] % 9 == 0:
                            gap = whole[j, 4]
                            if gap - whole[i, 5] > self.greatest_vertical:
                                continue
                            gap = whole[i, 4]
                            if gap - whole[j, 5] > self.greatest_vertical:
                                continue
                        x = real[i, 0] - real[j, 0]
                        y = real[i, 1] - real[j, 1]
                        z = real[i, 2] - real[j, 2]
                        far = real[i, 3] + real[j, 3]
                        if x * x + y * y + z * z > far * far:
                            continue
                        p = entries[start[cell] + i]
                        v = entries[start[cell] + j]
                        verdict = self._judge(p, v)
                        if verdict:
                            if used == room:
                                found = self._doubled(found)
                                room *= 2
                            found[used] = self._pair_key(self.pi[p, 0], self.pi[v, 0]) * 2 + (verdict - 1)
                            used += 1
        return self._pairs(np.asarray(found[:used]))

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    def _pair_key(self, a: cython.longlong, b: cython.longlong) -> cython.longlong:
        return (a << 31) + b if a < b else (b << 31) + a

    def _doubled(self, found: cython.longlong[::1]) -> object:
        grown = np.zeros(2 * len(found), np.int64)
        grown[: len(found)] = np.asarray(found)
        return view(grown)

    def _pairs(self, keys) -> object:
        """Return the sorted pairs of found keys, sure ones and doubtful ones; sure outranks doubtful."""
        keys = np.sort(keys)
        pairs = keys >> 1
        first = np.ones(len(keys), bool)
        first[1:] = pairs[1:] != pairs[:-1]
        mask = (1 << 31) - 1
        return tuple(
            np.stack((k >> 31, k & mask), axis=1).astype(np.int32)
            for k in (pairs[first & (keys & 1 == 0)], pairs[first & (keys & 1 == 1)])
        )

    # ---- One against all that stands ----

    def index(self) -> None:
        """Place every volume that is alive in the standing grid; from then on `place` and `remove` keep it."""
        self.slot_of = view(np.full(self.row_base[self.rows], -1, np.int32))
        self.slots = 0
        self.lists = view(np.zeros((64 * LEVELS, 3), np.int64))
        self.arrays["arena"] = np.zeros((1024, 4), np.int64)
        self.arena = view(self.arrays["arena"])
        self.arena_used = 0
        self.indexed = True
        order = np.argsort(self.arrays["vt"][: self.volumes, 0], kind="stable").tolist()
        v: cython.Py_ssize_t
        for v in order:
            if self.vi[v, 7]:
                self.place(v)

    def place(self, volume: int) -> None:
        """Place a volume in the standing grid."""
        v: cython.Py_ssize_t = volume
        p: cython.Py_ssize_t
        row: cython.Py_ssize_t
        column: cython.Py_ssize_t
        j: cython.Py_ssize_t
        level: cython.int
        for p in range(self.vi[v, 5], self.vi[v, 5] + self.vi[v, 6]):
            level = self._level(p)
            for row in range(self._row(p, 0), self._row(p, 1) + 1):
                column = self._first_column(p, row)
                for j in range(self._columns(p, row)):
                    self._enter(self.row_base[row] + (column + j) % self.row_columns[row], level, p)

    def remove(self, volume: int) -> None:
        """Take a placed volume out for good. Its number is not used again."""
        v: cython.Py_ssize_t = volume
        p: cython.Py_ssize_t
        row: cython.Py_ssize_t
        column: cython.Py_ssize_t
        j: cython.Py_ssize_t
        level: cython.int
        self.vi[v, 7] = 0
        if not self.indexed:
            return
        for p in range(self.vi[v, 5], self.vi[v, 5] + self.vi[v, 6]):
            level = self._level(p)
            for row in range(self._row(p, 0), self._row(p, 1) + 1):
                column = self._first_column(p, row)
                for j in range(self._columns(p, row)):
                    self._leave(self.row_base[row] + (column + j) % self.row_columns[row], level, p)

    @cython.cfunc
    @cython.exceptval(check=False)
    def _level(self, p: cython.Py_ssize_t) -> cython.int:
        """Return the time level of a piece: 0 up to an hour, each next four times as long, the last without end."""
        span: cython.double = self.pd[p, 5] - self.pd[p, 4]
        level: cython.int = 0
        longest: cython.double = 3600000.0
        while level < LEVELS - 1 and span > longest:
            longest *= 4
            level += 1
        return level

    @cython.cfunc
    @cython.exceptval(check=False)
    def _seek(self, k: cython.Py_ssize_t, start: cython.longlong) -> cython.Py_ssize_t:
        """Return where in a list the first entry stands that does not start before an instant."""
        low: cython.Py_ssize_t = self.lists[k, 0]
        high: cython.Py_ssize_t = low + self.lists[k, 1]
        middle: cython.Py_ssize_t
        while low < high:
            middle = (low + high) // 2
            if self.arena[middle, 0] < start:
                low = middle + 1
            else:
                high = middle
        return low

    @cython.cfunc
    def _enter(self, cell: cython.Py_ssize_t, level: cython.int, p: cython.Py_ssize_t) -> cython.int:
        if self.slot_of[cell] < 0:
            if (self.slots + 1) * LEVELS > len(self.lists):
                grown = np.zeros((2 * len(self.lists), 3), np.int64)
                grown[: len(self.lists)] = np.asarray(self.lists)
                self.lists = view(grown)
            self.slot_of[cell] = self.slots
            self.slots += 1
        k: cython.Py_ssize_t = self.slot_of[cell] * LEVELS + level
        if self.lists[k, 1] == self.lists[k, 2]:
            self._move_list(k)
        to: cython.Py_ssize_t = self._seek(k, cython.cast(cython.longlong, self.pd[p, 4]))
        i: cython.Py_ssize_t = self.lists[k, 0] + self.lists[k, 1]
        c: cython.int
        while i > to:
            for c in range(4):
                self.arena[i, c] = self.arena[i - 1, c]
            i -= 1
        self.arena[to, 0] = cython.cast(cython.longlong, self.pd[p, 4])
        self.arena[to, 1] = cython.cast(cython.longlong, self.pd[p, 5])
        self.arena[to, 2] = p
        self.arena[to, 3] = self.pi[p, 0]
        self.lists[k, 1] += 1
        return 0

    @cython.cfunc
    def _move_list(self, k: cython.Py_ssize_t) -> cython.int:
        """Move a full list to the end of the arena, with twice the room; the place it leaves is lost until `index`."""
        room: cython.Py_ssize_t = 2 * self.lists[k, 2] if self.lists[k, 2] > 0 else 4
        if self.arena_used + room > len(self.arena):
            grown = np.zeros((len(self.arena) + len(self.arena) // 2 + room, 4), np.int64)
            grown[: self.arena_used] = self.arrays["arena"][: self.arena_used]
            self.arrays["arena"] = grown
            self.arena = view(grown)
        i: cython.Py_ssize_t
        c: cython.int
        for i in range(self.lists[k, 1]):
            for c in range(4):
                self.arena[self.arena_used + i, c] = self.arena[self.lists[k, 0] + i, c]
        self.lists[k, 0] = self.arena_used
        self.lists[k, 2] = room
        self.arena_used += room
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _leave(self, cell: cython.Py_ssize_t, level: cython.int, p: cython.Py_ssize_t) -> cython.void:
        k: cython.Py_ssize_t = self.slot_of[cell] * LEVELS + level
        i: cython.Py_ssize_t = self._seek(k, cython.cast(cython.longlong, self.pd[p, 4]))
        last: cython.Py_ssize_t = self.lists[k, 0] + self.lists[k, 1] - 1
        c: cython.int
        while self.arena[i, 2] != p:
            i += 1
        while i < last:
            for c in range(4):
                self.arena[i, c] = self.arena[i + 1, c]
            i += 1
        self.lists[k, 1] -= 1

    def query(self, volume: int) -> tuple[list[int], list[int]]:
        """Return the placed volumes that a volume breaches its minima with, and the doubtful ones, each sorted.

        The volume itself may be placed or not; it is never among them.
        """
        v: cython.Py_ssize_t = volume
        p: cython.Py_ssize_t
        row: cython.Py_ssize_t
        column: cython.Py_ssize_t
        j: cython.Py_ssize_t
        slot: cython.Py_ssize_t
        sure: list = []
        doubtful: list = []
        self.stamp += 1
        self.seen[v] = self.stamp
        for p in range(self.vi[v, 5], self.vi[v, 5] + self.vi[v, 6]):
            for row in range(self._row(p, 0), self._row(p, 1) + 1):
                column = self._first_column(p, row)
                for j in range(self._columns(p, row)):
                    slot = self.slot_of[self.row_base[row] + (column + j) % self.row_columns[row]]
                    if slot >= 0:
                        self._look(p, slot, sure, doubtful)
        sure.sort()
        return sure, sorted(set(doubtful).difference(sure))

    @cython.cfunc
    def _look(self, p: cython.Py_ssize_t, slot: cython.Py_ssize_t, sure: list, doubtful: list) -> cython.int:
        """Judge a piece against the lists of one cell."""
        v: cython.Py_ssize_t = self.pi[p, 0]
        party: cython.int = self.vi[v, 0]
        operation: cython.int = self.vi[v, 1]
        level: cython.int
        k: cython.Py_ssize_t
        i: cython.Py_ssize_t
        last: cython.Py_ssize_t
        w: cython.Py_ssize_t
        verdict: cython.int
        longest: cython.longlong = 3600000
        start: cython.longlong = cython.cast(cython.longlong, self.pd[p, 4]) - self.greatest_time
        end: cython.longlong = cython.cast(cython.longlong, self.pd[p, 5]) + self.greatest_time
        for level in range(LEVELS):
            k = slot * LEVELS + level
            if self.lists[k, 1] > 0:
                i = self.lists[k, 0] if level == LEVELS - 1 else self._seek(k, start - longest)
                last = self.lists[k, 0] + self.lists[k, 1]
                while i < last and self.arena[i, 0] < end:
                    w = self.arena[i, 3]
                    if self.arena[i, 1] > start and self.seen[w] != self.stamp:
                        if operation != self.vi[w, 1] and (self.same_party or party != self.vi[w, 0]):
                            verdict = self._judge(p, self.arena[i, 2])
                            if verdict == 1:
                                self.seen[w] = self.stamp
                                sure.append(w)
                            elif verdict == 2:
                                doubtful.append(w)
                    i += 1
            longest *= 4
        return 0

    # ---- What an encounter is like ----

    def describe(self, a: int, b: int):
        """Return how near two volumes come, when and where.

        Returns:
            None where no pieces breach; else (simultaneous, start ms, end ms, core distance m, vertical gap 1e-4 m,
            nearest x, y, z of the one, nearest x, y, z of the other). The window is that of the instants at which both
            breach together; where only the time margin joins the two, it holds all instants of both that it joins.
        """
        va: cython.Py_ssize_t = a
        vb: cython.Py_ssize_t = b
        p: cython.Py_ssize_t
        q: cython.Py_ssize_t
        found: cython.bint = False
        self.simultaneous = False
        self._restart()
        for p in range(self.vi[va, 5], self.vi[va, 5] + self.vi[va, 6]):
            for q in range(self.vi[vb, 5], self.vi[vb, 5] + self.vi[vb, 6]):
                if self._judge(p, q):
                    found = True
                    self._describe(p, q)
        if not found:
            return None
        if self.window[0] > self.window[1]:  # a breach within the bound only: the instant at which it is nearest
            self.window[0] = self.window[1] = self.o_t0
        ends = [(self.near[i, 0], self.near[i, 1], self.near[i, 2]) for i in range(2)]
        gap = self.gap_least if self.gap_least > 0.0 else 0.0
        return self.simultaneous, self.window[0], self.window[1], self.best, gap, *ends[0], *ends[1]

    @cython.cfunc
    @cython.exceptval(check=False)
    def _restart(self) -> cython.void:
        self.best = 1e300
        self.gap_least = 1e300
        self.window[0] = 1e300
        self.window[1] = -1e300

    @cython.cfunc
    @cython.exceptval(check=False)
    def _turn_simultaneous(self) -> cython.void:
        """From the first instant at which both breach together on, what only the margin joins no longer counts."""
        if not self.simultaneous:
            self.simultaneous = True
            self._restart()

    @cython.cfunc
    @cython.exceptval(check=False)
    def _stretch(self, start: cython.double, end: cython.double) -> cython.void:
        self.window[0] = lesser(self.window[0], start)
        self.window[1] = greater(self.window[1], end)

    @cython.cfunc
    @cython.exceptval(check=False)
    def _describe(self, p: cython.Py_ssize_t, q: cython.Py_ssize_t) -> cython.int:
        vp: cython.Py_ssize_t = self.pi[p, 0]
        vq: cython.Py_ssize_t = self.pi[q, 0]
        margin: cython.longlong = self.tim[self.vi[vp, 2], self.vi[vq, 2]]
        together: cython.bint = self.pd[p, 4] < self.pd[q, 5] and self.pd[q, 4] < self.pd[p, 5]
        if self.pi[p, 1] == MOVING and self.pi[q, 1] == MOVING:
            return self._describe_two_moving(p, q, margin)
        if self.pi[p, 1] == MOVING:
            return self._describe_moving(p, q, margin, False)
        if self.pi[q, 1] == MOVING:
            return self._describe_moving(q, p, margin, True)
        if together:
            self._turn_simultaneous()
            self._stretch(
                greater(self.pd[p, 4], self.pd[q, 4]),
                lesser(self.pd[p, 5], self.pd[q, 5]),
            )
        elif self.simultaneous:
            return 0
        else:
            self._stretch_margin(p, q, margin)
        self.gap_least = lesser(
            self.gap_least, cython.cast(cython.double, greater(self._gap(p, q), self._gap(q, p)))
        )
        k: cython.Py_ssize_t = self.pi[p, 2]
        if self._inside_either(p, q, self.pi[p, 1] != LINE, self.pi[q, 1] != LINE):
            if self.pi[q, 1] == LINE or not self._inside(q, self.xyz[k, 0], self.xyz[k, 1], self.xyz[k, 2]):
                k = self.pi[q, 2]
            self._touch_at(self.xyz[k, 0], self.xyz[k, 1], self.xyz[k, 2])
        self._nearest(p, q)
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _stretch_margin(self, p: cython.Py_ssize_t, q: cython.Py_ssize_t, margin: cython.longlong) -> cython.void:
        """Stretch the window over the instants of two still pieces that only the margin joins."""
        self._stretch(
            cython.cast(cython.double, self.pd[p, 4] if self.pd[p, 4] > self.pd[q, 4] - margin
                        else self.pd[q, 4] - margin),
            cython.cast(cython.double, self.pd[p, 5] if self.pd[p, 5] < self.pd[q, 5] + margin
                        else self.pd[q, 5] + margin),
        )
        self._stretch(
            cython.cast(cython.double, self.pd[q, 4] if self.pd[q, 4] > self.pd[p, 4] - margin
                        else self.pd[p, 4] - margin),
            cython.cast(cython.double, self.pd[q, 5] if self.pd[q, 5] < self.pd[p, 5] + margin
                        else self.pd[p, 5] + margin),
        )

    @cython.cfunc
    @cython.exceptval(check=False)
    def _touch_at(self, x: cython.double, y: cython.double, z: cython.double) -> cython.void:
        """Take a point that both hold: no distance is less than none."""
        if self.best > 0.0:
            self.best = 0.0
            self.near[0, 0] = self.near[1, 0] = x
            self.near[0, 1] = self.near[1, 1] = y
            self.near[0, 2] = self.near[1, 2] = z

    @cython.cfunc
    @cython.exceptval(check=False)
    def _nearest(self, p: cython.Py_ssize_t, q: cython.Py_ssize_t) -> cython.void:
        """Take the nearest points of the edges of two pieces, where they are nearer than any yet."""
        first: cython.Py_ssize_t = self.pi[p, 2]
        n: cython.Py_ssize_t = self.pi[p, 3]
        k: cython.Py_ssize_t
        j: cython.Py_ssize_t
        for k in range(first, first + n):
            j = k
            if self.joined[k]:
                j = k + 1
            elif n > 1:
                continue
            self._nearest_on(
                self.xyz[k, 0], self.xyz[k, 1], self.xyz[k, 2], self.xyz[j, 0], self.xyz[j, 1], self.xyz[j, 2], q, False
            )

    @cython.cfunc
    @cython.exceptval(check=False)
    def _nearest_on(
        self,
        ax: cython.double, ay: cython.double, az: cython.double,
        bx: cython.double, by: cython.double, bz: cython.double,
        q: cython.Py_ssize_t, swapped: cython.bint,
    ) -> cython.void:
        """Take the nearest points of the edge a-b and a piece's edges; `swapped`: the piece is the encounter's first."""
        first: cython.Py_ssize_t = self.pi[q, 2]
        n: cython.Py_ssize_t = self.pi[q, 3]
        k: cython.Py_ssize_t
        j: cython.Py_ssize_t
        x: cython.double
        y: cython.double
        z: cython.double
        far: cython.double
        for k in range(first, first + n):
            j = k
            if self.joined[k]:
                j = k + 1
            elif n > 1:
                continue
            x = 0.5 * (self.xyz[k, 0] + self.xyz[j, 0] - ax - bx)
            y = 0.5 * (self.xyz[k, 1] + self.xyz[j, 1] - ay - by)
            z = 0.5 * (self.xyz[k, 2] + self.xyz[j, 2] - az - bz)
            far = self.best + 200.0 + 0.5 * (self._chord(k) if j > k else 0.0)
            far += 0.5 * sqrt((ax - bx) * (ax - bx) + (ay - by) * (ay - by) + (az - bz) * (az - bz))
            if x * x + y * y + z * z > far * far:
                continue
            self._edges_nearest(
                ax, ay, az, bx, by, bz,
                self.xyz[k, 0], self.xyz[k, 1], self.xyz[k, 2], self.xyz[j, 0], self.xyz[j, 1], self.xyz[j, 2], swapped,
            )

    @cython.cfunc
    @cython.exceptval(check=False)
    def _edges_nearest(
        self,
        ax: cython.double, ay: cython.double, az: cython.double,
        bx: cython.double, by: cython.double, bz: cython.double,
        cx: cython.double, cy: cython.double, cz: cython.double,
        dx: cython.double, dy: cython.double, dz: cython.double,
        swapped: cython.bint,
    ) -> cython.void:
        """Take the nearest points of two edges. Three rounds, each on the tenth of the edges around the last answer."""
        i: cython.int
        s: cython.double = 0.0
        t: cython.double = 0.0
        x: cython.double
        y: cython.double
        z: cython.double
        for i in range(4):
            self._least_shares(ax, ay, az, bx, by, bz, cx, cy, cz, dx, dy, dz)
            s = self.o_t0
            t = self.o_t1
            if i == 3:
                break
            x = lesser(1.0, s + 0.05)
            s = greater(0.0, s - 0.05)
            y = lesser(1.0, t + 0.05)
            t = greater(0.0, t - 0.05)
            self._lift(ax + x * (bx - ax), ay + x * (by - ay), az + x * (bz - az))
            x = self.ox
            z = self.oz
            far: cython.double = self.oy
            self._lift(ax + s * (bx - ax), ay + s * (by - ay), az + s * (bz - az))
            ax = self.ox
            ay = self.oy
            az = self.oz
            bx = x
            by = far
            bz = z
            self._lift(cx + y * (dx - cx), cy + y * (dy - cy), cz + y * (dz - cz))
            x = self.ox
            far = self.oy
            z = self.oz
            self._lift(cx + t * (dx - cx), cy + t * (dy - cy), cz + t * (dz - cz))
            cx = self.ox
            cy = self.oy
            cz = self.oz
            dx = x
            dy = far
            dz = z
        self._lift(ax + s * (bx - ax), ay + s * (by - ay), az + s * (bz - az))
        x = self.ox
        y = self.oy
        z = self.oz
        self._lift(cx + t * (dx - cx), cy + t * (dy - cy), cz + t * (dz - cz))
        self._take_nearest(x, y, z, self.ox, self.oy, self.oz, swapped)

    @cython.cfunc
    @cython.exceptval(check=False)
    def _take_nearest(
        self, ax: cython.double, ay: cython.double, az: cython.double,
        bx: cython.double, by: cython.double, bz: cython.double, swapped: cython.bint,
    ) -> cython.void:
        chord: cython.double = sqrt((ax - bx) * (ax - bx) + (ay - by) * (ay - by) + (az - bz) * (az - bz))
        row: cython.int = 1 if swapped else 0
        if chord < self.best:
            self.best = chord
            self.near[row, 0] = ax
            self.near[row, 1] = ay
            self.near[row, 2] = az
            self.near[1 - row, 0] = bx
            self.near[1 - row, 1] = by
            self.near[1 - row, 2] = bz

    @cython.cfunc
    @cython.exceptval(check=False)
    def _set_plane(self, mx: cython.double, my: cython.double, mz: cython.double) -> cython.void:
        """Set ox, oy (east) and clipped rows 30, 31 (north) to the axes of the plane square to the normal at a point."""
        nz: cython.double = mz * 1.006739496742276
        size: cython.double = 1.0 / sqrt(mx * mx + my * my + nz * nz)
        mx *= size
        my *= size
        nz *= size
        size = mx * mx + my * my
        self.ox = 1.0
        self.oy = 0.0
        if size > 1e-12:
            size = 1.0 / sqrt(size)
            self.ox = -my * size
            self.oy = mx * size
        else:
            mx = 0.0
            my = 0.0
            nz = 1.0 if nz > 0.0 else -1.0
        self.clipped[30, 0] = -nz * self.oy
        self.clipped[30, 1] = nz * self.ox
        self.clipped[31, 0] = mx * self.oy - my * self.ox

    @cython.cfunc
    @cython.exceptval(check=False)
    def _least_shares(
        self,
        ax: cython.double, ay: cython.double, az: cython.double,
        bx: cython.double, by: cython.double, bz: cython.double,
        cx: cython.double, cy: cython.double, cz: cython.double,
        dx: cython.double, dy: cython.double, dz: cython.double,
    ) -> cython.void:
        """Set o_t0, o_t1 to the shares of the chords a-b and c-d at which they are nearest, seen in the plane between.

        Source: C. Ericson, Real-Time Collision Detection, 2005, section 5.1.9, in two dimensions.
        """
        self._set_plane(0.25 * (ax + bx + cx + dx), 0.25 * (ay + by + cy + dy), 0.25 * (az + bz + cz + dz))
        ex: cython.double = self.ox
        ey: cython.double = self.oy
        fx: cython.double = self.clipped[30, 0]
        fy: cython.double = self.clipped[30, 1]
        fz: cython.double = self.clipped[31, 0]
        bu: cython.double = (bx - ax) * ex + (by - ay) * ey
        bv: cython.double = (bx - ax) * fx + (by - ay) * fy + (bz - az) * fz
        du: cython.double = (dx - cx) * ex + (dy - cy) * ey
        dv: cython.double = (dx - cx) * fx + (dy - cy) * fy + (dz - cz) * fz
        ru: cython.double = (ax - cx) * ex + (ay - cy) * ey
        rv: cython.double = (ax - cx) * fx + (ay - cy) * fy + (az - cz) * fz
        a: cython.double = bu * bu + bv * bv
        e: cython.double = du * du + dv * dv
        f: cython.double = du * ru + dv * rv
        c: cython.double = bu * ru + bv * rv
        b: cython.double = bu * du + bv * dv
        s: cython.double = 0.0
        t: cython.double = 0.0
        det: cython.double = a * e - b * b
        if a > 0.0 and e > 0.0:
            if det > 1e-14 * a * e:
                s = (b * f - c * e) / det
                s = 0.0 if s < 0.0 else (1.0 if s > 1.0 else s)
            t = (b * s + f) / e
            if t < 0.0:
                t = 0.0
                s = -c / a
            elif t > 1.0:
                t = 1.0
                s = (b - c) / a
            s = 0.0 if s < 0.0 else (1.0 if s > 1.0 else s)
        elif a > 0.0:
            s = -c / a
            s = 0.0 if s < 0.0 else (1.0 if s > 1.0 else s)
        elif e > 0.0:
            t = f / e
            t = 0.0 if t < 0.0 else (1.0 if t > 1.0 else t)
        self.o_t0 = s
        self.o_t1 = t

    @cython.cfunc
    @cython.exceptval(check=False)
    def _describe_moving(
        self, p: cython.Py_ssize_t, q: cython.Py_ssize_t, margin: cython.longlong, swapped: cython.bint
    ) -> cython.int:
        """Describe the moving piece p against the still piece q; `swapped`: q is the encounter's first."""
        m: cython.Py_ssize_t = self.pi[p, 8]
        start: cython.double = greater(self.mv[m, 0], self.pd[q, 4])
        end: cython.double = lesser(self.mv[m, 1], self.pd[q, 5])
        vertical: cython.double = self.ver[self.vi[self.pi[p, 0], 2], self.vi[self.pi[q, 0], 2]]
        reach: cython.double = self._reach(p, q)
        hit0: cython.double
        hit1: cython.double
        self._set_gaps(p, q)
        if start < end and self._clip_time(p, start, end, vertical, False):
            start = self.o_t0
            end = self.o_t1
            if self._judge_between(p, q, start, end, reach):
                self._turn_simultaneous()
                self._follow(p, q, start, end, reach, swapped)
                self._stretch(self.o_t0, self.o_t1)
                return 0
        if self.simultaneous or margin == 0:
            return 0
        start = greater(self.mv[m, 0], self.pd[q, 4] - margin)
        end = lesser(self.mv[m, 1], self.pd[q, 5] + margin)
        if self._clip_time(p, start, end, vertical, False):
            self._follow(p, q, self.o_t0, self.o_t1, reach, swapped)
            hit0 = self.o_t0
            hit1 = self.o_t1
            self._stretch(hit0, hit1)
            self._stretch(
                greater(self.pd[q, 4], hit0 - margin),
                lesser(self.pd[q, 5], hit1 + margin),
            )
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _reach(self, p: cython.Py_ssize_t, q: cython.Py_ssize_t) -> cython.double:
        vp: cython.Py_ssize_t = self.pi[p, 0]
        vq: cython.Py_ssize_t = self.pi[q, 0]
        return self.vr[vp] + self.vr[vq] + self.hor[self.vi[vp, 2], self.vi[vq, 2]]

    @cython.cfunc
    @cython.exceptval(check=False)
    def _judge_between(
        self, p: cython.Py_ssize_t, q: cython.Py_ssize_t, start: cython.double, end: cython.double,
        reach: cython.double,
    ) -> cython.bint:
        """Return whether the moving piece p comes within reach of the still piece q between two times."""
        self._part_of_leg(p, start, end)
        ax: cython.double = self.leg[0]
        ay: cython.double = self.leg[1]
        az: cython.double = self.leg[2]
        if self.pi[q, 1] != LINE and self._inside(q, ax, ay, az):
            return True
        return self._edge_meets(ax, ay, az, self.leg[3], self.leg[4], self.leg[5], q, reach) > 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _follow(
        self, p: cython.Py_ssize_t, q: cython.Py_ssize_t, start: cython.double, end: cython.double,
        reach: cython.double, swapped: cython.bint,
    ) -> cython.void:
        """Follow p past q in steps of at most 2 km; set o_t0, o_t1 to the first and last time within reach.

        Takes the nearest points and the least vertical gap on the way. Where reach is met within the bound only, the
        first and the last time are both that of the nearest point.
        """
        m: cython.Py_ssize_t = self.pi[p, 8]
        k: cython.Py_ssize_t = self.pi[p, 2]
        length: cython.double = self._chord(k) * (end - start) / (self.mv[m, 1] - self.mv[m, 0])
        steps: cython.int = cython.cast(cython.int, length / 2000.0) + 1
        i: cython.int
        t0: cython.double = start
        t1: cython.double
        first: cython.double = 1e300
        last: cython.double = -1e300
        before: cython.double
        nearest_ms: cython.double = start
        area: cython.bint = self.pi[q, 1] != LINE
        for i in range(1, steps + 1):
            t1 = start + (end - start) * i / steps
            self._part_of_leg(p, t0, t1)
            before = self.best
            if area and self._inside(q, self.leg[0], self.leg[1], self.leg[2]):
                first = lesser(first, t0)
                last = greater(last, t0)
                self._touch_at(self.leg[0], self.leg[1], self.leg[2])
            if area and self._inside(q, self.leg[3], self.leg[4], self.leg[5]):
                first = lesser(first, t1)
                last = greater(last, t1)
                self._touch_at(self.leg[3], self.leg[4], self.leg[5])
            self._pass_edges(q, reach)
            first = lesser(first, self.o_t0)
            last = greater(last, self.o_t1)
            self._nearest_on(
                self.leg[0], self.leg[1], self.leg[2], self.leg[3], self.leg[4], self.leg[5], q, swapped
            )
            if self.best < before:
                nearest_ms = 0.5 * (t0 + t1)
            t0 = t1
        if first > last:
            first = last = nearest_ms
        self._least_gap(first, last)
        self.o_t0 = first
        self.o_t1 = last

    @cython.cfunc
    @cython.exceptval(check=False)
    def _least_gap(self, start: cython.double, end: cython.double) -> cython.void:
        """Take the least vertical gap between two times: the greater of two linear ones, so least at an end or where
        they cross."""
        a0: cython.double = self.gap[0, 0] + (self.gap[0, 1] + self.gap[0, 2]) * (start - self.base_ms)
        b0: cython.double = self.gap[1, 0] + (self.gap[1, 1] + self.gap[1, 2]) * (start - self.base_ms)
        a1: cython.double = self.gap[0, 0] + (self.gap[0, 1] + self.gap[0, 2]) * (end - self.base_ms)
        b1: cython.double = self.gap[1, 0] + (self.gap[1, 1] + self.gap[1, 2]) * (end - self.base_ms)
        self.gap_least = lesser(self.gap_least, lesser(greater(a0, b0), greater(a1, b1)))
        if (a0 > b0) != (a1 > b1):
            self.gap_least = lesser(self.gap_least, a0 + (a1 - a0) * (a0 - b0) / ((a0 - b0) - (a1 - b1)))

    @cython.cfunc
    @cython.exceptval(check=False)
    def _pass_edges(self, q: cython.Py_ssize_t, reach: cython.double) -> cython.void:
        """Set o_t0, o_t1 to the times, of those of `leg`, at which it is within reach of any edge of a piece."""
        first: cython.Py_ssize_t = self.pi[q, 2]
        n: cython.Py_ssize_t = self.pi[q, 3]
        k: cython.Py_ssize_t
        j: cython.Py_ssize_t
        i: cython.int
        steps: cython.int
        chord: cython.double
        far: cython.double
        x: cython.double
        y: cython.double
        z: cython.double
        start: cython.double = 1e300
        end: cython.double = -1e300
        self.o_s = 0.5 * sqrt(
            (self.leg[3] - self.leg[0]) * (self.leg[3] - self.leg[0])
            + (self.leg[4] - self.leg[1]) * (self.leg[4] - self.leg[1])
            + (self.leg[5] - self.leg[2]) * (self.leg[5] - self.leg[2])
        )
        for k in range(first, first + n):
            j = k
            if self.joined[k]:
                j = k + 1
            elif n > 1:
                continue
            chord = self._chord(k) if j > k else 0.0
            x = 0.5 * (self.xyz[k, 0] + self.xyz[j, 0] - self.leg[0] - self.leg[3])
            y = 0.5 * (self.xyz[k, 1] + self.xyz[j, 1] - self.leg[1] - self.leg[4])
            z = 0.5 * (self.xyz[k, 2] + self.xyz[j, 2] - self.leg[2] - self.leg[5])
            far = reach + 0.5 * chord + self.o_s + 200.0
            if x * x + y * y + z * z > far * far:
                continue
            steps = cython.cast(cython.int, chord / 4000.0) + 1
            self._lift(self.xyz[k, 0], self.xyz[k, 1], self.xyz[k, 2])
            for i in range(1, steps + 1):
                x = self.ox
                y = self.oy
                z = self.oz
                self._lift(
                    self.xyz[k, 0] + (self.xyz[j, 0] - self.xyz[k, 0]) * i / steps,
                    self.xyz[k, 1] + (self.xyz[j, 1] - self.xyz[k, 1]) * i / steps,
                    self.xyz[k, 2] + (self.xyz[j, 2] - self.xyz[k, 2]) * i / steps,
                )
                self._pass_edge(x, y, z, reach)
                if self.o_t0 <= self.o_t1:
                    start = lesser(start, self.leg[6] + self.o_t0 * (self.leg[7] - self.leg[6]))
                    end = greater(end, self.leg[6] + self.o_t1 * (self.leg[7] - self.leg[6]))
        self.o_t0 = start
        self.o_t1 = end

    @cython.cfunc
    @cython.exceptval(check=False)
    def _pass_edge(
        self, cx: cython.double, cy: cython.double, cz: cython.double, reach: cython.double
    ) -> cython.void:
        """Set o_t0, o_t1 to the shares of `leg` within reach of the edge from c to (ox, oy, oz), which is kept.

        Within reach of an edge is within either disc at its ends or within the strip between; the three together are
        convex, so the shares are one interval. All seen in the plane between the two edges.
        """
        dx: cython.double = self.ox
        dy: cython.double = self.oy
        dz: cython.double = self.oz
        self._set_plane(
            self.leg[0] + self.leg[3] + cx + dx, self.leg[1] + self.leg[4] + cy + dy, self.leg[2] + self.leg[5] + cz + dz
        )
        ex: cython.double = self.ox
        ey: cython.double = self.oy
        fx: cython.double = self.clipped[30, 0]
        fy: cython.double = self.clipped[30, 1]
        fz: cython.double = self.clipped[31, 0]
        self.ox = dx
        self.oy = dy
        self.oz = dz
        least: cython.double = chord_of(reach)
        pu: cython.double = (self.leg[0] - cx) * ex + (self.leg[1] - cy) * ey
        pv: cython.double = (self.leg[0] - cx) * fx + (self.leg[1] - cy) * fy + (self.leg[2] - cz) * fz
        vu: cython.double = (self.leg[3] - self.leg[0]) * ex + (self.leg[4] - self.leg[1]) * ey
        vv: cython.double = (
            (self.leg[3] - self.leg[0]) * fx + (self.leg[4] - self.leg[1]) * fy + (self.leg[5] - self.leg[2]) * fz
        )
        du: cython.double = (dx - cx) * ex + (dy - cy) * ey
        dv: cython.double = (dx - cx) * fx + (dy - cy) * fy + (dz - cz) * fz
        start: cython.double
        end: cython.double
        self._pass_point(pu, pv, vu, vv, least)
        start = self.o_t0
        end = self.o_t1
        length: cython.double = sqrt(du * du + dv * dv)
        if length > 0.0:
            self._pass_point(pu - du, pv - dv, vu, vv, least)
            start = lesser(start, self.o_t0)
            end = greater(end, self.o_t1)
            du /= length
            dv /= length
            self.o_t0 = 0.0
            self.o_t1 = 1.0
            self._keep_between(pu * du + pv * dv, vu * du + vv * dv, 0.0, length)
            self._keep_between(pv * du - pu * dv, vv * du - vu * dv, -least, least)
            if self.o_t0 <= self.o_t1:
                start = lesser(start, self.o_t0)
                end = greater(end, self.o_t1)
        self.o_t0 = start
        self.o_t1 = end

    @cython.cfunc
    @cython.exceptval(check=False)
    def _keep_between(
        self, x: cython.double, v: cython.double, low: cython.double, high: cython.double
    ) -> cython.void:
        """Narrow o_t0, o_t1 to the shares s at which low <= x + s v <= high."""
        if v == 0.0:
            if x < low or x > high:
                self.o_t0 = 1e300
                self.o_t1 = -1e300
        elif v > 0.0:
            self.o_t0 = greater(self.o_t0, (low - x) / v)
            self.o_t1 = lesser(self.o_t1, (high - x) / v)
        else:
            self.o_t0 = greater(self.o_t0, (high - x) / v)
            self.o_t1 = lesser(self.o_t1, (low - x) / v)

    @cython.cfunc
    @cython.exceptval(check=False)
    def _pass_point(
        self, x: cython.double, y: cython.double, vx: cython.double, vy: cython.double, least: cython.double
    ) -> cython.void:
        """Set o_t0, o_t1 to the shares s in [0, 1] at which (x, y) + s v is within a distance of the origin."""
        a: cython.double = vx * vx + vy * vy
        b: cython.double = x * vx + y * vy
        c: cython.double = x * x + y * y - least * least
        self.o_t0 = 1e300
        self.o_t1 = -1e300
        if a == 0.0:
            if c <= 0.0:
                self.o_t0 = 0.0
                self.o_t1 = 1.0
            return
        root: cython.double = b * b - a * c
        if root < 0.0:
            return
        root = sqrt(root)
        start: cython.double = greater(0.0, (-b - root) / a)
        end: cython.double = lesser(1.0, (-b + root) / a)
        if start <= end:
            self.o_t0 = start
            self.o_t1 = end

    @cython.cfunc
    @cython.exceptval(check=False)
    def _describe_two_moving(
        self, p: cython.Py_ssize_t, q: cython.Py_ssize_t, margin: cython.longlong
    ) -> cython.int:
        m: cython.Py_ssize_t = self.pi[p, 8]
        n: cython.Py_ssize_t = self.pi[q, 8]
        vertical: cython.double = self.ver[self.vi[self.pi[p, 0], 2], self.vi[self.pi[q, 0], 2]]
        reach: cython.double = self._reach(p, q)
        start: cython.double = greater(self.mv[m, 0], self.mv[n, 0])
        end: cython.double = lesser(self.mv[m, 1], self.mv[n, 1])
        self._set_gaps(p, q)
        if start < end and self._clip_time(p, start, end, vertical, True):
            self._follow_both(p, q, self.o_t0, self.o_t1, reach, margin == 0)
            if self.o_t0 <= self.o_t1:
                self._stretch(self.o_t0, self.o_t1)
                self._least_gap(self.o_t0, self.o_t1)
                return 0
        if not self.simultaneous and margin > 0:
            self._describe_margin(p, q, reach, vertical, cython.cast(cython.double, margin))
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _follow_both(
        self, p: cython.Py_ssize_t, q: cython.Py_ssize_t, start: cython.double, end: cython.double,
        reach: cython.double, must: cython.bint,
    ) -> cython.void:
        """Follow two that move, in steps of at most 2 km; set o_t0, o_t1 to the first and last time within reach.

        `must`: they breach somewhere in here, if only within the bound; then the times are those of the nearest point.
        """
        j: cython.Py_ssize_t = self.pi[p, 2]
        k: cython.Py_ssize_t = self.pi[q, 2]
        m: cython.Py_ssize_t = self.pi[p, 8]
        n: cython.Py_ssize_t = self.pi[q, 8]
        length: cython.double = greater(
            self._chord(j) / (self.mv[m, 1] - self.mv[m, 0]), self._chord(k) / (self.mv[n, 1] - self.mv[n, 0])
        ) * (end - start)
        steps: cython.int = cython.cast(cython.int, length / 2000.0) + 1
        i: cython.int
        t0: cython.double
        t1: cython.double = start
        first: cython.double = 1e300
        last: cython.double = -1e300
        share: cython.double
        least: cython.double = chord_of(reach)
        least2: cython.double = 1e300
        nearest_ms: cython.double = start
        ax: cython.double
        ay: cython.double
        az: cython.double
        bx: cython.double
        by: cython.double
        bz: cython.double
        ru: cython.double
        rv: cython.double
        su: cython.double
        sv: cython.double
        for i in range(1, steps + 1):
            t0 = t1
            t1 = start + (end - start) * i / steps
            self._part_of_leg(p, t0, t1)
            ax = self.leg[0]
            ay = self.leg[1]
            az = self.leg[2]
            bx = self.leg[3]
            by = self.leg[4]
            bz = self.leg[5]
            self._part_of_leg(q, t0, t1)
            self._set_plane(
                ax + bx + self.leg[0] + self.leg[3], ay + by + self.leg[1] + self.leg[4],
                az + bz + self.leg[2] + self.leg[5],
            )
            ru = (ax - self.leg[0]) * self.ox + (ay - self.leg[1]) * self.oy
            su = (bx - self.leg[3]) * self.ox + (by - self.leg[4]) * self.oy - ru
            rv = ((ax - self.leg[0]) * self.clipped[30, 0] + (ay - self.leg[1]) * self.clipped[30, 1]
                  + (az - self.leg[2]) * self.clipped[31, 0])
            sv = ((bx - self.leg[3]) * self.clipped[30, 0] + (by - self.leg[4]) * self.clipped[30, 1]
                  + (bz - self.leg[5]) * self.clipped[31, 0]) - rv
            self._pass_point(ru, rv, su, sv, least)
            if self.o_t0 <= self.o_t1:
                first = lesser(first, t0 + self.o_t0 * (t1 - t0))
                last = greater(last, t0 + self.o_t1 * (t1 - t0))
            share = 0.0
            if su * su + sv * sv > 0.0:
                share = -(ru * su + rv * sv) / (su * su + sv * sv)
                share = 0.0 if share < 0.0 else (1.0 if share > 1.0 else share)
            ru += share * su
            rv += share * sv
            if ru * ru + rv * rv < least2:
                least2 = ru * ru + rv * rv
                nearest_ms = t0 + share * (t1 - t0)
        if first > last and must:
            first = last = nearest_ms
        if first <= last:
            self._turn_simultaneous()
            self._take_both(p, q, nearest_ms, nearest_ms)
        self.o_t0 = first
        self.o_t1 = last

    @cython.cfunc
    @cython.exceptval(check=False)
    def _take_both(
        self, p: cython.Py_ssize_t, q: cython.Py_ssize_t, p_ms: cython.double, q_ms: cython.double
    ) -> cython.void:
        """Take where two that move are at their times as nearest points."""
        self._part_of_leg(p, p_ms, p_ms)
        ax: cython.double = self.leg[0]
        ay: cython.double = self.leg[1]
        az: cython.double = self.leg[2]
        self._part_of_leg(q, q_ms, q_ms)
        self._take_nearest(ax, ay, az, self.leg[0], self.leg[1], self.leg[2], False)

    @cython.cfunc
    @cython.exceptval(check=False)
    def _describe_margin(
        self, p: cython.Py_ssize_t, q: cython.Py_ssize_t, reach: cython.double,
        vertical: cython.double, margin: cython.double,
    ) -> cython.int:
        """Describe two that move and breach only because the margin joins their instants.

        The squared distance is convex in the two times, so for each time of the one the nearest time of the other, and
        the least over all, are found by narrowing; the times within reach are an interval, found by halving.
        """
        m: cython.Py_ssize_t = self.pi[p, 8]
        n: cython.Py_ssize_t = self.pi[q, 8]
        corners: cython.int = self._allowed_times(
            self.mv[m, 0], self.mv[m, 1], self.mv[n, 0], self.mv[n, 1], vertical, margin
        )
        side: cython.int
        p_ms: cython.double = 0.0
        for side in range(2):
            self._extent_within(p, q, side, corners, reach)
            if self.o_t0 <= self.o_t1:
                self._stretch(self.o_t0, self.o_t1)
            if side == 0:
                p_ms = self.o_az
        self._take_both(p, q, p_ms, self.o_az)
        self._least_gap_apart(p_ms, self.o_az)
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _least_gap_apart(self, p_ms: cython.double, q_ms: cython.double) -> cython.void:
        a: cython.double = self.gap[0, 0] + self.gap[0, 1] * (p_ms - self.base_ms) + self.gap[0, 2] * (q_ms - self.base_ms)
        b: cython.double = self.gap[1, 0] + self.gap[1, 1] * (p_ms - self.base_ms) + self.gap[1, 2] * (q_ms - self.base_ms)
        self.gap_least = lesser(self.gap_least, greater(a, b))

    @cython.cfunc
    @cython.exceptval(check=False)
    def _extent_within(
        self, p: cython.Py_ssize_t, q: cython.Py_ssize_t, side: cython.int, corners: cython.int, reach: cython.double
    ) -> cython.void:
        """Set o_t0, o_t1 to the times of one side within reach of the other, o_az to the time at which it is nearest."""
        low: cython.double = 1e300
        high: cython.double = -1e300
        i: cython.int
        least: cython.double = chord_of(reach)
        for i in range(corners):
            low = lesser(low, self.clip[i, side])
            high = greater(high, self.clip[i, side])
        first: cython.double = low
        last: cython.double = high
        x: cython.double
        y: cython.double
        while last - first > 0.25:
            x = first + (last - first) / 3.0
            y = last - (last - first) / 3.0
            if self._distance_at(p, q, side, corners, x) <= self._distance_at(p, q, side, corners, y):
                last = y
            else:
                first = x
        best: cython.double = 0.5 * (first + last)
        self.o_az = best
        self.o_t0 = 1e300
        self.o_t1 = -1e300
        if self._distance_at(p, q, side, corners, best) > least:
            self.o_t0 = self.o_t1 = best
            return
        first = low
        last = best
        while last - first > 0.25:
            x = 0.5 * (first + last)
            if self._distance_at(p, q, side, corners, x) <= least:
                last = x
            else:
                first = x
        low = last if self._distance_at(p, q, side, corners, low) > least else low
        first = best
        last = high
        while last - first > 0.25:
            x = 0.5 * (first + last)
            if self._distance_at(p, q, side, corners, x) <= least:
                first = x
            else:
                last = x
        high = first if self._distance_at(p, q, side, corners, high) > least else high
        self.o_t0 = low
        self.o_t1 = high

    @cython.cfunc
    @cython.exceptval(check=False)
    def _distance_at(
        self, p: cython.Py_ssize_t, q: cython.Py_ssize_t, side: cython.int, corners: cython.int, time: cython.double
    ) -> cython.double:
        """Return the least chord, m, between the one at a time and the other at any time that `clip` allows with it."""
        low: cython.double = 1e300
        high: cython.double = -1e300
        i: cython.int
        a: cython.double
        b: cython.double
        s: cython.double
        for i in range(corners):
            a = self.clip[i - 1 if i > 0 else corners - 1, side]
            b = self.clip[i, side]
            if lesser(a, b) <= time <= greater(a, b):
                s = (time - a) / (b - a) if b != a else 0.0
                a = self.clip[i - 1 if i > 0 else corners - 1, 1 - side]
                a = a + s * (self.clip[i, 1 - side] - a)
                low = lesser(low, a)
                high = greater(high, a)
        if b == a or low > high:
            low = lesser(low, self.clip[corners - 1, 1 - side])
            high = greater(high, self.clip[corners - 1, 1 - side])
        one: cython.Py_ssize_t = p if side == 0 else q
        other: cython.Py_ssize_t = q if side == 0 else p
        self._part_of_leg(one, time, time)
        ax: cython.double = self.leg[0]
        ay: cython.double = self.leg[1]
        az: cython.double = self.leg[2]
        self._part_of_leg(other, low, high)
        self._least_shares(
            self.leg[0], self.leg[1], self.leg[2], self.leg[3], self.leg[4], self.leg[5], ax, ay, az, ax, ay, az
        )
        s = self.o_t0
        self._lift(
            self.leg[0] + s * (self.leg[3] - self.leg[0]), self.leg[1] + s * (self.leg[4] - self.leg[1]),
            self.leg[2] + s * (self.leg[5] - self.leg[2]),
        )
        ax -= self.ox
        ay -= self.oy
        az -= self.oz
        return sqrt(ax * ax + ay * ay + az * az)
