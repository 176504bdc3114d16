"""The node: what it takes is found again whatever dies, what it was asked to forget is gone, and STOP gets through."""

from __future__ import annotations

import threading
import time
from hashlib import sha256

import pytest
from msgspec.structs import replace

from sazokar.adapters.log_memory import MemoryLog
from sazokar.app.codec import Sealed, Stamp, seal, seal_founding
from sazokar.app.node import Node
from sazokar.app.opening import open_ledger, states
from sazokar.app.receipt import Receipt, Rejected, Unrecorded
from sazokar.app.snapshot import state_bytes, state_of
from sazokar.domain.finding import Sounded, Taken
from sazokar.domain.notice import OperationState, Purpose
from sazokar.domain.party import OfficerRole, PartyRole
from sazokar.domain.statement import (
    AmendNotice,
    Ask,
    CallStop,
    CancelNotice,
    Charter,
    DelegateKey,
    Document,
    ErasePayload,
    Member,
    ProposeDraft,
    RevokeKey,
    RotateNode,
    SignAgreement,
    Statement,
    StopAction,
)
from sazokar.errors import LedgerError, RulesError, SazokarError
from sazokar.testing.clock import FakeClock
from sazokar.testing.fakes import CountedEntropy, HeardAlarm, key_of
from sazokar.testing.faults import Died, Fault, FaultyLog
from sazokar.testing.log_contract import LogContract
from sazokar.testing.treaties import treaty
from tests.domain.mechanism import DAY_MS, MINUTE_MS, NOW_MS, ROLES, disc, notice, volume

pytestmark = pytest.mark.requirement("SZK-39")

STOP = CallStop(action=StopAction.HALT, place="Reef", unit="1 SQN", reason="inside")
_MEMBERS = ("ALPHA", "BRAVO", "MEDIATOR")


def charter_of(**changes: object) -> Charter:
    members = tuple(Member(name=n, role=ROLES[n], roots=(key_of(f"root {n}").key_id,)) for n in _MEMBERS)
    plain = Charter(
        name="trial", origin="trial.invalid/log", node=key_of("node 0").key_id, parties=members, quorum=2, created_ms=NOW_MS
    )  # fmt: skip
    return replace(plain, **changes)


class Desk:
    """A node, its world, and officers' keys for ALPHA, BRAVO and MEDIATOR."""

    def __init__(self, agreed: bool = False) -> None:
        self.clock, self.alarm, self.log = FakeClock(NOW_MS), HeardAlarm(), FaultyLog()
        self.entropy, self.numbers = CountedEntropy(0), dict[str, int]()
        self.node = self.open()
        self.node.found(seal_founding(charter_of(), [key_of(f"root {name}") for name in _MEMBERS]))
        for name in _MEMBERS:
            until_ms = NOW_MS + DAY_MS
            delegation = DelegateKey(
                key=key_of(name).key_id, watch_number="W-1", role=OfficerRole.DELEGATE, from_ms=NOW_MS, until_ms=until_ms
            )  # fmt: skip
            self.send(delegation, f"root {name}")
        if agreed:
            document = treaty(0, ("ALPHA", "BRAVO"))
            draft = sha256(document.text.encode()).hexdigest()
            self.send(ProposeDraft(draft=draft, document=document), "MEDIATOR")
            for name in ("ALPHA", "BRAVO"):
                self.send(SignAgreement(draft=draft), name)

    def open(self, key: str = "node 0") -> Node:
        return Node(self.log, self.clock, key_of(key), self.entropy, self.alarm)

    def sealed(self, statement: Statement, *names: str, expires_ms: int = NOW_MS + DAY_MS) -> Sealed:
        self.numbers[names[0]] = number = self.numbers.get(names[0], 0) + 1
        stamp = Stamp(ledger=self.node.ledger, number=number, stated_ms=NOW_MS, expires_ms=expires_ms)
        return seal(statement, stamp, [key_of(name) for name in names], self.entropy)

    def send(self, statement: Statement, *names: str) -> Receipt:
        answer = self.node.submit(*self.sealed(statement, *names))
        assert isinstance(answer, Receipt), answer
        return answer

    def file(self, start_min: float = 60, **more: object) -> Receipt:
        at = volume(start_min, shape=disc(32.0, 22.0))
        return self.send(notice(at, **more), "ALPHA")  # type: ignore[arg-type] # as `notice` takes them


