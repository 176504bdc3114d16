"""Properties made into values: rounding never in favour of a miss, every fault with its field."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.dialects import fields
from sazokar.domain.height import UNIT_E4, Height, Reference, Unit
from sazokar.domain.instant import format_instant, parse_instant
from sazokar.errors import FieldError, QuantityError
from tests.dialects.shapes import instants


@given(st.floats(0, 1_000_000))
def test_lengths_are_rounded_up_and_by_less_than_a_millimetre(metres: float) -> None:
    exact = Fraction(repr(metres)) * 1000
    assert 0 <= fields.length_mm(metres, "radius_m") - exact < 1


@given(st.integers(0, 1_000_000_000))
def test_whole_millimetres_stay_what_they_are(millimetres: int) -> None:
    assert fields.length_mm(millimetres / 1000, "radius_m") == millimetres


@given(st.floats(-90_000, 90_000), st.sampled_from(["FT", "M"]))
def test_lower_limits_are_rounded_down_and_upper_ones_up(value: float, unit: str) -> None:
    exact = Decimal(repr(value)) * UNIT_E4[Unit(unit)]
    low = fields.height_of_number(value, unit, "AMSL", ceil=False).e4
    high = fields.height_of_number(value, unit, "AMSL", ceil=True).e4
    slack = Decimal("1e-6")  # a number that is the nearest float to a whole 1e-4 m is taken to be that
    assert low <= exact + slack
    assert high >= exact - slack
    assert 0 <= high - low <= 1


@given(st.integers(-1_000_000_000, 1_000_000_000), st.sampled_from([Unit.FT, Unit.M]), st.booleans())
def test_a_height_survives_as_number_and_as_text(e4: int, unit: Unit, ceil: bool) -> None:
    height = Height(e4, unit, Reference.AMSL)
    number = fields.number_of_height(height)
    assert fields.height_of_number(number, unit.value, "AMSL", ceil=ceil) == height
    assert fields.height_of_written(fields.written_height(height, ceil=not ceil), ceil=ceil) == height


@given(instants.map(lambda ms: ms - ms % 1000), st.booleans())
def test_the_quick_way_reads_a_time_as_the_slow_way_does(instant_ms: int, ceil: bool) -> None:
    text = format_instant(instant_ms)
    assert fields.instant_of(text, "start", ceil=ceil) == parse_instant(text, ceil=ceil) == instant_ms


@pytest.mark.requirement("SZK-13")
@pytest.mark.parametrize(
    "text",
    [
        "2026-01-14T24:00:00Z",
        "2026-01-14T18:00:60Z",
        "2026-02-30T18:00:00Z",
        "2026-W03-1T10:00:00Z",
        "2026-01-14T18:00:00",
        "2026-01-14 18:00",
        "20260114T180000Z",
        "0000-01-01T00:00:00Z",
        "2010",
        "",
    ],
)
def test_what_is_no_time_with_a_zone_is_refused(text: str) -> None:
    with pytest.raises(FieldError, match=r"^start: found .*; expected "):
        fields.instant_of(text, "start")


@given(st.text(max_size=25))
def test_no_text_breaks_the_reader_of_times(text: str) -> None:
    try:
        quick = fields.instant_of(text, "start")
    except FieldError:
        return
    assert quick == parse_instant(text)


@pytest.mark.parametrize(
    ("file", "party"),
    [
        ("plans/BRAVO.geojson", "BRAVO"),
        ("BRAVO.plan.json", "BRAVO.plan"),
        ("-", "stdin"),
        ("", "stdin"),
        ("a\u202eb.csv", "ab"),
    ],
)
def test_a_file_stands_for_its_party(file: str, party: str) -> None:
    assert fields.party_of_file(file) == party


@pytest.mark.parametrize("name", ["نیروی هوایی", "می‌رود", "A·7 (north)"])
def test_names_of_every_script_are_kept(name: str) -> None:
    assert fields.name_of(f"  {name} ", "operation") == name


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[2Jb", "a\u202eb", "a" * 201, "a\u2066b"])
def test_names_that_mislead_an_officer_are_refused(name: str) -> None:
    with pytest.raises(FieldError, match="operation"):
        fields.name_of(name, "operation")


def test_a_flight_level_has_one_reference() -> None:
    with pytest.raises(QuantityError, match="STD"):
        fields.height_of_number(180.0, "FL", "AMSL", ceil=False)


def test_altitudes_that_are_rounded_widen_their_band() -> None:
    lower = Height(0, Unit.FT, Reference.AMSL)
    assert fields.altitudes_of([1000.0], lower, 10.0) == ((3_048_000,), 100_000)
    assert fields.altitudes_of([1000.00001], lower, 10.0) == ((3_048_000,), 100_001)
