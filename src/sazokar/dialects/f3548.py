"""ASTM F3548-21 `Volume4D` JSON: what drone service suppliers exchange. Read only.

Taken are a `Volume4D`, a list of them, an object with `extents` (a reference's parameters), `details` (an operational
intent or a constraint, alone or under `operational_intent` / `constraint`), or `volumes` (its details alone), and lists
of these. Volumes of one object are one operation. Off-nominal volumes count as well: to leave them out would be a miss.

The standard's windows include their last instant, ours do not: a `time_end` becomes an end one millisecond later. Its
altitudes are metres above the WGS 84 ellipsoid, its edges geodesics, its rings of either winding, as ours. A
constraint is a zone. A ring whose first vertex comes again at its end is taken, though the standard forbids it.

**Source**: ASTM F3548-21, its OpenAPI document `utm.yaml` 1.0.0 (Volume4D, Volume3D, Circle, Polygon, Altitude, Time).
Members that it does not name are ignored, and null is the same as absent, as it says itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal

import msgspec

from sazokar.dialects import fields
from sazokar.dialects.assembly import Terms, volume_of
from sazokar.dialects.document import load_json, plain_json, raise_fault, require_distinct_members, shown
from sazokar.dialects.gathering import Gathering, require_features
from sazokar.dialects.reading import MISSING_OPERATION, MISSING_PARTY, Reading
from sazokar.domain.plan.height import Height
from sazokar.domain.plan.instant import END_MS
from sazokar.domain.plan.shape import GREATEST_VERTICES, Circle, Polygon, Shape
from sazokar.domain.plan.volume import Role, Source, Volume
from sazokar.errors import FieldError, MeaningError, UnreadableError

LEAST_ALTITUDE_M: Final = -8_000
GREATEST_ALTITUDE_M: Final = 100_000


class _Point(msgspec.Struct):
    lat: float
    lng: float


class _Radius(msgspec.Struct):
    value: float
    units: Literal["M"]


class _Circle(msgspec.Struct):
    center: _Point
    radius: _Radius


class _Polygon(msgspec.Struct):
    vertices: list[_Point]


class _Altitude(msgspec.Struct):
    value: float
    reference: Literal["W84"]
    units: Literal["M"]


class _Time(msgspec.Struct):
    value: str
    format: Literal["RFC3339"]


class _Volume3D(msgspec.Struct):
    outline_circle: _Circle | None = None
    outline_polygon: _Polygon | None = None
    altitude_lower: _Altitude | None = None
    altitude_upper: _Altitude | None = None


class _Volume4D(msgspec.Struct):
    volume: _Volume3D
    time_start: _Time | None = None
    time_end: _Time | None = None


class _Told(msgspec.Struct):
    """What stands around a list of volumes."""

    operation: str
    party: str
    role: Role = Role.OPERATION
    priority: object = None


_EXPECTED: Final = {
    "volume": "a Volume3D: an outline and its altitudes",
    "outline_circle": "a center and a radius",
    "outline_polygon": "vertices",
    "vertices": "three vertices or more, each with lat and lng",
    "center": "lat and lng in degrees",
    "lat": "a number of degrees",
    "lng": "a number of degrees",
    "radius": "a value in M, more than 0",
    "units": '"M"',
    "reference": '"W84"',
    "format": '"RFC3339"',
    "value": "a number, or a time in RFC 3339 with Z",
    "altitude_lower": "a value with reference W84 in M",
    "altitude_upper": "a value with reference W84 in M",
    "time_start": "a value with format RFC3339",
    "time_end": "a value with format RFC3339",
}
_MEMBERS: Final = frozenset(_EXPECTED)
_WRAPPED: Final = ("operational_intent", "constraint")
_FORMS: Final = "a Volume4D, a list of them, or an object with extents, details or volumes"
_decoder = msgspec.json.Decoder(_Volume4D)


def read(content: bytes, file: str) -> Reading:
    """Return the volumes of an F3548-21 document.

    Args:
        content: JSON.
        file: The file's name as given; its stem names the party, and the operation, where the document does not.

    Raises:
        LimitError: The file is too large, nests too deep or holds too many volumes.
        UnreadableError: It is not JSON, or holds no volume where the standard has one.
    """
    document = load_json(content, file)
    plain = plain_json(content, file)
    gathering = Gathering(file)
    try:
        require_distinct_members(plain, _MEMBERS)
    except FieldError as error:
        raise UnreadableError(f"{file}: found {error.field}: {error.found}; expected {error.expected}") from error
    found = False
    for count, (place, value, told) in enumerate(_volumes(document, gathering.party), 1):
        require_features(count, file)
        found = True
        _gather(place, value, told, gathering)
    if not found:
        raise UnreadableError(f"{file}: found {shown(document)}; expected {_FORMS}")
    return gathering.reading()


def _volumes(document: object, party: str) -> Iterator[tuple[str, object, _Told]]:
    """Give each volume's place, its value and what stands around it."""
    items = document if isinstance(document, list) else [document]
    for number, item in enumerate(items):
        prefix = f"[{number}]." if isinstance(document, list) else ""
        for wrapper in _WRAPPED:
            if isinstance(item, dict) and isinstance(item.get(wrapper), dict):
                prefix, item = f"{prefix}{wrapper}.", item[wrapper]
        if isinstance(item, dict) and not {"extents", "details", "volumes"} & item.keys():
            yield prefix.rstrip(".") or "volume 1", item, _Told("", "")
        elif isinstance(item, dict):
            yield from _listed(item, prefix, party)
        elif isinstance(document, list):
            yield prefix.rstrip("."), item, _Told("", "")


