"""The canonical form of values: RFC 8785 JSON over integers only. Knows no entry and checks no signature.

One value has one form, so a hash or a signature over the form is one over the value. Narrower than RFC 8785: no
number but an integer within ±(2^53 − 1), and names of members in ASCII, where the order of code points is the order
of UTF-16 that the RFC asks for.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import Final, TypeVar, overload

import msgspec

from sazokar.errors import CanonicalError

LARGEST_INTEGER: Final = 2**53 - 1
"""Beyond it, readers that keep numbers as IEEE 754 doubles lose digits (RFC 8785, section 3.2.2.3)."""
DEEPEST: Final = 64
"""Levels of values within one another; the outermost is the first."""
LARGEST_BYTES: Final = 16 * 1024 * 1024

_T = TypeVar("_T")
_ENCODER: Final = msgspec.json.Encoder(order="sorted")


def _refuse_float(literal: str) -> object:
    raise ValueError(f"the float {literal[:40]}")


_PLAIN: Final = msgspec.json.Decoder(float_hook=_refuse_float)


def encode(value: object) -> bytes:
    """Return the canonical bytes of a value.

    Args:
        value: None, truth values, integers, strings, lists, tuples, dicts with ASCII names, enumerations of these,
            bytes (written as base64, RFC 4648, section 4), and `msgspec.Struct`s of these. A `msgspec.Raw` must be in
            canonical form already.

    Raises:
        CanonicalError: The value holds something else (a float, a large integer, a lone surrogate), or is nested
            deeper than `DEEPEST`, or its form is larger than `LARGEST_BYTES`.

    Source: RFC 8785; strings as its section 3.2.2.2 writes them, order as section 3.2.3.
    """
    try:
        content = _ENCODER.encode(value)
    except UnicodeEncodeError as error:
        raise CanonicalError(f"found a string with a lone surrogate ({error.reason}); expected Unicode") from error
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
        raise CanonicalError(f"found a value without a canonical form: {error}") from error
    _require_size(content)
    _require_plain(value)
    return content


@overload
def decode(content: bytes) -> object: ...
@overload
def decode(content: bytes, type: type[_T]) -> _T: ...
def decode(content: bytes, type: type[object] = object) -> object:  # noqa: A002  the word that msgspec uses too
    """Return the value of canonical bytes.

    Args:
        content: What `encode` gives of the value, byte for byte.
        type: What to read: a `msgspec.Struct`, a list or dict of them, or `object` for plain values.

    Raises:
        CanonicalError: The bytes are no JSON, or not the canonical form of what was read: a name that stands twice,
            white space, another order, a float, an integer that is too large, a member that the type does not know
            or that repeats its default; or they are beyond a bound.
    """
    plain = decode_plain(content)
    if type is object:
        return plain
    return read_as(content, type)


def decode_plain(content: bytes, *, deepest: int = DEEPEST, largest_bytes: int = LARGEST_BYTES) -> object:
    """Return the plain value of canonical bytes, as `decode` does without a type.

    Args:
        content: What `encode` gives of the value.
        deepest: Levels of values that are taken; less than `DEEPEST` for what is to be put within something else.
        largest_bytes: Bytes that are taken, likewise.

    Raises:
        CanonicalError: As `decode`.
    """
    _require_size(content, largest_bytes)
    try:
        value: object = _PLAIN.decode(content)
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise CanonicalError(f"found what is no JSON: {error}; expected canonical JSON (RFC 8785)") from error
    if not _is_surely_plain(content, deepest):
        _require_plain(value, deepest)
    _require_same(content, _ENCODER.encode(value))
    return value


def read_as(content: bytes, type: type[_T]) -> _T:  # noqa: A002  as above
    """Return canonical bytes as a value of a type; for bytes that `decode_plain` has passed, or a part of such.

    Raises:
        CanonicalError: The bytes are not of the type, or not the form that `encode` gives of the value.
    """
    try:
        value: _T = _decoder(type).decode(content)  # type: ignore[arg-type]  # a type is hashable
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        form = getattr(type, "__name__", str(type)).strip("_")
        raise CanonicalError(f"found {error}; expected the form {form}") from error
    _require_same(content, _ENCODER.encode(value))
    return value


def encode_own(value: msgspec.Struct) -> bytes:
    """Return the canonical bytes of a value that holds nothing but what `read_as` gave, or the program itself made.

    Does not look for what its types rule out, as `encode` does for the values of strangers.
    """
    return _ENCODER.encode(value)


_DOUBTFUL: Final = re.compile(rb"[:\[,]-?[0-9]{16}")
"""What a large integer looks like; so may the inside of a string, which is then looked at more closely."""


def _is_surely_plain(content: bytes, deepest: int) -> bool:
    """Return whether JSON without floats is plain at first sight: ASCII, no large integer, too few levels to be deep."""
    if not content.isascii() or content.count(b"{") + content.count(b"[") >= deepest:
        return False
    return content[:1] in (b"{", b"[", b'"') and _DOUBTFUL.search(content) is None and b"\\u" not in content


@lru_cache(maxsize=256)
def _decoder(type: type[_T]) -> msgspec.json.Decoder[_T]:  # noqa: A002  as above
    return msgspec.json.Decoder(type)


def _require_size(content: bytes, largest_bytes: int = LARGEST_BYTES) -> None:
    if len(content) > largest_bytes:
        raise CanonicalError(f"found {len(content)} bytes; expected at most {largest_bytes}")


def _require_same(content: bytes, canonical: bytes) -> None:
    if content == canonical:
        return
    pairs = enumerate(zip(content, canonical, strict=False))
    at = next((i for i, (one, other) in pairs if one != other), min(len(content), len(canonical)))
    found, expected = content[at : at + 24], canonical[at : at + 24]
    raise CanonicalError(f"not in canonical form from byte {at}: found {found!r}; expected {expected!r}")


def _require_plain(value: object, deepest: int = DEEPEST) -> None:
    """Refuse what JSON writers would each write their own way. Level by level, so that the depth is the loop's count."""
    level = [value]
    for _ in range(deepest):
        deeper: list[object] = []
        for one in level:
            kind = one.__class__
            if kind is str or one is None or kind is bool or kind is bytes:
                continue
            if kind is int:
                if not -LARGEST_INTEGER <= one <= LARGEST_INTEGER:  # type: ignore[operator]  # int, by its class
                    raise CanonicalError(f"found the integer {str(one)[:40]}; expected one within ±(2^53 − 1)")
            elif kind is dict:
                _require_names(one)  # type: ignore[arg-type]  # dict, by its class
                deeper.extend(one.values())  # type: ignore[attr-defined]  # as above
            elif kind is list or kind is tuple:
                deeper.extend(one)  # type: ignore[arg-type]  # list or tuple, by its class
            else:
                deeper.extend(_parts(one))
        if not deeper:
            return
        level = deeper
    raise CanonicalError(f"found values nested more than {deepest} deep; expected fewer levels")


def _require_names(members: dict[object, object]) -> None:
    for name in members:
        if not isinstance(name, str) or not name.isascii():
            raise CanonicalError(f"found a member named {name!r:.60}; expected a name in ASCII")


def _parts(value: object) -> list[object]:
    if isinstance(value, msgspec.Struct):
        if not _names_in_ascii(value.__class__):
            raise CanonicalError(f"found a {value.__class__.__name__} with a field that is not named in ASCII")
        fields = [getattr(value, name) for name in value.__struct_fields__]
        return [field for field in fields if field is not msgspec.UNSET]
    if isinstance(value, msgspec.Raw):
        return [decode_plain(bytes(value))]
    if isinstance(value, Enum):
        return [value.value]
    raise CanonicalError(
        f"found a {value.__class__.__name__}; expected integers, strings, truth values, lists, objects"
    )


@lru_cache(maxsize=1024)
def _names_in_ascii(struct: type[msgspec.Struct]) -> bool:
    return all(name.isascii() for name in struct.__struct_encode_fields__)
