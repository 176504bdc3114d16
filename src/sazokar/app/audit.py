"""Audits a whole ledger: every hash, signature, commitment, checkpoint, verdict and view, and what is live at the end.

Judges nothing by itself: `rejudging` takes each entry again, `ledger.integrity` the stored bytes; here both are brought
together, and the conflicts of what is live are found once more by brute force, beside the cases that are open.
"""

from __future__ import annotations

from typing import Final

import msgspec

from sazokar.app.opening import signers_of
from sazokar.app.ports import ProvableLog
from sazokar.app.rejudging import Doubt, Rejudging, Tally
from sazokar.domain.coordination import pair_key
from sazokar.domain.finding import Resolution
from sazokar.domain.operation import judged_volumes
from sazokar.domain.plan.judge import conflicts
from sazokar.domain.state import State
from sazokar.domain.zones import volumes_of as zones_of
from sazokar.errors import LedgerError, SazokarError
from sazokar.ledger.checkpoint import open_note
from sazokar.ledger.integrity import verify_stored
from sazokar.ledger.merkle import Tree

GREATEST_TOLD: Final = 1_000
"""At most this many of each kind are kept; of the others, how many there were."""
GREATEST_CHECKPOINTS: Final = 100_000
"""At most this many cosigned checkpoints are looked at, the newest."""
_LOOKS: Final = 5


class Told(msgspec.Struct):
    """Doubts of one kind: the first `GREATEST_TOLD` of them, and how many there were."""

    kept: list[Doubt] = msgspec.field(default_factory=list)
    count: int = 0

    def add(self, doubt: Doubt) -> None:
        """Take one more."""
        self.count += 1
        if len(self.kept) < GREATEST_TOLD:
            self.kept.append(doubt)


class Audit(msgspec.Struct):
    """What an audit found.

    Args:
        size: Entries of the ledger.
        differences: What is not as it was recorded, or is damaged.
        equivalent: Where only numbers differ, within the bound.
        unchecked: What could not be checked, as something is withheld or erased.
        tally: What was looked at.
        checkpoints: Cosigned checkpoints that hold.
        live: Pairs of live operations that brute force finds in conflict.
    """

    size: int = 0
    differences: Told = msgspec.field(default_factory=Told)
    equivalent: Told = msgspec.field(default_factory=Told)
    unchecked: Told = msgspec.field(default_factory=Told)
    tally: Tally = msgspec.field(default_factory=Tally)
    checkpoints: int = 0
    live: int = 0


def audit(log: ProvableLog, party: str = "") -> Audit:
    """Return what is wrong with a ledger; an empty one has nothing wrong.

    Args:
        log: The log; what is appended while it is audited is left for the next audit.
        party: Whose copy of the ledger it is; empty: the node's own. Of a copy, verdicts are told as not checkable.
    """
    found = Audit(size=log.size())
    rejudging = Rejudging(found.differences.add, found.equivalent.add, found.unchecked.add, party)
    found.tally = rejudging.tally
    whole = _rejudge(log, rejudging, found)
    _verify_bytes(log, rejudging.state, found)
    if whole and not party:
        compare_live(rejudging.state, found)
    return found


def _rejudge(log: ProvableLog, rejudging: Rejudging, found: Audit) -> bool:
    try:
        for stored in log.read(0, found.size):
            rejudging.take(stored)
    except SazokarError as error:
        position = getattr(error, "position", None)
        at = rejudging.tally.entries if position is None else position
        found.differences.add(Doubt(at, f"{error}; nothing after it was judged"))
        return False
    return True


def _verify_bytes(log: ProvableLog, state: State, found: Audit) -> None:
    """Hold the stored bytes against the node's checkpoint, and every cosigned checkpoint against the bytes."""
    tree = Tree(log.leaf_hashes)
    error: LedgerError | None = None
    for _ in range(_LOOKS):  # a log that grows is looked at anew
        tree, error = Tree(log.leaf_hashes), None
        try:
            verify_stored(log, signers_of(state), tree)
            break
        except LedgerError as fault:
            error = fault
            if log.size() == found.size:
                break
    if error is not None:
        # Where judging stopped early, later keys are not known: what it told says more than their checkpoint.
        if error.position is not None or not found.differences.count:
            found.differences.add(Doubt(found.size if error.position is None else error.position, str(error)))
        return
    _verify_checkpoints(log, state, tree, found)


def _verify_checkpoints(log: ProvableLog, state: State, tree: Tree, found: Audit) -> None:
    size = tree.size + 1
    for _ in range(GREATEST_CHECKPOINTS):
        note = log.cosigned_below(size)
        if note is None:
            return
        try:
            checkpoint, _ = open_note(note, signers_of(state), strangers=False)
            if checkpoint.size >= size:
                raise LedgerError(f"the checkpoint of {checkpoint.size} entries is kept under another size")
            size = checkpoint.size
            if tree.root(size) != checkpoint.root:
                raise LedgerError(
                    f"the checkpoint of {size} entries has another root: the ledger was forked or rewritten"
                )
        except SazokarError as error:
            found.differences.add(Doubt(min(size, tree.size), f"a cosigned checkpoint does not hold: {error}"))
            return
        found.checkpoints += 1


def compare_live(state: State, found: Audit) -> None:
    """Find the conflicts of all that is live by brute force, and hold them against the cases that are open.

    Args:
        state: What is true at the end.
        found: Takes what differs.
    """
    agreement = state.judges
    if agreement is None:
        return
    notices = {ref: state.notices[ref] for ref in state.open}
    hidden = {ref for ref, notice in notices.items() if notice.extent is None}
    volumes = [
        volume for ref, notice in notices.items() if notice.extent for volume in judged_volumes(notice.extent, ref)
    ]
    judged = conflicts([*zones_of(agreement), *volumes], agreement.rules(), ground=agreement.ground)
    pairs = {pair_key(one.a.operation, one.b.operation) for one in judged}
    found.live = len(pairs)
    cases = [state.cases[ref] for refs in state.open.values() for ref in refs]
    opened = {pair_key(case.a, case.b): case.ref for case in cases if not {case.a, case.b} & hidden}
    agreed = {
        pair_key(case.a, case.b)
        for case in state.cases.values()
        if case.resolved in (Resolution.RISK_ACCEPTED, Resolution.RECOMMENDATION)
    }
    for pair in sorted(pairs - set(opened) - agreed):
        found.differences.add(Doubt(state.size, f"{' and '.join(pair.split())} are in conflict, and no case is open"))
    for pair in sorted(set(opened) - pairs):
        found.differences.add(Doubt(state.size, f"{opened[pair]} is open, and brute force finds no such conflict"))
