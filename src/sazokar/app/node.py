"""The node: the one way into a ledger. Takes statements, judges them in one order, appends, and tells what became of them.

Nothing else writes. It cannot forge a statement: what it signs are findings. It does no IO of its own: log, clock,
entropy and alarm are ports. STOP is sounded before it is recorded, and whatever keeps it from being recorded.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final

import msgspec

from sazokar.app.codec import open_statement, read_charter
from sazokar.app.docket import Chambers, Docket, Waiting, author_key, expires_of, ledger_of
from sazokar.app.opening import Opened, open_ledger, signers_of
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
from sazokar.app.receipt import Answer, Rejected, Unrecorded
from sazokar.app.snapshot import state_bytes, state_digest
from sazokar.domain.authority import Author, author_of
from sazokar.domain.charter import fault_of_charter
from sazokar.domain.finding import (
    AnyFinding,
    Delivered,
    Findings,
    Outcome,
    SnapshotTaken,
    Sounded,
)
from sazokar.domain.fold import fold
from sazokar.domain.state import EMPTY, State
from sazokar.domain.statement import ErasePayload
from sazokar.errors import FaultError, LedgerError, SazokarError, SignatureError
from sazokar.ledger.checkpoint import Checkpoint, sign_checkpoint
from sazokar.ledger.entry import Envelope, Header, open_envelope
from sazokar.ledger.integrity import verify_stored
from sazokar.ledger.merkle import Tree, leaf_hash
from sazokar.ledger.signing import SigningKey

GREATEST_BATCH: Final = 256
"""At most this many statements go into one batch."""
GREATEST_TRIES: Final = 8
"""How often a batch is decided anew after the head has moved, or sent anew when it is not known what became of it."""
GREATEST_UNRECORDED: Final = 1_000
"""At most this many unverified calls wait to be recorded; all of them have sounded."""
GREATEST_CALL: Final = 4_096
"""So many bytes of an unverified call are recorded; all of it sounds."""
SNAPSHOT_EVERY: Final = 100_000
"""A snapshot is taken when the ledger has grown by so many entries: who waits meanwhile waits for a few tenths of a second."""
SNAPSHOT_AT_CLOSE: Final = 5_000
"""At an orderly close it is taken when the ledger has grown by so many."""


Parcel = tuple[bytes, Mapping[str, bytes]]
"""A signed envelope, and its sections."""
Hearer = Callable[[bytes, bool, int], None]
"""Is told of a STOP as it sounds: what came, whether it is verified, and the instant."""


class Heard(msgspec.Struct, frozen=True):
    """A STOP as it was heard.

    Args:
        call: What came.
        verified: Whether its key is one of the ledger's, and it is still meant.
        authentic: Whether its key is one of the ledger's.
        sounded_ms: When.
    """

    call: bytes
    verified: bool
    authentic: bool
    sounded_ms: int


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
        self._alarm = alarm
        self._gate = threading.Lock()
        self._listeners: list[Callable[[State], None]] = []
        self._hearers: list[Hearer] = []
        self._queue: deque[Waiting] = deque()
        self._unrecorded: deque[Waiting] = deque()
        self._cries: deque[Sounded] = deque(maxlen=GREATEST_UNRECORDED)
        self._opened = open_ledger(log)
        self._state = self._opened.state
        self._tree = self._opened.tree
        self._head = log.checkpoint()
        self._failure = ""
        self._chambers = Chambers(log, key, entropy, self._opened.charter_id)
        if self._opened.damage is None and self._state.node and self._state.node != key.key_id:
            raise LedgerError(f"the key of this node is {key.key_id[:8]}; the ledger names {self._state.node[:8]}")
        # A node may have died when it was recorded that something is to be forgotten, and not yet done.
        self._to_erase = list(self._opened.forgotten if self._opened.damage is None else ())
        self._erase()

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
    def failure(self) -> str:
        """Why the last batch could not be stored (a full disk); empty: it was."""
        return self._failure

    @property
    def unrecorded(self) -> int:
        """How many STOPs have sounded and are not recorded yet."""
        return len(self._unrecorded) + len(self._cries)

    @property
    def unerased(self) -> int:
        """How many sections are to be forgotten, and are not erased yet: a reader holds their bytes. `tick` tries again."""
        return len(self._to_erase)

    @property
    def key(self) -> str:
        """The key that this node signs with; a charter names it."""
        return self._key.key_id

    @property
    def tree(self) -> Tree:
        """The tree over all of its leaves; proofs are made of it."""
        return self._tree

    @property
    def head(self) -> bytes | None:
        """The newest checkpoint that this node signed, over no more than its tree; None before the first."""
        return self._head

    def listen(self, listener: Callable[[State], None]) -> None:
        """Have a function called with the state after each batch, once that is durable; it must not raise, nor take long."""
        self._listeners.append(listener)

    def hear(self, hearer: Hearer) -> None:
        """Have a function called with each STOP as it sounds, in the thread of who calls; it must not raise, nor wait."""
        self._hearers.append(hearer)

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
            self._chambers.ledger = envelope.id

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
        return self._awaited(waiting)

    def submit_all(self, parcels: Sequence[Parcel]) -> list[Answer | SazokarError]:
        """Return what became of each of several statements, in order, once all of that is durable.

        They are judged together with whatever else waits, so that whoever gathers them pays for one batch. What `submit`
        raises stands in the place of the statement that it is about.
        """
        received: list[Waiting | Rejected | SazokarError] = []
        for leaf, payloads in parcels:
            try:
                received.append(self._received(leaf, payloads))
            except SazokarError as error:
                received.append(error)
        self._queue.extend(one for one in received if isinstance(one, Waiting))
        return [self._settled(one) if isinstance(one, Waiting) else one for one in received]

    def _settled(self, waiting: Waiting) -> Answer | SazokarError:
        try:
            return self._awaited(waiting)
        except SazokarError as error:
            return error

    def _awaited(self, waiting: Waiting) -> Answer:
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

    def _received(self, leaf: bytes, payloads: Mapping[str, bytes], heard_ms: int | None = None) -> Waiting | Rejected:
        """Verify what came, outside of the gate; a STOP sounds here, before anything else is asked of it."""
        try:
            envelope = open_statement(leaf)
        except SazokarError as error:
            if _names_stop(leaf):
                self.cry(leaf, sounded_ms=heard_ms)
            elif isinstance(error, SignatureError):
                self._chambers.reject(leaf, str(error), self._now())
                return Rejected(str(error))
            raise
        if not _is_stop(envelope):
            return Waiting(envelope, payloads, leaf, None)
        heard = self._heard(envelope, leaf)
        if heard_ms is None and not self._is_recorded(envelope):  # whoever sends a recorded call again sounds nothing
            self._sound(heard)
        sounded_ms = heard.sounded_ms if heard_ms is None else heard_ms
        if not heard.authentic:
            self._remember(_cried(leaf, sounded_ms))
        return Waiting(envelope, payloads, leaf, sounded_ms)

    def weighed(self, call: bytes) -> Heard | None:
        """Return what a call for a STOP is, at once: no gate, no log and no disk is waited for. It is not heard yet.

        Returns:
            None: it may be a call that is recorded already, and only the log can tell: `submit` it, which sounds it where
            it is not.
        """
        try:
            envelope = open_statement(call)
        except SazokarError:
            heard = Heard(call, False, False, self._clock.now_ms())
        else:
            heard = self._heard(envelope, call)
            if heard.authentic and self._is_number_used(envelope):
                return None  # by itself, or by another call of a key that lies at two desks
        return heard

    def tell(self, heard: Heard) -> None:
        """Have a STOP heard by whoever listens; nothing is waited for. The alarm (`sound`) and the record must follow."""
        for hearer in self._hearers:
            hearer(heard.call, heard.verified, heard.sounded_ms)

    def _is_number_used(self, envelope: Envelope) -> bool:
        if not isinstance(envelope.value, Header):
            return False
        used = self._state.numbers.get(envelope.value.author)
        return used is not None and used.holds(envelope.value.number)

    def sound(self, heard: Heard) -> None:
        """Sound the alarm for what was heard; it may wait for a disk."""
        self._alarm.sound(heard.call, verified=heard.verified, sounded_ms=heard.sounded_ms)

    def _heard(self, envelope: Envelope, call: bytes) -> Heard:
        sounded_ms = self._clock.now_ms()
        now_ms = max(sounded_ms, self._state.recorded_ms)
        author = author_of(self._state, author_key(envelope), now_ms)
        authentic = isinstance(author, Author) and ledger_of(envelope) == self.ledger
        return Heard(call, authentic and expires_of(envelope) > now_ms, authentic, sounded_ms)

    def _is_recorded(self, envelope: Envelope) -> bool:
        try:
            return self._log.position_of(envelope.id) is not None
        except SazokarError:
            return False  # a log that cannot be read keeps no STOP from sounding

    def cry(self, call: bytes, *, sounded_ms: int | None = None) -> Unrecorded | None:
        """Sound a STOP that cannot be verified: it sounds all the same, marked UNVERIFIED – CALL BACK, and is recorded.

        Args:
            call: What came; the first of it is recorded.
            sounded_ms: When it has sounded already; None: it sounds now.

        Returns:
            Why it is not recorded yet; None: it is.
        """
        heard_ms = self._clock.now_ms() if sounded_ms is None else sounded_ms
        if sounded_ms is None:
            self._sound(Heard(call, False, False, heard_ms))
        self._remember(_cried(call, heard_ms))
        return self.tick()

    def _sound(self, heard: Heard) -> None:
        self.tell(heard)  # before the alarm, which may wait for a disk
        self.sound(heard)

    def _remember(self, call: Waiting | Sounded) -> None:
        if isinstance(call, Waiting):
            self._unrecorded.append(call)
        else:  # anyone can cry: the oldest of too many are dropped from the record, and never a verified one
            self._cries.append(call)

    def tick(self) -> Unrecorded | None:
        """Record every deadline that has passed, and every STOP that could not be recorded before."""
        with self._alone():
            if self._to_erase and self._closed_for() is None:
                self._erase()
            return self._recorded(lambda state: [])

    def delivered(
        self, party: str, refs: Sequence[str], versions: Mapping[str, int] | None = None
    ) -> Unrecorded | None:
        """Record that notices, conflicts or STOPs have reached a party's line, once for each version.

        Args:
            party: Whose line.
            refs: What reached it.
            versions: In which version it did; one that has changed meanwhile is not recorded. None: as it is now.
        """

        def found(state: State) -> list[AnyFinding]:
            return [
                Delivered(ref=ref, version=target.version, party=party)
                for ref in dict.fromkeys(refs)
                if (target := state.notices.get(ref) or state.cases.get(ref)) is not None
                and (versions is None or versions.get(ref) == target.version)
                and not any((a.party, a.rung, a.version) == (party, "delivered", target.version) for a in target.acks)
            ]

        with self._alone():
            return self._recorded(found)

    def _recorded(self, found: Callable[[State], list[AnyFinding]]) -> Unrecorded | None:
        """Append what the clock and the node itself have found."""
        if (reason := self._closed_for()) is not None:
            return Unrecorded(reason)
        now_ms = self._now()
        work = Docket(self._chambers, self._state, now_ms)
        work.pass_deadlines()
        work.record_stops([*self._unrecorded, *self._cries])
        if extra := tuple(found(work.state)):
            work.add_record(Findings(of="", recorded_ms=now_ms, outcome=Outcome.CLOCK, findings=extra))
        if not work.items:
            self._forget(work.stops)
            return None
        return self._commit(work)

    def _forget(self, recorded: Sequence[Waiting | Sounded]) -> None:
        """Leave out of those that wait what is recorded now; a call that came meanwhile waits on."""
        for call in recorded:
            waiting: deque[Waiting] | deque[Sounded] = self._unrecorded if isinstance(call, Waiting) else self._cries
            with suppress(ValueError):
                waiting.remove(call)  # type: ignore[arg-type] # of the one that it is in

    def prepare(self) -> None:
        """Put every live notice before the bench now, so that the first statement does not wait for it."""
        with self._alone():
            if self._closed_for() is None:
                self._chambers.bench_of(self._state)

    def scrub(self, watch: Callable[[], None] = lambda: None) -> LedgerError | None:
        """Hold every stored byte against its hash again, and return what is wrong: from then on nothing new is taken.

        Args:
            watch: Called now and then; what it raises ends the pass, by which nothing was found then.
        """
        size = self._state.size
        try:
            verify_stored(self._log, signers_of(self._state), watch=watch)
        except LedgerError as error:
            if self._state.size == size or error.position is not None:  # it has not only grown meanwhile
                self._opened = msgspec.structs.replace(self._opened, damage=error)
        return self.damage

    def close(self) -> None:
        """Keep a snapshot where it would spare the next start some folding, and release the log."""
        with self._alone():
            if self._closed_for() is None and self._state.size - self._state.snapshot >= SNAPSHOT_AT_CLOSE:
                self._keep_snapshot()
            self._log.close()

    # What happens to it

    def _serve(self, waiting: list[Waiting]) -> None:
        """Judge statements in order, append them at once, and only then answer."""
        for _ in range(GREATEST_TRIES):
            if (reason := self._closed_for()) is not None:
                self._fail(waiting, reason)
                return
            work = Docket(self._chambers, self._state, self._now())
            work.pass_deadlines()
            work.record_stops([*self._unrecorded, *self._cries])
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

    def _abandon(self, waiting: list[Waiting], error: BaseException) -> None:
        """Leave nobody waiting when we are wrong ourselves: nothing of the batch is taken, and all are told."""
        self._chambers.adjourn()
        for one in waiting:
            if one.answer is None and one.error is None:
                one.error = FaultError(f"a fault of the node's own ({type(error).__name__})")

    def _fail(self, waiting: list[Waiting], reason: str) -> None:
        for one in waiting:
            one.error = None
            sounded = one.sounded_ms is not None
            one.answer = Unrecorded(reason, sounded)
            if sounded:
                self._remember(one)

    def _commit(self, work: Docket) -> Unrecorded | None:
        """Append a batch and make its state the node's, or leave all as it was."""
        answer = self._append(work.items, work.state, work.before.size)
        match answer:
            case Appended():
                self._failure = ""
                self._state = work.state
                self._forget(work.stops)
                for listener in self._listeners:
                    listener(work.state)
                return None
            case HeadMoved():
                self._reopen()
                return Unrecorded(_MOVED)
            case Unavailable(reason=reason):
                self._failure = reason
                self._chambers.adjourn()
                return Unrecorded(reason)
            case Unknown(reason=reason):
                self._failure = reason
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
            self._head = batch.checkpoint
        return answer

    def _reopen(self) -> None:
        """Read the ledger anew: someone else has written, or nobody knows what was."""
        self._opened = open_ledger(self._log)
        self._state, self._tree = self._opened.state, self._opened.tree
        self._head = self._log.checkpoint()
        self._chambers.adjourn()

    def _after(self, work: Docket) -> None:
        """Erase what was asked to be forgotten, and keep a snapshot from time to time.

        The batch is durable: whatever fails here, those who wait for it are told that it is recorded.
        """
        statements = [one.statement for one in work.taken if isinstance(one.statement, ErasePayload)]
        self._to_erase += [(one.entry, one.section) for one in statements]
        if self._erase() or self._state.size - self._state.snapshot >= SNAPSHOT_EVERY:
            with suppress(LedgerError):  # it spares the next start some folding, and no more
                self._keep_snapshot()

    def _erase(self) -> bool:
        """Erase what is to be, and return whether anything was; what cannot be now is tried again with the next deadline."""
        left, erased = [], False
        for entry, section in self._to_erase:
            try:
                erased |= self._log.erase(entry, section)
            except LedgerError:  # a reader holds its bytes for a moment more
                left.append((entry, section))
        self._to_erase = left
        return erased

    def _keep_snapshot(self) -> None:
        content = state_bytes(self._state)
        size = self._state.size
        taken = SnapshotTaken(size=size, digest=state_digest(content))
        if self._recorded_now((taken,)) is None:
            self._log.keep_snapshot(Snapshot(size, content))

    def _recorded_now(self, findings: tuple[AnyFinding, ...]) -> Unrecorded | None:
        work = Docket(self._chambers, self._state, self._now())
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


_MOVED: Final = "the head has moved"


class _Kind(msgspec.Struct):
    kind: str = ""


def _is_stop(envelope: Envelope) -> bool:
    return (
        isinstance(envelope.value, Header) and msgspec.json.decode(envelope.value.body, type=_Kind).kind == "stop.call"
    )


def _cried(call: bytes, sounded_ms: int) -> Sounded:
    return Sounded(ref="", sounded_ms=sounded_ms, verified=False, call=call[:GREATEST_CALL].decode("utf-8", "replace"))


def _names_stop(leaf: bytes) -> bool:
    """Return whether bytes that cannot be verified call for a STOP: better a false one than one unheard."""
    return b'"stop.call"' in leaf[:65_536]
