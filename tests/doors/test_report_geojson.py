"""The GeoJSON report: any map must be able to draw it."""

from __future__ import annotations

import json

import msgspec
import pytest
import shapely
from shapely.geometry import shape as geometry_of

from sazokar.domain.plan.shape import Circle, Corridor, Polygon, Rectangle, Shape
from sazokar.doors import report_geojson
from sazokar.doors.presented import present
from tests.doors.reports import BOX, HOSTILE_NAMES, REPORT, hostile, place

SEAMS = [
    Rectangle(1_790_000_000, 0, -1_790_000_000, 10_000_000),
    Circle(place(-17, 179.9), 50_000_000),
    Circle(place(89.5, 10), 200_000_000),
    Circle(place(-90, 0), 200_000_000),
    Corridor((place(10, 179), place(12, -178)), 0),
    Corridor((place(10, 179), place(12, -178)), 9_000_000),
    Polygon(
        (
            (place(0, 178), place(0, -178), place(4, -178), place(4, 178)),
            (place(1, 179), place(1, -179), place(2, -179), place(2, 179)),
        )
    ),
]


@pytest.mark.parametrize("shape", SEAMS)
def test_no_geometry_leaves_the_map_or_crosses_its_seam(shape: Shape) -> None:
    report = msgspec.structs.replace(REPORT, volumes=(msgspec.structs.replace(BOX, shape=shape),), conflicts=())
    (feature,) = json.loads(report_geojson.render(present(report)))["features"]
    drawn = geometry_of(feature["geometry"])
    assert drawn.is_valid
    west, south, east, north = drawn.bounds
    assert (west, south) >= (-180, -90)
    assert (east, north) <= (180, 90)
    for part in shapely.get_parts(drawn):
        assert part.bounds[2] - part.bounds[0] <= 180 or north > 85 or south < -85


def test_hole_over_the_seam_stays_a_hole() -> None:
    report = msgspec.structs.replace(REPORT, volumes=(msgspec.structs.replace(BOX, shape=SEAMS[-1]),), conflicts=())
    (feature,) = json.loads(report_geojson.render(present(report)))["features"]
    drawn = geometry_of(feature["geometry"])
    assert drawn.contains(shapely.Point(179, 3))
    assert not drawn.contains(shapely.Point(179.5, 1.5))
    assert not drawn.contains(shapely.Point(-179.5, 1.5))


def test_conflicts_and_volumes_are_features_and_the_rest_is_a_member() -> None:
    written = json.loads(report_geojson.render(present(REPORT)))
    records = [feature["properties"]["record"] for feature in written["features"]]
    assert (records.count("conflict"), records.count("volume")) == (3, 6)
    assert written["sazokar"]["verdict"].startswith("3 conflicts")
    assert written["sazokar"]["banner"]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_leave_it_readable(name: str) -> None:
    assert json.loads(report_geojson.render(present(hostile(name))))["type"] == "FeatureCollection"
