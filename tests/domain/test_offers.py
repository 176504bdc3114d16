"""Offers: as coarse as the clause says, verified as they are told, and nothing finer leaks (SZK-31, SZK-32)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sazokar.domain.agreement import Coarseness
from sazokar.domain.finding import Offer
from sazokar.domain.offers import leg_of, offers_for
from sazokar.domain.plan.conflict import ProposalKind
from sazokar.domain.plan.height import SURFACE, UNLIMITED, Reference, parse_height
from sazokar.domain.plan.instant import parse_instant
from sazokar.domain.plan.judge import Court, conflicts
from sazokar.domain.plan.proposal import Bounds, climbed, delayed
from sazokar.domain.plan.rules import Minima, RuleSet
from sazokar.domain.plan.shape import Movement, Position, Rectangle
from sazokar.domain.plan.volume import Role, Volume
from tests.domain.filed import HOUR_MS, NOON_MS, disc, feet, filed, flight, metres

pytestmark = pytest.mark.requirement("SZK-32")

MINUTE_MS = 60_000
THOUSAND_FEET = 1_000 * 3048
CLAUSE = Coarseness("7.2")
RULES = RuleSet(default=Minima(5 * 1_852_000, THOUSAND_FEET, 0))

SCENARIO_A = RuleSet(default=Minima(18_520_000, 2_000 * 3048, 5 * MINUTE_MS))
TRANSPORT = Volume(
    operation="transport-1",
    party="BRAVO",
    shape=Movement(
        (Position(368_000_000, -300_000_000), Position(334_498_000, -305_413_000)),
        (parse_instant("2026-01-14T18:00:00Z"), parse_instant("2026-01-14T18:40:29.412Z")),
        0,
    ),
    lower=parse_height("FL140"),
    upper=parse_height("FL180"),
    start_ms=parse_instant("2026-01-14T18:00:00Z"),
    end_ms=parse_instant("2026-01-14T18:40:29.412Z"),
)
BOX = Volume(
    operation="box-7",
    party="ALPHA",
    shape=Rectangle(-303_000_000, 346_000_000, -299_000_000, 349_500_000),
    lower=parse_height("FL050"),
    upper=parse_height("FL300"),
    start_ms=parse_instant("2026-01-14T18:10:00Z"),
    end_ms=parse_instant("2026-01-14T18:40:00Z"),
)


@pytest.mark.requirement("SZK-31")
@pytest.mark.requirement("SZK-34")
@pytest.mark.parametrize("held", [(BOX,), (BOX, TRANSPORT)])
def test_the_transport_of_scenario_a_is_offered_25_minutes_or_fl320(held: tuple[Volume, ...]) -> None:
    assert offers_for(Court(held, SCENARIO_A), (TRANSPORT,), CLAUSE) == (
        Offer(kind=ProposalKind.DELAY, delay_ms=25 * MINUTE_MS),
        Offer(kind=ProposalKind.CLIMB, level="FL320", delta_e4=18 * THOUSAND_FEET),
    )


@pytest.mark.requirement("SZK-31")
def test_the_conflict_of_scenario_a_is_on_leg_1() -> None:
    (conflict,) = conflicts((BOX, TRANSPORT), SCENARIO_A)
    assert leg_of(conflict.b, conflict.start_ms) == 1


def waiting(minutes: int) -> tuple[Volume, Volume]:
    """Return one hour of A, and B at the same place until so many minutes after A begins."""
    return filed("A"), filed("B", window=(-HOUR_MS, minutes * MINUTE_MS))


@pytest.mark.parametrize(("needed", "told"), [(1, 5), (5, 5), (6, 10), (23, 25), (25, 25), (26, 30)])
def test_a_delay_is_rounded_up_to_the_clauses_step(needed: int, told: int) -> None:
    own, other = waiting(needed)
    (offer,) = offers_for(Court([other], RULES), [own], replace(CLAUSE, kinds=(ProposalKind.DELAY,)))
    assert offer == Offer(kind=ProposalKind.DELAY, delay_ms=told * MINUTE_MS)


def test_a_delay_that_would_do_but_whose_rounding_would_not_is_passed_over() -> None:
    own, other = waiting(23)
    third = filed("C", window=(HOUR_MS + 24 * MINUTE_MS, HOUR_MS + 28 * MINUTE_MS), name="third")
    court = Court([other, third], RULES)
    assert not court.would_conflict(delayed([own], 23 * MINUTE_MS) or [], "A", "one")
    (offer,) = offers_for(court, [own], replace(CLAUSE, kinds=(ProposalKind.DELAY,)))
    assert offer.delay_ms == 90 * MINUTE_MS  # after the third has ended at 88 min


def test_an_advance_and_a_descent_are_rounded_away_from_the_plan_too() -> None:
    own = filed("A", band=(feet(10_200), feet(11_300)))
    other = filed("B", band=(feet(8_900), feet(12_000)), window=(52 * MINUTE_MS, 2 * HOUR_MS))
    kinds = (ProposalKind.ADVANCE, ProposalKind.DESCEND, ProposalKind.CLIMB)
    assert offers_for(Court([other], RULES), [own], replace(CLAUSE, kinds=kinds)) == (
        Offer(kind=ProposalKind.ADVANCE, delay_ms=-10 * MINUTE_MS),
        # Its top must be 1,000 ft below 8,900 ft: 7,900, told as 7,000; its floor 1,000 ft above 12,000 ft.
        Offer(kind=ProposalKind.DESCEND, level="FL070", delta_e4=-4_300 * 3048),
        Offer(kind=ProposalKind.CLIMB, level="FL130", delta_e4=2_800 * 3048),
    )


def test_a_level_is_told_as_it_is_measured() -> None:
    for reference, told in ((Reference.AMSL, "7,000 ft AMSL"), (Reference.STD, "FL070")):
        own = filed("A", band=(feet(4_000, reference), feet(4_500, reference)))
        other = filed("B", band=(feet(3_000, reference), feet(5_100, reference)))
        (offer,) = offers_for(Court([other], RULES), [own], replace(CLAUSE, kinds=(ProposalKind.CLIMB,)))
        assert offer.level == told
    in_metres = Coarseness("7.2", vertical_e4=3_000_000, kinds=(ProposalKind.CLIMB,))
    own = filed("A", band=(metres(1_000, Reference.AMSL), metres(1_200, Reference.AMSL)))
    other = filed("B", band=(metres(900, Reference.AMSL), metres(1_300, Reference.AMSL)))
    (offer,) = offers_for(Court([other], RULES), [own], in_metres)
    assert offer.level == "1,800 m AMSL"  # 1,300 m and 304.8 m, rounded up to a multiple of 300 m


def test_the_level_of_a_movement_is_its_lowest_altitude() -> None:
    shape = replace(flight([(50, 7.9, 0), (50, 8.1, HOUR_MS)], (10_500, 10_800)), half_height_e4=300 * 3048)
    own, other = filed("A", shape), filed("B", band=(feet(9_000), feet(12_000)))
    (offer,) = offers_for(Court([other], RULES), [own], replace(CLAUSE, kinds=(ProposalKind.CLIMB,)))
    assert (offer.level, offer.delta_e4) == ("FL130", (13_000 - 10_200) * 3048)


def test_volumes_measured_differently_are_told_a_change_of_level() -> None:
    first = filed("A", band=(feet(10_000), feet(11_000)))
    second = replace(filed("A", disc(60, 20), (feet(100, Reference.AMSL), feet(900, Reference.AMSL))), index=1)
    court = Court([filed("B", band=(feet(10_000), feet(11_500)))], RULES)
    (offer,) = offers_for(court, [first, second], replace(CLAUSE, kinds=(ProposalKind.CLIMB,)))
    assert (offer.level, offer.delta_e4) == ("+3,000 ft", 3 * THOUSAND_FEET)


def test_only_kinds_that_the_clause_names_are_offered_and_no_shift_ever() -> None:
    own, other = waiting(23)
    court = Court([other], RULES)
    assert {offer.kind for offer in offers_for(court, [own], Coarseness("7.2", kinds=tuple(ProposalKind)))} == {
        ProposalKind.DELAY, ProposalKind.ADVANCE, ProposalKind.CLIMB, ProposalKind.DESCEND,
    }  # fmt: skip
    assert offers_for(court, [own], Coarseness("7.2", kinds=(ProposalKind.SHIFT,))) == ()


def test_nothing_is_offered_where_nothing_within_bounds_frees() -> None:
    own = filed("A")
    other = filed("B", band=(SURFACE, UNLIMITED), window=(-24 * HOUR_MS, 24 * HOUR_MS))
    assert offers_for(Court([other], RULES), [own], CLAUSE) == ()
    own, other = waiting(23)
    assert offers_for(Court([other], RULES), [own], CLAUSE, Bounds(minutes=24, hundred_feet=1)) == ()


def test_nothing_is_offered_to_what_is_free_or_to_a_zone() -> None:
    own, other = waiting(23)
    assert offers_for(Court([], RULES), [own], CLAUSE) == ()
    assert offers_for(Court([other], RULES), [replace(own, role=Role.ZONE)], CLAUSE) == ()
    assert offers_for(Court([other], RULES), [], CLAUSE) == ()


@pytest.mark.parametrize(("time_ms", "vertical_e4"), [(1, 1), (0, 0)])
def test_a_clause_of_the_finest_steps_is_searched_in_bounded_time(time_ms: int, vertical_e4: int) -> None:
    own, other = waiting(23)
    fine = Coarseness("7.2", time_ms=time_ms, vertical_e4=vertical_e4)
    assert offers_for(Court([other], RULES), [own], fine) == ()


@settings(max_examples=60, deadline=None)
@given(
    st.integers(-90, 90),
    st.integers(1, 180),
    st.integers(0, 300),
    st.integers(1, 100),
    st.sampled_from((1, 5, 7, 15)),
    st.sampled_from((500, 1_000, 2_000)),
)
def test_every_offer_frees_when_judged_from_nothing_and_is_a_multiple_of_its_step(
    start: int, minutes: int, floor: int, thick: int, step: int, vertical: int
) -> None:
    own = filed("A", band=(feet(10_300), feet(11_700)))
    window = (start * MINUTE_MS, (start + minutes) * MINUTE_MS)
    other = filed("B", band=(feet(floor * 100), feet((floor + thick) * 100)), window=window)
    clause = Coarseness("7.2", step * MINUTE_MS, vertical * 3048, tuple(ProposalKind))
    for offer in offers_for(Court([other], RULES), [own], clause):
        changed = delayed([own], offer.delay_ms) if offer.delay_ms else climbed([own], offer.delta_e4)
        assert changed is not None
        assert conflicts([*changed, other], RULES) == []
        assert offer.delay_ms % (step * MINUTE_MS) == 0
        if offer.delta_e4:
            edge = changed[0].lower if offer.delta_e4 > 0 else changed[0].upper
            assert edge.e4 % (vertical * 3048) == 0


@pytest.mark.requirement("SZK-31")
def test_a_leg_is_the_volume_or_the_segment_that_holds_the_windows_start() -> None:
    assert leg_of(replace(filed("A"), index=2), NOON_MS) == 3
    three = filed("A", flight([(50, 8, 0), (50, 9, 100), (50, 10, 200), (50, 11, 300)]))
    legs = [leg_of(three, NOON_MS + at) for at in (-1, 0, 99, 100, 199, 200, 299, 300, 999)]
    assert legs == [1, 1, 1, 2, 2, 3, 3, 3, 3]
