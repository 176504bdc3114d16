"""What was stated and what was found, in words: one sentence for each kind. Judges nothing and wraps no line.

Texts in them come from officers: `clean` takes out what could steer a terminal.
"""

from __future__ import annotations

from typing import Final

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
from sazokar.domain.statement import (
    AcceptRecommendation,
    AcceptRisk,
    Acknowledge,
    AckRung,
    AmendNotice,
    AnswerConflict,
    AnswerStop,
    Ask,
    CallStop,
    CancelNotice,
    DelegateKey,
    ErasePayload,
    FileNotice,
    HandOver,
    PostWatch,
    ProposeDraft,
    Recommend,
    RecordTalks,
    ReleaseStop,
    ReplyContent,
    ReportIncident,
    ReportState,
    ResumeAgreement,
    RevalidateNotice,
    RevokeKey,
    RotateNode,
    RotateRoot,
    SignAgreement,
    Statement,
    SuspendAgreement,
    TestCall,
)
from sazokar.doors.agreement_words import gap_words, length_words
from sazokar.doors.wording import clean, clock, date_words, duration_words, span_words

RUNGS: Final = {
    AckRung.DELIVERED: "was delivered", AckRung.READ: "was read", AckRung.READ_BACK: "was read back",
    AckRung.PASSED_ON: "was passed on", AckRung.CONFIRMED: "was confirmed",
}  # fmt: skip


def instant_words(instant_ms: int) -> str:
    """Return an instant as a log shows it: `14 January 2026 17:33:00Z`."""
    return f"{date_words(instant_ms)} {clock(instant_ms, seconds=True)}".strip()


def statement_words(statement: Statement) -> str:  # noqa: C901 - one line for each kind
    """Return what a statement says, in words; a section that is withheld is left out."""
    match statement:
        case FileNotice() as s:
            return _filed(s)
        case AmendNotice() as s:
            return f"amends {s.ref} (version {s.version})" + (_window(s) if s.extent else "")
        case CancelNotice() as s:
            return f"cancels {s.ref}{_because(s.reason)}"
        case RevalidateNotice() as s:
            return f"says that {s.ref} still holds"
        case ReportState() as s:
            return f"reports that {s.ref} is {s.state}" + (f": {clean(s.how)}" if s.how else "")
        case Acknowledge() as s:
            units = f" to {clean(', '.join(s.units))}" if s.units and s.rung is AckRung.PASSED_ON else ""
            units = f" by {clean(', '.join(s.units))}" if s.units and s.rung is AckRung.CONFIRMED else units
            return f"states that {s.ref} (version {s.version}) {RUNGS[s.rung]}{units}"
        case AnswerConflict() as s:
            return f"answers {s.ref}: {s.reply}{_content(s.content)}"
        case Recommend() as s:
            return f"recommends in {s.ref}{_content(s.content)}"
        case AcceptRecommendation() as s:
            return f"accepts recommendation {s.number} in {s.ref}"
        case AcceptRisk() as s:
            return f"accepts the risk of {s.ref}{_because(s.reason)}"
        case CallStop() as s:
            return f"calls STOP, {s.action}: {clean(s.unit)}, {clean(s.place)}{_because(s.reason)}"
        case AnswerStop() as s:
            return f"answers {s.ref}: {s.rung}" + (f" by {clean(s.unit)}" if s.unit else "")
        case ReleaseStop() as s:
            return f"releases {s.ref}{_because(s.reason)}"
        case ReportIncident() as s:
            text = f": {clean(s.account.text, 2000)}" if s.account else ""
            return f"reports an incident about {', '.join(s.about)}, graded {s.grade}{text}"
        case Ask():
            return "asks whether a plan would conflict"
        case _:
            return _governs(statement)


