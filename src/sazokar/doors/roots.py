"""ROOTS.toml: the root keys that someone trusts, by party. Read strictly, as all trust hangs on it; written for others.

[[party]]
name = "ALPHA"
roots = ["3d40…"]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sazokar.dialects.toml_table import load_toml
from sazokar.errors import SignatureError, UnreadableError
from sazokar.ledger.signing import KeyId, require_key

GREATEST_PARTIES: Final = 1_000
GREATEST_ROOTS: Final = 64
"""Of one party."""


def read_roots(content: bytes, file: str) -> dict[str, tuple[KeyId, ...]]:
    """Return the root keys of each party.

    Args:
        content: TOML, UTF-8.
        file: The file's name, as faults name it.

    Raises:
        SazokarError: It is no such file, names no key, or a key that is none or unsafe; the place is named.
    """
    document = load_toml(content, file)
    parties = document.get("party")
    if set(document) != {"party"} or not isinstance(parties, list) or not parties:
        raise UnreadableError(f"{file}: found {', '.join(document) or 'nothing'}; expected [[party]] tables alone")
    if len(parties) > GREATEST_PARTIES:
        raise UnreadableError(f"{file}: found {len(parties):,} parties; expected at most {GREATEST_PARTIES:,}")
    found: dict[str, tuple[KeyId, ...]] = {}
    for number, party in enumerate(parties, 1):
        place = f"{file}: party {number}"
        name = party.get("name") if isinstance(party, dict) and set(party) == {"name", "roots"} else None
        if not isinstance(name, str) or not name or name in found:
            raise UnreadableError(f"{place}: expected a `name` of its own, `roots`, and nothing else")
        found[name] = _keys(party["roots"], f"{place} ({name})")
    return found


def _keys(roots: object, place: str) -> tuple[KeyId, ...]:
    if not isinstance(roots, list) or not 1 <= len(roots) <= GREATEST_ROOTS:
        raise UnreadableError(f"{place}: expected `roots`, a list of 1 to {GREATEST_ROOTS} keys")
    found = []
    for root in roots:
        if not isinstance(root, str):
            raise UnreadableError(f"{place}: found {root!r:.60}; expected a key: 64 hexadecimal digits")
        try:
            found.append(require_key(root))
        except SignatureError as error:
            raise UnreadableError(f"{place}: {error}") from error
    return tuple(found)


def write_roots(roots: Mapping[str, Sequence[str]]) -> bytes:
    """Return the file of root keys by party."""
    lines = ["# The root keys of each party: whoever holds this file need trust nothing else.", ""]
    for name, keys in roots.items():
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        listed = ", ".join(f'"{key}"' for key in keys)
        lines += ["[[party]]", f'name = "{quoted}"', f"roots = [{listed}]", ""]
    return "\n".join(lines).encode()
