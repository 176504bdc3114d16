"""A statement in a line, as the log tells it: who did what, to what. Shows no section: those are for who may read them."""

from __future__ import annotations

from sazokar.domain.statement import (
    AcceptRecommendation,
    AcceptRisk,
    Acknowledge,
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
from sazokar.doors.wording import isolated


def kind_of(statement: Statement) -> str:
    """Return the kind of a statement as it is signed: `notice.file`."""
    return str(type(statement).__struct_config__.tag)


def refs_of(statement: Statement) -> tuple[str, ...]:
    """Return what a statement is about."""
    about = getattr(statement, "about", ())
    found = about if isinstance(about, tuple) else (about,)
    return tuple(ref for ref in (getattr(statement, "ref", ""), getattr(statement, "draft", ""), *found) if ref)


def statement_words(statement: Statement) -> str:  # noqa: C901 - one line for each kind
    """Return what a statement says, in a line."""
    match statement:
        case FileNotice():
            return f"files a notice: {statement.notice}{' (life safety)' if statement.life_safety else ''}"
        case AmendNotice():
            return f"amends {isolated(statement.ref)} version {statement.version}"
        case CancelNotice():
            return f"cancels {isolated(statement.ref)}{_why(statement.reason)}"
        case RevalidateNotice():
            return f"revalidates {isolated(statement.ref)}"
        case ReportState():
            return f"reports {isolated(statement.ref)} {statement.state}{_why(statement.how)}"
        case Acknowledge():
            units = f" ({', '.join(isolated(unit) for unit in statement.units)})" if statement.units else ""
            return f"{statement.rung}: {isolated(statement.ref)} version {statement.version}{units}"
        case AnswerConflict():
            return f"answers {isolated(statement.ref)}: {statement.reply}"
        case Recommend():
            return f"recommends on {isolated(statement.ref)}"
        case AcceptRecommendation():
            return f"accepts recommendation {statement.number} on {isolated(statement.ref)}"
        case AcceptRisk():
            return f"accepts the risk of {isolated(statement.ref)}{_why(statement.reason)}"
        case CallStop():
            where = f"{isolated(statement.place)}, {isolated(statement.unit)}"
            return f"calls STOP: {statement.action}, {where}{_why(statement.reason)}"
        case AnswerStop():
            return f"STOP {isolated(statement.ref)}: {statement.rung} {isolated(statement.unit)}".rstrip()
        case ReleaseStop():
            return f"releases STOP {isolated(statement.ref)}{_why(statement.reason)}"
        case _:
            return _of_the_house(statement)


def _of_the_house(statement: Statement) -> str:  # noqa: C901 - as above
    match statement:
        case DelegateKey():
            return f"lets key {statement.key[:16]}… sign as {isolated(statement.watch_number)} ({statement.role})"
        case RevokeKey():
            return f"revokes key {statement.key[:16]}…{_why(statement.reason)}"
        case RotateRoot():
            return f"puts root {statement.new[:16]}… in place of {statement.old[:16]}…"
        case RotateNode():
            return f"the node's key {statement.old[:16]}… becomes {statement.new[:16]}…"
        case ProposeDraft():
            return f"proposes the draft {statement.draft[:16]}…"
        case SignAgreement():
            return f"signs the draft {statement.draft[:16]}…"
        case SuspendAgreement():
            return f"suspends the agreement{_why(statement.reason)}"
        case ResumeAgreement():
            return f"agrees to resume{_why(statement.reason)}"
        case PostWatch():
            return f"posts {isolated(statement.number)}{' (alternate)' if statement.alternate else ''} on watch"
        case HandOver():
            return f"hands over to {isolated(statement.to)}{_why(statement.note)}"
        case TestCall():
            return f"tests the line to {isolated(statement.to)}: {'answered' if statement.answered else 'NOT ANSWERED'}"
        case RecordTalks():
            return f"records round {statement.number} of talks"
        case ReportIncident():
            return f"reports an incident about {', '.join(isolated(ref) for ref in statement.about)}"
        case Ask():
            return "asks whether a plan would conflict"
        case ErasePayload():
            return f"has {isolated(statement.section)} of {statement.entry[:16]}… erased"
        case _:
            raise AssertionError(f"no words for {type(statement).__name__}")


def _why(text: str) -> str:
    return f": {isolated(text, 600)}" if text else ""
