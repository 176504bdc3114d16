"""Volumes in space and time, as numbers: who comes nearer to whom than the minima, all at once or one at a time.

The face of `kernel`: packs records, chooses the cells, settles contact. Knows no party's name and no clause.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from sazokar.engine.contact import Outline, areas_overlap
from sazokar.engine.kernel import Kernel

"""Name and version that a verdict bears."""
DEFAULT_CELL_DEGREE: Final = 0.25
EGM96_FILE: Final = "egm96-15.npy"
"""EGM96 geoid undulations, 15' grid, whole cm; origin and hash in data/README.md."""


class Kind(IntEnum):
    """What a record's vertices are."""

    LINE = 0
    """A line, or a point where there is one vertex; with a radius."""
    AREAS = 1
    """Rings of one or more polygons."""
    MOVING = 2
    """A route with times."""
    RECTANGLE = 3
    """South-west and north-east corner; the north and south edges are parallels."""
    MOVING_WITH_ALTITUDES = 4
    """A route with times and altitudes."""


class Datum(IntEnum):
    """What a limit is measured from."""

    STD = 0
    AMSL = 1
    HAE = 2
    AGL = 3
    NONE = 4
    """No limit: only for an upper one."""


class Minima(msgspec.Struct, frozen=True):
    """Minima by pair of classes.

    Args:
        horizontal_m: float64, (classes, classes), symmetric; -1 where a pair is never judged.
        vertical_e4: int64, (classes, classes), symmetric, 1e-4 m.
        time_ms: int64, (classes, classes), symmetric.
    """

    horizontal_m: NDArray[np.float64]
    vertical_e4: NDArray[np.int64]
    time_ms: NDArray[np.int64]


class Encounter(msgspec.Struct, frozen=True):
    """How near two volumes come, when and where.

    Args:
        simultaneous: Whether they breach at one instant; otherwise the time margin joins them.
        start_ms: First instant, ms, not rounded.
        end_ms: Last instant, ms, not rounded.
        near_a: Latitude and longitude, degrees, of the nearest point of the one's core.
        near_b: The same of the other's.
        vertical_e4: Least vertical gap, 1e-4 m, 0 or more.
    """

    simultaneous: bool
    start_ms: float
    end_ms: float
    near_a: tuple[float, float]
    near_b: tuple[float, float]
    vertical_e4: float


@cache
def geoid_cm() -> NDArray[np.int16]:
    """Return the geoid undulations of EGM96: (721, 1440), cm, rows from north to south, columns from 180 west."""
    with files("sazokar.data").joinpath(EGM96_FILE).open("rb") as stream:
        grid: NDArray[np.int16] = np.load(stream)
    return np.ascontiguousarray(grid, np.int16)


class Space:
    """Volumes and the pairs of them that breach their minima. Not thread-safe: one owner at a time.

    Args:
        minima: What pairs of classes must keep.
        ground_e4: Lowest and highest ground, 1e-4 m AMSL.
        same_party: Judge pairs of one party too (never of one operation).
        cell_degree: Height of a grid cell, degrees; about the reach of a typical volume and its minimum.
    """

    def __init__(
        self,
        minima: Minima,
        ground_e4: tuple[int, int],
        *,
        same_party: bool = False,
        cell_degree: float = DEFAULT_CELL_DEGREE,
    ) -> None:
        tables = (minima.horizontal_m, minima.vertical_e4, minima.time_ms)
        self._kernel = Kernel(tables, geoid_cm(), cell_degree, ground_e4, same_party)
        self._rectangles: dict[int, tuple[int, int, int, int]] = {}
        self._indexed = False

    def add(self, record: array[int]) -> int:
        """Take a volume in and return its number. See `Kernel.add` for the record."""
        number = self._take(record)
        if self._indexed:
            self._kernel.place(number)
        return number

    def _take(self, record: array[int]) -> int:
        number = self._kernel.add(record)
        if record[0] == Kind.RECTANGLE:
            self._rectangles[number] = _corners(record)
        return number

    def add_many(self, records: NDArray[np.int64], offsets: NDArray[np.int64]) -> None:
        """Take many volumes in: record i is `records[offsets[i]:offsets[i + 1]]`."""
        first = self._kernel.count()
        self._kernel.add_many(records, offsets)
        for i in np.flatnonzero(records[offsets[:-1]] == Kind.RECTANGLE).tolist():
            self._rectangles[first + i] = _corners(records[offsets[i] : offsets[i + 1]].tolist())
        if self._indexed:
            for number in range(first, self._kernel.count()):
                self._kernel.place(number)

    def remove(self, number: int) -> None:
        """Take a volume out. Its number is not used again."""
        self._kernel.remove(number)

    def pairs(self, progress: Callable[[int, int], None] | None = None) -> NDArray[np.int32]:
        """Return all pairs that breach their minima: (n, 2), the lesser number first, sorted."""
        sure, doubtful = self._kernel.join(progress)
        settled = [pair for pair in doubtful.tolist() if self._overlap(*pair)]
        if not settled:
            return sure
        both = np.concatenate((sure, np.asarray(settled, np.int32)))
        return both[np.lexsort((both[:, 1], both[:, 0]))]

    def breaches(self, number: int) -> list[int]:
        """Return the volumes that one breaches its minima with, sorted. The first call lays the standing grid."""
        self._lay_index()
        sure, doubtful = self._kernel.query(number)
        if not doubtful:
            return sure
        return sorted(sure + [other for other in doubtful if self._overlap(number, other)])

    def breaches_of(self, record: array[int]) -> list[int]:
        """Return the volumes that a record would breach its minima with, without taking it in."""
        self._lay_index()
        number = self._take(record)
        try:
            return self.breaches(number)
        finally:
            self._rectangles.pop(number, None)
            self._kernel.drop_last()

    def _lay_index(self) -> None:
        if not self._indexed:
            self._kernel.index()
            self._indexed = True

    def encounter(self, a: int, b: int) -> Encounter | None:
        """Return how near two volumes come; None where they do not breach their minima."""
        found = self._kernel.describe(a, b)
        if found is None:
            return None
        simultaneous, start, end, _, gap, ax, ay, az, bx, by, bz = found
        return Encounter(simultaneous, start, end, _geodetic(ax, ay, az), _geodetic(bx, by, bz), gap)

    def _overlap(self, a: int, b: int) -> bool:
        """Settle two areas whose minimum is 0 and whose edges all but meet."""
        if a in self._rectangles and b in self._rectangles:
            return _rectangles_overlap(self._rectangles[a], self._rectangles[b])
        return areas_overlap(Outline(*self._kernel.outline(a)), Outline(*self._kernel.outline(b)))


def _corners(record: Sequence[int]) -> tuple[int, int, int, int]:
    """Return south, west, north and east of a rectangle's record, 1e-7 degree; its one ring has two vertices."""
    return record[14], record[15], record[16], record[17]


def _rectangles_overlap(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    """Return whether the insides of two rectangles meet: exact, in whole 1e-7 degrees."""
    if a[0] >= b[2] or b[0] >= a[2]:
        return False
    turn = 3_600_000_000
    width_a, width_b = ((box[3] - box[1]) % turn or turn for box in (a, b))
    return (b[1] - a[1]) % turn < width_a or (a[1] - b[1]) % turn < width_b


def _geodetic(x: float, y: float, z: float) -> tuple[float, float]:
    """Return latitude and longitude in degrees of a point of the ellipsoid."""
    lat = np.degrees(np.arctan2(z, 0.9933056200098587 * np.hypot(x, y)))
    return float(lat), float(np.degrees(np.arctan2(y, x)))
