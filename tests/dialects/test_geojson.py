"""The GeoJSON profile: nothing lost in a round trip, and every fault with its place."""

from __future__ import annotations

import json
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sazokar.dialects import detect, geojson
from sazokar.dialects.document import records_of
from sazokar.dialects.reading import Reading
from sazokar.domain.plan.height import SURFACE, UNLIMITED, Height, Reference, Unit, parse_height
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS
from sazokar.domain.plan.shape import Circle, Corridor, Movement, Polygon, Position
from sazokar.domain.plan.volume import Role, Volume
from sazokar.errors import FieldError, LimitError, MeaningError, UnreadableError
from tests.dialects.shapes import volumes

WINDOW = {"start": "2026-01-14T18:00:00Z", "end": "2026-01-14T19:00:00Z"}
SQUARE = {"type": "Polygon", "coordinates": [[[30, 34], [31, 34], [31, 35], [30, 35], [30, 34]]]}
LINE = {"type": "LineString", "coordinates": [[30, 34], [31, 35]]}
POINT = {"type": "Point", "coordinates": [30.5, 34.25]}
TIMES = ["2026-01-14T18:00:00Z", "2026-01-14T18:30:00Z"]


def feature(geometry: object = SQUARE, **properties: object) -> dict[str, object]:
    """Return a feature that is right but for what is given."""
    terms: dict[str, object] = {"operation": "box-7", "party": "ALPHA", "lower": "SFC", "upper": "UNL", **WINDOW}
    given = {name: value for name, value in (terms | properties).items() if value != "absent"}
    return {"type": "Feature", "geometry": geometry, "properties": given}


def read(*features: object, file: str = "plans/ALPHA.geojson") -> Reading:
    """Return the reading of a collection."""
    return geojson.read(json.dumps({"type": "FeatureCollection", "features": features}).encode(), file)


def volume(geometry: object = SQUARE, **properties: object) -> Volume:
    """Return the one volume of a feature."""
    reading = read(feature(geometry, **properties))
    assert not reading.unreadable, reading.unreadable
    return reading.volumes[0]


def fault(geometry: object = SQUARE, **properties: object) -> tuple[str, str, str]:
    """Return field, found and expected of the one fault of a feature."""
    reading = read(feature(geometry, **properties))
    assert not reading.volumes
    (one,) = reading.unreadable
    assert one.file == "plans/ALPHA.geojson"
    assert one.feature.startswith("feature 1")
    return one.field, one.found, one.expected


def codes(reading: Reading) -> list[str]:
    """Return the kinds of warning."""
    return [warning.code for warning in reading.warnings]


@given(st.lists(volumes(), max_size=4))
def test_what_is_written_is_read_back_as_it_was(written: list[Volume]) -> None:
    numbered, seen = [], dict[tuple[str, str], int]()
    for one in written:
        key = (one.party, one.operation)
        numbered.append(msgspec.structs.replace(one, index=seen.get(key, 0)))
        seen[key] = seen.get(key, 0) + 1
    reading = geojson.read(geojson.write(numbered), "x.geojson")
    assert not reading.unreadable
    assert not reading.warnings
    assert [msgspec.structs.replace(one, source=None) for one in reading.volumes] == numbered


@given(volumes())
def test_what_is_written_keeps_to_the_schema(written: Volume) -> None:
    SCHEMA.validate(json.loads(geojson.write([written])))


SCHEMA = jsonschema.Draft202012Validator(
    json.loads(files("sazokar").joinpath("data", "geojson-profile-1.schema.json").read_text("utf-8"))
)

