"""From one dialect into another: all volumes of a file, written anew. What could not be read is told, never hidden."""

from __future__ import annotations

from pathlib import Path

from sazokar.domain.plan.volume import Volume
from sazokar.doors import wording
from sazokar.doors.files import read_all, require_writable, write_atomically
from sazokar.doors.table import unreadable_words, warning_words
from sazokar.errors import UnreadableError


def convert(source: str, target: str) -> tuple[list[str], bool]:
    """Write the volumes of one file to another; return what a person should know, and whether all could be read.

    Raises:
        UnreadableError: The target's name tells no dialect, it may not be written, or nothing could be read.
    """
    from sazokar.dialects import detect

    suffix = Path(target).suffix.lower()
    if suffix not in (".geojson", ".json", ".kml", ".csv"):
        raise UnreadableError(f"{target}: found the ending {suffix!r}; expected .geojson, .json, .kml or .csv")
    require_writable(target, [source])
    read, unreadable = read_all([source])
    if not read:
        raise UnreadableError(str(unreadable[0]))
    reading = detect.read(read[0][1], read[0][0])
    lines = [f"NOT READ: {unreadable_words(u)}" for u in reading.unreadable]
    lines += [f"look again: {warning_words(w)}" for w in reading.warnings]
    if not reading.volumes:
        raise UnreadableError("; ".join([*lines[:20], f"{source}: no volume was read, nothing was written"]))
    if any(volume.is_protected_site for volume in reading.volumes):
        lines.append(f"{target}: {wording.BANNER}")
    write_atomically(target, _written(reading.volumes, suffix))
    return [*lines, f"{target}: {wording.count(len(reading.volumes), 'volume')} written"], not reading.unreadable


def _written(volumes: tuple[Volume, ...], suffix: str) -> bytes:
    if suffix == ".kml":
        from sazokar.dialects import kml

        return kml.write(volumes)
    if suffix == ".csv":
        from sazokar.dialects import table

        return table.write(volumes)
    from sazokar.dialects import geojson

    return geojson.write(volumes)
