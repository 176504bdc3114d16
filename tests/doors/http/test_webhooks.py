"""Webhooks against a real server: signed, by reference, at least once; whoever is slow or away delays nobody else."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import http.server
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from sazokar.adapters.outbox_sqlite import OUTBOX, Item, Letter, Outbox
from sazokar.app.events import events_of
from sazokar.domain.state import EMPTY
from sazokar.domain.statement import AnswerConflict, CallStop, Reply, StopAction
from sazokar.doors.http import courier, webhooks
from sazokar.doors.http.addresses import is_public, require_hook
from sazokar.doors.http.settings import Webhook
from sazokar.doors.http.webhooks import HookChannel
from sazokar.errors import UnreachableError, UnreadableError
from tests.dialects.agreements import clause
from tests.domain.mechanism import MINUTE_MS, disc, notice, volume
from tests.doors.http.certificates import certificate, served_with
from tests.doors.http.grounds import House, housed, treaty
from tests.doors.http.served import Served, serving, until

pytestmark = pytest.mark.requirement("SZK-51")
SECRET = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
OPEN = clause("disclosure", 'to = "party"\nlevel = "extent-only"', "8.1")


class Receiver:
    """A party's own machine: answers what it is told to, and keeps what came."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.answers: list[int] = []
        self.wait_s = 0.0
        self.came: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                time.sleep(receiver.wait_s)
                receiver.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
                status = receiver.answers.pop(0) if receiver.answers else 204
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", f"http://127.0.0.1:{receiver.port}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def refs(self) -> list[str]:
        return [one["ref"] for _, body in self.came for one in json.loads(body)["data"]["waiting"]]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.close()


@contextmanager
def hooked(
    tmp_path: Path, *receivers: Receiver, clauses: tuple[str, ...] = (OPEN,), party: str = "BRAVO"
) -> Iterator[Served]:
    secret = tmp_path / "hook.secret"
    secret.write_text(f"whsec_{SECRET}\n")
    hooks = tuple(
        Webhook(name=f"hook-{n}", party=party, url=f"http://127.0.0.1:{one.port}/in", secret_file=str(secret))
        for n, one in enumerate(receivers)
    )
    (tmp_path / "led").mkdir(exist_ok=True)
    with housed(tmp_path / "led", treaty(*clauses)) as house, serving(house, webhooks=hooks) as served:
        served.await_channels(*(hook.name for hook in hooks))
        yield served


def filed(house: House, lat: float = 12.0) -> str:
    return house.take("ALPHA", notice(volume(shape=disc(lat)))).ref


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "TURN_S", 0.02)


def test_a_hook_is_told_a_reference_and_no_content(tmp_path: Path, receiver: Receiver) -> None:
    with hooked(tmp_path, receiver) as served:
        ref = filed(served.house)
        until(lambda: bool(receiver.came))
    _, body = receiver.came[0]
    told = json.loads(body)
    assert told["data"]["waiting"] == [{"ref": ref, "kind": "notice", "text": f"reference {ref}: open the line"}]
    assert told["data"]["party"] == "BRAVO" and told["type"] == "sazokar.waiting"
    assert b"extent" not in body and b"FL100" not in body and b"ALPHA" not in body


