"""What officers of a simulated world do by the rules, or nearly: every kind of statement, about what there is.

Each function returns a statement for a desk, or None where there is nothing to say. Who sends it, when and how
(late, twice, with another's key) is the world's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from random import Random
from typing import Final

import msgspec

from sazokar.domain.notice import OperationState
from sazokar.domain.party import OfficerRole
from sazokar.domain.state import State
from sazokar.domain.statement import (
    AcceptRecommendation,
    AcceptRisk,
    Account,
    Acknowledge,
    AckRung,
    AmendNotice,
    AnswerConflict,
    AnswerStop,
    Ask,
    CallStop,
    CancelNotice,
    Change,
    ErasePayload,
    HandOver,
    PostWatch,
    ProposeDraft,
    Recommend,
    RecordTalks,
    ReleaseStop,
    Reply,
    ReplyContent,
    ReportIncident,
    ReportState,
    ResumeAgreement,
    RevalidateNotice,
    SignAgreement,
    Statement,
    StopAction,
    StopRung,
    SuspendAgreement,
    TalksRound,
    TestCall,
    WatchPost,
)
from sazokar.testing.plans import MINUTE_MS, extent, notice, place
from sazokar.testing.treaties import KINDS, treaty


class Situation(msgspec.Struct, frozen=True):
    """What an officer has before it when it decides what to say.

    Args:
        rng: By which it chooses.
        party: For whom it speaks.
        state: What is true.
        now_ms: What its clock says.
        members: Who takes part.
        signatories: Who signs agreements.
    """

    rng: Random
    party: str
    state: State
    now_ms: int
    members: tuple[str, ...]
    signatories: tuple[str, ...]

    @property
    def own(self) -> tuple[str, ...]:
        """References of the party's own notices that have not ended."""
        state = self.state
        return _sorted(r for r, n in state.notices.items() if n.party == self.party and n.state != "ended")

    def any_notice(self) -> str:
        """Return a notice, most often one that is still there."""
        return self._one(_sorted(self.state.notices if self.rng.random() < 0.3 else self.state.open))

    def own_notice(self) -> str:
        """Return a notice of one's own; a liar's may be another's."""
        return self._one(self.own) if self.rng.random() < 0.9 else self.any_notice()

    def case(self) -> str:
        """Return a conflict, most often a live one of the party's own."""
        cases = self.state.cases
        live = _sorted(
            r for r, c in cases.items() if c.is_live and (self.party in c.parties or self.party == "MEDIATOR")
        )
        turn = _sorted(
            r for r in live if cases[r].turn == self.party or cases[r].recommendations or cases[r].risk_accepted
        )
        chance = self.rng.random()
        return self._one((turn if chance < 0.6 else live if chance < 0.9 else ()) or live or _sorted(cases))

    def _one(self, refs: Sequence[str]) -> str:
        return self.rng.choice(refs) if refs else "N999"


def _sorted(refs: Iterable[str]) -> tuple[str, ...]:
    """Return references in an order that does not hang on how a map keeps them."""
    return tuple(sorted(refs))


def files(at: Situation) -> Statement:
    """A notice."""
    return notice(at.rng, at.party, at.now_ms, at.members, at.own)


def amends(at: Situation) -> Statement:
    """A change of an own notice."""
    ref = at.own_notice()
    there = at.state.notices.get(ref)
    version = there.version if there and at.rng.random() < 0.9 else 1
    changed = extent(at.rng, at.party, at.now_ms, there.kind) if there and at.rng.random() < 0.8 else None
    return AmendNotice(ref=ref, version=version, extent=changed)


def cancels(at: Situation) -> Statement:
    """An end of an own notice."""
    return CancelNotice(ref=at.own_notice())


def revalidates(at: Situation) -> Statement:
    """That a standing notice still holds."""
    ref = at.own_notice()
    there = at.state.notices.get(ref)
    return RevalidateNotice(ref=ref, version=there.version if there else 1)


def reports(at: Situation) -> Statement:
    """A state, of one's own or, by radar or by lie, of another's."""
    return ReportState(ref=at.any_notice(), state=at.rng.choice(tuple(OperationState)), how="radar")


def acknowledges(at: Situation) -> Statement:
    """A rung of the ladder."""
    ref = at.case() if at.rng.random() < 0.6 else at.any_notice()
    there = at.state.cases.get(ref) or at.state.notices.get(ref)
    version = there.version if there and at.rng.random() < 0.9 else 7
    units = at.rng.choice(((), ("1 SQN",), ("1 SQN", "2 SQN")))
    return Acknowledge(ref=ref, version=version, rung=at.rng.choice(tuple(AckRung)), units=units)


def answers(at: Situation) -> Statement:
    """A coded reply."""
    reply = at.rng.choice(tuple(Reply))
    ref = at.case()
    content = None
    if reply in (Reply.HOLD, Reply.COUNTER, Reply.QUERY) and at.rng.random() < 0.9:
        content = ReplyContent(text="later", change=Change(ref=at.any_notice(), delay_ms=5 * MINUTE_MS))
    return AnswerConflict(ref=ref, reply=reply, content=content)


def recommends(at: Situation) -> Statement:
    """What the mediator thinks best, or someone who would be one."""
    return Recommend(ref=at.case(), content=ReplyContent(text="climb"))


def accepts(at: Situation) -> Statement:
    """That a recommendation is accepted."""
    return AcceptRecommendation(ref=at.case(), number=at.rng.choice((1, 1, 2)))


def accepts_risk(at: Situation) -> Statement:
    """That the risk is accepted."""
    return AcceptRisk(ref=at.case(), reason="brief")


