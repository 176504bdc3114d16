"""Bands of heights: exact in one reference, and across references never narrower than what they may mean."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from sazokar.domain.plan.altitude import WHOLE_EARTH, GroundBand, conversion_between
from sazokar.domain.plan.height import SURFACE, UNLIMITED, Height, Reference, parse_height
from sazokar.domain.plan.judge import conflicts
from sazokar.domain.plan.rules import Minima, RuleSet
from sazokar.domain.plan.shape import Circle, Position
from sazokar.domain.plan.volume import Volume
from sazokar.engine.space import geoid_cm
from tests.domain.filed import HOUR_MS, disc, feet, filed, flight, metres
from tests.engine.judged import pairs_of, space_of

GEOID_M = [
    (38.6281550, 269.7791550, -31.628),
    (-14.6212170, 305.0211140, -2.969),
    (46.8743190, 102.4487290, -43.575),
    (-23.6174460, 133.8747120, 15.871),
    (38.6254730, 359.9995000, 50.066),
    (-0.4667440, 0.0023000, 17.329),
]
"""Undulations of EGM96, as the test points of NGA's own program F477 give them."""
GRID_M = 1.21
"""What a bilinear grid of 15' does not hold (GeographicLib, Geoid heights), and its centimetres."""


def meet(a: Volume, b: Volume, vertical_e4: int = 0, ground: GroundBand = WHOLE_EARTH) -> bool:
    found = [
        bool(pairs_of(space_of(two, vertical_e4=vertical_e4, ground_e4=(ground.low_e4, ground.high_e4))))
        for two in ([a, b], [b, a])
    ]
    assert found[0] == found[1], "the order decided"
    return found[0]


def at(lat: float, lon: float, low: Height, high: Height, party: str) -> Volume:
    return filed(party, disc(lat, lon if lon <= 180 else lon - 360, 1.0), (low, high))


def raised(height: Height, by_e4: int) -> Height:
    return Height(height.e4 + by_e4, height.unit, height.reference)


@pytest.mark.requirement("SZK-15")
@pytest.mark.parametrize("reference", list(Reference))
@pytest.mark.parametrize("level", [0, 1, 101, 333, 29_999])
def test_bands_of_one_reference_that_touch_are_apart_to_the_last_tenth_of_a_millimetre(
    reference: Reference, level: int
) -> None:
    border = feet(level, reference)
    below = filed("A", band=(raised(border, -30_480), border))
    above = filed("B", band=(border, raised(border, 30_480)))
    assert not meet(below, above)
    assert meet(below, filed("B", band=(raised(border, -1), raised(border, 30_480))))


@pytest.mark.requirement("SZK-30")
@pytest.mark.parametrize("reference", list(Reference))
def test_a_vertical_minimum_is_kept_exactly(reference: Reference) -> None:
    low, minimum = feet(1_001, reference), 2_000 * 3048
    below = filed("A", band=(feet(0, reference), low))
    for by, breached in ((minimum, False), (minimum - 1, True), (minimum + 1, False)):
        above = filed("B", band=(raised(low, by), raised(low, by + 3048)))
        assert meet(below, above, minimum) is breached


def test_level_bands_without_thickness_meet_only_at_their_level() -> None:
    level = filed("A", band=(feet(5_000), feet(5_000)))
    assert meet(level, filed("B", band=(feet(5_000), feet(5_000))))
    assert not meet(level, filed("B", band=(feet(5_001), feet(5_001))))
    assert meet(level, filed("B", band=(feet(4_000), feet(6_000))))


def test_from_the_surface_to_no_limit_holds_every_band() -> None:
    everything = filed("A", band=(SURFACE, UNLIMITED))
    for reference in Reference:
        for low in (0, 101, 60_000):
            assert meet(everything, filed("B", band=(feet(low, reference), feet(low + 1, reference))))
    assert meet(everything, filed("B", band=(SURFACE, UNLIMITED)))
    border = feet(400, Reference.AGL)
    assert not meet(filed("A", band=(SURFACE, border)), filed("B", band=(border, UNLIMITED)))


