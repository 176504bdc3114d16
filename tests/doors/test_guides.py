"""The operator's guides and the units are held to the code: each command and option is there, each setting is known."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
import typer

from sazokar.doors.cli import app
from sazokar.doors.http.server import hosts_of
from sazokar.doors.http.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*(ROOT / "docs" / "guides").glob("*.md"), ROOT / "docs" / "serve.md", *(ROOT / "deploy").glob("*.*")])


def commands(text: str) -> list[str]:
    """Return every command line of a page, continued lines joined, and those within a sentence."""
    joined = re.sub(r"\\\n\s*", " ", text)
    return re.findall(
        r"(?:^ {4,}|`|&& |exec |ExecStart=)(?:/opt/sazokar(?:\.new)?/bin/)?sazokar ([^`\n]+)", joined, re.MULTILINE
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_is_there_with_its_options(page: Path) -> None:
    for line in commands(page.read_text(encoding="utf-8")):
        words = line.split("&&")[0].split("#")[0].split()
        command = typer.main.get_command(app)
        while words and hasattr(command, "commands") and not words[0].startswith("-"):
            found = command.get_command(None, words[0].lower())  # type: ignore[attr-defined]  # a group
            assert found is not None, f"{page.name}: sazokar {line}"
            command, words = found, words[1:]
        options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        for word in words:
            if word.startswith("--"):
                assert word.rstrip("`.,)") in options, f"{page.name}: sazokar {line}"


def test_the_guides_speak_of_enough_to_be_held_to() -> None:
    assert sum(len(commands(page.read_text(encoding="utf-8"))) for page in PAGES) > 25


def test_the_settings_that_are_deployed_are_taken() -> None:
    given = tomllib.loads((ROOT / "deploy" / "node.toml").read_text(encoding="utf-8"))
    settings = msgspec.convert(given, Settings)
    for url in settings.public_urls:  # or it would be told to officers, and nothing would listen there
        assert urlsplit(url).port == settings.port and urlsplit(url).netloc in hosts_of(settings, settings.port)


def test_every_guide_is_on_the_list_and_every_link_leads_somewhere() -> None:
    text = (ROOT / "docs" / "guides" / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs" / "guides").glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in text
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#]+\.md)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).is_file(), f"{page.name}: {link}"


def test_the_unit_gives_the_process_no_more_than_it_needs() -> None:
    unit = (ROOT / "deploy" / "sazokar.service").read_text(encoding="utf-8")
    for line in (
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "CapabilityBoundingSet=\n",
        "KillSignal=SIGTERM",
        "User=sazokar",
    ):
        assert line in unit


def test_the_container_runs_as_a_user_of_its_own_and_downloads_nothing_when_it_runs() -> None:
    lines = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8").splitlines()
    last = max(number for number, line in enumerate(lines) if line.startswith("FROM "))
    stage = [line.split()[0] for line in lines[last:] if line and not line.startswith((" ", "#"))]
    assert stage.index("USER") < stage.index("ENTRYPOINT")
    assert all(
        word
        in (
            "FROM",
            "RUN",
            "COPY",
            "USER",
            "WORKDIR",
            "VOLUME",
            "EXPOSE",
            "STOPSIGNAL",
            "ENTRYPOINT",
            "CMD",
            "HEALTHCHECK",
        )
        for word in stage
    )
    assert any("uv sync --frozen" in line for line in lines[:last]), "what is in the image is what is pinned"
    assert all(
        ":" in line.split()[1] and not line.split()[1].endswith(":latest") for line in lines if line.startswith("FROM ")
    )
    assert not any("pip install" in line or "apt-get" in line or "curl" in line for line in lines[last:])