def _governs(statement: Statement) -> str:  # noqa: C901 - as above
    match statement:
        case DelegateKey() as s:
            return f"lets key {s.key[:8]} sign as watch {clean(s.watch_number)}, {s.role}, {span_words(s.from_ms, s.until_ms)}"
        case RevokeKey() as s:
            return f"revokes key {s.key[:8]}{_because(s.reason)}"
        case RotateRoot() as s:
            return f"replaces the root {s.old[:8]} of {s.party} by {s.new[:8]}"
        case RotateNode() as s:
            return f"replaces the node's key {s.old[:8]} by {s.new[:8]}"
        case ProposeDraft() as s:
            return f"proposes the draft {s.draft[:8]}"
        case SignAgreement() as s:
            return f"signs the draft {s.draft[:8]}"
        case SuspendAgreement() as s:
            return f"suspends the agreement{_because(s.reason)}"
        case ResumeAgreement() as s:
            return f"agrees to resume{_because(s.reason)}"
        case PostWatch() as s:
            return f"posts watch {clean(s.number)}, {span_words(s.from_ms, s.until_ms)}"
        case HandOver() as s:
            return f"hands over to watch {clean(s.to)}"
        case TestCall() as s:
            return f"tests the line to {clean(s.to)}: {'answered' if s.answered else 'NOT answered'}"
        case RecordTalks() as s:
            return f"records round {s.number} of the talks"
        case ErasePayload() as s:
            return f"has section {clean(s.section)} of entry {s.entry[:8]} forgotten{_because(s.reason)}"
        case _:
            return type(statement).__name__


def _filed(statement: FileNotice) -> str:
    safety = "life-safety " if statement.life_safety else ""
    after = f", in place of {statement.supersedes}" if statement.supersedes else ""
    return f"files a {safety}notice of kind {statement.notice}{after}{_window(statement)}"


def _window(statement: FileNotice | AmendNotice) -> str:
    if statement.extent is None:
        return " (where and when is withheld)"
    volumes = statement.extent.volumes
    start_ms, end_ms = min(v.start_ms for v in volumes), max(v.end_ms for v in volumes)
    bands = sorted({f"{volume.lower} to {volume.upper}" for volume in volumes})
    return f": {span_words(start_ms, end_ms)}, {', '.join(bands[:3])}{' and others' if len(bands) > 3 else ''}"


def _because(reason: str) -> str:
    return f" ({clean(reason)})" if reason else ""


def _content(content: ReplyContent | None) -> str:
    if content is None:
        return ""
    parts = [clean(content.text, 2000)] if content.text else []
    if (change := content.change) is not None:
        parts += [f"{change.ref} {duration_words(change.delay_ms)} later"] if change.delay_ms else []
        parts += [f"{change.ref} at {clean(change.level)}"] if change.level else []
    return f", {'; '.join(parts)}" if parts else ""


def finding_words(finding: AnyFinding) -> str:  # noqa: C901 - as above
    """Return what was found, in words; empty where there is nothing to say of it."""
    match finding:
        case Taken() as f:
            return f"taken as {f.ref[:16]}" if f.ref else ""
        case Refusal() as f:
            return f"returned by {clause_words(f.clause)} ({f.code}): found {clean(f.found)}; {clean(f.remedy)}"
        case Held() as f:
            return f"{f.ref} HELD FOR CORRECTION, NOT DELIVERED: owner {clean(f.owner)}, until {clock(f.due_ms)}"
        case Lateness() as f:
            lead = "" if f.lead_ms is None else f", {_lead(f.lead_ms)}"
            clause = f" by {clause_words(f.clause)}" if f.clause else ""
            return f"{'LATE' if f.late else f.class_}{clause}{lead}"
        case Flagged() as f:
            return f"{f.ref}: {clean(f.message)}"
        case Raised() as f:
            return raised_words(f)
        case Resolved() as f:
            return f"{f.ref} resolved: {f.how.replace('-', ' ')}"
        case Turn() as f:
            return f"{f.ref}: {f.party} is to answer by {clock(f.due_ms)}" if f.party else f"{f.ref}: answered"
        case Called() as f:
            until = f"; until {clock(f.next_ms)}" if f.next_ms else ""
            if f.unable:
                return f"{f.ref}: neither side can; the mediator is called{until}"
            return f"{f.ref}: no answer of {f.party} by {clock(f.due_ms)}; the {f.rung} is called{until}"
        case Unanswered() as f:
            said = "answered, and not resolved at its start" if f.answered else "UNANSWERED: its start has come"
            return f"{f.ref} {said}; it stays live"
        case Delivered() as f:
            return f"{f.ref} (version {f.version}) delivered to {clean(f.party)}"
        case StateChanged() as f:
            return f"{f.ref} is {f.state} ({clean(f.why)})" if f.why else f"{f.ref} is {f.state}"
        case Overdue() as f:
            return f"{f.ref}: {f.what} is overdue since {clock(f.due_ms)}"
        case Sounded() as f:
            return f"{f.ref} sounded at {clock(f.sounded_ms, seconds=True)}" + (
                "" if f.verified else ", UNVERIFIED – CALL BACK"
            )
        case StopLatency() as f:
            return f"{f.ref} {f.rung} by {f.party} after {f.latency_ms / 1000:g} s"
        case _:
            return _of_the_mechanism(finding)


