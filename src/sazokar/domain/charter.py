"""Whether a charter can carry a mechanism: looked at once, before it becomes entry 0. Verifies no signature."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sazokar.domain.agreement import LEVELS
from sazokar.domain.governing import NODE
from sazokar.domain.hearing import AGREED
from sazokar.domain.party import PartyRole
from sazokar.domain.plan.name import GREATEST_NAME, misleading_character
from sazokar.domain.statement import Charter

GREATEST_MEMBERS: Final = 60
"""At most this many organisations take part: each of them has a view of each record, and signs entry 0."""
RESERVED: Final = (AGREED, NODE)
"""Names that mean something else: whose the zones of all are, and as whom the node signs."""


def fault_of_charter(charter: Charter) -> str:
    """Return what is wrong with a charter, to follow the words "the charter"; empty: nothing."""
    return next(_faults(charter), "")


def _faults(charter: Charter) -> Iterator[str]:
    yield from _of_names(charter)
    yield from _of_keys(charter)
    if not 1 <= charter.quorum <= len(charter.parties):
        yield f"asks for a quorum of {charter.quorum}; expected 1 to the number of organisations"
    if charter.interim not in LEVELS:
        yield f"has the interim level {charter.interim!r}; expected one of {', '.join(LEVELS)}"


def _of_names(charter: Charter) -> Iterator[str]:
    names = [member.name for member in charter.parties]
    if not 1 <= len(names) <= GREATEST_MEMBERS:
        yield f"names {len(names)} organisations; expected 1 to {GREATEST_MEMBERS}"
    if not any(member.role is PartyRole.PARTY for member in charter.parties):
        yield "names no party; expected one or more in that role"
    for name in names:
        if not name.strip() or len(name) > GREATEST_NAME or misleading_character(name) or name in RESERVED:
            yield f"names an organisation {name[:80]!r}; expected a name that shows as it is, and means nothing else"
        if names.count(name) > 1:
            yield f"names {name!r} twice; expected each organisation once"


def _of_keys(charter: Charter) -> Iterator[str]:
    keys = [charter.node, *(root for member in charter.parties for root in member.roots)]
    for member in charter.parties:
        if not member.roots:
            yield f"gives {member.name!r} no root key; expected one or more"
    for key in keys:
        if keys.count(key) > 1:
            yield f"gives the key {key[:8]} twice; expected each key for one purpose"
