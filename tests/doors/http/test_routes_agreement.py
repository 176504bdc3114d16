"""The agreement, its drafts, talks, incidents, parties, keys and budgets over HTTP."""

from __future__ import annotations

from hashlib import sha256

import pytest

from sazokar.app.drafting import document_of
from sazokar.domain.statement import (
    Account,
    CallStop,
    DelegateKey,
    ProposeDraft,
    RecordTalks,
    ReportIncident,
    ResumeAgreement,
    RevokeKey,
    StopAction,
    SuspendAgreement,
    TalksRound,
)
from sazokar.testing.fakes import key_of
from tests.dialects.agreements import clause
from tests.domain.mechanism import DAY_MS, NOW_MS, notice, volume
from tests.doors.http.grounds import ROLES, House, treaty

BUDGET = clause("budget", 'spends = 3\nwindow = "1h"', "5.5")


@pytest.mark.requirement("SZK-06")
def test_the_agreement_says_whether_it_is_in_force_and_is_the_text_that_was_signed(house: House) -> None:
    client = house.client("RELIEF")
    told = client.get("/v1/agreement").json()
    assert told["status"] == "in-force" and sha256(told["text"].encode()).hexdigest() == told["draft"]
    assert told["signed"] == ["ALPHA", "BRAVO"] and told["agreement"]["title"] == [["en", "Line Agreement"]]
    house.take("ALPHA", SuspendAgreement(reason="talks"))
    told = client.get("/v1/agreement").json()
    assert (told["status"], told["to_resume"]) == ("suspended", ["ALPHA", "BRAVO"])
    house.take("ALPHA", ResumeAgreement())
    assert client.get("/v1/agreement").json()["to_resume"] == ["BRAVO"]
    house.take("BRAVO", ResumeAgreement())
    assert client.get("/v1/agreement").json()["status"] == "in-force"


@pytest.mark.requirement("SZK-01")
def test_drafts_are_compared_clause_by_clause(house: House) -> None:
    client, before = house.client("ALPHA"), house.state.draft
    text = treaty(BUDGET).replace("10NM", "12NM")
    after = sha256(text.encode()).hexdigest()
    house.take("MEDIATOR", ProposeDraft(draft=after, document=document_of(text, "draft.toml")))
    drafts = client.get("/v1/agreement/drafts").json()["items"]
    assert {one["draft"]: one.get("in_force", False) for one in drafts} == {before: True, after: False}
    assert client.get(f"/v1/agreement/drafts/{after}").json()["text"] == text
    changes = client.get(f"/v1/agreement/drafts/{before}/difference/{after}").json()["changes"]
    assert {(one["kind"], one["number"] or one["subject"]) for one in changes} == {
        ("added", "5.5"),
        ("changed", "default"),
    }
    (default,) = [one for one in changes if one["subject"] == "default"]
    assert default["fields"] == [{"path": "minima.horizontal_mm", "stricter": True}] and "12 NM" in " ".join(
        default["words"]
    )
    assert client.get(f"/v1/agreement/drafts/{before}/difference/{before}").json()["changes"] == []
    for path in (f"/v1/agreement/drafts/{'0' * 64}", f"/v1/agreement/drafts/{before}/difference/{'0' * 64}"):
        assert client.get(path).status_code == 404
    assert client.get("/v1/agreement/drafts/x").json()["field"] == "draft"


@pytest.mark.requirement("SZK-09")
def test_talks_are_shown_by_round(house: House) -> None:
    for number in (1, 2):
        record = TalksRound(number=number, place="Port Lumen", date_ms=NOW_MS - NOW_MS % DAY_MS + number * DAY_MS)
        house.take("MEDIATOR", RecordTalks(number=number, round=record))
    client = house.client("WATCHER")
    told = client.get("/v1/talks?limit=1").json()
    assert [one["ref"] for one in told["items"]] == ["T1"]
    assert [one["ref"] for one in client.get("/v1/talks", params={"cursor": told["next"]}).json()["items"]] == ["T2"]
    assert client.get("/v1/talks/T2").json()["recorder"] == "MEDIATOR"
    for ref in ("T3", "N2", "T", "T01"):
        assert client.get(f"/v1/talks/{ref}").status_code == 404


@pytest.mark.requirement("SZK-41")
def test_two_sides_accounts_of_an_incident_are_two_reports(house: House) -> None:
    stop = house.take("ALPHA", CallStop(action=StopAction.HALT, place="Road 5", unit="convoy", reason="fire")).ref
    house.clock.advance(1_000)
    for party in ("ALPHA", "BRAVO"):
        house.take(party, ReportIncident(about=(stop,), at_ms=NOW_MS, account=Account(text=f"what {party} saw")))
    items = house.client("VOUCHER").get("/v1/incidents").json()["items"]
    assert [(one["party"], one["account"]["text"], one["about"]) for one in items] == [
        ("ALPHA", "what ALPHA saw", [stop]), ("BRAVO", "what BRAVO saw", [stop]),
    ]  # fmt: skip
    assert {one["recorded_ms"] for one in items} == {NOW_MS + 1_000} and {one["officer"] for one in items} == {
        "A1",
        "B1",
    }
    assert house.client("ALPHA").get(f"/v1/incidents/{items[1]['ref']}").json() == items[1]


@pytest.mark.requirement("SZK-45")
def test_keys_are_shown_with_what_became_of_them(house: House) -> None:
    key = key_of("ALPHA second").key_id
    delegation = DelegateKey(key=key, watch_number="A2", from_ms=NOW_MS, until_ms=NOW_MS + DAY_MS)
    house.take("root ALPHA", delegation)
    revoked_at = house.take("root ALPHA", RevokeKey(key=key)).position
    keys = {one["key"]: one for one in house.client("BRAVO").get("/v1/keys").json()["items"]}
    assert len(keys) == 2 * len(ROLES) + 2
    assert (keys[key]["party"], keys[key]["officer"]) == ("ALPHA", "A2")
    assert keys[key]["revoked_at"] - revoked_at in (0, 1)
    assert keys[house.node.key]["role"] == "node" and keys[key_of("root BRAVO").key_id]["role"] == "root"
    alpha = house.client("BRAVO").get("/v1/keys?party=ALPHA").json()["items"]
    assert {one["party"] for one in alpha} == {"ALPHA"} and len(alpha) == 3


@pytest.mark.requirement("SZK-32")
def test_everyone_sees_what_each_has_left_of_its_budget(house: House) -> None:
    assert house.client("BRAVO").get("/v1/budgets").json()["items"] == []  # no clause counts
    house.agree(treaty(BUDGET))
    house.take("ALPHA", notice(volume()))
    left = {one["party"]: one["left"] for one in house.client("BRAVO").get("/v1/budgets").json()["items"]}
    assert left == {party: 2 if party == "ALPHA" else 3 for party in ROLES}
    party = house.client("WATCHER").get("/v1/parties/ALPHA").json()
    assert (party["role"], party["roots"], party["budget"]["left"]) == ("party", [key_of("root ALPHA").key_id], 2)
    assert house.client("WATCHER").get("/v1/parties/NOBODY").status_code == 404
