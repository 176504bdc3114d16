"""`/v1/events`: what happens, as the asker's party may see it, from any position of the ledger on."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import get
from litestar.params import Parameter
from litestar.response.base import ASGIResponse

from sazokar.doors.http.station import NodeRequest, station_of, viewer_of
from sazokar.doors.http.stream import Stream
from sazokar.errors import DeclinedError

_LAST: Final = 2**53 - 1
_DIGITS: Final = 15


@get("/v1/events", operation_id="followEvents", tags=["events"], media_type="text/event-stream")
async def follow_events(
    request: NodeRequest,
    after: Annotated[
        int | None,
        Parameter(ge=-1, le=_LAST, description="Id of the last event had; the header Last-Event-ID outweighs it."),
    ] = None,
    wait: Annotated[int, Parameter(ge=0, le=1, description="0: end when there is no more.")] = 1,
) -> ASGIResponse:
    """Follow what happens as server-sent events; without a position, from now on."""
    viewer_of(request)
    last = _last_of(request)
    streams = station_of(request).streams
    had = last if last is not None else after
    if had is not None and had >= max(streams.told, station_of(request).state.size):
        raise DeclinedError(
            409, "beyond-the-ledger", f"found the position {had:,} in a ledger of {streams.told:,} entries",
            field="Last-Event-ID" if last is not None else "after",
            remedy="compare checkpoints: a ledger never shrinks; then begin again with after=-1",
        )  # fmt: skip
    return Stream(streams, request, streams.told if had is None else had + 1, wait=bool(wait))


def _last_of(request: NodeRequest) -> int | None:
    """Return after which event a browser, or whoever does as it does, goes on; it outweighs what stands in the address.

    Raises:
        DeclinedError: It is no position.
    """
    text = request.headers.get("last-event-id", "").strip()
    if not text:
        return None
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS and int(text) >= -1):
        raise DeclinedError(
            400, "malformed", f"found {text[:40]!r}", field="Last-Event-ID", remedy="send the id of an event, or -1"
        )
    return int(text)


ROUTES: Final = (follow_events,)
