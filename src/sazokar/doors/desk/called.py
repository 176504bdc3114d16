"""A STOP as it is called: signed where a key lies ready, unsigned where none does; sounded first, then recorded.

Nothing here raises for a missing key, a full disk, a held or a damaged ledger: each is a sentence for the caller.
"""

from __future__ import annotations

import os
import textwrap
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from sazokar.adapters.alarm_spool import GREATEST_CALL_BYTES, Call, SpoolAlarm, call_names, readable_calls
from sazokar.adapters.ledger_folder import STOPS
from sazokar.domain.plan.instant import format_instant
from sazokar.domain.statement import CallStop
from sazokar.doors.desk.session import HOUR_MS, now_ms
from sazokar.errors import LedgerHeldError, SazokarError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sazokar.app.node import Node
    from sazokar.domain.state import StopCase
    from sazokar.doors.desk.posted import PostedWatch


def nearest(directory: Path, key: str = "") -> Path:
    """Return the folder where a call sounds: the one that was named, where it is one; with a node, the copy beside a key.

    Where it is none, a typing error makes no path that no watch follows: it is then the folder of SAZOKAR_LEDGER, else
    the present one, where every command without `--ledger` looks.
    """
    named = os.environ.get("SAZOKAR_LEDGER", "")
    beside = _copy_beside(key) if key and not named and str(directory) == "." else ""
    for each in (beside, str(directory), named):
        if each and os.path.isdir(each):  # noqa: PTH112 - unlike Path.is_dir, it raises for no name
            return Path(each)
    return Path()


def _copy_beside(key: str) -> str:
    """Return the folder of the copy beside a key, made where the key is there and the copy is not yet."""
    folder = f"{key}.replica"
    if os.path.isfile(key):  # noqa: PTH113 - unlike Path.is_file, it raises for no name
        with suppress(OSError):
            os.mkdir(folder, 0o700)  # noqa: PTH102 - as above
    return folder


def prepared(directory: Path, stop: CallStop, key: Path | None, now: int) -> tuple[Call, str]:
    """Return a call ready to sound, and why it is unverified, where it is.

    It counts as verified where its key is one that was posted beside the ledger and is valid: whoever hears it is told
    at once, and the ledger decides afterwards.
    """
    if key is None:
        return _unsigned(stop, now), "no key: name one that needs no passphrase with --key, or SAZOKAR_STOP_KEY"
    try:
        content, key_id = _signed(directory, stop, key, now)
    except (SazokarError, OSError) as error:
        return _unsigned(stop, now), f"not signed: {error}"
    why = _doubt(directory, key_id, now)
    return Call(now, not why, content), why


def in_words(action: str, stop: CallStop, now: int) -> tuple[Call, str]:
    """Return a call whose action no agreement knows, in the caller's words; it cannot be signed as one of the known."""
    about = f", about {stop.about}" if stop.about else ""
    text = f"STOP (as typed: {action}) {stop.to or 'to all'}: {stop.place}; {stop.unit}: {stop.reason}{about}"
    # No quotation marks: nothing in it may pass for an envelope.
    return Call(now, False, text.replace('"', "'")), "no action that is known: cease-fire, turn-away or halt"


def carried(path: Path, call: Call) -> str:
    """Return what became of writing a call that has sounded as an envelope too, to be carried elsewhere."""
    from sazokar.doors.files import require_writable, write_atomically
    from sazokar.ledger.parcel import pack

    if '"signatures"' not in call.content:
        return f"--offline: {path} NOT WRITTEN: the call is not signed"
    try:
        if path.exists():
            return f"--offline: {path} NOT WRITTEN: it exists already"
        require_writable(str(path), [])
        write_atomically(str(path), pack(call.content.encode(), {}))
    except (SazokarError, OSError) as error:
        return f"--offline: {path} NOT WRITTEN: {error}"
    return f"written too, to be carried: {path}"


def _unsigned(stop: CallStop, now: int) -> Call:
    return Call(now, False, msgspec.json.encode(stop).decode()[:GREATEST_CALL_BYTES])


def _signed(directory: Path, stop: CallStop, path: Path, now: int) -> tuple[str, str]:
    from sazokar.adapters.entropy_system import SystemEntropy
    from sazokar.app.codec import Stamp, seal
    from sazokar.doors.desk.folder import charter_id
    from sazokar.ledger.keyfile import read_key

    key = read_key(path, None)
    stamp = Stamp(ledger=charter_id(directory), number=_number(path), stated_ms=now, expires_ms=now + 24 * HOUR_MS)
    leaf, _ = seal(stop, stamp, [key], SystemEntropy())
    return leaf.decode(), key.key_id


