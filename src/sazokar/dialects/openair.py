"""OpenAir 1 and 2: each airspace becomes a zone.

The party is the file's stem (one warning per file), the operation the airspace's name (`AN`), the kind its class
(`AC`), the class `any`. A zone stands always, unless `AA` gives windows: then it has one volume per window.
Heights without a unit are feet, without a reference above mean sea level. Arcs become polygons that surely contain
them (`arc`); a circle alone (`DC`) stays a circle, an airway (`DY`, width by `V W=`) a corridor.

Radio and pens (`AF`, `AG`, `AX`, `AY`, `AI`, `AT`, `SP`, `SB`, `TO`, `TC`, `V Z=`) say nothing of the space and are
passed over. Nothing is written in this dialect.

Source: the WinPilot format, and its extension 2.1.0 (2025-10-07) by its maintainers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from sazokar.dialects.fields import quote, reading_field
from sazokar.dialects.gathering import Gathering
from sazokar.dialects.openair_geometry import Boundary, altitude_of
from sazokar.dialects.reading import Reading, require_size
from sazokar.domain.plan.height import Height
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS, parse_instant
from sazokar.domain.plan.volume import Role, Volume
from sazokar.errors import FieldError, MeaningError, UnreadableError

GREATEST_LINE: Final = 2_000
"""A line holds at most this many characters."""

_PASSED_OVER: Final = frozenset({"AF", "AG", "AX", "AY", "AI", "AT", "AR", "SP", "SB", "TO", "TC"})
_WINDOW_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d(?:\.\d+)?)?(.*)", re.ASCII)


class _Line(msgspec.Struct, frozen=True):
    number: int
    command: str
    rest: str


def read(content: bytes, file: str) -> Reading:
    """Return the zones of an OpenAir file.

    Raises:
        LimitError: The file is beyond a stated limit.
        UnreadableError: No airspace begins in it.
    """
    require_size(content, file)
    gathering = Gathering(file)
    airspaces = list(_airspaces(_lines(_decode(content, gathering))))
    if not any(lines[0].command == "AC" for lines in airspaces):
        raise UnreadableError(f"{file}: found no line that begins with AC; expected OpenAir airspaces")
    for number, lines in enumerate((a for a in airspaces if a[0].command == "AC"), start=1):
        name = next((line.rest for line in lines if line.command == "AN" and line.rest), "")
        feature = f"airspace {number}" + (f" ({name[:60]})" if name else "") + f", line {lines[0].number}"
        with gathering.feature(feature):
            _read_airspace(lines, name, feature, gathering)
    if airspaces[0][0].command != "AC":
        line = airspaces[0][0]
        error = FieldError(line.command, quote(line.rest), "AC, which begins an airspace, before it")
        gathering.refuse(f"line {line.number}", error)
    return gathering.reading()


def _decode(content: bytes, gathering: Gathering) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        gathering.warn("encoding-guessed", "", "The file is not UTF-8; it was read as ISO 8859-1. Look at the names.")
        return content.decode("iso-8859-1")


def _lines(text: str) -> Iterator[_Line]:
    """Yield the lines that say something; a comment begins with `*` (in a name it is part of the name)."""
    for number, line in enumerate(text.splitlines(), start=1):
        written = line[:GREATEST_LINE].strip()
        if not written or written.startswith(("*", "#", ";")):
            continue
        command = written[:2].upper().strip()
        rest = written[2:].strip()
        if written[1:2] in ("", " ", "\t"):
            command, rest = written[:1].upper(), written[1:].strip()
        yield _Line(number, command, rest if command == "AN" else rest.partition("*")[0].partition(";")[0].strip())


def _airspaces(lines: Iterator[_Line]) -> Iterator[list[_Line]]:
    """Yield the lines of each airspace; what stands before the first one, if it matters, as one that lacks its AC."""
    current: list[_Line] = []
    for line in lines:
        if line.command == "AC" and current:
            yield current
            current = []
        if current or line.command == "AC" or line.command not in _PASSED_OVER:
            current.append(line)
    if current:
        yield current


class _Airspace:
    """What the lines of one airspace have said so far."""

    def __init__(self) -> None:
        self.boundary = Boundary()
        self.limits: dict[str, Height] = {}
        self.windows: list[tuple[int, int]] = []
        self.unscheduled = False


def _read_airspace(lines: list[_Line], name: str, feature: str, gathering: Gathering) -> None:
    airspace = _Airspace()
    for line in lines:
        with _at(line):
            if not _take(line, airspace):
                gathering.warn_once("unknown-command", f"Line {line.number}: {line.command} is not known; passed over.")
    for command, meaning in (("AL", "a lower limit"), ("AH", "an upper limit")):
        if command not in airspace.limits:
            raise FieldError(command, "none", f"{meaning}, such as {command} 2500ft AMSL")
    if not name:
        name = f"line {lines[0].number}"
        gathering.warn("missing-operation", feature, f"The airspace has no name (AN); it is called {name!r}.")
    if airspace.unscheduled:
        gathering.warn(
            "activation-unknown",
            feature,
            "Its activation times are not given (AA NONE); it was taken as always active.",
        )
    party = gathering.party_instead()
    gathering.spend(airspace.boundary.vertex_count)
    shape = airspace.boundary.shape(lambda code, message: gathering.warn(code, feature, message))
    for start_ms, end_ms in airspace.windows or [(BEGINNING_MS, END_MS)]:
        volume = Volume(
            operation=name,
            party=party,
            shape=shape,
            lower=airspace.limits["AL"],
            upper=airspace.limits["AH"],
            start_ms=start_ms,
            end_ms=end_ms,
            role=Role.ZONE,
            kind=lines[0].rest,
        )
        gathering.add(volume, feature)


class _at:  # noqa: N801 - reads as a word in `with _at(line)`
    """Adds the line's number to the field of every error that leaves."""

    def __init__(self, line: _Line) -> None:
        self._line = line

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, MeaningError):
            where = f"line {self._line.number}, {self._line.command}"
            raise FieldError(where, error.found, error.expected) from error


