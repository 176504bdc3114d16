"""A ledger's folder, opened to be written or to be read; what is kept beside the ledger is brought up to date with it.

Whoever opens the ledger to write records first the STOPs that sounded without being recorded. Which those are is not
stored: it is every call of the spool that the ledger does not hold, so that no crash in between can lose one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from sazokar.adapters.alarm_spool import Call, readable_calls
from sazokar.adapters.ledger_folder import CHARTER, LEDGER, NODE_KEY, REPLICA, STOPS
from sazokar.doors.desk.session import complain, passphrase_of, read_file, say
from sazokar.doors.files import write_atomically
from sazokar.errors import DamagedError, LedgerError, LedgerHeldError, SazokarError, UnreadableError
from sazokar.ledger.entry import LARGEST_LEAF_BYTES, open_envelope

if TYPE_CHECKING:
    from sazokar.adapters.log_sqlite import SqliteLog
    from sazokar.app.node import Node
    from sazokar.domain.state import State

WAIT_S: Final = 5.0
"""How long a command waits for another one to let go of the ledger."""
_POLL_S: Final = 0.05


class Found(msgspec.Struct, frozen=True):
    """A ledger as it was read.

    Args:
        state: What is true after its entries, or after those before the damage.
        charter_id: Id of entry 0.
        damage: What is wrong with it; None: it verifies.
        party: Whose replica it is; empty: the node's own ledger.
    """

    state: State
    charter_id: str
    damage: LedgerError | None = None
    party: str = ""


@contextmanager
def owned(directory: Path, wait_s: float = WAIT_S, *, quiet: bool = False) -> Iterator[tuple[Node, SqliteLog]]:
    """Give the node over a folder's ledger, and its log; whatever happens, it is let go of afterwards.

    Args:
        directory: The folder.
        wait_s: How long to wait for another process to let go of it.
        quiet: Do not tell of STOPs that are recorded only now.

    Raises:
        LedgerHeldError: Another process still holds it.
        SazokarError: There is no ledger, or no key of its node.
    """
    from sazokar import wiring
    from sazokar.doors.desk.posted import keep_posted
    from sazokar.ledger.keyfile import read_key

    require_ledger(directory)
    if party := party_of(directory):
        raise LedgerError(f"{directory}: is {party}'s copy of a ledger; what is said goes to its node: --node URL")
    path = directory / NODE_KEY
    key = read_key(path, passphrase_of(path, None, variable="SAZOKAR_NODE_PASSPHRASE"))
    log = _opened(directory, wait_s)
    try:
        node = wiring.node_over(log, key, directory)
        record_spooled(node, log, directory, quiet=quiet)
        yield node, log
        if node.damage is None:
            keep_posted(directory, node.state, node.ledger)
    finally:
        log.close()


def _opened(directory: Path, wait_s: float) -> SqliteLog:
    from sazokar.wiring import open_log

    deadline = time.monotonic() + wait_s
    while True:
        try:
            return open_log(directory)
        except LedgerHeldError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_POLL_S)


def require_ledger(directory: Path) -> None:
    """Pass where a folder holds a ledger; opening it to write would make an empty one.

    Raises:
        LedgerError: It holds none.
    """
    if not (directory / LEDGER).is_file():
        raise LedgerError(f"{directory}: holds no ledger; name its folder with --ledger DIR, or make one: sazokar init")


def read_ledger(directory: Path) -> Found:
    """Return what a folder's ledger tells, read beside its owner, or without one.

    Raises:
        LedgerError: There is none, or nothing of it can be read.
    """
    from sazokar.app.opening import open_ledger
    from sazokar.wiring import open_log

    require_ledger(directory)
    party = party_of(directory)
    log = open_log(directory, read_only=True)
    try:
        opened = open_ledger(log, party)
    finally:
        log.close()
    return Found(opened.state, opened.charter_id, opened.damage, party)


def party_of(directory: Path) -> str:
    """Return whose replica of a ledger lies in a folder; empty: a node's own ledger does.

    Raises:
        LedgerError: The file that says so cannot be read.
    """
    if not (directory / REPLICA).exists():
        return ""
    from sazokar.client.memory import Memory

    owner = Memory(directory).owner()
    return owner.party if owner is not None else ""


def genuine(directory: Path) -> Found:
    """Return what a folder's ledger tells, where all of it verifies: what is shown as somebody's word must be it.

    Raises:
        DamagedError: It does not verify; the damage is named.
        LedgerError: There is none, or nothing of it can be read.
    """
    found = read_ledger(directory)
    if found.damage is not None:
        raise damaged(found.damage)
    return found


def damaged(damage: LedgerError) -> DamagedError:
    """Return the error that names the damage of a ledger, and what can still be looked at."""
    return DamagedError(
        f"DAMAGED: {damage}. Nothing of it is shown as genuine; what came before the damage: sazokar log. "
        "STOP, the roster and the telephone numbers work: sazokar roster show",
        damage.position,
    )


def charter_id(directory: Path) -> str:
    """Return the id by which statements name the ledger of a folder: from the charter beside it, else from the ledger.

    Raises:
        SazokarError: Neither can be read.
    """
    path = directory / CHARTER
    if not path.exists():
        return read_ledger(directory).charter_id
    envelope = open_envelope(read_file(path, LARGEST_LEAF_BYTES))
    if envelope.kind != "charter":
        raise UnreadableError(f"{path}: found {envelope.kind}; expected the signed charter")
    envelope.verify()
    return envelope.id


# STOPs that sounded and are not recorded


def record_spooled(
    node: Node, log: SqliteLog, directory: Path, *, quiet: bool = False, known: set[str] | None = None
) -> int:
    """Record every STOP of the spool that the ledger does not hold; return how many were.

    What cannot be recorded stays in the spool, and is tried again by whoever opens the ledger next.

    Args:
        node: The node.
        log: Its log.
        directory: Folder of the ledger.
        quiet: Do not tell of what is recorded.
        known: Names of calls that are recorded; they are not read, and what is found to be recorded is added. For whoever
            looks again and again, as the spool grows and is never emptied.
    """
    calls, faults = readable_calls(directory / STOPS, known or frozenset())
    for fault in faults:
        complain(fault)
    if node.damage is not None or not calls:
        return 0
    missing = unrecorded(calls, log, node.state)
    recorded = sum(record_call(node, call) is None for call in missing)
    if known is not None:
        known |= {call.name for call in calls} - {call.name for call in missing}
    if recorded and not quiet:
        say(f"recorded now: {recorded} STOP that sounded before and was not recorded yet", err=True)
    return recorded


def record_call(node: Node, call: Call) -> str | None:
    """Record a STOP that has sounded; return why it is not recorded, or None where it is."""
    from sazokar.app.receipt import Unrecorded

    content = call.content.encode()
    try:
        if '"signatures"' not in call.content:
            failed = node.cry(content, sounded_ms=call.sounded_ms)
            return failed.reason if failed else None
        answer = node.submit(content, sounded_ms=call.sounded_ms)
    except SazokarError as error:
        # Bytes that no longer verify were remembered as a call that cannot be verified, and recorded with it.
        return str(error) if node.unrecorded else None
    return answer.reason if isinstance(answer, Unrecorded) else None


def unrecorded(calls: Sequence[Call], log: SqliteLog, state: State) -> list[Call]:
    """Return the calls that the ledger does not hold."""
    heard: dict[int, list[str]] = {}
    for case in state.stops.values():
        if case.raw:
            heard.setdefault(case.sounded_ms, []).append(case.raw)
    return [call for call in calls if not _is_recorded(call, log, heard.get(call.sounded_ms, []))]


def _is_recorded(call: Call, log: SqliteLog, heard: Sequence[str]) -> bool:
    """Return whether a call is in the ledger: by its words, of those that sounded at its instant, or by its id."""
    from sazokar.doors.desk.called import is_recorded_as

    if any(is_recorded_as(raw, call.content) for raw in heard):
        return True
    try:
        return log.position_of(open_envelope(call.content.encode()).id) is not None
    except SazokarError:
        return False


def write_beside(directory: Path, name: str, content: bytes) -> None:
    """Write a file beside the ledger; that it cannot be written is told, and stops nothing."""
    try:
        write_atomically(str(directory / name), content)
    except UnreadableError as error:
        complain(str(error))
