"""A process that submits through a node on SQLite until it is killed, and says what was acknowledged, line by line.

Run as a module, with the ledger's path: `python -m tests.app.submitter PATH`.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.codec import Stamp, seal, seal_founding
from sazokar.app.node import Node
from sazokar.app.playing import StageClock
from sazokar.app.receipt import Receipt
from sazokar.domain.party import OfficerRole, PartyRole
from sazokar.domain.statement import Charter, DelegateKey, Member, Statement, TestCall
from sazokar.ledger.signing import SigningKey
from tests.app.stages import CountedEntropy, SilentAlarm

ROOT, OFFICER, NODE, OTHER = (SigningKey.from_seed(bytes([number]) * 32) for number in range(40, 44))
BEGINS_MS, DAY_MS = 1_768_000_000_000, 86_400_000


def opened(path: Path) -> tuple[Node, SqliteLog]:
    log = SqliteLog(path)
    node = Node(log, StageClock(BEGINS_MS), NODE, CountedEntropy(), SilentAlarm())
    if not node.state.size:
        members = tuple(
            Member(name=name, role=PartyRole.PARTY, roots=(key.key_id,))
            for name, key in (("ALPHA", ROOT), ("BRAVO", OTHER))
        )
        charter = Charter(
            name="Killed", origin="killed.invalid/ledger", node=NODE.key_id, parties=members, quorum=1,
            created_ms=BEGINS_MS,
        )  # fmt: skip
        node.found(seal_founding(charter, [ROOT, OTHER]))
    return node, log


def send(node: Node, statement: Statement, key: SigningKey, number: int) -> str:
    stamp = Stamp(ledger=node.ledger, number=number, stated_ms=BEGINS_MS, expires_ms=BEGINS_MS + DAY_MS)
    answer = node.submit(*seal(statement, stamp, [key], CountedEntropy()))
    assert isinstance(answer, Receipt) and answer.refusal is None, answer
    return answer.id


def main(path: Path) -> None:
    node, _ = opened(path)
    if OFFICER.key_id not in node.state.keys:
        delegation = DelegateKey(
            key=OFFICER.key_id, watch_number="A1", role=OfficerRole.OFFICER, from_ms=BEGINS_MS,
            until_ms=BEGINS_MS + DAY_MS,
        )  # fmt: skip
        send(node, delegation, ROOT, 1)
    numbers = node.state.numbers.get(OFFICER.key_id)
    for number in count((numbers.through if numbers else 0) + 1):
        entry = send(node, TestCall(to="BRAVO", answered=True, after_ms=number), OFFICER, number)
        sys.stdout.write(f"{entry}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
