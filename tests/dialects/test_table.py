"""CSV: nothing lost in a round trip, nothing computed by a spreadsheet, every fault with its row."""

from __future__ import annotations

import csv
import io
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sazokar.dialects import geojson, table
from sazokar.domain.plan.height import SURFACE, UNLIMITED
from sazokar.domain.plan.shape import Circle, MultiPolygon, Polygon, Position, Rectangle
from sazokar.domain.plan.volume import Role, Volume
from sazokar.errors import LimitError, UnreadableError
from tests.dialects.shapes import volumes

WINDOW = "2026-01-14T18:00:00Z,2026-01-14T19:00:00Z"


@given(volumes())
def test_what_is_written_is_read_back_as_it_was(written: Volume) -> None:
    reading = table.read(table.write([written]), "x.csv")
    assert not reading.unreadable
    assert [msgspec.structs.replace(one, source=None) for one in reading.volumes] == [written]


@given(volumes())
def test_csv_and_geojson_tell_the_same(written: Volume) -> None:
    (by_table,) = table.read(table.write([written]), "x.csv").volumes
    (by_json,) = geojson.read(geojson.write([written]), "x.geojson").volumes
    assert msgspec.structs.replace(by_table, source=None) == msgspec.structs.replace(by_json, source=None)


def test_a_list_of_sites_needs_no_more_than_name_place_and_radius() -> None:
    reading = table.read(
        b"Name,Latitude,Longitude,Radius\nclinic,36.5,37.25,300 m\n\nschool,36.6,37.3,1 km\n", "NGO.csv"
    )
    assert [one.operation for one in reading.volumes] == ["clinic", "school"]
    first = reading.volumes[0]
    assert first.shape == Circle(Position(365_000_000, 372_500_000), 300_000)
    assert (first.role, first.party, first.lower, first.upper) == (Role.ZONE, "NGO", SURFACE, UNLIMITED)
    assert {warning.code for warning in reading.warnings} == {
        "missing-party",
        "assumed-zone",
        "missing-lower",
        "missing-upper",
    }


@pytest.mark.parametrize("mark", [b",", b";", b"\t"])
def test_delimiter_is_told_by_the_first_row(mark: bytes) -> None:
    rows = b"name|lat|lon|radius_m\n'=site|36.5|-37.25|300\n".replace(b"|", mark)
    (one,) = table.read(b"\xef\xbb\xbf" + rows, "x.csv").volumes
    assert one.operation == "=site"
    assert one.shape == Circle(Position(365_000_000, -372_500_000), 300_000)


def test_a_quoted_cell_may_hold_line_ends_and_delimiters() -> None:
    text = f'operation,coordinates,start,end\n"box, 7","34N 30E;\n34N 31E;\r\n35N 31E",{WINDOW}\nlast,1,2,3\n'
    reading = table.read(text.encode(), "x.csv")
    assert reading.volumes[0].operation == "box, 7"
    assert isinstance(reading.volumes[0].shape, Polygon)
    assert reading.unreadable[0].feature == "row 3"


@pytest.mark.requirement("SZK-14")
def test_coordinates_of_five_notations_may_stand_in_one_cell() -> None:
    cells = "36.8N 30.0W; 36°48'00\"N 029°00'00\"W; 3548N02900W; 35 north 412345 3761234; 38SMB 44500 88500"
    text = (
        'operation;coordinates;half_width;start;end\nx;"'
        + cells.replace('"', '""')
        + '";5 NM;'
        + WINDOW.replace(",", ";")
    )
    (one,) = table.read(text.encode(), "x.csv").volumes
    assert one.shape.half_width_mm == 9_260_000  # type: ignore[union-attr]  # a corridor, by its half-width


def test_rings_and_polygons_are_parted_by_bars() -> None:
    ring, hole = "34N 30E;34N 31E;35N 31E;35N 30E", "34.2N 30.5E;34.2N 30.6E;34.3N 30.6E"
    rows = f"operation,coordinates,start,end\na,{ring}|{hole},{WINDOW}\nb,{ring}||{ring},{WINDOW}\n"
    one, other = (volume.shape for volume in table.read(rows.encode(), "x.csv").volumes)
    assert isinstance(one, Polygon)
    assert [len(ring) for ring in one.rings] == [4, 3]
    assert isinstance(other, MultiPolygon)
    assert len(other.polygons) == 2


def test_rectangle_may_cross_the_antimeridian() -> None:
    rows = f"operation,rectangle,start,end\na,170;-10;-170;10,{WINDOW}\n"
    (one,) = table.read(rows.encode(), "x.csv").volumes
    assert one.shape == Rectangle(1_700_000_000, -100_000_000, -1_700_000_000, 100_000_000)


