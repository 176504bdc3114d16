"""A few seconds of coverage-guided fuzzing of every dialect, where the fuzzer is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.dialects.fuzz import SEEDS, read_once

FUZZ = Path(__file__).with_name("fuzz.py")


@pytest.mark.parametrize("dialect", SEEDS)
def test_the_seeds_are_read(dialect: str) -> None:
    for seed in SEEDS[dialect]:
        read_once(dialect, seed)


@pytest.mark.slow
@pytest.mark.requirement("SZK-44")
@pytest.mark.parametrize("dialect", SEEDS)
@pytest.mark.skipif(find_spec("atheris") is None, reason="the package atheris is not installed")
def test_no_input_crashes_or_hangs_a_dialect(dialect: str, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(FUZZ), dialect, "4"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-4_000:]


def test_a_wrong_call_says_what_is_right() -> None:
    done = subprocess.run([sys.executable, str(FUZZ), "morse", "1"], capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert b"DIALECT is one of geojson" in done.stderr
