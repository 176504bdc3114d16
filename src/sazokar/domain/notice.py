"""A notice as it is filed: what is planned, where and when, by whom to be reached (SZK-10 … SZK-22).

A notice is no request for permission, and no notice is no loss of protection (SZK-08). What becomes of it is told in
`state`; whether it may stand, in `filing`.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from sazokar.domain.agreement import Level
from sazokar.domain.plan.height import Height
from sazokar.domain.plan.volume import Volume


class Section(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A part of a statement that is committed to, shown and erased on its own; named by the field that holds it."""


class NoticeKind(StrEnum):
    """What a notice is about (SZK-10)."""

    SITE = "site"
    MOVEMENT = "movement"
    FLIGHT = "flight"
    AREA = "area"
    HAZARD = "hazard"


class Grade(StrEnum):
    """Who has verified what a notice says (SZK-18)."""

    UNVERIFIED = "unverified"
    SELF_REPORTED = "self-reported"
    REMOTELY_CHECKED = "remotely-checked"
    VISITED = "visited"


class OperationState(StrEnum):
    """The life of an operation (SZK-36)."""

    HELD = "held"
    """Refused, and held for correction: not delivered (SZK-49)."""
    PROPOSED = "proposed"
    """Filed; a conflict is open."""
    ACCEPTED = "accepted"
    """Filed; no conflict found among the plans given, or none left open. Never "clear"."""
    ACTIVATED = "activated"
    NONCONFORMING = "nonconforming"
    CONTINGENT = "contingent"
    ENDED = "ended"


class Stated(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Window and limits as the form states them, beside the volumes; the two must agree (SZK-16)."""

    start_ms: int | None = None
    end_ms: int | None = None
    lower: Height | None = None
    upper: Height | None = None


class Extent(Section, frozen=True, kw_only=True):
    """Where and when.

    Args:
        volumes: One or more, of the filing party and one operation, numbered from 0.
        tolerance_ms: How much earlier or later a movement may be (SZK-34); windows are judged so much wider.
        stated: The window and limits as the form states them, where it does.
    """

    volumes: tuple[Volume, ...]
    tolerance_ms: int = 0
    stated: Stated | None = None


class Purpose(Section, frozen=True, kw_only=True):
    """What for, and how it is heard of on the air (SZK-21).

    Args:
        text: In words.
        call_sign: Call sign.
        frequency_khz: Frequency on which it listens, kHz.
        language: Language spoken there (BCP 47).
        integrity: Why the position may not be trusted (SZK-37); empty: no reason known.
    """

    text: str = ""
    call_sign: str = ""
    frequency_khz: int = 0
    language: str = ""
    integrity: str = ""


class Contact(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Someone who answers while the operation runs; named by watch number, not by person (SZK-51)."""

    number: str
    telephone: str
    languages: tuple[str, ...] = ()
    duty: str = ""


class Contacts(Section, frozen=True, kw_only=True):
    """Who is reached, in order."""

    contacts: tuple[Contact, ...]


class Segment(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One leg of a movement, between named places; `halt_ms` is the planned stop at its end."""

    from_: str
    to: str
    depart_ms: int
    arrive_ms: int
    halt_ms: int = 0


class Vehicles(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Vehicles of one kind, and how each sight sees their markings (a Gaza convoy's were invisible to thermal ones)."""

    kind: str
    count: int
    colour: str = ""
    registration: tuple[str, ...] = ()
    marking_day: str = ""
    marking_night: str = ""
    marking_thermal: str = ""


class MovementForm(Section, frozen=True, kw_only=True):
    """The form of a movement (SZK-12)."""

    organisation: str
    cargo: str = ""
    segments: tuple[Segment, ...] = ()
    vehicles: tuple[Vehicles, ...] = ()
    people: int = 0


class Consent(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """How much its filer lets one recipient see, at most; never more than the agreement's clause."""

    to: str
    level: Level
