"""The engine against geodesics that it had no part in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sazokar.domain.plan.judge import conflicts
from sazokar.domain.plan.rules import Minima, RuleSet
from sazokar.domain.plan.shape import Circle, Corridor, Movement, Polygon, Position, Rectangle, Shape
from sazokar.domain.plan.volume import Volume
from sazokar.engine.ring import ring_fault
from sazokar.testing import oracle


def bound_m(reach_m: float) -> float:
    """How far beyond a minimum the engine may still report, docs/the-bound.md, and 5 mm for the oracle's own steps."""
    return 0.02 + 2.2e-17 * reach_m**3 + 0.005


START_MS = 1_800_000_000_000
HOUR_MS = 3_600_000
RELAXED = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)


def at(origin: tuple[float, float], azimuth: float, distance_m: float) -> Position:
    lon, lat, _ = oracle.GEOD.fwd(origin[1], origin[0], azimuth, distance_m)
    return Position(round(lat * 1e7), round(lon * 1e7))


@dataclass
class Place:
    """A place on Earth and a size; shapes are drawn around it."""

    lat: float
    lon: float
    size_m: float

    def position(self, draw: st.DrawFn) -> Position:
        azimuth = draw(st.floats(-180, 180))
        return at((self.lat, self.lon), azimuth, self.size_m * math.sqrt(draw(st.floats(0, 1))))


@st.composite
def places(draw: st.DrawFn) -> Place:
    lat = draw(st.one_of(st.floats(-89, 89), st.sampled_from([0.0, 90.0, -90.0, 89.99, -89.97, 60.0])))
    lon = draw(st.one_of(st.floats(-180, 180), st.sampled_from([180.0, -180.0, 179.999, 0.0])))
    return Place(lat, lon, draw(st.sampled_from([50.0, 2_000.0, 30_000.0, 200_000.0, 900_000.0])))


@st.composite
def static_shapes(draw: st.DrawFn, place: Place) -> Shape:
    kind = draw(st.sampled_from(["circle", "corridor", "polygon", "holed"]))
    if kind == "circle":
        return Circle(place.position(draw), draw(st.integers(1, int(place.size_m * 300))))
    if kind == "corridor":
        line = tuple(place.position(draw) for _ in range(draw(st.integers(2, 4))))
        return Corridor(line, draw(st.integers(0, int(place.size_m * 100))))
    middle = place.position(draw)
    origin = (middle.lat, middle.lon)
    radius = place.size_m * draw(st.floats(0.1, 0.8))
    count = draw(st.integers(3, 7))
    turns = [360 * (k + draw(st.floats(0.05, 0.6))) / count for k in range(count)]
    ring = tuple(at(origin, turn, radius * draw(st.floats(0.5, 1.0))) for turn in turns)
    hole = tuple(at(origin, turn, radius * 0.2) for turn in (20, 110, 200, 290))
    polygon = Polygon((ring, hole) if kind == "holed" else (ring,))
    assume(ring_fault([[(p.lat_e7, p.lon_e7) for p in r] for r in polygon.rings]) is None)
    return polygon


def volume(shape: Shape, party: str, *, start_ms: int = START_MS, end_ms: int = START_MS + HOUR_MS) -> Volume:
    if isinstance(shape, Movement):
        start_ms, end_ms = shape.times_ms[0], shape.times_ms[-1]
    return Volume(operation="one", party=party, shape=shape, start_ms=start_ms, end_ms=end_ms)


def breach(a: Shape, b: Shape, horizontal_m: float, margin_ms: int = 0) -> bool:
    rules = RuleSet(default=Minima(round(horizontal_m * 1000), 0, margin_ms))
    forward = conflicts([volume(a, "A"), volume(b, "B")], rules)
    backward = conflicts([volume(b, "B"), volume(a, "A")], rules)
    assert forward == backward, "the order of the input decided"
    return bool(forward)


def radius_m(shape: Shape) -> float:
    match shape:
        case Circle():
            return shape.radius_mm / 1000
        case Corridor() | Movement():
            return shape.half_width_mm / 1000
        case _:
            return 0.0


@pytest.mark.requirement("SZK-30")
@RELAXED
@given(data=st.data())
def test_still_shapes_breach_exactly_where_geodesics_are_shorter(data: st.DataObject) -> None:
    place = data.draw(places())
    a, b = data.draw(static_shapes(place)), data.draw(static_shapes(place))
    apart = oracle.core_distance(a, b) - radius_m(a) - radius_m(b)
    bound = bound_m(max(0.0, apart) + radius_m(a) + radius_m(b))
    minima = {0.0, max(0.0, apart - 1.1 * bound), max(0.0, apart + 0.006), place.size_m / 3}
    for minimum in sorted(round(m, 3) for m in minima if m <= 900_000):
        if apart < minimum - 0.005:
            assert breach(a, b, minimum), f"missed: {apart} m apart, minimum {minimum} m"
        elif apart > minimum + bound:
            assert not breach(a, b, minimum), f"false alarm: {apart} m apart, minimum {minimum} m"


