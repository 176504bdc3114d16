"""Who cosigns the ledger's checkpoints: each root of the charter, and each key that a party's root delegated."""

from __future__ import annotations

from sazokar.app.opening import cosigners_of, signers_of
from sazokar.domain.state import State
from sazokar.errors import SignatureError
from sazokar.ledger.checkpoint import Checkpoint, open_note, quorum
from sazokar.ledger.signing import KeyId

__all__ = ["cosigned_by", "known_keys", "parties_of", "quorum"]


def known_keys(state: State) -> dict[str, frozenset[KeyId]]:
    """Return the keys whose lines a note may bear, by their names: the node's under the origin, each other's under its id."""
    return signers_of(state)


def parties_of(state: State) -> dict[KeyId, str]:
    """Return for whom a key cosigns: roots, and delegated keys that were not revoked."""
    return cosigners_of(state)


def cosigned_by(state: State, note: bytes) -> tuple[Checkpoint | None, frozenset[str]]:
    """Return the checkpoint of a note and the parties that cosigned it; None where it does not open."""
    try:
        checkpoint, signatures = open_note(note, signers_of(state))
    except SignatureError:
        return None, frozenset()
    owners = cosigners_of(state)
    parties = {owners[one.key_id] for one in signatures if one.timestamp_s is not None and one.key_id in owners}
    return checkpoint, frozenset(parties)
