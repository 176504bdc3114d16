"""Founding: at one desk, and in steps by roots that never leave their machines."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest

from sazokar.doors.desk.ceremony import opened
from sazokar.doors.desk.folder import read_ledger
from tests.doors.desk.conftest import good, run

TWO = ("--name", "Halcyon", "--party", "ALPHA:party:en=Air Arm:fa=آلفا", "--party", "BRAVO:party")


def roots(home: Path) -> list[str]:
    """Make a root key for each party, and return the options that name their cards."""
    for party in ("ALPHA", "BRAVO"):
        good("keys", "new", home / f"{party}.key", "--party", party, "--role", "root", "--no-passphrase")
    return [word for party in ("ALPHA", "BRAVO") for word in ("--roots", f"{party}={home / party}.key.pub")]


def test_trial_is_founded_with_keys_for_their_owner_alone(tmp_path: Path) -> None:
    out = good("init", tmp_path / "led", *TWO, "--no-passphrase")
    assert "FOUNDED: Halcyon" in out and "All roots were in one hand" in out
    for name in ("node.key", "alpha-root.key", "bravo-root.key"):
        assert stat.S_IMODE((tmp_path / "led" / name).stat().st_mode) == 0o600
    state = read_ledger(tmp_path / "led").state
    assert state.size == 1 and state.charter is not None and state.charter.quorum == 2
    table = tomllib.loads((tmp_path / "led" / "roots.toml").read_text(encoding="utf-8"))
    assert {each["name"]: tuple(each["roots"]) for each in table["party"]} == {
        member.name: member.roots for member in state.charter.parties
    }


@pytest.mark.requirement("SZK-39")
def test_charter_signed_by_each_root_on_its_own_founds_the_ledger(tmp_path: Path) -> None:
    cards = roots(tmp_path)
    draft, folder = tmp_path / "charter.draft", tmp_path / "led"
    good("init", folder, *TWO, "--draft", draft, *cards)
    assert "NOT SIGNED" in good("charter", "show", draft)
    for party in ("ALPHA", "BRAVO"):
        good("charter", "sign", draft, "--key", tmp_path / f"{party}.key", "-o", tmp_path / f"{party}.signed")
    code, _, err = run("init", folder, "--from", tmp_path / "ALPHA.signed")
    assert code == 2 and "not signed by BRAVO" in err and not (folder / "ledger.sqlite").exists()
    out = good("init", folder, "--from", tmp_path / "ALPHA.signed", "--from", tmp_path / "BRAVO.signed")
    assert "FOUNDED" in out and "All roots" not in out
    assert not list(folder.glob("*-root.key"))


def test_charter_may_go_from_hand_to_hand(tmp_path: Path) -> None:
    cards = roots(tmp_path)
    draft = tmp_path / "charter.draft"
    good("init", tmp_path / "led", *TWO, "--draft", draft, *cards)
    for party in ("ALPHA", "BRAVO"):
        good("charter", "sign", draft, "--key", tmp_path / f"{party}.key")
    _, signatures, _ = opened("charter", draft.read_bytes())
    assert len(signatures) == 2
    good("init", tmp_path / "led", "--from", draft)


def test_charter_that_was_changed_after_it_was_signed_is_refused(tmp_path: Path) -> None:
    cards = roots(tmp_path)
    draft = tmp_path / "charter.draft"
    good("init", tmp_path / "led", *TWO, "--draft", draft, *cards)
    good("charter", "sign", draft, "--key", tmp_path / "ALPHA.key")
    draft.write_bytes(draft.read_bytes().replace(b'"quorum":2', b'"quorum":1'))
    for command in (
        ("charter", "sign", draft, "--key", tmp_path / "BRAVO.key"),
        ("init", tmp_path / "led", "--from", draft),
    ):
        code, _, err = run(*command)
        assert code == 2 and "found no charter" in err


def test_root_of_another_charter_signs_nothing(tmp_path: Path) -> None:
    cards = roots(tmp_path)
    good("init", tmp_path / "led", *TWO, "--draft", tmp_path / "draft", *cards)
    good("keys", "new", tmp_path / "stranger.key", "--no-passphrase")
    code, _, err = run("charter", "sign", tmp_path / "draft", "--key", tmp_path / "stranger.key")
    assert code == 2 and "names no root" in err


def test_drafts_of_two_charters_are_not_mixed(tmp_path: Path) -> None:
    cards = roots(tmp_path)
    for name, quorum in (("one", 1), ("two", 2)):
        good("init", tmp_path / "led", *TWO, "--quorum", quorum, "--draft", tmp_path / name, *cards)
        good("charter", "sign", tmp_path / name, "--key", tmp_path / "ALPHA.key")
    code, _, err = run("init", tmp_path / "led", "--from", tmp_path / "one", "--from", tmp_path / "two")
    assert code == 2 and "another charter" in err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--party", "ALPHA:party", "--party", "BRAVO:party"), "--name"),
        (("--name", "X", "--party", "ALPHA:party"), "2 to 50"),
        (("--name", "X", "--party", "ALPHA:party", "--party", "ALPHA:party"), "each once"),
        (("--name", "X", "--party", "alpha:party", "--party", "BRAVO:party"), "capitals"),
        (("--name", "X", "--party", "ALPHA:king", "--party", "BRAVO:party"), "the role 'king'"),
        (("--name", "X", "--party", "ALPHA:party:en", "--party", "BRAVO:party"), "en=NAME"),
        ((*TWO, "--quorum", "3"), "1 to 2"),
        ((*TWO, "--quorum", "0"), "1 to 2"),
        ((*TWO, "--roots", "CHARLIE=x.key"), "NAME=FILE"),
        ((*TWO, "--roots", "ALPHA=x.key"), "no such file"),
        ((*TWO, "--origin", "two words"), "without spaces"),
        ((*TWO, "--draft", "/nowhere/at/all"), "folder"),
        (("--from", "/nowhere"), "cannot be read"),
    ],
)
def test_bad_founding_is_told_and_founds_nothing(arguments: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    code, _, err = run("init", tmp_path / "led", *arguments, "--no-passphrase")
    assert code == 2 and expected in " ".join(err.split()), err
    assert not (tmp_path / "led" / "ledger.sqlite").exists()


def test_ledger_is_founded_once(tmp_path: Path) -> None:
    good("init", tmp_path / "led", *TWO, "--no-passphrase")
    before = (tmp_path / "led" / "ledger.sqlite").read_bytes()
    code, _, err = run("init", tmp_path / "led", *TWO, "--no-passphrase")
    assert code == 2 and "founded once" in err and (tmp_path / "led" / "ledger.sqlite").read_bytes() == before


def test_only_a_public_key_at_hand_asks_for_the_ceremony(tmp_path: Path) -> None:
    cards = roots(tmp_path)
    code, _, err = run("init", tmp_path / "led", *TWO, *cards)
    assert code == 2 and "--draft" in err


def test_root_keys_are_encrypted_unless_told_otherwise(tmp_path: Path) -> None:
    code, _, err = run("init", tmp_path / "led", *TWO)
    assert code == 2 and "--no-passphrase" in err
    good("init", tmp_path / "led", *TWO, SAZOKAR_PASSPHRASE="a long night")
    assert b"ENCRYPTED" in (tmp_path / "led" / "alpha-root.key").read_bytes()


@pytest.mark.parametrize(
    "typed",
    [
        ("--name", "Halcyon", "--party", "ALPHA:party"),
        ("--name", "Halcyon", "--party", "ALPHA:king", "--party", "BRAVO:party"),
        TWO,  # no passphrase, and nobody to be asked
    ],
)
def test_founding_that_fails_leaves_nothing(tmp_path: Path, typed: tuple[str, ...]) -> None:
    code, _, _ = run("init", tmp_path / "led", *typed)
    assert code == 2 and list(tmp_path.iterdir()) == []


def test_quorum_is_half_and_more(tmp_path: Path) -> None:
    three = (*TWO, "--party", "MED:mediator", "--no-passphrase")
    code, _, err = run("init", tmp_path / "led", *three, "--quorum", 1)
    assert code == 2 and "--quorum: found 1; expected 2 to 3" in err and not (tmp_path / "led").exists()
    good("init", tmp_path / "led", *three, "--quorum", 2)
