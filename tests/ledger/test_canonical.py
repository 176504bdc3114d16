from __future__ import annotations

import json
import time
from enum import Enum

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from sazokar.errors import CanonicalError
from sazokar.ledger.canonical import DEEPEST, LARGEST_BYTES, LARGEST_INTEGER, decode, decode_plain, encode

pytestmark = pytest.mark.requirement("SZK-39")

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
INTEGERS = st.integers(-LARGEST_INTEGER, LARGEST_INTEGER)
NAMES = st.text(st.characters(max_codepoint=127), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


class Colour(Enum):
    RED = "red"


class Point(msgspec.Struct, frozen=True, omit_defaults=True):
    y: int
    x: int = 0
    label: str | msgspec.UnsetType = msgspec.UNSET


class Drawn(msgspec.Struct, frozen=True):
    point: Point
    body: msgspec.Raw


@given(VALUES)
def test_the_form_is_that_of_an_independent_implementation(value: object) -> None:
    assert encode(value) == rfc8785.dumps(value)  # type: ignore[arg-type]  # plain values, by their strategy


@given(VALUES)
def test_what_is_encoded_is_decoded(value: object) -> None:
    assert decode(encode(value)) == value
    assert json.loads(encode(value)) == value


@given(st.binary(max_size=60) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_only_the_one_form_of_a_value_is_taken(content: bytes) -> None:
    try:
        value = decode(content)
    except CanonicalError:
        return
    assert encode(value) == content


@given(
    st.recursive(
        st.floats(allow_nan=False)
        | st.integers(-(10**25), 10**25)
        | st.text(max_size=8)
        | st.just("1.5")
        | st.just(-1e-7),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
        max_leaves=8,
    ),
    st.booleans(),
)
def test_numbers_that_are_no_safe_integers_and_names_that_are_no_ascii_never_pass(value: object, ascii_: bool) -> None:
    content = json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=ascii_).encode(errors="replace")
    if holds_unsafe(json.loads(content)):
        with pytest.raises(CanonicalError):
            decode(content)


def holds_unsafe(value: object) -> bool:
    match value:
        case float():
            return True
        case int():
            return abs(value) > LARGEST_INTEGER
        case list():
            return any(map(holds_unsafe, value))
        case dict():
            return any(map(holds_unsafe, value.values())) or not all(name.isascii() for name in value)
        case _:
            return False


def test_the_example_of_the_standard_is_written_as_it_says() -> None:
    # RFC 8785, sections 3.2.2 and 3.2.4, without its numbers: they are not integers.
    given_ = rb"""{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"""
    expected = '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'.encode()
    assert encode(json.loads(given_)) == expected
    assert decode(expected) == json.loads(given_)


def test_every_control_character_is_escaped_as_the_standard_says() -> None:
    every = "".join(map(chr, [*range(0x20), 0x22, 0x2F, 0x5C, 0x7F, 0x80, 0x2028, 0xFFFF, 0x10000, 0x10FFFF]))
    assert encode(every) == rfc8785.dumps(every)


@pytest.mark.parametrize(
    "content",
    [
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a": 1}',
        b'{"a":1}\n',
        b" 1",
        b"1.0",
        b"1e2",
        b"-0",
        b"+1",
        b"01",
        b"9007199254740992",
        b"-9007199254740992",
        b"9" * 5000,
        b"NaN",
        b"nul",
        b"",
        b'"\\u0041"',
        b'"\\/"',
        b'"\\u000a"',
        b'"\\u000F"',
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"\n"',
        '{"é":1}'.encode(),
        b"\xef\xbb\xbf1",
        b"[1,]",
        b"1 2",
        b"// 1",
        b"'a'",
    ],
)
def test_what_is_not_in_the_one_form_is_refused(content: bytes) -> None:
    with pytest.raises(CanonicalError, match="found"):
        decode(content)


@pytest.mark.parametrize(
    "value",
    [0.5, 1.0, float("nan"), float("inf"), 2**53, -(2**53), 2**80, "\ud800", {"\udfff": 1}, {"é": 1}, {1: 2}, {1}, 1j],
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    for wrapped in (value, [value], {"a": {"b": [value]}}):
        with pytest.raises(CanonicalError, match="found"):
            encode(wrapped)


def test_the_largest_integers_are_taken() -> None:
    assert encode([LARGEST_INTEGER, -LARGEST_INTEGER]) == b"[9007199254740991,-9007199254740991]"
    assert decode(b"[9007199254740991,-9007199254740991]") == [LARGEST_INTEGER, -LARGEST_INTEGER]


def test_depth_is_bounded() -> None:
    deepest = b"[" * DEEPEST + b"]" * DEEPEST
    assert encode(decode(deepest)) == deepest
    for too_deep in (b"[" + deepest + b"]", b"[" * 1_000_000, b'{"a":' * 100_000):
        with pytest.raises(CanonicalError):
            decode(too_deep)
    with pytest.raises(CanonicalError, match="more than 64 deep"):
        encode(json.loads(b"[" + deepest + b"]"))
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(CanonicalError):
        encode(endless)


def test_size_is_bounded_before_anything_is_read() -> None:
    content = b'"' + b"a" * (LARGEST_BYTES - 2) + b'"'
    assert len(str(decode(content))) == LARGEST_BYTES - 2
    start_s = time.perf_counter()
    with pytest.raises(CanonicalError, match=f"found {LARGEST_BYTES + 1} bytes"):
        decode(b"[" * (LARGEST_BYTES + 1))
    assert time.perf_counter() - start_s < 1
    with pytest.raises(CanonicalError, match="bytes; expected at most"):
        encode("a" * LARGEST_BYTES)
    with pytest.raises(CanonicalError, match="found 9 bytes; expected at most 8"):
        decode_plain(b"123456789", largest_bytes=8)


def test_a_struct_is_written_and_read_in_order() -> None:
    assert encode(Point(2, 1)) == b'{"x":1,"y":2}'
    assert encode(Point(2)) == b'{"y":2}'
    assert decode(b'{"x":1,"y":2}', Point) == Point(2, 1)
    assert encode([Colour.RED, (1, 2), b"\xfb\xff"]) == b'["red",[1,2],"+/8="]'
    assert decode(b'{"a":{"y":1}}', dict[str, Point]) == {"a": Point(1)}


@pytest.mark.parametrize(
    "content", [b'{"x":0,"y":2}', b'{"y":2,"z":3}', b'{"x":1}', b'{"y":"2"}', b'{"y":2.0}', b"[2]", b'{"y":null}']
)
def test_a_struct_has_one_form_only(content: bytes) -> None:
    with pytest.raises(CanonicalError):
        decode(content, Point)


def test_what_is_put_in_raw_must_be_canonical() -> None:
    assert encode(Drawn(Point(1), msgspec.Raw(b'{"a":1}'))) == b'{"body":{"a":1},"point":{"y":1}}'
    for wrong in (b'{"a": 1}', b"1.5", b"{}{}", b'1,"z":2'):
        with pytest.raises(CanonicalError):
            encode(Drawn(Point(1), msgspec.Raw(wrong)))


def test_the_place_of_a_difference_is_named() -> None:
    with pytest.raises(CanonicalError, match=r"from byte 5: found b' 1}'; expected b'1}'"):
        decode(b'{"a": 1}'.replace(b" ", b" ", 1))
