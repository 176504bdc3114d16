"""Mail: the fallback channel of the escalation ladder. A letter bears a reference and no content (SZK-51).

What a mail server took has reached no party's line yet: nothing of it is recorded as delivered.
"""

from __future__ import annotations

import asyncio
import re
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from pathlib import Path
from typing import Final

from sazokar.adapters.outbox_sqlite import Item, Letter
from sazokar.app.events import Event, stops_in
from sazokar.client.line import is_loopback
from sazokar.domain.agreement import Rung
from sazokar.domain.finding import Called
from sazokar.domain.party import PartyRole
from sazokar.domain.state import State
from sazokar.doors.http.settings import Mail, Mailbox
from sazokar.doors.phrases import LANGUAGES, phrases_in
from sazokar.errors import UnreachableError, UnreadableError

TIMEOUT_S: Final = 10.0
"""Each step of a mail server's must be answered within so long."""
APART_S: Final = 20.0
"""What comes within so long after a letter goes into one: a flood of calls is no flood of mail."""
GREATEST_REFERENCES: Final = 50
"""A letter names at most so many."""
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}", re.ASCII)
"""What may stand as an address: nothing that ends a line or begins another header."""
_SECURITIES: Final = ("starttls", "tls", "none")


def require_mail(mail: Mail) -> None:
    """Pass where mail can be sent so.

    Raises:
        UnreadableError: An address is none, or the server would be spoken to in the open.
    """
    for address in (mail.sender, *(to for box in mail.mailboxes for to in box.to)):
        if not _ADDRESS.fullmatch(address):
            raise UnreadableError(f"mail: found {address[:80]!r}; expected an address, as watch@example.org")
    if mail.security not in _SECURITIES:
        raise UnreadableError(f"mail.security: found {mail.security[:40]!r}; expected one of {', '.join(_SECURITIES)}")
    if mail.security == "none" and not is_loopback(mail.host):
        raise UnreadableError("mail.security: found none; expected starttls or tls for a server on another machine")
    for box in mail.mailboxes:
        if not box.to or not set(box.rungs) <= set(Rung):
            raise UnreadableError(
                f"mail.mailboxes of {box.party[:40]!r}: found no address, or an unknown rung; "
                f"expected to, and rungs of {', '.join(Rung)}"
            )


class MailChannel:
    """The way to one mailbox; see `courier.Channel`.

    Args:
        mail: The server.
        mailbox: Who is written to, for which party, and at which rungs.
        number: Of the mailbox in the settings.
    """

    apart_s = APART_S
    delivers = False

    def __init__(self, mail: Mail, mailbox: Mailbox, number: int) -> None:
        require_mail(mail)
        self.name = f"mail-{number}"
        self.party = mailbox.party
        self._mail = mail
        self._mailbox = mailbox

    def items(self, event: Event, state: State) -> Sequence[Item]:
        """Return the conflicts at which a rung of this mailbox is called, and every STOP."""
        found = [
            Item(one.ref, "call")
            for one in event.findings or ()
            if isinstance(one, Called) and one.rung in self._mailbox.rungs and self._is_called(one, state)
        ]
        return [*found, *(Item(ref, "stop") for ref in stops_in(event))]

    def _is_called(self, called: Called, state: State) -> bool:
        """Return whether the one called is of this mailbox's party: the mediator's rung is not of the silent party."""
        if called.rung is Rung.MEDIATOR:
            return self.party in state.parties_of(PartyRole.MEDIATOR)
        return called.party == self.party

    async def send(self, letter: Letter, state: State, now_ms: int) -> None:
        """Return once the mail server took a letter.

        Raises:
            UnreachableError: It did not.
        """
        message = letter_of(letter, self._mail, self._mailbox, now_ms)
        try:
            await asyncio.to_thread(_sent, self._mail, message)
        except (OSError, smtplib.SMTPException, ssl.SSLError, UnicodeError) as error:
            raise UnreachableError(f"{type(error).__name__}") from error  # what a server says may quote addresses


def letter_of(letter: Letter, mail: Mail, mailbox: Mailbox, now_ms: int) -> EmailMessage:
    """Return a letter as mail: references, and in every language to open the line."""
    refs = ", ".join(item.ref for item in letter.items[:GREATEST_REFERENCES] if item.ref)
    more = ", …" if len(letter.items) > GREATEST_REFERENCES else ""
    stop = any(item.kind == "stop" for item in letter.items)
    subject = f"{'STOP. ' if stop else ''}{f'Reference {refs}{more}: ' if refs else ''}open the line"
    message = EmailMessage(policy=SMTP)
    message["From"] = mail.sender
    message["To"] = ", ".join(mailbox.to)
    message["Subject"] = subject[:900]
    message["Date"] = formatdate(now_ms / 1000, usegmt=True)
    message["Message-ID"] = f"<{letter.name}@{mail.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    lines = []
    for language in LANGUAGES:
        words = phrases_in(language)
        told = f"{words.labels['reference']}: {refs}{more}. " if refs else ""
        lines.append(f"{'STOP. ' if stop else ''}{told}{words.phrases['open-the-line']}")
    message.set_content("\n".join(lines) + "\n")
    return message


def _sent(mail: Mail, message: EmailMessage) -> None:
    context = ssl.create_default_context()
    if mail.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_S)
    with server:
        if mail.security == "starttls":
            server.starttls(context=context)
        if mail.user:
            server.login(mail.user, _password(Path(mail.password_file)))
        server.send_message(message)


def _password(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError as error:
        raise OSError(f"{path}: cannot be read as text") from error
