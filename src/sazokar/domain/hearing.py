"""What a statement is judged with: the state before it, the time, and what the engine knows. Decides nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec

from sazokar.domain.agreement import Agreement, Coarseness, term_of
from sazokar.domain.finding import AnyFinding, Offer, Outcome, Refusal
from sazokar.domain.plan.conflict import Conflict
from sazokar.domain.plan.volume import Volume
from sazokar.domain.state import State
from sazokar.domain.statement import Submission

AGREED: Final = "AGREEMENT"
"""Whose a zone is that all agree on."""
ASKED: Final = "?"
"""Name of a plan that is only asked about; no notice bears it."""


class Bench(Protocol):
    """What is live, under the rules in force, as the engine holds it: a cache that the node keeps in step with the state."""

    def hear(self, ref: str, volumes: Sequence[Volume]) -> Sequence[Conflict]:
        """Take the volumes of a notice in, in place of an earlier version, and return the conflicts that they bring.

        In the conflicts an operation is named by its reference. Without rules in force: none.
        """
        ...

    def dismiss(self, ref: str) -> None:
        """Take a notice out."""
        ...

    def consider(self, party: str, volumes: Sequence[Volume]) -> Sequence[Conflict]:
        """Return the conflicts that volumes, named `ASKED`, would bring, and forget them again."""
        ...

    def adopt(self, agreement: Agreement | None) -> Sequence[Conflict]:
        """Judge by another agreement from now on, or by none, and return every conflict among what is live."""
        ...

    def offers(self, ref: str, infers: Callable[[str], bool], coarseness: Coarseness) -> tuple[Offer, ...]:
        """Return what would free a notice from those that its party may infer, as coarse as the clause says (SZK-32).

        Args:
            ref: The notice, which was heard.
            infers: Whether its party may infer a notice, by its reference; zones are agreed, and known.
            coarseness: The clause.
        """
        ...


class Hearing(msgspec.Struct, frozen=True, kw_only=True):
    """One statement before the rules.

    Args:
        state: What is true before it.
        by: The statement and its author.
        now_ms: When it is recorded; never before the record before it.
        bench: What is live.
        sounded_ms: When a STOP was sounded; None for all else.
    """

    state: State
    by: Submission
    now_ms: int
    bench: Bench
    sounded_ms: int | None = None

    @property
    def coarseness(self) -> Coarseness:
        """How finely conflicts are told under the agreement."""
        return term_of(self.state.agreement, Coarseness) or Coarseness(number="")


class Verdict(msgspec.Struct, frozen=True):
    """What became of a statement, and all that was found."""

    outcome: Outcome
    findings: tuple[AnyFinding, ...]


def taken(*findings: AnyFinding) -> Verdict:
    """Return the verdict that a statement stands."""
    return Verdict(Outcome.TAKEN, findings)


def refused(code: str, found: str, remedy: str, *, field: str = "", clause: str = "charter") -> Verdict:
    """Return the verdict that the rules say no."""
    refusal = Refusal(code=code, clause=clause, field=field, found=found, remedy=remedy)
    return Verdict(Outcome.REFUSED, (refusal,))
