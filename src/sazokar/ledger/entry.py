"""Entries as bytes: what officers, the node and the founders sign, and the envelope that carries it.

An envelope is one canonical JSON object of two members: `signatures`, and `charter`, `statement` or `findings`. Its
bytes are the leaf of the tree; its id is the hash of the signed value alone, so that it has one id however many sign.
What a body or a section means is not known here, nor which key may sign.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Raw

from sazokar.errors import CanonicalError, SignatureError
from sazokar.ledger import canonical
from sazokar.ledger.section import SectionName
from sazokar.ledger.signing import SIGNATURE_BYTES, KeyId, Purpose, SigningKey, message_for, verify

SCHEMA: Final = 1
"""The version of the entries written now; every version ever written is read for ever."""
MOST_SIGNATURES: Final = 64
"""A charter has one for each root, a rotation two; no envelope needs more."""

LARGEST_LEAF_BYTES: Final = 65_535
"""An entry bundle gives two bytes to the length of an entry (C2SP tlog-tiles, "Log Entries"); what is long is a section."""
DEEPEST_LEAF: Final = 32
"""Less than canonical form allows: whatever is taken into a ledger must fit into a proof of it."""

Digest = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
"""A SHA-256 or a public key, 64 hexadecimal digits in lower case."""
DigestOrNothing = Annotated[str, Meta(pattern=r"\A([0-9a-f]{64})?\Z")]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Count = Annotated[int, Meta(ge=0)]
Instant = Annotated[int, Meta(ge=-62_135_596_800_000, le=253_402_300_799_999)]
"""Ms since the Unix epoch, UTC, of the years 1 to 9999."""
Kind = Literal["charter", "statement", "findings"]


class CharterHeader(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the founders sign: entry 0, on which all else stands.

    Args:
        schema: Version of this form.
        body: Canonical JSON object with a member `kind`.
    """

    schema: int
    body: Raw


