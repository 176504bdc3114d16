from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from msgspec import Raw

from sazokar.errors import CanonicalError, ProofError, SazokarError
from sazokar.ledger.checkpoint import Checkpoint, cosign, sign_checkpoint
from sazokar.ledger.entry import CharterHeader, assemble, open_envelope
from sazokar.ledger.note import read_note, sign_line, write_note
from sazokar.ledger.proof import (
    Authority,
    Bundle,
    Charter,
    OlderCheckpoint,
    ProvenEntry,
    by_charter,
    decode_bundle,
    encode_bundle,
    verify_bundle,
)
from sazokar.ledger.section import section_payload
from tests.ledger import chain
from tests.ledger.chain import ALPHA, BRAVO, MEDIATOR, NODE, OFFICER, ORIGIN, ROOTS, STRANGER, known_keys

pytestmark = pytest.mark.requirement("SZK-40")

replace = msgspec.structs.replace
WHOLE = chain.bundle_of(chain.items(), (2, 3, 4), older=(1, 4))


def test_a_bundle_proves_what_was_recorded() -> None:
    proven = verify_bundle(decode_bundle(encode_bundle(WHOLE)), ROOTS)
    assert proven.charter.name == "Tidewater mechanism"
    assert [(entry.position, entry.envelope.kind) for entry in proven.entries] == [
        (2, "findings"),
        (3, "statement"),
        (4, "findings"),
    ]
    assert proven.entries[1].payloads == chain.PAYLOADS
    assert proven.entries[1].envelope.signers == known_keys(OFFICER)
    assert (proven.checkpoint.checkpoint.size, proven.checkpoint.parties, proven.final) == (9, 2, True)
    assert [(one.checkpoint.size, one.parties) for one in proven.older] == [(1, 1), (4, 1)]


def test_any_one_of_the_roots_is_enough_to_trust() -> None:
    for key in (ALPHA, BRAVO, MEDIATOR):
        assert verify_bundle(WHOLE, known_keys(key)).charter_entry.position == 0


def test_a_withheld_payload_breaks_no_proof() -> None:
    entries = chain.items()
    entries[3] = replace(entries[3], payloads={"time": chain.PAYLOADS["time"]})
    proven = verify_bundle(chain.bundle_of(entries, (3,)), ROOTS)
    assert set(proven.entries[0].payloads) == {"time"}


def test_fewer_cosignatures_than_the_quorum_prove_without_being_final() -> None:
    tree = chain.tree_of([one.leaf for one in chain.items()])
    proven = verify_bundle(replace(WHOLE, checkpoint=chain.note_of(tree, 9, MEDIATOR).decode()), ROOTS)
    assert (proven.checkpoint.parties, proven.final) == (1, False)


def test_one_flipped_bit_anywhere_in_a_bundle_is_found() -> None:
    small = chain.bundle_of([*chain.items()[:1], *chain.items()[3:5]], (1,), older=(2,))
    content = encode_bundle(small)
    verify_bundle(decode_bundle(content), ROOTS)
    unnoticed = []
    for at in range(len(content)):
        # Every bit of a byte here and there, and one bit of each: all eight would take minutes.
        for bit in range(8) if at % 23 == 0 else [at % 8]:
            damaged = bytearray(content)
            damaged[at] ^= 1 << bit
            try:
                verify_bundle(decode_bundle(bytes(damaged)), ROOTS)
            except (CanonicalError, ProofError):
                continue
            unnoticed.append((at, bit))
    assert unnoticed == []


@pytest.mark.slow
def test_every_flipped_bit_of_a_bundle_is_found() -> None:
    content = encode_bundle(chain.bundle_of(chain.items()[:3], (1,), older=(2,)))
    for at in range(len(content)):
        for bit in range(8):
            damaged = bytearray(content)
            damaged[at] ^= 1 << bit
            with pytest.raises((CanonicalError, ProofError)):
                verify_bundle(decode_bundle(bytes(damaged)), ROOTS)


def test_a_byte_cut_off_or_put_in_is_found() -> None:
    content = encode_bundle(WHOLE)
    for damaged in (content[:-1], content + b"\n", b" " + content, content.replace(b"schema", b"schemb", 1), b""):
        with pytest.raises(SazokarError):
            verify_bundle(decode_bundle(damaged), ROOTS)


def test_a_later_schema_is_not_guessed_at() -> None:
    with pytest.raises(CanonicalError, match="schema 2; this version reads schema 1"):
        decode_bundle(encode_bundle(WHOLE).replace(b'"schema":1}', b'"schema":2}'))


