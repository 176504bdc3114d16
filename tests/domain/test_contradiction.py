"""A notice that contradicts itself is refused with both places named (SZK-16); what merely rounds is not."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sazokar.domain.contradiction import contradiction_of
from sazokar.domain.finding import Refusal
from sazokar.domain.notice import Extent, MovementForm, Stated
from sazokar.domain.plan.height import SURFACE, UNLIMITED, Height, Reference, Unit
from sazokar.domain.plan.volume import Volume
from tests.domain.filed import HOUR_MS, NOON_MS, feet, metres
from tests.domain.notices import BAND, MINUTE_MS, TRUCKS, convoy_shape, form, leg, volume

pytestmark = pytest.mark.requirement("SZK-16")


def contradicted(extent: Extent, movement: MovementForm | None = None) -> Refusal:
    found = contradiction_of(extent, movement)
    assert found is not None and found.code == "contradiction" and found.remedy
    return found


def beside(stated: Stated, *volumes: Volume) -> Extent:
    return Extent(volumes=volumes or (volume(),), stated=stated)


def test_a_notice_with_two_ceilings_is_refused_and_both_are_named() -> None:
    # FL330 in one place and unlimited in the other, as one notice of 2014 had two ceilings.
    closed = volume(lower=SURFACE, upper=Height(320 * 304_800, Unit.FL, Reference.STD))
    stated = Stated(upper=Height(330 * 304_800, Unit.FL, Reference.STD))
    found = contradicted(beside(stated, closed))
    assert found.field == "extent.stated.upper and extent.volumes[0].upper"
    assert "FL330" in found.found and "FL320" in found.found
    assert "UNL" in contradicted(beside(stated, replace(closed, upper=UNLIMITED))).found
    assert "UNL" in contradicted(beside(Stated(upper=UNLIMITED), closed)).found


def test_the_stated_ceiling_is_that_of_the_highest_volume() -> None:
    low, high = volume(upper=metres(100, Reference.AGL)), volume(upper=metres(300, Reference.AGL), index=1)
    assert contradiction_of(beside(Stated(upper=metres(300, Reference.AGL)), low, high), None) is None
    found = contradicted(beside(Stated(upper=metres(100, Reference.AGL)), low, high))
    assert found.field == "extent.stated.upper and extent.volumes[1].upper"


def test_the_stated_floor_is_that_of_the_lowest_volume() -> None:
    low = volume(lower=feet(5_000), upper=feet(9_000))
    high = volume(lower=feet(6_000), upper=feet(9_000), index=1)
    assert contradiction_of(beside(Stated(lower=feet(5_000)), low, high), None) is None
    assert "6,000 ft" in contradicted(beside(Stated(lower=feet(6_000)), low, high)).found


def test_one_height_above_two_references_is_two_heights() -> None:
    extent = beside(Stated(upper=metres(100, Reference.AMSL)))
    assert "AMSL" in contradicted(extent).found and "AGL" in contradicted(extent).found


def test_heights_that_round_to_each_other_do_not_contradict() -> None:
    closed = volume(lower=SURFACE, upper=feet(18_000, Reference.AMSL))  # 5,486.4 m
    assert contradiction_of(beside(Stated(lower=SURFACE, upper=metres(5_486, Reference.AMSL)), closed), None) is None
    assert contradiction_of(beside(Stated(upper=metres(5_485, Reference.AMSL)), closed), None) is not None


@pytest.mark.parametrize(
    ("off_ms", "stands"), [(0, True), (59_999, True), (-59_999, True), (60_000, False), (-60_000, False)]
)
def test_a_stated_window_is_that_of_the_volumes_but_for_less_than_a_minute(off_ms: int, stands: bool) -> None:
    for stated, name in (
        (Stated(start_ms=NOON_MS + off_ms), "start"),
        (Stated(end_ms=NOON_MS + HOUR_MS + off_ms), "end"),
    ):
        found = contradiction_of(beside(stated), None)
        assert (found is None) is stands
        if found is not None:
            assert found.field == f"extent.stated.{name}_ms and extent.volumes[0].{name}_ms"
            assert found.found.count("2027-01-15T") == 2


def test_the_window_of_several_volumes_is_from_the_first_to_the_last() -> None:
    later = volume(index=1, start_ms=NOON_MS + HOUR_MS, end_ms=NOON_MS + 3 * HOUR_MS)
    stated = Stated(start_ms=NOON_MS, end_ms=NOON_MS + 3 * HOUR_MS)
    assert contradiction_of(beside(stated, volume(), later), None) is None
    found = contradicted(beside(Stated(end_ms=NOON_MS + HOUR_MS), volume(), later))
    assert found.field == "extent.stated.end_ms and extent.volumes[1].end_ms"


def test_an_altitude_outside_the_limits_beside_it_is_refused() -> None:
    band = (feet(10_000), feet(12_000))
    level = tuple(11_000 * 3048 for _ in range(5))
    for e4, limit in ((9_999 * 3048, "lower"), (12_001 * 3048, "upper")):
        shape = replace(convoy_shape(), altitudes_e4=(*level[:2], e4, *level[3:]))
        found = contradicted(Extent(volumes=(volume(shape, lower=band[0], upper=band[1]),)))
        assert found.field == f"extent.volumes[0].shape.altitudes_e4[2] and extent.volumes[0].{limit}"
    sound = volume(replace(convoy_shape(), altitudes_e4=level), lower=band[0], upper=band[1])
    assert contradiction_of(Extent(volumes=(sound,)), None) is None


# The form of a movement


def moving(tolerance_min: int = 5) -> Extent:
    """Return a movement from noon to 13:00 along a route."""
    return Extent(volumes=(volume(convoy_shape()),), tolerance_ms=tolerance_min * MINUTE_MS)


def held(tolerance_min: int = 5) -> Extent:
    """Return an area held from noon to 13:00."""
    return Extent(volumes=(volume(),), tolerance_ms=tolerance_min * MINUTE_MS)


def test_a_sound_form_stands_beside_a_route_and_beside_an_area() -> None:
    assert contradiction_of(moving(), form()) is None
    assert contradiction_of(held(), form()) is None
    assert contradiction_of(held(), form(leg("Depot", "Camp", 20, 40))) is None


def test_a_route_that_breaks_between_two_segments_is_refused() -> None:
    found = contradicted(moving(), form(leg("Depot", "Mill", 0, 20), leg("Camp", "Dock", 30, 60)))
    assert found.field == "movement.segments[0].to and movement.segments[1].from"
    assert "'Mill'" in found.found and "'Camp'" in found.found
    assert contradiction_of(moving(), form(leg("Depot", "Mill ", 0, 20), leg(" mill", "Dock", 30, 60))) is None


@pytest.mark.parametrize(("departs", "stands"), [(30, True), (29, False), (15, False)])
def test_no_segment_starts_before_the_one_before_it_and_its_halt_have_ended(departs: int, stands: bool) -> None:
    movement = form(leg("Depot", "Mill", 0, 20, halt_min=10), leg("Mill", "Camp", departs, 60))
    found = contradiction_of(moving(), movement)
    assert (found is None) is stands
    if found is not None:
        assert found.field == "movement.segments[0].arrive_ms and movement.segments[1].depart_ms"


def test_a_segment_arrives_after_it_departs_and_no_halt_is_negative() -> None:
    found = contradicted(moving(), form(leg("Depot", "Mill", 20, 20)))
    assert found.field == "movement.segments[0].depart_ms and movement.segments[0].arrive_ms"
    assert contradicted(moving(), form(leg("Depot", "Mill", 0, 60, halt_min=-1))).field.endswith("halt_ms")


def test_a_count_of_no_vehicles_is_refused() -> None:
    for count in (0, -6):
        found = contradicted(moving(), form(vehicles=(TRUCKS, replace(TRUCKS, count=count))))
        assert found.field == "movement.vehicles[1].count"


@pytest.mark.requirement("SZK-34")
@pytest.mark.parametrize(("minutes", "stands"), [(0, True), (5, True), (6, False), (-5, True), (-6, False)])
def test_the_forms_times_are_the_routes_give_or_take_the_tolerance(minutes: int, stands: bool) -> None:
    """A whole minute beyond the tolerance is two windows; less is rounding."""
    early = contradiction_of(moving(), form(leg("Depot", "Camp", minutes, 60)))
    late = contradiction_of(moving(), form(leg("Depot", "Camp", 0, 60 + minutes)))
    assert (early is None, late is None) == (stands, stands)
    if early is not None and late is not None:
        assert early.field == "movement.segments[0].depart_ms and extent.volumes[0].start_ms"
        assert late.field == "movement.segments[0].arrive_ms and extent.volumes[0].end_ms"


def test_a_halt_at_the_end_may_be_part_of_the_route() -> None:
    assert contradiction_of(moving(0), form(leg("Depot", "Camp", 0, 40, halt_min=20))) is None
    assert contradiction_of(moving(0), form(leg("Depot", "Camp", 0, 40, halt_min=10))) is not None


def test_segments_leave_no_held_area_early_or_late() -> None:
    assert contradiction_of(held(), form(leg("Depot", "Camp", -6, 40))) is not None
    assert contradiction_of(held(), form(leg("Depot", "Camp", 20, 66))) is not None


def test_a_refusal_quotes_little_and_nothing_that_reorders_the_line() -> None:
    found = contradicted(moving(), form(leg("Depot", "M\u202eill" + "l" * 9_999, 0, 20), leg("Camp", "Dock", 30, 60)))
    assert len(found.found) < 200
    assert "\u202e" not in found.found


def test_bands_of_the_tests_are_sound() -> None:
    assert contradiction_of(beside(Stated(lower=BAND[0], upper=BAND[1])), None) is None
