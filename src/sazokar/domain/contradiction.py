"""Where a notice contradicts itself: two windows, two ceilings, a route that breaks; both places are named (SZK-16).

Looks at one notice only. Whether its volumes can be judged at all is told before, in `filing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from sazokar.domain.finding import Refusal
from sazokar.domain.notice import Extent, MovementForm, Segment, Stated
from sazokar.domain.plan.height import Height
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS, format_instant
from sazokar.domain.plan.shape import Movement
from sazokar.domain.plan.volume import Volume

CONTRADICTION: Final = "contradiction"
ROUNDED_MS: Final = 60_000
"""Forms state whole minutes: two instants less than this apart do not contradict each other."""
ROUNDED_E4: Final = 10_000
"""Forms state whole metres: two heights less than this apart do not contradict each other."""
GREATEST_QUOTED: Final = 60
"""A refusal quotes at most this many characters of a text."""


def contradiction_of(extent: Extent, form: MovementForm | None) -> Refusal | None:
    """Return the first contradiction: within the volumes, then with what is stated, then with the movement form."""
    volumes = extent.volumes
    found = next((refusal for volume in volumes if (refusal := _altitude_outside(volume)) is not None), None)
    if found is None and extent.stated is not None:
        found = _with_stated(volumes, extent.stated)
    if found is None and form is not None:
        found = next(_of_form(form), None) or _with_form(extent, form)
    return found


def _refusal(field: str, found: str, remedy: str) -> Refusal:
    return Refusal(code=CONTRADICTION, field=field, found=found, remedy=remedy)


def _altitude_outside(volume: Volume) -> Refusal | None:
    """Refuse altitudes beyond the limits that stand beside them, where both are measured alike."""
    shape, lower, upper = volume.shape, volume.lower, volume.upper
    if not isinstance(shape, Movement) or not shape.altitudes_e4:
        return None
    for number, e4 in enumerate(shape.altitudes_e4):
        comparable = not upper.unlimited and lower.reference is upper.reference
        limit = "lower" if e4 < lower.e4 else "upper" if comparable and e4 > upper.e4 else ""
        if limit:
            place = f"extent.volumes[{volume.index}]"
            altitude = Height(e4, lower.unit, lower.reference)
            found = f"the altitude {altitude} at vertex {number + 1}, and limits {lower} to {upper}"
            fields = f"{place}.shape.altitudes_e4[{number}] and {place}.{limit}"
            return _refusal(fields, found, "Correct the altitude or the limit.")
    return None


# The form's window and limits, beside the volumes


def _with_stated(volumes: Sequence[Volume], stated: Stated) -> Refusal | None:
    first = min(volumes, key=lambda volume: volume.start_ms)
    last = max(volumes, key=lambda volume: volume.end_ms)
    return (
        _other_instant("start_ms", stated.start_ms, first, first.start_ms)
        or _other_instant("end_ms", stated.end_ms, last, last.end_ms)
        or _other_limit("lower", stated.lower, volumes)
        or _other_limit("upper", stated.upper, volumes)
    )


def _other_instant(name: str, stated_ms: int | None, volume: Volume, own_ms: int) -> Refusal | None:
    if stated_ms is None or abs(stated_ms - own_ms) < ROUNDED_MS:
        return None
    which = "start" if name == "start_ms" else "end"
    found = f"a stated {which} of {instant_text(stated_ms)}, and volumes whose {which} is {instant_text(own_ms)}"
    fields = f"extent.stated.{name} and extent.volumes[{volume.index}].{name}"
    return _refusal(fields, found, f"Say one {which} in both places.")


def _other_limit(name: str, stated: Height | None, volumes: Sequence[Volume]) -> Refusal | None:
    """Refuse a stated limit that is not the outermost one of the volumes measured as it is."""
    if stated is None:
        return None
    limits = [(volume.lower if name == "lower" else volume.upper, volume) for volume in volumes]
    outermost: Callable[..., tuple[Height, Volume]] = min if name == "lower" else max
    unlimited = [each for each in limits if each[0].unlimited]
    alike = [each for each in limits if each[0].reference is stated.reference and not each[0].unlimited]
    if unlimited:
        limit, volume = unlimited[0]
        agree = stated.unlimited
    else:
        limit, volume = outermost(alike or limits, key=lambda each: each[0].e4)
        agree = bool(alike) and not stated.unlimited and abs(limit.e4 - stated.e4) < ROUNDED_E4
    if agree:
        return None
    found = f"a stated {name} limit of {stated}, and volumes whose {name} limit is {limit}"
    fields = f"extent.stated.{name} and extent.volumes[{volume.index}].{name}"
    return _refusal(fields, found, f"Say one {name} limit, measured alike, in both places.")


# The movement form


def _of_form(form: MovementForm) -> Iterator[Refusal]:
    """Give what is wrong within a form: no vehicles where some are listed, a leg that ends before it starts, a gap."""
    for number, vehicles in enumerate(form.vehicles):
        if vehicles.count < 1:
            field = f"movement.vehicles[{number}].count"
            yield _refusal(field, f"{vehicles.count} vehicles of the kind {quoted(vehicles.kind)}", "Give 1 or more.")
    for number, segment in enumerate(form.segments):
        place = f"movement.segments[{number}]"
        if segment.arrive_ms <= segment.depart_ms:
            found = f"a departure at {instant_text(segment.depart_ms)}, and an arrival at {_arrival(segment)}"
            fields = f"{place}.depart_ms and {place}.arrive_ms"
            yield _refusal(fields, found, "Give an arrival after the departure.")
        if segment.halt_ms < 0:
            yield _refusal(f"{place}.halt_ms", f"a halt of {segment.halt_ms} ms", "Give 0 or more.")
    for number, (before, after) in enumerate(pairwise(form.segments)):
        yield from _gap(number, before, after)


def _gap(number: int, before: Segment, after: Segment) -> Iterator[Refusal]:
    """Give where a segment does not go on from the one before it: in another place, or before that has ended."""
    places = f"movement.segments[{number}]", f"movement.segments[{number + 1}]"
    if before.to.strip().casefold() != after.from_.strip().casefold():
        found = f"a segment that ends at {quoted(before.to)}, and the next one from {quoted(after.from_)}"
        yield _refusal(f"{places[0]}.to and {places[1]}.from", found, "Give the segment between, or one name.")
    if after.depart_ms < before.arrive_ms + before.halt_ms:
        halt = f" and a halt of {before.halt_ms // 60_000} min" if before.halt_ms else ""
        found = f"an arrival at {_arrival(before)}{halt}, and the next departure at {instant_text(after.depart_ms)}"
        yield _refusal(f"{places[0]}.arrive_ms and {places[1]}.depart_ms", found, "Put the segments in order.")


def _arrival(segment: Segment) -> str:
    return instant_text(segment.arrive_ms)


def _with_form(extent: Extent, form: MovementForm) -> Refusal | None:
    """Refuse segments outside the volumes' window, give or take the tolerance.

    Where each volume is itself a movement, its times are the route's: then segments that leave part of them out
    contradict them too. Of areas, only leaving the window does: they may be held longer than they are used.
    """
    if not form.segments:
        return None
    slack_ms = max(0, extent.tolerance_ms) + ROUNDED_MS
    first = min(extent.volumes, key=lambda volume: volume.start_ms)
    last = max(extent.volumes, key=lambda volume: volume.end_ms)
    moving = all(isinstance(volume.shape, Movement) for volume in extent.volumes)
    begin, end = form.segments[0], form.segments[-1]
    early_ms = first.start_ms - begin.depart_ms
    over_ms = end.arrive_ms - last.end_ms
    if early_ms >= slack_ms or (moving and -early_ms >= slack_ms):
        found = f"a departure at {instant_text(begin.depart_ms)}, and volumes from {instant_text(first.start_ms)}"
        fields = f"movement.segments[0].depart_ms and extent.volumes[{first.index}].start_ms"
        return _refusal(fields, found, _ONE_TIME)
    if over_ms >= slack_ms or (moving and -over_ms >= slack_ms + end.halt_ms):
        found = f"an arrival at {_arrival(end)}, and volumes until {instant_text(last.end_ms)}"
        fields = f"movement.segments[{len(form.segments) - 1}].arrive_ms and extent.volumes[{last.index}].end_ms"
        return _refusal(fields, found, _ONE_TIME)
    return None


_ONE_TIME: Final = "Give the same times in the form and the volumes, within the tolerance."


def instant_text(instant_ms: int) -> str:
    """Return an instant as a person reads it, whatever the number."""
    if BEGINNING_MS < instant_ms < END_MS:
        return format_instant(instant_ms)
    standing = {BEGINNING_MS: "always", END_MS: "no end"}
    return standing.get(instant_ms, "a time outside the years 1 to 9999")


def quoted(text: str) -> str:
    """Return a text of a notice as a refusal quotes it: cut short, and no character that would reorder the line."""
    return repr(text) if len(text) <= GREATEST_QUOTED else f"{text[:GREATEST_QUOTED]!r}…"
