"""Heights of different references made comparable: the band of WGS 84 ellipsoidal heights that surely contains each."""

from __future__ import annotations

from typing import Final

import msgspec


class GroundBand(msgspec.Struct, frozen=True):
    """Between which heights the ground lies, 1e-4 m AMSL."""

    low_e4: int
    high_e4: int


WHOLE_EARTH: Final = GroundBand(-4_300_000, 88_500_000)
"""From the shore of the Dead Sea to the summit of Everest: assumed where no ground is given, with a warning."""
