"""The right dialect for each file, and no file that raises."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.dialects import detect
from sazokar.dialects.detect import dialect_of
from sazokar.errors import UnreadableError

GEOJSON = b'{"type":"FeatureCollection","features":[]}'
F3548 = b'{"extents":[]}'
ED269 = b'{"title":"zones","features":[{"identifier":"X"}]}'
ED318 = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "geometry": {"type": "Point", "layer": {}}, "properties": {}}],
    }
).encode()
KML = b'<?xml version="1.0"?>\n<!-- x -->\n<kml xmlns="http://www.opengis.net/kml/2.2"/>'
GPX = b'<?xml version="1.0"?><gpx version="1.1"/>'
OPENAIR = b"* comment\nAC R\nAN Range\nAH FL100\nAL GND\nDP 36:00:00 N 030:00:00 E\n"
CSV = b"name,lat,lon,radius\n"


@pytest.mark.parametrize(
    ("content", "ending", "dialect"),
    [
        (GEOJSON, ".geojson", "geojson"),
        (b"\xef\xbb\xbf" + GEOJSON, ".json", "geojson"),
        (F3548, ".json", "f3548"),
        (ED269, ".json", "ed269"),
        (ED318, ".json", "ed318"),
        (KML, ".kml", "kml"),
        (b"PK\x03\x04", ".kmz", "kml"),
        (GPX, ".gpx", "gpx"),
        (OPENAIR, ".txt", "openair"),
        (CSV, ".csv", "table"),
        (CSV.replace(b",", b"\t"), ".tsv", "table"),
    ],
)
def test_dialect_is_known_by_ending_and_by_content_alone(content: bytes, ending: str, dialect: str) -> None:
    assert dialect_of(content, f"plans/BRAVO{ending.upper()}") == dialect
    assert dialect_of(content, "-") == dialect
    assert dialect_of(content, "plans/unknown.dat") == dialect


def test_real_files_are_known(shared: Path) -> None:
    data = shared / "data"
    expected = {
        "airspace/ed269/test_eurocae_ed269.json": "ed269",
        "airspace/ed318/Example_GeoZone_Circle.json": "ed318",
        "airspace/ed318/Example_GeoZone_2_Layers.json": "ed318",
        "airspace/ed318/Example_Collection.json": "ed318",
        "airspace/openair/polygon.txt": "openair",
        "airspace/fir/fir_middle_east.geojson": "geojson",
        "f3548/interuss_prober_scd/op_request_1.json": "f3548",
        "formats/kml/timespan.kml": "kml",
        "formats/gpx/blue_hills.gpx": "gpx",
    }
    for name, dialect in expected.items():
        content = (data / name).read_bytes()
        assert dialect_of(content, name) == dialect, name
        assert dialect_of(content, "-") == dialect, name


@pytest.mark.parametrize("content", [b"", b"   ", b"hello", b"<html>", b"\x89PNG", b"7"])
def test_what_is_in_no_dialect_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableError, match="expected GeoJSON, KML"):
        dialect_of(content, "-")


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"{", b" " * 100_000_000, b"[" * 100_000, b'{"type":["x"]}', b'{"a":' * 80 + b"1" + b"}" * 80],
)
@pytest.mark.parametrize("file", ["-", "x.geojson", "x.csv", "x.json"])
def test_a_file_that_cannot_be_read_is_a_value_that_names_it(content: bytes, file: str) -> None:
    (one,) = detect.read(content, file).unreadable
    assert one.file == file
    assert one.found
    assert one.expected


@given(st.binary(max_size=100), st.sampled_from(["-", "x.geojson", "x.json", "x.csv", "x.tsv", "x.dat"]))
def test_no_bytes_raise(content: bytes, file: str) -> None:
    assert detect.read(content, file) is not None


@pytest.mark.parametrize(
    "content",
    [b"[]", b"{}", b"[7]", b'{"type":"Topology","objects":{},"arcs":[]}', b'{"type":"Polygon","coordinates":[]}'],
)
@pytest.mark.parametrize("file", ["-", "x.json", "x.geojson"])
def test_json_of_no_dialect_is_called_that(content: bytes, file: str) -> None:
    (one,) = detect.read(content, file).unreadable
    assert one.found.startswith("JSON of no dialect that is known here")
    assert "F3548" in one.expected
    assert "GeoJSON" in one.expected
    assert "Volume4D" not in str(one)


@pytest.mark.parametrize("file", ["rules.toml", "agreement"])
def test_rules_given_as_a_plan_are_pointed_to_their_option(file: str) -> None:
    (one,) = detect.read(b"# the agreement\nversion = 1\n\n[default]\nhorizontal = '10NM'\n", file).unreadable
    assert one.found == "a rules file"
    assert "--rules" in one.expected
