"""The one way in: what is acknowledged is durable, what is sent twice is recorded once, and STOP is never kept back."""

from __future__ import annotations

import threading

import pytest

from sazokar.app.docket import Chambers
from sazokar.app.node import Node
from sazokar.app.opening import open_ledger
from sazokar.app.ports import Stored
from sazokar.app.receipt import Receipt, Rejected, Unrecorded
from sazokar.app.snapshot import state_bytes
from sazokar.domain.finding import Findings, Outcome, Raised, Sounded
from sazokar.domain.fold import fold
from sazokar.domain.statement import (
    Acknowledge,
    AckRung,
    AnswerStop,
    CallStop,
    CancelNotice,
    RevokeKey,
    StopAction,
    StopRung,
)
from sazokar.errors import CanonicalError, HistoryError, LedgerError, SazokarError
from sazokar.ledger.entry import open_envelope
from sazokar.testing.fakes import key_of
from sazokar.testing.faults import Fault, FaultyLog
from tests.app.grounds import HOUR_MS, MINUTE_MS, Grounds, flight

STOP = CallStop(action=StopAction.TURN_AWAY, place="the box", unit="HERON 21", reason="inside it")


def raised(receipt: object) -> list[Raised]:
    assert isinstance(receipt, Receipt)
    return [finding for finding in receipt.findings if isinstance(finding, Raised)]


def test_a_notice_that_conflicts_is_taken_and_its_conflict_is_told_in_the_same_step() -> None:
    grounds = Grounds()
    first = grounds.take("BRAVO", flight("BRAVO", "one"))
    assert not raised(first)
    second = grounds.take("ALPHA", flight("ALPHA", "two"))
    (conflict,) = raised(second)
    case = grounds.node.state.cases[conflict.ref]
    assert {case.a, case.b} == {first.ref, second.ref}
    assert conflict.first == "ALPHA"


@pytest.mark.parametrize("filers", [2, 8])
def test_of_two_racing_notices_that_conflict_one_is_told(filers: int) -> None:
    grounds = Grounds()
    sealed = [
        grounds.sealed(party, flight(party, f"plan-{n}", level=100))
        for n, party in enumerate(["ALPHA", "BRAVO"] * filers)
    ]
    found: list[object] = []
    threads = [threading.Thread(target=lambda one=one: found.append(grounds.node.submit(*one))) for one in sealed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = sum(len(raised(receipt)) for receipt in found)
    assert told == len(grounds.node.state.cases) == filers * filers
    assert state_bytes(open_ledger(grounds.log).state) == state_bytes(grounds.node.state)


def test_what_is_sent_twice_is_recorded_once_and_answered_alike() -> None:
    grounds = Grounds()
    sealed = grounds.sealed("ALPHA", flight("ALPHA", "one"))
    first, size = grounds.node.submit(*sealed), grounds.node.state.size
    again = grounds.node.submit(*sealed)
    assert isinstance(first, Receipt) and isinstance(again, Receipt)
    assert again.repeated and not first.repeated
    assert (again.id, again.position, again.findings) == (first.id, first.position, first.findings)
    assert grounds.node.state.size == size
    afterwards = grounds.opened().submit(*sealed)
    assert isinstance(afterwards, Receipt) and afterwards.repeated


def test_sent_twice_in_one_batch_it_is_recorded_once() -> None:
    grounds = Grounds()
    sealed, size = grounds.sealed("ALPHA", flight("ALPHA", "one")), grounds.node.state.size
    found: list[object] = []
    with grounds.node._gate:  # all of them wait, so that one leads for all
        threads = [threading.Thread(target=lambda: found.append(grounds.node.submit(*sealed))) for _ in range(6)]
        for thread in threads:
            thread.start()
        while len(grounds.node._queue) < 6:
            pass
    grounds.node.tick()
    for thread in threads:
        thread.join()
    assert grounds.node.state.size == size + 2
    assert sum(isinstance(one, Receipt) and not one.repeated for one in found) == 1


def test_what_cannot_be_read_is_an_error_and_no_entry() -> None:
    grounds = Grounds()
    leaf, payloads = grounds.sealed("ALPHA", flight("ALPHA", "one"))
    size = grounds.node.state.size
    for bad in (b"", b"{}", leaf[:-1], leaf.replace(b'"kind"', b'"Kind"'), b"\xff" * 100):
        with pytest.raises(SazokarError):
            grounds.node.submit(bad, payloads)
    with pytest.raises(CanonicalError, match="extent"):
        grounds.node.submit(leaf, {"extent": payloads["extent"].replace(b"one", b"two")})
    assert grounds.node.state.size == size


def test_a_key_that_may_not_sign_here_is_rejected_and_noted() -> None:
    grounds = Grounds()
    assert isinstance(grounds.send("stranger", flight("ALPHA", "one")), Rejected)
    grounds.take("root ALPHA", RevokeKey(key=key_of("ALPHA").key_id, reason="lost"))
    rejected = grounds.send("ALPHA", flight("ALPHA", "one"))
    assert isinstance(rejected, Rejected) and "revoked" in rejected.reason
    assert len(grounds.log.rejected()) == 2


def test_a_statement_for_another_ledger_is_rejected() -> None:
    one, other = Grounds(), Grounds(agreed=False)
    other.clock.advance(1)
    sealed = one.sealed("ALPHA", flight("ALPHA", "one"))
    assert isinstance(other.node.submit(sealed[0].replace(one.node.ledger.encode(), b"ab" * 32), sealed[1]), Rejected)


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.UNKNOWN_LOST])
def test_what_could_not_be_stored_leaves_the_state_as_it_was_and_may_be_sent_again(fault: Fault) -> None:
    log = FaultyLog()
    grounds = Grounds(log)
    grounds.take("BRAVO", flight("BRAVO", "one"))
    before = state_bytes(grounds.node.state)
    sealed = grounds.sealed("ALPHA", flight("ALPHA", "two"))
    log.plan(*[fault] * 20)
    assert isinstance(grounds.node.submit(*sealed), Unrecorded)
    assert state_bytes(grounds.node.state) == before
    log.forget_plans()
    again = grounds.node.submit(*sealed)
    assert isinstance(again, Receipt) and not again.repeated
    assert len(raised(again)) == 1


