"""The bundled examples, written out. All people, places and sites in them are invented."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from sazokar.errors import UnreadableError


def write_examples(directory: str) -> list[str]:
    """Write the examples into a folder and return the paths written.

    Raises:
        UnreadableError: Something else bears the name of one (then none is written), or the folder cannot be written.
    """
    folder = Path(directory)
    bundled = sorted(
        (entry for entry in resources.files("sazokar").joinpath("data", "examples").iterdir() if entry.is_file()),
        key=lambda entry: entry.name,
    )
    targets = [folder / entry.name for entry in bundled]
    there = [target for entry, target in zip(bundled, targets, strict=True) if _is_other(target, entry.read_bytes())]
    if there:
        raise UnreadableError(f"{there[0]}: is there already; expected a folder without it: nothing was written")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for entry, target in zip(bundled, targets, strict=True):
            if not target.exists():
                with target.open("xb") as file:
                    file.write(entry.read_bytes())
    except OSError as error:
        raise UnreadableError(f"{error.filename or folder}: cannot be written: {error.strerror or error}") from error
    return [str(target) for target in targets]


def _is_other(target: Path, content: bytes) -> bool:
    """Return whether something that is not this example stands in its place."""
    if not target.exists() and not target.is_symlink():
        return False
    return not target.is_file() or target.read_bytes() != content
