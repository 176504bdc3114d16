"""Rounds of talks as values: where, when, who, who mediates, what was proposed, what came out (SZK-09).

Signs nothing and judges no date: which days are holidays is told by `app.rest_days`. A round that ends without an
agreement is an outcome like any other; the aircraft fly all the same (SZK-47).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from sazokar.domain.plan.instant import BEGINNING_MS, END_MS
from sazokar.errors import FieldError

DAY_MS: Final = 86_400_000
GREATEST_DAYS: Final = 60
"""A round lasts at most this many days."""
GREATEST_DELEGATIONS: Final = 50
"""A round seats at most this many delegations."""
GREATEST_MEMBERS: Final = 1_000
"""A delegation has at most this many members."""
GREATEST_PROPOSALS: Final = 100
"""At most this many drafts lie on the table in one round."""
GREATEST_ROUND: Final = 10_000
"""Rounds are numbered from 1 to this."""


class Outcome(StrEnum):
    """What came out of a round."""

    PENDING = "pending"
    """Not held yet, or not yet told."""
    AGREEMENT = "agreement"
    DRAFT = "draft"
    NO_AGREEMENT = "no-agreement"
    POSTPONED = "postponed"


class Delegation(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who came for one party.

    Args:
        party: The party's name, as the charter has it.
        head: Who leads the delegation.
        members: How many came, the head included; 0: not told.
    """

    party: str
    head: str = ""
    members: int = 0


class Draft(msgspec.Struct, frozen=True, omit_defaults=True):
    """A proposed agreement, known by its bytes.

    Args:
        sha256: Hash of the document, 64 hexadecimal digits, lower case.
        party: Who laid it on the table; empty: the mediator, or all together.
        title: What the parties call it.
    """

    sha256: str
    party: str = ""
    title: str = ""


class Round(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One round of talks. A later record of the same number replaces the earlier one.

    Args:
        number: Number of the round, from 1.
        place: Where.
        date_ms: First day, its midnight UTC, ms since the Unix epoch.
        days: How many days in a row.
        delegations: Who came.
        mediator: Who mediated; empty: nobody did.
        proposals: The drafts on the table.
        outcome: What came out.
        agreed: Hash of the draft that was agreed on; only where the outcome is an agreement or a draft.
        next_ms: First day of the next round, its midnight UTC; None: no date was set.
        note: What the parties wish to say of it together, in words.
    """

    number: int
    place: str
    date_ms: int
    days: int = 1
    delegations: tuple[Delegation, ...] = ()
    mediator: str = ""
    proposals: tuple[Draft, ...] = ()
    outcome: Outcome = Outcome.PENDING
    agreed: str = ""
    next_ms: int | None = None
    note: str = ""

    @property
    def dates_ms(self) -> tuple[int, ...]:
        """The midnights, UTC, of its days."""
        return tuple(self.date_ms + day * DAY_MS for day in range(self.days))


def validate_round(round_: Round) -> None:
    """Pass where a round is what it claims to be, and does not contradict itself (SZK-16).

    Raises:
        FieldError: A number is beyond its limit, a date is no midnight, a party comes twice, a hash is none, what was
            agreed on was never proposed, or the next round does not follow this one.
    """
    _require_within("number", round_.number, 1, GREATEST_ROUND)
    _require_within("days", round_.days, 1, GREATEST_DAYS)
    _require_within("delegations", len(round_.delegations), 0, GREATEST_DELEGATIONS)
    _require_within("proposals", len(round_.proposals), 0, GREATEST_PROPOSALS)
    _require_date("date", round_.date_ms)
    if not round_.place.strip():
        raise FieldError("place", "no place", "where the round is held")
    _validate_delegations(round_.delegations)
    _validate_proposals(round_)
    if round_.next_ms is not None:
        _require_date("next", round_.next_ms)
        if round_.next_ms < round_.date_ms + round_.days * DAY_MS:
            raise FieldError("date and next", "a next round before this one ends", "a next round after it")


def _require_within(field: str, value: int, least: int, greatest: int) -> None:
    if not least <= value <= greatest:
        raise FieldError(field, f"{value}", f"{least:,} to {greatest:,}")


def _require_date(field: str, instant_ms: int) -> None:
    if not BEGINNING_MS <= instant_ms <= END_MS or instant_ms % DAY_MS:
        raise FieldError(field, f"{instant_ms} ms", "midnight UTC of a day within the years 1 to 9999")


def _validate_delegations(delegations: tuple[Delegation, ...]) -> None:
    seen: set[str] = set()
    for number, delegation in enumerate(delegations, 1):
        field = f"delegations[{number}]"
        if not delegation.party.strip() or delegation.party in seen:
            raise FieldError(f"{field}.party", repr(delegation.party[:60]), "a party that has not come already")
        _require_within(f"{field}.members", delegation.members, 0, GREATEST_MEMBERS)
        seen.add(delegation.party)


def _validate_proposals(round_: Round) -> None:
    hashes = [draft.sha256 for draft in round_.proposals]
    for number, sha256 in enumerate(hashes, 1):
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise FieldError(f"proposals[{number}].sha256", repr(sha256[:70]), "64 hexadecimal digits, lower case")
    if len(set(hashes)) != len(hashes):
        raise FieldError("proposals", "one draft twice", "each draft once")
    if round_.agreed and round_.outcome not in (Outcome.AGREEMENT, Outcome.DRAFT):
        found = f"the outcome {round_.outcome} and an agreed draft"
        raise FieldError("outcome and agreed", found, "an agreed draft only where one came out")
    if round_.agreed and round_.agreed not in hashes:
        raise FieldError("agreed", repr(round_.agreed[:70]), "the hash of one of the proposals of this round")
