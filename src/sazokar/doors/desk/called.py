"""A STOP as it is called: signed where a key lies ready, unsigned where none does; sounded first, then recorded.

Nothing here raises for a missing key, a full disk, a held or a damaged ledger: each is a sentence for the caller.
"""

from __future__ import annotations

import textwrap
import time
from hashlib import sha256
from pathlib import Path

import msgspec

from sazokar.adapters.alarm_spool import GREATEST_CALL_BYTES, Call, readable_calls
from sazokar.domain.statement import CallStop
from sazokar.errors import SazokarError

HOUR_MS = 3_600_000


def now_ms() -> int:
    """Return the machine's time, ms since the Unix epoch."""
    return time.time_ns() // 1_000_000


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


def spooled(spool: Path, call: Call) -> int:
    """Return how many calls of these very bytes lie in the folder of calls."""
    try:
        calls, _ = readable_calls(spool, f"{call.sounded_ms:015d}")
    except OSError:
        return 0
    return sum(one.content == call.content and one.sounded_ms == call.sounded_ms for one in calls)


def recorded(directory: Path, call: Call, wait_s: float) -> tuple[str, str]:
    """Return the reference under which a call that sounded is recorded, or why it is not yet."""
    from sazokar.doors.desk.folder import owned, record_call

    try:
        with owned(directory, wait_s, quiet=True) as (node, _):
            if node.damage is not None:
                return "", f"the ledger does not verify: {node.damage}"
            ref = _ref_of(node.state.stops.values(), call)
            if not ref:  # the folder of calls could not be written: nobody else will record it
                unrecorded = record_call(node, call)
                if unrecorded:
                    return "", unrecorded
                ref = _ref_of(node.state.stops.values(), call)
            return ref, "" if ref else "the ledger did not take it"
    except (SazokarError, OSError) as error:
        return "", str(error)


def _ref_of(cases: object, call: Call) -> str:
    from sazokar.domain.state import StopCase

    for case in cases if hasattr(cases, "__iter__") else ():
        if isinstance(case, StopCase) and case.sounded_ms == call.sounded_ms and same(case.raw, case.call, call):
            return case.ref
    return ""


def same(raw: str, stop: CallStop | None, call: Call) -> bool:
    """Return whether a STOP of the ledger is this call: by its bytes, or by the statement within them."""
    if stop is None:
        return raw == call.content
    return stop == call_of(call.content)


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
