"""Likely slips of hand are pointed out; what is merely unusual is not."""

from __future__ import annotations

import time

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sazokar.domain.plan.altitude import GroundBand
from sazokar.domain.plan.height import SURFACE, UNLIMITED, Height, Reference, Unit
from sazokar.domain.plan.scrutiny import GREATEST_DOUBTS, NEAR_M, Doubt, scrutinise
from sazokar.domain.plan.shape import Circle, Corridor, Movement, Polygon, Position, Rectangle, Shape
from sazokar.domain.plan.volume import Role, Volume

AREA = Rectangle(350_000_000, 300_000_000, 450_000_000, 380_000_000)
"""35° to 45° east, 30° to 38° north."""


def site(name: str, lat: float, lon: float, **terms: object) -> Volume:
    """Return a site: a circle of 100 m."""
    shape = Circle(Position(round(lat * 1e7), round(lon * 1e7)), 100_000)
    return Volume(operation=name, party="NGO", shape=shape, role=Role.ZONE, **terms)  # type: ignore[arg-type]  # any term


def doubts(*volumes: Volume, ground: GroundBand | None = None, now_ms: int | None = None) -> tuple[Doubt, ...]:
    """Return what is doubted of volumes in the area."""
    return scrutinise(volumes, AREA, ground, now_ms)


def codes(*volumes: Volume, ground: GroundBand | None = None, now_ms: int | None = None) -> list[str]:
    """Return the kinds of doubt."""
    return [doubt.code for doubt in doubts(*volumes, ground=ground, now_ms=now_ms)]


@pytest.mark.requirement("SZK-14")
def test_a_swap_that_would_land_inside_the_area_is_pointed_out() -> None:
    assert codes(site("clinic", 36.51234, 37.12345)) == []
    assert codes(site("clinic", 42.12345, 36.51234)) == ["swapped-coordinates"]
    assert codes(site("clinic", 48.2, 16.4)) == ["outside-area"]
    line = (Position(305_000_000, 440_000_000), Position(442_000_000, 306_000_000))
    assert codes(Volume(operation="convoy", party="NGO", shape=Corridor(line, 5))) == ["swapped-coordinates"]


@pytest.mark.requirement("SZK-14")
def test_degrees_minutes_and_seconds_read_as_decimal_are_pointed_out() -> None:
    # 37°58'30" is inside; typed as 37.5830 it is too, so only the edge can tell: 34°59'30" E is not, 35.0000 is.
    edge = Rectangle(350_000_000, 375_000_000, 450_000_000, 385_000_000)
    typed = site("clinic", 37.4030, 36.3015)
    assert [doubt.code for doubt in scrutinise([typed], edge, None, None)] == ["dms-as-decimal"]
    assert [doubt.code for doubt in scrutinise([site("clinic", 37.4030, 36.6115)], edge, None, None)] == [
        "outside-area"
    ]


@pytest.mark.requirement("SZK-14")
def test_minutes_and_seconds_that_land_beside_another_site_are_pointed_out() -> None:
    # 36°48'30" N 37°20'24" E is 36.808333, 37.340000: beside the depot; as typed it is 36 km away, and inside too.
    typed, depot = site("clinic", 36.4830, 37.2024), site("depot", 36.8090, 37.3405)
    (doubt,) = doubts(typed, depot)
    assert (doubt.code, doubt.volume) == ("dms-as-decimal", typed)
    assert "NGO/depot" in doubt.message
    assert codes(typed, site("depot", 36.8250, 37.3405)) == []  # 1.9 km from what may have been meant
    assert codes(site("clinic", 36.48301, 37.2024), depot) == []  # five decimals are no minutes and seconds
    neighbour = site("school", 36.4860, 37.2024)  # 330 m: the clinic stands where it was typed
    assert codes(typed, depot, neighbour) == []


@pytest.mark.requirement("SZK-14")
def test_a_file_whose_every_site_looks_like_minutes_and_seconds_is_pointed_out() -> None:
    typed = [site(f"s{n}", 36 + (10 + n) / 100 + n / 10_000, 37.2030 + n / 100) for n in range(6)]
    assert codes(*typed) == ["dms-as-decimal"]
    assert codes(*typed[:5]) == []
    assert codes(*typed, site("other", 36.12345, 37.1)) == []


def test_a_large_shape_that_holds_the_area_is_not_outside_it() -> None:
    corners = [(25, 30), (25, 50), (42, 50), (42, 30)]
    ring = tuple(Position(lat * 10_000_000, lon * 10_000_000) for lat, lon in corners)
    assert codes(Volume(operation="fir", party="A", shape=Polygon((ring,)))) == []
    reaching = Volume(operation="c", party="A", shape=Circle(Position(290_000_000, 400_000_000), 200_000_000))
    assert codes(reaching) == []


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(st.integers(230, 450), st.integers(250, 550), st.integers(100_000, 900_000))
def test_a_circle_that_reaches_the_area_is_never_called_outside(lat: int, lon: int, radius_m: int) -> None:
    shape: Shape = Circle(Position(lat * 1_000_000, lon * 1_000_000), radius_m * 1000)
    nearest = Geodesic.WGS84.Inverse(lat / 10, lon / 10, min(max(lat / 10, 30), 38), min(max(lon / 10, 35), 45))["s12"]
    assume(nearest < radius_m)
    one = Volume(operation="c", party="A", shape=shape)
    assert "outside-area" not in codes(one)


