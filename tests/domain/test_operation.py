"""A notice's life: filed, held, amended, cancelled, revalidated, reported, and what it costs."""

from __future__ import annotations

import pytest

from sazokar.domain.finding import (
    Advised,
    Disclosed,
    Exhausted,
    Flagged,
    Held,
    Lateness,
    Outcome,
    Overdue,
    Raised,
    Resolved,
    Spent,
    Taken,
)
from sazokar.domain.notice import Extent, NoticeKind, OperationState, Purpose
from sazokar.domain.plan.shape import Movement, MultiPolygon, Position
from sazokar.domain.statement import AmendNotice, CancelNotice, ReportState, RevalidateNotice
from tests.dialects.agreements import clause
from tests.domain.mechanism import (
    MINUTE_MS,
    NOW_MS,
    Mechanism,
    agreed,
    code,
    disc,
    in_conflict,
    notice,
    of,
    ref,
    refusal,
    volume,
)

LEAD = clause("lead-time", 'classes = { routine = "6h", urgent = "30min" }', "5.1")
BUDGET = clause("budget", 'spends = 2\nwindow = "1h"', "5.5")
PRIORITY = clause("priority", 'exempt = ["medevac"]', "6.2")
STANDING = clause("standing", 'notice = "site"\nexpires = "40min"', "5.3")
HOLD = clause("hold", 'correct = "7min"', "5.4")
ADVICE = clause("third-party", 'name = "COAST WATCH"\nadvised = true\nstep_degrees = 0.1', "7.3")
OPEN = clause("disclosure", 'to = "party"\nlevel = "extent-only"', "7.1")


# Filing


def test_observers_mediators_and_guarantors_file_nothing() -> None:
    mechanism = Mechanism()
    for party, expected in (("MEDIATOR", "may-not-file"), ("WATCHER", "may-not"), ("VOUCHER", "may-not")):
        assert code(mechanism.say(party, notice(volume(party=party)))) == expected


def test_the_same_places_and_times_are_filed_once() -> None:
    mechanism = Mechanism()
    first = mechanism.file("ALPHA", volume())
    verdict = mechanism.say("ALPHA", notice(volume()))
    assert code(verdict) == "duplicate" and first in str(refusal(verdict))
    assert code(mechanism.say("BRAVO", notice(volume(party="BRAVO")))) == ""  # another's plan is its own
    mechanism.say("ALPHA", CancelNotice(ref=first))
    assert code(mechanism.say("ALPHA", notice(volume()))) == ""


def test_what_is_superseded_must_be_an_own_notice_that_is_there() -> None:
    mechanism, bravo, alpha, _ = in_conflict()
    for other in (bravo, "N999"):
        assert code(mechanism.say("ALPHA", notice(volume(200), supersedes=other))) == "unknown-reference"
    newer = mechanism.file("ALPHA", volume(200), supersedes=alpha)
    assert (mechanism.notice(alpha).state, mechanism.notice(alpha).superseded_by) == (OperationState.ENDED, newer)


def test_no_more_notices_are_live_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sazokar.domain.operation.GREATEST_LIVE", 1)
    mechanism = Mechanism()
    mechanism.file("ALPHA", volume())
    assert code(mechanism.say("ALPHA", notice(volume(61)))) == "too-many"


@pytest.mark.requirement("SZK-11")
@pytest.mark.parametrize(
    "start_min, reached", [(360, "routine"), (359.9, "urgent"), (30, "urgent"), (29.9, "late"), (-1, "late")]
)
def test_lateness_is_computed_and_a_late_notice_is_delivered_all_the_same(start_min: float, reached: str) -> None:
    mechanism = Mechanism(LEAD)
    verdict = mechanism.say("ALPHA", notice(volume(start_min)))
    (found,) = of(verdict, Lateness)
    assert (found.class_, found.late, verdict.outcome) == (reached, reached == "late", Outcome.TAKEN)
    assert mechanism.notice(ref(verdict)).late is (reached == "late")


