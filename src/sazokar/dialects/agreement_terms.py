"""The clauses of an AGREEMENT.toml that are neither minima nor zones: one function for each kind.

Judges nothing: what a clause means is told in `domain.agreement`, whether clauses fit together in
`domain.agreement_validity`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Final

from sazokar.dialects.toml_table import Table, one_of
from sazokar.domain.agreement import (
    ANYONE,
    DAY_MS,
    Answering,
    Budget,
    Carries,
    Coarseness,
    Disclosure,
    FirstAnswer,
    Fixed,
    Hold,
    Largest,
    LeadClass,
    LeadTime,
    Level,
    Meaning,
    Outside,
    Priority,
    Rank,
    Review,
    Standing,
    StopAuthority,
    Suspension,
    Term,
    ThirdParty,
)
from sazokar.domain.plan.conflict import ProposalKind
from sazokar.domain.plan.quantity import parse_duration
from sazokar.domain.plan.rules import GREATEST_VERTICAL_E4
from sazokar.errors import MeaningError

GREATEST_LEAD_MS: Final = 366 * DAY_MS
"""A lead time, a window of a budget, an expiry and a review period are at most 366 days."""
GREATEST_RUNG_MS: Final = DAY_MS
"""A rung of the ladder, and a hold for correction, last at most a day: a longer one would be silence (SZK-24)."""
GREATEST_CLASSES: Final = 20
GREATEST_RANK: Final = 1_000_000
GREATEST_SPENDS: Final = 1_000_000
GREATEST_AREA_KM2: Final = 510_065_622
"""The area of the whole Earth, km²."""
GREATEST_STEP_DEGREES: Final = Decimal(10)

_AREA = re.compile(r"\s*(\d{1,9})\s*km(?:2|²)\s*", re.ASCII)
_OFFERED: Final = tuple(str(kind) for kind in ProposalKind if kind is not ProposalKind.NONE_WITHIN_BOUNDS)


def _lead_time(table: Table, number: str) -> LeadTime:
    classes = table.table("classes")
    if classes is None or not 1 <= len(classes.values) <= GREATEST_CLASSES:
        table.wrong("classes", f'1 to {GREATEST_CLASSES} classes, such as {{ routine = "6h", urgent = "30min" }}')
        return LeadTime(number, ())
    found = tuple(LeadClass(name, classes.duration(name, GREATEST_LEAD_MS)) for name in classes.values)
    for before, after in pairwise(found):
        if after.least_ms >= before.least_ms:
            classes.fault(f"{after.name} after {before.name}", "each class shorter than the one before it")
    return LeadTime(number, found, table.text("notice", ANYONE))


def _answering(table: Table, number: str) -> Answering:
    return Answering(number, _rungs(table), table.choice("first", FirstAnswer, FirstAnswer.LATER_FILER))


def _rungs(table: Table) -> tuple[int, int, int]:
    """Return how long officer, alternate and mediator have; one text is for each of them."""
    value = table.values.get("rungs")
    texts = value if isinstance(value, list) else [value] * 3
    try:
        rungs = [parse_duration(text) if isinstance(text, str) else 0 for text in texts]
    except MeaningError:
        rungs = []
    if len(rungs) != 3 or not all(1_000 <= rung_ms <= GREATEST_RUNG_MS for rung_ms in rungs):
        table.wrong("rungs", '1 s to 1 day: "5min", or for officer, alternate and mediator ["5min", "5min", "10min"]')
        return 1_000, 1_000, 1_000
    return rungs[0], rungs[1], rungs[2]


def _priority(table: Table, number: str) -> Priority:
    ranks = table.table("ranks")
    found = () if ranks is None else tuple(Rank(name, ranks.whole(name, 0, GREATEST_RANK)) for name in ranks.values)
    exempt = table.list_of_names("exempt")
    if not found and not exempt:
        table.fault("neither ranks nor exempt", 'ranks = { medevac = 100 }, or exempt = ["medevac"], or both')
    return Priority(number, found, exempt)


def _disclosure(table: Table, number: str) -> Disclosure:
    level = table.choice("level", Level)
    notice, of = table.text("notice", ANYONE), table.text("of", ANYONE)
    return Disclosure(number, table.text("to", required=True), level, notice, of)


def _outside(table: Table, number: str) -> Outside:
    carries = table.choice("carries", Carries, Carries.REFERENCE)
    return Outside(number, table.text("to", required=True), table.text("notice", ANYONE), carries)


def _budget(table: Table, number: str) -> Budget:
    return Budget(number, table.whole("spends", 1, GREATEST_SPENDS), table.duration("window", GREATEST_LEAD_MS))


def _proposals(table: Table, number: str) -> Coarseness:
    usual = Coarseness(number)
    time_ms = table.duration("time", DAY_MS, least_ms=60_000) if "time" in table else usual.time_ms
    vertical_e4 = table.vertical("vertical") if "vertical" in table else usual.vertical_e4
    if vertical_e4 > GREATEST_VERTICAL_E4:
        table.wrong("vertical", "more than 0, at most 100 km")
    kinds = table.list_of_names("kinds")
    unknown = [kind for kind in kinds if kind not in _OFFERED]
    if unknown:
        table.wrong("kinds", one_of(unknown[0], _OFFERED))
        return usual
    return Coarseness(number, time_ms, vertical_e4, tuple(ProposalKind(kind) for kind in kinds) or usual.kinds)


def _largest(table: Table, number: str) -> Largest:
    value = table.values.get("area")
    match = _AREA.fullmatch(value) if isinstance(value, str) else None
    area_km2 = int(match.group(1)) if match else 0
    if not 1 <= area_km2 <= GREATEST_AREA_KM2:
        table.wrong("area", 'whole square kilometres with their unit, such as "2500km2"')
    return Largest(number, area_km2, table.duration("duration", GREATEST_LEAD_MS), table.text("notice", ANYONE))


def _standing(table: Table, number: str) -> Standing:
    return Standing(number, table.duration("expires", GREATEST_LEAD_MS), table.text("notice", "site"))


def _hold(table: Table, number: str) -> Hold:
    return Hold(number, table.duration("correct", GREATEST_RUNG_MS, least_ms=1_000))


def _stop(table: Table, number: str) -> StopAuthority:
    return StopAuthority(number, table.list_of_names("release", required=True))


def _suspension(table: Table, number: str) -> Suspension:
    return Suspension(number, table.list_of_names("by") or (ANYONE,), table.flag("resume_needs_all", otherwise=True))


def _review(table: Table, number: str) -> Review:
    return Review(number, table.duration("period", GREATEST_LEAD_MS))


def _third_party(table: Table, number: str) -> ThirdParty:
    name = table.text("name", required=True)
    step_e7 = table.degrees("step_degrees", Decimal("0.001"), GREATEST_STEP_DEGREES, ThirdParty(number, name).step_e7)
    bound, advised = table.flag("bound", otherwise=False), table.flag("advised", otherwise=False)
    return ThirdParty(number, name, bound, advised, step_e7)


def _meaning(table: Table, number: str) -> Meaning:
    texts = table.names("texts")
    if not texts:
        table.wrong("texts", 'the sentence by language, such as { en = "Silence is neither consent nor hostility." }')
    return Meaning(number, texts, table.choice("about", Fixed) if "about" in table else None)


Reader = Callable[[Table, str], Term]

TERMS: Final[dict[str, tuple[Reader, tuple[str, ...]]]] = {
    "lead-time": (_lead_time, ("classes", "notice")),
    "answering": (_answering, ("rungs", "first")),
    "priority": (_priority, ("ranks", "exempt")),
    "disclosure": (_disclosure, ("to", "level", "notice", "of")),
    "outside": (_outside, ("to", "notice", "carries")),
    "budget": (_budget, ("spends", "window")),
    "proposals": (_proposals, ("time", "vertical", "kinds")),
    "largest": (_largest, ("area", "duration", "notice")),
    "standing": (_standing, ("expires", "notice")),
    "hold": (_hold, ("correct",)),
    "stop": (_stop, ("release",)),
    "suspension": (_suspension, ("by", "resume_needs_all")),
    "review": (_review, ("period",)),
    "third-party": (_third_party, ("name", "bound", "advised", "step_degrees")),
    "meaning": (_meaning, ("about", "texts")),
}
"""How each kind of clause is read, and its keys beside `number` and `kind`."""


def read_term(table: Table, number: str, kind: str) -> Term:
    """Return the clause of a kind of `TERMS`; its faults are kept with the table's."""
    reader, keys = TERMS[kind]
    table.require_known(("number", "kind", *keys))
    return reader(table, number)
