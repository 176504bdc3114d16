"""Pages that neither repeat nor leave out as the ledger grows, cursors that are none, entity tags, and what is damaged."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.doors.http.order import order_of
from sazokar.doors.http.reading import MOST_ITEMS, Page, matches
from sazokar.errors import DeclinedError

refs = st.builds(
    lambda n, m: f"N{n}" if m is None else f"N{n}.{m}", st.integers(1, 500), st.none() | st.integers(1, 20)
)


@given(st.lists(refs, unique=True, max_size=60), st.lists(refs, unique=True, max_size=30), st.integers(1, 7))
def test_pages_give_every_ref_that_was_there_once_in_order_while_the_list_grows(
    first: list[str], later: list[str], limit: int
) -> None:
    behind = max((order_of(ref) for ref in first), default=("", 0, 0, ""))
    grown = first + [ref for ref in later if order_of(ref) > behind]  # the ledger grows at its end
    seen: list[str] = []
    present, cursor = first, ""
    for _ in range(200):
        items, after = Page("notices", cursor, limit).of_refs(present, lambda ref: ref)
        assert len(items) <= limit
        seen += items
        if after is None:
            break
        present, cursor = grown, after
    wanted = grown if present is grown else first
    assert seen == sorted(wanted, key=order_of)


@pytest.mark.parametrize(
    "cursor",
    ["x", "!!!!", "bm90aWNlcw", urlsafe_b64encode(b"stops N13").decode(), "\xff", "bm90aWNlcyBOMTM==", "Z" * 199],
)
def test_a_cursor_that_is_none_of_this_list_is_told_by_its_name(cursor: str) -> None:
    with pytest.raises(DeclinedError) as found:
        Page("notices", cursor, 10).of_refs(["N1"], lambda ref: ref)
    assert (found.value.status, found.value.field) == (400, "cursor")


@given(st.text(min_size=1, max_size=200))
def test_no_text_of_a_cursor_is_a_fault(cursor: str) -> None:
    with pytest.raises(DeclinedError, match="cursor"):
        Page("notices", cursor, MOST_ITEMS).of_refs(["N1"], lambda ref: ref)


def test_a_page_ends_with_the_item_that_goes_beyond_its_bytes() -> None:
    items, after = Page("notices", "", MOST_ITEMS).of_refs(["N1", "N2", "N3"], lambda ref: ref + "x" * 3_000_000)
    assert len(items) == 2 and after is not None
    items, after = Page("notices", after, MOST_ITEMS).of_refs(["N1", "N2", "N3"], lambda ref: ref)
    assert items == ("N3",) and after is None


@pytest.mark.parametrize(
    "given_, tag, same",
    [
        (None, '"a"', False), ('"a"', '"a"', True), ('W/"a"', '"a"', True), ('"a"', 'W/"a"', True), ('"b", "a"', '"a"', True),
        ("*", '"a"', True), ('"b"', '"a"', False), ("a", '"a"', False), ("", '"a"', False),
    ],
)  # fmt: skip
def test_entity_tags_are_compared_weakly(given_: str | None, tag: str, same: bool) -> None:
    # RFC 9110, section 8.8.3.2: examples of the weak comparison
    assert matches(given_, tag) is same
