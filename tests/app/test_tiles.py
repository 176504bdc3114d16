"""Tiles against the tree's definition, computed here by recursion alone (RFC 6962, section 2.1)."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.adapters.log_memory import MemoryLog
from sazokar.app.ports import Batch, Item
from sazokar.app.tiles import TileAddress, index_path, read_address, tile
from sazokar.errors import ProofError
from sazokar.ledger.merkle import Tree, leaf_hash


def root_of(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\x01" + root_of(leaves[:half]) + root_of(leaves[half:])).digest()


def grown(size: int) -> tuple[MemoryLog, Tree, list[bytes]]:
    log, leaves = MemoryLog(), [f"leaf {number}".encode() for number in range(size)]
    items = tuple(Item(sha256(leaf).hexdigest(), leaf) for leaf in leaves)
    log.append(Batch(items, b"note"), 0)
    tree = Tree(log.leaf_hashes)
    for leaf in leaves:
        tree.append(leaf_hash(leaf))
    return log, tree, leaves


def test_each_hash_of_a_tile_is_the_root_of_its_subtree() -> None:
    log, tree, leaves = grown(256 * 3 + 20)
    assert tile(log, tree, len(leaves), TileAddress(0, 2)) == b"".join(root_of([leaf]) for leaf in leaves[512:768])
    assert tile(log, tree, len(leaves), TileAddress(0, 3, 20)) == b"".join(root_of([leaf]) for leaf in leaves[768:])
    above = tile(log, tree, len(leaves), TileAddress(1, 0, 3))
    assert above == b"".join(root_of(leaves[start : start + 256]) for start in (0, 256, 512))


def test_a_level_two_tile_hashes_65536_leaves() -> None:
    log, tree, leaves = grown(65_536 + 5)
    assert tile(log, tree, len(leaves), TileAddress(2, 0, 1)) == root_of(leaves[:65_536])


def test_a_bundle_of_leaves_gives_each_behind_its_length() -> None:
    log, tree, leaves = grown(300)
    content = tile(log, tree, 300, TileAddress(None, 1, 44))
    found = []
    while content:
        length = int.from_bytes(content[:2], "big")
        found.append(content[2 : 2 + length])
        content = content[2 + length :]
    assert found == leaves[256:]


@pytest.mark.parametrize(
    "address", [TileAddress(0, 0, 21), TileAddress(0, 0), TileAddress(1, 0, 1), TileAddress(None, 1, 1)]
)
def test_what_is_beyond_the_ledger_is_no_tile(address: TileAddress) -> None:
    log, tree, _ = grown(20)
    with pytest.raises(ProofError):
        tile(log, tree, 20, address)


def test_the_index_of_the_specification_is_read() -> None:
    assert read_address("0/x001/x234/067") == TileAddress(0, 1_234_067)  # the example of C2SP tlog-tiles
    assert read_address("entries/x001/x234/067.p/8") == TileAddress(None, 1_234_067, 8)


@given(st.integers(0, 10**15))
def test_an_index_has_one_path(index: int) -> None:
    assert read_address(f"0/{index_path(index)}") == TileAddress(0, index)


@pytest.mark.parametrize(
    "path",
    ["", "0", "0/0", "0/67", "00/067", "6/000", "-1/000", "0/x000/067", "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/../000",
     "entries/", "x/000", "0/000/", "0/٠٠٠", "0/" + "x001/" * 40 + "000"],
)  # fmt: skip
def test_another_path_is_no_tile(path: str) -> None:
    with pytest.raises(ProofError):
        read_address(path)
