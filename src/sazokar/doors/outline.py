"""What a shape looks like on the Earth, as rings of longitudes and latitudes fine enough to draw.

For drawings only: no verdict rests on an outline. Edges are geodesics, as they are judged.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod, Proj

from sazokar.domain.plan.shape import Circle, Corridor, Movement, MultiPolygon, Polygon, Position, Rectangle, Shape

GEOD: Final = Geod(ellps="WGS84")
Degrees = NDArray[np.float64]
"""(n, 2): longitude and latitude in degrees."""
_STEP_M: Final = 25_000.0
_GREATEST_POINTS: Final = 4_000
"""A drawn line is thinned to at most this many vertices before it is densified."""
_AROUND: Final = 72
_SMALL_M: Final = 300_000.0
"""On a plane no wider than this a buffer is true to 0.1 %: it errs by (distance / 6,371 km)² / 6 from the centre."""


class Outline(msgspec.Struct, frozen=True):
    """A shape as it is drawn.

    Args:
        polygons: Each the outer ring, then the holes.
        path: The line of a corridor or of a movement; empty for an area.
    """

    polygons: tuple[tuple[Degrees, ...], ...]
    path: Degrees

    @property
    def points(self) -> Degrees:
        """Every vertex of the drawing."""
        return np.concatenate([self.path, *(ring for rings in self.polygons for ring in rings)])


def outline(shape: Shape) -> Outline:
    """Return the outline of a shape."""
    match shape:
        case Circle():
            rings = (_around(shape.centre.lon, shape.centre.lat, shape.radius_mm / 1000),)
            return Outline((rings,), _NO_PATH)
        case Rectangle():
            return Outline(((_rectangle(shape),),), _NO_PATH)
        case Polygon():
            return Outline((_rings(shape),), _NO_PATH)
        case MultiPolygon():
            return Outline(tuple(_rings(polygon) for polygon in shape.polygons), _NO_PATH)
        case Corridor() | Movement():
            path = densified(_degrees(shape.line))
            return Outline(swath(path, shape.half_width_mm / 1000), path)


_NO_PATH: Final = np.empty((0, 2))


def _degrees(line: tuple[Position, ...]) -> Degrees:
    thinned = line[:: max(1, len(line) // _GREATEST_POINTS)]
    return np.array([(p.lon, p.lat) for p in (*thinned, line[-1])])


def densified(points: Degrees) -> Degrees:
    """Return a line with geodesic points between, at most 25 km apart, or fewer where the line is very long."""
    _, _, lengths = GEOD.inv(points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1])
    step = max(_STEP_M, float(np.sum(lengths)) / _GREATEST_POINTS)
    parts = [points[:1]]
    for (a, b), length in zip(pairwise(points), lengths, strict=True):
        between = GEOD.npts(a[0], a[1], b[0], b[1], min(int(length // step), 500)) if length > step else []
        parts.append(np.array([*between, b]).reshape(-1, 2))
    return np.concatenate(parts)


def _rings(polygon: Polygon) -> tuple[Degrees, ...]:
    return tuple(densified(_degrees((*ring, ring[0]))) for ring in polygon.rings)


def _around(lon: float, lat: float, radius_m: float) -> Degrees:
    azimuths = np.linspace(0, 360, _AROUND + 1)
    ones = np.ones_like(azimuths)
    lons, lats, _ = GEOD.fwd(lon * ones, lat * ones, azimuths, radius_m * ones)
    return np.column_stack([lons, lats])


def _rectangle(shape: Rectangle) -> Degrees:
    west, south, east, north = (value / 1e7 for value in (shape.west_e7, shape.south_e7, shape.east_e7, shape.north_e7))
    east += 360 if east < west else 0
    lons, lats = np.linspace(west, east, 49), np.linspace(south, north, 25)
    sides = [(lons, np.full(49, south)), (np.full(25, east), lats)]
    sides += [(lons[::-1], np.full(49, north)), (np.full(25, west), lats[::-1])]
    return np.concatenate([np.column_stack(side) for side in sides])


def swath(path: Degrees, half_width_m: float) -> tuple[tuple[Degrees, ...], ...]:
    """Return all points within a distance of a line: a disc at each vertex, and a strip along each segment."""
    if half_width_m <= 0:
        return ()
    plane = Proj(proj="aeqd", ellps="WGS84", lon_0=path[len(path) // 2, 0], lat_0=path[len(path) // 2, 1])
    flat = _plane(plane, path)
    if float(np.ptp(flat, axis=0).max(initial=0)) < _SMALL_M:
        return _swath_parts(plane, shapely.LineString(flat).buffer(half_width_m, quad_segs=18))
    path = path[:: max(1, len(path) // 500)] if len(path) > 500 else path
    pieces = [shapely.Polygon(_plane(plane, _around(lon, lat, half_width_m))) for lon, lat in path]
    pieces += [shapely.Polygon(_plane(plane, strip)) for strip in _strips(path, half_width_m)]
    return _swath_parts(plane, shapely.union_all([piece.buffer(0) for piece in pieces]))


def _swath_parts(plane: Proj, whole: shapely.Geometry) -> tuple[tuple[Degrees, ...], ...]:
    """Return the parts of an area in the plane as rings on the Earth."""
    parts = whole.geoms if isinstance(whole, shapely.MultiPolygon) else [whole]
    return tuple(
        tuple(_earth(plane, np.asarray(ring.coords)) for ring in (part.exterior, *part.interiors))
        for part in parts
        if isinstance(part, shapely.Polygon) and not part.is_empty
    )


def _strips(path: Degrees, half_width_m: float) -> list[Degrees]:
    forth, back, lengths = GEOD.inv(path[:-1, 0], path[:-1, 1], path[1:, 0], path[1:, 1])
    strips = []
    for a, b, begins, ends, length in zip(path[:-1], path[1:], forth, back, lengths, strict=True):
        if length > 0:
            corners = [(a, begins - 90), (a, begins + 90), (b, ends - 90), (b, ends + 90)]
            strip = [GEOD.fwd(point[0], point[1], azimuth, half_width_m)[:2] for point, azimuth in corners]
            strips.append(np.array(strip))
    return strips


def _plane(plane: Proj, points: Degrees) -> Degrees:
    return np.column_stack(plane(points[:, 0], points[:, 1]))


def _earth(plane: Proj, points: Degrees) -> Degrees:
    return np.column_stack(plane(points[:, 0], points[:, 1], inverse=True))


def place_at(movement: Movement, instant_ms: int) -> tuple[float, float]:
    """Return longitude and latitude of what moves at an instant; before its first or after its last, there."""
    times = movement.times_ms
    later = int(np.searchsorted(times, instant_ms, side="right"))
    if later == 0 or later == len(times):
        end = movement.line[0 if later == 0 else -1]
        return end.lon, end.lat
    a, b = movement.line[later - 1], movement.line[later]
    fraction = (instant_ms - times[later - 1]) / (times[later] - times[later - 1])
    azimuth, _, length = GEOD.inv(a.lon, a.lat, b.lon, b.lat)
    lon, lat, _ = GEOD.fwd(a.lon, a.lat, azimuth, length * fraction)
    return float(lon), float(lat)


def path_between(movement: Movement, start_ms: int, end_ms: int) -> Degrees:
    """Return the way of what moves within a window."""
    within = [(p.lon, p.lat) for p, ms in zip(movement.line, movement.times_ms, strict=True) if start_ms < ms < end_ms]
    return densified(np.array([place_at(movement, start_ms), *within, place_at(movement, end_ms)]))
