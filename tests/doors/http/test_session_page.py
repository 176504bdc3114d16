"""The page tells how a challenge is signed so that another program can: its numbers are computed anew."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sazokar.app.wire import ChallengeAnswered, session_message
from sazokar.ledger.signing import message_for

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "serve.md").read_text(encoding="utf-8")
SIGNED = re.compile(r"^seed +([0-9a-f]{64})\nsigned +(.+)\n +(\{.+\})\nsignature +([0-9a-f]{128})$", re.MULTILINE)


@pytest.mark.requirement("SZK-39")
def test_the_signature_on_the_page_is_the_one_that_its_words_lead_to() -> None:
    (told,) = SIGNED.findall(PAGE)
    seed, purpose, text, signature = told
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
    message = purpose.encode() + b"\n" + text.encode()
    assert key.sign(message).hex() == signature
    words = json.loads(text)
    assert json.dumps(words, sort_keys=True, separators=(",", ":")) == text
    assert words["key"] == key.public_key().public_bytes_raw().hex()
    ledger = words.pop("ledger")
    answered = ChallengeAnswered(**words, signature=signature)
    assert message_for(b"session", session_message(answered, ledger)) == message
