"""DIR/watch.json: the roster and the keys that may call STOP, kept beside the ledger for when that cannot be read (SZK-43).

It proves nothing: it says which ledger it was taken from, at which size, and when.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from sazokar.adapters.ledger_folder import WATCH
from sazokar.domain.state import EMPTY, Roster, Watch
from sazokar.domain.watch import on_watch
from sazokar.doors.desk.folder import write_beside
from sazokar.doors.desk.session import now_ms
from sazokar.errors import UnreadableError

if TYPE_CHECKING:
    from sazokar.domain.state import State

GREATEST_BYTES: Final = 64 * 1024 * 1024


class PostedWatch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One watch of the roster."""

    number: str
    from_ms: int
    until_ms: int
    alternate: bool = False
    telephones: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


class PostedParty(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The roster of one party; see `domain.state.Roster`."""

    name: str
    role: str
    watches: tuple[PostedWatch, ...] = ()
    handed_to: str = ""
    handed_ms: int = 0
    test_ms: int = 0
    test_by: str = ""
    test_answered: bool = False


class PostedKey(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whose a key is, as the ledger has it."""

    party: str
    watch: str = ""
    role: str = ""
    from_ms: int = 0
    until_ms: int = 0


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """What is posted beside the ledger.

    Args:
        ledger: Id of the charter.
        name: Of the mechanism.
        size: Entries of the ledger that it was taken from.
        written_ms: When.
        parties: The rosters, in the charter's order.
        keys: Keys that have not been revoked.
    """

    ledger: str
    name: str
    size: int
    written_ms: int
    parties: tuple[PostedParty, ...]
    keys: dict[str, PostedKey]


def posted_of(state: State, ledger: str, written_ms: int) -> Posted:
    """Return what a state has to be posted."""
    members = state.charter.parties if state.charter else ()
    keys = {root: PostedKey(party=party) for root, party in state.roots.items()}
    keys |= {
        name: PostedKey(
            party=key.party, watch=key.officer, role=str(key.role), from_ms=key.from_ms, until_ms=key.until_ms
        )
        for name, key in state.keys.items()
        if key.revoked_at is None
    }
    return Posted(
        ledger=ledger, name=state.charter.name if state.charter else "", size=state.size, written_ms=written_ms,
        parties=tuple(_party(state, member.name, str(member.role)) for member in members), keys=keys,
    )  # fmt: skip


def _party(state: State, name: str, role: str) -> PostedParty:
    roster = state.rosters.get(name)
    if roster is None:
        return PostedParty(name=name, role=role)
    watches = tuple(
        PostedWatch(
            number=watch.number, from_ms=watch.from_ms, until_ms=watch.until_ms, alternate=watch.alternate,
            telephones=watch.post.telephones if watch.post else (), languages=watch.post.languages if watch.post else (),
        )
        for watch in roster.watches
    )  # fmt: skip
    return PostedParty(
        name=name, role=role, watches=watches, handed_to=roster.handed_to, handed_ms=roster.handed_ms,
        test_ms=roster.test_ms, test_by=roster.test_by, test_answered=roster.test_answered,
    )  # fmt: skip


def keep_posted(directory: Path, state: State, ledger: str) -> None:
    """Write `watch.json`, whole or not at all; that it cannot be written is told, and stops nothing."""
    posted = posted_of(state, ledger, now_ms())
    write_beside(directory, WATCH, msgspec.json.format(msgspec.json.encode(posted), indent=1) + b"\n")


def read_posted(directory: Path) -> Posted:
    """Return what is posted beside a ledger.

    Raises:
        UnreadableError: Nothing is, or the file is damaged.
    """
    path = directory / WATCH
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(GREATEST_BYTES), type=Posted)
    except (OSError, msgspec.MsgspecError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableError(
            f"{path}: cannot be read ({reason}); expected the roster kept beside the ledger"
        ) from error


def on_watch_of(party: PostedParty, now: int) -> list[PostedWatch]:
    """Return who is on watch, in the order in which the mechanism calls them."""
    watches = {
        Watch(number=each.number, from_ms=each.from_ms, until_ms=each.until_ms, alternate=each.alternate): each
        for each in party.watches
    }
    roster = Roster(watches=tuple(watches), handed_to=party.handed_to)
    state = msgspec.structs.replace(EMPTY, rosters=EMPTY.rosters.set(party.name, roster))
    return [watches[watch] for watch in on_watch(state, party.name, now)]
