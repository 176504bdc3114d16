"""Which entries of a ledger tell the story of one reference: a notice, a conflict, a STOP or an incident.

Looks at every entry once and keeps positions only. Who may see what, `domain.disclosure` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from sazokar.app.codec import NODE_VIEW, read_stored, view_name
from sazokar.app.ports import Log, Stored
from sazokar.domain.authority import Author
from sazokar.domain.disclosure import may_know
from sazokar.domain.finding import AnyFinding, Findings, InForce, Raised
from sazokar.domain.state import State
from sazokar.domain.statement import (
    CallStop,
    Charter,
    DelegateKey,
    FileNotice,
    ProposeDraft,
    ReportIncident,
    ResumeAgreement,
    RevokeKey,
    RotateNode,
    RotateRoot,
    SignAgreement,
    Submission,
    SuspendAgreement,
)
from sazokar.errors import LimitError, ProofError
from sazokar.ledger.proof import MOST_ENTRIES


class Selection(msgspec.Struct, frozen=True):
    """What tells a story.

    Args:
        positions: Of its entries, in order; entry 0, which every proof begins with, is not among them.
        keys: Per delegated key the positions of all that was stated about it, and of what was found on that.
    """

    positions: tuple[int, ...]
    keys: Mapping[str, tuple[int, ...]]


def select(log: Log, state: State, ref: str, viewer: str | None = None) -> Selection:
    """Return the entries that tell the story of a reference.

    They are: what was stated about it and what the node found on that; every finding that names it; the drafts that
    came into force, with their signatures, suspensions and resumptions; the delegation of every key involved and its
    revocation; every rotation of a root or of the node.

    Args:
        log: The log.
        state: Its folded state.
        ref: Of a notice, a conflict, a STOP or an incident.
        viewer: Party that asks: what it may not see must not choose either, or the choice would tell of it. None: whoever
            sees everything.

    Raises:
        ProofError: There is no such reference.
        LimitError: They are more than one bundle holds.
    """
    gathering = _Gathering(state, related(state, ref, viewer))
    view = view_name(state.charter, viewer) if viewer is not None and state.charter is not None else NODE_VIEW
    before: tuple[Stored, Submission] | None = None
    for stored in log.read(0):
        entry = read_stored(stored, lambda key, _: Author(""), view)
        match entry:
            case Submission():
                before = (stored, entry)
            case Findings():
                gathering.take(before if entry.of else None, stored, entry)
                before = None
            case Charter():
                pass
        _require_bounded(ref, gathering.positions)
    chosen = gathering.chosen()
    _require_bounded(ref, chosen)
    return Selection(tuple(sorted(chosen)), gathering.keys())


def _require_bounded(ref: str, positions: set[int]) -> None:
    if len(positions) > MOST_ENTRIES:
        raise LimitError(f"{ref}: found more than {MOST_ENTRIES:,} entries about it; one bundle holds no more")


def related(state: State, ref: str, viewer: str | None = None) -> frozenset[str]:
    """Return a reference with those whose stories are part of its own, as far as a viewer may know of them.

    Raises:
        ProofError: There is no such reference.
    """
    case = state.cases.get(ref)
    if case is not None:
        found = {ref, *({case.a, case.b} & set(state.notices))}
    elif ref in state.notices:
        cases = {c.ref for c in state.cases.values() if ref in (c.a, c.b)}
        found = {ref, *(one for one in cases if viewer is None or may_know(state, one, viewer))}
    elif ref in state.stops or ref in state.incidents:
        return frozenset({ref})
    else:
        raise ProofError(f"found no notice, conflict, STOP or incident {ref!r}; expected a reference of this ledger")
    stops = {stop.ref for stop in state.stops.values() if stop.call is not None and stop.call.about in found}
    return frozenset(found | stops)


class _Governing(msgspec.Struct, frozen=True):
    """A statement about a key or a draft: it belongs to the story if that key or draft does."""

    of: str
    author: str
    positions: tuple[int, int]
    is_key: bool


class _Gathering:
    """What was chosen so far, and what may have to be: keys and drafts are known to matter only at the end."""

    def __init__(self, state: State, refs: frozenset[str]) -> None:
        self.positions: set[int] = set()
        self._state = state
        self._refs = refs
        self._authors: set[str] = set()
        self._governing: list[_Governing] = []
        self._in_force: set[str] = set()

    def take(self, before: tuple[Stored, Submission] | None, stored: Stored, record: Findings) -> None:
        """Look at a record of the node, and at the statement before it, if it speaks of one."""
        findings = record.findings or ()
        self._in_force |= {one.draft for one in findings if isinstance(one, InForce)}
        named = any(named_by(one) & self._refs for one in findings)
        if before is None:
            if named:
                self.positions.add(stored.position)
            return
        by, pair = before[1], (before[0].position, stored.position)
        if named or self._speaks(by) or isinstance(by.statement, _ALWAYS):
            self._choose(by.key, pair)
        elif isinstance(by.statement, DelegateKey | RevokeKey):
            self._governing.append(_Governing(by.statement.key, by.key, pair, is_key=True))
        elif isinstance(by.statement, ProposeDraft | SignAgreement):
            self._governing.append(_Governing(by.statement.draft, by.key, pair, is_key=False))

    def chosen(self) -> set[int]:
        """Return what belongs to the story, now that every entry was looked at."""
        for one in self._governing:
            if one.of in self._in_force:
                self._choose(one.author, one.positions)
        for one in self._governing:
            if one.of in self._authors:
                self.positions.update(one.positions)
        return self.positions

    def keys(self) -> dict[str, tuple[int, ...]]:
        """Return where each delegated key is spoken of."""
        found: dict[str, tuple[int, ...]] = {}
        for one in self._governing:
            if one.is_key:
                found[one.of] = (*found.get(one.of, ()), *one.positions)
        return found

    def _choose(self, author: str, pair: tuple[int, int]) -> None:
        self.positions.update(pair)
        self._authors.add(author)

    def _speaks(self, by: Submission) -> bool:
        match by.statement:
            case FileNotice(supersedes=supersedes):
                return bool({self._state.filings.get(by.id, ""), supersedes} & self._refs)
            case CallStop(about=about):
                return about in self._refs
            case ReportIncident(about=several):
                return bool(set(several) & self._refs)
            case statement:
                return getattr(statement, "ref", "") in self._refs


_ALWAYS: Final = (RotateRoot, RotateNode, SuspendAgreement, ResumeAgreement)
"""What bears on every story that comes after it."""


def named_by(finding: AnyFinding) -> set[str]:
    """Return the references that a finding names."""
    found = {getattr(finding, "ref", "")}
    if isinstance(finding, Raised):
        found |= {side.ref for side in (finding.a, finding.b) if side is not None}
    return found - {""}
