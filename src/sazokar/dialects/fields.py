"""Loosely typed properties of a feature made into domain values, or into a fault that names its field.

Rounding is never in favour of a miss: positions to the nearest 1e-7 degree, lengths up, lower limits and starts down,
upper limits and ends up.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from functools import lru_cache
from pathlib import PurePath
from typing import Final

from sazokar.domain.plan.height import GREATEST_E4, UNIT_E4, Height, Reference, Unit, height_of, parse_height
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS, EPOCH, format_instant, parse_instant
from sazokar.domain.plan.name import GREATEST_NAME, misleading_character
from sazokar.domain.plan.shape import DEGREE_E7, GREATEST_RADIUS_MM, Movement, Position
from sazokar.domain.plan.volume import Role, Volume
from sazokar.errors import FieldError, MeaningError, QuantityError

GREATEST_PRIORITY: Final = 1_000_000
"""A priority lies within ± this."""
HEIGHT: Final = '"SFC", "UNL", "FL180", "5000 FT AMSL" or {"value": 5000, "unit": "FT", "reference": "AMSL"}'
INSTANT: Final = "an RFC 3339 time with a zone, such as 2026-01-14T18:00:00Z"

_FRACTION_LEVEL = re.compile(r"FL\s?(\d{1,4}\.\d{1,6})", re.ASCII)
_MILLISECOND: Final = timedelta(milliseconds=1)
_SHOWN: Final = 60
"""A message quotes at most this many characters of what was found."""


@contextmanager
def reading_field(name: str) -> Iterator[None]:
    """Name the field in every error of meaning that its reading raises.

    Raises:
        FieldError: What was read within raised a `MeaningError`.
    """
    try:
        yield
    except FieldError:
        raise
    except MeaningError as error:
        raise FieldError(name, error.found, error.expected) from error


def quote(value: object) -> str:
    """Return what was found, quoted and cut to a length that a person can read."""
    text = value if isinstance(value, str) else repr(value)
    return repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}…"


def counted(number: int, noun: str) -> str:
    """Return a number and its noun: `1 entry`, `3 times`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def number_found(value: float) -> str:
    """Return a number as a message shows it; one that was too great for a float is not called `inf`."""
    return f"{value:g}" if abs(value) < math.inf else "a number beyond 1.8e308"


def name_of(text: str, field: str) -> str:
    """Return a name without the blanks around it; letters of every script are welcome.

    Raises:
        FieldError: It is too long, or holds a control character or one that reorders what an officer reads.
    """
    name = text.strip()
    if len(name) > GREATEST_NAME:
        raise FieldError(field, f"{len(name):,} characters", f"at most {GREATEST_NAME}")
    if character := misleading_character(name):
        found = f"the control character U+{ord(character):04X} in a name"
        raise FieldError(field, found, "letters, digits and marks that show as they are")
    return name


@lru_cache(maxsize=256)
def party_of(file: str) -> str:
    """Return the party that a file without one belongs to: the stem of its name; `standard-input` for standard input."""
    stem = PurePath(file.replace("\\", "/")).stem
    shown = "".join(c for c in stem if c.isprintable()).strip()[:GREATEST_NAME]
    return shown if shown not in ("", "-") else "standard-input"


def role_of(text: str) -> Role:
    """Return the role that a text names.

    Raises:
        FieldError: It names none.
    """
    try:
        return Role(text.strip().lower())
    except ValueError as error:
        raise FieldError("role", quote(text), '"operation" or "zone"') from error


def priority_of(value: int) -> int:
    """Return a priority within its limit.

    Raises:
        FieldError: It is beyond it.
    """
    if abs(value) > GREATEST_PRIORITY:
        found = str(value) if abs(value) < 10**20 else "a whole number of more than 20 digits"
        raise FieldError("priority", found, f"a whole number within ±{GREATEST_PRIORITY:,}")
    return value


def priority_written(text: str) -> int:
    """Return the priority that a text names.

    Raises:
        FieldError: It is no whole number, or beyond the limit.
    """
    digits = text.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
        raise FieldError("priority", quote(text), "a whole number")
    return priority_of(int(text))


def position_of(lat: float, lon: float, field: str = "") -> Position:
    """Return a position, rounded to the nearest 1e-7 degree.

    Args:
        lat: Latitude, degrees, WGS 84.
        lon: Longitude, degrees, WGS 84.
        field: Where the two stand; empty: the fault names the one of them that is wrong.

    Raises:
        FieldError: One is out of range; a likely swap of the two is pointed out.
    """
    if -90 <= lat <= 90 and -180 <= lon <= 180:
        return Position(round(lat * DEGREE_E7), round(lon * DEGREE_E7))
    expected = "a latitude within ±90 and a longitude within ±180 degrees"
    if abs(lon) <= 90 < abs(lat) <= 180 and lon != 0:  # (91, 0) is rather a slip in one of the two
        expected += "; the two look swapped"
    field = field or ("longitude" if -90 <= lat <= 90 else "latitude")
    raise FieldError(field, f"latitude {number_found(lat)}, longitude {number_found(lon)}", expected)


