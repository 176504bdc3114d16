# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""What an encounter is like: how near, when, where.

Part of the kernel; `kernel` says how its parts are joined.
"""

from __future__ import annotations

from math import sqrt

import cython

from sazokar.engine.earth import LINE, MOVING, chord_of, greater, lesser
from sazokar.engine.nearest import Nearest


@cython.cclass
class Kernel(Nearest):
    """All that the engine does with arrays; see `space` for its face."""

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
