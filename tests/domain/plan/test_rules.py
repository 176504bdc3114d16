"""Which clause speaks of a pair, and that grouping by clauses changes no verdict."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.domain.plan.judge import conflicts
from sazokar.domain.plan.rules import Clause, Minima, Rule, RuleSet, SeparationClause, ZoneClause
from sazokar.domain.plan.shape import Circle, Position
from sazokar.domain.plan.volume import Role, Volume
from sazokar.errors import RulesError

CLASSES = ("any", "uav", "transport", "helicopter")
ZONES = ("box-7", "box-8")


def volume(name: str, party: str, class_: str = "any", **other: object) -> Volume:
    return Volume(operation=name, party=party, class_=class_, shape=Circle(Position(0, 0), 1_000), **other)  # type: ignore[arg-type] # what each test gives


def minima(number: int) -> Minima:
    return Minima(number, 0, 0)


@pytest.mark.requirement("SZK-01")
def test_the_most_specific_clause_speaks_in_either_order() -> None:
    rules = RuleSet(
        clauses=(
            SeparationClause("1", ("any", "any"), minima(1)),
            SeparationClause("2", ("uav", "any"), minima(2)),
            SeparationClause("3", ("transport", "uav"), minima(3)),
        )
    )
    uav, transport, other = volume("a", "A", "uav"), volume("b", "B", "transport"), volume("c", "C", "helicopter")
    assert rules.rule_for(uav, transport) == rules.rule_for(transport, uav) == Rule("3", minima(3))
    assert rules.rule_for(uav, other) == Rule("2", minima(2))
    assert rules.rule_for(transport, other) == Rule("1", minima(1))


def test_two_equally_specific_clauses_are_refused_by_number() -> None:
    rules = RuleSet(clauses=tuple(SeparationClause(n, ("uav", "any"), minima(1)) for n in ("4.1", "4.2")))
    with pytest.raises(RulesError, match=r"4\.1 and 4\.2"):
        conflicts([volume("a", "A", "uav"), volume("b", "B")], rules)


def clauses() -> st.SearchStrategy[Clause]:
    separation = st.builds(
        SeparationClause,
        st.uuids().map(str),
        st.tuples(*(st.sampled_from(CLASSES),) * 2),
        st.builds(minima, st.integers(0, 9)),
    )
    zone = st.builds(
        ZoneClause,
        st.uuids().map(str),
        st.builds(minima, st.integers(0, 9)),
        zone=st.sampled_from(("", *ZONES)),
        zone_kind=st.sampled_from(("", "protected-site")),
        class_=st.sampled_from(CLASSES),
    )
    return st.one_of(separation, zone)


def volumes() -> st.SearchStrategy[Volume]:
    return st.builds(
        volume,
        st.sampled_from((*ZONES, "one")),
        st.sampled_from("AB"),
        st.sampled_from((*CLASSES, "balloon")),
        role=st.sampled_from(Role),
        kind=st.sampled_from(("", "protected-site", "live-fire")),
    )


def rule_of(rules: RuleSet, a: Volume, b: Volume) -> object:
    try:
        return rules.rule_for(a, b)
    except RulesError:
        return "refused"


@given(st.lists(clauses(), max_size=6), volumes(), volumes(), volumes())
def test_volumes_of_one_likeness_are_judged_alike(
    given_clauses: list[Clause], a: Volume, b: Volume, other: Volume
) -> None:
    rules = RuleSet(clauses=tuple(given_clauses))
    if rules.likeness(a) == rules.likeness(b):
        assert rule_of(rules, a, other) == rule_of(rules, b, other)


def test_thousands_of_named_zones_under_clauses_take_no_longer_than_others() -> None:
    zones = [
        Volume(operation=f"zone-{n}", party="Z", role=Role.ZONE, shape=Circle(Position(n * 1000, 0), 1_000_000))
        for n in range(4_000)
    ]
    rules = RuleSet(clauses=(ZoneClause("1", minima(5), zone="zone-7"), ZoneClause("2", minima(4))))
    began = time.process_time()
    found = conflicts([*zones, volume("one", "A")], rules)
    assert time.process_time() - began < 10
    assert {c.rule.clause for c in found if c.a.operation == "zone-7" or c.b.operation == "zone-7"} == {"1"}
