"""One event stream: a position in the ledger, and what is sent from there on. It keeps nothing for who does not take it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from litestar.response.base import ASGIResponse
from litestar.types import HTTPResponseBodyEvent, Receive, Scope, Send

from sazokar.app.events import DamageFound, framed
from sazokar.doors.http.guard import LINE
from sazokar.doors.http.ring import Ready
from sazokar.doors.http.station import NodeRequest, Station, station_of
from sazokar.doors.http.streams import Streams
from sazokar.errors import DeclinedError, LedgerError

HEARTBEAT_S: Final = 15.0
"""A stream on which nothing happens is given a comment so often, so that both ends see that it stands."""
SLOWEST_S: Final = 60.0
"""A stream that takes nothing for so long is cut."""
RETRY_MS: Final = 2_000


class Stream(ASGIResponse):
    """One event stream of a viewer.

    Args:
        streams: All of the node.
        request: By which it was asked for; its session is judged anew as long as the stream stands.
        position: First record that is wanted.
        wait: Whether it goes on when there is no more.

    Raises:
        DeclinedError: Nobody asks that is known, or there are too many streams.
    """

    _should_set_content_length = False

    def __init__(self, streams: Streams, request: NodeRequest, position: int, *, wait: bool) -> None:
        super().__init__(
            media_type="text/event-stream", headers={"cache-control": "no-store", "x-accel-buffering": "no"}
        )
        self._station: Station = station_of(request)
        self._request = request
        self.party = self._station.viewer_of(request).party
        self._streams = streams
        self._next = position
        self._wait = wait
        self._woken = asyncio.Event()
        self._ended = False
        self._told_damage = False
        self._sending_s: float | None = None
        self._sent_s = time.monotonic()
        self._calls = 0
        self._cut: Callable[[], None] | None = None
        streams.admit(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream until it ends."""
        extensions: object = scope.get("extensions")
        line = extensions.get(LINE) if isinstance(extensions, dict) else None
        self._cut = line["cut"] if isinstance(line, dict) else None
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.leave(self)

    async def send_body(self, send: Send, receive: Receive) -> None:
        """Send what there is and what comes, until one side ends it."""
        listening = asyncio.create_task(self._listen(receive))
        try:
            await self._begin(send)
            while not self._is_over():
                self._woken.clear()
                if not await self._send_some(send) and not await self._idle(send):
                    break
            await send(HTTPResponseBodyEvent(type="http.response.body", body=b"", more_body=False))
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    # From outside

    def wake(self) -> None:
        """Have it look whether there is something for it."""
        self._woken.set()

    def look(self, now_s: float) -> None:
        """End it where its session has ended, cut it where it takes nothing, let it beat where nothing happens."""
        if self._sending_s is not None:
            if now_s - self._sending_s >= SLOWEST_S and self._cut is not None:
                self._ended = True
                self._cut()
        elif not self._may_go_on() or now_s - self._sent_s >= HEARTBEAT_S:
            self._woken.set()

    # What it does

    def _is_over(self) -> bool:
        return self._station.closing.is_set() or not self._may_go_on()

    def _may_go_on(self) -> bool:
        """Return whether its session still reads for its party; nothing is sent after it does not."""
        if self._ended:
            return False
        try:
            self._ended = self._station.viewer_of(self._request).party != self.party
        except DeclinedError:
            self._ended = True
        return not self._ended

    async def _listen(self, receive: Receive) -> None:
        """End when the other side does, and when what it announced as its request does not come."""
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        except DeclinedError:
            return
        finally:
            self._ended = True
            self._woken.set()

    async def _begin(self, send: Send) -> None:
        """Tell from where on it is resumed if it is cut before its first event, and what sounds and is in no ledger."""
        await self._send(send, b"retry: %d\nid: %d\n\n" % (RETRY_MS, self._next - 1))
        calls, self._calls = await self._streams.standing_calls()
        for call in calls:
            await self._send(send, call)

    async def _send_some(self, send: Send) -> bool:
        """Send what there is, as much as is taken at once; return whether there was any: STOP first."""
        call, self._calls = self._streams.calls_after(self._calls)
        if call:
            await self._send(send, call)
            return True
        if self._streams.damage is not None:
            return await self._tell_damage(send)
        if self._next >= (self._streams.told if self._wait else self._station.state.size):
            return False
        ready = self._streams.ready(self.party, self._next)
        if ready is None:
            try:
                ready = await self._streams.read(self.party, self._next)
            except LedgerError as error:
                self._streams.note_damage(error)
                await asyncio.sleep(0.1)
                return True
            if self._is_over():  # a session may have ended while it was read
                return True
        some, self._next = ready
        if some:
            await self._send(send, b"".join([one.content for one in some]))
            self._note_delivered(some)
        return True

    async def _idle(self, send: Send) -> bool:
        """Wait for more, with a comment now and then; return whether the stream goes on."""
        if not self._wait:
            return False
        await self._woken.wait()
        if time.monotonic() - self._sent_s >= HEARTBEAT_S and not self._is_over():
            await self._send(send, b": here\n\n")
        return True

    async def _tell_damage(self, send: Send) -> bool:
        """Tell once that the ledger does not verify; from there on there is STOP alone."""
        damage = self._streams.damage
        if self._told_damage or damage is None:
            return False
        self._told_damage = True
        await self._send(send, framed("damaged", DamageFound(position=damage.position)))
        return True

    async def _send(self, send: Send, content: bytes) -> None:
        self._sending_s = time.monotonic()
        await send(HTTPResponseBodyEvent(type="http.response.body", body=content, more_body=True))
        self._sending_s = None
        self._sent_s = time.monotonic()

    def _note_delivered(self, some: list[Ready]) -> None:
        """Note what was written to this line; of one that has broken off meanwhile nothing is."""
        if not self._ended:
            for one in some:
                if one.reaches:
                    self._streams.deliveries.note(self.party, one.reaches)
