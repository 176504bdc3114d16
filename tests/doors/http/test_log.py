"""The log over the wire: what a stranger's tools rebuild from it is what the node signed; cosigning comes to a quorum."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from sazokar.app.finality import ROUND_MS
from sazokar.domain.party import OfficerRole
from sazokar.domain.statement import DelegateKey
from sazokar.domain.statement import TestCall as LineTest
from sazokar.ledger.checkpoint import cosign
from sazokar.ledger.merkle import verify_consistency, verify_inclusion
from sazokar.testing.fakes import key_of
from tests.doors.http.grounds import House, housed, treaty
from tests.doors.http.processes import notice

pytestmark = pytest.mark.requirement("SZK-39")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with housed(tmp_path_factory.mktemp("full"), treaty()) as house:
        for number in range(150):
            house.take("ALPHA" if number % 2 else "BRAVO", LineTest(to="MEDIATOR", answered=True))
        yield house


def grow(house: House) -> None:
    house.take("ALPHA", LineTest(to="BRAVO", answered=True))


def checkpoint(text: str) -> tuple[str, int, bytes]:
    """Read a checkpoint as C2SP tlog-checkpoint has it, with nothing of ours."""
    origin, size, root, *_ = text.split("\n")
    return origin, int(size), base64.b64decode(root)


def root_of(hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, by recursion."""
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return sha256(b"\x01" + root_of(hashes[:half]) + root_of(hashes[half:])).digest()


