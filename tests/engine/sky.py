"""Recorded flights as movements, and who came near to whom, found by brute force: the oracle of `test_traffic`.

Shares nothing with the engine: PROJ's geodesics, every pair of flights in every step of the recording, narrowed until
what is not known is below a millisecond.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from sazokar.domain.plan.height import Height, Reference, Unit
from sazokar.domain.plan.shape import Movement, Position
from sazokar.domain.plan.volume import Volume

GEOD = Geod(ellps="WGS84")
STEP_MS = 10_000
SAMPLES = 11
Numbers = NDArray[np.float64]


def flights(shared: Path, first_ms: int, last_ms: int) -> list[Volume]:
    """Return the flights over Switzerland between two instants, each its own party; cut where the recording halts."""
    with gzip.open(shared / "data/adsb/opensky_tracks/switzerland.json.gz") as stream:
        reports = json.load(stream)
    tracks: dict[tuple[str, str], list[dict[str, float]]] = defaultdict(list)
    for report in reports:
        if first_ms <= report["timestamp"] <= last_ms:
            tracks[report["icao24"], report["callsign"]].append(report)
    found = []
    for (address, callsign), track in sorted(tracks.items()):
        track.sort(key=lambda report: report["timestamp"])
        halts = [n for n, (a, b) in enumerate(pairwise(track), 1) if b["timestamp"] - a["timestamp"] != STEP_MS]
        for number, (start, end) in enumerate(pairwise([0, *halts, len(track)])):
            if end - start > 1:
                found.append(_flight(f"{address}-{callsign}-{number}", track[start:end]))
    return found


def _flight(name: str, track: list[dict[str, float]]) -> Volume:
    altitudes = tuple(round(report["altitude"] * 3048) for report in track)
    times = tuple(int(report["timestamp"]) for report in track)
    line = tuple(Position(round(r["latitude"] * 1e7), round(r["longitude"] * 1e7)) for r in track)
    return Volume(
        operation=name,
        party=name,
        shape=Movement(line, times, 0, altitudes, 0),
        lower=Height(min(altitudes), Unit.FT, Reference.STD),
        upper=Height(max(altitudes), Unit.FT, Reference.STD),
        start_ms=times[0],
        end_ms=times[-1],
    )


@dataclass
class Meeting:
    """When two flights are nearer than both limits, first and last, and how near they come meanwhile."""

    start_ms: float = np.inf
    end_ms: float = -np.inf
    horizontal_m: float = np.inf

    def stretch(self, start_ms: float, end_ms: float, horizontal_m: float) -> None:
        self.start_ms, self.end_ms = min(self.start_ms, start_ms), max(self.end_ms, end_ms)
        self.horizontal_m = min(self.horizontal_m, horizontal_m)


@dataclass
class Steps:
    """Pairs of flights during one step of the recording each: numbers, ends of the step of both, altitudes of both."""

    pairs: list[tuple[int, int]] = field(default_factory=list)
    start_ms: list[float] = field(default_factory=list)
    ends: list[list[float]] = field(default_factory=list)
    altitudes: list[list[float]] = field(default_factory=list)


def meetings(volumes: list[Volume], horizontal_m: float, vertical_m: float) -> dict[tuple[int, int], Meeting]:
    """Return who was nearer than a horizontal and nearer than a vertical distance at one instant, and when."""
    steps = _steps(volumes, horizontal_m, vertical_m)
    if not steps.pairs:
        return {}
    ends, altitudes = np.array(steps.ends), np.array(steps.altitudes)
    low, high = _vertical_shares(altitudes[:, 0] - altitudes[:, 2], altitudes[:, 1] - altitudes[:, 3], vertical_m)
    met = low < high
    moving = _Relative(ends[met])
    low, high = low[met], high[met]
    best = _nearest(moving, low, high)
    distance = moving.distance(best)
    hit = distance < horizontal_m
    first, last = (_edge(moving, best, limit, horizontal_m) for limit in (low, high))
    starts = np.array(steps.start_ms)[met]
    pairs = [pair for pair, kept in zip(steps.pairs, met, strict=True) if kept]
    found: dict[tuple[int, int], Meeting] = defaultdict(Meeting)
    for n in np.flatnonzero(hit):
        found[pairs[n]].stretch(starts[n] + first[n] * STEP_MS, starts[n] + last[n] * STEP_MS, distance[n])
    return dict(found)


def _steps(volumes: list[Volume], horizontal_m: float, vertical_m: float) -> Steps:
    """Return all steps in which two flights may meet: a great-circle distance that is off by less than 1 %."""
    present: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, volume in enumerate(volumes):
        assert isinstance(volume.shape, Movement)
        for k, time in enumerate(volume.shape.times_ms[:-1]):
            present[time].append((number, k))
    steps = Steps()
    for time, here in present.items():
        _add_step(steps, volumes, time, here, horizontal_m * 1.01 + 2 * 10 * 400.0, vertical_m)
    return steps


def _add_step(
    steps: Steps, volumes: list[Volume], time: int, here: list[tuple[int, int]], far_m: float, vertical_m: float
) -> None:
    shapes = [shape for n, _ in here if isinstance(shape := volumes[n].shape, Movement)]
    ends = [
        [*(s.line[k].lon, s.line[k].lat), *(s.line[k + 1].lon, s.line[k + 1].lat)]
        for s, (_, k) in zip(shapes, here, strict=True)
    ]
    altitudes = [[s.altitudes_e4[k] / 1e4, s.altitudes_e4[k + 1] / 1e4] for s, (_, k) in zip(shapes, here, strict=True)]
    lon, lat = np.radians(np.array(ends)[:, 0]), np.radians(np.array(ends)[:, 1])
    ball = 6_371_000 * np.stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)), axis=1)
    chord = np.linalg.norm(ball[:, None] - ball[None, :], axis=2)
    z = np.array(altitudes)
    above = z[:, None, :] - z[None, :, :]
    apart = (above >= vertical_m).all(axis=2) | (above <= -vertical_m).all(axis=2)
    for i, j in np.argwhere(np.triu((chord < far_m) & ~apart, 1)):
        steps.pairs.append((here[i][0], here[j][0]))
        steps.start_ms.append(time)
        steps.ends.append(ends[i] + ends[j])
        steps.altitudes.append(altitudes[i] + altitudes[j])


def _vertical_shares(first: Numbers, last: Numbers, vertical_m: float) -> tuple[Numbers, Numbers]:
    """Return between which shares of a step a difference that is linear in time is within ± a limit."""
    run = last - first
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (-vertical_m - first) / run, (vertical_m - first) / run
    level = run == 0
    within = np.abs(first) < vertical_m
    low = np.where(level, np.where(within, 0.0, 1.0), np.maximum(0.0, np.minimum(one, other)))
    high = np.where(level, np.where(within, 1.0, 0.0), np.minimum(1.0, np.maximum(one, other)))
    return low, high


class _Relative:
    """Pairs that move along geodesics at constant speed during one step."""

    def __init__(self, ends: Numbers) -> None:
        self._from = (ends[:, 0], ends[:, 1]), (ends[:, 4], ends[:, 5])
        a, b = ends[:, :4].T, ends[:, 4:].T
        self._runs = [(azimuth, length) for azimuth, _, length in (GEOD.inv(*a), GEOD.inv(*b))]

    def distance(self, share: Numbers) -> Numbers:
        places = []
        for (lon, lat), (azimuth, length) in zip(self._from, self._runs, strict=True):
            places += list(GEOD.fwd(lon, lat, azimuth, length * share)[:2])
        return np.asarray(GEOD.inv(*places)[2])


def _nearest(moving: _Relative, low: Numbers, high: Numbers) -> Numbers:
    """Return the share of each step at which the two are nearest; within 10 s the distance is all but convex."""
    low, high = low.copy(), high.copy()
    best = low
    for _ in range(6):
        shares = np.linspace(low, high, SAMPLES)
        distances = np.array([moving.distance(share) for share in shares])
        at = np.argmin(distances, axis=0)
        columns = np.arange(len(low))
        best = shares[at, columns]
        low, high = shares[np.maximum(0, at - 1), columns], shares[np.minimum(SAMPLES - 1, at + 1), columns]
    return best


def _edge(moving: _Relative, inside: Numbers, limit: Numbers, horizontal_m: float) -> Numbers:
    """Return the share between the nearest and a limit up to which the two stay within a distance."""
    near, far = inside.copy(), limit.copy()
    near = np.where(moving.distance(far) < horizontal_m, far, near)
    for _ in range(24):
        middle = 0.5 * (near + far)
        within = moving.distance(middle) < horizontal_m
        near, far = np.where(within, middle, near), np.where(within, far, middle)
    return near
