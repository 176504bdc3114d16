"""What is read of the log without folding it is what folding it tells: in worlds of liars, and where a byte was changed."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from sazokar.adapters.log_memory import MemoryLog
from sazokar.app.opening import entry_of, states
from sazokar.app.ports import Stored
from sazokar.app.recorded import genuine_entries, raised_of, stated
from sazokar.domain.finding import Findings, Raised
from sazokar.domain.fold import Entry
from sazokar.domain.state import EMPTY, State
from sazokar.domain.statement import AmendNotice, Submission
from sazokar.errors import LedgerError
from sazokar.testing.world import play
from tests.app.grounds import Grounds, flight
from tests.app.test_worlds_proven import log_of

pytestmark = [pytest.mark.requirement("SZK-40"), pytest.mark.requirement("SZK-31")]


def told(log: MemoryLog) -> Iterator[tuple[Entry, State]]:
    """Give each entry as folding the whole log tells it, with the state after it."""
    before = EMPTY
    for stored, after in zip(log.read(0), states(log), strict=True):
        yield entry_of(stored, before), after
        before = after


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_how_a_conflict_was_last_found_agrees_with_a_look_at_every_entry(first: int) -> None:
    found = 0
    for seed in range(first, first + 20):
        log = log_of(play(seed))
        last: dict[str, Raised] = {}
        state = EMPTY
        for entry, after in told(log):
            state = after
            if isinstance(entry, Findings):
                last |= {one.ref: one for one in entry.findings or () if isinstance(one, Raised)}
        assert {ref: raised_of(log, state, ref, None) for ref in state.cases} == last
        found += len(last)
    assert found > 5


def test_the_log_is_halved_not_read_through() -> None:
    grounds = Grounds()
    first = grounds.take("ALPHA", flight("ALPHA", "one"))
    grounds.take("BRAVO", flight("BRAVO", "two"))
    (ref,) = grounds.node.state.cases
    for _ in range(200):
        grounds.clock.advance(1_000)
        grounds.post("ALPHA")
    counted = Counted(grounds.log)
    raised = raised_of(counted, grounds.node.state, ref, None)  # type: ignore[arg-type]  # only what is asked of it
    assert raised is not None and raised.ref == ref and first.ref in (raised.a.ref, raised.b.ref)  # type: ignore[union-attr]
    assert counted.reads < 40 < grounds.log.size()


def test_of_two_records_in_one_millisecond_the_later_one_tells_how_a_conflict_was_last_found() -> None:
    grounds = Grounds()
    grounds.take("ALPHA", flight("ALPHA", "one"))
    later = flight("BRAVO", "two")
    ref = grounds.take("BRAVO", later).ref
    amended = AmendNotice(ref=ref, version=1, extent=flight("BRAVO", "two", level=110).extent)
    grounds.take("BRAVO", amended)
    state = grounds.node.state
    (case,) = state.cases
    raised = raised_of(grounds.log, state, case, None)
    assert state.cases[case].version == 2 and raised is not None and raised.again
    assert {side.version for side in (raised.a, raised.b) if side is not None and side.ref == ref} == {2}


class Counted:
    """A log that counts how many entries are read of it."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self.reads = 0

    def read(self, start: int, end: int | None = None) -> Iterator[Stored]:
        for stored in self._log.read(start, end):
            self.reads += 1
            yield stored

    def leaf_hashes(self, start: int, end: int) -> object:
        return self._log.leaf_hashes(start, end)


def test_a_statement_is_read_with_the_author_that_its_key_had_where_it_signed() -> None:
    for seed in range(10):
        log = log_of(play(seed))
        entries = list(told(log))
        state = entries[-1][1]
        for number, (entry, _) in enumerate(entries):
            if isinstance(entry, Submission):
                found = stated(log, state, entry.id, None)
                record = entries[number + 1][0]
                assert found is not None and isinstance(record, Findings)
                assert (found.by.party, found.by.officer, found.by.statement) == (
                    entry.party,
                    entry.officer,
                    entry.statement,
                )
                assert found.recorded_ms == record.recorded_ms


def test_what_is_not_in_the_log_is_none() -> None:
    grounds = Grounds()
    assert stated(grounds.log, grounds.node.state, "0" * 64, None) is None
    assert stated(grounds.log, grounds.node.state, grounds.node.ledger, None) is None  # the charter states nothing
    assert raised_of(grounds.log, grounds.node.state, "C1", "ALPHA") is None


def test_an_entry_that_was_changed_is_named_and_not_shown() -> None:
    grounds = Grounds()
    receipt = grounds.take("ALPHA", flight("ALPHA", "one"))

    class Changed(Counted):
        def read(self, start: int, end: int | None = None) -> Iterator[Stored]:
            for stored in super().read(start, end):
                if stored.position == receipt.position:
                    payload = stored.payloads["extent"].replace(b"350000000", b"350000001")
                    stored = msgspec.structs.replace(stored, payloads={"extent": payload})
                yield stored

        def position_of(self, entry_id: str) -> int | None:
            return self._log.position_of(entry_id)

    with pytest.raises(LedgerError) as damaged:
        stated(Changed(grounds.log), grounds.node.state, receipt.id, "ALPHA")  # type: ignore[arg-type]  # as above
    assert damaged.value.position == receipt.position


def test_entries_that_are_missing_are_named() -> None:
    grounds = Grounds()
    size = grounds.log.size()
    with pytest.raises(LedgerError, match=f"entry {size} is missing"):
        list(genuine_entries(grounds.log, size - 1, size + 1))
