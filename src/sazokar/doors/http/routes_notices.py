"""`/v1/notices` as they are read and amended, `/v1/held` for correction, and `/v1/search`: each in the asker's own view."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

import msgspec
from litestar import Response, get, patch
from litestar.params import HeaderParameter, QueryParameter

from sazokar.app.shown import HeldShown, NoticeShown, held_shown, notice_shown
from sazokar.app.wire import Position, Receipted, Wire
from sazokar.domain.disclosure import may_know
from sazokar.domain.notice import NoticeKind, OperationState
from sazokar.domain.state import Notice, State
from sazokar.doors.http.entering import submitted
from sazokar.doors.http.problems import not_found
from sazokar.doors.http.reading import (
    READS,
    Cursor,
    Limit,
    Page,
    Ref,
    instant_of,
    listed,
    one,
    party_of,
    reader_of,
    require_window,
)
from sazokar.doors.http.station import NodeRequest
from sazokar.errors import DeclinedError

LONGEST_QUERY: Final = 100
Party = Annotated[str | None, QueryParameter(max_length=200, description="Only those of this party.")]
IfMatch = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match", description='The version that the author has seen, as the notice\'s ETag: `"N13.2"`.'
    ),
]
_INSTANT: Final = "RFC 3339 with its zone: 2031-01-14T18:00:00Z."


class NoticesTold(Wire, frozen=True, kw_only=True):
    """A page of notices.

    Args:
        items: In the order in which they were filed.
        next: Cursor of the next page; null: there is none.
        size: Entries of the ledger.
    """

    items: tuple[NoticeShown, ...]
    next: str | None
    size: Position


class HeldTold(Wire, frozen=True, kw_only=True):
    """What is held for correction, and NOT DELIVERED."""

    items: tuple[HeldShown, ...]
    size: Position


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which notices are asked for."""

    party: str | None
    kind: NoticeKind | None
    state: OperationState | None
    from_ms: int | None
    until_ms: int | None
    ended: bool

    def may_hold(self, notice: Notice) -> bool:
        """Return whether a notice may be asked for; most of a long list have ended, and are left out before all else."""
        return notice.state is not OperationState.ENDED or self.ended or self.state is OperationState.ENDED

    def holds(self, notice: NoticeShown) -> bool:
        """Return whether a notice is asked for; one whose window was erased may lie in any."""
        wanted = (self.party, self.kind, self.state)
        if any(
            want not in (None, has) for want, has in zip(wanted, (notice.party, notice.kind, notice.state), strict=True)
        ):
            return False  # fmt: skip
        if notice.start_ms is None or notice.end_ms is None:
            return True
        after = self.until_ms is not None and notice.start_ms >= self.until_ms
        before = self.from_ms is not None and notice.end_ms <= self.from_ms
        return not (after or before)


@get("/v1/notices", operation_id="listNotices", tags=["notices"], responses=READS)
async def list_notices(
    request: NodeRequest,
    party: Party = None,
    kind: Annotated[NoticeKind | None, QueryParameter(description="Only those of this kind.")] = None,
    state_: Annotated[
        OperationState | None, QueryParameter(name="state", description="Only those in this state.")
    ] = None,
    from_: Annotated[
        str | None,
        QueryParameter(name="from", max_length=60, description=f"Only those that end after this instant; {_INSTANT}"),
    ] = None,
    until: Annotated[
        str | None, QueryParameter(max_length=60, description=f"Only those that start before this instant; {_INSTANT}")
    ] = None,
    ended: Annotated[bool, QueryParameter(description="Those that have ended too.")] = False,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Response[NoticesTold]:
    """List the notices that the asker sees, in the order in which they were filed."""
    reader = reader_of(request)
    asked = _Asked(
        party=party_of(reader.state, party), kind=kind, state=state_, from_ms=instant_of("from", from_),
        until_ms=instant_of("until", until), ended=ended,
    )  # fmt: skip
    require_window(asked.from_ms, asked.until_ms)

    def item(ref: str) -> NoticeShown | None:
        if not asked.may_hold(reader.state.notices[ref]):
            return None
        shown = notice_shown(reader.state, ref, reader.party)
        return shown if shown is not None and asked.holds(shown) else None

    def made() -> NoticesTold:
        items, after = Page("notices", cursor, limit).of_refs(reader.state.notices, item, reader.station.order)
        return NoticesTold(items=items, next=after, size=reader.state.size)

    return await listed(request, reader, made, lambda told: (told.items, told.next))


@get("/v1/notices/{ref:str}", operation_id="showNotice", tags=["notices"], responses=READS)
async def show_notice(request: NodeRequest, ref: Ref) -> Response[NoticeShown]:
    """Show a notice; its entity tag begins with its reference and version, which an amendment names."""
    reader = reader_of(request)
    return await one(
        request, reader, "notice", lambda: notice_shown(reader.state, ref, reader.party),
        lambda shown: version_tag(shown.ref, shown.version),
    )  # fmt: skip


def version_tag(ref: str, version: int) -> str:
    """Return what names a version of a notice or a conflict in entity tags: `N13.2`."""
    return f"{ref}.{version}"


@patch("/v1/notices/{ref:str}", operation_id="amendNotice", tags=["statements"], status_code=201)
async def amend_notice(request: NodeRequest, ref: Ref, if_match: IfMatch = None) -> Response[Receipted]:
    """Amend a notice; `If-Match` names the version that the author has seen: `"N13.2"`, or the whole entity tag."""
    reader = reader_of(request)
    shown = notice_shown(reader.state, ref, reader.party)
    if shown is None:
        raise not_found("notice")
    _require_version(if_match, version_tag(ref, shown.version))
    return await submitted(request, ("notice.amend",), ref)


def _require_version(given: str | None, present: str) -> None:
    """Pass where `If-Match` names the present version. What else a tag tells, acknowledgements say, hinders no amendment."""
    if given is None:
        raise DeclinedError(
            428, "precondition-required", "found no If-Match", field="If-Match",
            remedy='name the version that you have seen, as its ETag does: If-Match: "N13.2"',
        )  # fmt: skip
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in given.split(",")]
    if not any(tag == "*" or tag.partition("-")[0] == present for tag in tags):
        raise DeclinedError(
            412, "other-version", f"found If-Match {given[:80]}; the present version is {present}", field="If-Match",
            remedy="look at it again, and amend what you see",
        )  # fmt: skip


