"""Whose key it is, at this position of the ledger: what the author says of its own time decides nothing.

A key that is unknown, revoked or out of its validity here signs nothing: the statement is rejected, and is no entry.
"""

from __future__ import annotations

from typing import Final

import msgspec

from sazokar.domain.fold import QUOTA_MS
from sazokar.domain.governing import NODE
from sazokar.domain.party import OfficerRole
from sazokar.domain.state import State

GREATEST_REFUSALS: Final = 200
"""An officer's key has at most this many refusals recorded in an hour; what is beyond is rejected."""


class Author(msgspec.Struct, frozen=True):
    """For whom a key signs: party, watch number (empty: a root), and what it may sign (None: a root)."""

    party: str
    officer: str = ""
    role: OfficerRole | None = None


class Rejection(msgspec.Struct, frozen=True):
    """A statement is no entry; why goes to the security log."""

    reason: str


def author_of(state: State, key: str, now_ms: int) -> Author | Rejection:
    """Return for whom a key signs at the end of the ledger, at an instant, or why it signs for nobody."""
    if (party := state.roots.get(key)) is not None:
        return Author(party)
    if key == state.node:
        return Author(NODE)
    known = state.keys.get(key)
    if known is None:
        return Rejection("unknown key")
    if known.revoked_at is not None:
        return Rejection(f"key revoked at entry {known.revoked_at}")
    if not known.from_ms <= now_ms < known.until_ms:
        return Rejection("key not valid at this time")
    return Author(known.party, known.officer, known.role)


def signed_for(state: State, key: str) -> str:
    """Return for whom a key has signed what is in the ledger, whether or not it may sign now; empty: for nobody known."""
    known = state.keys.get(key)
    if known is not None:
        return known.party
    return state.roots.get(key) or state.retired.get(key) or (NODE if key == state.node else "")


def is_over_quota(state: State, key: str, now_ms: int) -> bool:
    """Return whether a key has used up its refusals; STOP is never counted."""
    purse = state.purses.get(key)
    return purse is not None and now_ms - purse.from_ms < QUOTA_MS and purse.spent >= GREATEST_REFUSALS