def _listed(item: Mapping[str, object], prefix: str, party: str) -> Iterator[tuple[str, object, _Told]]:
    reference, details = item.get("reference"), item.get("details")
    named = reference if isinstance(reference, dict) else {}
    inner = details if isinstance(details, dict) else item
    constraint = "type" in inner or "geozone" in inner
    told = _Told(
        str(named.get("id") or item.get("entity_id") or ""),
        str(named.get("manager") or ""),
        Role.ZONE if constraint else Role.OPERATION,
        inner.get("priority"),
    )
    path = f"{prefix}details." if isinstance(details, dict) else prefix
    for name in ("extents", "volumes", "off_nominal_volumes"):
        listed = inner.get(name)
        if isinstance(listed, list):
            for number, value in enumerate(listed):
                yield f"{path}{name}[{number}]", value, told


def _gather(place: str, value: object, told: _Told, gathering: Gathering) -> None:
    noted: list[str] = []
    try:
        volume = _volume(value, told, Source(gathering.file, place), (gathering.party, noted))
    except MeaningError as error:
        gathering.refuse(place, error)
        return
    gathering.take(volume)
    gathering.note(noted, place)


def _volume(value: object, told: _Told, source: Source, around: tuple[str, list[str]]) -> Volume:
    party, noted = around
    content = msgspec.json.encode(value)
    try:
        decoded = _decoder.decode(content)
    except msgspec.DecodeError as error:
        raise_fault(error, content, _EXPECTED)
    operation, named = fields.name_of(told.operation, "id"), fields.name_of(told.party, "manager")
    noted.extend(code for code, text in ((MISSING_OPERATION, operation), (MISSING_PARTY, named)) if not text)
    if told.priority is not None and (not isinstance(told.priority, int) or isinstance(told.priority, bool)):
        raise FieldError("priority", shown(told.priority), "a whole number")
    terms = Terms(
        operation=operation or party,
        party=named or party,
        role=told.role,
        priority=fields.priority_of(told.priority or 0),
        lower=_height(decoded.volume.altitude_lower, "volume.altitude_lower", ceil=False),
        upper=_height(decoded.volume.altitude_upper, "volume.altitude_upper", ceil=True),
        start_ms=fields.instant_of(decoded.time_start.value, "time_start") if decoded.time_start else None,
        end_ms=_end_ms(decoded.time_end),
    )
    return volume_of(terms, _shape(decoded.volume), source, noted)


def _end_ms(time_end: _Time | None) -> int | None:
    """Return the first instant after a window whose last instant belongs to it."""
    return min(fields.instant_of(time_end.value, "time_end", ceil=True) + 1, END_MS) if time_end else None


def _height(altitude: _Altitude | None, field: str, *, ceil: bool) -> Height | None:
    if altitude is None:
        return None
    if not LEAST_ALTITUDE_M <= altitude.value <= GREATEST_ALTITUDE_M:
        expected = f"{LEAST_ALTITUDE_M:,} to {GREATEST_ALTITUDE_M:,} m"
        raise FieldError(field, f"{fields.number_found(altitude.value)} m", expected)
    return fields.height_of_number(altitude.value, "M", "HAE", ceil=ceil)


def _shape(volume: _Volume3D) -> Shape:
    circle, polygon = volume.outline_circle, volume.outline_polygon
    if (circle is None) == (polygon is None):
        found = "neither" if circle is None else "both"
        raise FieldError("volume.outline_circle and volume.outline_polygon", found, "exactly one outline")
    if circle is not None:
        centre = fields.position_of(circle.center.lat, circle.center.lng, "volume.outline_circle.center")
        radius_mm = fields.length_mm(circle.radius.value, "volume.outline_circle.radius", positive=True)
        return Circle(centre, radius_mm)
    vertices = polygon.vertices if polygon is not None else []
    field = "volume.outline_polygon.vertices"
    if len(vertices) > GREATEST_VERTICES:
        raise FieldError(field, f"{len(vertices):,} vertices", f"at most {GREATEST_VERTICES:,}")
    ring = [fields.position_of(vertex.lat, vertex.lng, f"{field}[{n}]") for n, vertex in enumerate(vertices)]
    return Polygon((fields.without_repeats(ring, closed=True),))
