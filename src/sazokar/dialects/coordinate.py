"""Coordinates as people write them: decimal, DMS, DDM, MGRS, UTM; read and echoed back in all five (SZK-14).

All are on WGS 84; no other datum is converted. What could mean two places is refused, with the forms that are
expected: a lone letter `S` after a UTM zone (south, or the band from 32° to 40° north?), `36,80` (a pair, or a number
with a decimal comma?), minutes or seconds of 60, degrees and minutes with neither mark nor hemisphere.

Without letters the latitude comes first (ISO 6709); with letters either order is taken. An MGRS reference names a
square of 100, 10 or 1 m: the metre at its south-west corner is meant, as the standard has it, within 0.71 m. A
reference coarser than 100 m is refused.

**Source**: ISO 6709:2022 (order and signs); NGA.STND.0037 (MGRS, UTM, UPS); ICAO Doc 4444, appendix 2 (`3648N03000W`).
"""

from __future__ import annotations

import re
import warnings
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sazokar.domain.plan.shape import DEGREE_E7, Position
from sazokar.errors import ShapeError

if TYPE_CHECKING:
    from pyproj import Transformer

DATUM: Final = "WGS 84"
GREATEST_TEXT: Final = 120
"""A coordinate is at most this many characters."""


class Notation(StrEnum):
    """A way to write a coordinate."""

    DECIMAL = "decimal"
    DMS = "DMS"
    DDM = "DDM"
    MGRS = "MGRS"
    UTM = "UTM"


EXPECTED: Final = (
    "a coordinate such as 36.8000 -30.0000, 36.8N 30.0W, 36°48'00\"N 030°00'00\"W, 36°48.000'N 030°00.000'W, "
    "364800N0300000W, 36SYC 12345 67890, or 36 north 412345 3761234"
)
_MARKS: Final = str.maketrans({
    "º": "°", "˚": "°", "′": "'", "’": "'", "‘": "'", "ʹ": "'", "´": "'", "`": "'",
    "″": '"', "”": '"', "“": '"', "ʺ": '"', "−": "-", "–": "-", "\u00a0": " ", "\u202f": " ", "\t": " ",
})  # fmt: skip
_MGRS = re.compile(r"(\d{1,2}[C-HJ-NP-X]|[ABYZ]) ?([A-HJ-NP-Z]{2}) ?(\d{1,10}(?: \d{1,5})?)?", re.ASCII)
_UTM = re.compile(
    r"(\d{1,2}) ?(NORTH|SOUTH|[C-HJ-NP-X]),? +(\d{6}(?:\.\d{1,6})?) ?M?E?[ ,]+(\d{1,8}(?:\.\d{1,6})?) ?M?N?", re.ASCII
)
_PART: Final = r"\d{1,9}(?:\.\d{1,20})?"
_ANGLE = re.compile(
    rf"(?P<before>[NSEW])? ?(?P<sign>[+-])? ?(?P<d>{_PART})(?:(?P<mark>[°:]| (?!')) ?"
    rf"(?:(?P<m>{_PART})(?:(?:[':]| (?!\")) ?(?:(?P<s>{_PART}) ?(?:\"|'')?)?)?)?)? ?(?P<after>[NSEW])?",
    re.ASCII,
)
_LETTERED = re.compile(rf"({_PART}) ?D ?({_PART}) ?M(?: ?({_PART}) ?S)?", re.ASCII)
_COMPACT = re.compile(r"(\d{2,6})(?:\.(\d{1,6}))?([NS]),? ?(\d{3,7})(?:\.(\d{1,6}))?([EW])", re.ASCII)
_LETTERED_DECIMAL = re.compile(r"(\d{1,2}(?:\.\d{1,20})?)°? ?([NS]),? ?(\d{1,3}(?:\.\d{1,20})?)°? ?([EW])", re.ASCII)
_PAIR = re.compile(rf"([+-]?{_PART})°?(?: *, +| *, *(?=[+-])|,(?=\d+\.)| +)([+-]?{_PART})°?", re.ASCII)
_COMMA_PAIR = re.compile(r"[+-]?\d+\.\d+ *, *[+-]?\d+(?:\.\d+)?", re.ASCII)
_FIRST_BAND_LAT: Final = -80
_EDGE: Final = 0.02


