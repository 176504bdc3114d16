"""Bearer tokens of other issuers (OpenID Connect): who reads as which party because someone else vouches for them.

They read and sign nothing: statements are signed by officers' keys, whoever is signed in. A token is checked by its
signature, issuer, audience, expiry and algorithm; an algorithm with a shared secret, or none, is never taken.

Source: RFC 7519 (JWT), RFC 7517 (JWK), OpenID Connect Core 1.0, section 3.1.3.7.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

import httpx
import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm

from sazokar.domain.state import State
from sazokar.doors.http.sessions import Viewer
from sazokar.doors.http.settings import Issuer
from sazokar.errors import DeclinedError, SazokarError, UnreadableError

_LOG: Final = logging.getLogger("sazokar.http")
ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
"""With public keys alone: a node that knew a shared secret could make tokens itself."""
KEYS_FOR_S: Final = 3_600.0
"""Keys are fetched again after so long, or when a token names one that is not known."""
RETRY_S: Final = 30.0
"""But no more often than this: whoever sends tokens with invented keys must not make the node ask."""
LARGEST_JWKS: Final = 256 * 1024
MOST_KEYS: Final = 100
TIMEOUT_S: Final = 5.0
"""For so long nothing need come of the keys."""
WHOLE_S: Final = 10.0
"""In so long they must have come whole: what drips is given up."""
LEEWAY_S: Final = 30
MOST_REMEMBERED: Final = 10_000
"""Of so many tokens it is remembered until they expire that they hold; of more, the one unused longest is verified anew."""
Fetch = Callable[[str], Awaitable[bytes]]


class Issuers:
    """Whose tokens are taken beside sessions.

    Args:
        issuers: From the settings.
        fetch: Gives the bytes behind an address; by default over https.

    Raises:
        UnreadableError: An issuer is described so that it could not be trusted.
    """

    def __init__(self, issuers: tuple[Issuer, ...], fetch: Fetch | None = None) -> None:
        for one in issuers:
            _require_sound(one)
        self._known = {one.issuer: _Known(one, fetch or _fetched) for one in issuers}
        self._remembered: OrderedDict[bytes, _Holding] = OrderedDict()

    async def refresh(self) -> None:
        """Fetch the keys that are due, or that a token has named and nobody knows yet. Takes seconds, and can be cut."""
        for known in self._known.values():
            await known.refresh()

    def viewer(self, token: str, state: State) -> Viewer:
        """Return who asks with a token.

        Raises:
            DeclinedError: The token is not one that is taken, or speaks for no party of the charter.
        """
        holding = self._holding(token)
        if state.member(holding.viewer.party) is None:
            raise _denied(f"found a token for {holding.viewer.party[:60]!r}, which is no party of the charter")
        return holding.viewer

    def ends_ms(self, token: str) -> int:
        """Return when a token that holds expires, in ms since the Unix epoch.

        Raises:
            DeclinedError: It does not hold.
        """
        return round(self._holding(token).until_s * 1000)

    def _holding(self, token: str) -> _Holding:
        """Return what a token that holds says; a stream asks so every second, and a signature is dear."""
        name = sha256(token.encode()).digest()
        found = self._remembered.pop(name, None)
        if found is None or not found.holds():
            found = self._verified(token)
        self._remembered[name] = found
        if len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return found

    def _verified(self, token: str) -> _Holding:
        known = self._known.get(_issuer_named(token))
        if known is None:
            raise _denied("found a token of an issuer that is not known here")
        claims, key = known.claims(token)
        subject = sha256(f"{known.issuer.issuer} {claims.get('sub', '')}".encode()).hexdigest()
        viewer = Viewer(party=_party(known.issuer, claims), name=subject)
        return _Holding(viewer, float(str(claims["exp"])) + LEEWAY_S, known, key)


def _require_sound(issuer: Issuer) -> None:
    for algorithm in issuer.algorithms:
        if algorithm not in ALGORITHMS:
            raise UnreadableError(
                f"issuers: found the algorithm {algorithm[:20]!r}; expected one of {', '.join(sorted(ALGORITHMS))}"
            )
    if not issuer.algorithms or not issuer.audience or not issuer.issuer:
        raise UnreadableError("issuers: found one without an issuer, audience or algorithm; expected each of them")
    if issuer.jwks.startswith("http://"):
        raise UnreadableError(
            f"issuers: found {issuer.jwks[:80]!r}; expected https, or a file: who sends keys is believed"
        )


def _issuer_named(token: str) -> str:
    """Return the issuer that a token names; nothing of it is believed before its signature."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise _denied("found a bearer token that is none of ours") from error
    return str(claims.get("iss", ""))


def _party(issuer: Issuer, claims: dict[str, object]) -> str:
    """Return the party that the claims name: exactly one, or it is not known whose sight it is."""
    value = claims.get(issuer.claim)
    names = value if isinstance(value, list) else [value]
    found = {issuer.parties[name] for name in names if isinstance(name, str) and name in issuer.parties}
    if len(found) != 1:
        raise _denied(f"found a token whose {issuer.claim!r} names {len(found)} parties; expected one")
    return found.pop()


