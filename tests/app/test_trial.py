from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.playing import Stage
from sazokar.app.scenario_a import BOX, at
from sazokar.app.trial import Kind, Otherwise, Trial, try_draft
from sazokar.domain.finding import Lateness, Raised, Refusal
from sazokar.domain.notice import Extent, NoticeKind
from sazokar.domain.party import OfficerRole
from sazokar.domain.statement import CancelNotice, DelegateKey, Document, FileNotice, ProposeDraft, SignAgreement
from sazokar.errors import LedgerError
from tests.app.stages import TEXT, agreement, new_stage, play

pytestmark = [pytest.mark.requirement("SZK-09"), pytest.mark.requirement("SZK-07")]


@pytest.fixture(scope="module")
def stage() -> Stage:
    stage = new_stage()
    play(stage)
    return stage


def tried(stage: Stage, *changes: tuple[str, str]) -> Trial:
    text = TEXT
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    return try_draft(stage.log, agreement(text))


def of_kind(trial: Trial, kind: Kind) -> list[Otherwise]:
    return [one for one in trial.otherwise if one.kind is kind]


def test_the_agreement_that_was_in_force_changes_nothing(stage: Stage) -> None:
    trial = tried(stage)
    assert (trial.otherwise, trial.notices, trial.unjudged) == ([], 4, 0)


@pytest.mark.requirement("SZK-11")
def test_longer_lead_times_make_notices_late_that_were_not(stage: Stage) -> None:
    trial = tried(stage, ('routine = "6h", urgent = "30min"', 'routine = "7h", urgent = "45min"'))
    after = {one.recorded_ms: one.after for one in of_kind(trial, Kind.LATENESS)}
    # The box comes 50 min before its start and stays urgent; the amended flight, 44 min, would be late.
    assert set(after) == {at("12:00"), at("17:41")} and trial.otherwise == of_kind(trial, Kind.LATENESS)
    flight, amended = after[at("12:00")], after[at("17:41")]
    assert isinstance(flight, Lateness) and (flight.class_, flight.late) == ("urgent", False)
    assert isinstance(amended, Lateness) and amended.late


@pytest.mark.requirement("SZK-30")
def test_a_smaller_minimum_would_not_have_raised_the_conflict(stage: Stage) -> None:
    trial = tried(stage, ('horizontal = "10NM"', 'horizontal = "400m"'))  # the track passes 403.6 m outside the box
    (one,) = trial.otherwise
    assert one.kind is Kind.NOT_RAISED
    assert (one.ref, one.other) == (stage.references["box"], stage.references["flight"])
    trial = tried(stage, ('horizontal = "10NM"', 'horizontal = "410m"'))
    assert [one.kind for one in trial.otherwise] == [Kind.WINDOW]


def test_a_larger_minimum_would_have_raised_conflicts_that_were_not(stage: Stage) -> None:
    trial = tried(stage, ('horizontal = "10NM"', 'horizontal = "120NM"'))
    raised = {(one.ref, one.other): one.after for one in of_kind(trial, Kind.RAISED)}
    flight, box, sortie = (stage.references[name] for name in ("flight", "box", "sortie"))
    # The amended flight is still under way when the sortie starts, until 19:05, some 100 NM away.
    assert set(raised) == {(flight, box), (sortie, flight)}
    window = raised[sortie, flight]
    assert isinstance(window, Raised) and window.start_ms == at("19:00")


def test_another_clause_is_named(stage: Stage) -> None:
    clause = '[[clause]]\nnumber = "4.1"\nkind = "separation"\nbetween = ["transport", "fast-jet"]\n'
    minima = 'horizontal = "10NM"\nvertical = "2000ft"\ntime = "5min"\n\n'
    trial = tried(stage, ('[[clause]]\nnumber = "4.2"', clause + minima + '[[clause]]\nnumber = "4.2"'))
    (one,) = trial.otherwise
    assert one.kind is Kind.CLAUSE
    assert isinstance(one.before, Raised) and isinstance(one.after, Raised)
    assert (one.before.clause, one.after.clause) == ("default", "4.1")


@pytest.mark.requirement("SZK-19")
def test_a_smaller_largest_area_would_have_refused_the_boxes_and_with_them_the_conflict(stage: Stage) -> None:
    trial = tried(stage, ('area = "10000km2"', 'area = "1000km2"'))
    refused = of_kind(trial, Kind.REFUSED)
    assert [one.recorded_ms for one in refused] == [at("17:20"), at("18:59")]
    assert all(isinstance(one.after, Refusal) and one.after.clause == "5.2" for one in refused)
    assert [one.ref for one in of_kind(trial, Kind.NOT_RAISED)] == [stage.references["box"]]


