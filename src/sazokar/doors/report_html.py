"""The report as one HTML file that opens and prints offline: an overview, then a page for each conflict.

Fetches nothing and runs nothing: the policy in its head forbids both, so that a name from a hostile file could not
either.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from importlib import resources
from typing import Final

from sazokar.domain.plan.conflict import Conflict
from sazokar.domain.plan.volume import Volume
from sazokar.doors import wording
from sazokar.doors.map_svg import GREATEST_DRAWN, overview_map
from sazokar.doors.page_conflict import page, pair
from sazokar.doors.presented import Presented
from sazokar.doors.svg import Markup, element, name, sentence, text
from sazokar.doors.table import unreadable_words, warning_words

GREATEST_PAGES: Final = 200
"""At most this many conflicts have a page of their own; the list holds at most `GREATEST_ROWS`."""
GREATEST_ROWS: Final = 5_000
"""At most this many rows in each list."""


def render(presented: Presented) -> str:
    """Return the whole file."""
    style = resources.files("sazokar").joinpath("data", "report.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    conflicts = presented.report.conflicts
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">'),
        element("title", text(f"Sazokar: {wording.verdict(presented)}")),
        Markup(f"<style>{style}</style>"),
    )
    pages = [page(presented, number) for number in range(1, min(len(conflicts), GREATEST_PAGES) + 1)]
    body = element("body", element("main", _overview(presented), *pages))
    return f'<!doctype html>\n<html lang="en" dir="ltr">{head}{body}</html>\n'


def _overview(presented: Presented) -> Markup:
    report = presented.report
    parts = [
        banner(presented),
        element("p", text("Sazokar · check of plans"), class_="kicker"),
        element("h1", text(wording.verdict(presented)), class_=_tone(presented)),
        _basis(presented),
        _map(presented),
        _conflict_list(report.conflicts),
        _list("Not read, and so not judged", map(unreadable_words, report.unreadable), presented.not_read),
        _list(
            "To be looked at again", map(warning_words, report.warnings),
            len(report.warnings) + presented.warnings_left_out,
        ),
        _volume_list(report.volumes),
    ]  # fmt: skip
    return element("section", *parts, class_="page overview", id="overview")


def banner(presented: Presented) -> Markup:
    """Return the banner of an output that holds protected sites, or nothing."""
    return element("p", text(wording.BANNER), class_="banner") if presented.holds_sites else Markup("")


def _tone(presented: Presented) -> str:
    return "grave" if presented.report.conflicts or presented.not_read else "plain"


def _basis(presented: Presented) -> Markup:
    now_ms = presented.report.settings.now_ms
    checked = f"{wording.date_words(now_ms)}, {wording.clock(now_ms)} · " if now_ms is not None else ""
    rows = [
        ("Judged by", wording.judged_by(presented)),
        ("Not looked at", wording.not_looked_at(presented)),
        ("Checked", [f"{checked}{wording.clean(presented.report.engine)}"]),
    ]
    terms = [
        element("div", element("dt", text(term)), *(element("dd", sentence(line)) for line in lines[:GREATEST_ROWS]))
        for term, lines in rows
    ]
    return element("dl", *terms, class_="basis")


def _map(presented: Presented) -> Markup:
    volumes, conflicts = presented.report.volumes, presented.report.conflicts
    if not volumes:
        return Markup("")
    struck = {volume for conflict in conflicts for volume in (conflict.a, conflict.b)}
    ordered = tuple(sorted(volumes, key=lambda volume: volume not in struck))
    more = len(volumes) - GREATEST_DRAWN
    words = "Dark: in conflict. Pale: in none. Dotted: zones. Local azimuthal projection, north up; for reading only."
    note = f" {more:,} more volumes are not drawn." if more > 0 else ""
    drawing = overview_map(ordered, conflicts, GREATEST_PAGES)
    return element("figure", drawing, element("figcaption", text(words + note)))


def _conflict_list(conflicts: tuple[Conflict, ...]) -> Markup:
    if not conflicts:
        return Markup("")
    date = wording.shared_date(conflicts)
    rows = [_conflict_row(number, conflict, date) for number, conflict in enumerate(conflicts[:GREATEST_ROWS], 1)]
    heading = f"Conflicts, earliest first{f' · {date}' if date else ''}, UTC"
    notes = []
    if len(conflicts) > GREATEST_PAGES:
        notes.append(f"The first {GREATEST_PAGES:,} have a page each; the others are in this list only.")
    if len(conflicts) > GREATEST_ROWS:
        notes.append(f"{len(conflicts) - GREATEST_ROWS:,} more are not listed here; the JSON report holds all.")
    note = [element("p", text(line), class_="note") for line in notes]
    return Markup(element("h2", text(heading)) + "".join(note) + element("ol", *rows, class_="conflicts"))


def _conflict_row(number: int, conflict: Conflict, shared: str) -> Markup:
    when = wording.clock(conflict.start_ms)
    if not shared and (day := wording.date_words(conflict.start_ms, short=True)):
        when = f"{day} {when}"
    measures = f"{wording.horizontal_words(conflict)} · {wording.vertical_words(conflict)}"
    best = wording.best_words(conflict)
    inside = Markup(
        element("span", text(str(number)), class_="number")
        + element("span", text(when), class_="when")
        + element("span", pair(conflict), class_="who")
        + element("span", text(measures), class_="measures")
        + (element("span", sentence(f"→ {best}"), class_="best") if best else "")
    )
    return element("li", element("a", inside, href=f"#c{number}") if number <= GREATEST_PAGES else inside)


def _list(heading: str, lines: Iterable[str], whole: int) -> Markup:
    if not whole:
        return Markup("")
    shown = [element("li", sentence(line)) for line, _ in zip(lines, range(GREATEST_ROWS), strict=False)]
    more = whole - len(shown)
    note = element("p", text(f"{more:,} more not listed here."), class_="note") if more else Markup("")
    return Markup(element("h2", text(f"{heading} ({whole:,})")) + element("ul", *shown, class_="lines") + note)


def _volume_list(volumes: tuple[Volume, ...]) -> Markup:
    if not volumes:
        return Markup("")
    titles = [element("th", text(title), scope="col") for title in ("Volume", "Window, UTC", "Heights", "Read in")]
    rows = [_volume_row(volume) for volume in volumes[:GREATEST_ROWS]]
    more = len(volumes) - GREATEST_ROWS
    note = element("p", text(f"{more:,} more not listed here."), class_="note") if more > 0 else Markup("")
    table = element("table", element("thead", element("tr", *titles)), element("tbody", *rows))
    return Markup(element("h2", text("Volumes shown")) + element("div", table, class_="wide") + note)


def _volume_row(volume: Volume) -> Markup:
    source = f"{volume.source.file}, {volume.source.feature}" if volume.source else ""
    mark = " · notified site" if volume.is_protected_site else f" · {volume.kind}" if volume.kind else ""
    who = Markup(name(f"{volume.party}/{volume.operation}") + text(mark))
    cells = (who, text(wording.window_words(volume)), text(f"{volume.lower} to {volume.upper}"), name(source))
    return element("tr", *(element("td", cell) for cell in cells))
