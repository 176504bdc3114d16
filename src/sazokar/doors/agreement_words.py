"""An agreement, and what changed in one, in words that a diplomat reads at 80 columns. Decides nothing.

Every number is told exactly as it binds: what cannot be said exactly in miles is said in metres. Names and texts come
from a document that others wrote: they are cleaned, and those written from right to left are isolated.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from sazokar.dialects.coordinate import Notation, format_coordinate
from sazokar.domain.agreement import (
    ANYONE,
    DAY_MS,
    Agreement,
    Answering,
    Budget,
    Coarseness,
    Disclosure,
    Hold,
    Largest,
    LeadTime,
    Level,
    Meaning,
    Names,
    Outside,
    Priority,
    Review,
    Schedule,
    Standing,
    StopAuthority,
    Suspension,
    ThirdParty,
    Zone,
)
from sazokar.domain.agreement_diff import Change, Clause, FieldChange, Kind, Leaf, clauses_of
from sazokar.domain.party import PartyRole
from sazokar.domain.plan.height import Height
from sazokar.domain.plan.instant import format_instant
from sazokar.domain.plan.quantity import NAUTICAL_MILE_MM
from sazokar.domain.plan.rules import Minima, SeparationClause, ZoneClause
from sazokar.domain.plan.shape import (
    DEGREE_E7,
    Circle,
    Corridor,
    Movement,
    MultiPolygon,
    Polygon,
    Position,
    Rectangle,
    Shape,
)
from sazokar.domain.plan.volume import ANY_CLASS
from sazokar.doors.wording import clean, duration_words, isolated

COLUMNS: Final = 80
GREATEST_WORDS: Final = 2_000
"""A text longer than this is cut where it is shown; the signed document holds the whole."""
GREATEST_VERTICES_SHOWN: Final = 12
"""Of a longer line or polygon, the first vertices are shown, and how many there are."""

_WEEKDAYS: Final = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_LABELS: Final = {
    "horizontal_mm": "horizontal minimum",
    "vertical_e4": "vertical minimum",
    "time_ms": "time margin",
    "window_ms": "window",
    "area_km2": "largest area",
    "duration_ms": "longest duration",
    "expires_ms": "expires after",
    "correct_ms": "correction within",
    "period_ms": "reviewed every",
    "step_e7": "area rounded to",
    "low_e4": "lowest",
    "high_e4": "highest",
    "west_e7": "west",
    "south_e7": "south",
    "east_e7": "east",
    "north_e7": "north",
    "resume_needs_all": "resuming needs all",
    "first": "answers first",
    "zone_kind": "kind of zone",
    "release": "released by",
    "spends": "filings and questions",
    "lower": "lower limit",
    "upper": "upper limit",
}


def show_words(agreement: Agreement) -> str:
    """Return the whole agreement as a person reads it, in lines of at most 80 columns."""
    lines = [*_title_lines(agreement), "", "SIGNATORIES"]
    for signatory in agreement.signatories:
        lines += _paragraph(f"{isolated(signatory.name)}{_known_as(signatory.names)}")
    lines += ["", "WHERE IT HOLDS", *_area_lines(agreement), "", "WHERE NO CLAUSE SPEAKS"]
    lines += _paragraph(f"Between any two operations: {exact_minima(agreement.default)}.")
    lines += ["", "CLAUSES"]
    for clause in clauses_of(agreement).values():
        lines += _paragraph(f"{isolated(clause.number)}  {clause_words(clause)}")
        lines += [line for detail in _details(clause) for line in _paragraph(detail, indent=4)]
    return "\n".join(lines) + "\n"


def diff_words(changes: tuple[Change, ...]) -> str:
    """Return what changed, a line or more for each change; that nothing did is said too."""
    if not changes:
        return "Both say the same.\n"
    return "".join(f"{line}\n" for change in changes for line in change_lines(change))


def change_lines(change: Change) -> list[str]:
    """Return one change in words: `Clause 4.2 (uav – transport): horizontal minimum 2 NM → 3 NM (stricter)`."""
    place = _place(change)
    match change.kind:
        case Kind.ADDED:
            return [f"{place}: added{_saying(change.after)}"]
        case Kind.REMOVED:
            return [f"{place}: removed{_saying(change.before)}"]
        case Kind.RENUMBERED:
            former = getattr(change.before, "number", "")
            return [f"{place}: unchanged; it was clause {isolated(former)}"]
        case Kind.CHANGED:
            return [f"{place}: {_field_words(field)}" for field in change.fields]


def clause_words(clause: Clause) -> str:
    """Return what a clause says, in a sentence."""
    match clause:
        case SeparationClause():
            return f"Between {subject_words(clause)}: {exact_minima(clause.minima)}."
        case ZoneClause():
            return f"Between {subject_words(clause)}: {exact_minima(clause.minima)}."
        case Zone():
            whose = f", claimed by {isolated(clause.party)}" if clause.party else ""
            return f"{_spaced(clause.kind)} {isolated(clause.name)}{whose}: {shape_words(clause.shape)}."
        case _:
            return _term_words(clause)


def _term_words(clause: Clause) -> str:
    match clause:
        case LeadTime():
            classes = ", ".join(f"{isolated(c.name)} {duration_words(c.least_ms)}" for c in clause.classes)
            return f"A notice{_of_notice(clause.notice)} is due before its start: {classes}; less is late."
        case Answering():
            officer, alternate, mediator = (duration_words(rung) for rung in clause.rung_ms)
            ladder = f"the officer has {officer}, the alternate {alternate}, the mediator {mediator}"
            return f"The {_spaced(clause.first, capital=False)} answers a conflict first; {ladder}."
        case Priority():
            ranks = ", ".join(f"{isolated(r.name)} {r.rank}" for r in clause.ranks)
            exempt = f" Exempt from lead times and budgets: {_listed(clause.exempt)}." if clause.exempt else ""
            return f"Priority, the greater goes first: {ranks or 'none'}.{exempt}"
        case Disclosure():
            of = "" if clause.of == ANYONE else f" by {isolated(clause.of)}"
            return f"Of a notice{_of_notice(clause.notice)}{of}, {_recipient(clause.to)} sees {_LEVELS[clause.level]}."
        case Outside():
            what = {"reference": "its reference alone", "extent-only": "where and when", "everything": "everything"}
            notice = _of_notice(clause.notice)
            return (
                f"What leaves the mechanism for {_recipient(clause.to)} carries of a notice{notice} "
                f"{what[clause.carries]}, and never more than is seen."
            )
        case Budget():
            window = duration_words(clause.window_ms)
            return f"A party has {clause.spends:,} filings, changes and questions in {window}."
        case Coarseness():
            kinds = ", ".join(str(kind) for kind in clause.kinds)
            steps = f"{duration_words(clause.time_ms)} and {gap_words(clause.vertical_e4)}"
            return f"The other side is told times and levels in steps of {steps}; proposed may be: {kinds}."
        case _:
            return _other_words(clause)


def _other_words(clause: Clause) -> str:
    match clause:
        case Largest():
            largest = f"{clause.area_km2:,} km² and lasts {duration_words(clause.duration_ms)}"
            return f"A notice{_of_notice(clause.notice)} covers at most {largest}."
        case Standing():
            return (
                f"A standing notice{_of_notice(clause.notice)} binds {duration_words(clause.expires_ms)}, then again."
            )
        case Hold():
            correct = duration_words(clause.correct_ms)
            return f"A refused life-safety notice is held {correct} for correction; then the mediator is called."
        case StopAuthority():
            return f"Beside its caller, a STOP is released by: {_listed(clause.release)}."
        case Suspension():
            resume = "every signatory agrees" if clause.resume_needs_all else "whoever suspended it says so"
            return f"May be suspended by: {_listed(clause.by)}; resumes when {resume}. STOP flows all the same."
        case Review():
            return f"The parties review the mechanism every {duration_words(clause.period_ms)}."
        case ThirdParty():
            bound = "has declared itself bound" if clause.bound else "is not bound"
            told = " Of a late notice it is told area and time, no route." if clause.advised else ""
            return f"{isolated(clause.name)} did not sign and {bound}.{told}"
        case Meaning():
            about = f" ({_spaced(clause.about, capital=False)})" if clause.about else ""
            return f"What it means{about}:"
        case _:
            return ""


_LEVELS: Final = {
    Level.NOTHING: "nothing",
    Level.CONFLICT: "that a conflict exists (a party to it, its own part)",
    Level.EXTENT: "where and when",
    Level.EVERYTHING: "everything",
}


def _details(clause: Clause) -> Iterator[str]:
    """Give what stands beneath a clause: a zone's names, limits, hours and buffers, or a meaning in every language."""
    if isinstance(clause, Meaning):
        yield from (f"{isolated(language)}: {isolated(text, GREATEST_WORDS)}" for language, text in clause.texts)
    if not isinstance(clause, Zone):
        return
    for party, name in clause.names:
        yield f"{isolated(party)} calls it {isolated(name)}, without prejudice."
    yield f"From {clause.lower} to {clause.upper}, {'always' if not clause.schedules else 'at these times:'}"
    yield from (f"{schedule_words(schedule)}." for schedule in clause.schedules)
    for buffer in clause.buffers:
        number = f" (clause {isolated(buffer.number)})" if buffer.number != clause.number else ""
        yield f"{isolated(buffer.class_)} keeps{number} {exact_minima(buffer.minima)}."