def _take(line: _Line, airspace: _Airspace) -> bool:
    """Take what a line says; return whether its command is known."""
    match line.command:
        case "AC" | "AN":
            return True
        case "AL" | "AH":
            if line.command in airspace.limits:
                found = f"{quote(line.rest)} after {airspace.limits[line.command]}"
                raise FieldError("", found, "one lower (AL) and one upper limit (AH)")
            airspace.limits[line.command] = altitude_of(line.rest, upper=line.command == "AH")
        case "AA":
            _take_window(line.rest, airspace)
        case command if command in _PASSED_OVER:
            return True
        case _:
            return airspace.boundary.take(line.command, line.rest)
    return True


def _take_window(rest: str, airspace: _Airspace) -> None:
    if rest.upper() == "NONE":
        airspace.unscheduled = True
        airspace.windows.clear()
        return
    first, slash, last = rest.partition("/")
    if not slash:
        raise FieldError("", quote(rest), "start/end, such as 2026-01-14T12:00Z/2026-01-14T13:00Z")
    start = BEGINNING_MS if first.strip().upper() == "NONE" else _window_time(first.strip())
    end = END_MS if last.strip().upper() == "NONE" else _window_time(last.strip())
    if start >= end:
        raise FieldError("", quote(rest), "an end after the start")
    if not airspace.unscheduled:
        airspace.windows.append((start, end))


def _window_time(text: str) -> int:
    """Return the instant of an activation time; seconds may be left out, and 24:00 ends the day."""
    match = _WINDOW_TIME.fullmatch(text)
    if match is None:
        return parse_instant(text)
    day, minutes, seconds, zone = match.groups()
    with reading_field(""):
        if minutes == "24:00" and (seconds or ":00") == ":00":
            return parse_instant(f"{day}T00:00:00{zone}") + 86_400_000
        return parse_instant(f"{day}T{minutes}{seconds or ':00'}{zone}")
