"""Requests and answers as values: what a client does, told without a socket, so that it is the same sync and async.

An operation is a generator: it gives a `Request` or a `Pause`, is sent what came of it, and returns its result. Whoever
drives it opens the sockets (`client.sockets`). Opens none itself, waits for nothing, reads no clock.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Final, TypeVar

import msgspec

MIB: Final = 1024 * 1024
LARGEST_ANSWER: Final = 2 * MIB
"""Of an answer larger than was asked for, nothing is taken."""
LARGEST_RUN: Final = 64 * MIB
"""A run of entries ends at 8 MiB, after the entry that goes beyond; one entry may hold several sections of 4 MiB."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a node.

    Args:
        method: `GET`, `POST`.
        path: From `/v1` on.
        query: Parameters.
        content: Body; sent again byte for byte where a connection was lost.
        media: What the body is.
        token: Of the session; empty: none.
        largest: Bytes of an answer, at most.
        whole_s: In so long the answer must have come whole, s; 0: as always.
    """

    method: str = "GET"
    path: str
    query: tuple[tuple[str, str], ...] = ()
    content: bytes = b""
    media: str = ""
    token: str = ""
    largest: int = LARGEST_ANSWER
    whole_s: float = 0.0

    def headers(self) -> dict[str, str]:
        """Return the headers that go with it."""
        found = {"Accept-Encoding": "identity"}
        if self.media:
            found["Content-Type"] = self.media
        if self.token:
            found["Authorization"] = f"Bearer {self.token}"
        return found


class Answer(msgspec.Struct, frozen=True):
    """What came.

    Args:
        status: HTTP status.
        content: Body.
        headers: By name, in lower case.
    """

    status: int
    content: bytes
    headers: Mapping[str, str] = {}


class Lost(msgspec.Struct, frozen=True):
    """No answer came, or none that is one: why, for a person. Whether the request was done is not known."""

    reason: str


class Pause(msgspec.Struct, frozen=True):
    """Wait before what comes next."""

    seconds: float


_Result = TypeVar("_Result")
Steps = Generator[Request | Pause, Answer | Lost | None, _Result]
"""An operation: it gives what is to be done, is sent what came of it, and returns its result."""
