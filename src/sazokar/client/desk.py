"""An officer's desk at a node, as operations: what `Client` and `AsyncClient` both can do. Opens no socket, keeps no key.

Each method returns the steps of one operation; see `client.exchange`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sazokar.app.codec import Stamp, seal
from sazokar.app.ports import Clock
from sazokar.app.receipt import Answer as Became
from sazokar.app.wire import CosignedTold, NodeTold, SessionBegun, Sounded
from sazokar.client.exchange import Answer, Steps
from sazokar.client.line import Line
from sazokar.client.replica import Replica
from sazokar.client.speaking import asked_after, founded, readiness_asked, stop_called, submitted
from sazokar.client.syncing import synced
from sazokar.client.witness import bundle_fetched, cosigned_by_us
from sazokar.domain.statement import CallStop, Statement
from sazokar.errors import KeyFileError, LedgerError
from sazokar.ledger.checkpoint import Checkpoint
from sazokar.ledger.parcel import pack
from sazokar.ledger.signing import SigningKey

EXPIRES_MS: Final = 24 * 3_600_000
"""A statement is meant for a day, unless its author says otherwise."""


class _Machine:
    """The machine's clock, and salts of its own; see `app.ports`."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def salt(self) -> bytes:
        return secrets.token_bytes(32)


class Desk:
    """One officer's desk.

    Args:
        url: The node's address.
        key: The officer's key; None: only what needs no session.
        replica: The party's own verified copy; None: only what needs none.
        clock: What the time is; None: the machine's.
    """

    def __init__(self, url: str, key: SigningKey | None, replica: Replica | None, clock: Clock | None) -> None:
        self._own_replica = replica
        self._line = Line(url, key, lambda: replica.ledger if replica is not None else "")
        self._clock = clock or _Machine()
        self._number = 0

    @property
    def audience(self) -> str:
        """Scheme, host and port of the node."""
        return self._line.audience

    @property
    def _replica(self) -> Replica:
        if self._own_replica is None:
            raise LedgerError("this client has no replica to verify with; give it one")
        return self._own_replica

    @property
    def _key(self) -> SigningKey:
        if self._line.key is None:
            raise KeyFileError("this client has no key to sign with; give it one")
        return self._line.key

    def begin(self) -> Steps[SessionBegun]:
        """Begin a session."""
        return self._line.begun()

    def sync(self) -> Steps[int]:
        """Bring the replica up to date."""
        return synced(self._line, self._replica)

    def submit(self, statement: Statement, number: int | None, more: Sequence[SigningKey]) -> Steps[Became]:
        """Sign a statement, send it, and return what became of it, proven.

        Args:
            statement: What is stated.
            number: The author's own running number; None: the next one by the replica and this client.
            more: Keys that sign too, where several must.

        Raises:
            LedgerError: There is no replica, or it is damaged.
            KeyFileError: There is no key.
            SazokarError: As for `speaking.submitted`.
        """
        replica = self._replica
        if not replica.size:
            yield from synced(self._line, replica)
        leaf, payloads = seal(statement, self._stamp(number), [self._key, *more], _Machine())
        return (yield from submitted(self._line, replica, leaf, payloads))

    def _stamp(self, number: int | None) -> Stamp:
        used = self._replica.state.numbers.get(self._key.key_id)
        last = max((used.through, *used.beyond)) if used is not None else 0
        self._number = number if number is not None else max(last, self._number) + 1
        now_ms = self._clock.now_ms()
        return Stamp(
            ledger=self._replica.ledger, number=self._number, stated_ms=now_ms, expires_ms=now_ms + EXPIRES_MS
        )  # fmt: skip

    def carry(self, leaf: bytes, payloads: Mapping[str, bytes]) -> Steps[Became]:
        """Send a statement that is signed already, one's own or another's."""
        return submitted(self._line, self._replica, leaf, payloads)

    def call_stop(self, call: CallStop | bytes) -> Steps[Sounded]:
        """Call a STOP: signed here where there is a key and the ledger is known, as it comes otherwise."""
        if isinstance(call, bytes):
            return stop_called(self._line, call)
        replica = self._own_replica
        if self._line.key is None or replica is None or not replica.ledger:
            from msgspec.json import encode

            return stop_called(self._line, encode(call))
        leaf, payloads = seal(call, self._stamp(None), [self._line.key], _Machine())
        return stop_called(self._line, pack(leaf, payloads))

    def bundle(self, ref: str) -> Steps[bytes]:
        """Fetch a proof bundle, and verify it."""
        return bundle_fetched(self._line, self._replica, ref)

    def cosign(self, before: Checkpoint | None, remember: Callable[[bytes], None]) -> Steps[CosignedTold]:
        """Cosign the checkpoint that is up."""
        return cosigned_by_us(self._line, self._replica, before, remember, self._clock.now_ms() // 1000)

    def node(self) -> Steps[NodeTold]:
        """Ask a node after itself."""
        return asked_after(self._line)

    def ready(self) -> Steps[tuple[str, ...]]:
        """Ask a node why it takes no statements."""
        return readiness_asked(self._line)

    def found(self, charter: bytes, operator: str) -> Steps[str]:
        """Begin the node's ledger."""
        return founded(self._line, charter, operator)

    def greeted(self) -> Steps[dict[str, str]]:
        """Return the header that a stream is asked for with, from the session that is there, or a new one."""
        session = self._line.session
        if session is None:
            session = yield from self._line.begun()
        return {"Authorization": f"Bearer {session.token}"}

    def no_stream(self, answer: Answer) -> None:
        """Pass where a stream can be asked for again with a new session.

        Raises:
            DeclinedError: The node gives none.
        """
        if answer.status != 401 or self._line.session is None:
            raise self._line.declined(answer)
        self._line.session = None
