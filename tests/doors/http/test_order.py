"""Lists in order: kept from one request to the next, and the same as if they were sorted anew each time."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from immutables import Map

from sazokar.doors.http.order import Order, order_of

refs = st.integers(1, 99).map(lambda n: f"N{n}") | st.tuples(st.integers(1, 99), st.integers(1, 9)).map(
    lambda pair: f"C{pair[0]}.{pair[1]}"
)
lists = st.lists(refs | st.text(max_size=4), unique=True, max_size=30)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(("notices", "conflicts")), lists), max_size=12), refs)
def test_a_list_that_is_kept_is_as_if_it_was_sorted_now_whatever_came_to_it_or_left_it(
    asked: list[tuple[str, list[str]]], behind: str
) -> None:
    order = Order()
    for of, given_ in asked:
        present = Map({ref: 0 for ref in given_})
        wanted = sorted(given_, key=order_of)
        for _ in range(2):
            assert list(order.after(of, present, None)) == wanted
            assert list(order.after(of, present, order_of(behind))) == [
                r for r in wanted if order_of(r) > order_of(behind)
            ]


def test_refs_stand_by_their_number_and_not_by_their_letters() -> None:
    assert sorted(["N100", "N20", "N20.2", "N3", "C20"], key=order_of) == ["N3", "C20", "N20", "N20.2", "N100"]
