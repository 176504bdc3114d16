"""`/v1/stops` and `/v1/roster` as they are read: they work on a damaged ledger too, and say so (SZK-43)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from litestar import Response, get
from litestar.params import QueryParameter

from sazokar.adapters.alarm_spool import readable_calls
from sazokar.adapters.ledger_folder import STOPS
from sazokar.app.shown_mechanism import StopShown, stop_shown
from sazokar.app.wire import InstantMs, Position, Wire
from sazokar.doors.desk.called import call_of
from sazokar.doors.desk.posted import Posted, PostedParty, PostedWatch, on_watch_of, posted_of, read_posted
from sazokar.doors.desk.stop_words import unrecorded_calls
from sazokar.doors.http.problems import not_found
from sazokar.doors.http.reading import READS, Cursor, Limit, Page, Reader, Ref, listed, one
from sazokar.doors.http.station import NodeRequest, Station, station_of, viewer_of
from sazokar.errors import SazokarError

Source = Literal["ledger", "kept beside the ledger", "UNVERIFIED"]


class StopsTold(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A page of STOPs.

    Args:
        items: In the order in which they were recorded.
        unrecorded: What has sounded and is not recorded yet, the newest 200; on the first page.
        damaged: The ledger does not verify: a STOP of it may be missing or false.
        next: Cursor of the next page; absent: there is none.
        size: Entries of the ledger.
    """

    items: tuple[StopShown, ...]
    unrecorded: tuple[StopShown, ...] = ()
    damaged: bool = False
    next: str | None = None
    size: Position


class PartyRoster(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The watch of one party.

    Args:
        name: The party.
        role: What it is to the mechanism.
        on_watch: Who is on watch now, in the order in which they are called; empty: NOBODY by the roster.
        watches: All watches of the roster.
        handed_to: Watch number of who took over last.
        handed_ms: When.
        test_ms: When its line was last tested; 0: never.
        test_by: By whom.
        test_answered: Whether that was answered.
    """

    name: str
    role: str
    on_watch: tuple[PostedWatch, ...]
    watches: tuple[PostedWatch, ...]
    handed_to: str = ""
    handed_ms: InstantMs = 0
    test_ms: InstantMs = 0
    test_by: str = ""
    test_answered: bool = False


class RosterTold(Wire, frozen=True, kw_only=True):
    """Who is on watch, and how they are reached.

    Args:
        name: Of the mechanism.
        source: Where it is from; of a damaged ledger, from what is kept beside it, or what could be read: UNVERIFIED.
        size: Entries of the ledger that it was taken from.
        written_ms: When.
        items: By party, in the charter's order.
    """

    name: str
    source: Source
    size: Position
    written_ms: InstantMs
    items: tuple[PartyRoster, ...]


def _reader_of(request: NodeRequest) -> Reader:
    """Return who reads, whatever the ledger is like."""
    viewer, station = viewer_of(request), station_of(request)
    return Reader(station, station.state, viewer.party)


# STOP


@get("/v1/stops", operation_id="listStops", tags=["STOP"], responses=READS)
async def list_stops(
    request: NodeRequest,
    all_: Annotated[bool, QueryParameter(name="all", description="Those that are released too.")] = False,
    cursor: Cursor = "",
    limit: Limit = 200,
) -> Response[StopsTold]:
    """List the STOPs that stand, and what has sounded and is not recorded yet; on a damaged ledger too."""
    reader = _reader_of(request)
    station, stops = reader.station, reader.state.stops

    def item(ref: str) -> StopShown | None:
        return stop_shown(stops[ref]) if all_ or not stops[ref].released_ms else None

    def made() -> StopsTold:
        items, after = Page("stops", cursor, limit).of_refs(stops, item)
        loose = () if cursor else _unrecorded(reader)
        damaged = station.node.damage is not None
        return StopsTold(items=items, unrecorded=loose, damaged=damaged, next=after, size=reader.state.size)

    return await listed(request, reader, made, lambda told: (told.items, told.unrecorded, told.damaged, told.next))


def _unrecorded(reader: Reader) -> tuple[StopShown, ...]:
    """Return the newest calls that are no STOP of the ledger; shown as they came, and verified by whoever calls back."""
    calls, _ = readable_calls(reader.station.directory / STOPS)
    loose = unrecorded_calls(calls, list(reader.state.stops.values()))[-MOST_UNRECORDED:]
    return tuple(
        StopShown(
            verified=call.verified, call=call_of(call.content), raw=call.content[:4096], sounded_ms=call.sounded_ms,
            standing=True,
        )
        for call in loose
    )  # fmt: skip


@get("/v1/stops/{ref:str}", operation_id="showStop", tags=["STOP"], responses=READS)
async def show_stop(request: NodeRequest, ref: Ref) -> Response[StopShown]:
    """Show a STOP with its ladder: who has heard it, passed it on, ceased, and how long after the call."""
    reader = _reader_of(request)
    case = reader.state.stops.get(ref)
    if case is None:
        raise not_found("STOP")
    return await one(request, reader, "STOP", lambda: stop_shown(case), lambda found: found.ref)


# The roster


@get("/v1/roster", operation_id="showRoster", tags=["roster"], responses=READS)
async def show_roster(request: NodeRequest) -> Response[RosterTold]:
    """Show who is on watch and their telephones; of a damaged ledger, what is kept beside it."""
    reader = _reader_of(request)
    now_ms = reader.station.clock.now_ms()

    def made() -> RosterTold:
        posted, source = _posted_at(reader.station)
        return RosterTold(
            name=posted.name, source=source, size=posted.size, written_ms=posted.written_ms,
            items=tuple(_party_roster(party, now_ms) for party in posted.parties),
        )  # fmt: skip

    return await listed(request, reader, made, lambda told: (told.source, told.items))


def _posted_at(station: Station) -> tuple[Posted, Source]:
    """Return the roster, and where it is from: of a damaged ledger, the later of what is kept and what could be read."""
    state = station.state
    own = posted_of(state, station.node.ledger, state.recorded_ms)
    if station.node.damage is None:
        return own, "ledger"
    try:
        kept = read_posted(station.directory)
    except SazokarError:
        return own, "UNVERIFIED"
    return (kept, "kept beside the ledger") if kept.size >= own.size else (own, "UNVERIFIED")


def _party_roster(party: PostedParty, now_ms: int) -> PartyRoster:
    return PartyRoster(
        name=party.name, role=party.role, on_watch=tuple(on_watch_of(party, now_ms)), watches=party.watches,
        handed_to=party.handed_to, handed_ms=party.handed_ms, test_ms=party.test_ms, test_by=party.test_by,
        test_answered=party.test_answered,
    )  # fmt: skip


MOST_UNRECORDED: Final = 200
"""So many calls that are not recorded are listed; all of them lie in the folder of STOPs."""
ROUTES: Final = (list_stops, show_stop, show_roster)
