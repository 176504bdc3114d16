"""The true least distance of pairs of pieces, by geodesics: what decides where the plane is too coarse to.

For cores that do not overlap. Both are laid down in an azimuthal equidistant projection of the ellipsoid around the point
midway between them, the nearest points found there, and the geodesic between these measured: PROJ's own (Karney 2013).
Around such a middle the projection is off by (distance / Earth's radius)² / 6, 3 mm in 20 km, and the distance, which is
measured and not projected, by less.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely

from benchmarks.motion import least_distance
from benchmarks.pieces import GEOD, LAMBERT, Floats, Ints, Pieces, vertex_numbers
from benchmarks.workload import AREA, CIRCLE, MOVEMENT

FINEST_M: Final = 5_000.0
"""Edges are cut along their geodesics until none is longer."""
BOUND_M: Final = 0.1
"""How near to a minimum engine and geodesics may disagree: a pair that is nearer to it is listed, not counted."""


class Lines:
    """Edges of one piece per row, cut fine; a leg only as far as it counts.

    Args:
        all_pieces: The workload.
        rows: Which pieces.
        window: (n, 2), ms: what part of a leg counts.
    """

    def __init__(self, all_pieces: Pieces, rows: Ints, window: Floats) -> None:
        lon0, lat0, lon1, lat1, owner = _edges(all_pieces, rows)
        azimuth, _, length = GEOD.inv(lon0, lat0, lon1, lat1)
        moving = all_pieces.kind[rows] == MOVEMENT
        times = np.stack((all_pieces.start_ms[rows], all_pieces.end_ms[rows]), axis=1)
        shares = np.clip((window - times[:, :1]) / (times[:, 1:] - times[:, :1]), 0.0, 1.0)
        shares[~moving] = (0.0, 1.0)
        span = (shares[:, 1] - shares[:, 0])[owner] * length
        parts = np.maximum(1, np.ceil(span / FINEST_M)).astype(np.int64)
        edge = np.repeat(np.arange(len(owner)), parts)
        number = np.arange(len(edge)) - np.repeat(np.cumsum(parts) - parts, parts)
        self.owner = owner[edge]
        """(m,) which row each edge belongs to, ascending."""
        self.shares = np.stack((number, number + 1), axis=1) / parts[edge][:, None]
        low = shares[self.owner, :1]
        self.shares = low + self.shares * (shares[self.owner, 1:] - low)
        """(m, 2) shares of the edge that was cut: of a leg, its first and last instant."""
        both = np.repeat(edge, 2)
        lon, lat, _ = GEOD.fwd(lon0[both], lat0[both], azimuth[both], self.shares.ravel() * length[both])
        self.lon, self.lat = np.reshape(lon, (-1, 2)), np.reshape(lat, (-1, 2))
        """(m, 2) ends, degrees."""
        self.times = times[self.owner, :1] + self.shares * (times[self.owner, 1:] - times[self.owner, :1])
        """(m, 2) of a leg, ms."""

    def around(self, lon: Floats, lat: Floats, edges: Ints | None = None) -> Floats:
        """Return ends (m, 2, 2), m, seen from one middle per row (or per edge named)."""
        chosen = np.arange(len(self.owner)) if edges is None else edges
        middle = np.repeat(self.owner if edges is None else np.arange(len(edges)), 2)
        azimuth, _, distance = GEOD.inv(lon[middle], lat[middle], self.lon[chosen].ravel(), self.lat[chosen].ravel())
        azimuth = np.radians(azimuth)
        return np.stack((distance * np.sin(azimuth), distance * np.cos(azimuth)), axis=1).reshape(-1, 2, 2)


def _edges(of: Pieces, rows: Ints) -> tuple[Floats, Floats, Floats, Floats, Ints]:
    """Return the ends of all edges of some pieces and the row each belongs to; a point is an edge without length."""
    at, owner = vertex_numbers(of.first[rows], of.count[rows])
    kind = of.kind[rows][owner]
    last = at == (of.first[rows] + of.count[rows] - 1)[owner]
    to = np.where(last, np.where(kind == AREA, of.first[rows][owner], at), at + 1)
    keep = ~last | (kind == AREA) | (kind == CIRCLE)
    at, to, owner = at[keep], to[keep], owner[keep]
    return of.lon[at], of.lat[at], of.lon[to], of.lat[to], owner


def distances(of: Pieces, a: Ints, b: Ints, margin_ms: float) -> Floats:
    """Return the least distance of pairs of pieces at instants that the margin joins, m, along geodesics.

    Args:
        of: The workload.
        a: (n,) pieces.
        b: (n,) pieces, each in time with that of `a`, and not overlapping it.
        margin_ms: How far apart two instants may be.
    """
    window_a = np.stack((of.start_ms[b] - margin_ms, of.end_ms[b] + margin_ms), axis=1)
    window_b = np.stack((of.start_ms[a] - margin_ms, of.end_ms[a] + margin_ms), axis=1)
    both = (of.kind[a] == MOVEMENT) & (of.kind[b] == MOVEMENT)
    found = np.empty(len(a))
    for chosen, measure in ((~both, _still), (both, _moving)):
        if chosen.any():
            one, other = Lines(of, a[chosen], window_a[chosen]), Lines(of, b[chosen], window_b[chosen])
            found[chosen] = measure(one, other, margin_ms)
    return found


def _still(one: Lines, other: Lines, _: float) -> Floats:
    """Return the least distances where at most one of the two moves: those of the lines."""
    lon, lat = _middles(*(_lines(line, *LAMBERT(line.lon, line.lat)) for line in (one, other)))
    near = [_lines(line, *np.moveaxis(line.around(lon, lat), 2, 0)) for line in (one, other)]
    ends = shapely.get_coordinates(shapely.shortest_line(*near)).reshape(-1, 2, 2)
    return _measured(lon, lat, ends[:, 0], ends[:, 1])


def _measured(lon: Floats, lat: Floats, a: Floats, b: Floats) -> Floats:
    """Return the geodesics between points given as seen from middles."""
    places = [
        GEOD.fwd(lon, lat, np.degrees(np.arctan2(end[:, 0], end[:, 1])), np.hypot(end[:, 0], end[:, 1]))
        for end in (a, b)
    ]
    return np.asarray(GEOD.inv(places[0][0], places[0][1], places[1][0], places[1][1])[2])


def _lines(line: Lines, x: Floats, y: Floats) -> object:
    """Return one multi-line per row of `Lines`."""
    edges = shapely.linestrings(np.stack((x, y), axis=2))
    return shapely.multilinestrings(edges, indices=line.owner)


def _middles(a: object, b: object) -> tuple[Floats, Floats]:
    """Return the points midway between geometries of the plane, degrees."""
    ends = shapely.get_coordinates(shapely.shortest_line(a, b)).reshape(-1, 2, 2)
    middle = ends.mean(axis=1)
    lon, lat = LAMBERT(middle[:, 0], middle[:, 1], inverse=True)
    return np.asarray(lon), np.asarray(lat)


def _moving(one: Lines, other: Lines, margin_ms: float) -> Floats:
    """Return the least distances where both move: each part of the one against each part of the other in time."""
    rows = one.owner[-1] + 1
    of_other = np.bincount(other.owner, minlength=rows)
    starts = np.cumsum(of_other) - of_other
    i = np.repeat(np.arange(len(one.owner)), of_other[one.owner])
    first = np.cumsum(of_other[one.owner]) - of_other[one.owner]
    j = starts[one.owner[i]] + np.arange(len(i)) - np.repeat(first, of_other[one.owner])
    a, b = one.times[i], other.times[j]
    timely = (a[:, 0] <= b[:, 1] + margin_ms) & (b[:, 0] <= a[:, 1] + margin_ms)
    i, j = i[timely], j[timely]
    lon, lat = _middles(
        *(shapely.linestrings(np.stack(LAMBERT(x.lon[k], x.lat[k]), axis=2)) for x, k in ((one, i), (other, j)))
    )
    near = one.around(lon, lat, i), other.around(lon, lat, j)
    _, s, t = least_distance((one.times[i], near[0]), (other.times[j], near[1]), margin_ms)
    a, b = (
        ends[:, 0] + ((at - x.times[k, 0]) / (x.times[k, 1] - x.times[k, 0]))[:, None] * (ends[:, 1] - ends[:, 0])
        for x, k, ends, at in ((one, i, near[0], s), (other, j, near[1], t))
    )
    found = np.full(rows, np.inf)
    np.minimum.at(found, one.owner[i], _measured(lon, lat, a, b))
    return found
