"""RULES.toml: the clauses that pairs are judged by, in the form that an agreement's clauses will have. Read only.

    version = 1

    [default]                      # between operations for which no clause speaks
    horizontal = "10NM"
    vertical = "2000ft"
    time = "60s"

    [[clause]]
    number = "4.2"
    kind = "separation"
    between = ["uav", "transport"]
    horizontal = "2NM"             # vertical and time are the default's

    [[clause]]
    number = "7.1"
    kind = "zone"                  # or "zone-minimum", as an agreement has it
    zone_kind = "protected-site"   # or zone = "ALPHA/box-7"; and class = "transport"
    horizontal = "500m"            # vertical and time are 0: a zone's minimum is 0 unless ruled

What a separation clause leaves out is the default's, which in turn is 10 NM, 2,000 ft and 60 s where the file names
none; what a zone clause leaves out is 0. A clause that names no minimum at all says nothing and is refused. A number
without its unit is refused, but for 0. Unknown keys are refused, not ignored: a misspelt minimum would silently be the
default's. Two clauses that would speak of one pair with equal right are refused here, before any pair is judged.
"""

from __future__ import annotations

from typing import Final

from sazokar.dialects.clauses import GREATEST_CLAUSES, read_default, read_number, read_separation, read_zone_minimum
from sazokar.dialects.document import shown
from sazokar.dialects.toml_table import Faults, Table, load_toml
from sazokar.domain.plan.rival_clauses import contradictions
from sazokar.domain.plan.rules import Clause, Minima, RuleSet
from sazokar.errors import RulesError

VERSION: Final = 1

_TOP: Final = ("version", "default", "clause")


def read(content: bytes, file: str) -> RuleSet:
    """Return the rules of a RULES.toml.

    Args:
        content: TOML, UTF-8.
        file: The file's name, as faults name it.

    Raises:
        LimitError: The file is too large.
        UnreadableError: It is not UTF-8, or not TOML.
        RulesError: A key is unknown or wrong, or clauses contradict each other; the first such clause is named.
    """
    faults = Faults()
    document = Table(load_toml(content, file), file, faults)
    document.require_known(_TOP)
    require_version(document)
    default = read_default(document)
    _raise_first(faults)
    tables = document.tables("clause", GREATEST_CLAUSES, "[[clause]]")
    clauses = tuple(clause for table in tables if (clause := _clause(table, default)) is not None)
    _raise_first(faults)
    _require_distinct(clauses, file)
    return RuleSet(default, clauses)


def require_version(document: Table) -> None:
    """Keep a fault where a document is not of this version."""
    version = document.values.get("version")
    if version != VERSION or isinstance(version, bool):
        document.fault(f"version {shown(version)}", f"version = {VERSION}")


def _raise_first(faults: Faults) -> None:
    if faults.kept:
        raise faults.kept[0]


def _clause(table: Table, default: Minima) -> Clause | None:
    number = read_number(table)
    match table.values.get("kind"):
        case "separation":
            return read_separation(table, number, default)
        case "zone" | "zone-minimum":
            return read_zone_minimum(table, number)
        case _:
            table.wrong("kind", '"separation" or "zone"')
            return None


def _require_distinct(clauses: tuple[Clause, ...], file: str) -> None:
    """Refuse two clauses of one number, or of which neither is more specific for a pair that both speak of."""
    numbers = [clause.number for clause in clauses]
    for number in numbers:
        if numbers.count(number) > 1:
            raise RulesError(f"{file}: two clauses with the number {number}", "one number for each clause")
    for contradiction in contradictions(clauses):
        raise RulesError(f"{file}: {contradiction.found}", contradiction.expected)
