"""What a ledger of old must tell for ever, as plain facts: what a later version adds to its state does not change them."""

from __future__ import annotations

from sazokar.app.opening import entry_of, open_ledger
from sazokar.app.ports import Log
from sazokar.domain.finding import Findings
from sazokar.domain.fold import fold
from sazokar.domain.state import EMPTY
from sazokar.domain.statement import Submission

Facts = dict[str, object]


def facts_of(log: Log) -> Facts:
    """Return the facts of a ledger: its entries in order, and what is true at the end."""
    entries: list[list[object]] = []
    state = EMPTY
    for stored in log.read(0):
        entry = entry_of(stored, state)
        match entry:
            case Submission():
                kind = type(entry.statement).__struct_config__.tag
                entries.append([stored.id[:16], kind, entry.party, entry.officer, entry.number])
            case Findings():
                found = [type(one).__struct_config__.tag for one in entry.findings or ()]
                entries.append([stored.id[:16], entry.outcome, entry.recorded_ms, found])
            case _:
                entries.append([stored.id[:16], "charter"])
        state = fold(state, entry)
    opened = open_ledger(log)
    assert opened.damage is None, opened.damage
    return {
        "entries": entries,
        "root": opened.tree.root().hex(),
        "draft": state.draft,
        "notices": [[n.ref, n.party, n.version, n.state, n.late, n.start_ms] for _, n in sorted(state.notices.items())],
        "cases": [
            [
                c.ref,
                c.a,
                c.b,
                c.clause,
                c.start_ms,
                c.resolved,
                c.resolved_ms,
                [[a.party, a.rung, a.at_ms] for a in c.acks],
            ]
            for _, c in sorted(state.cases.items())
        ],
        "stops": [
            [s.ref, s.by, s.sounded_ms, [[t.rung, t.latency_ms] for t in s.steps]]
            for _, s in sorted(state.stops.items())
        ],
        "incidents": sorted(state.incidents),
        "watches": [[p, [[w.number, w.until_ms] for w in r.watches]] for p, r in sorted(state.rosters.items())],
    }
