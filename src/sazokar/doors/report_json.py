"""The report as JSON, version 1: stable, published as `data/report-1.schema.json`, told in `docs/report.md`.

The structs here are the wire: a field is never renamed or taken away within a version, only added.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from sazokar.domain.plan.altitude import GroundBand
from sazokar.domain.plan.conflict import Conflict, Proposal, ProposalKind
from sazokar.domain.plan.height import Height
from sazokar.domain.plan.instant import format_instant
from sazokar.domain.plan.rules import Minima, Rule, SeparationClause, ZoneClause
from sazokar.domain.plan.shape import Rectangle
from sazokar.domain.plan.volume import Volume
from sazokar.doors import wording
from sazokar.doors.presented import Presented

VERSION: Final = 1
_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Legal in JSON, yet able to steer a terminal or turn a line around: written as escapes."""


class MinimaOut(msgspec.Struct, kw_only=True):
    """Separation minima on the wire."""

    horizontal_m: float
    vertical_m: float
    time_s: float


class RuleOut(MinimaOut, kw_only=True):
    """The clause that a verdict cites, and its minima."""

    clause: str


class ClauseOut(RuleOut, kw_only=True, omit_defaults=True):
    """A clause of the rule set: `between` for operations, the other fields for zones."""

    between: tuple[str, str] | None = None
    zone: str | None = None
    zone_kind: str | None = None
    class_: str | None = msgspec.field(default=None, name="class")


class JudgedOut(msgspec.Struct, kw_only=True):
    """What the verdict rests on, and what it does not speak of."""

    default: MinimaOut
    clauses: list[ClauseOut]
    same_party: bool
    proposals: bool
    area: tuple[float, float, float, float] | None
    ground_m: tuple[float, float] | None
    not_looked_at: list[str]


class HeightOut(msgspec.Struct, kw_only=True):
    """A height as it was given."""

    value: float
    unit: str
    reference: str


class SourceOut(msgspec.Struct, kw_only=True):
    """Where a volume was read."""

    file: str
    feature: str


class ReferenceOut(msgspec.Struct, kw_only=True):
    """Which volume of which operation."""

    party: str
    operation: str
    volume: int


class VolumeOut(ReferenceOut, kw_only=True):
    """A volume that was read and judged."""

    role: str
    class_: str = msgspec.field(name="class")
    kind: str
    priority: int
    start: str
    end: str
    lower: HeightOut | str
    upper: HeightOut | str
    source: SourceOut | None