@pytest.mark.requirement("SZK-17")
def test_near_duplicates_are_pointed_out_with_their_distance() -> None:
    # 240 m north on the ellipsoid at 36.5° N: 240 / 110,961 m per degree.
    near = site("hospital", 36.5 + 240 / 110_961, 37.25)
    (doubt,) = doubts(site("clinic", 36.5, 37.25), near)
    assert doubt.code == "near-duplicate"
    assert "240 m" in doubt.message
    assert codes(site("clinic", 36.5, 37.25), site("hospital", 36.5 + 310 / 110_961, 37.25)) == []
    assert codes(site("clinic", 36.5, 37.25), site("hospital", 36.5, 37.251, kind="school")) == []
    assert codes(site("clinic", 36.5, 37.25), site("clinic", 36.5, 37.251)) == []


@pytest.mark.requirement("SZK-17")
def test_duplicates_and_points_equal_to_anothers_are_pointed_out() -> None:
    assert codes(site("clinic", 36.5, 37.25), site("hospital", 36.5, 37.25)) == ["duplicate"]
    wider = Volume(operation="school", party="NGO", shape=Circle(Position(365_000_000, 372_500_000), 5), role=Role.ZONE)
    assert codes(site("clinic", 36.5, 37.25), wider) == ["same-point"]


@given(st.floats(-89.9, 89.9), st.floats(-180, 180), st.floats(0, 360), st.floats(1, 600))
def test_nearness_is_geodesic_anywhere_on_earth(lat: float, lon: float, azimuth: float, apart_m: float) -> None:
    end = Geodesic.WGS84.Direct(lat, lon, azimuth, apart_m)
    a, b = site("a", lat, lon), site("b", end["lat2"], end["lon2"])
    assume(abs(apart_m - NEAR_M) > 0.1)
    found = [doubt.code for doubt in scrutinise([a, b], None, None, None)]
    assert ("near-duplicate" in found) == (apart_m < NEAR_M)


@pytest.mark.requirement("SZK-15")
def test_a_limit_below_the_ground_is_pointed_out() -> None:
    plateau = GroundBand(10_200_000, 13_000_000)
    drone = {"lower": SURFACE, "upper": Height(1_200_000, Unit.M, Reference.AMSL)}
    assert codes(site("drone", 36.51234, 37.1, **drone), ground=plateau) == ["below-ground"]
    assert codes(site("drone", 36.51234, 37.1, **drone), ground=GroundBand(0, 13_000_000)) == []
    assert codes(site("drone", 36.51234, 37.1, **drone)) == []
    above = {"lower": SURFACE, "upper": Height(1_200_000, Unit.M, Reference.AGL)}
    assert codes(site("drone", 36.51234, 37.1, **above), ground=plateau) == []
    sunk = {"lower": Height(-10, Unit.M, Reference.AGL), "upper": UNLIMITED}
    assert codes(site("drone", 36.51234, 37.1, **sunk)) == ["below-ground"]
    line = (Position(365_000_000, 371_234_500), Position(366_000_000, 372_000_000))
    shape = Movement(line, (0, 1000), 5, (12_000_000, 9_000_000), 10)
    low = Volume(operation="m", party="A", shape=shape, lower=Height(0, Unit.M, Reference.AMSL))
    assert codes(low, ground=plateau) == ["below-ground"]


def test_times_in_the_past_are_pointed_out() -> None:
    ended = site("range", 36.51234, 37.1, start_ms=0, end_ms=1_000)
    assert codes(ended, now_ms=1_000) == ["in-the-past"]
    assert codes(ended, now_ms=999) == []
    assert codes(ended) == []


def test_doubts_of_one_kind_are_bounded_and_say_how_many_more() -> None:
    many = [site(f"s{n:03d}", 10 + n / 10, 11.12345) for n in range(GREATEST_DOUBTS + 5)]
    found = doubts(*many)
    assert len(found) == GREATEST_DOUBTS + 1
    assert found[-1].message == "and 5 more of this kind."


def test_order_does_not_matter() -> None:
    volumes = [site("a", 36.5, 37.25), site("b", 36.5, 37.251), site("c", 36.5, 37.25), site("d", 42.1, 36.5)]
    assert scrutinise(volumes, AREA, None, 0) == scrutinise(volumes[::-1], AREA, None, 0)


@pytest.mark.parametrize("spread", [0.0, 1e-9, 1e-4])
def test_a_hundred_thousand_sites_take_seconds_even_where_all_are_close(spread: float) -> None:
    many = [site(f"s{n}", 36 + (n % 317) * spread, 37 + (n // 317) * spread) for n in range(100_000)]
    begun = time.process_time()
    found = scrutinise(many, AREA, GroundBand(0, 1), 0)
    assert time.process_time() - begun < 20
    assert len(found) < 200
