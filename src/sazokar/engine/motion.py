# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Whether pieces that move come nearer than their minimum, as they move.

Part of the kernel; `kernel` says how its parts are joined.
"""

from __future__ import annotations

from math import sqrt

import cython

from sazokar.engine.earth import (
    AREA,
    FINE_CHORD,
    LEAST_RADIUS,
    MOVING,
    RECTANGLE,
    SLACK,
    arc_of,
    chord_of,
    greater,
    lesser,
    to_segment2,
)
from sazokar.engine.nearness import Nearness


@cython.cclass
class Motion(Nearness):
    """Tests in which one piece moves, or both."""

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
