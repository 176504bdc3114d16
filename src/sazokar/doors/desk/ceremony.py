"""The founding of a ledger in steps: a charter as a file that goes from root to root, and comes back signed by all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Raw

from sazokar.app.codec import read_charter
from sazokar.domain.statement import Charter
from sazokar.errors import CanonicalError, SazokarError, SignatureError, UnreadableError
from sazokar.ledger import canonical
from sazokar.ledger.entry import SCHEMA, CharterHeader, Envelope, assemble, open_envelope, signed_bytes
from sazokar.ledger.signing import KeyId, SigningKey, message_for


def draft_bytes(charter: Charter) -> bytes:
    """Return what the roots will sign, as a file."""
    return signed_bytes(CharterHeader(schema=SCHEMA, body=Raw(canonical.encode(charter))))


def opened(file: str, content: bytes) -> tuple[bytes, Mapping[KeyId, bytes], Charter]:
    """Return what is signed, the signatures so far, each verified, and the charter of a file that `init --draft` began.

    Raises:
        UnreadableError: The file is no charter, or a signature on it is false.
    """
    try:
        if content.startswith(b'{"charter":'):
            envelope = open_envelope(content)
            envelope.verify()
            return envelope.signed, envelope.signatures, read_charter(envelope)
        canonical.decode_plain(content)
        header = canonical.read_as(content, CharterHeader)
        return content, {}, canonical.read_as(bytes(header.body), Charter)
    except (CanonicalError, SignatureError) as error:
        raise UnreadableError(
            f"{file}: found no charter ({error}); expected what init --draft or charter sign wrote"
        ) from error


def signed_by(file: str, content: bytes, key: SigningKey) -> bytes:
    """Return a charter with one more signature.

    Raises:
        UnreadableError: It is no charter, or the key is no root of it.
    """
    signed, signatures, charter = opened(file, content)
    roots = {root for member in charter.parties for root in member.roots}
    if key.key_id not in roots:
        raise UnreadableError(f"{file}: names no root {key.key_id[:16]}…; only its roots sign a charter")
    return assemble("charter", signed, {**signatures, key.key_id: key.sign(message_for(b"charter", signed))})


def merged(files: Sequence[tuple[str, bytes]]) -> bytes:
    """Return one charter with the signatures of several files of it.

    Raises:
        UnreadableError: A file is no charter, they differ, or none is signed.
    """
    first = b""
    signatures: dict[KeyId, bytes] = {}
    for file, content in files:
        signed, more, _ = opened(file, content)
        if first and signed != first:
            raise UnreadableError(f"{file}: is another charter than {files[0][0]}; every root signs the same bytes")
        first = signed
        signatures |= more
    if not signatures:
        raise UnreadableError(f"{files[0][0]}: nobody has signed it; each root signs with: sazokar charter sign")
    return assemble("charter", first, signatures)


def complete(leaf: bytes, node: str) -> Envelope:
    """Return the envelope of a charter that every root has signed, and that names this node.

    Raises:
        UnreadableError: A root is missing, or the node is another one.
    """
    try:
        envelope = open_envelope(leaf)
        envelope.verify()
        charter = read_charter(envelope)
    except SazokarError as error:
        raise UnreadableError(f"the charter cannot be taken ({error})") from error
    for member in charter.parties:
        for root in member.roots:
            if root not in envelope.signers:
                raise UnreadableError(
                    f"the charter is not signed by {member.name} (root {root[:16]}…); every root signs"
                )
    if charter.node != node:
        raise UnreadableError(
            f"the charter names the node {charter.node[:16]}…, and the key here is {node[:16]}…; "
            "found it in the folder in which it was drafted"
        )
    return envelope
