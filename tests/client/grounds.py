"""A node in a process of its own, with a clock that a test sets, and the officers of scenario A with their clients."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sazokar
from sazokar.adapters.ledger_folder import NODE_KEY
from sazokar.app import scenario_a as scenario
from sazokar.app.codec import seal_founding
from sazokar.app.playing import StageClock
from sazokar.client import Client, Replica
from sazokar.domain.statement import Charter, Member
from sazokar.ledger.keyfile import write_key
from sazokar.ledger.signing import KeyId, SigningKey
from sazokar.wiring import open_replica

TESTS = Path(__file__).parents[2]


class StageNode:
    """A served node, and its clock."""

    def __init__(self, folder: Path, instant_ms: int, port: int = 0) -> None:
        paths = os.pathsep.join([str(Path(sazokar.__file__).parents[1]), str(TESTS)])
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.client.stage_node", str(folder), str(instant_ms), str(port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=TESTS,
            env={**os.environ, "PYTHONPATH": paths},
        )  # fmt: skip
        self.port = int(self._heard())
        self.url = f"http://127.0.0.1:{self.port}"

    def _heard(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the node has ended"
        return line

    def set_clock(self, instant_ms: int) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"clock {instant_ms}\n")
        assert self._heard() == "ok\n"

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, by: signal.Signals) -> None:
        self._process.send_signal(by)
        self._process.wait(20)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


class Cast:
    """Everyone of scenario A, each with a key and a line to the node; the officers of a party share its replica."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = StageClock(scenario.BEGINS_MS)
        self.roots = {party: SigningKey.generate() for party in scenario.PARTIES}
        self.officers = {number: SigningKey.generate() for number in scenario.OFFICERS}
        self.node_key = SigningKey.generate()
        folder = home / "node"
        folder.mkdir()
        write_key(folder / NODE_KEY, self.node_key, None)
        self.node = StageNode(folder, scenario.BEGINS_MS)
        self._clients: dict[str, Client] = {}

    def charter(self) -> bytes:
        members = [
            Member(name=party, role=role, roots=(self.roots[party].key_id,)) for party, role in scenario.PARTIES.items()
        ]
        charter = Charter(
            name="Halcyon Sea Mechanism", origin=scenario.ORIGIN, node=self.node_key.key_id, parties=tuple(members),
            quorum=2, created_ms=scenario.BEGINS_MS,
        )  # fmt: skip
        return seal_founding(charter, list(self.roots.values()))

    @property
    def trusted(self) -> frozenset[KeyId]:
        return frozenset(key.key_id for key in self.roots.values())

    def party_of(self, name: str) -> str:
        return scenario.OFFICERS[name][0] if name in scenario.OFFICERS else name

    def key(self, name: str) -> SigningKey:
        return self.roots.get(name) or self.officers[name]

    def replica(self, name: str) -> Replica:
        """Return a replica of an officer's party, in the party's own folder."""
        return open_replica(self.home / self.party_of(name), roots=self.trusted)

    def client(self, name: str) -> Client:
        """Return the client of a watch number, or of a party's root."""
        if name not in self._clients:
            self._clients[name] = Client(self.node.url, self.key(name), self.replica(name), clock=self.clock)
        return self._clients[name]

    def set_clock(self, instant_ms: int) -> None:
        self.clock.instant_ms = instant_ms
        self.node.set_clock(instant_ms)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


@contextmanager
def cast(home: Path) -> Iterator[Cast]:
    """Give everyone, with a node that is founded."""
    found = Cast(home)
    try:
        found.client("ALPHA").found(found.charter())
        yield found
    finally:
        found.close()
        found.node.stop()
