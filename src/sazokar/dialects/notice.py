"""NOTICE.toml: a notice as an officer writes it (SZK-10 … SZK-21). Read only.

    [notice]
    kind = "movement"                # site, movement, flight, area or hazard
    life_safety = true
    grade = "visited"
    operation = "convoy-7"
    tolerance = "5min"               # how much earlier or later it may be
    plan = "convoy-7.geojson"        # where and when, in any dialect; or [[volume]] below

    [[consent]]
    to = "BRAVO"
    level = "extent-only"

    [purpose]
    text = "Flour to Camp Alder"
    call_sign = "GREEN 1"

    [[contacts]]
    number = "W-1"
    telephone = "+99 1 100"

    [movement]
    organisation = "Alder Relief"
    [[movement.segment]]
    from = "Depot"
    to = "Mill"
    depart = 2031-01-14T06:00:00Z    # a time without Z or an offset is refused
    arrive = 2031-01-14T07:10:00Z
    halt = "20min"
    [[movement.vehicles]]
    kind = "truck"
    count = 6
    marking_thermal = "panel on the roof"

    [stated]                         # window and limits, where the form states them beside the volumes
    start = 2031-01-14T06:00:00Z

    [[volume]]                       # keys and notations are those of a CSV table (docs/formats.md)
    coordinates = ["364800N0300000W", "36.9N 30.1W"]
    half_width = "500m"
    lower = "SFC"
    upper = "100 FT AGL"
    start = 2031-01-14T06:00:00Z
    end = 2031-01-14T09:00:00Z

Whether the notice may stand is not asked here (`domain.filing`). A plan's file is not opened: the caller reads it and
gives what it read to `notice_plan.with_plan`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

import msgspec

from sazokar.dialects import fields, table
from sazokar.dialects.assembly import Terms, volume_of
from sazokar.dialects.form import Form, document_of, within
from sazokar.dialects.gathering import Gathering
from sazokar.dialects.reading import Warning
from sazokar.domain.agreement import Level
from sazokar.domain.filing import GREATEST_VOLUMES
from sazokar.domain.notice import (
    Consent,
    Contact,
    Contacts,
    Extent,
    Grade,
    MovementForm,
    NoticeKind,
    Purpose,
    Segment,
    Stated,
    Vehicles,
)
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS
from sazokar.domain.plan.volume import ANY_CLASS, Source, Volume
from sazokar.domain.statement import FileNotice
from sazokar.errors import FieldError

VERSION: Final = 1
GREATEST_PARTS: Final = 200
"""A form names at most this many consents, contacts, segments or kinds of vehicles."""
GREATEST_COUNT: Final = 1_000_000
"""No number of people or vehicles is greater."""
GREATEST_FREQUENCY_KHZ: Final = 300_000_000

_TOP: Final = ("version", "notice", "consent", "purpose", "contacts", "movement", "stated", "volume")
_NOTICE: Final = ("kind", "life_safety", "grade", "supersedes", "operation", "tolerance", "plan")
_PURPOSE: Final = ("text", "call_sign", "frequency_khz", "language", "integrity")
_CONTACT: Final = ("number", "telephone", "languages", "duty")
_MOVEMENT: Final = ("organisation", "cargo", "people", "segment", "vehicles")
_SEGMENT: Final = ("from", "to", "depart", "arrive", "halt")
_MARKINGS: Final = ("marking_day", "marking_night", "marking_thermal")
_VEHICLES: Final = ("kind", "count", "colour", "registration", *_MARKINGS)
_STATED: Final = ("start", "end", "lower", "upper")
_TERMS: Final = ("class", "kind", "priority", "lower", "upper", "start", "end")
_PLACES: Final = tuple(
    name for name in (*table.COLUMNS, "lat", "lon", "radius_m", "half_width_m", "half_height_m")
    if name not in (*_TERMS, "operation", "party", "role")
)  # fmt: skip


class NoticeDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as it was read, not yet signed.

    Args:
        notice: What it is about.
        life_safety: Lives hang on its delivery.
        grade: Who has verified it.
        supersedes: Reference of the notice that it stands in for.
        consent: How much each recipient may see.
        extent: Where and when; None while it is to come from a plan.
        purpose: What for.
        contacts: Who is reached.
        movement: The form of a movement.
        plan: Name of the file that the extent is in, as written; empty: it is in the form.
        operation: Name of the operation; empty: the plan names it.
        tolerance_ms: How much earlier or later it may be.
        stated: Window and limits as the form states them.
        warnings: What was assumed, and should be looked at again.
    """

    notice: NoticeKind
    life_safety: bool = False
    grade: Grade = Grade.UNVERIFIED
    supersedes: str = ""
    consent: tuple[Consent, ...] = ()
    extent: Extent | None = None
    purpose: Purpose | None = None
    contacts: Contacts | None = None
    movement: MovementForm | None = None
    plan: str = ""
    operation: str = ""
    tolerance_ms: int = 0
    stated: Stated | None = None
    warnings: tuple[Warning, ...] = ()

    def statement(self) -> FileNotice:
        """Return the statement to be signed."""
        names = (field.name for field in msgspec.structs.fields(FileNotice))
        return FileNotice(**{name: getattr(self, name) for name in names})

    def placed(self, volumes: tuple[Volume, ...]) -> NoticeDraft:
        """Return the draft with volumes for its extent."""
        extent = Extent(volumes=volumes, tolerance_ms=self.tolerance_ms, stated=self.stated)
        return msgspec.structs.replace(self, extent=extent)


