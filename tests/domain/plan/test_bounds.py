"""An area that tells no route: it holds all of it, on a grid, and its corners are no vertex."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.domain.plan.bounds import bounds_of
from sazokar.domain.plan.shape import Circle, Corridor, Position

STEP = 1_000_000


def holds(west: int, east: int, lon: int) -> bool:
    turn = 3_600_000_000
    return (lon - west) % turn <= ((east - west) % turn or turn)


@pytest.mark.requirement("SZK-05")
@given(
    line=st.lists(
        st.builds(Position, st.integers(-800_000_000, 800_000_000), st.integers(-1_800_000_000, 1_799_999_999)), min_size=1,
        max_size=4,
    ),
    spread=st.integers(0, 5_000_000),
)  # fmt: skip
def test_every_vertex_is_inside_and_every_edge_is_on_the_grid(line: list[Position], spread: int) -> None:
    near = [
        Position(
            line[0].lat_e7 + (i * spread) % 7_000_000, max(-1_800_000_000, line[0].lon_e7 - (i * spread) % 9_000_000)
        )
        for i in range(len(line))
    ]
    shapes = [Corridor(tuple(near), 1_000) if len(near) > 1 else Circle(near[0], 1_000)]
    area = bounds_of(shapes, STEP)
    for edge in (area.south_e7, area.north_e7, area.west_e7, area.east_e7):
        assert edge % STEP == 0
    for at in near:
        assert area.south_e7 <= at.lat_e7 <= area.north_e7
        assert holds(area.west_e7, area.east_e7, at.lon_e7)


def test_across_the_antimeridian_the_area_is_the_narrow_one() -> None:
    area = bounds_of([Corridor((Position(0, 1_795_000_000), Position(0, -1_795_000_000)), 0)], STEP)
    assert holds(area.west_e7, area.east_e7, 1_795_000_000)
    assert holds(area.west_e7, area.east_e7, -1_795_000_000)
    assert (area.east_e7 - area.west_e7) % 3_600_000_000 < 40_000_000


def test_two_shapes_far_apart_are_held_by_one_area() -> None:
    area = bounds_of(
        [Circle(Position(10_000_000, 1_790_000_000), 1), Circle(Position(20_000_000, -1_790_000_000), 1)], STEP
    )
    assert holds(area.west_e7, area.east_e7, 1_790_000_000)
    assert holds(area.west_e7, area.east_e7, -1_790_000_000)
    assert (area.east_e7 - area.west_e7) % 3_600_000_000 < 60_000_000
