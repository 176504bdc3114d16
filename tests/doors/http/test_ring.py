"""What is kept ready for streams: every event of its stretch, no more than its bounds, nothing that was forgotten."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.doors.http import ring
from sazokar.doors.http.ring import Pages, Ready, Ring


def ready(*positions: int, size: int = 10) -> list[Ready]:
    return [Ready(position, bytes(size)) for position in positions]


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=9), max_size=30), st.integers(0, 200))
def test_a_reader_at_any_position_gets_every_event_once_and_in_order(batches: list[list[bool]], start: int) -> None:
    one, all_, end = Ring(0), [], 0
    for batch in batches:
        found = [end + n for n, is_event in enumerate(batch) if is_event]
        end += len(batch)
        one.extend(ready(*found), end)
        all_ += found
    got, position = [], min(start, end)
    for _ in range(len(all_) + 1):
        some, position = one.after(position)
        got += [each.position for each in some]
    assert got == [each for each in all_ if each >= min(start, end)] and position == end


def test_of_too_much_the_oldest_goes_and_who_wants_it_is_told_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring, "GREATEST_BYTES", 100)
    one = Ring(5)
    one.extend(ready(*range(5, 25)), 25)
    assert one.start == 15 and [each.position for each in one.after(15)[0]] == list(range(15, 25))
    one.extend(ready(30, size=1_000), 31)
    assert one.start == 31 and one.after(31) == ([], 31), (
        "one that is larger than all that is kept is read from the log"
    )


def test_what_is_taken_at_once_is_bounded_and_goes_on_behind_its_last(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Ring(0)
    one.extend(ready(1, 3, 5, size=ring.CHUNK_BYTES - 1), 9)
    assert [each.position for each in one.after(0)[0]] == [1, 3] and one.after(0)[1] == 4
    assert [each.position for each in one.after(4)[0]] == [5] and one.after(4)[1] == 9


def test_who_is_ahead_of_what_is_ready_does_not_go_back() -> None:
    one = Ring(0)
    one.extend(ready(1, 2), 3)
    assert one.after(7) == ([], 7)


def test_what_was_forgotten_is_not_given_again() -> None:
    one = Ring(0)
    one.extend(ready(1, 2), 3)
    one.forget(3)
    assert one.start == 3 and one.after(3) == ([], 3)


def test_who_comes_back_together_reads_a_page_once_until_something_is_taken_from_sight(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[tuple[str, int, int]] = []

    def reading(party: str, start: int, end: int) -> list[Ready]:
        read.append((party, start, end))
        return ready(start)

    pages = Pages(reading)
    for _ in range(200):
        pages.read("ALPHA", 0, 256)
        pages.read("BRAVO", 0, 256)
    assert len(read) == 2
    pages.forget()
    pages.read("ALPHA", 0, 256)
    assert len(read) == 3
    monkeypatch.setattr(ring, "KEPT_S", 0.0)
    pages.read("ALPHA", 0, 256)
    assert len(read) == 4
    for number in range(1_000):
        pages.read("ALPHA", number, number + 1)
    assert len(pages._pages) == ring.GREATEST_PAGES


def test_a_page_of_very_large_events_is_not_kept() -> None:
    pages = Pages(lambda party, start, end: ready(start, size=ring.GREATEST_BYTES))
    pages.read("ALPHA", 0, 9)
    assert not pages._pages


def test_a_page_that_was_read_while_something_was_forgotten_is_not_kept() -> None:
    count = 0

    def reading(party: str, start: int, end: int) -> list[Ready]:
        nonlocal count
        count += 1
        pages.forget()
        return ready(start)

    pages = Pages(reading)
    pages.read("ALPHA", 0, 9)
    pages.read("ALPHA", 0, 9)
    assert count == 2
