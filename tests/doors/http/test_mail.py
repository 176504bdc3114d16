"""Mail against a real server: when silence calls the next rung, and for STOP; a reference and no content."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from sazokar.adapters.outbox_sqlite import Item, Letter
from sazokar.domain.state import EMPTY
from sazokar.domain.statement import CallStop, StopAction
from sazokar.doors.http import courier, mail
from sazokar.doors.http.settings import Mail, Mailbox
from sazokar.errors import UnreachableError, UnreadableError
from tests.dialects.agreements import clause
from tests.domain.mechanism import MINUTE_MS, disc, notice, volume
from tests.doors.http.certificates import certificate, served_with
from tests.doors.http.grounds import housed, treaty
from tests.doors.http.served import serving, until

pytestmark = pytest.mark.requirement("SZK-23")
OPEN = clause("disclosure", 'to = "party"\nlevel = "extent-only"', "8.1")
STOP = CallStop(action=StopAction.CEASE_FIRE, place="Reef", unit="1 SQN", reason="inside")


class MailServer:
    """A mail server on the loopback that keeps what it takes."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        self.came: list[EmailMessage] = []
        self.refusing = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        serving_ = asyncio.run_coroutine_threadsafe(self._begin(), self._loop)
        self._server = serving_.result(5)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def _begin(self) -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(
            lambda: SMTP(self, enable_SMTPUTF8=False, tls_context=self._context), "127.0.0.1", 0
        )

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refusing:
            return "451 later"
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.came.append(message)
        return "250 OK"

    def close(self) -> None:
        async def end() -> None:
            self._server.close()
            await self._server.wait_closed()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for one in others:
                one.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def server() -> Iterator[MailServer]:
    one = MailServer()
    yield one
    one.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "TURN_S", 0.02)


def settings(port: int, **given: Any) -> Mail:
    boxes = (
        Mailbox(party="BRAVO", rungs=("alternate",), to=("watch@bravo.invalid", "second@bravo.invalid")),
        Mailbox(party="MEDIATOR", rungs=("mediator",), to=("hub@mediator.invalid",)),
    )
    plain: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "sender": "node@hub.invalid",
        "security": "none",
        "mailboxes": boxes,
    }
    return msgspec.convert(plain | given, Mail)


def test_each_rung_that_silence_calls_is_written_to_with_a_reference_alone(tmp_path: Path, server: MailServer) -> None:
    with housed(tmp_path, treaty(OPEN)) as house, serving(house, mail=settings(server.port)) as served:
        served.await_channels("mail-0", "mail-1")
        house.take("ALPHA", notice(volume(shape=disc())))
        house.take("BRAVO", notice(volume(party="BRAVO", shape=disc())))
        (ref,) = house.state.cases
        assert house.state.cases[ref].turn == "BRAVO", "the later filer answers first"
        house.clock.advance(5 * MINUTE_MS)
        until(lambda: len(server.came) == 1)
        house.clock.advance(4 * MINUTE_MS)
        until(lambda: len(server.came) == 2)
        assert not [ack for ack in house.state.cases[ref].acks if ack.rung == "delivered"], "mail reaches no line"
    alternate, mediator = server.came
    assert alternate["To"] == "watch@bravo.invalid, second@bravo.invalid"
    assert mediator["To"] == "hub@mediator.invalid"
    for message in server.came:
        assert message["Subject"] == f"Reference {ref}: open the line"
        body = message.get_content()
        assert body.count(ref) == 5 and "Hattı açın" in body
        assert not any(word in body for word in ("ALPHA", "BRAVO", "FL100", "12.0"))


