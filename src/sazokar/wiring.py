"""Which technology stands behind which port, for a ledger in a folder. Decides nothing else."""

from __future__ import annotations

import time
from pathlib import Path

from sazokar.adapters.alarm_spool import SpoolAlarm
from sazokar.adapters.clock_system import SystemClock
from sazokar.adapters.entropy_system import SystemEntropy
from sazokar.adapters.ledger_folder import LEDGER, NODE_KEY, STOPS
from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.node import Node
from sazokar.app.playing import OF_SCENARIO_A, Cast, Stage
from sazokar.app.ports import Clock
from sazokar.client.replica import Replica
from sazokar.errors import LedgerHeldError
from sazokar.ledger.keyfile import read_key
from sazokar.ledger.signing import KeyId, SigningKey


def open_log(directory: Path, *, read_only: bool = False) -> SqliteLog:
    """Return the log of a folder; see `SqliteLog` for what it raises."""
    return SqliteLog(directory / LEDGER, read_only=read_only)


def open_node(directory: Path, passphrase: bytes | None = None, *, clock: Clock | None = None) -> Node:
    """Return the node over the ledger of a folder, whose one owner it is until its log is closed.

    Args:
        directory: The folder.
        passphrase: Of the node's key.
        clock: What the time is; by default the machine's.

    Raises:
        SazokarError: The folder holds no ledger or no key, the passphrase is wrong, or another process owns it.
    """
    key = read_key(directory / NODE_KEY, passphrase)
    return node_over(open_log(directory), key, directory, clock=clock)


def node_over(log: SqliteLog, key: SigningKey, directory: Path, *, clock: Clock | None = None) -> Node:
    """Return the node over a log that is open, with this machine's clock, entropy and alarm."""
    return Node(log, clock or SystemClock(), key, SystemEntropy(), SpoolAlarm(directory / STOPS))


def open_stage(directory: Path) -> Stage:
    """Return a stage for scenario A over a new ledger in a folder; its keys are made for it, and kept nowhere."""
    return stage_over(open_log(directory), directory, OF_SCENARIO_A)


def stage_over(log: SqliteLog, directory: Path, cast: Cast) -> Stage:
    """Return a stage for a cast over a log that is open and empty; see `open_stage`."""
    return Stage(log, SystemEntropy(), SpoolAlarm(directory / STOPS), cast=cast)


def open_replica(folder: Path, *, roots: frozenset[KeyId] = frozenset(), wait_s: float = 5.0) -> Replica:
    """Return a party's own copy of a ledger, in a folder that is made where there is none.

    Args:
        folder: Its folder, with the ledger's file as a node's has it, so that the desk reads it.
        roots: Root keys that are trusted; empty: the first charter seen is, and remembered.
        wait_s: How long to wait for another process to let go of it, each time that it is used.
    """

    def opened() -> SqliteLog:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        deadline_s = time.monotonic() + wait_s
        while True:
            try:
                return open_log(folder)
            except LedgerHeldError:
                if time.monotonic() >= deadline_s:
                    raise
                time.sleep(0.05)

    return Replica(opened, folder, roots=roots)
