"""The workload as a good engineer would hand it to a planar library: standing shapes whole, movements leg by leg.

Shared by the baselines; the engine never sees it. Legs are cut at 40 km along their geodesics, so that a straight line
of the plane stands for each of them. Decides nothing.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from pyproj import Geod, Proj

from benchmarks.workload import AREA, CIRCLE, CORRIDOR, MOVEMENT, Workload

GEOD: Final = Geod(ellps="WGS84")
LONGEST_LEG_M: Final = 40_000.0
LAMBERT: Final = Proj("+proj=lcc +lat_0=40 +lon_0=40 +lat_1=37.2 +lat_2=42.8 +ellps=WGS84")
"""Lambert's conformal conic for the country of the workload."""
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Pieces(msgspec.Struct, frozen=True):
    """Pieces as columns: (n,) each, vertices (m,).

    Args:
        volume: Number of the volume it is a piece of.
        kind: CIRCLE (its centre), CORRIDOR (a line), AREA (a ring that is not closed) or MOVEMENT (one leg's part).
        party: 0 or 1.
        start_ms: and `end_ms`: when it is there; a leg runs from its first vertex to its second meanwhile.
        low_e4: and `high_e4`: limits, 1e-4 m.
        radius_m: How far it reaches beyond its core.
        first: Where its vertices start.
        count: How many they are.
        lon: (m,) degrees, and `lat`.
        x: (m,) m in Lambert's projection, and `y`.
        scale: How many metres of the plane a metre is at the piece's first vertex.
    """

    volume: Ints
    kind: Ints
    party: Ints
    start_ms: Floats
    end_ms: Floats
    low_e4: Ints
    high_e4: Ints
    radius_m: Floats
    first: Ints
    count: Ints
    lon: Floats
    lat: Floats
    x: Floats
    y: Floats
    scale: Floats


def pieces(load: Workload) -> Pieces:
    """Return the pieces of a workload: standing volumes first, then the parts of legs."""
    still = np.flatnonzero(load.kind != MOVEMENT)
    owner = np.repeat(np.arange(len(load.kind)), load.counts)
    standing = load.kind[owner] != MOVEMENT
    leg_owner, leg_lon, leg_lat, leg_ms = _parts(load, np.flatnonzero(~standing), owner)
    volume = np.concatenate((still, leg_owner))
    count = np.concatenate((load.counts[still], np.full(len(leg_owner), 2)))
    lon = np.concatenate((load.lon_e7[standing] / 1e7, leg_lon.ravel()))
    lat = np.concatenate((load.lat_e7[standing] / 1e7, leg_lat.ravel()))
    x, y = LAMBERT(lon, lat)
    first = np.concatenate(((0,), np.cumsum(count)[:-1]))
    return Pieces(
        volume=volume,
        kind=load.kind[volume].astype(np.int64),
        party=load.party[volume],
        start_ms=np.concatenate((load.start_ms[still].astype(float), leg_ms[:, 0])),
        end_ms=np.concatenate((load.end_ms[still].astype(float), leg_ms[:, 1])),
        low_e4=load.low_e4[volume],
        high_e4=load.high_e4[volume],
        radius_m=load.radius_mm[volume] / 1000.0,
        first=first,
        count=count,
        lon=lon,
        lat=lat,
        x=np.asarray(x),
        y=np.asarray(y),
        scale=_scale_at(lat[first]),
    )


def _parts(load: Workload, moving: Ints, owner: Ints) -> tuple[Ints, Floats, Floats, Floats]:
    """Return the owners of the parts of all legs, and (n, 2) longitudes, latitudes and times of their ends."""
    legs = moving[:-1][owner[moving[:-1]] == owner[moving[1:]]]
    lon, lat = load.lon_e7 / 1e7, load.lat_e7 / 1e7
    azimuth, _, length = GEOD.inv(lon[legs], lat[legs], lon[legs + 1], lat[legs + 1])
    parts = (np.asarray(length) / LONGEST_LEG_M).astype(np.int64) + 1
    leg = np.repeat(np.arange(len(legs)), parts)
    number = np.arange(len(leg)) - np.repeat(np.cumsum(parts) - parts, parts)
    share = np.stack((number, number + 1), axis=1) / parts[leg][:, None]
    both = np.repeat(leg, 2)
    lons, lats, _ = GEOD.fwd(
        lon[legs][both], lat[legs][both], np.asarray(azimuth)[both], share.ravel() * np.asarray(length)[both]
    )
    start, span = load.time_ms[legs][leg][:, None], (load.time_ms[legs + 1] - load.time_ms[legs])[leg][:, None]
    return owner[legs][leg], np.reshape(lons, (-1, 2)), np.reshape(lats, (-1, 2)), start + share * span


def _scale_at(lat: Floats) -> Floats:
    """Return the projection's scale at latitudes; it is the same along each parallel."""
    known = np.linspace(20.0, 60.0, 801)
    scale = LAMBERT.get_factors(np.full(len(known), 40.0), known).meridional_scale
    return np.asarray(np.interp(lat, known, scale))


def vertex_numbers(first: Ints, count: Ints) -> tuple[Ints, Ints]:
    """Return the vertices of some pieces, one piece after the other, and which of the pieces each belongs to."""
    owner = np.repeat(np.arange(len(first)), count)
    inner = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    return first[owner] + inner, owner


KINDS: Final = (CIRCLE, CORRIDOR, AREA, MOVEMENT)
