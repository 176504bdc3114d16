"""A small mechanism under a test's hand: ALPHA, BRAVO and a mediator, each with an officer; scenario A's agreement."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from sazokar.adapters.log_memory import MemoryLog
from sazokar.app.codec import Sealed, Stamp, seal, seal_founding
from sazokar.app.drafting import document_of
from sazokar.app.node import Node
from sazokar.app.receipt import Answer, Receipt
from sazokar.domain.notice import Extent, NoticeKind
from sazokar.domain.party import OfficerRole, PartyRole
from sazokar.domain.plan.height import parse_height
from sazokar.domain.plan.instant import parse_instant
from sazokar.domain.plan.shape import Circle, Position
from sazokar.domain.plan.volume import Volume
from sazokar.domain.statement import (
    Charter,
    DelegateKey,
    FileNotice,
    Member,
    PostWatch,
    ProposeDraft,
    SignAgreement,
    Statement,
    WatchPost,
)
from sazokar.testing.clock import FakeClock
from sazokar.testing.fakes import CountedEntropy, HeardAlarm, key_of

START_MS = parse_instant("2031-01-14T12:00:00Z")
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
ROLES = {"ALPHA": PartyRole.PARTY, "BRAVO": PartyRole.PARTY, "MEDIATOR": PartyRole.MEDIATOR}
AGREEMENT = Path(__file__).resolve().parents[2] / "src/sazokar/data/examples/mechanism/agreement.toml"


class Grounds:
    """The mechanism, founded; officers' keys delegated; by default an agreement in force."""

    def __init__(self, log: MemoryLog | None = None, *, agreed: bool = True) -> None:
        self.log = log or MemoryLog()
        self.clock = FakeClock(START_MS)
        self.alarm = HeardAlarm()
        self.entropy = CountedEntropy(1)
        self.numbers: dict[str, int] = {}
        self.node = self.opened()
        members = tuple(Member(name=p, role=role, roots=(key_of(f"root {p}").key_id,)) for p, role in ROLES.items())
        self.charter = Charter(
            name="trial", origin="sazokar.invalid/trial", node=key_of("node").key_id, parties=members, quorum=2,
            created_ms=START_MS,
        )  # fmt: skip
        self.node.found(seal_founding(self.charter, [key_of(f"root {party}") for party in ROLES]))
        for party in ROLES:
            delegation = DelegateKey(
                key=key_of(party).key_id, watch_number=f"{party[0]}1", role=OfficerRole.DELEGATE, from_ms=START_MS,
                until_ms=START_MS + 30 * 24 * HOUR_MS,
            )  # fmt: skip
            self.take(f"root {party}", delegation)
        if agreed:
            self.agree()

    def opened(self) -> Node:
        """Return a node over the log, as after a restart."""
        return Node(self.log, self.clock, key_of("node"), self.entropy, self.alarm)

    def agree(self) -> None:
        """Bring the agreement into force."""
        text = AGREEMENT.read_text(encoding="utf-8")
        draft = sha256(text.encode()).hexdigest()
        self.take("MEDIATOR", ProposeDraft(draft=draft, document=document_of(text, "agreement.toml")))
        for party in ("ALPHA", "BRAVO"):
            self.take(party, SignAgreement(draft=draft))

    def sealed(self, name: str, statement: Statement, *, lifetime_ms: int = 24 * HOUR_MS) -> Sealed:
        """Return a statement signed with the key of that name."""
        number = self.numbers[name] = self.numbers.get(name, 0) + 1
        now_ms = self.clock.now_ms()
        stamp = Stamp(ledger=self.node.ledger, number=number, stated_ms=now_ms, expires_ms=now_ms + lifetime_ms)
        return seal(statement, stamp, [key_of(name)], self.entropy)

    def send(self, name: str, statement: Statement) -> Answer:
        """Sign a statement, submit it, and return what became of it."""
        return self.node.submit(*self.sealed(name, statement))

    def take(self, name: str, statement: Statement) -> Receipt:
        """Send a statement that must be taken."""
        receipt = self.send(name, statement)
        assert isinstance(receipt, Receipt) and receipt.outcome == "taken", receipt
        return receipt

    def post(self, party: str) -> None:
        """Put a party's officer on watch."""
        post = WatchPost(telephones=(f"+99 {len(party)}",), languages=("en",))
        now_ms = self.clock.now_ms()
        self.take(party, PostWatch(number=f"{party[0]}1", from_ms=now_ms, until_ms=now_ms + 12 * HOUR_MS, post=post))


def flight(party: str, name: str, lon: float = -30.0, in_ms: int = 7 * HOUR_MS, level: int = 100) -> FileNotice:
    """Return a notice of an hour's flight in a circle."""
    volume = Volume(
        operation=name, party=party, class_="transport", shape=Circle(Position(350_000_000, round(lon * 1e7)), 1_000_000),
        lower=parse_height(f"FL{level:03d}"), upper=parse_height(f"FL{level + 50:03d}"), start_ms=START_MS + in_ms,
        end_ms=START_MS + in_ms + HOUR_MS,
    )  # fmt: skip
    return FileNotice(notice=NoticeKind.FLIGHT, extent=Extent(volumes=(volume,)))
