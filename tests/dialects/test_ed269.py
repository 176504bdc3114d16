"""ED-269: the outside test set, and what is wrong with zones."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.dialects import ed269
from sazokar.dialects.reading import Reading
from sazokar.domain.plan.shape import Circle, Polygon, Position
from sazokar.domain.plan.volume import Role
from sazokar.errors import LimitError, UnreadableError

ZONE: dict[str, object] = {
    "identifier": "Z1",
    "restriction": "PROHIBITED",
    "applicability": [{"permanent": "YES"}],
    "geometry": [
        {
            "uomDimensions": "M",
            "lowerLimit": 0,
            "lowerVerticalReference": "AGL",
            "upperLimit": 120,
            "upperVerticalReference": "AGL",
            "horizontalProjection": {"type": "Circle", "center": [30.5, 34.6], "radius": 3000},
        }
    ],
}


def read(*zones: object) -> Reading:
    return ed269.read(json.dumps({"features": zones}).encode(), "CHARLIE.json")


def changed(path: str, value: object) -> dict[str, object]:
    """Return the zone with one field of it, or of its first volume (`geometry.…`), set to a value."""
    zone: dict[str, object] = json.loads(json.dumps(ZONE))
    *way, last = path.split(".")
    holder: dict[str, object] = zone
    for name in way:
        inner = holder[name]
        holder = inner[0] if isinstance(inner, list) else inner  # type: ignore[assignment]  # JSON of this file
    holder[last] = value
    return zone


@pytest.mark.requirement("SZK-44")
def test_the_outside_zones_are_all_read(shared: Path) -> None:
    file = shared / "data" / "airspace" / "ed269" / "test_eurocae_ed269.json"
    reading = ed269.read(file.read_bytes(), file.name)
    assert reading.unreadable == ()
    count = Counter(volume.operation for volume in reading.volumes)
    # 15 June 2022 to 15 June 2023 holds 52 Saturdays and 52 Sundays; the others have no schedule.
    merged = Counter({"Montreux Concert Area": 104})
    for zone in json.loads(file.read_text())["features"][1:]:
        merged[zone["identifier"]] += len(zone["geometry"])
    assert count == merged
    first = reading.volumes[0]
    assert first.shape == Circle(Position(464_307_580, 69_131_460), 3_000_000)
    assert (str(first.lower), str(first.upper), first.kind) == ("0 m AGL", "6,259 m AMSL", "PROHIBITED")
    assert {volume.role for volume in reading.volumes} == {Role.ZONE}
    assert [warning.code for warning in reading.warnings] == ["missing-party"]


def test_dimensions_in_feet_hold_for_the_radius_too() -> None:
    reading = read(changed("geometry.uomDimensions", "FT"))
    shape = reading.volumes[0].shape
    assert isinstance(shape, Circle) and shape.radius_mm == 914_400
    assert str(reading.volumes[0].upper) == "120 ft AGL"
    assert "radius-in-feet" in {warning.code for warning in reading.warnings}


def test_a_polygon_is_read_and_a_missing_limit_pointed_out() -> None:
    ring = [[30, 34], [31, 34], [31, 35], [30, 34]]
    zone = changed("geometry.horizontalProjection", {"type": "Polygon", "coordinates": [ring]})
    geometry = zone["geometry"]
    assert isinstance(geometry, list)
    del geometry[0]["upperLimit"]
    reading = read(zone)
    assert isinstance(reading.volumes[0].shape, Polygon)
    assert str(reading.volumes[0].upper) == "UNL"
    assert "missing-upper" in {warning.code for warning in reading.warnings}


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("identifier", None, "identifier"),
        ("identifier", 5, "identifier"),
        ("restriction", 5, "restriction"),
        ("geometry", [], "geometry"),
        ("geometry", None, "geometry"),
        ("geometry", [5], "geometry"),
        ("geometry.uomDimensions", "NM", "uomDimensions"),
        ("geometry.lowerLimit", "0", "lowerLimit"),
        ("geometry.lowerLimit", 500, "lower and upper"),
        ("geometry.lowerVerticalReference", "QNH", "lowerVerticalReference"),
        ("geometry.lowerVerticalReference", None, "lowerVerticalReference"),
        ("geometry.upperLimit", 1e9, "upperLimit"),
        ("geometry.upperLimit", True, "upperLimit"),
        ("geometry.horizontalProjection", None, "horizontalProjection"),
        ("geometry.horizontalProjection.type", "Ellipse", "horizontalProjection.type"),
        ("geometry.horizontalProjection.radius", 0, "horizontalProjection.radius"),
        ("geometry.horizontalProjection.radius", -1, "horizontalProjection.radius"),
        ("geometry.horizontalProjection.radius", 1e300, "horizontalProjection.radius"),
        ("geometry.horizontalProjection.center", [30.5], "horizontalProjection.center"),
        ("geometry.horizontalProjection.center", [30.5, 95], "latitude"),
        ("applicability", [{"startDateTime": "2026-01-14"}], "applicability.startDateTime"),
        ("applicability", 5, "applicability"),
    ],
)
def test_a_bad_zone_is_named_and_does_not_hide_the_others(path: str, value: object, field: str) -> None:
    reading = read(changed(path, value), ZONE)
    (fault,) = reading.unreadable
    assert (fault.file, fault.field) == ("CHARLIE.json", field)
    assert [(volume.operation, volume.index) for volume in reading.volumes] == [("Z1", 0)]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"features": 5}', b"null"])
def test_what_is_no_collection_says_so(content: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"f\.json: found"):
        ed269.read(content, "f.json")


def test_features_that_are_no_objects_are_refused_one_by_one() -> None:
    assert [fault.feature for fault in read(5, None, [], "x", ZONE).unreadable] == [f"feature {n}" for n in range(1, 5)]


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from(["M", "FT", "AGL", "Circle", "Polygon", "YES"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["type", "coordinates", "center", "radius", "schedule", "startDateTime"]), inner, max_size=3
        ),
    ),
    max_leaves=8,
)


@given(
    st.sampled_from(
        [
            "identifier",
            "applicability",
            "geometry",
            "geometry.lowerLimit",
            "geometry.uomDimensions",
            "geometry.upperVerticalReference",
            "geometry.horizontalProjection",
            "geometry.horizontalProjection.center",
            "geometry.horizontalProjection.radius",
        ]
    ),
    json_values,
)
def test_arbitrary_fields_never_crash_the_reader(path: str, value: object) -> None:
    ed269.read(msgspec.json.encode({"features": [changed(path, value)]}), "f.json")


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_crash_the_reader(content: bytes) -> None:
    with contextlib.suppress(UnreadableError, LimitError):
        ed269.read(content, "f.json")


@pytest.mark.requirement("SZK-16")
def test_a_zone_with_two_ceilings_under_one_name_is_refused_and_hides_no_other() -> None:
    text = json.dumps({"features": [ZONE, ZONE]}).encode()
    reading = ed269.read(text.replace(b'"upperLimit":', b'"upperLimit": 1, "upperLimit":', 1), "CHARLIE.json")
    (fault,) = reading.unreadable
    assert fault.feature.startswith("feature 1")
    assert fault.field == "upperLimit"
    assert "twice" in fault.found
    assert len(reading.volumes) == 1
