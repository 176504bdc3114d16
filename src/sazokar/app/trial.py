"""Tries a draft against the recorded past: which notices and conflicts would have been judged otherwise (SZK-09).

Each notice is judged by the draft where it stood: on the state that was recorded before it, at the instant at which it
was recorded, beside the notices that the draft would have let stand. Writes nothing. What people would have done
otherwise under the draft nobody can say; the trial does not guess it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from sazokar.app.bench import EngineBench
from sazokar.app.opening import entry_of
from sazokar.app.ports import Log
from sazokar.domain.agreement import Agreement
from sazokar.domain.coordination import pair_key
from sazokar.domain.decide import decide
from sazokar.domain.finding import AnyFinding, Findings, Lateness, Outcome, Raised, Refusal, StateChanged
from sazokar.domain.fold import fold
from sazokar.domain.hearing import Hearing, Verdict
from sazokar.domain.notice import OperationState
from sazokar.domain.operation import window_of
from sazokar.domain.state import EMPTY, State
from sazokar.domain.statement import AmendNotice, Ask, FileNotice, Submission

GREATEST_TOLD: Final = 10_000
"""At most this many differences are kept; of the others, how many there were."""


class Kind(StrEnum):
    """What would have been otherwise."""

    REFUSED = "would have been refused"
    TAKEN = "would not have been refused"
    REFUSED_OTHERWISE = "would have been refused for another reason"
    LATENESS = "lateness"
    RAISED = "would have been raised"
    NOT_RAISED = "would not have been raised"
    CLAUSE = "another clause"
    WINDOW = "another window"


class Otherwise(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that would have been judged otherwise.

    Args:
        kind: What.
        position: Entry of the statement.
        recorded_ms: When it was recorded.
        party: Whose statement.
        ref: The notice; empty: a question, or one that was refused.
        other: The other side of a conflict.
        before: The finding as it was recorded.
        after: As it would be by the draft.
    """

    kind: Kind
    position: int
    recorded_ms: int
    party: str
    ref: str
    other: str = ""
    before: AnyFinding | None = None
    after: AnyFinding | None = None


class Trial(msgspec.Struct):
    """What a draft would have changed.

    Args:
        notices: Filings, amendments and questions that were judged by it.
        unjudged: Those of which something is withheld or erased.
        otherwise: The differences, in order.
        more: How many more there were than those kept.
    """

    notices: int = 0
    unjudged: int = 0
    otherwise: list[Otherwise] = msgspec.field(default_factory=list)
    more: int = 0

    def add(self, found: Otherwise) -> None:
        """Take one more difference."""
        if len(self.otherwise) < GREATEST_TOLD:
            self.otherwise.append(found)
        else:
            self.more += 1


def try_draft(log: Log, draft: Agreement) -> Trial:
    """Return what a draft would have judged otherwise in the past that a log records.

    Args:
        log: The log, verified.
        draft: The draft.

    Raises:
        LedgerError: An entry cannot be read.
        HistoryError: An entry cannot follow what is before it.
    """
    replay = _Replay(draft)
    state = EMPTY
    for stored in log.read(0, log.size()):
        entry = entry_of(stored, state)
        if isinstance(entry, Findings):
            replay.take(entry, state)
        state = fold(state, entry)
    return replay.trial()


