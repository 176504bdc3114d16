"""What every request passes first: who may be spoken to, how much and how often, in which time; and what every answer bears.

An ASGI application around the one that answers. Knows no party and reads no body: it counts bytes.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Final

import msgspec

from sazokar.app.wire import PROBLEM_TYPE
from sazokar.doors.http.limits import Buckets, Crowd
from sazokar.doors.http.metrics import Meters
from sazokar.doors.http.problems import fault, headers_of, problem_of
from sazokar.doors.http.sessions import LONGEST_TOKEN
from sazokar.doors.http.settings import Settings
from sazokar.errors import DeclinedError

Scope = MutableMapping[str, object]
Message = MutableMapping[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_LOG: Final = logging.getLogger("sazokar.http")
LONGEST_PATH: Final = 2_048
LINE: Final = "sazokar.line"
"""Name under which the server hands over the connection: what ends it without waiting, and whether it has ended."""
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_HSTS: Final = (b"strict-transport-security", b"max-age=31536000")
_NEVER_DECLINED: Final = ("/healthz", "/readyz", "/v1/stops")
"""Whatever the limits: a STOP is heard (what is kept of a flood of them, `calling` bounds)."""
STRANGERS_BYTES: Final = 131_072
"""Largest request without a session: a charter, a STOP, a challenge."""
_ONCE: Final = frozenset(
    {b"host", b"authorization", b"content-length", b"content-type", b"idempotency-key", b"if-match"}
)
"""What two servers could read otherwise, where it stands twice."""


class Guard:
    """The limits of a node, around what answers.

    Args:
        app: What answers.
        settings: The limits.
        hosts: Values of `Host` that are ours; another page's name that leads here is not answered (DNS rebinding).
        meters: What is counted.
        methods: Gives the methods that an address takes.
        sessions: Tells under which name a session's requests are counted; None: the token is of none.
        crowd: How many connections there are.
    """

    def __init__(
        self, app: App, settings: Settings, hosts: frozenset[str], meters: Meters, methods: Callable[[str], list[str]],
        sessions: Callable[[str], str | None], crowd: Crowd,
    ) -> None:  # fmt: skip
        self._app = app
        self._methods = methods
        self._sessions = sessions
        self._crowd = crowd
        self._settings = settings
        self._hosts = hosts
        self._meters = meters
        self._known = Buckets(settings.requests_per_s)
        self._strangers = Buckets(settings.strangers_per_s)
        self._secure = settings.behind_proxy or bool(settings.certificate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or decline it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send, self._settings, secure=self._secure)
        try:
            self._require_fitting(scope, exchange)
            if (
                scope["method"] == "OPTIONS"
                and (taken := self._methods(str(scope["path"])))
                and not self._is_preflight(exchange)
            ):
                await exchange.answer(204, b"", {"Allow": ", ".join(taken)})
            else:
                await self._app(scope, exchange.receive, exchange.send)
        except DeclinedError as error:
            await exchange.decline(error)
        except Exception as error:  # the edge of the process: nothing of ours ends a connection without an answer
            _LOG.error("fault", exc_info=error, extra={"fields": {"request": exchange.id}})
            if exchange.status:
                raise
            await exchange.decline(fault())
        finally:
            self._note(scope, exchange)

    def _is_preflight(self, exchange: _Exchange) -> bool:
        """Return whether a web page of another origin asks whether it may ask; who may, the settings say."""
        return bool(self._settings.cors_origins) and b"access-control-request-method" in exchange.headers

    def _require_fitting(self, scope: Scope, exchange: _Exchange) -> None:
        headers = exchange.headers
        for name in exchange.twice & _ONCE:
            raise DeclinedError(400, "malformed", f"found two lines {name.decode()}; expected one", field=name.decode())
        known = self._name_of(headers)
        exchange.limit = (
            self._settings.body_bytes if known is not None else min(STRANGERS_BYTES, self._settings.body_bytes)
        )
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length[:20]) > exchange.limit:
            raise too_large(exchange.limit)
        if len(str(scope["path"])) + len(str(scope["query_string"])) > LONGEST_PATH:
            raise DeclinedError(414, "too-large", f"found an address of more than {LONGEST_PATH:,} bytes")
        if _plain(str(scope["path"])) in _NEVER_DECLINED:
            return
        if headers.get(b"host", b"").decode("latin-1").lower() not in self._hosts:
            raise DeclinedError(
                421, "misdirected", "found another host than this node's", field="Host",
                remedy="name the address under which the node is served (--public-url)",
            )  # fmt: skip
        if self._crowd.count > self._settings.connections:
            raise DeclinedError(503, "too-many-connections", "found as many connections as this node serves", retry_s=5)
        self._require_own_origin(headers)
        self._require_in_turn(scope, known)

    def _require_own_origin(self, headers: dict[bytes, bytes]) -> None:
        """Pass where no other site's page asks; a page that the settings name, or one with a token, may."""
        origin = headers.get(b"origin", b"").decode("latin-1").lower()
        if not origin or b"authorization" in headers or origin in self._settings.cors_origins:
            return
        if origin.partition("://")[2] != headers.get(b"host", b"").decode("latin-1").lower():
            raise DeclinedError(403, "other-origin", "found a request of another site's page", field="Origin")

    def _require_in_turn(self, scope: Scope, name: str | None) -> None:
        """Count a request: under the session's key, or under the address where the token is of no session."""
        now_s = time.monotonic()
        if name is not None:
            wait_s = self._known.wait_s(name, now_s)
        else:
            client = scope.get("client")
            wait_s = self._strangers.wait_s(str(client[0]) if isinstance(client, (tuple, list)) else "", now_s)
        if wait_s:
            raise DeclinedError(
                429, "too-many-requests", "found more requests than the limit", remedy="wait",
                retry_s=max(1, round(wait_s + 0.5)),
            )  # fmt: skip

    def _name_of(self, headers: dict[bytes, bytes]) -> str | None:
        scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() != b"bearer" or len(token) > LONGEST_TOKEN:
            return None
        return self._sessions(token.decode("latin-1"))

    def _note(self, scope: Scope, exchange: _Exchange) -> None:
        route = str(scope.get("path_template") or "other")
        took_s = time.monotonic() - exchange.began_s
        self._meters.note(str(scope["method"]), route, exchange.status, took_s)
        fields = {
            "request": exchange.id, "method": scope["method"], "route": route, "status": exchange.status,
            "ms": round(took_s * 1000, 1), "bytes": exchange.received,
        }  # fmt: skip
        _LOG.info("request", extra={"fields": fields})


