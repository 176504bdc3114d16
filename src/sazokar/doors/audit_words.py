"""What an audit found, in words at 80 columns. Audits nothing (`app.audit` does)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sazokar.adapters.ledger_folder import LEDGER
from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.audit import Audit, Told, audit
from sazokar.app.comparing import EQUIVALENT_MM, EQUIVALENT_MS
from sazokar.app.rejudging import Doubt
from sazokar.doors.desk.folder import party_of
from sazokar.doors.told import finding_words
from sazokar.doors.wording import clean, wrapped
from sazokar.errors import UnreadableError
from sazokar.version import ENGINE

GREATEST_SHOWN: Final = 50
"""At most this many of each kind are printed."""
WHOLE, DIFFERS = 0, 1


def audit_path(path: str) -> tuple[str, int]:
    """Return what the audit of a ledger's file, or of the folder that holds it, found, and the exit code.

    Raises:
        SazokarError: There is no such ledger, or it cannot be opened at all.
    """
    file = Path(path) / LEDGER if Path(path).is_dir() else Path(path)
    if not file.is_file():
        raise UnreadableError(f"{file}: found no ledger; expected the folder of one, or its file")
    log = SqliteLog(file, read_only=True)
    try:
        found = audit(log, party_of(file.parent) if file.name == LEDGER else "")
    finally:
        log.close()
    return render(found), DIFFERS if found.differences.count else WHOLE


def render(found: Audit) -> str:
    """Return what an audit found, in words."""
    return "\n".join(line for part in (_verdict(found), _looked_at(found), _details(found)) for line in part) + "\n"


def _verdict(found: Audit) -> Iterator[str]:
    number = found.differences.count
    if number:
        yield f"{number:,} DIFFERENCE{'' if number == 1 else 'S'} in {_counted(found.size, 'entry')}."
    else:
        yield f"ALL AS RECORDED: {_counted(found.size, 'entry')}, judged again."


def _looked_at(found: Audit) -> Iterator[str]:
    tally = found.tally
    yield f"  Signatures that hold: {tally.signatures:,}. Entries that follow one another: {tally.entries:,}."
    yield f"  Statements judged again: {tally.statements:,}; conflicts found again: {tally.conflicts:,}."
    yield f"  Views compared with what the clauses let see: {tally.views:,}."
    yield f"  Cosigned checkpoints that the ledger still begins with: {found.checkpoints:,}."
    yield f"  Pairs in conflict among what is live, by brute force: {found.live:,}."
    for engine in sorted(tally.engines - {ENGINE}):
        yield f"  Some verdicts name {clean(engine)}; they were judged again by {ENGINE}."


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun if number == 1 else noun.replace('entry', 'entries')}"


def _details(found: Audit) -> Iterator[str]:
    yield from _listed("DIFFERENCES", found.differences)
    bound = f"EQUIVALENT (distances within {EQUIVALENT_MM} mm, instants within {EQUIVALENT_MS:,} ms)"
    yield from _listed(bound, found.equivalent)
    yield from _listed("NOT CHECKABLE (withheld or erased)", found.unchecked)


def _listed(title: str, told: Told) -> Iterator[str]:
    if not told.count:
        return
    yield f"{title}: {told.count:,}"
    for doubt in told.kept[:GREATEST_SHOWN]:
        yield from _doubt(doubt)
    if told.count > GREATEST_SHOWN:
        yield f"  and {told.count - GREATEST_SHOWN:,} more"


def _doubt(doubt: Doubt) -> Iterator[str]:
    yield from wrapped(f"entry {doubt.position}: {clean(doubt.what, 2000)}")
    for label, findings in (("recorded", doubt.recorded), ("found", doubt.found)):
        for finding in findings[:GREATEST_SHOWN]:
            yield from wrapped(f"{label}: {finding_words(finding) or 'taken'}", 6)
