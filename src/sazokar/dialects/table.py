"""CSV: one row per volume, as a spreadsheet gives and takes it. Read and written, nothing lost between the two.

The first row names the columns, in any order and any case; blank rows are passed over, blank cells are absent values.
The delimiter is a comma, a semicolon or a tab; cells may be quoted and then hold line ends. A list of `name, lat, lon,
radius` is enough: where a file has neither `role` nor `start` nor `end`, its rows are zones that stand always.

| column | holds |
|---|---|
| `operation` (`name`), `party`, `role`, `class`, `kind`, `priority`, `start`, `end` | as in the GeoJSON profile |
| `lower`, `upper` | a height: `SFC`, `UNL`, `FL180`, `5000 FT AMSL` |
| `shape` | `circle`, `corridor`, `polygon`, `rectangle` or `movement`; absent: told by the columns that are filled |
| `coordinates` | positions parted by `;`, in any of five notations; rings parted by `|`, polygons by `||` |
| `lat`, `lon` | a circle's centre, instead of `coordinates`: degrees as a number, or `45°30'00"N`, `45 30.000N` |
| `radius`, `half_width`, `half_height` | a length with its unit, `300 m`; or `radius_m`, …, a number of metres |
| `rectangle` | `west;south;east;north`, decimal degrees |
| `times` | one per vertex of a movement, parted by `;` |
| `altitudes` | one number per vertex, in the unit and above the reference of `lower`, parted by `;` |

A cell that a spreadsheet would take for a formula is written with an apostrophe before it, which reading takes off.

**Source**: RFC 4180, but for the delimiter.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from sazokar.dialects import fields
from sazokar.dialects.assembly import Terms, volume_of
from sazokar.dialects.coordinate import Notation, format_coordinate, parse_angle, parse_coordinate
from sazokar.dialects.document import plain_utf8
from sazokar.dialects.gathering import Gathering, require_features
from sazokar.dialects.reading import (
    ASSUMED_ZONE,
    GREATEST_BYTES,
    GREATEST_FEATURES,
    MISSING_OPERATION,
    MISSING_PARTY,
    Reading,
)
from sazokar.domain.plan.height import UNIT_E4, Height
from sazokar.domain.plan.instant import format_instant
from sazokar.domain.plan.quantity import parse_length
from sazokar.domain.plan.shape import (
    GREATEST_VERTICES,
    Circle,
    Corridor,
    Movement,
    MultiPolygon,
    Polygon,
    Position,
    Rectangle,
    Shape,
)
from sazokar.domain.plan.volume import ANY_CLASS, Role, Source, Volume
from sazokar.errors import FieldError, LimitError, MeaningError, UnreadableError

COLUMNS: Final = (
    *("operation", "party", "role", "class", "kind", "priority", "lower", "upper", "start", "end"),
    *("shape", "coordinates", "radius", "half_width", "rectangle", "times", "altitudes", "half_height"),
)
"""The columns in the order in which they are written."""
SHAPES: Final = ("circle", "corridor", "polygon", "rectangle", "movement")
_OTHER_NAMES: Final = {
    "name": "operation",
    "coordinate": "coordinates",
    "latitude": "lat",
    "longitude": "lon",
    "lng": "lon",
    "long": "lon",
}
_KNOWN: Final = frozenset((*COLUMNS, "lat", "lon", "radius_m", "half_width_m", "half_height_m"))
_GEOMETRY: Final = frozenset(("coordinates", "lat", "rectangle"))
_DELIMITERS: Final = (",", ";", "\t")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


class _Table(msgspec.Struct):
    """A table's columns, by their place, and what its rows mean where it does not say."""

    columns: list[str]
    party: str
    standing: bool


def read(content: bytes, file: str) -> Reading:
    """Return the volumes of a table.

    Args:
        content: CSV, UTF-8.
        file: The file's name as given; its stem names the party where a row does not.

    Raises:
        LimitError: The file is too large or holds too many rows.
        UnreadableError: It is not CSV, or its first row does not name columns that give a place.
    """
    text = plain_utf8(content, file).decode("utf-8")
    gathering = Gathering(file)
    rows = _rows(text, _delimiter(text), file)
    table = _header(next(rows, (1, []))[1], gathering)
    for count, (number, cells) in enumerate(rows, 1):
        require_features(count, file)
        noted: list[str] = []
        feature = f"row {number}"
        try:
            volume = _volume(cells, table, Source(file, feature), noted)
        except MeaningError as error:
            gathering.refuse(feature, error)
            continue
        gathering.take(volume)
        gathering.note(noted, feature)
    return gathering.reading()


