"""The roster, STOP and what waits for an answer over HTTP; and a damaged ledger, of which nothing else is shown."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sazokar.adapters.alarm_spool import SpoolAlarm
from sazokar.adapters.ledger_folder import LEDGER, STOPS
from sazokar.domain.statement import (
    AnswerConflict,
    AnswerStop,
    CallStop,
    CancelNotice,
    HandOver,
    PostWatch,
    ReleaseStop,
    Reply,
    ReplyContent,
    StopAction,
    StopRung,
    WatchPost,
)
from sazokar.doors.desk.posted import keep_posted
from tests.domain.mechanism import MINUTE_MS, NOW_MS, notice, volume
from tests.doors.http.grounds import House, housed, treaty

STOP = CallStop(action=StopAction.HALT, place="Road 5", unit="convoy", reason="fire")


def post(house: House, number: str, *, alternate: bool = False) -> None:
    reached = WatchPost(telephones=(f"+99 {number}",), languages=("en",))
    watch = PostWatch(
        number=number, from_ms=NOW_MS, until_ms=NOW_MS + 60 * MINUTE_MS, alternate=alternate, post=reached
    )
    house.take("ALPHA", watch)


@pytest.mark.requirement("SZK-26")
def test_the_roster_names_who_is_on_watch_in_the_order_in_which_they_are_called(house: House) -> None:
    post(house, "A1")
    post(house, "A2", alternate=True)
    post(house, "A3")
    house.take("ALPHA", HandOver(to="A3"))
    told = house.client("BRAVO").get("/v1/roster").json()
    alpha = told["items"][0]
    assert told["source"] == "ledger" and alpha["name"] == "ALPHA"
    assert [watch["number"] for watch in alpha["on_watch"]] == ["A3", "A1", "A2"]
    assert alpha["on_watch"][0]["telephones"] == ["+99 A3"]
    house.clock.advance(59 * MINUTE_MS)
    assert len(house.client("BRAVO").get("/v1/roster").json()["items"][0]["on_watch"]) == 3
    house.clock.advance(MINUTE_MS)
    assert house.client("RELIEF").get("/v1/roster").json()["items"][0]["on_watch"] == []


@pytest.mark.requirement("SZK-27")
def test_a_stop_is_shown_with_its_ladder_until_it_is_released(house: House) -> None:
    ref = house.take("ALPHA", STOP).ref
    house.clock.advance(20_000)
    house.take("BRAVO", AnswerStop(ref=ref, rung=StopRung.HEARD))
    shown = house.client("WATCHER").get(f"/v1/stops/{ref}").json()
    assert shown["standing"] and shown["verified"] and shown["by"] == "ALPHA"
    assert [(step["rung"], step["party"], step["latency_ms"]) for step in shown["steps"]] == [
        ("heard", "BRAVO", 20_000)
    ]
    house.take("ALPHA", ReleaseStop(ref=ref))
    client = house.client("BRAVO")
    assert client.get("/v1/stops").json()["items"] == []
    assert [one["ref"] for one in client.get("/v1/stops?all=true").json()["items"]] == [ref]
    assert client.get("/v1/stops/S9").status_code == 404


@pytest.mark.requirement("SZK-27")
def test_a_call_that_only_sounded_is_shown_too(house: House) -> None:
    SpoolAlarm(house.directory / STOPS).sound(b'{"reason":"fire at the bridge"}', verified=False, sounded_ms=NOW_MS)
    (call,) = house.client("BRAVO").get("/v1/stops").json()["unrecorded"]
    assert not call["verified"] and call["standing"] and "fire at the bridge" in call["raw"]


@pytest.mark.requirement("SZK-24")
def test_the_queue_gives_first_what_the_asker_has_to_answer(house: House) -> None:
    house.take("BRAVO", notice(volume(party="BRAVO")))
    house.take("ALPHA", notice(volume(party="ALPHA")))  # the later filer answers first
    later = volume(party="BRAVO", start_ms=NOW_MS + 70 * MINUTE_MS, end_ms=NOW_MS + 80 * MINUTE_MS)
    house.take("BRAVO", notice(later))
    (of_alpha,) = [ref for ref, case in house.state.cases.items() if case.turn == "ALPHA"]
    (of_bravo,) = [ref for ref, case in house.state.cases.items() if case.turn == "BRAVO"]
    assert queue(house, "ALPHA") == [(of_alpha, True), (of_bravo, False)]
    assert queue(house, "BRAVO") == [(of_bravo, True), (of_alpha, False)]
    assert queue(house, "BRAVO", "?mine=true") == [(of_bravo, True)]
    house.clock.advance(6 * MINUTE_MS)
    house.node.tick()
    silences = house.client("MEDIATOR").get(f"/v1/conflicts/{of_alpha}").json()["silences"]
    assert [(one["party"], one["called"]) for one in silences] == [("ALPHA", "alternate")]
    house.take("ALPHA", AnswerConflict(ref=of_alpha, reply=Reply.WILCO))
    assert queue(house, "ALPHA", "?mine=true") == []


def queue(house: House, party: str, query: str = "") -> list[tuple[str, bool]]:
    items = house.client(party).get(f"/v1/conflicts{query}").json()["items"]
    return [(one["ref"], one.get("mine", False)) for one in items]


@pytest.mark.requirement("SZK-50")
def test_a_resolved_conflict_leaves_the_queue_and_is_shown_where_all_are_asked_for(house: House) -> None:
    house.take("BRAVO", notice(volume(party="BRAVO")))
    ref = house.take("ALPHA", notice(volume(party="ALPHA"))).ref
    (case,) = house.state.cases
    house.take("ALPHA", CancelNotice(ref=ref))
    assert queue(house, "ALPHA") == [] and queue(house, "ALPHA", "?all=true") == [(case, False)]
    assert house.client("BRAVO").get(f"/v1/conflicts/{case}").json()["resolved"] == "cancelled"


# Damage


def change(house: House, position: int, section: str, before: bytes, after: bytes) -> None:
    """Change bytes of a stored payload, past the node."""
    connection = sqlite3.connect(house.directory / LEDGER)
    where = "WHERE position = ? AND section = ?"
    ((content,),) = connection.execute(f"SELECT content FROM payloads {where}", (position, section)).fetchall()
    assert before in content
    changed = (content.replace(before, after), position, section)
    connection.execute(f"UPDATE payloads SET content = ? {where}", changed)
    connection.commit()
    connection.close()


@pytest.fixture
def damaged(tmp_path: Path) -> Iterator[House]:
    """Give a served node over a ledger of which one payload was changed."""
    with housed(tmp_path, treaty()) as house:
        post(house, "A1")
        house.take("ALPHA", STOP)
        filing = house.take("ALPHA", notice(volume()))
        keep_posted(tmp_path, house.state, house.node.ledger)
        change(house, filing.position, "extent", b"120000000", b"120000009")
        for party in ("ALPHA", "BRAVO"):
            house.token(party)
        assert house.node.scrub() is not None
        yield house


OTHERWISE = (
    "/v1/session", "/v1/node", "/v1/charter", "/v1/log/consistency", "/v1/events", "/v1/deliveries",
)  # fmt: skip
"""What tells of no entry, is held against another's copy, or tells of the damage in its own way."""


