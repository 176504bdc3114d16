"""Whatever is agreed and filed: no byte of a payload reaches a party that the clauses do not show it to, on any door.

What each may see is worked out a second time, by `testing.sight`, which shares no code with what decides it.
"""

from __future__ import annotations

from typing import Final

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sazokar.app.receipt import Receipt
from sazokar.domain.agreement import LEVELS, Level
from sazokar.domain.notice import Consent, NoticeKind
from sazokar.domain.statement import AnswerConflict, Ask, Reply, ReplyContent, SuspendAgreement
from sazokar.testing.sight import Shown, Sight
from tests.dialects.agreements import clause
from tests.doors.http.grounds import ROLES, House, treaty
from tests.doors.http.looked import TELLING, searched, shown
from tests.doors.http.planted import LEAD, Planted, fresh, has

pytestmark = [pytest.mark.requirement("SZK-31"), pytest.mark.requirement("SZK-33")]
FILERS: Final = ("ALPHA", "BRAVO", "HARBOUR", "RELIEF")
SECTIONS: Final = ("purpose", "contacts", "movement")
Said = list[tuple[str, str, bytes]]
levels = st.sampled_from(LEVELS)
NAMED: Final = (
    "ALPHA",
    "BRAVO",
    "party",
    "mediator",
    "participant",
    "observer",
    "guarantor",
    "territorial_state",
    "any",
)
recipients = st.sampled_from(NAMED)
KINDS: Final = (NoticeKind.AREA, NoticeKind.FLIGHT, NoticeKind.HAZARD)


@st.composite
def disclosures(draw: st.DrawFn) -> tuple[str, ...]:
    """Draw clauses on who sees what, no two of which speak of the same."""
    wanted = st.tuples(recipients, st.sampled_from(("any", *KINDS)), st.sampled_from(("any", "ALPHA", "BRAVO")))
    found = draw(st.dictionaries(wanted, levels, max_size=5))
    return tuple(
        clause("disclosure", f'to = "{to}"\nlevel = "{level}"\nnotice = "{kind}"\nof = "{of}"', f"7.{number}")
        for number, ((to, kind, of), level) in enumerate(found.items(), 1)
    )


consents = st.lists(
    st.builds(Consent, st.sampled_from((*ROLES, "any")), levels), max_size=2, unique_by=lambda one: one.to
)
filings = st.lists(st.tuples(st.sampled_from(FILERS), st.sampled_from(KINDS), consents), min_size=1, max_size=4)


def lived(house: House, filed: list[tuple[str, NoticeKind, list[Consent]]]) -> tuple[dict[str, Planted], Said]:
    """File notices and answer every conflict; return what was planted, by reference, and what each said of which conflict."""
    planted = {}
    for number, (party, kind, consent) in enumerate(filed):
        one = Planted(number, party, kind)
        answer = house.submit(party, one.statement(consent=tuple(consent)))
        assert isinstance(answer, Receipt) and answer.outcome == "taken", answer
        planted[answer.ref] = one
    said = []
    for ref, case in house.state.cases.items():
        for party in case.parties:
            words = f"kestrelsaid{ref}{party}x"
            house.take(party, AnswerConflict(ref=ref, reply=Reply.QUERY, content=ReplyContent(text=words)))
            said.append((ref, party, words.encode()))
    return planted, said


def oracle_of(house: House, interim: str, *, suspended: bool) -> Sight:
    oracle = Sight(house.charter)
    oracle.interim, oracle.agreement, oracle.suspended = interim, house.state.agreement, suspended
    for ref, notice in house.state.notices.items():
        oracle.notices[ref] = Shown(notice.party, str(notice.kind), notice.consent)
    for ref, case in house.state.cases.items():
        oracle.cases[ref] = (case.a, case.b, *case.parties)
    return oracle


def require_undisclosed(
    house: House, interim: str, filed: list[tuple[str, NoticeKind, list[Consent]]], *, suspended: bool
) -> None:
    """Pass where every party reads on every door what it may, and nothing else."""
    if suspended:
        house.take("ALPHA", SuspendAgreement(reason="talks"))
    planted, said = lived(house, filed)
    question = Planted(9, "ALPHA")
    house.submit("ALPHA", Ask(extent=question.statement().extent))
    oracle = oracle_of(house, interim, suspended=suspended)
    for party in ROLES:
        client = house.client(party)
        found = dict(shown(house, client, party))
        secret = secrets_of(oracle, planted, said, party)
        if party != "ALPHA":
            secret["a question"] = question.canaries["extent"]
        for door, text in found.items():
            for what, canaries in secret.items():
                assert not has(text, canaries), f"{door} shows {what} to {party}"
        require_told(oracle, planted, party, client, found)


def secrets_of(oracle: Sight, planted: dict[str, Planted], said: Said, party: str) -> dict[str, tuple[bytes, ...]]:
    """Return what a party may not read, and what would give it away."""
    secret = {}
    for ref, one in planted.items():
        rank = oracle.rank(party, ref)
        if rank < 2:
            secret[f"where {ref} is"] = one.canaries["extent"]
        if rank < 3:
            secret |= {f"{section} of {ref}": one.canaries[section] for section in SECTIONS}
    for ref, author, words in said:
        if not oracle.reads_reply(party, ref, author):
            secret[f"what {author} said of {ref}"] = (words,)
    return secret


def require_told(
    oracle: Sight, planted: dict[str, Planted], party: str, client: httpx.Client, found: dict[str, bytes]
) -> None:
    """Pass where what a party may read is there: a door that shows nothing would keep every secret."""
    for ref, one in planted.items():
        rank = oracle.rank(party, ref)
        for door in TELLING["content"] if rank == 3 else ():
            assert all(has(found[door], canaries) for canaries in one.canaries.values()), f"{door}: {ref} for {party}"
        assert (ref in searched(client, one.words["callsign"])) is (rank == 3)
        assert (client.get(f"/v1/notices/{ref}").status_code == 200) is (rank >= 2)
    for ref in oracle.cases:
        assert (client.get(f"/v1/conflicts/{ref}").status_code == 200) is oracle.hears_of(party, ref)


GIVEN: Final = {
    "clauses": disclosures(),
    "interim": levels,
    "regime": st.sampled_from(("agreed", "none", "suspended")),
    "filed": filings,
}


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(**GIVEN)
def test_no_byte_of_an_undisclosed_payload_reaches_the_wrong_party_on_any_door(
    clauses: tuple[str, ...], interim: Level, regime: str, filed: list[tuple[str, NoticeKind, list[Consent]]]
) -> None:
    with fresh(None if regime == "none" else treaty(LEAD, *clauses), interim=interim) as house:
        require_undisclosed(house, interim, filed, suspended=regime == "suspended")


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(**GIVEN)
def test_no_byte_of_an_undisclosed_payload_reaches_the_wrong_party_in_many_worlds(
    clauses: tuple[str, ...], interim: Level, regime: str, filed: list[tuple[str, NoticeKind, list[Consent]]]
) -> None:
    with fresh(None if regime == "none" else treaty(LEAD, *clauses), interim=interim) as house:
        require_undisclosed(house, interim, filed, suspended=regime == "suspended")