def payloads(log: MemoryLog, entry: str) -> set[str]:
    position = log.position_of(entry)
    assert position is not None
    return set(next(iter(log.read(position, position + 1))).payloads)


class TestAFaultyLogWithoutFaults(LogContract):
    def make_log(self) -> FaultyLog:
        return FaultyLog()


# Erasure


def ended_notice(desk: Desk) -> tuple[Receipt, Receipt]:
    filed = desk.file(purpose=Purpose(text="a secret survey"))
    amended = desk.send(AmendNotice(ref=filed.ref, version=1, purpose=Purpose(text="another secret")), "ALPHA")
    desk.send(CancelNotice(ref=filed.ref), "ALPHA")
    return filed, amended


def test_what_is_forgotten_is_in_no_payload_no_state_and_no_snapshot_and_every_proof_stays_whole() -> None:
    desk = Desk()
    for entry in ended_notice(desk):
        desk.send(ErasePayload(entry=entry.id, section="purpose"), "ALPHA")
    snapshot = desk.log.snapshot()
    assert snapshot is not None
    for text in (b"a secret survey", b"another secret"):
        assert text not in state_bytes(desk.node.state)
        assert text not in snapshot.content
        assert not any(text in payload for stored in desk.log.read(0) for payload in stored.payloads.values())
    assert desk.open().damage is None
    assert state_bytes(list(states(desk.log))[-1]) == state_bytes(desk.node.state)
    assert state_of(snapshot.content).size == snapshot.size


def test_only_its_author_has_a_section_forgotten_and_not_before_the_end() -> None:
    desk = Desk()
    filed = desk.file(purpose=Purpose(text="survey"))
    codes = []
    for name, entry, section in (
        ("ALPHA", filed.id, "purpose"), ("BRAVO", filed.id, "purpose"), ("ALPHA", "0" * 64, "purpose"),
        ("ALPHA", filed.id, "other"),
    ):  # fmt: skip
        refusal = desk.send(ErasePayload(entry=entry, section=section), name).refusal
        codes.append(refusal.code if refusal else "")
    assert codes == ["not-ended", "unknown-entry", "unknown-entry", "unknown-section"]
    assert payloads(desk.log, filed.id) == {"extent", "purpose"}


@pytest.mark.parametrize("fault", [Fault.DIES_BEFORE, Fault.DIES_AFTER])
@pytest.mark.parametrize("step", range(1, 5))
def test_a_node_that_dies_between_the_record_and_the_erasure_forgets_when_it_is_opened(fault: Fault, step: int) -> None:
    desk = Desk()
    filed, _ = ended_notice(desk)
    desk.log.plan(*[Fault.NONE] * step, fault)
    erasure = desk.sealed(ErasePayload(entry=filed.id, section="purpose"), "ALPHA")
    try:
        desk.node.submit(*erasure)
    except Died:
        desk.log.forget_plans()
        desk.node = desk.open()
    assert "purpose" not in payloads(desk.log, filed.id)
    assert desk.node.damage is None


def test_an_erasure_that_a_reader_holds_up_is_acknowledged_and_done_with_a_later_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()
    filed, _ = ended_notice(desk)

    def held(*_: object) -> bool:
        raise LedgerError("a reader holds its bytes")

    monkeypatch.setattr(desk.log, "erase", held)
    answer = desk.node.submit(*desk.sealed(ErasePayload(entry=filed.id, section="purpose"), "ALPHA"))
    assert isinstance(answer, Receipt) and answer.outcome == "taken"
    assert desk.node.unerased == 1 and "purpose" in payloads(desk.log, filed.id)
    monkeypatch.undo()
    desk.node.tick()
    assert desk.node.unerased == 0 and "purpose" not in payloads(desk.log, filed.id)


