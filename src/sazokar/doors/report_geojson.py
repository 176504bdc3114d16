"""The report as GeoJSON for any map: each conflict a point, each volume its outline; the rest in the member `sazokar`.

Outlines are drawn, not judged, and are cut at the antimeridian (RFC 7946, section 3.1.9): to file plans again use the
profile that `sazokar convert` writes.
"""

from __future__ import annotations

import msgspec
import numpy as np
import shapely
from shapely.geometry.polygon import orient

from sazokar.domain.plan.shape import Shape
from sazokar.doors.outline import Degrees, outline
from sazokar.doors.presented import Presented
from sazokar.doors.report_json import conflict_out, encode, report_out, volume_out


def render(presented: Presented) -> str:
    """Return the report as a FeatureCollection, a feature to a line."""
    members = msgspec.to_builtins(report_out(presented))
    for shown_as_features in ("conflicts", "volumes"):
        del members[shown_as_features]
    features = [
        _feature("conflict", msgspec.to_builtins(conflict_out(conflict)), {
            "type": "Point", "coordinates": [conflict.at.lon, conflict.at.lat],
        })
        for conflict in presented.report.conflicts
    ]  # fmt: skip
    features += [
        _feature("volume", msgspec.to_builtins(volume_out(volume)), _geometry(volume.shape))
        for volume in presented.report.volumes
    ]
    lines = ",\n".join(encode(feature, indent=-1) for feature in features)
    return f'{{"type": "FeatureCollection",\n"sazokar": {encode(members, indent=-1)},\n"features": [\n{lines}\n]}}\n'


def _feature(record: str, properties: dict[str, object], geometry: dict[str, object] | None) -> dict[str, object]:
    return {"type": "Feature", "geometry": geometry, "properties": {"record": record} | properties}


def _geometry(shape: Shape) -> dict[str, object] | None:
    """Return the outline of a shape; the path alone where it has no width; None where nothing is left to draw."""
    drawn = outline(shape)
    if drawn.polygons:
        cut = [part for rings in drawn.polygons for part in _cut(_flat_polygon(rings))]
        whole = shapely.set_precision(shapely.union_all(cut) if len(cut) > 1 else cut[0], 1e-7)
        parts = [orient(part) for part in shapely.get_parts(whole) if part.area > 0]
        rings = [[_rounded(ring) for ring in (part.exterior, *part.interiors)] for part in parts]
        return {"type": "MultiPolygon", "coordinates": rings} if rings else None
    parts = _cut(shapely.LineString(_unwrapped(drawn.path)))
    lines = [_rounded(part) for part in parts if isinstance(part, shapely.LineString) and not part.is_empty]
    return {"type": "MultiLineString", "coordinates": lines} if lines else None


def _unwrapped(points: Degrees) -> Degrees:
    """Return a line whose longitudes run on beyond ±180 instead of jumping."""
    return np.column_stack([np.unwrap(points[:, 0], period=360), points[:, 1]])


def _flat_polygon(rings: tuple[Degrees, ...]) -> shapely.Geometry:
    outer, *holes = (_unwrapped(ring) for ring in rings)
    if abs(outer[-1, 0] - outer[0, 0]) > 180:  # it runs around a pole, which the plane must be told
        pole = 90.0 if outer[:, 1].mean() > 0 else -90.0
        outer = np.concatenate([outer, [[outer[-1, 0], pole], [outer[0, 0], pole], outer[0]]])
    middle = float(outer[:, 0].mean())
    beside = [hole + np.array([round((middle - float(hole[:, 0].mean())) / 360) * 360, 0]) for hole in holes]
    return shapely.make_valid(shapely.Polygon(outer, beside))


def _cut(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    """Return the parts of a geometry within each turn of longitudes, all brought to ±180."""
    west, _, east, _ = geometry.bounds
    if west >= -180 and east <= 180:
        return [geometry]
    parts: list[shapely.Geometry] = []
    for turn in range(int(np.floor((west + 180) / 360)), int(np.floor((east + 180) / 360)) + 1):
        window = shapely.box(-180 + 360 * turn, -90, 180 + 360 * turn, 90)
        moved = shapely.transform(geometry.intersection(window), lambda xy, turn=turn: xy - [360 * turn, 0])
        parts += [part for whole in shapely.get_parts(moved) for part in shapely.get_parts(whole)]
    return parts


def _rounded(line: shapely.LineString) -> list[list[float]]:
    rounded: list[list[float]] = np.round(np.asarray(line.coords), 7).tolist()
    return rounded
