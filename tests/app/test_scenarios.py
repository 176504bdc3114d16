"""The scenarios that every release plays, as far as a check plays them, on the files of a planner. All invented."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import permutations
from math import cos, radians

import pytest

from sazokar.app.check import Report, Settings, check
from sazokar.dialects import rules
from sazokar.domain.plan.altitude import GroundBand
from sazokar.domain.plan.conflict import ProposalKind
from sazokar.domain.plan.instant import parse_instant
from sazokar.domain.plan.shape import Circle, Position, Rectangle

FEET = 3_048
"""1e-4 m in a foot."""
RULES = b"""version = 1
[default]
horizontal = "10NM"
vertical = "2000ft"
time = "5min"
"""
# 202.45 NM at 300 kt: the last vertex is 40 min 29.4 s after the first (the length by Karney's geodesic).
TRANSPORT = b"""<?xml version="1.0"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Placemark>
<name>transport-1</name><ExtendedData>
<Data name="party"><value>BRAVO</value></Data><Data name="class"><value>transport</value></Data>
<Data name="lower"><value>FL140</value></Data><Data name="upper"><value>FL180</value></Data>
</ExtendedData><gx:Track>
<when>2026-01-14T18:00:00Z</when><when>2026-01-14T18:40:29.412Z</when>
<gx:coord>-30.00 36.80 0</gx:coord><gx:coord>-30.5413 33.4498 0</gx:coord>
</gx:Track></Placemark></kml>"""
BOX = (
    "operation,party,rectangle,lower,upper,start,end\n"
    "box-7,ALPHA,-30.30;34.60;-29.90;34.95,FL050,FL300,2026-01-14T18:10:00Z,{end}\n"
)
FILES = (("ALPHA.csv", BOX.format(end="2026-01-14T18:40:00Z").encode()), ("BRAVO.kml", TRANSPORT))


def checked(files: Sequence[tuple[str, bytes]], **settings: object) -> Report:
    """Return the report of a check by the rules of scenario A."""
    return check(files, Settings(rules=rules.read(RULES, "RULES.toml"), **settings))  # type: ignore[arg-type]  # any


@pytest.mark.requirement("SZK-30")
def test_a_track_that_passes_404_m_outside_the_box_breaches_the_minimum_all_the_same() -> None:
    report = checked(FILES, proposals=False)
    assert report.unreadable == ()
    (conflict,) = report.conflicts
    assert (conflict.a.name, conflict.b.name) == ("ALPHA/box-7", "BRAVO/transport-1")
    assert abs(conflict.start_ms - parse_instant("2026-01-14T18:20:21Z")) <= 1_000
    assert abs(conflict.end_ms - parse_instant("2026-01-14T18:28:25Z")) <= 1_000
    # From the corner at 34.95 N 30.30 W to the track it is 403.575 m by Karney's geodesics, at 18:22:22.
    assert abs(conflict.horizontal_mm - 403_575) <= 20
    assert conflict.vertical_e4 == 0


@pytest.mark.requirement("SZK-34")
def test_the_transport_is_freed_by_25_minutes_or_by_fl320() -> None:
    (conflict,) = checked(FILES).conflicts
    offered = {proposal.kind: proposal for proposal in conflict.proposals if proposal.party == "BRAVO"}
    assert offered[ProposalKind.DELAY].delta_ms == 25 * 60_000
    assert offered[ProposalKind.CLIMB].delta_e4 == (320 - 140) * 100 * FEET  # FL300 and 2,000 ft above it


@pytest.mark.requirement("SZK-34")
def test_with_the_delay_there_is_no_conflict_and_with_a_minute_less_there_is() -> None:
    def delayed(minutes: int) -> Report:
        moved = TRANSPORT.replace(b"18:00:00Z", f"18:{minutes:02}:00Z".encode())
        end = f"{18 + (40 + minutes) // 60}:{(40 + minutes) % 60:02}:29.412Z".encode()
        return checked((FILES[0], ("BRAVO.kml", moved.replace(b"18:40:29.412Z", end))), proposals=False)

    assert delayed(25).conflicts == ()
    assert len(delayed(24).conflicts) == 1


@pytest.mark.requirement("SZK-13")
def test_a_time_typed_without_a_zone_is_refused_and_the_transport_is_still_read() -> None:
    report = checked((("ALPHA.csv", BOX.format(end="2010").encode()), FILES[1]))
    (fault,) = report.unreadable
    assert (fault.file, fault.feature, fault.field) == ("ALPHA.csv", "row 2", "end")
    assert "2010" in fault.found
    assert [volume.name for volume in report.volumes] == ["BRAVO/transport-1"]


def test_the_report_is_the_same_whatever_the_order_of_the_files() -> None:
    three = (
        *FILES,
        ("SITES.csv", b"operation,party,role,lat,lon,radius,lower,upper\nclinic,NGO,zone,34.7,-30.1,300 m,SFC,UNL\n"),
    )
    first, *others = [checked(order) for order in permutations(three)]
    assert all(other == first for other in others)
    assert len(first.conflicts) >= 1


AREA = Rectangle(350_000_000, 300_000_000, 450_000_000, 380_000_000)
"""35° to 45° east, 30° to 38° north: a latitude and a longitude there, swapped, lie outside it or inside it."""
ROWS = 14


def listed() -> dict[str, tuple[float, float]]:
    """Return 178 sites on a grid of 0.05°, five decimals each, so that none of them is in doubt."""
    return {f"site-{n:03}": (36.00003 + n // ROWS * 0.05, 38.10007 + n % ROWS * 0.05) for n in range(178)}


def planted() -> dict[str, tuple[float, float]]:
    """Return the list of 182, four of them with slips."""
    sites = listed()
    lat, lon = sites["site-050"]
    sites["swapped"] = (41.20011, 36.30007)
    # 36°15'10" N 38°21'15" E typed as decimals; the site that was meant is on the list too, 100 m from there.
    sites["site-020"] = (36.25278 + 0.0009, 38.35417)
    sites["typed"] = (36.1510, 38.2115)
    sites["near"] = (lat, lon + 240 / (111_320 * cos(radians(lat))))
    sites["again"] = sites["site-100"]
    return sites


def listing(sites: dict[str, tuple[float, float]]) -> bytes:
    """Return a list of sites as an agency sends it."""
    rows = [f"{name},NGO,zone,{lat:.7f},{lon:.7f},200 m,SFC,UNL" for name, (lat, lon) in sites.items()]
    return "\n".join(("operation,party,role,lat,lon,radius,lower,upper", *rows)).encode()


@pytest.mark.requirement("SZK-14")
@pytest.mark.requirement("SZK-17")
def test_every_slip_planted_in_a_list_of_182_sites_is_pointed_out_and_every_original_kept() -> None:
    sites = planted()
    assert len(sites) == 182
    report = check([("SITES.csv", listing(sites))], Settings(area=AREA))
    doubts = {
        (warning.code, warning.message.partition("NGO/")[2].partition(" ")[0].rstrip(":"))
        for warning in report.warnings
    }
    assert {("swapped-coordinates", "swapped"), ("dms-as-decimal", "typed"), ("duplicate", "site-100")} <= doubts
    assert {name for code, name in doubts if code == "near-duplicate"} == {"site-050"}
    assert {code for code, _ in doubts} <= {"swapped-coordinates", "dms-as-decimal", "duplicate", "near-duplicate"}
    assert len(doubts) == 4
    assert report.unreadable == ()
    kept = {v.operation: v.shape.centre for v in report.volumes if isinstance(v.shape, Circle)}
    assert kept == {name: Position(round(lat * 1e7), round(lon * 1e7)) for name, (lat, lon) in sites.items()}


@pytest.mark.requirement("SZK-14")
def test_a_list_without_slips_raises_no_doubt() -> None:
    assert check([("SITES.csv", listing(listed()))], Settings(area=AREA)).warnings == ()


VOLUME_4D = {
    "volume": {
        "outline_circle": {"center": {"lat": 34.6, "lng": 30.5}, "radius": {"value": 300, "units": "M"}},
        "altitude_lower": {"value": 1_030, "reference": "W84", "units": "M"},
        "altitude_upper": {"value": 1_150, "reference": "W84", "units": "M"},
    },
    "time_start": {"value": "2026-01-14T09:00:00Z", "format": "RFC3339"},
    "time_end": {"value": "2026-01-14T10:00:00Z", "format": "RFC3339"},
}
EXERCISE = (
    b"operation,party,lat,lon,radius,lower,upper,start,end\n"
    b"exercise,ALPHA,34.6,30.5,5 NM,SFC,5000 FT AMSL,2026-01-14T08:00:00Z,2026-01-14T12:00:00Z\n"
)
TERRAIN = GroundBand(10_200_000, 10_200_000)
"""1,020 m everywhere."""


def drone(upper: str) -> bytes:
    """Return a drone's plan up to a height."""
    row = f"survey,BRAVO,34.6,30.5,300 m,SFC,{upper},2026-01-14T09:00:00Z,2026-01-14T10:00:00Z"
    return f"operation,party,lat,lon,radius,lower,upper,start,end\n{row}\n".encode()


