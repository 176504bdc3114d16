"""Files in and out of the command line: bounded reading, atomic writing, never over an input. Parses nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sazokar.dialects.reading import GREATEST_BYTES, Unreadable
from sazokar.errors import UnreadableError

STANDARD_INPUT: Final = "-"
STANDARD_INPUT_NAME: Final = "standard-input"
"""The name under which standard input is reported, and its party where it names none."""


def read_all(paths: Iterable[str]) -> tuple[list[tuple[str, bytes]], list[Unreadable]]:
    """Return the name and content of each file that can be read, and what could not be.

    A file beyond the limit is read no further than the limit, so that an endless device does no harm.
    """
    read: list[tuple[str, bytes]] = []
    unreadable: list[Unreadable] = []
    seen: set[str] = set()
    for path in paths:
        if path in seen:
            continue
        seen.add(path)
        content = _read(path)
        if isinstance(content, Unreadable):
            unreadable.append(content)
        else:
            read.append((shown_name(path), content))
    return read, unreadable


def shown_name(path: str) -> str:
    """Return a file's name as it is shown; bytes of it that are no UTF-8 are replaced."""
    if path == STANDARD_INPUT:
        return STANDARD_INPUT_NAME
    return os.fsencode(path).decode("utf-8", "replace")


def _read(path: str) -> bytes | Unreadable:
    name = shown_name(path)
    try:
        if path == STANDARD_INPUT:
            content = sys.stdin.buffer.read(GREATEST_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(GREATEST_BYTES + 1)
    except (OSError, ValueError, AttributeError) as error:
        found = getattr(error, "strerror", None) or str(error)
        return Unreadable(file=name, found=found, expected="a file that can be read")
    if len(content) > GREATEST_BYTES:
        return Unreadable(
            file=name, found=f"more than {GREATEST_BYTES:,} bytes", expected=f"at most {GREATEST_BYTES:,} bytes"
        )
    return content


def require_writable(output: str, inputs: Iterable[str]) -> None:
    """Pass where an output may be written: its folder is there and it is none of the inputs.

    Raises:
        UnreadableError: It may not; nothing was written.
    """
    path = Path(output)
    if path.is_dir() or not path.parent.is_dir():
        found = "a folder" if path.is_dir() else f"no folder {path.parent}"
        raise UnreadableError(f"{output}: found {found}; expected a file in a folder that exists")
    for name in inputs:
        if name != STANDARD_INPUT and path.exists() and Path(name).exists() and path.samefile(name):
            raise UnreadableError(f"{output}: found one of the inputs; expected another file to write to")


def write_atomically(output: str, content: bytes) -> None:
    """Write a file as a whole: whoever reads it sees the old content or the new one, never half.

    Raises:
        UnreadableError: It cannot be written; the old content stays.
    """
    path = Path(output).resolve()
    try:
        if path.exists() and not path.is_file():  # a device or a pipe cannot be replaced
            path.write_bytes(content)
            return
        beside = path.with_name(f".{path.name[:100]}.{os.getpid()}.part")
        # O_EXCL: never through a link that someone else has put there.
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UnreadableError(f"{output}: cannot be written: {error.strerror or error}") from error


def write_standard_output(content: bytes) -> None:
    """Write to standard output; whoever has closed it wants no more, and that is no fault."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # What is still buffered would raise again when Python closes the stream at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
