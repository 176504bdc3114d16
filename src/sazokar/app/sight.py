"""What one party may see of an entry of the log: payloads of statements by the clauses, findings by its own view.

Every door that shows an entry, a list of them, an event or a bundle asks here; what a clause says, `domain.disclosure`
tells. Reads no log.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from sazokar.app.codec import NODE_VIEW, read_stored, view_name
from sazokar.app.ports import Stored
from sazokar.domain.authority import Author
from sazokar.domain.disclosure import may_read
from sazokar.domain.fold import Entry
from sazokar.domain.state import State
from sazokar.domain.statement import Submission


class Sight:
    """What an asker may see, by what is true in a state.

    Args:
        state: What is true.
        viewer: Party whose sight it is; None: the node's operator or an auditor at the machine, who sees everything.
    """

    def __init__(self, state: State, viewer: str | None) -> None:
        self._state = state
        self._viewer = viewer
        self._view = NODE_VIEW
        if viewer is not None and state.charter is not None:
            self._view = view_name(state.charter, viewer)

    def of(self, stored: Stored) -> Mapping[str, bytes]:
        """Return the payloads that the asker may see: of findings its own view and no other."""
        entry = read_stored(stored, lambda key, _: self._author(key), self._view)
        if not isinstance(entry, Submission):
            return {name: payload for name, payload in stored.payloads.items() if name == self._view}
        viewer = self._viewer
        if viewer is None:
            return stored.payloads
        whole = msgspec.structs.replace(entry, withheld=frozenset())
        return {name: p for name, p in stored.payloads.items() if may_read(self._state, whole, name, viewer)}

    def entry(self, stored: Stored) -> Entry:
        """Return an entry as the asker may see it: findings of its own view, a statement without what is withheld."""
        seen = Stored(stored.position, stored.id, stored.leaf, self.of(stored))
        return read_stored(seen, lambda key, _: self._author(key), self._view)

    def _author(self, key: str) -> Author:
        """Return for whom a key has signed; a key that was revoked or replaced since has signed all the same."""
        state = self._state
        if (known := state.keys.get(key)) is not None:
            return Author(known.party, known.officer, known.role)
        return Author(state.roots.get(key) or state.retired.get(key) or "")
