"""The bundled examples, written out. All people, places and sites in them are invented."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from sazokar.errors import UnreadableError


def write_examples(directory: str) -> list[str]:
    """Write the examples into a folder and return the paths written.

    Raises:
        UnreadableError: One of them is there already (then none is written), or the folder cannot be written.
    """
    folder = Path(directory)
    bundled = sorted(
        (entry for entry in resources.files("sazokar").joinpath("data", "examples").iterdir() if entry.is_file()),
        key=lambda entry: entry.name,
    )
    targets = [folder / entry.name for entry in bundled]
    there = [target for target in targets if target.exists() or target.is_symlink()]
    if there:
        raise UnreadableError(f"{there[0]}: is there already; expected a folder without it: nothing was written")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for entry, target in zip(bundled, targets, strict=True):
            with target.open("xb") as file:
                file.write(entry.read_bytes())
    except OSError as error:
        raise UnreadableError(f"{error.filename or folder}: cannot be written: {error.strerror or error}") from error
    return [str(target) for target in targets]