def _of_the_mechanism(finding: AnyFinding) -> str:
    match finding:
        case Advised() as f:
            until = "" if f.start_ms is None or f.end_ms is None else f", {span_words(f.start_ms, f.end_ms)}"
            return f"{clean(f.to)} is advised by {clause_words(f.clause)}: {clean(f.text)}{until}; area, no route"
        case Spent() as f:
            return f"{f.party} has {f.left} filings and questions left ({clause_words(f.clause)})"
        case Exhausted() as f:
            return f"{f.party} has used up its budget ({clause_words(f.clause)})"
        case Answered() as f:
            return f"would breach {', '.join(map(clause_words, f.clauses)) or 'no clause, by the plans given'}"
        case InForce() as f:
            return f"the draft {f.draft[:8]} is in force"
        case Suspended() as f:
            return f"the agreement is suspended by {f.by}"
        case Resumed():
            return "the agreement holds again"
        case Disclosed() as f:
            return f"{f.ref} shown to {f.to}: {f.level} ({clause_words(f.clause)})"
        case SnapshotTaken() as f:
            return f"the state after {f.size:,} entries was kept"
        case _:
            return type(finding).__name__


def clause_words(clause: str) -> str:
    """Return how a clause is cited: `clause 4.2`, `the default minima`, `the charter`."""
    return {"default": "the default minima", "charter": "the charter", "area": "the agreement's area"}.get(
        clause, f"clause {clause}"
    )


def raised_words(finding: Raised) -> str:
    """Return a conflict in words, as much of it as its reader may see."""
    again = "again, " if finding.again else ""
    window = ""
    if finding.start_ms is not None and finding.end_ms is not None:
        window = f", {span_words(finding.start_ms, finding.end_ms)}"
    apart = ""
    if finding.horizontal_mm is not None and finding.vertical_e4 is not None:
        apart = f"; {length_words(finding.horizontal_mm)} and {gap_words(finding.vertical_e4)} apart at the least"
    sides = [text for side in (finding.a, finding.b) if side is not None and (text := side_words(side))]
    between = " and ".join(side.party for side in (finding.a, finding.b) if side is not None)
    first = f"; {finding.first} answers first, by {clock(finding.due_ms)}" if finding.first else ""
    told = "".join(f". {text}" for text in sides)
    return (
        f"conflict {finding.ref} {again}between {between} ({clause_words(finding.clause)}){window}{apart}{first}{told}"
    )


def side_words(side: Side) -> str:
    """Return what one side is told: `BRAVO: leg 1, from 18:20Z; delay 25 min or climb to FL320`; empty: no more."""
    if not side.leg:
        return ""
    offers = " or ".join(_offer(offer) for offer in side.offers)
    return f"{side.party}: leg {side.leg}, from {clock(side.from_ms)}" + (f"; {offers}" if offers else "")


def _offer(offer: Offer) -> str:
    if offer.delay_ms:
        return f"{offer.kind} {duration_words(abs(offer.delay_ms))}"
    return f"{offer.kind} to {offer.level}"


def _lead(lead_ms: int) -> str:
    if lead_ms < 0:
        return f"{duration_words(-lead_ms)} after its start"
    return f"{duration_words(lead_ms)} before its start"
