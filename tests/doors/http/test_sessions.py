"""A session is an officer's alone, for a while, at one address; and says whose sight it is, judged anew each time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sazokar.app.wire import ChallengeAnswered, session_message
from sazokar.domain.party import OfficerRole
from sazokar.domain.statement import DelegateKey, RevokeKey
from sazokar.doors.http.sessions import CHALLENGE_MS, GREATEST_PER_KEY, HOUR_MS
from sazokar.ledger.signing import SigningKey, message_for
from sazokar.testing.fakes import key_of
from tests.doors.http.grounds import ADDRESS, House, housed, treaty


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with housed(tmp_path, treaty()) as one:
        yield one


def answered(
    house: House, key: SigningKey, challenge: str, *, audience: str = ADDRESS, purpose: bytes = b"session"
) -> dict[str, str]:
    given = {"key": key.key_id, "challenge": challenge, "audience": audience}
    words = session_message(ChallengeAnswered(**given, signature="0" * 128), house.node.ledger)
    return {**given, "signature": key.sign(message_for(purpose, words)).hex()}  # type: ignore[arg-type]  # another purpose on purpose


def challenge(house: House, key: SigningKey) -> str:
    with house.stranger() as client:
        text: str = client.post("/v1/session/challenge", json={"key": key.key_id}).json()["challenge"]
        return text


def begin(house: House, given: dict[str, str]) -> int:
    with house.stranger() as client:
        return client.post("/v1/session", json=given).status_code


def status(house: House, token: str) -> int:
    with house.stranger() as client:
        return client.get("/v1/session", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_challenge_is_answered_once(house: House) -> None:
    key = key_of("ALPHA")
    given = answered(house, key, challenge(house, key))
    assert (begin(house, given), begin(house, given)) == (201, 401)


def test_a_challenge_runs_out(house: House) -> None:
    key = key_of("ALPHA")
    given = answered(house, key, challenge(house, key))
    house.clock.advance(CHALLENGE_MS)
    assert begin(house, given) == 401


def test_a_challenge_for_another_key_or_made_up_is_not_taken(house: House) -> None:
    key, other = key_of("ALPHA"), key_of("BRAVO")
    assert begin(house, answered(house, key, challenge(house, other))) == 401
    assert begin(house, answered(house, key, "00" * 48)) == 401
    changed = challenge(house, key)
    changed = changed[:-1] + ("0" if changed[-1] != "0" else "1")
    assert begin(house, answered(house, key, changed)) == 401


def test_a_signature_for_another_node_s_address_is_not_taken(house: House) -> None:
    """Or a node that lies could pass a challenge of this one on to an officer, and read as that officer's party."""
    key = key_of("ALPHA")
    assert begin(house, answered(house, key, challenge(house, key), audience="https://evil.example")) == 401


def test_a_signature_for_another_purpose_or_ledger_is_not_taken(house: House) -> None:
    key = key_of("ALPHA")
    assert begin(house, answered(house, key, challenge(house, key), purpose=b"statement")) == 401
    given = {"key": key.key_id, "challenge": challenge(house, key), "audience": ADDRESS}
    words = session_message(ChallengeAnswered(**given, signature="0" * 128), "0" * 64)
    assert begin(house, {**given, "signature": key.sign(message_for(b"session", words)).hex()}) == 401


@pytest.mark.parametrize("name", ["nobody", "node"])
def test_a_key_of_no_party_begins_no_session(house: House, name: str) -> None:
    key = key_of(name)
    assert begin(house, answered(house, key, challenge(house, key))) == 401


def test_a_key_for_stop_alone_begins_no_session(house: House) -> None:
    now_ms = house.clock.now_ms()
    delegation = DelegateKey(
        key=key_of("stop key").key_id,
        watch_number="A9",
        role=OfficerRole.STOP_ONLY,
        from_ms=now_ms,
        until_ms=now_ms + HOUR_MS,
    )
    house.take("root ALPHA", delegation)
    key = key_of("stop key")
    assert begin(house, answered(house, key, challenge(house, key))) == 401


def test_a_key_of_small_order_begins_no_session(house: House) -> None:
    with house.stranger() as client:
        key = "01" + "00" * 31
        asked = client.post("/v1/session/challenge", json={"key": key}).json()
        given = {"key": key, "challenge": asked["challenge"], "audience": ADDRESS, "signature": "01" + "00" * 63}
        assert client.post("/v1/session", json=given).status_code == 401


def test_a_session_ends_in_time_used_or_not(house: House) -> None:
    idle, used = house.token("ALPHA"), house.token("BRAVO")
    for _ in range(11):
        house.clock.advance(HOUR_MS - 1)
        assert status(house, used) == 200
    assert status(house, idle) == 401
    house.clock.advance(HOUR_MS + 12)
    assert status(house, used) == 401


def test_a_session_ends_with_its_key(house: House) -> None:
    token = house.token("ALPHA")
    assert status(house, token) == 200
    house.take("root ALPHA", RevokeKey(key=key_of("ALPHA").key_id))
    assert status(house, token) == 401


def test_a_session_that_was_ended_is_none(house: House) -> None:
    token = house.token("ALPHA")
    with house.stranger() as client:
        assert client.delete("/v1/session", headers={"Authorization": f"Bearer {token}"}).status_code == 204
    assert status(house, token) == 401


def test_a_clock_that_steps_back_does_not_lengthen_a_session(house: House) -> None:
    token = house.token("ALPHA")
    house.clock.advance(-10 * HOUR_MS)
    assert status(house, token) == 200
    house.clock.advance(10 * HOUR_MS + HOUR_MS - 1)
    assert status(house, token) == 200
    house.clock.advance(12 * HOUR_MS)
    assert status(house, token) == 401


def test_of_too_many_sessions_of_a_key_the_oldest_ends(house: House) -> None:
    first = house.token("ALPHA")
    for _ in range(GREATEST_PER_KEY):
        key = key_of("ALPHA")
        assert begin(house, answered(house, key, challenge(house, key))) == 201
    assert status(house, first) == 401


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer x y", "bearer " + "x" * 9_000, "Bearer ünicode"]
)
def test_another_header_is_no_session(house: House, header: str) -> None:
    with house.stranger() as client:
        answer = client.get("/v1/session", headers={b"Authorization": header.encode("latin-1")})
        assert answer.status_code == 401


def test_no_token_is_kept_or_logged(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        token = house.token("ALPHA")
        status(house, token)
    assert token not in caplog.text
    assert token not in repr(vars(house.station.sessions))
