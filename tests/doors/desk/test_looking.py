"""A ledger in which somebody changed a word is shown to nobody as genuine, by whatever command it is looked at (SZK-43)."""

from __future__ import annotations

import re
import shutil
import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest

from sazokar.ledger.entry import signed_part
from sazokar.ledger.merkle import leaf_hash
from tests.doors.desk.conftest import Desk, run

pytestmark = pytest.mark.requirement("SZK-43")
FORGED = "Forged"


def forge(desk: Desk, *, with_hash: bool = False) -> None:
    """Change a word in the one stored leaf that has it; and the hash stored beside it too, where that is asked for."""
    with sqlite3.connect(desk.ledger / "ledger.sqlite") as connection:
        entries = connection.execute("SELECT position, leaf, hash FROM entries").fetchall()
        ((position, leaf, hash_),) = [entry for entry in entries if b"Rescue" in entry[1]]
        leaf = leaf.replace(b"Rescue", FORGED.encode())
        changed = (leaf, leaf_hash(leaf) if with_hash else hash_, position)
        connection.execute("UPDATE entries SET leaf = ?, hash = ? WHERE position = ?", changed)


@pytest.fixture(scope="module")
def _damaged(_agreed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("damaged") / "desk"
    shutil.copytree(_agreed, home)
    desk = Desk(home)
    desk.good("roster", "post", "A1", "--telephone", "+99 1 100", by="ALPHA")
    desk.good("notice", "file", desk.transport(), by="BRAVO")
    desk.good("talks", "record", "1", "--place", "Port Lumen", "--date", "2031-01-14", by="MED")
    desk.good("agreement", "suspend", "--reason", "Rescue", by="ALPHA")
    desk.run("stop", "halt", "Road 5")
    forge(desk)
    return home


@pytest.fixture
def damaged(_damaged: Path, tmp_path: Path) -> Desk:
    """Return a ledger with a changed word in one stored leaf, and entries before and after it."""
    shutil.copytree(_damaged, tmp_path / "desk")
    return Desk(tmp_path / "desk")


LOOKING = [
    ("log",), ("log", "--as", "BRAVO"), ("log", "--json"), ("watch", "--once", "--all"),
    ("watch", "--once", "--as", "BRAVO"), ("conflicts",), ("conflicts", "--as", "ALPHA"), ("conflicts", "C15"),
    ("notice", "show"), ("notice", "show", "N13"), ("talks", "show"), ("agreement", "show"), ("keys", "show"),
    ("form", "print", "N13"), ("export", "--all-mine", "ALPHA", "-o", "mine"), ("stop", "list"), ("state",),
]  # fmt: skip


@pytest.mark.parametrize("command", LOOKING, ids=" ".join)
def test_changed_word_is_never_shown_and_the_damage_is_named(
    damaged: Desk, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(damaged.home)
    code, out, err = damaged.run(*command)
    told = " ".join((out + err).split())
    assert code == 1, told
    assert "entry" in told and ("DAMAGED" in told or "does not verify" in told)
    assert FORGED not in told and "no STOP stands" not in told
    # What was found before the damage, and verifies, stays in the log; nothing is found of the present.
    assert command[0] in ("log", "watch") or "no conflict found" not in told
    assert not (damaged.home / "mine").exists()


def test_log_and_watch_show_what_came_before_the_damage_and_nothing_after(damaged: Desk) -> None:
    for command in (("log",), ("watch", "--once")):
        _, out, _ = damaged.run(*command)
        assert "files a notice: flight" in out and "calls STOP" not in out and "suspends" not in out


def test_roster_and_the_stop_that_sounded_stay_up(damaged: Desk) -> None:
    assert "+99 1 100" in damaged.good("roster", "show")
    assert "HALT (to all): Road 5" in damaged.run("watch", "--once")[1]


def test_word_changed_together_with_its_stored_hash_is_shown_nowhere(desk: Desk) -> None:
    desk.good("agreement", "suspend", "--reason", "Rescue", by="ALPHA")
    forge(desk, with_hash=True)
    for command in (("log",), ("watch", "--once"), ("agreement", "show"), ("conflicts",)):
        code, out, err = run(*command, "--ledger", desk.ledger)
        assert code == 1 and FORGED not in out + err and "DAMAGED" in err


def test_ledger_that_only_its_signed_head_gives_away_is_shown_nowhere(desk: Desk) -> None:
    # The last findings are moved by an hour, and every stored hash is made to agree: no one entry can be named.
    with sqlite3.connect(desk.ledger / "ledger.sqlite") as connection:
        position, leaf = connection.execute("SELECT position, leaf FROM entries ORDER BY position DESC").fetchone()
        moved = re.sub(rb'(?<="recorded_ms":)\d+', lambda found: str(int(found[0]) + 3_600_000).encode(), leaf)
        assert moved != leaf
        named = sha256(signed_part(moved)).digest()
        changed = (moved, leaf_hash(moved), named, position)
        connection.execute("UPDATE entries SET leaf = ?, hash = ?, id = ? WHERE position = ?", changed)
    for command in (("log",), ("agreement", "show"), ("conflicts",), ("keys", "show")):
        code, out, err = desk.run(*command)
        assert code == 1 and not out and "DAMAGED" in err


def test_watch_that_goes_on_shows_nothing_of_an_entry_that_came_changed(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    from sazokar.doors.desk.watching import Watcher

    watcher = Watcher(desk.ledger, "")
    watcher.begin(all_=False)
    desk.good("agreement", "suspend", "--reason", "Rescue", by="ALPHA")
    forge(desk)
    watcher.look()
    shown = capsys.readouterr()
    assert FORGED not in shown.out and "DAMAGED" in shown.err and watcher.deaf
