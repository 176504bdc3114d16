"""Shapes that cannot be judged are refused, with ring and vertex named."""

from __future__ import annotations

import pytest
from hypothesis import given

from sazokar.domain.plan.judge import conflicts
from sazokar.domain.plan.shape import (
    GREATEST_RADIUS_MM,
    GREATEST_VERTICES,
    Circle,
    Corridor,
    Movement,
    MultiPolygon,
    Polygon,
    Position,
    Rectangle,
    Shape,
)
from sazokar.domain.plan.validity import validate_shape
from sazokar.domain.plan.volume import Volume
from sazokar.errors import ShapeError
from tests.dialects.shapes import shapes

A, B, C = Position(0, 0), Position(0, 10_000_000), Position(10_000_000, 10_000_000)
BEYOND = Position(900_000_001, 0)
TRIANGLE = (A, B, C)


@given(shapes)
def test_what_lies_on_the_earth_passes(shape: Shape) -> None:
    validate_shape(shape)


@pytest.mark.parametrize(
    "shape",
    [
        Circle(Position(900_000_000, 1_800_000_000), 1),
        Circle(A, GREATEST_RADIUS_MM),
        Corridor((A, B), 0),
        Movement((A, A), (0, 1), 0),
        Rectangle(1_700_000_000, -1, -1_700_000_000, 1),
        Rectangle(-1_800_000_000, -900_000_000, 1_800_000_000, 900_000_000),
    ],
)
def test_what_lies_on_the_limit_passes(shape: Shape) -> None:
    validate_shape(shape)


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        (Circle(BEYOND, 1), "latitude 90.0000001"),
        (Circle(Position(0, -1_800_000_001), 1), "longitude -180.0000001"),
        (Circle(A, 0), "radius of 0.0 m"),
        (Circle(A, GREATEST_RADIUS_MM + 1), "radius of"),
        (Corridor((A,), 1), "1 vertex in the line"),
        (Corridor((A, BEYOND), 1), "vertex 2"),
        (Corridor((A, B), -1), "half-width"),
        (Corridor((A, B) * (GREATEST_VERTICES // 2 + 1), 1), "100,002 vertices"),
        (Movement((A, B), (0,), 1), "1 times for 2 vertices"),
        (Movement((A, B, C), (0, 5, 5), 1), "time 3"),
        (Movement((A, B), (5, 0), 1), "time 2"),
        (Movement((A, B), (0, 10**18), 1), "outside the years"),
        (Movement((A, B), (0, 1), 1, (5,), 1), "1 altitudes for 2 vertices"),
        (Movement((A, B), (0, 1), 1, (5, 6), -1), "half-height"),
        (Polygon(()), "no ring"),
        (Polygon(((A, B),)), "2 vertices in the outer ring"),
        (Polygon((TRIANGLE, (A, B))), "2 vertices in hole 1"),
        (Polygon((TRIANGLE, (A, B, BEYOND))), "hole 1, vertex 3"),
        (MultiPolygon(()), "no polygons"),
        (MultiPolygon((Polygon((TRIANGLE,)), Polygon(((A,),)))), "polygon 2, the outer ring"),
        (Rectangle(0, 5, 5, 5), "south"),
        (Rectangle(5, 0, 5, 5), "west and east"),
        (Rectangle(0, -900_000_001, 5, 5), "latitude"),
    ],
)
def test_fault_says_where(shape: Shape, found: str) -> None:
    with pytest.raises(ShapeError) as raised:
        validate_shape(shape)
    assert found in raised.value.found


def test_fault_of_a_ring_names_ring_vertex_and_position(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sazokar.domain.plan.validity.ring_fault", lambda rings: ("self-intersection", 1, 2))
    with pytest.raises(ShapeError, match=r"self-intersection at hole 1, vertex 3 \(1\.0000000, 1\.0000000\)"):
        validate_shape(Polygon((TRIANGLE, TRIANGLE)))


def test_edge_whose_way_is_not_determined_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sazokar.domain.plan.validity.edge_is_antipodal", lambda *ends: ends == (0, 0, 0, 10_000_000))
    with pytest.raises(ShapeError, match="vertices 2 and 3 on nearly opposite sides"):
        validate_shape(Corridor((C, A, B), 1))
    with pytest.raises(ShapeError, match="vertices 1 and 2 on nearly opposite sides"):
        validate_shape(Movement((A, B), (0, 1), 1))


@pytest.mark.parametrize(
    "volume, said",
    [
        (Volume(operation="x", party="A", shape=Circle(Position(10_000_000_000, 0), 1)), "A/x, volume 0: latitude"),
        (Volume(operation="x", party="A", shape=Polygon(())), "no ring"),
        (Volume(operation="x", party="A", shape=Circle(Position(0, 0), 1), start_ms=5, end_ms=5), "a window from"),
        (
            Volume(
                operation="x",
                party="A",
                shape=Movement((Position(0, 0), Position(1, 1)), (1_000, 2_000), 0),
                start_ms=0,
                end_ms=9_000,
            ),
            "a movement from",
        ),
    ],
    ids=["off the Earth", "no ring", "empty window", "another window than its times"],
)
def test_the_library_refuses_what_no_dialect_would_have_read(volume: Volume, said: str) -> None:
    with pytest.raises(ShapeError, match=said):
        conflicts([volume])
