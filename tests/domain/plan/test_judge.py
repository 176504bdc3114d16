"""When, how near and by which rule: windows that can be written down, and a court told of changes one by one."""

from __future__ import annotations

import math
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sazokar.domain.plan.conflict import Conflict
from sazokar.domain.plan.judge import Court, conflicts
from sazokar.domain.plan.rules import Minima, RuleSet, SeparationClause, ZoneClause
from sazokar.domain.plan.shape import Circle, Corridor, Movement, Position
from sazokar.domain.plan.volume import Role, Volume
from tests.domain.filed import HOUR_MS, NOON_MS, disc, feet, filed, flight
from tests.engine.crowd import Crowd
from tests.engine.sky import GEOD

EAST_M, NORTH_M = 111_319.490793, 110_574.2758
"""A degree along the equator, and of latitude at the equator, m (WGS 84)."""
MILE_M = 1_852.0
KNOT = MILE_M / 3600


def rules(horizontal_m: float, vertical_ft: int = 1_000, time_ms: int = 0) -> RuleSet:
    return RuleSet(default=Minima(round(horizontal_m * 1000), vertical_ft * 3048, time_ms))


def of_two(a: Volume, b: Volume, given: RuleSet) -> Conflict | None:
    found = conflicts([a, b], given)
    assert found == conflicts([b, a], given), "the order of the input decided"
    assert len(found) <= 1
    return found[0] if found else None


LEVEL = (feet(10_000), feet(11_000))


def crossing(east_knots: float, north_knots: float, late_s: float) -> tuple[Volume, Volume]:
    """One along the equator through 0, 0 at 600 s; one along the meridian through it so many seconds later."""
    run, climb = east_knots * KNOT / EAST_M, north_knots * KNOT / NORTH_M
    east = flight([(0, -600 * run, 0), (0, 600 * run, 1_200_000)])
    north = flight([((-600 - late_s) * climb, 0, 0), ((600 - late_s) * climb, 0, 1_200_000)])
    return filed("A", east, LEVEL), filed("B", north, LEVEL)


@pytest.mark.requirement("SZK-30")
@pytest.mark.parametrize("minimum_m", [500.0, 1_852.0, 9_260.0])
@pytest.mark.parametrize("late_s", [0.0, 5.0, -20.0, 60.0])
@pytest.mark.parametrize("east_knots, north_knots", [(250, 250), (480, 120), (30, 420)])
def test_two_that_cross_at_right_angles_conflict_when_the_formula_says(
    east_knots: float, north_knots: float, late_s: float, minimum_m: float
) -> None:
    """At t the two are (u t) east and (v (t - late)) north of the crossing: a quadratic in t."""
    a, b = crossing(east_knots, north_knots, late_s)
    u, v = east_knots * KNOT, north_knots * KNOT
    least_m = u * v * abs(late_s) / math.hypot(u, v)
    nearest_s = 600 + v * v * late_s / (u * u + v * v)
    found = of_two(a, b, rules(minimum_m))
    if least_m > minimum_m + 0.5:
        assert found is None
        return
    assert found is not None
    half_s = math.sqrt(minimum_m**2 - least_m**2) / math.hypot(u, v)
    assert found.start_ms - NOON_MS == pytest.approx(max(0, nearest_s - half_s) * 1000, abs=50)
    assert found.end_ms - NOON_MS == pytest.approx(min(1_200, nearest_s + half_s) * 1000, abs=50)
    assert found.horizontal_mm / 1000 == pytest.approx(least_m, abs=0.05)
    assert found.simultaneous


def test_one_that_overtakes_conflicts_while_it_is_within_the_minimum() -> None:
    """Along the equator, 200 m/s behind 150 m/s, 10 km behind at noon: level after 200 s, 50 m/s nearer and further."""
    fast = filed("A", flight([(0, 0, 0), (0, 400 * 200 / EAST_M, 400_000)]), LEVEL)
    slow = filed("B", flight([(0, 10_000 / EAST_M, 0), (0, (10_000 + 400 * 150) / EAST_M, 400_000)]), LEVEL)
    found = of_two(fast, slow, rules(2_500))
    assert found is not None
    assert found.start_ms - NOON_MS == pytest.approx(150_000, abs=5)
    assert found.end_ms - NOON_MS == pytest.approx(250_000, abs=5)
    assert found.horizontal_mm < 20


