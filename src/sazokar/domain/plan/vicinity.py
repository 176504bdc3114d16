"""Which sites lie within 300 m of each other: cells to look in, and whether two are near (SZK-17). Integers only.

So that the fold may use it: no float, hence the same answer on every machine. Never misses: two positions whose geodesic
is at most 300 m are near and in each other's neighbourhood; a millimetre or two more may be called near too. Says
nothing of what the sites are; whether two are one is a person's to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sazokar.domain.plan.shape import DEGREE_E7, Position

NEAR_MM: Final = 300_000
"""Sites at most this far apart may be one site filed twice."""
CELL_E7: Final = 100_000
"""A row of cells is 0.01° high; cells are 0.01° wide, or wider towards the poles so that 300 m crosses one at most."""
GREATEST_NEIGHBOURS: Final = 12
"""No position has more cells about it, itself included."""

_TURN_E7: Final = 360 * DEGREE_E7
_POLE_E7: Final = 90 * DEGREE_E7
_TOP_ROW: Final = _POLE_E7 // CELL_E7 - 1
_REACH_E7: Final = 27_132
"""300 m along a meridian is nowhere more: its radius of curvature is least at the equator, 6,335.439 km."""

_ONE: Final = 10**15
_RADIANS_E25: Final = 17_453_292_519_943_295
"""1e-7 degree, in 1e-25 radian, rounded down."""
_SEMI_MAJOR_MM: Final = 6_378_137_000
_LEAST_MERIDIAN_MM: Final = 6_335_439_327
"""a (1 − e²): the meridian's radius of curvature at the equator, rounded down."""
_SQUARED_E12: Final = 6_694_379_990
"""e² of WGS 84, rounded down (NGA.STND.0036, table 3.1)."""
_LOSS: Final = 100
"""More than the roundings of a sine or cosine can add up to, in 1e-15."""


def near(a: Position, b: Position) -> bool:
    """Return whether two positions are at most 300 m apart, along the surface of WGS 84.

    The straight line between them is compared, which is never longer than the geodesic, and shorter by 28 nm at most
    here: chord² = (Δ along the meridian)² + 4 p₁ p₂ sin²(Δλ/2), p being the distance from the axis. Each factor is
    rounded down.
    """
    apart_e7 = abs(a.lat_e7 - b.lat_e7)
    if apart_e7 > _REACH_E7:
        return False
    step_e7 = abs(a.lon_e7 - b.lon_e7) % _TURN_E7
    half_sine = _half_sine(min(step_e7, _TURN_E7 - step_e7))
    cosine_a, cosine_b = _cosine(a.lat_e7), _cosine(b.lat_e7)
    nearer_equator = max(cosine_a, cosine_b)
    along_mm = max(0, _meridian_mm(apart_e7, nearer_equator) - 1)
    around_mm2 = 4 * _axis_mm(cosine_a) * _axis_mm(cosine_b) * half_sine * half_sine // (_ONE * _ONE)
    return along_mm * along_mm + around_mm2 <= NEAR_MM * NEAR_MM


def _meridian_mm(apart_e7: int, cosine: int) -> int:
    """Return what a step in latitude is at least, mm: M ≥ a (1 − e²) (1 + 3/2 e² sin² φ)."""
    growth_e12 = 10**12 + 3 * _SQUARED_E12 * (_ONE * _ONE - (cosine + _LOSS) ** 2) // (2 * _ONE * _ONE)
    return apart_e7 * _RADIANS_E25 * _LEAST_MERIDIAN_MM * growth_e12 // 10**37


def _axis_mm(cosine: int) -> int:
    """Return what the distance from the axis is at least, mm: N cos φ, with N ≥ a (1 + 1/2 e² sin² φ)."""
    growth_e12 = 10**12 + _SQUARED_E12 * (_ONE * _ONE - (cosine + _LOSS) ** 2) // (2 * _ONE * _ONE)
    return _SEMI_MAJOR_MM * growth_e12 * cosine // (10**12 * _ONE)


def _cosine(lat_e7: int) -> int:
    """Return what the cosine of a latitude is at least, 1e-15, and 0 at the least."""
    return _half_sine(2 * (_POLE_E7 - abs(lat_e7)))


def _half_sine(angle_e7: int) -> int:
    """Return what the sine of half an angle is at least, 1e-15, by its series; for angles from 0 to 180 degrees."""
    radians = angle_e7 * _RADIANS_E25 // (2 * 10**10)
    square = radians * radians // _ONE
    term = total = radians
    for number in range(3, 27, 2):  # (π/2)^27 / 27! is 2e-23
        term = -term * square // (_ONE * number * (number - 1))
        total += term
    return max(0, total - _LOSS)


def cell_of(position: Position) -> str:
    """Return the key of the cell in which a position lies."""
    row = _row_of(position.lat_e7)
    return _key(row, _from_west(position.lon_e7) // _width_e7(row))


def neighbours(position: Position) -> tuple[str, ...]:
    """Return the keys of all cells that hold a position within 300 m of this one, its own included.

    At most `GREATEST_NEIGHBOURS`, at the poles and across the antimeridian too.
    """
    rows = range(_row_of(position.lat_e7 - _REACH_E7), _row_of(position.lat_e7 + _REACH_E7) + 1)
    reach_e7 = _reach_e7(abs(position.lat_e7))
    return tuple(key for row in rows for key in _keys(row, _from_west(position.lon_e7), reach_e7))


def _keys(row: int, east_e7: int, reach_e7: int) -> Iterator[str]:
    """Give the cells of a row that a band of longitudes touches."""
    width_e7 = _width_e7(row)
    count = -(-_TURN_E7 // width_e7)
    if 2 * reach_e7 >= _TURN_E7:
        first, number = 0, count
    else:
        first = (east_e7 - reach_e7) % _TURN_E7 // width_e7
        last = (east_e7 + reach_e7) % _TURN_E7 // width_e7
        number = count if last == first and 2 * reach_e7 > width_e7 else (last - first) % count + 1
    for step in range(number):
        yield _key(row, (first + step) % count)


def _key(row: int, column: int) -> str:
    return f"{row}:{column}"


def _row_of(lat_e7: int) -> int:
    """Return the number of a row, from the south pole's −9,000 to the north pole's 8,999."""
    return max(-_TOP_ROW - 1, min(_TOP_ROW, lat_e7 // CELL_E7))


def _from_west(lon_e7: int) -> int:
    return (lon_e7 + _TURN_E7 // 2) % _TURN_E7


def _width_e7(row: int) -> int:
    """Return how wide the cells of a row are: no narrower than 300 m reach at its edge nearer the pole."""
    edge_e7 = CELL_E7 * (row + 1 if row >= 0 else -row)
    return min(_TURN_E7, max(CELL_E7, _reach_e7(edge_e7)))


def _reach_e7(lat_e7: int) -> int:
    """Return how far 300 m reaches in longitude from a latitude, at most, 1e-7 degree; a turn where a pole is near.

    No way of 300 m leaves the latitudes within its reach, and there cos φ ≥ 1 − |φ| / 90°, as the cosine is concave.
    """
    left_e7 = _POLE_E7 - lat_e7 - _REACH_E7
    if left_e7 <= 0:
        return _TURN_E7
    return min(_TURN_E7, -(-_REACH_E7 * _POLE_E7 // left_e7))
