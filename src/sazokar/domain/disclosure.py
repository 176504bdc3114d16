"""Who sees what: of a notice by the clauses, of a statement by its sections, of findings by whom they concern (SZK-31).

The one place that decides it; every door shows what stands here. Without an agreement the charter's interim level
speaks. A consent of the filer may narrow what a clause lets a recipient see, never widen it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from sazokar.domain.agreement import ANYONE, LEVELS, Agreement, Carries, Disclosure, Level, Outside
from sazokar.domain.finding import (
    Advised,
    AnyFinding,
    Called,
    Delivered,
    Disclosed,
    Exhausted,
    Findings,
    InForce,
    Lateness,
    Outcome,
    Overdue,
    Raised,
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
from sazokar.domain.party import FILING, PartyRole
from sazokar.domain.state import Case, Notice, State
from sazokar.domain.statement import (
    AcceptRecommendation,
    AcceptRisk,
    AmendNotice,
    AnswerConflict,
    Ask,
    ErasePayload,
    FileNotice,
    Recommend,
    Submission,
)

OWN: Final = "own"
INTERIM: Final = "charter"
DEFAULT: Final = "default"
_TO_ALL: Final = (Taken, InForce, Suspended, Resumed, Exhausted, Spent, Sounded, StopLatency, SnapshotTaken)


def level_of(state: State, notice: Notice, viewer: str) -> tuple[Level, str]:
    """Return how much of a notice a party sees, and the clause that says so."""
    if viewer == notice.party:
        return Level.EVERYTHING, OWN
    if notice.undelivered:
        return Level.NOTHING, INTERIM  # not while it is held, nor when it is cancelled unseen (SZK-49)
    level, clause = _ruled(state, notice, viewer)
    consents = [c.level for c in notice.consent if c.to in (viewer, ANYONE)]
    named = [c.level for c in notice.consent if c.to == viewer]
    narrowed = min([level, *(named or consents)], key=LEVELS.index)
    return narrowed, clause


def _ruled(state: State, notice: Notice, viewer: str) -> tuple[Level, str]:
    member = state.member(viewer)
    if member is None:
        return Level.NOTHING, INTERIM
    interim = Level(state.charter.interim) if state.charter and member.role in FILING else Level.CONFLICT
    if state.agreement is None:
        return interim, INTERIM
    level, clause = _by_clause(state.agreement, notice, viewer, member.role)
    if state.suspended_by and LEVELS.index(interim) < LEVELS.index(level):
        return interim, INTERIM  # a suspension may narrow what is seen; nobody suspends to see more
    return level, clause


def _by_clause(agreement: Agreement, notice: Notice, viewer: str, role: PartyRole) -> tuple[Level, str]:
    spoken = [(_weight(term, notice, viewer, role), term) for term in agreement.terms if isinstance(term, Disclosure)]
    best = max((weight for weight, _ in spoken), default=0)
    if best:
        term = next(term for weight, term in spoken if weight == best)
        return term.level, term.number
    default = Level.CONFLICT if role in FILING or role is PartyRole.MEDIATOR else Level.NOTHING
    return default, DEFAULT


def _weight(term: Disclosure, notice: Notice, viewer: str, role: PartyRole) -> int:
    """Return how specifically a clause speaks of a recipient and a notice; 0: not at all. The recipient weighs most."""
    if term.to not in (viewer, role, ANYONE) or term.notice not in (notice.kind, ANYONE):
        return 0
    if term.of not in (notice.party, ANYONE):
        return 0
    return (
        1
        + (8 if term.to == viewer else 4 if term.to == role else 0)
        + 2 * (term.of != ANYONE)
        + (term.notice != ANYONE)
    )


def carried_outside(state: State, notice: Notice, recipient: str) -> tuple[Level, str]:
    """Return how much of a notice leaves the mechanism for a party, and the clause that says so: else the reference alone.

    The clause that names the recipient outweighs one that names its role, that one any; then the kind of notice counts.
    While the agreement rests nothing but references leaves (SZK-51).
    """
    member, agreement = state.member(recipient), state.judges
    if member is None or agreement is None:
        return Level.NOTHING, DEFAULT
    spoken = [
        (2 * (recipient, member.role, ANYONE)[::-1].index(term.to) + (term.notice != ANYONE), term)
        for term in agreement.terms
        if isinstance(term, Outside) and term.to in (recipient, member.role, ANYONE)
        and term.notice in (notice.kind, ANYONE)
    ]  # fmt: skip
    if not spoken:
        return Level.NOTHING, DEFAULT
    term = max(spoken, key=lambda one: one[0])[1]
    if term.carries is Carries.REFERENCE:
        return Level.NOTHING, term.number
    return min(Level(term.carries), level_of(state, notice, recipient)[0], key=LEVELS.index), term.number


def sees_extent(state: State, ref: str, viewer: str) -> bool:
    """Return whether a party sees where and when a notice is."""
    notice = state.notices.get(ref)
    return notice is not None and LEVELS.index(level_of(state, notice, viewer)[0]) >= LEVELS.index(Level.EXTENT)


def may_know(state: State, ref: str, viewer: str) -> bool:
    """Return whether a party may know that there is such a notice, conflict, STOP or incident.

    A notice is known to whom its extent is shown, and to whoever hears of a conflict that it is in; a STOP and that an
    incident was reported, to everyone who takes part.
    """
    if ref in state.stops or ref in state.incidents:
        return state.member(viewer) is not None
    if ref in state.cases:
        return _hears_of(state, ref, viewer)
    notice = state.notices.get(ref)
    if notice is None:
        return False
    if notice.party == viewer or _sees_notice(state, ref, viewer):
        return True
    return any(_hears_of(state, case, viewer) for case in state.open.get(ref, ()))


def recipients(state: State, notice: Notice) -> tuple[tuple[str, Level, str], ...]:
    """Return who sees more of a notice than that it may be in a conflict: party, level and clause."""
    members = state.charter.parties if state.charter else ()
    seen = [(m.name, *level_of(state, notice, m.name)) for m in members if m.name != notice.party]
    return tuple((name, level, clause) for name, level, clause in seen if level in (Level.EXTENT, Level.EVERYTHING))


def may_read(state: State, by: Submission, section: str, viewer: str) -> bool:
    """Return whether a party may read a section of a statement, by what is true now."""
    if viewer == by.party:
        return True
    if state.member(viewer) is None:
        return False
    match by.statement:
        case FileNotice() | AmendNotice():
            return _may_read_notice(state, by, section, viewer)
        case AnswerConflict(ref=ref) | Recommend(ref=ref) | AcceptRisk(ref=ref) | AcceptRecommendation(ref=ref):
            return _may_read_reply(state, ref, by.party, viewer)
        case Ask() | ErasePayload():
            return False
        case _:
            return True  # drafts, posts, talks and accounts are for all who take part


def _may_read_notice(state: State, by: Submission, section: str, viewer: str) -> bool:
    notice = state.notices.get(_ref_of(state, by.id))  # by what was taken: a refused amendment names another's at will
    if notice is None or (by.id == notice.held and section in notice.corrected):
        return False  # what was held and then corrected was never delivered (SZK-49)
    level, _ = level_of(state, notice, viewer)
    return level is Level.EVERYTHING or (level is Level.EXTENT and section == "extent")


def _ref_of(state: State, entry: str) -> str:
    return state.filings.get(entry, "")


def _may_read_reply(state: State, ref: str, author: str, viewer: str) -> bool:
    """A reply is for the parties of the conflict, and for whom the clauses show everything of what it may tell of."""
    case = state.cases.get(ref)
    if case is None:
        return False
    return viewer in case.parties or sees_content(state, case, author, viewer)


def sees_content(state: State, case: Case, author: str, viewer: str) -> bool:
    """Return whether a party that is not in a conflict sees everything of its author's side; of both, if that has none."""
    notices = [notice for ref in (case.a, case.b) if (notice := state.notices.get(ref))]
    told = [notice for notice in notices if notice.party == author] or notices
    return bool(told) and all(level_of(state, notice, viewer)[0] is Level.EVERYTHING for notice in told)


