"""`docs/disclosure.md`, each cell of it that speaks of a notice, on every door."""

from __future__ import annotations

from typing import Final

import httpx
import pytest

from sazokar.app.receipt import Receipt
from sazokar.app.wire import PARCEL_TYPE
from sazokar.domain.agreement import LEVELS, Level
from sazokar.domain.notice import Consent
from sazokar.domain.statement import (
    Acknowledge,
    AckRung,
    AmendNotice,
    Ask,
    CancelNotice,
    ErasePayload,
    SuspendAgreement,
)
from tests.dialects.agreements import clause
from tests.domain.mechanism import DAY_MS, MINUTE_MS, NOW_MS
from tests.doors.http.grounds import House, treaty
from tests.doors.http.looked import SILENT, TELLING, searched, shown
from tests.doors.http.planted import FIELDS, HOW_MUCH, LEAD, OTHERS, Planted, asking, fresh, has, level_on_the_page

pytestmark = [pytest.mark.requirement("SZK-31"), pytest.mark.requirement("SZK-04")]


def require_cells(
    house: House, ref: str, planted: Planted, level: Level, viewer: tuple[str, str, httpx.Client]
) -> None:
    """Pass where each door shows each field of a notice as the page says."""
    role, party, client = viewer
    column = "own" if role == "own" else str(level)
    found = dict(shown(house, client, party))
    for field, canaries in planted.canaries.items():
        may = FIELDS[field][column] == "yes"
        for door, text in found.items():
            assert may or not has(text, canaries), f"{door} shows {field} to {role} at {column}"
        for door in TELLING["extent" if field == "extent" else "content"] if may else ():
            assert has(found[door], canaries), f"{door} does not show {field} to {role} at {column}"
    for name in ("purpose", "callsign"):
        assert (searched(client, planted.words[name]) == [ref]) is (FIELDS["purpose"][column] == "yes")
    there = FIELDS["that it is there, in lists and by its reference"][column] == "yes"
    assert searched(client, ref) == ([ref] if there else [])
    listed = [item["ref"] for item in client.get("/v1/notices?ended=true").json()["items"]]
    assert (ref in listed) is there
    assert there is (FIELDS["party, kind, version, state, grade, lateness"][column] == "yes")
    assert there is (FIELDS["what officers acknowledged, and units"][column] == "yes")
    item = client.get(f"/v1/notices/{ref}")
    if there:
        assert item.json()["level"] == (level if role != "own" else "everything")
        assert ("consent" in item.json()) is (FIELDS["consent"][column] == "yes")
        assert {"party", "kind", "version", "state"} <= item.json().keys()
    else:
        absent = client.get("/v1/notices/N9")
        assert (item.status_code, item.content) == (absent.status_code, absent.content) == (404, absent.content)


REGIMES: Final = [
    *(("by a clause", level, "conflict-only") for level in LEVELS),
    *(("without an agreement", "", interim) for interim in LEVELS),
    ("where no clause speaks", "", "everything"),
    *(("while suspended", level, interim) for level, interim in (
        ("everything", "conflict-only"), ("nothing", "everything"), ("extent-only", "extent-only"),
        ("everything", "extent-only"),
    )),
]  # fmt: skip


@pytest.mark.parametrize("column, ruled, interim", REGIMES)
def test_each_cell_of_a_notice_on_every_door(column: str, ruled: str, interim: str) -> None:
    clauses = [clause("disclosure", f'to = "any"\nlevel = "{ruled}"', "7.1")] if ruled else []
    agreement = None if column == "without an agreement" else treaty(LEAD, *clauses)
    planted = Planted(1)
    with fresh(agreement, interim=interim) as house:
        if column == "while suspended":
            house.take("ALPHA", SuspendAgreement(reason="talks"))
        ref = house.take("ALPHA", planted.statement(consent=(Consent("ALPHA", Level.NOTHING),))).ref
        read = house.submit("RELIEF", Acknowledge(ref=ref, rung=AckRung.READ))
        house.node.delivered("RELIEF", [ref])
        for role, party, client in asking(house):
            level = level_on_the_page(role, column, ruled, interim)
            require_cells(house, ref, planted, level, (role, party, client))
            acks = client.get(f"/v1/notices/{ref}").json().get("acknowledgements", ())
            rungs = {(ack["rung"], ack["party"]) for ack in acks}
            assert (("read", "RELIEF") in rungs) is (is_there(role, level) and is_taken(read))
            whose_line = FIELDS["whose line it has reached"]["own" if role == "own" else str(level)] == "yes"
            assert (("delivered", "RELIEF") in rungs) is (whose_line or (is_there(role, level) and party == "RELIEF"))


