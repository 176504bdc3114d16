"""Clauses as RULES.toml and AGREEMENT.toml write them alike: numbers, minima, separations, minima about zones.

Zones themselves and the other kinds of clause are read in `agreement_zones` and `agreement_terms`.
"""

from __future__ import annotations

from typing import Final

import msgspec

from sazokar.dialects.document import shown
from sazokar.dialects.fields import name_of
from sazokar.dialects.toml_table import Parser, Table
from sazokar.domain.plan.quantity import parse_duration, parse_length, parse_vertical
from sazokar.domain.plan.rules import DEFAULT_MINIMA, ZONE_MINIMA, Minima, SeparationClause, ZoneClause, validate_minima
from sazokar.domain.plan.volume import ANY_CLASS
from sazokar.errors import MeaningError

GREATEST_CLAUSES: Final = 1_000
"""A document holds at most this many clauses."""
MINIMA: Final = ("horizontal", "vertical", "time")
SEPARATION: Final = ("number", "kind", "between", *MINIMA)
ZONE_MINIMUM: Final = ("number", "kind", "zone", "zone_kind", "class", *MINIMA)

_FIELDS: Final = {"horizontal": "horizontal_mm", "vertical": "vertical_e4", "time": "time_ms"}
_PARSERS: Final[dict[str, Parser]] = {
    "horizontal": parse_length,
    "vertical": parse_vertical,
    "time": parse_duration,
}


def read_default(table: Table) -> Minima:
    """Return the minima under [default] of a document; those that it leaves out are 10 NM, 2,000 ft and 60 s."""
    value = table.values.get("default", {})
    place = f"{table.place}, [default]"
    if not isinstance(value, dict):
        table.faults.add(place, shown(value), "a table of horizontal, vertical and time")
        return DEFAULT_MINIMA
    default = Table(value, place, table.faults)
    default.require_known(MINIMA)
    return read_minima(default, DEFAULT_MINIMA)


def read_minima(table: Table, otherwise: Minima) -> Minima:
    """Return the minima that a table names, and of the others those of `otherwise`."""
    fields = {_FIELDS[key]: _minimum(table, key) for key in MINIMA if key in table}
    return msgspec.structs.replace(otherwise, **fields)


def _minimum(table: Table, key: str) -> int:
    value = table.values[key]
    if isinstance(value, int) and not isinstance(value, bool) and value == 0:
        return 0
    unit = '"5min"' if key == "time" else '"10NM" or "2000ft"'
    if not isinstance(value, str):
        table.wrong(key, f"a text with its unit, such as {unit}, or 0")
        return 0
    try:
        quantity = _PARSERS[key](value)
        validate_minima(msgspec.structs.replace(ZONE_MINIMA, **{_FIELDS[key]: quantity}), table.place)
    except MeaningError as error:
        table.wrong(key, error.expected)
        return 0
    return quantity


def read_number(table: Table) -> str:
    """Return the number of a clause, and name it in the place of all that is told of the clause from now on."""
    given = table.values.get("number")
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given <= GREATEST_CLAUSES:
        given = str(given)
    if not isinstance(given, str) or not given.strip():
        table.wrong("number", "the clause's number, which verdicts cite")
        return ""
    try:
        number = name_of(given, "number")
    except MeaningError as error:
        table.fault(f"number = {error.found}", error.expected)
        return ""
    table.place = f"{table.place} ({number})"
    return number


def read_separation(table: Table, number: str, default: Minima) -> SeparationClause:
    """Return minima between two classes; what it leaves out is the default's."""
    table.require_known(SEPARATION)
    _require_minimum(table)
    return SeparationClause(number, _between(table), read_minima(table, default))


def read_zone_minimum(table: Table, number: str) -> ZoneClause:
    """Return minima about zones, by name or by kind; what it leaves out is 0."""
    table.require_known(ZONE_MINIMUM)
    _require_minimum(table)
    zone, zone_kind = table.text("zone"), table.text("zone_kind")
    return ZoneClause(number, read_minima(table, ZONE_MINIMA), zone, zone_kind, table.text("class") or ANY_CLASS)


def _require_minimum(table: Table) -> None:
    if not any(key in table for key in MINIMA):
        table.fault("no minimum", "horizontal, vertical or time, or several of them")


def _between(table: Table) -> tuple[str, str]:
    value = table.values.get("between")
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(v, str) and v.strip() for v in value):
        table.wrong("between", 'two classes, such as ["uav", "any"]')
        return ANY_CLASS, ANY_CLASS
    try:
        return name_of(value[0], "between"), name_of(value[1], "between")
    except MeaningError as error:
        table.fault(f"between = {error.found}", error.expected)
        return ANY_CLASS, ANY_CLASS
