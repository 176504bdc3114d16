"""ED-269 UAS geographical zones: each airspace volume of a zone, in each window in which it applies, becomes a zone.

The party is the file's stem (one warning per file): a zone's `country` and authority name who answers for it, not who
files it here. The operation is the `identifier`, the kind the `restriction` (PROHIBITED, …). `uomDimensions` is the
unit of a volume's limits and of its radius. Daily schedules become windows where they can be computed (`uas_zone`).
Nothing is written in this dialect.

Source: EUROCAE ED-269 (2020), Minimum operational performance standard for UAS geo-fencing, appendix 2.
"""

from __future__ import annotations

import math

from sazokar.dialects.document import load_features
from sazokar.dialects.fields import quote
from sazokar.dialects.gathering import Gathering
from sazokar.dialects.reading import Reading
from sazokar.dialects.uas_zone import (
    LimitFields,
    Warn,
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
from sazokar.domain.plan.height import UNIT_E4, Unit
from sazokar.domain.plan.shape import GREATEST_RADIUS_MM, Circle, Shape
from sazokar.errors import FieldError

_LOWER = LimitFields("lowerLimit", "lowerVerticalReference", upper=False)
_UPPER = LimitFields("upperLimit", "upperVerticalReference", upper=True)


def read(content: bytes, file: str) -> Reading:
    """Return the zones of an ED-269 file.

    Raises:
        LimitError: The file is beyond a stated limit.
        UnreadableError: It is no JSON, or has no list of features.
    """
    document = load_features(content, file, "an ED-269 object with features")
    gathering = Gathering(file)
    gather_features(document.features, gathering, lambda zone, name: _read_zone(zone, name, gathering))
    return gathering.reading()


def _read_zone(feature: dict[str, object], name: str, gathering: Gathering) -> None:
    def warn(code: str, message: str) -> None:
        gathering.warn(code, name, message)

    identifier = text_of(feature, "identifier")
    kind = feature.get("restriction", "")
    if not isinstance(kind, str):
        raise FieldError("restriction", quote(kind), "a text, such as PROHIBITED")
    windows = windows_of(list_of(feature.get("applicability") or [], "applicability"), "applicability", warn)
    airspaces = list_of(feature.get("geometry"), "geometry")
    if not airspaces:
        raise FieldError("geometry", "no airspace volume", "one or more")
    zone = Zone(identifier, kind, windows)
    for airspace in airspaces:
        space = object_of(airspace, "geometry")
        unit = unit_of(space, "uomDimensions")
        lower, upper = limit_of(space, _LOWER, unit, warn), limit_of(space, _UPPER, unit, warn)
        shape = _shape(object_of(space.get("horizontalProjection"), "horizontalProjection"), unit, warn)
        gather_zone(zone, (shape, lower, upper), name, gathering)


def _shape(projection: dict[str, object], unit: Unit, warn: Warn) -> Shape:
    match projection.get("type"):
        case "Polygon":
            return polygon_of(projection.get("coordinates"), "horizontalProjection.coordinates")
        case "Circle":
            centre = vertex_of(projection.get("center"), "horizontalProjection.center")
            radius = number_of(projection.get("radius"), "horizontalProjection.radius")
            if not 0 < radius * UNIT_E4[unit] <= GREATEST_RADIUS_MM * 10:
                found = f"{radius} {unit.lower()}"
                raise FieldError("horizontalProjection.radius", found, "more than 0 and at most 1,000 km")
            if unit is Unit.FT:
                warn("radius-in-feet", f"Its radius was read in its unit of dimensions: {radius:,} ft.")
            return Circle(centre, math.ceil(radius * UNIT_E4[unit] / 10))
        case other:
            raise FieldError("horizontalProjection.type", quote(other), "Circle or Polygon")
