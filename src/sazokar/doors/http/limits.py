"""How often someone may ask: a bucket for each, which fills by the clock; and how many may be there. Knows no request."""

from __future__ import annotations

from collections import Counter, OrderedDict
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


RESERVE: Final = 2
"""So many times the connections that are served may be open: whoever calls a STOP comes through though they are taken."""


class Crowd:
    """The connections that are open.

    Args:
        most: So many are served.
        per_address: So many of one address are let in; 0: any number, as all come from a proxy.
    """

    def __init__(self, most: int, per_address: int = 0) -> None:
        self.count = 0
        self._most = most * RESERVE
        self._per_address = per_address
        self._of: Counter[str] = Counter()

    def enter(self, address: str) -> bool:
        """Return whether one more connection of an address is let in; it is counted either way, until it leaves."""
        self.count += 1
        self._of[address] += 1
        return self.count <= self._most and not 0 < self._per_address < self._of[address]

    def leave(self, address: str) -> None:
        """Count one connection less."""
        self.count -= 1
        self._of[address] -= 1
        if not self._of[address]:
            del self._of[address]
