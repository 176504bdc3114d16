"""KML 2.0–2.2 and KMZ: placemarks become volumes, tracks become movements. `kml_write` writes.

A placemark says what the GeoJSON profile's properties say, by data of the same names in its `ExtendedData`: operation,
party, role, class, kind, priority, lower, upper, start, end, radius_m, half_width_m, half_height_m, times, altitudes.
Lists hold blanks between their items. `shape` with `centre`, `line` or `rectangle` states the exact shape of what is
only drawn as a polygon, and wins over the drawing.

| placemark | becomes |
|---|---|
| Polygon | polygon; a MultiGeometry of polygons alone: one multipolygon; other groups: one volume per geometry |
| LinearRing | the area within, with a warning |
| Point + radius_m | circle; without radius_m it is refused |
| LineString | corridor; half width 0 with a warning where half_width_m is missing; with `times`: movement |
| gx:Track, gx:MultiTrack | movement, one volume per track |

Times: `start` and `end`, else the TimeSpan. A date is that day of UTC, with a warning (`kml_time`). A time stamp that
is an instant is no window. An operation without times is refused; a zone then stands always.

Heights: `lower` and `upper`, else, for a geometry drawn down to the ground (`extrude`) from an altitude that is
`absolute` (AMSL) or `relativeToGround` (AGL), from the surface to the highest one, with a warning; else SFC to UNL,
with a warning. A track's altitudes hold where its mode is one of these and no limit of another reference is given.

Overlays, links and models are no plans: counted and passed over. Styles mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sazokar.dialects.fields import (
    counted,
    length_written,
    position_of,
    priority_written,
    quote,
    reading_field,
    role_of,
)
from sazokar.dialects.gathering import Gathering
from sazokar.dialects.kml_height import MODE_REFERENCES, altitudes_of, extruded_top, limit_of, track_altitudes
from sazokar.dialects.kml_placemark import Geometry, Placemark, Vertex, geometries_of, placemarks_of, vertices_of
from sazokar.dialects.kml_time import parse_moment
from sazokar.dialects.kml_write import write
from sazokar.dialects.kmz import document_of, is_kmz
from sazokar.dialects.reading import Reading
from sazokar.dialects.xml import local_name, parse_xml
from sazokar.domain.plan.height import SURFACE, UNLIMITED, Height, Unit
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS, parse_instant
from sazokar.domain.plan.shape import (
    Circle,
    Corridor,
    Movement,
    MultiPolygon,
    Polygon,
    Position,
    Rectangle,
    Shape,
)
from sazokar.domain.plan.volume import ANY_CLASS, Role, Volume
from sazokar.errors import FieldError, MeaningError, UnreadableError

__all__ = ["read", "write"]

_ROOTS = frozenset({"kml", "Document", "Folder", "Placemark"})


def read(content: bytes, file: str) -> Reading:
    """Return the volumes of a KML file, or of the KML document in a KMZ.

    Raises:
        LimitError: The file is beyond a stated limit.
        UnreadableError: It is neither.
    """
    document = document_of(content, file) if is_kmz(content) else content
    root = parse_xml(document, file)
    if local_name(root) not in _ROOTS:
        raise UnreadableError(f"{file}: found the root element {quote(local_name(root))}; expected kml")
    gathering = Gathering(file)
    placemarks, others = placemarks_of(root)
    if others:
        kinds = "of other kinds (overlays, links, models), not judged."
        gathering.warn("features-ignored", "", f"{counted(others, 'feature')} {kinds}")
    for placemark in placemarks:
        feature = f"placemark {placemark.number}" + (f" ({placemark.name[:60]})" if placemark.name else "")
        with gathering.feature(feature):
            _PlacemarkReader(placemark, feature, gathering).read()
    return gathering.reading()


class _Form(msgspec.Struct, frozen=True):
    """A shape, and the geometry that it was read from (None: it was stated in the data)."""

    shape: Shape
    geometry: Geometry | None


class _PlacemarkReader:
    """Reads one placemark; what is wrong leaves as an error of meaning."""

    def __init__(self, placemark: Placemark, feature: str, gathering: Gathering) -> None:
        self.placemark = placemark
        self.data = placemark.data
        self.feature = feature
        self.gathering = gathering

    def read(self) -> None:
        """Give the placemark's volumes to the gathering."""
        forms = list(self._forms())
        if not forms:
            self._warn("no-geometry", "It has no geometry, so there is nothing to judge.")
        for form in forms:
            lower, upper, shape = self._heights(form)
            role = role_of(self.data.get("role") or Role.OPERATION)
            start_ms, end_ms = self._window(shape, role)
            volume = Volume(
                operation=self._operation(),
                party=self._party(),
                shape=shape,
                lower=lower,
                upper=upper,
                start_ms=start_ms,
                end_ms=end_ms,
                role=role,
                class_=self.data.get("class") or ANY_CLASS,
                kind=self.data.get("kind", ""),
                priority=priority_written(self.data.get("priority") or "0"),
            )
            self.gathering.add(volume, self.feature)

    def _warn(self, code: str, message: str) -> None:
        self.gathering.warn(code, self.feature, message)

    # What it is and whose.

    def _operation(self) -> str:
        name = self.data.get("operation") or self.placemark.name
        if not name:
            name = f"placemark {self.placemark.number}"
            self._warn("missing-operation", f"It names no operation; it is called {name!r}.")
        return name

    def _party(self) -> str:
        return self.data.get("party") or self.gathering.party_instead()

    # Where.

    def _forms(self) -> Iterator[_Form]:
        if (stated := self._stated()) is not None:
            yield _Form(stated, None)
            return
        geometries = geometries_of(self.placemark)
        polygons = [geometry for geometry in geometries if geometry.kind == "Polygon"]
        as_one = len(polygons) > 1 or self.data.get("shape") == "multipolygon"
        if polygons and len(polygons) == len(geometries) and as_one:
            shape = MultiPolygon(tuple(_polygon(polygon) for polygon in polygons))
            yield _Form(shape, max(polygons, key=lambda polygon: _top(polygon)))
            return
        for geometry in geometries:
            yield _Form(self._shape(geometry), geometry)

    def _stated(self) -> Shape | None:
        """Return the shape that the data states exactly; None: the geometry is the shape."""
        match self.data.get("shape", ""):
            case "circle":
                (centre,) = self._stated_line("centre", 1)
                return Circle(centre, self._length("radius_m"))
            case "corridor":
                return Corridor(self._stated_line("line"), self._length("half_width_m"))
            case "rectangle":
                southwest, northeast = self._stated_line("rectangle", 2)
                return Rectangle(southwest.lon_e7, southwest.lat_e7, northeast.lon_e7, northeast.lat_e7)
            case "" | "polygon" | "multipolygon" | "movement":
                return None
            case other:
                expected = "circle, corridor, polygon, multipolygon, rectangle or movement"
                raise FieldError("shape", quote(other), expected)

    def _stated_line(self, field: str, count: int | None = None) -> tuple[Position, ...]:
        line = _positions(vertices_of(self.data.get(field, ""), field))
        if count is not None and len(line) != count:
            raise FieldError(field, counted(len(line), "position"), f"{count}, as longitude,latitude")
        return line

    def _length(self, field: str) -> int:
        if not (written := self.data.get(field)):
            raise FieldError(field, "none", "a number of metres, such as 500")
        return length_written(written, field)

    def _shape(self, geometry: Geometry) -> Shape:
        match geometry.kind:
            case "Polygon":
                return _polygon(geometry)
            case "LinearRing":
                self._warn("ring-as-area", "A closed line was taken as the area within it.")
                return _polygon(geometry)
            case "Point":
                (centre,) = _positions(geometry.lines[0])
                return Circle(centre, self._length("radius_m"))
            case "Track":
                return self._movement(geometry, geometry.times)
        if times := self.data.get("times"):
            return self._movement(geometry, tuple(times.split()))
        if "half_width_m" in self.data:
            return Corridor(_positions(geometry.lines[0]), self._length("half_width_m"))
        self._warn("missing-width", "The line has no half_width_m; a half width of 0 was taken.")
        return Corridor(_positions(geometry.lines[0]), 0)

    def _movement(self, geometry: Geometry, times: tuple[str, ...]) -> Movement:
        line = _positions(geometry.lines[0])
        if len(times) != len(line):
            raise FieldError(
                "times", f"{counted(len(times), 'time')} for {counted(len(line), 'position')}", "as many of each"
            )
        instants = []
        for number, time in enumerate(times, start=1):
            with reading_field(f"time of position {number}"):
                instants.append(parse_instant(time))
        return Movement(line, tuple(instants), length_written(self.data.get("half_width_m") or "0", "half_width_m"))

    # How high.

    def _heights(self, form: _Form) -> tuple[Height, Height, Shape]:
        """Return the limits, and the shape with its altitudes where it moves."""
        stated = {field: limit_of(self.data[field], field) for field in ("lower", "upper") if self.data.get(field)}
        shape = form.shape
        if isinstance(shape, Movement):
            altitudes, drawn = self._altitudes(form, stated.get("lower"))
            half_height = (
                length_written(self.data.get("half_height_m") or "0", "half_height_m", 10_000) if altitudes else 0
            )
            shape = msgspec.structs.replace(shape, altitudes_e4=altitudes, half_height_e4=half_height)
            if altitudes and drawn is not None:
                lower_e4, upper_e4 = min(altitudes) - half_height, max(altitudes) + half_height
                # A band has a thickness; that of level flight is the least that can be held.
                stated = {
                    "lower": msgspec.structs.replace(drawn, e4=lower_e4, surface=False),
                    "upper": msgspec.structs.replace(drawn, e4=max(upper_e4, lower_e4 + 1), surface=False),
                } | stated
        elif not stated and form.geometry is not None and (top := extruded_top(form.geometry)) is not None:
            self._warn("heights-from-drawing", f"It names no limits but is drawn up to {top}; SFC to {top} was taken.")
            stated = {"lower": SURFACE, "upper": top}
        missing = [field for field in ("lower", "upper") if field not in stated]
        for field in missing:
            taken = {"lower": SURFACE, "upper": UNLIMITED}[field]
            self._warn(f"missing-{field}", f"It names no {field} limit; {taken} was taken.")
        return stated.get("lower", SURFACE), stated.get("upper", UNLIMITED), shape

    def _altitudes(self, form: _Form, lower: Height | None) -> tuple[tuple[int, ...], Height | None]:
        """Return the altitudes of a movement, and of what unit and reference they are."""
        assert isinstance(form.shape, Movement) and form.geometry is not None
        if written := self.data.get("altitudes"):
            if lower is None:
                raise FieldError(
                    "altitudes", "altitudes without a lower limit", "lower, whose unit and reference they share"
                )
            altitudes = altitudes_of(written, lower)
            if len(altitudes) != len(form.shape.line):
                found = f"{counted(len(altitudes), 'altitude')} for {counted(len(form.shape.line), 'position')}"
                raise FieldError("altitudes", found, "as many of each")
            return altitudes, lower
        altitudes = track_altitudes(form.geometry)
        if not altitudes:
            return (), None
        drawn = Height(0, Unit.M, MODE_REFERENCES[form.geometry.altitude_mode])
        if lower is not None and lower.reference is not drawn.reference:
            self._warn(
                "altitudes-ignored",
                f"Its limits are {lower.reference} and its altitudes {drawn.reference}; the limits hold throughout.",
            )
            return (), None
        return altitudes, drawn

    # When.

    def _window(self, shape: Shape, role: Role) -> tuple[int, int]:
        first, last = self.data.get("start", ""), self.data.get("end", "")
        if isinstance(shape, Movement):
            return self._movement_window(shape, first, last)
        with reading_field("start"):
            start = parse_instant(first) if first else self._drawn_time("begin")
        with reading_field("end"):
            end = parse_instant(last, ceil=True) if last else self._drawn_time("end")
        if role is Role.OPERATION:
            for field, value in (("start", start), ("end", end)):
                if value is None:
                    found = "an instant alone" if self.placemark.when else "none"
                    raise FieldError(field, found, "start and end, or a TimeSpan, as it is an operation and no zone")
        return BEGINNING_MS if start is None else start, END_MS if end is None else end

    def _movement_window(self, shape: Movement, first: str, last: str) -> tuple[int, int]:
        """Return a movement's own first and last times; what `start` and `end` say of it must be the same."""
        if not shape.times_ms:
            raise FieldError("times", "none", "one time per position")
        with reading_field("start"):
            start = parse_instant(first) if first else shape.times_ms[0]
        with reading_field("end"):
            end = parse_instant(last) if last else shape.times_ms[-1]
        return start, end

    def _drawn_time(self, which: str) -> int | None:
        """Return the instant that the time span, or a time stamp that is a date, begins or ends with."""
        written = self.placemark.begin if which == "begin" else self.placemark.end
        if not written and not (self.placemark.begin or self.placemark.end):
            written = self.placemark.when
            stamp = True
        else:
            stamp = False
        if not written:
            return None
        moment = parse_moment(written)
        if stamp and not moment.date:
            return None
        if moment.date:
            self._warn("date-as-utc-day", f"{written!r} names no time; it was taken as a span of UTC, from 00:00Z.")
        return moment.first_ms if which == "begin" else moment.next_ms


def _polygon(geometry: Geometry) -> Polygon:
    return Polygon(tuple(_ring(line) for line in geometry.lines))


def _ring(line: tuple[Vertex, ...]) -> tuple[Position, ...]:
    ring = _positions(line)
    return ring[:-1] if len(ring) > 1 and ring[0] == ring[-1] else ring


def _positions(line: tuple[Vertex, ...]) -> tuple[Position, ...]:
    return tuple(position_of(vertex[1], vertex[0]) for vertex in line)


def _top(geometry: Geometry) -> int:
    try:
        top = extruded_top(geometry)
    except MeaningError:
        return -1
    return -1 if top is None else top.e4