def test_what_was_stored_though_the_log_did_not_say_so_is_acknowledged_once() -> None:
    log = FaultyLog()
    grounds = Grounds(log)
    size = grounds.node.state.size
    log.plan(Fault.UNKNOWN_STORED)
    assert isinstance(grounds.send("ALPHA", flight("ALPHA", "one")), Receipt)
    assert log.size() == grounds.node.state.size == size + 2


def test_when_another_has_written_the_batch_is_judged_anew_on_what_it_left() -> None:
    log = FaultyLog()
    grounds = Grounds(log)
    theirs = grounds.sealed("BRAVO", flight("BRAVO", "one"))
    log.meanwhile = lambda: appended_by_another(grounds, theirs)
    log.plan(Fault.HEAD_MOVED)
    receipt = grounds.send("ALPHA", flight("ALPHA", "two"))
    assert len(raised(receipt)) == 1, "a conflict with what came in between was not seen"


def appended_by_another(grounds: Grounds, sealed: tuple[bytes, dict[str, bytes]]) -> None:
    other = grounds.opened()
    assert isinstance(other.submit(*sealed), Receipt)


@pytest.mark.requirement("SZK-27")
def test_stop_sounds_before_it_is_recorded_and_when_it_cannot_be() -> None:
    log = FaultyLog()
    grounds = Grounds(log)
    grounds.clock.advance(5)
    called_ms = grounds.clock.now_ms()
    log.plan(*[Fault.UNAVAILABLE] * 3)
    answer = grounds.send("ALPHA", STOP)
    assert isinstance(answer, Unrecorded) and answer.sounded
    assert [(heard.verified, heard.sounded_ms) for heard in grounds.alarm.heard] == [(True, called_ms)]
    log.forget_plans()
    grounds.clock.advance(90_000)
    assert grounds.node.tick() is None
    (case,) = grounds.node.state.stops.values()
    assert (case.by, case.sounded_ms) == ("ALPHA", called_ms)
    assert grounds.node.unrecorded == 0
    assert len(grounds.alarm.heard) == 1, "it sounded again when it was recorded"


@pytest.mark.requirement("SZK-27")
def test_stop_that_cannot_be_verified_sounds_all_the_same_and_is_recorded_so() -> None:
    grounds = Grounds(agreed=False)
    stranger = grounds.sealed("stranger", STOP)
    assert isinstance(grounds.node.submit(*stranger), Rejected)
    leaf, _ = grounds.sealed("ALPHA", STOP)
    with pytest.raises(SazokarError):
        grounds.node.submit(leaf[:-10] + leaf[-9:])
    grounds.node.cry(b"CEASE FIRE at the crossing")
    assert [heard.verified for heard in grounds.alarm.heard] == [False, False, False]
    cases = grounds.node.state.stops.values()
    assert len(cases) == 3
    assert all(case.call is None and not case.by and case.raw for case in cases)


