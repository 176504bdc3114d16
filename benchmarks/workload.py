"""One deterministic country-sized workload: corridors, areas, circles and movements of two parties over weeks.

The density of traffic is kept from size to size by stretching the time, so that each operation meets about as many
others at 10,000 as at 1,000,000. Gives engine records, and nothing else that only the engine could read.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

SEED: Final = 20260114
COUNTRY: Final = (34.0, 36.0, 46.0, 44.0)
"""West, south, east, north, degrees: 1,000 km by 900 km, somewhere in the middle latitudes."""
FIRST_MS: Final = 1_800_000_000_000
HOUR_MS: Final = 3_600_000
VOLUMES_PER_HOUR: Final = 1_200
"""How many volumes begin in an hour, over the whole country."""
HORIZONTAL_M: Final = 9_260.0
VERTICAL_E4: Final = 1_000 * 3_048
TIME_MS: Final = 60_000
CIRCLE, CORRIDOR, AREA, MOVEMENT = range(4)
SHARES: Final = (0.25, 0.25, 0.25, 0.25)


class Workload(msgspec.Struct, frozen=True):
    """Volumes as columns.

    Args:
        kind: (n,) uint8: circle, corridor, area or movement.
        party: (n,) 0 or 1.
        start_ms: (n,), and `end_ms`: window.
        low_e4: (n,), and `high_e4`: flight levels, 1e-4 m.
        radius_mm: (n,) radius or half-width.
        counts: (n,) vertices of each volume.
        lat_e7: (m,), and `lon_e7`: vertices of all volumes, one after the other.
        time_ms: (m,) time of a movement's vertex; 0 for the others.
    """

    kind: NDArray[np.uint8]
    party: NDArray[np.int64]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    low_e4: NDArray[np.int64]
    high_e4: NDArray[np.int64]
    radius_mm: NDArray[np.int64]
    counts: NDArray[np.int64]
    lat_e7: NDArray[np.int64]
    lon_e7: NDArray[np.int64]
    time_ms: NDArray[np.int64]

    def firsts(self) -> NDArray[np.int64]:
        """Return where each volume's vertices start."""
        return np.concatenate(((0,), np.cumsum(self.counts)[:-1]))


def workload(count: int) -> Workload:
    """Return the workload of so many volumes. The same on every machine."""
    random = np.random.default_rng(SEED)
    kind = random.choice(4, count, p=SHARES).astype(np.uint8)
    start_ms = FIRST_MS + random.integers(0, count * HOUR_MS // VOLUMES_PER_HOUR, count)
    level = random.integers(10, 400, count)
    lat = random.uniform(COUNTRY[1], COUNTRY[3], count)
    lon = random.uniform(COUNTRY[0], COUNTRY[2], count)
    counts = np.choose(
        kind, (np.ones(count), random.integers(2, 5, count), random.integers(4, 9, count), random.integers(2, 6, count))
    ).astype(np.int64)
    lats, lons, times, hours = _vertices(random, kind, counts, lat, lon)
    standing = random.random(count) < 0.02
    none = np.zeros((2, count), np.int64)
    end_ms = start_ms + np.where(standing, 24 * HOUR_MS, (hours * HOUR_MS).astype(np.int64))
    end_ms = np.where(kind == MOVEMENT, start_ms + (hours * HOUR_MS).astype(np.int64), end_ms)
    owner = np.repeat(np.arange(count), counts)
    span = (end_ms - start_ms)[owner]
    return Workload(
        kind=kind,
        party=random.integers(0, 2, count),
        start_ms=start_ms,
        end_ms=end_ms,
        low_e4=level * 304_800,
        high_e4=(level + random.integers(5, 40, count)) * 304_800,
        radius_mm=np.choose(
            kind, (random.integers(500, 8_000, count) * 1000, random.integers(500, 4_000, count) * 1000, *none)
        ).astype(np.int64),
        counts=counts,
        lat_e7=np.rint(lats * 1e7).astype(np.int64),
        lon_e7=np.rint(lons * 1e7).astype(np.int64),
        time_ms=np.where(kind[owner] == MOVEMENT, start_ms[owner] + np.rint(times * span).astype(np.int64), 0),
    )


def _vertices(
    random: np.random.Generator,
    kind: NDArray[np.uint8],
    counts: NDArray[np.int64],
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
) -> tuple[NDArray[np.float64], ...]:
    """Return latitudes, longitudes and shares of the time of all vertices, and each volume's hours.

    Routes run on along a course that wavers; areas are stars around their middle, so that no edges cross.
    """
    count = len(kind)
    owner = np.repeat(np.arange(count), counts)
    number = np.arange(len(owner)) - np.repeat(np.concatenate(((0,), np.cumsum(counts)[:-1])), counts)
    course = random.uniform(0, 2 * np.pi, count)[owner] + random.uniform(-0.4, 0.4, len(owner))
    leg_km = np.where(kind == MOVEMENT, random.uniform(20, 120, count), random.uniform(5, 40, count))[owner]
    step = np.where(number > 0, leg_km, 0.0)
    north, east = step * np.cos(course), step * np.sin(course)
    starts = np.concatenate(((0,), np.cumsum(counts)[:-1]))
    north_km, east_km = (np.cumsum(x) - np.repeat(np.cumsum(x)[starts], counts) for x in (north, east))
    is_area = (kind == AREA)[owner]
    turn = 2 * np.pi * (number + random.uniform(0.1, 0.7, len(owner))) / counts[owner]
    reach_km = random.uniform(2, 25, count)[owner] * random.uniform(0.6, 1.0, len(owner))
    north_km = np.where(is_area, reach_km * np.cos(turn), north_km)
    east_km = np.where(is_area, reach_km * np.sin(turn), east_km)
    lats = lat[owner] + north_km / 111.0
    lons = lon[owner] + east_km / (111.0 * np.cos(np.radians(lat[owner])))
    share = number / np.maximum(1, counts[owner] - 1)
    flown_h = (leg_km[starts] * (counts - 1)) / random.uniform(300, 900, count)
    hours = np.where(kind == MOVEMENT, np.maximum(flown_h, 0.05), random.uniform(0.3, 4.0, count))
    return lats, lons, share, hours


def records(load: Workload) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the workload as the engine's records, one after the other, and their offsets. See `Kernel.add`."""
    moving = load.kind == MOVEMENT
    width = np.where(moving, 3, 2)
    sizes = 14 + width * load.counts
    offsets = np.concatenate(((0,), np.cumsum(sizes)))
    out = np.zeros(offsets[-1], np.int64)
    at = offsets[:-1]
    engine_kind = np.choose(load.kind, (0, 0, 1, 2))
    number = np.arange(len(load.kind))
    columns = (
        engine_kind,
        load.party,
        number,
        0,
        load.start_ms,
        load.end_ms,
        0,
        load.low_e4,
        0,
        load.high_e4,
        load.radius_mm,
        0,
        1,
        load.counts,
    )
    for k, column in enumerate(columns):
        out[at + k] = column
    owner = np.repeat(number, load.counts)
    place = at[owner] + 14 + (np.arange(len(owner)) - load.firsts()[owner]) * width[owner]
    out[place] = load.lat_e7
    out[place + 1] = load.lon_e7
    out[place[moving[owner]] + 2] = load.time_ms[moving[owner]]
    return out, offsets
