"""The contract of a log, as tests that every adapter must pass (SZK-39). Knows no adapter.

Derive a class from `LogContract`, give it `make_log` (and `reopen` where the log survives its process), and pytest runs
every claim against it. The claims are those of `sazokar.app.ports.Log`; what only one technology can break (a second
process, a full disk, a kill) is tested beside that adapter.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Final, TypeVar

from sazokar.app.ports import Answer, Appended, Batch, HeadMoved, Item, Log, ReplicaLog, Snapshot, Stored
from sazokar.errors import LedgerError, ProofError
from sazokar.ledger.merkle import leaf_hash

PATIENCE_S: Final = 30.0
"""How long a test waits for a thread before it fails."""
_Result = TypeVar("_Result")


def item(name: str, payloads: Mapping[str, bytes] | None = None) -> Item:
    """Return an entry whose id is the hash of its name; a log must not care what a leaf says."""
    return Item(sha256(name.encode()).hexdigest(), f'{{"leaf":"{name}"}}'.encode(), payloads or {})


def batch(*names: str) -> Batch:
    """Return a batch of entries, with a checkpoint that names the last."""
    return Batch(tuple(map(item, names)), f"checkpoint after {names[-1] if names else 'nothing'}".encode())


class LogContract:
    """What every log promises, claim by claim.

    **Atomic**: a batch is stored whole or not at all. **Compare and append**: of racing appends with one expected size
    exactly one is stored. **Idempotent**: an id is stored at most once, for ever; a batch sent again is answered as at
    first. **Order**: positions from 0, without gaps or repeats, for readers and followers alike, also while a writer
    writes. **Erasure**: a payload can go; its entry stays. **Durable**: what was answered `Appended` is there when the
    log is opened again.
    """

    def make_log(self) -> Log:
        """Return a log that is empty; override it."""
        raise NotImplementedError

    def reopen(self, log: Log) -> Log:
        """Return the same log, closed and opened again; a log that does not survive its process returns it as it is."""
        return log

    def test_a_new_log_is_empty(self) -> None:
        log = self.make_log()
        assert (log.size(), list(log.read(0)), log.checkpoint(), log.cosigned()) == (0, [], None, None)
        assert (log.snapshot(), log.rejected(), log.position_of(item("a").id)) == (None, [], None)

    def test_a_batch_is_stored_in_order_byte_for_byte(self) -> None:
        log = self.make_log()
        payloads = {"extent": b"\x00\xff", "time": b""}
        assert log.append(Batch((item("a", payloads), item("b")), b"first"), 0) == Appended(2)
        assert log.append(batch("c"), 2) == Appended(3)
        first, second, third = self.reopen(log).read(0)
        assert first == Stored(0, item("a").id, item("a").leaf, payloads)
        assert (second.position, second.leaf, second.payloads) == (1, item("b").leaf, {})
        assert (third.position, third.id) == (2, item("c").id)

    def test_the_newest_checkpoint_comes_with_its_batch(self) -> None:
        log = self.make_log()
        log.append(batch("a"), 0)
        log.append(batch("b"), 1)
        assert self.reopen(log).checkpoint() == batch("b").checkpoint

    def test_an_append_behind_another_size_stores_nothing(self) -> None:
        log = self.make_log()
        log.append(batch("a", "b"), 0)
        for expected_size in (0, 1, 3, 1000):
            assert log.append(batch("c", "d"), expected_size) == HeadMoved(2)
        assert names_in(log) == [item("a").id, item("b").id]
        assert log.checkpoint() == batch("a", "b").checkpoint

    def test_a_batch_sent_again_is_answered_as_at_first(self) -> None:
        log = self.make_log()
        log.append(batch("a", "b"), 0)
        log.append(batch("c"), 2)
        log = self.reopen(log)
        for expected_size in (0, 1, 2, 3, 7):
            assert log.append(batch("a", "b"), expected_size) == Appended(2)
        assert log.append(batch("c"), 2) == Appended(3)
        assert (log.size(), log.checkpoint()) == (3, batch("c").checkpoint)

    def test_a_batch_stored_behind_the_expected_position_is_refused(self) -> None:
        log = self.make_log()
        log.append(batch("a"), 0)
        log.append(batch("b"), 1)
        assert log.append(batch("b"), 0) == HeadMoved(2)

    def test_a_batch_of_which_a_part_is_stored_is_refused(self) -> None:
        log = self.make_log()
        log.append(batch("a", "b"), 0)
        for names in (("b", "c"), ("c", "a"), ("b", "a"), ("a", "c"), ("c", "b", "d")):
            assert log.append(batch(*names), 2) == HeadMoved(2)
        assert names_in(log) == [item("a").id, item("b").id]

    def test_a_batch_that_no_log_could_hold_raises(self) -> None:
        log = self.make_log()
        impossible = Item("no id", b"leaf")
        for wrong in (batch(), batch("a", "a"), Batch((impossible,), b"")):
            assert refused(lambda wrong=wrong: log.append(wrong, 0))  # type: ignore[misc]  # bound at once
        assert log.size() == 0

    def test_a_part_is_read_by_position(self) -> None:
        log = self.make_log()
        log.append(batch(*"abcdef"), 0)
        assert [entry.position for entry in log.read(2, 4)] == [2, 3]
        assert [entry.position for entry in log.read(4)] == [4, 5]
        assert [entry.position for entry in log.read(4, 100)] == [4, 5]
        assert list(log.read(3, 3)) == list(log.read(4, 2)) == list(log.read(6)) == list(log.read(60)) == []
        assert refused(lambda: list(log.read(-1)))

    def test_a_long_log_is_read_over_many_pages(self) -> None:
        log = self.make_log()
        names = [f"entry {number}" for number in range(2_500)]
        log.append(batch(*names), 0)
        assert [entry.position for entry in log.read(0)] == list(range(2_500))
        assert names_in(log) == [item(name).id for name in names]

    def test_an_id_is_found_at_its_position(self) -> None:
        log = self.make_log()
        log.append(batch("a", "b", "c"), 0)
        log = self.reopen(log)
        assert [log.position_of(item(name).id) for name in "cab"] == [2, 0, 1]
        assert [log.position_of(name) for name in (item("z").id, item("a").id.upper(), "", "a")] == [None] * 4

    def test_exactly_one_of_racing_appends_is_stored(self) -> None:
        log = self.make_log()
        for round_ in range(20):
            before = log.size()
            answers = at_once([appending(log, f"{round_} {racer}", before) for racer in range(8)])
            winners = [answer for answer in answers if isinstance(answer, Appended)]
            assert winners == [Appended(before + 2)]
            assert sum(isinstance(answer, HeadMoved) for answer in answers) == 7
            assert log.size() == before + 2

    def test_one_batch_sent_by_many_at_once_is_stored_once(self) -> None:
        log = self.make_log()
        answers = at_once([lambda: log.append(batch("a", "b"), 0) for _ in range(8)])
        assert answers == [Appended(2)] * 8
        assert log.size() == 2

    def test_writers_that_try_again_all_get_through(self) -> None:
        log = self.make_log()

        def write(writer: int) -> None:
            for number in range(25):
                while not isinstance(log.append(batch(f"{writer} {number}"), log.size()), Appended):
                    pass

        at_once([lambda writer=writer: write(writer) for writer in range(4)])  # type: ignore[misc]  # bound at once
        assert log.size() == 100
        assert len(set(names_in(log))) == 100

    def test_a_follower_misses_nothing_while_a_writer_writes(self) -> None:
        log = self.make_log()
        log.append(batch("before"), 0)
        total = 301

        def follow() -> list[int]:
            seen: list[int] = []
            for entry in log.follow(0, PATIENCE_S):
                seen.append(entry.position)
                if len(seen) == total:
                    break
            return seen

        def write() -> list[int]:
            for number in range(100):
                log.append(batch(*(f"{number} {part}" for part in "abc")), 1 + 3 * number)
            return []

        assert at_once([follow, follow, write])[:2] == [list(range(total))] * 2

    def test_following_ends_when_nothing_comes(self) -> None:
        log = self.make_log()
        log.append(batch("a", "b"), 0)
        assert [entry.position for entry in log.follow(1, 0.05)] == [1]
        assert list(log.follow(2, 0.05)) == []

    def test_an_erased_payload_is_gone_and_its_entry_stays(self) -> None:
        log = self.make_log()
        log.append(Batch((item("a", {"extent": b"here", "time": b"now"}),), b""), 0)
        assert log.erase(item("a").id, "extent")
        assert not log.erase(item("a").id, "extent")
        assert not log.erase(item("b").id, "extent")
        assert not log.erase("no id", "extent")
        assert list(self.reopen(log).read(0)) == [Stored(0, item("a").id, item("a").leaf, {"time": b"now"})]

    def test_a_snapshot_does_not_outlive_a_payload_that_it_may_hold(self) -> None:
        log = self.make_log()
        log.append(Batch((item("a", {"extent": b"here"}),), b""), 0)
        log.keep_snapshot(Snapshot(1, b"here"))
        log.erase(item("a").id, "extent")
        assert self.reopen(log).snapshot() is None

    def test_the_newest_cosigned_checkpoint_is_kept(self) -> None:
        log = self.make_log()
        log.keep_cosigned(2, b"two, by one")
        log.keep_cosigned(2, b"two, by both")
        assert log.cosigned() == b"two, by both"
        log.keep_cosigned(9, b"nine")
        log.keep_cosigned(4, b"four")
        assert self.reopen(log).cosigned() == b"nine"

    def test_the_last_snapshot_is_kept(self) -> None:
        log = self.make_log()
        log.keep_snapshot(Snapshot(1, b"\x00one"))
        log.keep_snapshot(Snapshot(2, b"\x00two"))
        assert self.reopen(log).snapshot() == Snapshot(2, b"\x00two")

    def test_the_security_log_keeps_the_newest(self) -> None:
        log = self.make_log()
        for number in range(5):
            log.note_rejected(number, f"reason {number}", "00")
        assert self.reopen(log).rejected() == [(number, f"reason {number}", "00") for number in range(5)]

    def test_a_closed_log_fails(self) -> None:
        log = self.make_log()
        log.append(batch("a"), 0)
        log.close()
        log.close()
        assert all(refused(call) for call in (log.size, log.checkpoint, lambda: list(log.read(0))))
        assert refused(lambda: log.append(batch("b"), 1))


class ReplicaContract(LogContract):
    """What a log promises besides that holds a party's copy of another: growth in pages, and payloads that come later."""

    def make_log(self) -> ReplicaLog:
        """Return a log that is empty; override it."""
        raise NotImplementedError

    def test_pages_are_stored_together_under_one_checkpoint(self) -> None:
        log = self.make_log()
        log.append(batch("a"), 0)
        pages = [(item("b", {"extent": b"x"}), item("c")), (), (item("d"),)]
        assert log.extend(pages, b"signed", 1) == 4 == log.size()
        assert names_in(log) == [item(name).id for name in "abcd"]
        assert [entry.payloads for entry in log.read(0)] == [{}, {"extent": b"x"}, {}, {}]
        assert (log.checkpoint(), log.position_of(item("d").id)) == (b"signed", 3)
        assert list(log.leaf_hashes(0, 9)) == [leaf_hash(item(name).leaf) for name in "abcd"]
        again = self.reopen(log)
        assert names_in(again) == [item(name).id for name in "abcd"]

    def test_where_pages_break_off_nothing_is_stored(self) -> None:
        log = self.make_log()
        log.append(batch("a"), 0)

        def pages() -> Iterator[Sequence[Item]]:
            yield (item("b"),)
            raise ProofError("found an entry that is none")

        with suppress(ProofError):
            log.extend(pages(), b"signed", 1)
        assert (log.size(), log.checkpoint()) == (1, batch("a").checkpoint)
        assert log.append(batch("b"), 1) == Appended(2)
        assert names_in(self.reopen(log)) == [item(name).id for name in "ab"]

    def test_pages_are_not_stored_behind_another_size_nor_an_entry_twice(self) -> None:
        log = self.make_log()
        log.append(batch("a", "b"), 0)
        for size in (0, 1, 3):
            assert refused(lambda size=size: log.extend([(item("c"),)], b"", size))  # type: ignore[misc]  # bound now
        for twice in ([(item("a"),)], [(item("c"),), (item("c"),)]):
            assert refused(lambda twice=twice: log.extend(twice, b"", 2))  # type: ignore[misc]  # as above
        assert names_in(log) == [item(name).id for name in "ab"]

    def test_a_payload_that_comes_later_is_kept_and_replaces_none(self) -> None:
        log = self.make_log()
        log.append(Batch((item("a"), item("b", {"extent": b"x"})), b""), 0)
        log.keep_snapshot(Snapshot(1, b"folded without it"))
        assert log.keep_payload(item("a").id, "extent", b"later")
        assert log.snapshot() is None
        assert not log.keep_payload(item("b").id, "extent", b"another")
        assert not log.keep_payload(item("z").id, "extent", b"of nothing")
        log = self.reopen(log)
        assert [entry.payloads for entry in log.read(0)] == [{"extent": b"later"}, {"extent": b"x"}]
        assert log.erase(item("a").id, "extent")
        assert next(iter(log.read(0))).payloads == {}

    def reopen(self, log: Log) -> ReplicaLog:
        """As in `LogContract`."""
        return log  # type: ignore[return-value]  # whatever `make_log` has made


def names_in(log: Log) -> list[str]:
    """Return the ids stored, in order."""
    return [entry.id for entry in log.read(0)]


def refused(call: Callable[[], object]) -> bool:
    """Return whether a call raises `LedgerError`, as it must."""
    with suppress(LedgerError):
        call()
        return False
    return True


def appending(log: Log, name: str, expected_size: int) -> Callable[[], Answer]:
    """Return a call that appends two entries of its own."""
    return lambda: log.append(batch(f"{name} a", f"{name} b"), expected_size)


def at_once(calls: Sequence[Callable[[], _Result]]) -> list[_Result]:
    """Return what calls return that start together, each in a thread of its own; raises what one of them raises."""
    ready = threading.Barrier(len(calls))
    results: dict[int, _Result] = {}
    faults: list[BaseException] = []

    def run(place: int) -> None:
        try:
            ready.wait(PATIENCE_S)
            results[place] = calls[place]()
        except BaseException as fault:  # carried to the caller's thread
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(place,), daemon=True) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    if faults:
        raise faults[0]
    return [results[place] for place in range(len(calls))]
