"""The volumes of a form as rows, and back: a shape with its points, limits and window. Exact: no digit is rounded.

Positions stand as degrees and decimal minutes without marks (`3436.000N 03018.000W`), which a person reads out as they
are written; 1e-7 degree is exactly 0.000006 minutes. Holes, several polygons at once, and altitudes along a movement do
not fit a page that is read out: they are refused.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from sazokar.dialects.coordinate import parse_coordinate
from sazokar.dialects.fields import height_of_written, written_height
from sazokar.domain.plan.height import GREATEST_E4, UNIT_E4, Height, Unit
from sazokar.domain.plan.instant import format_instant, parse_instant
from sazokar.domain.plan.shape import Circle, Corridor, Movement, MultiPolygon, Polygon, Position, Rectangle, Shape
from sazokar.domain.plan.validity import validate_volumes
from sazokar.domain.plan.volume import Volume
from sazokar.doors.form_rows import Row, Rows
from sazokar.errors import FieldError, FormError, MeaningError

GREATEST_POINTS: Final = 40
"""Of a shape on a form; more do not fit on the page."""


class FormVolume(msgspec.Struct, frozen=True, kw_only=True):
    """One volume as it is printed.

    Args:
        shape: A circle, a corridor, a polygon of one ring, a rectangle, or a movement without altitudes of its own.
        lower: Lower limit.
        upper: Upper limit.
        start_ms: First instant, ms since the Unix epoch.
        end_ms: First instant no more within, ms since the Unix epoch.
    """

    shape: Shape
    lower: Height
    upper: Height
    start_ms: int
    end_ms: int


def volume_rows(volume: FormVolume, number: int) -> list[Row]:
    """Return the rows of one volume; every one bears check digits.

    Raises:
        FieldError: Its shape does not fit a form, or it is not what it claims to be.
    """
    _require_sound(volume, number)
    words, points = _shape_words(volume.shape, number)
    values = [("SHAPE", words), ("POINTS", str(len(points)))]
    values += [(f"P{n}", point) for n, point in enumerate(points, 1)]
    values += [
        ("LOWER", _height(volume.lower, f"volume {number}, lower", is_upper=False)),
        ("UPPER", _height(volume.upper, f"volume {number}, upper", is_upper=True)),
        ("START", format_instant(volume.start_ms)),
        ("END", format_instant(volume.end_ms)),
    ]
    return [Row(f"V{number} {label}", value, critical=True) for label, value in values]


def read_volume(rows: Rows, number: int) -> FormVolume:
    """Return the volume of the next rows.

    Raises:
        FormError: A row is another one, or its value is not what it should be; the line is named.
    """

    def take(label: str) -> str:
        return rows.take(f"V{number} {label}", critical=True)

    words = take("SHAPE")
    try:
        count = _count(take("POINTS"))
        points = [_point(take(f"P{n}")) for n in range(1, count + 1)]
        shape = _shape(words, points)
        return FormVolume(
            shape=shape,
            lower=height_of_written(take("LOWER"), ceil=False),
            upper=height_of_written(take("UPPER"), ceil=True),
            start_ms=parse_instant(take("START")),
            end_ms=parse_instant(take("END")),
        )
    except FormError:
        raise
    except MeaningError as error:
        raise rows.taken_as(error) from error


def _require_sound(volume: FormVolume, number: int) -> None:
    shape, lower, upper = volume.shape, volume.lower, volume.upper
    sound = Volume(
        operation=f"V{number}",
        party="FORM",
        shape=shape,
        lower=lower,
        upper=upper,
        start_ms=volume.start_ms,
        end_ms=volume.end_ms,
    )
    try:
        validate_volumes([sound])
    except MeaningError as error:
        raise FieldError(f"volume {number}", error.found, error.expected) from error


def _height(height: Height, field: str, *, is_upper: bool) -> str:
    """Return a limit so that reading it gives the same again; whole flight levels in three digits, as they are said.

    Raises:
        FieldError: It is no height that could have been given.
    """
    if height.unlimited or abs(height.e4) <= GREATEST_E4:
        whole_level = height.unit is Unit.FL and height.e4 >= 0 and height.e4 % UNIT_E4[Unit.FL] == 0
        text = str(height) if whole_level else written_height(height, ceil=not is_upper)
        try:
            if height_of_written(text, ceil=is_upper) == height:
                return text
        except MeaningError:
            pass
    raise FieldError(field, repr(height), "a height within ±100 km that can be written with its unit and reference")


def _shape_words(shape: Shape, number: int) -> tuple[str, list[str]]:
    """Return what a shape is called, with its width or radius, and its points."""
    match shape:
        case Polygon((ring,)) if len(ring) <= GREATEST_POINTS:
            return "POLYGON", [_written(position) for position in ring]
        case Circle(centre, radius_mm):
            return f"CIRCLE OF {_metres(radius_mm)} M", [_written(centre)]
        case Corridor(line, half_width_mm) if len(line) <= GREATEST_POINTS:
            return f"LINE OF {_metres(half_width_mm)} M EACH SIDE", [_written(position) for position in line]
        case Rectangle(west, south, east, north):
            return "RECTANGLE", [_written(Position(south, west)), _written(Position(north, east))]
        case Movement(line, times_ms, half_width_mm, ()) if len(line) <= GREATEST_POINTS and not shape.half_height_e4:
            at = zip(line, times_ms, strict=True)
            points = [f"{_written(position)} AT {format_instant(time_ms)}" for position, time_ms in at]
            return f"MOVEMENT OF {_metres(half_width_mm)} M EACH SIDE", points
        case Polygon() | MultiPolygon() | Corridor() | Movement():
            found = "holes, several polygons, altitudes along a movement, or too many points"
            raise FieldError(f"volume {number}", found, f"one outline of at most {GREATEST_POINTS} points")


def _shape(words: str, points: list[tuple[Position, int | None]]) -> Shape:
    """Return the shape of its words and points.

    Raises:
        FieldError: The words name none, or the points are not those of it.
    """
    positions = tuple(position for position, _ in points)
    times_ms = tuple(time_ms for _, time_ms in points if time_ms is not None)
    kind, _, width = words.partition(" OF ")
    if kind == "MOVEMENT" and len(times_ms) == len(points):
        return Movement(positions, times_ms, _width(width, " M EACH SIDE"))
    if not times_ms:
        if words == "POLYGON":
            return Polygon((positions,))
        if words == "RECTANGLE" and len(positions) == 2:
            low, high = positions
            return Rectangle(low.lon_e7, low.lat_e7, high.lon_e7, high.lat_e7)
        if kind == "CIRCLE" and len(positions) == 1:
            return Circle(positions[0], _width(width, " M"))
        if kind == "LINE":
            return Corridor(positions, _width(width, " M EACH SIDE"))
    raise FieldError("shape", repr(words), "POLYGON, CIRCLE, LINE, RECTANGLE or MOVEMENT with its own points")


def _width(text: str, unit: str) -> int:
    digits = text.removesuffix(unit)
    whole, _, fraction = digits.partition(".")
    if not (digits != text and (whole + fraction).isdigit() and len(whole) <= 7 and len(fraction) <= 3 and whole):
        raise FieldError("shape", repr(text), f"metres, such as 500{unit}")
    return int(whole + fraction.ljust(3, "0"))


def _metres(length_mm: int) -> str:
    text = f"{Decimal(length_mm) / 1000:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _point(text: str) -> tuple[Position, int | None]:
    place, _, time = text.partition(" AT ")
    return parse_coordinate(place), parse_instant(time) if time else None


def _count(text: str) -> int:
    if not (text.isdigit() and len(text) <= 2 and int(text) <= GREATEST_POINTS):
        raise FieldError("points", repr(text), f"a number up to {GREATEST_POINTS}")
    return int(text)


def _written(position: Position) -> str:
    lat, lon = _angle(position.lat_e7, 2), _angle(position.lon_e7, 3)
    return f"{lat}{'S' if position.lat_e7 < 0 else 'N'} {lon}{'W' if position.lon_e7 < 0 else 'E'}"


def _angle(e7: int, places: int) -> str:
    """Return degrees and minutes without marks, to 0.001 minute or as many digits as the position has."""
    degrees, minutes_e6 = divmod(abs(e7) * 6, 60_000_000)
    fraction = f"{minutes_e6 % 1_000_000:06d}"
    kept = fraction[:3] + fraction[3:].rstrip("0")
    return f"{degrees:0{places}d}{minutes_e6 // 1_000_000:02d}.{kept}"
