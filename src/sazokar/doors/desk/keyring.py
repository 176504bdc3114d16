"""What lies beside a private key: its card, which names it to others, and its running number. Signs nothing.

FILE          the private key, mode 0600          FILE.pub      its card: key, party, watch number, role
FILE.number   the last running number it used     FILE.seen     the last checkpoint that it cosigned
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

import msgspec

from sazokar.domain.state import Numbers
from sazokar.doors.desk.session import Session, passphrase_of
from sazokar.doors.files import write_atomically
from sazokar.errors import KeyFileError, SignatureError, UnreadableError
from sazokar.ledger.keyfile import read_key
from sazokar.ledger.signing import SigningKey, require_key

GREATEST_CARD: Final = 4096
GREATEST_NUMBER: Final = 2**53 - 1


class Card(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A public key, with what its holder says of it; nothing of it is proven but by the ledger.

    Args:
        key: The public key.
        party: For whom it is to sign.
        watch: Watch number of the officer.
        role: What it is to sign: `officer`, `delegate`, `stop` or `root`.
    """

    key: str
    party: str = ""
    watch: str = ""
    role: str = ""


def beside(path: Path, ending: str) -> Path:
    """Return the name of a file beside a key: `FILE.pub`."""
    return path.with_name(path.name + ending)


def write_card(path: Path, card: Card) -> Path:
    """Write the card beside a key, and return where."""
    target = beside(path, ".pub")
    write_atomically(str(target), msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n")
    return target


def read_card(path: Path) -> Card:
    """Return a card.

    Raises:
        UnreadableError: The file is none.
    """
    try:
        with path.open("rb") as file:
            card = msgspec.json.decode(file.read(GREATEST_CARD), type=Card)
        require_key(card.key)
    except (OSError, msgspec.MsgspecError, SignatureError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableError(f"{path}: found no card of a key ({reason}); expected what `keys new` writes") from error
    return card


def card_beside(path: Path) -> Card | None:
    """Return the card beside a key; None where there is none, or none that can be read."""
    try:
        return read_card(beside(path, ".pub"))
    except UnreadableError:
        return None


def public_key(text: str) -> Card:
    """Return the card of a key that is named by its 64 digits, or by the file of its card.

    Raises:
        UnreadableError: It is neither.
    """
    if len(text) == 64 and not Path(text).exists():
        try:
            return Card(key=require_key(text))
        except SignatureError as error:
            raise UnreadableError(f"--key: {error}") from error
    path = Path(text)
    if not path.name:
        raise UnreadableError(f"found {text[:60]!r}; expected the file of a card, or the 64 digits of a key")
    return read_card(path if path.suffix == ".pub" else beside(path, ".pub"))


def unlocked(session: Session) -> SigningKey:
    """Return the private key of a session.

    Raises:
        KeyFileError: None was named, or it cannot be read.
    """
    if session.key is None:
        raise KeyFileError("no key: name yours with --key FILE, or set SAZOKAR_KEY")
    return read_key(session.key, passphrase_of(session.key, session.passphrase_file))


def next_number(path: Path, used: Numbers | None) -> int:
    """Return the running number after all those used, by this file and by the ledger, and keep it.

    It is kept before it is used: a crash leaves a gap, never one number on two statements.

    Args:
        path: The key's file.
        used: What the ledger knows of the key; None where it is not at hand.

    Raises:
        KeyFileError: It cannot be kept, or what is kept is no number.
    """
    kept, lock = beside(path, ".number"), beside(path, ".number.lock")
    try:
        held = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise KeyFileError(f"{lock}: cannot be opened ({error.strerror}); the running number is kept there") from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        last = max(_kept_number(kept), max((used.through, *used.beyond)) if used else 0)
        try:
            write_atomically(str(kept), f"{last + 1}\n".encode())
        except UnreadableError as error:
            raise KeyFileError(str(error)) from error
    finally:
        os.close(held)
    return last + 1


def _kept_number(path: Path) -> int:
    if not path.exists():
        return 0
    try:
        with path.open("rb") as file:
            text = file.read(40).decode("ascii").strip()
        number = int(text) if text.isdigit() else -1
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(f"{path}: cannot be read ({error}); expected the last running number") from error
    if not 0 <= number < GREATEST_NUMBER:
        raise KeyFileError(f"{path}: found {text[:40]!r}; expected the last running number of the key")
    return number
