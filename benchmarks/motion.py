"""How near two come that move: the vector between them is linear in the two times, the times allowed are a polygon.

Arrays of pairs at once. Knows a plane, not the Earth.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def allowed_times(one: Floats, other: Floats, margin_ms: float) -> tuple[Floats, Floats]:
    """Return the corners of the instants of the one and the other that the margin joins: two (n, 6) arrays, ms.

    Args:
        one: (n, 2), first and last instant of the one.
        other: (n, 2), the same of the other; some instants of the two must be within the margin.
        margin_ms: How far apart two instants may be.
    """
    first = np.maximum(one[:, 0], other[:, 0] - margin_ms)
    last = np.maximum(first, np.minimum(one[:, 1], other[:, 1] + margin_ms))
    low_turn = np.clip(other[:, 0] + margin_ms, first, last)
    high_turn = np.clip(other[:, 1] - margin_ms, first, last)
    s = np.stack((first, low_turn, last, last, high_turn, first), axis=1)
    low = np.maximum(other[:, :1], s[:, :3] - margin_ms)
    high = np.minimum(other[:, 1:], s[:, 3:] + margin_ms)
    return s, np.concatenate((low, np.maximum(high, low[:, ::-1])), axis=1)


def least_distance(
    one: tuple[Floats, Floats], other: tuple[Floats, Floats], margin_ms: float
) -> tuple[Floats, Floats, Floats]:
    """Return the least distances of pairs of movers, and the instants of either at which they are that near.

    Args:
        one: Times (n, 2) and places (n, 2, 2): end, ordinate.
        other: The same of the other.
        margin_ms: How far apart two instants may be.

    Returns:
        Distances in the unit of the places; two instants, ms. Where the paths cross within the margin, 0 and instants
        that tell nothing.
    """
    s, t = allowed_times(one[0], other[0], margin_ms)
    vectors = _places(*one, s) - _places(*other, t)
    ahead = np.roll(vectors, -1, axis=1)
    along = ahead - vectors
    length2 = (along**2).sum(axis=2)
    share = np.clip(-(vectors * along).sum(axis=2) / np.where(length2 > 0, length2, 1.0), 0.0, 1.0)
    distance2 = ((vectors + share[..., None] * along) ** 2).sum(axis=2)
    best = np.argmin(distance2, axis=1)
    rows = np.arange(len(best))
    turn = vectors[..., 0] * ahead[..., 1] - vectors[..., 1] * ahead[..., 0]
    inside = ((turn > 0).any(axis=1) != (turn < 0).any(axis=1)) & ((turn != 0).sum(axis=1) > 2)
    instants = [c[rows, best] + share[rows, best] * (np.roll(c, -1, axis=1) - c)[rows, best] for c in (s, t)]
    return np.where(inside, 0.0, np.sqrt(distance2[rows, best])), instants[0], instants[1]


def _places(times: Floats, places: Floats, at: Floats) -> Floats:
    """Return where movers are at instants (n, k): (n, k, 2)."""
    share = (at - times[:, :1]) / (times[:, 1:] - times[:, :1])
    found: Floats = places[:, :1] + share[..., None] * (places[:, 1:] - places[:, :1])
    return found
