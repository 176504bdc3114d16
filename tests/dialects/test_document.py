"""Limits and letters of a text, before any format looks into it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.dialects.document import load_json, plain_utf8, require_distinct_members, require_nesting
from sazokar.dialects.reading import GREATEST_BYTES, GREATEST_NESTING
from sazokar.errors import FieldError, LimitError, UnreadableError

values = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=30,
)


def depth(value: object) -> int:
    """Return how deep a value nests, told apart from its text."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(values, st.integers(0, 70))
def test_nesting_is_counted_as_it_is(value: object, wrapped: int) -> None:
    for _ in range(wrapped):
        value = [value, '[{"\\']
    text = json.dumps(value).encode()
    if depth(value) <= GREATEST_NESTING:
        require_nesting(text, "x")
        assert load_json(text, "x") == value or "." in str(value)
    else:
        with pytest.raises(LimitError, match="nested"):
            require_nesting(text, "x")


def test_the_limits_themselves_pass() -> None:
    require_nesting(b"[" * GREATEST_NESTING + b"]" * GREATEST_NESTING, "x")
    assert len(plain_utf8(b" " * GREATEST_BYTES, "x")) == GREATEST_BYTES
    with pytest.raises(LimitError):
        plain_utf8(b" " * (GREATEST_BYTES + 1), "x")


@pytest.mark.parametrize("text", ["سازوکار", "تداخل", "עברית", "çakışma"])
def test_letters_of_every_script_pass(text: str) -> None:
    assert plain_utf8(b"\xef\xbb\xbf" + text.encode(), "x").decode() == text


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{}".encode("utf-16"), "UTF-16"),
        (b"\xff", "0xff at offset 0"),
        (b"ab\x00", "NUL byte at offset 2"),
        (b"\xed\xa0\x80", "0xed"),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(content: bytes, told: str) -> None:
    with pytest.raises(UnreadableError, match=told):
        plain_utf8(content, "x")


@pytest.mark.parametrize("content", [b"NaN", b"[Infinity]", b"{'a':1}", b'{"a":1,}', b"01", b'"\\ud800"', b"// x\n1"])
def test_json_is_taken_to_the_letter(content: bytes) -> None:
    with pytest.raises(UnreadableError, match="not JSON"):
        load_json(content, "x")


@given(st.lists(st.sampled_from(["lower", "upper", "kind", "x"]), max_size=5), st.sampled_from([":", " :", "\t:"]))
def test_a_member_named_twice_is_found_in_every_spelling(keys: list[str], colon: str) -> None:
    text = "{" + ",".join(f'"{key}"{colon}1' for key in keys) + "}"
    members = frozenset(("lower", "upper", "kind"))
    named = [key for key in keys if key in members]
    if len(named) == len(set(named)):
        require_distinct_members(text.encode(), members)
    else:
        with pytest.raises(FieldError, match="the member twice"):
            require_distinct_members(text.encode(), members)


def test_a_member_of_two_objects_is_not_named_twice() -> None:
    text = b'{"lower":1,"x":{"lower":2},"y":[{"lower":3}]}'
    require_distinct_members(text, frozenset(("lower",)))
