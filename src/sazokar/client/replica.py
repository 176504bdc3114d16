"""A party's own verified copy of the ledger. Takes what a node tells only where the node's signed checkpoint covers it.

Every leaf is hashed anew, every signature of every entry and every commitment of every payload is verified, and the
entries are stored in one transaction only when they add up to the root that the node signed. A checkpoint must follow
from all that were seen before it: a ledger that has shrunk, was wound back or was forked is refused, and the two notes
are kept as evidence. Whether the node judged rightly is another question: `sazokar audit` answers it.

Opens no socket: `client.syncing` asks, and hands over what came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from sazokar.app.codec import read_charter, view_name
from sazokar.app.opening import Opened, entry_of, forgotten_by, open_ledger, signers_of
from sazokar.app.ports import Item, ReplicaLog, Stored
from sazokar.app.wire import EntryTold
from sazokar.client.memory import Memory, Owner
from sazokar.domain.authority import signed_for
from sazokar.domain.charter import fault_of_charter
from sazokar.domain.disclosure import may_read
from sazokar.domain.fold import fold
from sazokar.domain.state import EMPTY, State
from sazokar.domain.statement import Charter, Submission
from sazokar.errors import DamagedError, ForkedError, LedgerError, ProofError, SignatureError
from sazokar.ledger.checkpoint import Checkpoint, merge_notes, open_note, read_checkpoint
from sazokar.ledger.entry import Envelope, FindingsHeader, open_envelope
from sazokar.ledger.integrity import verify_entry
from sazokar.ledger.merkle import Frontier, Tree, leaf_hash
from sazokar.ledger.note import read_note
from sazokar.ledger.signing import KeyId

MOST_ASKED_AGAIN: Final = 2_000
"""Of so many entries, sections that were withheld are asked for again in one sync."""


class Replica:
    """A party's own copy of the ledger.

    It owns its log only while it is held, so that several programs of one officer can share a folder.

    Args:
        open_log: Opens the log to write, as its one owner.
        folder: Where it remembers what it saw; None: in this process alone.
        roots: Root keys that are trusted; each must be one of the charter's. Empty: the first charter seen is.
    """

    def __init__(
        self, open_log: Callable[[], ReplicaLog], folder: Path | None = None, *, roots: frozenset[KeyId] = frozenset()
    ) -> None:
        self._open_log = open_log
        self._roots = roots
        self.memory = Memory(folder)
        self.party = ""
        self.state: State = EMPTY
        self.ledger = ""
        self._frontier = Frontier()
        self._gaps: dict[int, Submission] = {}
        self._forgotten: set[tuple[str, str]] = set()
        self._asked: set[int] = set()
        self._rights: object = None
        owner = self.memory.owner()
        if owner is not None:
            self.party, self.ledger = owner.party, owner.ledger

    @property
    def size(self) -> int:
        """Entries that were verified."""
        return self._frontier.size

    @contextmanager
    def held(self) -> Iterator[ReplicaLog]:
        """Give its log, verified, and let go of it afterwards.

        Raises:
            DamagedError: What is stored does not verify; remove the folder, and fetch the ledger anew.
            LedgerHeldError: Another process holds it.
        """
        log = self._open_log()
        try:
            if log.size() != self.size:
                self._load(open_ledger(log, self.party))
            yield log
        finally:
            log.close()

    def _load(self, opened: Opened) -> None:
        if opened.damage is not None:
            raise DamagedError(
                f"the replica does not verify: {opened.damage}; fetch the ledger anew into a new folder",
                opened.damage.position,
            )
        self.state, self._frontier, self.ledger = opened.state, opened.tree.frontier, opened.charter_id
        self._gaps, self._forgotten = dict(opened.gaps), set(opened.forgotten)
        if opened.state.charter is not None:
            self._require_trusted(opened.state.charter)

    def belongs_to(self, party: str) -> None:
        """Say whose it is, before the first entry is fetched: payloads come by that party's sight.

        Raises:
            LedgerError: It is another's.
        """
        if self.party and party != self.party:
            raise LedgerError(f"this is the replica of {self.party}; the key is of {party[:60]}: use another folder")
        self.party = party

    # Checkpoints

    def judged(self, note: bytes) -> Checkpoint:
        """Return the checkpoint that a node tells of, where it can follow from what was seen.

        A larger one is not proven by this: its entries are yet to come, and one of them may name the key that signed it.

        Raises:
            ForkedError: The ledger has shrunk, or is another one; both notes are kept.
            SignatureError: It is no checkpoint, or not one that the node signed.
        """
        told = read_checkpoint(read_note(note)[0])
        last = self._last()
        if self.state.charter is not None and told.origin != self.state.charter.origin:
            raise self._forked(note, f"it is of {told.origin[:80]!r}, another ledger")
        if last is None or told.size > max(last.size, self.size):
            return told
        signed_by_node(note, self.state)
        if told.size < last.size:
            raise self._forked(note, f"it has SHRUNK: {told.size} entries, and {last.size} were signed before")
        if told.root != last.root:
            raise self._forked(note, f"another root over {told.size} entries was signed before")
        return told

    def _last(self) -> Checkpoint | None:
        """Return the newest checkpoint that was seen: of the log, or beyond it."""
        note = self.memory.seen()
        seen = read_checkpoint(read_note(note)[0]) if note is not None else None
        if not self.size or (seen is not None and seen.size > self.size):
            return seen
        origin = self.state.charter.origin if self.state.charter else ""
        return Checkpoint(origin, self.size, self._frontier.root())

    def needs_proof(self, told: Checkpoint) -> Checkpoint | None:
        """Return the checkpoint that a larger one must be proven to begin with; None: there is none."""
        last = self._last()
        return None if last is None or not last.size or told.size <= last.size else last

    def proven(self, note: bytes) -> None:
        """Remember a checkpoint that was proven to follow from those before it, where the node's key that is known signed it.

        Where an entry yet to come names the key, it is remembered with that entry.
        """
        with suppress(SignatureError):
            self.keep_seen(note)

    def keep_seen(self, note: bytes) -> None:
        """Remember a checkpoint that was proven to follow from those before it."""
        self.memory.keep_seen(signed_by_node(note, self.state))

    def _forked(self, note: bytes, found: str) -> ForkedError:
        before = self.memory.seen() or b""
        kept = self.memory.keep_evidence(before, note)
        return ForkedError(f"the ledger is not the one that was seen before: {found}. Evidence: {', '.join(kept)}")

    def fork_of(self, note: bytes, error: ProofError) -> ForkedError | ProofError:
        """Return the alarm that a checkpoint does not begin with what was seen, with both notes kept.

        A note that the node's known key has not signed proves nothing against the node: it is refused, and no evidence.
        """
        try:
            signed_by_node(note, self.state)
        except SignatureError:
            return ProofError(f"found a checkpoint that is neither the node's nor begins with what was seen: {error}")
        return self._forked(note, f"it is FORKED: {error}")

    # Entries

    def take(self, log: ReplicaLog, pages: Iterable[Sequence[EntryTold]], note: bytes) -> None:
        """Store entries that follow on those stored, where they add up to a checkpoint that the node signed.

        Raises:
            ForkedError: They are another ledger's.
            ProofError: They do not add up to what is signed, or something is not what it must be; nothing is stored.
            SazokarError: An entry is none.
        """
        told = read_checkpoint(read_note(note)[0])
        growth = _Growth(self.state, self._frontier.copy(), self.party, self.ledger)
        log.extend(self._verified(growth, pages, told, note), note, self.size)
        self.state, self._frontier, self.ledger = growth.state, growth.frontier, growth.ledger
        self._gaps |= growth.gaps
        self._forgotten |= growth.forgotten
        for entry, section in growth.forgotten:
            with suppress(LedgerError):  # erased; a reader beside us holds its bytes for a moment more
                log.erase(entry, section)
        self.memory.keep_seen(note)

    def _verified(
        self, growth: _Growth, pages: Iterable[Sequence[EntryTold]], told: Checkpoint, note: bytes
    ) -> Iterator[tuple[Item, ...]]:
        for page in pages:
            items = []
            for entry in page:
                items.append(growth.grown(entry))
                if growth.frontier.size == 1:
                    self._found(growth)
            yield tuple(items)
        if (growth.frontier.size, growth.frontier.root()) != (told.size, told.root):
            raise ProofError(
                f"found {growth.frontier.size} entries that do not add up to the checkpoint of {told.size}; nothing is taken"
            )
        if signed_by_node(note, growth.state) != note:
            raise SignatureError("found a checkpoint with lines of others on it; expected the node's alone")

    def _found(self, growth: _Growth) -> None:
        """Pass where entry 0 is a charter that may be trusted, and remember whose replica begins with it."""
        charter = growth.state.charter
        if charter is None or self.party not in {member.name for member in charter.parties}:
            raise ProofError(f"entry 0: found no charter that names {self.party[:60]!r}")
        self._require_trusted(charter)
        owner = self.memory.owner()
        if owner is not None and owner.ledger != growth.ledger:
            raise ForkedError(
                f"entry 0: found the charter {growth.ledger[:16]}…; this replica is of {owner.ledger[:16]}…"
            )
        self.memory.keep_owner(Owner(party=self.party, ledger=growth.ledger), growth.charter)

    def _require_trusted(self, charter: Charter) -> None:
        roots = {root for member in charter.parties for root in member.roots}
        if strangers := self._roots - roots:
            raise ProofError(
                f"entry 0: the charter does not name the root {sorted(strangers)[0][:16]}…, which you trust: "
                "it is another ledger, or not the one that your party has signed"
            )

    # Sections that were withheld

    def to_ask_again(self) -> list[int]:
        """Return the entries of which this party may now see more than it has, as far as it can tell, each once.

        An agreement that comes into force, or a suspension that ends, shows what was filed before.
        """
        state = self.state
        rights = (state.draft, state.suspended_by)
        if rights != self._rights:
            self._rights, self._asked = rights, set()
        found = [at for at, by in self._gaps.items() if at not in self._asked and self._may_see_more(by)]
        self._asked.update(found[:MOST_ASKED_AGAIN])
        return found[:MOST_ASKED_AGAIN]

    def _may_see_more(self, by: Submission) -> bool:
        missing = [section for section in by.withheld if (by.id, section) not in self._forgotten]
        whole = msgspec.structs.replace(by, withheld=frozenset())
        return any(may_read(self.state, whole, section, self.party) for section in missing)

    def take_payloads(self, log: ReplicaLog, entries: Sequence[EntryTold]) -> int:
        """Keep sections of entries that are stored without them, and return how many; then the ledger is folded anew.

        Raises:
            ProofError: An entry is not the one that is stored.
            LedgerError: A payload is not what its entry commits to.
        """
        kept = 0
        for told in entries:
            mine = next(iter(log.read(told.position, told.position + 1)), None)
            if mine is None or bytes(told.leaf) != mine.leaf:
                raise ProofError(f"entry {told.position}: found another entry than the one that is stored")
            given = Stored(mine.position, mine.id, mine.leaf, {name: bytes(raw) for name, raw in told.payloads.items()})
            verify_entry(given)
            for section, content in given.payloads.items():
                if (mine.id, section) not in self._forgotten:
                    kept += log.keep_payload(mine.id, section, content)
        if kept:
            self._load(open_ledger(log, self.party))
        return kept

    def keep_cosigned(self, log: ReplicaLog, note: bytes) -> None:
        """Keep a checkpoint that others have cosigned, where it is over this replica; one beyond it is not taken yet.

        Raises:
            ForkedError: The node has signed it, and it is over another ledger; both notes are kept.
            SignatureError: It is no checkpoint, or not one that the node signed.
        """
        clean = signed_by_node(note, self.state)
        told = read_checkpoint(read_note(clean)[0])
        if told.size > self.size or log.cosigned() == clean:
            return
        if told.root != (self._frontier.root() if told.size == self.size else self.tree(log).root(told.size)):
            raise self._forked(note, f"another root over {told.size} entries was cosigned")
        log.keep_cosigned(told.size, clean)

    # What it can be asked

    def tree(self, log: ReplicaLog) -> Tree:
        """Return the tree over all of its leaves, to prove with while the log is held."""
        tree, start = Tree(log.leaf_hashes), 0
        while start < self.size:
            for one in log.leaf_hashes(start, min(self.size, start + 4096)):
                tree.append(one)
            start += 4096
        return tree

    def require_key(self, key: str) -> None:
        """Pass where a key signs for this replica's party, by the ledger and not by what a node tells.

        Raises:
            ProofError: It does not.
        """
        if signed_for(self.state, key) != self.party:
            raise ProofError(f"the key {key[:16]}… is not of {self.party[:60]} by the ledger; the node told otherwise")


class _Growth:
    """Entries that follow on those of a replica, as they are verified one after the other."""

    def __init__(self, state: State, frontier: Frontier, party: str, ledger: str) -> None:
        self.state = state
        self.frontier = frontier
        self.ledger = ledger if state.size else ""
        self.charter = b""
        self.gaps: dict[int, Submission] = {}
        self.forgotten: set[tuple[str, str]] = set()
        self._party = party

    def grown(self, told: EntryTold) -> Item:
        """Return one more entry, verified: its place, its signatures, its payloads, and that it follows."""
        at = self.frontier.size
        if told.position != at:
            raise ProofError(f"found entry {told.position}; expected entry {at}: one is missing, or repeated")
        stored = Stored(at, told.id, bytes(told.leaf), {name: bytes(raw) for name, raw in told.payloads.items()})
        verify_entry(stored)
        envelope = open_envelope(stored.leaf)
        envelope.verify()
        self._fold(stored, envelope)
        self.frontier.append(leaf_hash(stored.leaf))
        return Item(stored.id, stored.leaf, stored.payloads)

    def _fold(self, stored: Stored, envelope: Envelope) -> None:
        if stored.position == 0:
            self.ledger, self.charter = envelope.id, stored.leaf
            self.state = fold(EMPTY, founded_by(envelope))
            return
        if getattr(envelope.value, "ledger", self.ledger) != self.ledger:
            raise ProofError(f"entry {stored.position}: found an entry of another ledger")
        charter = self.state.charter
        assert charter is not None, "entry 0 is one"
        view = view_name(charter, self._party)
        if isinstance(envelope.value, FindingsHeader) and view in envelope.sections and view not in stored.payloads:
            raise ProofError(f"entry {stored.position}: the node withholds what {self._party} may see of its findings")
        entry = entry_of(stored, self.state, view)
        self.forgotten.update(forgotten_by(self.state, entry))
        if isinstance(entry, Submission) and entry.withheld:
            self.gaps[stored.position] = entry
        self.state = fold(self.state, entry)


def founded_by(envelope: Envelope) -> Charter:
    """Return the charter of entry 0, which every root that it names has signed.

    Raises:
        ProofError: It is none, or a root has not signed.
    """
    charter = read_charter(envelope)
    roots = {root for member in charter.parties for root in member.roots}
    if fault := fault_of_charter(charter):
        raise ProofError(f"entry 0: the charter {fault}")
    if missing := roots - set(envelope.signers):
        raise ProofError(f"entry 0: the charter is not signed by the root {sorted(missing)[0][:16]}…")
    return charter


def signed_by_node(note: bytes, state: State) -> bytes:
    """Return a note with nothing on it but signatures and cosignatures that are known, the node's own among them.

    Raises:
        SignatureError: The node has not signed it.
    """
    known = signers_of(state)
    _, signatures = open_note(note, known)
    origin = state.charter.origin if state.charter else ""
    if not any(one.name == origin and one.timestamp_s is None for one in signatures):
        raise SignatureError("found a checkpoint that the node has not signed; expected its signature")
    return merge_notes([note], known)
