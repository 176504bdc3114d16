"""A replica believes nothing that is not proven: each lie of a node is told to it once, with threads and with async."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec
import pytest
from msgspec import Raw

from sazokar.adapters.log_memory import MemoryLog
from sazokar.app.codec import Stamp, seal, seal_record
from sazokar.app.opening import open_ledger
from sazokar.app.playing import Stage
from sazokar.app.ports import Stored
from sazokar.app.wire import Challenge, EntriesTold
from sazokar.client import Replica, memory, sockets
from sazokar.client.memory import SEEN
from sazokar.domain.finding import Findings, Outcome
from sazokar.domain.state import Notice
from sazokar.domain.statement import CancelNotice, RotateNode
from sazokar.errors import (
    DamagedError,
    DeclinedError,
    ForkedError,
    LedgerError,
    ProofError,
    SazokarError,
    SignatureError,
    UnreachableError,
)
from sazokar.ledger.entry import assemble, open_envelope
from sazokar.ledger.note import cosign_line, read_note, write_note
from sazokar.ledger.signing import SigningKey
from sazokar.wiring import open_log, open_replica
from tests.app.stages import CountedEntropy, new_stage, play
from tests.client.hostile import WAYS, Fake, Way, changed, problem, synced, told

Twist = Callable[[httpx.Response], httpx.Response]


@pytest.fixture(scope="module")
def stage() -> Stage:
    found = new_stage()
    play(found)
    return found


@pytest.fixture
def fake(stage: Stage) -> Fake:
    return Fake(stage)


@pytest.fixture(params=WAYS, ids=["threads", "async"])
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


def stored_size(folder: Path) -> int:
    log = open_log(folder, read_only=True)
    try:
        return log.size()
    finally:
        log.close()


def entries_twisted(twist: Callable[[list[msgspec.Struct]], list[msgspec.Struct]]) -> Twist:
    """Return a lie about a run of entries."""

    def twisted(answer: httpx.Response) -> httpx.Response:
        run = msgspec.json.decode(answer.content, type=EntriesTold)
        return told(msgspec.structs.replace(run, entries=tuple(twist(list(run.entries)))))

    return twisted


@pytest.mark.requirement("SZK-39")
def test_a_replica_holds_what_its_party_may_see_and_no_more(way: Way, fake: Fake, tmp_path: Path) -> None:
    replica = synced(way, fake, tmp_path / "r", roots=frozenset(key.key_id for key in fake.stage.roots.values()))
    assert replica.size == fake.size and replica.party == "BRAVO"
    own, others = notices_of(replica)
    assert all(notice.extent is not None for notice in own) and own
    assert all(notice.extent is None for notice in others) and others
    log = open_log(tmp_path / "r", read_only=True)
    opened = open_ledger(log, "BRAVO")
    log.close()
    assert opened.damage is None and opened.state == replica.state


def notices_of(replica: Replica) -> tuple[list[Notice], list[Notice]]:
    notices = list(replica.state.notices.values())
    return [n for n in notices if n.party == "BRAVO"], [n for n in notices if n.party != "BRAVO"]


def test_it_goes_on_from_where_it_stopped_and_fetches_nothing_twice(way: Way, fake: Fake, tmp_path: Path) -> None:
    whole, fake.size = fake.size, 21
    assert synced(way, fake, tmp_path).size == 21
    fake.size = whole
    fake.asked.clear()
    assert synced(way, fake, tmp_path).size == whole
    assert "/v1/log/consistency" in fake.asked
    fake.asked.clear()
    assert synced(way, fake, tmp_path).size == whole
    assert "/v1/log/entries" not in fake.asked


@pytest.mark.requirement("SZK-39")
def test_a_ledger_that_has_shrunk_is_refused_and_both_notes_are_kept(way: Way, fake: Fake, tmp_path: Path) -> None:
    synced(way, fake, tmp_path)
    newest, whole = fake.sign(fake.size), fake.size
    fake.size -= 2
    with pytest.raises(ForkedError, match="SHRUNK"):
        synced(way, fake, tmp_path)
    assert stored_size(tmp_path) == whole
    (seen,) = tmp_path.glob("fork-*-seen.note")
    (other,) = tmp_path.glob("fork-*-told.note")
    assert (seen.read_bytes(), other.read_bytes()) == (newest, fake.sign(fake.size))


def rewritten(fake: Fake, at: int, by: int) -> None:
    """Put another entry of the ledger in the place of one: of a right form, and not what was there."""
    mine, other = fake.entries[at], fake.entries[by]
    fake.entries[at] = msgspec.structs.replace(other, position=mine.position)


@pytest.mark.requirement("SZK-39")
def test_a_fork_of_the_same_size_is_refused(way: Way, fake: Fake, tmp_path: Path) -> None:
    synced(way, fake, tmp_path)
    rewritten(fake, 23, 25)
    with pytest.raises(ForkedError, match="another root"):
        synced(way, fake, tmp_path)
    assert list(tmp_path.glob("fork-*-told.note"))


@pytest.mark.requirement("SZK-39")
def test_a_longer_fork_is_refused_before_anything_of_it_is_fetched(way: Way, fake: Fake, tmp_path: Path) -> None:
    whole, fake.size = fake.size, 31
    synced(way, fake, tmp_path)
    fake.size = whole
    rewritten(fake, 23, 25)
    fake.asked.clear()
    with pytest.raises(ForkedError, match="FORKED"):
        synced(way, fake, tmp_path)
    assert stored_size(tmp_path) == 31 and "/v1/log/entries" not in fake.asked
    assert len(list(tmp_path.glob("fork-*.note"))) == 2


def test_a_checkpoint_that_was_seen_binds_though_its_entries_never_came(way: Way, fake: Fake, tmp_path: Path) -> None:
    whole, fake.size = fake.size, 31
    synced(way, fake, tmp_path)
    fake.size = whole
    fake.twists["/v1/log/entries"] = lambda answer: problem(404, "not-found")
    with pytest.raises(DeclinedError):
        synced(way, fake, tmp_path)
    assert (tmp_path / SEEN).read_bytes() == fake.sign(whole)
    fake.twists.clear()
    fake.size = whole - 4
    with pytest.raises(ForkedError, match="SHRUNK"):
        synced(way, fake, tmp_path)


def test_another_ledger_is_refused(way: Way, fake: Fake, tmp_path: Path) -> None:
    synced(way, fake, tmp_path)
    fake.origin = "elsewhere.invalid/ledger"
    with pytest.raises(ProofError, match="another ledger"):
        synced(way, fake, tmp_path)
    assert not list(tmp_path.glob("fork-*")), "what the node has not signed for this ledger is no evidence against it"


def test_pages_of_a_node_that_never_ends_are_bounded_and_forgotten(
    way: Way, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "GREATEST_BYTES", 1_000)
    with pytest.raises(LedgerError, match="more than 1,000 bytes"):
        synced(way, fake, tmp_path)
    assert not list((tmp_path / memory.INCOMING).glob("*")) and stored_size(tmp_path) == 0
    monkeypatch.undo()
    synced(way, fake, tmp_path)


def test_what_an_earlier_run_has_left_counts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "GREATEST_BYTES", 100)
    memory.Memory(tmp_path).keep_page(0, b"x" * 60)
    with pytest.raises(LedgerError):
        memory.Memory(tmp_path).keep_page(1, b"x" * 60)


def test_a_charter_that_does_not_name_a_trusted_root_is_refused(way: Way, fake: Fake, tmp_path: Path) -> None:
    mine = SigningKey.generate().key_id
    with pytest.raises(ProofError, match="which you trust"):
        synced(way, fake, tmp_path, roots=frozenset({mine}))
    assert stored_size(tmp_path) == 0
    synced(way, fake, tmp_path)
    with pytest.raises(ProofError, match="which you trust"):
        synced(way, fake, tmp_path, roots=frozenset({mine}))


def test_a_checkpoint_by_another_key_is_refused(way: Way, fake: Fake, tmp_path: Path) -> None:
    fake.size -= 2
    synced(way, fake, tmp_path)
    fake.node_key = SigningKey.generate()
    for more in (0, 2):
        fake.size += more
        with pytest.raises(SignatureError):
            synced(way, fake, tmp_path)
    assert stored_size(tmp_path) == fake.size - 2


def rotated(fake: Fake) -> None:
    """Let the node's key rotate, by an entry that the old and the new one sign; from then on the new one signs."""
    new = SigningKey.generate()
    fake.stage.submit(RotateNode(old=fake.node_key.key_id, new=new.key_id), fake.node_key, new)
    fake.entries = list(fake.stage.log.read(0))
    fake.node_key, fake.size = new, len(fake.entries)


