"""How a node is served: from flags, then the environment, then one TOML file. Unknown names are refused.

Opens no socket. A flag `--body-bytes` is `SAZOKAR_BODY_BYTES` in the environment and `body_bytes` in the file.
"""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from sazokar.client.line import is_loopback
from sazokar.errors import UnreadableError

LARGEST_FILE: Final = 1024 * 1024
PREFIX: Final = "SAZOKAR_"
SHORTEST_TOKEN: Final = 32
OTHERS: Final = frozenset(
    {"CONFIG", "KEY", "KILLS", "LEDGER", "NODE", "NODE_PASSPHRASE", "NO_COMPILE", "PASSPHRASE", "SHARED", "STOP_KEY"}
)
"""Names after the prefix that other commands, the build and the tests read: they are no settings, and no mistakes."""
Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A table of the file."""


class Issuer(Table, frozen=True, kw_only=True):
    """Someone else who says for whom a bearer token speaks (OpenID Connect).

    Args:
        issuer: The `iss` of its tokens.
        audience: The `aud` that they must name.
        jwks: Its keys: an https address, or a file.
        algorithms: Signature algorithms that are taken; never `none`, never a shared secret.
        claim: The claim that names the party, or a group of it.
        parties: Value of the claim to party of the charter.
    """

    issuer: str
    audience: str
    jwks: str
    algorithms: tuple[str, ...] = ("RS256", "ES256", "EdDSA")
    claim: str = "groups"
    parties: dict[str, str]


class Webhook(Table, frozen=True, kw_only=True):
    """Where a party is told that something waits for it.

    Args:
        name: Of the hook, unique.
        party: Whose sight it is.
        url: An https address, or http on the loopback.
        secret_file: File with the secret that signs it (Standard Webhooks), `whsec_` and base64.
    """

    name: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}$")]
    party: str
    url: str
    secret_file: str


class Mailbox(Table, frozen=True, kw_only=True):
    """Who of a party is written to when a rung of the escalation ladder is called."""

    party: str
    rungs: tuple[str, ...] = ("alternate", "mediator")
    to: tuple[str, ...]


class Mail(Table, frozen=True, kw_only=True):
    """The mail server for the fallback channel.

    Args:
        host: Of the SMTP server.
        port: Its port.
        sender: The address in From.
        security: `starttls`, `tls`, or `none` for a server on the loopback.
        user: Who signs in; empty: nobody.
        password_file: File with the password.
        mailboxes: Who is written to.
    """

    host: str
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    sender: str
    security: str = "starttls"
    user: str = ""
    password_file: str = ""
    mailboxes: tuple[Mailbox, ...] = ()


class Settings(Table, frozen=True, kw_only=True):
    """How a node is served.

    Args:
        directory: Folder of the ledger.
        host: Address to listen on; any but the loopback demands TLS, or `behind_proxy`.
        port: Port to listen on; 0: any that is free.
        certificate: File of the TLS certificate chain, PEM.
        certificate_key: File of its private key, PEM.
        behind_proxy: A proxy on this machine ends TLS, and tells who asks in `X-Forwarded-For` and `X-Forwarded-Proto`.
        proxies: Addresses that such a proxy calls from.
        public_urls: Addresses under which officers reach the node; what is signed to begin a session names one of them.
        cors_origins: Web origins that may ask; none by default.
        operator_token_file: File with the token that reads `/metrics` and the dead letters, 32 characters or more.
        session_h: A session ends after so many hours in any case.
        session_idle_min: And before, when it is not used for so many minutes.
        connections: At most so many at once.
        streams: At most so many event streams at once.
        streams_per_party: And of one party.
        requests_per_s: At most so many requests per second of one session; a burst may be four times as many.
        strangers_per_s: And of one address without a session.
        body_bytes: Largest request.
        request_s: Seconds in which a request must have come whole.
        log_format: `json` or `text`.
        issuers: Whose bearer tokens are taken beside sessions.
        webhooks: Who is told by HTTP.
        mail: The fallback channel.
    """

    directory: str = "."
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8470
    certificate: str = ""
    certificate_key: str = ""
    behind_proxy: bool = False
    proxies: tuple[str, ...] = ("127.0.0.1",)
    public_urls: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    operator_token_file: str = ""
    session_h: Annotated[int, Meta(ge=1, le=72)] = 12
    session_idle_min: Annotated[int, Meta(ge=1, le=1440)] = 60
    connections: Count = 4096
    streams: Count = 1000
    streams_per_party: Count = 400
    requests_per_s: Count = 100
    strangers_per_s: Count = 20
    body_bytes: Annotated[int, Meta(ge=65_536, le=16 * 1024 * 1024)] = 8 * 1024 * 1024
    request_s: Annotated[int, Meta(ge=1, le=600)] = 20
    log_format: str = "text"
    issuers: tuple[Issuer, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    mail: Mail | None = None


def settings_of(flags: Mapping[str, object], environment: Mapping[str, str], file: Path | None) -> Settings:
    """Return the settings: a flag outweighs the environment, the environment the file.

    Args:
        flags: By name as in the file; only those that were typed.
        environment: The process's environment.
        file: The TOML file; None: there is none.

    Raises:
        UnreadableError: The file cannot be read; a name is unknown; a value is not of its form; or they contradict.
    """
    given = _of_file(file) if file is not None else {}
    given |= _of_environment(environment)
    given |= flags
    try:
        settings = msgspec.convert(given, Settings, strict=True)
    except msgspec.ValidationError as error:
        where = f"{file}, flags and environment" if file is not None else "flags and environment"
        raise UnreadableError(f"{where}: {error}; expected the settings of docs/serve.md") from error
    require_sound(settings)
    return settings


def _of_file(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise UnreadableError(f"{path}: found more than {LARGEST_FILE:,} bytes; expected a file of settings")
        return tomllib.loads(content.decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableError(f"{path}: cannot be read as TOML ({error})") from error


_SCALARS: Final = {field.name: field.type for field in msgspec.structs.fields(Settings) if field.name not in
                   ("proxies", "public_urls", "cors_origins", "issuers", "webhooks", "mail")}  # fmt: skip
_LISTS: Final = ("proxies", "public_urls", "cors_origins")


def _of_environment(environment: Mapping[str, str]) -> dict[str, object]:
    known = OTHERS | {name.upper() for name in (*_SCALARS, *_LISTS)}
    for variable in sorted(environment):
        if variable.startswith(PREFIX) and variable.removeprefix(PREFIX) not in known:
            raise UnreadableError(
                f"{variable[:60]}: found in the environment, and is no setting; expected one of docs/serve.md"
            )
    found: dict[str, object] = {}
    for name, kind in _SCALARS.items():
        variable = PREFIX + name.upper()
        if (text := environment.get(variable)) is None:
            continue
        try:
            found[name] = msgspec.convert(text, kind, strict=False)
        except msgspec.ValidationError as error:
            raise UnreadableError(f"{variable}: found {text[:60]!r}; {error}") from error
    for name in _LISTS:
        if (text := environment.get(PREFIX + name.upper())) is not None:
            found[name] = text.split()
    return found


def require_sound(settings: Settings) -> None:
    """Pass where settings can be served without giving away what a stranger on the way must not read.

    Raises:
        UnreadableError: They cannot.
    """
    if bool(settings.certificate) != bool(settings.certificate_key):
        raise UnreadableError("certificate and certificate_key: found one of them; expected both, or neither")
    if settings.log_format not in ("json", "text"):
        raise UnreadableError(f"log_format: found {settings.log_format[:40]!r}; expected json or text")
    if not is_loopback(settings.host) and not settings.certificate and not settings.behind_proxy:
        raise UnreadableError(
            f"host: found {settings.host} without TLS; expected --certificate and --certificate-key, or --behind-proxy "
            "where a proxy ends TLS; without either only the loopback (127.0.0.1) is listened on"
        )
    if settings.operator_token_file:
        require_token(Path(settings.operator_token_file))
    for proxy in settings.proxies:
        if not _is_network(proxy):
            raise UnreadableError(f"proxies: found {proxy[:60]!r}; expected addresses, as 127.0.0.1 or 10.0.0.0/8")
    for url in settings.public_urls:
        if not url.startswith(("https://", "http://")) or url.count("/") != 2:
            raise UnreadableError(f"public_urls: found {url[:80]!r}; expected scheme and host, as https://node.example")


def require_token(path: Path) -> str:
    """Return the operator's token.

    Raises:
        UnreadableError: Its file cannot be read, or it is too short to be one.
    """
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"operator_token_file: {path} cannot be read ({error})") from error
    if len(token) < SHORTEST_TOKEN:
        raise UnreadableError(
            f"operator_token_file: {path} holds {len(token)} characters; expected {SHORTEST_TOKEN} or more"
        )
    return token


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
