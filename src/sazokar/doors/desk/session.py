"""What every command of the desk is told beside its own matter: which ledger, which key; and how it ends.

The options are added to each command by its class, so that a command's function names its own matter alone. Judges
nothing.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

import msgspec
import typer
from typer.core import TyperCommand

from sazokar.doors.desk.near import NearGroup
from sazokar.errors import (
    DamagedError,
    DeclinedError,
    ForkedError,
    KeyFileError,
    OtherLedgerError,
    SazokarError,
    UnreadableError,
)

GOOD, NO, BAD = 0, 1, 2
"""Exit codes: done; the rules or the proof say no; bad usage or unreadable input."""
HOUR_MS: Final = 3_600_000
EXPIRES_H: Final = 24
"""A statement is meant for so many hours, unless told otherwise."""
GREATEST_PASSPHRASE: Final = 4096
_PROGRAMS: Final = re.compile(r"(GET|POST|PUT) /|If-Match|after=|operator_token_file|--public-url")
_META: Final = "sazokar.desk"


def _kept(ctx: typer.Context, param: typer.CallbackParam, value: str | None) -> str | None:
    ctx.meta.setdefault(_META, {})[param.name or ""] = value
    return value


def _kept_for(help_: str, default: str | None = None, *, metavar: str, envvar: str | None = None) -> str:
    option: str = typer.Option(
        default, help=help_, callback=_kept, expose_value=False, metavar=metavar, envvar=envvar
    )  # what stands for a default until typer reads it
    return option


_LEDGER: Final = "Folder of the ledger; by default the present one, with --node FILE.replica beside your key."
_NODE: Final = "Address of a node; then the folder is your own verified copy of its ledger."
_PASSPHRASE: Final = "File with its passphrase; else SAZOKAR_PASSPHRASE, else you are asked."


def _stays(ledger: str = _kept_for("Folder of the ledger.", envvar="SAZOKAR_LEDGER", metavar="DIR")) -> None:
    """Bear the options of a command that is for the node's own machine."""


def _calls(
    ledger: str = _kept_for(_LEDGER, envvar="SAZOKAR_LEDGER", metavar="DIR"),
    node: str = _kept_for(_NODE, envvar="SAZOKAR_NODE", metavar="URL"),
) -> None:
    """Bear the options of a command that calls a STOP: no more than it takes to be heard."""


def _reads(
    ledger: str = _kept_for(_LEDGER, envvar="SAZOKAR_LEDGER", metavar="DIR"),
    node: str = _kept_for(_NODE, envvar="SAZOKAR_NODE", metavar="URL"),
    roots: str = _kept_for("Root keys that you trust, by party (with --node).", metavar="ROOTS.toml"),
    key: str = _kept_for("File of your private key (with --node).", envvar="SAZOKAR_KEY", metavar="FILE"),
    passphrase_file: str = _kept_for(_PASSPHRASE, metavar="FILE"),
) -> None:
    """Bear the options of a command that reads a ledger."""


def _signs(
    ledger: str = _kept_for(_LEDGER, envvar="SAZOKAR_LEDGER", metavar="DIR"),
    node: str = _kept_for(_NODE, envvar="SAZOKAR_NODE", metavar="URL"),
    roots: str = _kept_for("Root keys that you trust, by party (with --node).", metavar="ROOTS.toml"),
    key: str = _kept_for("File of your private key.", envvar="SAZOKAR_KEY", metavar="FILE"),
    passphrase_file: str = _kept_for(_PASSPHRASE, metavar="FILE"),
    offline: str = _kept_for("Sign only: write the envelope there, to be carried to the ledger.", metavar="FILE"),
    expires: str = _kept_for("Hours until the statement is not meant any more.", str(EXPIRES_H), metavar="H"),
) -> None:
    """Bear the options of a command that signs."""


