"""GeoJSON in Sazokar's own profile, version 1: read and written, nothing lost between the two.

One `Feature` per volume: alone, in a `FeatureCollection`, one per line, or as a text sequence (RFC 8142). The geometry
is a `Polygon`, a `MultiPolygon`, a `Point` with `radius_m`, a `LineString` with `half_width_m` (a corridor), or that
with `times`, and perhaps `altitudes` and `half_height_m` (a movement). A `Polygon` with `rectangle` ([west, south,
east, north]) is bounded by parallels.
`data/geojson-profile-1.schema.json` is the profile for machines; a test holds it to this file.

Practice: null is the same as absent. Members that the profile does not name are ignored; a member named twice is
refused. Features of one party and operation are its volumes, numbered from 0 in the order of the file. Edges are
geodesics, not the straight lines in longitude and latitude of RFC 7946, and a longitude step takes the short way, so no
shape need be cut at the antimeridian. A third ordinate is ignored with a warning: its reference is not stated.

**Source**: RFC 7946; its `crs` member is of the older GeoJSON 2008 and accepted only where it says WGS 84.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from typing import Final, Literal

import msgspec

from sazokar.dialects import fields
from sazokar.dialects.assembly import Terms, volume_of
from sazokar.dialects.document import (
    not_json,
    plain_utf8,
    raise_fault,
    records_of,
    require_distinct_members,
    require_nesting,
    shown,
)
from sazokar.dialects.gathering import Gathering, require_features
from sazokar.dialects.reading import IGNORED_ELEVATION, MISSING_OPERATION, MISSING_PARTY, UNCLOSED_RING, Reading
from sazokar.domain.plan.height import UNIT_E4, Height
from sazokar.domain.plan.instant import format_instant
from sazokar.domain.plan.shape import (
    GREATEST_VERTICES,
    Circle,
    Corridor,
    Movement,
    MultiPolygon,
    Polygon,
    Position,
    Rectangle,
    Shape,
)
from sazokar.domain.plan.volume import ANY_CLASS, Role, Source, Volume
from sazokar.errors import FieldError, MeaningError, UnreadableError

PROFILE: Final = "sazokar-geojson-1"
"""Name and version of the profile, as a written collection bears it in `profile`."""

_WGS84: Final = re.compile(r"(urn:ogc:def:crs:)?(OGC:[\d.]*:?CRS84|EPSG::?4326|CRS84|WGS ?84)", re.IGNORECASE)

_ABSENT: Final = msgspec.Raw(b"")

Coordinates = list[float]
Line = list[Coordinates]


class _Point(msgspec.Struct, tag_field="type", tag="Point"):
    coordinates: Coordinates


class _LineString(msgspec.Struct, tag_field="type", tag="LineString"):
    coordinates: Line


class _Polygon(msgspec.Struct, tag_field="type", tag="Polygon"):
    coordinates: list[Line]


class _MultiPolygon(msgspec.Struct, tag_field="type", tag="MultiPolygon"):
    coordinates: list[list[Line]]


class _Height(msgspec.Struct, frozen=True):
    value: float
    unit: str
    reference: str


class _Properties(msgspec.Struct):
    operation: str | None = None
    party: str | None = None
    role: str | None = None
    class_: str | None = msgspec.field(default=None, name="class")
    kind: str | None = None
    priority: int | None = None
    lower: str | _Height | None = None
    upper: str | _Height | None = None
    start: str | None = None
    end: str | None = None
    radius_m: float | None = None
    half_width_m: float | None = None
    times: list[str] | None = None
    altitudes: list[float] | None = None
    half_height_m: float | None = None
    rectangle: tuple[float, float, float, float] | None = None


class _Feature(msgspec.Struct):
    type: Literal["Feature"]
    geometry: _Point | _LineString | _Polygon | _MultiPolygon
    properties: _Properties | None = None
    id: str | int | float | None = None
    crs: msgspec.Raw = _ABSENT


class _Document(msgspec.Struct):
    type: str
    features: list[msgspec.Raw] | None = None
    crs: msgspec.Raw = _ABSENT
    profile: str | None = None


_GEOMETRIES: Final = "a Polygon, a MultiPolygon, a Point with radius_m, or a LineString with half_width_m"
_EXPECTED: Final = {
    "type": _GEOMETRIES,
    "geometry": _GEOMETRIES,
    "coordinates": "numbers in degrees: [longitude, latitude], in lists as deep as the geometry's type asks",
    "properties": "an object with the profile's properties",
    "lower": fields.HEIGHT,
    "upper": fields.HEIGHT,
    "start": fields.INSTANT,
    "end": fields.INSTANT,
    "radius_m": "a number of metres, more than 0",
    "half_width_m": "a number of metres, 0 or more",
    "half_height_m": "a number of metres, 0 or more",
    "times": f"a list of texts, one per vertex: {fields.INSTANT}",
    "altitudes": "a list of numbers, one per vertex, in the unit and above the reference of lower",
    "rectangle": "four numbers in degrees: [west, south, east, north]",
    "priority": "a whole number",
    "operation": "a text",
    "party": "a text",
    "role": '"operation" or "zone"',
    "class": "a text",
    "kind": "a text",
    "id": "a text or a number",
}
_MEMBERS: Final = frozenset(_EXPECTED) | {"properties", "crs", "value", "unit", "reference"}
_NO_PROPERTIES: Final = _Properties()
_feature_decoder = msgspec.json.Decoder(_Feature)
_document_decoder = msgspec.json.Decoder(_Document)


def read(content: bytes, file: str) -> Reading:
    """Return the volumes of a GeoJSON file.

    Args:
        content: A `FeatureCollection`, one `Feature`, or one on each line, UTF-8.
        file: The file's name as given; its stem names the party where a feature does not.

    Raises:
        LimitError: The file is too large, nests too deep or holds too many features.
        UnreadableError: It is not GeoJSON of this profile at all.
    """
    content = plain_utf8(content, file)
    records = records_of(content)
    for text in (content,) if records is None else records:
        require_nesting(text, file)
    features = _features(content, file) if records is None else records
    require_features(len(features), file)
    gathering = Gathering(file)
    for number, feature in enumerate(features, 1):
        noted: list[str] = []
        try:
            volume = _read_one(bytes(feature), (file, gathering.party, number), noted)
        except MeaningError as error:
            gathering.refuse(_label(feature, number), error)
            continue
        gathering.take(volume)
        if noted and volume.source is not None:
            gathering.note(noted, volume.source.feature)
    return gathering.reading()


def read_feature(content: bytes, file: str = "-") -> Volume:
    """Return the volume of one feature, quickly; what would be a warning in a file is passed over.

    Raises:
        LimitError: The text nests too deep.
        MeaningError: It is no feature of this profile; a `FieldError` names the field.
    """
    require_nesting(content, file)
    return _read_one(content, (file, fields.party_of(file), 1), [])


def _features(content: bytes, file: str) -> Sequence[bytes | msgspec.Raw]:
    """Return the text of each feature, without looking into it."""
    try:
        document = _document_decoder.decode(content)
    except msgspec.ValidationError as error:
        found = f"JSON that is not GeoJSON ({error})"
        raise UnreadableError(f"{file}: found {found}; expected a FeatureCollection or a Feature") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise not_json(file, error) from error
    if document.type == "Feature":
        return (content,)
    if document.type != "FeatureCollection" or document.features is None:
        found = f"type {document.type[:40]!r}" if document.features is not None else "no features"
        raise UnreadableError(f"{file}: found {found}; expected a FeatureCollection with features, or a Feature")
    if document.profile is not None and document.profile.startswith(PROFILE[:-1]) and document.profile != PROFILE:
        raise UnreadableError(f"{file}: found profile {document.profile[:40]!r}; expected {PROFILE!r}")
    try:
        _require_wgs84(document.crs)
    except FieldError as error:
        raise UnreadableError(f"{file}: found {error.found}; expected {error.expected}") from error
    return document.features


def _read_one(content: bytes, place: tuple[str, str, int], noted: list[str]) -> Volume:
    """Return the volume of one feature; `place` is the file, the party that it stands for, and the feature's number."""
    file, party, number = place
    try:
        decoded = _feature_decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise_fault(error, content, _EXPECTED)
    require_distinct_members(content, _MEMBERS)
    _require_wgs84(decoded.crs)
    properties = decoded.properties or _NO_PROPERTIES
    terms = _terms(decoded, properties, number, party, noted)
    shape = _shape(decoded.geometry, properties, terms.lower, noted)
    source = Source(file, f"feature {number} ({terms.operation})")
    return volume_of(terms, shape, source, noted)


