"""Who sees what: every role, every level, every field; and nothing of the other side to whom the clauses do not show it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.domain.agreement import LEVELS, Level, Rung
from sazokar.domain.disclosure import carried_outside, level_of, may_read, recipients, view, views
from sazokar.domain.finding import (
    Called,
    Delivered,
    Disclosed,
    Findings,
    Flagged,
    Held,
    Lateness,
    Outcome,
    Raised,
    Refusal,
    Side,
    Spent,
    StateChanged,
    Taken,
)
from sazokar.domain.fold import fold
from sazokar.domain.notice import Consent, Contacts, NoticeKind, Purpose
from sazokar.domain.statement import (
    AmendNotice,
    AnswerConflict,
    Ask,
    CancelNotice,
    PostWatch,
    Recommend,
    Reply,
    ReplyContent,
    WatchPost,
)
from tests.dialects.agreements import clause
from tests.domain.mechanism import MINUTE_MS, NOW_MS, ROLES, Mechanism, in_conflict, notice, of, ref, volume

pytestmark = [pytest.mark.requirement("SZK-31"), pytest.mark.requirement("SZK-04")]


def to(whom: str, level: str, more: str = "", number: str = "7.1") -> str:
    return clause("disclosure", f'to = "{whom}"\nlevel = "{level}"\n{more}', number)


def level(mechanism: Mechanism, name: str, viewer: str) -> Level:
    return level_of(mechanism.state, mechanism.notice(name), viewer)[0]


# Levels


def test_where_no_clause_speaks_filers_and_the_mediator_hear_of_conflicts_and_others_see_nothing() -> None:
    mechanism = Mechanism()
    name = mechanism.file("ALPHA", volume())
    found = {viewer: level(mechanism, name, viewer) for viewer in (*ROLES, "NOBODY")}
    assert found == {
        "ALPHA": Level.EVERYTHING, "BRAVO": Level.CONFLICT, "RELIEF": Level.CONFLICT, "MEDIATOR": Level.CONFLICT,
        "WATCHER": Level.NOTHING, "VOUCHER": Level.NOTHING, "NOBODY": Level.NOTHING,
    }  # fmt: skip


@pytest.mark.requirement("SZK-47")
@pytest.mark.parametrize("interim", list(Level))
def test_without_an_agreement_the_charter_speaks_for_filers_and_others_hear_of_conflicts(interim: Level) -> None:
    mechanism = Mechanism(signed=False, interim=interim)
    name = mechanism.file("ALPHA", volume())
    assert level(mechanism, name, "BRAVO") is level(mechanism, name, "RELIEF") is interim
    assert level(mechanism, name, "MEDIATOR") is level(mechanism, name, "WATCHER") is Level.CONFLICT


@pytest.mark.parametrize(
    "clauses, expected",
    [
        ((to("any", "nothing"), to("party", "extent-only", number="7.2")), Level.EXTENT),
        ((to("party", "extent-only"), to("BRAVO", "nothing", number="7.2")), Level.NOTHING),
        ((to("BRAVO", "nothing"), to("party", "everything", 'of = "ALPHA"\nnotice = "area"', "7.2")), Level.NOTHING),
        ((to("party", "nothing"), to("party", "everything", 'of = "ALPHA"', "7.2")), Level.EVERYTHING),
        ((to("party", "nothing"), to("party", "everything", 'notice = "area"', "7.2")), Level.EVERYTHING),
        ((to("party", "nothing"), to("party", "everything", 'notice = "site"', "7.2")), Level.NOTHING),
        ((to("party", "nothing", 'notice = "area"'), to("party", "extent-only", 'of = "ALPHA"', "7.2")), Level.EXTENT),
        ((to("mediator", "everything"),), Level.CONFLICT),
    ],
)
def test_the_most_specific_clause_speaks_the_recipient_before_the_filer_before_the_kind(
    clauses: tuple[str, ...], expected: Level
) -> None:
    mechanism = Mechanism(*clauses)
    assert level(mechanism, mechanism.file("ALPHA", volume()), "BRAVO") is expected


@given(st.sampled_from(LEVELS), st.sampled_from(LEVELS), st.sampled_from(("BRAVO", "any", "RELIEF")))
def test_a_consent_narrows_and_never_widens(ruled: Level, given_: Level, whom: str) -> None:
    mechanism = Mechanism(to("party", ruled))
    found = level(mechanism, mechanism.file("ALPHA", volume(), consent=(Consent(whom, given_),)), "BRAVO")
    assert LEVELS.index(found) <= LEVELS.index(ruled)
    assert found is (ruled if whom == "RELIEF" else min(ruled, given_, key=LEVELS.index))


def test_a_consent_by_name_goes_before_one_for_any() -> None:
    mechanism = Mechanism(to("party", "everything"))
    consent = (Consent("any", Level.NOTHING), Consent("BRAVO", Level.EXTENT))
    assert level(mechanism, mechanism.file("ALPHA", volume(), consent=consent), "BRAVO") is Level.EXTENT


@pytest.mark.requirement("SZK-33")
@pytest.mark.requirement("SZK-51")
def test_without_a_clause_nothing_but_a_reference_leaves_the_mechanism() -> None:
    mechanism = Mechanism(to("any", "everything"))
    name = mechanism.file("ALPHA", volume())
    assert {carried_outside(mechanism.state, mechanism.notice(name), who)[0] for who in ROLES} == {Level.NOTHING}


@pytest.mark.requirement("SZK-51")
@pytest.mark.parametrize("shown", LEVELS)
@pytest.mark.parametrize("carried", ["reference", "extent-only", "everything"])
def test_what_leaves_is_never_more_than_is_seen_nor_than_the_clause_says(shown: Level, carried: str) -> None:
    mechanism = Mechanism(to("party", shown), clause("outside", f'to = "party"\ncarries = "{carried}"', "8.1"))
    name = mechanism.file("ALPHA", volume())
    most = {"reference": 0, "extent-only": 2, "everything": 3}[carried]
    found, _ = carried_outside(mechanism.state, mechanism.notice(name), "BRAVO")
    assert LEVELS.index(found) == min(most, LEVELS.index(shown)) if most else found is Level.NOTHING
    assert carried_outside(mechanism.state, mechanism.notice(name), "RELIEF")[0] is Level.NOTHING


@pytest.mark.requirement("SZK-51")
def test_of_two_clauses_about_what_leaves_the_one_that_names_the_recipient_speaks() -> None:
    mechanism = Mechanism(
        to("any", "everything"),
        clause("outside", 'to = "any"\nnotice = "area"\ncarries = "everything"', "8.1"),
        clause("outside", 'to = "party"\ncarries = "extent-only"', "8.2"),
        clause("outside", 'to = "BRAVO"', "8.3"),
    )
    name = mechanism.file("ALPHA", volume())
    found = {who: carried_outside(mechanism.state, mechanism.notice(name), who) for who in ("BRAVO", "ALPHA", "RELIEF")}
    assert found["BRAVO"] == (Level.NOTHING, "8.3")
    assert found["ALPHA"] == (Level.EXTENT, "8.2")
    assert found["RELIEF"] == (Level.EVERYTHING, "8.1")


def test_whom_a_notice_is_shown_is_on_record_with_level_and_clause() -> None:
    mechanism = Mechanism(to("party", "extent-only"), to("mediator", "everything", number="7.2"))
    verdict = mechanism.say("ALPHA", notice(volume()))
    shown = {(one.to, one.level, one.clause) for one in of(verdict, Disclosed)}
    assert shown == {("BRAVO", Level.EXTENT, "7.1"), ("MEDIATOR", Level.EVERYTHING, "7.2")}
    assert set(recipients(mechanism.state, mechanism.notice(ref(verdict)))) == shown


# Sections


@pytest.mark.parametrize("shown", LEVELS)
def test_sections_of_a_notice_by_level(shown: Level) -> None:
    mechanism = Mechanism(to("party", shown))
    filed = mechanism.say("ALPHA", notice(volume(), purpose=Purpose(text="survey"), contacts=Contacts(contacts=())))
    filing = mechanism.by
    mechanism.say("ALPHA", AmendNotice(ref=ref(filed), version=1, purpose=Purpose(text="more")))
    for by in (filing, mechanism.by):
        assert may_read(mechanism.state, by, "extent", "BRAVO") is (shown in (Level.EXTENT, Level.EVERYTHING))
        for section in ("purpose", "contacts", "movement"):
            assert may_read(mechanism.state, by, section, "BRAVO") is (shown is Level.EVERYTHING)
            assert may_read(mechanism.state, by, section, "ALPHA")
            assert not may_read(mechanism.state, by, section, "NOBODY")


@pytest.mark.requirement("SZK-49")
def test_what_was_held_is_seen_by_nobody_even_when_it_is_cancelled_unseen() -> None:
    mechanism = Mechanism(to("any", "everything"))
    name = ref(mechanism.say("ALPHA", notice(volume(-90, 30), life_safety=True)))
    filing = mechanism.by
    for _ in range(2):
        for viewer in ("BRAVO", "MEDIATOR", "WATCHER"):
            assert level(mechanism, name, viewer) is Level.NOTHING
            assert not may_read(mechanism.state, filing, "extent", viewer)
            assert not of(view(mechanism.state, mechanism.record, "ALPHA", viewer), StateChanged)
        mechanism.say("ALPHA", CancelNotice(ref=name))


@pytest.mark.requirement("SZK-49")
def test_what_a_correction_replaced_stays_its_filer_s_and_what_it_kept_was_delivered() -> None:
    mechanism = Mechanism(to("any", "everything"))
    wrong = notice(volume(-90, 30), life_safety=True, purpose=Purpose(text="wrong"), contacts=Contacts(contacts=()))
    name = ref(mechanism.say("ALPHA", wrong))
    filing = mechanism.by
    extent = notice(volume()).extent
    mechanism.say("ALPHA", AmendNotice(ref=name, version=1, extent=extent, purpose=Purpose(text="right")))
    for version in (2, 3):
        read = {name: may_read(mechanism.state, filing, name, "BRAVO") for name in ("extent", "purpose", "contacts")}
        assert read == {"extent": False, "purpose": False, "contacts": True}, f"version {version}"
        assert all(may_read(mechanism.state, filing, name, "ALPHA") for name in ("extent", "purpose"))
        assert all(may_read(mechanism.state, mechanism.by, name, "BRAVO") for name in ("extent", "purpose"))
        mechanism.say("ALPHA", AmendNotice(ref=name, version=2, purpose=Purpose(text="more"), extent=extent))


@pytest.mark.requirement("SZK-49")
@pytest.mark.parametrize("corrected", [True, False])
def test_a_copy_that_never_saw_what_was_held_has_it_once_it_is_delivered_and_not_when_it_is_cancelled(
    corrected: bool,
) -> None:
    mechanism = Mechanism(to("any", "everything"))
    before = mechanism.state
    name = ref(mechanism.say("ALPHA", notice(volume(-90, 30), life_safety=True)))
    filing, record = mechanism.by, mechanism.record
    header = msgspec.structs.replace(filing.statement, extent=None)
    seen = msgspec.structs.replace(filing, statement=header, withheld=frozenset({"extent"}))
    unseen = msgspec.structs.replace(record, findings=view(mechanism.state, record, "ALPHA", "BRAVO"))
    copy = fold(fold(before, seen), unseen)
    assert level_of(copy, copy.notices[name], "BRAVO")[0] is Level.NOTHING
    assert not may_read(copy, filing, "extent", "BRAVO")
    statement = (
        AmendNotice(ref=name, version=1, extent=notice(volume()).extent) if corrected else CancelNotice(ref=name)
    )
    mechanism.say("ALPHA", statement)
    told = view(mechanism.state, mechanism.record, "ALPHA", "BRAVO")
    copy = fold(fold(copy, mechanism.by), msgspec.structs.replace(mechanism.record, findings=told))
    whole, mine = mechanism.state.notices[name], copy.notices[name]
    for field in ("version", "party", "kind", "consent", "extent", "start_ms", "undelivered", "state", "corrected"):
        if corrected or field not in ("extent", "start_ms"):
            assert getattr(mine, field) == getattr(whole, field), field
    assert set(copy.open) == set(mechanism.state.open)
    assert bool(mine.undelivered) is not corrected


def test_replies_are_for_those_in_the_conflict_and_whom_the_clauses_show_all_of_their_author() -> None:
    clauses = to("mediator", "everything", 'of = "ALPHA"'), to("mediator", "conflict-only", 'of = "BRAVO"', "7.2")
    mechanism, _, _, case = in_conflict(*clauses)
    readers = {}
    for party in ("ALPHA", "BRAVO"):
        mechanism.say(party, AnswerConflict(ref=case, reply=Reply.HOLD, content=ReplyContent(text="lane 3")))
        readers[party] = {v for v in ROLES if may_read(mechanism.state, mechanism.by, "content", v)}
    mechanism.say("MEDIATOR", Recommend(ref=case, content=ReplyContent(text="climb")))
    readers["MEDIATOR"] = {v for v in ROLES if may_read(mechanism.state, mechanism.by, "content", v)}
    assert readers == {
        "ALPHA": {"ALPHA", "BRAVO", "MEDIATOR"}, "BRAVO": {"ALPHA", "BRAVO"}, "MEDIATOR": {"ALPHA", "BRAVO", "MEDIATOR"},
    }  # fmt: skip


def test_a_question_is_its_asker_s_alone_and_a_watch_post_is_for_all_who_take_part() -> None:
    mechanism = Mechanism()
    mechanism.say("ALPHA", Ask(extent=notice(volume()).extent))
    assert {v for v in ROLES if may_read(mechanism.state, mechanism.by, "extent", v)} == {"ALPHA"}
    post = WatchPost(telephones=("+99 1",))
    mechanism.say("ALPHA", PostWatch(number="W-1", from_ms=NOW_MS, until_ms=NOW_MS + MINUTE_MS, post=post))
    assert {v for v in (*ROLES, "NOBODY") if may_read(mechanism.state, mechanism.by, "post", v)} == set(ROLES)


# Conflicts


@pytest.mark.parametrize("shown", LEVELS)
def test_of_a_conflict_a_side_sees_its_own_part_and_of_the_other_s_only_what_its_clause_shows(shown: Level) -> None:
    mechanism, _, alpha, case = in_conflict(to("party", shown))
    whole = of(mechanism.record.findings or (), Raised)[0]
    (seen,) = of(view(mechanism.state, mechanism.record, "ALPHA", "BRAVO"), Raised)
    assert seen.b == whole.b and whole.b is not None and whole.b.offers  # its own
    open_ = shown in (Level.EXTENT, Level.EVERYTHING)
    assert whole.a is not None
    offers = whole.a.offers if shown is Level.EVERYTHING else ()  # looked for among plans that BRAVO may not know of
    told = msgspec.structs.replace(whole.a, offers=offers)
    assert seen.a == (told if open_ else Side(party="ALPHA", ref=alpha, version=1))
    fields = (seen.end_ms, seen.horizontal_mm, seen.vertical_e4, seen.at)
    assert fields == ((whole.end_ms, 0, 0, whole.at) if open_ else (None, None, None, None))
    assert (seen.ref, seen.clause, seen.first, seen.due_ms) == (case, whole.clause, "ALPHA", whole.due_ms)


def test_the_start_of_the_window_is_told_as_coarsely_as_the_clause_says() -> None:
    mechanism = Mechanism(clause("proposals", 'time = "10min"\nvertical = "1000ft"', "6.3"))
    mechanism.file("BRAVO", volume(0, 300))
    mechanism.file("ALPHA", volume(67, 30))
    whole = of(mechanism.record.findings or (), Raised)[0]
    (seen,) = of(view(mechanism.state, mechanism.record, "ALPHA", "BRAVO"), Raised)
    assert whole.start_ms == NOW_MS + 67 * MINUTE_MS
    assert seen.start_ms is not None and seen.start_ms % (10 * MINUTE_MS) == 0 and seen.start_ms < whole.start_ms


@pytest.mark.parametrize("viewer, shown, sees", [
    ("MEDIATOR", "nothing", False), ("MEDIATOR", "conflict-only", True), ("WATCHER", "conflict-only", False),
    ("WATCHER", "extent-only", True), ("RELIEF", "conflict-only", False), ("VOUCHER", "everything", True),
])  # fmt: skip
def test_who_else_hears_that_a_conflict_exists(viewer: str, shown: str, sees: bool) -> None:
    mechanism, _, _, _ = in_conflict(to(ROLES[viewer], shown))
    seen = of(view(mechanism.state, mechanism.record, "ALPHA", viewer), Raised)
    assert bool(seen) is sees
    if viewer == "MEDIATOR" and sees:
        assert (seen[0].start_ms, seen[0].end_ms, seen[0].at) == (None, None, None)
        assert all(side is not None and not side.offers and not side.leg for side in (seen[0].a, seen[0].b))


def test_the_claimant_of_a_zone_is_told_who_and_not_when() -> None:
    claim = 'name = "Shoal"\nparty = "BRAVO"\ncircle = { centre = "12.0N 42.0E", radius = "3km" }'
    mechanism = Mechanism(clause("zone-of-influence", claim, "3.2"))
    mechanism.file("ALPHA", volume())
    (seen,) = of(view(mechanism.state, mechanism.record, "ALPHA", "BRAVO"), Raised)
    assert (seen.start_ms, seen.end_ms, seen.at) == (None, None, None)
    assert seen.a == Side(party="ALPHA", ref=mechanism.case().a, version=1)


def test_the_mediator_hears_when_it_is_called_whatever_it_may_see() -> None:
    mechanism, _, _, case = in_conflict(to("mediator", "nothing"))
    for rung, hears in ((Rung.ALTERNATE, False), (Rung.MEDIATOR, True)):
        called = Called(ref=case, party="ALPHA", rung=rung, due_ms=0)
        record = Findings(of="", recorded_ms=0, outcome=Outcome.CLOCK, findings=(called,))
        assert bool(view(mechanism.state, record, "", "MEDIATOR")) is hears


# Findings of other kinds


AUTHOR_ONLY = (Refusal(code="x", found="y", remedy="z"), Flagged(ref="N1", code="x", message="y"))
ALL = (Taken(ref="N1"), Spent(party="ALPHA", clause="5", left=1))


def test_findings_by_whom_they_concern() -> None:
    mechanism, _, alpha, _ = in_conflict(to("BRAVO", "extent-only"))
    seen_by = {}
    findings = (
        *AUTHOR_ONLY, *ALL, StateChanged(ref=alpha, state=mechanism.notice(alpha).state),
        Lateness(ref=alpha, version=1, clause="", class_="", late=False),
        Delivered(ref=alpha, version=1, party="RELIEF"), Disclosed(ref=alpha, to="RELIEF", level=Level.EXTENT, clause=""),
    )  # fmt: skip
    for finding in findings:
        record = Findings(of="x", recorded_ms=0, outcome=Outcome.TAKEN, findings=(finding,))
        seen_by[type(finding).__name__] = "".join(
            name[0] for name in ("ALPHA", "BRAVO", "RELIEF") if view(mechanism.state, record, "ALPHA", name)
        )
    assert seen_by == {
        "Refusal": "A", "Flagged": "A", "Taken": "ABR", "Spent": "ABR", "StateChanged": "AB", "Lateness": "AB",
        "Delivered": "AR", "Disclosed": "AR",
    }  # fmt: skip


def test_a_held_record_is_its_author_s_alone() -> None:
    mechanism = Mechanism(to("any", "everything"))
    mechanism.say("ALPHA", notice(volume(-90, 30), life_safety=True))
    seen = views(mechanism.state, mechanism.record, "ALPHA")
    assert set(seen) == {"ALPHA"} and of(seen["ALPHA"], Held)


def test_nothing_of_the_other_s_place_or_time_is_anywhere_in_a_view_at_conflict_only() -> None:
    mechanism = Mechanism()
    mechanism.file("BRAVO", volume(61.234, 17.891), kind=NoticeKind.FLIGHT)
    mechanism.file("ALPHA", volume(0, 300))
    whole = msgspec.json.encode(mechanism.record.findings)
    seen = msgspec.json.encode(view(mechanism.state, mechanism.record, "ALPHA", "ALPHA"))
    exact = [str(NOW_MS + round(minute * MINUTE_MS)).encode() for minute in (61.234, 61.234 + 17.891)]
    assert all(instant in whole for instant in exact)
    assert not any(instant in seen for instant in exact)
