"""The clock's work: the ladder of an answer minute by minute, starts, ends, and what was due while nobody looked."""

from __future__ import annotations

import pytest

from sazokar.domain.agreement import Rung
from sazokar.domain.deadlines import GREATEST_FIRINGS
from sazokar.domain.finding import Called, Overdue, Resolved, StateChanged, Unanswered
from sazokar.domain.notice import NoticeKind, OperationState
from sazokar.domain.statement import Acknowledge, AckRung, AnswerConflict, Reply
from tests.dialects.agreements import clause
from tests.domain.mechanism import MINUTE_MS, NOW_MS, Mechanism, disc, in_conflict, of, volume

pytestmark = [pytest.mark.requirement("SZK-23"), pytest.mark.requirement("SZK-24")]


def minute(at: float) -> int:
    return NOW_MS + round(at * MINUTE_MS)


def test_the_ladder_climbs_at_the_deadlines_of_the_clause_and_ends_with_the_mediator() -> None:
    # The conflict is found at minute 1; the clause gives 5, 4 and 3 minutes.
    mechanism, _, _, case = in_conflict()
    assert mechanism.at(5.99) == ()
    (alternate,) = mechanism.at(6)
    assert alternate == Called(ref=case, party="ALPHA", rung=Rung.ALTERNATE, due_ms=minute(6), next_ms=minute(10))
    (mediator,) = mechanism.at(10)
    assert mediator == Called(ref=case, party="ALPHA", rung=Rung.MEDIATOR, due_ms=minute(10), next_ms=minute(13))
    assert mechanism.at(13) == (Overdue(ref=case, what="answer", due_ms=minute(13)),)
    assert mechanism.at(59.9) == ()
    assert [silence[1] for silence in mechanism.case().silences] == [Rung.ALTERNATE, Rung.MEDIATOR]


def test_a_node_that_was_down_records_each_deadline_at_its_own_instant() -> None:
    watched, slept = in_conflict()[0], in_conflict()[0]
    step_by_step = tuple(finding for at in range(2, 70) for finding in watched.at(at))
    assert slept.at(69) == step_by_step
    assert slept.state.cases == watched.state.cases


def test_a_reading_does_not_stop_the_clock_and_an_answer_does() -> None:
    mechanism, _, _, case = in_conflict()
    mechanism.say("ALPHA", Acknowledge(ref=case, rung=AckRung.READ))
    assert of(mechanism.at(6), Called)
    mechanism.say("ALPHA", AnswerConflict(ref=case, reply=Reply.WILCO))
    assert mechanism.at(59) == ()


@pytest.mark.requirement("SZK-50")
def test_a_conflict_unanswered_at_its_start_stays_live_and_says_so() -> None:
    mechanism, bravo, alpha, case = in_conflict()
    found = mechanism.at(60)
    assert of(found, Unanswered) == [Unanswered(ref=case, due_ms=minute(60))]
    assert mechanism.case().overdue and mechanism.case().is_live
    assert {mechanism.notice(name).state for name in (bravo, alpha)} == {OperationState.PROPOSED}


def test_an_operation_without_conflict_is_active_from_its_start_to_its_end() -> None:
    mechanism = Mechanism()
    name = mechanism.file("ALPHA", volume(60, 30))
    assert mechanism.notice(name).state is OperationState.ACCEPTED
    mechanism.at(60)
    assert mechanism.notice(name).state is OperationState.ACTIVATED
    assert mechanism.at(89.99) == ()
    assert of(mechanism.at(90), StateChanged) == [
        StateChanged(ref=name, state=OperationState.ENDED, due_ms=minute(90), why="end")
    ]
    assert name not in mechanism.state.open


