"""GPX: outside snapshots for the geometry, hand-derived cases for the meaning."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.dialects import gpx
from sazokar.dialects.reading import Reading
from sazokar.dialects.xml import child_text, children, parse_xml
from sazokar.domain.plan.height import SURFACE, UNLIMITED, Reference
from sazokar.domain.plan.instant import parse_instant
from sazokar.domain.plan.shape import Movement, Position
from sazokar.errors import LimitError, UnreadableError
from tests.dialects.snapshots import features, pieces

FLIGHT = """<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><trk><name>leg</name><trkseg>
<trkpt lat="36.8" lon="30.0"><ele>4267.2</ele><time>2026-01-14T18:00:00Z</time></trkpt>
<trkpt lat="35.8" lon="30.5"><ele>4300</ele><time>2026-01-14T18:10:00.5Z</time></trkpt>
</trkseg></trk></gpx>"""


def read(text: str) -> Reading:
    return gpx.read(text.encode(), "BRAVO.gpx")


@pytest.mark.requirement("SZK-44")
def test_every_outside_track_and_route_has_the_geometry_and_times_of_its_snapshot(shared: Path) -> None:
    files = sorted((shared / "data" / "formats" / "gpx").glob("*.gpx"))
    assert files
    for file in files:
        root = parse_xml(file.read_bytes(), file.name)
        found, times = [], []
        for kind in ("trk", "rte"):
            for line in children(root, kind):
                for elements in gpx.point_elements(line):
                    points = [gpx.point_of(element) for element in elements]
                    if len(points) < 2:
                        continue
                    found.append([[p.lon, p.lat] + ([] if p.ele_m is None else [p.ele_m]) for p in points])
                    times.append([p.time for p in points])
        expected: list[object] = []
        expected_times: list[list[str]] = []
        for feature in features(Path(f"{file}.expected.snap")):
            properties = feature["properties"]
            assert isinstance(properties, dict)
            if properties.get("_gpxType") not in ("trk", "rte"):
                continue
            lines = [coordinates for _, coordinates in pieces(feature["geometry"])]
            expected.extend(lines)
            stated = properties.get("coordinateProperties", {}).get("times")
            if stated is not None:
                expected_times.extend(stated if len(lines) > 1 else [stated])
        assert found == expected, file.name
        assert [t for t in times if all(t)] == [t for t in expected_times if t and all(t)], file.name


@pytest.mark.requirement("SZK-44")
def test_no_outside_file_raises(shared: Path) -> None:
    for file in sorted((shared / "data" / "formats" / "gpx").glob("*.gpx")):
        gpx.read(file.read_bytes(), file.name)


def test_a_timed_track_moves_at_its_times_and_elevations() -> None:
    reading = read(FLIGHT)
    (volume,) = reading.volumes
    assert isinstance(volume.shape, Movement)
    assert volume.shape.line == (Position(368_000_000, 300_000_000), Position(358_000_000, 305_000_000))
    assert volume.shape.times_ms == (
        parse_instant("2026-01-14T18:00:00Z"),
        parse_instant("2026-01-14T18:10:00Z") + 500,
    )
    assert volume.shape.altitudes_e4 == (42_672_000, 43_000_000)
    assert volume.lower.reference is Reference.AMSL
    assert (volume.lower.e4, volume.upper.e4) == (42_672_000, 43_000_000)
    assert (volume.party, volume.operation, volume.index) == ("BRAVO", "leg", 0)
    assert [warning.code for warning in reading.warnings] == ["missing-party"]


def test_extensions_of_the_projects_namespace_give_party_width_and_height() -> None:
    said = (
        '<extensions xmlns:s="urn:sazokar:gpx:1"><s:party>ALPHA</s:party><s:class>transport</s:class>'
        "<s:half_width_m>926.0001</s:half_width_m><s:half_height_m>150</s:half_height_m></extensions><trkseg>"
    )
    (volume,) = read(FLIGHT.replace("<trkseg>", said)).volumes
    assert isinstance(volume.shape, Movement)
    assert (volume.party, volume.class_, volume.shape.half_width_mm) == ("ALPHA", "transport", 926_001)
    assert volume.shape.half_height_e4 == 1_500_000
    assert (volume.lower.e4, volume.upper.e4) == (42_672_000 - 1_500_000, 43_000_000 + 1_500_000)


def test_a_missing_elevation_takes_the_whole_air_with_a_warning() -> None:
    reading = read(FLIGHT.replace("<ele>4300</ele>", ""))
    (volume,) = reading.volumes
    assert (volume.lower, volume.upper) == (SURFACE, UNLIMITED)
    assert "missing-elevation" in {warning.code for warning in reading.warnings}


@pytest.mark.requirement("SZK-13")
@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("<time>2026-01-14T18:10:00.5Z</time>", "", "point 2, time"),
        ("18:10:00.5Z", "18:10:00", "point 2, time"),
        ("18:10:00.5Z", "17:10:00Z", "points 1 and 2, time"),
        ("18:10:00.5Z", "18:00:00Z", "points 1 and 2, time"),
        ('lat="35.8"', 'lat="95.8"', "latitude"),
        ('lon="30.5"', "", "point 2"),
        ('lon="30.5"', 'lon="nan"', "longitude"),
        ("4300", "high", "point 2"),
        ("4300", "1e300", "ele"),
    ],
)
def test_a_bad_point_is_refused_and_named(old: str, new: str, field: str) -> None:
    reading = read(FLIGHT.replace(old, new))
    assert reading.volumes == ()
    (fault,) = reading.unreadable
    assert (fault.file, fault.feature) == ("BRAVO.gpx", "track 1 (leg)")
    assert fault.field.startswith(field) or field in fault.field or field == "point 2"


def test_a_bad_segment_does_not_hide_the_others() -> None:
    good = FLIGHT[FLIGHT.index("<trkseg>") : FLIGHT.index("</trk>")]
    bad = good.replace("18:10", "17:10")
    reading = read(FLIGHT.replace(good, bad + good + "<trkseg></trkseg>"))
    assert [volume.source.feature for volume in reading.volumes if volume.source] == ["track 1 (leg), segment 2"]
    assert [fault.feature for fault in reading.unreadable] == ["track 1 (leg), segment 1"]
    assert "empty-segment" in {warning.code for warning in reading.warnings}


def test_a_repeated_point_is_dropped_and_a_lone_one_refused() -> None:
    first = FLIGHT[FLIGHT.index("<trkpt") : FLIGHT.index("</trkpt>") + 8]
    assert len(read(FLIGHT.replace(first, first * 3)).volumes) == 1
    second = FLIGHT[FLIGHT.rindex("<trkpt") : FLIGHT.rindex("</trkpt>") + 8]
    assert [f.field for f in read(FLIGHT.replace(second, first)).unreadable] == ["points"]


def test_waypoints_are_pointed_out() -> None:
    reading = read(FLIGHT.replace("<trk>", '<wpt lat="1" lon="2"/><trk>'))
    assert len(reading.volumes) == 1
    assert "waypoints-ignored" in {warning.code for warning in reading.warnings}


@given(st.binary(max_size=300))
def test_arbitrary_bytes_never_crash_the_reader(content: bytes) -> None:
    with pytest.raises((UnreadableError, LimitError)):
        gpx.read(content, "f.gpx")


@given(st.integers(0, len(FLIGHT) - 1), st.integers(0, 30), st.text(max_size=12))
def test_a_mutated_file_never_crashes_the_reader(at: int, cut: int, put: str) -> None:
    with contextlib.suppress(UnreadableError, LimitError):
        gpx.read((FLIGHT[:at] + put + FLIGHT[at + cut :]).encode("utf-8", "surrogatepass"), "f.gpx")


def test_an_element_of_another_format_is_refused_by_name() -> None:
    with pytest.raises(UnreadableError, match="expected gpx"):
        read("<kml/>")
    assert child_text(parse_xml(b"<a><b> x </b></a>", "f"), "b") == "x"
