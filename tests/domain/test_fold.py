"""What can follow what: `fold` refuses histories that no node writes, and timers fire in their order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.domain.finding import Findings, Held, Outcome, Taken
from sazokar.domain.fold import fold
from sazokar.domain.state import EMPTY, Numbers, Timer, next_due, with_timers, without_timers
from sazokar.errors import HistoryError
from tests.domain.mechanism import NOW_MS, Mechanism, volume

pytestmark = pytest.mark.requirement("SZK-39")


def record(of: str = "", at_ms: int = NOW_MS, *findings: Taken | Held) -> Findings:
    return Findings(of=of, recorded_ms=at_ms, outcome=Outcome.CLOCK, findings=findings)


def test_a_history_begins_with_a_charter_and_has_no_other() -> None:
    mechanism = Mechanism(signed=False)
    charter = mechanism.state.charter
    assert charter is not None
    with pytest.raises(HistoryError, match="second charter"):
        fold(mechanism.state, charter)
    for entry in (mechanism.by, record()):
        with pytest.raises(HistoryError, match="expected the charter"):
            fold(EMPTY, entry)


def test_findings_follow_their_statement_and_no_other() -> None:
    mechanism = Mechanism(signed=False)
    with pytest.raises(HistoryError, match="findings on"):
        fold(mechanism.state, record("f" * 64))
    waiting = fold(mechanism.state, mechanism.by)
    with pytest.raises(HistoryError, match="second statement"):
        fold(waiting, mechanism.by)
    with pytest.raises(HistoryError, match="those on the statement before"):
        fold(waiting, record())


def test_no_record_is_before_the_last() -> None:
    mechanism = Mechanism(signed=False)
    with pytest.raises(HistoryError, match=str(NOW_MS - 1)):
        fold(mechanism.state, record("", NOW_MS - 1))
    assert fold(mechanism.state, record("", NOW_MS)).recorded_ms == NOW_MS


@pytest.mark.parametrize("finding", [Taken(ref="N1"), Held(ref="N1", owner="W-1", due_ms=0)])
def test_what_speaks_of_a_statement_has_one_before_it(finding: Taken | Held) -> None:
    with pytest.raises(HistoryError):
        fold(Mechanism(signed=False).state, record("", NOW_MS, finding))


def test_what_is_withheld_leaves_a_gap_and_no_error() -> None:
    mechanism = Mechanism()
    before = mechanism.state
    mechanism.file("ALPHA", volume())
    bare = Findings(of=mechanism.by.id, recorded_ms=NOW_MS, outcome=Outcome.TAKEN, findings=None)
    withheld = fold(fold(before, mechanism.by), bare)
    assert (withheld.size, withheld.notices) == (mechanism.state.size, before.notices)


timers = st.lists(
    st.builds(Timer, st.integers(NOW_MS, NOW_MS + 500_000), st.sampled_from(("start", "end")), st.sampled_from("abc")),
    max_size=20,
)


@given(timers, st.integers(NOW_MS - 1, NOW_MS + 600_000), st.sampled_from("abc"))
def test_the_first_timer_due_is_the_least_of_those_that_run(given_: list[Timer], now_ms: int, gone: str) -> None:
    state = with_timers(EMPTY, *given_)
    due = sorted(timer for timer in given_ if timer.due_ms <= now_ms)
    assert next_due(state, now_ms) == next(iter(due), None)
    left = without_timers(state, gone, "start")
    kept = sorted(t for t in given_ if t.due_ms <= now_ms and not (t.ref == gone and t.what == "start"))
    assert next_due(left, now_ms) == next(iter(kept), None)
    assert not without_timers(without_timers(without_timers(state, "a"), "b"), "c").timers


@given(st.lists(st.integers(1, 12), max_size=20))
def test_numbers_hold_what_was_used_and_nothing_else(used: list[int]) -> None:
    numbers = Numbers()
    for number in used:
        if not numbers.holds(number):
            numbers = numbers.with_number(number)
    assert {n for n in range(1, 14) if numbers.holds(n)} == set(used)
    assert all(number > numbers.through + 1 for number in numbers.beyond)
