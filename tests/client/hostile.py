"""A node that is asked without a socket, and lies where a test has it lie; else it tells the ledger of scenario A."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import httpx
import msgspec
from msgspec import Raw

from sazokar.app.playing import Stage, StageClock
from sazokar.app.ports import Stored
from sazokar.app.receipt import Receipt, Unrecorded
from sazokar.app.scenario_a import ORIGIN
from sazokar.app.sight import Sight
from sazokar.app.wire import (
    Challenge,
    ChallengeAnswered,
    Consistency,
    CosignedTold,
    EntriesTold,
    EntryTold,
    Problem,
    SessionBegun,
    Sounded,
    receipted,
    session_message,
)
from sazokar.client import AsyncClient, Client, Replica
from sazokar.domain.finding import Outcome
from sazokar.ledger.checkpoint import Checkpoint, sign_checkpoint
from sazokar.ledger.merkle import Frontier, consistency_proof, leaf_hash
from sazokar.ledger.parcel import unpack
from sazokar.ledger.signing import SigningKey, message_for, verify
from sazokar.wiring import open_replica
from tests.app.stages import TEXT, agreement, new_stage, play

URL = "http://127.0.0.1:8470"
_Result = TypeVar("_Result")


def played() -> Stage:
    """Return scenario A, played to its end."""
    stage = new_stage()
    play(stage)
    return stage


class Fake:
    """A node's answers, made of what a stage holds.

    `size` is how much of it is told; `entries` are what is told, and `sign` signs it as the node does.
    """

    def __init__(self, stage: Stage, party: str = "BRAVO", key: SigningKey | None = None) -> None:
        self.stage = stage
        self.party = party
        self.key = key or stage.officers["B1"]
        self.node_key = stage.node_key
        self.origin = ORIGIN
        self.entries: list[Stored] = list(stage.log.read(0))
        self.size = len(self.entries)
        self.asked: list[str] = []
        self.lives = 10_000
        self.twists: dict[str, Callable[[httpx.Response], httpx.Response]] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        answer = self._answer(path, request)
        return streamed(self.twists[path](answer) if path in self.twists else answer)

    def _answer(self, path: str, request: httpx.Request) -> httpx.Response:  # noqa: C901 - one line for each address
        match path:
            case "/v1/session/challenge":
                return told(Challenge(challenge="ab" * 32, ledger=self.stage.node.ledger, expires_ms=2**50))
            case "/v1/session":
                return self._begun(request)
            case "/v1/charter":
                return httpx.Response(201, content=b'{"ledger":"%s"}' % self.stage.node.ledger.encode())
            case "/v1/stops":
                return told(Sounded(recorded=True, verified=True, ref="S9"), 201)
        self.lives -= 1
        if self.lives < 0 or request.headers.get("authorization") != "Bearer good":
            self.lives = 10_000
            return problem(401, "unauthenticated")
        match path:
            case "/v1/log/checkpoint" | "/v1/cosigning" if request.method == "GET":
                return httpx.Response(200, content=self.sign(self.size))
            case "/v1/cosigning":
                return told(CosignedTold(size=self.size, cosigned_by=(self.party,), final=False), 201)
            case "/v1/log/entries":
                return told(self.run(int(request.url.params["start"]), int(request.url.params["end"])))
            case "/v1/log/consistency":
                return told(self._consistency(int(request.url.params["first"]), int(request.url.params["second"])))
            case "/v1/entries":
                return self._submitted(request.content)
        return problem(404, "not-found")

    def _begun(self, request: httpx.Request) -> httpx.Response:
        answered = msgspec.json.decode(request.content, type=ChallengeAnswered)
        message = message_for(b"session", session_message(answered, self.stage.node.ledger))
        assert answered.audience == URL and verify(answered.key, bytes.fromhex(answered.signature), message)
        return told(
            SessionBegun(
                token="good", party=self.party, ledger=self.stage.node.ledger, expires_ms=2**50, idle_ms=2**40
            ),
            201,
        )

    def root(self, size: int) -> bytes:
        frontier = Frontier()
        for stored in self.entries[:size]:
            frontier.append(leaf_hash(stored.leaf))
        return frontier.root()

    def sign(self, size: int) -> bytes:
        return sign_checkpoint(Checkpoint(self.origin, size, self.root(size)), self.origin, self.node_key)

    def run(self, start: int, end: int) -> EntriesTold:
        sight = Sight(self.stage.node.state, self.party)
        some = self.entries[start : min(end, self.size, start + 10)]
        return EntriesTold(size=self.size, entries=tuple(self.entry(stored, sight) for stored in some))

    def entry(self, stored: Stored, sight: Sight) -> EntryTold:
        payloads = {name: Raw(payload) for name, payload in sight.of(stored).items()}
        return EntryTold(position=stored.position, id=stored.id, leaf=Raw(stored.leaf), payloads=payloads)

    def _consistency(self, first: int, second: int) -> Consistency:
        hashes = [leaf_hash(stored.leaf) for stored in self.entries]
        proof = consistency_proof(hashes, first, second)
        return Consistency(first=first, second=second, proof=tuple(one.hex() for one in proof))

    def _submitted(self, content: bytes) -> httpx.Response:
        answer = self.stage.node.submit(*unpack(content))
        if isinstance(answer, Unrecorded):
            return problem(503, "damaged")
        assert isinstance(answer, Receipt)
        self.entries = list(self.stage.log.read(0))
        self.size = len(self.entries)
        given = receipted(answer, own=True)
        return told(given, 201) if answer.outcome is Outcome.TAKEN else problem(422, "refused", receipt=given)


def streamed(answer: httpx.Response) -> httpx.Response:
    """Return an answer that is yet to be read, as from a socket."""
    try:
        content = answer.content
    except httpx.ResponseNotRead:
        return answer
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return httpx.Response(answer.status_code, headers=headers, stream=httpx.ByteStream(content))


def told(value: msgspec.Struct, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=msgspec.json.encode(value))


def problem(status: int, code: str, **more: object) -> httpx.Response:
    document = Problem(type=f"urn:sazokar:problem:{code}", title=code, status=status, detail=code, code=code)
    return told(msgspec.structs.replace(document, **more), status)


def changed(leaf: bytes) -> bytes:
    """Return a leaf with one bit of its first signature flipped: of the same form, and false."""
    at = leaf.index(b'"signatures":{"') + len(b'"signatures":{"') + 64 + len(b'":"')
    end = leaf.index(b'"', at)
    signature = bytearray(base64.b64decode(leaf[at:end]))
    signature[3] ^= 1
    return leaf[:at] + base64.b64encode(bytes(signature)) + leaf[end:]


class Threads:
    """Does with threads what a test asks for."""

    def __call__(
        self, fake: Callable[[httpx.Request], httpx.Response], replica: Replica | None, name: str, *given: object,
        key: SigningKey | None = None, now_ms: int = 0,
    ) -> object:  # fmt: skip
        clock = StageClock(now_ms) if now_ms else None
        with Client(URL, key, replica, transport=httpx.MockTransport(fake), clock=clock) as client:
            return getattr(client, name)(*given)


class Tasks:
    """Does the same with `async`."""

    def __call__(
        self, fake: Callable[[httpx.Request], httpx.Response], replica: Replica | None, name: str, *given: object,
        key: SigningKey | None = None, now_ms: int = 0,
    ) -> object:  # fmt: skip
        async def done() -> object:
            clock = StageClock(now_ms) if now_ms else None
            async with AsyncClient(URL, key, replica, transport=httpx.MockTransport(fake), clock=clock) as client:
                return await getattr(client, name)(*given)

        return asyncio.run(done())


Way = Threads | Tasks
WAYS: Sequence[Way] = (Threads(), Tasks())


def synced(way: Way, fake: Fake, folder: Path, **given: object) -> Replica:
    """Return a replica in a folder, opened anew and brought up to date."""
    replica = open_replica(folder, **given)  # type: ignore[arg-type]  # roots
    way(fake, replica, "sync", key=fake.key)
    return replica


__all__ = ["TEXT", "URL", "WAYS", "Fake", "Way", "agreement", "changed", "played", "problem", "synced", "told"]
