"""Distances and edges against Karney's test set, whose rows were computed with arithmetic of high precision."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from geographiclib.geodesic import Geodesic

from sazokar.domain.plan.shape import Circle, Corridor, Movement, Position
from sazokar.domain.plan.volume import Volume
from tests.engine.judged import bound_m, breach, pairs_of, space_of, spot

EARTH = Geodesic.WGS84
ROUNDING_M = 0.0158
"""What rounding two positions to 1e-7 degree may move them towards each other or apart."""
GREATEST_MINIMUM_M = 900_000.0
NEARLY_ANTIPODAL_M = 19_880_000.0
"""From here on two positions may be within a degree of the antipode: no edge joins them (`edge_is_antipodal`)."""


@dataclass(frozen=True)
class Row:
    """A geodesic: where it starts (longitude 0), its azimuth, where it ends, its length."""

    lat1: float
    azimuth: float
    lat2: float
    lon2: float
    length_m: float

    @property
    def ends(self) -> tuple[Circle, Circle]:
        return spot(self.lat1, 0.0), spot(self.lat2, self.lon2)

    def at(self, distance_m: float) -> tuple[float, float]:
        found = EARTH.Direct(self.lat1, 0.0, self.azimuth, distance_m)
        return found["lat2"], found["lon2"]

    def aside(self, distance_m: float, aside_m: float) -> tuple[float, float]:
        """A point so far to the right of the geodesic, at a distance along it."""
        found = EARTH.Direct(self.lat1, 0.0, self.azimuth, distance_m)
        found = EARTH.Direct(found["lat2"], found["lon2"], found["azi2"] + 90, aside_m)
        return found["lat2"], found["lon2"]


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[Row]:
    lines = (shared / "data/geometry/GeodTest.dat").read_text(encoding="ascii").splitlines()
    found = [[float(number) for number in line.split()] for line in lines]
    return [Row(f[0], f[2], f[3], f[4], f[6]) for f in found]


@pytest.mark.requirement("SZK-30")
def test_two_points_conflict_from_their_geodesic_distance_on(rows: list[Row]) -> None:
    judged = 0
    for row in rows:
        a, b = row.ends
        if row.length_m > GREATEST_MINIMUM_M:
            continue
        judged += 1
        assert breach([a], [b], row.length_m + ROUNDING_M), f"missed at {row.length_m} m"
        assert not breach([a], [b], row.length_m - ROUNDING_M - bound_m(row.length_m)), f"false at {row.length_m} m"
    # of rows beyond the greatest minimum, the point of the same geodesic that is within it
    for row in rows:
        for distance_m in (50.0, 18_520.0, 250_000.0, 899_999.0):
            if distance_m < row.length_m:
                judged += 1
                a, b = row.ends[0], spot(*row.at(distance_m))
                assert breach([a], [b], distance_m + ROUNDING_M), f"missed at {distance_m} m"
                assert not breach([a], [b], distance_m - ROUNDING_M - bound_m(distance_m)), f"false at {distance_m} m"
    assert judged > 200


@pytest.mark.requirement("SZK-30")
def test_radii_add_to_the_minimum(rows: list[Row]) -> None:
    for row in rows:
        if row.length_m > 1_000_000:
            for share in (0.1, 0.5):
                radius_mm = round(400_000_000 * share)
                b = row.at(400_000 + 500_000)
                one, other = spot(row.lat1, 0.0, radius_mm), spot(*b, 400_000_000 - radius_mm)
                assert breach([one], [other], 500_000 + ROUNDING_M)
                assert not breach([one], [other], 500_000 - ROUNDING_M - bound_m(900_000))


@pytest.mark.requirement("SZK-30")
def test_an_edge_of_any_length_runs_along_its_geodesic(rows: list[Row]) -> None:
    judged = 0
    for row in rows:
        if row.length_m >= NEARLY_ANTIPODAL_M:
            continue
        start, end = (circle.centre for circle in row.ends)
        judged += 1
        for share in (0.001, 0.25, 0.5, 0.77, 0.999):
            on, off = row.at(share * row.length_m), row.aside(share * row.length_m, 1.0)
            line = Corridor((start, end), 0)
            amplified = _sway(row, share)
            assert breach([line], [spot(*on)], 0.03 + amplified), f"{row} is not near its point at {share}"
            assert not breach([line], [spot(*off)], 1 - 0.04 - amplified), f"{row} strays at {share}"
            assert breach([line], [spot(*off)], 1 + 0.02 + amplified), f"{row} strays at {share}"
    assert judged >= 35, "the rest are too near the antipode to be edges"


def _sway(row: Row, share: float) -> float:
    """How far rounding its ends by 1e-7 degree sways a geodesic aside, m: much where they are all but opposite."""
    start, end = (circle.centre for circle in row.ends)
    there = EARTH.Inverse(start.lat, start.lon, end.lat, end.lon)
    lat, lon = row.at(share * row.length_m)
    rounded = EARTH.Direct(start.lat, start.lon, there["azi1"], share * there["s12"])
    return float(EARTH.Inverse(lat, lon, rounded["lat2"], rounded["lon2"])["s12"])


@pytest.mark.requirement("SZK-30")
def test_what_moves_along_a_long_edge_is_where_its_geodesic_is_at_each_time(rows: list[Row]) -> None:
    """A mover of constant speed, and a still volume that lives for 2 s around the time of passing."""
    hours_ms = 20 * 3_600_000
    for row in rows:
        if not 100_000 < row.length_m < NEARLY_ANTIPODAL_M:
            continue
        start, end = (circle.centre for circle in row.ends)
        way = Movement((start, end), (0, hours_ms), 0)
        mover = Volume(operation="mover", party="A", shape=way, start_ms=0, end_ms=hours_ms)
        for share in (0.05, 0.3, 0.5, 0.9):
            lat, lon = row.at(share * row.length_m)
            speed_m = row.length_m / hours_ms * 1000
            then = round(share * hours_ms)
            near_m = 2 * speed_m + 0.1 + _sway(row, share)
            for late_ms, met in ((0, True), (60_000, False), (-60_000, False)):
                gate = Volume(
                    operation="gate",
                    party="B",
                    shape=spot(lat, lon),
                    start_ms=then - 1000 + late_ms,
                    end_ms=then + 1000 + late_ms,
                )
                found = pairs_of(space_of([mover, gate], horizontal_m=near_m))
                assert bool(found) == met, f"{row} at {share}, {late_ms} ms"


def test_a_position_at_either_name_of_the_antimeridian_is_one() -> None:
    west, east = Circle(Position(123, -1_800_000_000), 0), Circle(Position(123, 1_800_000_000), 0)
    assert breach([west], [east], 0.001)
