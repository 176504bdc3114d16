"""Dates in the calendars of the parties: Gregorian, Hebrew, Hijri (tabular) and Jalali. Arithmetic only, no clock.

What each is exactly, as calendars of one name differ:

- **Hebrew**: the fixed calendar of Hillel II; its day begins at sunset before, here each date is that of the daytime.
- **Hijri, tabular**: the civil one of 30 years with leap years 2, 5, 7, 10, 13, 16, 18, 21, 24, 26 and 29, epoch Friday
  16 July 622 Julian. The month that is announced by sighting, and the Umm al-Qura calendar, may differ by a day or two.
- **Jalali** (Solar Hijri, of Iran and in other month names of Afghanistan): by a cycle of 33 years, which gives every
  new year that the official table names from 1206 to 1497; beyond these years no date is given.

**Source**: the counts of days of E. M. Reingold and N. Dershowitz, Calendrical Calculations (2018), chapters 2, 7, 8 and
15, from which the formulas are taken; the code is our own.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from sazokar.domain.plan.instant import BEGINNING_MS, END_MS, EPOCH
from sazokar.errors import InstantError

FIRST_JALALI: Final = 1206
LAST_JALALI: Final = 1497
"""The official table of new years, against which the cycle of 33 years is tested, covers these years."""

_HEBREW_EPOCH: Final = -1_373_427
"""The day before 1 Tishri of year 1, counted from 1 January of year 1 as day 1: elapsed days are added to it."""
_HIJRI_EPOCH: Final = 227_015
"""16 July 622 Julian."""
_JALALI_EPOCH: Final = 226_895
"""Where the cycle, fitted to the official table, would begin: one day before the calendar's own 22 March 622."""


class Calendar(StrEnum):
    """A calendar in which dates are shown."""

    GREGORIAN = "Gregorian"
    HEBREW = "Hebrew"
    HIJRI = "Hijri (tabular)"
    JALALI = "Jalali"


