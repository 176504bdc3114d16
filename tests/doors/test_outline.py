"""Outlines, against geodesics of an independent implementation."""

from __future__ import annotations

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic

from sazokar.domain.plan.shape import Circle, Corridor, Movement, MultiPolygon, Polygon, Rectangle
from sazokar.doors.outline import outline, path_between, place_at
from tests.doors.reports import place


@pytest.mark.parametrize("centre", [(34.8, -30.1), (0, 180), (89.99, 12), (-77, -179.99)])
def test_every_point_of_a_circle_lies_at_its_radius(centre: tuple[float, float]) -> None:
    (rings,) = outline(Circle(place(*centre), 25_000_000)).polygons
    for lon, lat in rings[0]:
        assert Geodesic.WGS84.Inverse(*centre, lat, lon)["s12"] == pytest.approx(25_000, abs=0.01)


@pytest.mark.parametrize("line", [((10, 179.5), (11, -179.4), (10.5, -179)), ((88, 0), (88, 170)), ((0, 0), (40, 60))])
def test_border_of_a_corridor_lies_at_its_half_width(line: tuple[tuple[float, float], ...]) -> None:
    drawn = outline(Corridor(tuple(place(*point) for point in line), 5_000_000))
    for lon, lat in drawn.polygons[0][0][::7]:
        nearest = min(Geodesic.WGS84.Inverse(lat, lon, b, a)["s12"] for a, b in drawn.path)
        assert 4_900 <= nearest <= 13_600  # sqrt(5² + 12.5²) km: half way between two points of the drawn path


def test_holes_and_parts_are_kept() -> None:
    outer = (place(0, 0), place(0, 3), place(3, 3), place(3, 0))
    hole = (place(1, 1), place(1, 2), place(2, 2))
    drawn = outline(MultiPolygon((Polygon((outer, hole)), Polygon((hole,)))))
    assert [len(rings) for rings in drawn.polygons] == [2, 1]


def test_rectangle_over_the_antimeridian_is_as_wide_as_it_says() -> None:
    (rings,) = outline(Rectangle(1_790_000_000, 0, -1_790_000_000, 10_000_000)).polygons
    assert float(np.ptp(rings[0][:, 0])) == pytest.approx(2)


def test_what_moves_is_where_its_times_say() -> None:
    movement = Movement((place(0, 0), place(0, 2), place(0, 2), place(1, 2)), (0, 1000, 2000, 4000), 0)
    assert place_at(movement, 500) == pytest.approx((1, 0), abs=1e-9)
    assert place_at(movement, 1500) == pytest.approx((2, 0), abs=1e-9)
    assert place_at(movement, -1) == (0, 0)
    assert place_at(movement, 9000) == (2, 1)
    assert path_between(movement, 500, 4000)[0] == pytest.approx((1, 0), abs=1e-9)


def test_a_line_without_width_has_a_path_alone() -> None:
    drawn = outline(Corridor((place(0, 0), place(0, 1)), 0))
    assert drawn.polygons == ()
    assert len(drawn.path) > 2
