"""Rounds of talks: what contradicts itself is refused with its field; no agreement is an outcome like any other."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sazokar.domain.agreement import DAY_MS
from sazokar.domain.statement import TalksRound
from sazokar.domain.talks import validate_round
from sazokar.domain.watch import OUTCOMES
from sazokar.errors import FieldError

pytestmark = pytest.mark.requirement("SZK-09")

ROUND = TalksRound(
    number=2,
    place="Port Lumen",
    date_ms=22_280 * DAY_MS,
    days=2,
    delegations=(("ALPHA", "the head"), ("BRAVO", "")),
    mediator="the Conference",
    proposals=("0123456789abcdef" * 4,),
    outcome="no-agreement",
    next_ms=22_282 * DAY_MS,
)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_round_with_any_outcome_is_taken(outcome: str) -> None:
    validate_round(replace(ROUND, outcome=outcome))


def test_a_round_without_a_next_one_is_taken() -> None:
    validate_round(replace(ROUND, next_ms=0, days=60))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"place": " "}, "place"),
        ({"days": 0}, "days"),
        ({"days": -3}, "days"),
        ({"days": 61}, "days"),
        ({"date_ms": 1}, "midnight"),
        ({"date_ms": 10**20}, "midnight"),
        ({"next_ms": 22_281 * DAY_MS}, "date and next"),
        ({"next_ms": 22_290 * DAY_MS + 1}, "next"),
        ({"delegations": (("ALPHA", ""), ("ALPHA", "another"))}, "delegation"),
        ({"delegations": ((" ", ""),)}, "delegation"),
        ({"delegations": tuple((f"P{n}", "") for n in range(51))}, "delegations"),
        ({"proposals": ROUND.proposals * 2}, "proposal"),
        ({"proposals": tuple(f"{n}" for n in range(101))}, "proposals"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(changes: dict[str, object], told: str) -> None:
    fields = {name: getattr(ROUND, name) for name in ROUND.__struct_fields__}
    with pytest.raises(FieldError) as raised:
        validate_round(TalksRound(**{**fields, **changes}))
    assert told in str(raised.value)
