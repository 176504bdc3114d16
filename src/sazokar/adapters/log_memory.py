"""A log in memory: the plainest reading of the port's contract, for tests, trials and simulations. Survives nothing.

A simulation that needs a log that refuses or times out overrides `_commit`, the one place where a batch is stored.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from sazokar.adapters.log_rules import PAGE, REJECTED_KEPT, answer_for, followed, require_batch, require_start
from sazokar.app.ports import Answer, Appended, Batch, Item, Snapshot, Stored
from sazokar.errors import LedgerError
from sazokar.ledger.merkle import leaf_hash


class MemoryLog:
    """The reference log; see `app.ports.Log` for the contract."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._entries: list[Stored] = []
        self._positions: dict[str, int] = {}
        self._checkpoint: bytes | None = None
        self._cosigned: dict[int, bytes] = {}
        self._snapshot: Snapshot | None = None
        self._rejected: deque[tuple[int, str, str]] = deque(maxlen=REJECTED_KEPT)
        self._closed = False

    def size(self) -> int:
        """Return the number of entries stored."""
        with self._opened():
            return len(self._entries)

    def append(self, batch: Batch, expected_size: int) -> Answer:
        """Store a batch behind the first `expected_size` entries, if there are just so many."""
        ids = require_batch(batch)
        with self._opened():
            size = len(self._entries)
            found = [self._positions.get(one) for one in ids]
            settled = answer_for(found, size, expected_size)
            if settled is not None:
                return settled
            return self._commit(batch)

    def _commit(self, batch: Batch) -> Answer:
        """Store a batch whose turn it is; called with the lock held."""
        for item in batch.items:
            position = len(self._entries)
            self._positions[item.id] = position
            self._entries.append(Stored(position, item.id, item.leaf, dict(item.payloads)))
        self._checkpoint = batch.checkpoint
        self._changed.notify_all()
        return Appended(len(self._entries))

    def extend(self, pages: Iterable[Sequence[Item]], checkpoint: bytes, expected_size: int) -> int:
        """Store all pages at once behind the first `expected_size` entries; see `app.ports.ReplicaLog`."""
        items = tuple(item for page in pages for item in page)
        with self._opened():
            known = any(item.id in self._positions for item in items)
            if len(self._entries) != expected_size or known or len({item.id for item in items}) != len(items):
                raise LedgerError(
                    f"found {len(self._entries)} entries; expected {expected_size}, and none of those to be stored"
                )
            self._commit(Batch(items, checkpoint))
            return len(self._entries)

    def keep_payload(self, entry_id: str, section: str, content: bytes) -> bool:
        """Keep a payload of an entry that was stored without it; see `app.ports.ReplicaLog`."""
        with self._opened():
            position = self._positions.get(entry_id)
            if position is None or section in self._entries[position].payloads:
                return False
            entry = self._entries[position]
            self._entries[position] = Stored(position, entry.id, entry.leaf, {**entry.payloads, section: content})
            self._snapshot = None
            return True

    def read(self, start: int, end: int | None = None) -> Iterator[Stored]:
        """Give the entries at the positions `[start, end)`, to the present end if `end` is None."""
        require_start(start)
        end = self.size() if end is None else end
        while start < end:
            with self._opened():
                page = self._entries[start : min(end, start + PAGE)]
            if not page:
                return
            yield from page
            start += len(page)

    def follow(self, start: int, timeout_s: float) -> Iterator[Stored]:
        """Give entries from `start` on, waiting for more; ends when none has come for `timeout_s` seconds."""
        return followed(self.read, self._wait_beyond, start, timeout_s)

    def _wait_beyond(self, size: int, timeout_s: float) -> bool:
        with self._opened():
            return self._changed.wait_for(lambda: self._closed or len(self._entries) > size, timeout_s)

    def leaf_hashes(self, start: int, end: int) -> list[bytes]:
        """Return the tree's hashes of the leaves at `[start, end)`, for `ledger.merkle.Tree`."""
        return [leaf_hash(entry.leaf) for entry in self.read(start, end)]

    def check_file(self) -> None:
        """Return: there is no file to be damaged."""

    def position_of(self, entry_id: str) -> int | None:
        """Return where an entry is stored, or None."""
        with self._opened():
            return self._positions.get(entry_id)

    def checkpoint(self) -> bytes | None:
        """Return the newest checkpoint stored with a batch, or None before the first."""
        with self._opened():
            return self._checkpoint

    def cosigned(self) -> bytes | None:
        """Return the newest checkpoint that cosignatures were kept for, with them, or None."""
        with self._opened():
            return self._cosigned[max(self._cosigned)] if self._cosigned else None

    def cosigned_below(self, size: int) -> bytes | None:
        """Return the newest cosigned checkpoint kept of less than so many entries, or None; see `app.ports.ProvableLog`."""
        with self._opened():
            return next((self._cosigned[one] for one in sorted(self._cosigned, reverse=True) if one < size), None)

    def keep_cosigned(self, size: int, checkpoint: bytes) -> None:
        """Keep a checkpoint with cosignatures; replaces one of the same size, older sizes are kept too."""
        with self._opened():
            self._cosigned[size] = checkpoint

    def erase(self, entry_id: str, section: str) -> bool:
        """Forget one payload, and the snapshot, which may hold it; False where there is none."""
        with self._opened():
            position = self._positions.get(entry_id)
            if position is None or section not in self._entries[position].payloads:
                return False
            entry = self._entries[position]
            kept = {name: payload for name, payload in entry.payloads.items() if name != section}
            self._entries[position] = Stored(position, entry.id, entry.leaf, kept)
            # The folded state may hold what was in the payload.
            self._snapshot = None
            return True

    def snapshot(self) -> Snapshot | None:
        """Return the newest snapshot kept, or None."""
        with self._opened():
            return self._snapshot

    def keep_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot in place of the last."""
        with self._opened():
            self._snapshot = snapshot

    def note_rejected(self, recorded_ms: int, reason: str, digest: str) -> None:
        """Note a rejected envelope; the newest 10,000 are kept."""
        with self._opened():
            self._rejected.append((recorded_ms, reason, digest))

    def rejected(self) -> list[tuple[int, str, str]]:
        """Return the security log, oldest first."""
        with self._opened():
            return list(self._rejected)

    def close(self) -> None:
        """Make later calls fail, and end whoever follows."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _opened(self) -> threading.Condition:
        if self._closed:
            raise LedgerError("the log is closed; open it again")
        return self._changed
