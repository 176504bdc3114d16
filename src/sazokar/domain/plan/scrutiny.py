"""What was read and is valid, and that a person should look at again: likely slips of hand (SZK-14, SZK-17).

Changes nothing, refuses nothing: a swapped position is often a valid one elsewhere, and only a person knows. The cost
grows with the number of volumes, not with its square; the number of doubts is bounded, and says by how much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from math import cos, dist, radians, sin, sqrt
from typing import Final

import msgspec

from sazokar.domain.plan.altitude import GroundBand
from sazokar.domain.plan.height import Reference
from sazokar.domain.plan.instant import format_instant
from sazokar.domain.plan.shape import (
    DEGREE_E7,
    Circle,
    Corridor,
    Movement,
    MultiPolygon,
    Polygon,
    Position,
    Rectangle,
    Shape,
)
from sazokar.domain.plan.volume import Volume

NEAR_M: Final = 300.0
"""Sites nearer than this to each other, of one kind and window and of two names, may be one site filed twice."""
GREATEST_DOUBTS: Final = 20
"""At most this many doubts of one kind are told one by one."""
GREATEST_COMPARISONS: Final = 2_000_000
"""At most this many pairs of sites are compared."""
MEANT_M: Final = 500.0
"""A site that, read as minutes and seconds, lies nearer than this to another listed one was likely typed so."""
GREATEST_IN_CELL: Final = 32
"""At most this many sites of a cell are looked at for it."""
LEAST_ALIKE: Final = 6
"""From this many sites on, all of them looking like degrees, minutes and seconds is no chance (0.13^6)."""
GEOID_E4: Final = 1_100_000
"""No geoid undulation is beyond ±110 m."""
_TURN_E7: Final = 360 * DEGREE_E7

Place = tuple[float, float, float]
"""A position in earth-centred metres."""


class Doubt(msgspec.Struct, frozen=True):
    """Something that a person should look at again.

    Args:
        code: Stable name of the kind: `swapped-coordinates`, `near-duplicate`, …
        message: What was seen and what to do, in a sentence.
        volume: What it is about; None: several.
    """

    code: str
    message: str
    volume: Volume | None = None


def scrutinise(
    volumes: Sequence[Volume], area: Rectangle | None, ground: GroundBand | None, now_ms: int | None
) -> tuple[Doubt, ...]:
    """Return what should be looked at again, the same for the same volumes in whatever order they come.

    Args:
        volumes: All that was read.
        area: The area of interest; None: positions are not compared with one.
        ground: Between which heights the ground lies; None: not known.
        now_ms: The present instant; None: no time is past.
    """
    ordered = sorted(volumes, key=lambda volume: (volume.party, volume.operation, volume.index))
    checks: list[Iterable[Doubt]] = [
        _duplicates(ordered), _same_points(ordered), _near_sites(ordered), _of_heights(ordered, ground),
    ]  # fmt: skip
    if area is not None:
        checks.append(_of_area(ordered, area))
    checks.append(_like_sexagesimal(ordered))
    checks.append(_meant_near_another(ordered, area))
    if now_ms is not None:
        checks.append(_past(ordered, now_ms))
    return tuple(doubt for check in checks for doubt in _bounded(check))


def _bounded(doubts: Iterable[Doubt]) -> Iterator[Doubt]:
    """Give the first doubts of each kind, then how many more there are."""
    counts: dict[str, int] = {}
    for doubt in doubts:
        counts[doubt.code] = counts.get(doubt.code, 0) + 1
        if counts[doubt.code] <= GREATEST_DOUBTS:
            yield doubt
    for code, count in counts.items():
        if count > GREATEST_DOUBTS:
            yield Doubt(code, f"and {count - GREATEST_DOUBTS:,} more of this kind.")


class Astray(msgspec.Struct, frozen=True):
    """A shape with a vertex outside an area, that lies apart from it or was likely mistyped.

    Args:
        code: `swapped-coordinates`, `dms-as-decimal` or `outside-area`.
        given: The vertex, as it was given.
        meant: Where it would lie, inside the area, had the slip not been made; None: no slip explains it.
        apart: Whether the whole shape surely lies outside the area.
    """

    code: str
    given: Position
    meant: Position | None
    apart: bool


def astray(shape: Shape, area: Rectangle) -> Astray | None:
    """Return how a shape strays from an area; None where it does not, or where nothing but its extent is odd."""
    outside = [vertex for vertex in _vertices(shape) if not _inside(vertex, area)]
    if not outside:
        return None
    apart = _apart(shape, area)
    slip = _slip(outside if apart else _strays(shape, area), area)
    if slip is not None:
        code, given, meant = slip
        return Astray(code, given, meant, apart)
    return Astray("outside-area", outside[0], None, apart) if apart else None


def _of_area(volumes: Sequence[Volume], area: Rectangle) -> Iterator[Doubt]:
    """Give positions that would lie inside the area were latitude and longitude swapped, and shapes outside it."""
    for volume in volumes:
        found = astray(volume.shape, area)
        if found is None:
            continue
        where = f"{found.given.lat:.5f}, {found.given.lon:.5f}"
        yield Doubt(found.code, _ASTRAY[found.code].format(name=volume.name, where=where), volume)


_ASTRAY: Final = {
    "swapped-coordinates": "{name}: {where} is outside the area of interest; with latitude and longitude swapped it "
    "would be inside. Check the order.",
    "dms-as-decimal": "{name}: {where} is outside the area of interest; read as minutes and seconds, its decimals "
    "give a place inside. Check the notation.",
    "outside-area": "{name} lies outside the area of interest, at {where}.",
}


def _strays(shape: Shape, area: Rectangle) -> Sequence[Position]:
    """Return the vertices of a line outside the area that would lie nearer to their neighbours were they swapped.

    A shape that meets the area may well have vertices outside it; of a line, one far from the rest is a likely slip.
    """
    if not isinstance(shape, Corridor | Movement):
        return ()
    strays = []
    for vertex, neighbour in (*pairwise(shape.line), *pairwise(shape.line[::-1])):
        swapped = Position(vertex.lon_e7, vertex.lat_e7)
        if not _inside(vertex, area) and 2 * _apart_e7(swapped, neighbour) < _apart_e7(vertex, neighbour):
            strays.append(vertex)
    return strays


def _apart_e7(a: Position, b: Position) -> int:
    """Return roughly how far apart two positions are, 1e-7 degree of the greater difference."""
    return max(abs(a.lat_e7 - b.lat_e7), _short_step(a, b))


def _slip(outside: Sequence[Position], area: Rectangle) -> tuple[str, Position, Position] | None:
    """Return the first slip that would explain a vertex outside: its code, the vertex, and where it was meant."""
    for vertex in outside:
        swapped = Position(vertex.lon_e7, vertex.lat_e7)
        if abs(swapped.lat_e7) <= 90 * DEGREE_E7 and _inside(swapped, area):
            return "swapped-coordinates", vertex, swapped
        meant = _as_sexagesimal(vertex)
        if meant is not None and _inside(meant, area):
            return "dms-as-decimal", vertex, meant
    return None


def _vertices(shape: Shape) -> Sequence[Position]:
    match shape:
        case Circle():
            return (shape.centre,)
        case Corridor() | Movement():
            return shape.line
        case Polygon():
            return shape.rings[0]
        case MultiPolygon():
            return tuple(vertex for polygon in shape.polygons for vertex in polygon.rings[0])
        case Rectangle():
            return (Position(shape.south_e7, shape.west_e7), Position(shape.north_e7, shape.east_e7))


def _inside(position: Position, area: Rectangle) -> bool:
    return area.south_e7 <= position.lat_e7 <= area.north_e7 and _east_of(position.lon_e7, area.west_e7) <= _width(area)


def _east_of(lon_e7: int, west_e7: int) -> int:
    return (lon_e7 - west_e7) % _TURN_E7


def _width(area: Rectangle) -> int:
    return (area.east_e7 - area.west_e7) % _TURN_E7 or _TURN_E7


def _apart(shape: Shape, area: Rectangle) -> bool:
    """Return whether a shape surely has no point in the area: the box around it, widened, does not meet it."""
    south, north, west, width = box_of(shape)
    if north < area.south_e7 or south > area.north_e7:
        return True
    return width < _TURN_E7 and _east_of(area.west_e7, west) > width and _east_of(west, area.west_e7) > _width(area)


def box_of(shape: Shape) -> tuple[int, int, int, int]:
    """Return a box that surely holds a shape: south, north, west and width eastwards, 1e-7 degree; a turn near a pole."""
    vertices = _vertices(shape)
    west, width = _span(shape, vertices)
    longest = max((_short_step(a, b) for a, b in pairwise(vertices)), default=0)
    if width >= _TURN_E7 or longest > 90 * DEGREE_E7:
        return -90 * DEGREE_E7, 90 * DEGREE_E7, -_TURN_E7 // 2, _TURN_E7  # it goes around a pole, or may pass near one
    reach_e7 = _reach_e7(shape, longest)
    south = min(vertex.lat_e7 for vertex in vertices) - reach_e7
    north = max(vertex.lat_e7 for vertex in vertices) + reach_e7
    steepest = max(abs(south), abs(north)) / DEGREE_E7
    if steepest >= 89:
        return south, north, -_TURN_E7 // 2, _TURN_E7
    margin = int(reach_e7 / cos(radians(steepest)))
    return south, north, west - margin, width + 2 * margin


def _reach_e7(shape: Shape, longest: int) -> int:
    """Return how far a shape may go beyond its vertices, 1e-7 degree: its radius, and what a geodesic edge bulges."""
    match shape:
        case Circle():
            radius_mm = shape.radius_mm
        case Corridor() | Movement():
            radius_mm = shape.half_width_mm
        case _:
            radius_mm = 0
    bulge = longest * longest // (8 * 57 * DEGREE_E7)  # a great circle's sagitta is at most step² / 8 radians
    return radius_mm // 11 + 1 + (0 if isinstance(shape, Rectangle) else bulge)


def _short_step(a: Position, b: Position) -> int:
    step = abs(a.lon_e7 - b.lon_e7)
    return min(step, _TURN_E7 - step)


def _span(shape: Shape, vertices: Sequence[Position]) -> tuple[int, int]:
    """Return the westernmost longitude of a chain of short steps, and the width that it covers; a turn if it winds."""
    if isinstance(shape, Rectangle):
        return shape.west_e7, min(_width(shape), _TURN_E7 - 1)
    at = low = high = vertices[0].lon_e7
    for vertex in vertices[1:]:
        at += (vertex.lon_e7 - at + _TURN_E7 // 2) % _TURN_E7 - _TURN_E7 // 2
        low, high = min(low, at), max(high, at)
    if isinstance(shape, Polygon | MultiPolygon) and abs(vertices[0].lon_e7 - at) > _TURN_E7 // 2:
        return low, _TURN_E7
    return low, high - low


def _as_sexagesimal(position: Position) -> Position | None:
    """Return the position meant where 36.4830 stands for 36°48'30", or None where it cannot."""
    lat_e7, lon_e7 = _sexagesimal_e7(position.lat_e7), _sexagesimal_e7(position.lon_e7)
    return None if lat_e7 is None or lon_e7 is None else Position(lat_e7, lon_e7)


