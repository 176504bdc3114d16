"""STOP on its way: heard in the loop at once, then sounded and recorded by threads that nothing else uses.

A call is heard by whoever listens before any gate, log or disk is asked. What is not verified comes from anyone: so many
in a minute are kept, in the folder and in the ledger; of a flood beyond that one is heard in each second, for all.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import msgspec

from sazokar.app.node import Heard, Node, Parcel
from sazokar.app.receipt import Answer, Unrecorded
from sazokar.errors import SazokarError

RECORD_S: Final = 2.0
"""The caller is told after so long that it has sounded, recorded or not."""
KEPT_PER_MINUTE: Final = 120
"""So many calls that are not verified are kept in a minute."""
TOGETHER_MS: Final = 1_000
"""Of more than these one is heard in each second, for all: or a flood would drown what else is heard."""
GREATEST_WAITING: Final = 1_000
"""Of more calls than these that wait to be recorded, those that are not verified are not kept."""
_ALARMS: Final = 16
_RECORDERS: Final = 4
_MINUTE_MS: Final = 60_000

_T = TypeVar("_T")


class Called(msgspec.Struct, frozen=True):
    """What became of a call.

    Args:
        heard: How it was heard; None: it was recorded before, and sounded then.
        answer: What became of its record; None: it is not recorded yet.
        reason: Why not.
        error: Why it is no statement, though it is signed; that it sounded is recorded all the same.
    """

    heard: Heard | None
    answer: Answer | None
    reason: str = ""
    error: SazokarError | None = None


class Calling:
    """STOPs between connections and the node. Used in one event loop.

    Args:
        node: The node.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._alarms = ThreadPoolExecutor(_ALARMS, "alarm")
        self._recorders = ThreadPoolExecutor(_RECORDERS, "stop")
        self._kept_ms: deque[int] = deque()
        self._together_ms = 0
        self._waiting: set[asyncio.Future[Answer | None]] = set()

    async def call(self, parcel: Parcel, *, signed: bool) -> Called:
        """Return that a STOP has sounded, and what became of its record where that is known in time.

        Args:
            parcel: What came: an envelope and its sections, or any words.
            signed: Whether it is an envelope that calls for a STOP.
        """
        leaf, payloads = parcel
        heard = self._node.weighed(leaf)
        if heard is None:
            return await self._recorded(None, lambda: self._node.submit(leaf, payloads))
        if not heard.authentic and not self._may_keep(heard.sounded_ms):
            if heard.sounded_ms - self._together_ms >= TOGETHER_MS:
                self._together_ms = heard.sounded_ms
                self._node.tell(heard)
            return Called(
                heard, None, "heard with others, not kept: too many calls that are not verified in this minute"
            )
        self._node.tell(heard)
        alarm = asyncio.get_running_loop().run_in_executor(self._alarms, self._node.sound, heard)
        alarm.add_done_callback(_settled)
        if signed:
            return await self._recorded(heard, lambda: self._node.submit(leaf, payloads, sounded_ms=heard.sounded_ms))
        return await self._recorded(heard, lambda: self._node.cry(leaf, sounded_ms=heard.sounded_ms))

    def _may_keep(self, now_ms: int) -> bool:
        while self._kept_ms and self._kept_ms[0] <= now_ms - _MINUTE_MS:
            self._kept_ms.popleft()
        if len(self._kept_ms) >= KEPT_PER_MINUTE or len(self._waiting) >= GREATEST_WAITING:
            return False
        self._kept_ms.append(now_ms)
        return True

    async def _recorded(self, heard: Heard | None, record: Callable[[], Answer | None]) -> Called:
        """Wait a little for the record; it is made whether anybody waits or not."""
        task = asyncio.get_running_loop().run_in_executor(self._recorders, record)
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)
        task.add_done_callback(_settled)
        done, _ = await asyncio.wait({task}, timeout=RECORD_S)
        if not done:
            return Called(heard, None, "it is not recorded yet; it will be")
        try:
            answer = task.result()
        except SazokarError as error:
            if heard is not None and heard.authentic:  # what is no statement is recorded as the cry that it was
                await self._recorded(None, lambda: self._node.cry(heard.call, sounded_ms=heard.sounded_ms))
            return Called(heard, None, str(error), error)
        return Called(heard, answer, answer.reason if isinstance(answer, Unrecorded) else "")

    async def close(self) -> None:
        """Return once every call that came is recorded, or cannot be."""
        await asyncio.gather(*self._waiting, return_exceptions=True)
        self._recorders.shutdown(wait=True)
        self._alarms.shutdown(wait=True)


def _settled(task: asyncio.Future[_T]) -> None:
    """Look at a fault, so that nobody is told of one that was never looked at; the alarm itself never raises."""
    if not task.cancelled():
        task.exception()
