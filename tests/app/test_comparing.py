from __future__ import annotations

import msgspec
import pytest

from sazokar.app.comparing import (
    EQUIVALENT_E4,
    EQUIVALENT_E7,
    EQUIVALENT_MM,
    EQUIVALENT_MS,
    Likeness,
    compare,
)
from sazokar.domain.finding import AnyFinding, Raised, Side, Taken
from sazokar.domain.plan.shape import Position

RAISED = Raised(
    ref="C9", clause="4.2", a=Side(party="ALPHA", ref="N9", version=1, leg=1), b=Side(party="BRAVO", ref="N7", version=1),
    first="ALPHA", due_ms=5, start_ms=10_000, end_ms=20_000, horizontal_mm=400_000, vertical_e4=30_000,
    at=Position(350_000_000, -300_000_000), engine="sazokar-engine 1",
)  # fmt: skip
NOTHING: frozenset[str] = frozenset()


def likeness(*found: AnyFinding, recorded: tuple[AnyFinding, ...] = (RAISED,)) -> Likeness:
    return compare(recorded, found, NOTHING).likeness


@pytest.mark.requirement("SZK-40")
@pytest.mark.parametrize(
    ("field", "bound"),
    [
        ("horizontal_mm", EQUIVALENT_MM),
        ("vertical_e4", EQUIVALENT_E4),
        ("start_ms", EQUIVALENT_MS),
        ("end_ms", EQUIVALENT_MS),
    ],
)
def test_a_number_may_differ_by_its_bound_and_no_more(field: str, bound: int) -> None:
    for sign in (1, -1):
        within = msgspec.structs.replace(RAISED, **{field: getattr(RAISED, field) + sign * bound})
        beyond = msgspec.structs.replace(RAISED, **{field: getattr(RAISED, field) + sign * (bound + 1)})
        assert (likeness(within), likeness(beyond)) == (Likeness.EQUIVALENT, Likeness.DIFFERENT)
    assert likeness(msgspec.structs.replace(RAISED, **{field: None})) is Likeness.DIFFERENT


@pytest.mark.parametrize(("lat", "lon"), [(1, 0), (0, 1)])
def test_a_place_may_differ_by_its_bound_and_no_more(lat: int, lon: int) -> None:
    def moved(by_e7: int) -> Raised:
        assert RAISED.at is not None
        return msgspec.structs.replace(
            RAISED, at=Position(RAISED.at.lat_e7 + lat * by_e7, RAISED.at.lon_e7 + lon * by_e7)
        )

    assert likeness(moved(EQUIVALENT_E7)) is Likeness.EQUIVALENT
    assert likeness(moved(EQUIVALENT_E7 + 1)) is Likeness.DIFFERENT
    assert likeness(msgspec.structs.replace(RAISED, at=None)) is Likeness.DIFFERENT


@pytest.mark.parametrize(
    "change", [{"clause": "4.3"}, {"first": "BRAVO"}, {"due_ms": 6}, {"pairs": 2}, {"again": True}, {"a": None}]
)
def test_a_verdict_may_not_differ_at_all(change: dict[str, object]) -> None:
    assert likeness(msgspec.structs.replace(RAISED, **change)) is Likeness.DIFFERENT


def test_the_same_by_another_engine_is_the_same() -> None:
    assert likeness(msgspec.structs.replace(RAISED, engine="sazokar-engine 2")) is Likeness.SAME


def test_order_and_number_of_findings_count() -> None:
    assert likeness(Taken(), RAISED, recorded=(RAISED, Taken())) is Likeness.DIFFERENT
    assert likeness(recorded=(Taken(),)) is Likeness.DIFFERENT


def test_what_names_something_hidden_is_left_out_on_both_sides() -> None:
    found = compare((RAISED, Taken()), (Taken(),), frozenset({"N7"}))
    assert found.likeness is Likeness.SAME
