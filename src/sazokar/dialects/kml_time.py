"""The times of KML: an instant with a zone, or a day, month or year, which is taken as that span of UTC.

KML allows a date without a time. A date is no time, so SZK-13 does not refuse it: it is the whole of that day (month,
year) in UTC, from its first instant to the first of the next; the reader warns, as its author may have meant a local
day. A time of day without a zone is refused.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import msgspec

from sazokar.domain.plan.instant import EPOCH, parse_instant
from sazokar.errors import InstantError

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?Z?", re.ASCII)


class Moment(msgspec.Struct, frozen=True):
    """What a KML time names: from its first instant to the first no more within, ms since the epoch.

    Args:
        first_ms: The instant itself, or the first of the day, month or year.
        next_ms: The instant itself, or the first after the day, month or year.
        date: It was a date.
    """

    first_ms: int
    next_ms: int
    date: bool


def parse_moment(text: str) -> Moment:
    """Return what a KML dateTime, date, gYearMonth or gYear names.

    Raises:
        InstantError: None of these, no such date, or a time without a zone.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        return Moment(parse_instant(text), parse_instant(text, ceil=True), date=False)
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        first = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
        if day is not None:
            following = first + timedelta(days=1)
        elif month is not None:
            following = (first + timedelta(days=31)).replace(day=1)
        else:
            following = datetime((year or 0) + 1, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise InstantError(repr(text[:60]), "a date that exists, in the years 1 to 9998") from error
    return Moment(_milliseconds(first), _milliseconds(following), date=True)


def _milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)
