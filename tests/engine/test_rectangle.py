"""Rectangles: between two meridians and two parallels, as arithmetic on the two angles says, whatever their extent."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest

import sazokar.engine.space as engine
from sazokar.domain.plan.shape import Polygon, Rectangle
from tests.engine.crowd import position
from tests.engine.judged import box, breach, spot

LOW_DEGREE = 0.3
"""Height of the rectangles here, so that each meridian is one chord; the interpreted kernel is asked of taller ones."""
WIDTHS = (0.01, 1, 90, 179, 181, 270, 359.9)


def between(shape: Rectangle, lat: float, lon: float) -> tuple[bool, float]:
    """Return whether a point is inside, and how far it stands off the outline, degrees, at the least."""
    south, north = shape.south_e7 / 1e7, shape.north_e7 / 1e7
    width = ((shape.east_e7 - shape.west_e7) / 1e7) % 360 or 360.0
    turn = (lon - shape.west_e7 / 1e7) % 360
    aside = min(turn, abs(turn - width), 360 - turn) * np.cos(np.radians(lat)) if width < 360 else 90.0
    return south < lat < north and turn < width, min(abs(lat - south), abs(lat - north), aside)


@pytest.mark.requirement("SZK-30")
@pytest.mark.parametrize("width", WIDTHS)
def test_a_point_is_inside_where_its_angles_are_between(width: float) -> None:
    draw = Random(round(width * 100))
    judged = 0
    for _ in range(60):
        south, west = draw.uniform(-89.9, 89.5), draw.uniform(-180, 180)
        shape = box(west, south, (west + width + 180) % 360 - 180, south + LOW_DEGREE)
        for _ in range(8):
            lat = south + draw.uniform(-0.5, 1.5) * LOW_DEGREE
            probe = spot(max(-89.99, min(89.99, lat)), (west + draw.uniform(-0.3, 1.3) * width + 180) % 360 - 180)
            inside, off = between(shape, probe.centre.lat, probe.centre.lon)
            if off > 1e-6:
                judged += 1
                assert breach([shape], [probe], 0.0) is inside, f"{shape}, {probe}"
    assert judged > 300


def test_rectangles_that_touch_are_apart_and_those_that_overlap_by_a_centimetre_meet() -> None:
    for lat in (0.0, 51.2, -77.7):
        for lon in (10.0, 179.95, -180.0):
            here = _cell(lat, lon, 0, 0)
            for dx in (-1, 0, 1):
                for dy in (-1, 0, 1):
                    met = breach([here], [_cell(lat, lon, dx, dy)], 0.0)
                    assert met is (dx == dy == 0), f"{lat}, {lon}: {dx}, {dy}"
            assert breach([here], [_cell(lat, lon, 1, 1, by_e7=-1)], 0.0)


def _cell(lat: float, lon: float, dx: int, dy: int, by_e7: int = 0) -> Rectangle:
    side = 1_000_000
    west, south = round(lon * 1e7) + dx * side + by_e7, round(lat * 1e7) + dy * side + by_e7
    turned = [(x + 1_800_000_000) % 3_600_000_000 - 1_800_000_000 for x in (west, west + side)]
    return Rectangle(turned[0], south, turned[1], south + side)


TALL = """
from tests.engine.judged import box, space_of
from sazokar.domain.plan.volume import Volume
for west, south, east, north in ((45.2, 40.5, 46.2, 60.5), (26.2, -76.2, 27.2, -71.2), (-35, -32.5, -33, -12.5)):
    space_of([Volume(operation="tall", party="A", shape=box(west, south, east, north))])
"""


def test_a_tall_rectangle_is_kept_within_the_room_made_for_it(tmp_path: Path) -> None:
    """Asked of the interpreted kernel, which notices."""
    source = Path(engine.__file__).resolve().parents[2]
    shutil.copytree(source, tmp_path / "src", ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"))
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path / "src"), str(root)))}
    done = subprocess.run(
        [sys.executable, "-c", TALL], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.requirement("SZK-30")
def test_the_rectangle_of_the_whole_earth_holds_every_point() -> None:
    world = Rectangle(-1_800_000_000, -900_000_000, 1_800_000_000, 900_000_000)
    points = [(lat, lon) for lat in (-80, -30, 0.5, 45, 89) for lon in (-170, -60, 3, 120)]
    missed = [point for point in points if not breach([world], [spot(*point)], 0.0)]
    assert missed == []


def test_a_band_of_latitude_meets_what_hangs_from_its_border() -> None:
    band = box(-180, 40, 180, 50)
    hanging = Polygon((tuple(position(lat, lon) for lat, lon in ((50, 3), (48, 2), (48, 4))),))
    assert breach([band], [hanging], 0.0)
