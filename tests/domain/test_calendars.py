"""Dates in the calendars of the parties, against tables that others published and days that everyone knows."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.domain.calendars import (
    FIRST_JALALI,
    LAST_JALALI,
    MONTHS,
    Calendar,
    day_of,
    hebrew,
    hijri,
    in_all_calendars,
    jalali,
    midnight_ms,
)
from sazokar.errors import InstantError

pytestmark = pytest.mark.requirement("SZK-09")


@pytest.mark.parametrize(
    ("day", "year", "month", "month_day"),
    [
        # Reingold & Dershowitz, Calendrical Calculations, appendix C: sample dates (Gregorian, Hebrew).
        (date(70, 9, 24), 3831, 7, 3),
        (date(470, 1, 8), 4230, 10, 18),
        (date(1096, 5, 24), 4856, 2, 23),
        (date(1943, 10, 7), 5704, 7, 8),
        (date(1945, 11, 12), 5706, 9, 7),
        (date(2094, 7, 18), 5854, 5, 5),
        # Days of the state of Israel: independence, and new years.
        (date(1948, 5, 14), 5708, 2, 5),
        (date(2023, 9, 16), 5784, 7, 1),
        (date(2024, 10, 3), 5785, 7, 1),
        (date(2024, 4, 23), 5784, 1, 15),
    ],
)
def test_hebrew_dates_are_those_that_are_known(day: date, year: int, month: int, month_day: int) -> None:
    found = hebrew(day)
    assert (found.year, found.month, found.day) == (year, month, month_day)


def test_adar_is_first_and_second_in_a_leap_year_alone() -> None:
    assert str(hebrew(date(2024, 3, 1))) == "21 Adar I 5784"
    assert str(hebrew(date(2024, 3, 24))) == "14 Adar II 5784"
    assert str(hebrew(date(2025, 3, 14))) == "14 Adar 5785"


def test_a_hebrew_new_year_is_never_a_sunday_a_wednesday_or_a_friday() -> None:
    new_years = [
        d for n in range(40 * 366) if (f := hebrew(d := date(2000, 1, 1) + timedelta(days=n))).month == 7 and f.day == 1
    ]
    assert len(new_years) == 40
    assert {day.weekday() for day in new_years} <= {0, 1, 3, 5}
    assert {(b - a).days for a, b in zip(new_years, new_years[1:], strict=False)} <= {353, 354, 355, 383, 384, 385}


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        # Reingold & Dershowitz, appendix C: sample dates (Gregorian, Islamic arithmetic).
        (date(622, 7, 19), (1, 1, 1)),
        (date(694, 11, 10), (75, 7, 13)),
        (date(1096, 5, 24), (489, 5, 22)),
        (date(1943, 10, 7), (1362, 10, 7)),
        (date(1945, 11, 12), (1364, 12, 6)),
        (date(2094, 7, 18), (1518, 3, 5)),
    ],
)
def test_tabular_hijri_dates_are_those_of_the_civil_calendar(day: date, expected: tuple[int, int, int]) -> None:
    found = hijri(day)
    assert found is not None
    assert (found.year, found.month, found.day) == expected


def test_there_is_no_hijri_date_before_the_first_year() -> None:
    assert hijri(date(622, 7, 18)) is None


def test_tabular_hijri_is_within_two_days_of_the_published_umm_al_qura_months(shared: Path) -> None:
    table = json.loads((shared / "data/i18n_calendar/hijri/kfupm_comparison_calendar.json").read_text())
    assert len(table) > 600
    for (year, month, _), (g_year, g_month, g_day) in (entry[0] for entry in table):
        first = date(g_year, g_month, g_day)
        near = [hijri(first + timedelta(days=n)) for n in range(-2, 3)]
        assert any(d is not None and (d.year, d.month, d.day) == (year, month, 1) for d in near)


def test_every_new_year_of_the_official_jalali_table_is_given(shared: Path) -> None:
    with (shared / "data/i18n_calendar/persian/nowruz_ut_1206_1498.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 150
    for row in rows:
        found = jalali(date.fromisoformat(row["nowruz_gregorian"]))
        assert found is not None
        assert (found.year, found.month, found.day) == (int(row["persian_year"]), 1, 1)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(1979, 2, 11), (1357, 11, 22)),  # 22 Bahman 1357, a public holiday by that name
        (date(2020, 3, 20), (1399, 1, 1)),
        (date(2021, 3, 20), (1399, 12, 30)),  # a leap year's last day
        (date(2024, 3, 20), (1403, 1, 1)),
        (date(2025, 3, 20), (1403, 12, 30)),
        (date(2025, 3, 21), (1404, 1, 1)),
        (date(2024, 9, 22), (1403, 7, 1)),  # the first of Mehr, on which schools begin
    ],
)
def test_jalali_dates_are_those_that_are_known(day: date, expected: tuple[int, int, int]) -> None:
    found = jalali(day)
    assert found is not None
    assert (found.year, found.month, found.day) == expected


def test_no_jalali_date_is_given_where_the_table_ends() -> None:
    assert jalali(date(1827, 3, 21)) is None
    assert jalali(date(2119, 6, 1)) is None
    first, last = jalali(date(1827, 3, 22)), jalali(date(2119, 3, 1))
    assert first is not None
    assert last is not None
    assert (first.year, last.year) == (FIRST_JALALI, LAST_JALALI)


@given(st.dates(min_value=date(1830, 1, 1), max_value=date(2110, 1, 1)))
def test_each_calendar_counts_every_day_once(day: date) -> None:
    today, tomorrow = in_all_calendars(day), in_all_calendars(day + timedelta(days=1))
    assert [found.calendar for found in today] == list(Calendar)
    for a, b in zip(today, tomorrow, strict=True):
        next_day = (b.year, b.month, b.day) == (a.year, a.month, a.day + 1)
        assert next_day or (b.day == 1 and a.day >= 28 and (b.month != a.month))
        assert 1 <= a.month <= len(MONTHS[a.calendar])


@given(st.dates())
def test_any_day_has_dates_and_is_found_again_by_its_midnight(day: date) -> None:
    assert in_all_calendars(day)[0].day == day.day
    assert day_of(midnight_ms(day)) == day


@pytest.mark.parametrize("instant_ms", [-62_135_596_800_001, 253_402_300_800_000, 10**30])
def test_an_instant_beyond_the_calendar_is_refused(instant_ms: int) -> None:
    with pytest.raises(InstantError, match="1 to 9999"):
        day_of(instant_ms)
