"""A notice or a conflict on one page, as values of a form: what a page can bear, and no more than its reader may see."""

from __future__ import annotations

from typing import Protocol

from sazokar.domain.finding import Raised
from sazokar.domain.notice import Contacts, Extent, MovementForm, Purpose
from sazokar.domain.state import Case
from sazokar.doors.desk.telling import offer_words
from sazokar.doors.form import GREATEST_CONTACTS, GREATEST_VOLUMES, ConflictForm, FormContact, NoticeForm
from sazokar.doors.form_rows import GREATEST_VALUE
from sazokar.doors.form_volumes import FormVolume
from sazokar.errors import LimitError


class Content(Protocol):
    """What a notice says: one that is filed, or a draft of one."""

    @property
    def extent(self) -> Extent | None:
        """Where and when."""
        ...

    @property
    def purpose(self) -> Purpose | None:
        """What for."""
        ...

    @property
    def contacts(self) -> Contacts | None:
        """Who is reached."""
        ...

    @property
    def movement(self) -> MovementForm | None:
        """The form of a movement."""
        ...


def notice_form(ref: str, kind: str, party: str, content: Content, *, everything: bool = True) -> NoticeForm:
    """Return a notice as a form.

    Args:
        ref: Its reference.
        kind: What it is about.
        party: Whose it is.
        content: What it says.
        everything: Its purpose and contacts too, not its extent alone.

    Raises:
        LimitError: It does not fit on a page.
    """
    volumes = content.extent.volumes if content.extent else ()
    contacts = content.contacts.contacts if content.contacts and everything else ()
    if not 1 <= len(volumes) <= GREATEST_VOLUMES or len(contacts) > GREATEST_CONTACTS:
        raise LimitError(
            f"{ref}: found {len(volumes)} volumes and {len(contacts)} contacts; a page bears 1 to {GREATEST_VOLUMES} "
            f"and {GREATEST_CONTACTS}: carry it as a file (sazokar export)"
        )
    purpose = content.purpose if everything else None
    return NoticeForm(
        reference=ref, kind=kind, party=party,
        organisation=content.movement.organisation[:GREATEST_VALUE] if content.movement and everything else "",
        volumes=tuple(
            FormVolume(shape=v.shape, lower=v.lower, upper=v.upper, start_ms=v.start_ms, end_ms=v.end_ms) for v in volumes
        ),
        contacts=tuple(FormContact(c.number[:GREATEST_VALUE], c.telephone.upper()) for c in contacts),
        call_sign=purpose.call_sign.upper() if purpose else "",
        frequency=f"{purpose.frequency_khz / 1000:.3f} MHZ" if purpose and purpose.frequency_khz else "",
        language=purpose.language if purpose else "",
    )  # fmt: skip


def conflict_form(case: Case, raised: Raised, party: str) -> ConflictForm:
    """Return a conflict as a form, as one of its sides sees it.

    Raises:
        LimitError: The party is no side of it, or its window is withheld.
    """
    own, other = (raised.a, raised.b) if case.parties[0] == party else (raised.b, raised.a)
    start_ms = own.from_ms if own else 0
    if party not in case.parties or own is None or not own.leg or not start_ms:
        raise LimitError(
            f"{case.ref}: {party or 'the node'} is no side of it; name one with --as: {', '.join(case.parties)}"
        )
    return ConflictForm(
        reference=case.ref.upper(), clause=case.clause.upper(), own=own.ref, other=other.ref if other else "WITHHELD",
        own_leg=own.leg, start_ms=raised.start_ms if raised.start_ms is not None else start_ms, end_ms=raised.end_ms,
        freed_by=_freed([offer_words(offer).upper() for offer in own.offers]),
    )  # fmt: skip


def _freed(offers: list[str]) -> str:
    """Return as many of the offers as a line bears."""
    line = ""
    for offer in offers:
        longer = f"{line} OR {offer}" if line else offer
        if len(longer) > GREATEST_VALUE:
            break
        line = longer
    return line
