"""A statement and its payloads as one file, to be carried across an air gap. Opens no file and verifies no signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Raw

from sazokar.errors import CanonicalError
from sazokar.ledger import canonical
from sazokar.ledger.entry import Envelope, open_envelope
from sazokar.ledger.section import SectionName, commit, section_value

MOST_PAYLOADS: Final = 1024


class _Parcel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    envelope: Raw
    payloads: Annotated[dict[SectionName, Raw], Meta(max_length=MOST_PAYLOADS)]


_PARCELS: Final = msgspec.json.Decoder(_Parcel)


def pack(leaf: bytes, payloads: Mapping[str, bytes]) -> bytes:
    """Return an envelope file: canonical JSON of `envelope` and `payloads`.

    Raises:
        CanonicalError: The leaf is no envelope, or a payload is not one that it commits to.
    """
    require_committed(open_envelope(leaf), payloads)
    content = canonical.encode(_Parcel(Raw(leaf), {name: Raw(payload) for name, payload in payloads.items()}))
    unpack(content)
    return content


def unpack(content: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Return the leaf and the payloads of an envelope file, each payload held against its commitment.

    Raises:
        CanonicalError: The file is not what `pack` gives, byte for byte.
    """
    canonical.decode_plain(content)
    parcel = canonical.read_as(content, _Parcel)
    leaf = bytes(parcel.envelope)
    payloads = {name: bytes(payload) for name, payload in parcel.payloads.items()}
    require_committed(open_envelope(leaf), payloads)
    return leaf, payloads


def split(content: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Return the leaf and the payloads of a parcel as they came, nothing of them verified: for whoever verifies them next.

    Raises:
        CanonicalError: It is no parcel.
    """
    if content.count(b'"salt"') > MOST_PAYLOADS:  # before they are decoded: to make so many names takes a while
        raise CanonicalError(f"found more than {MOST_PAYLOADS:,} sections; expected fewer")
    try:
        parcel = _PARCELS.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CanonicalError(f"found no parcel ({error}); expected `envelope` and `payloads`") from error
    return bytes(parcel.envelope), {name: bytes(payload) for name, payload in parcel.payloads.items()}


def require_committed(envelope: Envelope, payloads: Mapping[str, bytes]) -> None:
    """Return where every payload is of its form and the one that the envelope commits to under its name.

    Raises:
        CanonicalError: A payload is not; the section is named.
    """
    commitments = envelope.sections
    for name, payload in payloads.items():
        section_value(payload)
        if commitments.get(name) != commit(name, payload):
            raise CanonicalError(f"section {name}: found a payload that the envelope does not commit to")