def _number(path: Path) -> int:
    """Return a running number; 0 where none can be kept: a STOP is taken whatever its number."""
    from sazokar.doors.desk.keyring import next_number

    try:
        return next_number(path, None)
    except (SazokarError, OSError):
        return 0


def _doubt(directory: Path, key_id: str, now: int) -> str:
    """Return why a key is not known to sign for anybody; empty where it is known."""
    from sazokar.doors.desk.posted import read_posted

    try:
        posted = read_posted(directory).keys.get(key_id)
    except SazokarError as error:
        return f"its key could not be looked up: {error}"
    if posted is None:
        return f"the ledger does not know the key {key_id[:16]}…"
    if posted.until_ms and not posted.from_ms <= now < posted.until_ms:
        return f"the key {key_id[:16]}… is not valid now"
    return ""


def sound(spool: Path, call: Call) -> bool:
    """Sound a call, and return whether it lies where every watch that follows the folder sees it."""
    before = _names(spool)
    SpoolAlarm(spool).sound(call.content.encode(), verified=call.verified, sounded_ms=call.sounded_ms)
    try:
        calls, _ = readable_calls(spool, before)
    except OSError:
        return False
    return any(one.content == call.content and one.sounded_ms == call.sounded_ms for one in calls)


def _names(spool: Path) -> frozenset[str]:
    try:
        return call_names(spool)
    except OSError:
        return frozenset()


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a call in the ledger.

    Args:
        ref: Under which reference it is recorded; empty: it is not.
        why: Why it is not.
        later: By what it will be; empty: by nothing.
        loose: It is recorded at a node, as a call that could not be verified.
    """

    ref: str = ""
    why: str = ""
    later: str = ""
    loose: bool = False


SENT: Final = "stop-sent.txt"
"""Beside a copy: digests of the calls that its node has heard."""
MOST_SENT: Final = 1_000
MOST_WAITING: Final = 20
MEANT_MS: Final = 24 * HOUR_MS
"""A STOP that could not be sent for a day is not sent any more: what stands then is said by telephone."""

NEXT = "It is recorded by the next command that opens the ledger to write."
MENDED = "It is recorded once the ledger verifies again; until then it lies in the folder of calls alone."
CARRIED = "Nobody at the node has heard it. The next command with --node sends it; to call again is safe."
OPENED = "It is recorded once the ledger can be opened again; until then it lies in the folder of calls alone."


def recorded(directory: Path, call: Call, wait_s: float) -> Kept:
    """Return the reference under which a call that sounded is recorded, or why it is not, and what will record it."""
    from sazokar.doors.desk.folder import owned, require_ledger

    try:
        require_ledger(directory)
    except (SazokarError, OSError) as error:
        return Kept(why=str(error))
    try:
        with owned(directory, wait_s, quiet=True) as (node, _):
            if node.damage is not None:
                return Kept(why=f"the ledger does not verify: {node.damage}", later=MENDED)
            return _recorded_by(node, call)
    except LedgerHeldError as error:
        return Kept(why=str(error), later=NEXT)
    except (SazokarError, OSError) as error:
        return Kept(why=str(error), later=OPENED)


def posted(node: str, directory: Path, call: Call) -> Kept:
    """Return the reference under which a node has recorded a call that sounded here; else whom to telephone."""
    from sazokar.client import Client

    try:
        with Client(node) as client:
            sounded = client.call_stop(call.content.encode())
    except (SazokarError, OSError) as error:
        return Kept(why=f"{error}. TELEPHONE{telephones(directory)}", later=CARRIED)
    keep_sent(directory, call)
    if sounded.ref:
        return Kept(ref=sounded.ref)
    return Kept(why=f"it sounds at the node. {sounded.reason}".rstrip(), loose=sounded.recorded)


def keep_sent(directory: Path, call: Call) -> None:
    """Remember that a node has heard a call, so that it is not sent once more; where that fails, it is sent twice."""
    path = directory / SENT
    with suppress(OSError):
        kept = [*_sent(directory), digest(call.content)][-MOST_SENT:]
        path.write_text("\n".join(kept) + "\n", encoding="ascii")


def _sent(directory: Path) -> list[str]:
    try:
        with (directory / SENT).open("rb") as file:
            return file.read(MOST_SENT * 10).decode("ascii", "replace").split()
    except OSError:
        return []


def waiting(directory: Path, cases: Iterable[StopCase], now: int) -> list[Call]:
    """Return the calls of a copy's folder that no node has heard yet and that are still meant, in their order.

    What a later call that is recorded says too is not sent: it was called again by hand.
    """
    recorded_cases, sent = list(cases), set(_sent(directory))
    calls, _ = readable_calls(directory / STOPS)
    return [
        call
        for call in calls
        if now - call.sounded_ms < MEANT_MS
        and digest(call.content) not in sent
        and not any(same(case.raw, case.call, call) or is_said_again(case, call) for case in recorded_cases)
    ][:MOST_WAITING]


def is_said_again(case: StopCase, call: Call) -> bool:
    """Return whether a STOP of the ledger says what an earlier call has said."""
    mine, later = call_of(call.content), case.call or call_of(case.raw)
    if mine is None or later is None or case.sounded_ms < call.sounded_ms:
        return False
    return all(getattr(mine, name) == getattr(later, name) for name in ("action", "place", "unit", "to", "about"))


def nodes_of(node: str) -> tuple[str, ...]:
    """Return the addresses at which a call sounds: that of `--node`, and SAZOKAR_NODE's where it is another."""
    named = [node, os.environ.get("SAZOKAR_NODE", "")] if node else []
    return tuple({each.rstrip("/"): each for each in named if each}.values())


