"""Positions echoed in every notation, each of which gives the position back (SZK-14)."""

from __future__ import annotations

import re

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from sazokar.dialects import read_back
from sazokar.dialects.coordinate import parse_coordinate
from sazokar.dialects.read_back import echo
from sazokar.domain.plan.shape import Circle, Corridor, Movement, MultiPolygon, Polygon, Position, Rectangle, Shape
from sazokar.domain.plan.volume import Volume

pytestmark = pytest.mark.requirement("SZK-14")

EARTH: Geodesic = Geodesic.WGS84
WRITTEN = re.compile(r"(decimal|DMS|DDM|MGRS|UTM) ([^|]+?)(?: \||$)")


def of(shape: Shape) -> Volume:
    return Volume(operation="one", party="ALPHA", shape=shape)


def notations(line: str) -> dict[str, str]:
    return dict(WRITTEN.findall(line.split(": ", 1)[1]))


def test_a_position_is_echoed_in_five_notations_with_its_datum() -> None:
    (line,) = echo([of(Circle(Position(368_000_000, -300_000_000), 1_000))])
    assert line.startswith("ALPHA/one, volume 0, the centre: decimal 36.8000000N 30.0000000W | ")
    assert line.endswith("| WGS 84")
    assert set(notations(line)) == {"decimal", "DMS", "DDM", "MGRS", "UTM"}
    assert "36°48'00.00000\"N 030°00'00.00000\"W" in line
    assert "36°48.000000'N 030°00.000000'W" in line


@settings(max_examples=100, deadline=None)
@given(st.integers(-799_000_000, 839_000_000), st.integers(-1_800_000_000, 1_799_999_999))
def test_each_notation_reads_back_as_the_position_and_mgrs_within_its_metre(lat_e7: int, lon_e7: int) -> None:
    given_ = Position(lat_e7, lon_e7)
    (line,) = echo([of(Circle(given_, 1_000))])
    for notation, text in notations(line).items():
        back = parse_coordinate(text)
        apart = EARTH.Inverse(given_.lat, given_.lon, back.lat, back.lon)["s12"]
        assert apart <= (1.42 if notation == "MGRS" else 0.02), (notation, text)


def test_no_position_of_any_shape_is_left_out() -> None:
    line = tuple(Position(10_000_000 * n, 20_000_000) for n in range(1, 4))
    ring = (Position(0, 0), Position(0, 50_000_000), Position(50_000_000, 0))
    hole = (Position(10_000_000, 10_000_000), Position(10_000_000, 20_000_000), Position(20_000_000, 10_000_000))
    places: dict[Shape, list[str]] = {
        Corridor(line, 1): ["vertex 1", "vertex 2", "vertex 3"],
        Movement(line, (1, 2, 3), 1): ["vertex 1", "vertex 2", "vertex 3"],
        Polygon((ring, hole)): [*(f"the outer ring, vertex {n}" for n in (1, 2, 3)),
                                *(f"hole 1, vertex {n}" for n in (1, 2, 3))],
        MultiPolygon((Polygon((ring,)), Polygon((hole,)))): [
            f"polygon {part}, the outer ring, vertex {n}" for part in (1, 2) for n in (1, 2, 3)
        ],
        Rectangle(0, 0, 10_000_000, 20_000_000): ["the south-west corner", "the north-east corner"],
    }  # fmt: skip
    for shape, names in places.items():
        assert [text.split(": ")[0].split(", ", 2)[2] for text in echo([of(shape)])] == names


def test_utm_is_left_out_where_it_ends() -> None:
    (line,) = echo([of(Circle(Position(890_000_000, 0), 1_000))])
    assert set(notations(line)) == {"decimal", "DMS", "DDM", "MGRS"}


def test_an_echo_is_bounded_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_back, "GREATEST_ECHOED", 2)
    three = [of(Circle(Position(n, 0), 1_000)) for n in range(3)]
    assert len(echo(three[:2])) == 2
    assert echo(three)[2] == "only the first 2 positions are echoed"