def _terms(feature: _Feature, properties: _Properties, number: int, party: str, noted: list[str]) -> Terms:
    operation = fields.name_of(properties.operation or "", "operation")
    if not operation:
        noted.append(MISSING_OPERATION)
        operation = fields.name_of("" if feature.id is None else str(feature.id), "id") or f"feature-{number}"
    named = fields.name_of(properties.party or "", "party")
    if not named:
        noted.append(MISSING_PARTY)
    return Terms(
        operation=operation,
        party=named or party,
        role=fields.role_of(properties.role) if properties.role else Role.OPERATION,
        class_=fields.name_of(properties.class_ or "", "class") or ANY_CLASS,
        kind=fields.name_of(properties.kind or "", "kind"),
        priority=fields.priority_of(properties.priority or 0),
        lower=_height(properties.lower, "lower", ceil=False),
        upper=_height(properties.upper, "upper", ceil=True),
        start_ms=None if properties.start is None else fields.instant_of(properties.start, "start"),
        end_ms=None if properties.end is None else fields.instant_of(properties.end, "end", ceil=True),
    )


def _height(given: str | _Height | None, field: str, *, ceil: bool) -> Height | None:
    if given is None:
        return None
    try:
        if isinstance(given, str):
            return fields.height_of_text(given, ceil=ceil)
        return fields.height_of_number(given.value, given.unit, given.reference, ceil=ceil)
    except MeaningError as error:
        raise FieldError(field, error.found, error.expected) from error


