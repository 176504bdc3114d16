from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.ports import Appended, Batch, HeadMoved, Log, Snapshot, Unavailable, Unknown
from sazokar.errors import LedgerError
from sazokar.testing.log_contract import ReplicaContract, batch, item

pytestmark = pytest.mark.requirement("SZK-39")

SECRET = b"the well by the third bridge"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


class TestSqliteLog(ReplicaContract):
    @pytest.fixture(autouse=True)
    def _in_a_directory(self, path: Path) -> Iterator[None]:
        self.path = path
        self.opened: list[SqliteLog] = []
        yield
        for log in self.opened:
            log.close()

    def make_log(self) -> SqliteLog:
        self.opened.append(SqliteLog(self.path))
        return self.opened[-1]

    def reopen(self, log: Log) -> SqliteLog:
        log.close()
        return self.make_log()


def test_a_second_owner_is_refused_and_told_who_holds_the_ledger(path: Path) -> None:
    log = SqliteLog(path)
    with pytest.raises(LedgerError, match=f"held by process {os.getpid()};"):
        SqliteLog(path)
    log.close()
    SqliteLog(path).close()


def test_a_second_process_is_refused_until_the_first_dies(path: Path) -> None:
    writer = start_writer(path, 1)
    assert writer.stdout is not None
    writer.stdout.readline()
    with pytest.raises(LedgerError, match=f"held by process {writer.pid};"):
        SqliteLog(path)
    kill(writer)
    SqliteLog(path).close()


def test_a_reader_beside_the_owner_sees_what_is_appended_and_can_write_nothing(path: Path) -> None:
    log = SqliteLog(path)
    reader = SqliteLog(path, read_only=True)
    assert reader.size() == 0
    log.append(batch("a", "b"), 0)
    assert (reader.size(), [entry.id for entry in reader.read(0)]) == (2, [item("a").id, item("b").id])
    for write in (
        lambda: reader.append(batch("c"), 2),
        lambda: reader.erase(item("a").id, "extent"),
        lambda: reader.keep_snapshot(Snapshot(1, b"")),
    ):
        with pytest.raises(LedgerError, match=r"read only|is open to read|^$") as refusal:
            if not write():  # nothing to erase is no write
                raise LedgerError("")
        assert refusal.value.position is None
    reader.close()
    log.close()


def test_a_reader_follows_an_owner_in_another_thread(path: Path) -> None:
    log = SqliteLog(path)
    reader = SqliteLog(path, read_only=True)
    late = threading.Timer(0.2, lambda: log.append(batch("a"), 0))
    late.start()
    assert [entry.position for entry in reader.follow(0, 1.0)] == [0]
    late.join()
    reader.close()
    log.close()


def test_a_ledger_without_an_owner_can_be_read(path: Path) -> None:
    filled(path)
    reader = SqliteLog(path, read_only=True)
    assert reader.size() == 2
    reader.close()
    SqliteLog(path).close()


def test_a_ledger_is_readable_by_its_owner_alone(path: Path) -> None:
    log = SqliteLog(path)
    log.append(batch("a"), 0)
    assert {file.stat().st_mode & 0o077 for file in path.parent.iterdir()} == {0}
    log.close()


def test_what_is_synced_is_what_the_contract_says(path: Path) -> None:
    log = SqliteLog(path)
    writer = log._owner()
    assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert writer.execute("PRAGMA synchronous").fetchone() == (2,)
    log.close()


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("PRAGMA user_version = 3", "version 3; this program reads up to 2: use a newer one"),
        ("PRAGMA application_id = 7", "is a database, but no ledger"),
    ],
)
@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_of_another_version_or_kind_is_refused(
    path: Path, statement: str, message: str, read_only: bool
) -> None:
    filled(path)
    change(path, statement)
    with pytest.raises(LedgerError, match=message):
        SqliteLog(path, read_only=read_only)
    change(path, "PRAGMA user_version = 1")
    change(path, f"PRAGMA application_id = {0x535A4B4C}")
    SqliteLog(path).close()


