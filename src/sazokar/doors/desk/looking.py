"""A ledger looked at, by its node or as one party may see it. Every "may see" is decided by `domain.disclosure`."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import msgspec

from sazokar.app.opening import entry_of, states, view_of
from sazokar.domain.disclosure import level_of, may_read, view
from sazokar.domain.finding import Findings, Outcome, Raised, Turn
from sazokar.domain.state import EMPTY, Case, Notice, State
from sazokar.domain.statement import Submission
from sazokar.doors.desk.folder import genuine, owned, party_of
from sazokar.doors.desk.session import complain, now_ms
from sazokar.errors import LedgerHeldError, SazokarError, UnreadableError
from sazokar.wiring import open_log


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at.

    Args:
        directory: Folder of the ledger.
        state: What is true.
        now_ms: The present instant.
        viewer: As which party; empty: all of it, as the node has it.
    """

    directory: Path
    state: State
    now_ms: int
    viewer: str = ""

    def sees(self, notice: Notice) -> str:
        """Return how much of a notice is seen: a level of `domain.agreement.Level`."""
        return str(level_of(self.state, notice, self.viewer)[0]) if self.viewer else "everything"

    def hears_of(self, case: Case) -> bool:
        """Return whether the viewer hears that a conflict exists."""
        if not self.viewer:
            return True
        asked = Findings(
            of="", recorded_ms=0, outcome=Outcome.CLOCK, findings=(Turn(ref=case.ref, party="", due_ms=0),)
        )
        return bool(view(self.state, asked, "", self.viewer))


def looked_at(directory: Path, viewer: str = "", *, pass_deadlines: bool = False) -> Look:
    """Return a look at a ledger, all of which verifies.

    Args:
        directory: The folder.
        viewer: As which party; empty: the node.
        pass_deadlines: Record what is due first, where the ledger is free.

    Raises:
        DamagedError: It does not verify.
        SazokarError: It cannot be read, or there is no such party.
    """
    if pass_deadlines and not party_of(directory):
        _pass_deadlines(directory)
    found = genuine(directory)
    require_own(found.party, viewer)
    viewer = viewer or found.party
    if viewer and found.state.member(viewer) is None:
        raise UnreadableError(f"--as: found {viewer[:60]!r}; expected a party of the charter")
    return Look(directory=directory, state=found.state, now_ms=now_ms(), viewer=viewer)


def require_own(party: str, viewer: str) -> None:
    """Pass where a ledger can be looked at as a party: a replica holds what its own party may see, and no more.

    Raises:
        UnreadableError: It cannot.
    """
    if party and viewer and viewer != party:
        raise UnreadableError(f"--as: found {viewer[:60]!r}; this is {party}'s copy, which holds what {party} may see")


def _pass_deadlines(directory: Path) -> None:
    """Record every deadline that has passed; where that cannot be, what is shown says how late it is all the same."""
    try:
        with owned(directory, wait_s=1.0) as (node, _):
            node.tick()
    except LedgerHeldError as error:
        complain(f"deadlines not recorded now: {error}")
    except (SazokarError, OSError) as error:
        complain(f"deadlines not recorded: {error}")


def raised_of(look: Look, ref: str) -> Raised | None:
    """Return how a conflict was last found, as the viewer may see it."""
    last: Raised | None = None
    log = open_log(look.directory, read_only=True)
    try:
        before = EMPTY
        own = view_of(log, party_of(look.directory))
        following = states(log, view=own)
        for stored in log.read(0):
            entry = entry_of(stored, before, own)
            before = next(following)
            if isinstance(entry, Findings):
                last = next((f for f in entry.findings or () if isinstance(f, Raised) and f.ref == ref), last)
    except (SazokarError, StopIteration):
        return None  # it was damaged since it was verified: what it tells now is nobody's word
    finally:
        log.close()
    if last is None or not look.viewer:
        return last
    seen = view(look.state, Findings(of="", recorded_ms=0, outcome=Outcome.CLOCK, findings=(last,)), "", look.viewer)
    return next((f for f in seen if isinstance(f, Raised)), None)


def submission_of(look: Look, entry_id: str, section: str) -> Submission | None:
    """Return a statement of the ledger by its id, where the viewer may read that section of it; else None."""
    log = open_log(look.directory, read_only=True)
    try:
        position = log.position_of(entry_id)
        if position is None:
            return None
        # The key is judged where it signed: the state there is folded for it.
        own = view_of(log, party_of(look.directory))
        before = deque(states(log, EMPTY, position, own), maxlen=1).pop()
        entry = entry_of(next(iter(log.read(position, position + 1))), before, own)
    except (SazokarError, StopIteration, IndexError):
        return None
    finally:
        log.close()
    if not isinstance(entry, Submission):
        return None
    return entry if not look.viewer or may_read(look.state, entry, section, look.viewer) else None
