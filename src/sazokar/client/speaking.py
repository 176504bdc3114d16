"""What an officer says to a node, and what became of it: statements, STOP, a charter. A receipt is believed once proven.

A receipt says at which position a statement lies. It is taken only where the replica, brought up to date, holds that
very statement there under a checkpoint that the node signed; and what was found is read from the replica.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from sazokar.app.codec import read_stored
from sazokar.app.opening import view_of
from sazokar.app.ports import ReplicaLog
from sazokar.app.receipt import Answer as Became
from sazokar.app.receipt import Receipt, Rejected, Unrecorded
from sazokar.app.wire import PARCEL_TYPE, NodeTold, Receipted, Sounded
from sazokar.client.exchange import Answer, Request, Steps
from sazokar.client.line import JSON, Line
from sazokar.client.replica import Replica
from sazokar.client.syncing import synced
from sazokar.domain.authority import Author
from sazokar.domain.finding import Findings
from sazokar.errors import DeclinedError, ProofError, UnreachableError
from sazokar.ledger.entry import open_envelope
from sazokar.ledger.parcel import pack

STOP_S: Final = 5.0
"""A STOP that is not answered in so long is for the telephone."""


def submitted(line: Line, replica: Replica, leaf: bytes, payloads: Mapping[str, bytes]) -> Steps[Became]:
    """Send a signed statement, and return what became of it, proven.

    Args:
        line: To the node.
        replica: By which it is proven.
        leaf: The signed envelope; it may be another's, that is carried.
        payloads: Its sections.

    Raises:
        DeclinedError: The node does not take it now: too many wait.
        ProofError: What the node tells of it is not so.
        UnreachableError: The node cannot be reached; to send it again is safe.
        SazokarError: As for `syncing.synced`.
    """
    request = Request(method="POST", path="/v1/entries", content=pack(leaf, payloads), media=PARCEL_TYPE)
    try:
        told = line.read((yield from line.asked(request)), Receipted)
    except DeclinedError as declined:
        answer = _became(declined)
        if not isinstance(answer, Receipted):
            return answer
        told = answer
    try:
        yield from synced(line, replica)
    except UnreachableError as error:
        raise UnreachableError(
            f"the node told that it is recorded as entry {told.position}, NOT VERIFIED: {error}"
        ) from error
    with replica.held() as log:
        return proven(log, replica, leaf, told)


def _became(declined: DeclinedError) -> Receipted | Rejected | Unrecorded:
    receipt = declined.extra.get("receipt")
    if isinstance(receipt, Receipted):
        return receipt
    match declined.code:
        case "rejected":
            return Rejected(declined.found)
        case "damaged" | "not-recorded":
            return Unrecorded(declined.found, sounded=declined.found.startswith("sounded"))
        case _:
            raise declined


def proven(log: ReplicaLog, replica: Replica, leaf: bytes, told: Receipted) -> Receipt:
    """Return a receipt by what the replica holds.

    Raises:
        ProofError: The statement does not lie where the node told, or something else became of it.
    """
    entries = list(log.read(told.position, told.position + 2))
    view = view_of(log, replica.party)
    mine = open_envelope(leaf)
    if len(entries) < 2 or open_envelope(entries[0].leaf).id != mine.id or told.id != mine.id:
        raise ProofError(f"entry {told.position}: found another entry than the statement that the receipt is of")
    record = read_stored(entries[1], lambda key, _: Author(""), view)
    if not isinstance(record, Findings) or record.of != mine.id or record.outcome != told.outcome:
        raise ProofError(f"entry {told.position + 1}: found other findings than the receipt tells of")
    return Receipt(
        id=mine.id, position=told.position, recorded_ms=record.recorded_ms, outcome=record.outcome,
        findings=record.findings or (), repeated=told.repeated,
    )  # fmt: skip


def stop_called(line: Line, content: bytes) -> Steps[Sounded]:
    """Call a STOP, and return that it has sounded: with or without a session, whatever the replica is like.

    Args:
        line: To the node.
        content: A parcel, an envelope, or a call in words.

    Raises:
        DeclinedError: The node does not do it.
        UnreachableError: The node cannot be reached, or does not answer within `STOP_S`: telephone.
    """
    media = JSON if content.startswith(b"{") else "application/octet-stream"
    request = Request(method="POST", path="/v1/stops", content=content, media=media, whole_s=STOP_S)
    return line.read((yield from line.asked(request, stranger=True)), Sounded)


class _Founded(msgspec.Struct):
    ledger: str


def founded(line: Line, charter: bytes, operator: str = "") -> Steps[str]:
    """Begin a node's ledger with a charter that every root has signed, and return the ledger's id.

    Args:
        line: To the node.
        charter: Signed by every root that it names.
        operator: The token of the node's operator; empty: the node is on this machine.

    Raises:
        DeclinedError: A root has not signed, it names another node, or the ledger has begun.
        ProofError: The node has begun with another charter.
    """
    request = Request(method="POST", path="/v1/charter", content=charter, media=JSON, token=operator)
    told = line.read((yield from line.asked(request, stranger=True)), _Founded)
    wanted = open_envelope(charter.strip()).id
    if told.ledger != wanted:
        raise ProofError(f"found the ledger {told.ledger[:16]}…; expected {wanted[:16]}…, which this charter founds")
    return wanted


class _Ready(msgspec.Struct):
    status: str
    reasons: tuple[str, ...] = ()


def readiness_asked(line: Line) -> Steps[tuple[str, ...]]:
    """Return why a node takes no statements; empty: it takes them. It is asked once, as whoever asks can ask again."""
    came = yield Request(path="/readyz")
    if not isinstance(came, Answer):
        raise UnreachableError(f"{line.audience}: cannot be reached")
    told = line.read(came, _Ready)
    return told.reasons[:20] or (() if told.status == "ready" else (told.status[:100],))


def asked_after(line: Line) -> Steps[NodeTold]:
    """Return what a node tells anyone of itself."""
    answer = yield from line.asked(Request(method="GET", path="/v1/node"), stranger=True)
    return line.read(answer, NodeTold)
