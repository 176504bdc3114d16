"""A served node on a socket of this machine, in a thread, and streams read from it byte by byte."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx
import msgspec

from sazokar.adapters.outbox_sqlite import Outbox
from sazokar.app.wire import ChallengeAnswered, session_message
from sazokar.doors.http.server import NodeServer, audiences_of, listen, server_of
from sazokar.doors.http.settings import Settings
from sazokar.doors.http.station import Station
from sazokar.ledger.signing import message_for
from sazokar.testing.fakes import key_of
from tests.doors.http.grounds import House

WAIT_S: Final = 10.0


class Told(msgspec.Struct, frozen=True):
    """One event as it was read: its id, its name and its data."""

    id: str
    event: str
    data: dict[str, object]


class Served:
    """A house on a socket."""

    def __init__(self, house: House, settings: Settings) -> None:
        self.house = house
        self.sock = listen(settings)
        self.port = int(self.sock.getsockname()[1])
        self.address = f"http://127.0.0.1:{self.port}"
        self.station = Station(house.node, house.log, house.clock, settings, audiences_of(settings, self.port))
        self.server: NodeServer = server_of(self.station, self.port)
        self._thread = threading.Thread(target=lambda: self.server.run(sockets=[self.sock]), daemon=True)
        self._tokens: dict[str, str] = {}
        self._lines: list[Line] = []

    def begin(self) -> None:
        self._thread.start()
        until(lambda: self.server.started)

    def stop(self) -> None:
        self.server.should_exit = True
        for line in self._lines:
            line.close()
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive(), "the server does not stop"
        self.sock.close()

    @property
    def outbox(self) -> Outbox:
        """What is on its way by webhook and mail."""
        assert self.station.couriers is not None and self.station.couriers.outbox is not None
        return self.station.couriers.outbox

    def await_channels(self, *names: str) -> None:
        """Return once channels have their places in the ledger: they tell of what comes from then on."""
        until(lambda: self.station.couriers is not None and self.station.couriers.outbox is not None)
        until(lambda: all(self.outbox.position(name) is not None for name in names))

    def token(self, name: str) -> str:
        """Return the token of a session of the key of that name."""
        if name not in self._tokens:
            key = key_of(name)
            given = httpx.post(f"{self.address}/v1/session/challenge", json={"key": key.key_id}).json()
            answered = ChallengeAnswered(
                key=key.key_id, challenge=given["challenge"], audience=self.address, signature="0" * 128
            )
            signature = key.sign(message_for(b"session", session_message(answered, given["ledger"]))).hex()
            body = msgspec.to_builtins(msgspec.structs.replace(answered, signature=signature))
            self._tokens[name] = httpx.post(f"{self.address}/v1/session", json=body).json()["token"]
        return self._tokens[name]

    def headers(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(name)}"}

    def polled(self, name: str, after: int = -1) -> list[Told]:
        """Return all that there is after a position."""
        answer = httpx.get(f"{self.address}/v1/events", params={"after": after, "wait": 0}, headers=self.headers(name))
        assert answer.status_code == 200, answer.text
        return [told for block in answer.text.split("\n\n") if (told := read_block(block)) is not None]

    def line(self, name: str, query: str = "", headers: str = "") -> Line:
        """Return an event stream, opened by hand."""
        line = Line(self.port, self.token(name), query, headers)
        self._lines.append(line)
        return line


class Line:
    """An event stream as bytes of a socket."""

    def __init__(self, port: int, token: str, query: str = "", headers: str = "") -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), WAIT_S)
        self.sock.sendall(
            f"GET /v1/events{query} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}"
            f"Authorization: Bearer {token}\r\n\r\n".encode()
        )
        self._file = self.sock.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        self.headers = dict(
            raw.decode().strip().lower().split(": ", 1) for raw in iter(self._file.readline, b"\r\n") if b": " in raw
        )
        self._rest = b""

    def events(self) -> Iterator[Told]:
        """Give events as they come, until the stream ends."""
        for block in self.blocks():
            if (told := read_block(block)) is not None:
                yield told

    def blocks(self) -> Iterator[str]:
        """Give what is between empty lines, comments too."""
        while True:
            while b"\n\n" in self._rest:
                block, self._rest = self._rest.split(b"\n\n", 1)
                yield block.decode()
            size = self._file.readline().strip()
            if not size or size == b"0":
                return
            self._rest += self._file.read(int(size, 16))
            self._file.readline()

    def next(self) -> Told:
        """Return the next event."""
        return next(self.events())

    def close(self) -> None:
        self._file.close()
        self.sock.close()


def read_block(block: str) -> Told | None:
    """Return an event, or None where there is none in a block."""
    fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":"))
    return (
        Told(fields.get("id", ""), fields["event"], msgspec.json.decode(fields["data"])) if "event" in fields else None
    )


def until(holds: object, wait_s: float = WAIT_S) -> None:
    """Return once something holds."""
    assert callable(holds)
    deadline = time.monotonic() + wait_s
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


@contextmanager
def serving(house: House, **given: object) -> Iterator[Served]:
    """Give a house on a socket; `given` are settings."""
    settings = Settings(
        directory=str(house.directory), port=0, requests_per_s=1_000_000, strangers_per_s=1_000_000, **given  # type: ignore[arg-type]
    )  # fmt: skip
    one = Served(house, settings)
    one.begin()
    try:
        yield one
    finally:
        one.stop()
