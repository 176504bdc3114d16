"""Agreed zones: they hold when their schedules say, and are judged as their clauses say."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from sazokar.domain.agreement import DAY_MS, Agreement, Schedule, Zone, ZoneKind
from sazokar.domain.plan.height import SURFACE, parse_height
from sazokar.domain.plan.instant import parse_instant
from sazokar.domain.plan.judge import conflicts
from sazokar.domain.plan.shape import Circle, Position, Rectangle
from sazokar.domain.plan.volume import Role, Volume
from sazokar.domain.zones import GREATEST_DAYS, GREATEST_WINDOWS, volumes_of, windows_of
from sazokar.errors import LimitError, MeaningError
from tests.dialects.agreements import LINE, clause, read

pytestmark = pytest.mark.requirement("SZK-03")

HOUR_MS = 3_600_000
JANUARY = parse_instant("2031-01-01T00:00:00Z")
"""A Wednesday."""
FIRST, LAST = JANUARY, JANUARY + 31 * DAY_MS
GEOD = Geodesic.WGS84


def operation(class_: str, lat: float, lon: float, party: str = "ALPHA", hours: tuple[int, int] = (0, 1)) -> Volume:
    """Return a flight that stays over one metre of ground, hours told from 1 January 2031."""
    return Volume(
        operation="one",
        party=party,
        shape=Circle(Position(round(lat * 1e7), round(lon * 1e7)), 1),
        lower=parse_height("5000 FT AMSL"),
        upper=parse_height("6000 FT AMSL"),
        start_ms=JANUARY + hours[0] * HOUR_MS,
        end_ms=JANUARY + hours[1] * HOUR_MS,
        class_=class_,
    )


def clauses_broken(agreement: Agreement, *operations: Volume) -> list[str]:
    """Return the clauses by which the operations conflict with the agreed zones."""
    zones = volumes_of(agreement, FIRST, LAST)
    return [found.rule.clause for found in conflicts([*zones, *operations], agreement.rules())]


def north_of_the_line(metres: float) -> tuple[float, float]:
    """Return the place so far north of the middle of the line, by the geodesic."""
    line = GEOD.InverseLine(12.0, 41.0, 12.0, 43.0)
    middle = line.Position(line.s13 / 2)
    found = GEOD.Direct(middle["lat2"], middle["lon2"], 0.0, metres)
    return found["lat2"], found["lon2"]


@pytest.mark.parametrize(("class_", "buffer_km"), [("fixed-wing", 40), ("uav", 15), ("helicopter", 10)])
@pytest.mark.parametrize("party", ["ALPHA", "BRAVO"])
def test_each_class_keeps_its_own_buffer_from_the_line(class_: str, buffer_km: int, party: str) -> None:
    agreement = read(LINE)
    within, beyond = (north_of_the_line(buffer_km * 1000 + metres) for metres in (-20, 20))
    assert clauses_broken(agreement, operation(class_, *within, party)) == ["3.1"]
    assert clauses_broken(agreement, operation(class_, *beyond, party)) == []


def test_a_class_without_buffer_may_not_cross_the_line_and_may_come_near() -> None:
    agreement = read(LINE)
    across = Volume(
        operation="convoy",
        party="ALPHA",
        shape=Rectangle(415_000_000, 119_000_000, 416_000_000, 121_000_000),
        start_ms=JANUARY,
        end_ms=JANUARY + HOUR_MS,
        class_="truck",
    )
    assert clauses_broken(agreement, operation("truck", *north_of_the_line(50))) == []
    assert clauses_broken(agreement, across) == ["default zone"]


def test_a_corridor_and_a_caution_area_are_judged_by_overlap_or_by_the_clause_about_their_kind() -> None:
    corridor = clause("corridor", 'name = "Lane"\ncorridor = { line = ["12N 41E", "12N 43E"], width = "20NM" }', "3.2")
    caution = clause("special-caution-area", 'name = "Shoals"\ncircle = { centre = "13N 42E", radius = "5km" }', "3.3")
    about = clause("zone-minimum", 'zone_kind = "special-caution-area"\nhorizontal = "2km"', "3.4")
    agreement = read(corridor, caution, about)
    assert clauses_broken(agreement, operation("ship", 12.1, 42.0)) == ["default zone"]
    assert clauses_broken(agreement, operation("ship", 12.3, 42.0)) == []
    near = GEOD.Direct(13.0, 42.0, 180.0, 6_900.0)
    far = GEOD.Direct(13.0, 42.0, 180.0, 7_100.0)
    assert clauses_broken(agreement, operation("ship", near["lat2"], near["lon2"])) == ["3.4"]
    assert clauses_broken(agreement, operation("ship", far["lat2"], far["lon2"])) == []


def test_a_zone_of_influence_judges_the_others_and_never_its_own_party() -> None:
    claim = clause(
        "zone-of-influence", 'name = "North"\nparty = "ALPHA"\ncircle = { centre = "13N 42E", radius = "9km" }'
    )
    agreement = read(claim)
    assert volumes_of(agreement, FIRST, LAST)[0].party == "ALPHA"
    assert clauses_broken(agreement, operation("uav", 13, 42, "ALPHA")) == []
    assert clauses_broken(agreement, operation("uav", 13, 42, "BRAVO")) == ["default zone"]


RESTRICTED = clause(
    "restricted-area",
    'name = "Range"\ncircle = { centre = "13N 42E", radius = "5km" }\nlower = "SFC"\nupper = "FL100"\n'
    '[[clause.schedule]]\nfrom = "2031-01-01T00:00:00Z"\nuntil = "2031-02-01T00:00:00Z"\ndaily = ["08:00Z", "16:00Z"]',
)


@pytest.mark.parametrize(
    ("hours", "is_conflict"), [((6, 8), False), ((7, 9), True), ((15, 17), True), ((16, 18), False), ((32, 33), True)]
)
def test_a_restricted_area_is_judged_within_its_hours_alone(hours: tuple[int, int], *, is_conflict: bool) -> None:
    agreement = read(RESTRICTED)
    assert bool(clauses_broken(agreement, operation("uav", 13, 42, "BRAVO", hours))) is is_conflict


def test_a_restricted_area_is_judged_below_its_ceiling_alone() -> None:
    high = operation("uav", 13, 42, "BRAVO", (9, 10))
    above = Volume(**{**{f: getattr(high, f) for f in high.__struct_fields__}, "lower": parse_height("FL100"),
                      "upper": parse_height("FL120")})  # fmt: skip
    agreement = read(RESTRICTED.replace('"SFC"', '"FL050"'))
    assert clauses_broken(agreement, above) == []


def test_volumes_are_zones_of_the_agreement_and_named_as_clauses_cite_them() -> None:
    found = volumes_of(read(RESTRICTED), FIRST, FIRST + 3 * DAY_MS)
    assert [(v.name, v.role, v.kind, v.index) for v in found] == [
        ("AGREEMENT/Range", Role.ZONE, "restricted-area", n) for n in range(3)
    ]
    assert all(v.lower == SURFACE for v in found)


def zone(*schedules: Schedule) -> Zone:
    """Return a zone with these schedules."""
    shape = Circle(Position(0, 0), 1_000)
    return Zone(number="1", name="Range", kind=ZoneKind.RESTRICTED, shape=shape, schedules=schedules)


def test_a_zone_without_schedule_always_holds() -> None:
    assert windows_of(zone(), FIRST, LAST) == [(FIRST, LAST)]


def test_hours_past_midnight_belong_to_the_day_on_which_they_begin() -> None:
    nights = Schedule(FIRST, LAST, 22 * HOUR_MS, 2 * HOUR_MS, (4,))  # from Fridays to Saturdays
    friday = FIRST + 2 * DAY_MS
    assert windows_of(zone(nights), FIRST, FIRST + 7 * DAY_MS) == [(friday + 22 * HOUR_MS, friday + 26 * HOUR_MS)]


def test_a_night_that_began_before_what_is_asked_for_still_holds() -> None:
    nights = Schedule(FIRST, LAST, 22 * HOUR_MS, 2 * HOUR_MS)
    at = FIRST + 5 * DAY_MS + HOUR_MS
    assert windows_of(zone(nights), at, at + HOUR_MS // 2) == [(at, at + HOUR_MS // 2)]


def test_days_that_touch_are_one_window_and_windows_are_half_open() -> None:
    whole_days = Schedule(FIRST, LAST, 0, DAY_MS, (0, 1, 2, 3, 4))
    assert windows_of(zone(whole_days), FIRST, FIRST + 14 * DAY_MS) == [
        (FIRST, FIRST + 3 * DAY_MS),  # Wednesday to Friday
        (FIRST + 5 * DAY_MS, FIRST + 10 * DAY_MS),
        (FIRST + 12 * DAY_MS, FIRST + 14 * DAY_MS),
    ]
    later = Schedule(FIRST + DAY_MS, FIRST + 2 * DAY_MS)
    assert windows_of(zone(Schedule(FIRST, FIRST + DAY_MS), later), FIRST, LAST) == [(FIRST, FIRST + 2 * DAY_MS)]


@settings(deadline=None)
@given(
    st.integers(0, 30 * 24), st.integers(1, 30 * 24), st.integers(0, 23), st.integers(0, 24),
    st.sets(st.integers(0, 6)).map(lambda days: tuple(sorted(days))), st.integers(0, 60 * 24 - 1),
)  # fmt: skip
def test_an_hour_is_within_a_window_just_where_the_calendar_says(
    from_h: int, lasting_h: int, daily_from: int, daily_until: int, weekdays: tuple[int, ...], at_h: int
) -> None:
    schedule = Schedule(
        FIRST + from_h * HOUR_MS,
        FIRST + (from_h + lasting_h) * HOUR_MS,
        daily_from * HOUR_MS,
        daily_until * HOUR_MS,
        weekdays,
    )
    windows = windows_of(zone(schedule), FIRST, FIRST + 60 * DAY_MS)
    assert windows == sorted(windows)
    assert all(a[1] < b[0] for a, b in itertools.pairwise(windows))
    moment = datetime(2031, 1, 1, tzinfo=UTC) + timedelta(hours=at_h)
    started = moment.hour >= daily_from
    overnight = daily_until <= daily_from
    within = (started or moment.hour < daily_until) if overnight else (started and moment.hour < daily_until)
    began = moment if started else moment - timedelta(days=1)
    holds = from_h <= at_h < from_h + lasting_h and within and (not weekdays or began.weekday() in weekdays)
    at_ms = FIRST + at_h * HOUR_MS
    assert any(start <= at_ms < end for start, end in windows) is holds


def test_more_windows_than_the_bound_are_refused_with_the_zone_and_the_limit() -> None:
    daily = Schedule(FIRST, FIRST + 20_000 * DAY_MS, 8 * HOUR_MS, 16 * HOUR_MS)
    assert len(windows_of(zone(daily), FIRST, FIRST + GREATEST_WINDOWS * DAY_MS)) == GREATEST_WINDOWS
    with pytest.raises(LimitError, match=r"clause 1 \(Range\).*at most 1,000 windows"):
        windows_of(zone(daily), FIRST, FIRST + (GREATEST_WINDOWS + 1) * DAY_MS)


def test_a_schedule_of_more_days_than_the_bound_is_refused_at_once() -> None:
    endless = Schedule(FIRST, FIRST + 2 * GREATEST_DAYS * DAY_MS, 0, DAY_MS, (0, 1, 2, 3, 4, 5))
    with pytest.raises(LimitError, match="days at once"):
        windows_of(zone(endless), FIRST, FIRST + 2 * GREATEST_DAYS * DAY_MS)


def test_whole_days_of_centuries_are_one_window() -> None:
    always = Schedule(FIRST, FIRST + 2 * GREATEST_DAYS * DAY_MS)
    assert len(windows_of(zone(always), FIRST, FIRST + 2 * GREATEST_DAYS * DAY_MS)) == 1


def test_what_is_asked_for_must_last() -> None:
    with pytest.raises(MeaningError):
        volumes_of(read(RESTRICTED), FIRST, FIRST)
