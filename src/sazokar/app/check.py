"""The job of `check`: files in, a report out. Opens no file, reads no clock, prints nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

import msgspec

from sazokar.app.together import clauses_of_nothing, told_apart
from sazokar.dialects.reading import Reading, Unreadable, Warning
from sazokar.domain.plan.altitude import GroundBand
from sazokar.domain.plan.conflict import Conflict, Proposal
from sazokar.domain.plan.height import Reference
from sazokar.domain.plan.judge import Court
from sazokar.domain.plan.proposal import proposals_for
from sazokar.domain.plan.rules import RuleSet
from sazokar.domain.plan.shape import Rectangle
from sazokar.domain.plan.volume import Volume
from sazokar.version import ENGINE

GREATEST_SEARCHED: Final = 200
"""Proposals are searched for at most this many operations, the most urgent first."""

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
        conflicts: What clashes, most urgent (earliest to start) first.
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
    """Return every conflict among the plans given, and what could not be read.

    Args:
        files: Name and content of each file. Their order decides nothing.
        settings: How to judge.
        progress: Told how far the work is.

    Raises:
        RulesError: Two equally specific clauses speak of one pair.
    """
    given = sorted(files)
    readings = [_read(name, content) for name, content in given]
    volumes, unreadable, warnings = _together(told_apart([name for name, _ in given], readings))
    warnings += _scrutinised(volumes, settings)
    warnings += clauses_of_nothing(volumes, settings.rules)
    court = Court(volumes, settings.rules, same_party=settings.same_party, ground=settings.ground, validated=True)
    found = court.conflicts(_told(progress, "judging"))
    if settings.proposals:
        found, more = _with_proposals(court, found, _told(progress, "searching proposals"))
        warnings += more
    return Report(
        settings=settings,
        files=tuple(name for name, _ in given),
        volumes=tuple(volumes),
        conflicts=tuple(found),
        unreadable=tuple(unreadable),
        warnings=tuple(warnings),
        engine=ENGINE,
    )


def _read(name: str, content: bytes) -> Reading:
    from sazokar.dialects import detect

    return detect.read(content, name)


def _told(progress: Progress | None, stage: str) -> Callable[[int, int], None] | None:
    return None if progress is None else partial(progress, stage)


def _together(readings: Iterable[Reading]) -> tuple[list[Volume], list[Unreadable], list[Warning]]:
    """Return all that was read, the volumes numbered anew within each operation where files share one."""
    volumes: list[Volume] = []
    count: dict[tuple[str, str], int] = {}
    unreadable: list[Unreadable] = []
    warnings: list[Warning] = []
    for reading in readings:
        for volume in reading.volumes:
            index = count.get((volume.party, volume.operation), 0)
            count[volume.party, volume.operation] = index + 1
            volumes.append(volume if volume.index == index else msgspec.structs.replace(volume, index=index))
        unreadable += reading.unreadable
        warnings += reading.warnings
    return volumes, unreadable, warnings


def _scrutinised(volumes: list[Volume], settings: Settings) -> list[Warning]:
    """Return what a person should look at again, and that the ground was assumed where it was."""
    from sazokar.domain.plan.scrutiny import scrutinise

    seen = [
        Warning(
            code=remark.code,
            file=remark.volume.source.file if remark.volume and remark.volume.source else "",
            feature=remark.volume.source.feature if remark.volume and remark.volume.source else "",
            message=remark.message,
        )
        for remark in scrutinise(volumes, settings.area, settings.ground, settings.now_ms)
    ]
    if settings.ground is None and any(_mixes_ground(volumes)):
        seen.append(Warning(code="ground-assumed", message=_GROUND_ASSUMED))
    return seen


_GROUND_ASSUMED = (
    "heights above ground meet other heights and no ground was given: the ground was taken to be anywhere from -430 to "
    "8,850 m AMSL; --ground LOW..HIGH narrows it"
)


def _mixes_ground(volumes: list[Volume]) -> Iterable[bool]:
    """Yield whether heights above ground meet heights of another reference anywhere."""
    references = {
        limit.reference for v in volumes for limit in (v.lower, v.upper) if not limit.surface and not limit.unlimited
    }
    yield Reference.AGL in references and len(references) > 1


def _with_proposals(
    court: Court, found: list[Conflict], progress: Callable[[int, int], None] | None
) -> tuple[list[Conflict], list[Warning]]:
    """Return the conflicts with what would free either side; searched once per operation, for so many at most."""
    names = list(dict.fromkeys((side.party, side.operation) for c in found for side in (c.a, c.b)))
    searched: dict[tuple[str, str], tuple[Proposal, ...]] = {}
    for done, (party, operation) in enumerate(names[:GREATEST_SEARCHED]):
        if progress is not None:
            progress(done, min(len(names), GREATEST_SEARCHED))
        searched[party, operation] = proposals_for(court, party, operation)
    with_proposals = [
        msgspec.structs.replace(
            c, proposals=tuple(p for side in (c.a, c.b) for p in searched.get((side.party, side.operation), ()))
        )
        for c in found
    ]
    if len(names) <= GREATEST_SEARCHED:
        return with_proposals, []
    message = (
        f"{len(names):,} operations are in conflict; proposals were searched for the {GREATEST_SEARCHED} most urgent"
    )
    return with_proposals, [Warning(code="proposals-bounded", message=message)]
