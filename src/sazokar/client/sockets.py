"""`Client` and `AsyncClient`: what an officer's or a machine's program calls. They drive the operations, and no more.

What is asked, in which order, and what is believed of the answers stands in the other files of this room: here are the
sockets alone, once with threads and once with `async`.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager, closing, contextmanager
from types import TracebackType
from typing import Final, Generic, TypeVar

import httpx

from sazokar.app.ports import Clock
from sazokar.app.receipt import Answer as Became
from sazokar.app.wire import CosignedTold, NodeTold, SessionBegun, Sounded
from sazokar.client.deadline import BoundedTransport, Deadline
from sazokar.client.desk import Desk
from sazokar.client.events import SILENCE_S, Stream, Told
from sazokar.client.exchange import Answer, Lost, Pause, Request, Steps
from sazokar.client.replica import Replica
from sazokar.domain.statement import CallStop, Statement
from sazokar.errors import NoNodeError, UnreachableError
from sazokar.ledger.checkpoint import Checkpoint
from sazokar.ledger.signing import SigningKey

CONNECT_S: Final = 5.0
SILENT_S: Final = 20.0
"""For so long nothing need come of an answer."""
WHOLE_S: Final = 120.0
"""In so long an answer must have come whole, from the first byte that is sent; one that drips is given up."""
_BROKEN: Final = (httpx.TransportError, httpx.InvalidURL)

_Result = TypeVar("_Result")


class _Came:
    """An answer as it comes, up to its bounds."""

    def __init__(self, response: httpx.Response, largest: int, whole_s: float) -> None:
        self._response = response
        self._largest = largest
        self._whole_s = whole_s
        self._until_s = time.monotonic() + whole_s
        self._parts: list[bytes] = []
        self._length = 0

    def fault(self, part: bytes = b"") -> str:
        """Take one more part, and return what is wrong with the answer; empty: nothing."""
        self._parts.append(part)
        self._length += len(part)
        if self._response.headers.get("content-encoding", "identity") != "identity":
            return "found an answer that is packed; expected it as it is"
        if self._length > self._largest:
            return f"found an answer of more than {self._largest:,} bytes"
        if time.monotonic() >= self._until_s:
            return f"the answer did not come whole in {self._whole_s:.0f} s"
        return ""

    def answer(self) -> Answer:
        """Return what has come."""
        return Answer(self._response.status_code, b"".join(self._parts), dict(self._response.headers))


class _Ended(Generic[_Result]):
    """The end of an operation, and what it returns."""

    def __init__(self, result: _Result) -> None:
        self.result = result


def _verified_by(audience: str) -> ssl.SSLContext | bool:
    """Return what certificates are verified by: this machine's own store, not one that came with a library."""
    return ssl.create_default_context() if audience.startswith("https") else True


def _timeout(silent_s: float) -> httpx.Timeout:
    return httpx.Timeout(silent_s, connect=CONNECT_S, pool=CONNECT_S)


def _late(audience: str, step: Request) -> UnreachableError:
    return UnreachableError(
        f"{audience}: the answer did not come whole in {_whole_s(step):.0f} s; what was sent may be sent again safely"
    )


def _whole_s(step: Request) -> float:
    return min(WHOLE_S, step.whole_s) if step.whole_s else WHOLE_S


def _lost(error: Exception) -> Lost:
    return Lost(f"{type(error).__name__}: {str(error)[:200]}".rstrip(": "))


