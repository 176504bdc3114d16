"""STOP as files in a folder that every watch on this machine follows: it needs no ledger, no key and no free lock.

A call is written whole under a name of its own, so that a full disk or a damaged ledger elsewhere takes nothing from it.
Where even this folder cannot be written, the call is shown on standard error, with a bell.
"""

from __future__ import annotations

import os
import secrets
import sys
import textwrap
from collections.abc import Set
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

GREATEST_CALL_BYTES: Final = 65_536
"""At most so much of a call is kept."""
GREATEST_CALLS: Final = 10_000
"""At most this many calls are read, of verified ones and of others; the newest."""
_VERIFIED: Final = "-v"


class Call(msgspec.Struct, frozen=True):
    """One STOP as it sounded.

    Args:
        sounded_ms: When.
        verified: False: UNVERIFIED – CALL BACK.
        content: What came.
        name: Of its file.
    """

    sounded_ms: int
    verified: bool
    content: str
    name: str = ""


class SpoolAlarm:
    """See `app.ports.Alarm`.

    Args:
        directory: The folder; made where it is not there, within one that is.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def sound(self, content: bytes, *, verified: bool, sounded_ms: int) -> None:
        """Write the call where every watch sees it; see `Alarm.sound`. Never fails."""
        text = content[:GREATEST_CALL_BYTES].decode("utf-8", "replace")
        call = msgspec.json.encode(Call(sounded_ms, verified, text))
        name = f"{sounded_ms:015d}-{secrets.token_hex(4)}{_VERIFIED if verified else ''}"
        draft = self._directory / f".{name}"
        try:
            self._directory.mkdir(exist_ok=True)  # no path is made out of a typing error
            with draft.open("xb") as file:
                file.write(call)
                file.flush()
                os.fsync(file.fileno())  # what sounded and was not recorded must outlive the power
            draft.replace(self._directory / f"{name}.json")  # whole, or not there
        except OSError as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            reason = error.strerror or error
            sys.stderr.write(f"\a\a\a{_lines(f'STOP: {_words(text)}')}\n")
            sys.stderr.write(f"{_lines(f'the folder {self._directory} cannot be written: {reason}')}\n")


class _Body(msgspec.Struct):
    action: str = ""
    place: str = ""
    unit: str = ""
    reason: str = ""
    to: str = ""


class _Statement(msgspec.Struct):
    body: _Body


class _Signed(msgspec.Struct):
    statement: _Statement | None = None


def _words(text: str) -> str:
    """Return what a call says, signed or not; as it came where it cannot be read."""
    try:
        signed = msgspec.json.decode(text, type=_Signed).statement
        body = signed.body if signed is not None else msgspec.json.decode(text, type=_Body)
    except msgspec.MsgspecError:
        return text
    parts = (body.action, f"to {body.to or 'all'}", body.place, body.unit, body.reason)
    return "; ".join(part for part in parts if part) if body.action else text


def _lines(text: str) -> str:
    """Return a text in lines of at most 80 columns, without a sign that steers a terminal."""
    plain = "".join(sign if sign.isprintable() else "?" for sign in text[:GREATEST_CALL_BYTES])
    return "\n".join(textwrap.wrap(plain, 80, subsequent_indent="  ", break_on_hyphens=False))


def readable_calls(directory: Path, seen: Set[str] = frozenset()) -> tuple[list[Call], list[str]]:
    """Return the calls that were not seen yet, and a sentence for each file that is none: it hides no other call.

    Args:
        directory: The folder.
        seen: Names of the calls that were seen. Which came later than another is not told by its name: two sound
            within a millisecond, and a clock is set back.

    Returns:
        The calls by the instant at which they sounded, at most `GREATEST_CALLS`, the newest; and the sentences.
    """
    found, faults = [], []
    for one in _newest(call_names(directory) - seen):
        try:
            call = msgspec.json.decode((directory / one).read_bytes(), type=Call)
            found.append(msgspec.structs.replace(call, name=one))
        except (OSError, msgspec.MsgspecError) as error:
            faults.append(f"{directory / one}: found no STOP call ({error})")
    return found, faults


def _newest(names: Set[str]) -> list[str]:
    """Return the newest names in order; those of verified calls are not counted out by others, which anyone can make."""
    verified = sorted(name for name in names if name.endswith(f"{_VERIFIED}.json"))[-GREATEST_CALLS:]
    others = sorted(names - set(verified))[-GREATEST_CALLS:]
    return sorted([*verified, *others])


def call_names(directory: Path) -> frozenset[str]:
    """Return the names of the files of calls that lie in a folder; none where there is no folder."""
    if not directory.is_dir():
        return frozenset()
    names = (path.name for path in directory.iterdir() if path.suffix == ".json")
    return frozenset(name for name in names if not name.startswith("."))