def _add_options(command: TyperCommand, bearer: Callable[..., None]) -> None:
    """Give a command the options of a function, as the parser has them; by way of a command, as versions of typer differ."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(bearer)
    command.params += [param for param in typer.main.get_command(app).params if param.name != "help"]


class StayingCommand(TyperCommand):
    """A command for the machine of the node."""

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]  # as typer gives them
        _add_options(self, _stays)


class CallingCommand(TyperCommand):
    """A command that calls a STOP."""

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]  # as typer gives them
        _add_options(self, _calls)


class ReadingCommand(TyperCommand):
    """A command that reads a ledger."""

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]  # as typer gives them
        _add_options(self, _reads)


class SigningCommand(TyperCommand):
    """A command that signs a statement."""

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]  # as typer gives them
        _add_options(self, _signs)


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """The options, read.

    Args:
        directory: Folder of the ledger; with a node, of the verified copy.
        node: Address of a node; empty: the ledger is in the folder.
        roots: File of the root keys that are trusted; None: the first charter seen is.
        key: File of the private key; None: none was named.
        passphrase_file: File with its passphrase; None: none.
        offline: Where the envelope is written instead of being submitted; None: it is submitted.
        expires_ms: How long a statement is meant.
    """

    directory: Path
    node: str = ""
    roots: Path | None = None
    key: Path | None = None
    passphrase_file: Path | None = None
    offline: Path | None = None
    expires_ms: int = EXPIRES_H * HOUR_MS


def session_of(ctx: typer.Context) -> Session:
    """Return the options of a command.

    Raises:
        UnreadableError: The hours are no number of them.
    """
    given: dict[str, str | None] = ctx.meta.get(_META, {})
    hours = given.get("expires") or str(EXPIRES_H)
    if not (hours.isascii() and hours.isdigit() and 1 <= int(hours[:6]) <= 366 * 24 and len(hours) <= 6):
        raise UnreadableError(f"--expires: found {hours[:40]!r}; expected whole hours, 1 to {366 * 24:,}")
    return Session(
        directory=_directory(given.get("ledger"), given.get("node"), given.get("key")),
        node=given.get("node") or "",
        roots=_path(given.get("roots")),
        key=_path(given.get("key")),
        passphrase_file=_path(given.get("passphrase_file")),
        offline=_path(given.get("offline")),
        expires_ms=int(hours) * HOUR_MS,
    )


def _directory(ledger: str | None, node: str | None, key: str | None) -> Path:
    """Return the folder that was named; without one the present, or with a node the copy beside the key."""
    if ledger or not node or not key:
        return Path(ledger or ".")
    return Path(f"{key}.replica")


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def new_app(help_: str) -> typer.Typer:
    """Return an empty group of commands."""
    return typer.Typer(
        cls=NearGroup, help=help_, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
        no_args_is_help=True,
    )  # fmt: skip


def say(text: str = "", *, err: bool = False) -> None:
    """Write a line to standard output, or to standard error; what its encoding has no sign for is replaced."""
    encoding = getattr(sys.stderr if err else sys.stdout, "encoding", None) or "utf-8"
    typer.echo(text.encode(encoding, "replace").decode(encoding), err=err)


def end(code: int) -> NoReturn:
    """End the command with an exit code."""
    raise typer.Exit(code)


_CLOSERS: list[Callable[[], None]] = []


def at_end(close: Callable[[], None]) -> None:
    """Have something closed when the command ends, however it ends."""
    _CLOSERS.append(close)


@contextmanager
def faults() -> Iterator[None]:
    """Turn what the world did wrong into a sentence on standard error and exit code 2; a damaged ledger, 1."""
    try:
        yield
    except BrokenPipeError as error:
        # What is still buffered would raise again when Python closes the stream at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise typer.Exit(GOOD) from error
    except OtherLedgerError as error:
        complain(other_ledger(error))
        raise typer.Exit(NO) from error
    except ForkedError as error:
        typer.echo("\a", err=True, nl=False)
        complain(f"ALARM: {error}")
        raise typer.Exit(NO) from error
    except DamagedError as error:
        complain(str(error))
        raise typer.Exit(NO) from error
    except DeclinedError as error:
        complain(in_words(error))
        raise typer.Exit(NO if error.code == "damaged" else BAD) from error
    except (SazokarError, OSError, MemoryError) as error:
        complain(str(error) or type(error).__name__)
        raise typer.Exit(BAD) from error
    finally:
        while _CLOSERS:
            _CLOSERS.pop()()


def other_ledger(error: SazokarError) -> str:
    """Return that a node serves another ledger than a copy is of, what is likely first: an address, not a fork."""
    return f"ANOTHER LEDGER: probably another node's address, or the copy of another ledger beside this key: {error}"


REMEDIES: Final = (
    ("other addresses", "ask its operator by which address the node is known"),
    ("challenge that has expired", "give the command again"),
    ("was answered before", "give the command again"),
    ("another address", "ask its operator by which address the node is known"),
)
"""What an officer does, by what a node found."""


def in_words(error: SazokarError) -> str:
    """Return an error as an officer reads it: what a node tells programs to send is nothing that is typed at a desk."""
    if not isinstance(error, DeclinedError):
        return str(error)
    remedy = next((remedy for sign, remedy in REMEDIES if sign in error.found), "")
    if not remedy and error.status == 401:
        remedy = "the key reads for nobody: ask your root's keeper"
    if not remedy and not _PROGRAMS.search(error.remedy):
        remedy = error.remedy
    if not remedy and "--public-url" in error.remedy:
        remedy = "ask its operator by which address the node is known"
    clause = f" ({error.clause})" if error.clause else ""
    return f"{error.found}{clause}{f'; {remedy}' if remedy else ''}"


def complain(message: str) -> None:
    """Tell what is wrong on standard error, in lines of at most 80 columns; an indented line goes on from the last."""
    import textwrap

    from sazokar.doors.wording import fenced

    for line in message.splitlines()[:60]:
        text = fenced(line, 2000) if line[:1] == " " else f"sazokar: {fenced(line, 2000)}"
        # Paths and hashes stay whole, so that they can be copied.
        for part in textwrap.wrap(text, 80, subsequent_indent="    ", break_on_hyphens=False, break_long_words=False):
            say(part, err=True)


def passphrase_of(path: Path, file: Path | None, *, variable: str = "SAZOKAR_PASSPHRASE") -> bytes | None:
    """Return the passphrase of a key's file; None for one that is kept in the clear.

    Args:
        path: The key's file.
        file: Where the passphrase is read from; None: from the environment, or from whoever sits at the terminal.
        variable: Name in the environment.

    Raises:
        KeyFileError: None was given, and nobody can be asked.
    """
    if not is_encrypted(path):
        return None
    if (found := _given_passphrase(file, variable)) is not None:
        return found
    if not os.isatty(0):
        raise KeyFileError(f"{path}: needs a passphrase; give --passphrase-file, or set {variable}")
    asked: str = typer.prompt(f"Passphrase of {path}", hide_input=True, err=True)
    return asked.encode()


def new_passphrase(path: Path, file: Path | None) -> bytes:
    """Return the passphrase that a new key is to be encrypted with.

    Raises:
        KeyFileError: None was given, and nobody can be asked.
    """
    if (found := _given_passphrase(file, "SAZOKAR_PASSPHRASE")) is not None:
        return found
    if not os.isatty(0):
        raise KeyFileError(
            f"{path}: a new key needs a passphrase: give --passphrase-file, set SAZOKAR_PASSPHRASE, or say --no-passphrase"
        )
    asked: str = typer.prompt(f"New passphrase for {path}", hide_input=True, confirmation_prompt=True, err=True)
    return asked.encode()


def is_encrypted(path: Path) -> bool:
    """Return whether the file of a key is encrypted; False where it cannot be read, which `read_key` then tells."""
    try:
        with path.open("rb") as file:
            return b"ENCRYPTED" in file.read(4096)
    except OSError:
        return False


def _given_passphrase(file: Path | None, variable: str) -> bytes | None:
    if file is None:
        found = os.environ.get(variable)
        return found.encode("utf-8", "surrogateescape") if found else None
    try:
        with file.open("rb") as opened:
            content = opened.read(GREATEST_PASSPHRASE + 1)
    except OSError as error:
        raise KeyFileError(f"{file}: cannot be read ({error.strerror})") from error
    passphrase = content.split(b"\n", 1)[0].rstrip(b"\r")
    if not passphrase or len(content) > GREATEST_PASSPHRASE:
        raise KeyFileError(
            f"{file}: found no passphrase; expected one in the first line, at most {GREATEST_PASSPHRASE} bytes"
        )
    return passphrase


_AHEAD_MS = [0]


def now_ms() -> int:
    """Return the time, ms since the Unix epoch: the machine's, or that of a node whose clock is simulated."""
    return time.time_ns() // 1_000_000 + _AHEAD_MS[0]


def go_by(instant_ms: int) -> None:
    """Go by another clock from now on, until the command ends: one that shows this instant now."""
    _AHEAD_MS[0] = instant_ms - time.time_ns() // 1_000_000
    at_end(lambda: _AHEAD_MS.__setitem__(0, 0))


def instant_of(text: str, option: str) -> int:
    """Return an instant that was typed, ms since the Unix epoch.

    Raises:
        UnreadableError: It is none; the option is named.
    """
    from sazokar.domain.plan.instant import parse_instant

    try:
        return parse_instant(text)
    except SazokarError as error:
        raise UnreadableError(f"{option}: {error}") from error


def read_file(path: Path, greatest: int = 64 * 1024 * 1024) -> bytes:
    """Return the content of a file, `-` for standard input.

    Raises:
        UnreadableError: It cannot be read, or is larger than that many bytes.
    """
    try:
        if str(path) == "-":
            content = sys.stdin.buffer.read(greatest + 1)
        else:
            with path.open("rb") as file:
                content = file.read(greatest + 1)
    except (OSError, ValueError) as error:
        raise UnreadableError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if len(content) > greatest:
        raise UnreadableError(f"{path}: found more than {greatest:,} bytes; expected at most so many")
    return content
