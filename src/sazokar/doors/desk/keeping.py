"""`backup`, `restore` and `rotate`: a ledger is copied while it is in use, put back, and kept from growing for ever."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from sazokar.adapters.ledger_backup import Manifest, copy_ledger, put_in_place, read_backup, seal_backup
from sazokar.adapters.ledger_folder import LEDGER
from sazokar.adapters.segments import SEGMENT
from sazokar.adapters.sqlite_file import Ownership
from sazokar.app.cosigning import newest_final
from sazokar.app.opening import Opened, open_ledger, signers_of
from sazokar.doors.desk.folder import owned, party_of, require_ledger
from sazokar.doors.desk.session import GOOD, NO, complain, end, faults, new_app, now_ms, read_file, say
from sazokar.errors import DamagedError, ForkedError, SazokarError, SignatureError, UnreadableError
from sazokar.ledger.checkpoint import open_note, read_checkpoint
from sazokar.ledger.keyfile import read_key
from sazokar.ledger.note import LARGEST_NOTE_BYTES, read_note
from sazokar.wiring import open_log

app = new_app("Keep a ledger.")
Ledger = Annotated[Path, typer.Option(envvar="SAZOKAR_LEDGER", metavar="DIR", help="Folder of the ledger.")]


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(metavar="BACKUP", help="A new folder for the backup.")],
    ledger: Ledger = Path(),
    with_node_key: Annotated[
        bool, typer.Option("--with-node-key", help="Copy the node's private key too: keep such a backup like the key.")
    ] = False,
) -> None:
    """Copy a ledger's folder, whether a node serves it or not, and verify the copy. Exit code 1: it does not verify."""
    with faults():
        require_ledger(ledger)
        if owner := party_of(ledger):
            raise UnreadableError(
                f"{ledger}: is {owner}'s copy of a ledger; copy the folder as it is, or fetch it anew"
            )
        copy_ledger(ledger, target, with_key=with_node_key)
        try:
            with _looked(target) as (opened, checkpoint):
                manifest = seal_backup(
                    target, ledger=opened.charter_id, size=opened.tree.size, made_ms=now_ms(), checkpoint=checkpoint
                )
        except SazokarError:
            shutil.rmtree(target, ignore_errors=True)  # what does not verify is no backup
            raise
        say(f"BACKED UP and verified: {manifest.size} entries, {len(manifest.files)} files in {target}")
        if not with_node_key:
            say("  without the node's key: keep a copy of that in a place of its own")
    end(GOOD)


@contextmanager
def _looked(directory: Path) -> Iterator[tuple[Opened, bytes]]:
    """Give a ledger that verifies, and the note of its head.

    Raises:
        DamagedError: It does not verify, or is empty.
    """
    log = open_log(directory, read_only=True)
    try:
        opened, note = open_ledger(log), log.checkpoint()
        if opened.damage is not None:
            raise DamagedError(f"{directory}: {opened.damage}", opened.damage.position)
        if note is None or opened.state.charter is None:
            raise DamagedError(f"{directory}: holds no charter; expected a ledger that was founded")
        yield opened, note
    finally:
        log.close()


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="BACKUP", help="What sazokar backup has written.")],
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to restore into.")],
    cosigned: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="A checkpoint that a party remembers (KEY.seen): the backup must hold all of it."
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Move a ledger that lies in DIR aside; it is never deleted.")
    ] = False,
    lose: Annotated[
        int, typer.Option("--lose", metavar="N", help="How many entries of it, cosigned by nobody, may be lost.", min=0)
    ] = 0,
) -> None:
    """Put a backup back, if all of it verifies and it is not behind what was cosigned. Exit code 1: it is, or does not."""
    code = GOOD
    with faults():
        try:
            manifest, node = _restored(Restoring(source, directory, tuple(cosigned or ()), replace, lose))
            say(f"RESTORED and verified: {manifest.size} entries in {directory}")
            for line in _what_next(directory, node, cosigned=bool(cosigned)):
                say(line)
        except ForkedError as error:
            complain(f"NOT RESTORED: {error}")
            code = NO
    end(code)


class Restoring(msgspec.Struct, frozen=True):
    """What was typed: from where, to where, what parties remember, whether a ledger may be moved aside and lose so much."""

    source: Path
    directory: Path
    notes: tuple[Path, ...]
    replace: bool
    lose: int


def _restored(typed: Restoring) -> tuple[Manifest, str]:
    """Return what was put in place, and the key of the node that its ledger names."""
    source, directory = typed.source, typed.directory
    manifest = read_backup(source)
    there = (directory / LEDGER).exists()
    if there and not typed.replace:
        raise UnreadableError(
            f"{directory}: holds a ledger; move it aside with --replace, or restore into another folder"
        )
    remembered = [(str(path), read_file(path, LARGEST_NOTE_BYTES)) for path in typed.notes]
    with _held(directory) if there else nullcontext():
        if there:
            remembered += _remembered_by(directory, known=bool(typed.notes))
        with tempfile.TemporaryDirectory(dir=source.parent, prefix=".restoring-") as scratch:
            # Opened as a copy, so that looking at a backup changes nothing of it.
            copy = Path(scratch) / "ledger"
            put_in_place(source, copy, aside="none")
            with _looked(copy) as (opened, _):
                if (opened.charter_id, opened.tree.size) != (manifest.ledger, manifest.size):
                    raise UnreadableError(f"{source}: found another ledger than its list names")
                for name, note in remembered:
                    _require_not_behind(opened, name, note)
                node = opened.state.node
        _require_loss_meant(directory, manifest.size, typed.lose)
        put_in_place(source, directory, aside=f"before-restore-{now_ms()}")
    return manifest, node


