"""The watch and its records: roster, hand-over, test calls, talks, incidents, questions, erasure (SZK-09, SZK-26, SZK-41).

All of it works on a charter alone, without an agreement or while one is suspended (SZK-47).
"""

from __future__ import annotations

from typing import Final

import msgspec

from sazokar.domain.budget import spend
from sazokar.domain.filing import refusal_of
from sazokar.domain.finding import Answered, Outcome, Side, Taken
from sazokar.domain.hearing import ASKED, Hearing, Verdict, refused, taken
from sazokar.domain.notice import NoticeKind, OperationState
from sazokar.domain.offers import leg_of
from sazokar.domain.operation import judged_volumes
from sazokar.domain.party import FILING, OfficerRole, PartyRole
from sazokar.domain.plan.volume import Role, Volume
from sazokar.domain.state import Notice, Roster, State, Watch
from sazokar.domain.statement import (
    Ask,
    ErasePayload,
    FileNotice,
    HandOver,
    PostWatch,
    RecordTalks,
    ReportIncident,
    Submission,
    TestCall,
)

GREATEST_WATCH_MS: Final = 7 * 86_400_000
"""One watch is at most a week."""
GREATEST_WATCHES: Final = 1_000
"""A party's roster holds at most this many watches."""
FORGOTTEN_MS: Final = 86_400_000
"""A watch that ended this long ago leaves the roster (not the ledger)."""
GREATEST_TALKS: Final = 1_000
GREATEST_SIDES: Final = 20
"""A question is answered with at most this many conflicts."""


def decide_watch(hearing: Hearing, statement: PostWatch) -> Verdict:
    """A party says who is on watch and how that officer is reached."""
    if not statement.from_ms < statement.until_ms <= statement.from_ms + GREATEST_WATCH_MS:
        return refused(
            "validity",
            "a watch that is empty or longer than a week",
            "post one watch after the other",
            field="from_ms and until_ms",
        )
    if statement.until_ms <= hearing.now_ms:
        return refused("over", "a watch that is over", "post one that is to come", field="until_ms")
    if "post" not in hearing.by.withheld and (statement.post is None or not statement.post.telephones):
        return refused(
            "no-telephone", "a watch without a telephone", "say how the officer is reached", field="post.telephones"
        )
    if len(hearing.state.rosters.get(hearing.by.party, Roster()).watches) >= GREATEST_WATCHES:
        return refused("too-many", f"{GREATEST_WATCHES} watches on the roster", "let some pass first")
    return taken(Taken())


def with_watch(state: State, by: Submission, statement: PostWatch) -> State:
    """Return the state with a watch on the roster, in place of one of the same officer and start."""
    roster = state.rosters.get(by.party, Roster())
    kept = [
        watch
        for watch in roster.watches
        if watch.until_ms > state.recorded_ms - FORGOTTEN_MS
        and (watch.number, watch.from_ms) != (statement.number, statement.from_ms)
    ]
    new = Watch(
        number=statement.number, from_ms=statement.from_ms, until_ms=statement.until_ms, alternate=statement.alternate,
        post=statement.post,
    )  # fmt: skip
    watches = tuple(sorted([*kept, new], key=lambda watch: (watch.from_ms, watch.alternate, watch.number)))
    return _with_roster(state, by.party, msgspec.structs.replace(roster, watches=watches))


def decide_hand_over(hearing: Hearing, statement: HandOver) -> Verdict:
    """The officer on watch hands over to one of the roster."""
    roster = hearing.state.rosters.get(hearing.by.party, Roster())
    if statement.to not in {watch.number for watch in roster.watches}:
        return refused(
            "not-on-roster", f"the watch number {statement.to!r}", "hand over to an officer of the roster", field="to"
        )
    return taken(Taken())


def with_hand_over(state: State, by: Submission, statement: HandOver) -> State:
    """Return the state in which another officer has taken over."""
    roster = state.rosters.get(by.party, Roster())
    changed = msgspec.structs.replace(roster, handed_to=statement.to, handed_ms=state.recorded_ms)
    return _with_roster(state, by.party, changed)


