# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Where two edges are nearest, and for which part of a leg one is within reach of the other.

Part of the kernel; `kernel` says how its parts are joined.
"""

from __future__ import annotations

from math import sqrt

import cython

from sazokar.engine.earth import chord_of, greater, lesser
from sazokar.engine.standing import Standing


@cython.cclass
class Nearest(Standing):
    """Nearest points and intervals within reach."""

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
