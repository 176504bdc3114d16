"""The state: all that the entries so far have made true. A value; `fold` makes the next one, nothing else does.

Holds no geometry beyond what was filed, and nothing that can be derived cheaply. Maps are persistent: each fold shares
what it leaves as it was, so that a reader keeps the state that it looks at while the node goes on.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

import msgspec
from immutables import Map

from sazokar.domain.agreement import ANYONE, Agreement, Rung
from sazokar.domain.finding import Resolution
from sazokar.domain.notice import (
    Consent,
    Contacts,
    Extent,
    Grade,
    MovementForm,
    NoticeKind,
    OperationState,
    Purpose,
)
from sazokar.domain.party import OfficerRole, PartyRole
from sazokar.domain.statement import (
    AckRung,
    CallStop,
    Charter,
    Member,
    Reply,
    StopRung,
    Submission,
    TalksRound,
    WatchPost,
)

GREATEST_BEYOND: Final = 1_000
"""So many numbers of a key are remembered that came before their turn: across an air gap, in any order."""
BUCKET_MS: Final = 60_000
"""Timers lie in buckets of a minute, so that what is due is found without a look at all of them."""


class Key(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A delegated key.

    Args:
        party: For whom it signs.
        officer: Watch number.
        role: What it may sign.
        from_ms: First instant of validity.
        until_ms: First instant no more valid.
        revoked_at: Position of the entry that revoked it; None: none did.
    """

    party: str
    officer: str
    role: OfficerRole
    from_ms: int
    until_ms: int
    revoked_at: int | None = None


