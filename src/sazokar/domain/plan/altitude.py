"""Heights of different references made comparable: the band of WGS 84 ellipsoidal heights that surely contains each."""

from __future__ import annotations

from typing import Final

import msgspec

from sazokar.domain.plan.height import Reference
from sazokar.domain.plan.shape import Movement
from sazokar.domain.plan.volume import Volume


class GroundBand(msgspec.Struct, frozen=True, omit_defaults=True):
    """Between which heights the ground lies, 1e-4 m AMSL."""

    low_e4: int
    high_e4: int


WHOLE_EARTH: Final = GroundBand(-4_300_000, 88_500_000)
"""From the shore of the Dead Sea to the summit of Everest: assumed where no ground is given, with a warning."""


def conversion_between(a: Volume, b: Volume, ground: GroundBand) -> str:
    """Return in words how the heights of two volumes were compared, or nothing where none was converted.

    Limits of one reference are compared in it, unwidened. Mixed ones are compared as the bands of WGS 84 ellipsoidal
    heights that surely contain them (SZK-15), which the engine computes; this says what it assumed.
    """
    (low_a, high_a), (low_b, high_b) = a.references, b.references
    mixed = {
        reference
        for low, high in ((low_a, high_b), (low_b, high_a))
        if high is not None and low is not high
        for reference in (low, high)
    }
    said = [_ASSUMED[reference] for reference in Reference if reference in mixed and reference in _ASSUMED]
    if Reference.AGL in mixed:
        said.append(f"AGL over ground between {ground.low_e4 / 10_000:,.0f} and {ground.high_e4 / 10_000:,.0f} m AMSL")
    if Reference.STD in mixed:
        highest = max(
            abs(h.e4) for v in (a, b) for h in (v.lower, v.upper) if h.reference is Reference.STD and not h.unlimited
        )
        said.append(f"so a flight level spreads over up to {(2_070 + 0.25 * highest / 10_000) / 1000:.1f} km")
    return "compared as heights above the WGS 84 ellipsoid: " + "; ".join(said) if said else ""


def _pressure_altitudes(volume: Volume) -> list[int]:
    """Return the pressure altitudes that a volume names, 1e-4 m; those along a movement are measured as its lower limit."""
    limits = [
        limit.e4 for limit in (volume.lower, volume.upper) if limit.reference is Reference.STD and not limit.unlimited
    ]
    if isinstance(volume.shape, Movement) and volume.lower.reference is Reference.STD:
        limits += volume.shape.altitudes_e4
    return limits


_ASSUMED: Final = {
    Reference.STD: "pressure altitude for any pressure from 870 to 1085 hPa and air 15 % colder to 10 % warmer than "
    "standard",
    Reference.AMSL: "AMSL by EGM96",
    Reference.HAE: "HAE as given",
}