def test_the_end_of_one_side_resolves_the_conflict_and_frees_the_other() -> None:
    mechanism = Mechanism()
    mechanism.file("BRAVO", volume(60, 10))
    other = mechanism.file("ALPHA", volume(60, 30))
    assert of(mechanism.at(70), Resolved)
    mechanism.at(70.1)
    assert mechanism.notice(other).state is OperationState.ACTIVATED  # its start came while it was in conflict


@pytest.mark.requirement("SZK-19")
def test_a_standing_notice_that_is_not_revalidated_ends_when_its_clause_says() -> None:
    mechanism = Mechanism(clause("standing", 'notice = "site"\nexpires = "40min"', "5.3"))
    site = mechanism.file("ALPHA", volume(0, 10_000, shape=disc()), kind=NoticeKind.SITE)
    assert not [f for f in mechanism.at(39.99) if isinstance(f, StateChanged) and f.state is OperationState.ENDED]
    assert of(mechanism.at(40), StateChanged)[-1].why == "not revalidated"
    assert mechanism.notice(site).state is OperationState.ENDED


def test_the_review_comes_again_and_again() -> None:
    mechanism = Mechanism(clause("review", 'period = "1d"', "8.3"))
    day = 24 * 60
    assert [len(of(mechanism.at(day * n), Overdue)) for n in (0.9, 1, 1.5, 2, 5)] == [0, 1, 0, 1, 3]


def test_no_more_deadlines_pass_in_one_record_than_the_bound_and_the_rest_in_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sazokar.domain.deadlines.GREATEST_FIRINGS", 2)
    mechanism = Mechanism()
    for number in range(5):
        mechanism.file("ALPHA", volume(60 + number, 5, shape=disc(11 + number * 0.3)))
    assert len(mechanism.at(200)) == 10  # five starts, five ends
    assert not mechanism.state.running
    assert GREATEST_FIRINGS == 100_000


@pytest.mark.requirement("SZK-30")
def test_an_operation_is_live_as_long_as_the_margin_lets_another_conflict_with_it() -> None:
    """A plan that begins two minutes after another ends breaches a margin of five, whenever it is filed."""
    margin = clause(
        "separation", 'between = ["any", "any"]\nhorizontal = "10NM"\nvertical = "1000ft"\ntime = "5min"', "4.1"
    )
    for filed_min in (30, 61):
        mechanism = Mechanism(margin)
        mechanism.file("ALPHA", volume(10, 50))
        mechanism.at(filed_min)
        mechanism.file("BRAVO", volume(62, 30))
        assert len(mechanism.state.cases) == 1, filed_min


@pytest.mark.requirement("SZK-23")
def test_changes_do_not_lengthen_a_silence() -> None:
    mechanism, _, alpha, case = in_conflict()
    due_ms = mechanism.case(case).due_ms
    for minutes in (3, 5):
        mechanism.at(minutes)
        mechanism.amend("ALPHA", alpha, volume(60 + minutes))
        assert (mechanism.case(case).turn, mechanism.case(case).due_ms) == ("ALPHA", due_ms)
    mechanism.at(7)
    mechanism.amend("ALPHA", alpha, volume(70))
    assert mechanism.case(case).rung is Rung.ALTERNATE, "the alternate stays called"


def test_two_who_both_cannot_are_no_silence() -> None:
    mechanism, _, _, case = in_conflict()
    mechanism.say("ALPHA", AnswerConflict(ref=case, reply=Reply.UNABLE))
    (called,) = of(mechanism.say("BRAVO", AnswerConflict(ref=case, reply=Reply.UNABLE)), Called)
    assert called.unable and called.rung is Rung.MEDIATOR
    assert mechanism.case(case).silences == ()


def test_a_conflict_that_was_answered_is_told_so_at_its_start() -> None:
    mechanism, _, _, case = in_conflict()
    mechanism.say("ALPHA", AnswerConflict(ref=case, reply=Reply.WILCO))
    (found,) = [one for one in mechanism.at(61) if isinstance(one, Unanswered)]
    assert found.answered and mechanism.case(case).is_live
