"""The rules that a verdict rests on: separation minima by class pair, zone rules, and what holds where none speaks.

Reads no file: `dialects.rules` turns RULES.toml into these values. Decides no conflict: `conflict` does.
"""

from __future__ import annotations

from typing import Final

import msgspec

from sazokar.domain.plan.quantity import NAUTICAL_MILE_MM
from sazokar.domain.plan.shape import GREATEST_RADIUS_MM
from sazokar.domain.plan.volume import ANY_CLASS, Role, Volume, kind_key
from sazokar.errors import RulesError

GREATEST_TIME_MS: Final = 366 * 86_400_000
"""A time margin is at most 366 days."""
GREATEST_VERTICAL_E4: Final = 1_000_000_000
"""A vertical minimum is at most 100 km."""


class Minima(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Separation minima; either the horizontal or the vertical one suffices (SZK-30).

    Args:
        horizontal_mm: Least permitted horizontal distance, mm. 0: the insides must not meet.
        vertical_e4: Least permitted vertical gap, 1e-4 m. 0: the bands must not overlap.
        time_ms: Time margin: instants of the two less than this apart are judged as if they were one.
    """

    horizontal_mm: int
    vertical_e4: int
    time_ms: int


DEFAULT_MINIMA: Final = Minima(10 * NAUTICAL_MILE_MM, 2_000 * 3048, 60_000)
"""10 NM or 2,000 ft, with a margin of 60 s: what `check` judges by where no one says otherwise."""
ZONE_MINIMA: Final = Minima(0, 0, 0)
"""A zone's minimum is 0 unless ruled: what lies in it, or crosses it, conflicts with it."""
DEFAULT_CLAUSE: Final = "default"
ZONE_CLAUSE: Final = "default zone"


class SeparationClause(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Minima between operations of two classes, in either order.

    Args:
        number: The clause's number, as verdicts cite it.
        between: The two classes; `any` matches every class.
        minima: What must be kept.
    """

    number: str
    between: tuple[str, str]
    minima: Minima


class ZoneClause(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Minima between zones and operations of one class.

    Args:
        number: The clause's number, as verdicts cite it.
        minima: What must be kept.
        zone: Name of the zone (`box-7`, or `ALPHA/box-7`); empty: every zone.
        zone_kind: Kind of the zone; empty: every kind.
        class_: Class of the operation; `any` matches every class.
    """

    number: str
    minima: Minima
    zone: str = ""
    zone_kind: str = ""
    class_: str = ANY_CLASS


Clause = SeparationClause | ZoneClause


class Rule(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What was applied to one pair: the clause that a verdict cites, and its minima."""

    clause: str
    minima: Minima


class RuleSet(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """All that pairs are judged by. The most specific clause speaks; where two are equally specific, none may.

    Args:
        default: Minima between operations for which no clause speaks.
        clauses: The clauses, in the order of the document.
    """

    default: Minima = DEFAULT_MINIMA
    clauses: tuple[Clause, ...] = ()

    def likeness(self, volume: Volume) -> tuple[object, ...]:
        """Return what two volumes must have in common to be judged alike by every clause, whatever the other one is.

        Of an operation, its class where any clause names it; of a zone, the clauses that speak of zones like it.
        """
        if volume.role is Role.ZONE:
            return volume.role, self.zone_clauses_about(volume), volume.tolerance_ms
        named = any(
            volume.class_ in (clause.between if isinstance(clause, SeparationClause) else (clause.class_,))
            for clause in self.clauses
        )
        return volume.role, volume.class_ if named else None, volume.tolerance_ms

    def zone_clauses_about(self, zone: Volume) -> tuple[int, ...]:
        """Return the numbers, from 0, of the clauses that speak of a zone, of whatever class the other one is."""
        return tuple(
            number
            for number, clause in enumerate(self.clauses)
            if isinstance(clause, ZoneClause)
            and clause.zone in ("", zone.operation, zone.name)
            and kind_key(clause.zone_kind) in ("", kind_key(zone.kind))
        )

    def rule_for(self, a: Volume, b: Volume) -> Rule | None:
        """Return the rule that two volumes are judged by, or None: zones never conflict with zones.

        The time margin is the clause's and, on top, the tolerances of both.

        Raises:
            RulesError: Two equally specific clauses speak of the pair.
        """
        if a.role is Role.ZONE and b.role is Role.ZONE:
            return None
        if a.role is Role.ZONE or b.role is Role.ZONE:
            zone, other = (a, b) if a.role is Role.ZONE else (b, a)
            found = [(s, c) for c in self.clauses if isinstance(c, ZoneClause) and (s := _zone_match(c, zone, other))]
            return _with_tolerance(_most_specific(found, Rule(ZONE_CLAUSE, ZONE_MINIMA)), a, b)
        pairs = [
            (s, c)
            for c in self.clauses
            if isinstance(c, SeparationClause) and (s := _separation_match(c, a.class_, b.class_))
        ]
        return _with_tolerance(_most_specific(pairs, Rule(DEFAULT_CLAUSE, self.default)), a, b)


def _with_tolerance(rule: Rule, a: Volume, b: Volume) -> Rule:
    tolerance_ms = a.tolerance_ms + b.tolerance_ms
    if not tolerance_ms:
        return rule
    return Rule(rule.clause, msgspec.structs.replace(rule.minima, time_ms=rule.minima.time_ms + tolerance_ms))


def _separation_match(clause: SeparationClause, a: str, b: str) -> int:
    """Return how specifically a clause speaks of two classes: 0 not at all, 1 of any, up to 3 of both by name."""
    orders = ((clause.between[0], clause.between[1]), (clause.between[1], clause.between[0]))
    return max(
        (1 + (x != ANY_CLASS) + (y != ANY_CLASS) for x, y in orders if x in (ANY_CLASS, a) and y in (ANY_CLASS, b)),
        default=0,
    )


def _zone_match(clause: ZoneClause, zone: Volume, other: Volume) -> int:
    """Return how specifically a clause speaks of a zone and an operation: the zone's name outweighs all else."""
    if clause.zone not in ("", zone.operation, zone.name) or kind_key(clause.zone_kind) not in (
        "",
        kind_key(zone.kind),
    ):
        return 0
    if clause.class_ not in (ANY_CLASS, other.class_):
        return 0
    return 1 + 4 * (clause.zone != "") + 2 * (clause.zone_kind != "") + (clause.class_ != ANY_CLASS)


def _most_specific(found: list[tuple[int, SeparationClause]] | list[tuple[int, ZoneClause]], otherwise: Rule) -> Rule:
    if not found:
        return otherwise
    best = max(specific for specific, _ in found)
    spoken = [clause for specific, clause in found if specific == best]
    if len(spoken) > 1:
        numbers = " and ".join(clause.number for clause in spoken)
        raise RulesError(f"clauses {numbers}, equally specific for one pair", "one clause for each pair")
    return Rule(spoken[0].number, spoken[0].minima)


def validate_minima(minima: Minima, place: str) -> None:
    """Pass where minima are within the stated limits.

    Raises:
        RulesError: One is negative or too large; `place` says where it stands.
    """
    bounds = (
        ("horizontal", minima.horizontal_mm, GREATEST_RADIUS_MM, "0 to 1,000 km"),
        ("vertical", minima.vertical_e4, GREATEST_VERTICAL_E4, "0 to 100 km"),
        ("time", minima.time_ms, GREATEST_TIME_MS, "0 to 366 days"),
    )
    for name, value, greatest, expected in bounds:
        if not 0 <= value <= greatest:
            raise RulesError(f"{place}: {name} = {value}", f"{name} within {expected}")
