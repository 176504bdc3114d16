# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""One against all that stands: a grid that volumes enter and leave.

Part of the kernel; `kernel` says how its parts are joined.
"""

from __future__ import annotations

import cython
import numpy as np

from sazokar.engine.earth import APPEND, COUNT, ENTER, LEAVE, LEVELS, view
from sazokar.engine.sweep import Sweep


@cython.cclass
class Standing(Sweep):
    """Cells, and in each a list per time level, sorted by start, in one arena."""

    def index(self) -> None:
        """Place every volume that is alive in the standing grid; from then on `place` and `remove` keep it.

        Lists are laid out one after the other, each with room to grow by a quarter.
        """
        p: cython.Py_ssize_t
        i: cython.Py_ssize_t
        k: cython.Py_ssize_t
        order: cython.longlong[::1] = view(np.argsort(self.arrays["pd"][: self.pieces, 4], kind="stable"))
        self.slot_of = view(np.full(self.row_base[self.rows], -1, np.int32))
        self.slots = 0
        self.lists = view(np.zeros((64 * LEVELS, 3), np.int64))
        for p in range(self.pieces):
            if self.vi[self.pi[p, 0], 7]:
                self._visit(p, COUNT)
        self.arena_used = 0
        for k in range(self.slots * LEVELS):
            self.lists[k, 0] = self.arena_used
            self.lists[k, 2] = self.lists[k, 1] + self.lists[k, 1] // 4 + 4 if self.lists[k, 1] else 0
            self.arena_used += self.lists[k, 2]
            self.lists[k, 1] = 0
        self.arrays["arena"] = np.zeros((self.arena_used + self.arena_used // 2 + 1024, 4), np.int64)
        self.arena = view(self.arrays["arena"])
        for i in range(self.pieces):
            p = order[i]
            if self.vi[self.pi[p, 0], 7]:
                self._visit(p, APPEND)
        self.indexed = True

    @cython.cfunc
    def _visit(self, p: cython.Py_ssize_t, deed: cython.int) -> cython.int:
        """Do one of the four deeds in each list that a piece belongs to; to append, pieces come in order of their starts."""
        row: cython.Py_ssize_t
        column: cython.Py_ssize_t
        j: cython.Py_ssize_t
        k: cython.Py_ssize_t
        level: cython.int = self._level(p)
        for row in range(self._row(p, 0), self._row(p, 1) + 1):
            column = self._first_column(p, row)
            for j in range(self._columns(p, row)):
                k = self._list(self.row_base[row] + (column + j) % self.row_columns[row], level)
                if deed == ENTER:
                    self._enter(k, p)
                elif deed == LEAVE:
                    self._leave(k, p)
                else:
                    if deed == APPEND:
                        self._write(self.lists[k, 0] + self.lists[k, 1], p)
                    self.lists[k, 1] += 1
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _write(self, i: cython.Py_ssize_t, p: cython.Py_ssize_t) -> cython.void:
        self.arena[i, 0] = cython.cast(cython.longlong, self.pd[p, 4])
        self.arena[i, 1] = cython.cast(cython.longlong, self.pd[p, 5])
        self.arena[i, 2] = p
        self.arena[i, 3] = self.pi[p, 0]

    @cython.cfunc
    def _list(self, cell: cython.Py_ssize_t, level: cython.int) -> cython.Py_ssize_t:
        """Return the number of the list of a cell and a level, made where there is none."""
        if self.slot_of[cell] < 0:
            if (self.slots + 1) * LEVELS > len(self.lists):
                grown = np.zeros((2 * len(self.lists), 3), np.int64)
                grown[: len(self.lists)] = np.asarray(self.lists)
                self.lists = view(grown)
            self.slot_of[cell] = self.slots
            self.slots += 1
        return self.slot_of[cell] * LEVELS + level

    def place(self, volume: int) -> None:
        """Place a volume in the standing grid."""
        p: cython.Py_ssize_t
        for p in range(self.vi[volume, 5], self.vi[volume, 5] + self.vi[volume, 6]):
            self._visit(p, ENTER)

    def remove(self, volume: int) -> None:
        """Take a placed volume out for good. Its number is not used again."""
        p: cython.Py_ssize_t
        self.vi[volume, 7] = 0
        if not self.indexed:
            return
        for p in range(self.vi[volume, 5], self.vi[volume, 5] + self.vi[volume, 6]):
            self._visit(p, LEAVE)

    def query(self, volume: int) -> tuple[list[int], list[int]]:
        """Return the placed volumes that a volume breaches its minima with, and the doubtful ones, each sorted.

        The volume itself may be placed or not; it is never among them.
        """
        v: cython.Py_ssize_t = volume
        p: cython.Py_ssize_t
        row: cython.Py_ssize_t
        column: cython.Py_ssize_t
        j: cython.Py_ssize_t
        sure: list = []
        doubtful: list = []
        self.stamp += 1
        self.seen[v] = self.stamp
        for p in range(self.vi[v, 5], self.vi[v, 5] + self.vi[v, 6]):
            for row in range(self._row(p, 0), self._row(p, 1) + 1):
                column = self._first_column(p, row)
                for j in range(self._columns(p, row)):
                    self._look(p, row, (column + j) % self.row_columns[row], sure, doubtful)
        sure.sort()
        return sure, sorted(set(doubtful).difference(sure))

    @cython.cfunc
    def _look(
        self, p: cython.Py_ssize_t, row: cython.Py_ssize_t, column: cython.Py_ssize_t, sure: list, doubtful: list
    ) -> cython.int:
        """Judge a piece against the lists of one cell."""
        slot: cython.Py_ssize_t = self.slot_of[self.row_base[row] + column]
        level: cython.int
        k: cython.Py_ssize_t
        i: cython.Py_ssize_t
        last: cython.Py_ssize_t
        q: cython.Py_ssize_t
        w: cython.Py_ssize_t
        verdict: cython.int
        longest: cython.longlong = 3600000
        start: cython.longlong = cython.cast(cython.longlong, self.pd[p, 4]) - self.greatest_time
        end: cython.longlong = cython.cast(cython.longlong, self.pd[p, 5]) + self.greatest_time
        if slot < 0:
            return 0
        for level in range(LEVELS):
            k = slot * LEVELS + level
            if self.lists[k, 1] > 0:
                i = self.lists[k, 0] if level == LEVELS - 1 else self._seek(k, start - longest)
                last = self.lists[k, 0] + self.lists[k, 1]
                while i < last and self.arena[i, 0] < end:
                    q = self.arena[i, 2]
                    w = self.arena[i, 3]
                    if self.arena[i, 1] > start and self._worth_judging(p, q, row, column) and self.seen[w] != self.stamp:
                        verdict = self._judge(p, q)
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
    def _worth_judging(
        self, p: cython.Py_ssize_t, q: cython.Py_ssize_t, row: cython.Py_ssize_t, column: cython.Py_ssize_t
    ) -> cython.bint:
        """Return whether two pieces are of two sides, this cell is the first that they share, and they may be near."""
        if self.pi[p, 11] == self.pi[q, 11] or (not self.same_party and self.pi[p, 10] == self.pi[q, 10]):
            return False
        if row != self.pi[p, 12] and row != self.pi[q, 12]:
            return False
        if self.pi[p, 9] == self.pi[q, 9] and self.pi[p, 9] % 9 == 0:
            if self._gap(p, q) > self.greatest_vertical or self._gap(q, p) > self.greatest_vertical:
                return False
        x: cython.double = self.pd[p, 0] - self.pd[q, 0]
        y: cython.double = self.pd[p, 1] - self.pd[q, 1]
        z: cython.double = self.pd[p, 2] - self.pd[q, 2]
        far: cython.double = self.pd[p, 3] + self.pd[q, 3] + 0.001 * self.pi[p, 14] + 0.001 * self.pi[q, 14]
        far += self.greatest_horizontal + 200.0
        if x * x + y * y + z * z > far * far:
            return False
        a: cython.Py_ssize_t = self._first_column(p, row)
        b: cython.Py_ssize_t = self._first_column(q, row)
        turn: cython.Py_ssize_t = b - a if b >= a else b - a + self.row_columns[row]
        return column == (b if turn < self._columns(p, row) else a)

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
    def _enter(self, k: cython.Py_ssize_t, p: cython.Py_ssize_t) -> cython.int:
        if self.lists[k, 1] == self.lists[k, 2]:
            self._move_list(k)
        to: cython.Py_ssize_t = self._seek(k, cython.cast(cython.longlong, self.pd[p, 4]))
        i: cython.Py_ssize_t = self.lists[k, 0] + self.lists[k, 1]
        c: cython.int
        while i > to:
            for c in range(4):
                self.arena[i, c] = self.arena[i - 1, c]
            i -= 1
        self._write(to, p)
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
    def _leave(self, k: cython.Py_ssize_t, p: cython.Py_ssize_t) -> cython.void:
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
