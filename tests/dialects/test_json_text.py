"""JSON limits and garbage."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.dialects.json_text import load_json
from sazokar.dialects.reading import GREATEST_NESTING
from sazokar.errors import LimitError, UnreadableError


def test_nesting_is_bounded_before_anything_is_decoded() -> None:
    load_json(b"[" * GREATEST_NESTING + b"]" * GREATEST_NESTING, "f")
    with pytest.raises(LimitError, match=f"deeper than {GREATEST_NESTING}"):
        load_json(b"[" * (GREATEST_NESTING + 1) + b"]" * (GREATEST_NESTING + 1), "f")
    with pytest.raises(LimitError):
        load_json(b'{"a":' * 10_000_000, "f")
    with pytest.raises(LimitError):
        load_json(b" " * 100_000_000, "f")


def test_brackets_in_strings_are_no_nesting() -> None:
    text = "[" * 1000 + '\\"' + "{" * 1000
    assert load_json(json.dumps({"a": text}).encode(), "f") == {"a": text}


def test_nesting_is_counted_across_the_pieces_in_which_it_is_read() -> None:
    deep = b"[" * 33 + b" " * (1 << 20) + b"[" * 32
    with pytest.raises(LimitError):
        load_json(deep, "f")


def test_a_byte_order_mark_is_passed_over() -> None:
    assert load_json(b"\xef\xbb\xbf[1]", "f") == [1]


@pytest.mark.parametrize("content", [b"", b"{", b"[1,]", b'"\xff"', b"nan", b"\x00", b'{"a":"', b"'", b'"' * 3])
def test_what_is_no_json_says_so(content: bytes) -> None:
    with pytest.raises(UnreadableError, match="f: found"):
        load_json(content, "f")


json_values: st.SearchStrategy[object] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
)


@given(json_values)
def test_every_json_value_comes_back(value: object) -> None:
    assert load_json(json.dumps(value).encode(), "f") == value


@given(st.binary(max_size=200))
def test_arbitrary_bytes_give_a_value_or_a_named_error(content: bytes) -> None:
    with contextlib.suppress(UnreadableError, LimitError):
        load_json(content, "f")
