"""Whether a notice may stand, and what of it should be looked at again (SZK-12, SZK-14, SZK-16, SZK-19).

Pure: judges one notice by itself and the agreement in force; whether it conflicts with others is `decide`'s, whether a
site is filed twice is `vicinity`'s. Never raises: whatever a signed statement holds, the answer is a value.

The first refusal is returned, in this order: there is something to judge and not too much of it; it is one operation
of the filing party; its names show as they are; each volume can be judged; nothing contradicts itself; a movement can
be followed and reached; it is not over; it lies where the agreement holds; it is not too large or too long.
`docs/notices.md` lists the codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sazokar.domain.agreement import Agreement
from sazokar.domain.contradiction import contradiction_of, instant_text, quoted
from sazokar.domain.finding import Refusal
from sazokar.domain.notice import Contacts, NoticeKind
from sazokar.domain.plan.expanse import area_m2, is_surely_within
from sazokar.domain.plan.height import GREATEST_E4, UNLIMITED_E4, Height, Reference, Unit
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS
from sazokar.domain.plan.name import GREATEST_NAME, misleading_character
from sazokar.domain.plan.scrutiny import astray, scrutinise
from sazokar.domain.plan.shape import Movement, Position, Rectangle, vertex_count
from sazokar.domain.plan.validity import validate_volumes
from sazokar.domain.plan.volume import Role, Volume
from sazokar.domain.statement import FileNotice
from sazokar.errors import MeaningError

GREATEST_VOLUMES: Final = 500
"""A notice holds at most this many volumes."""
GREATEST_NOTICE_VERTICES: Final = 100_000
"""All shapes of a notice together hold at most this many vertices."""
GREATEST_TOLERANCE_MS: Final = 86_400_000
"""A movement may be at most this much earlier or later."""
LEAST_CONTACTS: Final = 2
"""A movement names this many who answer (SZK-12)."""

REFUSALS: Final = (
    "no-extent", "too-many", "not-one-operation", "misleading-name", "not-a-volume", "contradiction", "no-movement-form",
    "too-few-contacts", "over", "swapped-coordinates", "dms-as-decimal", "outside-area", "too-large", "too-long",
)  # fmt: skip
"""Codes of the refusals, in the order in which they are looked for."""
FLAGS: Final = (
    "swapped-coordinates", "dms-as-decimal", "outside-area", "below-ground", "in-the-past", "no-route", "no-vehicles",
    "no-thermal-marking", "no-call-sign", "position-integrity",
)  # fmt: skip
"""Codes of what is told and refuses nothing."""
_HOUR_MS: Final = 3_600_000


def refusal_of(notice: FileNotice, party: str, agreement: Agreement | None, now_ms: int) -> Refusal | None:
    """Return the first reason for which a notice may not stand, or None: it may.

    Args:
        notice: As filed; of an amendment, as it would be with the changes.
        party: Who files it.
        agreement: The agreement in force; None: only the mechanism's own rules speak.
        now_ms: When it is recorded.
    """
    extent = notice.extent
    if extent is None or not extent.volumes:
        field = "extent" if extent is None else "extent.volumes"
        return _refusal("no-extent", field, "no volumes", "Give one volume or more: where, how high, and when.")
    volumes = extent.volumes
    return (
        _too_many(volumes)
        or _not_one_operation(volumes, party)
        or _misleading(notice, volumes)
        or _not_judgeable(volumes, extent.tolerance_ms)
        or contradiction_of(extent, notice.movement)
        or _movement_unfollowed(notice)
        or _over(volumes, now_ms)
        or (None if agreement is None else _beyond_agreement(notice.notice, volumes, agreement, now_ms))
    )


def _refusal(code: str, field: str, found: str, remedy: str, clause: str = "charter") -> Refusal:
    return Refusal(code=code, clause=clause, field=field, found=found, remedy=remedy)


def _place(volume: Volume, field: str) -> str:
    return f"extent.volumes[{volume.index}].{field}"


def _too_many(volumes: Sequence[Volume]) -> Refusal | None:
    if len(volumes) > GREATEST_VOLUMES:
        remedy = f"Give at most {GREATEST_VOLUMES:,}, or file several notices."
        return _refusal("too-many", "extent.volumes", f"{len(volumes):,} volumes", remedy)
    vertices = sum(vertex_count(volume.shape) for volume in volumes)
    if vertices > GREATEST_NOTICE_VERTICES:
        remedy = f"Give at most {GREATEST_NOTICE_VERTICES:,} in all; simplify the shapes outwards."
        return _refusal("too-many", "extent.volumes", f"{vertices:,} vertices", remedy)
    return None


def _not_one_operation(volumes: Sequence[Volume], party: str) -> Refusal | None:
    """Refuse volumes of another party, of two operations, of zones, or not numbered in order."""
    operation = volumes[0].operation
    for number, volume in enumerate(volumes):
        place = f"extent.volumes[{number}]"
        if volume.party != party:
            found, field = f"a volume of {quoted(volume.party)} in a notice of {quoted(party)}", "party"
            remedy = "File for your own party only."
        elif volume.operation != operation:
            names = f"{quoted(operation)} (extent.volumes[0]) and {quoted(volume.operation)}"
            found, field = f"the operations {names}", "operation"
            remedy = "File one notice for each operation."
        elif volume.role is not Role.OPERATION:
            found, field = f"a {volume.role.value}", "role"
            remedy = "File it as an operation; zones are agreed, not filed."
        elif volume.index != number:
            found, field = f"the number {volume.index}", "index"
            remedy = f"Number the volumes from 0, in order: {number} here."
        else:
            continue
        return _refusal("not-one-operation", f"{place}.{field}", found, remedy)
    return None


def _misleading(notice: FileNotice, volumes: Sequence[Volume]) -> Refusal | None:
    """Refuse a name that would read otherwise on another's screen, or fill it."""
    for field, text in _names(notice, volumes):
        character = misleading_character(text)
        if not character and len(text) <= GREATEST_NAME:
            continue
        found = f"the control character U+{ord(character):04X}" if character else f"{len(text):,} characters"
        remedy = f"Use at most {GREATEST_NAME} letters, digits and marks that show as they are."
        return _refusal("misleading-name", field, found, remedy)
    return None


