"""A node's events beside a watch: they wake it, and a STOP rings at once; all else is shown from the verified copy.

Where the node gives no stream, or none for now, it is asked every few seconds whether there is more.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from sazokar.adapters.alarm_spool import Call
from sazokar.client import Client, StopHeard
from sazokar.doors.desk.distant import line_of
from sazokar.doors.desk.session import Session, at_end, complain, in_words
from sazokar.errors import DeclinedError, LedgerHeldError, SazokarError, UnreachableError

POLL_S: Final = 2.0
"""How often a node is asked, whether or not it gives a stream: a stream that is silent may be one that is cut."""
GREATEST_HEARD: Final = 1_000


class Following:
    """A thread that follows a node's events.

    Args:
        session: The options of the command; its copy is brought up to date whenever something happens.
    """

    def __init__(self, session: Session) -> None:
        self._line = line_of(session)
        self._client = Client(session.node, self._line.key)
        self._woken = threading.Event()
        self._heard: deque[Call] = deque(maxlen=GREATEST_HEARD)
        self._told = ""
        self._ended = False
        threading.Thread(target=self._follow, daemon=True).start()
        at_end(self._end)

    def _end(self) -> None:
        self._ended = True
        self._client.close()

    def _follow(self) -> None:
        try:
            for told in self._client.follow():
                if isinstance(told, StopHeard):
                    self._heard.append(Call(told.sounded_ms, told.verified, told.content))
                self._woken.set()
        except (SazokarError, RuntimeError):  # no stream, or the command ends: the watch asks by itself
            return

    def heard(self) -> list[Call]:
        """Wait until something happens, but no longer than it takes to ask, and return the STOPs that have sounded."""
        self._woken.wait(POLL_S)
        self._woken.clear()
        return [self._heard.popleft() for _ in range(len(self._heard))]

    def sync(self) -> None:
        """Bring the copy up to date; that the node cannot be reached is told once, and the watch goes on.

        Raises:
            ForkedError: The ledger is not the one that was seen before.
            DamagedError: What the node tells is not proven.
        """
        try:
            self._line.sync()
            self._told = ""
        except (UnreachableError, DeclinedError, LedgerHeldError) as error:
            if str(error) != self._told:
                self._told = str(error)
                complain(f"NOT UP TO DATE: {in_words(error)}")
