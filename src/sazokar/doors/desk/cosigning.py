"""`cosign`: a party's own witness of a ledger. It remembers what it cosigned last, and never cosigns a fork of it.

FILE.seen, beside the key, holds that checkpoint. A ledger that has shrunk, or that does not begin with what was
cosigned, is an alarm: nothing is cosigned, the former checkpoint stays, and both are kept as evidence.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.cosigning import cosigned
from sazokar.app.opening import Opened, cosigners_of, open_ledger, signers_of
from sazokar.app.wire import CosignedTold
from sazokar.doors.desk.cosigners import cosigned_by
from sazokar.doors.desk.distant import line_of
from sazokar.doors.desk.folder import owned, require_ledger
from sazokar.doors.desk.keyring import beside
from sazokar.doors.desk.session import (
    GOOD,
    NO,
    Session,
    complain,
    end,
    faults,
    new_app,
    now_ms,
    passphrase_of,
    read_file,
    say,
)
from sazokar.doors.files import write_atomically
from sazokar.doors.wording import isolated, wrapped
from sazokar.errors import (
    DamagedError,
    DeclinedError,
    ForkedError,
    KeyFileError,
    LedgerHeldError,
    ProofError,
    SignatureError,
    UnreachableError,
    UnreadableError,
)
from sazokar.ledger.checkpoint import Checkpoint, merge_notes, open_note, read_checkpoint
from sazokar.ledger.keyfile import read_key
from sazokar.ledger.note import LARGEST_NOTE_BYTES, read_note
from sazokar.ledger.signing import SigningKey
from sazokar.wiring import open_log

app = new_app("Cosign.")


@app.command()
def cosign(
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", envvar="SAZOKAR_LEDGER", help="Folder of the ledger; with --node, of your copy."),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(envvar="SAZOKAR_KEY", metavar="FILE", help="Your party's cosigning key.")
    ] = None,
    passphrase_file: Annotated[Path | None, typer.Option(metavar="FILE", help="File with its passphrase.")] = None,
    node: Annotated[str, typer.Option(envvar="SAZOKAR_NODE", metavar="URL", help="Cosign what a node puts up.")] = "",
    roots: Annotated[
        Path | None, typer.Option(metavar="ROOTS.toml", help="Root keys that you trust, by party.")
    ] = None,
    every: Annotated[
        int, typer.Option(min=0, max=86_400, metavar="SECONDS", help="Go on, so often (with --node); 0: once.")
    ] = 0,
) -> None:
    """Cosign the ledger's head, if it begins with all that you cosigned before. Exit code 1: it does not, or is damaged."""
    code = GOOD
    with faults():
        if key is None:
            raise KeyFileError("no key: name your party's cosigning key with --key FILE, or SAZOKAR_KEY")
        signer = read_key(key, passphrase_of(key, passphrase_file))
        try:
            if node:
                folder = directory or Path(f"{key}.replica")
                witness(Session(directory=folder, node=node, roots=roots, key=key), signer, every_s=every)
            else:
                for line in _cosign(_named(directory, every), signer, beside(key, ".seen")):
                    say(line)
        except (ForkedError, DamagedError) as error:
            typer.echo("\a", err=True, nl=False)
            complain(f"ALARM, NOT COSIGNED: {error}")
            code = NO
    end(code)


def _named(directory: Path | None, every: int) -> Path:
    if directory is None:
        raise UnreadableError("found no folder; name the ledger's: sazokar cosign DIR, or its node: --node URL")
    if every:
        raise UnreadableError("--every: goes with --node; a folder's ledger is cosigned once")
    return directory


def witness(session: Session, key: SigningKey, *, every_s: int) -> None:
    """Cosign what a node puts up, once, or again and again until Ctrl-C; a node that is away for a while is told of once.

    Raises:
        ForkedError: The ledger is not the one that was cosigned before; nothing is signed, and evidence is kept.
        SazokarError: The node cannot be reached at the first time, or declines; or a file cannot be written.
    """
    assert session.key is not None, "asked for before"
    seen, line, told = beside(session.key, ".seen"), line_of(session, key), ""
    while True:
        try:
            found = line.cosign(_last(seen), lambda note: write_atomically(str(seen), note))
            text = _witnessed(found, line.replica.party)
        except (UnreachableError, DeclinedError, LedgerHeldError) as error:
            if not every_s:
                raise
            text = f"NOT COSIGNED for now: {error}"
        if text != told:
            told = text
            for each in wrapped(text, 0):
                say(each)
        if not every_s:
            return
        time.sleep(every_s)


