"""A node on a socket: uvicorn with the limits that it does not have by itself, and a stop that loses nothing."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from sazokar.client.line import is_loopback
from sazokar.doors.http.app import application
from sazokar.doors.http.guard import LINE, whole_of
from sazokar.doors.http.limits import Crowd
from sazokar.doors.http.settings import Settings
from sazokar.doors.http.station import Station
from sazokar.errors import DeclinedError, UnreadableError

_LOG: Final = logging.getLogger("sazokar.http")
GRACE_S: Final = 10
"""What has come is answered for so long after SIGTERM; then connections are closed."""
KEEP_ALIVE_S: Final = 75
BACKLOG: Final = 1024
LONGEST_HEAD: Final = 32_768
"""Bytes of a request's head; a connection that sends a longer one is cut."""
PER_ADDRESS: Final = 64
"""So many connections of one address are let in at the least; an eighth of all, where that is more."""
TAKE_S: Final = 60.0
LEAST_TAKEN: Final = 32 * 1024
"""Of an answer that waits, at least so many bytes must be taken in so many seconds; else the connection is cut."""
SENDING: Final = 128 * 1024
"""So much of an answer the kernel holds: with megabytes there, nobody could tell who takes slowly from who takes nothing."""
MALFORMED: Final = whole_of(DeclinedError(400, "malformed", "found bytes that are no HTTP request"))
SWITCH_S: Final = 0.001
"""The thread that judges gives way to the one that answers after so long; Python's own 5 ms are a wait for each of them."""


