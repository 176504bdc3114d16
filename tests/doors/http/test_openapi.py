"""The API is what its description says: valid OpenAPI 3.1, and held to it by schemathesis over a real socket."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from sazokar.doors.http.app import routing
from sazokar.doors.http.metrics import Meters
from sazokar.doors.http.openapi import document_bytes
from tests.doors.http.grounds import House, housed, treaty
from tests.doors.http.sockets import begun, on_socket

CONFIGURED = """\
[checks]
# An address that is too long is refused before its parameters are looked at (RFC 9110, section 15.5.15).
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 406, 409, 412, 413, 414, 415, 421, 422, 428, 429]
"""
EXAMPLES = 8
"""Random requests for each operation, beside those that schemathesis derives from the bounds of each parameter."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with housed(tmp_path_factory.mktemp("house"), treaty()) as one:
        yield one


def test_the_description_is_valid_openapi_3_1_and_names_every_route_once(house: House) -> None:
    document = json.loads(document_bytes(routing(house.station, Meters())))
    validate(document)
    assert document["openapi"].startswith("3.1")
    names = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(names) == len(set(names)) > 30


@pytest.mark.slow
def test_schemathesis_finds_no_fault(house: House, tmp_path: Path) -> None:
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(CONFIGURED, encoding="utf-8")
    with on_socket(house) as port:
        address = f"http://127.0.0.1:{port}"
        command = [
            sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration), "run",
            f"{address}/openapi.json", "--checks", "all",
            # A parcel is signed: what a generator makes of its schema is refused, as it should be.
            "--exclude-checks", "positive_data_acceptance,missing_required_header", "--max-examples", str(EXAMPLES),
            "--phases", "examples,coverage,fuzzing", "--workers", "1", "--seed", "20260114", "--generation-database", "none",
            "--header", f"Authorization: Bearer {begun(house, 'ALPHA', address)}", "--exclude-path", "/v1/events",
            "--exclude-operation-id", "endSession",  # what comes after it has no session
            "--request-timeout", "20", "--no-color",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=280, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
