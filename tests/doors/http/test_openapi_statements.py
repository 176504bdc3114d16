"""What the description says of statements is what they are: parcels of a played ledger fit it, altered ones do not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sazokar.doors.http.app import routing
from sazokar.doors.http.metrics import Meters
from sazokar.doors.http.openapi import document_bytes
from sazokar.ledger.parcel import pack
from tests.app.stages import new_stage, play
from tests.doors.http.grounds import housed

Json = dict[str, Any]


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Json]:
    with housed(tmp_path_factory.mktemp("house"), None) as house:
        yield json.loads(document_bytes(routing(house.station, Meters())))


@pytest.fixture(scope="module")
def parcels() -> dict[str, Json]:
    stage = new_stage()
    play(stage)
    found = {}
    for stored in stage.log.read(1):
        if "statement" in json.loads(stored.leaf):
            parcel = json.loads(pack(stored.leaf, stored.payloads))
            found[parcel["envelope"]["statement"]["body"]["kind"]] = parcel
    return found


def fits(document: Json, schema: Json, parcel: Json) -> bool:
    return bool(Draft202012Validator({**schema, "components": document["components"]}).is_valid(parcel))


def taken(document: Json, path: str, method: str = "post") -> Json:
    (content,) = document["paths"][path][method]["requestBody"]["content"].values()
    found: Json = content["schema"]
    return found


def test_every_statement_of_a_played_ledger_is_as_described_and_is_one_kind_alone(
    document: Json, parcels: dict[str, Json]
) -> None:
    assert len(parcels) > 10
    for kind, parcel in parcels.items():
        assert fits(document, taken(document, "/v1/entries"), parcel) is (kind != "stop.call"), kind
        fitting = [
            other for other in parcels if fits(document, {"$ref": f"#/components/schemas/parcel.{other}"}, parcel)
        ]
        assert fitting == [kind]


def test_an_address_for_a_kind_describes_that_kind(document: Json, parcels: dict[str, Json]) -> None:
    notices = taken(document, "/v1/notices")
    assert [kind for kind, parcel in parcels.items() if fits(document, notices, parcel)] == ["notice.file"]
    amended = taken(document, "/v1/notices/{ref}", "patch")
    assert amended == {"$ref": "#/components/schemas/parcel.notice.amend"}
    assert len(taken(document, "/v1/keys")["oneOf"]) == 4


@pytest.mark.parametrize("part", ["body", "header", "section", "envelope"])
def test_what_is_not_named_is_not_described(document: Json, parcels: dict[str, Json], part: str) -> None:
    parcel = json.loads(json.dumps(parcels["notice.file"]))
    header = parcel["envelope"]["statement"]
    {
        "body": header["body"], "header": header, "envelope": parcel["envelope"],
        "section": parcel["payloads"]["extent"]["value"],
    }[part]["strange"] = 1  # fmt: skip
    assert not fits(document, taken(document, "/v1/notices"), parcel)


def test_a_section_is_no_part_of_what_everyone_reads(document: Json) -> None:
    schemas = document["components"]["schemas"]
    assert "extent" not in schemas["signed.FileNotice"]["properties"]
    assert "extent" in schemas["parcel.notice.file"]["properties"]["payloads"]["properties"]


def test_every_operation_has_a_summary_in_words(document: Json) -> None:
    for path in document["paths"].values():
        for operation in path.values():
            assert " " in operation["summary"] or operation["summary"].isalpha(), operation["operationId"]
            assert operation["summary"].replace(" ", "").casefold() != operation["operationId"].casefold()
