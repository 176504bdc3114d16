from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.errors import SignatureError
from sazokar.ledger.note import (
    COSIGNED,
    LARGEST_NOTE_BYTES,
    MOST_LINES,
    SIGNED,
    Line,
    Signature,
    key_hash,
    read_note,
    sign_line,
    verify_line,
    write_note,
)
from sazokar.ledger.signing import KeyId, SigningKey

pytestmark = pytest.mark.requirement("SZK-39")

# The example of golang.org/x/mod/sumdb/note, with its published private and public key.
SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
PUBLIC = KeyId(base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:].hex())
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = (
    TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

# The example of C2SP signed-note: its text holds an empty line, its key is not published.
ITALIAN = """Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
"""


def test_the_published_example_is_signed_byte_for_byte() -> None:
    key = SigningKey.from_seed(SEED)
    assert key.key_id == PUBLIC
    assert write_note(TEXT, [sign_line(TEXT, "PeterNeumann", key)]) == NOTE.encode()


def test_the_published_example_is_verified() -> None:
    text, lines = read_note(NOTE.encode())
    assert (text, len(lines)) == (TEXT, 1)
    assert verify_line(text, lines[0], PUBLIC) == Signature("PeterNeumann", PUBLIC)
    with pytest.raises(SignatureError, match="false"):
        verify_line(text.replace("answer", "question"), lines[0], PUBLIC)


def test_a_text_may_hold_empty_lines() -> None:
    text, lines = read_note(ITALIAN.encode())
    assert text.endswith("sole:\n\ned è subito sera.\n")
    assert (lines[0].name, len(lines[0].signature)) == ("quasimodo.example/salvatore", 64)


@pytest.mark.parametrize(
    ("verifier_key", "kind"),
    # Verifier keys in the world: name, hash and key (transparency-dev/formats, note tests; sum.golang.org).
    [
        ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", SIGNED),
        ("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", SIGNED),
        ("TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6", SIGNED),
        ("remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2", COSIGNED),
    ],
)
def test_the_hashes_of_keys_in_the_world_are_found(verifier_key: str, kind: int) -> None:
    name, hash_, encoded = verifier_key.split("+", 2)
    content = base64.b64decode(encoded)
    assert content[0] == kind
    assert key_hash(name, KeyId(content[1:].hex()), SIGNED if kind == SIGNED else COSIGNED).hex() == hash_


LINE = NOTE.rpartition("\n\n")[2]


@pytest.mark.parametrize(
    "note",
    [
        "",
        TEXT,
        TEXT + "\n",
        TEXT + LINE,
        NOTE[:-1],
        NOTE + "\n",
        NOTE + "not a line\n",
        NOTE.replace("—", "-"),
        NOTE.replace("— P", "—  P"),
        NOTE.replace("PeterNeumann", "Peter+Neumann"),
        NOTE.replace("PeterNeumann", ""),
        NOTE.replace("PeterNeumann", "Peter\u2028Neumann"),
        NOTE.replace("PeterNeumann", "x" * 256),
        NOTE.replace("JnAM=", "JnAN="),
        NOTE.replace("JnAM=", "JnAM"),
        NOTE.replace("x08g", "x08-"),
        NOTE.replace("you think", "you\tthink"),
        NOTE.replace("you think", "you\x00think"),
        NOTE.replace("\n", "\r\n"),
        TEXT + "\n— a AAAAAA==\n",
        TEXT + "\n" + LINE * (MOST_LINES + 1),
        "x" * LARGEST_NOTE_BYTES + NOTE,
    ],
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(SignatureError):
        read_note(note.encode())


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(SignatureError, match="not UTF-8 at byte 5"):
        read_note(b"abcde\xff\n\n" + LINE.encode())


@given(st.integers(0, 8 * len(NOTE.encode()) - 1))
def test_a_note_has_one_form(bit: int) -> None:
    damaged = bytearray(NOTE.encode())
    damaged[bit // 8] ^= 1 << bit % 8
    try:
        text, lines = read_note(bytes(damaged))
        found = [verify_line(text, line, PUBLIC) for line in lines if line.name == "PeterNeumann"]
    except SignatureError:
        return
    # Only a line that claims another key is passed over.
    assert found in ([], [None])


def test_a_signature_of_another_length_is_false() -> None:
    hash_ = key_hash("PeterNeumann", PUBLIC, COSIGNED)
    for signature in (b"x", bytes(8), bytes(71), bytes(72), b"\xff" * 72, bytes(73)):
        with pytest.raises(SignatureError, match="false"):
            verify_line(TEXT, Line("PeterNeumann", hash_, signature), PUBLIC)
