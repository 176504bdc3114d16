"""Coordinates in five notations, against points that others have published."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.dialects.coordinate import Notation, echo, format_coordinate, parse_coordinate
from sazokar.domain.plan.shape import Position
from sazokar.errors import ShapeError
from tests.dialects.shapes import positions

pytestmark = pytest.mark.requirement("SZK-14")

ONE_PLACE = Position(368_000_000, -300_000_000)


@pytest.mark.parametrize(
    "text",
    [
        "36.80N 30.00W",
        "36.8, -30.0",
        "36.8,-30.0",
        "36.8 -30",
        "36.8\u00a0\u221230",
        "N36.80 W030.00",
        "36.8° N, 30.0° W",
        "36.8N30.0W",
        "30.0W 36.8N",
        "36°48'00\"N 030°00'00\"W",
        "36°48′00″N, 30°00′00″W",
        "36º48’00”N 30º00’00”W",
        "36°48'00''N 30°00'00''W",
        "36d48m00sN 30d00m00sW",
        "36 48 00 N 30 00 00 W",
        "N36 48 00 W030 00 00",
        "36:48:00N 030:00:00W",
        "36:48:00 -30:00:00",
        "364800N 0300000W",
        "364800.00N0300000.00W",
        "3648N03000W",
        "36°48.000'N 30°00.000'W",
        "36 48.0n 30 0.0w",
        "36°48'00\" -30°00'00\"",
    ],
)
def test_one_place_is_understood_however_it_is_written(text: str) -> None:
    assert parse_coordinate(text) == ONE_PLACE


@pytest.mark.parametrize(
    ("text", "lat", "lon", "metres"),
    [
        # The centre of the MGRS square 38SMB4488, in the manual of GeographicLib's GeoConvert.
        ("38 north 444500 3688500", 33.33424, 44.40363, 1.0),
        ("38SMB 44500 88500", 33.33424, 44.40363, 1.0),
        ("38SMB445885", 33.33424, 44.40363, 1.0),
        ("33:20:03.25N 044:24:13.06E", 33.33424, 44.40363, 1.0),
        # The CN Tower, in the encyclopaedia's article on UTM: zone 17, 630084 4833438; 43°38′33.24″N 79°23′13.7″W.
        ("17T 630084 4833438", 43 + 38 / 60 + 33.24 / 3600, -(79 + 23 / 60 + 13.7 / 3600), 2.0),
        # Where zone 31's central meridian crosses the equator, by the definition of UTM, from either hemisphere.
        ("31 north 500000 0", 0.0, 3.0, 0.001),
        ("31 south 500000 10000000", 0.0, 3.0, 0.001),
        ("31NEA 00000 00000", 0.0, 3.0, 0.72),
        # The north pole in UPS, by its definition: easting and northing 2,000,000 m.
        ("ZAH 00000 00000", 90.0, 0.0, 0.72),
    ],
)
def test_grid_references_lie_where_the_standards_put_them(text: str, lat: float, lon: float, metres: float) -> None:
    found = parse_coordinate(text)
    north = (found.lat - lat) * 110_900
    east = (found.lon - lon) * 111_320 * math.cos(math.radians(lat))
    assert math.hypot(north, east) < metres


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("36S 412345 3761234", "S may mean south or the band"),
        ("36T 412345 3761234", "not in band T"),
        ("61 north 412345 3761234", "no place of the grid"),
        ("36 north 12345 3761234", ""),
        ("36,80", ""),
        ("36,80 30,00", ""),
        ("36 48 30 00", ""),
        ("36 48 00 30 00 00", ""),
        ("36.8", ""),
        ("36N", ""),
        ("", ""),
        ("36N 30N", "two letters of one axis"),
        ("-36N 30W", "both a sign and a hemisphere"),
        ("36°60'N 30°00'W", "60 minutes"),
        ("36°48'60\"N 30°00'00\"W", "60 seconds"),
        ("3660N03000W", "60 minutes"),
        ("364860N0300000W", "60 seconds"),
        ("364800N 300000W", "digits"),
        ("36.5°30'N 30°W", "fraction before the last"),
        ("96.8 30", "swapped"),
        ("91N 030E", "latitude 91"),
        ("36N 181E", "longitude 181"),
        ("33UXP04", "10,000 m"),
        ("33UXP12345", "odd number"),
        ("33UXP 12 3456", "differ in length"),
        ("33UAA 00000 00000", "no square"),
        ("33IXP0000000000", ""),
        ("1CAA 00000 00000", "band C"),
        ("nowhere at all", ""),
        ("9" * 500, ""),
        ("\u0663\u0666 \u0663\u0660", ""),
    ],
)
def test_what_names_no_place_or_two_is_refused(text: str, why: str) -> None:
    with pytest.raises(ShapeError) as raised:
        parse_coordinate(text)
    assert why in raised.value.found
    assert "36.8N 30.0W" in raised.value.expected


@given(positions, st.sampled_from([Notation.DECIMAL, Notation.DMS, Notation.DDM]))
def test_written_angles_lose_nothing(position: Position, notation: Notation) -> None:
    back = parse_coordinate(format_coordinate(position, notation))
    assert back.lat_e7 == position.lat_e7
    assert back.lon_e7 == position.lon_e7


@given(st.builds(Position, st.integers(-800_000_000, 840_000_000), st.integers(-1_800_000_000, 1_799_999_999)))
def test_written_utm_loses_less_than_a_millimetre_and_a_step(position: Position) -> None:
    back = parse_coordinate(format_coordinate(position, Notation.UTM))
    assert abs(back.lat_e7 - position.lat_e7) <= 1
    assert (back.lon_e7 - position.lon_e7) % 3_600_000_000 in (0, 1, 3_599_999_999)


@given(st.builds(Position, st.integers(-890_000_000, 890_000_000), st.integers(-1_799_999_000, 1_799_999_000)))
def test_written_mgrs_names_the_metre_that_holds_the_place(position: Position) -> None:
    back = parse_coordinate(format_coordinate(position, Notation.MGRS))
    north = (back.lat - position.lat) * 111_700
    east = (back.lon - position.lon) * 111_700 * math.cos(math.radians(position.lat))
    assert math.hypot(north, east) < 1.46  # a metre's diagonal, and 3 % for the grid's scale and the radii above


def test_echo_gives_every_notation_that_can_write_the_place() -> None:
    assert set(echo(ONE_PLACE)) == set(Notation)
    assert Notation.UTM not in echo(Position(895_000_000, 0))


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        position = parse_coordinate(text)
    except ShapeError:
        return
    assert abs(position.lat_e7) <= 900_000_000


@given(st.text(alphabet="0123456789NSEW°'\" .,:-+XUT", max_size=30))
def test_no_likely_text_breaks_the_reader(text: str) -> None:
    test_no_text_breaks_the_reader.hypothesis.inner_test(text)  # type: ignore[attr-defined]  # hypothesis' own handle