# What was acknowledged


@pytest.mark.parametrize("fault, stored", [(Fault.DIES_BEFORE, False), (Fault.DIES_AFTER, True)])
def test_what_was_stored_when_the_node_died_is_answered_when_it_is_sent_again(fault: Fault, stored: bool) -> None:
    desk = Desk()
    sent = desk.sealed(notice(volume()), "ALPHA")
    desk.log.plan(fault)
    with pytest.raises(Died):
        desk.node.submit(*sent)
    desk.node = desk.open()
    answer = desk.node.submit(*sent)
    assert isinstance(answer, Receipt) and answer.repeated is stored


@pytest.mark.parametrize("faults, answered", [
    ([Fault.UNKNOWN_STORED], Receipt), ([Fault.UNKNOWN_LOST] * 7, Receipt), ([Fault.UNKNOWN_LOST] * 8, Unrecorded),
    ([Fault.UNAVAILABLE], Unrecorded), ([Fault.HEAD_MOVED], Receipt),
])  # fmt: skip
def test_a_log_that_does_not_know_is_asked_again_and_nothing_is_stored_twice(
    faults: list[Fault], answered: type
) -> None:
    desk = Desk()
    desk.log.meanwhile = lambda: _another_files(desk)
    sent = desk.sealed(notice(volume()), "ALPHA")
    desk.log.plan(*faults)
    assert isinstance(desk.node.submit(*sent), answered)
    desk.log.forget_plans()
    again = desk.node.submit(*sent)
    assert isinstance(again, Receipt) and again.repeated is (answered is Receipt)
    assert sum(stored.id == again.id for stored in desk.log.read(0)) == 1
    assert state_bytes(open_ledger(desk.log).state) == state_bytes(desk.node.state)


def _another_files(desk: Desk) -> None:
    desk.log.forget_plans()
    mine, desk.node = desk.node, desk.open()
    desk.send(notice(volume(90, party="BRAVO")), "BRAVO")
    desk.node = mine


def test_a_statement_whose_key_was_revoked_since_is_still_acknowledged() -> None:
    desk = Desk()
    revocation = desk.sealed(RevokeKey(key=key_of("ALPHA").key_id), "ALPHA")
    first = desk.node.submit(*revocation)
    second = desk.node.submit(*revocation)
    assert isinstance(first, Receipt) and isinstance(second, Receipt)
    assert (second.position, second.repeated) == (first.position, True)
    assert isinstance(desk.node.submit(*desk.sealed(notice(volume()), "ALPHA")), Rejected)


# STOP


@pytest.mark.requirement("SZK-27")
def test_a_stop_sounds_when_nothing_can_be_recorded_and_is_recorded_once_when_it_can() -> None:
    desk = Desk()
    sent = desk.sealed(STOP, "ALPHA")
    desk.log.plan(Fault.UNAVAILABLE)
    assert desk.node.submit(*sent) == Unrecorded("the disk is full", sounded=True)
    assert [heard.verified for heard in desk.alarm.heard] == [True] and desk.node.unrecorded == 1
    desk.clock.advance(5_000)
    assert desk.node.tick() is None
    (case,) = desk.node.state.stops.values()
    assert (case.by, case.sounded_ms, desk.node.unrecorded) == ("ALPHA", NOW_MS, 0)
    again = desk.node.submit(*sent)
    assert isinstance(again, Receipt) and again.repeated


@pytest.mark.requirement("SZK-27")
def test_a_stop_whose_key_ran_out_before_it_could_be_recorded_is_on_record_all_the_same() -> None:
    desk = Desk()
    desk.log.plan(Fault.UNAVAILABLE)
    desk.node.submit(*desk.sealed(STOP, "ALPHA"))
    desk.clock.advance(2 * DAY_MS)
    desk.node.tick()
    (case,) = desk.node.state.stops.values()
    assert (case.by, case.sounded_ms) == ("", NOW_MS) and "stop.call" in case.raw
    assert desk.node.unrecorded == 0


