from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from msgspec import Raw

from sazokar.app import selection, verification
from sazokar.app.node import Node
from sazokar.app.opening import open_ledger
from sazokar.app.playing import Stage
from sazokar.app.proving import bundle_of
from sazokar.app.scenario_a import at
from sazokar.app.verification import Told, verify
from sazokar.domain.finding import Delivered, Outcome, Raised, Refusal, Taken
from sazokar.domain.governing import NODE
from sazokar.domain.party import OfficerRole
from sazokar.domain.statement import (
    Acknowledge,
    AckRung,
    CallStop,
    DelegateKey,
    Document,
    ProposeDraft,
    RevokeKey,
    RotateNode,
    RotateRoot,
    StopAction,
)
from sazokar.errors import CanonicalError, LimitError, ProofError
from sazokar.ledger.checkpoint import cosign
from sazokar.ledger.proof import Bundle, decode_bundle, encode_bundle
from sazokar.ledger.signing import SigningKey
from tests.app.forging import BEGINS_MS, DAY_MS, Forger
from tests.app.stages import CountedEntropy, SilentAlarm, agreement, new_stage, play, roots_of

pytestmark = pytest.mark.requirement("SZK-40")
replace = msgspec.structs.replace
HALT = CallStop(action=StopAction.HALT, place="the quay", unit="barge 4", reason="divers in the water")


@pytest.fixture(scope="module")
def stage() -> Stage:
    stage = new_stage()
    play(stage)
    return stage


def bundle(stage: Stage, name: str = "conflict", viewer: str | None = None) -> bytes:
    opened = open_ledger(stage.log)
    assert opened.damage is None
    return bundle_of(stage.log, opened.tree, opened.state, stage.references.get(name, name), viewer)


def read_back(testimony: verification.Testimony) -> Told:
    for told in testimony.told:
        if told.by and isinstance(told.by.statement, Acknowledge) and told.by.statement.rung is AckRung.READ_BACK:
            return told
    raise AssertionError("no read-back is told")


@pytest.mark.parametrize("viewer", [None, "ALPHA", "BRAVO", "MEDIATOR"])
def test_a_stranger_sees_that_bravo_read_back_at_1733_and_that_alpha_cosigned_it(
    stage: Stage, viewer: str | None
) -> None:
    testimony = verify(bundle(stage, viewer=viewer), roots_of(stage))
    told = read_back(testimony)
    assert told.by is not None and (told.by.party, told.by.officer) == ("BRAVO", "B2")
    assert told.recorded_ms == at("17:33")
    assert {one.party: one.timestamp_s * 1000 for one in told.covered} == dict.fromkeys(
        ("ALPHA", "BRAVO", "MEDIATOR"), at("17:34")
    )
    assert testimony.final and testimony.view == (viewer or NODE)


def test_any_one_partys_root_is_enough_to_trust(stage: Stage) -> None:
    content = bundle(stage)
    for party, key in stage.roots.items():
        assert verify(content, frozenset({key.key_id})).trusted == (party,)


def test_the_agreement_and_who_signed_it_is_told(stage: Stage) -> None:
    (governing,) = verify(bundle(stage), roots_of(stage)).agreements
    assert governing.title == "Halcyon Sea Deconfliction Agreement"
    assert [(party, officer, at_ms) for party, officer, at_ms in governing.signed] == [
        ("ALPHA", "A1", at("11:40")),
        ("BRAVO", "B1", at("11:45")),
    ]
    assert governing.since_ms == at("11:45")


FLIGHT_PLACE, BOX_PLACE = b"-305413000", b'"south_e7":346000000'