def decide_test_call(hearing: Hearing, statement: TestCall) -> Verdict:
    """A party has tested the line to another."""
    if statement.to == hearing.by.party or hearing.state.member(statement.to) is None:
        return refused(
            "unknown-party", f"a test of the line to {statement.to!r}", "name another party of the charter", field="to"
        )
    return taken(Taken())


def with_test_call(state: State, by: Submission, statement: TestCall) -> State:
    """Return the state with the last test of a party's line."""
    roster = state.rosters.get(statement.to, Roster())
    changed = msgspec.structs.replace(
        roster, test_ms=state.recorded_ms, test_by=by.party, test_answered=statement.answered
    )
    return _with_roster(state, statement.to, changed)


def _with_roster(state: State, party: str, roster: Roster) -> State:
    return msgspec.structs.replace(state, rosters=state.rosters.set(party, roster))


def on_watch(state: State, party: str, now_ms: int) -> tuple[Watch, ...]:
    """Return who of a party is on watch: the one who took over last first, then officers, then alternates (SZK-25)."""
    roster = state.rosters.get(party, Roster())
    present = [watch for watch in roster.watches if watch.from_ms <= now_ms < watch.until_ms]
    return tuple(sorted(present, key=lambda w: (w.number != roster.handed_to, w.alternate, -w.from_ms, w.number)))


def decide_talks(hearing: Hearing, statement: RecordTalks) -> Verdict:
    """A round of talks is recorded by the mediator, or by a delegate of a party."""
    state, given = hearing.state, statement.round
    member = state.member(hearing.by.party)
    mediates = member is not None and member.role in (PartyRole.MEDIATOR, PartyRole.GUARANTOR)
    if not mediates and hearing.by.role not in (None, OfficerRole.DELEGATE):
        return refused(
            "not-a-delegate", "the key of a duty officer", "have the mediator or a delegate record the talks"
        )
    if given is None or given.number != statement.number:
        return refused(
            "no-round", "a record without its round, or of another number", "send the round along", field="round"
        )
    if not 1 <= statement.number <= min(GREATEST_TALKS, len(state.talks) + 1):
        return refused(
            "round-number",
            f"round {statement.number}",
            f"number the rounds in order: {len(state.talks) + 1} is next",
            field="number",
        )
    recorder = state.recorders.get(str(statement.number), hearing.by.party)
    if recorder != hearing.by.party and not mediates:
        return refused(
            "another-s-record",
            f"round {statement.number}, recorded by {recorder}",
            "have them, or the mediator, bring it up to date",
        )
    if given.outcome not in OUTCOMES:
        return refused(
            "outcome", f"the outcome {given.outcome!r}", f"one of {', '.join(OUTCOMES)}", field="round.outcome"
        )
    unknown = [draft for draft in given.proposals if draft not in state.drafts]
    if unknown:
        return refused(
            "unknown-draft", f"the draft {unknown[0][:8]}", "lay it on the table first", field="round.proposals"
        )
    return taken(Taken(ref=f"T{statement.number}"))


OUTCOMES: Final = ("pending", "agreement", "draft", "no-agreement", "postponed")


def with_talks(state: State, by: Submission, statement: RecordTalks) -> State:
    """Return the state with a round of talks on record."""
    number = str(statement.number)
    recorders = state.recorders if number in state.recorders else state.recorders.set(number, by.party)
    state = msgspec.structs.replace(state, recorders=recorders)
    if statement.round is None:
        return state  # withheld from this reader
    return msgspec.structs.replace(state, talks=state.talks.set(number, statement.round))


def decide_incident(hearing: Hearing, statement: ReportIncident) -> Verdict:
    """A party reports a breach or a harm; the other side's account is a report of its own (SZK-41)."""
    state = hearing.state
    for ref in statement.about:
        if not any(ref in known for known in (state.notices, state.cases, state.stops, state.incidents)):
            return refused(
                "unknown-reference",
                f"the reference {ref!r}",
                "name notices, conflicts, STOPs or incidents",
                field="about",
            )
    if statement.at_ms > hearing.now_ms:
        return refused("to-come", "an incident that is still to come", "say when it happened", field="at_ms")
    for source in statement.account.sources if statement.account else ():
        if source.reliability not in "ABCDEF" or len(source.reliability) != 1 or not 1 <= source.credibility <= 6:
            return refused(
                "grade", f"the grade {source.reliability}{source.credibility}", "an Admiralty grade: A to F, then 1 to 6",
                field="account.sources",
            )  # fmt: skip
    return taken(Taken(ref=f"I{state.size}"))


