"""Verifies a proof bundle for a stranger who trusts nothing but root keys, and says what it tells. Renders nothing.

The bytes are proven first (`ledger.proof`); what they mean is held together after that: each author's key must have been
delegated by an entry of the bundle, under a root of the charter, before it speaks; findings must speak of the statement
just before them; time never goes back. What the bundle cannot show is not guessed: `unproven` in the doors says it.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import msgspec

from sazokar.app.codec import NODE_VIEW, Findable, read_charter, read_statement
from sazokar.domain.authority import Author
from sazokar.domain.finding import AnyFinding, Findings, Held, InForce, Outcome, Refusal, Taken
from sazokar.domain.governing import NODE
from sazokar.domain.statement import (
    Charter,
    DelegateKey,
    ProposeDraft,
    RevokeKey,
    RotateNode,
    RotateRoot,
    SignAgreement,
    Submission,
)
from sazokar.errors import CanonicalError, ProofError
from sazokar.ledger import canonical
from sazokar.ledger import proof as ledger_proof
from sazokar.ledger.entry import Envelope, FindingsHeader, Header
from sazokar.ledger.proof import (
    Authority,
    VerifiedCheckpoint,
    VerifiedEntry,
    decode_bundle,
    verify_bundle,
)
from sazokar.ledger.section import section_value
from sazokar.ledger.signing import KeyId


class Cosigned(msgspec.Struct, frozen=True):
    """A party's cosignature on a checkpoint: which party, and when by its own clock, seconds since the Unix epoch."""

    party: str
    timestamp_s: int


class Covering(msgspec.Struct, frozen=True):
    """A checkpoint of the bundle: it covers the entries before `size`.

    Args:
        size: How many entries it is over.
        root: The root over them, 64 hexadecimal digits.
        cosigned: By which parties, in order of time.
    """

    size: int
    root: str
    cosigned: tuple[Cosigned, ...]


class Told(msgspec.Struct, frozen=True):
    """One thing that was recorded: a statement with what was found on it, or deadlines that had passed.

    Args:
        position: Of its first entry.
        recorded_ms: When, by the node's clock.
        outcome: What became of it.
        by: The statement with its author; None: nobody's, the clock's.
        findings: What the bundle shows of what was found; None: withheld.
        covered: Per party its first cosignature that covers both entries.
    """

    position: int
    recorded_ms: int
    outcome: Outcome
    by: Submission | None
    findings: tuple[AnyFinding, ...] | None
    covered: tuple[Cosigned, ...]


class Governing(msgspec.Struct, frozen=True):
    """An agreement that came into force.

    Args:
        draft: SHA-256 of its text.
        since_ms: When.
        signed: Who signed it: party, watch number, and when it was recorded.
        text: Its text; None: withheld.
        title: Its title in English; empty: withheld, or none.
    """

    draft: str
    since_ms: int
    signed: tuple[tuple[str, str, int], ...]
    text: str | None
    title: str


class Testimony(msgspec.Struct, frozen=True):
    """What a bundle proves to someone who trusts the roots given.

    Args:
        charter: On which it stands.
        ledger: Id of the charter.
        trusted: Parties whose roots were given.
        view: Whose sight of the findings it holds: a party's name, or `NODE` for all of them; empty: no findings.
        told: In order.
        agreements: That came into force in it, in order.
        checkpoints: The smallest first; the last one is the one that all is proven in.
        final: Whether a quorum of parties cosigned that one.
        withheld: Position and name of each section that the bundle does not show.
    """

    charter: Charter
    ledger: str
    trusted: tuple[str, ...]
    view: str
    told: tuple[Told, ...]
    agreements: tuple[Governing, ...]
    checkpoints: tuple[Covering, ...]
    final: bool
    withheld: tuple[tuple[int, str], ...]


