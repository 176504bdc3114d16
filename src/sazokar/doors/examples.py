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
    bundled = {folder / name: content for name, content in sorted(_bundled().items())}
    there = [target for target, content in bundled.items() if _is_other(target, content)]
    if there:
        raise UnreadableError(f"{there[0]}: is there already; expected a folder without it: nothing was written")
    try:
        for target, content in bundled.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                with target.open("xb") as file:
                    file.write(content)
    except OSError as error:
        raise UnreadableError(f"{error.filename or folder}: cannot be written: {error.strerror or error}") from error
    return [str(target) for target in bundled]


def _bundled() -> dict[str, bytes]:
    """Return the content of each example by its name, of those in a folder `folder/name`."""
    found: dict[str, bytes] = {}
    for entry in resources.files("sazokar").joinpath("data", "examples").iterdir():
        if entry.is_file():
            found[entry.name] = entry.read_bytes()
        elif entry.is_dir():
            found |= {f"{entry.name}/{inner.name}": inner.read_bytes() for inner in entry.iterdir() if inner.is_file()}
    return found


def _is_other(target: Path, content: bytes) -> bool:
    """Return whether something that is not this example stands in its place."""
    if not target.exists() and not target.is_symlink():
        return False
    return not target.is_file() or target.read_bytes() != content
