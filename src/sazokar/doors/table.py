"""The report as a table for a person at a terminal: 80 columns and wider, nothing that matters cut off.

Lines are packed here, not by rich: a distance and its unit, or a name, must not be torn apart at a space.
"""

from __future__ import annotations

import io
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from sazokar.dialects.reading import Unreadable, Warning
from sazokar.domain.plan.conflict import Conflict
from sazokar.doors import wording
from sazokar.doors.presented import Presented

GREATEST_DETAILS: Final = 20
"""At most this many conflicts are told in detail; every conflict has its line."""
GREATEST_LISTED: Final = 20
"""At most this many warnings, features not read and clauses are listed; `--format json` holds all."""
_INDENT: Final = "   "


def render(presented: Presented, *, width: int = 80, colour: bool = False) -> str:
    """Return the table as text.

    Args:
        presented: What is shown.
        width: Columns, 40 or more.
        colour: With ANSI colours.
    """
    sink = io.StringIO()
    console = Console(
        file=sink, width=max(width, 40), force_terminal=colour, no_color=not colour, highlight=False, markup=False,
        emoji=False, legacy_windows=False, color_system="standard" if colour else None,
    )  # fmt: skip
    _head(console, presented)
    _conflicts(console, presented.report.conflicts)
    _details(console, presented.report.conflicts)
    _not_read(console, presented)
    _warnings(console, presented)
    return sink.getvalue()


def _head(console: Console, presented: Presented) -> None:
    if presented.holds_sites:
        _pack(console, [wording.BANNER], style="bold reverse")
    grave = bool(presented.report.conflicts or presented.not_read)
    _pack(console, [wording.verdict(presented)], style="bold red" if grave else "bold")
    judged = wording.judged_by(presented)
    _pack(console, [f"judged by {judged[0]}"], style="dim")
    for line in _bounded(judged[1:]):
        _pack(console, [line], first=_INDENT, style="dim")
    _pack(console, [f"not looked at: {'; '.join(wording.not_looked_at(presented))}"], style="dim")
    _pack(console, [f"engine: {wording.clean(presented.report.engine)}"], style="dim")


def _conflicts(console: Console, conflicts: tuple[Conflict, ...]) -> None:
    if not conflicts:
        return
    date = wording.shared_date(conflicts)
    console.print()
    _pack(console, [f"{date}, UTC, earliest first" if date else "UTC, earliest first"], style="bold")
    places = len(f"{len(conflicts):,}")
    for number, conflict in enumerate(conflicts, 1):
        when = wording.clock(conflict.start_ms)
        if not date and (day := wording.date_words(conflict.start_ms)):
            when = f"{day} {when}"
        pieces = [
            wording.horizontal_words(conflict), wording.vertical_words(conflict), pair_words(conflict),
            wording.best_words(conflict),
        ]  # fmt: skip
        _pack(console, [f"{when}  {pieces[0]}", *filter(None, pieces[1:])], first=f"{number:>{places}}  ")


def pair_words(conflict: Conflict) -> str:
    """Return the two operations: `BRAVO/transport-1 × ALPHA/box-7`."""
    names = [f"{wording.isolated(v.party)}/{wording.isolated(v.operation)}" for v in (conflict.a, conflict.b)]
    return " × ".join(names)


def _details(console: Console, conflicts: tuple[Conflict, ...]) -> None:
    if not conflicts:
        return
    console.print()
    _pack(console, ["in detail, and what would free each"], style="bold")
    for number, conflict in enumerate(conflicts[:GREATEST_DETAILS], 1):
        _pack(console, _detail_lines(conflict), first=f"{number}  ")
        for proposal in conflict.proposals:
            _pack(console, [wording.proposal_words(proposal)], first=f"{_INDENT}- ")
    if len(conflicts) > GREATEST_DETAILS:
        _pack(console, [f"… {len(conflicts) - GREATEST_DETAILS:,} more; --format html or json tells all in detail"])


def _detail_lines(conflict: Conflict) -> list[str]:
    window = wording.span_words(conflict.start_ms, conflict.end_ms)
    pieces = [
        window if conflict.simultaneous else f"{window}, not at one instant: within the time margin",
        f"nearest: {wording.nearest_words(conflict)}",
        f"at {abs(conflict.at.lat):.4f}°{'S' if conflict.at.lat_e7 < 0 else 'N'} "
        f"{abs(conflict.at.lon):.4f}°{'W' if conflict.at.lon_e7 < 0 else 'E'}",
        f"clause: {wording.isolated(conflict.rule.clause)}",
        f"volumes {conflict.a.index} and {conflict.b.index}" if conflict.a.index or conflict.b.index else "",
        f"heights: {wording.clean(conflict.conversion, 2000)}" if conflict.conversion else "",
    ]
    return [piece for piece in pieces if piece]


def _not_read(console: Console, presented: Presented) -> None:
    if not presented.not_read:
        return
    console.print()
    _pack(console, [f"NOT READ, and so not judged ({presented.not_read:,})"], style="bold red")
    if presented.redacted:
        _pack(console, ["redacted: not listed"], first=_INDENT)
    for line in _bounded([unreadable_words(unreadable) for unreadable in presented.report.unreadable]):
        _pack(console, [line], first=_INDENT)


def unreadable_words(unreadable: Unreadable) -> str:
    """Return what could not be read: file, feature and field, what was found, what is expected."""
    place = _place(unreadable.file, unreadable.feature, unreadable.field)
    found, expected = (wording.fenced(text, 500) for text in (unreadable.found, unreadable.expected))
    return f"{place}: found {found}; expected {expected}"


def _warnings(console: Console, presented: Presented) -> None:
    warnings = presented.report.warnings
    if not warnings and not presented.warnings_left_out:
        return
    console.print()
    _pack(console, [f"to be looked at again ({len(warnings) + presented.warnings_left_out:,})"], style="bold")
    for line in _bounded([warning_words(warning) for warning in warnings]):
        _pack(console, [line], first=_INDENT)
    if presented.warnings_left_out:
        _pack(console, [f"redacted: {presented.warnings_left_out:,} not listed"], first=_INDENT)


def warning_words(warning: Warning) -> str:
    """Return a warning with its place."""
    place = _place(warning.file, warning.feature)
    message = wording.fenced(warning.message, 1000)
    return f"{place}: {message}" if place else message


def _place(file: str, *within: str) -> str:
    """Return a file's name, and words of ours that tell a place in it."""
    return ", ".join(part for part in (wording.isolated(file), *map(wording.fenced, within)) if part)


def _bounded(lines: list[str]) -> list[str]:
    more = len(lines) - GREATEST_LISTED
    return lines if more <= 0 else [*lines[:GREATEST_LISTED], f"… {more:,} more; --format json lists all"]


def _pack(console: Console, pieces: list[str], *, first: str = "", style: str = "") -> None:
    """Print pieces joined by dots on as few lines as they fit; a piece is broken only where it alone is too long."""
    room = console.width - cell_len(first)
    lines = [""]
    for piece in pieces:
        joined = f"{lines[-1]} · {piece}" if lines[-1] else piece
        if cell_len(joined) <= room:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        *full, lines[-1] = _folded(console, piece, room)
        lines[-1:-1] = full
    for number, line in enumerate(lines):
        console.print(Text((first if number == 0 else " " * cell_len(first)) + line, style=style), soft_wrap=True)


def _folded(console: Console, piece: str, room: int) -> list[str]:
    return [line.plain.rstrip() for line in Text(piece, overflow="fold").wrap(console, room)] or [""]
