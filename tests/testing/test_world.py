"""Worlds of liars and losses: what the mechanism promises holds in each of them, and a broken promise is seen."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from sazokar.adapters.log_memory import MemoryLog
from sazokar.app import bench
from sazokar.domain import coordination, deadlines, disclosure
from sazokar.domain.agreement import Level
from sazokar.domain.finding import AnyFinding, Turn
from sazokar.domain.state import State, Timer, next_due
from sazokar.testing.world import fingerprint, play

pytestmark = [pytest.mark.requirement("SZK-39"), pytest.mark.requirement("SZK-24"), pytest.mark.requirement("SZK-33")]

FEW = range(150)
MANY = range(1_000, 3_000)


@pytest.mark.parametrize("first", range(FEW.start, FEW.stop, 50))
def test_every_promise_holds_in_a_world_of_liars(first: int) -> None:
    for seed in range(first, first + 50):
        play(seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(MANY.start, MANY.stop, 250))
def test_every_promise_holds_in_thousands_of_worlds(first: int) -> None:
    for seed in range(first, first + 250):
        play(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20_000, 20_010))
def test_every_promise_holds_in_a_long_life(seed: int) -> None:
    play(seed, steps=250)


def test_worlds_are_full_of_what_they_are_to_try() -> None:
    worlds = [play(seed) for seed in range(60)]
    states = [world.node.state for world in worlds]
    cases = [case for state in states for case in state.cases.values()]
    codes = {r.refusal.code for world in worlds for r in world.receipts.values() if r.refusal}
    assert sum(case.is_live for case in cases) > 10
    assert sum(not case.is_live for case in cases) > 10
    assert sum(bool(case.silences) for case in cases) > 10
    assert sum(state.judges is not None for state in states) > 30
    assert len(codes) > 20
    assert any(world.witness.erased for world in worlds)
    assert any(state.retired for state in states)
    assert any(not heard.verified for world in worlds for heard in world.alarm.heard)


def test_the_same_seed_gives_the_same_bytes_whatever_the_hashes_of_the_process() -> None:
    seeds = [str(seed) for seed in range(12)]
    printed = {
        subprocess.run(
            [sys.executable, "-m", "sazokar.testing.world", *seeds],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2", "77")
    }
    assert printed == {"".join(f"{seed} {fingerprint(play(int(seed)))}\n" for seed in seeds)}


def test_a_failure_names_its_seed_and_how_to_play_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryLog, "position_of", lambda self, entry_id: None)
    with pytest.raises(AssertionError, match=r"world 3: .*python -m sazokar\.testing\.world 3"):
        play(3)


# What is broken on purpose is seen


def seen(monkeypatch: pytest.MonkeyPatch, seeds: int = 60) -> str:
    """Return what the first world says that notices; fails where none does."""
    for seed in range(seeds):
        try:
            play(seed)
        except AssertionError as error:
            return str(error)
    raise LookupError(f"{seeds} worlds noticed nothing")


def test_a_conflict_that_is_not_raised_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    hear = bench.EngineBench.hear
    monkeypatch.setattr(bench.EngineBench, "hear", lambda self, ref, volumes: hear(self, ref, volumes)[1:])
    assert "conflicts unseen" in seen(monkeypatch)


def test_a_silence_that_is_not_recorded_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    fire = deadlines.fire

    def mute(state: State, timer: Timer) -> list[AnyFinding]:
        return [] if timer.what == "answer" else fire(state, timer)

    monkeypatch.setattr(deadlines, "fire", mute)
    monkeypatch.setattr(deadlines, "GREATEST_FIRINGS", 50)
    monkeypatch.setattr(deadlines, "next_due", _without_answers(next_due))
    assert "nothing says so" in seen(monkeypatch)


def _without_answers(due: Callable[[State, int], Timer | None]) -> Callable[[State, int], Timer | None]:
    def first(state: State, now_ms: int) -> Timer | None:
        timer = due(state, now_ms)
        return None if timer is not None and timer.what == "answer" else timer

    return first


def test_a_deadline_a_millisecond_late_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    with_turn = coordination.with_turn
    monkeypatch.setattr(coordination, "with_turn", lambda state, finding: with_turn(state, _later(finding)))
    assert "was due" in seen(monkeypatch)


def _later(finding: Turn) -> Turn:
    return Turn(ref=finding.ref, party=finding.party, due_ms=finding.due_ms + 1)


def test_a_view_that_shows_the_other_side_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disclosure, "_named_only", lambda side: side)
    assert "the other side's part" in seen(monkeypatch)


def test_a_clause_read_too_widely_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    ruled = disclosure._ruled
    wide = {Level.CONFLICT: Level.EXTENT}
    monkeypatch.setattr(
        disclosure, "_ruled", lambda s, n, v: (wide.get(ruled(s, n, v)[0], ruled(s, n, v)[0]), ruled(s, n, v)[1])
    )
    assert "sees" in seen(monkeypatch)