@pytest.mark.parametrize(
    ("header", "row", "field"),
    [
        ("lat,lon,radius", "36,37,300", "radius"),
        ("lat,lon,radius", "36,,300 m", "lon"),
        ("lat,lon,radius", "36,37,0 m", "radius"),
        ("lat,lon,radius", "137,36,300 m", "lat and lon"),
        ("lat,lon,radius", '"36,5",37,300 m', "lat"),
        ("lat,lon,radius,radius_m", "36,37,300 m,300", "radius and radius_m"),
        ("coordinates,radius", "36.5,300 m", "coordinates[0]"),
        ("coordinates", "36N 30E;36N 31E;37N", "coordinates[2]"),
        ("coordinates,shape", "36N 30E,blob", "shape"),
        ("rectangle", "1;2;3", "rectangle"),
        ("lat,lon,radius,priority", "36,37,300 m,high", "priority"),
        ("lat,lon,radius,lower", "36,37,300 m,500", "lower"),
        ("lat,lon,radius,start,end", f"36,37,300 m,{WINDOW.replace('Z', '')}", "start"),
        ("lat,lon,radius,start,end", "36,37,300 m,,", "start and end"),
        ("lat,lon,radius", "36,37,300 m,extra", ""),
    ],
)
def test_fault_names_row_and_field(header: str, row: str, field: str) -> None:
    good = "36.1,37.1,300 m"
    rows = f"{header}\n{row}\n" + (f"{good}\n" if header == "lat,lon,radius" else "")
    reading = table.read(rows.encode(), "x.csv")
    (one,) = reading.unreadable
    assert (one.file, one.feature, one.field) == ("x.csv", "row 2", field)
    assert len(reading.volumes) == (header == "lat,lon,radius")


def test_unknown_column_is_pointed_out_with_the_nearest_known() -> None:
    (warning, *_) = table.read(b"operation,lat,lon,radius,uper\nx,1,2,3 m,FL100\n", "x.csv").warnings
    assert warning.code == "unknown-column"
    assert "'upper'" in warning.message


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"lat,lat\n", b'lat,lon\n"1', b"lat\x00", b"\xfe\xff\x00a"])
def test_what_is_no_table_of_places_is_an_error_that_names_the_file(content: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"x\.csv: found .*; expected "):
        table.read(content, "x.csv")


@pytest.mark.parametrize("name", ["=1+1", "+cmd", "-cmd", "@sum", "'=x", "''"])
def test_no_cell_begins_as_a_formula(name: str) -> None:
    site = Volume(operation=name, party=name, shape=Circle(Position(1, 2), 3), role=Role.ZONE, kind=name)
    content = table.write([site])
    cells = content.decode().splitlines()[1].split(",")
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    assert table.read(content, "x.csv").volumes[0].operation == name


def test_limits_are_enforced() -> None:
    with pytest.raises(LimitError, match="features"):
        table.read(b"lat,lon\n" + b"1,2\n" * 200_001, "x.csv")
    with pytest.raises(LimitError, match="bytes"):
        table.read(b"x" * 100_000_000, "x.csv")


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    with suppress(LimitError, UnreadableError):
        table.read(b"name,lat,lon,radius,coordinates\n" + content, "x.csv")


@settings(max_examples=200)
@given(volumes(), st.integers(0), st.binary(max_size=4), st.integers(0, 4))
def test_no_damaged_file_breaks_the_reader(one: Volume, place: int, put: bytes, cut: int) -> None:
    content = table.write([one])
    place %= len(content)
    with suppress(LimitError, UnreadableError):
        table.read(content[:place] + put + content[place + cut :], "x.csv")


@pytest.mark.parametrize(
    ("lat", "lon"),
    [("45.5", "-5.25"), ("45°30'00\"N", "005°15'00\"W"), ("45 30.000N", "5 15.000W"), ("N45°30'", "-5°15'"),
     ("45.5N", "5.25 W"), ("45d30m00s", "W 5d15m")],
)  # fmt: skip
def test_lat_and_lon_take_the_notations_of_one_angle(lat: str, lon: str) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["name", "lat", "lon", "radius"], ["a", lat, lon, "300 m"]])
    (one,) = table.read(text.getvalue().encode(), "x.csv").volumes
    assert isinstance(one.shape, Circle)
    assert one.shape.centre == Position(455_000_000, -52_500_000)


@pytest.mark.parametrize("lat", ["45 30", "45°30'E", "-45°S", "N45N", "45°60'N", "45.5°30'N", "nan", "x" * 500])
def test_lat_that_is_no_one_angle_of_its_axis_is_refused(lat: str) -> None:
    (one,) = table.read(f"name,lat,lon,radius\na,{lat},5,300 m\n".encode(), "x.csv").unreadable
    assert one.field == "lat"
