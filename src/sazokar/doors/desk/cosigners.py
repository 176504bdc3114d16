"""Which parties have cosigned a checkpoint, for a person: what does not open was cosigned by nobody."""

from __future__ import annotations

from sazokar.app import cosigning
from sazokar.domain.state import State
from sazokar.errors import SignatureError
from sazokar.ledger.checkpoint import Checkpoint


def cosigned_by(state: State, note: bytes) -> tuple[Checkpoint | None, frozenset[str]]:
    """Return the checkpoint of a note and the parties that cosigned it; None where it does not open."""
    try:
        found = cosigning.cosigned_by(state, note)
    except SignatureError:
        return None, frozenset()
    return found.checkpoint, found.parties
