"""An agreement in words: whole, exact, 80 columns wide, and safe to print whatever its makers wrote."""

from __future__ import annotations

from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sazokar.dialects import agreement
from sazokar.dialects.agreement_terms import TERMS
from sazokar.domain.agreement_diff import clauses_of, diff
from sazokar.domain.plan.quantity import parse_length, parse_vertical
from sazokar.doors.agreement_words import COLUMNS, clause_words, diff_words, gap_words, length_words, show_words
from tests.dialects.agreements import LINE, clause, read
from tests.dialects.test_agreement import TERMS as CLAUSES

pytestmark = pytest.mark.requirement("SZK-01")

UAV = clause("separation", 'between = ["uav", "transport"]\nhorizontal = "2NM"', "4.2")


def bundled() -> str:
    """Return the text of the bundled agreement."""
    return resources.files("sazokar").joinpath("data", "examples", "mechanism", "agreement.toml").read_text("utf-8")


def test_a_changed_minimum_reads_as_a_diplomat_would_say_it() -> None:
    words = diff_words(diff(read(UAV), read(UAV.replace("2NM", "3NM"))))
    assert words == "Clause 4.2 (uav – transport): horizontal minimum 2 NM → 3 NM (stricter)\n"
    assert "(looser)" in diff_words(diff(read(UAV), read(UAV.replace("2NM", "1NM"))))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (UAV, "", "Clause 4.2 (uav – transport): removed: Between uav – transport: 2 NM or 2,000 ft"),
        ("", UAV, "Clause 4.2 (uav – transport): added: "),
        (UAV, UAV.replace("4.2", "4.3"), "Clause 4.3 (uav – transport): unchanged; it was clause 4.2"),
        (LINE, LINE.replace("40km", "30km"), "Clause 3.1 (line Ford Line): buffer for fixed-wing, horizontal minimum "
         "40 km → 30 km (looser)"),
        (LINE, LINE.replace("the northern line", "the ford"), "name for ALPHA “the northern line” → “the ford”"),
        (LINE, LINE.replace('"UNL"', '"FL300"'), "upper limit UNL → FL300 (looser)"),
        (clause("answering", 'rungs = "5min"'), clause("answering", 'rungs = "4min"'), "rung officer 5 min → 4 min "
         "(stricter)"),
        ("", "", "Both say the same."),
    ],
)  # fmt: skip
def test_each_change_is_told(before: str, after: str, told: str) -> None:
    assert told in diff_words(diff(read(before), read(after)))


def test_the_whole_agreement_fits_80_columns_and_leaves_no_clause_out() -> None:
    found = agreement.read(bundled().encode(), "a")
    words = show_words(found)
    assert all(len(line) <= COLUMNS for line in words.splitlines())
    assert all(f"  {number}  " in words for number, _ in clauses_of(found))
    assert "10 NM or 2,000 ft, time margin 5 min" in words


def test_every_line_closes_what_it_isolates() -> None:
    words = show_words(agreement.read(bundled().encode(), "a"))
    for line in words.splitlines():
        assert line.count("\u2068") == line.count("\u2069")
        turned = any("\u0590" <= character <= "\u06ff" for character in line)
        assert not turned or "\u2068" in line


@pytest.mark.requirement("SZK-02")
def test_each_partys_own_name_is_shown_without_prejudice() -> None:
    words = show_words(read(LINE))
    assert "ALPHA calls it the northern line, without prejudice." in words
    assert "BRAVO calls it the southern line, without prejudice." in words
    assert "fixed-wing keeps 40 km or no overlap in height." in words


def test_every_kind_of_clause_has_words() -> None:
    said = set()
    for text, term in CLAUSES.items():
        words = clause_words(term)
        assert words
        assert "_" not in words
        said.add(text.split('kind = "')[1].split('"')[0])
    assert said == set(TERMS)


def test_a_name_that_steers_a_terminal_is_refused_by_the_reader_and_shown_harmless() -> None:
    hostile = read(clause("meaning", 'texts = { en = "plain" }'))
    assert "\x1b" not in show_words(hostile)


@settings(deadline=None)
@given(st.integers(1, 10_000_000))
def test_a_length_in_words_is_exactly_the_length(length_mm: int) -> None:
    assert parse_length(length_words(length_mm).replace(",", "")) == length_mm


@settings(deadline=None)
@given(st.integers(1, 10_000_000))
def test_a_gap_in_words_is_exactly_the_gap(gap_e4: int) -> None:
    assert parse_vertical(gap_words(gap_e4).replace(",", "")) == gap_e4


@pytest.mark.parametrize(
    ("gap_e4", "words"), [(6_096_000, "2,000 ft"), (3_000_000, "300 m"), (3048, "1 ft"), (0, "0 m")]
)
def test_gaps_stand_in_the_unit_in_which_they_were_agreed(gap_e4: int, words: str) -> None:
    assert gap_words(gap_e4) == words
