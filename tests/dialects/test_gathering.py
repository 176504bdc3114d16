"""What every reader of features does alike."""

from __future__ import annotations

import pytest

from sazokar.dialects import gathering
from sazokar.dialects.gathering import FieldError, Gathering, party_of, position_of, reading_field, whole
from sazokar.domain.height import UNLIMITED, Height, Reference, Unit
from sazokar.domain.instant import parse_instant
from sazokar.domain.shape import Circle, Movement, Position
from sazokar.domain.volume import Volume
from sazokar.errors import LimitError, ShapeError

CIRCLE = Circle(Position(0, 0), 1_000)


def test_a_feature_that_fails_late_leaves_nothing_behind() -> None:
    held = Gathering("f")
    with held.feature("one"):
        held.add(Volume(operation="a", party="P", shape=CIRCLE), "one")
        held.warn("code", "one", "Assumed something.")
        held.warn_once("missing-party", "P was taken.")
        raise FieldError("late", "x", "y")
    with held.feature("two"):
        held.add(Volume(operation="a", party="P", shape=CIRCLE), "two")
    reading = held.reading()
    assert [(v.index, v.source and v.source.feature) for v in reading.volumes] == [(0, "two")]
    assert [(fault.feature, fault.field) for fault in reading.unreadable] == [("one", "late")]
    assert [warning.code for warning in reading.warnings] == ["missing-party"]


@pytest.mark.requirement("SZK-16")
def test_what_contradicts_itself_is_refused_with_both_places() -> None:
    held = Gathering("f")
    start, end = parse_instant("2026-01-14T18:00:00Z"), parse_instant("2026-01-14T17:00:00Z")
    with held.feature("window"):
        held.add(Volume(operation="a", party="P", shape=CIRCLE, start_ms=start, end_ms=end), "window")
    with held.feature("band"):
        held.add(Volume(operation="a", party="P", shape=CIRCLE, lower=UNLIMITED), "band")
    with held.feature("times"):
        move = Movement((Position(0, 0), Position(0, 1)), (start, end), 0)
        held.add(Volume(operation="a", party="P", shape=move), "times")
    found = [fault.found for fault in held.reading().unreadable]
    assert "2026-01-14T18:00:00Z and 2026-01-14T17:00:00Z" in found[0]
    assert "UNL and UNL" in found[1]
    assert "2026-01-14T18:00:00Z" in found[2] and "2026-01-14T17:00:00Z" in found[2]


def test_a_movement_that_contradicts_its_window_or_its_limits_is_refused() -> None:
    held = Gathering("f")
    start, end = parse_instant("2026-01-14T17:00:00Z"), parse_instant("2026-01-14T18:00:00Z")
    move = Movement((Position(0, 0), Position(0, 1)), (start, end), 0, (10_000, 20_000))
    low, high = (Height(e4, Unit.M, Reference.AMSL) for e4 in (10_000, 15_000))
    with held.feature("window"):
        held.add(Volume(operation="a", party="P", shape=move, lower=low, start_ms=start, end_ms=end + 1), "window")
    with held.feature("band"):
        held.add(
            Volume(operation="a", party="P", shape=move, lower=low, upper=high, start_ms=start, end_ms=end), "band"
        )
    with held.feature("good"):
        held.add(Volume(operation="a", party="P", shape=move, lower=low, start_ms=start, end_ms=end), "good")
    reading = held.reading()
    assert [fault.field for fault in reading.unreadable] == ["start and end", "altitudes"]
    assert len(reading.volumes) == 1


@pytest.mark.parametrize("name", ["a\u202eb", "a\x00", "x" * 201, "a\nb"])
def test_a_name_that_would_mislead_is_refused(name: str) -> None:
    held = Gathering("f")
    with held.feature("one"):
        held.add(Volume(operation=name, party="P", shape=CIRCLE), "one")
    assert [fault.field for fault in held.reading().unreadable] == ["operation"]


def test_features_and_volumes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "GREATEST_FEATURES", 3)
    held = Gathering("f")
    with pytest.raises(LimitError, match="3 volumes"), held.feature("many"):
        for _ in range(4):
            held.add(Volume(operation="a", party="P", shape=CIRCLE), "many")
    held = Gathering("f")
    with pytest.raises(LimitError, match="3 features"):
        for number in range(4):
            with held.feature(str(number)):
                pass


def test_the_field_is_named_in_every_error_of_meaning() -> None:
    with pytest.raises(FieldError) as caught, reading_field("geometry"):
        raise ShapeError("a", "b")
    assert (caught.value.field, caught.value.found, caught.value.expected) == ("geometry", "a", "b")
    with pytest.raises(FieldError) as inner, reading_field("outer"):
        raise FieldError("inner", "a", "b")
    assert inner.value.field == "inner"


@pytest.mark.parametrize(
    ("file", "party"),
    [
        ("BRAVO.kml", "BRAVO"),
        ("a/b/BRAVO.v2.kml", "BRAVO.v2"),
        ("C:\\plans\\B.gpx", "B"),
        ("", "stdin"),
        ("-", "stdin"),
    ],
)
def test_a_party_is_the_stem_of_the_file(file: str, party: str) -> None:
    assert party_of(file) == party


@pytest.mark.parametrize(("lat", "lon"), [(90.1, 0), (0, 180.1), (float("nan"), 0), (0, float("inf"))])
def test_positions_off_the_earth_are_refused(lat: float, lon: float) -> None:
    with pytest.raises(FieldError):
        position_of(lat, lon)


def test_lengths_are_rounded_up() -> None:
    assert whole("f", "0.0001", 1_000) == 1
    assert whole("f", 926.5, 1_000) == 926_500
    for bad in ("-1", "x", "nan", "1e7", True, None, "", "1e999999999"):
        with pytest.raises(FieldError):
            whole("f", bad, 1_000)