@pytest.mark.requirement("SZK-45")
def test_the_node_s_key_may_rotate_by_the_ledger_and_not_otherwise(way: Way, tmp_path: Path) -> None:
    fake = Fake(new_stage_played())
    synced(way, fake, tmp_path)
    rotated(fake)
    assert synced(way, fake, tmp_path).size == fake.size
    assert (tmp_path / SEEN).read_bytes() == fake.sign(fake.size)
    fake.size -= 2
    with pytest.raises(ForkedError, match="SHRUNK"):
        synced(way, fake, tmp_path)


def test_a_fork_is_refused_though_a_key_signs_it_that_it_names_itself(way: Way, tmp_path: Path) -> None:
    fake = Fake(new_stage_played())
    synced(way, fake, tmp_path)
    rotated(fake)
    rewritten(fake, 23, 25)
    fake.asked.clear()
    with pytest.raises(ProofError, match="neither the node's"):
        synced(way, fake, tmp_path)
    assert "/v1/log/entries" not in fake.asked and not list(tmp_path.glob("fork-*"))


def new_stage_played() -> Stage:
    found = new_stage()
    play(found)
    return found


def test_a_stranger_s_note_of_a_smaller_ledger_is_no_evidence(way: Way, fake: Fake, tmp_path: Path) -> None:
    synced(way, fake, tmp_path)
    fake.node_key, fake.size = SigningKey.generate(), fake.size - 2
    with pytest.raises(SignatureError):
        synced(way, fake, tmp_path)
    assert not list(tmp_path.glob("fork-*"))