class Client:
    """A party's line to a node, with threads: signs locally, and believes nothing that is not proven.

    Args:
        url: The node's address; https, but on the loopback.
        key: An officer's or a root's key; None: only what needs no session can be done.
        replica: The party's own verified copy; None: statements and what is read of the ledger need one.
        clock: What the time is; None: the machine's.
        silent_s: For so long an answer may be silent, in seconds.
        transport: What carries requests; for tests.

    Raises:
        NoNodeError: The address is none, or is not safe.
    """

    def __init__(
        self, url: str, key: SigningKey | None = None, replica: Replica | None = None, *, clock: Clock | None = None,
        silent_s: float = SILENT_S, transport: httpx.BaseTransport | None = None,
    ) -> None:  # fmt: skip
        self._desk = Desk(url, key, replica, clock)
        self._deadline = Deadline()
        carrying = transport or BoundedTransport(_verified_by(self._desk.audience), self._deadline)
        self._http = httpx.Client(
            base_url=self._desk.audience, timeout=_timeout(silent_s), transport=carrying, trust_env=False
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def begin(self) -> SessionBegun:
        """Return a new session, got by signing a challenge."""
        return self._done(self._desk.begin())

    def sync(self) -> int:
        """Bring the replica up to date, verified, and return its size; see `client.syncing.synced` for what it raises."""
        return self._done(self._desk.sync())

    def submit(self, statement: Statement, *, number: int | None = None, more: Sequence[SigningKey] = ()) -> Became:
        """Return what became of a statement, signed here and proven by the replica; see `client.desk.Desk.submit`."""
        return self._done(self._desk.submit(statement, number, more))

    def carry(self, leaf: bytes, payloads: Mapping[str, bytes]) -> Became:
        """Return what became of a statement that is signed already; see `client.speaking.submitted`."""
        return self._done(self._desk.carry(leaf, payloads))

    def call_stop(self, call: CallStop | bytes) -> Sounded:
        """Call a STOP: at once, with or without a session, and whatever the replica is like."""
        return self._done(self._desk.call_stop(call))

    def bundle(self, ref: str) -> bytes:
        """Return the proof bundle of a reference, verified."""
        return self._done(self._desk.bundle(ref))

    def cosign(self, before: Checkpoint | None, remember: Callable[[bytes], None]) -> CosignedTold:
        """Cosign the checkpoint that is up, where it begins with what was cosigned before; see `client.witness`."""
        return self._done(self._desk.cosign(before, remember))

    def node(self) -> NodeTold:
        """Return what the node tells anyone of itself: its key, its ledger, its clock. Nothing of it is proven."""
        return self._done(self._desk.node())

    def ready(self) -> tuple[str, ...]:
        """Return why the node takes no statements, in its words; empty: it takes them. Nothing of it is proven."""
        return self._done(self._desk.ready())

    def found(self, charter: bytes, *, operator: str = "") -> str:
        """Begin the node's ledger with a charter, and return the ledger's id; see `client.speaking.founded`."""
        return self._done(self._desk.found(charter, operator))

    def follow(self, after: int | None = None) -> Iterator[Told]:
        """Give events as they are recorded, until the client is closed; what breaks off is resumed without gap or repeat.

        Args:
            after: Position of the last event that is known; None: from now on.

        Raises:
            DeclinedError: The node gives no stream.
            UnreachableError: What comes is no stream of events.
        """
        stream = Stream(after)
        while not self._http.is_closed:
            try:
                headers = {**self._done(self._desk.greeted()), **stream.headers()}
                with self._stream(headers) as response:
                    if response.status_code != 200:
                        self._desk.no_stream(self._read(response, 65_536, WHOLE_S))
                    else:
                        stream.begun()
                        for part in response.iter_raw():
                            yield from stream.fed(part)
            except _BROKEN:
                pass
            except (RuntimeError, OSError):
                if not self._http.is_closed:  # by another thread, in the middle of what it reads
                    raise
                return
            time.sleep(stream.broken())

    @contextmanager
    def _stream(self, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """Give the stream of events: its headers come in time, what follows whenever it does."""
        request = self._http.build_request("GET", "/v1/events", headers=headers, timeout=_timeout(SILENCE_S))
        with self._deadline.within(WHOLE_S):
            response = self._http.send(request, stream=True)
        with closing(response):
            yield response

    def _done(self, steps: Steps[_Result]) -> _Result:
        """Do an operation step by step, and return what it returns."""
        try:
            step = next(steps)
            while True:
                step = steps.send(self._sent(step))
        except StopIteration as end:
            result: _Result = end.value
            return result

    def _sent(self, step: Request | Pause) -> Answer | Lost | None:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        with self._deadline.within(_whole_s(step)):
            try:
                with self._http.stream(
                    step.method, step.path, params=step.query, content=step.content, headers=step.headers()
                ) as response:
                    return self._read(response, step.largest, _whole_s(step))
            except _BROKEN as error:
                if self._deadline.passed:
                    raise _late(self._desk.audience, step) from error
                return _lost(error)

    def _read(self, response: httpx.Response, largest: int, whole_s: float) -> Answer:
        came = _Came(response, largest, whole_s)
        for part in response.iter_raw():
            if fault := came.fault(part):
                raise NoNodeError(f"{self._desk.audience}: {fault}; is it the node's address?")
        return came.answer()


class AsyncClient:
    """A party's line to a node, with `async`; otherwise as `Client`. What it verifies, it does in a thread of its own.

    Args:
        url: The node's address; https, but on the loopback.
        key: An officer's or a root's key; None: only what needs no session can be done.
        replica: The party's own verified copy; None: statements and what is read of the ledger need one.
        clock: What the time is; None: the machine's.
        silent_s: For so long an answer may be silent, in seconds.
        transport: What carries requests; for tests.

    Raises:
        NoNodeError: The address is none, or is not safe.
    """

    def __init__(
        self, url: str, key: SigningKey | None = None, replica: Replica | None = None, *, clock: Clock | None = None,
        silent_s: float = SILENT_S, transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:  # fmt: skip
        self._desk = Desk(url, key, replica, clock)
        self._http = httpx.AsyncClient(
            base_url=self._desk.audience, timeout=_timeout(silent_s), transport=transport, trust_env=False,
            verify=_verified_by(self._desk.audience),
        )  # fmt: skip
        # One thread: a log that is held is let go of by the thread that holds it. And one operation at a time.
        self._pool = ThreadPoolExecutor(1, "replica")
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()
        self._pool.shutdown(wait=False)

    async def begin(self) -> SessionBegun:
        """Return a new session, got by signing a challenge."""
        return await self._done(self._desk.begin())

    async def sync(self) -> int:
        """Bring the replica up to date, verified, and return its size; see `client.syncing.synced` for what it raises."""
        return await self._done(self._desk.sync())

    async def submit(
        self, statement: Statement, *, number: int | None = None, more: Sequence[SigningKey] = ()
    ) -> Became:
        """Return what became of a statement, signed here and proven by the replica; see `client.desk.Desk.submit`."""
        return await self._done(self._desk.submit(statement, number, more))

    async def carry(self, leaf: bytes, payloads: Mapping[str, bytes]) -> Became:
        """Return what became of a statement that is signed already; see `client.speaking.submitted`."""
        return await self._done(self._desk.carry(leaf, payloads))

    async def call_stop(self, call: CallStop | bytes) -> Sounded:
        """Call a STOP: at once, with or without a session, and whatever the replica is like."""
        return await self._driven(self._desk.call_stop(call))

    async def bundle(self, ref: str) -> bytes:
        """Return the proof bundle of a reference, verified."""
        return await self._done(self._desk.bundle(ref))

    async def cosign(self, before: Checkpoint | None, remember: Callable[[bytes], None]) -> CosignedTold:
        """Cosign the checkpoint that is up, where it begins with what was cosigned before; see `client.witness`."""
        return await self._done(self._desk.cosign(before, remember))

    async def node(self) -> NodeTold:
        """Return what the node tells anyone of itself: its key, its ledger, its clock. Nothing of it is proven."""
        return await self._done(self._desk.node())

    async def ready(self) -> tuple[str, ...]:
        """Return why the node takes no statements, in its words; empty: it takes them. Nothing of it is proven."""
        return await self._done(self._desk.ready())

    async def found(self, charter: bytes, *, operator: str = "") -> str:
        """Begin the node's ledger with a charter, and return the ledger's id; see `client.speaking.founded`."""
        return await self._done(self._desk.found(charter, operator))

    async def follow(self, after: int | None = None) -> AsyncIterator[Told]:
        """Give events as they are recorded, until the client is closed; see `Client.follow`."""
        stream = Stream(after)
        while not self._http.is_closed:
            try:
                headers = {**await self._done(self._desk.greeted()), **stream.headers()}
                async with self._stream(headers) as response:
                    if response.status_code != 200:
                        self._desk.no_stream(await self._read(response, 65_536, WHOLE_S))
                    else:
                        stream.begun()
                        async for part in response.aiter_raw():
                            for event in stream.fed(part):
                                yield event
            except (*_BROKEN, TimeoutError):
                pass
            except (RuntimeError, OSError):
                if not self._http.is_closed:
                    raise
                return
            await asyncio.sleep(stream.broken())

    @asynccontextmanager
    async def _stream(self, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        """Give the stream of events: its headers come in time, what follows whenever it does."""
        request = self._http.build_request("GET", "/v1/events", headers=headers, timeout=_timeout(SILENCE_S))
        async with asyncio.timeout(WHOLE_S):
            response = await self._http.send(request, stream=True)
        async with aclosing(response):
            yield response

    async def _done(self, steps: Steps[_Result]) -> _Result:
        async with self._turn:
            return await self._driven(steps)

    async def _driven(self, steps: Steps[_Result]) -> _Result:
        """Do an operation step by step; all but the sockets in the one thread that holds the replica."""
        came: Answer | Lost | None = None
        try:
            while True:
                step = await self._apart(steps, came)
                if isinstance(step, _Ended):
                    return step.result
                came = await self._sent(step)
        finally:
            await asyncio.get_running_loop().run_in_executor(self._pool, steps.close)

    async def _apart(self, steps: Steps[_Result], came: Answer | Lost | None) -> Request | Pause | _Ended[_Result]:
        """Return the next step, or the end: a future cannot carry a StopIteration."""

        def advanced() -> Request | Pause | _Ended[_Result]:
            try:
                return steps.send(came)
            except StopIteration as end:
                return _Ended(end.value)

        return await asyncio.get_running_loop().run_in_executor(self._pool, advanced)

    async def _sent(self, step: Request | Pause) -> Answer | Lost | None:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        try:
            async with asyncio.timeout(_whole_s(step)), self._http.stream(
                step.method, step.path, params=step.query, content=step.content, headers=step.headers()
            ) as response:  # fmt: skip
                return await self._read(response, step.largest, _whole_s(step))
        except TimeoutError as error:
            raise _late(self._desk.audience, step) from error
        except _BROKEN as error:
            return _lost(error)

    async def _read(self, response: httpx.Response, largest: int, whole_s: float) -> Answer:
        came = _Came(response, largest, whole_s)
        async for part in response.aiter_raw():
            if fault := came.fault(part):
                raise NoNodeError(f"{self._desk.audience}: {fault}; is it the node's address?")
        return came.answer()
