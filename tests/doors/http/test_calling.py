"""STOP is delivered first: whatever else the node is busy with, short of, or wrong about (SZK-27)."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from msgspec import Raw

from sazokar.domain.statement import CallStop, StopAction
from sazokar.doors.http.calling import KEPT_PER_MINUTE, RECORD_S
from sazokar.errors import LedgerError
from sazokar.ledger.entry import Header, seal_statement
from sazokar.ledger.parcel import pack
from sazokar.testing.fakes import key_of
from tests.doors.http.grounds import House

pytestmark = pytest.mark.requirement("SZK-27")
CALL = CallStop(action=StopAction.HALT, place="the bridge", unit="all", reason="test")


@contextmanager
def held(house: House) -> Iterator[None]:
    """Hold the node's gate, as a slow disk does while a batch is stored."""
    with house.node._alone():
        yield


def heard(house: House) -> int:
    return len(house.alarm.heard)


def within(seconds: float, house: House, wanted: int) -> bool:
    deadline = time.monotonic() + seconds
    while heard(house) < wanted and time.monotonic() < deadline:
        time.sleep(0.01)
    return heard(house) >= wanted


def test_many_calls_sound_at_once_while_nothing_can_be_recorded(house: House) -> None:
    calls = [house.parcel(party, CALL) for party in ("ALPHA", "BRAVO", "MEDIATOR", "HARBOUR", "RELIEF") * 4]
    answers = []

    def send(call: bytes) -> None:
        with house.stranger() as client:
            answers.append(client.post("/v1/stops", content=call))

    threads = [threading.Thread(target=send, args=(call,)) for call in calls]
    with held(house):
        for thread in threads:
            thread.start()
        assert within(1.5, house, len(calls)), heard(house)
        for thread in threads:
            thread.join(RECORD_S + 8)
    assert len(answers) == len(calls)
    assert all(
        answer.status_code == 202 and answer.json()["sounded"] and not answer.json()["recorded"] for answer in answers
    )
    deadline = time.monotonic() + 10
    while len(house.state.stops) < len(calls) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len([case for case in house.state.stops.values() if case.call is not None]) == len(calls)


def test_a_call_sounds_while_every_other_thread_is_taken(house: House) -> None:
    done = threading.Event()

    async def take() -> None:
        for _ in range(200):
            asyncio.get_running_loop().run_in_executor(None, done.wait, 20)

    house.run(take())
    try:
        with house.stranger() as client:
            began = time.monotonic()
            assert client.post("/v1/stops", content=b"HALT at the bridge").status_code == 202
            assert client.post("/v1/stops", content=house.parcel("ALPHA", CALL)).status_code == 201
        assert time.monotonic() - began < 2 and heard(house) == 2
    finally:
        done.set()


def test_a_call_sounds_though_the_log_cannot_be_read_and_is_not_said_to_be_recorded(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    parcel = house.parcel("ALPHA", CALL)

    def broken(*_: object) -> int:
        raise LedgerError("the disk is gone")

    monkeypatch.setattr(house.log, "position_of", broken)
    monkeypatch.setattr(house.log, "append", broken)
    with house.stranger() as client:
        answer = client.post("/v1/stops", content=parcel)
        assert answer.status_code == 202 and answer.json()["sounded"] and not answer.json()["recorded"]
        assert heard(house) == 1
        client.post("/v1/stops", content=parcel)
    assert heard(house) == 2, "what may not be recorded sounds again"


def test_a_recorded_call_that_is_sent_again_sounds_nothing(house: House) -> None:
    parcel = house.parcel("ALPHA", CALL)
    with house.stranger() as client:
        assert [client.post("/v1/stops", content=parcel).status_code for _ in range(3)] == [201, 201, 201]
    assert heard(house) == 1 and len(house.state.stops) == 1


def test_another_call_under_a_number_that_was_used_sounds_all_the_same(house: House) -> None:
    """A key for STOP may lie at two desks, which do not know of each other's numbers."""
    house.take("ALPHA", CALL)
    house.numbers["ALPHA"] -= 1
    with house.stranger() as client:
        client.post(
            "/v1/stops",
            content=house.parcel("ALPHA", CallStop(action=StopAction.HALT, place="elsewhere", unit="all", reason="x")),
        )
    assert heard(house) == 2


def test_a_flood_that_is_not_verified_is_heard_on_every_line_and_kept_in_part(house: House) -> None:
    lines: list[bytes] = []
    house.node.hear(lambda call, verified, sounded_ms: lines.append(call))
    with house.stranger() as client:
        told = [
            client.post("/v1/stops", content=f"HALT {number}".encode()).json() for number in range(KEPT_PER_MINUTE + 30)
        ]
    assert all(one["sounded"] for one in told)
    assert heard(house) == KEPT_PER_MINUTE == len(house.state.stops)
    assert KEPT_PER_MINUTE < len(lines) < KEPT_PER_MINUTE + 30
    assert all("not kept" in one["reason"] and not one["recorded"] for one in told[KEPT_PER_MINUTE:])
    with house.stranger() as client:
        assert client.post("/v1/stops", content=house.parcel("ALPHA", CALL)).status_code == 201
    assert heard(house) == KEPT_PER_MINUTE + 1


def test_a_signed_call_that_is_no_statement_sounds_is_recorded_and_told_to_be_none(house: House) -> None:
    key = key_of("ALPHA")
    header = Header(
        schema=1, ledger=house.node.ledger, author=key.key_id, number=999, stated_ms=0, expires_ms=2**41,
        body=Raw(b'{"action":"WAVE","kind":"stop.call"}'), sections={},
    )  # fmt: skip
    parcel = pack(seal_statement(header, [key]), {})
    with house.client("ALPHA") as client:
        assert client.post("/v1/entries", content=parcel).status_code == 400
    assert heard(house) == 1
    assert [case.call for case in house.state.stops.values()] == [None], "recorded as a cry"