def with_incident(state: State, by: Submission, ref: str) -> State:
    """Return the state in which an incident is known."""
    return msgspec.structs.replace(state, incidents=state.incidents.set(ref, by.id))


def decide_question(hearing: Hearing, statement: Ask) -> Verdict:
    """Would this plan conflict? Answered with the asker's own part only, at the cost of its budget (SZK-31, SZK-32)."""
    state, by = hearing.state, hearing.by
    member = state.member(by.party)
    if member is None or member.role not in FILING:
        return refused("may-not-ask", f"a question of {by.party}", "parties, territorial states and participants ask")
    if state.judges is None:
        return refused(
            "no-agreement", "no agreement in force", "without rules there is no verdict; call the other side"
        )
    spent = spend(hearing)
    if isinstance(spent, Verdict):
        return spent
    plan = FileNotice(notice=NoticeKind.FLIGHT, extent=statement.extent)
    if (refusal := refusal_of(plan, by.party, state.judges, hearing.now_ms)) is not None:
        return Verdict(Outcome.REFUSED, (refusal, *spent))
    assert statement.extent is not None, "a question without an extent is refused"
    asked = judged_volumes(statement.extent, ASKED)  # under the asker's own name for it, a live notice might be meant
    found = hearing.bench.consider(by.party, asked)
    own = [(conflict, _own_volume(conflict.a, conflict.b, asked)) for conflict in found]
    step_ms = hearing.coarseness.time_ms
    sides = tuple(
        Side(
            party=by.party,
            ref="",
            leg=leg_of(volume, conflict.start_ms),
            from_ms=conflict.start_ms // step_ms * step_ms,
        )
        for conflict, volume in own[:GREATEST_SIDES]
    )
    clauses = tuple(sorted({conflict.rule.clause for conflict in found}))
    return taken(Taken(), *spent, Answered(clauses=clauses, sides=sides))


def _own_volume(a: Volume, b: Volume, asked: tuple[Volume, ...]) -> Volume:
    own = {volume.operation for volume in asked}
    return a if a.role is not Role.ZONE and a.operation in own else b


def decide_erasure(hearing: Hearing, statement: ErasePayload) -> Verdict:
    """The author of a statement has one of its sections forgotten, once nothing that is live rests on it."""
    notice = _erasable(hearing.state, statement.entry)
    if notice is None or notice.party != hearing.by.party:
        return refused(
            "unknown-entry", f"the entry {statement.entry[:8]}", "name a notice of your own by its entry", field="entry"
        )
    if statement.section not in ("extent", "purpose", "contacts", "movement"):
        return refused(
            "unknown-section",
            f"the section {statement.section!r}",
            "extent, purpose, contacts or movement",
            field="section",
        )
    if notice.state is not OperationState.ENDED:
        return refused(
            "not-ended",
            f"a section of {notice.ref}, which has not ended",
            "wait until it has, or cancel it",
            field="entry",
        )
    return taken(Taken())


def _erasable(state: State, entry: str) -> Notice | None:
    ref = state.filings.get(entry, "")
    return state.notices.get(ref)


def with_erased(state: State, statement: ErasePayload) -> State:
    """Return the state in which a section is forgotten, and all that was derived from it."""
    notice = _erasable(state, statement.entry)
    if notice is None:
        return state
    if statement.section == "extent":
        changed = msgspec.structs.replace(notice, extent=None, start_ms=None, end_ms=None, class_="", digest="")
    else:
        changed = msgspec.structs.replace(notice, **{statement.section: None})
    return msgspec.structs.replace(state, notices=state.notices.set(notice.ref, changed))