def tiles(client: httpx.Client, kind: str, size: int) -> Iterator[bytes]:
    for index in range((size + 255) // 256):
        left = min(256, size - index * 256)
        answer = client.get(f"/v1/log/tile/{kind}/{index:03d}{'' if left == 256 else f'.p/{left}'}")
        assert answer.status_code == 200, answer.text
        assert ("immutable" in answer.headers["cache-control"]) is (left == 256)
        yield answer.content


def test_a_stranger_s_tool_rebuilds_the_signed_root_from_tiles_alone(full: House) -> None:
    with full.client("WATCHER") as client:
        origin, size, root = checkpoint(client.get("/v1/log/checkpoint").text)
        assert origin == "sazokar.invalid/trial" and size == full.state.size > 256
        content = b"".join(tiles(client, "0", size))
        hashes = [content[at : at + 32] for at in range(0, len(content), 32)]
        assert len(hashes) == size and root_of(hashes) == root
        leaves: list[bytes] = []
        for bundle in tiles(client, "entries", size):
            while bundle:
                length = int.from_bytes(bundle[:2], "big")
                leaves.append(bundle[2 : 2 + length])
                bundle = bundle[2 + length :]
        assert [sha256(b"\x00" + leaf).digest() for leaf in leaves] == hashes
        above = client.get(f"/v1/log/tile/1/000.p/{size // 256}").content
        assert above == root_of(hashes[:256])


def test_tiles_hold_headers_only(house: House) -> None:
    house.submit("ALPHA", notice(1, "ALPHA", "the well by the third bridge"))
    with house.client("ALPHA") as client:
        content = b"".join(tiles(client, "entries", house.state.size))
        assert b"notice.file" in content and b"third bridge" not in content and b"volumes" not in content
        own = client.get("/v1/log/entries").content
        assert b"third bridge" in own


@pytest.mark.parametrize(
    "path", ["/v1/log", "/v1/log/checkpoint", "/v1/log/tile/entries/000.p/1", "/v1/log/entries", "/v1/log/entries/0"]
)
def test_without_a_session_nothing_of_the_log_is_told(house: House, path: str) -> None:
    with house.stranger() as client:
        assert client.get(path).status_code == 401


def test_a_public_log_tells_headers_to_anyone_and_payloads_to_nobody(tmp_path: Path) -> None:
    with housed(tmp_path, treaty(), public=True) as house:
        house.submit("ALPHA", notice(1, "ALPHA", "the well by the third bridge"))
        with house.stranger() as client:
            told = client.get("/v1/log/entries").json()
            assert len(told["entries"]) == house.state.size
            assert all(not entry["payloads"] for entry in told["entries"])
            assert client.get("/v1/log/checkpoint").status_code == 200
            assert b"third bridge" not in client.get("/v1/log/entries").content
            for path in ("/v1/notices", "/v1/conflicts", "/v1/cosigning", "/v1/bundles/N1", "/v1/events"):
                assert client.get(path).status_code == 401


def test_each_entry_comes_with_a_proof_that_holds(full: House) -> None:
    with full.client("BRAVO") as client:
        for position in (0, 1, 255, 256, full.state.size - 1):
            told = client.get(f"/v1/log/entries/{position}")
            entry = told.json()
            leaf = told.content[told.content.index(b'"leaf":') + 7 : told.content.index(b',"payloads":')]
            _, size, root = checkpoint(entry["proof"]["checkpoint"])
            proof = [bytes.fromhex(one) for one in entry["proof"]["inclusion"]]
            verify_inclusion(sha256(b"\x00" + leaf).digest(), position, size, proof, root)
            assert client.get(f"/v1/log/ids/{entry['id']}").json()["position"] == position
        assert client.get(f"/v1/log/entries/{full.state.size}").status_code == 404
        assert client.get(f"/v1/log/ids/{'0' * 64}").status_code == 404


def test_every_earlier_ledger_is_proven_to_be_the_beginning_of_this_one(house: House) -> None:
    with house.client("ALPHA") as client:
        _, first, root = checkpoint(client.get("/v1/log/checkpoint").text)
        for _ in range(5):
            grow(house)
            _, second, grown = checkpoint(client.get("/v1/log/checkpoint").text)
            told = client.get("/v1/log/consistency", params={"first": first, "second": second}).json()
            verify_consistency(first, second, root, grown, [bytes.fromhex(one) for one in told["proof"]])
        for wrong in (
            {"first": second, "second": first},
            {"first": 1, "second": second + 1},
            {"first": 0, "second": 1},
        ):
            assert client.get("/v1/log/consistency", params=wrong).status_code == 400


def cosigned(house: House, name: str, note: bytes) -> httpx.Response:
    with house.client(name) as client:
        key = key_of(name)
        return client.post("/v1/cosigning", content=cosign(note, key.key_id, key, house.clock.now_ms() // 1000))


def up(house: House) -> bytes:
    with house.client("ALPHA") as client:
        return client.get("/v1/cosigning").content


def test_cosigners_meet_on_one_checkpoint_while_the_ledger_grows(house: House) -> None:
    note = up(house)
    grow(house)
    assert up(house) == note
    told = cosigned(house, "ALPHA", note).json()
    assert told == {"size": checkpoint(note.decode())[1], "cosigned_by": ["ALPHA"], "final": False}
    grow(house)
    assert cosigned(house, "MEDIATOR", note).json()["final"]
    with house.client("BRAVO") as client:
        log = client.get("/v1/log").json()
        assert (log["final"], log["cosigned_by"]) == (told["size"], ["ALPHA", "MEDIATOR"])
        assert log["size"] == house.state.size > log["final"]
        assert client.get("/v1/log/cosigned").text.count("\n—") == 3
    assert checkpoint(up(house).decode())[1] == house.state.size
    assert cosigned(house, "BRAVO", note).status_code == 201  # late, and kept


def test_a_checkpoint_that_nobody_makes_final_gives_way_to_the_next(house: House) -> None:
    note = up(house)
    grow(house)
    house.clock.advance(ROUND_MS)
    assert checkpoint(up(house).decode())[1] == house.state.size > checkpoint(note.decode())[1]


def test_only_who_may_cosign_does_and_only_what_was_up(house: House) -> None:
    note = up(house)
    stranger = key_of("nobody")
    with house.client("ALPHA") as client:
        assert client.post("/v1/cosigning", content=note).status_code == 409
        strange = cosign(note, stranger.key_id, stranger, house.clock.now_ms() // 1000)
        assert client.post("/v1/cosigning", content=strange).status_code == 409
        assert client.post("/v1/cosigning", content=b"\xff garbage").status_code == 422
        assert client.post("/v1/cosigning", content=b"x" * 70_000).status_code == 413
        other = client.get("/v1/log/checkpoint").content
    grow(house)
    with house.client("ALPHA") as client:
        fresh = client.get("/v1/log/checkpoint").content
    assert other.split(b"\n")[1] != fresh.split(b"\n")[1]
    assert cosigned(house, "ALPHA", fresh).json()["code"] == "not-up"


def test_many_keys_of_one_party_leave_one_line_and_nobody_without_a_note(house: House) -> None:
    """Or one party could fill the note, and with it end all finality and every proof."""
    now_ms = house.clock.now_ms()
    names = [f"extra {number}" for number in range(40)]
    for number, name in enumerate(names):
        delegation = DelegateKey(
            key=key_of(name).key_id,
            watch_number=f"X{number}",
            role=OfficerRole.OFFICER,
            from_ms=now_ms,
            until_ms=now_ms + 10**9,
        )  # fmt: skip
        house.take("root BRAVO", delegation)
    note = up(house)
    for name in names:
        assert cosigned(house, name, note).status_code == 201
    assert cosigned(house, "ALPHA", note).json()["final"]
    with house.client("ALPHA") as client:
        kept = client.get("/v1/log/cosigned").text
    assert kept.count("\n—") == 3, "the node, BRAVO, ALPHA"
    assert house.node.scrub() is None


def test_a_forked_checkpoint_is_told_to_be_evidence(house: House, tmp_path: Path) -> None:
    (tmp_path / "fork").mkdir()
    with housed(tmp_path / "fork", treaty()) as fork:
        grow(fork)
        fork.take("BRAVO", LineTest(to="ALPHA", answered=False))
        for _ in range(3):
            grow(house)
        answer = cosigned(house, "ALPHA", up(fork))
    assert answer.status_code == 409 and answer.json()["code"] == "forked"


def test_the_directory_of_a_route_of_tiles_is_no_way_out(house: House) -> None:
    with house.client("ALPHA") as client:
        for path in ("../../../ledger.sqlite", "entries/..%2f..%2fnode.key", "0/000/../001", "entries"):
            assert client.get(f"/v1/log/tile/{path}").status_code == 404
