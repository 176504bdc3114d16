"""What a replica remembers beside its log, in its folder: whose it is, the last checkpoint it saw, evidence, pages to come.

DIR/replica.json   whose replica it is          DIR/charter.json   entry 0, byte for byte
DIR/seen.note      the newest checkpoint of the node that was found to follow from those before it
DIR/fork-….note    evidence of a fork: two notes that the node signed, neither the beginning of the other
DIR/incoming/      pages of entries on their way, unverified; a later run goes on with them

Every file is written whole or not at all. Verifies nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from sazokar.errors import LedgerError

SEEN: Final = "seen.note"
OWNER: Final = "replica.json"
CHARTER: Final = "charter.json"
INCOMING: Final = "incoming"
LARGEST_FILE: Final = 1024 * 1024
GREATEST_PAGES: Final = 100_000
GREATEST_BYTES: Final = 4 * 1024 * 1024 * 1024
"""So many pages, and so many bytes, of entries may wait in the folder; a node that sends more is not listened to.

They are not verified before the last of them is there: what a lying node can take of a disk must have an end.
"""
GREATEST_KEPT: Final = 512 * 1024 * 1024
"""And so many bytes where there is no folder."""


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose replica it is, and of which ledger, at which address it was fetched.

    Args:
        party: By whose sight it was fetched, and is folded.
        ledger: Id of the charter.
        node: The address.
    """

    party: str
    ledger: str
    node: str = ""


class Memory:
    """The folder of a replica; or nothing but this process, where there is none.

    Args:
        folder: The folder; made, for its owner alone, when something is first written.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._kept: dict[str, bytes] = {}
        self._pages: dict[int, bytes] = {}
        self._waiting: int | None = None

    def seen(self) -> bytes | None:
        """Return the note of the newest checkpoint that was found to follow from those before it."""
        return self._read(SEEN)

    def keep_seen(self, note: bytes) -> None:
        """Remember a checkpoint."""
        self._write(SEEN, note)

    def owner(self) -> Owner | None:
        """Return whose replica it is; None: nothing was fetched yet.

        Raises:
            LedgerError: The file that says so cannot be read.
        """
        content = self._read(OWNER)
        if content is None:
            return None
        try:
            return msgspec.json.decode(content, type=Owner)
        except msgspec.MsgspecError as error:
            raise LedgerError(f"{OWNER}: found {error}; remove the folder, and fetch the ledger anew") from error

    def keep_owner(self, owner: Owner, charter: bytes) -> None:
        """Remember whose replica it is, and keep its charter, by which statements are signed where no node is near."""
        self._write(CHARTER, charter)
        self._write(OWNER, msgspec.json.encode(owner))

    def keep_evidence(self, seen: bytes, told: bytes) -> list[str]:
        """Keep two notes that contradict each other, and return the names of their files."""
        name = sha256(seen + b"\0" + told).hexdigest()[:16]
        names = [f"fork-{name}-seen.note", f"fork-{name}-told.note"]
        for each, note in zip(names, (seen, told), strict=True):
            self._write(each, note)
        return [str(self._folder / each) if self._folder is not None else each for each in names]

    # Pages on their way

    def keep_page(self, start: int, content: bytes) -> None:
        """Keep a page of entries as it came.

        Raises:
            LedgerError: Too many wait, or it cannot be written.
        """
        if len(self._starts()) >= GREATEST_PAGES:
            raise LedgerError(f"found more than {GREATEST_PAGES:,} pages of entries to come; nothing of them is taken")
        if self._waiting is None:
            self._waiting = self._weighed()
        greatest = GREATEST_KEPT if self._folder is None else GREATEST_BYTES
        if self._waiting + len(content) > greatest:
            self.forget_pages()
            raise LedgerError(f"found more than {greatest:,} bytes of entries to come; nothing of them is taken")
        self._waiting += len(content)
        if self._folder is None:
            self._pages[start] = content
        else:
            self._write(f"{INCOMING}/{start:012d}", content)

    def pages(self, start: int) -> Iterator[tuple[int, bytes]]:
        """Give the pages kept from a position on, in order, with where each begins."""
        for at in self._starts():
            if at >= start:
                content = self._pages.get(at) if self._folder is None else self._read(f"{INCOMING}/{at:012d}", None)
                if content is not None:
                    yield at, content

    def forget_pages(self) -> None:
        """Forget all pages: they are in the log, or were not what the node signed."""
        self._waiting = 0
        if self._folder is None:
            self._pages.clear()
        for at in self._starts():
            (self._incoming() / f"{at:012d}").unlink(missing_ok=True)

    def _weighed(self) -> int:
        """Return how many bytes of pages there are, an earlier run's among them."""
        if self._folder is None:
            return sum(map(len, self._pages.values()))
        return sum((self._incoming() / f"{at:012d}").stat().st_size for at in self._starts())

    def _starts(self) -> list[int]:
        if self._folder is None:
            return sorted(self._pages)
        if not self._incoming().is_dir():
            return []
        return sorted(int(path.name) for path in self._incoming().iterdir() if path.name.isdigit())

    def _incoming(self) -> Path:
        assert self._folder is not None, "asked for before"
        return self._folder / INCOMING

    # Files

    def _read(self, name: str, largest: int | None = LARGEST_FILE) -> bytes | None:
        if self._folder is None:
            return self._kept.get(name)
        try:
            with (self._folder / name).open("rb") as file:
                return file.read() if largest is None else file.read(largest)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LedgerError(f"{self._folder / name}: cannot be read ({error.strerror})") from error

    def _write(self, name: str, content: bytes) -> None:
        """Write a file as a whole, durable: after a kill or a loss of power there is the old one, or the new."""
        if self._folder is None:
            self._kept[name] = content
            return
        path = self._folder / name
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            beside.unlink(missing_ok=True)
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            raise LedgerError(f"{path}: cannot be written ({error.strerror})") from error
