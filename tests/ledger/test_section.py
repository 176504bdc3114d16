from __future__ import annotations

from hashlib import sha256

import pytest

from sazokar.errors import CanonicalError
from sazokar.ledger.section import commit, section_payload, section_value

pytestmark = [pytest.mark.requirement("SZK-31"), pytest.mark.requirement("SZK-39")]

SALT = bytes(range(32))


def test_a_payload_and_its_commitment_have_the_bytes_that_the_format_says() -> None:
    payload = section_payload({"b": 1, "a": "é"}, SALT)
    assert payload == f'{{"salt":"{SALT.hex()}","value":{{"a":"é","b":1}}}}'.encode()
    assert section_value(payload) == '{"a":"é","b":1}'.encode()
    assert commit("extent", payload) == sha256(b"sazokar section v1\nextent\n" + payload).hexdigest()


def test_a_commitment_binds_name_salt_and_value() -> None:
    one = commit("extent", section_payload(1, SALT))
    assert one not in {
        commit("time", section_payload(1, SALT)),
        commit("extent", section_payload(2, SALT)),
        commit("extent", section_payload(1, SALT[::-1])),
    }


@pytest.mark.parametrize("name", ["", "a b", "a\n", "x" * 65, "é", "a/b"])
def test_a_section_without_a_proper_name_is_refused(name: str) -> None:
    with pytest.raises(CanonicalError, match="found a section named"):
        commit(name, b"")


def test_names_of_recipients_are_names_of_sections() -> None:
    assert len({commit(name, b"") for name in ("view:BRAVO", "a.b-c_d", "x" * 64, "0")}) == 4


@pytest.mark.parametrize("salt", [b"", bytes(31), bytes(33)])
def test_a_salt_of_another_length_is_refused(salt: bytes) -> None:
    with pytest.raises(CanonicalError, match="expected 32"):
        section_payload(1, salt)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"1",
        b'{"value":1}',
        b'{"salt":"00","value":1}',
        b'{"salt":"' + b"AB" * 32 + b'","value":1}',
        b'{"salt":"' + b"00" * 32 + b'"}',
        b'{"salt":"' + b"00" * 32 + b'","value": 1}',
        b'{"salt":"' + b"00" * 32 + b'","value":1,"z":2}',
        b'{"value":1,"salt":"' + b"00" * 32 + b'"}',
        b'{"salt":"' + b"00" * 32 + b'","value":1.5}',
    ],
)
def test_what_is_no_salt_and_value_is_refused(payload: bytes) -> None:
    with pytest.raises(CanonicalError):
        section_value(payload)
