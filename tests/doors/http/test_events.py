"""What goes out over a stream: to each party its own, from any position on, without gap or repeat."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.adapters.alarm_spool import SpoolAlarm
from sazokar.adapters.ledger_folder import LEDGER, STOPS
from sazokar.app.events import Event
from sazokar.app.node import GREATEST_CALL
from sazokar.app.receipt import Receipt
from sazokar.domain.statement import (
    AmendNotice,
    CallStop,
    CancelNotice,
    ErasePayload,
    RevokeKey,
    StopAction,
)  # fmt: skip
from sazokar.doors.desk.called import is_recorded_as
from sazokar.doors.http import stream
from sazokar.testing.fakes import key_of
from tests.dialects.agreements import clause
from tests.domain.mechanism import disc, notice, volume
from tests.doors.http.grounds import House, housed, treaty
from tests.doors.http.served import Served, Told, serving, until

pytestmark = pytest.mark.requirement("SZK-31")
OPEN = clause("disclosure", 'to = "party"\nlevel = "extent-only"', "8.1")
STOP = CallStop(action=StopAction.CEASE_FIRE, place="Reef", unit="1 SQN", reason="inside")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with housed(tmp_path, treaty(OPEN)) as house, serving(house) as one:
        yield one


def filed(house: House, party: str, *, lat: float = 12.0) -> Receipt:
    """File an area of a party: two at the same latitude are in conflict, a degree apart they are not."""
    return house.take(party, notice(volume(party=party, shape=disc(lat))))


def known(told: Told) -> tuple[str, str, object]:
    return told.id, told.event, told.data


def test_a_statement_reaches_a_stream_as_one_event_named_by_its_kind(served: Served) -> None:
    line = served.line("BRAVO")
    receipt = filed(served.house, "ALPHA")
    told = line.next()
    assert (told.event, told.id) == ("notice.file", str(receipt.position + 1))
    assert (told.data["party"], told.data["ref"], told.data["id"]) == ("ALPHA", receipt.ref, receipt.id)
    assert line.headers["content-type"].startswith("text/event-stream")


def test_of_another_partys_notice_only_the_sections_that_the_clause_lets_through_are_told(served: Served) -> None:
    line, mediator = served.line("BRAVO"), served.line("MEDIATOR")
    with_purpose = notice(volume(shape=disc()))
    served.house.take("ALPHA", with_purpose)
    seen = line.next().data["statement"]
    assert isinstance(seen, dict) and "extent" in seen
    unseen = mediator.next()
    assert isinstance(unseen.data["statement"], dict) and "extent" not in unseen.data["statement"]
    assert unseen.data["withheld"] == ["extent"]


def test_two_parties_see_a_conflict_each_from_its_own_side(tmp_path: Path) -> None:
    with housed(tmp_path, treaty()) as house, serving(house) as served:
        filed(house, "ALPHA")
        filed(house, "BRAVO")
        views = {party: served.polled(party)[-1].data["findings"] for party in ("ALPHA", "BRAVO", "RELIEF")}
        sides = {
            party: [one for one in found if one["finding"] == "raised"]  # type: ignore[attr-defined]
            for party, found in views.items()
        }
        assert sides["ALPHA"][0]["a"].get("from_ms") or sides["ALPHA"][0]["b"].get("from_ms")
        assert sides["ALPHA"] != sides["BRAVO"]
        assert sides["RELIEF"] == []


def test_a_clock_record_without_a_finding_for_a_party_is_no_event_of_it(served: Served) -> None:
    ref = filed(served.house, "ALPHA").ref
    served.house.node.delivered("BRAVO", [ref])
    assert served.polled("BRAVO")[-1].event == "clock"
    assert served.polled("ALPHA")[-1].event == "clock", "its own notice has arrived"
    assert served.polled("WATCHER")[-1].event == "notice.file"


def test_a_stream_resumes_exactly_after_a_cut_at_every_position(served: Served) -> None:
    for lat in range(6):
        filed(served.house, ("ALPHA", "BRAVO")[lat % 2], lat=11.5 + lat / 6)
    served.polled("BRAVO")
    until(lambda: served.polled("BRAVO")[-1].event == "clock")  # that they were delivered is recorded
    whole = [known(told) for told in served.polled("BRAVO")]
    assert len(whole) > 10 and len({position for position, _, _ in whole}) == len(whole)
    for had in range(-1, served.house.state.size):
        rest = [known(told) for told in served.polled("BRAVO", after=had)]
        assert rest == [one for one in whole if int(one[0]) > had], had


def test_a_live_stream_that_breaks_off_anywhere_goes_on_with_last_event_id(served: Served) -> None:
    rng, got, had = random.Random(3), [], "-1"
    for count in range(12):
        line = served.line("BRAVO", headers=f"Last-Event-ID: {had}\r\n")
        filed(served.house, "ALPHA", lat=11.3 + count / 12)
        for told in line.events():
            got.append(known(told))
            had = told.id
            if rng.random() < 0.3 or int(had) == served.house.state.size - 1:
                break
        line.close()
    got += [known(told) for told in served.polled("BRAVO", after=int(had))]
    ids = [int(position) for position, _, _ in got]
    assert ids == sorted(set(ids))
    missing = {int(told.id) for told in served.polled("BRAVO")} - set(ids)
    assert not missing


def test_a_stream_begins_with_the_position_that_it_is_resumed_after(served: Served) -> None:
    line = served.line("BRAVO")
    assert f"id: {served.house.state.size - 1}" in next(line.blocks())


def test_the_header_outweighs_the_address(served: Served) -> None:
    line = served.line("BRAVO", "?after=1&wait=0", "Last-Event-ID: 5\r\n")
    assert int(line.next().id) > 5


@pytest.mark.parametrize("query", ["after=-2", "after=x", "after=9999999999999999999", "wait=2"])
def test_a_position_that_is_none_is_declined(served: Served, query: str) -> None:
    answer = httpx.get(f"{served.address}/v1/events?{query}", headers=served.headers("BRAVO"))
    assert answer.status_code == 400 and answer.headers["content-type"] == "application/problem+json"


def test_a_position_beyond_the_ledger_is_told_as_such(served: Served) -> None:
    answer = httpx.get(f"{served.address}/v1/events?after=100000", headers=served.headers("BRAVO"))
    assert (answer.status_code, answer.json()["code"]) == (409, "beyond-the-ledger")


def test_without_a_session_there_is_no_stream(served: Served) -> None:
    assert httpx.get(f"{served.address}/v1/events?wait=0").status_code == 401


# What ends


def test_a_stream_ends_when_its_session_does(served: Served) -> None:
    line = served.line("BRAVO")
    next(line.blocks())
    assert httpx.delete(f"{served.address}/v1/session", headers=served.headers("BRAVO")).status_code == 204
    filed(served.house, "ALPHA")
    assert list(line.events()) == []


def test_nothing_more_is_told_to_a_key_that_is_revoked(served: Served) -> None:
    line = served.line("BRAVO")
    next(line.blocks())
    served.house.take("root BRAVO", RevokeKey(key=key_of("BRAVO").key_id))
    assert [told.event for told in line.events()] in ([], ["key.revoke"])


def test_streams_end_at_once_when_the_node_stops(house: House) -> None:
    with serving(house) as served:
        line = served.line("BRAVO")
        next(line.blocks())
        began_s = time.monotonic()
        served.server.should_exit = True
        assert list(line.events()) == []
        assert time.monotonic() - began_s < 3


def test_above_the_limit_a_stream_is_refused_politely(house: House) -> None:
    with serving(house, streams=3, streams_per_party=2) as served:
        lines = [served.line("BRAVO"), served.line("BRAVO")]
        for line in lines:
            next(line.blocks())
        answer = httpx.get(f"{served.address}/v1/events", headers=served.headers("BRAVO"))
        assert (answer.status_code, answer.json()["code"]) == (503, "too-many-streams")
        assert int(answer.headers["retry-after"]) > 0
        other = served.line("ALPHA")
        assert other.status == 200
        assert served.line("MEDIATOR").status == 503
        lines[0].close()
        until(lambda: served.station.streams.count == 2)
        assert served.line("BRAVO").status == 200


def test_a_stream_whose_request_never_comes_whole_ends(house: House) -> None:
    with serving(house, request_s=1) as served:
        line = served.line("BRAVO", headers="Content-Length: 5\r\n")
        assert list(line.events()) == []
        until(lambda: served.station.streams.count == 0)


def test_a_stream_that_its_reader_leaves_is_forgotten(served: Served) -> None:
    lines = [served.line("BRAVO") for _ in range(20)]
    until(lambda: served.station.streams.count == 20)
    for line in lines:
        line.close()
    until(lambda: served.station.streams.count == 0)


# Who is slow


def test_who_takes_nothing_is_cut_and_keeps_nobody_waiting(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SLOWEST_S", 2.0)
    count = 150
    served.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8_192)
    quick = served.line("BRAVO")
    next(quick.blocks())
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        slow.connect(("127.0.0.1", served.port))
        slow.sendall(
            f"GET /v1/events?after=-1 HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
            f"Authorization: Bearer {served.token('ALPHA')}\r\n\r\n".encode()
        )
        until(lambda: served.station.streams.count == 2)
        for number in range(count):
            served.house.take(
                "ALPHA", CallStop(action=StopAction.HALT, place="p" * 500, unit=str(number), reason="r" * 1500)
            )
        told = (one for one in quick.events() if one.event == "stop.call")
        assert [next(told).data["statement"]["unit"] for _ in range(count)] == [str(n) for n in range(count)]  # type: ignore[index]
        until(lambda: served.station.streams.count == 1)


# What reaches a party


@pytest.mark.requirement("SZK-22")
def test_what_is_written_to_a_stream_is_recorded_as_delivered_once(served: Served) -> None:
    house = served.house
    line = served.line("BRAVO")
    next(line.blocks())
    first, second = filed(house, "ALPHA", lat=11.4).ref, filed(house, "ALPHA", lat=12.6).ref

    def delivered(ref: str) -> list[str]:
        return [ack.party for ack in house.state.notices[ref].acks if ack.rung == "delivered"]

    until(lambda: delivered(first) == delivered(second) == ["BRAVO"])
    size = house.state.size
    again = served.line("BRAVO", "?after=-1&wait=0")
    assert len(list(again.events())) > 2
    time.sleep(0.6)
    assert house.state.size == size, "what is recorded already is not recorded again, and no delivery causes another"
    records = [told for told in served.polled("ALPHA") if told.event == "clock"]
    assert len(records) <= 2, "gathered, not one record for each notice"


@pytest.mark.requirement("SZK-22")
def test_a_notice_of_which_a_party_sees_only_that_it_was_filed_is_not_delivered_to_it(house: House) -> None:
    with serving(house) as served:
        line = served.line("BRAVO")
        ref = filed(house, "ALPHA").ref
        assert line.next().data["withheld"] == ["extent"]
        time.sleep(0.6)
        assert not house.state.notices[ref].acks


@pytest.mark.requirement("SZK-20")
def test_an_old_version_that_is_told_late_delivers_nothing(served: Served) -> None:
    house = served.house
    ref = filed(house, "ALPHA").ref
    house.clock.advance(1_000)
    house.take("ALPHA", AmendNotice(ref=ref, version=1, extent=notice(volume(shape=disc(12.5))).extent))
    line = served.line("BRAVO", "?after=-1&wait=0")
    assert {"notice.file", "notice.amend"} <= {told.event for told in line.events()}
    until(lambda: bool(house.state.notices[ref].acks))
    assert [ack.version for ack in house.state.notices[ref].acks] == [2]


def test_a_conflict_reaches_both_sides_and_the_mediator(served: Served) -> None:
    house = served.house
    lines = [served.line(party) for party in ("ALPHA", "BRAVO", "MEDIATOR", "RELIEF")]
    for line in lines:
        next(line.blocks())
    filed(house, "ALPHA")
    filed(house, "BRAVO")
    (case,) = house.state.cases
    until(lambda: {ack.party for ack in house.state.cases[case].acks} >= {"ALPHA", "BRAVO", "MEDIATOR"})
    assert {ack.party for ack in house.state.cases[case].acks} == {"ALPHA", "BRAVO", "MEDIATOR"}


# What is forgotten


def test_an_erased_section_is_in_no_event_afterwards(served: Served) -> None:
    house = served.house
    line = served.line("BRAVO")
    receipt = filed(house, "ALPHA")
    told = line.next()
    assert isinstance(told.data["statement"], dict) and "extent" in told.data["statement"]
    house.take("ALPHA", CancelNotice(ref=receipt.ref))
    house.take("ALPHA", ErasePayload(entry=receipt.id, section="extent"))
    until(lambda: served.station.streams.told == house.state.size)
    events = [told for told in served.polled("BRAVO") if told.data.get("id") == receipt.id]
    assert events and all("extent" not in told.data["statement"] for told in events)  # type: ignore[operator]


# STOP


@pytest.mark.requirement("SZK-27")
def test_a_stop_reaches_every_stream_though_nothing_can_be_recorded(served: Served) -> None:
    lines = [served.line(party) for party in ("ALPHA", "BRAVO", "RELIEF", "WATCHER")]
    for line in lines:
        next(line.blocks())
    path = served.house.directory / LEDGER
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
    served.house.node.scrub()
    httpx.post(f"{served.address}/v1/stops", content=b'{"action":"CEASE FIRE","place":"Reef"}')
    for line in lines:
        told = next(one for one in line.events() if one.event == "stop")
        assert told.id == "" and told.data["verified"] is False
        assert "CEASE FIRE" in str(told.data["content"])


@pytest.mark.requirement("SZK-27")
def test_a_stop_that_a_command_beside_the_node_sounds_reaches_streams_too(served: Served) -> None:
    line = served.line("BRAVO")
    next(line.blocks())
    SpoolAlarm(served.house.directory / STOPS).sound(b'{"action":"HALT"}', verified=False, sounded_ms=5)
    assert next(one for one in line.events() if one.event == "stop").data["sounded_ms"] == 5


@pytest.mark.requirement("SZK-27")
def test_a_recorded_stop_is_an_event_of_the_ledger_too_and_sounds_once(served: Served) -> None:
    served.house.node._alarm = SpoolAlarm(served.house.directory / STOPS)
    line = served.line("BRAVO")
    next(line.blocks())
    served.house.take("ALPHA", STOP)
    time.sleep(1.2)  # the folder of calls is looked into meanwhile
    ref = filed(served.house, "ALPHA").ref
    found: list[str] = []
    for told in line.events():
        found.append(told.event)
        if told.data.get("ref") == ref:
            break
    assert sorted(one for one in found if one.startswith("stop")) == ["stop", "stop.call"]


def test_a_damaged_ledger_is_told_by_its_entry_and_stop_goes_on(served: Served) -> None:
    house = served.house
    filed(house, "ALPHA")
    line = served.line("BRAVO")
    next(line.blocks())
    owner = house.log._owner()
    owner.execute("UPDATE entries SET leaf = replace(leaf, 'findings', 'findingz') WHERE position = 3")
    assert house.node.scrub() is not None
    told = line.next()
    assert told.event == "damaged" and isinstance(told.data["position"], int)
    httpx.post(f"{served.address}/v1/stops", content=b"CEASE")
    assert line.next().event == "stop"


# The clock of a stream


def test_a_stream_on_which_nothing_happens_beats(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.5)
    blocks = served.line("BRAVO").blocks()
    next(blocks)
    assert next(blocks).startswith(":")


def test_an_event_is_read_back_as_it_was_told(served: Served) -> None:
    import msgspec

    filed(served.house, "ALPHA")
    told = served.polled("BRAVO")[-1]
    assert msgspec.convert(told.data, Event).position == int(told.id)


# Very many

_CROWD = """
import socket, sys
port, token, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
head = f"GET /v1/events HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\nAuthorization: Bearer {token}\\r\\n\\r\\n".encode()
good, refused, polite = [], [], 0
for _ in range(count):
    sock = socket.create_connection(("127.0.0.1", port), 60)
    sock.sendall(head)
    answer = sock.recv(4096)
    (good if answer.startswith(b"HTTP/1.1 200") else refused).append(sock)
    polite += answer.startswith(b"HTTP/1.1 503") and b"retry-after" in answer.lower() and b"problem+json" in answer
