"""Heights in KML: as the text of a profile property, and as the altitude of a geometry."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from sazokar.dialects.fields import number_text, quote, reading_field
from sazokar.dialects.kml_placemark import Geometry
from sazokar.domain.plan.height import UNIT_E4, Height, Reference, Unit, height_of, parse_height
from sazokar.errors import FieldError

MODE_REFERENCES: Final = {"absolute": Reference.AMSL, "relativeToGround": Reference.AGL}
"""What an altitude is measured from; every other mode says nothing of the height."""

_EXPECTED: Final = 'SFC, UNL, FL180, 5000 FT AMSL or {"value": 5000, "unit": "FT", "reference": "AMSL"}'


class _Written(msgspec.Struct, forbid_unknown_fields=True):
    value: int | float
    unit: Unit
    reference: Reference


def limit_of(text: str, field: str) -> Height:
    """Return the height that a property `lower` or `upper` holds; an upper one is rounded up.

    Raises:
        FieldError: It names none.
    """
    upper = field == "upper"
    with reading_field(field):
        if not text.startswith("{"):
            return parse_height(text, ceil=upper)
        try:
            written = msgspec.json.decode(text, type=_Written)
        except (msgspec.DecodeError, UnicodeError) as error:
            raise FieldError(field, quote(text), _EXPECTED) from error
        return height_of(written.value, written.unit, written.reference, ceil=upper)


def limit_text(height: Height, field: str) -> str:
    """Return the text from which `limit_of` gives the same height again."""
    if height.surface:
        return "SFC"
    if height.unlimited:
        return "UNL"
    number = number_text(height.e4, height.unit, ceil=field == "lower")
    if height.unit is Unit.FL:
        if height.e4 % UNIT_E4[Unit.FL] == 0 and height.e4 >= 0 and height.reference is Reference.STD:
            return f"FL{height.e4 // UNIT_E4[Unit.FL]:03d}"
        return f'{{"value": {number}, "unit": "FL", "reference": "{height.reference}"}}'
    return f"{number} {height.unit} {height.reference}"


def altitudes_of(text: str, lower: Height) -> tuple[int, ...]:
    """Return the heights that the property `altitudes` holds, 1e-4 m; unit and reference are those of `lower`.

    Raises:
        FieldError: One is no number.
    """
    with reading_field("altitudes"):
        try:
            return tuple(height_of(Decimal(part), lower.unit, lower.reference).e4 for part in text.split())
        except InvalidOperation as error:
            raise FieldError("altitudes", quote(text), "numbers with a blank between") from error


def track_altitudes(track: Geometry) -> tuple[int, ...]:
    """Return the altitudes of a track, 1e-4 m; none where its mode or one of its positions gives none.

    Raises:
        FieldError: One is beyond ±100 km.
    """
    (line,) = track.lines
    reference = MODE_REFERENCES.get(track.altitude_mode)
    if reference is None or any(len(vertex) < 3 for vertex in line):
        return ()
    with reading_field("Track coord"):
        return tuple(height_of(vertex[2], Unit.M, reference).e4 for vertex in line)


def extruded_top(geometry: Geometry) -> Height | None:
    """Return the height up to which a geometry drawn down to the ground reaches; None: it is not so drawn."""
    reference = MODE_REFERENCES.get(geometry.altitude_mode)
    heights = [vertex[2] for line in geometry.lines for vertex in line if len(vertex) > 2]
    if not geometry.extrude or reference is None or not heights:
        return None
    with reading_field(f"{geometry.kind} coordinates"):
        return height_of(max(heights), Unit.M, reference, ceil=True)
