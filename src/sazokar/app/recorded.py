"""What stands in the log and not in the state: statements with their sections, and how a conflict was last found.

Finds an entry without folding the log; holds each entry against its hashes before anything of it is shown. What may be
seen of it, `Sight` and `domain.disclosure` decide.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sazokar.app.codec import NODE_VIEW, read_stored
from sazokar.app.ports import Log, Stored
from sazokar.app.sight import Sight
from sazokar.domain.authority import Author
from sazokar.domain.disclosure import view
from sazokar.domain.finding import AnyFinding, Findings, Outcome, Raised
from sazokar.domain.state import State
from sazokar.domain.statement import Submission
from sazokar.errors import LedgerError
from sazokar.ledger.integrity import verify_entry
from sazokar.ledger.merkle import leaf_hash


class Stated(msgspec.Struct, frozen=True):
    """A statement of the ledger, without the sections that its reader may not see, and when it was recorded."""

    by: Submission
    recorded_ms: int


def genuine_entries(log: Log, start: int, end: int) -> Iterator[Stored]:
    """Give the entries at `[start, end)`, each held against its own hashes and the one that the tree is made of.

    Raises:
        LedgerError: One is damaged, or there are fewer.
    """
    position = start
    for stored in log.read(start, end):
        verify_entry(stored)
        if list(log.leaf_hashes(position, position + 1)) != [leaf_hash(stored.leaf)]:
            raise LedgerError(f"entry {position}: its leaf does not match the hash stored beside it", position)
        yield stored
        position += 1
    if position < end:
        raise LedgerError(f"entry {position} is missing; audit the ledger", position)


def stated(log: Log, state: State, entry_id: str, viewer: str | None) -> Stated | None:
    """Return a statement as a viewer may see it; None: there is none of that id.

    Args:
        log: The log.
        state: What is true; sight is judged by it.
        entry_id: Of the statement.
        viewer: Whose sight it is; None: the node's.

    Raises:
        LedgerError: The entry is damaged.
    """
    position = log.position_of(entry_id)
    if position is None or position + 1 >= state.size:
        return None
    statement, findings = genuine_entries(log, position, position + 2)
    by, record = Sight(state, viewer).entry(statement), _read(findings)
    if not isinstance(by, Submission) or not isinstance(record, Findings):
        return None
    return Stated(by, record.recorded_ms)


# How a conflict was last found


def raised_of(log: Log, state: State, ref: str, viewer: str | None, own: str = NODE_VIEW) -> Raised | None:
    """Return how a conflict was last found, as a viewer may see it by what is true now; None: it does not hear of it.

    The instant is in the state; the record is found by halving the log, as instants never go back in it.

    Args:
        log: The log.
        state: What is true.
        ref: Of the conflict.
        viewer: Whose sight it is; None: the node's.
        own: Section of the findings that the log holds: a party's copy has its own view alone.

    Raises:
        LedgerError: An entry on the way is damaged.
    """
    case = state.cases.get(ref)
    if case is None:
        return None
    last: Raised | None = None
    for stored in log.read(_first_at(log, state.size, case.raised_ms), state.size):
        record = _read(stored, own)
        if not isinstance(record, Findings):
            continue
        if record.recorded_ms > case.raised_ms:
            break
        found = [one for one in record.findings or () if isinstance(one, Raised) and one.ref == ref]
        if found:
            list(genuine_entries(log, stored.position, stored.position + 1))
            last = found[-1]
    return last if last is None or viewer is None else _seen(state, last, viewer)


def _seen(state: State, raised: Raised, viewer: str) -> Raised | None:
    findings: tuple[AnyFinding, ...] = (raised,)
    seen = view(state, Findings(of="", recorded_ms=0, outcome=Outcome.CLOCK, findings=findings), "", viewer)
    return next((one for one in seen if isinstance(one, Raised)), None)


def _first_at(log: Log, size: int, recorded_ms: int) -> int:
    """Return a position at or before the first record of an instant: nothing before it was recorded then or later.

    Halves the log, so that the loop ends after as many steps as its size has binary digits.
    """
    low, high = 1, size
    while low < high:
        middle = (low + high) // 2
        if _recorded_from(log, middle, size) < recorded_ms:
            low = middle + 1
        else:
            high = middle
    return low


def _recorded_from(log: Log, position: int, size: int) -> int:
    """Return when the first record at or behind a position was recorded; a statement's own is the one behind it."""
    for stored in log.read(position, min(position + 2, size)):
        record = _read(stored)
        if isinstance(record, Findings):
            return record.recorded_ms
    raise LedgerError(f"entry {position}: found no record of it; audit the ledger", position)


def _read(stored: Stored, own: str = NODE_VIEW) -> object:
    return read_stored(stored, lambda key, _: Author(""), own)
