from __future__ import annotations

import time
from hashlib import sha512

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from sazokar.errors import SignatureError
from sazokar.ledger import edwards
from sazokar.ledger.signing import SigningKey, message_for, require_key, verify

pytestmark = pytest.mark.requirement("SZK-39")

# RFC 8032, section 7.1, tests 1 to 3: seed, public key, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe2465"
        "5141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb0"
        "0d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc0"
        "27beceea1ec40a",
    ),
]

# The crafted cases of "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko 2020; novifinancial/ed25519-speccheck,
# cases.json): message, key, signature. Verifiers in use disagree on them; a strict one refuses each.
CRAFTED = {
    "small-order key, small-order R": (
        "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a" + "00" * 32,
    ),
    "small-order key": (
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc"
        "6637b45450ac04",
    ),
    "small-order R": (
        "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953"
        "ec9f5833ca260e",
    ),
    "mixed-order key and R": (
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52f"
        "cd6648a98bd009",
    ),
    "holds with the cofactor alone": (
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab"
        "10aa7940551a09",
    ),
    "holds with the cofactor alone, again": (
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d00304"
        "94ace586687405",
    ),
    "s beyond the order": (
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb6"
        "8afb369ba3a514",
    ),
    "s far beyond the order": (
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa19427e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b"
        "695dd7e89a8c22",
    ),
    "R not canonical": (
        "fdaebc429f4a735932a160da1301080c13280eea8bc280d1b392c6b9e6ba3a5a",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f454d370c8d9fc323a41450f8d513eafeb5b0697390c1e505a0"
        "d4ddc71f566607",
    ),
    "R not canonical, hashed as reduced": (
        "84b698d39be126ff55fe45079e6c8bf64a0d7db6994560b4e96b7021eb39c1a1",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f084d5b99c2a9463d9c8bd5026916996984eeec87ddf1d3be32"
        "9006ace1b37b09",
    ),
}

# The points whose order divides 8, and other spellings of some (same paper, table 1).
UNSAFE_KEYS = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]

KEY = SigningKey.from_seed(b"\x07" * 32)


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032)
def test_the_vectors_of_the_standard_hold(seed: str, public: str, message: str, signature: str) -> None:
    key = SigningKey.from_seed(bytes.fromhex(seed))
    assert key.key_id == require_key(public) == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert verify(public, bytes.fromhex(signature), bytes.fromhex(message))


@pytest.mark.parametrize("case", CRAFTED)
def test_crafted_signatures_on_which_verifiers_differ_are_refused(case: str) -> None:
    message, key, signature = map(bytes.fromhex, CRAFTED[case])
    assert not verify(key.hex(), signature, message)


@pytest.mark.parametrize("key", UNSAFE_KEYS)
def test_unsafe_keys_are_refused(key: str) -> None:
    with pytest.raises(SignatureError, match="expected a point of prime order"):
        require_key(key)


def test_a_key_of_mixed_order_is_refused() -> None:
    with pytest.raises(SignatureError, match="mixed order"):
        require_key(CRAFTED["mixed-order key and R"][1])


def test_a_key_off_the_curve_is_refused() -> None:
    with pytest.raises(SignatureError, match="no point of the curve"):
        require_key("02" + "00" * 31)


@pytest.mark.parametrize(
    "text", ["", "ab", "g" * 64, KEY.key_id.upper(), KEY.key_id + "\n", " " + KEY.key_id, "é" * 64]
)
def test_what_names_no_key_is_refused(text: str) -> None:
    with pytest.raises(SignatureError, match="64 hexadecimal digits in lower case"):
        require_key(text)
    assert not verify(text, bytes(64), b"")


@given(st.binary(max_size=80), st.integers(0, 511))
def test_a_signature_holds_for_its_message_alone(message: bytes, bit: int) -> None:
    signature = KEY.sign(message)
    assert verify(KEY.key_id, signature, message)
    flipped = (int.from_bytes(signature, "big") ^ 1 << bit).to_bytes(64, "big")
    assert not verify(KEY.key_id, flipped, message)
    assert not verify(KEY.key_id, signature, message + b"\0")
    assert not verify(SigningKey.from_seed(bytes(32)).key_id, signature, message)
    assert not verify(KEY.key_id, signature[:-1], message) and not verify(KEY.key_id, signature + b"\0", message)


@given(st.binary(max_size=40))
def test_adding_the_order_to_s_makes_no_second_signature(message: bytes) -> None:
    signature = KEY.sign(message)
    malleated = int.from_bytes(signature[32:], "little") + edwards.L
    assert not verify(KEY.key_id, signature[:32] + malleated.to_bytes(32, "little"), message)


@pytest.mark.parametrize("case", ["s beyond the order", "s far beyond the order", "small-order R", "R not canonical"])
def test_a_crafted_signature_is_refused_before_a_library_is_asked(case: str) -> None:
    # Whatever the library does with it today, or in a later version.
    assert not edwards.is_strict_signature(bytes.fromhex(CRAFTED[case][2]))
    assert edwards.is_strict_signature(KEY.sign(b""))


def test_whoever_holds_the_key_can_make_no_signature_with_a_small_order_r() -> None:
    # RFC 8032, section 5.1.6, with r = 0: R is the neutral element and S = k·s. The library takes it.
    hashed = sha512(b"\x07" * 32).digest()[:32]
    secret = int.from_bytes(bytes([hashed[0] & 248]) + hashed[1:31] + bytes([hashed[31] & 63 | 64]), "little")
    r = (1).to_bytes(32, "little")
    k = int.from_bytes(sha512(r + bytes.fromhex(KEY.key_id) + b"message").digest(), "little")
    signature = r + (k * secret % edwards.L).to_bytes(32, "little")
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(KEY.key_id)).verify(signature, b"message")
    assert not verify(KEY.key_id, signature, b"message")


@given(st.binary(min_size=32, max_size=32))
def test_every_key_that_is_made_is_safe(seed: bytes) -> None:
    assert require_key(SigningKey.from_seed(seed).key_id)


@given(st.binary(min_size=32, max_size=32))
def test_a_key_that_is_safe_is_one_that_the_library_takes(encoded: bytes) -> None:
    if edwards.fault_of_key(encoded) is None:
        Ed25519PublicKey.from_public_bytes(encoded)


def test_purposes_are_kept_apart() -> None:
    assert message_for(b"statement", b"{}") == b"sazokar statement v1\n{}"
    signature = KEY.sign(message_for(b"statement", b"{}"))
    assert verify(KEY.key_id, signature, message_for(b"statement", b"{}"))
    assert not verify(KEY.key_id, signature, message_for(b"findings", b"{}"))
    assert not verify(KEY.key_id, signature, message_for(b"charter", b"{}"))


def test_a_private_key_does_not_show_itself() -> None:
    assert repr(KEY) == f"SigningKey({KEY.key_id})"
    with pytest.raises(SignatureError, match="31 bytes; expected 32"):
        SigningKey.from_seed(bytes(31))
    assert SigningKey.generate().key_id != SigningKey.generate().key_id


def test_a_key_is_examined_once() -> None:
    key = SigningKey.from_seed(b"\x55" * 32)
    signature = key.sign(b"")
    verify(key.key_id, signature, b"")
    start_s = time.perf_counter()
    for _ in range(200):
        verify(key.key_id, signature, b"")
    assert (time.perf_counter() - start_s) / 200 < 0.001  # to examine it takes longer than that
