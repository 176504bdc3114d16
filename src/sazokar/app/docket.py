"""What is judged in one sitting: deadlines, then statements, each on the state that those before it leave.

A docket is a batch in the making: the state as it would be, and the entries that make it so. It stores nothing and answers
nobody: the node does, once it is durable.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec

from sazokar.app.bench import EngineBench
from sazokar.app.codec import read_statement, seal_record, view_name
from sazokar.app.drafting import require_as_written
from sazokar.app.opening import entry_of
from sazokar.app.ports import Entropy, Item, Log
from sazokar.app.receipt import Answer, Receipt, Rejected
from sazokar.domain.authority import Rejection, author_of, is_over_quota, signed_for
from sazokar.domain.decide import decide, due_by
from sazokar.domain.disclosure import view, views
from sazokar.domain.finding import AnyFinding, Findings, Outcome, Refusal, Sounded, StateChanged
from sazokar.domain.fold import fold
from sazokar.domain.hearing import Hearing, Verdict
from sazokar.domain.notice import OperationState
from sazokar.domain.state import State
from sazokar.domain.statement import STOP_LADDER, RotateNode, RotateRoot, Submission
from sazokar.errors import CanonicalError, LedgerError, SazokarError
from sazokar.ledger.entry import Envelope, Header
from sazokar.ledger.signing import SigningKey


class Waiting:
    """One statement on its way through the node."""

    def __init__(self, envelope: Envelope, payloads: Mapping[str, bytes], leaf: bytes, sounded_ms: int | None) -> None:
        self.envelope = envelope
        self.payloads = payloads
        self.leaf = leaf
        self.sounded_ms = sounded_ms
        self.woken = threading.Event()
        self.answer: Answer | None = None
        self.error: SazokarError | None = None


class Chambers:
    """What a docket is judged with: the ledger, the node's key, and the bench as far as it is in step.

    Args:
        log: Where the ledger is kept.
        key: The node's key.
        entropy: Salts.
        ledger: Id of the charter.
    """

    def __init__(self, log: Log, key: SigningKey, entropy: Entropy, ledger: str) -> None:
        self.ledger = ledger
        self._log = log
        self._key = key
        self._entropy = entropy
        self._bench: EngineBench | None = None

    def bench_of(self, state: State) -> EngineBench:
        """Return the bench, built anew from a state where it was not kept in step."""
        if self._bench is None:
            self._bench = EngineBench.of(state)
        return self._bench

    def dismiss(self, ref: str) -> None:
        """Take a notice that has ended from the bench."""
        if self._bench is not None:
            self._bench.dismiss(ref)

    def adjourn(self) -> None:
        """Forget the bench: it has heard what was not stored, or not decided."""
        self._bench = None

    def sealed(self, record: Findings, seen: Mapping[str, tuple[AnyFinding, ...]]) -> Item:
        """Return a record as an entry, signed by the node."""
        return seal_record(record, seen, self.ledger, self._key, self._entropy)

    def reject(self, leaf: bytes, reason: str, now_ms: int) -> None:
        """Note what is no entry in the security log."""
        self._log.note_rejected(now_ms, reason, sha256(leaf).hexdigest())

    def earlier(self, envelope: Envelope, state: State) -> Receipt | None:
        """Return the receipt of a statement that is in the ledger already: sent twice, it is recorded once."""
        position = self._log.position_of(envelope.id)
        if position is None:
            return None
        party = signed_for(state, author_key(envelope))
        stored = next(iter(self._log.read(position + 1, position + 2)), None)
        record = entry_of(stored, state) if stored is not None else None
        if not isinstance(record, Findings):
            raise LedgerError(f"entry {position}: found no findings after it", position)
        return Receipt(
            id=envelope.id, position=position, recorded_ms=record.recorded_ms, outcome=record.outcome,
            findings=view(state, record, party, party), repeated=True,
        )  # fmt: skip


class Docket:
    """What is judged in one sitting.

    Args:
        chambers: What it is judged with.
        state: What is true before.
        now_ms: When it is recorded.
    """

    def __init__(self, chambers: Chambers, state: State, now_ms: int) -> None:
        self.now_ms = now_ms
        self.before = state
        self.state = state
        self._chambers = chambers
        self.items: list[Item] = []
        self.taken: list[Submission] = []
        self.stops: list[Waiting | Sounded] = []
        self._heard = False
        self._answers: list[tuple[Waiting, Answer]] = []
        self._seen: dict[str, Receipt] = {}

    def pass_deadlines(self) -> None:
        """Let every deadline pass that is due: before any statement is judged."""
        while (record := due_by(self.state, self.now_ms)) is not None:
            self.add_record(record)
            for finding in record.findings or ():
                if isinstance(finding, StateChanged) and finding.state is OperationState.ENDED:
                    self._chambers.dismiss(finding.ref)

    def record_stops(self, unrecorded: Sequence[Waiting | Sounded]) -> None:
        """Record the STOPs that sounded when nothing could be recorded."""
        self.stops = list(unrecorded)
        for call in self.stops:
            if isinstance(call, Sounded):
                self._record_sounded(call)
                continue
            self.judge(call)
            if call.error is not None or isinstance(self._answers[-1][1], Rejected):
                text = call.leaf.decode("utf-8", "replace")  # its key ran out meanwhile; that it sounded is on record
                self._record_sounded(Sounded(ref="", sounded_ms=call.sounded_ms or 0, verified=False, call=text))

    def _record_sounded(self, call: Sounded) -> None:
        named = msgspec.structs.replace(call, ref=f"S{self.state.size}")
        self.add_record(Findings(of="", recorded_ms=self.now_ms, outcome=Outcome.CLOCK, findings=(named,)))

    def judge(self, one: Waiting) -> None:
        """Judge one statement on the state that those before it leave."""
        one.error = None
        self._heard = False
        state, count = self.state, len(self.items)
        try:
            answer = self._answer(one)
        except SazokarError as error:
            one.error = error
            self.state = state
            del self.items[count:]
            if self._heard:
                self._chambers.adjourn()  # the bench may have taken in what was not decided in the end
            return
        self._answers.append((one, answer))

    def _answer(self, one: Waiting) -> Answer:
        envelope, ledger = one.envelope, self._chambers.ledger
        if ledger_of(envelope) != ledger:
            return self._rejected(one, f"made for the ledger {ledger_of(envelope)[:8]}; this is {ledger[:8]}")
        if (earlier := self._seen.get(envelope.id)) is not None:
            return msgspec.structs.replace(earlier, repeated=True)
        if (
            known := self._chambers.earlier(envelope, self.before)
        ) is not None:  # before its key is judged: it may have been revoked since
            return known
        author = author_of(self.state, author_key(envelope), self.now_ms)
        if isinstance(author, Rejection):
            return self._rejected(one, author.reason)
        by = read_statement(envelope, one.payloads, author)
        if by.withheld:  # or whoever carries it could strip it, and have it recorded so for ever
            raise CanonicalError(
                f"sections: found no payload of {', '.join(sorted(by.withheld))}; expected all that are committed to"
            )
        require_as_written(by.statement)
        if is_over_quota(self.state, by.key, self.now_ms) and not isinstance(by.statement, STOP_LADDER):
            return self._rejected(one, "too many refusals of this key in an hour; look at them first")
        return self._judged(one, by)

    def _judged(self, one: Waiting, by: Submission) -> Receipt | Rejected:
        hearing = Hearing(
            state=self.state,
            by=by,
            now_ms=self.now_ms,
            bench=self._chambers.bench_of(self.state),
            sounded_ms=one.sounded_ms,
        )
        self._heard = True
        verdict = decide(hearing)
        if verdict.outcome is Outcome.REFUSED and isinstance(by.statement, RotateRoot | RotateNode):
            # A refusal would stand for the statement for ever, and whoever carries it can strip signatures from it.
            return self._rejected(one, f"a rotation that cannot be: {found_in(verdict)}")
        position = self.state.size
        record = Findings(of=by.id, recorded_ms=self.now_ms, outcome=verdict.outcome, findings=verdict.findings)
        self.state = fold(self.state, by)
        self.items.append(Item(by.id, one.leaf, one.payloads))
        self.add_record(record, by.party)
        if verdict.outcome is Outcome.TAKEN:
            self.taken.append(by)
        receipt = Receipt(
            id=by.id, position=position, recorded_ms=self.now_ms, outcome=verdict.outcome,
            findings=view(self.state, record, by.party, by.party),
        )  # fmt: skip
        self._seen[by.id] = receipt
        return receipt

    def _rejected(self, one: Waiting, reason: str) -> Rejected:
        self._chambers.reject(one.leaf, reason, self.now_ms)
        return Rejected(reason)

    def add_record(self, record: Findings, author: str = "") -> None:
        """Add a record of the node: all of it for itself, and for each party what it may see."""
        state = fold(self.state, record)
        assert state.charter is not None, "only a founded ledger has findings"
        seen = {view_name(state.charter, name): found for name, found in views(state, record, author).items()}
        self.items.append(self._chambers.sealed(record, seen))
        self.state = state

    def settle(self) -> None:
        """Answer, now that all of it is durable."""
        for one, answer in self._answers:
            one.answer = answer


def found_in(verdict: Verdict) -> str:
    """Return what a refusal found."""
    return next((finding.found for finding in verdict.findings if isinstance(finding, Refusal)), "")


def ledger_of(envelope: Envelope) -> str:
    """Return the ledger that a statement is made for; empty where it is none."""
    return envelope.value.ledger if isinstance(envelope.value, Header) else ""


def expires_of(envelope: Envelope) -> int:
    """Return from when on a statement is not meant any more."""
    return envelope.value.expires_ms if isinstance(envelope.value, Header) else 0


def author_key(envelope: Envelope) -> str:
    """Return the key of a statement's author; empty where it is none."""
    return envelope.value.author if isinstance(envelope.value, Header) else ""
