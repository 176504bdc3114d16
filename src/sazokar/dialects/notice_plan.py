"""What a plan's file gives, made into a notice: its volumes given to the filer, its kind told or refused.

Opens no file. A plan that could be read only in part is refused whole: what is left out would be unprotected.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from sazokar.dialects.fields import counted, party_of
from sazokar.dialects.notice import NoticeDraft
from sazokar.dialects.reading import ASSUMED_ZONE, MISSING_OPERATION, MISSING_PARTY, Reading, Warning
from sazokar.domain.notice import NoticeKind
from sazokar.domain.plan.height import Reference
from sazokar.domain.plan.shape import Movement
from sazokar.domain.plan.volume import Role, Volume, kind_key
from sazokar.errors import FieldError, UnreadableError

_HAZARDS: Final = frozenset(("live-fire", "laser", "jamming"))
"""Kinds of volumes that are hazards (SZK-10)."""
_KINDS: Final = frozenset(kind.value for kind in NoticeKind)


def with_plan(draft: NoticeDraft, reading: Reading, party: str) -> NoticeDraft:
    """Return a draft with the volumes of its plan.

    Args:
        draft: A form that names a plan.
        reading: What the plan's file gave, in any dialect.
        party: Who files it. Volumes whose party was only taken from the file's name are the filer's; what names another
            party keeps it, and `domain.filing` refuses it.

    Raises:
        UnreadableError: Part of the plan could not be read.
        FieldError: It holds no volume, or several operations where the form names one.
    """
    volumes = _volumes(reading, party)
    operation = _operation_of(draft, volumes, named=not _assumed(reading, MISSING_OPERATION))
    placed = draft.placed(_numbered(volumes, operation))
    return msgspec.structs.replace(placed, warnings=(*draft.warnings, *_told(reading)))


def _operation_of(draft: NoticeDraft, volumes: Sequence[Volume], *, named: bool) -> str:
    """Return the one operation that form and plan are about; names that a dialect had to make up bind nobody.

    Raises:
        FieldError: They are about several.
    """
    names = list(dict.fromkeys(volume.operation for volume in volumes))
    several = ", ".join(map(repr, names[:5]))
    if draft.operation and named and names != [draft.operation]:
        found = f"{draft.operation!r} in the form, and {several} in {draft.plan}"
        raise FieldError("[notice], operation", found, "one operation, named alike in the form and the plan")
    if not draft.operation and len(names) > 1:
        found = f"{counted(len(names), 'operation')} in {draft.plan}: {several}"
        raise FieldError("[notice], operation", found, "one operation; name it here, or file one notice for each")
    return draft.operation or names[0]


def draft_of_plan(reading: Reading, party: str, kind: NoticeKind | None = None) -> NoticeDraft:
    """Return the notice of a plan of one operation that has no form.

    Args:
        reading: What the file gave.
        party: Who files it.
        kind: What it is about; None: told by the volumes, where they leave no doubt.

    Raises:
        UnreadableError: Part of the plan could not be read.
        FieldError: It holds no volume, several operations, or volumes that do not tell what they are.
    """
    drafts = drafts_of_plan(reading, party, kind)
    if len(drafts) > 1:
        names = ", ".join(repr(draft.operation) for draft in drafts[:5])
        raise FieldError("plan", f"{counted(len(drafts), 'operation')}: {names}", "one operation in one notice")
    return drafts[0]


def drafts_of_plan(reading: Reading, party: str, kind: NoticeKind | None = None) -> tuple[NoticeDraft, ...]:
    """Return a notice for each operation of a plan: a list of sites gives one for each site.

    Args:
        reading: What the file gave.
        party: Who files it.
        kind: What they are about; None: told by the volumes of each, where they leave no doubt.

    Raises:
        UnreadableError: Part of the plan could not be read.
        FieldError: It holds no volume, or volumes that do not tell what they are.
    """
    operations: dict[str, list[Volume]] = {}
    for volume in _volumes(reading, party):
        operations.setdefault(volume.operation, []).append(volume)
    told = _told(reading)
    drafts = (
        NoticeDraft(notice=kind or kind_of(volumes), operation=operation, warnings=told).placed(
            _numbered(volumes, operation)
        )
        for operation, volumes in operations.items()
    )
    return tuple(drafts)


def kind_of(volumes: Sequence[Volume]) -> NoticeKind:
    """Return what volumes are about, where they leave no doubt: by their own word, or as they fly.

    Raises:
        FieldError: They do not tell, or tell different things.
    """
    kinds = {_kind_of(volume) for volume in volumes}
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind is None:
        words = " or ".join(repr(each.value) for each in NoticeKind)
        raise FieldError(
            "kind", "volumes that do not tell what the notice is about", f"the kind of the notice: {words}"
        )
    return kind


def _kind_of(volume: Volume) -> NoticeKind | None:
    word = kind_key(volume.kind)
    if volume.is_protected_site:
        return NoticeKind.SITE
    if word in _HAZARDS:
        return NoticeKind.HAZARD
    if word in _KINDS:
        return NoticeKind(word)
    flies = isinstance(volume.shape, Movement) and (volume.shape.altitudes_e4 or _is_level(volume))
    return NoticeKind.FLIGHT if flies and not word else None


def _is_level(volume: Volume) -> bool:
    """Return whether its lower limit is a pressure altitude, which nothing on the ground has."""
    return volume.lower.reference is Reference.STD and volume.lower.e4 > 0


def _volumes(reading: Reading, party: str) -> tuple[Volume, ...]:
    """Return a plan's volumes, those without a party of their own given to the filer, assumed zones made operations."""
    if reading.unreadable:
        more = f" (and {len(reading.unreadable) - 1:,} more faults)" if len(reading.unreadable) > 1 else ""
        raise UnreadableError(f"{reading.unreadable[0]}{more}; nothing of the plan was taken")
    if not reading.volumes:
        raise FieldError("plan", "no volumes", "one volume or more")
    partyless, zones = _assumed(reading, MISSING_PARTY), _assumed(reading, ASSUMED_ZONE)
    return tuple(_adopted(volume, party, partyless=partyless, assumed_zone=zones) for volume in reading.volumes)


def _adopted(volume: Volume, party: str, *, partyless: bool, assumed_zone: bool) -> Volume:
    stem = party_of(volume.source.file) if volume.source is not None else ""
    return msgspec.structs.replace(
        volume,
        party=party if partyless and volume.party == stem else volume.party,
        role=Role.OPERATION if assumed_zone else volume.role,
    )


def _numbered(volumes: Sequence[Volume], operation: str) -> tuple[Volume, ...]:
    return tuple(
        msgspec.structs.replace(volume, operation=operation, index=number) for number, volume in enumerate(volumes)
    )


def _assumed(reading: Reading, code: str) -> bool:
    return any(warning.code == code for warning in reading.warnings)


def _told(reading: Reading) -> tuple[Warning, ...]:
    """Return the plan's warnings, but for those that filing answers: whose it is, and that it stands."""
    answered = (MISSING_PARTY, ASSUMED_ZONE)
    return tuple(warning for warning in reading.warnings if warning.code not in answered)
