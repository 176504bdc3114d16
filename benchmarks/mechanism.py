"""What the mechanism costs: notices filed per second end to end, folding, verifying; beside what is below each of them.

    python -m benchmarks.mechanism [--live 10000] [--notices 5000]

Statements are signed beforehand. A notice is verified, judged by clause against all that is live, signed for by the node,
and durable in SQLite (WAL, `synchronous=FULL`) before its filer is answered. Writes Markdown to standard output.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from sazokar.adapters.entropy_system import SystemEntropy
from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.codec import Sealed, Stamp, seal, seal_founding
from sazokar.app.drafting import document_of
from sazokar.app.node import Node
from sazokar.app.opening import open_ledger, states
from sazokar.app.ports import Appended, Batch, Item
from sazokar.app.proving import bundle_of
from sazokar.app.receipt import Receipt
from sazokar.app.verification import verify as prove
from sazokar.domain.finding import Outcome
from sazokar.domain.notice import Extent, NoticeKind, Purpose
from sazokar.domain.party import OfficerRole, PartyRole
from sazokar.domain.plan.height import parse_height
from sazokar.domain.plan.instant import parse_instant
from sazokar.domain.plan.shape import DEGREE_E7, Movement, Position
from sazokar.domain.plan.volume import Volume
from sazokar.domain.statement import (
    Charter,
    DelegateKey,
    FileNotice,
    Member,
    ProposeDraft,
    SignAgreement,
    Statement,
)
from sazokar.ledger.integrity import verify_stored
from sazokar.ledger.proof import decode_bundle
from sazokar.ledger.signing import KeyId, SigningKey, verify

START_MS: Final = parse_instant("2026-01-14T12:00:00Z")
HOUR_MS: Final = 3_600_000
DAYS: Final = 40
"""Over how many days the flights are spread; each lasts two hours at most."""
AGREEMENT: Final = Path(__file__).parent.parent / "src/sazokar/data/examples/mechanism/agreement.toml"
ROLES: Final = {"ALPHA": PartyRole.PARTY, "BRAVO": PartyRole.PARTY, "MEDIATOR": PartyRole.MEDIATOR}


class StillClock:
    """A clock that stands, so that lead times are the same in every run."""

    def now_ms(self) -> int:
        """Return the start."""
        return START_MS


class NoAlarm:
    """Hears nothing."""

    def sound(self, content: bytes, *, verified: bool, sounded_ms: int) -> None:
        """Do nothing."""


class World:
    """A ledger with an agreement in force, and officers who sign beforehand."""

    def __init__(self, directory: Path) -> None:
        self.roots = {party: SigningKey.generate() for party in ROLES}
        self.officers = {party: SigningKey.generate() for party in ROLES}
        self.key = SigningKey.generate()
        self.log = SqliteLog(directory / "ledger.sqlite")
        self.node = Node(self.log, StillClock(), self.key, SystemEntropy(), NoAlarm())
        self.numbers: dict[str, int] = {}
        self.random = random.Random(20260114)
        self._found()

    def _found(self) -> None:
        members = tuple(Member(name=p, role=role, roots=(self.roots[p].key_id,)) for p, role in ROLES.items())
        charter = Charter(
            name="benchmark", origin="sazokar.invalid/benchmark", node=self.key.key_id, parties=members, quorum=2,
            created_ms=START_MS,
        )  # fmt: skip
        self.node.found(seal_founding(charter, list(self.roots.values())))
        for party, root in self.roots.items():
            delegation = DelegateKey(
                key=self.officers[party].key_id, watch_number=party[0], role=OfficerRole.DELEGATE, from_ms=START_MS,
                until_ms=START_MS + 30 * 24 * HOUR_MS,
            )  # fmt: skip
            self.node.submit(*self.sealed(root, delegation))
        text = unbudgeted(AGREEMENT.read_text(encoding="utf-8"))
        draft = sha256(text.encode()).hexdigest()
        document = document_of(text, "agreement.toml")
        self.node.submit(*self.sealed(self.officers["MEDIATOR"], ProposeDraft(draft=draft, document=document)))
        for party in ("ALPHA", "BRAVO"):
            self.node.submit(*self.sealed(self.officers[party], SignAgreement(draft=draft)))
        assert self.node.state.agreement is not None, "the agreement is not in force"

    def sealed(self, key: SigningKey, statement: Statement) -> Sealed:
        """Return a statement, signed."""
        number = self.numbers[key.key_id] = self.numbers.get(key.key_id, 0) + 1
        stamp = Stamp(ledger=self.node.ledger, number=number, stated_ms=START_MS, expires_ms=START_MS + 24 * HOUR_MS)
        return seal(statement, stamp, [key], SystemEntropy())

    def notices(self, count: int) -> list[Sealed]:
        """Return notices, signed, of two parties in turn."""
        parties = ("ALPHA", "BRAVO")
        return [self.sealed(self.officers[p], self._notice(n, p)) for n in range(count) for p in (parties[n % 2],)]

    def _notice(self, number: int, party: str) -> FileNotice:
        lat, lon = self.random.uniform(33, 37), self.random.uniform(-33, -27)
        line = tuple(position(lat + step * self.random.uniform(0, 0.3), lon + step * 0.2) for step in range(3))
        start_ms = START_MS + self.random.randrange(7 * 60, DAYS * 24 * 60) * 60_000
        times_ms = (start_ms, start_ms + HOUR_MS, start_ms + 2 * HOUR_MS)
        level = 50 + 20 * self.random.randrange(20)
        volume = Volume(
            operation=f"flight-{number}", party=party, class_="transport",
            shape=Movement(line=line, times_ms=times_ms, half_width_mm=1_000_000),
            lower=parse_height(f"FL{level:03d}"), upper=parse_height(f"FL{level + 10:03d}"),
            start_ms=times_ms[0], end_ms=times_ms[-1],
        )  # fmt: skip
        purpose = Purpose(call_sign=f"TEST {number}", frequency_khz=121_500, language="en")
        return FileNotice(notice=NoticeKind.FLIGHT, extent=Extent(volumes=(volume,)), purpose=purpose)


def position(lat: float, lon: float) -> Position:
    """Return a position inside the agreement's area."""
    return Position(round(min(37, lat) * DEGREE_E7), round(lon * DEGREE_E7))