class _Replay:
    """The past as the draft would have judged it, so far."""

    def __init__(self, draft: Agreement) -> None:
        self._draft = draft
        self._trial = Trial()
        self._bench = EngineBench(draft, ())
        self._ends: dict[str, int] = {}
        self._held_back: list[Otherwise] = []
        self._in_force: set[str] = set()

    def trial(self) -> Trial:
        """Return the differences, without conflicts that the past found at another entry than the draft would."""
        for one in self._held_back:
            if one.kind is not Kind.RAISED or pair_key(one.ref, one.other) not in self._in_force:
                self._trial.add(one)
        self._trial.otherwise.sort(key=lambda one: one.position)
        return self._trial

    def take(self, record: Findings, state: State) -> None:
        """Look at one record: judge its statement by the draft, if it is one that a draft judges."""
        self._end(record)
        by = state.pending
        if by is None or record.findings is None:
            return
        if isinstance(by.statement, FileNotice | AmendNotice | Ask):
            self._judge(by, record, msgspec.structs.replace(state, pending=None, size=state.size - 1))
        else:
            # A conflict that was first found when an agreement came into force, or held again.
            self._in_force |= set(_pairs(record.findings))

    def _end(self, record: Findings) -> None:
        for ref in [ref for ref, end_ms in self._ends.items() if end_ms <= record.recorded_ms]:
            self._bench.dismiss(ref)
            del self._ends[ref]
        for finding in record.findings or ():
            if isinstance(finding, StateChanged) and finding.state is OperationState.ENDED:
                self._bench.dismiss(finding.ref)

    def _judge(self, by: Submission, record: Findings, state: State) -> None:
        if by.withheld:
            self._trial.unjudged += 1
            return
        self._trial.notices += 1
        ruled = msgspec.structs.replace(state, agreement=self._draft, suspended_by=())
        verdict = decide(Hearing(state=ruled, by=by, now_ms=record.recorded_ms, bench=self._bench))
        stands = verdict.outcome is Outcome.TAKEN and record.outcome is not Outcome.TAKEN
        if stands and isinstance(by.statement, FileNotice) and by.statement.extent is not None:
            # One that the past refused ends by its own window: no entry will say so.
            self._ends[f"N{state.size}"] = window_of(by.statement.extent.volumes)[1]
        self._compare(by, record, verdict, state.size)

    def _compare(self, by: Submission, record: Findings, verdict: Verdict, position: int) -> None:
        recorded, found = record.findings or (), verdict.findings
        ref = getattr(by.statement, "ref", "") or (f"N{position}" if isinstance(by.statement, FileNotice) else "")

        def tell(
            kind: Kind, before: AnyFinding | None = None, after: AnyFinding | None = None, other: str = ""
        ) -> None:
            self._held_back.append(
                Otherwise(
                    kind=kind, position=position, recorded_ms=record.recorded_ms, party=by.party, ref=ref, other=other,
                    before=before, after=after,
                )
            )  # fmt: skip

        before, after = _refusal(recorded), _refusal(found)
        if (before is None) != (after is None):
            tell(Kind.REFUSED if after else Kind.TAKEN, before, after)
        elif before and after and (before.code, before.clause) != (after.code, after.clause):
            tell(Kind.REFUSED_OTHERWISE, before, after)
        was, would = _lateness(recorded), _lateness(found)
        if was and would and (was.class_, was.late, was.clause) != (would.class_, would.late, would.clause):
            tell(Kind.LATENESS, was, would)
        was_raised, would_raise = _pairs(recorded), _pairs(found)
        for pair in sorted(set(was_raised) | set(would_raise)):
            one, other = was_raised.get(pair), would_raise.get(pair)
            kind = _conflict_kind(one, other)
            if kind is not None:
                tell(kind, one, other, _other(pair, ref))


def _conflict_kind(was: Raised | None, would: Raised | None) -> Kind | None:
    if was is None or would is None:
        return Kind.RAISED if was is None else Kind.NOT_RAISED
    if was.clause != would.clause:
        return Kind.CLAUSE
    return Kind.WINDOW if (was.start_ms, was.end_ms) != (would.start_ms, would.end_ms) else None


def _other(pair: str, ref: str) -> str:
    return next((name for name in pair.split(" ") if name != ref), ref)


def _pairs(findings: Iterable[AnyFinding]) -> Mapping[str, Raised]:
    return {
        pair_key(finding.a.ref, finding.b.ref): finding
        for finding in findings
        if isinstance(finding, Raised) and finding.a is not None and finding.b is not None
    }


def _refusal(findings: Iterable[AnyFinding]) -> Refusal | None:
    return next((finding for finding in findings if isinstance(finding, Refusal)), None)


def _lateness(findings: Iterable[AnyFinding]) -> Lateness | None:
    return next((finding for finding in findings if isinstance(finding, Lateness)), None)
