"""Bytes from outside made into text or JSON, within the stated limits. Knows no format's meaning.

Text is UTF-8; its byte-order mark is passed over; UTF-16, invalid bytes and NUL are refused. JSON is RFC 8259 to the
letter: NaN and Infinity are refused, as is a member named twice in one object, because two ceilings in one notice are a
contradiction (SZK-16) and a parser that keeps the last would hide it.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Final, NoReturn

import msgspec

from sazokar.dialects.reading import GREATEST_NESTING, require_size
from sazokar.errors import FieldError, LimitError, MeaningError, UnreadableError

_OTHER_MARKS: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_STRING = re.compile(rb'"[^"]*"')
_HEIGHT = re.compile(rb'"(?:lower|upper)"\s*:\s*\{')
_COUNTED_APART: Final = frozenset(("value", "unit", "reference", "type"))
_BLANK_BEFORE_COLON: Final = (b'" :', b'"\t:', b'"\n:', b'"\r:')
_NO_STRUCTURE: Final = bytes(byte for byte in range(256) if byte not in b'[]{}"')
_VALIDATION = re.compile(r"(?:Expected `(?P<expected>[^`]*)`)?.*?(?: - at `\$(?P<path>[^`]*)`)?", re.DOTALL)
_MISSING = re.compile(r"missing required field `([^`]*)`")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_PIECE: Final = 1 << 20
_SEPARATOR: Final = b"\x1e"


def plain_utf8(content: bytes, file: str) -> bytes:
    """Return the bytes of a UTF-8 text, without a byte-order mark.

    Raises:
        LimitError: The file is too large.
        UnreadableError: It is not UTF-8, or holds a NUL byte.
    """
    require_size(content, file)
    if content.startswith(_OTHER_MARKS):
        raise UnreadableError(f"{file}: found UTF-16 or UTF-32 text; expected UTF-8 (save it again as UTF-8)")
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        found = f"the byte 0x{content[error.start]:02x} at offset {error.start:,}, which is not UTF-8"
        raise UnreadableError(f"{file}: found {found}; expected UTF-8 text") from error
    if (offset := content.find(b"\0")) >= 0:
        raise UnreadableError(f"{file}: found a NUL byte at offset {offset:,}; expected text")
    return content


def plain_json(content: bytes, file: str) -> bytes:
    """Return the bytes of a JSON text, within the limits of size and nesting; not yet known to be valid.

    Raises:
        LimitError: The file is too large, or nests too deep.
        UnreadableError: It is not UTF-8, or holds a NUL byte.
    """
    content = plain_utf8(content, file)
    require_nesting(content, file)
    return content


def records_of(content: bytes) -> list[bytes] | None:
    """Return the texts of a JSON text sequence, or of JSON with one object per line; None: it is one text.

    No single text is taken for several: in none does a line that begins with a brace follow one that needs a comma.

    Source: RFC 7464 and RFC 8142 for texts that each begin with a record separator.
    """
    start = content.lstrip()
    if start.startswith(_SEPARATOR):
        return [record for part in content.split(_SEPARATOR) if (record := part.strip())]
    first, _, rest = start.partition(b"\n")
    if not (first.startswith(b"{") and rest.lstrip().startswith(b"{")) or first.rstrip().endswith((b"[", b",", b":")):
        return None
    return [record for line in content.split(b"\n") if (record := line.strip())]


def require_nesting(content: bytes, file: str) -> None:
    """Pass where JSON nests no deeper than `GREATEST_NESTING`; counted before any parser sees it.

    Raises:
        LimitError: It nests deeper.
    """
    if content.count(b"[") + content.count(b"{") <= GREATEST_NESTING:
        return
    import numpy as np  # 90 ms, which a file of a few features need not wait for

    if b"\\" in content:
        content = _ESCAPED.sub(b"", content)
    structure = np.frombuffer(_STRING.sub(b"", content.translate(None, _NO_STRUCTURE)), np.uint8)
    depth = 0
    for at in range(0, len(structure), _PIECE):  # in pieces, as depths of 64 MiB of brackets would take 1 GiB
        piece = structure[at : at + _PIECE]
        depths = depth + np.cumsum(np.where((piece == ord("[")) | (piece == ord("{")), 1, -1), dtype=np.int64)
        if (deepest := int(depths.max())) > GREATEST_NESTING:
            raise LimitError(
                f"{file}: found JSON nested {deepest:,} deep; expected it no deeper than {GREATEST_NESTING}"
            )
        depth = int(depths[-1])


def load_json(content: bytes, file: str) -> object:
    """Return the value of a JSON text: dicts, lists, texts, numbers, booleans and None.

    Raises:
        LimitError: The file is too large, or nests too deep.
        UnreadableError: It is not JSON.
    """
    try:
        return msgspec.json.decode(plain_json(content, file))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise not_json(file, error) from error


def load_features(content: bytes, file: str, expected: str) -> Document:
    """Return the features of a JSON object, each as its own text, so that each can be looked into by itself.

    Args:
        content: JSON.
        file: The file's name as given.
        expected: What the object should have been, for the fault.

    Raises:
        LimitError: The file is too large, or nests too deep.
        UnreadableError: It is not JSON, or has no list of features.
    """
    try:
        return msgspec.json.decode(plain_json(content, file), type=Document)
    except msgspec.ValidationError as error:
        raise UnreadableError(f"{file}: found no list of features; expected {expected}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise not_json(file, error) from error


class Document(msgspec.Struct, frozen=True):
    """A JSON object with features, and what it says of itself."""

    features: list[msgspec.Raw]
    metadata: object = None


def not_json(file: str, error: Exception) -> UnreadableError:
    """Return the fault of a text that claims to be JSON and is not."""
    return UnreadableError(f"{file}: found text that is not JSON ({error}); expected JSON")


def require_distinct_members(content: bytes, members: frozenset[str]) -> None:
    """Pass where no object of a JSON feature names one of these members twice.

    Members that stand once in the text are told by counting; only where one stands again is the text parsed to see
    whether it is in the same object.

    Args:
        content: A JSON text that is known to be valid.
        members: What is looked for.

    Raises:
        FieldError: One is named twice in one object.
    """
    odd = b"\\" in content or any(blank in content for blank in _BLANK_BEFORE_COLON)
    if odd or _repeated(content, members):
        json.loads(content, object_pairs_hook=partial(_distinct, members), parse_int=_whole)


def _repeated(content: bytes, members: frozenset[str]) -> bool:
    """Return whether a member stands more often than two heights, and a feature with its geometry, explain."""
    count = content.count
    for token in _tokens(members):
        if count(token) > 1:
            return True
    values = max(count(b'"value":'), count(b'"unit":'), count(b'"reference":'))
    if values > 1 and values > len(_HEIGHT.findall(content)):
        return True
    return count(b'"type":') > 2


@lru_cache(maxsize=8)
def _tokens(members: frozenset[str]) -> tuple[bytes, ...]:
    return tuple(f'"{member}":'.encode() for member in sorted(members - _COUNTED_APART))


def _whole(text: str) -> int | str:
    """Return a whole number; one too long to be any field's stays text, as Python refuses thousands of digits."""
    return int(text) if len(text) < 20 else text