@pytest.mark.requirement("SZK-05")
def test_a_third_party_hears_of_a_late_notice_the_area_rounded_outwards_and_no_route() -> None:
    mechanism = Mechanism(LEAD, ADVICE)
    route = Movement(
        (Position(120_123_456, 420_100_000), Position(121_900_000, 421_900_000)), (NOW_MS, NOW_MS + MINUTE_MS), 0
    )
    (advice,) = of(mechanism.say("ALPHA", notice(volume(0, 1, shape=route), kind=NoticeKind.FLIGHT)), Advised)
    assert advice.area is not None
    sides = (advice.area.south_e7, advice.area.north_e7, advice.area.west_e7, advice.area.east_e7)
    assert sides == (120_000_000, 122_000_000, 420_000_000, 422_000_000)
    assert (advice.to, advice.clause, advice.start_ms, advice.end_ms) == (
        "COAST WATCH",
        "7.3",
        NOW_MS,
        NOW_MS + MINUTE_MS,
    )
    assert not of(mechanism.say("ALPHA", notice(volume(60))), Advised)  # in time


# The budget


@pytest.mark.requirement("SZK-32")
def test_the_budget_is_spent_by_filing_amending_and_cancelling_until_its_window_is_over() -> None:
    mechanism = Mechanism(BUDGET)
    name = mechanism.file("ALPHA", volume())
    left = [one.left for one in of(mechanism.amend("ALPHA", name, volume(61)), Spent)]
    assert left == [0]
    over = mechanism.say("ALPHA", CancelNotice(ref=name))
    assert code(over) == "over-budget" and of(over, Exhausted)
    mechanism.file("BRAVO", volume(200))  # another's budget is its own
    mechanism.at(59.99)
    assert code(mechanism.say("ALPHA", CancelNotice(ref=name))) == "over-budget"
    mechanism.at(60)
    assert code(mechanism.say("ALPHA", CancelNotice(ref=name))) == ""


@pytest.mark.requirement("SZK-35")
def test_exempt_kinds_cost_nothing_and_lives_are_counted_but_never_refused_for_it() -> None:
    mechanism = Mechanism(BUDGET, PRIORITY, LEAD)
    for number in range(3):
        mechanism.file("ALPHA", volume(number, kind="medevac"))
    assert "ALPHA" not in mechanism.state.purses
    spent = [mechanism.say("ALPHA", notice(volume(100 + number), life_safety=True)) for number in range(4)]
    assert [bool(of(verdict, Taken)) for verdict in spent] == [True] * 4
    assert [len(of(verdict, Exhausted)) for verdict in spent] == [0, 0, 1, 1], "whoever probes under that name is seen"
    (found,) = of(mechanism.say("ALPHA", notice(volume(5, kind="medevac"))), Lateness)
    assert (found.class_, found.clause) == ("exempt", "6.2")


# Held for correction


@pytest.mark.requirement("SZK-49")
def test_a_refused_life_safety_notice_is_held_for_correction_with_an_owner_and_a_timer() -> None:
    mechanism = Mechanism(HOLD)
    verdict = mechanism.say("ALPHA", notice(volume(-90, 30), life_safety=True))
    (held,) = of(verdict, Held)
    assert (verdict.outcome, code(verdict)) == (Outcome.HELD, "over")
    assert (held.owner, held.due_ms) == ("W-1", NOW_MS + 7 * MINUTE_MS)
    assert mechanism.notice(held.ref).state is OperationState.HELD and held.ref not in mechanism.state.open
    assert mechanism.at(7) == (Overdue(ref=held.ref, what="held", due_ms=NOW_MS + 7 * MINUTE_MS),)
    assert mechanism.notice(held.ref).state is OperationState.HELD  # it does not vanish


@pytest.mark.requirement("SZK-49")
def test_corrected_it_is_judged_and_delivered_as_if_filed_now() -> None:
    mechanism = Mechanism(HOLD, OPEN)
    mechanism.file("BRAVO", volume(60))
    name = ref(mechanism.say("ALPHA", notice(volume(-90, 30), life_safety=True)))
    verdict = mechanism.amend("ALPHA", name, volume(60))
    assert of(verdict, Raised) and [one.to for one in of(verdict, Disclosed)] == ["BRAVO"]
    assert mechanism.notice(name).state is OperationState.PROPOSED
    assert not [one for one in mechanism.at(20) if isinstance(one, Overdue) and one.what == "held"]
    free = ref(mechanism.say("ALPHA", notice(volume(-90, 30), life_safety=True)))
    mechanism.amend("ALPHA", free, volume(600))
    assert mechanism.notice(free).state is OperationState.ACCEPTED


