"""A small invented ledger: two parties and a mediator, a charter, statements with sections, findings."""

from __future__ import annotations

from msgspec import Raw

from sazokar.app.ports import Batch, Item
from sazokar.ledger import canonical
from sazokar.ledger.checkpoint import Checkpoint, cosign, sign_checkpoint
from sazokar.ledger.entry import (
    CharterHeader,
    FindingsHeader,
    Header,
    open_envelope,
    seal_charter,
    seal_findings,
    seal_statement,
)
from sazokar.ledger.merkle import Tree, leaf_hash
from sazokar.ledger.proof import Bundle, OlderCheckpoint, ProvenEntry
from sazokar.ledger.section import commit, section_payload
from sazokar.ledger.signing import KeyId, SigningKey

ORIGIN = "sea.example/tidewater"
NODE, ALPHA, BRAVO, MEDIATOR, OFFICER, STRANGER = (SigningKey.from_seed(bytes([number]) * 32) for number in range(6))
KNOWN: dict[str, KeyId] = {ORIGIN: NODE.key_id} | {str(key.key_id): key.key_id for key in (ALPHA, BRAVO, MEDIATOR)}
ROOTS = frozenset({ALPHA.key_id, BRAVO.key_id})

CHARTER_BODY = {
    "kind": "charter",
    "name": "Tidewater mechanism",
    "origin": ORIGIN,
    "node": NODE.key_id,
    "parties": [
        {"name": "ALPHA", "role": "party", "roots": [ALPHA.key_id], "telephone": "+000"},
        {"name": "BRAVO", "role": "party", "roots": [BRAVO.key_id]},
        {"name": "Harbour office", "role": "mediator", "roots": [MEDIATOR.key_id]},
    ],
    "quorum": 2,
}


def body(value: object) -> Raw:
    return Raw(canonical.encode(value))


def charter(content: object = CHARTER_BODY, keys: tuple[SigningKey, ...] = (ALPHA, BRAVO, MEDIATOR)) -> bytes:
    return seal_charter(CharterHeader(1, body(content)), keys)


LEDGER = open_envelope(charter()).id
PAYLOADS = {
    "extent": section_payload({"south_e7": 346000000, "note": "ünver"}, bytes(range(32))),
    "time": section_payload([1, 2], bytes(range(1, 33))),
}


def statement(number: int, payloads: dict[str, bytes] | None = None, *, ledger: str = LEDGER) -> bytes:
    sections = {name: commit(name, payload) for name, payload in (payloads or {}).items()}
    content = body({"kind": "notice", "text": f"notice {number}"})
    return seal_statement(Header(1, ledger, OFFICER.key_id, number, 1000 + number, 9000, content, sections), [OFFICER])


def findings(of: str, recorded_ms: int, key: SigningKey = NODE) -> bytes:
    return seal_findings(FindingsHeader(1, LEDGER, key.key_id, recorded_ms, of, "accepted"), key)[1]


def item(leaf: bytes, payloads: dict[str, bytes] | None = None) -> Item:
    return Item(open_envelope(leaf).id, leaf, payloads or {})


def items() -> list[Item]:
    found = [item(charter())]
    for number in range(4):
        payloads = PAYLOADS if number == 1 else {}
        found.append(item(statement(number, payloads), payloads))
        found.append(item(findings(found[-1].id, 2000 + number)))
    return found


def tree_of(leaves: list[bytes]) -> Tree:
    hashes = [leaf_hash(leaf) for leaf in leaves]
    tree = Tree(lambda start, end: hashes[start:end])
    for one in hashes:
        tree.append(one)
    return tree


def note_of(tree: Tree, size: int, *cosigners: SigningKey) -> bytes:
    note = sign_checkpoint(Checkpoint(ORIGIN, size, tree.root(size)), ORIGIN, NODE)
    for number, key in enumerate(cosigners):
        note = cosign(note, key.key_id, key, 1_700_000_000 + number)
    return note


def batches() -> list[Batch]:
    entries = items()
    tree = tree_of([one.leaf for one in entries])
    ends = [1, 3, 5, 9]
    return [Batch(tuple(entries[start:end]), note_of(tree, end)) for start, end in zip([0, *ends], ends, strict=False)]


def bundle_of(
    entries: list[Item], positions: tuple[int, ...], older: tuple[int, ...] = (), size: int | None = None
) -> Bundle:
    tree = tree_of([one.leaf for one in entries])
    size = len(entries) if size is None else size

    def proven(position: int) -> ProvenEntry:
        payloads = {name: Raw(payload) for name, payload in entries[position].payloads.items()}
        proof = tree.inclusion_proof(position, size)
        return ProvenEntry(position, Raw(entries[position].leaf), proof, payloads)

    return Bundle(
        1,
        proven(0),
        note_of(tree, size, ALPHA, BRAVO).decode(),
        [proven(position) for position in positions],
        [OlderCheckpoint(note_of(tree, one, BRAVO).decode(), tree.consistency_proof(one, size)) for one in older],
    )


def known_keys(*keys: SigningKey) -> frozenset[KeyId]:
    return frozenset(key.key_id for key in keys)
