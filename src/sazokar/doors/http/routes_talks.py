"""`/v1/talks` and `/v1/incidents` as they are read: for everyone who takes part."""

from __future__ import annotations

from typing import Final

from litestar import Response, get

from sazokar.app.shown_mechanism import IncidentShown, TalksShown, incident_shown, talks_shown
from sazokar.app.wire import Position, Wire
from sazokar.doors.http.reading import READS, Cursor, Limit, Page, Ref, listed, one, reader_of
from sazokar.doors.http.station import NodeRequest


class TalksTold(Wire, frozen=True, kw_only=True):
    """A page of rounds of talks, by number; `next`: null where there is no more."""

    items: tuple[TalksShown, ...]
    next: str | None
    size: Position


class IncidentsTold(Wire, frozen=True, kw_only=True):
    """A page of incidents, in the order in which they were reported; `next`: null where there is no more."""

    items: tuple[IncidentShown, ...]
    next: str | None
    size: Position


@get("/v1/talks", operation_id="listTalks", tags=["talks"], responses=READS)
async def list_talks(request: NodeRequest, cursor: Cursor = "", limit: Limit = 50) -> Response[TalksTold]:
    """List the rounds of talks on record."""
    reader = reader_of(request)

    def made() -> TalksTold:
        refs = [f"T{number}" for number in reader.state.talks]
        items, after = Page("talks", cursor, limit).of_refs(refs, lambda ref: talks_shown(reader.state, ref))
        return TalksTold(items=items, next=after, size=reader.state.size)

    return await listed(request, reader, made, lambda told: (told.items, told.next))


@get("/v1/talks/{ref:str}", operation_id="showTalks", tags=["talks"], responses=READS)
async def show_talks(request: NodeRequest, ref: Ref) -> Response[TalksShown]:
    """Show a round of talks: where, who, what was proposed, what came out."""
    reader = reader_of(request)
    return await one(request, reader, "round of talks", lambda: talks_shown(reader.state, ref), lambda told: told.ref)


@get("/v1/incidents", operation_id="listIncidents", tags=["incidents"], responses=READS)
async def list_incidents(request: NodeRequest, cursor: Cursor = "", limit: Limit = 50) -> Response[IncidentsTold]:
    """List the incidents that were reported; two sides' accounts of one are two reports."""
    reader = reader_of(request)

    def made() -> IncidentsTold:
        page, log, state = Page("incidents", cursor, limit), reader.station.log, reader.state
        items, after = page.of_refs(state.incidents, lambda ref: incident_shown(log, state, ref, reader.party))
        return IncidentsTold(items=items, next=after, size=state.size)

    return await listed(request, reader, made, lambda told: (told.items, told.next))


@get("/v1/incidents/{ref:str}", operation_id="showIncident", tags=["incidents"], responses=READS)
async def show_incident(request: NodeRequest, ref: Ref) -> Response[IncidentShown]:
    """Show one side's report of a breach or a harm."""
    reader = reader_of(request)
    return await one(
        request, reader, "incident", lambda: incident_shown(reader.station.log, reader.state, ref, reader.party),
        lambda told: told.ref,
    )  # fmt: skip


ROUTES: Final = (list_talks, show_talks, list_incidents, show_incident)
