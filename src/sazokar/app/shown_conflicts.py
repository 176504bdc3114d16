"""Conflicts as one viewer may see them: whose turn it is, how they were found, what was said.

What may be seen, `domain.disclosure` decides. What a conflict is found by and what was said beside a code are in the
log, and are read there for one conflict at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sazokar.app.ports import Log
from sazokar.app.recorded import raised_of, stated
from sazokar.app.shown import acks_shown
from sazokar.app.wire import InstantMs, Wire
from sazokar.domain.agreement import Rung
from sazokar.domain.disclosure import may_know
from sazokar.domain.finding import Raised, Resolution
from sazokar.domain.state import Ack, Case, State
from sazokar.domain.statement import AnswerConflict, Recommend, Reply, ReplyContent

MOST_CONTENTS: Final = 100
"""What so many of the last answers, and recommendations, say is read for one conflict; of older ones their entries tell."""


class Silence(Wire, frozen=True, kw_only=True):
    """A deadline that passed without an answer: whose, who was called next, and when that was."""

    party: str
    called: Rung
    at_ms: InstantMs


class AnswerShown(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One answer to a conflict.

    Args:
        party: Who answered.
        officer: By which watch number.
        reply: The code.
        at_ms: When it was recorded.
        version: Of the conflict, when it was answered.
        entry: Id of the statement.
        content: What it says beyond its code, where it does and the viewer may read it; only where one conflict is asked
            for, of its last answers.
    """

    party: str
    officer: str = ""
    reply: Reply
    at_ms: InstantMs
    version: int
    entry: str
    content: ReplyContent | None = None


class RecommendationShown(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What the mediator recommends.

    Args:
        number: From 1; it is accepted by it.
        at_ms: When it was recorded.
        accepted: Who has accepted it.
        entry: Id of the statement.
        content: What is recommended, where the viewer may read it; only where one is asked for.
    """

    number: int
    at_ms: InstantMs
    accepted: tuple[str, ...] = ()
    entry: str
    content: ReplyContent | None = None


class ConflictShown(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A conflict as one viewer may see it.

    Args:
        ref: What it is cited by.
        clause: The clause that it rests on.
        a: One notice.
        b: The other, or the name of a zone.
        parties: Whose they are.
        version: From 1; one more each time that it is found again after a change.
        raised_ms: When this version was found.
        turn: Whose answer is due; empty: nobody's.
        mine: Whether the viewer's answer is due.
        rung: Who of that party is called.
        due_ms: Until when; 0: no deadline runs.
        silences: Deadlines that passed without an answer.
        overdue: Whether its start has come and it is not resolved.
        resolved: How it ended; absent: it is live.
        resolved_ms: When.
        risk_accepted: Who accepts the risk.
        answers: What was answered, in order.
        recommendations: What the mediator recommends.
        acknowledgements: Of the present version, in order.
        raised: How it was last found, as far as the viewer sees both sides; only where one is asked for.
    """

    ref: str
    clause: str
    a: str
    b: str
    parties: tuple[str, str]
    version: int
    raised_ms: InstantMs
    turn: str = ""
    mine: bool = False
    rung: Rung = Rung.OFFICER
    due_ms: InstantMs = 0
    silences: tuple[Silence, ...] = ()
    overdue: bool = False
    resolved: Resolution | None = None
    resolved_ms: InstantMs = 0
    risk_accepted: tuple[str, ...] = ()
    answers: tuple[AnswerShown, ...] = ()
    recommendations: tuple[RecommendationShown, ...] = ()
    acknowledgements: tuple[Ack, ...] = ()
    raised: Raised | None = None


def hears_of(state: State, case: Case, viewer: str | None) -> bool:
    """Return whether a viewer hears that a conflict exists."""
    return viewer is None or may_know(state, case.ref, viewer)


def conflict_listed(state: State, ref: str, viewer: str | None) -> ConflictShown | None:
    """Return a conflict as it stands in a list, by what is in the state alone; None: it is not in the viewer's view."""
    case = state.cases.get(ref)
    if case is None or not hears_of(state, case, viewer):
        return None
    return _shown(case, viewer, _answers(case, {}), _recommendations(case, {}), None)


def conflict_shown(log: Log, state: State, ref: str, viewer: str | None) -> ConflictShown | None:
    """Return a conflict with how it was found and what was said, as a viewer may see it; None: it is not in its view.

    Raises:
        LedgerError: An entry of it is damaged.
    """
    case = state.cases.get(ref)
    if case is None or not hears_of(state, case, viewer):
        return None
    entries = [said.entry for said in case.said[-MOST_CONTENTS:]]
    entries += [one.entry for one in case.recommendations[-MOST_CONTENTS:]]
    contents = {entry: content_of(log, state, entry, viewer) for entry in entries}
    raised = raised_of(log, state, ref, viewer)
    return _shown(case, viewer, _answers(case, contents), _recommendations(case, contents), raised)


def content_of(log: Log, state: State, entry: str, viewer: str | None) -> ReplyContent | None:
    """Return what a reply or a recommendation says beyond its code, where it does and the viewer may read it.

    Raises:
        LedgerError: The entry is damaged.
    """
    found = stated(log, state, entry, viewer)
    statement = found.by.statement if found is not None else None
    return statement.content if isinstance(statement, AnswerConflict | Recommend) else None


def _shown(
    case: Case,
    viewer: str | None,
    answers: Sequence[AnswerShown],
    recommendations: Sequence[RecommendationShown],
    raised: Raised | None,
) -> ConflictShown:
    return ConflictShown(
        ref=case.ref, clause=case.clause, a=case.a, b=case.b, parties=case.parties, version=case.version,
        raised_ms=case.raised_ms, turn=case.turn, mine=bool(case.turn) and case.turn == viewer, rung=case.rung,
        due_ms=case.due_ms, overdue=case.overdue, resolved=case.resolved, resolved_ms=case.resolved_ms,
        silences=tuple(Silence(party=party, called=rung, at_ms=at_ms) for party, rung, at_ms in case.silences),
        risk_accepted=case.risk_accepted, answers=tuple(answers), recommendations=tuple(recommendations),
        acknowledgements=acks_shown(case.acks, case.version, case.parties, viewer), raised=raised,
    )  # fmt: skip


def _answers(case: Case, contents: dict[str, ReplyContent | None]) -> list[AnswerShown]:
    return [
        AnswerShown(
            party=said.party, officer=said.officer, reply=said.reply, at_ms=said.at_ms, version=said.version,
            entry=said.entry, content=contents.get(said.entry),
        )
        for said in case.said
    ]  # fmt: skip


def _recommendations(case: Case, contents: dict[str, ReplyContent | None]) -> list[RecommendationShown]:
    return [
        RecommendationShown(
            number=number, at_ms=one.at_ms, accepted=one.accepted, entry=one.entry, content=contents.get(one.entry)
        )
        for number, one in enumerate(case.recommendations, 1)
    ]
