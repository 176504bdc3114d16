"""A feature's terms made into a volume; the same practice in every dialect.

What is missing is widened, never narrowed: no lower limit is the surface, no upper limit is unlimited, a zone without
times stands always. What would shrink a plan, or contradicts itself, is refused with both places named (SZK-16):

- A lower limit above the upper. Equal limits too: a band without height has no inside, and a column of vehicles at
  `SFC` to `SFC` would pass untouched through the zone that it crosses. F3548-21 asks for lower < upper as well.
- An operation without a start or an end; only a movement needs none, as its own times are its window.
"""

from __future__ import annotations

from typing import Final

import msgspec

from sazokar.dialects.fields import name_of
from sazokar.dialects.reading import MISSING_LOWER, MISSING_UPPER
from sazokar.domain.plan.height import GREATEST_E4, SURFACE, UNLIMITED, Height
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS, format_instant
from sazokar.domain.plan.shape import Movement, Shape
from sazokar.domain.plan.validity import validate_shape
from sazokar.domain.plan.volume import ANY_CLASS, Role, Source, Volume
from sazokar.errors import FieldError, ShapeError

_BELOW: Final = "a lower limit below the upper"
_LEVEL: Final = "give a band such as FL175 to FL185, or altitudes with half_height_m"


class Terms(msgspec.Struct, kw_only=True):
    """What a feature says besides its shape; None where it says nothing."""

    operation: str
    party: str
    role: Role = Role.OPERATION
    class_: str = ANY_CLASS
    kind: str = ""
    priority: int = 0
    lower: Height | None = None
    upper: Height | None = None
    start_ms: int | None = None
    end_ms: int | None = None


def volume_of(terms: Terms, shape: Shape, source: Source, noted: list[str]) -> Volume:
    """Return the volume of a feature.

    Args:
        terms: What the feature says besides its shape.
        shape: Its shape, not yet validated.
        source: Where it was read.
        noted: Codes of what a person should look at again are added to it.

    Raises:
        FieldError: The shape is none on the Earth, or the terms contradict each other.
    """
    require_shape(shape)
    lower, upper = _band(terms, shape, noted)
    start_ms, end_ms = _window(terms, shape)
    return Volume(
        operation=terms.operation,
        party=terms.party,
        shape=shape,
        lower=lower,
        upper=upper,
        start_ms=start_ms,
        end_ms=end_ms,
        role=terms.role,
        class_=terms.class_,
        kind=terms.kind,
        priority=terms.priority,
        source=source,
    )


def require_shape(shape: Shape) -> None:
    """Pass where a shape can be judged.

    Raises:
        FieldError: It is none on the Earth.
    """
    try:
        validate_shape(shape)
    except ShapeError as error:
        raise FieldError("geometry", error.found, error.expected) from error


def require_sound(volume: Volume) -> None:
    """Pass where a volume made without terms bears names that show as they are, and does not contradict itself.

    Raises:
        FieldError: It does; both places are named (SZK-16).
    """
    for field in ("operation", "party", "class_", "kind"):
        name_of(getattr(volume, field), field.rstrip("_"))
    shape, start_ms, end_ms = volume.shape, volume.start_ms, volume.end_ms
    _require_window(start_ms, end_ms)
    altitudes_e4 = shape.altitudes_e4 if isinstance(shape, Movement) else ()
    _require_band(volume.lower, volume.upper, altitudes_e4)
    if isinstance(shape, Movement) and (start_ms, end_ms) != (shape.times_ms[0], shape.times_ms[-1]):
        found = f"{_shown(start_ms)} and {_shown(end_ms)}"
        raise FieldError("start and end", found, "the movement's own first and last times, or neither")


def _band(terms: Terms, shape: Shape, noted: list[str]) -> tuple[Height, Height]:
    lower, upper = terms.lower, terms.upper
    altitudes_e4 = shape.altitudes_e4 if isinstance(shape, Movement) else ()
    if lower is None:
        noted.append(MISSING_LOWER)
        lower = SURFACE
    if upper is None and altitudes_e4 and isinstance(shape, Movement):
        top_e4 = min(max(altitudes_e4) + shape.half_height_e4, GREATEST_E4)
        upper = Height(max(top_e4, lower.e4 + 1), lower.unit, lower.reference)
    elif upper is None:
        noted.append(MISSING_UPPER)
        upper = UNLIMITED
    _require_band(lower, upper, altitudes_e4)
    return lower, upper


def _require_band(lower: Height, upper: Height, altitudes_e4: tuple[int, ...]) -> None:
    """Refuse limits without a band between them, and an altitude outside limits of the same reference."""
    if lower.unlimited:
        raise FieldError("lower", f"{lower} and {upper} as the limits", "a lower limit, such as SFC")
    comparable = not upper.unlimited and lower.reference is upper.reference
    if comparable and lower.e4 >= upper.e4:
        above = "the same height" if lower.e4 == upper.e4 else "the lower above the upper"
        level = f"{_BELOW}; for level flight {_LEVEL}" if lower.e4 == upper.e4 else _BELOW
        raise FieldError("lower and upper", f"{lower} and {upper}, {above}", level)
    for number, e4 in enumerate(altitudes_e4, 1):
        limit = "lower" if e4 < lower.e4 else "upper" if comparable and e4 > upper.e4 else ""
        if limit:
            altitude = Height(e4, lower.unit, lower.reference)
            found = f"altitude {number} at {altitude}, limits {lower} and {upper}"
            raise FieldError(f"altitudes and {limit}", found, "altitudes within the limits")


def _window(terms: Terms, shape: Shape) -> tuple[int, int]:
    start_ms, end_ms = terms.start_ms, terms.end_ms
    if isinstance(shape, Movement):
        return _movement_window(start_ms, end_ms, shape)
    if terms.role is Role.ZONE:
        start_ms = BEGINNING_MS if start_ms is None else start_ms
        end_ms = END_MS if end_ms is None else end_ms
    if start_ms is None or end_ms is None:
        field = "start and end" if start_ms == end_ms else "start" if start_ms is None else "end"
        raise FieldError(field, "nothing", "the start and the end of an operation; only a zone may stand always")
    _require_window(start_ms, end_ms)
    return start_ms, end_ms


def _require_window(start_ms: int, end_ms: int) -> None:
    if not BEGINNING_MS <= start_ms < end_ms <= END_MS:
        found = f"{_shown(start_ms)} and {_shown(end_ms)}"
        raise FieldError("start and end", found, "a start before the end, both in the years 1 to 9999")


def _movement_window(start_ms: int | None, end_ms: int | None, shape: Movement) -> tuple[int, int]:
    """Return a movement's own first and last times; a start or an end beside them must be the same."""
    first_ms, last_ms = shape.times_ms[0], shape.times_ms[-1]
    if start_ms not in (None, first_ms):
        found = f"a first time of {_shown(first_ms)} and a start of {_shown(start_ms)}"
        raise FieldError("times and start", found, "the same instant, or no start: a movement's times are its window")
    if end_ms not in (None, last_ms):
        found = f"a last time of {_shown(last_ms)} and an end of {_shown(end_ms)}"
        raise FieldError("times and end", found, "the same instant, or no end: a movement's times are its window")
    return first_ms, last_ms


def _shown(instant_ms: int | None) -> str:
    inside = instant_ms is not None and BEGINNING_MS <= instant_ms <= END_MS
    return format_instant(instant_ms) if inside and instant_ms is not None else "a time outside the years 1 to 9999"
