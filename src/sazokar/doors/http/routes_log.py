"""`/v1/log`: the ledger itself, with its proofs; `/v1/cosigning`: what the parties sign of it.

Headers are for every member, payloads for whom the clauses let see them. A charter may make the log public: then its
headers, proofs and tiles need no session. Payloads always do.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final

from litestar import Response, get, post
from litestar.params import FromPath, PathParameter, QueryParameter
from msgspec import Raw

from sazokar.app.cosigning import Cosigned, cosigned_by, newest_final
from sazokar.app.recorded import genuine_entries
from sazokar.app.sight import Sight
from sazokar.app.tiles import WIDTH, read_address, tile
from sazokar.app.wire import Consistency, CosignedTold, EntriesTold, EntryTold, Inclusion, LogTold
from sazokar.doors.http.problems import not_found
from sazokar.doors.http.reading import apart
from sazokar.doors.http.station import NodeRequest, Station, require_whole, station_of, viewer_of
from sazokar.errors import DeclinedError, ForkedError, ProofError, SignatureError
from sazokar.ledger.note import LARGEST_NOTE_BYTES

MOST_ENTRIES: Final = 1_000
MOST_BYTES: Final = 8 * 1024 * 1024
"""An answer ends after the entry that goes beyond these."""
_PLAIN: Final = "text/plain; charset=utf-8"
_OCTETS: Final = "application/octet-stream"
_FOR_EVER: Final = {"Cache-Control": "private, max-age=31536000, immutable"}

Number = Annotated[int, QueryParameter(ge=0, le=2**53)]


def log_reader(request: NodeRequest) -> str | None:
    """Return the party that reads the log; None: nobody that is known, and the charter makes the log public.

    Raises:
        DeclinedError: Nobody that is known, and it does not.
    """
    charter = station_of(request).state.charter
    if charter is not None and charter.public and "authorization" not in request.headers:
        return None
    return viewer_of(request).party


def _reading(request: NodeRequest) -> tuple[str | None, Station]:
    """Return who reads the log, and of which node, where its ledger verifies; see `log_reader`."""
    reader, station = log_reader(request), station_of(request)
    require_whole(station)
    return reader, station


@get("/v1/log", operation_id="showLog", tags=["log"])
async def show_log(request: NodeRequest) -> LogTold:
    """Tell how far the ledger has come: durable, cosigned, final."""
    _, station = _reading(request)
    return await apart(station, lambda: _log_told(station))


def _log_told(station: Station) -> LogTold:
    state, note = station.state, station.log.cosigned()
    assert state.charter is not None, "asked for before"
    newest = cosigned_by(state, note) if note is not None else None
    return LogTold(
        ledger=station.node.ledger, origin=state.charter.origin, size=state.size, recorded_ms=state.recorded_ms,
        final=newest_final(station.log, state),
        cosigned=newest.checkpoint.size if newest else 0, cosigned_by=tuple(sorted(newest.parties)) if newest else (),
    )  # fmt: skip


# Entries


@get("/v1/log/entries", operation_id="listEntries", tags=["log"])
async def list_entries(
    request: NodeRequest, start: Number = 0, end: Annotated[int | None, QueryParameter(ge=0, le=2**53)] = None
) -> EntriesTold:
    """Give entries from a position on, as the reader may see them."""
    reader, station = _reading(request)
    if end is not None and start > end:
        raise DeclinedError(
            400, "malformed", f"found start {start} and end {end}", field="end", remedy="expected start <= end"
        )
    size = station.state.size
    until = min(size, start + MOST_ENTRIES, size if end is None else end)
    told = partial(_entries_told, station, reader, start, until, size)
    return await apart(station, told, long_for=reader or "")


def _entries_told(station: Station, reader: str | None, start: int, end: int, size: int) -> EntriesTold:
    return EntriesTold(size=size, entries=tuple(_run(station, reader, start, end)))


def _run(station: Station, reader: str | None, start: int, end: int) -> list[EntryTold]:
    """Return entries as their reader may see them."""
    found, length = [], 0
    sight = Sight(station.state, reader) if reader is not None else None
    for stored in genuine_entries(station.log, start, max(start, end)):
        seen = sight.of(stored) if sight is not None else {}
        told = {name: Raw(payload) for name, payload in seen.items()}
        found.append(EntryTold(position=stored.position, id=stored.id, leaf=Raw(stored.leaf), payloads=told))
        length += len(stored.leaf) + sum(map(len, seen.values()))
        if length > MOST_BYTES:
            break
    return found


@get("/v1/log/entries/{position:int}", operation_id="showEntry", tags=["log"])
async def show_entry(request: NodeRequest, position: Annotated[int, PathParameter(ge=0, le=2**53)]) -> EntryTold:
    """Give one entry, with the proof that it is in the ledger."""
    reader, station = _reading(request)
    return await apart(station, lambda: _proven(station, reader, position))


@get("/v1/log/ids/{entry_id:str}", operation_id="findEntry", tags=["log"])
async def find_entry(
    request: NodeRequest,
    entry_id: Annotated[str, PathParameter(pattern=r"^[0-9a-f]{64}$", min_length=64, max_length=64)],
) -> EntryTold:
    """Give one entry by its id, with the proof that it is in the ledger."""
    reader, station = _reading(request)
    position = await apart(station, lambda: station.log.position_of(entry_id))
    if position is None:
        raise not_found("entry")
    return await apart(station, lambda: _proven(station, reader, position))


def _proven(station: Station, reader: str | None, position: int) -> EntryTold:
    size = station.state.size
    if position >= size:
        raise not_found("entry")
    told = _run(station, reader, position, position + 1)[0]
    note = station.finality.head()
    checkpoint_size = int(note.split(b"\n", 2)[1])
    proof = station.node.tree.inclusion_proof(position, checkpoint_size)
    return EntryTold(
        position=told.position, id=told.id, leaf=told.leaf, payloads=told.payloads,
        proof=Inclusion(checkpoint=note.decode(), inclusion=tuple(one.hex() for one in proof)),
    )  # fmt: skip


# Proofs and tiles


@get("/v1/log/checkpoint", operation_id="showCheckpoint", tags=["log"], media_type=_PLAIN)
async def show_checkpoint(request: NodeRequest) -> Response[bytes]:
    """Give the node's newest checkpoint (C2SP tlog-checkpoint)."""
    _, station = _reading(request)
    return Response(await apart(station, station.finality.head), media_type=_PLAIN)