@pytest.mark.requirement("SZK-27")
def test_a_stop_is_written_to_every_mailbox_and_a_flood_of_them_is_one_letter(
    tmp_path: Path, server: MailServer
) -> None:
    with housed(tmp_path, treaty()) as house, serving(house, mail=settings(server.port)) as served:
        served.await_channels("mail-0", "mail-1")
        first = house.take("ALPHA", STOP).ref
        until(lambda: len(server.came) == 2)
        rest = [house.take("ALPHA", STOP).ref for _ in range(9)]
        house.clock.advance(21_000)
        until(lambda: len(server.came) == 4)
    assert server.came[0]["Subject"] == f"STOP. Reference {first}: open the line"
    assert all(one in server.came[3].get_content() for one in rest)
    assert "Reef" not in server.came[0].as_string()


def test_what_the_server_does_not_take_is_sent_again(tmp_path: Path, server: MailServer) -> None:
    server.refusing = True
    with housed(tmp_path, treaty()) as house, serving(house, mail=settings(server.port)) as served:
        served.await_channels("mail-0", "mail-1")
        house.take("ALPHA", STOP)
        until(lambda: sum(one.attempts for one in served.outbox.listed()) == 2)
        server.refusing = False
        house.clock.advance(7_000)
        until(lambda: len(server.came) == 2)
        until(lambda: served.outbox.listed() == [])


def test_a_server_that_offers_no_tls_is_given_nothing_where_tls_is_asked_for(server: MailServer) -> None:
    letter = Letter(number=1, channel="mail-0", name="a", items=(Item("C1", "call"),), next_ms=0)
    channel = mail.MailChannel(
        settings(server.port, security="starttls"), Mailbox(party="BRAVO", to=("a@b.invalid",)), 0
    )
    with pytest.raises(UnreachableError):
        asyncio.run(channel.send(letter, EMPTY, 0))
    assert not server.came


@pytest.mark.parametrize(
    "address",
    ["a@b.invalid\r\nBcc: x@y.invalid", "a@b.invalid, c@d.invalid", "A <a@b.invalid>", "nobody", "", "ä@b.invalid"],
)
def test_an_address_that_could_begin_another_header_is_refused(address: str) -> None:
    with pytest.raises(UnreadableError, match="address"):
        mail.require_mail(settings(25, sender=address))
    with pytest.raises(UnreadableError, match="address"):
        mail.require_mail(settings(25, mailboxes=(Mailbox(party="BRAVO", to=(address,)),)))


@pytest.mark.parametrize(("given", "told"), [
    ({"security": "ssl3"}, "starttls"), ({"security": "none", "host": "mail.example.org"}, "another machine"),
    ({"mailboxes": (Mailbox(party="BRAVO", to=()),)}, "no address"),
    ({"mailboxes": (Mailbox(party="BRAVO", to=("a@b.invalid",), rungs=("chief",)),)}, "unknown rung"),
])  # fmt: skip
def test_a_mail_server_that_cannot_be_used_safely_is_refused_at_start(given: dict[str, Any], told: str) -> None:
    with pytest.raises(UnreadableError, match=told):
        mail.require_mail(settings(25, **given))


def test_a_letter_of_many_calls_is_bounded() -> None:
    items = tuple(Item(f"S{number}", "stop") for number in range(10_000))
    letter = Letter(number=1, channel="mail-0", name="a", items=items, next_ms=0)
    message = mail.letter_of(letter, settings(25), Mailbox(party="BRAVO", to=("a@b.invalid",)), 0)
    assert len(message["Subject"]) < 1_000 and len(message.as_string()) < 10_000


@pytest.mark.parametrize("trusted", [True, False])
def test_mail_goes_only_to_a_server_whose_certificate_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    path = certificate(tmp_path, "localhost")
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    server = MailServer(served_with(path))
    letter = Letter(number=1, channel="mail-0", name="a", items=(Item("C1", "call"),), next_ms=0)
    box = Mailbox(party="BRAVO", to=("a@b.invalid",))
    channel = mail.MailChannel(settings(server.port, security="starttls", host="localhost"), box, 0)
    try:
        if trusted:
            asyncio.run(channel.send(letter, EMPTY, 0))
        else:
            with pytest.raises(UnreachableError):
                asyncio.run(channel.send(letter, EMPTY, 0))
    finally:
        server.close()
    assert len(server.came) == trusted
