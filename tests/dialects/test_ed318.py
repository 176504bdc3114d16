"""ED-318: the outside examples, and what is wrong with zones."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.dialects import ed318
from sazokar.dialects.reading import Reading
from sazokar.domain.plan.height import Reference
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS, parse_instant
from sazokar.domain.plan.shape import Circle, MultiPolygon, Polygon, Position
from sazokar.errors import LimitError, UnreadableError

LAYER = {"upper": 150, "upperReference": "AGL", "lower": 50, "lowerReference": "AGL", "uom": "m"}
POINT = {"type": "Point", "coordinates": [30.5, 34.6], "extent": {"subType": "Circle", "radius": 3500}, "layer": LAYER}
RING = [[30, 34], [31, 34], [31, 35], [30, 34]]


def zone(geometry: object = POINT, **properties: object) -> dict[str, object]:
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {"identifier": "Z1", "type": "PROHIBITED"} | properties,
    }


def read(*zones: object, **more: object) -> Reading:
    return ed318.read(json.dumps({"type": "FeatureCollection", "features": zones} | more).encode(), "CHARLIE.json")


@pytest.mark.requirement("SZK-44")
def test_the_outside_examples_are_read(shared: Path) -> None:
    folder = shared / "data" / "airspace" / "ed318"
    count = {}
    for file in sorted(folder.glob("*.json")):
        reading = ed318.read(file.read_bytes(), file.name)
        assert reading.unreadable == ()
        count[file.name] = Counter((v.operation, str(v.lower), str(v.upper)) for v in reading.volumes)
    # 31 December 2018, 15:59:59 to a year later holds 365 afternoons and 52 Sundays, in each of two layers.
    layers = {("NFZ6547", "50 m AGL", "150 m AGL"): 417, ("NFZ6547", "0 m AGL", "50 m AGL"): 417}
    circle = {("ABC1234", "50 m AGL", "150 m AGL"): 1}
    assert count == {
        "Example_Collection.json": layers | circle,
        "Example_GeoZone_2_Layers.json": layers,
        "Example_GeoZone_Circle.json": circle,
    }


def test_an_outside_example_made_invalid_is_reported_and_its_zones_are_kept(shared: Path) -> None:
    document = json.loads((shared / "data" / "airspace" / "ed318" / "Example_GeoZone_2_Layers.json").read_text())
    document["metadata"]["validFrom"] = {"purposely": "no time"}
    document["features"][0]["properties"]["type"] = "REQ_AUTHORISATION"
    reading = ed318.read(json.dumps(document).encode(), "f.json")
    assert [(fault.feature, fault.field) for fault in reading.unreadable] == [("metadata", "validFrom")]
    assert len(reading.volumes) == 834
    assert "unknown-zone-type" in {warning.code for warning in reading.warnings}


def test_a_point_with_an_extent_is_a_circle_that_stands_always() -> None:
    (volume,) = read(zone()).volumes
    assert volume.shape == Circle(Position(346_000_000, 305_000_000), 3_500_000)
    assert (volume.start_ms, volume.end_ms, volume.kind) == (BEGINNING_MS, END_MS, "PROHIBITED")


def test_the_layers_of_a_collection_are_volumes_of_one_zone() -> None:
    high = {"type": "Polygon", "coordinates": [RING], "layer": LAYER | {"upperReference": "WGS84", "uom": "ft"}}
    many = {"type": "MultiPolygon", "coordinates": [[RING]], "layer": LAYER}
    reading = read(zone({"type": "GeometryCollection", "geometries": [POINT, high, many]}))
    assert [(type(v.shape), v.index) for v in reading.volumes] == [(Circle, 0), (Polygon, 1), (MultiPolygon, 2)]
    assert reading.volumes[1].upper.reference is Reference.HAE
    assert str(reading.volumes[1].lower) == "50 ft AGL"


def test_a_limited_period_may_stand_alone_or_in_a_list() -> None:
    period = {"startDateTime": "2026-01-14T00:00:00Z", "endDateTime": "2026-01-15T00:00:00Z"}
    for given_as in (period, [period]):
        (volume,) = read(zone(limitedApplicability=given_as)).volumes
        assert volume.start_ms == parse_instant("2026-01-14T00:00:00Z")


@pytest.mark.parametrize(
    ("geometry", "field"),
    [
        (None, "geometry"),
        ({"type": "Point", "coordinates": [1, 2], "layer": LAYER}, "geometry.extent"),
        ({k: v for k, v in POINT.items() if k != "layer"}, "geometry.layer"),
        (POINT | {"extent": {"subType": "Square", "radius": 5}}, "geometry.extent.subType"),
        (POINT | {"extent": {"subType": "Circle", "radius": 0}}, "geometry.extent.radius"),
        (POINT | {"extent": {"subType": "Circle"}}, "geometry.extent.radius"),
        (POINT | {"layer": LAYER | {"uom": "fathom"}}, "uom"),
        (POINT | {"layer": LAYER | {"lower": 151}}, "lower and upper"),
        (POINT | {"layer": LAYER | {"lowerReference": "FL"}}, "lowerReference"),
        ({"type": "LineString", "coordinates": [[1, 2], [3, 4]], "layer": LAYER}, "geometry.type"),
        ({"type": "GeometryCollection", "geometries": []}, "geometry.geometries"),
        ({"type": "GeometryCollection", "geometries": [POINT, 5]}, "geometry.geometries"),
        ({"type": "Polygon", "coordinates": [RING[:3]], "layer": LAYER}, "geometry.coordinates"),
        ({"type": "Polygon", "coordinates": [[*RING[:3], [0, 0]]], "layer": LAYER}, "geometry.coordinates"),
        ({"type": "Polygon", "coordinates": [], "layer": LAYER}, "geometry.coordinates"),
        (
            {"type": "Polygon", "coordinates": [[[30, 34], [31, "x"], [31, 35], [30, 34]]], "layer": LAYER},
            "geometry.coordinates",
        ),
    ],
)
def test_a_bad_zone_is_named_and_does_not_hide_the_others(geometry: object, field: str) -> None:
    reading = read(zone(geometry), zone())
    assert [(fault.feature, fault.field) for fault in reading.unreadable] == [("feature 1 (Z1)", field)]
    assert len(reading.volumes) == 1


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"features": {}}', b"5"])
def test_what_is_no_collection_says_so(content: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"f\.json: found"):
        ed318.read(content, "f.json")


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from(["m", "AGL", "Point", "Polygon", "GeometryCollection", "Circle"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["type", "coordinates", "extent", "layer", "geometries", "radius", "identifier"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=10,
)


@given(json_values, json_values, json_values, json_values)
def test_arbitrary_values_never_crash_the_reader(a: object, b: object, c: object, d: object) -> None:
    features = [
        a,
        zone(b),
        zone(POINT | {"layer": c, "coordinates": a}),
        zone(limitedApplicability=d),
        {"properties": c},
    ]
    document = {"features": features, "metadata": b if isinstance(b, dict) else {"issued": b}}
    assert isinstance(ed318.read(msgspec.json.encode(document), "f.json"), Reading)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_crash_the_reader(content: bytes) -> None:
    with contextlib.suppress(UnreadableError, LimitError):
        ed318.read(content, "f.json")


def test_a_number_beyond_all_numbers_hides_no_other_zone() -> None:
    text = json.dumps({"type": "FeatureCollection", "features": [zone(), zone()]})
    reading = ed318.read(text.replace('"radius": 3500', '"radius": 3e888800', 1).encode(), "CHARLIE.json")
    assert [fault.feature for fault in reading.unreadable] == ["feature 1"]
    assert len(reading.volumes) == 1
