"""Areas that share a border to the last bit are apart; those that share any inside are not."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
import shapely

from sazokar.domain.plan.shape import Polygon, Position
from sazokar.domain.plan.volume import Volume
from tests.engine.judged import breach, polygon_of, shapes_of, space_of

SPAN_DEGREE = {"250 m": 0.0025, "5 km": 0.05, "100 km": 1.0}


def mesh(lat: float, lon: float, span: float, count: int, seed: int) -> list[Polygon]:
    """Return triangles that tile a square: of two that meet, what they share is the same to the last bit."""
    points = np.random.default_rng(seed).integers(0, round(span * 1e7), (count, 2)) / 1e7 + (lon, lat)
    tiles = shapely.delaunay_triangles(shapely.MultiPoint(points))
    return [polygon_of(tile) for tile in tiles.geoms]


def meeting(polygons: list[Polygon]) -> list[tuple[int, int]]:
    space = space_of(Volume(operation=str(n), party=str(n), shape=p) for n, p in enumerate(polygons))
    return [(int(a), int(b)) for a, b in space.pairs()]


@pytest.mark.requirement("SZK-30")
@pytest.mark.parametrize("span", SPAN_DEGREE)
def test_the_triangles_of_a_mesh_are_apart(span: str) -> None:
    for seed, (lat, lon) in enumerate([(0, 0), (35.5, 33.25), (-62, 179.5), (78, -40)]):
        assert meeting(mesh(lat, lon, SPAN_DEGREE[span], 30, seed)) == [], f"at {lat}, {lon}"


def test_two_triangles_that_share_an_edge_are_apart_in_either_order() -> None:
    east = shapes_of(shapely.from_wkt("POLYGON ((30 30, 20 20, 30 10, 30 30))"), 1e-4)
    north = shapes_of(shapely.from_wkt("POLYGON ((10 30, 30 30, 20 20, 10 30))"), 1e-4)
    assert not breach(east, north, 0.0)
    assert not breach(north, east, 0.0)


PLACES = [(lat, lon) for lat in (0, 35.5, -62, 78) for lon in (0, 33.25, 179.9)]


def board(lat: float, lon: float, by: int = 0) -> list[Polygon]:
    return [_square(lat, lon, x, y, 100_000, by) for x in range(3) for y in range(3)]


def test_squares_of_a_chessboard_are_apart() -> None:
    assert {place: pairs for place in PLACES if (pairs := meeting(board(*place)))} == {}


@pytest.mark.parametrize("place", PLACES)
def test_squares_that_overlap_by_centimetres_meet(place: tuple[float, float]) -> None:
    assert breach(board(*place)[4:5], board(*place, by=3)[4:5], 0.0)


def _square(lat: float, lon: float, x: int, y: int, size_e7: int, by: int = 0) -> Polygon:
    south, west = round(lat * 1e7) + y * size_e7 + by, round(lon * 1e7) + x * size_e7 + by
    corners = [(west, south), (west + size_e7, south), (west + size_e7, south + size_e7), (west, south + size_e7)]
    return Polygon((tuple(Position(b, (a + 1_800_000_000) % 3_600_000_000 - 1_800_000_000) for a, b in corners),))


def test_an_area_in_the_hole_of_another_is_apart_even_where_it_fills_it() -> None:
    ring, hole = _square(50, 8, 0, 0, 300_000).rings[0], _square(50, 8, 1, 1, 100_000).rings[0]
    holed, filling = Polygon((ring, hole)), Polygon((hole,))
    assert not breach([holed], [filling], 0.0)
    assert breach([Polygon((ring,))], [filling], 0.0)
    assert breach([holed], [_square(50, 8, 1, 1, 100_000, by=3)], 0.0)
    assert breach([holed], [holed], 0.0)


def test_neighbours_of_real_borders_are_apart(shared: Path) -> None:
    """Countries of the outlines whose common border both write with the same vertices."""
    text = (shared / "data/geometry/countries.geojson").read_text(encoding="utf-8")
    outlines = {f["properties"]["name"]: shapely.geometry.shape(f["geometry"]) for f in json.loads(text)["features"]}
    for one, other in NEIGHBOURS:
        assert not breach(shapes_of(outlines[one]), shapes_of(outlines[other]), 0.0), f"{one}, {other}"
        assert breach(shapes_of(outlines[one]), shapes_of(outlines[other]), 0.02), f"{one}, {other} do not touch"


NEIGHBOURS = [
    ("Lebanon", "Israel"),
    ("Switzerland", "Austria"),
    ("Belgium", "Luxembourg"),
    ("Togo", "Benin"),
    ("Rwanda", "Burundi"),
]


@pytest.mark.slow
def test_two_flight_information_regions_that_share_a_border_are_settled_within_a_second(shared: Path) -> None:
    text = (shared / "data/airspace/fir/fir_middle_east.geojson").read_text(encoding="utf-8")
    outlines = {f["properties"]["id"]: shapely.geometry.shape(f["geometry"]) for f in json.loads(text)["features"]}
    cairo, nicosia = shapes_of(outlines["HECC"]), shapes_of(outlines["LCCC"])
    begun = time.process_time()
    assert not breach(cairo, nicosia, 0.0)
    assert time.process_time() - begun < 1.0
