"""Whether rings bound an area on the Earth. A stand-in until the engine's own arrives: finds no fault."""

from __future__ import annotations

from collections.abc import Sequence


def ring_fault(rings: Sequence[Sequence[tuple[int, int]]]) -> tuple[str, int, int] | None:
    """Return what is wrong with a polygon's rings, and at which ring and vertex; None where nothing is."""
    return None


def edge_is_antipodal(lat1: int, lon1: int, lat2: int, lon2: int) -> bool:
    """Return whether an edge's ends are so near to antipodal that its geodesic is not determined."""
    return False
