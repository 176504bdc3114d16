"""What changed between two agreements is told clause by clause, and stricter or looser only where that is sure."""

from __future__ import annotations

import pytest

from sazokar.domain.agreement import Agreement
from sazokar.domain.agreement_diff import Change, Kind, diff, leaves
from sazokar.domain.plan.rules import Minima, SeparationClause
from tests.dialects.agreements import LINE, TOP, clause, read

pytestmark = pytest.mark.requirement("SZK-01")

UAV = clause("separation", 'between = ["uav", "transport"]\nhorizontal = "2NM"\nvertical = "1000ft"', "4.2")
REVIEW = clause("review", 'period = "90d"', "8.3")
LEAD = clause("lead-time", 'classes = { routine = "6h", urgent = "30min" }', "5.1")
CAY = clause("restricted-area", 'name = "Cay"\ncircle = { centre = "12N 42E", radius = "5km" }\nlower = "FL100"\n'
             'upper = "FL200"', "7.1")  # fmt: skip
EVERYTHING = LINE + UAV + REVIEW + LEAD + CAY


def changed(text: str, before: str, after: str) -> tuple[Change, ...]:
    """Return what one replacement in an agreement's clauses changes."""
    assert before in text
    return diff(read(text), read(text.replace(before, after, 1)))


def test_an_agreement_does_not_differ_from_itself() -> None:
    assert diff(read(EVERYTHING), read(EVERYTHING)) == ()


def test_the_order_of_clauses_and_of_names_is_no_change() -> None:
    assert diff(read(UAV, REVIEW), read(REVIEW, UAV)) == ()
    assert changed(UAV, '"uav", "transport"', '"transport", "uav"') == ()


def test_a_minimum_that_grew_is_stricter_and_what_stayed_is_not_told() -> None:
    (change,) = changed(EVERYTHING, '"2NM"', '"3NM"')
    assert (change.kind, change.number) == (Kind.CHANGED, "4.2")
    assert [(f.path, f.before, f.after, f.stricter) for f in change.fields] == [
        ("minima.horizontal_mm", 3_704_000, 5_556_000, True)
    ]


@pytest.mark.parametrize(
    ("before", "after", "path", "stricter"),
    [
        ('"2NM"', '"1NM"', "minima.horizontal_mm", False),
        ('routine = "6h"', 'routine = "8h"', "classes.routine", True),
        ('routine = "6h"', 'routine = "4h"', "classes.routine", False),
        ('"90d"', '"30d"', "period_ms", True),
        ('lower = "FL100"', 'lower = "FL050"', "lower", True),
        ('lower = "FL100"', 'lower = "2000 FT AMSL"', "lower", None),
        ('upper = "FL200"', 'upper = "FL180"', "upper", False),
        ('"40km"', '"50km"', "buffers.fixed-wing.horizontal_mm", True),
        ('radius = "5km"', 'radius = "6km"', "shape", None),
        ('"the northern line"', '"the ford"', "names.ALPHA", None),
        ("urgent", "hasty", "classes.urgent", None),
    ],
)
def test_each_value_is_compared_and_judged_where_it_can_be(
    before: str, after: str, path: str, *, stricter: bool | None
) -> None:
    (change,) = changed(EVERYTHING, before, after)
    found = {field.path: field.stricter for field in change.fields}
    assert path in found
    assert found[path] is stricter


def test_clauses_that_came_and_went_are_told() -> None:
    (added,) = diff(read(UAV), read(UAV, REVIEW))
    (removed,) = diff(read(UAV, REVIEW), read(UAV))
    assert (added.kind, added.number, added.before) == (Kind.ADDED, "8.3", None)
    assert (removed.kind, removed.number, removed.after) == (Kind.REMOVED, "8.3", None)


def test_a_clause_under_another_number_is_renumbered_not_removed_and_added() -> None:
    (change,) = changed(EVERYTHING, '"8.3"', '"8.10"')
    assert (change.kind, change.number) == (Kind.RENUMBERED, "8.10")
    assert change.before is not None
    (zone,) = changed(EVERYTHING, '"3.1"', '"3.7"')
    assert zone.kind is Kind.RENUMBERED


def test_a_number_that_now_bears_another_kind_is_a_removal_and_an_addition() -> None:
    other = clause("hold", 'correct = "5min"', "8.3")
    assert {change.kind for change in diff(read(REVIEW), read(other))} == {Kind.ADDED, Kind.REMOVED}


def test_clauses_are_told_in_the_order_in_which_people_count() -> None:
    numbers = ["4.10", "4.2", "10.1", "9"]
    texts = [clause("meaning", 'texts = { en = "x" }', number) for number in numbers]
    assert [change.number for change in diff(read(), read(*texts))] == ["4.2", "4.10", "9", "10.1"]


@pytest.mark.parametrize(
    ("before", "after", "subject"),
    [
        ('en = "Line Agreement"', 'en = "Ford Agreement"', "title"),
        ("west = 40", "west = 39", "area"),
        ("0m..500m", "0m..600m", "ground"),
        ('name = "BRAVO"', 'name = "BRAVO"\nnames = { fa = "براوو" }', "BRAVO"),
        ("[area]", '[default]\nhorizontal = "5NM"\n[area]', "default"),
    ],
)
def test_what_stands_outside_the_clauses_is_compared_too(before: str, after: str, subject: str) -> None:
    from sazokar.dialects import agreement

    (change,) = diff(agreement.read(TOP.encode(), "a"), agreement.read(TOP.replace(before, after, 1).encode(), "b"))
    assert (change.number, change.subject) == ("", subject)


def test_no_value_of_an_agreement_is_left_out_of_the_comparison() -> None:
    """Whatever differs between two clauses must show as a leaf: the leaves of two that differ, differ."""
    one = SeparationClause("1", ("a", "b"), Minima(1, 2, 3))
    for minima in (Minima(9, 2, 3), Minima(1, 9, 3), Minima(1, 2, 9)):
        assert leaves(SeparationClause("1", ("a", "b"), minima)) != leaves(one)
    assert isinstance(read(EVERYTHING), Agreement)
