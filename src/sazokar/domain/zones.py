"""The agreed zones as volumes that pairs are judged with, their schedules laid out as windows (SZK-03).

What is kept from a zone is not here: `Agreement.rules()` holds the buffers and the minima about zones. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sazokar.domain.agreement import DAY_MS, Agreement, Schedule, Zone
from sazokar.domain.agreement_validity import COMMON
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS, format_instant
from sazokar.domain.plan.volume import Role, Volume
from sazokar.errors import LimitError, MeaningError

GREATEST_WINDOWS: Final = 1_000
"""A zone has at most this many separate windows in what is asked for at once."""
GREATEST_DAYS: Final = 36_600
"""Schedules are laid out over at most some hundred years at once."""

_MONDAY_MS: Final = 4 * DAY_MS
"""1970-01-05, the first Monday since the Unix epoch."""

Window = tuple[int, int]
"""`[start, end)`, ms since the Unix epoch."""


def volumes_of(agreement: Agreement, from_ms: int = BEGINNING_MS, until_ms: int = END_MS) -> list[Volume]:
    """Return the agreed zones as they hold within `[from, until)`: one volume for each window of each zone.

    A zone that no party claims for itself is of the party `AGREEMENT`; a zone of influence is of the party whose claim
    it is, so that its own operations are not judged by it.

    Args:
        agreement: In whose zones.
        from_ms: First instant, ms since the Unix epoch.
        until_ms: First instant no more within; windows that hold longer are cut here.

    Raises:
        MeaningError: `until_ms` is not after `from_ms`.
        LimitError: A zone has more separate windows there than `GREATEST_WINDOWS`, or a schedule more days than
            `GREATEST_DAYS`.
    """
    if until_ms <= from_ms:
        raise MeaningError(f"zones from {from_ms} ms until {until_ms} ms", "an until after its from")
    return [
        Volume(
            operation=zone.name,
            party=zone.party or COMMON,
            shape=zone.shape,
            lower=zone.lower,
            upper=zone.upper,
            start_ms=start_ms,
            end_ms=end_ms,
            role=Role.ZONE,
            kind=zone.kind,
            index=index,
        )
        for zone in agreement.zones
        for index, (start_ms, end_ms) in enumerate(windows_of(zone, from_ms, until_ms))
    ]


def windows_of(zone: Zone, from_ms: int, until_ms: int) -> list[Window]:
    """Return when a zone holds within `[from, until)`: in order, apart from each other, adjacent ones made one.

    Raises:
        LimitError: There are more than `GREATEST_WINDOWS`, or a schedule has more than `GREATEST_DAYS` days there.
    """
    if not zone.schedules:
        return [(from_ms, until_ms)]
    found: list[Window] = []
    for schedule in zone.schedules:
        first, last = max(schedule.from_ms, from_ms), min(schedule.until_ms, until_ms)
        if first < last:
            found += _merged(_daily(zone, schedule, first, last), zone)
    return _merged(iter(sorted(found)), zone)


def _daily(zone: Zone, schedule: Schedule, first_ms: int, last_ms: int) -> Iterator[Window]:
    """Give a schedule's windows, cut to `[first, last)`, in order.

    The day before the first counts too: its window may run past midnight, and holds from the schedule's first instant.
    """
    if _throughout(schedule):
        yield first_ms, last_ms
        return
    first_day, last_day = first_ms // DAY_MS - 1, (last_ms - 1) // DAY_MS
    if last_day - first_day > GREATEST_DAYS:
        raise _too_many(zone, f"{last_day - first_day:,} days", f"{GREATEST_DAYS:,} days at once", last_ms)
    lasting_ms = schedule.daily_until_ms - schedule.daily_from_ms
    lasting_ms += DAY_MS if lasting_ms <= 0 else 0
    for day in range(first_day, last_day + 1):
        if schedule.weekdays and (day - _MONDAY_MS // DAY_MS) % 7 not in schedule.weekdays:
            continue
        start_ms = day * DAY_MS + schedule.daily_from_ms
        window = max(start_ms, first_ms), min(start_ms + lasting_ms, last_ms)
        if window[0] < window[1]:
            yield window


def _throughout(schedule: Schedule) -> bool:
    """Return whether a schedule has no daily hours and no weekdays: it holds from its first instant to its last."""
    lasts_all_day = (schedule.daily_until_ms - schedule.daily_from_ms) % DAY_MS == 0
    return lasts_all_day and len(schedule.weekdays) in (0, 7) and schedule.daily_from_ms == 0


def _merged(windows: Iterator[Window], zone: Zone) -> list[Window]:
    """Return windows in order of their start with those that touch or overlap made one."""
    found: list[Window] = []
    for start_ms, end_ms in windows:
        if found and start_ms <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end_ms)
            continue
        if len(found) == GREATEST_WINDOWS:
            expected = f"{GREATEST_WINDOWS:,} windows of a zone at once"
            raise _too_many(zone, f"more than {GREATEST_WINDOWS:,} windows", expected, start_ms)
        found.append((start_ms, end_ms))
    return found


def _too_many(zone: Zone, found: str, expected: str, at_ms: int) -> LimitError:
    until = format_instant(at_ms)
    return LimitError(
        f"clause {zone.number} ({zone.name}): found {found} by {until}; expected at most {expected}: "
        "ask for a shorter time, or agree on a shorter schedule"
    )
