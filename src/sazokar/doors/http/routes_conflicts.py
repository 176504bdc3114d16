"""`/v1/conflicts` as they are read: the queue of what needs an answer, and one conflict with all that was said of it."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import Response, get
from litestar.params import QueryParameter

from sazokar.app.shown_conflicts import ConflictShown, conflict_listed, conflict_shown
from sazokar.app.wire import Position, Wire
from sazokar.doors.http.reading import READS, Cursor, Limit, Page, Ref, listed, one, reader_of
from sazokar.doors.http.routes_notices import version_tag
from sazokar.doors.http.station import NodeRequest


class ConflictsTold(Wire, frozen=True, kw_only=True):
    """A page of conflicts.

    Args:
        items: Within a page those first whose answer is due from the asker, then those that wait for another, then the
            rest; each by its deadline. Pages follow the order in which they were first found.
        next: Cursor of the next page; null: there is none.
        size: Entries of the ledger.
    """

    items: tuple[ConflictShown, ...]
    next: str | None
    size: Position


@get("/v1/conflicts", operation_id="listConflicts", tags=["conflicts"], responses=READS)
async def list_conflicts(
    request: NodeRequest,
    all_: Annotated[bool, QueryParameter(name="all", description="Those that are resolved too.")] = False,
    mine: Annotated[bool, QueryParameter(description="Only those that the asker has to answer.")] = False,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Response[ConflictsTold]:
    """List the conflicts that the asker hears of: the queue, those first that the asker has to answer."""
    reader = reader_of(request)
    state = reader.state

    def item(ref: str) -> ConflictShown | None:
        if not all_ and not state.cases[ref].is_live:
            return None
        shown = conflict_listed(state, ref, reader.party)
        return shown if shown is not None and (shown.mine or not mine) else None

    def made() -> ConflictsTold:
        items, after = Page("conflicts", cursor, limit).of_refs(state.cases, item, reader.station.order)
        return ConflictsTold(items=tuple(sorted(items, key=_urgency)), next=after, size=state.size)

    return await listed(request, reader, made, lambda told: (told.items, told.next))


def _urgency(shown: ConflictShown) -> tuple[bool, bool, bool, int]:
    return shown.resolved is not None, not shown.mine, not shown.turn, shown.due_ms or shown.raised_ms


@get("/v1/conflicts/{ref:str}", operation_id="showConflict", tags=["conflicts"], responses=READS)
async def show_conflict(request: NodeRequest, ref: Ref) -> Response[ConflictShown]:
    """Show a conflict: the asker's own part, of the other's what the clauses let it see, and what was said."""
    reader = reader_of(request)
    return await one(
        request, reader, "conflict", lambda: conflict_shown(reader.station.log, reader.state, ref, reader.party),
        lambda found: version_tag(found.ref, found.version),
    )  # fmt: skip


ROUTES: Final = (list_conflicts, show_conflict)
