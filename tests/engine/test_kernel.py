"""The kernel as it was built: compiled where a compiler is, and then the same answers as interpreted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sazokar.engine.kernel as kernel
from sazokar.doors.cli import app

PACKAGE = Path(kernel.__file__).parents[1]
JUDGE_FOUR_HUNDRED = """
import random
import sazokar as s
draw = random.Random(7)
def position():
    lon_e7 = round(draw.uniform(178.5, 181.0) * 1e7)
    return s.Position(round(draw.uniform(44.0, 46.0) * 1e7), (lon_e7 + 1_800_000_000) % 3_600_000_000 - 1_800_000_000)
def shape(start):
    kind = draw.randrange(4)
    a, b, c = position(), position(), position()
    if kind == 0:
        return s.Circle(a, draw.randrange(1, 20_000_000))
    if kind == 1:
        return s.Corridor((a, b, c), draw.randrange(5_000_000))
    if kind == 2:
        east = (a.lon_e7 + 1_803_000_000) % 3_600_000_000 - 1_800_000_000
        return s.Rectangle(a.lon_e7, a.lat_e7, east, a.lat_e7 + 2_000_000)
    return s.Movement((a, b, c), (start, start + 1_800_000, start + 3_600_000), 500_000,
                      tuple(draw.randrange(10_000_000, 90_000_000) for _ in range(3)), 1_000_000)
volumes = []
for k in range(400):
    start = draw.randrange(86_400_000)
    band = draw.choice((("FL100", "FL200"), ("SFC", "3000 M AMSL"), ("9000 FT AMSL", "UNL")))
    lower, upper = (s.parse_height(limit) for limit in band)
    volumes.append(s.Volume(operation=str(k), party=draw.choice("AB"), shape=shape(start), lower=lower, upper=upper,
                            start_ms=start, end_ms=start + 3_600_000))
for c in s.conflicts(volumes):
    print(c.a.operation, c.b.operation, c.start_ms, c.end_ms, c.horizontal_mm, c.vertical_e4, c.at, c.simultaneous)
"""


@pytest.mark.skipif(
    shutil.which("cc") is None or os.environ.get("SAZOKAR_NO_COMPILE") == "1", reason="no compiler, or none wanted"
)
def test_where_a_compiler_is_the_kernel_was_compiled() -> None:
    assert not kernel.__file__.endswith(".py"), "the build fell back to the interpreted kernel: see its output"


def test_compiled_and_interpreted_give_the_same_conflicts_to_the_last_bit(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "sazokar", ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"))
    answers = [
        subprocess.run(
            [sys.executable, "-c", JUDGE_FOUR_HUNDRED],
            env={**os.environ, "PYTHONPATH": str(path)},
            capture_output=True,
            text=True,
            check=True,
            timeout=240,
        ).stdout
        for path in (PACKAGE.parent, tmp_path)
    ]
    assert answers[0] == answers[1]
    assert answers[0].count("\n") > 100


def test_the_version_says_how_the_kernel_runs() -> None:
    from typer.testing import CliRunner

    said = CliRunner().invoke(app, ["--version"]).output
    assert ("interpreted" if kernel.__file__.endswith(".py") else "compiled") in said