@pytest.mark.requirement("SZK-15")
@pytest.mark.parametrize("lat, lon, undulation", GEOID_M)
def test_amsl_and_ellipsoidal_heights_differ_by_the_geoid(lat: float, lon: float, undulation: float) -> None:
    for height in (0.0, 123.4, 11_000.0):
        sea = at(lat, lon, metres(height, Reference.AMSL), metres(height + 10, Reference.AMSL), "A")
        for offset, apart in ((0.0, False), (9.9, False), (-9.9, False), (16.0, True), (-16.0, True)):
            low = height + undulation + offset
            ellipsoid = at(lat, lon, metres(low, Reference.HAE), metres(low + 10, Reference.HAE), "B")
            assert meet(sea, ellipsoid) is not apart, f"{offset} m apart"


def undulation_m(lat: float, lon: float) -> float:
    """Return the undulation by bilinear interpolation of the grid, written anew."""
    grid = geoid_cm()
    row, column = (90 - lat) * 4, ((lon + 180) % 360) * 4
    r, c = min(719, int(row)), int(column)
    y, x = row - r, column - c
    corners = np.array([[grid[r, c], grid[r, (c + 1) % 1440]], [grid[r + 1, c], grid[r + 1, (c + 1) % 1440]]], float)
    return float(np.array([1 - y, y]) @ corners @ np.array([1 - x, x])) / 100


@pytest.mark.parametrize("lat, lon, undulation", GEOID_M)
def test_the_grid_is_egm96(lat: float, lon: float, undulation: float) -> None:
    assert undulation_m(lat, lon) == pytest.approx(undulation, abs=GRID_M)


def pressure_height_m(sea_level_hpa: float) -> float:
    """Return the pressure altitude of the sea's surface under a pressure (ICAO Doc 7488, troposphere)."""
    return float(44_330.77 * (1 - (sea_level_hpa / 1013.25) ** 0.190263))


@pytest.mark.requirement("SZK-15")
def test_a_pressure_altitude_holds_its_true_height_in_any_weather_of_the_envelope() -> None:
    draw = Random(1)
    for _ in range(400):
        lat, lon = draw.uniform(-89, 89), draw.uniform(-180, 180)
        pressure, warmth = draw.uniform(870, 1080), draw.uniform(0.85, 1.10)
        altitude = draw.uniform(max(0.0, pressure_height_m(pressure)), 15_000)
        true = warmth * (altitude - pressure_height_m(pressure)) + undulation_m(lat, lon)
        level = metres(altitude, Reference.STD)
        flown = at(lat, lon, level, level, "A")
        assert meet(flown, at(lat, lon, metres(true, Reference.HAE), metres(true + 1, Reference.HAE), "B"))
        sea = true - undulation_m(lat, lon)
        assert meet(flown, at(lat, lon, metres(sea - 1, Reference.AMSL), metres(sea, Reference.AMSL), "B"))


def test_a_pressure_altitude_holds_its_true_height_in_the_corner_of_the_envelope() -> None:
    altitude, warmth = 3_000.0, 1.10
    true = warmth * (altitude - pressure_height_m(1085)) + undulation_m(50, 8)
    level = metres(altitude, Reference.STD)
    band = (metres(true, Reference.HAE), metres(true + 1, Reference.HAE))
    assert meet(at(50, 8, level, level, "A"), at(50, 8, *band, "B"))


def test_a_pressure_altitude_far_above_any_weather_is_apart() -> None:
    level = metres(9_000, Reference.STD)
    for apart in (12_000.0, 5_000.0):  # 10 % and 635 m above; 15 % and 1,405 m below; the geoid within 107 m
        band = (metres(apart, Reference.AMSL), metres(apart + 1, Reference.AMSL))
        assert not meet(at(50, 8, level, level, "A"), at(50, 8, *band, "B"))


@pytest.mark.requirement("SZK-15")
def test_above_ground_is_above_any_ground_of_the_band() -> None:
    ground = GroundBand(10_200_000, 10_400_000)  # 1,020 to 1,040 m
    drone = filed("A", band=(SURFACE, metres(120, Reference.AGL)))
    for low, high, met in ((0, 1_015, False), (0, 1_021, True), (1_159, 1_300, True), (1_165, 1_300, False)):
        band = (metres(low, Reference.AMSL), metres(high, Reference.AMSL))
        assert meet(drone, filed("B", band=band), ground=ground) is met
    assert meet(drone, filed("B", band=(metres(8_900, Reference.AMSL), metres(9_000, Reference.AMSL)))), "any ground"