def parse_coordinate(text: str) -> Position:
    """Return the position that a text names, to the nearest 1e-7 degree of WGS 84.

    Raises:
        ShapeError: The text names no position, or could mean two.
    """
    if len(text) > GREATEST_TEXT:
        raise _refused(text, "")
    written = " ".join(text.translate(_MARKS).upper().split())
    if match := _LETTERED_DECIMAL.fullmatch(written):  # the commonest, and what is written, first
        lat, lon = Decimal(match[1]), Decimal(match[3])
        return _position(-lat if match[2] == "S" else lat, -lon if match[4] == "W" else lon, text)
    if match := _MGRS.fullmatch(written):
        return _from_mgrs(match, text)
    if match := _UTM.fullmatch(written):
        return _from_utm(match, text)
    if match := _COMPACT.fullmatch(written):
        return _from_compact(match, text)
    if _PAIR.fullmatch(written) or _COMMA_PAIR.fullmatch(written):
        lat, lon = (Decimal(part.strip(" °")) for part in re.split(r" *, *| +", written))
        return _position(lat, lon, text)
    return _from_angles(_LETTERED.sub(_marked, written), text)


def _marked(match: re.Match[str]) -> str:
    """Return `36d48m00s` with marks for its letters, so that its S is not taken for south."""
    return f"{match[1]}°{match[2]}'" + (f'{match[3]}"' if match[3] else "")


def _refused(text: str, why: str) -> ShapeError:
    shown = text if len(text) <= 60 else f"{text[:57]}…"
    return ShapeError(f"{shown!r}{', ' if why else ''}{why}", EXPECTED)


def _position(lat: Decimal, lon: Decimal, text: str) -> Position:
    if abs(lat) > 90 or abs(lon) > 180:
        swapped = abs(lon) <= 90 < abs(lat) <= 180 and lon != 0
        raise _refused(text, f"latitude {lat}, longitude {lon}" + (", which look swapped" if swapped else ""))
    return Position(_e7(lat), _e7(lon))


def _e7(degrees: Decimal) -> int:
    return int((degrees * DEGREE_E7).to_integral_value(ROUND_HALF_EVEN))


def _degrees(degrees: str, minutes: str | None, seconds: str | None, text: str) -> Decimal:
    """Return degrees of three parts, of which only the last may bear a fraction."""
    if (minutes and "." in degrees) or (seconds and "." in (minutes or "")):
        raise _refused(text, "with a fraction before the last part")
    for name, part in (("minutes", minutes), ("seconds", seconds)):
        if part and Decimal(part) >= 60:
            raise _refused(text, f"{part} {name}")
    return Decimal(degrees) + Decimal(minutes or 0) / 60 + Decimal(seconds or 0) / 3600


def _from_compact(match: re.Match[str], text: str) -> Position:
    """Return the position of `3648N03000W`, `364800N0300000W`, `36N030W`: as many digits as the form asks."""
    lat, lat_fraction, north, lon, lon_fraction, east = match.groups()
    if len(lat) % 2 or not len(lon) % 2 or (len(lat) != len(lon) - 1):
        raise _refused(text, "with too few or too many digits: DD, DDMM or DDMMSS, then DDD, DDDMM or DDDMMSS")
    angles = []
    for digits, fraction, width in ((lat, lat_fraction, 2), (lon, lon_fraction, 3)):
        parts = [digits[:width], *(digits[n : n + 2] for n in range(width, len(digits), 2))]
        if fraction:
            parts[-1] += f".{fraction}"
        degrees, minutes, seconds = (*parts, None, None)[:3]
        angles.append(_degrees(degrees or "0", minutes, seconds, text))
    return _position(angles[0] * (-1 if north == "S" else 1), angles[1] * (-1 if east == "W" else 1), text)


def _from_angles(written: str, text: str) -> Position:
    """Return the position of two angles with marks or letters, in either order where letters say which is which."""
    for cut in _cuts(written):
        first = _ANGLE.fullmatch(written[:cut].strip(" ,/"))
        second = _ANGLE.fullmatch(written[cut:].strip(" ,/"))
        if first and second and _well_cut(first, second):
            return _from_two(first, second, text)
    raise _refused(text, "")


def _cuts(written: str) -> list[int]:
    """Return where a text may part into two angles, likeliest first: at a comma, a letter, a sign, a blank."""
    commas = [n for n, character in enumerate(written) if character in ",/"]
    letters = [n for n, character in enumerate(written) if character in "NSEW"]
    signs = [n for n, character in enumerate(written) if character in "+-" and n > 0]
    spaces = [n for n, character in enumerate(written) if character == " "]
    return commas + [n + 1 for n in letters] + [n for n in letters if n > 0] + signs + spaces


