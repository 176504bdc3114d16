"""What is live, as the engine holds it: a cache of the state that the node keeps in step, and builds anew when it must.

Decides nothing: it finds conflicts by the agreement's rules, and looks for what would free a plan from those that its
party may infer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from sazokar.domain.agreement import Agreement, Coarseness
from sazokar.domain.finding import Offer
from sazokar.domain.offers import offers_for
from sazokar.domain.operation import judged_volumes
from sazokar.domain.plan.conflict import Conflict
from sazokar.domain.plan.judge import Court
from sazokar.domain.plan.volume import Role, Volume
from sazokar.domain.state import State
from sazokar.domain.zones import volumes_of as zones_of

GREATEST_GONE: Final = 10_000
"""When so many more notices than are live were taken out, the court is laid anew: it keeps a place for each it ever saw."""


class EngineBench:
    """The `Bench` over the engine (see `domain.hearing.Bench` for what each method promises).

    Args:
        agreement: By which it judges; None: by none.
        live: The volumes of each live notice, by reference.
    """

    def __init__(self, agreement: Agreement | None, live: Iterable[tuple[str, tuple[Volume, ...]]]) -> None:
        self._live: dict[str, tuple[Volume, ...]] = dict(live)
        self._agreement = agreement
        self._gone = 0
        self._court = self._new_court(agreement) if agreement is not None else None

    @classmethod
    def of(cls, state: State) -> EngineBench:
        """Return the bench of a state."""
        live = (
            (ref, judged_volumes(notice.extent, ref))
            for ref in state.open
            if (notice := state.notices[ref]).extent is not None
        )
        return cls(state.judges, live)

    def hear(self, ref: str, volumes: Sequence[Volume]) -> Sequence[Conflict]:
        """See `Bench.hear`."""
        self.dismiss(ref)
        self._live[ref] = tuple(volumes)
        return self._court.insert(volumes) if self._court is not None else ()

    def dismiss(self, ref: str) -> None:
        """See `Bench.dismiss`."""
        gone = self._live.pop(ref, ())
        if gone and self._court is not None:
            self._take_out(self._court, gone[0].party, ref)

    def consider(self, party: str, volumes: Sequence[Volume]) -> Sequence[Conflict]:
        """See `Bench.consider`."""
        if self._court is None:
            return ()
        try:
            return self._court.insert(volumes)
        finally:
            self._take_out(self._court, party, volumes[0].operation)

    def adopt(self, agreement: Agreement | None) -> Sequence[Conflict]:
        """See `Bench.adopt`."""
        self._agreement, self._gone = agreement, 0
        self._court = self._new_court(agreement) if agreement is not None else None
        return self._court.conflicts() if self._court is not None else ()

    def offers(self, ref: str, infers: Callable[[str], bool], coarseness: Coarseness) -> tuple[Offer, ...]:
        """See `Bench.offers`."""
        volumes = self._live.get(ref)
        if self._court is None or not volumes:
            return ()
        return offers_for(Inferable(self._court, infers), volumes, coarseness)

    def _take_out(self, court: Court, party: str, operation: str) -> None:
        court.remove(party, operation)
        self._gone += 1
        if self._agreement is not None and self._gone > GREATEST_GONE + len(self._live):
            self._court, self._gone = self._new_court(self._agreement), 0

    def _new_court(self, agreement: Agreement) -> Court:
        given = [volume for volumes in self._live.values() for volume in volumes]
        return Court([*zones_of(agreement), *given], agreement.rules(), ground=agreement.ground, validated=True)


class Inferable:
    """A court in which only those stand that a party may infer: what frees it from these is all that it is told."""

    def __init__(self, court: Court, infers: Callable[[str], bool]) -> None:
        self._court = court
        self._infers = infers

    def would_conflict(self, volumes: Sequence[Volume], party: str, operation: str) -> set[int]:
        """Return the numbers of the inferable volumes that an operation would conflict with if it were so."""
        return {
            number
            for number in self._court.would_conflict(volumes, party, operation)
            if (other := self._court.volumes[number]) is not None
            and (other.role is Role.ZONE or self._infers(other.operation))
        }
