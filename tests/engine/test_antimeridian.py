"""Shapes across the antimeridian and over the poles, against outlines that others split there.

The expected outlines have straight edges in longitude and latitude, ours are geodesics: probes stand off their edges by
more than the two can differ.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from sazokar.domain.plan.judge import record_of
from sazokar.domain.plan.shape import Circle, MultiPolygon, Polygon, Position
from sazokar.domain.plan.volume import Volume
from sazokar.engine.ring import TOO_LARGE
from sazokar.testing import oracle
from tests.engine.crowd import moved, position
from tests.engine.judged import shapes_of, space_of
from tests.engine.test_ring import fault_of

SPLIT = [
    "almost-180", "complex-split", "cw-only", "cw-split", "issues-164", "issues-174", "issues-201",
    "multi-no-antimeridian", "multi-split", "one-hole", "over-180", "point-on-antimeridian", "simple", "south-pole",
    "split", "two-holes",
]  # fmt: skip
TOO_LARGE_ONES = ["issues-124", "overlap"]
"""Rings that wind about half the Earth: no plane through its middle has all of one on one side."""
GREATEST_SPAN = 60.0
"""Degrees of longitude; an edge of more is a different edge on a map than on the Earth."""


def geometry(shared: Path, path: str) -> shapely.Geometry:
    document = json.loads((shared / "data/geometry/antimeridian" / path).read_text(encoding="utf-8"))
    return shapely.geometry.shape(document.get("geometry", document))


def polygons(shared: Path, name: str) -> list[Polygon]:
    """Return the polygons of an input: those that are areas."""
    found: list[Polygon] = []
    for shape in shapes_of(geometry(shared, f"input/{name}.json")):
        if isinstance(shape, MultiPolygon):
            found += shape.polygons
        elif isinstance(shape, Polygon):
            found.append(shape)
    return found


def holds(shape: Polygon | MultiPolygon, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which of the points (longitude, latitude) the engine finds in a shape, each asked by itself."""
    space = space_of([Volume(operation="area", party="A", shape=shape)])
    found = []
    for number, (lon, lat) in enumerate(points):
        probe = Volume(operation=str(number), party="B", shape=Circle(position(lat, lon), 0))
        found.append(bool(space.breaches_of(record_of(probe, 1, number + 1, 0))))
    return np.array(found)


def probes(shape: MultiPolygon) -> NDArray[np.float64]:
    """Return points all over the Earth, and more of them around a shape."""
    ring = [p for polygon in shape.polygons for p in polygon.rings[0]]
    lat = np.array([p.lat for p in ring])
    lon = np.unwrap([p.lon for p in ring], period=360)
    coarse = np.stack(np.meshgrid(np.arange(-179.7, 180, 20), np.arange(-88.3, 90, 12.5)), axis=-1).reshape(-1, 2)
    x, y = np.linspace(lon.min() - 2.1, lon.max() + 2.3, 24), np.linspace(lat.min() - 2.2, lat.max() + 2.4, 20)
    fine = np.stack(np.meshgrid(x, np.clip(y, -89.9, 89.9)), axis=-1).reshape(-1, 2)
    points = np.concatenate((coarse, fine))
    points[:, 0] = (points[:, 0] + 180) % 360 - 180
    return points


@pytest.mark.requirement("SZK-30")
@pytest.mark.parametrize("name", SPLIT)
def test_a_point_is_inside_where_the_split_outline_says_so(shared: Path, name: str) -> None:
    shape = MultiPolygon(tuple(polygons(shared, name)))
    if not shape.polygons:
        pytest.skip("holds no area")
    assert [fault for polygon in shape.polygons if (fault := fault_of(polygon))] == []
    expected = geometry(shared, f"output/flat/{name}.json")
    span, steep = _widest(shape)
    if span > GREATEST_SPAN:
        pytest.skip(f"an edge spans {span:.0f} degrees of longitude: no edge of a map")
    stand_off = 0.05 + np.degrees(np.radians(span) ** 2 * steep / 8) * 1.3
    points = probes(shape)
    outline = shapely.boundary(expected)
    clear = shapely.distance(outline, shapely.points(points)) > stand_off
    assert clear.sum() > 100
    inside = shapely.contains_xy(expected, *points[clear].T)
    assert (inside == holds(shape, points[clear])).all()


def _widest(shape: MultiPolygon) -> tuple[float, float]:
    """Return the greatest span of longitude of an edge, degrees, and the greatest sin(2 lat) / 2."""
    spans, steep = [0.0], [0.0]
    for polygon in shape.polygons:
        for ring in polygon.rings:
            lon = np.array([p.lon for p in (*ring, ring[0])])
            spans += np.abs((np.diff(lon) + 180) % 360 - 180).tolist()
            steep += [abs(float(np.sin(2 * np.radians(p.lat)))) / 2 for p in ring]
    return max(spans), max(steep) + 0.05


@pytest.mark.parametrize("name", SPLIT)
def test_a_point_is_inside_where_geodesic_edges_hold_it(shared: Path, name: str) -> None:
    for polygon in polygons(shared, name):
        points = probes(MultiPolygon((polygon,)))
        inside = oracle.contains(polygon, points)
        near = np.zeros(len(points), bool)
        for step in ((0.02, 0.0), (-0.02, 0.0), (0.0, 0.02), (0.0, -0.02)):
            aside = np.clip(points + np.array(step), (-360, -90), (360, 90))
            near |= oracle.contains(polygon, aside) != inside
        assert (inside[~near] == holds(polygon, points[~near])).all()


@pytest.mark.parametrize("name", SPLIT)
@pytest.mark.parametrize("by_e7", [1_800_000_000, 777_777_777, -1_450_000_001])
def test_a_shape_turned_about_the_axis_holds_the_same_points_turned(shared: Path, name: str, by_e7: int) -> None:
    shape = MultiPolygon(tuple(polygons(shared, name)))
    if not shape.polygons:
        pytest.skip("holds no area")
    turned = moved(shape, by_e7, False)
    assert isinstance(turned, MultiPolygon)
    if any(fault_of(polygon) for polygon in turned.polygons):
        pytest.skip("refused when turned: the test of that is below")
    points = probes(shape)[::3]
    away = points + np.array((by_e7 / 1e7, 0))
    assert (holds(shape, points) == holds(turned, away)).all()


@pytest.mark.parametrize("name", TOO_LARGE_ONES)
def test_rings_about_half_the_earth_are_refused(shared: Path, name: str) -> None:
    (polygon,) = polygons(shared, name)
    fault = fault_of(polygon)
    assert fault is not None
    assert fault[0] == TOO_LARGE


def test_a_shape_turned_about_the_axis_is_accepted_or_refused_alike(shared: Path) -> None:
    (polygon,) = polygons(shared, "issues-164")
    turned = moved(polygon, -450_000_001, False)
    assert isinstance(turned, Polygon)
    assert fault_of(polygon) == fault_of(turned)


def test_a_ring_that_runs_back_along_the_antimeridian_is_refused(shared: Path) -> None:
    (band,) = polygons(shared, "latitude-band")
    assert fault_of(band) is not None


def test_a_cap_holds_its_pole_and_nothing_of_the_other() -> None:
    for lat, pole in ((-80, -90), (80, 90), (20, 90)):
        ring = tuple(Position(lat * 10_000_000, lon * 10_000_000) for lon in (-180, -90, 0, 90))
        cap = Polygon((ring,))
        found = holds(cap, np.array([(0.0, pole), (123.0, pole), (77.0, pole * 0.99), (0.0, -pole), (5.0, 0.0)]))
        assert found.tolist() == [True, True, True, False, False]
