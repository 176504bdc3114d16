"""Plans that officers of simulated worlds file: few places, times and heights, so that they meet. All invented."""

from __future__ import annotations

from random import Random
from typing import Final

from sazokar.domain.agreement import Level
from sazokar.domain.notice import (
    Consent,
    Contact,
    Contacts,
    Extent,
    Grade,
    MovementForm,
    NoticeKind,
    Purpose,
    Vehicles,
)
from sazokar.domain.plan.height import parse_height
from sazokar.domain.plan.shape import Circle, Corridor, Movement, MultiPolygon, Position, Rectangle, Shape
from sazokar.domain.plan.volume import Volume
from sazokar.domain.statement import FileNotice

MINUTE_MS: Final = 60_000
_BANDS: Final = (("FL100", "FL120"), ("FL110", "FL130"), ("FL200", "FL240"), ("SFC", "2000 FT AMSL"))
_CLASSES: Final = ("", "transport", "uav", "fast-jet")
_KINDS: Final = (NoticeKind.FLIGHT, NoticeKind.AREA, NoticeKind.SITE, NoticeKind.MOVEMENT, NoticeKind.HAZARD)


def place(rng: Random) -> Position:
    """Return one of six places, some 6 NM apart."""
    return Position(320_000_000 + rng.randrange(3) * 1_000_000, 220_000_000 + rng.randrange(2) * 1_000_000)


def extent(rng: Random, party: str, now_ms: int, kind: NoticeKind) -> Extent:
    """Return where and when: soon, for a while, at one of the places; now and then what no notice may be."""
    start_ms = now_ms + rng.choice((-5, 0, 1, 5, 5, 10, 20, 70)) * MINUTE_MS
    end_ms = start_ms + rng.choice((3, 20, 60)) * MINUTE_MS
    if rng.random() < 0.03:
        end_ms = start_ms  # empty, or over
    lower, upper = rng.choice(_BANDS)
    name = rng.choice(("one", "two", "N3", "?"))
    volumes = tuple(
        Volume(
            operation=name, party=party, class_=rng.choice(_CLASSES), kind=rng.choice(("", "", "", "medevac")),
            shape=_shape(rng, start_ms, end_ms, kind), lower=parse_height(lower), upper=parse_height(upper),
            start_ms=start_ms, end_ms=end_ms, index=index,
        )
        for index in range(rng.choice((1, 1, 1, 2)))
    )  # fmt: skip
    return Extent(volumes=volumes, tolerance_ms=rng.choice((0, 0, 5 * MINUTE_MS)) if kind is NoticeKind.MOVEMENT else 0)


def _shape(rng: Random, start_ms: int, end_ms: int, kind: NoticeKind) -> Shape:
    at = place(rng)
    choice = rng.random()
    if choice < 0.01:
        return MultiPolygon(())
    if choice < 0.03:
        return Circle(Position(at.lon_e7, at.lat_e7), 1_000_000)  # latitude and longitude swapped
    if kind in (NoticeKind.MOVEMENT, NoticeKind.FLIGHT) and end_ms > start_ms:
        return Movement((at, place_beside(at)), (start_ms, end_ms), 100_000)
    if choice < 0.3:
        return Rectangle(at.lon_e7 - 200_000, at.lat_e7 - 200_000, at.lon_e7 + 200_000, at.lat_e7 + 200_000)
    if choice < 0.4:
        return Corridor((at, place_beside(at)), 500_000)
    return Circle(at, rng.choice((1, 1_000_000, 3_000_000)))


def place_beside(at: Position) -> Position:
    """Return a place some 5 NM to the north-east."""
    return Position(at.lat_e7 + 600_000, at.lon_e7 + 700_000)


def notice(rng: Random, party: str, now_ms: int, members: tuple[str, ...], own: tuple[str, ...]) -> FileNotice:
    """Return a notice that an officer files.

    Args:
        rng: By which it is chosen.
        party: Who files it.
        now_ms: The instant.
        members: Who takes part: whom consents name.
        own: Live notices of the party, one of which it may supersede.
    """
    kind = rng.choice(_KINDS)
    consent: tuple[Consent, ...] = ()
    if rng.random() < 0.3:
        consent = tuple(
            Consent(rng.choice((*members, "any")), rng.choice(tuple(Level))) for _ in range(rng.choice((1, 2)))
        )
    return FileNotice(
        notice=kind, life_safety=rng.random() < 0.15, grade=rng.choice(tuple(Grade)), consent=consent,
        supersedes=rng.choice(own) if own and rng.random() < 0.15 else "",
        extent=extent(rng, party, now_ms, kind) if rng.random() < 0.97 else None,
        purpose=Purpose(text="As told", call_sign="HERON 1") if rng.random() < 0.5 else None,
        contacts=_CONTACTS if kind is NoticeKind.MOVEMENT or rng.random() < 0.3 else None,
        movement=_form(now_ms) if kind is NoticeKind.MOVEMENT and rng.random() < 0.8 else None,
    )  # fmt: skip


_CONTACTS: Final = Contacts(
    contacts=(Contact(number="W-1", telephone="+99 1 100"), Contact(number="W-2", telephone="+99 1 200"))
)


def _form(now_ms: int) -> MovementForm:
    return MovementForm(organisation="Relief", vehicles=(Vehicles(kind="truck", count=3, marking_thermal="panel"),))
