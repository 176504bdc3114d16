"""A plan's file made into a notice: whose it is, what it is about, and nothing of it left out."""

from __future__ import annotations

import pytest

from sazokar.dialects import detect, notice
from sazokar.dialects.notice import NoticeDraft
from sazokar.dialects.notice_plan import draft_of_plan, drafts_of_plan, with_plan
from sazokar.dialects.reading import Reading
from sazokar.domain.filing import refusal_of
from sazokar.domain.notice import NoticeKind
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS, parse_instant
from sazokar.domain.plan.volume import Role
from sazokar.errors import FieldError, UnreadableError

NOW_MS = parse_instant("2031-01-13T00:00:00Z")
HEAD = "operation,party,kind,lat,lon,radius,lower,upper,start,end\n"
TIMES = ",SFC,100 M AGL,2031-01-14T06:00:00Z,2031-01-14T09:00:00Z\n"
SITES = "name,lat,lon,radius,kind\nalder,35.61,-31.02,500 m,protected-site\nbirch,35.7,-31.1,300 m,protected-site\n"
FORM = '[notice]\nkind = "area"\nplan = "plan.csv"\ntolerance = "5min"\n'


def table(text: str, file: str = "plan.csv") -> Reading:
    return detect.read(text.encode(), file)


def form(more: str = "") -> NoticeDraft:
    return notice.read((FORM + more).encode(), "NOTICE.toml", "ALPHA")


def test_a_plan_gives_its_volumes_to_the_form_that_names_it() -> None:
    draft = with_plan(
        form(), table(HEAD + "box,ALPHA,,36,-30,1km" + TIMES + "box,ALPHA,,36.1,-30,1km" + TIMES), "ALPHA"
    )
    extent = draft.statement().extent
    assert extent is not None
    assert [(v.party, v.operation, v.index) for v in extent.volumes] == [("ALPHA", "box", 0), ("ALPHA", "box", 1)]
    assert extent.tolerance_ms == 300_000
    assert refusal_of(draft.statement(), "ALPHA", None, NOW_MS) is None


def test_what_names_no_party_is_the_filers_and_what_names_another_stays_anothers() -> None:
    nameless = with_plan(form(), table(HEAD + "box,,,36,-30,1km" + TIMES), "ALPHA")
    assert nameless.extent is not None and nameless.extent.volumes[0].party == "ALPHA"
    foreign = with_plan(form(), table(HEAD + "box,BRAVO,,36,-30,1km" + TIMES), "ALPHA")
    found = refusal_of(foreign.statement(), "ALPHA", None, NOW_MS)
    assert found is not None and found.code == "not-one-operation"
    # Its file bears the name of the party that it names: that is no want of a name.
    named = table(HEAD + "box,BRAVO,,36,-30,1km" + TIMES, "BRAVO.csv")
    stays = draft_of_plan(named, "ALPHA", NoticeKind.AREA)
    assert stays.extent is not None and stays.extent.volumes[0].party == "BRAVO"


def test_the_form_names_an_operation_that_the_plan_does_not_name() -> None:
    nameless = table(HEAD + ",ALPHA,,36,-30,1km" + TIMES + ",ALPHA,,36.1,-30,1km" + TIMES)
    draft = with_plan(form('operation = "box"\n'), nameless, "ALPHA")
    assert draft.extent is not None
    assert [(v.operation, v.index) for v in draft.extent.volumes] == [("box", 0), ("box", 1)]
    with pytest.raises(FieldError, match="name it here"):
        with_plan(form(), nameless, "ALPHA")


@pytest.mark.requirement("SZK-16")
def test_two_names_for_one_operation_are_refused_with_both() -> None:
    with pytest.raises(FieldError) as error:
        with_plan(form('operation = "box"\n'), table(HEAD + "crate,ALPHA,,36,-30,1km" + TIMES), "ALPHA")
    assert "'box'" in error.value.found and "'crate'" in error.value.found


