"""The documents, held to the code that they tell of."""

from __future__ import annotations

import re
from pathlib import Path

import typer

from sazokar.doors import cli, report_csv
from tests.doors.test_report_json import schema

TOLD_ELSEWHERE = ("verify", "audit", "demo", "serve")
"""Told by the pages on proof and on serving; the commands of the desk by theirs."""
DOCS = Path(__file__).parents[2] / "docs"


def _commands() -> dict[str, set[str]]:
    """Return every command with its options, as the application has them."""
    group = typer.main.get_command(cli.app)
    found = {"": group.params}
    commands = group.commands.items()  # type: ignore[attr-defined]  # a group
    found |= {name: command.params for name, command in commands if name not in TOLD_ELSEWHERE}
    return {
        name: {option for parameter in parameters for option in (*parameter.opts, *parameter.secondary_opts)
               if option.startswith("--") and option != "--help"}
        for name, parameters in found.items()
    }  # fmt: skip


def test_every_option_is_documented_and_every_documented_option_is_there() -> None:
    page = (DOCS / "check.md").read_text()
    options = set().union(*_commands().values())
    assert (
        set(re.findall(r"^\| `(--[a-z-]+)", page, re.MULTILINE))
        | set(re.findall(r"^\| `--[a-z-]+`, `(--[a-z-]+)`", page, re.MULTILINE))
        == options
    )
    assert set(re.findall(r"--[a-z]+(?:-[a-z]+)*", page)) <= options | {"--help"}


def test_every_command_and_format_is_documented() -> None:
    page = (DOCS / "check.md").read_text()
    assert all(f"sazokar {name}" in page for name in _commands() if name)
    assert all(f"`{format_.value}`" in page for format_ in cli.Format)
    assert all(re.search(rf"^\| {code} \|", page, re.MULTILINE) for code in (0, 1, 2, 130))
    assert all(f"`{column}`" in page for column in report_csv.COLUMNS)


def _documented() -> dict[str, set[str]]:
    """Return the fields that the page of the report tells, by section."""
    sections = re.split(r"^## ", (DOCS / "report.md").read_text(), flags=re.MULTILINE)[1:]
    return {text.partition("\n")[0]: set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) for text in sections}


def _fields(node: object) -> set[str]:
    """Return every field of one definition, of what is nested in it too."""
    if isinstance(node, list):
        return set().union(*map(_fields, node)) if node else set()
    if not isinstance(node, dict):
        return set()
    own = node.get("properties", {})
    assert isinstance(own, dict)
    return set(own) | _fields(list(own.values())) | _fields(node.get("oneOf", []))


def test_page_of_the_report_tells_every_field_and_no_other() -> None:
    published = schema()
    definitions = published["$defs"]
    assert isinstance(definitions, dict)
    expected = {name: _fields(node) for name, node in definitions.items()}
    expected["report"] = _fields({key: value for key, value in published.items() if key != "$defs"})
    assert _documented() == expected
