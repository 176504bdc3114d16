"""What happens in a ledger as one party may see it, record by record: the events of a stream, a webhook, a letter.

An event is made of what the log holds and of nothing else, so that a stream goes on anywhere without gap or repeat. What
is withheld, `Sight` tells. Sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from sazokar.app.ports import Stored
from sazokar.app.sight import Sight
from sazokar.app.wire import InstantMs, Position, Wire
from sazokar.domain.disclosure import sees_extent
from sazokar.domain.finding import AnyFinding, Findings, Outcome, Raised, Sounded, Taken
from sazokar.domain.state import State
from sazokar.domain.statement import Statement, Submission

CLOCK: Final = "clock"
"""Kind of an event that no statement brought about: deadlines passed, something was delivered."""


class Event(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One record of the ledger as one party may see it.

    Args:
        position: Of the record of the node; a stream is resumed after it. The statement's own entry is the one before.
        id: Of the statement; empty: the clock's.
        recorded_ms: When it was recorded.
        outcome: What became of the statement.
        kind: Of the statement (`notice.file`, …), or `clock`.
        party: Who stated it.
        officer: Its watch number.
        ref: What it is cited by, or what it is about.
        findings: What was found, in the party's own view; None: it was erased.
        statement: What was stated, with the sections that the party may see.
        withheld: Names of the sections that it may not.
    """

    position: Position
    id: str = ""
    recorded_ms: InstantMs
    outcome: Outcome
    kind: str
    party: str = ""
    officer: str = ""
    ref: str = ""
    findings: tuple[AnyFinding, ...] | None = None
    statement: Statement | None = None
    withheld: tuple[str, ...] = ()


class StopHeard(Wire, frozen=True, kw_only=True):
    """A STOP as it sounds, recorded or not.

    Args:
        sounded_ms: When.
        verified: False: UNVERIFIED – CALL BACK.
        content: What came.
    """

    sounded_ms: InstantMs
    verified: bool
    content: Annotated[str, Meta(max_length=65_536)]


class DamageFound(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The ledger does not verify: from here on a stream carries STOP alone.

    Args:
        position: Of the first entry found damaged; None: it cannot be told.
    """

    position: int | None = None


def events_of(entries: Iterable[Stored], state: State, viewer: str, start: int) -> Iterator[Event]:
    """Give the events of a stretch of the log, in order.

    Args:
        entries: In order, without gaps; from one before `start` on, so that the statement of its first record is there.
        state: What is true, by which the clauses are read.
        viewer: Party whose sight it is.
        start: Position of the first record that is wanted.

    Raises:
        LedgerError: An entry cannot be read; it is named.
    """
    sight = Sight(state, viewer)
    before: Submission | None = None
    for stored in entries:
        entry = sight.entry(stored)
        if isinstance(entry, Submission):
            before = entry
        elif isinstance(entry, Findings):
            of = before if before is not None and before.id == entry.of else None
            event = _event(stored.position, entry, of)
            if stored.position >= start and (event.kind != CLOCK or event.findings):
                yield event


def _event(position: int, record: Findings, of: Submission | None) -> Event:
    findings = record.findings
    if of is None:
        ref = next((ref for one in findings or () if (ref := str(getattr(one, "ref", "")))), "")
        return Event(
            position=position, recorded_ms=record.recorded_ms, outcome=record.outcome, kind=CLOCK, ref=ref,
            findings=findings,
        )  # fmt: skip
    made = next((one.ref for one in findings or () if isinstance(one, Taken)), "")
    return Event(
        position=position, id=of.id, recorded_ms=record.recorded_ms, outcome=record.outcome,
        kind=str(type(of.statement).__struct_config__.tag), party=of.party, officer=of.officer,
        ref=made or str(getattr(of.statement, "ref", "")), findings=findings, statement=of.statement,
        withheld=tuple(sorted(of.withheld)),
    )  # fmt: skip


def reaching(event: Event, state: State, viewer: str) -> Mapping[str, int]:
    """Return the notices and conflicts that reach a party with an event, each in its version: what delivery is recorded of.

    Only in the version that is true now: an event that is told late brings nothing that was changed since. That something
    was delivered reaches nobody by this: no record of a delivery brings about another.
    """
    found = {}
    if event.outcome is Outcome.TAKEN and event.kind in ("notice.file", "notice.amend") and event.party != viewer:
        notice = state.notices.get(event.ref)
        is_of_now = notice is not None and notice.is_live and notice.filed_ms == event.recorded_ms
        if notice is not None and is_of_now and sees_extent(state, event.ref, viewer):
            found[event.ref] = notice.version
    for one in event.findings or ():
        case = state.cases.get(one.ref) if isinstance(one, Raised) else None
        if case is not None and case.is_live and case.raised_ms == event.recorded_ms:
            found[case.ref] = case.version
    return found


def stops_in(event: Event) -> tuple[str, ...]:
    """Return the STOPs that an event tells of as called."""
    return tuple(one.ref for one in event.findings or () if isinstance(one, Sounded))


_NARROWING: Final = (
    "notice.amend", "erase", "agreement.sign", "agreement.suspend", "agreement.resume", "key.revoke",
)  # fmt: skip


def may_narrow(kind: str) -> bool:
    """Return whether a statement of a kind may take from sight what was seen before: what was kept ready is dropped."""
    return kind in _NARROWING


def framed(kind: str, value: Wire, position: int | None = None) -> bytes:
    """Return an event as it goes over a stream: one field to a line (WHATWG HTML, "Server-sent events").

    Args:
        kind: Its name.
        value: Its data; JSON in UTF-8 without line ends.
        position: By which a stream is resumed after it; None: it has none, and a stream is resumed where it was.
    """
    mark = b"" if position is None else b"id: %d\n" % position
    return b"%sevent: %s\ndata: %s\n\n" % (mark, kind.encode(), msgspec.json.encode(value))
