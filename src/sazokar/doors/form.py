"""The one-page form of a notice or a conflict: printed, read over a telephone, typed in at the other end (SZK-29).

Every line on which a life may hang (references, positions, levels, times, numbers to call) bears two check digits, and
how many points, volumes and contacts there are is said. The reply is ticked by hand, so it bears none. `read_form` takes
back only what `print_form` prints, but for remarks, blank lines and small letters: nothing is guessed, and a wrong line
is named. Fills in nothing: whoever holds the notice does. Signs nothing.
"""

from __future__ import annotations

from typing import Final

import msgspec

from sazokar.domain.plan.instant import BEGINNING_MS, END_MS, format_instant, parse_instant
from sazokar.doors.form_rows import EMPTY, REMARK, Row, Rows, page, require_critical, require_free
from sazokar.doors.form_volumes import FormVolume, read_volume, volume_rows
from sazokar.doors.phrases import phrases_in
from sazokar.doors.wording import isolated
from sazokar.errors import FieldError, FormError, InstantError

GREATEST_CONTACTS: Final = 9
GREATEST_VOLUMES: Final = 9
GREATEST_LEG: Final = 999
REPLIES: Final = ("WILCO", "UNABLE", "HOLD", "COUNTER", "QUERY")
"""Coded replies (SZK-28)."""

_NOTICE: Final = "NOTICE 1"
_CONFLICT: Final = "CONFLICT 1"
"""Kind and version of a form; a later version is another text."""
_HOW: Final = (
    f"{REMARK} Read line by line; [nn] are check digits, which the other side computes.",
    f"{REMARK} A notice tells; it is not a request for permission. Silence is not consent.",
)
_LEGEND_WIDTH: Final = 70


class FormContact(msgspec.Struct, frozen=True):
    """Who can be called.

    Args:
        name: Name or watch number, at most 50 characters.
        telephone: Number as it is dialled, in capitals, digits and marks.
    """

    name: str
    telephone: str