@pytest.mark.requirement("SZK-06")
def test_a_suspension_narrows_what_is_shown_of_a_notice_and_leaves_the_records_as_they_were() -> None:
    planted = Planted(1)
    with fresh(treaty(LEAD, clause("disclosure", 'to = "any"\nlevel = "everything"', "7.1"))) as house:
        ref = house.take("ALPHA", planted.statement()).ref
        client = house.client("BRAVO")
        before = client.get(f"/v1/log/entries?start={ref[1:]}&end={int(ref[1:]) + 2}").json()["entries"]
        house.take("ALPHA", SuspendAgreement(reason="talks"))
        after = client.get(f"/v1/log/entries?start={ref[1:]}&end={int(ref[1:]) + 2}").json()["entries"]
        payloads = [entry["payloads"] for entry in after]
        assert [sorted(entry["payloads"]) for entry in before] == [
            ["contacts", "extent", "movement", "purpose"],
            ["view:1"],
        ]
        assert payloads == [{}, before[1]["payloads"]]
        assert client.get(f"/v1/notices/{ref}").status_code == 404


def is_taken(answer: object) -> bool:
    return isinstance(answer, Receipt) and answer.outcome == "taken"


def is_there(role: str, level: Level) -> bool:
    return FIELDS["that it is there, in lists and by its reference"]["own" if role == "own" else str(level)] == "yes"


@pytest.mark.requirement("SZK-49")
def test_what_is_held_for_correction_is_on_no_door_but_its_filer_s_whatever_the_clauses_say() -> None:
    planted = Planted(1)
    planted.start_ms, planted.end_ms = NOW_MS - DAY_MS - 7_919, NOW_MS - DAY_MS  # over: returned, and held
    with fresh(treaty(LEAD, clause("disclosure", 'to = "any"\nlevel = "everything"', "7.1"))) as house:
        answer = house.submit("ALPHA", planted.statement(life_safety=True))
        assert isinstance(answer, Receipt) and answer.outcome == "held"
        (ref,) = house.state.notices
        for overdue in (False, True):
            for role, party, client in asking(house):
                held = client.get("/v1/held").json()["items"]
                tells = role == "own" or (role == "mediator" and overdue)
                assert [one["ref"] for one in held] == ([ref] if tells else [])
                for door, text in shown(house, client, party):
                    told = any(has(text, canaries) for canaries in planted.canaries.values())
                    assert not told or role == "own", f"{door} shows what is held to {role}"
                assert client.get(f"/v1/notices/{ref}").status_code == (200 if role == "own" else 404)
            house.clock.advance(20 * MINUTE_MS)
        house.take("ALPHA", CancelNotice(ref=ref))
        for role, party, client in asking(house):
            for door, text in shown(house, client, party):
                told = any(has(text, canaries) for canaries in planted.canaries.values())
                assert not told or role == "own", f"{door} shows what was cancelled unseen to {role}"


def test_an_erased_section_is_shown_to_nobody_not_even_its_author() -> None:
    planted = Planted(1)
    with fresh(treaty(clause("disclosure", 'to = "any"\nlevel = "everything"', "7.1"))) as house:
        receipt = house.take("ALPHA", planted.statement())
        house.take("ALPHA", CancelNotice(ref=receipt.ref))
        house.take("ALPHA", ErasePayload(entry=receipt.id, section="purpose"))
        for _, party, client in asking(house):
            for door, text in shown(house, client, party):
                assert not has(text, planted.canaries["purpose"]), door
            assert client.get(f"/v1/notices/{receipt.ref}").json()["contacts"]


def test_errors_tiles_and_receipts_of_what_was_carried_tell_of_no_content_whoever_asks() -> None:
    planted = Planted(1)
    with fresh(treaty(LEAD, clause("disclosure", 'to = "any"\nlevel = "everything"', "7.1"))) as house:
        house.take("ALPHA", planted.statement())
        for role, party, client in asking(house):
            for name, door in SILENT.items():
                if role == "own" and name == "receipts of what was carried":
                    continue  # it carries its own
                text = door(house, client, party)
                assert not any(has(text, canaries) for canaries in planted.canaries.values()), (name, role)