@pytest.mark.requirement("SZK-31")
@pytest.mark.parametrize(
    ("viewer", "flight", "box"),
    [(None, True, True), ("ALPHA", False, True), ("BRAVO", True, False), ("MEDIATOR", False, False)],
)
def test_a_bundle_carries_no_payload_that_its_asker_may_not_see(
    stage: Stage, viewer: str | None, flight: bool, box: bool
) -> None:
    content = bundle(stage, viewer=viewer)
    assert (FLIGHT_PLACE in content, BOX_PLACE in content) == (flight, box)
    views = {name for entry in decode_bundle(content).entries for name in entry.payloads if name.startswith("view:")}
    number = {"ALPHA": "view:0", "BRAVO": "view:1", "MEDIATOR": "view:2"}
    if viewer is not None:
        assert views == {number[viewer]}
        assert all("node" not in entry.payloads for entry in decode_bundle(content).entries)


def test_what_is_withheld_is_named(stage: Stage) -> None:
    withheld = verify(bundle(stage, viewer="MEDIATOR"), roots_of(stage)).withheld
    assert {name for _, name in withheld} >= {"extent", "purpose", "contacts", "content"}


@pytest.mark.parametrize("name", ["flight", "box", "conflict", "stop", "sortie"])
def test_every_kind_of_reference_has_its_story(stage: Stage, name: str) -> None:
    testimony = verify(bundle(stage, name), roots_of(stage))
    named = stage.references[name]
    assert any(named == getattr(f, "ref", "") for told in testimony.told for f in told.findings or ())


def test_the_story_of_a_notice_tells_of_the_conflict_that_another_notice_brought(stage: Stage) -> None:
    testimony = verify(bundle(stage, "flight"), roots_of(stage))
    assert any(isinstance(f, Raised) for told in testimony.told for f in told.findings or ())
    assert any(isinstance(f, Delivered) for told in testimony.told for f in told.findings or ())


def test_an_unknown_reference_or_party_is_an_error_with_its_name(stage: Stage) -> None:
    with pytest.raises(ProofError, match="'C9999'"):
        bundle(stage, "C9999")
    with pytest.raises(ProofError, match="'ECHO'"):
        bundle(stage, viewer="ECHO")


def test_a_story_beyond_the_bound_is_refused(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "MOST_ENTRIES", 20)
    with pytest.raises(LimitError, match="more than 20 entries"):
        bundle(stage)


def test_a_root_that_the_charter_does_not_name_proves_nothing(stage: Stage) -> None:
    with pytest.raises(ProofError, match="does not name the root"):
        verify(bundle(stage), frozenset({SigningKey.generate().key_id}))


