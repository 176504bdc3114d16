"""A local map: an azimuthal equidistant plane around a centre, north up, with its graticule and its scale bar.

Works anywhere: no seam at the antimeridian or at a pole. Distances from the centre are true; nothing is judged on it.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import shapely
from pyproj import Proj

from sazokar.doors.outline import Degrees, Outline
from sazokar.doors.svg import Markup, element, text

WIDTH: Final = 640
HEIGHT: Final = 460
_NAUTICAL_MILE_M: Final = 1852.0
_STEPS_MINUTES: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800)
_FINEST_PIXEL: Final = 0.4


class MapFrame:
    """Where on the paper a place on the Earth lies.

    Args:
        points: What must be seen.
        pad_m: Room around it.
    """

    def __init__(self, points: Degrees, pad_m: float = 0.0) -> None:
        lon, lat = _middle(points)
        middle = Proj(proj="aeqd", ellps="WGS84", lon_0=lon, lat_0=lat)
        x, y = (np.asarray(values) for values in middle(points[:, 0], points[:, 1]))
        # A second centre in the middle of the extent, so that the scale bar holds best where one looks.
        lon, lat = middle(float(x.min() + x.max()) / 2, float(y.min() + y.max()) / 2, inverse=True)
        self.lon, self.lat = float(lon), float(lat)
        self._plane = Proj(proj="aeqd", ellps="WGS84", lon_0=lon, lat_0=lat)
        x, y = (np.asarray(values) for values in self._plane(points[:, 0], points[:, 1]))
        self._x, self._y = float(x.min() + x.max()) / 2, float(y.min() + y.max()) / 2
        half = max(float(np.ptp(x)) / WIDTH, float(np.ptp(y)) / HEIGHT)
        self.metres_per_pixel = max(half * 1.16 + 2 * pad_m / HEIGHT, 0.05)

    def pixels(self, points: Degrees) -> Degrees:
        """Return x and y on the paper, y downwards, for longitudes and latitudes."""
        x, y = self._plane(points[:, 0], points[:, 1])
        shown = np.column_stack([
            WIDTH / 2 + (np.asarray(x) - self._x) / self.metres_per_pixel,
            HEIGHT / 2 - (np.asarray(y) - self._y) / self.metres_per_pixel,
        ])  # fmt: skip
        return np.clip(np.nan_to_num(shown, nan=-1e5, posinf=1e5, neginf=-1e5), -1e5, 1e5)

    def pixel(self, lon: float, lat: float) -> tuple[float, float]:
        """Return x and y on the paper for one place."""
        x, y = self.pixels(np.array([[lon, lat]]))[0]
        return float(x), float(y)

    def degrees(self, x: float, y: float) -> tuple[float, float]:
        """Return the longitude and latitude of a place on the paper."""
        lon, lat = self._plane(
            (x - WIDTH / 2) * self.metres_per_pixel + self._x, (HEIGHT / 2 - y) * self.metres_per_pixel + self._y,
            inverse=True,
        )  # fmt: skip
        return float(lon), float(lat)

    def area(self, drawn: Outline) -> shapely.Geometry:
        """Return an outline as a geometry on the paper, cut to what can be seen; where there is no area, its path."""
        parts = []
        for rings in drawn.polygons:
            outer, *holes = (self.pixels(ring) for ring in rings)
            if len(outer) >= 4:
                parts.append(shapely.make_valid(shapely.Polygon(outer, [hole for hole in holes if len(hole) >= 4])))
        whole = shapely.union_all(parts) if parts else shapely.LineString(self.pixels(drawn.path))
        return shapely.clip_by_rect(whole, -60, -60, WIDTH + 60, HEIGHT + 60)

    def path(self, points: Degrees, class_: str) -> Markup:
        """Return a line as an SVG path."""
        return polyline(self.pixels(points), class_)


def polyline(points: Degrees, class_: str) -> Markup:
    """Return a line of paper coordinates as an SVG path."""
    line = shapely.LineString(points).simplify(_FINEST_PIXEL) if len(points) > 2 else shapely.LineString(points)
    return element("path", d=_commands(np.asarray(line.coords)), class_=class_)


def shape_path(geometry: shapely.Geometry, class_: str) -> Markup:
    """Return an area on the paper as one SVG path, holes left open."""
    rings = []
    for part in shapely.get_parts(geometry.simplify(_FINEST_PIXEL)):
        if isinstance(part, shapely.Polygon):
            rings += [_commands(np.asarray(ring.coords)) + "Z" for ring in (part.exterior, *part.interiors)]
        elif isinstance(part, shapely.LineString):
            rings.append(_commands(np.asarray(part.coords)))
    return element("path", d="".join(rings), class_=class_, fill_rule="evenodd") if rings else Markup("")


def _commands(points: Degrees) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _middle(points: Degrees) -> tuple[float, float]:
    """Return the middle direction of places, which no seam disturbs."""
    lon, lat = np.radians(points[:, 0]), np.radians(points[:, 1])
    x, y, z = (float(np.mean(v)) for v in (np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))
    return math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))


def graticule(frame: MapFrame) -> Markup:
    """Return meridians and parallels with their labels at the left and lower edges."""
    corners = [frame.degrees(x, y) for x in np.linspace(0, WIDTH, 9) for y in np.linspace(0, HEIGHT, 9)]
    lats = np.array([lat for _, lat in corners])
    lons = np.array([(lon - frame.lon + 180) % 360 - 180 + frame.lon for lon, _ in corners])
    low_lat, high_lat = float(lats.min()), float(lats.max())
    polar = any(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in (frame.pixel(0, 90), frame.pixel(0, -90)))
    low_lon, high_lon = (frame.lon - 180, frame.lon + 180) if polar else (float(lons.min()), float(lons.max()))
    parts = []
    for lat in _multiples(low_lat, high_lat, 5):
        if abs(lat) < 90:
            line = np.column_stack([np.linspace(low_lon, high_lon, 61), np.full(61, lat)])
            parts.append(_labelled(frame.pixels(line), degrees_words(lat, "N", "S"), at_left=True))
    for lon in _multiples(low_lon, high_lon - (1e-6 if polar else 0), 6):
        shown = (lon + 180) % 360 - 180
        line = np.column_stack([np.full(61, lon), np.linspace(max(low_lat, -89.9), min(high_lat, 89.9), 61)])
        parts.append(_labelled(frame.pixels(line), degrees_words(shown, "E", "W"), at_left=False))
    return element("g", *parts, class_="graticule")


def _labelled(points: Degrees, label: str, *, at_left: bool) -> Markup:
    line = shapely.clip_by_rect(shapely.LineString(points), 0, 0, WIDTH, HEIGHT)
    longest = max(shapely.get_parts(line), key=lambda part: part.length, default=None)
    if longest is None or longest.length < 60:
        return Markup("")
    ends = np.asarray(longest.coords)
    x, y = min(ends, key=lambda end: end[0]) if at_left else max(ends, key=lambda end: end[1])
    x, y = (x + 5, y - 4) if at_left else (x + 4, min(y, HEIGHT) - 6)
    written = element("text", text(label), x=float(x), y=float(y))
    room = 30 < y < HEIGHT - 2 and x < WIDTH - (60 if at_left else 190)  # the scale bar stands to the right below
    return Markup(polyline(ends, "grid") + (written if room else ""))


def _multiples(low: float, high: float, most: int) -> list[float]:
    step = next((s for s in _STEPS_MINUTES if (high - low) * 60 / s <= most), _STEPS_MINUTES[-1]) / 60
    return [round(number * step, 9) for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def degrees_words(value: float, positive: str, negative: str) -> str:
    """Return an angle in degrees and minutes: `34°40′N`."""
    minutes = round(abs(value) * 60, 3)
    whole, rest = divmod(minutes, 60)
    written = f"{int(rest):02d}{f'{round(rest % 1, 3):g}'[1:]}" if rest else ""
    return f"{whole:.0f}°{written}{'′' if written else ''}{positive if value >= 0 else negative}"


def scale_bar(frame: MapFrame) -> Markup:
    """Return a bar of a round length, in the lower right corner."""
    room_m = 130 * frame.metres_per_pixel
    unit_m, unit = (_NAUTICAL_MILE_M, "NM") if room_m >= _NAUTICAL_MILE_M / 2 else (1.0, "m")
    exponent = 10 ** math.floor(math.log10(room_m / unit_m))
    number = max(factor * exponent for factor in (1, 2, 5) if factor * exponent <= room_m / unit_m)
    length = number * unit_m / frame.metres_per_pixel
    label = f"{number:g} {unit}" + (f" · {number * unit_m / 1000:.3g} km" if unit == "NM" else "")
    right, y = WIDTH - 16.0, HEIGHT - 16.0
    ticks = f"M{right - length:.1f} {y - 7}V{y}H{right}V{y - 7}"
    return element(
        "g", element("path", d=ticks, class_="bar"), element("text", text(label), x=right, y=y - 11, text_anchor="end"),
        class_="scale",
    )  # fmt: skip
