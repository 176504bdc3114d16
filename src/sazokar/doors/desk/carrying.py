"""`export` and `import`: signed envelopes as files, across an air gap: in any order, twice, late (SZK-43)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.node import Node
from sazokar.app.opening import entry_of
from sazokar.domain.disclosure import may_read
from sazokar.domain.fold import fold
from sazokar.domain.state import EMPTY, State
from sazokar.domain.statement import Submission
from sazokar.doors.desk.called import call_of
from sazokar.doors.desk.folder import owned, read_ledger
from sazokar.doors.desk.session import GOOD, ReadingCommand, complain, end, faults, new_app, read_file, say, session_of
from sazokar.doors.desk.statements import refs_of, statement_words
from sazokar.doors.desk.submitting import told
from sazokar.doors.files import require_writable, write_atomically
from sazokar.doors.wording import count, isolated
from sazokar.errors import SazokarError, UnreadableError
from sazokar.ledger.entry import open_envelope
from sazokar.ledger.parcel import pack, unpack
from sazokar.wiring import open_log

app = new_app("Across an air gap.")

LARGEST_PARCEL: Final = 64 * 1024 * 1024
GREATEST_FILES: Final = 10_000


@app.command("import", cls=ReadingCommand)
def import_(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Envelopes, or folders of them.")],
) -> None:
    """Submit signed envelopes that came as files: each is told what became of it; one bad file stops no other."""
    with faults():
        codes = []
        paths = _all_of(files)
        with owned(session_of(ctx).directory) as (node, log):
            for path in paths:
                say(f"{path}:")
                codes.append(_taken_in(node, log, path))
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


def _taken_in(node: Node, log: SqliteLog, path: Path) -> int:
    """Return the exit code of one envelope, having told what became of it."""
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
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The file; with --all, the folder.")],
    ref: Annotated[str, typer.Argument(metavar="REF", help="What the envelope is about, such as N13.")] = "",
    all_mine: Annotated[
        str, typer.Option("--all-mine", metavar="PARTY", help="Every envelope that this party signed.")
    ] = "",
    as_: Annotated[str, typer.Option("--as", metavar="PARTY", help="Only the sections that this party may read.")] = "",
) -> None:
    """Write signed envelopes as files: the newest one about REF, or all that a party signed."""
    with faults():
        if bool(ref) == bool(all_mine):
            raise UnreadableError("REF and --all-mine: expected one of the two")
        directory = session_of(ctx).directory
        if ref:
            require_writable(str(output), [])
        found = _envelopes(directory, ref, all_mine, as_ or all_mine)
        if not found:
            raise UnreadableError(f"{(ref or all_mine)[:60]}: found no envelope in the ledger about it")
        if ref:
            _, content, words = found[-1]
            write_atomically(str(output), content)
            say(f"{output}: {words}")
        else:
            _write_all(output, found)
        say("SIGNED, with its sections: pass it on only to those whom the agreement names.")
    end(GOOD)


def _write_all(folder: Path, found: list[tuple[str, bytes, str]]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnreadableError(f"{folder}: cannot be made a folder ({error.strerror})") from error
    for name, content, words in found:
        write_atomically(str(folder / name), content)
        say(f"{folder / name}: {words}")


def _envelopes(directory: Path, ref: str, party: str, viewer: str) -> list[tuple[str, bytes, str]]:
    """Return the envelopes about a reference, or by a party: file name, content, and what it says."""
    present = read_ledger(directory).state
    if viewer and present.member(viewer) is None:
        raise UnreadableError(f"found the party {viewer[:60]!r}; expected a party of the charter")
    log = open_log(directory, read_only=True)
    found, state = [], EMPTY
    try:
        for stored in log.read(0, present.size):
            entry = entry_of(stored, state)
            state = fold(state, entry)
            if isinstance(entry, Submission) and (entry.party == party or _is_about(entry, ref, present)):
                payloads = {
                    name: content
                    for name, content in stored.payloads.items()
                    if not viewer or may_read(present, entry, name, viewer)
                }
                words = f"entry {stored.position}: {isolated(entry.party)} {statement_words(entry.statement)}"
                found.append((f"{stored.position:06d}-{stored.id[:8]}.json", pack(stored.leaf, payloads), words))
    finally:
        log.close()
    return found


def _is_about(entry: Submission, ref: str, present: State) -> bool:
    return bool(ref) and (
        present.filings.get(entry.id) == ref or ref in refs_of(entry.statement) or entry.id.startswith(ref)
    )
