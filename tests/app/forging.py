"""A node that lies: it signs and appends whatever it is told, so that tests see what finds it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Raw

from sazokar.adapters.log_memory import MemoryLog
from sazokar.app.codec import Stamp, seal, seal_founding, seal_record
from sazokar.app.ports import Appended, Batch, Item
from sazokar.domain.finding import AnyFinding, Findings, Outcome, Taken
from sazokar.domain.party import OfficerRole, PartyRole
from sazokar.domain.statement import Charter, DelegateKey, Member, Statement
from sazokar.ledger.checkpoint import Checkpoint, cosign, sign_checkpoint
from sazokar.ledger.entry import open_envelope
from sazokar.ledger.merkle import Tree, leaf_hash
from sazokar.ledger.proof import Bundle, OlderCheckpoint, ProvenEntry, encode_bundle
from sazokar.ledger.signing import KeyId, SigningKey
from tests.app.stages import CountedEntropy, counted_keys

BEGINS_MS = 1_768_000_000_000
DAY_MS = 86_400_000
ORIGIN = "forged.invalid/ledger"


class Forger:
    def __init__(self) -> None:
        keys = counted_keys()
        self.node, self.alpha, self.bravo, self.officer, self.stranger, self.spare = (next(keys) for _ in range(6))
        self.entropy = CountedEntropy()
        self.log = MemoryLog()
        self.tree = Tree(self.log.leaf_hashes)
        self.now_ms = BEGINS_MS
        self.numbers: dict[KeyId, int] = {}
        members = (
            Member(name="ALPHA", role=PartyRole.PARTY, roots=(self.alpha.key_id,)),
            Member(name="BRAVO", role=PartyRole.PARTY, roots=(self.bravo.key_id,)),
        )
        charter = Charter(
            name="Forged", origin=ORIGIN, node=self.node.key_id, parties=members, quorum=1, created_ms=BEGINS_MS
        )
        leaf = seal_founding(charter, [self.alpha, self.bravo])
        self.ledger = open_envelope(leaf).id
        self._append(Item(self.ledger, leaf))

    @property
    def roots(self) -> frozenset[KeyId]:
        return frozenset({self.alpha.key_id, self.bravo.key_id})

    def delegate(self, key: SigningKey | None = None, *, until_ms: int = BEGINS_MS + 30 * DAY_MS) -> None:
        given = key or self.officer
        self.say(self.delegation(given, until_ms=until_ms), self.alpha)

    def delegation(self, key: SigningKey, *, until_ms: int = BEGINS_MS + 30 * DAY_MS) -> DelegateKey:
        return DelegateKey(
            key=key.key_id, watch_number="A1", role=OfficerRole.DELEGATE, from_ms=BEGINS_MS, until_ms=until_ms
        )

    def say(self, statement: Statement, *keys: SigningKey, findings: tuple[AnyFinding, ...] = (Taken(),)) -> None:
        """Record a statement and that it was taken, whatever the rules say."""
        self.find(self.state(statement, *keys), Outcome.TAKEN, *findings)

    def state(self, statement: Statement, *keys: SigningKey) -> str:
        number = self.numbers[keys[0].key_id] = self.numbers.get(keys[0].key_id, 0) + 1
        stamp = Stamp(ledger=self.ledger, number=number, stated_ms=self.now_ms, expires_ms=self.now_ms + DAY_MS)
        leaf, payloads = seal(statement, stamp, keys, self.entropy)
        item = Item(open_envelope(leaf).id, leaf, payloads)
        self._append(item)
        return item.id

    def find(
        self,
        of: str,
        outcome: Outcome,
        *findings: AnyFinding,
        views: Mapping[str, tuple[AnyFinding, ...]] | None = None,
        key: SigningKey | None = None,
    ) -> None:
        if views is None:
            views = {"view:0": findings} if findings else {}
        record = Findings(of=of, recorded_ms=self.now_ms, outcome=outcome, findings=findings)
        self._append(seal_record(record, views, self.ledger, key or self.node, self.entropy))

    def _append(self, item: Item) -> None:
        self.tree.append(leaf_hash(item.leaf))
        answer = self.log.append(Batch((item,), self.note()), self.log.size())
        assert isinstance(answer, Appended)

    def note(self, key: SigningKey | None = None) -> bytes:
        return sign_checkpoint(Checkpoint(ORIGIN, self.tree.size, self.tree.root()), ORIGIN, key or self.node)

    def cosigned(self, *keys: SigningKey) -> tuple[int, bytes]:
        """Return the size and the note of the present checkpoint, cosigned."""
        note = self.note()
        for key in keys:
            note = cosign(note, key.key_id, key, self.now_ms // 1000)
        return self.tree.size, note

    def bundle(self, positions: Sequence[int] | None = None, *older: tuple[int, bytes]) -> bytes:
        """Return a bundle of all entries, or of some, with older checkpoints."""
        entries = list(self.log.read(0))

        def proven(position: int) -> ProvenEntry:
            stored = entries[position]
            payloads = {name: Raw(payload) for name, payload in stored.payloads.items() if not name.startswith("view:")}
            proof = self.tree.inclusion_proof(position, self.tree.size)
            return ProvenEntry(position, Raw(stored.leaf), proof, payloads)

        chosen = range(1, len(entries)) if positions is None else positions
        before = [
            OlderCheckpoint(one.decode(), self.tree.consistency_proof(size, self.tree.size)) for size, one in older
        ]
        return encode_bundle(Bundle(1, proven(0), self.note().decode(), [proven(each) for each in chosen], before))
