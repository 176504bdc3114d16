"""The zones of an AGREEMENT.toml: where they are, how high, when they hold, and what is kept from them (SZK-03).

Coordinates are texts in any notation of `coordinate` (SZK-14), so that a diplomat writes what the map shows. Edges are
geodesics, but for a `rectangle`, whose north and south edges are parallels.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from sazokar.dialects.clauses import MINIMA, read_minima
from sazokar.dialects.coordinate import parse_coordinate
from sazokar.dialects.document import shown
from sazokar.dialects.fields import height_of_text
from sazokar.dialects.toml_table import Table
from sazokar.domain.agreement import DAY_MS, Schedule, Zone, ZoneKind
from sazokar.domain.plan.height import SURFACE, UNLIMITED, Height
from sazokar.domain.plan.rules import ZONE_MINIMA, ZoneClause
from sazokar.domain.plan.shape import Circle, Corridor, Polygon, Position, Rectangle, Shape
from sazokar.domain.plan.validity import validate_shape
from sazokar.errors import MeaningError

GREATEST_SCHEDULES: Final = 100
"""A zone has at most this many schedules."""
GREATEST_BUFFERS: Final = 100
"""A zone has at most this many buffers."""
GREATEST_VERTICES_WRITTEN: Final = 10_000
"""A zone's line or polygon has at most this many vertices: more no diplomat reads."""
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHAPES: Final = ("polygon", "circle", "corridor", "rectangle", "line")
ZONE: Final = (
    "number", "kind", "name", "names", "party", *SHAPES, "lower", "upper", "schedule", "buffer",
)  # fmt: skip
SCHEDULE: Final = ("from", "until", "daily", "weekdays")
BUFFER: Final = ("number", "class", *MINIMA)

_NOWHERE: Final = Rectangle(0, 0, 1, 1)
"""Stands in for a shape that could not be read; the zone is dropped."""
_HOUR = re.compile(r"([01]\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?Z", re.ASCII)


def read_zone(table: Table, number: str, kind: ZoneKind) -> Zone:
    """Return a zone; its faults are kept with the table's."""
    table.require_known(ZONE)
    name = table.text("name", required=True)
    lower, upper = _height(table, "lower", SURFACE), _height(table, "upper", UNLIMITED)
    _require_limits(table, lower, upper)
    schedules = table.tables("schedule", GREATEST_SCHEDULES, "[[clause.schedule]]")
    buffers = table.tables("buffer", GREATEST_BUFFERS, "[[clause.buffer]]")
    return Zone(
        number=number,
        name=name,
        kind=kind,
        names=table.names("names"),
        party=table.text("party", required=kind is ZoneKind.INFLUENCE),
        shape=_shape(table),
        lower=lower,
        upper=upper,
        schedules=tuple(_schedule(schedule) for schedule in schedules),
        buffers=tuple(_buffer(buffer, number, name) for buffer in buffers),
    )


def _height(table: Table, key: str, otherwise: Height) -> Height:
    if key not in table:
        return otherwise
    value = table.values[key]
    try:
        return height_of_text(value if isinstance(value, str) else shown(value), ceil=key == "upper")
    except MeaningError as error:
        table.wrong(key, error.expected.partition(" or {")[0])
        return otherwise


def _require_limits(table: Table, lower: Height, upper: Height) -> None:
    if lower.unlimited:
        table.wrong("lower", "a lower limit; only an upper one may be unlimited")
    elif not upper.unlimited and lower.reference is upper.reference and upper.e4 <= lower.e4:
        table.fault(f"lower {lower} at or above upper {upper}", "the lower limit below the upper")


def _shape(table: Table) -> Shape:
    given = [key for key in SHAPES if key in table]
    if len(given) != 1:
        found = f"{' and '.join(given)} in one zone" if given else "no shape"
        table.fault(found, f"one of {', '.join(SHAPES)}")
        return _NOWHERE
    before = table.faults.count
    shape = _SHAPES[given[0]](table)
    if table.faults.count > before:
        return _NOWHERE
    try:
        validate_shape(shape)
    except MeaningError as error:
        table.fault(f"{given[0]}: {error.found}", error.expected)
        return _NOWHERE
    return shape


def _polygon(table: Table) -> Shape:
    ring = _positions(table, "polygon", 3)
    return Polygon((ring[:-1] if len(ring) > 1 and ring[0] == ring[-1] else ring,))


def _line(table: Table) -> Shape:
    return Corridor(_positions(table, "line", 2), 0)


