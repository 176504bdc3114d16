"""What is typed on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.domain.plan.altitude import GroundBand
from sazokar.domain.plan.rules import Minima
from sazokar.domain.plan.shape import Rectangle
from sazokar.doors.options import area_of, ground_of, rules_of
from sazokar.errors import SazokarError


def test_defaults_are_ten_miles_two_thousand_feet_and_a_minute() -> None:
    assert rules_of(None, None, None, None).default == Minima(18_520_000, 6_096_000, 60_000)


def test_minima_typed_replace_the_defaults_one_by_one() -> None:
    assert rules_of(None, "500m", None, "5min").default == Minima(500_000, 6_096_000, 300_000)
    assert rules_of(None, None, "101ft", None).default.vertical_e4 == 101 * 3048
    assert rules_of(None, None, "30 m", None).default.vertical_e4 == 300_000


@pytest.mark.parametrize(
    ("typed", "low_m", "high_m"),
    [("0m..1200m", 0, 1200), ("-430m..8850m", -430, 8850), ("100ft..1000ft", 30.48, 304.8), ("5m..5m", 5, 5)],
)
def test_ground_is_read_in_metres_and_feet(typed: str, low_m: float, high_m: float) -> None:
    assert ground_of(typed) == GroundBand(round(low_m * 10_000), round(high_m * 10_000))


@pytest.mark.parametrize("typed", ["", "0..1200", "1200m..0m", "0m-1200m", "0m..1e9m", "0km..1km", "٠m..١m"])
def test_ground_that_is_none_is_refused_with_what_is_expected(typed: str) -> None:
    with pytest.raises(SazokarError, match=r"--ground.*expected"):
        ground_of(typed)


def test_area_may_cross_the_antimeridian() -> None:
    assert area_of("170,-20,-170,10") == Rectangle(1_700_000_000, -200_000_000, -1_700_000_000, 100_000_000)


@pytest.mark.parametrize(
    "typed", ["1,2,3", "1,2,3,4,5", "0,10,5,5", "181,0,5,5", "0,-91,5,5", "no such file", "\0", ""]
)
def test_area_that_is_none_is_refused_with_what_is_expected(typed: str) -> None:
    with pytest.raises(SazokarError, match="--area"):
        area_of(typed)


def _file(tmp_path: Path, *rings: list[list[float]]) -> str:
    features = [
        {"type": "Feature", "properties": None, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for ring in rings
    ]
    path = tmp_path / "area.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return str(path)


def _ring(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def test_area_of_a_file_is_its_bounding_rectangle(tmp_path: Path) -> None:
    assert area_of(_file(tmp_path, _ring(-31, 33, -27, 37), _ring(-25, 34, -24, 35))) == Rectangle(
        -310_000_000, 330_000_000, -240_000_000, 370_000_000
    )


def test_area_of_a_file_cut_at_the_antimeridian_is_put_together(tmp_path: Path) -> None:
    cut = area_of(_file(tmp_path, _ring(175, -20, 180, -10), _ring(-180, -20, -178, -10)))
    assert cut == Rectangle(1_750_000_000, -200_000_000, -1_780_000_000, -100_000_000)
    assert area_of(_file(tmp_path, _ring(175, -20, -178, -10))) == cut


def test_area_of_the_whole_earth_is_the_whole_earth(tmp_path: Path) -> None:
    assert area_of(_file(tmp_path, _ring(-180, -90, 180, 90))) == Rectangle(
        -1_800_000_000, -900_000_000, 1_800_000_000, 900_000_000
    )


@given(west=st.integers(-180, 179), width=st.integers(1, 170), shift=st.integers(-3, 3), south=st.integers(-80, 70))
def test_area_of_a_file_holds_its_corners_wherever_it_lies(
    tmp_path_factory: pytest.TempPathFactory, west: int, width: int, shift: int, south: int
) -> None:
    def wrapped(lon: int) -> int:
        return (lon + 180) % 360 - 180

    ring = _ring(wrapped(west), south, wrapped(west + width), south + 10)
    found = area_of(_file(tmp_path_factory.mktemp("area"), ring[shift:] + ring[:shift]))
    assert found == Rectangle(wrapped(west) * 10**7, south * 10**7, wrapped(west + width) * 10**7, (south + 10) * 10**7)


@pytest.mark.parametrize("content", [b"", b"{}", b"[[1,2]]", b"[" * 100_000, b"\xff", b'{"coordinates":"no"}'])
def test_area_file_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "area.geojson"
    path.write_bytes(content)
    with pytest.raises(SazokarError, match="--area"):
        area_of(str(path))


@pytest.mark.parametrize(
    ("typed", "told"),
    [((None, "2000km", None, None), "--horizontal: found '2000km'; expected horizontal within 0 to 1,000 km"),
     ((None, None, "200km", None), "--vertical: found '200km'; expected vertical within 0 to 100 km"),
     ((None, None, None, "400d"), "--time: found '400d'; expected time within 0 to 366 days")],
)  # fmt: skip
def test_a_minimum_beyond_its_bound_is_told_as_it_was_typed(typed: tuple[str | None, ...], told: str) -> None:
    with pytest.raises(SazokarError) as raised:
        rules_of(*typed)
    assert str(raised.value) == told


def test_rules_and_area_are_not_read_from_standard_input() -> None:
    with pytest.raises(SazokarError, match=r"--rules: .*standard input"):
        rules_of("-", None, None, None)
    with pytest.raises(SazokarError, match=r"--area: .*standard input"):
        area_of("-")
