"""Clauses are called contradictory just where a pair exists that no one of them may judge."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sazokar.domain.plan.rival_clauses import contradictions
from sazokar.domain.plan.rules import DEFAULT_MINIMA, Clause, RuleSet, SeparationClause, ZoneClause
from sazokar.domain.plan.shape import Circle, Position
from sazokar.domain.plan.volume import Role, Volume
from sazokar.errors import RulesError

pytestmark = pytest.mark.requirement("SZK-01")

CLASSES = ("any", "uav", "transport", "ship")
NAMES = ("", "box", "A/box", "B/box", "lane")
KINDS = ("", "corridor", "Restricted Area", "restricted-area")
SHAPE = Circle(Position(0, 0), 1_000)
OPERATIONS = [Volume(operation="o", party="C", shape=SHAPE, class_=class_) for class_ in (*CLASSES[1:], "other")]
ZONES = [
    Volume(operation=name, party=party, shape=SHAPE, role=Role.ZONE, kind=kind)
    for name, party, kind in product(("box", "lane", "pier"), ("A", "B"), ("corridor", "restricted-area", "line"))
]

separations = st.builds(
    SeparationClause,
    st.just("1"),
    st.tuples(st.sampled_from(CLASSES), st.sampled_from(CLASSES)),
    st.just(DEFAULT_MINIMA),
)
zone_clauses = st.builds(
    ZoneClause,
    st.just("1"),
    st.just(DEFAULT_MINIMA),
    st.sampled_from(NAMES),
    st.sampled_from(KINDS),
    st.sampled_from(CLASSES),
)


def is_undecided(rules: RuleSet) -> bool:
    """Return whether some pair of everything that there is finds two clauses with equal right."""
    for a, b in product([*OPERATIONS, *ZONES], OPERATIONS):
        try:
            rules.rule_for(a, b)
        except RulesError:
            return True
    return False


@settings(deadline=None)
@given(st.lists(st.one_of(separations, zone_clauses), max_size=5).map(tuple))
def test_clauses_contradict_each_other_just_where_a_pair_cannot_be_judged(clauses: tuple[Clause, ...]) -> None:
    found = list(contradictions(clauses))
    assert bool(found) == is_undecided(RuleSet(DEFAULT_MINIMA, clauses))