@get("/v1/log/cosigned", operation_id="showCosigned", tags=["log"], media_type=_PLAIN)
async def show_cosigned(request: NodeRequest) -> Response[bytes]:
    """Give the newest checkpoint that anyone has cosigned."""
    _, station = _reading(request)
    note = await apart(station, station.log.cosigned)
    if note is None:
        raise not_found("cosigned checkpoint")
    return Response(note, media_type=_PLAIN)


@get("/v1/log/consistency", operation_id="proveConsistency", tags=["log"])
async def prove_consistency(
    request: NodeRequest,
    first: Annotated[int, QueryParameter(ge=1, le=2**53)],
    second: Annotated[int, QueryParameter(ge=1, le=2**53)],
) -> Consistency:
    """Prove that the ledger of `second` entries begins with that of `first`."""
    _, station = _reading(request)
    if not first <= second <= station.state.size:
        raise DeclinedError(
            400, "malformed", f"found {first} and {second} of {station.state.size} entries", field="first and second",
            remedy="expected first <= second <= the entries of the ledger",
        )  # fmt: skip
    proof = await apart(station, lambda: station.node.tree.consistency_proof(first, second))
    return Consistency(first=first, second=second, proof=tuple(one.hex() for one in proof))


@get("/v1/log/tile/{path:path}", operation_id="fetchTile", tags=["log"], media_type=_OCTETS)
async def fetch_tile(request: NodeRequest, path: FromPath[str]) -> Response[bytes]:
    """Give a tile of hashes, or of leaves (C2SP tlog-tiles): `0/x001/067`, `0/000.p/17`, `entries/000`."""
    _, station = _reading(request)
    size = station.state.size
    try:
        address = read_address(path.lstrip("/"))
        content = await apart(station, lambda: tile(station.log, station.node.tree, size, address))
    except ProofError as error:
        raise not_found("tile") from error
    return Response(content, media_type=_OCTETS, headers=_FOR_EVER if address.width == WIDTH else {})


# Cosigning


@get("/v1/cosigning", operation_id="showCosigning", tags=["log"], media_type=_PLAIN)
async def show_cosigning(request: NodeRequest) -> Response[bytes]:
    """Give the checkpoint that is up for cosigning: the same for every cosigner, for a while."""
    viewer_of(request)
    station = station_of(request)
    require_whole(station)
    return Response(await apart(station, station.finality.up), media_type=_PLAIN)


@post("/v1/cosigning", operation_id="cosign", tags=["log"], status_code=201)
async def cosign(request: NodeRequest) -> CosignedTold:
    """Take a party's cosignature on the checkpoint that is up: a note with one more line."""
    viewer_of(request)
    station = station_of(request)
    require_whole(station)
    note = await request.body()
    if len(note) > LARGEST_NOTE_BYTES:
        raise DeclinedError(
            413, "too-large", f"found a note of {len(note):,} bytes; expected {LARGEST_NOTE_BYTES:,} at most"
        )
    try:
        return _cosigned_told(await apart(station, lambda: station.finality.take(note)))
    except ForkedError as error:
        raise DeclinedError(409, "forked", str(error), remedy="keep both notes: they are evidence") from error
    except ProofError as error:
        raise DeclinedError(409, "not-up", str(error), remedy="fetch what is up: GET /v1/cosigning") from error
    except SignatureError as error:
        raise DeclinedError(422, "signature", str(error)) from error


def _cosigned_told(found: Cosigned) -> CosignedTold:
    return CosignedTold(size=found.checkpoint.size, cosigned_by=tuple(sorted(found.parties)), final=found.final)


ROUTES: Final = (
    show_log, list_entries, show_entry, find_entry, show_checkpoint, show_cosigned, prove_consistency, fetch_tile,
    show_cosigning, cosign,
)  # fmt: skip
