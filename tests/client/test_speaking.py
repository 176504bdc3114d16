"""What an officer says, and what it believes of the answer; STOP, cosigning, and the edges of a line."""

from __future__ import annotations

import itertools
from contextlib import suppress
from pathlib import Path

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.app.receipt import Receipt, Rejected, Unrecorded
from sazokar.app.wire import CosignedTold, Receipted, Sounded
from sazokar.client import Client, line
from sazokar.client.line import audience_of
from sazokar.domain.finding import Outcome
from sazokar.domain.statement import CallStop, CancelNotice, ErasePayload, StopAction
from sazokar.domain.statement import TestCall as LineTested
from sazokar.errors import DeclinedError, ForkedError, KeyFileError, LedgerError, ProofError, UnreachableError
from sazokar.ledger.checkpoint import Checkpoint, open_note, read_checkpoint
from sazokar.ledger.note import read_note
from sazokar.wiring import open_replica
from tests.app.stages import new_stage, play
from tests.client.hostile import URL, WAYS, Fake, Way, problem, told

CALL = LineTested(to="ALPHA", answered=True)


@pytest.fixture
def fake() -> Fake:
    stage = new_stage()
    play(stage)
    return Fake(stage)


@pytest.fixture(params=WAYS, ids=["threads", "async"])
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


def submitted(way: Way, fake: Fake, folder: Path, statement: object = CALL) -> object:
    now_ms = fake.stage.clock.instant_ms
    return way(fake, open_replica(folder), "submit", statement, key=fake.key, now_ms=now_ms)


def test_a_receipt_tells_what_the_replica_holds(way: Way, fake: Fake, tmp_path: Path) -> None:
    receipt = submitted(way, fake, tmp_path)
    assert isinstance(receipt, Receipt) and receipt.outcome is Outcome.TAKEN
    assert receipt.position == fake.size - 2 and receipt.id == fake.entries[receipt.position].id


def test_numbers_go_on_where_the_ledger_stands(way: Way, fake: Fake, tmp_path: Path) -> None:
    for _ in range(2):
        receipt = submitted(way, fake, tmp_path)
        assert isinstance(receipt, Receipt) and receipt.outcome is Outcome.TAKEN and not receipt.repeated


def test_what_the_rules_forbid_is_a_receipt_too(way: Way, fake: Fake, tmp_path: Path) -> None:
    receipt = submitted(way, fake, tmp_path, CancelNotice(ref="N999"))
    assert isinstance(receipt, Receipt) and receipt.outcome is Outcome.REFUSED and receipt.refusal is not None


def receipt_twisted(**lies: object) -> object:
    def twisted(answer: httpx.Response) -> httpx.Response:
        return told(msgspec.structs.replace(msgspec.json.decode(answer.content, type=Receipted), **lies), 201)

    return twisted


@pytest.mark.requirement("SZK-39")
@pytest.mark.parametrize(
    "lies", [{"position": 3}, {"position": 10**9}, {"id": "ab" * 32}, {"outcome": "refused"}, {"outcome": "held"}]
)
def test_a_receipt_that_is_not_so_is_refused(way: Way, fake: Fake, tmp_path: Path, lies: dict[str, object]) -> None:
    fake.twists["/v1/entries"] = receipt_twisted(**lies)  # type: ignore[assignment]
    with pytest.raises(ProofError):
        submitted(way, fake, tmp_path)


def test_a_receipt_for_what_was_never_recorded_is_refused(way: Way, fake: Fake, tmp_path: Path) -> None:
    forged = Receipted(id="ab" * 32, position=3, recorded_ms=0, outcome="taken", ref="N3")
    fake.twists["/v1/entries"] = lambda answer: told(forged, 201)
    fake.entries, fake.size = fake.entries[:], fake.size
    with pytest.raises(ProofError):
        submitted(way, fake, tmp_path)


@pytest.mark.parametrize(
    ("code", "status", "kind"), [("rejected", 403, Rejected), ("damaged", 503, Unrecorded), ("not-recorded", 503, Unrecorded)]
)  # fmt: skip
def test_what_is_no_entry_is_told_as_such(
    way: Way, fake: Fake, tmp_path: Path, code: str, status: int, kind: type
) -> None:
    fake.twists["/v1/entries"] = lambda answer: problem(status, code)
    assert isinstance(submitted(way, fake, tmp_path), kind)


