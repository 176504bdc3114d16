"""A slow, independent judge of two volumes: geodesics sampled densely and narrowed. For tests; shares nothing with the engine.

Distances and points are PROJ's (C. F. F. Karney, Algorithms for geodesics, J. Geodesy 87, 2013); insides are found by
GEOS in an azimuthal equidistant projection. Judges horizontal distance and time; heights are compared by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

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

GEOD: Final = Geod(ellps="WGS84")
Points = NDArray[np.float64]
"""(n, 2): longitude, latitude, degrees."""


def edge_points(a: Position, b: Position, shares: Points) -> Points:
    """Return points at given shares of the geodesic from one position to another."""
    azimuth, _, length = GEOD.inv(a.lon, a.lat, b.lon, b.lat)
    count = len(shares)
    lon, lat, _ = GEOD.fwd(np.full(count, a.lon), np.full(count, a.lat), np.full(count, azimuth), shares * length)
    return np.stack((lon, lat), axis=1)


def edges_of(shape: Shape) -> list[Callable[[Points], Points]]:
    """Return the edges of a shape's core, each as what turns shares in [0, 1] into points."""
    match shape:
        case Circle():
            return [lambda shares: np.broadcast_to((shape.centre.lon, shape.centre.lat), (len(shares), 2))]
        case Corridor() | Movement():
            return [_edge(a, b) for a, b in zip(shape.line, shape.line[1:], strict=False)]
        case Polygon():
            return [edge for ring in shape.rings for edge in _ring_edges(ring)]
        case MultiPolygon():
            return [edge for polygon in shape.polygons for edge in edges_of(polygon)]
        case Rectangle():
            return _rectangle_edges(shape)


def _edge(a: Position, b: Position) -> Callable[[Points], Points]:
    return lambda shares: edge_points(a, b, shares)


def _ring_edges(ring: Sequence[Position]) -> list[Callable[[Points], Points]]:
    return [_edge(a, b) for a, b in zip(ring, (*ring[1:], ring[0]), strict=True)]


def _rectangle_edges(shape: Rectangle) -> list[Callable[[Points], Points]]:
    south, north, west = shape.south_e7 / 1e7, shape.north_e7 / 1e7, shape.west_e7 / 1e7
    width = ((shape.east_e7 - shape.west_e7) / 1e7) % 360 or 360.0

    def along(lat0: float, lat1: float, lon0: float, lon1: float) -> Callable[[Points], Points]:
        return lambda s: np.stack((lon0 + s * (lon1 - lon0), lat0 + s * (lat1 - lat0)), axis=1)

    return [
        along(south, south, west, west + width),
        along(north, north, west, west + width),
        along(south, north, west, west),
        along(south, north, west + width, west + width),
    ]


def contains(shape: Shape, points: Points) -> NDArray[np.bool_]:
    """Return which points are inside a shape's core; never for points and lines, which have no inside."""
    if isinstance(shape, MultiPolygon):
        any_of: NDArray[np.bool_] = np.any([contains(polygon, points) for polygon in shape.polygons], axis=0)
        return any_of
    if isinstance(shape, Rectangle):
        turn = (points[:, 0] - shape.west_e7 / 1e7) % 360
        width = ((shape.east_e7 - shape.west_e7) / 1e7) % 360 or 360.0
        lat = points[:, 1]
        inside: NDArray[np.bool_] = (turn < width) & (lat > shape.south_e7 / 1e7) & (lat < shape.north_e7 / 1e7)
        return inside
    if not isinstance(shape, Polygon):
        return np.zeros(len(points), bool)
    shares = np.linspace(0, 1, 200, endpoint=False)
    rings = [np.concatenate([edge(shares) for edge in _ring_edges(ring)]) for ring in shape.rings]
    middle = _middle(rings[0])
    flat = [_flat(ring, middle) for ring in rings]
    polygon = shapely.Polygon(flat[0], flat[1:])
    found: NDArray[np.bool_] = shapely.contains_xy(polygon, *_flat(points, middle).T)
    return found


def _middle(points: Points) -> tuple[float, float]:
    lon, lat = np.radians(points).T
    x, y, z = np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)
    return float(np.degrees(np.arctan2(y.mean(), x.mean()))), float(
        np.degrees(np.arctan2(z.mean(), np.hypot(x.mean(), y.mean())))
    )


def _flat(points: Points, middle: tuple[float, float]) -> Points:
    """Return points in the azimuthal equidistant projection of the ellipsoid around a middle, m."""
    count = len(points)
    azimuth, _, distance = GEOD.inv(np.full(count, middle[0]), np.full(count, middle[1]), points[:, 0], points[:, 1])
    return np.stack((distance * np.sin(np.radians(azimuth)), distance * np.cos(np.radians(azimuth))), axis=1)