@pytest.mark.requirement("SZK-43")
def test_of_a_damaged_ledger_nothing_is_shown_as_genuine_but_stop_the_roster_and_telephones(damaged: House) -> None:
    client = damaged.client("BRAVO")
    paths = damaged.stranger().get("/openapi.json").json()["paths"]
    still = {"/v1/roster", "/v1/stops", "/v1/stops/{ref}"}
    for path in (path for path in paths if path.startswith("/v1/") and "get" in paths[path] and path not in still):
        if path in OTHERWISE:
            continue
        values = {
            "ref": "N25",
            "position": 1,
            "entry_id": "0" * 64,
            "draft": "0" * 64,
            "before": "0" * 64,
            "after": "0" * 64,
        }
        answer = client.get(
            path.format(**values, name="ALPHA", path="0/000"), params={"q": "n"} if path == "/v1/search" else {}
        )
        assert (answer.status_code, answer.json()["code"]) == (503, "damaged"), path
        assert "entry" in answer.json()["detail"]
    roster = client.get("/v1/roster").json()
    assert roster["source"] == "kept beside the ledger" and roster["items"][0]["on_watch"][0]["telephones"] == [
        "+99 A1"
    ]
    stops = client.get("/v1/stops").json()
    assert stops["damaged"] and stops["items"][0]["call"]["place"] == "Road 5"
    assert client.get(f"/v1/stops/{stops['items'][0]['ref']}").status_code == 200
    assert damaged.stranger().post("/v1/stops", content=b"STOP on road 6").status_code == 202


@pytest.mark.requirement("SZK-43")
def test_an_entry_that_was_changed_since_the_ledger_was_opened_is_named_and_not_shown(house: House) -> None:
    house.take("BRAVO", notice(volume(party="BRAVO")))
    house.take("ALPHA", notice(volume(party="ALPHA")))
    (case,) = house.state.cases
    content = ReplyContent(text="lane three")
    receipt = house.take("ALPHA", AnswerConflict(ref=case, reply=Reply.HOLD, content=content))
    client = house.client("BRAVO")
    assert client.get(f"/v1/conflicts/{case}").json()["answers"][0]["content"]["text"] == "lane three"
    change(house, receipt.position, "content", b"three", b"eight")
    answer = client.get(f"/v1/conflicts/{case}")
    assert (answer.status_code, answer.json()["code"]) == (503, "damaged") and "eight" not in answer.text
    assert f"entry {receipt.position}" in answer.json()["detail"]
    assert house.node.damage is not None and client.get("/v1/notices").status_code == 503
    assert client.get("/v1/roster").status_code == 200
