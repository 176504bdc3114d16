from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from sazokar.adapters.log_memory import MemoryLog
from sazokar.app.audit import GREATEST_TOLD, Audit, Told, audit, compare_live
from sazokar.app.playing import Stage
from sazokar.app.rejudging import Doubt
from sazokar.app.scenario_a import ORIGIN
from sazokar.domain.finding import (
    AnyFinding,
    Called,
    Findings,
    Lateness,
    Outcome,
    Raised,
    Refusal,
    Resolution,
    Resolved,
    StateChanged,
    Taken,
)
from sazokar.domain.state import State
from sazokar.domain.statement import ErasePayload
from sazokar.ledger.checkpoint import Checkpoint, sign_checkpoint
from tests.app.forging import Forger
from tests.app.retelling import Views, retold
from tests.app.stages import TEXT, agreement, new_stage, play
from tests.app.test_verification import HALT

pytestmark = [pytest.mark.requirement("SZK-39"), pytest.mark.requirement("SZK-40")]
replace = msgspec.structs.replace


@pytest.fixture(scope="module")
def stage() -> Stage:
    stage = new_stage()
    play(stage)
    return stage


def words(found: Audit) -> list[str]:
    return [doubt.what for doubt in found.differences.kept]


def with_findings(change: Callable[[AnyFinding], AnyFinding | None]) -> Callable[[Findings, int], Findings]:
    def changed(record: Findings, position: int) -> Findings:
        found = tuple(new for one in record.findings or () if (new := change(one)) is not None)
        return replace(record, findings=found)

    return changed


def test_a_ledger_that_an_honest_node_wrote_is_as_recorded(stage: Stage) -> None:
    found = audit(stage.log)
    assert (words(found), found.equivalent.count, found.unchecked.count) == ([], 0, 0)
    assert found.size == found.tally.entries == stage.node.state.size
    assert (found.checkpoints, found.tally.conflicts) == (3, 1)


def test_an_empty_ledger_has_nothing_wrong() -> None:
    assert words(audit(MemoryLog())) == []


def test_an_honest_retelling_is_as_recorded(stage: Stage) -> None:
    assert words(audit(retold(stage, lambda record, position: record))) == []


@pytest.mark.requirement("SZK-30")
def test_a_conflict_that_the_node_kept_to_itself_is_found(stage: Stage) -> None:
    def silent(finding: AnyFinding) -> AnyFinding | None:
        conflict = getattr(finding, "ref", "") == stage.references["conflict"]
        return None if conflict or isinstance(finding, StateChanged) else finding

    def changed(record: Findings, position: int) -> Findings:
        # What speaks of the conflict afterwards could not be folded: it is told as if nothing had come of it.
        record = with_findings(silent)(record, position) if position >= 26 else record
        return replace(record, findings=()) if position > 26 and record.of else record

    found = audit(retold(stage, changed))
    first = found.differences.kept[0]
    assert (first.position, first.what) == (26, "judged otherwise")
    assert any(isinstance(one, Raised) for one in first.found)


@pytest.mark.requirement("SZK-11")
def test_lateness_that_was_told_otherwise_is_found(stage: Stage) -> None:
    def kinder(finding: AnyFinding) -> AnyFinding:
        return replace(finding, class_="routine", late=False) if isinstance(finding, Lateness) else finding

    found = audit(retold(stage, with_findings(kinder)))
    assert {one.class_ for doubt in found.differences.kept for one in doubt.found if isinstance(one, Lateness)} == {
        "urgent",
        "late",
    }


@pytest.mark.parametrize(
    ("more_mm", "equivalent", "differences"), [(50, 1, 0), (200, 1, 0), (201, 0, 1), (5_000, 0, 1)]
)
def test_distances_within_the_bound_are_equivalent_and_beyond_it_differ(
    stage: Stage, more_mm: int, equivalent: int, differences: int
) -> None:
    def longer(finding: AnyFinding) -> AnyFinding:
        if isinstance(finding, Raised) and finding.horizontal_mm is not None:
            return replace(finding, horizontal_mm=finding.horizontal_mm + more_mm)
        return finding

    found = audit(retold(stage, with_findings(longer)))
    assert (found.equivalent.count, found.differences.count) == (equivalent, differences)


def test_a_verdict_of_another_engine_is_the_same_and_the_engine_is_named(stage: Stage) -> None:
    def older(finding: AnyFinding) -> AnyFinding:
        return replace(finding, engine="sazokar-engine 0.0.9") if isinstance(finding, Raised) else finding

    found = audit(retold(stage, with_findings(older)))
    assert (words(found), found.equivalent.count) == ([], 0)
    assert "sazokar-engine 0.0.9" in found.tally.engines


def test_a_clause_that_was_told_otherwise_is_found(stage: Stage) -> None:
    def other(finding: AnyFinding) -> AnyFinding:
        return replace(finding, clause="4.2") if isinstance(finding, Raised) else finding

    assert "judged otherwise" in words(audit(retold(stage, with_findings(other))))


def test_a_notice_that_the_node_would_not_take_is_found(stage: Stage) -> None:
    last = stage.node.state.size - 2  # the findings on the sortie: nothing comes of it afterwards

    def refused(record: Findings, position: int) -> Findings:
        if position < last:
            return record
        if not record.of:
            return replace(record, findings=())
        refusal = Refusal(code="over-budget", clause="5.5", found="too many", remedy="wait")
        return replace(record, outcome=Outcome.REFUSED, findings=(refusal,))

    (doubt,) = audit(retold(stage, refused)).differences.kept[:1]
    assert doubt.what == "recorded as refused; by the rules it is taken"


