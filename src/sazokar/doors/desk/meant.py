"""References as they are typed, held against a verified copy: what it surely does not have is a typing error.

STOP is never asked here: whatever is mistyped of it, it sounds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from sazokar.domain.state import State
from sazokar.domain.statement import AnswerStop, CallStop, ReleaseStop, Statement
from sazokar.errors import UnreadableError

_TYPED: Final = re.compile(r"[A-Za-z]?0*(\d{1,12})", re.ASCII)


def require_meant(statement: Statement, state: State) -> None:
    """Pass where all that a statement is about is in a copy, which holds every statement that it could be about.

    Raises:
        UnreadableError: It is not; what is near to it is named.
    """
    if isinstance(statement, (AnswerStop, CallStop, ReleaseStop)):
        return
    change = getattr(getattr(statement, "content", None), "change", None)
    for ref in (getattr(statement, "ref", ""), getattr(change, "ref", "")):
        if isinstance(ref, str) and ref and not _is_known(ref, state):
            known = [name for kind in (state.notices, state.cases, state.stops) for name in kind]
            raise UnreadableError(
                f"{ref[:40]}: found nothing of that reference in your copy of the ledger{meant(ref, known)}"
            )


def _is_known(ref: str, state: State) -> bool:
    return any(ref in kind for kind in (state.notices, state.cases, state.stops, state.incidents))


def meant(ref: str, known: Sequence[str]) -> str:
    """Return a hint at what was meant, of what may be named here; empty: nothing is near."""
    near = _nearest(ref, known)
    return f". Did you mean {near}?" if near else ""


def _nearest(ref: str, known: Sequence[str]) -> str:
    """Return what a reference was probably meant to be: `N44` for `44` and `n44`, else one much like it; or nothing."""
    match = _TYPED.fullmatch(ref.strip())
    if match is not None:
        first = ref[:1].upper() if ref[:1].isalpha() else ""
        same = [name for name in known if name[1:] == match[1]]
        exact = [name for name in same if name[:1] == first]
        if exact or same:
            return (exact or same)[0]
    return next(iter(get_close_matches(ref.upper()[:40], known[-10_000:], 1, 0.6)), "")
