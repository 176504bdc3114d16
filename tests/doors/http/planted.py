"""What the tests of disclosure share: the page's tables, notices with words that are nowhere else, and all who ask."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import msgspec

from sazokar.domain.agreement import LEVELS, Level
from sazokar.domain.notice import Contact, Contacts, MovementForm, NoticeKind, Purpose
from sazokar.domain.plan.shape import Circle, Position
from sazokar.domain.statement import FileNotice
from tests.dialects.agreements import clause
from tests.domain.mechanism import MINUTE_MS, NOW_MS, notice, volume
from tests.doors.http.grounds import ADDRESS, House, housed
from tests.doors.http.test_issuers import issuers, token

PAGE: Final = (Path(__file__).parents[3] / "docs" / "disclosure.md").read_text(encoding="utf-8")
OTHERS: Final = {
    "another party": "BRAVO", "territorial state": "HARBOUR", "participant": "RELIEF", "mediator": "MEDIATOR",
    "guarantor": "VOUCHER", "observer": "WATCHER",
}  # fmt: skip
LEAD: Final = clause("lead-time", 'classes = { routine = "6h", urgent = "1min" }', "5.1")


def table(section: str) -> dict[str, dict[str, str]]:
    """Return a table of the page: cell by row and column."""
    text = re.split(rf"^## {re.escape(section)}$", PAGE, flags=re.MULTILINE)[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    head, _, *body = rows
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in body}


HOW_MUCH: Final = table("How much of a notice")
FIELDS: Final = table("What of a notice at which level")
CONFLICT: Final = table("A conflict")
ALIKE: Final = table("For everyone who takes part")


# What is planted


class Planted:
    """A notice with words and numbers in each section that are nowhere else.

    Args:
        number: Tells it from others.
        party: Who files it.
        kind: What it is about.
    """

    def __init__(self, number: int, party: str = "ALPHA", kind: NoticeKind = NoticeKind.AREA) -> None:
        self.party = party
        self.kind = kind
        self.lat_e7 = 120_000_000 + 10_007 * (number + 1)
        self.lon_e7 = 420_000_000 + 10_009 * (number + 1)
        self.start_ms = NOW_MS + 60 * MINUTE_MS + 7_919 * (number + 1)
        self.end_ms = self.start_ms + 20 * MINUTE_MS + 6_007
        self.words = {
            name: f"kestrel{name}{number}x" for name in ("operation", "purpose", "callsign", "contacts", "movement")
        }

    def statement(self, **more: object) -> FileNotice:
        where = Circle(Position(self.lat_e7, self.lon_e7), 1_000_003)
        place = volume(party=self.party, operation=self.words["operation"], shape=where)
        place = msgspec.structs.replace(place, start_ms=self.start_ms, end_ms=self.end_ms)
        contacts = (Contact(number="W-1", telephone=f"+99 1 {self.words['contacts']}"),) * 2
        return notice(
            place, kind=self.kind, purpose=Purpose(text=self.words["purpose"], call_sign=self.words["callsign"]),
            contacts=Contacts(contacts=contacts), movement=MovementForm(organisation=self.words["movement"]),
            **more,  # type: ignore[arg-type]  # as `notice` takes them
        )  # fmt: skip

    @property
    def canaries(self) -> Mapping[str, tuple[bytes, ...]]:
        """What gives each field of the page away."""
        digits = (self.lat_e7, self.lon_e7, self.start_ms, self.end_ms, self.start_ms - NOW_MS)
        extent = (*(str(one).encode() for one in digits), self.words["operation"].encode())
        said: dict[str, tuple[bytes, ...]] = {
            name: (self.words[name].encode(),) for name in ("purpose", "contacts", "movement")
        }
        said["purpose"] += (self.words["callsign"].encode(),)
        return {"extent": extent, **said}


@contextmanager
def fresh(agreement: str | None, **given: object) -> Iterator[House]:
    with tempfile.TemporaryDirectory() as folder, housed(Path(folder), agreement, **given) as house:
        yield house


def asking(house: House) -> Iterator[tuple[str, str, httpx.Client]]:
    """Give everyone who reads: as what, for whom, and how; a token of another issuer reads as its party."""
    house.station.issuers = issuers()
    for role, party in {"own": "ALPHA", **OTHERS}.items():
        yield role, party, house.client(party)
    by_token = httpx.Client(
        transport=house.client("BRAVO")._transport, base_url=ADDRESS,
        headers={"Authorization": f"Bearer {token(groups=['air-b'])}"},
    )  # fmt: skip
    yield "another party", "BRAVO", by_token


def level_on_the_page(viewer: str, column: str, ruled: str, interim: str) -> Level:
    if viewer == "own":
        return Level.EVERYTHING
    row = HOW_MUCH[viewer]
    told = {str(level): str(level) for level in LEVELS} | {"the charter's interim level": interim, "the clause": ruled}
    if row[column] == "the lesser of both":
        both = (told[row["by a clause"]], told[row["without an agreement"]])
        return min((Level(one) for one in both), key=LEVELS.index)
    return Level(told[row[column]])


def has(text: bytes, canaries: tuple[bytes, ...]) -> bool:
    return any(canary in text for canary in canaries)
