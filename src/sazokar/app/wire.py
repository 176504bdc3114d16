"""What a node and its clients say to each other beside statements: values of the JSON that goes over the wire.

Statements, sections and findings go as they are in the ledger; these are the forms around them. Decides nothing. Names
in JSON are these names; a member with its default may be absent.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from sazokar.app.receipt import Receipt
from sazokar.domain.finding import AnyFinding

Hex32 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$", description="32 bytes, 64 hexadecimal digits in lower case.")]
Hex64 = Annotated[str, Meta(pattern=r"^[0-9a-f]{128}$", description="64 bytes, 128 hexadecimal digits in lower case.")]
Position = Annotated[int, Meta(ge=0, description="Position in the ledger, from 0.")]
InstantMs = Annotated[int, Meta(description="Milliseconds since the Unix epoch, UTC.")]

PARCEL_TYPE: Final = "application/vnd.sazokar.parcel+json"
"""A signed envelope with its sections, in canonical form, byte for byte (`ledger.parcel`); `application/json` is taken too."""


class Wire(msgspec.Struct, frozen=True, kw_only=True):
    """What every form of the wire has in common."""


class NodeTold(Wire, frozen=True, kw_only=True):
    """What a node tells anyone of itself; nothing of it is a secret, and nothing of it is proven.

    Args:
        node: Its key; a charter must name it.
        ledger: Id of the charter; empty: it has none yet.
        now_ms: What its clock shows.
        simulated: Its clock is a play's, as in a demonstration.
    """

    node: Hex32
    ledger: str
    now_ms: InstantMs
    simulated: bool = False


# Sessions


class ChallengeAsked(Wire, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An officer asks for something to sign."""

    key: Hex32


class Challenge(Wire, frozen=True, kw_only=True):
    """What an officer's key signs to begin a session.

    Args:
        challenge: To be signed, once.
        ledger: Id of the charter.
        expires_ms: Until when it can be answered.
    """

    challenge: Annotated[str, Meta(pattern=r"^[0-9a-f]{1,256}$")]
    ledger: Hex32
    expires_ms: InstantMs


