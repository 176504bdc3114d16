"""The bench finds what a court over all that is live would find, whatever came and went before."""

from __future__ import annotations

import msgspec
import pytest

from sazokar.app import bench as module
from sazokar.app.bench import EngineBench
from sazokar.domain.agreement import Agreement, Coarseness, Signatory
from sazokar.domain.notice import Extent
from sazokar.domain.operation import TOLERANCES_MS, judged_volumes
from sazokar.domain.plan.height import parse_height
from sazokar.domain.plan.shape import Circle, Position
from sazokar.domain.plan.volume import Volume

AGREEMENT = Agreement(title=(("en", "Trial"),), signatories=(Signatory("ALPHA"), Signatory("BRAVO")))
HOUR_MS = 3_600_000


def plan(party: str, name: str, lon: float = -30.0, start_ms: int = 0, end_ms: int = HOUR_MS) -> Volume:
    return Volume(
        operation=name, party=party, shape=Circle(Position(350_000_000, round(lon * 1e7)), 1_000_000),
        lower=parse_height("FL100"), upper=parse_height("FL200"), start_ms=start_ms, end_ms=end_ms,
    )  # fmt: skip


def pairs(found: object) -> set[tuple[str, str]]:
    return {(c.a.operation, c.b.operation) for c in found}  # type: ignore[attr-defined] # conflicts


def test_a_version_takes_the_place_of_the_one_before() -> None:
    bench = EngineBench(AGREEMENT, [("N1", (plan("ALPHA", "N1"),))])
    assert pairs(bench.hear("N2", [plan("BRAVO", "N2")])) == {("N1", "N2")}
    assert not bench.hear("N2", [plan("BRAVO", "N2", lon=-28)])
    assert not bench.hear("N1", [plan("ALPHA", "N1", lon=-30.01)])
    bench.dismiss("N1")
    assert not bench.hear("N2", [plan("BRAVO", "N2")])


def test_what_is_only_considered_leaves_nothing() -> None:
    bench = EngineBench(AGREEMENT, [("N1", (plan("ALPHA", "N1"),))])
    assert pairs(bench.consider("BRAVO", [plan("BRAVO", "asked")])) == {("N1", "asked")}
    assert not bench.hear("N3", [plan("ALPHA", "N3", lon=-30.01)])


def test_without_an_agreement_nothing_is_judged_and_all_of_it_when_one_comes() -> None:
    bench = EngineBench(None, [("N1", (plan("ALPHA", "N1"),))])
    assert not bench.hear("N2", [plan("BRAVO", "N2")])
    assert pairs(bench.adopt(AGREEMENT)) == {("N1", "N2")}
    assert not bench.adopt(None)


def test_a_bench_that_saw_many_go_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GREATEST_GONE", 3)
    bench = EngineBench(AGREEMENT, [("N1", (plan("ALPHA", "N1"),))])
    for number in range(2, 30):
        assert pairs(bench.hear(f"N{number}", [plan("BRAVO", f"N{number}")])) == {("N1", f"N{number}")}
        bench.dismiss(f"N{number}")
    assert bench._gone <= 4


@pytest.mark.requirement("SZK-32")
def test_offers_free_from_those_that_may_be_inferred_and_from_no_other() -> None:
    hidden = plan("ALPHA", "N2", start_ms=HOUR_MS, end_ms=2 * HOUR_MS)
    bench = EngineBench(AGREEMENT, [("N1", (plan("ALPHA", "N1"),)), ("N2", (hidden,))])
    bench.hear("N3", [plan("BRAVO", "N3")])
    coarse = Coarseness(number="1")
    told = {offer.kind: offer.delay_ms for offer in bench.offers("N3", lambda ref: ref == "N1", coarse)}
    all_known = {offer.kind: offer.delay_ms for offer in bench.offers("N3", lambda ref: True, coarse)}
    assert HOUR_MS < told["delay"] < 2 * HOUR_MS < all_known["delay"]  # type: ignore[index] # kinds are strings


@pytest.mark.requirement("SZK-34")
@pytest.mark.parametrize("tolerance_ms", [0, 1, 59_999, 60_000, 300_000, 300_001, 86_400_000])
def test_a_tolerance_is_never_judged_as_less_than_it_is(tolerance_ms: int) -> None:
    volume = plan("ALPHA", "given")
    (judged,) = judged_volumes(Extent(volumes=(volume,), tolerance_ms=tolerance_ms), "N1")
    assert judged.tolerance_ms >= tolerance_ms
    assert judged.tolerance_ms in TOLERANCES_MS
    assert msgspec.structs.replace(judged, operation="given", tolerance_ms=0) == volume


@pytest.mark.requirement("SZK-34")
def test_tolerances_of_both_are_added_to_the_margin() -> None:
    early, late = plan("ALPHA", "N1"), plan("BRAVO", "N2", start_ms=HOUR_MS + 11 * 60_000, end_ms=2 * HOUR_MS)
    for tolerance_min, conflicts in ((0, False), (4, False), (5, False), (6, True)):
        extents = (Extent(volumes=(v,), tolerance_ms=tolerance_min * 60_000) for v in (early, late))
        ours, theirs = (judged_volumes(extent, ref) for extent, ref in zip(extents, ("N1", "N2"), strict=True))
        bench = EngineBench(AGREEMENT, [("N1", ours)])
        assert bool(bench.hear("N2", theirs)) is conflicts, tolerance_min
