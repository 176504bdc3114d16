"""A party's witness of the ledger: it never cosigns a fork, nor one that has shrunk (SZK-39)."""

from __future__ import annotations

import shutil

import pytest

from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.doors.desk.cosigners import cosigned_by
from sazokar.doors.desk.folder import read_ledger
from tests.doors.desk.conftest import Desk

pytestmark = pytest.mark.requirement("SZK-39")


def cosign(desk: Desk, party: str, ledger: object = None) -> tuple[int, str, str]:
    """Cosign a ledger with a root key that lies outside of it."""
    key = desk.home / f"{party}-root.key"
    if not key.exists():
        shutil.copy(desk.root(party), key)
    return desk.run("cosign", ledger or desk.ledger, "--key", key)


def test_ledger_is_final_when_the_quorum_has_cosigned_its_head(desk: Desk) -> None:
    assert "NOT FINAL: 0 of 2" in desk.good("state")
    assert "not final yet" in cosign(desk, "ALPHA")[1]
    assert "FINAL (ALPHA, BRAVO; quorum 2)" in cosign(desk, "BRAVO")[1]
    assert "FINAL: cosigned by ALPHA, BRAVO" in desk.good("state")
    desk.good("roster", "test-call", "ALPHA", "--answered", by="BRAVO")
    assert "2 NOT FINAL yet" in desk.good("state")
    found = read_ledger(desk.ledger)
    assert found.damage is None
    log = SqliteLog(desk.ledger / "ledger.sqlite", read_only=True)
    note = log.cosigned()
    log.close()
    assert note is not None and cosigned_by(found.state, note)[1] == {"ALPHA", "BRAVO"}


def test_growing_ledger_is_cosigned_again_and_again(desk: Desk) -> None:
    for _ in range(3):
        assert cosign(desk, "ALPHA")[0] == 0
        desk.good("roster", "test-call", "ALPHA", "--answered", by="BRAVO")
    assert cosign(desk, "ALPHA")[0] == 0
    assert cosign(desk, "ALPHA")[0] == 0


def test_ledger_that_has_shrunk_is_an_alarm_and_is_not_cosigned(desk: Desk) -> None:
    shutil.copytree(desk.ledger, desk.home / "before")
    desk.good("roster", "test-call", "ALPHA", "--answered", by="BRAVO")
    assert cosign(desk, "ALPHA")[0] == 0
    seen = (desk.home / "ALPHA-root.key.seen").read_bytes()
    code, out, err = cosign(desk, "ALPHA", desk.home / "before")
    assert code == 1 and not out and "ALARM" in err and "SHRUNK" in err and "\a" in err
    assert (desk.home / "ALPHA-root.key.seen").read_bytes() == seen


def test_fork_is_an_alarm_and_is_not_cosigned(desk: Desk) -> None:
    shutil.copytree(desk.ledger, desk.home / "fork")
    desk.good("roster", "test-call", "ALPHA", "--answered", by="BRAVO")
    assert cosign(desk, "ALPHA")[0] == 0
    for _ in range(2):
        desk.good("roster", "test-call", "MED", "--answered", "--ledger", desk.home / "fork", by="BRAVO")
    code, _, err = cosign(desk, "ALPHA", desk.home / "fork")
    assert code == 1 and "FORKED" in err
    log = SqliteLog(desk.home / "fork" / "ledger.sqlite", read_only=True)
    assert log.cosigned() is None
    log.close()


def test_damaged_ledger_is_not_cosigned(desk: Desk) -> None:
    path = desk.ledger / "ledger.sqlite"
    content = path.read_bytes()
    at = content.find(b'"agreement.sign"')
    path.write_bytes(content[: at + 12] + b"SIGN" + content[at + 16 :])
    code, _, err = cosign(desk, "ALPHA")
    assert code == 1 and "ALARM" in err and not (desk.home / "ALPHA-root.key.seen").exists()


def test_an_officer_s_key_cosigns_for_its_party_and_a_stranger_s_does_not(desk: Desk) -> None:
    code, out, _ = desk.run("cosign", desk.ledger, "--key", desk.key("ALPHA"))
    assert code == 0 and "as ALPHA" in out
    desk.good("cosign", desk.ledger, "--key", desk.root("ALPHA"))
    assert "NOT FINAL: 1 of 2" in desk.good("state")  # two keys of one party are one party
    assert desk.run("keys", "new", desk.home / "stranger.key", "--no-passphrase")[0] == 0
    code, _, err = desk.run("cosign", desk.ledger, "--key", desk.home / "stranger.key")
    assert code == 2 and "no party of this ledger" in " ".join(err.split())


def test_memory_that_cannot_be_read_is_not_overlooked(desk: Desk) -> None:
    cosign(desk, "ALPHA")
    (desk.home / "ALPHA-root.key.seen").write_bytes(b"nothing")
    code, _, err = cosign(desk, "ALPHA")
    assert code == 2 and "restore it" in " ".join(err.split())
