"""What a party does before it cosigns: it verifies that the ledger it saw before is the beginning of the one it sees now.

A cosignature says just that. Holds no key and keeps no note: both are the caller's. Who has cosigned a note, and which
is final by the charter's quorum, is told here too.
"""

from __future__ import annotations

from typing import Final

import msgspec

from sazokar.app.opening import cosigners_of, signers_of
from sazokar.app.ports import ProvableLog
from sazokar.domain.state import State
from sazokar.errors import ProofError
from sazokar.ledger.checkpoint import Checkpoint, KnownKeys, cosign, open_note
from sazokar.ledger.merkle import Tree, verify_consistency
from sazokar.ledger.signing import SigningKey


def cosigned(
    note: bytes, known: KnownKeys, before: Checkpoint | None, tree: Tree, key: SigningKey, *, timestamp_s: int
) -> bytes:
    """Return a checkpoint's note with a party's cosignature on it.

    Args:
        note: The checkpoint as the node signed it, perhaps cosigned by others.
        known: Whose signatures count.
        before: What the party cosigned last; None: nothing yet.
        tree: The party's own replica of the tree, or one whose proofs it takes.
        key: A key of the party, a root or one that it delegated; it cosigns under its own id as its name.
        timestamp_s: The party's clock, seconds since the Unix epoch.

    Raises:
        ProofError: The checkpoint is not over the tree, or does not begin with what was cosigned before: the ledger
            was forked or wound back, and nothing is signed.
        SignatureError: The note is none that the node signed.
    """
    checkpoint, _ = open_note(note, known, strangers=False)
    if checkpoint.size > tree.size or tree.root(checkpoint.size) != checkpoint.root:
        raise ProofError(f"found a checkpoint of {checkpoint.size} that is not over this replica; nothing is cosigned")
    if before is not None:
        proof = tree.consistency_proof(before.size, checkpoint.size)
        verify_consistency(before.size, checkpoint.size, before.root, checkpoint.root, proof)
    return cosign(note, key.key_id, key, timestamp_s)


class Cosigned(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a cosignature.

    Args:
        checkpoint: Which checkpoint.
        parties: Who has cosigned it.
        final: Whether they are a quorum.
    """

    checkpoint: Checkpoint
    parties: frozenset[str]
    final: bool


def cosigned_by(state: State, note: bytes) -> Cosigned:
    """Return who of the parties has cosigned a note, as keys count now.

    Raises:
        SignatureError: It does not open.
    """
    checkpoint, signatures = open_note(note, signers_of(state))
    owners = cosigners_of(state)
    parties = frozenset(
        owners[one.key_id] for one in signatures if one.timestamp_s is not None and one.key_id in owners
    )
    quorum = state.charter.quorum if state.charter else 1
    return Cosigned(checkpoint=checkpoint, parties=parties, final=len(parties) >= quorum)


MOST_LOOKED_AT: Final = 64
"""So many older cosigned checkpoints are looked at for the newest one that is final."""


def newest_final(log: ProvableLog, state: State) -> int:
    """Return how many entries a quorum of the parties has cosigned, as keys count now; 0: none."""
    note = log.cosigned()
    for _ in range(MOST_LOOKED_AT):
        if note is None:
            return 0
        found = cosigned_by(state, note)
        if found.final:
            return found.checkpoint.size
        note = log.cosigned_below(found.checkpoint.size)
    return 0
