"""How a person types this program again: what is printed to be copied must work as it stands. Runs nothing."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path


def program() -> str:
    """Return the command that this program was started by: its name where the shell finds it, else its path."""
    started = Path(sys.argv[0])
    if started.suffix == ".py":  # as a module
        return f"{shlex.quote(sys.executable)} -m sazokar.doors.cli"
    if started.name != "sazokar":  # within another program
        return "sazokar"
    found = shutil.which("sazokar")
    is_found = found is not None and Path(found).resolve() == started.resolve()
    return "sazokar" if is_found or len(started.parts) < 2 else shlex.quote(str(started.absolute()))


def typed(path: Path) -> str:
    """Return a path as it is typed in a shell, from whichever folder."""
    return shlex.quote(str(path.absolute()))
