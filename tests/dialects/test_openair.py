"""OpenAir: outside files with expected GeoJSON, hand-derived lines, and fuzz."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon as Plane

from sazokar.dialects import openair
from sazokar.dialects.openair_geometry import altitude_of, coordinate_of
from sazokar.dialects.reading import Reading
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS, parse_instant
from sazokar.domain.plan.shape import Circle, Corridor, Polygon, Position
from sazokar.domain.plan.volume import Role
from sazokar.errors import LimitError, MeaningError, UnreadableError

BOX = """AC R
AN BOX-7
AL 500ft AGL
AH FL65
DP 34:00:00 N 030:00:00 E
DP 34:30:00 N 030:00:00 E
DP 34:30:00 N 030:30:00 E
DP 34:00:00 N 030:30:00 E
"""


def read(text: str) -> Reading:
    return openair.read(text.encode(), "ALPHA.txt")


def geometry(file: Path) -> list[tuple[float, float]]:
    """Return the outer ring of an expected result; the outside library rounds to about 1e-6 degree."""
    expected = json.loads(file.read_text())
    feature = expected["features"][0] if isinstance(expected, dict) else expected[0]
    return [(lon, lat) for lon, lat in feature["geometry"]["coordinates"][0]]


@pytest.mark.requirement("SZK-44")
@pytest.mark.parametrize("name", ["arc-cw", "arc-cw-ccw", "polygon"])
def test_outside_airspaces_cover_what_their_expected_geometry_covers(shared: Path, name: str) -> None:
    folder = shared / "data" / "airspace" / "openair"
    (volume,) = openair.read((folder / f"{name}.txt").read_bytes(), f"{name}.txt").volumes
    assert isinstance(volume.shape, Polygon)
    mine = Plane([(p.lon, p.lat) for p in volume.shape.rings[0]])
    theirs = Plane(geometry(folder / f"{name}-result.json"))
    # Their arcs are spherical chords that cut inside; a few metres (1e-4 degree) and 1 % of the area bound both ways.
    assert mine.symmetric_difference(theirs).area <= 0.01 * theirs.area
    assert mine.buffer(3e-3).covers(theirs)
    if name == "polygon":
        assert mine.hausdorff_distance(theirs) < 8e-4  # the expected one is rounded to 1e-3 degree


@pytest.mark.requirement("SZK-44")
def test_an_outside_circle_stays_a_circle_of_its_radius(shared: Path) -> None:
    folder = shared / "data" / "airspace" / "openair"
    (volume,) = openair.read((folder / "circular.txt").read_bytes(), "circular.txt").volumes
    assert isinstance(volume.shape, Circle)
    # 1.10 NM = 2,037.2 m; 53:24:25 N 010:25:10 E
    assert volume.shape == Circle(Position(534_069_444, 104_194_444), 2_037_200)
    for lon, lat in geometry(folder / "circular-result.json"):
        centre = volume.shape.centre
        metres = Geodesic.WGS84.Inverse(centre.lat, centre.lon, lat, lon)["s12"]
        assert metres == pytest.approx(2_037.2, rel=0.005)  # theirs is a sphere


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("activation-times-invalid", "AA"),
        ("ceiling-definitions-duplicate", "AL"),
        ("coordinate-minutes-60", "DP"),
        ("coordinate-seconds-60", "DP"),
        ("flight-level-missing-number", "AH"),
        ("insufficient-coordinates", "geometry"),
        ("missing-ah-al", "AL"),
        ("self-intersecting", "geometry"),
    ],
)
def test_outside_airspaces_that_are_wrong_are_refused_at_the_place(shared: Path, name: str, field: str) -> None:
    reading = openair.read((shared / "data" / "airspace" / "openair" / f"{name}.txt").read_bytes(), f"{name}.txt")
    assert reading.volumes == ()
    (fault,) = reading.unreadable
    assert fault.file == f"{name}.txt" and fault.feature.startswith("airspace 1 (")
    assert field in fault.field


def test_outside_activation_times_become_one_volume_each(shared: Path) -> None:
    file = shared / "data" / "airspace" / "openair" / "version-2-warn-if-expired.txt"
    reading = openair.read(file.read_bytes(), file.name)
    assert [(v.start_ms, v.end_ms, v.index) for v in reading.volumes] == [
        (parse_instant("2025-01-01T12:00:00Z"), parse_instant("2025-01-01T13:00:00Z"), 0),
        (parse_instant("2025-01-01T14:00:00Z"), parse_instant("2025-01-01T15:00:00Z"), 1),
        (BEGINNING_MS, parse_instant("2025-02-02T12:00:00Z"), 2),
        (parse_instant("2025-03-03T11:00:00Z"), END_MS, 3),
    ]


def test_an_airspace_is_a_standing_zone_of_the_files_party() -> None:
    reading = read(BOX)
    (volume,) = reading.volumes
    assert (volume.party, volume.operation, volume.role, volume.kind) == ("ALPHA", "BOX-7", Role.ZONE, "R")
    assert (volume.start_ms, volume.end_ms) == (BEGINNING_MS, END_MS)
    assert (str(volume.lower), str(volume.upper)) == ("500 ft AGL", "FL065")
    assert [warning.code for warning in reading.warnings] == ["missing-party"]
    assert len(read(BOX + BOX).warnings) == 1


def test_a_bad_airspace_does_not_hide_the_others() -> None:
    reading = read(BOX.replace("34:30:00", "34:99:00") + BOX + BOX.replace("AH FL65\n", ""))
    assert [volume.operation for volume in reading.volumes] == ["BOX-7"]
    assert [fault.field for fault in reading.unreadable] == ["line 6, DP", "AH"]


@pytest.mark.parametrize(
    ("text", "upper", "shown"),
    [
        ("GND", False, "SFC"),
        ("SFC", False, "SFC"),
        ("FL65", True, "FL065"),
        ("FL 180", True, "FL180"),
        ("3500ft AMSL", True, "3,500 ft AMSL"),
        ("1500 AGL", True, "1,500 ft AGL"),
        ("2000m", True, "2,000 m AMSL"),
        ("2500", True, "2,500 ft AMSL"),
        ("3500FT MSL", True, "3,500 ft AMSL"),
        ("UNL", True, "UNL"),
        ("UNLIM", True, "UNL"),
        ("1000M AGL", True, "1,000 m AGL"),
        ("1000ft SFC", True, "1,000 ft AGL"),
        ("4500 STD", True, "4,500 ft STD"),
    ],
)
def test_heights_as_people_write_them(text: str, upper: bool, shown: str) -> None:
    assert str(altitude_of(text, upper=upper)) == shown


@pytest.mark.parametrize("text", ["", "FL", "high", "GND+100", "100 furlongs", "12 34", "SFC 100"])
def test_heights_that_are_none_are_refused(text: str) -> None:
    for upper in (True, False):
        with pytest.raises(MeaningError):
            altitude_of(text, upper=upper)


def test_a_lower_limit_is_not_unlimited_and_an_upper_one_not_the_ground() -> None:
    for text, upper in (("UNL", False), ("GND", True)):
        with pytest.raises(MeaningError):
            altitude_of(text, upper=upper)


@pytest.mark.requirement("SZK-14")
@pytest.mark.parametrize(
    ("text", "lat_e7", "lon_e7"),
    [
        ("52:07:36 N 013:23:34 E", 521_266_667, 133_927_778),
        ("52:07:36N,013:23:34W", 521_266_667, -133_927_778),
        ("52:07.6N 013:23.5E", 521_266_667, 133_916_667),
        ("52.5 S 013.25 E", -525_000_000, 132_500_000),
        ("265644.00N 0500434.00E", 269_455_556, 500_761_111),
        ("31:00:53.5 N 093:08:12 W", 310_148_611, -931_366_667),
    ],
)
def test_coordinates_as_people_write_them(text: str, lat_e7: int, lon_e7: int) -> None:
    assert coordinate_of(text) == Position(lat_e7, lon_e7)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "52:60:00 N 013:00:00 E",
        "52:00:60 N 013:00:00 E",
        "52:00:00 013:00:00",
        "91:00:00 N 013:00:00 E",
        "52:00:00 E 013:00:00 N",
        "52:00:00 N 181:00:00 E",
        "52:07.6:10 N 013:00:00 E",
        "90:00:01 N 000:00:00 E",
    ],
)
def test_coordinates_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(MeaningError):
        coordinate_of(text)


def test_an_airway_is_a_corridor_of_half_its_width() -> None:
    head = "AC C\nAN A1\nAL FL100\nAH FL200\n"
    line = "DY 34:00:00 N 030:00:00 E\nDY 35:00:00 N 031:00:00 E\n"
    (volume,) = read(f"{head}V W=10\n{line}").volumes
    assert isinstance(volume.shape, Corridor)
    assert volume.shape.half_width_mm == 5 * 1_852_000
    assert "width" in read(head + line).unreadable[0].expected


def test_an_arc_by_bearings_starts_and_ends_at_its_radius() -> None:
    text = "AC D\nAN A\nAL GND\nAH UNL\nV X=39:29.9N 119:46.1W\nDA 10,270,290\nDP 39:29.9N 119:46.1W\n"
    (volume,) = read(text).volumes
    assert isinstance(volume.shape, Polygon)
    ring = volume.shape.rings[0]
    for bearing in (270, 290):
        end = Geodesic.WGS84.Direct(39 + 29.9 / 60, -119 - 46.1 / 60, bearing, 18_520)
        assert min(max(abs(p.lat - end["lat2"]), abs(p.lon - end["lon2"])) for p in ring) < 2e-7


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("DC 5\n", "V X="),
        ("V X=39:00:00N 119:00:00W\nDC 0\n", "above 0"),
        ("V X=39:00:00N 119:00:00W\nDC 5\nDP 39:00:00N 119:00:00W\n", "either"),
        ("V X=39:00:00N 119:00:00W\nDB 39:10:00N 119:00:00W, 39:00:00N 118:00:00W\n", "same distance"),
        ("V D=*\n", "clockwise"),
        ("", "either"),
    ],
)
def test_a_geometry_that_lacks_something_says_what(lines: str, expected: str) -> None:
    reading = read(f"AC D\nAN A\nAL GND\nAH UNL\n{lines}")
    assert reading.volumes == ()
    assert expected in reading.unreadable[0].expected


def test_an_unknown_piece_of_a_boundary_is_never_passed_over() -> None:
    assert "line 5, DX" in read(BOX.replace("DP", "DX", 1)).unreadable[0].field
    reading = read(BOX + "QQ what is this\n")
    assert len(reading.volumes) == 1
    assert "unknown-command" in {warning.code for warning in reading.warnings}


def test_what_a_few_bytes_of_arc_would_make_is_bounded() -> None:
    head = "AC D\nAN A\nAL GND\nAH UNL\nV X=34:00:00 N 030:00:00 E\n"
    (fault,) = read(head + "DA 100,0,359\n" * 1_000).unreadable
    assert "100,000 points" in fault.found
    with pytest.raises(LimitError, match="vertices"):
        read((head + "DA 100,0,359\n" * 130) * 60)


def test_points_of_an_arc_that_differ_in_radius_are_pointed_out() -> None:
    text = (
        "AC D\nAN A\nAL GND\nAH UNL\nV X=00:00:00N 010:00:00E\n"
        "DB 00:10:00N 010:00:00E, 00:00:00N 010:10:20E\nDP 00:00:00N 010:00:00E\n"
    )
    reading = read(text)
    assert len(reading.volumes) == 1
    assert "arc-radii-differ" in {warning.code for warning in reading.warnings}


def test_a_file_without_airspaces_is_not_of_this_dialect() -> None:
    with pytest.raises(UnreadableError, match="AC"):
        read("hello\nworld\n")
    with pytest.raises(LimitError):
        openair.read(b"*" * 100_000_000, "big.txt")


def test_an_airspace_without_a_name_is_named_after_its_line() -> None:
    reading = read(BOX.replace("AN BOX-7\n", ""))
    assert reading.volumes[0].operation == "line 1"
    assert "missing-operation" in {warning.code for warning in reading.warnings}


def test_a_file_in_another_encoding_is_read_and_pointed_out() -> None:
    reading = openair.read(BOX.replace("BOX-7", "Zürich").encode("iso-8859-1"), "x.txt")
    assert reading.volumes[0].operation == "Zürich"
    assert "encoding-guessed" in {warning.code for warning in reading.warnings}


@given(st.binary(max_size=300))
def test_arbitrary_bytes_never_crash_the_reader(content: bytes) -> None:
    with pytest.raises((UnreadableError, LimitError)):
        openair.read(b"x" + content.replace(b"A", b"").replace(b"a", b""), "f.txt")
    with contextlib.suppress(UnreadableError, LimitError):
        openair.read(b"AC R\n" + content, "f.txt")


ARCS = BOX + "V D=-\nV X=34:00:00N 030:15:00E\nDB 34:00:00 N 030:30:00 E, 34:00:00 N 030:00:00 E\nDA 5,10,20\n"


@given(st.integers(0, len(ARCS) - 1), st.integers(0, 20), st.text("0123456789:NSEW.,-+=DPABCVX \n", max_size=8))
def test_a_mutated_file_never_crashes_the_reader(at: int, cut: int, put: str) -> None:
    with contextlib.suppress(UnreadableError, LimitError):
        read(ARCS[:at] + put + ARCS[at + cut :])
