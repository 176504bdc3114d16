"""What goes out by itself to those who are not connected: letters by webhook and by mail, each channel by itself.

A channel is told of what waits for its party, at least once, and in the order of the ledger as long as nothing fails. Who
is slow or away delays nobody else: every channel has a place of its own in the ledger, which is the buffer.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

from sazokar.adapters.alarm_spool import Call
from sazokar.adapters.outbox_sqlite import OUTBOX, STOP, Item, Letter, Outbox
from sazokar.app.events import Event, events_of
from sazokar.domain.state import State
from sazokar.doors.desk.called import digest
from sazokar.doors.desk.folder import unrecorded
from sazokar.errors import LedgerError, SazokarError, UnreachableError

if TYPE_CHECKING:
    from sazokar.doors.http.station import Station

_LOG: Final = logging.getLogger("sazokar.letters")
PAGE: Final = 256
GREATEST_WAITING: Final = 1_000
"""With so many letters on their way a channel makes no more: the ledger keeps what they would tell of."""
TURN_S: Final = 0.5
"""How often a channel looks whether a letter is due."""
SECOND_MS: Final = 1_000
BACK_OFF_S: Final = (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800)
"""How long to wait after each attempt in vain: about 24 h together; then a letter is dead."""
JITTER: Final = 0.2
"""Of each wait so much more or less, by chance, so that what failed together does not come back together."""
RECORDED_S: Final = 2.0
"""A STOP that is not recorded after so long is told of without a reference."""
GREATEST_CRIES: Final = 100
"""At most so many STOPs are waited for at once; of a flood, one is told all the same."""
CRIES_APART_S: Final = 60.0
"""And so far apart at most: anyone may cry."""


class Channel(Protocol):
    """One way out to one party."""

    name: str
    party: str
    apart_s: float
    """What comes within so many seconds after a letter was made is one letter; 0: one for each event."""
    delivers: bool
    """Whether what it sends has reached the party's line once it is taken."""

    def items(self, event: Event, state: State) -> Sequence[Item]:
        """Return what the party is to be told of with an event; nothing, as a rule."""
        ...

    async def send(self, letter: Letter, state: State, now_ms: int) -> None:
        """Return once the letter was taken.

        Raises:
            UnreachableError: It was not.
        """
        ...


class Couriers:
    """The channels of a node.

    Args:
        station: The node, and what is beside it.
        channels: The ways out.
    """

    def __init__(self, station: Station, channels: Sequence[Channel]) -> None:
        self.outbox: Outbox | None = None
        self.channels = tuple(channels)
        self._station = station
        self._cried_s: dict[str, float] = {}
        self._awaited: dict[asyncio.Task[None], None] = {}

    async def run(self) -> None:
        """Send what there is to send, until the node stops. Without its file it does not run, and the node does."""
        try:
            self.outbox = outbox = Outbox(self._station.directory / OUTBOX)
        except SazokarError as error:
            _LOG.error("letters", extra={"fields": {"found": str(error)[:300]}})
            return
        self._station.streams.hear(self._hear)
        turns = [asyncio.create_task(_Turns(self._station, outbox, one).run()) for one in self.channels]
        await self._station.closing.wait()
        ending = [*turns, *self._awaited]
        for one in ending:
            one.cancel()  # what is being sent is sent again by the next process, under the same name
        await asyncio.gather(*ending, return_exceptions=True)
        self.outbox = None
        outbox.close()

    @property
    def waiting(self) -> int:
        """How many letters are on their way."""
        return sum(self.outbox.waiting(one.name) for one in self.channels) if self.outbox is not None else 0

    @property
    def dead(self) -> int:
        """How many are not sent any more."""
        return sum(self.outbox.dead(one.name) for one in self.channels) if self.outbox is not None else 0

    def _hear(self, call: Call) -> None:
        if len(self._awaited) < GREATEST_CRIES:
            self._awaited[asyncio.create_task(self._tell_of(call))] = None

    async def _tell_of(self, call: Call) -> None:
        """Tell of a STOP that the ledger cannot take; of one that it took, where a channel has not come so far yet."""
        task = asyncio.current_task()
        try:
            await asyncio.sleep(RECORDED_S)
            if await asyncio.to_thread(unrecorded, [call], self._station.log, self._station.state):
                await asyncio.to_thread(self._cry, call)
            else:
                await asyncio.to_thread(self._overtake, call)
        finally:
            if task is not None:
                self._awaited.pop(task, None)

    def _overtake(self, call: Call) -> None:
        """Put the letter of a recorded STOP before those that wait, under the name that it would have had in its turn."""
        outbox, state = self.outbox, self._station.state
        found = [case for case in state.stops.values() if case.call is not None and case.sounded_ms == call.sounded_ms]
        if outbox is None or not found:
            return
        ref = found[-1].ref
        record = int(ref[1:]) + 1
        for channel in self.channels:
            with suppress(SazokarError):
                position = outbox.position(channel.name)
                if position is None or position > record or state.member(channel.party) is None:
                    continue
                name = f"{self._station.node.ledger[:12]}-{channel.name}-{record}"
                outbox.put(channel.name, [(name, (Item(ref, STOP),))], self._station.clock.now_ms(), None)

    def _cry(self, call: Call) -> None:
        outbox, now_s = self.outbox, time.monotonic()
        if outbox is None:
            return
        for channel in self.channels:
            if now_s - self._cried_s.get(channel.name, -CRIES_APART_S) < CRIES_APART_S:
                continue
            self._cried_s[channel.name] = now_s
            name = f"stop-{digest(call.content)}-{call.sounded_ms}"
            with suppress(SazokarError):
                outbox.put(channel.name, [(name, (Item("", STOP),))], self._station.clock.now_ms(), None)


