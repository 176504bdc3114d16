"""One page for one conflict, made to be read over a telephone: large plain fields, then the drawings."""

from __future__ import annotations

from sazokar.domain.plan.conflict import Conflict
from sazokar.domain.plan.height import Height
from sazokar.domain.plan.volume import Volume
from sazokar.doors import spoken, wording
from sazokar.doors.map_svg import conflict_map
from sazokar.doors.presented import Presented
from sazokar.doors.svg import Markup, element, name, sentence, text
from sazokar.doors.time_svg import altitude_profile, reference_words, timeline


def page(presented: Presented, number: int) -> Markup:
    """Return the page of one conflict.

    Args:
        presented: The report that it is part of.
        number: Which conflict, from 1, as the list counts them.
    """
    conflict = presented.report.conflicts[number - 1]
    whole = len(presented.report.conflicts)
    site = conflict.a.is_protected_site or conflict.b.is_protected_site
    return element(
        "section",
        element("p", text(wording.BANNER), class_="banner") if site else Markup(""),
        element("p", text(f"Conflict {number:,} of {whole:,}"), class_="kicker"),
        element("h2", pair(conflict), class_="pair"),
        element("p", text(_lead(conflict)), class_="lead"),
        element("div", _fields(conflict), _drawings(conflict), class_="columns"),
        _foot(presented, conflict),
        class_="page conflict",
        id=f"c{number}",
    )


def pair(conflict: Conflict) -> Markup:
    """Return the names of the two, each marked with its letter's colour."""
    a, b = (_pair_name(volume, side) for volume, side in ((conflict.a, "a"), (conflict.b, "b")))
    return Markup(f'{a} <span class="cross-sign">×</span> {b}')


def _pair_name(volume: Volume, side: str) -> Markup:
    return element("span", name(f"{volume.party}/{volume.operation}"), class_=f"is-{side}")


def _lead(conflict: Conflict) -> str:
    return f"{wording.horizontal_words(conflict)} · {wording.vertical_words(conflict)}"


def _fields(conflict: Conflict) -> Markup:
    return element(
        "dl",
        _when(conflict),
        _where(conflict),
        _volume_field("A", conflict.a),
        _volume_field("B", conflict.b),
        _field("Nearest", [text(wording.nearest_words(conflict))]),
        _rule(conflict),
        _freeing(conflict),
        class_="fields",
    )


def _rule(conflict: Conflict) -> Markup:
    clause = Markup(f"clause: {name(conflict.rule.clause)}")
    return _field("Rule", [text(wording.minima_words(conflict.rule.minima)), clause])


def _field(term: str, values: list[Markup], class_: str = "field") -> Markup:
    return element("div", element("dt", text(term)), *(element("dd", value) for value in values), class_=class_)


def _when(conflict: Conflict) -> Markup:
    start = wording.clock(conflict.start_ms, seconds=True)
    days = dict.fromkeys((wording.date_words(conflict.start_ms), wording.end_date_words(conflict.end_ms)))
    dates = " to ".join(filter(None, days))
    values = [
        element("strong", text(wording.span_words(conflict.start_ms, conflict.end_ms))),
        text(f"{dates} · UTC".removeprefix(" · ")),
    ]
    if start[0].isdigit():
        values.append(_said(f"{start[:-1]} Z", start))
    if not conflict.simultaneous:
        values.append(text("not at one instant: the two are joined by the time margin"))
    return _field("When", values, "field great")


def _where(conflict: Conflict) -> Markup:
    written = spoken.minutes(conflict.at)
    values = [element("strong", text(written)), _said(written, written)]
    if grid := spoken.grid(conflict.at):
        values.append(Markup(text(f"MGRS {grid}") + _check(grid)))
    return _field("Where", values, "field great")


def _said(words: str, checked: str) -> Markup:
    return element("span", Markup(text(f"“{spoken.say(words)}”") + _check(checked)), class_="said")


def _check(written: str) -> Markup:
    return element("span", text(f"check {spoken.check_digits(written)}"), class_="check")


def _volume_field(letter: str, volume: Volume) -> Markup:
    what = "notified site" if volume.is_protected_site else " · ".join(
        part for part in (volume.role.value, volume.kind, volume.class_ if volume.class_ != "any" else "") if part
    )  # fmt: skip
    values = [
        name(f"{volume.party}/{volume.operation}"),
        text(what),
        text(f"{volume.lower} to {volume.upper}"),
        text(wording.window_words(volume)),
    ]
    return _field(letter, values, f"field is-{letter.lower()}")


def _freeing(conflict: Conflict) -> Markup:
    if not conflict.proposals:
        return _field("Could free it", [text("not searched for")])
    best = wording.best_proposal(conflict)
    ordered = sorted(conflict.proposals, key=lambda proposal: proposal is not best)
    lines = [sentence(wording.proposal_words(proposal)) for proposal in ordered]
    if best is not None:
        lines[0] = element("strong", lines[0])
    return _field("Could free it", lines, "field freeing")


def _drawings(conflict: Conflict) -> Markup:
    references = [_reference(letter, v.lower, v.upper) for letter, v in (("A", conflict.a), ("B", conflict.b))]
    mixed = {v.lower.reference for v in (conflict.a, conflict.b)} | {
        v.upper.reference for v in (conflict.a, conflict.b) if not v.upper.unlimited
    }
    heights = ["Heights as filed. " + " ".join(references)]
    if conflict.conversion:
        heights.append(f"Compared by conversion: {conflict.conversion}.")
    elif len(mixed) > 1:
        heights.append("The scales of the two differ; they are drawn at the values filed.")
    return element(
        "div",
        element("figure", conflict_map(conflict), element("figcaption", text(_map_note(conflict)))),
        element("figure", timeline(conflict), element("figcaption", text("Windows. Shaded: the conflict."))),
        element("figure", altitude_profile(conflict), element("figcaption", text(" ".join(heights), 2_000))),
        class_="drawings",
    )


def _reference(letter: str, lower: Height, upper: Height) -> str:
    words = [reference_words(height) for height in (lower, upper) if not height.unlimited]
    return f"{letter}: above {' and '.join(dict.fromkeys(words))}.".replace("above pressure", "by pressure")


def _map_note(conflict: Conflict) -> str:
    kept = " Dashed ring: the minimum." if conflict.rule.minima.horizontal_mm else ""
    return f"A and B; thick: the way within the window. Cross: nearest.{kept} North up; for reading, not for measuring."


def _foot(presented: Presented, conflict: Conflict) -> Markup:
    sources = [
        f"{letter} is volume {volume.index} of its operation" + (
            f", read in {volume.source.file}, {volume.source.feature}" if volume.source else "")
        for letter, volume in (("A", conflict.a), ("B", conflict.b))
    ]  # fmt: skip
    words = f"{'; '.join(sources)}. Engine {presented.report.engine}. This page speaks only of the plans given."
    return element("footer", text(words, 1_500), Markup(' <a href="#overview">Overview</a>'))
