"""Proof bundles: entries of a ledger, proven to a stranger who trusts nothing but root keys. Tells no story of them.

A bundle is one canonical JSON value. Each of its bytes is bound by canonical form, a hash or a signature, so that no
bundle can be changed in one place and still be verified; a checksum over the file, which anyone could make anew,
would prove nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Raw

from sazokar.errors import CanonicalError, ProofError, SazokarError
from sazokar.ledger import canonical
from sazokar.ledger.checkpoint import Checkpoint, KnownKeys, keys_named, open_note, quorum
from sazokar.ledger.entry import CharterHeader, Digest, Envelope, FindingsHeader, Header, open_envelope
from sazokar.ledger.merkle import HASH_BYTES, LONGEST_PROOF, leaf_hash, verify_consistency, verify_inclusion
from sazokar.ledger.note import Signature
from sazokar.ledger.parcel import require_committed
from sazokar.ledger.section import SectionName
from sazokar.ledger.signing import KeyId

SCHEMA: Final = 1
MOST_ENTRIES: Final = 10_000
MOST_OLDER: Final = 256

Position = Annotated[int, Meta(ge=0, le=canonical.LARGEST_INTEGER)]
Hash = Annotated[bytes, Meta(min_length=HASH_BYTES, max_length=HASH_BYTES)]
Hashes = Annotated[list[Hash], Meta(max_length=LONGEST_PROOF)]


class ProvenEntry(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One entry with its proof.

    Args:
        position: Where it stands in the ledger, from 0.
        leaf: Its envelope.
        proof: The inclusion proof in the bundle's checkpoint, 32 bytes each.
        payloads: Per section the payload, where it is held and may be shown.
    """

    position: Position
    leaf: Raw
    proof: Hashes
    payloads: dict[SectionName, Raw] = {}


