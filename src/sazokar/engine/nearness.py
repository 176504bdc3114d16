# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Whether pieces that stand still come nearer than their minimum. Never misses; docs/the-bound.md says why.

Part of the kernel; `kernel` says how its parts are joined.
"""

from __future__ import annotations

from math import sqrt

import cython
import numpy as np

from sazokar.engine.earth import (
    AREA,
    FINE_CHORD,
    LEAST_RADIUS,
    PI,
    RECTANGLE,
    SLACK,
    arc_of,
    chord_of,
    greater,
    lesser,
    to_segment2,
)
from sazokar.engine.intake import Intake


@cython.cclass
class Nearness(Intake):
    """Tests between two pieces that stand still."""

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
        v1: cython.double = 0.0
        v2: cython.double = 0.0
        started: cython.bint = False
        for k in range(first, first + self.pi[p, 3]):
            x = self.xyz[k, 0]
            y = self.xyz[k, 1]
            z = self.xyz[k, 2]
            depth = x * cx + y * cy + z * cz
            v2 = (x * fx + y * fy + z * fz) / depth
            if started and (v1 > v) != (v2 > v) and self._is_left_of_edge(k - 1, cx, cy, cz, u, v):
                odd = not odd
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
