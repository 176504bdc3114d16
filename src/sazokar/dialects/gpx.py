"""GPX 1.0 and 1.1: timed tracks and timed routes become movements, one volume per track segment or route.

`ele` is metres above mean sea level, linear between points. GPX has no words for a party, a width or a height of the
band: an `<extensions>` of the track or route may hold them as elements of the namespace `urn:sazokar:gpx:1`, named
`operation`, `party`, `class`, `kind`, `priority`, `half_width_m`, `half_height_m`. Where they are absent the party is
the file's stem (with a warning), the operation the track's name, and width and height are 0.

A waypoint is no plan: pointed out and left. An empty segment likewise. A segment of a single point is refused: it says
that something is there, but not for how long. Nothing is written in this dialect.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element

import msgspec

from sazokar.dialects.fields import counted, length_written, position_of, priority_written, quote, reading_field
from sazokar.dialects.gathering import Gathering
from sazokar.dialects.reading import Reading
from sazokar.dialects.xml import child_text, children, local_name, parse_xml, split_name
from sazokar.domain.plan.height import SURFACE, UNLIMITED, Height, Reference, Unit, height_of
from sazokar.domain.plan.instant import parse_instant
from sazokar.domain.plan.shape import Movement
from sazokar.domain.plan.volume import ANY_CLASS, Volume
from sazokar.errors import FieldError, UnreadableError

NAMESPACE: Final = "urn:sazokar:gpx:1"
"""Namespace of what a track or route may say of itself in its `<extensions>`."""

_POINT_NAMES: Final = {"trk": "trkpt", "rte": "rtept"}


class Point(msgspec.Struct, frozen=True):
    """A point as it stands in the file.

    Args:
        lat: Latitude, degrees.
        lon: Longitude, degrees.
        ele_m: Metres AMSL; None: not given.
        time: Its time, as written; None: not given.
    """

    lat: float
    lon: float
    ele_m: float | None
    time: str | None


def read(content: bytes, file: str) -> Reading:
    """Return the movements of a GPX file.

    Raises:
        LimitError: The file is beyond a stated limit.
        UnreadableError: It is no GPX.
    """
    root = parse_xml(content, file)
    if local_name(root) != "gpx":
        raise UnreadableError(f"{file}: found the root element {quote(local_name(root))}; expected gpx")
    gathering = Gathering(file)
    waypoints = sum(1 for _ in children(root, "wpt"))
    if waypoints:
        gathering.warn("waypoints-ignored", "", f"{counted(waypoints, 'waypoint')} without a duration, not judged.")
    for kind, label in (("trk", "track"), ("rte", "route")):
        for number, line in enumerate(children(root, kind), start=1):
            _read_line(line, f"{label} {number}", gathering)
    return gathering.reading()


def point_elements(line: Element) -> list[list[Element]]:
    """Return the points of a track, segment by segment, or of a route, as one segment."""
    kind = local_name(line)
    groups = children(line, "trkseg") if kind == "trk" else iter((line,))
    return [list(children(group, _POINT_NAMES[kind])) for group in groups]


def point_of(element: Element) -> Point:
    """Return a point as it stands.

    Raises:
        FieldError: Its latitude, longitude or elevation is missing or no number.
    """
    ele = child_text(element, "ele")
    return Point(
        _number(element.get("lat"), "lat"),
        _number(element.get("lon"), "lon"),
        _number(ele, "ele") if ele else None,
        child_text(element, "time") or None,
    )


def _number(text: str | None, field: str) -> float:
    try:
        return float(text or "")
    except ValueError as error:
        raise FieldError(field, quote(text) if text else "nothing", "a number") from error


def _read_line(line: Element, label: str, gathering: Gathering) -> None:
    """Read one track or route; each of its segments is a feature of its own."""
    name = child_text(line, "name") or label
    segments = point_elements(line)
    for number, elements in enumerate(segments, start=1):
        feature = f"{label} ({name})" + (f", segment {number}" if len(segments) > 1 else "")
        if not elements:
            gathering.warn("empty-segment", feature, "A segment without points was left out.")
            continue
        with gathering.feature(feature):
            _read_segment(elements, _extensions(line), name, feature, gathering)


def _read_segment(
    elements: list[Element], extensions: dict[str, str], name: str, feature: str, gathering: Gathering
) -> None:
    points, times = _timed(elements)
    if len(points) < 2:
        raise FieldError("points", "one point (or several that say the same)", "two points or more, each with its time")
    half_width = length_written(extensions.get("half_width_m", "0"), "half_width_m")
    half_height = length_written(extensions.get("half_height_m", "0"), "half_height_m", 10_000)
    altitudes = _altitudes(points, feature, gathering)
    lower, upper = _band(altitudes, half_height)
    shape = Movement(
        tuple(position_of(point.lat, point.lon) for point in points),
        tuple(times),
        half_width,
        altitudes,
        half_height if altitudes else 0,
    )
    volume = Volume(
        operation=extensions.get("operation") or name,
        party=extensions.get("party") or gathering.party_instead(),
        shape=shape,
        lower=lower,
        upper=upper,
        start_ms=times[0],
        end_ms=times[-1],
        class_=extensions.get("class") or ANY_CLASS,
        kind=extensions.get("kind", ""),
        priority=priority_written(extensions.get("priority", "0")),
    )
    gathering.add(volume, feature)


def _timed(elements: list[Element]) -> tuple[list[Point], list[int]]:
    """Return the points and their instants; a point that only repeats the one before it is dropped.

    Raises:
        FieldError: A point has no time, or a time that is not after that of the point before it.
    """
    points: list[Point] = []
    times: list[int] = []
    for number, element in enumerate(elements, start=1):
        with reading_field(f"point {number}"):
            point = point_of(element)
        if point.time is None:
            raise FieldError(f"point {number}, time", "none", "a time for every point, such as 2026-01-14T18:00:00Z")
        with reading_field(f"point {number}, time"):
            instant = parse_instant(point.time)
        if times and instant <= times[-1]:
            before = points[-1]
            if instant == times[-1] and (point.lat, point.lon, point.ele_m) == (before.lat, before.lon, before.ele_m):
                continue
            raise FieldError(
                f"points {number - 1} and {number}, time",
                f"{before.time} and then {point.time}",
                "each time after the one before it",
            )
        points.append(point)
        times.append(instant)
    return points, times


def _altitudes(points: Sequence[Point], feature: str, gathering: Gathering) -> tuple[int, ...]:
    """Return a height per point, 1e-4 m AMSL, or none where one point has none."""
    known = [point.ele_m for point in points if point.ele_m is not None]
    if len(known) < len(points):
        gathering.warn(
            "missing-elevation",
            feature,
            f"{len(points) - len(known):,} of {counted(len(points), 'point')} without an elevation; SFC to UNL was taken.",
        )
        return ()
    with reading_field("ele"):
        return tuple(height_of(ele, Unit.M, Reference.AMSL).e4 for ele in known)


def _band(altitudes: tuple[int, ...], half_height_e4: int) -> tuple[Height, Height]:
    if not altitudes:
        return SURFACE, UNLIMITED
    lower_e4, upper_e4 = min(altitudes) - half_height_e4, max(altitudes) + half_height_e4
    # A band has a thickness; that of level flight is the least that can be held.
    return (
        Height(lower_e4, Unit.M, Reference.AMSL),
        Height(max(upper_e4, lower_e4 + 1), Unit.M, Reference.AMSL),
    )


def _extensions(line: Element) -> dict[str, str]:
    return {
        local_name(element): (element.text or "").strip()
        for holder in children(line, "extensions")
        for element in holder
        if split_name(element)[0] == NAMESPACE
    }
