"""A house on a real socket: the server that `sazokar serve` runs, in a thread of the test."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from sazokar.app.wire import ChallengeAnswered, session_message
from sazokar.doors.http.server import audiences_of, listen, server_of
from sazokar.doors.http.settings import Settings
from sazokar.doors.http.station import Station
from sazokar.ledger.signing import message_for
from sazokar.testing.fakes import key_of
from tests.doors.http.grounds import House


@contextmanager
def on_socket(house: House, settings: Settings | None = None) -> Iterator[int]:
    """Serve a house's node on a free port, and give the port; at the end the server has stopped in good order."""
    settings = settings or Settings(
        directory=str(house.directory), port=0, requests_per_s=1_000_000, strangers_per_s=1_000_000
    )
    sock = listen(settings)
    port = int(sock.getsockname()[1])
    server = server_of(Station(house.node, house.log, house.clock, settings, audiences_of(settings, port)), port)
    thread = threading.Thread(target=server.run, args=([sock],))
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        assert server.started, "the server does not start"
        yield port
    finally:
        server.should_exit = True
        thread.join(20)
        sock.close()
        assert not thread.is_alive(), "the server does not stop"


def begun(house: House, name: str, address: str) -> str:
    """Return the token of a session that the key of a name has begun at an address."""
    key = key_of(name)
    with httpx.Client(base_url=address) as client:
        asked = client.post("/v1/session/challenge", json={"key": key.key_id}).json()
        given = {"key": key.key_id, "challenge": asked["challenge"], "audience": address}
        message = message_for(
            b"session", session_message(ChallengeAnswered(**given, signature="0" * 128), asked["ledger"])
        )
        answer = client.post("/v1/session", json={**given, "signature": key.sign(message).hex()})
        assert answer.status_code == 201, answer.text
        token: str = answer.json()["token"]
        return token


def exchange(port: int, content: bytes, *, wait_s: float = 5.0) -> bytes:
    """Return all that comes back for some bytes, until the other side closes or nothing more comes."""
    with socket.create_connection(("127.0.0.1", port), wait_s) as connection:
        connection.settimeout(wait_s)
        found = b""
        try:
            connection.sendall(content)
            while part := connection.recv(65_536):
                found += part
        except (TimeoutError, ConnectionResetError, BrokenPipeError):
            pass
        return found
