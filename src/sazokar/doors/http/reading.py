"""How anything is read: who asks, of a ledger that verifies; lists in pages, entity tags, and "not modified".

Decides nothing of who may see what: `app.shown…` give what a viewer sees, and None is "not found" whatever the reason.
"""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Collection, Sequence
from hashlib import sha256
from typing import Annotated, Final, TypeVar, cast

import msgspec
from litestar import Response
from litestar.openapi import ResponseSpec
from litestar.params import PathParameter, QueryParameter

from sazokar.domain.plan.instant import parse_instant
from sazokar.domain.state import State
from sazokar.doors.http.order import Order, order_of
from sazokar.doors.http.problems import not_found
from sazokar.doors.http.station import NodeRequest, Station, require_whole, station_of, viewer_of
from sazokar.errors import DeclinedError, ForkedError, InstantError, LedgerAwayError, LedgerError

MOST_ITEMS: Final = 200
MOST_BYTES: Final = 4 * 1024 * 1024
"""A page ends with the item that goes beyond these."""
JSON: Final = "application/json"

Ref = Annotated[str, PathParameter(min_length=1, max_length=40, description="What it is cited by: N13, C15, S27, I60.")]
Cursor = Annotated[
    str, QueryParameter(max_length=200, description="`next` of the page before; without one: from the first on.")
]
Limit = Annotated[int, QueryParameter(ge=1, le=MOST_ITEMS, description="At most so many items in a page.")]
READS: Final = {304: ResponseSpec(data_container=None, description="It is as `If-None-Match` says.")}

_T = TypeVar("_T")


class Reader(msgspec.Struct, frozen=True):
    """Who reads, and what is true for the whole of one answer."""

    station: Station
    state: State
    party: str


def reader_of(request: NodeRequest) -> Reader:
    """Return who reads, where the ledger verifies.

    Raises:
        DeclinedError: Nobody that is known; or the ledger is damaged: nothing of it is shown as genuine.
    """
    viewer, station = viewer_of(request), station_of(request)
    require_whole(station)
    return Reader(station, station.state, viewer.party)


async def apart(station: Station, work: Callable[[], _T], long_for: str | None = None) -> _T:
    """Return what some work gives, done in a thread: it reads the disk, or looks through many values.

    Args:
        station: Where.
        work: What is done.
        long_for: The party for whom it takes long: among its other long reads; None: it does not.

    Raises:
        DeclinedError: Too many long reads of that party wait.
        LedgerError: The ledger could not be read; the whole of it is looked at again, to know whether it is damaged.
    """
    try:
        if long_for is not None:
            return await station.long_reads.read(long_for, work)
        return await asyncio.get_running_loop().run_in_executor(None, work)
    except (ForkedError, LedgerAwayError):
        raise  # somebody's note is at fault, or the disk, and no entry
    except LedgerError:
        await asyncio.get_running_loop().run_in_executor(None, station.node.scrub)
        raise


# One thing


async def one(
    request: NodeRequest, reader: Reader, what: str, make: Callable[[], _T | None], name: Callable[[_T], str]
) -> Response[_T]:
    """Return one thing as its reader sees it.

    Args:
        request: What is answered.
        reader: Who reads.
        what: What is looked for, as a person would say.
        make: Looks it up in the reader's own view; None: it is not in it, for whatever reason.
        name: What its entity tag begins with.

    Raises:
        DeclinedError: It is not in the reader's view.
    """

    def made() -> tuple[bytes, str] | None:
        found = make()
        if found is None:
            return None
        content = msgspec.json.encode(found)
        return content, f'"{name(found)}-{_digest(content)}"'

    found = await apart(reader.station, made)
    if found is None:
        raise not_found(what)
    return cast("Response[_T]", answered(request, *found))


def answered(request: NodeRequest, content: bytes, tag: str) -> Response[bytes]:
    """Return content with its entity tag, or that it is not modified since the asker had it."""
    headers = {"ETag": tag, "Vary": "Authorization"}
    if matches(request.headers.get("if-none-match"), tag):
        return Response(b"", status_code=304, headers=headers, media_type=JSON)
    return Response(content, headers=headers, media_type=JSON)


