"""Terms of a feature made into a volume."""

from __future__ import annotations

import pytest

from sazokar.dialects.assembly import Terms, volume_of
from sazokar.domain.plan.height import UNLIMITED, Height, Reference, Unit
from sazokar.domain.plan.shape import Circle, Movement, Position
from sazokar.domain.plan.volume import Role, Source, Volume
from sazokar.errors import FieldError

PLACE = Source("x.geojson", "feature 1")
CIRCLE = Circle(Position(0, 0), 1)
ROUTE = (Position(0, 0), Position(0, 10))


def made(**terms: object) -> Volume:
    """Return the volume of terms, of a circle."""
    return volume_of(Terms(operation="a", party="A", **terms), CIRCLE, PLACE, [])  # type: ignore[arg-type]  # any term


def test_limits_of_different_references_are_not_compared() -> None:
    lower, upper = Height(9_000_000, Unit.M, Reference.AMSL), Height(1_000_000, Unit.M, Reference.AGL)
    assert made(lower=lower, upper=upper, start_ms=0, end_ms=1).lower == lower


@pytest.mark.requirement("SZK-16")
def test_a_movement_with_a_window_of_its_own_keeps_to_its_times() -> None:
    route = Movement(ROUTE, (1_000, 2_000), 0)
    same = volume_of(Terms(operation="a", party="A", start_ms=1_000, end_ms=2_000), route, PLACE, [])
    assert (same.start_ms, same.end_ms) == (1_000, 2_000)
    with pytest.raises(FieldError, match="times and end"):
        volume_of(Terms(operation="a", party="A", end_ms=3_000), route, PLACE, [])


def test_a_zone_with_one_time_stands_from_it_or_until_it() -> None:
    assert made(role=Role.ZONE, start_ms=5).start_ms == 5
    assert made(role=Role.ZONE, end_ms=5).end_ms == 5
    with pytest.raises(FieldError, match=r"^end: found nothing"):
        made(start_ms=5)


def test_missing_upper_limit_of_a_flown_altitude_is_its_own_band() -> None:
    flown = Movement(ROUTE, (0, 1), 0, (5_000_000, 6_000_000), 100)
    lower = Height(0, Unit.M, Reference.AMSL)
    noted: list[str] = []
    assert volume_of(Terms(operation="a", party="A", lower=lower), flown, PLACE, noted).upper.e4 == 6_000_100
    assert noted == []
    over = Terms(operation="a", party="A", lower=lower, upper=UNLIMITED)
    assert volume_of(over, flown, PLACE, noted).upper == UNLIMITED
