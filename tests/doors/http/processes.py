"""`sazokar serve` as a process of its own, by this machine's clock, over a ledger that a test founds."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from sazokar.adapters.clock_system import SystemClock
from sazokar.adapters.entropy_system import SystemEntropy
from sazokar.adapters.ledger_folder import LEDGER, NODE_KEY
from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.codec import Stamp, seal, seal_founding
from sazokar.app.node import Node
from sazokar.app.wire import ChallengeAnswered, session_message
from sazokar.domain.notice import Extent, NoticeKind, Purpose
from sazokar.domain.party import OfficerRole, PartyRole
from sazokar.domain.plan.height import parse_height
from sazokar.domain.plan.shape import Circle, Position
from sazokar.domain.plan.volume import Volume
from sazokar.domain.statement import Charter, DelegateKey, FileNotice, Member, Statement
from sazokar.ledger.keyfile import write_key
from sazokar.ledger.parcel import pack
from sazokar.ledger.signing import message_for
from sazokar.testing.fakes import HeardAlarm, key_of

ROLES = {"ALPHA": PartyRole.PARTY, "BRAVO": PartyRole.PARTY, "MEDIATOR": PartyRole.MEDIATOR}
HOUR_MS = 3_600_000


class Served:
    """A ledger with an officer for each party, and the process that serves it.

    Args:
        directory: An empty folder.
        options: More for the command.
        tls: File of the certificate that it is reached by; empty: it is served without TLS.
    """

    def __init__(self, directory: Path, *options: str, tls: str = "", founded: bool = True) -> None:
        self.directory = directory
        self._tls = tls
        self.numbers: dict[str, int] = {}
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0
        self.ledger = self._found() if founded else ""

    @classmethod
    def of_nothing(cls, directory: Path) -> Served:
        """Return a node over a folder that is not there yet."""
        return cls(directory, founded=False)

    @classmethod
    def again(cls, other: Served, *options: str) -> Served:
        """Return another's ledger, served with other options."""
        one = cls(other.directory, *options, founded=False)
        one.ledger, one.numbers = other.ledger, other.numbers
        return one

    def _found(self) -> str:
        write_key(self.directory / NODE_KEY, key_of("node"), None)
        log = SqliteLog(self.directory / LEDGER)
        node = Node(log, SystemClock(), key_of("node"), SystemEntropy(), HeardAlarm())
        now_ms = SystemClock().now_ms()
        members = tuple(Member(name=p, role=role, roots=(key_of(f"root {p}").key_id,)) for p, role in ROLES.items())
        charter = Charter(
            name="trial", origin="sazokar.invalid/trial", node=node.key, parties=members, quorum=2, created_ms=now_ms
        )
        node.found(seal_founding(charter, [key_of(f"root {party}") for party in ROLES]))
        for party in ROLES:
            delegation = DelegateKey(
                key=key_of(party).key_id, watch_number=f"{party[0]}1", role=OfficerRole.DELEGATE, from_ms=now_ms,
                until_ms=now_ms + 24 * HOUR_MS,
            )  # fmt: skip
            stamp = Stamp(ledger=node.ledger, number=1, stated_ms=now_ms, expires_ms=now_ms + HOUR_MS)
            node.submit(*seal(delegation, stamp, [key_of(f"root {party}")], SystemEntropy()))
        log.close()
        return node.ledger

    # The process

    def start(self, *, before: Callable[[], None] | None = None) -> None:
        """Start the process, and return once it answers."""
        command = [
            sys.executable, "-c", "from sazokar.doors.cli import main; main()", "serve", "--directory", str(self.directory),
            "--port", str(self.port or 0), *self._options,
        ]  # fmt: skip
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SAZOKAR_")}
        environment |= {"SAZOKAR_REQUESTS_PER_S": "100000", "SAZOKAR_STRANGERS_PER_S": "100000"}
        self.directory.mkdir(exist_ok=True)
        with (self.directory / "serve.log").open("ab") as errors:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=errors, env=environment, preexec_fn=before
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode()
        assert line.startswith("LISTENING on "), line + (self.directory / "serve.log").read_text()
        self.port = int(line.rsplit(":", 1)[1])
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                trusted = ssl.create_default_context(cafile=self._tls) if self._tls else True
                if httpx.get(f"{self.address}/healthz", verify=trusted).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.02)
        raise AssertionError("the node does not answer")

    @property
    def address(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send the process a signal, and return its exit code."""
        assert self._process is not None and self._process.stdout is not None
        self._process.send_signal(how)
        code = self._process.wait(30)
        self._process.stdout.close()
        return code

    # Officers

    @contextmanager
    def client(self, name: str) -> Iterator[httpx.Client]:
        """Give a client with a session of the key of that name."""
        key = key_of(name)
        with httpx.Client(base_url=self.address, timeout=20) as client:
            asked = client.post("/v1/session/challenge", json={"key": key.key_id}).json()
            given = {"key": key.key_id, "challenge": asked["challenge"], "audience": self.address}
            message = message_for(
                b"session", session_message(ChallengeAnswered(**given, signature="0" * 128), asked["ledger"])
            )
            answer = client.post("/v1/session", json={**given, "signature": key.sign(message).hex()})
            assert answer.status_code == 201, answer.text
            client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
            yield client

    def parcel(self, name: str, statement: Statement, number: int | None = None) -> bytes:
        """Return a statement as it is sent over HTTP."""
        if number is None:
            number = self.numbers[name] = self.numbers.get(name, 0) + 1
        now_ms = SystemClock().now_ms()
        stamp = Stamp(ledger=self.ledger, number=number, stated_ms=now_ms, expires_ms=now_ms + HOUR_MS)
        return pack(*seal(statement, stamp, [key_of(name)], SystemEntropy()))

    def opened(self) -> SqliteLog:
        """Return the log as it lies there, read beside the process or without it."""
        return SqliteLog(self.directory / LEDGER, read_only=True)


def notice(number: int, party: str, words: str = "") -> FileNotice:
    """Return a small flight of a party, each at a place and an hour of its own, far from every other."""
    start_ms = SystemClock().now_ms() + (10 + number) * HOUR_MS
    volume = Volume(
        operation=f"{party}-{number}", party=party, shape=Circle(Position((number % 80) * 10**7 // 2, 0), 5_000_000),
        lower=parse_height("FL100"), upper=parse_height("FL120"), start_ms=start_ms, end_ms=start_ms + HOUR_MS,
    )  # fmt: skip
    return FileNotice(
        notice=NoticeKind.FLIGHT, extent=Extent(volumes=(volume,)), purpose=Purpose(text=words or "trial")
    )


def stopped(processes: Sequence[Served]) -> None:
    """Kill what still runs."""
    for one in processes:
        if one._process is not None and one._process.poll() is None:
            one.end(signal.SIGKILL)
