"""Any byte of any stored entry or section changed, in the ledger's file or in a segment of it, as it is met over HTTP.

The node names the entry and refuses notices and verdicts; STOP sounds, and the roster is carried.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sazokar.adapters.ledger_folder import LEDGER
from sazokar.doors.desk.posted import keep_posted
from tests.domain.mechanism import disc, notice, volume
from tests.doors.http.grounds import House, housed, treaty
from tests.doors.http.served import until
from tests.doors.http.test_routes_watch import STOP, post

pytestmark = [pytest.mark.requirement("SZK-43"), pytest.mark.requirement("SZK-39")]

ROTATED: Final = 8
"""So many of the first entries lie in a segment."""
Place = tuple[Path, str, str, int]
"""A file, a table, a column, and a row of it."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give a served node with some notices, a watch and a STOP; its first entries lie in a segment."""
    with housed(tmp_path_factory.mktemp("house"), treaty()) as one:
        post(one, "A1")
        one.take("ALPHA", STOP)
        for lat in (12.0, 12.5, 13.0):
            one.take("ALPHA", notice(volume(shape=disc(lat))))
        keep_posted(one.directory, one.state, one.node.ledger)
        assert one.log.rotate(ROTATED, ROTATED) == ROTATED
        for party in ("ALPHA", "BRAVO"):
            one.token(party)
        yield one


def places(house: House) -> list[Place]:
    """Return where entries and sections are stored."""
    found: list[Place] = []
    for path in (house.directory / LEDGER, *house.directory.rglob("*.segment")):
        with closing(sqlite3.connect(path)) as connection:
            for table, column in (("entries", "leaf"), ("payloads", "content")):
                rows = connection.execute(f"SELECT rowid FROM {table} WHERE length({column}) > 0 ORDER BY rowid")
                found += [(path, table, column, row) for (row,) in rows]
    return found


def put(place: Place, content: bytes) -> bytes:
    """Put bytes into a place, past the node, and return what was there."""
    path, table, column, row = place
    with closing(sqlite3.connect(path)) as connection, connection:
        ((before,),) = connection.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (row,)).fetchall()
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (content or before, row))
    return bytes(before)


def position_of(place: Place) -> int:
    path, table, _, row = place
    with closing(sqlite3.connect(path)) as connection:
        ((found,),) = connection.execute(f"SELECT position FROM {table} WHERE rowid = ?", (row,)).fetchall()
    return int(found)


def require_damaged(house: House, position: int) -> None:
    """Pass where the node names an entry, takes nothing new, and still carries what lives hang on."""
    with house.client("ALPHA") as client:
        met = client.get("/v1/log/entries")
        assert (met.status_code, met.json()["code"]) == (503, "damaged") and f"entry {position}" in met.text
        assert client.get("/readyz").status_code == 503 and f"entry {position}" in client.get("/readyz").text
        filed = client.post("/v1/notices", content=house.parcel("ALPHA", notice(volume(shape=disc(14.0)))))
        assert (filed.status_code, filed.json()["code"]) == (503, "damaged")
        for path in ("/v1/notices", "/v1/conflicts", "/v1/log/checkpoint"):
            assert client.get(path).status_code == 503, path
        assert client.get("/v1/roster").status_code == 200 and "A1" in client.get("/v1/roster").text
        assert client.get("/v1/stops").status_code == 200
        heard = len(house.alarm.heard)
        called = client.post("/v1/stops", content=house.parcel("ALPHA", STOP))
        assert called.status_code == 202 and called.json()["sounded"]
        until(lambda: len(house.alarm.heard) == heard + 1)  # its thread is waited for by nobody


@pytest.fixture(scope="module")
def stored(house: House) -> list[Place]:
    return places(house)


@given(place_number=st.integers(0, 10_000), at=st.integers(0, 100_000), bits=st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_any_changed_byte_is_named_and_stop_and_the_roster_go_on(
    house: House, stored: list[Place], place_number: int, at: int, bits: int
) -> None:
    place = stored[place_number % len(stored)]
    whole, position = put(place, b""), position_of(place)
    changed = bytearray(whole)
    changed[at % len(whole)] ^= bits
    opened = house.node._opened
    put(place, bytes(changed))
    try:
        require_damaged(house, position)
    finally:
        put(place, whole)
        house.node._opened = msgspec.structs.replace(opened, damage=None)
        house.node.tick()
    with house.client("BRAVO") as client:
        assert client.get("/v1/log/entries").status_code == 200, "it was mended"
