"""Time as SVG: the windows of two volumes one above the other, and their heights over the same stretch of time."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import msgspec

from sazokar.domain.plan.conflict import Conflict
from sazokar.domain.plan.height import Height, Reference, Unit
from sazokar.domain.plan.instant import EPOCH
from sazokar.domain.plan.shape import Movement
from sazokar.domain.plan.volume import Volume
from sazokar.doors.svg import Markup, element, text
from sazokar.doors.wording import clock, date_words

WIDTH: Final = 640
_LEFT: Final = 74
_RIGHT: Final = 626
_ROW: Final = 30
_PROFILE_TOP: Final = 14
_PROFILE_BOTTOM: Final = 226
_TICKS_S: Final = (
    1, 5, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000,
    31_536_000,
)  # fmt: skip
_FOOT_E4: Final = 3048


class Stretch(msgspec.Struct, frozen=True):
    """The stretch of time that is drawn.

    Args:
        start_ms: Instant at the left edge.
        end_ms: Instant at the right edge.
    """

    start_ms: int
    end_ms: int

    def x(self, instant_ms: int) -> float:
        """Return where an instant lies on the paper, held at the edges."""
        share = (instant_ms - self.start_ms) / (self.end_ms - self.start_ms)
        return _LEFT + min(max(share, 0.0), 1.0) * (_RIGHT - _LEFT)


def stretch_of(conflict: Conflict) -> Stretch:
    """Return a stretch that holds both windows, or as much of long ones as shows the conflict well."""
    a, b = conflict.a, conflict.b
    lasts = max(conflict.end_ms - conflict.start_ms, 60_000)
    shorter = min(a.end_ms - a.start_ms, b.end_ms - b.start_ms)
    room = max(2 * lasts, min(shorter, 6 * lasts), 600_000)
    start = max(min(a.start_ms, b.start_ms), conflict.start_ms - room)
    end = min(max(a.end_ms, b.end_ms), conflict.end_ms + room)
    edge = max((end - start) // 25, 1000)
    return Stretch(start - edge, end + edge)


def timeline(conflict: Conflict) -> Markup:
    """Return the two windows and the window of the conflict."""
    stretch = stretch_of(conflict)
    bottom = 16 + 2 * _ROW + 6
    parts = [_band(stretch, conflict, 10, bottom), _axis(stretch, bottom)]
    for row, (side, volume) in enumerate(zip("ab", (conflict.a, conflict.b), strict=True)):
        top = 16 + row * _ROW
        left, right = stretch.x(volume.start_ms), stretch.x(volume.end_ms)
        bar = element("rect", x=left, y=top, width=max(right - left, 2), height=20, rx=2, class_=f"bar-{side}")
        label = element("text", text(side.upper()), x=_LEFT - 14, y=top + 15, text_anchor="end", class_=f"side {side}")
        parts += [label, bar, _run_on(volume, stretch, top + 10, side)]
    box = f"0 0 {WIDTH} {bottom + 26}"
    return element("svg", *parts, viewBox=box, role="img", aria_label="timeline", class_="chart")


def _band(stretch: Stretch, conflict: Conflict, top: float, bottom: float) -> Markup:
    left, right = stretch.x(conflict.start_ms), stretch.x(conflict.end_ms)
    return element("rect", x=left, y=top, width=max(right - left, 2), height=bottom - top, class_="clash")


def _run_on(volume: Volume, stretch: Stretch, y: float, side: str) -> Markup:
    """Return arrowheads where a window runs on beyond the edges of the drawing."""
    heads = []
    if volume.start_ms < stretch.start_ms:
        heads.append(f"M{_LEFT + 1} {y - 6}l-7 6l7 6z")
    if volume.end_ms > stretch.end_ms:
        heads.append(f"M{_RIGHT - 1} {y - 6}l7 6l-7 6z")
    return element("path", d="".join(heads), class_=f"head-{side}") if heads else Markup("")


def _axis(stretch: Stretch, bottom: float) -> Markup:
    whole = stretch.end_ms - stretch.start_ms
    step = next((tick * 1000 for tick in _TICKS_S if whole / tick <= 7000), whole)
    parts = [element("path", d=f"M{_LEFT} {bottom:.1f}H{_RIGHT}", class_="axis")]
    day = ""
    for instant_ms in range(-(-stretch.start_ms // step) * step, stretch.end_ms, max(step, 1)):
        x = stretch.x(instant_ms)
        label = clock(instant_ms, seconds=step < 60_000).removesuffix("Z")
        if step >= 86_400_000 or (label == "00:00" and day):
            label = date_words(instant_ms, short=True) if step < 28 * 86_400_000 else _month(instant_ms)
        day = day or "begun"
        tick = element("path", d=f"M{x:.1f} {bottom:.1f}v5", class_="axis")
        parts += [tick, element("text", text(label), x=x, y=bottom + 19, text_anchor="middle")]
    parts.append(element("text", text("UTC"), x=_LEFT - 14, y=bottom + 19, text_anchor="end"))
    return element("g", *parts)


def _month(instant_ms: int) -> str:
    return f"{EPOCH + timedelta(milliseconds=instant_ms):%Y-%m}"


def altitude_profile(conflict: Conflict) -> Markup:
    """Return the heights of both over time, each by its own reference, and the window of the conflict."""
    stretch = stretch_of(conflict)
    bands = [_heights(volume) for volume in (conflict.a, conflict.b)]
    low_e4, high_e4 = _extent(bands)
    metric = all(v.lower.unit is Unit.M or v.lower.surface for v in (conflict.a, conflict.b))

    def y(height_e4: float) -> float:
        share = (height_e4 - low_e4) / (high_e4 - low_e4)
        return _PROFILE_BOTTOM - min(max(share, -0.02), 1.02) * (_PROFILE_BOTTOM - _PROFILE_TOP)

    parts = [_band(stretch, conflict, _PROFILE_TOP - 6, _PROFILE_BOTTOM)]
    parts.append(_height_axis(low_e4, high_e4, y, metric=metric))
    for side, band in zip("ab", bands, strict=True):
        upper = [(stretch.x(ms), y(high)) for ms, _, high in band]
        lower = [(stretch.x(ms), y(low)) for ms, low, _ in band]
        outline = "L".join(f"{px:.1f} {py:.1f}" for px, py in (*upper, *reversed(lower)))
        parts.append(element("path", d=f"M{outline}Z", class_=f"bar-{side}"))
        left, top = max(upper[0][0], _LEFT), (upper[0][1] + lower[0][1]) / 2
        parts.append(element("text", text(side.upper()), x=left + 8, y=top + 5, class_=f"side {side}"))
    parts.append(_axis(stretch, _PROFILE_BOTTOM))
    return element(
        "svg", *parts, viewBox=f"0 0 {WIDTH} {_PROFILE_BOTTOM + 26}", role="img", aria_label="altitude profile",
        class_="chart",
    )  # fmt: skip


def _heights(volume: Volume) -> list[tuple[int, int, int]]:
    """Return instant, lower and upper height of a volume's band at each of its corners, 1e-4 m by its own reference."""
    shape = volume.shape
    if isinstance(shape, Movement) and shape.altitudes_e4:
        half = shape.half_height_e4
        return [(ms, e4 - half, e4 + half) for ms, e4 in zip(shape.times_ms, shape.altitudes_e4, strict=True)]
    low, high = volume.lower.e4, volume.upper.e4
    return [(volume.start_ms, low, high), (volume.end_ms, low, high)]


