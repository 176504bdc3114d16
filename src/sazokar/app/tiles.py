"""The ledger as tiles, for other people's tools: the hashes of its tree, and its leaves, 256 to a tile.

Tiles hold leaves only: headers, and commitments to what not everyone may see. Who may fetch them, the door asks.

Source: C2SP tlog-tiles.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from sazokar.app.ports import Log
from sazokar.errors import ProofError
from sazokar.ledger.merkle import Tree

WIDTH: Final = 256
"""Hashes of a full tile, leaves of a full bundle."""
_HEIGHT: Final = 8
HIGHEST: Final = 5
"""Levels of tiles that a ledger of up to 2^48 entries has."""
_INDEX = re.compile(r"(?:x[0-9]{3}/)*[0-9]{3}")
_PARTIAL = re.compile(r"(.*)\.p/([1-9][0-9]{0,2})")


class TileAddress(msgspec.Struct, frozen=True):
    """Which tile.

    Args:
        level: Of its hashes, in steps of 256 leaves; None: it is a bundle of leaves.
        index: From the left, from 0.
        width: How many hashes or leaves of it.
    """

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def first(self) -> int:
        """Number of its first hash or leaf."""
        return self.index * WIDTH


def read_address(path: str) -> TileAddress:
    """Return the tile that a path names, after `tile/`: `0/x001/067`, `0/000.p/17`, `entries/000`.

    Raises:
        ProofError: It names none, or not in the one form.
    """
    level, _, rest = path.partition("/")
    width = WIDTH
    if (partial := _PARTIAL.fullmatch(rest)) is not None:
        rest, width = partial[1], int(partial[2])
    is_level = level.isascii() and level.isdigit() and (level == "0" or level[0] != "0") and int(level[:3]) <= HIGHEST
    if not (level == "entries" or is_level) or _INDEX.fullmatch(rest) is None or not (partial is None or width < WIDTH):
        raise ProofError(f"found the tile {path[:80]!r}; expected LEVEL/INDEX, as 0/x001/067, or entries/INDEX")
    index = int(rest.replace("x", "").replace("/", "")[:18])
    address = TileAddress(None if level == "entries" else int(level), index, width)
    if index_path(index) != rest:
        raise ProofError(f"found the index {rest[:80]!r}; expected {index_path(index)}")
    return address


def index_path(index: int) -> str:
    """Return an index as a path: groups of three digits, all but the last behind an x."""
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03d}")
    return "/".join(groups)


def tile(log: Log, tree: Tree, size: int, address: TileAddress) -> bytes:
    """Return a tile of the first `size` entries.

    Args:
        log: The log.
        tree: Over its leaves.
        size: Entries that are durable.
        address: Which tile; one that is not full yet has a width.

    Raises:
        ProofError: The tree has no such tile yet.
    """
    level = address.level or 0
    end = address.first + address.width
    if end << level * _HEIGHT > size:
        raise ProofError(f"found {size} entries; expected more of them for this tile")
    if address.level is None:
        return b"".join(len(one.leaf).to_bytes(2, "big") + one.leaf for one in log.read(address.first, end))
    return b"".join(tree.subtrees(level * _HEIGHT, address.first, end))
