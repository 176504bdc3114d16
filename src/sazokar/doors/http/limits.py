"""How often someone may ask: a bucket for each, which fills by the clock. Knows no request and no party."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

GREATEST_BUCKETS: Final = 20_000
"""Of more names than these the one unused longest is forgotten: it would be full again."""
BURST: Final = 4
"""A bucket holds the requests of so many seconds."""


class Buckets:
    """Token buckets by name.

    Args:
        per_s: How many requests a second fill one.
    """

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._full = per_s * BURST
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, name: str, now_s: float) -> float:
        """Take one request from a bucket; return 0 where there was one, else in how many seconds there will be.

        Args:
            name: Whose.
            now_s: A monotonic clock, seconds.
        """
        left, at_s = self._buckets.pop(name, (self._full, now_s))
        left = min(self._full, left + (now_s - at_s) * self._per_s)
        short = left < 1
        self._buckets[name] = (left if short else left - 1, now_s)
        if len(self._buckets) > GREATEST_BUCKETS:
            self._buckets.popitem(last=False)
        return (1 - left) / self._per_s if short else 0.0