@pytest.mark.requirement("SZK-24")
def test_a_silence_that_was_passed_over_is_found(stage: Stage) -> None:
    def silent(finding: AnyFinding) -> AnyFinding | None:
        return None if isinstance(finding, Called) else finding

    assert "a deadline had passed before it and was not recorded" in words(audit(retold(stage, with_findings(silent))))


def test_a_conflict_that_was_called_resolved_too_soon_is_found(stage: Stage) -> None:
    def changed(record: Findings, position: int) -> Findings:
        if position != 30:
            return record
        conflict = Resolved(ref=stage.references["conflict"], how=Resolution.CHANGED)
        return replace(record, findings=(*(record.findings or ()), conflict))

    found = audit(retold(stage, changed))
    assert found.differences.kept[0].position == 30


@pytest.mark.requirement("SZK-31")
def test_a_view_that_shows_the_mediator_too_much_is_found(stage: Stage) -> None:
    def generous(seen: Views, state: State, record: Findings) -> Views:
        raised = tuple(one for one in record.findings or () if isinstance(one, Raised))
        return {**seen, "MEDIATOR": raised} if raised else seen

    found = audit(retold(stage, lambda record, position: record, generous))
    assert words(found) == ["the view view:2 shows otherwise than the clauses let it see"]


@pytest.mark.requirement("SZK-24")
def test_a_view_that_keeps_a_conflict_from_a_party_is_found(stage: Stage) -> None:
    def stingy(seen: Views, state: State, record: Findings) -> Views:
        raised = any(isinstance(one, Raised) for one in record.findings or ())
        return {name: found for name, found in seen.items() if not (raised and name == "BRAVO")}

    found = audit(retold(stage, lambda record, position: record, stingy))
    assert words(found) == ["the view view:1 is missing"]


def test_a_statement_by_a_key_that_may_not_sign_is_found() -> None:
    forger = Forger()
    forger.delegate()
    forger.say(HALT, forger.stranger)
    assert any("which may not sign: unknown key" in text for text in words(audit(forger.log)))


def test_findings_that_follow_from_nothing_end_the_judging_and_are_named() -> None:
    forger = Forger()
    forger.find("ab" * 32, Outcome.TAKEN, Taken())
    (doubt,) = audit(forger.log).differences.kept
    assert doubt.position == 1 and "nothing after it was judged" in doubt.what


def test_findings_on_what_is_not_there_are_no_crash() -> None:
    forger = Forger()
    forger.delegate()
    latency = Resolved(ref="C99", how=Resolution.CHANGED)
    forger.say(HALT, forger.officer, findings=(Taken(ref="S3"), latency))
    assert audit(forger.log).differences.count > 0


def test_a_checkpoint_that_was_cosigned_over_another_past_is_found(stage: Stage) -> None:
    forged = new_stage()
    play(forged)
    note = sign_checkpoint(Checkpoint(ORIGIN, 30, b"x" * 32), ORIGIN, forged.node_key)
    forged.log.keep_cosigned(30, note)
    assert any("another root" in text for text in words(audit(forged.log)))


def test_what_was_erased_is_told_as_not_checkable_and_breaks_nothing() -> None:
    erased = new_stage()
    play(erased)
    filing = next(entry for entry, ref in erased.node.state.filings.items() if ref == erased.references["box"])
    erased.submit(ErasePayload(entry=filing, section="extent", reason="over"), erased.officers["A1"])
    found = audit(erased.log)
    assert words(found) == []
    assert found.unchecked.count >= 1 and "extent" in found.unchecked.kept[0].what
    assert found.tally.erased == 1


def test_no_more_is_kept_than_the_bound() -> None:
    told = Told()
    for position in range(GREATEST_TOLD + 5):
        told.add(Doubt(position, "x"))
    assert (len(told.kept), told.count) == (GREATEST_TOLD, GREATEST_TOLD + 5)


def test_findings_by_another_key_than_the_nodes_are_found() -> None:
    forger = Forger()
    forger.delegate()
    forger.find(forger.state(HALT, forger.officer), Outcome.TAKEN, Taken(ref="S3"), key=forger.stranger)
    assert any("which is not the node's key here" in text for text in words(audit(forger.log)))


@pytest.mark.requirement("SZK-30")
def test_what_is_live_is_held_against_brute_force() -> None:
    stage = new_stage()
    for happening in stage.play(TEXT, agreement()):
        if "conflict" in stage.references and happening.findings:
            break
    state = stage.node.state
    assert any(state.open.values()), "a conflict is open"

    def live(changed: State) -> list[str]:
        found = Audit()
        compare_live(changed, found)
        return words(found)

    flight, box = stage.references["flight"], stage.references["box"]
    assert live(state) == []
    unseen = replace(state, open=state.open.set(flight, ()).set(box, ()))
    assert live(unseen) == [f"{flight} and {box} are in conflict, and no case is open"]
    narrower = replace(state, agreement=agreement(TEXT.replace('horizontal = "10NM"', 'horizontal = "400m"', 1)))
    assert live(narrower) == [f"{stage.references['conflict']} is open, and brute force finds no such conflict"]
