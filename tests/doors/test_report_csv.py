"""The CSV report, read back by Python's own reader."""

from __future__ import annotations

import csv
import io

import pytest

from sazokar.doors import report_csv
from sazokar.doors.presented import Presented, present
from tests.doors.reports import HOSTILE_NAMES, QUIET, REPORT, hostile


def _rows(presented: Presented) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(report_csv.render(presented), newline="")))


def test_every_row_says_what_it_is_and_fills_the_header() -> None:
    rows = _rows(present(REPORT))
    assert [row["record"] for row in rows][:2] == ["banner", "verdict"]
    assert [row["record"] for row in rows].count("conflict") == 3
    assert [row["record"] for row in rows].count("refused") == 2
    assert all(None not in row and None not in row.values() for row in rows)


def test_conflict_row_bears_figures_that_a_spreadsheet_can_count_with() -> None:
    row = next(row for row in _rows(present(REPORT)) if row["b_operation"] == "transport-1")
    assert (float(row["horizontal_m"]), float(row["need_horizontal_m"])) == (407, 18520)
    assert (float(row["latitude"]), float(row["longitude"])) == (34.95, 30.302)
    assert row["start"] == "2026-01-14T18:20:21Z"
    assert "delay BRAVO/transport-1 25 min" in row["proposals"]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "＝1", "\r=1"])
def test_no_cell_from_a_file_is_a_formula(name: str) -> None:
    for row in _rows(present(hostile(name))):
        untrusted = [row[c] for c in ("a_party", "a_operation", "clause", "conversion", "file", "feature", "text")]
        assert not [cell for cell in untrusted if cell.strip()[:1] in tuple("=+-@＝")]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_add_no_row(name: str) -> None:
    assert len(_rows(present(hostile(name)))) == len(_rows(present(hostile("plain"))))


def test_no_conflict_still_says_the_verdict() -> None:
    (said,) = (row["text"] for row in _rows(present(QUIET)) if row["record"] == "verdict")
    assert "what was not filed is not known" in said