def test_an_amendment_that_was_refused_is_its_author_s_alone() -> None:
    # Its reference names another's notice at will: sight of that one must not open it.
    planted = Planted(1)
    with fresh(treaty(clause("disclosure", 'to = "any"\nlevel = "everything"', "7.1"))) as house:
        ref = house.take("BRAVO", Planted(2, "BRAVO").statement()).ref
        filing = planted.statement()
        refused = house.submit("ALPHA", AmendNotice(ref=ref, version=1, extent=filing.extent, purpose=filing.purpose))
        assert isinstance(refused, Receipt) and refused.outcome == "refused"
        for role, party, client in asking(house):
            for door, text in shown(house, client, party):
                told = any(has(text, canaries) for canaries in planted.canaries.values())
                assert not told or role == "own", f"{door} shows a refused amendment to {role}"


@pytest.mark.requirement("SZK-32")
@pytest.mark.parametrize("level", [Level.NOTHING, Level.CONFLICT])
def test_who_files_or_asks_beside_a_notice_hears_of_conflicts_and_of_nothing_that_is_in_it(level: Level) -> None:
    hidden, own = Planted(1), Planted(6, "BRAVO")
    hidden.lat_e7 += 31_337  # half a kilometre and more from what is asked about, and at other times
    with fresh(treaty(LEAD, clause("disclosure", f'to = "any"\nlevel = "{level}"', "7.1"))) as house:
        ref = house.take("ALPHA", hidden.statement()).ref
        for party in ("BRAVO", "HARBOUR", "RELIEF"):
            own.party = party
            client, headers = house.client(party), {"Content-Type": PARCEL_TYPE}
            asked = house.parcel(party, Ask(extent=own.statement().extent))
            filing = house.parcel(party, own.statement())
            told = [client.post(path, content=sent, headers=headers) for path, sent in (
                ("/v1/checks", asked), ("/v1/notices", filing), ("/v1/notices", house.parcel(party, own.statement())),
            )]  # fmt: skip
            assert {answer.status_code for answer in told} <= {201, 422} and told[0].status_code == 201
            raised = [one for one in told[1].json()["findings"] if one["finding"] == "raised"]
            assert any(
                ref in (one["a"]["ref"], one["b"]["ref"]) for one in raised
            )  # it is in the way, and that is told
            for answer in told:
                assert not any(has(answer.content, canaries) for canaries in hidden.canaries.values()), answer.text


def test_every_row_and_column_of_the_page_is_one_that_is_tried() -> None:
    assert {*HOW_MUCH} == {"its own party", *OTHERS} and {*FIELDS["extent"]} == {*map(str, LEVELS), "own"}
    assert {column for row in HOW_MUCH.values() for column in row} == {column for column, _, _ in REGIMES}
    assert {*FIELDS} == {
        "that it is there, in lists and by its reference", "party, kind, version, state, grade, lateness", "extent",
        "what officers acknowledged, and units", "purpose", "contacts", "movement", "consent", "whose line it has reached",
    }  # fmt: skip
    assert {*HOW_MUCH["its own party"].values()} == {"everything"}


@pytest.mark.requirement("SZK-49")
def test_what_was_held_and_then_corrected_is_on_no_door_and_the_correction_is_on_all() -> None:
    wrong, right = Planted(1), Planted(2)
    wrong.start_ms, wrong.end_ms = NOW_MS - DAY_MS - 7_919, NOW_MS - DAY_MS
    with fresh(treaty(LEAD, clause("disclosure", 'to = "any"\nlevel = "everything"', "7.1"))) as house:
        house.submit("ALPHA", wrong.statement(life_safety=True))
        (ref,) = house.state.notices
        said = right.statement()
        correction = AmendNotice(
            ref=ref, version=1, extent=said.extent, purpose=said.purpose, contacts=said.contacts, movement=said.movement
        )
        house.take("ALPHA", correction)
        for role, party, client in asking(house):
            doors = dict(shown(house, client, party))
            for section, canaries in wrong.canaries.items():
                telling = [door for door, text in doors.items() if has(text, canaries)]
                assert not telling or role == "own", f"{telling} show the {section} that was held to {role}"
            for section, canaries in right.canaries.items():
                assert any(has(text, canaries) for text in doors.values()), f"no door tells {role} the {section}"
