"""Volumes of every shape for hypothesis, such as the readers may give: the raw material of round trips."""

from __future__ import annotations

from hypothesis import strategies as st

from sazokar.domain.plan.height import SURFACE, UNIT_E4, UNLIMITED, Height, Reference, Unit
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS
from sazokar.domain.plan.shape import Circle, Corridor, Movement, MultiPolygon, Polygon, Position, Rectangle, Shape
from sazokar.domain.plan.volume import Role, Volume

latitudes = st.integers(-900_000_000, 900_000_000)
longitudes = st.integers(-1_800_000_000, 1_800_000_000)
positions = st.builds(Position, latitudes, longitudes)
names = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=20)
instants = st.integers(-60_000_000_000_000, 250_000_000_000_000)
half_widths = st.integers(0, 1_000_000_000)


def _different(line: tuple[Position, ...]) -> tuple[Position, ...]:
    return tuple(vertex for n, vertex in enumerate(line) if n == 0 or vertex != line[n - 1])


@st.composite
def routes(draw: st.DrawFn) -> tuple[Position, ...]:
    """Return a line anywhere on Earth, of steps of at most 60 degrees, so that no edge is nearly antipodal."""
    line = [draw(positions)]
    for _ in range(draw(st.integers(1, 5))):
        north, east = draw(st.integers(-600_000_000, 600_000_000)), draw(st.integers(-600_000_000, 600_000_000))
        lat_e7 = min(max(line[-1].lat_e7 + north, -900_000_000), 900_000_000)
        lon_e7 = (line[-1].lon_e7 + east + 1_800_000_000) % 3_600_000_000 - 1_800_000_000
        line.append(Position(lat_e7, lon_e7))
    return tuple(line)


lines = routes().map(_different).filter(lambda line: len(line) > 1)


@st.composite
def rings(draw: st.DrawFn) -> tuple[Position, ...]:
    """Return a small convex ring, well away from poles and antimeridian."""
    lat, lon = draw(st.integers(-600_000_000, 600_000_000)), draw(st.integers(-1_500_000_000, 1_500_000_000))
    size = draw(st.integers(1_000, 10_000_000))
    corners = [(-size, -size), (-size, size), (size, size), (size, -size)]
    return tuple(Position(lat + north, lon + east) for north, east in corners[: draw(st.integers(3, 4))])


polygons = rings().map(lambda ring: Polygon((ring,)))
rectangles = st.builds(
    lambda west, east, south, height: Rectangle(west, south, east, south + height),
    longitudes,
    longitudes,
    st.integers(-900_000_000, 800_000_000),
    st.integers(1, 100_000_000),
).filter(lambda shape: shape.west_e7 != shape.east_e7)


@st.composite
def movements(draw: st.DrawFn, *, altitudes: bool) -> Movement:
    """Return a movement, with whole-unit altitudes where asked; vertices may repeat (a halt)."""
    line = draw(routes())
    start_ms = draw(instants)
    steps = draw(st.lists(st.integers(1, 10_000_000), min_size=len(line) - 1, max_size=len(line) - 1))
    times_ms = tuple(start_ms + sum(steps[:n]) for n in range(len(line)))
    if not altitudes:
        return Movement(line, times_ms, draw(half_widths))
    heights = draw(st.lists(st.integers(1, 900_000_000), min_size=len(line), max_size=len(line)))
    return Movement(line, times_ms, draw(half_widths), tuple(heights), draw(st.integers(0, 1_000_000)))


shapes = st.one_of(
    st.builds(Circle, positions, st.integers(1, 1_000_000_000)),
    st.builds(Corridor, lines, half_widths),
    polygons,
    st.lists(polygons, min_size=1, max_size=3).map(lambda found: MultiPolygon(tuple(found))),
    rectangles,
    movements(altitudes=False),
    movements(altitudes=True),
)


@st.composite
def bands(draw: st.DrawFn, *, plain: bool) -> tuple[Height, Height]:
    """Return a lower limit below an upper one; `plain` leaves out those that are named."""
    unit, reference = draw(
        st.sampled_from(
            [(Unit.FT, Reference.AMSL), (Unit.M, Reference.AGL), (Unit.M, Reference.HAE), (Unit.FL, Reference.STD)]
        )
    )
    low = draw(st.integers(-900_000_000, 0)) if unit is not Unit.FL else draw(st.integers(0, 600)) * UNIT_E4[Unit.FL]
    lower = Height(low, unit, reference)
    upper = Height(1_000_000_000, unit, reference)
    if not plain and draw(st.booleans()):
        lower = SURFACE
    return lower, draw(st.sampled_from([upper, UNLIMITED]))


@st.composite
def volumes(draw: st.DrawFn, shape: Shape | None = None) -> Volume:
    """Return a volume as a reader may give it, number 0 of its operation."""
    shape = draw(shapes) if shape is None else shape
    flown = isinstance(shape, Movement)
    lower, upper = draw(bands(plain=flown))
    if isinstance(shape, Movement) and shape.altitudes_e4 and lower.e4 > 0:
        lower = Height(0, lower.unit, lower.reference)
    role = draw(st.sampled_from(Role))
    start_ms = draw(instants)
    end_ms = start_ms + draw(st.integers(1, 3_000_000_000_000))
    if isinstance(shape, Movement):
        start_ms, end_ms = shape.times_ms[0], shape.times_ms[-1]
    elif role is Role.ZONE and draw(st.booleans()):
        start_ms, end_ms = BEGINNING_MS, END_MS
    return Volume(
        operation=draw(names),
        party=draw(names),
        shape=shape,
        lower=lower,
        upper=upper,
        start_ms=start_ms,
        end_ms=end_ms,
        role=role,
        class_=draw(names),
        kind=draw(st.one_of(st.just(""), names)),
        priority=draw(st.integers(-1_000_000, 1_000_000)),
    )
