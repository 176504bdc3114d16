"""The page of the desk, held to its commands: every command, every option, every exit code, and no other."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sazokar.doors.desk.group import DESK, load

PAGE = (Path(__file__).parents[3] / "docs" / "desk.md").read_text(encoding="utf-8")
READS = {"--ledger", "--node", "--roots", "--key", "--passphrase-file"}
SHARED = {*READS, "--offline", "--expires"}


def commands() -> dict[str, Any]:
    """Return every command of the desk by the words by which it is called."""
    found: dict[str, Any] = {}
    for name in DESK:
        command: Any = load(name)
        inner = getattr(command, "commands", None)
        found |= {f"{name} {each}": one for each, one in inner.items()} if inner else {name: command}
    return found


def sections() -> dict[str, str]:
    """Return what the page tells of each command."""
    return {part.partition("\n")[0]: part for part in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]}


def options_of(command: Any) -> set[str]:
    """Return the long options of a command, but for help."""
    given = [option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)]
    return {option for option in given if option.startswith("--") and option != "--help"}


def test_every_command_has_its_section_and_no_other_has_one() -> None:
    assert sections().keys() == commands().keys()


@pytest.mark.parametrize("name", sorted(commands()))
def test_section_tells_every_option_of_its_command_and_no_other(name: str) -> None:
    section, options = sections()[name], options_of(commands()[name])
    told = set(re.findall(r"(--[a-z-]+)`", "\n".join(re.findall(r"^\| .* \|", section, re.MULTILINE))))
    signs = "Signs: takes the options of signing." in section
    assert signs == ("--offline" in options)
    assert told | (SHARED if signs else set()) | (options & READS) == options


def test_shared_options_and_exit_codes_are_told_once_for_all() -> None:
    head = PAGE.partition("## Commands")[0]
    assert all(f"| `{option}` |" in head for option in SHARED)
    assert all(re.search(rf"^\| {code} \|", head, re.MULTILINE) for code in (0, 1, 2))


def test_every_variable_that_the_desk_reads_is_told() -> None:
    source = Path(__file__).parents[3] / "src" / "sazokar" / "doors" / "desk"
    read = set().union(*(re.findall(r'"(SAZOKAR_[A-Z_]+)"', path.read_text()) for path in source.glob("*.py")))
    assert read and all(variable in PAGE for variable in read)


@pytest.mark.slow
def test_the_first_night_runs_as_it_stands(tmp_path: Path) -> None:
    block = PAGE.partition("## A first night\n")[2].partition("\nThe last command")[0]
    script = re.sub(r"^    ", "", block, flags=re.MULTILINE)
    program = tmp_path / "bin" / "sazokar"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m sazokar.doors.cli "$@"\n')
    program.chmod(0o755)
    source = Path(__file__).parents[3] / "src"
    environment = {**os.environ, "PYTHONPATH": str(source), "PATH": f"{program.parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0 and not done.stderr, (done.stdout, done.stderr)
    assert "2 live conflicts" in done.stdout and "C19 resolved: changed" in done.stdout
