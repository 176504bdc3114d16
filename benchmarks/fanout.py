"""How soon an event reaches open streams: from the moment its batch is durable to the moment each stream's reader has it.

    python -m benchmarks.fanout [--streams 200] [--per-second 20] [--seconds 10]

A node is served in this process and notices are filed past HTTP at a steady rate; one more process reads all streams over
sockets of this machine. Both read the same monotonic clock. Writes Markdown to standard output.
"""

from __future__ import annotations

import argparse
import json
import re
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import httpx

from benchmarks.mechanism import ROLES, StillClock, World
from sazokar.app.wire import ChallengeAnswered, session_message
from sazokar.domain.state import State
from sazokar.doors.http.server import audiences_of, listen, server_of
from sazokar.doors.http.settings import Settings
from sazokar.doors.http.station import Station
from sazokar.ledger.signing import SigningKey, message_for

_ID: Final = re.compile(rb"(?:^|\n)id: (\d+)\nevent: notice")
_PATIENCE_S: Final = 10.0


def read_streams(port: int, tokens: Sequence[str], seconds: float) -> None:
    """Read every stream until the time is over, and print when each event came, by position."""
    select = selectors.DefaultSelector()
    for token in tokens:
        sock = socket.create_connection(("127.0.0.1", port))
        head = f"GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\r\n"
        sock.sendall(head.encode())
        sock.setblocking(False)
        select.register(sock, selectors.EVENT_READ)
    print("ready", flush=True)
    came: dict[int, list[float]] = {}
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        for key, _ in select.select(0.5):
            assert isinstance(key.fileobj, socket.socket), "only sockets are registered"
            content, now_s = key.fileobj.recv(1 << 20), time.monotonic()
            for found in _ID.finditer(content):
                came.setdefault(int(found.group(1)), []).append(now_s)
    print(json.dumps(came))


class Served:
    """A world on a socket, with the instant at which each entry was durable."""

    def __init__(self, world: World, directory: Path) -> None:
        settings = Settings(directory=str(directory), port=0, strangers_per_s=100_000, requests_per_s=100_000)
        self.sock = listen(settings)
        self.port = int(self.sock.getsockname()[1])
        self.world = world
        self.station = Station(world.node, world.log, StillClock(), settings, audiences_of(settings, self.port))
        self.server = server_of(self.station, self.port)
        self.durable_s: dict[int, float] = {}
        self._size = world.node.state.size
        world.node.listen(self._note)
        self._thread = threading.Thread(target=lambda: self.server.run(sockets=[self.sock]))
        self._thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def _note(self, state: State) -> None:
        now_s = time.monotonic()
        self.durable_s |= dict.fromkeys(range(self._size, state.size), now_s)
        self._size = state.size

    def token(self, key: SigningKey) -> str:
        """Return the token of a new session."""
        address = f"http://127.0.0.1:{self.port}"
        given = httpx.post(f"{address}/v1/session/challenge", json={"key": key.key_id}).json()
        answered = ChallengeAnswered(
            key=key.key_id, challenge=given["challenge"], audience=address, signature="0" * 128
        )
        signature = key.sign(message_for(b"session", session_message(answered, given["ledger"]))).hex()
        body = {"key": key.key_id, "challenge": given["challenge"], "audience": address, "signature": signature}
        return str(httpx.post(f"{address}/v1/session", json=body).json()["token"])

    def stop(self) -> None:
        """End the server."""
        self.server.should_exit = True
        self._thread.join()
        self.sock.close()


def measured(served: Served, streams: int, per_second: int, seconds: float) -> list[float]:
    """Return how long each event took to each stream, ms."""
    tokens = {party: served.token(served.world.officers[party]) for party in ROLES}
    shared = [tokens[party] for party in ROLES] * (streams // len(ROLES) + 1)
    command = [sys.executable, "-m", "benchmarks.fanout", "--read", str(served.port), str(seconds + _PATIENCE_S / 4)]
    reader = subprocess.Popen(
        [*command, *shared[:streams]],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert reader.stdout is not None and reader.stdout.readline() == "ready\n", "the reader does not begin"
    while served.station.streams.count < streams:
        time.sleep(0.05)
    begin_s = time.monotonic()
    for number, sealed in enumerate(served.world.notices(round(per_second * seconds))):
        time.sleep(max(0.0, begin_s + number / per_second - time.monotonic()))
        served.world.node.submit(*sealed)
    came: dict[str, list[float]] = json.loads(reader.communicate(timeout=seconds + 2 * _PATIENCE_S)[0])
    assert len(came) == round(per_second * seconds), f"{len(came)} events came"
    assert all(len(times) == streams for times in came.values()), "an event did not reach every stream"
    return sorted((at - served.durable_s[int(position)]) * 1000 for position, times in came.items() for at in times)


def main() -> None:
    """Run, and print the table."""
    if sys.argv[1:2] == ["--read"]:
        read_streams(int(sys.argv[2]), sys.argv[4:], float(sys.argv[3]))
        return
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fanout")
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--per-second", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        world = World(Path(room))
        served = Served(world, Path(room))
        try:
            waits = measured(served, given.streams, given.per_second, given.seconds)
        finally:
            served.stop()
    print("| streams | notices/s | events sent | p50 ms | p99 ms | longest ms |\n|---|---|---|---|---|---|")
    p50, p99 = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
    print(f"| {given.streams} | {given.per_second} | {len(waits):,} | {p50:.1f} | {p99:.1f} | {waits[-1]:.1f} |")


if __name__ == "__main__":
    main()
