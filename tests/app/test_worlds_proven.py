"""What a world of liars and losses leaves behind: the audit finds nothing otherwise, and every story can be proven."""

from __future__ import annotations

import pytest

from sazokar.adapters.log_memory import MemoryLog
from sazokar.app.audit import audit
from sazokar.app.opening import open_ledger
from sazokar.app.proving import bundle_of
from sazokar.app.verification import verify
from sazokar.ledger.signing import KeyId
from sazokar.testing.world import World

pytestmark = [pytest.mark.requirement("SZK-39"), pytest.mark.requirement("SZK-40")]


def log_of(world: World) -> MemoryLog:
    """Return the log beneath the faults of a world."""
    held = [*vars(world).values(), *vars(world.log).values()]
    return next(one for one in held if isinstance(one, MemoryLog))


def require_proven(seed: int) -> None:
    world = World(seed)
    world.run()
    log = log_of(world)
    found = audit(log)
    assert found.differences.kept == [], seed
    opened = open_ledger(log)
    charter = opened.state.charter
    assert charter is not None
    roots = frozenset(KeyId(root) for member in charter.parties for root in member.roots)
    viewers = [None, *(member.name for member in charter.parties)]
    state = opened.state
    for number, ref in enumerate([*state.cases, *state.notices, *state.stops, *state.incidents][:20]):
        content = bundle_of(log, opened.tree, state, ref, viewers[number % len(viewers)])
        assert verify(content, roots).told, (seed, ref)


@pytest.mark.parametrize("seed", range(8))
def test_what_a_world_of_liars_leaves_behind_is_as_recorded_and_can_be_proven(seed: int) -> None:
    require_proven(seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(100, 300, 50))
def test_what_many_worlds_leave_behind_is_as_recorded_and_can_be_proven(first: int) -> None:
    for seed in range(first, first + 50):
        require_proven(seed)
