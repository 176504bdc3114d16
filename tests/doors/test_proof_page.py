"""The page on proof is held to the code: its commands run, its numbers are the code's, its keys are read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sazokar.app.comparing import EQUIVALENT_E4, EQUIVALENT_MM, EQUIVALENT_MS
from sazokar.doors.cli import app
from sazokar.doors.roots import read_roots
from sazokar.ledger.proof import MOST_ENTRIES
from tests.app.stages import TEXT

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "proof.md").read_text("utf-8")


def commands() -> list[str]:
    return re.findall(r"^ {4}sazokar (.+)$", PAGE, re.MULTILINE)


@pytest.mark.requirement("SZK-40")
def test_every_command_of_the_page_runs_as_it_stands_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "DRAFT.toml").write_text(TEXT, "utf-8")
    places = {"DIR": "trial", "LEDGER_OR_DIR": "trial", "FILE": "conflict.bundle", "ROOTS.toml": "trial/roots.toml"}
    for line in commands():
        words = [places.get(word, word) for word in line.split()]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, (line, done.output)


def test_the_numbers_of_the_page_are_the_codes() -> None:
    assert f"At most {MOST_ENTRIES:,} entries" in PAGE
    assert f"at most {EQUIVALENT_MM} mm, vertical gaps by {EQUIVALENT_E4 // 100} cm" in PAGE
    assert f"{EQUIVALENT_MS:,} ms" in PAGE


def test_the_roots_file_of_the_page_is_read() -> None:
    sample = "\n".join(re.findall(r"^ {4}(\[\[party\]\]|name = .+|roots = .+)$", PAGE, re.MULTILINE))
    assert list(read_roots(sample.encode(), "roots.toml")) == ["ALPHA"]
