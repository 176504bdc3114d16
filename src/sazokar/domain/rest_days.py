"""What stands against a date for talks: a party's weekly rest day or holiday. Values only; `app.rest_days` finds them."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class RestKind(StrEnum):
    """Why a party does not meet on a day."""

    WEEKLY = "weekly rest day"
    HOLIDAY = "holiday"


class Seat(msgspec.Struct, frozen=True):
    """A party at the table, and whose calendar of rest days and holidays it keeps.

    Args:
        party: The party's name.
        country: ISO 3166-1 alpha-2 code of the country whose public holidays it keeps: `IR`, `IL`, `TR`.
    """

    party: str
    country: str


class Clash(msgspec.Struct, frozen=True, order=True):
    """One reason against one day.

    Args:
        date_ms: The day, its midnight UTC, ms since the Unix epoch.
        party: Whose reason it is.
        kind: Rest day or holiday.
        name: Name of the weekday or of the holiday, in English.
    """

    date_ms: int
    party: str
    kind: RestKind
    name: str
