"""Whether two areas whose minimum is 0 share inside, or only touch. Asked by `space` where edges all but meet.

Touching is separate: areas that share a vertex or a border to the last bit are apart. What is nearer than the bound
without touching exactly is taken as overlapping: a false alarm of centimetres, never a miss.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

Points = NDArray[np.float64]

NEAR_M: Final = 0.018
"""Nearer than this, and not exactly touching, is overlapping; the kernel's SLACK."""
EXACT_M: Final = 1e-7
"""Nearer than this is touching: a hundred times the rounding of earth-centred coordinates, a hundred-thousandth of the
step of a position."""
NUDGE_M: Final = 1e-4
"""How far inside of its edge an area is sampled."""
GREATEST_TABLE: Final = 4_000_000
"""Points against edges are tried in tables of at most this many."""
EARTH_RADIUS_M: Final = 6_371_000.0


class Outline(msgspec.Struct, frozen=True):
    """The edges of an area, as the kernel keeps them.

    Args:
        starts: (n, 3), earth-centred earth-fixed, m.
        ends: (n, 3), the same.
    """

    starts: Points
    ends: Points


def areas_overlap(a: Outline, b: Outline) -> bool:
    """Return whether the insides of two areas meet, or may meet within the bound."""
    a0, a1, b0, b1 = _on_plane(a, b)
    i, j = _near_pairs(a0, a1, b0, b1)
    side_b0, apart_b0 = _from_edges(a0[i], a1[i], b0[j])
    side_b1, apart_b1 = _from_edges(a0[i], a1[i], b1[j])
    side_a0, apart_a0 = _from_edges(b0[j], b1[j], a0[i])
    side_a1, apart_a1 = _from_edges(b0[j], b1[j], a1[i])
    if (_opposite(side_b0, side_b1) & _opposite(side_a0, side_a1)).any():
        return True
    if any(((apart < NEAR_M) & (apart > EXACT_M)).any() for apart in (apart_a0, apart_a1, apart_b0, apart_b1)):
        return True
    on_a = _contacts(i, apart_b0, b0[j], apart_b1, b1[j])
    on_b = _contacts(j, apart_a0, a0[i], apart_a1, a1[i])
    return _reaches_into(a0, a1, on_a, b0, b1) or _reaches_into(b0, b1, on_b, a0, a1)


def _on_plane(a: Outline, b: Outline) -> tuple[Points, Points, Points, Points]:
    """Return the edges seen from the Earth's centre, on the plane that touches between the two areas; m at its middle."""
    middle = a.starts.mean(axis=0)
    middle /= np.linalg.norm(middle)
    east = np.cross((0.0, 0.0, 1.0) if abs(middle[2]) < 0.9 else (1.0, 0.0, 0.0), middle)
    east /= np.linalg.norm(east)
    axes = np.stack((east, np.cross(middle, east)), axis=1)

    def seen(points: Points) -> Points:
        depth = np.maximum(points @ middle, 1.0)
        flat: Points = EARTH_RADIUS_M * (points @ axes) / depth[:, None]
        return flat

    return seen(a.starts), seen(a.ends), seen(b.starts), seen(b.ends)


