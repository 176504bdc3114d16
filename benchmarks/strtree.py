"""The baseline that a good engineer would write with numpy and shapely: a tree per hour, the plane first, geodesics last.

Radii are kept apart (distance of cores against radii and minimum, never a buffer), what moves is judged as it moves, and
what the plane cannot decide is measured along geodesics.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.geodesic import distances
from benchmarks.motion import least_distance
from benchmarks.pieces import Floats, Ints, Pieces, pieces
from benchmarks.workload import AREA, CIRCLE, CORRIDOR, HORIZONTAL_M, MOVEMENT, TIME_MS, VERTICAL_E4, Workload

SLAB_MS: Final = 3_600_000.0
WIDEST_SCALE: Final = 1.012
"""Lambert's projection never stretches more, within the places that the workload reaches."""
DOUBT_SHARE: Final = 0.0015
DOUBT_M: Final = 12.0
"""How far the plane may be off: a share for a scale that is not the same everywhere, and edges that are not straight."""
BATCH: Final = 500_000


class SlabTrees:
    """The workload laid out in the plane: what is built before the first question.

    Args:
        load: The workload.
    """

    def __init__(self, load: Workload) -> None:
        self.of = pieces(load)
        self.shapes = shapes_of(self.of, self.of.x, self.of.y)
        bounds = shapely.bounds(self.shapes)
        margin = ((self.of.radius_m + HORIZONTAL_M / 2) * WIDEST_SCALE + DOUBT_M)[:, None]
        self.boxes = shapely.box(*np.hstack((bounds[:, :2] - margin, bounds[:, 2:] + margin)).T)
        self.settled_by_geodesic = 0
        self.worst_plane_m = 0.0
        """How far the plane was off where geodesics were asked."""

    def pairs(self) -> Ints:
        """Return all pairs of volumes that breach their minima: (n, 2), the lesser first, sorted."""
        sure: list[Ints] = []
        near: list[Ints] = []
        waiting: list[Ints] = []
        held = 0
        for found in self._candidates():
            waiting.append(found)
            held += len(found)
            if held >= BATCH:
                self._decide(np.concatenate(waiting), sure, near)
                waiting, held = [], 0
        if waiting:
            self._decide(np.concatenate(waiting), sure, near)
        keys = np.unique(np.concatenate(sure))
        rest = np.concatenate(near)
        rest = rest[~np.isin(pair_keys(self.of, rest), keys)]
        keys = np.unique(np.concatenate((keys, self._settle(rest))))
        return np.stack((keys >> 32, keys & 0xFFFFFFFF), axis=1)

    def _candidates(self) -> Iterator[Ints]:
        """Yield pairs of pieces of two parties near each other in all four dimensions, slab by slab of time."""
        of = self.of
        order = np.argsort(of.start_ms, kind="stable")
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        slab = ((of.start_ms[order] - of.start_ms[order[0]]) // SLAB_MS).astype(np.int64)
        ends = np.searchsorted(slab, np.arange(slab[-1] + 1), side="right")
        alive = np.zeros(0, np.int64)
        start = 0
        for end in ends:
            new = order[start:end]
            start = end
            if len(new) == 0:
                continue
            alive = np.concatenate((alive[of.end_ms[alive] + TIME_MS > of.start_ms[new[0]]], new))
            i, j = shapely.STRtree(self.boxes[alive]).query(self.boxes[new])
            a, b = new[i], alive[j]
            keep = (rank[b] < rank[a]) & (of.party[a] != of.party[b]) & (of.start_ms[a] < of.end_ms[b] + TIME_MS)
            a, b = a[keep], b[keep]
            keep = (of.low_e4[a] - of.high_e4[b] < VERTICAL_E4) & (of.low_e4[b] - of.high_e4[a] < VERTICAL_E4)
            yield np.stack((a[keep], b[keep]), axis=1)

    def _decide(self, both: Ints, sure: list[Ints], near: list[Ints]) -> None:
        """Sort pairs by the plane's distance: surely too near, in doubt, or (not kept) surely apart."""
        distance, doubt = plane_distances(self.of, self.shapes, both[:, 0], both[:, 1])
        reach = reaches(self.of, both)
        sure.append(np.unique(pair_keys(self.of, both[distance < reach - doubt])))
        near.append(both[np.abs(distance - reach) <= doubt])

    def _settle(self, both: Ints) -> Ints:
        """Return the keys of the pairs that are too near along geodesics."""
        if len(both) == 0:
            return np.zeros(0, np.int64)
        found = distances(self.of, both[:, 0], both[:, 1], TIME_MS)
        self.settled_by_geodesic = len(both)
        plane, _ = plane_distances(self.of, self.shapes, both[:, 0], both[:, 1])
        self.worst_plane_m = float(np.abs(plane - found).max())
        return pair_keys(self.of, both[found < reaches(self.of, both)])


def reaches(of: Pieces, both: Ints) -> Floats:
    """Return what the cores of pairs of pieces must keep between them, m."""
    return np.asarray(of.radius_m[both].sum(axis=1) + HORIZONTAL_M)


def plane_distances(of: Pieces, shapes: NDArray[np.object_], a: Ints, b: Ints) -> tuple[Floats, Floats]:
    """Return the distances of the cores of pairs as the plane has them, m of the Earth, and how far they may be off."""
    distance = np.empty(len(a))
    a_moves, b_moves = of.kind[a] == MOVEMENT, of.kind[b] == MOVEMENT
    both = a_moves & b_moves
    still = ~(a_moves | b_moves)
    distance[still] = shapely.distance(shapes[a[still]], shapes[b[still]])
    for chosen, leg, other in ((a_moves & ~both, a, b), (b_moves & ~both, b, a)):
        distance[chosen] = shapely.distance(_clipped(of, leg[chosen], other[chosen]), shapes[other[chosen]])
    i, j = a[both], b[both]
    distance[both] = least_distance((_times(of, i), _ends(of, i)), (_times(of, j), _ends(of, j)), TIME_MS)[0]
    distance /= (of.scale[a] + of.scale[b]) / 2
    return distance, DOUBT_M + DOUBT_SHARE * np.maximum(distance, HORIZONTAL_M)


def _clipped(of: Pieces, leg: Ints, other: Ints) -> NDArray[np.object_]:
    """Return the parts of legs that are flown while the others stand, the margin included."""
    times, ends = _times(of, leg), _ends(of, leg)
    window = np.stack((of.start_ms[other] - TIME_MS, of.end_ms[other] + TIME_MS), axis=1)
    share = np.clip((window - times[:, :1]) / (times[:, 1:] - times[:, :1]), 0.0, 1.0)
    return np.asarray(shapely.linestrings(ends[:, :1] + share[..., None] * (ends[:, 1:] - ends[:, :1])))


def _times(of: Pieces, rows: Ints) -> Floats:
    return np.stack((of.start_ms[rows], of.end_ms[rows]), axis=1)


def _ends(of: Pieces, rows: Ints) -> Floats:
    k = of.first[rows]
    return np.stack((np.stack((of.x[k], of.y[k]), axis=1), np.stack((of.x[k + 1], of.y[k + 1]), axis=1)), axis=1)


def shapes_of(of: Pieces, x: Floats, y: Floats) -> NDArray[np.object_]:
    """Return the pieces as geometries, the ordinates of their vertices given."""
    places = np.stack((x, y), axis=1)
    owner = np.repeat(np.arange(len(of.kind)), of.count)
    shapes = np.empty(len(of.kind), object)
    point = of.kind == CIRCLE
    shapes[point] = shapely.points(places[of.first[point]])
    line = (of.kind == CORRIDOR) | (of.kind == MOVEMENT)
    makers = ((line, shapely.linestrings), (of.kind == AREA, shapely.linearrings))
    for chosen, make in makers:
        number = np.cumsum(chosen) - 1
        inner = chosen[owner]
        shapes[chosen] = make(places[inner], indices=number[owner[inner]])
    shapes[of.kind == AREA] = shapely.polygons(shapes[of.kind == AREA])
    return shapes


def pair_keys(of: Pieces, both: Ints) -> Ints:
    """Return pairs of pieces as numbers that sort as the pairs of their volumes do."""
    volumes = np.sort(of.volume[both], axis=1)
    keys: Ints = (volumes[:, 0] << 32) + volumes[:, 1]
    return keys
