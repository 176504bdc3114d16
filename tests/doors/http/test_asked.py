"""Whoever asks in a way that does not fit hears what was wrong: its name, what was found, what is expected."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.doors.http.grounds import House, housed

WRONG = {
    "/v1/notices?limit=500": ("limit", "'500'", "a whole number from 1 to 200"),
    "/v1/notices?limit=x": ("limit", "'x'", "a whole number from 1 to 200"),
    "/v1/notices?kind=zzz": ("kind", "'zzz'", "site, movement, flight, area, hazard"),
    "/v1/notices?state=q": ("state", "'q'", "accepted"),
    "/v1/notices?ended=perhaps": ("ended", "'perhaps'", "true or false"),
    "/v1/notices?from=yesterday": ("from", "yesterday", "RFC 3339"),
    "/v1/notices?lim=3": ("lim", "'lim'", "limit"),
    "/v1/notices?limit=3&limit=4": ("limit", "2 times", "once"),
    "/v1/notices?party=NOBODY": ("party", "'NOBODY'", "ALPHA, BRAVO"),
    "/v1/keys?party=NOBODY": ("party", "'NOBODY'", "ALPHA, BRAVO"),
    "/v1/notices?from=2031-01-14T18:00:00Z&until=2031-01-14T17:00:00Z": ("until", "end", "after"),
    "/v1/notices?from=2031-01-14T18:00:00Z&until=2031-01-14T18:00:00Z": ("until", "end", "after"),
    "/v1/log/entries?start=5&end=2": ("end", "5", "start <= end"),
    "/v1/log/entries?start=-1": ("start", "'-1'", "a whole number from 0 to"),
    "/v1/log/consistency?first=1": ("second", "no second", "a whole number from 1 to"),
    "/v1/search": ("q", "no q", "text of 1 to 100 characters"),
    "/v1/search?q=": ("q", "''", "text of 1 to 100 characters"),
    "/v1/search?query=x": ("query", "'query'", "q, cursor, limit"),
    "/v1/stops?all=2": ("all", "'2'", "true or false"),
    "/v1/log/entries/-1": ("position", "'-1'", "a whole number from 0 to"),
    "/v1/log/ids/zz": ("entry_id", "'zz'", "64 hexadecimal digits"),
    "/v1/events?after=x": ("after", "'x'", "a whole number from -1 to"),
    "/v1/roster?x=1": ("x", "'x'", "no parameters"),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with housed(tmp_path_factory.mktemp("house")) as one:
        yield one


@pytest.mark.parametrize(("path", "told"), WRONG.items(), ids=WRONG)
def test_a_parameter_that_does_not_fit_is_named_with_what_was_found_and_what_is_expected(
    house: House, path: str, told: tuple[str, str, str]
) -> None:
    answer = house.client("ALPHA").get(path)
    problem = answer.json()
    assert answer.status_code == 400 and problem["code"] == "malformed"
    field, found, expected = told
    assert problem["field"] == field and found in problem["detail"] and expected in problem["remedy"]


BODIES = [
    ({}, "key", "missing"), ({"key": "zz"}, "key", "regex"), ({"key": "a" * 64, "colour": 1}, "colour", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "field", "told"), BODIES)
def test_a_member_that_is_missing_unknown_or_of_another_form_is_named(
    house: House, body: dict[str, object], field: str, told: str
) -> None:
    problem = house.stranger().post("/v1/session/challenge", json=body).json()
    assert (problem["status"], problem["field"]) == (400, field) and told in problem["remedy"]


@pytest.mark.requirement("SZK-27")
@pytest.mark.parametrize("query", ["?x=1", "?limit=0", "?" + "y" * 40])
def test_no_parameter_keeps_a_stop_from_sounding(house: House, query: str) -> None:
    assert house.stranger().post(f"/v1/stops{query}", content=b"CEASE FIRE").status_code in (201, 202)


def test_health_is_told_whatever_stands_behind_its_address(house: House) -> None:
    assert house.stranger().get("/healthz?t=1").status_code == 200


def test_what_fits_is_answered(house: House) -> None:
    client = house.client("ALPHA")
    fitting = ("/v1/notices?limit=3&kind=site&state=held&party=BRAVO&ended=true", "/v1/log/entries?start=2&end=2",
               "/v1/keys?party=ALPHA", "/v1/search?q=n&limit=200")  # fmt: skip
    assert [client.get(path).status_code for path in fitting] == [200] * len(fitting)
