"""The one bridge between what is true (domain) and what is provable (ledger): values to signed bytes, and back.

Reads bytes of strangers strictly (`read_statement`): whatever is not byte for byte what this file would write is
refused. Reads entries of a ledger whose hashes were verified without doing that work again (`read_stored`).
Signs nothing by itself: keys are handed in.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Raw

from sazokar.app.ports import Entropy, Item, Stored
from sazokar.domain.authority import Author
from sazokar.domain.finding import AnyFinding, Findings, Outcome
from sazokar.domain.fold import Entry
from sazokar.domain.notice import Section
from sazokar.domain.statement import Charter, Statement, Submission
from sazokar.errors import CanonicalError, LedgerError, LimitError
from sazokar.ledger import canonical
from sazokar.ledger.entry import (
    SCHEMA,
    CharterHeader,
    Envelope,
    FindingsHeader,
    Header,
    open_envelope,
    seal_charter,
    seal_findings,
    seal_statement,
    signed_part,
)
from sazokar.ledger.section import LARGEST_PAYLOAD_BYTES, commit, own_payload, section_payload, section_value
from sazokar.ledger.signing import SigningKey

NODE_VIEW: Final = "node"
"""Section of the findings that holds all of them; a party's view is named `view:` and its number in the charter."""

LARGEST_WORDS_BYTES: Final = 64 * 1024
"""A section that people read (purpose, contacts, a reply) is at most so large."""
LARGEST_SECTION_BYTES: Final = {"extent": LARGEST_PAYLOAD_BYTES, "document": LARGEST_PAYLOAD_BYTES}
"""What only machines read whole may be larger."""

Sealed = tuple[bytes, dict[str, bytes]]
"""A leaf, and its payloads by section."""


class Findable(msgspec.Struct, frozen=True):
    """The findings of one view, as a section's value."""

    findings: tuple[AnyFinding, ...]


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """What a statement says of itself beside what it states.

    Args:
        ledger: Id of the charter.
        number: The author's running number, from 1.
        stated_ms: The author's clock.
        expires_ms: From when on the author means it no more.
    """

    ledger: str
    number: int
    stated_ms: int
    expires_ms: int


# Writing


def seal(statement: Statement, stamp: Stamp, keys: Sequence[SigningKey], entropy: Entropy) -> Sealed:
    """Return a statement as its author signs it, and the payloads of its sections.

    Args:
        statement: What is stated.
        stamp: What it says of itself.
        keys: The author's key first; others where several must sign.
        entropy: Salts.

    Raises:
        CanonicalError: A value has no canonical form.
    """
    body, payloads = _split(statement, entropy)
    header = Header(
        schema=SCHEMA, ledger=stamp.ledger, author=keys[0].key_id, number=stamp.number, stated_ms=stamp.stated_ms,
        expires_ms=stamp.expires_ms, body=Raw(body),
        sections={name: commit(name, payload) for name, payload in payloads.items()},
    )  # fmt: skip
    return seal_statement(header, keys), payloads


def _split(statement: Statement, entropy: Entropy) -> tuple[bytes, dict[str, bytes]]:
    """Return the body that every reader sees, and the payloads of the sections that not every reader may."""
    values = {name: getattr(statement, name) for name in sections_of(type(statement))}
    payloads = {name: section_payload(value, entropy.salt()) for name, value in values.items() if value is not None}
    return canonical.encode(msgspec.structs.replace(statement, **dict.fromkeys(values))), payloads


def seal_founding(charter: Charter, keys: Sequence[SigningKey]) -> bytes:
    """Return the charter as its roots sign it: entry 0."""
    return seal_charter(CharterHeader(schema=SCHEMA, body=Raw(canonical.encode(charter))), keys)