@pytest.mark.requirement("SZK-49")
def test_what_is_held_is_in_nobody_s_way() -> None:
    mechanism = Mechanism()
    first = mechanism.file("ALPHA", volume())
    twin = mechanism.say("ALPHA", notice(volume(), life_safety=True, supersedes=""))
    assert (twin.outcome, code(twin)) == (Outcome.HELD, "duplicate")
    assert code(mechanism.say("ALPHA", notice(volume()))) == "duplicate"  # of the first, still
    odd = mechanism.say("ALPHA", notice(volume(shape=MultiPolygon(())), kind=NoticeKind.SITE, life_safety=True))
    assert odd.outcome is Outcome.HELD
    over = mechanism.say("ALPHA", notice(volume(-90, 30), life_safety=True, supersedes=first))
    assert over.outcome is Outcome.HELD
    assert (mechanism.notice(first).is_live, mechanism.notice(first).superseded_by) == (True, "")
    newer = ref(over)
    mechanism.amend("ALPHA", newer, volume(200))
    assert (mechanism.notice(first).state, mechanism.notice(first).superseded_by) == (OperationState.ENDED, newer)


@pytest.mark.requirement("SZK-19")
def test_a_notice_with_more_conflicts_than_anyone_can_answer_is_returned_or_held_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mechanism = Mechanism()
    older = mechanism.file("ALPHA", volume(60))
    mechanism.file("BRAVO", volume(200))
    held = ref(mechanism.say("ALPHA", notice(volume(-90, 30), life_safety=True, supersedes=older)))
    with monkeypatch.context() as bounded:
        bounded.setattr("sazokar.domain.operation.GREATEST_CONFLICTS", 0)
        assert code(mechanism.say("RELIEF", notice(volume(200, party="RELIEF")))) == "too-many-conflicts"
        lives = mechanism.say("RELIEF", notice(volume(201, party="RELIEF"), life_safety=True))
        assert (lives.outcome, code(lives)) == (Outcome.HELD, "too-many-conflicts")
        assert code(mechanism.amend("ALPHA", held, volume(200))) == "too-many-conflicts"
        assert code(mechanism.amend("ALPHA", older, volume(200))) == "too-many-conflicts"
    mechanism.file("BRAVO", volume(60))
    assert {mechanism.case().a, mechanism.case().b} >= {older}  # it stands where it stood


# Amending, cancelling, revalidating


@pytest.mark.requirement("SZK-20")
def test_an_amendment_is_of_the_version_that_holds_and_of_an_own_notice() -> None:
    mechanism, bravo, alpha, _ = in_conflict()
    assert code(mechanism.say("ALPHA", AmendNotice(ref=alpha, version=2))) == "other-version"
    assert code(mechanism.say("ALPHA", AmendNotice(ref=bravo, version=1))) == "unknown-reference"
    mechanism.say("ALPHA", AmendNotice(ref=alpha, version=1, purpose=Purpose(text="survey")))
    changed = mechanism.notice(alpha)
    assert (changed.version, changed.purpose, changed.start_ms) == (2, Purpose(text="survey"), NOW_MS + 60 * MINUTE_MS)


def test_an_amendment_that_cannot_stand_leaves_the_notice_as_it_was() -> None:
    mechanism, bravo, alpha, _ = in_conflict()
    assert code(mechanism.amend("ALPHA", alpha, volume(-90, 30))) == "over"
    assert mechanism.notice(alpha).version == 1
    mechanism.amend("BRAVO", bravo, volume(61))  # judged against ALPHA's plan as it was
    assert mechanism.case().version == 2


