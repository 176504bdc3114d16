"""Scenario A over HTTP alone, minute by minute: three parties' clients, a node in a process of its own, a set clock.

The numbers are the domain's, not the program's. What is held against them is each party's own verified copy.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from sazokar.app import scenario_a as scenario
from sazokar.app.codec import read_stored, view_name
from sazokar.app.receipt import Receipt
from sazokar.app.scenario_a import at
from sazokar.app.verification import verify
from sazokar.client import AsyncClient, Client, Event, Replica
from sazokar.domain.agreement import Rung
from sazokar.domain.authority import Author
from sazokar.domain.finding import (
    Advised,
    AnyFinding,
    Called,
    Findings,
    Lateness,
    Outcome,
    Raised,
    Resolved,
    StateChanged,
    StopLatency,
    Turn,
)
from sazokar.domain.notice import OperationState
from sazokar.domain.plan.conflict import ProposalKind
from sazokar.domain.plan.instant import parse_instant
from sazokar.domain.plan.shape import Rectangle
from sazokar.domain.state import State
from sazokar.domain.statement import Acknowledge, AckRung, Reply, StopRung
from sazokar.errors import CanonicalError, InstantError, ProofError
from sazokar.ledger.checkpoint import Checkpoint, read_checkpoint
from sazokar.ledger.note import read_note
from sazokar.ledger.signing import KeyId
from sazokar.wiring import open_replica
from tests.app.stages import TEXT, agreement
from tests.client.grounds import Cast, cast

_Found = TypeVar("_Found", bound=AnyFinding)
PARTIES = ("ALPHA", "BRAVO", "MEDIATOR")


class Play:
    """The scenario, played over the line."""

    def __init__(self, everyone: Cast) -> None:
        self.cast = everyone
        self.references: dict[str, str] = {}
        self.receipts: list[tuple[scenario.Say, Receipt]] = []
        self.seen: dict[str, Checkpoint] = {}
        self.final: list[bool] = []
        self.refused = ""
        self.bundles: dict[str, bytes] = {}

    def play(self) -> None:
        keys = {number: key.key_id for number, key in self.cast.officers.items()}
        for step in scenario.steps(TEXT, agreement(), keys):
            self.cast.set_clock(step.at_ms)
            match step:
                case scenario.Say():
                    self._say(step)
                case scenario.TypeTime():
                    with pytest.raises(InstantError) as refused:
                        parse_instant(step.text)
                    self.refused = str(refused.value)
                case scenario.Reach() if step.party in PARTIES:
                    self._reach(step.party, self.references[step.name])
                case scenario.Wait():
                    self._wait(step.at_ms)
                case scenario.CosignAll():
                    self.final.append(self._cosign())
        for party in PARTIES:
            self.cast.client(party).sync()
        for party in ("ALPHA", "BRAVO"):
            self.bundles[party] = self.cast.client(party).bundle(self.references["conflict"])

    def _say(self, step: scenario.Say) -> None:
        receipt = self.cast.client(step.by).submit(step.statement(self.references))
        assert isinstance(receipt, Receipt) and receipt.outcome is Outcome.TAKEN, (step.words, receipt)
        self.receipts.append((step, receipt))
        if step.makes:
            self.references[step.makes] = receipt.ref
        if step.raises:
            self.references[step.raises] = next(f.ref for f in receipt.findings if isinstance(f, Raised))

    def _reach(self, party: str, ref: str) -> None:
        """Follow the events as a party's watch does, until the node has recorded that they have reached its line."""
        client = Client(self.cast.node.url, self.cast.key(party))
        ended = threading.Event()

        def follow() -> None:
            for _ in client.follow(after=0):
                if ended.is_set():
                    return

        threading.Thread(target=follow, daemon=True).start()
        self._until(lambda state: any(a.party == party and a.rung == AckRung.DELIVERED for a in state.cases[ref].acks))
        ended.set()
        client.close()

    def _wait(self, instant_ms: int) -> None:
        """Wait until the node has recorded what is due by an instant."""
        ref = self.references["conflict"]
        rung = {at("17:27"): Rung.ALTERNATE, at("17:32"): Rung.MEDIATOR}[instant_ms]
        self._until(
            lambda state: any(f.rung == rung and f.ref == ref for f in found(self.cast.replica("BRAVO"), Called))
        )

    def _until(self, holds: Callable[[State], bool]) -> None:
        deadline_s = time.monotonic() + 20
        while True:
            self.cast.client("BRAVO").sync()
            if holds(self.state("BRAVO")):
                return
            assert time.monotonic() < deadline_s, "waited in vain"
            time.sleep(0.05)

    def _cosign(self) -> bool:
        final, client = False, self.cast.client("BRAVO")
        size = client.sync()
        time.sleep(0.6)  # what is due by now is recorded in a turn of the node's own, four times in a second
        while (grown := client.sync()) != size:
            size = grown
            time.sleep(0.6)
        for party in PARTIES:

            def remember(note: bytes, party: str = party) -> None:
                self.seen[party] = read_checkpoint(read_note(note)[0])

            final = self.cast.client(party).cosign(self.seen.get(party), remember).final
        return final

    def state(self, party: str) -> State:
        replica = self.cast.replica(party)
        with replica.held():
            return replica.state