_heights = st.sampled_from(
    [
        "SFC",
        "FL180",
        "5000 FT AMSL",
        "fl 90",
        "12 parsecs",
        7,
        None,
        {"value": 1, "unit": "M", "reference": "AGL"},
        {"value": 1, "unit": "M"},
        {"value": 1, "unit": "M", "reference": "MOON"},
        {"value": 9, "unit": "FL", "reference": "AMSL"},
        {"value": 9, "unit": "FL", "reference": "STD"},
    ]
)
_anything: st.SearchStrategy[object] = st.sampled_from(
    [None, "absent", 0, -1, 2.5, "x", True, [], {}, ["2026-01-14T18:00:00Z"], TIMES, [1, 2]]
)


@settings(max_examples=400)
@given(
    geometry=st.sampled_from(
        [
            SQUARE,
            LINE,
            POINT,
            {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"]]},
            {"type": "Point", "coordinates": [200, 0]},
            {"type": "Point", "coordinates": [0]},
            {"type": "GeometryCollection", "geometries": []},
            None,
        ]
    ),
    lower=_heights,
    properties=st.fixed_dictionaries(
        {},
        optional={
            "radius_m": _anything,
            "half_width_m": _anything,
            "times": _anything,
            "altitudes": _anything,
            "half_height_m": _anything,
            "role": st.sampled_from(["zone", "operation", "both", None]),
            "priority": _anything,
            "operation": _anything,
            "start": st.sampled_from(["absent", "2026-01-14T18:00:00", "2026-01-14T18:00:00+03:30", None]),
        },
    ),
)
def test_reader_takes_nothing_that_the_schema_forbids(
    geometry: object, lower: object, properties: dict[str, object]
) -> None:
    one = feature(geometry, lower=lower, **properties)
    read_well = not read(one).unreadable
    assert SCHEMA.is_valid(one) or not read_well
    # What a schema cannot say: an order, a sum, or a length that another list gives.
    beyond = ("before", "strictly", "altitudes within", "same instant", "one altitude per", "one time per", "below")
    if SCHEMA.is_valid(one) and not read_well:
        assert any(word in read(one).unreadable[0].expected for word in beyond)


def test_circle_is_a_point_with_its_radius_rounded_up_to_a_millimetre() -> None:
    assert volume(POINT, radius_m=300.1834).shape == Circle(Position(342_500_000, 305_000_000), 300_184)
    assert volume(POINT, radius_m=1.1).shape == Circle(Position(342_500_000, 305_000_000), 1_100)


def test_positions_are_rounded_to_the_nearest_step() -> None:
    shape = volume({"type": "Point", "coordinates": [0.12345678, -0.00000006]}, radius_m=1).shape
    assert isinstance(shape, Circle)
    assert shape.centre == Position(-1, 1_234_568)


def test_corridor_drops_repeated_vertices_and_a_movement_keeps_its_halt() -> None:
    line = {"type": "LineString", "coordinates": [[30, 34], [30, 34], [31, 35]]}
    corridor = volume(line, half_width_m=5).shape
    assert isinstance(corridor, Corridor)
    assert len(corridor.line) == 2
    times = [*TIMES, "2026-01-14T19:00:00Z"]
    moving = volume(line, half_width_m=5, times=times, start="absent", end="absent").shape
    assert isinstance(moving, Movement)
    assert len(moving.line) == 3


def test_movement_brings_its_own_window_and_band() -> None:
    lower = {"value": 1000, "unit": "FT", "reference": "AMSL"}
    one = volume(
        LINE,
        half_width_m=0,
        times=TIMES,
        start="absent",
        end="absent",
        lower=lower,
        upper="absent",
        altitudes=[1000, 2000],
        half_height_m=30.48,
    )
    assert (one.start_ms, one.end_ms) == (1_768_413_600_000, 1_768_415_400_000)
    assert isinstance(one.shape, Movement)
    assert one.shape.altitudes_e4 == (3_048_000, 6_096_000)
    assert one.shape.half_height_e4 == 304_800
    assert one.upper == Height(2_100 * 3_048, Unit.FT, Reference.AMSL)


@pytest.mark.requirement("SZK-16")
@pytest.mark.parametrize(
    ("geometry", "properties", "field"),
    [
        (LINE, {"half_width_m": 0, "times": TIMES, "end": TIMES[1], "start": TIMES[1]}, "times and start"),
        (LINE, {"half_width_m": 0, "times": TIMES, "end": "2026-01-14T18:31:00Z"}, "times and end"),
        (SQUARE, {"start": WINDOW["end"], "end": WINDOW["start"]}, "start and end"),
        (SQUARE, {"start": WINDOW["end"], "end": WINDOW["end"]}, "start and end"),
        (SQUARE, {"lower": "FL200", "upper": "FL100"}, "lower and upper"),
        (SQUARE, {"lower": "FL100", "upper": "FL100"}, "lower and upper"),
        (SQUARE, {"rectangle": [30, 34, 31, 35.5]}, "rectangle and geometry"),
        (
            LINE,
            {
                "half_width_m": 0,
                "times": TIMES,
                "start": "absent",
                "end": "absent",
                "lower": "1000 FT AMSL",
                "upper": "2000 FT AMSL",
                "altitudes": [1500, 2001],
            },
            "altitudes and upper",
        ),
    ],
)
def test_contradiction_is_refused_with_both_places_named(
    geometry: object, properties: dict[str, object], field: str
) -> None:
    assert fault(geometry, **properties)[0] == field


@pytest.mark.requirement("SZK-16")
@pytest.mark.parametrize("blank", ["", " ", "\n"])
def test_notice_with_two_ceilings_is_refused(blank: str) -> None:
    text = json.dumps(feature()).replace('"upper": "UNL"', f'"upper"{blank}: "FL330", "upper": "FL320"')
    with pytest.raises(FieldError, match="upper: found the member twice"):
        geojson.read_feature(text.encode(), "x.geojson")
    doubled = json.dumps(feature()).replace(
        '"lower": "SFC"', '"lower": {"value": 1, "value": 2, "unit": "M", "reference": "AGL"}'
    )
    with pytest.raises(FieldError, match="value: found the member twice"):
        geojson.read_feature(doubled.encode(), "x.geojson")
    escaped = json.dumps(feature()).replace('"upper": "UNL"', r'"upper": "FL330", "\u0075pper": "FL320"')
    with pytest.raises(FieldError, match="upper: found the member twice"):
        geojson.read_feature(escaped.encode(), "x.geojson")


@pytest.mark.requirement("SZK-13")
def test_naive_time_is_refused() -> None:
    field, found, expected = fault(start="2026-01-14T18:00:00")
    assert field == "start"
    assert "2026-01-14T18:00:00" in found
    assert "zone" in expected
    times = ["2026-01-14T18:00:00Z", "2026-01-14T18:30:00"]
    assert fault(LINE, half_width_m=0, times=times, start="absent", end="absent")[0] == "times[1]"


@pytest.mark.requirement("SZK-14")
def test_swapped_coordinates_out_of_range_are_pointed_out() -> None:
    field, _, expected = fault({"type": "Point", "coordinates": [34.25, 130.5]}, radius_m=5)
    assert field == "geometry.coordinates"
    assert "swapped" in expected
    assert "swapped" not in fault({"type": "Point", "coordinates": [300, 300]}, radius_m=5)[2]


@pytest.mark.parametrize(
    ("geometry", "properties", "field"),
    [
        (POINT, {}, "radius_m"),
        (POINT, {"radius_m": 0}, "radius_m"),
        (POINT, {"radius_m": -5}, "radius_m"),
        (POINT, {"radius_m": 1_000_001}, "radius_m"),
        (POINT, {"radius_m": "5 km"}, "properties.radius_m"),
        (POINT, {"radius_m": True}, "properties.radius_m"),
        (LINE, {}, "half_width_m"),
        (LINE, {"half_width_m": -1}, "half_width_m"),
        (LINE, {"half_width_m": 1, "radius_m": 5}, "radius_m"),
        (LINE, {"half_width_m": 1, "altitudes": [1, 2]}, "altitudes"),
        (LINE, {"half_width_m": 1, "times": TIMES[:1], "start": "absent", "end": "absent"}, "geometry"),
        (LINE, {"half_width_m": 1, "times": TIMES[::-1], "start": "absent", "end": "absent"}, "geometry"),
        (SQUARE, {"start": "absent"}, "start"),
        (SQUARE, {"start": "absent", "end": None}, "start and end"),
        (SQUARE, {"lower": 500}, "properties.lower"),
        (SQUARE, {"lower": "500 FT"}, "lower"),
        (SQUARE, {"lower": "UNL"}, "lower"),
        (SQUARE, {"upper": {"value": 1, "unit": "FL", "reference": "AMSL"}}, "upper"),
        (SQUARE, {"upper": {"value": 1e300, "unit": "FT", "reference": "AMSL"}}, "upper"),
        (SQUARE, {"role": "both"}, "role"),
        (SQUARE, {"priority": 1.5}, "properties.priority"),
        (SQUARE, {"priority": 10**30}, "priority"),
        (SQUARE, {"operation": "a\u0000b"}, "operation"),
        (SQUARE, {"operation": "a\u202eb"}, "operation"),
        (SQUARE, {"party": "a" * 201}, "party"),
        (None, {}, "geometry"),
        ({"type": "GeometryCollection", "geometries": []}, {}, "geometry.type"),
        ({"type": "Polygon", "coordinates": [[30, 34], [31, 34]]}, {}, "geometry.coordinates[0][0]"),
        ({"type": "Polygon", "coordinates": [[[30, 34], [31, 34], [30, 34]]]}, {}, "geometry"),
        ({"type": "Polygon", "coordinates": []}, {}, "geometry"),
        ({"type": "Point", "coordinates": ["30", "34"]}, {"radius_m": 1}, "geometry.coordinates[0]"),
    ],
)
def test_fault_names_its_field(geometry: object, properties: dict[str, object], field: str) -> None:
    assert fault(geometry, **properties)[0] == field


def test_fault_shows_the_value_that_was_found() -> None:
    assert fault(POINT, radius_m="5 km")[1] == '"5 km"'


def test_one_bad_feature_does_not_hide_the_others() -> None:
    reading = read(feature(), feature(None), feature())
    assert len(reading.volumes) == 2
    assert [one.feature for one in reading.unreadable] == ["feature 2 (box-7)"]


def test_volumes_of_one_operation_are_numbered_in_the_order_of_the_file() -> None:
    reading = read(feature(), feature(operation="other"), feature())
    assert [(one.operation, one.index) for one in reading.volumes] == [("box-7", 0), ("other", 0), ("box-7", 1)]


def test_missing_party_is_the_files_stem_with_one_warning_for_all() -> None:
    reading = read(feature(party="absent"), feature(party=None), file="plans/BRAVO.geojson")
    assert {one.party for one in reading.volumes} == {"BRAVO"}
    (warning,) = reading.warnings
    assert warning.code == "missing-party"
    assert "1 more" in warning.message
    assert read(feature(party="absent"), file="-").volumes[0].party == "standard-input"


def test_missing_operation_is_the_id_or_the_number() -> None:
    reading = read({**feature(operation="absent"), "id": 17}, feature(operation=""))
    assert [one.operation for one in reading.volumes] == ["17", "feature-2"]
    assert codes(reading) == ["missing-operation"]


def test_missing_limits_are_widened_with_a_warning_and_never_narrowed() -> None:
    reading = read(feature(lower="absent", upper=None))
    assert (reading.volumes[0].lower, reading.volumes[0].upper) == (SURFACE, UNLIMITED)
    assert codes(reading) == ["missing-lower", "missing-upper"]


def test_zone_without_times_stands_always() -> None:
    one = volume(role="zone", start="absent", end="absent")
    assert (one.role, one.start_ms, one.end_ms) == (Role.ZONE, BEGINNING_MS, END_MS)


def test_third_ordinate_is_ignored_with_one_warning() -> None:
    high = {"type": "Point", "coordinates": [30, 34, 500]}
    reading = read(feature(high, radius_m=1), feature(high, radius_m=1))
    assert len(reading.volumes) == 2
    assert codes(reading) == ["ignored-elevation"]


def test_unclosed_ring_is_closed_with_a_warning() -> None:
    reading = read(feature({"type": "Polygon", "coordinates": [[[30, 34], [31, 34], [31, 35]]]}))
    assert codes(reading) == ["unclosed-ring"]
    shape = reading.volumes[0].shape
    assert isinstance(shape, Polygon)
    assert len(shape.rings[0]) == 3


def test_foreign_members_are_ignored() -> None:
    one = feature(colour="red", nested={"lower": "FL100", "deep": [{"lower": 1}]})
    assert read({**one, "bbox": [1, 2, 3, 4], "links": []}).volumes[0].lower == SURFACE


@pytest.mark.requirement("SZK-14")
def test_another_datum_is_refused() -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4230"}}
    content = json.dumps({"type": "FeatureCollection", "crs": crs, "features": []}).encode()
    with pytest.raises(UnreadableError, match="4230"):
        geojson.read(content, "x.geojson")
    assert read({**feature(), "crs": crs}).unreadable[0].field == "crs"
    crs["properties"] = {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}
    assert read({**feature(), "crs": crs}).volumes


def test_a_lone_feature_is_read() -> None:
    assert len(geojson.read(json.dumps(feature()).encode(), "x.json").volumes) == 1
    assert len(geojson.read(b"\xef\xbb\xbf" + json.dumps(feature()).encode(), "x.json").volumes) == 1


def test_read_feature_gives_what_read_gives() -> None:
    content = json.dumps(feature()).encode()
    assert geojson.read_feature(content, "x.json") == geojson.read(content, "x.json").volumes[0]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1]",
        b"null",
        b'{"type":"Topology"}',
        b'{"type":"FeatureCollection"}',
        b"\xff\xfe{\x00",
        b"{\x00}",
        b'{"type":"FeatureCollection","features":[{"x":NaN}]}',
        b'{"type":"Feature","x":Infinity}',
        b'{"a":"\xff"}',
        b'{"type":"FeatureCollection","profile":"sazokar-geojson-2","features":[]}',
    ],
)
def test_what_is_not_geojson_at_all_is_an_error_that_names_the_file(content: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"x\.geojson: found .*; expected "):
        geojson.read(content, "x.geojson")


