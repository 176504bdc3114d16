"""Statements on their way from many connections to the node: gathered, handed over in one thread, answered one by one.

While a batch is on its way to the disk the next one gathers, so that fifty connections cost one sync. STOP goes past
(`calling`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from sazokar.app.node import GREATEST_BATCH, Node, Parcel
from sazokar.app.receipt import Answer
from sazokar.errors import DeclinedError, FaultError, SazokarError

_LOG: Final = logging.getLogger("sazokar.http")
GREATEST_WAITING: Final = 2_048
"""Of more statements than these, whoever sends one is asked to send it again."""


class Intake:
    """What lies between connections and the node. Used in one event loop.

    Args:
        node: The node.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._waiting: deque[tuple[Parcel, asyncio.Future[Answer]]] = deque()
        self._pool = ThreadPoolExecutor(1, "intake")
        self._working: asyncio.Task[None] | None = None

    async def submit(self, parcel: Parcel) -> Answer:
        """Return what became of a statement; see `Node.submit`.

        Raises:
            DeclinedError: Too many wait.
            SazokarError: It cannot be read.
        """
        if len(self._waiting) >= GREATEST_WAITING:
            raise DeclinedError(503, "busy", "too many statements wait to be judged", remedy="send it again", retry_s=1)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((parcel, answer))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            some = [self._waiting.popleft() for _ in range(min(len(self._waiting), GREATEST_BATCH))]
            found: list[Answer | SazokarError]
            try:
                found = await loop.run_in_executor(self._pool, self._node.submit_all, [parcel for parcel, _ in some])
            except Exception as error:  # we are wrong ourselves: nobody may wait for ever
                _LOG.error("fault", exc_info=error)
                found = [FaultError(f"a fault of the node's own ({type(error).__name__})")] * len(some)
            for (_, answer), one in zip(some, found, strict=True):
                if answer.done():  # the connection is gone; what it sent is recorded all the same
                    continue
                if isinstance(one, SazokarError):
                    answer.set_exception(one)
                else:
                    answer.set_result(one)
        self._working = None

    async def close(self) -> None:
        """Return once all that came is answered."""
        if self._working is not None:
            await self._working
        self._pool.shutdown(wait=True)
