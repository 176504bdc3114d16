"""A feature's terms made into a volume, and a file's volumes into a reading; the same practice in every dialect.

What is missing is widened, never narrowed: no lower limit is the surface, no upper limit is unlimited, a zone without
times stands always. What would shrink a plan, or contradicts itself, is refused with both places named (SZK-16):

- A lower limit above the upper. Equal limits too: a band without height has no inside, and a column of vehicles at
  `SFC` to `SFC` would pass untouched through the zone that it crosses. F3548-21 asks for lower < upper as well.
- An operation without a start or an end; only a movement needs none, as its own times are its window.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from sazokar.dialects.reading import GREATEST_FEATURES, Reading, Unreadable, Warning
from sazokar.domain.height import GREATEST_E4, SURFACE, UNLIMITED, Height
from sazokar.domain.instant import BEGINNING_MS, END_MS, format_instant
from sazokar.domain.shape import Movement, Shape
from sazokar.domain.validity import validate_shape
from sazokar.domain.volume import ANY_CLASS, Role, Source, Volume
from sazokar.errors import FieldError, LimitError, MeaningError, ShapeError


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
    try:
        validate_shape(shape)
    except ShapeError as error:
        raise FieldError("geometry", error.found, error.expected) from error
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
    if lower.unlimited:
        raise FieldError("lower", "UNL, no limit at all", "a lower limit, such as SFC")
    if not upper.unlimited and lower.reference is upper.reference and lower.e4 >= upper.e4:
        above = "the same height" if lower.e4 == upper.e4 else "the lower above the upper"
        raise FieldError("lower and upper", f"{lower} and {upper}, {above}", "a lower limit below the upper")
    if altitudes_e4:
        _require_within(altitudes_e4, lower, upper)
    return lower, upper


def _require_within(altitudes_e4: tuple[int, ...], lower: Height, upper: Height) -> None:
    """Refuse an altitude outside limits that are measured from the same reference."""
    comparable = not upper.unlimited and upper.reference is lower.reference
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
    if start_ms >= end_ms:
        found = f"{_shown(start_ms)} and {_shown(end_ms)}"
        raise FieldError("start and end", found, "a start before the end")
    return start_ms, end_ms


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


MISSING_PARTY: Final = "missing-party"
MISSING_OPERATION: Final = "missing-operation"
MISSING_LOWER: Final = "missing-lower"
MISSING_UPPER: Final = "missing-upper"
IGNORED_ELEVATION: Final = "ignored-elevation"
UNCLOSED_RING: Final = "unclosed-ring"
ASSUMED_ZONE: Final = "assumed-zone"

_MESSAGES: Final = {
    MISSING_PARTY: "no party is named; taken from the file's name: {party}. Name the party.",
    MISSING_OPERATION: "no operation is named; its id or number was taken. Name the operation.",
    MISSING_LOWER: "no lower limit; taken as SFC. Give one, with its reference.",
    MISSING_UPPER: "no upper limit; taken as UNL. Give one, with its reference.",
    IGNORED_ELEVATION: "positions bear a third ordinate, which was ignored; heights are read from lower, upper and "
    "altitudes.",
    UNCLOSED_RING: "a ring does not end where it began; it was closed.",
    ASSUMED_ZONE: "the file has neither role nor start and end; taken as zones that stand always.",
}


class Gathering:
    """What one file gives, gathered feature by feature: numbers an operation's volumes and counts like warnings.

    A warning of one kind is given once per file, at its first feature, with the number of the others: a list of 100,000
    sites without a party is one thing to look at.
    """

    def __init__(self, file: str, party: str = "") -> None:
        self.file = file
        self.party = party
        self._volumes: list[Volume] = []
        self._unreadable: list[Unreadable] = []
        self._noted: dict[str, tuple[str, int]] = {}
        self._extra: list[Warning] = []
        self._indices: dict[tuple[str, str], int] = {}

    def take(self, volume: Volume) -> None:
        """Add a volume, as the next of its operation."""
        key = (volume.party, volume.operation)
        index = self._indices.get(key, 0)
        self._indices[key] = index + 1
        self._volumes.append(msgspec.structs.replace(volume, index=index) if index else volume)

    def refuse(self, feature: str, error: MeaningError) -> None:
        """Add a feature that could not be read."""
        field = error.field if isinstance(error, FieldError) else ""
        found, expected = error.found, error.expected
        self._unreadable.append(
            Unreadable(file=self.file, feature=feature, field=field, found=found, expected=expected)
        )

    def note(self, codes: Iterable[str], feature: str) -> None:
        """Count what a person should look at again."""
        for code in codes:
            first, count = self._noted.get(code, (feature, 0))
            self._noted[code] = (first, count + 1)

    def warn(self, code: str, feature: str, message: str) -> None:
        """Add a warning with words of its own."""
        self._extra.append(Warning(code=code, file=self.file, feature=feature, message=message))

    def reading(self) -> Reading:
        """Return all that was gathered."""
        warnings = list(self._extra)
        for code, (feature, count) in self._noted.items():
            message = _MESSAGES[code].format(party=self.party)
            others = f" The same holds for {count - 1:,} more." if count > 1 else ""
            warnings.append(Warning(code=code, file=self.file, feature=feature, message=message + others))
        return Reading(tuple(self._volumes), tuple(self._unreadable), tuple(warnings))


def require_features(count: int, file: str) -> None:
    """Pass where a file holds no more features than the stated limit.

    Raises:
        LimitError: It holds more.
    """
    if count > GREATEST_FEATURES:
        raise LimitError(f"{file}: found {count:,} features; expected at most {GREATEST_FEATURES:,}")


def whole_file_unreadable(file: str, error: Exception) -> Reading:
    """Return the reading of a file of which nothing could be taken."""
    if isinstance(error, MeaningError):
        field = error.field if isinstance(error, FieldError) else ""
        return Reading(unreadable=(Unreadable(file=file, field=field, found=error.found, expected=error.expected),))
    _, _, told = str(error).rpartition(f"{file}: found ")
    found, _, expected = told.partition("; expected ")
    return Reading(
        unreadable=(Unreadable(file=file, found=found or str(error), expected=expected or "a file to read"),)
    )
