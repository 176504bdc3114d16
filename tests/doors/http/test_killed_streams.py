"""A node that is killed again and again: streams go on exactly where they were, and letters arrive at least once."""

from __future__ import annotations

import base64
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sazokar.domain.statement import CallStop, StopAction
from tests.doors.http.processes import Served, stopped
from tests.doors.http.test_webhooks import Receiver

LIVES = 6


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.close()


class Follower(threading.Thread):
    """A watch that follows a stream as long as it stands, and goes on after the last event that it had."""

    def __init__(self, served: Served, after: str) -> None:
        super().__init__(daemon=True)
        self.got: list[str] = []
        self._served, self._after = served, after

    def run(self) -> None:
        try:
            with (
                self._served.client("BRAVO") as client,
                client.stream("GET", "/v1/events", headers={"Last-Event-ID": self._after}) as stream,
            ):
                position = ""
                for line in stream.iter_lines():
                    if line.startswith("id: "):
                        position = line[4:]
                    elif line.startswith("data: ") and position:
                        self.got.append(position)
                    elif not line:
                        position = ""
        except httpx.TransportError:
            return


@pytest.mark.slow
@pytest.mark.requirement("SZK-27")
def test_over_many_deaths_no_event_is_missed_or_repeated_and_every_letter_arrives(
    tmp_path: Path, receiver: Receiver
) -> None:
    rng = random.Random(7)
    (tmp_path / "secret").write_text(f"whsec_{base64.b64encode(bytes(32)).decode()}")
    config = tmp_path / "node.toml"
    config.write_text(
        f'[[webhooks]]\nname = "bravo"\nparty = "BRAVO"\nurl = "http://127.0.0.1:{receiver.port}/in"\n'
        f'secret_file = "{tmp_path / "secret"}"\n'
    )
    (tmp_path / "led").mkdir()
    served = Served(tmp_path / "led", "--config", str(config))
    got: list[str] = []
    refs: list[str] = []
    try:
        for life in range(LIVES):
            served.start()
            follower = Follower(served, got[-1] if got else "-1")
            follower.start()
            with served.client("ALPHA") as client:
                time.sleep(0.3 if life else 1.2)  # the hook has begun to look, and tells of what comes from now on
                for number in range(8):
                    call = CallStop(action=StopAction.HALT, place="Reef", unit=f"{life}-{number}", reason="inside")
                    answer = client.post("/v1/stops", content=served.parcel("ALPHA", call)).json()
                    refs.append(answer["ref"])
            time.sleep(rng.random() * 0.5)
            served.end(signal.SIGKILL)
            follower.join(10)
            got += follower.got
        served.start()
        last = Follower(served, got[-1])
        last.start()
        deadline = time.monotonic() + 30
        while not set(refs) <= set(receiver.refs()):
            assert time.monotonic() < deadline, set(refs) - set(receiver.refs())
            time.sleep(0.1)
        with served.client("BRAVO") as client:
            whole = client.get("/v1/events", params={"after": -1, "wait": 0}).text
        served.end()
        last.join(10)
        got += last.got
    finally:
        stopped([served])
    ids = [line[4:] for line in whole.splitlines() if line.startswith("id: ")][1:]
    assert [one for one in got if int(one) <= int(ids[-1])] == ids
    by_ref: dict[str, set[str]] = {}
    for headers, body in receiver.came:
        by_ref.setdefault(body.decode().split('"ref":"')[1].split('"')[0], set()).add(headers["webhook-id"])
    assert all(len(names) == 1 for names in by_ref.values()), "what arrives twice bears one id"