def _shape(
    geometry: _Point | _LineString | _Polygon | _MultiPolygon,
    properties: _Properties,
    lower: Height | None,
    noted: list[str],
) -> Shape:
    _require_fitting(geometry, properties)
    match geometry:
        case _Point():
            if properties.radius_m is None:
                raise FieldError("radius_m", "nothing, with a Point", "a number of metres, more than 0")
            radius_mm = fields.length_mm(properties.radius_m, "radius_m", positive=True)
            return Circle(_position(geometry.coordinates, noted), radius_mm)
        case _LineString():
            return _along(geometry.coordinates, properties, lower, noted)
        case _MultiPolygon():
            return MultiPolygon(tuple(_polygon(rings, noted) for rings in geometry.coordinates))
        case _Polygon():
            polygon = _polygon(geometry.coordinates, noted)
            return polygon if properties.rectangle is None else _rectangle(properties.rectangle, polygon)


def _require_fitting(geometry: _Point | _LineString | _Polygon | _MultiPolygon, properties: _Properties) -> None:
    """Refuse a measure that belongs to another geometry: to pass over a radius would shrink the plan."""
    given = properties
    if given.radius_m is not None and not isinstance(geometry, _Point):
        raise _unfitting("radius_m", geometry, "a Point")
    if given.rectangle is not None and not isinstance(geometry, _Polygon):
        raise _unfitting("rectangle", geometry, "a Polygon")
    if isinstance(geometry, _LineString):
        if given.altitudes is not None and given.times is None:
            raise FieldError("altitudes", "altitudes without times", "times too, one per vertex")
        if given.half_height_m is not None and given.altitudes is None:
            raise FieldError("half_height_m", "a half-height without altitudes", "altitudes too, one per vertex")
        return
    for field in ("half_width_m", "times", "altitudes", "half_height_m"):
        if getattr(given, field) is not None:
            raise _unfitting(field, geometry, "a LineString")


