"""Notices over HTTP: lists and filters, pages while others file, entity tags, amendments that name what was seen, search."""

from __future__ import annotations

import pytest

from sazokar.app.wire import PARCEL_TYPE
from sazokar.domain.notice import NoticeKind, OperationState, Purpose
from sazokar.domain.statement import Acknowledge, AckRung, AmendNotice, CancelNotice, ReportState
from sazokar.doors.desk.looking import Look
from sazokar.doors.desk.notice_words import list_lines
from tests.dialects.agreements import clause
from tests.domain.mechanism import MINUTE_MS, NOW_MS, disc, notice, volume
from tests.doors.http.grounds import House

pytestmark = pytest.mark.requirement("SZK-20")
HEADERS = {"Content-Type": PARCEL_TYPE}


def apart(number: int) -> object:
    """Return a place of its own."""
    return disc(10.5 + number * 0.4, 40.5)


def filed(house: House, party: str, number: int, **more: object) -> str:
    return house.take(party, notice(volume(party=party, shape=apart(number)), **more)).ref  # type: ignore[arg-type]


def refs(house: House, party: str, query: str = "") -> list[str]:
    answer = house.client(party).get(f"/v1/notices{query}")
    assert answer.status_code == 200, answer.text
    return [item["ref"] for item in answer.json()["items"]]


def test_a_list_gives_what_is_asked_for_and_nothing_else(house: House) -> None:
    area, flight = filed(house, "ALPHA", 1), filed(house, "ALPHA", 2, kind=NoticeKind.FLIGHT)
    over = filed(house, "ALPHA", 3)
    house.take("ALPHA", CancelNotice(ref=over))
    assert refs(house, "ALPHA") == [area, flight]
    assert refs(house, "ALPHA", "?ended=true") == [area, flight, over]
    assert refs(house, "ALPHA", "?state=ended") == [over]
    assert refs(house, "ALPHA", "?kind=flight") == [flight]
    assert refs(house, "ALPHA", "?party=BRAVO") == []
    assert refs(house, "ALPHA", "?party=ALPHA&limit=1") == [area]


@pytest.mark.requirement("SZK-13")
def test_a_window_is_half_open_on_both_sides(house: House) -> None:
    ref = filed(house, "ALPHA", 1)  # 60 to 90 minutes from now
    starts, ends = "2027-01-15T09:00:00Z", "2027-01-15T09:30:00Z"
    assert house.state.notices[ref].start_ms == NOW_MS + 60 * MINUTE_MS  # 2027-01-15T08:00:00Z is NOW_MS
    assert refs(house, "ALPHA", f"?from={ends}") == [] == refs(house, "ALPHA", f"?until={starts}")
    assert (
        refs(house, "ALPHA", "?from=2027-01-15T09:29:59Z")
        == [ref]
        == refs(house, "ALPHA", "?until=2027-01-15T09:00:01Z")
    )
    assert refs(house, "ALPHA", "?from=2027-01-15T12:29:59%2B03:00") == [ref]