@pytest.mark.parametrize("read_only", [False, True])
def test_what_is_no_ledger_is_refused(path: Path, read_only: bool) -> None:
    path.write_bytes(b"no database at all, but long enough to have a header of one hundred bytes" * 9)
    with pytest.raises(LedgerError, match="cannot be opened as a ledger"):
        SqliteLog(path, read_only=read_only)
    with pytest.raises(LedgerError, match="there is no such ledger" if read_only else "cannot be opened"):
        SqliteLog(path.parent if not read_only else path.with_name("absent"), read_only=read_only)


def test_a_full_disk_stores_nothing_and_says_so(path: Path) -> None:
    log = SqliteLog(path)
    log.append(batch("a"), 0)
    pages = log._owner().execute("PRAGMA page_count").fetchone()[0]
    log._owner().execute(f"PRAGMA max_page_count = {pages + 1}")
    large = Batch((item("b", {"extent": bytes(100_000)}),), b"")
    answer = log.append(large, 1)
    assert isinstance(answer, Unavailable) and "full" in answer.reason
    assert (log.size(), [entry.id for entry in log.read(0)]) == (1, [item("a").id])
    log._owner().execute("PRAGMA max_page_count = 100000")
    assert log.append(large, 1) == Appended(2)
    log.close()


class CommitThatFails:
    """A connection on which `COMMIT` fails: with nothing written, or after all was written."""

    def __init__(self, inner: sqlite3.Connection, code: int, *, after: bool) -> None:
        self._inner, self._code, self._after = inner, code, after

    def execute(self, statement: str, *values: object) -> object:
        if statement == "COMMIT":
            if self._after:
                self._inner.execute(statement)
            fault = sqlite3.OperationalError("invented")
            fault.sqlite_errorcode = self._code
            raise fault
        return self._inner.execute(statement, *values)  # type: ignore[arg-type]  # values as given

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_FULL])
def test_a_commit_that_fails_is_never_answered_wrongly(path: Path, code: int, after: bool) -> None:
    log = SqliteLog(path)
    log.append(batch("a"), 0)
    log._writer = CommitThatFails(log._owner(), code, after=after)  # type: ignore[assignment]  # stands in for one
    answer = log.append(batch("b"), 1)
    # "Surely not stored" may be said only where that is so; "it may be" is then settled by reading on.
    surely_not = code == sqlite3.SQLITE_FULL and not after
    assert isinstance(answer, Unavailable if surely_not else Unknown)
    assert log.size() == (2 if after else 1)
    assert log.append(batch("b"), 1) == Appended(2)
    log.close()


def test_erased_bytes_are_in_no_file(path: Path) -> None:
    log = SqliteLog(path)
    for number in range(60):
        payloads = {"extent": SECRET * (1 + number * 7 % 50), "time": b"other" * number}
        log.append(Batch((item(f"{number}", payloads),), b"note"), number)
    log.keep_snapshot(Snapshot(60, b"folded " + SECRET))
    assert found_in(path, SECRET)
    for number in (*range(0, 60, 3), *range(1, 60, 3), *range(2, 60, 3)):
        assert log.erase(item(f"{number}").id, "extent")
    assert found_in(path, SECRET) == []
    assert sum(len(entry.payloads) for entry in log.read(0)) == 60
    log.close()
    assert found_in(path, SECRET) == []


def test_bytes_that_a_reader_holds_are_gone_once_it_has_left(path: Path) -> None:
    log = SqliteLog(path)
    log.append(Batch((item("a", {"extent": SECRET}),), b""), 0)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM payloads").fetchone()
    with pytest.raises(LedgerError, match="a reader holds its bytes"):
        log.erase(item("a").id, "extent")
    other.execute("COMMIT")
    other.close()
    assert log.append(batch("b"), 1) == Appended(2)
    assert found_in(path, SECRET) == []
    log.close()


def test_damage_to_a_stored_type_is_named(path: Path) -> None:
    filled(path)
    change(path, "UPDATE entries SET leaf = 'text' WHERE position = 1")
    log = SqliteLog(path)
    with pytest.raises(LedgerError, match="entry 1: found a leaf of the type str; expected bytes"):
        list(log.read(0))
    log.close()


