"""Lateness: computed to the millisecond, by the clause that speaks of the kind, and never a refusal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.domain.agreement import Agreement, LeadClass, LeadTime, Priority, Term
from sazokar.domain.lateness import exempted, lateness
from sazokar.domain.plan.instant import BEGINNING_MS

pytestmark = pytest.mark.requirement("SZK-11")

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
NOW_MS = 1_768_400_000_000
ROUTINE_URGENT = LeadTime("3.1", (LeadClass("routine", 6 * HOUR_MS), LeadClass("urgent", 30 * MINUTE_MS)))


def agreed(*terms: Term) -> Agreement:
    return Agreement(title=(("en", "Lead times"),), signatories=(), terms=terms)


def class_at(lead_ms: int, notice: str = "flight", *terms: Term) -> tuple[str, str, bool]:
    found = lateness(agreed(*(terms or (ROUTINE_URGENT,))), notice, "N-1", 1, NOW_MS + lead_ms, NOW_MS)
    assert found.lead_ms == lead_ms
    return found.clause, found.class_, found.late


@pytest.mark.parametrize(
    ("lead_ms", "class_", "late"),
    [
        (6 * HOUR_MS + 1, "routine", False),
        (6 * HOUR_MS, "routine", False),
        (6 * HOUR_MS - 1, "urgent", False),
        (30 * MINUTE_MS, "urgent", False),
        (30 * MINUTE_MS - 1, "late", True),
        (MINUTE_MS, "late", True),
        (0, "late", True),
        (-1, "late", True),
    ],
)
def test_a_lead_that_equals_the_least_reaches_the_class_and_a_millisecond_less_does_not(
    lead_ms: int, class_: str, late: bool
) -> None:
    assert class_at(lead_ms) == ("3.1", class_, late)


def test_the_clause_of_the_kind_goes_before_that_of_any() -> None:
    relief = LeadTime("3.2", (LeadClass("normal", 48 * HOUR_MS), LeadClass("emergency", 24 * HOUR_MS)), "movement")
    assert class_at(24 * HOUR_MS, "movement", ROUTINE_URGENT, relief) == ("3.2", "emergency", False)
    assert class_at(24 * HOUR_MS, "flight", ROUTINE_URGENT, relief) == ("3.1", "routine", False)
    assert class_at(24 * HOUR_MS - 1, "movement", ROUTINE_URGENT, relief) == ("3.2", "late", True)


def test_the_order_in_which_classes_are_written_decides_nothing() -> None:
    upside_down = LeadTime("3.1", tuple(reversed(ROUTINE_URGENT.classes)))
    for lead_ms in (6 * HOUR_MS, 6 * HOUR_MS - 1, 30 * MINUTE_MS, 0):
        assert class_at(lead_ms, "flight", upside_down) == class_at(lead_ms)


def test_where_no_clause_speaks_only_what_has_begun_is_late() -> None:
    for agreement in (None, agreed()):
        assert lateness(agreement, "flight", "N-1", 1, NOW_MS, NOW_MS).class_ == "unruled"
        assert not lateness(agreement, "flight", "N-1", 1, NOW_MS, NOW_MS).late
        begun = lateness(agreement, "flight", "N-1", 1, NOW_MS - 1, NOW_MS)
        assert (begun.clause, begun.class_, begun.late, begun.lead_ms) == ("", "late", True, -1)


def test_a_site_that_names_no_start_starts_on_being_recorded() -> None:
    found = lateness(None, "site", "N-1", 1, BEGINNING_MS, NOW_MS)
    assert (found.lead_ms, found.class_, found.late) == (0, "unruled", False)
    assert lateness(agreed(ROUTINE_URGENT), "site", "N-1", 1, BEGINNING_MS, NOW_MS).late


@pytest.mark.requirement("SZK-35")
def test_an_exempt_kind_is_not_late_and_says_by_which_clause() -> None:
    exempting = Priority("5.1", (), ("movement",))
    assert class_at(MINUTE_MS, "movement", ROUTINE_URGENT, exempting) == ("5.1", "exempt", False)
    assert class_at(MINUTE_MS, "flight", ROUTINE_URGENT, exempting) == ("3.1", "late", True)
    assert class_at(HOUR_MS, "movement", ROUTINE_URGENT, exempting) == ("3.1", "urgent", False)


@pytest.mark.requirement("SZK-35")
def test_an_exempt_class_is_not_late_either_and_what_is_in_time_stays_as_it_is() -> None:
    agreement = agreed(ROUTINE_URGENT, Priority("5.1", (), ("medevac",)))
    late = lateness(agreement, "flight", "N-1", 1, NOW_MS + MINUTE_MS, NOW_MS)
    assert exempted(late, agreement, "transport", "") is late
    freed = exempted(late, agreement, "transport", "medevac")
    assert (freed.clause, freed.class_, freed.late, freed.lead_ms) == ("5.1", "exempt", False, MINUTE_MS)
    urgent = lateness(agreement, "flight", "N-1", 1, NOW_MS + HOUR_MS, NOW_MS)
    assert exempted(urgent, agreement, "medevac") is urgent
    assert exempted(late, None, "medevac") is late


@given(st.integers(-(10**12), 10**12), st.integers(0, 10**12))
def test_more_lead_is_never_later(lead_ms: int, more_ms: int) -> None:
    _, _, late = class_at(lead_ms)
    _, _, later = class_at(lead_ms + more_ms)
    assert late or not later
