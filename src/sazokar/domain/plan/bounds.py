"""The rectangle around shapes, on a grid, rounded outwards: an area that tells no route (SZK-05)."""

from __future__ import annotations

from collections.abc import Sequence

from sazokar.domain.plan.scrutiny import box_of
from sazokar.domain.plan.shape import Rectangle, Shape

_TURN_E7 = 3_600_000_000
_POLE_E7 = 900_000_000


def bounds_of(shapes: Sequence[Shape], step_e7: int) -> Rectangle:
    """Return the rectangle on a grid that surely holds shapes.

    Args:
        shapes: One or more.
        step_e7: Of the grid, 1e-7 degree.
    """
    boxes = [box_of(shape) for shape in shapes]
    south = max(-_POLE_E7, min(box[0] for box in boxes) // step_e7 * step_e7)
    north = min(_POLE_E7, -(-max(box[1] for box in boxes) // step_e7) * step_e7)
    west, width = boxes[0][2], boxes[0][3]
    for _, _, other, span in boxes[1:]:
        west, width = _joined(west, width, other, span)
    low = west // step_e7 * step_e7
    high = -(-(west + width) // step_e7) * step_e7
    if high - low >= _TURN_E7:
        return Rectangle(-_TURN_E7 // 2, south, _TURN_E7 // 2, north)
    return Rectangle(_wrapped(low), south, _wrapped(high), north)


def _joined(west: int, width: int, other: int, span: int) -> tuple[int, int]:
    """Return the narrower of the two bands of longitude that hold two bands."""
    candidates = []
    for first, first_width, second, second_width in ((west, width, other, span), (other, span, west, width)):
        ahead = (second - first) % _TURN_E7
        candidates.append((first, max(first_width, ahead + second_width)))
    return min(candidates, key=lambda band: band[1])


def _wrapped(lon_e7: int) -> int:
    return (lon_e7 + _TURN_E7 // 2) % _TURN_E7 - _TURN_E7 // 2