def _require_loss_meant(directory: Path, size: int, lose: int) -> None:
    """Pass where a ledger that lies there has no more entries than the backup, or so many that are meant to be lost.

    Raises:
        ForkedError: It has more, which were acknowledged to somebody.
    """
    if not (directory / LEDGER).exists():
        return
    try:
        log = open_log(directory, read_only=True)
        try:
            lost = log.size() - size
        finally:
            log.close()
    except SazokarError:
        return  # nobody can tell
    if lost > lose:
        raise ForkedError(
            f"{directory}: its ledger has {lost} entries more than the backup. Each was acknowledged to somebody, and would "
            f"be LOST; where that is meant: --lose {lost}"
        )


def _what_next(directory: Path, node: str, *, cosigned: bool) -> list[str]:
    """Return what an operator should do before the node is started again."""
    lines = []
    if not cosigned:
        lines.append("  ask every party for what it cosigned last (KEY.seen): --cosigned")
    fitting = [path.name for path in sorted(directory.glob("node.key*")) if _key_of(path) == node]
    if "node.key" not in fitting:
        named = f"it is {fitting[0]}: put it in its place" if fitting else "bring it from where it is kept"
        lines.append(f"  node.key is not the key that this ledger names ({node[:8]}); {named}")
    return lines


def _key_of(path: Path) -> str:
    """Return the key of a file that is not encrypted; empty where that cannot be told."""
    try:
        return str(read_key(path, None).key_id)
    except SazokarError:
        return ""


@contextmanager
def _held(directory: Path) -> Iterator[None]:
    """Own a folder's ledger while it is replaced: a node that writes to it would go on writing to what was moved aside.

    Raises:
        LedgerHeldError: A node, or a command, has it.
    """
    ownership = Ownership(directory / LEDGER)
    try:
        yield
    finally:
        ownership.release()


def _remembered_by(directory: Path, *, known: bool) -> list[tuple[str, bytes]]:
    """Return the cosigned checkpoint of the ledger that is to be replaced.

    Raises:
        ForkedError: It cannot be read, and no party's own is known: nobody could tell whether the backup is behind it.
    """
    try:
        log = open_log(directory, read_only=True)
        try:
            note = log.cosigned()
        finally:
            log.close()
    except SazokarError as error:
        if not known:
            raise ForkedError(
                f"{directory}: what was cosigned of its ledger cannot be read ({error}); give what each party remembers "
                "with --cosigned"
            ) from error
        complain(f"{directory}: what was cosigned there cannot be read ({error}); what --cosigned names is gone by")
        return []
    return [(f"the ledger in {directory}", note)] if note is not None else []


def _require_not_behind(opened: Opened, name: str, note: bytes) -> None:
    """Pass where a backup holds all that was cosigned.

    Raises:
        ForkedError: It is behind that, or tells the past otherwise.
        UnreadableError: It is no checkpoint, or of another ledger.
    """
    try:
        remembered = read_checkpoint(read_note(note)[0])
    except SignatureError as error:
        raise UnreadableError(f"{name}: found no checkpoint ({error})") from error
    charter = opened.state.charter
    if charter is None or remembered.origin != charter.origin:
        raise UnreadableError(f"{name}: found a checkpoint of {remembered.origin[:80]!r}, another ledger")
    if remembered.size > opened.tree.size:
        # Whether its signatures hold cannot be told: keys may have been delegated since. It is believed, to be safe.
        raise ForkedError(
            f"{name}: {remembered.size} entries were cosigned, and the backup holds {opened.tree.size}: it would REWIND the "
            "ledger; find a newer backup, or a party's replica"
        )
    open_note(note, signers_of(opened.state))
    if opened.tree.root(remembered.size) != remembered.root:
        raise ForkedError(f"{name}: the first {remembered.size} entries of the backup are not those that were cosigned")


@app.command()
def rotate(
    ledger: Ledger = Path(),
    length: Annotated[int, typer.Option(help="Entries of a segment.", min=256, max=10_000_000)] = SEGMENT,
) -> None:
    """Move the oldest entries, as far as a quorum has cosigned them, into segments: files that never change again."""
    with faults():
        with owned(ledger) as (node, log):
            if node.damage is not None:
                raise DamagedError(f"{ledger}: {node.damage}", node.damage.position)
            final, ends = newest_final(log, node.state), []
            while (moved := log.rotate(final, length)) is not None:
                ends.append(moved)
        if ends:
            say(f"ROTATED: {len(ends)} segments, up to entry {ends[-1] - 1}")
        else:
            say(f"nothing to rotate: {final} entries are final; a segment takes {length}")
    end(GOOD)
