"""The play of a day goes on day after day: nothing of one day keeps the next from being the same."""

from __future__ import annotations

import pytest

from sazokar.adapters.log_memory import MemoryLog
from sazokar.app import days
from sazokar.app import scenario_a as scenario
from sazokar.app.opening import open_ledger
from sazokar.app.playing import Happening, Stage
from sazokar.domain.finding import Raised, Resolved
from tests.app.stages import TEXT, CountedEntropy, SilentAlarm, agreement, counted_keys

TODAY_MS = 1_790_000_000_000
DRAFT = TEXT + days.CLAUSES


def stage_of_days() -> tuple[Stage, int]:
    keys = counted_keys()
    cast = days.cast(TODAY_MS)
    stage = Stage(MemoryLog(), CountedEntropy(), SilentAlarm(), lambda: next(keys), cast)
    return stage, cast.begins_ms - scenario.BEGINS_MS


def play(stage: Stage, by_ms: int, number: int) -> list[Happening]:
    return list(stage.play_steps(days.day(DRAFT, agreement(DRAFT), stage.keys, number, by_ms + number * days.DAY_MS)))


@pytest.mark.parametrize("count", [3, pytest.param(days.MOST_DAYS, marks=pytest.mark.slow)])
def test_every_day_is_played_as_the_first_and_the_ledger_verifies(count: int) -> None:
    stage, by_ms = stage_of_days()
    list(stage.play_steps(days.founding(DRAFT, agreement(DRAFT), stage.keys, by_ms)))
    for number in range(count):
        findings = [finding for happening in play(stage, by_ms, number) for finding in happening.findings]
        assert sum(isinstance(one, Raised) for one in findings) == 1, number
        assert sum(isinstance(one, Resolved) for one in findings) == 1, number
    assert stage.clock.now_ms() < TODAY_MS, "the days that are played are over before the real one"
    live = [notice for notice in stage.node.state.notices.values() if notice.is_live and notice.kind == "site"]
    assert len(live) == 3
    if count < 10:
        assert open_ledger(stage.log).damage is None


def test_what_is_signed_by_a_real_clock_is_not_too_far_ahead_of_the_first_day() -> None:
    cast = days.cast(TODAY_MS)
    assert TODAY_MS + days.DAY_MS - cast.begins_ms < 366 * days.DAY_MS


def test_a_moved_step_speaks_of_what_is_so_much_later() -> None:
    steps = scenario.steps(DRAFT, agreement(DRAFT), dict.fromkeys(scenario.OFFICERS, "0" * 64))
    filing = next(step for step in steps if isinstance(step, scenario.Say) and step.makes == "flight")
    later = days.moved(filing, 5 * days.DAY_MS)
    assert isinstance(later, scenario.Say)
    before, after = filing.statement({}), later.statement({})
    shift = after.extent.volumes[0].start_ms - before.extent.volumes[0].start_ms  # type: ignore[union-attr]
    assert shift == later.at_ms - filing.at_ms == 5 * days.DAY_MS
