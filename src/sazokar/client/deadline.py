"""A deadline over a whole exchange with threads: no read, write or connect of a thread goes beyond it.

A silence is bounded by httpx; a node that sends a byte now and then, or one interim answer (1xx) after another, is never
silent. With `async` a task is cancelled instead, and nothing of this is needed. Retries nothing.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import httpcore
import httpx


class Deadline(threading.local):
    """Until when what this thread has begun must have ended, monotonic s; None: whenever it does."""

    until_s: float | None = None

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Bound what this thread does meanwhile."""
        before, self.until_s = self.until_s, time.monotonic() + seconds
        try:
            yield
        finally:
            self.until_s = before

    @property
    def passed(self) -> bool:
        """Whether it has passed."""
        return self.until_s is not None and time.monotonic() >= self.until_s

    def left(self, timeout_s: float | None) -> float | None:
        """Return how long a single step may take, of the time that it would be given.

        Raises:
            httpcore.ReadTimeout: The deadline has passed.
        """
        if self.until_s is None:
            return timeout_s
        left_s = self.until_s - time.monotonic()
        if left_s <= 0:
            raise httpcore.ReadTimeout("the answer did not come whole in time")
        return left_s if timeout_s is None else min(left_s, timeout_s)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return _Stream(inner, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


class _Network(httpcore.NetworkBackend):
    def __init__(self, deadline: Deadline) -> None:
        self._inner = httpcore.SyncBackend()
        self._deadline = deadline

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        inner = self._inner.connect_tcp(host, port, self._deadline.left(timeout), local_address, socket_options)
        return _Stream(inner, self._deadline)

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class BoundedTransport(httpx.HTTPTransport):
    """What carries requests, each within the deadline of the thread that sends it.

    Args:
        verify: What certificates are verified by.
        deadline: Of each thread.
    """

    def __init__(self, verify: ssl.SSLContext | bool, deadline: Deadline) -> None:
        super().__init__(verify=verify, trust_env=False)
        # httpx offers no other place for a network of one's own; its errors are told apart as always.
        self._pool = httpcore.ConnectionPool(
            ssl_context=verify if isinstance(verify, ssl.SSLContext) else None, max_connections=100,
            max_keepalive_connections=20, keepalive_expiry=5.0, network_backend=_Network(deadline),
        )  # fmt: skip
