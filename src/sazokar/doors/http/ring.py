"""The newest events of one party, ready to be sent: encoded once, however many streams of that party there are.

A stream is only a position: who is behind what is kept here reads from the log. Knows no stream.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Final

import msgspec

GREATEST_KEPT: Final = 2_048
"""At most so many events are kept ready for a party,"""
GREATEST_BYTES: Final = 8 * 1024 * 1024
"""and at most so many bytes of them."""
CHUNK_BYTES: Final = 64 * 1024
"""What a stream takes at once ends with the event that goes beyond this."""
KEPT_S: Final = 2.0
"""A page is kept for so long: what is erased is in none that is read later."""
GREATEST_PAGES: Final = 32
_POSITION: Final = attrgetter("position")


class Ready(msgspec.Struct, frozen=True):
    """An event as it is sent.

    Args:
        position: Of its record.
        content: Its lines.
        reaches: Notices and conflicts that have reached the party once it is written, each in its version.
        narrows: Whether it may take from sight what was seen before.
        erases: Whether something is forgotten with it, which may have been read just before.
    """

    position: int
    content: bytes
    reaches: Mapping[str, int] = {}
    narrows: bool = False
    erases: bool = False


class Ring:
    """The events of one party at the positions `[start, end)`: all of them.

    Args:
        start: Where it begins, with nothing in it.
    """

    def __init__(self, start: int) -> None:
        self.start = self.end = start
        self._ready: list[Ready] = []
        self._bytes = 0

    def extend(self, ready: Sequence[Ready], end: int) -> None:
        """Add what comes next, up to `end`; of too much the oldest goes."""
        self._ready += ready
        self._bytes += sum(len(one.content) for one in ready)
        self.end = end
        gone = 0
        while len(self._ready) - gone > GREATEST_KEPT or self._bytes > GREATEST_BYTES:
            self._bytes -= len(self._ready[gone].content)
            gone += 1
        if gone:
            self.start = self._ready[gone - 1].position + 1
            del self._ready[:gone]

    def forget(self, end: int) -> None:
        """Forget everything; what comes next is at `end`."""
        self.start = self.end = end
        self._ready.clear()
        self._bytes = 0

    def after(self, position: int) -> tuple[list[Ready], int]:
        """Return what comes from a position on, as much as is taken at once, and from where to go on.

        Args:
            position: The first that is wanted; not less than `start`. A reader ahead of what is ready does not go back.
        """
        return taken(self._ready[bisect_left(self._ready, position, key=_POSITION) :], max(position, self.end))


class Pages:
    """Pages of the log as some parties see them, for streams that are behind: who comes back together reads together.

    Used in one thread, but for `forget`.

    Args:
        read: Reads the events of a party at the positions `[start, end)`.
    """

    def __init__(self, read: Callable[[str, int, int], list[Ready]]) -> None:
        self._read = read
        self._pages: OrderedDict[tuple[str, int, int], tuple[float, list[Ready]]] = OrderedDict()
        self._forgotten = 0

    def read(self, party: str, start: int, end: int) -> list[Ready]:
        """Return a page, read a moment ago or now.

        Raises:
            LedgerError: The log cannot be read there.
        """
        now_s, key, forgotten = time.monotonic(), (party, start, end), self._forgotten
        kept = self._pages.get(key)
        if kept is not None and now_s - kept[0] < KEPT_S:
            return kept[1]
        page = self._read(party, start, end)
        if forgotten == self._forgotten:  # nothing has taken from sight meanwhile
            self._keep(key, now_s, page)
        return page

    def _keep(self, key: tuple[str, int, int], now_s: float, page: list[Ready]) -> None:
        size = sum(len(one.content) for one in page)
        if size > GREATEST_BYTES // GREATEST_PAGES:  # few events are so large that it is better to read them again
            return
        self._pages[key] = (now_s, page)
        self._pages.move_to_end(key)
        while len(self._pages) > GREATEST_PAGES:
            self._pages.popitem(last=False)

    def forget(self) -> None:
        """Forget every page: something may have been taken from sight."""
        self._forgotten += 1
        self._pages.clear()


def taken(ready: Sequence[Ready], end: int) -> tuple[list[Ready], int]:
    """Return so much of some events as is taken at once, and from where to go on: behind them, or at `end` after all."""
    size = 0
    for count, one in enumerate(ready, 1):
        size += len(one.content)
        if size > CHUNK_BYTES and count < len(ready):
            return list(ready[:count]), one.position + 1
    return list(ready), end
