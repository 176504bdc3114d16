"""What is read over a telephone: positions in degrees and minutes and in MGRS, digits as words, check digits."""

from __future__ import annotations

import re
from typing import Final

from sazokar.domain.plan.shape import Position

_WORDS: Final = {
    **dict(zip("0123456789", ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], strict=True)),
    ".": "decimal", ":": "", "°": "degrees", "′": "minutes", "N": "north", "S": "south", "E": "east", "W": "west",
    "Z": "Zulu", " ": "·",
}  # fmt: skip


def minutes(position: Position) -> str:
    """Return a position in degrees and decimal minutes, to 0.001 minute (under 2 m): `34°57.000′N 030°18.120′E`."""
    lat, lon = _angle(position.lat_e7, 2), _angle(position.lon_e7, 3)
    return f"{lat}{'S' if position.lat_e7 < 0 else 'N'} {lon}{'W' if position.lon_e7 < 0 else 'E'}"


def _angle(value_e7: int, places: int) -> str:
    thousandths = (abs(value_e7) * 60 + 5_000) // 10_000
    whole, rest = divmod(thousandths, 60_000)
    return f"{whole:0{places}d}°{rest // 1000:02d}.{rest % 1000:03d}′"


def grid(position: Position) -> str:
    """Return a position in MGRS to 1 m, in groups: `36S XD 18901 69210`; empty where MGRS gives none.

    Source: NGA.SIG.0012 (MGRS); computed by the `mgrs` package, which wraps GEOTRANS.
    """
    import mgrs

    try:
        written = str(mgrs.MGRS().toMGRS(position.lat, position.lon, MGRSPrecision=5))
    except mgrs.core.MGRSError:
        return ""
    match = re.fullmatch(r"(\d{0,2}[A-Z])([A-Z]{2})(\d{5})(\d{5})", written.strip())
    return " ".join(match.groups()) if match else written


def say(written: str) -> str:
    """Return a time or a position digit by digit, as it is said: `one eight two zero Zulu`."""
    words = [_WORDS.get(character, character) for character in written]
    return " ".join(word for word in words if word).replace(" · ", ", ")


def check_digits(written: str) -> str:
    """Return two digits by which the one who wrote a field down knows that it was heard right.

    Any one wrong character and any two that changed places are found. Letters and digits count, nothing else.

    Source: ISO/IEC 7064, MOD 97-10.
    """
    kept = "".join(character for character in written.upper() if character.isascii() and character.isalnum())
    number = int("".join(str(int(character, 36)) for character in kept) or "0")
    return f"{98 - number * 100 % 97:02d}"
