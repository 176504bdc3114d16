"""Sazokar: the deconfliction mechanism for sides that share a space but do not trust each other.

The public surface is `__all__` and nothing else: values of a volume, rules, and `conflicts`, which finds every conflict.
`Court` does the same one volume at a time. Files are read by `sazokar.dialects`, each of which has a `read`.
`open_node` opens the mechanism over a ledger in a folder; statements (`sazokar.domain.statement`) are signed by `seal`.

Names are loaded where they are first used, so that a command that needs no engine waits for none.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from sazokar.version import __version__

if TYPE_CHECKING:
    from sazokar.app.codec import Stamp, seal
    from sazokar.app.node import Node
    from sazokar.app.receipt import Receipt, Rejected, Unrecorded
    from sazokar.domain.agreement import Agreement
    from sazokar.domain.plan.altitude import GroundBand
    from sazokar.domain.plan.conflict import Conflict, Proposal, ProposalKind
    from sazokar.domain.plan.height import Height, Reference, Unit, parse_height
    from sazokar.domain.plan.instant import format_instant, parse_instant
    from sazokar.domain.plan.judge import Court, conflicts
    from sazokar.domain.plan.proposal import Bounds, proposals_for
    from sazokar.domain.plan.quantity import parse_duration, parse_length
    from sazokar.domain.plan.rules import Minima, RuleSet, SeparationClause, ZoneClause
    from sazokar.domain.plan.shape import (
        Circle,
        Corridor,
        Movement,
        MultiPolygon,
        Polygon,
        Position,
        Rectangle,
    )
    from sazokar.domain.plan.volume import Role, Volume
    from sazokar.errors import SazokarError
    from sazokar.ledger.signing import SigningKey
    from sazokar.wiring import open_node

__all__ = [
    "Agreement",
    "Bounds",
    "Circle",
    "Conflict",
    "Corridor",
    "Court",
    "GroundBand",
    "Height",
    "Minima",
    "Movement",
    "MultiPolygon",
    "Node",
    "Polygon",
    "Position",
    "Proposal",
    "ProposalKind",
    "Receipt",
    "Rectangle",
    "Reference",
    "Rejected",
    "Role",
    "RuleSet",
    "SazokarError",
    "SeparationClause",
    "SigningKey",
    "Stamp",
    "Unit",
    "Unrecorded",
    "Volume",
    "ZoneClause",
    "__version__",
    "conflicts",
    "format_instant",
    "open_node",
    "parse_duration",
    "parse_height",
    "parse_instant",
    "parse_length",
    "proposals_for",
    "seal",
]

_HOMES: Final = {
    "sazokar.app.codec": (
        "Stamp",
        "seal",
    ),
    "sazokar.app.node": ("Node",),
    "sazokar.app.receipt": (
        "Receipt",
        "Rejected",
        "Unrecorded",
    ),
    "sazokar.domain.agreement": ("Agreement",),
    "sazokar.ledger.signing": ("SigningKey",),
    "sazokar.wiring": ("open_node",),
    "sazokar.domain.plan.altitude": ("GroundBand",),
    "sazokar.domain.plan.conflict": (
        "Conflict",
        "Proposal",
        "ProposalKind",
    ),
    "sazokar.domain.plan.height": (
        "Height",
        "Reference",
        "Unit",
        "parse_height",
    ),
    "sazokar.domain.plan.instant": (
        "format_instant",
        "parse_instant",
    ),
    "sazokar.domain.plan.judge": (
        "Court",
        "conflicts",
    ),
    "sazokar.domain.plan.proposal": (
        "Bounds",
        "proposals_for",
    ),
    "sazokar.domain.plan.quantity": (
        "parse_duration",
        "parse_length",
    ),
    "sazokar.domain.plan.rules": (
        "Minima",
        "RuleSet",
        "SeparationClause",
        "ZoneClause",
    ),
    "sazokar.domain.plan.shape": (
        "Circle",
        "Corridor",
        "Movement",
        "MultiPolygon",
        "Polygon",
        "Position",
        "Rectangle",
    ),
    "sazokar.domain.plan.volume": (
        "Role",
        "Volume",
    ),
    "sazokar.errors": ("SazokarError",),
}


def __getattr__(name: str) -> object:
    """Return a name of the public surface, loading the module that it lives in."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'sazokar' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
