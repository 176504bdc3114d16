"""The sentences that every renderer says alike: verdict, minima, distances, proposals, instants. Formats nothing.

Never says that the sky is free: a check speaks only of the plans given (SZK-08). Names come from files that others
wrote: `clean` takes out what could steer a terminal or turn the reading order of a line.
"""

from __future__ import annotations

import math
import re
import textwrap
import unicodedata
from datetime import timedelta
from typing import Final

from sazokar.domain.plan.conflict import Conflict, Proposal, ProposalKind
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS, EPOCH
from sazokar.domain.plan.quantity import NAUTICAL_MILE_MM
from sazokar.domain.plan.rules import Minima, SeparationClause, ZoneClause
from sazokar.domain.plan.volume import Volume
from sazokar.doors.presented import Presented

COLUMNS: Final = 80
"""A terminal's width."""
BANNER: Final = "HOLDS NOTIFIED (PROTECTED) SITES: pass on only to those whom the agreement names"
UNKNOWN: Final = "what was not filed is not known"
GREATEST_NAME: Final = 200
"""Longer untrusted text is cut in what is made for eyes; `json` keeps the whole."""

_FOOT_E4: Final = 3048
_METRE_E4: Final = 10_000
_NAUTICAL_MILE_TENTH_MM: Final = NAUTICAL_MILE_MM // 10
_JOINERS: Final = "\u200c\u200d"
"""Zero-width (non-)joiners: Persian cannot be spelled without them, and they turn nothing around."""
_RIGHT_TO_LEFT: Final = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_TURNED = re.compile(rf"[{_RIGHT_TO_LEFT}](?:[\s\d_.{_JOINERS}-]*[{_RIGHT_TO_LEFT}])*(?:[-_. ]?\d+)*")
"""A run of words written from right to left, with the numbers that end a name such as `box-7`."""
_MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_POINTS: Final = ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"]


def clean(text: str, greatest: int = GREATEST_NAME) -> str:
    """Return an untrusted text with nothing in it that could steer a terminal, on one line, of bounded length."""
    kept = "".join(_visible(character) for character in text[: greatest + 1])
    return kept if len(text) <= greatest else kept[:greatest] + "…"


def _visible(character: str) -> str:
    if character in "\t\n\r\u2028\u2029":
        return " "
    if character in _JOINERS or unicodedata.category(character) not in ("Cc", "Cf", "Cs"):
        return character
    return "\ufffd"


def isolated(text: str, greatest: int = GREATEST_NAME) -> str:
    """Return a cleaned text; one written from right to left is fenced, so that it does not turn its neighbours."""
    shown = clean(text, greatest)
    turned = any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in shown)
    return f"\u2068{shown}\u2069" if turned else shown


def fenced(text: str, greatest: int = GREATEST_NAME) -> str:
    """Return a cleaned sentence of ours in which only the names written from right to left are fenced."""
    return _TURNED.sub("\u2068\\g<0>\u2069", clean(text, greatest))


