"""What every log answers to a batch, whatever it stores it in. Stores nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from sazokar.app.ports import Answer, Appended, Batch, HeadMoved, Stored
from sazokar.errors import LedgerError

PAGE: Final = 512
"""Entries read at once: under one hold of a lock, or in one transaction."""
REJECTED_KEPT: Final = 10_000
"""Rejected envelopes noted; the oldest make way."""
LARGEST_BATCH: Final = 100_000
_ID = re.compile(r"[0-9a-f]{64}")


def require_batch(batch: Batch) -> list[str]:
    """Return the ids of a batch that can be stored.

    Raises:
        LedgerError: It is empty or too large, one id stands in it twice or is none: no log could ever hold it.
    """
    ids = [item.id for item in batch.items]
    if not 1 <= len(ids) <= LARGEST_BATCH or len(set(ids)) != len(ids):
        raise LedgerError(
            f"found a batch of {len(ids)} entries with {len(set(ids))} ids; "
            f"expected 1 to {LARGEST_BATCH}, and one id for each"
        )
    wrong = next((one for one in ids if _ID.fullmatch(one) is None), None)
    if wrong is not None:
        raise LedgerError(f"found an entry with the id {wrong[:80]!r}; expected 64 hexadecimal digits in lower case")
    return ids


def require_start(start: int) -> None:
    """Return where entries can be read from a position; raises `LedgerError` below 0."""
    if start < 0:
        raise LedgerError(f"found the position {start} to read from; expected 0 or more")


def followed(
    read: Callable[[int], Iterator[Stored]], wait_beyond: Callable[[int, float], bool], start: int, timeout_s: float
) -> Iterator[Stored]:
    """Give entries from `start` on, waiting for more; ends when none has come for `timeout_s` seconds."""
    while wait_beyond(start, timeout_s):
        for entry in read(start):
            yield entry
            start = entry.position + 1


def answer_for(found: list[int | None], size: int, expected_size: int) -> Answer | None:
    """Return what to answer to a batch, or None where it is to be stored now.

    Args:
        found: Per entry of the batch, where it is stored already.
        size: Entries stored.
        expected_size: What the appender believes `size` to be.
    """
    first = found[0]
    if first is not None and first <= expected_size and found == list(range(first, first + len(found))):
        return Appended(first + len(found))
    if any(position is not None for position in found) or size != expected_size:
        return HeadMoved(size)
    return None
