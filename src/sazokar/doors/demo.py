"""`sazokar demo --headless`: plays scenario A on a fast clock, prints each step, and leaves a ledger and a bundle to try.

Whoever runs it holds every side's private keys for a second; they are written nowhere.
"""

from __future__ import annotations

import tempfile
import textwrap
from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Final

from sazokar.adapters.ledger_folder import LEDGER
from sazokar.app.opening import open_ledger
from sazokar.app.playing import Happening, Stage
from sazokar.app.proving import bundle_of
from sazokar.app.scenario_a import Say
from sazokar.dialects import agreement as dialect
from sazokar.doors.program import program, typed
from sazokar.doors.roots import write_roots
from sazokar.doors.told import finding_words
from sazokar.doors.wording import clock
from sazokar.errors import UnreadableError
from sazokar.wiring import open_stage

BUNDLE: Final = "conflict.bundle"
ROOTS: Final = "roots.toml"
WIDTH: Final = 80
TITLES: Final = {
    0: "Before: keys, the watch, the agreement",
    1: "BRAVO files a flight",
    2: "ALPHA files an urgent box",
    3: "A conflict that an intersection test does not see",
    4: "ALPHA answers first",
    5: "Silence, escalation, read-back",
    6: "BRAVO lifts early: STOP",
    7: "The dispute",
    8: "A notice of one minute",
}


def play(directory: str | None, tell: Callable[[str], None]) -> Path:
    """Play the scenario, tell each step as it happens, and return the folder in which its files lie.

    Args:
        directory: The folder; made where it is not there. None: a temporary one.
        tell: Takes each line.

    Raises:
        UnreadableError: The folder holds a file of such a name already, or cannot be written.
    """
    folder = empty_folder(directory)
    content = resources.files("sazokar").joinpath("data", "examples", "mechanism", "agreement.toml").read_bytes()
    stage = open_stage(folder)
    try:
        for _ in telling(stage.play(content.decode(), dialect.read(content, "agreement.toml")), tell):
            pass
        _leave(stage, folder)
    finally:
        stage.log.close()
    for line in _what_next(folder):
        tell(line)
    return folder


def telling(happenings: Iterable[Happening], tell: Callable[[str], None]) -> Iterator[Happening]:
    """Give what happens, step by step, once it is told, each part of the play under its title."""
    told = -1
    for happening in happenings:
        if happening.step.number != told:
            told = happening.step.number
            tell(f"\n{told}. {TITLES[told]}")
        for line in lines_of(happening):
            tell(line)
        yield happening


def empty_folder(directory: str | None) -> Path:
    """Return the folder of a play, in which none of its files lies yet; None: a temporary one.

    Raises:
        UnreadableError: It cannot be made, or holds one of them.
    """
    folder = Path(directory) if directory is not None else Path(tempfile.mkdtemp(prefix="sazokar-demo-"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnreadableError(f"{folder}: cannot be made: {error.strerror or error}") from error
    for name in (LEDGER, BUNDLE, ROOTS):
        if (folder / name).exists():
            raise UnreadableError(f"{folder / name}: is there already; expected a folder without it")
    return folder


def lines_of(happening: Happening) -> list[str]:
    """Return a step and what came of it, at 80 columns."""
    step = happening.step
    watch = f"{step.by:<8} " if isinstance(step, Say) else " " * 9
    lines = _wrapped(f"  {clock(step.at_ms, seconds=True)} {watch}{step.words}", " " * 21)
    if happening.refused:
        lines += _wrapped(f"{' ' * 21}refused at the border: {happening.refused}", " " * 23)
    for finding in happening.seen:
        lines += _wrapped(f"{' ' * 21}it reads: {finding_words(finding)}", " " * 23)
    for finding in happening.findings:
        if step.number and (words := finding_words(finding)):
            lines += _wrapped(f"{' ' * 21}- {words}", " " * 23)
    return lines


def _leave(stage: Stage, folder: Path) -> None:
    opened = open_ledger(stage.log)
    bundle = bundle_of(stage.log, opened.tree, opened.state, stage.references["conflict"], None)
    try:
        (folder / BUNDLE).write_bytes(bundle)
        (folder / ROOTS).write_bytes(write_roots({party: [key.key_id] for party, key in stage.roots.items()}))
    except OSError as error:
        raise UnreadableError(f"{folder}: cannot be written: {error.strerror or error}") from error


def _what_next(folder: Path) -> list[str]:
    return [
        "",
        '"BRAVO never acknowledged"? Whoever trusts neither side can see that it did:',
        f"  {program()} verify {typed(folder / BUNDLE)} \\",
        f"    --roots {typed(folder / ROOTS)}",
        "Everything else can be judged again from the ledger:",
        f"  {program()} audit {typed(folder)}",
    ]


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=indent, drop_whitespace=True, break_on_hyphens=False)
