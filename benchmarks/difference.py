"""Pairs that one contender found and another did not, and how far each truly is from its minimum."""

from __future__ import annotations

import msgspec
import numpy as np

from benchmarks.geodesic import BOUND_M, distances
from benchmarks.pieces import Ints, pieces
from benchmarks.strtree import reaches
from benchmarks.workload import TIME_MS, VERTICAL_E4, Workload


class Difference(msgspec.Struct, frozen=True):
    """One pair on which two contenders differ.

    Args:
        pair: The two volumes.
        engine: Whether the engine found it.
        beyond_m: How much further apart than the minimum they are, along geodesics; negative: nearer.
    """

    pair: tuple[int, int]
    engine: bool
    beyond_m: float

    @property
    def verdict(self) -> str:
        """Who is right, by geodesics: either, within the bound; the engine; or the other."""
        if self.engine:
            if self.beyond_m > BOUND_M:
                return "the engine is wrong: a false alarm"
            return "within the bound" if self.beyond_m >= 0.0 else "the other missed it"
        return "the engine is wrong: a miss" if self.beyond_m < 0.0 else "the other is wrong"

    @property
    def is_engine_wrong(self) -> bool:
        """Whether the engine missed a conflict, or found one where none is within the bound."""
        return self.verdict.startswith("the engine is wrong")


def differences(load: Workload, engine: Ints, other: Ints, *, whole: bool) -> list[Difference]:
    """Return the pairs that are in one of two answers only.

    Args:
        load: The workload.
        engine: The engine's pairs, (n, 2).
        other: Another's.
        whole: Whether the other was asked about everything; if not, what it did not find says nothing.
    """
    ours, theirs = ((pairs[:, 0] << 32) + pairs[:, 1] for pairs in (engine, other))
    missed = np.setdiff1d(theirs, ours)
    alone = np.setdiff1d(ours, theirs) if whole else missed[:0]
    if not len(missed) + len(alone):
        return []
    of = pieces(load)
    order = np.argsort(of.volume, kind="stable")
    found: list[Difference] = []
    for key in np.concatenate((missed, alone)).tolist():
        pair = key >> 32, key & 0xFFFFFFFF
        low, high = (np.searchsorted(of.volume[order], pair, side=side) for side in ("left", "right"))
        one, two = (order[low[i] : high[i]] for i in range(2))
        i, j = np.repeat(one, len(two)), np.tile(two, len(one))
        timely = (of.start_ms[i] < of.end_ms[j] + TIME_MS) & (of.start_ms[j] < of.end_ms[i] + TIME_MS)
        level = (of.low_e4[i] - of.high_e4[j] < VERTICAL_E4) & (of.low_e4[j] - of.high_e4[i] < VERTICAL_E4)
        both = np.stack((i, j), axis=1)[timely & level]
        beyond = distances(of, both[:, 0], both[:, 1], TIME_MS) - reaches(of, both)
        found.append(Difference(pair, key not in missed, float(beyond.min(initial=np.inf))))
    return found
