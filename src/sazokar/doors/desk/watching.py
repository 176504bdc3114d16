"""`watch`: follows the ledger and the folder of STOP calls; a bell for STOP; delivery is recorded where that can be."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Final

import typer

from sazokar.adapters.alarm_spool import Call, call_names, readable_calls
from sazokar.adapters.ledger_folder import LEDGER, STOPS
from sazokar.domain.disclosure import level_of
from sazokar.domain.finding import Sounded
from sazokar.domain.notice import OperationState
from sazokar.domain.state import State
from sazokar.doors.desk.distant import folder_of
from sazokar.doors.desk.folder import owned, party_of
from sazokar.doors.desk.following import Following
from sazokar.doors.desk.history import Line, Reader, line_words
from sazokar.doors.desk.looking import Look, require_own
from sazokar.doors.desk.session import GOOD, NO, ReadingCommand, complain, end, faults, new_app, now_ms, say, session_of
from sazokar.doors.desk.stop_words import call_lines, case_lines, unrecorded_calls
from sazokar.doors.desk.telling import stamp
from sazokar.doors.wording import count, isolated
from sazokar.errors import SazokarError, UnreadableError

app = new_app("The watch.")

BELL: Final = "\a"
POLL_S: Final = 0.5
TICK_S: Final = 10.0
"""How often deadlines that have passed are recorded while somebody watches."""
DELIVERY_WAIT_S: Final = 0.5


@app.command(cls=ReadingCommand)
def watch(
    ctx: typer.Context,
    as_: Annotated[
        str, typer.Option("--as", metavar="PARTY", help="Your party: what it may see; delivery is recorded.")
    ] = "",
    once: Annotated[bool, typer.Option("--once", help="Show the whole log once, record delivery, and end.")] = False,
    all_: Annotated[
        bool, typer.Option("--all", help="Begin with the whole log, not with what comes from now on.")
    ] = False,
) -> None:
    """Follow the ledger and every STOP until you press Ctrl-C. A STOP rings the bell, ledger or no ledger."""
    with faults():
        session = session_of(ctx)
        directory = folder_of(session, always=True)
        owner = party_of(directory)
        require_own(owner, as_)
        watcher = Watcher(directory, as_ or owner)
        watcher.begin(all_=all_ or once)
        following = Following(session) if session.node and not once else None
        while not once:
            if following is None:
                time.sleep(POLL_S)
            else:
                for heard in following.heard():
                    watcher.ring(heard)
                following.sync()
            watcher.look()
    end(NO if watcher.deaf else GOOD)


class Watcher:
    """What one watch has seen so far.

    Args:
        directory: Folder of the ledger.
        party: Whose watch; empty: the node's.
    """

    def __init__(self, directory: Path, party: str) -> None:
        self._directory = directory
        self._party = party
        self._copied = bool(party_of(directory))
        self._reader: Reader | None = None
        self._seen: frozenset[str] = frozenset()
        self._ticked = 0.0
        self._told = ""
        self.deaf = False

    def begin(self, *, all_: bool) -> None:
        """Show what stands, or the whole log; every STOP that sounded and is not recorded is shown in any case."""
        say(f"WATCH {isolated(self._party) or 'of the node'}, {stamp(now_ms())}; Ctrl-C ends it")
        lines = self._lines()
        for line in lines if all_ else ():
            self._show(line, quiet=True)
        self._seen = call_names(self._directory / STOPS)
        calls, _ = readable_calls(self._directory / STOPS)
        for call in unrecorded_calls(calls, list(self._state().stops.values()), copied=self._copied):
            self._ring(call_lines(call))
        self._seen |= {call.name for call in calls}
        self._settle()

    def look(self) -> None:
        """Show what is new: STOP calls first."""
        present = call_names(self._directory / STOPS)
        calls, faults_found = readable_calls(self._directory / STOPS, self._seen)
        for call in calls:
            self._ring(call_lines(call))
        # No more is remembered than lies there.
        self._seen = (self._seen & present) | {call.name for call in calls}
        for fault in faults_found:
            self._complain_once(fault)
        for line in self._lines():
            self._show(line)
        self._settle()

    def _lines(self) -> list[Line]:
        """Return the ledger's new lines; a ledger that is away or damaged is told of once, and the STOPs go on."""
        if not (self._directory / LEDGER).is_file():
            self.deaf = True
            self._complain_once(f"{self._directory}: holds no ledger; STOP calls are followed all the same")
            return []
        try:
            if self._reader is None:
                self._reader = Reader(self._directory, self._party)
            lines = list(self._reader.lines())
        except UnreadableError:
            raise
        except SazokarError as error:
            self.deaf = True
            self._complain_once(f"the ledger cannot be followed: {error}; STOP calls are followed all the same")
            return []
        if self._reader.damage is not None:
            self.deaf = True
            self._complain_once(f"DAMAGED: {self._reader.damage}; STOP calls are followed all the same")
        return lines

    def _state(self) -> State:
        return self._reader.state if self._reader is not None else State()

    def _show(self, line: Line, *, quiet: bool = False) -> None:
        if self._party and line.by is None and not line.findings:
            return
        is_stop = any(isinstance(finding, Sounded) for finding in line.findings)
        text = line_words(line)
        if is_stop and not quiet:
            self._ring(text + self._called(line))
        else:
            say("\n".join(text))

    def _called(self, line: Line) -> list[str]:
        """Return what a STOP calls for that no statement of the log says: one that came unsigned, or could not be verified."""
        if line.by is not None:
            return []
        sounded = {finding.sounded_ms for finding in line.findings if isinstance(finding, Sounded)}
        cases = [case for case in self._state().stops.values() if case.raw and case.sounded_ms in sounded]
        return [text for case in cases for text in case_lines(case)]

    def ring(self, call: Call) -> None:
        """Ring for a STOP that sounds at the node, before it is in the ledger."""
        self._ring(call_lines(call))

    def _ring(self, lines: list[str]) -> None:
        say(BELL * 3 + "!" * 80)
        say("\n".join(lines))
        say("!" * 80)

    def _settle(self) -> None:
        """Record delivery to this party, and from time to time the deadlines; where another owns the ledger, say so."""
        if self._copied:
            return  # the node records what its stream has delivered, and its own deadlines
        undelivered = undelivered_to(self._state(), self._party, self._directory) if self._party else []
        due = time.monotonic() - self._ticked >= TICK_S
        if not (undelivered or due) or self.deaf:
            return
        self._ticked = time.monotonic()
        try:
            with owned(self._directory, DELIVERY_WAIT_S) as (node, _):
                unrecorded = node.delivered(self._party, undelivered) if undelivered else node.tick()
        except (SazokarError, OSError) as error:
            self._complain_once(f"delivery and deadlines NOT RECORDED: {error}")
            return
        if unrecorded is not None:
            self._complain_once(f"delivery NOT RECORDED: {unrecorded.reason}")
        elif undelivered:
            self._told = ""
            say(
                f"delivered to {isolated(self._party)}: {', '.join(undelivered[:8])}{' …' if len(undelivered) > 8 else ''}"
            )
            say(f"  {count(len(undelivered), 'item')} to be read: sazokar ack REF")

    def _complain_once(self, message: str) -> None:
        if message != self._told:
            self._told = message
            complain(message)


def undelivered_to(state: State, party: str, directory: Path) -> list[str]:
    """Return the live notices and conflicts that a party sees, and that were not delivered to it in this version."""
    look = Look(directory=directory, state=state, now_ms=now_ms(), viewer=party)
    notices = [
        notice
        for notice in state.notices.values()
        if notice.party != party
        and notice.state not in (OperationState.ENDED, OperationState.HELD)
        and level_of(state, notice, party)[0] in ("extent-only", "everything")
    ]
    cases = [case for case in state.cases.values() if case.is_live and look.hears_of(case)]
    acks = {notice.ref: (notice.version, notice.acks) for notice in notices}
    acks |= {case.ref: (case.version, case.acks) for case in cases}
    return sorted(
        ref
        for ref, (version, given) in acks.items()
        if not any((ack.party, ack.rung, ack.version) == (party, "delivered", version) for ack in given)
    )
