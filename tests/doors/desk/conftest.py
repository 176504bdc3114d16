"""A founded ledger with an agreement in force, made once by the command line itself, and a copy of it for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sazokar.doors import cli

Run = Callable[..., tuple[int, str, str]]
OFFICERS = {"ALPHA": "A1", "BRAVO": "B1", "MED": "M1"}


def run(*arguments: object, text: str | None = None, **variables: str) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error of one command."""
    result = CliRunner().invoke(cli.app, [str(each) for each in arguments], input=text, env=variables)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def good(*arguments: object, **variables: str) -> str:
    """Return what a command prints that must do its work."""
    code, out, err = run(*arguments, **variables)
    assert code == 0, (arguments, out, err)
    return out


def instant(hours: float) -> str:
    """Return an instant so many hours from now, as it is typed."""
    return (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:00Z")


class Desk:
    """A folder with a ledger `led`, and the officers' keys beside it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ledger = home / "led"

    def key(self, party: str) -> Path:
        """Return the file of an officer's key."""
        return self.home / f"{party.lower()}.key"

    def root(self, party: str) -> Path:
        """Return the file of a party's root key."""
        return self.ledger / f"{party.lower()}-root.key"

    def run(self, *arguments: object, by: str = "", **variables: str) -> tuple[int, str, str]:
        """Run a command on this ledger, signed by an officer of a party."""
        signed = {"SAZOKAR_KEY": str(self.key(by))} if by else {}
        return run(*arguments, SAZOKAR_LEDGER=str(self.ledger), **signed, **variables)

    def good(self, *arguments: object, by: str = "", **variables: str) -> str:
        """Run a command that must do its work, and return what it prints."""
        code, out, err = self.run(*arguments, by=by, **variables)
        assert code == 0, (arguments, out, err)
        return out

    def form(self, name: str, kind: str, volume: str, *, more: str = "", hours: float = 8) -> Path:
        """Write a NOTICE.toml."""
        path = self.home / f"{name}.toml"
        window = f"start = {instant(hours)}\nend = {instant(hours + 1)}"
        path.write_text(
            f'[notice]\nkind = "{kind}"\noperation = "{name}"\n{more}\n[[volume]]\n{volume}\n{window}\n',
            encoding="utf-8",
        )
        return path

    def transport(self, name: str = "transport-1", **given: object) -> Path:
        """Write the form of a flight along a corridor."""
        line = 'coordinates = ["36.8N 30.0W", "33.45N 30.54W"]\nhalf_width = "1km"'
        return self.form(name, "flight", f'class = "transport"\n{line}\nlower = "FL140"\nupper = "FL180"', **given)  # type: ignore[arg-type]

    def box(self, name: str = "box-7", **given: object) -> Path:
        """Write the form of an area that the transport passes through."""
        ring = '["34.6N 30.6W", "34.6N 29.9W", "34.95N 29.9W", "34.95N 30.6W", "34.6N 30.6W"]'
        area = f'shape = "polygon"\ncoordinates = {ring}'
        return self.form(name, "area", f'class = "fast-jet"\n{area}\nlower = "FL050"\nupper = "FL300"', **given)  # type: ignore[arg-type]

    def conflict(self) -> tuple[str, str, str]:
        """File two notices that clash, and return the references of both and of their conflict."""
        first = ref_of(self.good("notice", "file", self.transport(), by="BRAVO"))
        out = self.good("notice", "file", self.box(), by="ALPHA")
        case = next(word for word in out.split() if word.startswith("C") and word[1:2].isdigit()).rstrip(":")
        return first, ref_of(out), case


def ref_of(out: str) -> str:
    """Return the reference under which something was taken: `TAKEN as N13: …`."""
    return out.split("TAKEN as ", 1)[1].split(":", 1)[0].split()[0]


@pytest.fixture(scope="session")
def _founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    desk = Desk(tmp_path_factory.mktemp("founded"))
    named = ("ALPHA:party", "BRAVO:party", "MED:mediator", "RELIEF:participant")
    parties = [part for party in named for part in ("--party", party)]
    good("init", desk.ledger, "--name", "Halcyon trial", *parties, "--quorum", 2, "--no-passphrase")
    for party, watch in OFFICERS.items():
        good(
            "keys", "new", desk.key(party), "--party", party, "--watch", watch, "--role", "delegate", "--no-passphrase"
        )
        desk.good("keys", "delegate", f"{desk.key(party)}.pub", "--key", desk.root(party))
    return desk.home


@pytest.fixture
def bare(_founded: Path, tmp_path: Path) -> Desk:
    """Return a ledger on a charter alone, without an agreement."""
    shutil.copytree(_founded, tmp_path / "bare")
    return Desk(tmp_path / "bare")


@pytest.fixture(scope="session")
def _agreed(_founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("agreed") / "desk"
    shutil.copytree(_founded, home)
    desk = Desk(home)
    text = resources.files("sazokar").joinpath("data", "examples", "mechanism", "agreement.toml").read_bytes()
    (home / "agreement.toml").write_bytes(text)
    desk.good("agreement", "propose", home / "agreement.toml", by="MED")
    for party in ("ALPHA", "BRAVO"):
        desk.good("agreement", "sign", home / "agreement.toml", by=party)
    return home


@pytest.fixture
def desk(_agreed: Path, tmp_path: Path) -> Desk:
    """Return a ledger with an agreement in force."""
    shutil.copytree(_agreed, tmp_path / "desk")
    return Desk(tmp_path / "desk")
