"""`cosign`: a party's own witness of a ledger. It remembers what it cosigned last, and never cosigns a fork of it.

FILE.seen, beside the key, holds that checkpoint. A ledger that has shrunk, or that does not begin with what was
cosigned, is an alarm: nothing is cosigned, the former checkpoint stays, and both are kept as evidence.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.cosigning import cosigned
from sazokar.app.opening import Opened, cosigners_of, open_ledger, signers_of
from sazokar.doors.desk.cosigners import cosigned_by
from sazokar.doors.desk.folder import owned, require_ledger
from sazokar.doors.desk.keyring import beside
from sazokar.doors.desk.session import GOOD, NO, complain, end, faults, new_app, now_ms, passphrase_of, read_file, say
from sazokar.doors.files import write_atomically
from sazokar.doors.wording import isolated, wrapped
from sazokar.errors import ForkedError, ProofError, SignatureError, UnreadableError
from sazokar.ledger.checkpoint import Checkpoint, merge_notes, open_note, read_checkpoint
from sazokar.ledger.keyfile import read_key
from sazokar.ledger.note import LARGEST_NOTE_BYTES, read_note
from sazokar.ledger.signing import SigningKey
from sazokar.wiring import open_log

app = new_app("Cosign.")


@app.command()
def cosign(
    directory: Annotated[Path, typer.Argument(metavar="DIR", envvar="SAZOKAR_LEDGER", help="Folder of the ledger.")],
    key: Annotated[Path, typer.Option(envvar="SAZOKAR_KEY", metavar="FILE", help="Your party's cosigning key.")],
    passphrase_file: Annotated[Path | None, typer.Option(metavar="FILE", help="File with its passphrase.")] = None,
) -> None:
    """Cosign the ledger's head, if it begins with all that you cosigned before. Exit code 1: it does not, or is damaged."""
    code = GOOD
    with faults():
        signer = read_key(key, passphrase_of(key, passphrase_file))
        try:
            for line in _cosign(directory, signer, beside(key, ".seen")):
                say(line)
        except ForkedError as error:
            typer.echo("\a", err=True, nl=False)
            complain(f"ALARM, NOT COSIGNED: {error}")
            code = NO
    end(code)


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