def parse_angle(text: str, letters: str) -> Decimal:
    """Return the degrees that a text names which holds one angle alone, south and west below 0.

    Args:
        text: The angle: `45.5`, `45°30'00"N`, `45 30.000N`.
        letters: The letters of its axis: `NS` or `EW`.

    Raises:
        ShapeError: The text names no angle of that axis.
    """
    written = " ".join(text.translate(_MARKS).upper().split()) if len(text) <= GREATEST_TEXT else ""
    angle = _ANGLE.fullmatch(_LETTERED.sub(_marked, written))
    letter = (angle["before"] or angle["after"] or "") if angle else ""
    bare = angle is not None and not letter and angle["m"] and angle["mark"] not in ("°", ":")
    if angle is None or bare or (angle["before"] and angle["after"]) or letter not in ("", *letters):
        example = "45.5, 45°30'00\"N or 45 30.000N" if letters == "NS" else "5.5, 005°30'00\"E or 5 30.000E"
        raise ShapeError(
            repr(text[:60]), f"degrees with a point for the fraction, or with marks or a letter: {example}"
        )
    if letter and angle["sign"]:
        raise ShapeError(f"{text[:60]!r}, with both a sign and a hemisphere letter", "one of the two")
    value = _degrees(angle["d"], angle["m"], angle["s"], text)
    return -value if letter in ("S", "W") or angle["sign"] == "-" else value


def _well_cut(first: re.Match[str], second: re.Match[str]) -> bool:
    """Return whether two angles are written alike: each with a letter on the same side, or both with none but marks."""
    sides = [(bool(angle["before"]), bool(angle["after"])) for angle in (first, second)]
    if sides[0] != sides[1] or sides[0] == (True, True):
        return False
    if sides[0] == (False, False):
        return all(angle["mark"] in ("°", ":", "D") for angle in (first, second))
    return True


def _from_two(first: re.Match[str], second: re.Match[str], text: str) -> Position:
    values: dict[str, Decimal] = {}
    for angle, axis in ((first, "lat"), (second, "lon")):
        letter = angle["before"] or angle["after"]
        if letter and angle["sign"]:
            raise _refused(text, "with both a sign and a hemisphere letter")
        value = _degrees(angle["d"], angle["m"], angle["s"], text)
        negative = letter in ("S", "W") or angle["sign"] == "-"
        values["lat" if letter in ("N", "S") else "lon" if letter else axis] = -value if negative else value
    if len(values) != 2:
        raise _refused(text, "with two letters of one axis")
    return _position(values["lat"], values["lon"], text)


