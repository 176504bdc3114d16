from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sazokar.errors import SignatureError
from sazokar.ledger.checkpoint import (
    LARGEST_TREE,
    Checkpoint,
    cosign,
    merge_notes,
    open_note,
    quorum,
    read_checkpoint,
    sign_checkpoint,
)
from sazokar.ledger.note import Signature, read_note
from sazokar.ledger.signing import KeyId
from tests.ledger.chain import ALPHA, BRAVO, MEDIATOR, NODE, ORIGIN, STRANGER

pytestmark = pytest.mark.requirement("SZK-39")

# A checkpoint of Go's checksum database and its published key (sum.golang.org), as the witnesses' tests keep it.
GO_KEY = KeyId(base64.b64decode("Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")[1:].hex())
GO_NOTE = """go.sum database tree
6476701
mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=

— sum.golang.org Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=
"""

# The example of C2SP tlog-cosignature; its keys are not published, its times are.
COSIGNED_EXAMPLE = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 \
jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""

KNOWN = {ORIGIN: NODE.key_id, "a": ALPHA.key_id, "b": BRAVO.key_id, "m": MEDIATOR.key_id}
HEAD = Checkpoint(ORIGIN, 12, bytes(range(32)))
NOTE = sign_checkpoint(HEAD, ORIGIN, NODE)
PARTY_OF = {ALPHA.key_id: "ALPHA", BRAVO.key_id: "BRAVO", MEDIATOR.key_id: "Harbour office", STRANGER.key_id: "ALPHA"}


def test_a_checkpoint_of_a_log_in_the_world_opens() -> None:
    checkpoint, signatures = open_note(GO_NOTE.encode(), {"sum.golang.org": GO_KEY})
    assert (checkpoint.origin, checkpoint.size) == ("go.sum database tree", 6476701)
    assert base64.b64encode(checkpoint.root) == b"mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk="
    assert signatures == [Signature("sum.golang.org", GO_KEY)]
    with pytest.raises(SignatureError, match=r"in the name of sum\.golang\.org is false"):
        open_note(GO_NOTE.replace("6476701", "6476702").encode(), {"sum.golang.org": GO_KEY})


def test_the_example_of_the_specification_is_read() -> None:
    text, lines = read_note(COSIGNED_EXAMPLE.encode())
    assert read_checkpoint(text).size == 20852163
    assert [line.name for line in lines] == ["example.com/behind-the-sofa", "witness.example.com/w1"]
    assert int.from_bytes(lines[1].signature[:8], "big") == 1679315147  # the time in the example's signed message
    assert "".join(map(str, lines)) == COSIGNED_EXAMPLE.partition("\n\n")[2]


def test_a_cosignature_is_over_what_the_specification_says() -> None:
    note = cosign(NOTE, "w.example/1", ALPHA, 1679315147)
    text, lines = read_note(note)
    message = b"cosignature/v1\ntime 1679315147\n" + text.encode()
    stamp, signature = lines[1].signature[:8], lines[1].signature[8:]
    assert (int.from_bytes(stamp, "big"), len(signature)) == (1679315147, 64)
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(ALPHA.key_id)).verify(signature, message)


def test_a_note_tells_who_signed_and_who_cosigned_when() -> None:
    note = cosign(cosign(NOTE, "a", ALPHA, 100), "b", BRAVO, 200)
    assert open_note(note, KNOWN) == (
        HEAD,
        [Signature(ORIGIN, NODE.key_id), Signature("a", ALPHA.key_id, 100), Signature("b", BRAVO.key_id, 200)],
    )


def test_lines_by_strangers_are_passed_over_unless_they_may_not_be_there() -> None:
    note = cosign(NOTE, "someone", STRANGER, 5)
    assert open_note(note, KNOWN) == open_note(NOTE, KNOWN)
    with pytest.raises(SignatureError, match="1 signatures by unknown keys"):
        open_note(note, KNOWN, strangers=False)
    # A known name with another key's hash is a stranger too.
    assert open_note(cosign(NOTE, "a", STRANGER, 5), KNOWN) == open_note(NOTE, KNOWN)


def test_a_false_line_in_a_known_name_refuses_the_note() -> None:
    note = cosign(NOTE, "a", ALPHA, 100)
    other = cosign(sign_checkpoint(Checkpoint(ORIGIN, 13, bytes(32)), ORIGIN, NODE), "a", ALPHA, 100)
    line = other.decode().splitlines(keepends=True)[-1]
    with pytest.raises(SignatureError, match="cosignature of the note in the name of a is false"):
        open_note(NOTE + line.encode(), KNOWN)
    with pytest.raises(SignatureError, match="two signatures of one kind by one key"):
        open_note(note + line.replace(line, note.decode().splitlines(keepends=True)[-1]).encode(), KNOWN)


def test_a_cosignatures_time_is_signed() -> None:
    text, lines = read_note(cosign(NOTE, "a", ALPHA, 100))
    content = lines[1].key_hash + (101).to_bytes(8, "big") + lines[1].signature[8:]
    moved = f"{text}\n{lines[0]}— a {base64.b64encode(content).decode()}\n"
    with pytest.raises(SignatureError, match="false"):
        open_note(moved.encode(), KNOWN)


