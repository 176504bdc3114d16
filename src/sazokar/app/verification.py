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
from sazokar.domain.party import OfficerRole
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS
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
    bundle = verify_bundle(decode_bundle(content), roots, _authority)
    try:
        charter = read_charter(bundle.charter_entry.envelope)
    except CanonicalError as error:
        raise ProofError(f"entry 0: {error}") from error
    reading = _Reading(charter)
    uncovered = reading.read(bundle.entries)
    checkpoints = tuple(_covering(one, reading) for one in (*bundle.older, bundle.checkpoint))
    told = tuple(_covered(one, checkpoints) for one in uncovered)
    trusted = tuple(member.name for member in charter.parties if roots & set(map(KeyId, member.roots)))
    final = len({one.party for one in checkpoints[-1].cosigned}) >= charter.quorum
    return Testimony(
        charter=charter, ledger=bundle.charter_entry.envelope.id, trusted=trusted, view=reading.view, told=told,
        agreements=_agreements(told), checkpoints=checkpoints, final=final, withheld=tuple(reading.withheld),
    )  # fmt: skip


def _authority(charter: ledger_proof.Charter, entries: Sequence[Envelope]) -> Authority:
    """Return whose signatures count: the charter's keys, and those that entries delegate or put in their place.

    Each is proven by its own signatures. Whether a cosignature counts at its checkpoint is asked when all was read.
    """
    nodes = {KeyId(charter.node)}
    present = {KeyId(root): party.name for party in charter.parties for root in party.roots}
    party_of = dict(present)
    for envelope in entries:
        match _about_keys(envelope):
            case RotateNode() as one if {KeyId(one.old), KeyId(one.new)} <= envelope.signers and one.old in nodes:
                nodes.add(KeyId(one.new))
            case RotateRoot() as one if _replaces(one, envelope.signers, present, charter.quorum):
                del present[KeyId(one.old)]
                present[KeyId(one.new)] = party_of[KeyId(one.new)] = one.party
            case DelegateKey() as one if isinstance(envelope.value, Header) and envelope.value.author in present:
                party_of.setdefault(KeyId(one.key), present[KeyId(envelope.value.author)])
            case _:
                pass
    cosigners = {str(key): key for key in party_of}
    return Authority(frozenset(nodes), {charter.origin: frozenset(nodes)}, cosigners, party_of)


def _about_keys(envelope: Envelope) -> RotateRoot | RotateNode | DelegateKey | None:
    if not isinstance(envelope.value, Header):
        return None
    try:
        statement = read_statement(envelope, {}, Author("")).statement
    except CanonicalError as error:
        raise ProofError(f"entry {envelope.id[:8]}: {error}") from error
    return statement if isinstance(statement, RotateRoot | RotateNode | DelegateKey) else None


def _replaces(rotation: RotateRoot, signers: frozenset[KeyId], present: dict[KeyId, str], quorum: int) -> bool:
    """Return whether signatures prove a rotation: those of the new root, and the old one or a quorum of others."""
    old, new = KeyId(rotation.old), KeyId(rotation.new)
    if present.get(old) != rotation.party or new not in signers or new in present:
        return False
    others = {present[key] for key in signers if key in present and present[key] != rotation.party}
    return old in signers or len(others) >= max(1, quorum)


def _covering(verified: VerifiedCheckpoint, reading: _Reading) -> Covering:
    """Return a checkpoint with the cosignatures that count: by keys that held at the end of what it is over."""
    checkpoint = verified.checkpoint
    times = sorted(
        (one.timestamp_s, party)
        for one in verified.signatures
        if one.timestamp_s is not None and (party := reading.party_at(one.key_id, checkpoint.size)) is not None
    )
    return Covering(checkpoint.size, checkpoint.root.hex(), tuple(Cosigned(party, time) for time, party in times))


def _covered(told: Told, checkpoints: tuple[Covering, ...]) -> Told:
    """Return what was told with each party's first cosignature over it and the findings on it."""
    last = told.position + (1 if told.by is not None else 0)
    first: dict[str, Cosigned] = {}
    for one in checkpoints:
        if one.size > last:
            for cosigned in one.cosigned:
                first.setdefault(cosigned.party, cosigned)
    covered = tuple(sorted(first.values(), key=lambda one: (one.timestamp_s, one.party)))
    return msgspec.structs.replace(told, covered=covered)


class _Key(msgspec.Struct):
    """A key and the positions of the entries between which it holds; a root has no end of validity in time."""

    author: Author
    since: int = 0
    until: int | None = None
    from_ms: int = BEGINNING_MS
    until_ms: int = END_MS


