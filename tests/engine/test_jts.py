"""The engine against the predicates of the JTS Topology Suite, laid at the crossing of equator and meridian.

There a figure of some metres is planar to less than a micrometre, so what is true in the plane is true on the Earth.
What no test of separation says is not asked: `contains` that is false, what speaks of boundaries and dimensions alone.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import shapely

from tests.engine.jts import Claim, claims
from tests.engine.judged import breach, shapes_of

TINY = 1e-6
"""Degrees per unit: figures of some 40 m, in which touching in the plane is touching on the Earth."""
SMALL = 1e-4
"""Degrees per unit: figures of some 4 km."""
METRES = (110_574.2, 111_319.5)
"""Length of a degree at the equator, along the meridian and along the equator (rounded down, rounded up)."""
BOUND_M = 0.02
MEETING = {"contains", "within", "overlaps", "crosses", "equalstopo"}
"""Predicates that, where true, say that insides meet."""
PREDICATES = {
    "TestRelateAA": 30,
    "TestOverlayAA": 11,
    "TestNGOverlayA": 19,
    "TestOverlayLA": 4,
    "TestRectanglePredicate": 43,
    "TestPreparedPolygonPredicate": 36,
    "TestPreparedPointPredicate": 3,
    "TestPreparedPredicatesWithGeometryCollection": 8,
    "TestRelateLA": 11,
    "TestRelateLL": 30,
    "TestRelatePA": 30,
    "TestRelatePL": 8,
    "TestRelatePP": 4,
}
"""How many claims of each file are judged at the least; the rest say nothing of separation."""


def expectation(claim: Claim) -> str:
    """Return what a claim says: `meet` (insides), `touch` (no more), `near` (either), `apart`, or nothing."""
    areas = claim.b is not None and shapely.get_dimensions(claim.a) == shapely.get_dimensions(claim.b) == 2
    match claim.operation.lower():
        case "relate" if claim.holds:
            matrix = claim.argument
            if matrix[0] != "F":
                return "meet"
            met = any(matrix[k] != "F" for k in (1, 3, 4))
            return ("touch" if areas else "near") if met else "apart"
        case "intersects":
            return "near" if claim.holds else "apart"
        case "disjoint":
            return "apart" if claim.holds else "near"
        case "touches" if claim.holds:
            return "touch" if areas else "near"
        case "covers" | "coveredby" if claim.holds:
            return "meet" if areas else "near"
        case name if name in MEETING and claim.holds:
            return "meet"
        case "intersection" | "intersectionng":
            return _expected_of(shapely.from_wkt(claim.result.upper()), areas)
    return ""


def _expected_of(shared: shapely.Geometry, areas: bool) -> str:
    """Return what the part that two geometries share says of them."""
    if shared.is_empty:
        return "apart"
    if not areas:
        return "near"
    return "meet" if shapely.get_dimensions(shared) == 2 else "touch"


def disagreement(claim: Claim, said: str, degree: float) -> str:
    """Return where the engine and a claim differ, in words, or nothing."""
    assert claim.b is not None
    a, b = shapes_of(claim.a, degree), shapes_of(claim.b, degree)
    areas = shapely.get_dimensions(claim.a) == shapely.get_dimensions(claim.b) == 2
    within = breach(a, b, 0.0)
    assert degree == SMALL or within == breach(b, a, 0.0), f"{claim.case}: the order decided"
    nearly = shapely.distance(claim.a, claim.b) * degree * METRES[0] < 1.25 * BOUND_M
    wrong = {
        "meet": not within,
        "touch": (within and degree == TINY) or not breach(a, b, BOUND_M),
        "near": not breach(a, b, BOUND_M),
        "apart": within and not nearly,
    }[said]
    return f"{claim.case}: {claim.operation} {claim.argument} says {said}, areas: {areas}" if wrong else ""


@pytest.mark.requirement("SZK-30")
@pytest.mark.parametrize("degree", [TINY, SMALL])
@pytest.mark.parametrize("name", PREDICATES)
def test_a_true_predicate_of_jts_is_a_conflict_or_none_as_it_says(shared: Path, name: str, degree: float) -> None:
    skipped: Counter[str] = Counter()
    wrong, judged = [], 0
    for claim in claims(shared, name):
        said = expectation(claim)
        if claim.b is None or claim.a.is_empty or claim.b.is_empty:
            skipped["one geometry only, or an empty one"] += 1
        elif not said:
            skipped[f"{claim.operation} {claim.result} says nothing of separation"] += 1
        else:
            judged += 1
            wrong.append(disagreement(claim, said, degree))
    assert [w for w in wrong if w] == []
    assert judged >= PREDICATES[name], f"only {judged} were judged; left out: {dict(skipped)}"


def distance_claims(shared: Path) -> list[tuple[Claim, float, bool]]:
    """Return claims of distance: (claim, units, whether nearer than that, or exactly that where `distance`)."""
    found = [(c, float(c.argument), c.holds) for c in claims(shared, "TestWithinDistance")]
    found += [(c, float(c.result), True) for c in claims(shared, "TestDistance")]
    return [(c, units, holds) for c, units, holds in found if c.b is not None and not (c.a.is_empty or c.b.is_empty)]


@pytest.mark.requirement("SZK-30")
def test_a_distance_of_jts_is_the_distance_at_which_conflicts_begin(shared: Path) -> None:
    given = distance_claims(shared)
    assert len(given) >= 40, "the files hold 54 claims, 8 of empty geometries"
    for claim, units, holds in given:
        assert claim.b is not None
        a, b = shapes_of(claim.a, SMALL), shapes_of(claim.b, SMALL)
        least, most = (units * SMALL * metres for metres in METRES)
        if holds:
            assert breach(a, b, most * 1.000001 + 0.001), f"{claim.case}: {units} units are not reached"
        if (not holds or claim.operation == "distance") and units > 0:
            assert not breach(a, b, least * 0.999999 - BOUND_M), f"{claim.case}: nearer than {units} units"
