from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from sazokar.errors import CanonicalError, SignatureError
from sazokar.ledger import canonical
from sazokar.ledger.entry import (
    MOST_SIGNATURES,
    CharterHeader,
    FindingsHeader,
    Header,
    assemble,
    open_envelope,
    seal_charter,
    seal_findings,
    seal_statement,
    signed_bytes,
    signed_part,
)
from sazokar.ledger.signing import KeyId, SigningKey, verify
from tests.ledger import chain
from tests.ledger.chain import ALPHA, BRAVO, NODE, OFFICER, STRANGER

pytestmark = pytest.mark.requirement("SZK-39")

replace = msgspec.structs.replace
HEADER = Header(1, "ab" * 32, OFFICER.key_id, 7, 1000, 2000, Raw(b'{"kind":"notice"}'), {"extent": "cd" * 32})
FINDINGS = FindingsHeader(1, "ab" * 32, NODE.key_id, 1500, "", "deadline")
CHARTER = CharterHeader(1, Raw(b'{"kind":"charter"}'))
LEAVES = {
    "statement": seal_statement(HEADER, [OFFICER, STRANGER]),
    "findings": seal_findings(FINDINGS, [NODE]),
    "charter": seal_charter(CHARTER, [ALPHA, BRAVO]),
}


def test_a_statement_has_the_bytes_that_the_format_says() -> None:
    # Written out by hand from docs/ledger.md, with nothing of the code that seals.
    signed = (
        f'{{"author":"{OFFICER.key_id}","body":{{"kind":"notice"}},"expires_ms":2000,"ledger":"{"ab" * 32}",'
        f'"number":7,"schema":1,"sections":{{"extent":"{"cd" * 32}"}},"stated_ms":1000}}'
    ).encode()
    signature = b64encode(OFFICER.sign(b"sazokar statement v1\n" + signed)).decode()
    leaf = f'{{"signatures":{{"{OFFICER.key_id}":"{signature}"}},"statement":'.encode() + signed + b"}"
    assert seal_statement(HEADER, [OFFICER]) == leaf
    opened = open_envelope(leaf)
    assert (opened.kind, opened.value, opened.signed, opened.id) == (
        "statement",
        HEADER,
        signed,
        sha256(signed).hexdigest(),
    )


@pytest.mark.parametrize(("kind", "value"), [("statement", HEADER), ("findings", FINDINGS), ("charter", CHARTER)])
def test_what_is_sealed_opens_and_verifies(kind: str, value: object) -> None:
    opened = open_envelope(LEAVES[kind])
    opened.verify()
    assert (opened.kind, opened.value) == (kind, value)
    assert signed_part(LEAVES[kind]) == opened.signed
    assert canonical.decode(LEAVES[kind]) == json.loads(LEAVES[kind])


def test_findings_are_sealed_as_their_form_says_though_they_are_not_read_back() -> None:
    opened = open_envelope(seal_findings(replace(FINDINGS, sections={"view:BRAVO": "cd" * 32}), [NODE]))
    opened.verify()
    assert opened.sections == {"view:BRAVO": "cd" * 32}


def test_every_signer_is_named_and_the_id_is_the_same_however_many_sign() -> None:
    both = open_envelope(LEAVES["statement"])
    assert both.signers == chain.known_keys(OFFICER, STRANGER)
    assert both.id == open_envelope(seal_statement(HEADER, [OFFICER])).id


def test_the_author_must_be_among_those_who_sign() -> None:
    with pytest.raises(SignatureError, match=f"no signature by {OFFICER.key_id}"):
        seal_statement(HEADER, [STRANGER])
    with pytest.raises(SignatureError, match=f"no signature by {NODE.key_id}"):
        seal_findings(FINDINGS, [STRANGER])
    with pytest.raises(SignatureError, match="a charter without a signature"):
        seal_charter(CHARTER, [])
    signed = signed_bytes(HEADER)
    forged = assemble("statement", signed, {STRANGER.key_id: STRANGER.sign(b"sazokar statement v1\n" + signed)})
    with pytest.raises(SignatureError, match=f"no signature by {OFFICER.key_id}"):
        open_envelope(forged).verify()


def test_one_false_signature_among_good_ones_is_refused() -> None:
    signed = signed_bytes(HEADER)
    good = OFFICER.sign(b"sazokar statement v1\n" + signed)
    for false in (bytes(64), good, STRANGER.sign(b"sazokar findings v1\n" + signed), STRANGER.sign(signed)):
        leaf = assemble("statement", signed, {OFFICER.key_id: good, STRANGER.key_id: false})
        with pytest.raises(SignatureError, match=f"by key {STRANGER.key_id} is false"):
            open_envelope(leaf).verify()


def test_a_signature_for_one_purpose_is_none_for_another() -> None:
    # The same bytes as a charter's body and signed as one: no statement signature can be moved to it.
    signed = signed_bytes(CHARTER)
    moved = assemble("charter", signed, {ALPHA.key_id: ALPHA.sign(b"sazokar statement v1\n" + signed)})
    with pytest.raises(SignatureError, match="false"):
        open_envelope(moved).verify()


