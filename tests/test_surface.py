"""The public surface is a list, and the package is held to it."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import sazokar

ROOT = Path(__file__).resolve().parents[1]


def test_every_public_name_is_there_documented_and_of_this_package() -> None:
    for name in sazokar.__all__:
        thing = getattr(sazokar, name)
        if name == "__version__":
            continue
        assert thing.__module__.startswith("sazokar."), name
        assert inspect.getdoc(thing), name


def test_the_surface_offers_nothing_beside_its_list() -> None:
    homes = [name for names in sazokar._HOMES.values() for name in names]
    assert sorted([*homes, "__version__"]) == sorted(sazokar.__all__) == dir(sazokar)
    assert not hasattr(sazokar, "Kernel")


def test_the_type_checker_sees_the_same_names() -> None:
    tree = ast.parse(Path(sazokar.__file__).read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    imported = {alias.name for node in guarded.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert imported == set(sazokar.__all__) - {"__version__"}


def test_the_readme_library_sample_runs_and_finds_its_conflict() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    sample = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert sample is not None
    done = subprocess.run(
        [sys.executable, "-c", sample.group(1)], capture_output=True, text=True, check=True, timeout=60
    )
    assert "ALPHA/box-7 BRAVO/transport-1" in done.stdout


def test_the_package_never_imports_its_tests_tools_by_itself() -> None:
    code = "import sys, sazokar.doors.cli, sazokar.app.check; print('sazokar.testing' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
