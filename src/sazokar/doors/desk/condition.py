"""`state`: how the ledger itself is: its size, whether it is final, what is damaged, what waits to be recorded."""

from __future__ import annotations

from pathlib import Path

import typer

from sazokar.adapters.alarm_spool import readable_calls
from sazokar.adapters.ledger_folder import STOPS
from sazokar.app.opening import open_ledger
from sazokar.app.shown import SHOWN, seen_level
from sazokar.domain.state import Notice, State
from sazokar.doors.desk.agreements import standing
from sazokar.doors.desk.cosigners import cosigned_by
from sazokar.doors.desk.distant import folder_of, node_fault
from sazokar.doors.desk.folder import party_of, require_ledger
from sazokar.doors.desk.session import GOOD, NO, ReadingCommand, end, faults, new_app, now_ms, say, session_of
from sazokar.doors.desk.stop_words import unrecorded_calls
from sazokar.doors.desk.telling import lasting, stamp
from sazokar.doors.wording import count, isolated, wrapped
from sazokar.wiring import open_log

app = new_app("The ledger.")


@app.command(cls=ReadingCommand)
def state(ctx: typer.Context) -> None:
    """Show how the ledger is. Exit code 1 where it is damaged."""
    with faults():
        session = session_of(ctx)
        lines, damaged = condition_lines(folder_of(session))
        fault = node_fault(session) if session.node else ""
        for line in wrapped(fault, 0) + lines if fault else lines:
            say(line)
        if fault and not damaged:
            say("  Your copy verifies: what it holds is proven.")
    end(NO if damaged or fault else GOOD)


def condition_lines(directory: Path) -> tuple[list[str], bool]:
    """Return the ledger's condition in words, and whether it is damaged."""
    require_ledger(directory)
    log = open_log(directory, read_only=True)
    try:
        opened = open_ledger(log, party_of(directory))
        size, cosigned = log.size(), log.cosigned()
        rejected = len(log.rejected())
    finally:
        log.close()
    state, now, viewer = opened.state, now_ms(), party_of(directory)
    name = isolated(state.charter.name) if state.charter else "a ledger without a charter"
    lines = wrapped(f"{name}: {count(size, 'entry').replace('entrys', 'entries')}, ledger {opened.charter_id[:16]}…", 0)
    if opened.damage is not None:
        lines += wrapped(f"DAMAGED: {opened.damage}")
        lines += wrapped("No new notice or verdict is taken. STOP, the roster and the telephone numbers work.")
    else:
        lines.append("  verifies: every hash, and the node's signature on its head")
    lines += wrapped(_final_words(state, size, cosigned, copied=bool(viewer)))
    lines += [f"  last recorded {stamp(state.recorded_ms)}, {lasting(now - state.recorded_ms)} ago"]
    lines += wrapped(standing(state))
    live = sum(_binds(state, notice, viewer, now) for notice in state.notices.values())
    cases = sum(case.is_live for case in state.cases.values())
    stops = sum(not case.released_ms for case in state.stops.values())
    lines += wrapped(f"{count(live, 'live notice')}, {count(cases, 'live conflict')}, {count(stops, 'standing STOP')}")
    lines += [f"  {count(rejected, 'envelope')} rejected (security log)"] if rejected else []
    loose = unrecorded_calls(
        readable_calls(directory / STOPS)[0], list(state.stops.values()), copied=bool(party_of(directory))
    )
    lines += [f"  {count(len(loose), 'STOP')} SOUNDED AND NOT RECORDED YET"] if loose else []
    return lines, opened.damage is not None


def _binds(state: State, notice: Notice, viewer: str, now: int) -> bool:
    """Return whether a notice is live, as its viewer sees it: a copy is not told when those of others end."""
    if not viewer:
        return notice.is_live
    seen = seen_level(state, notice, viewer)[0] in SHOWN
    return seen and notice.is_live and (notice.end_ms is None or notice.end_ms > now)


def _final_words(state: State, size: int, cosigned: bytes | None, *, copied: bool) -> str:
    if state.charter is None:
        return "not final"
    if cosigned is None and copied:
        return "finality not known here: the node has told of no cosigned checkpoint"
    checkpoint, parties = cosigned_by(state, cosigned) if cosigned is not None else (None, frozenset())
    quorum = state.charter.quorum
    if checkpoint is None or len(parties) < quorum:
        have = f"{len(parties)} of {quorum} cosignatures"
        return f"NOT FINAL: {have}; work goes on (sazokar cosign)"
    names = ", ".join(isolated(party) for party in sorted(parties))
    if checkpoint.size < size:
        return f"final up to entry {checkpoint.size - 1} ({names}); {size - checkpoint.size} NOT FINAL yet"
    return f"FINAL: cosigned by {names}"