class _Turns:
    """One channel at work."""

    def __init__(self, station: Station, outbox: Outbox, channel: Channel) -> None:
        self._station = station
        self._outbox = outbox
        self._channel = channel
        self._made_ms = 0

    async def run(self) -> None:
        while True:
            try:
                went = await self._turn()
            except (SazokarError, OSError) as error:
                self._note("letters", error=type(error).__name__, found=str(error)[:300])
                went = False
            except Exception as error:  # the edge: the turns of a channel end with the node, and by nothing else
                _LOG.error("fault", exc_info=error, extra={"fields": {"channel": self._channel.name}})
                went = False
            await asyncio.sleep(0 if went else TURN_S)

    async def _turn(self) -> bool:
        """Make letters of what has come, and send one; return whether there was one to send."""
        with suppress(LedgerError):  # a damaged ledger tells of nothing new; what is on its way goes on
            await asyncio.to_thread(self._make)
        now_ms = self._station.clock.now_ms()
        letter = await asyncio.to_thread(self._outbox.due, self._channel.name, now_ms)
        if letter is None:
            return False
        try:
            await self._channel.send(letter, self._station.state, now_ms)
        except UnreachableError as error:
            await asyncio.to_thread(self._failed, letter, str(error))
            return True
        except Exception as error:  # the edge: a letter that cannot be made must not hold up those behind it
            _LOG.error("fault", exc_info=error, extra={"fields": {"channel": self._channel.name}})
            await asyncio.to_thread(self._failed, letter, f"a fault of the node's own ({type(error).__name__})")
            return True
        await asyncio.to_thread(self._outbox.sent, letter.number)
        if self._channel.delivers:
            reached = {item.ref: item.version for item in letter.items if item.version}
            self._station.streams.deliveries.note(self._channel.party, reached)
        self._note("letter", attempts=letter.attempts + 1)
        return True

    def _failed(self, letter: Letter, why: str) -> None:
        wait_s = BACK_OFF_S[letter.attempts] if letter.attempts < len(BACK_OFF_S) else None
        now_ms = self._station.clock.now_ms()
        next_ms = (
            None if wait_s is None else now_ms + round(wait_s * SECOND_MS * random.uniform(1 - JITTER, 1 + JITTER))
        )
        self._outbox.failed(letter, why, next_ms)
        self._note("letter in vain", attempts=letter.attempts + 1, dead=next_ms is None, found=why[:200])

    def _make(self) -> None:
        """Make letters of the records that the channel has not looked at; a new channel begins with what comes from now on."""
        state, channel = self._station.state, self._channel
        if state.charter is None or state.member(channel.party) is None or self._station.node.damage is not None:
            return
        start = self._outbox.position(channel.name)
        if start is None or start > state.size:  # new; or the ledger is another one now
            self._outbox.put(channel.name, (), 0, state.size)
            return
        now_ms, end = self._station.clock.now_ms(), min(start + PAGE, state.size)
        if start == end or 0 <= now_ms - self._made_ms < channel.apart_s * SECOND_MS:
            return
        if self._outbox.waiting(channel.name) >= GREATEST_WAITING:
            return
        entries = self._station.log.read(max(0, start - 1), end)
        found = [
            (event.position, items)
            for event in events_of(entries, state, channel.party, start)
            if (items := tuple(channel.items(event, state)))
        ]
        if found and channel.apart_s:
            together = tuple(dict.fromkeys(item for _, items in found for item in items))
            found = [(found[0][0], together)]
        ledger = self._station.node.ledger[:12]
        letters = [(f"{ledger}-{channel.name}-{position}", items) for position, items in found]
        self._made_ms = now_ms if letters else self._made_ms
        self._outbox.put(channel.name, letters, now_ms, end)

    def _note(self, event: str, **fields: object) -> None:
        _LOG.info(event, extra={"fields": {"channel": self._channel.name, **fields}})
