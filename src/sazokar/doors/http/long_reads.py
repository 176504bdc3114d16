"""Reads that take long, in threads of their own: pages of the log, searches, bundles. So many of a party wait, and no more.

What an officer looks at, the roster and the list of STOPs, is read elsewhere and waits for none of these. Knows nothing
of what is read.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from sazokar.errors import DeclinedError

GREATEST_WAITING: Final = 8
"""Of more long reads of one party at once, those that come on top are asked to come again."""
_THREADS: Final = 2

_T = TypeVar("_T")


class LongReads:
    """Who reads long, and for whom. Used in one event loop."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, "long-reads")
        self._waiting: Counter[str] = Counter()

    async def read(self, party: str, work: Callable[[], _T]) -> _T:
        """Return what some work gives, in its turn.

        Args:
            party: For whom; empty: for all who are not known.
            work: What reads.

        Raises:
            DeclinedError: As many of that party wait already.
        """
        if self._waiting[party] >= GREATEST_WAITING:
            raise DeclinedError(
                503, "busy", f"found {GREATEST_WAITING} long reads of your party at once",
                remedy="wait for their answers, then ask again", retry_s=1,
            )  # fmt: skip
        self._waiting[party] += 1
        turn = asyncio.get_running_loop().run_in_executor(self._pool, work)
        turn.add_done_callback(lambda _: self._ended(party))  # whoever asked may have gone: the thread reads on
        return await turn

    def _ended(self, party: str) -> None:
        self._waiting[party] -= 1
        if not self._waiting[party]:
            del self._waiting[party]
