"""The tests' own grounds: a session for every role, a statement over HTTP, and nobody without a session."""

from __future__ import annotations

from sazokar.app.wire import PARCEL_TYPE
from tests.domain.mechanism import notice, volume
from tests.doors.http.grounds import ROLES, House


def test_every_party_has_a_session_of_its_own(house: House) -> None:
    for party in ROLES:
        assert house.client(party).get("/v1/session").json()["party"] == party
    assert house.stranger().get("/v1/session").status_code == 401


def test_a_statement_that_is_sent_over_http_is_in_the_ledger(house: House) -> None:
    parcel = house.parcel("ALPHA", notice(volume()))
    answer = house.client("ALPHA").post("/v1/notices", content=parcel, headers={"Content-Type": PARCEL_TYPE})
    assert answer.status_code == 201 and answer.json()["ref"] in house.state.notices