MONTHS: Final[dict[Calendar, tuple[str, ...]]] = {
    Calendar.GREGORIAN: (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
    Calendar.HEBREW: (
        "Nisan", "Iyyar", "Sivan", "Tammuz", "Av", "Elul", "Tishri", "Marheshvan", "Kislev", "Tevet", "Shevat", "Adar",
        "Adar II",
    ),
    Calendar.HIJRI: (
        "Muharram", "Safar", "Rabi al-Awwal", "Rabi al-Thani", "Jumada al-Ula", "Jumada al-Akhirah", "Rajab", "Shaban",
        "Ramadan", "Shawwal", "Dhu al-Qadah", "Dhu al-Hijjah",
    ),
    Calendar.JALALI: (
        "Farvardin", "Ordibehesht", "Khordad", "Tir", "Mordad", "Shahrivar", "Mehr", "Aban", "Azar", "Dey", "Bahman",
        "Esfand",
    ),
}  # fmt: skip
"""Names of months, the first of each calendar as month 1; the Hebrew year begins with its month 7."""


class CalendarDate(msgspec.Struct, frozen=True):
    """A date in one calendar.

    Args:
        calendar: In which.
        year: Year of that calendar.
        month: Month, from 1, as `MONTHS` names them.
        day: Day of the month, from 1.
    """

    calendar: Calendar
    year: int
    month: int
    day: int

    def __str__(self) -> str:
        return f"{self.day} {self.month_name} {self.year}"

    @property
    def month_name(self) -> str:
        """Name of the month; Adar of a leap year is Adar I."""
        name = MONTHS[self.calendar][self.month - 1]
        leap = self.calendar is Calendar.HEBREW and self.month == 12 and _hebrew_is_leap(self.year)
        return "Adar I" if leap else name


def day_of(instant_ms: int) -> date:
    """Return the day, UTC, of an instant in ms since the Unix epoch.

    Raises:
        InstantError: It is not within the years 1 to 9999.
    """
    if not BEGINNING_MS <= instant_ms <= END_MS:
        raise InstantError(f"{instant_ms} ms", "an instant within the years 1 to 9999")
    return (EPOCH + timedelta(milliseconds=instant_ms)).date()


def midnight_ms(day: date) -> int:
    """Return the midnight, UTC, with which a day begins, ms since the Unix epoch."""
    return (datetime(day.year, day.month, day.day, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)


def in_all_calendars(day: date) -> tuple[CalendarDate, ...]:
    """Return a day in every calendar that has a date for it, Gregorian first."""
    dates = (gregorian(day), hebrew(day), hijri(day), jalali(day))
    return tuple(found for found in dates if found is not None)


def gregorian(day: date) -> CalendarDate:
    """Return a day as what it is: Gregorian, before 1582 too."""
    return CalendarDate(Calendar.GREGORIAN, day.year, day.month, day.day)


def hebrew(day: date) -> CalendarDate:
    """Return a day in the Hebrew calendar."""
    fixed = day.toordinal()
    year = (fixed - _HEBREW_EPOCH) * 98_496 // 35_975_351  # mean year 35975351/98496 days; at most one year short
    while _hebrew_new_year(year + 1) <= fixed:
        year += 1
    while _hebrew_new_year(year) > fixed:
        year -= 1
    rest = fixed - _hebrew_new_year(year)
    for month in _hebrew_months(year):
        length = _hebrew_month_days(year, month)
        if rest < length:
            return CalendarDate(Calendar.HEBREW, year, month, rest + 1)
        rest -= length
    raise AssertionError(f"year {year} ended before day {fixed}")


def _hebrew_is_leap(year: int) -> bool:
    return (7 * year + 1) % 19 < 7


def _hebrew_months(year: int) -> list[int]:
    return [7, 8, 9, 10, 11, 12, *([13] if _hebrew_is_leap(year) else []), 1, 2, 3, 4, 5, 6]


def _hebrew_elapsed_days(year: int) -> int:
    """Return days from the epoch to the molad of Tishri, put off from Sunday, Wednesday and Friday."""
    months = (235 * year - 234) // 19
    days = 29 * months + (12_084 + 13_753 * months) // 25_920
    return days + 1 if 3 * (days + 1) % 7 < 3 else days


def _hebrew_new_year(year: int) -> int:
    """Return the fixed day of 1 Tishri; a year of 356 or of 382 days is prevented by putting off its end or start."""
    before, this, after = (_hebrew_elapsed_days(year + n) for n in (-1, 0, 1))
    delay = 2 if after - this == 356 else 1 if this - before == 382 else 0
    return _HEBREW_EPOCH + this + delay


def _hebrew_month_days(year: int, month: int) -> int:
    days = _hebrew_new_year(year + 1) - _hebrew_new_year(year)
    if month == 8:
        return 30 if days % 10 == 5 else 29
    if month == 9:
        return 29 if days % 10 == 3 else 30
    if month == 12:
        return 30 if _hebrew_is_leap(year) else 29
    return 29 if month in (2, 4, 6, 10, 13) else 30


def hijri(day: date) -> CalendarDate | None:
    """Return a day in the tabular Hijri calendar, or None before its first year."""
    fixed = day.toordinal()
    if fixed < _HIJRI_EPOCH:
        return None
    year = (30 * (fixed - _HIJRI_EPOCH) + 10_646) // 10_631
    rest = fixed - _HIJRI_EPOCH - 354 * (year - 1) - (3 + 11 * year) // 30
    month = (11 * rest + 330) // 325
    return CalendarDate(Calendar.HIJRI, year, month, rest - (29 * (month - 1) + month // 2) + 1)


def jalali(day: date) -> CalendarDate | None:
    """Return a day in the Jalali calendar, or None outside the years 1206 to 1497."""
    fixed = day.toordinal()
    year = (fixed - _JALALI_EPOCH) * 33 // 12_053 + 1  # 33 years have 12,053 days; at most one year off
    while _jalali_new_year(year + 1) <= fixed:
        year += 1
    while _jalali_new_year(year) > fixed:
        year -= 1
    if not FIRST_JALALI <= year <= LAST_JALALI:
        return None
    rest = fixed - _jalali_new_year(year)
    month = rest // 31 + 1 if rest < 186 else (rest - 186) // 30 + 7
    return CalendarDate(Calendar.JALALI, year, month, (rest % 31 if rest < 186 else (rest - 186) % 30) + 1)


def _jalali_new_year(year: int) -> int:
    """Return the fixed day of 1 Farvardin: eight of 33 years are leap years."""
    return _JALALI_EPOCH + 365 * (year - 1) + (8 * year + 21) // 33
