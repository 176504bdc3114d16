"""What ED-269 and ED-318 zones share: fields of JSON objects, coordinates, limits and applicability in time.

Knows neither of the two formats whole; `ed269` and `ed318` do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from sazokar.dialects.document import require_distinct_members
from sazokar.dialects.fields import counted, position_of, quote, reading_field, same_place
from sazokar.dialects.gathering import Gathering
from sazokar.domain.plan.height import SURFACE, UNLIMITED, Height, Reference, Unit, height_of
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS, EPOCH, parse_instant
from sazokar.domain.plan.shape import Polygon, Position, Shape
from sazokar.domain.plan.volume import Role, Volume
from sazokar.errors import FieldError, MeaningError

GREATEST_WINDOWS: Final = 2_000
"""A schedule is expanded into at most this many windows; a longer one is taken as always applicable."""

_DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_DAY_MS: Final = 86_400_000
_TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?", re.ASCII | re.IGNORECASE)
_REFERENCES: Final = {
    "AGL": Reference.AGL, "AMSL": Reference.AMSL, "WGS84": Reference.HAE, "HAE": Reference.HAE, "W84": Reference.HAE,
}  # fmt: skip
_UNITS: Final = {"M": Unit.M, "FT": Unit.FT}

_MEMBERS: Final = frozenset({
    "identifier", "restriction", "applicability", "limitedApplicability", "geometry", "properties", "layer", "extent",
    "horizontalProjection", "coordinates", "center", "radius", "lowerLimit", "upperLimit", "lowerVerticalReference",
    "upperVerticalReference", "uomDimensions", "lower", "upper", "lowerReference", "upperReference", "uom",
    "startDateTime", "endDateTime", "permanent", "schedule", "type",
})  # fmt: skip
"""Members that decide where and when a zone is: one that is named twice contradicts itself (SZK-16)."""

Warn = Callable[[str, str], None]
"""Told the code and the sentence of a warning."""
Window = tuple[int, int]


def object_of(value: object, field: str) -> dict[str, object]:
    """Return a value that is a JSON object.

    Raises:
        FieldError: It is none.
    """
    if not isinstance(value, dict):
        raise FieldError(field, quote(value), "an object")
    return value


class Zone(msgspec.Struct, frozen=True):
    """What a zone is called and when it applies."""

    identifier: str
    kind: str
    windows: list[Window]


Space = tuple[Shape, Height, Height]
"""Shape, lower limit and upper limit."""


def gather_features(
    features: Sequence[msgspec.Raw], gathering: Gathering, read_zone: Callable[[dict[str, object], str], None]
) -> None:
    """Read each feature of a file, under the name by which a person would find it.

    Args:
        features: The JSON of each.
        gathering: Keeps what is read, and what is wrong.
        read_zone: Told a feature and its name.
    """
    for number, raw in enumerate(features, start=1):
        fault, feature = _decoded(raw)
        name = f"feature {number}" + _shown_identifier(feature)
        with gathering.feature(name):
            if fault is not None:
                raise fault
            require_distinct_members(bytes(raw), _MEMBERS)
            read_zone(object_of(feature, ""), name)


def _decoded(raw: msgspec.Raw) -> tuple[MeaningError | None, object]:
    """Return a feature, or what is wrong with its text: numbers and texts are looked into only now."""
    try:
        return None, msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return MeaningError(f"text that is not JSON ({error})", "JSON"), None


def _shown_identifier(feature: object) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    holder = properties if isinstance(properties, dict) and "identifier" in properties else feature
    identifier = holder.get("identifier") if isinstance(holder, dict) else None
    return f" ({identifier[:60]})" if isinstance(identifier, str) else ""


def gather_zone(zone: Zone, space: Space, name: str, gathering: Gathering) -> None:
    """Keep a space of a zone, once for each window in which it applies; the party is the file's stem.

    Raises:
        FieldError: It contradicts itself, or its shape cannot be judged.
    """
    shape, lower, upper = space
    for start_ms, end_ms in zone.windows:
        volume = Volume(
            operation=zone.identifier,
            party=gathering.party_instead(),
            shape=shape,
            lower=lower,
            upper=upper,
            start_ms=start_ms,
            end_ms=end_ms,
            role=Role.ZONE,
            kind=zone.kind,
        )
        gathering.add(volume, name)


def list_of(value: object, field: str) -> list[object]:
    """Return a value that is a JSON list.

    Raises:
        FieldError: It is none.
    """
    if not isinstance(value, list):
        raise FieldError(field, quote(value), "a list")
    return value


def text_of(holder: Mapping[str, object], field: str) -> str:
    """Return a text that is not empty.

    Raises:
        FieldError: It is missing, empty, or no text.
    """
    value = holder.get(field)
    if not isinstance(value, str) or not value.strip():
        raise FieldError(field, quote(value) if value is not None else "none", "a text")
    return value.strip()


def number_of(value: object, field: str) -> float:
    """Return a finite number.

    Raises:
        FieldError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FieldError(field, quote(value) if value is not None else "none", "a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise FieldError(field, quote(value), "a finite number")
    return number


def vertex_of(value: object, field: str) -> Position:
    """Return the position of a GeoJSON coordinate: longitude, latitude.

    Raises:
        FieldError: It is none.
    """
    pair = list_of(value, field)
    if len(pair) not in (2, 3):
        raise FieldError(field, counted(len(pair), "number"), "longitude and latitude")
    return position_of(number_of(pair[1], field), number_of(pair[0], field))


def polygon_of(value: object, field: str) -> Polygon:
    """Return the polygon of GeoJSON coordinates: rings of positions, each closed.

    Raises:
        FieldError: A ring is not closed, or too short, or holds what is no position.
    """
    rings = [_ring(ring, field) for ring in list_of(value, field)]
    if not rings:
        raise FieldError(field, "no ring", "an outer ring, then holes")
    return Polygon(tuple(rings))


def _ring(value: object, field: str) -> tuple[Position, ...]:
    ring = [vertex_of(vertex, field) for vertex in list_of(value, field)]
    if len(ring) < 4:
        raise FieldError(
            field, f"a ring of {counted(len(ring), 'position')}", "four or more, the last the same as the first"
        )
    if not same_place(ring[0], ring[-1]):
        raise FieldError(field, "a ring that is not closed", "a last position that is the same as the first")
    return tuple(ring[:-1])


def unit_of(holder: Mapping[str, object], field: str) -> Unit:
    """Return the unit of the limits, metres where none is named.

    Raises:
        FieldError: It is neither metres nor feet.
    """
    value = holder.get(field, "M")
    unit = _UNITS.get(value.strip().upper()) if isinstance(value, str) else None
    if unit is None:
        raise FieldError(field, quote(value), "M or FT")
    return unit


class LimitFields(msgspec.Struct, frozen=True):
    """What a format calls one of the two limits, and its reference."""

    value: str
    reference: str
    upper: bool


def limit_of(holder: Mapping[str, object], fields: LimitFields, unit: Unit, warn: Warn) -> Height:
    """Return a limit; one that is not given is the surface, or unlimited, with a warning.

    Raises:
        FieldError: It is no number, or its reference is not named or not known.
    """
    value = holder.get(fields.value)
    if value is None:
        taken = UNLIMITED if fields.upper else SURFACE
        warn("missing-upper" if fields.upper else "missing-lower", f"It has no {fields.value}; {taken} was taken.")
        return taken
    written = holder.get(fields.reference)
    reference = _REFERENCES.get(written.strip().upper()) if isinstance(written, str) else None
    if reference is None:
        found = quote(written) if written is not None else "none"
        raise FieldError(fields.reference, found, "AGL, AMSL or WGS84")
    with reading_field(fields.value):
        return height_of(number_of(value, fields.value), unit, reference, ceil=fields.upper)


def windows_of(periods: Sequence[object], field: str, warn: Warn) -> list[Window]:
    """Return when a zone applies: the windows of all its periods, sorted, overlapping ones joined; none: always.

    Raises:
        FieldError: A time cannot be read, bears no zone, or ends before it starts.
    """
    windows = [window for period in periods for window in _period(object_of(period, field), field, warn)]
    joined = _joined(windows)
    if len(joined) > GREATEST_WINDOWS:
        warn("schedule-not-expanded", f"It has more than {GREATEST_WINDOWS:,} windows; their whole span was taken.")
        return [(joined[0][0], joined[-1][1])]
    return joined or [(BEGINNING_MS, END_MS)]


def _joined(windows: list[Window]) -> list[Window]:
    joined: list[Window] = []
    for start, end in sorted(windows):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _period(period: dict[str, object], field: str, warn: Warn) -> list[Window]:
    permanent = period.get("permanent")
    start = _instant(period, "startDateTime", field, BEGINNING_MS)
    end = _instant(period, "endDateTime", field, END_MS)
    if isinstance(permanent, str) and permanent.upper() == "YES":
        start, end = BEGINNING_MS, END_MS
    if start >= end:
        raise FieldError(
            field, f"{period.get('startDateTime')} to {period.get('endDateTime')}", "an end after the start"
        )
    schedule = list_of(period.get("schedule") or [], f"{field}.schedule")
    if not schedule:
        return [(start, end)]
    if start == BEGINNING_MS or end == END_MS:
        warn("schedule-not-expanded", "Its daily schedule has no first or last day; it was taken as always applicable.")
        return [(start, end)]
    dailies = [_daily(object_of(item, f"{field}.schedule"), f"{field}.schedule", warn) for item in schedule]
    windows: list[Window] = []
    for daily in dailies:
        if daily is None:
            return [(start, end)]
        for window in daily.windows(start, end):
            windows.append(window)
            if len(windows) > GREATEST_WINDOWS:
                warn(
                    "schedule-not-expanded",
                    f"Its daily schedule gives more than {GREATEST_WINDOWS:,} windows; the whole period was taken.",
                )
                return [(start, end)]
    if not windows:
        warn("schedule-empty", "Its daily schedule never falls within its period; the whole period was taken.")
        return [(start, end)]
    return windows


def _instant(period: dict[str, object], name: str, field: str, default: int) -> int:
    value = period.get(name)
    if value is None or value == "":
        return default
    if not isinstance(value, str):
        raise FieldError(f"{field}.{name}", quote(value), "an RFC 3339 time with a zone")
    with reading_field(f"{field}.{name}"):
        return parse_instant(value.strip(), ceil=name == "endDateTime")


class _Daily(msgspec.Struct, frozen=True):
    """One daily window.

    Args:
        days: Weekdays on which it starts, 0 = Monday.
        start_ms: Its start after 00:00 UTC of that day; negative: the day before, as an offset of its zone may have it.
        end_ms: Its end likewise, after the start.
        shift_ms: Offset of the zone in which the day is counted.
    """

    days: frozenset[int]
    start_ms: int
    end_ms: int
    shift_ms: int

    def windows(self, start: int, end: int) -> Iterator[Window]:
        """Yield its windows cut to a period; one that began the day before is kept."""
        day = _date(max(start - 2 * _DAY_MS, BEGINNING_MS))
        while (midnight := _midnight(day) - self.shift_ms) + self.start_ms < end:
            first, last = max(start, midnight + self.start_ms), min(end, midnight + self.end_ms)
            if day.weekday() in self.days and first < last:
                yield first, last
            if day == date.max:
                return
            day += timedelta(days=1)


def _date(instant: int) -> date:
    return (EPOCH + timedelta(milliseconds=instant)).date()


def _midnight(day: date) -> int:
    return (datetime(day.year, day.month, day.day, tzinfo=EPOCH.tzinfo) - EPOCH) // timedelta(milliseconds=1)


def _daily(item: dict[str, object], field: str, warn: Warn) -> _Daily | None:
    """Return a daily window; None: it hangs on the sun, or on a zone that it does not name, and is not computable."""
    days: set[int] = set()
    written = item.get("day", ["ANY"])
    for name in written if isinstance(written, list) else [written]:
        if not isinstance(name, str) or (name.upper() != "ANY" and name.upper() not in _DAYS):
            raise FieldError(f"{field}.day", quote(name), "MON, TUE, WED, THU, FRI, SAT, SUN or ANY")
        days |= set(range(7)) if name.upper() == "ANY" else {_DAYS.index(name.upper())}
    if not days:
        raise FieldError(f"{field}.day", "no day", "MON, TUE, WED, THU, FRI, SAT, SUN or ANY")
    for event in ("startEvent", "endEvent"):
        if item.get(event):
            warn(
                "schedule-not-expanded",
                f"It is scheduled by {item[event]!r}, an event of the sun; the whole period was taken.",
            )
            return None
    start = _time(item.get("startTime"), f"{field}.startTime", 0)
    end = _time(item.get("endTime"), f"{field}.endTime", _DAY_MS)
    zones = {zone for given, (_, zone) in ((item.get("startTime"), start), (item.get("endTime"), end)) if given}
    if None in zones or len(zones) > 1:
        warn("schedule-not-expanded", "Its daily times name no zone, or two; the whole period was taken.")
        return None
    shift = zones.pop() if zones else 0
    return _Daily(frozenset(days), start[0], end[0] if end[0] > start[0] else end[0] + _DAY_MS, shift or 0)


def _time(value: object, field: str, default: int) -> tuple[int, int | None]:
    """Return a time of day in ms after midnight, and the offset of its zone in ms (None: it names none)."""
    if value is None or value == "":
        return default, 0
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise FieldError(field, quote(value), "a time of day with a zone, such as 17:00:00Z")
    hours, minutes, seconds = (int(part or 0) for part in match.groups()[:3])
    if (hours, minutes, seconds) > (24, 0, 0) or minutes > 59 or seconds > 59:
        raise FieldError(field, quote(value), "a time of day that exists")
    milliseconds = int((match.group(4) or "0").ljust(9, "0")) // 1_000_000
    instant = ((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds
    zone = match.group(5)
    if zone is None:
        return instant, None
    if zone in "Zz":
        return instant, 0
    offset = (int(zone[1:3]) * 60 + int(zone[4:6])) * 60_000
    if offset > 14 * 3_600_000:
        raise FieldError(field, quote(value), "an offset of at most 14 hours")
    return instant, -offset if zone[0] == "-" else offset
