"""What the renderers show: a report, and what was left out of it on purpose. Renders nothing itself.

Redaction (SZK-51) keeps what is part of a conflict and drops the rest, names included: a report that is passed on must
not carry a list of sites that nobody conflicted with.
"""

from __future__ import annotations

import re

import msgspec

from sazokar.app.check import Report
from sazokar.dialects.reading import Warning
from sazokar.domain.plan.volume import Role, Volume

_POSITION = re.compile(r"-?\d{1,3}\.\d+, -?\d{1,3}\.\d+", re.ASCII)


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it is to be shown.

    Args:
        report: What is shown; after redaction, less than what was found.
        volumes_read: How many volumes were read and judged, before anything was left out.
        not_read: How many features or files could not be read, before anything was left out.
        pairs_judged: Whether any two of those volumes were judged against each other.
        warnings_left_out: How many warnings redaction left out.
        redacted: Whatever is no part of a conflict was left out.
        withheld: Something could not be read, and `--strict` shows nothing else.
    """

    report: Report
    volumes_read: int
    not_read: int
    pairs_judged: bool = True
    warnings_left_out: int = 0
    redacted: bool = False
    withheld: bool = False

    @property
    def holds_sites(self) -> bool:
        """Whether a protected site is shown; such an output bears a banner."""
        return any(volume.is_protected_site for volume in self.report.volumes)


def present(report: Report, *, redact: bool = False, strict: bool = False) -> Presented:
    """Return what is shown of a report."""
    read, not_read, judged = len(report.volumes), len(report.unreadable), _any_pair_judged(report)
    withheld = strict and bool(report.unreadable)
    if withheld:
        report = msgspec.structs.replace(report, volumes=(), conflicts=(), warnings=())
    if not redact:
        return Presented(report=report, volumes_read=read, not_read=not_read, pairs_judged=judged, withheld=withheld)
    kept = _redacted(report)
    left_out = len(report.warnings) - len(kept.warnings)
    return Presented(
        report=kept, volumes_read=read, not_read=not_read, pairs_judged=judged, warnings_left_out=left_out,
        redacted=True, withheld=withheld,
    )  # fmt: skip


def _any_pair_judged(report: Report) -> bool:
    """Return whether an operation is there, and a volume of someone else to judge it against.

    Someone else is another party, or with `same_party` another operation; zones are never judged against zones.
    """
    alone = not report.settings.same_party
    sides = {(volume.party, "" if alone else volume.operation) for volume in report.volumes}
    return len(sides) > 1 and any(volume.role is Role.OPERATION for volume in report.volumes)


def _redacted(report: Report) -> Report:
    """Return the report with nothing but its conflicts and what they rest on."""
    shown = {volume for conflict in report.conflicts for volume in (conflict.a, conflict.b)}
    volumes = tuple(volume for volume in report.volumes if volume in shown)
    cited = {conflict.rule.clause for conflict in report.conflicts}
    clauses = tuple(clause for clause in report.settings.rules.clauses if clause.number in cited)
    rules = msgspec.structs.replace(report.settings.rules, clauses=clauses)
    files = {volume.source.file for volume in volumes if volume.source}
    return msgspec.structs.replace(
        report,
        settings=msgspec.structs.replace(report.settings, rules=rules, area=None),
        files=tuple(file for file in report.files if file in files),
        volumes=volumes,
        unreadable=(),
        warnings=_warnings_about(report, volumes),
    )


def _warnings_about(report: Report, kept: tuple[Volume, ...]) -> tuple[Warning, ...]:
    """Return the warnings about volumes in conflict, or about none, that name nothing which is left out.

    Positions in them are left out too: where a volume lies is told by its conflicts alone.
    """
    places = {(volume.source.file, volume.source.feature) for volume in kept if volume.source} | {("", "")}
    left_out = {name for volume in report.volumes for name in _names(volume)}
    left_out |= {unreadable.feature for unreadable in report.unreadable}
    left_out -= {name for volume in kept for name in _names(volume)} | {""}
    return tuple(
        msgspec.structs.replace(warning, message=_POSITION.sub("[a position]", warning.message))
        for warning in report.warnings
        if (warning.file, warning.feature) in places and not any(name in warning.message for name in left_out)
    )


def _names(volume: Volume) -> tuple[str, ...]:
    source = volume.source
    return (volume.operation, volume.party, *((source.file, source.feature) if source else ()))
