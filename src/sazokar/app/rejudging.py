"""Judges a ledger again, entry by entry: every signature, every commitment, every verdict, every party's view.

Trusts nothing that the node wrote: what is found anew is compared with what was recorded. What was withheld or erased is
told as not checkable, never guessed. Holds one state and one bench, however long the ledger is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from sazokar.app.bench import EngineBench
from sazokar.app.codec import NODE_VIEW, Findable, read_charter, read_statement, view_name
from sazokar.app.comparing import Comparison, Likeness, compare, engines_of
from sazokar.app.drafting import require_as_written
from sazokar.app.ports import Stored
from sazokar.app.snapshot import state_bytes, state_digest
from sazokar.domain.authority import Author, Rejection, author_of, is_over_quota
from sazokar.domain.decide import decide, due_by
from sazokar.domain.disclosure import views
from sazokar.domain.finding import (
    AnyFinding,
    Delivered,
    Findings,
    Outcome,
    Raised,
    SnapshotTaken,
    Sounded,
    StateChanged,
)
from sazokar.domain.fold import Entry, fold
from sazokar.domain.hearing import Hearing
from sazokar.domain.notice import OperationState
from sazokar.domain.state import EMPTY, State
from sazokar.domain.statement import STOP_LADDER, AmendNotice, CallStop, FileNotice, Submission
from sazokar.errors import HistoryError, LedgerError
from sazokar.ledger import canonical
from sazokar.ledger.entry import CharterHeader, Envelope, FindingsHeader, Header, open_envelope
from sazokar.ledger.parcel import require_committed
from sazokar.ledger.section import section_value

OUTCOMES: Final = frozenset(str(outcome) for outcome in Outcome)


class Doubt(msgspec.Struct, frozen=True):
    """Something that is not as it was recorded.

    Args:
        position: Of the entry.
        what: What is wrong, in words.
        recorded: Findings that were recorded and are not found.
        found: Findings that are found and were not recorded.
    """

    position: int
    what: str
    recorded: tuple[AnyFinding, ...] = ()
    found: tuple[AnyFinding, ...] = ()


class Tally(msgspec.Struct):
    """What was looked at so far.

    Args:
        entries: Entries folded.
        statements: Statements judged again.
        conflicts: Conflicts found again.
        signatures: Signatures that hold.
        views: Parties' views compared.
        engines: Engines that the verdicts name.
        erased: Payloads that are withheld or erased.
    """

    entries: int = 0
    statements: int = 0
    conflicts: int = 0
    signatures: int = 0
    views: int = 0
    engines: set[str] = msgspec.field(default_factory=set)
    erased: int = 0


Tell = Callable[[Doubt], None]


class Rejudging:
    """Takes the entries of a ledger in order; `state` is what is true after them.

    Args:
        differs: Told what is not as it was recorded.
        equivalent: Told where only numbers differ, within the bound.
        unchecked: Told what cannot be checked.
        party: Whose copy of the ledger it is, which holds that party's view alone: then keys, signatures and the order
            of entries are judged, and verdicts, which rest on what others filed, cannot be. Empty: the node's own.
    """

    def __init__(self, differs: Tell, equivalent: Tell, unchecked: Tell, party: str = "") -> None:
        self.state = EMPTY
        self.tally = Tally()
        self._differs = differs
        self._equivalent = equivalent
        self._unchecked = unchecked
        self._ledger = ""
        self._bench: EngineBench | None = None
        self._pending: tuple[Stored, Envelope] | None = None
        self._hidden: set[str] = set()
        self._party = party
        self._view = NODE_VIEW

    def take(self, stored: Stored) -> None:
        """Look at one more entry.

        Raises:
            SazokarError: It is damaged, or cannot follow what is before it: nothing after it can be judged.
        """
        envelope = open_envelope(stored.leaf)
        if envelope.id != stored.id:
            raise LedgerError(f"entry {stored.position}: stored under the id {stored.id}", stored.position)
        envelope.verify()
        require_committed(envelope, stored.payloads)
        self.tally.signatures += len(envelope.signatures)
        self.tally.erased += len(set(envelope.sections) - set(stored.payloads))
        match envelope.value:
            case CharterHeader():
                self._found_ledger(stored, envelope)
            case Header():
                self._require_of_ledger(stored, envelope.value.ledger)
                if self._pending is not None:
                    raise HistoryError(f"entry {stored.position}: found a second statement; expected findings")
                self._pending = (stored, envelope)
            case FindingsHeader():
                self._require_of_ledger(stored, envelope.value.ledger)
                self._record(stored, envelope.value)
        self.tally.entries += 1

    def _found_ledger(self, stored: Stored, envelope: Envelope) -> None:
        charter = read_charter(envelope)
        if missing := {root for member in charter.parties for root in member.roots} - set(envelope.signers):
            self._differs(Doubt(stored.position, f"the root {min(missing)[:8]} has not signed the charter"))
        self._ledger = envelope.id
        if self._party:
            if self._party not in {member.name for member in charter.parties}:
                raise LedgerError(f"entry 0: the charter names no party {self._party[:60]!r}", 0)
            self._view = view_name(charter, self._party)
        self.state = self._folded(self.state, charter)

    def _require_of_ledger(self, stored: Stored, named: str) -> None:
        if named != self._ledger:
            raise LedgerError(f"entry {stored.position}: made for the ledger {named[:8]}", stored.position)

    def _record(self, stored: Stored, header: FindingsHeader) -> None:
        if header.node != self.state.node:
            self._differs(Doubt(stored.position, f"signed by {header.node[:8]}, which is not the node's key here"))
        record = _findings(stored, header, self._view)
        pending, self._pending = self._pending, None
        if pending is None and record.of:
            raise HistoryError(f"entry {stored.position}: found findings on {record.of[:8]}, which is not before it")
        by = self._statement(pending, record) if pending is not None else None
        if record.findings is None:
            self._unchecked(Doubt(stored.position, "the node's findings are withheld"))
        elif self._party:
            self._unchecked(Doubt(stored.position, f"judged on what {self._party} may not see"))
        elif by is None:
            self._clock(stored.position, record)
        else:
            self._verdict(by, record, stored.position)
        state = self._folded(self.state, by) if by is not None else self.state
        self.state = self._folded(state, record)
        if record.findings is not None and not self._party:
            self._views(stored, header, record, by.party if by else "")
            self._forget(by, record)

    def _statement(self, pending: tuple[Stored, Envelope], record: Findings) -> Submission:
        stored, envelope = pending
        header = envelope.value
        assert isinstance(header, Header), "only statements wait for findings"
        if record.of != envelope.id:
            raise HistoryError(f"entry {stored.position}: found findings on {record.of[:8] or 'nothing'} after it")
        author = author_of(self.state, header.author, record.recorded_ms)
        if isinstance(author, Rejection):
            self._differs(Doubt(stored.position, f"signed by {header.author[:8]}, which may not sign: {author.reason}"))
            known = self.state.keys.get(header.author)
            author = Author(known.party, known.officer, known.role) if known else Author("")
        by = read_statement(envelope, stored.payloads, author)
        require_as_written(by.statement)
        return by

    def _verdict(self, by: Submission, record: Findings, position: int) -> None:
        recorded = record.findings or ()
        # Within one sitting a statement may set a timer that is due at once: it passes before the next sitting.
        later = record.recorded_ms > self.state.recorded_ms
        if later and due_by(self.state, record.recorded_ms) is not None:
            self._differs(Doubt(position, "a deadline had passed before it and was not recorded"))
        if is_over_quota(self.state, by.key, record.recorded_ms) and not isinstance(by.statement, STOP_LADDER):
            self._differs(Doubt(position, "its key had no refusals left in this hour"))
        if by.withheld:
            self._unchecked(Doubt(position, f"judged on what is withheld or erased: {', '.join(sorted(by.withheld))}"))
            self._bench = None
            return
        sounded = next((f.sounded_ms for f in recorded if isinstance(f, Sounded)), None)
        hearing = Hearing(
            state=self.state, by=by, now_ms=record.recorded_ms, bench=self._bench_now(),
            sounded_ms=sounded if isinstance(by.statement, CallStop) else None,
        )  # fmt: skip
        verdict = decide(hearing)
        self.tally.statements += 1
        self.tally.engines |= engines_of(recorded)
        self.tally.conflicts += sum(isinstance(finding, Raised) for finding in recorded)
        if verdict.outcome is not record.outcome:
            what = f"recorded as {record.outcome}; by the rules it is {verdict.outcome}"
            self._bench = None
            self._differs(Doubt(position, what, recorded, verdict.findings))
            return
        self._weigh(position, "judged otherwise", compare(recorded, verdict.findings, frozenset(self._hidden)))

    def _clock(self, position: int, record: Findings) -> None:
        recorded = record.findings or ()
        if all(isinstance(one, Delivered) for one in recorded):
            return  # the node's own word: nothing in the ledger could bear it out
        if all(isinstance(one, Sounded) and not one.verified for one in recorded):
            return
        if len(recorded) == 1 and isinstance(recorded[0], SnapshotTaken):
            self._snapshot(position, recorded[0])
            return
        due = due_by(self.state, record.recorded_ms)
        found = due.findings or () if due is not None else ()
        self._weigh(position, "deadlines passed otherwise", compare(recorded, found, frozenset(self._hidden)))
        for finding in recorded:
            if isinstance(finding, StateChanged) and finding.state is OperationState.ENDED and self._bench:
                self._bench.dismiss(finding.ref)

    def _snapshot(self, position: int, taken: SnapshotTaken) -> None:
        if self._hidden:
            self._unchecked(Doubt(position, "a snapshot of what has since been erased"))
        elif (taken.size, taken.digest) != (self.state.size, state_digest(state_bytes(self.state))):
            # A later version may keep more in its state; what it holds is judged entry by entry all the same.
            self._unchecked(Doubt(position, "a snapshot whose hash this version does not find: of another version"))

    def _weigh(self, position: int, what: str, comparison: Comparison) -> None:
        match comparison.likeness:
            case Likeness.SAME:
                return
            case Likeness.EQUIVALENT:
                self._equivalent(Doubt(position, "the same but for numbers within the bound"))
            case Likeness.DIFFERENT:
                self._bench = None  # built anew of what was recorded, so that one difference does not breed others
                # What frees a plan is looked for among all that is live: with one of these hidden, nobody can tell.
                blind = any(ref in self.state.open for ref in self._hidden)
                tell = self._unchecked if blind else self._differs
                tell(Doubt(position, what, comparison.recorded, comparison.found))

    def _views(self, stored: Stored, header: FindingsHeader, record: Findings, author: str) -> None:
        """Compare what each party was shown with what the clauses let it see."""
        charter = self.state.charter
        assert charter is not None, "only a founded ledger has findings"
        expected = {view_name(charter, name): seen for name, seen in views(self.state, record, author).items()}
        if record.findings:
            expected[NODE_VIEW] = record.findings
        for name in sorted(set(expected) ^ set(header.sections)):
            self._differs(Doubt(stored.position, f"the view {name} is {'missing' if name in expected else 'too much'}"))
        for name, payload in stored.payloads.items():
            seen = canonical.read_as(section_value(payload), Findable).findings
            self.tally.views += 1
            if name in expected and compare(seen, expected[name], frozenset()).likeness is not Likeness.SAME:
                self._differs(Doubt(stored.position, f"the view {name} shows otherwise than the clauses let it see"))

    def _forget(self, by: Submission | None, record: Findings) -> None:
        """Remember of which notices something is hidden: verdicts that name them cannot be found again."""
        if by is None or not by.withheld or not isinstance(by.statement, FileNotice | AmendNotice):
            return
        ref = self.state.filings.get(by.id, getattr(by.statement, "ref", ""))
        if ref:
            self._hidden.add(ref)

    def _folded(self, state: State, entry: Entry) -> State:
        try:
            return fold(state, entry)
        except (LookupError, TypeError, ValueError, AssertionError) as error:
            # What a lying node signs may speak of what is not there.
            raise HistoryError(f"entry {state.size}: cannot follow what is before it ({error!r})") from error

    def _bench_now(self) -> EngineBench:
        if self._bench is None:
            self._bench = EngineBench.of(self.state)
        return self._bench


def _findings(stored: Stored, header: FindingsHeader, view: str) -> Findings:
    payload = stored.payloads.get(view)
    findings: tuple[AnyFinding, ...] | None = None
    if payload is not None:
        findings = canonical.read_as(section_value(payload), Findable).findings
    elif view not in header.sections:
        findings = ()
    if header.outcome not in OUTCOMES:
        raise LedgerError(f"entry {stored.position}: found the outcome {header.outcome!r}", stored.position)
    return Findings(of=header.of, recorded_ms=header.recorded_ms, outcome=Outcome(header.outcome), findings=findings)
