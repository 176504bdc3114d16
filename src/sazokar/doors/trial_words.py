"""What a draft would have judged otherwise, in words at 80 columns. Tries nothing (`app.trial` does), writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sazokar.adapters.ledger_folder import LEDGER
from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.opening import open_ledger
from sazokar.app.trial import Kind, Otherwise, Trial, try_draft
from sazokar.dialects import agreement as dialect
from sazokar.domain.finding import Lateness, Raised, Refusal
from sazokar.doors.desk.folder import party_of
from sazokar.doors.testimony import read_bounded
from sazokar.doors.told import clause_words, instant_words
from sazokar.doors.wording import clean, duration_words, span_words, wrapped
from sazokar.errors import DamagedError, UnreadableError

GREATEST_SHOWN: Final = 500
"""At most this many differences are printed."""


def try_file(draft: str, ledger: str) -> str:
    """Return what a draft would have judged otherwise in the past of a ledger.

    Args:
        draft: An AGREEMENT.toml.
        ledger: A ledger's file, or the folder that holds it.

    Raises:
        SazokarError: A file cannot be read, or the ledger does not verify.
    """
    agreement = dialect.read(read_bounded(draft, dialect.GREATEST_BYTES), draft)
    file = Path(ledger) / LEDGER if Path(ledger).is_dir() else Path(ledger)
    if not file.is_file():
        raise UnreadableError(f"{file}: found no ledger; expected the folder of one, or its file")
    if file.name == LEDGER and (owner := party_of(file.parent)):
        raise UnreadableError(f"{file}: is {owner}'s copy, without what others filed; try a draft on the node's own")
    log = SqliteLog(file, read_only=True)
    try:
        if (damage := open_ledger(log).damage) is not None:
            raise DamagedError(f"{file}: DAMAGED: {damage}", damage.position)
        trial = try_draft(log, agreement)
    finally:
        log.close()
    return render(trial, clean(draft))


def render(trial: Trial, draft: str) -> str:
    """Return what a trial found, in words."""
    return "\n".join(_lines(trial, draft)) + "\n"


def _lines(trial: Trial, draft: str) -> Iterator[str]:
    number = len(trial.otherwise) + trial.more
    notices = f"{trial.notices:,} notice{'' if trial.notices == 1 else 's'}, amendments and questions counted"
    if number:
        yield from wrapped(f"By {draft}, {number:,} would have been judged otherwise ({notices}).", 0)
    else:
        yield from wrapped(f"By {draft}, nothing would have been judged otherwise ({notices}).", 0)
    if trial.unjudged:
        yield from wrapped(f"{trial.unjudged:,} could not be tried: something of them is withheld or erased.", 0)
    for one in trial.otherwise[:GREATEST_SHOWN]:
        yield from wrapped(f"{instant_words(one.recorded_ms)} {_subject(one)}: {_words(one)}")
    if number > GREATEST_SHOWN:
        yield f"  and {number - GREATEST_SHOWN:,} more"
    yield from wrapped(
        "Each was judged where it stood in the recorded past; what people would have done otherwise is not told. "
        "Nothing was written.",
        0,
    )


def _subject(one: Otherwise) -> str:
    return f"{one.ref or f'a question (entry {one.position})'} of {clean(one.party)}"


def _words(one: Otherwise) -> str:
    before, after = one.before, one.after
    match one.kind:
        case Kind.LATENESS if isinstance(before, Lateness) and isinstance(after, Lateness):
            return f"{_late(after)}; it was {_late(before)}"
        case Kind.RAISED if isinstance(after, Raised):
            return f"a conflict with {one.other} {one.kind}, by {clause_words(after.clause)}{_window(after)}"
        case Kind.NOT_RAISED if isinstance(before, Raised):
            return (
                f"{before.ref} with {one.other} {one.kind}; it was, by {clause_words(before.clause)}{_window(before)}"
            )
        case Kind.CLAUSE | Kind.WINDOW if isinstance(before, Raised) and isinstance(after, Raised):
            then = f"by {clause_words(after.clause)}{_window(after)}"
            return f"{before.ref} with {one.other} {then}; it was by {clause_words(before.clause)}{_window(before)}"
        case _:
            return _refusals(one)


def _refusals(one: Otherwise) -> str:
    before, after = one.before, one.after
    parts = [str(one.kind)]
    if isinstance(after, Refusal):
        parts.append(f"by {clause_words(after.clause)} ({after.code}): found {clean(after.found)}")
    if isinstance(before, Refusal):
        parts.append(f"; it was, by {clause_words(before.clause)} ({before.code})")
    return " ".join(parts).replace(" ;", ";")


def _late(found: Lateness) -> str:
    lead = "" if found.lead_ms is None else f" with {duration_words(abs(found.lead_ms))}"
    after = " after its start" if found.lead_ms is not None and found.lead_ms < 0 else ""
    clause = f" by {clause_words(found.clause)}" if found.clause else ", by no clause"
    return f"{'LATE' if found.late else found.class_}{clause}{lead}{after}"


def _window(found: Raised) -> str:
    if found.start_ms is None or found.end_ms is None:
        return ""
    return f", {span_words(found.start_ms, found.end_ms)}"