def _witnessed(found: CosignedTold, party: str) -> str:
    final = "FINAL" if found.final else "not final yet"
    names = ", ".join(isolated(name) for name in sorted(found.cosigned_by))
    return f"COSIGNED {found.size} entries as {isolated(party)}: {final} ({names})"


def _cosign(directory: Path, key: SigningKey, seen: Path) -> list[str]:
    require_ledger(directory)
    log = open_log(directory, read_only=True)
    try:
        opened = open_ledger(log)
        if opened.damage is not None:
            raise ForkedError(f"the ledger does not verify: {opened.damage}")
        signed, head = _signed(opened, log.checkpoint(), key, seen)
    finally:
        log.close()
    # Remembered first: after a crash in between it is cosigned again, and never forgotten.
    write_atomically(str(seen), signed)
    with owned(directory) as (_, owner):
        _keep(owner, opened, signed, head)
        kept = owner.cosigned()
    _, parties = cosigned_by(opened.state, kept or signed)
    quorum = opened.state.charter.quorum if opened.state.charter else 1
    final = "FINAL" if len(parties) >= quorum else "not final yet"
    names = ", ".join(isolated(name) for name in sorted(parties))
    party = isolated(cosigners_of(opened.state)[key.key_id])
    return wrapped(f"COSIGNED {head.size} entries as {party}: {final} ({names}; quorum {quorum})", 0)


def _signed(opened: Opened, note: bytes | None, key: SigningKey, seen: Path) -> tuple[bytes, Checkpoint]:
    """Return the head's note with this key's cosignature, where it begins with all that was cosigned before.

    Raises:
        ForkedError: It does not.
        UnreadableError: The key is of no party, or there is no head.
    """
    if key.key_id not in cosigners_of(opened.state) or note is None:
        raise UnreadableError(
            f"the key {key.key_id[:16]}… is of no party of this ledger; expected a root or an officer's"
        )
    head, last = _head(opened, note), _last(seen)
    _require_grown(last, head, seen)
    try:
        signed = cosigned(note, signers_of(opened.state), last, opened.tree, key, timestamp_s=now_ms() // 1000)
    except ProofError as error:
        size = last.size if last else 0
        raise ForkedError(
            f"it is FORKED: its first {size} entries are not those that were cosigned ({error}). "
            f"Keep {seen.name} and the ledger as evidence"
        ) from error
    return signed, head


def _head(opened: Opened, note: bytes) -> Checkpoint:
    """Return the checkpoint of the ledger's head, which its node has signed and its entries add up to."""
    known = signers_of(opened.state)
    head, _ = open_note(note, known)
    if opened.state.charter is None or head.origin != opened.state.charter.origin:
        raise ForkedError(f"the head is of {head.origin[:80]!r}, another ledger than its charter's")
    if head.size != opened.tree.size or head.root != opened.tree.root():
        raise ForkedError(f"its head is of {head.size} entries, which do not add up to what the node signed")
    return head


def _last(seen: Path) -> Checkpoint | None:
    if not seen.exists():
        return None
    try:
        return read_checkpoint(read_note(read_file(seen, LARGEST_NOTE_BYTES))[0])
    except SignatureError as error:
        raise UnreadableError(
            f"{seen}: found no checkpoint ({error}); it is your memory of the ledger: restore it from a copy"
        ) from error


def _require_grown(last: Checkpoint | None, head: Checkpoint, seen: Path) -> None:
    """Pass where a ledger is the one that was cosigned before, and has not shrunk.

    Raises:
        ForkedError: It has shrunk, or is another one.
    """
    if last is None:
        return
    if last.origin != head.origin:
        raise ForkedError(f"it is {head.origin!r}; this key cosigned {last.origin!r}. Use a key for each ledger")
    if head.size < last.size:
        raise ForkedError(
            f"it has SHRUNK: {head.size} entries, and {last.size} were cosigned. "
            f"Keep {seen.name} and the ledger as evidence"
        )


def _keep(log: SqliteLog, opened: Opened, signed: bytes, head: Checkpoint) -> None:
    """Keep the note with the cosignatures that others have made of the same head."""
    known = signers_of(opened.state)
    former = log.cosigned()
    notes = [signed]
    if former is not None and read_checkpoint(read_note(former)[0]) == head:
        notes.append(former)
    log.keep_cosigned(head.size, merge_notes(notes, known))