@pytest.mark.requirement("SZK-27")
def test_stop_that_sounded_before_the_node_was_asked_is_recorded_with_that_instant_and_does_not_sound_again() -> None:
    grounds = Grounds()
    sounded_ms = grounds.clock.now_ms() - 90_000
    receipt = grounds.node.submit(*grounds.sealed("ALPHA", STOP), sounded_ms=sounded_ms)
    assert isinstance(receipt, Receipt)
    assert grounds.node.cry(b"CEASE FIRE at the crossing", sounded_ms=sounded_ms) is None
    assert isinstance(grounds.node.submit(*grounds.sealed("stranger", STOP), sounded_ms=sounded_ms), Rejected)
    assert not grounds.alarm.heard
    assert [case.sounded_ms for case in grounds.node.state.stops.values()] == [sounded_ms] * 3


@pytest.mark.requirement("SZK-06")
@pytest.mark.requirement("SZK-47")
def test_stop_needs_no_agreement_no_fresh_statement_and_no_free_number() -> None:
    grounds = Grounds(agreed=False)
    sealed = grounds.sealed("BRAVO", STOP)
    grounds.clock.advance(400 * 24 * HOUR_MS // 20)
    grounds.numbers["BRAVO"] = 0
    receipt = grounds.node.submit(*sealed)
    assert isinstance(receipt, Receipt) and receipt.outcome == "taken"
    assert any(isinstance(finding, Sounded) for finding in receipt.findings)
    step = grounds.take("ALPHA", AnswerStop(ref=receipt.ref, rung=StopRung.HEARD))
    assert step.outcome == "taken"


class Damaged(FaultyLog):
    """A log in which one byte of one entry is not what was stored."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at
        self.is_damaged = False

    def _broken(self, stored: Stored) -> Stored:
        if stored.position != self.at or not self.is_damaged:
            return stored
        leaf = bytearray(stored.leaf)
        leaf[len(leaf) // 2] ^= 1
        return Stored(stored.position, stored.id, bytes(leaf), stored.payloads)

    def read(self, start: int, end: int | None = None):  # type: ignore[no-untyped-def] # as its parent's
        return map(self._broken, super().read(start, end))


@pytest.mark.requirement("SZK-43")
@pytest.mark.parametrize("at", [0, 3, 11])
def test_on_a_damaged_ledger_nothing_is_judged_and_stop_still_sounds(at: int) -> None:
    log = Damaged(at)
    grounds = Grounds(log)
    grounds.post("ALPHA")
    grounds.take("BRAVO", flight("BRAVO", "one"))
    ledger = grounds.node.ledger
    notice, stop = grounds.sealed("ALPHA", flight("ALPHA", "two")), grounds.sealed("ALPHA", STOP)
    size, log.is_damaged = log.size(), True
    node = grounds.opened()
    assert isinstance(node.damage, LedgerError)
    assert f"entry {at}" in str(node.damage)
    answer = node.submit(*notice)
    assert isinstance(answer, Unrecorded) and f"entry {at}" in answer.reason
    heard = len(grounds.alarm.heard)
    assert isinstance(node.submit(*stop), Unrecorded)
    assert len(grounds.alarm.heard) == heard + 1
    assert log.size() == size
    assert node.unrecorded
    assert ledger == grounds.node.ledger


def test_deadlines_pass_before_a_statement_is_judged() -> None:
    grounds = Grounds()
    grounds.take("BRAVO", flight("BRAVO", "one"))
    (conflict,) = raised(grounds.take("ALPHA", flight("ALPHA", "two")))
    grounds.clock.advance(5 * MINUTE_MS)
    size = grounds.node.state.size
    grounds.take("ALPHA", Acknowledge(ref=conflict.ref, rung=AckRung.READ))
    silences = grounds.node.state.cases[conflict.ref].silences
    assert [(party, rung) for party, rung, _ in silences] == [("ALPHA", "alternate")]
    assert grounds.node.state.size == size + 3, "the clock's record, then the statement and its findings"


def test_delivery_is_recorded_once_for_each_version() -> None:
    grounds = Grounds()
    ref = grounds.take("BRAVO", flight("BRAVO", "one")).ref
    for _ in range(2):
        assert grounds.node.delivered("ALPHA", [ref, "N999"]) is None
    acks = grounds.node.state.notices[ref].acks
    assert [(ack.party, ack.rung, ack.version) for ack in acks] == [("ALPHA", "delivered", 1)]


def test_time_in_the_ledger_never_goes_back_though_the_clock_does() -> None:
    grounds = Grounds()
    grounds.take("BRAVO", flight("BRAVO", "one"))
    recorded_ms = grounds.node.state.recorded_ms
    grounds.clock.advance(-HOUR_MS)
    receipt = grounds.take("BRAVO", CancelNotice(ref=next(iter(grounds.node.state.open))))
    assert receipt.recorded_ms == recorded_ms == grounds.node.state.recorded_ms


def test_a_node_with_another_key_does_not_open_the_ledger() -> None:
    grounds = Grounds()
    with pytest.raises(LedgerError, match="the key of this node"):
        Node(grounds.log, grounds.clock, key_of("another"), grounds.entropy, grounds.alarm)


def test_a_snapshot_is_taken_at_an_orderly_close_and_spares_the_folding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sazokar.app.node.SNAPSHOT_AT_CLOSE", 4)
    monkeypatch.setattr("sazokar.adapters.log_memory.MemoryLog.close", lambda self: None)
    grounds = Grounds()
    grounds.take("BRAVO", flight("BRAVO", "one"))
    grounds.node.close()
    snapshot = grounds.log.snapshot()
    assert snapshot is not None and snapshot.size == grounds.log.size() - 1
    state = state_bytes(grounds.node.state)
    assert state_bytes(grounds.opened().state) == state
    monkeypatch.setattr("sazokar.adapters.log_memory.MemoryLog.snapshot", lambda self: None)
    assert state_bytes(grounds.opened().state) == state


def test_a_statement_that_cannot_be_recorded_takes_nothing_from_those_beside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grounds = Grounds()
    good, bad = (
        grounds.sealed("BRAVO", flight("BRAVO", name, lon=lon)) for name, lon in (("one", -30.0), ("two", -28.0))
    )
    bad_id, sealed = open_envelope(bad[0]).id, Chambers.sealed

    def refuses(self: Chambers, record: Findings, seen: object) -> object:
        if record.of == bad_id:
            raise CanonicalError("found a finding that has no form")
        return sealed(self, record, seen)  # type: ignore[arg-type] # as it was called

    monkeypatch.setattr(Chambers, "sealed", refuses)
    answers: list[object] = []

    def submit(one: tuple[bytes, dict[str, bytes]]) -> None:
        try:
            answers.append(grounds.node.submit(*one))
        except CanonicalError as error:
            answers.append(error)

    with grounds.node._gate:
        threads = [threading.Thread(target=submit, args=(one,)) for one in (bad, good)]
        for thread in threads:
            thread.start()
        while len(grounds.node._queue) < 2:
            pass
    grounds.node.tick()
    for thread in threads:
        thread.join()
    assert sorted(type(answer).__name__ for answer in answers) == ["CanonicalError", "Receipt"]
    assert len(grounds.node.state.open) == 1
    assert state_bytes(grounds.opened().state) == state_bytes(grounds.node.state)
    assert len(raised(grounds.take("ALPHA", flight("ALPHA", "three", lon=-28.0)))) == 0, (
        "what was not taken is on the bench"
    )


def test_what_was_stripped_on_the_way_is_not_recorded_and_the_whole_of_it_is_taken_afterwards() -> None:
    grounds = Grounds()
    leaf, payloads = grounds.sealed("ALPHA", flight("ALPHA", "one"))
    size = grounds.log.size()
    with pytest.raises(CanonicalError, match="no payload of extent"):
        grounds.node.submit(leaf, {})
    assert grounds.log.size() == size
    whole = grounds.node.submit(leaf, payloads)
    assert isinstance(whole, Receipt) and whole.outcome == "taken" and not whole.repeated


@pytest.mark.requirement("SZK-27")
def test_a_recorded_stop_that_is_sent_again_sounds_nothing() -> None:
    grounds = Grounds()
    sealed = grounds.sealed("ALPHA", STOP)
    grounds.node.submit(*sealed)
    grounds.clock.advance(20 * 24 * HOUR_MS)
    again = grounds.node.submit(*sealed)
    assert isinstance(again, Receipt) and again.repeated
    assert len(grounds.alarm.heard) == 1


@pytest.mark.requirement("SZK-27")
def test_no_flood_of_cries_takes_a_verified_stop_from_the_record() -> None:
    log = FaultyLog()
    grounds = Grounds(log)
    log.plan(*[Fault.UNAVAILABLE] * 3_000)
    answer = grounds.send("ALPHA", STOP)
    assert isinstance(answer, Unrecorded) and answer.sounded
    for number in range(1_100):
        grounds.node.cry(f"flood {number}".encode())
    log.forget_plans()
    grounds.node.tick()
    assert "ALPHA" in {case.by for case in grounds.node.state.stops.values()}


def test_findings_by_a_key_that_is_not_the_node_s_there_damage_the_ledger() -> None:
    grounds = Grounds()
    forged = Findings(
        of="", recorded_ms=grounds.node.state.recorded_ms, outcome=Outcome.CLOCK, findings=(), node="ab" * 32
    )
    with pytest.raises(HistoryError, match="not the node's there"):
        fold(grounds.node.state, forged)
