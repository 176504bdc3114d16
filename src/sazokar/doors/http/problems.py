"""Why a request was not done, as RFC 9457 problem documents. One place makes them; every error of the node ends here.

A fault of ours is told without what it found: a trace may hold what the asker must not see.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec
from litestar import Litestar, Request, Response
from litestar.datastructures import State as Stores
from litestar.enums import HttpMethod
from litestar.exceptions import HTTPException
from litestar.utils import normalize_path

from sazokar.app.wire import PROBLEM_TYPE, Problem, Receipted
from sazokar.errors import DeclinedError, FaultError, LedgerError, LimitError, SazokarError

if TYPE_CHECKING:
    from sazokar.doors.http.station import Station

_LOG: Final = logging.getLogger("sazokar.http")
RETRY_S: Final = 2
_CODES: Final = {
    400: "malformed", 401: "unauthenticated", 404: "not-found", 405: "method-not-allowed", 406: "not-acceptable",
    413: "too-large", 415: "unsupported-media-type", 422: "malformed", 429: "too-many-requests", 503: "unavailable",
}  # fmt: skip


def not_found(what: str = "") -> DeclinedError:
    """Return the one answer to what is not there and to what the asker may not see: both are a look-up in its own view."""
    return DeclinedError(404, "not-found", f"found no {what or 'such thing'} that you may see")


def fault() -> DeclinedError:
    """Return that we are wrong ourselves: the log says how, and the asker nothing of what was found."""
    return DeclinedError(
        503, "fault", "a fault of the node's own; it is in its log, under this request's id",
        remedy="send it again, which is safe", retry_s=RETRY_S,
    )  # fmt: skip


def damaged(damage: LedgerError) -> DeclinedError:
    """Return that the ledger does not verify: nothing of it is shown as genuine, and nothing new is taken."""
    return DeclinedError(503, "damaged", str(damage), remedy="STOP, the roster and the telephone numbers work")


def problem_of(error: DeclinedError) -> Problem:
    """Return the problem document of an error."""
    receipt = error.extra.get("receipt")
    return Problem(
        type=f"urn:sazokar:problem:{error.code}", title=error.code.replace("-", " "), status=error.status,
        detail=error.found, code=error.code, clause=error.clause, field=error.field, remedy=error.remedy,
        retry_s=error.retry_s, receipt=receipt if isinstance(receipt, Receipted) else None,
    )  # fmt: skip


def declined(error: Exception, damage: LedgerError | None = None) -> DeclinedError:
    """Return any error as what is told of it.

    Args:
        error: What was met.
        damage: What is wrong with the ledger. Without it a ledger that could not be read is no damaged one: it may be the
            disk's fault, or that of a moment.
    """
    match error:
        case DeclinedError():
            return error
        case LimitError():
            return DeclinedError(413, "too-large", str(error))
        case LedgerError() if damage is not None:
            return damaged(damage)
        case LedgerError():
            return DeclinedError(
                503, "unavailable", "the ledger cannot be read just now; why, is in the node's log", remedy="ask again",
                retry_s=RETRY_S,
            )  # fmt: skip
        case FaultError():
            return fault()
        case SazokarError():
            return DeclinedError(400, "unreadable", str(error))
        case RecursionError():
            return DeclinedError(400, "malformed", "found values nested deeper than any that is expected")
        case HTTPException(status_code=status, detail=detail):
            field = _field_of(error)
            return DeclinedError(status, _CODES.get(status, "declined"), str(detail)[:500], field=field)
        case _:
            return fault()


def _field_of(error: HTTPException) -> str:
    extra = getattr(error, "extra", None)
    if isinstance(extra, list) and extra and isinstance(extra[0], dict):
        return str(extra[0].get("key", ""))[:100].rstrip("_")  # `from_` is `from` to whoever asks
    return ""


def answer_problem(request: Request[object, object, Stores], error: Exception) -> Response[bytes]:
    """Return the response to a request that ended in an error."""
    station: Station = request.app.state.station
    told = declined(error, station.node.damage)
    if told.code in ("fault", "unavailable"):
        route = str(request.scope.get("path_template") or "other")
        _LOG.error(told.code, exc_info=error, extra={"fields": {"route": route}})
    headers = headers_of(told)
    if told.status == 405:
        headers["Allow"] = ", ".join(methods_of(request.app, request.scope["path"]))
    return Response(
        content=msgspec.json.encode(problem_of(told)), status_code=told.status, media_type=PROBLEM_TYPE, headers=headers
    )


def methods_of(app: Litestar, path: str) -> list[str]:
    """Return the methods that an address takes; none where it is no address of ours."""
    found = []
    for method in HttpMethod:
        with suppress(HTTPException):
            app.asgi_router.handle_routing(path=normalize_path(path), method=method.value)
            found.append(method.value)
    return found


def headers_of(error: DeclinedError) -> dict[str, str]:
    """Return the headers that go with a problem."""
    found = {"Retry-After": str(error.retry_s)} if error.retry_s else {}
    if error.status == 401:
        found["WWW-Authenticate"] = 'Bearer realm="sazokar"'
    return found
