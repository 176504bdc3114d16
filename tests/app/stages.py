"""A stage for scenario A with keys and salts that are the same in every run, so that a failure is the same too."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from importlib import resources
from itertools import count

from sazokar.adapters.log_memory import MemoryLog
from sazokar.app.playing import Happening, Stage
from sazokar.app.ports import ProvableLog
from sazokar.dialects import agreement as dialect
from sazokar.domain.agreement import Agreement
from sazokar.ledger.signing import KeyId, SigningKey

TEXT = resources.files("sazokar").joinpath("data", "examples", "mechanism", "agreement.toml").read_text("utf-8")


class CountedEntropy:
    """Salts that nobody should use outside of tests."""

    def __init__(self) -> None:
        self._numbers = count()

    def salt(self) -> bytes:
        return sha256(b"salt %d" % next(self._numbers)).digest()


class SilentAlarm:
    """Keeps what would have sounded."""

    def __init__(self) -> None:
        self.calls: list[tuple[bytes, bool, int]] = []

    def sound(self, content: bytes, *, verified: bool, sounded_ms: int) -> None:
        self.calls.append((content, verified, sounded_ms))


def counted_keys() -> Iterator[SigningKey]:
    return (SigningKey.from_seed(sha256(b"key %d" % number).digest()) for number in count())


def new_stage(log: ProvableLog | None = None) -> Stage:
    keys = counted_keys()
    return Stage(log or MemoryLog(), CountedEntropy(), SilentAlarm(), lambda: next(keys))


def agreement(text: str = TEXT) -> Agreement:
    return dialect.read(text.encode(), "agreement.toml")


def play(stage: Stage) -> list[Happening]:
    return list(stage.play(TEXT, agreement()))


def roots_of(stage: Stage) -> frozenset[KeyId]:
    return frozenset(key.key_id for key in stage.roots.values())