def _names(notice: FileNotice, volumes: Sequence[Volume]) -> Iterator[tuple[str, str]]:
    """Give every name that others are shown, with its field; texts in words are the officer's own."""
    for volume in volumes:
        yield "extent.volumes.operation", volume.operation
        yield "extent.volumes.class_", volume.class_
        yield "extent.volumes.kind", volume.kind
    if notice.purpose is not None:
        yield "purpose.call_sign", notice.purpose.call_sign
    for contact in () if notice.contacts is None else notice.contacts.contacts:
        yield "contacts.number", contact.number
        yield "contacts.telephone", contact.telephone
    if notice.movement is not None:
        yield "movement.organisation", notice.movement.organisation
        for segment in notice.movement.segments:
            yield "movement.segments.from", segment.from_
            yield "movement.segments.to", segment.to
        for vehicles in notice.movement.vehicles:
            yield "movement.vehicles.kind", vehicles.kind


def _not_judgeable(volumes: Sequence[Volume], tolerance_ms: int) -> Refusal | None:
    """Refuse what the engine could not judge, or what would be shown other than it is judged."""
    if not 0 <= tolerance_ms <= GREATEST_TOLERANCE_MS:
        found = f"a tolerance of {tolerance_ms} ms"
        return _refusal("not-a-volume", "extent.tolerance_ms", found, "Give 0 to 24 h; usually 5 min.")
    for volume in volumes:
        refusal = _misshapen(volume) or _not_a_band(volume)
        if refusal is not None:
            return refusal
    return None


def _misshapen(volume: Volume) -> Refusal | None:
    try:
        validate_volumes((volume,))
    except MeaningError as error:
        return _refusal("not-a-volume", _place(volume, "shape"), error.found, f"Give {error.expected}.")
    except OverflowError:
        return _refusal("not-a-volume", _place(volume, "shape"), "a number beyond all limits", "Give one within them.")
    return None


def _not_a_band(volume: Volume) -> Refusal | None:
    """Refuse heights that read otherwise than they are judged, and a band without height, in which nothing lies."""
    shape, lower, upper = volume.shape, volume.lower, volume.upper
    for field, height in (("lower", lower), ("upper", upper)):
        if (found := _not_a_height(height)) is not None:
            remedy = "Give a height within ±100 km, SFC as 0 AGL, and flight levels above STD."
            return _refusal("not-a-volume", _place(volume, field), found, remedy)
    if isinstance(shape, Movement) and shape.altitudes_e4:
        if max(*shape.altitudes_e4, -min(shape.altitudes_e4), shape.half_height_e4) > GREATEST_E4:
            field = _place(volume, "shape.altitudes_e4")
            return _refusal("not-a-volume", field, "an altitude beyond ±100 km", "Give altitudes within it.")
        return None
    if not upper.unlimited and lower.reference is upper.reference and lower.e4 >= upper.e4:
        fields = f"{_place(volume, 'lower')} and {_place(volume, 'upper')}"
        found = f"a band from {lower} to {upper}, without height"
        return _refusal("not-a-volume", fields, found, "Give an upper limit above the lower.")
    return None


