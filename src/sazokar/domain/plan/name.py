"""Names as officers read them: short, and with no character that hides or reorders what stands around it.

Letters of every script are welcome, and the joiners that Persian needs. Changes nothing: a name is good or it is not.
"""

from __future__ import annotations

import unicodedata
from typing import Final

GREATEST_NAME: Final = 200
"""A name holds at most this many characters."""
_MISLEADING: Final = frozenset("\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def misleading_character(text: str) -> str:
    """Return the first character that does not show as it is: a control, a surrogate, one that reorders; else empty."""
    if text.isprintable():
        return ""
    return next((c for c in text if c in _MISLEADING or unicodedata.category(c) in ("Cc", "Cs")), "")
