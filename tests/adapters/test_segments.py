"""A ledger whose oldest entries lie in segments is the ledger that it was: held to a copy that was never rotated."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sazokar.adapters.log_memory import MemoryLog
from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.ports import Appended, Batch, Item, Stored
from sazokar.errors import LedgerError
from sazokar.testing.log_contract import item as named

SECRET = b"the well by the third bridge"


def item(number: int, **payloads: bytes) -> Item:
    return named(f"entry {number}", payloads or {"extent": f"where {number}".encode()})


def batch(*items: Item) -> Batch:
    return Batch(items, b"note")


def grown(path: Path, size: int) -> SqliteLog:
    log = SqliteLog(path)
    for number in range(size):
        assert isinstance(log.append(batch(item(number)), number), Appended)
    return log


def everything(log: SqliteLog) -> list[Stored]:
    return list(log.read(0))


@given(size=st.integers(1, 40), length=st.integers(1, 12), below=st.integers(0, 45), more=st.integers(0, 10))
@settings(max_examples=40, deadline=None)
def test_a_rotated_ledger_reads_as_before_and_grows_on(
    tmp_path_factory: pytest.TempPathFactory, size: int, length: int, below: int, more: int
) -> None:
    path = tmp_path_factory.mktemp("rotated") / "ledger.sqlite"
    log = grown(path, size)
    before, hashes = everything(log), log.leaf_hashes(0, size)
    ends = []
    while (end := log.rotate(below, length)) is not None:
        ends.append(end)
    assert ends == list(range(length, min(below, size) // length * length + 1, length))
    assert everything(log) == before
    assert log.leaf_hashes(0, size) == hashes
    assert [log.position_of(one.id) for one in before] == list(range(size))
    for number in range(size, size + more):
        assert isinstance(log.append(batch(item(number)), number), Appended)
    log.close()
    again = SqliteLog(path)
    assert everything(again)[:size] == before and again.size() == size + more
    again.check_file()
    for start in range(0, size, 3):
        assert list(again.read(start, start + 5)) == everything(again)[start : start + 5]
    again.close()


def test_an_entry_is_stored_once_for_ever_rotated_or_not(tmp_path: Path) -> None:
    log = grown(tmp_path / "ledger.sqlite", 10)
    log.rotate(10, 5)
    assert log.append(batch(item(2)), 2) == Appended(3)
    assert log.size() == 10


def test_rotated_bytes_leave_the_ledgers_own_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    log = SqliteLog(path)
    log.append(batch(item(0, purpose=SECRET), item(1)), 0)
    log.rotate(2, 2)
    log.close()
    assert SECRET not in path.read_bytes()
    assert SECRET in next((tmp_path / "segments").iterdir()).read_bytes()


def test_an_erased_payload_is_in_no_page_of_a_segment(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "ledger.sqlite")
    first = item(0, purpose=SECRET, extent=b"elsewhere")
    log.append(batch(first, item(1)), 0)
    log.rotate(2, 2)
    assert log.erase(first.id, "purpose")
    assert not log.erase(first.id, "purpose")
    assert dict(everything(log)[0].payloads) == {"extent": b"elsewhere"}
    log.close()
    assert all(SECRET not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_missing_segment_names_its_first_entry(tmp_path: Path) -> None:
    log = grown(tmp_path / "ledger.sqlite", 10)
    log.rotate(10, 4)
    log.rotate(10, 4)
    log.close()
    (tmp_path / "segments" / "000000000004-000000000008.segment").unlink()
    log = SqliteLog(tmp_path / "ledger.sqlite")
    with pytest.raises(LedgerError, match="entry 4:") as found:
        everything(log)
    assert found.value.position == 4
    assert list(log.read(8)) and list(log.read(0, 4))
    log.close()


def test_a_changed_segment_is_never_given_as_whole(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    log = grown(path, 4)
    log.rotate(4, 4)
    log.close()
    segment = next((tmp_path / "segments").iterdir())
    with sqlite3.connect(segment) as connection:
        connection.execute("DELETE FROM entries WHERE position = 2")
    connection.close()
    log = SqliteLog(path)
    with pytest.raises(LedgerError, match="entry 2:"):
        everything(log)
    log.close()


def test_what_no_cosigned_checkpoint_covers_stays_in_one_file(tmp_path: Path) -> None:
    log = grown(tmp_path / "ledger.sqlite", 10)
    assert log.rotate(4, 5) is None
    assert not (tmp_path / "segments").exists()
    log.close()


def test_a_changed_leaf_is_not_moved(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    grown(path, 5).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE entries SET leaf = leaf || x'20' WHERE position = 3")
    connection.close()
    log = SqliteLog(path)
    with pytest.raises(LedgerError, match="entry 3:"):
        log.rotate(5, 5)
    log.close()


ROTATOR = """
import sys
from pathlib import Path
from sazokar.adapters.log_sqlite import SqliteLog
log = SqliteLog(Path(sys.argv[1]))
print("ready", flush=True)
while log.rotate(10**6, 7) is not None:
    pass
"""


@pytest.mark.slow
def test_killed_while_it_rotates_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    log = grown(path, 400)
    before = everything(log)
    log.close()
    for _ in range(12):
        process = subprocess.Popen([sys.executable, "-c", ROTATOR, str(path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.wait(0.01)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        process.stdout.close()
        log = SqliteLog(path)
        assert everything(log) == before
        log.close()


def test_a_reader_beside_the_owner_sees_every_payload_while_it_is_rotated(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    log = grown(path, 60)
    reader = SqliteLog(path, read_only=True)
    before = everything(log)
    for _ in range(12):
        log.rotate(60, 5)
        assert everything(reader) == before
    reader.close()
    log.close()


def test_memory_and_file_agree_on_a_bound_beyond_the_end(tmp_path: Path) -> None:
    log, memory = grown(tmp_path / "ledger.sqlite", 3), MemoryLog()
    for number in range(3):
        memory.append(batch(item(number)), number)
    assert list(log.read(1, 99)) == list(memory.read(1, 99))
    log.close()