class _Reading:
    """Reads entries in order, and holds each against those before it."""

    def __init__(self, charter: Charter) -> None:
        self.view = ""
        self.withheld: list[tuple[int, str]] = []
        self._keys = {root: _Key(Author(member.name)) for member in charter.parties for root in member.roots}
        self._views = {f"view:{number}": member.name for number, member in enumerate(charter.parties)}
        self._node = charter.node
        self._quorum = charter.quorum
        self._recorded_ms = charter.created_ms

    def read(self, entries: Sequence[VerifiedEntry]) -> list[Told]:
        """Return what is told; `view` and `withheld` say what of it is shown."""
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
        return told

    def party_at(self, key: str, size: int) -> str | None:
        """Return for whom a key cosigns a checkpoint of that size, or None: it did not hold at its end."""
        known = self._keys.get(key)
        if known is None or known.since >= size or (known.until is not None and known.until < size):
            return None
        # A key for STOP alone lies ready without a passphrase: whoever finds it must not make a fork final.
        return None if known.author.role is OfficerRole.STOP_ONLY else known.author.party

    def _told(self, statement: VerifiedEntry | None, entry: VerifiedEntry) -> Told:
        header = entry.envelope.value
        assert isinstance(header, FindingsHeader), "a bundle holds statements and findings after its charter"
        expected = statement.envelope.id if statement else ""
        _require(
            header.node == self._node, entry, f"findings by the key {header.node[:8]}", "the node's key at that entry"
        )
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
        return Told(first.position, record.recorded_ms, record.outcome, by, record.findings, ())

    def _record(self, entry: VerifiedEntry, header: FindingsHeader) -> Findings:
        if header.outcome not in _OUTCOMES:
            raise CanonicalError(f"found the outcome {header.outcome!r}; expected one of {', '.join(_OUTCOMES)}")
        view = NODE_VIEW if NODE_VIEW in entry.payloads else next(iter(sorted(entry.payloads)), "")
        if not view and header.sections:
            self.withheld.append((entry.position, "findings"))
        findings: tuple[AnyFinding, ...] | None = None
        if view:
            findings = canonical.read_as(section_value(entry.payloads[view]), Findable).findings
            self.view = NODE if view == NODE_VIEW else self._views.get(view, view)
        elif not header.sections:
            findings = ()
        return Findings(
            of=header.of, recorded_ms=header.recorded_ms, outcome=Outcome(header.outcome), findings=findings
        )

    def _submission(self, entry: VerifiedEntry, now_ms: int) -> Submission:
        header = entry.envelope.value
        assert isinstance(header, Header), "only statements wait for findings"
        by = read_statement(entry.envelope, entry.payloads, self._author(entry, header.author, now_ms))
        self.withheld += [(entry.position, name) for name in sorted(by.withheld)]
        if isinstance(by.statement, ProposeDraft) and (document := by.statement.document) is not None:
            named = sha256(document.text.encode()).hexdigest()
            _require(named == by.statement.draft, entry, f"a draft named {by.statement.draft[:8]}", named[:8])
        return by

    def _author(self, entry: VerifiedEntry, key: str, now_ms: int) -> Author:
        """Return for whom a key signs here; it must be a root, the node's, or delegated and valid at this position."""
        if key == self._node:
            return Author(NODE)
        known = self._keys.get(key)
        if known is None:
            raise ProofError(f"entry {entry.position}: found a statement by {key[:8]}; no entry before it delegates it")
        holds = known.until is None
        _require(holds, entry, f"a statement by {key[:8]}, which was revoked or replaced", "a key that holds")
        valid = known.from_ms <= now_ms < known.until_ms
        _require(
            valid, entry, f"a statement by {key[:8]} out of its validity", "a key that is valid when it is recorded"
        )
        return known.author

    def _succeed(self, by: Submission, position: int) -> None:
        """Let what a statement says of keys hold from here on; who may say it is asked again, not taken on trust."""
        match by.statement:
            case DelegateKey() as one:
                _require_at(by.role is None and by.party != NODE, position, "a delegation that no root has signed")
                _require_at(one.key not in self._keys, position, "a delegation of a key that was in use before")
                author = Author(by.party, one.watch_number, one.role)
                self._keys[one.key] = _Key(author, position, None, one.from_ms, one.until_ms)
            case RevokeKey() as one:
                known = self._keys.get(one.key)
                if known is not None and known.author.party == by.party:
                    known.until = position
            case RotateRoot() as one:
                signers = frozenset(map(KeyId, (by.key, *by.cosigners)))
                proven = _replaces(one, signers, self._roots(), self._quorum)
                _require_at(proven, position, "a rotation of a root that its signatures do not prove")
                self._keys[one.old].until = position
                self._keys[one.new] = _Key(Author(one.party), position)
            case RotateNode() as one:
                proven = one.old == self._node and {one.old, one.new} <= {by.key, *by.cosigners}
                _require_at(proven, position, "a rotation of the node's key not signed by both keys")
                self._node = one.new
            case _:
                pass

    def _roots(self) -> dict[KeyId, str]:
        """Return the roots that hold here: key to party."""
        return {
            KeyId(key): known.author.party
            for key, known in self._keys.items()
            if known.author.role is None and known.until is None
        }


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


def _require_at(holds: bool, position: int, found: str) -> None:
    if not holds:
        raise ProofError(f"entry {position}: found {found}; expected one that its authors may make")


def _require(holds: bool, entry: VerifiedEntry, found: str, expected: str) -> None:
    if not holds:
        raise ProofError(f"entry {entry.position}: found {found}; expected {expected}")
