"""The folder of STOP calls: a call is there whole or not at all, and what is no call hides none."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sazokar.adapters import alarm_spool
from sazokar.adapters.alarm_spool import GREATEST_CALL_BYTES, SpoolAlarm, readable_calls

pytestmark = pytest.mark.requirement("SZK-27")


def test_calls_are_read_in_the_order_in_which_they_sounded(tmp_path: Path) -> None:
    alarm = SpoolAlarm(tmp_path / "stop")
    for at in (3, 1, 2):
        alarm.sound(f"call {at}".encode(), verified=at == 1, sounded_ms=at)
    calls, _ = readable_calls(tmp_path / "stop")
    assert [(call.content, call.verified) for call in calls] == [("call 1", True), ("call 2", False), ("call 3", False)]


@settings(deadline=None, max_examples=30)
@given(instants=st.lists(st.integers(0, 3), min_size=1, max_size=12))
def test_whoever_follows_by_what_was_seen_hears_every_call_once_whatever_the_clock_says(instants: list[int]) -> None:
    with TemporaryDirectory() as home:
        seen: frozenset[str] = frozenset()
        for number, at in enumerate(instants):
            SpoolAlarm(Path(home)).sound(str(number).encode(), verified=True, sounded_ms=at)
            calls, _ = readable_calls(Path(home), seen)
            assert [call.content for call in calls] == [str(number)]
            seen |= {call.name for call in calls}


def test_call_makes_no_path_out_of_a_typing_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    SpoolAlarm(tmp_path / "no" / "stop").sound(b"Mill bridge", verified=False, sounded_ms=1)
    assert not list(tmp_path.iterdir()) and "Mill bridge" in capsys.readouterr().err


def test_nothing_has_sounded_where_there_is_no_folder(tmp_path: Path) -> None:
    assert readable_calls(tmp_path / "none") == ([], [])


def test_file_that_is_no_call_is_named_and_hides_no_other(tmp_path: Path) -> None:
    SpoolAlarm(tmp_path).sound(b"first", verified=False, sounded_ms=1)
    (tmp_path / "000000000000002-x.json").write_bytes(b"{")
    SpoolAlarm(tmp_path).sound(b"third", verified=False, sounded_ms=3)
    calls, faults = readable_calls(tmp_path)
    assert [call.content for call in calls] == ["first", "third"]
    assert len(faults) == 1 and "000000000000002-x.json" in faults[0]


def test_folder_that_cannot_be_written_is_told_with_a_bell_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "stop").write_bytes(b"a file, and no folder")
    SpoolAlarm(tmp_path / "stop").sound(b"Mill bridge", verified=False, sounded_ms=1)
    err = capsys.readouterr().err
    assert "\a" in err and "Mill bridge" in err


def test_only_the_beginning_of_an_endless_call_is_kept(tmp_path: Path) -> None:
    SpoolAlarm(tmp_path).sound(b"x" * (3 * GREATEST_CALL_BYTES), verified=False, sounded_ms=1)
    ((call,), _) = readable_calls(tmp_path)
    assert len(call.content) == GREATEST_CALL_BYTES
    assert [path.name for path in tmp_path.iterdir()] == [call.name]


def test_cries_of_anyone_do_not_hide_a_verified_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarm_spool, "GREATEST_CALLS", 5)
    alarm = alarm_spool.SpoolAlarm(tmp_path / "stop")
    alarm.sound(b"verified", verified=True, sounded_ms=1)
    for number in range(20):
        alarm.sound(b"cry", verified=False, sounded_ms=2 + number)
    calls, faults = alarm_spool.readable_calls(tmp_path / "stop")
    assert not faults and [call.content for call in calls if call.verified] == ["verified"] and len(calls) == 6
