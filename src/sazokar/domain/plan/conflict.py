"""A conflict: which two, by which clause, when, how near, and what would free them. Values only; `judge` finds them."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from sazokar.domain.plan.rules import Rule
from sazokar.domain.plan.shape import Position
from sazokar.domain.plan.volume import Volume


class ProposalKind(StrEnum):
    """What a proposal changes, or that none was found."""

    DELAY = "delay"
    ADVANCE = "advance"
    CLIMB = "climb"
    DESCEND = "descend"
    SHIFT = "shift"
    NONE_WITHIN_BOUNDS = "none_within_bounds"


class Proposal(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The least change of its kind that frees one operation from every conflict among the plans given (SZK-34).

    Args:
        kind: What changes.
        party: Party of the operation that would change.
        operation: The operation that would change; all of its volumes change alike.
        delta_ms: Delay (positive) or advance (negative), a whole number of minutes.
        delta_e4: Climb (positive) or descent (negative), 1e-4 m, a whole number of hundreds of feet.
        east_mm: Lateral shift to the east, mm; each vertex moves along the geodesic of the shift's azimuth.
        north_mm: Lateral shift to the north, mm.
    """

    kind: ProposalKind
    party: str
    operation: str
    delta_ms: int = 0
    delta_e4: int = 0
    east_mm: int = 0
    north_mm: int = 0


class Conflict(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A predicted breach of a separation minimum or of a zone's rule.

    Args:
        a: One volume; the pair is ordered by party, operation and index, never by the order of the input.
        b: The other.
        rule: The clause and the minima that the verdict rests on.
        start_ms: First instant of the window.
        end_ms: End of the window, `[start, end)`.
        horizontal_mm: Least horizontal distance within the window, mm; 0 where the two overlap.
        vertical_e4: Least vertical gap within the window, 1e-4 m; 0 where the bands overlap.
        at: Where the horizontal distance is least: midway between the nearest points.
        simultaneous: Whether the two breach at one instant; otherwise only the time margin joins them.
        conversion: How heights of different references were compared, in words; empty where none was converted.
        proposals: What would free the two.
    """

    a: Volume
    b: Volume
    rule: Rule
    start_ms: int
    end_ms: int
    horizontal_mm: int
    vertical_e4: int
    at: Position
    simultaneous: bool = True
    conversion: str = ""
    proposals: tuple[Proposal, ...] = ()
