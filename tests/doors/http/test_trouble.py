"""What goes wrong around a node that is served: it dies, its disk is full, its clock steps back, its bytes are changed.

Nothing that was acknowledged is lost, and STOP is carried through all of it.
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sazokar.app.opening import open_ledger
from sazokar.domain.statement import CallStop, StopAction
from sazokar.domain.statement import TestCall as LineTest
from tests.doors.http.grounds import House
from tests.doors.http.processes import Served, notice, stopped

KILLS = int(os.environ.get("SAZOKAR_KILLS", "8"))
"""CI kills it so often; SAZOKAR_KILLS=50 for the whole measure."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    one = Served(tmp_path)
    yield one
    stopped([one])


class Filer(threading.Thread):
    """An officer who files until the node is gone, and notes what was acknowledged."""

    def __init__(self, served: Served, party: str, numbers: Iterator[int]) -> None:
        super().__init__(daemon=True)
        self.acknowledged: list[tuple[str, int]] = []
        self.sent = 0
        self._served, self._party, self._numbers = served, party, numbers

    def run(self) -> None:
        try:
            with self._served.client(self._party) as client:
                for number in self._numbers:
                    self.sent += 1
                    parcel = self._served.parcel(self._party, notice(number, self._party), number)
                    answer = client.post("/v1/notices", content=parcel)
                    if answer.status_code == 201:
                        told = answer.json()
                        self.acknowledged.append((told["id"], told["position"]))
        except (httpx.TransportError, KeyError, json.JSONDecodeError):
            return


class Follower(threading.Thread):
    """A program of a party that follows the events, and resumes where it was whenever the node is back."""

    def __init__(self, served: Served) -> None:
        super().__init__(daemon=True)
        self.positions: list[int] = []
        self.done = threading.Event()
        self._served = served

    def run(self) -> None:
        while not self.done.is_set():
            try:
                with self._served.client("MEDIATOR") as client:
                    self.positions += read_events(client, self.positions[-1] if self.positions else None, self.done)
            except (httpx.TransportError, AssertionError, KeyError, json.JSONDecodeError):
                time.sleep(0.02)


def read_events(client: httpx.Client, after: int | None, done: threading.Event | None) -> list[int]:
    """Return the positions of the events after one; where nothing says that it is done, of all there are."""
    headers = {"Last-Event-ID": str(after)} if after is not None else {}
    found = []
    with client.stream("GET", "/v1/events", headers=headers, params={"wait": 0} if done is None else {}) as answer:
        assert answer.status_code == 200
        try:
            position, told = 0, False
            for line in answer.iter_lines():
                position = int(line[4:]) if line.startswith("id: ") else position
                told |= line.startswith("data: ")
                if not line:  # an event counts when it is whole; one without data only sets the id
                    found += [position] if told else []
                    told = False
                if done is not None and done.is_set():
                    break
        except httpx.TransportError:
            pass  # the node was killed; what came before counts
    return found


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.requirement("SZK-39")
def test_killed_again_and_again_under_load_nothing_acknowledged_is_lost(served: Served) -> None:
    seed = random.randrange(10**6)
    dice, acknowledged, numbers = (
        random.Random(seed),
        [],
        {"ALPHA": iter(range(1, 10**6)), "BRAVO": iter(range(1, 10**6))},
    )
    follower = Follower(served)
    for number in range(KILLS):
        served.start()
        if not number:
            follower.start()
        filers = [Filer(served, party, numbers[party]) for party in numbers]
        for filer in filers:
            filer.start()
        time.sleep(dice.uniform(0.15, 0.8))
        served.end(signal.SIGKILL)
        for filer in filers:
            filer.join(20)
            acknowledged += filer.acknowledged
    served.start()
    with served.client("MEDIATOR") as client:
        whole = read_events(client, 0, None)
        deadline = time.monotonic() + 20
        while follower.positions[-1:] != whole[-1:] and time.monotonic() < deadline:
            time.sleep(0.05)
    follower.done.set()
    served.end()
    follower.join(20)
    whole = whole[whole.index(follower.positions[0]) :]
    assert follower.positions == whole, (seed, "a gap or a repeat")
    log = served.opened()
    try:
        opened = open_ledger(log)
        assert opened.damage is None, (seed, opened.damage)
        lost = [(one, position) for one, position in acknowledged if log.position_of(one) != position]
        assert not lost, (seed, lost[:3])
    finally:
        log.close()
    assert len(acknowledged) > KILLS * 5, "the load was none"


def test_a_clock_that_steps_back_makes_no_record_earlier(house: House) -> None:
    with house.client("ALPHA") as client:
        before = client.post("/v1/roster", content=house.parcel("ALPHA", LineTest(to="BRAVO", answered=True))).json()
        house.clock.advance(-3_600_000)
        after = client.post("/v1/roster", content=house.parcel("ALPHA", LineTest(to="BRAVO", answered=True))).json()
    assert after["recorded_ms"] >= before["recorded_ms"]
    assert house.node.damage is None


