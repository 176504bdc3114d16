"""Webhooks: a party's own machine is told what waits for it, by reference; more only where a clause says so (SZK-51).

Signed as Standard Webhooks 1.0.0 has it. No redirect is followed, and what is answered is not read.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import ssl
from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import httpx
import msgspec
from msgspec import Meta

from sazokar.adapters.outbox_sqlite import Item, Letter
from sazokar.app.events import Event, reaching, stops_in
from sazokar.app.wire import Wire
from sazokar.domain.agreement import Level
from sazokar.domain.disclosure import carried_outside
from sazokar.domain.finding import Called, Turn
from sazokar.domain.notice import Contacts, Extent, MovementForm, Purpose
from sazokar.domain.plan.instant import format_instant
from sazokar.domain.state import State
from sazokar.doors.http.addresses import reachable, require_hook
from sazokar.doors.http.settings import Webhook
from sazokar.errors import UnreachableError, UnreadableError

TIMEOUT_S: Final = 10.0
"""A hook must have answered within so long."""
SECRET_BYTES: Final = (24, 64)
"""Standard Webhooks: a secret has so many bytes at least, and at most."""
LARGEST_SECRET: Final = 200


class Waits(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Something that waits for a party.

    Args:
        ref: By which it is cited; empty: a STOP that is not recorded.
        kind: `notice`, `conflict`, `answer` (it is the party's turn), `call` (silence: the next rung) or `stop`.
        text: What to do.
        clause: By which more than the reference is told.
        extent: Where and when, where a clause lets it out.
        purpose: What for, likewise.
        contacts: Who is reached, likewise.
        movement: The form of a movement, likewise.
    """

    ref: Annotated[str, Meta(max_length=40)]
    kind: str
    text: str
    clause: str = ""
    extent: Extent | None = None
    purpose: Purpose | None = None
    contacts: Contacts | None = None
    movement: MovementForm | None = None


class Told(Wire, frozen=True, kw_only=True):
    """What a webhook says: that something waits for a party.

    Args:
        party: For whom.
        ledger: Id of the charter.
        waiting: What.
    """

    party: str
    ledger: str
    waiting: tuple[Waits, ...]


class HookBody(Wire, frozen=True, kw_only=True):
    """The body of a webhook (Standard Webhooks, "Payload structure")."""

    type: str
    timestamp: str
    data: Told


