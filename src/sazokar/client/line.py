"""A line to one node: its session, its patience, and how its answers are read. Opens no socket; see `client.exchange`.

A session is begun when the first request needs one, and once more where the node says that it has ended. What the node
tells about the ledger is not believed here: `client.replica` verifies it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from sazokar.app.wire import Challenge, ChallengeAnswered, ChallengeAsked, Problem, SessionBegun, session_message
from sazokar.client.exchange import Answer, Lost, Pause, Request, Steps
from sazokar.errors import DeclinedError, ForkedError, KeyFileError, UnreachableError
from sazokar.ledger.signing import SigningKey, message_for

JSON: Final = "application/json"
PAUSES_S: Final = (0.2, 0.5, 1.0, 2.0)
"""Waits before a request is sent again; then it is given up."""
LONGEST_PAUSE_S: Final = 5.0
"""A node may ask for patience, and is not given more than this at once."""
_SHOWN: Final = 300
_LONGEST_ADDRESS: Final = 300
_ADDRESS: Final = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[0-9a-z._-]+)(?::([0-9]{1,5}))?/?", re.IGNORECASE | re.ASCII)
_LABEL: Final = re.compile(r"[0-9a-z_]([0-9a-z_-]*[0-9a-z_])?", re.IGNORECASE | re.ASCII)

_Value = TypeVar("_Value")


def audience_of(url: str) -> str:
    """Return scheme, host and port of a node's address: what a session is signed for.

    Raises:
        UnreachableError: It is no such address, or one at which a stranger on the way could read along.
    """
    found = _ADDRESS.fullmatch(url) if len(url) <= _LONGEST_ADDRESS else None
    scheme, host, port = (part or "" for part in found.groups()) if found else ("", "", "")
    if not _is_host(host) or (port and not 0 < int(port) < 65_536):
        raise UnreachableError(f"found the node's address {url[:80]!r}; expected such as https://node.example:8470")
    if scheme.lower() == "http" and not is_loopback(host):
        raise UnreachableError(f"found {url[:80]!r}, which anyone on the way can read; expected https://")
    return f"{scheme}://{host}{f':{int(port)}' if port else ''}".lower()


def _is_host(host: str) -> bool:
    """Return whether a host is a name or an address, written in the one way in which everyone reads it alike.

    Names of other scripts are written as they go over the line (`xn--…`): two that look alike are told apart so.
    """
    if host.startswith("["):
        try:
            return ipaddress.IPv6Address(host[1:-1]).scope_id is None
        except ValueError:
            return False
    labels = host.removesuffix(".").split(".")
    if labels[-1][:1].isdigit():  # 0x7f.1 and 127.1 are read in more than one way
        try:
            return bool(ipaddress.IPv4Address(host))
        except ValueError:
            return False
    return len(host) <= 253 and all(len(label) <= 63 and _LABEL.fullmatch(label) for label in labels)


def is_loopback(host: str) -> bool:
    """Return whether an address reaches this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class Line:
    """A line to a node.

    Args:
        url: Its address.
        key: Whose session it is; None: only what needs no session can be asked.
        ledger_of: Gives the id of the ledger that is known already; empty: none is.
    """

    def __init__(self, url: str, key: SigningKey | None, ledger_of: Callable[[], str]) -> None:
        self.audience = audience_of(url)
        self.key = key
        self.session: SessionBegun | None = None
        self._ledger_of = ledger_of

    def asked(self, request: Request, *, stranger: bool = False) -> Steps[Answer]:
        """Return the node's answer to a request, sent again with the same bytes where a connection was lost.

        Args:
            request: Without its token, but for one that is no session's.
            stranger: It needs no session; one that is there goes with it all the same.

        Raises:
            DeclinedError: The node does not do it.
            UnreachableError: No answer came, or none that a node would give.
        """
        renewed = False
        lost = ""
        for pause_s in (*PAUSES_S, None):
            if not stranger and self.session is None:
                yield from self.begun()
            came = yield msgspec.structs.replace(request, token=self.session.token if self.session else request.token)
            if isinstance(came, Answer) and came.status == 401 and self.session is not None and not renewed:
                self.session, renewed = None, True
                token = "" if stranger else (yield from self.begun()).token
                came = yield msgspec.structs.replace(request, token=token)
            wait_s = pause_s
            match came:
                case Answer(status=status) if 200 <= status < 300:
                    return came
                case Answer():
                    declined = self.declined(came)
                    if not declined.retry_s or pause_s is None:
                        raise declined
                    wait_s = min(LONGEST_PAUSE_S, float(declined.retry_s))
                case Lost(reason=reason):
                    lost = reason
            if wait_s is not None:
                yield Pause(wait_s)
        raise UnreachableError(f"{self.audience}: cannot be reached ({lost}); what was sent may be sent again safely")

    def begun(self) -> Steps[SessionBegun]:
        """Return a new session, got by signing a challenge for this address and this ledger.

        Raises:
            DeclinedError: The key reads for nobody.
            ForkedError: The node serves another ledger than the one that is known.
            KeyFileError: There is no key.
            UnreachableError: As for `asked`.
        """
        if self.key is None:
            raise KeyFileError("no key: name yours; a session is begun by signing with it")
        self.session = None
        content = msgspec.json.encode(ChallengeAsked(key=self.key.key_id))
        request = Request(method="POST", path="/v1/session/challenge", content=content, media=JSON)
        challenge = self.read((yield from self.asked(request, stranger=True)), Challenge)
        known = self._ledger_of()
        if known and challenge.ledger != known:
            raise ForkedError(
                f"{self.audience}: serves the ledger {challenge.ledger[:16]}…; this replica is of {known[:16]}…"
            )
        answered = self._answered(challenge)
        request = Request(method="POST", path="/v1/session", content=msgspec.json.encode(answered), media=JSON)
        self.session = self.read((yield from self.asked(request, stranger=True)), SessionBegun)
        return self.session

    def _answered(self, challenge: Challenge) -> ChallengeAnswered:
        assert self.key is not None, "asked for before"
        plain = ChallengeAnswered(
            key=self.key.key_id, challenge=challenge.challenge, audience=self.audience, signature="0" * 128
        )
        signature = self.key.sign(message_for(b"session", session_message(plain, challenge.ledger)))
        return msgspec.structs.replace(plain, signature=signature.hex())

    def read(self, answer: Answer, kind: type[_Value]) -> _Value:
        """Return what an answer says.

        Raises:
            UnreachableError: It is not of that form: no node answers so.
        """
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise UnreachableError(
                f"{self.audience}: answered what no node would ({str(error)[:_SHOWN]}); is it the node's address?"
            ) from error

    def declined(self, answer: Answer) -> DeclinedError:
        """Return why the node does not do what was asked.

        Raises:
            UnreachableError: The answer is no problem document: no node answers so.
        """
        try:
            problem = msgspec.json.decode(answer.content, type=Problem)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise UnreachableError(
                f"{self.audience}: answered HTTP {answer.status} without saying why; is it the node's address?"
            ) from error
        return DeclinedError(
            answer.status, problem.code[:100], problem.detail[:2000], clause=problem.clause[:200],
            field=problem.field[:200], remedy=problem.remedy[:1000], retry_s=max(0, min(problem.retry_s, 3_600)),
            extra={"receipt": problem.receipt} if problem.receipt is not None else {},
        )  # fmt: skip