@pytest.mark.requirement("SZK-15")
def test_120_m_amsl_over_terrain_of_1020_m_is_pointed_out_and_120_m_agl_is_not() -> None:
    report = check([("BRAVO.csv", drone("120 M AMSL"))], Settings(ground=TERRAIN))
    assert [warning.code for warning in report.warnings] == ["below-ground"]
    assert "120 m AMSL" in report.warnings[0].message
    assert check([("BRAVO.csv", drone("120 M AGL"))], Settings(ground=TERRAIN)).warnings == ()


@pytest.mark.requirement("SZK-15")
def test_a_drone_above_ground_meets_an_exercise_above_sea_level_over_the_ground_given() -> None:
    files = [("ALPHA.csv", EXERCISE), ("BRAVO.csv", drone("120 M AGL"))]
    over_low = check(files, Settings(ground=TERRAIN, proposals=False))
    assert len(over_low.conflicts) == 1
    assert [warning.code for warning in over_low.warnings] == ["same-point"], (
        "the two are about one point, and that is told"
    )
    (conflict,) = check(files, Settings(proposals=False)).conflicts
    assert "-430" in conflict.conversion
    assert "8,850" in conflict.conversion


@pytest.mark.requirement("SZK-44")
def test_a_suppliers_volume_meets_the_exercise() -> None:
    report = check([("ALPHA.csv", EXERCISE), ("USS.json", json.dumps(VOLUME_4D).encode())], Settings(proposals=False))
    assert report.unreadable == ()
    assert len(report.conflicts) == 1
