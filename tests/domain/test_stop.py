"""STOP: recorded whatever else holds, its ladder with latencies, released by whom it may be."""

from __future__ import annotations

import pytest

from sazokar.domain.finding import Outcome, Sounded, StopLatency
from sazokar.domain.party import OfficerRole
from sazokar.domain.statement import (
    AnswerStop,
    CallStop,
    CancelNotice,
    ReleaseStop,
    StopAction,
    StopRung,
    SuspendAgreement,
)
from tests.dialects.agreements import clause
from tests.domain.mechanism import MINUTE_MS, NOW_MS, Mechanism, code, of, ref, volume

pytestmark = pytest.mark.requirement("SZK-27")

STOP = CallStop(action=StopAction.HALT, place="Reef", unit="1 SQN", reason="inside")
BUDGET = clause("budget", 'spends = 1\nwindow = "1h"', "5.5")


def test_no_budget_quota_number_expiry_suspension_or_missing_agreement_keeps_a_stop_from_the_record() -> None:
    mechanism = Mechanism(BUDGET)
    mechanism.file("ALPHA", volume())
    mechanism.say("ALPHA", SuspendAgreement(reason="a breach"))
    for changes in ({"number": 1}, {"number": 0}, {"expires_ms": NOW_MS - 1}, {"role": OfficerRole.STOP_ONLY}):
        assert mechanism.say("ALPHA", STOP, **changes).outcome is Outcome.TAKEN
    for party in ("WATCHER", "MEDIATOR", "RELIEF"):
        assert mechanism.say(party, STOP).outcome is Outcome.TAKEN
    assert Mechanism(signed=False).say("ALPHA", STOP).outcome is Outcome.TAKEN


def test_a_key_for_stop_signs_nothing_else() -> None:
    mechanism = Mechanism()
    assert code(mechanism.say("ALPHA", CancelNotice(ref="N1"), role=OfficerRole.STOP_ONLY)) == "stop-only"


def test_each_rung_has_its_latency_from_the_sounding() -> None:
    mechanism = Mechanism()
    call = mechanism.say("ALPHA", STOP)
    name = ref(call)
    assert of(call, Sounded) == [Sounded(ref=name, sounded_ms=NOW_MS)]
    for minutes, rung in ((1, StopRung.HEARD), (2, StopRung.PASSED_ON), (4, StopRung.CEASED)):
        mechanism.at(minutes)
        (step,) = of(mechanism.say("BRAVO", AnswerStop(ref=name, rung=rung, unit="1 SQN")), StopLatency)
        assert (step.latency_ms, step.rung, step.party) == (minutes * MINUTE_MS, rung, "BRAVO")
    assert [step.unit for step in mechanism.state.stops[name].steps] == ["1 SQN"] * 3
    assert code(mechanism.say("BRAVO", AnswerStop(ref="S999", rung=StopRung.HEARD))) == "unknown-reference"


def test_the_answers_to_one_stop_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sazokar.domain.stop.GREATEST_STEPS", 1)
    mechanism = Mechanism()
    name = ref(mechanism.say("ALPHA", STOP))
    heard, ceased = (AnswerStop(ref=name, rung=rung) for rung in (StopRung.HEARD, StopRung.CEASED))
    assert [code(mechanism.say("BRAVO", one)) for one in (heard, heard, ceased)] == ["", "answered-already", "too-many"]
    assert code(mechanism.say("RELIEF", ceased)) == "", "nobody uses up another's"


@pytest.mark.parametrize(
    "release, party, expected",
    [
        ("", "ALPHA", ""),
        ("", "BRAVO", "may-not-release"),
        ("", "MEDIATOR", "may-not-release"),
        ('release = ["mediator"]', "MEDIATOR", ""),
        ('release = ["BRAVO"]', "BRAVO", ""),
        ('release = ["mediator"]', "BRAVO", "may-not-release"),
    ],
)
def test_only_its_caller_or_the_agreed_authority_releases_it(release: str, party: str, expected: str) -> None:
    mechanism = Mechanism(clause("stop", release, "8.1") if release else "")
    name = ref(mechanism.say("ALPHA", STOP))
    mechanism.at(3)
    assert code(mechanism.say(party, ReleaseStop(ref=name))) == expected
    assert mechanism.state.stops[name].released_ms == (0 if expected else NOW_MS + 3 * MINUTE_MS)
    if not expected:
        assert code(mechanism.say(party, ReleaseStop(ref=name))) == "unknown-reference"