def test_limits_are_enforced() -> None:
    with pytest.raises(LimitError, match="bytes"):
        geojson.read(b" " * 100_000_000, "x.geojson")
    with pytest.raises(LimitError, match="nested 100,0"):
        geojson.read(b'{"type":"Feature","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "x.geojson")
    with pytest.raises(LimitError, match="features"):
        geojson.read(b'{"type":"FeatureCollection","features":[' + b"0," * 200_000 + b"0]}", "x.geojson")
    many = {"type": "LineString", "coordinates": [[n / 1e4, 0] for n in range(100_002)]}
    assert "100,002 vertices" in fault(many, half_width_m=1)[1]


def test_brackets_within_texts_are_no_nesting() -> None:
    one = feature(operation="[" * 100 + '"\\' + "{" * 50)
    assert read(one).volumes[0].operation == "[" * 100 + '"\\' + "{" * 50


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    with suppress(LimitError, UnreadableError):
        geojson.read(content, "x.geojson")


@settings(max_examples=300)
@given(volumes(), st.integers(0), st.binary(max_size=4), st.integers(0, 4))
def test_no_damaged_file_breaks_the_reader(one: Volume, place: int, put: bytes, cut: int) -> None:
    content = geojson.write([one])
    place %= len(content)
    damaged = content[:place] + put + content[place + cut :]
    with suppress(LimitError, UnreadableError):
        geojson.read(damaged, "x.geojson")
    with suppress(LimitError, MeaningError):
        geojson.read_feature(damaged, "x.geojson")


def test_country_outlines_are_read(shared: Path) -> None:
    content = json.loads((shared / "data/geometry/countries.geojson").read_text("utf-8"))
    for one in content["features"]:
        one["properties"] |= {"role": "zone"}
    reading = geojson.read(json.dumps(content).encode(), "countries.geojson")
    assert len(reading.volumes) + len(reading.unreadable) == len(content["features"])
    assert len(reading.volumes) > 170


@pytest.mark.requirement("SZK-44")
@pytest.mark.parametrize(
    ("before", "after"), [(b"", b"\n"), (b"", b"\r\n\n"), (b"\x1e", b"\n")], ids=["lines", "blank lines", "RFC 8142"]
)
def test_one_feature_per_line_is_read_as_a_collection_is(before: bytes, after: bytes) -> None:
    features = [feature(operation=name) for name in ("a", "b", "a")]
    content = b"".join(before + json.dumps(one).encode() + after for one in features)
    for file in ("plans/ALPHA.geojson", "-"):
        assert geojson.read(content, file) == detect.read(content, file) == read(*features, file=file)


def test_a_broken_line_hides_no_other() -> None:
    good = json.dumps(feature()).encode()
    for bad, found in ((good[:-30], "not JSON"), (b"{]", "not JSON"), (b'{"type":"Other"}', "Other"), (b"7", "7")):
        reading = geojson.read(
            b"\n".join((good, good, bad)) if bad != good[:-30] else b"\n".join((bad, good, good)), "x"
        )
        (fault,) = reading.unreadable
        assert found in fault.found or fault.field
        assert len(reading.volumes) == 2


def test_a_line_that_nests_too_deep_is_refused_though_another_closes_more_than_it_opens() -> None:
    content = b'{"type":"Feature"}\n{' + b"]" * 200 + b"}\n" + b'{"a":' + b"[" * 100
    with pytest.raises(LimitError, match="nested"):
        geojson.read(content, "x")


@given(volumes())
def test_no_written_collection_is_taken_for_lines(written: Volume) -> None:
    content = geojson.write([written, written])
    assert records_of(content) is None
    assert records_of(json.dumps(json.loads(content), indent=1).encode()) is None


def test_a_ring_that_is_closed_on_the_other_side_of_the_antimeridian_is_closed() -> None:
    ring = [[-180, 10], [-170, 10], [-170, 20], [-180, 20], [180, 10]]
    reading = read(feature({"type": "Polygon", "coordinates": [ring]}))
    assert codes(reading) == []
    shape = reading.volumes[0].shape
    assert isinstance(shape, Polygon)
    assert len(shape.rings[0]) == 4


def test_level_flight_is_told_what_to_give_instead() -> None:
    field, found, expected = fault(lower="FL180", upper="FL180")
    assert (field, "the same height" in found) == ("lower and upper", True)
    assert "half_height_m" in expected
    assert "half_height_m" not in fault(lower="FL190", upper="FL180")[2]


def test_units_in_small_letters_are_read_and_the_schema_lets_them_pass() -> None:
    lower = {"value": 500, "unit": "ft", "reference": "agl"}
    written = feature(lower=lower, upper={"value": 180, "unit": "fl", "reference": "std"})
    (one,) = read(written).volumes
    assert (one.lower, one.upper) == (parse_height("500 FT AGL"), parse_height("FL180"))
    SCHEMA.validate({"type": "FeatureCollection", "features": [written]})
    above_ground = feature(upper={"value": 180, "unit": "fl", "reference": "agl"})
    with pytest.raises(jsonschema.ValidationError):
        SCHEMA.validate({"type": "FeatureCollection", "features": [above_ground]})
