"""The file of a SQLite ledger: who owns it, how it is opened, what version it is of. Reads and writes no entry."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import Final

from sazokar.adapters.durable import sync
from sazokar.errors import LedgerError, LedgerHeldError

APPLICATION_ID: Final = 0x535A4B4C
"""Marks the file as a ledger ("SZKL") to whoever looks at its header."""
VERSION: Final = 1
"""All entries in one file."""
SEGMENTED: Final = 2
"""The oldest entries in segments: who knows of none would take them for lost."""
SEGMENTS: Final = "segments"
"""The folder of segments, beside the ledger."""
BUSY_MS: Final = 5_000
"""How long SQLite waits for another process before it says that the file is busy."""
FAULTS: Final = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite raises; the second where a message quotes a damaged schema."""
_SCHEMA: Final = """
CREATE TABLE entries (position INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, leaf BLOB NOT NULL, hash BLOB NOT NULL);
CREATE TABLE payloads (
    position INTEGER NOT NULL, section TEXT NOT NULL, content BLOB NOT NULL, UNIQUE (position, section));
CREATE TABLE checkpoint (only INTEGER PRIMARY KEY CHECK (only = 1), note BLOB NOT NULL);
CREATE TABLE cosigned (size INTEGER PRIMARY KEY, note BLOB NOT NULL);
CREATE TABLE snapshot (only INTEGER PRIMARY KEY CHECK (only = 1), size INTEGER NOT NULL, content BLOB NOT NULL);
CREATE TABLE rejected (
    number INTEGER PRIMARY KEY, recorded_ms INTEGER NOT NULL, reason TEXT NOT NULL, digest TEXT NOT NULL);
"""


class Ownership:
    """One process's hold on a ledger: an operating system's lock, which no crash leaves behind.

    Args:
        path: The ledger; the lock is on a file beside it, as SQLite has locks of its own on the ledger.

    Raises:
        LedgerHeldError: Another process holds it; the message names it.
        LedgerError: The lock cannot be taken.
    """

    def __init__(self, path: Path) -> None:
        beside = path.with_name(path.name + ".lock")
        try:
            self._file = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise LedgerError(f"{beside}: cannot be opened to lock the ledger ({error.strerror})") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(self._file, 32).decode(errors="replace").strip() or "unknown"
            os.close(self._file)
            raise LedgerHeldError(f"{path}: held by process {holder}; wait, and try again") from error
        try:
            os.ftruncate(self._file, 0)
            os.write(self._file, f"{os.getpid()}\n".encode())
        except OSError as error:  # a full disk
            os.close(self._file)
            raise LedgerError(f"{beside}: cannot be written ({error.strerror})") from error

    def release(self) -> None:
        """Give the ledger up. The file stays: to delete it would let two processes lock two files of one name."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def open_to_write(path: Path) -> sqlite3.Connection:
    """Return a connection that writes, to a ledger that is made where there is none.

    Raises:
        LedgerError: The file is no ledger, or of a version that is not known here.
    """
    try:
        # SQLite gives its files beside the ledger the same mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise LedgerError(f"{path}: cannot be opened as a ledger ({error.strerror})") from error
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000)
    try:
        version = _version(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        if version == 0:
            _create(connection, path)
    except FAULTS as error:
        connection.close()
        raise LedgerError(f"{path}: cannot be opened as a ledger ({error}){_disk_words(error)}") from error
    except LedgerError:
        connection.close()
        raise
    return connection


def _disk_words(error: Exception) -> str:
    """Return what to look at where the disk, and not the ledger, is at fault."""
    at_disk = ("disk I/O error", "is full", "unable to open")
    return "; the disk may be full: make room, and try again" if any(word in str(error) for word in at_disk) else ""


def open_to_read(path: Path) -> sqlite3.Connection:
    """Return a connection that only reads, beside an owner or without one.

    Raises:
        LedgerError: There is no such ledger, or it is of a version that is not known here.
    """
    if not path.is_file():
        raise LedgerError(f"{path}: there is no such ledger")
    address = path.absolute().as_uri()
    writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    # Without a right to write, SQLite cannot keep the files beside the ledger that it reads a live one by.
    mode = "mode=rw" if writable else "mode=ro"
    if not writable and not path.with_name(path.name + "-wal").exists():
        mode = "mode=ro&immutable=1"
    try:
        connection = sqlite3.connect(
            f"{address}?{mode}", uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000
        )
        connection.execute("PRAGMA query_only = ON")
        version = _version(connection, path)
    except FAULTS as error:
        raise LedgerError(f"{path}: cannot be opened as a ledger ({error}){_disk_words(error)}") from error
    if version == 0:
        connection.close()
        raise LedgerError(f"{path}: is empty; expected a ledger")
    return connection


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of a ledger, 0 for an empty file."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if application == 0 and version == 0 and tables == 0:
        return 0
    if application != APPLICATION_ID:
        raise LedgerError(f"{path}: is a database, but no ledger")
    if version not in (VERSION, SEGMENTED):
        raise LedgerError(f"{path}: is of version {version}; this program reads up to {SEGMENTED}: use a newer one")
    return version


def _create(connection: sqlite3.Connection, path: Path) -> None:
    # One transaction: a crash in between leaves an empty file, which is made anew.
    connection.executescript(
        f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; COMMIT;"
    )
    sync(path.absolute().parent)  # or the name of the file could be lost with the power, and the ledger with it
