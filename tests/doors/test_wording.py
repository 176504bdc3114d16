"""What every renderer says alike."""

from __future__ import annotations

import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.app.check import Settings
from sazokar.dialects.reading import Unreadable, Warning
from sazokar.domain.plan.conflict import Proposal, ProposalKind
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS
from sazokar.domain.plan.quantity import NAUTICAL_MILE_MM
from sazokar.domain.plan.rules import Minima, Rule
from sazokar.domain.plan.volume import Role
from sazokar.doors import report_html, table, wording
from sazokar.doors.presented import present
from tests.doors.reports import BOX, LANE, NEAR, OVER_SITE, QUIET, REPORT, SITE, instant

replace = msgspec.structs.replace


def test_verdict_counts_conflicts_volumes_and_what_was_not_read() -> None:
    assert wording.verdict(present(REPORT)) == "3 conflicts among 6 volumes read; 2 NOT READ"


@pytest.mark.requirement("SZK-08")
def test_no_conflict_is_never_said_without_what_is_not_known() -> None:
    said = wording.verdict(present(QUIET))
    assert said.startswith("no conflict among the plans given")
    assert said.endswith("what was not filed is not known")


def test_nothing_read_is_not_called_no_conflict() -> None:
    said = wording.verdict(present(replace(QUIET, volumes=(), unreadable=REPORT.unreadable)))
    assert "no conflict" not in said
    assert "2 NOT READ" in said


@pytest.mark.requirement("SZK-08")
def test_where_no_pair_could_be_judged_it_is_not_called_no_conflict() -> None:
    zone = replace(BOX, role=Role.ZONE)
    sister = replace(BOX, operation="box-8")
    allowed = Settings(same_party=True)
    for volumes in ((BOX,), (BOX, sister), (SITE, zone)):
        said = wording.verdict(present(replace(QUIET, volumes=volumes)))
        assert said.startswith("nothing to compare: no pair was judged among")
        assert "no conflict" not in wording.verdict(present(replace(QUIET, volumes=volumes), redact=True))
    for volumes in ((BOX, LANE), (BOX, SITE)):
        assert wording.verdict(present(replace(QUIET, volumes=volumes), redact=True)).startswith("no conflict among")
    for volumes, start in (((BOX, sister), "no conflict"), ((BOX, replace(BOX, index=1)), "nothing to compare")):
        assert wording.verdict(present(replace(QUIET, volumes=volumes, settings=allowed))).startswith(start)


def test_line_of_the_issue_is_said_as_the_issue_says_it() -> None:
    assert wording.horizontal_words(NEAR) == "0.2 NM, need 10"
    assert wording.vertical_words(NEAR) == "0 ft, need 2,000"
    assert wording.best_words(NEAR) == "delay BRAVO 25 min"


