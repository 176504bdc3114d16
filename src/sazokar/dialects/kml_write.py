"""Volumes as KML 2.2 for viewers, which `kml.read` reads back exactly.

What a viewer cannot draw (a circle, a corridor, a rectangle) is drawn as a polygon around it, and stated exactly in
the placemark's data; so are limits, times and altitudes. The drawing is not judged by anyone: it contains the shape,
heights without a mode of KML (FL, above the ellipsoid) are drawn as metres above mean sea level. Characters that XML
cannot hold are replaced. A volume's `source`, and an `index` that is not its place among its operation's, are not kept.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from sazokar.dialects.arc import Arc, circle_outline, distance_and_bearing, point_at, ring_of
from sazokar.dialects.fields import number_text
from sazokar.dialects.kml_height import limit_text
from sazokar.domain.plan.height import Height, Reference
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS, format_instant
from sazokar.domain.plan.shape import (
    DEGREE_E7,
    Circle,
    Corridor,
    Movement,
    MultiPolygon,
    Polygon,
    Position,
    Rectangle,
    Shape,
)
from sazokar.domain.plan.volume import Volume

_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">\n<Document>\n'
)
_TAIL: Final = "</Document>\n</kml>\n"
_COLOURS: Final = ("0072b2", "d55e00", "009e73", "cc79a7", "e69f00", "56b4e9", "f0e442", "000000")
"""Colours that the colour-blind can tell apart (M. Okabe and K. Ito, 2008), red-green-blue."""
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(volumes: Iterable[Volume]) -> bytes:
    """Return a KML file with one placemark per volume, coloured by party."""
    parts = list(volumes)
    styles = "".join(_style(party) for party in sorted({volume.party for volume in parts}))
    return (_HEAD + styles + "".join(_placemark(volume) for volume in parts) + _TAIL).encode()


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))


def _style_id(party: str) -> str:
    return "party-" + hashlib.sha256(party.encode("utf-8", "replace")).hexdigest()[:12]


def _style(party: str) -> str:
    digest = hashlib.sha256(party.encode("utf-8", "replace")).digest()
    rgb = _COLOURS[digest[0] % len(_COLOURS)]
    bgr = rgb[4:6] + rgb[2:4] + rgb[0:2]
    return (
        f'<Style id="{_style_id(party)}"><LineStyle><color>ff{bgr}</color><width>2</width></LineStyle>'
        f"<PolyStyle><color>59{bgr}</color></PolyStyle></Style>\n"
    )


def _placemark(volume: Volume) -> str:
    data = "".join(f"<Data name={quoteattr(k)}><value>{_text(v)}</value></Data>" for k, v in _data(volume))
    return (
        f"<Placemark><name>{_text(f'{volume.name} [{volume.index}]')}</name>{_span(volume)}"
        f"<styleUrl>#{_style_id(volume.party)}</styleUrl><ExtendedData>{data}</ExtendedData>"
        f"{_geometry(volume)}</Placemark>\n"
    )


def _span(volume: Volume) -> str:
    begin = f"<begin>{format_instant(volume.start_ms)}</begin>" if volume.start_ms > BEGINNING_MS else ""
    end = f"<end>{format_instant(volume.end_ms)}</end>" if volume.end_ms < END_MS else ""
    return f"<TimeSpan>{begin}{end}</TimeSpan>" if begin or end else ""


def _data(volume: Volume) -> Iterator[tuple[str, str]]:
    """Yield the profile's properties, and the exact parameters of the shape."""
    yield "operation", volume.operation
    yield "party", volume.party
    yield "role", volume.role
    yield "class", volume.class_
    if volume.kind:
        yield "kind", volume.kind
    if volume.priority:
        yield "priority", str(volume.priority)
    yield "lower", limit_text(volume.lower, "lower")
    yield "upper", limit_text(volume.upper, "upper")
    yield "start", format_instant(volume.start_ms)
    yield "end", format_instant(volume.end_ms)
    yield from _shape_data(volume.shape, volume.lower)


def _shape_data(shape: Shape, lower: Height) -> Iterator[tuple[str, str]]:
    match shape:
        case Circle():
            yield "shape", "circle"
            yield "centre", _coordinates((shape.centre,))
            yield "radius_m", _metres(shape.radius_mm, 1_000)
        case Corridor():
            yield "shape", "corridor"
            yield "line", _coordinates(shape.line)
            yield "half_width_m", _metres(shape.half_width_mm, 1_000)
        case Rectangle():
            yield "shape", "rectangle"
            southwest = Position(shape.south_e7, shape.west_e7)
            yield "rectangle", _coordinates((southwest, Position(shape.north_e7, shape.east_e7)))
        case Polygon():
            yield "shape", "polygon"
        case MultiPolygon():
            yield "shape", "multipolygon"
        case Movement():
            yield "shape", "movement"
            yield "half_width_m", _metres(shape.half_width_mm, 1_000)
            if shape.altitudes_e4:
                yield "altitudes", " ".join(number_text(e4, lower.unit, ceil=True) for e4 in shape.altitudes_e4)
                yield "half_height_m", _metres(shape.half_height_e4, 10_000)


