"""A log in one SQLite file: one owning process, durable before it answers. Does not verify what it holds.

A batch is one transaction, synced to the disk before `append` answers (WAL, `synchronous=FULL`). A flipped bit is not
found here: SQLite keeps no checksums of its pages, and `ledger.integrity` does. Erased bytes are overwritten in the
file; what a disk or a copy of the file keeps beneath it is beyond its reach.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from sazokar.adapters.log_rules import PAGE, REJECTED_KEPT, answer_for, followed, require_batch, require_start
from sazokar.adapters.segments import SEGMENT, Segments, Span
from sazokar.adapters.sqlite_file import BUSY_MS, FAULTS, SEGMENTED, SEGMENTS, Ownership, open_to_read, open_to_write
from sazokar.app.ports import Answer, Appended, Batch, HeadMoved, Item, Snapshot, Stored, Unavailable, Unknown
from sazokar.errors import LedgerAwayError, LedgerError
from sazokar.ledger.merkle import leaf_hash

_POLL_S: Final = 0.05
"""How often a reader beside an owner looks for more: SQLite wakes nobody in another process."""
_SURELY_NOT_STORED: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY})
_TRUNCATE_TRIES: Final = 20
_Value = int | str | bytes | None


class SqliteLog:
    """The log of a node that stands on its own; see `app.ports.Log` for the contract.

    Args:
        path: The ledger's file; made, readable by its owner alone, where there is none.
        read_only: Open it beside its owner, or without one; whatever writes then fails.

    Raises:
        LedgerError: Another process owns the ledger, or the file is no ledger, or of a newer version.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path = path
        self._segments = Segments(path.with_name(SEGMENTS))
        self._ownership = None if read_only else Ownership(path)
        try:
            self._writer = None if read_only else open_to_write(path)
            self._reader = open_to_read(path)
        except LedgerError:
            if self._ownership is not None:
                self._ownership.release()
            raise
        self._writing = threading.RLock()
        self._reading = threading.RLock()
        self._changed = threading.Condition()
        self._closed = False
        self._truncation_due = False
        self._size = self._stored_size()

    def size(self) -> int:
        """Return the number of entries stored."""
        return self._stored_size() if self._writer is None else self._known_size()

    def append(self, batch: Batch, expected_size: int) -> Answer:
        """Store a batch behind the first `expected_size` entries, if there are just so many."""
        ids = require_batch(batch)
        with self._writing:
            writer = self._owner()
            if expected_size != self._size:
                return self._answer(ids, expected_size) or HeadMoved(self._size)
            try:
                self._insert(writer, batch)
            except sqlite3.IntegrityError as error:
                self._roll_back(writer)
                answer = self._answer(ids, expected_size)
                if answer is None:
                    raise LedgerError(f"{self._path}: is damaged: {error}, though no such entry is stored") from error
                return answer
            except FAULTS as error:
                # Nothing is stored without a commit, and none was begun.
                self._roll_back(writer)
                return Unavailable(f"{self._path}: {error}")
            return self._commit(writer, len(ids))

    def extend(self, pages: Iterable[Sequence[Item]], checkpoint: bytes, expected_size: int) -> int:
        """Store all pages at once behind the first `expected_size` entries; see `app.ports.ReplicaLog`."""
        with self._writing:
            writer = self._owner()
            if expected_size != self._size:
                raise LedgerError(f"{self._path}: found {self._size} entries; expected {expected_size}")
            size = self._size
            try:
                writer.execute("BEGIN IMMEDIATE")
                for page in pages:
                    self._insert_items(writer, page, size)
                    size += len(page)
                writer.execute("INSERT OR REPLACE INTO checkpoint VALUES (1, ?)", (checkpoint,))
            except FAULTS as error:
                self._roll_back(writer)
                raise LedgerError(f"{self._path}: cannot be written ({error})") from error
            except BaseException:
                self._roll_back(writer)
                raise
            answer = self._commit(writer, size - self._size)
            if not isinstance(answer, Appended):
                raise LedgerError(f"{self._path}: cannot be written ({answer})")
            return answer.size

    def keep_payload(self, entry_id: str, section: str, content: bytes) -> bool:
        """Keep a payload of an entry that was stored without it; see `app.ports.ReplicaLog`."""
        with self._writing:
            position = self.position_of(entry_id)
            if position is None or self._select(
                "SELECT 1 FROM payloads WHERE position = ? AND section = ?", position, section
            ):
                return False
            kept = (
                "INSERT INTO payloads (position, section, content) VALUES (?, ?, ?)",
                (position, section, content),
            )
            self._write([kept, ("DELETE FROM snapshot", ())])
            return True

    def read(self, start: int, end: int | None = None) -> Iterator[Stored]:
        """Give the entries at the positions `[start, end)`, to the present end if `end` is None."""
        require_start(start)
        size = self.size()
        end = size if end is None else min(end, size)
        while start < end:
            page = self._readable_page(start, min(end, start + PAGE))
            if not page:
                return
            yield from page
            start += len(page)

    def follow(self, start: int, timeout_s: float) -> Iterator[Stored]:
        """Give entries from `start` on, waiting for more; ends when none has come for `timeout_s` seconds."""
        return followed(self.read, self._wait_beyond, start, timeout_s)

    def leaf_hashes(self, start: int, end: int) -> list[bytes]:
        """Return the tree's hashes of the leaves at `[start, end)` as they were stored, for `ledger.merkle.Tree`."""
        rows = self._select(
            "SELECT hash FROM entries WHERE position >= ? AND position < ? ORDER BY position", start, end
        )
        return [_blob(hash_, "hash", None) for (hash_,) in rows]

    def position_of(self, entry_id: str) -> int | None:
        """Return where an entry is stored, or None."""
        try:
            key = bytes.fromhex(entry_id)
        except ValueError:
            return None
        rows = self._select("SELECT position FROM entries WHERE id = ?", key)
        return _number(rows[0][0]) if rows and key.hex() == entry_id else None

    def checkpoint(self) -> bytes | None:
        """Return the newest checkpoint stored with a batch, or None before the first."""
        return self._note("SELECT note FROM checkpoint")

    def cosigned(self) -> bytes | None:
        """Return the newest checkpoint that cosignatures were kept for, with them, or None."""
        return self._note("SELECT note FROM cosigned ORDER BY size DESC LIMIT 1")

    def cosigned_below(self, size: int) -> bytes | None:
        """Return the newest cosigned checkpoint kept of less than so many entries, or None; see `app.ports.ProvableLog`."""
        return self._note("SELECT note FROM cosigned WHERE size < ? ORDER BY size DESC LIMIT 1", size)

    def keep_cosigned(self, size: int, checkpoint: bytes) -> None:
        """Keep a checkpoint with cosignatures; replaces one of the same size, older sizes are kept too."""
        self._write([("INSERT OR REPLACE INTO cosigned VALUES (?, ?)", (size, checkpoint))])

    def erase(self, entry_id: str, section: str) -> bool:
        """Forget one payload, and the snapshot, which may hold it; their bytes are in no page of the store after.

        Raises:
            LedgerError: The payload is forgotten, but another reader keeps its bytes in the write-ahead log; they go
                with the next batch that finds nobody reading, or when the log is closed.
        """
        with self._writing:
            position = self.position_of(entry_id)
            if position is None:
                return False
            key = (position, section)
            if self._is_moved(position):
                with self._reading:
                    if not self._segments.erase(position, section):
                        return False
            elif not self._select("SELECT 1 FROM payloads WHERE position = ? AND section = ?", *key):
                return False
            erasure = ("DELETE FROM payloads WHERE position = ? AND section = ?", key)
            self._write([erasure, ("DELETE FROM snapshot", ())])
            self._truncation_due = True
            self._truncate(_TRUNCATE_TRIES)
            if self._truncation_due:
                raise LedgerError(f"{self._path}: section {section} is erased, but a reader holds its bytes: end it")
            return True

    def rotate(self, below: int, length: int = SEGMENT) -> int | None:
        """Move the oldest entries that lie in no segment yet into one, and return the position after them.

        Whatever dies when, each entry is in the segment, in this file, or in both. Readers notice nothing.

        Args:
            below: Entries that a cosigned checkpoint covers; what may still be disputed stays in one file.
            length: Entries of a segment.

        Returns:
            None where fewer than `length` such entries lie below.

        Raises:
            LedgerError: The segment or this file cannot be written, or an entry is not what its hash says.
        """
        with self._writing:
            self._owner()
            start = self._first_kept()
            span = Span(start, start + length)
            if span.end > min(below, self._size):
                return None
            rows = [(one.position, one.leaf, dict(one.payloads)) for one in self.read(span.start, span.end)]
            kept = self.leaf_hashes(span.start, span.end)
            for (position, leaf, _), hash_ in zip(rows, kept, strict=True):
                if leaf_hash(leaf) != hash_:
                    raise LedgerError(f"entry {position}: its leaf does not match the hash stored beside it", position)
            with self._reading:
                self._segments.write(span, rows, self.cosigned() or b"")
            bounds = (span.start, span.end)
            self._write([
                ("UPDATE entries SET leaf = x'' WHERE position >= ? AND position < ?", bounds),
                ("DELETE FROM payloads WHERE position >= ? AND position < ?", bounds),
                (f"PRAGMA user_version = {SEGMENTED}", ()),
            ])  # fmt: skip
            self._truncation_due = True
            self._truncate(1)
            return span.end

    def _first_kept(self) -> int:
        """Return the first position that is in no segment; one that was written without its entries moved is none yet."""
        position = 0
        for span in self._segments.spans():
            if span.start == position and self._is_moved(position):
                position = span.end
        return position

    def _is_moved(self, position: int) -> bool:
        return self._select("SELECT leaf = x'' FROM entries WHERE position = ?", position) == [(1,)]

    def snapshot(self) -> Snapshot | None:
        """Return the newest snapshot kept, or None."""
        rows = self._select("SELECT size, content FROM snapshot")
        return Snapshot(_number(rows[0][0]), _blob(rows[0][1], "snapshot", None)) if rows else None

    def keep_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot in place of the last."""
        self._write([("INSERT OR REPLACE INTO snapshot VALUES (1, ?, ?)", (snapshot.size, snapshot.content))])

    def note_rejected(self, recorded_ms: int, reason: str, digest: str) -> None:
        """Note a rejected envelope; the newest 10,000 are kept."""
        noted = ("INSERT INTO rejected (recorded_ms, reason, digest) VALUES (?, ?, ?)", (recorded_ms, reason, digest))
        bound = ("DELETE FROM rejected WHERE number <= (SELECT max(number) FROM rejected) - ?", (REJECTED_KEPT,))
        self._write([noted, bound])

    def rejected(self) -> list[tuple[int, str, str]]:
        """Return the security log, oldest first."""
        rows = self._select("SELECT recorded_ms, reason, digest FROM rejected ORDER BY number")
        return [(_number(recorded_ms), str(reason), str(digest)) for recorded_ms, reason, digest in rows]

    def check_file(self) -> None:
        """Return where SQLite finds its own structures whole: its index of ids among them, which no hash covers.

        Raises:
            LedgerError: It does not.
        """
        rows = self._select("PRAGMA integrity_check(1)")
        if rows != [("ok",)]:
            raise LedgerError(f"{self._path}: is damaged: {rows[:1]!r}")
        with self._reading:
            self._segments.check()

    def close(self) -> None:
        """Release the file and the ownership of it; later calls fail, and whoever follows ends."""
        with self._writing, self._reading:
            if self._closed:
                return
            self._closed = True
            self._reader.close()
            self._segments.close()
            if self._writer is not None:
                if self._truncation_due:
                    self._truncate(1)
                self._writer.close()
            if self._ownership is not None:
                self._ownership.release()
        with self._changed:
            self._changed.notify_all()

    def _insert(self, writer: sqlite3.Connection, batch: Batch) -> None:
        writer.execute("BEGIN IMMEDIATE")
        self._insert_items(writer, batch.items, self._size)
        writer.execute("INSERT OR REPLACE INTO checkpoint VALUES (1, ?)", (batch.checkpoint,))

    def _insert_items(self, writer: sqlite3.Connection, items: Sequence[Item], start: int) -> None:
        writer.executemany(
            "INSERT INTO entries VALUES (?, ?, ?, ?)",
            [
                (position, bytes.fromhex(item.id), item.leaf, leaf_hash(item.leaf))
                for position, item in enumerate(items, start)
            ],
        )
        writer.executemany(
            "INSERT INTO payloads (position, section, content) VALUES (?, ?, ?)",
            [
                (position, section, content)
                for position, item in enumerate(items, start)
                for section, content in item.payloads.items()
            ],
        )

    def _commit(self, writer: sqlite3.Connection, count: int) -> Answer:
        try:
            writer.execute("COMMIT")
        except FAULTS as error:
            return self._settle(error)
        with self._changed:
            self._size += count
            self._changed.notify_all()
        self._truncate(1)
        return Appended(self._size)

    def _settle(self, error: Exception) -> Answer:
        """Return what became of a batch whose commit failed, having opened the file anew as after a crash.

        Where the disk was full the last frame, which makes a batch count, was not written. Where a sync failed the
        frames may be on the disk or not: opening the file reads them again, and only what is then seen is answered.
        """
        before = self._size
        writer = self._owner()
        self._roll_back(writer)
        try:
            with self._reading:
                writer.close()
                self._reader.close()
                self._writer = open_to_write(self._path)
                self._reader = open_to_read(self._path)
            self._size = self._stored_size()
        except LedgerError as fault:
            return Unknown(f"{self._path}: {error}; {fault}")
        surely_not = getattr(error, "sqlite_errorcode", 0) & 0xFF in _SURELY_NOT_STORED and self._size == before
        return (Unavailable if surely_not else Unknown)(f"{self._path}: {error}")

    def _roll_back(self, writer: sqlite3.Connection) -> None:
        with suppress(*FAULTS):  # what was not committed is gone with the connection anyhow
            if writer.in_transaction:
                writer.execute("ROLLBACK")

    def _answer(self, ids: Sequence[str], expected_size: int) -> Answer | None:
        return answer_for([self.position_of(one) for one in ids], self._size, expected_size)

    def _write(self, statements: Sequence[tuple[str, tuple[_Value, ...]]]) -> None:
        with self._writing:
            writer = self._owner()
            try:
                writer.execute("BEGIN IMMEDIATE")
                for statement, values in statements:
                    writer.execute(statement, values)
                writer.execute("COMMIT")
            except FAULTS as error:
                self._roll_back(writer)
                raise LedgerError(f"{self._path}: cannot be written ({error})") from error

    def _truncate(self, tries: int) -> None:
        """Empty the write-ahead log, which holds what was erased until it is written over."""
        if not self._truncation_due or self._writer is None:
            return
        for attempt in range(tries):
            if attempt:
                time.sleep(_POLL_S)
            with suppress(*FAULTS), self._reading:
                self._writer.execute("PRAGMA busy_timeout = 0")  # an append must not wait for a reader
                busy, _, _ = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                self._writer.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
                self._truncation_due = bool(busy)
            if not self._truncation_due:
                return

    def _readable_page(self, start: int, end: int) -> list[Stored]:
        try:
            return self._page(start, end)
        except LedgerError as error:
            if self._closed or error.position is not None:
                raise
        # SQLite does not say which row it could not read: the first that fails alone is named.
        for position in range(start, end):
            try:
                self._page(position, position + 1)
            except LedgerError as error:
                raise LedgerError(f"entry {position}: {error}", position) from error
        raise LedgerError(f"{self._path}: the entries from {start} to {end - 1} cannot be read together", start)

    def _page(self, start: int, end: int) -> list[Stored]:
        # Payloads first: between the two reads entries may move into a segment, which then gives both.
        payloads: dict[int, dict[str, bytes]] = {}
        for position, section, content in self._select(
            "SELECT position, section, content FROM payloads WHERE position >= ? AND position < ?", start, end
        ):
            at = _number(position)
            payloads.setdefault(at, {})[str(section)] = _blob(content, f"section {section!r}", at)
        rows = self._select(
            "SELECT position, id, leaf FROM entries WHERE position >= ? AND position < ? ORDER BY position", start, end
        )
        entries = []
        for expected, (position, entry_id, leaf) in enumerate(rows, start):
            if position != expected:
                raise LedgerError(f"{self._path}: entry {expected} is missing", expected)
            stored_id = _blob(entry_id, "id", expected).hex()
            entries.append(Stored(expected, stored_id, _blob(leaf, "leaf", expected), payloads.get(expected, {})))
        moved = [stored.position for stored in entries if not stored.leaf]
        return self._with_moved(entries, moved[0], moved[-1] + 1) if moved else entries

    def _with_moved(self, entries: list[Stored], start: int, end: int) -> list[Stored]:
        """Return a page with the leaves and payloads of those that lie in a segment: always the oldest."""
        with self._reading:
            found = {position: (leaf, payloads) for position, leaf, payloads in self._segments.read(start, end)}
        return [
            stored if stored.leaf else Stored(stored.position, stored.id, *found[stored.position]) for stored in entries
        ]

    def _select(self, query: str, *values: _Value) -> list[tuple[_Value, ...]]:
        with self._reading:
            if self._closed:
                raise LedgerAwayError(f"{self._path}: the log is closed; open it again")
            try:
                return self._reader.execute(query, values).fetchall()
            except sqlite3.OperationalError as error:  # of the disk or of a lock; what is malformed is another kind
                raise LedgerAwayError(f"{self._path}: cannot be read ({error})") from error
            except FAULTS as error:
                raise LedgerError(f"{self._path}: cannot be read ({error})") from error

    def _note(self, query: str, *values: _Value) -> bytes | None:
        rows = self._select(query, *values)
        return _blob(rows[0][0], "checkpoint", None) if rows else None

    def _stored_size(self) -> int:
        return _number(self._select("SELECT coalesce(max(position) + 1, 0) FROM entries")[0][0])

    def _known_size(self) -> int:
        if self._closed:
            raise LedgerError(f"{self._path}: the log is closed; open it again")
        return self._size

    def _owner(self) -> sqlite3.Connection:
        if self._closed:
            raise LedgerError(f"{self._path}: the log is closed; open it again")
        if self._writer is None:
            raise LedgerError(f"{self._path}: is open to read only")
        return self._writer

    def _wait_beyond(self, size: int, timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        while self.size() <= size:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return False
            with self._changed:
                if self._writer is None:
                    self._changed.wait(min(left_s, _POLL_S))
                else:
                    self._changed.wait_for(lambda: self._closed or self._size > size, left_s)
        return True


def _blob(value: _Value, what: str, position: int | None) -> bytes:
    # A flipped bit can turn a column's type: SQLite keeps types with values.
    if not isinstance(value, bytes):
        where = "" if position is None else f"entry {position}: "
        raise LedgerError(f"{where}found a {what} of the type {type(value).__name__}; expected bytes", position)
    return value


def _number(value: _Value) -> int:
    if not isinstance(value, int):
        raise LedgerError(f"found a number of the type {type(value).__name__}; the ledger is damaged")
    return value