class _Exchange:
    """One request and its answer, counted as they pass."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, settings: Settings, *, secure: bool) -> None:
        self.id = secrets.token_hex(6)
        self.began_s = time.monotonic()
        self.received = 0
        self.status = 0
        pairs: list[tuple[bytes, bytes]] = list(scope["headers"])  # type: ignore[call-overload]  # ASGI: pairs of bytes
        self.headers = dict(pairs)
        self.twice = _twice(pairs) if len(self.headers) < len(pairs) else frozenset()
        self.limit = settings.body_bytes
        self._receive = receive
        self._send = send
        extensions = scope.get("extensions")
        line = extensions.get(LINE) if isinstance(extensions, dict) else None
        self._has_left: Callable[[], bool] = line["left"] if isinstance(line, dict) else lambda: False
        self._settings = settings
        self._secure = secure
        self._whole = False

    async def receive(self) -> Message:
        """Give the next part of the request; it must come whole in time."""
        if self._whole:
            return await self._receive()
        left_s = self.began_s + self._settings.request_s - time.monotonic()
        try:
            async with asyncio.timeout(max(0.01, left_s)):
                message = await self._receive()
        except TimeoutError as error:
            raise DeclinedError(408, "too-slow", "the request did not come whole in time") from error
        body = message.get("body", b"")
        self.received += len(body) if isinstance(body, bytes) else 0
        self._whole = message["type"] != "http.request" or not message.get("more_body")
        if self.received > self.limit:
            raise too_large(self.limit)
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the answer; its head bears what every answer bears."""
        if message["type"] == "http.response.start":
            self.status = int(str(message["status"]))
            headers = list(message.get("headers", ()))  # type: ignore[call-overload]  # ASGI: pairs of bytes
            present = {name for name, _ in headers}
            headers += [(name, value) for name, value in _HEADERS if name not in present]
            if b"cache-control" not in present:
                headers.append((b"cache-control", b"no-store"))
            if self._secure:
                headers.append(_HSTS)
            message["headers"] = [*headers, (b"x-request-id", self.id.encode())]
        if self._has_left():
            return
        try:
            await self._send(message)
        except (RuntimeError, OSError):
            if not self._has_left():  # while it was sent; nobody is there to be told, and nothing is wrong with us
                raise

    async def decline(self, error: DeclinedError) -> None:
        """Answer with a problem document, where nothing was answered yet; what is left of the request is not read."""
        if self.status:
            return
        headers = {"Content-Type": PROBLEM_TYPE, "Connection": "close", **headers_of(error)}
        await self.answer(error.status, msgspec.json.encode(problem_of(error)), headers)

    async def answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        """Answer by itself."""
        sent = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        if status != 204:
            sent.append((b"content-length", str(len(body)).encode()))
        await self.send({"type": "http.response.start", "status": status, "headers": sent})
        await self.send({"type": "http.response.body", "body": body})


def _twice(pairs: list[tuple[bytes, bytes]]) -> frozenset[bytes]:
    return frozenset(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)


def _plain(path: str) -> str:
    """Return a path as routes are found by: without what is empty between two slashes."""
    return "/" + "/".join(part for part in path.split("/") if part)


def whole_of(error: DeclinedError) -> bytes:
    """Return a whole answer that declines what is not even a request, byte for byte."""
    content = msgspec.json.encode(problem_of(error))
    heads = [(b"content-type", PROBLEM_TYPE.encode()), (b"content-length", b"%d" % len(content))]
    heads += [*_HEADERS, (b"cache-control", b"no-store"), (b"connection", b"close")]
    lines = b"".join(b"%s: %s\r\n" % head for head in heads)
    return b"HTTP/1.1 %d %s\r\n%s\r\n%s" % (error.status, HTTPStatus(error.status).phrase.encode(), lines, content)


def too_large(limit: int) -> DeclinedError:
    """Return that a request is beyond the limit."""
    return DeclinedError(413, "too-large", f"found a request of more than {limit:,} bytes", remedy="send less at once")