class Numbers(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The running numbers that a key has used: all up to `through`, and those in `beyond`, which came before their turn."""

    through: int = 0
    beyond: tuple[int, ...] = ()

    def holds(self, number: int) -> bool:
        """Return whether a number was used."""
        return number <= self.through or number in self.beyond

    def with_number(self, number: int) -> Numbers:
        """Return the numbers with one more; of too many gaps the oldest is closed, and what would fill it comes too late."""
        if number == self.through + 1 and not self.beyond:
            return Numbers(number)
        through, beyond = self.through, sorted({*self.beyond, number})
        while beyond and (beyond[0] == through + 1 or len(beyond) > GREATEST_BEYOND):
            through = beyond.pop(0)
        return Numbers(through, tuple(beyond))


class Draft(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A draft on the table: its text, its values (None: withheld), and who has signed it."""

    text: str | None = None
    agreement: Agreement | None = None
    by: str
    signed: tuple[str, ...] = ()


class Watch(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One watch of a party's roster."""

    number: str
    from_ms: int
    until_ms: int
    alternate: bool = False
    post: WatchPost | None = None


class Roster(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Who of a party is on watch, by plan and by hand-over, and when its line was last tested.

    Args:
        watches: By start; watches that ended more than a day before the last entry are forgotten.
        handed_to: Watch number of the officer who took over last.
        handed_ms: When.
        test_ms: When another party last tested this line.
        test_by: Who.
        test_answered: Whether it was answered.
    """

    watches: tuple[Watch, ...] = ()
    handed_to: str = ""
    handed_ms: int = 0
    test_ms: int = 0
    test_by: str = ""
    test_answered: bool = False


class Ack(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One acknowledgement: which rung of the ladder, by which party's officer, of which version, when, for which units."""

    party: str
    rung: AckRung
    version: int
    at_ms: int
    officer: str = ""
    units: tuple[str, ...] = ()


class Notice(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A notice and its operation.

    Args:
        ref: What it is cited by.
        entry: Id of the statement that filed or last amended it.
        party: Who filed it.
        kind: What it is about.
        version: From 1; each amendment is one more.
        filed_ms: When this version was recorded; who filed later is told by it.
        state: Where its operation is in its life.
        life_safety: Whether lives hang on its delivery.
        grade: Who has verified it.
        consent: How much each recipient may see, at most.
        extent: Where and when; None: withheld.
        start_ms: Of its first volume; None: withheld.
        end_ms: Of its last volume.
        class_: Platform class of its first volume.
        late: Whether it came late.
        digest: Of its extent; tells duplicates.
        purpose: What for.
        contacts: Who is reached.
        movement: The form of a movement.
        acks: Acknowledgements of every version, in order.
        binds_until_ms: When it must have been revalidated; 0: it need not be.
        supersedes: The notice that it stands in for.
        superseded_by: The notice that stands in for it.
        cell: Cell of the grid of sites that it lies in; empty: it is none.
        undelivered: Whether it was held and never corrected: nobody but its filer has seen it, whatever became of it.
        held: Id of the statement that was held before a correction was delivered; empty: none was.
        corrected: Sections of that statement that the correction replaced: they were never delivered.
    """

    ref: str
    entry: str
    party: str
    kind: NoticeKind
    version: int = 1
    filed_ms: int
    state: OperationState
    life_safety: bool = False
    grade: Grade = Grade.UNVERIFIED
    consent: tuple[Consent, ...] = ()
    extent: Extent | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    class_: str = ""
    late: bool = False
    digest: str = ""
    purpose: Purpose | None = None
    contacts: Contacts | None = None
    movement: MovementForm | None = None
    acks: tuple[Ack, ...] = ()
    binds_until_ms: int = 0
    supersedes: str = ""
    superseded_by: str = ""
    cell: str = ""
    undelivered: bool = False
    held: str = ""
    corrected: tuple[str, ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether it is judged against others."""
        return self.state not in (OperationState.ENDED, OperationState.HELD)


class Said(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One answer to a conflict, of a version of it."""

    party: str
    reply: Reply
    at_ms: int
    officer: str
    entry: str
    version: int = 1


class Recommendation(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What the mediator recommends, and who has accepted it."""

    entry: str
    at_ms: int
    accepted: tuple[str, ...] = ()


class Case(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A conflict and its life: raised, delivered, read, read back, answered, resolved.

    Args:
        ref: What it is cited by.
        clause: The clause that it rests on.
        a: Reference of one notice.
        b: Reference of the other, or the name of a zone.
        parties: Whose they are; of a zone, its party, or nobody: `AGREEMENT`.
        version: From 1; one more each time that it is found again after a change.
        raised_ms: When this version was found.
        start_ms: First instant of its window; None: withheld.
        turn: Whose answer is due; empty: nobody's.
        rung: Who of that party is called.
        due_ms: Until when; 0: no deadline runs.
        silences: Deadlines that passed without an answer: party, rung called next, when.
        said: Answers, in order.
        recommendations: Of the mediator.
        risk_accepted: Parties that accept the risk.
        acks: Acknowledgements.
        overdue: Whether the start has come with no resolution.
        resolved: How it ended; None: it is live.
        resolved_ms: When.
    """

    ref: str
    clause: str
    a: str
    b: str
    parties: tuple[str, str]
    version: int = 1
    raised_ms: int
    start_ms: int | None = None
    turn: str = ""
    rung: Rung = Rung.OFFICER
    due_ms: int = 0
    silences: tuple[tuple[str, Rung, int], ...] = ()
    said: tuple[Said, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    risk_accepted: tuple[str, ...] = ()
    acks: tuple[Ack, ...] = ()
    overdue: bool = False
    resolved: Resolution | None = None
    resolved_ms: int = 0

    @property
    def is_live(self) -> bool:
        """Whether it is not resolved."""
        return self.resolved is None


class StopStep(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One rung of a STOP: heard, passed on or ceased, by whom, how long after the call."""

    rung: StopRung
    party: str
    at_ms: int
    latency_ms: int
    unit: str = ""


class StopCase(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A STOP: what was called, by whom, when it sounded, what was answered.

    Args:
        ref: What it is cited by.
        by: Party of the caller; empty: not verified.
        call: What was called; None: it could not be verified, `raw` holds it.
        raw: The unverified call as it came.
        sounded_ms: When it sounded.
        steps: What was answered.
        released_ms: When it was released; 0: it stands.
    """

    ref: str
    by: str
    call: CallStop | None = None
    raw: str = ""
    sounded_ms: int
    steps: tuple[StopStep, ...] = ()
    released_ms: int = 0


class Timer(msgspec.Struct, frozen=True, gc=False, order=True):
    """Something due at an instant; named by what it is, so that two nodes cannot let it fire twice.

    Args:
        due_ms: When.
        what: `answer`, `unanswered`, `start`, `end`, `binds`, `held`, `review`.
        ref: Of what.
    """

    due_ms: int
    what: str
    ref: str


class Purse(msgspec.Struct, frozen=True, gc=False):
    """What a party has spent of its budget, or an officer of the quota of refusals, in the window from `from_ms`."""

    from_ms: int
    spent: int


class State(msgspec.Struct, frozen=True, kw_only=True):
    """All that is true after `size` entries.

    Args:
        size: Entries folded.
        recorded_ms: Instant of the last record.
        clock_ms: Every deadline due before it has passed; never after `recorded_ms`.
        charter: Entry 0.
        node: The node's present key.
        keys: Delegated keys, by key.
        roots: Root keys in use: key to party.
        retired: Root and node keys that were replaced: key to party, or to `NODE`; what they signed stays signed.
        numbers: Running numbers used, by key.
        drafts: By name.
        draft: Name of the draft in force; empty: none yet.
        agreement: Its values; None: none is in force, or it is withheld.
        in_force_ms: Since when.
        suspended_by: Parties that suspended and have not resumed; empty: it holds.
        rosters: By party.
        talks: Rounds, by number as text.
        recorders: Party that recorded a round of talks, by number as text.
        notices: By reference.
        filings: Reference of the notice, by the id of the statement that filed it.
        cases: Conflicts, by reference.
        open: Live notices: reference to the references of their live conflicts.
        pairs: Conflict of a pair of live notices, by `a b` in order.
        digests: Live notice by party and digest of its extent.
        sites: References of live sites, by cell of the grid.
        stops: By reference.
        incidents: References and ids of the statements that reported them.
        purses: Budgets, by party; quotas of refusals, by key.
        timers: By bucket.
        running: Timers by reference of what they are about.
        pending: Statement whose findings are still to come.
        snapshot: Size of the last snapshot recorded.
    """

    size: int = 0
    recorded_ms: int = 0
    clock_ms: int = 0
    charter: Charter | None = None
    node: str = ""
    keys: Map[str, Key] = Map()
    roots: Map[str, str] = Map()
    retired: Map[str, str] = Map()
    numbers: Map[str, Numbers] = Map()
    drafts: Map[str, Draft] = Map()
    draft: str = ""
    agreement: Agreement | None = None
    in_force_ms: int = 0
    suspended_by: tuple[str, ...] = ()
    rosters: Map[str, Roster] = Map()
    talks: Map[str, TalksRound] = Map()
    recorders: Map[str, str] = Map()
    notices: Map[str, Notice] = Map()
    filings: Map[str, str] = Map()
    cases: Map[str, Case] = Map()
    open: Map[str, tuple[str, ...]] = Map()
    pairs: Map[str, str] = Map()
    digests: Map[str, str] = Map()
    sites: Map[str, tuple[str, ...]] = Map()
    stops: Map[str, StopCase] = Map()
    incidents: Map[str, str] = Map()
    purses: Map[str, Purse] = Map()
    timers: Map[str, tuple[Timer, ...]] = Map()
    running: Map[str, tuple[Timer, ...]] = Map()
    pending: Submission | None = None
    snapshot: int = 0

    @property
    def judges(self) -> Agreement | None:
        """The agreement that verdicts rest on; None in interim mode: none in force, or suspended (SZK-47)."""
        return None if self.suspended_by else self.agreement

    def member(self, party: str) -> Member | None:
        """Return what the charter says of a party."""
        members = self.charter.parties if self.charter else ()
        return next((member for member in members if member.name == party), None)

    def is_named(self, party: str, names: tuple[str, ...]) -> bool:
        """Return whether a clause's list of names, roles or any names a party of the charter."""
        member = self.member(party)
        return member is not None and not {party, str(member.role), ANYONE}.isdisjoint(names)

    def parties_of(self, *roles: PartyRole) -> tuple[str, ...]:
        """Return the names of the parties of some roles, in the charter's order."""
        members = self.charter.parties if self.charter else ()
        return tuple(member.name for member in members if member.role in roles)


EMPTY: Final = State()


def with_timers(state: State, *timers: Timer) -> State:
    """Return the state with more timers running; one that was due before all that has passed is due at once."""
    buckets, more = state.timers, dict[str, tuple[Timer, ...]]()
    for given in timers:
        timer = given if given.due_ms >= state.clock_ms else msgspec.structs.replace(given, due_ms=state.clock_ms)
        bucket = str(timer.due_ms // BUCKET_MS)
        held = buckets.get(bucket, ())
        at = bisect_left(held, timer)
        if held[at : at + 1] == (timer,):
            continue
        buckets = buckets.set(bucket, (*held[:at], timer, *held[at:]))
        more[timer.ref] = (*more.get(timer.ref, ()), timer)
    running = state.running
    for ref, new in more.items():
        running = running.set(ref, (*running.get(ref, ()), *new))
    return msgspec.structs.replace(state, timers=buckets, running=running)


def without_timers(state: State, ref: str, *whats: str) -> State:
    """Return the state without the timers of a reference, of the kinds named, or of all where none is."""
    gone = [t for t in state.running.get(ref, ()) if not whats or t.what in whats]
    if not gone:
        return state
    buckets = state.timers
    for timer in gone:
        bucket = str(timer.due_ms // BUCKET_MS)
        held = buckets.get(bucket, ())
        at = bisect_left(held, timer)
        if held[at : at + 1] != (timer,):
            continue
        left = (*held[:at], *held[at + 1 :])
        buckets = buckets.set(bucket, left) if left else buckets.delete(bucket)
    kept = tuple(t for t in state.running[ref] if t not in gone)
    running = state.running.set(ref, kept) if kept else state.running.delete(ref)
    return msgspec.structs.replace(state, timers=buckets, running=running)


def next_due(state: State, now_ms: int) -> Timer | None:
    """Return the first timer that is due at an instant, or None.

    No timer is older than `clock_ms`, so that the search begins at its minute; where more minutes have passed since than
    there are buckets, it goes through the buckets instead.
    """
    first, last = state.clock_ms // BUCKET_MS, now_ms // BUCKET_MS
    if last - first > len(state.timers):
        numbers = sorted(number for bucket in state.timers if (number := int(bucket)) <= last)
    else:
        numbers = list(range(first, last + 1))
    for number in numbers:
        for timer in state.timers.get(str(number), ()):
            return timer if timer.due_ms <= now_ms else None
    return None
