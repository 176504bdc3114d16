"""Every open event stream of a node, and what they share: who is told of a batch, in which bytes, and when one ends.

No stream has a queue, and none waits for another. Made once for each process; used in its event loop, but for reading.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, Final

from sazokar.adapters.alarm_spool import GREATEST_CALL_BYTES, Call, readable_calls
from sazokar.adapters.ledger_folder import STOPS
from sazokar.app.events import StopHeard, events_of, framed, may_narrow, reaching
from sazokar.app.ports import Stored
from sazokar.domain.state import State
from sazokar.doors.desk.folder import unrecorded
from sazokar.doors.http.delivery import Deliveries
from sazokar.doors.http.ring import Pages, Ready, Ring, taken
from sazokar.errors import DeclinedError, LedgerError, SazokarError

if TYPE_CHECKING:
    from sazokar.doors.http.station import Station
    from sazokar.doors.http.stream import Stream

_LOG: Final = logging.getLogger("sazokar.events")
PAGE: Final = 64
"""So many entries are read at once."""
BEAT_S: Final = 1.0
"""How often every stream is looked at: whether its session still holds, whether it takes what it is given."""
SPOOL_S: Final = 0.5
"""How often it is looked whether a command beside the node has sounded a STOP."""
GREATEST_CALLS: Final = 200
"""At most so many STOPs are kept for streams to take; of more, the oldest are in the folder and in the ledger."""
RETRY_S: Final = 10


class Streams:
    """The event streams of a node.

    Args:
        station: The node, and what is beside it.
    """

    def __init__(self, station: Station) -> None:
        self.station = station
        self.deliveries = Deliveries(station.node)
        self.damage: LedgerError | None = None
        self.told = station.state.size
        self._open: set[Stream] = set()
        self._rings: dict[str, Ring] = {}
        self._woken = asyncio.Event()
        self._pages = Pages(lambda party, start, end: self._read((party,), start, end)[party])
        self._telling = ThreadPoolExecutor(1, "events")
        self._paging = ThreadPoolExecutor(1, "pages")  # who is behind must not keep those waiting who are not
        self._calls: deque[tuple[int, Call, bytes]] = deque(maxlen=GREATEST_CALLS)
        self._serial = 0
        self._hearers: list[Callable[[Call], None]] = []
        self._heard: OrderedDict[tuple[int, bytes], None] = OrderedDict()
        self._spool = station.directory / STOPS
        self._spool_seen: frozenset[str] = frozenset()
        self._spool_changed = 0

    # Who listens

    def admit(self, stream: Stream) -> None:
        """Let a stream begin.

        Raises:
            DeclinedError: There are as many as there may be, of its party or of all.
        """
        settings, party = self.station.settings, stream.party
        mine = sum(other.party == party for other in self._open)
        if len(self._open) >= settings.streams or mine >= settings.streams_per_party:
            raise DeclinedError(
                503, "too-many-streams", "found as many event streams open as this node serves",
                remedy="close one, or ask again later", retry_s=RETRY_S,
            )  # fmt: skip
        self._open.add(stream)
        self._rings.setdefault(party, Ring(self.told))

    def leave(self, stream: Stream) -> None:
        """Let a stream end; the last of its party takes with it what was kept ready."""
        self._open.discard(stream)
        if all(other.party != stream.party for other in self._open):
            self._rings.pop(stream.party, None)

    @property
    def count(self) -> int:
        """How many are open."""
        return len(self._open)

    # What they take

    def ready(self, party: str, position: int) -> tuple[list[Ready], int] | None:
        """Return what is ready for a party from a position on, and from where to go on; None: it must be read."""
        ring = self._rings.get(party)
        return ring.after(position) if ring is not None and ring.start <= position < ring.end else None

    async def read(self, party: str, position: int) -> tuple[list[Ready], int]:
        """Return the next page for a party that is behind, read from the log, and from where to go on.

        Raises:
            LedgerError: The log cannot be read there.
        """
        start = position // PAGE * PAGE  # so that who comes back together reads the same pages
        end = min(start + PAGE, self.station.state.size)
        read = self._pages.read
        page = await asyncio.get_running_loop().run_in_executor(self._paging, read, party, start, end)
        return taken([one for one in page if one.position >= position], max(position, end))

    def calls_after(self, serial: int) -> tuple[bytes, int]:
        """Return the next STOP that has sounded since, as it is sent, and its serial number; empty: there is none."""
        if serial == self._serial:
            return b"", serial
        return next((content, number) for number, _, content in self._calls if number > serial)

    async def standing_calls(self) -> tuple[list[bytes], int]:
        """Return the STOPs that have sounded and are in no ledger, for a stream that begins, and the last serial number."""
        known, serial = {call: content for _, call, content in self._calls}, self._serial
        if not known:
            return [], serial
        loose = await asyncio.get_running_loop().run_in_executor(
            self._paging, unrecorded, tuple(known), self.station.log, self.station.state
        )
        return [known[call] for call in loose], serial

    # What happens

    async def run(self) -> None:
        """Tell every stream of what happens, until the node stops."""
        loop = asyncio.get_running_loop()

        def wake(*_: object) -> None:
            with suppress(RuntimeError):  # the loop has ended: nobody listens any more
                loop.call_soon_threadsafe(self._woken.set)

        def hear(content: bytes, verified: bool, sounded_ms: int) -> None:
            text = content[:GREATEST_CALL_BYTES].decode("utf-8", "replace")
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._sounded, Call(sounded_ms, verified, text))

        self.station.node.listen(wake)
        self.station.node.hear(hear)
        sides = [loop.create_task(one) for one in (self._beat(), self._watch_spool(), self.deliveries.run())]
        for one in sides:
            one.add_done_callback(told_of_fault)
        try:
            await self._tell(wake)
        finally:
            for one in sides:
                one.cancel()
            await asyncio.gather(*sides, return_exceptions=True)
            await self.deliveries.flush()
            self._telling.shutdown(wait=True)
            self._paging.shutdown(wait=True)

    async def _tell(self, wake: object) -> None:
        loop, closing = asyncio.get_running_loop(), self.station.closing
        ended = loop.create_task(closing.wait())
        ended.add_done_callback(lambda _: self._woken.set())
        while not closing.is_set():
            await self._woken.wait()
            self._woken.clear()
            while self.told < self.station.state.size and not closing.is_set() and self.damage is None:
                await self._tell_page(loop)
        self.wake_all()

    async def _tell_page(self, loop: asyncio.AbstractEventLoop) -> None:
        """Make the next page ready for every party that listens, and wake its streams."""
        start, end = self.told, min(self.told + PAGE, self.station.state.size)
        parties = tuple(self._rings)
        try:
            found = await loop.run_in_executor(self._telling, self._read, parties, start, end) if parties else {}
        except LedgerError as error:
            self.note_damage(error)
            await asyncio.sleep(SPOOL_S)  # what passes, as a disk's fault does, is read again then
            return
        self.told = end
        ready = [one for told in found.values() for one in told]
        if any(one.narrows for one in ready):
            self._pages.forget()
        narrowed, erased = any(one.narrows for one in ready), any(one.erases for one in ready)
        for party, ring in self._rings.items():
            if erased or party not in found:  # who waits for this page reads it from the log, as it is by then
                ring.forget(end)
                continue
            if narrowed:
                ring.forget(start)
            ring.extend(found[party], end)
        self.wake_all()

    def _read(self, parties: Collection[str], start: int, end: int) -> dict[str, list[Ready]]:
        """Return the events of a stretch of the log for some parties; runs in a thread."""
        entries = list(self.station.log.read(max(0, start - 1), end))
        state = self.station.state
        return {party: list(_encoded(entries, state, party, start)) for party in parties}

    def note_damage(self, error: LedgerError) -> None:
        """Tell every stream that the ledger does not verify; an error that names no entry may be the disk's, and passes."""
        damage = self.station.node.damage or (error if error.position is not None else None)
        if damage is None:
            _LOG.error("events", extra={"fields": {"error": type(error).__name__, "found": str(error)[:300]}})
        elif self.damage is None:
            self.damage = damage
            self.wake_all()

    def wake_all(self) -> None:
        """Have every stream look whether there is something for it."""
        for stream in self._open:
            stream.wake()

    # STOP

    def hear(self, hearer: Callable[[Call], None]) -> None:
        """Have a function called with each STOP that sounds, in this loop; it must not raise, nor wait."""
        self._hearers.append(hearer)

    def _sounded(self, call: Call) -> None:
        key = (call.sounded_ms, sha256(call.content.encode()).digest())
        if key in self._heard:
            return
        self._heard[key] = None
        if len(self._heard) > GREATEST_CALLS:
            self._heard.popitem(last=False)
        self._serial += 1
        self._calls.append((self._serial, call, _stop_framed(call)))
        for hearer in self._hearers:
            hearer(call)
        self.wake_all()

    async def _watch_spool(self) -> None:
        """Hear what a command beside the node sounds, and what sounded before the node began."""
        while True:
            with suppress(SazokarError, OSError):
                for call in await asyncio.get_running_loop().run_in_executor(self._paging, self._new_calls):
                    self._sounded(call)
            await asyncio.sleep(SPOOL_S)

    def _new_calls(self) -> list[Call]:
        try:
            changed = self._spool.stat().st_mtime_ns
        except FileNotFoundError:
            return []
        if changed == self._spool_changed:
            return []
        calls, _ = readable_calls(self._spool, self._spool_seen)
        self._spool_changed = changed
        self._spool_seen |= {call.name for call in calls}
        return calls[-GREATEST_CALLS:]

    # From time to time

    async def _beat(self) -> None:
        """Look at every stream: at its session, and at whether it takes what it is given."""
        while True:
            await asyncio.sleep(BEAT_S)
            if (damage := self.station.node.damage) is not None:
                self.note_damage(damage)
            now_s = time.monotonic()
            for stream in list(self._open):
                stream.look(now_s)
            if self.told < self.station.state.size:
                self._woken.set()  # a page could not be read before


def _encoded(entries: Iterable[Stored], state: State, party: str, start: int) -> Iterable[Ready]:
    for event in islice(events_of(entries, state, party, start), PAGE):
        yield Ready(
            event.position, framed(event.kind, event, event.position), reaching(event, state, party),
            narrows=may_narrow(event.kind), erases=event.kind == "erase",
        )  # fmt: skip


def told_of_fault(side: asyncio.Task[None]) -> None:
    """Log that we are wrong ourselves: what ran beside the streams has ended before they did."""
    if not side.cancelled() and (error := side.exception()) is not None:
        _LOG.error("fault", exc_info=error)


def _stop_framed(call: Call) -> bytes:
    """Return a STOP as it goes over a stream."""
    return framed("stop", StopHeard(sounded_ms=call.sounded_ms, verified=call.verified, content=call.content))