def length_mm(metres: float, field: str, *, positive: bool = False) -> int:
    """Return a length in mm, rounded up.

    Args:
        metres: The length, m.
        field: Where it stands.
        positive: Refuse 0 too.

    Raises:
        FieldError: It is negative, not finite, or beyond the limit.
    """
    if not 0 <= metres <= GREATEST_RADIUS_MM / 1000 or (positive and metres == 0):
        least = "more than 0" if positive else "0"
        raise FieldError(field, f"{number_found(metres)} m", f"{least} to {GREATEST_RADIUS_MM // 1000:,} m")
    return _whole_units(metres, 1000, ceil=True)


def length_written(value: object, field: str, units: int = 1_000) -> int:
    """Return a length in metres, as a text or another loose value gives it, in whole finer units, rounded up.

    Args:
        value: A number, or its text; m; 0 or more.
        field: Where it stands.
        units: Units in a metre: 1,000 for mm, 10,000 for 1e-4 m.

    Raises:
        FieldError: It is no number of metres from 0 to 1,000 km.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise FieldError(field, quote(value), "a number of metres, such as 500")
    try:
        metres = Decimal(str(value).strip())
    except InvalidOperation as error:
        raise FieldError(field, quote(value), "a number of metres, such as 500") from error
    if not (metres.is_finite() and 0 <= metres <= GREATEST_RADIUS_MM // 1000):
        raise FieldError(field, quote(value), f"metres between 0 and {GREATEST_RADIUS_MM // 1000:,}")
    return math.ceil(metres * units)


def _whole_units(value: float, units: int, *, ceil: bool) -> int:
    """Return value × units as a whole number; a value that is the nearest float to a whole number of units is that."""
    nearest = round(value * units)
    if nearest / units == value:
        return nearest
    exact = Decimal(repr(value)) * units
    return int(exact.to_integral_value(ROUND_CEILING if ceil else ROUND_FLOOR))


@lru_cache(maxsize=4096)
def height_of_text(text: str, *, ceil: bool) -> Height:
    """Return the height that a text names. Raises QuantityError as `parse_height` does."""
    return parse_height(text, ceil=ceil)


@lru_cache(maxsize=4096)
def height_of_number(value: float, unit: str, reference: str, *, ceil: bool) -> Height:
    """Return the height of a number, a unit and a reference.

    Raises:
        QuantityError: Unit or reference is unknown, a flight level has another reference than STD, or the value is
            beyond ±100 km.
    """
    try:
        known, measured_from = Unit(_upper(unit)), Reference(_upper(reference))
    except ValueError as error:
        raise QuantityError(f"unit {unit[:20]!r}, reference {reference[:20]!r}", _UNITS) from error
    if known is Unit.FL and measured_from is not Reference.STD:
        raise QuantityError(f"unit FL above {reference}", "unit FL with reference STD: levels are pressure altitudes")
    if not abs(value) <= GREATEST_E4 / UNIT_E4[known]:
        found = f"the height {number_found(value)} {unit}"
        raise QuantityError(found, "a height within ±100 km; no upper limit is written UNL")
    return Height(_whole_units(value, UNIT_E4[known], ceil=ceil), known, measured_from)


def _upper(word: str) -> str:
    """Return an ASCII word in capitals; of others, some would become letters that they are not."""
    return word.upper() if word.isascii() else word


_UNITS: Final = "unit FT, M or FL and reference AMSL, AGL, HAE or STD"


def height_of_written(text: str, *, ceil: bool) -> Height:
    """Return the height that a cell of text names; of a flight level, a fraction too (`FL180.5`).

    Raises:
        QuantityError: It names none.
    """
    level = _FRACTION_LEVEL.fullmatch(text.strip().upper())
    if level is None:
        return height_of_text(text, ceil=ceil)
    return height_of(Decimal(level.group(1)), Unit.FL, Reference.STD, ceil=ceil)


def written_height(height: Height, *, ceil: bool) -> str:
    """Return the text that reads back as exactly this height.

    Args:
        height: What is written.
        ceil: Round the last digit up, for a lower limit, as reading rounds it down; an upper one the other way about.
    """
    if height.surface or height.unlimited:
        return str(height)
    text = number_text(height.e4, height.unit, ceil=ceil)
    return f"FL{text}" if height.unit is Unit.FL else f"{text} {height.unit.value} {height.reference.value}"


def number_text(e4: int, unit: Unit, *, ceil: bool) -> str:
    """Return a height as a decimal number of a unit, so fine that reading it gives the same 1e-4 m again.

    Args:
        e4: The height, 1e-4 m.
        unit: The unit of the number.
        ceil: Round up, for what is read rounding down; else down, for what is read rounding up.
    """
    fine = Decimal("0.000001") if unit is Unit.FL else Decimal("0.0001")
    number = (Decimal(e4) / UNIT_E4[unit]).quantize(fine, ROUND_CEILING if ceil else ROUND_FLOOR)
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def number_of_height(height: Height) -> float:
    """Return the number that `height_of_number` reads back as exactly this height."""
    return height.e4 / UNIT_E4[height.unit]


def altitudes_of(values: Sequence[float], lower: Height | None, half_height_m: float) -> tuple[tuple[int, ...], int]:
    """Return a movement's altitudes and half-height, 1e-4 m; what rounding may lose is added to the half-height.

    Args:
        values: One altitude per vertex, in the unit of `lower`, above its reference.
        lower: The volume's lower limit.
        half_height_m: Half of the height of the band around each altitude, m.

    Raises:
        FieldError: No lower limit gives a unit and a reference, or a value is beyond ±100 km.
    """
    if lower is None or lower.surface or lower.unlimited:
        found = "no lower limit" if lower is None else f"altitudes with a lower limit of {lower}"
        raise FieldError("altitudes and lower", found, "a lower limit with the unit and reference of the altitudes")
    unit_e4 = UNIT_E4[lower.unit]
    for value in values:
        if not abs(value) <= GREATEST_E4 / unit_e4:
            raise FieldError("altitudes", f"{number_found(value)} {lower.unit}", "heights within ±100 km")
    rounded = tuple(round(value * unit_e4) for value in values)
    exact = all(e4 / unit_e4 == value for e4, value in zip(rounded, values, strict=True))
    if not 0 <= half_height_m <= GREATEST_E4 / 10_000:
        raise FieldError("half_height_m", f"{number_found(half_height_m)} m", "0 to 100,000 m")
    return rounded, _whole_units(half_height_m, 10_000, ceil=True) + (0 if exact else 1)


def instant_of(text: str, field: str, *, ceil: bool = False) -> int:
    """Return the instant that an RFC 3339 text names, ms since the Unix epoch.

    Raises:
        FieldError: It names none, or bears no zone (SZK-13).
    """
    if len(text) == 20 and text[4] == text[7] == "-" and text[10] == "T" and text[19] == "Z" and text[11:13] != "24":
        try:  # the common form, which the standard library reads ten times as fast
            return (datetime.fromisoformat(text).astimezone(UTC) - EPOCH) // _MILLISECOND
        except ValueError:
            pass
    try:
        instant_ms = parse_instant(text, ceil=ceil)
    except MeaningError as error:
        raise FieldError(field, error.found, error.expected) from error
    return min(instant_ms, END_MS)


def times_of(texts: Sequence[str], field: str) -> tuple[int, ...]:
    """Return a movement's instants; the first is rounded down and the last up, so that its window never shrinks.

    Raises:
        FieldError: One is no time, or bears no zone; its number is named.
    """
    last = len(texts) - 1
    return tuple([instant_of(text, f"{field}[{n}]", ceil=n == last) for n, text in enumerate(texts)])


def same_place(a: Position, b: Position) -> bool:
    """Return whether two positions are one, the longitudes 180 and -180 being the same."""
    return a.lat_e7 == b.lat_e7 and (a.lon_e7 - b.lon_e7) % (360 * DEGREE_E7) == 0


def without_repeats(line: Sequence[Position], *, closed: bool = False) -> tuple[Position, ...]:
    """Return a line without vertices that repeat the one before; of a closed one, the last may not repeat the first."""
    if closed and len(line) > 1 and same_place(line[0], line[-1]):
        line = line[:-1]
    kept = [vertex for n, vertex in enumerate(line) if n == 0 or vertex != line[n - 1]]
    while closed and len(kept) > 1 and kept[-1] == kept[0]:
        kept.pop()
    return tuple(kept)


def window_texts(volume: Volume) -> dict[str, str]:
    """Return the `start` and the `end` to be written; neither where readers give the same without them."""
    shape = volume.shape
    window = (volume.start_ms, volume.end_ms)
    if isinstance(shape, Movement) and window == (shape.times_ms[0], shape.times_ms[-1]):
        return {}
    texts = {"start": format_instant(volume.start_ms), "end": format_instant(volume.end_ms)}
    if volume.role is Role.ZONE:
        standing = {"start": volume.start_ms == BEGINNING_MS, "end": volume.end_ms == END_MS}
        return {field: text for field, text in texts.items() if not standing[field]}
    return texts


def in_order(volumes: Sequence[Volume]) -> list[Volume]:
    """Return the volumes with those of one operation in the order of their numbers, in the places that they hold."""
    waiting: dict[tuple[str, str], list[Volume]] = {}
    for volume in volumes:
        waiting.setdefault((volume.party, volume.operation), []).append(volume)
    for group in waiting.values():
        group.sort(key=lambda volume: volume.index, reverse=True)
    return [waiting[volume.party, volume.operation].pop() for volume in volumes]