def test_a_trial_writes_nothing(stage: Stage, tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "ledger.sqlite")
    play(new_stage(log))
    log.close()
    before = (tmp_path / "ledger.sqlite").read_bytes()
    readable = SqliteLog(tmp_path / "ledger.sqlite", read_only=True)
    try_draft(readable, agreement())
    readable.close()
    assert (tmp_path / "ledger.sqlite").read_bytes() == before


def box(party: str, start: str, end: str, name: str, east_e7: int = -299_000_000) -> FileNotice:
    shape = msgspec.structs.replace(BOX.shape, east_e7=east_e7)
    volume = msgspec.structs.replace(BOX, operation=name, party=party, shape=shape, start_ms=at(start), end_ms=at(end))
    return FileNotice(notice=NoticeKind.AREA, extent=Extent(volumes=(volume,)))


def after_the_scenario(clock: str) -> Stage:
    stage = new_stage()
    play(stage)
    stage.clock.instant_ms = at(clock)
    return stage


def test_a_notice_that_was_cancelled_raises_nothing_afterwards() -> None:
    stage = after_the_scenario("19:40")
    filed = stage.submit(box("ALPHA", "21:00", "21:30", "box-8"), stage.officers["A1"])
    stage.submit(CancelNotice(ref=filed.ref), stage.officers["A1"])
    stage.submit(box("BRAVO", "21:00", "21:30", "box-9"), stage.officers["B1"])
    assert tried(stage).otherwise == []


def test_a_notice_whose_time_is_over_raises_nothing_afterwards() -> None:
    stage = after_the_scenario("19:40")
    stage.submit(box("ALPHA", "20:20", "20:30", "box-8"), stage.officers["A1"])
    stage.clock.instant_ms = at("20:40")
    stage.submit(box("BRAVO", "20:25", "21:30", "box-9"), stage.officers["B1"])
    assert tried(stage).otherwise == []


@pytest.mark.requirement("SZK-19")
def test_a_notice_that_the_draft_would_have_taken_stands_until_its_time_is_over() -> None:
    stage = after_the_scenario("19:40")
    wide = box("ALPHA", "20:20", "20:30", "box-8", east_e7=-270_000_000)
    with pytest.raises(LedgerError, match="at most 10,000 km²"):  # recorded as refused; the stage complains of it
        stage.submit(wide, stage.officers["A1"])
    refused = f"N{stage.node.state.size - 2}"
    stage.submit(box("BRAVO", "20:25", "20:28", "box-9"), stage.officers["B1"])
    stage.clock.instant_ms = at("20:40")
    stage.submit(box("BRAVO", "20:25", "21:30", "box-10"), stage.officers["B1"])
    trial = tried(stage, ('area = "10000km2"', 'area = "20000km2"'))
    assert [(one.kind, one.ref or one.other) for one in trial.otherwise][:1] == [(Kind.TAKEN, refused)]
    assert [one.other for one in of_kind(trial, Kind.RAISED)] == [refused], "once, while it stood"


def test_a_conflict_that_the_past_found_when_its_agreement_came_into_force_is_no_difference() -> None:
    stage = new_stage()
    for party, officer in (("ALPHA", "A1"), ("BRAVO", "B1"), ("MEDIATOR", "M1")):
        delegation = DelegateKey(
            key=stage.officers[officer].key_id, watch_number=officer, role=OfficerRole.DELEGATE, from_ms=at("11:00"),
            until_ms=at("23:00"),
        )  # fmt: skip
        stage.submit(delegation, stage.roots[party])
    stage.submit(box("ALPHA", "20:20", "20:30", "box-8"), stage.officers["A1"])
    stage.submit(box("BRAVO", "20:20", "20:30", "box-9"), stage.officers["B1"])
    name = sha256(TEXT.encode()).hexdigest()
    stage.submit(ProposeDraft(draft=name, document=Document(text=TEXT, agreement=agreement())), stage.officers["M1"])
    for officer in ("A1", "B1"):
        stage.submit(SignAgreement(draft=name), stage.officers[officer])
    assert len(stage.node.state.cases) == 1
    trial = tried(stage)
    assert of_kind(trial, Kind.RAISED) == []
    assert {one.kind for one in trial.otherwise} == {Kind.LATENESS}, "no clause spoke of lead times then"
    smaller = tried(stage, ('horizontal = "10NM"', 'horizontal = "1NM"'))
    assert of_kind(smaller, Kind.NOT_RAISED) == []
