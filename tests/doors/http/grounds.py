"""A served node under a test's hand: a founded ledger in a folder, an officer of every role, and requests without a socket.

The whole application answers, the guard around it included; time stands until the test moves it. All names are invented.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar

import httpx

from sazokar.adapters.ledger_folder import LEDGER
from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.codec import Sealed, Stamp, seal, seal_founding
from sazokar.app.drafting import document_of
from sazokar.app.node import Node
from sazokar.app.receipt import Answer, Receipt
from sazokar.app.wire import Challenge, ChallengeAnswered, session_message
from sazokar.domain.party import OfficerRole, PartyRole
from sazokar.domain.state import State
from sazokar.domain.statement import Charter, DelegateKey, Member, ProposeDraft, SignAgreement, Statement
from sazokar.doors.http.app import application
from sazokar.doors.http.settings import Settings
from sazokar.doors.http.station import Station
from sazokar.ledger.parcel import pack
from sazokar.ledger.signing import message_for
from sazokar.testing.clock import FakeClock
from sazokar.testing.fakes import CountedEntropy, HeardAlarm, key_of
from tests.dialects import agreements
from tests.domain.mechanism import ANSWERING, DAY_MS, DEFAULT, NOW_MS

ADDRESS: Final = "http://127.0.0.1:8470"
HOST: Final = "127.0.0.1:8470"
ROLES: Final = {
    "ALPHA": PartyRole.PARTY,
    "BRAVO": PartyRole.PARTY,
    "HARBOUR": PartyRole.TERRITORIAL_STATE,
    "RELIEF": PartyRole.PARTICIPANT,
    "MEDIATOR": PartyRole.MEDIATOR,
    "VOUCHER": PartyRole.GUARANTOR,
    "WATCHER": PartyRole.OBSERVER,
}
_Result = TypeVar("_Result")


def treaty(*clauses: str) -> str:
    """Return the text of a small agreement of ALPHA and BRAVO about 12° N, 42° E: 10 NM or 1,000 ft, with more clauses."""
    return agreements.TOP + DEFAULT + ANSWERING + "".join(clauses)


class House:
    """A served node, founded; officers' keys delegated; by default an agreement in force. Keys are named by their party.

    Args:
        directory: An empty folder.
        agreement: Text of the agreement that ALPHA and BRAVO sign; None: none.
        interim: What the charter lets others see without one.
        settings: How it is served; by default without limits that a test would meet.
        public: Whether anyone may read the headers of the log.
    """

    def __init__(
        self,
        directory: Path,
        agreement: str | None = None,
        *,
        interim: str = "conflict-only",
        settings: Settings | None = None,
        public: bool = False,
    ) -> None:
        self.directory = directory
        self.log = SqliteLog(directory / LEDGER)
        self.clock = FakeClock(NOW_MS)
        self.alarm = HeardAlarm()
        self.entropy = CountedEntropy(1)
        self.numbers: dict[str, int] = {}
        self._tokens: dict[str, str] = {}
        self.node = Node(self.log, self.clock, key_of("node"), self.entropy, self.alarm)
        members = tuple(Member(name=p, role=role, roots=(key_of(f"root {p}").key_id,)) for p, role in ROLES.items())
        self.charter = Charter(
            name="trial", origin="sazokar.invalid/trial", node=key_of("node").key_id, parties=members, quorum=2,
            created_ms=NOW_MS, interim=interim, public=public,
        )  # fmt: skip
        self.node.found(seal_founding(self.charter, [key_of(f"root {party}") for party in ROLES]))
        for party in ROLES:
            self.delegate(party)
        if agreement is not None:
            self.agree(agreement)
        settings = settings or Settings(directory=str(directory), requests_per_s=1_000_000, strangers_per_s=1_000_000)
        self.station = Station(self.node, self.log, self.clock, settings, frozenset({ADDRESS}))
        self.application = application(self.station, frozenset({HOST}))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def delegate(self, party: str, name: str = "", role: OfficerRole = OfficerRole.DELEGATE) -> None:
        """Let a key sign for a party; without a name, the one that is named by the party."""
        delegation = DelegateKey(
            key=key_of(name or party).key_id, watch_number=f"{party[0]}1", role=role, from_ms=NOW_MS,
            until_ms=NOW_MS + 30 * DAY_MS,
        )  # fmt: skip
        self.take(f"root {party}", delegation)

    def agree(self, text: str) -> str:
        """Bring an agreement into force, and return the name of its draft."""
        draft = sha256(text.encode()).hexdigest()
        self.take("MEDIATOR", ProposeDraft(draft=draft, document=document_of(text, "agreement.toml")))
        for party in ("ALPHA", "BRAVO"):
            self.take(party, SignAgreement(draft=draft))
        return draft

    # What is true

    @property
    def state(self) -> State:
        return self.node.state

    # What is stated

    def sealed(self, name: str, statement: Statement) -> Sealed:
        """Return a statement signed with the key of that name."""
        number = self.numbers[name] = self.numbers.get(name, 0) + 1
        now_ms = self.clock.now_ms()
        stamp = Stamp(ledger=self.node.ledger, number=number, stated_ms=now_ms, expires_ms=now_ms + DAY_MS)
        return seal(statement, stamp, [key_of(name)], self.entropy)

    def parcel(self, name: str, statement: Statement) -> bytes:
        """Return a statement as it is sent over HTTP."""
        return pack(*self.sealed(name, statement))

    def submit(self, name: str, statement: Statement) -> Answer:
        """Sign a statement, hand it to the node past HTTP, and return what became of it."""
        return self.node.submit(*self.sealed(name, statement))

    def take(self, name: str, statement: Statement) -> Receipt:
        """Submit a statement that must be taken."""
        receipt = self.submit(name, statement)
        assert isinstance(receipt, Receipt) and receipt.outcome == "taken", receipt
        return receipt

    # Who asks

    def token(self, name: str) -> str:
        """Return the bearer token of a session that the key of that name has begun over HTTP."""
        if name not in self._tokens:
            key = key_of(name)
            with self.stranger() as client:
                asked = client.post("/v1/session/challenge", json={"key": key.key_id}).json()
                challenge = Challenge(**asked)
                answered = ChallengeAnswered(
                    key=key.key_id, challenge=challenge.challenge, audience=ADDRESS, signature="0" * 128
                )
                signature = key.sign(message_for(b"session", session_message(answered, challenge.ledger))).hex()
                told = client.post(
                    "/v1/session",
                    json={
                        "key": key.key_id,
                        "challenge": challenge.challenge,
                        "audience": ADDRESS,
                        "signature": signature,
                    },
                )
                assert told.status_code == 201, told.text
                self._tokens[name] = told.json()["token"]
        return self._tokens[name]

    def client(self, name: str) -> httpx.Client:
        """Return a client with a session of the key of that name."""
        return self._client({"Authorization": f"Bearer {self.token(name)}"})

    def stranger(self) -> httpx.Client:
        """Return a client without a session."""
        return self._client({})

    def _client(self, headers: Mapping[str, str]) -> httpx.Client:
        return httpx.Client(transport=_Inside(self), base_url=ADDRESS, headers=headers)

    def run(self, coroutine: Coroutine[object, object, _Result]) -> _Result:
        """Return what a coroutine gives in the loop of the application."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)

    def close(self) -> None:
        """End the loop and close the ledger."""
        self.run(self.station.intake.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.log.close()


class _Inside(httpx.BaseTransport):
    """Requests that go to the application without a socket."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._transport = httpx.ASGITransport(house.application, client=("127.0.0.1", 40_000))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def answered() -> httpx.Response:
            sent = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
            response = await self._transport.handle_async_request(sent)
            content = await response.aread()
            headers = [(name, value) for name, value in response.headers.raw if name.lower() != b"content-encoding"]
            return httpx.Response(response.status_code, headers=headers, content=content, request=request)

        return self._house.run(answered())


@contextmanager
def housed(directory: Path, agreement: str | None = None, **given: object) -> Iterator[House]:
    """Give a house that is closed afterwards; see `House`."""
    house = House(directory, agreement, **given)  # type: ignore[arg-type]  # as `House` takes them
    try:
        yield house
    finally:
        house.close()