def unnoticed_flips(
    content: bytes, stage_roots: frozenset[str], places: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    unnoticed = []
    for place, bit in places:
        damaged = bytearray(content)
        damaged[place] ^= 1 << bit
        try:
            verify(bytes(damaged), stage_roots)  # type: ignore[arg-type]  # a KeyId is a string
        except (CanonicalError, ProofError):
            continue
        unnoticed.append((place, bit))
    return unnoticed


def test_a_flipped_bit_here_and_there_is_noticed(stage: Stage) -> None:
    content = bundle(stage)
    places = [(place, place % 8) for place in range(0, len(content), 307)]
    assert unnoticed_flips(content, roots_of(stage), places) == []


@pytest.mark.slow
def test_every_flipped_bit_of_a_small_bundle_is_noticed() -> None:
    forger = Forger()
    forger.delegate()
    forger.say(HALT, forger.officer)
    content = forger.bundle()
    verify(content, forger.roots)
    places = [(place, bit) for place in range(len(content)) for bit in range(8)]
    assert unnoticed_flips(content, forger.roots, places) == []


# A node that lies


def forged(change: Callable[[Forger], None]) -> bytes:
    forger = Forger()
    forger.delegate()
    change(forger)
    return forger.bundle()


def by_a_stranger(forger: Forger) -> None:
    forger.say(HALT, forger.stranger)


def by_a_revoked_key(forger: Forger) -> None:
    forger.say(RevokeKey(key=forger.officer.key_id), forger.alpha)
    forger.say(HALT, forger.officer)


def by_a_key_that_expired(forger: Forger) -> None:
    forger.now_ms = BEGINS_MS + 30 * DAY_MS
    forger.say(HALT, forger.officer)


def delegated_by_an_officer(forger: Forger) -> None:
    forger.say(forger.delegation(forger.spare), forger.officer)


def time_goes_back(forger: Forger) -> None:
    forger.now_ms -= 1
    forger.say(HALT, forger.officer)


def without_findings(forger: Forger) -> None:
    forger.state(HALT, forger.officer)


def two_statements(forger: Forger) -> None:
    forger.state(HALT, forger.officer)
    forger.say(HALT, forger.officer)


def findings_on_another(forger: Forger) -> None:
    forger.state(HALT, forger.officer)
    forger.find("", Outcome.CLOCK)


def clock_with_a_statement(forger: Forger) -> None:
    forger.find(forger.state(HALT, forger.officer), Outcome.CLOCK)


def taken_and_refused(forger: Forger) -> None:
    refusal = Refusal(code="x", found="y", remedy="z")
    forger.find(forger.state(HALT, forger.officer), Outcome.TAKEN, Taken(), refusal)


def findings_by_another_node(forger: Forger) -> None:
    forger.find(forger.state(HALT, forger.officer), Outcome.TAKEN, Taken(), key=forger.stranger)


def rotated_by_the_new_key_alone(forger: Forger) -> None:
    rotation = RotateNode(old=forger.node.key_id, new=forger.spare.key_id)
    forger.say(rotation, forger.node)
    forger.find("", Outcome.CLOCK, key=forger.spare)


def root_rotated_by_nobody(forger: Forger) -> None:
    rotation = RotateRoot(party="ALPHA", old=forger.alpha.key_id, new=forger.spare.key_id)
    forger.say(rotation, forger.bravo)


def root_rotated_by_the_new_key_and_an_officer(forger: Forger) -> None:
    rotation = RotateRoot(party="ALPHA", old=forger.alpha.key_id, new=forger.spare.key_id)
    forger.say(rotation, forger.officer, forger.spare)


def delegated_twice(forger: Forger) -> None:
    forger.say(forger.delegation(forger.officer), forger.bravo)


def draft_of_another_text(forger: Forger) -> None:
    document = Document(text="agreed: nothing", agreement=agreement())
    forger.say(ProposeDraft(draft="00" * 32, document=document), forger.officer)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (by_a_stranger, "entry 3: .* no entry before it delegates it"),
        (by_a_revoked_key, "entry 5: .* which was revoked or replaced"),
        (by_a_key_that_expired, "entry 3: .* out of its validity"),
        (delegated_by_an_officer, "entry 4: .* no root has signed"),
        (time_goes_back, "entry 4: found a time before the last"),
        (without_findings, "entry 3: found no findings on it"),
        (two_statements, "entry 4: found a second statement"),
        (findings_on_another, "entry 4: found findings on nothing"),
        (clock_with_a_statement, "entry 4: found the outcome clock"),
        (taken_and_refused, "entry 4: found the outcome taken"),
        (findings_by_another_node, "which is not the node"),
        (rotated_by_the_new_key_alone, "which is not the node"),
        (root_rotated_by_nobody, "entry 4: .* its signatures do not prove"),
        (root_rotated_by_the_new_key_and_an_officer, "entry 4: .* its signatures do not prove"),
        (delegated_twice, "entry 4: .* in use before"),
        (draft_of_another_text, "entry 3: found a draft named"),
    ],
)
def test_what_a_lying_node_signs_is_not_proven(change: Callable[[Forger], None], message: str) -> None:
    with pytest.raises(ProofError, match=message):
        verify(forged(change), Forger().roots)


def test_an_honest_ledger_of_the_same_making_is_proven() -> None:
    content = forged(lambda forger: forger.say(HALT, forger.officer))
    assert [told.position for told in verify(content, Forger().roots).told] == [1, 3]