class PatientProtocol(HttpToolsProtocol):
    """One connection. Uvicorn waits for ever for a head to come whole and for answers to be taken; this one ends."""

    head_s = 20.0
    take_s = TAKE_S
    crowd = Crowd(1)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn types it
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._head = self.loop.call_later(self.head_s, self._give_up)
        self._in_head, self._head_bytes = True, 0
        self._taking: asyncio.TimerHandle | None = None
        self._untaken = 0
        self._address = self.client[0] if self.client else ""
        if not self.crowd.enter(self._address) and not is_loopback(self._address):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take bytes in, as long as they are no head without end: what parses one stands in the way of all others."""
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > LONGEST_HEAD and not self._ends_in(data):
                self.transport.abort()
                return
        super().data_received(data)

    def _ends_in(self, data: bytes) -> bool:
        """Return whether the head ends early enough within what came; what follows is a body."""
        at = data.find(b"\r\n\r\n")
        return at >= 0 and self._head_bytes - len(data) + at <= LONGEST_HEAD

    def on_headers_complete(self) -> None:
        """Stop waiting: from here on, the guard counts the seconds, and can end the connection."""
        self._head.cancel()
        self._in_head = False
        super().on_headers_complete()
        self.scope["extensions"] = {LINE: {"cut": self.transport.abort, "left": partial(self._has_left, self.cycle)}}

    def on_message_begin(self) -> None:
        """Begin to wait for the head of a further request."""
        self._head.cancel()
        self._in_head, self._head_bytes = True, 0
        self._head = self.loop.call_later(self.head_s, self._give_up)
        super().on_message_begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._head.cancel()
        self._stop_watching()
        self.crowd.leave(self._address)
        super().connection_lost(exc)

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self._close()

    def _has_left(self, cycle: RequestResponseCycle) -> bool:
        """Return whether nobody is there to be answered any more; uvicorn hears of it only a moment later."""
        if self.transport.is_closing() and not cycle.response_complete:
            cycle.disconnected = True
        return cycle.disconnected

    # What nobody takes

    def pause_writing(self) -> None:
        """Begin to watch whether what lies there is taken."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """Stop watching, unless the connection ends: then the rest must be taken too."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._stop_watching()

    def on_response_complete(self) -> None:
        """Watch whether the last answer of a connection is taken."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch()

    def timeout_keep_alive_handler(self) -> None:
        """End a connection on which nothing was asked for long; what it has not taken by then, it will not."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are no request with a problem document."""
        self.transport.write(MALFORMED)
        self._close()

    def _close(self) -> None:
        self.transport.close()
        self._watch()

    def _watch(self) -> None:
        self._stop_watching()
        self._untaken = self.transport.get_write_buffer_size()
        self._taking = self.loop.call_later(self.take_s, self._look)

    def _stop_watching(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def _look(self) -> None:
        """Cut a line that takes too little: it holds a connection, an answer and the task that waits to send more."""
        if self._untaken - self.transport.get_write_buffer_size() < LEAST_TAKEN:
            self.transport.abort()
        else:
            self._watch()


class NodeServer(uvicorn.Server):
    """Uvicorn's server, which lets streams end before it waits for connections to close."""

    def __init__(self, config: uvicorn.Config, station: Station) -> None:
        super().__init__(config)
        self._station = station

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Hear SIGTERM and SIGINT as requests to stop; the process ends by itself afterwards, when its ledger is closed."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        former = {one: signal.signal(one, self.handle_exit) for one in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for one, handler in former.items():
                signal.signal(one, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End every stream, answer what has come, and close."""
        self._station.closing.set()
        await super().shutdown(sockets)


def hosts_of(settings: Settings, port: int) -> frozenset[str]:
    """Return the values of `Host` under which a node answers."""
    names = {_bracketed(settings.host), "127.0.0.1", "localhost", "[::1]"}
    found = {f"{name}:{port}" for name in names} | (names if port in (80, 443) else set())
    return frozenset(found | {url.split("//", 1)[1].lower() for url in settings.public_urls})


def audiences_of(settings: Settings, port: int) -> frozenset[str]:
    """Return the addresses that an officer may sign a challenge for: the public ones, or else this machine's own.

    Not both: something that listens on an officer's own loopback could else pass a challenge on to a node elsewhere.
    """
    if settings.public_urls:
        return frozenset(url.rstrip("/") for url in settings.public_urls)
    return _local(settings, port) | {f"{_scheme(settings)}://{_bracketed(settings.host)}:{port}"}


def address_of(settings: Settings, port: int) -> str:
    """Return where a node is told to listen: its first public address, or else its socket's."""
    if settings.public_urls:
        return settings.public_urls[0]
    return f"{_scheme(settings)}://{_bracketed(settings.host)}:{port}"


def _bracketed(host: str) -> str:
    """Return a host as it stands in an address: one of IPv6 in brackets (RFC 3986, section 3.2.2)."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _local(settings: Settings, port: int) -> frozenset[str]:
    return frozenset(f"{_scheme(settings)}://{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]"))


def _scheme(settings: Settings) -> str:
    return "https" if settings.certificate else "http"


def listen(settings: Settings) -> socket.socket:
    """Return the socket that a node is served on.

    Raises:
        UnreadableError: The address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SENDING)  # inherited by each connection
        sock.bind((settings.host.strip("[]"), settings.port))
        sock.listen(BACKLOG)
    except OSError as error:
        raise UnreadableError(
            f"{settings.host}:{settings.port}: cannot be listened on ({error.strerror or error})"
        ) from error
    return sock


def serve(station: Station, sock: socket.socket, begun: Callable[[], None] = lambda: None) -> None:
    """Return when the server has stopped: by SIGTERM or SIGINT, with all answered that has come.

    Args:
        station: The node.
        sock: Bound; it listens already.
        begun: Called once nothing can be wrong with the settings any more.

    Raises:
        UnreadableError: The certificate or its key cannot be used.
    """
    server = server_of(station, int(sock.getsockname()[1]))
    station.node.prepare()
    gc.collect()
    gc.freeze()  # the collector need not walk what stays: its pauses were the longest waits
    sys.setswitchinterval(SWITCH_S)
    begun()
    server.run(sockets=[sock])


def server_of(station: Station, port: int) -> NodeServer:
    """Return the server of a node, for whoever runs it: in this thread or in another.

    Raises:
        UnreadableError: The certificate or its key cannot be used.
    """
    settings = station.settings
    _raise_limit(settings)
    crowd = Crowd(settings.connections, 0 if settings.behind_proxy else max(PER_ADDRESS, settings.connections // 8))
    protocol = type("Protocol", (PatientProtocol,), {"head_s": float(settings.request_s), "crowd": crowd})
    config = uvicorn.Config(
        application(station, hosts_of(settings, port), crowd), http=protocol, loop="uvloop", ws="none", lifespan="on",
        log_config=None, access_log=False, server_header=False, date_header=True, timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S, backlog=BACKLOG,
        proxy_headers=settings.behind_proxy, forwarded_allow_ips=list(settings.proxies) if settings.behind_proxy else [],
        ssl_certfile=settings.certificate or None, ssl_keyfile=settings.certificate_key or None,
    )  # fmt: skip
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise UnreadableError(f"certificate: {settings.certificate} cannot be used ({error})") from error
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    return NodeServer(config, station)


def _raise_limit(settings: Settings) -> None:
    """Ask for as many files as there may be connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.connections + 256
    if soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
