"""Letters on their way out, and how far each channel has come in the ledger, in one SQLite file beside it.

Holds references and no content, and proves nothing: whoever loses the file loses what was on its way. A letter is written
in one transaction with the position that it was made at, so that none is lost or made anew when the process is killed.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from sazokar.errors import UnreadableError

OUTBOX: Final = "outbox.sqlite"
GREATEST_DEAD: Final = 1_000
"""Of more dead letters of one channel the oldest are forgotten."""
GREATEST_LISTED: Final = 1_000
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS channels (name TEXT PRIMARY KEY, position INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, name TEXT NOT NULL, items TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, next_ms INTEGER NOT NULL, dead INTEGER NOT NULL DEFAULT 0,
    why TEXT NOT NULL DEFAULT '', UNIQUE (channel, name));
CREATE INDEX IF NOT EXISTS due ON letters (channel, dead, next_ms);
"""
_COLUMNS: Final = "number, channel, name, items, attempts, next_ms, dead, why"


STOP: Final = "stop"
"""The kind of an item that tells of a STOP."""


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a letter tells of.

    Args:
        ref: Its reference; empty: a STOP that is not recorded.
        kind: `notice`, `conflict`, `answer`, `call` or `stop`.
        version: Of the notice or conflict; 0: it has none.
    """

    ref: str
    kind: str
    version: int = 0


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One letter.

    Args:
        number: By which it is named here.
        channel: By which it goes out.
        name: The same at each attempt, and after a restart.
        items: What it tells of.
        attempts: How often it was sent in vain.
        next_ms: When it is sent next.
        dead: Whether it is not sent any more.
        why: What the last attempt met.
    """

    number: int
    channel: str
    name: str
    items: tuple[Item, ...]
    attempts: int = 0
    next_ms: int
    dead: bool = False
    why: str = ""


class Outbox:
    """See this module. All methods may be called from any thread.

    Args:
        path: The file; made where there is none.

    Raises:
        UnreadableError: It cannot be opened, or is something else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        with self._told():
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            path.chmod(0o600)
            self._connection.execute("PRAGMA journal_mode = WAL")
            # Without a sync at each commit a loss of power may take the last ones, and what they noted is sent again.
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(_SCHEMA)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            with self._lock:
                yield
        except (sqlite3.Error, OSError, msgspec.MsgspecError) as error:
            raise UnreadableError(
                f"{self._path}: cannot be used ({error}); move it away, and what was on its way is given up"
            ) from error

    def position(self, channel: str) -> int | None:
        """Return the first record that a channel has not looked at; None: it is new."""
        with self._told():
            row = self._connection.execute("SELECT position FROM channels WHERE name = ?", (channel,)).fetchone()
            return int(row[0]) if row is not None else None

    def put(
        self, channel: str, letters: Sequence[tuple[str, Sequence[Item]]], now_ms: int, position: int | None
    ) -> None:
        """Keep letters, by name and items, and that their channel has looked at all before a position: both or neither.

        Args:
            channel: The channel.
            letters: Each by its name and what it tells of; one of a name that is there already is not kept twice.
            now_ms: When they are sent first.
            position: First record that the channel has not looked at; None: where it was, as no record brought them about.
        """
        with self._told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                for name, items in letters:
                    self._connection.execute(
                        "INSERT OR IGNORE INTO letters (channel, name, items, next_ms) VALUES (?, ?, ?, ?)",
                        (channel, name, msgspec.json.encode(items).decode(), now_ms),
                    )
                if position is not None:
                    self._connection.execute("INSERT OR REPLACE INTO channels VALUES (?, ?)", (channel, position))
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise

    def due(self, channel: str, now_ms: int) -> Letter | None:
        """Return the letter of a channel that has waited longest for its turn; one of a STOP goes before all others."""
        first = f"""items LIKE '%"{STOP}"%' DESC"""
        where = f"channel = ? AND dead = 0 AND next_ms <= ? ORDER BY {first}, next_ms, number LIMIT 1"
        return next(iter(self._select(where, channel, now_ms)), None)

    def waiting(self, channel: str) -> int:
        """Return how many letters of a channel are on their way."""
        return self._count(channel, 0)

    def dead(self, channel: str) -> int:
        """Return how many letters of a channel are not sent any more."""
        return self._count(channel, 1)

    def _count(self, channel: str, dead: int) -> int:
        with self._told():
            query = "SELECT count(*) FROM letters WHERE channel = ? AND dead = ?"
            return int(self._connection.execute(query, (channel, dead)).fetchone()[0])

    def sent(self, number: int) -> None:
        """Forget a letter: it has arrived."""
        self._write("DELETE FROM letters WHERE number = ?", number)

    def failed(self, letter: Letter, why: str, next_ms: int | None) -> None:
        """Note that a letter was sent in vain.

        Args:
            letter: Which.
            why: What it met.
            next_ms: When it is sent next; None: not any more.
        """
        self._write(
            "UPDATE letters SET attempts = attempts + 1, next_ms = ?, dead = ?, why = ? WHERE number = ?",
            next_ms or 0, int(next_ms is None), why[:300], letter.number,
        )  # fmt: skip
        if next_ms is None:
            self._write(
                "DELETE FROM letters WHERE number IN (SELECT number FROM letters WHERE channel = ? AND dead = 1 "
                "ORDER BY number DESC LIMIT -1 OFFSET ?)",
                letter.channel, GREATEST_DEAD,
            )  # fmt: skip

    def retry(self, number: int, now_ms: int) -> bool:
        """Have a letter sent again from the beginning, dead or not; False: there is none of that number."""
        return (
            self._write("UPDATE letters SET attempts = 0, dead = 0, next_ms = ? WHERE number = ?", now_ms, number) > 0
        )

    def listed(self) -> list[Letter]:
        """Return letters: dead ones first, at most `GREATEST_LISTED`."""
        return self._select(f"1 ORDER BY dead DESC, number LIMIT {GREATEST_LISTED}")

    def close(self) -> None:
        """Close the file."""
        with self._told():
            self._connection.close()

    def _select(self, where: str, *values: str | int) -> list[Letter]:
        with self._told():
            rows = self._connection.execute(f"SELECT {_COLUMNS} FROM letters WHERE {where}", values).fetchall()
            return [
                Letter(
                    number=row[0], channel=row[1], name=row[2], attempts=row[4], next_ms=row[5], dead=bool(row[6]),
                    why=row[7], items=msgspec.json.decode(row[3], type=tuple[Item, ...]),
                )
                for row in rows
            ]  # fmt: skip

    def _write(self, statement: str, *values: str | int) -> int:
        with self._told():
            return self._connection.execute(statement, values).rowcount