def test_entries_that_do_not_add_up_to_the_signed_root_are_refused(way: Way, fake: Fake, tmp_path: Path) -> None:
    fake.root = lambda size: b"\x07" * 32  # type: ignore[method-assign]  # each entry is genuine, and the tree is another
    with pytest.raises(ProofError, match="do not add up"):
        synced(way, fake, tmp_path)
    assert stored_size(tmp_path) == 0


def test_a_cosignature_is_no_signature_of_the_node(way: Way, fake: Fake, tmp_path: Path) -> None:
    root = fake.stage.roots["ALPHA"]

    def cosigned(answer: httpx.Response) -> httpx.Response:
        text, _ = read_note(answer.content)
        return httpx.Response(200, content=write_note(text, [cosign_line(text, root.key_id, root, 1)]))

    fake.twists["/v1/log/checkpoint"] = cosigned
    with pytest.raises(SignatureError, match="node has not signed"):
        synced(way, fake, tmp_path)


def test_a_charter_that_one_root_has_not_signed_is_refused(way: Way, fake: Fake, tmp_path: Path) -> None:
    mine = fake.entries[0]
    envelope = open_envelope(mine.leaf)
    for root in envelope.signatures:
        left = {key: value for key, value in envelope.signatures.items() if key != root}
        fake.entries[0] = msgspec.structs.replace(mine, leaf=assemble("charter", envelope.signed, left))
        with pytest.raises(ProofError, match="not signed by the root"):
            synced(way, fake, tmp_path)


def test_a_statement_made_for_another_ledger_is_refused(way: Way, fake: Fake, tmp_path: Path) -> None:
    now_ms = fake.stage.clock.instant_ms
    stamp = Stamp(ledger="ab" * 32, number=77, stated_ms=now_ms, expires_ms=now_ms + 1)
    leaf, payloads = seal(CancelNotice(ref="N1"), stamp, [fake.stage.officers["A1"]], CountedEntropy())
    at, name = fake.size, open_envelope(leaf).id
    record = Findings(of=name, recorded_ms=now_ms, outcome=Outcome.TAKEN, findings=())
    item = seal_record(record, {}, fake.stage.node.ledger, fake.node_key, CountedEntropy())
    fake.entries += [Stored(at, name, leaf, payloads), Stored(at + 1, item.id, item.leaf, {})]
    fake.size += 2
    with pytest.raises(ProofError, match="of another ledger"):
        synced(way, fake, tmp_path)


def test_a_session_of_another_ledger_is_not_begun(way: Way, fake: Fake, tmp_path: Path) -> None:
    synced(way, fake, tmp_path)
    other = Challenge(challenge="ab" * 32, ledger="cd" * 32, expires_ms=2**50)
    fake.twists["/v1/session/challenge"] = lambda answer: told(other)
    fake.asked.clear()
    with pytest.raises(ForkedError, match="serves the ledger"):
        synced(way, fake, tmp_path)
    assert fake.asked == ["/v1/session/challenge"], "and nothing was signed for it"


