# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""All pairs at once: cells of the grid, each swept in the order of starts.

Part of the kernel; `kernel` says how its parts are joined.
"""

from __future__ import annotations

import cython
import numpy as np

from sazokar.engine.earth import view
from sazokar.engine.motion import Motion


@cython.cclass
class Sweep(Motion):
    """Every pair of volumes that breach their minima."""

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