class NoticeForm(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as it is printed and read out. Texts are at most 50 characters; those marked (C) in capitals and ASCII.

    Args:
        reference: (C) How both sides call it.
        kind: What it is: `flight`, `movement`, …
        party: Who files.
        organisation: Who moves; empty: the party itself.
        volumes: Where, how high and when; 1 to 9.
        contacts: Who can be called; at most 9.
        call_sign: (C) Call sign; empty: none.
        frequency: (C) Frequency with its unit; empty: none.
        language: Language that the contacts speak; empty: not said.
    """

    reference: str
    kind: str
    party: str
    organisation: str = ""
    volumes: tuple[FormVolume, ...]
    contacts: tuple[FormContact, ...] = ()
    call_sign: str = ""
    frequency: str = ""
    language: str = ""


class ConflictForm(msgspec.Struct, frozen=True, kw_only=True):
    """A conflict as one side sees it, with its reply. (C): at most 50 characters, capitals and ASCII.

    Args:
        reference: (C) Reference of the conflict.
        clause: (C) The clause that the verdict rests on.
        own: (C) Reference of one's own notice.
        other: (C) Reference of the other notice.
        own_leg: Which leg or volume of one's own is touched, from 1.
        start_ms: First instant of the window, ms since the Unix epoch.
        end_ms: End of the window, ms since the Unix epoch; None: it is not told to this side.
        freed_by: (C) What frees it, in words; empty: nothing is proposed.
        reply: One of `REPLIES`; empty: not answered yet.
        read_back: Who read it back, and when; empty: nobody yet.
    """

    reference: str
    clause: str
    own: str
    other: str
    own_leg: int
    start_ms: int
    end_ms: int | None = None
    freed_by: str = ""
    reply: str = ""
    read_back: str = ""


FormFields = NoticeForm | ConflictForm


def print_form(form: FormFields, language: str = "en") -> str:
    """Return the form as one page of at most 60 lines of 78 characters.

    Args:
        form: What is printed.
        language: Whose words stand beside the English ones, one of `phrases.LANGUAGES`; `en`: none.

    Raises:
        FieldError: A value does not fit the form, or there are no phrases in the language.
        LimitError: The whole does not fit on one page.
    """
    rows = _rows_of(form)
    return page([*_HOW, *rows, *_legend(form, language)])


def read_form(text: str) -> FormFields:
    """Return what a form says that was typed in.

    Raises:
        LimitError: It is longer than any form.
        FormError: A line is not as it was printed; it is named, with what was found and what is expected.
    """
    rows = Rows(text)
    try:
        form: FormFields = _read_conflict(rows) if rows.first() == "CONFLICT FORM" else _read_notice(rows)
        rows.require_same(_rows_of(form))
    except FieldError as error:
        raise FormError([error]) from error
    return form


def _rows_of(form: FormFields) -> list[Row]:
    return _notice_rows(form) if isinstance(form, NoticeForm) else _conflict_rows(form)


def _notice_rows(form: NoticeForm) -> list[Row]:
    _require_number("volumes", len(form.volumes), 1, GREATEST_VOLUMES)
    _require_number("contacts", len(form.contacts), 0, GREATEST_CONTACTS)
    rows = [
        Row("NOTICE FORM", _NOTICE, critical=True),
        _critical("REFERENCE", form.reference),
        Row("KIND", require_free(form.kind, "kind")),
        Row("PARTY", require_free(form.party, "party")),
        _free("ORGANISATION", form.organisation),
        _optional("CALL SIGN", form.call_sign),
        _optional("FREQUENCY", form.frequency),
        _free("LANGUAGE", form.language),
        Row("CONTACTS", str(len(form.contacts)), critical=True),
    ]
    for n, contact in enumerate(form.contacts, 1):
        rows.append(Row(f"CONTACT {n}", require_free(contact.name, f"contact {n}")))
        rows.append(_critical(f"TELEPHONE {n}", contact.telephone))
    rows.append(Row("VOLUMES", str(len(form.volumes)), critical=True))
    return rows + [row for n, volume in enumerate(form.volumes, 1) for row in volume_rows(volume, n)]


def _read_notice(rows: Rows) -> NoticeForm:
    if rows.take("NOTICE FORM", critical=True) != _NOTICE:
        raise rows.taken_as(FieldError("NOTICE FORM", "another version", _NOTICE))
    reference = rows.take("REFERENCE", critical=True)
    kind, party, organisation = rows.take("KIND"), rows.take("PARTY"), _value(rows.take("ORGANISATION"))
    call_sign, frequency = (_value(rows.take(label, critical=True)) for label in ("CALL SIGN", "FREQUENCY"))
    language = _value(rows.take("LANGUAGE"))
    contacts = tuple(
        FormContact(rows.take(f"CONTACT {n}"), rows.take(f"TELEPHONE {n}", critical=True))
        for n in range(1, _count(rows, "CONTACTS", GREATEST_CONTACTS) + 1)
    )
    volumes = tuple(read_volume(rows, n) for n in range(1, _count(rows, "VOLUMES", GREATEST_VOLUMES) + 1))
    return NoticeForm(
        reference=reference,
        kind=kind,
        party=party,
        organisation=organisation,
        volumes=volumes,
        contacts=contacts,
        call_sign=call_sign,
        frequency=frequency,
        language=language,
    )


def _conflict_rows(form: ConflictForm) -> list[Row]:
    _require_number("own_leg", form.own_leg, 1, GREATEST_LEG)
    if form.reply and form.reply not in REPLIES:
        raise FieldError("reply", repr(form.reply[:20]), f"one of {', '.join(REPLIES)}")
    if not BEGINNING_MS <= form.start_ms < (END_MS if form.end_ms is None else form.end_ms) <= END_MS:
        raise FieldError("start and end", f"{form.start_ms} and {form.end_ms} ms", "an end after its start")
    return [
        Row("CONFLICT FORM", _CONFLICT, critical=True),
        _critical("REFERENCE", form.reference),
        _critical("CLAUSE", form.clause),
        _critical("OWN NOTICE", form.own),
        _critical("OTHER NOTICE", form.other),
        Row("OWN LEG", str(form.own_leg), critical=True),
        Row("START", format_instant(form.start_ms), critical=True),
        Row("END", EMPTY if form.end_ms is None else format_instant(form.end_ms), critical=True),
        _optional("FREED BY", form.freed_by),
        Row("REPLY", " ".join(f"({'X' if word == form.reply else ' '}) {word}" for word in REPLIES)),
        _free("READ BACK", form.read_back),
    ]


def _read_conflict(rows: Rows) -> ConflictForm:
    if rows.take("CONFLICT FORM", critical=True) != _CONFLICT:
        raise rows.taken_as(FieldError("CONFLICT FORM", "another version", _CONFLICT))
    reference, clause, own, other = (
        rows.take(label, critical=True) for label in ("REFERENCE", "CLAUSE", "OWN NOTICE", "OTHER NOTICE")
    )
    own_leg = _count(rows, "OWN LEG", GREATEST_LEG)
    start_ms = _instant(rows, "START")
    end_ms = _instant_if_told(rows, "END")
    freed_by = _value(rows.take("FREED BY", critical=True))
    ticked = rows.take("REPLY")
    reply = next((word for word in REPLIES if f"(X) {word}" in ticked), "")
    return ConflictForm(
        reference=reference,
        clause=clause,
        own=own,
        other=other,
        own_leg=own_leg,
        start_ms=start_ms,
        end_ms=end_ms,
        freed_by=freed_by,
        reply=reply,
        read_back=_value(rows.take("READ BACK")),
    )


def _instant(rows: Rows, label: str) -> int:
    return _read_instant(rows, rows.take(label, critical=True))


def _instant_if_told(rows: Rows, label: str) -> int | None:
    text = _value(rows.take(label, critical=True))
    return _read_instant(rows, text) if text else None


def _read_instant(rows: Rows, text: str) -> int:
    try:
        return parse_instant(text)
    except InstantError as error:
        raise rows.taken_as(error) from error


def _count(rows: Rows, label: str, greatest: int) -> int:
    text = rows.take(label, critical=True)
    if not (text.isdigit() and len(text) <= 4 and int(text) <= greatest):
        raise rows.taken_as(FieldError(label, repr(text), f"a number up to {greatest}"))
    return int(text)


def _require_number(field: str, value: int, least: int, greatest: int) -> None:
    if not least <= value <= greatest:
        raise FieldError(field, str(value), f"{least} to {greatest}")


def _critical(label: str, value: str) -> Row:
    return Row(label, require_critical(value, label.lower()), critical=True)


def _optional(label: str, value: str) -> Row:
    return _critical(label, value) if value else Row(label, EMPTY, critical=True)


def _free(label: str, value: str) -> Row:
    return Row(label, require_free(value, label.lower()) if value else EMPTY)


def _value(text: str) -> str:
    return "" if text == EMPTY else text


def _legend(form: FormFields, language: str) -> list[str]:
    """Return what the labels, and the replies, mean in another language, as remarks; in English the replies alone."""
    words = phrases_in(language)
    is_conflict = isinstance(form, ConflictForm)
    lines = []
    if is_conflict:
        lines += [f"{REMARK} {reply} = {isolated(words.phrases[reply.lower()])}" for reply in REPLIES]
    if language == "en":
        return lines
    keys = _CONFLICT_LABELS if is_conflict else _NOTICE_LABELS
    line = REMARK
    for key in keys:
        entry = f" {key.replace('-', ' ').upper()} = {isolated(words.labels[key])};"
        if len(line) + len(entry) > _LEGEND_WIDTH:
            lines, line = [*lines, line], REMARK
        line += entry
    return [*lines, line]


_NOTICE_LABELS: Final = (
    "notice", "reference", "kind", "party", "organisation", "call-sign", "frequency", "language", "contact", "volume",
    "shape", "point", "lower", "upper", "start", "end",
)  # fmt: skip
_CONFLICT_LABELS: Final = (
    "conflict", "reference", "clause", "notice", "own-leg", "start", "end", "freed-by", "reply", "read-back",
)  # fmt: skip
