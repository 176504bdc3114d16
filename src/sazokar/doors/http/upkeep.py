"""What a served node does by itself, beside the requests: each in turns of its own, none of which waits for another.

Deadlines pass and STOPs of the spool are recorded; the roster is posted; bytes are held against their hashes again; the
keys of other issuers are fetched. Judges nothing: it asks the node. That a turn fails is logged and the next one comes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from sazokar.domain.state import State, next_due
from sazokar.doors.desk.folder import record_spooled
from sazokar.doors.desk.posted import keep_posted
from sazokar.doors.http.station import Station
from sazokar.errors import SazokarError

_LOG: Final = logging.getLogger("sazokar.node")
TURN_S: Final = 0.25
"""How often it is looked whether a deadline has passed."""
SPOOL_S: Final = 1.0
"""How often the folder of STOPs is looked into: a call may be laid there by a command beside the node."""
POST_S: Final = 0.5
"""How often it is looked whether the roster has changed."""
ISSUERS_S: Final = 1.0
"""How often it is looked whether keys of other issuers are wanted; how often they are fetched, `issuers` says."""
SCRUB_S: Final = 3_600.0
"""How often every stored byte is held against its hash while the node runs."""
TOLD_AGAIN_S: Final = 60.0
"""The same failure is logged so often at most: a disk that is full stays so for longer than a turn."""


class Upkeep:
    """The turns of a served node.

    Args:
        station: The node, and what is beside it.
    """

    def __init__(self, station: Station) -> None:
        self._station = station
        self._posted: State | None = None
        self._recorded: set[str] = set()
        self._spooled_s = time.monotonic()
        self._told: dict[str, tuple[str, float]] = {}

    async def run(self) -> None:
        """Take turns until the process stops: what it holds in threads ends by itself, what waits for others is cut."""
        pools = [ThreadPoolExecutor(1, name) for name in ("deadlines", "roster", "scrub")]
        deadlines, roster, scrub = (partial(asyncio.get_running_loop().run_in_executor, pool) for pool in pools)
        turns = [
            asyncio.create_task(self._again("deadlines", TURN_S, lambda: deadlines(self._pass_deadlines))),
            asyncio.create_task(self._again("roster", POST_S, lambda: roster(self._post))),
            asyncio.create_task(self._again("scrub", SCRUB_S, lambda: scrub(self._scrub), late=True)),
        ]
        fetching = asyncio.create_task(self._again("issuers", ISSUERS_S, self._station.issuers.refresh))
        await self._station.closing.wait()
        fetching.cancel()
        await asyncio.gather(*turns, fetching, return_exceptions=True)
        for pool in pools:
            pool.shutdown(wait=True)

    async def _again(
        self, name: str, every_s: float, work: Callable[[], Awaitable[None]], *, late: bool = False
    ) -> None:
        """Take one kind of turn again and again; the first of a late one comes after its time."""
        closing = self._station.closing
        while not closing.is_set():
            if not late:
                try:
                    await work()
                except Exception as error:  # the edge: a turn that was lost for good would be missed by nobody
                    self._note(name, error)
                else:
                    self._told.pop(name, None)
            late = False
            try:
                await asyncio.wait_for(closing.wait(), every_s)
            except TimeoutError:
                continue

    def _note(self, name: str, error: Exception) -> None:
        """Log that a turn failed: of the world's failing what it says, of our own where."""
        kind, now_s = type(error).__name__, time.monotonic()
        before, told_s = self._told.get(name, ("", 0.0))
        if before == kind and now_s - told_s < TOLD_AGAIN_S:
            return
        self._told[name] = (kind, now_s)
        fields = {"turn": name, "error": kind}
        if isinstance(error, (SazokarError, OSError)):
            _LOG.error("upkeep", extra={"fields": {**fields, "found": str(error)[:300]}})
        else:
            _LOG.error("fault", exc_info=error, extra={"fields": fields})

    # One turn of each; in threads

    def _pass_deadlines(self) -> None:
        """Record the deadlines that have passed, and the STOPs that a command beside the node has sounded."""
        node, now_s = self._station.node, time.monotonic()
        if node.state.charter is not None:
            if node.damage is None and (node.unrecorded or node.unerased or self._is_due(node.state)):
                node.tick()
            if now_s - self._spooled_s >= SPOOL_S:
                self._spooled_s = now_s
                record_spooled(node, self._station.log, self._station.directory, quiet=True, known=self._recorded)
        self._station.turned_s = time.monotonic()

    def _is_due(self, state: State) -> bool:
        return next_due(state, self._station.clock.now_ms()) is not None

    def _post(self) -> None:
        """Keep the roster beside the ledger, where it has changed."""
        state, last = self._station.node.state, self._posted
        if self._station.node.damage is not None or state.charter is None:
            return
        if last is None or last.rosters is not state.rosters or last.keys is not state.keys:
            keep_posted(self._station.directory, state, self._station.node.ledger)
            self._posted = state

    def _scrub(self) -> None:
        """Hold every stored byte against its hash, unless the process stops."""
        node = self._station.node
        if node.damage is not None or node.state.charter is None:
            return
        try:
            node.scrub(self._require_running)
        except _StoppingError:
            return

    def _require_running(self) -> None:
        if self._station.closing.is_set():
            raise _StoppingError


class _StoppingError(Exception):
    """The process stops: what takes long is left."""