def verify(content: bytes, roots: frozenset[KeyId]) -> Testimony:
    """Return what a bundle proves.

    Args:
        content: The bundle.
        roots: The root keys that the asker trusts.

    Raises:
        CanonicalError: It is no bundle, byte for byte as one is written.
        ProofError: Something in it is not proven; the message says what, and of which entry.
    """
    keys = _Succession()
    bundle = verify_bundle(decode_bundle(content), roots, keys.authority)
    try:
        charter = read_charter(bundle.charter_entry.envelope)
    except CanonicalError as error:
        raise ProofError(f"entry 0: {error}") from error
    checkpoints = tuple(_covering(one, keys.party_of) for one in (*bundle.older, bundle.checkpoint))
    told, withheld, view = _Reading(charter, checkpoints).read(bundle.entries)
    trusted = tuple(member.name for member in charter.parties if roots & set(map(KeyId, member.roots)))
    return Testimony(
        charter=charter, ledger=bundle.charter_entry.envelope.id, trusted=trusted, view=view, told=told,
        agreements=_agreements(told), checkpoints=checkpoints, final=bundle.final, withheld=withheld,
    )  # fmt: skip


class _Succession:
    """Whose signatures count: the charter's keys, and those that replaced them by entries of the bundle."""

    def __init__(self) -> None:
        self.party_of: dict[KeyId, str] = {}

    def authority(self, charter: ledger_proof.Charter, entries: Sequence[Envelope]) -> Authority:
        """Return the authority after every rotation that its own signatures prove; see `AuthorityOf`."""
        nodes = {KeyId(charter.node)}
        present = {KeyId(root): party.name for party in charter.parties for root in party.roots}
        self.party_of = dict(present)
        for envelope in entries:
            match _rotation(envelope):
                case RotateNode() as one if KeyId(one.old) in nodes & envelope.signers:
                    if KeyId(one.new) in envelope.signers:
                        nodes.add(KeyId(one.new))
                case RotateRoot() as one if _replaces(one, envelope.signers, present, charter.quorum):
                    del present[KeyId(one.old)]
                    present[KeyId(one.new)] = self.party_of[KeyId(one.new)] = one.party
                case _:
                    pass
        cosigners = {str(key): key for key in self.party_of}
        return Authority(frozenset(nodes), {charter.origin: frozenset(nodes)}, cosigners, self.party_of)


def _rotation(envelope: Envelope) -> RotateRoot | RotateNode | None:
    if not isinstance(envelope.value, Header):
        return None
    try:
        statement = read_statement(envelope, {}, Author("")).statement
    except CanonicalError as error:
        raise ProofError(f"entry {envelope.id[:8]}: {error}") from error
    return statement if isinstance(statement, RotateRoot | RotateNode) else None


def _replaces(rotation: RotateRoot, signers: frozenset[KeyId], present: dict[KeyId, str], quorum: int) -> bool:
    """Return whether signatures prove a rotation: those of the new root, and the old one or a quorum of others."""
    old, new = KeyId(rotation.old), KeyId(rotation.new)
    if present.get(old) != rotation.party or new not in signers or new in present:
        return False
    others = {present[key] for key in signers if key in present and present[key] != rotation.party}
    return old in signers or len(others) >= max(1, quorum)


def _covering(verified: VerifiedCheckpoint, party_of: dict[KeyId, str]) -> Covering:
    times = sorted(
        (one.timestamp_s, party_of[one.key_id]) for one in verified.signatures if one.timestamp_s is not None
    )
    checkpoint = verified.checkpoint
    return Covering(checkpoint.size, checkpoint.root.hex(), tuple(Cosigned(party, time) for time, party in times))


class _Key(msgspec.Struct):
    author: Author
    from_ms: int
    until_ms: int
    revoked_at: int | None = None