def count(number: int, noun: str) -> str:
    """Return a number and its noun: `1 volume`, `41 volumes`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def verdict(presented: Presented) -> str:
    """Return the verdict in a sentence; always the first thing that is shown."""
    missing = f"; {presented.not_read:,} NOT READ" if presented.not_read else ""
    if presented.withheld:
        return f"nothing is shown as judged, because something could not be read (--strict){missing}"
    if presented.volumes_read == 0:
        return f"nothing was judged: no volume was read{missing}"
    read = f"{count(presented.volumes_read, 'volume')} read"
    found = len(presented.report.conflicts)
    if found:
        return f"{count(found, 'conflict')} among {read}{missing}"
    if not presented.pairs_judged:
        one = "operation" if presented.report.settings.same_party else "party"
        why = f"pairs of one {one}, and of zones, are not judged"
        return f"nothing to compare: no pair was judged among {read} ({why}){missing}; {UNKNOWN}"
    return f"no conflict among the plans given ({read}{missing}); {UNKNOWN}"


def judged_by(presented: Presented) -> list[str]:
    """Return what the verdict rests on: the minima where no clause speaks, then each clause."""
    rules = presented.report.settings.rules
    lines = [f"{minima_words(rules.default)} (default); zones by overlap, or by their clause"]
    return lines + [clause_words(clause) for clause in rules.clauses]


def clause_words(clause: SeparationClause | ZoneClause) -> str:
    """Return one clause in a line."""
    if isinstance(clause, SeparationClause):
        of = " × ".join(isolated(name) for name in clause.between)
    else:
        zone = isolated(clause.zone) or (f"every {isolated(clause.zone_kind)}" if clause.zone_kind else "every zone")
        of = f"{zone} × {isolated(clause.class_)}"
    return f"clause {isolated(clause.number)}: {of}: {minima_words(clause.minima)}"


def minima_words(minima: Minima) -> str:
    """Return minima in words: `10 NM or 2,000 ft, time margin 60 s`."""
    margin = f"time margin {duration_words(minima.time_ms)}"
    if minima.horizontal_mm == 0 and minima.vertical_e4 == 0:
        return f"must not overlap, {margin}"
    horizontal, vertical = _length(minima.horizontal_mm, minima.horizontal_mm), _gap(minima.vertical_e4)
    across = horizontal if minima.horizontal_mm else "no overlap"
    return f"{across} or {vertical if minima.vertical_e4 else 'no overlap in height'}, {margin}"


def not_looked_at(presented: Presented) -> list[str]:
    """Return what the verdict does not speak of."""
    settings, report = presented.report.settings, presented.report
    lines = [UNKNOWN]
    if presented.not_read:
        lines.append(f"what could not be read ({presented.not_read:,})")
    if not settings.same_party:
        lines.append("pairs of one party (--same-party judges them)")
    lines.append("zones against zones, volumes of one operation against each other")
    if not settings.proposals and report.conflicts:
        lines.append("what would free each conflict (--no-proposals)")
    if presented.redacted:
        lines.append("redacted: whatever is not part of a conflict is left out of this output")
    return lines


def horizontal_words(conflict: Conflict) -> str:
    """Return the least horizontal distance and what was needed: `0.2 NM, need 10`."""
    need = conflict.rule.minima.horizontal_mm
    if need == 0:
        return "areas overlap"
    return _against(_length(conflict.horizontal_mm, need), _length(need, need))


def vertical_words(conflict: Conflict) -> str:
    """Return the least vertical gap and what was needed: `0 ft, need 2,000`."""
    need = conflict.rule.minima.vertical_e4
    if need == 0:
        return "heights overlap"
    return _against(_gap(conflict.vertical_e4, need), _gap(need))


def _against(value: str, need: str) -> str:
    number, _, unit = need.partition(" ")
    return f"{value}, need {number}" if value.endswith(f" {unit}") else f"{value}, need {need}"


def _length(value_mm: int, need_mm: int) -> str:
    """Return a length in the unit in which its minimum is a round figure, rounded down: 9.97 never reads as 10."""
    nautical = need_mm >= _NAUTICAL_MILE_TENTH_MM and need_mm % _NAUTICAL_MILE_TENTH_MM == 0
    if nautical and (value_mm >= _NAUTICAL_MILE_TENTH_MM or value_mm == 0):
        tenths = value_mm // _NAUTICAL_MILE_TENTH_MM
        return f"{tenths // 10:,}{f'.{tenths % 10}' if tenths % 10 else ''} NM"
    if not nautical and value_mm >= 10_000_000:
        return f"{value_mm // 100_000 / 10:,.1f} km".replace(".0 km", " km")
    return f"{value_mm // 1000:,} m" if value_mm >= 1000 or value_mm == 0 else "under 1 m"


def _gap(value_e4: int, need_e4: int | None = None) -> str:
    need = value_e4 if need_e4 is None else need_e4
    unit, size = ("m", _METRE_E4) if need % _METRE_E4 == 0 and need % _FOOT_E4 else ("ft", _FOOT_E4)
    return f"under 1 {unit}" if 0 < value_e4 < size else f"{value_e4 // size:,} {unit}"


def distance_both(value_mm: int) -> str:
    """Return a length in metres and nautical miles, as it is written down: `407 m (0.22 NM)`."""
    return f"{value_mm / 1000:,.0f} m ({value_mm / NAUTICAL_MILE_MM:,.2f} NM)"


def gap_both(value_e4: int) -> str:
    """Return a vertical gap in metres and feet: `305 m (1,000 ft)`."""
    return f"{value_e4 / _METRE_E4:,.0f} m ({value_e4 / _FOOT_E4:,.0f} ft)"


def nearest_words(conflict: Conflict) -> str:
    """Return the least distance and the least gap in both units: `407 m (0.22 NM); heights overlap`."""
    across = "areas overlap" if conflict.horizontal_mm == 0 else distance_both(conflict.horizontal_mm)
    above = "heights overlap" if conflict.vertical_e4 == 0 else f"{gap_both(conflict.vertical_e4)} in height"
    return f"{across}; {above}"


def duration_words(duration_ms: int) -> str:
    """Return a duration in the largest units that say it exactly: `5 min`, `60 s`, `1 h 30 min`."""
    if duration_ms == 60_000:
        return "60 s"
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000)):
        whole, duration_ms = divmod(duration_ms, size)
        parts += [f"{whole} {unit}"] if whole else []
    if duration_ms or not parts:
        parts.append(f"{duration_ms // 1000 if duration_ms % 1000 == 0 else duration_ms / 1000} s")
    return " ".join(parts)


def best_proposal(conflict: Conflict) -> Proposal | None:
    """Return the proposal that is shown on the line: the least change, as a share of how far each kind is searched."""
    offered = [p for p in conflict.proposals if p.kind is not ProposalKind.NONE_WITHIN_BOUNDS]
    return min(offered, key=_share, default=None)


def _share(proposal: Proposal) -> float:
    from sazokar.domain.plan.proposal import DEFAULT_BOUNDS as BOUNDS  # not above: it brings the engine with it

    shift = math.hypot(proposal.east_mm, proposal.north_mm) / (BOUNDS.tenth_miles * _NAUTICAL_MILE_TENTH_MM)
    level = abs(proposal.delta_e4) / (BOUNDS.hundred_feet * 100 * _FOOT_E4)
    return max(abs(proposal.delta_ms) / (BOUNDS.minutes * 60_000), level, shift)


def search_bounds() -> str:
    """Return how far proposals are searched, in words."""
    from sazokar.domain.plan.proposal import DEFAULT_BOUNDS as BOUNDS

    time = duration_words(BOUNDS.minutes * 60_000)
    return f"{time}, {BOUNDS.hundred_feet * 100:,} ft or {BOUNDS.tenth_miles / 10:g} NM"


def best_words(conflict: Conflict) -> str:
    """Return the best proposal for the line, or that none was found; empty where none was sought."""
    best = best_proposal(conflict)
    if best is None:
        return "no proposal within bounds" if conflict.proposals else ""
    alike = conflict.a.party == conflict.b.party
    return proposal_words(best, isolated(best.operation if alike else best.party))


def proposal_words(proposal: Proposal, who: str | None = None) -> str:
    """Return a proposal as a planner would say it: `delay BRAVO/transport-1 25 min`."""
    who = who or f"{isolated(proposal.party)}/{isolated(proposal.operation)}"
    match proposal.kind:
        case ProposalKind.DELAY | ProposalKind.ADVANCE:
            return f"{proposal.kind} {who} {duration_words(abs(proposal.delta_ms))}"
        case ProposalKind.CLIMB | ProposalKind.DESCEND:
            return f"{proposal.kind} {who} {abs(proposal.delta_e4) / _FOOT_E4:,.0f} ft"
        case ProposalKind.SHIFT:
            return f"shift {who} {_shift_words(proposal.east_mm, proposal.north_mm)}"
        case ProposalKind.NONE_WITHIN_BOUNDS:
            return f"no change of {who} within {search_bounds()} frees it"


def _shift_words(east_mm: int, north_mm: int) -> str:
    length_nm = math.ceil(math.hypot(east_mm, north_mm) / _NAUTICAL_MILE_TENTH_MM - 1e-6) / 10
    bearing = round(math.degrees(math.atan2(east_mm, north_mm))) % 360
    return f"{length_nm:,.1f} NM {_POINTS[round(bearing / 45) % 8]} ({bearing:03d}°)"


def clock(instant_ms: int, *, seconds: bool = False, ceil: bool = False) -> str:
    """Return the time of day: `18:20Z`; minutes round down, or up at the end of a window (`ceil`)."""
    if instant_ms <= BEGINNING_MS or instant_ms >= END_MS:
        return "no start" if instant_ms <= BEGINNING_MS else "no end"
    step = 1000 if seconds else 60_000
    whole_ms = -(-instant_ms // step) * step if ceil else instant_ms // step * step
    moment = EPOCH + timedelta(milliseconds=min(whole_ms, END_MS))
    return f"{moment:%H:%M:%S}Z" if seconds else f"{moment:%H:%M}Z"


def window_words(volume: Volume) -> str:
    """Return the window of a volume: `14 Jan 18:10Z to 18:40Z`, or that it always stands."""
    if volume.start_ms <= BEGINNING_MS and volume.end_ms >= END_MS:
        return "at all times"
    start = date_words(volume.start_ms, short=True)
    end = end_date_words(volume.end_ms, short=True, step_ms=60_000)
    until = f"{end} " if end and end != start else ""
    return f"{start} {clock(volume.start_ms)} to {until}{clock(volume.end_ms, ceil=True)}".strip()


def date_words(instant_ms: int, *, short: bool = False) -> str:
    """Return the date with the month in letters: `14 January 2026`; empty where a standing window names none."""
    if instant_ms <= BEGINNING_MS or instant_ms >= END_MS:
        return ""
    moment = EPOCH + timedelta(milliseconds=instant_ms)
    month = _MONTHS[moment.month - 1]
    return f"{moment.day} {month[:3]}" if short else f"{moment.day} {month} {moment.year}"


def end_date_words(end_ms: int, *, short: bool = False, step_ms: int = 1000) -> str:
    """Return the date of the time of day that is shown for the end of a window: at midnight, the day that begins.

    Args:
        end_ms: End of the window, ms since the Unix epoch.
        short: As `14 Jan`.
        step_ms: What the time of day is rounded up to, ms.
    """
    return "" if end_ms >= END_MS else date_words(-(-end_ms // step_ms) * step_ms, short=short)


def span_words(start_ms: int, end_ms: int) -> str:
    """Return a window to the second, with both dates where they differ: `18:20:21Z to 18:28:25Z`."""
    start, end = clock(start_ms, seconds=True), clock(end_ms, seconds=True, ceil=True)
    first, last = date_words(start_ms), end_date_words(end_ms)
    if first == last:
        return f"{start} to {end}"
    return f"{f'{first} {start}'.strip()} to {f'{last} {end}'.strip()}"


def shared_date(conflicts: tuple[Conflict, ...]) -> str:
    """Return the one date on which every conflict begins and ends, or nothing where there are several."""
    dates = {date_words(conflict.start_ms) for conflict in conflicts}
    dates |= {end_date_words(conflict.end_ms) for conflict in conflicts}
    return dates.pop() if len(dates) == 1 else ""


def wrapped(text: str, indent: int = 2) -> list[str]:
    """Return a text in lines of at most 80 columns, those after the first set in further."""
    return textwrap.wrap(
        text, COLUMNS, initial_indent=" " * indent, subsequent_indent=" " * (indent + 2), break_on_hyphens=False
    ) or [""]