@given(tenths=st.integers(1, 2000), short_mm=st.integers(1, NAUTICAL_MILE_MM // 10))
def test_a_distance_below_its_minimum_never_reads_as_the_minimum(tenths: int, short_mm: int) -> None:
    need_mm = tenths * NAUTICAL_MILE_MM // 10
    conflict = replace(NEAR, horizontal_mm=need_mm - short_mm, rule=Rule("1", Minima(need_mm, 1, 0)))
    found, _, need = wording.horizontal_words(conflict).partition(", need ")
    assert found.removesuffix(" NM") != need


def test_metric_minima_are_shown_in_metres() -> None:
    conflict = replace(NEAR, horizontal_mm=31_900, vertical_e4=199_999, rule=Rule("1", Minima(50_000, 300_000, 0)))
    assert wording.horizontal_words(conflict) == "31 m, need 50"
    assert wording.vertical_words(conflict) == "19 m, need 30"


def test_a_minimum_of_nothing_is_said_as_overlap() -> None:
    assert (wording.horizontal_words(OVER_SITE), wording.vertical_words(OVER_SITE)) == (
        "areas overlap",
        "heights overlap",
    )


@pytest.mark.parametrize(
    ("proposal", "said"),
    [
        (
            Proposal(kind=ProposalKind.ADVANCE, party="B", operation="t", delta_ms=-90 * 60_000),
            "advance B/t 1 h 30 min",
        ),
        (Proposal(kind=ProposalKind.DESCEND, party="B", operation="t", delta_e4=-1000 * 3048), "descend B/t 1,000 ft"),
        # 3-4-5: 3 NM east and 4 NM north is 5 NM on a bearing of atan(3/4) = 36.9 degrees.
        (
            Proposal(kind=ProposalKind.SHIFT, party="B", operation="t", east_mm=5_556_000, north_mm=7_408_000),
            "shift B/t 5.0 NM north-east (037°)",
        ),
    ],
)
def test_proposals_are_said_in_words(proposal: Proposal, said: str) -> None:
    assert wording.proposal_words(proposal) == said


def test_best_proposal_is_the_least_as_a_share_of_what_is_searched() -> None:
    minute, foot = 60_000, 3048
    delay = Proposal(kind=ProposalKind.DELAY, party="B", operation="t", delta_ms=38 * minute)  # of 360: 11 %
    climb = Proposal(kind=ProposalKind.CLIMB, party="B", operation="t", delta_e4=1_000 * foot)  # of 30,000: 3 %
    shift = Proposal(kind=ProposalKind.SHIFT, party="B", operation="t", east_mm=NAUTICAL_MILE_MM * 3)  # of 30: 10 %
    assert wording.best_proposal(replace(NEAR, proposals=(delay, climb, shift))) is climb
    assert wording.best_proposal(replace(NEAR, proposals=(delay, shift))) is shift


def test_that_nothing_frees_it_is_said_with_the_bounds() -> None:
    none = Proposal(kind=ProposalKind.NONE_WITHIN_BOUNDS, party="ALPHA", operation="box-7")
    assert wording.proposal_words(none) == "no change of ALPHA/box-7 within 6 h, 30,000 ft or 30 NM frees it"
    assert wording.best_words(replace(NEAR, proposals=(none,))) == "no proposal within bounds"
    assert wording.best_words(replace(NEAR, proposals=())) == ""


def test_pairs_of_one_party_name_the_operation_that_would_change() -> None:
    alike = replace(NEAR, a=replace(BOX, party="BRAVO"))
    assert wording.best_words(alike) == "delay transport-1 25 min"


def test_end_of_a_window_rounds_up_and_its_start_down() -> None:
    assert wording.clock(instant("18:20:59")) == "18:20Z"
    assert wording.clock(instant("18:28:25"), ceil=True) == "18:29Z"
    assert wording.clock(instant("18:28:25.001"), seconds=True, ceil=True) == "18:28:26Z"


def test_standing_windows_are_said_without_the_years_1_and_9999() -> None:
    assert wording.window_words(SITE) == "at all times"
    assert wording.clock(BEGINNING_MS) == "no start"
    assert wording.clock(END_MS, ceil=True) == "no end"


def test_date_is_shared_only_where_every_window_lies_in_one_day() -> None:
    assert wording.shared_date((NEAR,)) == "14 January 2026"
    assert wording.shared_date((NEAR, replace(NEAR, end_ms=instant("23:59:59") + 2000))) == ""
    assert wording.shared_date((replace(NEAR, end_ms=instant("23:59:59")),)) == "14 January 2026"


def test_a_day_from_midnight_to_midnight_is_not_said_as_nothing() -> None:
    start_ms, end_ms = instant("00:00:00"), instant("00:00:00") + 86_400_000
    assert wording.span_words(start_ms, end_ms) == "14 January 2026 00:00:00Z to 15 January 2026 00:00:00Z"
    assert wording.span_words(start_ms, end_ms - 500) == "14 January 2026 00:00:00Z to 15 January 2026 00:00:00Z"
    assert wording.span_words(start_ms, end_ms - 1000) == "00:00:00Z to 23:59:59Z"
    assert wording.span_words(start_ms, END_MS) == "14 January 2026 00:00:00Z to no end"
    assert wording.span_words(BEGINNING_MS, END_MS) == "no start to no end"
    day = replace(NEAR, start_ms=start_ms, end_ms=end_ms)
    assert wording.shared_date((day,)) == ""
    for render in (table.render, report_html.render):
        shown = render(present(replace(REPORT, conflicts=(day,))))
        assert "14 January 2026 00:00:00Z to 15 January 2026 00:00:00Z" in " ".join(shown.split())
    assert wording.window_words(replace(BOX, start_ms=start_ms, end_ms=end_ms)) == "14 Jan 00:00Z to 15 Jan 00:00Z"
    nearly = replace(BOX, start_ms=start_ms, end_ms=end_ms - 30_000)
    assert wording.window_words(nearly) == "14 Jan 00:00Z to 15 Jan 00:00Z"


@given(st.text())
def test_cleaned_text_holds_nothing_that_steers_a_terminal(text: str) -> None:
    shown = wording.clean(text)
    assert len(shown) <= wording.GREATEST_NAME + 1
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    assert not set(shown) & set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    shown.encode()


def test_cleaned_persian_keeps_its_joiners() -> None:
    assert wording.clean("می‌خواهد") == "می‌خواهد"


def test_in_a_sentence_only_the_name_from_right_to_left_is_fenced() -> None:
    assert wording.fenced("found 'نیروی هوایی' as the party") == "found '\u2068نیروی هوایی\u2069' as the party"
    assert wording.fenced("feature 3 (الف-7)") == "feature 3 (\u2068الف-7\u2069)"
    assert wording.fenced("الف is ب.") == "\u2068الف\u2069 is \u2068ب\u2069."
    assert wording.fenced("ALPHA lies outside") == "ALPHA lies outside"


def test_table_fences_no_sentence_of_its_own() -> None:
    told = Warning(code="odd", file="a.kml", feature="placemark 1 (الف)", message="الف lies outside.")
    assert table.warning_words(told) == "a.kml, placemark 1 (\u2068الف\u2069): \u2068الف\u2069 lies outside."
    refused = Unreadable(file="الف.kml", feature="placemark 1 (ب)", field="start", found="'ب'", expected="a time")
    place = "\u2068الف.kml\u2069, placemark 1 (\u2068ب\u2069), start"
    assert table.unreadable_words(refused) == f"{place}: found '\u2068ب\u2069'; expected a time"


def test_a_name_from_right_to_left_is_fenced() -> None:
    assert wording.isolated("الف") == "\u2068الف\u2069"
    assert wording.isolated("ALPHA") == "ALPHA"
