"""C2SP signed notes: a text and the lines of its signatures. Does not know what the text says, nor whom to trust."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, Literal

import msgspec

from sazokar.errors import SignatureError
from sazokar.ledger.signing import KeyId, SigningKey, verify

LARGEST_NOTE_BYTES: Final = 64 * 1024
MOST_LINES: Final = 256
"""Signature lines in a note, known or not; the specification asks for at least 16."""
LATEST_TIMESTAMP: Final = 2**63 - 1
_HASH_BYTES: Final = 4
_TIMESTAMP_BYTES: Final = 8
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NAME = re.compile(r"[^\s+]{1,255}")

SignatureType = Literal[1, 4]
SIGNED: Final[SignatureType] = 1
"""An Ed25519 signature over the text."""
COSIGNED: Final[SignatureType] = 4
"""An Ed25519 signature over a time and the text (`cosignature/v1`)."""


class Line(msgspec.Struct, frozen=True):
    """One signature line of a note, not verified.

    Args:
        name: The name of the key.
        key_hash: The first four bytes of the key's hash, with its name and type of signature.
        signature: What follows them; its form depends on the type.
    """

    name: str
    key_hash: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_hash + self.signature).decode()}\n"


class Signature(msgspec.Struct, frozen=True):
    """One signature of a note that was verified.

    Args:
        name: The name of the key.
        key_id: The key.
        timestamp_s: For a cosignature, when it was made by its cosigner's clock, seconds since the Unix epoch.
    """

    name: str
    key_id: KeyId
    timestamp_s: int | None = None


def key_hash(name: str, key_id: KeyId, kind: SignatureType) -> bytes:
    """Return the four bytes by which a line says which key signed it.

    Source: C2SP signed-note, "Signatures"; tlog-cosignature, "Format".
    """
    return sha256(name.encode() + b"\n" + bytes([kind]) + bytes.fromhex(key_id)).digest()[:_HASH_BYTES]


def sign_line(text: str, name: str, key: SigningKey) -> Line:
    """Return a signature over a note's text.

    Raises:
        SignatureError: The name is none for a key.

    Source: C2SP signed-note, "Ed25519 signatures".
    """
    require_name(name)
    return Line(name, key_hash(name, key.key_id, SIGNED), key.sign(text.encode()))


def cosign_line(text: str, name: str, key: SigningKey, timestamp_s: int) -> Line:
    """Return a cosignature over a time and a note's text.

    Args:
        text: The note's text, its last newline included.
        name: The cosigner's name.
        key: The cosigner's key.
        timestamp_s: Seconds since the Unix epoch.

    Raises:
        SignatureError: The name is none for a key, or the time is out of range.

    Source: C2SP tlog-cosignature, "Ed25519 signed message".
    """
    require_name(name)
    if not 0 <= timestamp_s <= LATEST_TIMESTAMP:
        raise SignatureError(f"found the time {timestamp_s}; expected seconds from 0 to 2^63 − 1")
    signature = key.sign(_cosigned(text, timestamp_s))
    stamped = timestamp_s.to_bytes(_TIMESTAMP_BYTES, "big") + signature
    return Line(name, key_hash(name, key.key_id, COSIGNED), stamped)


def verify_line(text: str, line: Line, key_id: KeyId) -> Signature | None:
    """Return the signature of a line that claims to be by a key, or None where it claims another key.

    Raises:
        SignatureError: The line claims to be by the key, and is not.
    """
    if line.key_hash == key_hash(line.name, key_id, SIGNED):
        if verify(key_id, line.signature, text.encode()):
            return Signature(line.name, key_id)
        raise SignatureError(f"the signature of the note in the name of {line.name} is false")
    if line.key_hash == key_hash(line.name, key_id, COSIGNED):
        timestamp_s = int.from_bytes(line.signature[:_TIMESTAMP_BYTES], "big")
        signature = line.signature[_TIMESTAMP_BYTES:]
        if timestamp_s <= LATEST_TIMESTAMP and verify(key_id, signature, _cosigned(text, timestamp_s)):
            return Signature(line.name, key_id, timestamp_s)
        raise SignatureError(f"the cosignature of the note in the name of {line.name} is false")
    return None


def write_note(text: str, lines: Sequence[Line]) -> bytes:
    """Return the bytes of a note."""
    return (text + "\n" + "".join(map(str, lines))).encode()


def read_note(note: bytes) -> tuple[str, list[Line]]:
    """Return the text of a note, its last newline included, and its lines.

    Raises:
        SignatureError: The bytes are no signed note, not in the one form of it that `write_note` gives, or beyond a
            bound.

    Source: C2SP signed-note, "Format".
    """
    if len(note) > LARGEST_NOTE_BYTES:
        raise SignatureError(f"found a note of {len(note)} bytes; expected at most {LARGEST_NOTE_BYTES}")
    try:
        content = note.decode()
    except UnicodeDecodeError as error:
        raise SignatureError(f"found a note that is not UTF-8 at byte {error.start}") from error
    if _CONTROL.search(content) is not None:
        raise SignatureError("found a note with a control character other than a newline")
    text, separator, signatures = content.rpartition("\n\n")
    if not separator or not signatures.endswith("\n"):
        raise SignatureError("found no note: expected a text, an empty line, and lines of signatures")
    lines = signatures[:-1].split("\n")
    if len(lines) > MOST_LINES:
        raise SignatureError(f"found {len(lines)} signatures; expected at most {MOST_LINES}")
    return text + "\n", [_read_line(line) for line in lines]


def require_name(name: str) -> None:
    """Return where a name can be a key's; raises `SignatureError` where it has a space or a plus, or is empty."""
    if _NAME.fullmatch(name) is None or _CONTROL.search(name) is not None:
        raise SignatureError(f"found {name[:80]!r}; expected a key's name, without spaces and plus signs")


def _cosigned(text: str, timestamp_s: int) -> bytes:
    return f"cosignature/v1\ntime {timestamp_s}\n{text}".encode()


def _read_line(line: str) -> Line:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—":
        raise SignatureError(f"found the line {line[:80]!r}; expected —, a name and a signature")
    _, name, encoded = parts
    require_name(name)
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignatureError(f"{name}: found a signature that is no base64 ({error})") from error
    # Base64 has several spellings of one value where its last bits go unused; a bundle may hold one only.
    if base64.b64encode(content).decode() != encoded or len(content) <= _HASH_BYTES:
        raise SignatureError(f"{name}: found a signature that is not in the one form of base64, or too short")
    return Line(name, content[:_HASH_BYTES], content[_HASH_BYTES:])
