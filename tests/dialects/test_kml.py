"""KML: outside snapshots for geometry and times, hand-derived cases for the meaning, and the way there and back."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sazokar.dialects import kml
from sazokar.dialects.kml_placemark import geometries_of, placemarks_of
from sazokar.dialects.kml_time import parse_moment
from sazokar.dialects.reading import Reading
from sazokar.dialects.xml import parse_xml
from sazokar.domain.plan.height import SURFACE, UNLIMITED, Height, Reference, Unit
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS, parse_instant
from sazokar.domain.plan.shape import (
    Circle,
    Corridor,
    Movement,
    MultiPolygon,
    Polygon,
    Position,
    Rectangle,
    Shape,
)
from sazokar.domain.plan.volume import Role, Volume
from sazokar.errors import FieldError, InstantError, LimitError, UnreadableError
from tests.dialects.snapshots import features, pieces

SPAN = "<TimeSpan><begin>2026-01-14T18:10:00Z</begin><end>2026-01-14T18:40:00Z</end></TimeSpan>"
BOX = (
    "<Polygon><outerBoundaryIs><LinearRing><coordinates>30,34 31,34 31,35 30,35 30,34</coordinates></LinearRing>"
    "</outerBoundaryIs></Polygon>"
)


def read(*placemarks: str, file: str = "ALPHA.kml") -> Reading:
    text = '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document>'
    return kml.read(f"{text}{''.join(placemarks)}</Document></kml>".encode(), file)


def placemark(inner: str, name: str = "p", **data: str) -> str:
    held = "".join(f'<Data name="{key}"><value>{value}</value></Data>' for key, value in data.items())
    return f"<Placemark><name>{name}</name><ExtendedData>{held}</ExtendedData>{inner}</Placemark>"


def codes(reading: Reading) -> set[str]:
    return {warning.code for warning in reading.warnings}


# The outside truth.


@pytest.mark.requirement("SZK-44")
def test_every_outside_placemark_has_the_geometry_and_times_of_its_snapshot(shared: Path) -> None:
    files = sorted((shared / "data" / "formats" / "kml").glob("*.kml"))
    compared = 0
    for file in files:
        snapshot = Path(f"{file}.expected.snap")
        if not snapshot.exists():
            continue
        expected = [f for f in features(snapshot) if f["properties"].get("@geometry-type") != "groundoverlay"]  # type: ignore[attr-defined]  # a JSON value
        placemarks, others = placemarks_of(parse_xml(file.read_bytes(), file.name))
        assert len(placemarks) == len(expected), file.name
        assert others == len(features(snapshot)) - len(expected)
        for mine, theirs in zip(placemarks, expected, strict=True):
            try:
                geometries = geometries_of(mine)
            except FieldError:
                geometries = []  # what we refuse, the snapshot must have found empty
            assert [_piece(g.kind, g.lines) for g in geometries] == list(pieces(theirs["geometry"])), file.name
            properties = theirs["properties"]
            assert isinstance(properties, dict)
            times = properties.get("coordinateProperties", {}).get("times", [])
            assert [t for g in geometries for t in g.times] == times
            span = properties.get("timespan", {"begin": "", "end": ""})
            assert (mine.begin, mine.end) == (span["begin"], span["end"])
            assert mine.when == properties.get("timestamp", "")
            assert mine.name.split() == properties.get("name", "").split()
            compared += 1
    assert compared >= 25


def _piece(kind: str, lines: tuple[tuple[tuple[float, ...], ...], ...]) -> tuple[str, object]:
    listed = [[list(vertex) for vertex in line] for line in lines]
    if kind == "Point":
        return "Point", listed[0][0]
    return ("Polygon", listed) if kind == "Polygon" else ("LineString", listed[0])


def test_no_outside_file_raises(shared: Path) -> None:
    for file in sorted((shared / "data" / "formats" / "kml").glob("*.kml")):
        kml.read(file.read_bytes(), file.name)


# What a placemark means.


def test_a_polygon_with_a_time_span_is_an_operation() -> None:
    reading = read(placemark(SPAN + BOX, "box-7", lower="FL050", upper="FL300"))
    (volume,) = reading.volumes
    corners = ((340, 300), (340, 310), (350, 310), (350, 300))
    assert volume.shape == Polygon((tuple(Position(lat * 10**6, lon * 10**6) for lat, lon in corners),))
    assert (volume.operation, volume.party, volume.role) == ("box-7", "ALPHA", Role.OPERATION)
    assert (str(volume.lower), str(volume.upper)) == ("FL050", "FL300")
    assert volume.start_ms == parse_instant("2026-01-14T18:10:00Z")
    assert volume.end_ms == parse_instant("2026-01-14T18:40:00Z")
    assert codes(reading) == {"missing-party"}


def test_a_hole_is_kept() -> None:
    ring = "<LinearRing><coordinates>30.4,34.4 30.6,34.4 30.5,34.6</coordinates></LinearRing>"
    hole = f"<innerBoundaryIs>{ring}</innerBoundaryIs>"
    (volume,) = read(placemark(SPAN + BOX.replace("</Polygon>", hole + "</Polygon>"))).volumes
    assert isinstance(volume.shape, Polygon)
    assert [len(ring) for ring in volume.shape.rings] == [4, 3]


def test_an_operation_without_times_is_refused_and_a_zone_stands_always() -> None:
    reading = read(placemark(BOX, "a"), placemark(BOX, "b", role="zone"))
    assert [fault.field for fault in reading.unreadable] == ["start"]
    (volume,) = reading.volumes
    assert (volume.operation, volume.start_ms, volume.end_ms) == ("b", BEGINNING_MS, END_MS)


@pytest.mark.requirement("SZK-13")
def test_a_time_without_a_zone_is_refused_and_a_date_is_a_day_of_utc() -> None:
    naive = SPAN.replace("18:10:00Z", "18:10:00")
    reading = read(placemark(naive + BOX, "a"), placemark("<TimeStamp><when>2026-01-14</when></TimeStamp>" + BOX, "b"))
    assert [(fault.feature, fault.field) for fault in reading.unreadable] == [("placemark 1 (a)", "start")]
    (volume,) = reading.volumes
    assert volume.start_ms == parse_instant("2026-01-14T00:00:00Z")
    assert volume.end_ms == parse_instant("2026-01-15T00:00:00Z")
    assert "date-as-utc-day" in codes(reading)


@pytest.mark.parametrize(
    ("text", "first", "following"),
    [
        ("2024-02-29", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"),
        ("2024-02", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"),
        ("2024-12", "2024-12-01T00:00:00Z", "2025-01-01T00:00:00Z"),
        ("0725", "0725-01-01T00:00:00Z", "0726-01-01T00:00:00Z"),
        ("2024-05-06T07:08:09+03:30", "2024-05-06T03:38:09Z", "2024-05-06T03:38:09Z"),
    ],
)
def test_dates_months_and_years_are_spans_of_utc(text: str, first: str, following: str) -> None:
    moment = parse_moment(text)
    assert (moment.first_ms, moment.next_ms) == (parse_instant(first), parse_instant(following))


@pytest.mark.parametrize("text", ["2023-02-29", "2024-13", "9999", "0000", "2024-05-06T07:08:09", "tomorrow", ""])
def test_times_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InstantError):
        parse_moment(text)


def test_a_point_needs_a_radius_and_a_line_says_when_it_has_no_width() -> None:
    point = f"{SPAN}<Point><coordinates>30,34</coordinates></Point>"
    line = f"{SPAN}<LineString><coordinates>30,34 31,35</coordinates></LineString>"
    reading = read(
        placemark(point, "a"),
        placemark(point, "b", radius_m="500"),
        placemark(line, "c"),
        placemark(line, "d", half_width_m="9260"),
    )
    assert [(fault.feature, fault.field) for fault in reading.unreadable] == [("placemark 1 (a)", "radius_m")]
    shapes = [volume.shape for volume in reading.volumes]
    line_e7 = (Position(340_000_000, 300_000_000), Position(350_000_000, 310_000_000))
    assert shapes == [Circle(line_e7[0], 500_000), Corridor(line_e7, 0), Corridor(line_e7, 9_260_000)]
    assert [w.feature for w in reading.warnings if w.code == "missing-width"] == ["placemark 3 (c)"]


def test_a_drawing_down_to_the_ground_gives_the_upper_limit() -> None:
    drawn = BOX.replace("<outer", "<extrude>1</extrude><altitudeMode>absolute</altitudeMode><outer").replace(
        ",34 ", ",34,570 "
    )
    reading = read(placemark(SPAN + drawn))
    (volume,) = reading.volumes
    assert (volume.lower, volume.upper) == (SURFACE, Height(5_700_000, Unit.M, Reference.AMSL))
    assert "heights-from-drawing" in codes(reading)
    reading = read(placemark(SPAN + BOX))
    assert (reading.volumes[0].lower, reading.volumes[0].upper) == (SURFACE, UNLIMITED)
    assert {"missing-lower", "missing-upper"} <= codes(reading)


TRACK = (
    "<gx:Track><altitudeMode>MODE</altitudeMode><when>2026-01-14T18:00:00Z</when><when>2026-01-14T18:10:00Z</when>"
    "<gx:coord>30 36 100</gx:coord><gx:coord>31 35 250</gx:coord></gx:Track>"
)


@pytest.mark.parametrize(
    ("mode", "reference"),
    [
        ("absolute", Reference.AMSL),
        ("relativeToGround", Reference.AGL),
        ("clampToGround", None),
        ("clampToSeaFloor", None),
    ],
)
def test_a_track_moves_and_its_mode_says_what_its_altitudes_mean(mode: str, reference: Reference | None) -> None:
    (volume,) = read(placemark(TRACK.replace("MODE", mode))).volumes
    assert isinstance(volume.shape, Movement)
    assert volume.shape.times_ms == (volume.start_ms, volume.end_ms)
    if reference is None:
        assert (volume.shape.altitudes_e4, volume.lower, volume.upper) == ((), SURFACE, UNLIMITED)
    else:
        assert volume.shape.altitudes_e4 == (1_000_000, 2_500_000)
        assert volume.lower == Height(1_000_000, Unit.M, reference)
        assert volume.upper == Height(2_500_000, Unit.M, reference)


def test_a_track_with_limits_of_another_reference_keeps_the_limits() -> None:
    reading = read(placemark(TRACK.replace("MODE", "absolute"), lower="FL100", upper="FL120"))
    (volume,) = reading.volumes
    assert isinstance(volume.shape, Movement)
    assert (volume.shape.altitudes_e4, str(volume.lower)) == ((), "FL100")
    assert "altitudes-ignored" in codes(reading)


def test_a_multitrack_is_one_volume_per_track() -> None:
    later = TRACK.replace("T18:", "T19:")
    reading = read(placemark(f"<gx:MultiTrack>{TRACK}{later}</gx:MultiTrack>".replace("MODE", "absolute")))
    assert [volume.index for volume in reading.volumes] == [0, 1]


def test_groups_of_polygons_are_one_volume_and_mixed_groups_several() -> None:
    other = BOX.replace("30,", "40,").replace("31,", "41,")
    point = "<Point><coordinates>30,34</coordinates></Point>"
    one = read(placemark(f"{SPAN}<MultiGeometry>{BOX}{other}</MultiGeometry>"))
    assert [type(volume.shape) for volume in one.volumes] == [MultiPolygon]
    two = read(placemark(f"{SPAN}<MultiGeometry>{BOX}{point}</MultiGeometry>", radius_m="5"))
    assert [type(volume.shape) for volume in two.volumes] == [Polygon, Circle]


def test_volumes_of_one_operation_are_numbered_in_the_files_order() -> None:
    folder = f"<Folder><Folder>{placemark(SPAN + BOX, 'x')}</Folder></Folder>"
    reading = read(placemark(SPAN + BOX, "x"), placemark(SPAN + BOX, "y"), folder)
    assert [(volume.operation, volume.index) for volume in reading.volumes] == [("x", 0), ("y", 0), ("x", 1)]


def test_schema_data_counts_as_data() -> None:
    simple = '<SchemaData schemaUrl="#s"><SimpleData name="party">BRAVO</SimpleData></SchemaData>'
    held = f"<ExtendedData>{simple}</ExtendedData>"
    (volume,) = read(f"<Placemark><name>a</name>{SPAN}{held}{BOX}</Placemark>").volumes
    assert volume.party == "BRAVO"


@pytest.mark.parametrize(
    "namespace",
    [
        "",
        ' xmlns="http://earth.google.com/kml/2.0"',
        ' xmlns="http://earth.google.com/kml/2.1"',
        ' xmlns="http://earth.google.com/kml/2.2"',
        ' xmlns="http://www.opengis.net/kml/2.2"',
    ],
)
def test_every_namespace_of_kml_is_read(namespace: str) -> None:
    assert len(kml.read(f"<kml{namespace}>{placemark(SPAN + BOX)}</kml>".encode(), "f.kml").volumes) == 1


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"role": "friend"}, "role"),
        ({"priority": "high"}, "priority"),
        ({"lower": "high"}, "lower"),
        ({"upper": "5000"}, "upper"),
        ({"lower": "FL300", "upper": "FL100"}, "lower and upper"),
        ({"start": "2010"}, "start"),
        ({"end": "2026-01-14T18:00:00Z"}, "start and end"),
        ({"shape": "cube"}, "shape"),
        ({"shape": "circle"}, "centre"),
        ({"shape": "circle", "centre": "1,2"}, "radius_m"),
        ({"lower": '{"value": 1}'}, "lower"),
        ({"shape": "circle", "centre": "1,2", "radius_m": "-4"}, "radius_m"),
    ],
)
def test_a_bad_property_is_named_and_does_not_hide_the_others(data: dict[str, str], field: str) -> None:
    reading = read(placemark(SPAN + BOX, "bad", **data), placemark(SPAN + BOX, "good"))
    assert [(fault.feature, fault.field) for fault in reading.unreadable] == [("placemark 1 (bad)", field)]
    assert [volume.operation for volume in reading.volumes] == ["good"]


def test_a_file_that_is_no_kml_says_so() -> None:
    with pytest.raises(UnreadableError, match="expected kml"):
        kml.read(b"<gpx/>", "f.kml")
    with pytest.raises(LimitError):
        kml.read(b" " * 100_000_000, "f.kml")


# The way there and back.

e7_lat = st.integers(-800_000_000, 800_000_000)
e7_lon = st.integers(-1_799_999_999, 1_799_999_999)
positions = st.builds(Position, e7_lat, e7_lon)
near = st.builds(Position, st.integers(-600_000_000, 600_000_000), st.integers(-850_000_000, 850_000_000))
"""Positions no two of which are nearly antipodal."""


@st.composite
def rings(draw: st.DrawFn) -> tuple[Position, ...]:
    """A triangle of some size, somewhere."""
    lat, lon, size = (
        draw(e7_lat),
        draw(st.integers(-1_700_000_000, 1_700_000_000)),
        draw(st.integers(1_000, 90_000_000)),
    )
    return (Position(lat, lon), Position(lat, lon + size), Position(lat + size // 2, lon + size // 3))


@st.composite
def movements(draw: st.DrawFn) -> Movement:
    count = draw(st.integers(2, 6))
    times = sorted(draw(st.sets(st.integers(0, 4_000_000_000_000), min_size=count, max_size=count)))
    altitudes = draw(st.one_of(st.just(()), st.tuples(*[st.integers(-4_000_000, 400_000_000)] * count)))
    line = tuple(draw(near) for _ in range(count))
    half_height = draw(st.integers(0, 10_000_000)) if altitudes else 0
    return Movement(line, tuple(times), draw(st.integers(0, 10**9)), altitudes, half_height)


@st.composite
def rectangles(draw: st.DrawFn) -> Rectangle:
    """A rectangle, across the antimeridian or not."""
    west, width = draw(e7_lon), draw(st.integers(1, 3_599_999_999))
    east = (west + width + 1_800_000_000) % 3_600_000_000 - 1_800_000_000
    return Rectangle(west, draw(st.integers(-900_000_000, 0)), east, draw(st.integers(1, 900_000_000)))


lengths = st.integers(1, 10**9)
shapes: st.SearchStrategy[Shape] = st.one_of(
    st.builds(Circle, positions, lengths),
    st.builds(Corridor, st.lists(near, min_size=2, max_size=5).map(tuple), st.integers(0, 10**8)),
    rectangles(),
    rings().map(lambda ring: Polygon((ring,))),
    rings().map(lambda ring: MultiPolygon((Polygon((ring,)),))),
    st.lists(rings(), min_size=2, max_size=3).map(lambda r: MultiPolygon(tuple(Polygon((ring,)) for ring in r))),
    movements(),
)
names = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12)
limits = st.builds(Height, st.integers(-4_000_000, 999_999_999), st.sampled_from(Unit), st.sampled_from(Reference))


@st.composite
def volumes(draw: st.DrawFn) -> Volume:
    lower, upper = (
        draw(st.one_of(limits, st.just(SURFACE))),
        draw(st.one_of(limits, st.just(UNLIMITED), st.just(SURFACE))),
    )
    if not upper.unlimited and lower.reference is upper.reference and lower.e4 >= upper.e4:
        upper = UNLIMITED
    start = draw(st.one_of(st.just(BEGINNING_MS), st.integers(0, 4 * 10**12)))
    end = draw(st.one_of(st.just(END_MS), st.integers(max(start, 0) + 1, 5 * 10**12)))
    shape = draw(shapes)
    if isinstance(shape, Movement):
        start, end = shape.times_ms[0], shape.times_ms[-1]
        if shape.altitudes_e4:
            lower, upper = msgspec.structs.replace(lower, e4=min(shape.altitudes_e4), surface=False), UNLIMITED
    return Volume(
        operation=draw(names),
        party=draw(names),
        shape=shape,
        lower=lower,
        upper=upper,
        start_ms=start,
        end_ms=end,
        role=draw(st.sampled_from(Role)),
        class_=draw(names),
        kind=draw(st.one_of(st.just(""), names)),
        priority=draw(st.integers(-9, 99)),
    )


@settings(max_examples=150, deadline=None)
@given(volumes())
def test_what_is_written_is_read_back_exactly(volume: Volume) -> None:
    reading = kml.read(kml.write([volume]), "f.kml")
    assert reading.unreadable == () and reading.warnings == ()
    assert [msgspec.structs.replace(back, source=None) for back in reading.volumes] == [volume]


def test_what_is_written_has_a_placemark_per_volume_and_a_colour_per_party() -> None:
    circle = Circle(Position(340_000_000, 300_000_000), 1_000_000)
    written = kml.write([Volume(operation=f"o{n}", party="AB"[n % 2], shape=circle) for n in range(4)])
    root = parse_xml(written, "f.kml")
    assert len(placemarks_of(root)[0]) == 4
    assert written.count(b"<Style ") == 2
    assert kml.write([]) and kml.read(kml.write([]), "f.kml") == Reading()


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    circle = Circle(Position(0, 0), 1)
    (back,) = kml.read(kml.write([Volume(operation="a\x00<&\ud800b", party="P", shape=circle)]), "f").volumes
    assert back.operation == "a\ufffd<&\ufffdb"


# Fuzz.

FILE = (
    '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">'
    + placemark(SPAN + BOX, "a", lower="FL050", upper="FL300")
    + placemark(TRACK.replace("MODE", "absolute"), "b")
    + "</kml>"
)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_never_crash_the_reader(content: bytes) -> None:
    with pytest.raises((UnreadableError, LimitError)):
        kml.read(content, "f.kml")


@settings(max_examples=300)
@given(st.integers(0, len(FILE) - 1), st.integers(0, 30), st.text(max_size=12))
def test_a_mutated_file_never_crashes_the_reader(at: int, cut: int, put: str) -> None:
    with contextlib.suppress(UnreadableError, LimitError):
        kml.read((FILE[:at] + put + FILE[at + cut :]).encode("utf-8", "surrogatepass"), "f.kml")


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "lower",
                "upper",
                "start",
                "end",
                "shape",
                "centre",
                "line",
                "rectangle",
                "times",
                "altitudes",
                "priority",
                "role",
                "half_width_m",
                "radius_m",
                "half_height_m",
            ]
        ),
        st.one_of(
            st.text("0123456789.,-+eE: TZFLSUNCMAGft{}", max_size=20),
            st.sampled_from(
                [
                    "circle",
                    "corridor",
                    "rectangle",
                    "movement",
                    "FL100",
                    "1e999",
                    "nan",
                    "-0",
                    "5,5 6,6",
                    "inf",
                    "9" * 50,
                ]
            ),
        ),
    )
)
def test_arbitrary_properties_never_crash_the_reader(data: dict[str, str]) -> None:
    read(placemark(SPAN + BOX, "a", **data), placemark(TRACK.replace("MODE", "absolute"), "b", **data))
