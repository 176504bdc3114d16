"""The ladder of acknowledgement: delivered, read, read back, passed on to named units, confirmed by them (SZK-22).

Each rung is of one version: a change of what was acknowledged begins it anew (SZK-20).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from sazokar.domain.agreement import Level
from sazokar.domain.disclosure import level_of
from sazokar.domain.finding import Taken
from sazokar.domain.hearing import Hearing, Verdict, refused, taken
from sazokar.domain.notice import OperationState
from sazokar.domain.party import PartyRole
from sazokar.domain.state import Ack, Case, Notice, State
from sazokar.domain.statement import Acknowledge, AckRung, Submission

GREATEST_ACKS: Final = 200
"""At most this many acknowledgements of one party are kept of a version; nobody uses up another's."""


def decide_acknowledgement(hearing: Hearing, statement: Acknowledge) -> Verdict:
    """An officer has read, read back, passed on or confirmed the present version of what it may see (SZK-22)."""
    state, party = hearing.state, hearing.by.party
    notice, case = state.notices.get(statement.ref), state.cases.get(statement.ref)
    target = notice or case
    if target is None or not _may_acknowledge(state, notice, case, party):
        return refused(
            "unknown-reference",
            f"the reference {statement.ref!r}",
            "name a notice or conflict that you see",
            field="ref",
        )
    if statement.version != target.version:
        return refused(
            "other-version", f"version {statement.version} of {statement.ref}, of which version {target.version} holds",
            "read the present version first", field="version",
        )  # fmt: skip
    if statement.rung is AckRung.DELIVERED:
        return refused(
            "not-an-officers",
            "an officer's word that it was delivered",
            "delivery is the node's to record",
            field="rung",
        )
    if statement.rung in (AckRung.PASSED_ON, AckRung.CONFIRMED) and not statement.units:
        return refused("no-units", "no unit", "name the units", field="units")
    if statement.rung is AckRung.CONFIRMED and (missing := _not_passed(target.acks, party, statement)):
        return refused(
            "not-passed-on", f"a confirmation by {', '.join(missing)}, to which nothing was passed on",
            "record first that it was passed on", field="units",
        )  # fmt: skip
    own = [ack for ack in target.acks if ack.party == party and ack.version == target.version]
    if any((ack.rung, ack.units, ack.officer) == (statement.rung, statement.units, hearing.by.officer) for ack in own):
        return refused("acknowledged-already", f"{statement.rung} of {statement.ref} once more", "it is on record")
    if len(own) >= GREATEST_ACKS:
        return refused(
            "too-many", f"{len(own):,} acknowledgements of {party}", "this version takes no more of this party"
        )
    return taken(Taken())


def _may_acknowledge(state: State, notice: Notice | None, case: Case | None, party: str) -> bool:
    if case is not None:
        return party in case.parties or party in state.parties_of(PartyRole.MEDIATOR)
    if notice is None or notice.state is OperationState.HELD:
        return False
    return level_of(state, notice, party)[0] in (Level.EXTENT, Level.EVERYTHING)


def _not_passed(acks: Sequence[Ack], party: str, statement: Acknowledge) -> list[str]:
    passed = {
        unit
        for ack in acks
        if (ack.party, ack.version, ack.rung) == (party, statement.version, AckRung.PASSED_ON)
        for unit in ack.units
    }
    return [unit for unit in statement.units if unit not in passed]


def with_acknowledgement(state: State, by: Submission, statement: Acknowledge) -> State:
    """Return the state with one more acknowledgement."""
    ack = Ack(by.party, statement.rung, statement.version, state.recorded_ms, by.officer, statement.units)
    return with_ack(state, statement.ref, ack)


def with_ack(state: State, ref: str, ack: Ack) -> State:
    """Return the state with an acknowledgement of a notice or a conflict."""
    if (notice := state.notices.get(ref)) is not None:
        changed = msgspec.structs.replace(notice, acks=(*notice.acks, ack))
        return msgspec.structs.replace(state, notices=state.notices.set(ref, changed))
    if (case := state.cases.get(ref)) is not None:
        told = msgspec.structs.replace(case, acks=(*case.acks, ack))
        return msgspec.structs.replace(state, cases=state.cases.set(ref, told))
    return state  # withheld from this reader