@given(st.integers(0, 8 * len(LEAVES["statement"]) - 1))
def test_one_flipped_bit_is_found(bit: int) -> None:
    damaged = bytearray(LEAVES["statement"])
    damaged[bit // 8] ^= 1 << bit % 8
    with pytest.raises((CanonicalError, SignatureError)):
        open_envelope(bytes(damaged)).verify()


def leaf_with(**members: object) -> bytes:
    return canonical.encode({**json.loads(LEAVES["statement"]), **members})


def statement_with(**members: object) -> bytes:
    inner = {**json.loads(LEAVES["statement"])["statement"], **members}
    return leaf_with(statement={name: value for name, value in inner.items() if value is not None})


@pytest.mark.parametrize(
    "leaf",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        LEAVES["statement"] + b"\n",
        leaf_with(other=1),
        leaf_with(signatures={}),
        leaf_with(signatures={OFFICER.key_id: "AAAA"}),
        leaf_with(signatures={"officer": b64encode(bytes(64)).decode()}),
        leaf_with(
            signatures={f"{number:064x}": b64encode(bytes(64)).decode() for number in range(MOST_SIGNATURES + 1)}
        ),
        leaf_with(signatures={OFFICER.key_id: b64encode(bytes(64)).decode().replace("A==", "B==")}),
        leaf_with(findings=json.loads(LEAVES["findings"])["findings"]),
        canonical.encode({"signatures": json.loads(LEAVES["statement"])["signatures"]}),
        statement_with(schema=2),
        statement_with(schema=0),
        statement_with(number=-1),
        statement_with(number="7"),
        statement_with(author=None),
        statement_with(author="AB" * 32),
        statement_with(author="ab" * 32 + "\n"),
        statement_with(ledger="ab"),
        statement_with(stated_ms=None),
        statement_with(expires_ms=10**15),
        statement_with(body=[]),
        statement_with(body={}),
        statement_with(body={"kind": 1}),
        statement_with(body={"kind": ""}),
        statement_with(sections={}),  # repeats what is left out otherwise: a second form of one value
        statement_with(sections={"extent": "cd"}),
        statement_with(sections={"two words": "cd" * 32}),
        statement_with(sections={"": "cd" * 32}),
        statement_with(sections={"x" * 65: "cd" * 32}),
        statement_with(clause=1),
    ],
)
def test_what_is_no_envelope_is_refused(leaf: bytes) -> None:
    with pytest.raises(CanonicalError):
        open_envelope(leaf)


@pytest.mark.parametrize(
    "header",
    [
        replace(HEADER, body=Raw(b'{"kind": "notice"}')),
        replace(HEADER, body=Raw(b"{}")),
        replace(HEADER, body=Raw(b'{"kind":"notice","lat":1.5}')),
        replace(HEADER, number=-1),
        replace(HEADER, schema=2),
        replace(HEADER, ledger="elsewhere"),
        replace(HEADER, sections={"a b": "cd" * 32}),
        replace(HEADER, body=Raw(b'{"kind":"notice","x":' + b"[" * 40 + b"]" * 40 + b"}")),
        replace(HEADER, body=Raw(b'{"kind":"' + b"x" * 2_000_000 + b'"}')),
    ],
)
def test_what_could_not_be_opened_is_not_sealed(header: Header) -> None:
    with pytest.raises(CanonicalError):
        seal_statement(header, [OFFICER])


def test_too_many_signatures_are_not_assembled() -> None:
    signatures = {KeyId(f"{number:064x}"): bytes(64) for number in range(MOST_SIGNATURES + 1)}
    for wrong in ({}, signatures):
        with pytest.raises(SignatureError, match="expected 1 to 64"):
            assemble("statement", signed_bytes(HEADER), wrong)


def test_the_signed_part_is_found_whatever_a_body_says() -> None:
    tricky = (
        '{"kind":"notice","signatures":{"a":1},"text":"\\"},\\"statement\\":{","z":{"signatures":{},"statement":0}}'
    )
    for leaf in (
        seal_statement(replace(HEADER, body=Raw(tricky.encode())), [OFFICER]),
        seal_charter(CharterHeader(1, Raw(tricky.encode())), [ALPHA]),
    ):
        assert signed_part(leaf) == open_envelope(leaf).signed
    for wrong in (b"", b"{}", b'{"signatures":{', b'{"findings":', LEAVES["findings"][1:]):
        with pytest.raises(CanonicalError, match="expected an envelope"):
            signed_part(wrong)


def test_a_stranger_with_the_format_alone_can_verify() -> None:
    leaf = json.loads(LEAVES["findings"])
    signed = json.dumps(leaf["findings"], separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
    for key_id, signature in leaf["signatures"].items():
        assert verify(key_id, msgspec.convert(signature, bytes), b"sazokar findings v1\n" + signed)


def test_a_key_that_is_generated_signs() -> None:
    key = SigningKey.generate()
    open_envelope(seal_statement(replace(HEADER, author=key.key_id), [key])).verify()
