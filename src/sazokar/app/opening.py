"""How a ledger is opened: every byte is held against its hash, then the state is folded, from a snapshot where one holds.

A ledger that does not verify opens all the same, as `Damaged`: no new notice or verdict is taken, the entry is named, and
the roster and telephone numbers of what could be folded stay up (SZK-43).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from sazokar.app.codec import NODE_VIEW, read_charter, read_stored, view_name
from sazokar.app.ports import Log, Stored
from sazokar.app.snapshot import state_digest, state_of
from sazokar.domain.authority import Author
from sazokar.domain.charter import fault_of_charter
from sazokar.domain.finding import Findings, Outcome, SnapshotTaken
from sazokar.domain.fold import Entry, fold
from sazokar.domain.governing import NODE
from sazokar.domain.party import OfficerRole
from sazokar.domain.state import EMPTY, State
from sazokar.domain.statement import Charter, ErasePayload, Submission
from sazokar.errors import HistoryError, LedgerError, ProofError, SazokarError
from sazokar.ledger.entry import Envelope
from sazokar.ledger.integrity import verify_stored
from sazokar.ledger.merkle import Tree
from sazokar.ledger.signing import KeyId


class Opened(msgspec.Struct, frozen=True):
    """A ledger as it was found.

    Args:
        state: What is true after its entries, or after those before the damage.
        tree: Over all of its leaves.
        charter_id: Id of entry 0, by which statements name the ledger; empty: there is none yet.
        damage: What is wrong with it; None: it verifies.
        forgotten: Entry and section of what was to be forgotten, as far back as entries were folded.
        gaps: Statements of which sections are missing, with their positions: withheld from this reader, or erased.
    """

    state: State
    tree: Tree
    charter_id: str
    damage: LedgerError | None = None
    forgotten: tuple[tuple[str, str], ...] = ()
    gaps: tuple[tuple[int, Submission], ...] = ()


def charter_signed(envelope: Envelope) -> Charter:
    """Return the charter of an envelope, which every root that it names has signed; that its signatures hold is not asked.

    Raises:
        ProofError: It is none that could be founded on, or a root has not signed.
    """
    charter = read_charter(envelope)
    roots = {root for member in charter.parties for root in member.roots}
    if fault := fault_of_charter(charter):
        raise ProofError(f"the charter {fault}")
    if missing := roots - set(envelope.signers):
        raise ProofError(f"the charter is not signed by the root {sorted(missing)[0][:16]}…; every root must sign")
    return charter


GREATEST_LOOKS: Final = 5
"""How often a ledger is looked at anew that its owner has written to meanwhile."""


def open_ledger(log: Log, party: str = "") -> Opened:
    """Return a log's state and tree, verified as far as it holds; of a log that grows, at one of its sizes.

    Args:
        log: The log.
        party: Whose replica it is, folded by what that party may see; empty: the node's own ledger.
    """
    opened = _look(log, party)
    for _ in range(GREATEST_LOOKS):
        if opened.damage is None or log.size() == opened.tree.size:
            break
        opened = _look(log, party)
    return opened


def view_of(log: Log, party: str) -> str:
    """Return the section of the findings that a replica's party reads by; for the node's own ledger, all of them.

    Raises:
        LedgerError: The log is empty or does not begin with a charter that names the party.
    """
    if not party:
        return NODE_VIEW
    stored = next(iter(log.read(0, 1)), None)
    charter = read_stored(stored, lambda key, _: Author("")) if stored is not None else None
    if not isinstance(charter, Charter) or party not in {member.name for member in charter.parties}:
        raise LedgerError(f"found no charter that names {party[:60]!r}; this is no replica of that party", 0)
    return view_name(charter, party)


def _look(log: Log, party: str) -> Opened:
    tree = Tree(log.leaf_hashes)
    if log.size() == 0:
        return Opened(EMPTY, tree, "")
    state, charter_id, damage = EMPTY, "", None
    forgotten: list[tuple[str, str]] = []
    gaps: list[tuple[int, Submission]] = []
    try:
        charter_id = next(iter(log.read(0, 1))).id
        view = view_of(log, party)
        state = _from_snapshot(log, view)
        for stored in log.read(state.size):
            entry = entry_of(stored, state, view)
            forgotten += forgotten_by(state, entry)
            if isinstance(entry, Submission) and entry.withheld:
                gaps.append((stored.position, entry))
            state = fold(state, entry)
    except (SazokarError, StopIteration) as error:
        damage = _damage(error, state)
    try:
        verify_stored(log, signers_of(state), tree)
    except LedgerError as error:
        # Where folding stopped early, later keys are not known: an entry that is named tells more than their checkpoint.
        if damage is None or error.position is not None:
            damage = error
    return Opened(state, tree, charter_id, damage, tuple(forgotten), tuple(gaps))


def forgotten_by(state: State, entry: Entry) -> list[tuple[str, str]]:
    """Return what an erasure asks to be forgotten, where this entry says that it was taken."""
    statement = state.pending.statement if state.pending is not None else None
    if isinstance(statement, ErasePayload) and isinstance(entry, Findings) and entry.outcome is Outcome.TAKEN:
        return [(statement.entry, statement.section)]
    return []


def signers_of(state: State) -> dict[str, frozenset[KeyId]]:
    """Return who signs and cosigns checkpoints: the node under the origin; roots and delegated keys under their own ids.

    Keys that were replaced or revoked are among them: what they signed stays signed. Whether a cosignature counts for
    its party is asked elsewhere (`cosigners_of`).
    """
    if state.charter is None:
        return {}
    nodes = {state.node, *(key for key, owner in state.retired.items() if owner == NODE)}
    others = {*state.roots, *state.keys, *(key for key, owner in state.retired.items() if owner != NODE)}
    return {state.charter.origin: frozenset(map(KeyId, nodes)), **{key: frozenset({KeyId(key)}) for key in others}}


def cosigners_of(state: State) -> dict[KeyId, str]:
    """Return for whom a key cosigns now: roots, and delegated keys that were not revoked.

    A key for STOP alone lies ready without a passphrase: whoever finds it must not make a fork final.
    """
    found = {KeyId(root): party for root, party in state.roots.items()}
    return found | {
        KeyId(key): one.party
        for key, one in state.keys.items()
        if one.revoked_at is None and one.role is not OfficerRole.STOP_ONLY
    }


def _damage(error: Exception, state: State) -> LedgerError:
    if isinstance(error, LedgerError):
        return error
    return LedgerError(f"entry {state.size}: {error}", state.size)


def states(log: Log, state: State = EMPTY, end: int | None = None, view: str = NODE_VIEW) -> Iterator[State]:
    """Give the state after each entry from where a state stands.

    Raises:
        LedgerError: An entry is nothing that was ever written.
        HistoryError: An entry cannot follow what is before it.
    """
    for stored in log.read(state.size, end):
        state = fold(state, entry_of(stored, state, view))
        yield state


def entry_of(stored: Stored, state: State, view: str = NODE_VIEW) -> Entry:
    """Return an entry, with its author as its key is judged at its position."""
    return read_stored(stored, lambda key, _: author_at(state, key), view)


def author_at(state: State, key: str) -> Author:
    """Return for whom a key has signed an entry that the node took.

    Raises:
        HistoryError: It could sign nothing there: the node must have rejected it.
    """
    if (party := state.roots.get(key)) is not None:
        return Author(party)
    if key == state.node:
        return Author(NODE)
    known = state.keys.get(key)
    if known is None or known.revoked_at is not None:
        raise HistoryError(f"entry {state.size}: found a statement by {key[:8]}, which may not sign there")
    return Author(known.party, known.officer, known.role)


def _from_snapshot(log: Log, view: str) -> State:
    """Return the state of the newest snapshot whose hash the ledger records; the empty one where there is none."""
    snapshot = log.snapshot()
    if snapshot is None or view != NODE_VIEW:
        return EMPTY  # the hash that is recorded is of the node's own state, and a party's is another
    digest = state_digest(snapshot.content)
    try:
        stored = next(iter(log.read(snapshot.size, snapshot.size + 1)), None)
        if stored is not None and _records(stored, snapshot.size, digest):
            return state_of(snapshot.content)
    except SazokarError:
        pass  # a snapshot only saves time: the ledger itself is folded instead
    return EMPTY


def _records(stored: Stored, size: int, digest: str) -> bool:
    entry = read_stored(stored, lambda key, _: Author(NODE))
    return isinstance(entry, Findings) and SnapshotTaken(size=size, digest=digest) in (entry.findings or ())