def records(replica: Replica) -> list[tuple[Findings, tuple[AnyFinding, ...]]]:
    """Return what a party's copy holds of the node's findings, in order."""
    with replica.held() as log:
        assert replica.state.charter is not None
        view = view_name(replica.state.charter, replica.party)
        entries = [read_stored(stored, lambda key, _: Author(""), view) for stored in log.read(0)]
    return [(entry, entry.findings or ()) for entry in entries if isinstance(entry, Findings)]


def found(replica: Replica, kind: type[_Found], clock: str = "") -> list[_Found]:
    return [
        finding
        for record, findings in records(replica)
        for finding in findings
        if isinstance(finding, kind) and (not clock or record.recorded_ms == at(clock))
    ]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    with cast(tmp_path_factory.mktemp("scenario")) as everyone:
        play = Play(everyone)
        play.play()
        yield play


def copy(played: Play, party: str) -> Replica:
    return played.cast.replica(party)


@pytest.mark.requirement("SZK-11")
def test_1200_the_transport_is_a_routine_notice_six_hours_before(played: Play) -> None:
    (lateness,) = found(copy(played, "BRAVO"), Lateness, "12:00")
    assert (lateness.class_, lateness.late, lateness.lead_ms) == ("routine", False, 6 * 3_600_000)


@pytest.mark.requirement("SZK-13")
def test_1719_a_time_without_a_zone_is_refused_before_anything_is_signed(played: Play) -> None:
    assert "'2010'" in played.refused and "zone" in played.refused
    assert not [record for record, _ in records(copy(played, "ALPHA")) if record.recorded_ms == at("17:19")]


@pytest.mark.requirement("SZK-30")
@pytest.mark.requirement("SZK-31")
@pytest.mark.requirement("SZK-34")
def test_1720_bravo_learns_its_own_leg_a_delay_and_a_level_and_nothing_of_the_box(played: Play) -> None:
    (raised,) = found(copy(played, "BRAVO"), Raised)
    assert raised.b is not None and (raised.b.party, raised.b.leg, raised.b.from_ms) == ("BRAVO", 1, at("18:20"))
    assert [(o.kind, o.delay_ms, o.level) for o in raised.b.offers] == [
        (ProposalKind.DELAY, 25 * 60_000, ""),
        (ProposalKind.CLIMB, 0, "FL320"),
    ]
    assert raised.a is not None and (raised.a.leg, raised.a.from_ms, raised.a.offers) == (0, 0, ())
    assert (raised.end_ms, raised.horizontal_mm, raised.vertical_e4, raised.at) == (None, None, None, None)


@pytest.mark.requirement("SZK-31")
def test_no_byte_of_a_place_that_it_may_not_see_is_in_a_party_s_copy(played: Play) -> None:
    for party, ref in (("ALPHA", "flight"), ("BRAVO", "box"), ("MEDIATOR", "flight"), ("MEDIATOR", "box")):
        state = played.state(party)
        notice = state.notices[played.references[ref]]
        assert notice.extent is None and notice.purpose is None and notice.start_ms is None
        folder = played.cast.home / party
        content = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
        corner = {"flight": b"334498000", "box": b"349500000"}[ref]
        assert corner not in content
    assert b"334498000" in (played.cast.home / "BRAVO" / "ledger.sqlite").read_bytes(), "and its own place is there"


