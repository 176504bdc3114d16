"""Maps as SVG: everything in one, and the two volumes of a conflict with where and when they come too near."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely

from sazokar.domain.plan.conflict import Conflict
from sazokar.domain.plan.shape import Movement, Position
from sazokar.domain.plan.volume import Role, Volume
from sazokar.doors.map_frame import HEIGHT, WIDTH, MapFrame, graticule, polyline, scale_bar, shape_path
from sazokar.doors.outline import Degrees, Outline, outline, path_between, place_at
from sazokar.doors.svg import Markup, element, text
from sazokar.doors.wording import clock, distance_both, minima_words

GREATEST_DRAWN: Final = 400
"""At most this many volumes are drawn on the map of everything: those in conflict first."""
_GREATEST_LABELS: Final = 40


def overview_map(volumes: tuple[Volume, ...], conflicts: tuple[Conflict, ...], pages: int) -> Markup:
    """Return a map of every volume, each conflict a numbered mark that leads to its page.

    Args:
        volumes: What is drawn, in this order of importance.
        conflicts: What is marked.
        pages: How many conflicts have a page to lead to.
    """
    drawn = [(volume, outline(volume.shape)) for volume in volumes[:GREATEST_DRAWN]]
    places = [_degrees(conflict.at) for conflict in conflicts]
    frame = MapFrame(np.concatenate([*(lines.points for _, lines in drawn), *places]), pad_m=500)
    struck = {volume for conflict in conflicts for volume in (conflict.a, conflict.b)}
    taken: list[shapely.Geometry] = [shapely.box(WIDTH - 170, HEIGHT - 45, WIDTH, HEIGHT)]
    shapes: list[Markup] = []
    names: list[Markup] = []
    marks: list[Markup] = []
    for number, conflict in reversed(list(enumerate(conflicts[:_GREATEST_LABELS], 1))):
        x, y = frame.pixel(conflict.at.lon, conflict.at.lat)
        taken.append(shapely.box(x - 12, y - 12, x + 12, y + 12))
        marks.append(_mark(number, x, y, linked=number <= pages))
    for volume, lines in drawn:
        class_ = "volume struck" if volume in struck else "volume"
        shapes.append(_volume_shape(frame, lines, f"{class_} zone" if volume.role is Role.ZONE else class_))
        if len(names) < _GREATEST_LABELS:
            names.append(_name(frame, volume, lines, taken))
    return _framed("map of all volumes", graticule(frame), *shapes[::-1], *names, *marks, scale_bar(frame))


def conflict_map(conflict: Conflict) -> Markup:
    """Return a map of two volumes, the minimum around one of them, and where they are nearest."""
    outlines = [outline(volume.shape) for volume in (conflict.a, conflict.b)]
    nearest = _degrees(conflict.at)
    need_m = conflict.rule.minima.horizontal_mm / 1000
    near = [_near(volume, lines, conflict) for volume, lines in zip((conflict.a, conflict.b), outlines, strict=True)]
    frame = MapFrame(np.concatenate([nearest, *_in_scale(near)]), pad_m=min(need_m, 60_000) * 0.6)
    areas = [frame.area(lines) for lines in outlines]
    kept = _kept_around(conflict, near, frame, areas)
    shapes = [_volume_shape(frame, lines, f"pair {side}") for side, lines in zip("ab", outlines, strict=True)]
    moves = [
        _moving(frame, volume.shape, conflict, side)
        for side, volume in zip("ab", (conflict.a, conflict.b), strict=True)
        if isinstance(volume.shape, Movement)
    ]
    letters = [_letter(frame, conflict, area, side) for side, area in zip("ab", areas, strict=True)]
    return _framed(
        "map of the two volumes", graticule(frame), kept, *shapes, *moves, *letters,
        _least(frame, conflict), scale_bar(frame),
    )  # fmt: skip


def _framed(label: str, *parts: Markup) -> Markup:
    sea = element("rect", width=WIDTH, height=HEIGHT, class_="sea")
    return element("svg", sea, *parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=label, class_="map")


def _degrees(position: Position) -> Degrees:
    return np.array([[position.lon, position.lat]])


def _volume_shape(frame: MapFrame, lines: Outline, class_: str) -> Markup:
    area = shape_path(frame.area(lines), class_) if lines.polygons else Markup("")
    return Markup(area + (frame.path(lines.path, f"{class_} way") if len(lines.path) else ""))


def _mark(number: int, x: float, y: float, *, linked: bool) -> Markup:
    disc = element("circle", cx=x, cy=y, r=11)
    badge = element("g", disc, element("text", text(str(number)), x=x, y=y + 4.5, text_anchor="middle"), class_="mark")
    return element("a", badge, href=f"#c{number}") if linked else badge


def _name(frame: MapFrame, volume: Volume, lines: Outline, taken: list[shapely.Geometry]) -> Markup:
    """Return a volume's name where it covers no other; where there is no room, the list has it."""
    shown = f"{volume.party}/{volume.operation}"[:34]
    points = frame.pixels(lines.points)
    seen = points[(points[:, 0] > 0) & (points[:, 0] < WIDTH) & (points[:, 1] > 0) & (points[:, 1] < HEIGHT)]
    if not len(seen):
        return Markup("")
    half = len(shown) * 3.6
    middle, top, bottom = float(seen[:, 0].mean()), float(seen[:, 1].min()), float(seen[:, 1].max())
    for y in (top - 7, bottom + 16, float(seen[:, 1].mean()) + 4, top - 24, bottom + 33):
        x = min(max(middle, half + 6), WIDTH - half - 6)
        box = shapely.box(x - half, y - 12, x + half, y + 4)
        if 14 < y < HEIGHT - 6 and not any(box.intersects(other) for other in taken):
            taken.append(box)
            return element("text", text(shown), x=x, y=y, text_anchor="middle", class_="name")
    return Markup("")


