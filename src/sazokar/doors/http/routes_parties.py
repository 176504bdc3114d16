"""`/v1/parties`, `/v1/keys` and `/v1/budgets`: who takes part, by which keys, and what each has left to spend."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import Response, get
from litestar.params import PathParameter, QueryParameter

from sazokar.app.shown_mechanism import BudgetShown, KeyShown, PartyShown, budget_shown, keys_shown, party_shown
from sazokar.app.wire import Position, Wire
from sazokar.doors.http.reading import READS, Cursor, Limit, Page, Reader, listed, one, party_of, reader_of
from sazokar.doors.http.station import NodeRequest


class PartiesTold(Wire, frozen=True, kw_only=True):
    """Who takes part, in the charter's order."""

    items: tuple[PartyShown, ...]
    size: Position


class BudgetsTold(Wire, frozen=True, kw_only=True):
    """What each party has left, in the charter's order; nothing where no clause counts."""

    items: tuple[BudgetShown, ...]
    size: Position


class KeysTold(Wire, frozen=True, kw_only=True):
    """A page of keys, by key; `next`: null where there is no more."""

    items: tuple[KeyShown, ...]
    next: str | None
    size: Position


@get("/v1/parties", operation_id="listParties", tags=["parties"], responses=READS)
async def list_parties(request: NodeRequest) -> Response[PartiesTold]:
    """List who takes part: roles, names, root keys, and what each has left of its budget."""
    reader = reader_of(request)
    return await listed(
        request, reader, lambda: PartiesTold(items=_parties(reader), size=reader.state.size), lambda told: told.items
    )


def _parties(reader: Reader) -> tuple[PartyShown, ...]:
    members = reader.state.charter.parties if reader.state.charter else ()
    now_ms = reader.station.clock.now_ms()
    return tuple(party_shown(reader.state, member, now_ms) for member in members)


@get("/v1/parties/{name:str}", operation_id="showParty", tags=["parties"], responses=READS)
async def show_party(
    request: NodeRequest,
    name: Annotated[str, PathParameter(min_length=1, max_length=200, description="As the charter names it.")],
) -> Response[PartyShown]:
    """Show one of those who take part."""
    reader = reader_of(request)

    def made() -> PartyShown | None:
        return next((party for party in _parties(reader) if party.name == name), None)

    return await one(request, reader, "party", made, lambda told: "party")


@get("/v1/budgets", operation_id="listBudgets", tags=["parties"], responses=READS)
async def list_budgets(request: NodeRequest) -> Response[BudgetsTold]:
    """List what each party has left of its budget: everyone sees who asks how much (SZK-32)."""
    reader = reader_of(request)
    state, now_ms = reader.state, reader.station.clock.now_ms()

    def made() -> BudgetsTold:
        members = state.charter.parties if state.charter else ()
        budgets = (budget_shown(state, member.name, now_ms) for member in members)
        return BudgetsTold(items=tuple(one for one in budgets if one is not None), size=state.size)

    return await listed(request, reader, made, lambda told: told.items)


@get("/v1/keys", operation_id="listKeys", tags=["parties"], responses=READS)
async def list_keys(
    request: NodeRequest,
    party: Annotated[str | None, QueryParameter(max_length=200, description="Only those of this party.")] = None,
    cursor: Cursor = "",
    limit: Limit = 200,
) -> Response[KeysTold]:
    """List every key that signs or has signed: for whom, by which watch number, until when; public halves only."""
    reader = reader_of(request)

    def made() -> KeysTold:
        every = keys_shown(reader.state)
        keys = {name: key for name, key in every.items() if party in (None, key.party)}
        if not keys:
            party_of(reader.state, party)
        items, after = Page("keys", cursor, limit).of_refs(keys, keys.get)
        return KeysTold(items=items, next=after, size=reader.state.size)

    return await listed(request, reader, made, lambda told: (told.items, told.next))


ROUTES: Final = (list_parties, show_party, list_budgets, list_keys)
