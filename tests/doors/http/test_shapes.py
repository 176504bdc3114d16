"""Every answer that is read is of the form that the description says, member for member, with a ledger full of everything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256

import msgspec
import pytest
from jsonschema import Draft202012Validator

from sazokar.app.drafting import document_of
from sazokar.domain.agreement import Level
from sazokar.domain.notice import Consent, MovementForm, OperationState, Segment, Vehicles
from sazokar.domain.statement import (
    Account,
    Acknowledge,
    AckRung,
    AnswerConflict,
    AnswerStop,
    CallStop,
    Change,
    HandOver,
    PostWatch,
    ProposeDraft,
    Recommend,
    RecordTalks,
    Reply,
    ReplyContent,
    ReportIncident,
    ReportState,
    RevokeKey,
    Source,
    StopAction,
    StopRung,
    TalksRound,
    WatchPost,
)
from sazokar.domain.statement import (
    TestCall as LineTest,
)
from sazokar.testing.fakes import key_of
from tests.app.grounds import AGREEMENT
from tests.dialects.agreements import LINE, clause
from tests.domain.mechanism import DAY_MS, MINUTE_MS, NOW_MS
from tests.doors.http.grounds import House, treaty
from tests.doors.http.planted import LEAD, Planted, fresh

TEXT = treaty(
    LEAD, LINE, clause("budget", 'spends = 60\nwindow = "1h"', "5.5"),
    clause("disclosure", 'to = "any"\nlevel = "everything"', "7.1"), clause("review", 'period = "90d"', "8.3"),
)  # fmt: skip


@pytest.fixture(scope="module")
def full() -> Iterator[tuple[House, dict[str, str]]]:
    """Give a house in which there is something of each kind, and what addresses name."""
    with fresh(TEXT) as house:
        refs = lived(house)
        yield house, refs


def lived(house: House) -> dict[str, str]:
    """Let everything happen once."""
    watch = WatchPost(telephones=("+99 1",), languages=("en", "fa"))
    house.take("ALPHA", PostWatch(number="A1", from_ms=NOW_MS, until_ms=NOW_MS + DAY_MS, alternate=True, post=watch))
    house.take("ALPHA", HandOver(to="A1"))
    house.take("BRAVO", LineTest(to="ALPHA", answered=True))
    consent = (Consent("WATCHER", Level.NOTHING),)
    plan = Planted(1, "BRAVO")
    leg = Segment(from_="Port", to="Mill", depart_ms=plan.start_ms, arrive_ms=plan.end_ms)
    form = MovementForm(organisation="relief", segments=(leg,), vehicles=(Vehicles(kind="truck", count=2),), people=4)
    first = house.take("BRAVO", msgspec.structs.replace(plan.statement(), movement=form)).ref
    second = house.take("ALPHA", Planted(2).statement(consent=consent)).ref
    (case,) = [ref for ref, one in house.state.cases.items() if {one.a, one.b} == {first, second}]
    house.take("BRAVO", Acknowledge(ref=second, rung=AckRung.PASSED_ON, units=("1 SQN",)))
    house.take("BRAVO", Acknowledge(ref=case, rung=AckRung.READ))
    house.node.delivered("RELIEF", [first, second, case])
    change = Change(ref=second, delay_ms=MINUTE_MS, level="FL320", text="or later")
    house.take(
        "ALPHA", AnswerConflict(ref=case, reply=Reply.COUNTER, content=ReplyContent(text="later", change=change))
    )
    house.take("MEDIATOR", Recommend(ref=case, content=ReplyContent(text="climb")))
    house.clock.advance(6 * MINUTE_MS)
    house.node.tick()
    house.take("ALPHA", ReportState(ref=second, state=OperationState.CONTINGENT))
    over = Planted(3)
    over.start_ms, over.end_ms = NOW_MS - DAY_MS, NOW_MS - DAY_MS + MINUTE_MS
    house.submit("ALPHA", over.statement(life_safety=True))
    stop = house.take(
        "ALPHA", CallStop(action=StopAction.HALT, place="Road 5", unit="convoy", reason="fire", about=second)
    ).ref
    house.take("BRAVO", AnswerStop(ref=stop, rung=StopRung.PASSED_ON, unit="1 SQN"))
    house.node.cry(b"fire at the bridge")
    account = Account(text="seen", sources=(Source(text="radar", reliability="B", credibility=2),))
    incident = house.take("BRAVO", ReportIncident(about=(stop, case), at_ms=NOW_MS, account=account)).ref
    talks = TalksRound(
        number=1, place="Port Lumen", date_ms=NOW_MS - NOW_MS % DAY_MS, delegations=(("ALPHA", "head"),),
        proposals=(house.state.draft,), outcome="no-agreement", next_ms=NOW_MS - NOW_MS % DAY_MS + 9 * DAY_MS,
    )  # fmt: skip
    house.take("MEDIATOR", RecordTalks(number=1, round=talks))
    house.take("root RELIEF", RevokeKey(key=key_of("RELIEF").key_id))
    text = AGREEMENT.read_text(encoding="utf-8")
    other = sha256(text.encode()).hexdigest()
    house.take("MEDIATOR", ProposeDraft(draft=other, document=document_of(text, "agreement.toml")))
    return {
        "notice": second, "conflict": case, "stop": stop, "incident": incident, "before": house.state.draft, "after": other,
    }  # fmt: skip


def exact(schema: object) -> object:
    """Return a schema that takes no member beside those that it names."""
    if isinstance(schema, list):
        return [exact(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    whole = {name: exact(value) for name, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        whole["additionalProperties"] = False
    return whole


PATHS = (
    ("/v1/notices", "?ended=true"), ("/v1/notices/{ref}", "notice"), ("/v1/held", ""), ("/v1/search", "?q=n"),
    ("/v1/conflicts", "?all=true"), ("/v1/conflicts/{ref}", "conflict"), ("/v1/stops", "?all=true"),
    ("/v1/stops/{ref}", "stop"), ("/v1/roster", ""), ("/v1/agreement", ""), ("/v1/agreement/drafts", ""),
    ("/v1/agreement/drafts/{draft}", "after"), ("/v1/agreement/drafts/{before}/difference/{after}", "after"),
    ("/v1/talks", ""), ("/v1/talks/{ref}", "talks"), ("/v1/incidents", ""), ("/v1/incidents/{ref}", "incident"),
    ("/v1/parties", ""), ("/v1/parties/{name}", "party"), ("/v1/budgets", ""), ("/v1/keys", ""),
)  # fmt: skip


@pytest.mark.parametrize("path, what", PATHS, ids=[path for path, _ in PATHS])
@pytest.mark.parametrize("party", ["ALPHA", "BRAVO", "MEDIATOR"])
def test_an_answer_has_the_members_that_the_description_names_and_no_other(
    full: tuple[House, dict[str, str]], path: str, what: str, party: str
) -> None:
    house, refs = full
    document = json.loads(house.stranger().get("/openapi.json").content)
    schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    query = what if what.startswith("?") else ""
    values = {"ref": {**refs, "talks": "T1"}.get(what, ""), "draft": refs["after"], "name": "ALPHA", **refs}
    answer = house.client(party).get(path.format(**values) + query)
    assert answer.status_code == 200, answer.text
    held = exact({**schema, "components": document["components"]})
    faults = [
        f"{list(error.absolute_path)}: {error.message[:200]}"
        for error in Draft202012Validator(held).iter_errors(answer.json())
    ]
    assert not faults, faults[:3]
    if "items" in answer.json() and path != "/v1/held":
        assert answer.json()["items"], "a list with nothing in it tries nothing"