class _Reading:
    """Reads entries in order, and holds each against those before it."""

    def __init__(self, charter: Charter, checkpoints: tuple[Covering, ...]) -> None:
        self._roots = {root: member.name for member in charter.parties for root in member.roots}
        self._views = {f"view:{number}": member.name for number, member in enumerate(charter.parties)}
        self._node = charter.node
        self._quorum = charter.quorum
        self._keys: dict[str, _Key] = {}
        self._checkpoints = checkpoints
        self._recorded_ms = charter.created_ms
        self._view = ""
        self._withheld: list[tuple[int, str]] = []

    def read(self, entries: Sequence[VerifiedEntry]) -> tuple[tuple[Told, ...], tuple[tuple[int, str], ...], str]:
        """Return what is told, what is withheld, and whose view it is."""
        told: list[Told] = []
        pending: VerifiedEntry | None = None
        for entry in entries:
            if isinstance(entry.envelope.value, Header):
                _require(pending is None, entry, "a second statement", "the findings on the one before it")
                pending = entry
                continue
            told.append(self._told(pending, entry))
            pending = None
        if pending is not None:
            raise ProofError(f"entry {pending.position}: found no findings on it; expected them right after it")
        return tuple(told), tuple(self._withheld), self._view

    def _told(self, statement: VerifiedEntry | None, entry: VerifiedEntry) -> Told:
        header = entry.envelope.value
        assert isinstance(header, FindingsHeader), "a bundle holds statements and findings after its charter"
        expected = statement.envelope.id if statement else ""
        _require(header.of == expected, entry, f"findings on {header.of[:8] or 'nothing'}", expected[:8] or "deadlines")
        apart = statement is not None and statement.position + 1 != entry.position
        _require(not apart, entry, "findings apart from their statement", "them right after it")
        _require(header.recorded_ms >= self._recorded_ms, entry, "a time before the last", "time that goes on")
        self._recorded_ms = header.recorded_ms
        try:
            record = self._record(entry, header)
            by = self._submission(statement, header.recorded_ms) if statement else None
        except CanonicalError as error:
            raise ProofError(f"entry {entry.position}: {error}") from error
        _require(_agree(record, by), entry, f"the outcome {header.outcome}", "one that its findings bear out")
        if by is not None and record.outcome is Outcome.TAKEN:
            self._succeed(by, entry.position)
        first = entry if statement is None else statement
        return Told(
            first.position, record.recorded_ms, record.outcome, by, record.findings, self._covered(entry.position)
        )

    def _record(self, entry: VerifiedEntry, header: FindingsHeader) -> Findings:
        if header.outcome not in _OUTCOMES:
            raise CanonicalError(f"found the outcome {header.outcome!r}; expected one of {', '.join(_OUTCOMES)}")
        view = NODE_VIEW if NODE_VIEW in entry.payloads else next(iter(sorted(entry.payloads)), "")
        if not view and header.sections:
            self._withheld.append((entry.position, "findings"))
        findings: tuple[AnyFinding, ...] | None = None
        if view:
            findings = canonical.read_as(section_value(entry.payloads[view]), Findable).findings
            self._view = NODE if view == NODE_VIEW else self._views.get(view, view)
        elif not header.sections:
            findings = ()
        return Findings(
            of=header.of, recorded_ms=header.recorded_ms, outcome=Outcome(header.outcome), findings=findings
        )

    def _submission(self, entry: VerifiedEntry, now_ms: int) -> Submission:
        header = entry.envelope.value
        assert isinstance(header, Header), "only statements wait for findings"
        by = read_statement(entry.envelope, entry.payloads, self._author(entry, header.author, now_ms))
        self._withheld += [(entry.position, name) for name in sorted(by.withheld)]
        if isinstance(by.statement, ProposeDraft) and (document := by.statement.document) is not None:
            named = sha256(document.text.encode()).hexdigest()
            _require(named == by.statement.draft, entry, f"a draft named {by.statement.draft[:8]}", named[:8])
        return by

    def _author(self, entry: VerifiedEntry, key: str, now_ms: int) -> Author:
        """Return for whom a key signs here; it must be a root, the node's, or delegated and valid at this position."""
        if (party := self._roots.get(key)) is not None:
            return Author(party)
        if key == self._node:
            return Author(NODE)
        known = self._keys.get(key)
        if known is None:
            raise ProofError(f"entry {entry.position}: found a statement by {key[:8]}; no entry before it delegates it")
        _require(known.revoked_at is None, entry, f"a statement by {key[:8]}, which was revoked", "a key that holds")
        valid = known.from_ms <= now_ms < known.until_ms
        _require(
            valid, entry, f"a statement by {key[:8]} out of its validity", "a key that is valid when it is recorded"
        )
        return known.author

    def _succeed(self, by: Submission, position: int) -> None:
        """Let what a statement says of keys hold from here on; who may say it is asked again, not taken on trust."""
        match by.statement:
            case DelegateKey() as one:
                if self._roots.get(by.key) != by.party:
                    raise ProofError(f"entry {position}: found a delegation that no root has signed")
                author = Author(by.party, one.watch_number, one.role)
                self._keys[one.key] = _Key(author, one.from_ms, one.until_ms)
            case RevokeKey() as one:
                known = self._keys.get(one.key)
                if known is not None and known.author.party == by.party:
                    known.revoked_at = position
            case RotateRoot() as one:
                signers = frozenset(map(KeyId, (by.key, *by.cosigners)))
                present = {KeyId(key): party for key, party in self._roots.items()}
                if not _replaces(one, signers, present, self._quorum):
                    raise ProofError(f"entry {position}: found a rotation of a root that its signatures do not prove")
                del self._roots[one.old]
                self._roots[one.new] = one.party
            case RotateNode() as one:
                if one.old != self._node or not {one.old, one.new} <= {by.key, *by.cosigners}:
                    raise ProofError(f"entry {position}: found a rotation of the node's key not signed by both keys")
                self._node = one.new
            case _:
                pass

    def _covered(self, position: int) -> tuple[Cosigned, ...]:
        first: dict[str, Cosigned] = {}
        for one in self._checkpoints:
            if one.size > position:
                for cosigned in one.cosigned:
                    first.setdefault(cosigned.party, cosigned)
        return tuple(sorted(first.values(), key=lambda one: (one.timestamp_s, one.party)))