def test_what_is_cancelled_is_judged_no_more() -> None:
    mechanism, bravo, alpha, _ = in_conflict()
    assert of(mechanism.say("ALPHA", CancelNotice(ref=alpha)), Resolved)
    assert code(mechanism.say("ALPHA", CancelNotice(ref=alpha))) == "unknown-reference"
    mechanism.amend("BRAVO", bravo, volume(61))
    assert not [case for case in mechanism.state.cases.values() if case.is_live]
    assert mechanism.notice(bravo).state is OperationState.ACCEPTED


@pytest.mark.requirement("SZK-19")
def test_a_standing_notice_binds_for_another_term_from_its_revalidation() -> None:
    mechanism = Mechanism(STANDING)
    site = mechanism.file("ALPHA", volume(0, 10_000, shape=disc()), kind=NoticeKind.SITE)
    area = mechanism.file("ALPHA", volume(0, 10_000, shape=disc(13)))
    assert code(mechanism.say("ALPHA", RevalidateNotice(ref=area, version=1))) == "not-standing"
    assert code(mechanism.say("ALPHA", RevalidateNotice(ref=site, version=2))) == "other-version"
    assert code(mechanism.say("BRAVO", RevalidateNotice(ref=site, version=1))) == "unknown-reference"
    mechanism.at(39)
    mechanism.say("ALPHA", RevalidateNotice(ref=site, version=1))
    mechanism.at(78.99)
    assert mechanism.notice(site).is_live
    mechanism.at(79)
    assert mechanism.notice(site).state is OperationState.ENDED


@pytest.mark.requirement("SZK-17")
def test_a_site_near_one_that_its_filer_may_know_of_is_pointed_out_and_a_hidden_one_is_not_betrayed() -> None:
    for clauses, expected in (((OPEN,), 2), ((), 1)):
        mechanism = Mechanism(*clauses)
        own = mechanism.file("ALPHA", volume(shape=disc(radius_m=10)), kind=NoticeKind.SITE)
        mechanism.file("BRAVO", volume(shape=disc(12.0001, radius_m=10)), kind=NoticeKind.SITE)
        verdict = mechanism.say("ALPHA", notice(volume(shape=disc(12.0002, radius_m=10)), kind=NoticeKind.SITE))
        near = [one for one in of(verdict, Flagged) if one.code == "near-duplicate"]
        assert len(near) == expected and own in near[0].message


# States


@pytest.mark.requirement("SZK-36")
def test_whose_word_a_state_is_stays_with_it_and_others_report_what_they_can_see() -> None:
    mechanism, _, alpha, _ = in_conflict()
    mechanism.say("BRAVO", ReportState(ref=alpha, state=OperationState.NONCONFORMING))
    assert mechanism.notice(alpha).state is OperationState.NONCONFORMING
    assert code(mechanism.say("BRAVO", ReportState(ref=alpha, state=OperationState.ENDED))) == "not-a-report"
    assert code(mechanism.say("RELIEF", ReportState(ref=alpha, state=OperationState.CONTINGENT))) == "unknown-reference"
    assert code(mechanism.say("ALPHA", ReportState(ref=alpha, state=OperationState.HELD))) == "not-a-report"
    mechanism.say("ALPHA", ReportState(ref=alpha, state=OperationState.ENDED))
    assert mechanism.notice(alpha).state is OperationState.ENDED and not mechanism.case().is_live


@pytest.mark.requirement("SZK-47")
def test_without_an_agreement_notices_are_taken_without_verdict_and_judged_when_one_comes() -> None:
    mechanism = Mechanism(signed=False)
    mechanism.file("BRAVO", volume())
    alpha = mechanism.file("ALPHA", volume())
    assert not mechanism.state.cases and mechanism.notice(alpha).state is OperationState.PROPOSED
    mechanism.agree(agreed())
    assert mechanism.case().is_live


def test_extent_is_kept_as_it_was_given() -> None:
    mechanism = Mechanism()
    name = mechanism.file("ALPHA", volume(), tolerance_min=5)
    given = mechanism.notice(name).extent
    assert given == Extent(volumes=(volume(),), tolerance_ms=5 * MINUTE_MS)
