"""Whether two areas whose minimum is 0 share inside, or only touch. Asked by `space` where edges all but meet.

Touching is separate: areas that share a vertex or a border to the last bit are apart. What is nearer than the bound
without touching exactly is taken as overlapping: a false alarm of centimetres, never a miss.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

NEAR_M: Final = 0.018
"""Nearer than this, and not exactly touching, is overlapping; the kernel's SLACK."""
EXACT_M: Final = 1e-7
"""Nearer than this is touching: a hundred times the rounding of earth-centred coordinates, a hundred-thousandth of the
step of a position."""
NUDGE_M: Final = 1e-4
"""How far inside of its edge an area is sampled."""
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
    if _cross_or_nearly_touch(a0, a1, b0, b1):
        return True
    return _reaches_into(a0, a1, b0, b1) or _reaches_into(b0, b1, a0, a1)


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


def _cross_or_nearly_touch(a0: Points, a1: Points, b0: Points, b1: Points) -> bool:
    """Return whether an edge surely crosses another, or a vertex comes within the bound without touching exactly."""
    side_b0, apart_b0 = _from_edges(a0, a1, b0)
    side_b1, _ = _from_edges(a0, a1, b1)
    side_a0, apart_a0 = _from_edges(b0, b1, a0)
    side_a1, _ = _from_edges(b0, b1, a1)
    crosses = _opposite(side_b0, side_b1) & _opposite(side_a0, side_a1).T
    nearly_b = (apart_b0 < NEAR_M) & (apart_b0 > EXACT_M)
    nearly_a = (apart_a0 < NEAR_M) & (apart_a0 > EXACT_M)
    return bool(crosses.any() or nearly_a.any() or nearly_b.any())


def _opposite(one: Points, other: Points) -> NDArray[np.bool_]:
    return ((one > EXACT_M) & (other < -EXACT_M)) | ((one < -EXACT_M) & (other > EXACT_M))


def _from_edges(starts: Points, ends: Points, points: Points) -> tuple[Points, Points]:
    """Return (edges, points): how far left of each edge's line each point is, and how far from the edge itself."""
    run = ends - starts
    length = np.maximum(np.hypot(run[:, 0], run[:, 1]), 1e-12)[:, None]
    to = points[None, :, :] - starts[:, None, :]
    side = (run[:, None, 0] * to[:, :, 1] - run[:, None, 1] * to[:, :, 0]) / length
    along = (run[:, None, 0] * to[:, :, 0] + run[:, None, 1] * to[:, :, 1]) / length
    beyond = along - np.clip(along, 0.0, length)
    return side, np.hypot(side, beyond)


def _reaches_into(a0: Points, a1: Points, b0: Points, b1: Points) -> bool:
    """Return whether an area, just inside of any part of its edges between contacts, is inside the other.

    Where no edges cross, two areas share inside only if some part of the one's border lies in the other or along its
    border on the same side.
    """
    samples = np.concatenate([_parts(start, end, b0) for start, end in zip(a0, a1, strict=True)])
    middles, normals = samples[:, :2], samples[:, 2:] * NUDGE_M
    left = middles + normals
    inward = np.where(_inside(a0, a1, left)[:, None], left, middles - normals)
    return bool(_inside(b0, b1, inward).any())


def _parts(start: Points, end: Points, contacts: Points) -> Points:
    """Return the middles of the parts into which contacts cut an edge, with the unit normal to the left: (parts, 4)."""
    _, apart = _from_edges(start[None, :], end[None, :], contacts)
    run = end - start
    length = max(float(np.hypot(*run)), 1e-12)
    on_edge = contacts[apart[0] <= EXACT_M]
    cuts = np.unique(np.clip(((on_edge - start) @ run) / length**2, 0.0, 1.0))
    shares = np.unique(np.concatenate(((0.0,), cuts, (1.0,))))
    middles = start + np.outer((shares[1:] + shares[:-1]) / 2, run)
    normal = np.array((-run[1], run[0])) / length
    return np.hstack((middles, np.broadcast_to(normal, middles.shape)))


def _inside(starts: Points, ends: Points, points: Points) -> NDArray[np.bool_]:
    """Return for each point whether it is inside the edges, by the even-odd rule."""
    x, y = points[:, None, 0], points[:, None, 1]
    spans = (starts[:, 1] > y) != (ends[:, 1] > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = starts[:, 0] + (y - starts[:, 1]) / (ends[:, 1] - starts[:, 1]) * (ends[:, 0] - starts[:, 0])
    odd: NDArray[np.bool_] = (spans & (x < crossing)).sum(axis=1) % 2 == 1
    return odd
