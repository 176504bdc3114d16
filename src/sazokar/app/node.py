"""The node: the one way into a ledger. Takes statements, judges them in one order, appends, and tells what became of them.

Nothing else writes. It cannot forge a statement: what it signs are findings. It does no IO of its own: log, clock,
entropy and alarm are ports. STOP is sounded before it is recorded, and whatever keeps it from being recorded.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import Final

import msgspec

from sazokar.app.bench import EngineBench
from sazokar.app.codec import open_statement, read_charter, read_statement, seal_record, view_name
from sazokar.app.drafting import require_as_written
from sazokar.app.opening import Opened, entry_of, open_ledger
from sazokar.app.ports import (
    Alarm,
    Appended,
    Batch,
    Clock,
    Entropy,
    HeadMoved,
    Item,
    Log,
    Snapshot,
    Unavailable,
    Unknown,
)
from sazokar.app.snapshot import state_bytes, state_digest
from sazokar.domain.authority import Author, Rejection, author_of, is_over_quota, signed_for
from sazokar.domain.charter import fault_of_charter
from sazokar.domain.decide import decide, due_by
from sazokar.domain.disclosure import view, views
from sazokar.domain.finding import (
    AnyFinding,
    Delivered,
    Findings,
    Outcome,
    Refusal,
    SnapshotTaken,
    Sounded,
    StateChanged,
    Taken,
)
from sazokar.domain.fold import Entry, fold
from sazokar.domain.hearing import Hearing
from sazokar.domain.notice import OperationState
from sazokar.domain.state import EMPTY, State
from sazokar.domain.statement import STOP_LADDER, ErasePayload, Submission
from sazokar.errors import LedgerError, SazokarError, SignatureError
from sazokar.ledger.checkpoint import Checkpoint, sign_checkpoint
from sazokar.ledger.entry import Envelope, Header, open_envelope
from sazokar.ledger.merkle import leaf_hash
from sazokar.ledger.signing import SigningKey

GREATEST_BATCH: Final = 256
"""At most this many statements go into one batch."""
GREATEST_TRIES: Final = 8
"""How often a batch is decided anew after the head has moved, or sent anew when it is not known what became of it."""
GREATEST_UNRECORDED: Final = 1_000
"""At most this many STOPs wait to be recorded; all of them have sounded."""
SNAPSHOT_EVERY: Final = 100_000
"""A snapshot is taken when the ledger has grown by so many entries: who waits meanwhile waits for a few tenths of a second."""
SNAPSHOT_AT_CLOSE: Final = 5_000
"""At an orderly close it is taken when the ledger has grown by so many."""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A statement is in the ledger, durable; what became of it, as its author may see it.

    It is the author's alone: an envelope is no secret, and whoever sends it again is answered so. A door gives a receipt
    to nobody but whom it knows to be of the author's party.

    Args:
        id: Of the statement.
        position: Of its entry.
        recorded_ms: When it was recorded.
        outcome: Taken, refused or held.
        findings: What was found.
        repeated: Whether it was in the ledger before.
    """

    id: str
    position: int
    recorded_ms: int
    outcome: Outcome
    findings: tuple[AnyFinding, ...]
    repeated: bool = False

    @property
    def ref(self) -> str:
        """What the statement is cited by; empty where it makes nothing new."""
        return next((f.ref for f in self.findings if isinstance(f, Taken)), "")

    @property
    def refusal(self) -> Refusal | None:
        """Why the rules say no, where they do."""
        return next((f for f in self.findings if isinstance(f, Refusal)), None)


class Rejected(msgspec.Struct, frozen=True):
    """A statement is no entry: its signature, its key or its ledger is wrong."""

    reason: str


class Unrecorded(msgspec.Struct, frozen=True):
    """Nothing was recorded: the log cannot be written, or does not verify.

    Args:
        reason: Why, for a person.
        sounded: Whether it was a STOP, which has sounded all the same, and is recorded when that is possible again.
    """

    reason: str
    sounded: bool = False