def test_a_statement_without_the_delegation_of_its_key_is_not_proven() -> None:
    forger = Forger()
    forger.delegate()
    forger.say(HALT, forger.officer)
    with pytest.raises(ProofError, match="no entry before it delegates it"):
        verify(forger.bundle([3, 4]), forger.roots)


def test_findings_torn_from_their_statement_are_not_proven() -> None:
    forger = Forger()
    forger.delegate()
    with pytest.raises(ProofError, match="expected deadlines"):
        verify(forger.bundle([2]), forger.roots)


def test_a_payload_under_another_name_is_not_proven(stage: Stage) -> None:
    def renamed(found: Bundle) -> Bundle:
        entries = list(found.entries)
        at_ = next(i for i, entry in enumerate(entries) if "node" in entry.payloads)
        entries[at_] = replace(entries[at_], payloads={"view:0": Raw(entries[at_].payloads["node"])})
        return replace(found, entries=entries)

    with pytest.raises(ProofError, match="section"):
        verify(encode_bundle(renamed(decode_bundle(bundle(stage)))), roots_of(stage))


# Keys that rotate


@pytest.mark.requirement("SZK-45")
def test_roots_and_node_keys_that_rotated_go_on_proving_to_whoever_trusts_the_charters_roots() -> None:
    stage = new_stage()
    steps = play(stage)
    assert steps
    stage.clock.instant_ms += 60_000
    old, new = stage.roots["ALPHA"], SigningKey.from_seed(b"r" * 32)
    stage.submit(RotateRoot(party="ALPHA", old=old.key_id, new=new.key_id), old, new)
    stage.roots["ALPHA"] = new
    node_key = SigningKey.from_seed(b"n" * 32)
    stage.submit(RotateNode(old=stage.node_key.key_id, new=node_key.key_id), stage.node_key, node_key)
    stage.node = Node(stage.log, stage.clock, node_key, CountedEntropy(), SilentAlarm())
    stage.submit(replace(HALT, about=stage.references["flight"]), stage.officers["A1"])
    stage.cosign()
    testimony = verify(bundle(stage), frozenset({old.key_id, stage.roots["BRAVO"].key_id}))
    assert testimony.trusted == ("ALPHA", "BRAVO")
    last = testimony.told[-1]
    assert last.by is not None and isinstance(last.by.statement, CallStop)
    assert [one.party for one in last.covered] == ["ALPHA", "BRAVO", "MEDIATOR"]


# Who cosigns


def cosigned_by(stage: Stage, *keys: SigningKey) -> None:
    opened = open_ledger(stage.log)
    note = stage.log.checkpoint()
    assert note is not None
    for key in keys:
        note = cosign(note, key.key_id, key, 1_768_500_000)
    stage.log.keep_cosigned(opened.tree.size, note)


def test_an_officers_cosignature_counts_for_its_party_with_the_entry_that_delegates_it() -> None:
    stage = new_stage()
    play(stage)
    stage.clock.instant_ms += 60_000
    stage.submit(replace(HALT, about=stage.references["flight"]), stage.officers["M1"])
    cosigned_by(stage, stage.officers["A1"], stage.officers["B2"])
    testimony = verify(bundle(stage, "flight"), roots_of(stage))
    assert [one.party for one in testimony.checkpoints[-1].cosigned] == ["ALPHA", "BRAVO"]
    assert testimony.final
    assert [one.party for one in testimony.told[-1].covered] == ["ALPHA", "BRAVO"]


def test_a_cosignature_by_a_key_that_was_revoked_before_does_not_count() -> None:
    stage = new_stage()
    play(stage)
    stage.clock.instant_ms += 60_000
    stage.submit(RevokeKey(key=stage.officers["B2"].key_id), stage.roots["BRAVO"])
    stage.submit(replace(HALT, about=stage.references["flight"]), stage.officers["M1"])
    cosigned_by(stage, stage.officers["A1"], stage.officers["B2"])
    testimony = verify(bundle(stage, "flight"), roots_of(stage))
    assert [one.party for one in testimony.checkpoints[-1].cosigned] == ["ALPHA"]
    assert not testimony.final
    assert "BRAVO" in {one.party for one in read_back(testimony).covered}, "what its root cosigned before still counts"


