"""Scenario A of the domain, minute by minute; the numbers are the domain's, not the program's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import pytest

from sazokar.adapters.log_memory import MemoryLog
from sazokar.app.codec import read_stored, view_name
from sazokar.app.playing import Happening, Stage
from sazokar.app.scenario_a import Reach, Say, at
from sazokar.domain.agreement import Rung
from sazokar.domain.authority import Author
from sazokar.domain.finding import (
    Advised,
    AnyFinding,
    Called,
    Findings,
    Lateness,
    Raised,
    Resolved,
    StateChanged,
    StopLatency,
    Turn,
)
from sazokar.domain.notice import OperationState
from sazokar.domain.plan.conflict import ProposalKind
from sazokar.domain.plan.shape import Rectangle
from sazokar.domain.state import State
from sazokar.domain.statement import AckRung, Reply, StopRung
from tests.app.stages import new_stage, play

_Found = TypeVar("_Found", bound=AnyFinding)


@pytest.fixture(scope="module")
def played() -> tuple[Stage, list[Happening]]:
    stage = new_stage(MemoryLog())
    return stage, play(stage)


@pytest.fixture(scope="module")
def state(played: tuple[Stage, list[Happening]]) -> State:
    return played[0].node.state


def found(played: tuple[Stage, list[Happening]], kind: type[_Found], clock: str) -> list[_Found]:
    happenings = [one for one in played[1] if one.step.at_ms == at(clock)]
    return [finding for one in happenings for finding in one.findings if isinstance(finding, kind)]


def views_of(stage: Stage, party: str) -> list[AnyFinding]:
    """Return all that a party was ever shown of the node's findings, as it stands in the ledger."""
    charter = stage.node.state.charter
    assert charter is not None
    name = view_name(charter, party)
    entries = [read_stored(stored, lambda key, _: Author(""), name) for stored in stage.log.read(0)]
    return [finding for entry in entries if isinstance(entry, Findings) for finding in entry.findings or ()]


def shown(findings: Sequence[AnyFinding], kind: type[_Found]) -> list[_Found]:
    return [finding for finding in findings if isinstance(finding, kind)]


@pytest.mark.requirement("SZK-11")
def test_1200_the_transport_is_a_routine_notice_six_hours_before(played: tuple[Stage, list[Happening]]) -> None:
    (lateness,) = found(played, Lateness, "12:00")
    assert (lateness.class_, lateness.late, lateness.clause) == ("routine", False, "5.1")
    assert lateness.lead_ms == 6 * 3_600_000


@pytest.mark.requirement("SZK-13")
def test_1719_a_time_without_a_zone_is_refused_before_anything_is_signed(
    played: tuple[Stage, list[Happening]],
) -> None:
    (typed,) = [one for one in played[1] if one.step.at_ms == at("17:19")]
    assert "'2010'" in typed.refused and "zone" in typed.refused
    assert typed.sizes[0] == typed.sizes[1]


@pytest.mark.requirement("SZK-30")
def test_1720_the_track_past_the_box_is_in_conflict_by_the_minimum(played: tuple[Stage, list[Happening]]) -> None:
    (raised,) = found(played, Raised, "17:20")
    assert raised.start_ms is not None and abs(raised.start_ms - at("18:20:21")) < 1_000
    assert raised.end_ms is not None and abs(raised.end_ms - at("18:28:25")) < 1_000
    assert raised.horizontal_mm is not None and 400_000 < raised.horizontal_mm < 410_000, "it passes outside the box"
    assert (raised.clause, raised.first) == ("default", "ALPHA"), "10 NM or 2,000 ft; the later filer answers first"
    assert raised.due_ms == at("17:25")


@pytest.mark.requirement("SZK-31")
@pytest.mark.requirement("SZK-34")
def test_bravo_learns_its_own_leg_a_delay_and_a_level_and_nothing_of_the_box(
    played: tuple[Stage, list[Happening]],
) -> None:
    (raised,) = shown(views_of(played[0], "BRAVO"), Raised)
    assert raised.b is not None and (raised.b.party, raised.b.leg) == ("BRAVO", 1)
    assert raised.b.from_ms == at("18:20")
    assert [(o.kind, o.delay_ms, o.level) for o in raised.b.offers] == [
        (ProposalKind.DELAY, 25 * 60_000, ""),
        (ProposalKind.CLIMB, 0, "FL320"),
    ]
    assert raised.a is not None and (raised.a.leg, raised.a.from_ms, raised.a.offers) == (0, 0, ())
    assert (raised.end_ms, raised.horizontal_mm, raised.vertical_e4, raised.at) == (None, None, None, None)


@pytest.mark.requirement("SZK-31")
def test_alpha_learns_nothing_of_the_route(played: tuple[Stage, list[Happening]]) -> None:
    (raised,) = shown(views_of(played[0], "ALPHA"), Raised)
    assert raised.b is not None and (raised.b.leg, raised.b.from_ms, raised.b.offers) == (0, 0, ())
    assert (raised.horizontal_mm, raised.vertical_e4, raised.at) == (None, None, None)


