"""`/v1/deliveries`: what is on its way by webhook and mail, and what could not be delivered, for whoever runs the node."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from litestar import get, post
from litestar.params import Parameter

from sazokar.app.wire import InstantMs, Wire
from sazokar.doors.http.courier import Couriers
from sazokar.doors.http.problems import not_found
from sazokar.doors.http.routes_health import require_operator
from sazokar.doors.http.station import NodeRequest, station_of


class ChannelTold(Wire, frozen=True, kw_only=True):
    """One way out.

    Args:
        name: Of the webhook, or `mail-` and the number of the mailbox.
        party: For whom.
        position: First record of the ledger that it has not looked at.
        waiting: Letters on their way.
        dead: Letters that are not sent any more.
    """

    name: str
    party: str
    position: int
    waiting: int
    dead: int


class LetterTold(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One letter: what it is about, and nothing of what that says.

    Args:
        number: By which it can be sent again.
        channel: By which it goes out.
        refs: What it tells of.
        attempts: How often it was sent in vain.
        next_ms: When it is sent next; 0: not any more.
        dead: Whether it is not sent any more.
        why: What the last attempt met.
    """

    number: int
    channel: str
    refs: tuple[str, ...]
    attempts: int
    next_ms: InstantMs
    dead: bool
    why: str = ""


class DeliveriesTold(Wire, frozen=True, kw_only=True):
    """All ways out, and letters: dead ones first, at most 1,000."""

    channels: tuple[ChannelTold, ...]
    letters: tuple[LetterTold, ...]


@get("/v1/deliveries", operation_id="listDeliveries", tags=["operation"])
async def list_deliveries(request: NodeRequest) -> DeliveriesTold:
    """Tell what is on its way, and what could not be delivered: names, counts and references."""
    require_operator(request)
    couriers = station_of(request).couriers
    if couriers is None or couriers.outbox is None:
        return DeliveriesTold(channels=(), letters=())
    return await asyncio.to_thread(_told, couriers)


def _told(couriers: Couriers) -> DeliveriesTold:
    outbox = couriers.outbox
    assert outbox is not None, "asked only where there is one"
    channels = tuple(
        ChannelTold(
            name=one.name, party=one.party, position=outbox.position(one.name) or 0,
            waiting=outbox.waiting(one.name), dead=outbox.dead(one.name),
        )
        for one in couriers.channels
    )  # fmt: skip
    letters = tuple(
        LetterTold(
            number=one.number, channel=one.channel, refs=tuple(item.ref or "STOP" for item in one.items),
            attempts=one.attempts, next_ms=one.next_ms, dead=one.dead, why=one.why,
        )
        for one in outbox.listed()
    )  # fmt: skip
    return DeliveriesTold(channels=channels, letters=letters)


@post("/v1/deliveries/{number:int}/retry", operation_id="retryDelivery", tags=["operation"], status_code=204)
async def retry_delivery(
    request: NodeRequest, number: Annotated[int, Parameter(ge=1, le=2**53 - 1, description="Of a letter.")]
) -> None:
    """Have a letter sent again, from the first attempt on."""
    require_operator(request)
    station = station_of(request)
    outbox = station.couriers.outbox if station.couriers is not None else None
    if outbox is None or not await asyncio.to_thread(outbox.retry, number, station.clock.now_ms()):
        raise not_found("letter")


ROUTES: Final = (list_deliveries, retry_delivery)