class OlderCheckpoint(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """An older checkpoint, with the proof that the ledger has only grown since.

    Args:
        note: The signed note.
        proof: The consistency proof to the bundle's checkpoint.
    """

    note: str
    proof: Hashes


class Bundle(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What one party hands to a stranger.

    Args:
        schema: Version of this form.
        charter: Entry 0.
        checkpoint: The signed note, with cosignatures, that all is proven in.
        entries: In order of position.
        older: In order of size: checkpoints that were cosigned earlier, to show since when an entry is covered.
    """

    schema: int
    charter: ProvenEntry
    checkpoint: str
    entries: Annotated[list[ProvenEntry], Meta(max_length=MOST_ENTRIES)]
    older: Annotated[list[OlderCheckpoint], Meta(max_length=MOST_OLDER)] = []


class Party(msgspec.Struct, frozen=True):
    """What a charter says of one party, as far as proofs need it.

    Args:
        name: The party.
        role: Party, mediator, and so on.
        roots: Its root keys.
    """

    name: Annotated[str, Meta(min_length=1)]
    role: str
    roots: list[Digest] = []


class Charter(msgspec.Struct, frozen=True):
    """What a charter says, as far as proofs need it; its other members are the domain's.

    Args:
        name: The mechanism.
        origin: The ledger's name in checkpoints, and the name under which the node signs them.
        node: The node's key at the beginning.
        parties: Who founded it.
        quorum: How many parties' cosignatures make a checkpoint final.
    """

    name: str
    origin: Annotated[str, Meta(min_length=1)]
    node: Digest
    parties: list[Party]
    quorum: Annotated[int, Meta(ge=0)]

    @property
    def roots(self) -> frozenset[KeyId]:
        """Every root key of every party."""
        return frozenset(KeyId(root) for party in self.parties for root in party.roots)


class Authority(msgspec.Struct, frozen=True):
    """Whose signatures count.

    Args:
        nodes: The keys that may sign findings.
        signers: Per name the keys with which the node signs checkpoints, or signed them before it rotated its key.
        cosigners: Per name the key that cosigns under it.
        party_of: Per cosigning key the party that holds it.
    """

    nodes: frozenset[KeyId]
    signers: KnownKeys
    cosigners: KnownKeys
    party_of: Mapping[KeyId, str]


class VerifiedEntry(msgspec.Struct, frozen=True):
    """One entry that was proven; the payloads are what it commits to."""

    position: int
    envelope: Envelope
    payloads: Mapping[str, bytes]


class VerifiedCheckpoint(msgspec.Struct, frozen=True):
    """A checkpoint that was proven.

    Args:
        checkpoint: The tree head.
        signatures: Every signature on it.
        parties: How many distinct parties cosigned it.
    """

    checkpoint: Checkpoint
    signatures: tuple[Signature, ...]
    parties: int


class VerifiedBundle(msgspec.Struct, frozen=True):
    """What a bundle proves.

    Args:
        charter: What the roots founded; `charter_entry` holds all that it says.
        charter_entry: Entry 0.
        entries: In order of position.
        checkpoint: What all is proven in.
        older: Older checkpoints, the smallest first.
    """

    charter: Charter
    charter_entry: VerifiedEntry
    entries: tuple[VerifiedEntry, ...]
    checkpoint: VerifiedCheckpoint
    older: tuple[VerifiedCheckpoint, ...]

    @property
    def final(self) -> bool:
        """Whether the quorum cosigned the checkpoint that all is proven in."""
        return self.checkpoint.parties >= self.charter.quorum


AuthorityOf = Callable[[Charter, Sequence[Envelope]], Authority]
"""Says whose signatures count, from the charter and the entries of the bundle (keys that rotated, were delegated)."""


def by_charter(charter: Charter, entries: Sequence[Envelope]) -> Authority:
    """Return the authority of a ledger whose keys are those of its charter still.

    The node signs checkpoints under the origin's name; a party cosigns with a root key, under that key's own id as
    name: a cosignature does not sign its name, so a name that could be another would be a byte that nothing binds.
    """
    party_of = {KeyId(root): party.name for party in charter.parties for root in party.roots}
    node = KeyId(charter.node)
    return Authority(frozenset({node}), {charter.origin: node}, {str(key): key for key in party_of}, party_of)


def encode_bundle(bundle: Bundle) -> bytes:
    """Return the bytes of a bundle.

    Raises:
        CanonicalError: A member is not of its form.
    """
    content = canonical.encode(bundle)
    decode_bundle(content)
    return content


def decode_bundle(content: bytes) -> Bundle:
    """Return the bundle of bytes; nothing of it is verified yet.

    Raises:
        CanonicalError: The bytes are not what `encode_bundle` gives, byte for byte.
    """
    bundle = canonical.decode(content, Bundle)
    if bundle.schema != SCHEMA:
        raise CanonicalError(f"found a bundle of schema {bundle.schema}; this version reads schema {SCHEMA}")
    return bundle


def verify_bundle(bundle: Bundle, roots: frozenset[KeyId], authority_of: AuthorityOf = by_charter) -> VerifiedBundle:
    """Return what a bundle proves to someone who trusts root keys.

    Args:
        bundle: As `decode_bundle` returns it.
        roots: The root keys that the asker trusts; each must be one of the charter's.
        authority_of: Says whose signatures count.

    Raises:
        ProofError: Something in the bundle is not proven; the message says what, and of which entry.
    """
    _require(bundle.charter.position == 0, f"a charter at {bundle.charter.position}", "it at 0")
    _require(bool(roots), "no root key to trust", "the root key of at least one party")
    envelope = _opened(bundle.charter, 0)
    charter = _charter(envelope, roots)
    entries = [_opened(entry, position_above) for position_above, entry in _ascending(bundle.entries)]
    authority = authority_of(charter, entries)
    newest = _checkpoint(bundle.checkpoint, charter, authority, "the checkpoint")
    charter_entry = _proven(bundle.charter, envelope, newest.checkpoint)
    proven = []
    for entry, opened in zip(bundle.entries, entries, strict=True):
        _require_of_ledger(entry.position, opened, envelope.id, authority)
        proven.append(_proven(entry, opened, newest.checkpoint))
    older = _older(bundle.older, newest.checkpoint, charter, authority)
    return VerifiedBundle(charter, charter_entry, tuple(proven), newest, older)


def _charter(envelope: Envelope, roots: frozenset[KeyId]) -> Charter:
    if not isinstance(envelope.value, CharterHeader):
        raise ProofError(f"entry 0: found {envelope.kind}; expected a charter")
    try:
        charter = _CHARTER.decode(envelope.value.body)
    except msgspec.MsgspecError as error:
        raise ProofError(f"entry 0: found {error}; expected the charter of a ledger") from error
    strangers = ", ".join(sorted(roots - charter.roots))
    _require(not strangers, f"a charter that does not name the root {strangers}", "every root that you trust")
    missing = ", ".join(sorted(charter.roots - envelope.signers))
    _require(not missing, f"a charter that the root {missing} did not sign", "every root's signature")
    return charter


def _opened(entry: ProvenEntry, position: int) -> Envelope:
    _require(entry.position >= position, f"entry {entry.position} out of order", f"{position} or above")
    try:
        envelope = open_envelope(bytes(entry.leaf))
        envelope.verify()
        require_committed(envelope, {name: bytes(payload) for name, payload in entry.payloads.items()})
    except SazokarError as error:
        raise ProofError(f"entry {entry.position}: {error}") from error
    return envelope


def _ascending(entries: Sequence[ProvenEntry]) -> list[tuple[int, ProvenEntry]]:
    before = [0, *(entry.position for entry in entries)]
    return [(above + 1, entry) for above, entry in zip(before, entries, strict=False)]


def _require_of_ledger(position: int, envelope: Envelope, ledger: str, authority: Authority) -> None:
    match envelope.value:
        case Header(ledger=named) | FindingsHeader(ledger=named):
            _require(named == ledger, f"entry {position} of the ledger {named}", f"one of the ledger {ledger}")
        case _:
            raise ProofError(f"entry {position}: found a second charter; expected a statement or findings")
    if isinstance(envelope.value, FindingsHeader):
        node = envelope.value.node
        _require(node in authority.nodes, f"findings at {position} by {node}, which is not the node", "the node's")


def _proven(entry: ProvenEntry, envelope: Envelope, checkpoint: Checkpoint) -> VerifiedEntry:
    leaf = leaf_hash(bytes(entry.leaf))
    try:
        verify_inclusion(leaf, entry.position, checkpoint.size, entry.proof, checkpoint.root)
    except ProofError as error:
        raise ProofError(f"entry {entry.position}: {error}") from error
    payloads = {name: bytes(payload) for name, payload in entry.payloads.items()}
    return VerifiedEntry(entry.position, envelope, payloads)


def _checkpoint(note: str, charter: Charter, authority: Authority, what: str) -> VerifiedCheckpoint:
    try:
        known = {**authority.cosigners, **authority.signers}
        checkpoint, signatures = open_note(note.encode(), known, strangers=False)
    except (SazokarError, UnicodeEncodeError) as error:
        raise ProofError(f"{what}: {error}") from error
    _require(checkpoint.origin == charter.origin, f"{what} of {checkpoint.origin}", charter.origin)
    _require_roles(signatures, authority, what)
    return VerifiedCheckpoint(checkpoint, tuple(signatures), quorum(signatures, authority.party_of))


def _require_roles(signatures: Sequence[Signature], authority: Authority, what: str) -> None:
    signed = [one for one in signatures if one.timestamp_s is None]
    _require(bool(signed), f"{what} without the node's signature", "one")
    for one in signatures:
        allowed = authority.signers if one.timestamp_s is None else authority.cosigners
        _require(
            one.key_id in keys_named(allowed, one.name),
            f"{what} with a signature by {one.name} of another role",
            "its own",
        )


def _older(
    older: Sequence[OlderCheckpoint], newest: Checkpoint, charter: Charter, authority: Authority
) -> tuple[VerifiedCheckpoint, ...]:
    found: list[VerifiedCheckpoint] = []
    size = -1
    for one in older:
        verified = _checkpoint(one.note, charter, authority, "an older checkpoint")
        checkpoint = verified.checkpoint
        _require(size < checkpoint.size < newest.size, f"an older checkpoint of {checkpoint.size}", "ascending sizes")
        size = checkpoint.size
        try:
            verify_consistency(size, newest.size, checkpoint.root, newest.root, one.proof)
        except ProofError as error:
            raise ProofError(f"the checkpoint of {size}: {error}") from error
        found.append(verified)
    return tuple(found)


def _require(holds: bool, found: str, expected: str) -> None:
    if not holds:
        raise ProofError(f"found {found}; expected {expected}")


_CHARTER: Final = msgspec.json.Decoder(Charter)
