"""`docs/disclosure.md`, what everyone who takes part sees alike, and what the operator and nobody do not."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from sazokar.app.drafting import document_of
from sazokar.domain.party import OfficerRole, PartyRole
from sazokar.domain.statement import (
    Account,
    Ask,
    CallStop,
    DelegateKey,
    PostWatch,
    ProposeDraft,
    RecordTalks,
    ReportIncident,
    StopAction,
    TalksRound,
    WatchPost,
)
from sazokar.doors.http.settings import Settings
from sazokar.testing.fakes import key_of
from tests.dialects.agreements import clause
from tests.domain.mechanism import DAY_MS, MINUTE_MS, NOW_MS
from tests.doors.http.grounds import ADDRESS, ROLES, House, housed, treaty
from tests.doors.http.planted import ALIKE, Planted, has

pytestmark = [pytest.mark.requirement("SZK-31"), pytest.mark.requirement("SZK-48")]
COLUMNS = {str(role).replace("_", " "): name for name, role in reversed(ROLES.items())}
WORDS = {
    "STOP": "kestrelstop1x", "roster": "kestrelroster2x", "talks": "kestreltalks3x", "incident": "kestrelaccount4x",
    "draft": "kestreldraft5x",
}  # fmt: skip
PATHS = {
    "STOP": ("/v1/stops", "/v1/stops/{STOP}"), "roster": ("/v1/roster",), "talks": ("/v1/talks", "/v1/talks/T1"),
    "incident": ("/v1/incidents", "/v1/incidents/{incident}"), "agreement": ("/v1/agreement",),
    "draft": ("/v1/agreement/drafts/{draft}",), "parties": ("/v1/parties", "/v1/parties/ALPHA"), "keys": ("/v1/keys",),
    "budgets": ("/v1/budgets",), "question": ("/v1/log/entries",),
}  # fmt: skip
OPERATOR = "operator-token-of-thirty-two-characters"
OPEN = ("/", "/healthz", "/readyz", "/v1/node", "/openapi.json")


@pytest.fixture
def full(tmp_path: Path) -> Iterator[tuple[House, dict[str, str]]]:
    """Give a house that holds one of each object, served with an operator's token, and their references."""
    (tmp_path / "operator").write_text(OPERATOR)
    served = Settings(
        directory=str(tmp_path), requests_per_s=1_000_000, strangers_per_s=1_000_000,
        operator_token_file=str(tmp_path / "operator"),
    )  # fmt: skip
    budget = clause("budget", 'spends = 60\nwindow = "1h"', "5.5")
    with housed(tmp_path, treaty(budget), settings=served) as house:
        stop = CallStop(action=StopAction.HALT, place="Road 5", unit="convoy", reason=WORDS["STOP"])
        post = WatchPost(telephones=(f"+99 {WORDS['roster']}",))
        talks = TalksRound(number=1, place=WORDS["talks"], date_ms=NOW_MS - NOW_MS % 86_400_000)
        text = treaty(budget) + f"# {WORDS['draft']}\n"
        refs = {"STOP": house.take("ALPHA", stop).ref}
        house.take("ALPHA", PostWatch(number="A1", from_ms=NOW_MS, until_ms=NOW_MS + MINUTE_MS, post=post))
        house.take("MEDIATOR", RecordTalks(number=1, round=talks))
        report = ReportIncident(about=(refs["STOP"],), at_ms=NOW_MS, account=Account(text=WORDS["incident"]))
        refs["incident"] = house.take("BRAVO", report).ref
        refs["draft"] = _drafted(house, text)
        yield house, refs


def _drafted(house: House, text: str) -> str:
    draft = sha256(text.encode()).hexdigest()
    house.take("MEDIATOR", ProposeDraft(draft=draft, document=document_of(text, "draft.toml")))
    return draft


def test_every_role_has_a_column_on_the_page() -> None:
    assert {*COLUMNS} == {str(role).replace("_", " ") for role in PartyRole}
    assert all({*row} == {*COLUMNS, "operator", "nobody"} for row in ALIKE.values()) and {*ALIKE} == {*PATHS}


def test_each_object_is_shown_to_each_role_as_the_page_says(full: tuple[House, dict[str, str]]) -> None:
    house, refs = full
    asked = Planted(3)
    for column, party in COLUMNS.items():
        client = house.client(party)
        for name, paths in PATHS.items():
            answers = [client.get(path.format(**refs)) for path in paths]
            assert all(answer.status_code == 200 for answer in answers), (column, name)
            if name in WORDS:
                assert ALIKE[name][column] == "yes"
                assert WORDS[name].encode() in answers[-1].content
            elif name == "question":
                assert ALIKE[name][column] == "own"
                assert not any(has(answer.content, asked.canaries["extent"]) for answer in answers)
            else:
                assert ALIKE[name][column] == "yes" and len(answers[0].content) > 60
    house.take("ALPHA", Ask(extent=asked.statement().extent))
    for party in ROLES:
        assert has(house.client(party).get("/v1/log/entries").content, asked.canaries["extent"]) is (party == "ALPHA")


def reading(house: House) -> list[str]:
    """Return an address for every route that answers GET, as its description has it."""
    paths = house.stranger().get("/openapi.json").json()["paths"]
    found = [path for path, methods in paths.items() if "get" in methods]
    assert len(found) > 30
    return found


def test_the_operator_and_nobody_read_nothing_that_a_party_signed(full: tuple[House, dict[str, str]]) -> None:
    house, refs = full
    assert all(row[who] == "no" for row in ALIKE.values() for who in ("operator", "nobody"))
    operator = httpx.Client(
        transport=house.stranger()._transport, base_url=ADDRESS, headers={"Authorization": f"Bearer {OPERATOR}"}
    )
    values = {"ref": refs["STOP"], "draft": refs["draft"], "before": refs["draft"], "after": refs["draft"]}
    values |= {"name": "ALPHA", "position": "1", "entry_id": house.node.ledger, "path": "0/000"}
    paths = [path.format(**values) for path in reading(house) if path not in OPEN]
    for client in (operator, house.stranger()):
        for path in paths:
            answer = client.get(path)
            allowed = path in ("/metrics", "/v1/deliveries") and client is operator
            assert answer.status_code in ((200,) if allowed else (401, 400)), path  # 400: a parameter is missing
            assert not any(word.encode() in answer.content for word in WORDS.values()), path
            assert not any(party in answer.text for party in ROLES), path
        for path in OPEN:
            assert not any(word.encode() in client.get(path).content for word in WORDS.values()), path


def test_a_key_for_stop_alone_reads_nothing(house: House) -> None:
    delegation = DelegateKey(
        key=key_of("ALPHA stop").key_id, watch_number="A9", role=OfficerRole.STOP_ONLY, from_ms=NOW_MS,
        until_ms=NOW_MS + DAY_MS,
    )  # fmt: skip
    house.take("root ALPHA", delegation)
    with pytest.raises(AssertionError, match="reads for nobody"):
        house.token("ALPHA stop")
