"""What rings bound an area: judged against the validity cases of the JTS Topology Suite, and against real outlines."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from sazokar.domain.plan.shape import Polygon, Position
from sazokar.engine.ring import ANTIPODAL, CROSSING, HOLE_OUTSIDE, TOO_LARGE, edge_is_antipodal, ring_fault
from tests.engine.jts import Claim, claims
from tests.engine.judged import polygon_of, ring_of

TINY, SMALL = 1e-6, 1e-4
INTERIOR = "interior disconnected"
"""Faults of JTS that are none here: holes may touch their ring, so they may also cut its inside in two."""


def fault_of(polygon: Polygon) -> tuple[str, int, int] | None:
    found: tuple[str, int, int] | None = ring_fault([[(p.lat_e7, p.lon_e7) for p in ring] for ring in polygon.rings])
    return found


def judged(shared: Path, degree: float) -> list[tuple[Claim, Polygon]]:
    """Return the claims of validity that speak of one polygon that can be written in 1e-7 degree."""
    found = []
    for name in ("TestValid", "TestValid2"):
        for claim in claims(shared, name):
            coordinates = shapely.get_coordinates(claim.a)
            if not isinstance(claim.a, shapely.Polygon) or claim.a.is_empty:
                continue
            if not np.isfinite(coordinates).all() or np.abs(coordinates).max() * degree > 1:
                continue
            polygon = polygon_of(claim.a, degree)
            if min(len(ring) for ring in polygon.rings) >= 3:
                found.append((claim, polygon))
    return found


@pytest.mark.parametrize("degree", [TINY, SMALL])
def test_rings_that_jts_finds_valid_are_accepted(shared: Path, degree: float) -> None:
    valid = [(claim, polygon) for claim, polygon in judged(shared, degree) if claim.holds]
    assert len(valid) > 220
    refused = [(c.case, fault) for c, polygon in valid if (fault := fault_of(polygon)) is not None]
    assert refused == []


@pytest.mark.parametrize("degree", [TINY, SMALL])
def test_rings_that_jts_finds_invalid_are_refused(shared: Path, degree: float) -> None:
    invalid = [(claim, polygon) for claim, polygon in judged(shared, degree) if not claim.holds]
    assert len(invalid) > 25
    accepted = {c.case for c, polygon in invalid if INTERIOR not in c.case and fault_of(polygon) is None}
    assert accepted == set()


@pytest.mark.parametrize(
    "wkt, degree",
    [
        ("POLYGON ((0 60, 0 0, 60 0, 60 60, 0 60), (20 40, 20 20, 60 20, 20 40))", TINY),
        (
            "POLYGON ((20 200, 20 20, 240 20, 240 200, 20 200), (130 110, 60 40, 60 180, 130 110), "
            "(130 180, 130 40, 200 110, 130 180))",
            SMALL,
        ),
        (
            "POLYGON ((20 40, 20 200, 180 200, 180 120, 140 120, 180 119, 180 40, 20 40), "
            "(140 160, 80 120, 140 80, 140 160))",
            TINY,
        ),
    ],
    ids=["hole touches ring", "hole touches hole", "ring touches hole"],
)
def test_a_hole_may_touch_an_edge_at_a_point(wkt: str, degree: float) -> None:
    assert fault_of(polygon_of(shapely.from_wkt(wkt), degree)) is None


@pytest.mark.parametrize(
    "wkt",
    [
        "POLYGON ((0 140, 0 0, 180 0, 180 140, 0 140), (20 20, 160 20, 160 120, 20 120, 20 20), "
        "(40 100, 40 40, 140 40, 140 100, 40 100))",
        "POLYGON ((100 200, 200 200, 200 100, 100 100, 100 200), (120 180, 180 180, 180 120, 120 120, 120 180), "
        "(120 180, 180 180, 180 120, 120 120, 120 180))",
        "POLYGON ((20 180, 20 20, 140 20, 140 180, 20 180), (20 180, 20 20, 140 20, 140 180, 20 180))",
        "POLYGON ((40 260, 40 60, 120 60, 180 160, 240 60, 300 60, 300 260, 40 260), "
        "(180 160, 240 60, 120 60, 180 160))",
    ],
    ids=["hole in a hole", "the same hole twice", "hole that is the ring", "hole outside, touching the ring"],
)
def test_holes_that_lie_in_holes_or_outside_are_refused(wkt: str) -> None:
    assert fault_of(polygon_of(shapely.from_wkt(wkt), SMALL)) is not None


@pytest.mark.parametrize(
    "wkt",
    [
        "POLYGON ((110 140, 110 50, 60 50, 60 90, 160 190, 20 110, 20 20, 200 20, 110 140))",
        "POLYGON ((60 340, 60 100, 340 100, 340 280, 340 200, 340 340, 60 340))",
    ],
    ids=["vertex on a slanting edge", "spike along a meridian"],
)
def test_a_ring_that_touches_itself_in_the_middle_of_an_edge_is_refused(wkt: str) -> None:
    assert fault_of(polygon_of(shapely.from_wkt(wkt), SMALL)) is not None


BOW_TIE = [(0, 0), (10, 10), (10, 0), (0, 10)]


@pytest.mark.parametrize("start", range(4))
@pytest.mark.parametrize("lon", [0, 60, 175, -180])
@pytest.mark.parametrize("lat", [-89, -45, 0, 79])
def test_a_bow_tie_is_refused_anywhere_whatever_its_first_vertex(lat: int, lon: int, start: int) -> None:
    turned = BOW_TIE[start:] + BOW_TIE[:start]
    ring = ring_of([(lon + x * 0.1, lat + y * 0.1) for x, y in turned])
    fault = fault_of(Polygon((ring,)))
    assert fault is not None
    assert fault[0] == CROSSING
    edges = [(turned[k], turned[(k + 1) % 4]) for k in range(4)]
    crossing = [k for k, edge in enumerate(edges) if set(edge) in ({(0, 0), (10, 10)}, {(10, 0), (0, 10)})]
    assert fault[2] in crossing, "the place named is an edge that crosses another"


def test_what_reaches_round_half_the_earth_is_refused() -> None:
    equator = tuple(Position(0, lon * 10_000_000) for lon in (0, 90, 180, -90))
    band = tuple(Position(-10_000_000, lon * 10_000_000) for lon in (0, 90, 180, -90))
    for ring in (equator, band):
        fault = fault_of(Polygon((ring,)))
        assert fault is not None
        assert fault[0] in (TOO_LARGE, ANTIPODAL)


def test_a_cap_around_a_pole_is_accepted() -> None:
    for lat in (-80, -30, 30, 80, 89):
        ring = tuple(Position(lat * 10_000_000, lon * 10_000_000) for lon in range(-180, 180, 30))
        assert fault_of(Polygon((ring,))) is None


@pytest.mark.parametrize(
    "ends, antipodal",
    [
        ((0, 0, 0, 180), True),
        ((0, 0, 0, 178.9), False),
        ((0, 0, 0, 179.1), True),
        ((90, 0, -90, 77), True),
        ((45, 10, -45, -170), True),
        ((45, 10, -44, -170), True),
        ((45, 10, -43, -170), False),
    ],
)
def test_an_edge_within_a_degree_of_the_antipode_is_no_edge(ends: tuple[float, ...], antipodal: bool) -> None:
    assert edge_is_antipodal(*(round(x * 1e7) for x in ends)) is antipodal


def test_a_hole_beside_its_ring_is_refused_by_its_number() -> None:
    ring = ring_of([(0, 0), (4, 0), (4, 4), (0, 4)])
    inside = ring_of([(1, 1), (2, 1), (2, 2)])
    beside = ring_of([(6, 1), (7, 1), (7, 2)])
    assert fault_of(Polygon((ring, inside))) is None
    assert fault_of(Polygon((ring, inside, beside))) == (HOLE_OUTSIDE, 2, 0)


def outlines(shared: Path, path: str) -> list[tuple[str, shapely.Polygon]]:
    document = json.loads((shared / "data" / path).read_text(encoding="utf-8"))
    found = []
    for feature in document["features"]:
        geometry = shapely.geometry.shape(feature["geometry"])
        name = feature["properties"].get("name") or feature["properties"]["id"]
        parts = geometry.geoms if isinstance(geometry, shapely.MultiPolygon) else [geometry]
        found += [(str(name), part) for part in parts]
    return found


@pytest.mark.parametrize("path", ["geometry/countries.geojson", "airspace/fir/fir_middle_east.geojson"])
def test_real_outlines_are_accepted_where_they_are_valid_and_refused_where_not(shared: Path, path: str) -> None:
    given = outlines(shared, path)
    assert len(given) > 80
    for name, outline in given:
        west, _, east, _ = outline.bounds
        if east - west > 300:  # Antarctica: its ring runs along the edge of the map, over the pole
            continue
        written = polygon_of(outline)
        flat = [[(p.lon_e7, p.lat_e7) for p in ring] for ring in written.rings]
        fault, planar = fault_of(written), shapely.Polygon(flat[0], flat[1:])
        assert (fault is None) == planar.is_valid, f"{name}: {fault}, GEOS: {shapely.is_valid_reason(planar)}"
