"""What PostGIS is asked, both ways. Two that move are judged in the plane; the rest ends in a geodesic distance.

Knows no client. Verdicts are 1 (too near), 0 (apart), 2 (both move, and the plane is in doubt).
"""

from __future__ import annotations

from typing import Final

from benchmarks.strtree import DOUBT_M, DOUBT_SHARE, WIDEST_SCALE
from benchmarks.workload import HORIZONTAL_M, TIME_MS, VERTICAL_E4

SLAB_MS: Final = 3_600_000
GREATEST_RADIUS_M: Final = 8_000.0
"""Of the workload: what the index must be asked for, since it cannot know the radius of what it will find."""

TABLE: Final = """
CREATE UNLOGGED TABLE piece (
  id int, volume int, party smallint, moves boolean, t0 float8, t1 float8, low bigint, high bigint, r float8,
  x float8, y float8, vx float8, vy float8, k float8, length float8, azimuth float8,
  geom geometry, geog geography, start geography);
"""
LOADED: Final = "COPY piece FROM '{file}';"
SLAB_BUILD: Final = f"""
CREATE UNLOGGED TABLE slab AS
  SELECT s AS slab, ST_Expand(geom, (r + {HORIZONTAL_M / 2}) * {WIDEST_SCALE} + {DOUBT_M}) AS box, piece.*
  FROM piece, generate_series(floor(t0 / {SLAB_MS})::int, floor((t1 + {TIME_MS}) / {SLAB_MS})::int) AS s
  ORDER BY s, id;
CREATE INDEX ON slab USING gist (slab, box);
ANALYZE slab;
"""
USUAL_BUILD: Final = f"""
ALTER TABLE piece ADD period int8range;
UPDATE piece SET period = int8range(floor(t0 - {TIME_MS / 2})::bigint, ceil(t1 + {TIME_MS / 2})::bigint);
CREATE INDEX ON piece USING gist (geog, period);
VACUUM ANALYZE piece;
"""

_REACH: Final = f"(a.r + b.r + {HORIZONTAL_M})"
_NOT_APART: Final = f"""a.party <> b.party
  AND a.low - b.high < {VERTICAL_E4} AND b.low - a.high < {VERTICAL_E4}
  AND a.t0 < b.t1 + {TIME_MS} AND b.t0 < a.t1 + {TIME_MS}"""


def _share(leg: str, other: str, end: int) -> str:
    """Return the share of a leg at which the other's window, margin included, begins or ends."""
    at = f"{other}.t0 - {TIME_MS}" if end == 0 else f"{other}.t1 + {TIME_MS}"
    return f"least(1.0, greatest(0.0, ({at} - {leg}.t0) / ({leg}.t1 - {leg}.t0)))"


def _flown_plane(leg: str, other: str) -> str:
    points = [
        f"ST_MakePoint({leg}.x + {leg}.vx * {share}, {leg}.y + {leg}.vy * {share})"
        for share in (f"{_share(leg, other, end)} * ({leg}.t1 - {leg}.t0)" for end in (0, 1))
    ]
    return f"ST_MakeLine({points[0]}, {points[1]})"


def _flown_earth(leg: str, other: str) -> str:
    points = [
        f"ST_Project({leg}.start, {leg}.length * {_share(leg, other, end)}, {leg}.azimuth)::geometry" for end in (0, 1)
    ]
    whole = f"{other}.t0 - {TIME_MS} <= {leg}.t0 AND {other}.t1 + {TIME_MS} >= {leg}.t1"
    return f"CASE WHEN {whole} THEN {leg}.geog ELSE ST_MakeLine({points[0]}, {points[1]})::geography END"


def _vector(s: str, t: str) -> str:
    return (
        f"ST_MakePoint(a.x + a.vx * ({s} - a.t0) - b.x - b.vx * ({t} - b.t0), "
        f"a.y + a.vy * ({s} - a.t0) - b.y - b.vy * ({t} - b.t0))"
    )


