from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec import Raw

from sazokar.adapters.log_memory import MemoryLog
from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.ports import Appended, Batch, Item
from sazokar.errors import LedgerError
from sazokar.ledger.checkpoint import Checkpoint, sign_checkpoint
from sazokar.ledger.entry import Header, assemble, signed_bytes
from sazokar.ledger.integrity import verify_stored
from sazokar.ledger.merkle import Frontier, Tree, leaf_hash
from tests.ledger import chain
from tests.ledger.chain import ALPHA, BRAVO, KNOWN, NODE, OFFICER, ORIGIN

pytestmark = [pytest.mark.requirement("SZK-39"), pytest.mark.requirement("SZK-43")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.sqlite"
    log = SqliteLog(path)
    for batch in chain.batches():
        assert isinstance(log.append(batch, log.size()), Appended)
    tree = chain.tree_of([one.leaf for one in chain.items()])
    log.keep_cosigned(5, chain.note_of(tree, 5, ALPHA, BRAVO))
    log.close()
    return path


def verify(path: Path) -> int | None:
    """Return where the first damage is, -1 where there is none, None where it is in no single entry."""
    try:
        log = SqliteLog(path)
    except LedgerError as error:
        return error.position
    try:
        verify_stored(log, KNOWN)
    except LedgerError as error:
        return error.position
    finally:
        log.close()
    return -1


def change(path: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement, values)
    connection.commit()
    connection.close()


def test_a_whole_ledger_is_found_whole(path: Path) -> None:
    log = SqliteLog(path)
    tree = Tree(log.leaf_hashes)
    verified = verify_stored(log, KNOWN, tree)
    assert (verified.size, tree.size) == (9, 9)
    assert verified.checkpoint == Checkpoint(ORIGIN, 9, tree.root())
    assert verified.cosigned == Checkpoint(ORIGIN, 5, tree.root(5))
    assert tree.inclusion_proof(3, 9) == chain.tree_of([one.leaf for one in chain.items()]).inclusion_proof(3, 9)
    log.close()


def test_an_empty_ledger_is_whole() -> None:
    assert verify_stored(MemoryLog(), KNOWN).checkpoint is None


@pytest.mark.parametrize(
    ("table", "column", "where", "position"),
    [
        ("entries", "leaf", "position = 0", 0),
        ("entries", "leaf", "position = 4", 4),
        ("entries", "id", "position = 3", 3),
        ("entries", "hash", "position = 7", 7),
        ("payloads", "content", "section = 'extent'", 3),
        ("checkpoint", "note", "only = 1", None),
        ("cosigned", "note", "size = 5", None),
    ],
)
def test_every_flipped_byte_of_a_column_is_found_and_named(
    path: Path, table: str, column: str, where: str, position: int | None
) -> None:
    connection = sqlite3.connect(path)
    (stored,) = connection.execute(f"SELECT {column} FROM {table} WHERE {where}").fetchone()
    connection.close()
    for at in range(0, len(stored), 1 if len(stored) < 100 else 11):
        damaged = bytearray(stored)
        damaged[at] ^= 1 << at % 8
        change(path, f"UPDATE {table} SET {column} = ? WHERE {where}", bytes(damaged))
        found = verify(path)
        assert found == position, at
    change(path, f"UPDATE {table} SET {column} = ? WHERE {where}", stored)
    assert verify(path) == -1


def test_a_payload_under_another_sections_name_is_found(path: Path) -> None:
    change(path, "UPDATE payloads SET section = 'path' WHERE section = 'time'")
    assert verify(path) == 3


def test_an_erased_payload_is_no_damage(path: Path) -> None:
    log = SqliteLog(path)
    assert log.erase(chain.items()[3].id, "extent")
    assert verify_stored(log, KNOWN).size == 9
    log.close()


def test_a_leaf_changed_with_its_hash_and_id_is_found_by_the_root(path: Path) -> None:
    other = chain.item(chain.findings("", 5))
    values = (bytes.fromhex(other.id), other.leaf, leaf_hash(other.leaf))
    change(path, "UPDATE entries SET id = ?, leaf = ?, hash = ? WHERE position = 2", *values)
    log = SqliteLog(path)
    with pytest.raises(LedgerError, match="the first 5 entries have another root than the cosigned checkpoint"):
        verify_stored(log, KNOWN)
    log.close()


def test_entries_cut_off_are_missed(path: Path) -> None:
    change(path, "DELETE FROM entries WHERE position >= 7")
    assert verify(path) == 7


def test_an_entry_taken_out_of_the_middle_is_missed(path: Path) -> None:
    change(path, "DELETE FROM entries WHERE position = 4")
    assert verify(path) == 4


def test_a_damaged_index_of_ids_is_found(path: Path) -> None:
    # By the index a batch that was stored is known again: damaged, an entry could be stored twice.
    content = bytearray(path.read_bytes())
    key = bytes.fromhex(chain.items()[5].id)
    places = [at for at in range(len(content)) if content.startswith(key, at)]
    found = []
    for place in places:
        content[place] ^= 1
        path.write_bytes(content)
        found.append(verify(path))
        content[place] ^= 1
    assert sorted(found, key=str) == [5, None]  # in the table, where it is named, and in the index


def test_an_entry_slipped_in_is_found(path: Path) -> None:
    other = chain.item(chain.findings("", 5))
    change(path, "INSERT INTO entries VALUES (9, ?, ?, ?)", bytes.fromhex(other.id), other.leaf, leaf_hash(other.leaf))
    assert verify(path) == 9


def test_a_ledger_rewound_behind_a_cosigned_checkpoint_is_found(path: Path) -> None:
    tree = chain.tree_of([one.leaf for one in chain.items()])
    change(path, "DELETE FROM entries WHERE position >= 3")
    change(path, "UPDATE checkpoint SET note = ?", chain.note_of(tree, 3))
    assert verify(path) == 3


def test_a_missing_checkpoint_is_found(path: Path) -> None:
    change(path, "DELETE FROM checkpoint")
    assert verify(path) == 0


def test_a_checkpoint_by_another_node_is_found(path: Path) -> None:
    log = SqliteLog(path)
    with pytest.raises(LedgerError, match="the checkpoint does not hold"):
        verify_stored(log, {ORIGIN: OFFICER.key_id})
    log.close()


def flips(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    for at in range(0, len(content), 7):
        damaged = bytearray(content)
        damaged[at] ^= 1 << at % 8
        yield bytes(damaged)


@pytest.mark.slow
def test_a_flipped_bit_of_the_file_is_found_or_changes_nothing(path: Path) -> None:
    # What is neither damaged nor found would be a changed entry that the mechanism goes on with.
    log = SqliteLog(path)
    whole = (list(log.read(0)), log.checkpoint())
    log.close()
    for damaged in flips(path):
        path.write_bytes(damaged)
        if verify(path) == -1:
            log = SqliteLog(path)
            assert (list(log.read(0)), log.checkpoint()) == whole
            log.close()


def test_a_large_ledger_is_verified_fast() -> None:
    log = MemoryLog()
    frontier = Frontier()
    made = []
    for number in range(20_000):
        signed = signed_bytes(Header(1, chain.LEDGER, OFFICER.key_id, number, 0, 0, Raw(b'{"kind":"notice"}')))
        leaf = assemble("statement", signed, {OFFICER.key_id: bytes(64)})
        frontier.append(leaf_hash(leaf))
        made.append(Item(sha256(signed).hexdigest(), leaf))
    log.append(Batch(tuple(made), sign_checkpoint(Checkpoint(ORIGIN, 20_000, frontier.root()), ORIGIN, NODE)), 0)
    start_s = time.perf_counter()
    verify_stored(log, KNOWN)
    # A tenth of what an idle machine does.
    assert 20_000 / (time.perf_counter() - start_s) > 15_000