def test_one_that_passes_a_circle_conflicts_while_it_is_within_radius_and_minimum() -> None:
    """100 m/s along the equator past a circle of 3 km whose centre lies 4 km north: 5 km away for 60 s."""
    passing = filed("A", flight([(0, -0.2, 0), (0, 0.2, round(0.4 * EAST_M * 10))]), LEVEL)
    middle_ms = round(0.2 * EAST_M * 10)
    site = filed("B", disc(4_000 / NORTH_M, 0, 3_000), LEVEL)
    found = of_two(passing, site, rules(2_000))
    assert found is not None
    assert found.start_ms - NOON_MS == pytest.approx(middle_ms - 30_000, abs=20)
    assert found.end_ms - NOON_MS == pytest.approx(middle_ms + 30_000, abs=20)
    assert found.horizontal_mm / 1000 == pytest.approx(1_000, abs=0.05)
    assert of_two(passing, site, rules(999.9)) is None
    assert of_two(passing, site, rules(1_000.1)) is not None


def test_what_moves_is_not_the_box_around_it() -> None:
    """Two that use the same crossing half an hour apart, and whose lines cross."""
    a, b = crossing(400, 400, 0)
    assert of_two(a, b, rules(MILE_M)) is not None
    a, b = crossing(400, 400, 500)
    assert of_two(a, b, rules(MILE_M)) is None


@pytest.mark.requirement("SZK-30")
@pytest.mark.parametrize(
    "margin_ms, gap_ms, met",
    [(0, -1, True), (0, 0, False), (1, 0, True), (1, 1, False), (60_000, 59_999, True), (60_000, 60_000, False)],
)
def test_windows_are_half_open_and_the_margin_is_strict(margin_ms: int, gap_ms: int, met: bool) -> None:
    first = filed("A", window=(0, HOUR_MS))
    then = filed("B", window=(HOUR_MS + gap_ms, 2 * HOUR_MS))
    found = of_two(first, then, rules(0, 0, margin_ms))
    assert (found is not None) is met
    if found is not None and gap_ms >= 0:
        assert not found.simultaneous
        assert found.start_ms >= first.end_ms - margin_ms, "no instant that the margin does not join"
        assert found.start_ms < first.end_ms
        assert found.end_ms > then.start_ms
        assert found.end_ms <= then.start_ms + margin_ms
    elif found is not None:
        assert (found.start_ms, found.end_ms) == (then.start_ms, first.end_ms)
        assert found.simultaneous


@pytest.mark.parametrize("margin_s, met", [(499, False), (501, True)])
def test_the_margin_joins_two_that_pass_one_place_at_different_times(margin_s: int, met: bool) -> None:
    """The second is at the crossing 500 s after the first, and nearer to the first's place at no smaller lag."""
    a, b = crossing(400, 400, 500)
    found = of_two(a, b, rules(1, time_ms=margin_s * 1000))
    assert (found is not None) is met
    if found is not None:
        assert not found.simultaneous
        assert found.start_ms <= NOON_MS + 600_000 + 1_000
        assert found.end_ms >= NOON_MS + 1_100_000 - 1_000
        assert found.start_ms >= NOON_MS + 595_000
        assert found.end_ms <= NOON_MS + 1_105_000


def encounter_of(shared: Path, name: str, offset_ms: int = 0) -> tuple[Volume, Volume]:
    """Return own ship and intruder of a DAIDALUS encounter, second by second."""
    text = (shared / "data/encounters/daidalus" / name).read_text(encoding="utf-8")
    rows = [line.split(",") for line in text.splitlines()[3:]]
    tracks = []
    for ship in ("Ownship", "Intruder"):
        own = [[float(x) for x in row[1:10]] for row in rows if row[0] == ship]
        line = tuple(Position(round(r[0] * 1e7), round(r[1] * 1e7)) for r in own)
        times = tuple(NOON_MS + round(r[8] * 1000) + offset_ms for r in own)
        heights = tuple(round(r[2] * 3048) for r in own)
        tracks.append(filed(ship, Movement(line, times, 0, heights), (feet(15_000), feet(15_000))))
    return tracks[0], tracks[1]


