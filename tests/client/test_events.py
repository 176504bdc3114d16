"""A stream of events is read as it comes, in whatever pieces, and gone on with after the last one, once each."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.app.events import DamageFound, Event
from sazokar.client import AsyncClient, Client, events
from sazokar.client.events import Stream, Told
from sazokar.domain.finding import Outcome
from sazokar.errors import DeclinedError, UnreachableError
from tests.app.stages import new_stage
from tests.client.hostile import URL, Fake, problem


def event(position: int) -> bytes:
    value = Event(position=position, recorded_ms=5, outcome=Outcome.TAKEN, kind="clock")
    return b"id: %d\nevent: clock\ndata: %s\n\n" % (position, msgspec.json.encode(value))


STOP = b'event: stop\ndata: {"sounded_ms":7,"verified":false,"content":"CEASE FIRE"}\n\n'
WHOLE = b"retry: 2000\nid: 4\n\n" + event(5) + b": here\n\n" + STOP + event(8).replace(b"\n", b"\r\n") + event(9)


def positions(found: list[Told]) -> list[int]:
    return [one.position if isinstance(one, Event) else -1 for one in found]


@given(st.lists(st.integers(1, len(WHOLE) - 1), max_size=20))
def test_pieces_make_no_difference(cuts: list[int]) -> None:
    stream, found = Stream(), []
    edges = [0, *sorted(set(cuts)), len(WHOLE)]
    for start, end in itertools.pairwise(edges):
        found += stream.fed(WHOLE[start:end])
    assert positions(found) == [5, -1, 8, 9] and stream.after == 9


def test_a_stream_begins_where_the_node_says_and_is_resumed_there() -> None:
    stream = Stream()
    assert "Last-Event-ID" not in stream.headers()
    assert stream.fed(b"retry: 2000\nid: 4\n\n") == []
    assert stream.headers()["Last-Event-ID"] == "4"


def test_damage_is_told_and_moves_nothing() -> None:
    stream = Stream(after=5)
    assert stream.fed(b'event: damaged\ndata: {"position":3}\n\n') == [DamageFound(position=3)]
    assert stream.fed(b"event: damaged\ndata: {}\n\nevent: later\ndata: {}\n\n") == [DamageFound()]
    assert stream.after == 5


def test_what_was_given_is_not_given_again_and_half_an_event_is_forgotten() -> None:
    stream = Stream(after=5)
    assert positions(stream.fed(event(5) + event(6) + event(7)[:-10])) == [6]
    stream.begun()
    assert positions(stream.fed(event(6) + event(7))) == [7]


def test_pauses_double_up_to_a_bound_and_begin_anew_with_an_event() -> None:
    stream = Stream()
    pauses = [stream.broken() for _ in range(12)]
    assert pauses[:3] == [0.5, 1.0, 2.0] and max(pauses) == pauses[-1] == events.LONGEST_PAUSE_S
    stream.fed(event(1))
    assert stream.broken() == 0.5


@pytest.mark.parametrize(
    "wrong",
    [b"id: 5\nevent: clock\ndata: garbage\n\n", b"id: five\ndata: {}\n\n", b"id: 5\ndata: " + b"[" * 5000 + b"\n\n",
     b"event: stop\ndata: {}\n\n", b"id: 99999999999999999999\n\n"],
)  # fmt: skip
def test_what_is_no_event_is_refused(wrong: bytes) -> None:
    with pytest.raises(UnreachableError):
        Stream().fed(wrong)


def test_a_line_without_an_end_is_not_gathered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "LONGEST_LINE", 1_000)
    stream = Stream()
    with pytest.raises(UnreachableError):
        for _ in range(100):
            stream.fed(b"data: " + b"x" * 50 + b"\n")


class Streams:
    """Answers one connection after the other with what is given; then declines."""

    def __init__(self, *parts: bytes) -> None:
        self._fake = Fake(new_stage())
        self._parts: Iterator[bytes] = iter(parts)
        self.last: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/v1/events":
            return self._fake(request)
        self.last.append(request.headers.get("last-event-id"))
        part = next(self._parts, None)
        if part is None:
            return streamed(problem(404, "not-found"))
        if part == b"401":
            return streamed(problem(401, "unauthenticated"))
        return httpx.Response(200, stream=httpx.ByteStream(part))


def streamed(answer: httpx.Response) -> httpx.Response:
    return httpx.Response(answer.status_code, stream=httpx.ByteStream(answer.content))


def with_threads(node: Streams) -> list[Told]:
    found = []
    key = new_stage().officers["B1"]
    with Client(URL, key, transport=httpx.MockTransport(node)) as client, pytest.raises(DeclinedError):
        for one in client.follow():
            found.append(one)
    return found


def with_tasks(node: Streams) -> list[Told]:
    async def done() -> list[Told]:
        found = []
        key = new_stage().officers["B1"]
        async with AsyncClient(URL, key, transport=httpx.MockTransport(node)) as client:
            with pytest.raises(DeclinedError):
                async for one in client.follow():
                    found.append(one)
        return found

    return asyncio.run(done())


@pytest.mark.parametrize("way", [with_threads, with_tasks], ids=["threads", "async"])
def test_a_stream_that_breaks_off_is_resumed_without_gap_or_repeat(
    way: Callable[[Streams], list[Told]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "SHORTEST_PAUSE_S", 0.0)
    node = Streams(event(1) + event(2) + event(3)[:20], b"401", event(2) + event(3), b"", event(4))
    assert positions(way(node)) == [1, 2, 3, 4]
    assert node.last == [None, "2", "2", "3", "3", "4"]