def _near(volume: Volume, lines: Outline, conflict: Conflict) -> Degrees:
    """Return what of a volume matters to the conflict: of what moves, the way within the window."""
    if isinstance(volume.shape, Movement):
        return path_between(volume.shape, conflict.start_ms, conflict.end_ms)
    return lines.points


def _in_scale(near: list[Degrees]) -> list[Degrees]:
    """Return the parts that fit on one map: what is far larger than the other is not shown whole."""
    sizes = [float(np.ptp(part[:, 1])) + 1e-6 for part in near]
    return [part for part, size in zip(near, sizes, strict=True) if size <= 5 * min(sizes)]


def _kept_around(conflict: Conflict, near: list[Degrees], frame: MapFrame, areas: list[shapely.Geometry]) -> Markup:
    """Return the minimum around the volume that stands still, or around where the first one is in the window."""
    need_m = conflict.rule.minima.horizontal_mm / 1000
    if need_m == 0:
        return Markup("")
    still = next((i for i, v in enumerate((conflict.a, conflict.b)) if not isinstance(v.shape, Movement)), 0)
    moves = isinstance((conflict.a, conflict.b)[still].shape, Movement)
    core = shapely.LineString(frame.pixels(near[still])) if moves else areas[still]
    if core.is_empty:
        return Markup("")
    wide = core.buffer(need_m / frame.metres_per_pixel, quad_segs=24)
    note = f"{minima_words(conflict.rule.minima).split(' or ')[0]} around {'AB'[still]}"
    west, _, east, _ = wide.bounds
    bottom = wide.bounds[3] - 8
    x = min(max(0.3 * west + 0.7 * east, 90), WIDTH - 90)  # aside from the middle, where a way may end
    y = bottom if 20 < bottom < HEIGHT - 12 else 18
    return Markup(
        shape_path(wide, f"kept {'ab'[still]}")
        + element("text", text(note), x=x, y=y, text_anchor="middle", class_=f"label {'ab'[still]}")
    )


