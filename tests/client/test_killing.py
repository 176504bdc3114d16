"""A client that is killed in mid-sync leaves a replica that verifies, and the next run goes on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

import sazokar
from sazokar.adapters.ledger_folder import LEDGER, NODE_KEY
from sazokar.app.opening import open_ledger
from sazokar.client import Client
from sazokar.ledger.keyfile import write_key
from sazokar.wiring import open_log, open_replica, open_stage
from tests.app.stages import TEXT, agreement
from tests.client.grounds import TESTS, StageNode

KILLS = 12


@pytest.mark.slow
@pytest.mark.requirement("SZK-39")
def test_a_client_killed_at_any_instant_leaves_a_replica_that_verifies(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    folder.mkdir()
    stage = open_stage(folder)
    for _ in stage.play(TEXT, agreement()):
        pass
    whole = stage.node.state.size
    stage.log.close()
    write_key(folder / NODE_KEY, stage.node_key, None)
    write_key(tmp_path / "b2.key", stage.officers["B2"], None)
    node = StageNode(folder, stage.clock.instant_ms)
    rng = Random(39)
    sizes = set()
    try:
        for number in range(KILLS):
            _killed(node.url, tmp_path, rng.uniform(0.0, 0.45 if number % 2 else 0.15))
            sizes.add(_verified(tmp_path / "replica"))
        with Client(node.url, stage.officers["B2"], open_replica(tmp_path / "replica")) as client:
            assert client.sync() >= whole
    finally:
        node.stop()
    assert sizes <= {0, *range(whole, whole + 10)}, "all of the ledger, or nothing"
    assert _verified(tmp_path / "replica") >= whole


def _killed(url: str, home: Path, after_s: float) -> None:
    paths = os.pathsep.join([str(Path(sazokar.__file__).parents[1]), str(TESTS)])
    program = [sys.executable, "-m", "tests.client.killed_sync", url, str(home / "b2.key"), str(home / "replica")]
    with subprocess.Popen(
        program, stdout=subprocess.PIPE, cwd=TESTS, env={**os.environ, "PYTHONPATH": paths}
    ) as client:
        assert client.stdout is not None and client.stdout.readline() == b"begun\n"
        time.sleep(after_s)
        client.kill()


def _verified(folder: Path) -> int:
    if not (folder / LEDGER).is_file():
        return 0
    replica = open_replica(folder)
    with replica.held() as log:
        size = log.size()
        assert open_ledger(log, replica.party).damage is None
    log = open_log(folder, read_only=True)
    log.close()
    return size
