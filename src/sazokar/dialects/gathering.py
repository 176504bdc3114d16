"""What every reader of features does alike: it gathers volumes, faults and warnings while it goes through a file.

Knows no format. A fault in one feature is kept and the next feature is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from sazokar.dialects.assembly import require_shape, require_sound
from sazokar.dialects.fields import party_of
from sazokar.dialects.reading import (
    ASSUMED_ZONE,
    GREATEST_FEATURES,
    IGNORED_ELEVATION,
    MISSING_LOWER,
    MISSING_OPERATION,
    MISSING_PARTY,
    MISSING_UPPER,
    UNCLOSED_RING,
    Reading,
    Unreadable,
    Warning,
)
from sazokar.domain.plan.shape import Shape
from sazokar.domain.plan.volume import Source, Volume
from sazokar.errors import FieldError, LimitError, MeaningError

GREATEST_MADE_VERTICES: Final = 5_000_000
"""Of the arcs of a file at most this many vertices are made."""

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
    """All that one file has given so far.

    A warning that `note` counts is given once per file, at its first feature, with the number of the others: a list of
    100,000 sites without a party is one thing to look at.

    Args:
        file: The file's name as given.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.party = party_of(file)
        self._volumes: list[Volume] = []
        self._unreadable: list[Unreadable] = []
        self._warnings: list[Warning] = []
        self._noted: dict[str, tuple[str, int]] = {}
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
            self.refuse(name, error)

    def take(self, volume: Volume) -> None:
        """Keep a volume that `volume_of` made, and that is sound therefore.

        Raises:
            LimitError: The file gives more volumes than the stated limit of features.
        """
        if len(self._volumes) >= GREATEST_FEATURES:
            raise LimitError(f"{self.file}: found more than {GREATEST_FEATURES:,} volumes; expected at most that")
        self._volumes.append(volume)

    def add(self, volume: Volume, feature: str) -> None:
        """Keep a volume that a reader made by itself, as one of a feature.

        Raises:
            FieldError: It contradicts itself, or its shape cannot be judged.
            LimitError: The file gives more volumes than the stated limit of features.
        """
        if volume.shape is not self._validated:  # a schedule gives one shape thousands of windows
            require_shape(volume.shape)
            self._validated = volume.shape
        require_sound(volume)
        self.take(msgspec.structs.replace(volume, source=Source(self.file, feature)))

    def refuse(self, feature: str, error: MeaningError) -> None:
        """Keep what could not be read."""
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
        """Keep a warning with words of its own; what was said of a feature just before is not said twice."""
        warning = Warning(code=code, file=self.file, feature=feature, message=message)
        if warning not in self._warnings[-8:]:
            self._warnings.append(warning)

    def warn_once(self, code: str, message: str) -> None:
        """Keep a warning that would be the same for every feature of the file, once."""
        if code not in self._said:
            self._said.add(code)
            self.warn(code, "", message)

    def party_instead(self) -> str:
        """Return the party that the file stands for, and say once that it was taken as none is named."""
        self.warn_once(MISSING_PARTY, _MESSAGES[MISSING_PARTY].format(party=self.party))
        return self.party

    def spend(self, vertices: int) -> None:
        """Count vertices that are about to be made of arcs: a few bytes of arc make hundreds.

        Raises:
            LimitError: The file asks for more than the stated limit.
        """
        self._vertices += vertices
        if self._vertices > GREATEST_MADE_VERTICES:
            raise LimitError(f"{self.file}: found more than {GREATEST_MADE_VERTICES:,} vertices; expected at most that")

    def reading(self) -> Reading:
        """Return all that was gathered; the volumes of one operation are numbered 0, 1, 2, … in the file's order."""
        count: Counter[tuple[str, str]] = Counter()
        volumes = []
        for volume in self._volumes:
            index = count[volume.party, volume.operation]
            count[volume.party, volume.operation] = index + 1
            volumes.append(volume if volume.index == index else msgspec.structs.replace(volume, index=index))
        warnings = list(self._warnings)
        for code, (feature, number) in self._noted.items():
            message = _MESSAGES[code].format(party=self.party)
            others = f" The same holds for {number - 1:,} more." if number > 1 else ""
            warnings.append(Warning(code=code, file=self.file, feature=feature, message=message + others))
        return Reading(tuple(volumes), tuple(self._unreadable), tuple(warnings))


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
