"""What every reader of features does alike: it gathers volumes, faults and warnings while it goes through a file.

Knows no format. A fault in one feature is kept and the next feature is read.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import PurePath
from typing import Final

import msgspec

from sazokar.dialects.reading import GREATEST_FEATURES, Reading, Unreadable, Warning
from sazokar.domain.instant import BEGINNING_MS, END_MS, format_instant
from sazokar.domain.shape import DEGREE_E7, Movement, Position, Shape
from sazokar.domain.validity import validate_shape
from sazokar.domain.volume import Source, Volume
from sazokar.errors import LimitError, MeaningError

GREATEST_MADE_VERTICES: Final = 5_000_000
"""Of the arcs of a file at most this many vertices are made."""

GREATEST_NAME: Final = 200
"""A name holds at most this many characters."""

_MISLEADING: Final = frozenset("\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that reorder or break the line that an officer reads."""
_SHOWN: Final = 60
"""A message quotes at most this many characters of what was found."""


class FieldError(MeaningError):
    """A field of a feature cannot be read; the feature is refused and the next one read.

    Args:
        field: The field; empty: the whole feature.
        found: What was found.
        expected: What would have been right.
    """

    def __init__(self, field: str, found: str, expected: str) -> None:
        super().__init__(found, expected)
        self.field = field


@contextmanager
def reading_field(name: str) -> Iterator[None]:
    """Name the field in every error of meaning that its reading raises.

    Raises:
        FieldError: What was read within raised a `MeaningError`.
    """
    try:
        yield
    except FieldError:
        raise
    except MeaningError as error:
        raise FieldError(name, error.found, error.expected) from error


def quote(value: object) -> str:
    """Return what was found, quoted and cut to a length that a person can read."""
    text = value if isinstance(value, str) else repr(value)
    return repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}…"


def party_of(file: str) -> str:
    """Return the party that a file without one belongs to: the stem of its name; `stdin` for standard input."""
    stem = PurePath(file.replace("\\", "/")).stem
    shown = "".join(c for c in stem if c.isprintable() and c not in _MISLEADING).strip()[:GREATEST_NAME]
    return shown if shown not in ("", "-") else "stdin"


def position_of(lat: float, lon: float) -> Position:
    """Return the position nearest to a latitude and a longitude in degrees.

    Raises:
        FieldError: One of them is off the Earth or no number.
    """
    if not (math.isfinite(lat) and abs(lat) <= 90):
        raise FieldError("latitude", f"{lat}", "a latitude between -90 and 90 degrees")
    if not (math.isfinite(lon) and abs(lon) <= 180):
        raise FieldError("longitude", f"{lon}", "a longitude between -180 and 180 degrees")
    return Position(round(lat * DEGREE_E7), round(lon * DEGREE_E7))