@pytest.mark.requirement("SZK-27")
def test_a_stop_that_sounds_while_a_batch_is_stored_is_recorded_next() -> None:
    desk = Desk()
    cries: list[threading.Thread] = []

    def cry() -> None:
        desk.log.forget_plans()
        cries.append(threading.Thread(target=desk.node.cry, args=(b'{"kind":"stop.call"',)))
        cries[0].start()
        while not desk.node.unrecorded:
            time.sleep(0.001)

    desk.log.meanwhile = cry
    desk.log.plan(Fault.HEAD_MOVED)
    desk.file()
    cries[0].join()
    assert [case.by for case in desk.node.state.stops.values()] == [""]


@pytest.mark.requirement("SZK-27")
@pytest.mark.parametrize("leaf", [b"stop.call", b'{"kind":"stop.call"}', b'"stop.call"' + b"x" * 100_000])
def test_what_calls_for_a_stop_and_cannot_be_read_sounds_unverified(leaf: bytes) -> None:
    desk = Desk()
    with pytest.raises(SazokarError):
        desk.node.submit(leaf)
    named = b'"stop.call"' in leaf
    assert [heard.verified for heard in desk.alarm.heard] == [False] * named
    assert [len(case.raw) <= 65_536 for case in desk.node.state.stops.values()] == [True] * named


# Damage and keys


@pytest.mark.requirement("SZK-43")
def test_a_node_whose_key_was_rotated_takes_nothing_until_it_has_the_new_one_and_still_sounds() -> None:
    desk = Desk()
    desk.send(RotateNode(old=key_of("node 0").key_id, new=key_of("node 1").key_id), "node 0", "node 1")
    answer = desk.node.submit(*desk.sealed(STOP, "ALPHA"))
    assert isinstance(answer, Unrecorded) and answer.sounded and len(desk.alarm.heard) == 1
    with pytest.raises(LedgerError, match="key of this node"):
        desk.open()
    desk.node = desk.open("node 1")
    assert desk.node.damage is None
    assert desk.file().ref


@pytest.mark.requirement("SZK-43")
def test_on_a_damaged_ledger_nothing_is_taken_the_entry_is_named_and_stop_sounds() -> None:
    desk = Desk()
    desk.file()
    stored = desk.log._entries[3]
    desk.log._entries[3] = replace(stored, leaf=stored.leaf.replace(b'"number":', b'"nomber":'))
    desk.node = desk.open()
    assert desk.node.damage is not None and desk.node.damage.position is not None
    answer = desk.node.submit(*desk.sealed(notice(volume(90)), "ALPHA"))
    assert isinstance(answer, Unrecorded) and "does not verify" in answer.reason
    assert isinstance(desk.node.submit(*desk.sealed(STOP, "ALPHA")), Unrecorded)
    assert len(desk.alarm.heard) == 1


def test_a_charter_that_could_carry_no_mechanism_is_not_founded() -> None:
    roots = [key_of(f"root {name}") for name in _MEMBERS]
    alpha, bravo, mediator = charter_of().parties
    for changes, words in (
        ({"interim": "some"}, "interim level 'some'"),
        ({"quorum": 0}, "quorum of 0"),
        ({"quorum": 4}, "quorum of 4"),
        ({"parties": (alpha, replace(bravo, name="ALPHA"), mediator)}, "'ALPHA' twice"),
        ({"parties": (alpha, replace(bravo, name="AGREEMENT"), mediator)}, "'AGREEMENT'"),
        ({"parties": (alpha, replace(bravo, roots=()), mediator)}, "no root key"),
        ({"parties": (alpha, replace(bravo, roots=alpha.roots), mediator)}, "twice"),
        ({"parties": (mediator,)}, "names no party"),
        ({"parties": ()}, "0 organisations"),
        ({"parties": (alpha, replace(bravo, role=PartyRole.PARTY, name=" "), mediator)}, "' '"),
    ):
        node = Node(MemoryLog(), FakeClock(NOW_MS), key_of("node 0"), CountedEntropy(0), HeardAlarm())
        with pytest.raises(LedgerError, match=words):
            node.found(seal_founding(charter_of(**changes), roots))