def view(state: State, record: Findings, author: str, viewer: str) -> tuple[AnyFinding, ...]:
    """Return what a party sees of the node's findings; the node itself sees them all.

    Args:
        state: What is true after them.
        record: The findings.
        author: Party of the statement that they speak of; empty: none.
        viewer: Whose view.
    """
    findings = record.findings or ()
    if record.outcome is Outcome.HELD and viewer != author:
        return ()  # it was not delivered (SZK-49)
    return tuple(seen for finding in findings if (seen := _seen(state, finding, author, viewer)) is not None)


def _seen(state: State, finding: AnyFinding, author: str, viewer: str) -> AnyFinding | None:
    """Return a finding as a party sees it, or None. What is not named here is for the author alone."""
    if isinstance(finding, _TO_ALL):
        return finding
    if isinstance(finding, Raised):
        return _raised(state, finding, viewer)
    return finding if _concerns(state, finding, author, viewer) else None


def _concerns(state: State, finding: AnyFinding, author: str, viewer: str) -> bool:
    match finding:
        case Resolved() | Turn() | Unanswered():
            return _hears_of(state, finding.ref, viewer)
        case Called():
            called = finding.rung == "mediator" and _mediates(state, viewer)
            return called or _hears_of(state, finding.ref, viewer)
        case StateChanged():  # not to whoever brought it about: it would tell whether the other has more conflicts
            return finding.why == f"reported by {viewer}" or _sees_notice(state, finding.ref, viewer)
        case Lateness():
            return viewer == author or _sees_notice(state, finding.ref, viewer)
        case Delivered():
            return viewer in (finding.party, author) or _is_own(state, finding.ref, viewer)
        case Disclosed() | Advised():
            return viewer in (finding.to, author)
        case Overdue():
            return _mediates(state, viewer) or finding.ref == "agreement" or _is_own(state, finding.ref, viewer)
        case _:
            return viewer == author


