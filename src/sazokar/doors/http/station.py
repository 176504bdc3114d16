"""The station: a node with all that a connection needs of it, made once for each process that serves.

Holds things together and decides nothing: routes ask it who asks, and hand it what came.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from litestar import Request
from litestar.datastructures import State as Stores

from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.finality import Finality
from sazokar.app.node import Node
from sazokar.app.ports import Clock
from sazokar.domain.state import State
from sazokar.doors.http.calling import Calling
from sazokar.doors.http.channels import channels_of
from sazokar.doors.http.courier import Couriers
from sazokar.doors.http.intake import Intake
from sazokar.doors.http.issuers import Issuers
from sazokar.doors.http.long_reads import LongReads
from sazokar.doors.http.order import Order
from sazokar.doors.http.problems import damaged, not_found
from sazokar.doors.http.sessions import HOUR_MS, LONGEST_TOKEN, MINUTE_MS, Sessions, Viewer
from sazokar.doors.http.settings import Settings
from sazokar.doors.http.streams import Streams
from sazokar.errors import DeclinedError

NodeRequest = Request[object, object, Stores]


class Station:
    """A node with all that a connection needs.

    Args:
        node: The node, opened.
        log: Its log.
        clock: What the time is.
        settings: How it is served.
        audiences: Addresses under which it may be spoken to: scheme, host and port.
        session_clock: What sessions end by, where the clock is a simulated one; by default the clock.
    """

    def __init__(
        self, node: Node, log: SqliteLog, clock: Clock, settings: Settings, audiences: frozenset[str],
        session_clock: Clock | None = None,
    ) -> None:  # fmt: skip
        self.node = node
        self.log = log
        self.clock = clock
        self.simulated = session_clock is not None
        self.settings = settings
        self.directory = Path(settings.directory)
        self.intake = Intake(node)
        self.calling = Calling(node)
        self.sessions = Sessions(
            node,
            session_clock or clock,
            audiences,
            longest_ms=settings.session_h * HOUR_MS,
            idle_ms=settings.session_idle_min * MINUTE_MS,
        )
        self.issuers = Issuers(settings.issuers)
        self.finality = Finality(node, log, clock)
        self.bundling = asyncio.Lock()
        self.bundled_for: set[str] = set()
        """Parties whose bundle is being made, or waits to be."""
        self.order = Order()
        self.long_reads = LongReads()
        self.closing = asyncio.Event()
        self.turned_s: float | None = None
        """When deadlines were last looked at, by the monotonic clock; None: nobody looks at them yet."""
        self.streams = Streams(self)
        channels = channels_of(settings, lambda: node.ledger)
        self.couriers = Couriers(self, channels) if channels else None

    @property
    def state(self) -> State:
        """What is true now."""
        return self.node.state

    def viewer_of(self, request: NodeRequest) -> Viewer:
        """Return who asks.

        Raises:
            DeclinedError: Nobody that is known.
        """
        token = token_of(request)
        if is_lent(token):
            return self.issuers.viewer(token, self.state)
        return self.sessions.of(token)[0]


def station_of(request: NodeRequest) -> Station:
    """Return the station that a request came to."""
    station: Station = request.app.state.station
    return station


def viewer_of(request: NodeRequest) -> Viewer:
    """Return who asks; see `Station.viewer_of`."""
    return station_of(request).viewer_of(request)


def require_whole(station: Station) -> None:
    """Pass where the ledger verifies: nothing of a damaged one is shown as genuine.

    Raises:
        DeclinedError: It does not; the entry is named.
    """
    if (damage := station.node.damage) is not None:
        raise damaged(damage)
    if station.state.charter is None:
        raise not_found("charter")


def is_lent(token: str) -> bool:
    """Return whether a token claims to be another issuer's: a session's has no dots, a JWT two."""
    return token.count(".") == 2


def token_of(request: NodeRequest) -> str:
    """Return the bearer token of a request.

    Raises:
        DeclinedError: It bears none.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token or len(token) > LONGEST_TOKEN:
        raise DeclinedError(
            401, "unauthenticated", "found no bearer token", remedy="begin a session: POST /v1/session/challenge"
        )
    return token
