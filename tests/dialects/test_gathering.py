"""What every reader of features does alike."""

from __future__ import annotations

import pytest

from sazokar.dialects import gathering
from sazokar.dialects.gathering import Gathering, require_features, whole_file_unreadable
from sazokar.dialects.reading import GREATEST_FEATURES, MISSING_LOWER, Unreadable
from sazokar.domain.plan.height import UNLIMITED, Height, Reference, Unit
from sazokar.domain.plan.instant import parse_instant
from sazokar.domain.plan.shape import Circle, Movement, Position
from sazokar.domain.plan.volume import Volume
from sazokar.errors import FieldError, LimitError, ShapeError, UnreadableError

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
    assert [fault.field for fault in reading.unreadable] == ["start and end", "altitudes and upper"]
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


def test_like_warnings_are_told_once_with_their_number() -> None:
    gathering = Gathering("x.csv")
    for number in range(3):
        gathering.note([MISSING_LOWER], f"row {number}")
    (warning,) = gathering.reading().warnings
    assert (warning.code, warning.file, warning.feature) == (MISSING_LOWER, "x.csv", "row 0")
    assert "2 more" in warning.message


def test_a_file_of_too_many_features_is_refused() -> None:
    require_features(GREATEST_FEATURES, "x")
    with pytest.raises(LimitError, match="200,001 features"):
        require_features(GREATEST_FEATURES + 1, "x")


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (UnreadableError("a: b.json: found this; expected that"), "this"),
        (LimitError("a: b.json: found this; expected that"), "this"),
        (ShapeError("this", "that"), "this"),
    ],
)
def test_a_file_of_which_nothing_was_read_is_a_value(error: Exception, found: str) -> None:
    (one,) = whole_file_unreadable("a: b.json", error).unreadable
    assert one == Unreadable(file="a: b.json", found=found, expected="that")