def older(size: int, of: int, signer: str = ORIGIN) -> OlderCheckpoint:
    tree = chain.tree_of([one.leaf for one in chain.items()])
    note = sign_checkpoint(Checkpoint(ORIGIN, size, tree.root(size)), signer, NODE)
    return OlderCheckpoint(note.decode(), tree.consistency_proof(size, of))


def signed_over(checkpoint: Checkpoint) -> Callable[[Bundle], Bundle]:
    return lambda bundle: replace(bundle, checkpoint=sign_checkpoint(checkpoint, ORIGIN, NODE).decode())


def with_entry(entry: Callable[[ProvenEntry], ProvenEntry]) -> Callable[[Bundle], Bundle]:
    return lambda bundle: replace(bundle, entries=[bundle.entries[0], entry(bundle.entries[1]), bundle.entries[2]])


def without_the_nodes_line(bundle: Bundle) -> Bundle:
    text, _, lines = bundle.checkpoint.partition("\n\n")
    return replace(bundle, checkpoint=text + "\n\n" + lines.partition("\n")[2])


def cosigned_by_the_node(bundle: Bundle) -> Bundle:
    return replace(bundle, checkpoint=cosign(bundle.checkpoint.encode(), ORIGIN, NODE, 1).decode())


def signed_by_a_party(bundle: Bundle) -> Bundle:
    text, lines = read_note(bundle.checkpoint.encode())
    return replace(bundle, checkpoint=write_note(text, [*lines, sign_line(text, MEDIATOR.key_id, MEDIATOR)]).decode())


def with_line_by_a_stranger(bundle: Bundle) -> Bundle:
    return replace(bundle, checkpoint=cosign(bundle.checkpoint.encode(), "someone", STRANGER, 1).decode())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without_the_nodes_line, "the checkpoint without the node's signature"),
        (cosigned_by_the_node, "of another role"),
        (signed_by_a_party, "of another role"),
        (with_line_by_a_stranger, "1 signatures by unknown keys"),
        (signed_over(Checkpoint(ORIGIN, 9, bytes(32))), "entry 0: found an inclusion proof of position 0"),
        (signed_over(Checkpoint("elsewhere", 9, bytes(32))), "the checkpoint of elsewhere"),
        (signed_over(Checkpoint(ORIGIN, 3, chain.tree_of([b""] * 3).root())), "entry 0"),
        (lambda bundle: replace(bundle, entries=bundle.entries[::-1]), "entry 3 out of order"),
        (lambda bundle: replace(bundle, entries=[bundle.entries[0]] * 2), "entry 2 out of order"),
        (lambda bundle: replace(bundle, entries=[bundle.charter]), "entry 0 out of order"),
        (lambda bundle: replace(bundle, charter=bundle.entries[1]), "a charter at 3"),
        (lambda bundle: replace(bundle, charter=replace(bundle.entries[1], position=0)), "found statement; expected"),
        (with_entry(lambda entry: replace(entry, proof=entry.proof[:-1])), "entry 3: found an inclusion proof"),
        (with_entry(lambda entry: replace(entry, proof=[*entry.proof, bytes(32)])), "entry 3: found more hashes"),
        (with_entry(lambda entry: replace(entry, leaf=Raw(chain.charter()), payloads={})), "a second charter"),
        (
            with_entry(lambda entry: replace(entry, leaf=Raw(chain.statement(9, ledger="0" * 64)), payloads={})),
            "ledger",
        ),
        (with_entry(lambda entry: replace(entry, leaf=Raw(chain.statement(9)), payloads={})), "entry 3"),
        (
            with_entry(lambda entry: replace(entry, leaf=Raw(chain.findings("", 1, STRANGER)), payloads={})),
            "which is not the node",
        ),
        (
            with_entry(lambda entry: replace(entry, payloads={"time": Raw(section_payload(0, bytes(32)))})),
            "entry 3: section time",
        ),
        (with_entry(lambda entry: replace(entry, payloads={"path": entry.payloads["time"]})), "section path"),
        (lambda bundle: replace(bundle, older=[older(4, 9), older(2, 9)]), "ascending sizes"),
        (lambda bundle: replace(bundle, older=[older(9, 9)]), "ascending sizes"),
        (lambda bundle: replace(bundle, older=[older(4, 8)]), "the checkpoint of 4"),
        (lambda bundle: replace(bundle, older=[older(4, 9, ALPHA.key_id)]), "no signature by a known key"),
    ],
)
def test_what_is_not_proven_is_refused_by_name(change: Callable[[Bundle], Bundle], message: str) -> None:
    with pytest.raises(ProofError, match=message):
        verify_bundle(change(WHOLE), ROOTS)