def _from_mgrs(match: re.Match[str], text: str) -> Position:
    zone, square, figures = match.groups()
    digits = (figures or "").replace(" ", "")
    if len(digits) % 2:
        raise _refused(text, "an MGRS reference with an odd number of digits")
    if figures and " " in figures and len(figures.split(" ")[0]) * 2 != len(digits):
        raise _refused(text, "an MGRS reference whose easting and northing differ in length")
    if len(digits) < 6:
        raise _refused(text, f"an MGRS square of {10 ** (5 - len(digits) // 2):,} m; give 100 m or finer")
    half = len(digits) // 2
    metres = digits[:half].ljust(5, "0") + digits[half:].ljust(5, "0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lat, lon = _from_native(f"{zone.rjust(3, '0') if len(zone) > 1 else zone}{square}{metres}", text)
    if len(zone) > 1 and not _in_band(lat, zone[-1]):
        raise _refused(text, f"a square that is not in band {zone[-1]}")
    return _position(Decimal(repr(lat)), Decimal(repr(lon)), text)


def _from_native(reference: str, text: str) -> tuple[float, float]:
    from mgrs import MGRS, core

    try:
        lat, lon = MGRS().toLatLon(reference)
    except core.MGRSError as error:
        raise _refused(text, "no square of the grid") from error
    return float(lat), float(lon)


def _in_band(lat: float, band: str) -> bool:
    """Return whether a latitude lies in an MGRS band, or within 2 km of it, as references are read off maps."""
    low = _FIRST_BAND_LAT + 8 * "CDEFGHJKLMNPQRSTUVWX".index(band)
    return low - _EDGE <= lat <= (low + 12 if band == "X" else low + 8) + _EDGE


def _from_utm(match: re.Match[str], text: str) -> Position:
    zone, letter, easting, northing = int(match[1]), match[2], float(match[3]), float(match[4])
    if letter == "S":
        raise _refused(text, "where S may mean south or the band from 32° to 40° north; write north or south")
    if not 1 <= zone <= 60 or not 100_000 <= easting < 1_000_000 or northing > 10_000_000:
        raise _refused(text, "no place of the grid: zone 1 to 60, easting 100000 to 999999, northing to 10000000")
    south = letter == "SOUTH" or letter < "N"
    lon, lat = _utm(zone, south=south).transform(easting, northing, direction="INVERSE")
    if not -80.5 <= lat <= 84.5:
        raise _refused(text, f"latitude {lat:.4f}, beyond the grid's 80° south to 84° north")
    if len(letter) == 1 and letter != "N" and not _in_band(lat, letter):
        raise _refused(text, f"latitude {lat:.4f}, which is not in band {letter}")
    return _position(Decimal(repr(lat)), Decimal(repr(lon)), text)


@lru_cache(maxsize=120)
def _utm(zone: int, *, south: bool) -> Transformer:
    """Return the projection of a zone; kept, as making one costs 3 ms."""
    from pyproj import Transformer

    return Transformer.from_crs(4326, (32700 if south else 32600) + zone, always_xy=True)


def format_coordinate(position: Position, notation: Notation) -> str:
    """Return a position in a notation; `parse_coordinate` gives the same position back, of MGRS within 1.42 m.

    UTM ends at 80° south and 84° north; beyond, the text is empty. MGRS goes on there in UPS.
    """
    match notation:
        case Notation.DECIMAL:
            return " ".join(f"{abs(e7) / DEGREE_E7:.7f}{letter}" for e7, letter, _ in _axes(position))
        case Notation.DMS:
            return " ".join(_dms(e7, width) + letter for e7, letter, width in _axes(position))
        case Notation.DDM:
            return " ".join(_ddm(e7, width) + letter for e7, letter, width in _axes(position))
        case Notation.MGRS:
            return _mgrs_text(position)
        case Notation.UTM:
            return _utm_text(position)


def echo(position: Position) -> dict[Notation, str]:
    """Return a position in every notation that can write it, for an officer to read back."""
    texts = {notation: format_coordinate(position, notation) for notation in Notation}
    return {notation: text for notation, text in texts.items() if text}


def _axes(position: Position) -> tuple[tuple[int, str, int], tuple[int, str, int]]:
    lat, lon = position.lat_e7, position.lon_e7
    return (lat, "S" if lat < 0 else "N", 2), (lon, "W" if lon < 0 else "E", 3)


def _dms(e7: int, width: int) -> str:
    """Return degrees, minutes and seconds; 1e-7 degree is exactly 0.00036 seconds."""
    degrees, rest = divmod(abs(e7) * 36, 36 * DEGREE_E7)
    minutes, seconds_e5 = divmod(rest, 6_000_000)
    return f"{degrees:0{width}d}°{minutes:02d}'{seconds_e5 // 100_000:02d}.{seconds_e5 % 100_000:05d}\""


def _ddm(e7: int, width: int) -> str:
    """Return degrees and minutes; 1e-7 degree is exactly 0.000006 minutes."""
    degrees, minutes_e6 = divmod(abs(e7) * 6, 6 * DEGREE_E7)
    return f"{degrees:0{width}d}°{minutes_e6 // 1_000_000:02d}.{minutes_e6 % 1_000_000:06d}'"


def _mgrs_text(position: Position) -> str:
    from mgrs import MGRS

    written = str(MGRS().toMGRS(position.lat, position.lon, MGRSPrecision=5))
    zone, square, digits = written[:-12], written[-12:-10], written[-10:]
    return f"{zone}{square} {digits[:5]} {digits[5:]}"


def _utm_text(position: Position) -> str:
    lat, lon = position.lat, position.lon
    if not -80 <= lat <= 84:
        return ""
    zone, south = zone_of(lat, lon), lat < 0
    easting, northing = _utm(zone, south=south).transform(lon, lat)
    return f"{zone} {'south' if south else 'north'} {easting:.3f} {northing:.3f}"


def zone_of(lat: float, lon: float) -> int:
    """Return the UTM zone of a position, with the exceptions of south-west Norway and Svalbard."""
    if 56 <= lat < 64 and 3 <= lon < 12:
        return 32
    if lat >= 72 and 0 <= lon < 42:
        return 31 if lon < 9 else 33 if lon < 21 else 35 if lon < 33 else 37
    return int((lon + 180) // 6) % 60 + 1