def test_a_hook_is_signed_as_standard_webhooks_has_it(tmp_path: Path, receiver: Receiver) -> None:
    with hooked(tmp_path, receiver) as served:
        filed(served.house)
        until(lambda: bool(receiver.came))
    headers, body = receiver.came[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body.decode()}"
    mac = hmac.new(base64.b64decode(SECRET), signed.encode(), hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"


def test_the_signature_is_the_one_of_the_published_vector() -> None:
    # The example of the standard's reference libraries.
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    found = webhooks.signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.requirement("SZK-22")
def test_what_a_hook_took_is_recorded_as_delivered(tmp_path: Path, receiver: Receiver) -> None:
    with hooked(tmp_path, receiver) as served:
        ref = filed(served.house)
        until(lambda: bool(served.house.state.notices[ref].acks))
        assert served.house.state.notices[ref].acks[0].party == "BRAVO"
        time.sleep(0.5)
    assert receiver.refs() == [ref], "that it was delivered is told to nobody by hook"


def test_what_failed_is_sent_again_under_the_same_id_after_a_wait(tmp_path: Path, receiver: Receiver) -> None:
    receiver.answers = [500, 302, 429]
    with hooked(tmp_path, receiver) as served:
        filed(served.house)
        for count in range(1, 4):
            until(lambda count=count: len(receiver.came) == count)
            time.sleep(0.1)
            assert len(receiver.came) == count, "not before its time"
            served.house.clock.advance(round(courier.BACK_OFF_S[count - 1] * 1000 * 1.3))
        until(lambda: len(receiver.came) == 4)
    assert len({headers["webhook-id"] for headers, _ in receiver.came}) == 1


def test_after_a_day_a_letter_is_dead_and_the_operator_sends_it_again(tmp_path: Path, receiver: Receiver) -> None:
    receiver.answers = [500] * (len(courier.BACK_OFF_S) + 1)
    with hooked(tmp_path, receiver) as served:
        ref = filed(served.house)
        address = f"{served.address}/v1/deliveries"
        for count, wait_s in enumerate((*courier.BACK_OFF_S, 0), 1):
            until(lambda count=count: len(receiver.came) == count)
            until(lambda count=count: httpx.get(address).json()["letters"][0]["attempts"] == count)
            served.house.clock.advance(round(wait_s * 1000 * 1.3))
        told = httpx.get(address).json()
        assert told["channels"][0]["dead"] == 1 and told["letters"][0]["dead"] is True
        assert told["letters"][0]["refs"] == [ref] and "extent" not in json.dumps(told)
        assert httpx.post(f"{address}/{told['letters'][0]['number']}/retry").status_code == 204
        until(lambda: len(receiver.came) == len(courier.BACK_OFF_S) + 2)
        until(lambda: httpx.get(address).json()["letters"] == [])
        assert httpx.post(f"{address}/1/retry").status_code == 404
    assert 23 * 3600 <= sum(courier.BACK_OFF_S) <= 25 * 3600


def test_a_fault_of_our_own_ends_no_channel_and_holds_up_no_letter(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = [ZeroDivisionError("in sending"), ZeroDivisionError("in making")]
    with hooked(tmp_path, receiver) as served:
        channel = served.station.couriers.channels[0] if served.station.couriers else None
        assert isinstance(channel, HookChannel)
        send, items = channel.send, channel.items

        async def sent(*given: object) -> None:
            if len(failing) == 2:
                raise failing.pop(0)
            await send(*given)  # type: ignore[arg-type]  # as they came

        def made(*given: object) -> object:
            if len(failing) == 1:
                raise failing.pop(0)
            return items(*given)  # type: ignore[arg-type]  # as they came

        monkeypatch.setattr(channel, "send", sent)
        monkeypatch.setattr(channel, "items", made)
        filed(served.house)
        until(lambda: len(failing) == 1)
        second = filed(served.house, 13.0)
        until(lambda: second in receiver.refs())
        assert failing == []


def test_a_slow_hook_delays_no_other(tmp_path: Path, receiver: Receiver) -> None:
    slow = Receiver()
    slow.wait_s = 1.0
    try:
        with hooked(tmp_path, slow, receiver) as served:
            refs = [filed(served.house, lat) for lat in (11.2, 11.6, 12.0, 12.4)]
            until(lambda: receiver.refs() == refs)
            assert len(slow.came) < 2
    finally:
        slow.close()


def test_what_was_not_sent_when_the_process_died_is_sent_by_the_next_under_the_same_id(
    tmp_path: Path, receiver: Receiver
) -> None:
    receiver.answers = [503]
    with hooked(tmp_path, receiver) as served:
        ref = filed(served.house)
        until(lambda: len(receiver.came) == 1)
        until(lambda: httpx.get(f"{served.address}/v1/deliveries").json()["letters"][0]["attempts"] == 1)
    outbox = Outbox(tmp_path / "led" / OUTBOX)
    letter = outbox.listed()[0]
    assert [item.ref for item in letter.items] == [ref]
    assert letter.name == receiver.came[0][0]["webhook-id"]
    outbox.close()


def test_a_letter_and_the_place_in_the_ledger_are_kept_together_or_not_at_all(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / OUTBOX)
    outbox.put("hook", [("a", [Item("N1", "notice", 1)])], 5, 7)
    outbox.put("hook", [("a", [Item("N1", "notice", 1)])], 5, 7)
    assert (outbox.position("hook"), outbox.waiting("hook")) == (7, 1), "made anew after a crash, it is one letter"
    with pytest.raises(TypeError):
        outbox.put("hook", [("b", ()), ("c", object())], 5, 9)  # type: ignore[list-item]
    assert (outbox.position("hook"), outbox.waiting("hook")) == (7, 1)
    outbox.close()


def test_a_file_that_is_no_outbox_is_named(tmp_path: Path) -> None:
    (tmp_path / OUTBOX).write_bytes(b"no database" * 100)
    with pytest.raises(UnreadableError, match=OUTBOX):
        Outbox(tmp_path / OUTBOX)


@pytest.mark.requirement("SZK-27")
def test_a_stop_is_told_and_without_a_reference_where_it_cannot_be_recorded(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "RECORDED_S", 0.2)
    with hooked(tmp_path, receiver) as served:
        call = CallStop(action=StopAction.CEASE_FIRE, place="Reef", unit="1", reason="inside")
        ref = served.house.take("ALPHA", call).ref
        until(lambda: receiver.refs() == [ref])
        served.house.log._owner().execute("UPDATE entries SET leaf = replace(leaf, 'a', 'b') WHERE position = 3")
        assert served.house.node.scrub() is not None
        httpx.post(f"{served.address}/v1/stops", content=b"CEASE FIRE at the Reef")
        until(lambda: receiver.refs() == [ref, ""])
    assert b"Reef" not in receiver.came[1][1]


@pytest.mark.requirement("SZK-27")
def test_a_stop_goes_before_whatever_waits_and_is_told_where_no_more_letters_are_made(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "RECORDED_S", 0.2)
    monkeypatch.setattr(courier, "GREATEST_WAITING", 3)
    receiver.wait_s = 0.3
    with hooked(tmp_path, receiver) as served:
        refs = [filed(served.house, 10.5 + number / 4) for number in range(10)]
        call = CallStop(action=StopAction.HALT, place="the bridge", unit="all", reason="test")
        answer = httpx.post(f"{served.address}/v1/stops", content=served.house.parcel("ALPHA", call))
        assert answer.status_code == 201
        ref = answer.json()["ref"]
        until(lambda: ref in receiver.refs())
        assert len(receiver.refs()) < len(refs)


@pytest.mark.parametrize("carries", ["reference", "extent-only", "everything"])
def test_more_than_a_reference_is_told_where_a_clause_says_so_and_never_more_than_is_seen(
    tmp_path: Path, receiver: Receiver, carries: str
) -> None:
    outside = clause("outside", f'to = "BRAVO"\ncarries = "{carries}"', "8.2")
    with hooked(tmp_path, receiver, clauses=(OPEN, outside)) as served:
        filed(served.house)
        until(lambda: bool(receiver.came))
    (waits,) = json.loads(receiver.came[0][1])["data"]["waiting"]
    assert ("extent" in waits) == (carries != "reference")
    assert waits.get("clause", "8.2") == "8.2"
    assert not {"purpose", "contacts", "movement"} & waits.keys()


# Where a hook may go


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "192.168.1.1", "172.16.0.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "fe80::1",
     "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "224.0.0.1", "ff02::1", "nonsense"],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(address)


def test_a_public_address_is_taken() -> None:
    assert is_public("9.9.9.9") and is_public("2620:fe::fe")


@pytest.mark.parametrize(
    "url",
    ["http://example.org/in", "ftp://example.org", "https://", "https://user:word@example.org/", "file:///etc/passwd",
     "https://example.org/#x", "http://10.0.0.1/", "http://localhost.example.org/"],
)  # fmt: skip
def test_a_hook_goes_over_tls_or_to_the_loopback_that_was_written_out(url: str) -> None:
    with pytest.raises(UnreadableError, match="https"):
        require_hook(Webhook(name="x", party="ALPHA", url=url, secret_file="x"))


@pytest.mark.parametrize("secret", ["", "abc", "whsec_", "whsec_####", "whsec_" + base64.b64encode(b"short").decode()])
def test_a_secret_that_is_none_is_named_before_anything_is_sent(tmp_path: Path, secret: str) -> None:
    path = tmp_path / "secret"
    path.write_text(secret)
    with pytest.raises(UnreadableError, match="secret"):
        webhooks.read_secret(path)


# TLS


def sent_over_tls(tmp_path: Path, port: int) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"whsec_{SECRET}")
    hook = Webhook(name="x", party="BRAVO", url=f"https://localhost:{port}/in", secret_file=str(secret))
    letter = Letter(number=1, channel="x", name="a", items=(Item("N1", "notice"),), next_ms=0)
    asyncio.run(webhooks.HookChannel(hook, lambda: "0" * 64).send(letter, EMPTY, 0))


@pytest.mark.parametrize(("name", "trusted", "good"), [
    ("localhost", True, True), ("localhost", False, False), ("other.invalid", True, False),
])  # fmt: skip
def test_a_hook_is_sent_only_to_whom_a_trusted_certificate_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, trusted: bool, good: bool
) -> None:
    path = certificate(tmp_path, name)
    receiver = Receiver(served_with(path))
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    webhooks._trusted.cache_clear()
    try:
        if good:
            sent_over_tls(tmp_path, receiver.port)
        else:
            with pytest.raises(UnreachableError, match="verify"):
                sent_over_tls(tmp_path, receiver.port)
    finally:
        receiver.close()
        webhooks._trusted.cache_clear()
    assert len(receiver.came) == good