def _circle(table: Table) -> Shape:
    circle = table.table("circle")
    if circle is None:
        return _NOWHERE
    circle.require_known(("centre", "radius"))
    return Circle(_position(circle, "centre", circle.values.get("centre")), circle.length("radius"))


def _corridor(table: Table) -> Shape:
    corridor = table.table("corridor")
    if corridor is None:
        return _NOWHERE
    corridor.require_known(("line", "width"))
    return Corridor(_positions(corridor, "line", 2), -(-corridor.length("width") // 2))


def _rectangle(table: Table) -> Shape:
    rectangle = table.table("rectangle")
    if rectangle is None:
        return _NOWHERE
    rectangle.require_known(("west", "south", "east", "north"))
    return read_rectangle(rectangle)


_SHAPES: Final[dict[str, Callable[[Table], Shape]]] = {
    "polygon": _polygon,
    "circle": _circle,
    "corridor": _corridor,
    "rectangle": _rectangle,
    "line": _line,
}


def read_rectangle(table: Table) -> Rectangle:
    """Return the rectangle of the keys west, south, east and north, in degrees; it is validated."""
    longitudes, latitudes = (Decimal(-180), Decimal(180)), (Decimal(-90), Decimal(90))
    before = table.faults.count
    west, east = table.degrees("west", *longitudes), table.degrees("east", *longitudes)
    south, north = table.degrees("south", *latitudes), table.degrees("north", *latitudes)
    rectangle = Rectangle(west, south, east, north)
    if table.faults.count == before:
        try:
            validate_shape(rectangle)
        except MeaningError as error:
            table.fault(error.found, error.expected)
    return rectangle


def _positions(table: Table, key: str, least: int) -> tuple[Position, ...]:
    value = table.values.get(key)
    if not isinstance(value, list) or not least <= len(value) <= GREATEST_VERTICES_WRITTEN:
        expected = f"{least} to {GREATEST_VERTICES_WRITTEN:,} coordinates, such as [\"34°36'N 030°18'W\", …]"
        table.wrong(key, expected)
        return ()
    return tuple(_position(table, f"{key}[{n}]", text) for n, text in enumerate(value, 1))


def _position(table: Table, key: str, text: object) -> Position:
    try:
        return parse_coordinate(text if isinstance(text, str) else shown(text))
    except MeaningError as error:
        table.fault(f"{key} = {error.found}", error.expected)
        return Position(0, 0)


def _schedule(table: Table) -> Schedule:
    table.require_known(SCHEDULE)
    before = table.faults.count
    from_ms, until_ms = table.instant("from"), table.instant("until", ceil=True)
    if table.faults.count == before and until_ms <= from_ms:
        table.fault("until at or before from", "an until after from")
    daily_from_ms, daily_until_ms = _daily(table)
    return Schedule(from_ms, until_ms, daily_from_ms, daily_until_ms, _weekdays(table))


def _daily(table: Table) -> tuple[int, int]:
    value = table.values.get("daily")
    if value is None:
        return 0, DAY_MS
    hours = [_hour(text) for text in value] if isinstance(value, list) else []
    if len(hours) != 2 or hours[0] is None or hours[1] is None or hours[0] == DAY_MS:
        table.wrong("daily", 'first and last time of day in UTC, such as ["08:00Z", "16:00Z"]')
        return 0, DAY_MS
    return hours[0], hours[1]


def _hour(text: object) -> int | None:
    """Return ms after midnight UTC, or None; a time of day without its Z is refused (SZK-13)."""
    match = _HOUR.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    instant_ms = ((hours * 60 + minutes) * 60 + seconds) * 1_000
    return instant_ms if instant_ms <= DAY_MS else None


def _weekdays(table: Table) -> tuple[int, ...]:
    names = table.list_of_names("weekdays")
    if any(name not in WEEKDAYS for name in names):
        table.wrong("weekdays", f"days among {', '.join(WEEKDAYS)}")
        return ()
    return tuple(sorted(WEEKDAYS.index(name) for name in names))


def _buffer(table: Table, number: str, zone: str) -> ZoneClause:
    """Return what operations of one class keep from a zone; it cites the zone's clause unless it has its own number."""
    table.require_known(BUFFER)
    if not any(key in table for key in MINIMA):
        table.fault("no minimum", "horizontal, vertical or time, or several of them")
    class_ = table.text("class", required=True)
    return ZoneClause(table.text("number") or number, read_minima(table, ZONE_MINIMA), zone, "", class_)