def whole(field: str, value: object, unit_per_metre: int) -> int:
    """Return a length in metres as a whole number of finer units, rounded up.

    Args:
        field: Name of the field, for the error.
        value: A number, or its text; metres; 0 or more.
        unit_per_metre: 1,000 for mm, 10,000 for 1e-4 m.

    Raises:
        FieldError: It is no number of metres from 0 to 1,000 km.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise FieldError(field, quote(value), "a number of metres, such as 500")
    try:
        metres = Decimal(str(value).strip())
    except InvalidOperation as error:
        raise FieldError(field, quote(value), "a number of metres, such as 500") from error
    if not (metres.is_finite() and 0 <= metres <= 1_000_000):
        raise FieldError(field, quote(value), "metres between 0 and 1,000,000")
    return math.ceil(metres * unit_per_metre)


class Gathering:
    """All that one file has given so far.

    Args:
        file: The file's name as given.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self._volumes: list[Volume] = []
        self._unreadable: list[Unreadable] = []
        self._warnings: list[Warning] = []
        self._said: set[str] = set()
        self._features = 0
        self._vertices = 0
        self._validated: Shape | None = None

    @contextmanager
    def feature(self, name: str) -> Iterator[None]:
        """Read one feature: what is wrong with it is kept, and no error of meaning leaves.

        Raises:
            LimitError: The file holds more features than the stated limit.
        """
        self._features += 1
        if self._features > GREATEST_FEATURES:
            raise LimitError(f"{self.file}: found more than {GREATEST_FEATURES:,} features; expected at most that")
        kept, said = len(self._volumes), len(self._warnings)
        try:
            yield
        except MeaningError as error:
            del self._volumes[kept:]
            # What it assumed of a feature that it then refused would only distract from the refusal.
            self._warnings[said:] = [warning for warning in self._warnings[said:] if warning.feature != name]
            field = error.field if isinstance(error, FieldError) else ""
            self.refuse(name, field, error.found, error.expected)

    def refuse(self, feature: str, field: str, found: str, expected: str) -> None:
        """Keep what could not be read."""
        self._unreadable.append(
            Unreadable(file=self.file, feature=feature, field=field, found=found, expected=expected)
        )

    def warn(self, code: str, feature: str, message: str) -> None:
        """Keep what a person should look at again; what was said of a feature just before is not said twice."""
        warning = Warning(code=code, file=self.file, feature=feature, message=message)
        if warning not in self._warnings[-8:]:
            self._warnings.append(warning)

    def warn_once(self, code: str, message: str) -> None:
        """Keep a warning that would be the same for every feature of the file, once."""
        if code not in self._said:
            self._said.add(code)
            self.warn(code, "", message)

    def spend(self, vertices: int) -> None:
        """Count vertices that are about to be made of arcs: a few bytes of arc make hundreds.

        Raises:
            LimitError: The file asks for more than the stated limit.
        """
        self._vertices += vertices
        if self._vertices > GREATEST_MADE_VERTICES:
            raise LimitError(f"{self.file}: found more than {GREATEST_MADE_VERTICES:,} vertices; expected at most that")

    def add(self, volume: Volume, feature: str) -> None:
        """Keep a volume that was read.

        Raises:
            FieldError: It contradicts itself, or its shape cannot be judged.
        """
        if volume.shape is not self._validated:  # a schedule gives one shape thousands of windows
            with reading_field("geometry"):
                validate_shape(volume.shape)
            self._validated = volume.shape
        _require_names(volume)
        _require_order(volume)
        if len(self._volumes) >= GREATEST_FEATURES:
            raise LimitError(f"{self.file}: found more than {GREATEST_FEATURES:,} volumes; expected at most that")
        self._volumes.append(msgspec.structs.replace(volume, source=Source(self.file, feature)))

    def reading(self) -> Reading:
        """Return all that was gathered; the volumes of one operation are numbered 0, 1, 2, … in the file's order."""
        count: Counter[tuple[str, str]] = Counter()
        volumes = []
        for volume in self._volumes:
            volumes.append(msgspec.structs.replace(volume, index=count[volume.party, volume.operation]))
            count[volume.party, volume.operation] += 1
        return Reading(tuple(volumes), tuple(self._unreadable), tuple(self._warnings))


def _shown(instant_ms: int) -> str:
    known = BEGINNING_MS <= instant_ms <= END_MS
    return format_instant(instant_ms) if known else f"{instant_ms} ms since 1970"


def _require_names(volume: Volume) -> None:
    """Pass where no name is too long, or shows an officer other than what it holds."""
    for field in ("operation", "party", "class_", "kind"):
        name: str = getattr(volume, field)
        if len(name) > GREATEST_NAME:
            raise FieldError(field.rstrip("_"), f"{len(name):,} characters", f"at most {GREATEST_NAME}")
        for character in name:
            if character in _MISLEADING or unicodedata.category(character) in ("Cc", "Cs"):
                found = f"the control character U+{ord(character):04X} in a name"
                raise FieldError(field.rstrip("_"), found, "letters, digits and marks that show as they are")


def _require_order(volume: Volume) -> None:
    """Pass where neither the window nor the band contradicts itself or the shape (SZK-16: both places are named)."""
    start, end, lower, upper = volume.start_ms, volume.end_ms, volume.lower, volume.upper
    if not BEGINNING_MS <= start < end <= END_MS:
        found = f"{_shown(start)} and {_shown(end)}"
        raise FieldError("start and end", found, "an end after the start, both in the years 1 to 9999")
    comparable = lower.reference is upper.reference and not upper.unlimited
    if lower.unlimited or (comparable and lower.e4 >= upper.e4):
        raise FieldError("lower and upper", f"{lower} and {upper}", "a lower limit below the upper")
    if not isinstance(volume.shape, Movement):
        return
    if (start, end) != (volume.shape.times_ms[0], volume.shape.times_ms[-1]):
        found = f"{_shown(start)} and {_shown(end)}"
        raise FieldError("start and end", found, "the movement's own first and last times, or neither")
    for number, e4 in enumerate(volume.shape.altitudes_e4, start=1):
        if e4 < lower.e4 or (comparable and e4 > upper.e4):
            altitude = msgspec.structs.replace(lower, e4=e4, surface=False)
            found = f"altitude {number} at {altitude}, limits {lower} and {upper}"
            raise FieldError("altitudes", found, "altitudes within the limits")