def test_a_ledger_of_a_thousand_million_entries_is_not_fetched(way: Way, fake: Fake, tmp_path: Path) -> None:
    synced(way, fake, tmp_path)
    fake.size = 10**9
    fake.asked.clear()
    with pytest.raises(ProofError, match="new ones"):
        synced(way, fake, tmp_path)
    assert "/v1/log/entries" not in fake.asked


def test_sections_that_come_later_are_held_against_what_was_there(way: Way, fake: Fake, tmp_path: Path) -> None:
    def scant(run: list[msgspec.Struct]) -> list[msgspec.Struct]:
        return [without(one, "extent") for one in run]

    def false(run: list[msgspec.Struct]) -> list[msgspec.Struct]:
        found = []
        for one in run:
            payloads = {k: Raw(bytes(v).replace(b'"salt":"', b'"salt":"f', 1)) for k, v in one.payloads.items()}  # type: ignore[attr-defined]
            found.append(msgspec.structs.replace(one, payloads=payloads))
        return found

    def another(run: list[msgspec.Struct]) -> list[msgspec.Struct]:
        return [msgspec.structs.replace(one, leaf=run[-1].leaf) for one in run]  # type: ignore[attr-defined]

    fake.twists["/v1/log/entries"] = entries_twisted(scant)
    synced(way, fake, tmp_path)
    for lie in (false, another):
        fake.twists["/v1/log/entries"] = entries_twisted(lie)
        with pytest.raises(SazokarError):
            synced(way, fake, tmp_path)
        replica = open_replica(tmp_path)
        with replica.held():
            own, _ = notices_of(replica)
        assert all(notice.extent is None for notice in own)


def without(entry: msgspec.Struct, section: str) -> msgspec.Struct:
    kept = {name: raw for name, raw in entry.payloads.items() if name != section}  # type: ignore[attr-defined]
    return msgspec.structs.replace(entry, payloads=kept)


def test_a_root_that_signs_in_the_node_s_stead_does_not_count(way: Way, fake: Fake, tmp_path: Path) -> None:
    fake.node_key = fake.stage.roots["ALPHA"]
    with pytest.raises(SignatureError):
        synced(way, fake, tmp_path)


LIES: dict[str, Callable[[list[msgspec.Struct]], list[msgspec.Struct]]] = {
    "an entry is left out": lambda run: run[:3] + run[4:],
    "an entry is told twice": lambda run: [*run[:3], run[2], *run[3:]],
    "entries change places": lambda run: [run[1], run[0], *run[2:]],
    "no entry is told": lambda run: [],
    "a leaf is another's": lambda run: [msgspec.structs.replace(run[0], leaf=run[1].leaf), *run[1:]],  # type: ignore[attr-defined]
    "an id is another's": lambda run: [msgspec.structs.replace(run[0], id=run[1].id), *run[1:]],  # type: ignore[attr-defined]
    "a leaf is none": lambda run: [msgspec.structs.replace(run[0], leaf=Raw(b'{"a":1}')), *run[1:]],
    "a leaf is deep": lambda run: [msgspec.structs.replace(run[0], leaf=Raw(b"[" * 900 + b"]" * 900)), *run[1:]],
}


@pytest.mark.parametrize("lie", LIES)
def test_entries_that_are_not_what_the_node_signed_are_refused(way: Way, fake: Fake, tmp_path: Path, lie: str) -> None:
    fake.twists["/v1/log/entries"] = entries_twisted(LIES[lie])
    with pytest.raises(SazokarError):
        synced(way, fake, tmp_path)
    assert stored_size(tmp_path) == 0
    fake.twists.clear()
    assert synced(way, fake, tmp_path).size == fake.size, "and once it tells the truth, it is believed"


