"""Makes proof bundles: the entries that tell one story, what the asker may see of them, and the proofs.

Chooses nothing by itself (`selection` does) and verifies nothing: whoever receives a bundle does (`verification`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from msgspec import Raw

from sazokar.app.cosigning import MOST_LOOKED_AT, cosigned_by
from sazokar.app.opening import signers_of
from sazokar.app.ports import ProvableLog, Stored
from sazokar.app.selection import Selection, select
from sazokar.app.sight import Sight
from sazokar.domain.state import State
from sazokar.errors import CanonicalError, LimitError, ProofError
from sazokar.ledger.checkpoint import Checkpoint, merge_notes, open_note
from sazokar.ledger.merkle import Tree
from sazokar.ledger.proof import MOST_OLDER, SCHEMA, Bundle, OlderCheckpoint, ProvenEntry, encode_bundle
from sazokar.ledger.signing import KeyId


def bundle_of(log: ProvableLog, tree: Tree, state: State, ref: str, viewer: str | None) -> bytes:
    """Return the proof bundle of a notice, conflict, STOP or incident.

    It is proven in the newest cosigned checkpoint that covers all of it; where none does, in the node's newest, and
    older cosigned ones show since when each entry is covered by whom.

    Args:
        log: The log, verified.
        tree: Over all of its leaves.
        state: Its folded state.
        ref: What is to be proven.
        viewer: Party whose sight it is; None: the node's operator or an auditor, who sees everything.

    Raises:
        ProofError: There is no such reference or party, or the ledger has no checkpoint.
        LimitError: It is more than one bundle holds.
    """
    if viewer is not None and state.member(viewer) is None:
        raise ProofError(f"found no party {viewer!r} in the charter; expected one of its parties")
    selection = select(log, state, ref, viewer)
    note, checkpoint = _covering(log, state, selection.positions[-1] + 1)
    older = _older(log, state, checkpoint.size, selection.positions[0])
    cosigners = _Cosigners(state, selection, checkpoint.size)
    notes = [(size, cosigners.known_only(size, one)) for size, one in [*older, (checkpoint.size, note)]]
    positions = sorted({*selection.positions, *cosigners.positions})
    sight = Sight(state, viewer)

    def proven(position: int) -> ProvenEntry:
        stored = _stored(log, position)
        seen = {name: Raw(payload) for name, payload in sight.of(stored).items()}
        return ProvenEntry(position, Raw(stored.leaf), tree.inclusion_proof(position, checkpoint.size), seen)

    bundle = Bundle(
        SCHEMA, proven(0), notes[-1][1].decode(), [proven(position) for position in positions],
        [OlderCheckpoint(one.decode(), tree.consistency_proof(size, checkpoint.size)) for size, one in notes[:-1]],
    )  # fmt: skip
    try:
        return encode_bundle(bundle)
    except CanonicalError as error:
        raise LimitError(f"{ref}: cannot be put into one bundle ({error})") from error


def _covering(log: ProvableLog, state: State, size: int) -> tuple[bytes, Checkpoint]:
    """Return a checkpoint of at least so many entries: the newest that is final, else cosigned, else the node's newest."""
    newest, note = None, log.cosigned()
    for _ in range(MOST_LOOKED_AT):
        if note is None or (found := cosigned_by(state, note)).checkpoint.size < size:
            break
        if found.final:
            return note, found.checkpoint
        newest = newest or (note, found.checkpoint)
        note = log.cosigned_below(found.checkpoint.size)
    if newest is not None:
        return newest
    note = log.checkpoint()
    if note is not None and (checkpoint := open_note(note, signers_of(state), strangers=False)[0]).size >= size:
        return note, checkpoint
    raise ProofError(f"found no checkpoint of {size} entries; expected the node's own over all of them")


def _stored(log: ProvableLog, position: int) -> Stored:
    stored = next(iter(log.read(position, position + 1)), None)
    if stored is None:
        raise ProofError(f"entry {position} is missing; audit the ledger")
    return stored


def _older(log: ProvableLog, state: State, size: int, first: int) -> list[tuple[int, bytes]]:
    """Return the cosigned checkpoints of less than `size` entries that cover anything of the story, the smallest first.

    Where they are more than one bundle holds, the oldest are kept: they say since when.
    """
    found: deque[tuple[int, bytes]] = deque(maxlen=MOST_OLDER)
    for older, note in _cosigned_below(log, state, size):
        if older <= first:
            break
        found.appendleft((older, note))
    return list(found)


def _cosigned_below(log: ProvableLog, state: State, size: int) -> Iterator[tuple[int, bytes]]:
    known = signers_of(state)
    while (note := log.cosigned_below(size)) is not None:
        checkpoint = open_note(note, known, strangers=False)[0]
        if checkpoint.size >= size:
            raise ProofError(f"found a checkpoint of {checkpoint.size} kept under less than {size}; audit the ledger")
        size = checkpoint.size
        yield size, note


class _Cosigners:
    """Who cosigned what a bundle holds: a delegated key counts only with the entry that delegates it."""

    def __init__(self, state: State, selection: Selection, size: int) -> None:
        self._known = signers_of(state)
        self._keys = {KeyId(key): positions for key, positions in selection.keys.items()}
        self._size = size
        self.positions: set[int] = set()

    def known_only(self, size: int, note: bytes) -> bytes:
        """Return a note without cosignatures by keys that were delegated after it; `positions` gains the others' entries."""
        _, signatures = open_note(note, self._known, strangers=False)
        dropped = set()
        for key in {one.key_id for one in signatures if one.key_id in self._keys}:
            if self._keys[key][1] < size:
                self.positions.update(position for position in self._keys[key] if position < self._size)
            else:
                dropped.add(str(key))
        return merge_notes([note], {name: keys for name, keys in self._known.items() if name not in dropped})
