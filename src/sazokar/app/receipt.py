"""What the node answers: a receipt, that it is no entry, or that nothing was recorded. Values only."""

from __future__ import annotations

import msgspec

from sazokar.domain.finding import AnyFinding, Outcome, Refusal, Taken


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A statement is in the ledger, durable; what became of it, as its author may see it.

    It is the author's alone: an envelope is no secret, and whoever sends it again is answered so. A door gives a receipt
    to nobody but whom it knows to be of the author's party.

    Args:
        id: Of the statement.
        position: Of its entry.
        recorded_ms: When it was recorded.
        outcome: Taken, refused or held.
        findings: What was found.
        repeated: Whether it was in the ledger before.
    """

    id: str
    position: int
    recorded_ms: int
    outcome: Outcome
    findings: tuple[AnyFinding, ...]
    repeated: bool = False

    @property
    def ref(self) -> str:
        """What the statement is cited by; empty where it makes nothing new."""
        return next((f.ref for f in self.findings if isinstance(f, Taken)), "")

    @property
    def refusal(self) -> Refusal | None:
        """Why the rules say no, where they do."""
        return next((f for f in self.findings if isinstance(f, Refusal)), None)


class Rejected(msgspec.Struct, frozen=True):
    """A statement is no entry: its signature, its key or its ledger is wrong."""

    reason: str


class Unrecorded(msgspec.Struct, frozen=True):
    """Nothing was recorded: the log cannot be written, or does not verify.

    Args:
        reason: Why, for a person.
        sounded: Whether it was a STOP, which has sounded all the same, and is recorded when that is possible again.
    """

    reason: str
    sounded: bool = False


Answer = Receipt | Rejected | Unrecorded
