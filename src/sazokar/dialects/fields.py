"""Loosely typed properties of a feature made into domain values, or into a fault that names its field.

Rounding is never in favour of a miss: positions to the nearest 1e-7 degree, lengths up, lower limits and starts down,
upper limits and ends up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import lru_cache
from pathlib import PurePath
from typing import Final, TypeVar

from sazokar.domain.height import GREATEST_E4, UNIT_E4, Height, Reference, Unit, height_of, parse_height
from sazokar.domain.instant import BEGINNING_MS, END_MS, EPOCH, format_instant, parse_instant
from sazokar.domain.shape import DEGREE_E7, GREATEST_RADIUS_MM, Movement, Position
from sazokar.domain.volume import Role, Volume
from sazokar.errors import FieldError, MeaningError, QuantityError

GREATEST_NAME: Final = 200
"""A name holds at most this many characters."""
GREATEST_PRIORITY: Final = 1_000_000
"""A priority lies within ± this."""
HEIGHT: Final = '"SFC", "UNL", "FL180", "5000 FT AMSL" or {"value": 5000, "unit": "FT", "reference": "AMSL"}'
INSTANT: Final = "an RFC 3339 time with a zone, such as 2026-01-14T18:00:00Z"

_FRACTION_LEVEL = re.compile(r"FL\s?(\d{1,4}\.\d{1,6})", re.ASCII)
_MILLISECOND: Final = timedelta(milliseconds=1)
_MISLEADING: Final = frozenset("\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_T = TypeVar("_T")


def of_field(field: str, parse: Callable[[], _T]) -> _T:
    """Return what `parse` gives; its fault then names the field.

    Raises:
        FieldError: The value cannot be what it claims.
    """
    try:
        return parse()
    except FieldError:
        raise
    except MeaningError as error:
        raise FieldError(field, error.found, error.expected) from error


def name_of(text: str, field: str) -> str:
    """Return a name without the blanks around it; letters of every script are welcome.

    Raises:
        FieldError: It is too long, or holds a control character or one that reorders what an officer reads.
    """
    name = text.strip()
    if len(name) > GREATEST_NAME:
        raise FieldError(field, f"{len(name):,} characters", f"at most {GREATEST_NAME}")
    if not name.isprintable():
        for character in name:
            if unicodedata.category(character) in ("Cc", "Cs") or character in _MISLEADING:
                found = f"the control character U+{ord(character):04X} in a name"
                raise FieldError(field, found, "letters, digits and marks that show as they are")
    return name


@lru_cache(maxsize=256)
def party_of_file(file: str) -> str:
    """Return the party that a file's name stands for: its stem; `stdin` for standard input."""
    stem = PurePath(file).name if file == "-" else PurePath(file).stem
    shown = "".join(c for c in stem if c.isprintable() and c not in _MISLEADING).strip()[:GREATEST_NAME]
    return shown if shown not in ("", "-") else "stdin"


def role_of(text: str) -> Role:
    """Return the role that a text names.

    Raises:
        FieldError: It names none.
    """
    try:
        return Role(text.strip().lower())
    except ValueError as error:
        raise FieldError("role", repr(text[:60]), '"operation" or "zone"') from error


def priority_of(value: int) -> int:
    """Return a priority within its limit.

    Raises:
        FieldError: It is beyond it.
    """
    if abs(value) > GREATEST_PRIORITY:
        found = str(value) if abs(value) < 10**20 else "a whole number of more than 20 digits"
        raise FieldError("priority", found, f"a whole number within ±{GREATEST_PRIORITY:,}")
    return value


def position_of(lat: float, lon: float, field: str) -> Position:
    """Return a position, rounded to the nearest 1e-7 degree.

    Args:
        lat: Latitude, degrees, WGS 84.
        lon: Longitude, degrees, WGS 84.
        field: Where the two stand.

    Raises:
        FieldError: One is out of range; a likely swap of the two is pointed out.
    """
    if -90 <= lat <= 90 and -180 <= lon <= 180:
        return Position(round(lat * DEGREE_E7), round(lon * DEGREE_E7))
    expected = "a latitude within ±90 and a longitude within ±180 degrees"
    if abs(lon) <= 90 < abs(lat) <= 180:
        expected += "; the two look swapped"
    raise FieldError(field, f"latitude {lat:g}, longitude {lon:g}", expected)


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
        raise FieldError(field, f"{metres:g} m", f"{least} to {GREATEST_RADIUS_MM // 1000:,} m")
    return _whole_units(metres, 1000, ceil=True)


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
        known, measured_from = Unit(unit), Reference(reference)
    except ValueError as error:
        raise QuantityError(f"unit {unit[:20]!r}, reference {reference[:20]!r}", _UNITS) from error
    if known is Unit.FL and measured_from is not Reference.STD:
        raise QuantityError(f"unit FL above {reference}", "unit FL with reference STD: levels are pressure altitudes")
    if not abs(value) <= GREATEST_E4 / UNIT_E4[known]:
        raise QuantityError(f"the height {value:g} {unit}", "a height within ±100 km; no upper limit is written UNL")
    return Height(_whole_units(value, UNIT_E4[known], ceil=ceil), known, measured_from)


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
            Four digits of a foot or a metre, and six of a flight level, are finer than 1e-4 m.
    """
    if height.surface or height.unlimited:
        return str(height)
    level = height.unit is Unit.FL
    exact = Decimal(height.e4) / UNIT_E4[height.unit]
    number = exact.quantize(Decimal("1e-6") if level else Decimal("1e-4"), ROUND_CEILING if ceil else ROUND_FLOOR)
    text = f"{number:f}".rstrip("0").rstrip(".")
    return f"FL{text}" if level else f"{text} {height.unit.value} {height.reference.value}"


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
            raise FieldError("altitudes", f"{value:g} {lower.unit}", "heights within ±100 km")
    rounded = tuple(round(value * unit_e4) for value in values)
    exact = all(e4 / unit_e4 == value for e4, value in zip(rounded, values, strict=True))
    if not 0 <= half_height_m <= GREATEST_E4 / 10_000:
        raise FieldError("half_height_m", f"{half_height_m:g} m", "0 to 100,000 m")
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


def without_repeats(line: Sequence[Position], *, closed: bool = False) -> tuple[Position, ...]:
    """Return a line without vertices that repeat the one before; of a closed one, the last may not repeat the first."""
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
