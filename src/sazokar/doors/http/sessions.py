"""Sessions: an officer signs a challenge, and reads as its party until the session ends or its key signs no more.

Writes nothing: statements are signed each by itself, and a session only says whose sight it is. Sessions live in memory;
whoever restarts the node signs in anew. There are no cookies, so that no other site's page can use a session.
"""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from hashlib import sha256
from typing import Final

import msgspec

from sazokar.app.node import Node
from sazokar.app.ports import Clock
from sazokar.app.wire import Challenge, ChallengeAnswered, SessionBegun, session_message
from sazokar.domain.authority import Author, author_of
from sazokar.domain.governing import NODE
from sazokar.domain.party import OfficerRole
from sazokar.errors import DeclinedError, SignatureError
from sazokar.ledger.signing import message_for, require_key, verify

CHALLENGE_MS: Final = 120_000
"""A challenge can be answered for two minutes."""
GREATEST_SESSIONS: Final = 20_000
GREATEST_PER_KEY: Final = 200
GREATEST_PER_PARTY: Final = 2_000
"""Of too many sessions the oldest ends: of a key, or of a party."""
LONGEST_TOKEN: Final = 8_192
HOUR_MS: Final = 3_600_000
MINUTE_MS: Final = 60_000


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks: a party's officer, its root, or someone whom another issuer vouches for.

    Args:
        party: Whose sight it is.
        officer: Watch number.
        role: What its key may sign.
        key: Its key; empty: a token of another issuer.
        name: What limits are counted under.
    """

    party: str
    officer: str = ""
    role: str = ""
    key: str = ""
    name: str


class _Session(msgspec.Struct):
    key: str
    party: str
    begun_ms: int
    used_ms: int


class Sessions:
    """The sessions of a node.

    Args:
        node: Whose state says for whom a key signs, at each request anew.
        clock: What the time is.
        audiences: Addresses under which the node may be spoken to.
        longest_ms: A session ends after so long in any case.
        idle_ms: And before, when it is not used for so long.
    """

    def __init__(
        self, node: Node, clock: Clock, audiences: frozenset[str], *, longest_ms: int = 12 * HOUR_MS, idle_ms: int = HOUR_MS
    ) -> None:  # fmt: skip
        self._node = node
        self._clock = clock
        self.audiences = audiences
        self._longest_ms = longest_ms
        self._idle_ms = idle_ms
        self._secret = secrets.token_bytes(32)
        self._answered: OrderedDict[str, int] = OrderedDict()
        self._forgotten_ms = 0
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        self._of_key: dict[str, list[str]] = {}

    def challenge(self, key: str) -> Challenge:
        """Return something for a key to sign; nothing is remembered of it, so that nobody can fill a table with them."""
        expires_ms = self._clock.now_ms() + CHALLENGE_MS
        plain = f"{expires_ms:015d}{secrets.token_hex(16)}"
        return Challenge(
            challenge=plain + self._sealed(plain, key), ledger=self._node.ledger or "0" * 64, expires_ms=expires_ms
        )

    def _sealed(self, plain: str, key: str) -> str:
        return hmac.new(self._secret, f"{plain} {key}".encode(), sha256).hexdigest()

    def begin(self, answered: ChallengeAnswered) -> SessionBegun:
        """Return a new session.

        Raises:
            DeclinedError: The challenge is not ours, or was answered; the signature is false or made for another address;
                or the key reads for nobody.
        """
        now_ms = self._clock.now_ms()
        self._require_challenge(answered, now_ms)
        try:
            require_key(answered.key)
        except SignatureError as error:
            raise _denied(str(error)) from error
        message = message_for(b"session", session_message(answered, self._node.ledger))
        if not verify(answered.key, bytes.fromhex(answered.signature), message):
            raise _denied("found a signature that is not one of this challenge by this key")
        if answered.audience not in self.audiences:
            raise _denied(f"found a signature for {answered.audience[:80]!r}; this node is known under other addresses")
        viewer = self._viewer(answered.key, now_ms)
        self._answered[answered.challenge] = int(answered.challenge[:15])
        return self._opened(viewer, now_ms)

    def _require_challenge(self, answered: ChallengeAnswered, now_ms: int) -> None:
        plain, seal = answered.challenge[:47], answered.challenge[47:]
        if not hmac.compare_digest(seal, self._sealed(plain, answered.key)):
            raise _denied("found a challenge that this node did not give to this key")
        while self._answered and next(iter(self._answered.values())) <= now_ms:
            self._forgotten_ms = max(self._forgotten_ms, self._answered.popitem(last=False)[1])
        # A clock that steps back must not bring back a challenge whose answer was forgotten.
        if int(plain[:15]) <= max(now_ms, self._forgotten_ms) or answered.challenge in self._answered:
            raise _denied("found a challenge that has expired, or was answered before")

    def _opened(self, viewer: Viewer, now_ms: int) -> SessionBegun:
        token = secrets.token_urlsafe(32)
        name = _digest(token)
        mine = self._of_key.setdefault(viewer.key, [])
        while len(mine) >= GREATEST_PER_KEY:
            self._end(mine[0])
            mine = self._of_key.setdefault(viewer.key, [])
        theirs = [one for one, session in self._sessions.items() if session.party == viewer.party]
        for one in theirs[: max(0, len(theirs) - GREATEST_PER_PARTY + 1)]:
            self._end(one)  # its own party's, never another's
        while len(self._sessions) >= GREATEST_SESSIONS:
            self._end(next(iter(self._sessions)))
        self._sessions[name] = _Session(viewer.key, viewer.party, now_ms, now_ms)
        self._of_key.setdefault(viewer.key, []).append(name)
        return self.told(viewer, now_ms, token)

    def told(self, viewer: Viewer, begun_ms: int, token: str = "") -> SessionBegun:
        """Return what a session tells of itself."""
        return SessionBegun(
            token=token, party=viewer.party, officer=viewer.officer, role=viewer.role, ledger=self._node.ledger,
            expires_ms=begun_ms + self._longest_ms, idle_ms=self._idle_ms,
        )  # fmt: skip

    def of(self, token: str) -> tuple[Viewer, int]:
        """Return who asks with a token, judged anew by what is true now, and since when.

        Raises:
            DeclinedError: There is no such session, or its key reads for nobody any more.
        """
        now_ms = self._clock.now_ms()
        name = _digest(token)
        session = self._sessions.get(name)
        if session is None:
            raise _denied("found no session of this token")
        if now_ms >= session.begun_ms + self._longest_ms or now_ms >= session.used_ms + self._idle_ms:
            self._end(name)
            raise _denied("the session has ended")
        try:
            viewer = self._viewer(session.key, now_ms)
        except DeclinedError:
            self._end(name)
            raise
        session.used_ms = max(now_ms, session.used_ms)
        return viewer, session.begun_ms

    def name_of(self, token: str) -> str | None:
        """Return under which name a token's requests are counted: its key; None: there is no such session."""
        session = self._sessions.get(_digest(token))
        return session.key if session is not None else None

    def lent(self, viewer: Viewer, expires_ms: int) -> SessionBegun:
        """Return what is told of a token of another issuer: no session, but it reads as one does."""
        return SessionBegun(
            token="",
            party=viewer.party,
            officer="",
            role="",
            ledger=self._node.ledger,
            expires_ms=expires_ms,
            idle_ms=0,
        )

    def end(self, token: str) -> None:
        """End a session; one that is none is ended already."""
        self._end(_digest(token))

    def _end(self, name: str) -> None:
        session = self._sessions.pop(name, None)
        if session is None:
            return
        left = [one for one in self._of_key.get(session.key, []) if one != name]
        if left:
            self._of_key[session.key] = left
        else:
            self._of_key.pop(session.key, None)

    def _viewer(self, key: str, now_ms: int) -> Viewer:
        """Return whose sight a key has. A key for STOP alone lies ready without a passphrase: it reads nothing."""
        author = author_of(self._node.state, key, max(now_ms, self._node.state.recorded_ms))
        if not isinstance(author, Author) or author.role is OfficerRole.STOP_ONLY:
            raise _denied("the key reads for nobody of this ledger: it is unknown, revoked, expired, or for STOP alone")
        if author.party == NODE:
            raise _denied("the node's key is of no party; whoever runs a node sees nothing through it")
        return Viewer(party=author.party, officer=author.officer, role=str(author.role or ""), key=key, name=key)


def _digest(token: str) -> str:
    """Return the name that a token is kept under: who reads the memory of sessions cannot use them."""
    return sha256(token.encode()).hexdigest()


def _denied(found: str) -> DeclinedError:
    return DeclinedError(401, "unauthenticated", found, remedy="begin a session: POST /v1/session/challenge")
