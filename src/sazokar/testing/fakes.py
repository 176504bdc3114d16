"""What else a node asks of the world, under a test's hand: salts that repeat with their seed, an alarm that remembers.

The keys and salts made here are anybody's to guess: they are for tests alone.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Final

import msgspec

from sazokar.ledger.signing import SigningKey

_KEYS_REMEMBERED: Final = 4096


class CountedEntropy:
    """The `Entropy` of a test: the same salts in the same order for the same seed.

    Args:
        seed: What they are made of.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._count = 0

    def salt(self) -> bytes:
        """Return the next 32 bytes."""
        self._count += 1
        return sha256(f"salt {self._seed} {self._count}".encode()).digest()


class Heard(msgspec.Struct, frozen=True):
    """A STOP as it sounded: what came, whether it was verified, and when."""

    content: bytes
    verified: bool
    sounded_ms: int


class HeardAlarm:
    """The `Alarm` of a test: keeps what sounded, in order."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []

    def sound(self, content: bytes, *, verified: bool, sounded_ms: int) -> None:
        """Keep a STOP; see `app.ports.Alarm.sound`."""
        self.heard.append(Heard(content, verified, sounded_ms))


@lru_cache(maxsize=_KEYS_REMEMBERED)
def key_of(name: str) -> SigningKey:
    """Return the key of a name, the same one each time."""
    return SigningKey.from_seed(sha256(f"key {name}".encode()).digest())