def test_every_flipped_byte_of_a_payload_is_found(fake: Fake, tmp_path: Path) -> None:
    found = 0
    for at in range(0, 400, 7):

        def flipped(run: list[msgspec.Struct], at: int = at) -> list[msgspec.Struct]:
            twisted = []
            for entry in run:
                payloads = {}
                for name, raw in entry.payloads.items():  # type: ignore[attr-defined]
                    content = bytearray(bytes(raw))
                    content[at % len(content)] ^= 1
                    payloads[name] = Raw(bytes(content))
                twisted.append(msgspec.structs.replace(entry, payloads=payloads))
            return twisted

        fake.twists["/v1/log/entries"] = entries_twisted_raw(flipped)
        replica = Replica(MemoryLog)
        with pytest.raises(SazokarError):
            WAYS[0](fake, replica, "sync", key=fake.key)
        assert replica.size == 0
        found += 1
    assert found


def entries_twisted_raw(twist: Callable[[list[msgspec.Struct]], list[msgspec.Struct]]) -> Twist:
    """As `entries_twisted`; a flip may leave what is no JSON, which is then told as it is."""

    def lenient(answer: httpx.Response) -> httpx.Response:
        run = msgspec.json.decode(answer.content, type=EntriesTold)
        changed_run = msgspec.structs.replace(run, entries=tuple(twist(list(run.entries))))
        return httpx.Response(200, content=msgspec.json.encode(changed_run))

    return lenient


def test_a_false_signature_is_refused_though_the_node_signs_the_tree_with_it(
    way: Way, fake: Fake, tmp_path: Path
) -> None:
    for at in (0, 1, 2):
        mine = fake.entries[at]
        fake.entries[at] = msgspec.structs.replace(mine, leaf=changed(mine.leaf))
        with pytest.raises((SignatureError, ProofError)):
            synced(way, fake, tmp_path)
        fake.entries[at] = mine
    assert stored_size(tmp_path) == 0


def test_a_statement_in_the_name_of_a_key_that_nobody_delegated_is_refused(
    way: Way, fake: Fake, tmp_path: Path
) -> None:
    kept = fake.entries[1:3]
    del fake.entries[1:3]  # the delegation of ALPHA's officer, and what was found of it
    fake.entries = [msgspec.structs.replace(one, position=at) for at, one in enumerate(fake.entries)]
    fake.size -= len(kept)
    with pytest.raises(SazokarError, match="may not sign"):
        synced(way, fake, tmp_path)


def test_what_a_party_may_see_of_the_findings_cannot_be_withheld(way: Way, fake: Fake, tmp_path: Path) -> None:
    def silent(run: list[msgspec.Struct]) -> list[msgspec.Struct]:
        return [msgspec.structs.replace(one, payloads={}) for one in run]

    fake.twists["/v1/log/entries"] = entries_twisted(silent)
    with pytest.raises(ProofError, match="withholds"):
        synced(way, fake, tmp_path)


ANSWERS: dict[str, httpx.Response] = {
    "garbage": httpx.Response(200, content=b"\xff\x00garbage"),
    "nothing": httpx.Response(200),
    "a page": httpx.Response(200, text="<html>welcome</html>"),
    "a redirection": httpx.Response(302, headers={"Location": "http://elsewhere.invalid/"}),
    "a fault without a reason": httpx.Response(500, content=b"oops"),
    "deep JSON": httpx.Response(200, content=b"[" * 200_000),
    "another form": httpx.Response(200, content=b'{"size": "many", "entries": 4}'),
    "a null": httpx.Response(200, content=b"null"),
}


@pytest.mark.parametrize("path", ["/v1/log/checkpoint", "/v1/log/entries", "/v1/session/challenge", "/v1/session"])
@pytest.mark.parametrize("found", ANSWERS)
def test_an_answer_that_no_node_gives_is_refused(way: Way, fake: Fake, tmp_path: Path, path: str, found: str) -> None:
    one = ANSWERS[found]
    fake.twists[path] = lambda answer: httpx.Response(one.status_code, headers=one.headers, content=one.content)
    with pytest.raises(SazokarError):
        synced(way, fake, tmp_path)
    assert stored_size(tmp_path) == 0 if (tmp_path / "ledger.sqlite").exists() else True


def test_a_huge_answer_is_not_read_to_its_end(way: Way, fake: Fake, tmp_path: Path) -> None:
    fake.twists["/v1/log/checkpoint"] = lambda answer: httpx.Response(200, content=b"x" * (3 * 1024 * 1024))
    with pytest.raises(UnreachableError, match="more than"):
        synced(way, fake, tmp_path)


