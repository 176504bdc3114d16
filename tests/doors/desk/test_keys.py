"""Keys as files: who may sign, with which passphrase, under which number, and until when."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from sazokar.domain.state import Numbers
from sazokar.doors.desk.folder import read_ledger
from sazokar.doors.desk.keyring import next_number, public_key, read_card
from sazokar.errors import KeyFileError, UnreadableError
from tests.doors.desk.conftest import Desk, good, run


def test_key_is_for_its_owner_alone_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    good("keys", "new", path, "--no-passphrase")
    before = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    code, _, err = run("keys", "new", path, "--no-passphrase")
    assert code == 2 and "exists already" in err and path.read_bytes() == before


def test_passphrase_comes_from_a_file_or_the_environment_and_a_wrong_one_is_told(bare: Desk) -> None:
    phrase, key = bare.home / "phrase", bare.home / "b.key"
    phrase.write_text("a long night\n", encoding="utf-8")
    good("keys", "new", key, "--watch", "B5", "--party", "BRAVO", "--passphrase-file", phrase)
    assert b"ENCRYPTED" in key.read_bytes()
    bare.good("keys", "delegate", f"{key}.pub", "--key", bare.root("BRAVO"))
    call = ("roster", "test-call", "ALPHA", "--answered", "--key", key)
    assert bare.run(*call)[0] == 2
    assert bare.run(*call, SAZOKAR_PASSPHRASE="wrong")[0] == 2
    assert bare.run(*call, SAZOKAR_PASSPHRASE="a long night")[0] == 0
    assert bare.run(*call, "--passphrase-file", phrase)[0] == 0
    assert bare.run(*call, "--passphrase-file", bare.home / "none")[0] == 2


def test_key_that_others_can_read_is_refused(desk: Desk) -> None:
    desk.key("BRAVO").chmod(0o644)
    code, _, err = desk.run("ack", "N1", by="BRAVO")
    assert code == 2 and "chmod 600" in " ".join(err.split())


def test_no_key_named_is_told(desk: Desk) -> None:
    code, _, err = desk.run("ack", "N1")
    assert code == 2 and "--key FILE" in err


def test_stop_key_lies_in_the_clear_and_signs_nothing_else(desk: Desk) -> None:
    key = desk.home / "stop.key"
    good("keys", "new", key, "--party", "BRAVO", "--watch", "B9", "--role", "stop")
    desk.good("keys", "delegate", f"{key}.pub", "--key", desk.root("BRAVO"))
    code, out, _ = desk.run("notice", "file", desk.transport(), "--key", key)
    assert code == 1 and "stop-only" in out


@pytest.mark.requirement("SZK-45")
def test_revoked_key_is_rejected_from_then_on(desk: Desk) -> None:
    desk.good("keys", "revoke", f"{desk.key('BRAVO')}.pub", "--reason", "lost", "--key", desk.root("BRAVO"))
    code, _, err = desk.run("notice", "file", desk.transport(), by="BRAVO")
    assert code == 1 and "REJECTED" in err and "revoked" in err
    assert "REVOKED" in desk.good("keys", "show")


def test_officers_key_delegates_nobody(desk: Desk) -> None:
    good("keys", "new", desk.home / "c.key", "--watch", "B7", "--no-passphrase")
    code, out, _ = desk.run("keys", "delegate", desk.home / "c.key.pub", by="BRAVO")
    assert code == 1 and "not-a-root" in out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--role", "king"), "'king'"),
        (("--days", "0"), "1 to 1,830"),
        (("--days", "9999"), "1 to 1,830"),
    ],
)
def test_bad_delegation_is_told(desk: Desk, arguments: tuple[str, ...], expected: str) -> None:
    good("keys", "new", desk.home / "c.key", "--watch", "B7", "--no-passphrase")
    code, _, err = desk.run("keys", "delegate", desk.home / "c.key.pub", *arguments, "--key", desk.root("BRAVO"))
    assert code == 2 and expected in err


def test_root_rotates_and_the_old_one_delegates_no_more(desk: Desk) -> None:
    new = desk.home / "new-root.key"
    good("keys", "new", new, "--party", "BRAVO", "--role", "root", "--no-passphrase")
    desk.good("keys", "rotate-root", new, "--key", desk.root("BRAVO"))
    good("keys", "new", desk.home / "c.key", "--watch", "B7", "--no-passphrase")
    assert desk.run("keys", "delegate", desk.home / "c.key.pub", "--key", desk.root("BRAVO"))[0] == 1
    desk.good("keys", "delegate", desk.home / "c.key.pub", "--key", new)


def test_lost_root_is_replaced_by_the_quorum(desk: Desk) -> None:
    new, lost = desk.home / "new-root.key", read_card(Path(f"{desk.root('BRAVO')}.pub")).key
    good("keys", "new", new, "--party", "BRAVO", "--role", "root", "--no-passphrase")
    lost_by = ("keys", "rotate-root", new, "--lost", lost, "--of", "BRAVO", "--key", desk.root("ALPHA"))
    code, _, err = desk.run(*lost_by)
    assert code == 1 and "rotation" in err
    desk.good(*lost_by, "--with", desk.root("MED"))
    assert read_ledger(desk.ledger).state.roots[read_card(Path(f"{new}.pub")).key] == "BRAVO"


def test_nodes_key_rotates_and_the_ledger_goes_on(desk: Desk) -> None:
    for party in ("ALPHA", "BRAVO"):
        desk.good("cosign", desk.ledger, "--key", desk.root(party))
    before = read_ledger(desk.ledger).state.node
    for _ in range(2):
        desk.good("keys", "rotate-node")
        desk.good("roster", "test-call", "ALPHA", "--answered", by="BRAVO")
    found = read_ledger(desk.ledger)
    assert found.state.node != before and found.damage is None
    assert desk.run("state")[0] == 0


def test_running_number_is_never_given_twice_in_any_race(tmp_path: Path) -> None:
    given: list[int] = []
    threads = [
        threading.Thread(target=lambda: given.extend(next_number(tmp_path / "k", None) for _ in range(20)))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == list(range(1, 101))


def test_running_number_goes_on_from_the_ledgers_where_its_file_is_lost(tmp_path: Path) -> None:
    assert next_number(tmp_path / "k", Numbers(7, (9,))) == 10
    assert next_number(tmp_path / "k", Numbers(7)) == 11
    (tmp_path / "k.number").write_text("many", encoding="utf-8")
    with pytest.raises(KeyFileError, match="running number"):
        next_number(tmp_path / "k", None)


@pytest.mark.parametrize("text", ["0" * 64, "g" * 64, "nowhere.key", ""])
def test_what_is_no_key_is_told(text: str) -> None:
    with pytest.raises(UnreadableError):
        public_key(text)


def test_root_delegates_no_card_of_another_party(desk: Desk) -> None:
    card = f"{desk.key('ALPHA')}.pub"
    code, out, err = desk.run("keys", "delegate", card, "--key", desk.root("BRAVO"))
    assert code == 2 and out == "" and "found a card of ALPHA" in " ".join(err.split())


def test_card_named_as_the_key_is_said_to_be_a_card(desk: Desk) -> None:
    code, _, err = desk.run("notice", "file", desk.transport(), "--key", f"{desk.key('ALPHA')}.pub")
    assert code == 2 and "is a card, not a private key" in " ".join(err.split()) and "chmod" not in err


def test_envelope_is_written_over_no_file(desk: Desk) -> None:
    target = desk.home / "there"
    target.write_text("mine", encoding="utf-8")
    code, _, err = desk.run("notice", "file", desk.transport(), "--offline", target, by="BRAVO")
    assert code == 2 and "exists already" in " ".join(err.split())
    assert target.read_text(encoding="utf-8") == "mine"


def test_a_root_s_card_goes_to_whoever_draws_up_the_charter(tmp_path: Path) -> None:
    for name, typed in (("a", ("--role", "root")), ("b", ("--watch", "root"))):
        out = good("keys", "new", tmp_path / name, "--party", "ALPHA", *typed, "--no-passphrase")
        assert "whoever draws up the charter" in out and "delegated" not in out


def test_to_sign_offline_takes_the_charter_and_no_new_ledger(bare: Desk, tmp_path: Path) -> None:
    code, _, err = run(
        "keys", "delegate", f"{bare.key('ALPHA')}.pub", "--key", bare.root("ALPHA"), "--offline", tmp_path / "out",
        "--ledger", tmp_path,
    )  # fmt: skip
    flat = " ".join(err.split())
    assert code == 2 and "needs charter.json" in flat and "ask the operator" in flat and "init" not in flat
