"""Rounds of talks: what contradicts itself is refused with its field; no agreement is an outcome like any other."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sazokar.domain.talks import DAY_MS, Delegation, Draft, Outcome, Round, validate_round
from sazokar.errors import FieldError

pytestmark = pytest.mark.requirement("SZK-09")

DRAFT = Draft("0123456789abcdef" * 4, "ALPHA", "the first draft")
ROUND = Round(
    number=2,
    place="Port Lumen",
    date_ms=22_280 * DAY_MS,
    days=2,
    delegations=(Delegation("ALPHA", "the head", 4), Delegation("BRAVO")),
    mediator="the Conference",
    proposals=(DRAFT,),
    outcome=Outcome.NO_AGREEMENT,
    next_ms=22_290 * DAY_MS,
)


@pytest.mark.parametrize("outcome", Outcome)
def test_a_round_with_any_outcome_is_taken(outcome: Outcome) -> None:
    validate_round(replace(ROUND, outcome=outcome))


def test_its_days_are_those_in_a_row() -> None:
    assert ROUND.dates_ms == (22_280 * DAY_MS, 22_281 * DAY_MS)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"number": 0}, "number"),
        ({"place": " "}, "place"),
        ({"days": 0}, "days"),
        ({"days": 61}, "days"),
        ({"date_ms": 1}, "midnight"),
        ({"date_ms": 10**20}, "midnight"),
        ({"next_ms": 22_281 * DAY_MS}, "date and next"),
        ({"next_ms": 22_290 * DAY_MS + 1}, "next"),
        ({"delegations": (Delegation("ALPHA"), Delegation("ALPHA"))}, "delegations[2]"),
        ({"delegations": (Delegation("ALPHA", members=-1),)}, "members"),
        ({"delegations": (Delegation("ALPHA"),) * 51}, "delegations"),
        ({"proposals": (Draft("0123"),)}, "sha256"),
        ({"proposals": (Draft("G" * 64),)}, "sha256"),
        ({"proposals": (DRAFT, DRAFT)}, "one draft twice"),
        ({"agreed": DRAFT.sha256}, "outcome and agreed"),
        ({"outcome": Outcome.AGREEMENT, "agreed": "f" * 64}, "the hash of one of the proposals"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(changes: dict[str, object], told: str) -> None:
    fields = {name: getattr(ROUND, name) for name in ROUND.__struct_fields__}
    with pytest.raises(FieldError) as raised:
        validate_round(Round(**{**fields, **changes}))
    assert told in str(raised.value)


def test_what_was_agreed_on_is_one_of_the_proposals() -> None:
    validate_round(replace(ROUND, outcome=Outcome.AGREEMENT, agreed=DRAFT.sha256))
