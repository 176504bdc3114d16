"""All contenders on all sizes, their answers compared, their costs in a table.

    python -m benchmarks --sizes 10000,100000,1000000

Writes Markdown to standard output and to benchmarks/results/. Ends with 1 where the engine is wrong.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

from benchmarks.difference import Difference, differences
from benchmarks.report import markdown
from benchmarks.workload import workload

RESULTS: Final = Path(__file__).parent / "results"
REPEATS: Final = {10_000: 5, 100_000: 3, 1_000_000: 3}
"""Runs of which the medians are told; any other size, and PostGIS above 10,000, runs once."""
WHOLE_UP_TO: Final = 100_000
"""Beyond this size PostGIS the usual way is asked about a share only, unless told otherwise."""


def main() -> int:
    """Run, compare, print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sizes", default="10000,100000,1000000", help="numbers of volumes, by commas")
    parser.add_argument("--contenders", default="engine,strtree,slabs,usual,floor", help="names, by commas")
    parser.add_argument(
        "--usual-share",
        type=int,
        default=50,
        help=f"above {WHOLE_UP_TO:,} volumes PostGIS the usual "
        "way is asked about every so-manieth piece, and its query time multiplied; 1: all",
    )
    parser.add_argument("--online", type=int, default=1_000_000, help="live volumes of the online part; 0: none")
    given = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    rows, differing = [], {}
    for size in map(int, given.sizes.split(",")):
        found, differing[size] = _one_size(size, given.contenders.split(","), given.usual_share)
        rows += found
    online = _asked("benchmarks.online", str(given.online)) if given.online else None
    text = markdown(rows, differing, online)
    (RESULTS / "figures.json").write_text(json.dumps({"rows": rows, "online": online}, indent=1), encoding="utf-8")
    (RESULTS / "figures.md").write_text(text, encoding="utf-8")
    print(text)
    doubted = [each for by_name in differing.values() for several in by_name.values() for each in several]
    return int(any(each.is_engine_wrong for each in doubted))


def _one_size(
    size: int, names: list[str], usual_share: int
) -> tuple[list[dict[str, object]], dict[str, list[Difference]]]:
    """Return what the contenders cost on one size, and where they differ from the engine."""
    rows, differing = [], {}
    load = workload(size)
    with tempfile.TemporaryDirectory() as room:
        for name in names:
            share = usual_share if name == "usual" and size > WHOLE_UP_TO else 1
            pairs = Path(room) / f"{name}.npy"
            words = (name, str(size), "--share", str(share), "--pairs", str(pairs))
            runs = [_asked("benchmarks.contender", *words) for _ in range(_repeats(name, size))]
            rows.append(_middle(runs))
            print(f"{name} {size:,}: {rows[-1]}", file=sys.stderr, flush=True)
            if name not in ("engine", "floor") and "engine" in names:
                ours = np.load(Path(room) / "engine.npy")
                differing[name] = differences(load, ours, np.load(pairs), whole=share == 1)
    return rows, differing


def _repeats(name: str, size: int) -> int:
    return 1 if name in ("slabs", "usual") and size > 10_000 else REPEATS.get(size, 1)


def _middle(runs: list[dict[str, object]]) -> dict[str, object]:
    """Return the medians of several runs."""
    numbers = {key: median(float(str(run[key])) for run in runs) for key in runs[0] if key != "name"}
    return {**runs[0], **numbers, "runs": len(runs)}


def _asked(module: str, *words: str) -> dict[str, object]:
    """Run a module in a process of its own and return the JSON that it prints."""
    done = subprocess.run([sys.executable, "-m", module, *words], stdout=subprocess.PIPE, check=True, text=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    sys.exit(main())
