"""The job of `check`: what it gathers of several files, and what it says of the whole."""

from __future__ import annotations

import pytest

from sazokar.app import check as job
from sazokar.app.check import Report, Settings, check
from sazokar.domain.plan.altitude import GroundBand
from sazokar.domain.plan.rules import DEFAULT_MINIMA, RuleSet, SeparationClause
from sazokar.errors import RulesError

HEAD = "operation,party,class,lat,lon,radius,lower,upper,start,end\n"
WINDOW = "2026-01-14T08:00:00Z,2026-01-14T09:00:00Z"


def row(operation: str, party: str, *, lat: float = 34.6, band: str = "SFC,100 M AMSL", class_: str = "any") -> str:
    """Return a row of a circle of 300 m."""
    return f"{operation},{party},{class_},{lat},30.5,300 m,{band},{WINDOW}\n"


def checked(*rows: str, settings: Settings = Settings(proposals=False)) -> Report:
    """Return the report on files of a row each."""
    return check([(f"{n}.csv", (HEAD + text).encode()) for n, text in enumerate(rows)], settings)


def codes(report: Report) -> list[str]:
    """Return the codes of the warnings."""
    return [warning.code for warning in report.warnings]


def test_what_cannot_be_read_hides_neither_its_neighbours_nor_another_file() -> None:
    broken = row("bad", "A").replace("08:00:00Z", "08:00:00") + row("a", "A")
    report = check([("x.csv", (HEAD + broken).encode()), ("y.csv", (HEAD + row("b", "B")).encode()), ("z.kml", b"<")])
    assert [(fault.file, fault.field) for fault in report.unreadable] == [("x.csv", "start"), ("z.kml", "")]
    assert [(c.a.name, c.b.name) for c in report.conflicts] == [("A/a", "B/b")]
    assert report.files == ("x.csv", "y.csv", "z.kml")


def test_the_volumes_of_an_operation_in_two_files_are_numbered_on() -> None:
    report = checked(row("a", "A"), row("a", "A", lat=34.7), row("b", "A"))
    assert [(volume.operation, volume.index) for volume in report.volumes] == [("a", 0), ("a", 1), ("b", 0)]
    assert report.conflicts == ()


def test_pairs_of_one_party_are_judged_only_where_it_is_asked_for() -> None:
    rows = (row("a", "A"), row("b", "A"))
    assert checked(*rows).conflicts == ()
    assert len(checked(*rows, settings=Settings(same_party=True, proposals=False)).conflicts) == 1


def test_two_clauses_that_speak_of_one_pair_with_equal_right_are_an_error() -> None:
    clauses = tuple(SeparationClause(n, pair, DEFAULT_MINIMA) for n, pair in (("1", ("x", "any")), ("2", ("any", "y"))))
    settings = Settings(rules=RuleSet(clauses=clauses), proposals=False)
    with pytest.raises(RulesError, match="1"):
        checked(row("a", "A", class_="x"), row("b", "B", class_="y"), settings=settings)


@pytest.mark.requirement("SZK-15")
def test_the_ground_is_said_to_be_assumed_only_where_heights_above_it_meet_others() -> None:
    agl, amsl = (row(name, name, band=f"SFC,100 M {name}") for name in ("AGL", "AMSL"))
    assert "ground-assumed" in codes(checked(agl, amsl))
    assert "ground-assumed" not in codes(checked(agl, agl.replace("AGL,AGL", "x,y")))
    assert "ground-assumed" not in codes(checked(amsl))
    given = Settings(ground=GroundBand(0, 10_000), proposals=False)
    assert "ground-assumed" not in codes(checked(agl, amsl, settings=given))


def test_proposals_are_searched_for_so_many_operations_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "GREATEST_SEARCHED", 2)
    rows = [row(f"a{n}", "A", lat=34 + n) for n in range(3)] + [row(f"b{n}", "B", lat=34 + n) for n in range(3)]
    report = checked(*rows, settings=Settings())
    assert [bool(conflict.proposals) for conflict in report.conflicts] == [True, False, False]
    (warning,) = [warning for warning in report.warnings if warning.code == "proposals-bounded"]
    assert warning.message.startswith("6 operations")


def test_progress_is_told_by_stage() -> None:
    told: list[tuple[str, int, int]] = []
    check([("x.csv", (HEAD + row("a", "A") + row("b", "B")).encode())], progress=lambda *given: told.append(given))
    assert {stage for stage, _, _ in told} <= {"judging", "searching proposals"}
    assert all(0 <= done <= whole for _, done, whole in told)