@get("/v1/held", operation_id="listHeld", tags=["notices"], responses=READS)
async def list_held(request: NodeRequest) -> Response[HeldTold]:
    """List what is NOT DELIVERED: the asker's own to correct; to the mediator, what was not corrected in time."""
    reader = reader_of(request)
    now_ms = reader.station.clock.now_ms()
    return await listed(
        request, reader, lambda: HeldTold(items=held_shown(reader.state, reader.party, now_ms), size=reader.state.size),
        lambda told: told.items,
    )  # fmt: skip


# Search


class Found(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Something that a search has found.

    Args:
        ref: What it is cited by.
        what: `notice`, `conflict`, `stop`, `incident` or `talks`.
        party: Whose notice it is.
        where: Where the words stand: `ref`, `call_sign` or `purpose`.
    """

    ref: str
    what: str
    party: str = ""
    where: str


class FoundTold(Wire, frozen=True, kw_only=True):
    """A page of what was found, by position in the ledger; `next`: null where there is no more."""

    items: tuple[Found, ...]
    next: str | None
    size: Position


@get("/v1/search", operation_id="search", tags=["notices"], responses=READS)
async def search(
    request: NodeRequest,
    q: Annotated[
        str,
        QueryParameter(
            min_length=1, max_length=LONGEST_QUERY, description="Part of a reference, call sign or purpose."
        ),
    ],
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Response[FoundTold]:
    """Search references, call signs and purposes, in what the asker sees and nowhere else; case does not matter."""
    reader, wanted = reader_of(request), q.strip().casefold()

    def made() -> FoundTold:
        page = Page("search", cursor, limit)
        items, after = page.of_refs(
            tuple(_refs(reader.state)), lambda ref: _found(reader.state, ref, reader.party, wanted)
        )
        return FoundTold(items=items, next=after, size=reader.state.size)

    return await listed(request, reader, made, lambda told: (told.items, told.next), long=True)


def _refs(state: State) -> Iterator[str]:
    yield from state.notices
    yield from state.cases
    yield from state.stops
    yield from state.incidents
    yield from (f"T{number}" for number in state.talks)


def _found(state: State, ref: str, viewer: str, wanted: str) -> Found | None:
    """Return what a search finds of one thing: in what the viewer is shown of it."""
    if ref in state.notices:
        shown = notice_shown(state, ref, viewer)
        where = _where(shown, wanted) if shown is not None else ""
        return Found(ref=ref, what="notice", party=shown.party, where=where) if shown is not None and where else None
    if wanted not in ref.casefold():
        return None
    if ref in state.cases:
        return Found(ref=ref, what="conflict", where="ref") if may_know(state, ref, viewer) else None
    what = "stop" if ref in state.stops else "incident" if ref in state.incidents else "talks"
    return Found(ref=ref, what=what, where="ref")


def _where(shown: NoticeShown, wanted: str) -> str:
    purpose = shown.purpose
    texts = {"ref": shown.ref}
    if purpose is not None:
        texts |= {"call_sign": purpose.call_sign, "purpose": purpose.text}
    return next((where for where, text in texts.items() if wanted in text.casefold()), "")


ROUTES: Final = (list_notices, show_notice, amend_notice, list_held, search)
