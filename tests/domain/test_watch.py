"""The watch and its records: roster, hand-over, test calls, talks, incidents, questions, erasure."""

from __future__ import annotations

import pytest

from sazokar.domain import statement
from sazokar.domain.finding import Answered, Exhausted, Spent
from sazokar.domain.notice import Extent, Purpose
from sazokar.domain.party import OfficerRole
from sazokar.domain.statement import (
    Account,
    Ask,
    CancelNotice,
    ErasePayload,
    HandOver,
    PostWatch,
    RecordTalks,
    ReportIncident,
    Source,
    TalksRound,
    WatchPost,
)
from sazokar.domain.watch import on_watch
from tests.dialects.agreements import clause
from tests.domain.mechanism import DAY_MS, MINUTE_MS, NOW_MS, Mechanism, code, key, notice, of, ref, volume

POST = WatchPost(telephones=("+99 1 300",))
BUDGET = clause("budget", 'spends = 2\nwindow = "1h"', "5.5")


def watch(
    number: str, from_min: float, until_min: float, *, alternate: bool = False, post: WatchPost | None = POST
) -> PostWatch:
    from_ms, until_ms = (NOW_MS + round(minute * MINUTE_MS) for minute in (from_min, until_min))
    return PostWatch(number=number, from_ms=from_ms, until_ms=until_ms, alternate=alternate, post=post)


# The roster


@pytest.mark.requirement("SZK-26")
@pytest.mark.parametrize(
    "given, expected",
    [
        (watch("A", 0, 60), ""),
        (watch("A", 60, 60), "validity"),
        (watch("A", 0, 7 * 24 * 60), ""),
        (watch("A", 0, 7 * 24 * 60 + 1), "validity"),
        (watch("A", -60, 0), "over"),
        (watch("A", 0, 60, post=None), "no-telephone"),
        (watch("A", 0, 60, post=WatchPost(telephones=())), "no-telephone"),
    ],
)
def test_a_watch_is_bounded_to_come_and_reachable(given: PostWatch, expected: str) -> None:
    assert code(Mechanism(signed=False).say("ALPHA", given)) == expected


def test_no_more_watches_are_on_the_roster_than_the_bound_and_the_passed_ones_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sazokar.domain.watch.GREATEST_WATCHES", 2)
    mechanism = Mechanism(signed=False)
    said = [code(mechanism.say("ALPHA", watch(name, 0, 60))) for name in "ABC"]
    assert said == ["", "", "too-many"]
    monkeypatch.undo()
    mechanism.at_ms(NOW_MS + 60 * MINUTE_MS + DAY_MS)
    mechanism.say("ALPHA", watch("D", 2_000, 2_060))
    assert [one.number for one in mechanism.state.rosters["ALPHA"].watches] == ["D"]


@pytest.mark.requirement("SZK-25")
def test_who_took_over_last_is_called_first_then_officers_then_alternates() -> None:
    mechanism = Mechanism(signed=False)
    for one in (watch("A", 0, 60), watch("B", 30, 90), watch("C", 0, 90, alternate=True)):
        mechanism.say("ALPHA", one)
    called = {
        minute: [one.number for one in on_watch(mechanism.state, "ALPHA", NOW_MS + round(minute * MINUTE_MS))]
        for minute in (0, 29.9, 30, 59.9, 60, 90)
    }
    assert called == {
        0: ["A", "C"],
        29.9: ["A", "C"],
        30: ["B", "A", "C"],
        59.9: ["B", "A", "C"],
        60: ["B", "C"],
        90: [],
    }
    mechanism.say("ALPHA", HandOver(to="C"))
    assert [one.number for one in on_watch(mechanism.state, "ALPHA", NOW_MS)] == ["C", "A"]
    assert code(mechanism.say("ALPHA", HandOver(to="Z"))) == "not-on-roster"


def test_the_last_test_of_a_line_is_known() -> None:
    mechanism = Mechanism(signed=False)
    for to in ("ALPHA", "NOBODY"):
        assert code(mechanism.say("ALPHA", statement.TestCall(to=to, answered=True))) == "unknown-party"
    mechanism.at(3)
    mechanism.say("ALPHA", statement.TestCall(to="BRAVO", answered=False))
    line = mechanism.state.rosters["BRAVO"]
    assert (line.test_ms, line.test_by, line.test_answered) == (NOW_MS + 3 * MINUTE_MS, "ALPHA", False)


# Talks and incidents