@pytest.mark.requirement("SZK-04")
def test_the_mediator_sees_that_a_conflict_exists_and_no_place_time_or_level(played: Play) -> None:
    (raised,) = found(copy(played, "MEDIATOR"), Raised)
    for side in (raised.a, raised.b):
        assert side is not None and (side.leg, side.from_ms, side.offers) == (0, 0, ())
    assert (raised.start_ms, raised.end_ms, raised.horizontal_mm, raised.vertical_e4, raised.at) == (None,) * 5
    assert not found(copy(played, "MEDIATOR"), Lateness)


@pytest.mark.requirement("SZK-22")
def test_1720_what_goes_out_on_an_event_stream_has_been_delivered(played: Play) -> None:
    case = played.state("BRAVO").cases[played.references["conflict"]]
    delivered = {ack.party: ack.at_ms for ack in case.acks if ack.rung is AckRung.DELIVERED}
    assert delivered["BRAVO"] == at("17:20:05") == delivered["MEDIATOR"]


@pytest.mark.requirement("SZK-23")
@pytest.mark.requirement("SZK-24")
def test_1722_to_1732_silence_calls_the_alternate_and_then_the_mediator(played: Play) -> None:
    (turn,) = found(copy(played, "BRAVO"), Turn, "17:22")
    assert (turn.party, turn.due_ms) == ("BRAVO", at("17:27"))
    called = found(copy(played, "BRAVO"), Called)
    assert [(one.rung, one.due_ms) for one in called] == [
        (Rung.ALTERNATE, at("17:27")), (Rung.MEDIATOR, at("17:32")),
    ]  # fmt: skip
    assert found(copy(played, "MEDIATOR"), Called)[-1].rung == Rung.MEDIATOR


@pytest.mark.requirement("SZK-22")
@pytest.mark.requirement("SZK-28")
@pytest.mark.parametrize("party", PARTIES)
def test_1733_read_back_and_wilco_1741_confirmed_and_resolved(played: Play, party: str) -> None:
    case = played.state(party).cases[played.references["conflict"]]
    rungs = {(ack.rung, ack.party): ack.at_ms for ack in case.acks}
    assert rungs[AckRung.READ_BACK, "BRAVO"] == at("17:33")
    assert rungs[AckRung.CONFIRMED, "BRAVO"] == at("17:41")
    assert [(said.party, said.reply, said.at_ms) for said in case.said] == [
        ("ALPHA", Reply.UNABLE, at("17:22")),
        ("BRAVO", Reply.WILCO, at("17:33")),
    ]
    (resolved,) = found(copy(played, party), Resolved, "17:41")
    assert resolved.ref == case.ref and case.resolved_ms == at("17:41")


@pytest.mark.requirement("SZK-36")
def test_1819_bravo_that_lifts_early_is_nonconforming_by_alphas_radar(played: Play) -> None:
    changes = [
        one for one in found(copy(played, "BRAVO"), StateChanged, "18:19") if one.ref == played.references["flight"]
    ]
    assert [(one.state, one.why) for one in changes] == [(OperationState.NONCONFORMING, "reported by ALPHA")]


@pytest.mark.requirement("SZK-27")
@pytest.mark.parametrize("party", PARTIES)
def test_stop_is_heard_in_20_s_passed_on_in_70_s_and_has_ceased_in_140_s(played: Play, party: str) -> None:
    steps = played.state(party).stops[played.references["stop"]].steps
    assert [(one.rung, one.latency_ms) for one in steps] == [
        (StopRung.HEARD, 20_000), (StopRung.PASSED_ON, 70_000), (StopRung.CEASED, 140_000),
    ]  # fmt: skip
    assert len(found(copy(played, party), StopLatency, "18:21:20")) == 1


