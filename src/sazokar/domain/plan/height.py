"""Heights as given: a value, its unit and what it is measured from (SZK-15). Conversion is in `altitude`.

Kept in tenths of a millimetre, because a foot is 304.8 mm: two bands that touch at 101 ft touch exactly.
"""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

import msgspec

from sazokar.errors import QuantityError


class Reference(StrEnum):
    """What a height is measured from."""

    STD = "STD"
    """Pressure altitude: the ICAO standard atmosphere, 1013.25 hPa. Flight levels."""
    AMSL = "AMSL"
    """Above mean sea level: the EGM96 geoid."""
    HAE = "HAE"
    """Above the WGS 84 ellipsoid."""
    AGL = "AGL"
    """Above the ground below."""


class Unit(StrEnum):
    """The unit in which a height was given, and is shown."""

    FT = "FT"
    M = "M"
    FL = "FL"


UNIT_E4: Final[dict[Unit, int]] = {Unit.FT: 3048, Unit.M: 10_000, Unit.FL: 304_800}
"""Length of each unit in 1e-4 m."""

GREATEST_E4: Final = 1_000_000_000
"""No height is taken beyond ±100 km, the conventional edge of space."""


class Height(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A height as it was given.

    Args:
        e4: Value in 1e-4 m.
        unit: The unit in which it was given.
        reference: What it is measured from.
        surface: The ground itself (`SFC`, `GND`): 0 AGL by name.
        unlimited: No upper limit (`UNL`); `e4` is then `UNLIMITED_E4`.
    """

    e4: int
    unit: Unit
    reference: Reference
    surface: bool = False
    unlimited: bool = False

    @property
    def value(self) -> Decimal:
        """The number in the unit in which it was given, exactly."""
        return Decimal(self.e4) / UNIT_E4[self.unit]

    @property
    def metres(self) -> float:
        """The height in metres, above its own reference."""
        return self.e4 / 10_000

    def __str__(self) -> str:
        if self.surface:
            return "SFC"
        if self.unlimited:
            return "UNL"
        if self.unit is Unit.FL:
            return f"FL{int(self.value):03d}" if self.e4 % UNIT_E4[Unit.FL] == 0 else f"FL{self.value:f}"
        number = f"{self.value:,.4f}".rstrip("0").rstrip(".")
        unit = "ft" if self.unit is Unit.FT else "m"
        return f"{number} {unit} {'STD' if self.reference is Reference.STD else self.reference}"


UNLIMITED_E4: Final = 2_000_000_000
SURFACE: Final = Height(0, Unit.FT, Reference.AGL, surface=True)
UNLIMITED: Final = Height(UNLIMITED_E4, Unit.FL, Reference.STD, unlimited=True)

_FLIGHT_LEVEL = re.compile(r"FL\s?(\d{1,4})", re.ASCII)
_NAMED: Final[dict[str, Height]] = {"SFC": SURFACE, "GND": SURFACE, "UNL": UNLIMITED, "UNLIM": UNLIMITED}
_WRITTEN = re.compile(r"(-?\d{1,7}(?:\.\d{1,4})?)\s*(FT|M)\s*(AMSL|MSL|AGL|HAE|STD|W84)", re.ASCII)
_EXPECTED = '"SFC", "UNL", "FL180", "5000 FT AMSL" or {"value": 5000, "unit": "FT", "reference": "AMSL"}'


def height_of(value: float | Decimal, unit: Unit, reference: Reference, *, ceil: bool = False) -> Height:
    """Return the height of a number, a unit and a reference; finer than 1e-4 m is rounded down, or up if `ceil`.

    Raises:
        QuantityError: The number is not finite, or beyond ±100 km.
    """
    try:
        exact = Decimal(str(value)) * UNIT_E4[unit]
        e4 = int(exact.to_integral_value(ROUND_CEILING if ceil else ROUND_FLOOR))
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise QuantityError(f"the height {value}", "a finite number") from error
    if abs(e4) > GREATEST_E4:
        raise QuantityError(f"the height {value} {unit}", "a height within ±100 km; no upper limit is written UNL")
    return Height(e4, unit, reference)


def parse_height(text: str, *, ceil: bool = False) -> Height:
    """Return the height that a text names: `SFC`, `GND`, `UNL`, `FL180`, `5000 FT AMSL`, `120 M AGL`.

    Raises:
        QuantityError: The text names no height, or names one without its reference.
    """
    written = text.strip().upper()
    if written in _NAMED:
        return _NAMED[written]
    if level := _FLIGHT_LEVEL.fullmatch(written):
        return height_of(Decimal(level.group(1)), Unit.FL, Reference.STD)
    if match := _WRITTEN.fullmatch(written):
        reference = {"MSL": "AMSL", "W84": "HAE"}.get(match.group(3), match.group(3))
        return height_of(Decimal(match.group(1)), Unit(match.group(2)), Reference(reference), ceil=ceil)
    raise QuantityError(repr(text[:60]), _EXPECTED)
