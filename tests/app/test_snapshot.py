"""The same state gives the same bytes, and bytes give the state back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sazokar.app.opening import open_ledger, states
from sazokar.app.snapshot import state_bytes, state_digest, state_of
from sazokar.domain.state import EMPTY
from sazokar.errors import LedgerError
from tests.app.grounds import Grounds, flight

SCRIPT = """
from tests.app.test_snapshot import lively
from sazokar.app.snapshot import state_bytes, state_digest
print(state_digest(state_bytes(lively().node.state)))
"""


def lively() -> Grounds:
    grounds = Grounds()
    for n in range(12):
        party = ("ALPHA", "BRAVO")[n % 2]
        grounds.take(party, flight(party, f"plan-{n}", lon=-30 - n / 1e4))
        grounds.clock.advance(61_000)
    return grounds


def test_a_state_is_given_back_by_its_bytes() -> None:
    for state in (EMPTY, lively().node.state):
        assert state_of(state_bytes(state)) == state
        assert state_bytes(state_of(state_bytes(state))) == state_bytes(state)


def test_the_bytes_do_not_hang_on_how_a_process_hashes() -> None:
    """Persistent maps keep their members by hash, and hashes of text differ from process to process."""
    root = Path(__file__).resolve().parents[2]
    digests = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT], env={"PYTHONHASHSEED": seed, "PYTHONPATH": f"{root / 'src'}:{root}"}, cwd=root,
            capture_output=True, text=True, check=True,
        ).stdout.strip()
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert digests == {state_digest(state_bytes(lively().node.state))}


def test_any_prefix_folds_and_the_whole_is_the_node_s_state() -> None:
    grounds = lively()
    folded = list(states(grounds.log))
    assert [state.size for state in folded] == list(range(1, grounds.log.size() + 1))
    assert state_bytes(folded[-1]) == state_bytes(grounds.node.state)
    for end in (1, 7, 20):
        assert state_bytes(list(states(grounds.log, EMPTY, end))[-1]) == state_bytes(folded[end - 1])
    middle = folded[19]
    assert state_bytes(list(states(grounds.log, middle))[-1]) == state_bytes(folded[-1])


def test_bytes_that_are_no_state_are_refused() -> None:
    for bad in (b"", b"{}x", b'{"size":"one"}', b'{"notices":{"N1":{}}}'):
        with pytest.raises(LedgerError):
            state_of(bad)


def test_a_snapshot_that_the_ledger_does_not_record_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sazokar.app.node.SNAPSHOT_AT_CLOSE", 4)
    monkeypatch.setattr("sazokar.adapters.log_memory.MemoryLog.close", lambda self: None)
    grounds = lively()
    grounds.node.close()
    true = grounds.log.snapshot()
    assert true is not None
    forged = type(true)(true.size, true.content.replace(b'"proposed"', b'"accepted"'))
    assert forged.content != true.content
    monkeypatch.setattr("sazokar.adapters.log_memory.MemoryLog.snapshot", lambda self: forged)
    opened = open_ledger(grounds.log)
    assert opened.damage is None
    assert state_bytes(opened.state) == state_bytes(grounds.node.state)
