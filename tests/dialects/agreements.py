"""Agreements that the tests read: a smallest one, clauses to put into it, and an invented line between two sides."""

from __future__ import annotations

from sazokar.dialects import agreement
from sazokar.domain.agreement import Agreement

TOP = """\
version = 1
[agreement.title]
en = "Line Agreement"
[[signatory]]
name = "ALPHA"
[[signatory]]
name = "BRAVO"
[area]
west = 40
south = 10
east = 44
north = 14
ground = "0m..500m"
"""

LINE = """
[[clause]]
number = "3.1"
kind = "line"
name = "Ford Line"
names = { ALPHA = "the northern line", BRAVO = "the southern line" }
line = ["12.0N 41.0E", "12.0N 43.0E"]
lower = "SFC"
upper = "UNL"

[[clause.buffer]]
class = "fixed-wing"
horizontal = "40km"

[[clause.buffer]]
class = "uav"
horizontal = "15km"

[[clause.buffer]]
class = "helicopter"
horizontal = "10km"
"""


def clause(kind: str, rest: str, number: str = "9.9") -> str:
    """Return one clause as TOML."""
    return f'\n[[clause]]\nnumber = "{number}"\nkind = "{kind}"\n{rest}\n'


def read(*clauses: str) -> Agreement:
    """Return the agreement of the smallest document with these clauses."""
    return agreement.read((TOP + "".join(clauses)).encode(), "AGREEMENT.toml")
