"""Many volumes at once: the grid finds what judging every pair finds, whatever its cells, order, longitude or time."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from sazokar.domain.plan.shape import Circle, Corridor, Movement, MultiPolygon, Polygon, Position, Rectangle
from sazokar.domain.plan.volume import Volume
from sazokar.engine.space import Space
from tests.engine.crowd import Crowd, moved
from tests.engine.judged import Pair, pairs_of, space_of

PLACES = {
    "mid-latitude": (35.0, 33.0, 3.0, 0.4),
    "equator and antimeridian": (0.0, 180.0, 3.0, 0.4),
    "far north, across the antimeridian": (78.0, -179.5, 3.0, 0.6),
    "south pole": (-89.5, 0.0, 1.0, 0.5),
    "large shapes": (-20.0, 100.0, 25.0, 9.0),
    "small shapes": (51.0, 0.0, 0.01, 0.001),
}
MINIMA = {"horizontal_m": 9_260.0, "vertical_e4": 2_000 * 3048, "time_ms": 60_000}
BARE = {"horizontal_m": 0.0, "vertical_e4": 0, "time_ms": 0}


def space_with(volumes: list[Volume], minima: dict[str, float], cell_degree: float = 5.0) -> Space:
    return space_of(
        volumes,
        horizontal_m=minima["horizontal_m"],
        vertical_e4=int(minima["vertical_e4"]),
        time_ms=int(minima["time_ms"]),
        cell_degree=cell_degree,
    )


def one_by_one(volumes: list[Volume], minima: dict[str, float]) -> set[Pair]:
    """Judge every pair by itself, with no grid to look it up in: each in turn as the only two of a space."""
    space = space_with(volumes, minima)
    found = set()
    for a, b in combinations(range(len(volumes)), 2):
        if volumes[a].party != volumes[b].party and space.encounter(a, b) is not None:
            found.add((a, b))
    return found


def doubtful(volumes: list[Volume], pair: Pair) -> bool:
    """Whether a pair is settled by `contact`, of which `encounter` knows nothing: areas with a minimum of 0."""
    areas = (Polygon, MultiPolygon, Rectangle)
    return all(isinstance(volumes[n].shape, areas) for n in pair)


@pytest.mark.requirement("SZK-30")
@pytest.mark.parametrize("place", PLACES)
def test_the_grid_finds_what_every_pair_by_itself_gives(place: str) -> None:
    volumes = Crowd(1, *PLACES[place]).volumes(320)
    for minima in (MINIMA, BARE):
        found = pairs_of(space_with(volumes, minima))
        expected = one_by_one(volumes, minima)
        assert len(expected) > 30 or minima is BARE, "a place without conflicts tests nothing"
        assert {p for p in expected ^ found if minima is MINIMA or not doubtful(volumes, p)} == set()


@pytest.mark.parametrize("place", PLACES)
def test_the_size_of_cells_decides_nothing(place: str) -> None:
    volumes = Crowd(2, *PLACES[place]).volumes(500)
    found = {cell: pairs_of(space_with(volumes, MINIMA, cell)) for cell in (0.5, 1.0, 4.0, 30.0)}
    assert len({frozenset(pairs) for pairs in found.values()}) == 1, {cell: len(pairs) for cell, pairs in found.items()}


@pytest.mark.parametrize("place", PLACES)
def test_the_order_of_volumes_decides_nothing(place: str) -> None:
    volumes = Crowd(3, *PLACES[place]).volumes(400)
    order = list(range(len(volumes)))
    random.Random(7).shuffle(order)
    found = pairs_of(space_with([volumes[n] for n in order], MINIMA))
    back = {tuple(sorted((order[a], order[b]))) for a, b in found}
    assert back == pairs_of(space_with(volumes, MINIMA))


@pytest.mark.parametrize("place", PLACES)
def test_asking_for_one_gives_its_share_of_all(place: str) -> None:
    volumes = Crowd(4, *PLACES[place]).volumes(400)
    space = space_with(volumes, MINIMA, 0.5)
    pairs = pairs_of(space)
    asked = {tuple(sorted((n, other))) for n in range(len(volumes)) for other in space.breaches(n)}
    assert asked == pairs


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("by_ms", [1, 997, -86_400_123, 10**12])
def test_a_shift_in_time_changes_nothing(place: str, by_ms: int) -> None:
    volumes = Crowd(5, *PLACES[place]).volumes(300)
    assert pairs_of(space_with([_later(v, by_ms) for v in volumes], MINIMA)) == pairs_of(space_with(volumes, MINIMA))


def _later(volume: Volume, by_ms: int) -> Volume:
    shape = volume.shape
    if isinstance(shape, Movement):
        shape = replace(shape, times_ms=tuple(t + by_ms for t in shape.times_ms))
    return replace(volume, shape=shape, start_ms=volume.start_ms + by_ms, end_ms=volume.end_ms + by_ms)


@pytest.mark.requirement("SZK-30")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("by_e7", [1, 900_000_000, 1_799_999_999, -1_234_567_891])
def test_a_turn_of_the_earth_changes_nothing(place: str, by_e7: int) -> None:
    """The ellipsoid is round: what lies across the antimeridian is as the same thing elsewhere. Heights in one datum,
    since the geoid is not round."""
    volumes = [_in_std(v) for v in Crowd(6, *PLACES[place]).volumes(300)]
    turned = [replace(v, shape=moved(v.shape, by_e7, False)) for v in volumes]
    assert pairs_of(space_with(turned, MINIMA)) == pairs_of(space_with(volumes, MINIMA))


@pytest.mark.parametrize("place", PLACES)
def test_the_south_is_the_north_mirrored(place: str) -> None:
    volumes = [_in_std(v) for v in Crowd(8, *PLACES[place]).volumes(300)]
    mirrored = [replace(v, shape=moved(v.shape, 0, True)) for v in volumes]
    assert pairs_of(space_with(mirrored, MINIMA)) == pairs_of(space_with(volumes, MINIMA))


def _in_std(volume: Volume) -> Volume:
    reference = type(volume.lower.reference)("STD")
    return replace(
        volume, lower=replace(volume.lower, reference=reference), upper=replace(volume.upper, reference=reference)
    )


def bounding(volume: Volume) -> tuple[NDArray[np.float64], float]:
    """Return a point and a radius, m, of a ball that surely holds a shape: by its vertices, and what edges may add."""
    shape = volume.shape
    match shape:
        case Circle():
            line, more = [shape.centre], shape.radius_mm / 1000
        case Corridor() | Movement():
            line, more = list(shape.line), shape.half_width_mm / 1000
        case Polygon():
            line, more = list(shape.rings[0]), 0.0
        case MultiPolygon():
            line, more = [p for polygon in shape.polygons for p in polygon.rings[0]], 0.0
        case Rectangle():
            longitudes = (shape.west_e7, shape.east_e7)
            line, more = [Position(y, x) for y in (shape.south_e7, shape.north_e7) for x in longitudes], 0.0
    lat, lon = (np.radians([getattr(p, name) / 1e7 for p in line]) for name in ("lat_e7", "lon_e7"))
    points = 6_378_137.0 * np.stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)), axis=1)
    middle = points.mean(axis=0)
    vertices = float(np.linalg.norm(points - middle, axis=1).max())
    return middle, vertices * 1.2 + more + 50_000  # ellipsoid against sphere: 22 km; sag of edges of 300 km: 2 km


def candidates(volumes: list[Volume]) -> list[Pair]:
    """Return the pairs whose balls and times come near, found without any grid."""
    balls = [bounding(v) for v in volumes]
    middles, radii = np.array([m for m, _ in balls]), np.array([r for _, r in balls])
    starts = np.array([v.start_ms for v in volumes], float)
    ends = np.array([v.end_ms for v in volumes], float)
    parties = np.array([int(v.party.split("-")[1]) for v in volumes])
    found: list[Pair] = []
    for n in range(len(volumes) - 1):
        rest = slice(n + 1, None)
        apart = np.linalg.norm(middles[rest] - middles[n], axis=1) - radii[rest] - radii[n]
        near = (apart < MINIMA["horizontal_m"]) & (parties[rest] != parties[n])
        near &= (starts[rest] < ends[n] + MINIMA["time_ms"]) & (starts[n] < ends[rest] + MINIMA["time_ms"])
        found += [(n, n + 1 + int(k)) for k in np.flatnonzero(near)]
    return found


@pytest.mark.slow
@pytest.mark.requirement("SZK-30")
def test_of_twenty_thousand_none_is_lost() -> None:
    volumes = Crowd(9, 40.0, 179.0, 20.0, 0.3).volumes(20_000, parties=40)
    space = space_with(volumes, MINIMA, 0.25)
    expected = {pair for pair in candidates(volumes) if space.encounter(*pair) is not None}
    found = pairs_of(space)
    assert len(expected) > 1_000
    assert found == expected
    assert {tuple(sorted((n, m))) for n in range(0, 20_000, 7) for m in space.breaches(n)} == {
        pair for pair in expected if pair[0] % 7 == 0 or pair[1] % 7 == 0
    }


WORKLOAD = """
import sys
sys.path.insert(0, sys.argv[1])
from tests.engine.crowd import Crowd
from tests.engine.test_many import BARE, MINIMA, PLACES, space_with
import sazokar.engine.kernel as kernel
print(kernel.__file__.rsplit(".", 1)[1])
for place in PLACES.values():
    volumes = Crowd(10, *place).volumes(45)
    for minima in (MINIMA, BARE):
        space = space_with(volumes, minima)
        for a, b in space.pairs().tolist():
            print(a, b, space.encounter(a, b))
"""


@pytest.mark.slow
def test_interpreted_and_compiled_answer_alike_to_the_last_bit(tmp_path: Path) -> None:
    import sazokar.engine.kernel as kernel

    if kernel.__file__.endswith(".py"):
        pytest.skip("the kernel is not compiled here; there is nothing to compare")
    root = Path(__file__).resolve().parents[2]
    source = Path(kernel.__file__).resolve().parents[2]
    shutil.copytree(source, tmp_path / "src", ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"))
    said = [_run(root, path) for path in (source, tmp_path / "src")]
    assert said[1][0] == "py", "the copy is interpreted"
    assert said[0][0] != "py", "the original is compiled"
    assert len(said[0]) > 100
    assert said[0][1:] == said[1][1:]


def _run(root: Path, source: Path) -> list[str]:
    environment = {**os.environ, "PYTHONPATH": str(source)}
    done = subprocess.run(
        [sys.executable, "-c", WORKLOAD, str(root)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=True,
    )
    return done.stdout.splitlines()
