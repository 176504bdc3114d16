"""`docs/the-way.md` tells the way of one notice in six files: each is there, holds what it is said to hold, and calls on."""

from __future__ import annotations

import re
from pathlib import Path

from typer.testing import CliRunner

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs/the-way.md").read_text(encoding="utf-8")
STEPS = re.findall(r"^\d+\. \*\*`([\w/]+\.py)`\*\*", PAGE, re.M)
NAMED = re.findall(r"`([\w/]+\.py)`", PAGE)
HOLDS = {
    "app/node.py": "def submit",
    "app/docket.py": "def judge(",
    "domain/decide.py": "def decide(",
    "domain/coordination.py": "def raised(",
    "adapters/log_sqlite.py": "def append(",
}
CALLS = [
    ("doors/desk/notices.py", "FileNotice"),
    ("app/node.py", "Docket("),
    ("app/node.py", "_log.append("),
    ("app/docket.py", "decide(hearing)"),
    ("app/docket.py", "fold("),
    ("domain/decide.py", "operation.decide_filing"),
    ("domain/operation.py", "raised(hearing"),
    ("domain/operation.py", "refusal_of("),
    ("domain/operation.py", "lateness("),
    ("domain/coordination.py", "offers("),
]
"""Each file, and what it must call of the next."""


def source(name: str) -> str:
    path = ROOT / "src/sazokar" / name
    return (path if path.exists() else ROOT / "src/sazokar/domain" / name).read_text(encoding="utf-8")


def test_the_commands_on_the_page_are_there() -> None:
    from sazokar.doors.cli import app

    for command in set(re.findall(r"`sazokar ([a-z-]+)", PAGE)):
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0, command


def test_the_way_is_told_in_six_files_that_are_there() -> None:
    assert len(STEPS) == 6
    for name in NAMED:
        assert source(name), name


def test_each_step_holds_what_the_page_says() -> None:
    for name, text in HOLDS.items():
        assert name in STEPS
        assert text in source(name), (name, text)


def test_each_step_leads_to_the_next() -> None:
    for name, call in CALLS:
        assert call in source(name), (name, call)
