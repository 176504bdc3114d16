"""Which parties have cosigned a checkpoint. Who may is told by `app.opening.signers_of`: each party by its roots."""

from __future__ import annotations

from sazokar.app.opening import cosigners_of, signers_of
from sazokar.domain.state import State
from sazokar.errors import SignatureError
from sazokar.ledger.checkpoint import Checkpoint, open_note


def cosigned_by(state: State, note: bytes) -> tuple[Checkpoint | None, frozenset[str]]:
    """Return the checkpoint of a note and the parties that cosigned it; None where it does not open."""
    try:
        checkpoint, signatures = open_note(note, signers_of(state))
    except SignatureError:
        return None, frozenset()
    owners = cosigners_of(state)
    parties = {owners[one.key_id] for one in signatures if one.timestamp_s is not None and one.key_id in owners}
    return checkpoint, frozenset(parties)
