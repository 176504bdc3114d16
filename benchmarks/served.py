"""What the mechanism costs over HTTP: notices per second through sockets, how long each waits, what the node spends on one.

    python -m benchmarks.served [--live 0,10000,100000] [--connections 1,10,50] [--notices 3000]

The node is a process of its own, as `sazokar serve` runs it, but for a clock that stands; the load generator signs beforehand
and does little more than write and read sockets. Both share this machine. A notice is durable before its answer goes out.
Writes Markdown to standard output.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import httpx

from benchmarks.mechanism import NoAlarm, StillClock, World
from sazokar.adapters.entropy_system import SystemEntropy
from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.node import Node
from sazokar.app.receipt import Receipt
from sazokar.app.wire import ChallengeAnswered, session_message
from sazokar.doors.http.server import audiences_of, listen, serve
from sazokar.doors.http.settings import Settings
from sazokar.doors.http.station import Station
from sazokar.ledger.keyfile import read_key, write_key
from sazokar.ledger.parcel import pack
from sazokar.ledger.signing import SigningKey, message_for

TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


def run_node(directory: Path) -> None:
    """Serve the ledger of a folder until told to stop; the port goes to standard output."""
    log = SqliteLog(directory / "ledger.sqlite")
    node = Node(log, StillClock(), read_key(directory / "node.key", None), SystemEntropy(), NoAlarm())
    settings = Settings(directory=str(directory), port=0, requests_per_s=1_000_000, strangers_per_s=1_000_000)
    sock = listen(settings)
    port = int(sock.getsockname()[1])
    print(port, flush=True)
    serve(Station(node, log, StillClock(), settings, audiences_of(settings, port)), sock)
    log.close()


class Load:
    """Notices on their way over a number of connections.

    Args:
        port: Of the node.
        tokens: Of sessions, one for each party in turn.
        bodies: Parcels, of the parties in turn.
    """

    def __init__(self, port: int, tokens: Sequence[str], bodies: Sequence[bytes]) -> None:
        self.waits_s: list[float] = []
        self._port = port
        self._heads = [
            f"POST /v1/notices HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
            for token in tokens
        ]
        self._left = iter(enumerate(bodies))

    async def run(self, connections: int) -> float:
        """File everything, and return how many seconds it took."""
        began_s = time.monotonic()
        await asyncio.gather(*(self._connection(self._left) for _ in range(connections)))
        return time.monotonic() - began_s

    async def _connection(self, left: Iterator[tuple[int, bytes]]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        for number, body in left:
            began_s = time.monotonic()
            writer.write(f"{self._heads[number % len(self._heads)]}{len(body)}\r\n\r\n".encode() + body)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            content = await reader.readexactly(length)
            self.waits_s.append(time.monotonic() - began_s)
            assert head[9:12] == b"201", content[:300]
        writer.close()
        await writer.wait_closed()


def begun(port: int, key: SigningKey) -> str:
    """Return the token of a session."""
    address = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=address) as client:
        asked = client.post("/v1/session/challenge", json={"key": key.key_id}).json()
        given = {"key": key.key_id, "challenge": asked["challenge"], "audience": address}
        words = session_message(ChallengeAnswered(**given, signature="0" * 128), asked["ledger"])
        signed = {**given, "signature": key.sign(message_for(b"session", words)).hex()}
        token: str = client.post("/v1/session", json=signed).json()["token"]
        return token


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def rows(live: int, connections: Sequence[int], notices: int) -> Iterator[str]:
    """Give a row of the table for each number of connections, on a ledger of its own."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        world = World(directory)
        for leaf, payloads in world.notices(live):
            answer = world.node.submit(leaf, payloads)
            assert isinstance(answer, Receipt) and answer.refusal is None, answer
        bodies = [pack(*sealed) for sealed in world.notices(notices * len(connections))]
        world.node.close()
        write_key(directory / "node.key", world.key, None)
        command = [sys.executable, "-m", "benchmarks.served", "--serve", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None, "it was asked for"
            port = int(process.stdout.readline())
            tokens = [begun(port, world.officers[party]) for party in ("ALPHA", "BRAVO")]
            for number, count in enumerate(connections):
                load, before_s = Load(port, tokens, bodies[number * notices :][:notices]), cpu_s(process.pid)
                took_s = asyncio.run(load.run(count))
                yield row(live + number * notices, count, load.waits_s, took_s, cpu_s(process.pid) - before_s)
            process.terminate()


def row(live: int, connections: int, waits_s: list[float], took_s: float, spent_s: float) -> str:
    """Return one row of the table."""
    waits_s.sort()
    p50_ms, p99_ms = (waits_s[int(len(waits_s) * share)] * 1000 for share in (0.5, 0.99))
    return (
        f"| {live:,} | {connections} | {len(waits_s) / took_s:,.0f} | {p50_ms:.1f} | {p99_ms:.1f} "
        f"| {spent_s / len(waits_s) * 1e6:,.0f} |"
    )


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.served", description=__doc__)
    parser.add_argument("--live", default="0,10000,100000", help="live notices beforehand, by commas")
    parser.add_argument("--connections", default="50,10,1", help="connections, by commas")
    parser.add_argument("--notices", type=int, default=3_000, help="notices for each row")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        run_node(Path(given.serve))
        return
    print("| live before | connections | notices/s | p50 ms | p99 ms | CPU of the node, µs per notice |")
    print("|---|---|---|---|---|---|")
    for live in map(int, given.live.split(",")):
        for line in rows(live, [int(one) for one in given.connections.split(",")], given.notices):
            print(line, flush=True)


if __name__ == "__main__":
    main()
