"""Clauses that contradict each other: two that would speak of one pair with equal right, told before any is judged.

Judges no pair (`rules` does) and reads no file; each contradiction is a value that the caller raises or collects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from sazokar.domain.plan.rules import Clause, SeparationClause, ZoneClause
from sazokar.domain.plan.volume import ANY_CLASS, kind_key
from sazokar.errors import RulesError


def contradictions(clauses: Sequence[Clause]) -> Iterator[RulesError]:
    """Give every pair of clauses of which neither is more specific for a pair that both speak of, as `rules` counts."""
    pairs = {frozenset(clause.between) for clause in clauses if isinstance(clause, SeparationClause)}
    for a, b in combinations(clauses, 2):
        if isinstance(a, SeparationClause) and isinstance(b, SeparationClause):
            fault = _of_separations(a, b, pairs)
        elif isinstance(a, ZoneClause) and isinstance(b, ZoneClause) and _same_zone(a, b):
            fault = RulesError(f"{_both(a, b)}, both of the same zones and class", "one clause for each pair")
        else:
            fault = None
        if fault is not None:
            yield fault


def _both(a: Clause, b: Clause) -> str:
    return f"clauses {a.number} and {b.number}"


def _of_separations(a: SeparationClause, b: SeparationClause, pairs: set[frozenset[str]]) -> RulesError | None:
    first, second = frozenset(a.between), frozenset(b.between)
    if first == second:
        return RulesError(f"{_both(a, b)}, both between {' and '.join(a.between)}", "one clause for each pair")
    if ANY_CLASS in first and ANY_CLASS in second and len(first) == len(second) == 2:
        both = (first | second) - {ANY_CLASS}
        if both not in pairs:
            names = " and ".join(sorted(both))
            expected = f"a clause between {names} too, as both speak of that pair with equal right"
            return RulesError(f"{_both(a, b)}, each between one class and any", expected)
    return None


def _same_zone(a: ZoneClause, b: ZoneClause) -> bool:
    names = {a.zone, b.zone}
    shorter, longer = sorted(names, key=len)[0], sorted(names, key=len)[-1]
    same_name = shorter == longer or ("" not in names and longer.endswith(f"/{shorter}"))
    return same_name and kind_key(a.zone_kind) == kind_key(b.zone_kind) and a.class_ == b.class_
