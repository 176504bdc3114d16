"""What is read over a telephone."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.domain.plan.shape import Position
from sazokar.doors import spoken


def test_position_is_said_in_degrees_and_minutes() -> None:
    # 34.95° is 34° and 0.95 × 60 = 57 minutes; 30.302° is 30° and 18.12 minutes.
    assert spoken.minutes(Position(349_500_000, -303_020_000)) == "34°57.000′N 030°18.120′W"


@given(st.integers(-900_000_000, 900_000_000), st.integers(-1_800_000_000, 1_800_000_000))
def test_minutes_never_read_60_and_lose_less_than_two_metres(lat_e7: int, lon_e7: int) -> None:
    lat, lon = spoken.minutes(Position(lat_e7, lon_e7)).split()
    for written, value_e7 in ((lat, lat_e7), (lon, lon_e7)):
        degrees, rest = written[:-1].rstrip("′").split("°")
        assert float(rest) < 60
        assert abs(int(degrees) + float(rest) / 60 - abs(value_e7) / 1e7) * 111_320 < 2


def test_grid_reference_is_the_known_one() -> None:
    # The Eiffel Tower, 48.8582 N 2.2945 E, is in many atlases at 31U DQ 48251 11932 or a few metres from it.
    zone, square, east, north = spoken.grid(Position(488_582_000, 22_945_000)).split()
    assert (zone, square) == ("31U", "DQ")
    assert abs(int(east) - 48251) < 30
    assert abs(int(north) - 11932) < 30


@pytest.mark.parametrize("lat_e7", [-900_000_000, -850_000_000, 0, 850_000_000, 900_000_000])
def test_grid_reference_is_given_or_left_out_but_never_fails(lat_e7: int) -> None:
    assert isinstance(spoken.grid(Position(lat_e7, 1_800_000_000)), str)


def test_digits_are_said_one_by_one() -> None:
    assert spoken.say("18:20 Z") == "one eight two zero, Zulu"
    assert spoken.say("05.1′N") == "zero five decimal one minutes north"


def test_check_digits_are_those_of_the_standard() -> None:
    # ISO/IEC 7064, MOD 97-10, gives 794 the check digits 44: 79444 = 97 × 819 + 1.
    assert spoken.check_digits("794") == "44"


@given(st.text(string.digits, min_size=2, max_size=20), st.data())
def test_one_digit_heard_wrong_is_found(written: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(written) - 1))
    other = data.draw(st.sampled_from([digit for digit in string.digits if digit != written[at]]))
    assert spoken.check_digits(written) != spoken.check_digits(written[:at] + other + written[at + 1 :])


@given(st.text(string.digits, min_size=2, max_size=20), st.data())
def test_two_digits_that_changed_places_are_found(written: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(written) - 2))
    swapped = written[:at] + written[at + 1] + written[at] + written[at + 2 :]
    if swapped != written:
        assert spoken.check_digits(written) != spoken.check_digits(swapped)