def _near_pairs(a0: Points, a1: Points, b0: Points, b1: Points) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the numbers of the edges of the one and of the other that come within the bound of each other."""
    tree = shapely.STRtree(shapely.linestrings(np.stack((b0, b1), axis=1)))
    found = tree.query(shapely.linestrings(np.stack((a0, a1), axis=1)), predicate="dwithin", distance=2 * NEAR_M)
    return found[0], found[1]


def _contacts(
    edges: NDArray[np.intp], apart0: Points, points0: Points, apart1: Points, points1: Points
) -> dict[int, list[Points]]:
    """Return which points of the other area each edge holds, by the number of the edge."""
    held: dict[int, list[Points]] = {}
    for apart, points in ((apart0, points0), (apart1, points1)):
        for k in np.flatnonzero(apart <= EXACT_M).tolist():
            held.setdefault(int(edges[k]), []).append(points[k])
    return held


def _opposite(one: Points, other: Points) -> NDArray[np.bool_]:
    return ((one > EXACT_M) & (other < -EXACT_M)) | ((one < -EXACT_M) & (other > EXACT_M))


def _from_edges(starts: Points, ends: Points, points: Points) -> tuple[Points, Points]:
    """Return how far left of its edge's line each point is, and how far from the edge itself; one edge, one point."""
    run = ends - starts
    length = np.maximum(np.hypot(run[:, 0], run[:, 1]), 1e-12)
    to = points - starts
    side = (run[:, 0] * to[:, 1] - run[:, 1] * to[:, 0]) / length
    along = (run[:, 0] * to[:, 0] + run[:, 1] * to[:, 1]) / length
    return side, np.hypot(side, along - np.clip(along, 0.0, length))


def _reaches_into(a0: Points, a1: Points, contacts: dict[int, list[Points]], b0: Points, b1: Points) -> bool:
    """Return whether an area, just inside of any part of its edges between contacts, is inside the other.

    Where no edges cross, two areas share inside only if some part of the one's border lies in the other or along its
    border on the same side. Edges outside the other's box cannot.
    """
    low, high = b0.min(axis=0) - 1.0, b0.max(axis=0) + 1.0
    within = (np.maximum(a0, a1) >= low).all(axis=1) & (np.minimum(a0, a1) <= high).all(axis=1)
    numbers = np.flatnonzero(within).tolist()
    if not numbers:
        return False
    samples = np.concatenate([_parts(a0[k], a1[k], contacts.get(k, [])) for k in numbers])
    middles, normals = samples[:, :2], samples[:, 2:] * NUDGE_M
    left, right = middles + normals, middles - normals
    on_left, on_right = _inside(a0, a1, left), _inside(a0, a1, right)
    # beside the vertex of a narrow corner neither side may be inside: such a sample says nothing
    inward = np.concatenate((left[on_left], right[on_right & ~on_left]))
    return bool(_inside(b0, b1, inward).any())


def _parts(start: Points, end: Points, contacts: list[Points]) -> Points:
    """Return the middles of the parts into which contacts cut an edge, with the unit normal to the left: (parts, 4)."""
    run = end - start
    length = max(float(np.hypot(*run)), 1e-12)
    cuts = [min(1.0, max(0.0, float((point - start) @ run) / length**2)) for point in contacts]
    shares = np.unique([0.0, *cuts, 1.0])
    # a cut a rounding away from an end, or from another cut, makes no part; the longest part always counts
    parts = shares[1:] - shares[:-1]
    real = parts >= min(NEAR_M / length, float(parts.max()))
    middles = start + np.outer(((shares[1:] + shares[:-1]) / 2)[real], run)
    normal = np.array((-run[1], run[0])) / length
    return np.hstack((middles, np.broadcast_to(normal, middles.shape)))


def _inside(starts: Points, ends: Points, points: Points) -> NDArray[np.bool_]:
    """Return for each point whether it is inside the edges, by the even-odd rule."""
    most = max(1, GREATEST_TABLE // len(starts))
    blocks = [_inside_block(starts, ends, points[k : k + most]) for k in range(0, len(points), most)]
    return np.concatenate(blocks)


def _inside_block(starts: Points, ends: Points, points: Points) -> NDArray[np.bool_]:
    x, y = points[:, None, 0], points[:, None, 1]
    spans = (starts[:, 1] > y) != (ends[:, 1] > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = starts[:, 0] + (y - starts[:, 1]) / (ends[:, 1] - starts[:, 1]) * (ends[:, 0] - starts[:, 0])
    odd: NDArray[np.bool_] = (spans & (x < crossing)).sum(axis=1) % 2 == 1
    return odd
