"""What changed from one agreement to another: clause by clause, field by field, and whether it is stricter.

Says nothing in words (`doors.agreement_words` does), and not which notices would have been judged otherwise: that is
told by replaying the recorded past.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

import msgspec

from sazokar.domain.agreement import (
    Agreement,
    Answering,
    Budget,
    Hold,
    Largest,
    LeadTime,
    Names,
    Priority,
    Review,
    Rung,
    Schedule,
    Signatory,
    Standing,
    Term,
    Zone,
)
from sazokar.domain.plan.altitude import GroundBand
from sazokar.domain.plan.height import Height
from sazokar.domain.plan.rules import Minima, SeparationClause, ZoneClause
from sazokar.domain.plan.shape import Rectangle, Shape

Clause = SeparationClause | ZoneClause | Zone | Term
Part = Clause | Signatory | Minima | GroundBand | Rectangle
Leaf = int | str | Height | Shape | Schedule | tuple[str, ...]
"""One value of a clause that changes as a whole."""


class Kind(StrEnum):
    """What happened to a clause."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENUMBERED = "renumbered"
    """The same under another number."""


class FieldChange(msgspec.Struct, frozen=True):
    """One value of a clause, before and after.

    Args:
        path: Which value: `minima.horizontal_mm`, `classes.routine`, `names.ALPHA`.
        before: None: there was none.
        after: None: there is none any more.
        stricter: Whether what comes after asks more of the parties; None: that cannot be said.
    """

    path: str
    before: Leaf | None
    after: Leaf | None
    stricter: bool | None = None


class Change(msgspec.Struct, frozen=True):
    """What changed in one clause, or in what stands outside the clauses.

    Args:
        kind: What happened.
        number: The clause's number, of one that was removed the former; empty outside the clauses.
        subject: Outside the clauses, what changed: `title`, `area`, `ground`, `default`, or a signatory's name.
        before: What there was.
        after: What there is.
        fields: The values that differ.
    """

    kind: Kind
    number: str
    subject: str
    before: Part | None
    after: Part | None
    fields: tuple[FieldChange, ...] = ()


def diff(before: Agreement, after: Agreement) -> tuple[Change, ...]:
    """Return every change from one agreement to another; none where both say the same.

    Clauses are matched by number and kind; one that is gone and stands unchanged under a new number is renumbered. The
    order of clauses is not compared, as it decides nothing.
    """
    return (*_of_the_whole(before, after), *_of_clauses(clauses_of(before), clauses_of(after)))


def clauses_of(agreement: Agreement) -> dict[tuple[str, str], Clause]:
    """Return every clause by number and kind, in the order of their numbers as people count: 4.2 before 4.10."""
    clauses: list[Clause] = [*agreement.separations, *agreement.zone_clauses, *agreement.zones, *agreement.terms]
    return {(c.number, _kind(c)): c for c in sorted(clauses, key=lambda c: _counted(c.number))}


def _kind(clause: Clause) -> str:
    return str(clause.kind) if isinstance(clause, Zone) else type(clause).__name__


def _counted(number: str) -> tuple[tuple[int, int, str], ...]:
    parts = number.split(".")
    return tuple((0, int(p), "") if p.isascii() and p.isdigit() and len(p) < 10 else (1, 0, p) for p in parts)


def _of_the_whole(before: Agreement, after: Agreement) -> Iterator[Change]:
    fields = tuple(_compared(_named("title", before.title), _named("title", after.title), before))
    if fields:
        yield Change(Kind.CHANGED, "", "title", None, None, fields)
    for subject, old, new in (
        ("area", before.area, after.area),
        ("ground", before.ground, after.ground),
        ("default", before.default, after.default),
    ):
        yield from _of_part("", subject, old, new)
    olds, news = ({s.name: s for s in agreement.signatories} for agreement in (before, after))
    for name in sorted(olds.keys() | news.keys()):
        yield from _of_part("", name, olds.get(name), news.get(name))


def _of_part(number: str, subject: str, before: Part | None, after: Part | None) -> Iterator[Change]:
    if before is None and after is not None:
        yield Change(Kind.ADDED, number, subject, None, after)
    elif before is not None and after is None:
        yield Change(Kind.REMOVED, number, subject, before, None)
    elif before is not None and after is not None:
        fields = tuple(_compared(leaves(before), leaves(after), before))
        if fields:  # the order of names decides nothing
            yield Change(Kind.CHANGED, number, subject, before, after, fields)