class Header(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What an officer signs. Every reader of the log sees it; what not all may see stands in sections.

    Args:
        schema: Version of this form.
        ledger: Id of the charter: a statement made for one ledger is none in another.
        author: The key that states.
        number: The author's own running number, from 1; 0 where none can be kept, which only a STOP is taken with.
        stated_ms: The author's own clock, ms since the Unix epoch, UTC.
        expires_ms: Instant from which the statement is not taken into the ledger any more, likewise.
        body: Canonical JSON object with a member `kind`; what it means is the domain's.
        sections: Per section the commitment to its payload (`section.commit`).
    """

    schema: int
    ledger: Digest
    author: Digest
    number: Count
    stated_ms: Instant
    expires_ms: Instant
    body: Raw
    sections: dict[SectionName, Digest] = {}


class FindingsHeader(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the node signs about one statement, or about deadlines that have passed.

    Args:
        schema: Version of this form.
        ledger: Id of the charter.
        node: The node's key.
        recorded_ms: Instant at which it was recorded, ms since the Unix epoch, UTC; never earlier than the last.
        of: Id of the statement that the findings speak of, or "" for deadlines.
        outcome: What became of it, in the domain's word.
        sections: As in `Header`; one for each recipient's view.
    """

    schema: int
    ledger: Digest
    node: Digest
    recorded_ms: Instant
    of: DigestOrNothing
    outcome: Name
    sections: dict[SectionName, Digest] = {}


Signed = CharterHeader | Header | FindingsHeader


class Envelope(msgspec.Struct, frozen=True):
    """An envelope that was read: its form is right, its signatures are not yet verified.

    Args:
        kind: Which of the three it holds.
        value: What was signed.
        signed: The canonical bytes of the value; with the purpose before them, what the signatures are over.
        id: SHA-256 of `signed`, 64 hexadecimal digits.
        signatures: Per key its signature, 64 bytes.
    """

    kind: Kind
    value: Signed
    signed: bytes
    id: str
    signatures: Mapping[KeyId, bytes]

    @property
    def signers(self) -> frozenset[KeyId]:
        """The keys that signed, once `verify` has passed. Whether they may is the caller's question."""
        return frozenset(self.signatures)

    @property
    def sections(self) -> Mapping[str, str]:
        """Per section its commitment; a charter has none."""
        return {} if isinstance(self.value, CharterHeader) else self.value.sections

    def verify(self) -> None:
        """Return where every signature holds, and the author's (for findings the node's) is among them.

        Raises:
            SignatureError: A signature is false, its key is unsafe, or the one that must be there is missing.
        """
        _require_author(self.value, self.signatures)
        message = message_for(_PURPOSES[self.kind], self.signed)
        for key_id, signature in self.signatures.items():
            if not verify(key_id, signature, message):
                raise SignatureError(f"entry {self.id}: the signature by key {key_id} is false, or its key unsafe")


_BEFORE_STATEMENT: Final = b'"},"statement":'
_BEFORE_FINDINGS: Final = b'{"findings":'
_BEFORE_CHARTER: Final = b'{"charter":'


class _EnvelopeForm(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    signatures: Annotated[dict[Digest, bytes], Meta(min_length=1, max_length=MOST_SIGNATURES)]
    charter: Raw | msgspec.UnsetType = msgspec.UNSET
    findings: Raw | msgspec.UnsetType = msgspec.UNSET
    statement: Raw | msgspec.UnsetType = msgspec.UNSET


class _Body(msgspec.Struct):
    kind: Name


_PURPOSES: Final[Mapping[Kind, Purpose]] = {
    "charter": b"charter",
    "statement": b"statement",
    "findings": b"findings",
}


def seal_statement(header: Header, keys: Sequence[SigningKey]) -> bytes:
    """Return the leaf of a statement, signed by its author, and by further keys where several must (a rotation).

    Raises:
        SignatureError: The author's key is not among `keys`.
        CanonicalError: A member of the header is not of its form.
    """
    return _seal("statement", header, keys)


def seal_findings(header: FindingsHeader, keys: Sequence[SigningKey]) -> bytes:
    """Return the leaf of findings, signed by the node: its own making, so that it is not read back as others' are.

    Raises:
        SignatureError: The node's key is not among `keys`.
    """
    by_id = {key.key_id: key for key in keys}
    _require_author(header, by_id)
    signed = canonical.encode_own(header)
    message = message_for(_PURPOSES["findings"], signed)
    return assemble("findings", signed, {key_id: key.sign(message) for key_id, key in by_id.items()})


def seal_charter(header: CharterHeader, keys: Sequence[SigningKey]) -> bytes:
    """Return the leaf of a charter, signed by every root; raises as `seal_statement` does."""
    return _seal("charter", header, keys)


def signed_bytes(value: Signed) -> bytes:
    """Return the canonical bytes that signatures are over (`message_for` puts the purpose before them).

    Raises:
        CanonicalError: A member is not of its form.
    """
    signed = canonical.encode(value)
    _read_value(type(value), signed)
    return signed


def assemble(kind: Kind, signed: bytes, signatures: Mapping[KeyId, bytes]) -> bytes:
    """Return the leaf of a value that was signed elsewhere: on several sides, or across an air gap."""
    if not 1 <= len(signatures) <= MOST_SIGNATURES:
        raise SignatureError(f"found {len(signatures)} signatures; expected 1 to {MOST_SIGNATURES}")
    encoded = msgspec.json.encode(dict(signatures), order="sorted")
    if kind == "statement":
        return b'{"signatures":' + encoded + b',"statement":' + signed + b"}"
    return b'{"' + kind.encode() + b'":' + signed + b',"signatures":' + encoded + b"}"


def open_envelope(leaf: bytes) -> Envelope:
    """Return the envelope of a leaf, its form checked and its signatures not.

    Raises:
        CanonicalError: The bytes are not what sealing gives: not canonical, a member missing, unknown or not of its
            form, no signature or more than `MOST_SIGNATURES`.
    """
    canonical.decode_plain(leaf, deepest=DEEPEST_LEAF, largest_bytes=LARGEST_LEAF_BYTES)
    form = canonical.read_as(leaf, _EnvelopeForm)
    parts: list[tuple[Kind, Raw | msgspec.UnsetType, type[Signed]]] = [
        ("charter", form.charter, CharterHeader),
        ("findings", form.findings, FindingsHeader),
        ("statement", form.statement, Header),
    ]
    present = [(kind, raw, shape) for kind, raw, shape in parts if isinstance(raw, Raw)]
    if len(present) != 1:
        raise CanonicalError(f"found {len(present)} of charter, findings and statement; expected one of them")
    kind, raw, shape = present[0]
    signed = bytes(raw)
    if any(len(signature) != SIGNATURE_BYTES for signature in form.signatures.values()):
        raise CanonicalError(f"found a signature that is not {SIGNATURE_BYTES} bytes long")
    signatures = {KeyId(key): signature for key, signature in form.signatures.items()}
    return Envelope(kind, _read_value(shape, signed), signed, sha256(signed).hexdigest(), signatures)


def signed_part(leaf: bytes) -> bytes:
    """Return the bytes of the signed value within a leaf that `open_envelope` took once; reads no more of it.

    Raises:
        CanonicalError: The bytes are no leaf.
    """
    # Signatures are hexadecimal and base64: what follows them cannot stand within them, nor their name after them.
    if leaf.startswith(b'{"signatures":{'):
        at = leaf.find(_BEFORE_STATEMENT)
        if at >= 0:
            return leaf[at + len(_BEFORE_STATEMENT) : -1]
    for before in (_BEFORE_FINDINGS, _BEFORE_CHARTER):
        at = leaf.rfind(b',"signatures":{')
        if leaf.startswith(before) and at >= len(before):
            return leaf[len(before) : at]
    raise CanonicalError(f"found {leaf[:40]!r}; expected an envelope")


def _seal(kind: Kind, value: Signed, keys: Sequence[SigningKey]) -> bytes:
    by_id = {key.key_id: key for key in keys}
    _require_author(value, by_id)
    signed = signed_bytes(value)
    message = message_for(_PURPOSES[kind], signed)
    leaf = assemble(kind, signed, {key_id: key.sign(message) for key_id, key in by_id.items()})
    canonical.decode_plain(leaf, deepest=DEEPEST_LEAF, largest_bytes=LARGEST_LEAF_BYTES)
    return leaf


def _require_author(value: Signed, signers: Mapping[KeyId, object]) -> None:
    match value:
        case Header(author=needed) | FindingsHeader(node=needed) if needed not in signers:
            raise SignatureError(f"found no signature by {needed}, in whose name the entry speaks")
        case CharterHeader() if not signers:
            raise SignatureError("found a charter without a signature; expected one for each of its roots")


def _read_value(shape: type[Signed], signed: bytes) -> Signed:
    value: Signed = canonical.read_as(signed, shape)
    if value.schema != SCHEMA:
        raise CanonicalError(f"found an entry of schema {value.schema}; this version reads schema {SCHEMA}")
    if not isinstance(value, FindingsHeader):
        try:
            _BODY.decode(value.body)
        except msgspec.MsgspecError as error:
            raise CanonicalError(f"body: found {error}; expected an object with a member `kind`") from error
    return value


_BODY: Final = msgspec.json.Decoder(_Body)
