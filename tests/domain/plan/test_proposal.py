"""Proposals: each frees the operation when judged from nothing, and no smaller step of its kind does."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sazokar.domain.plan.conflict import Proposal, ProposalKind
from sazokar.domain.plan.height import SURFACE, UNLIMITED
from sazokar.domain.plan.judge import Court, conflicts
from sazokar.domain.plan.proposal import (
    DEFAULT_BOUNDS,
    HUNDRED_FEET_E4,
    MINUTE_MS,
    TENTH_MILE_MM,
    Bounds,
    climbed,
    delayed,
    proposals_for,
    shifted,
)
from sazokar.domain.plan.rules import Minima, RuleSet
from sazokar.domain.plan.shape import Circle, Movement, Position, Rectangle
from sazokar.domain.plan.volume import Role, Volume
from tests.domain.filed import HOUR_MS, disc, feet, filed, flight
from tests.engine.crowd import Crowd
from tests.engine.sky import GEOD

MILE_M = 1_852.0
RULES = RuleSet(default=Minima(5 * 1_852_000, 1_000 * 3048, 60_000))
LEVEL = (feet(10_000), feet(11_000))


def changed(volumes: list[Volume], proposal: Proposal, steps_back: int = 0) -> list[Volume] | None:
    """Return volumes as a proposal would have them, or so many steps short of it."""

    def less(value: int, step: int) -> int:
        return value - steps_back * step if value > 0 else value + steps_back * step

    match proposal.kind:
        case ProposalKind.DELAY | ProposalKind.ADVANCE:
            return delayed(volumes, less(proposal.delta_ms, MINUTE_MS))
        case ProposalKind.CLIMB | ProposalKind.DESCEND:
            return climbed(volumes, less(proposal.delta_e4, HUNDRED_FEET_E4))
        case ProposalKind.SHIFT:
            length = (proposal.east_mm**2 + proposal.north_mm**2) ** 0.5
            share = (length - steps_back * TENTH_MILE_MM) / length
            return shifted(volumes, round(proposal.east_mm * share), round(proposal.north_mm * share))
    return None


def clashes(volumes: list[Volume], name: tuple[str, str], instead: list[Volume], rules: RuleSet = RULES) -> bool:
    """Return whether an operation, changed, is in any conflict among all the others, judged from nothing."""
    others = [v for v in volumes if (v.party, v.operation) != name]
    found = conflicts([*others, *instead], rules)
    return any(name in ((c.a.party, c.a.operation), (c.b.party, c.b.operation)) for c in found)


@pytest.mark.slow
@pytest.mark.requirement("SZK-34")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_proposal_frees_and_one_step_less_does_not(seed: int) -> None:
    volumes = Crowd(seed, 50.0, 8.0, 1.0, 0.2).volumes(70)
    court = Court(volumes, RULES)
    names = sorted({(side.party, side.operation) for c in court.conflicts() for side in (c.a, c.b)})[:6]
    assert len(names) >= 4
    offered = 0
    for name in names:
        own = court.volumes_of(*name)
        for proposal in proposals_for(court, *name, Bounds(minutes=240, hundred_feet=200, tenth_miles=200)):
            if proposal.kind is ProposalKind.NONE_WITHIN_BOUNDS:
                continue
            offered += 1
            instead = changed(own, proposal)
            assert instead is not None
            assert not clashes(volumes, name, instead), f"{proposal} does not free"
            short = changed(own, proposal, steps_back=1)
            assert short is not None
            assert clashes(volumes, name, short), f"one step less than {proposal} frees too"
    assert offered >= 8


def crossing_pair() -> list[Volume]:
    """A holds a disc of 1 km around a place for an hour, 10,000 to 11,000 ft; B the same disc for the same hour."""
    return [filed("A", disc(0, 0)), filed("B", disc(0, 0))]


@pytest.mark.requirement("SZK-34")
def test_the_least_changes_of_two_that_coincide_are_those_of_the_minima() -> None:
    """An hour and the margin of one minute; 1,000 ft of band and 1,000 ft of minimum; 5 NM and two radii."""
    found = {p.kind: p for p in proposals_for(Court(crossing_pair(), RULES), "A", "one")}
    assert found[ProposalKind.DELAY].delta_ms == HOUR_MS + MINUTE_MS
    assert found[ProposalKind.ADVANCE].delta_ms == -HOUR_MS - MINUTE_MS
    assert found[ProposalKind.CLIMB].delta_e4 == 2_000 * 3048
    assert found[ProposalKind.DESCEND].delta_e4 == -2_000 * 3048
    shift = found[ProposalKind.SHIFT]
    # 9,260 m + 2,000 m = 11,260 m: 60.8 tenths of a mile, so 61
    assert (shift.east_mm**2 + shift.north_mm**2) ** 0.5 == pytest.approx(61 * TENTH_MILE_MM, abs=2)
    assert all((p.party, p.operation) == ("A", "one") for p in found.values())


@pytest.mark.requirement("SZK-34")
def test_a_delay_is_verified_against_everything_else_given() -> None:
    """Where A would first be free of B stands C: the least delay is behind both."""
    blocked = [*crossing_pair(), filed("C", disc(0, 0), window=(HOUR_MS + HOUR_MS // 2, 2 * HOUR_MS))]
    (delay,) = [p for p in proposals_for(Court(blocked, RULES), "A", "one") if p.kind is ProposalKind.DELAY]
    assert delay.delta_ms == 2 * HOUR_MS + MINUTE_MS


@pytest.mark.requirement("SZK-34")
def test_all_volumes_of_an_operation_change_alike() -> None:
    two = [filed("A", disc(0, 0)), filed("A", disc(0, 1), window=(HOUR_MS, 2 * HOUR_MS))]
    against = [*two, filed("B", disc(0, 1), window=(HOUR_MS, HOUR_MS + HOUR_MS // 2))]
    (delay,) = [p for p in proposals_for(Court(against, RULES), "A", "one") if p.kind is ProposalKind.DELAY]
    assert delay.delta_ms == HOUR_MS // 2 + MINUTE_MS
    later = delayed(two, delay.delta_ms)
    assert later is not None
    assert [v.start_ms - w.start_ms for v, w in zip(later, two, strict=True)] == [delay.delta_ms] * 2


def test_zones_are_proposed_nothing() -> None:
    zone = replace(filed("Z", disc(0, 0)), role=Role.ZONE)
    court = Court([zone, *crossing_pair()[:1]], RULES)
    assert court.conflicts()
    assert proposals_for(court, "Z", "one") == ()
    assert proposals_for(court, "A", "one") != ()


def test_none_is_said_where_none_is_within_the_bounds() -> None:
    bounds = Bounds(minutes=60, hundred_feet=19, tenth_miles=60)
    (only,) = proposals_for(Court(crossing_pair(), RULES), "A", "one", bounds)
    assert only == Proposal(kind=ProposalKind.NONE_WITHIN_BOUNDS, party="A", operation="one")
    wider = Bounds(minutes=61, hundred_feet=20, tenth_miles=61)
    assert len(proposals_for(Court(crossing_pair(), RULES), "A", "one", wider)) == 5


def test_what_rests_on_the_ground_or_has_no_ceiling_is_not_told_to_climb() -> None:
    for band in ((SURFACE, feet(11_000)), (feet(10_000), UNLIMITED)):
        given = [filed("A", disc(0, 0), band), filed("B", disc(0, 0))]
        kinds = {p.kind for p in proposals_for(Court(given, RULES), "A", "one")}
        assert kinds == {ProposalKind.DELAY, ProposalKind.ADVANCE, ProposalKind.SHIFT}


def test_no_descent_goes_below_zero() -> None:
    given = [filed("A", disc(0, 0), (feet(1_000), feet(1_500))), filed("B", disc(0, 0), (feet(1_000), feet(1_500)))]
    kinds = {p.kind for p in proposals_for(Court(given, RULES), "A", "one")}
    assert ProposalKind.DESCEND not in kinds
    assert ProposalKind.CLIMB in kinds


def test_a_shift_moves_every_vertex_by_its_length_along_the_geodesic() -> None:
    volumes = [filed("A", disc(-60, 179.99)), filed("B", flight([(70, -179.99, 0), (70.5, 179.5, HOUR_MS)]), LEVEL)]
    for east, north in ((0, 5_000), (-30_000, 0), (21_213, -21_213)):
        moved = shifted(volumes, east * 1000, north * 1000)
        assert moved is not None
        for before, after in zip(volumes, moved, strict=True):
            for p, q in zip(_vertices(before), _vertices(after), strict=True):
                _, _, length = GEOD.inv(p.lon, p.lat, q.lon, q.lat)
                assert length == pytest.approx((east**2 + north**2) ** 0.5, abs=0.02)


def _vertices(volume: Volume) -> tuple[Position, ...]:
    assert isinstance(volume.shape, Circle | Movement)
    return (volume.shape.centre,) if isinstance(volume.shape, Circle) else volume.shape.line


def test_the_stated_bounds_are_six_hours_thirty_thousand_feet_and_thirty_miles() -> None:
    assert (DEFAULT_BOUNDS.minutes, DEFAULT_BOUNDS.hundred_feet, DEFAULT_BOUNDS.tenth_miles) == (360, 300, 300)


def test_a_rectangle_is_shifted_whole() -> None:
    band = Volume(operation="belt", party="A", shape=Rectangle(-1_700_000_000, 0, 1_700_000_000, 100_000_000))
    changed = shifted([band], 18_520_000, 0)
    assert changed is not None
    (moved,) = changed
    assert isinstance(moved.shape, Rectangle)
    assert (moved.shape.east_e7 - moved.shape.west_e7) % 3_600_000_000 == 3_400_000_000
    assert moved.shape.north_e7 - moved.shape.south_e7 == 100_000_000


def test_no_shift_is_offered_that_would_wrap_a_band_around_the_earth_to_nothing() -> None:
    belt = Volume(operation="belt", party="A", shape=Rectangle(-1_800_000_000, 0, 1_800_000_000, 100_000_000))
    dot = Volume(operation="dot", party="B", shape=Circle(Position(50_000_000, 330_000_000), 1_000))
    court = Court([belt, dot], RuleSet(default=Minima(0, 0, 0)))
    assert court.conflicts()
    kinds = {proposal.kind for proposal in proposals_for(court, "A", "belt")}
    assert kinds == {ProposalKind.NONE_WITHIN_BOUNDS}