def _not_a_height(height: Height) -> str | None:
    """Return what is wrong with a height, or None; one called SFC must be 0 AGL, as officers read its name."""
    if height.unlimited:
        return None if height.e4 == UNLIMITED_E4 and not height.surface else "an unlimited height with a value"
    if height.surface:
        alike = height.e4 == 0 and height.reference is Reference.AGL
        return None if alike else f"SFC with the value {height.e4} (1e-4 m) above {height.reference}"
    if abs(height.e4) > GREATEST_E4:
        return "a height beyond ±100 km"
    return "a flight level above another reference" if _is_false_level(height) else None


def _is_false_level(height: Height) -> bool:
    return height.unit is Unit.FL and height.reference is not Reference.STD


def _movement_unfollowed(notice: FileNotice) -> Refusal | None:
    """Refuse a movement without its form, or with too few who answer (SZK-12)."""
    if notice.notice is not NoticeKind.MOVEMENT:
        return None
    if notice.movement is None:
        remedy = "Give organisation, segments, vehicles and their markings."
        return _refusal("no-movement-form", "movement", "a movement without its form", remedy)
    reached = _telephones(notice.contacts)
    if len(reached) < LEAST_CONTACTS:
        found = f"{len(reached)} telephone number{'' if len(reached) == 1 else 's'} among its contacts"
        remedy = f"Name {LEAST_CONTACTS} or more who answer while it runs, each with a telephone number."
        return _refusal("too-few-contacts", "contacts.contacts", found, remedy)
    return None


def _telephones(contacts: Contacts | None) -> set[str]:
    """Return the telephone numbers given, by their digits: one number named twice reaches one person."""
    given = () if contacts is None else contacts.contacts
    numbers = ("".join(character for character in each.telephone if character.isdigit()) for each in given)
    return {number for number in numbers if number}


def _over(volumes: Sequence[Volume], now_ms: int) -> Refusal | None:
    last = max(volumes, key=lambda volume: volume.end_ms)
    if last.end_ms > now_ms:
        return None
    found = f"an end at {instant_text(last.end_ms)}: it was over before it was filed, at {instant_text(now_ms)}"
    return _refusal("over", _place(last, "end_ms"), found, "Check the date and the zone of its times.")


def _beyond_agreement(kind: NoticeKind, volumes: Sequence[Volume], agreement: Agreement, now_ms: int) -> Refusal | None:
    astray_ = None if agreement.area is None else _astray(volumes, agreement.area)
    return astray_ or _too_large(kind, volumes, agreement) or _too_long(kind, volumes, agreement, now_ms)


def _astray(volumes: Sequence[Volume], area: Rectangle) -> Refusal | None:
    """Refuse a volume that a swap put outside the area, and a notice of which nothing meets it.

    A volume that merely reads as minutes and seconds is refused only with the whole notice: one in eight honest
    positions of four decimals does (SZK-14).
    """
    found = [(volume, stray) for volume in volumes if (stray := astray(volume.shape, area)) is not None and stray.apart]
    if not found:
        return None
    swapped = [each for each in found if each[1].code == "swapped-coordinates"]
    if not swapped and len(found) < len(volumes):
        return None
    typed = [each for each in found if each[1].code == "dms-as-decimal"]
    volume, stray = (swapped or typed or found)[0]
    text = f"{_degrees(stray.given)}, outside the area of the agreement ({_area(area)})"
    if stray.meant is not None:
        text += f"; {_READ_AS[stray.code]} it would be {_degrees(stray.meant)}, inside"
    return _refusal(stray.code, _place(volume, "shape"), text, _ASTRAY_REMEDY[stray.code], "area")


_READ_AS: Final = {
    "swapped-coordinates": "with latitude and longitude swapped",
    "dms-as-decimal": "with its decimals read as minutes and seconds",
}
_ASTRAY_REMEDY: Final = {
    "swapped-coordinates": "Give latitude and longitude in their order; what is meant as given, leave out: the "
    "agreement does not hold there.",
    "dms-as-decimal": "Write minutes and seconds with their marks, or decimals that mean decimals.",
    "outside-area": "Check the position; the agreement does not hold there.",
}


