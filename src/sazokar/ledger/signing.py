"""Ed25519 keys and signatures, verified in one pinned strict way. Reads no file and knows no entry.

Libraries differ on crafted keys and signatures: what one accepts, another refuses. Two parties who check one ledger
must never differ, so what they could differ on is refused before a library is asked: keys outside the prime-order
group, encodings that are not canonical, an R of small order, an s beyond the group's order.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal, NewType

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sazokar.errors import SignatureError
from sazokar.ledger import edwards

KeyId = NewType("KeyId", str)
"""A key's name: its public key (RFC 8032, section 5.1.5), 64 hexadecimal digits in lower case."""
Purpose = Literal[b"charter", b"statement", b"findings", b"session"]
"""What a signature is for; one made for a purpose is none for another."""

SIGNATURE_BYTES: Final = 64
_KEYS_REMEMBERED: Final = 4096
_KEY_ID = re.compile(r"[0-9a-f]{64}")


class SigningKey:
    """A private key. Its text form shows the public key only."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.key_id = KeyId(private.public_key().public_bytes_raw().hex())

    @classmethod
    def generate(cls) -> SigningKey:
        """Return a new key from the system's entropy."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """Return the key of a seed of 32 bytes (RFC 8032, section 5.1.5).

        Raises:
            SignatureError: The seed is not 32 bytes long.
        """
        if len(seed) != 32:
            raise SignatureError(f"found a seed of {len(seed)} bytes; expected 32")
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message, 64 bytes. For entries, sign `message_for(purpose, content)`."""
        return self._private.sign(message)

    def private_pem(self, passphrase: bytes | None) -> bytes:
        """Return the private key as PKCS8 PEM, encrypted where a passphrase is given."""
        encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if passphrase is not None:
            encryption = serialization.BestAvailableEncryption(passphrase)
        return self._private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)

    def __repr__(self) -> str:
        return f"SigningKey({self.key_id})"


def message_for(purpose: Purpose, content: bytes) -> bytes:
    """Return what is signed so that `content` is signed for one purpose alone (domain separation)."""
    return b"sazokar " + purpose + b" v1\n" + content


def require_key(key_id: str) -> KeyId:
    """Return the name of a key that is safe to trust.

    Args:
        key_id: 64 hexadecimal digits in lower case.

    Raises:
        SignatureError: The text names no key, its encoding is not canonical, or its point is off the curve, of small
            order or of mixed order. With such a key one signature can hold for many messages, or for one verifier
            and not for the next.

    Source: RFC 8032, section 5.1.3 (decoding).
    """
    _public_key(key_id)
    return KeyId(key_id)


def verify(key_id: str, signature: bytes, message: bytes) -> bool:
    """Return whether a signature is one of `message` by the key; False for a key that `require_key` refuses.

    Source: RFC 8032, section 5.1.7, with s < L and R canonical and not of small order; without the cofactor.
    """
    if len(signature) != SIGNATURE_BYTES or not edwards.is_strict_signature(signature):
        return False
    try:
        _public_key(key_id).verify(signature, message)
    except (InvalidSignature, SignatureError):
        return False
    return True


@lru_cache(maxsize=_KEYS_REMEMBERED)
def _public_key(key_id: str) -> Ed25519PublicKey:
    # To multiply by the group's order takes milliseconds: once for each key, not once for each signature.
    if _KEY_ID.fullmatch(key_id) is None:
        raise SignatureError(f"found {key_id[:80]!r}; expected a key: 64 hexadecimal digits in lower case")
    encoded = bytes.fromhex(key_id)
    fault = edwards.fault_of_key(encoded)
    if fault is not None:
        raise SignatureError(f"key {key_id}: found {fault}; expected a point of prime order")
    return Ed25519PublicKey.from_public_bytes(encoded)
