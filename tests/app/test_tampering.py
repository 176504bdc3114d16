"""One flipped byte of whatever a ledger stores: the node opens damaged, says where, and keeps up what lives hang on."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.audit import audit
from sazokar.app.codec import Stamp, seal
from sazokar.app.node import Node
from sazokar.app.playing import Stage, StageClock
from sazokar.app.receipt import Unrecorded
from sazokar.app.scenario_a import BOX, at
from sazokar.domain.notice import Extent, NoticeKind
from sazokar.domain.statement import FileNotice, Statement
from sazokar.domain.watch import on_watch
from sazokar.errors import LedgerError
from tests.app.stages import CountedEntropy, SilentAlarm, new_stage, play
from tests.app.test_verification import HALT

pytestmark = [pytest.mark.requirement("SZK-43"), pytest.mark.requirement("SZK-39")]

COLUMNS = [
    ("entries", "leaf", "position"), ("entries", "id", "position"), ("entries", "hash", "position"),
    ("payloads", "content", "rowid"), ("checkpoint", "note", "only"), ("cosigned", "note", "size"),
]  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Stage]:
    path = tmp_path_factory.mktemp("whole") / "ledger.sqlite"
    log = SqliteLog(path)
    stage = new_stage(log)
    play(stage)
    log.close()
    return path, stage


@pytest.fixture
def copied(whole: tuple[Path, Stage], tmp_path: Path) -> tuple[Path, Stage]:
    return Path(shutil.copy(whole[0], tmp_path / "ledger.sqlite")), whole[1]


def rows(path: Path, table: str, column: str, key: str) -> list[tuple[int, bytes]]:
    connection = sqlite3.connect(path)
    found = connection.execute(f"SELECT {key}, {column} FROM {table} ORDER BY {key}").fetchall()
    connection.close()
    return found


def flip(path: Path, table: str, column: str, key: str, row: int, content: bytes, at_byte: int) -> None:
    damaged = bytearray(content)
    damaged[at_byte] ^= 1
    connection = sqlite3.connect(path)
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (bytes(damaged), row))
    connection.commit()
    connection.close()


def sampled(path: Path) -> Iterator[tuple[str, str, str, int, bytes, int]]:
    for table, column, key in COLUMNS:
        found = rows(path, table, column, key)
        for row, content in found[:: max(1, len(found) // 5)]:
            for at_byte in {0, len(content) // 2, len(content) - 1}:
                yield table, column, key, row, content, at_byte


def sent(node: Node, stage: Stage, statement: Statement, officer: str = "A1") -> object:
    stamp = Stamp(ledger=node.ledger, number=99, stated_ms=at("19:10"), expires_ms=at("20:00"))
    return node.submit(*seal(statement, stamp, [stage.officers[officer]], CountedEntropy()))


def opened(path: Path, stage: Stage, alarm: SilentAlarm) -> tuple[Node, SqliteLog]:
    log = SqliteLog(path)
    return Node(log, StageClock(at("19:10")), stage.node_key, CountedEntropy(), alarm), log


def test_one_flipped_byte_of_any_column_opens_the_ledger_as_damaged(whole: tuple[Path, Stage], tmp_path: Path) -> None:
    path, stage = whole
    unnoticed = []
    for number, (table, column, key, row, content, at_byte) in enumerate(sampled(path)):
        copy = Path(shutil.copy(path, tmp_path / f"{number}.sqlite"))
        flip(copy, table, column, key, row, content, at_byte)
        newest = table != "cosigned" or row == max(size for size, _ in rows(path, table, column, key))
        log = SqliteLog(copy)
        damage = Node(log, StageClock(0), stage.node_key, CountedEntropy(), SilentAlarm()).damage
        # An older cosigned checkpoint bears on no verdict: it is looked at when something is proven or audited.
        noticed = damage is not None if newest else audit(log).differences.count > 0
        log.close()
        copy.unlink()
        if not noticed:
            unnoticed.append((table, column, row, at_byte))
        elif damage is not None and table in ("entries", "payloads"):
            assert damage.position is not None, (table, column, row, at_byte)
    assert unnoticed == []


@pytest.fixture
def damaged(copied: tuple[Path, Stage]) -> Iterator[tuple[Node, Stage, SilentAlarm]]:
    path, stage = copied
    row, content = rows(path, "payloads", "content", "position")[-1]
    flip(path, "payloads", "content", "position", row, content, 100)
    alarm = SilentAlarm()
    node, log = opened(path, stage, alarm)
    yield node, stage, alarm
    log.close()


def test_the_damaged_entry_is_named_and_no_notice_is_taken(damaged: tuple[Node, Stage, SilentAlarm]) -> None:
    node, stage, _ = damaged
    assert node.damage is not None and f"entry {node.damage.position}" in str(node.damage)
    later = msgspec.structs.replace(BOX, start_ms=at("20:00"), end_ms=at("20:30"))
    notice = FileNotice(notice=NoticeKind.AREA, extent=Extent(volumes=(later,)))
    answer = sent(node, stage, notice)
    assert isinstance(answer, Unrecorded) and not answer.sounded
    assert f"entry {node.damage.position}" in answer.reason
    assert isinstance(node.tick(), Unrecorded), "no deadline is recorded either"


@pytest.mark.requirement("SZK-27")
def test_stop_still_sounds_over_a_damaged_ledger(damaged: tuple[Node, Stage, SilentAlarm]) -> None:
    node, stage, alarm = damaged
    answer = sent(node, stage, HALT)
    assert isinstance(answer, Unrecorded) and answer.sounded
    assert [(verified, sounded_ms) for _, verified, sounded_ms in alarm.calls] == [(True, at("19:10"))]


@pytest.mark.requirement("SZK-26")
def test_roster_and_telephone_numbers_stay_up_over_a_damaged_ledger(damaged: tuple[Node, Stage, SilentAlarm]) -> None:
    node, _, _ = damaged
    watches = on_watch(node.state, "BRAVO", at("19:10"))
    assert [watch.number for watch in watches] == ["B1", "B2"]
    assert all(watch.post is not None and watch.post.telephones for watch in watches)


def test_a_damaged_ledger_gives_an_audit_that_names_the_entry(copied: tuple[Path, Stage]) -> None:
    path, _ = copied
    row, content = rows(path, "entries", "leaf", "position")[40]
    flip(path, "entries", "leaf", "position", row, content, 300)
    log = SqliteLog(path, read_only=True)
    found = audit(log)
    log.close()
    assert {doubt.position for doubt in found.differences.kept} == {40}


def test_a_file_that_is_no_ledger_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"not a ledger" * 100)
    with pytest.raises(LedgerError):
        SqliteLog(tmp_path / "ledger.sqlite", read_only=True)
