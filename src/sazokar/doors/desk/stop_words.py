"""The STOPs as an officer sees them: those of the ledger with their ladder, and those that only sounded."""

from __future__ import annotations

from pathlib import Path

from sazokar.adapters.alarm_spool import Call, readable_calls
from sazokar.adapters.ledger_folder import STOPS
from sazokar.domain.state import StopCase
from sazokar.domain.statement import CallStop
from sazokar.doors.desk.called import call_of, digest, is_said_again, same
from sazokar.doors.desk.folder import party_of, read_ledger
from sazokar.doors.desk.session import complain
from sazokar.doors.desk.telling import lasting, stamp
from sazokar.doors.wording import isolated, wrapped
from sazokar.errors import SazokarError

CALL_BACK = "UNVERIFIED – CALL BACK"


def stop_list(directory: Path, *, all_: bool) -> tuple[list[str], int]:
    """Return the STOPs in words, and how many stand; a ledger that cannot be read hides no call, and counts as one."""
    cases: list[StopCase] = []
    doubt = 0
    try:
        found = read_ledger(directory)
        cases = list(found.state.stops.values())
        if found.damage is not None:
            doubt = 1
            complain(f"the ledger does not verify, a STOP of it may be missing or false: {found.damage}")
    except (SazokarError, OSError) as error:
        doubt = 1
        complain(f"only what sounded is shown: {error}")
    calls, faults = readable_calls(directory / STOPS)
    for fault in faults:
        complain(fault)
    loose = unrecorded_calls(calls, cases, copied=bool(party_of(directory)))
    standing = [case for case in cases if not case.released_ms]
    lines = [line for call in loose for line in call_lines(call)]
    for case in sorted(cases if all_ else standing, key=lambda case: case.sounded_ms):
        lines += case_lines(case)
    return lines or ([] if doubt else ["no STOP stands"]), len(loose) + len(standing) + doubt


def unrecorded_calls(calls: list[Call], cases: list[StopCase], *, copied: bool = False) -> list[Call]:
    """Return the calls that sounded and are no STOP of the ledger.

    Args:
        calls: That sounded in a folder.
        cases: The STOPs of its ledger.
        copied: The ledger is a copy: its node was called too, and records when it has heard it, not when it sounded here.
    """
    return [call for call in calls if not any(_is(case, call, copied=copied) for case in cases)]


def _is(case: StopCase, call: Call, *, copied: bool) -> bool:
    if copied and is_said_again(case, call):
        return True
    if case.call is not None and '"signatures"' in call.content:
        # One statement is recorded once, however often it was carried here, and at whichever instant it sounded.
        return same(case.raw, case.call, call)
    return (copied or case.sounded_ms == call.sounded_ms) and same(case.raw, case.call, call)


def call_lines(call: Call) -> list[str]:
    """Return a call that sounded, as it was called."""
    mark = "" if call.verified else f" {CALL_BACK}"
    head = f"STOP {digest(call.content)}{mark}, sounded {stamp(call.sounded_ms)}; not recorded yet"
    stop = call_of(call.content)
    return wrapped(head, 0) + (stop_words(stop) if stop else wrapped(isolated(call.content, 1000)))


def stop_words(stop: CallStop) -> list[str]:
    """Return what a STOP asks for."""
    to = f" (to {isolated(stop.to)})" if stop.to else " (to all)"
    about = f"; about {isolated(stop.about)}" if stop.about else ""
    unit = stop.unit.removeprefix("unit ") if stop.unit == "unit not given" else stop.unit
    reason = stop.reason.removeprefix("reason ") if stop.reason == "reason not given" else stop.reason
    return wrapped(f"{stop.action}{to}: {isolated(stop.place, 600)}") + wrapped(
        f"unit: {isolated(unit, 600)} · reason: {isolated(reason, 2000)}{about}"
    )


def case_lines(case: StopCase) -> list[str]:
    """Return a STOP of the ledger with its ladder, each rung with its latency."""
    by = isolated(case.by) if case.by else f"nobody that could be verified ({CALL_BACK})"
    end = f", RELEASED {stamp(case.released_ms)}" if case.released_ms else ", STANDS"
    lines = wrapped(f"STOP {case.ref} by {by}, sounded {stamp(case.sounded_ms)}{end}", 0)
    stop = case.call or call_of(case.raw)
    lines += stop_words(stop) if stop else wrapped(isolated(case.raw, 1000))
    for step in case.steps[-30:]:
        unit = f" ({isolated(step.unit)})" if step.unit else ""
        lines.append(f"  {step.rung} by {isolated(step.party)}{unit} after {lasting(step.latency_ms)}")
    if not case.steps and not case.released_ms:
        lines.append("  NOT HEARD by anybody")
    return lines
