"""Whether the node runs (`/healthz`), whether it takes statements (`/readyz`), and what it counts (`/metrics`)."""

from __future__ import annotations

import hmac
from pathlib import Path
from typing import Final

import msgspec
from litestar import Response, get

from sazokar.client.line import is_loopback
from sazokar.doors.http.station import NodeRequest, Station, station_of
from sazokar.errors import DeclinedError
from sazokar.version import __version__

SHORTEST_TOKEN: Final = 32


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The node runs."""

    status: str = "ok"
    version: str = __version__


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the node takes statements.

    Args:
        status: `ready`, or `not-ready`.
        reasons: Why not; the damage of a ledger by its entry, nothing of what it holds.
        size: Entries of the ledger.
        unrecorded_stops: STOPs that have sounded and wait to be recorded.
    """

    status: str
    reasons: tuple[str, ...] = ()
    size: int
    unrecorded_stops: int


@get("/healthz", operation_id="health", tags=["operation"])
async def health(request: NodeRequest) -> Health:
    """Tell that the node runs."""
    return Health()


@get("/readyz", operation_id="readiness", tags=["operation"])
async def readiness(request: NodeRequest) -> Response[Readiness]:
    """Tell whether the node takes statements."""
    told = readiness_of(station_of(request))
    return Response(told, status_code=200 if told.status == "ready" else 503)


def readiness_of(station: Station) -> Readiness:
    """Return whether a node takes statements."""
    reasons = []
    if (damage := station.node.damage) is not None:
        where = f" at entry {damage.position}" if damage.position is not None else ""
        reasons.append(f"the ledger does not verify{where}")
    if station.closing.is_set():
        reasons.append("the node is stopping")
    return Readiness(
        status="not-ready" if reasons else "ready", reasons=tuple(reasons), size=station.state.size,
        unrecorded_stops=station.node.unrecorded,
    )  # fmt: skip


@get("/metrics", operation_id="metrics", tags=["operation"], media_type="text/plain")
async def metrics(request: NodeRequest) -> Response[bytes]:
    """Tell what the node counts, in the text format of Prometheus."""
    require_operator(request)
    return Response(request.app.state.meters.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def require_operator(request: NodeRequest) -> None:
    """Pass where the operator asks: by the token of the settings, or without one from this machine's own loopback.

    Raises:
        DeclinedError: Someone else does.
    """
    settings = station_of(request).settings
    if not settings.operator_token_file:
        client = request.client
        if client is not None and is_loopback(client.host) and is_loopback(settings.host) and not settings.behind_proxy:
            return
        raise DeclinedError(401, "unauthenticated", "this node has no operator's token", remedy="operator_token_file")
    wanted = Path(settings.operator_token_file).read_text(encoding="utf-8").strip()
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    good = scheme.lower() == "bearer" and hmac.compare_digest(wanted.encode(), given.encode())
    if len(wanted) < SHORTEST_TOKEN or not good:
        raise DeclinedError(
            401, "unauthenticated", "found no operator's token", field="Authorization",
            remedy="send the token that the node's operator_token_file holds; a session reads no numbers",
        )  # fmt: skip


ROUTES: Final = (health, readiness, metrics)
