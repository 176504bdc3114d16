"""One table of a TOML document, read key by key: every fault is kept with its place, none stops the reading.

What could not be read gets a stand-in of its type; whoever builds a value from a table asks `Faults.count` before and
after, and drops the value where it grew. Knows no clause and no agreement.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeVar

from sazokar.dialects.document import plain_utf8, shown
from sazokar.dialects.fields import instant_of, name_of
from sazokar.domain.agreement import Names
from sazokar.domain.plan.quantity import parse_duration, parse_length, parse_vertical
from sazokar.domain.plan.shape import DEGREE_E7
from sazokar.errors import FieldError, MeaningError, RulesError, UnreadableError

GREATEST_FAULTS: Final = 100
"""At most this many faults of one document are kept; of the others, how many there were."""
GREATEST_ENTRIES: Final = 1_000
"""A list or a table within a clause holds at most this many entries, but for vertices."""
GREATEST_TEXT: Final = 2_000
"""A text in words holds at most this many characters."""

Parser = Callable[[str], int]
Choice = TypeVar("Choice", bound=StrEnum)


def load_toml(content: bytes, file: str) -> dict[str, object]:
    """Return the document that TOML text holds; its fractions are decimals, exactly as written.

    Raises:
        LimitError: The file is too large.
        UnreadableError: It is not UTF-8, or not TOML.
    """
    try:
        return tomllib.loads(plain_utf8(content, file).decode("utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError, ArithmeticError) as error:
        raise UnreadableError(f"{file}: found text that is not TOML ({error}); expected TOML") from error


class Faults:
    """The faults of one document, in the order in which they were found.

    Args:
        count: How many were found.
        kept: The first `GREATEST_FAULTS` of them.
    """

    def __init__(self) -> None:
        self.count = 0
        self.kept: list[RulesError] = []

    def add(self, place: str, found: str, expected: str) -> None:
        """Keep one fault."""
        self.take(RulesError(f"{place}: {found}", expected))

    def take(self, fault: RulesError) -> None:
        """Keep a fault that knows its place."""
        self.count += 1
        if len(self.kept) < GREATEST_FAULTS:
            self.kept.append(fault)


class Table:
    """A table whose keys are taken one by one.

    Args:
        values: What TOML made of it.
        place: Where it stands, as a person finds it: `AGREEMENT.toml, clause 3 (5.1)`.
        faults: Where its faults go.
    """

    def __init__(self, values: Mapping[str, object], place: str, faults: Faults) -> None:
        self.values = values
        self.place = place
        self.faults = faults

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def fault(self, found: str, expected: str) -> None:
        """Keep a fault of this table."""
        self.faults.add(self.place, found, expected)

    def wrong(self, key: str, expected: str) -> None:
        """Keep a fault of one key: what was found there, and what is expected."""
        found = shown(self.values[key]) if key in self.values else "nothing"
        self.fault(f"{key} = {found}", expected)

    def require_known(self, known: Sequence[str]) -> None:
        """Keep a fault for every key that is not among those known; the nearest known one is named."""
        for key in self.values:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                meant = f"; is {near[0]!r} meant?" if near else ""
                self.fault(f"the unknown key {key[:40]!r}", f"one of {', '.join(known)}{meant}")

    def text(self, key: str, otherwise: str = "", *, required: bool = False) -> str:
        """Return a name; where the key is absent, `otherwise`."""
        value = self.values.get(key)
        if value is None and not required:
            return otherwise
        if not isinstance(value, str) or not value.strip():
            self.wrong(key, "a text" if required else "a text, or no such key")
            return otherwise
        return self._named(value, key)

    def _named(self, text: str, key: str) -> str:
        try:
            return name_of(text, key)
        except FieldError as error:
            self.fault(f"{key} = {error.found}", error.expected)
            return ""

    def choice(self, key: str, kind: type[Choice], otherwise: Choice | None = None) -> Choice:
        """Return one of the values of a kind; where the key is absent, `otherwise`, without which it is required."""
        value = self.values.get(key)
        if value is None and otherwise is not None:
            return otherwise
        known = [str(choice) for choice in kind]
        if isinstance(value, str) and value in known:
            return kind(value)
        self.wrong(key, one_of(value, known))
        return otherwise or next(iter(kind))

    def flag(self, key: str, otherwise: bool) -> bool:
        """Return a truth; where the key is absent, `otherwise`."""
        value = self.values.get(key, otherwise)
        if not isinstance(value, bool):
            self.wrong(key, "true or false")
            return otherwise
        return value

    def whole(self, key: str, least: int, greatest: int) -> int:
        """Return a whole number within limits; it is required."""
        value = self.values.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= greatest:
            self.wrong(key, f"a whole number from {least:,} to {greatest:,}")
            return least
        return value

    def degrees(self, key: str, least: Decimal, greatest: Decimal, otherwise: int | None = None) -> int:
        """Return degrees within limits as 1e-7 degree, rounded to the nearest."""
        value = self.values.get(key)
        if value is None and otherwise is not None:
            return otherwise
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            number = Decimal(value)
            if number.is_finite() and least <= number <= greatest:
                return round(number * DEGREE_E7)
        self.wrong(key, f"degrees from {least} to {greatest}, such as 36.5")
        return 0

    def length(self, key: str) -> int:
        """Return a length in mm, rounded up; it is required."""
        return self._quantity(key, parse_length, '"10NM" or "500m"')

    def vertical(self, key: str) -> int:
        """Return a vertical length in 1e-4 m, rounded up; it is required."""
        return self._quantity(key, parse_vertical, '"1000ft" or "300m"')

    def duration(self, key: str, greatest_ms: int, *, least_ms: int = 1) -> int:
        """Return a duration in ms within limits; it is required."""
        duration_ms = self._quantity(key, parse_duration, '"30min", "6h" or "90d"')
        if duration_ms and not least_ms <= duration_ms <= greatest_ms:
            days, seconds = greatest_ms // 86_400_000, least_ms // 1_000
            least = f"{seconds:,} s" if seconds else "more than 0"
            self.wrong(key, f"a duration of {least} to {days:,} days")
        return max(duration_ms, least_ms)

    def _quantity(self, key: str, parser: Parser, example: str) -> int:
        value = self.values.get(key)
        if not isinstance(value, str):
            self.wrong(key, f"a text with its unit, such as {example}")
            return 0
        try:
            quantity = parser(value)
        except MeaningError as error:
            self.wrong(key, error.expected)
            return 0
        if quantity <= 0:
            self.wrong(key, "more than 0")
        return quantity

    def instant(self, key: str, *, ceil: bool = False) -> int:
        """Return an instant in ms since the Unix epoch, of a text or of a TOML date-time; it is required (SZK-13)."""
        value = self.values.get(key)
        written = value.isoformat() if isinstance(value, datetime) else value
        try:
            return instant_of(written if isinstance(written, str) else shown(value), key, ceil=ceil)
        except FieldError as error:
            self.wrong(key, error.expected)
            return 0

    def names(self, key: str) -> Names:
        """Return names by language or by party, in the order of the document; empty where the key is absent."""
        table = self.table(key)
        if table is None:
            return ()
        return tuple((table._named(name, name), table.words(name)) for name in table.values)

    def words(self, key: str) -> str:
        """Return a text in words, in any script; it is required."""
        value = self.values.get(key)
        if not isinstance(value, str) or not value.strip() or len(value) > GREATEST_TEXT:
            self.wrong(key, f"a text of 1 to {GREATEST_TEXT:,} characters")
            return ""
        if not all(line.isprintable() for line in value.replace("\u200c", "").replace("\u200d", "").split("\n")):
            self.wrong(key, "letters, digits and marks that show as they are")
        return value.strip()

    def list_of_names(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """Return a list of names, each once; empty where the key is absent."""
        value = self.values.get(key)
        if value is None and not required:
            return ()
        if (
            not isinstance(value, list)
            or not all(isinstance(name, str) and name.strip() for name in value)
            or not value
        ):
            self.wrong(key, 'a list of names, such as ["medevac", "rescue"]')
            return ()
        names = tuple(self._named(name, key) for name in value[:GREATEST_ENTRIES])
        if len(value) > GREATEST_ENTRIES or len(set(names)) != len(names):
            self.wrong(key, f"at most {GREATEST_ENTRIES:,} names, each once")
        return names

    def table(self, key: str) -> Table | None:
        """Return a table within this one, or None where the key is absent."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, dict) or len(value) > GREATEST_ENTRIES:
            self.wrong(key, f"a table of at most {GREATEST_ENTRIES:,} keys")
            return None
        return Table(value, f"{self.place}, {key}", self.faults)

    def tables(self, key: str, greatest: int, written: str) -> list[Table]:
        """Return the tables of a list of tables, each with its number from 1 as its place; empty where it is absent.

        Args:
            key: The key of the list.
            greatest: How many tables it may hold.
            written: How such a table begins: `[[clause]]`.
        """
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
            self.wrong(key, f"tables, each under {written}")
            return []
        if len(value) > greatest:
            self.fault(f"{len(value):,} tables under {written}", f"at most {greatest:,}")
            return []
        return [Table(table, f"{self.place}, {key} {n}", self.faults) for n, table in enumerate(value, 1)]


def one_of(value: object, known: Iterable[str]) -> str:
    """Return in words what was expected of a choice, with the known one that is nearest to what was found."""
    choices = list(known)
    near = difflib.get_close_matches(value, choices, 1) if isinstance(value, str) else []
    listed = ", ".join(f'"{choice}"' for choice in choices[:-1]) + f' or "{choices[-1]}"'
    return listed + (f"; is {near[0]!r} meant?" if near else "")
