"""Copies of a ledger's folder, made while it is in use, and put back where they do not rewind what was cosigned.

A backup is a folder: the ledger as it stood at one instant, its segments, what lies beside it, and a list with the hash of
each file. Whether what is in it verifies, the caller asks (`app.opening`); who cosigned what, too.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from hashlib import file_digest
from pathlib import Path
from typing import Final

import msgspec

from sazokar.adapters.durable import sync
from sazokar.adapters.ledger_folder import CHARTER, LEDGER, NODE_KEY, STOPS, WATCH
from sazokar.adapters.sqlite_file import SEGMENTS, open_to_read
from sazokar.errors import LedgerError, UnreadableError

MANIFEST: Final = "backup.json"
FORMAT: Final = 1
_BESIDE: Final = (CHARTER, "roots.toml", WATCH)
_LARGEST_MANIFEST: Final = 64 * 1024 * 1024


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a backup says of itself.

    Args:
        format: Of the backup.
        ledger: Id of the charter.
        size: Entries.
        made_ms: When it was made.
        checkpoint: The node's note over so many entries.
        files: SHA-256 of each file, by its path within the backup.
    """

    format: int
    ledger: str
    size: int
    made_ms: int
    checkpoint: str
    files: dict[str, str]


def copy_ledger(directory: Path, target: Path, *, with_key: bool) -> None:
    """Copy a ledger's folder, its owner at work or not; the manifest is not written yet.

    The segments go last: an entry that is moved meanwhile is in the copy of the ledger, or in a segment that is copied
    after it. Where something goes wrong, nothing of the copy is left.

    Args:
        directory: The folder.
        target: A new folder.
        with_key: Copy the node's private key too.

    Raises:
        LedgerError: The ledger cannot be copied.
        UnreadableError: The target is there already, or cannot be written.
    """
    try:
        target.mkdir(mode=0o700, parents=True)
    except FileExistsError as error:
        raise UnreadableError(f"{target}: is there already; expected a new folder") from error
    except OSError as error:
        raise UnreadableError(f"{target}: cannot be made ({error})") from error
    try:
        _copy_all(directory, target, with_key=with_key)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


def _copy_all(directory: Path, target: Path, *, with_key: bool) -> None:
    try:
        for name in (*_BESIDE, *((NODE_KEY,) if with_key else ())):
            if (directory / name).is_file():
                shutil.copyfile(directory / name, target / name)
                (target / name).chmod(0o600)
        if (directory / STOPS).is_dir():
            shutil.copytree(directory / STOPS, target / STOPS, ignore=shutil.ignore_patterns(".*"))
        _copy_database(directory / LEDGER, target / LEDGER)
        _copy_segments(directory / SEGMENTS, target / SEGMENTS)
    except sqlite3.Error as error:
        raise LedgerError(f"{directory}: cannot be copied ({error})") from error
    except (OSError, shutil.Error) as error:
        raise UnreadableError(f"{target}: cannot be written ({error})") from error


def _copy_database(source: Path, target: Path) -> None:
    """Copy a database as it stands at one instant, without its free pages: what was erased is not copied."""
    reader = open_to_read(source)
    try:
        with closing(reader):
            reader.execute("PRAGMA query_only = OFF")
            reader.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise LedgerError(f"{source}: cannot be copied ({error})") from error
    target.chmod(0o600)


def _copy_segments(source: Path, target: Path) -> None:
    """Copy the segments; the ledger's copy was made before, so that each of its moved entries is in one of these."""
    if not source.is_dir():
        return
    target.mkdir(mode=0o700)
    for path in sorted(source.glob("*.segment")):
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("VACUUM INTO ?", (str(target / path.name),))


def seal_backup(target: Path, *, ledger: str, size: int, made_ms: int, checkpoint: bytes) -> Manifest:
    """Write the manifest of a copy, durable when this returns."""
    files = {str(path.relative_to(target)): _digest(path) for path in _files(target)}
    manifest = Manifest(
        format=FORMAT, ledger=ledger, size=size, made_ms=made_ms, checkpoint=checkpoint.decode(), files=files
    )
    (target / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    for path in [*_files(target), target / MANIFEST]:
        sync(path)
    sync(target)
    return manifest


def read_backup(source: Path) -> Manifest:
    """Return the manifest of a backup of which every file is as it was written, and none is missing or more.

    Raises:
        UnreadableError: It is no backup, or a file of it was changed.
    """
    path = source / MANIFEST
    try:
        with path.open("rb") as file:
            manifest = msgspec.json.decode(file.read(_LARGEST_MANIFEST), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise UnreadableError(
            f"{path}: found no list of a backup ({error}); expected what sazokar backup writes"
        ) from error
    if manifest.format != FORMAT:
        raise UnreadableError(f"{path}: found the format {manifest.format}; this program reads format {FORMAT}")
    found = {str(one.relative_to(source)) for one in _files(source)}
    for name in sorted(found ^ set(manifest.files)):
        raise UnreadableError(
            f"{source / name}: is {'missing' if name not in found else 'not on the list of the backup'}"
        )
    for name, digest in manifest.files.items():
        if _digest(source / name) != digest:
            raise UnreadableError(
                f"{source / name}: was changed since the backup was made; expected SHA-256 {digest[:16]}…"
            )
    return manifest


def put_in_place(source: Path, target: Path, *, aside: str) -> None:
    """Put a backup's files into a folder; a ledger that lies there is moved aside first, and never deleted.

    All that takes room is written before anything is moved. STOPs, keys and lists of this machine stay as they are.

    Args:
        source: The backup, read.
        target: The folder; made where it is not there.
        aside: Name of the folder within it that takes what lay there.

    Raises:
        UnreadableError: It cannot be written; what lay there is where it was, or in the folder that is named.
    """
    drafts: list[tuple[Path, Path]] = []
    moved = False
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in _files(source):
            goal = target / path.relative_to(source)
            if goal.exists() and goal.name != LEDGER and goal.parent.name != SEGMENTS:
                continue
            drafts.append((_draft(path, target, len(drafts)), goal))
        moved = _move_aside(target, target / aside)
        for draft, goal in drafts:
            goal.parent.mkdir(mode=0o700, exist_ok=True)
            draft.replace(goal)
        sync(target)
    except OSError as error:
        where = f"what lay there is in {target / aside}" if moved else "what lies there is as it was"
        raise UnreadableError(f"{target}: cannot be written ({error}); {where}") from error
    finally:
        for draft, _ in drafts:
            with suppress(OSError):
                draft.unlink(missing_ok=True)


def _draft(path: Path, target: Path, number: int) -> Path:
    draft = target / f".restoring-{number}.draft"
    shutil.copyfile(path, draft)
    draft.chmod(0o600)
    sync(draft)
    return draft


def _move_aside(target: Path, aside: Path) -> bool:
    if not (target / LEDGER).exists():
        return False
    aside.mkdir(mode=0o700)
    for name in (LEDGER, f"{LEDGER}-wal", f"{LEDGER}-shm", SEGMENTS):
        if (target / name).exists():
            (target / name).rename(aside / name)
    return True


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
