"""A ledger looked at, by its node or as one party may see it. Every "may see" is decided by `domain.disclosure`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from sazokar.app import recorded
from sazokar.app.opening import view_of
from sazokar.app.ports import Log
from sazokar.app.shown import seen_level
from sazokar.app.shown_conflicts import hears_of
from sazokar.domain.finding import Raised
from sazokar.domain.state import Case, Notice, State
from sazokar.domain.statement import Submission
from sazokar.doors.desk.folder import genuine, owned, party_of
from sazokar.doors.desk.session import complain, now_ms
from sazokar.errors import LedgerHeldError, SazokarError, UnreadableError
from sazokar.wiring import open_log

_T = TypeVar("_T")


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
        return str(seen_level(self.state, notice, self.viewer or None)[0])

    def hears_of(self, case: Case) -> bool:
        """Return whether the viewer hears that a conflict exists."""
        return hears_of(self.state, case, self.viewer or None)


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
    viewer, owner = look.viewer or None, party_of(look.directory)
    return _from_log(look, lambda log: recorded.raised_of(log, look.state, ref, viewer, view_of(log, owner)))


def submission_of(look: Look, entry_id: str) -> Submission | None:
    """Return a statement of the ledger by its id, without the sections that the viewer may not read."""
    found = _from_log(look, lambda log: recorded.stated(log, look.state, entry_id, look.viewer or None))
    return found.by if found is not None else None


def _from_log(look: Look, read: Callable[[Log], _T | None]) -> _T | None:
    """Return what is read of the log; None where it was damaged since it was verified: it is nobody's word any more."""
    log = open_log(look.directory, read_only=True)
    try:
        return read(log)
    except SazokarError:
        return None
    finally:
        log.close()
