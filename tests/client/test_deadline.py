"""A node that is never silent and never done: an exchange ends all the same, with threads and with async."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from sazokar.client import AsyncClient, Client, sockets, speaking
from sazokar.errors import UnreachableError

EARLY = b"HTTP/1.1 103 Early Hints\r\nx: y\r\n\r\n"
DRIPS = {
    "interim answers": (b"", EARLY),
    "a header": (b"HTTP/1.1 200 OK\r\nx: ", b"a"),
    "a body": (b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n", b"a"),
}


@contextmanager
def dripping(first: bytes, drop: bytes) -> Iterator[tuple[str, list[int]]]:
    """Serve one beginning and then drops, for ever; give the address, and a list with one item for each connection."""
    calls: list[int] = []

    def drip(line: socket.socket) -> None:
        with line, suppress(OSError):
            line.recv(65_536)
            line.sendall(first)
            while True:
                line.sendall(drop)
                time.sleep(0.05)

    def take(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                line, _ = listening.accept()
                calls.append(1)
                threading.Thread(target=drip, args=(line,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=take, args=(listening,), daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", calls
        listening.shutdown(socket.SHUT_RDWR)


def with_threads(url: str) -> None:
    with Client(url, silent_s=2.0) as client:
        client.call_stop(b"CEASE FIRE")


def with_tasks(url: str) -> None:
    async def call() -> None:
        async with AsyncClient(url, silent_s=2.0) as client:
            await client.call_stop(b"CEASE FIRE")

    asyncio.run(call())


@pytest.mark.requirement("SZK-27")
@pytest.mark.parametrize("call", [with_threads, with_tasks], ids=["threads", "async"])
@pytest.mark.parametrize("drip", DRIPS.values(), ids=DRIPS)
def test_a_stop_to_a_node_that_drips_ends_in_time_and_is_sent_once(
    drip: tuple[bytes, bytes], call: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speaking, "STOP_S", 0.5)
    with dripping(*drip) as (url, calls):
        began_s = time.monotonic()
        with pytest.raises(UnreachableError, match="did not come whole"):
            call(url)
        assert 0.3 < time.monotonic() - began_s < 2.0
        assert calls == [1]


def test_what_is_no_stop_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "WHOLE_S", 0.3)
    with dripping(b"", EARLY) as (url, _), Client(url) as client, pytest.raises(UnreachableError, match="whole"):
        client.node()


def test_a_deadline_ends_with_its_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "WHOLE_S", 0.3)
    with dripping(b"", EARLY) as (url, _), Client(url) as client:
        for _ in range(2):
            began_s = time.monotonic()
            with pytest.raises(UnreachableError):
                client.node()
            assert time.monotonic() - began_s > 0.2
