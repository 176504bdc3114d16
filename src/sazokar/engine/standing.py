# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""One against all that stands: a grid that volumes enter and leave.

Part of the kernel; `kernel` says how its parts are joined.
"""

from __future__ import annotations

import cython
import numpy as np

from sazokar.engine.earth import LEVELS, view
from sazokar.engine.sweep import Sweep


@cython.cclass
class Standing(Sweep):
    """Cells, and in each a list per time level, sorted by start, in one arena."""

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
