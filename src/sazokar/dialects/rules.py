"""RULES.toml: the clauses that pairs are judged by, in the form that an agreement's clauses will have. Read only.

    version = 1

    [default]                      # between operations for which no clause speaks
    horizontal = "10NM"
    vertical = "2000ft"
    time = "60s"

    [[clause]]
    number = "4.2"
    kind = "separation"
    between = ["uav", "transport"]
    horizontal = "2NM"             # vertical and time are the default's

    [[clause]]
    number = "7.1"
    kind = "zone"
    zone_kind = "protected-site"   # or zone = "ALPHA/box-7"; and class = "transport"
    horizontal = "500m"            # vertical and time are 0: a zone's minimum is 0 unless ruled

What a separation clause leaves out is the default's, which in turn is 10 NM, 2,000 ft and 60 s where the file names
none; what a zone clause leaves out is 0. A clause that names no minimum at all says nothing and is refused. A number
without its unit is refused, but for 0. Unknown keys are refused, not ignored: a misspelt minimum would silently be the
default's. Two clauses that would speak of one pair with equal right are refused here, before any pair is judged.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Final

import msgspec

from sazokar.dialects.document import plain_utf8, shown
from sazokar.dialects.fields import name_of
from sazokar.domain.quantity import parse_duration, parse_length, parse_vertical
from sazokar.domain.rules import (
    DEFAULT_MINIMA,
    ZONE_MINIMA,
    Clause,
    Minima,
    RuleSet,
    SeparationClause,
    ZoneClause,
    validate_minima,
)
from sazokar.domain.volume import ANY_CLASS
from sazokar.errors import FieldError, MeaningError, RulesError, UnreadableError

VERSION: Final = 1
GREATEST_CLAUSES: Final = 1_000
"""A rule set holds at most this many clauses."""

_MINIMA: Final = ("horizontal", "vertical", "time")
_TOP: Final = ("version", "default", "clause")
_SEPARATION: Final = ("number", "kind", "between", *_MINIMA)
_ZONE: Final = ("number", "kind", "zone", "zone_kind", "class", *_MINIMA)
_FIELDS: Final = {"horizontal": "horizontal_mm", "vertical": "vertical_e4", "time": "time_ms"}
_PARSERS: Final[dict[str, Callable[[str], int]]] = {
    "horizontal": parse_length,
    "vertical": parse_vertical,
    "time": parse_duration,
}


def read(content: bytes, file: str) -> RuleSet:
    """Return the rules of a RULES.toml.

    Args:
        content: TOML, UTF-8.
        file: The file's name, as faults name it.

    Raises:
        LimitError: The file is too large.
        UnreadableError: It is not UTF-8, or not TOML.
        RulesError: A key is unknown or wrong, or clauses contradict each other; the clause is named.
    """
    try:
        document: dict[str, object] = tomllib.loads(plain_utf8(content, file).decode("utf-8"))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise UnreadableError(f"{file}: found text that is not TOML ({error}); expected TOML") from error
    _require_known(document, _TOP, file)
    if document.get("version") != VERSION or isinstance(document.get("version"), bool):
        raise RulesError(f"{file}: version {shown(document.get('version'))}", f"version = {VERSION}")
    default = _default(document.get("default", {}), f"{file}, [default]")
    clauses = _clauses(document.get("clause", []), default, file)
    _require_distinct(clauses, file)
    return RuleSet(default, clauses)


def _require_known(table: Mapping[str, object], known: Sequence[str], place: str) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            meant = f"; is {near[0]!r} meant?" if near else ""
            raise RulesError(f"{place}: the unknown key {key[:40]!r}", f"one of {', '.join(known)}{meant}")


def _default(table: object, place: str) -> Minima:
    if not isinstance(table, dict):
        raise RulesError(f"{place}: {shown(table)}", "a table of horizontal, vertical and time")
    _require_known(table, _MINIMA, place)
    return _minima(table, DEFAULT_MINIMA, place)


def _minima(table: Mapping[str, object], otherwise: Minima, place: str) -> Minima:
    values = dict(zip(_MINIMA, (otherwise.horizontal_mm, otherwise.vertical_e4, otherwise.time_ms), strict=True))
    for key in _MINIMA:
        if key in table:
            values[key] = _quantity(table[key], key, place)
    return Minima(values["horizontal"], values["vertical"], values["time"])


def _quantity(value: object, key: str, place: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value == 0:
        return 0
    unit = '"5min"' if key == "time" else '"10NM" or "2000ft"'
    if not isinstance(value, str):
        raise RulesError(f"{place}: {key} = {shown(value)}", f"a text with its unit, such as {unit}, or 0")
    try:
        quantity = _PARSERS[key](value)
        validate_minima(msgspec.structs.replace(ZONE_MINIMA, **{_FIELDS[key]: quantity}), place)
    except MeaningError as error:
        raise RulesError(f"{place}: {key} = {shown(value)}", error.expected) from error
    return quantity


def _clauses(tables: object, default: Minima, file: str) -> tuple[Clause, ...]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise RulesError(f"{file}: clause = {shown(tables)}", "clauses, each under [[clause]]")
    if len(tables) > GREATEST_CLAUSES:
        raise RulesError(f"{file}: {len(tables):,} clauses", f"at most {GREATEST_CLAUSES:,}")
    return tuple(_clause(table, default, f"{file}, clause {n}") for n, table in enumerate(tables, 1))


def _clause(table: Mapping[str, object], default: Minima, place: str) -> Clause:
    given = table.get("number")
    if not isinstance(given, str | int) or isinstance(given, bool) or not str(given).strip():
        raise RulesError(f"{place}: number = {shown(given)}", "the clause's number, which verdicts cite")
    number = _name(str(given), "number", place)
    place = f"{place} ({number})"
    kind = table.get("kind")
    if kind not in ("separation", "zone"):
        raise RulesError(f"{place}: kind = {shown(kind)}", '"separation" or "zone"')
    _require_known(table, _SEPARATION if kind == "separation" else _ZONE, place)
    if not any(key in table for key in _MINIMA):
        raise RulesError(f"{place}: no minimum", "horizontal, vertical or time, or several of them")
    if kind == "separation":
        return SeparationClause(number, _between(table.get("between"), place), _minima(table, default, place))
    zone, zone_kind, class_ = (_text(table, key, place) for key in ("zone", "zone_kind", "class"))
    return ZoneClause(number, _minima(table, ZONE_MINIMA, place), zone, zone_kind, class_ or ANY_CLASS)


def _between(value: object, place: str) -> tuple[str, str]:
    if isinstance(value, list) and len(value) == 2:
        first, second = value
        if isinstance(first, str) and isinstance(second, str) and first.strip() and second.strip():
            return _name(first, "between", place), _name(second, "between", place)
    raise RulesError(f"{place}: between = {shown(value)}", 'two classes, such as ["uav", "any"]')


def _text(table: Mapping[str, object], key: str, place: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str) or (key in table and not value.strip()):
        raise RulesError(f"{place}: {key} = {shown(value)}", "a text, or no such key")
    return _name(value, key, place)


def _name(text: str, key: str, place: str) -> str:
    try:
        return name_of(text, key)
    except FieldError as error:
        raise RulesError(f"{place}: {key} = {error.found}", error.expected) from error


def _require_distinct(clauses: Sequence[Clause], file: str) -> None:
    """Refuse two clauses of one number, or of which neither is more specific for a pair that both speak of."""
    pairs = {frozenset(clause.between) for clause in clauses if isinstance(clause, SeparationClause)}
    for a, b in combinations(clauses, 2):
        place = f"{file}: clauses {a.number} and {b.number}"
        if a.number == b.number:
            raise RulesError(f"{file}: two clauses with the number {a.number}", "one number for each clause")
        if isinstance(a, SeparationClause) and isinstance(b, SeparationClause):
            _require_one_speaks(a, b, pairs, place)
        elif isinstance(a, ZoneClause) and isinstance(b, ZoneClause) and _same_zone(a, b):
            raise RulesError(f"{place}, both of the same zones and class", "one clause for each pair")


def _require_one_speaks(a: SeparationClause, b: SeparationClause, pairs: set[frozenset[str]], place: str) -> None:
    first, second = frozenset(a.between), frozenset(b.between)
    if first == second:
        raise RulesError(f"{place}, both between {' and '.join(a.between)}", "one clause for each pair")
    if ANY_CLASS in first and ANY_CLASS in second and len(first) == len(second) == 2:
        both = (first | second) - {ANY_CLASS}
        if both not in pairs:
            names = " and ".join(sorted(both))
            expected = f"a clause between {names} too, as both speak of that pair with equal right"
            raise RulesError(f"{place}, each between one class and any", expected)


def _same_zone(a: ZoneClause, b: ZoneClause) -> bool:
    names = {a.zone, b.zone}
    shorter, longer = sorted(names, key=len)[0], sorted(names, key=len)[-1]
    same_name = shorter == longer or ("" not in names and longer.endswith(f"/{shorter}"))
    return same_name and a.zone_kind == b.zone_kind and a.class_ == b.class_
