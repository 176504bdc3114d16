"""Shapes on the Earth: positions in whole 1e-7 degree of WGS 84, lengths in whole mm. Knows no height, no party.

Edges are geodesics; the inside of a ring is its smaller side, whatever the winding; a longitude step takes the short
way. Only a `Rectangle` differs: its north and south edges are parallels.

Values hold nothing but values, so that no cycle can form: the collector is spared them (`gc=False`).
"""

from __future__ import annotations

from typing import Final

import msgspec

DEGREE_E7: Final = 10_000_000
GREATEST_RADIUS_MM: Final = 1_000_000_000
"""A radius or half-width is at most 1,000 km."""
GREATEST_VERTICES: Final = 100_000
"""One shape holds at most this many vertices."""


class Position(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, order=True):
    """A position on WGS 84.

    Args:
        lat_e7: Latitude, 1e-7 degree, −900,000,000 to 900,000,000, north positive.
        lon_e7: Longitude, 1e-7 degree, −1,800,000,000 to 1,800,000,000, east positive.
    """

    lat_e7: int
    lon_e7: int

    @property
    def lat(self) -> float:
        """Latitude in degrees."""
        return self.lat_e7 / DEGREE_E7

    @property
    def lon(self) -> float:
        """Longitude in degrees."""
        return self.lon_e7 / DEGREE_E7


class Circle(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, tag="circle"):
    """All points within a geodesic distance of a centre."""

    centre: Position
    radius_mm: int


class Corridor(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, tag="corridor"):
    """All points within a geodesic distance of a line of geodesics; its ends are round.

    Args:
        line: Two vertices or more.
        half_width_mm: Half of the width, 0 or more.
    """

    line: tuple[Position, ...]
    half_width_mm: int


class Polygon(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, tag="polygon"):
    """The inside of an outer ring less the insides of its holes.

    Args:
        rings: Outer ring first, then holes; each of three vertices or more, the first not repeated at the end.
    """

    rings: tuple[tuple[Position, ...], ...]


class MultiPolygon(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, tag="multipolygon"):
    """Several polygons, judged as one shape."""

    polygons: tuple[Polygon, ...]


class Rectangle(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, tag="rectangle"):
    """The area between two meridians and two parallels; `west` may exceed `east` across the antimeridian."""

    west_e7: int
    south_e7: int
    east_e7: int
    north_e7: int


class Movement(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, tag="movement"):
    """What moves: at each vertex at its time, at constant ground speed along the geodesic between.

    Args:
        line: Two vertices or more; a vertex may repeat the one before it (a halt).
        times_ms: One instant per vertex, strictly increasing.
        half_width_mm: All points within this distance of the moving point belong to it.
        altitudes_e4: One height per vertex, 1e-4 m above the reference of the volume's `lower`; linear between.
            Empty: the volume's band holds throughout.
        half_height_e4: Half of the height of the band around the altitude, 1e-4 m.
    """

    line: tuple[Position, ...]
    times_ms: tuple[int, ...]
    half_width_mm: int
    altitudes_e4: tuple[int, ...] = ()
    half_height_e4: int = 0


Shape = Circle | Corridor | Polygon | MultiPolygon | Rectangle | Movement


def vertex_count(shape: Shape) -> int:
    """Return how many vertices a shape is made of: 1 for a circle, 2 for a rectangle."""
    match shape:
        case Circle():
            return 1
        case Corridor() | Movement():
            return len(shape.line)
        case Polygon():
            return sum(len(ring) for ring in shape.rings)
        case MultiPolygon():
            return sum(vertex_count(polygon) for polygon in shape.polygons)
        case Rectangle():
            return 2