def test_two_operations_are_two_notices() -> None:
    two = table(HEAD + "box,ALPHA,area,36,-30,1km" + TIMES + "crate,ALPHA,laser,36.1,-30,1km" + TIMES)
    with pytest.raises(FieldError, match="2 operations"):
        with_plan(form(), two, "ALPHA")
    with pytest.raises(FieldError, match="2 operations"):
        draft_of_plan(two, "ALPHA")
    assert [(d.operation, d.notice) for d in drafts_of_plan(two, "ALPHA")] == [
        ("box", NoticeKind.AREA), ("crate", NoticeKind.HAZARD),
    ]  # fmt: skip


@pytest.mark.requirement("SZK-10")
def test_a_list_of_sites_is_a_standing_notice_for_each() -> None:
    drafts = drafts_of_plan(table(SITES), "ALPHA")
    assert [draft.operation for draft in drafts] == ["alder", "birch"]
    for draft in drafts:
        assert draft.notice is NoticeKind.SITE
        assert draft.extent is not None
        (volume,) = draft.extent.volumes
        assert (volume.party, volume.role, volume.index) == ("ALPHA", Role.OPERATION, 0)
        assert (volume.start_ms, volume.end_ms) == (BEGINNING_MS, END_MS)
        assert refusal_of(draft.statement(), "ALPHA", None, NOW_MS) is None


def test_a_zone_that_says_so_is_left_a_zone() -> None:
    zone = table("operation,party,role,lat,lon,radius\nbox,ALPHA,zone,36,-30,1km\n")
    draft = draft_of_plan(zone, "ALPHA", NoticeKind.AREA)
    found = refusal_of(draft.statement(), "ALPHA", None, NOW_MS)
    assert found is not None and found.field.endswith("role")


def test_a_plan_that_could_be_read_only_in_part_is_refused_whole() -> None:
    damaged = table(HEAD + "box,ALPHA,,36,-30,1km" + TIMES + "box,ALPHA,,36.1,-30,1 parsec" + TIMES)
    told = r"row 3, radius.*nothing of the plan was taken"
    with pytest.raises(UnreadableError, match=told):
        with_plan(form(), damaged, "ALPHA")
    with pytest.raises(UnreadableError, match=told):
        draft_of_plan(damaged, "ALPHA", NoticeKind.AREA)
    with pytest.raises(FieldError, match="no volumes"):
        draft_of_plan(Reading(), "ALPHA", NoticeKind.AREA)


@pytest.mark.requirement("SZK-10")
def test_the_kind_is_told_by_the_volumes_only_where_they_leave_no_doubt() -> None:
    moving = "operation,party,kind,coordinates,half_width,times,lower,upper,altitudes\n"
    route = ",36N 30W;36.5N 30W,500 m,2031-01-14T06:00:00Z;2031-01-14T07:00:00Z,"
    assert draft_of_plan(table(f"{moving}one,A,{route}FL100,FL120,\n"), "A").notice is NoticeKind.FLIGHT
    climbs = f"{moving}one,A,{route}1000 M AMSL,2000 M AMSL,1000;1500\n"
    assert draft_of_plan(table(climbs), "A").notice is NoticeKind.FLIGHT
    assert draft_of_plan(table(f"{moving}one,A,Movement{route}SFC,50 M AGL,\n"), "A").notice is NoticeKind.MOVEMENT
    for doubtful in (f"{moving}one,A,{route}SFC,50 M AGL,\n", f"{moving}one,A,relief{route}FL100,FL120,\n"):
        with pytest.raises(FieldError, match="'site' or 'movement'"):
            draft_of_plan(table(doubtful), "A")
        assert draft_of_plan(table(doubtful), "A", NoticeKind.MOVEMENT).notice is NoticeKind.MOVEMENT


def test_what_was_assumed_of_heights_is_told() -> None:
    draft = draft_of_plan(table("name,lat,lon,radius,kind\nalder,35.61,-31.02,500 m,protected-site\n"), "ALPHA")
    assert {warning.code for warning in draft.warnings} == {"missing-lower", "missing-upper"}