def unbudgeted(text: str) -> str:
    """Return the agreement without its budget: what is measured is the work, not the refusal."""
    clauses = text.split("[[clause]]")
    return "[[clause]]".join(clause for clause in clauses if 'kind = "budget"' not in clause)


def file_all(node: Node, sealed: Sequence[Sealed], filers: int) -> str:
    """File notices from a number of threads, and return a row of the table."""
    waits: list[float] = []
    lock, given = threading.Lock(), iter(sealed)

    def work() -> None:
        while (one := taken(lock, given)) is not None:
            begun = time.perf_counter()
            answer = node.submit(*one)
            waits.append(time.perf_counter() - begun)
            assert isinstance(answer, Receipt) and answer.outcome is Outcome.TAKEN, f"a notice was not taken: {answer}"

    threads = [threading.Thread(target=work) for _ in range(filers)]
    cpu, wall = time.process_time(), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    waits.sort()
    p50, p99 = waits[len(waits) // 2] * 1000, waits[int(len(waits) * 0.99)] * 1000
    return f"{len(sealed) / wall:,.0f} | {cpu / len(sealed) * 1e6:,.0f} | {p50:.1f} | {p99:.1f}"


def taken(lock: threading.Lock, given: Iterator[Sealed]) -> Sealed | None:
    """Return the next statement, one thread at a time."""
    with lock:
        return next(given, None)


def append_rate(directory: Path) -> float:
    """Return how many entries of 1 KB SQLite takes in a second, in batches of 50."""
    log = SqliteLog(directory / "appends.sqlite")
    batches = []
    for number in range(200):
        leaves = [f"{number} {n} ".encode() + bytes(1000) for n in range(50)]
        batches.append(Batch(tuple(Item(sha256(leaf).hexdigest(), leaf) for leaf in leaves), b""))
    begun, size = time.perf_counter(), 0
    for batch in batches:
        answer = log.append(batch, size)
        assert isinstance(answer, Appended), f"not appended: {answer}"
        size = answer.size
    return size / (time.perf_counter() - begun)


def proof_rate(world: World) -> tuple[int, float, float]:
    """Return how many entries the bundle of a conflict holds, how many are verified in a second, and what writing it took."""
    ref = min(world.node.state.cases, default="") or min(world.node.state.open)
    opened = open_ledger(world.log)
    begun = time.process_time()
    bundle = bundle_of(world.log, opened.tree, opened.state, ref, None)
    written_s = time.process_time() - begun
    roots = frozenset(KeyId(root.key_id) for root in world.roots.values())
    entries = len(decode_bundle(bundle).entries) + 1
    begun = time.process_time()
    for _ in range(100):
        prove(bundle, roots)
    return entries, 100 * entries / (time.process_time() - begun), written_s


def verify_rate() -> float:
    """Return how many Ed25519 signatures over 1 KB one core verifies in a second."""
    key, message = SigningKey.generate(), bytes(1000)
    signature = key.sign(message)
    begun = time.process_time()
    for _ in range(5_000):
        assert verify(key.key_id, signature, message), "a good signature is refused"
    return 5_000 / (time.process_time() - begun)


def main() -> None:
    """Run, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mechanism")
    parser.add_argument("--live", type=int, default=10_000)
    parser.add_argument("--notices", type=int, default=5_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        world = World(Path(room))
        file_all(world.node, world.notices(given.live), 50)
        print(f"{len(world.node.state.open):,} live notices, {len(world.node.state.cases):,} conflicts among them.\n")
        print("| filers | notices/s | CPU µs each | p50 ms | p99 ms |\n|---|---|---|---|---|")
        for filers in (50, 1, 50):
            count = given.notices if filers > 1 else given.notices // 5
            print(f"| {filers} | {file_all(world.node, world.notices(count), filers)} |", flush=True)
        print("\n| what | per second |\n|---|---|")
        begun = time.process_time()
        count = sum(1 for _ in states(world.log))
        print(f"| entries folded, read and decoded from SQLite | {count / (time.process_time() - begun):,.0f} |")
        begun = time.process_time()
        verify_stored(world.log, {"sazokar.invalid/benchmark": KeyId(world.key.key_id)})
        print(f"| entries verified: hashes, commitments, tree | {count / (time.process_time() - begun):,.0f} |")
        told, rate, written_s = proof_rate(world)
        print(
            f"| entries of a proof bundle verified ({told} entries; writing it took {written_s:.2f} s) | {rate:,.0f} |"
        )
        print(f"| Ed25519 verifications alone | {verify_rate():,.0f} |")
        print(f"| entries of 1 KB appended alone, batches of 50 | {append_rate(Path(room)):,.0f} |")


if __name__ == "__main__":
    main()
