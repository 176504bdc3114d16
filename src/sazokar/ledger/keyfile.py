"""Private keys as files: for their owner alone, encrypted, never written over. Makes no key and signs nothing."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sazokar.errors import KeyFileError
from sazokar.ledger.signing import SigningKey

LARGEST_BYTES: Final = 16 * 1024
_MODE: Final = 0o600


def write_key(path: Path, key: SigningKey, passphrase: bytes | None) -> None:
    """Write a private key to a new file that its owner alone can read, whole or not at all.

    Args:
        path: Where; there must be no such file yet.
        key: The key.
        passphrase: What the file is encrypted with (PKCS8, PBES2); None writes it in the clear.

    Raises:
        KeyFileError: There is such a file already, the passphrase is empty, or the file cannot be written.
    """
    if passphrase == b"":
        raise KeyFileError(
            f"{path}: found an empty passphrase; give one, or say that the key is to be kept in the clear"
        )
    content = key.private_pem(passphrase)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write_new(draft, content)
        try:
            # Unlike a rename, a link fails where the name is taken: no key is ever written over, in any race.
            os.link(draft, path)
        finally:
            draft.unlink()
        _sync(path.absolute().parent)
    except FileExistsError as error:
        raise KeyFileError(f"{path}: exists already; no key is ever written over") from error
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be written ({error.strerror})") from error


def read_key(path: Path, passphrase: bytes | None) -> SigningKey:
    """Return the private key of a file.

    Args:
        path: The file.
        passphrase: What it was encrypted with, or None for one in the clear.

    Raises:
        KeyFileError: There is no such file; others than its owner can read it; it is no Ed25519 key; the passphrase is
            wrong, or missing, or given for a key in the clear.
    """
    content = _read_private(path)
    encrypted = b"ENCRYPTED" in content
    if encrypted and not passphrase:
        raise KeyFileError(f"{path}: needs a passphrase")
    if passphrase is not None and not encrypted:
        raise KeyFileError(f"{path}: is kept in the clear; give no passphrase")
    try:
        private = serialization.load_pem_private_key(content, passphrase)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        if encrypted:
            raise KeyFileError(f"{path}: cannot be decrypted; the passphrase is wrong, or the file damaged") from error
        raise KeyFileError(f"{path}: is no private key (PKCS8 PEM)") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyFileError(f"{path}: holds a key of another kind; expected Ed25519")
    return SigningKey(private)


def _read_private(path: Path) -> bytes:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError as error:
        raise KeyFileError(f"{path}: there is no such file") from error
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        # Asked of the opened file, not of its name: what is checked is what is read.
        mode = os.fstat(file).st_mode
        if not stat.S_ISREG(mode):
            raise KeyFileError(f"{path}: is no file")
        if path.suffix == ".pub":
            raise KeyFileError(f"{path}: is a card, not a private key; name the key itself: {path.with_suffix('')}")
        if mode & 0o077:
            raise KeyFileError(f"{path}: others can read it (mode {mode & 0o777:o}); run: chmod 600 {path}")
        content = os.read(file, LARGEST_BYTES + 1)
    finally:
        os.close(file)
    if len(content) > LARGEST_BYTES:
        raise KeyFileError(f"{path}: is larger than {LARGEST_BYTES} bytes; expected a private key")
    return content


def _write_new(path: Path, content: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
    with os.fdopen(file, "wb") as opened:
        os.fchmod(opened.fileno(), _MODE)
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _sync(directory: Path) -> None:
    file = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
