"""Properties made into values: rounding never in favour of a miss, every fault with its field."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.dialects import fields
from sazokar.domain.plan.height import UNIT_E4, Height, Reference, Unit
from sazokar.domain.plan.instant import format_instant, parse_instant
from sazokar.errors import FieldError, QuantityError, ShapeError
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
        ("-", "standard-input"),
        ("", "standard-input"),
        ("a\u202eb.csv", "ab"),
    ],
)
def test_a_file_stands_for_its_party(file: str, party: str) -> None:
    assert fields.party_of(file) == party


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


def test_the_field_is_named_in_every_error_of_meaning() -> None:
    with pytest.raises(FieldError) as caught, fields.reading_field("geometry"):
        raise ShapeError("a", "b")
    assert (caught.value.field, caught.value.found, caught.value.expected) == ("geometry", "a", "b")
    with pytest.raises(FieldError) as inner, fields.reading_field("outer"):
        raise FieldError("inner", "a", "b")
    assert inner.value.field == "inner"


@pytest.mark.parametrize(
    ("file", "party"),
    [
        ("BRAVO.kml", "BRAVO"),
        ("a/b/BRAVO.v2.kml", "BRAVO.v2"),
        ("C:\\plans\\B.gpx", "B"),
        ("", "standard-input"),
        ("-", "standard-input"),
    ],
)
def test_a_party_is_the_stem_of_the_file(file: str, party: str) -> None:
    assert fields.party_of(file) == party


@pytest.mark.parametrize(("lat", "lon"), [(90.1, 0), (0, 180.1), (float("nan"), 0), (0, float("inf"))])
def test_positions_off_the_earth_are_refused(lat: float, lon: float) -> None:
    with pytest.raises(FieldError):
        fields.position_of(lat, lon, "where")


def test_written_lengths_are_rounded_up() -> None:
    assert fields.length_written("0.0001", "f") == 1
    assert fields.length_written(926.5, "f") == 926_500
    for bad in ("-1", "x", "nan", "1e7", True, None, "", "1e999999999"):
        with pytest.raises(FieldError):
            fields.length_written(bad, "f")


def test_a_number_too_great_for_a_float_is_not_called_inf() -> None:
    with pytest.raises(FieldError) as raised:
        fields.length_mm(float("inf"), "radius_m")
    assert raised.value.found == "a number beyond 1.8e308 m"


def test_a_swap_is_spoken_of_only_where_it_explains_both_numbers() -> None:
    for lat, lon, swapped in ((91, 0, False), (91, 45, True), (100, -30, True), (45, 200, False), (91, 120, False)):
        with pytest.raises(FieldError) as raised:
            fields.position_of(lat, lon)
        assert ("swapped" in raised.value.expected) == swapped


def test_numbers_and_their_nouns_agree() -> None:
    assert [fields.counted(n, noun) for n, noun in ((1, "entry"), (2, "entry"), (0, "time"))] == [
        "1 entry", "2 entries", "0 times",
    ]  # fmt: skip


def test_units_and_references_are_taken_in_either_case() -> None:
    assert fields.height_of_number(500, "ft", "amsl", ceil=False) == fields.height_of_number(
        500, "FT", "AMSL", ceil=False
    )
    with pytest.raises(QuantityError):
        fields.height_of_number(180, "\ufb02", "STD", ceil=False)  # a ligature whose capitals are FL
