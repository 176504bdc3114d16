"""ED-318 UAS geographical zones: each layered geometry of a zone, in each window in which it applies, becomes a zone.

GeoJSON with two additions: a geometry has a vertical `layer`, and a Point may have an `extent` (a circle, radius in
metres). A GeometryCollection holds several layers: several volumes of one zone. The party is the file's stem (one
warning per file), the operation the `identifier`, the kind the `type` (PROHIBITED, REQ_AUTHORIZATION, …). A zone
without `limitedApplicability` stands always. A point or line without an extent bounds no space and is refused.

What a data set says of itself is checked too: metadata that cannot be read is reported, and the zones are read all the
same, as leaving them out would be a miss. Nothing is written in this dialect.

Source: EUROCAE ED-318 (2024), technical specification for geographical zones and U-space data, chapter 4.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from sazokar.dialects.document import load_features
from sazokar.dialects.fields import quote, reading_field
from sazokar.dialects.gathering import Gathering
from sazokar.dialects.reading import Reading
from sazokar.dialects.uas_zone import (
    LimitFields,
    Zone,
    gather_features,
    gather_zone,
    limit_of,
    list_of,
    number_of,
    object_of,
    polygon_of,
    text_of,
    unit_of,
    vertex_of,
    windows_of,
)
from sazokar.domain.plan.instant import parse_instant
from sazokar.domain.plan.shape import GREATEST_RADIUS_MM, Circle, MultiPolygon, Shape
from sazokar.errors import FieldError

_LOWER = LimitFields("lower", "lowerReference", upper=False)
_UPPER = LimitFields("upper", "upperReference", upper=True)
_TYPES = frozenset({"USPACE", "PROHIBITED", "REQ_AUTHORIZATION", "CONDITIONAL", "NO_RESTRICTION"})
_METADATA_TIMES = ("issued", "validFrom", "validTo")


def read(content: bytes, file: str) -> Reading:
    """Return the zones of an ED-318 file.

    Raises:
        LimitError: The file is beyond a stated limit.
        UnreadableError: It is no JSON, or no collection of features.
    """
    document = load_features(content, file, "an ED-318 FeatureCollection")
    gathering = Gathering(file)
    with gathering.feature("metadata"):
        _check_metadata(object_of(document.metadata or {}, ""))
    gather_features(document.features, gathering, lambda zone, name: _read_zone(zone, name, gathering))
    return gathering.reading()


def _check_metadata(metadata: dict[str, object]) -> None:
    for field in _METADATA_TIMES:
        value = metadata.get(field)
        if value is None:
            continue
        if not isinstance(value, str):
            raise FieldError(field, quote(value), "an RFC 3339 time with a zone")
        with reading_field(field):
            parse_instant(value)


def _read_zone(feature: dict[str, object], name: str, gathering: Gathering) -> None:
    def warn(code: str, message: str) -> None:
        gathering.warn(code, name, message)

    properties = object_of(feature.get("properties"), "properties")
    identifier = text_of(properties, "identifier")
    kind = text_of(properties, "type")
    if kind not in _TYPES:
        warn("unknown-zone-type", f"Its type {quote(kind)} is none of {', '.join(sorted(_TYPES))}; it was kept.")
    periods = properties.get("limitedApplicability") or []
    windows = windows_of(periods if isinstance(periods, list) else [periods], "limitedApplicability", warn)
    zone = Zone(identifier, kind, windows)
    for geometry in _layers(object_of(feature.get("geometry"), "geometry")):
        layer = object_of(geometry.get("layer"), "geometry.layer")
        unit = unit_of(layer, "uom")
        shape = _shape(geometry)
        lower, upper = limit_of(layer, _LOWER, unit, warn), limit_of(layer, _UPPER, unit, warn)
        gather_zone(zone, (shape, lower, upper), name, gathering)


def _layers(geometry: dict[str, object]) -> Iterator[dict[str, object]]:
    """Yield the geometries of a collection, or the one that it is; nesting is bounded by the file's."""
    if geometry.get("type") != "GeometryCollection":
        yield geometry
        return
    inner = list_of(geometry.get("geometries"), "geometry.geometries")
    if not inner:
        raise FieldError("geometry.geometries", "none", "one or more")
    for item in inner:
        yield from _layers(object_of(item, "geometry.geometries"))


def _shape(geometry: dict[str, object]) -> Shape:
    coordinates = geometry.get("coordinates")
    match geometry.get("type"):
        case "Polygon":
            return polygon_of(coordinates, "geometry.coordinates")
        case "MultiPolygon":
            polygons = [
                polygon_of(item, "geometry.coordinates") for item in list_of(coordinates, "geometry.coordinates")
            ]
            if not polygons:
                raise FieldError("geometry.coordinates", "no polygon", "one or more")
            return MultiPolygon(tuple(polygons))
        case "Point":
            extent = object_of(geometry.get("extent"), "geometry.extent")
            if extent.get("subType") != "Circle":
                raise FieldError("geometry.extent.subType", quote(extent.get("subType")), "Circle")
            radius = number_of(extent.get("radius"), "geometry.extent.radius")
            if not 0 < radius * 1000 <= GREATEST_RADIUS_MM:
                raise FieldError("geometry.extent.radius", f"{radius} m", "more than 0 and at most 1,000 km")
            return Circle(vertex_of(coordinates, "geometry.coordinates"), math.ceil(radius * 1000))
        case other:
            raise FieldError(
                "geometry.type", quote(other), "Polygon, MultiPolygon, Point with an extent, or a collection"
            )
