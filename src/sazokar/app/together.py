"""Readings of several files brought together: whose they are where files do not say, and what the rules do not reach.

Reads nothing and judges nothing. Names that a dialect had to assume must never make one side of two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath

import msgspec

from sazokar.dialects.fields import party_of
from sazokar.dialects.reading import MISSING_PARTY, Reading, Warning
from sazokar.domain.plan.rules import RuleSet, SeparationClause
from sazokar.domain.plan.volume import ANY_CLASS, Role, Volume


def told_apart(files: Sequence[str], readings: Iterable[Reading]) -> list[Reading]:
    """Return the readings with parties that were assumed from files of one name told apart by their folders.

    Two sides may both send `plans.geojson` without naming a party: taken for one, they would never be compared.
    An operation of one party that stands in two files is pointed out: it is judged as one, with all its volumes.
    """
    pairs = list(zip(files, readings, strict=True))
    assumed: dict[str, list[str]] = {}
    for file, reading in pairs:
        if any(warning.code == MISSING_PARTY for warning in reading.warnings):
            assumed.setdefault(party_of(file), []).append(file)
    named = [
        _renamed(file, reading)
        if len(assumed.get(party_of(file), [])) > 1 and file in assumed[party_of(file)]
        else reading
        for file, reading in pairs
    ]
    return _with_shared_operations(files, named)


def _renamed(file: str, reading: Reading) -> Reading:
    """Return a reading whose assumed party is the whole name of its file, less the ending."""
    party, path = party_of(file), str(PurePath(file).with_suffix(""))
    volumes = tuple(msgspec.structs.replace(v, party=path) if v.party == party else v for v in reading.volumes)
    message = f"another file is named so too and names no party either; the two were told apart: party {path}."
    warning = Warning(code="party-told-apart", file=file, message=message)
    return msgspec.structs.replace(reading, volumes=volumes, warnings=(*reading.warnings, warning))


def _with_shared_operations(files: Sequence[str], readings: Sequence[Reading]) -> list[Reading]:
    seen: dict[tuple[str, str], str] = {}
    result = []
    for file, reading in zip(files, readings, strict=True):
        shared = sorted({(v.party, v.operation) for v in reading.volumes} & seen.keys())
        warnings = tuple(
            Warning(
                code="operation-in-two-files",
                file=file,
                message=f"operation {party}/{operation} is in {seen[party, operation]} too; its volumes were judged as those "
                "of one operation, never against each other. If one file is the older version, leave it out.",
            )
            for party, operation in shared
        )
        for volume in reading.volumes:
            seen.setdefault((volume.party, volume.operation), file)
        result.append(
            msgspec.structs.replace(reading, warnings=(*reading.warnings, *warnings)) if warnings else reading
        )
    return result


def clauses_of_nothing(volumes: Iterable[Volume], rules: RuleSet) -> list[Warning]:
    """Return a warning for each clause that speaks of no volume that was read: a slip in a name would look like that."""
    given = list(volumes)
    classes = {ANY_CLASS} | {v.class_ for v in given if v.role is Role.OPERATION}
    zones = [v for v in given if v.role is Role.ZONE]
    spoken = {number for zone in zones for number in rules.zone_clauses_about(zone)}
    silent = [
        clause.number
        for number, clause in enumerate(rules.clauses)
        if (
            not classes.issuperset(clause.between)
            if isinstance(clause, SeparationClause)
            else number not in spoken or clause.class_ not in classes
        )
    ]
    return [
        Warning(
            code="clause-of-nothing",
            message=f"clause {number} speaks of nothing that was read: no such class, zone or kind is among the plans given. "
            "Check its spelling.",
        )
        for number in silent
    ]