def matches(given: str | None, tag: str) -> bool:
    """Return whether a list of entity tags names one, by the weak comparison.

    Source: RFC 9110, sections 8.8.3.2 and 13.1.2.
    """
    tags = [one.strip().removeprefix("W/") for one in (given or "").split(",")]
    return "*" in tags or tag.removeprefix("W/") in tags


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:16]


# Pages


class Page(msgspec.Struct, frozen=True):
    """Where a list is read from, and how much of it.

    Args:
        of: Name of the list; a cursor of one is none of another.
        cursor: Of the page before; empty: from the first on.
        limit: At most so many items.
    """

    of: str
    cursor: str
    limit: int

    def of_refs(
        self, refs: Collection[str], shown: Callable[[str], _T | None], order: Order | None = None
    ) -> tuple[tuple[_T, ...], str | None]:
        """Return the items of this page, and the cursor of the next; None: there is none.

        Refs are gone through in their order, which later entries only add to: as long as the ledger grows, no item comes
        twice and none that was there is left out.

        Args:
            refs: Of the whole list, in any order.
            shown: The item of a ref, in the reader's view; None: it is not in it.
            order: What keeps a long list in order from one request to the next; None: it is sorted now.

        Raises:
            DeclinedError: The cursor is none of this list.
        """
        after = order_of(_opened(self.of, self.cursor)) if self.cursor else None
        found: list[_T] = []
        length, last = 0, ""
        for ref in (order or Order()).after(self.of, refs, after):
            item = shown(ref)
            if item is None:
                continue
            if len(found) == self.limit or length > MOST_BYTES:
                return tuple(found), _sealed(self.of, last)
            found.append(item)
            length += len(msgspec.json.encode(item))
            last = ref
        return tuple(found), None


def _sealed(of: str, ref: str) -> str:
    return urlsafe_b64encode(f"{of} {ref}".encode()).decode().rstrip("=")


def _opened(of: str, cursor: str) -> str:
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (Base64Error, ValueError) as error:
        raise _malformed("cursor", f"the cursor {cursor[:60]!r}", "`next` of the page before") from error
    name, _, ref = text.partition(" ")
    if name != of or not ref or _sealed(of, ref) != cursor:
        raise _malformed("cursor", f"the cursor {cursor[:60]!r}", "`next` of the page before, of this list")
    return ref


async def listed(
    request: NodeRequest,
    reader: Reader,
    make: Callable[[], _T],
    parts: Callable[[_T], Sequence[object]],
    *,
    long: bool = False,
) -> Response[_T]:
    """Return a page of a list.

    Args:
        request: What is answered.
        reader: Who reads.
        make: Makes the page.
        parts: What its entity tag is made of: not the size of the ledger, which grows with what the list does not show.
        long: It takes long.
    """

    def made() -> tuple[bytes, str]:
        found = make()
        return msgspec.json.encode(found), f'W/"{_digest(msgspec.json.encode(parts(found)))}"'

    return cast("Response[_T]", answered(request, *await apart(reader.station, made, reader.party if long else None)))


# Parameters


def instant_of(name: str, text: str | None) -> int | None:
    """Return an instant that was asked for, ms since the Unix epoch, UTC; None: none was.

    Raises:
        DeclinedError: It cannot be read, or bears no zone; the parameter is named.
    """
    if text is None:
        return None
    try:
        return parse_instant(text)
    except InstantError as error:
        raise _malformed(name, error.found, error.expected) from error


def party_of(state: State, name: str | None) -> str | None:
    """Return a party that was asked for; None: none was.

    Raises:
        DeclinedError: The charter names no such party; which there are, everyone who takes part knows.
    """
    if name is not None and state.member(name) is None:
        names = ", ".join(member.name for member in state.charter.parties) if state.charter else ""
        raise _malformed("party", f"the party {name[:60]!r}", f"one of {names}")
    return name


def require_window(from_ms: int | None, until_ms: int | None) -> None:
    """Pass where a window ends after it begins.

    Raises:
        DeclinedError: It does not: nothing could lie in it.
    """
    if from_ms is not None and until_ms is not None and from_ms >= until_ms:
        raise _malformed("until", "an end that is not after the beginning", "`until` after `from`")


def _malformed(name: str, found: str, expected: str) -> DeclinedError:
    return DeclinedError(400, "malformed", f"found {found}", field=name, remedy=f"expected {expected}")
