from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.errors import CanonicalError, SignatureError
from sazokar.ledger.entry import open_envelope
from sazokar.ledger.parcel import pack, unpack
from sazokar.ledger.section import section_payload
from tests.ledger import chain

pytestmark = pytest.mark.requirement("SZK-43")

LEAF = chain.statement(1, chain.PAYLOADS)
CONTENT = pack(LEAF, chain.PAYLOADS)


def test_what_is_packed_is_unpacked_byte_for_byte() -> None:
    assert unpack(CONTENT) == (LEAF, chain.PAYLOADS)
    assert unpack(pack(LEAF, {})) == (LEAF, {})
    assert CONTENT.startswith(b'{"envelope":' + LEAF + b',"payloads":{"extent":{"salt":')


def test_a_payload_that_is_not_committed_to_is_neither_packed_nor_unpacked() -> None:
    other = section_payload({"south_e7": 1}, bytes(32))
    for payloads in ({"extent": other}, {"path": chain.PAYLOADS["extent"]}, {"extent": b"{}"}):
        with pytest.raises(CanonicalError):
            pack(LEAF, payloads)
    with pytest.raises(CanonicalError, match="section extent: found a payload that the envelope does not commit to"):
        unpack(CONTENT.replace(b"346000000", b"346000001"))


def test_a_payload_that_hides_no_value_behind_a_salt_is_refused_though_committed_to() -> None:
    bare = b'{"south_e7":1}'
    with pytest.raises(CanonicalError, match="expected the form Payload"):
        pack(chain.statement(1, {"extent": bare}), {"extent": bare})


@given(st.integers(0, 8 * len(CONTENT) - 1))
def test_one_flipped_bit_is_found(bit: int) -> None:
    damaged = bytearray(CONTENT)
    damaged[bit // 8] ^= 1 << bit % 8
    with pytest.raises((CanonicalError, SignatureError)):
        leaf, _ = unpack(bytes(damaged))
        open_envelope(leaf).verify()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b'{"envelope":{},"payloads":{}}',
        CONTENT + b"\n",
        CONTENT[:-1],
        CONTENT.replace(b"payloads", b"payload_"),
    ],
)
def test_what_is_no_envelope_file_is_refused(content: bytes) -> None:
    with pytest.raises(CanonicalError):
        unpack(content)
