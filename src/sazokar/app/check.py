"""The job of `check`: files in, a report out. Opens no file, reads no clock, prints nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from sazokar.dialects.reading import Unreadable, Warning
from sazokar.domain.altitude import GroundBand
from sazokar.domain.conflict import Conflict
from sazokar.domain.rules import RuleSet
from sazokar.domain.shape import Rectangle
from sazokar.domain.volume import Volume

Progress = Callable[[str, int, int], None]
"""Told the stage, what is done of it, and the whole; may be called often."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How a check judges.

    Args:
        rules: What pairs are judged by.
        same_party: Judge pairs of one party too (never pairs of one operation).
        area: Area of interest: points outside it are pointed out, and swapped ones recognised.
        ground: Band of ground heights for AGL; None: the whole Earth's, with a warning where it is used.
        proposals: Search for the least changes that would free each conflict.
        now_ms: The present instant, to point out times in the past; None: do not.
    """

    rules: RuleSet = RuleSet()
    same_party: bool = False
    area: Rectangle | None = None
    ground: GroundBand | None = None
    proposals: bool = True
    now_ms: int | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found. The same for the same input, in whatever order the files came.

    Args:
        settings: How it was judged.
        files: Names of the files, as given.
        volumes: All that was read and judged.
        conflicts: What clashes, most urgent first.
        unreadable: What could not be read, and so was not judged.
        warnings: What a person should look at again.
        engine: Name and version of the engine that judged.
    """

    settings: Settings
    files: tuple[str, ...]
    volumes: tuple[Volume, ...]
    conflicts: tuple[Conflict, ...]
    unreadable: tuple[Unreadable, ...]
    warnings: tuple[Warning, ...]
    engine: str


def check(
    files: Iterable[tuple[str, bytes]], settings: Settings = Settings(), progress: Progress | None = None
) -> Report:
    """Return every conflict among the plans given."""
    raise NotImplementedError
