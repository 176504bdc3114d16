"""A log that refuses, does not know, is written to by another, and dies between any two steps; what it holds is true.

Wraps nothing: it is the log in memory, which stores or not as the test has planned. What only one technology can break
(a full disk, a kill) is tested beside that technology's adapter.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import StrEnum

from sazokar.adapters.log_memory import MemoryLog
from sazokar.app.ports import Answer, Batch, Snapshot, Unavailable, Unknown


class Fault(StrEnum):
    """What happens at one call that writes."""

    NONE = "none"
    UNAVAILABLE = "unavailable"
    """The batch is not stored, and the log says so."""
    UNKNOWN_STORED = "unknown-stored"
    """It is stored, and the log does not say so."""
    UNKNOWN_LOST = "unknown-lost"
    """It is not stored, and the log does not know."""
    HEAD_MOVED = "head-moved"
    """Another writes first."""
    DIES_BEFORE = "dies-before"
    """The process dies before anything is stored."""
    DIES_AFTER = "dies-after"
    """The process dies when it is stored, before it is told."""


class Died(BaseException):
    """The process is gone: no code of it runs any more, so that nothing may catch this but the test."""


class FaultyLog(MemoryLog):
    """The log in memory, with faults planned for the calls that write.

    Args:
        meanwhile: What another does where `HEAD_MOVED` is planned.
    """

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.meanwhile = meanwhile
        self._planned: deque[Fault] = deque()

    def plan(self, *faults: Fault) -> None:
        """Let these happen at the next calls that write, one at each."""
        self._planned.extend(faults)

    def forget_plans(self) -> None:
        """Let nothing more happen."""
        self._planned.clear()

    def append(self, batch: Batch, expected_size: int) -> Answer:
        """Store a batch, or let the fault planned happen."""
        fault = self._next()
        if fault is Fault.UNAVAILABLE:
            return Unavailable("the disk is full")
        if fault is Fault.UNKNOWN_LOST:
            return Unknown("the line went dead")
        if fault is Fault.HEAD_MOVED:
            self.meanwhile()
        answer = super().append(batch, expected_size)
        if fault is Fault.UNKNOWN_STORED:
            return Unknown("the line went dead")
        self._perhaps_die(fault)
        return answer

    def erase(self, entry_id: str, section: str) -> bool:
        """Forget a payload, or die before or after it."""
        fault = self._next()
        erased = super().erase(entry_id, section)
        self._perhaps_die(fault)
        return erased

    def keep_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot, or die before or after it."""
        fault = self._next()
        super().keep_snapshot(snapshot)
        self._perhaps_die(fault)

    def _next(self) -> Fault:
        fault = self._planned.popleft() if self._planned else Fault.NONE
        if fault is Fault.DIES_BEFORE:
            raise Died(fault)
        return fault

    def _perhaps_die(self, fault: Fault) -> None:
        if fault is Fault.DIES_AFTER:
            raise Died(fault)
