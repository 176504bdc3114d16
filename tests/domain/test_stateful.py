"""Whatever officers say in whatever order: `fold` takes all that `decide` emits, and the books are in order after each."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from sazokar.app.bench import EngineBench
from sazokar.app.snapshot import state_bytes, state_of
from sazokar.domain.agreement import Level
from sazokar.domain.disclosure import views
from sazokar.domain.notice import Consent, Extent, NoticeKind, OperationState
from sazokar.domain.operation import judged_volumes
from sazokar.domain.plan.judge import conflicts
from sazokar.domain.plan.volume import Volume
from sazokar.domain.state import next_due
from sazokar.domain.statement import (
    AcceptRecommendation,
    AcceptRisk,
    Acknowledge,
    AckRung,
    AmendNotice,
    AnswerConflict,
    AnswerStop,
    Ask,
    CallStop,
    CancelNotice,
    ErasePayload,
    Recommend,
    ReleaseStop,
    Reply,
    ReplyContent,
    ReportState,
    ResumeAgreement,
    RevalidateNotice,
    Statement,
    StopAction,
    StopRung,
    SuspendAgreement,
)
from sazokar.domain.zones import volumes_of
from tests.dialects.agreements import clause
from tests.domain.mechanism import MINUTE_MS, NOW_MS, ROLES, Mechanism, agreed, disc, notice, volume

ZONE = clause("no-fly-area", 'name = "Reef"\ncircle = { centre = "12.0N 42.0E", radius = "3km" }', "3.1")
STANDING = clause("standing", 'notice = "site"\nexpires = "40min"', "5.3")
SIGHT = clause("disclosure", 'to = "party"\nlevel = "extent-only"', "7.1")
SETTLED = ("risk-accepted", "recommendation-accepted")

parties = st.sampled_from(tuple(ROLES))
filers = st.sampled_from(("ALPHA", "BRAVO", "RELIEF"))
choices = st.integers(0, 30)
plans = st.builds(
    lambda start, minutes, place: volume(start, minutes, shape=disc(12 + 0.1 * place)),
    st.integers(-1, 40),
    st.sampled_from((5, 20, 40)),
    st.integers(0, 3),
)


class Talk(RuleBasedStateMachine):
    """Officers who say what comes to their mind, on one mechanism."""

    def __init__(self) -> None:
        super().__init__()
        self.mechanism = Mechanism(ZONE, STANDING)

    def say(self, party: str, statement: Statement) -> None:
        mechanism = self.mechanism
        mechanism.say(party, statement)
        views(mechanism.state, mechanism.record, party)
        mechanism.at_ms(mechanism.now_ms)

    def within(self, plan: Volume, party: str) -> tuple[Volume, ...]:
        later_ms = self.mechanism.now_ms - NOW_MS
        moved = replace(plan, party=party, start_ms=plan.start_ms + later_ms, end_ms=plan.end_ms + later_ms)
        return (moved,)

    def a_notice(self, choice: int) -> str:
        names = sorted(self.mechanism.state.notices)
        return names[choice % len(names)] if names else "N1"

    def a_case(self, choice: int) -> str:
        names = sorted(self.mechanism.state.cases)
        return names[choice % len(names)] if names else "C1"

    @rule(party=filers, plan=plans, kind=st.sampled_from(NoticeKind), choice=choices, life=st.booleans())
    def files(self, party: str, plan: Volume, kind: NoticeKind, choice: int, life: bool) -> None:
        supersedes = self.a_notice(choice) if choice > 25 else ""
        consent = (Consent("any", Level.CONFLICT),) if choice % 5 == 0 else ()
        filed = notice(*self.within(plan, party), kind=kind, life_safety=life, supersedes=supersedes, consent=consent)
        self.say(party, filed)

    @rule(party=filers, plan=plans, choice=choices)
    def amends(self, party: str, plan: Volume, choice: int) -> None:
        name = self.a_notice(choice)
        there = self.mechanism.state.notices.get(name)
        extent = Extent(volumes=self.within(plan, party))
        self.say(
            there.party if there else party, AmendNotice(ref=name, version=there.version if there else 1, extent=extent)
        )

    @rule(party=parties, choice=choices, state=st.sampled_from(OperationState))
    def reports(self, party: str, choice: int, state: OperationState) -> None:
        self.say(party, ReportState(ref=self.a_notice(choice), state=state))

    @rule(party=filers, choice=choices)
    def cancels(self, party: str, choice: int) -> None:
        self.say(party, CancelNotice(ref=self.a_notice(choice)))

    @rule(party=filers, choice=choices)
    def revalidates(self, party: str, choice: int) -> None:
        self.say(party, RevalidateNotice(ref=self.a_notice(choice), version=1))

    @rule(party=filers, plan=plans)
    def asks(self, party: str, plan: Volume) -> None:
        self.say(party, Ask(extent=Extent(volumes=self.within(plan, party))))

    @rule(party=parties, choice=choices, reply=st.sampled_from(Reply))
    def answers(self, party: str, choice: int, reply: Reply) -> None:
        self.say(party, AnswerConflict(ref=self.a_case(choice), reply=reply, content=ReplyContent(text="so")))

    @rule(party=parties, choice=choices, rung=st.sampled_from(AckRung), units=st.sampled_from(((), ("1 SQN",))))
    def acknowledges(self, party: str, choice: int, rung: AckRung, units: tuple[str, ...]) -> None:
        name = self.a_case(choice) if choice % 2 else self.a_notice(choice)
        self.say(party, Acknowledge(ref=name, rung=rung, units=units))

    @rule(choice=choices, both=st.booleans())
    def settles(self, choice: int, both: bool) -> None:
        name = self.a_case(choice)
        self.say("MEDIATOR", Recommend(ref=name))
        case = self.mechanism.state.cases.get(name)
        for party in (case.parties if both else case.parties[:1]) if case else ():
            if party in ROLES:
                self.say(
                    party, AcceptRisk(ref=name, reason="so") if choice % 2 else AcceptRecommendation(ref=name, number=1)
                )

    @rule(party=parties, choice=choices)
    def stops(self, party: str, choice: int) -> None:
        name = next(iter(sorted(self.mechanism.state.stops)), "S1")
        said: tuple[Statement, ...] = (
            CallStop(action=StopAction.HALT, place="x", unit="y", reason="z"), AnswerStop(ref=name, rung=StopRung.HEARD),
            ReleaseStop(ref=name),
        )  # fmt: skip
        self.say(party, said[choice % 3])

    @rule(party=st.sampled_from(("ALPHA", "BRAVO")), resumes=st.booleans())
    def suspends(self, party: str, resumes: bool) -> None:
        self.say(party, ResumeAgreement() if resumes else SuspendAgreement(reason="so"))

    @rule(more=st.sampled_from(((), (ZONE,), (SIGHT,), (ZONE, SIGHT, STANDING))), choice=choices)
    def agrees(self, more: tuple[str, ...], choice: int) -> None:
        self.mechanism.agree(agreed(*more), text=f"draft {choice}")
        self.mechanism.at_ms(self.mechanism.now_ms)

    @precondition(lambda self: self.mechanism.state.filings)
    @rule(choice=choices, section=st.sampled_from(("extent", "purpose")))
    def erases(self, choice: int, section: str) -> None:
        entries = sorted(self.mechanism.state.filings)
        entry = entries[choice % len(entries)]
        party = self.mechanism.state.notices[self.mechanism.state.filings[entry]].party
        self.say(party, ErasePayload(entry=entry, section=section))

    @rule(minutes=st.sampled_from((0, 1, 3, 5, 20, 60)))
    def time_passes(self, minutes: int) -> None:
        self.mechanism.at_ms(self.mechanism.now_ms + minutes * MINUTE_MS)

    @invariant()
    def nothing_is_due(self) -> None:
        assert next_due(self.mechanism.state, self.mechanism.now_ms) is None

    @invariant()
    def the_state_survives_its_bytes(self) -> None:
        content = state_bytes(self.mechanism.state)
        assert state_bytes(state_of(content)) == content

    @invariant()
    def no_conflict_is_unseen(self) -> None:
        state = self.mechanism.state
        if state.judges is None:
            return
        live = [v for ref in state.open for v in judged_volumes(state.notices[ref].extent, ref)]  # type: ignore[arg-type] # live
        found = conflicts([*volumes_of(state.judges), *live], state.judges.rules(), ground=state.judges.ground)
        breaches = {frozenset((one.a.operation, one.b.operation)) for one in found}
        open_ = {frozenset((case.a, case.b)) for case in state.cases.values() if case.is_live}
        settled = {frozenset((case.a, case.b)) for case in state.cases.values() if case.resolved in SETTLED}
        assert open_ <= breaches <= open_ | settled

    @invariant()
    def the_books_agree(self) -> None:
        state = self.mechanism.state
        live = {ref for ref, case in state.cases.items() if case.is_live}
        assert set(state.pairs.values()) == live
        assert {ref for refs in state.open.values() for ref in refs} == live
        assert set(state.open) == {ref for ref, notice in state.notices.items() if notice.is_live}
        running = {timer for timers in state.running.values() for timer in timers}
        assert running == {timer for timers in state.timers.values() for timer in timers}
        sites = {ref for refs in state.sites.values() for ref in refs}
        assert sites == {ref for ref in state.open if state.notices[ref].cell}
        for case in state.cases.values():
            runs = [timer for timer in state.running.get(case.ref, ()) if timer.what == "answer"]
            assert len(runs) <= 1 and (case.is_live or not state.running.get(case.ref))

    @invariant()
    def the_bench_is_what_the_state_says(self) -> None:
        kept, made = self.mechanism.bench, EngineBench.of(self.mechanism.state)
        assert kept._live == made._live


@settings(max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
class Few(Talk):
    pass


TestWhateverOfficersSay = Few.TestCase


@settings(max_examples=150, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck))
class Many(Talk):
    pass


TestWhateverOfficersSayAtLength = pytest.mark.slow(Many.TestCase)