_M: Final = float(TIME_MS)
_BOTH_MOVE: Final = f"""(SELECT ST_Distance(ST_ConvexHull(ST_Collect(ARRAY[
    {_vector("f", f"greatest(b.t0, f - {_M})")}, {_vector("c", f"greatest(b.t0, c - {_M})")},
    {_vector("l", f"greatest(b.t0, l - {_M})")}, {_vector("l", f"least(b.t1, l + {_M})")},
    {_vector("d", f"least(b.t1, d + {_M})")}, {_vector("f", f"least(b.t1, f + {_M})")}])), ST_MakePoint(0, 0))
  FROM (SELECT f, l, least(greatest(b.t0 + {_M}, f), l) AS c, least(greatest(b.t1 - {_M}, f), l) AS d
        FROM (SELECT greatest(a.t0, b.t0 - {_M}) AS f, least(a.t1, b.t1 + {_M}) AS l) AS w) AS w)"""
_PLANE: Final = f"""CASE WHEN a.moves AND b.moves THEN {_BOTH_MOVE}
  WHEN a.moves THEN ST_Distance({_flown_plane("a", "b")}, b.geom)
  WHEN b.moves THEN ST_Distance({_flown_plane("b", "a")}, a.geom)
  ELSE ST_Distance(a.geom, b.geom) END / ((a.k + b.k) / 2)"""
_EARTH: Final = f"""CASE WHEN a.moves AND b.moves THEN NULL
  WHEN a.moves THEN ST_DWithin({_flown_earth("a", "b")}, b.geog, {_REACH})
  WHEN b.moves THEN ST_DWithin({_flown_earth("b", "a")}, a.geog, {_REACH})
  ELSE ST_DWithin(a.geog, b.geog, {_REACH}) END"""
_DOUBT: Final = f"{DOUBT_M} + {DOUBT_SHARE} * greatest(distance, {HORIZONTAL_M})"
_OPEN: Final = "CASE WHEN a.moves AND b.moves THEN"


def _verdict(plane: str, otherwise: str) -> str:
    """Return the verdict by a distance in the plane where that is beyond doubt, else by another expression."""
    return f"""(SELECT CASE WHEN distance < {_REACH} - ({_DOUBT}) THEN 1 WHEN distance > {_REACH} + ({_DOUBT}) THEN 0
      ELSE {otherwise} END FROM (SELECT {plane} AS distance OFFSET 0) AS plane)"""


SLAB_QUERY: Final = f"""
SET enable_hashjoin = off; SET enable_mergejoin = off;
COPY (SELECT one, other, verdict FROM (
  SELECT a.id AS one, b.id AS other, {_verdict(_PLANE, f"coalesce(({_EARTH})::int, 2)")} AS verdict
  FROM slab AS a JOIN slab AS b ON b.slab = a.slab AND b.box && a.box
  WHERE a.slab = floor(a.t0 / {SLAB_MS})::int AND (b.t0, b.id) < (a.t0, a.id) AND {_NOT_APART} OFFSET 0) AS found
  WHERE verdict > 0) TO '{{file}}';
"""
"""A pair is judged once: in the slab in which the later of the two begins."""
USUAL_QUERY: Final = f"""
SET enable_hashjoin = off; SET enable_mergejoin = off;
COPY (SELECT one, other, verdict FROM (
  SELECT a.id AS one, b.id AS other, CASE WHEN a.moves AND b.moves THEN {_verdict(_PLANE, "2")}
      ELSE ({_EARTH})::int END AS verdict
  FROM piece AS a JOIN piece AS b
    ON ST_DWithin(a.geog, b.geog, a.r + {HORIZONTAL_M + GREATEST_RADIUS_M}) AND b.period && a.period
  WHERE a.id < b.id AND a.id % {{share}} = 0 AND {_NOT_APART} OFFSET 0) AS found
  WHERE verdict > 0) TO '{{file}}';
"""
"""Every `share`-th piece is asked about: 1 for all of them."""