class ProposalOut(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A change that would free one operation; which of the three fields is there, `kind` says."""

    kind: str
    party: str
    operation: str
    delta_s: float | None = None
    delta_m: float | None = None
    shift: tuple[float, float] | None = None


class ConflictOut(msgspec.Struct, kw_only=True):
    """A predicted breach of a separation minimum or of a zone's rule."""

    a: ReferenceOut
    b: ReferenceOut
    start: str
    end: str
    horizontal_m: float
    vertical_m: float
    at: tuple[float, float]
    rule: RuleOut
    simultaneous: bool
    conversion: str
    proposals: list[ProposalOut]


class RefusedOut(msgspec.Struct, kw_only=True):
    """A feature, or a whole file, that could not be read."""

    file: str
    feature: str
    field: str
    found: str
    expected: str


class WarningOut(msgspec.Struct, kw_only=True):
    """Something that was read, and that a person should look at again."""

    code: str
    file: str
    feature: str
    message: str


class CountsOut(msgspec.Struct, kw_only=True):
    """How much was found, before anything was left out."""

    volumes: int
    conflicts: int
    refused: int
    warnings: int


class ReportOut(msgspec.Struct, kw_only=True):
    """The whole report."""

    version: int
    engine: str
    verdict: str
    banner: str | None
    redacted: bool
    withheld: bool
    judged: JudgedOut
    counts: CountsOut
    files: list[str]
    conflicts: list[ConflictOut]
    refused: list[RefusedOut]
    warnings: list[WarningOut]
    volumes: list[VolumeOut]


def render(presented: Presented) -> str:
    """Return the report as indented JSON that ends with a line break."""
    return encode(report_out(presented), indent=2) + "\n"


def encode(value: object, indent: int) -> str:
    """Return a wire value as JSON (`indent` −1: on one line), with nothing in it that could steer a terminal."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=indent).decode()
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def report_out(presented: Presented) -> ReportOut:
    """Return the wire form of a report."""
    report = presented.report
    warnings = len(report.warnings) + presented.warnings_left_out
    return ReportOut(
        version=VERSION,
        engine=_valid(report.engine),
        verdict=wording.verdict(presented),
        banner=wording.BANNER if presented.holds_sites else None,
        redacted=presented.redacted,
        withheld=presented.withheld,
        judged=_judged_out(presented),
        counts=CountsOut(
            volumes=presented.volumes_read,
            conflicts=len(report.conflicts),
            refused=presented.not_read,
            warnings=warnings,
        ),
        files=[_valid(file) for file in report.files],
        conflicts=[conflict_out(conflict) for conflict in report.conflicts],
        refused=[
            RefusedOut(**{field: _valid(getattr(u, field)) for field in u.__struct_fields__}) for u in report.unreadable
        ],
        warnings=[
            WarningOut(code=w.code, file=_valid(w.file), feature=_valid(w.feature), message=_valid(w.message))
            for w in report.warnings
        ],
        volumes=[volume_out(volume) for volume in report.volumes],
    )


def _judged_out(presented: Presented) -> JudgedOut:
    settings = presented.report.settings
    return JudgedOut(
        default=_minima_out(settings.rules.default),
        clauses=[_clause_out(clause) for clause in settings.rules.clauses],
        same_party=settings.same_party,
        proposals=settings.proposals,
        area=_area_out(settings.area),
        ground_m=_ground_out(settings.ground),
        not_looked_at=wording.not_looked_at(presented),
    )


def _minima_out(minima: Minima) -> MinimaOut:
    return MinimaOut(
        horizontal_m=minima.horizontal_mm / 1000, vertical_m=minima.vertical_e4 / 10_000, time_s=minima.time_ms / 1000
    )


def rule_out(rule: Rule) -> RuleOut:
    """Return the wire form of the rule that a pair was judged by."""
    minima = _minima_out(rule.minima)
    return RuleOut(
        clause=_valid(rule.clause), horizontal_m=minima.horizontal_m, vertical_m=minima.vertical_m, time_s=minima.time_s
    )


def _clause_out(clause: SeparationClause | ZoneClause) -> ClauseOut:
    minima = _minima_out(clause.minima)
    out = ClauseOut(
        clause=_valid(clause.number), horizontal_m=minima.horizontal_m, vertical_m=minima.vertical_m,
        time_s=minima.time_s,
    )  # fmt: skip
    if isinstance(clause, SeparationClause):
        out.between = (_valid(clause.between[0]), _valid(clause.between[1]))
    else:
        out.zone, out.zone_kind, out.class_ = _valid(clause.zone), _valid(clause.zone_kind), _valid(clause.class_)
    return out


def _area_out(area: Rectangle | None) -> tuple[float, float, float, float] | None:
    if area is None:
        return None
    return area.west_e7 / 1e7, area.south_e7 / 1e7, area.east_e7 / 1e7, area.north_e7 / 1e7


def _ground_out(ground: GroundBand | None) -> tuple[float, float] | None:
    return None if ground is None else (ground.low_e4 / 10_000, ground.high_e4 / 10_000)


def reference_out(volume: Volume) -> ReferenceOut:
    """Return which volume of which operation this is."""
    return ReferenceOut(party=_valid(volume.party), operation=_valid(volume.operation), volume=volume.index)


def conflict_out(conflict: Conflict) -> ConflictOut:
    """Return the wire form of a conflict."""
    return ConflictOut(
        a=reference_out(conflict.a),
        b=reference_out(conflict.b),
        start=format_instant(conflict.start_ms),
        end=format_instant(conflict.end_ms),
        horizontal_m=conflict.horizontal_mm / 1000,
        vertical_m=conflict.vertical_e4 / 10_000,
        at=(conflict.at.lon, conflict.at.lat),
        rule=rule_out(conflict.rule),
        simultaneous=conflict.simultaneous,
        conversion=_valid(conflict.conversion),
        proposals=[_proposal_out(proposal) for proposal in conflict.proposals],
    )


def _proposal_out(proposal: Proposal) -> ProposalOut:
    out = ProposalOut(
        kind=proposal.kind.value, party=_valid(proposal.party), operation=_valid(proposal.operation)
    )  # fmt: skip
    match proposal.kind:
        case ProposalKind.DELAY | ProposalKind.ADVANCE:
            out.delta_s = proposal.delta_ms / 1000
        case ProposalKind.CLIMB | ProposalKind.DESCEND:
            out.delta_m = proposal.delta_e4 / 10_000
        case ProposalKind.SHIFT:
            out.shift = (proposal.east_mm / 1000, proposal.north_mm / 1000)
        case ProposalKind.NONE_WITHIN_BOUNDS:
            pass
    return out


def volume_out(volume: Volume) -> VolumeOut:
    """Return the wire form of a volume; its shape stays in the file that it came from."""
    source = volume.source
    return VolumeOut(
        party=_valid(volume.party),
        operation=_valid(volume.operation),
        volume=volume.index,
        role=volume.role.value,
        class_=_valid(volume.class_),
        kind=_valid(volume.kind),
        priority=volume.priority,
        start=format_instant(volume.start_ms),
        end=format_instant(volume.end_ms),
        lower=height_out(volume.lower),
        upper=height_out(volume.upper),
        source=SourceOut(file=_valid(source.file), feature=_valid(source.feature)) if source else None,
    )


def height_out(height: Height) -> HeightOut | str:
    """Return a height as the GeoJSON profile writes it."""
    if height.surface or height.unlimited:
        return str(height)
    return HeightOut(value=float(height.value), unit=height.unit.value, reference=height.reference.value)


def _valid(text: str) -> str:
    """Return a text that can be written as UTF-8: a file's name may hold bytes that are none."""
    return text.encode("utf-8", "replace").decode()