def _extent(bands: list[list[tuple[int, int, int]]]) -> tuple[float, float]:
    """Return the heights between which the profile is drawn; what has no upper limit runs off its top."""
    values = [e4 for band in bands for _, low, high in band for e4 in (low, high) if abs(e4) <= 300_000_000]
    low, high = min(values, default=0), max(values, default=0)
    room = max((high - low) * 0.18, 300_000)
    unlimited = any(high > 300_000_000 for band in bands for _, _, high in band)
    base = 0.0 if 0 <= low <= 0.6 * high else low - room
    return base, high + (2.5 * room if unlimited else room)


def _height_axis(low_e4: float, high_e4: float, y: Callable[[float], float], *, metric: bool) -> Markup:
    size, unit = (10_000, "m") if metric else (_FOOT_E4, "ft")
    whole = (high_e4 - low_e4) / size
    exponent = 10 ** math.floor(math.log10(whole / 5))
    step = next(factor * exponent for factor in (1, 2, 5, 10) if whole / (factor * exponent) <= 6)
    parts = []
    for number in range(math.ceil(low_e4 / size / step), math.floor(high_e4 / size / step) + 1):
        at = y(number * step * size)
        parts.append(element("path", d=f"M{_LEFT} {at:.1f}H{_RIGHT}", class_="grid"))
        label = f"{number * step:,.0f}"
        parts.append(element("text", text(label), x=_LEFT - 8, y=at + 4.5, text_anchor="end"))
    return element("g", *parts, element("text", text(unit), x=_LEFT - 8, y=_PROFILE_TOP - 2, text_anchor="end"))


def reference_words(height: Height) -> str:
    """Return what a height is measured from, in words."""
    if height.surface:
        return "the ground"
    return {
        Reference.STD: "pressure altitude (flight levels)",
        Reference.AMSL: "mean sea level (AMSL)",
        Reference.HAE: "the WGS 84 ellipsoid (HAE)",
        Reference.AGL: "the ground below (AGL)",
    }[height.reference]
