"""JSON from strangers, made into plain values: bounded in bytes and nesting before anything is decoded."""

from __future__ import annotations

import re

import msgspec
import numpy as np

from sazokar.dialects.reading import GREATEST_NESTING, require_size
from sazokar.errors import LimitError, UnreadableError

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_STEP = 1 << 20


def load_json(content: bytes, file: str) -> object:
    """Return the value of a JSON file: None, bool, int, float, str, list or dict.

    Raises:
        LimitError: More bytes or nesting than stated.
        UnreadableError: No JSON in UTF-8.
    """
    require_size(content, file)
    text = content.removeprefix(b"\xef\xbb\xbf")
    if _is_deeper(text, GREATEST_NESTING):
        raise LimitError(f"{file}: found values nested deeper than {GREATEST_NESTING}; expected less")
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise UnreadableError(f"{file}: found text that is not JSON ({error}); expected JSON in UTF-8") from error


def _is_deeper(text: bytes, bound: int) -> bool:
    """Return whether brackets outside strings ever stand deeper than a bound."""
    depth = 0
    bare = np.frombuffer(_STRING.sub(b"", text), dtype=np.uint8)
    for at in range(0, len(bare), _STEP):
        piece = bare[at : at + _STEP]
        step = np.isin(piece, np.frombuffer(b"[{", np.uint8)).astype(np.int32)
        step -= np.isin(piece, np.frombuffer(b"]}", np.uint8))
        depths = depth + np.cumsum(step)
        if depths.max() > bound:
            return True
        depth = int(depths[-1])
    return False
