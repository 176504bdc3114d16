"""What a served node does by itself, beside the requests: one turn after the other, in a thread of its own.

Deadlines pass, STOPs of the spool are recorded, the roster is posted, bytes are held against their hashes again, and
the keys of other issuers are fetched. Judges nothing: it asks the node. That a turn fails is logged and the next one comes.
"""

from __future__ import annotations

import asyncio
import logging
import time
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
SCRUB_S: Final = 3_600.0
"""How often every stored byte is held against its hash while the node runs."""


class Upkeep:
    """The turns of a served node.

    Args:
        station: The node, and what is beside it.
    """

    def __init__(self, station: Station) -> None:
        self._station = station
        self._posted: State | None = None
        self._recorded: set[str] = set()
        self._spooled_s = self._scrubbed_s = time.monotonic()

    async def run(self) -> None:
        """Take turns until the process stops."""
        while not self._station.closing.is_set():
            try:
                await asyncio.get_running_loop().run_in_executor(None, self._turn)
            except (SazokarError, OSError) as error:
                _LOG.error("upkeep", extra={"fields": {"error": type(error).__name__, "found": str(error)[:300]}})
            try:
                await asyncio.wait_for(self._station.closing.wait(), TURN_S)
            except TimeoutError:
                continue

    def _turn(self) -> None:
        node, now_s = self._station.node, time.monotonic()
        self._station.issuers.refresh()
        if node.state.charter is None:
            return
        if node.damage is None and (node.unrecorded or next_due(node.state, self._station.clock.now_ms()) is not None):
            node.tick()
        if now_s - self._spooled_s >= SPOOL_S:
            self._spooled_s = now_s
            record_spooled(node, self._station.log, self._station.directory, quiet=True, known=self._recorded)
        self._post()
        if now_s - self._scrubbed_s >= SCRUB_S and node.damage is None:
            self._scrubbed_s = now_s
            node.scrub()

    def _post(self) -> None:
        """Keep the roster beside the ledger, where it has changed."""
        state, last = self._station.node.state, self._posted
        if self._station.node.damage is not None:
            return
        if last is None or last.rosters is not state.rosters or last.keys is not state.keys:
            keep_posted(self._station.directory, state, self._station.node.ledger)
            self._posted = state
