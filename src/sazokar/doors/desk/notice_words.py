"""A notice as an officer sees it: what, whose, where and when, in which state, who has acknowledged which version."""

from __future__ import annotations

from collections.abc import Sequence

from sazokar.app.shown import SHOWN, acks_shown, heard_conflicts
from sazokar.dialects.read_back import echo
from sazokar.domain.agreement import Level
from sazokar.domain.notice import Contacts, Extent, MovementForm, OperationState, Purpose
from sazokar.domain.plan.instant import BEGINNING_MS, format_instant
from sazokar.domain.plan.volume import Volume
from sazokar.domain.state import Ack, Notice
from sazokar.doors.agreement_words import shape_words
from sazokar.doors.desk.looking import Look, looked_at
from sazokar.doors.desk.meant import meant
from sazokar.doors.desk.telling import lasting, position_lines, stamp
from sazokar.doors.wording import count, duration_words, fenced, isolated, window_words, wrapped
from sazokar.errors import UnreadableError

__all__ = ["ack_lines", "list_lines", "looked_at", "notice_lines"]


def list_lines(look: Look, *, ended: bool) -> list[str]:
    """Return a line for each notice that the viewer sees, by its start."""
    seen = [n for n in look.state.notices.values() if look.sees(n) in SHOWN]
    shown = [n for n in seen if ended or n.state is not OperationState.ENDED]
    shown.sort(key=lambda n: (n.start_ms or 0, n.ref))
    if not shown:
        return [f"no notice that {isolated(look.viewer) or 'the node'} sees; what was not filed is not known"]
    return [f"{'REF':7} {'PARTY':10} {'KIND':8} {'STATE':13} WINDOW (UTC)"] + [_line(n) for n in shown]


def _line(notice: Notice) -> str:
    window = _window(notice.extent.volumes[0]) if notice.extent else "withheld"
    mark = " LATE" if notice.late else ""
    party = isolated(notice.party, 10)
    return f"{notice.ref:7} {party:10} {notice.kind:8} {notice.state:13} {window}{mark}".rstrip()


def _window(volume: Volume) -> str:
    """Return a window with its year, in at most 33 columns: `14 Jan 2031 18:10Z–15 Jan 18:40Z`."""
    words = window_words(volume).replace(" to ", "–")
    if volume.start_ms <= BEGINNING_MS:
        return words
    day, month, rest = words.split(" ", 2)
    return f"{day} {month} {format_instant(volume.start_ms)[:4]} {rest}"


def notice_lines(look: Look, ref: str, *, positions: bool = False) -> list[str]:
    """Return all that the viewer may see of one notice.

    Raises:
        UnreadableError: There is none of that reference that the viewer sees.
    """
    notice = look.state.notices.get(ref)
    if notice is None or look.sees(notice) not in SHOWN:
        seen = [name for name, one in look.state.notices.items() if look.sees(one) in SHOWN]
        raise UnreadableError(
            f"{ref[:40]}: found no notice of that reference that {look.viewer or 'the node'} sees{meant(ref, seen)}"
        )
    lines = [
        f"NOTICE {ref} version {notice.version}: {notice.kind} of {isolated(notice.party)}, {notice.state.upper()}"
    ]
    lines += wrapped(_filed_words(notice))
    if notice.state is OperationState.HELD:
        lines.append("  NOT DELIVERED: held for correction")
    lines += _extent_lines(notice.extent)
    if look.sees(notice) == Level.EVERYTHING:
        lines += _content_lines(notice.purpose, notice.contacts, notice.movement)
    lines += _conflict_lines(look, notice)
    lines += ack_lines(look, notice.acks, notice.version, (notice.party,))
    if positions and notice.extent:
        lines += [part for line in echo(notice.extent.volumes) for part in position_lines(line)]
    return lines


def _filed_words(notice: Notice) -> str:
    parts = [f"recorded {stamp(notice.filed_ms)}", f"verified: {notice.grade}"]
    parts += ["LATE"] if notice.late else []
    parts += ["life safety"] if notice.life_safety else []
    parts += [f"binds until {stamp(notice.binds_until_ms)} unless revalidated"] if notice.binds_until_ms else []
    parts += [f"in place of {notice.supersedes}"] if notice.supersedes else []
    parts += [f"{notice.superseded_by} stands in for it"] if notice.superseded_by else []
    return "; ".join(parts)


def _extent_lines(extent: Extent | None) -> list[str]:
    if extent is None:
        return ["  where and when: withheld, or erased"]
    lines = []
    for number, volume in enumerate(extent.volumes[:50], 1):
        text = f"{number}: {window_words(volume)}, {volume.lower} to {volume.upper}; {shape_words(volume.shape)}"
        lines += wrapped(fenced(text, 2000))
    if len(extent.volumes) > 50:
        lines.append(f"  and {count(len(extent.volumes) - 50, 'more volume')}")
    if extent.tolerance_ms:
        lines.append(f"  up to {duration_words(extent.tolerance_ms)} earlier or later")
    return lines


def _content_lines(purpose: Purpose | None, contacts: Contacts | None, movement: MovementForm | None) -> list[str]:
    lines = []
    if purpose is not None:
        said = [purpose.text, purpose.call_sign and f"call sign {purpose.call_sign}"]
        said += [f"{purpose.frequency_khz / 1000:.3f} MHz" if purpose.frequency_khz else "", purpose.language]
        lines += wrapped("; ".join(isolated(part) for part in said if part))
        lines += wrapped(f"POSITION MAY NOT BE TRUSTED: {isolated(purpose.integrity)}") if purpose.integrity else []
    for contact in contacts.contacts if contacts else ():
        spoken = f" ({', '.join(map(isolated, contact.languages))})" if contact.languages else ""
        lines += wrapped(f"call {isolated(contact.number)}: {isolated(contact.telephone)}{spoken}")
    if movement is not None:
        lines += wrapped(f"{isolated(movement.organisation)}: {isolated(movement.cargo)}; {movement.people} people")
        for each in movement.vehicles:
            lines += wrapped(f"{each.count} × {isolated(each.kind)} {isolated(each.colour)}".rstrip())
    return lines


def _conflict_lines(look: Look, notice: Notice) -> list[str]:
    heard = heard_conflicts(look.state, notice.ref, look.viewer or None)
    return [f"  in conflict: {', '.join(heard)}"] if heard else []


def ack_lines(look: Look, acks: Sequence[Ack], version: int, parties: Sequence[str]) -> list[str]:
    """Return the ladder of acknowledgement of the present version: by whom, how long ago; silence is said too.

    Args:
        look: Who looks, and when.
        acks: Of every version.
        version: The present one.
        parties: Whose notice or conflict it is; others are not told whose lines it has reached.
    """
    present = acks_shown(acks, version, parties, look.viewer or None)
    if not present:
        told = "not delivered, " if not look.viewer or look.viewer in parties else ""
        return [f"  version {version}: {told}not read by anybody"]
    lines = []
    for ack in present[-30:]:
        units = f": {', '.join(isolated(unit) for unit in ack.units)}" if ack.units else ""
        by = f"{isolated(ack.party)} {isolated(ack.officer)}".rstrip()
        said = f"delivered to {by}" if ack.rung == "delivered" else f"{ack.rung} by {by}"
        lines += wrapped(f"{said}, {lasting(look.now_ms - ack.at_ms)} ago{units}")
    if all(ack.rung == "delivered" for ack in present):
        lines.append("  delivered, NOT READ by anybody")
    return lines