def subject_words(clause: Clause) -> str:
    """Return what a clause is about: `uav – transport`."""
    match clause:
        case SeparationClause():
            return " – ".join(isolated(name) for name in clause.between)
        case ZoneClause():
            every = f"every {isolated(clause.zone_kind)}" if clause.zone_kind else "every zone"
            class_ = "any operation" if clause.class_ == ANY_CLASS else isolated(clause.class_)
            return f"{isolated(clause.zone) or every} – {class_}"
        case Zone():
            return f"{_spaced(clause.kind, capital=False)} {isolated(clause.name)}"
        case ThirdParty() | Disclosure() | Outside():
            return f"{_tag(clause)}: {isolated(clause.name if isinstance(clause, ThirdParty) else clause.to)}"
        case _:
            return _tag(clause)


def _tag(clause: Clause) -> str:
    return _spaced(str(clause.__struct_config__.tag), capital=False)


def _place(change: Change) -> str:
    if not change.number:
        known = {"title": "Title", "area": "Area", "ground": "Ground", "default": "Where no clause speaks"}
        return known.get(change.subject, f"Signatory {isolated(change.subject)}")
    clause = change.after or change.before
    of = subject_words(clause) if isinstance(clause, Clause) else ""
    return f"Clause {isolated(change.number)} ({of})"