def seal_record(
    record: Findings, views: Mapping[str, tuple[AnyFinding, ...]], ledger: str, key: SigningKey, entropy: Entropy
) -> Item:
    """Return the node's findings as an entry: all of them for the node, and for each party what it may see.

    Args:
        record: What was found.
        views: By section name, what its reader sees.
        ledger: Id of the charter.
        key: The node's key.
        entropy: Salts.
    """
    seen = {NODE_VIEW: record.findings or (), **views}
    payloads = {name: own_payload(Findable(found), entropy.salt()) for name, found in seen.items() if found}
    header = FindingsHeader(
        schema=SCHEMA, ledger=ledger, node=key.key_id, recorded_ms=record.recorded_ms, of=record.of, outcome=record.outcome,
        sections={name: commit(name, payload) for name, payload in payloads.items()},
    )  # fmt: skip
    leaf = seal_findings(header, [key])
    return Item(sha256(signed_part(leaf)).hexdigest(), leaf, payloads)


def view_name(charter: Charter, party: str) -> str:
    """Return the section of the findings that holds a party's view; names of parties may be of any script."""
    return f"view:{next(n for n, member in enumerate(charter.parties) if member.name == party)}"


# Reading what strangers send


def read_charter(envelope: Envelope) -> Charter:
    """Return the charter of an envelope, strictly.

    Raises:
        CanonicalError: It is none, or not in its one form.
    """
    if not isinstance(envelope.value, CharterHeader):
        raise CanonicalError(f"found {envelope.kind}; expected a charter")
    return canonical.read_as(bytes(envelope.value.body), Charter)


def read_statement(envelope: Envelope, payloads: Mapping[str, bytes], author: Author) -> Submission:
    """Return a statement with what is known of its author, strictly.

    Args:
        envelope: Whose signatures were verified.
        payloads: Sections that came with it.
        author: For whom its key signs.

    Raises:
        CanonicalError: A kind, a field or a section is unknown, of another form, or not committed to.
    """
    header = envelope.value
    if not isinstance(header, Header):
        raise CanonicalError(f"found {envelope.kind}; expected a statement")
    statement = _read_statement(bytes(header.body))
    known = sections_of(type(statement))
    if any(getattr(statement, name) is not None for name in known):
        raise CanonicalError("body: found a section in the open; expected its commitment alone")
    for name in (*header.sections, *payloads):
        if name not in known or name not in header.sections:
            raise CanonicalError(
                f"sections: found {name!r}; expected one of {', '.join(known) or 'none'}, committed to"
            )
    values = {name: _section(name, payload, header.sections[name], known[name]) for name, payload in payloads.items()}
    return _submission(envelope, header, msgspec.structs.replace(statement, **values), author, payloads)


def _read_statement(body: bytes) -> Statement:
    return canonical.read_as(body, _ANY_STATEMENT)


def _section(name: str, payload: bytes, commitment: str, kind: type[Section]) -> Section:
    if len(payload) > LARGEST_SECTION_BYTES.get(name, LARGEST_WORDS_BYTES):
        raise LimitError(f"section {name}: found {len(payload):,} bytes; expected fewer, as a person must read them")
    if commit(name, payload) != commitment:
        raise CanonicalError(f"section {name}: found a payload that is not the one committed to")
    return canonical.read_as(section_value(payload), kind)


def _submission(
    envelope: Envelope, header: Header, statement: Statement, author: Author, payloads: Mapping[str, bytes]
) -> Submission:
    return Submission(
        id=envelope.id,
        party=author.party,
        key=header.author,
        officer=author.officer,
        role=author.role,
        number=header.number,
        stated_ms=header.stated_ms,
        expires_ms=header.expires_ms,
        statement=statement,
        withheld=frozenset(header.sections) - frozenset(payloads),
        digest=_digest(payloads["extent"]) if "extent" in payloads else "",
        cosigners=tuple(sorted(key for key in envelope.signatures if key != header.author)),
    )


_AFTER_SALT: Final = len(b'{"salt":"') + 64 + len(b'","value":')


def _digest(payload: bytes) -> str:
    """Return the hash of a section without its salt, so that the same places and times are known again."""
    return sha256(payload[_AFTER_SALT:-1]).hexdigest()


