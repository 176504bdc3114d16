"""Tells a stage's ledger again as a node that lies would: the officers' statements as they are, its own findings changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sazokar.adapters.log_memory import MemoryLog
from sazokar.app.codec import seal_record, view_name
from sazokar.app.opening import entry_of
from sazokar.app.playing import Stage
from sazokar.app.ports import Appended, Batch, Item
from sazokar.app.scenario_a import ORIGIN
from sazokar.domain.disclosure import views
from sazokar.domain.finding import AnyFinding, Findings
from sazokar.domain.fold import fold
from sazokar.domain.state import EMPTY, State
from sazokar.ledger.checkpoint import Checkpoint, sign_checkpoint
from sazokar.ledger.merkle import Tree, leaf_hash
from tests.app.stages import CountedEntropy

Views = Mapping[str, tuple[AnyFinding, ...]]


def retold(
    stage: Stage,
    change: Callable[[Findings, int], Findings],
    sight: Callable[[Views, State, Findings], Views] = lambda seen, state, record: seen,
) -> MemoryLog:
    """Return the ledger with each of the node's records changed, and signed anew; nothing of it is cosigned.

    Args:
        stage: Whose ledger.
        change: Makes the record that is told instead, from that and its position.
        sight: Makes what each party is shown instead.
    """
    log, entropy, state = MemoryLog(), CountedEntropy(), EMPTY
    tree = Tree(log.leaf_hashes)
    for stored in stage.log.read(0):
        entry = entry_of(stored, state)
        item = Item(stored.id, stored.leaf, stored.payloads)
        if isinstance(entry, Findings):
            told = change(entry, stored.position)
            author = state.pending.party if state.pending else ""
            state = fold(state, told)
            assert state.charter is not None
            charter = state.charter
            seen = sight(views(state, told, author), state, told)
            named = {view_name(charter, party): found for party, found in seen.items()}
            item = seal_record(told, named, stage.node.ledger, stage.node_key, entropy)
        else:
            state = fold(state, entry)
        tree.append(leaf_hash(item.leaf))
        note = sign_checkpoint(Checkpoint(ORIGIN, tree.size, tree.root()), ORIGIN, stage.node_key)
        assert isinstance(log.append(Batch((item,), note), log.size()), Appended)
    return log
