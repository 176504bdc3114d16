"""Reads the XML cases of the JTS Topology Suite: two planar geometries, and what is true of them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from shapely.errors import ShapelyError


@dataclass(frozen=True)
class Claim:
    """One operation of a case, and its result: `relate` of `A` and `B`, argument `212FF1FF2`, `true`."""

    case: str
    operation: str
    a: shapely.Geometry
    b: shapely.Geometry | None
    argument: str
    result: str

    @property
    def holds(self) -> bool:
        return self.result == "true"


def claims(folder: Path, name: str) -> Iterator[Claim]:
    """Yield the claims of a file; geometries that GEOS cannot read are none of ours and are left out."""
    path = folder / "data/geometry/jts/general" / f"{name}.xml"
    for case in ElementTree.fromstring(path.read_text(encoding="utf-8")).iter("case"):
        given = {"A": _geometry(case.findtext("a")), "B": _geometry(case.findtext("b"))}
        for operation in case.iter("op"):
            first = given[operation.get("arg1", "A").upper()]
            if first is None:
                continue
            yield Claim(
                case=" ".join((case.findtext("desc") or "").split()),
                operation=operation.get("name", ""),
                a=first,
                b=given.get((operation.get("arg2") or "B").upper()),
                argument=operation.get("arg3", ""),
                result=(operation.text or "").strip().lower(),
            )


def _geometry(text: str | None) -> shapely.Geometry | None:
    written = " ".join((text or "").split())
    if not written:
        return None
    try:
        with np.errstate(invalid="ignore"):  # some cases hold a coordinate that is no number
            return _read(written)
    except ShapelyError:
        return None


def _read(written: str) -> shapely.Geometry:
    return shapely.from_wkb(written) if written[0] == "0" else shapely.from_wkt(written)