def _saying(part: object) -> str:
    if isinstance(part, Clause):
        return f": {clause_words(part)}"
    return f": {exact_minima(part)}" if isinstance(part, Minima) else ""


def _field_words(field: FieldChange) -> str:
    before, after = (_leaf_words(field.path, leaf) for leaf in (field.before, field.after))
    said = {True: " (stricter)", False: " (looser)", None: ""}[field.stricter]
    return f"{_label(field.path)} {before} → {after}{said}"


def _label(path: str) -> str:
    """Return what a value is called: `horizontal minimum`, `routine`, `name for ALPHA`."""
    head, _, rest = path.partition(".")
    leaf = path.rpartition(".")[2]
    match head:
        case "classes" | "ranks" | "rungs":
            return (
                f"{head.removesuffix('s').removesuffix('e')} {isolated(rest)}" if head != "classes" else isolated(rest)
            )
        case "names" | "texts" | "title":
            return f"{head.removesuffix('s')} {'for' if head == 'names' else 'in'} {isolated(rest)}"
        case "buffers":
            class_ = rest.rpartition(".")[0]
            return f"buffer for {isolated(class_)}, {_LABELS.get(leaf, leaf)}"
        case "schedules":
            return f"schedule {rest}"
        case _:
            return _LABELS.get(leaf, _spaced(leaf, capital=False))