def _unfitting(field: str, geometry: msgspec.Struct, wanted: str) -> FieldError:
    return FieldError(field, f"it with a {type(geometry).__name__[1:]}", f"it only with {wanted}")


def _position(coordinates: Coordinates, noted: list[str]) -> Position:
    if len(coordinates) != 2:
        if len(coordinates) < 2:
            raise FieldError("geometry.coordinates", shown(coordinates), "[longitude, latitude]")
        if IGNORED_ELEVATION not in noted:
            noted.append(IGNORED_ELEVATION)
    return fields.position_of(coordinates[1], coordinates[0], "geometry.coordinates")


def _line(coordinates: Line, noted: list[str]) -> tuple[Position, ...]:
    if len(coordinates) > GREATEST_VERTICES + 1:
        found = f"{len(coordinates):,} vertices"
        raise FieldError("geometry.coordinates", found, f"at most {GREATEST_VERTICES:,} in one shape")
    return tuple([_position(vertex, noted) for vertex in coordinates])


def _along(coordinates: Line, properties: _Properties, lower: Height | None, noted: list[str]) -> Shape:
    if properties.half_width_m is None:
        raise FieldError("half_width_m", "nothing, with a LineString", "a number of metres, 0 or more")
    half_width_mm = fields.length_mm(properties.half_width_m, "half_width_m")
    line = _line(coordinates, noted)
    if properties.times is None:
        return Corridor(fields.without_repeats(line), half_width_mm)
    times_ms = fields.times_of(properties.times, "times")
    if properties.altitudes is None:
        return Movement(line, times_ms, half_width_mm)
    half_height_m = properties.half_height_m or 0.0
    altitudes_e4, half_height_e4 = fields.altitudes_of(properties.altitudes, lower, half_height_m)
    if not altitudes_e4:
        raise FieldError("altitudes", "none", "one per vertex, or no altitudes at all")
    return Movement(line, times_ms, half_width_mm, altitudes_e4, half_height_e4)


def _polygon(rings: Sequence[Line], noted: list[str]) -> Polygon:
    return Polygon(tuple(_ring(ring, noted) for ring in rings))


def _ring(coordinates: Line, noted: list[str]) -> tuple[Position, ...]:
    line = _line(coordinates, noted)
    if not (len(line) > 1 and fields.same_place(line[0], line[-1])) and UNCLOSED_RING not in noted:
        noted.append(UNCLOSED_RING)
    return fields.without_repeats(line, closed=True)


def _rectangle(sides: tuple[float, float, float, float], polygon: Polygon) -> Rectangle:
    """Return the rectangle whose corners the polygon shows; the two must agree (SZK-16)."""
    west, south, east, north = sides
    south_west = fields.position_of(south, west, "rectangle")
    north_east = fields.position_of(north, east, "rectangle")
    rectangle = Rectangle(south_west.lon_e7, south_west.lat_e7, north_east.lon_e7, north_east.lat_e7)
    if set(chain.from_iterable(polygon.rings)) != set(_corners(rectangle)) or len(polygon.rings) != 1:
        found = f"{shown(sides)} with a polygon of other corners"
        raise FieldError("rectangle and geometry", found, "a polygon of the rectangle's four corners")
    return rectangle


def _corners(shape: Rectangle) -> tuple[Position, ...]:
    south, north = shape.south_e7, shape.north_e7
    west, east = shape.west_e7, shape.east_e7
    return (Position(south, west), Position(south, east), Position(north, east), Position(north, west))


def _require_wgs84(crs: msgspec.Raw) -> None:
    """Refuse positions that say of themselves that they are not on WGS 84: another datum is off by 100 m."""
    if not crs:
        return
    value: object = msgspec.json.decode(crs)
    if isinstance(value, dict):
        properties = value.get("properties")
        value = properties.get("name") if isinstance(properties, dict) else value
    if value is not None and not (isinstance(value, str) and _WGS84.fullmatch(value)):
        raise FieldError("crs", f"crs {shown(value)}", "WGS 84 (urn:ogc:def:crs:OGC:1.3:CRS84), or no crs")


