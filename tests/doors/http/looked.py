"""Every door through which a party reads, as one function each: all the bytes that it shows. A new door is put in `DOORS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import httpx
import msgspec

from sazokar.app.proving import bundle_of
from sazokar.app.sight import Sight
from sazokar.app.wire import PARCEL_TYPE
from sazokar.domain.statement import AmendNotice, AnswerConflict, CancelNotice, Reply
from sazokar.errors import SazokarError
from sazokar.ledger.parcel import pack
from tests.doors.http.grounds import House

Door = Callable[[House, httpx.Client, str], bytes]
LISTS: Final = (
    "/v1/notices?ended=true&limit=200", "/v1/notices?limit=1", "/v1/conflicts?all=true", "/v1/conflicts?mine=true",
    "/v1/held", "/v1/search?q=n", "/v1/search?q=c", "/v1/stops?all=true", "/v1/incidents", "/v1/talks", "/v1/roster",
    "/v1/budgets", "/v1/parties", "/v1/keys",
)  # fmt: skip


def _got(client: httpx.Client, *paths: str) -> bytes:
    return b"\n".join(client.get(path).content for path in paths)


def _lists(house: House, client: httpx.Client, party: str) -> bytes:
    return _got(client, *LISTS)


def _refs(house: House) -> list[str]:
    state = house.state
    return [*state.notices, *state.cases, *state.stops, *state.incidents]


def _items(house: House, client: httpx.Client, party: str) -> bytes:
    """Ask for every reference at every address that takes one, so that no address shows what another hides."""
    kinds = ("notices", "conflicts", "stops", "incidents")
    return _got(client, *(f"/v1/{kind}/{ref}" for kind in kinds for ref in _refs(house)))


def _errors(house: House, client: httpx.Client, party: str) -> bytes:
    """Ask for what is refused, of every notice and conflict: the answers may tell of nothing but what was sent."""
    told = []
    headers = {"Content-Type": PARCEL_TYPE}
    for ref in house.state.notices:
        if house.state.notices[ref].party == party:
            continue
        amendment = house.parcel(party, AmendNotice(ref=ref, version=1))
        for match in ({}, {"If-Match": '"N1.1"'}, {"If-Match": f'"{ref}.1"'}, {"If-Match": "*"}):
            told.append(client.patch(f"/v1/notices/{ref}", content=amendment, headers={**headers, **match}))
        cancellation = house.parcel(party, CancelNotice(ref=ref))
        told.append(client.post(f"/v1/notices/{ref}/cancellation", content=cancellation, headers=headers))
    for ref, case in house.state.cases.items():
        if party not in case.parties:
            answer = house.parcel(party, AnswerConflict(ref=ref, reply=Reply.UNABLE))
            told.append(client.post(f"/v1/conflicts/{ref}/answers", content=answer, headers=headers))
    assert all(answer.status_code >= 400 for answer in told)
    return b"\n".join(answer.content for answer in told)


def _entries(house: House, client: httpx.Client, party: str) -> bytes:
    return client.get("/v1/log/entries").content


def _entry(house: House, client: httpx.Client, party: str) -> bytes:
    stored = [one for one in house.log.read(0) if one.payloads]
    paths = [f"/v1/log/{f'entries/{one.position}' if one.position % 2 else f'ids/{one.id}'}" for one in stored]
    return _got(client, *paths)


def _tiles(house: House, client: httpx.Client, party: str) -> bytes:
    size = house.state.size
    answer = client.get(f"/v1/log/tile/entries/000.p/{size}")
    assert answer.status_code == 200
    return answer.content


def _bundles(house: House, client: httpx.Client, party: str) -> bytes:
    return _got(client, *(f"/v1/bundles/{ref}" for ref in _refs(house)))


def _made_bundles(house: House, client: httpx.Client, party: str) -> bytes:
    """Make the bundles past HTTP, as the desk does for a party: sight holds where nobody asks whether it may know."""
    return b"\n".join(_bundle(house, ref, party) for ref in _refs(house))


def _bundle(house: House, ref: str, party: str) -> bytes:
    try:
        return bundle_of(house.log, house.node.tree, house.state, ref, party)
    except SazokarError:
        return b""


def _carried(house: House, client: httpx.Client, party: str) -> bytes:
    """Carry every statement of others to the node again, and look at what it says of them."""
    told = []
    for stored in house.log.read(1):
        if b'"statement"' in stored.leaf[:80] or b'"statement":' in stored.leaf:
            content = pack(stored.leaf, stored.payloads)
            told.append(client.post("/v1/entries", content=content, headers={"Content-Type": PARCEL_TYPE}).content)
    return b"\n".join(told)


def _stream(house: House, client: httpx.Client, party: str) -> bytes:
    """Follow the events from the first on, to the end of the ledger."""
    return _got(client, "/v1/events?after=-1&wait=0")


def _sight(house: House, client: httpx.Client, party: str) -> bytes:
    """Give each entry as the party may see it: what events, letters and a replica are made of."""
    sight = Sight(house.state, party)
    return b"\n".join(msgspec.json.encode(sight.entry(stored)) for stored in house.log.read(0))


DOORS: Final[Mapping[str, Door]] = {
    "lists": _lists, "items": _items, "errors": _errors, "entries": _entries, "entry": _entry, "bundles": _bundles,
    "bundles made": _made_bundles, "stream": _stream, "sight": _sight,
}  # fmt: skip
"""What a party may read, it reads through each of these, or not at all."""
SILENT: Final[Mapping[str, Door]] = {"tiles": _tiles, "receipts of what was carried": _carried, "errors": _errors}
"""These tell of no content, whoever asks."""
TELLING: Final = {
    "extent": ("items", "entries", "entry", "bundles", "bundles made", "stream", "sight"),
    "content": ("items", "entries", "entry", "bundles", "bundles made", "stream", "sight"),
}
"""Who may read something does read it here: a door that shows nothing to anybody would pass every other test."""


def searched(client: httpx.Client, words: str) -> list[str]:
    """Return the references that a search finds."""
    return [item["ref"] for item in client.get("/v1/search", params={"q": words}).json()["items"]]


def shown(house: House, client: httpx.Client, party: str) -> Iterator[tuple[str, bytes]]:
    """Give what each door shows."""
    for name, door in DOORS.items():
        yield name, door(house, client, party)
