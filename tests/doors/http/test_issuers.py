"""Bearer tokens of another issuer, made here with keys of its own and everything wrong with them that can be."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sazokar.domain.party import PartyRole
from sazokar.domain.state import State
from sazokar.domain.statement import Charter, Member
from sazokar.doors.http import issuers as issuers_module
from sazokar.doors.http.issuers import Fetch, Issuers
from sazokar.doors.http.settings import Issuer
from sazokar.errors import DeclinedError, UnreadableError

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SETTINGS = Issuer(
    issuer="https://id.example",
    audience="sazokar",
    jwks="https://id.example/keys",
    parties={"air-alpha": "ALPHA", "air-b": "BRAVO"},
)
MEMBERS = tuple(Member(name=name, role=PartyRole.PARTY, roots=()) for name in ("ALPHA", "BRAVO"))
STATE = State(charter=Charter(name="t", origin="t", node="", parties=MEMBERS, quorum=1, created_ms=0))


def jwks(*keys: rsa.RSAPrivateKey) -> bytes:
    found = []
    for number, key in enumerate(keys):
        one = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
        found.append({**one, "kid": f"k{number}", "alg": "RS256", "use": "sig"})
    return json.dumps({"keys": found}).encode()


def issuers(fetch: Callable[[str], bytes] = lambda _: jwks(KEY), settings: Issuer = SETTINGS) -> Issuers:
    found = Issuers((settings,), answering(fetch))
    asyncio.run(found.refresh())
    return found


def answering(fetch: Callable[[str], bytes]) -> Fetch:
    async def answered(address: str) -> bytes:
        return fetch(address)

    return answered


def token(key: object = KEY, *, kid: str = "k0", algorithm: str = "RS256", **claims: object) -> str:
    now = int(time.time())
    whole = {
        "iss": "https://id.example",
        "aud": "sazokar",
        "exp": now + 300,
        "sub": "u1",
        "groups": ["air-alpha", "x"],
        **claims,
    }
    whole = {name: value for name, value in whole.items() if value is not None}
    return jwt.encode(whole, key, algorithm=algorithm, headers={"kid": kid})  # type: ignore[arg-type]  # keys of its own


def test_a_good_token_reads_as_the_party_that_its_claim_names_and_signs_nothing() -> None:
    viewer = issuers().viewer(token(), STATE)
    assert (viewer.party, viewer.key, viewer.officer) == ("ALPHA", "", "")


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"}, {"aud": "another"}, {"aud": None}, {"exp": int(time.time()) - 60}, {"exp": None},
        {"sub": None}, {"nbf": int(time.time()) + 600}, {"groups": []}, {"groups": None}, {"groups": "nobody"},
        {"groups": ["air-alpha", "air-b"]}, {"groups": [["air-alpha"]]},
    ],
)  # fmt: skip
def test_a_token_with_another_claim_is_not_taken(claims: dict[str, object]) -> None:
    with pytest.raises(DeclinedError) as found:
        issuers().viewer(token(**claims), STATE)  # type: ignore[arg-type]  # none of them is the key's
    assert found.value.status == 401


def test_a_token_by_another_key_is_not_taken() -> None:
    with pytest.raises(DeclinedError):
        issuers().viewer(token(OTHER), STATE)


def test_a_token_signed_with_the_public_key_as_a_secret_is_not_taken() -> None:
    pem = KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )  # the confusion of algorithms
    import base64
    import hashlib
    import hmac

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = {
        "iss": "https://id.example",
        "aud": "sazokar",
        "exp": int(time.time()) + 300,
        "sub": "u1",
        "groups": "air-alpha",
    }
    signed = f"{part({'alg': 'HS256', 'kid': 'k0', 'typ': 'JWT'})}.{part(claims)}"
    mac = base64.urlsafe_b64encode(hmac.new(pem, signed.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
    with pytest.raises(DeclinedError):
        issuers().viewer(f"{signed}.{mac}", STATE)


def test_a_token_without_a_signature_is_not_taken() -> None:
    with pytest.raises(DeclinedError):
        issuers().viewer(token("", algorithm="none"), STATE)


def test_a_token_of_a_kind_of_key_that_the_settings_do_not_name_is_not_taken() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    one = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
    settings = Issuer(
        issuer="https://id.example", audience="sazokar", jwks="x", algorithms=("RS256",), parties={"air-alpha": "ALPHA"}
    )
    keys = json.dumps({"keys": [{**one, "kid": "k0"}]}).encode()
    with pytest.raises(DeclinedError):
        issuers(lambda _: keys, settings).viewer(token(key, algorithm="ES256"), STATE)


def test_a_token_for_a_party_that_the_charter_does_not_name_is_not_taken() -> None:
    with pytest.raises(DeclinedError):
        issuers().viewer(
            token(), State(charter=Charter(name="t", origin="t", node="", parties=MEMBERS[1:], quorum=1, created_ms=0))
        )


@pytest.mark.parametrize("text", ["a.b.c", "..", "eyJ.eyJ.x", "é.é.é"])
def test_garbage_is_not_taken_and_nothing_breaks(text: str) -> None:
    with pytest.raises(DeclinedError) as found:
        issuers().viewer(text, STATE)
    assert found.value.status == 401


def test_invented_key_names_do_not_make_the_node_ask_again_and_again() -> None:
    asked = []

    def fetch(address: str) -> bytes:
        asked.append(address)
        return jwks(KEY)

    known = issuers(fetch)
    for number in range(50):
        with pytest.raises(DeclinedError):
            known.viewer(token(kid=f"invented-{number}"), STATE)
        asyncio.run(known.refresh())
    assert len(asked) == 1


def test_where_keys_cannot_be_fetched_nobody_is_let_in_and_nothing_breaks() -> None:
    def fetch(address: str) -> bytes:
        raise OSError("no route")

    with pytest.raises(DeclinedError):
        issuers(fetch).viewer(token(), STATE)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "HS512", ""])
def test_an_algorithm_with_a_shared_secret_is_refused_at_the_start(algorithm: str) -> None:
    with pytest.raises(UnreadableError):
        Issuers((Issuer(issuer="i", audience="a", jwks="f", algorithms=(algorithm,), parties={}),))


def test_keys_over_http_are_refused_at_the_start() -> None:
    with pytest.raises(UnreadableError):
        Issuers((Issuer(issuer="i", audience="a", jwks="http://id.example/keys", parties={}),))


@pytest.mark.parametrize(
    "content",
    [
        b"[]", b"7", b"null", b"", b"\xff", b"{}", b'{"keys":7}', b'{"keys":[7,null,[]]}', b"[" * 100_000,
        b'{"keys":[' * 9_000,
        b'{"keys":[{"kty":"RSA","kid":"k0","n":1,"e":"AQAB"}]}', b'{"keys":[{"kty":["RSA"],"kid":"k0"}]}',
        b'{"keys":[{"kty":"EC","kid":"k0","crv":"P-0","x":"AA","y":"AA"}]}',
        b'{"keys":[{"kty":"RSA","kid":"k0","n":"!","e":""}]}',
        b'{"keys":[{"kty":"oct","kid":"k0","k":"AAAA"}]}', json.dumps({"keys": [{"kid": "k0"}] * 101}).encode(),
    ],
)  # fmt: skip
def test_what_is_no_key_set_lets_nobody_in_and_breaks_nothing(content: bytes) -> None:
    with pytest.raises(DeclinedError):
        issuers(lambda _: content).viewer(token(), STATE)


def test_a_bad_key_of_a_set_does_not_hide_the_good_ones() -> None:
    keys = json.loads(jwks(KEY))["keys"]
    content = json.dumps({"keys": [7, {"kty": "RSA", "kid": "bad", "n": "!"}, *keys]}).encode()
    assert issuers(lambda _: content).viewer(token(), STATE).party == "ALPHA"


def test_keys_that_drip_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def drip(_: str) -> bytes:
        await asyncio.sleep(60)
        return jwks(KEY)

    monkeypatch.setattr(issuers_module, "WHOLE_S", 0.05)
    began = time.monotonic()
    asyncio.run(Issuers((SETTINGS,), drip).refresh())
    assert time.monotonic() - began < 5


def test_a_token_is_verified_once_and_not_taken_after_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    known, mine = issuers(), token()
    known.viewer(mine, STATE)

    def dear(*_: object, **__: object) -> object:
        raise AssertionError("verified again")

    monkeypatch.setattr(jwt, "decode", dear)
    assert known.viewer(mine, STATE).party == "ALPHA"
    monkeypatch.undo()
    now_s = time.time()
    monkeypatch.setattr(time, "time", lambda: now_s + 300 + issuers_module.LEEWAY_S + 1)
    with pytest.raises(AssertionError):
        monkeypatch.setattr(jwt, "decode", dear)
        known.viewer(mine, STATE)


def test_a_remembered_token_is_not_taken_once_its_issuer_has_taken_its_key_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = [KEY]
    known = issuers(lambda _: jwks(*held))
    mine = token()
    known.viewer(mine, STATE)
    held.clear()
    monkeypatch.setattr(issuers_module, "KEYS_FOR_S", 0.0)
    asyncio.run(known.refresh())
    with pytest.raises(DeclinedError):
        known.viewer(mine, STATE)


def test_of_too_many_tokens_the_one_unused_longest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuers_module, "MOST_REMEMBERED", 2)
    known = issuers()
    for number in range(4):
        known.viewer(token(sub=f"u{number}"), STATE)
    assert len(known._remembered) == 2
