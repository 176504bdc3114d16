"""Bearer tokens of other issuers (OpenID Connect): who reads as which party because someone else vouches for them.

They read and sign nothing: statements are signed by officers' keys, whoever is signed in. A token is checked by its
signature, issuer, audience, expiry and algorithm; an algorithm with a shared secret, or none, is never taken.

Source: RFC 7519 (JWT), RFC 7517 (JWK), OpenID Connect Core 1.0, section 3.1.3.7.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Final

import httpx
import jwt

from sazokar.domain.state import State
from sazokar.doors.http.sessions import Viewer
from sazokar.doors.http.settings import Issuer
from sazokar.errors import DeclinedError, UnreadableError

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
TIMEOUT_S: Final = 5.0
LEEWAY_S: Final = 30


class Issuers:
    """Whose tokens are taken beside sessions.

    Args:
        issuers: From the settings.
        fetch: Gives the bytes behind an address; by default over https.

    Raises:
        UnreadableError: An issuer is described so that it could not be trusted.
    """

    def __init__(self, issuers: tuple[Issuer, ...], fetch: Callable[[str], bytes] | None = None) -> None:
        for one in issuers:
            _require_sound(one)
        self._known = {one.issuer: _Known(one, fetch or _fetched) for one in issuers}

    def refresh(self) -> None:
        """Fetch the keys that are due, or that a token has named and nobody knows yet. Takes seconds: called in a thread."""
        for known in self._known.values():
            known.refresh()

    def viewer(self, token: str, state: State) -> Viewer:
        """Return who asks with a token.

        Raises:
            DeclinedError: The token is not one that is taken, or speaks for no party of the charter.
        """
        known = self._known.get(_issuer_named(token))
        if known is None:
            raise _denied("found a token of an issuer that is not known here")
        claims = known.claims(token)
        party = _party(known.issuer, claims)
        if state.member(party) is None:
            raise _denied(f"found a token for {party[:60]!r}, which is no party of the charter")
        subject = sha256(f"{known.issuer.issuer} {claims.get('sub', '')}".encode()).hexdigest()
        return Viewer(party=party, name=subject)


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

    def __init__(self, issuer: Issuer, fetch: Callable[[str], bytes]) -> None:
        self.issuer = issuer
        self._fetch = fetch
        self._keys: dict[str, jwt.PyJWK] = {}
        self._asked_s = float("-inf")
        self._wanted = False

    def claims(self, token: str) -> dict[str, object]:
        """Return what a token claims, where all of it holds."""
        try:
            header = jwt.get_unverified_header(token)
            claims: dict[str, object] = jwt.decode(
                token, self._key(str(header.get("kid", ""))), algorithms=list(self.issuer.algorithms),
                audience=self.issuer.audience, issuer=self.issuer.issuer, leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )  # fmt: skip
        except jwt.PyJWTError as error:
            raise _denied(f"found a token that does not hold: {error}") from error
        return claims

    def _key(self, kid: str) -> jwt.PyJWK:
        key = self._keys.get(kid)
        if key is not None:
            return key
        self._wanted = True
        if time.monotonic() - self._asked_s < RETRY_S:
            raise _denied("found a token signed by a key that its issuer does not name")
        raise DeclinedError(503, "issuer", "the keys of the token's issuer are being fetched", remedy="wait", retry_s=1)

    def refresh(self) -> None:
        """Fetch the keys where they are old, or where one is wanted and they were not fetched just now."""
        age_s = time.monotonic() - self._asked_s
        if age_s >= KEYS_FOR_S or (self._wanted and age_s >= RETRY_S):
            self._keys = self._fetched()
            self._wanted, self._asked_s = False, time.monotonic()

    def _fetched(self) -> dict[str, jwt.PyJWK]:
        try:
            found = jwt.PyJWKSet.from_json(self._fetch(self.issuer.jwks).decode())
        except (jwt.PyJWTError, OSError, ValueError, httpx.HTTPError) as error:
            _LOG.warning("issuer", extra={"fields": {"issuer": self.issuer.issuer, "error": type(error).__name__}})
            return self._keys  # those that were good a moment ago
        return {key.key_id: key for key in found.keys if key.key_id}


def _fetched(address: str) -> bytes:
    """Return a key set from an https address, or from a file."""
    if not address.startswith("https://"):
        with Path(address).open("rb") as file:
            return file.read(LARGEST_JWKS)
    with httpx.Client(timeout=TIMEOUT_S, follow_redirects=False) as client, client.stream("GET", address) as answer:
        answer.raise_for_status()
        content = b""
        for part in answer.iter_bytes():
            content += part
            if len(content) > LARGEST_JWKS:
                raise ValueError("a key set without end")
        return content


def _denied(found: str) -> DeclinedError:
    return DeclinedError(
        401, "unauthenticated", found, remedy="sign in with the issuer again, or begin a session with a key"
    )