def read(content: bytes, file: str, party: str) -> NoticeDraft:
    """Return the notice of a NOTICE.toml.

    Args:
        content: TOML, UTF-8.
        file: The file's name, as faults name it.
        party: Who files it; its volumes bear that name.

    Raises:
        LimitError: The file is too large.
        UnreadableError: It is not UTF-8, or not TOML.
        FieldError: A key is unknown, missing or wrong; file, table and key are named.
    """
    form = Form(document_of(content, file), file, _TOP)
    if form.values.get("version", VERSION) != VERSION or isinstance(form.values.get("version"), bool):
        raise form.fault("version", f"version = {VERSION}, or no such key")
    head = form.part("notice", _NOTICE)
    if head is None:
        raise form.fault("[notice]", "a table with the kind of the notice")
    draft = NoticeDraft(
        notice=head.choice("kind", NoticeKind),
        life_safety=head.flag("life_safety"),
        grade=head.choice("grade", Grade, Grade.UNVERIFIED),
        supersedes=head.text("supersedes"),
        consent=tuple(_consent(each) for each in form.parts("consent", ("to", "level"), GREATEST_PARTS)),
        purpose=_purpose(form.part("purpose", _PURPOSE)),
        contacts=_contacts(form),
        movement=_movement(form.part("movement", _MOVEMENT)),
        plan=head.text("plan"),
        operation=head.text("operation"),
        tolerance_ms=head.duration("tolerance"),
        stated=_stated(form.part("stated", _STATED)),
    )
    return _with_volumes(draft, form, file, party)


def _consent(form: Form) -> Consent:
    return Consent(form.text("to", required=True), form.choice("level", Level))


def _purpose(form: Form | None) -> Purpose | None:
    if form is None:
        return None
    return Purpose(
        text=form.words("text"),
        call_sign=form.text("call_sign"),
        frequency_khz=form.whole("frequency_khz", most=GREATEST_FREQUENCY_KHZ),
        language=form.text("language"),
        integrity=form.text("integrity"),
    )


def _contacts(form: Form) -> Contacts | None:
    given = form.parts("contacts", _CONTACT, GREATEST_PARTS)
    if not given:
        return None
    return Contacts(
        contacts=tuple(
            Contact(
                number=each.text("number", required=True),
                telephone=each.text("telephone", required=True),
                languages=each.texts("languages"),
                duty=each.text("duty"),
            )
            for each in given
        )
    )


