from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.errors import ProofError
from sazokar.ledger.merkle import (
    EMPTY_ROOT,
    LONGEST_PROOF,
    Frontier,
    Tree,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)

pytestmark = [pytest.mark.requirement("SZK-39"), pytest.mark.requirement("SZK-40")]

# The reference tree of Certificate Transparency: leaves and roots (transparency-dev/merkle, testonly).
REFERENCE = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PAIR_1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
PAIR_23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
LEAF_4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
PAIR_67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
PAIR_45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
RIGHT = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
INCLUSIONS = {
    (0, 8): [PAIR_1, PAIR_23, RIGHT],
    (5, 8): [LEAF_4, PAIR_67, ROOTS[3]],
    (2, 3): [ROOTS[1]],
    (1, 5): [ROOTS[0], PAIR_23, LEAF_4],
    (0, 1): [],
}
CONSISTENCIES = {
    (1, 8): [PAIR_1, PAIR_23, RIGHT],
    (6, 8): [PAIR_45, PAIR_67, ROOTS[3]],
    (2, 5): [PAIR_23, LEAF_4],
    (1, 1): [],
}
HASHES = [leaf_hash(bytes([number])) for number in range(64)]


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it stands there."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else sha256(b"").digest()
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """RFC 6962, section 2.1.1, as it stands there."""
    if len(leaves) == 1:
        return []
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    if index < k:
        return [*naive_path(index, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(index - k, leaves[k:]), naive_root(leaves[:k])]


def tree_of(hashes: Sequence[bytes]) -> Tree:
    tree = Tree(lambda start, end: hashes[start:end])
    for one in hashes:
        tree.append(one)
    return tree


def test_the_reference_tree_has_its_published_roots() -> None:
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT == sha256(b"").digest()
    for leaf, root in zip(REFERENCE, ROOTS, strict=True):
        frontier.append(leaf_hash(leaf))
        assert frontier.root().hex() == root


@pytest.mark.parametrize(("place", "proof"), INCLUSIONS.items())
def test_the_reference_tree_has_its_published_inclusion_proofs(place: tuple[int, int], proof: list[str]) -> None:
    hashes = list(map(leaf_hash, REFERENCE))
    index, size = place
    found = inclusion_proof(hashes, index, size)
    assert [one.hex() for one in found] == proof
    verify_inclusion(hashes[index], index, size, found, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("sizes", "proof"), CONSISTENCIES.items())
def test_the_reference_tree_has_its_published_consistency_proofs(sizes: tuple[int, int], proof: list[str]) -> None:
    first, second = sizes
    found = consistency_proof(list(map(leaf_hash, REFERENCE)), first, second)
    assert [one.hex() for one in found] == proof
    verify_consistency(first, second, bytes.fromhex(ROOTS[first - 1]), bytes.fromhex(ROOTS[second - 1]), found)


def test_roots_and_inclusion_proofs_are_those_of_the_definition() -> None:
    tree = tree_of(HASHES)
    for size in range(1, 65):
        root = naive_root(HASHES[:size])
        assert tree.root(size) == root
        for index in range(size):
            proof = inclusion_proof(HASHES, index, size)
            assert proof == naive_path(index, HASHES[:size]) == tree.inclusion_proof(index, size)
            verify_inclusion(HASHES[index], index, size, proof, root)


def test_consistency_is_proven_for_all_sizes() -> None:
    tree = tree_of(HASHES)
    roots = [naive_root(HASHES[:size]) for size in range(65)]
    for second in range(1, 65):
        verify_consistency(0, second, roots[0], roots[second], [])
        for first in range(1, second + 1):
            proof = consistency_proof(HASHES, first, second)
            assert proof == tree.consistency_proof(first, second)
            verify_consistency(first, second, roots[first], roots[second], proof)
            if first < second:
                for older, newer in ((roots[first - 1], roots[second]), (roots[first], roots[second - 1])):
                    with pytest.raises(ProofError):
                        verify_consistency(first, second, older, newer, proof)


@given(st.data())
def test_a_proof_holds_for_one_leaf_one_place_and_one_size(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 64))
    index = data.draw(st.integers(0, size - 1))
    proof, root = naive_path(index, HASHES[:size]), naive_root(HASHES[:size])
    wrong = [
        (HASHES[(index + 1) % 64], index, size, proof, root),
        (HASHES[index], index, size, [*proof, bytes(32)], root),
        (HASHES[index], index, size, proof, bytes(32)),
        (HASHES[index], size, size, proof, root),
        (HASHES[index], -1, size, proof, root),
    ]
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        bit = data.draw(st.integers(0, 255))
        flipped = (int.from_bytes(proof[at], "big") ^ 1 << bit).to_bytes(32, "big")
        wrong.append((HASHES[index], index, size, [*proof[:at], flipped, *proof[at + 1 :]], root))
        wrong.append((HASHES[index], index, size, proof[:-1], root))
        wrong.append((HASHES[index], index, size, [proof[0][:-1], *proof[1:]], root))
        other = data.draw(st.integers(0, size - 1).filter(lambda one: one != index))
        wrong.append((HASHES[index], other, size, proof, root))
    for arguments in wrong:
        with pytest.raises(ProofError):
            verify_inclusion(*arguments)


