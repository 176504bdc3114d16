"""Whether an agreement's clauses fit together: numbers, names and what they cite. Reads no file, judges no pair.

Each fault is a value whose `found` names the clauses; a dialect collects them. What is valid, yet likely not meant, is
told by `agreement_doubts`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from sazokar.domain.agreement import (
    ANYONE,
    Agreement,
    Answering,
    Budget,
    Coarseness,
    Disclosure,
    Hold,
    Largest,
    LeadTime,
    Outside,
    Priority,
    Review,
    Standing,
    StopAuthority,
    Suspension,
    Term,
    ThirdParty,
)
from sazokar.domain.party import PartyRole
from sazokar.domain.plan.rival_clauses import contradictions
from sazokar.domain.plan.volume import kind_key
from sazokar.errors import RulesError

COMMON: Final = "AGREEMENT"
"""The party of a zone that all agree on; no signatory bears this name."""
ROLES: Final = tuple(str(role) for role in PartyRole)
GREATEST_RULES: Final = 1_000
"""Minima between classes, about zones, and buffers together are at most this many."""

_ONCE: Final = (Answering, Priority, Budget, Coarseness, Hold, StopAuthority, Suspension, Review)
"""Kinds of which the first clause alone would speak; a second one would silently say nothing."""


def faults_of(agreement: Agreement, *, whole: bool = True) -> Iterator[RulesError]:
    """Give every fault by which the agreement's clauses do not fit together.

    Args:
        agreement: What was read.
        whole: Whether nothing of the document was left out; otherwise no fault tells of a name that nothing bears, as
            what bears it may have been left out.
    """
    yield from _of_numbers(agreement)
    yield from _of_signatories(agreement)
    yield from _of_repeats(agreement)
    if whole:
        yield from _of_parties(agreement)
        yield from _of_zones(agreement)
    rules = agreement.rules().clauses
    if len(rules) > GREATEST_RULES:
        yield RulesError(f"{len(rules):,} minima and buffers", f"at most {GREATEST_RULES:,}")
    else:
        yield from contradictions(rules)


def _of_numbers(agreement: Agreement) -> Iterator[RulesError]:
    numbered = (*agreement.separations, *agreement.zones, *agreement.zone_clauses, *agreement.terms)
    numbers = [clause.number for clause in numbered]
    numbers += [b.number for zone in agreement.zones for b in zone.buffers if b.number != zone.number]
    for number in _repeated(numbers):
        yield RulesError(f"two clauses with the number {number}", "one number for each clause")


def _of_signatories(agreement: Agreement) -> Iterator[RulesError]:
    names = [signatory.name for signatory in agreement.signatories]
    for name in _repeated(names):
        yield RulesError(f"the signatory {name} twice", "each signatory once")
    for name in sorted({COMMON, ANYONE, *ROLES} & set(names)):
        yield RulesError(f"a signatory called {name}", "another name, as the mechanism uses this one itself")
    for name in _repeated(zone.name for zone in agreement.zones):
        yield RulesError(f"two zones called {name}", "one name for each zone, as verdicts cite it")


def _of_repeats(agreement: Agreement) -> Iterator[RulesError]:
    """Give the clauses that speak of what another one of their kind speaks of already."""
    keys: dict[tuple[str, ...], str] = {}
    for term in agreement.terms:
        key = _subject(term)
        if key and key in keys:
            found = f"clauses {keys[key]} and {term.number}, both {' '.join(filter(None, key))}"
            yield RulesError(found, "one clause for each, as the second would say nothing")
        keys.setdefault(key, term.number)


def _subject(term: Term) -> tuple[str, ...]:
    """Return what a clause speaks of where only one may; empty where any number may."""
    match term:
        case LeadTime() | Largest() | Standing():
            return _kind_of(term), "of notice", term.notice
        case Disclosure():
            return _kind_of(term), "to", term.to, "of notice", term.notice, "by", term.of
        case Outside():
            return _kind_of(term), "to", term.to, "of notice", term.notice
        case ThirdParty():
            return _kind_of(term), term.name
        case _ if isinstance(term, _ONCE):
            return (_kind_of(term),)
        case _:
            return ()


def _kind_of(term: Term) -> str:
    return str(term.__struct_config__.tag)


def _of_parties(agreement: Agreement) -> Iterator[RulesError]:
    signatories = {signatory.name for signatory in agreement.signatories}
    third = {term.name: term.number for term in agreement.terms if isinstance(term, ThirdParty)}
    roles = {*ROLES, ANYONE}
    for number, key, name, known in _cited(agreement, signatories, signatories | third.keys() | roles):
        if name not in known:
            yield RulesError(f"clause {number}: {key} = {name}", f"one of {', '.join(sorted(known))}")
    for name in sorted(third.keys() & signatories):
        found = f"clause {third[name]}: the third party {name}, which signs"
        yield RulesError(found, "a third party that does not sign")


def _cited(agreement: Agreement, signatories: set[str], anyone: set[str]) -> Iterator[tuple[str, str, str, set[str]]]:
    """Give each name of a party that a clause cites: clause, key, name, and which names are known there."""
    for zone in agreement.zones:
        if zone.party:
            yield zone.number, "party", zone.party, signatories
        yield from ((zone.number, "names", party, signatories) for party, _ in zone.names)
    for term in agreement.terms:
        match term:
            case Disclosure():
                yield term.number, "to", term.to, anyone
                yield term.number, "of", term.of, anyone
            case Outside():
                yield term.number, "to", term.to, anyone
            case StopAuthority():
                yield from ((term.number, "release", name, anyone) for name in term.release)
            case Suspension():
                yield from ((term.number, "by", name, anyone) for name in term.by)
            case _:
                pass


def _of_zones(agreement: Agreement) -> Iterator[RulesError]:
    """Give the minima that speak of a zone that is not there: misspelt, it would be judged by 0."""
    zones = {form: zone for zone in agreement.zones for form in (zone.name, f"{zone.party or COMMON}/{zone.name}")}
    for clause in agreement.zone_clauses:
        zone = zones.get(clause.zone)
        if clause.zone and zone is None:
            known = ", ".join(sorted(zone.name for zone in agreement.zones)[:10]) or "there are none"
            yield RulesError(f"clause {clause.number}: zone = {clause.zone}", f"one of the zones: {known}")
        elif zone is not None and clause.zone_kind and kind_key(clause.zone_kind) != kind_key(zone.kind):
            found = f"clause {clause.number}: the zone {zone.name} with zone_kind = {clause.zone_kind}"
            yield RulesError(found, f"zone_kind = {zone.kind}, or no such key: otherwise the clause says nothing")


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]
