"""`demo`, `verify`, `audit` and `bundle` as a person types them: their words, their width, their exit codes."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sazokar.doors.cli import app
from sazokar.doors.roots import write_roots
from sazokar.ledger.signing import SigningKey

WIDTH = 80


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("played") / "trial"
    began_s = time.monotonic()
    done = CliRunner().invoke(app, ["demo", "--headless", "--directory", str(folder)])
    assert done.exit_code == 0, done.output
    assert time.monotonic() - began_s < 30
    return folder, done.output


def run(*words: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.output


def verified(folder: Path) -> tuple[int, str]:
    return run("verify", folder / "conflict.bundle", "--roots", folder / "roots.toml")


def narrow(text: str, folder: Path) -> bool:
    return all(len(line) <= WIDTH for line in text.splitlines() if str(folder) not in line)


@pytest.mark.requirement("SZK-24")
def test_the_demo_tells_every_step_at_80_columns(played: tuple[Path, str]) -> None:
    folder, told = played
    assert narrow(told, folder)
    for words in (
        "refused at the border: found '2010'", "no answer of BRAVO by 17:27Z; the alternate is",
        "no answer of BRAVO by 17:32Z; the mediator is", "delay 25 min or climb to FL320", "C25 resolved: changed",
        "heard by BRAVO after 20 s", "passed-on by BRAVO after 70 s", "ceased by BRAVO after 140 s",
        "N23 is nonconforming (reported by ALPHA)", "LATE by clause 5.1", "hold fire", "17:33:00Z B2",
    ):  # fmt: skip
        assert words in told, words


def test_the_demo_leaves_ledger_bundle_and_roots_and_writes_over_nothing(played: tuple[Path, str]) -> None:
    folder, _ = played
    assert {"ledger.sqlite", "conflict.bundle", "roots.toml"} <= {path.name for path in folder.iterdir()}
    code, told = run("demo", "--headless", "--directory", folder)
    assert code == 2 and "is there already" in told


@pytest.mark.requirement("SZK-40")
def test_verify_tells_of_1733_and_whose_cosignatures_cover_it(played: tuple[Path, str]) -> None:
    code, told = verified(played[0])
    assert code == 0 and narrow(told, played[0])
    text = " ".join(told.split())
    assert "17:33:00Z entry 35: BRAVO watch B2 states that C25 (version 1) was read back" in text
    assert "17:33:00Z C25 version 1 was read back: BRAVO watch B2; cosigned by ALPHA 17:34:00Z" in text
    assert 'Judged by "Halcyon Sea Deconfliction Agreement"' in text
    assert "signed by ALPHA, watch A1" in text and "signed by BRAVO, watch B1" in text
    assert "WHAT IS NOT PROVEN" in told and "FINAL" in told


def test_verify_says_no_where_the_roots_are_others(played: tuple[Path, str], tmp_path: Path) -> None:
    stranger = SigningKey.generate().key_id
    (tmp_path / "roots.toml").write_bytes(write_roots({"ALPHA": [stranger]}))
    code, told = run("verify", played[0] / "conflict.bundle", "--roots", tmp_path / "roots.toml")
    assert code == 1 and told.startswith("NOT PROVEN")


def test_verify_says_no_where_a_root_is_trusted_in_anothers_name(played: tuple[Path, str], tmp_path: Path) -> None:
    text = (played[0] / "roots.toml").read_text("utf-8").replace('"BRAVO"', '"CHARLIE"')
    (tmp_path / "roots.toml").write_text(text, "utf-8")
    code, told = run("verify", played[0] / "conflict.bundle", "--roots", tmp_path / "roots.toml")
    assert code == 1 and "CHARLIE" in told
    swapped = text.replace('"ALPHA"', '"BRAVO"').replace('"CHARLIE"', '"ALPHA"')
    (tmp_path / "roots.toml").write_text(swapped, "utf-8")
    code, told = run("verify", played[0] / "conflict.bundle", "--roots", tmp_path / "roots.toml")
    assert code == 1 and "NOT PROVEN" in told


def test_verify_says_no_of_a_bundle_with_one_byte_changed(played: tuple[Path, str], tmp_path: Path) -> None:
    content = bytearray((played[0] / "conflict.bundle").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "conflict.bundle").write_bytes(content)
    assert run("verify", tmp_path / "conflict.bundle", "--roots", played[0] / "roots.toml")[0] == 1


@pytest.mark.parametrize(("file", "roots"), [("none", "roots.toml"), ("conflict.bundle", "none"), (".", "roots.toml")])
def test_verify_cannot_read_what_is_not_there(played: tuple[Path, str], file: str, roots: str) -> None:
    assert run("verify", played[0] / file, "--roots", played[0] / roots)[0] == 2


def test_audit_finds_all_as_recorded(played: tuple[Path, str]) -> None:
    code, told = run("audit", played[0])
    assert code == 0 and "ALL AS RECORDED: 67 entries" in told and narrow(told, played[0])
    assert run("audit", played[0] / "ledger.sqlite")[0] == 0


def test_audit_of_a_damaged_ledger_names_the_entry_and_exits_with_1(played: tuple[Path, str], tmp_path: Path) -> None:
    damaged = tmp_path / "ledger.sqlite"
    damaged.write_bytes((played[0] / "ledger.sqlite").read_bytes())
    connection = sqlite3.connect(damaged)
    connection.execute("UPDATE entries SET leaf = replace(leaf, 'A', 'B') WHERE position = 30")
    connection.commit()
    connection.close()
    code, told = run("audit", tmp_path)
    assert code == 1 and "entry 30" in told and narrow(told, tmp_path)


def test_audit_of_no_ledger_exits_with_2(tmp_path: Path) -> None:
    assert run("audit", tmp_path)[0] == 2
    (tmp_path / "ledger.sqlite").write_bytes(b"x" * 5000)
    assert run("audit", tmp_path)[0] == 2


@pytest.mark.requirement("SZK-31")
def test_a_bundle_for_a_party_shows_its_view_and_names_what_is_withheld(
    played: tuple[Path, str], tmp_path: Path
) -> None:
    target = tmp_path / "for-mediator.bundle"
    code, told = run("bundle", "C25", "--ledger", played[0], "--for", "MEDIATOR", "-o", target)
    assert code == 0, told
    code, told = run("verify", target, "--roots", played[0] / "roots.toml")
    text = " ".join(told.split())
    assert code == 0 and "the findings as MEDIATOR sees them" in text
    assert "what is withheld: " in text and "FL320" not in text and "FL140" not in text
    assert run("bundle", "C99", "--ledger", played[0], "-o", tmp_path / "x")[0] == 2


@pytest.mark.requirement("SZK-09")
def test_a_trial_is_told_at_80_columns(played: tuple[Path, str], tmp_path: Path) -> None:
    from tests.app.stages import TEXT

    draft = tmp_path / "draft.toml"
    draft.write_text(TEXT.replace('horizontal = "10NM"', 'horizontal = "120NM"', 1), "utf-8")
    code, told = run("agreement", "try", draft, "--ledger", played[0])
    assert code == 0 and "would have been raised, by the default minima" in " ".join(told.split())
    assert all(len(line) <= WIDTH for line in told.splitlines() if str(tmp_path) not in line)
    assert run("agreement", "try", tmp_path / "none.toml", "--ledger", played[0])[0] == 2
    assert run("agreement", "try", draft, "--ledger", tmp_path / "none")[0] == 2
