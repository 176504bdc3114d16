"""The sky over Switzerland on 1 August 2018: every pair nearer than 5 NM and 1,000 ft, as brute force finds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sazokar.domain.plan.volume import Volume
from sazokar.engine.space import Space
from tests.engine.judged import bound_m, pairs_of, space_of
from tests.engine.sky import GEOD, Meeting, flights, meetings

FIVE_MILES_M = 9_260.0
THOUSAND_FEET_M = 304.8
BOUND_M = bound_m(FIVE_MILES_M) + 0.001
HAIR_M = 1e-3
"""Vertical limits of what moves are not exact to the last bit; a thousandth of a metre is allowed either way."""
MORNING_MS = 1_533_117_600_000


def compare(volumes: list[Volume], least_pairs: int) -> None:
    space = space_of(volumes, horizontal_m=FIVE_MILES_M, vertical_e4=3_048_000, cell_degree=0.25)
    found = pairs_of(space)
    must = meetings(volumes, FIVE_MILES_M - BOUND_M, THOUSAND_FEET_M - HAIR_M)
    may = meetings(volumes, FIVE_MILES_M + BOUND_M, THOUSAND_FEET_M + HAIR_M)
    assert len(must) > least_pairs
    assert set(must) - found == set(), "missed"
    assert found - set(may) == set(), "false alarms"
    told = {pair: _disagreement(space, pair, must[pair], may[pair]) for pair in must}
    assert {pair: words for pair, words in told.items() if words} == {}


def _disagreement(space: Space, pair: tuple[int, int], must: Meeting, may: Meeting) -> str:
    """Return where the engine's window or distance differs from what brute force bounds, in words."""
    met = space.encounter(*pair)
    if met is None or not met.simultaneous:
        return "not met at one instant"
    if not may.start_ms - 1_000 <= met.start_ms <= must.start_ms + 1_000:
        return f"starts {met.start_ms}, not {may.start_ms} to {must.start_ms}"
    if not must.end_ms - 1_000 <= met.end_ms <= may.end_ms + 1_000:
        return f"ends {met.end_ms}, not {must.end_ms} to {may.end_ms}"
    (lat_a, lon_a), (lat_b, lon_b) = met.near_a, met.near_b
    least_m = GEOD.inv(lon_a, lat_a, lon_b, lat_b)[2]
    if not may.horizontal_m - 0.1 <= least_m <= must.horizontal_m + 0.1:
        return f"{least_m} m at the least, not {may.horizontal_m} to {must.horizontal_m}"
    return ""


@pytest.mark.requirement("SZK-30")
def test_all_that_came_near_in_an_hour_of_morning_are_found(shared: Path) -> None:
    compare(flights(shared, MORNING_MS, MORNING_MS + 3_600_000), least_pairs=10)


@pytest.mark.slow
@pytest.mark.requirement("SZK-30")
def test_all_that_came_near_on_a_day_are_found(shared: Path) -> None:
    compare(flights(shared, 0, 2**62), least_pairs=150)
