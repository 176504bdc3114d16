"""The application: every route, the guard around them, and what begins and ends with the process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import State as Stores
from litestar.exceptions import ValidationException
from litestar.openapi import OpenAPIConfig

from sazokar.doors.http import (
    openapi,
    routes_agreement,
    routes_bundles,
    routes_charter,
    routes_conflicts,
    routes_deliveries,
    routes_entries,
    routes_events,
    routes_health,
    routes_log,
    routes_notices,
    routes_parties,
    routes_session,
    routes_talks,
    routes_watch,
)
from sazokar.doors.http.asked import answer_malformed, require_known
from sazokar.doors.http.guard import App, Guard
from sazokar.doors.http.limits import Crowd
from sazokar.doors.http.metrics import Meters
from sazokar.doors.http.problems import answer_problem, methods_of
from sazokar.doors.http.station import Station
from sazokar.doors.http.streams import told_of_fault
from sazokar.doors.http.upkeep import Upkeep
from sazokar.version import __version__

ROUTES: Final = (
    *routes_health.ROUTES,
    *routes_session.ROUTES,
    *routes_charter.ROUTES,
    *routes_entries.ROUTES,
    *routes_events.ROUTES,
    *routes_deliveries.ROUTES,
    *routes_log.ROUTES,
    *routes_bundles.ROUTES,
    *routes_notices.ROUTES,
    *routes_conflicts.ROUTES,
    *routes_watch.ROUTES,
    *routes_agreement.ROUTES,
    *routes_talks.ROUTES,
    *routes_parties.ROUTES,
    *openapi.ROUTES,
)


def application(station: Station, hosts: frozenset[str], crowd: Crowd | None = None) -> Guard:
    """Return what answers requests to a node.

    Args:
        station: The node.
        hosts: Values of `Host` that are ours.
        crowd: The connections that are open; None: nobody counts them.
    """
    meters = Meters()
    meters.gauge("ledger_entries", "Entries of the ledger", lambda: float(station.state.size))
    meters.gauge(
        "unrecorded_stops", "STOPs that sounded and wait to be recorded", lambda: float(station.node.unrecorded)
    )
    meters.gauge("ledger_damaged", "1 where the ledger does not verify", lambda: float(station.node.damage is not None))
    meters.gauge("event_streams", "Event streams that are open", lambda: float(station.streams.count))
    inner = routing(station, meters)
    answering: App = inner  # type: ignore[assignment]  # Litestar types ASGI closer than ASGI does
    return Guard(
        answering,
        station.settings,
        hosts,
        meters,
        partial(methods_of, inner),
        station.sessions.name_of,
        crowd or Crowd(1),
    )


def routing(station: Station, meters: Meters) -> Litestar:
    """Return the routes of a node, without the guard around them."""
    if (couriers := station.couriers) is not None:
        meters.gauge("letters_waiting", "Letters on their way by webhook and mail", lambda: float(couriers.waiting))
        meters.gauge("letters_dead", "Letters that are not sent any more", lambda: float(couriers.dead))
    settings = station.settings
    return Litestar(
        route_handlers=ROUTES,
        state=Stores({"station": station, "meters": meters}),
        before_request=require_known,
        exception_handlers={ValidationException: answer_malformed, Exception: answer_problem},
        openapi_config=OpenAPIConfig(
            title="Sazokar",
            version=__version__,
            path="/openapi-litestar",
            render_plugins=(),
            use_handler_docstrings=True,
        ),
        cors_config=CORSConfig(allow_origins=list(settings.cors_origins)) if settings.cors_origins else None,
        logging_config=None,
        lifespan=[_open],
        request_max_body_size=settings.body_bytes,
    )


@asynccontextmanager
async def _open(app: Litestar) -> AsyncIterator[None]:
    """Hold what runs beside the requests; at the end, answer what has come."""
    station: Station = app.state.station
    beside = [asyncio.create_task(Upkeep(station).run()), asyncio.create_task(station.streams.run())]
    if station.couriers is not None:
        beside.append(asyncio.create_task(station.couriers.run()))
    for one in beside:
        one.add_done_callback(told_of_fault)
    try:
        yield
    finally:
        station.closing.set()
        await asyncio.gather(*beside, return_exceptions=True)  # whatever became of them, what has come is answered
        await station.intake.close()
        await station.calling.close()