Answer = Receipt | Rejected | Unrecorded


class _Waiting:
    """One statement on its way through the node."""

    def __init__(self, envelope: Envelope, payloads: Mapping[str, bytes], leaf: bytes, sounded_ms: int | None) -> None:
        self.envelope = envelope
        self.payloads = payloads
        self.leaf = leaf
        self.sounded_ms = sounded_ms
        self.woken = threading.Event()
        self.answer: Answer | None = None
        self.error: SazokarError | None = None


class Node:
    """A ledger in use.

    Args:
        log: Where it is kept.
        clock: What the time is.
        key: The node's key.
        entropy: Salts.
        alarm: What a STOP sounds through.

    Several threads may submit at once: one of them judges and appends for all that wait (group commit).
    """

    def __init__(self, log: Log, clock: Clock, key: SigningKey, entropy: Entropy, alarm: Alarm) -> None:
        self._log = log
        self._clock = clock
        self._key = key
        self._entropy = entropy
        self._alarm = alarm
        self._gate = threading.Lock()
        self._queue: deque[_Waiting] = deque()
        self._unrecorded: deque[_Waiting | Sounded] = deque(maxlen=GREATEST_UNRECORDED)
        self._opened = open_ledger(log)
        self._state = self._opened.state
        self._tree = self._opened.tree
        self._bench: EngineBench | None = None
        if self._opened.damage is None and self._state.node and self._state.node != key.key_id:
            raise LedgerError(f"the key of this node is {key.key_id[:8]}; the ledger names {self._state.node[:8]}")
        self._forget_again()

    def _forget_again(self) -> None:
        """Forget what was to be forgotten: a node may have died when that was recorded and not yet done."""
        for entry, section in self._opened.forgotten if self._opened.damage is None else ():
            self._log.erase(entry, section)

    # What it is

    @property
    def state(self) -> State:
        """What is true now; a value, which later entries leave as it is."""
        return self._state

    @property
    def ledger(self) -> str:
        """Id of the charter, which every statement names."""
        return self._opened.charter_id

    @property
    def damage(self) -> LedgerError | None:
        """What is wrong with the ledger; None: it verifies."""
        return self._opened.damage

    @property
    def unrecorded(self) -> int:
        """How many STOPs have sounded and are not recorded yet."""
        return len(self._unrecorded)

    # What goes in

    def found(self, charter: bytes) -> None:
        """Begin an empty ledger with a charter.

        Args:
            charter: Its leaf, signed by every root that it names.

        Raises:
            SazokarError: It is no charter, a root has not signed, it names another node, or the ledger has begun.
        """
        envelope = open_envelope(charter)
        envelope.verify()
        value = read_charter(envelope)
        roots = {root for member in value.parties for root in member.roots}
        if fault := fault_of_charter(value):
            raise LedgerError(f"the charter {fault}")
        if missing := roots - set(envelope.signers):
            raise LedgerError(f"the charter is not signed by the root {sorted(missing)[0][:8]}; every root must sign")
        if value.node != self._key.key_id:
            raise LedgerError(f"the charter names the node {value.node[:8]}; this one is {self._key.key_id[:8]}")
        with self._alone():
            if self._state.size:
                raise LedgerError("the ledger has begun; a charter is its first entry and no other")
            state = fold(EMPTY, value)
            answer = self._append([Item(envelope.id, charter)], state, 0)
            if not isinstance(answer, Appended):
                raise LedgerError(f"the charter could not be stored: {answer}")
            self._state = state
            self._opened = Opened(state, self._tree, envelope.id)

    def submit(
        self, leaf: bytes, payloads: Mapping[str, bytes] | None = None, *, sounded_ms: int | None = None
    ) -> Answer:
        """Return what became of a statement, once that is durable.

        Args:
            leaf: The signed envelope.
            payloads: Its sections.
            sounded_ms: When a STOP has sounded already, before this node could be asked; None: it sounds now.

        Raises:
            SazokarError: It cannot be read: no envelope, no statement, a section that is not committed to. Nothing was
                recorded.
        """
        waiting = self._received(leaf, payloads or {}, sounded_ms)
        if isinstance(waiting, Rejected):
            return waiting
        self._queue.append(waiting)
        while waiting.answer is None and waiting.error is None:
            if self._gate.acquire(blocking=False):
                try:
                    self._lead()
                finally:
                    self._gate.release()
                    self._wake_next()
            else:
                waiting.woken.wait()
                waiting.woken.clear()
        if waiting.error is not None:
            raise waiting.error
        assert waiting.answer is not None, "a statement was served without an answer"
        return waiting.answer

    def _lead(self) -> None:
        """Judge and append for all that wait: whoever finds the gate open does it for the others too."""
        together = [self._queue.popleft() for _ in range(min(len(self._queue), GREATEST_BATCH))]
        try:
            self._serve(together)
        except BaseException as error:
            self._abandon(together, error)
            raise
        finally:
            for one in together:
                one.woken.set()

    def _wake_next(self) -> None:
        """Let one of those who came meanwhile lead; without it, who found the gate shut would wait for ever."""
        try:
            self._queue[0].woken.set()
        except IndexError:
            return

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            with self._gate:
                yield
        finally:
            self._wake_next()

    def _received(self, leaf: bytes, payloads: Mapping[str, bytes], heard_ms: int | None = None) -> _Waiting | Rejected:
        """Verify what came, outside of the gate; a STOP sounds here, before anything else is asked of it."""
        try:
            envelope = open_statement(leaf)
        except SazokarError as error:
            if _names_stop(leaf):
                self.cry(leaf, sounded_ms=heard_ms)
            elif isinstance(error, SignatureError):
                self._reject(leaf, str(error))
                return Rejected(str(error))
            raise
        sounded_ms = None
        if _is_stop(envelope):
            sounded_ms = self._clock.now_ms() if heard_ms is None else heard_ms
            known = author_of(self._state, _author(envelope), max(sounded_ms, self._state.recorded_ms))
            verified = isinstance(known, Author) and _ledger(envelope) == self.ledger
            if heard_ms is None:
                self._sound(leaf, verified, sounded_ms)
            if not verified:
                self._remember(
                    Sounded(ref="", sounded_ms=sounded_ms, verified=False, call=leaf.decode("utf-8", "replace"))
                )
        return _Waiting(envelope, payloads, leaf, sounded_ms)

    def cry(self, call: bytes, *, sounded_ms: int | None = None) -> Unrecorded | None:
        """Sound a STOP that cannot be verified: it sounds all the same, marked UNVERIFIED – CALL BACK, and is recorded.

        Args:
            call: What came: at most its first 64 KiB are kept.
            sounded_ms: When it has sounded already; None: it sounds now.

        Returns:
            Why it is not recorded yet; None: it is.
        """
        heard_ms = self._clock.now_ms() if sounded_ms is None else sounded_ms
        if sounded_ms is None:
            self._sound(call, False, heard_ms)
        self._remember(
            Sounded(ref="", sounded_ms=heard_ms, verified=False, call=call[:65_536].decode("utf-8", "replace"))
        )
        return self.tick()

    def _sound(self, call: bytes, verified: bool, sounded_ms: int) -> None:
        self._alarm.sound(call, verified=verified, sounded_ms=sounded_ms)

    def _remember(self, call: _Waiting | Sounded) -> None:
        self._unrecorded.append(call)

    def tick(self) -> Unrecorded | None:
        """Record every deadline that has passed, and every STOP that could not be recorded before."""
        with self._alone():
            return self._recorded(lambda state: [])

    def delivered(self, party: str, refs: Sequence[str]) -> Unrecorded | None:
        """Record that notices, conflicts or STOPs have reached a party's line, once for each version."""

        def found(state: State) -> list[AnyFinding]:
            return [
                Delivered(ref=ref, version=target.version, party=party)
                for ref in dict.fromkeys(refs)
                if (target := state.notices.get(ref) or state.cases.get(ref)) is not None
                and not any((a.party, a.rung, a.version) == (party, "delivered", target.version) for a in target.acks)
            ]

        with self._alone():
            return self._recorded(found)

    def _recorded(self, found: Callable[[State], list[AnyFinding]]) -> Unrecorded | None:
        """Append what the clock and the node itself have found."""
        if (reason := self._closed_for()) is not None:
            return Unrecorded(reason)
        now_ms = self._now()
        work = _Work(self, now_ms)
        work.pass_deadlines()
        work.record_stops(self._unrecorded)
        if extra := tuple(found(work.state)):
            work.add_record(Findings(of="", recorded_ms=now_ms, outcome=Outcome.CLOCK, findings=extra))
        if not work.items:
            self._forget(work.stops)
            return None
        return self._commit(work)

    def _forget(self, recorded: Sequence[_Waiting | Sounded]) -> None:
        """Leave out of those that wait what is recorded now; a call that came meanwhile waits on."""
        for call in recorded:
            with suppress(ValueError):
                self._unrecorded.remove(call)

    def close(self) -> None:
        """Keep a snapshot where it would spare the next start some folding, and release the log."""
        with self._alone():
            if self._closed_for() is None and self._state.size - self._state.snapshot >= SNAPSHOT_AT_CLOSE:
                self._keep_snapshot()
            self._log.close()

    # What happens to it

    def _serve(self, waiting: list[_Waiting]) -> None:
        """Judge statements in order, append them at once, and only then answer."""
        for _ in range(GREATEST_TRIES):
            if (reason := self._closed_for()) is not None:
                self._fail(waiting, reason)
                return
            work = _Work(self, self._now())
            work.pass_deadlines()
            work.record_stops(self._unrecorded)
            for one in waiting:
                work.judge(one)
            failure = self._commit(work) if work.items else None
            if failure is None:
                work.settle()
                self._after(work)
                return
            if failure.reason != _MOVED:
                self._fail(waiting, failure.reason)
                return
        self._fail(waiting, "others kept writing; send it again")

    def _abandon(self, waiting: list[_Waiting], error: BaseException) -> None:
        """Leave nobody waiting when we are wrong ourselves: nothing of the batch is taken, and all are told."""
        self._bench = None
        for one in waiting:
            if one.answer is None and one.error is None:
                one.error = LedgerError(
                    f"a fault of the node's own ({type(error).__name__}); send it again, which is safe"
                )

    def _fail(self, waiting: list[_Waiting], reason: str) -> None:
        for one in waiting:
            one.error = None
            sounded = one.sounded_ms is not None
            one.answer = Unrecorded(reason, sounded)
            if sounded:
                self._remember(one)

    def _commit(self, work: _Work) -> Unrecorded | None:
        """Append a batch and make its state the node's, or leave all as it was."""
        answer = self._append(work.items, work.state, work.before.size)
        match answer:
            case Appended():
                self._state = work.state
                self._forget(work.stops)
                return None
            case HeadMoved():
                self._reopen()
                return Unrecorded(_MOVED)
            case Unavailable(reason=reason):
                self._bench = None
                return Unrecorded(reason)
            case Unknown(reason=reason):
                self._reopen()
                return Unrecorded(f"{reason}; it may be recorded: send it again, which is safe")

    def _append(
        self, items: Sequence[Item], state: State, expected_size: int
    ) -> Appended | HeadMoved | Unavailable | Unknown:
        hashes = [leaf_hash(item.leaf) for item in items]
        frontier = self._tree.frontier
        for one in hashes:
            frontier.append(one)
        assert state.charter is not None, "only a founded ledger is appended to"
        checkpoint = Checkpoint(state.charter.origin, frontier.size, frontier.root())
        batch = Batch(tuple(items), sign_checkpoint(checkpoint, state.charter.origin, self._key))
        answer: Appended | HeadMoved | Unavailable | Unknown = Unknown("not sent")
        for _ in range(GREATEST_TRIES):  # the same batch again is stored once, whatever became of it before
            answer = self._log.append(batch, expected_size)
            if not isinstance(answer, Unknown):
                break
        if isinstance(answer, Appended):
            for one in hashes:
                self._tree.append(one)
        return answer

    def _reopen(self) -> None:
        """Read the ledger anew: someone else has written, or nobody knows what was."""
        self._opened = open_ledger(self._log)
        self._state, self._tree, self._bench = self._opened.state, self._opened.tree, None

    def _after(self, work: _Work) -> None:
        """Erase what was asked to be forgotten, and keep a snapshot from time to time."""
        erased = False
        for one in work.taken:
            if isinstance(one.statement, ErasePayload):
                erased |= self._log.erase(one.statement.entry, one.statement.section)
        if erased or self._state.size - self._state.snapshot >= SNAPSHOT_EVERY:
            self._keep_snapshot()

    def _keep_snapshot(self) -> None:
        content = state_bytes(self._state)
        size = self._state.size
        taken = SnapshotTaken(size=size, digest=state_digest(content))
        if self._recorded_now((taken,)) is None:
            self._log.keep_snapshot(Snapshot(size, content))

    def _recorded_now(self, findings: tuple[AnyFinding, ...]) -> Unrecorded | None:
        work = _Work(self, self._now())
        work.add_record(Findings(of="", recorded_ms=work.now_ms, outcome=Outcome.CLOCK, findings=findings))
        return self._commit(work)

    def _closed_for(self) -> str | None:
        if self._opened.damage is not None:
            return f"the ledger does not verify: {self._opened.damage}"
        if self._state.charter is None:
            return "the ledger has no charter yet"
        if self._state.node != self._key.key_id:
            return "the node's key was rotated; open the ledger with the new one"
        return None

    def _now(self) -> int:
        return max(self._clock.now_ms(), self._state.recorded_ms)

    def _reject(self, leaf: bytes, reason: str) -> None:
        self._log.note_rejected(self._now(), reason, sha256(leaf).hexdigest())

    def _bench_of(self, state: State) -> EngineBench:
        """Return the bench, built anew from a state where it was not kept in step."""
        if self._bench is None:
            self._bench = EngineBench.of(state)
        return self._bench

    def _earlier(self, one: _Waiting) -> Receipt | None:
        """Return the receipt of a statement that is in the ledger already: sent twice, it is recorded once."""
        position = self._log.position_of(one.envelope.id)
        if position is None:
            return None
        key = _author(one.envelope)
        party = signed_for(self._state, key)
        stored = next(iter(self._log.read(position + 1, position + 2)), None)
        record = entry_of(stored, self._state) if stored is not None else None
        if not isinstance(record, Findings):
            raise LedgerError(f"entry {position}: found no findings after it", position)
        return Receipt(
            id=one.envelope.id, position=position, recorded_ms=record.recorded_ms, outcome=record.outcome,
            findings=view(self._state, record, party, party), repeated=True,
        )  # fmt: skip


