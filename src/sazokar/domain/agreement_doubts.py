"""What a valid agreement says that its makers likely did not mean, or leaves unsaid. Refuses nothing.

Faults, by which a document is not taken, are told by `agreement_validity`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from sazokar.domain.agreement import (
    DAY_MS,
    Agreement,
    Answering,
    Fixed,
    LeadTime,
    Meaning,
    Priority,
    StopAuthority,
    Zone,
    ZoneKind,
    term_of,
)
from sazokar.domain.plan.height import Reference
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS, format_instant
from sazokar.domain.plan.scrutiny import Doubt, scrutinise
from sazokar.domain.plan.volume import kind_key
from sazokar.domain.zones import volumes_of, windows_of
from sazokar.errors import LimitError

YEAR_MS: Final = 366 * DAY_MS

_WANTED: Final = (
    (LeadTime, "no-lead-time", "no clause of kind lead-time: no notice will ever be late"),
    (Answering, "no-answering", "no clause of kind answering: an unanswered conflict calls nobody"),
    (StopAuthority, "no-stop-authority", "no clause of kind stop: only its caller can release a STOP"),
)


def doubts(agreement: Agreement, now_ms: int | None = None) -> tuple[Doubt, ...]:
    """Return what should be looked at again before the agreement is signed.

    Args:
        agreement: A valid one.
        now_ms: The present instant, ms since the Unix epoch; None: no schedule is past.
    """
    found = [*_of_signatories(agreement), *_of_terms(agreement), *_of_meanings(agreement)]
    found += _of_zone_kinds(agreement)
    for zone in agreement.zones:
        found += _of_zone(zone, agreement, now_ms)
    return (*found, *scrutinise(volumes_of(_without_schedules(agreement)), agreement.area, agreement.ground, None))


def _without_schedules(agreement: Agreement) -> Agreement:
    """Return the agreement with its zones always in force, so that each is one volume."""
    zones = tuple(msgspec.structs.replace(zone, schedules=()) for zone in agreement.zones)
    return msgspec.structs.replace(agreement, zones=zones)


def _of_signatories(agreement: Agreement) -> Iterator[Doubt]:
    if len(agreement.signatories) < 2:
        yield Doubt("one-signatory", "fewer than two signatories: with whom is it agreed?")
    if agreement.area is None:
        yield Doubt("no-area", "no area: a swapped latitude and longitude cannot be recognised")
    if agreement.default.horizontal_mm == 0 and agreement.default.vertical_e4 == 0:
        yield Doubt(
            "default-overlap", "the default minima are 0: operations without a clause may pass arbitrarily near"
        )


def _of_terms(agreement: Agreement) -> Iterator[Doubt]:
    for kind, code, message in _WANTED:
        if term_of(agreement, kind) is None:
            yield Doubt(code, message)
    priority = term_of(agreement, Priority)
    if priority is not None:
        ranked = {rank.name for rank in priority.ranks}
        for name in priority.exempt:
            if name not in ranked:
                message = f"clause {priority.number}: {name} is exempt and has no rank; it goes before nobody"
                yield Doubt("exempt-without-rank", message)


def _of_meanings(agreement: Agreement) -> Iterator[Doubt]:
    meanings = [term for term in agreement.terms if isinstance(term, Meaning)]
    stated = {meaning.about for meaning in meanings}
    for fixed in Fixed:
        if fixed not in stated:
            message = f'no clause of kind meaning with about = "{fixed}": an agreement states it (SZK-08)'
            yield Doubt("meaning-missing", message)
    languages = [language for language, _ in agreement.title]
    for meaning in meanings:
        missing = [language for language in languages if language not in dict(meaning.texts)]
        if missing:
            message = f"clause {meaning.number}: no text in {', '.join(missing)}, in which the agreement has a title"
            yield Doubt("meaning-untranslated", message)


def _of_zone_kinds(agreement: Agreement) -> Iterator[Doubt]:
    kinds = {kind_key(kind) for kind in ZoneKind}
    for clause in agreement.zone_clauses:
        if clause.zone_kind and kind_key(clause.zone_kind) not in kinds:
            message = f"clause {clause.number}: zone_kind = {clause.zone_kind}: no agreed zone is of this kind"
            yield Doubt("unknown-zone-kind", message)


def _of_zone(zone: Zone, agreement: Agreement, now_ms: int | None) -> Iterator[Doubt]:
    place = f"clause {zone.number} ({zone.name})"
    if zone.kind is ZoneKind.LINE and not zone.buffers:
        yield Doubt("line-without-buffers", f"{place}: a line without buffers: only its crossing is a conflict")
    above_ground = [h for h in (zone.lower, zone.upper) if h.reference is Reference.AGL and not h.surface]
    if above_ground and agreement.ground is None:
        yield Doubt(
            "no-ground", f"{place}: {above_ground[0]}, and no ground band in [area]: the whole Earth's is assumed"
        )
    for schedule in zone.schedules:
        if now_ms is not None and schedule.until_ms <= now_ms:
            message = f"{place}: a schedule that ended at {format_instant(schedule.until_ms)}"
            yield Doubt("schedule-past", message)
    yield from _of_windows(zone, place)


def _of_windows(zone: Zone, place: str) -> Iterator[Doubt]:
    """Tell a schedule that never holds, such as one of Mondays between a Tuesday and a Friday, and one of too many days."""
    for schedule in zone.schedules:
        alone = msgspec.structs.replace(zone, schedules=(schedule,))
        if not windows_of(alone, schedule.from_ms, min(schedule.until_ms, schedule.from_ms + YEAR_MS)):
            yield Doubt("schedule-empty", f"{place}: a schedule without any window: it never holds")
    try:
        windows_of(zone, BEGINNING_MS, END_MS)
    except LimitError as error:
        yield Doubt("many-windows", str(error))
