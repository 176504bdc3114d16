"""Budgets: filing, amending, cancelling and asking all spend; whoever probes runs out, and the others are told (SZK-32)."""

from __future__ import annotations

import msgspec

from sazokar.domain.agreement import Budget, term_of
from sazokar.domain.finding import AnyFinding, Exhausted, Outcome, Refusal, Spent
from sazokar.domain.hearing import Hearing, Verdict
from sazokar.domain.state import Purse, State


def spend(hearing: Hearing, *, exempt: bool = False, vital: bool = False) -> tuple[AnyFinding, ...] | Verdict:
    """Return what filing costs the party, or the verdict that its budget is spent (SZK-32).

    Args:
        hearing: The statement.
        exempt: A priority clause exempts it: it costs nothing.
        vital: Lives hang on it: it is never refused for its cost, but counted, so that nobody probes under that name unseen.
    """
    budget, party = term_of(hearing.state.judges, Budget), hearing.by.party
    if budget is None or exempt:
        return ()
    left = budget_left(hearing.state, budget, party, hearing.now_ms)
    if left > 0:
        return (Spent(party=party, clause=budget.number, left=left - 1),)
    exhausted = Exhausted(party=party, clause=budget.number)
    if vital:
        return (exhausted,)
    refusal = Refusal(
        code="over-budget", clause=budget.number, found=f"more than {budget.spends} filings and questions in the window",
        remedy="wait until the window is over; STOP is never counted, and what lives hang on is never refused for it",
    )  # fmt: skip
    return Verdict(Outcome.REFUSED, (refusal, exhausted))


def budget_left(state: State, budget: Budget, party: str, now_ms: int) -> int:
    """Return how much of its budget a party has left in the window that now is in."""
    purse = state.purses.get(party)
    if purse is None or now_ms - purse.from_ms >= budget.window_ms:
        return budget.spends
    return budget.spends - purse.spent


def with_spent(state: State, finding: Spent) -> State:
    """Return the state in which a party has spent of its budget."""
    budget = term_of(state.agreement, Budget)
    if budget is None:
        return state
    purse = state.purses.get(finding.party)
    fresh = purse is None or state.recorded_ms - purse.from_ms >= budget.window_ms
    from_ms = state.recorded_ms if fresh or purse is None else purse.from_ms
    return msgspec.structs.replace(
        state, purses=state.purses.set(finding.party, Purse(from_ms, budget.spends - finding.left))
    )
