"""Which checkpoint is up for cosigning, and what becomes of the parties' cosignatures: durable first, final by a quorum.

A ledger grows while its cosigners look at it. So that a quorum meets on one size, one checkpoint is up for a while; each
cosigner verifies by itself that the ledger has only grown (`cosigning`). Nothing here makes a party cosign.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final

from sazokar.app.cosigning import Cosigned, cosigned_by
from sazokar.app.node import Node
from sazokar.app.opening import cosigners_of, signers_of
from sazokar.app.ports import Clock, ProvableLog
from sazokar.domain.state import State
from sazokar.errors import ForkedError, ProofError
from sazokar.ledger.checkpoint import merge_notes, open_note
from sazokar.ledger.signing import KeyId

ROUND_MS: Final = 30_000
"""A checkpoint is up for cosigning for so long, where no quorum makes it final before."""
REMEMBERED: Final = 64
"""Checkpoints that were up; a cosignature on an older one comes too late."""


class Finality:
    """The rounds of cosigning of one node.

    Args:
        node: The node.
        log: Its log, which keeps what was cosigned.
        clock: What the time is.
    """

    def __init__(self, node: Node, log: ProvableLog, clock: Clock) -> None:
        self._node = node
        self._log = log
        self._clock = clock
        self._lock = threading.Lock()
        self._up: OrderedDict[int, bytes] = OrderedDict()
        self._since_ms = 0
        self._size = 0

    def head(self) -> bytes:
        """Return the node's newest checkpoint, which its tree can prove.

        Raises:
            ProofError: There is none yet.
        """
        if self._node.head is None:
            raise ProofError("found no checkpoint; expected a ledger with a charter")
        return self._node.head

    def up(self) -> bytes:
        """Return the note that is up for cosigning, with what was cosigned on it so far.

        Raises:
            ProofError: The ledger has no checkpoint yet.
        """
        with self._lock:
            if self._is_over():
                self._begin()
            return self._up[self._size]

    def _is_over(self) -> bool:
        if self._size not in self._up:
            return True
        if self._node.state.size == self._size:
            return False
        aged = self._clock.now_ms() - self._since_ms >= ROUND_MS
        return aged or cosigned_by(self._node.state, self._up[self._size]).final

    def _begin(self) -> None:
        note = self.head()
        size = open_note(note, signers_of(self._node.state))[0].size
        kept = self._log.cosigned_below(size + 1)
        self._up[size] = self._merged(note, kept)
        self._size, self._since_ms = size, self._clock.now_ms()
        while len(self._up) > REMEMBERED:
            self._up.popitem(last=False)

    def _merged(self, note: bytes, kept: bytes | None) -> bytes:
        known = signers_of(self._node.state)
        if kept is not None and open_note(kept, known)[0] == open_note(note, known)[0]:
            return merge_notes([note, kept], known)
        return note

    def take(self, note: bytes) -> Cosigned:
        """Keep a checkpoint with the cosignatures on it, durable, and return who has cosigned it.

        Raises:
            SignatureError: It is no note, or a signature on it is false.
            ForkedError: It is of another ledger, or of another past than this one.
            ProofError: It was not up for cosigning, or not lately; or nobody who may has cosigned it.
        """
        state = self._node.state
        checkpoint, _ = open_note(note, signers_of(state))
        if state.charter is None or checkpoint.origin != state.charter.origin:
            raise ForkedError(f"found a checkpoint of {checkpoint.origin[:80]!r}, another ledger")
        if checkpoint.size > state.size or self._node.tree.root(checkpoint.size) != checkpoint.root:
            raise ForkedError(
                f"found a checkpoint of {checkpoint.size} entries with another root: the ledger is FORKED"
            )
        if not cosigned_by(state, note).parties:
            raise ProofError("found no cosignature by a key that may cosign; expected a root's, or an officer's")
        with self._lock:
            if checkpoint.size not in self._up:
                raise ProofError(
                    f"found a checkpoint of {checkpoint.size}, which is not up for cosigning; fetch it again"
                )
            whole = _one_of_each([self._up[checkpoint.size], note], state)
            open_note(whole, signers_of(state), strangers=False)  # what is kept can be read again
            self._log.keep_cosigned(checkpoint.size, whole)
            self._up[checkpoint.size] = whole
        return cosigned_by(state, whole)


def _one_of_each(notes: list[bytes], state: State) -> bytes:
    """Return one note with the node's signature and one cosignature of each party: many keys are no more than one.

    Raises:
        SignatureError: A note is of another checkpoint, or a signature on it is false.
    """
    owners, kept = cosigners_of(state), dict[str, KeyId]()
    for note in notes:
        for one in open_note(note, signers_of(state))[1]:
            if one.timestamp_s is not None and (party := owners.get(one.key_id)):
                kept.setdefault(party, one.key_id)
    known = signers_of(state)
    origin = state.charter.origin if state.charter else ""
    return merge_notes(notes, {origin: known[origin], **{key: known[key] for key in kept.values()}})