def _leaf_words(path: str, leaf: Leaf | None) -> str:
    match leaf:
        case None | "":
            return "none"
        case bool():
            return "yes" if leaf else "no"
        case int():
            return _number_words(path, leaf)
        case str():
            return (
                f"“{isolated(leaf, GREATEST_WORDS)}”"
                if path.startswith(("names", "texts", "title"))
                else isolated(leaf)
            )
        case tuple():
            return _listed(leaf)
        case Height():
            return str(leaf)
        case Schedule():
            return schedule_words(leaf)
        case _:
            return shape_words(leaf)


def _number_words(path: str, number: int) -> str:
    """Return a number in the unit that the end of its path names."""
    name = path.rpartition(".")[2]
    if path.startswith(("classes.", "rungs.")):
        return duration_words(number)
    if path.startswith("ranks."):
        return f"{number:,}"
    unit = name.rpartition("_")[2]
    return _UNITS[unit](number) if unit in _UNITS else f"{number:,}"


def _degree_words(number_e7: int) -> str:
    return f"{_decimal(number_e7, DEGREE_E7)}°"


def exact_minima(minima: Minima) -> str:
    """Return minima exactly as they bind: `10 NM or 2,000 ft, time margin 5 min`."""
    margin = f", time margin {duration_words(minima.time_ms)}" if minima.time_ms else ""
    if not minima.horizontal_mm and not minima.vertical_e4:
        return f"no overlap{margin}"
    across = length_words(minima.horizontal_mm) if minima.horizontal_mm else "no overlap"
    above = gap_words(minima.vertical_e4) if minima.vertical_e4 else "no overlap in height"
    return f"{across} or {above}{margin}"


