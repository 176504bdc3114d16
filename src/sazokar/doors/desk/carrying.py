"""`export` and `import`: signed envelopes as files, across an air gap: in any order, twice, late (SZK-43)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.node import Node
from sazokar.app.opening import entry_of, view_of
from sazokar.app.ports import Stored
from sazokar.domain.disclosure import may_read
from sazokar.domain.finding import Findings, Outcome, Taken
from sazokar.domain.fold import fold
from sazokar.domain.state import EMPTY, State
from sazokar.domain.statement import ProposeDraft, Statement, Submission
from sazokar.doors.desk.called import call_of
from sazokar.doors.desk.distant import DistantNode, folder_of, line_of
from sazokar.doors.desk.folder import genuine, owned, party_of
from sazokar.doors.desk.looking import require_own
from sazokar.doors.desk.session import GOOD, ReadingCommand, complain, end, faults, new_app, read_file, say, session_of
from sazokar.doors.desk.statements import statement_words
from sazokar.doors.desk.submitting import told
from sazokar.doors.files import require_writable, write_atomically
from sazokar.doors.wording import count, isolated
from sazokar.errors import ForkedError, SazokarError, UnreadableError
from sazokar.ledger.entry import open_envelope
from sazokar.ledger.parcel import pack, unpack
from sazokar.wiring import open_log

app = new_app("Across an air gap.")

LARGEST_PARCEL: Final = 64 * 1024 * 1024
GREATEST_FILES: Final = 10_000
LEAST_ID: Final = 8
"""So many digits name an entry or a draft."""


@app.command("import", cls=ReadingCommand)
def import_(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Envelopes, or folders of them.")],
) -> None:
    """Submit signed envelopes that came as files: each is told what became of it; one bad file stops no other."""
    with faults():
        paths = _all_of(files)
        session = session_of(ctx)
        if session.node:
            codes = [_sent_on(line_of(session), path) for path in paths]
        else:
            with owned(session.directory) as (node, log):
                codes = [_taken_in(node, log, path) for path in paths]
        say(
            f"{count(len(paths), 'envelope')}: {codes.count(0)} taken, {codes.count(1)} returned, {codes.count(2)} not read"
        )
    end(max(codes, default=GOOD))


def _all_of(files: list[Path]) -> list[Path]:
    """Return the files, and those in the folders named, in order of their names."""
    found: list[Path] = []
    for path in files:
        found += sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not found:
        raise UnreadableError("found no envelope; expected files, or folders with .json files")
    if len(found) > GREATEST_FILES:
        raise UnreadableError(f"found {len(found):,} files; expected at most {GREATEST_FILES:,} at once")
    return found


def _sent_on(line: DistantNode, path: Path) -> int:
    """Return the exit code of one envelope that was sent to a node, having told what became of it."""
    say(f"{path}:")
    try:
        answer = line.client.carry(*unpack(read_file(path, LARGEST_PARCEL)))
    except ForkedError:
        raise
    except SazokarError as error:
        complain(f"{path}: NOT TAKEN: {error}")
        return 2
    return told(answer, None)


def _taken_in(node: Node, log: SqliteLog, path: Path) -> int:
    """Return the exit code of one envelope, having told what became of it."""
    say(f"{path}:")
    try:
        leaf, payloads = unpack(read_file(path, LARGEST_PARCEL))
        if (ref := recorded_stop(node, log, leaf)) is not None:
            say(f"STOP {ref}: it was in the ledger already, and does not sound again".replace("  ", " "))
            return GOOD
        answer = node.submit(leaf, payloads)
    except SazokarError as error:
        complain(f"{path}: NOT READ: {error}")
        return 2
    return told(answer, None, damaged=node.damage is not None)


def recorded_stop(node: Node, log: SqliteLog, leaf: bytes) -> str | None:
    """Return the reference of a STOP that the ledger holds already; None where it is no STOP, or a new one."""
    text = leaf.decode("utf-8", "replace")
    stop = call_of(text)
    if stop is None:
        return None
    cases = [case for case in node.state.stops.values() if text == case.raw or (case.call == stop and not case.raw)]
    known = any(case.raw for case in cases) or log.position_of(open_envelope(leaf).id) is not None
    return (cases[0].ref if cases else "") if known else None


@app.command(cls=ReadingCommand)
def export(
    ctx: typer.Context,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The file; with --all-mine, the folder.")
    ],
    ref: Annotated[
        str, typer.Argument(metavar="REF", help="A notice, STOP, incident, round or draft; or an entry by its id.")
    ] = "",
    all_mine: Annotated[
        str, typer.Option("--all-mine", metavar="PARTY", help="Every envelope that this party signed.")
    ] = "",
    as_: Annotated[str, typer.Option("--as", metavar="PARTY", help="Only the sections that this party may read.")] = "",
) -> None:
    """Write signed envelopes: the newest that was taken as REF or amended it, by its owner; or all that a party signed."""
    with faults():
        if bool(ref) == bool(all_mine):
            raise UnreadableError("REF and --all-mine: expected one of the two")
        directory = folder_of(session_of(ctx))
        found = genuine(directory)
        state = found.state
        viewer = as_ or all_mine or found.party
        require_own(found.party, as_)
        if viewer and state.member(viewer) is None:
            raise UnreadableError(f"found the party {viewer[:60]!r}; expected a party of the charter")
        if ref:
            require_writable(str(output), [])
            _write_one(output, _newest(_made_by(directory, ref), ref), state, viewer)
        else:
            mine = [each for each in _envelopes(directory) if each.by.party == all_mine]
            if not mine:
                raise UnreadableError(f"{all_mine[:60]}: found no envelope in the ledger that it signed")
            _write_all(output, mine, state, viewer)
        say("SIGNED, with its sections: pass it on only to those whom the agreement names.")
    end(GOOD)


class _Envelope(msgspec.Struct, frozen=True):
    """A signed envelope of the ledger, and what was found of it."""

    stored: Stored
    by: Submission
    found: Findings

    def packed(self, state: State, viewer: str) -> bytes:
        """Return it as a file, with the sections that a viewer may read; all of them for the node."""
        payloads = {
            name: content
            for name, content in self.stored.payloads.items()
            if not viewer or may_read(state, self.by, name, viewer)
        }
        return pack(self.stored.leaf, payloads)

    def words(self) -> str:
        """Return what it says, in a line."""
        return f"entry {self.stored.position}: {isolated(self.by.party)} {statement_words(self.by.statement)}"


def _write_one(output: Path, envelope: _Envelope, state: State, viewer: str) -> None:
    write_atomically(str(output), envelope.packed(state, viewer))
    say(f"{output}: {envelope.words()}")


def _write_all(folder: Path, found: list[_Envelope], state: State, viewer: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnreadableError(f"{folder}: cannot be made a folder ({error.strerror})") from error
    for envelope in found:
        stored = envelope.stored
        _write_one(folder / f"{stored.position:06d}-{stored.id[:8]}.json", envelope, state, viewer)


def _newest(made: list[_Envelope], ref: str) -> _Envelope:
    if not made:
        raise UnreadableError(
            f"{ref[:60]}: found no envelope that was taken as it; expected a notice, STOP, incident, round or draft. "
            "What was said about it: sazokar log REF; a conflict's proof: sazokar bundle REF"
        )
    return made[-1]


def _made_by(directory: Path, ref: str) -> list[_Envelope]:
    """Return the envelopes that made a reference what it is: taken as it, or amendments of it by its owner, taken too.

    What others said about it, and what was returned, is none of them: who imports one would file another's words.
    """
    return [
        each
        for each in _envelopes(directory)
        if each.found.outcome is Outcome.TAKEN
        and (
            any(isinstance(one, Taken) and one.ref == ref for one in each.found.findings or ())
            or (len(ref) >= LEAST_ID and (each.by.id.startswith(ref) or _draft_of(each.by.statement).startswith(ref)))
        )
    ]


def _draft_of(statement: Statement) -> str:
    return statement.draft if isinstance(statement, ProposeDraft) else ""


def _envelopes(directory: Path) -> Iterator[_Envelope]:
    """Give every envelope of a ledger that was verified, with what was found of it."""
    log = open_log(directory, read_only=True)
    state, before = EMPTY, None
    try:
        own = view_of(log, party_of(directory))
        for stored in log.read(0):
            entry = entry_of(stored, state, own)
            if isinstance(entry, Findings) and before is not None and state.pending is not None:
                yield _Envelope(before, state.pending, entry)
            before = stored
            state = fold(state, entry)
    finally:
        log.close()
