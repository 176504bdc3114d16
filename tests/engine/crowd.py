"""Many volumes of every kind, drawn from a seed: what bulk tests judge."""

from __future__ import annotations

import math
from random import Random

from msgspec.structs import replace

from sazokar.domain.plan.height import Height, Reference, Unit
from sazokar.domain.plan.shape import Circle, Corridor, Movement, MultiPolygon, Polygon, Position, Rectangle, Shape
from sazokar.domain.plan.volume import Volume

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
START_MS = 1_800_000_000_000
TURN_E7 = 3_600_000_000


class Crowd:
    """Draws volumes around a place.

    Args:
        seed: What the draws follow from.
        lat: Middle of the place, degrees.
        lon: The same.
        extent: Half of its height, degrees.
        size: Size of a typical shape, degrees.
    """

    def __init__(self, seed: int, lat: float, lon: float, extent: float, size: float) -> None:
        self._random = Random(seed)
        self._place = (lat, lon, extent, size)

    def volumes(self, count: int, parties: int = 5) -> list[Volume]:
        return [self.volume(number, parties) for number in range(count)]

    def volume(self, number: int, parties: int = 5) -> Volume:
        draw = self._random
        shape = self._shape(draw.choice("cclprmmmh"))
        start = START_MS + draw.randrange(0, 6 * HOUR_MS)
        window = (start, start + draw.choice((60_000, HOUR_MS, DAY_MS)))
        if isinstance(shape, Movement):
            window = (shape.times_ms[0], shape.times_ms[-1])
        low = 3048 * draw.randrange(0, 300) * 100
        reference = draw.choice((Reference.STD, Reference.STD, Reference.AMSL))
        return Volume(
            operation=f"operation-{number}",
            party=f"PARTY-{draw.randrange(parties)}",
            shape=shape,
            lower=Height(low, Unit.FT, reference),
            upper=Height(low + 3048 * draw.choice((0, 500, 2_000, 20_000)), Unit.FT, reference),
            start_ms=window[0],
            end_ms=window[1],
        )

    def _position(self) -> Position:
        lat, lon, extent, _ = self._place
        y = self._random.uniform(lat - extent, lat + extent)
        x = self._random.uniform(-extent, extent) / max(0.02, math.cos(math.radians(lat))) + lon
        return position(y, x)

    def _near(self, origin: Position) -> Position:
        size = self._place[3]
        stretch = max(0.01, math.cos(math.radians(origin.lat)))
        turn, far = self._random.uniform(0, 2 * math.pi), size * self._random.random()
        return position(origin.lat + far * math.sin(turn), origin.lon + far * math.cos(turn) / stretch)

    def _shape(self, kind: str) -> Shape:
        draw, middle = self._random, self._position()
        metres = 111_000_000 * self._place[3]
        match kind:
            case "c":
                return Circle(middle, round(metres * draw.uniform(0.001, 0.3)))
            case "l":
                return Corridor((middle, self._near(middle), self._near(middle)), round(metres * draw.uniform(0, 0.1)))
            case "p":
                return self._polygon(middle, 1.0)
            case "h":
                return MultiPolygon((self._polygon(middle, 1.0), self._polygon(self._position(), 0.3)))
            case "r":
                other = self._near(middle)
                south, north = sorted((middle.lat_e7, other.lat_e7 + 10))
                return Rectangle(middle.lon_e7, south, position(0, middle.lon + abs(self._place[3])).lon_e7, north)
        return self._movement(middle)

    def _polygon(self, middle: Position, share: float) -> Polygon:
        draw, size = self._random, self._place[3] * share
        stretch = max(0.01, math.cos(math.radians(middle.lat)))
        turns = [2 * math.pi * (k + draw.uniform(0.1, 0.6)) / 6 for k in range(6)]
        spokes = [size * draw.uniform(0.3, 0.9) for _ in turns]
        ring = [
            position(middle.lat + r * math.sin(t), middle.lon + r * math.cos(t) / stretch)
            for t, r in zip(turns, spokes, strict=True)
        ]
        return Polygon((tuple(ring),))

    def _movement(self, middle: Position) -> Movement:
        draw = self._random
        line, times = [middle], [START_MS + draw.randrange(0, 6 * HOUR_MS)]
        for _ in range(draw.randrange(1, 4)):
            line.append(self._near(line[-1]))
            times.append(times[-1] + draw.randrange(1_000, HOUR_MS))
        heights = tuple(3048 * draw.randrange(5_000, 30_000) for _ in line) if draw.random() < 0.5 else ()
        half_width_mm = round(111_000_000 * self._place[3] * draw.uniform(0, 0.05))
        return Movement(tuple(line), tuple(times), half_width_mm, heights, 3048 * 500 if heights else 0)


def position(lat: float, lon: float) -> Position:
    """Return the nearest position; latitudes beyond a pole stop at it."""
    lon_e7 = (round(lon * 1e7) + TURN_E7 // 2) % TURN_E7 - TURN_E7 // 2
    return Position(max(-900_000_000, min(900_000_000, round(lat * 1e7))), lon_e7)


def moved(shape: Shape, by_e7: int, mirrored: bool) -> Shape:
    """Return a shape turned about the axis of the Earth, 1e-7 degree, and mirrored at the equator or not."""

    def there(p: Position) -> Position:
        lon = (p.lon_e7 + by_e7 + TURN_E7 // 2) % TURN_E7 - TURN_E7 // 2
        return Position(-p.lat_e7 if mirrored else p.lat_e7, lon)

    match shape:
        case Circle():
            return replace(shape, centre=there(shape.centre))
        case Corridor() | Movement():
            return replace(shape, line=tuple(map(there, shape.line)))
        case Polygon():
            return Polygon(tuple(tuple(map(there, ring)) for ring in shape.rings))
        case MultiPolygon():
            return MultiPolygon(tuple(Polygon(tuple(tuple(map(there, r)) for r in p.rings)) for p in shape.polygons))
        case Rectangle():
            low = there(Position(shape.south_e7, shape.west_e7))
            high = there(Position(shape.north_e7, shape.east_e7))
            south, north = sorted((low.lat_e7, high.lat_e7))
            return Rectangle(low.lon_e7, south, high.lon_e7, north)