@pytest.mark.requirement("SZK-09")
def test_rounds_are_recorded_in_order_by_delegates_and_the_mediator() -> None:
    mechanism = Mechanism(signed=False)

    def record(party: str, number: int, role: OfficerRole = OfficerRole.DELEGATE, **more: object) -> str:
        given = TalksRound(number=number, place="Isle", date_ms=NOW_MS, **more)  # type: ignore[arg-type] # of a round
        return code(mechanism.say(party, RecordTalks(number=number, round=given), role=role))

    assert record("ALPHA", 1, OfficerRole.OFFICER) == "not-a-delegate"
    assert record("MEDIATOR", 2, OfficerRole.OFFICER) == "round-number"
    assert record("MEDIATOR", 1, OfficerRole.OFFICER) == ""
    assert record("ALPHA", 1, outcome="no-agreement") == "another-s-record"
    assert record("MEDIATOR", 1, outcome="peace") == "outcome"
    assert record("MEDIATOR", 1, proposals=(key("draft"),)) == "unknown-draft"
    assert record("MEDIATOR", 1, outcome="no-agreement") == ""
    assert record("ALPHA", 2) == ""
    assert [one.outcome for one in mechanism.state.talks.values()] in (
        ["no-agreement", "pending"],
        ["pending", "no-agreement"],
    )
    assert code(mechanism.say("ALPHA", RecordTalks(number=3))) == "no-round"


@pytest.mark.requirement("SZK-41")
def test_an_incident_is_about_what_is_there_and_its_sources_are_graded() -> None:
    mechanism = Mechanism()
    name = mechanism.file("ALPHA", volume())

    def report(about: str, at_ms: int = NOW_MS, reliability: str = "A", credibility: int = 1) -> str:
        account = Account(
            text="near", sources=(Source(text="radar", reliability=reliability, credibility=credibility),)
        )
        return code(mechanism.say("BRAVO", ReportIncident(about=(about,), at_ms=at_ms, account=account)))

    assert report("N999") == "unknown-reference"
    assert report(name, NOW_MS + 1) == "to-come"
    assert [report(name, reliability=grade) for grade in ("G", "", "AB")] == ["grade"] * 3
    assert [report(name, credibility=grade) for grade in (0, 7)] == ["grade"] * 2
    assert report(name) == ""
    (incident,) = mechanism.state.incidents
    assert report(incident, reliability="F", credibility=6) == ""  # the other side's account is a report of its own


# Questions


@pytest.mark.requirement("SZK-32")
def test_a_question_tells_the_asker_s_own_part_costs_of_the_budget_and_files_nothing() -> None:
    mechanism = Mechanism(BUDGET)
    mechanism.file("BRAVO", volume(0, 300))
    before = set(mechanism.state.notices)
    verdict = mechanism.say("ALPHA", Ask(extent=notice(volume(67, 10)).extent))
    (answer,) = of(verdict, Answered)
    (side,) = answer.sides
    assert (side.party, side.ref, side.leg, side.from_ms % (5 * MINUTE_MS)) == ("ALPHA", "", 1, 0)
    assert [one.left for one in of(verdict, Spent)] == [1]
    assert set(mechanism.state.notices) == before and not mechanism.state.cases
    free = mechanism.say("ALPHA", Ask(extent=notice(volume(400, 10)).extent))
    assert of(free, Answered) == [Answered()]
    assert of(mechanism.say("ALPHA", Ask(extent=notice(volume(67, 10)).extent)), Exhausted)


@pytest.mark.requirement("SZK-32")
def test_a_question_under_the_name_of_an_own_notice_leaves_it_where_it_is() -> None:
    mechanism = Mechanism()
    own = mechanism.file("ALPHA", volume(60))
    mechanism.say("ALPHA", Ask(extent=notice(volume(400, operation=own)).extent))
    mechanism.file("BRAVO", volume(60))
    assert {mechanism.case().a, mechanism.case().b} >= {own}


def test_who_files_nothing_asks_nothing_and_without_rules_there_is_no_answer() -> None:
    extent = notice(volume()).extent
    assert code(Mechanism().say("MEDIATOR", Ask(extent=extent))) == "may-not-ask"
    assert code(Mechanism(signed=False).say("ALPHA", Ask(extent=extent))) == "no-agreement"
    assert code(Mechanism().say("ALPHA", Ask())) == "no-extent"
    assert code(Mechanism().say("ALPHA", Ask(extent=Extent(volumes=(volume(party="BRAVO"),))))) == "not-one-operation"


# Erasure


def test_a_section_is_forgotten_once_nothing_that_is_live_rests_on_it() -> None:
    mechanism = Mechanism()
    name = ref(mechanism.say("ALPHA", notice(volume(), purpose=Purpose(text="survey"))))
    entry = mechanism.by.id
    assert code(mechanism.say("ALPHA", ErasePayload(entry=entry, section="extent"))) == "not-ended"
    mechanism.say("ALPHA", CancelNotice(ref=name))
    assert code(mechanism.say("BRAVO", ErasePayload(entry=entry, section="extent"))) == "unknown-entry"
    assert code(mechanism.say("ALPHA", ErasePayload(entry=entry, section="grade"))) == "unknown-section"
    for section in ("extent", "purpose"):
        assert code(mechanism.say("ALPHA", ErasePayload(entry=entry, section=section))) == ""
    left = mechanism.notice(name)
    assert (left.extent, left.start_ms, left.end_ms, left.class_, left.digest, left.purpose) == (
        None,
        None,
        None,
        "",
        "",
        None,
    )
