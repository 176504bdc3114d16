"""Whether the node runs (`/healthz`), whether it takes statements (`/readyz`), and what it counts (`/metrics`)."""

from __future__ import annotations

import asyncio
import hmac
import time
from pathlib import Path
from typing import Final

import msgspec
from litestar import Response, get

from sazokar.client.line import is_loopback
from sazokar.doors.http.settings import SHORTEST_TOKEN
from sazokar.doors.http.station import NodeRequest, Station, station_of
from sazokar.errors import DeclinedError
from sazokar.version import __version__

LATE_S: Final = 15.0
"""A node that has not looked at its deadlines for so long tells nobody in time."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The node runs."""

    status: str = "ok"
    version: str = __version__


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the node takes statements. No number: a stranger could see the work's rhythm by it; `/metrics` tells.

    Args:
        status: `ready`, or `not-ready`.
        reasons: Why not; the damage of a ledger by its entry, nothing of what it holds.
        unrecorded_stops: Whether STOPs have sounded and wait to be recorded.
    """

    status: str
    reasons: tuple[str, ...] = ()
    unrecorded_stops: bool


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
    if station.node.failure:
        reasons.append("the last batch could not be stored: the disk may be full")
    if station.closing.is_set():
        reasons.append("the node is stopping")
    if station.turned_s is not None and time.monotonic() - station.turned_s > LATE_S:
        reasons.append(f"deadlines were not looked at for more than {LATE_S:.0f} s; the node's log tells why")
    status = "not-ready" if reasons else "ready"
    return Readiness(status=status, reasons=tuple(reasons), unrecorded_stops=station.node.unrecorded > 0)


@get("/metrics", operation_id="metrics", tags=["operation"], media_type="text/plain")
async def metrics(request: NodeRequest) -> Response[bytes]:
    """Tell what the node counts, in the text format of Prometheus."""
    require_operator(request)
    text = await asyncio.to_thread(request.app.state.meters.text)  # it asks the outbox, whose lock a writer may hold
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def require_operator(request: NodeRequest) -> None:
    """Pass where the operator asks: by the token of the settings, or without one from this machine's own loopback.

    Raises:
        DeclinedError: Someone else does.
    """
    settings = station_of(request).settings
    if not settings.operator_token_file:
        if is_loopback(settings.host) and _is_here(request):
            return
        raise DeclinedError(401, "unauthenticated", "this node has no operator's token", remedy="operator_token_file")
    try:
        wanted = Path(settings.operator_token_file).read_bytes().strip()
    except OSError as error:
        raise DeclinedError(
            503, "unavailable", "the operator's token cannot be read", remedy="mend the file of operator_token_file"
        ) from error
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    # Headers are read as Latin-1, which gives back the bytes that came.
    good = scheme.lower() == "bearer" and hmac.compare_digest(wanted, given.encode("latin-1"))
    if len(wanted) < SHORTEST_TOKEN or not good:
        raise DeclinedError(
            401, "unauthenticated", "found no operator's token", field="Authorization",
            remedy="send the token that the node's operator_token_file holds; a session reads no numbers",
        )  # fmt: skip


def require_host(request: NodeRequest) -> None:
    """Pass where whoever runs the node asks: from its own machine, or by the operator's token.

    A node that has no ledger knows nobody. Whoever reached it first could else found it on roots of his own.

    Raises:
        DeclinedError: Someone else does.
    """
    if "authorization" in request.headers:
        require_operator(request)
    elif not _is_here(request):
        raise DeclinedError(
            401, "unauthenticated", "found a charter from another machine than the node's",
            remedy="found it on the node's own machine, or with the operator's token",
        )  # fmt: skip


def _is_here(request: NodeRequest) -> bool:
    """Return whether this machine asks. Behind a proxy nobody knows: it may not tell for whom it asks."""
    settings, client = station_of(request).settings, request.client
    return client is not None and is_loopback(client.host) and not settings.behind_proxy


ROUTES: Final = (health, readiness, metrics)