def _distinct(members: frozenset[str], pairs: list[tuple[str, object]]) -> dict[str, object]:
    seen: dict[str, object] = {}
    for key, value in pairs:
        if key in seen and key in members:
            raise FieldError(key[:60], f"the member twice, as {shown(seen[key])} and {shown(value)}", "it once")
        seen[key] = value
    return seen


def raise_fault(error: Exception, content: bytes, expected: Mapping[str, str]) -> NoReturn:
    """Raise a decoder's complaint as a fault that names field, value and what is expected.

    Args:
        error: What the typed decoder said.
        content: The JSON that it was given.
        expected: What each field should hold, by the field's last name.

    Raises:
        FieldError: The text is JSON, and a field of it is wrong.
        MeaningError: It is no JSON.
    """
    if not isinstance(error, msgspec.ValidationError):
        raise MeaningError(f"text that is not JSON ({error})", "JSON") from error
    told = _VALIDATION.fullmatch(str(error))
    path = (told.group("path") or "") if told else ""
    if missing := _MISSING.search(str(error)):
        field = f"{path}.{missing.group(1)}".lstrip(".")
        raise FieldError(field, "nothing", expected.get(missing.group(1), f"`{missing.group(1)}`")) from error
    names = [name for name, _ in _STEP.findall(path) if name]
    wanted = next((expected[name] for name in reversed(names) if name in expected), None)
    if wanted is None:
        wanted = (told.group("expected") if told else None) or "a value of this format"
    try:
        found = shown(_value_at(msgspec.json.decode(content), path))
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = f"a value that cannot be taken ({error})"
    raise FieldError(path.lstrip(".") or "feature", found, wanted) from error


def _value_at(value: object, path: str) -> object:
    for name, index in _STEP.findall(path):
        if isinstance(value, dict) and name:
            value = value.get(name)
        elif isinstance(value, list) and index and int(index) < len(value):
            value = value[int(index)]
    return value


def shown(value: object) -> str:
    """Return a value from outside as a message shows it: as JSON, shortened, one line."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (RecursionError, ValueError):  # nested past what Python follows, or a number of more digits than it writes
        return "a value too large to show"
    return text if len(text) <= 60 else f"{text[:57]}…"
