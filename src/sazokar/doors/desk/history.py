"""`log`: what was said and found, in order; filtered, in words or one JSON object to a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.opening import entry_of, open_ledger, view_of
from sazokar.domain.disclosure import may_read, view
from sazokar.domain.finding import AnyFinding, Findings, Outcome, Taken
from sazokar.domain.fold import fold
from sazokar.domain.plan.instant import format_instant
from sazokar.domain.state import EMPTY
from sazokar.domain.statement import Charter, Submission
from sazokar.doors.desk.distant import folder_of
from sazokar.doors.desk.folder import party_of, require_ledger
from sazokar.doors.desk.looking import require_own
from sazokar.doors.desk.session import (
    GOOD,
    NO,
    ReadingCommand,
    complain,
    end,
    faults,
    instant_of,
    new_app,
    say,
    session_of,
)
from sazokar.doors.desk.statements import kind_of, refs_of, statement_words
from sazokar.doors.desk.telling import finding_lines, stamp
from sazokar.doors.wording import isolated, wrapped
from sazokar.errors import SazokarError, UnreadableError
from sazokar.wiring import open_log

app = new_app("The log.")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One statement with what was found of it, or what the clock found, as a viewer may see it.

    Args:
        position: Of its first entry.
        recorded_ms: When it was recorded.
        outcome: What became of it.
        by: The statement; None: the clock's, or the charter.
        findings: What was found.
        withheld: Sections that the viewer may not read.
    """

    position: int
    recorded_ms: int
    outcome: Outcome
    by: Submission | None
    findings: tuple[AnyFinding, ...]
    withheld: frozenset[str] = frozenset()


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines are wanted."""

    viewer: str = ""
    party: str = ""
    ref: str = ""
    kind: str = ""
    since_ms: int | None = None
    until_ms: int | None = None
    refused: bool = False

    def takes(self, line: Line) -> bool:
        """Return whether a line is wanted."""
        if self.party and (line.by.party if line.by else "") != self.party:
            return False
        if self.kind and not (line.by and kind_of(line.by.statement).startswith(self.kind)):
            return False
        if self.refused and line.outcome not in (Outcome.REFUSED, Outcome.HELD):
            return False
        if self.since_ms is not None and line.recorded_ms < self.since_ms:
            return False
        if self.until_ms is not None and line.recorded_ms >= self.until_ms:
            return False
        if self.viewer and line.by is None and not line.findings:
            return False
        return not self.ref or self.ref in _refs(line)


def _refs(line: Line) -> set[str]:
    found = {str(getattr(finding, "ref", "")) for finding in line.findings}
    return found | set(refs_of(line.by.statement) if line.by else ())


@app.command(cls=ReadingCommand)
def log(  # each parameter is a filter that a person types
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="Only what is about this notice, conflict or STOP.")] = "",
    party: Annotated[str, typer.Option(help="Only what this party stated.")] = "",
    as_: Annotated[str, typer.Option("--as", metavar="PARTY", help="Only what that party may see.")] = "",
    kind: Annotated[str, typer.Option(help="Only statements of a kind: notice, notice.file, stop, key, …")] = "",
    since: Annotated[str, typer.Option(help="From this instant on, with its zone.")] = "",
    until: Annotated[str, typer.Option(help="Before this instant.")] = "",
    refused: Annotated[bool, typer.Option("--refused", help="Only what was returned or held.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object to a line.")] = False,
    last: Annotated[int, typer.Option(min=0, help="Only so many lines, the newest; 0: all.")] = 0,
) -> None:
    """Show the log: who said what when, and what was found. Exit code 1 where the ledger is damaged."""
    with faults():
        wanted = Wanted(
            viewer=as_, party=party, ref=ref, kind=kind, refused=refused,
            since_ms=instant_of(since, "--since") if since else None, until_ms=instant_of(until, "--until") if until else None,
        )  # fmt: skip
        reader = Reader(folder_of(session_of(ctx)), as_)
        lines = [line for line in reader.lines() if wanted.takes(line)]
        for line in lines[-last:] if last > 0 else lines:
            for text in [as_json(line, as_)] if json else line_words(line):
                say(text)
        if not lines and not json and reader.damage is None and (kind or party or ref):
            say("nothing of that kind")
        if reader.damage is not None:
            complain(f"DAMAGED: {reader.damage}")
    end(GOOD if reader.damage is None else NO)


class Reader:
    """Reads a ledger's lines in order, from its beginning on, and goes on where it stopped.

    Whenever the ledger has grown, all of it is verified before a line is given: no line is given of the damaged entry,
    or of one after it, and none at all where the damage cannot be told to be in one entry.

    Args:
        directory: Folder of the ledger.
        viewer: As which party; empty: all of it.
    """

    def __init__(self, directory: Path, viewer: str = "") -> None:
        require_ledger(directory)
        self._directory = directory
        self._party = party_of(directory)
        require_own(self._party, viewer)
        self._viewer = viewer or self._party
        self.state = EMPTY
        self.damage: SazokarError | None = None

    def lines(self) -> Iterator[Line]:
        """Give every line after those given before."""
        log = open_log(self._directory, read_only=True)
        try:
            end = self._verified(log)
            own = view_of(log, self._party) if end else ""
            for stored in log.read(self.state.size, end):
                entry = entry_of(stored, self.state, own)
                before, self.state = self.state, fold(self.state, entry)
                if isinstance(entry, Findings):
                    yield self._line(entry, before.pending)
                elif isinstance(entry, Charter) and not self._viewer:
                    yield Line(position=0, recorded_ms=entry.created_ms, outcome=Outcome.TAKEN, by=None, findings=())
        except SazokarError as error:
            if isinstance(error, UnreadableError):
                raise
            self.damage = error
        finally:
            log.close()

    def _verified(self, log: SqliteLog) -> int:
        """Return up to which entry a line may be given.

        Raises:
            UnreadableError: The viewer is no party of the charter.
        """
        if self.damage is not None or log.size() == self.state.size:
            return self.state.size
        opened = open_ledger(log, self._party)
        if opened.damage is None:
            if self._viewer and opened.state.member(self._viewer) is None:
                raise UnreadableError(f"--as: found {self._viewer[:60]!r}; expected a party of the charter")
            return opened.tree.size
        self.damage = opened.damage
        return max(self.state.size, opened.damage.position or 0)

    def _line(self, entry: Findings, by: Submission | None) -> Line:
        found = entry.findings or ()
        withheld: frozenset[str] = frozenset()
        if self._viewer:
            found = view(self.state, entry, by.party if by else "", self._viewer)
            withheld = frozenset(
                name for name in _sections(by) if by and not may_read(self.state, by, name, self._viewer)
            )
        return Line(
            position=self.state.size - (2 if by else 1), recorded_ms=entry.recorded_ms, outcome=entry.outcome, by=by,
            findings=found, withheld=withheld,
        )  # fmt: skip


def _sections(by: Submission | None) -> tuple[str, ...]:
    from sazokar.app.codec import sections_of

    return tuple(sections_of(type(by.statement))) if by is not None else ()


def line_words(line: Line) -> list[str]:
    """Return a line of the log as an officer reads it."""
    head = f"{stamp(line.recorded_ms)} {line.position:>5}"
    if line.by is None:
        founded = line.position == 0
        what = "the ledger is founded" if founded else "the clock" if line.findings else "the node"
        return wrapped(f"{head} {what}", 0) + _found(line)
    who = f"{isolated(line.by.party)} {isolated(line.by.officer) or 'root'}"
    mark = {Outcome.REFUSED: "RETURNED: ", Outcome.HELD: "HELD, NOT DELIVERED: "}.get(line.outcome, "")
    return wrapped(f"{head} {mark}{who} {statement_words(line.by.statement)}{_ref_given(line)}", 0) + _found(line)


def _ref_given(line: Line) -> str:
    ref = next((finding.ref for finding in line.findings if isinstance(finding, Taken)), "")
    return f" → {ref}" if 0 < len(ref) < 20 else ""


def _found(line: Line) -> list[str]:
    return [text for finding in line.findings[:200] for text in finding_lines(finding, indent=10)]


def as_json(line: Line, viewer: str) -> str:
    """Return a line of the log as one JSON object; sections that the viewer may not read are left out and named."""
    value: dict[str, object] = {
        "position": line.position,
        "recorded": format_instant(line.recorded_ms),
        "outcome": line.outcome,
        "findings": line.findings,
    }
    if line.by is not None:
        hidden = dict.fromkeys(line.withheld)
        value |= {
            "id": line.by.id,
            "party": line.by.party,
            "officer": line.by.officer,
            "kind": kind_of(line.by.statement),
            "statement": msgspec.structs.replace(line.by.statement, **hidden) if hidden else line.by.statement,
            "withheld": sorted(line.withheld | line.by.withheld),
        }
    return msgspec.json.encode(value).decode()
