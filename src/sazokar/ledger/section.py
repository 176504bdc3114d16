"""Sections: parts of an entry that not everyone may see, committed to by a salted hash. Knows no meaning of any.

Without the salt a reader of the log could guess a payload (a place, a time) and test the guess against its
commitment. An erased payload leaves the commitment, and with it every proof, whole.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from sazokar.errors import CanonicalError
from sazokar.ledger import canonical

SALT_BYTES: Final = 32
LARGEST_PAYLOAD_BYTES: Final = 4 * 1024 * 1024
DEEPEST_PAYLOAD: Final = 32
"""As for a leaf: whatever is taken must fit into a proof."""
_NAME: Final = r"\A[A-Za-z0-9_.:-]{1,64}\Z"
_NAME_PATTERN = re.compile(_NAME)

SectionName = Annotated[str, Meta(pattern=_NAME)]
"""1 to 64 of ASCII letters, digits, `-`, `_`, `.` and `:`."""


class _Payload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    salt: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    value: msgspec.Raw


def commit(name: str, payload: bytes) -> str:
    """Return the commitment to a section's payload, 64 hexadecimal digits.

    The name is hashed too: a payload committed to as one section cannot be shown as another.

    Raises:
        CanonicalError: The name is none of a section.
    """
    if _NAME_PATTERN.match(name) is None:
        raise CanonicalError(f"found a section named {name[:80]!r}; expected 1 to 64 ASCII letters, digits, -, _, ., :")
    return sha256(b"sazokar section v1\n" + name.encode() + b"\n" + payload).hexdigest()


def section_payload(value: object, salt: bytes) -> bytes:
    """Return the payload of a section.

    Args:
        value: What the section says; whatever `canonical.encode` takes.
        salt: 32 bytes that nobody can guess, used for this payload alone.

    Raises:
        CanonicalError: The salt is of another length, or the value has no canonical form.
    """
    if len(salt) != SALT_BYTES:
        raise CanonicalError(f"found a salt of {len(salt)} bytes; expected {SALT_BYTES}")
    payload = b'{"salt":"' + salt.hex().encode() + b'","value":' + canonical.encode(value) + b"}"
    section_value(payload)
    return payload


def own_payload(value: msgspec.Struct, salt: bytes) -> bytes:
    """Return the payload of a section of the program's own making; see `canonical.encode_own`."""
    return b'{"salt":"' + salt.hex().encode() + b'","value":' + canonical.encode_own(value) + b"}"


def section_value(payload: bytes) -> bytes:
    """Return the canonical bytes of what a payload says, for `canonical.decode`.

    Raises:
        CanonicalError: The payload is not a salt of 32 bytes and a value, in canonical form, or beyond a bound.
    """
    canonical.decode_plain(payload, deepest=DEEPEST_PAYLOAD, largest_bytes=LARGEST_PAYLOAD_BYTES)
    return bytes(canonical.read_as(payload, _Payload).value)
