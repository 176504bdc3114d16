"""What the node found, told to an officer on a night watch: short lines, at most 80 columns, whose turn and until when.

Never says that the sky is free: "no conflict found" speaks only of the plans given (SZK-08). Decides nothing.
"""

from __future__ import annotations

from typing import Final

from sazokar.app.receipt import Receipt
from sazokar.domain.agreement import Rung
from sazokar.domain.finding import (
    Advised,
    Answered,
    AnyFinding,
    Called,
    Delivered,
    Disclosed,
    Exhausted,
    Flagged,
    Held,
    InForce,
    Lateness,
    Offer,
    Outcome,
    Overdue,
    Raised,
    Refusal,
    Resolved,
    Resumed,
    Side,
    SnapshotTaken,
    Sounded,
    Spent,
    StateChanged,
    StopLatency,
    Suspended,
    Taken,
    Turn,
    Unanswered,
)
from sazokar.domain.notice import OperationState
from sazokar.domain.plan.conflict import ProposalKind
from sazokar.domain.plan.instant import EPOCH, format_instant
from sazokar.doors.wording import clean, clock, date_words, duration_words, fenced, gap_both, isolated, wrapped

NO_CONFLICT: Final = "no conflict found among the plans given"


def position_lines(echoed: str, indent: int = 2) -> list[str]:
    """Return a position to be read back: what it is of, then one notation to a line, as it is said over a telephone."""
    first, *others = echoed.split(" | ")
    place, separator, notation = first.rpartition(": ")
    told = [place, *(part for part in (notation, *others) if part)] if separator else [first, *others]
    lines = wrapped(fenced(told[0], 600), indent)
    return lines + [line for part in told[1:] for line in wrapped(fenced(part, 600), indent + 2)]


def stamp(instant_ms: int) -> str:
    """Return a day and a time to the second: `14 Jan 2026 17:20:05Z`; years later the year is asked for."""
    day = date_words(instant_ms)
    if day:
        number, month, year = day.split()
        day = f"{number} {month[:3]} {year}"
    return f"{day} {clock(instant_ms, seconds=True)}".strip()


def until(due_ms: int) -> str:
    """Return a deadline with its date, as it is said: `until 14 Jan 17:25:00Z`."""
    return f"until {stamp(due_ms)}" if due_ms else "no deadline runs"


