"""A volume as it was filed: a shape, a band of heights and a window of time, and whose it is."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from sazokar.domain.plan.height import SURFACE, UNLIMITED, Height, Reference
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS
from sazokar.domain.plan.shape import Movement, Shape

ANY_CLASS: Final = "any"
PROTECTED_SITE: Final = "protected-site"
"""The kind of a volume that must not be harmed; outputs that hold one bear a banner (SZK-51)."""


class Role(StrEnum):
    """What a volume is to the rules."""

    OPERATION = "operation"
    ZONE = "zone"


class Source(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Where a volume was read.

    Args:
        file: The file's name as it was given.
        feature: The feature in it, as a person would find it: `feature 3 (box-7)`, `line 12`.
    """

    file: str
    feature: str


def kind_key(kind: str) -> str:
    """Return a kind as it is compared: `Protected site` and `protected_site` are `protected-site`."""
    return kind.strip().casefold().replace("_", "-").replace(" ", "-")


class Volume(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """One volume of an operation or a zone. Made by a dialect or by hand; judged by `conflicts`.

    Args:
        operation: Name of the operation or zone, unique within its party.
        party: Whose it is.
        shape: Where.
        lower: Lower limit.
        upper: Upper limit, at or above the lower.
        start_ms: First instant, ms since the Unix epoch.
        end_ms: First instant no more within, ms since the Unix epoch: `[start, end)`.
        role: Operation or zone.
        class_: Platform class that clauses speak of (`transport`, `uav`, …).
        kind: What it is, in words (`movement`, `protected-site`, `live-fire`, …).
        priority: The greater goes before the lesser; who should move is the agreement's to say.
        index: Number of the volume within its operation, from 0.
        source: Where it was read.
        tolerance_ms: How much earlier or later it may be (SZK-34); added to the time margin of whatever it is judged by.
    """

    operation: str
    party: str
    shape: Shape
    lower: Height = SURFACE
    upper: Height = UNLIMITED
    start_ms: int = BEGINNING_MS
    end_ms: int = END_MS
    role: Role = Role.OPERATION
    class_: str = ANY_CLASS
    kind: str = ""
    priority: int = 0
    index: int = 0
    source: Source | None = None
    tolerance_ms: int = 0

    @property
    def name(self) -> str:
        """Party and operation, as a person reads them: `BRAVO/transport-1`."""
        return f"{self.party}/{self.operation}"

    @property
    def references(self) -> tuple[Reference, Reference | None]:
        """What its lower and its upper limit are measured from; None: there is no upper one.

        Altitudes along a movement are measured as `lower` is, both above and below.
        """
        if isinstance(self.shape, Movement) and self.shape.altitudes_e4:
            return self.lower.reference, self.lower.reference
        return self.lower.reference, None if self.upper.unlimited else self.upper.reference

    @property
    def is_protected_site(self) -> bool:
        """Whether it must not be harmed (SZK-03)."""
        return kind_key(self.kind) in (PROTECTED_SITE, "notified-site")
