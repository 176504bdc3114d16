"""Scenario A day after day, for a node that people look at: the same play, with its instants moved on by a day each time.

A humanitarian agency takes part and keeps notified sites. Data only: `playing` plays it. All names and places are invented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from sazokar.app import scenario_a as scenario
from sazokar.app.playing import Cast
from sazokar.app.scenario_a import References, Say, Step
from sazokar.domain.agreement import Agreement
from sazokar.domain.notice import Contact, Contacts, Extent, Grade, NoticeKind, Purpose
from sazokar.domain.party import OfficerRole, PartyRole
from sazokar.domain.plan.height import parse_height
from sazokar.domain.plan.proposal import delayed
from sazokar.domain.plan.shape import Circle, Position
from sazokar.domain.plan.volume import Volume
from sazokar.domain.statement import (
    AmendNotice,
    CallStop,
    DelegateKey,
    FileNotice,
    PostWatch,
    ReportIncident,
    RevalidateNotice,
    Statement,
    WatchPost,
)

DAY_MS: Final = 86_400_000
MOST_DAYS: Final = 360
"""So many days are played: the first lies so far back that what an officer signs by a real clock is still taken."""
AGENCY: Final = "RELIEF"
VISITORS: Final = {"A9": "ALPHA", "B9": "BRAVO", "M9": "MEDIATOR", "H9": AGENCY}
"""Watch numbers whose keys play no part: whoever tries the node out signs with them."""
PARTIES: Final = scenario.PARTIES | {AGENCY: PartyRole.PARTICIPANT}
_LASTS_MS: Final = 3 * 366 * DAY_MS
_REVALIDATED_EVERY: Final = 30
"""A standing notice binds 90 days; it is revalidated well before."""
_SITES: Final = {
    "clinic at Lantern Bay": (36.62, -28.31), "school at Ostrel": (36.41, -27.92), "stores at Port Wren": (36.18, -28.44),
}  # fmt: skip
CLAUSES: Final = """
# Notified sites are known to all who take part, and last.

[[clause]]
number = "5.6"
kind = "largest"
notice = "site"
area = "10km2"
duration = "366d"

[[clause]]
number = "7.4"
kind = "disclosure"
to = "party"
notice = "site"
level = "everything"

[[clause]]
number = "7.5"
kind = "disclosure"
to = "mediator"
notice = "site"
level = "everything"
"""
"""What the agreement says here beside what the scenario's says."""


def cast(today_ms: int) -> Cast:
    """Return who takes part, beginning so many days before a day that all of them can be played."""
    first_ms = today_ms // DAY_MS * DAY_MS - MOST_DAYS * DAY_MS
    begins_ms = first_ms + scenario.BEGINS_MS % DAY_MS
    return Cast(PARTIES, (*scenario.OFFICERS, "H1", *VISITORS), begins_ms)


def founding(text: str, agreement: Agreement, keys: Mapping[str, str], by_ms: int) -> Iterator[Step]:
    """Give the steps before the first day: keys, the watch, the agreement, notified sites.

    Args:
        text: The agreement as it is signed, `CLAUSES` included.
        agreement: The same as values.
        keys: Per watch number the officer's public key.
        by_ms: By how much later than the scenario everything happens.
    """
    begins_ms = scenario.BEGINS_MS + by_ms
    for officer, party in {"H1": AGENCY, **VISITORS}.items():
        delegation = DelegateKey(
            key=keys[officer], watch_number=officer, role=OfficerRole.DELEGATE, from_ms=begins_ms,
            until_ms=begins_ms + _LASTS_MS,
        )  # fmt: skip
        words = f"{party} lets the key of watch {officer} sign."
        yield Say(number=0, at_ms=begins_ms, by=party, words=words, statement=_always(delegation))
    yield from (moved(step, by_ms) for step in scenario.steps(text, agreement, keys) if step.number == 0)
    for number, (name, place) in enumerate(_SITES.items()):
        site = _site(name, place, begins_ms)
        yield Say(
            number=0, at_ms=begins_ms + 55 * 60_000, by="H1", words=f"{AGENCY} notifies a site: {name}.",
            statement=_always(site), makes=f"site-{number}",
        )  # fmt: skip