def _of_clauses(before: dict[tuple[str, str], Clause], after: dict[tuple[str, str], Clause]) -> Iterator[Change]:
    gone = {key: clause for key, clause in before.items() if key not in after}
    moved: dict[tuple[str, str], tuple[str, str]] = {}
    for key, clause in after.items():
        if key not in before:
            same = next((old for old in gone if old not in moved.values() and _alike(gone[old], clause)), None)
            if same is not None:
                moved[key] = same
    for key in sorted(before.keys() | after.keys(), key=lambda key: (_counted(key[0]), key[1])):
        if key in moved:
            yield Change(Kind.RENUMBERED, key[0], "", before[moved[key]], after[key])
        elif key not in moved.values():
            yield from _of_part(key[0], "", before.get(key), after.get(key))


def _alike(a: Clause, b: Clause) -> bool:
    """Return whether two clauses say the same under two numbers."""
    return type(a) is type(b) and leaves(a) == leaves(b)


def leaves(part: Part) -> dict[str, Leaf]:
    """Return each value of a clause by its path, without its number."""
    match part:
        case SeparationClause():
            return {"between": tuple(sorted(part.between)), **_minima("minima", part.minima)}
        case ZoneClause():
            of = {"zone": part.zone, "zone_kind": part.zone_kind, "class": part.class_}
            return {**of, **_minima("minima", part.minima)}
        case Zone():
            return _of_zone(part)
        case Minima():
            return _minima("minima", part)
        case LeadTime():
            return {"notice": part.notice, **{f"classes.{c.name}": c.least_ms for c in part.classes}}
        case Priority():
            return {**{f"ranks.{r.name}": r.rank for r in part.ranks}, "exempt": tuple(sorted(part.exempt))}
        case Answering():
            rungs = {f"rungs.{rung}": ms for rung, ms in zip(Rung, part.rung_ms, strict=True)}
            return {**rungs, "first": str(part.first)}
        case _:
            return _plain(part)


def _plain(part: Part) -> dict[str, Leaf]:
    """Return the fields of a struct that holds nothing but plain values and names."""
    found: dict[str, Leaf] = {}
    for field in part.__struct_fields__:
        value = getattr(part, field)
        if field in ("names", "texts"):
            found.update(_named(field, value))
        elif field not in ("number", "name") or (field == "name" and not isinstance(part, Signatory)):
            found[field] = "" if value is None else value
    return found


def _of_zone(zone: Zone) -> dict[str, Leaf]:
    found: dict[str, Leaf] = {"name": zone.name, "party": zone.party, **_named("names", zone.names)}
    found |= {"shape": zone.shape, "lower": zone.lower, "upper": zone.upper}
    found |= {f"schedules.{n}": schedule for n, schedule in enumerate(zone.schedules, 1)}
    for buffer in zone.buffers:
        found |= _minima(f"buffers.{buffer.class_}", buffer.minima)
        if buffer.number != zone.number:
            found[f"buffers.{buffer.class_}.number"] = buffer.number
    return found


def _named(field: str, names: Names) -> dict[str, Leaf]:
    return {f"{field}.{key}": text for key, text in names}


def _minima(path: str, minima: Minima) -> dict[str, Leaf]:
    return {f"{path}.{field}": getattr(minima, field) for field in minima.__struct_fields__}


def _compared(before: dict[str, Leaf], after: dict[str, Leaf], part: Part | Agreement) -> Iterator[FieldChange]:
    for path in dict.fromkeys([*before, *after]):
        old, new = before.get(path), after.get(path)
        if old != new or type(old) is not type(new):
            yield FieldChange(path, old, new, _stricter(path, old, new, part))


_GREATER_IS_STRICTER: Final = ("horizontal_mm", "vertical_e4", "time_ms")
_LESS_IS_STRICTER: Final[dict[type[object], tuple[str, ...]]] = {
    Budget: ("spends",),
    Largest: ("area_km2", "duration_ms"),
    Standing: ("expires_ms",),
    Hold: ("correct_ms",),
    Review: ("period_ms",),
}


def _stricter(path: str, before: Leaf | None, after: Leaf | None, part: Part | Agreement) -> bool | None:
    """Return whether a value asks more of the parties than the one before; None where that cannot be said."""
    if isinstance(before, Height) and isinstance(after, Height):
        if before.reference is not after.reference or before.e4 == after.e4:
            return None
        return after.e4 < before.e4 if path == "lower" else after.e4 > before.e4
    if not isinstance(before, int) or not isinstance(after, int) or isinstance(before, bool):
        return None
    leaf = path.rpartition(".")[2]
    if path.startswith("classes.") or (leaf in _GREATER_IS_STRICTER and path != leaf):
        return after > before
    if path.startswith("rungs.") or leaf in _LESS_IS_STRICTER.get(type(part), ()):
        return after < before
    if path == "window_ms":
        return after > before
    return None