@pytest.mark.requirement("SZK-15")
def test_a_conflict_says_how_heights_were_compared_and_the_gap() -> None:
    rules = RuleSet(default=Minima(0, 1_000 * 3048, 0))
    (same,) = conflicts([filed("A", band=(feet(0), feet(1_000))), filed("B", band=(feet(1_500), feet(2_000)))], rules)
    assert same.conversion == ""
    assert same.vertical_e4 == 500 * 3048
    high = (feet(0, Reference.AMSL), feet(1_000, Reference.AMSL))
    (mixed,) = conflicts([filed("A", band=high), filed("B", band=(feet(900), feet(2_000)))], rules)
    assert "EGM96" in mixed.conversion
    assert "pressure altitude" in mixed.conversion
    assert mixed.vertical_e4 == 0


CLIMB = [(50.0, 8.0, 0), (50.0, 8.0, 1_000_000)]
"""At one place, 1,000 s long."""


@pytest.mark.requirement("SZK-30")
@pytest.mark.parametrize("vertical_ft, start_s, end_s", [(0, 400, 500), (1_000, 300, 600), (4_500, 0, 950)])
def test_a_climb_conflicts_while_it_is_within_the_minimum_of_a_band(vertical_ft: int, start_s: int, end_s: int) -> None:
    """10 ft per second, through a band from 4,000 to 5,000 ft."""
    climb = filed("A", flight(CLIMB, (0, 10_000)), (feet(0), feet(10_000)))
    block = filed("B", band=(feet(4_000), feet(5_000)))
    (found,) = conflicts([climb, block], RuleSet(default=Minima(0, vertical_ft * 3048, 0)))
    begun = climb.start_ms
    assert abs(found.start_ms - begun - start_s * 1000) <= 1
    assert abs(found.end_ms - begun - end_s * 1000) <= 1
    assert found.vertical_e4 == 0


def test_two_that_climb_and_descend_conflict_around_the_instant_of_passing() -> None:
    """One from 0 to 10,000 ft, one from 10,000 to 0: level at 500 s, 20 ft per second apart."""
    up = filed("A", flight(CLIMB, (0, 10_000)), (feet(0), feet(10_000)))
    down = filed("B", flight(CLIMB, (10_000, 0)), (feet(0), feet(10_000)))
    (found,) = conflicts([up, down], RuleSet(default=Minima(1_000, 1_000 * 3048, 0)))
    assert abs(found.start_ms - up.start_ms - 450_000) <= 1
    assert abs(found.end_ms - up.start_ms - 550_000) <= 1
    assert found.vertical_e4 == 0


def test_two_that_climb_together_a_minimum_apart_but_for_a_foot_conflict_throughout() -> None:
    one = filed("A", flight(CLIMB, (0, 10_000)), (feet(0), feet(10_000)))
    for apart, met in ((999, True), (1_001, False)):
        other = filed("B", flight(CLIMB, (apart, 10_000 + apart)), (feet(0), feet(11_001)))
        found = conflicts([one, other], RuleSet(default=Minima(1_000, 1_000 * 3048, 0)))
        assert bool(found) is met
        if met:
            assert (found[0].start_ms, found[0].end_ms) == (one.start_ms, one.end_ms)
            assert found[0].vertical_e4 == 999 * 3048


def test_a_level_flight_is_under_a_ceiling_that_is_standing_all_day() -> None:
    level = filed("A", flight([(50.0, 7.9, 0), (50.0, 8.1, HOUR_MS // 4)], (9_999, 9_999)), (feet(9_999), feet(9_999)))
    assert not conflicts([level, filed("B")], RuleSet(default=Minima(0, 0, 0)))
    assert conflicts([level, filed("B", band=(feet(9_998), feet(11_000)))], RuleSet(default=Minima(0, 0, 0)))


def test_the_conflict_says_how_far_a_flight_level_spreads() -> None:
    flight = Volume(
        operation="a",
        party="A",
        shape=Circle(Position(0, 0), 1_000),
        lower=parse_height("FL160"),
        upper=parse_height("FL300"),
    )
    area = Volume(
        operation="b",
        party="B",
        shape=Circle(Position(0, 0), 1_000),
        lower=parse_height("SFC"),
        upper=parse_height("9000 FT AMSL"),
    )
    # 1,430 m below and 640 m above, and a quarter of FL300, which is 9,144 m: decision 0004
    assert "spreads over up to 4.4 km" in conversion_between(flight, area, WHOLE_EARTH)
    assert conversion_between(flight, flight, WHOLE_EARTH) == ""
