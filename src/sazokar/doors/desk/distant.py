"""A desk that works on a node over a line: the folder is then the party's own verified copy, brought up to date first.

Nothing is shown that the copy does not prove. Where the node cannot be reached, what was proven before is shown, and
that is said. Judges nothing: `client` verifies, and this tells a person what came of it.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from sazokar.adapters.ledger_folder import LEDGER, NODE_KEY
from sazokar.doors.desk.session import Session, at_end, complain, go_by, now_ms, read_file
from sazokar.doors.desk.telling import lasting
from sazokar.errors import (
    DamagedError,
    DeclinedError,
    ForkedError,
    KeyFileError,
    LedgerError,
    ProofError,
    SazokarError,
    SignatureError,
    UnreachableError,
    UnreadableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sazokar.app.wire import CosignedTold
    from sazokar.ledger.checkpoint import Checkpoint
    from sazokar.ledger.signing import KeyId, SigningKey


SIMULATED: Final = "clock-is-simulated"
"""A file of a copy: its officer was told."""
CLOCKS_DIFFER_MS: Final = 5_000
"""Who answers in the last seconds of a deadline must know by whose clock."""


class DistantNode:
    """A node at the other end of a line, and the copy of its ledger on this side.

    Args:
        session: The options of the command.
        key: The key by which a session is begun.
    """

    def __init__(self, session: Session, key: SigningKey) -> None:
        from sazokar.client import Client
        from sazokar.wiring import open_replica

        if (session.directory / NODE_KEY).exists():
            raise UnreadableError(
                f"{session.directory}: holds a node's own ledger; with --node, name another folder: --ledger DIR"
            )
        self.directory = session.directory
        self.key = key
        self._compared = False
        self._node = session.node
        self.replica = open_replica(session.directory, roots=_roots(session.roots))
        self.client = Client(session.node, key, self.replica)

    def cosign(self, before: Checkpoint | None, remember: Callable[[bytes], None]) -> CosignedTold:
        """Cosign what the node puts up; see `client.Client.cosign`.

        Raises:
            ForkedError: It does not begin with what was cosigned before.
            DamagedError: What the node tells is not proven.
        """
        try:
            return self.client.cosign(before, remember)
        except (ProofError, SignatureError) as error:
            raise DamagedError(f"NOT BELIEVED: {error}") from error

    def sync(self) -> None:
        """Bring the copy up to date, and keep the roster beside it for when no node can be reached.

        Raises:
            ForkedError: The ledger is not the one that was seen before.
            DamagedError: What the node tells is not proven, or the copy does not verify.
            SazokarError: The node cannot be reached, or declines.
        """
        before = self.replica.state
        try:
            self._compare_clocks()
            self.client.sync()
        except (ProofError, SignatureError) as error:
            raise DamagedError(f"NOT BELIEVED, and not taken: {error}") from error
        self._send_waiting()
        state = self.replica.state
        if state.rosters is not before.rosters or state.keys is not before.keys:
            from sazokar.doors.desk.posted import keep_posted

            keep_posted(self.directory, state, self.replica.ledger)

    def _send_waiting(self) -> None:
        """Send the STOPs that sounded here while the node could not be reached."""
        from sazokar.doors.desk import called

        waiting = called.waiting(self.directory, self.replica.state.stops.values(), time.time_ns() // 1_000_000)
        for call in waiting:
            kept = called.posted(self._node, self.directory, call)
            became = (
                f"recorded as {kept.ref}" if kept.ref else "recorded" if kept.loose else f"NOT RECORDED: {kept.why}"
            )
            complain(f"STOP {called.digest(call.content)}, which sounded here alone, is sent to the node now: {became}")
        if waiting:
            self.client.sync()

    def _compare_clocks(self) -> None:
        """Tell where the node's clock and this one differ: deadlines run by the node's.

        A simulated one is gone by where it is on this machine; a node elsewhere could else choose the time of a signature.
        """
        if self._compared:
            return
        self._compared = True
        from sazokar.client.line import is_loopback

        told = self.client.node()
        ahead_ms = told.now_ms - now_ms()
        if told.simulated and is_loopback(urlsplit(self._node).hostname or ""):
            go_by(told.now_ms)
            self._tell_simulated()
        elif abs(ahead_ms) > CLOCKS_DIFFER_MS:
            complain(
                f"CLOCKS DIFFER: the node's is {lasting(abs(ahead_ms))} {'ahead of' if ahead_ms > 0 else 'behind'} yours; "
                "deadlines run by the node's"
            )

    def _tell_simulated(self) -> None:
        """Say that a node's clock is a play's, once for each copy: whoever works on it knows from then on."""
        mark = self.directory / SIMULATED
        if mark.exists():
            return
        complain("the node's clock is SIMULATED; what is shown goes by it (this is said once)")
        with suppress(OSError):
            mark.touch()


def _roots(path: Path | None) -> frozenset[KeyId]:
    if path is None:
        return frozenset()
    from sazokar.doors.roots import read_roots

    return frozenset(key for keys in read_roots(read_file(path, 1024 * 1024), str(path)).values() for key in keys)


_LINES: dict[Session, DistantNode] = {}
"""One line for each command: filing a hundred notices begins one session."""


def line_of(session: Session, key: SigningKey | None = None) -> DistantNode:
    """Return the line of a command, opened when it is first asked for.

    Raises:
        KeyFileError: No key was named, or it cannot be read.
        UnreachableError: The address is none.
    """
    found = _LINES.get(session)
    if found is None:
        if key is None:
            if session.key is None:
                raise KeyFileError("--node: needs your key, by which the node knows what you may see: --key FILE")
            from sazokar.doors.desk.keyring import unlocked

            key = unlocked(session)
        found = _LINES[session] = DistantNode(session, key)
        at_end(lambda: _hang_up(session))
    return found


def _hang_up(session: Session) -> None:
    if (line := _LINES.pop(session, None)) is not None:
        line.client.close()


def folder_of(session: Session, *, always: bool = False) -> Path:
    """Return the folder that a command reads; with a node the copy there, brought up to date.

    Args:
        session: The options of the command.
        always: Whatever is wrong with the node is told, and what there is is read: telephone numbers, and STOP.

    Raises:
        ForkedError: The ledger is not the one that was seen before.
        SazokarError: There is nothing yet that could be read; or what the node tells is not proven.
    """
    if not session.node:
        return session.directory
    try:
        line_of(session).sync()
    except (ForkedError, DamagedError) as error:
        if not always:
            raise
        complain(f"ALARM: {error}")
    except (UnreachableError, DeclinedError, LedgerError) as error:
        _require_copy(session, error)
        complain(f"NOT UP TO DATE: {error}")
    except SazokarError as error:
        if not always:
            raise
        complain(str(error))
    return session.directory


def node_fault(session: Session) -> str:
    """Return what is wrong with a node by its own word; empty: nothing, or it cannot be asked."""
    try:
        reasons = line_of(session).client.ready()
    except SazokarError:
        return ""
    if not reasons:
        return ""
    damage = next((each for each in reasons if "verify" in each), "")
    if damage:
        _, _, where = damage.partition(" at ")
        return f"THE NODE IS DAMAGED{f' at {where}' if where else ''}: it takes nothing but STOP"
    return f"THE NODE TAKES NO STATEMENTS: {'; '.join(reasons)}"


def _require_copy(session: Session, error: SazokarError) -> None:
    if not (session.directory / LEDGER).is_file():
        raise error
