"""Where an OpenAir airspace is: its coordinates, heights and the commands D and V. Knows no airspace, no file."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from sazokar.dialects.arc import Arc, Piece, distance_and_bearing, point_at, ring_of, vertex_count
from sazokar.dialects.fields import position_of, quote
from sazokar.domain.plan.height import SURFACE, UNLIMITED, Height, Reference, Unit, height_of
from sazokar.domain.plan.quantity import NAUTICAL_MILE_MM
from sazokar.domain.plan.shape import GREATEST_RADIUS_MM, GREATEST_VERTICES, Circle, Corridor, Polygon, Position, Shape
from sazokar.errors import FieldError

WARNED_DIFFERENCE: Final = 0.01
"""The two points of an arc may differ by this part in their distance from the centre (and 50 m) without a warning."""
REFUSED_DIFFERENCE: Final = 0.10
"""An arc whose two points differ by more than this part (and 200 m) is refused: its centre is not its centre."""

_ANGLE = r"(\d{1,3})(?::(\d{1,2}(?:\.\d{1,9})?)(?::(\d{1,2}(?:\.\d{1,9})?))?|(\.\d{1,10}))?"
_COORDINATE = re.compile(rf"{_ANGLE}\s*([NS])[\s,]*{_ANGLE}\s*([EW])", re.ASCII | re.IGNORECASE)
_PACKED = re.compile(
    r"(\d\d)(\d\d)(\d\d(?:\.\d{1,9})?)\s*([NS])[\s,]*(\d{3})(\d\d)(\d\d(?:\.\d{1,9})?)\s*([EW])",
    re.ASCII | re.IGNORECASE,
)
_COORDINATE_EXPECTED = "a coordinate such as 52:07:36 N 013:23:34 E or 52:07.6N 013:23.567E"
_ALTITUDE = re.compile(r"(-?\d{1,6}(?:\.\d{1,4})?)\s*(FT|F|METERS|METRES|M)?\.?\s*([A-Z]*)", re.ASCII)
_LEVEL = re.compile(r"FL\s*(\d{1,4})", re.ASCII)
_REFERENCES: Final = {
    "": Reference.AMSL, "AMSL": Reference.AMSL, "MSL": Reference.AMSL, "ALT": Reference.AMSL,
    "AGL": Reference.AGL, "GND": Reference.AGL, "SFC": Reference.AGL, "ASFC": Reference.AGL, "AGND": Reference.AGL,
    "STD": Reference.STD,
}  # fmt: skip
_NUMBER = re.compile(r"\d{1,7}(?:\.\d{1,9})?", re.ASCII)
_ALTITUDE_EXPECTED = "GND, SFC, UNL, FL65, 3500ft AMSL, 1500 AGL or 2000m"


def altitude_of(text: str, *, upper: bool) -> Height:
    """Return the height that a limit names; feet and above mean sea level where it does not say.

    Args:
        text: What follows AL or AH.
        upper: It is an upper limit: finer than 1e-4 m is rounded up.

    Raises:
        FieldError: It names no height, or the ground as an upper or no limit as a lower one.
        QuantityError: It is beyond ±100 km.
    """
    written = " ".join(text.upper().split())
    if written in ("GND", "SFC", "0 GND", "0 SFC") and not upper:
        return SURFACE
    if written in ("UNL", "UNLIM", "UNLIMITED", "UNLTD") and upper:
        return UNLIMITED
    if level := _LEVEL.fullmatch(written):
        return height_of(Decimal(level.group(1)), Unit.FL, Reference.STD)
    match = _ALTITUDE.fullmatch(written)
    if match is None or match.group(3) not in _REFERENCES:
        raise FieldError("", quote(text) if text else "nothing", _ALTITUDE_EXPECTED)
    unit = Unit.M if (match.group(2) or "FT").startswith("M") else Unit.FT
    return height_of(Decimal(match.group(1)), unit, _REFERENCES[match.group(3)], ceil=upper)


def coordinate_of(text: str) -> Position:
    """Return the position that a coordinate names.

    Raises:
        FieldError: It is none: minutes or seconds of 60, a hemisphere missing, a latitude beyond 90.
    """
    written = text.strip()
    if packed := _PACKED.fullmatch(written):
        d1, m1, s1, ns, d2, m2, s2, ew = packed.groups()
        return position_of(_degrees(d1, m1, s1, "", ns), _degrees(d2, m2, s2, "", ew))
    match = _COORDINATE.fullmatch(written)
    if match is None:
        raise FieldError("", quote(text) if written else "nothing", _COORDINATE_EXPECTED)
    d1, m1, s1, f1, ns, d2, m2, s2, f2, ew = match.groups()
    return position_of(_degrees(d1, m1, s1, f1, ns), _degrees(d2, m2, s2, f2, ew))


def _degrees(degrees: str, minutes: str | None, seconds: str | None, fraction: str | None, side: str) -> float:
    for part, written in (("minutes", minutes), ("seconds", seconds)):
        if written is not None and float(written) >= 60:
            raise FieldError("", f"{written} {part}", f"{part} below 60")
    if minutes and seconds and "." in minutes:
        raise FieldError("", f"{minutes} minutes and {seconds} seconds", "whole minutes before seconds")
    value = Decimal(degrees + (fraction or "")) + Decimal(minutes or 0) / 60 + Decimal(seconds or 0) / 3600
    return float(-value if side in "SsWw" else value)


class Boundary:
    """The boundary of one airspace, as its D and V lines have built it so far."""

    def __init__(self) -> None:
        self.vertex_count = 0
        self._pieces: list[Piece] = []
        self._airway: list[Position] = []
        self._circle: Circle | None = None
        self._centre: Position | None = None
        self._width_mm: int | None = None
        self._clockwise = True
        self._differences: list[tuple[float, float]] = []

    def take(self, command: str, rest: str) -> bool:
        """Take what a line says; return whether its command is known.

        Raises:
            FieldError: It cannot be read, or lacks a centre that it needs.
        """
        match command:
            case "DP":
                self._append(coordinate_of(rest))
            case "DA":
                self._take_angles(rest)
            case "DB":
                self._take_points(rest)
            case "DC":
                self._take_circle(rest)
            case "DY":
                self._airway.append(coordinate_of(rest))
            case "V":
                return self._take_variable(rest)
            case unknown if unknown.startswith("D"):
                # Passing over a piece of a boundary would leave another boundary than the one filed.
                raise FieldError("", f"the command {unknown}", "DP, DA, DB, DC or DY")
            case _:
                return False
        return True

    def _append(self, piece: Piece) -> None:
        self.vertex_count += vertex_count(piece)
        if self.vertex_count > GREATEST_VERTICES:
            raise FieldError("", f"more than {GREATEST_VERTICES:,} points, those of arcs included", "fewer")
        self._pieces.append(piece)

    def _take_variable(self, rest: str) -> bool:
        name, _, value = (part.strip() for part in rest.partition("="))
        match name.upper():
            case "X":
                self._centre = coordinate_of(value)
            case "D":
                if value not in ("+", "-"):
                    raise FieldError("V D", quote(value), "+ (clockwise) or - (counter-clockwise)")
                self._clockwise = value == "+"
            case "W":
                self._width_mm = _miles(value, "V W")
            case "Z":
                pass
            case _:
                return False
        return True

    def _require_centre(self) -> Position:
        if self._centre is None:
            raise FieldError("", "no centre", "a line V X= with the centre before it")
        return self._centre

    def _take_circle(self, rest: str) -> None:
        if self._circle is not None:
            raise FieldError("", "a second circle in one airspace", "one circle per airspace")
        self._circle = Circle(self._require_centre(), _miles(rest, ""))

    def _take_angles(self, rest: str) -> None:
        centre = self._require_centre()
        parts = [part.strip() for part in rest.split(",")]
        if len(parts) != 3:
            raise FieldError("", quote(rest), "radius, start bearing, end bearing, such as 10, 270, 290")
        radius_m = _miles(parts[0], "") / 1000
        start, end = (_number(part, "a bearing between 0 and 360") for part in parts[1:])
        if max(start, end) > 360 or start == end:
            raise FieldError("", quote(rest), "two different bearings between 0 and 360")
        full = (end - start) % 360 == 0
        first, last = point_at(centre, start, radius_m), point_at(centre, end, radius_m)
        self._append(Arc(centre, first, first if full else last, self._clockwise, full))

    def _take_points(self, rest: str) -> None:
        centre = self._require_centre()
        match = re.fullmatch(r"(.+?[EWew])\s*,\s*(.+)", rest)
        if match is None:
            raise FieldError("", quote(rest), f"two coordinates with a comma between; {_COORDINATE_EXPECTED}")
        start, end = coordinate_of(match.group(1)), coordinate_of(match.group(2))
        first_m, last_m = distance_and_bearing(centre, start)[0], distance_and_bearing(centre, end)[0]
        mean, difference = (first_m + last_m) / 2, abs(first_m - last_m)
        if min(first_m, last_m) <= 0 or max(first_m, last_m) * 1000 > GREATEST_RADIUS_MM:
            raise FieldError("", f"radii of {first_m:.0f} m and {last_m:.0f} m", "radii above 0 and up to 1,000 km")
        if difference > max(200.0, REFUSED_DIFFERENCE * mean):
            found = f"points {first_m:,.0f} m and {last_m:,.0f} m from the centre (V X=)"
            raise FieldError("", found, "two points at the same distance from the centre")
        if difference > max(50.0, WARNED_DIFFERENCE * mean):
            self._differences.append((first_m, last_m))
        self._append(Arc(centre, start, end, self._clockwise, full=start == end))

    def shape(self, warn: Callable[[str, str], None]) -> Shape:
        """Return the shape that the lines have built.

        Args:
            warn: Told the code and the sentence of what a person should look at.

        Raises:
            FieldError: They have built none, or several that cannot be one.
        """
        built = [name for name, has in (("points or arcs", self._pieces), ("a circle", self._circle),
                                        ("an airway", self._airway)) if has]  # fmt: skip
        if len(built) != 1:
            found = " and ".join(built) or "no geometry"
            raise FieldError(
                "geometry", found, "either points and arcs (DP, DA, DB), or a circle (DC), or an airway (DY)"
            )
        for first_m, last_m in self._differences:
            warn(
                "arc-radii-differ",
                f"The points of an arc are {first_m:,.0f} m and {last_m:,.0f} m from its centre; "
                "the radius was taken to go evenly from one to the other.",
            )
        if self._circle is not None:
            return self._circle
        return self._corridor() if self._airway else self._polygon()

    def _corridor(self) -> Corridor:
        if self._width_mm is None:
            raise FieldError("geometry", "an airway (DY) without a width", "a line V W= with its width in NM")
        if len(self._airway) < 2:
            raise FieldError("geometry", "an airway of one point", "two points (DY) or more")
        return Corridor(tuple(self._airway), -(-self._width_mm // 2))

    def _polygon(self) -> Polygon:
        ring = ring_of(self._pieces)
        if len(set(ring)) < 3:
            raise FieldError("geometry", f"{len(set(ring))} different points", "three or more")
        return Polygon((ring,))


def _number(text: str, expected: str) -> float:
    if _NUMBER.fullmatch(text) is None:
        raise FieldError("", quote(text) if text else "nothing", expected)
    return float(text)


def _miles(text: str, field: str) -> int:
    """Return a length in nautical miles as mm, rounded up."""
    written = text.upper().removesuffix("NM").strip()
    expected = "nautical miles above 0 and up to 539, such as 1.10"
    millimetres = math.ceil(Decimal(str(_number(written, expected))) * NAUTICAL_MILE_MM)
    if not 0 < millimetres <= GREATEST_RADIUS_MM:
        raise FieldError(field, quote(text), expected)
    return millimetres