def test_a_cosignature_by_a_key_that_was_delegated_only_afterwards_is_left_out() -> None:
    stage = new_stage()
    play(stage)
    late = SigningKey.from_seed(b"late" * 8)
    cosigned_by(stage, stage.roots["ALPHA"], late)
    stage.clock.instant_ms += 60_000
    until_ms = stage.clock.instant_ms + DAY_MS
    delegation = DelegateKey(
        key=late.key_id, watch_number="B9", role=OfficerRole.OFFICER, from_ms=stage.clock.instant_ms, until_ms=until_ms
    )
    stage.submit(delegation, stage.roots["BRAVO"])
    testimony = verify(bundle(stage), roots_of(stage))
    assert [one.party for one in testimony.checkpoints[-1].cosigned] == ["ALPHA"]
    assert not testimony.final


def test_a_cosignature_by_a_key_for_stop_alone_does_not_count() -> None:
    stage = new_stage()
    play(stage)
    ready = SigningKey.from_seed(bytes(range(32)))
    now_ms = stage.clock.now_ms()
    delegation = DelegateKey(
        key=ready.key_id, watch_number="B9", role=OfficerRole.STOP_ONLY, from_ms=now_ms, until_ms=now_ms + 86_400_000
    )
    stage.submit(delegation, stage.roots["BRAVO"])
    stage.submit(replace(HALT, about=stage.references["flight"]), stage.officers["M1"])
    cosigned_by(stage, stage.roots["ALPHA"], ready)
    testimony = verify(bundle(stage, "flight"), roots_of(stage))
    assert [one.party for one in testimony.checkpoints[-1].cosigned] == ["ALPHA"]
    assert not testimony.final


def test_without_a_cosigned_checkpoint_over_all_of_it_the_nodes_own_proves_and_says_not_final() -> None:
    stage = new_stage()
    play(stage)
    stage.clock.instant_ms += 60_000
    stage.submit(replace(HALT, about=stage.references["flight"]), stage.officers["A1"])
    testimony = verify(bundle(stage, "flight"), roots_of(stage))
    assert not testimony.final and testimony.told[-1].covered == ()
    assert {one.party for one in read_back(testimony).covered} == {"ALPHA", "BRAVO", "MEDIATOR"}


def test_findings_apart_from_their_statement_are_not_proven() -> None:
    forger = Forger()
    forger.delegate()
    statement = forger.state(HALT, forger.officer)
    forger.find("", Outcome.CLOCK)
    forger.find(statement, Outcome.TAKEN, Taken())
    with pytest.raises(ProofError, match="entry 5: found findings apart from their statement"):
        verify(forger.bundle([1, 2, 3, 5]), forger.roots)


def test_a_checkpoint_counts_only_the_cosigners_whose_keys_were_delegated_before_its_end() -> None:
    forger = Forger()
    early = forger.cosigned(forger.bravo, forger.officer)
    forger.delegate()
    late = forger.cosigned(forger.officer)
    forger.say(HALT, forger.officer)
    testimony = verify(forger.bundle(None, early, late), forger.roots)
    assert [[one.party for one in each.cosigned] for each in testimony.checkpoints] == [["BRAVO"], ["ALPHA"], []]


def test_a_statement_is_covered_where_the_findings_on_it_are_too() -> None:
    forger = Forger()
    forger.delegate()
    statement = forger.state(HALT, forger.officer)
    between = forger.cosigned(forger.alpha)
    forger.find(statement, Outcome.TAKEN, Taken())
    after = forger.cosigned(forger.bravo)
    forger.find("", Outcome.CLOCK)
    told = verify(forger.bundle(None, between, after), forger.roots).told
    assert [[one.party for one in each.covered] for each in told] == [["ALPHA", "BRAVO"], ["BRAVO"], []]