def _sexagesimal_e7(e7: int) -> int | None:
    degrees, fraction = divmod(abs(e7), DEGREE_E7)
    minutes, seconds = divmod(fraction // 1000, 100)
    if fraction % 1000 or minutes >= 60 or seconds >= 60 or not fraction:
        return None
    meant = degrees * DEGREE_E7 + round((minutes * 60 + seconds) * DEGREE_E7 / 3600)
    return -meant if e7 < 0 else meant


def _like_sexagesimal(volumes: Sequence[Volume]) -> Iterator[Doubt]:
    """Give each file whose sites all have four decimals that could be minutes and seconds: chance does not do that."""
    files: dict[str, list[bool]] = {}
    for volume in volumes:
        if isinstance(volume.shape, Circle):
            file = volume.source.file if volume.source else ""
            files.setdefault(file, []).append(_as_sexagesimal(volume.shape.centre) is not None)
    for file, alike in sorted(files.items()):
        if len(alike) >= LEAST_ALIKE and all(alike):
            message = f"{file or 'the sites'}: the decimals of all {len(alike):,} sites could be minutes and seconds."
            yield Doubt("dms-as-decimal", f"{message} Check that 36.4830 does not stand for 36°48'30\".")


def _meant_near_another(volumes: Sequence[Volume], area: Rectangle | None) -> Iterator[Doubt]:
    """Give sites that lie near no other, and near one when their decimals are read as minutes and seconds.

    Such a site lies well inside the area either way, so that only the others tell.
    """
    sites = [(volume, volume.shape.centre) for volume in volumes if isinstance(volume.shape, Circle)]
    cells: dict[tuple[int, int, int], list[tuple[str, Place]]] = {}
    for volume, centre in sites:
        place = _earth_centred(centre)
        cell = cells.setdefault(_cell(place, MEANT_M), [])
        if len(cell) < GREATEST_IN_CELL:
            cell.append((volume.name, place))
    for volume, centre in sites:
        meant = _as_sexagesimal(centre)
        if meant is None or (area is not None and _inside(meant, area) and not _inside(centre, area)):
            continue  # the latter is told as outside the area already
        near = _neighbour(volume.name, _earth_centred(meant), cells)
        if near and not _neighbour(volume.name, _earth_centred(centre), cells):
            read = f"{volume.name}: read as minutes and seconds, the decimals of {centre.lat:.4f}, {centre.lon:.4f}"
            message = f"{read} give a place within {MEANT_M:.0f} m of {near}. Check the notation."
            yield Doubt("dms-as-decimal", message, volume)


def _neighbour(name: str, place: Place, cells: dict[tuple[int, int, int], list[tuple[str, Place]]]) -> str:
    """Return the name of another site nearer than `MEANT_M` to a place; empty: there is none."""
    for cell in _around(*_cell(place, MEANT_M)):
        for other, elsewhere in cells.get(cell, ()):
            if other != name and dist(place, elsewhere) < MEANT_M:
                return other
    return ""


def _duplicates(volumes: Sequence[Volume]) -> Iterator[Doubt]:
    """Give volumes of two operations that are the same in shape, band, window and kind."""
    first: dict[object, Volume] = {}
    for volume in volumes:
        key = (volume.shape, volume.lower, volume.upper, volume.start_ms, volume.end_ms, volume.kind, volume.role)
        other = first.setdefault(key, volume)
        if other.name != volume.name:
            message = f"{volume.name} is the same as {other.name} in place, height, time and kind. Is one filed twice?"
            yield Doubt("duplicate", message, volume)


def _same_points(volumes: Sequence[Volume]) -> Iterator[Doubt]:
    """Give circles of two operations about one point, whatever their kinds and times; not those that are duplicates."""
    first: dict[Position, Volume] = {}
    for volume in volumes:
        if not isinstance(volume.shape, Circle):
            continue
        other = first.setdefault(volume.shape.centre, volume)
        alike = (other.shape, other.lower, other.upper, other.start_ms, other.end_ms, other.kind, other.role) == (
            volume.shape, volume.lower, volume.upper, volume.start_ms, volume.end_ms, volume.kind, volume.role,
        )  # fmt: skip
        if other.name != volume.name and not alike:
            yield Doubt(
                "same-point", f"{volume.name} has the same centre as {other.name}. Is one of them meant?", volume
            )


def _near_sites(volumes: Sequence[Volume]) -> Iterator[Doubt]:
    """Give sites of one kind and window, of two names, whose centres are two but nearer than `NEAR_M`."""
    sites = [(volume, volume.shape) for volume in volumes if isinstance(volume.shape, Circle)]
    cells: dict[object, list[tuple[Volume, Circle, Place]]] = {}
    compared = 0
    for volume, circle in sites:
        place = _earth_centred(circle.centre)
        like = (volume.kind, volume.role, volume.start_ms, volume.end_ms)
        at = _cell(place, NEAR_M)
        for cell in _around(*at):
            for other, about, elsewhere in cells.get((like, cell), ()):
                compared += 1
                if compared > GREATEST_COMPARISONS:
                    yield Doubt("near-duplicate", "too many sites lie close together to compare them all.")
                    return
                if other.name != volume.name and (doubt := _nearness(volume, circle, other, about, place, elsewhere)):
                    yield doubt
        cells.setdefault((like, at), []).append((volume, circle, place))


def _cell(place: Place, size_m: float) -> tuple[int, int, int]:
    return int(place[0] // size_m), int(place[1] // size_m), int(place[2] // size_m)


def _around(east: int, north: int, up: int) -> Iterator[tuple[int, int, int]]:
    for e in (east - 1, east, east + 1):
        for n in (north - 1, north, north + 1):
            for u in (up - 1, up, up + 1):
                yield e, n, u


def _nearness(
    volume: Volume,
    circle: Circle,
    other: Volume,
    about: Circle,
    place: Place,
    elsewhere: Place,
) -> Doubt | None:
    if circle.centre == about.centre:
        return None  # told as a duplicate or as a point of two already
    apart_m = dist(place, elsewhere)
    if apart_m >= NEAR_M:
        return None
    message = f"{volume.name} lies {apart_m:.0f} m from {other.name}, of the same kind and time. Is it one site?"
    return Doubt("near-duplicate", message, volume)


def _earth_centred(position: Position) -> Place:
    """Return a position on the WGS 84 ellipsoid in earth-centred metres; a chord of 300 m is its arc to 0.03 µm."""
    lat, lon = radians(position.lat), radians(position.lon)
    squared = 6.69437999014e-3
    normal = 6_378_137.0 / sqrt(1 - squared * sin(lat) ** 2)
    flat = normal * cos(lat)
    return flat * cos(lon), flat * sin(lon), normal * (1 - squared) * sin(lat)


def _of_heights(volumes: Sequence[Volume], ground: GroundBand | None) -> Iterator[Doubt]:
    """Give volumes that would lie below the ground."""
    for volume in volumes:
        lower, upper = volume.lower, volume.upper
        if lower.reference is Reference.AGL and lower.e4 < 0:
            yield Doubt("below-ground", f"{volume.name}: the lower limit {lower} is below the ground.", volume)
        elif upper.reference is Reference.AGL and not upper.unlimited and upper.e4 <= 0:
            yield Doubt("below-ground", f"{volume.name}: the upper limit {upper} is not above the ground.", volume)
        elif ground is not None and (found := _below(volume, ground)):
            low = f"{ground.low_e4 / 10_000:,.0f} m AMSL"
            message = f"{volume.name}: {found} is below the lowest ground given ({low}). Is AGL meant?"
            yield Doubt("below-ground", message, volume)


def _below(volume: Volume, ground: GroundBand) -> str:
    """Return which limit or altitude is below all ground; empty where none is."""
    upper, shape = volume.upper, volume.shape
    if not upper.unlimited and upper.e4 < _floor_e4(upper.reference, ground):
        return f"the upper limit {upper}"
    if isinstance(shape, Movement) and shape.altitudes_e4:
        lowest = min(shape.altitudes_e4)
        if lowest < _floor_e4(volume.lower.reference, ground):
            return f"the altitude {lowest / 10_000:,.0f} m {volume.lower.reference}"
    return ""


def _floor_e4(reference: Reference, ground: GroundBand) -> float:
    """Return the height below which there is surely no air, above a reference; none is known for pressure altitude."""
    floors: dict[Reference, Callable[[], int]] = {
        Reference.AMSL: lambda: ground.low_e4,
        Reference.HAE: lambda: ground.low_e4 - GEOID_E4,
    }
    return floors[reference]() if reference in floors else float("-inf")


def _past(volumes: Sequence[Volume], now_ms: int) -> Iterator[Doubt]:
    for volume in volumes:
        if volume.end_ms <= now_ms:
            yield Doubt("in-the-past", f"{volume.name} ended at {format_instant(volume.end_ms)}, in the past.", volume)