print(len(good), len(refused), polite, flush=True)
wanted = sys.stdin.readline().strip().encode()
for sock in good:
    content = b""
    while wanted not in content:
        content += sock.recv(65536)
print("all", flush=True)
"""


@pytest.mark.slow
def test_of_ten_thousand_streams_those_above_the_limit_are_refused_politely_and_the_others_go_on(house: House) -> None:
    count, limit = 10_000, 300
    with serving(house, streams=limit, streams_per_party=limit, connections=12_000) as served:
        command = [sys.executable, "-c", _CROWD, str(served.port), served.token("BRAVO"), str(count)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as crowd:
            assert crowd.stdin is not None and crowd.stdout is not None
            assert crowd.stdout.readline().split() == [str(limit), str(count - limit), str(count - limit)]
            assert served.station.streams.count == limit
            crowd.stdin.write(f'"ref":"{filed(house, "ALPHA").ref}"\n')
            crowd.stdin.flush()
            assert crowd.stdout.readline() == "all\n"
            assert httpx.get(f"{served.address}/healthz").status_code == 200


@pytest.mark.requirement("SZK-27")
@pytest.mark.parametrize(
    "call", [b"CEASE " * 2_000, "درنگ ".encode() * 2_000, b"\xff" * 9_000], ids=["long", "cut", "garbled"]
)
def test_a_long_cry_is_recorded_once_and_not_again_each_second(tmp_path: Path, call: bytes) -> None:
    with housed(tmp_path, treaty()) as house:
        house.node._alarm = SpoolAlarm(tmp_path / STOPS)
        with serving(house) as served:
            httpx.post(f"{served.address}/v1/stops", content=call)
            size = house.state.size
            time.sleep(2.5)
            assert (house.state.size, len(house.state.stops)) == (size, 1)


@given(st.binary(max_size=9_000), st.binary(max_size=50))
def test_what_is_recorded_of_a_cry_is_known_again_and_another_cry_is_not(call: bytes, other: bytes) -> None:
    raw, content = call[:GREATEST_CALL].decode("utf-8", "replace"), call.decode("utf-8", "replace")
    assert is_recorded_as(raw, content)
    if len(raw) < GREATEST_CALL // 3 and other.decode("utf-8", "replace") != raw:
        assert not is_recorded_as(raw, other.decode("utf-8", "replace"))


def test_who_asks_from_time_to_time_is_not_held_up_nor_told_twice_by_what_is_not_ready_yet(house: House) -> None:
    """Nothing makes events ready here, as if the node were far behind: they are read from the log."""
    start = house.state.size
    for number in range(5):
        filed(house, "ALPHA", lat=11.4 + number / 4)
    with house.client("BRAVO") as client:
        text = client.get("/v1/events", params={"after": start - 1, "wait": 0}).text
    ids = [int(line[4:]) for line in text.splitlines() if line.startswith("id: ")]
    assert ids == [start - 1, *range(start + 1, start + 10, 2)]