def test_a_lost_connection_is_met_with_the_same_bytes_and_recorded_once(
    way: Way, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "PAUSES_S", (0.0, 0.0))
    sent: list[bytes] = []

    def breaking(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/entries":
            sent.append(request.content)
            answer = fake(request)
            if len(sent) < 3:
                raise httpx.ReadError("cut", request=request)
            return answer
        return fake(request)

    now_ms = fake.stage.clock.instant_ms
    receipt = way(breaking, open_replica(tmp_path), "submit", CALL, key=fake.key, now_ms=now_ms)
    assert isinstance(receipt, Receipt) and receipt.repeated and receipt.outcome is Outcome.TAKEN
    assert len(sent) == 3 and len(set(sent)) == 1
    assert [entry.id for entry in fake.entries].count(receipt.id) == 1


def test_a_node_that_is_away_is_given_up_after_a_few_tries(
    way: Way, tmp_path: Path, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "PAUSES_S", (0.0, 0.0))
    tries = []

    def away(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(UnreachableError, match="cannot be reached"):
        way(away, open_replica(tmp_path), "sync", key=fake.key)
    assert len(tries) == 3


def test_a_busy_node_is_given_the_time_that_it_asks_for_and_no_more(
    way: Way, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "PAUSES_S", (0.0, 0.0))
    monkeypatch.setattr(line, "LONGEST_PAUSE_S", 0.01)
    fake.twists["/v1/log/checkpoint"] = lambda answer: problem(429, "too-many-requests", retry_s=3_000)
    with pytest.raises(DeclinedError) as told_of:
        way(fake, open_replica(tmp_path), "sync", key=fake.key)
    assert told_of.value.code == "too-many-requests" and fake.asked.count("/v1/log/checkpoint") == 3


@pytest.mark.requirement("SZK-27")
def test_stop_needs_no_session_no_replica_and_no_key(way: Way, fake: Fake, tmp_path: Path) -> None:
    call = CallStop(action=StopAction.HALT, place="Mill bridge", unit="2nd battery", reason="shells", called_ms=1)
    for key, replica in ((None, None), (fake.key, None), (fake.key, open_replica(tmp_path))):
        fake.asked.clear()
        sounded = way(fake, replica, "call_stop", call, key=key)
        assert isinstance(sounded, Sounded) and sounded.ref == "S9" and fake.asked == ["/v1/stops"]
    assert isinstance(way(fake, None, "call_stop", b"CEASE FIRE at the mill"), Sounded)


def test_a_charter_is_founded_on_and_no_other(way: Way, fake: Fake) -> None:
    charter = next(iter(fake.stage.log.read(0, 1))).leaf
    assert way(fake, None, "found", charter) == fake.stage.node.ledger
    fake.twists["/v1/charter"] = lambda answer: httpx.Response(201, content=b'{"ledger":"%s"}' % (b"ab" * 32))
    with pytest.raises(ProofError):
        way(fake, None, "found", charter)


def test_what_was_erased_is_forgotten_here_too(way: Way, fake: Fake, tmp_path: Path) -> None:
    (own,) = [notice for notice in fake.stage.node.state.notices.values() if notice.party == "BRAVO"]
    fake.stage.clock.instant_ms += 86_400_000
    fake.stage.node.tick()
    receipt = submitted(way, fake, tmp_path, ErasePayload(entry=own.entry, section="extent"))
    assert isinstance(receipt, Receipt) and receipt.outcome is Outcome.TAKEN, receipt
    replica = open_replica(tmp_path)
    with replica.held() as log:
        position = log.position_of(own.entry)
        assert position is not None
        assert "extent" not in next(iter(log.read(position))).payloads
    assert b"334498000" not in b"".join(
        path.read_bytes() for path in tmp_path.iterdir() if path.is_file() and path.name != "ledger.sqlite"
    )


def test_without_a_replica_nothing_is_believed(way: Way, fake: Fake) -> None:
    with pytest.raises(LedgerError, match="replica"):
        way(fake, None, "sync", key=fake.key)


def test_without_a_key_no_session_is_begun(way: Way, fake: Fake, tmp_path: Path) -> None:
    with pytest.raises(KeyFileError):
        way(fake, open_replica(tmp_path), "sync")


@pytest.mark.requirement("SZK-39")
def test_a_party_cosigns_what_begins_with_what_it_cosigned_before(way: Way, fake: Fake, tmp_path: Path) -> None:
    kept: list[bytes] = []
    whole, fake.size = fake.size, 31
    way(fake, open_replica(tmp_path), "cosign", None, kept.append, key=fake.key, now_ms=1_000)
    fake.size = whole
    before = read_checkpoint(read_note(kept[-1])[0])
    done = way(fake, open_replica(tmp_path), "cosign", before, kept.append, key=fake.key, now_ms=2_000)
    assert isinstance(done, CosignedTold) and [read_checkpoint(read_note(one)[0]).size for one in kept] == [31, whole]
    _, signatures = open_note(kept[-1], {fake.key.key_id: fake.key.key_id})
    assert [one.timestamp_s for one in signatures] == [2]


@pytest.mark.requirement("SZK-39")
@pytest.mark.parametrize("before", [Checkpoint("halcyon.invalid/ledger", 31, b"\x07" * 32),
                                    Checkpoint("halcyon.invalid/ledger", 10**6, b"\x07" * 32),
                                    Checkpoint("elsewhere.invalid", 3, b"\x07" * 32)])  # fmt: skip
def test_nothing_is_cosigned_on_a_fork(way: Way, fake: Fake, tmp_path: Path, before: Checkpoint) -> None:
    kept: list[bytes] = []
    with pytest.raises(ForkedError):
        way(fake, open_replica(tmp_path), "cosign", before, kept.append, key=fake.key)
    assert not kept and len(list(tmp_path.glob("fork-*.note"))) == 2


@pytest.mark.requirement("SZK-39")
def test_a_node_that_calls_what_it_put_up_forked_is_an_alarm_with_evidence(
    way: Way, fake: Fake, tmp_path: Path
) -> None:
    asked = itertools.count()
    fake.twists["/v1/cosigning"] = lambda answer: answer if next(asked) == 0 else problem(409, "forked")
    with pytest.raises(ForkedError, match="FORKED"):
        way(fake, open_replica(tmp_path), "cosign", None, [].append, key=fake.key)
    assert len(list(tmp_path.glob("fork-*.note"))) == 2


@pytest.mark.parametrize(
    ("url", "audience"),
    [("http://127.0.0.1:8470/", URL), ("https://Node.Example", "https://node.example"),
     ("http://[::1]:8470", "http://[::1]:8470"), ("HTTPS://xn--bcher-kva.example:0443", "https://xn--bcher-kva.example:443"),
     ("https://10.0.0.7", "https://10.0.0.7"), ("http://localhost", "http://localhost"), ("https://node.example:444", "https://node.example:444")],
)  # fmt: skip
def test_a_session_is_signed_for_scheme_host_and_port(url: str, audience: str) -> None:
    assert audience_of(url) == audience


@pytest.mark.parametrize(
    "url", ["", "node", "ftp://x", "http://node.example", "https://a/b", "https://a?x=1", "https://u:p@a", "https://a:b",
            "http://127.0.0.1.evil.example", "https://", "https://a\u2100b", "https://exa\nmple", "http://localhost\t:1",
            "https:// a", "https://a b", "https://a\x00b", "https://[v1.x]", "https://%31%32", "http://[::1%25eth0]:1",
            "http://:pw@127.0.0.1", "https://u@a", "https://a:99999", "https://a:0", "https://-", "https://a..b",
            "http://127.0.0.1#", "http://127.0.0.1?", "http://0x7f.1", "http://127.1", "http://2130706433", "https://[::1",
            "https://::1", "https://\uff41.example", "https://a:\u0661", "https://" + "a" * 64 + ".example",
            "https://" + "a." * 200 + "a", "\nhttps://a", "https://a\n", "https://a\\b", "https://user:p@[::1]"],
)  # fmt: skip
def test_an_address_that_is_none_or_can_be_read_along_is_refused(url: str) -> None:
    with pytest.raises(UnreachableError):
        Client(url)


@given(st.one_of(st.text(max_size=60), st.text("ab1.:-[]/%@?#\u2100\x00 ", max_size=30).map("https://".__add__)))
def test_whatever_an_address_is_what_comes_is_plain_or_it_is_refused(text: str) -> None:
    with suppress(UnreachableError):
        audience = audience_of(text)
        assert audience.isascii() and audience.isprintable() and not set(audience) & set(' %@?#\\"')
        assert audience_of(audience) == audience