@pytest.mark.requirement("SZK-04")
def test_the_mediator_sees_that_a_conflict_exists_and_no_place_time_or_level(
    played: tuple[Stage, list[Happening]],
) -> None:
    (raised,) = shown(views_of(played[0], "MEDIATOR"), Raised)
    for side in (raised.a, raised.b):
        assert side is not None and (side.leg, side.from_ms, side.offers) == (0, 0, ())
    assert (raised.start_ms, raised.end_ms, raised.horizontal_mm, raised.vertical_e4, raised.at) == (None,) * 5
    assert not shown(views_of(played[0], "MEDIATOR"), Lateness)


@pytest.mark.requirement("SZK-23")
@pytest.mark.requirement("SZK-24")
def test_1722_to_1732_silence_calls_the_alternate_and_then_the_mediator(
    played: tuple[Stage, list[Happening]],
) -> None:
    (turn,) = found(played, Turn, "17:22")
    assert (turn.party, turn.due_ms) == ("BRAVO", at("17:27"))
    (alternate,) = found(played, Called, "17:27")
    assert (alternate.party, alternate.rung, alternate.due_ms) == ("BRAVO", Rung.ALTERNATE, at("17:27"))
    (mediator,) = found(played, Called, "17:32")
    assert (mediator.rung, mediator.due_ms) == (Rung.MEDIATOR, at("17:32"))


@pytest.mark.requirement("SZK-22")
@pytest.mark.requirement("SZK-28")
def test_1733_read_back_and_wilco_1741_confirmed_and_resolved(
    played: tuple[Stage, list[Happening]], state: State
) -> None:
    case = state.cases[played[0].references["conflict"]]
    rungs = {(ack.rung, ack.party): ack.at_ms for ack in case.acks}
    assert rungs[AckRung.READ_BACK, "BRAVO"] == at("17:33")
    assert rungs[AckRung.CONFIRMED, "BRAVO"] == at("17:41")
    assert [(said.party, said.reply, said.at_ms) for said in case.said] == [
        ("ALPHA", Reply.UNABLE, at("17:22")),
        ("BRAVO", Reply.WILCO, at("17:33")),
    ]
    (resolved,) = found(played, Resolved, "17:41")
    assert resolved.ref == case.ref and case.resolved_ms == at("17:41")


@pytest.mark.requirement("SZK-36")
def test_1819_bravo_that_lifts_early_is_nonconforming_by_alphas_radar(played: tuple[Stage, list[Happening]]) -> None:
    changes = found(played, StateChanged, "18:19")
    flight = played[0].references["flight"]
    assert [one.why for one in changes if one.ref == flight] == ["reported by ALPHA"]
    assert [one.state for one in changes if one.ref == flight] == [OperationState.NONCONFORMING]


@pytest.mark.requirement("SZK-27")
def test_stop_is_heard_in_20_s_passed_on_in_70_s_and_has_ceased_in_140_s(
    played: tuple[Stage, list[Happening]], state: State
) -> None:
    steps = state.stops[played[0].references["stop"]].steps
    assert [(one.rung, one.latency_ms) for one in steps] == [
        (StopRung.HEARD, 20_000),
        (StopRung.PASSED_ON, 70_000),
        (StopRung.CEASED, 140_000),
    ]
    assert len(found(played, StopLatency, "18:21:20")) == 1


@pytest.mark.requirement("SZK-41")
def test_both_accounts_of_the_loss_of_separation_are_kept_apart(state: State) -> None:
    assert len(state.incidents) == 2 == len(set(state.incidents.values()))


@pytest.mark.requirement("SZK-05")
@pytest.mark.requirement("SZK-11")
def test_1859_a_notice_of_one_minute_is_late_and_the_third_party_is_told_area_and_time(
    played: tuple[Stage, list[Happening]],
) -> None:
    (lateness,) = found(played, Lateness, "18:59")
    assert (lateness.late, lateness.lead_ms) == (True, 60_000)
    (advised,) = found(played, Advised, "18:59")
    assert advised.to == "COAST WATCH" and "hold fire" in advised.text
    assert (advised.start_ms, advised.end_ms) == (at("19:00"), at("19:30"))
    assert isinstance(advised.area, Rectangle), "an area, never a route"
    (reached,) = [one for one in played[1] if isinstance(one.step, Reach) and one.step.party == "COAST WATCH"]
    assert shown(reached.seen, Advised) == [advised]


@pytest.mark.requirement("SZK-39")
def test_the_entry_of_1733_is_covered_by_alphas_own_cosignature_a_minute_later(
    played: tuple[Stage, list[Happening]],
) -> None:
    read_back = next(
        one for one in played[1] if isinstance(one.step, Say) and "reads the conflict back" in one.step.words
    )
    log = played[0].log
    covering = log.cosigned_below(played[0].node.state.size)
    assert covering is not None
    size = int(covering.splitlines()[1])
    assert size >= read_back.sizes[1]
    assert played[0].roots["ALPHA"].key_id.encode() in covering
