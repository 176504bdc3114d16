"""The table, judged by what a person at 80 columns must find in it."""

from __future__ import annotations

import re

import msgspec
import pytest
from rich.cells import cell_len

from sazokar.doors import table, wording
from sazokar.doors.presented import present
from tests.doors.reports import HOSTILE_NAMES, NEAR, QUIET, REPORT, hostile


def test_line_of_the_issue_stands_whole_where_there_is_room() -> None:
    line = "18:20Z  0.2 NM, need 10 · 0 ft, need 2,000 · ALPHA/box-7 × BRAVO/transport-1 · delay BRAVO 25 min"
    assert line in table.render(present(REPORT), width=120)


def test_80_columns_hold_every_line_and_lose_nothing_of_it() -> None:
    shown = table.render(present(REPORT), width=80)
    assert max(map(cell_len, shown.splitlines())) <= 80
    packed = re.sub(r"\s+", "", shown)
    for conflict in REPORT.conflicts:
        pieces = [
            wording.clock(conflict.start_ms),
            wording.horizontal_words(conflict),
            wording.vertical_words(conflict),
            table.pair_words(conflict),
            conflict.conversion,
            *map(wording.proposal_words, conflict.proposals),
        ]
        assert all(re.sub(r"\s+", "", piece) in packed for piece in pieces)
    for unreadable in REPORT.unreadable:
        assert re.sub(r"\s+", "", table.unreadable_words(unreadable)) in packed


def test_verdict_comes_first_and_the_earliest_conflict_before_the_later() -> None:
    lines = table.render(present(msgspec.structs.replace(QUIET, conflicts=REPORT.conflicts))).splitlines()
    assert lines[0] == "3 conflicts among 2 volumes read"
    times = re.findall(r"^\d  (\d\d:\d\dZ)  ", "\n".join(lines), re.MULTILINE)
    assert times == sorted(times)
    assert len(times) == 3


@pytest.mark.requirement("SZK-08")
@pytest.mark.parametrize("report", [REPORT, QUIET])
def test_it_never_says_clear_or_safe(report: object) -> None:
    shown = table.render(present(report)).lower()  # type: ignore[arg-type]  # parametrised by two reports
    assert not re.search(r"\b(clear|safe)", shown)


@pytest.mark.requirement("SZK-51")
def test_banner_stands_above_a_report_that_holds_sites() -> None:
    assert table.render(present(REPORT)).startswith("HOLDS NOTIFIED (PROTECTED) SITES")
    assert "HOLDS" not in table.render(present(QUIET))


def test_dates_stand_on_the_line_where_there_are_several() -> None:
    later = msgspec.structs.replace(NEAR, start_ms=NEAR.start_ms + 86_400_000, end_ms=NEAR.end_ms + 86_400_000)
    shown = table.render(present(msgspec.structs.replace(REPORT, conflicts=(NEAR, later))), width=140)
    assert "14 January 2026 18:20Z  0.2 NM" in shown
    assert "15 January 2026 18:20Z  0.2 NM" in shown


def test_long_lists_are_bounded_and_say_how_much_more_there_is() -> None:
    many = msgspec.structs.replace(REPORT, unreadable=REPORT.unreadable * 100, conflicts=(NEAR,) * 500)
    shown = table.render(present(many))
    assert "… 180 more; --format json lists all" in shown
    assert f"… {500 - table.GREATEST_DETAILS} more" in shown
    assert shown.count("18:20Z  0.2 NM") == 500


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("colour", [False, True])
def test_hostile_names_steer_no_terminal(name: str, colour: bool) -> None:
    shown = table.render(present(hostile(name)), colour=colour)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown) if colour else shown
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", plain)
    assert max(cell_len(line) for line in plain.splitlines()) <= 80
    if colour:
        assert "\x1b[31m" not in shown  # ours are bold red, 1;31; a bare 31 came from a name


def test_markup_in_names_is_shown_as_it_is_written() -> None:
    assert "[bold red]x[/bold red]" in table.render(present(hostile("[bold red]x[/bold red]")), width=400)


def test_colour_is_only_where_it_is_asked_for() -> None:
    assert "\x1b" not in table.render(present(REPORT))
    assert "\x1b[" in table.render(present(REPORT), colour=True)