def _metres(value: int, per_metre: int) -> str:
    return f"{Decimal(value) / per_metre:f}"


def _coordinates(line: Sequence[Position], altitude: str = "") -> str:
    return " ".join(f"{position.lon:.7f},{position.lat:.7f}{altitude}" for position in line)


def _geometry(volume: Volume) -> str:
    shape = volume.shape
    match shape:
        case Movement():
            return _track(shape, volume.lower)
        case Corridor(half_width_mm=0):
            line = _coordinates(shape.line)
            return f"<LineString><tessellate>1</tessellate><coordinates>{line}</coordinates></LineString>"
        case Polygon():
            return _polygon(shape.rings, volume.upper)
        case MultiPolygon():
            polygons = [polygon.rings for polygon in shape.polygons]
        case Circle():
            polygons = [(circle_outline(shape.centre, shape.radius_mm / 1000),)]
        case Corridor():
            polygons = [(_capsule(a, b, shape.half_width_mm / 1000),) for a, b in pairwise(shape.line)]
        case Rectangle():
            polygons = [(_rectangle(shape),)]
    return "<MultiGeometry>" + "".join(_polygon(rings, volume.upper) for rings in polygons) + "</MultiGeometry>"


def _polygon(rings: Sequence[Sequence[Position]], upper: Height) -> str:
    """Return a polygon drawn from the ground to an upper limit, or on the ground where there is none."""
    mode, altitude = "", ""
    if not (upper.unlimited or upper.surface):
        name = "relativeToGround" if upper.reference is Reference.AGL else "absolute"
        mode, altitude = f"<extrude>1</extrude><altitudeMode>{name}</altitudeMode>", f",{upper.metres:.4f}"
    boundaries = ("outerBoundaryIs", *("innerBoundaryIs" for _ in rings[1:]))
    drawn = "".join(
        f"<{boundary}><LinearRing><coordinates>{_coordinates((*ring, ring[0]), altitude)}</coordinates>"
        f"</LinearRing></{boundary}>"
        for boundary, ring in zip(boundaries, rings, strict=True)
    )
    return f"<Polygon>{mode}{drawn}</Polygon>"


def _track(shape: Movement, lower: Height) -> str:
    mode = {Reference.AMSL: "absolute", Reference.AGL: "relativeToGround"}.get(lower.reference)
    heights = shape.altitudes_e4 if mode and shape.altitudes_e4 else (0,) * len(shape.line)
    whens = "".join(f"<when>{format_instant(time)}</when>" for time in shape.times_ms)
    coords = "".join(
        f"<gx:coord>{position.lon:.7f} {position.lat:.7f} {_metres(height, 10_000)}</gx:coord>"
        for position, height in zip(shape.line, heights, strict=True)
    )
    stated = mode if mode and shape.altitudes_e4 else "clampToGround"
    return f"<gx:Track><altitudeMode>{stated}</altitudeMode>{whens}{coords}</gx:Track>"


def _capsule(first: Position, last: Position, half_width_m: float) -> tuple[Position, ...]:
    """Return a ring around a segment: straight along its sides, round at its ends."""
    _, out = distance_and_bearing(first, last)
    _, back = distance_and_bearing(last, first)
    return ring_of(
        (
            Arc(
                first, point_at(first, out + 90, half_width_m), point_at(first, out - 90, half_width_m), clockwise=True
            ),
            Arc(last, point_at(last, back + 90, half_width_m), point_at(last, back - 90, half_width_m), clockwise=True),
        )
    )


def _rectangle(shape: Rectangle) -> tuple[Position, ...]:
    """Return the ring of a rectangle, its parallels cut into steps of a degree."""
    width = (shape.east_e7 - shape.west_e7) % (360 * DEGREE_E7)
    steps = max(1, -(-width // DEGREE_E7))
    lons = [(shape.west_e7 + width * step // steps + 180 * DEGREE_E7) % (360 * DEGREE_E7) - 180 * DEGREE_E7
            for step in range(steps + 1)]  # fmt: skip
    south = [Position(shape.south_e7, lon) for lon in lons]
    return (*south, *(Position(shape.north_e7, lon) for lon in reversed(lons)))