def core_distance(a: Shape, b: Shape) -> float:
    """Return the least geodesic distance between the cores of two shapes that stand still, m; 0 where they overlap.

    A movement counts as the line it runs along. Exact to about a millimetre: samples are narrowed around the least.
    """
    one = np.concatenate([edge(np.zeros(1)) for edge in edges_of(a)])
    other = np.concatenate([edge(np.zeros(1)) for edge in edges_of(b)])
    if contains(b, one).any() or contains(a, other).any():
        return 0.0
    return min(_least(_both(x, y)) for x in edges_of(a) for y in edges_of(b))


def _both(x: Callable[[Points], Points], y: Callable[[Points], Points]) -> Callable[[Points, Points], Points]:
    def distance(s: Points, t: Points) -> Points:
        a, b = np.repeat(x(s), t.shape[1], axis=0), y(t.ravel())
        _, _, found = GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
        return np.asarray(found).reshape(t.shape)

    return distance


def _least(distance: Callable[[Points, Points], Points]) -> float:
    """Return the least of a distance over two shares in [0, 1]: for shares of the one, the least over the other.

    Along geodesics that are short beside the Earth both are all but convex, so each is narrowed to the neighbours of
    the least of a few samples, again and again.
    """
    low, high = 0.0, 1.0
    best = np.inf
    for _ in range(14):
        shares = np.linspace(low, high, 9)
        found = _least_over_second(distance, shares)
        at = int(np.argmin(found))
        best = min(best, float(found[at]))
        low, high = shares[max(0, at - 1)], shares[min(8, at + 1)]
    return best


def _least_over_second(distance: Callable[[Points, Points], Points], first: Points) -> Points:
    """Return for each share of the one the least distance over all shares of the other."""
    low, high = np.zeros(len(first)), np.ones(len(first))
    best = np.full(len(first), np.inf)
    rows = np.arange(len(first))
    for _ in range(12):
        second = np.linspace(low, high, 9, axis=1)
        found = distance(first, second)
        at = np.argmin(found, axis=1)
        best = np.minimum(best, found[rows, at])
        low, high = second[rows, np.maximum(0, at - 1)], second[rows, np.minimum(8, at + 1)]
    return best


def moving_distance(a: Movement, b: Movement, margin_ms: float) -> float:
    """Return the least geodesic distance between two moving points at instants no further apart than a margin, m."""
    best = np.inf
    for (p, q), (s0, s1) in _legs(a):
        for (r, s), (t0, t1) in _legs(b):
            first, last = max(s0, t0 - margin_ms), min(s1, t1 + margin_ms)
            if first < last or (first == last and margin_ms):
                best = min(best, _least(_at_times(_edge(p, q), _edge(r, s), (s0, s1, t0, t1), margin_ms)))
    return best


def _at_times(
    x: Callable[[Points], Points], y: Callable[[Points], Points], span: tuple[int, int, int, int], margin_ms: float
) -> Callable[[Points, Points], Points]:
    """Return the distance of two legs by shares of their times.

    The first share is of the times that the margin allows the one, the second of those that it then allows the other.
    """
    s0, s1, t0, t1 = span
    first, last = max(s0, t0 - margin_ms), min(s1, t1 + margin_ms)

    def distance(u: Points, w: Points) -> Points:
        one = first + u * (last - first)
        low, high = np.maximum(t0, one - margin_ms), np.minimum(t1, one + margin_ms)
        other = low[:, None] + w * (high - low)[:, None]
        a = np.repeat(x((one - s0) / (s1 - s0)), w.shape[1], axis=0)
        b = y(((other - t0) / (t1 - t0)).ravel())
        _, _, found = GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
        return np.asarray(found).reshape(w.shape)

    return distance


def _legs(shape: Movement) -> list[tuple[tuple[Position, Position], tuple[int, int]]]:
    ends = zip(shape.line, shape.line[1:], strict=False)
    times = zip(shape.times_ms, shape.times_ms[1:], strict=False)
    return list(zip(ends, times, strict=True))


def position_at(shape: Movement, time_ms: float) -> Points:
    """Return where a movement is at a time within it: (1, 2), longitude and latitude, degrees."""
    for (p, q), (t0, t1) in _legs(shape):
        if t0 <= time_ms <= t1:
            return edge_points(p, q, np.array([(time_ms - t0) / (t1 - t0)]))
    raise ValueError(f"{time_ms} is outside the movement")