def test_a_missing_entry_is_named(path: Path) -> None:
    filled(path)
    change(path, "DELETE FROM entries WHERE position = 0")
    log = SqliteLog(path)
    with pytest.raises(LedgerError, match="entry 0 is missing"):
        list(log.read(0))
    log.close()


def test_an_id_lost_from_its_index_is_found(path: Path) -> None:
    filled(path)
    content = bytearray(path.read_bytes())
    key = bytes.fromhex(item("b").id)
    places = [at for at in range(len(content)) if content.startswith(key, at)]
    assert len(places) == 2  # the entry, and the index of ids
    for place in places:
        damaged = content.copy()
        damaged[place] ^= 1
        path.write_bytes(damaged)
        log = SqliteLog(path)
        with pytest.raises(LedgerError, match="damaged"):
            log.check_file()
        log.close()


def test_the_security_log_is_bounded(path: Path) -> None:
    log = SqliteLog(path)
    log._owner().execute("PRAGMA synchronous = OFF")
    for number in range(10_003):
        log.note_rejected(number, "", "")
    noted = log.rejected()
    assert (len(noted), noted[0][0], noted[-1][0]) == (10_000, 3, 10_002)
    log.close()


WRITER = """
import sys
from pathlib import Path
from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.ports import Appended, Batch
from sazokar.testing.log_contract import item

log, run = SqliteLog(Path(sys.argv[1])), sys.argv[2]
print("ready", flush=True)
size, number = log.size(), 0
while True:
    items = tuple(item(f"{run} {number} {part}", {"extent": bytes(700)}) for part in range(5))
    answer = log.append(Batch(items, f"size {size + 5}".encode()), size)
    assert answer == Appended(size + 5), answer
    size, number = size + 5, number + 1
    print(size, items[-1].id, flush=True)
"""


@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.slow)])
def test_nothing_acknowledged_is_lost_when_the_writer_is_killed(path: Path, kills: int) -> None:
    acknowledged: dict[str, int] = {}
    for run in range(kills):
        writer = start_writer(path, run)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(0.02 + 0.013 * (run % 17))
        for line in kill(writer).splitlines():
            end, _, last_id = line.partition(" ")
            if len(last_id) == 64:  # the last line may have been cut off
                acknowledged[last_id] = int(end)
        log = SqliteLog(path)
        size = log.size()
        assert size % 5 == 0  # a batch is whole or not at all
        assert log.checkpoint() == f"size {size}".encode() or size == 0
        assert all(log.position_of(entry_id) == after - 1 for entry_id, after in acknowledged.items())
        log.check_file()
        log.close()
    assert len(acknowledged) > kills


def test_batches_are_durable_at_the_rate_that_the_node_needs(path: Path) -> None:
    log = SqliteLog(path)
    batches = [
        Batch(tuple(item(f"{number} {part}", {"extent": bytes(400)}) for part in range(100)), b"note")
        for number in range(50)
    ]
    start_s = time.perf_counter()
    for number, one in enumerate(batches):
        assert log.append(one, number * 100) == Appended(number * 100 + 100)
    # A tenth of what an idle machine does: the claim is that no entry costs a sync of its own.
    assert 5_000 / (time.perf_counter() - start_s) > 2_500
    assert log.append(batch("late"), 0) == HeadMoved(5_000)
    log.close()


def start_writer(path: Path, run: int) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(run)], stdout=subprocess.PIPE, text=True)


def kill(writer: subprocess.Popen[str]) -> str:
    writer.send_signal(signal.SIGKILL)
    printed, _ = writer.communicate(timeout=30)
    return printed


def filled(path: Path) -> None:
    log = SqliteLog(path)
    log.append(batch("a", "b"), 0)
    log.close()


def change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def found_in(path: Path, secret: bytes) -> list[str]:
    return [file.name for file in path.parent.iterdir() if secret in file.read_bytes()]
