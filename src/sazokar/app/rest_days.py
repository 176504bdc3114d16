"""Whether a date for talks minds each side's weekly rest days and public holidays (SZK-09), and the next that does.

The days come from the `holidays` package, which computes them and asks no network; holidays that hang on the sighting
of the moon are its estimates, and may fall a day or two beside what is announced. A date is a whole day, whatever the
hour at which a rest day begins: of the Sabbath, Friday counts where it is a weekly rest day there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from sazokar.domain.calendars import day_of, in_all_calendars, midnight_ms
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS
from sazokar.domain.rest_days import Clash, RestKind, Seat
from sazokar.domain.talks import GREATEST_DAYS
from sazokar.errors import FieldError

if TYPE_CHECKING:
    from holidays import HolidayBase

GREATEST_SEATS: Final = 50
"""At most this many parties are asked at once."""
GREATEST_SEARCH: Final = 400
"""The next free day is searched for this many days."""

_CODE = re.compile(r"[A-Z]{2}", re.ASCII)
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def clashes(seats: Sequence[Seat], date_ms: int, days: int = 1) -> tuple[Clash, ...]:
    """Return what stands against a round of talks on some days in a row, earliest first; nothing: all can meet.

    Args:
        seats: The parties, each with its country.
        date_ms: First day, any instant of it in UTC, ms since the Unix epoch.
        days: How many days in a row.

    Raises:
        FieldError: A country is not known, there are too many parties or days, or nothing is known of that year.
    """
    if not 1 <= days <= GREATEST_DAYS:
        raise FieldError("days", str(days), f"1 to {GREATEST_DAYS}")
    return _Almanac(seats).clashes(_day(date_ms), days)


def next_free_day(seats: Sequence[Seat], after_ms: int, days: int = 1) -> int | None:
    """Return the first day after an instant's day from which all can meet for some days; midnight UTC, ms.

    None: there is none within `GREATEST_SEARCH` days, as where every day of the week is some party's rest day.

    Raises:
        FieldError: As `clashes` does.
    """
    if not 1 <= days <= GREATEST_DAYS:
        raise FieldError("days", str(days), f"1 to {GREATEST_DAYS}")
    almanac, day = _Almanac(seats), _day(after_ms)
    for step in range(1, GREATEST_SEARCH + 1):
        first = day + timedelta(days=step)
        if not almanac.clashes(first, days):
            return midnight_ms(first)
    return None


def clash_words(clash: Clash) -> str:
    """Return a clash in a sentence: `16 January 2026: ALPHA: weekly rest day (Friday)`."""
    return f"{in_all_calendars(day_of(clash.date_ms))[0]}: {clash.party}: {clash.kind} ({clash.name})"


def date_in_all_words(date_ms: int) -> list[str]:
    """Return a day in every calendar, one to a line: `Jalali: 2 Azar 1405`, with its weekday first."""
    day = day_of(date_ms)
    lines = [f"{found.calendar}: {found}" for found in in_all_calendars(day)]
    return [f"{_WEEKDAYS[day.weekday()]}", *lines]


def _day(instant_ms: int) -> date:
    latest_ms = END_MS - (GREATEST_SEARCH + GREATEST_DAYS + 1) * 86_400_000
    if not BEGINNING_MS <= instant_ms <= latest_ms:
        raise FieldError("date", f"{instant_ms} ms", "a date within the years 1 to 9997")
    return day_of(instant_ms)


class _Almanac:
    """The rest days and holidays of every party at the table, each country's read once."""

    def __init__(self, seats: Sequence[Seat]) -> None:
        if len(seats) > GREATEST_SEATS:
            raise FieldError("parties", f"{len(seats):,}", f"at most {GREATEST_SEATS}")
        self._seats = seats
        self._countries = {seat.country: _country(seat) for seat in seats}

    def clashes(self, first: date, days: int) -> tuple[Clash, ...]:
        """Return what stands against some days in a row."""
        row = [first + timedelta(days=n) for n in range(days)]
        return tuple(sorted(clash for day in row for seat in self._seats for clash in self._of(seat, day)))

    def _of(self, seat: Seat, day: date) -> list[Clash]:
        known = self._countries[seat.country]
        if not known.start_year <= day.year <= known.end_year:
            found = f"{day.year} for {seat.country} ({seat.party})"
            raise FieldError("date", found, f"a year from {known.start_year} to {known.end_year}")
        found_clashes = []
        if day.weekday() in known.weekend:
            found_clashes.append(Clash(midnight_ms(day), seat.party, RestKind.WEEKLY, _WEEKDAYS[day.weekday()]))
        holiday = known.get(day)
        if holiday:
            found_clashes.append(Clash(midnight_ms(day), seat.party, RestKind.HOLIDAY, str(holiday)))
        return found_clashes


def _country(seat: Seat) -> HolidayBase:
    """Return the holidays of a party's country; the package is imported here, as few commands need its 100 ms."""
    import holidays

    expected = "an ISO 3166-1 alpha-2 code such as IR, IL, TR, SA, RU or US"
    if _CODE.fullmatch(seat.country) is None:
        raise FieldError(f"country of {seat.party}", repr(seat.country[:20]), expected)
    try:
        return holidays.country_holidays(seat.country, language="en_US")
    except NotImplementedError as error:
        raise FieldError(f"country of {seat.party}", repr(seat.country[:20]), expected) from error
