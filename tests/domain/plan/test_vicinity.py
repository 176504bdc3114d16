"""Two sites within 300 m are never missed, wherever they lie; what is plainly farther is not called near (SZK-17)."""

from __future__ import annotations

import ast
import inspect

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sazokar.domain.plan import vicinity
from sazokar.domain.plan.shape import Position
from sazokar.domain.plan.vicinity import GREATEST_NEIGHBOURS, cell_of, near, neighbours

pytestmark = pytest.mark.requirement("SZK-17")

EARTH: Geodesic = Geodesic.WGS84
LATITUDES = st.integers(-900_000_000, 900_000_000) | st.builds(
    lambda pole, off: pole * (900_000_000 - off), st.sampled_from((-1, 1)), st.integers(0, 500_000)
)
LONGITUDES = st.integers(-1_800_000_000, 1_800_000_000) | st.builds(
    lambda side, off: side * (1_800_000_000 - off), st.sampled_from((-1, 1)), st.integers(0, 500_000)
)
POSITIONS = st.builds(Position, LATITUDES, LONGITUDES)


def distance_m(a: Position, b: Position) -> float:
    length: float = EARTH.Inverse(a.lat_e7 / 1e7, a.lon_e7 / 1e7, b.lat_e7 / 1e7, b.lon_e7 / 1e7)["s12"]
    return length


def moved(position: Position, azimuth: float, length_m: float) -> Position:
    end = EARTH.Direct(position.lat, position.lon, azimuth, length_m)
    return Position(round(end["lat2"] * 1e7), round(end["lon2"] * 1e7))


@settings(max_examples=1_000, deadline=None)
@given(POSITIONS, st.floats(0, 360), st.floats(0, 600))
@example(Position(899_999_000, 0), 180.0, 299.0)
@example(Position(-900_000_000, 1_234), 12.0, 299.9)
@example(Position(0, 1_800_000_000), 90.0, 299.9)
@example(Position(899_800_000, -1_800_000_000), 270.0, 299.9)
def test_near_is_the_geodesic_to_the_centimetre_and_never_misses(a: Position, azimuth: float, length_m: float) -> None:
    b = moved(a, azimuth, length_m)
    truth = distance_m(a, b)
    if truth <= 300:
        assert near(a, b)
        assert near(b, a)
        assert cell_of(b) in neighbours(a)
        assert cell_of(a) in neighbours(b)
    if truth > 300.05:
        assert not near(a, b)
    assert near(a, b) == near(b, a)


@settings(max_examples=500, deadline=None)
@given(POSITIONS, POSITIONS)
def test_positions_far_apart_are_not_near(a: Position, b: Position) -> None:
    assert near(a, b) == (distance_m(a, b) <= 300) or abs(distance_m(a, b) - 300) < 0.05


@settings(max_examples=1_000)
@given(POSITIONS)
@example(Position(899_999_999, 0))
@example(Position(899_900_000, 0))
@example(Position(899_872_868, 0))
@example(Position(-899_900_001, 1_800_000_000))
def test_a_neighbourhood_is_bounded_holds_its_own_cell_and_names_none_twice(position: Position) -> None:
    cells = neighbours(position)
    assert len(cells) <= GREATEST_NEIGHBOURS
    assert cell_of(position) in cells
    assert len(set(cells)) == len(cells)


def test_no_latitude_has_more_neighbours_than_stated() -> None:
    for off in (*range(0, 300_000, 997), *range(0, 400_000_000, 999_983)):
        for sign in (-1, 1):
            assert len(neighbours(Position(sign * (900_000_000 - off), 5))) <= GREATEST_NEIGHBOURS


def test_the_two_names_of_the_antimeridian_are_one_cell() -> None:
    east, west = Position(345_000_000, 1_800_000_000), Position(345_000_000, -1_800_000_000)
    assert cell_of(east) == cell_of(west)
    assert near(east, west)


def test_sites_240_m_apart_are_near_and_360_m_are_not() -> None:
    clinic = Position(364_830_000, 381_000_000)
    assert near(clinic, moved(clinic, 37, 240))
    assert not near(clinic, moved(clinic, 37, 360))


def test_no_float_is_in_the_file() -> None:
    tree = ast.parse(inspect.getsource(vicinity))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, float)]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)]
