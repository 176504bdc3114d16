"""The stream of a node's events, read as it comes: server-sent events, with what is needed to go on where it broke off.

An event says that something was recorded, and is not believed before the replica holds it: it wakes, and names the
position. Opens no socket.

Source: WHATWG HTML, section 9.2 (server-sent events).
"""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from sazokar.app.events import DamageFound, Event, StopHeard
from sazokar.errors import UnreachableError

_Told = TypeVar("_Told")
LONGEST_LINE: Final = 8 * 1024 * 1024
"""An event is one line; its findings and sections are bounded by the ledger's own limits."""
SHORTEST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
"""A stream that breaks off is asked for again after twice as long each time, up to this."""
SILENCE_S: Final = 60.0
"""A stream that does not even beat for so long is given up, and asked for again."""


Told = Event | StopHeard | DamageFound


class Stream:
    """What was read of a stream, over all the connections that it took.

    Args:
        after: Position of the last event that is known; None: from now on.
    """

    def __init__(self, after: int | None = None) -> None:
        self.after = after
        self._pause_s = SHORTEST_PAUSE_S
        self._line = b""
        self._data = b""
        self._id = ""
        self._name = ""

    def headers(self) -> dict[str, str]:
        """Return the headers of a request that goes on after the last event."""
        found = {"Accept": "text/event-stream", "Accept-Encoding": "identity", "Cache-Control": "no-store"}
        if self.after is not None:
            found["Last-Event-ID"] = str(self.after)
        return found

    def begun(self) -> None:
        """Begin to read a new connection: what was read of an event that did not come whole is forgotten."""
        self._line = self._data = b""
        self._id = self._name = ""

    def broken(self) -> float:
        """Return for how long to wait before the next connection, in seconds."""
        pause_s = self._pause_s
        self._pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
        return pause_s

    def fed(self, content: bytes) -> list[Told]:
        """Return what has come whole.

        Raises:
            UnreachableError: It is no stream of events; no node answers so.
        """
        *lines, self._line = (self._line + content).split(b"\n")
        if len(self._line) + len(self._data) > LONGEST_LINE:
            raise UnreachableError(f"found a line of more than {LONGEST_LINE:,} bytes; expected events")
        return [told for line in lines if (told := self._ended(line.removesuffix(b"\r"))) is not None]

    def _ended(self, line: bytes) -> Told | None:
        if not line:
            return self._dispatched()
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data += (b"\n" if self._data else b"") + value
        elif name == b"id":
            self._id = value.decode("ascii", "replace")
        elif name == b"event":
            self._name = value.decode("ascii", "replace")
        return None

    def _dispatched(self) -> Told | None:
        data, named, name = self._data, self._id, self._name
        self._data, self._id, self._name = b"", "", ""
        at = _position(named) if named else None
        if not data:
            self._go_on(at)  # a beat, or from where on the stream goes
            return None
        if at is None:
            beside = _BESIDE.get(name)
            return _read(data, beside) if beside is not None else None
        event = _read(data, Event)
        self._pause_s = SHORTEST_PAUSE_S
        if self.after is not None and at <= self.after:
            return None  # it was given before
        self._go_on(at)
        return event

    def _go_on(self, at: int | None) -> None:
        if at is not None and (self.after is None or at > self.after):
            self.after = at


_BESIDE: Final[dict[str, type[StopHeard | DamageFound]]] = {"stop": StopHeard, "damaged": DamageFound}
"""What a stream tells that is no record of the ledger, and so has no position."""


def _position(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise UnreachableError(f"found the event {text[:40]!r}; expected a position")
    return int(text)


def _read(data: bytes, kind: type[_Told]) -> _Told:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UnreachableError(f"found an event that is none ({str(error)[:200]})") from error
