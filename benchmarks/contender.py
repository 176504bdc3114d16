"""One contender on one size, in a process of its own: what it found and what it cost.

    python -m benchmarks.contender engine 100000 --pairs pairs.npy

prints one line of JSON. Compares nothing: `report` does.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.memory import Peak
from benchmarks.workload import HORIZONTAL_M, TIME_MS, VERTICAL_E4, Workload, records, workload

Cost = dict[str, float]
Found = tuple[NDArray[np.int64], Cost]
GROUND_E4: Final = (-4_300_000, 88_500_000)


def engine(load: Workload, _: int) -> Found:
    """Ask Sazokar's engine, from records to pairs."""
    from sazokar.engine.space import Minima, Space

    given, offsets = records(load)
    minima = Minima(
        np.full((1, 1), HORIZONTAL_M), np.full((1, 1), VERTICAL_E4, np.int64), np.full((1, 1), TIME_MS, np.int64)
    )
    peak = Peak()
    before = time.process_time()
    space = Space(minima, GROUND_E4)
    space.add_many(given, offsets)
    built = time.process_time()
    pairs = space.pairs().astype(np.int64)
    return pairs, _cost(built - before, time.process_time() - built, peak.added_bytes())


def strtree(load: Workload, _: int) -> Found:
    """Ask shapely's trees."""
    from benchmarks.strtree import SlabTrees

    peak = Peak()
    before = time.process_time()
    trees = SlabTrees(load)
    built = time.process_time()
    pairs = trees.pairs()
    cost = _cost(built - before, time.process_time() - built, peak.added_bytes())
    return pairs, cost | {"settled": trees.settled_by_geodesic, "worst_plane_m": trees.worst_plane_m}


def slabs(load: Workload, share: int) -> Found:
    """Ask PostGIS, tuned by hand."""
    return _postgis(load, "slabs", share)


def usual(load: Workload, share: int) -> Found:
    """Ask PostGIS the usual way, about every `share`-th piece."""
    return _postgis(load, "usual", share)


def _postgis(load: Workload, way: str, share: int) -> Found:
    from benchmarks.postgis import Answer
    from benchmarks.server import Server

    with Server() as server:
        answer = Answer(server, load, way, share)
        return answer.pairs, _cost(answer.build_s, answer.query_s, server.peak_bytes)


def floor(load: Workload, _: int) -> Found:
    """Do only what nobody can leave out: sort the starts, and measure each pair that was found, once."""
    pairs = engine(load, 1)[0]
    at = load.firsts()[pairs]
    lat, lon = np.radians(load.lat_e7 / 1e7), np.radians(load.lon_e7 / 1e7)
    places = np.stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)), axis=1) * 6_371_000.0
    before = time.process_time()
    np.argsort(load.start_ms)
    sorted_ = time.process_time()
    start, along, point = (
        places[at[:, 0]],
        places[at[:, 0] + 1 - load.counts[pairs[:, 0]].clip(max=1)],
        places[at[:, 1]],
    )
    along = along - start
    length2 = np.maximum(1.0, np.einsum("ij,ij->i", along, along))
    share = np.clip(np.einsum("ij,ij->i", point - start, along) / length2, 0.0, 1.0)
    np.linalg.norm(point - start - share[:, None] * along, axis=1)
    return pairs, _cost(sorted_ - before, time.process_time() - sorted_, 0)


def _cost(build_s: float, query_s: float, peak_bytes: int) -> Cost:
    return {"build_s": build_s, "query_s": query_s, "total_s": build_s + query_s, "peak_mib": peak_bytes / 2**20}


CONTENDERS: Final[dict[str, Callable[[Workload, int], Found]]] = {
    "engine": engine,
    "strtree": strtree,
    "slabs": slabs,
    "usual": usual,
    "floor": floor,
}


def main() -> None:
    """Run one contender and print what it cost."""
    parser = argparse.ArgumentParser(description="One contender on one size.")
    parser.add_argument("name", choices=CONTENDERS)
    parser.add_argument("size", type=int)
    parser.add_argument("--share", type=int, default=1, help="ask about every so-manieth piece only (usual)")
    parser.add_argument("--pairs", type=Path, help="where to save the pairs")
    given = parser.parse_args()
    pairs, cost = CONTENDERS[given.name](workload(given.size), given.share)
    if given.pairs:
        np.save(given.pairs, pairs)
    print(json.dumps({"name": given.name, "size": given.size, "share": given.share, "pairs": len(pairs), **cost}))


if __name__ == "__main__":
    main()
