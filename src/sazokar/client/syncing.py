"""How a replica is brought up to date over a line: which requests, in which order, and what is done with the answers.

Interrupted at any point, it leaves the replica as it was, and pages that were fetched for a later run to go on with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from sazokar.app.ports import ReplicaLog
from sazokar.app.wire import Consistency, EntriesTold, EntryTold
from sazokar.client.exchange import LARGEST_RUN, Request, Steps
from sazokar.client.line import Line
from sazokar.client.replica import Replica
from sazokar.errors import DeclinedError, ProofError, SazokarError, UnreachableError
from sazokar.ledger.checkpoint import Checkpoint
from sazokar.ledger.merkle import verify_consistency

MOST_ENTRIES: Final = 1_000
"""A node gives no more at once."""
GREATEST_GROWTH: Final = 10_000_000
"""A ledger that has grown by more than so many entries is not fetched: no mechanism writes so many."""


def synced(line: Line, replica: Replica) -> Steps[int]:
    """Bring a replica up to the node's newest checkpoint, and return its size.

    Raises:
        ForkedError: The ledger has shrunk, was forked, or is another one; nothing is taken, and the notes are kept.
        ProofError: What was told does not add up to what the node signed; nothing is taken.
        SazokarError: The node cannot be reached or declines; or something is not of its form.
    """
    if line.session is None:
        yield from line.begun()
    assert line.session is not None, "begun just now"
    replica.belongs_to(line.session.party)
    with replica.held() as log:
        note = (yield from line.asked(Request(path="/v1/log/checkpoint"))).content
        told = replica.judged(note)
        if told.size > replica.size:
            yield from _grow(line, replica, log, told, note)
        elif replica.memory.seen() != note:
            replica.keep_seen(note)
        if line.key is not None:
            replica.require_key(line.key.key_id)
        yield from _ask_again(line, replica, log)
        yield from _ask_finality(line, replica, log)
    return replica.size


def _ask_finality(line: Line, replica: Replica, log: ReplicaLog) -> Steps[None]:
    """Keep the newest checkpoint that was cosigned; where none is told of, how final the ledger is stays unknown."""
    try:
        note = (yield from line.asked(Request(path="/v1/log/cosigned"))).content
    except (DeclinedError, UnreachableError):
        return
    replica.keep_cosigned(log, note)


def _grow(line: Line, replica: Replica, log: ReplicaLog, told: Checkpoint, note: bytes) -> Steps[None]:
    if told.size - replica.size > GREATEST_GROWTH:
        raise ProofError(f"found a ledger of {told.size:,} entries; expected at most {GREATEST_GROWTH:,} new ones")
    yield from _prove(line, replica, told, note)
    waiting = any(True for _ in replica.memory.pages(0))
    yield from _fetch(line, replica, told.size)
    try:
        replica.take(log, _pages(line, replica, told.size), note)
    except SazokarError:
        replica.memory.forget_pages()
        if not waiting:
            raise
        # What an earlier run left may be of another sight than now: once more, with nothing but what comes now.
        yield from _fetch(line, replica, told.size)
        try:
            replica.take(log, _pages(line, replica, told.size), note)
        finally:
            replica.memory.forget_pages()
    replica.memory.forget_pages()


def _prove(line: Line, replica: Replica, told: Checkpoint, note: bytes) -> Steps[None]:
    """Have it proven that a checkpoint begins with the last that was seen, before anything else of it is asked for."""
    last = replica.needs_proof(told)
    if last is None:
        return
    query = (("first", str(last.size)), ("second", str(told.size)))
    answer = yield from line.asked(Request(path="/v1/log/consistency", query=query))
    proof = line.read(answer, Consistency).proof
    try:
        hashes = [bytes.fromhex(one) for one in proof[:128]]
        verify_consistency(last.size, told.size, last.root, told.root, hashes)
    except (ProofError, ValueError) as error:
        raise replica.fork_of(note, ProofError(str(error))) from error
    replica.proven(note)


def _fetch(line: Line, replica: Replica, end: int) -> Steps[None]:
    """Fetch the entries up to a size, going on after the pages that an earlier run has left."""
    at = replica.size
    for start, content in replica.memory.pages(at):
        if start != at:
            break
        at += len(_entries(line, content, at, end))
    while at < end:
        content = yield from _run(line, at, end)
        found = len(_entries(line, content, at, end))
        replica.memory.keep_page(at, content)
        at += found


def _run(line: Line, start: int, end: int) -> Steps[bytes]:
    query = (("start", str(start)), ("end", str(min(end, start + MOST_ENTRIES))))
    return (yield from line.asked(Request(path="/v1/log/entries", query=query, largest=LARGEST_RUN))).content


def _entries(line: Line, content: bytes, start: int, end: int) -> Sequence[EntryTold]:
    """Return the entries of a page that begins at a position, none beyond an end.

    Raises:
        UnreachableError: It is no such page.
        ProofError: It holds no entry, or others than were asked for.
    """
    try:
        entries = msgspec.json.decode(content, type=EntriesTold).entries
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UnreachableError(f"{line.audience}: answered what no node would ({str(error)[:300]})") from error
    positions = [one.position for one in entries]
    if not entries or len(entries) > MOST_ENTRIES or positions[0] != start:
        raise ProofError(f"found {len(entries)} entries from {positions[:1]}; expected some from {start} on")
    if any(later != earlier + 1 for earlier, later in pairwise(positions)):
        raise ProofError(f"found the entries {positions[:5]} …; expected all from {start} on, each once")
    return entries[: end - start]


def _pages(line: Line, replica: Replica, end: int) -> Iterator[Sequence[EntryTold]]:
    at = replica.size
    for start, content in replica.memory.pages(at):
        if at >= end or start != at:
            return
        page = _entries(line, content, at, end)
        yield page
        at += len(page)


def _ask_again(line: Line, replica: Replica, log: ReplicaLog) -> Steps[None]:
    """Fetch what was withheld and may be seen now; what it shows may in turn show more."""
    again = replica.to_ask_again()
    while again:
        found: list[EntryTold] = []
        start = again[0]
        end = min(again[-1] + 1, start + MOST_ENTRIES)
        content = yield from _run(line, start, end)
        entries = _entries(line, content, start, end)
        wanted = set(again)
        found = [one for one in entries if one.position in wanted]
        replica.take_payloads(log, found)
        last = entries[-1].position
        again = [at for at in again if at > last]