def _degrees(position: Position) -> str:
    return f"{position.lat:.5f} {position.lon:.5f}"


def _area(area: Rectangle) -> str:
    west, south, east, north = (side / 1e7 for side in (area.west_e7, area.south_e7, area.east_e7, area.north_e7))
    return f"latitude {south:g} to {north:g}, longitude {west:g} to {east:g}"


def _too_large(kind: NoticeKind, volumes: Sequence[Volume], agreement: Agreement) -> Refusal | None:
    largest = agreement.largest(kind)
    if largest is None:
        return None
    shapes = [volume.shape for volume in volumes]
    limit_m2 = largest.area_km2 * 1e6
    if is_surely_within(shapes, limit_m2) or (covered_m2 := area_m2(shapes)) <= limit_m2:
        return None
    found = f"{covered_m2 / 1e6:,.1f} km², the sum of its volumes; at most {largest.area_km2:,} km² are agreed"
    remedy = "Give the area that is needed, or several notices for the times at which each part is."
    return _refusal("too-large", "extent.volumes", found, remedy, largest.number)


def _too_long(kind: NoticeKind, volumes: Sequence[Volume], agreement: Agreement, now_ms: int) -> Refusal | None:
    """Refuse a window longer than agreed; a site without an end is a standing notice, which expires instead."""
    largest = agreement.largest(kind)
    first = min(volumes, key=lambda volume: volume.start_ms)
    last = max(volumes, key=lambda volume: volume.end_ms)
    if largest is None or (kind is NoticeKind.SITE and last.end_ms == END_MS):
        return None
    from_ms = now_ms if first.start_ms == BEGINNING_MS else first.start_ms
    if last.end_ms - from_ms <= largest.duration_ms:
        return None
    hours, agreed = (last.end_ms - from_ms) / _HOUR_MS, largest.duration_ms / _HOUR_MS
    found = (
        f"{hours:,.1f} h, from {instant_text(from_ms)} to {instant_text(last.end_ms)}; at most {agreed:g} h are agreed"
    )
    fields = f"{_place(first, 'start_ms')} and {_place(last, 'end_ms')}"
    return _refusal(
        "too-long", fields, found, "Give the time that is needed; file the rest when it is due.", largest.number
    )


def flags_of(notice: FileNotice, agreement: Agreement | None, now_ms: int) -> tuple[tuple[str, str], ...]:
    """Return what should be looked at again in a notice that stands: codes of `FLAGS`, each with its message.

    Args:
        notice: One for which `refusal_of` says None.
        agreement: The agreement in force; its area and its ground are what positions and heights are held against.
        now_ms: When it is recorded.
    """
    return (*_doubts(notice, agreement, now_ms), *_of_the_form(notice))


def _doubts(notice: FileNotice, agreement: Agreement | None, now_ms: int) -> Iterator[tuple[str, str]]:
    volumes = () if notice.extent is None else notice.extent.volumes
    area, ground = (None, None) if agreement is None else (agreement.area, agreement.ground)
    for doubt in scrutinise(volumes, area, ground, now_ms):
        yield doubt.code, doubt.message


def _of_the_form(notice: FileNotice) -> Iterator[tuple[str, str]]:
    form, purpose = notice.movement, notice.purpose
    if notice.notice is NoticeKind.MOVEMENT and form is not None:
        if not form.segments:
            yield "no-route", "The movement names no segments: nobody can tell which leg is meant."
        if not form.vehicles:
            yield "no-vehicles", "The movement names no vehicles: nobody can tell it by what it looks like."
        unmarked = [vehicles.kind for vehicles in form.vehicles if not vehicles.marking_thermal.strip()]
        if unmarked:
            kinds = quoted(", ".join(dict.fromkeys(unmarked)))
            yield "no-thermal-marking", f"No thermal marking is named for {kinds}: a thermal sight sees no other one."
    if notice.notice is NoticeKind.FLIGHT and (purpose is None or not purpose.call_sign.strip()):
        yield "no-call-sign", "The flight names no call sign: it cannot be called on the air."
    if purpose is not None and purpose.integrity.strip():
        yield "position-integrity", f"Its position may not be trusted: {quoted(purpose.integrity.strip())}"