def day(text: str, agreement: Agreement, keys: Mapping[str, str], number: int, by_ms: int) -> Iterator[Step]:
    """Give the steps of one day; see `founding`.

    Args:
        text: The agreement.
        agreement: The same as values.
        keys: Per watch number the officer's public key.
        number: Of the day, from 0.
        by_ms: By how much later than the scenario it happens.
    """
    at_ms = scenario.BEGINS_MS + by_ms
    yield _post("H1", AGENCY, at_ms)
    if number and number % _REVALIDATED_EVERY == 0:
        for site in range(len(_SITES)):
            yield Say(
                number=0, at_ms=at_ms, by="H1", words=f"{AGENCY} says that a site is still there.",
                statement=_revalidated(f"site-{site}"),
            )  # fmt: skip
    for step in scenario.steps(text, agreement, keys):
        posts = isinstance(step, Say) and number and step.words.startswith("Watch ")
        if step.number or posts:
            yield moved(step, by_ms)


def moved(step: Step, by_ms: int) -> Step:
    """Return a step that happens later, and that speaks of what is so much later too."""
    later = msgspec.structs.replace(step, at_ms=step.at_ms + by_ms)
    if not isinstance(step, Say):
        return later
    return msgspec.structs.replace(later, statement=lambda refs: _moved(step.statement(refs), by_ms))


def _moved(statement: Statement, by_ms: int) -> Statement:
    replace = msgspec.structs.replace
    match statement:
        case DelegateKey(from_ms=from_ms):
            return replace(statement, from_ms=from_ms + by_ms, until_ms=from_ms + by_ms + _LASTS_MS)
        case PostWatch(from_ms=from_ms, until_ms=until_ms):
            return replace(statement, from_ms=from_ms + by_ms, until_ms=until_ms + by_ms)
        case FileNotice(extent=Extent(volumes=volumes)) | AmendNotice(extent=Extent(volumes=volumes)):
            return replace(statement, extent=Extent(volumes=tuple(delayed(list(volumes), by_ms) or ())))
        case CallStop(called_ms=called_ms):
            return replace(statement, called_ms=called_ms + by_ms)
        case ReportIncident(at_ms=at_ms):
            return replace(statement, at_ms=at_ms + by_ms)
        case _:
            return statement


def _site(name: str, place: tuple[float, float], begins_ms: int) -> FileNotice:
    circle = Circle(Position(round(place[0] * 1e7), round(place[1] * 1e7)), 250_000)
    volume = Volume(
        operation=name.replace(" ", "-"), party=AGENCY, shape=circle, lower=parse_height("SFC"),
        upper=parse_height("500 FT AGL"), start_ms=begins_ms, end_ms=begins_ms + 360 * DAY_MS,
    )  # fmt: skip
    contact = Contact(number="H1", telephone="+00 400 7701", languages=("en",))
    return FileNotice(
        notice=NoticeKind.SITE, grade=Grade.UNVERIFIED,
        extent=Extent(volumes=(volume,)), purpose=Purpose(text=name), contacts=Contacts(contacts=(contact,)),
    )  # fmt: skip


def _post(officer: str, party: str, at_ms: int) -> Say:
    post = PostWatch(
        number=officer, from_ms=at_ms, until_ms=at_ms + DAY_MS,
        post=WatchPost(telephones=("+00 400 7701",), languages=("en",)),
    )  # fmt: skip
    words = f"Watch {officer} of {party} is on the roster until tomorrow 11:00Z."
    return Say(number=0, at_ms=at_ms, by=officer, words=words, statement=_always(post))


def _revalidated(site: str) -> Callable[[References], Statement]:
    return lambda refs: RevalidateNotice(ref=refs[site], version=1)


def _always(statement: Statement) -> Callable[[References], Statement]:
    return lambda _: statement