class _Known:
    """One issuer and its keys."""

    def __init__(self, issuer: Issuer, fetch: Fetch) -> None:
        self.issuer = issuer
        self._fetch = fetch
        self._keys: dict[str, jwt.PyJWK] = {}
        self._asked_s = float("-inf")
        self._wanted = False

    def claims(self, token: str) -> tuple[dict[str, object], jwt.PyJWK]:
        """Return what a token claims, where all of it holds, and the key that it was signed by."""
        try:
            key = self._key(str(jwt.get_unverified_header(token).get("kid", "")))
            claims: dict[str, object] = jwt.decode(
                token, key, algorithms=list(self.issuer.algorithms),
                audience=self.issuer.audience, issuer=self.issuer.issuer, leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )  # fmt: skip
        except jwt.PyJWTError as error:
            raise _denied(f"found a token that does not hold: {error}") from error
        return claims, key

    def names(self, key: jwt.PyJWK) -> bool:
        """Return whether the issuer still names a key as its own."""
        return key.key_id is not None and self._keys.get(key.key_id) is key

    def _key(self, kid: str) -> jwt.PyJWK:
        key = self._keys.get(kid)
        if key is not None:
            return key
        self._wanted = True
        if time.monotonic() - self._asked_s < RETRY_S:
            raise _denied("found a token signed by a key that its issuer does not name")
        raise DeclinedError(503, "issuer", "the keys of the token's issuer are being fetched", remedy="wait", retry_s=1)

    async def refresh(self) -> None:
        """Fetch the keys where they are old, or where one is wanted and they were not fetched just now."""
        age_s = time.monotonic() - self._asked_s
        if age_s >= KEYS_FOR_S or (self._wanted and age_s >= RETRY_S):
            self._wanted, self._asked_s = False, time.monotonic()
            self._keys = await self._fetched()

    async def _fetched(self) -> dict[str, jwt.PyJWK]:
        try:
            async with asyncio.timeout(WHOLE_S):
                content = await self._fetch(self.issuer.jwks)
            return keys_of(content)
        except (SazokarError, OSError, ValueError, httpx.HTTPError) as error:  # a TimeoutError is an OSError
            _LOG.warning("issuer", extra={"fields": {"issuer": self.issuer.issuer, "error": type(error).__name__}})
            return self._keys  # those that were good a moment ago


class _KeySet(msgspec.Struct):
    keys: list[msgspec.Raw]


class _Key(msgspec.Struct, omit_defaults=True):
    """What is read of a key of a set (RFC 7517, RFC 7518): public parts, all of them text."""

    kty: Literal["RSA", "EC", "OKP"]
    kid: str
    use: Literal["sig", ""] = ""
    alg: str = ""
    crv: str = ""
    n: str = ""
    e: str = ""
    x: str = ""
    y: str = ""


def keys_of(content: bytes) -> dict[str, jwt.PyJWK]:
    """Return the keys of a key set by their names; one that is not of its form, or is for another use, is left out.

    Raises:
        UnreadableError: It is no key set.
    """
    try:
        found = msgspec.json.decode(content, type=_KeySet).keys
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UnreadableError(f"found {str(error)[:200]}; expected a set of keys (RFC 7517)") from error
    if len(found) > MOST_KEYS:
        raise UnreadableError(f"found {len(found):,} keys of one issuer; expected {MOST_KEYS} at most")
    keys = {}
    for raw in found:
        with suppress(jwt.PyJWTError, UnsupportedAlgorithm, ValueError, TypeError, KeyError, RecursionError):
            one = msgspec.json.decode(raw, type=_Key)
            keys[one.kid] = jwt.PyJWK(msgspec.to_builtins(one))
    return keys


async def _fetched(address: str) -> bytes:
    """Return a key set from an https address, or from a file."""
    if not address.startswith("https://"):
        with Path(address).open("rb") as file:
            return file.read(LARGEST_JWKS)
    content = b""
    async with (
        httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False) as client,
        client.stream("GET", address) as answer,
    ):
        answer.raise_for_status()
        async for part in answer.aiter_bytes():
            content += part
            if len(content) > LARGEST_JWKS:
                raise UnreadableError(f"found more than {LARGEST_JWKS:,} bytes; expected a set of keys")
    return content


class _Holding(msgspec.Struct, frozen=True):
    """A token that was found to hold: for whom, until when (s since the Unix epoch), and by which key of whom."""

    viewer: Viewer
    until_s: float
    by: _Known
    key: jwt.PyJWK

    def holds(self) -> bool:
        """Return whether it has not expired, and its issuer has not taken its key back."""
        return time.time() < self.until_s and self.by.names(self.key)


def _denied(found: str) -> DeclinedError:
    return DeclinedError(
        401, "unauthenticated", found, remedy="sign in with the issuer again, or begin a session with a key"
    )