@pytest.mark.requirement("SZK-30")
@pytest.mark.parametrize("minimum_miles", [1.0, 2.0, 5.0])
def test_the_head_on_encounter_of_daidalus_is_nearest_at_100_s_half_a_mile_apart(
    shared: Path, minimum_miles: float
) -> None:
    """120 and 180 kt head on: 300 kt together, passing half a mile aside after 100 s (H0.txt)."""
    own, intruder = encounter_of(shared, "H0_0_120.daa")
    found = of_two(own, intruder, rules(minimum_miles * MILE_M))
    assert found is not None
    half_s = math.sqrt(minimum_miles**2 - 0.5**2) / 300 * 3600
    assert found.start_ms - NOON_MS == pytest.approx((100 - half_s) * 1000, abs=1_000)
    assert found.end_ms - NOON_MS == pytest.approx(min(120, 100 + half_s) * 1000, abs=1_000)
    assert found.horizontal_mm / 1000 == pytest.approx(0.5 * MILE_M, rel=0.005)
    assert of_two(own, intruder, rules(0.49 * MILE_M)) is None


@pytest.mark.requirement("SZK-30")
def test_the_crossing_encounter_of_daidalus_ends_in_collision_at_120_s(shared: Path) -> None:
    """150 and 120 kt at right angles, at one place after 120 s (C0.txt)."""
    own, intruder = encounter_of(shared, "C0_0_120.daa")
    for minimum_miles in (0.05, 0.5, 1.0):
        found = of_two(own, intruder, rules(minimum_miles * MILE_M))
        assert found is not None
        before_s = minimum_miles / math.hypot(150, 120) * 3600
        assert found.start_ms - NOON_MS == pytest.approx((120 - before_s) * 1000, abs=1_000)
        assert found.end_ms == NOON_MS + 120_000
        assert found.horizontal_mm < 500
    _, late = encounter_of(shared, "C0_0_120.daa", offset_ms=30_000)
    parted = of_two(own, late, rules(0.5 * MILE_M))
    assert parted is None, "30 s late the intruder passes 0.78 miles behind"


def test_a_conflict_is_named_by_party_operation_and_index_and_found_where_it_is() -> None:
    a, b = crossing(400, 400, 0)
    found = of_two(b, a, rules(MILE_M))
    assert found is not None
    assert (found.a.party, found.b.party) == ("A", "B")
    _, _, off = GEOD.inv(found.at.lon, found.at.lat, 0, 0)
    assert off < 1.0
    assert found.rule.clause == "default"


def test_pairs_of_a_party_are_judged_only_where_asked_and_of_an_operation_never() -> None:
    one, other = filed("A", name="x"), filed("A", name="y")
    assert conflicts([one, other]) == []
    assert len(conflicts([one, other], same_party=True)) == 1
    parts = [filed("A", name="x"), filed("A", name="x")]
    assert conflicts(parts, same_party=True) == []


def test_the_most_specific_clause_is_cited_and_its_minima_hold() -> None:
    clauses = (
        SeparationClause("3.1", ("transport", "any"), Minima(5_000_000, 0, 0)),
        SeparationClause("3.2", ("transport", "uav"), Minima(20_000_000, 0, 0)),
        ZoneClause("4", Minima(1_000_000, 0, 0), zone="site"),
    )
    given = RuleSet(default=Minima(0, 0, 0), clauses=clauses)

    def volume(party: str, lat: float, class_: str, role: Role = Role.OPERATION, name: str = "one") -> Volume:
        band, shape = (feet(0), feet(100)), disc(lat, 8, 100)
        return replace(filed(party, shape, band, name=name), class_=class_, role=role)

    plane, drone = volume("A", 50, "transport"), volume("B", 50.1, "uav")
    site = volume("C", 50.105, "any", Role.ZONE, "site")
    assert [c.rule.clause for c in conflicts([plane, drone], given)] == ["3.2"], "11 km apart, 20 to keep"
    assert [c.rule.clause for c in conflicts([plane, volume("B", 50.04, "boat")], given)] == ["3.1"]
    assert conflicts([plane, volume("B", 50.1, "boat")], given) == []
    assert [c.rule.clause for c in conflicts([drone, site], given)] == ["4"]
    assert conflicts([plane, site], given) == []
    beside = volume("D", 50.105, "any", Role.ZONE, "other")
    assert conflicts([site, beside], given) == [], "zones never conflict with zones"