def _delimiter(text: str) -> str:
    """Return the delimiter under which the first row names the most columns."""
    first = text.lstrip("\r\n").partition("\n")[0]
    return max(_DELIMITERS, key=lambda mark: sum(_column(name) in _KNOWN for name in first.split(mark)))


def _rows(text: str, delimiter: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Give each row that is not blank, with its number as a spreadsheet counts."""
    before = csv.field_size_limit(GREATEST_BYTES)  # an outline of 100,000 vertices is a cell of megabytes
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        for number, cells in enumerate(reader, 1):
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error as error:
        raise UnreadableError(f"{file}: found a row that is not CSV ({error}); expected quoted cells to end") from error
    finally:
        csv.field_size_limit(before)


def _column(name: str) -> str:
    plain = name.strip().strip('"').strip().lower().replace(" ", "_").replace("-", "_")
    return _OTHER_NAMES.get(plain, plain)


def _header(cells: Sequence[str], gathering: Gathering) -> _Table:
    """Return what the first row says of the rest.

    Raises:
        UnreadableError: A column stands twice, or none gives a place.
    """
    columns = [_column(cell) for cell in cells]
    for column in columns:
        if column in _KNOWN and columns.count(column) > 1:
            raise UnreadableError(f"{gathering.file}: found the column {column!r} twice in row 1; expected it once")
    if not _GEOMETRY & set(columns):
        found = f"no column that gives a place in row 1 ({', '.join(columns)[:80]!r})"
        expected = "a first row with coordinates, or lat and lon, or rectangle"
        raise UnreadableError(f"{gathering.file}: found {found}; expected {expected}")
    for column in columns:
        if column and column not in _KNOWN:
            near = difflib.get_close_matches(column, _KNOWN, 1)
            meant = f" Is {near[0]!r} meant?" if near else ""
            message = f"the column {column[:40]!r} is not known and was ignored.{meant}"
            gathering.warn("unknown-column", "row 1", message)
    standing = not {"role", "start", "end", "times"} & set(columns)
    return _Table(columns, gathering.party, standing)


def _volume(cells: Sequence[str], table: _Table, source: Source, noted: list[str]) -> Volume:
    if len(cells) != len(table.columns):
        expected = f"{len(table.columns)}, as in row 1; a cell that holds the delimiter is quoted"
        raise MeaningError(fields.counted(len(cells), "cell"), expected)
    row = {name: value for name, cell in zip(table.columns, cells, strict=True) if (value := _bare(cell))}
    terms = _terms(row, table, source, noted)
    return volume_of(terms, shape_of(row, terms.lower), source, noted)


def _bare(cell: str) -> str:
    """Return a cell without blanks, and without the apostrophe that keeps a spreadsheet from computing it."""
    cell = cell.strip(" ")
    if cell.startswith("'") and cell[1:].startswith(_FORMULA):
        return cell[1:]
    return cell.strip()


def _terms(row: Mapping[str, str], table: _Table, source: Source, noted: list[str]) -> Terms:
    operation = fields.name_of(row.get("operation", ""), "operation")
    party = fields.name_of(row.get("party", ""), "party")
    role = fields.role_of(row["role"]) if "role" in row else Role.OPERATION
    if table.standing:
        role = Role.ZONE
    for code, seen in ((MISSING_OPERATION, operation), (MISSING_PARTY, party), (ASSUMED_ZONE, not table.standing)):
        if not seen:
            noted.append(code)
    return Terms(
        operation=operation or source.feature.replace(" ", "-"),
        party=party or table.party,
        role=role,
        class_=fields.name_of(row.get("class", ""), "class") or ANY_CLASS,
        kind=fields.name_of(row.get("kind", ""), "kind"),
        priority=fields.priority_written(row.get("priority", "0")),
        lower=_height(row, "lower", ceil=False),
        upper=_height(row, "upper", ceil=True),
        start_ms=fields.instant_of(row["start"], "start") if "start" in row else None,
        end_ms=fields.instant_of(row["end"], "end", ceil=True) if "end" in row else None,
    )


def _height(row: Mapping[str, str], field: str, *, ceil: bool) -> Height | None:
    if field not in row:
        return None
    with fields.reading_field(field):
        return fields.height_of_written(row[field], ceil=ceil)


def shape_of(row: Mapping[str, str], lower: Height | None) -> Shape:
    """Return the shape that the cells of one volume tell of, not yet validated.

    Args:
        row: The filled cells by the names of their columns, as the table above has them.
        lower: Lower limit; altitudes are in its unit and above its reference.

    Raises:
        FieldError: A cell is missing or cannot be what it claims.
    """
    match row.get("shape", "").lower() or _likely(row):
        case "circle":
            return Circle(_centre(row), _length(row, "radius", positive=True))
        case "corridor":
            return Corridor(fields.without_repeats(_line(row)), _length(row, "half_width"))
        case "movement":
            return _movement(row, lower)
        case "rectangle":
            return _rectangle(row)
        case "polygon":
            return _polygons(row)
        case other:
            raise FieldError("shape", repr(other[:60]), " or ".join(SHAPES))


def _likely(row: Mapping[str, str]) -> str:
    """Return the shape that the filled columns tell of."""
    if "rectangle" in row:
        return "rectangle"
    if "radius" in row or "radius_m" in row or "lat" in row:
        return "circle"
    if "times" in row:
        return "movement"
    return "corridor" if "half_width" in row or "half_width_m" in row else "polygon"


def _number(text: str, field: str) -> float:
    try:
        number = Decimal(text) if len(text) <= 40 else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise FieldError(field, repr(text[:60]), "a number, with a point for its fraction")
    return float(number)


def _angle(text: str, field: str, letters: str) -> float:
    """Return degrees, as a number or in the notations of a coordinate."""
    try:
        return _number(text, field)
    except FieldError:
        with fields.reading_field(field):
            return float(parse_angle(text, letters))


def _length(row: Mapping[str, str], field: str, *, positive: bool = False) -> int:
    """Return a length in mm from `radius` (with a unit) or `radius_m` (a number), whichever is filled."""
    plain = f"{field}_m"
    if field in row and plain in row:
        raise FieldError(f"{field} and {plain}", f"{row[field]!r} and {row[plain]!r}", "one of the two")
    if plain in row:
        return fields.length_mm(_number(row[plain], plain), plain, positive=positive)
    if field not in row:
        raise FieldError(field, "nothing", "a length with its unit, such as 300 m")
    with fields.reading_field(field):
        millimetres = parse_length(row[field])
    if positive and millimetres == 0:
        raise FieldError(field, repr(row[field]), "more than 0")
    return millimetres


def _cell(row: Mapping[str, str], field: str, expected: str) -> str:
    if field not in row:
        raise FieldError(field, "nothing", expected)
    return row[field]


def _parts(text: str, field: str) -> list[str]:
    parts = [part.strip() for part in text.split(";")]
    if len(parts) > GREATEST_VERTICES + 1:
        raise FieldError(field, f"{len(parts):,} parts", f"at most {GREATEST_VERTICES:,}")
    return parts[:-1] if not parts[-1] else parts


def _positions(text: str) -> tuple[Position, ...]:
    positions = []
    for number, part in enumerate(_parts(text, "coordinates")):
        try:
            positions.append(parse_coordinate(part))
        except MeaningError as error:
            raise FieldError(f"coordinates[{number}]", error.found, error.expected) from error
    return tuple(positions)


def _line(row: Mapping[str, str]) -> tuple[Position, ...]:
    return _positions(_cell(row, "coordinates", "two positions or more, parted by ;"))


def _centre(row: Mapping[str, str]) -> Position:
    if "coordinates" in row and "lat" in row:
        found = f"{row['coordinates'][:40]!r} and {row['lat'][:40]!r}"
        raise FieldError("coordinates and lat", found, "one of the two")
    if "lat" in row or "lon" in row:
        lat, lon = (_angle(_cell(row, field, "degrees"), field, axis) for field, axis in (("lat", "NS"), ("lon", "EW")))
        return fields.position_of(lat, lon, "lat and lon")
    positions = _positions(_cell(row, "coordinates", "the position of the centre"))
    if len(positions) != 1:
        raise FieldError("coordinates", f"{len(positions)} positions", "one, the centre of the circle")
    return positions[0]


def _movement(row: Mapping[str, str], lower: Height | None) -> Movement:
    line, half_width_mm = _line(row), _length(row, "half_width")
    times = _parts(_cell(row, "times", "one time per vertex, parted by ;"), "times")
    times_ms = fields.times_of(times, "times")
    if "altitudes" not in row:
        return Movement(line, times_ms, half_width_mm)
    altitudes = [_number(part, "altitudes") for part in _parts(row["altitudes"], "altitudes")]
    filled = "half_height" in row or "half_height_m" in row
    half_height_m = _half_height_m(row) if filled else 0.0
    altitudes_e4, half_height_e4 = fields.altitudes_of(altitudes, lower, half_height_m)
    return Movement(line, times_ms, half_width_mm, altitudes_e4, half_height_e4)


def _half_height_m(row: Mapping[str, str]) -> float:
    """Return a half-height, which is kept finer than a millimetre, as heights are."""
    if "half_height_m" in row and "half_height" not in row:
        return _number(row["half_height_m"], "half_height_m")
    written = row.get("half_height", "")
    if "half_height_m" not in row and written.lower().endswith(" m"):
        return _number(written[:-2], "half_height")
    return _length(row, "half_height") / 1000


def _rectangle(row: Mapping[str, str]) -> Rectangle:
    expected = "four numbers in degrees: west;south;east;north"
    parts = _parts(_cell(row, "rectangle", expected), "rectangle")
    if len(parts) != 4:
        raise FieldError("rectangle", fields.counted(len(parts), "part"), expected)
    west, south, east, north = (_number(part, "rectangle") for part in parts)
    low = fields.position_of(south, west, "rectangle")
    high = fields.position_of(north, east, "rectangle")
    return Rectangle(low.lon_e7, low.lat_e7, high.lon_e7, high.lat_e7)


def _polygons(row: Mapping[str, str]) -> Shape:
    text = _cell(row, "coordinates", "three positions or more, parted by ;")
    polygons = tuple(
        Polygon(tuple(_ring(ring) for ring in polygon.split("|"))) for polygon in text.strip("| ").split("||")
    )
    return MultiPolygon(polygons) if len(polygons) > 1 or text.endswith("||") else polygons[0]


def _ring(text: str) -> tuple[Position, ...]:
    return fields.without_repeats(_positions(text), closed=True)


def write(volumes: Sequence[Volume]) -> bytes:
    """Return a table that `read` takes back as the same volumes.

    Raises:
        LimitError: There are more volumes than a file may hold.
    """
    if len(volumes) > GREATEST_FEATURES:
        raise LimitError(f"found {len(volumes):,} volumes; expected at most {GREATEST_FEATURES:,} in one file")
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for volume in fields.in_order(volumes):
        cells = _cells(volume)
        writer.writerow([_safe(cells.get(column, "")) for column in COLUMNS])
    return written.getvalue().encode("utf-8")


def _safe(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    bare = cell.removeprefix("-")
    number = bare.isascii() and bare.replace(".", "", 1).isdigit()
    return f"'{cell}" if cell.startswith(_FORMULA) and not number else cell


def _cells(volume: Volume) -> dict[str, str]:
    return {
        "operation": volume.operation,
        "party": volume.party,
        "role": volume.role.value,
        "class": volume.class_,
        "kind": volume.kind,
        "priority": str(volume.priority),
        "lower": fields.written_height(volume.lower, ceil=True),
        "upper": fields.written_height(volume.upper, ceil=False),
        **fields.window_texts(volume),
        **_shape_cells(volume),
    }


def _shape_cells(volume: Volume) -> dict[str, str]:
    shape = volume.shape
    match shape:
        case Circle():
            return {"shape": "circle", "coordinates": _text(shape.centre), "radius": _metres(shape.radius_mm)}
        case Corridor():
            return {"shape": "corridor", "coordinates": _texts(shape.line), "half_width": _metres(shape.half_width_mm)}
        case Movement():
            return {"shape": "movement", "coordinates": _texts(shape.line)} | _moving(shape, volume.lower)
        case Polygon():
            return {"shape": "polygon", "coordinates": _rings(shape)}
        case MultiPolygon():
            several = "||".join(_rings(polygon) for polygon in shape.polygons)
            return {"shape": "polygon", "coordinates": several + ("||" if len(shape.polygons) == 1 else "")}
        case Rectangle():
            sides = (shape.west_e7, shape.south_e7, shape.east_e7, shape.north_e7)
            return {"shape": "rectangle", "rectangle": ";".join(f"{side / 1e7:.7f}" for side in sides)}


def _moving(shape: Movement, lower: Height) -> dict[str, str]:
    cells = {
        "half_width": _metres(shape.half_width_mm),
        "times": ";".join(format_instant(time_ms) for time_ms in shape.times_ms),
    }
    if shape.altitudes_e4:
        unit_e4 = UNIT_E4[lower.unit]
        cells["altitudes"] = ";".join(repr(e4 / unit_e4) for e4 in shape.altitudes_e4)
        cells["half_height"] = f"{shape.half_height_e4 / 10_000:.4f} m"
    return cells


def _text(position: Position) -> str:
    return format_coordinate(position, Notation.DECIMAL)


def _texts(positions: Sequence[Position]) -> str:
    return "; ".join(_text(position) for position in positions)


def _rings(polygon: Polygon) -> str:
    return "|".join(_texts(ring) for ring in polygon.rings)


def _metres(millimetres: int) -> str:
    return f"{millimetres // 1000}.{millimetres % 1000:03d} m"
