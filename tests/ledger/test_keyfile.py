from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import x25519

from sazokar.errors import KeyFileError
from sazokar.ledger.keyfile import LARGEST_BYTES, read_key, write_key
from sazokar.ledger.signing import SigningKey
from sazokar.testing.log_contract import at_once

pytestmark = pytest.mark.requirement("SZK-45")

KEY = SigningKey.from_seed(b"\x21" * 32)
PASSPHRASE = "چشمه by the mill".encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "officer.key"


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_a_key_is_read_as_it_was_written(path: Path, passphrase: bytes | None) -> None:
    write_key(path, KEY, passphrase)
    assert read_key(path, passphrase).key_id == KEY.key_id
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["officer.key"]


def test_an_encrypted_file_shows_nothing_of_the_key(path: Path) -> None:
    write_key(path, KEY, PASSPHRASE)
    content = path.read_bytes()
    assert content.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    with pytest.raises(KeyFileError, match="needs a passphrase"):
        read_key(path, None)
    for wrong in (b"wrong", PASSPHRASE + b" ", b""):
        with pytest.raises(KeyFileError, match=r"the passphrase is wrong|needs a passphrase"):
            read_key(path, wrong)


def test_a_file_is_never_written_over(path: Path) -> None:
    write_key(path, KEY, None)
    with pytest.raises(KeyFileError, match="exists already; no key is ever written over"):
        write_key(path, SigningKey.generate(), None)
    assert read_key(path, None).key_id == KEY.key_id
    assert [file.name for file in path.parent.iterdir()] == ["officer.key"]


def test_of_two_that_write_at_once_one_is_refused(path: Path) -> None:
    keys = [SigningKey.generate() for _ in range(6)]

    def write(key: SigningKey) -> bool:
        try:
            write_key(path, key, None)
        except KeyFileError:
            return False
        return True

    written = at_once([lambda key=key: write(key) for key in keys])  # type: ignore[misc]  # bound at once
    assert sum(written) == 1
    assert read_key(path, None).key_id == keys[written.index(True)].key_id


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o644])
def test_a_file_that_others_can_read_is_refused(path: Path, mode: int) -> None:
    write_key(path, KEY, None)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match=f"others can read it .mode {mode:o}.; run: chmod 600"):
        read_key(path, None)


def test_a_passphrase_for_a_key_in_the_clear_is_pointed_out(path: Path) -> None:
    write_key(path, KEY, None)
    with pytest.raises(KeyFileError, match="in the clear; give no passphrase"):
        read_key(path, PASSPHRASE)


@pytest.mark.parametrize(
    "content",
    [b"", b"no key", KEY.private_pem(None)[:60], b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"],
)
def test_what_is_no_key_is_refused(path: Path, content: bytes) -> None:
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(KeyFileError, match="is no private key"):
        read_key(path, None)


def test_a_key_of_another_kind_is_refused(path: Path) -> None:
    other = x25519.X25519PrivateKey.generate()
    path.touch(0o600)
    path.write_bytes(
        other.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    with pytest.raises(KeyFileError, match="another kind; expected Ed25519"):
        read_key(path, None)


def test_what_cannot_be_opened_is_named(path: Path) -> None:
    with pytest.raises(KeyFileError, match="there is no such file"):
        read_key(path, None)
    with pytest.raises(KeyFileError, match="is no file"):
        read_key(path.parent, None)
    with pytest.raises(KeyFileError, match="cannot be written"):
        write_key(path / "beneath" / "nothing", KEY, None)
    with pytest.raises(KeyFileError, match="empty passphrase"):
        write_key(path, KEY, b"")


def test_a_large_file_is_not_read_whole(path: Path) -> None:
    path.touch(0o600)
    path.write_bytes(KEY.private_pem(None) + b"\n" * LARGEST_BYTES)
    with pytest.raises(KeyFileError, match="larger than"):
        read_key(path, None)
