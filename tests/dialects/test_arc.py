"""Arcs: containment and the stated excess, against direct geodesic solutions of another library."""

from __future__ import annotations

import itertools
import math

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon

from sazokar.dialects.arc import Arc, Piece, circle_outline, ring_of
from sazokar.domain.plan.shape import Position

EARTH = Geodesic.WGS84


def away(origin: Position, bearing: float, metres: float) -> Position:
    """Return a position by the oracle, to the nearest 1e-7 degree."""
    line = EARTH.Direct(origin.lat, origin.lon, bearing, metres)
    return Position(round(line["lat2"] * 1e7), round(line["lon2"] * 1e7))


def edge_distances(centre: Position, ring: tuple[Position, ...]) -> list[float]:
    """Return the distances from a centre to points sampled along the edges of a ring, by the oracle."""
    found = []
    for here, there in zip(ring, ring[1:] + ring[:1], strict=True):
        line = EARTH.InverseLine(here.lat, here.lon, there.lat, there.lon)
        for part in range(8):
            at = line.Position(line.s13 * part / 8)
            found.append(EARTH.Inverse(centre.lat, centre.lon, at["lat2"], at["lon2"])["s12"])
    return found


def excess_bound(radius_m: float) -> float:
    """The excess that the module states, for filed points that are rounded from a radius."""
    return max(0.05, 9.52e-6 * radius_m) * 1.01 + 0.03 + 0.008


centres = st.builds(Position, st.integers(-860_000_000, 860_000_000), st.integers(-1_800_000_000, 1_800_000_000))


@settings(max_examples=25, deadline=None)
@given(centres, st.floats(20, 900_000))
def test_an_outline_contains_its_circle_and_exceeds_it_by_no_more_than_stated(centre: Position, radius: float) -> None:
    distances = edge_distances(centre, circle_outline(centre, radius))
    assert min(distances) >= radius
    assert max(distances) <= radius + excess_bound(radius)


@settings(max_examples=40, deadline=None)
@given(centres, st.floats(100, 200_000), st.floats(0, 360), st.floats(20, 340), st.booleans())
def test_a_convex_arc_lies_outside_and_a_concave_one_inside_the_true_arc(
    centre: Position, radius: float, first: float, sweep: float, convex: bool
) -> None:
    """A pie and its complement within a ring around it: the same arc, once with the inside on the centre's side."""
    last = first + sweep
    start, end = away(centre, first, radius), away(centre, last, radius)
    arc = Arc(centre, start, end, clockwise=True)
    if convex:
        pieces: list[Piece] = [centre, arc]
    else:
        pieces = [arc, away(centre, last, 2 * radius)]
        pieces += [away(centre, first + sweep * part / 8, 2 * radius) for part in range(7, 0, -1)]
        pieces.append(away(centre, first, 2 * radius))
    ring = ring_of(pieces)
    on_arc = [index for index, p in enumerate(ring) if abs(edge(centre, p) - radius) <= excess_bound(radius)]
    along = ring[min(on_arc) : max(on_arc) + 1]
    assert along[0] == start and along[-1] == end
    for here, there in itertools.pairwise(along):
        line = EARTH.InverseLine(here.lat, here.lon, there.lat, there.lon)
        for part in range(1, 8):
            at = line.Position(line.s13 * part / 8)
            metres = EARTH.Inverse(centre.lat, centre.lon, at["lat2"], at["lon2"])["s12"]
            if convex:
                assert radius - 0.01 <= metres <= radius + excess_bound(radius)
            else:
                assert radius - excess_bound(radius) <= metres <= radius + 0.01


def edge(centre: Position, point: Position) -> float:
    return float(EARTH.Inverse(centre.lat, centre.lon, point.lat, point.lon)["s12"])


@pytest.mark.parametrize("clockwise", [True, False])
def test_the_way_of_an_arc_decides_its_sweep(clockwise: bool) -> None:
    centre = Position(500_000_000, 100_000_000)
    north, east = away(centre, 0, 10_000), away(centre, 90, 10_000)
    ring = ring_of([centre, Arc(centre, north, east, clockwise)])
    area = Polygon([(p.lon * math.cos(math.radians(50)), p.lat) for p in ring]).area * (111_200 / 1000) ** 2
    turn = 100 * math.pi
    assert area == pytest.approx(turn / 4 if clockwise else turn * 3 / 4, rel=0.01)


def test_radii_that_differ_are_bridged_evenly_and_contained() -> None:
    centre = Position(0, 0)
    start, end = away(centre, 90, 10_000), away(centre, 0, 10_300)
    ring = ring_of([centre, Arc(centre, start, end, clockwise=False)])
    shape = Polygon([(p.lon, p.lat) for p in ring])
    assert start in ring and end in ring
    for part in range(1, 1000):
        bearing = 90 - 90 * part / 1000
        true = EARTH.Direct(0, 0, bearing, 10_000 + 300 * part / 1000)
        assert shape.covers(Point(true["lon2"], true["lat2"]))


def test_an_arc_across_the_antimeridian_is_the_same_arc_moved() -> None:
    def ring_at(lon_e7: int) -> tuple[Position, ...]:
        centre = Position(100_000_000, lon_e7)
        return ring_of([Arc(centre, away(centre, 0, 50_000), away(centre, 180, 50_000), clockwise=True)])

    here, there = ring_at(0), ring_at(1_799_999_000)
    assert len(here) == len(there)
    for a, b in zip(here, there, strict=True):
        assert abs(a.lat_e7 - b.lat_e7) <= 1
        assert abs((a.lon_e7 + 1_799_999_000 - b.lon_e7 + 1_800_000_000) % 3_600_000_000 - 1_800_000_000) <= 1
