"""What has reached a party's line is recorded: gathered for a moment, one record for all of it.

That it was read, an officer signs; what a mail server took is not recorded here. Judges nothing: the node drops what is
recorded already, or was changed meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from itertools import islice
from typing import Final

from sazokar.app.node import Node
from sazokar.domain.state import State
from sazokar.errors import SazokarError

_LOG: Final = logging.getLogger("sazokar.events")
GATHER_S: Final = 0.25
"""Deliveries of so long are one record for each party."""
GREATEST_RECORD: Final = 500
"""At most so many go into one record; the rest into the next."""
GREATEST_WAITING: Final = 20_000
"""Of more than these the newest are not noted: they show as not delivered, which errs to the safe side."""


class Deliveries:
    """What has reached the parties and is not recorded yet.

    Args:
        node: The node that records it.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._waiting: dict[str, dict[str, int]] = {}
        self._some = asyncio.Event()

    def note(self, party: str, reaches: Mapping[str, int]) -> None:
        """Note that something has reached a party, each in its version."""
        waiting = self._waiting.setdefault(party, {})
        state = self._node.state
        for ref, version in reaches.items():
            if len(waiting) < GREATEST_WAITING and not is_delivered(state, party, ref, version):
                waiting[ref] = max(version, waiting.get(ref, 0))
                self._some.set()

    async def run(self) -> None:
        """Record what is noted, until it is cancelled."""
        while True:
            await self._some.wait()
            await asyncio.sleep(GATHER_S)
            self._some.clear()
            await self.flush()

    async def flush(self) -> None:
        """Record what is noted now. What cannot be recorded is not tried again: it is noted when it is sent again."""
        loop = asyncio.get_running_loop()
        for party, waiting in list(self._waiting.items()):
            some = dict(islice(waiting.items(), GREATEST_RECORD))
            for ref in some:
                del waiting[ref]
            if waiting:
                self._some.set()
            if not some:
                continue
            try:
                failed = await loop.run_in_executor(None, self._node.delivered, party, tuple(some), some)
            except SazokarError as error:
                _LOG.error("delivery", extra={"fields": {"error": type(error).__name__, "found": str(error)[:300]}})
                continue
            if failed is not None:
                _LOG.warning("delivery", extra={"fields": {"not_recorded": len(some), "found": failed.reason[:300]}})


def is_delivered(state: State, party: str, ref: str, version: int) -> bool:
    """Return whether it is on record that a version of a notice or a conflict has reached a party."""
    target = state.notices.get(ref) or state.cases.get(ref)
    if target is None or target.version != version:
        return True  # it is gone, or was changed: what takes its place is noted by itself
    return any((ack.party, ack.rung, ack.version) == (party, "delivered", version) for ack in target.acks)
