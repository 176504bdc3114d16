"""A backup is whole or there is none; a restore never rewinds what was cosigned (SZK-39)."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from sazokar.doors.desk.folder import read_ledger
from tests.doors.desk.conftest import Desk
from tests.doors.desk.test_cosigning import cosign

pytestmark = pytest.mark.requirement("SZK-39")


def grow(desk: Desk, times: int = 1) -> None:
    for _ in range(times):
        desk.good("roster", "test-call", "ALPHA", "--answered", by="BRAVO")


def backed_up(desk: Desk, name: str = "backup", *options: str) -> Path:
    target = desk.home / name
    code, out, err = desk.run("backup", target, "--ledger", desk.ledger, *options)
    assert code == 0 and "BACKED UP and verified" in out, err
    return target


def test_backup_restored_is_the_ledger_that_was(desk: Desk) -> None:
    before = read_ledger(desk.ledger)
    target = backed_up(desk)
    code, out, _ = desk.run("restore", target, desk.home / "again")
    assert code == 0 and "RESTORED" in out
    again = read_ledger(desk.home / "again")
    assert again.damage is None
    assert (again.charter_id, again.state.size) == (before.charter_id, before.state.size)
    assert not (desk.home / "again" / "node.key").exists()
    assert (desk.home / "again" / "ledger.sqlite").stat().st_mode & 0o077 == 0


def test_node_s_key_goes_along_only_where_it_is_asked_for(desk: Desk) -> None:
    assert not (backed_up(desk) / "node.key").exists()
    assert (backed_up(desk, "with", "--with-node-key") / "node.key").read_bytes() == (
        desk.ledger / "node.key"
    ).read_bytes()


def test_restore_behind_a_cosigned_checkpoint_is_refused(desk: Desk) -> None:
    target = backed_up(desk)
    grow(desk)
    assert cosign(desk, "ALPHA")[0] == 0
    code, out, err = desk.run("restore", target, desk.home / "again", "--cosigned", desk.home / "ALPHA-root.key.seen")
    assert code == 1 and not out and "REWIND" in err
    assert not (desk.home / "again").exists()


def test_ledger_that_lies_there_speaks_for_what_was_cosigned(desk: Desk) -> None:
    target = backed_up(desk)
    grow(desk)
    assert cosign(desk, "ALPHA")[0] == 0
    before = (desk.ledger / "ledger.sqlite").read_bytes()
    assert desk.run("restore", target, desk.ledger)[0] == 2
    code, _, err = desk.run("restore", target, desk.ledger, "--replace")
    assert code == 1 and "REWIND" in err
    assert (desk.ledger / "ledger.sqlite").read_bytes() == before


def test_restore_of_another_past_is_refused(desk: Desk) -> None:
    shutil.copytree(desk.ledger, desk.home / "fork")
    grow(desk)
    assert cosign(desk, "ALPHA")[0] == 0
    theirs = Desk.__new__(Desk)
    theirs.__dict__.update(desk.__dict__ | {"ledger": desk.home / "fork"})
    theirs.good("roster", "test-call", "BRAVO", "--answered", by="ALPHA")
    grow(theirs, 3)
    target = backed_up(theirs, "forked")
    code, _, err = desk.run("restore", target, desk.home / "again", "--cosigned", desk.home / "ALPHA-root.key.seen")
    assert code == 1 and "not those that were cosigned" in err


def test_newer_backup_replaces_a_ledger_which_is_kept_aside(desk: Desk) -> None:
    assert cosign(desk, "ALPHA")[0] == 0
    grow(desk)
    target = backed_up(desk)
    size = read_ledger(desk.ledger).state.size
    code, _, err = desk.run("restore", target, desk.ledger, "--replace")
    assert code == 0, err
    assert read_ledger(desk.ledger).state.size == size
    assert [path.name for path in desk.ledger.glob("before-restore-*/ledger.sqlite")] == ["ledger.sqlite"]
    grow(desk)


@pytest.mark.parametrize("what", ["changed", "missing", "more", "manifest"])
def test_changed_backup_is_not_restored_and_named(desk: Desk, what: str) -> None:
    target = backed_up(desk)
    match what:
        case "changed":
            content = bytearray((target / "ledger.sqlite").read_bytes())
            content[len(content) // 2] ^= 1
            (target / "ledger.sqlite").write_bytes(content)
        case "missing":
            (target / "charter.json").unlink()
        case "more":
            (target / "more").write_text("x")
        case _:
            (target / "backup.json").write_text("{}")
    code, out, err = desk.run("restore", target, desk.home / "again")
    assert code == 2 and not out and str(target) in err.replace("\n    ", "")
    assert not (desk.home / "again").exists()


def test_damaged_ledger_makes_no_backup(desk: Desk) -> None:
    with sqlite3.connect(desk.ledger / "ledger.sqlite") as connection:
        connection.execute("UPDATE entries SET leaf = leaf || x'20' WHERE position = 1")
    connection.close()
    code, out, err = desk.run("backup", desk.home / "backup", "--ledger", desk.ledger)
    assert code == 1 and not out and "entry 1" in err
    assert not (desk.home / "backup").exists()


def test_backup_while_the_ledger_is_owned_and_written(desk: Desk) -> None:
    from sazokar.adapters.log_sqlite import SqliteLog

    log = SqliteLog(desk.ledger / "ledger.sqlite")
    try:
        backed_up(desk)
    finally:
        log.close()


def test_rotated_ledger_is_backed_up_with_its_segments_and_works_on(desk: Desk) -> None:
    grow(desk, 6)
    log_before = desk.good("log")
    from sazokar.adapters.log_sqlite import SqliteLog

    log = SqliteLog(desk.ledger / "ledger.sqlite")
    assert log.rotate(log.size(), 8) == 8
    log.close()
    assert desk.good("log") == log_before
    target = backed_up(desk)
    assert list((target / "segments").iterdir())
    assert desk.run("restore", target, desk.home / "again")[0] == 0
    assert read_ledger(desk.home / "again").damage is None
    grow(desk)


def test_rotate_leaves_what_no_quorum_has_cosigned(desk: Desk) -> None:
    code, out, _ = desk.run("rotate", "--ledger", desk.ledger, "--length", 256)
    assert code == 0 and "nothing to rotate: 0 entries are final" in out


def test_ledger_that_a_node_has_open_is_not_replaced(desk: Desk) -> None:
    from sazokar.adapters.log_sqlite import SqliteLog

    target = backed_up(desk)
    log = SqliteLog(desk.ledger / "ledger.sqlite")
    try:
        code, out, err = desk.run("restore", target, desk.ledger, "--replace")
        assert code == 2 and not out and "held by process" in err
        assert (desk.ledger / "ledger.sqlite").exists() and not list(desk.ledger.glob("before-restore-*"))
    finally:
        log.close()


def test_without_the_node_s_key_what_was_cosigned_counts_all_the_same(desk: Desk) -> None:
    target = backed_up(desk)
    grow(desk)
    assert cosign(desk, "ALPHA")[0] == 0
    (desk.ledger / "node.key").unlink()
    code, _, err = desk.run("restore", target, desk.ledger, "--replace")
    assert code == 1 and "REWIND" in err


def test_ledger_that_cannot_be_read_is_replaced_only_by_what_a_party_remembers(desk: Desk) -> None:
    assert cosign(desk, "ALPHA")[0] == 0
    target = backed_up(desk)
    (desk.ledger / "ledger.sqlite").write_bytes(b"not a database, but long enough to look like one" * 100)
    code, _, err = desk.run("restore", target, desk.ledger, "--replace")
    assert code == 1 and "--cosigned" in err
    seen = desk.home / "ALPHA-root.key.seen"
    code, _, err = desk.run("restore", target, desk.ledger, "--replace", "--cosigned", seen)
    assert code == 0, err
    assert read_ledger(desk.ledger).damage is None


def test_damaged_segment_makes_no_backup_and_leaves_no_part_of_one(desk: Desk) -> None:
    from sazokar.adapters.log_sqlite import SqliteLog

    log = SqliteLog(desk.ledger / "ledger.sqlite")
    assert log.rotate(log.size(), 4) == 4
    log.close()
    segment = next((desk.ledger / "segments").iterdir())
    segment.write_bytes(b"\0" * 5_000)
    code, out, err = desk.run("backup", desk.home / "backup", "--ledger", desk.ledger)
    assert code in (1, 2) and not out and "fault" not in err
    assert not (desk.home / "backup").exists()


def test_restore_for_which_there_is_no_room_leaves_what_lay_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(desk)
    target, before = backed_up(desk), (desk.ledger / "ledger.sqlite").read_bytes()
    real, copied = shutil.copyfile, []

    def full(source: Path, goal: Path) -> None:
        copied.append(source)
        if desk.ledger in Path(goal).parents and len(copied) > 1:
            raise OSError(28, "No space left on device")
        real(source, goal)

    monkeypatch.setattr(shutil, "copyfile", full)
    code, _, err = desk.run("restore", target, desk.ledger, "--replace")
    assert code == 2 and "as it was" in " ".join(err.split())
    assert (desk.ledger / "ledger.sqlite").read_bytes() == before
    assert not list(desk.ledger.glob(".restoring-*"))


def test_entries_that_nobody_cosigned_are_lost_only_where_that_is_said(desk: Desk) -> None:
    target = backed_up(desk)
    grow(desk)
    code, _, err = desk.run("restore", target, desk.ledger, "--replace")
    assert code == 1 and "--lose 2" in " ".join(err.split())
    code, out, err = desk.run("restore", target, desk.ledger, "--replace", "--lose", 2)
    assert code == 0 and "RESTORED" in out, err


def test_restored_ledger_without_its_key_says_so(desk: Desk) -> None:
    target = backed_up(desk)
    out = desk.run("restore", target, desk.home / "again")[1]
    assert "bring it from where it is kept" in out
    (desk.ledger / "node.key").rename(desk.ledger / "node.key.old")
    out = desk.run("restore", target, desk.ledger, "--replace")[1]
    assert "it is node.key.old" in out