def posted_all(nodes: tuple[str, ...], directory: Path, call: Call) -> tuple[Kept, ...]:
    """Return what became of a call at each node; none waits for another that does not answer."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max(1, len(nodes))) as pool:
        return tuple(pool.map(lambda node: posted(node, directory, call), nodes))


def telephones(directory: Path) -> str:
    """Return whom to call, as far as it is known here: every watch that is on now, or the command that knows."""
    from sazokar.doors.desk.posted import read_posted

    now = now_ms()
    try:
        parties = read_posted(directory).parties
    except SazokarError:
        return ": no roster is kept here"
    found = [words for party in parties for words in _reached(party.name, party.watches, now)]
    return f": {'; '.join(found[:12])}" if found else ": no number is in the roster that is kept here"


def _reached(party: str, watches: Sequence[PostedWatch], now: int) -> list[str]:
    """Return how a party is reached: whoever is on watch, else the last that was known, and that it is over."""
    told = [watch for watch in watches if watch.telephones]
    present = [watch for watch in told if watch.from_ms <= now < watch.until_ms]
    if not present:
        over = [watch for watch in told if watch.until_ms <= now]
        last = max(over or told, key=lambda watch: watch.until_ms, default=None)
        present = [last] if last is not None else []
    return [f"{party} {one.number} {' or '.join(one.telephones)}{_over(one, now)}" for one in present]


def _over(watch: PostedWatch, now: int) -> str:
    if watch.until_ms <= now:
        return f" (watch over since {format_instant(watch.until_ms)})"
    return f" (watch from {format_instant(watch.from_ms)})" if now < watch.from_ms else ""


def _recorded_by(node: Node, call: Call) -> Kept:
    from sazokar.doors.desk.folder import record_call

    ref = _ref_of(node.state.stops.values(), call)
    if not ref:  # the folder of calls could not be written: nobody else will record it
        unrecorded = record_call(node, call)
        if unrecorded:
            return Kept(why=unrecorded, later=NEXT)
        ref = _ref_of(node.state.stops.values(), call)
    return Kept(ref=ref) if ref else Kept(why="the ledger did not take it", later=NEXT)


def _ref_of(cases: object, call: Call) -> str:
    from sazokar.domain.state import StopCase

    for case in cases if hasattr(cases, "__iter__") else ():
        if isinstance(case, StopCase) and case.sounded_ms == call.sounded_ms and same(case.raw, case.call, call):
            return case.ref
    return ""


def same(raw: str, stop: CallStop | None, call: Call) -> bool:
    """Return whether a STOP of the ledger is this call: by its bytes, or by the statement within them."""
    if stop is None:
        return is_recorded_as(raw, call.content)
    return stop == call_of(call.content)


def is_recorded_as(raw: str, content: str) -> bool:
    """Return whether words of the ledger are those of a call, or its beginning: of a long call no more is recorded."""
    if raw == content:
        return True
    from sazokar.app.node import GREATEST_CALL

    # The last character may have been cut through, and stands as U+FFFD then.
    return len(raw.encode()) >= GREATEST_CALL - 3 and content.startswith(raw.rstrip("\ufffd"))


class _Body(msgspec.Struct):
    body: CallStop


class _Leaf(msgspec.Struct):
    statement: _Body


def call_of(content: str) -> CallStop | None:
    """Return what a call says, signed or not; None where it cannot be read. Verifies nothing."""
    try:
        return msgspec.json.decode(content, type=_Leaf).statement.body
    except msgspec.MsgspecError:
        pass
    try:
        return msgspec.json.decode(content, type=CallStop)
    except msgspec.MsgspecError:
        return None


def digest(content: str) -> str:
    """Return eight digits by which a call that has no reference is told from others."""
    return sha256(content.encode()).hexdigest()[:8]


def lines(text: str) -> list[str]:
    """Return a sentence in lines of at most 80 columns."""
    from sazokar.doors.wording import fenced

    return textwrap.wrap(fenced(text, 1000), 80, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
