"""Judges volumes by clause: turns them into the engine's numbers, and the engine's answers into conflicts.

Decides nothing by itself: what is near is the engine's, what is permitted is the rules'. Searches no proposals
(`proposal` does).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from math import ceil, floor
from typing import Final

import numpy as np

from sazokar.domain.plan.altitude import WHOLE_EARTH, GroundBand, conversion_between
from sazokar.domain.plan.conflict import Conflict
from sazokar.domain.plan.height import Reference
from sazokar.domain.plan.rules import Rule, RuleSet
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
from sazokar.domain.plan.validity import validate_volumes
from sazokar.domain.plan.volume import Volume
from sazokar.engine import space
from sazokar.errors import MeaningError

Progress = Callable[[int, int], None]

_DATUM: Final = {
    Reference.STD: space.Datum.STD,
    Reference.AMSL: space.Datum.AMSL,
    Reference.HAE: space.Datum.HAE,
    Reference.AGL: space.Datum.AGL,
}
_CELLS_PER_REACH: Final = 2.0
_LEAST_CELL_DEGREE: Final = 0.25
_GREATEST_CELL_DEGREE: Final = 4.0


class Court:
    """Volumes before one set of rules: all conflicts among them, and those of one more, one less, one changed.

    Args:
        volumes: What is judged. Their order decides nothing.
        rules: What pairs are judged by.
        same_party: Judge pairs of one party too (never of one operation).
        ground: Band of ground heights for AGL; None: the whole Earth's.
        validated: The volumes come from a dialect, which has validated them; by default each is validated here.

    Raises:
        RulesError: Two equally specific clauses speak of one pair of classes present.
        MeaningError: A volume cannot be what it claims.
    """

    def __init__(
        self,
        volumes: Iterable[Volume],
        rules: RuleSet,
        *,
        same_party: bool = False,
        ground: GroundBand | None = None,
        validated: bool = False,
    ) -> None:
        self.rules = rules
        self.volumes: list[Volume | None] = []
        self._ground = ground or WHOLE_EARTH
        self._same_party = same_party
        self._parties: dict[str, int] = {}
        self._operations: dict[tuple[str, str], int] = {}
        self._numbers: dict[tuple[str, str], list[int]] = {}
        self._classes: dict[tuple[object, ...], int] = {}
        self._examples: list[Volume] = []
        self._rules: dict[tuple[int, int], Rule | None] = {}
        self._validating = not validated
        given = list(volumes)
        if self._validating:
            validate_volumes(given)
        for volume in given:
            self._class_of(volume)
        self._space = self._new_space()
        for volume in given:
            self._take(volume)

    def insert(self, volumes: Sequence[Volume]) -> list[Conflict]:
        """Take the volumes of one operation in and return the conflicts that they bring, described."""
        if self._validating:
            validate_volumes(volumes)
        return self._insert(volumes)

    def _insert(self, volumes: Sequence[Volume]) -> list[Conflict]:
        self._know(volumes)
        numbers = [self._take(volume) for volume in volumes]
        return self._described(sorted({_ordered(n, other) for n in numbers for other in self._space.breaches(n)}))

    def remove(self, party: str, operation: str) -> list[Volume]:
        """Take an operation out and return its volumes; empty where there is none."""
        numbers = self._numbers.pop((party, operation), [])
        gone = [volume for number in numbers if (volume := self.volumes[number]) is not None]
        for number in numbers:
            self._space.remove(number)
            self.volumes[number] = None
        return gone

    def amend(self, volumes: Sequence[Volume]) -> list[Conflict]:
        """Replace an operation by new volumes of the same name and return the conflicts that these bring.

        Raises:
            MeaningError: There are no volumes, or one cannot be what it claims; the operation stays as it was.
        """
        if not volumes:
            raise MeaningError(
                "an amendment without volumes", "one volume or more; to take an operation out, remove it"
            )
        if self._validating:
            validate_volumes(volumes)
        self.remove(volumes[0].party, volumes[0].operation)
        return self._insert(volumes)

    def conflicts(self, progress: Progress | None = None) -> list[Conflict]:
        """Return every conflict, most urgent first: by start, then by the names of the two."""
        return self._described(self._space.pairs(progress).tolist())

    def would_conflict(self, volumes: Sequence[Volume], party: str, operation: str) -> set[int]:
        """Return the numbers of the volumes that an operation would conflict with if it were so, itself left aside."""
        self._know(volumes)
        own = set(self._numbers.get((party, operation), ()))
        return {
            other for volume in volumes for other in self._space.breaches_of(self._record(volume)) if other not in own
        }

    def volumes_of(self, party: str, operation: str) -> list[Volume]:
        """Return the volumes of one operation, in the order in which they were given."""
        numbers = self._numbers.get((party, operation), ())
        return [volume for number in numbers if (volume := self.volumes[number]) is not None]

    def rule_between(self, a: Volume, b: Volume) -> Rule | None:
        """Return the rule that two volumes are judged by."""
        pair = (self._class_of(a), self._class_of(b))
        if pair not in self._rules:
            self._rules[pair] = self.rules.rule_for(a, b)
        return self._rules[pair]

    def _know(self, volumes: Sequence[Volume]) -> None:
        """Learn the classes of volumes; where one was never seen the space is laid anew, since its minima may be new."""
        known = len(self._classes)
        for volume in volumes:
            self._class_of(volume)
        if len(self._classes) > known:
            standing = [given for given in self.volumes if given is not None]
            self.volumes.clear()
            self._numbers.clear()
            self._space = self._new_space()
            for given in standing:
                self._take(given)

    def _take(self, volume: Volume) -> int:
        number = self._space.add(self._record(volume))
        self.volumes.append(volume)
        self._numbers.setdefault((volume.party, volume.operation), []).append(number)
        return number

    def _class_of(self, volume: Volume) -> int:
        """Return the number of all volumes that every rule treats alike."""
        number = self._classes.setdefault(self.rules.likeness(volume), len(self._classes))
        if number == len(self._examples):
            self._examples.append(volume)
        return number

    def _new_space(self) -> space.Space:
        count = max(1, len(self._examples))
        minima = space.Minima(
            np.full((count, count), -1.0), np.zeros((count, count), np.int64), np.zeros((count, count), np.int64)
        )
        for i, a in enumerate(self._examples):
            for j, b in enumerate(self._examples):
                rule = self.rule_between(a, b)
                if rule is not None:
                    minima.horizontal_m[i, j] = rule.minima.horizontal_mm / 1000
                    minima.vertical_e4[i, j] = rule.minima.vertical_e4
                    minima.time_ms[i, j] = rule.minima.time_ms
        reach_degree = _CELLS_PER_REACH * max(0.0, float(minima.horizontal_m.max())) / 111_000
        return space.Space(
            minima,
            (self._ground.low_e4, self._ground.high_e4),
            same_party=self._same_party,
            cell_degree=min(_GREATEST_CELL_DEGREE, max(_LEAST_CELL_DEGREE, reach_degree)),
        )

    def _record(self, volume: Volume) -> array[int]:
        party = self._parties.setdefault(volume.party, len(self._parties))
        operation = self._operations.setdefault((volume.party, volume.operation), len(self._operations))
        return record_of(volume, party, operation, self._class_of(volume))

    def _described(self, pairs: Iterable[Sequence[int]]) -> list[Conflict]:
        found = [self._describe(a, b) for a, b in pairs]
        return sorted((conflict for conflict in found if conflict is not None), key=urgency)

    def _describe(self, first: int, second: int) -> Conflict | None:
        """Return what there is to say of a pair, in the order of its names."""
        one, other = self.volumes[first], self.volumes[second]
        assert one is not None and other is not None, "the engine named a volume that was removed"
        if _name_key(other) < _name_key(one):
            first, second, one, other = second, first, other, one
        met = self._space.encounter(first, second)
        rule = self.rule_between(one, other)
        assert rule is not None, "the engine judged a pair that no rule speaks of"
        if met is None:
            return None
        horizontal_mm, at = _least_distance(one.shape, other.shape, met)
        start_ms = floor(met.start_ms)
        return Conflict(
            a=one,
            b=other,
            rule=rule,
            start_ms=start_ms,
            end_ms=max(start_ms + 1, ceil(met.end_ms)),
            horizontal_mm=horizontal_mm,
            vertical_e4=round(met.vertical_e4),
            at=at,
            simultaneous=met.simultaneous,
            conversion=conversion_between(one, other, self._ground),
        )


def conflicts(
    volumes: Iterable[Volume],
    rules: RuleSet = RuleSet(),
    *,
    same_party: bool = False,
    ground: GroundBand | None = None,
) -> list[Conflict]:
    """Return every conflict among volumes, most urgent first, whatever the order in which they come.

    Args:
        volumes: What is judged.
        rules: What pairs are judged by.
        same_party: Judge pairs of one party too (never of one operation).
        ground: Band of ground heights for AGL; None: the whole Earth's.

    Raises:
        RulesError: Two equally specific clauses speak of one pair.
        MeaningError: A volume cannot be what it claims.
    """
    return Court(volumes, rules, same_party=same_party, ground=ground).conflicts()


def urgency(conflict: Conflict) -> tuple[object, ...]:
    """Return what conflicts are ordered by: their start, then the names of the two."""
    return (conflict.start_ms, _name_key(conflict.a), _name_key(conflict.b))


def record_of(volume: Volume, party: int, operation: int, class_: int) -> array[int]:
    """Return a volume as the engine reads it; see `Kernel.add`."""
    kind, radius_mm, half_height_e4, rings, numbers = _shape_numbers(volume.shape)
    low, high = volume.references
    datum = space.Datum.NONE if high is None else _DATUM[high]
    head = [kind, party, operation, class_, volume.start_ms, volume.end_ms, _DATUM[low], volume.lower.e4]
    return array("q", [*head, datum, volume.upper.e4, radius_mm, half_height_e4, len(rings), *rings, *numbers])


def _shape_numbers(shape: Shape) -> tuple[int, int, int, list[int], list[int]]:
    """Return kind, radius, half-height, ring sizes and vertices of a shape."""
    match shape:
        case Circle():
            return space.Kind.LINE, shape.radius_mm, 0, [1], [shape.centre.lat_e7, shape.centre.lon_e7]
        case Corridor():
            return space.Kind.LINE, shape.half_width_mm, 0, [len(shape.line)], _flat(shape.line)
        case Polygon():
            return space.Kind.AREAS, 0, 0, _ring_sizes(shape), [n for ring in shape.rings for n in _flat(ring)]
        case MultiPolygon():
            sizes = [size for polygon in shape.polygons for size in _ring_sizes(polygon)]
            numbers = [n for polygon in shape.polygons for ring in polygon.rings for n in _flat(ring)]
            return space.Kind.AREAS, 0, 0, sizes, numbers
        case Rectangle():
            return space.Kind.RECTANGLE, 0, 0, [2], [shape.south_e7, shape.west_e7, shape.north_e7, shape.east_e7]
        case Movement():
            return _movement_numbers(shape)


def _movement_numbers(shape: Movement) -> tuple[int, int, int, list[int], list[int]]:
    sizes = [len(shape.line)]
    if not shape.altitudes_e4:
        still = [n for p, t in zip(shape.line, shape.times_ms, strict=True) for n in (p.lat_e7, p.lon_e7, t)]
        return space.Kind.MOVING, shape.half_width_mm, 0, sizes, still
    numbers = [
        n
        for p, t, h in zip(shape.line, shape.times_ms, shape.altitudes_e4, strict=True)
        for n in (p.lat_e7, p.lon_e7, t, h)
    ]
    return space.Kind.MOVING_WITH_ALTITUDES, shape.half_width_mm, shape.half_height_e4, sizes, numbers


def _flat(line: Sequence[Position]) -> list[int]:
    return [n for position in line for n in (position.lat_e7, position.lon_e7)]


def _ring_sizes(polygon: Polygon) -> list[int]:
    """Return the sizes of a polygon's rings: the outer positive, holes negative."""
    return [len(polygon.rings[0]), *(-len(ring) for ring in polygon.rings[1:])]


