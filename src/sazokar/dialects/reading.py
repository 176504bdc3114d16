"""What a dialect gives back: the volumes that could be read, what could not, and what should be looked at again.

One bad feature does not hide the others. Every fault names file, feature and field, what was found and what is
expected.
"""

from __future__ import annotations

from typing import Final

import msgspec

from sazokar.domain.plan.volume import Volume
from sazokar.errors import LimitError

GREATEST_BYTES: Final = 64 * 1024 * 1024
"""A file is at most 64 MiB."""
GREATEST_FEATURES: Final = 200_000
"""A file holds at most this many features."""
GREATEST_NESTING: Final = 64
"""JSON and XML nest at most this deep."""


MISSING_PARTY: Final = "missing-party"
MISSING_OPERATION: Final = "missing-operation"
MISSING_LOWER: Final = "missing-lower"
MISSING_UPPER: Final = "missing-upper"
IGNORED_ELEVATION: Final = "ignored-elevation"
UNCLOSED_RING: Final = "unclosed-ring"
ASSUMED_ZONE: Final = "assumed-zone"
"""Codes of the warnings that several dialects give; every dialect gives them under the same code."""


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """A feature, or a whole file, that could not be read; it was not judged.

    Args:
        file: The file's name as given.
        feature: The feature in it, as a person would find it; empty: the whole file.
        field: The field in it; empty: the whole feature.
        found: What was found.
        expected: What would have been right.
    """

    file: str
    feature: str = ""
    field: str = ""
    found: str
    expected: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.file, self.feature, self.field) if part)
        return f"{place}: found {self.found}; expected {self.expected}"


class Warning(msgspec.Struct, frozen=True, kw_only=True):  # noqa: A001 - the field's word, and never the builtin here
    """Something that was read, and that a person should look at.

    Args:
        code: Stable name of the kind of warning, such as `missing-party` or `swapped-coordinates`.
        file: The file's name as given; empty: no single file.
        feature: The feature in it; empty: no single feature.
        message: What was seen and what to do, in a sentence.
    """

    code: str
    file: str = ""
    feature: str = ""
    message: str


class Reading(msgspec.Struct, frozen=True):
    """All that one file gave."""

    volumes: tuple[Volume, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    warnings: tuple[Warning, ...] = ()


def require_size(content: bytes, file: str) -> None:
    """Pass where a file is within the stated limit.

    Raises:
        LimitError: It is larger.
    """
    if len(content) > GREATEST_BYTES:
        raise LimitError(f"{file}: found {len(content):,} bytes; expected at most {GREATEST_BYTES:,}")