@pytest.mark.requirement("SZK-23")
def test_a_party_is_told_of_a_conflict_of_its_turn_and_of_silence_and_not_of_another_s(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"whsec_{SECRET}")

    def told(party: str) -> list[tuple[str, str]]:
        hook = Webhook(name="x", party=party, url="https://desk.invalid/", secret_file=str(secret))
        channel = webhooks.HookChannel(hook, lambda: "0" * 64)
        events = events_of(house.log.read(0), house.state, party, 0)
        return [(item.ref, item.kind) for event in events for item in channel.items(event, house.state)]

    with housed(tmp_path, treaty()) as house:
        house.take("ALPHA", notice(volume(shape=disc())))
        house.take("BRAVO", notice(volume(party="BRAVO", shape=disc())))
        (ref,) = house.state.cases
        assert told("ALPHA") == told("BRAVO") == told("MEDIATOR") == [(ref, "conflict")]
        house.take("BRAVO", AnswerConflict(ref=ref, reply=Reply.UNABLE))
        assert told("ALPHA") == [(ref, "conflict"), (ref, "answer")]
        house.clock.advance(6 * MINUTE_MS)
        house.node.tick()
        assert told("ALPHA") == [(ref, "conflict"), (ref, "answer"), (ref, "call")]
        assert told("BRAVO") == [(ref, "conflict")]
        assert told("RELIEF") == []