def test_a_forked_ledger_cannot_show_an_older_checkpoint() -> None:
    forked = chain.items()
    forked[2] = chain.item(chain.findings("", 77))
    tree = chain.tree_of([one.leaf for one in forked])
    note = chain.note_of(tree, 4, BRAVO).decode()
    real = chain.tree_of([one.leaf for one in chain.items()])
    for proof in (tree.consistency_proof(4, 9), real.consistency_proof(4, 9)):
        with pytest.raises(ProofError, match=r"the checkpoint of 4: .*may be forked"):
            verify_bundle(replace(WHOLE, older=[OlderCheckpoint(note, proof)]), ROOTS)


def test_a_forged_statement_is_refused_though_the_node_recorded_it() -> None:
    # The node may lie: what it records and signs proves no word of an officer.
    entries = chain.items()
    forged = open_envelope(entries[1].leaf)
    leaf = assemble("statement", forged.signed, {OFFICER.key_id: STRANGER.sign(forged.signed)})
    entries[1] = replace(entries[1], leaf=leaf)
    with pytest.raises(ProofError, match=rf"entry 1: .*the signature by key {OFFICER.key_id} is false"):
        verify_bundle(chain.bundle_of(entries, (1,)), ROOTS)


def test_roots_that_the_charter_does_not_name_are_refused() -> None:
    with pytest.raises(ProofError, match=f"does not name the root {STRANGER.key_id}"):
        verify_bundle(WHOLE, known_keys(ALPHA, STRANGER))
    with pytest.raises(ProofError, match="no root key to trust"):
        verify_bundle(WHOLE, frozenset())


def test_a_charter_that_a_root_did_not_sign_is_refused() -> None:
    entries = [chain.item(chain.charter(keys=(ALPHA, MEDIATOR)))]
    with pytest.raises(ProofError, match=f"the root {BRAVO.key_id} did not sign"):
        verify_bundle(chain.bundle_of(entries, ()), known_keys(ALPHA))


def test_a_charter_that_names_nobody_founds_nothing() -> None:
    entries = [chain.item(chain.charter({"kind": "charter"}))]
    with pytest.raises(ProofError, match="expected the charter of a ledger"):
        verify_bundle(chain.bundle_of(entries, ()), ROOTS)


def test_a_node_that_is_not_the_charters_needs_another_authority() -> None:
    # As after a rotation of the node's key: whoever knows the entry that rotated it says whose signatures count.
    entries = [chain.item(chain.charter({**chain.CHARTER_BODY, "node": STRANGER.key_id})), *chain.items()[1:]]
    ledger = entries[0].id
    entries[1] = chain.item(chain.statement(0, ledger=ledger))
    bundle = chain.bundle_of(entries, (1,))
    with pytest.raises(ProofError, match=r"no signature by a known key|unknown keys"):
        verify_bundle(bundle, ROOTS)

    def rotated(charter: Charter, opened: object) -> Authority:
        known = by_charter(charter, [])
        return replace(known, nodes=known_keys(NODE), signers={ORIGIN: NODE.key_id})

    assert verify_bundle(bundle, ROOTS, rotated).entries[0].position == 1


def test_checkpoints_before_and_after_a_rotation_of_the_nodes_key_stand_in_one_bundle() -> None:
    tree = chain.tree_of([one.leaf for one in chain.items()])
    newest = sign_checkpoint(Checkpoint(ORIGIN, 9, tree.root()), ORIGIN, STRANGER).decode()
    bundle = replace(WHOLE, checkpoint=newest, older=[older(4, 9)])

    def rotated(charter: Charter, opened: object) -> Authority:
        return replace(by_charter(charter, []), signers={ORIGIN: known_keys(NODE, STRANGER)})

    proven = verify_bundle(bundle, ROOTS, rotated)
    assert [one.signatures[0].key_id for one in (proven.checkpoint, *proven.older)] == [STRANGER.key_id, NODE.key_id]
    with pytest.raises(ProofError, match="no signature by a known key"):
        verify_bundle(bundle, ROOTS)


def test_the_charters_id_is_what_statements_name() -> None:
    value = open_envelope(chain.charter()).value
    assert isinstance(value, CharterHeader)
    assert verify_bundle(WHOLE, ROOTS).charter_entry.envelope.id == chain.LEDGER
