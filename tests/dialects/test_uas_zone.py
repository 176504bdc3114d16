"""Applicability in time of UAS zones: hand-derived calendars."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.dialects.uas_zone import GREATEST_WINDOWS, windows_of
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS, format_instant, parse_instant
from sazokar.errors import FieldError, MeaningError

YEAR = {"startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2027-01-01T00:00:00Z"}


def windows(*periods: object) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the windows as texts, and the codes of the warnings."""
    codes: list[str] = []
    found = windows_of(periods, "applicability", lambda code, _: codes.append(code))
    return [(format_instant(start), format_instant(end)) for start, end in found], codes


def daily(start: str | None, end: str | None, *days: str, **more: str) -> dict[str, object]:
    return {"day": list(days) or ["ANY"], "startTime": start, "endTime": end, **more}


def test_no_period_is_always() -> None:
    assert windows_of((), "f", lambda *_: None) == [(BEGINNING_MS, END_MS)]


def test_a_period_without_a_schedule_is_one_window() -> None:
    assert windows(YEAR) == ([("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")], [])


def test_a_permanent_period_has_no_ends() -> None:
    assert windows({"permanent": "YES", **YEAR})[0] == [(format_instant(BEGINNING_MS), format_instant(END_MS))]


def test_a_weekday_recurs_once_a_week() -> None:
    # 14 January 2026 is a Wednesday.
    period = {
        "startDateTime": "2026-01-12T00:00:00Z",
        "endDateTime": "2026-01-26T00:00:00Z",
        "schedule": [daily("17:00Z", "23:59:59.00Z", "WED")],
    }
    assert windows(period) == (
        [("2026-01-14T17:00:00Z", "2026-01-14T23:59:59Z"), ("2026-01-21T17:00:00Z", "2026-01-21T23:59:59Z")],
        [],
    )


def test_windows_are_cut_to_the_period_and_cross_midnight() -> None:
    period = {
        "startDateTime": "2026-01-14T02:00:00Z",
        "endDateTime": "2026-01-15T23:00:00Z",
        "schedule": [daily("22:00:00Z", "04:00:00Z")],
    }
    assert windows(period)[0] == [
        ("2026-01-14T02:00:00Z", "2026-01-14T04:00:00Z"),
        ("2026-01-14T22:00:00Z", "2026-01-15T04:00:00Z"),
        ("2026-01-15T22:00:00Z", "2026-01-15T23:00:00Z"),
    ]


def test_a_day_is_counted_in_the_zone_of_its_times() -> None:
    # 01:00 at +03:00 of Wednesday is 22:00 UTC of Tuesday.
    period = {
        "startDateTime": "2026-01-12T00:00:00Z",
        "endDateTime": "2026-01-19T00:00:00Z",
        "schedule": [daily("01:00:00+03:00", "05:00:00+03:00", "WED")],
    }
    assert windows(period)[0] == [("2026-01-13T22:00:00Z", "2026-01-14T02:00:00Z")]


def test_overlapping_schedules_are_joined() -> None:
    period = {
        "startDateTime": "2026-01-14T00:00:00Z",
        "endDateTime": "2026-01-15T00:00:00Z",
        "schedule": [daily("10:00Z", "12:00Z"), daily("11:00Z", "13:00Z", "WED"), daily("13:00Z", "14:00Z")],
    }
    assert windows(period)[0] == [("2026-01-14T10:00:00Z", "2026-01-14T14:00:00Z")]


@pytest.mark.parametrize(
    "schedule",
    [
        daily(None, "12:00:00Z", startEvent="BMCT"),
        daily("10:00:00Z", None, endEvent="SS"),
        daily("10:00:00", "12:00:00"),
        daily("10:00:00Z", "12:00:00+01:00"),
    ],
)
def test_what_cannot_be_computed_takes_the_whole_period_with_a_warning(schedule: dict[str, object]) -> None:
    assert windows({**YEAR, "schedule": [daily("01:00Z", "02:00Z"), schedule]}) == (
        [("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")],
        ["schedule-not-expanded"],
    )


