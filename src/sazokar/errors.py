"""Every error that Sazokar raises, in one tree. What the rules forbid is a value, never an exception.

SazokarError
├── MeaningError          a value that cannot be what it claims (a domain value refused at its making)
│   ├── QuantityError     "10 parsecs": a length, height or duration that cannot be read
│   ├── InstantError      a time that cannot be read, or that bears no zone
│   ├── ShapeError        a shape that is no shape on the Earth
│   ├── FieldError        a named field of a feature that cannot be what it claims
│   ├── FormError         a form that was typed in, with lines that are not as they were printed; all are told
│   └── RulesError        a rule set that contradicts itself or cannot be read
│       └── AgreementError   an agreement's document; every fault in it is told
├── LimitError            an input beyond a stated limit
├── UnreadableError       a file that cannot be opened or is not of the dialect that it claims
├── HistoryError          a ledger tells something that cannot follow from what went before
├── CanonicalError        bytes that are not in canonical form, or a value that has none
├── SignatureError        a key that is none, or a signature that is missing or false
├── ProofError            a proof that does not prove what it claims
├── KeyFileError          a file of a private key that cannot be read or written
├── DeclinedError         a request that a node does not do: its problem document, as a value
├── UnreachableError      a node that cannot be reached, or that answers what no node would
├── FaultError            a fault of the node's own, told to those who waited for it
└── LedgerError           a ledger that is damaged, or of a newer version
    ├── DamagedError      a ledger in which something was changed: nothing of it is shown as genuine
    ├── ForkedError       a ledger that is not the one that was cosigned before
    └── LedgerHeldError   a ledger that another process owns; it may be free in a moment
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class SazokarError(Exception):
    """The world failed, or was not what it claimed; the message says what, where, and what to do."""


class MeaningError(SazokarError):
    """A value cannot be what it claims.

    Args:
        found: What was found, as a person would recognise it.
        expected: What would have been right.
    """

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(f"found {found}; expected {expected}")
        self.found = found
        self.expected = expected


class QuantityError(MeaningError):
    """A length, height or duration cannot be read."""


class InstantError(MeaningError):
    """A time cannot be read, or bears no zone."""


class ShapeError(MeaningError):
    """A shape is no shape on the Earth, or not one that can be judged."""


class FieldError(MeaningError):
    """A field of a feature cannot be what it claims, or two contradict each other (SZK-16).

    Args:
        field: The field, or both: `lower and upper`.
        found: What was found, as a person would recognise it.
        expected: What would have been right.
    """

    def __init__(self, field: str, found: str, expected: str) -> None:
        super().__init__(found, expected)
        self.field = field

    def __str__(self) -> str:
        return f"{self.field}: found {self.found}; expected {self.expected}"


class FormError(MeaningError):
    """A form that was typed in cannot be taken; each line that is wrong is named, so that it can be asked for again.

    Args:
        faults: The faults, each with its line.
    """

    def __init__(self, faults: Sequence[FieldError]) -> None:
        super().__init__(f"{len(faults):,} wrong line{'' if len(faults) == 1 else 's'}", "the form as it was printed")
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n".join(["form: " + self.found, *(f"  {fault}" for fault in self.faults)])


class RulesError(MeaningError):
    """A rule set contradicts itself or cannot be read."""


class AgreementError(RulesError):
    """An agreement's document cannot be taken; every fault in it is told, not only the first.

    Args:
        file: The document's name.
        faults: The faults, each with its place.
        more: How many more there were than those.
    """

    def __init__(self, file: str, faults: Sequence[RulesError], more: int = 0) -> None:
        number = len(faults) + more
        super().__init__(f"{number:,} fault{'' if number == 1 else 's'}", "an agreement without any")
        self.file = file
        self.faults = tuple(faults)
        self.more = more

    def __str__(self) -> str:
        lines = [f"{self.file}: {self.found}", *(f"  {fault}" for fault in self.faults)]
        return "\n".join(lines + ([f"  and {self.more:,} more"] if self.more else []))


class LimitError(SazokarError):
    """An input is beyond a stated limit; nothing of it was taken."""


class UnreadableError(SazokarError):
    """A file cannot be opened, or is not of the dialect that it claims."""


class HistoryError(SazokarError):
    """A ledger tells something that cannot follow from what went before; `fold` refuses it."""


class CanonicalError(SazokarError):
    """Bytes are not in canonical form, or a value has no canonical form; nothing of it was taken."""


class SignatureError(SazokarError):
    """A key is no safe key, or a signature that must be there is missing or false."""


class ProofError(SazokarError):
    """A proof does not prove what it claims, or proves it to nobody who trusts the roots given."""


class KeyFileError(SazokarError):
    """The file of a private key cannot be read or written."""


class DeclinedError(SazokarError):
    """A node does not do what a request asks of it. What the rules forbid is recorded besides; this is how it is told.

    Args:
        status: HTTP status.
        code: Stable name of the reason: `not-found`, `refused`, `too-many-requests`, …
        found: What was found, as a person would recognise it.
        clause: The clause that says so, where one does.
        field: Which field or parameter.
        remedy: What to do.
        retry_s: When to ask again; 0: not by waiting.
        extra: What else the problem document says, by name: the receipt of what was recorded.
    """

    def __init__(
        self, status: int, code: str, found: str, *, clause: str = "", field: str = "", remedy: str = "", retry_s: int = 0,
        extra: Mapping[str, object] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(f"{found}{f' ({clause})' if clause else ''}{f'; {remedy}' if remedy else ''}")
        self.status = status
        self.code = code
        self.found = found
        self.clause = clause
        self.field = field
        self.remedy = remedy
        self.retry_s = retry_s
        self.extra = extra or {}


class UnreachableError(SazokarError):
    """A node cannot be reached, or what answers is no node."""


class FaultError(SazokarError):
    """The node is wrong itself: what it was asked is not done, or nobody knows whether it is; to send it again is safe."""


class LedgerError(SazokarError):
    """A ledger is damaged, forked, of a newer version, or held by another process.

    Args:
        message: What is wrong, and what to do.
        position: The first entry found damaged, counted from 0; None where no single entry is to blame.
    """

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class LedgerHeldError(LedgerError):
    """Another process owns the ledger; nothing is wrong with it, and it may be free in a moment."""


class DamagedError(LedgerError):
    """A ledger does not verify: nothing of it, or nothing from the damaged entry on, may be shown as genuine."""


class ForkedError(LedgerError):
    """A ledger has shrunk, or tells its past otherwise than a checkpoint that was cosigned; nothing of it is cosigned."""
