"""What fails on the way into the node is told as what it is: our own fault, a disk's, or a damaged ledger."""

from __future__ import annotations

import logging

import pytest

from sazokar.app.node import Node
from sazokar.errors import LedgerError
from tests.domain.mechanism import disc, notice, volume
from tests.doors.http.grounds import House


def _failing(*_: object, **__: object) -> object:
    raise ZeroDivisionError("N13 at 12.0N")


def test_a_fault_in_judging_is_told_as_a_fault_and_logged_and_is_no_damage(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Node, "_serve", _failing)
    with house.client("ALPHA") as client, caplog.at_level(logging.ERROR):
        answer = client.post("/v1/notices", content=house.parcel("ALPHA", notice(volume(shape=disc(12.0)))))
        assert (answer.status_code, answer.json()["code"]) == (503, "fault")
        assert "safe" in answer.json()["remedy"] and answer.headers["retry-after"]
        assert "12.0N" not in answer.text
        assert any(one.getMessage() == "fault" and one.exc_info for one in caplog.records)
        monkeypatch.undo()
        assert (
            client.post("/v1/notices", content=house.parcel("ALPHA", notice(volume(shape=disc(12.0))))).status_code
            == 201
        )


def test_a_ledger_that_cannot_be_read_for_a_moment_is_not_told_to_be_damaged(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object) -> object:
        raise LedgerError("/srv/ledger.db: cannot be read (disk I/O error)")

    monkeypatch.setattr(type(house.log), "cosigned", unreadable)
    with house.client("ALPHA") as client:
        answer = client.get("/v1/log")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "/srv" not in answer.text
        monkeypatch.undo()
        assert client.get("/v1/log").status_code == 200
