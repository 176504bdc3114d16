"""The order in which lists are read, kept from one request to the next: a long one is not sorted anew for each page.

Knows no viewer: what stands in a list is decided item by item, after this.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Final

import msgspec

Place = tuple[str, int, int, str]
_NUMBERED: Final = re.compile(r"[A-Z]([0-9]{1,15})(?:\.([0-9]{1,9}))?")


def order_of(ref: str) -> Place:
    """Return what refs are ordered by: those with a number by it, which is a position in the ledger; others by name."""
    numbered = _NUMBERED.fullmatch(ref)
    if numbered is None:
        return ref, 0, 0, ref
    return "", int(numbered[1]), int(numbered[2] or 0), ref


class _Ordered(msgspec.Struct, frozen=True):
    """A list as it was, its places in order, and which refs those are."""

    of: Collection[str]
    places: tuple[Place, ...]
    known: frozenset[str]


class Order:
    """The lists of one node in order. Used by many threads at once: what is kept is replaced whole, never changed."""

    def __init__(self) -> None:
        self._kept: dict[str, _Ordered] = {}

    def after(self, of: str, refs: Collection[str], place: Place | None) -> Iterator[str]:
        """Give the refs of a list behind a place, in order.

        Args:
            of: Name of the list; there are few.
            refs: Of the whole list; a value that nobody changes.
            place: Behind which; None: from the first on.
        """
        ordered = self._ordered(of, refs).places
        start = bisect_right(ordered, place) if place is not None else 0
        return (one[3] for one in islice(ordered, start, None))

    def _ordered(self, of: str, refs: Collection[str]) -> _Ordered:
        kept = self._kept.get(of)
        if kept is None:
            kept = _Ordered((), (), frozenset())
        if kept.of is not refs:
            new = [ref for ref in refs if ref not in kept.known]
            if len(kept.known) + len(new) == len(refs):  # it has only grown: sorting what is nearly sorted is quick
                places = tuple(sorted([*kept.places, *map(order_of, new)])) if new else kept.places
                known = kept.known.union(new) if new else kept.known
            else:
                places, known = tuple(sorted(map(order_of, refs))), frozenset(refs)
            kept = self._kept[of] = _Ordered(refs, places, known)
        return kept