@pytest.mark.requirement("SZK-41")
def test_both_accounts_of_the_loss_of_separation_are_kept_apart(played: Play) -> None:
    for party in PARTIES:
        incidents = played.state(party).incidents
        assert len(incidents) == 2 == len(set(incidents.values()))


@pytest.mark.requirement("SZK-39")
@pytest.mark.requirement("SZK-40")
def test_1733_is_proven_by_the_bundle_that_the_other_side_fetched(played: Play) -> None:
    """ALPHA says "BRAVO never acknowledged"; a stranger who has the root keys alone reads 17:33 in ALPHA's own bundle."""
    roots = frozenset(key.key_id for key in played.cast.roots.values())
    for party in ("ALPHA", "BRAVO"):
        testimony = verify(played.bundles[party], roots)
        read_back = [
            told for told in testimony.told
            if told.by is not None and isinstance(told.by.statement, Acknowledge)
            and told.by.statement.rung is AckRung.READ_BACK
        ]  # fmt: skip
        assert [(told.by and told.by.party, told.recorded_ms, told.outcome) for told in read_back] == [
            ("BRAVO", at("17:33"), Outcome.TAKEN)
        ]
        covered = {one.party: one.timestamp_s * 1000 for one in read_back[0].covered}
        assert covered["ALPHA"] == at("17:34"), "ALPHA itself cosigned it a minute later"
        assert testimony.view == party and testimony.final
        hidden = {"ALPHA": b"334498000", "BRAVO": b"349500000"}[party]
        assert hidden not in played.bundles[party]


def test_a_bundle_convinces_nobody_by_other_roots_or_with_a_byte_changed(played: Play) -> None:
    roots: frozenset[KeyId] = frozenset(key.key_id for key in played.cast.roots.values())
    with pytest.raises(ProofError):
        verify(played.bundles["ALPHA"], frozenset({played.cast.node_key.key_id}))
    changed = played.bundles["ALPHA"].replace(b'"read-back"', b'"confirmed"')
    assert changed != played.bundles["ALPHA"]
    with pytest.raises((ProofError, CanonicalError)):
        verify(changed, roots)


@pytest.mark.requirement("SZK-05")
@pytest.mark.requirement("SZK-11")
def test_1859_a_notice_of_one_minute_is_late_and_the_third_party_is_told_area_and_time(played: Play) -> None:
    (lateness,) = found(copy(played, "ALPHA"), Lateness, "18:59")
    assert (lateness.late, lateness.lead_ms) == (True, 60_000)
    (advised,) = found(copy(played, "ALPHA"), Advised, "18:59")
    assert advised.to == "COAST WATCH" and "hold fire" in advised.text
    assert (advised.start_ms, advised.end_ms) == (at("19:00"), at("19:30"))
    assert isinstance(advised.area, Rectangle), "an area, never a route"


@pytest.mark.requirement("SZK-39")
def test_every_round_of_cosigning_ends_final(played: Play) -> None:
    assert played.final == [True, True, True]


def test_async_client_comes_to_the_same_copy_and_hears_the_same_events(played: Play, tmp_path: Path) -> None:
    async def done() -> tuple[Replica, list[int]]:
        replica = open_replica(tmp_path / "copy", roots=played.cast.trusted)
        heard = []
        async with AsyncClient(played.cast.node.url, played.cast.key("B2"), replica) as client:
            await client.sync()
            async for told in client.follow(after=0):
                if isinstance(told, Event):
                    heard.append(told.position)
                if len(heard) > 20:
                    break
        return replica, heard

    replica, heard = asyncio.run(done())
    state = played.state("BRAVO")
    assert replica.state == state and replica.party == "BRAVO"
    assert heard == sorted(set(heard)) and set(heard) <= set(range(1, replica.size)) and len(heard) > 20


@pytest.mark.requirement("SZK-31")
def test_copies_differ_in_what_is_withheld_and_in_nothing_that_is_proven(played: Play) -> None:
    states = {party: played.state(party) for party in PARTIES}
    assert len({(state.size, state.recorded_ms, state.node) for state in states.values()}) == 1
    assert len({tuple(sorted(state.cases)) for state in states.values()}) == 1
