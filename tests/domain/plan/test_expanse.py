"""Areas from above: exact where they claim to be, and never told smaller than they are."""

from __future__ import annotations

from itertools import pairwise
from math import pi

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from sazokar.domain.plan.expanse import area_m2, is_surely_within
from sazokar.domain.plan.shape import Circle, Corridor, MultiPolygon, Polygon, Position, Rectangle

pytestmark = pytest.mark.requirement("SZK-19")

EARTH: Geodesic = Geodesic.WGS84
WHOLE_M2: float = EARTH.Polygon().area0


def karney_m2(points: list[tuple[float, float]]) -> float:
    """Return the area of a ring by Karney's own implementation, of the smaller side."""
    polygon = EARTH.Polygon()
    for lat, lon in points:
        polygon.AddPoint(lat, lon)
    _, _, area = polygon.Compute(False, True)
    inside: float = min(abs(area), WHOLE_M2 - abs(area))
    return inside


def at(lat: float, lon: float) -> Position:
    return Position(round(lat * 1e7), round(lon * 1e7))


def test_the_whole_earth_between_two_poles_is_its_known_area() -> None:
    whole = Rectangle(-1_800_000_000, -900_000_000, 1_800_000_000, 900_000_000)
    assert area_m2([whole]) == pytest.approx(WHOLE_M2, rel=1e-12)


def test_a_rectangle_is_bounded_by_parallels() -> None:
    # Many vertices along its parallels make Karney's polygon of geodesics the rectangle.
    steps = [n / 200 for n in range(2_001)]
    ring = [(50.0, 8 + step) for step in steps] + [(60.0, 18 - step) for step in steps]
    assert area_m2([Rectangle(80_000_000, 500_000_000, 180_000_000, 600_000_000)]) == pytest.approx(
        karney_m2(ring), rel=1e-7
    )


def test_a_rectangle_across_the_antimeridian_is_its_short_width() -> None:
    across = Rectangle(1_790_000_000, 0, -1_790_000_000, 10_000_000)
    beside = Rectangle(0, 0, 20_000_000, 10_000_000)
    assert area_m2([across]) == pytest.approx(area_m2([beside]))


def test_a_polygon_is_exact_whatever_its_winding_and_less_its_holes() -> None:
    outer = [(50.0, 8.0), (50.0, 9.0), (51.0, 9.0), (51.0, 8.0)]
    hole = [(50.4, 8.4), (50.4, 8.6), (50.6, 8.6)]
    rings = tuple(tuple(at(*point) for point in ring) for ring in (outer, hole))
    expected = karney_m2(outer) - karney_m2(hole)
    assert area_m2([Polygon(rings)]) == pytest.approx(expected, rel=1e-9)
    assert area_m2([Polygon((rings[0][::-1], rings[1][::-1]))]) == pytest.approx(expected, rel=1e-9)
    assert area_m2([MultiPolygon((Polygon(rings[:1]), Polygon(rings[1:])))]) == pytest.approx(
        karney_m2(outer) + karney_m2(hole), rel=1e-9
    )


def test_a_ring_around_the_pole_holds_the_cap() -> None:
    ring = [(80.0, lon) for lon in (0.0, 90.0, 180.0, -90.0)]
    for turned in (ring, ring[::-1]):
        polygon = Polygon((tuple(at(*point) for point in turned),))
        assert area_m2([polygon]) == pytest.approx(karney_m2(ring), rel=1e-9)


def test_a_corridor_is_its_length_times_its_width_and_two_half_circles() -> None:
    line = (at(50, 8), at(51, 9))
    length = EARTH.Inverse(50, 8, 51, 9)["s12"]
    assert area_m2([Corridor(line, 1_000_000)]) == pytest.approx(2_000 * length + pi * 1e6, rel=1e-9)


def test_the_same_shape_twice_counts_once() -> None:
    disc = Circle(at(50, 8), 1_000_000)
    assert area_m2([disc, disc]) == area_m2([disc])
    assert area_m2([disc, Circle(at(50, 9), 1_000_000)]) == 2 * area_m2([disc])


DEGREES = st.tuples(st.floats(-89, 89), st.floats(-180, 180))


@settings(max_examples=200, deadline=None)
@given(st.lists(DEGREES, min_size=2, max_size=5), st.integers(0, 100_000_000))
def test_what_is_surely_within_a_limit_is_within_it(points: list[tuple[float, float]], half_width_mm: int) -> None:
    line = tuple(at(*point) for point in points)
    length = sum(EARTH.Inverse(a.lat, a.lon, b.lat, b.lon)["s12"] for a, b in pairwise(line))
    truth = length * 2 * half_width_mm / 1000
    assert not is_surely_within([Corridor(line, half_width_mm)], truth * 0.999_999 - 1)


@settings(max_examples=200, deadline=None)
@given(DEGREES, st.floats(0.001, 20), st.lists(st.floats(0.05, 1), min_size=3, max_size=9))
def test_the_bound_of_a_polygon_is_never_below_its_area(
    middle: tuple[float, float], size: float, spokes: list[float]
) -> None:
    ring = []
    for number, spoke in enumerate(spokes):
        end = EARTH.Direct(*middle, 360 * number / len(spokes), spoke * size * 111_000)
        ring.append(at(end["lat2"], end["lon2"]))
    truth = karney_m2([(vertex.lat, vertex.lon) for vertex in ring])
    assert not is_surely_within([Polygon((tuple(ring),))], truth * 0.999_999 - 1)
    assert area_m2([Polygon((tuple(ring),))]) == pytest.approx(truth, rel=1e-6, abs=1)


def test_a_small_box_is_told_to_be_within_without_more() -> None:
    box = Polygon(((at(50, 8), at(50, 8.01), at(50.01, 8.01), at(50.01, 8)),))  # 0.8 km²
    assert is_surely_within([box], 3e6)
    assert not is_surely_within([box], 0.5e6)
