from __future__ import annotations

from pathlib import Path

import pytest

from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.playing import Stage
from sazokar.app.scenario_a import at
from sazokar.app.trial import Kind, Otherwise, Trial, try_draft
from sazokar.domain.finding import Lateness, Raised, Refusal
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
