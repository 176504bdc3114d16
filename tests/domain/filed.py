"""Volumes as tests of this room file them: near one place, with what a test does not speak of left at plain values."""

from __future__ import annotations

from sazokar.domain.plan.height import UNIT_E4, Height, Reference, Unit
from sazokar.domain.plan.shape import Circle, Movement, Position, Shape
from sazokar.domain.plan.volume import Volume

NOON_MS = 1_800_000_000_000
HOUR_MS = 3_600_000


def disc(lat: float = 50.0, lon: float = 8.0, radius_m: float = 1_000.0) -> Circle:
    return Circle(Position(round(lat * 1e7), round(lon * 1e7)), round(radius_m * 1000))


def feet(value: float, reference: Reference = Reference.STD) -> Height:
    return Height(round(value * UNIT_E4[Unit.FT]), Unit.FT, reference)


def metres(value: float, reference: Reference) -> Height:
    return Height(round(value * UNIT_E4[Unit.M]), Unit.M, reference)


def filed(
    party: str,
    shape: Shape | None = None,
    band: tuple[Height, Height] = (feet(10_000), feet(11_000)),
    window: tuple[int, int] = (0, HOUR_MS),
    name: str = "one",
) -> Volume:
    """Return a volume; its window is told in ms from noon, a movement's is its own."""
    shape = shape or disc()
    start, end = (
        (shape.times_ms[0], shape.times_ms[-1])
        if isinstance(shape, Movement)
        else (NOON_MS + window[0], NOON_MS + window[1])
    )
    return Volume(operation=name, party=party, shape=shape, lower=band[0], upper=band[1], start_ms=start, end_ms=end)


def flight(
    points: list[tuple[float, float, int]], altitudes_ft: tuple[float, ...] = (), half_width_m: float = 0.0
) -> Movement:
    """Return a movement through (latitude, longitude, ms from noon)."""
    return Movement(
        tuple(Position(round(lat * 1e7), round(lon * 1e7)) for lat, lon, _ in points),
        tuple(NOON_MS + time for _, _, time in points),
        round(half_width_m * 1000),
        tuple(round(altitude * 3048) for altitude in altitudes_ft),
    )