def test_sigterm_answers_what_has_come_and_loses_nothing(served: Served) -> None:
    served.start()
    filer = Filer(served, "ALPHA", iter(range(1, 10**6)))
    filer.start()
    time.sleep(0.7)
    assert served.end(signal.SIGTERM) == 0
    filer.join(10)
    log = served.opened()
    try:
        assert open_ledger(log).damage is None
        assert filer.acknowledged and all(log.position_of(one) == position for one, position in filer.acknowledged)
    finally:
        log.close()


def test_a_full_disk_is_told_stop_sounds_and_what_was_acknowledged_stays(served: Served) -> None:
    served.start(before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, 700_000)))
    told = []
    with served.client("ALPHA") as client:
        for number in range(1, 400):
            answer = client.post("/v1/notices", content=served.parcel("ALPHA", notice(number, "ALPHA", "x" * 3_000)))
            told.append((answer.status_code, answer.json()))
            if answer.status_code != 201:
                break
        assert client.get("/readyz").status_code == 503 and "stored" in client.get("/readyz").text
        status, problem = told[-1]
        assert (status, problem["code"]) == (503, "not-recorded"), told[-1]
        call = CallStop(action=StopAction.HALT, place="the bridge", unit="all", reason="test")
        stop = client.post("/v1/stops", content=served.parcel("ALPHA", call))
        assert stop.json()["sounded"]  # it is short, and may find room that a notice does not
        assert stop.json()["recorded"] is (stop.status_code == 201)
        assert client.get("/readyz").json()["unrecorded_stops"] == (stop.status_code == 202)
    assert list((served.directory / "stop").glob("*.json"))
    served.end(signal.SIGKILL)
    served.start()  # with room on the disk again
    with served.client("BRAVO") as client:
        deadline = time.monotonic() + 10
        while client.get("/readyz").json()["unrecorded_stops"] and time.monotonic() < deadline:
            time.sleep(0.1)
    served.end()
    log = served.opened()
    try:
        opened = open_ledger(log)
        assert opened.damage is None
        assert all(log.position_of(one["id"]) == one["position"] for status, one in told if status == 201)
        assert [case.call.place for case in opened.state.stops.values() if case.call] == ["the bridge"]
    finally:
        log.close()


def test_a_changed_byte_is_named_notices_are_refused_and_stop_and_the_roster_go_on(served: Served) -> None:
    served.start()
    with served.client("ALPHA") as client:
        for number in range(1, 4):
            assert (
                client.post("/v1/notices", content=served.parcel("ALPHA", notice(number, "ALPHA"))).status_code == 201
            )
    served.end()
    with sqlite3.connect(served.directory / "ledger.sqlite") as connection:
        size = connection.execute("SELECT max(position) FROM entries").fetchone()[0]
        leaf = bytearray(connection.execute("SELECT leaf FROM entries WHERE position = ?", (size - 1,)).fetchone()[0])
        leaf[len(leaf) // 2] ^= 1
        connection.execute("UPDATE entries SET leaf = ? WHERE position = ?", (bytes(leaf), size - 1))
    connection.close()
    served.start()
    with served.client("ALPHA") as client:
        assert client.get("/readyz").status_code == 503
        assert f"entry {size - 1}" in client.get("/readyz").text
        answer = client.post("/v1/notices", content=served.parcel("ALPHA", notice(9, "ALPHA")))
        assert answer.status_code == 503 and answer.json()["code"] == "damaged" and f"entry {size - 1}" in answer.text
        assert client.get("/v1/log/entries").status_code == 503
        call = CallStop(action=StopAction.HALT, place="the bridge", unit="all", reason="test")
        stop = client.post("/v1/stops", content=served.parcel("ALPHA", call))
        assert stop.status_code == 202 and stop.json()["sounded"]
    assert list((served.directory / "stop").glob("*.json"))


def test_a_byte_that_changes_while_the_node_runs_is_found_when_it_is_read(served: Served) -> None:
    served.start()
    with served.client("ALPHA") as client:
        assert client.post("/v1/notices", content=served.parcel("ALPHA", notice(1, "ALPHA"))).status_code == 201
        with sqlite3.connect(served.directory / "ledger.sqlite") as connection:
            connection.execute(
                "UPDATE payloads SET content = replace(content, 'trial', 'lairt') WHERE section = 'purpose'"
            )
        connection.close()
        answer = client.get("/v1/log/entries")
        assert answer.status_code == 503 and answer.json()["code"] == "damaged" and "purpose" in answer.text
        answer = client.post("/v1/notices", content=served.parcel("ALPHA", notice(2, "ALPHA")))
        assert answer.status_code == 503 and answer.json()["code"] == "damaged"
