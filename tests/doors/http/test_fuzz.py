"""Signed and unsigned garbage: every answer is one that the description knows, none is a fault of the node."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Raw

from sazokar.domain.notice import OperationState
from sazokar.domain.statement import Acknowledge, AckRung, CallStop, CancelNotice, ReportState, StopAction
from sazokar.ledger import canonical
from sazokar.ledger.entry import Header, seal_statement
from sazokar.ledger.section import commit, section_payload
from sazokar.testing.fakes import key_of
from tests.doors.http.grounds import House, housed, treaty
from tests.doors.http.processes import notice

ADDRESSES = (
    "/v1/entries", "/v1/notices", "/v1/checks", "/v1/keys", "/v1/roster", "/v1/stops", "/v1/agreement/drafts",
    "/v1/conflicts/C1/answers", "/v1/talks", "/v1/incidents", "/v1/cosigning", "/v1/charter", "/v1/session",
)  # fmt: skip
LIMITS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with housed(tmp_path_factory.mktemp("house"), treaty()) as one:
        yield one


def fine(house: House, address: str, content: bytes) -> None:
    with house.client("ALPHA") as client:
        answer = client.post(address, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code < 500, (address, content[:400], answer.text)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "code"} <= set(answer.json())


@LIMITS
@given(st.sampled_from(ADDRESSES), st.binary(max_size=300))
def test_bytes_of_any_kind_are_answered(house: House, address: str, content: bytes) -> None:
    fine(house, address, content)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@LIMITS
@given(st.sampled_from(ADDRESSES), values, values)
def test_json_of_any_form_is_answered(house: House, address: str, envelope: object, payloads: object) -> None:
    fine(house, address, json.dumps({"envelope": envelope, "payloads": payloads}).encode())


_KINDS = """
notice.file notice.amend acknowledge conflict.answer stop.call key.delegate talks.record query erase agreement.propose
watch.post incident.report key.rotate-root nothing
"""
_NAMES = """
ref version rung key number extent draft notice from_ms until_ms about action place unit reason to party old new entry
section reply at_ms watch_number units
"""
KINDS, NAMES = _KINDS.split(), _NAMES.split()
plain = st.integers(-(2**53), 2**53) | st.text(max_size=12) | st.lists(st.text(max_size=4), max_size=3) | st.booleans()


@LIMITS
@given(
    kind=st.sampled_from(KINDS),
    fields=st.dictionaries(st.sampled_from(NAMES), plain, max_size=6),
    number=st.integers(1, 2**40),
    times=st.tuples(st.integers(0, 2**41), st.integers(0, 2**41)),
    section=st.sampled_from(("extent", "purpose", "content", "document", "nothing")) | st.none(),
    inside=values,
)
def test_statements_that_are_signed_and_mean_nothing_are_answered(
    house: House,
    kind: str,
    fields: dict[str, object],
    number: int,
    times: tuple[int, int],
    section: str | None,
    inside: object,
) -> None:
    """The signature is good, so that what comes after it is reached."""
    key = key_of("ALPHA")
    payloads = {}
    if section is not None:
        try:
            payloads[section] = section_payload(inside, bytes(32))
        except Exception:  # it has no canonical form, and could not be sent
            payloads = {}
    try:
        header = Header(
            schema=1, ledger=house.node.ledger, author=key.key_id, number=number, stated_ms=times[0], expires_ms=times[1],
            body=Raw(canonical.encode({"kind": kind, **fields})),
            sections={name: commit(name, one) for name, one in payloads.items()},
        )  # fmt: skip
        leaf = seal_statement(header, [key])
    except Exception:  # likewise
        return
    whole = {"envelope": Raw(leaf), "payloads": {name: Raw(one) for name, one in payloads.items()}}
    fine(house, "/v1/entries", canonical.encode(whole))
    assert house.node.damage is None


@LIMITS
@given(at=st.integers(0, 10_000), bit=st.integers(0, 7), which=st.integers(0, 3))
def test_one_flipped_bit_of_a_good_parcel_is_answered_and_never_taken_for_another(
    house: House, at: int, bit: int, which: int
) -> None:
    statement = (
        notice(1, "ALPHA"), CancelNotice(ref="N1"), Acknowledge(ref="N1", rung=AckRung.READ),
        ReportState(ref="N1", state=OperationState.ACTIVATED),
    )[which]  # fmt: skip
    parcel = bytearray(house.parcel("BRAVO", statement))
    parcel[at % len(parcel)] ^= 1 << bit
    size = house.state.size
    with house.client("BRAVO") as client:
        answer = client.post("/v1/entries", content=bytes(parcel))
    assert answer.status_code < 500 and answer.status_code not in (200, 201), answer.text
    taken = [
        one
        for one in house.log.read(size)
        if b'"statement"' in one.leaf[:4000] and key_of("BRAVO").key_id.encode() in one.leaf
    ]
    assert not taken


def test_every_call_for_a_stop_sounds_however_it_is_made(house: House) -> None:
    call = CallStop(action=StopAction.HALT, place="the bridge", unit="all", reason="test")
    good = house.parcel("ALPHA", call)
    heard = len(house.alarm.heard)
    calls = [
        good,
        good[:-1],
        b"",
        b"STOP",
        b"\xff" * 10,
        good.replace(b"HALT", b"TURN"),
        json.dumps({"stop.call": 1}).encode(),
    ]
    with house.stranger() as client:
        for content in calls:
            assert client.post("/v1/stops", content=content).status_code in (201, 202)
    assert len(house.alarm.heard) == heard + len(calls)
