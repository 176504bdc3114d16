"""AGREEMENT.toml: the rule set that the parties sign, as diplomats read it. Read only; `docs/agreement.md` tells it all.

It extends RULES.toml: [default] and the clauses of kinds `separation` and `zone` (here also `zone-minimum`) are the
same, read by the same code. Unknown keys are refused, not ignored: a misspelt minimum would silently be the default's.
All faults of a document are told, each with its clause and key; whether its clauses fit together is told with them by
`domain.agreement_validity`. What is valid, yet likely not meant, is told by `domain.agreement_doubts`. Signs nothing:
what the parties sign are the document's bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sazokar.dialects.agreement_terms import TERMS, read_term
from sazokar.dialects.agreement_zones import read_rectangle, read_zone
from sazokar.dialects.clauses import (
    GREATEST_CLAUSES,
    read_default,
    read_number,
    read_separation,
    read_zone_minimum,
)
from sazokar.dialects.fields import height_of_text
from sazokar.dialects.rules import require_version
from sazokar.dialects.toml_table import Faults, Table, load_toml, one_of
from sazokar.domain.agreement import Agreement, Names, Signatory, Term, Zone, ZoneKind
from sazokar.domain.agreement_validity import faults_of
from sazokar.domain.plan.altitude import GroundBand
from sazokar.domain.plan.rules import Minima, SeparationClause, ZoneClause
from sazokar.domain.plan.shape import Rectangle
from sazokar.errors import AgreementError, LimitError, MeaningError, RulesError

GREATEST_BYTES: Final = 1 << 20
"""An agreement is at most 1 MiB: people read it, and every party's replica keeps it for ever."""
GREATEST_SIGNATORIES: Final = 50
"""An agreement has at most this many signatories."""

TOP: Final = ("version", "agreement", "signatory", "area", "default", "clause")
AGREEMENT: Final = ("title",)
SIGNATORY: Final = ("name", "names")
AREA: Final = ("west", "south", "east", "north", "ground")
ZONE_KINDS: Final = tuple(str(kind) for kind in ZoneKind)
KINDS: Final = ("separation", "zone-minimum", "zone", *ZONE_KINDS, *TERMS)
"""Every kind of clause."""

Clause = SeparationClause | ZoneClause | Zone | Term


def read(content: bytes, file: str) -> Agreement:
    """Return the agreement of an AGREEMENT.toml.

    Args:
        content: TOML, UTF-8.
        file: The file's name, as faults name it.

    Raises:
        LimitError: The file is too large.
        UnreadableError: It is not UTF-8, or not TOML.
        AgreementError: Keys are unknown, missing or wrong, or clauses contradict each other; all faults are told.
    """
    if len(content) > GREATEST_BYTES:
        raise LimitError(f"{file}: found {len(content):,} bytes; expected an agreement of at most {GREATEST_BYTES:,}")
    faults = Faults()
    document = Table(load_toml(content, file), file, faults)
    agreement = _agreement(document)
    for fault in faults_of(agreement, whole=faults.count == 0):
        faults.take(RulesError(f"{file}, {fault.found}", fault.expected))
    if faults.count:
        raise AgreementError(file, faults.kept, faults.count - len(faults.kept))
    return agreement


def _agreement(document: Table) -> Agreement:
    document.require_known(TOP)
    require_version(document)
    default = read_default(document)
    clauses = _clauses(document, default)
    area, ground = _area(document)
    return Agreement(
        title=_title(document),
        signatories=_signatories(document),
        area=area,
        ground=ground,
        default=default,
        separations=tuple(clause for clause in clauses if isinstance(clause, SeparationClause)),
        zones=tuple(clause for clause in clauses if isinstance(clause, Zone)),
        zone_clauses=tuple(clause for clause in clauses if isinstance(clause, ZoneClause)),
        terms=tuple(clause for clause in clauses if isinstance(clause, Term)),
    )


def _title(document: Table) -> Names:
    table = document.table("agreement")
    title: Names = ()
    if table is not None:
        table.require_known(AGREEMENT)
        title = table.names("title")
    if not title:
        document.fault("no title", 'a title by language under [agreement.title], such as en = "…"')
    return title


def _signatories(document: Table) -> tuple[Signatory, ...]:
    tables = document.tables("signatory", GREATEST_SIGNATORIES, "[[signatory]]")
    if not tables and not isinstance(document.values.get("signatory"), list):
        document.fault("no signatory", "who signs, each under [[signatory]]")
    for table in tables:
        table.require_known(SIGNATORY)
    return tuple(Signatory(table.text("name", required=True), table.names("names")) for table in tables)


def _area(document: Table) -> tuple[Rectangle | None, GroundBand | None]:
    table = document.table("area")
    if table is None:
        return None, None
    table.require_known(AREA)
    ground = _ground(table) if "ground" in table else None
    return (read_rectangle(table) if any(key in table for key in AREA[:4]) else None), ground


def _ground(table: Table) -> GroundBand | None:
    """Return the band of ground heights `LOW..HIGH` above mean sea level, rounded outwards."""
    value = table.values["ground"]
    parts = value.upper().split("..") if isinstance(value, str) and value.isascii() else []
    try:
        heights = [height_of_text(f"{part.strip()} AMSL", ceil=n == 1) for n, part in enumerate(parts)]
    except MeaningError:
        heights = []
    if len(heights) != 2 or heights[0].e4 > heights[1].e4:
        table.wrong("ground", 'LOW..HIGH above mean sea level, such as "0m..1200m"')
        return None
    return GroundBand(heights[0].e4, heights[1].e4)


def _clauses(document: Table, default: Minima) -> Sequence[Clause]:
    """Return the clauses that could be read; of the others, the faults are kept."""
    read_ones: list[Clause] = []
    for table in document.tables("clause", GREATEST_CLAUSES, "[[clause]]"):
        before = document.faults.count
        clause = _clause(table, default)
        if clause is not None and document.faults.count == before:
            read_ones.append(clause)
    return read_ones


def _clause(table: Table, default: Minima) -> Clause | None:
    number = read_number(table)
    match table.values.get("kind"):
        case "separation":
            return read_separation(table, number, default)
        case "zone" | "zone-minimum":
            return read_zone_minimum(table, number)
        case str(kind) if kind in ZONE_KINDS:
            return read_zone(table, number, ZoneKind(kind))
        case str(kind) if kind in TERMS:
            return read_term(table, number, kind)
        case other:
            table.wrong("kind", one_of(other, KINDS))
            return None