def test_a_node_cannot_be_shown_as_a_leaf() -> None:
    first, second = HASHES[:2]
    forged_leaf = first + second  # what a node is over; its leaf hash has another prefix
    with pytest.raises(ProofError):
        verify_inclusion(leaf_hash(forged_leaf), 0, 1, [], naive_root(HASHES[:2]))


def test_endless_proofs_are_refused() -> None:
    endless = [bytes(32)] * (LONGEST_PROOF + 1)
    with pytest.raises(ProofError, match="found 65 hashes; expected at most 64"):
        verify_inclusion(bytes(32), 0, 2**63, endless, bytes(32))
    with pytest.raises(ProofError, match="found 65 hashes"):
        verify_consistency(1, 2**63, bytes(32), bytes(32), endless)


def test_what_is_not_there_cannot_be_proven() -> None:
    tree = tree_of(HASHES)
    for call in (
        lambda: tree.inclusion_proof(64, 64),
        lambda: tree.inclusion_proof(-1, 64),
        lambda: tree.inclusion_proof(0, 65),
        lambda: tree.inclusion_proof(0, 0),
        lambda: tree.consistency_proof(0, 64),
        lambda: tree.consistency_proof(5, 4),
        lambda: tree.consistency_proof(1, 65),
        lambda: tree.root(65),
        lambda: inclusion_proof(HASHES, 0, 65),
        lambda: consistency_proof(HASHES, 1, 65),
    ):
        with pytest.raises(ProofError):
            call()
    with pytest.raises(ProofError, match="two roots for one size"):
        verify_consistency(3, 3, bytes(32), HASHES[0], [])
    with pytest.raises(ProofError, match="the older no larger"):
        verify_consistency(4, 3, bytes(32), HASHES[0], [])


def test_a_large_tree_proves_from_few_hashes() -> None:
    size = 3 * 65536 + 5 * 256 + 77
    hashes = [sha256(number.to_bytes(4, "big")).digest() for number in range(size)]
    read: list[int] = []

    def reader(start: int, end: int) -> list[bytes]:
        read.append(end - start)
        return hashes[start:end]

    tree = Tree(reader)
    frontier = Frontier()
    for one in hashes:
        tree.append(one)
        frontier.append(one)
    assert read == [] and tree.root() == frontier.root()
    for index in (0, 255, 256, 65535, 65536, 131_071, size - 78, size - 1):
        read.clear()
        proof = tree.inclusion_proof(index, size)
        verify_inclusion(hashes[index], index, size, proof, frontier.root())
        assert sum(read) <= 256 * len(proof) and max(read, default=0) <= 256
    for first in (1, 256, 65_536, 65_537, 196_608, size - 1):
        proof = tree.consistency_proof(first, size)
        verify_consistency(first, size, tree.root(first), frontier.root(), proof)


@given(st.integers(0, 300))
def test_a_frontier_survives_being_written_and_copied(size: int) -> None:
    frontier = Frontier()
    for number in range(size):
        frontier.append(HASHES[number % 64])
    again = Frontier.from_bytes(frontier.to_bytes())
    copy = frontier.copy()
    copy.append(HASHES[0])
    assert (again.size, again.root(), again.peaks) == (size, frontier.root(), frontier.peaks)
    assert (copy.size, frontier.size) == (size + 1, size)
    for damaged in (frontier.to_bytes()[:-1], frontier.to_bytes() + b"\0", b""):
        with pytest.raises(ProofError):
            Frontier.from_bytes(damaged)
