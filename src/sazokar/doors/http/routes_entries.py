"""Where statements come in: one address for any, one for each kind, so that an address says what it takes."""

from __future__ import annotations

from typing import Final

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from sazokar.app.wire import Receipted, Sounded
from sazokar.doors.http.entering import called_stop, submitted
from sazokar.doors.http.station import NodeRequest


def _takes(path: str, operation: str, told: str, *kinds: str) -> HTTPRouteHandler:
    """Return a route that takes statements of some kinds."""

    async def take(request: NodeRequest) -> Response[Receipted]:
        return await submitted(request, kinds)

    return _route(path, operation, told, kinds)(take)


def _route(path: str, operation: str, told: str, kinds: tuple[str, ...]) -> post:
    return post(
        path, operation_id=operation, summary=told, tags=["statements"], status_code=201, name=operation, kinds=kinds
    )


def _takes_about(path: str, operation: str, told: str, *kinds: str) -> HTTPRouteHandler:
    """Return a route that takes statements of some kinds about the reference that its address names."""

    async def take(request: NodeRequest, ref: FromPath[str]) -> Response[Receipted]:
        return await submitted(request, kinds, ref)

    return _route(path, operation, told, kinds)(take)


@post("/v1/stops", operation_id="callStop", tags=["STOP"], status_code=201)
async def call_stop(request: NodeRequest) -> Response[Sounded]:
    """Call a STOP: it sounds at once, whoever calls, and is recorded after. What cannot be verified sounds as such."""
    return await called_stop(request)


ROUTES: Final = (
    _takes("/v1/entries", "submit", "Submit any statement"),
    _takes("/v1/notices", "fileNotice", "File a notice", "notice.file"),
    _takes_about("/v1/notices/{ref:str}/cancellation", "cancelNotice", "Take a notice back", "notice.cancel"),
    _takes_about("/v1/notices/{ref:str}/revalidation", "revalidateNotice", "A notice still holds", "notice.revalidate"),
    _takes_about("/v1/notices/{ref:str}/state", "reportState", "Report the state of an operation", "notice.state"),
    _takes_about("/v1/notices/{ref:str}/acknowledgements", "acknowledgeNotice", "Read, or read back", "acknowledge"),
    _takes_about("/v1/conflicts/{ref:str}/acknowledgements", "acknowledgeConflict", "Read, or read back", "acknowledge"),
    _takes_about(
        "/v1/conflicts/{ref:str}/answers", "answerConflict", "Answer a conflict, or accept its risk",
        "conflict.answer", "conflict.accept-risk",
    ),
    _takes_about(
        "/v1/conflicts/{ref:str}/recommendations", "recommend", "Recommend, or accept a recommendation",
        "conflict.recommend", "conflict.accept-recommendation",
    ),
    _takes_about("/v1/stops/{ref:str}/steps", "answerStop", "A STOP was heard, passed on, or has ceased", "stop.answer"),
    _takes_about("/v1/stops/{ref:str}/release", "releaseStop", "Release a STOP", "stop.release"),
    _takes("/v1/agreement/drafts", "proposeDraft", "Lay a draft on the table", "agreement.propose"),
    _takes("/v1/agreement/signatures", "signAgreement", "Sign a draft", "agreement.sign"),
    _takes("/v1/agreement/suspensions", "suspendAgreement", "Suspend, or resume", "agreement.suspend", "agreement.resume"),
    _takes("/v1/talks", "recordTalks", "Record a round of talks", "talks.record"),
    _takes(
        "/v1/roster", "postWatch", "Post a watch, hand it over, test a line",
        "watch.post", "watch.hand-over", "watch.test-call",
    ),
    _takes(
        "/v1/keys", "changeKeys", "Delegate, revoke or rotate a key",
        "key.delegate", "key.revoke", "key.rotate-root", "key.rotate-node",
    ),
    _takes("/v1/incidents", "reportIncident", "Report a breach or a harm", "incident.report"),
    _takes("/v1/checks", "check", "Would this plan conflict? Files nothing, spends the budget, and is recorded", "query"),
    _takes("/v1/erasures", "erase", "Have a section of one's own statement forgotten", "erase"),
    call_stop,
)  # fmt: skip
KINDS: Final[dict[str, tuple[str, ...]]] = {
    str(route.operation_id): tuple(route.opt["kinds"]) for route in ROUTES if "kinds" in route.opt
}
"""Which kinds of statements an operation takes; none: any."""
