"""What a party takes from a node to show to others: cosignatures it makes itself, and proof bundles, verified first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from sazokar.app.cosigning import cosigned
from sazokar.app.opening import cosigners_of, signers_of
from sazokar.app.verification import verify
from sazokar.app.wire import CosignedTold
from sazokar.client.exchange import LARGEST_RUN, Request, Steps
from sazokar.client.line import Line
from sazokar.client.replica import Replica
from sazokar.client.syncing import synced
from sazokar.errors import DeclinedError, ForkedError, KeyFileError, ProofError
from sazokar.ledger.checkpoint import Checkpoint, merge_notes, open_note, read_checkpoint
from sazokar.ledger.note import read_note
from sazokar.ledger.signing import KeyId

PLAIN: Final = "text/plain; charset=utf-8"
TRIES: Final = 3
"""How often the round is asked for anew: the ledger may grow, or the round end, while it is looked at."""


def cosigned_by_us(
    line: Line, replica: Replica, before: Checkpoint | None, remember: Callable[[bytes], None], now_s: int
) -> Steps[CosignedTold]:
    """Cosign the checkpoint that is up, where it begins with all that was cosigned before, and return who has cosigned it.

    Args:
        line: To the node, with the cosigning key.
        replica: The party's own, with which the checkpoint is held together entry by entry.
        before: What this key cosigned last; None: nothing yet.
        remember: Keeps the note that is about to be sent: after a crash it is cosigned again, and never forgotten.
        now_s: The party's clock, seconds since the Unix epoch.

    Raises:
        ForkedError: The ledger has shrunk, was forked, or is another one; nothing is cosigned, and the notes are kept.
        KeyFileError: The key may not cosign.
        SazokarError: As for `syncing.synced`.
    """
    declined: DeclinedError | None = None
    for _ in range(TRIES):
        signed = yield from _signed(line, replica, before, now_s)
        remember(signed)
        request = Request(method="POST", path="/v1/cosigning", content=signed, media=PLAIN)
        try:
            return line.read((yield from line.asked(request)), CosignedTold)
        except DeclinedError as error:
            if error.code == "forked":  # the node says so itself: what it put up contradicts its own ledger
                kept = ", ".join(replica.memory.keep_evidence(replica.memory.seen() or b"", signed))
                raise ForkedError(
                    f"the node says that the ledger is FORKED: {error.found}. Evidence: {kept}"
                ) from error
            if error.code != "not-up":
                raise
            declined, before = error, read_checkpoint(read_note(signed)[0])
    assert declined is not None, "it was tried"
    raise declined


def _signed(line: Line, replica: Replica, before: Checkpoint | None, now_s: int) -> Steps[bytes]:
    if line.key is None:
        raise KeyFileError("no key: name the one that cosigns")
    note = (yield from line.asked(Request(path="/v1/cosigning"))).content
    yield from synced(line, replica)
    if line.key.key_id not in cosigners_of(replica.state):
        raise KeyFileError(f"the key {line.key.key_id[:16]}… may not cosign; expected a root, or an officer's")
    known = signers_of(replica.state)
    head, _ = open_note(note, known)
    # A note may bear a cosignature of ours from before: one by each key is what a note may have.
    note = merge_notes([note], {name: keys for name, keys in known.items() if name != line.key.key_id})
    if before is not None and head.origin != before.origin:
        raise replica.fork_of(note, ProofError(f"it is {head.origin[:80]!r}; this key cosigned {before.origin[:80]!r}"))
    if before is not None and head.size < before.size:
        raise replica.fork_of(note, ProofError(f"{head.size} entries are up, and {before.size} were cosigned: SHRUNK"))
    with replica.held() as log:
        try:
            return cosigned(note, known, before, replica.tree(log), line.key, timestamp_s=now_s)
        except ProofError as error:
            raise replica.fork_of(note, error) from error


def bundle_fetched(line: Line, replica: Replica, ref: str) -> Steps[bytes]:
    """Return the proof bundle of a notice, conflict, STOP or incident, verified under the replica's own charter.

    Raises:
        ProofError: It does not prove what it claims, or is of another ledger.
        DeclinedError: There is no such reference that this party may see.
    """
    yield from synced(line, replica)
    request = Request(path=f"/v1/bundles/{quote(ref[:100], safe='')}", largest=LARGEST_RUN)
    content = (yield from line.asked(request)).content
    charter = replica.state.charter
    assert charter is not None, "it was brought up to date"
    testimony = verify(content, frozenset(KeyId(root) for member in charter.parties for root in member.roots))
    if testimony.ledger != replica.ledger:
        raise ProofError(f"found a bundle of the ledger {testimony.ledger[:16]}…; expected {replica.ledger[:16]}…")
    return content
