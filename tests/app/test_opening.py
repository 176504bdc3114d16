"""A ledger opened as a party's copy of it: folded by that party's view, whatever else lies in the log."""

from __future__ import annotations

import msgspec
import pytest

from sazokar.adapters.log_memory import MemoryLog
from sazokar.app.audit import audit
from sazokar.app.codec import NODE_VIEW, read_stored
from sazokar.app.opening import open_ledger, view_of
from sazokar.app.playing import Stage
from sazokar.app.ports import Item, Snapshot
from sazokar.app.sight import Sight
from sazokar.domain.authority import Author
from sazokar.domain.finding import Findings
from sazokar.domain.fold import Entry
from sazokar.errors import LedgerError
from tests.app.stages import new_stage, play
from tests.client.hostile import changed


@pytest.fixture(scope="module")
def stage() -> Stage:
    found = new_stage()
    play(found)
    return found


def copied(stage: Stage, party: str) -> MemoryLog:
    """Return what a party may see of a ledger, as a log of its own."""
    sight = Sight(stage.node.state, party)
    items = [Item(one.id, one.leaf, sight.of(one)) for one in stage.log.read(0)]
    log = MemoryLog()
    checkpoint = stage.log.checkpoint()
    assert checkpoint is not None
    log.extend([items], checkpoint, 0)
    return log


@pytest.mark.requirement("SZK-31")
@pytest.mark.parametrize("party", ["ALPHA", "BRAVO", "MEDIATOR"])
def test_a_copy_opens_whole_and_tells_what_it_lacks(stage: Stage, party: str) -> None:
    opened, whole = open_ledger(copied(stage, party), party), open_ledger(stage.log)
    assert opened.damage is None and opened.tree.root() == whole.tree.root()
    assert (opened.state.size, opened.state.node) == (whole.state.size, whole.state.node)
    assert all(by.party != party and by.withheld for _, by in opened.gaps) and opened.gaps
    assert not whole.gaps


@pytest.mark.requirement("SZK-39")
@pytest.mark.parametrize("party", ["ALPHA", "BRAVO", "MEDIATOR"])
def test_an_audit_of_a_copy_finds_no_difference_and_tells_what_it_cannot_judge(stage: Stage, party: str) -> None:
    found = audit(copied(stage, party), party)
    assert found.differences.count == 0, found.differences.kept
    assert found.tally.signatures == audit(stage.log).tally.signatures
    assert found.unchecked.count == sum(isinstance(one, Findings) for one in entries(stage))
    assert all("may not see" in doubt.what for doubt in found.unchecked.kept)


def test_an_audit_of_a_copy_finds_an_entry_that_was_changed(stage: Stage) -> None:
    log = copied(stage, "ALPHA")
    mine = log._entries[20]
    log._entries[20] = msgspec.structs.replace(mine, leaf=changed(mine.leaf))
    assert audit(log, "ALPHA").differences.count
    assert audit(copied(stage, "ALPHA"), "NOBODY").differences.count


def entries(stage: Stage) -> list[Entry]:
    return [read_stored(one, lambda key, _: Author("")) for one in stage.log.read(0)]


def test_a_snapshot_of_the_node_s_is_none_of_a_copy_s(stage: Stage) -> None:
    log = copied(stage, "ALPHA")
    log.keep_snapshot(Snapshot(3, b"whatever"))
    assert open_ledger(log, "ALPHA").damage is None


def test_a_party_that_the_charter_does_not_name_has_no_view(stage: Stage) -> None:
    assert view_of(stage.log, "") == NODE_VIEW
    for log in (stage.log, MemoryLog()):
        with pytest.raises(LedgerError, match="no charter that names"):
            view_of(log, "NOBODY")
    assert open_ledger(stage.log, "NOBODY").damage is not None
