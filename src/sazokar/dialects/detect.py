"""Which dialect a file is in: by the ending of its name, and by a look at its content. Reads nothing itself.

Standard input (`-`) and files of an unknown ending are known by their content alone. A dialect is imported when a file
needs it, so that one small file does not wait for the rest.
"""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import PurePath
from typing import Final, Protocol, cast

import msgspec

from sazokar.dialects.document import load_json, records_of
from sazokar.dialects.gathering import whole_file_unreadable
from sazokar.dialects.reading import Reading, require_size
from sazokar.errors import LimitError, UnreadableError

_LOOK: Final = 65_536
"""How far a look goes, in bytes."""
_JSON_ENDINGS: Final = frozenset((".geojson", ".json"))
_ENDINGS: Final = {
    ".kml": "kml",
    ".kmz": "kml",
    ".gpx": "gpx",
    ".openair": "openair",
    ".geojsonl": "geojson",
    ".geojsons": "geojson",
    ".ndjson": "geojson",
    ".csv": "table",
    ".tsv": "table",
}
_GEOJSON_TYPES: Final = frozenset(("FeatureCollection", "Feature"))
_OPENAIR_LINE = re.compile(rb"^\s*(?:AC|AN|AH|AL|DP|V [XD]|DC|DA|DB)\b", re.MULTILINE)
_RULES = re.compile(rb"^version[ \t]*=|^\[default\]|^\[\[clause\]\]", re.MULTILINE)
_F3548_MEMBERS: Final = frozenset((
    "extents", "details", "reference", "volumes", "off_nominal_volumes", "operational_intent", "constraint",
    "volume", "time_start", "time_end", "outline_circle", "outline_polygon",
))  # fmt: skip
_KINDS: Final = "GeoJSON, KML, KMZ, GPX, OpenAir, CSV, ED-269, ED-318 or F3548-21 JSON"


class _Dialect(Protocol):
    def read(self, content: bytes, file: str) -> Reading:
        """Return what a file gives."""
        ...


def read(content: bytes, file: str) -> Reading:
    """Return what a file gives, in whichever dialect it is; never raises.

    Args:
        content: The file's bytes.
        file: Its name as given; `-` is standard input.
    """
    try:
        require_size(content, file)
        return _dialect(dialect_of(content, file), file).read(content, file)
    except (LimitError, UnreadableError) as error:
        return whole_file_unreadable(file, error)


def dialect_of(content: bytes, file: str) -> str:
    """Return the name of the dialect that a file is in.

    Raises:
        LimitError: It is JSON beyond a limit.
        UnreadableError: It is in none that is known.
    """
    ending = PurePath(file).suffix.lower()
    if ending in _JSON_ENDINGS:
        return _json_dialect(content, file)
    if ending in _ENDINGS:
        return _ENDINGS[ending]
    return _by_content(content, file)


def _dialect(name: str, file: str) -> _Dialect:
    try:
        return cast(_Dialect, import_module(f"sazokar.dialects.{name}"))
    except ModuleNotFoundError as error:
        if error.name != f"sazokar.dialects.{name}":
            raise
        raise UnreadableError(f"{file}: found {name}, which this version cannot read; expected {_KINDS}") from error


def _by_content(content: bytes, file: str) -> str:
    start = content[:_LOOK].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"PK\x03\x04"):
        return "kml"
    if start.startswith((b"{", b"[", b"\x1e")):
        return _json_dialect(content, file)
    if start.startswith(b"<"):
        return _xml_dialect(start, file)
    if PurePath(file).suffix.lower() == ".toml" or _RULES.search(start):
        raise UnreadableError(f"{file}: found a rules file; expected a file of plans (give a rules file to --rules)")
    if len(_OPENAIR_LINE.findall(start)) >= 2:
        return "openair"
    first = start.split(b"\n", 1)[0].lower()
    parted = any(mark in first for mark in (b",", b";", b"\t"))
    if parted and any(place in first for place in (b"lat", b"coord", b"rect")):
        return "table"
    raise UnreadableError(f"{file}: found no dialect that is known ({start[:20]!r}); expected {_KINDS}")


def _xml_dialect(start: bytes, file: str) -> str:
    root = re.search(rb"<(?:[\w.-]+:)?(kml|gpx)\b", start, re.IGNORECASE)
    if root is None:
        raise UnreadableError(f"{file}: found XML that is neither KML nor GPX; expected {_KINDS}")
    return root.group(1).decode("ascii").lower()


class _Look(msgspec.Struct):
    """What tells JSON dialects apart, and nothing else of a file."""

    type: object = None
    features: list[msgspec.Raw] | None = None


def _json_dialect(content: bytes, file: str) -> str:
    """Return which of the JSON dialects a file is in; what is none of the others is left to F3548."""
    plain = content.removeprefix(b"\xef\xbb\xbf")
    if records_of(plain) is not None:
        return "geojson"
    try:
        look = msgspec.json.decode(plain, type=_Look)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _f3548(content, file)
    if isinstance(look.type, str) and look.type in _GEOJSON_TYPES:
        features = look.features if look.type == "FeatureCollection" else [msgspec.Raw(plain)]
        return "ed318" if features and _is_ed318(features[0]) else "geojson"
    return "ed269" if look.features is not None else _f3548(content, file)


def _f3548(content: bytes, file: str) -> str:
    """Return the name of F3548 where JSON bears a member by which that is known.

    Raises:
        LimitError: It is JSON beyond a limit.
        UnreadableError: It bears none, or is no JSON.
    """
    document = load_json(content, file)
    for item in document if isinstance(document, list) else [document]:
        if isinstance(item, dict) and _F3548_MEMBERS & item.keys():
            return "f3548"
    kind = document.get("type") if isinstance(document, dict) else None
    told = f" (type {kind[:40]!r})" if isinstance(kind, str) else ""
    raise UnreadableError(f"{file}: found JSON of no dialect that is known here{told}; expected {_KINDS}")


class _Layered(msgspec.Struct):
    geometry: dict[str, object] | None = None
    properties: dict[str, object] | None = None


def _is_ed318(feature: msgspec.Raw) -> bool:
    """Return whether a GeoJSON feature is a geographical zone of ED-318: its layer stands within the geometry."""
    try:
        look = msgspec.json.decode(feature, type=_Layered)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    geometry, properties = look.geometry or {}, look.properties or {}
    parts = geometry.get("geometries")
    inner = parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], dict) else {}
    layered = "layer" in geometry or "extent" in geometry or "layer" in inner or "extent" in inner
    return layered or {"variant", "zoneAuthority"} <= properties.keys()