def test_a_note_that_nobody_known_signed_is_refused() -> None:
    for known in ({}, {"a": ALPHA.key_id}, {ORIGIN: STRANGER.key_id}):
        with pytest.raises(SignatureError, match="no signature by a known key"):
            open_note(NOTE, known)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n1\n",
        "o\n01\n" + "A" * 43 + "=\n",
        "o\n-1\n" + "A" * 43 + "=\n",
        "o\n1 \n" + "A" * 43 + "=\n",
        "o\n1\n" + "A" * 42 + "B=\n",
        "o\n1\n" + "A" * 42 + "==\n",
        "o\n1\nAAAA\n",
        "\n1\n" + "A" * 43 + "=\n",
        "o\n1\n" + "A" * 43 + "=\nan extension line\n",
        "o\n1\n" + "A" * 43 + "=",
        "o\n" + "9" * 19 + "\n" + "A" * 43 + "=\n",
        "o\n" + "9" * 5000 + "\n" + "A" * 43 + "=\n",
        "o\n١\n" + "A" * 43 + "=\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(SignatureError):
        read_checkpoint(text)


@pytest.mark.parametrize(
    "checkpoint",
    [
        Checkpoint("", 1, bytes(32)),
        Checkpoint("two\nlines", 1, bytes(32)),
        Checkpoint("o", -1, bytes(32)),
        Checkpoint("o", LARGEST_TREE + 1, bytes(32)),
        Checkpoint("o", 1, bytes(31)),
    ],
)
def test_what_is_no_tree_head_is_not_signed(checkpoint: Checkpoint) -> None:
    with pytest.raises(SignatureError):
        sign_checkpoint(checkpoint, "o", NODE)


def test_the_empty_tree_and_the_largest_have_checkpoints() -> None:
    for size in (0, LARGEST_TREE):
        head = Checkpoint("o", size, bytes(32))
        assert open_note(sign_checkpoint(head, "o", NODE), {"o": NODE.key_id})[0] == head


def test_what_is_no_checkpoint_is_not_cosigned() -> None:
    with pytest.raises(SignatureError):
        cosign(b"any text\n\n" + NOTE.partition(b"\n\n")[2], "a", ALPHA, 1)
    for name, time_s in (("", 1), ("two words", 1), ("a+b", 1), ("a\u2003b", 1), ("a", -1), ("a", 2**63)):
        with pytest.raises(SignatureError):
            cosign(NOTE, name, ALPHA, time_s)


def test_notes_of_one_checkpoint_are_merged() -> None:
    by_alpha = cosign(NOTE, "a", ALPHA, 100)
    later = cosign(NOTE, "a", ALPHA, 300)
    by_bravo = cosign(cosign(NOTE, "b", BRAVO, 200), "someone", STRANGER, 1)
    merged = merge_notes([by_alpha, by_bravo, later, NOTE], KNOWN)
    assert open_note(merged, KNOWN, strangers=False)[1] == [
        Signature(ORIGIN, NODE.key_id),
        Signature("a", ALPHA.key_id, 300),
        Signature("b", BRAVO.key_id, 200),
    ]
    assert merge_notes([merged, by_alpha], KNOWN) == merged


def test_notes_of_two_checkpoints_are_not_merged() -> None:
    other = sign_checkpoint(Checkpoint(ORIGIN, 12, bytes(32)), ORIGIN, NODE)
    with pytest.raises(SignatureError, match="different checkpoints"):
        merge_notes([NOTE, other], KNOWN)
    with pytest.raises(SignatureError, match="no notes"):
        merge_notes([], KNOWN)


def test_a_party_counts_once_and_the_node_does_not_count() -> None:
    def counted(*signatures: Signature) -> int:
        return quorum(signatures, PARTY_OF)

    node, alpha, again, bravo = (
        Signature(ORIGIN, NODE.key_id),
        Signature("a", ALPHA.key_id, 1),
        Signature("a2", STRANGER.key_id, 2),  # ALPHA's second key
        Signature("b", BRAVO.key_id, 3),
    )
    assert [counted(), counted(node), counted(node, alpha), counted(alpha, again)] == [0, 0, 1, 1]
    assert counted(alpha, again, bravo, node) == 2
    assert counted(Signature("a", ALPHA.key_id)) == 0  # signed, not cosigned
    assert counted(Signature("n", NODE.key_id, 4)) == 0  # cosigned by no party


def test_a_name_stays_when_its_key_rotates() -> None:
    later = sign_checkpoint(Checkpoint(ORIGIN, 13, bytes(32)), ORIGIN, STRANGER)
    known = {ORIGIN: frozenset({NODE.key_id, STRANGER.key_id})}
    assert open_note(NOTE, known)[1] == [Signature(ORIGIN, NODE.key_id)]
    assert open_note(later, known, strangers=False)[1] == [Signature(ORIGIN, STRANGER.key_id)]
    with pytest.raises(SignatureError, match="false"):
        open_note(NOTE.replace(b"\n12\n", b"\n14\n"), known)
