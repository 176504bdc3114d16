"""What is typed on the command line, made into the settings of a check. Reads rules and area files; judges nothing."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Final

import msgspec

from sazokar.domain.plan.altitude import GroundBand
from sazokar.domain.plan.height import GREATEST_E4, UNIT_E4, Unit
from sazokar.domain.plan.quantity import parse_duration, parse_length, parse_vertical
from sazokar.domain.plan.rules import ZONE_MINIMA, Minima, RuleSet, validate_minima
from sazokar.domain.plan.shape import DEGREE_E7, Rectangle
from sazokar.doors.files import STANDARD_INPUT
from sazokar.errors import MeaningError, UnreadableError

_GREATEST_AREA_BYTES: Final = 64 * 1024 * 1024
_NUMBER: Final = r"-?\d{1,6}(?:\.\d{1,9})?"
_AREA = re.compile(rf"\s*({_NUMBER})\s*,\s*({_NUMBER})\s*,\s*({_NUMBER})\s*,\s*({_NUMBER})\s*", re.ASCII)
_GROUND = re.compile(rf"\s*({_NUMBER})\s*(m|ft)\s*\.\.\s*({_NUMBER})\s*(m|ft)\s*", re.ASCII | re.IGNORECASE)
_AREA_EXPECTED: Final = "W,S,E,N in degrees, such as 29,33,32,37, or a GeoJSON file"
_TURN: Final = 360 * DEGREE_E7


def rules_of(path: str | None, horizontal: str | None, vertical: str | None, time: str | None) -> RuleSet:
    """Return the rules of a file, or the defaults, with the minima that were typed in place of its default ones.

    Raises:
        SazokarError: The file or an option cannot be read; the message says which.
    """
    rules = RuleSet()
    if path is not None:
        content = _content(path, "--rules")
        from sazokar.dialects import rules as dialect

        rules = dialect.read(content, path)
    default = rules.default
    typed = Minima(
        _quantity("--horizontal", horizontal, default.horizontal_mm),
        _quantity("--vertical", vertical, default.vertical_e4),
        _quantity("--time", time, default.time_ms),
    )
    return msgspec.structs.replace(rules, default=typed)


def _quantity(option: str, text: str | None, default: int) -> int:
    if text is None:
        return default
    try:
        quantity = _PARSERS[option](text)
        validate_minima(msgspec.structs.replace(ZONE_MINIMA, **{_FIELDS[option]: quantity}), option)
    except MeaningError as error:
        raise UnreadableError(f"{option}: found {text[:60]!r}; expected {error.expected}") from error
    return quantity


_FIELDS: Final = {"--horizontal": "horizontal_mm", "--vertical": "vertical_e4", "--time": "time_ms"}
_PARSERS: Final = {"--horizontal": parse_length, "--vertical": parse_vertical, "--time": parse_duration}


def ground_of(text: str | None) -> GroundBand | None:
    """Return the band of ground heights that `LOW..HIGH` names, rounded outwards.

    Raises:
        UnreadableError: It names none.
    """
    if text is None:
        return None
    match = _GROUND.fullmatch(text)
    if match is None:
        raise UnreadableError(f"--ground: found {text[:60]!r}; expected LOW..HIGH above sea level, such as 0m..1200m")
    low, high = (Decimal(match[i]) * UNIT_E4[Unit(match[i + 1].upper())] for i in (1, 3))
    band = GroundBand(int(low.to_integral_value(ROUND_FLOOR)), int(high.to_integral_value(ROUND_CEILING)))
    if not -GREATEST_E4 <= band.low_e4 <= band.high_e4 <= GREATEST_E4:
        raise UnreadableError(f"--ground: found {text[:60]!r}; expected the lower height first, both within ±100 km")
    return band


def area_of(text: str | None) -> Rectangle | None:
    """Return the area of interest: four numbers, or the bounding rectangle of a GeoJSON file.

    Raises:
        UnreadableError: It is neither.
    """
    if text is None:
        return None
    match = _AREA.fullmatch(text)
    if match is None:
        if text != STANDARD_INPUT and not Path(text).exists():
            raise UnreadableError(f"--area: found {text[:60]!r}, which is no file; expected {_AREA_EXPECTED}")
        return _bounds(_positions(_content(text, "--area"), text), text)
    west, south, east, north = (int(Decimal(number) * DEGREE_E7) for number in match.groups())
    if not (abs(west) <= _TURN // 2 and abs(east) <= _TURN // 2 and -_TURN // 4 <= south < north <= _TURN // 4):
        expected = "longitudes within ±180, latitudes within ±90, south below north (west may exceed east)"
        raise UnreadableError(f"--area: found {text[:60]!r}; expected {expected}")
    return Rectangle(west, south, east, north)


def _positions(content: bytes, file: str) -> list[list[tuple[float, float]]]:
    """Return the lines of positions of every geometry of a GeoJSON text, whatever they mean."""
    try:
        pending: list[object] = [msgspec.json.decode(content)]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise UnreadableError(f"--area: {file}: found no JSON ({error}); expected {_AREA_EXPECTED}") from error
    lines: list[list[tuple[float, float]]] = []
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending += [value[k] for k in ("features", "geometry", "geometries", "coordinates") if k in value]
        elif isinstance(value, list):
            points = [point for item in value if (point := _point(item))]
            if points:
                lines.append(points)
            elif alone := _point(value):
                lines.append([alone])
            else:
                pending += value
    if not lines:
        raise UnreadableError(f"--area: {file}: found no position; expected a GeoJSON geometry, feature or collection")
    return lines


def _point(value: object) -> tuple[float, float] | None:
    if not isinstance(value, list) or not 2 <= len(value) <= 4:
        return None
    lon, lat = value[0], value[1]
    if not isinstance(lon, (int, float)) or not isinstance(lat, (int, float)):
        return None
    return (lon, lat) if abs(lon) <= 360 and abs(lat) <= 90 else None


def _bounds(lines: list[list[tuple[float, float]]], file: str) -> Rectangle:
    """Return the smallest rectangle that holds every line; it crosses the antimeridian where that is shorter."""
    spans: list[tuple[int, int]] = []
    for line in lines:
        for (a, _), (b, _) in zip(line, line[1:] or line, strict=False):
            start, step = round(a * DEGREE_E7), round((b - a) * DEGREE_E7)
            if abs(step) != _TURN:  # a whole turn is the whole Earth, not nothing
                step = (step + _TURN // 2) % _TURN - _TURN // 2
            spans.append((start % _TURN, step) if step >= 0 else ((start + step) % _TURN, -step))
    lats = [round(lat * DEGREE_E7) for line in lines for _, lat in line]
    west, width = _arc(spans)
    if max(lats) == min(lats) or width == 0:
        raise UnreadableError(f"--area: {file}: found no extent; expected a shape with a width and a height")
    east = west + width
    if width >= _TURN:
        west, east = -_TURN // 2, _TURN // 2
    return Rectangle(_wrapped(west), min(lats), east if width >= _TURN else _wrapped(east), max(lats))


def _arc(spans: list[tuple[int, int]]) -> tuple[int, int]:
    """Return start and width of the shortest arc that covers every span, each a start within [0, turn) and a width."""
    ordered = sorted(spans)
    reach, gap, west = ordered[0][0] + ordered[0][1], -1, ordered[0][0]
    for start, width in [*ordered[1:], (ordered[0][0] + _TURN, 0)]:
        if start - reach > gap:
            gap, west = start - reach, start % _TURN
        reach = max(reach, start + width)
    # A span that runs past the full turn covers the beginning too.
    overrun = max(start + width for start, width in ordered) - _TURN - ordered[0][0]
    return (west, _TURN - gap) if gap > 0 and overrun <= 0 else _arc_overrun(ordered, overrun, gap, west)


def _arc_overrun(ordered: list[tuple[int, int]], overrun: int, gap: int, west: int) -> tuple[int, int]:
    if gap <= 0:
        return 0, _TURN
    split = [(s, min(w, _TURN - s)) for s, w in ordered] + [(0, s + w - _TURN) for s, w in ordered if s + w > _TURN]
    return _arc(split)


def _wrapped(lon_e7: int) -> int:
    return (lon_e7 + _TURN // 2) % _TURN - _TURN // 2


def _content(path: str, option: str) -> bytes:
    if path == STANDARD_INPUT:
        raise UnreadableError(f"{option}: found -, standard input, which is for plans; expected the name of a file")
    try:
        with Path(path).open("rb") as file:
            content = file.read(_GREATEST_AREA_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableError(f"{option}: {path}: {reason}; expected a file that can be read") from error
    if len(content) > _GREATEST_AREA_BYTES:
        raise UnreadableError(f"{option}: {path}: found more than {_GREATEST_AREA_BYTES:,} bytes")
    return content