def _moving(frame: MapFrame, movement: Movement, conflict: Conflict, side: str) -> Markup:
    """Return the way within the window, drawn strong, with the times at its ends and an arrow at its head."""
    way = path_between(movement, conflict.start_ms, conflict.end_ms)
    parts = [frame.path(way, f"within {side}")]
    for instant_ms, up in ((conflict.start_ms, False), (conflict.end_ms, True)):
        x, y = frame.pixel(*place_at(movement, instant_ms))
        right = x < WIDTH - 130
        label = element(
            "text", text(clock(instant_ms, seconds=True, ceil=up)), x=x + (15 if right else -15), y=y - 7,
            text_anchor="start" if right else "end", class_=f"label {side}",
        )  # fmt: skip
        parts += [element("circle", cx=x, cy=y, r=4, class_=f"stop {side}"), label]
    return Markup("".join(parts) + _arrow(frame.pixels(way), side))


def _arrow(way: Degrees, side: str) -> Markup:
    line = shapely.LineString(way)
    if line.length < 30:
        return Markup("")
    tip, tail = line.interpolate(0.72, normalized=True), line.interpolate(line.length * 0.72 - 14)
    along = np.array([tip.x - tail.x, tip.y - tail.y])
    across = np.array([-along[1], along[0]]) * 0.42
    start = np.array([tail.x, tail.y])
    return polyline(np.array([start + across, [tip.x, tip.y], start - across]), f"arrow {side}")


def _letter(frame: MapFrame, conflict: Conflict, area: shapely.Geometry, side: str) -> Markup:
    volume = conflict.a if side == "a" else conflict.b
    seen = shapely.clip_by_rect(area, 24, 24, WIDTH - 24, HEIGHT - 24)
    if seen.is_empty:
        return Markup("")
    if isinstance(volume.shape, Movement):
        ends = [frame.pixel(p.lon, p.lat) for p in (volume.shape.line[0], volume.shape.line[-1])]
        inside = [end for end in ends if 24 < end[0] < WIDTH - 24 and 24 < end[1] < HEIGHT - 24]
        line = shapely.LineString(frame.pixels(outline(volume.shape).path))
        on = shapely.clip_by_rect(line, 24, 24, WIDTH - 24, HEIGHT - 24)
        x, y = inside[0] if inside else (on.interpolate(0.06, normalized=True).coords[0] if not on.is_empty else (0, 0))
    else:
        x, y = seen.representative_point().coords[0]
    nearest = frame.pixel(conflict.at.lon, conflict.at.lat)
    if abs(x - nearest[0]) < 28 and abs(y - nearest[1]) < 28:  # the mark of the least distance must stay free
        x, y = x - 40, y + (34 if side == "a" else -34)
    disc = element("circle", cx=float(x), cy=float(y), r=12)
    letter = element("text", text(side.upper()), x=float(x), y=float(y) + 5, text_anchor="middle")
    return element("g", disc, letter, class_=f"letter {side}")


def _least(frame: MapFrame, conflict: Conflict) -> Markup:
    """Return the mark of the least distance, with the distance beside it."""
    x, y = frame.pixel(conflict.at.lon, conflict.at.lat)
    cross = element("path", d=f"M{x - 13:.1f} {y:.1f}h26M{x:.1f} {y - 13:.1f}v26", class_="cross")
    ring = element("circle", cx=x, cy=y, r=8, class_="cross")
    words = "overlap" if conflict.horizontal_mm == 0 else f"least {distance_both(conflict.horizontal_mm)}"
    right = x < WIDTH - 210
    label = element(
        "text", text(words), x=x + (18 if right else -18), y=y - 14, text_anchor="start" if right else "end",
        class_="least",
    )  # fmt: skip
    return Markup(cross + ring + label)
