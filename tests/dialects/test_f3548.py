"""F3548-21 volumes: the standard's own rules, and request bodies that others wrote."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sazokar.dialects import f3548
from sazokar.dialects.reading import Reading
from sazokar.domain.plan.height import Height, Reference, Unit
from sazokar.domain.plan.shape import Circle, Polygon, Position
from sazokar.domain.plan.volume import Role
from sazokar.errors import LimitError, UnreadableError

VOLUME: dict[str, object] = {
    "volume": {
        "outline_circle": {"center": {"lng": -118.456, "lat": 34.123}, "radius": {"value": 300.183, "units": "M"}},
        "altitude_lower": {"value": 19.5, "reference": "W84", "units": "M"},
        "altitude_upper": {"value": 120, "reference": "W84", "units": "M"},
    },
    "time_start": {"value": "2026-01-14T18:00:00Z", "format": "RFC3339"},
    "time_end": {"value": "2026-01-14T18:30:00.5Z", "format": "RFC3339"},
}


def changed(path: str, value: object) -> dict[str, object]:
    """Return the volume with one member replaced, or taken away where the value is None."""
    one: dict[str, object] = copy.deepcopy(VOLUME)
    at: dict[str, object] = one
    *way, last = path.split("/")
    for step in way:
        at = at[step]  # type: ignore[assignment]  # the way leads through objects
    at[last] = value
    return one


def read(document: object) -> Reading:
    """Return the reading of a document."""
    return f3548.read(json.dumps(document).encode(), "skylane.json")


def test_a_volume_keeps_its_circle_its_band_and_its_last_instant() -> None:
    (one,) = read(VOLUME).volumes
    assert one.shape == Circle(Position(341_230_000, -1_184_560_000), 300_183)
    assert one.lower == Height(195_000, Unit.M, Reference.HAE)
    assert one.upper == Height(1_200_000, Unit.M, Reference.HAE)
    assert one.start_ms == 1_768_413_600_000
    assert one.end_ms == 1_768_413_600_000 + 1_800_500 + 1
    assert (one.party, one.role) == ("skylane", Role.OPERATION)


@pytest.mark.parametrize(
    "document",
    [
        [VOLUME, VOLUME],
        {"extents": [VOLUME, VOLUME], "state": "Accepted"},
        {"volumes": [VOLUME], "off_nominal_volumes": [VOLUME], "priority": 3},
        {"reference": {"id": "f1", "manager": "skylane"}, "details": {"volumes": [VOLUME, VOLUME]}},
        {"operational_intent": {"reference": {"id": "f1"}, "details": {"volumes": [VOLUME, VOLUME]}}},
        [{"reference": {"id": "f1"}, "details": {"volumes": [VOLUME, VOLUME]}}],
    ],
)
def test_volumes_are_found_wherever_the_standard_has_them(document: object) -> None:
    reading = read(document)
    assert not reading.unreadable
    assert [one.index for one in reading.volumes] == [0, 1]
    assert len({one.name for one in reading.volumes}) == 1


def test_reference_names_operation_and_party() -> None:
    document = {"reference": {"id": "f1", "manager": "kestrel"}, "details": {"volumes": [VOLUME], "priority": 7}}
    (one,) = read(document).volumes
    assert (one.name, one.priority) == ("kestrel/f1", 7)
    assert not read(document).warnings


def test_a_constraint_is_a_zone() -> None:
    standing = changed("time_start", None) | {"time_end": None}
    (one,) = read({"details": {"volumes": [standing], "type": "com.example.range"}}).volumes
    assert one.role is Role.ZONE


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("volume/altitude_lower/units", "FT", "volume.altitude_lower.units"),
        ("volume/altitude_lower/reference", "AGL", "volume.altitude_lower.reference"),
        ("volume/altitude_lower/value", -8001, "volume.altitude_lower"),
        ("volume/altitude_lower/value", 120, "lower and upper"),
        ("volume/outline_circle/radius/units", "KM", "volume.outline_circle.radius.units"),
        ("volume/outline_circle/radius/value", 0, "volume.outline_circle.radius"),
        ("volume/outline_circle/center/lat", 110.02, "volume.outline_circle.center"),
        ("volume/outline_circle/center/lat", "34", "volume.outline_circle.center.lat"),
        ("volume/outline_circle", None, "volume.outline_circle and volume.outline_polygon"),
        ("volume/outline_polygon", {"vertices": []}, "volume.outline_circle and volume.outline_polygon"),
        ("volume", None, "volume"),
        ("time_end/format", "RFC3330", "time_end.format"),
        ("time_end/value", "2026-01-14T18:30:00", "time_end"),
        ("time_end/value", "2026-01-14T17:30:00Z", "start and end"),
        ("time_end", None, "end"),
    ],
)
def test_fault_names_its_field_and_the_other_volumes_stand(path: str, value: object, field: str) -> None:
    reading = read({"extents": [changed(path, value), VOLUME]})
    (one,) = reading.unreadable
    assert (one.file, one.feature, one.field) == ("skylane.json", "extents[0]", field)
    assert len(reading.volumes) == 1


def test_a_member_named_twice_is_refused() -> None:
    text = json.dumps(VOLUME).replace('"altitude_upper"', '"altitude_upper": null, "altitude_upper"', 1)
    with pytest.raises(UnreadableError, match="altitude_upper"):
        f3548.read(text.encode(), "skylane.json")


def test_bodies_that_suppliers_are_tested_with(shared: Path) -> None:
    folder = shared / "data/f3548/interuss_prober_scd"

    def given_file(name: str) -> Reading:
        return f3548.read((folder / name).read_bytes(), name)

    first = given_file("op_request_1.json")
    assert not first.unreadable
    assert isinstance(first.volumes[0].shape, Polygon)
    assert len(given_file("op_404_version1.json").volumes) == 1
    both = given_file("op_bad_volume.json")
    assert both.unreadable[0].field == "volume.outline_circle and volume.outline_polygon"
    for name in ("op_bad_lat_lon_range.json", "op_bad_time_format.json", "op_end_time_past.json"):
        assert given_file(name).unreadable
        assert not given_file(name).volumes


@pytest.mark.parametrize("content", [b"", b"7", b"{", b"[]", b'{"extents":[]}', b"null", b"[" * 1000, b"\xff"])
def test_what_holds_no_volume_is_an_error_that_names_the_file(content: bytes) -> None:
    with pytest.raises((UnreadableError, LimitError), match=r"skylane\.json: found .*; expected "):
        f3548.read(content, "skylane.json")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*VOLUME, "volumes", "x"]), inner),
    max_leaves=8,
)


@given(_json)
def test_no_json_breaks_the_reader(document: object) -> None:
    with suppress(LimitError, UnreadableError):
        read(document)


@settings(max_examples=200)
@given(st.integers(0), st.binary(max_size=3), st.integers(0, 3))
def test_no_damaged_file_breaks_the_reader(place: int, put: bytes, cut: int) -> None:
    content = json.dumps({"reference": {"id": "f1"}, "details": {"volumes": [VOLUME], "priority": 1}}).encode()
    place %= len(content)
    with suppress(LimitError, UnreadableError):
        f3548.read(content[:place] + put + content[place + cut :], "skylane.json")
