"""PostGIS asked the same question in two ways: tuned by hand in slabs of time, and as one usually would.

Both judge movements as they move: against what stands, the part of a leg flown meanwhile; against each other, the vector
between the two over the instants that the margin joins, a polygon whose distance from the origin is the least distance.
SQL has no geodesic for two that move: where the plane is in doubt, such a pair is handed out and settled by `geodesic`,
and its time counted. Writing the rows as text is not counted; reading them is.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final, TextIO

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks import postgis_sql as sql
from benchmarks.geodesic import distances
from benchmarks.pieces import GEOD, Ints, Pieces, pieces
from benchmarks.server import Server
from benchmarks.strtree import pair_keys, reaches, shapes_of
from benchmarks.workload import MOVEMENT, TIME_MS, Workload

CHUNK: Final = 100_000
WAYS: Final = {"slabs": (sql.SLAB_BUILD, sql.SLAB_QUERY), "usual": (sql.USUAL_BUILD, sql.USUAL_QUERY)}


class Answer:
    """What a server found and what that cost.

    Args:
        server: A running server, empty.
        load: The workload.
        way: "slabs" or "usual".
        share: Ask about every so-manieth piece only.
    """

    def __init__(self, server: Server, load: Workload, way: str, share: int = 1) -> None:
        of = pieces(load)
        rows, found = server.room / "rows", server.room / "found"
        with rows.open("w", encoding="ascii") as stream:
            _write(of, stream)
        rows.chmod(0o644)
        build, query = WAYS[way]
        server.ask(sql.TABLE)
        before = server.cpu_s()
        for statement in (sql.LOADED.format(file=rows), *filter(str.strip, build.split(";"))):
            server.ask(statement)  # one by one: VACUUM allows no transaction around it
        self.build_s = server.cpu_s() - before
        before = server.cpu_s()
        server.ask(query.format(file=found, share=share))
        self.query_s = server.cpu_s() - before
        before_client = time.process_time()
        self.pairs = _settled(of, found)
        self.query_s += time.process_time() - before_client


def _settled(of: Pieces, found: Path) -> Ints:
    """Return the pairs of volumes, (n, 2), that the server found or left to be settled by geodesics."""
    table = np.loadtxt(found, dtype=np.int64, ndmin=2).reshape(-1, 3)
    sure, open_ = table[table[:, 2] == 1, :2], table[table[:, 2] == 2, :2]
    if len(open_):
        near = distances(of, open_[:, 0], open_[:, 1], TIME_MS) < reaches(of, open_)
        sure = np.concatenate((sure, open_[near]))
    keys = np.unique(pair_keys(of, sure))
    return np.stack((keys >> 32, keys & 0xFFFFFFFF), axis=1)


def _write(of: Pieces, stream: TextIO) -> None:
    """Write the rows of `piece` as COPY reads them."""
    moves = of.kind == MOVEMENT
    k = of.first
    end = np.where(moves, k + 1, k)
    azimuth, _, length = GEOD.inv(of.lon[k], of.lat[k], of.lon[end], of.lat[end])
    span = of.end_ms - of.start_ms
    columns = (
        np.arange(len(k)),
        of.volume,
        of.party,
        np.where(moves, "t", "f"),
        of.start_ms,
        of.end_ms,
        of.low_e4,
        of.high_e4,
        of.radius_m,
        of.x[k],
        of.y[k],
        (of.x[end] - of.x[k]) / span,
        (of.y[end] - of.y[k]) / span,
        of.scale,
        length,
        np.radians(azimuth),
    )
    plane, earth = shapes_of(of, of.x, of.y), shapes_of(of, of.lon, of.lat)
    start: NDArray[np.object_] = np.asarray(shapely.points(of.lon[k], of.lat[k]))
    for low in range(0, len(k), CHUNK):
        part = slice(low, low + CHUNK)
        texts = [_texts(column[part]) for column in columns]
        texts += [shapely.to_wkb(shapes[part], hex=True).tolist() for shapes in (plane, earth, start)]
        stream.writelines("\t".join(row) + "\n" for row in zip(*texts, strict=True))


def _texts(column: NDArray[np.generic]) -> list[str]:
    return [str(value) for value in column.tolist()]