def calls_stop(at: Situation) -> Statement:
    """STOP."""
    action = at.rng.choice(tuple(StopAction))
    return CallStop(action=action, place="Reef", unit="1 SQN", reason="inside", at=place(at.rng))


def answers_stop(at: Situation) -> Statement:
    """A rung of a STOP."""
    return AnswerStop(ref=at._one(_sorted(at.state.stops)), rung=at.rng.choice(tuple(StopRung)))


def releases_stop(at: Situation) -> Statement:
    """That a STOP is over."""
    return ReleaseStop(ref=at._one(_sorted(at.state.stops)))


def asks(at: Situation) -> Statement:
    """Whether a plan would conflict; now and then under the name of a notice that is there."""
    kind = at.rng.choice(("flight", "area"))
    asked = notice(at.rng, at.party, at.now_ms, at.members, ()).extent
    own = at.own
    if asked is not None and own and kind == "area":
        name = at.rng.choice(own)
        volumes = tuple(msgspec.structs.replace(volume, operation=name) for volume in asked.volumes)
        asked = msgspec.structs.replace(asked, volumes=volumes)
    return Ask(extent=asked)


def posts_watch(at: Situation) -> Statement:
    """Who is on watch."""
    from_ms = at.now_ms - at.rng.choice((-10, 0, 10)) * MINUTE_MS
    post = WatchPost(telephones=("+99 1 300",)) if at.rng.random() < 0.9 else None
    return PostWatch(
        number=at.rng.choice(("A-1", "A-2")), from_ms=from_ms, until_ms=from_ms + 60 * MINUTE_MS, post=post
    )


def hands_over(at: Situation) -> Statement:
    """That another is on watch now."""
    return HandOver(to=at.rng.choice(("A-1", "A-2")))


def tests_line(at: Situation) -> Statement:
    """A test call."""
    return TestCall(to=at.rng.choice((*at.members, "NOBODY")), answered=at.rng.random() < 0.5)


def records_talks(at: Situation) -> Statement:
    """A round of talks."""
    number = len(at.state.talks) + at.rng.choice((0, 1, 1))
    given = TalksRound(number=number, place="Isle", date_ms=at.now_ms, outcome=at.rng.choice(("pending", "draft", "?")))
    return RecordTalks(number=number, round=given)


def reports_incident(at: Situation) -> Statement:
    """An account of what happened."""
    return ReportIncident(about=(at.any_notice(),), at_ms=at.now_ms - 1, account=Account(text="near"))


def proposes(at: Situation) -> Statement:
    """A draft."""
    document = treaty(at.rng.randrange(KINDS), at.signatories)
    return ProposeDraft(draft=sha256(document.text.encode()).hexdigest(), document=document)


def signs(at: Situation) -> Statement:
    """A draft that lies on the table, most often one that others have signed."""
    drafts = _sorted(name for name, draft in at.state.drafts.items() if at.party not in draft.signed)
    begun = _sorted(name for name in drafts if at.state.drafts[name].signed)
    names = begun or drafts
    return SignAgreement(draft=at.rng.choice(names) if names else "0" * 64)


def suspends(at: Situation) -> Statement:
    """That the agreement rests."""
    return SuspendAgreement(reason="a breach")


def resumes(at: Situation) -> Statement:
    """That it may hold again."""
    return ResumeAgreement()


def erases(at: Situation) -> Statement:
    """That a section be forgotten, of a notice that has ended, as a rule."""
    state = at.state
    ended = _sorted(
        entry for entry, ref in state.filings.items() if state.notices[ref].party == at.party or at.rng.random() < 0.05
    )
    over = tuple(entry for entry in ended if state.notices[state.filings[entry]].state == "ended")
    entry = at._one(over or ended)
    return ErasePayload(entry=entry, section=at.rng.choice(("extent", "purpose", "contacts", "movement", "other")))


Act = Callable[[Situation], Statement]
ACTS: Final[tuple[tuple[Act, int], ...]] = (
    (files, 34), (amends, 12), (cancels, 4), (revalidates, 2), (reports, 4), (acknowledges, 5), (answers, 18),
    (recommends, 5), (accepts, 6), (accepts_risk, 6), (calls_stop, 2), (answers_stop, 2), (releases_stop, 2), (asks, 4),
    (posts_watch, 2), (hands_over, 1), (tests_line, 1), (records_talks, 1), (reports_incident, 1), (proposes, 3),
    (signs, 6), (suspends, 1), (resumes, 3), (erases, 3),
)  # fmt: skip
"""What officers do, and how often."""
DELEGATES: Final = frozenset({proposes, signs, suspends, resumes, records_talks})
"""What needs more than a duty officer's key."""
CASE_ACTS: Final = frozenset({answers, accepts, accepts_risk})
"""What those in a conflict do."""
SIGNING: Final = frozenset({proposes, signs, suspends, resumes})
"""What signatories do."""
STOP_ACTS: Final = frozenset({calls_stop, answers_stop, releases_stop})
ROLES: Final = (OfficerRole.DELEGATE, OfficerRole.OFFICER, OfficerRole.STOP_ONLY)


def is_idle(act: Act, state: State) -> bool:
    """Return whether there is nothing yet that an act could be about."""
    if act in CASE_ACTS or act is recommends:
        return not any(case.is_live for case in state.cases.values())
    if act in (answers_stop, releases_stop):
        return not state.stops
    if act in (amends, cancels, revalidates, reports, erases):
        return not state.notices
    if act is signs:
        return all(draft.signed for draft in state.drafts.values()) and state.agreement is not None
    return act is resumes and not state.suspended_by