class ChallengeAnswered(Wire, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signed challenge.

    Args:
        key: Whose it is.
        challenge: As it was given.
        audience: The address that the officer believes to speak to: scheme, host and port.
        signature: By the key over `session_message`.
    """

    key: Hex32
    challenge: Annotated[str, Meta(pattern=r"^[0-9a-f]{1,256}$")]
    audience: Annotated[str, Meta(min_length=1, max_length=300)]
    signature: Hex64


class SessionBegun(Wire, frozen=True, kw_only=True):
    """A session.

    Args:
        token: Goes with every request: `Authorization: Bearer …`. Empty where a session only tells of itself.
        party: Whose it is.
        officer: Watch number; empty: a root key, or a token of another issuer.
        role: What its key may sign: `officer`, `delegate`; empty: a root, or none.
        ledger: Id of the charter.
        expires_ms: When it ends in any case.
        idle_ms: It ends before that when it is not used for so long.
    """

    token: str = ""
    party: str
    officer: str = ""
    role: str = ""
    ledger: str
    expires_ms: InstantMs
    idle_ms: int


class _SessionWords(msgspec.Struct, frozen=True):
    audience: str
    challenge: str
    key: str
    ledger: str


def session_message(answered: ChallengeAnswered, ledger: str) -> bytes:
    """Return what a key signs to begin a session: for one node under one address, so that nobody can pass it on to another."""
    return msgspec.json.encode(
        _SessionWords(answered.audience, answered.challenge, answered.key, ledger), order="sorted"
    )


# What became of a statement


class Receipted(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A statement is in the ledger.

    Args:
        id: Of the statement.
        position: Of its entry.
        recorded_ms: When it was recorded.
        outcome: `taken`, `refused` or `held` (NOT DELIVERED).
        ref: What it is cited by; empty where it makes nothing new.
        findings: What was found, as its author's party may see it; None: who asks is not of that party.
        repeated: Whether it was in the ledger before.
    """

    id: Hex32
    position: Position
    recorded_ms: InstantMs
    outcome: Literal["taken", "refused", "held", "clock"]
    ref: str = ""
    findings: tuple[AnyFinding, ...] | None = None
    repeated: bool = False


def receipted(receipt: Receipt, *, own: bool) -> Receipted:
    """Return a receipt for the wire; `own`: who asks is of the author's party, and sees what was found."""
    return Receipted(
        id=receipt.id, position=receipt.position, recorded_ms=receipt.recorded_ms, outcome=receipt.outcome.value,
        ref=receipt.ref if own else "", findings=receipt.findings if own else None, repeated=receipt.repeated,
    )  # fmt: skip


class Sounded(Wire, frozen=True, kw_only=True):
    """A STOP has sounded.

    Args:
        sounded: Always so: it is delivered first.
        recorded: Whether it is in the ledger; otherwise it is recorded when that is possible again.
        verified: Whether its signature and key are good; otherwise it sounds as UNVERIFIED – CALL BACK.
        ref: What it is cited by, where it is recorded and verified.
        reason: Why it is not recorded, or not verified.
        receipt: What became of it, for its author's party.
    """

    sounded: bool = True
    recorded: bool
    verified: bool
    ref: str = ""
    reason: str = ""
    receipt: Receipted | None = None


# The log


class LogTold(Wire, frozen=True, kw_only=True):
    """How far a ledger has come.

    Args:
        ledger: Id of the charter.
        origin: Name of the ledger in its checkpoints.
        size: Entries that are durable: acknowledged.
        recorded_ms: When the last was recorded.
        final: Entries that a quorum of the parties has cosigned.
        cosigned: Entries that anyone has cosigned.
        cosigned_by: Who has cosigned so many.
    """

    ledger: str
    origin: str
    size: int
    recorded_ms: InstantMs
    final: int
    cosigned: int
    cosigned_by: tuple[str, ...]


class Inclusion(Wire, frozen=True, kw_only=True):
    """That an entry is in the ledger.

    Args:
        checkpoint: The node's note over the tree.
        inclusion: Hashes from the leaf to its root (RFC 6962, section 2.1.1), hexadecimal.
    """

    checkpoint: str
    inclusion: tuple[str, ...]


class EntryTold(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of the ledger, as its reader may see it.

    Args:
        position: In the ledger.
        id: Hash of what was signed.
        leaf: The signed envelope, canonical JSON: the leaf of the tree, byte for byte.
        payloads: Its sections that the reader may see, each with its salt, canonical JSON, byte for byte.
        proof: That it is in the ledger, where one entry was asked for.
    """

    position: Position
    id: Hex32
    leaf: msgspec.Raw
    payloads: dict[str, msgspec.Raw]
    proof: Inclusion | None = None


class EntriesTold(Wire, frozen=True, kw_only=True):
    """A run of entries.

    Args:
        size: Entries of the ledger.
        entries: From the position asked for on; fewer than asked for, where they are long.
    """

    size: int
    entries: tuple[EntryTold, ...]


class Consistency(Wire, frozen=True, kw_only=True):
    """That the tree of `second` entries begins with that of `first` (RFC 6962, section 2.1.2)."""

    first: Position
    second: Position
    proof: tuple[str, ...]


class CosignedTold(Wire, frozen=True, kw_only=True):
    """What became of a cosignature: who has cosigned so many entries, and whether that makes them final."""

    size: Position
    cosigned_by: tuple[str, ...]
    final: bool


# Problems


class Problem(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request was not done (RFC 9457).

    Args:
        type: `urn:sazokar:problem:` and the code.
        title: The code in words.
        status: HTTP status.
        detail: What was found, for a person.
        code: Stable name of the reason.
        clause: The clause that says so.
        field: Which field or parameter.
        remedy: What to do.
        retry_s: When to ask again.
        receipt: What was recorded of it, where anything was: what the rules forbid is an entry too.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    clause: str = ""
    field: str = ""
    remedy: str = ""
    retry_s: int = 0
    receipt: Receipted | None = None


PROBLEM_TYPE: Final = "application/problem+json"
