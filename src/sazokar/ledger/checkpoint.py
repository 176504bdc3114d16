"""Checkpoints: tree heads that the node signs and the parties cosign. Says who signed; who must, is asked elsewhere."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from sazokar.errors import SignatureError
from sazokar.ledger.merkle import HASH_BYTES
from sazokar.ledger.note import (
    Line,
    Signature,
    cosign_line,
    read_note,
    sign_line,
    verify_line,
    write_note,
)
from sazokar.ledger.signing import KeyId, SigningKey

LARGEST_TREE: Final = 2**63 - 1
KnownKeys = Mapping[str, KeyId | frozenset[KeyId]]
"""Per name the key that signs or cosigns under it, or several: a node's name stays when its key rotates."""
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class Checkpoint(msgspec.Struct, frozen=True):
    """A tree head: which ledger, how many entries, and the root over them.

    Args:
        origin: The ledger's name for itself, unique among ledgers; one line, not empty.
        size: Number of entries.
        root: Root of the RFC 6962 tree over them, 32 bytes.
    """

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the text that is signed: three lines, each with its newline.

        Raises:
            SignatureError: A member is not of its form.

        Source: C2SP tlog-checkpoint, "Note text".
        """
        if not self.origin or not self.origin.isprintable():
            raise SignatureError(f"found the origin {self.origin[:80]!r}; expected one line that can be printed")
        if not 0 <= self.size <= LARGEST_TREE or len(self.root) != HASH_BYTES:
            raise SignatureError(f"found a tree of {self.size} with a root of {len(self.root)} bytes; expected 32")
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign_checkpoint(checkpoint: Checkpoint, name: str, key: SigningKey) -> bytes:
    """Return the note of a checkpoint, signed by the node.

    Args:
        checkpoint: The tree head.
        name: The node's key name; by custom the origin, where that has no spaces.
        key: The node's key.

    Raises:
        SignatureError: The checkpoint or the name is not of its form.
    """
    text = checkpoint.text()
    return write_note(text, [sign_line(text, name, key)])


def cosign(note: bytes, name: str, key: SigningKey, timestamp_s: int) -> bytes:
    """Return the note with one more line: a cosignature of its checkpoint.

    Whoever cosigns states that this is the largest tree of the ledger that they have seen, and that it begins with
    all that they cosigned before; to check that is the caller's duty.

    Args:
        note: A checkpoint's note.
        name: The cosigner's name, without spaces and plus signs.
        key: The cosigner's key; one key cosigns under one name.
        timestamp_s: The cosigner's clock, seconds since the Unix epoch.

    Raises:
        SignatureError: The note is no checkpoint, or the name or the time is not of its form.
    """
    text, lines = read_note(note)
    read_checkpoint(text)
    return write_note(text, [*lines, cosign_line(text, name, key, timestamp_s)])


def open_note(note: bytes, known: KnownKeys, *, strangers: bool = True) -> tuple[Checkpoint, list[Signature]]:
    """Return the checkpoint of a note and the signatures on it by the keys that are known.

    Lines by other keys are passed over, as they must be in a note that comes from elsewhere: they prove nothing
    either way.

    Args:
        note: The bytes of the note.
        known: The keys whose signatures count.
        strangers: False refuses lines by other keys: in a note that is stored or shown as proof they would be bytes
            that nothing binds.

    Raises:
        SignatureError: The note is not of its form; a line in a known key's name is false, or stands twice; or none
            is by a known key.

    Source: C2SP signed-note, "Signatures".
    """
    text, lines = read_note(note)
    checkpoint = read_checkpoint(text)
    signatures = [signature for _, signature in _known_lines(text, lines, known)]
    if not signatures:
        raise SignatureError(f"found no signature by a known key; expected one of {', '.join(sorted(known)) or 'any'}")
    strange = len(lines) - len(signatures)
    if strange and not strangers:
        raise SignatureError(f"found {strange} signatures by unknown keys; expected signatures by known keys alone")
    kinds = [(one.name, one.key_id, one.timestamp_s is None) for one in signatures]
    if len(set(kinds)) != len(kinds):
        raise SignatureError("found two signatures of one kind by one key; expected one")
    return checkpoint, signatures


def read_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint of a note's text.

    Raises:
        SignatureError: The text is not three lines of the form that `Checkpoint.text` gives. Extension lines are
            refused: the specification advises against them, and nothing here could audit them.
    """
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or _SIZE.fullmatch(lines[1]) is None:
        raise SignatureError("found a text that is no checkpoint; expected an origin, a size and a root")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignatureError(f"found a root that is no base64 ({error})") from error
    checkpoint = Checkpoint(lines[0], int(lines[1]), root)
    if checkpoint.text() != text:
        raise SignatureError("found a checkpoint that is not in its one form")
    return checkpoint


def merge_notes(notes: Sequence[bytes], known: KnownKeys) -> bytes:
    """Return one note with every known signature of several notes of one checkpoint, each in its newest form.

    Lines by keys that are not known are left out, so that a stranger cannot fill the note.

    Raises:
        SignatureError: The notes are of different checkpoints, or one of them does not open (see `open_note`).
    """
    if not notes:
        raise SignatureError("found no notes to merge; expected one or more")
    text, _ = read_note(notes[0])
    newest: dict[tuple[str, bytes], tuple[int, Line]] = {}
    for note in notes:
        open_note(note, known)
        other, lines = read_note(note)
        if other != text:
            raise SignatureError("found notes of different checkpoints; expected one, or the ledger is forked")
        for line, signature in _known_lines(text, lines, known):
            made_s = signature.timestamp_s or 0
            slot = (line.name, line.key_hash)
            if slot not in newest or made_s > newest[slot][0]:
                newest[slot] = (made_s, line)
    return write_note(text, [line for _, line in newest.values()])


def quorum(signatures: Iterable[Signature], party_of: Mapping[KeyId, str]) -> int:
    """Return how many distinct parties cosigned.

    Args:
        signatures: As `open_note` returns them. A signature without a time is the node's own, and none of these.
        party_of: Per cosigning key the party that holds it. A party counts once, however many keys it holds.
    """
    cosigners = {one.key_id for one in signatures if one.timestamp_s is not None}
    return len({party_of[key_id] for key_id in cosigners if key_id in party_of})


def _known_lines(text: str, lines: Sequence[Line], known: KnownKeys) -> list[tuple[Line, Signature]]:
    found = []
    for line in lines:
        for key_id in keys_named(known, line.name):
            signature = verify_line(text, line, key_id)
            if signature is not None:
                found.append((line, signature))
                break
    return found


def keys_named(known: KnownKeys, name: str) -> frozenset[KeyId]:
    """Return the keys that sign or cosign under a name."""
    keys = known.get(name, frozenset())
    return keys if isinstance(keys, frozenset) else frozenset({keys})