def lasting(duration_ms: int) -> str:
    """Return how long something has lasted, roughly: `20 s`, `4 min`, `3 h 5 min`."""
    whole_s = max(0, duration_ms) // 1000
    if whole_s < 60:
        return f"{whole_s} s"
    return duration_words(whole_s // 60 * 60_000).replace("60 s", "1 min")


def outcome_lines(receipt: Receipt, *, held: bool = False) -> list[str]:
    """Return the first lines: taken under which reference, or returned."""
    again = " (it was in the ledger already)" if receipt.repeated else ""
    at = f"entry {receipt.position}, {format_instant(receipt.recorded_ms)}"
    match receipt.outcome:
        case Outcome.TAKEN:
            ref = clean(receipt.ref) if len(receipt.ref) < 20 else f"{clean(receipt.ref[:16])}…"
            return [f"TAKEN{f' as {ref}' if ref else ''}{again}: {at}"]
        case Outcome.HELD:
            return [f"NOT DELIVERED – HELD FOR CORRECTION{again}: {at}"]
        case _:
            return [f"RETURNED{again}: {at}"] + (["  NOT DELIVERED"] if held else [])


def finding_lines(finding: AnyFinding, *, indent: int = 2) -> list[str]:
    """Return one finding in words; some need none."""
    sentence = _sentence(finding)
    return [line for part in sentence.split("\n") for line in wrapped(part, indent)] if sentence else []


def _sentence(finding: AnyFinding) -> str:  # noqa: C901 - one line for each kind
    match finding:
        case Taken() | SnapshotTaken() | Disclosed() | Spent():
            return _record(finding)
        case Refusal():
            return refusal_words(finding)
        case Held():
            return f"{finding.ref} is held for {isolated(finding.owner)} to correct, {until(finding.due_ms)}"
        case Lateness():
            return lateness_words(finding)
        case Flagged():
            return f"LOOK AGAIN ({finding.code}): {fenced(finding.message, 600)}"
        case Raised():
            return raised_words(finding)
        case Resolved():
            return f"{finding.ref} resolved: {str(finding.how).replace('-', ' ')}"
        case Turn():
            if not finding.party:
                return f"{finding.ref}: no answer is due now; it stays live until the plans are changed"
            return f"{finding.ref}: {isolated(finding.party)} answers next, {until(finding.due_ms)}"
        case Called():
            return called_words(finding)
        case Unanswered():
            return f"{finding.ref} NOT RESOLVED at its start, {stamp(finding.due_ms)}; it stays live"
        case Delivered():
            return f"{finding.ref} version {finding.version} delivered to {isolated(finding.party)}; not yet read"
        case StateChanged():
            return state_words(finding)
        case Overdue():
            return f"OVERDUE: {finding.what} of {finding.ref}, due {stamp(finding.due_ms)}"
        case Advised():
            return f"{isolated(finding.to)} to be told (clause {isolated(finding.clause)}): {fenced(finding.text, 300)}"
        case Exhausted():
            return f"{isolated(finding.party)} has spent its budget (clause {isolated(finding.clause)})"
        case Answered():
            return answered_words(finding)
        case InForce():
            return f"the agreement {finding.draft[:12]} is IN FORCE"
        case Suspended():
            return f"the agreement is SUSPENDED by {isolated(finding.by)}; STOP, roster and notices go on"
        case Resumed():
            return "the agreement holds again"
        case StopLatency():
            return f"{finding.ref} {finding.rung} by {isolated(finding.party)} after {lasting(finding.latency_ms)}"
        case Sounded():
            mark = "" if finding.verified else ", UNVERIFIED – CALL BACK"
            return f"{finding.ref} sounded {stamp(finding.sounded_ms)}{mark}"


def _record(finding: Taken | SnapshotTaken | Disclosed | Spent) -> str:
    match finding:
        case Disclosed():
            return f"{finding.ref} shown to {isolated(finding.to)}: {finding.level} (clause {isolated(finding.clause)})"
        case Spent(left=left) if left <= 5:
            return f"only {left} left of the budget (clause {isolated(finding.clause)})"
        case _:
            return ""


def refusal_words(refusal: Refusal) -> str:
    """Return why the rules say no, and what to do."""
    field = f", {fenced(refusal.field, 300)}" if refusal.field else ""
    lines = [
        f"clause {isolated(refusal.clause)} ({refusal.code}){field}",
        f"found: {fenced(refusal.found, 600)}",
        f"what to do: {fenced(refusal.remedy, 600)}",
    ]
    return "\n".join(lines)


def lateness_words(finding: Lateness) -> str:
    """Return how long before its start a notice came."""
    lead = "lead withheld" if finding.lead_ms is None else _lead(finding.lead_ms)
    clause = f" (clause {isolated(finding.clause)})" if finding.clause else ""
    mark = "LATE, and delivered all the same" if finding.late else isolated(finding.class_)
    return f"lead time {lead}: {mark}{clause}"


def _lead(lead_ms: int) -> str:
    return f"{lasting(lead_ms)} before its start" if lead_ms >= 0 else f"{lasting(-lead_ms)} after its start"


def raised_words(finding: Raised) -> str:
    """Return a conflict: whose, by which clause, from when, who answers, and what would free each side."""
    sides = [side for side in (finding.a, finding.b) if side is not None]
    between = " and ".join(f"{isolated(side.party)} {isolated(side.ref)}" for side in sides) or "withheld"
    start = f", from {stamp(finding.start_ms)}" if finding.start_ms is not None else ""
    again = " AGAIN" if finding.again else ""
    lines = [f"CONFLICT{again} {finding.ref}: {between}, clause {isolated(finding.clause)}{start}"]
    lines += [side_words(side) for side in sides if side.leg or side.offers]
    lines.append(f"{isolated(finding.first)} answers first, {until(finding.due_ms)}")
    return "\n".join(lines)


def side_words(side: Side) -> str:
    """Return one side of a conflict, and what would free it: `BRAVO: leg 1, from 18:20Z; delay 25 min`."""
    who = f"{isolated(side.party)}: " if side.party else ""
    part = f"leg {side.leg}, from {clock(side.from_ms)}" if side.leg else ""
    offers = " or ".join(offer_words(offer) for offer in side.offers)
    return who + "; ".join(text for text in (part, offers) if text)


def offer_words(offer: Offer) -> str:
    """Return a change that frees a plan, as it is said over a telephone."""
    match offer.kind:
        case ProposalKind.DELAY | ProposalKind.ADVANCE:
            return f"{offer.kind} {duration_words(abs(offer.delay_ms))}"
        case ProposalKind.NONE_WITHIN_BOUNDS:
            return "no change within bounds frees it"
        case _:
            return (
                f"{offer.kind} to {isolated(offer.level)}"
                if offer.level
                else f"{offer.kind} {gap_both(abs(offer.delta_e4))}"
            )


def called_words(finding: Called) -> str:
    """Return a silence, and who is called next."""
    if finding.unable:
        return f"{finding.ref}: neither side can; CALL the mediator" + (
            f", {until(finding.next_ms)}" if finding.next_ms else ""
        )
    whom = "the mediator" if finding.rung is Rung.MEDIATOR else f"the {finding.rung} of {isolated(finding.party)}"
    more = f", {until(finding.next_ms)}" if finding.next_ms else ""
    return f"{finding.ref}: no answer from {isolated(finding.party)} by {stamp(finding.due_ms)}; CALL {whom}{more}"


def state_words(finding: StateChanged) -> str:
    """Return the state that an operation is in now; accepted says what it does not say."""
    why = f" ({fenced(finding.why, 200)})" if finding.why else ""
    if finding.state is OperationState.ACCEPTED and finding.why.startswith("both accept"):
        return f"{finding.ref} is ACCEPTED as agreed: {finding.why}; a plan that is to change is still to be amended"
    if finding.state is OperationState.ACCEPTED:
        return f"{finding.ref}: {NO_CONFLICT}; what was not filed is not known"
    return f"{finding.ref} is {str(finding.state).upper()}{why}"


def answered_words(finding: Answered) -> str:
    """Return what a question found."""
    if not finding.clauses:
        return f"{NO_CONFLICT}; what was not filed is not known. Nothing was filed."
    lines = [
        f"it would conflict: clause {', '.join(isolated(clause) for clause in finding.clauses)}. Nothing was filed."
    ]
    return "\n".join(lines + [side_words(side) for side in finding.sides])


def midnight_words(instant_ms: int) -> str:
    """Return a day: `14 January 2026`."""
    return date_words(instant_ms) or str(EPOCH.date())
