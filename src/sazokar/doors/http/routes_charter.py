"""`/v1/charter`: what everything stands on. A node without one takes the first that every root in it has signed."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from litestar import get, post

from sazokar.app.wire import NodeTold, Wire
from sazokar.domain.statement import Charter
from sazokar.doors.desk.founding import keep_beside
from sazokar.doors.http.problems import not_found
from sazokar.doors.http.routes_health import require_host
from sazokar.doors.http.routes_log import require_whole
from sazokar.doors.http.station import NodeRequest, Station, station_of, viewer_of
from sazokar.errors import DeclinedError, LedgerError, SazokarError

_LOG: Final = logging.getLogger("sazokar.http")


class Founded(Wire, frozen=True, kw_only=True):
    """The charter, as values, and its id, by which every statement names the ledger."""

    ledger: str
    charter: Charter


@post("/v1/charter", operation_id="found", tags=["charter"], status_code=201)
async def found(request: NodeRequest) -> Founded:
    """Begin the ledger with a charter that every root in it has signed. It is taken once, from whoever runs the node."""
    station = station_of(request)
    require_host(request)
    if station.state.charter is not None:
        raise DeclinedError(409, "founded", "the ledger has begun; a charter is its first entry and no other")
    content = await request.body()
    try:
        await asyncio.get_running_loop().run_in_executor(None, station.node.found, content.strip())
    except LedgerError as error:
        raise DeclinedError(
            422, "charter", str(error), remedy="have every root sign one that names this node"
        ) from error
    told = _founded(request)
    await asyncio.to_thread(_keep_beside, station, content.strip(), told.charter)
    return told


def _keep_beside(station: Station, leaf: bytes, charter: Charter) -> None:
    """Write the charter and its roots beside the ledger; it is founded whether that can be done or not."""
    try:
        keep_beside(station.directory, leaf, charter)
    except (SazokarError, OSError) as error:
        _LOG.error("charter", extra={"fields": {"error": type(error).__name__, "found": str(error)[:300]}})


@get("/v1/charter", operation_id="showCharter", tags=["charter"])
async def show_charter(request: NodeRequest) -> Founded:
    """Tell what everything stands on, to whoever takes part."""
    viewer_of(request)
    require_whole(station_of(request))
    return _founded(request)


def _founded(request: NodeRequest) -> Founded:
    node = station_of(request).node
    if node.state.charter is None:
        raise not_found("charter")
    return Founded(ledger=node.ledger, charter=node.state.charter)


@get("/v1/node", operation_id="showNode", tags=["charter"])
async def show_node(request: NodeRequest) -> NodeTold:
    """Tell the node's key, the ledger's id and the time, to anyone: none is a secret, and a charter must name the key."""
    station = station_of(request)
    return NodeTold(
        node=station.node.key, ledger=station.node.ledger, now_ms=station.clock.now_ms(), simulated=station.simulated
    )


ROUTES: Final = (found, show_charter, show_node)