_OUTCOMES: Final = tuple(str(outcome) for outcome in Outcome)


def _agree(record: Findings, by: Submission | None) -> bool:
    """Return whether an outcome is one that what is shown of the findings bears out."""
    if (record.outcome is Outcome.CLOCK) != (by is None):
        return False
    found = record.findings or ()
    refused = any(isinstance(one, Refusal) for one in found)
    held = any(isinstance(one, Held) for one in found)
    taken = any(isinstance(one, Taken) for one in found)
    match record.outcome:
        case Outcome.TAKEN:
            return not refused and not held
        case Outcome.REFUSED:
            return not taken
        case _:
            return True


def _agreements(told: tuple[Told, ...]) -> tuple[Governing, ...]:
    """Return the agreements that came into force: who had signed them, and what they say where that is shown."""
    drafts: dict[str, ProposeDraft] = {}
    signed: dict[str, list[tuple[str, str, int]]] = {}
    found: list[Governing] = []
    for one in told:
        statement = one.by.statement if one.by and one.outcome is Outcome.TAKEN else None
        if isinstance(statement, ProposeDraft):
            drafts[statement.draft] = statement
        if isinstance(statement, SignAgreement) and one.by is not None:
            signed.setdefault(statement.draft, []).append((one.by.party, one.by.officer, one.recorded_ms))
        for finding in one.findings or ():
            if isinstance(finding, InForce):
                found.append(_governing(finding.draft, one.recorded_ms, signed, drafts))
    return tuple(found)


def _governing(
    draft: str, since_ms: int, signed: dict[str, list[tuple[str, str, int]]], drafts: dict[str, ProposeDraft]
) -> Governing:
    document = drafts[draft].document if draft in drafts else None
    title = "" if document is None else dict(document.agreement.title).get("en", "")
    return Governing(draft, since_ms, tuple(signed.get(draft, ())), document.text if document else None, title)


def _require(holds: bool, entry: VerifiedEntry, found: str, expected: str) -> None:
    if not holds:
        raise ProofError(f"entry {entry.position}: found {found}; expected {expected}")
