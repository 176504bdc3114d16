"""Verifies a whole stored ledger in one pass, and names the first entry that is damaged. Verifies no entry's signature.

What the node signed is a checkpoint: a root over all leaves. The pass computes that root anew. To name the entry at
fault each leaf is first held against the hash that was stored beside it; where both were changed alike, the root
still tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final, Protocol

import msgspec

from sazokar.errors import CanonicalError, LedgerError, SazokarError
from sazokar.ledger.checkpoint import Checkpoint, KnownKeys, open_note
from sazokar.ledger.entry import signed_part
from sazokar.ledger.merkle import EMPTY_ROOT, Frontier, Tree, leaf_hash
from sazokar.ledger.section import commit

_PAGE: Final = 4096
"""Stored hashes read at once."""


class StoredEntry(Protocol):
    """One entry as a log holds it."""

    @property
    def position(self) -> int:
        """From 0, without gaps."""
        ...

    @property
    def id(self) -> str:
        """SHA-256 of what was signed, 64 hexadecimal digits."""
        ...

    @property
    def leaf(self) -> bytes:
        """The bytes of the envelope."""
        ...

    @property
    def payloads(self) -> Mapping[str, bytes]:
        """Per section its payload, but for those erased or withheld."""
        ...


class StoredLog(Protocol):
    """What is asked of a log that is to be verified."""

    def size(self) -> int:
        """Return the number of entries."""
        ...

    def read(self, start: int, end: int | None = None) -> Iterator[StoredEntry]:
        """Give the entries at `[start, end)` in order."""
        ...

    def leaf_hashes(self, start: int, end: int) -> Sequence[bytes]:
        """Return the hashes stored beside the leaves at `[start, end)`."""
        ...

    def check_file(self) -> None:
        """Return where the store's own structures are whole: the index of ids among them; else raise `LedgerError`."""
        ...

    def checkpoint(self) -> bytes | None:
        """Return the newest checkpoint."""
        ...

    def cosigned(self) -> bytes | None:
        """Return the newest checkpoint with cosignatures."""
        ...


class Verified(msgspec.Struct, frozen=True):
    """A ledger that was found whole.

    Args:
        size: Its number of entries.
        checkpoint: The newest tree head that the node signed, over all of them; None for an empty ledger.
        cosigned: The newest tree head that was cosigned, or None.
    """

    size: int
    checkpoint: Checkpoint | None
    cosigned: Checkpoint | None


class _Sections(msgspec.Struct):
    sections: dict[str, str] = {}


_SECTIONS: Final = msgspec.json.Decoder(_Sections)


def verify_stored(
    log: StoredLog, known: KnownKeys, tree: Tree | None = None, watch: Callable[[], None] = lambda: None
) -> Verified:
    """Return where every stored entry, payload, id, hash and checkpoint is as the node signed it.

    Args:
        log: The log; nothing may be appended meanwhile.
        known: The keys of every line that was stored, those that rotated since among them.
        tree: An empty tree that takes in every leaf on the way, to prove with afterwards.
        watch: Called once for every 4,096 entries; what it raises ends the pass.

    Raises:
        LedgerError: Something is not. Its `position` is that of the first damaged entry, or None where the damage is
            not in one entry: a checkpoint is missing, unsigned or false, or entries were cut off, or a leaf was
            changed together with its stored hash.
    """
    size = log.size()
    newest = _open(log.checkpoint(), known, "the checkpoint")
    cosigned = _open(log.cosigned(), known, "the cosigned checkpoint")
    _require_size(size, newest, cosigned)
    frontier, roots = Frontier(), {0: EMPTY_ROOT}
    wanted = cosigned.size if cosigned is not None else 0
    grown = (frontier.append,) if tree is None else (frontier.append, tree.append)
    for hash_ in _entries(log, size, watch):
        for append in grown:
            append(hash_)
        if frontier.size == wanted:
            roots[wanted] = frontier.root()
    roots[size] = frontier.root()
    for what, checkpoint in (("the cosigned checkpoint", cosigned), ("the checkpoint", newest)):
        if checkpoint is not None and roots[checkpoint.size] != checkpoint.root:
            raise LedgerError(
                f"the first {checkpoint.size} entries have another root than {what} signs; each agrees with its stored "
                "hash, so entries were changed together with their hashes, or left out: compare with another replica"
            )
    return Verified(size, newest, cosigned)


def verify_entry(entry: StoredEntry) -> None:
    """Return where an entry's id is that of what was signed, and its payloads are what it commits to.

    Raises:
        LedgerError: They are not; the entry is named.
    """
    position = entry.position
    try:
        signed = signed_part(entry.leaf)
        found = sha256(signed).hexdigest()
        if found != entry.id:
            raise LedgerError(f"entry {position}: stored under the id {entry.id}; expected {found}", position)
        if entry.payloads:
            _require_payloads(position, entry.payloads, _SECTIONS.decode(signed).sections)
    except (CanonicalError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise LedgerError(f"entry {position}: found a leaf that cannot be read ({error})", position) from error


def _entries(log: StoredLog, size: int, watch: Callable[[], None]) -> Iterator[bytes]:
    expected = 0
    hashes: Sequence[bytes] = ()
    for entry in log.read(0, size):
        position = entry.position
        if position != expected:
            raise LedgerError(f"entry {expected} is missing: found entry {position} in its place", expected)
        if position % _PAGE == 0:
            watch()
            hashes = log.leaf_hashes(position, position + _PAGE)
        found = leaf_hash(entry.leaf)
        if position % _PAGE >= len(hashes) or found != hashes[position % _PAGE]:
            raise LedgerError(f"entry {position}: its leaf does not match the hash stored beside it", position)
        verify_entry(entry)
        yield found
        expected += 1
    if expected != size:
        raise LedgerError(f"entry {expected} is missing: found {expected} entries; expected {size}", expected)
    log.check_file()  # last, so that whatever can be named is named first


def _require_payloads(position: int, payloads: Mapping[str, bytes], commitments: Mapping[str, str]) -> None:
    for name, payload in payloads.items():
        if commitments.get(name) != commit(name, payload):
            raise LedgerError(f"entry {position}: section {name} is not what the entry commits to", position)


def _open(note: bytes | None, known: KnownKeys, what: str) -> Checkpoint | None:
    if note is None:
        return None
    try:
        return open_note(note, known, strangers=False)[0]
    except SazokarError as error:
        raise LedgerError(f"{what} does not hold: {error}") from error


def _require_size(size: int, newest: Checkpoint | None, cosigned: Checkpoint | None) -> None:
    signed = newest.size if newest is not None else 0
    if signed != size:
        at = min(size, signed)
        raise LedgerError(f"found {size} entries; the checkpoint signs {signed}: entry {at} was lost or slipped in", at)
    if cosigned is not None and cosigned.size > size:
        raise LedgerError(f"found {size} entries; {cosigned.size} were cosigned: entry {size} was lost", size)
    if newest is not None and cosigned is not None and newest.origin != cosigned.origin:
        raise LedgerError(f"found checkpoints of two ledgers: {newest.origin} and {cosigned.origin}")
