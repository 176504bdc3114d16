"""`kill -9` in the middle of submitting: what was acknowledged is there, and the ledger verifies."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.submitter import opened

ROOT = Path(__file__).resolve().parents[2]


def killed_after(path: Path, lines: int) -> list[str]:
    """Return what a submitting process acknowledged before it was killed, in the midst of whatever it did then."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.app.submitter", str(path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    with process:
        acknowledged = [line for _ in range(lines) if (line := process.stdout.readline())]
        os.kill(process.pid, signal.SIGKILL)
        acknowledged += process.stdout.readlines()
        fault = process.stderr.read()
    assert len(acknowledged) >= lines, fault
    # A line that was cut off by the kill was not heard: it may be there or not.
    return [line.strip() for line in acknowledged if line.endswith("\n")]


def lost(path: Path, acknowledged: list[str]) -> list[str]:
    node, log = opened(path)
    try:
        assert node.damage is None, node.damage
        return [entry for entry in acknowledged if log.position_of(entry) is None]
    finally:
        log.close()


@pytest.mark.requirement("SZK-39")
def test_what_was_acknowledged_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    assert lost(path, killed_after(path, 25)) == []


@pytest.mark.slow
@pytest.mark.requirement("SZK-39")
def test_twenty_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path, acknowledged, chance = tmp_path / "ledger.sqlite", list[str](), random.Random(20)
    for _ in range(20):
        acknowledged += killed_after(path, chance.randrange(1, 40))
        assert lost(path, acknowledged) == []
    assert len(set(acknowledged)) == len(acknowledged)
