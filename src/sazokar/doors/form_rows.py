"""Rows of a form that is read over a telephone: `LABEL: value [nn]`, where nn are check digits of the value.

A row is critical where one wrong character would put someone in the wrong place or time. Its value is of printable
ASCII in capitals. Knows no notice and no conflict (`form` does), and guesses nothing: what is not exactly a row is a
fault that names the line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from sazokar.doors.wording import clean
from sazokar.errors import FieldError, FormError, LimitError, MeaningError

COLUMNS: Final = 78
LINES: Final = 60
"""A form is one page of this size."""
GREATEST_TYPED: Final = 20_000
"""A form that was typed in is at most this many characters."""
GREATEST_VALUE: Final = 50
"""A free text of a form is at most this many characters."""
EMPTY: Final = "-"
"""What stands where nothing is to be said; no value is this itself."""
REMARK: Final = "*"
"""A line that begins with it is for people, and is not read back."""

_ROW = re.compile(r"([A-Z0-9][A-Z0-9 ]{0,19}): (.+)")
_CHECKED = re.compile(r"(.+) \[(\d\d)\]", re.ASCII)
_ISOLATES: Final = {ord("\u2068"): None, ord("\u2069"): None}


class Row(msgspec.Struct, frozen=True):
    """One row of a form.

    Args:
        label: What it is, in capitals.
        value: What is to be read out.
        critical: Whether it bears check digits.
    """

    label: str
    value: str
    critical: bool = False

    def __str__(self) -> str:
        return f"{self.label}: {self.value}" + (f" [{check_digits(self.value)}]" if self.critical else "")


def check_digits(value: str) -> str:
    """Return the two check digits of a critical value; every character of it counts, blanks and points too.

    Each character is written as two digits, the blank as 01 to `_` as 64, and the digits are those of MOD 97-10 for the
    whole number. A single changed character changes that number by d·100^k with 0 < |d| < 97, which 97 does not divide;
    two neighbours that changed places by 99·d·100^k, which it does not either. So all of both are found.

    Source: ISO/IEC 7064:2003, MOD 97-10, applied to the number of these codes.
    """
    number = 0
    for character in value:
        number = (number * 100 + ord(character) - 31) % 97
    return f"{98 - number * 100 % 97:02d}"


def require_critical(value: str, field: str) -> str:
    """Return a value that may stand in a critical row.

    Raises:
        FieldError: It is empty or too long, or holds what cannot be read out: only capitals, digits and the other marks
            of ASCII, with single blanks within.
    """
    printable = all(" " <= c <= "_" for c in value) and not set("[]") & set(value)
    if not printable or value in ("", EMPTY) or value != value.strip() or "  " in value:
        raise FieldError(field, repr(value[:60]), "capitals, digits and marks of ASCII with single blanks within")
    if len(value) > GREATEST_VALUE:
        raise FieldError(field, f"{len(value)} characters", f"at most {GREATEST_VALUE}")
    return value


def require_free(value: str, field: str) -> str:
    """Return a value that may stand in a row without check digits.

    Raises:
        FieldError: It is empty or too long, or holds what does not print on one line.
    """
    shown = clean(value, GREATEST_VALUE)
    if shown != value or value in ("", EMPTY) or value != value.strip():
        raise FieldError(field, repr(value[:60]), f"1 to {GREATEST_VALUE} characters that print on one line")
    return value


def page(rows: Sequence[str | Row]) -> str:
    """Return a form as text, one page.

    Raises:
        LimitError: It does not fit on one page.
    """
    lines = [str(row) for row in rows]
    wide = next((line for line in lines if len(line.translate(_ISOLATES)) > COLUMNS), None)
    if len(lines) > LINES or wide is not None:
        found = f"{len(lines)} lines" if wide is None else f"the line {wide[:40]!r}… of {len(wide)} characters"
        raise LimitError(f"form: found {found}; expected one page of {LINES} lines of {COLUMNS} characters")
    return "\n".join(lines) + "\n"


class Rows:
    """The rows of a form that was typed in, taken one by one in the order in which forms have them.

    Args:
        text: What was typed.

    Raises:
        LimitError: It is longer than any form.
        FormError: Lines are no rows, or their check digits are not theirs; all such lines are named.
    """

    def __init__(self, text: str) -> None:
        if len(text) > GREATEST_TYPED:
            raise LimitError(f"form: found {len(text):,} characters; expected at most {GREATEST_TYPED:,}")
        faults: list[FieldError] = []
        self._rows: list[tuple[int, Row]] = []
        for number, line in enumerate(text.splitlines(), 1):
            written = line.translate(_ISOLATES).strip()
            if not written or written.startswith(REMARK):
                continue
            try:
                self._rows.append((number, _row(number, written)))
            except FieldError as error:
                faults.append(error)
        if faults:
            raise FormError(faults)
        self._at = 0

    def first(self) -> str:
        """Return the label of the next row; empty where none is left."""
        return self._rows[self._at][1].label if self._at < len(self._rows) else ""

    def take(self, label: str, *, critical: bool = False) -> str:
        """Return the value of the next row, which must be the one that is named.

        Raises:
            FormError: It is another one, or none is left, or it bears check digits and should not, or the other way.
        """
        if self._at == len(self._rows):
            raise FormError([FieldError("the end", "no more lines", f"{label}: …")])
        number, row = self._rows[self._at]
        if row.label != label or row.critical != critical:
            expected = f"{label}: …" + (" [check digits]" if critical else ", without check digits")
            raise FormError([FieldError(f"line {number}", repr(str(row)[:60]), expected)])
        self._at += 1
        return row.value

    def taken_as(self, error: MeaningError) -> FormError:
        """Return a fault of what was taken last, with its line."""
        number, row = self._rows[self._at - 1]
        return FormError([FieldError(f"line {number} ({row.label})", error.found, error.expected)])

    def require_same(self, rows: Sequence[Row]) -> None:
        """Pass where the rows that were typed are exactly these: nothing was read otherwise than it was printed.

        Raises:
            FormError: One differs, or there are more of them.
        """
        for (number, typed), row in zip(self._rows, rows, strict=False):
            if typed != row:
                raise FormError([FieldError(f"line {number}", repr(str(typed)[:60]), str(row))])
        if len(self._rows) > len(rows):
            number, row = self._rows[len(rows)]
            raise FormError([FieldError(f"line {number}", repr(str(row)[:60]), "the end of the form")])


def _row(number: int, written: str) -> Row:
    """Return the row that a line is.

    Raises:
        FieldError: It is none, or its check digits are not its value's.
    """
    match = _ROW.fullmatch(written)
    if match is None:
        raise FieldError(f"line {number}", repr(written[:60]), "LABEL: value, or a remark that begins with *")
    label, value = match.groups()
    checked = _CHECKED.fullmatch(value)
    if checked is None:
        return Row(label, value)
    value = checked.group(1).upper() if checked.group(1).isascii() else checked.group(1)
    if not all(" " <= c <= "_" for c in value) or check_digits(value) != checked.group(2):
        found = f"{value[:60]!r} with the check digits {checked.group(2)}"
        raise FieldError(f"line {number} ({label})", found, "check digits that agree: ask for the line again")
    return Row(label, value, critical=True)
