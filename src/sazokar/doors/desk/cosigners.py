"""Who cosigns the ledger's checkpoints: each root of the charter, and each key that a party's root delegated."""

from __future__ import annotations

from sazokar.domain.state import State
from sazokar.errors import SignatureError
from sazokar.ledger.checkpoint import Checkpoint, KnownKeys, open_note, quorum
from sazokar.ledger.signing import KeyId

__all__ = ["cosigned_by", "known_keys", "name_of", "parties_of", "quorum"]


def name_of(party: str) -> str:
    """Return the name under which a party's key cosigns: a key's name has neither blanks nor plus signs."""
    return party.replace(" ", "_").replace("+", "_")


def known_keys(state: State) -> dict[str, frozenset[KeyId]]:
    """Return the keys that count, by their names: the node's under the origin, each party's under its own."""
    known: dict[str, set[KeyId]] = {}
    if state.charter is not None:
        known[state.charter.origin] = {KeyId(state.node), KeyId(state.charter.node)}
    for key, party in parties_of(state).items():
        known.setdefault(name_of(party), set()).add(key)
    return {name: frozenset(keys) for name, keys in known.items()}


def parties_of(state: State) -> dict[KeyId, str]:
    """Return for whom a key cosigns: roots, and delegated keys that were not revoked."""
    found = {KeyId(root): party for root, party in state.roots.items()}
    return found | {KeyId(key): one.party for key, one in state.keys.items() if one.revoked_at is None}


def cosigned_by(state: State, note: bytes) -> tuple[Checkpoint | None, frozenset[str]]:
    """Return the checkpoint of a note and the parties that cosigned it; None where it does not open."""
    known: KnownKeys = known_keys(state)
    try:
        checkpoint, signatures = open_note(note, known)
    except SignatureError:
        return None, frozenset()
    owners = parties_of(state)
    parties = {owners[one.key_id] for one in signatures if one.timestamp_s is not None and one.key_id in owners}
    return checkpoint, frozenset(parties)
