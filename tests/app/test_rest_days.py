"""A date for talks minds every side's rest days and holidays, and says whose day stands against it."""

from __future__ import annotations

from datetime import date

import pytest

from sazokar.app.rest_days import GREATEST_SEATS, clash_words, clashes, date_in_all_words, next_free_day
from sazokar.domain.calendars import day_of, midnight_ms
from sazokar.domain.rest_days import RestKind, Seat
from sazokar.errors import FieldError

pytestmark = pytest.mark.requirement("SZK-09")

ALPHA, BRAVO, MEDIATOR = Seat("ALPHA", "IR"), Seat("BRAVO", "IL"), Seat("MEDIATOR", "TR")
SEATS = (ALPHA, BRAVO, MEDIATOR)


def against(day: date, *seats: Seat) -> set[tuple[str, str]]:
    """Return whose days stand against a date, and why."""
    return {(clash.party, clash.kind) for clash in clashes(seats or SEATS, midnight_ms(day))}


@pytest.mark.parametrize(
    ("day", "party", "kind"),
    [
        (date(2026, 3, 21), "ALPHA", RestKind.HOLIDAY),  # Nowruz
        (date(2026, 5, 15), "ALPHA", RestKind.WEEKLY),  # a Friday
        (date(2026, 5, 16), "BRAVO", RestKind.WEEKLY),  # the Sabbath
        (date(2026, 9, 21), "BRAVO", RestKind.HOLIDAY),  # Yom Kippur 5787
        (date(2026, 10, 29), "MEDIATOR", RestKind.HOLIDAY),  # the day of the Republic
        (date(2026, 5, 17), "MEDIATOR", RestKind.WEEKLY),  # a Sunday
    ],
)
def test_known_days_stand_against_their_party(day: date, party: str, kind: RestKind) -> None:
    assert (party, str(kind)) in against(day)


@pytest.mark.parametrize("country", ["IL", "IR", "TR", "SA", "RU", "US"])
def test_each_country_has_weekly_rest_days_and_holidays(country: str) -> None:
    found = [c for month in (1, 4, 9) for c in clashes([Seat("X", country)], midnight_ms(date(2026, month, 1)), 60)]
    assert {clash.kind for clash in found} == set(RestKind)


def test_a_working_day_of_all_stands_against_nobody() -> None:
    assert against(date(2026, 5, 13)) == set()  # a Wednesday


def test_a_round_of_several_days_minds_each_of_them() -> None:
    monday = midnight_ms(date(2026, 5, 11))
    assert clashes([MEDIATOR], monday, 5) == ()
    (clash,) = clashes([MEDIATOR], monday, 6)
    assert clash_words(clash) == "16 May 2026: MEDIATOR: weekly rest day (Saturday)"


def test_the_next_free_day_is_the_first_one() -> None:
    thursday = midnight_ms(date(2026, 5, 14))
    found = next_free_day(SEATS, thursday)
    assert found is not None
    assert day_of(found) == date(2026, 5, 18)  # Friday, Saturday and Sunday are someone's rest days
    assert clashes(SEATS, found) == ()


def test_no_day_is_found_where_the_sides_share_none() -> None:
    assert next_free_day([ALPHA, BRAVO, MEDIATOR], midnight_ms(date(2026, 5, 14)), 6) is None


@pytest.mark.parametrize("country", ["", "XX", "ir", "Iran", "__", "HolidayBase", "../.."])
def test_an_unknown_country_is_told_with_its_party(country: str) -> None:
    with pytest.raises(FieldError, match="country of ALPHA"):
        clashes([Seat("ALPHA", country)], midnight_ms(date(2026, 5, 14)))


@pytest.mark.parametrize("day", [date(1500, 1, 1), date(2500, 1, 1), date(9999, 12, 31)])
def test_a_year_of_which_nothing_is_known_is_refused_not_called_free(day: date) -> None:
    with pytest.raises(FieldError, match="date"):
        clashes([ALPHA], midnight_ms(day))


@pytest.mark.parametrize("days", [0, 61])
def test_days_are_bounded(days: int) -> None:
    with pytest.raises(FieldError, match="days"):
        clashes(SEATS, 0, days)
    with pytest.raises(FieldError, match="days"):
        next_free_day(SEATS, 0, days)


def test_seats_are_bounded() -> None:
    with pytest.raises(FieldError, match="parties"):
        clashes([ALPHA] * (GREATEST_SEATS + 1), midnight_ms(date(2026, 5, 14)))


def test_a_date_is_shown_in_every_calendar() -> None:
    assert date_in_all_words(midnight_ms(date(2025, 3, 21))) == [
        "Friday",
        "Gregorian: 21 March 2025",
        "Hebrew: 21 Adar 5785",
        "Hijri (tabular): 21 Ramadan 1446",  # eight months of 30 and 29 days after 8 July 2024, 1 Muharram
        "Jalali: 1 Farvardin 1404",
    ]