@pytest.mark.parametrize(
    "query, field",
    [
        ("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit"), ("cursor=x", "cursor"), ("kind=boat", "kind"),
        ("state=gone", "state"), ("from=2010", "from"), ("until=2027-01-15T09:00:00", "until"), ("ended=perhaps", "ended"),
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_is_told_by_its_name(house: House, query: str, field: str) -> None:
    answer = house.client("ALPHA").get(f"/v1/notices?{query}")
    assert answer.status_code == 400 and answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == field


def test_pages_neither_repeat_nor_leave_out_while_others_file(house: House) -> None:
    first = [filed(house, "ALPHA", number) for number in range(5)]
    client, cursor, seen = house.client("ALPHA"), "", []
    for number in range(5, 9):
        told = client.get("/v1/notices", params={"limit": 2, "cursor": cursor}).json()
        seen += [item["ref"] for item in told["items"]]
        cursor = told["next"]
        if cursor is None:
            break
        filed(house, "ALPHA", number)
    assert len(seen) == len(set(seen)) and set(first) <= set(seen) and seen == [*first, *seen[5:]]


def test_a_tag_is_not_modified_until_what_is_shown_is(house: House) -> None:
    client, ref = house.client("ALPHA"), filed(house, "ALPHA", 1)
    item, listed = client.get(f"/v1/notices/{ref}"), client.get("/v1/notices")
    assert item.headers["etag"].startswith(f'"{ref}.1-')
    filed(house, "BRAVO", 2)  # the ledger grows with what ALPHA is not shown
    for path, tag in ((f"/v1/notices/{ref}", item.headers["etag"]), ("/v1/notices", listed.headers["etag"])):
        same = client.get(path, headers={"If-None-Match": tag})
        assert (same.status_code, same.content) == (304, b"") and same.headers["etag"] == tag
    house.take("ALPHA", ReportState(ref=ref, state=OperationState.CONTINGENT))
    for path, tag in ((f"/v1/notices/{ref}", item.headers["etag"]), ("/v1/notices", listed.headers["etag"])):
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def amended(house: House, party: str, ref: str, version: int, match: str | None) -> tuple[int, dict[str, object]]:
    parcel = house.parcel(party, AmendNotice(ref=ref, version=version, purpose=Purpose(text="later")))
    headers = HEADERS | ({} if match is None else {"If-Match": match})
    answer = house.client(party).patch(f"/v1/notices/{ref}", content=parcel, headers=headers)
    return answer.status_code, answer.json()


def test_an_amendment_names_the_version_that_its_author_has_seen(house: House) -> None:
    ref = filed(house, "ALPHA", 1)
    size = house.state.size
    assert amended(house, "ALPHA", ref, 1, None)[0] == 428
    for other in (f'"{ref}.2"', '"N1.1"', '""', "x", f'"{ref}"'):
        status, told = amended(house, "ALPHA", ref, 1, other)
        assert (status, told["code"], told["field"]) == (412, "other-version", "If-Match")
    assert house.state.size == size  # nothing of it was recorded
    assert amended(house, "ALPHA", ref, 1, f'"{ref}.1"')[0] == 201
    assert house.state.notices[ref].version == 2
    assert amended(house, "ALPHA", ref, 1, f'"{ref}.1"')[0] == 412
    whole = house.client("ALPHA").get(f"/v1/notices/{ref}").headers["etag"]
    house.node.delivered("BRAVO", [ref])  # what else the tag tells hinders no amendment
    assert amended(house, "ALPHA", ref, 2, whole)[0] == 201
    assert amended(house, "ALPHA", ref, 3, "*")[0] == 201


def test_who_does_not_see_a_notice_learns_nothing_of_it_by_amending(house: House) -> None:
    ref = filed(house, "ALPHA", 1)
    for match in (None, f'"{ref}.1"', f'"{ref}.7"'):
        assert amended(house, "BRAVO", ref, 1, match) == amended(house, "BRAVO", "N9", 1, match)
        assert amended(house, "BRAVO", ref, 1, match)[0] == 404


def test_only_an_amendment_of_that_notice_goes_to_its_address(house: House) -> None:
    ref, other = filed(house, "ALPHA", 1), filed(house, "ALPHA", 2)
    client, headers = house.client("ALPHA"), HEADERS | {"If-Match": f'"{ref}.1"'}
    for statement in (CancelNotice(ref=ref), AmendNotice(ref=other, version=1, purpose=Purpose(text="x"))):
        answer = client.patch(f"/v1/notices/{ref}", content=house.parcel("ALPHA", statement), headers=headers)
        assert answer.status_code == 422 and house.state.notices[ref].version == 1


def test_search_finds_what_is_shown_whatever_the_case_of_its_letters(house: House) -> None:
    ref = filed(house, "ALPHA", 1, purpose=Purpose(text="Survey of the Reef", call_sign="SABLE 7"))
    for words in ("reef", "SURVEY", "sable", ref.lower()):
        assert [one["ref"] for one in house.client("ALPHA").get("/v1/search", params={"q": words}).json()["items"]] == [
            ref
        ]
        assert house.client("BRAVO").get("/v1/search", params={"q": words}).json()["items"] == []
    assert house.client("ALPHA").get("/v1/search").status_code == 400
    assert house.client("ALPHA").get("/v1/search", params={"q": "x" * 101}).json()["field"] == "q"


@pytest.mark.requirement("SZK-22")
def test_the_desk_and_the_wire_show_the_same_notices(house: House) -> None:
    text = house.state.drafts[house.state.draft].text or ""
    house.agree(text + clause("disclosure", 'to = "party"\nlevel = "extent-only"\nnotice = "flight"', "7.1"))
    filed(house, "ALPHA", 1)
    ref = filed(house, "ALPHA", 2, kind=NoticeKind.FLIGHT)
    house.take("BRAVO", Acknowledge(ref=ref, rung=AckRung.READ))
    for party in ("ALPHA", "BRAVO", "MEDIATOR"):
        look = Look(directory=house.directory, state=house.state, now_ms=NOW_MS, viewer=party)
        lines = [line.split()[0] for line in list_lines(look, ended=True) if line.startswith("N") and line[1].isdigit()]
        assert lines == refs(house, party)
