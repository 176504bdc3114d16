"""What the node asks of the world, as contracts. Holds no implementation: `adapters` do, one file per technology."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec


class Item(msgspec.Struct, frozen=True):
    """One entry on its way into the log.

    Args:
        id: Hash of the signed value, 64 hexadecimal digits; for ever unique in the log.
        leaf: Canonical bytes of the signed envelope: the leaf of the tree.
        payloads: Per section its canonical bytes, salt included; erasable, committed to by the leaf.
    """

    id: str
    leaf: bytes
    payloads: Mapping[str, bytes] = {}


class Batch(msgspec.Struct, frozen=True):
    """What is appended at once: all of it or nothing.

    Args:
        items: One entry or more, in order.
        checkpoint: The node's signed tree head over the log with this batch in it (C2SP tlog-checkpoint).
    """

    items: tuple[Item, ...]
    checkpoint: bytes


class Appended(msgspec.Struct, frozen=True):
    """The batch is durable, now at the positions from `size - len(batch)` to `size - 1`."""

    size: int


class HeadMoved(msgspec.Struct, frozen=True):
    """The log was not of the expected size; surely nothing was stored."""

    size: int


class Unavailable(msgspec.Struct, frozen=True):
    """The batch was not stored and never will be; `reason` is for a person (a full disk, a lost connection)."""

    reason: str


class Unknown(msgspec.Struct, frozen=True):
    """The batch may be stored, or become so; read on until it is settled."""

    reason: str


Answer = Appended | HeadMoved | Unavailable | Unknown


class Stored(msgspec.Struct, frozen=True):
    """One entry as the log holds it.

    Args:
        position: From 0, without gaps.
        id: As it was appended.
        leaf: As it was appended, byte for byte.
        payloads: As they were appended, but for those erased since.
    """

    position: int
    id: str
    leaf: bytes
    payloads: Mapping[str, bytes]


class Snapshot(msgspec.Struct, frozen=True):
    """The folded state after the first `size` entries, as bytes; its hash is recorded in the log."""

    size: int
    content: bytes


class Log(Protocol):
    """A durable sequence of entries with one total order.

    **Atomic.** A batch is stored whole or not at all, whatever dies when.
    **Durable.** `Appended` is answered after the batch would survive the loss of power (on a majority, where there is
    one), never before.
    **Compare and append.** Of any number of racing appends with one expected size, exactly one is appended; the others
    are told `HeadMoved`.
    **Idempotent.** Each id is stored at most once, for ever: a batch that is stored already, in order and at the
    expected position or anywhere before, is answered `Appended` with the size at its end and not stored again. A batch
    of which only a part is stored is refused with `HeadMoved`.
    **Order.** `read` and `follow` give entries in order of position, without gaps or repeats.
    **Errors.** An adapter raises `SazokarError` only where it cannot tell what it holds (a damaged file); the answers
    above are values.
    All methods may be called from any thread.
    """

    def size(self) -> int:
        """Return the number of entries stored."""
        ...

    def append(self, batch: Batch, expected_size: int) -> Answer:
        """Store a batch behind the first `expected_size` entries, if there are just so many."""
        ...

    def read(self, start: int, end: int | None = None) -> Iterator[Stored]:
        """Give the entries at the positions `[start, end)`, to the present end if `end` is None. Reads in pages."""
        ...

    def follow(self, start: int, timeout_s: float) -> Iterator[Stored]:
        """Give entries from `start` on, waiting for more; ends when none has come for `timeout_s` seconds."""
        ...

    def leaf_hashes(self, start: int, end: int) -> Sequence[bytes]:
        """Return the RFC 6962 leaf hashes stored beside the entries at `[start, end)`, as many as there are."""
        ...

    def position_of(self, entry_id: str) -> int | None:
        """Return where an entry is stored, or None."""
        ...

    def checkpoint(self) -> bytes | None:
        """Return the newest checkpoint stored with a batch, or None before the first."""
        ...

    def cosigned(self) -> bytes | None:
        """Return the newest checkpoint that cosignatures were kept for, with them, or None."""
        ...

    def keep_cosigned(self, size: int, checkpoint: bytes) -> None:
        """Keep a checkpoint with cosignatures; replaces one of the same size, older sizes are kept too."""
        ...

    def erase(self, entry_id: str, section: str) -> bool:
        """Forget one payload, so that it is in no page of the store; False where there is none."""
        ...

    def snapshot(self) -> Snapshot | None:
        """Return the newest snapshot kept, or None."""
        ...

    def keep_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot; older ones may be forgotten. Losing one loses nothing."""
        ...

    def note_rejected(self, recorded_ms: int, reason: str, digest: str) -> None:
        """Note a rejected envelope in the bounded security log (the newest 10,000 are kept); it is not an entry."""
        ...

    def rejected(self) -> list[tuple[int, str, str]]:
        """Return the security log: (instant in ms, reason, SHA-256 of what came), oldest first."""
        ...

    def check_file(self) -> None:
        """Return where the store itself is whole, as far as its technology can tell.

        Raises:
            LedgerError: It is not.
        """
        ...

    def close(self) -> None:
        """Release what is held; later calls fail."""
        ...


class ProvableLog(Log, Protocol):
    """A log that gives back every cosigned checkpoint that it keeps, not only the newest: since when, proofs need too."""

    def cosigned_below(self, size: int) -> bytes | None:
        """Return the newest cosigned checkpoint kept of less than `size` entries, with its cosignatures, or None."""
        ...


class ReplicaLog(ProvableLog, Protocol):
    """A log that keeps what another one holds: a party's own copy of a ledger."""

    def extend(self, pages: Iterable[Sequence[Item]], checkpoint: bytes, expected_size: int) -> int:
        """Store all pages behind the first `expected_size` entries at once, and return the new size.

        All or nothing: whatever `pages` raises is raised, and then, as after a kill at any instant, nothing is stored.
        Holds one page at a time.

        Raises:
            LedgerError: The log is not of that size, holds one of the entries, or cannot be written.
        """
        ...

    def keep_payload(self, entry_id: str, section: str, content: bytes) -> bool:
        """Keep a payload of an entry that was stored without it, and forget the snapshot.

        Returns:
            Whether it is kept now; False: it was there before, or there is no such entry.
        """
        ...


class Clock(Protocol):
    """What the time is. Injected everywhere: nothing else reads one."""

    def now_ms(self) -> int:
        """Return ms since the Unix epoch, UTC. May jump either way; the node never records an earlier instant."""
        ...


class Entropy(Protocol):
    """Random bytes, for salts."""

    def salt(self) -> bytes:
        """Return 32 bytes that nobody can guess."""
        ...


class Alarm(Protocol):
    """Makes a STOP heard (SZK-27). Called before anything is recorded, and never blocked by a record. Never raises."""

    def sound(self, content: bytes, *, verified: bool, sounded_ms: int) -> None:
        """Make a STOP heard to every watch at once.

        Args:
            content: The STOP as it came: a signed envelope or an unsigned call, JSON.
            verified: False: it sounds all the same, marked UNVERIFIED – CALL BACK.
            sounded_ms: The instant at which it sounds.
        """
        ...
