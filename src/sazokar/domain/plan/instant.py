"""Instants: whole milliseconds since the Unix epoch, UTC (SZK-13). Reads no clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from sazokar.errors import InstantError

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
BEGINNING_MS: Final = -62_135_596_800_000
"""0001-01-01T00:00:00Z: the start of a standing volume that names none."""
END_MS: Final = 253_402_300_799_999
"""9999-12-31T23:59:59.999Z: the end of a standing volume that names none."""

_RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|z|[+-]\d\d:\d\d)?", re.ASCII)
_EXPECTED = "an RFC 3339 time with a zone, such as 2026-01-14T18:00:00Z"


def parse_instant(text: str, *, ceil: bool = False) -> int:
    """Return the instant that an RFC 3339 text names, in ms since the Unix epoch, UTC.

    Args:
        text: Date, time and zone. A fraction finer than a millisecond is rounded down.
        ceil: Round a finer fraction up instead; for the end of a window, so that rounding never shortens it.

    Raises:
        InstantError: The text is no time, the time does not exist, or it bears no zone (SZK-13).

    Source: RFC 3339, section 5.6; a leap second (:60) is refused, as UTC in ms since the epoch has no name for it.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise InstantError(repr(text[:60]), _EXPECTED)
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    if zone is None:
        raise InstantError(f"{text!r}, which has no zone", "a zone: Z, or an offset such as +03:30")
    try:
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC)
        moment -= _offset(zone)
        whole_ms = (moment - EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError) as error:
        raise InstantError(f"{text!r} ({error})", _EXPECTED) from error
    nanoseconds = int((fraction or "0").ljust(9, "0"))
    return whole_ms + (-(-nanoseconds // 1_000_000) if ceil else nanoseconds // 1_000_000)


def _offset(zone: str) -> timedelta:
    if zone in "Zz":
        return timedelta(0)
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 23 or minutes > 59:
        raise ValueError(f"no zone is {zone}")
    offset = timedelta(hours=hours, minutes=minutes)
    return -offset if zone[0] == "-" else offset


def format_instant(instant_ms: int) -> str:
    """Return the RFC 3339 text of an instant, in UTC with a Z; milliseconds only where there are any."""
    moment = EPOCH + timedelta(milliseconds=instant_ms)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    return f"{text}.{moment.microsecond // 1000:03d}Z" if moment.microsecond else f"{text}Z"