def test_a_draft_s_values_are_those_of_its_text() -> None:
    desk = Desk()
    one, other = treaty(0, ("ALPHA", "BRAVO")), treaty(1, ("ALPHA", "BRAVO"))
    false = Document(text=one.text, agreement=other.agreement)
    draft = sha256(one.text.encode()).hexdigest()
    with pytest.raises(RulesError):
        desk.node.submit(*desk.sealed(ProposeDraft(draft=draft, document=false), "MEDIATOR"))


# The bench


@pytest.mark.requirement("SZK-32")
def test_a_question_under_the_name_of_a_live_notice_leaves_that_notice_where_it_is() -> None:
    desk = Desk(agreed=True)
    filed = desk.file(60)
    asked = replace(volume(600, shape=disc(32.0, 22.0)), operation=filed.ref)
    desk.send(Ask(extent=notice(asked).extent), "ALPHA")
    desk.send(notice(volume(60, party="BRAVO", shape=disc(32.0, 22.0))), "BRAVO")
    assert [case.b for case in desk.node.state.cases.values()] == [filed.ref]


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.UNKNOWN_LOST])
def test_what_could_not_be_stored_leaves_nothing_behind_on_the_bench(fault: Fault) -> None:
    desk = Desk(agreed=True)
    first = desk.file(60)
    place = {"shape": disc(32.0, 22.0)}
    for lost in (CancelNotice(ref=first.ref), notice(volume(500, **place))):  # type: ignore[arg-type] # of `volume`
        desk.log.plan(*[fault] * 8)
        assert isinstance(desk.node.submit(*desk.sealed(lost, "ALPHA")), Unrecorded)
        desk.log.forget_plans()
    desk.clock.advance(1)
    desk.node.delivered("BRAVO", [first.ref])  # the ledger goes on, so that no other notice has that reference
    for start_min in (60, 500):
        desk.send(notice(volume(start_min, party="BRAVO", **place)), "BRAVO")  # type: ignore[arg-type] # of `volume`
    assert [case.b for case in desk.node.state.cases.values()] == [first.ref]


def test_an_error_in_judging_leaves_nothing_behind_on_the_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(agreed=True)
    first = desk.file(60)

    def fails(*_: object) -> None:
        raise LedgerError("not now")

    with monkeypatch.context() as patched:
        patched.setattr("sazokar.domain.operation.raised", fails)
        change = AmendNotice(ref=first.ref, version=1, extent=notice(volume(600, shape=disc(32.0, 22.0))).extent)
        with pytest.raises(LedgerError, match="not now"):
            desk.send(change, "ALPHA")
    desk.send(notice(volume(60, party="BRAVO", shape=disc(32.0, 22.0))), "BRAVO")
    assert len(desk.node.state.cases) == 1


def test_a_delivery_is_recorded_once_for_each_version() -> None:
    desk = Desk()
    filed = desk.file()
    for _ in range(2):
        desk.node.delivered("BRAVO", [filed.ref, filed.ref])
    assert [ack.rung for ack in desk.node.state.notices[filed.ref].acks] == ["delivered"]


def test_a_clock_that_goes_back_never_takes_the_ledger_along() -> None:
    desk = Desk()
    filed = desk.file(1)
    desk.clock.advance(2 * MINUTE_MS)
    desk.node.tick()
    desk.clock.advance(-DAY_MS)
    later = desk.send(CancelNotice(ref=filed.ref), "ALPHA")
    assert later.recorded_ms == NOW_MS + 2 * MINUTE_MS
    assert desk.node.state.notices[filed.ref].state is OperationState.ENDED


def test_what_was_taken_is_told_with_its_reference() -> None:
    desk = Desk()
    filed = desk.file()
    assert filed.ref == f"N{filed.position}" and Taken(ref=filed.ref) in filed.findings
    assert not [one for one in filed.findings if isinstance(one, Sounded)]
