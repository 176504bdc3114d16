"""The node's key replaced in steps such that a crash between any two leaves a key that the ledger names."""

from __future__ import annotations

import os
from pathlib import Path

from sazokar.adapters.durable import sync
from sazokar.adapters.entropy_system import SystemEntropy
from sazokar.app.codec import Stamp, seal
from sazokar.app.receipt import Receipt
from sazokar.domain.finding import Outcome
from sazokar.domain.statement import RotateNode
from sazokar.doors.desk.folder import owned
from sazokar.doors.desk.session import HOUR_MS, now_ms, passphrase_of, say
from sazokar.doors.desk.submitting import told
from sazokar.ledger.keyfile import read_key, write_key
from sazokar.ledger.signing import SigningKey


def rotate(directory: Path) -> int:
    """Return the exit code after the node's key was replaced, by an entry that the old and the new one signed."""
    path, fresh, former = (directory / name for name in ("node.key", "node.key.new", "node.key.old"))
    with owned(directory) as (node, _):
        old = read_key(path, passphrase_of(path, None, variable="SAZOKAR_NODE_PASSPHRASE"))
        fresh.unlink(missing_ok=True)
        new = SigningKey.generate()
        write_key(fresh, new, None)
        now = now_ms()
        used = node.state.numbers.get(old.key_id)
        number = max((used.through, *used.beyond)) + 1 if used else 1
        stamp = Stamp(ledger=node.ledger, number=number, stated_ms=now, expires_ms=now + HOUR_MS)
        statement = RotateNode(old=old.key_id, new=new.key_id)
        answer = node.submit(*seal(statement, stamp, [old, new], SystemEntropy()))
        if isinstance(answer, Receipt) and answer.outcome is Outcome.TAKEN:
            former.unlink(missing_ok=True)
            os.link(path, former)
            fresh.replace(path)
            sync(directory)
            say(f"the node's key is now {new.key_id[:16]}…; the former one is kept as {former.name}")
        damaged = node.damage is not None
    return told(answer, statement, damaged=damaged)
