"""Segments: files that hold the oldest entries of a ledger, so that the ledger's own file does not grow for ever.

A segment is written whole, with the cosigned checkpoint that covers it, before its entries leave the ledger's file, and
never grows. Ids and hashes stay in the ledger's file: what it stores it stores once, for ever, and proofs need no segment.
Verifies nothing: `ledger.integrity` reads through it like through the rest.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import msgspec

from sazokar.adapters.durable import sync
from sazokar.errors import LedgerError

APPLICATION_ID: Final = 0x535A4B53
"""Marks the file as a segment ("SZKS")."""
SEGMENT: Final = 65_536
"""Entries of a segment, by default: 256 full tiles."""
_OPEN: Final = 4
"""So many segments are kept open."""
_NAME = re.compile(r"([0-9]{12})-([0-9]{12})\.segment")
_SCHEMA: Final = """
CREATE TABLE entries (position INTEGER PRIMARY KEY, leaf BLOB NOT NULL);
CREATE TABLE payloads (
    position INTEGER NOT NULL, section TEXT NOT NULL, content BLOB NOT NULL, UNIQUE (position, section));
CREATE TABLE checkpoint (only INTEGER PRIMARY KEY CHECK (only = 1), note BLOB NOT NULL);
"""
Row = tuple[int, bytes, dict[str, bytes]]
"""Position, leaf and payloads."""


class Span(msgspec.Struct, frozen=True, order=True):
    """Which entries a segment holds: positions `[start, end)`."""

    start: int
    end: int

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.start:012d}-{self.end:012d}.segment"


class Segments:
    """The segments of one ledger.

    Args:
        directory: Where they lie; made with the first.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._readers: OrderedDict[Span, sqlite3.Connection] = OrderedDict()

    def spans(self) -> list[Span]:
        """Return which segments there are, in order."""
        names = self.directory.iterdir() if self.directory.is_dir() else ()
        found = [Span(int(match[1]), int(match[2])) for path in names if (match := _NAME.fullmatch(path.name))]
        return sorted(found)

    def write(self, span: Span, rows: Iterable[Row], checkpoint: bytes) -> None:
        """Write a segment, durable when this returns; one of that name is written over, as after a crash in between.

        Raises:
            LedgerError: It cannot be written.
        """
        path = self.directory / span.name
        draft = path.with_suffix(".draft")
        try:
            self.directory.mkdir(mode=0o700, exist_ok=True)
            draft.unlink(missing_ok=True)
            os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
                _fill(connection, rows, checkpoint)
            sync(draft)
            draft.replace(path)
            sync(self.directory)
        except (sqlite3.Error, OSError) as error:
            raise LedgerError(f"{path}: cannot be written ({error}); nothing was moved") from error
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)

    def read(self, start: int, end: int) -> list[Row]:
        """Return the entries at `[start, end)` that lie in segments.

        Raises:
            LedgerError: A segment is missing or cannot be read; the first entry that it should hold is named.
        """
        found: list[Row] = []
        position = start
        while position < end:
            span = self._holding(position)
            rows = self._rows(span, position, min(end, span.end))
            found += rows
            position = min(end, span.end)
        return found

    def _rows(self, span: Span, start: int, end: int) -> list[Row]:
        try:
            reader = self._reader(span)
            payloads: dict[int, dict[str, bytes]] = {}
            for position, section, content in reader.execute(
                "SELECT position, section, content FROM payloads WHERE position >= ? AND position < ?", (start, end)
            ):
                payloads.setdefault(position, {})[str(section)] = content
            leaves = reader.execute(
                "SELECT position, leaf FROM entries WHERE position >= ? AND position < ? ORDER BY position",
                (start, end),
            ).fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise LedgerError(f"entry {start}: its segment {span.name} cannot be read ({error})", start) from error
        for expected, (position, leaf) in enumerate(leaves, start):
            kept = payloads.get(position, {}).values()
            if position != expected or not all(isinstance(one, bytes) for one in (leaf, *kept)):
                raise LedgerError(f"entry {expected}: is missing or damaged in its segment {span.name}", expected)
        if len(leaves) != end - start:
            raise LedgerError(
                f"entry {start + len(leaves)}: is missing in its segment {span.name}", start + len(leaves)
            )
        return [(position, leaf, payloads.get(position, {})) for position, leaf in leaves]

    def erase(self, position: int, section: str) -> bool:
        """Forget a payload of a segment; its bytes are in no page of it after. False where there is none.

        Raises:
            LedgerError: The segment cannot be written.
        """
        span = self._holding(position)
        self._forget(span)
        try:
            with closing(sqlite3.connect(self.directory / span.name, isolation_level=None)) as connection:
                connection.execute("PRAGMA secure_delete = ON")
                key = (position, section)
                gone = connection.execute("DELETE FROM payloads WHERE position = ? AND section = ?", key).rowcount > 0
            sync(self.directory / span.name)
        except (sqlite3.Error, OSError) as error:
            raise LedgerError(f"{self.directory / span.name}: cannot be written ({error})", position) from error
        return gone

    def check(self) -> None:
        """Return where SQLite finds every segment whole.

        Raises:
            LedgerError: It does not.
        """
        for span in self.spans():
            try:
                rows = self._reader(span).execute("PRAGMA integrity_check(1)").fetchall()
            except sqlite3.Error as error:
                raise LedgerError(f"{span.name}: cannot be read ({error})", span.start) from error
            if rows != [("ok",)]:
                raise LedgerError(f"{span.name}: is damaged: {rows[:1]!r}", span.start)

    def close(self) -> None:
        """Close every segment."""
        while self._readers:
            self._readers.popitem()[1].close()

    def _holding(self, position: int) -> Span:
        for span in self._readers:
            if span.start <= position < span.end:
                return span
        for span in self.spans():
            if span.start <= position < span.end:
                return span
        raise LedgerError(
            f"entry {position}: lies in a segment that is not in {self.directory}; restore it from a backup", position
        )

    def _reader(self, span: Span) -> sqlite3.Connection:
        if span in self._readers:
            self._readers.move_to_end(span)
            return self._readers[span]
        path = self.directory / span.name
        reader = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        if reader.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            reader.close()
            raise LedgerError(f"entry {span.start}: {path} is no segment", span.start)
        self._readers[span] = reader
        while len(self._readers) > _OPEN:
            self._readers.popitem(last=False)[1].close()
        return reader

    def _forget(self, span: Span) -> None:
        if (reader := self._readers.pop(span, None)) is not None:
            reader.close()


def _fill(connection: sqlite3.Connection, rows: Iterable[Row], checkpoint: bytes) -> None:
    connection.executescript(_SCHEMA)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    connection.execute("BEGIN")
    for position, leaf, payloads in rows:
        connection.execute("INSERT INTO entries VALUES (?, ?)", (position, leaf))
        connection.executemany(
            "INSERT INTO payloads VALUES (?, ?, ?)",
            [(position, section, content) for section, content in payloads.items()],
        )
    connection.execute("INSERT INTO checkpoint VALUES (1, ?)", (checkpoint,))
    connection.execute("COMMIT")
