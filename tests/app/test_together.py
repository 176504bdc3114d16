"""Names that a dialect had to assume never make one side of two."""

from __future__ import annotations

import json

import pytest

from sazokar.app.check import Settings, check
from sazokar.domain.plan.rules import Minima, RuleSet, SeparationClause, ZoneClause
from sazokar.domain.plan.volume import Role


def site(lat: float, **properties: object) -> bytes:
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [-31.0, lat]},
        "properties": {
            "radius_m": 500, "lower": "FL100", "upper": "FL120",
            "start": "2031-01-14T10:00:00Z", "end": "2031-01-14T11:00:00Z", **properties,
        },
    }  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


@pytest.mark.requirement("SZK-17")
def test_two_files_of_one_name_that_name_no_party_are_two_sides() -> None:
    report = check([("north/plans.geojson", site(34.0)), ("south/plans.geojson", site(34.005))])
    assert [{c.a.party, c.b.party} for c in report.conflicts] == [{"north/plans", "south/plans"}]
    assert [w.file for w in report.warnings if w.code == "party-told-apart"] == [
        "north/plans.geojson",
        "south/plans.geojson",
    ]


def test_a_file_alone_keeps_the_party_of_its_name() -> None:
    report = check([("north/plans.geojson", site(34.0)), ("south/other.geojson", site(34.005))])
    assert {v.party for v in report.volumes} == {"plans", "other"}
    assert not [w for w in report.warnings if w.code == "party-told-apart"]


def test_an_operation_in_two_files_is_one_and_is_pointed_out() -> None:
    named = {"party": "BRAVO", "operation": "survey"}
    report = check([("a.geojson", site(34.0, **named)), ("b.geojson", site(34.005, **named))])
    assert [(v.operation, v.index) for v in report.volumes] == [("survey", 0), ("survey", 1)]
    (warning,) = [w for w in report.warnings if w.code == "operation-in-two-files"]
    assert warning.file == "b.geojson"
    assert "BRAVO/survey is in a.geojson too" in warning.message


def test_a_clause_that_speaks_of_nothing_read_is_told_by_its_number() -> None:
    minima = Minima(1_000_000, 0, 0)
    clauses = (
        SeparationClause("1", ("any", "any"), minima),
        SeparationClause("2", ("transport", "any"), minima),
        SeparationClause("3", ("transprot", "any"), minima),
        ZoneClause("4", minima, zone="Halcyon Bank"),
        ZoneClause("5", minima, zone="Halcyon Bnk"),
        ZoneClause("6", minima, zone_kind="protekted-site"),
        ZoneClause("8", Minima(2_000_000, 0, 0), zone_kind="Protected site"),
        ZoneClause("7", minima, class_="uav"),
    )
    files = [
        ("a.geojson", site(34.0, party="A", operation="one", **{"class": "transport"})),
        ("z.geojson", site(36.0, party="Z", operation="Halcyon Bank", role=Role.ZONE, kind="protected-site")),
    ]
    report = check(files, Settings(rules=RuleSet(clauses=clauses)))
    told = [w.message.split()[1] for w in report.warnings if w.code == "clause-of-nothing"]
    assert told == ["3", "5", "6", "7"]