_MOVED: Final = "the head has moved"


class _Work:
    """A batch in the making: the state as it would be, and the entries that make it so."""

    def __init__(self, node: Node, now_ms: int) -> None:
        self.node = node
        self.now_ms = now_ms
        self.before = node.state
        self.state = node.state
        self.items: list[Item] = []
        self.taken: list[Submission] = []
        self.stops: list[_Waiting | Sounded] = []
        self._answers: list[tuple[_Waiting, Answer]] = []
        self._seen: dict[str, Receipt] = {}

    def pass_deadlines(self) -> None:
        """Let every deadline pass that is due: before any statement is judged."""
        while (record := due_by(self.state, self.now_ms)) is not None:
            self.add_record(record)
            for finding in record.findings or ():
                if isinstance(finding, StateChanged) and finding.state is OperationState.ENDED and self.node._bench:
                    self.node._bench.dismiss(finding.ref)

    def record_stops(self, unrecorded: Sequence[_Waiting | Sounded]) -> None:
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

    def judge(self, one: _Waiting) -> None:
        """Judge one statement on the state that those before it leave."""
        one.error = None
        try:
            answer = self._answer(one)
        except SazokarError as error:
            one.error = error
            self.node._bench = None  # it may have taken in what was not decided in the end
            return
        self._answers.append((one, answer))

    def _answer(self, one: _Waiting) -> Answer:
        node, envelope = self.node, one.envelope
        if _ledger(envelope) != node.ledger:
            return self._rejected(one, f"made for the ledger {_ledger(envelope)[:8]}; this is {node.ledger[:8]}")
        if (earlier := self._seen.get(envelope.id)) is not None:
            return msgspec.structs.replace(earlier, repeated=True)
        if (known := node._earlier(one)) is not None:  # before its key is judged: it may have been revoked since
            return known
        author = author_of(self.state, _author(envelope), self.now_ms)
        if isinstance(author, Rejection):
            return self._rejected(one, author.reason)
        by = read_statement(envelope, one.payloads, author)
        require_as_written(by.statement)
        if is_over_quota(self.state, by.key, self.now_ms) and not isinstance(by.statement, STOP_LADDER):
            return self._rejected(one, "too many refusals of this key in an hour; look at them first")
        return self._judged(one, by)

    def _judged(self, one: _Waiting, by: Submission) -> Receipt:
        hearing = Hearing(
            state=self.state,
            by=by,
            now_ms=self.now_ms,
            bench=self.node._bench_of(self.state),
            sounded_ms=one.sounded_ms,
        )
        verdict = decide(hearing)
        position = self.state.size
        record = Findings(of=by.id, recorded_ms=self.now_ms, outcome=verdict.outcome, findings=verdict.findings)
        self._add(by, Item(by.id, one.leaf, one.payloads))
        self.add_record(record, by.party)
        if verdict.outcome is Outcome.TAKEN:
            self.taken.append(by)
        receipt = Receipt(
            id=by.id, position=position, recorded_ms=self.now_ms, outcome=verdict.outcome,
            findings=view(self.state, record, by.party, by.party),
        )  # fmt: skip
        self._seen[by.id] = receipt
        return receipt

    def _rejected(self, one: _Waiting, reason: str) -> Rejected:
        self.node._reject(one.leaf, reason)
        return Rejected(reason)

    def add_record(self, record: Findings, author: str = "") -> None:
        """Add a record of the node: all of it for itself, and for each party what it may see."""
        state = fold(self.state, record)
        assert state.charter is not None, "only a founded ledger has findings"
        seen = {view_name(state.charter, name): found for name, found in views(state, record, author).items()}
        item = seal_record(record, seen, self.node.ledger, self.node._key, self.node._entropy)
        self.state = state
        self.items.append(item)

    def _add(self, entry: Entry, item: Item) -> None:
        self.state = fold(self.state, entry)
        self.items.append(item)

    def settle(self) -> None:
        """Answer, now that all of it is durable."""
        for one, answer in self._answers:
            one.answer = answer


def _ledger(envelope: Envelope) -> str:
    return envelope.value.ledger if isinstance(envelope.value, Header) else ""


def _author(envelope: Envelope) -> str:
    return envelope.value.author if isinstance(envelope.value, Header) else ""


class _Kind(msgspec.Struct):
    kind: str = ""


def _is_stop(envelope: Envelope) -> bool:
    return (
        isinstance(envelope.value, Header) and msgspec.json.decode(envelope.value.body, type=_Kind).kind == "stop.call"
    )


def _names_stop(leaf: bytes) -> bool:
    """Return whether bytes that cannot be verified call for a STOP: better a false one than one unheard."""
    return b'"stop.call"' in leaf[:65_536]