def length_words(length_mm: int) -> str:
    """Return a length exactly, in the unit in which it is roundest: `2 NM`, `500 m`, `15 km`."""
    if length_mm and length_mm % (NAUTICAL_MILE_MM // 10) == 0:
        return f"{_decimal(length_mm, NAUTICAL_MILE_MM)} NM"
    if length_mm >= 1_000_000 and length_mm % 100_000 == 0:
        return f"{_decimal(length_mm, 1_000_000)} km"
    return f"{_decimal(length_mm, 1_000)} m"


def gap_words(gap_e4: int) -> str:
    """Return a vertical length exactly: in feet where it is whole feet and no whole metres, else in metres."""
    if gap_e4 % 3048 == 0 and (gap_e4 % 10_000 or gap_e4 % 304_800 == 0) and gap_e4:
        return f"{gap_e4 // 3048:,} ft"
    return f"{_decimal(gap_e4, 10_000)} m"


def _decimal(value: int, unit: int) -> str:
    text = f"{Decimal(value) / unit:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def schedule_words(schedule: Schedule) -> str:
    """Return a schedule in words: `from 2031-01-14T00:00:00Z until …, 08:00Z to 16:00Z, on Mondays`."""
    span = f"from {format_instant(schedule.from_ms)} until {format_instant(schedule.until_ms)}"
    hours = ""
    if (schedule.daily_from_ms, schedule.daily_until_ms) != (0, DAY_MS):
        hours = f", {_time_of_day(schedule.daily_from_ms)} to {_time_of_day(schedule.daily_until_ms)}"
    days = f", on {', '.join(_WEEKDAYS[day] for day in schedule.weekdays)}" if schedule.weekdays else ""
    return span + hours + days


def _time_of_day(instant_ms: int) -> str:
    minutes, rest_ms = divmod(instant_ms, 60_000)
    seconds = f":{rest_ms // 1_000:02d}" if rest_ms else ""
    return f"{minutes // 60:02d}:{minutes % 60:02d}{seconds}Z"


def shape_words(shape: Shape) -> str:
    """Return a shape in words, its positions in degrees and minutes."""
    match shape:
        case Circle(centre, radius_mm):
            return f"within {length_words(radius_mm)} of {_position(centre)}"
        case Corridor(line, 0):
            return f"the line {_positions(line)}"
        case Corridor(line, half_width_mm):
            return f"{length_words(2 * half_width_mm)} wide along {_positions(line)}"
        case Polygon(rings):
            return f"within {_positions(rings[0])}"
        case Rectangle():
            west, south, east, north = (
                f"{Decimal(e7) / DEGREE_E7}°" for e7 in (shape.west_e7, shape.south_e7, shape.east_e7, shape.north_e7)
            )
            return f"from {south} to {north} latitude and {west} to {east} longitude"
        case MultiPolygon(polygons):
            return f"{len(polygons)} polygons"
        case Movement(line):
            return f"along {_positions(line)}"


def _positions(line: tuple[Position, ...]) -> str:
    shown = ", ".join(_position(position) for position in line[:GREATEST_VERTICES_SHOWN])
    more = f", and {len(line) - GREATEST_VERTICES_SHOWN:,} more" if len(line) > GREATEST_VERTICES_SHOWN else ""
    return shown + more


def _position(position: Position) -> str:
    return format_coordinate(position, Notation.DDM)


def _title_lines(agreement: Agreement) -> list[str]:
    first = agreement.title[0][1] if agreement.title else ""
    others = [f"{isolated(language)}: {isolated(text)}" for language, text in agreement.title[1:]]
    return [*_paragraph(isolated(first)), *(line for other in others for line in _paragraph(other))]


def _area_lines(agreement: Agreement) -> list[str]:
    area = f"Area: {shape_words(agreement.area)}." if agreement.area else "Everywhere."
    ground = agreement.ground
    if ground is None:
        return _paragraph(area)
    band = f"Ground between {gap_words(ground.low_e4)} and {gap_words(ground.high_e4)} above mean sea level."
    return [*_paragraph(area), *_paragraph(band)]


def _known_as(names: Names) -> str:
    return ": " + "; ".join(f"{isolated(language)} {isolated(text)}" for language, text in names) if names else ""


def _paragraph(text: str, indent: int = 2) -> list[str]:
    space = " " * indent
    lines = textwrap.wrap(
        text, COLUMNS - 2, initial_indent=space, subsequent_indent=space + "  ", break_on_hyphens=False
    )
    return _isolated_apart(lines)


def _isolated_apart(lines: list[str]) -> list[str]:
    """Return lines of which each closes what it isolates: a terminal starts every line anew."""
    found, is_open = [], False
    for line in lines:
        kept = line.lstrip(" ")
        begun = f"{line[: len(line) - len(kept)]}\u2068{kept}" if is_open else line
        is_open = begun.count("\u2068") > begun.count("\u2069")
        found.append(begun + "\u2069" if is_open else begun)
    return found


def _of_notice(notice: str) -> str:
    return "" if notice == ANYONE else f" of kind {isolated(notice)}"


def _recipient(name: str) -> str:
    if name == PartyRole.PARTY:
        return "the other party"
    roles = [str(role) for role in PartyRole]
    return "anyone" if name == ANYONE else f"the {_spaced(name, capital=False)}" if name in roles else isolated(name)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(isolated(name) for name in names) or "none"


def _spaced(word: str, *, capital: bool = True) -> str:
    text = clean(word).replace("-", " ").replace("_", " ")
    return text[:1].upper() + text[1:] if capital else text


_UNITS: Final[dict[str, Callable[[int], str]]] = {
    "mm": length_words,
    "e4": gap_words,
    "e7": _degree_words,
    "ms": duration_words,
    "km2": "{:,} km²".format,
}
"""How a number is told, by the unit that stands last in its name."""