def _label(feature: bytes | msgspec.Raw, number: int) -> str:
    """Return what a person would find a feature by, even where it cannot be read."""
    try:
        value = msgspec.json.decode(feature)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return f"feature {number}"
    properties = value.get("properties") if isinstance(value, dict) else None
    name = (properties.get("operation") if isinstance(properties, dict) else None) or (
        value.get("id") if isinstance(value, dict) else None
    )
    if isinstance(name, str | int) and (text := "".join(c for c in str(name) if c.isprintable()).strip()):
        return f"feature {number} ({text[:40]})"
    return f"feature {number}"


def write(volumes: Sequence[Volume]) -> bytes:
    """Return a `FeatureCollection` that `read` takes back as the same volumes; one feature per line.

    Args:
        volumes: What is written, in this order, but that the volumes of one operation follow their numbers.
    """
    lines = b",\n".join(_encoder.encode(_feature_of(volume)) for volume in fields.in_order(volumes))
    return b'{"type":"FeatureCollection","profile":"%s","features":[\n%s\n]}\n' % (PROFILE.encode(), lines)


_encoder = msgspec.json.Encoder()


def _feature_of(volume: Volume) -> dict[str, object]:
    geometry, measures = _geometry_of(volume)
    properties: dict[str, object] = {
        "operation": volume.operation,
        "party": volume.party,
        "role": volume.role.value,
        "class": volume.class_,
        "kind": volume.kind,
        "priority": volume.priority,
        "lower": _height_value(volume.lower),
        "upper": _height_value(volume.upper),
    }
    properties.update(fields.window_texts(volume))
    return {"type": "Feature", "geometry": geometry, "properties": properties | measures}


def _height_value(height: Height) -> object:
    if height.surface or height.unlimited:
        return str(height)
    value = fields.number_of_height(height)
    return {
        "value": int(value) if value.is_integer() else value,
        "unit": height.unit.value,
        "reference": height.reference.value,
    }


def _geometry_of(volume: Volume) -> tuple[dict[str, object], dict[str, object]]:
    """Return a volume's geometry, and the properties that complete it."""
    shape = volume.shape
    match shape:
        case Circle():
            return _geometry("Point", _pair(shape.centre)), {"radius_m": shape.radius_mm / 1000}
        case Corridor():
            return _geometry("LineString", _pairs(shape.line)), {"half_width_m": shape.half_width_mm / 1000}
        case Movement():
            return _geometry("LineString", _pairs(shape.line)), _moving(volume, shape)
        case Polygon():
            return _geometry("Polygon", _rings(shape)), {}
        case MultiPolygon():
            return _geometry("MultiPolygon", [_rings(polygon) for polygon in shape.polygons]), {}
        case Rectangle():
            sides = [side / 1e7 for side in (shape.west_e7, shape.south_e7, shape.east_e7, shape.north_e7)]
            return _geometry("Polygon", _rings(Polygon((_corners(shape),)))), {"rectangle": sides}


def _moving(volume: Volume, shape: Movement) -> dict[str, object]:
    measures: dict[str, object] = {
        "half_width_m": shape.half_width_mm / 1000,
        "times": [format_instant(time_ms) for time_ms in shape.times_ms],
    }
    if shape.altitudes_e4:
        unit_e4 = UNIT_E4[volume.lower.unit]
        measures["altitudes"] = [e4 / unit_e4 for e4 in shape.altitudes_e4]
        measures["half_height_m"] = shape.half_height_e4 / 10_000
    return measures


def _geometry(kind: str, coordinates: object) -> dict[str, object]:
    return {"type": kind, "coordinates": coordinates}


def _pair(position: Position) -> list[float]:
    return [position.lon, position.lat]


def _pairs(positions: Sequence[Position]) -> list[list[float]]:
    return [[position.lon, position.lat] for position in positions]


def _rings(polygon: Polygon) -> list[list[list[float]]]:
    return [_pairs((*ring, ring[0])) for ring in polygon.rings]