def _least_distance(a: Shape, b: Shape, met: space.Encounter) -> tuple[int, Position]:
    """Return the least distance between two shapes, mm, and the point midway between the nearest of their cores."""
    from pyproj import Geod  # only where there is a conflict to describe: a tenth of a second

    geod = Geod(ellps="WGS84")
    (lat_a, lon_a), (lat_b, lon_b) = met.near_a, met.near_b
    azimuth, _, core_m = geod.inv(lon_a, lat_a, lon_b, lat_b)
    reach_m = (radius_mm(a) + radius_mm(b)) / 1000
    between_m = max(0.0, core_m - reach_m)
    along_m = min(core_m, radius_mm(a) / 1000 + between_m / 2)
    lon, lat, _ = geod.fwd(lon_a, lat_a, azimuth, along_m)
    return round(between_m * 1000), Position(round(lat * DEGREE_E7), round(lon * DEGREE_E7))


def radius_mm(shape: Shape) -> int:
    """Return how far a shape reaches beyond its core, mm."""
    match shape:
        case Circle():
            return shape.radius_mm
        case Corridor() | Movement():
            return shape.half_width_mm
        case Polygon() | MultiPolygon() | Rectangle():
            return 0


def _name_key(volume: Volume) -> tuple[str, str, int]:
    return (volume.party, volume.operation, volume.index)


def _ordered(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)
