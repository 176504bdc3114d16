"""A witness who trusts nobody: reads a ledger entry by entry, and says what in it should not be.

Keeps its own books (whose keys may sign, which notices are live, which answer is due from whom, who may see what) and
shares no code with `decide`, `fold` and `disclosure`. Trusts the codec to read bytes, and the engine's all-at-once
judgement beside the mechanism's one-by-one.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from sazokar.app.codec import NODE_VIEW, read_stored, view_name
from sazokar.app.ports import Log, Stored
from sazokar.domain.agreement import Agreement, Answering, Standing, Suspension
from sazokar.domain.authority import Author
from sazokar.domain.finding import (
    AnyFinding,
    Called,
    Findings,
    InForce,
    Outcome,
    Overdue,
    Raised,
    Resolution,
    Resolved,
    Resumed,
    Suspended,
    Taken,
    Turn,
    Unanswered,
)
from sazokar.domain.notice import Extent, NoticeKind, OperationState
from sazokar.domain.plan.conflict import Conflict
from sazokar.domain.plan.judge import conflicts
from sazokar.domain.plan.volume import Volume
from sazokar.domain.statement import (
    STOP_LADDER,
    AmendNotice,
    CancelNotice,
    Charter,
    DelegateKey,
    ErasePayload,
    FileNotice,
    ProposeDraft,
    ReportState,
    ResumeAgreement,
    RevalidateNotice,
    RevokeKey,
    RotateNode,
    RotateRoot,
    SignAgreement,
    Statement,
    Submission,
)
from sazokar.domain.zones import volumes_of
from sazokar.testing.sight import Shown, Sight

_RUNGS: Final = ("officer", "alternate", "mediator")
_SETTLED: Final = (Resolution.RECOMMENDATION, Resolution.RISK_ACCEPTED)
_NODE: Final = "NODE"


class BrokenError(AssertionError):
    """Something in a ledger that the mechanism promises never to do; the message says which entry, and what."""


class Validity:
    """A delegated key, as the witness has seen it delegated."""

    def __init__(self, party: str, statement: DelegateKey) -> None:
        self.party = party
        self.statement = statement
        self.revoked = False


class Plan:
    """A live notice, as the witness knows it."""

    def __init__(self, party: str, kind: NoticeKind, extent: Extent) -> None:
        self.party = party
        self.kind = kind
        self.extent = extent
        self.binds_until_ms = 0
        self.margin_ms = 0

    @property
    def end_ms(self) -> int:
        """When nothing can be in conflict with it any more: its last end, and what a late one is allowed."""
        return max(volume.end_ms for volume in self.extent.volumes) + self.extent.tolerance_ms + self.margin_ms


class Due:
    """An answer that is due from a party, or the start of what is in conflict; `since_ms` is when that was set."""

    def __init__(self, party: str, rung: str, due_ms: int, since_ms: int) -> None:
        self.party = party
        self.rung = rung
        self.due_ms = max(due_ms, since_ms)
        self.since_ms = since_ms


class Witness:
    """Reads a ledger on from where it stands; raises `BrokenError` at the first entry that should not be."""

    def __init__(self) -> None:
        self.size = 0
        self.recorded_ms = 0
        self.charter: Charter | None = None
        self.sight: Sight | None = None
        self.submissions: list[Submission] = []
        self.live: dict[str, Plan] = {}
        self.waived: set[frozenset[str]] = set()
        self.open_pairs: dict[str, frozenset[str]] = {}
        self.erased: set[tuple[str, str]] = set()
        self._node = ""
        self._roots: dict[str, str] = {}
        self._keys: dict[str, Validity] = {}
        self._numbers: set[tuple[str, int]] = set()
        self._drafts: dict[str, tuple[Agreement, set[str]]] = {}
        self._agreement: Agreement | None = None
        self._suspended: set[str] = set()
        self._held: dict[str, tuple[str, FileNotice]] = {}
        self._answers: dict[str, Due] = {}
        self._starts: dict[str, Due] = {}
        self._pending: Submission | None = None
        self._ids: set[str] = set()

    @property
    def judges(self) -> Agreement | None:
        """The agreement that verdicts rest on."""
        return None if self._suspended else self._agreement

    def read_on(self, log: Log) -> None:
        """Read what has come since."""
        for stored in log.read(self.size):
            if stored.id in self._ids:
                raise self._broken("an entry stored twice")
            self._ids.add(stored.id)
            self._read(stored)
            self.size += 1

    def _broken(self, what: str) -> BrokenError:
        return BrokenError(f"entry {self.size}: {what}")

    def _read(self, stored: Stored) -> None:
        entry = read_stored(stored, lambda key, _: self._author(key))
        match entry:
            case Charter():
                self._founded(entry)
            case Submission():
                self._pending = entry
                self.submissions.append(entry)
            case Findings():
                self._found(entry)
                self._look_at_views(stored, entry)
                self._pending = None

    def _founded(self, charter: Charter) -> None:
        self.charter, self.sight, self._node = charter, Sight(charter), charter.node
        self._roots = {root: member.name for member in charter.parties for root in member.roots}
        self.recorded_ms = charter.created_ms

    def _author(self, key: str) -> Author:
        if key in self._roots:
            return Author(self._roots[key])
        if key == self._node:
            return Author(_NODE)
        if key not in self._keys:
            raise self._broken(f"a statement by the key {key[:8]}, which nobody delegated")
        known = self._keys[key]
        return Author(known.party, known.statement.watch_number, known.statement.role)

    # What was decided

    def _found(self, record: Findings) -> None:
        if record.recorded_ms < self.recorded_ms:
            raise self._broken(f"the instant {record.recorded_ms}, before {self.recorded_ms}")
        by, now_ms = self._pending, record.recorded_ms
        if record.of != (by.id if by else ""):
            raise self._broken("findings of another statement")
        if by is not None:
            self._require_key(by, now_ms)
            self._require_nothing_missed(now_ms)
        self.recorded_ms = now_ms
        self._pass_time(now_ms)
        if by is not None and record.outcome is Outcome.TAKEN:
            self._take(by, by.statement, now_ms, _ref_of(record))
        elif by is not None and record.outcome is Outcome.HELD and isinstance(by.statement, FileNotice):
            self._hold(by, by.statement, _ref_of(record))
        for finding in record.findings or ():
            self._follow(finding, by, now_ms)
        if by is None:
            self._require_nothing_missed(now_ms)

    def _require_key(self, by: Submission, now_ms: int) -> None:
        """A key is judged by the ledger's clock, at its position."""
        known = self._keys.get(by.key)
        if known is not None:
            until = known.statement
            if known.revoked or not until.from_ms <= now_ms < until.until_ms:
                raise self._broken(f"a statement by {by.party} with a key that may not sign at {now_ms}")
        if isinstance(by.statement, STOP_LADDER):
            return
        if (by.key, by.number) in self._numbers:
            return  # recorded, and refused
        self._numbers.add((by.key, by.number))

    def _require_nothing_missed(self, now_ms: int) -> None:
        """No answer is due from before, and no start has come, without a record that says so."""
        for what, dues in (("answer", self._answers), ("start", self._starts)):
            for ref, due in dues.items():
                if due.due_ms < now_ms or (due.due_ms == now_ms and due.since_ms < now_ms):
                    raise self._broken(f"the {what} of {ref} was due at {due.due_ms}, and at {now_ms} nothing says so")

    def _pass_time(self, now_ms: int) -> None:
        for ref, plan in list(self.live.items()):
            if plan.end_ms <= now_ms or 0 < plan.binds_until_ms <= now_ms:
                del self.live[ref]

    def _take(self, by: Submission, statement: Statement, now_ms: int, ref: str) -> None:  # noqa: C901 - a line for each
        match statement:
            case FileNotice() if statement.extent is not None:
                self._file(by, statement, now_ms, ref)
                self.live.pop(statement.supersedes, None)
            case AmendNotice():
                self._amend(by, statement, now_ms)
            case CancelNotice():
                self.live.pop(statement.ref, None)
                self._held.pop(statement.ref, None)
            case ReportState(state=OperationState.ENDED):
                self.live.pop(statement.ref, None)
            case RevalidateNotice() if statement.ref in self.live:
                self._bind_site(self.live[statement.ref], now_ms)
            case DelegateKey():
                self._keys[statement.key] = Validity(by.party, statement)
            case RevokeKey():
                self._keys[statement.key].revoked = True
            case RotateRoot():
                del self._roots[statement.old]
                self._roots[statement.new] = statement.party
            case RotateNode():
                self._node = statement.new
            case ProposeDraft() if statement.document is not None:
                self._drafts[statement.draft] = (statement.document.agreement, set())
            case SignAgreement():
                self._drafts[statement.draft][1].add(by.party)
            case ResumeAgreement():
                self._suspended.discard(by.party)
            case ErasePayload():
                self.erased.add((statement.entry, statement.section))

    def _file(self, by: Submission, statement: FileNotice, now_ms: int, ref: str) -> None:
        assert self.sight is not None and statement.extent is not None
        plan = Plan(by.party, statement.notice, statement.extent)
        self._bind(plan, now_ms)
        self.live[ref] = plan
        self.sight.notices[ref] = Shown(by.party, statement.notice, statement.consent)

    def _hold(self, by: Submission, statement: FileNotice, ref: str) -> None:
        assert self.sight is not None
        shown = Shown(by.party, statement.notice, statement.consent)
        shown.held = True
        shown.filing = by.id
        self.sight.notices[ref] = shown
        self._held[ref] = (by.party, statement)

    def _amend(self, by: Submission, statement: AmendNotice, now_ms: int) -> None:
        assert self.sight is not None
        held = self._held.pop(statement.ref, None)
        if held is not None:
            self.sight.notices[statement.ref].correct(set(by.withheld), statement)
            extent = statement.extent or held[1].extent
            assert extent is not None
            self.live[statement.ref] = Plan(held[0], held[1].notice, extent)
            self.live.pop(held[1].supersedes, None)
        elif statement.extent is not None:
            self.live[statement.ref].extent = statement.extent
        self._bind(self.live[statement.ref], now_ms)
        self.waived = {pair for pair in self.waived if statement.ref not in pair}

    def _bind(self, plan: Plan, now_ms: int) -> None:
        plan.margin_ms = self._greatest_margin_ms()
        self._bind_site(plan, now_ms)

    def _greatest_margin_ms(self) -> int:
        if self._agreement is None:
            return 0
        rules = self._agreement.rules()
        return max([rules.default.time_ms, *(clause.minima.time_ms for clause in rules.clauses)])

    def _bind_all(self, now_ms: int) -> None:
        for plan in self.live.values():
            if not plan.binds_until_ms:
                self._bind_site(plan, now_ms)

    def _bind_site(self, plan: Plan, now_ms: int) -> None:
        agreement = self._agreement if plan.binds_until_ms else self.judges
        terms = agreement.terms if agreement else ()
        standing = next((t for t in terms if isinstance(t, Standing) and t.notice in (plan.kind, "any")), None)
        if standing is not None and plan.kind is NoticeKind.SITE:
            plan.binds_until_ms = now_ms + standing.expires_ms
        elif not plan.binds_until_ms or self.judges is None:
            plan.binds_until_ms = plan.binds_until_ms if self.judges is None else 0

    # What followed

    def _follow(self, finding: AnyFinding, by: Submission | None, now_ms: int) -> None:  # noqa: C901 - a line for each
        match finding:
            case InForce():
                agreement, signed = self._drafts[finding.draft]
                if signed != {signatory.name for signatory in agreement.signatories}:
                    raise self._broken("an agreement in force that not all have signed")
                for name, (_, signatures) in self._drafts.items():
                    if name != finding.draft:
                        signatures.clear()
                self._rule_by(agreement, set())
                self._bind_all(now_ms)
            case Suspended():
                self._suspend(finding.by)
            case Resumed():
                if self._suspended:
                    raise self._broken("an agreement resumed before all have agreed")
                self._rule_by(self._agreement, set())
                self._bind_all(now_ms)
            case Raised():
                self._raise(finding, now_ms)
            case Resolved():
                self._resolve(finding)
            case Turn():
                self._answers.pop(finding.ref, None)
                if finding.party:
                    self._answers[finding.ref] = Due(finding.party, "officer", finding.due_ms, now_ms)
                    self._require_term(finding.due_ms, now_ms, 0)
            case Called() | Overdue(what="answer"):
                self._call(finding, by, now_ms)
            case Unanswered():
                if self._starts.pop(finding.ref, None) is None:
                    raise self._broken(f"the start of {finding.ref}, which was not to come")

    def _rule_by(self, agreement: Agreement | None, suspended: set[str]) -> None:
        assert self.sight is not None
        self._agreement, self._suspended = agreement, suspended
        self.sight.agreement, self.sight.suspended = agreement, bool(suspended)
        self.waived.clear()

    def _suspend(self, party: str) -> None:
        assert self._agreement is not None and self.sight is not None
        clause = next((t for t in self._agreement.terms if isinstance(t, Suspension)), None)
        needs_all = clause is None or clause.resume_needs_all
        self._suspended |= {s.name for s in self._agreement.signatories} if needs_all else {party}
        self.sight.suspended = True

    def _raise(self, finding: Raised, now_ms: int) -> None:
        assert self.sight is not None and finding.a is not None and finding.b is not None
        a, b = finding.a, finding.b
        self.sight.cases[finding.ref] = (a.ref, b.ref, a.party, b.party)
        self.open_pairs[finding.ref] = frozenset((a.ref, b.ref))
        self.waived.discard(self.open_pairs[finding.ref])
        owed = self._answers.get(finding.ref)
        if owed is not None and owed.party == finding.first and owed.due_ms < now_ms + self._term(0):
            if finding.due_ms != owed.due_ms:
                raise self._broken(f"{finding.ref}: a change gave the silent {owed.party} until {finding.due_ms}")
        else:
            self._answers[finding.ref] = Due(finding.first, "officer", finding.due_ms, now_ms)
            self._require_term(finding.due_ms, now_ms, 0)
        assert finding.start_ms is not None
        self._starts[finding.ref] = Due("", "", finding.start_ms, now_ms)

    def _resolve(self, finding: Resolved) -> None:
        pair = self.open_pairs.pop(finding.ref)
        if finding.how in _SETTLED:
            self.waived.add(pair)
        self._answers.pop(finding.ref, None)
        self._starts.pop(finding.ref, None)

    def _term(self, rung: int) -> int:
        terms = self._agreement.terms if self._agreement else ()
        clause = next((t for t in terms if isinstance(t, Answering)), None)
        return clause.rung_ms[rung] if clause else 300_000

    def _require_term(self, due_ms: int, from_ms: int, rung: int) -> None:
        if due_ms != from_ms + self._term(rung):
            raise self._broken(f"the deadline {due_ms}; by the clause it is {from_ms + self._term(rung)}")

    def _call(self, finding: Called | Overdue, by: Submission | None, now_ms: int) -> None:
        """The ladder runs officer, alternate, mediator, each by the deadline of the one before."""
        due = self._answers.pop(finding.ref, None)
        if due is None and by is None:
            raise self._broken(f"silence on {finding.ref}, of which no answer was due")
        if due is not None and by is None:
            if finding.due_ms != due.due_ms or due.due_ms > now_ms:
                raise self._broken(f"silence on {finding.ref} at {finding.due_ms}; it was due at {due.due_ms}")
            expected = (*_RUNGS, "")[_RUNGS.index(due.rung) + 1]
            if (finding.rung if isinstance(finding, Called) else "") != expected:
                raise self._broken(f"{finding.ref}: after the {due.rung} another than {expected or 'nobody'} is called")
        if isinstance(finding, Called):
            self._require_term(finding.next_ms, finding.due_ms, _RUNGS.index(finding.rung))
            self._answers[finding.ref] = Due(finding.party, finding.rung, finding.next_ms, finding.due_ms)

    # Who saw it

    def _look_at_views(self, stored: Stored, record: Findings) -> None:
        assert self.charter is not None and self.sight is not None
        author = self._pending.party if self._pending else ""
        for member in self.charter.parties:
            name = view_name(self.charter, member.name)
            if name not in stored.payloads:
                continue
            seen = read_stored(replace(stored, payloads={name: stored.payloads[name]}), lambda *_: Author(""), name)
            assert isinstance(seen, Findings)
            if record.outcome is Outcome.HELD and member.name != author:
                raise self._broken(f"{member.name} sees a notice that was not delivered")
            for finding in seen.findings or ():
                fault = self.sight.fault_of(finding, author, member.name)
                if fault:
                    raise self._broken(f"{member.name} sees {fault}: {finding}")
        if NODE_VIEW not in stored.payloads and record.findings:
            raise self._broken("findings without the node's own record")

    # What is in conflict

    def breaches(self) -> set[frozenset[str]]:
        """Return the pairs that breach the agreement, all judged at once; none without an agreement in force."""
        if self.judges is None:
            return set()
        if len(self.live) + len(self.judges.zones) < 2:
            return set()  # nothing conflicts with itself
        found: list[Conflict] = conflicts(
            [*volumes_of(self.judges), *(volume for ref, plan in sorted(self.live.items()) for volume in _judged(ref, plan))],
            self.judges.rules(),
            ground=self.judges.ground,
        )  # fmt: skip
        return {frozenset((one.a.operation, one.b.operation)) for one in found}

    def require_no_conflict_unseen(self) -> None:
        """Every pair that breaches is a live conflict or was settled by both, and no other is.

        Raises:
            BrokenError: One is missing, or one too many.
        """
        if self.judges is None:
            return
        expected, open_ = self.breaches() - self.waived, set(self.open_pairs.values())
        if expected != open_:
            unseen, empty = sorted(map(sorted, expected - open_)), sorted(map(sorted, open_ - expected))
            raise self._broken(f"conflicts unseen: {unseen}; conflicts of nothing: {empty}")


def _judged(ref: str, plan: Plan) -> list[Volume]:
    return [replace(v, operation=ref, tolerance_ms=plan.extent.tolerance_ms) for v in plan.extent.volumes]


def _ref_of(record: Findings) -> str:
    return next((f.ref for f in record.findings or () if isinstance(f, Taken)), "")
