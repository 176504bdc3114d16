"""How long before its start a notice came, and what the lead-time clause calls that (SZK-11). Integers only.

Lateness is computed, never argued; it refuses nothing: a late notice is marked and delivered all the same. Reads no
clock and no notice: the caller says when it starts and when it was recorded.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from sazokar.domain.agreement import Agreement
from sazokar.domain.finding import Lateness
from sazokar.domain.plan.instant import BEGINNING_MS

UNRULED: Final = "unruled"
"""No clause speaks of lead times for this kind of notice."""
LATE: Final = "late"
"""Below the least class, or begun already where no clause speaks."""
EXEMPT: Final = "exempt"
"""It would be late, and a priority clause exempts its kind (SZK-35)."""


def lateness(agreement: Agreement | None, notice: str, ref: str, version: int, start_ms: int, now_ms: int) -> Lateness:
    """Return the class of lead time that a notice reaches; a lead that equals a class's least reaches it.

    Args:
        agreement: The agreement in force; None: there is none.
        notice: Kind of the notice; clauses of that kind go before those of any.
        ref: The notice.
        version: Its version.
        start_ms: First instant of its earliest volume. One that names no start (`BEGINNING_MS`) starts on being
            recorded: its lead is 0.
        now_ms: When it is recorded.
    """
    lead_ms = 0 if start_ms == BEGINNING_MS else start_ms - now_ms
    clause, class_ = _class_of(agreement, notice, lead_ms)
    found = Lateness(ref=ref, version=version, clause=clause, lead_ms=lead_ms, class_=class_, late=class_ == LATE)
    return exempted(found, agreement, notice)


def exempted(found: Lateness, agreement: Agreement | None, *names: str) -> Lateness:
    """Return the lateness of an operation of these classes or kinds: none, where a priority clause exempts one of them.

    Args:
        found: As the lead-time clause has it; what is not late stays as it is.
        agreement: The agreement in force; None: there is none.
        names: Classes and kinds of the operation, such as `medevac` (SZK-35).
    """
    clause = agreement.is_exempt(*names) if agreement is not None and found.late else None
    return found if clause is None else replace(found, clause=clause, class_=EXEMPT, late=False)


def _class_of(agreement: Agreement | None, notice: str, lead_ms: int) -> tuple[str, str]:
    """Return the clause, and the class of the longest lead that is reached."""
    ruled = agreement.lead_time(notice) if agreement is not None else None
    if ruled is None:
        return "", LATE if lead_ms < 0 else UNRULED
    reached = [each for each in ruled.classes if each.least_ms <= lead_ms]
    best = max(reached, key=lambda each: each.least_ms, default=None)
    return ruled.number, LATE if best is None else best.name
