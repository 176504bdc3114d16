"""The placemarks of a KML document as they stand: geometry, times, names and data. Gives them no meaning.

`kml` makes volumes of them. Coordinates are kept as written (degrees, metres); the ring of a polygon is closed where
the file left it open.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

import msgspec

from sazokar.dialects.fields import counted, quote
from sazokar.dialects.xml import child_text, children, local_name
from sazokar.domain.plan.shape import GREATEST_VERTICES
from sazokar.errors import FieldError

_GEOMETRIES: Final = frozenset({"Point", "LineString", "LinearRing", "Polygon", "Track"})
_GROUPS: Final = frozenset({"MultiGeometry", "MultiTrack"})
_CONTAINERS: Final = frozenset({"kml", "Document", "Folder"})
_IGNORED: Final = frozenset({"GroundOverlay", "ScreenOverlay", "PhotoOverlay", "NetworkLink", "Tour", "Model"})
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)

Vertex = tuple[float, ...]
"""Longitude and latitude in degrees, and the altitude in metres where the file gives one."""


class Geometry(msgspec.Struct, frozen=True, kw_only=True):
    """One simple geometry.

    Args:
        kind: `Point`, `LineString`, `LinearRing`, `Polygon` or `Track`.
        lines: The rings of a polygon, outer first; else one line; a point is a line of one.
        times: The time of each vertex of a track, as written.
        altitude_mode: What its altitudes mean: `clampToGround` (nothing), `relativeToGround`, `absolute`.
        extrude: It is drawn down to the ground.
    """

    kind: str
    lines: tuple[tuple[Vertex, ...], ...]
    times: tuple[str, ...] = ()
    altitude_mode: str = "clampToGround"
    extrude: bool = False


class Placemark(msgspec.Struct, frozen=True, kw_only=True):
    """One placemark.

    Args:
        number: Its number in the document, from 1.
        name: Its name; empty: none.
        element: The element, for `geometries_of`.
        begin: Start of its time span, as written; empty: none.
        end: End of its time span, as written; empty: none.
        when: Its time stamp, as written; empty: none.
        data: Its extended data by name.
    """

    number: int
    name: str
    element: Element
    begin: str
    end: str
    when: str
    data: dict[str, str]


def placemarks_of(root: Element) -> tuple[list[Placemark], int]:
    """Return the placemarks of a document in its order, and how many features of other kinds were passed over."""
    placemarks: list[Placemark] = []
    others = 0
    stack = [root]
    while stack:
        element = stack.pop()
        name = local_name(element)
        if name == "Placemark":
            placemarks.append(_placemark(element, len(placemarks) + 1))
        elif name in _CONTAINERS:
            stack.extend(reversed(element))
        elif name in _IGNORED:
            others += 1
    return placemarks, others


def geometries_of(placemark: Placemark) -> list[Geometry]:
    """Return the simple geometries of a placemark, in its order; groups are taken apart.

    Raises:
        FieldError: A coordinate, or a track's times, cannot be read.
    """
    return [_geometry(element, mode) for element, mode in _simple(placemark.element)]


def _placemark(element: Element, number: int) -> Placemark:
    span = next(children(element, "TimeSpan"), None)
    stamp = next(children(element, "TimeStamp"), None)
    return Placemark(
        number=number,
        name=child_text(element, "name") or "",
        element=element,
        begin=(child_text(span, "begin") or "") if span is not None else "",
        end=(child_text(span, "end") or "") if span is not None else "",
        when=(child_text(stamp, "when") or "") if stamp is not None else "",
        data=dict(_data(element)),
    )


def _data(placemark: Element) -> Iterator[tuple[str, str]]:
    for extended in children(placemark, "ExtendedData"):
        for item in extended:
            if local_name(item) == "Data":
                yield item.get("name", ""), child_text(item, "value") or ""
            elif local_name(item) == "SchemaData":
                for simple in children(item, "SimpleData"):
                    yield simple.get("name", ""), (simple.text or "").strip()


def _simple(parent: Element, mode: str = "") -> Iterator[tuple[Element, str]]:
    """Yield the simple geometries below an element, with the altitude mode that a multi-track states for its tracks."""
    for element in parent:
        name = local_name(element)
        if name in _GEOMETRIES:
            yield element, child_text(element, "altitudeMode") or mode or "clampToGround"
        elif name in _GROUPS:
            yield from _simple(element, child_text(element, "altitudeMode") or mode)


def _geometry(element: Element, mode: str) -> Geometry:
    kind = local_name(element)
    extrude = child_text(element, "extrude") in ("1", "true")
    if kind == "Track":
        line, times = _track(element)
        return Geometry(kind=kind, lines=(line,), times=times, altitude_mode=mode)
    lines = tuple(_rings(element)) if kind == "Polygon" else (_coordinates(element, kind),)
    if kind == "Point" and len(lines[0]) != 1:
        raise FieldError("Point coordinates", f"{len(lines[0])} positions", "one")
    return Geometry(kind=kind, lines=lines, altitude_mode=mode, extrude=extrude)


def _rings(polygon: Element) -> Iterator[tuple[Vertex, ...]]:
    outer = [ring for boundary in children(polygon, "outerBoundaryIs") for ring in children(boundary, "LinearRing")]
    if len(outer) != 1:
        raise FieldError("outerBoundaryIs", f"{len(outer)} outer rings", "one")
    inner = [ring for boundary in children(polygon, "innerBoundaryIs") for ring in children(boundary, "LinearRing")]
    for ring in (*outer, *inner):
        line = _coordinates(ring, "LinearRing")
        yield line if line[0] == line[-1] else (*line, line[0])


def _coordinates(element: Element, kind: str) -> tuple[Vertex, ...]:
    return vertices_of(child_text(element, "coordinates") or "", f"{kind} coordinates")


def vertices_of(text: str, field: str) -> tuple[Vertex, ...]:
    """Return the positions of a list of `longitude,latitude[,altitude]` with blanks between.

    Raises:
        FieldError: It is empty, or one of them cannot be read.
    """
    tuples = text.split(maxsplit=GREATEST_VERTICES + 1)
    if len(tuples) > GREATEST_VERTICES + 1:  # a closed ring repeats one
        raise FieldError(field, f"more than {GREATEST_VERTICES:,} positions", "fewer")
    if not tuples:
        raise FieldError(field, "nothing", "positions such as 30.5,34.6,0")
    return tuple(_vertex(written.split(","), written, field) for written in tuples)


def _vertex(parts: list[str], written: str, field: str) -> Vertex:
    if len(parts) not in (2, 3) or not all(_NUMBER.fullmatch(part) for part in parts):
        raise FieldError(
            field, quote(written), "longitude,latitude[,altitude] without spaces within, such as 30.5,34.6,0"
        )
    vertex = tuple(float(part) for part in parts)
    if not all(math.isfinite(number) for number in vertex):
        raise FieldError(field, quote(written), "numbers that are finite")
    return vertex


def _track(element: Element) -> tuple[tuple[Vertex, ...], tuple[str, ...]]:
    times = tuple((when.text or "").strip() for when in children(element, "when"))
    written = [(coord.text or "").strip() for coord in children(element, "coord")]
    if len(times) != len(written):
        found = f"{counted(len(times), 'time')} (when) for {counted(len(written), 'position')} (coord)"
        raise FieldError("Track", found, "as many of each")
    if not written:
        raise FieldError("Track", "no positions", "two positions or more, each with its time")
    return tuple(_vertex(text.split(), text, "Track coord") for text in written), times