def _movement(form: Form | None) -> MovementForm | None:
    if form is None:
        return None
    return MovementForm(
        organisation=form.text("organisation", required=True),
        cargo=form.text("cargo"),
        segments=tuple(_segment(each) for each in form.parts("segment", _SEGMENT, GREATEST_PARTS)),
        vehicles=tuple(_vehicles(each) for each in form.parts("vehicles", _VEHICLES, GREATEST_PARTS)),
        people=form.whole("people", most=GREATEST_COUNT),
    )


def _segment(form: Form) -> Segment:
    return Segment(
        from_=form.text("from", required=True),
        to=form.text("to", required=True),
        depart_ms=form.required_instant("depart"),
        arrive_ms=form.required_instant("arrive"),
        halt_ms=form.duration("halt"),
    )


def _vehicles(form: Form) -> Vehicles:
    markings = {name: form.text(name) for name in _MARKINGS}
    return Vehicles(
        kind=form.text("kind", required=True),
        count=form.whole("count", most=GREATEST_COUNT, required=True),
        colour=form.text("colour"),
        registration=form.texts("registration"),
        **markings,
    )


def _stated(form: Form | None) -> Stated | None:
    if form is None:
        return None
    return Stated(
        start_ms=form.instant("start"),
        end_ms=form.instant("end", ceil=True),
        lower=form.height("lower"),
        upper=form.height("upper", ceil=True),
    )


# Volumes within the form


def _with_volumes(draft: NoticeDraft, form: Form, file: str, party: str) -> NoticeDraft:
    """Return the draft with the volumes of the form; where a plan is named, there may be none.

    Raises:
        FieldError: There is both a plan and a volume, or neither; or a volume cannot be what it claims.
    """
    given = form.parts("volume", (*_TERMS, *_PLACES), GREATEST_VOLUMES)
    if bool(given) == bool(draft.plan):
        found = f"the plan {draft.plan!r} and {fields.counted(len(given), 'volume')}" if given else "neither"
        raise FieldError(f"{file}, [notice], plan and [[volume]]", found, "where and when: one of the two")
    if draft.plan:
        return draft
    if not draft.operation:
        raise FieldError(f"{file}, [notice], operation", "nothing", "the name of the operation that is notified")
    gathering = Gathering(file)
    for each in given:
        gathering.take(_volume(each, draft, party, gathering))
    reading = gathering.reading()
    return msgspec.structs.replace(draft.placed(reading.volumes), warnings=reading.warnings)


def _volume(form: Form, draft: NoticeDraft, party: str, gathering: Gathering) -> Volume:
    _, _, feature = form.place.partition(", ")
    noted: list[str] = []
    lower = form.height("lower")
    standing = draft.notice is NoticeKind.SITE
    movement = "times" in form.values
    start_ms, end_ms = form.instant("start"), form.instant("end", ceil=True)
    if standing and not movement:
        start_ms = BEGINNING_MS if start_ms is None else start_ms
        end_ms = END_MS if end_ms is None else end_ms
    with within(form.place):
        terms = Terms(
            operation=draft.operation,
            party=party,
            class_=form.text("class") or ANY_CLASS,
            kind=form.text("kind"),
            priority=form.whole("priority", most=fields.GREATEST_PRIORITY),
            lower=lower,
            upper=form.height("upper", ceil=True),
            start_ms=start_ms,
            end_ms=end_ms,
        )
        volume = volume_of(terms, table.shape_of(_cells(form), lower), Source(gathering.file, feature), noted)
    gathering.note(noted, feature)
    return volume


def _cells(form: Form) -> Mapping[str, str]:
    """Return the place of a volume as the cells of a table: lists joined, numbers and times as text."""
    return {name: _cell(form, name) for name in _PLACES if name in form.values}


def _cell(form: Form, name: str) -> str:
    value = form.values[name]
    if isinstance(value, list) and value and all(isinstance(ring, list) for ring in value):
        return "|".join("; ".join(_plain(form, name, each) for each in ring) for ring in value)
    if isinstance(value, list):
        return "; ".join(_plain(form, name, each) for each in value)
    return _plain(form, name, value)


def _plain(form: Form, name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, date | time | datetime):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise form.fault(name, "a text, a number, or a list of them")
    return str(value)