class HookChannel:
    """The way to one webhook; see `courier.Channel`.

    Args:
        hook: Where it goes, and whose sight it is.
        ledger: Tells the id of the charter.
    """

    apart_s = 0.0
    delivers = True

    def __init__(self, hook: Webhook, ledger: Callable[[], str]) -> None:
        require_hook(hook)
        self.name = hook.name
        self.party = hook.party
        self._hook = hook
        self._ledger = ledger
        self._secret()

    def items(self, event: Event, state: State) -> Sequence[Item]:
        """Return what waits for the party with an event: notices and conflicts that reach it, its turn, STOP."""
        found = [
            Item(ref, "notice" if ref in state.notices else "conflict", version)
            for ref, version in reaching(event, state, self.party).items()
        ]
        for one in event.findings or ():
            if isinstance(one, Turn) and one.party == self.party:
                found.append(Item(one.ref, "answer"))
            elif isinstance(one, Called) and one.party == self.party:
                found.append(Item(one.ref, "call"))
        return [*found, *(Item(ref, "stop") for ref in stops_in(event))]

    async def send(self, letter: Letter, state: State, now_ms: int) -> None:
        """Return once the hook has answered that it took a letter.

        Raises:
            UnreachableError: It did not, or must not be asked.
        """
        body = msgspec.json.encode(self.told(letter, state, now_ms))
        try:
            signed = self._signed(letter, body, now_ms)
        except UnreadableError as error:
            raise UnreachableError(str(error)) from error
        headers = {"content-type": "application/json", "user-agent": "sazokar", **signed}
        url = httpx.URL(self._hook.url)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                status = await _posted(url, headers, body)
        except TimeoutError as error:
            raise UnreachableError(f"no answer within {TIMEOUT_S:.0f} s") from error
        if not 200 <= status < 300:
            raise UnreachableError(f"answered {status}")

    def told(self, letter: Letter, state: State, now_ms: int) -> HookBody:
        """Return what a letter says: made when it is sent, so that it says no more than may be seen then."""
        waiting = tuple(self._waits(item, state) for item in letter.items)
        kind = "sazokar.stop" if any(one.kind == "stop" for one in waiting) else "sazokar.waiting"
        at = format_instant(now_ms)
        return HookBody(
            type=kind, timestamp=at, data=Told(party=self.party, ledger=self._ledger(), waiting=waiting)
        )  # fmt: skip

    def _waits(self, item: Item, state: State) -> Waits:
        text = f"reference {item.ref}: open the line" if item.ref else "STOP: open the line"
        plain = Waits(ref=item.ref, kind=item.kind, text=text)
        notice = state.notices.get(item.ref)
        if notice is None or item.kind != "notice":
            return plain
        level, clause = carried_outside(state, notice, self.party)
        if level not in (Level.EXTENT, Level.EVERYTHING):
            return plain
        plain = msgspec.structs.replace(plain, clause=clause, extent=notice.extent)
        if level is Level.EXTENT:
            return plain
        return msgspec.structs.replace(
            plain, purpose=notice.purpose, contacts=notice.contacts, movement=notice.movement
        )

    def _signed(self, letter: Letter, body: bytes, now_ms: int) -> dict[str, str]:
        """Return the headers by which a hook knows that a letter is ours, and whether it had it before."""
        seconds = now_ms // 1000
        return {
            "webhook-id": letter.name, "webhook-timestamp": str(seconds),
            "webhook-signature": signature(self._secret(), letter.name, seconds, body),
        }  # fmt: skip

    def _secret(self) -> bytes:
        return read_secret(Path(self._hook.secret_file))


def signature(secret: bytes, name: str, seconds: int, body: bytes) -> str:
    """Return the signature of a webhook: `v1,` and base64 of the HMAC-SHA256 over id, instant and body.

    Source: Standard Webhooks 1.0.0, "Signature scheme".
    """
    digest = hmac.new(secret, f"{name}.{seconds}.".encode() + body, sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def read_secret(path: Path) -> bytes:
    """Return the secret of a webhook; read anew each time, so that it can be changed.

    Raises:
        UnreadableError: The file cannot be read, or holds no `whsec_` and base64 of 24 to 64 bytes.
    """
    try:
        with path.open(encoding="ascii") as file:
            text = file.read(LARGEST_SECRET).strip()
        secret = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except (OSError, UnicodeDecodeError, binascii.Error, ValueError) as error:
        raise UnreadableError(f"{path}: cannot be read as the secret of a webhook ({type(error).__name__})") from error
    if not text.startswith("whsec_") or not SECRET_BYTES[0] <= len(secret) <= SECRET_BYTES[1]:
        raise UnreadableError(f"{path}: found no secret of a webhook; expected whsec_ and base64 of 24 to 64 bytes")
    return secret


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Return what servers are verified by: the certificates that this machine trusts."""
    return ssl.create_default_context()


async def _posted(url: httpx.URL, headers: dict[str, str], body: bytes) -> int:
    """Return the status that a hook answers with; its name is asked once, and the connection goes where that led."""
    failed: httpx.HTTPError | None = None
    transport = httpx.AsyncHTTPTransport(verify=_trusted(), retries=0)
    async with httpx.AsyncClient(
        transport=transport, trust_env=False, follow_redirects=False, timeout=TIMEOUT_S
    ) as client:
        for address in await reachable(url):
            request = client.build_request(
                "POST", url.copy_with(host=address), content=body,
                headers={**headers, "host": url.netloc.decode("ascii")}, extensions={"sni_hostname": url.host},
            )  # fmt: skip
            try:
                answer = await client.send(request, stream=True)
                await answer.aclose()
            except httpx.ConnectError as error:
                failed = error
            except httpx.HTTPError as error:
                raise UnreachableError(f"{type(error).__name__}") from error
            else:
                return answer.status_code
    raise UnreachableError(f"cannot be connected to ({str(failed)[:200]})") from failed
