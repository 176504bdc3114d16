"""What a proof bundle proves, in words at 80 columns, and what it does not. Verifies nothing (`app.verification` does)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from sazokar.app.verification import Cosigned, Governing, Testimony, Told, verify
from sazokar.domain.finding import Delivered, Outcome, StopLatency
from sazokar.domain.governing import NODE
from sazokar.domain.statement import Acknowledge
from sazokar.doors.roots import read_roots
from sazokar.doors.told import RUNGS, finding_words, instant_words, statement_words
from sazokar.doors.wording import clean, clock, wrapped
from sazokar.errors import CanonicalError, LimitError, ProofError, UnreadableError
from sazokar.ledger.canonical import LARGEST_BYTES
from sazokar.ledger.signing import KeyId

PROVEN, NOT_PROVEN = 0, 1
NOT_SHOWN: Final = (
    "that nothing else was said, here or elsewhere: it shows entries, and none of those it leaves out (a key could have "
    "been revoked by one of them)",
    "who held a key in hand: a watch number is a key, not a person",
    "that the times are right: they are the node's own; a cosignature bounds them by its party's clock",
    "what anyone meant, or that what was stated is true",
)


def verify_file(file: str, roots: str) -> tuple[str, int]:
    """Return what a bundle's file proves to someone who trusts the keys of a roots file, and the exit code.

    Raises:
        SazokarError: A file cannot be read.
    """
    trusted = read_roots(read_bounded(roots, LARGEST_BYTES), roots)
    content = read_bounded(file, LARGEST_BYTES)
    try:
        told = verify(content, frozenset(key for keys in trusted.values() for key in keys))
        _require_named(told, trusted, roots)
    except (CanonicalError, ProofError) as error:
        return "\n".join(wrapped(f"NOT PROVEN: {clean(str(error), 2000)}", 0)) + "\n", NOT_PROVEN
    return render(told), PROVEN


def _require_named(testimony: Testimony, trusted: Mapping[str, Sequence[KeyId]], file: str) -> None:
    """Pass where the charter gives each key to the party whom the asker takes it to be: else all names would be swapped."""
    members = {member.name: member.roots for member in testimony.charter.parties}
    for name, keys in trusted.items():
        if not set(keys) <= set(members.get(name, ())):
            raise ProofError(f"found a charter in which the root given for {name} in {file} is another's, or nobody's")


def read_bounded(path: str, greatest: int) -> bytes:
    """Return a file's content.

    Raises:
        UnreadableError: It cannot be opened.
        LimitError: It is larger than so many bytes.
    """
    try:
        with Path(path).open("rb") as file:
            content = file.read(greatest + 1)
    except (OSError, ValueError) as error:
        raise UnreadableError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > greatest:
        raise LimitError(f"{path}: found more than {greatest:,} bytes; expected fewer")
    return content


def render(testimony: Testimony) -> str:
    """Return what is proven, in words: who said what when, who had received it, what covers it, what is not proven."""
    parts = (
        _head(testimony), _agreements(testimony.agreements), _story(testimony), _received(testimony),
        _coverage(testimony), _not_proven(testimony),
    )  # fmt: skip
    return "\n".join("\n".join(lines) + "\n" for part in parts if (lines := list(part)))


def _head(testimony: Testimony) -> Iterator[str]:
    charter = testimony.charter
    members = ", ".join(f"{clean(one.name)} ({one.role})" for one in charter.parties)
    yield from wrapped(f"PROVEN to whoever trusts the roots of {', '.join(map(clean, testimony.trusted))}.", 0)
    yield from wrapped(
        f"Mechanism: {clean(charter.name)}. Ledger: {clean(charter.origin)}, {testimony.ledger[:16]}.", 0
    )
    yield from wrapped(f"Charter signed by every root of: {members}.", 0)
    view = (
        "all findings" if testimony.view == NODE else f"the findings as {clean(testimony.view or 'nobody')} sees them"
    )
    yield from wrapped(f"The bundle shows {view}.", 0)


def _agreements(agreements: tuple[Governing, ...]) -> Iterator[str]:
    if not agreements:
        yield "No agreement came into force in it: nothing was judged by clauses."
    for one in agreements:
        title = f'"{clean(one.title)}"' if one.title else "an agreement whose text is withheld"
        yield from wrapped(f"Judged by {title}, in force since {instant_words(one.since_ms)}.", 0)
        yield from wrapped(f"Its text has the SHA-256 {one.draft}.")
        for party, officer, at_ms in one.signed:
            yield from wrapped(f"signed by {clean(party)}, watch {clean(officer)}, at {instant_words(at_ms)}")


def _story(testimony: Testimony) -> Iterator[str]:
    yield "WHO SAID WHAT, WHEN (times of the node, UTC)"
    day = ""
    for told in testimony.told:
        if (date := instant_words(told.recorded_ms).rsplit(" ", 1)[0]) != day:
            day = date
            yield f"{day}"
        yield from wrapped(f"{clock(told.recorded_ms, seconds=True)} entry {told.position}: {_said(told)}", 0)
        for finding in told.findings or ():
            if words := finding_words(finding):
                yield from wrapped(f"- {words}", 12)
        if told.findings is None:
            yield "            - what the node found on it is withheld"


def _said(told: Told) -> str:
    if told.by is None:
        return "the clock"
    who = clean(told.by.party) + (f" watch {clean(told.by.officer)}" if told.by.officer else ", its root")
    if told.by.party == NODE:
        who = "the node"
    result = {Outcome.REFUSED: " RETURNED:", Outcome.HELD: " HELD:"}.get(told.outcome, "")
    return f"{who}{result} {statement_words(told.by.statement)}"


def _received(testimony: Testimony) -> Iterator[str]:
    lines = list(_receipts(testimony))
    if not lines:
        return
    yield "WHO HAD RECEIVED IT"
    yield from lines


def _receipts(testimony: Testimony) -> Iterator[str]:
    for told in testimony.told:
        at, covered = clock(told.recorded_ms, seconds=True), _since(told.covered)
        statement = told.by.statement if told.by and told.outcome is Outcome.TAKEN else None
        if isinstance(statement, Acknowledge) and told.by is not None:
            units = f" ({clean(', '.join(statement.units))})" if statement.units else ""
            what = f"{statement.ref} version {statement.version} {RUNGS[statement.rung]}{units}"
            yield from wrapped(f"{at} {what}: {clean(told.by.party)} watch {clean(told.by.officer)}{covered}")
        for finding in told.findings or ():
            if isinstance(finding, Delivered):
                yield from wrapped(f"{at} {finding.ref} delivered to {clean(finding.party)}{covered}")
            elif isinstance(finding, StopLatency):
                yield from wrapped(f"{at} {finding_words(finding)}{covered}")


def _since(covered: tuple[Cosigned, ...]) -> str:
    if not covered:
        return "; not cosigned by anyone"
    return f"; cosigned by {', '.join(_cosigned(one) for one in covered)}"


def _cosigned(one: Cosigned) -> str:
    return f"{clean(one.party)} {clock(one.timestamp_s * 1000, seconds=True)}"


def _coverage(testimony: Testimony) -> Iterator[str]:
    yield "WHAT COVERS IT"
    for number, one in enumerate(testimony.checkpoints, 1):
        covers = [told.position for told in testimony.told if told.position + 1 < one.size]
        reach = f"entries to {max(covers)}" if covers else "the charter"
        newest = "; all is proven in it" if number == len(testimony.checkpoints) else ""
        yield from wrapped(f"Checkpoint of {one.size:,} entries: {reach}{newest}.")
        for cosigned in one.cosigned:
            yield f"    cosigned by {clean(cosigned.party)}, {instant_words(cosigned.timestamp_s * 1000)} by its clock"
        if not one.cosigned:
            yield "    signed by the node; cosigned by nobody"
    quorum = testimony.charter.quorum
    final = (
        f"FINAL: {quorum} parties or more cosigned." if testimony.final else f"NOT FINAL: fewer than {quorum} cosigned."
    )
    yield f"  {final}"


def _not_proven(testimony: Testimony) -> Iterator[str]:
    yield "WHAT IS NOT PROVEN"
    for text in NOT_SHOWN:
        yield from wrapped(f"- {text}")
    if testimony.withheld:
        sections = ", ".join(f"{name} of entry {position}" for position, name in testimony.withheld[:20])
        more = len(testimony.withheld) - 20
        yield from wrapped(f"- what is withheld: {sections}{f' and {more:,} more' if more > 0 else ''}")
