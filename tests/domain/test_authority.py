"""Whose key it is, by the ledger's clock; the quota of refusals; and what any statement must be before it is judged."""

from __future__ import annotations

import pytest

from sazokar.domain.authority import GREATEST_REFUSALS, Author, Rejection, author_of, is_over_quota, signed_for
from sazokar.domain.governing import NODE
from sazokar.domain.party import OfficerRole
from sazokar.domain.statement import CancelNotice, DelegateKey, HandOver, RevokeKey, RotateRoot
from tests.domain.mechanism import DAY_MS, MINUTE_MS, NOW_MS, Mechanism, code, key, volume

pytestmark = pytest.mark.requirement("SZK-39")


def delegated() -> Mechanism:
    """Return a mechanism in which ALPHA has a key that is valid from minute 10 until minute 20."""
    mechanism = Mechanism()
    ten = 10 * MINUTE_MS
    delegation = DelegateKey(
        key=key("brief"), watch_number="W-2", role=OfficerRole.OFFICER, from_ms=NOW_MS + ten, until_ms=NOW_MS + 2 * ten
    )
    mechanism.say("ALPHA", delegation, signer="root ALPHA")
    return mechanism


@pytest.mark.parametrize("minute, signs", [(9.999, False), (10, True), (19.999, True), (20, False)])
def test_a_key_signs_within_its_validity_by_the_ledger_s_clock(minute: float, signs: bool) -> None:
    now_ms = NOW_MS + round(minute * MINUTE_MS)
    found = author_of(delegated().state, key("brief"), now_ms)
    assert found == (Author("ALPHA", "W-2", OfficerRole.OFFICER) if signs else Rejection("key not valid at this time"))


def test_unknown_revoked_and_replaced_keys_sign_for_nobody_and_what_they_signed_stays_theirs() -> None:
    mechanism = delegated()
    mechanism.say("ALPHA", RevokeKey(key=key("brief")), signer="root ALPHA")
    rotation = RotateRoot(party="ALPHA", old=key("root ALPHA"), new=key("new"))
    mechanism.say("ALPHA", rotation, signer="root ALPHA", cosigners=(key("new"),))
    for name in ("brief", "stranger", "root ALPHA"):
        assert isinstance(author_of(mechanism.state, key(name), NOW_MS + 15 * MINUTE_MS), Rejection)
    assert author_of(mechanism.state, key("new"), NOW_MS) == Author("ALPHA")
    assert author_of(mechanism.state, key("node"), NOW_MS) == Author(NODE)
    signers = ("brief", "root ALPHA", "new", "node", "stranger")
    assert [signed_for(mechanism.state, key(name)) for name in signers] == ["ALPHA", "ALPHA", "ALPHA", NODE, ""]


def test_a_key_has_so_many_refusals_in_an_hour() -> None:
    mechanism = Mechanism()
    for _ in range(GREATEST_REFUSALS):
        assert not is_over_quota(mechanism.state, key("ALPHA"), mechanism.now_ms)
        mechanism.say("ALPHA", CancelNotice(ref="N999"))
    assert is_over_quota(mechanism.state, key("ALPHA"), NOW_MS + 60 * MINUTE_MS - 1)
    assert not is_over_quota(mechanism.state, key("ALPHA"), NOW_MS + 60 * MINUTE_MS)
    assert not is_over_quota(mechanism.state, key("BRAVO"), NOW_MS)


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({"number": 0}, "number-used"),
        ({"number": 1}, "number-used"),
        ({"number": 50}, "unknown-reference"),
        ({"expires_ms": NOW_MS}, "expired"),
        ({"expires_ms": NOW_MS + 1}, "unknown-reference"),
        ({"expires_ms": NOW_MS + 366 * DAY_MS + 1}, "expires-late"),
        ({"role": None}, "root-key"),
        ({"role": OfficerRole.STOP_ONLY}, "stop-only"),
    ],
)
def test_what_cannot_be_judged_is_returned_before_it_is_looked_at(changes: dict[str, object], expected: str) -> None:
    mechanism = Mechanism()
    mechanism.file("ALPHA", volume())
    assert code(mechanism.say("ALPHA", CancelNotice(ref="N999"), **changes)) == expected  # type: ignore[arg-type] # of `say`


def test_only_members_of_the_charter_take_part() -> None:
    assert code(Mechanism().say("NOBODY", CancelNotice(ref="N999"))) == "not-a-member"


def test_a_number_is_taken_once_and_of_too_many_gaps_the_oldest_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sazokar.domain.state.GREATEST_BEYOND", 2)
    mechanism = Mechanism(signed=False)
    found = [code(mechanism.say("ALPHA", HandOver(to="W-9"), number=n)) for n in (3, 5, 3, 7, 1, 2, 4, 7)]
    used, unknown = "number-used", "not-on-roster"
    assert found == [unknown, unknown, used, unknown, used, used, unknown, used]
    numbers = mechanism.state.numbers[key("ALPHA")]
    assert (numbers.through, numbers.beyond) == (5, (7,))


def test_observers_and_guarantors_do_what_they_may() -> None:
    for party in ("WATCHER", "VOUCHER"):
        assert code(Mechanism().say(party, CancelNotice(ref="N1"))) == "may-not"
        assert code(Mechanism().say(party, HandOver(to="W-9"))) == "not-on-roster"
