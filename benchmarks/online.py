"""One operation after another into a million that stand: from its record, and from its GeoJSON, to its conflicts.

The operations that come are held out of the same workload, spread over all its weeks. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import gc
import json
import time
from array import array
from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.contender import GROUND_E4
from benchmarks.memory import Peak
from benchmarks.workload import (
    CIRCLE,
    CORRIDOR,
    HORIZONTAL_M,
    MOVEMENT,
    TIME_MS,
    VERTICAL_E4,
    Workload,
    records,
    workload,
)
from sazokar.dialects.geojson import read_feature
from sazokar.domain.plan.instant import format_instant
from sazokar.domain.plan.judge import record_of
from sazokar.engine.space import Minima, Space

ASKED: Final = 20_000
WARMING: Final = 500
"""Operations that go before, and are not counted: what is never used yet is slow once."""


class Online:
    """A space of live volumes, and operations that come.

    Args:
        live: How many volumes stand.
        asked: How many operations come.
    """

    def __init__(self, live: int, asked: int) -> None:
        load = workload(live + asked)
        given, offsets = records(load)
        chosen = np.zeros(live + asked, bool)
        chosen[np.random.default_rng(7).choice(live + asked, asked, replace=False)] = True
        self.coming = [array("q", given[offsets[i] : offsets[i + 1]].tolist()) for i in np.flatnonzero(chosen)]
        self.features = [feature(load, int(i)) for i in np.flatnonzero(chosen)]
        sizes = np.diff(offsets)
        standing = given[np.repeat(~chosen, sizes)]
        bounds = np.concatenate(((0,), np.cumsum(sizes[~chosen])))
        del load, given, offsets
        gc.collect()
        minima = Minima(
            np.full((1, 1), HORIZONTAL_M), np.full((1, 1), VERTICAL_E4, np.int64), np.full((1, 1), TIME_MS, np.int64)
        )
        peak = Peak()
        self.space = Space(minima, GROUND_E4)
        self.space.add_many(standing, bounds)
        before = time.process_time()
        self.space.breaches_of(self.coming[0])
        self.index_s = time.process_time() - before
        self.peak_bytes = peak.added_bytes()

    def ask(self, number: int) -> list[int]:
        """Ask for the conflicts of one that stays out."""
        return self.space.breaches_of(self.coming[number])

    def insert(self, number: int) -> list[int]:
        """Take one in from its record, and return its conflicts."""
        return self.space.breaches(self.space.add(self.coming[number]))

    def insert_json(self, number: int) -> list[int]:
        """Take one in from its GeoJSON, and return its conflicts."""
        return self.space.breaches(self.space.add(self.read(number)))

    def read(self, number: int) -> array[int]:
        """Return the record of one from its GeoJSON."""
        volume = read_feature(self.features[number])
        return record_of(volume, int(volume.party == "BRAVO"), 2_000_000 + number, 0)


def feature(load: Workload, number: int) -> bytes:
    """Return a volume of the workload as a feature of the GeoJSON profile."""
    first = int(load.firsts()[number]) if number == 0 else int(load.counts[:number].sum())
    rows = slice(first, first + int(load.counts[number]))
    places = (np.stack((load.lon_e7[rows], load.lat_e7[rows]), axis=1) / 1e7).tolist()
    kind, radius_m = int(load.kind[number]), int(load.radius_mm[number]) / 1000
    shape: dict[str, object] = {"type": "LineString", "coordinates": places}
    own: dict[str, object] = {"half_width_m": radius_m}
    if kind == CIRCLE:
        shape, own = {"type": "Point", "coordinates": places[0]}, {"radius_m": radius_m}
    elif kind == MOVEMENT:
        own["times"] = [format_instant(ms) for ms in load.time_ms[rows].tolist()]
    elif kind != CORRIDOR:
        shape, own = {"type": "Polygon", "coordinates": [[*places, places[0]]]}, {}
    properties = {
        "operation": f"op-{number}",
        "party": ("ALPHA", "BRAVO")[int(load.party[number])],
        "lower": f"FL{int(load.low_e4[number]) // 304_800:03d}",
        "upper": f"FL{int(load.high_e4[number]) // 304_800:03d}",
        "start": format_instant(int(load.start_ms[number])),
        "end": format_instant(int(load.end_ms[number])),
        **own,
    }
    return msgspec.json.encode({"type": "Feature", "geometry": shape, "properties": properties})


def timed(step: Callable[[int], object], numbers: range) -> list[float]:
    """Return the median and the 99th percentile, µs, of a step: by this thread's CPU clock, then by the wall's.

    The wall's clock also counts what else the machine does meanwhile: 4 ms at a time, where a core is shared.
    """
    found: NDArray[np.int64] = np.empty((len(numbers), 2), np.int64)
    wall, thread = time.perf_counter_ns, time.thread_time_ns
    for i, number in enumerate(numbers):
        before_wall, before = wall(), thread()
        step(number)
        found[i] = thread() - before, wall() - before_wall
    return [float(x) / 1000 for clock in range(2) for x in np.percentile(found[:, clock], (50, 99))]


def main() -> None:
    """Run, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("live", type=int)
    live = parser.parse_args().live
    online = Online(live, WARMING + 2 * ASKED)
    asked = range(WARMING, WARMING + ASKED)
    later = range(WARMING + ASKED, WARMING + 2 * ASKED)
    differing = sum(online.ask(n) != online.space.breaches_of(online.read(n)) for n in range(WARMING))
    assert differing == 0, f"{differing} features read from GeoJSON have other conflicts than their records"
    found_per = sum(len(online.ask(n)) for n in asked) / ASKED
    gc.collect()
    gc.freeze()  # what stands is not looked through again by each collection
    steps = {
        "record to answer, not taken in": timed(online.ask, asked),
        "record to answer, taken in": timed(online.insert, asked),
        "GeoJSON to record": timed(online.read, asked),
        "GeoJSON to answer, taken in": timed(online.insert_json, later),
    }
    figures = {"live": live, "asked": ASKED, "found_per": found_per, "index_s": online.index_s}
    print(json.dumps({**figures, "peak_mib": online.peak_bytes / 2**20, "steps": steps}))


if __name__ == "__main__":
    main()