def _mediates(state: State, viewer: str) -> bool:
    member = state.member(viewer)
    return member is not None and member.role is PartyRole.MEDIATOR


def _is_own(state: State, ref: str, viewer: str) -> bool:
    notice, case = state.notices.get(ref), state.cases.get(ref)
    return (notice is not None and notice.party == viewer) or (case is not None and viewer in case.parties)


def _sees_notice(state: State, ref: str, viewer: str) -> bool:
    notice = state.notices.get(ref)
    return notice is not None and level_of(state, notice, viewer)[0] in (Level.EXTENT, Level.EVERYTHING)


def _hears_of(state: State, ref: str, viewer: str) -> bool:
    """Return whether a party hears that a conflict exists: its own; of others, whom the clauses let know (SZK-04)."""
    case = state.cases.get(ref)
    if case is None:
        return False
    if viewer in case.parties:
        return True
    notices = [notice for ref in (case.a, case.b) if (notice := state.notices.get(ref))]
    if state.member(viewer) is None or not notices:
        return False
    if _mediates(state, viewer):
        return all(level_of(state, notice, viewer)[0] is not Level.NOTHING for notice in notices)
    return all(level_of(state, notice, viewer)[0] in (Level.EXTENT, Level.EVERYTHING) for notice in notices)


def _raised(state: State, finding: Raised, viewer: str) -> Raised | None:
    """Return a conflict as a party may see it: its own side; of the other, no more than the clauses let it (SZK-31)."""
    if not _hears_of(state, finding.ref, viewer):
        return None
    case = state.cases[finding.ref]
    sees = [
        viewer == party or sees_extent(state, ref, viewer)
        for party, ref in zip(case.parties, (case.a, case.b), strict=True)
    ]
    if case.b not in state.notices:  # a zone is agreed, and known
        sees[1] = True
    if all(sees):
        return finding if _sees_all(state, case, viewer) else _own_offers_only(finding, case, viewer)
    own = finding.a if viewer == case.parties[0] else finding.b if viewer == case.parties[1] else None
    told = _own_offers_only(finding, case, viewer)
    return msgspec.structs.replace(
        told,
        a=told.a if sees[0] else _named_only(finding.a),
        b=told.b if sees[1] else _named_only(finding.b),
        start_ms=own.from_ms if own and own.version else None,  # a zone is there always
        end_ms=None,
        horizontal_mm=None,
        vertical_e4=None,
        at=None,
        pairs=1,
    )


def _sees_all(state: State, case: Case, viewer: str) -> bool:
    """Return whether a party sees everything of both sides."""
    notices = [notice for ref in (case.a, case.b) if (notice := state.notices.get(ref))]
    return all(level_of(state, notice, viewer)[0] is Level.EVERYTHING for notice in notices)


def _own_offers_only(finding: Raised, case: Case, viewer: str) -> Raised:
    """Leave out what would free the other side: it was looked for among plans that the viewer may not know of."""
    sides = [
        side if side is None or party == viewer else msgspec.structs.replace(side, offers=())
        for party, side in zip(case.parties, (finding.a, finding.b), strict=True)
    ]
    return msgspec.structs.replace(finding, a=sides[0], b=sides[1])


def _named_only(side: Side | None) -> Side | None:
    return Side(party=side.party, ref=side.ref, version=side.version) if side else None


def views(state: State, record: Findings, author: str) -> dict[str, tuple[AnyFinding, ...]]:
    """Return the view of each party that sees anything, by its name."""
    members = state.charter.parties if state.charter else ()
    seen = {member.name: view(state, record, author, member.name) for member in members}
    return {name: findings for name, findings in seen.items() if findings}
