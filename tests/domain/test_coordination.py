"""Conflicts and answers: who answers first, what each reply does, how a conflict ends, and what opens it again."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sazokar.domain.agreement import Rung
from sazokar.domain.finding import Called, Raised, Resolution, Resolved, Turn
from sazokar.domain.hearing import AGREED
from sazokar.domain.notice import OperationState
from sazokar.domain.statement import (
    AcceptRecommendation,
    AcceptRisk,
    Acknowledge,
    AckRung,
    AnswerConflict,
    CancelNotice,
    Recommend,
    Reply,
    ReplyContent,
)
from tests.dialects import agreements
from tests.dialects.agreements import clause
from tests.domain.mechanism import (
    DEFAULT,
    MINUTE_MS,
    NOW_MS,
    Mechanism,
    agreed,
    code,
    disc,
    in_conflict,
    notice,
    of,
    volume,
)

ZONE = clause("no-fly-area", 'name = "Reef"\ncircle = { centre = "12.0N 42.0E", radius = "3km" }', "3.1")
CLAIM = clause(
    "zone-of-influence", 'name = "Shoal"\nparty = "BRAVO"\ncircle = { centre = "12.0N 42.0E", radius = "3km" }', "3.2"
)


def first_answers(rule: str, ranks: str = "", **classes: str) -> str:
    """Return who answers first where BRAVO files before ALPHA, each a class or kind of its own."""
    priority = clause("priority", ranks, "6.2") if ranks else ""
    answering = clause("answering", f'rungs = "5min"\nfirst = "{rule}"', "6.1")
    mechanism = Mechanism(signed=False)
    mechanism.agree(agreements.read(DEFAULT, answering, priority))
    mechanism.file("BRAVO", volume(class_=classes.get("bravo", "")))
    mechanism.at(1)
    mechanism.file("ALPHA", volume(class_=classes.get("alpha", "")))
    return mechanism.case().turn


@pytest.mark.requirement("SZK-28")
@pytest.mark.parametrize(
    "rule, ranks, alpha, bravo, expected",
    [
        ("later-filer", "", "", "", "ALPHA"),
        ("earlier-filer", "", "", "", "BRAVO"),
        ("lower-priority", "ranks = { heavy = 5 }", "heavy", "", "BRAVO"),
        ("lower-priority", "ranks = { heavy = 5 }", "", "heavy", "ALPHA"),
        ("lower-priority", "ranks = { heavy = 5 }", "", "", "ALPHA"),
        ("later-filer", 'exempt = ["medevac"]', "medevac", "", "BRAVO"),
        ("earlier-filer", 'exempt = ["medevac"]', "", "medevac", "ALPHA"),
        ("later-filer", 'exempt = ["medevac"]', "medevac", "medevac", "ALPHA"),
    ],
)
def test_who_answers_first_is_the_clause_s_to_say(rule: str, ranks: str, alpha: str, bravo: str, expected: str) -> None:
    assert first_answers(rule, ranks, alpha=alpha, bravo=bravo) == expected


def test_a_conflict_says_which_two_by_which_clause_and_when() -> None:
    mechanism = Mechanism()
    bravo = mechanism.file("BRAVO", volume(60, 30))
    mechanism.say("ALPHA", notice(volume(70, 30, shape=disc(12.1))))
    case = mechanism.case()
    (raised,) = of(mechanism.record.findings or (), Raised)
    assert (case.a, case.b, case.parties) == (case.ref.replace("C", "N"), bravo, ("ALPHA", "BRAVO"))
    assert (raised.clause, raised.start_ms, raised.end_ms) == (
        "default",
        NOW_MS + 70 * MINUTE_MS,
        NOW_MS + 90 * MINUTE_MS,
    )
    assert mechanism.notice(bravo).state is OperationState.PROPOSED


@pytest.mark.parametrize("separation, breaches", [(18_400, True), (18_700, False)])
def test_the_minimum_is_kept_to_and_not_only_the_intersection(separation: int, breaches: bool) -> None:
    # Two points on one meridian at 12° N: 1° of latitude is 110,609 m there (WGS 84); 10 NM are 18,520 m.
    mechanism = Mechanism()
    mechanism.file("BRAVO", volume(shape=disc(12.0, radius_m=1)))
    mechanism.file("ALPHA", volume(shape=disc(12.0 + separation / 110_609, radius_m=1)))
    assert bool(mechanism.state.cases) is breaches


def test_a_reply_out_of_turn_is_on_record_and_moves_nothing() -> None:
    mechanism, _, _, case = in_conflict()
    assert not of(mechanism.say("BRAVO", AnswerConflict(ref=case, reply=Reply.UNABLE)), Turn)
    assert (mechanism.case().turn, len(mechanism.case().said)) == ("ALPHA", 1)


@pytest.mark.parametrize("reply", [Reply.WILCO, Reply.HOLD])
def test_after_wilco_and_hold_no_answer_is_due_and_the_conflict_lives_on(reply: Reply) -> None:
    mechanism, _, _, case = in_conflict()
    mechanism.say("ALPHA", AnswerConflict(ref=case, reply=reply, content=ReplyContent(text="lane 3 until 13:00")))
    assert (mechanism.case().turn, mechanism.case().due_ms, mechanism.case().is_live) == ("", 0, True)


@pytest.mark.parametrize("reply", [Reply.UNABLE, Reply.COUNTER, Reply.QUERY])
def test_after_any_other_reply_it_is_the_other_s_turn_for_as_long_as_the_clause_says(reply: Reply) -> None:
    mechanism, _, _, case = in_conflict()
    mechanism.at(3)
    mechanism.say("ALPHA", AnswerConflict(ref=case, reply=reply, content=ReplyContent(text="climb?")))
    assert (mechanism.case().turn, mechanism.case().due_ms) == ("BRAVO", NOW_MS + 8 * MINUTE_MS)


def test_when_both_are_unable_the_mediator_is_called_at_once_and_nobody_was_silent() -> None:
    mechanism, _, _, case = in_conflict()
    mechanism.say("ALPHA", AnswerConflict(ref=case, reply=Reply.UNABLE))
    called = of(mechanism.say("BRAVO", AnswerConflict(ref=case, reply=Reply.UNABLE)), Called)
    assert [(one.rung, one.next_ms) for one in called] == [(Rung.MEDIATOR, NOW_MS + 4 * MINUTE_MS)]
    assert mechanism.case().silences == ()


@pytest.mark.parametrize("reply", [Reply.HOLD, Reply.COUNTER, Reply.QUERY])
def test_a_reply_that_must_say_something_and_does_not_is_returned(reply: Reply) -> None:
    mechanism, _, _, case = in_conflict()
    assert code(mechanism.say("ALPHA", AnswerConflict(ref=case, reply=reply))) == "says-nothing"
    assert (
        code(mechanism.say("ALPHA", AnswerConflict(ref=case, reply=reply, content=ReplyContent(text=" "))))
        == "says-nothing"
    )


def test_only_those_in_a_conflict_answer_it() -> None:
    mechanism, _, _, case = in_conflict()
    for stranger in ("RELIEF", "MEDIATOR"):
        assert code(mechanism.say(stranger, AnswerConflict(ref=case, reply=Reply.WILCO))) == "unknown-reference"
    assert code(mechanism.say("ALPHA", AnswerConflict(ref="C999", reply=Reply.WILCO))) == "unknown-reference"


def test_a_resolved_conflict_takes_no_answer() -> None:
    mechanism, _, alpha, case = in_conflict()
    mechanism.say("ALPHA", CancelNotice(ref=alpha))
    assert mechanism.case().resolved is Resolution.CANCELLED
    assert code(mechanism.say("BRAVO", AnswerConflict(ref=case, reply=Reply.WILCO))) == "resolved-already"


def test_a_change_that_keeps_the_minimum_resolves_and_frees_both() -> None:
    mechanism, bravo, alpha, _ = in_conflict()
    mechanism.amend("ALPHA", alpha, volume(200))
    assert mechanism.case().resolved is Resolution.CHANGED
    assert {mechanism.notice(name).state for name in (alpha, bravo)} == {OperationState.ACCEPTED}


@pytest.mark.requirement("SZK-20")
def test_a_change_that_does_not_is_the_same_conflict_in_a_new_version_and_answers_begin_anew() -> None:
    mechanism, _, alpha, case = in_conflict()
    mechanism.say("ALPHA", AnswerConflict(ref=case, reply=Reply.UNABLE))
    mechanism.say("BRAVO", AcceptRisk(ref=case, reason="brief"))
    mechanism.say("MEDIATOR", Recommend(ref=case, content=ReplyContent(text="climb")))
    mechanism.at(2)
    mechanism.amend("ALPHA", alpha, volume(61))
    again = mechanism.case()
    assert (again.ref, again.version, again.turn, again.due_ms) == (case, 2, "ALPHA", NOW_MS + 7 * MINUTE_MS)
    assert (again.risk_accepted, again.recommendations) == ((), ())
    mechanism.say("BRAVO", AnswerConflict(ref=case, reply=Reply.UNABLE))
    called = mechanism.say("ALPHA", AnswerConflict(ref=case, reply=Reply.UNABLE))
    assert not of(called, Turn)  # BRAVO was unable of this version too


@pytest.mark.requirement("SZK-22")
def test_acknowledgement_is_of_a_version_and_a_confirmation_of_units_that_were_told() -> None:
    mechanism, _, alpha, case = in_conflict()

    def ack(rung: AckRung, version: int, *units: str) -> str:
        return code(mechanism.say("ALPHA", Acknowledge(ref=case, version=version, rung=rung, units=units)))

    assert ack(AckRung.DELIVERED, 1) == "not-an-officers"
    assert ack(AckRung.PASSED_ON, 1) == "no-units"
    assert ack(AckRung.CONFIRMED, 1, "1 SQN") == "not-passed-on"
    assert [ack(AckRung.READ, 1), ack(AckRung.READ_BACK, 1), ack(AckRung.PASSED_ON, 1, "1 SQN")] == ["", "", ""]
    assert ack(AckRung.CONFIRMED, 1, "1 SQN", "2 SQN") == "not-passed-on"
    assert ack(AckRung.CONFIRMED, 1, "1 SQN") == ""
    mechanism.amend("ALPHA", alpha, volume(61))
    assert ack(AckRung.CONFIRMED, 1, "1 SQN") == "other-version"
    assert ack(AckRung.CONFIRMED, 2, "1 SQN") == "not-passed-on"


@pytest.mark.requirement("SZK-50")
def test_a_recommendation_resolves_when_both_have_accepted_the_same_one() -> None:
    mechanism, bravo, alpha, case = in_conflict()
    assert code(mechanism.say("ALPHA", Recommend(ref=case))) == "not-the-mediator"
    assert code(mechanism.say("ALPHA", AcceptRecommendation(ref=case, number=1))) == "unknown-recommendation"
    for _ in range(2):
        mechanism.say("MEDIATOR", Recommend(ref=case, content=ReplyContent(text="climb")))
    mechanism.say("ALPHA", AcceptRecommendation(ref=case, number=1))
    mechanism.say("ALPHA", AcceptRecommendation(ref=case, number=1))
    mechanism.say("BRAVO", AcceptRecommendation(ref=case, number=2))
    assert mechanism.case().is_live
    mechanism.say("BRAVO", AcceptRecommendation(ref=case, number=1))
    assert mechanism.case().resolved is Resolution.RECOMMENDATION
    assert {mechanism.notice(name).state for name in (alpha, bravo)} == {OperationState.ACCEPTED}
    assert mechanism.at(59) == ()


def test_a_risk_is_accepted_by_both_or_not_at_all_and_a_change_raises_it_anew() -> None:
    mechanism, _, alpha, case = in_conflict()
    mechanism.say("ALPHA", AcceptRisk(ref=case, reason="brief"))
    assert code(mechanism.say("RELIEF", AcceptRisk(ref=case, reason="mine"))) == "unknown-reference"
    assert mechanism.case().is_live
    mechanism.say("BRAVO", AcceptRisk(ref=case, reason="brief"))
    assert mechanism.case().resolved is Resolution.RISK_ACCEPTED
    mechanism.amend("ALPHA", alpha, volume(61))
    cases = sorted(mechanism.state.cases.values(), key=lambda one: int(one.ref[1:].split(".")[0]))
    assert [one.is_live for one in cases] == [False, True]


def test_a_zone_of_all_is_not_one_side_s_to_waive() -> None:
    mechanism = Mechanism(ZONE)
    mechanism.file("ALPHA", volume())
    case = mechanism.case()
    assert (case.parties, case.b, case.turn, case.clause) == (("ALPHA", AGREED), "Reef", "ALPHA", "default zone")
    assert code(mechanism.say("ALPHA", AcceptRisk(ref=case.ref, reason="brief"))) == "agreed-zone"
    called = of(mechanism.say("ALPHA", AnswerConflict(ref=case.ref, reply=Reply.UNABLE)), Called)
    assert called[0].rung is Rung.MEDIATOR  # nobody is on the other side
    mechanism.say("MEDIATOR", Recommend(ref=case.ref))
    mechanism.say("ALPHA", AcceptRecommendation(ref=case.ref, number=1))
    assert mechanism.case().resolved is Resolution.RECOMMENDATION


def test_a_claim_is_its_claimant_s_to_answer_for_and_binds_not_its_own() -> None:
    mechanism = Mechanism(CLAIM)
    mechanism.file("BRAVO", volume(shape=disc(12.0)))
    assert not mechanism.state.cases
    mechanism.file("RELIEF", volume(300))
    case = mechanism.case()
    assert case.parties == ("RELIEF", "BRAVO")
    mechanism.say("RELIEF", AnswerConflict(ref=case.ref, reply=Reply.UNABLE))
    assert mechanism.case().turn == "BRAVO"


def test_a_claim_that_changes_hands_takes_its_conflicts_along() -> None:
    mechanism = Mechanism(CLAIM)
    mechanism.file("RELIEF", volume(300))
    taken_over = agreed(CLAIM.replace('party = "BRAVO"', 'party = "ALPHA"'))
    mechanism.agree(taken_over)
    assert mechanism.case().parties == ("RELIEF", "ALPHA")


def test_two_of_one_party_never_conflict() -> None:
    mechanism = Mechanism()
    mechanism.file("ALPHA", volume())
    mechanism.file("ALPHA", volume(61))
    assert not mechanism.state.cases


@pytest.mark.requirement("SZK-38")
def test_many_breaching_volumes_of_two_operations_are_one_conflict() -> None:
    mechanism = Mechanism()
    mechanism.file("BRAVO", volume(60, 5), volume(66, 5), volume(72, 5))
    mechanism.file("ALPHA", volume(60, 30))
    (raised,) = of(mechanism.record.findings or (), Raised)
    assert (raised.pairs, raised.start_ms) == (3, NOW_MS + 60 * MINUTE_MS)


def test_what_stands_in_for_another_ends_its_conflicts_and_its_own_keep_the_neighbour_proposed() -> None:
    mechanism, bravo, alpha, case = in_conflict()
    newer = mechanism.file("ALPHA", volume(62), supersedes=alpha)
    assert mechanism.case(case).resolved is Resolution.CHANGED
    assert mechanism.state.open[bravo] == mechanism.state.open[newer] != ()
    assert mechanism.notice(bravo).state is OperationState.PROPOSED


@pytest.mark.requirement("SZK-34")
def test_a_movement_is_judged_as_much_earlier_and_later_as_it_may_be() -> None:
    for tolerance, conflicts in ((4, 0), (6, 1)):
        mechanism = Mechanism()
        mechanism.file("BRAVO", volume(60, 30))
        mechanism.file("ALPHA", volume(95, 30), tolerance_min=tolerance)
        assert len(mechanism.state.cases) == conflicts


def test_each_conflict_of_a_notice_is_told_and_resolved_by_itself() -> None:
    mechanism = Mechanism()
    mechanism.file("BRAVO", volume(60, 5))
    mechanism.file("RELIEF", volume(80, 5))
    alpha = mechanism.file("ALPHA", volume(60, 30))
    assert len(mechanism.state.open[alpha]) == 2
    resolved = of(mechanism.amend("ALPHA", alpha, volume(75, 30)), Resolved)
    assert [one.how for one in resolved] == [Resolution.CHANGED]
    assert len(mechanism.state.open[alpha]) == 1
    assert replace(mechanism.notice(alpha), acks=()).state is OperationState.PROPOSED
