from __future__ import annotations

import pytest

from sazokar.app.cosigning import cosigned
from sazokar.errors import ProofError, SignatureError
from sazokar.ledger.checkpoint import Checkpoint, open_note, sign_checkpoint
from sazokar.ledger.merkle import Tree, leaf_hash
from sazokar.ledger.signing import SigningKey

pytestmark = pytest.mark.requirement("SZK-39")

NODE, ALPHA, STRANGER = (SigningKey.from_seed(bytes([number]) * 32) for number in (60, 61, 62))
ORIGIN = "tide.invalid/ledger"
KNOWN = {ORIGIN: NODE.key_id, ALPHA.key_id: ALPHA.key_id}


def tree_of(*leaves: bytes) -> Tree:
    hashes = [leaf_hash(leaf) for leaf in leaves]
    tree = Tree(lambda start, end: hashes[start:end])
    for one in hashes:
        tree.append(one)
    return tree


def head(tree: Tree, key: SigningKey = NODE) -> bytes:
    return sign_checkpoint(Checkpoint(ORIGIN, tree.size, tree.root()), ORIGIN, key)


def seen(tree: Tree) -> Checkpoint:
    return Checkpoint(ORIGIN, tree.size, tree.root())


def test_a_ledger_that_has_grown_is_cosigned() -> None:
    tree = tree_of(b"a", b"b", b"c")
    note = cosigned(head(tree), KNOWN, seen(tree_of(b"a", b"b")), tree, ALPHA, timestamp_s=7)
    signatures = open_note(note, KNOWN, strangers=False)[1]
    assert [(one.key_id, one.timestamp_s) for one in signatures] == [(NODE.key_id, None), (ALPHA.key_id, 7)]


@pytest.mark.parametrize(
    "before", [seen(tree_of(b"a", b"X")), seen(tree_of(b"a", b"b", b"c", b"d")), Checkpoint(ORIGIN, 3, b"x" * 32)]
)
def test_a_ledger_that_was_forked_or_wound_back_is_not_cosigned(before: Checkpoint) -> None:
    tree = tree_of(b"a", b"b", b"c")
    with pytest.raises(ProofError):
        cosigned(head(tree), KNOWN, before, tree, ALPHA, timestamp_s=7)


def test_a_checkpoint_that_is_not_over_the_replica_is_not_cosigned() -> None:
    with pytest.raises(ProofError, match="not over this replica"):
        cosigned(head(tree_of(b"a", b"X")), KNOWN, None, tree_of(b"a", b"b"), ALPHA, timestamp_s=7)
    with pytest.raises(ProofError, match="not over this replica"):
        cosigned(head(tree_of(b"a", b"b", b"c")), KNOWN, None, tree_of(b"a", b"b"), ALPHA, timestamp_s=7)


def test_a_checkpoint_that_the_node_did_not_sign_is_not_cosigned() -> None:
    tree = tree_of(b"a")
    with pytest.raises(SignatureError):
        cosigned(head(tree, STRANGER), KNOWN, None, tree, ALPHA, timestamp_s=7)
