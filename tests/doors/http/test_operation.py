"""What a node tells its operator, whom it founds its ledger for, and that it never fails over a token."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from sazokar.doors.http import routes_charter
from sazokar.doors.http.app import application
from sazokar.doors.http.logs import Json, Text
from sazokar.doors.http.settings import Settings
from sazokar.doors.http.station import Station
from sazokar.errors import LedgerError
from tests.doors.http.grounds import ADDRESS, HOST, House, housed

TOKEN = "t" * 32


@pytest.fixture
def operated(tmp_path: Path) -> Iterator[House]:
    secret = tmp_path / "operator"
    secret.write_text(TOKEN + "\n")
    (tmp_path / "led").mkdir()
    settings = Settings(directory=str(tmp_path / "led"), operator_token_file=str(secret), strangers_per_s=100_000)
    with housed(tmp_path / "led", settings=settings) as one:
        yield one


def metrics(house: House, token: bytes) -> httpx.Response:
    with house.stranger() as client:
        return client.get("/metrics", headers={b"Authorization": b"Bearer " + token})


def test_the_operator_s_token_reads_the_meters_and_no_other_does(operated: House) -> None:
    assert metrics(operated, TOKEN.encode()).status_code == 200
    for token in (b"x" * 32, "é".encode() * 16, "é".encode("latin-1") * 32, b"\xff\xfe" * 16, b""):
        assert metrics(operated, token).status_code == 401, token


def test_a_token_file_that_is_gone_is_told_and_nobody_is_let_in(operated: House) -> None:
    Path(operated.station.settings.operator_token_file).unlink()
    answer = metrics(operated, TOKEN.encode())
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "operator_token_file" in answer.json()["remedy"]


def from_elsewhere(house: House, **settings: object) -> httpx.Response:
    """Return what a machine elsewhere is told that wants to found the ledger, or reads its charter from this one."""
    given = {"directory": str(house.directory), **settings}
    station = Station(
        house.node, house.log, house.clock, Settings(**given), frozenset({ADDRESS})  # type: ignore[arg-type]
    )  # fmt: skip
    served = application(station, frozenset({HOST}))

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(served, client=("192.0.2.7", 40_000))
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            return await client.post("/v1/charter", content=b"{}")

    return house.run(asked())


def test_a_fresh_node_is_founded_from_its_own_machine_or_by_its_operator_alone(tmp_path: Path) -> None:
    """The house is founded; who may ask is asked first where it is not."""
    with housed(tmp_path) as house:
        house.node._state = type(house.node.state)()  # as before the charter
        answer = from_elsewhere(house)
        assert answer.status_code == 401 and "own machine" in answer.json()["remedy"]
        secret = tmp_path / "operator"
        secret.write_text(TOKEN)
        assert from_elsewhere(house, operator_token_file=str(secret)).status_code == 401
        with house.stranger() as client:  # from the loopback
            assert client.post("/v1/charter", content=b"{}").status_code == 400
            wrong = {"Authorization": "Bearer wrong"}
            assert client.post("/v1/charter", content=b"{}", headers=wrong).status_code in (400, 401)


def test_behind_a_proxy_nobody_founds_without_the_operator_s_token(tmp_path: Path) -> None:
    secret = tmp_path / "operator"
    secret.write_text(TOKEN)
    (tmp_path / "led").mkdir()
    settings = Settings(directory=str(tmp_path / "led"), behind_proxy=True, operator_token_file=str(secret))
    with housed(tmp_path / "led", settings=settings) as house:
        house.node._state = type(house.node.state)()
        with house.stranger() as client:
            assert client.post("/v1/charter", content=b"{}").status_code == 401
            bearer = {"Authorization": f"Bearer {TOKEN}"}
            assert client.post("/v1/charter", content=b"{}", headers=bearer).status_code == 400


def test_a_charter_that_cannot_be_kept_beside_the_ledger_founds_it_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise LedgerError("no space left")

    monkeypatch.setattr(routes_charter, "keep_beside", full)
    with caplog.at_level(logging.ERROR, "sazokar.http"):
        routes_charter._keep_beside(house.station, b"{}", house.charter)
    assert [one.getMessage() for one in caplog.records] == ["charter"]


@pytest.mark.parametrize("path", ["/v1/log/checkpoint", "/v1/log/cosigned", "/v1/log", "/v1/cosigning"])
def test_of_a_damaged_ledger_not_even_a_checkpoint_is_told(house: House, path: str) -> None:
    with house.client("ALPHA") as client:
        house.node._opened = msgspec.structs.replace(house.node._opened, damage=LedgerError("entry 3: changed", 3))
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "damaged")


def test_a_trace_in_the_log_says_where_and_quotes_nothing() -> None:
    try:
        try:
            raise KeyError("N13 at 12.0N, the well by the bridge")
        except KeyError as error:
            raise ValueError("found 'the well by the bridge'") from error
    except ValueError as error:
        record = logging.LogRecord("sazokar.http", logging.ERROR, "", 0, "fault", (), (ValueError, error, None))
    for line in (Json().format(record), Text().format(record)):
        assert "well" not in line and "N13" not in line
        assert "ValueError" in line and "KeyError" in line and "test_operation.py" in line


def test_a_fault_is_logged_by_its_route_and_not_by_the_reference_asked_for(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*_: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr("sazokar.doors.http.routes_notices.notice_shown", failing, raising=False)
    monkeypatch.setattr("sazokar.doors.http.reading.apart", failing)
    with house.client("ALPHA") as client, caplog.at_level(logging.INFO):
        assert client.get("/v1/notices/N4711").status_code == 503
    fields = [getattr(one, "fields", {}) for one in caplog.records if one.name.startswith("sazokar")]
    assert {"route": "/v1/notices/{ref}"} in fields
    assert "N4711" not in str(fields)
