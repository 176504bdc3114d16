"""What a record of a round of talks must be to be one: where, when, who, and what follows it (SZK-09, SZK-16).

Signs nothing and judges no date: which days are holidays is told by `app.rest_days`; which outcomes there are, and who
may record one, by `domain.watch`. A round that ends without an agreement is a record like any other.
"""

from __future__ import annotations

from typing import Final

from sazokar.domain.agreement import DAY_MS
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS
from sazokar.domain.statement import TalksRound
from sazokar.errors import FieldError

GREATEST_DAYS: Final = 60
"""A round lasts at most this many days."""
GREATEST_DELEGATIONS: Final = 50
"""A round seats at most this many delegations."""
GREATEST_PROPOSALS: Final = 100
"""At most this many drafts lie on the table in one round."""


def validate_round(round_: TalksRound) -> None:
    """Pass where a round is what it claims to be, and does not contradict itself.

    Raises:
        FieldError: There is no place, a number is beyond its limit, a date is no midnight UTC, a party or a draft comes
            twice, or the next round does not follow this one.
    """
    if not round_.place.strip():
        raise FieldError("place", "no place", "where the round is held")
    _require_within("days", round_.days, 1, GREATEST_DAYS)
    _require_within("delegations", len(round_.delegations), 0, GREATEST_DELEGATIONS)
    _require_within("proposals", len(round_.proposals), 0, GREATEST_PROPOSALS)
    _require_date("date", round_.date_ms)
    _require_once("delegation", [party.strip() for party, _ in round_.delegations])
    _require_once("proposal", list(round_.proposals))
    if round_.next_ms:
        _require_date("next", round_.next_ms)
        if round_.next_ms < round_.date_ms + round_.days * DAY_MS:
            raise FieldError("date and next", "a next round before this one ends", "a next round after it")


def _require_within(field: str, value: int, least: int, greatest: int) -> None:
    if not least <= value <= greatest:
        raise FieldError(field, f"{value}", f"{least:,} to {greatest:,}")


def _require_date(field: str, instant_ms: int) -> None:
    if not BEGINNING_MS <= instant_ms <= END_MS or instant_ms % DAY_MS:
        raise FieldError(field, f"{instant_ms} ms", "midnight UTC of a day within the years 1 to 9999")


def _require_once(field: str, names: list[str]) -> None:
    for number, name in enumerate(names):
        if not name or name in names[:number]:
            raise FieldError(field, repr(name[:60]), "each one once, by its name")
