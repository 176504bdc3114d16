"""The Merkle tree of RFC 6962: roots, inclusion and consistency proofs, over hashes of leaves. Stores nothing.

Whoever holds a root holds the whole log to it: an inclusion proof shows that a leaf is under the root, a consistency
proof that an older root's leaves are the first of a newer one's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from sazokar.errors import ProofError

HASH_BYTES: Final = 32
LONGEST_PROOF: Final = 64
"""Hashes in a proof; enough for 2^63 leaves."""
EMPTY_ROOT: Final = sha256(b"").digest()
"""The root of no leaves (RFC 6962, section 2.1)."""
_TILE_LEVEL: Final = 8
_TILE: Final = 1 << _TILE_LEVEL

Reader = Callable[[int, int], Sequence[bytes]]
"""Gives the hashes of the leaves at `[start, end)`."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf (RFC 6962, section 2.1)."""
    return sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children (RFC 6962, section 2.1).

    The prefix differs from a leaf's, so that no node can be shown as a leaf.
    """
    return sha256(b"\1" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: all that is needed to append and to tell the root. Cheap to copy.

    Args:
        size: Number of leaves.
        peaks: Roots of the complete subtrees, the largest first: one for each bit set in `size`.

    Raises:
        ProofError: `peaks` does not fit `size`.
    """

    __slots__ = ("_peaks", "_size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if size < 0 or len(peaks) != size.bit_count() or any(len(peak) != HASH_BYTES for peak in peaks):
            raise ProofError(
                f"found {len(peaks)} peaks for a tree of {size}; expected one of 32 bytes for each bit set"
            )
        self._size = size
        self._peaks = list(peaks)

    @property
    def size(self) -> int:
        """The number of leaves."""
        return self._size

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The roots of the complete subtrees, the largest first."""
        return tuple(self._peaks)

    def append(self, leaf: bytes) -> None:
        """Take in the hash of one more leaf."""
        size = self._size
        while size & 1:
            leaf = sha256(b"\1" + self._peaks.pop() + leaf).digest()
            size >>= 1
        self._peaks.append(leaf)
        self._size += 1

    def root(self) -> bytes:
        """Return the root of the tree as it stands."""
        return _fold(self._peaks) if self._peaks else EMPTY_ROOT

    def copy(self) -> Frontier:
        """Return a frontier that grows on its own."""
        return Frontier(self._size, self._peaks)

    def to_bytes(self) -> bytes:
        """Return the size (8 bytes, big-endian) and the peaks, for `from_bytes`."""
        return self._size.to_bytes(8, "big") + b"".join(self._peaks)

    @classmethod
    def from_bytes(cls, content: bytes) -> Frontier:
        """Return the frontier that `to_bytes` wrote.

        Raises:
            ProofError: The bytes are no frontier.
        """
        if len(content) < 8:
            raise ProofError(f"found a frontier of {len(content)} bytes; expected 8 or more")
        peaks = [content[at : at + HASH_BYTES] for at in range(8, len(content), HASH_BYTES)]
        return cls(int.from_bytes(content[:8], "big"), peaks)


class Tree:
    """A growing tree that can prove. Keeps the roots of its subtrees of 2^8 and 2^16 leaves, and reads the rest.

    A proof over n leaves reads at most 256 hashes of leaves for each of its hashes. One thread may append while others
    prove over sizes that were appended before they were told of them.

    Args:
        read: Gives the hashes of the leaves at `[start, end)`, for any of those appended.
    """

    def __init__(self, read: Reader) -> None:
        self._read = read
        self._frontier = Frontier()
        self._tile = Frontier()
        self._kept: tuple[list[bytes], list[bytes]] = ([], [])

    @property
    def size(self) -> int:
        """The number of leaves."""
        return self._frontier.size

    @property
    def frontier(self) -> Frontier:
        """A copy of the right edge."""
        return self._frontier.copy()

    def append(self, leaf: bytes) -> None:
        """Take in the hash of one more leaf."""
        self._frontier.append(leaf)
        self._tile.append(leaf)
        if self._tile.size < _TILE:
            return
        tiles, blocks = self._kept
        tiles.append(self._tile.root())
        self._tile = Frontier()
        if len(tiles) % _TILE == 0:
            blocks.append(_root_of(tiles[-_TILE:]))

    def root(self, size: int | None = None) -> bytes:
        """Return the root over the first `size` leaves; over all where it is None.

        Raises:
            ProofError: There are fewer leaves.
        """
        if size is None:
            return self._frontier.root()
        _require(0 <= size <= self.size, f"a size of {size}", f"at most {self.size}")
        return self._range(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """Return the proof that the leaf at `index` is in the tree of the first `size`; see `inclusion_proof`."""
        _require(size <= self.size, f"a tree of {size}", f"at most {self.size}")
        return _inclusion(self._range, index, size)

    def consistency_proof(self, first: int, second: int) -> list[bytes]:
        """Return the proof that the tree of `second` leaves begins with that of `first`; see `consistency_proof`."""
        _require(second <= self.size, f"a tree of {second}", f"at most {self.size}")
        return _consistency(self._range, first, second)

    def subtrees(self, level: int, start: int, end: int) -> list[bytes]:
        """Return the roots of complete subtrees of 2^level leaves each, those numbered `[start, end)` from the left.

        Raises:
            ProofError: There are fewer of them.
        """
        _require(
            0 <= start <= end and end << level <= self.size, f"subtrees up to {end} of 2^{level}", f"{self.size} leaves"
        )
        return (
            [self._complete(level, number << level) for number in range(start, end)]
            if level
            else self._leaves(start, end)
        )

    def _leaves(self, start: int, end: int) -> list[bytes]:
        hashes = list(self._read(start, end))
        _require(len(hashes) == end - start, f"{len(hashes)} hashes of leaves from {start}", str(end - start))
        return hashes

    def _range(self, start: int, end: int) -> bytes:
        # `start` is a multiple of the largest power of two within the range: RFC 6962 splits nowhere else.
        roots = []
        while start < end:
            level = (end - start).bit_length() - 1
            roots.append(self._complete(level, start))
            start += 1 << level
        return _fold(roots)

    def _complete(self, level: int, start: int) -> bytes:
        kept_level = 2 if level >= 2 * _TILE_LEVEL else 1 if level >= _TILE_LEVEL else 0
        first, last = start >> kept_level * _TILE_LEVEL, start + (1 << level) >> kept_level * _TILE_LEVEL
        if kept_level:
            return _root_of(self._kept[kept_level - 1][first:last])
        return _root_of(self._leaves(first, last))


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int, size: int) -> list[bytes]:
    """Return the hashes that lead from a leaf to the root.

    Args:
        leaf_hashes: At least the first `size`.
        index: The leaf's position, from 0.
        size: Number of leaves of the tree to prove for.

    Raises:
        ProofError: There is no such leaf.

    Source: RFC 6962, section 2.1.1.
    """
    _require(size <= len(leaf_hashes), f"a tree of {size}", f"at most {len(leaf_hashes)}")
    return _inclusion(lambda start, end: _root_of(leaf_hashes[start:end]), index, size)


def consistency_proof(leaf_hashes: Sequence[bytes], first: int, second: int) -> list[bytes]:
    """Return the hashes that show the tree of the first `first` leaves to be the beginning of that of `second`.

    Raises:
        ProofError: `first` is 0 or more than `second`, or there are fewer leaves.

    Source: RFC 6962, section 2.1.2.
    """
    _require(second <= len(leaf_hashes), f"a tree of {second}", f"at most {len(leaf_hashes)}")
    return _consistency(lambda start, end: _root_of(leaf_hashes[start:end]), first, second)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Return where the proof shows the leaf at `index` to be under the root of `size` leaves.

    Args:
        leaf: The leaf's hash.
        index: Its position, from 0.
        size: Number of leaves under `root`.
        proof: From the leaf upwards.
        root: 32 bytes.

    Raises:
        ProofError: It does not.

    Source: RFC 9162, section 2.1.3.2.
    """
    _require(0 <= index < size, f"the position {index} in a tree of {size}", "one within the tree")
    _require_hashes(proof)
    place, last = index, size - 1
    reached = leaf
    for sibling in proof:
        _require(last > 0, "more hashes than lead to the root", "an inclusion proof")
        if place & 1 or place == last:
            reached = node_hash(sibling, reached)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            reached = node_hash(reached, sibling)
        place, last = place >> 1, last >> 1
    _require(last == 0 and reached == root, f"an inclusion proof of position {index} that misses the root", "the root")


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> None:
    """Return where the proof shows the tree of `first` leaves to be the beginning of that of `second`.

    Raises:
        ProofError: It does not: the ledger was forked, or the proof is not of these roots.

    Source: RFC 9162, section 2.1.4.2; a tree of no leaves is the beginning of every tree, by the empty proof.
    """
    _require(0 <= first <= second, f"a tree of {first} before one of {second}", "the older no larger")
    _require_hashes(proof)
    if first == 0 or first == second:
        _require(not proof, "hashes where none are needed", "an empty proof")
        expected = EMPTY_ROOT if first == 0 else second_root
        _require(first_root == expected, f"two roots for one size, {first}", "one root: the ledger may be forked")
        return
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    _require(bool(path), "an empty proof", "a consistency proof")
    old, new = _climb(first, second, path)
    _require(old == first_root, f"a proof that misses the older root, of {first}", "the ledger may be forked")
    _require(new == second_root, f"a proof that misses the newer root, of {second}", "the ledger may be forked")


def _climb(first: int, second: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        _require(last > 0, "more hashes than lead to the root", "a consistency proof")
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    _require(last == 0, "fewer hashes than lead to the root", "a consistency proof")
    return old, new


def _inclusion(root_of: Callable[[int, int], bytes], index: int, size: int) -> list[bytes]:
    _require(0 <= index < size, f"the position {index} in a tree of {size}", "one within the tree")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(root_of(middle, end))
            end = middle
        else:
            proof.append(root_of(start, middle))
            start = middle
    return proof[::-1]


def _consistency(root_of: Callable[[int, int], bytes], first: int, second: int) -> list[bytes]:
    _require(0 < first <= second, f"a tree of {first} before one of {second}", "the older from 1 up, and no larger")
    proof: list[bytes] = []
    start, end = 0, second
    while end > first:
        middle = start + _split(end - start)
        if first <= middle:
            proof.append(root_of(middle, end))
            end = middle
        else:
            proof.append(root_of(start, middle))
            start = middle
    if start > 0:
        proof.append(root_of(start, end))
    return proof[::-1]


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _root_of(hashes: Sequence[bytes]) -> bytes:
    frontier = Frontier()
    for one in hashes:
        frontier.append(one)
    return frontier.root()


def _fold(roots: Sequence[bytes]) -> bytes:
    """Return the root over complete subtrees that stand side by side, the largest first."""
    root = roots[-1]
    for left in reversed(roots[:-1]):
        root = node_hash(left, root)
    return root


def _require_hashes(proof: Sequence[bytes]) -> None:
    _require(len(proof) <= LONGEST_PROOF, f"{len(proof)} hashes", f"at most {LONGEST_PROOF}")
    _require(all(len(one) == HASH_BYTES for one in proof), "a hash of another length", "32 bytes")


def _require(holds: bool, found: str, expected: str) -> None:
    if not holds:
        raise ProofError(f"found {found}; expected {expected}")