@pytest.mark.slow
@pytest.mark.requirement("SZK-30")
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_court_told_one_by_one_knows_what_one_told_all_at_once_knows(seed: int) -> None:
    draw = Random(seed)
    crowd = Crowd(seed, 50.0, 179.8, 1.2, 0.3)
    given_rules = rules(5 * MILE_M, 1_000, 60_000)
    standing = {v.operation: v for v in crowd.volumes(150)}
    court = Court(standing.values(), given_rules)
    known = {_names(c): c for c in court.conflicts()}
    for number in range(150, 200):
        match draw.choice(("insert", "amend", "amend", "remove")):
            case "insert":
                new = crowd.volume(number)
            case "amend":
                old = draw.choice(list(standing.values()))
                new = replace(crowd.volume(number), operation=old.operation, party=old.party)
            case _:
                gone = draw.choice(list(standing.values()))
                assert court.remove(gone.party, gone.operation) == [gone]
                del standing[gone.operation]
                known = {names: c for names, c in known.items() if gone.name not in names}
                continue
        brought = court.amend([new]) if new.operation in standing else court.insert([new])
        standing[new.operation] = new
        known = {names: c for names, c in known.items() if new.name not in names}
        known |= {_names(c): c for c in brought}
        assert all(new.name in _names(c) for c in brought)
    expected = conflicts(standing.values(), given_rules)
    assert {_names(c): c for c in expected} == known
    assert court.conflicts() == expected


def _names(conflict: Conflict) -> tuple[str, str]:
    return conflict.a.name, conflict.b.name


def classed(party: str, lat: float, class_: str, index: int = 0) -> Volume:
    return replace(filed(party, disc(lat, 8, 100), LEVEL), class_=class_, index=index)


@pytest.mark.requirement("SZK-30")
def test_an_operation_whose_second_volume_is_of_a_new_class_brings_all_its_conflicts() -> None:
    court = Court([classed("Z", 10, "any"), classed("Y", 20, "any"), classed("B", 50, "any")], rules(20_000))
    court.remove("Z", "one")
    brought = court.insert([classed("A", 50.01, "any"), classed("A", 20.01, "new", index=1)])
    assert {(c.a.index, c.b.name) for c in brought} == {(0, "B/one"), (1, "Y/one")}


@pytest.mark.requirement("SZK-30")
def test_what_would_conflict_is_known_for_a_class_never_seen_too() -> None:
    court = Court([classed("B", 50, "any")], rules(20_000))
    assert court.would_conflict([classed("A", 50.01, "new")], "A", "one") == {0}
    assert len(court.insert([classed("A", 50.01, "new")])) == 1


def test_what_would_conflict_is_what_does_once_it_is_inserted() -> None:
    crowd = Crowd(22, -33.0, -179.9, 1.0, 0.3)
    court = Court(crowd.volumes(80), rules(5 * MILE_M))
    for number in range(80, 130):
        volume = crowd.volume(number)
        foreseen = court.would_conflict([volume], volume.party, volume.operation)
        found = court.insert([volume])
        assert {court.volumes[n] for n in foreseen} == {c.a if c.b == volume else c.b for c in found}


def test_a_corridor_and_a_circle_far_away_in_one_court_change_nothing() -> None:
    a, b = crossing(400, 400, 0)
    far = filed("C", Corridor((Position(-700_000_000, 100), Position(-700_000_000, 10_000_000)), 1_000_000), LEVEL)
    alone = of_two(a, b, rules(MILE_M))
    assert alone is not None
    assert conflicts([far, a, filed("D", Circle(Position(600_000_000, 0), 1), LEVEL), b], rules(MILE_M)) == [alone]
