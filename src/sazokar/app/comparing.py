"""Whether findings that are made anew are those that were recorded: the same, equivalent within a bound, or different.

Distances of another build of the engine may differ in their last digits; a verdict may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from sazokar.app.selection import named_by
from sazokar.domain.finding import AnyFinding, Raised

EQUIVALENT_MM: Final = 200
"""Distances this near count as equivalent: 20 cm, the engine's own bound at a reach of 200 km."""
EQUIVALENT_E4: Final = 200
"""Vertical gaps, 1e-4 m: 2 cm."""
EQUIVALENT_MS: Final = 1_000
"""Instants of a window."""
EQUIVALENT_E7: Final = 20
"""Coordinates of the nearest place, 1e-7 degree: about 20 cm."""


class Likeness(StrEnum):
    """How findings made anew stand to those recorded."""

    SAME = "same"
    EQUIVALENT = "equivalent"
    DIFFERENT = "different"


class Comparison(msgspec.Struct, frozen=True):
    """How they stand, and what stands on one side only.

    Args:
        likeness: How.
        recorded: Findings that were recorded and are not found.
        found: Findings that are found and were not recorded.
    """

    likeness: Likeness
    recorded: tuple[AnyFinding, ...] = ()
    found: tuple[AnyFinding, ...] = ()


def compare(recorded: Iterable[AnyFinding], found: Iterable[AnyFinding], hidden: frozenset[str]) -> Comparison:
    """Return how findings made anew stand to those recorded, in order.

    Args:
        recorded: As the ledger has them.
        found: As they are found now.
        hidden: References of which something is withheld or erased; what names one of them cannot be compared.
    """
    before = [finding for finding in recorded if not named_by(finding) & hidden]
    after = [finding for finding in found if not named_by(finding) & hidden]
    if before == after:
        return Comparison(Likeness.SAME)
    if len(before) == len(after) and all(_alike(a, b) for a, b in zip(before, after, strict=True)):
        same = all(_plain(a) == _plain(b) for a, b in zip(before, after, strict=True))
        return Comparison(Likeness.SAME if same else Likeness.EQUIVALENT)
    only_before = tuple(finding for finding in before if finding not in after)
    only_after = tuple(finding for finding in after if finding not in before)
    return Comparison(Likeness.DIFFERENT, only_before or tuple(before), only_after or tuple(after))


def engines_of(findings: Sequence[AnyFinding]) -> set[str]:
    """Return the engines that findings name."""
    return {finding.engine for finding in findings if isinstance(finding, Raised)}


def _plain(finding: AnyFinding) -> AnyFinding:
    return msgspec.structs.replace(finding, engine="") if isinstance(finding, Raised) else finding


def _alike(a: AnyFinding, b: AnyFinding) -> bool:
    if a == b:
        return True
    if not isinstance(a, Raised) or not isinstance(b, Raised):
        return False
    near = (
        _near(a.horizontal_mm, b.horizontal_mm, EQUIVALENT_MM)
        and _near(a.vertical_e4, b.vertical_e4, EQUIVALENT_E4)
        and _near(a.start_ms, b.start_ms, EQUIVALENT_MS)
        and _near(a.end_ms, b.end_ms, EQUIVALENT_MS)
        and (a.at is None) == (b.at is None)
    )
    if a.at is not None and b.at is not None:
        near = (
            near and _near(a.at.lat_e7, b.at.lat_e7, EQUIVALENT_E7) and _near(a.at.lon_e7, b.at.lon_e7, EQUIVALENT_E7)
        )
    return near and _without_numbers(a) == _without_numbers(b)


def _near(a: int | None, b: int | None, bound: int) -> bool:
    return a == b or (a is not None and b is not None and abs(a - b) <= bound)


def _without_numbers(finding: Raised) -> Raised:
    return msgspec.structs.replace(
        finding, horizontal_mm=None, vertical_e4=None, start_ms=None, end_ms=None, at=None, engine=""
    )
