"""`/v1/session`: an officer begins a session by signing a challenge, looks at it, and ends it."""

from __future__ import annotations

from typing import Final

from litestar import delete, get, post
from litestar.params import JSONBody

from sazokar.app.wire import Challenge, ChallengeAnswered, ChallengeAsked, SessionBegun
from sazokar.doors.http.station import NodeRequest, is_lent, station_of, token_of
from sazokar.errors import DeclinedError


@post("/v1/session/challenge", operation_id="askChallenge", status_code=200, tags=["session"])
async def ask_challenge(request: NodeRequest, data: JSONBody[ChallengeAsked]) -> Challenge:
    """Give an officer something to sign."""
    return station_of(request).sessions.challenge(data.key)


@post("/v1/session", operation_id="beginSession", status_code=201, tags=["session"])
async def begin_session(request: NodeRequest, data: JSONBody[ChallengeAnswered]) -> SessionBegun:
    """Begin a session with a signed challenge."""
    return station_of(request).sessions.begin(data)


@get("/v1/session", operation_id="showSession", tags=["session"])
async def show_session(request: NodeRequest) -> SessionBegun:
    """Tell who asks, and until when."""
    station, token = station_of(request), token_of(request)
    if is_lent(token):
        return station.sessions.lent(station.viewer_of(request), station.issuers.ends_ms(token))
    viewer, begun_ms = station.sessions.of(token)
    return station.sessions.told(viewer, begun_ms)


@delete("/v1/session", operation_id="endSession", status_code=204, tags=["session"])
async def end_session(request: NodeRequest) -> None:
    """End a session. A token of another issuer is none: only its issuer could end it."""
    token = token_of(request)
    if is_lent(token):
        raise DeclinedError(
            409, "no-session", "found a token of another issuer; it reads until it expires",
            remedy="sign out where it comes from; to end it for all, its issuer takes back the key",
        )  # fmt: skip
    station_of(request).sessions.end(token)


ROUTES: Final = (ask_challenge, begin_session, show_session, end_session)
