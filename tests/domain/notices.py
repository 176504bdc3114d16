"""Notices as tests of this room file them: sound in every respect that a test does not speak of. All invented."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from sazokar.domain.agreement import Agreement, Largest, Term
from sazokar.domain.notice import (
    Contact,
    Contacts,
    Extent,
    MovementForm,
    NoticeKind,
    Purpose,
    Segment,
    Stated,
    Vehicles,
)
from sazokar.domain.plan.altitude import GroundBand
from sazokar.domain.plan.height import Reference
from sazokar.domain.plan.shape import Movement, Position, Rectangle, Shape
from sazokar.domain.plan.volume import Volume
from sazokar.domain.statement import FileNotice
from tests.domain.filed import HOUR_MS, NOON_MS, disc, metres

MINUTE_MS: Final = 60_000
NOW_MS: Final = NOON_MS - HOUR_MS
AREA: Final = Rectangle(70_000_000, 490_000_000, 90_000_000, 510_000_000)
"""7° to 9° east, 49° to 51° north."""
GROUND: Final = GroundBand(1_000_000, 5_000_000)
LARGEST: Final = Largest("6.1", 100, 48 * HOUR_MS)
CONTACTS: Final = Contacts(
    contacts=(Contact(number="W-1", telephone="+99 1 100"), Contact(number="W-2", telephone="+99 1 200"))
)
BAND: Final = (metres(0, Reference.AGL), metres(100, Reference.AGL))


def agreed(*terms: Term, area: Rectangle | None = AREA, ground: GroundBand | None = GROUND) -> Agreement:
    return Agreement(title=(("en", "Test"),), signatories=(), area=area, ground=ground, terms=terms or (LARGEST,))


def volume(shape: Shape | None = None, index: int = 0, **changes: object) -> Volume:
    """Return a volume of ALPHA's `one` from noon for an hour, 1 km about 50° north, 8° east, up to 100 m AGL."""
    shape = shape or disc()
    start, end = (
        (shape.times_ms[0], shape.times_ms[-1]) if isinstance(shape, Movement) else (NOON_MS, NOON_MS + HOUR_MS)
    )
    plain = Volume(
        operation="one",
        party="ALPHA",
        shape=shape,
        lower=BAND[0],
        upper=BAND[1],
        start_ms=start,
        end_ms=end,
        index=index,
    )
    return replace(plain, **changes)


def notice(
    *volumes: Volume, kind: NoticeKind = NoticeKind.AREA, stated: Stated | None = None, **more: object
) -> FileNotice:
    extent = Extent(volumes=volumes or (volume(),), stated=stated)
    return replace(FileNotice(notice=kind, extent=extent), **more)


def convoy_shape(start_ms: int = 0) -> Movement:
    """Return a movement of an hour, 20 km north from 50° north, 8° east, starting so many ms after noon."""
    line = tuple(Position(500_000_000 + n * 450_000, 80_000_000) for n in range(5))
    return Movement(line, tuple(NOON_MS + start_ms + n * 15 * MINUTE_MS for n in range(5)), 100_000)


def leg(from_: str, to: str, depart_min: int, arrive_min: int, halt_min: int = 0) -> Segment:
    """Return a segment; times in minutes from noon."""
    return Segment(
        from_=from_,
        to=to,
        depart_ms=NOON_MS + depart_min * MINUTE_MS,
        arrive_ms=NOON_MS + arrive_min * MINUTE_MS,
        halt_ms=halt_min * MINUTE_MS,
    )


TRUCKS: Final = Vehicles(kind="truck", count=6, marking_day="flag", marking_thermal="panel")


def form(*segments: Segment, vehicles: tuple[Vehicles, ...] = (TRUCKS,)) -> MovementForm:
    legs = segments or (leg("Depot", "Mill", 0, 20, 10), leg("Mill", "Camp", 30, 60))
    return MovementForm(organisation="Relief", segments=legs, vehicles=vehicles)


def convoy(
    movement: MovementForm | None = None, contacts: Contacts | None = CONTACTS, tolerance_min: int = 5
) -> FileNotice:
    """Return a sound movement of six vehicles and two segments."""
    extent = Extent(volumes=(volume(convoy_shape(), kind="movement"),), tolerance_ms=tolerance_min * MINUTE_MS)
    return FileNotice(
        notice=NoticeKind.MOVEMENT,
        extent=extent,
        contacts=contacts,
        movement=movement or form(),
        purpose=Purpose(text="Food", call_sign="GREEN 1"),
    )