@cache
def sections_of(kind: type[msgspec.Struct]) -> dict[str, type[Section]]:
    """Return the fields of a statement that are sections, with what each holds."""
    found = {}
    for name, hint in typing.get_type_hints(kind).items():
        held = [one for one in typing.get_args(hint) if isinstance(one, type) and issubclass(one, Section)]
        if held:
            found[name] = held[0]
    return found


# Reading what the ledger holds


def read_stored(stored: Stored, author_of: typing.Callable[[str, int], Author], view: str = NODE_VIEW) -> Entry:
    """Return an entry of a ledger whose hashes were verified, as far as its reader may see it.

    Args:
        stored: The entry, with the payloads that the reader has.
        author_of: For whom a key signs, by its position: the state before this entry tells.
        view: Which view of findings the reader has.

    Raises:
        LedgerError: It is nothing that this version ever wrote; the entry is named.
    """
    try:
        parts = _PARTS.decode(stored.leaf)
        if parts.findings is not None:
            return _record(parts.findings, stored.payloads.get(view), view)
        if parts.statement is not None:
            return _stated(stored, parts, parts.statement, author_of)
        if parts.charter is not None:
            return _CHARTERS.decode(parts.charter.body)
    except (msgspec.MsgspecError, ValueError, CanonicalError) as error:
        raise LedgerError(
            f"entry {stored.position}: found {error}; expected an entry of schema {SCHEMA}", stored.position
        ) from error
    raise LedgerError(f"entry {stored.position}: found neither charter, statement nor findings", stored.position)


class _Parts(msgspec.Struct):
    signatures: dict[str, Raw]
    charter: CharterHeader | None = None
    statement: Header | None = None
    findings: FindingsHeader | None = None


class _Payload(msgspec.Struct):
    value: Raw


def _record(header: FindingsHeader, payload: bytes | None, view: str) -> Findings:
    findings: tuple[AnyFinding, ...] | None = None
    if payload is not None:
        findings = _VIEWS.decode(payload[_AFTER_SALT:-1]).findings
    elif view not in header.sections:
        findings = ()
    return Findings(
        of=header.of,
        recorded_ms=header.recorded_ms,
        outcome=Outcome(header.outcome),
        findings=findings,
        node=header.node,
    )


def _stated(
    stored: Stored, parts: _Parts, header: Header, author_of: typing.Callable[[str, int], Author]
) -> Submission:
    statement = _STATEMENTS.decode(header.body)
    known = sections_of(type(statement))
    values = {
        name: _decoder(known[name]).decode(payload[_AFTER_SALT:-1])
        for name, payload in stored.payloads.items()
        if name in known
    }
    author = author_of(header.author, stored.position)
    return Submission(
        id=stored.id,
        party=author.party,
        key=header.author,
        officer=author.officer,
        role=author.role,
        number=header.number,
        stated_ms=header.stated_ms,
        expires_ms=header.expires_ms,
        statement=msgspec.structs.replace(statement, **values) if values else statement,
        withheld=frozenset(header.sections) - frozenset(stored.payloads),
        digest=_digest(stored.payloads["extent"]) if "extent" in stored.payloads else "",
        cosigners=tuple(sorted(key for key in parts.signatures if key != header.author)),
    )


@cache
def _decoder(kind: type[Section]) -> msgspec.json.Decoder[Section]:
    return msgspec.json.Decoder(kind)


_ANY_STATEMENT = typing.cast("type[Statement]", Statement)
_PARTS: Final = msgspec.json.Decoder(_Parts)
_STATEMENTS: Final[msgspec.json.Decoder[Statement]] = msgspec.json.Decoder(Statement)
_CHARTERS: Final = msgspec.json.Decoder(Charter)
_VIEWS: Final = msgspec.json.Decoder(Findable)


def open_statement(leaf: bytes) -> Envelope:
    """Return the envelope of a statement whose signatures hold.

    Raises:
        CanonicalError: The bytes are no envelope of a statement in its one form.
        SignatureError: A signature is false, or its key unsafe.
    """
    envelope = open_envelope(leaf)
    if envelope.kind != "statement":
        raise CanonicalError(f"found {envelope.kind}; expected a statement")
    envelope.verify()
    return envelope
