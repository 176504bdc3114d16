"""Lengths and durations as people write them: `10NM`, `18.52 km`, `5min`. Heights are in `height`."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal
from typing import Final

from sazokar.errors import QuantityError

NAUTICAL_MILE_MM: Final = 1_852_000
"""International nautical mile (BIPM, The International System of Units, 9th edition, table 8)."""

_LENGTH_MM: Final[dict[str, Decimal]] = {
    "nm": Decimal(NAUTICAL_MILE_MM),
    "nmi": Decimal(NAUTICAL_MILE_MM),
    "km": Decimal(1_000_000),
    "m": Decimal(1_000),
    "ft": Decimal("304.8"),
}
_DURATION_MS: Final[dict[str, Decimal]] = {
    "ms": Decimal(1),
    "s": Decimal(1_000),
    "min": Decimal(60_000),
    "h": Decimal(3_600_000),
    "d": Decimal(86_400_000),
}
_QUANTITY = re.compile(r"\s*(\d{1,15}(?:\.\d{1,9})?)\s*([A-Za-z]+)\s*", re.ASCII)


def parse_length(text: str) -> int:
    """Return a length in mm, rounded up. Units: NM, km, m, ft (`NM` is never nanometres).

    Raises:
        QuantityError: No number with one of these units.
    """
    return _parse(text, _LENGTH_MM, "a length with its unit, such as 10NM, 18.52km, 500m or 1640ft")


def parse_vertical(text: str) -> int:
    """Return a vertical length in 1e-4 m, rounded up; a foot is 3,048 of them, so that bands touch exactly.

    Raises:
        QuantityError: No number with one of the units of a length.
    """
    units_e4 = {unit: millimetres * 10 for unit, millimetres in _LENGTH_MM.items()}
    return _parse(text, units_e4, "a vertical length with its unit, such as 2000ft or 600m")


def parse_duration(text: str) -> int:
    """Return a duration in ms, rounded up. Units: ms, s, min, h, d.

    Raises:
        QuantityError: No number with one of these units.
    """
    return _parse(text, _DURATION_MS, "a duration with its unit, such as 60s, 5min or 2h")


def _parse(text: str, units: dict[str, Decimal], expected: str) -> int:
    match = _QUANTITY.fullmatch(text)
    factor = units.get(match.group(2).lower()) if match else None
    if match is None or factor is None:
        raise QuantityError(repr(text[:60]), expected)
    return int((Decimal(match.group(1)) * factor).to_integral_value(ROUND_CEILING))
