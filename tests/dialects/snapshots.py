"""Reads the expected GeoJSON that stands beside the outside KML and GPX files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast


def features(snapshot: Path) -> list[dict[str, object]]:
    """Return the features of a snapshot's first section (the later ones repeat it as a tree)."""
    text = re.split(r"^// toGeoJSON > .*$", snapshot.read_text(encoding="utf-8"), flags=re.MULTILINE)[1]
    collection = json.loads(re.sub(r",(\s*[\]}])", r"\1", text), strict=False)
    return cast(list[dict[str, object]], collection["features"])


def pieces(geometry: object) -> Iterator[tuple[str, object]]:
    """Yield the simple geometries of a geometry: type and coordinates."""
    if not isinstance(geometry, dict):
        return
    kind = geometry["type"]
    if kind == "GeometryCollection":
        for inner in geometry["geometries"]:
            yield from pieces(inner)
    elif kind.startswith("Multi"):
        for coordinates in geometry["coordinates"]:
            yield kind.removeprefix("Multi"), coordinates
    else:
        yield kind, geometry["coordinates"]