def test_a_packed_answer_is_not_unpacked(way: Way, fake: Fake, tmp_path: Path) -> None:
    import gzip

    packed = gzip.compress(b"x" * 10_000_000)
    fake.twists["/v1/log/checkpoint"] = lambda answer: httpx.Response(
        200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(packed)
    )
    with pytest.raises(UnreachableError, match="packed"):
        synced(way, fake, tmp_path)


def test_an_answer_that_drips_is_given_up(
    way: Way, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "WHOLE_S", -1.0)
    with pytest.raises(UnreachableError, match="did not come whole"):
        synced(way, fake, tmp_path)


def test_a_session_that_ends_is_begun_once_more_and_not_for_ever(way: Way, fake: Fake, tmp_path: Path) -> None:
    fake.lives = 2
    assert synced(way, fake, tmp_path / "a").size == fake.size
    fake.twists["/v1/log/checkpoint"] = lambda answer: problem(401, "unauthenticated")
    fake.asked.clear()
    with pytest.raises(DeclinedError):
        synced(way, fake, tmp_path / "b")
    assert fake.asked.count("/v1/session") == 2


def test_the_party_that_a_node_tells_is_held_against_the_ledger(way: Way, fake: Fake, tmp_path: Path) -> None:
    fake.key = fake.stage.officers["A1"]  # the node tells that it is BRAVO's
    with pytest.raises(ProofError, match="by the ledger"):
        synced(way, fake, tmp_path)


def test_a_folder_of_one_party_is_not_another_s(way: Way, fake: Fake, tmp_path: Path) -> None:
    synced(way, fake, tmp_path)
    with pytest.raises(LedgerError, match="replica of BRAVO"):
        synced(way, Fake(fake.stage, "ALPHA", fake.stage.officers["A1"]), tmp_path)


def test_a_replica_that_was_changed_on_the_disk_is_not_used(way: Way, fake: Fake, tmp_path: Path) -> None:
    import sqlite3

    synced(way, fake, tmp_path)
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        connection.execute("UPDATE payloads SET content = x'00' WHERE position = 24")
    connection.close()
    with pytest.raises(DamagedError):
        synced(way, fake, tmp_path)


def test_what_may_be_seen_since_is_fetched_and_folded_anew(way: Way, fake: Fake, tmp_path: Path) -> None:
    """As where rights have widened: sections that were withheld when the entry was fetched, and are not now."""

    def scant(run: list[msgspec.Struct]) -> list[msgspec.Struct]:
        return [without(one, "extent") for one in run]

    fake.twists["/v1/log/entries"] = entries_twisted(scant)
    replica = synced(way, fake, tmp_path)
    own, _ = notices_of(replica)
    assert all(notice.extent is None for notice in own)
    fake.twists.clear()
    own, others = notices_of(synced(way, fake, tmp_path))
    assert all(notice.extent is not None for notice in own) and all(notice.extent is None for notice in others)


def test_pages_of_an_earlier_run_are_gone_on_with(way: Way, fake: Fake, tmp_path: Path) -> None:
    before = {"left": 3}

    def breaking(answer: httpx.Response) -> httpx.Response:
        before["left"] -= 1
        return answer if before["left"] > 0 else problem(404, "not-found")

    fake.twists["/v1/log/entries"] = breaking
    with pytest.raises(DeclinedError):
        synced(way, fake, tmp_path)
    assert stored_size(tmp_path) == 0 and len(list((tmp_path / "incoming").iterdir())) == 2
    fake.twists.clear()
    fake.asked.clear()
    assert synced(way, fake, tmp_path).size == fake.size
    assert fake.asked.count("/v1/log/entries") == -(-(fake.size - 20) // 10)
    assert not list((tmp_path / "incoming").iterdir())


def test_pages_that_were_tampered_with_are_fetched_again(way: Way, fake: Fake, tmp_path: Path) -> None:
    fake.twists["/v1/log/entries"] = entries_twisted(lambda run: [run[0]])
    folder = tmp_path / "incoming"
    folder.mkdir()
    (folder / "000000000000").write_bytes(b'{"size":1,"entries":[]}')
    with pytest.raises(SazokarError):
        synced(way, fake, tmp_path)
    fake.twists.clear()
    run = msgspec.json.encode(fake.run(0, 10)).replace(b'"number":1', b'"number":7', 1)
    folder.mkdir(exist_ok=True)
    (folder / "000000000000").write_bytes(run)
    assert open_replica(tmp_path).size == 0
    assert synced(way, fake, tmp_path).size == fake.size