@st.composite
def movements(draw: st.DrawFn, place: Place) -> Movement:
    count = draw(st.integers(2, 4))
    line = tuple(place.position(draw) for _ in range(count))
    times = [START_MS + draw(st.integers(0, HOUR_MS))]
    for _ in range(count - 1):
        times.append(times[-1] + draw(st.integers(1_000, HOUR_MS)))
    return Movement(line, tuple(times), draw(st.integers(0, int(place.size_m * 50))))


@pytest.mark.requirement("SZK-30")
@RELAXED
@given(data=st.data(), margin_ms=st.sampled_from([0, 60_000, 1_200_000]))
def test_two_that_move_breach_exactly_where_geodesics_are_shorter(data: st.DataObject, margin_ms: int) -> None:
    place = data.draw(places())
    a, b = data.draw(movements(place)), data.draw(movements(place))
    core = oracle.moving_distance(a, b, margin_ms)
    apart = core - radius_m(a) - radius_m(b)
    bound = bound_m(max(0.0, min(apart, 1e6)) + radius_m(a) + radius_m(b)) + 1e-7 * place.size_m
    if math.isinf(core):
        assert not breach(a, b, place.size_m, margin_ms)
        return
    for minimum in (round(max(0.0, apart - 1.1 * bound), 3), round(max(0.0, apart + 0.03), 3)):
        if minimum > 900_000:
            continue
        if apart < minimum - 0.025:
            assert breach(a, b, minimum, margin_ms), f"missed: {apart} m apart, minimum {minimum} m"
        elif apart > minimum + bound:
            assert not breach(a, b, minimum, margin_ms), f"false alarm: {apart} m apart, minimum {minimum} m"


@RELAXED
@given(data=st.data())
def test_one_that_moves_past_one_that_stands_breaches_within_its_window_only(data: st.DataObject) -> None:
    place = data.draw(places())
    mover, still = data.draw(movements(place)), data.draw(static_shapes(place))
    minimum = round(place.size_m * data.draw(st.floats(0.01, 0.5)), 3)
    rules = RuleSet(default=Minima(round(minimum * 1000), 0, 0))
    standing = volume(still, "B", start_ms=START_MS - HOUR_MS, end_ms=START_MS + 10 * HOUR_MS)
    found = conflicts([volume(mover, "A"), standing], rules)
    reach = minimum + radius_m(mover) + radius_m(still)
    times = np.linspace(mover.times_ms[0], mover.times_ms[-1], 12)
    for time in times:
        lon, lat = oracle.position_at(mover, time)[0]
        spot = Circle(Position(round(lat * 1e7), round(lon * 1e7)), 0)
        apart = oracle.core_distance(spot, still)
        if apart < reach - 0.005:
            assert found, f"missed: {apart} m at {time}, reach {reach}"
            assert found[0].start_ms - 1000 <= time <= found[0].end_ms + 1000
    if found:
        for end in (found[0].start_ms, found[0].end_ms):
            time = min(max(end, mover.times_ms[0]), mover.times_ms[-1])
            if mover.times_ms[0] + 1 < time < mover.times_ms[-1] - 1:
                lon, lat = oracle.position_at(mover, time)[0]
                spot = Circle(Position(round(lat * 1e7), round(lon * 1e7)), 0)
                speed = 2 * place.size_m / 1000
                assert abs(oracle.core_distance(spot, still) - reach) <= 1.0 + speed
        core = oracle.core_distance(Corridor(mover.line, 0), still)
        said = found[0].horizontal_mm / 1000
        assert abs(said - max(0.0, core - radius_m(mover) - radius_m(still))) < 0.5 + 1e-6 * place.size_m


@RELAXED
@given(data=st.data())
def test_rectangles_have_parallels_for_edges(data: st.DataObject) -> None:
    south = data.draw(st.floats(-80, 78))
    west = data.draw(st.floats(-180, 180))
    height, width = data.draw(st.floats(0.01, 2)), data.draw(st.floats(0.01, 5))
    east = (west + width + 180) % 360 - 180
    box = Rectangle(*(round(x * 1e7) for x in (west, south, east, south + height)))
    place = Place(south + height / 2, west + width / 2, 200_000.0)
    other = data.draw(static_shapes(place))
    apart = oracle.core_distance(box, other) - radius_m(other)
    bound = bound_m(max(0.0, apart) + radius_m(other)) + 0.005
    for minimum in (round(max(0.0, apart - 1.1 * bound), 3), round(max(0.0, apart + 0.006), 3)):
        if apart < minimum - 0.005:
            assert breach(box, other, minimum)
        elif apart > minimum + bound:
            assert not breach(box, other, minimum)