def test_a_schedule_without_bounds_or_beyond_the_limit_takes_the_whole_period() -> None:
    schedule = [daily("10:00Z", "12:00Z")]
    for period in ({"permanent": "YES"}, {"startDateTime": "2026-01-01T00:00:00Z"}):
        assert windows({**period, "schedule": schedule})[1] == ["schedule-not-expanded"]
    days = GREATEST_WINDOWS
    start = datetime(2026, 1, 1, tzinfo=UTC)
    bounded = {"startDateTime": start.isoformat(), "endDateTime": (start + timedelta(days=days)).isoformat()}
    assert len(windows({**bounded, "schedule": schedule})[0]) == days
    longer = {**bounded, "endDateTime": (start + timedelta(days=days + 1)).isoformat(), "schedule": schedule}
    assert windows(longer) == (
        [("2026-01-01T00:00:00Z", format_instant(parse_instant(longer["endDateTime"])))],  # type: ignore[arg-type]  # a text
        ["schedule-not-expanded"],
    )


@pytest.mark.parametrize(
    "period",
    [
        {"startDateTime": "2026-01-01T00:00:00"},
        {"startDateTime": 5},
        {"startDateTime": "2027-01-01T00:00:00Z", "endDateTime": "2026-01-01T00:00:00Z"},
        {**YEAR, "schedule": [daily("10:00Z", "12:00Z", "FUNDAY")]},
        {**YEAR, "schedule": [{"day": []}]},
        {**YEAR, "schedule": [daily("25:00Z", "12:00Z")]},
        {**YEAR, "schedule": [daily("10:61Z", "12:00Z")]},
        {**YEAR, "schedule": "daily"},
        {**YEAR, "schedule": [5]},
        "always",
    ],
)
def test_a_period_that_cannot_be_read_is_refused(period: object) -> None:
    with pytest.raises(FieldError):
        windows(period)


times = st.one_of(st.none(), st.sampled_from(["00:00Z", "24:00:00Z", "12:30:00+14:00", "23:59:59-12:00", "06:00Z", ""]))
schedules = st.lists(
    st.fixed_dictionaries(
        {
            "startTime": times,
            "endTime": times,
            "day": st.lists(st.sampled_from(["MON", "TUE", "SUN", "ANY"]), min_size=1),
        }
    ),
    max_size=3,
)


@given(schedules, st.integers(0, 400), st.integers(1, 900))
def test_a_minute_is_covered_where_its_weekday_and_time_say_so(
    schedule: list[dict[str, object]], first: int, hours: int
) -> None:
    """Brute force: each hour of the period, judged on its own by the calendar."""
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=first)
    end = start + timedelta(hours=hours)
    period = {"startDateTime": start.isoformat(), "endDateTime": end.isoformat(), "schedule": schedule}
    codes: list[str] = []
    found = windows_of((period,), "f", lambda code, _: codes.append(code))
    if codes or not schedule:
        assert found[0][0] <= parse_instant(start.isoformat()) and found[-1][1] >= parse_instant(end.isoformat())
        return
    moment = start + timedelta(minutes=1)
    while moment < end:
        instant = parse_instant(moment.isoformat())
        assert any(a <= instant < b for a, b in found) == any(_applies(item, moment) for item in schedule)
        moment += timedelta(hours=1)


def _applies(item: dict[str, object], moment: datetime) -> bool:
    """Say by the calendar whether a schedule holds at a moment."""
    first, last = str(item["startTime"] or "00:00"), str(item["endTime"] or "24:00")
    zone = "+00:00"
    for text in (first, last):
        if text[-6:-5] in "+-" and text[-6:-5]:
            zone = text[-6:]
    offset = timedelta(hours=int(zone[1:3])) * (-1 if zone[0] == "-" else 1)
    opens, closes = (
        timedelta(hours=int(t[:2]), minutes=int(t[3:5]), seconds=int(t[6:8]) if t[5:6] == ":" else 0)
        for t in (first, last)
    )
    if closes <= opens:
        closes += timedelta(days=1)
    names = item["day"]
    assert isinstance(names, list)
    local = moment + offset
    for back in (0, 1):
        day = (local - timedelta(days=back)).replace(hour=0, minute=0, second=0)
        named = "ANY" in names or ("MON", "TUE", "", "", "", "", "SUN")[day.weekday()] in names
        if named and opens <= local - day < closes:
            return True
    return False


@given(
    st.recursive(
        st.one_of(st.none(), st.text(max_size=6), st.integers(), st.sampled_from(["2026-01-01T00:00:00Z", "ANY"])),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(
                    ["startDateTime", "endDateTime", "schedule", "day", "startTime", "startEvent", "permanent"]
                ),
                inner,
                max_size=4,
            ),
        ),
    )
)
def test_arbitrary_periods_are_windows_or_a_named_refusal(period: object) -> None:
    with contextlib.suppress(MeaningError):
        windows(period)
