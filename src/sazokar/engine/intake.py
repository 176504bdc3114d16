# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Takes records in: cuts volumes into pieces of at most 40 km, each with its own times and heights.

Part of the kernel; `kernel` says how its parts are joined.
"""

from __future__ import annotations

from math import ceil, cos, floor, sqrt, tan

import cython

from sazokar.engine.earth import (
    AREA,
    GREATEST_RADIUS,
    LEAST_RADIUS,
    LINE,
    LONGEST_CHORD,
    MOVING,
    PI,
    RADIAN_PER_E7,
    RECTANGLE,
    RECTANGLE_SAG,
    greater,
    lesser,
    view,
)
from sazokar.engine.tables import Tables


@cython.cclass
class Intake(Tables):
    """From records to pieces."""

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
        self.radius = self.record[at + 10] / 1000.0
        self.seen[v] = 0
        self.volumes = v + 1
        rings: cython.Py_ssize_t = self.record[at + 12]
        first: cython.Py_ssize_t = at + 13 + rings
        if kind == 0:
            self._take_line(first, self.record[at + 13])
        elif kind == 1:
            self._take_areas(first, rings)
        elif kind == 3:
            self.radius += RECTANGLE_SAG
            self._take_rectangle(first)
        else:
            self._take_moving(first, self.record[at + 13], kind == 4)
        self.vi[v, 6] = self.pieces - self.vi[v, 5]
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _vertex(self, lat: cython.double, lon: cython.double, joined: cython.int) -> cython.void:
        """Append a vertex (radians)."""
        self._to_ecef(lat, lon)
        self._append(lat, lon, joined)

    @cython.cfunc
    @cython.exceptval(check=False)
    def _repeat_last(self, lat: cython.double, lon: cython.double) -> cython.void:
        """Append the last vertex once more, as the first of the next piece."""
        k: cython.Py_ssize_t = self.vertices - 1
        self.ox = self.xyz[k, 0]
        self.oy = self.xyz[k, 1]
        self.oz = self.xyz[k, 2]
        self._append(lat, lon, 1)

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
        self._room_for_vertices(steps + 2)
        for k in range(1, steps):
            if not around:
                self._vertex(south + (north - south) * k / steps, west + width, 1)
        self._parallel(north, west + width, -width)
        self._room_for_vertices(steps + 2)
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
        from_lat: cython.double = 0.0
        from_lon: cython.double = 0.0
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
            if i == 0:
                self._vertex(lat, lon, 1)
            else:
                self._repeat_last(lat, lon)
            parts = self._parts(lat, lon, lat2, lon2)
            self._room_for_vertices(2 * parts)
            if self.movings + parts > self.room_movings:
                self._grow_movings(self.movings + parts + self.movings // 3 + 64)
            for k in range(1, parts + 1):
                if k > 1:
                    self._open_box(from_lon)
                    self._repeat_last(from_lat, from_lon)
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
        self.pi[p, 14] = cython.cast(cython.int, ceil(self.radius * 1000.0 - 1e-6))
        self.pi[p, 15] = self.vi[v, 2]
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
        self._set_cells(p, self.radius + 0.5 * self.greatest_horizontal)
        return 0
