"""A table of a TOML form, read key by key; every fault names place, key, what was found and what is expected.

Knows no form's meaning. The first fault ends the reading; a document of clauses, whose faults are told together, is read
through `toml_table`. Unknown keys are refused, not ignored: a misspelt `life_safety` would silently be false.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final, TypeVar

from sazokar.dialects.document import shown
from sazokar.dialects.fields import HEIGHT, INSTANT, height_of_written, instant_of, name_of
from sazokar.dialects.toml_table import load_toml, one_of
from sazokar.domain.plan.height import Height
from sazokar.domain.plan.quantity import parse_duration
from sazokar.errors import FieldError, LimitError, MeaningError

GREATEST_FORM_BYTES: Final = 8 * 1024 * 1024
"""A form is at most 8 MiB; the longest outline that a notice may have fits in half of that."""
GREATEST_WORDS: Final = 2_000
"""A text of several lines holds at most this many characters."""

_Choice = TypeVar("_Choice", bound=StrEnum)


def document_of(content: bytes, file: str) -> dict[str, object]:
    """Return the top table of a TOML text.

    Raises:
        LimitError: The file is too large.
        UnreadableError: It is not UTF-8, or not TOML.
    """
    if len(content) > GREATEST_FORM_BYTES:
        raise LimitError(f"{file}: found {len(content):,} bytes; expected at most {GREATEST_FORM_BYTES:,}")
    return load_toml(content, file)


@contextmanager
def within(place: str) -> Iterator[None]:
    """Put the place before the field of every fault that is raised within.

    Raises:
        FieldError: What was read within raised a `MeaningError`.
    """
    try:
        yield
    except FieldError as error:
        raise FieldError(f"{place}, {error.field}", error.found, error.expected) from error
    except MeaningError as error:
        raise FieldError(place, error.found, error.expected) from error


class Form:
    """One table of a form.

    Args:
        values: The table.
        place: Where it stands, as a person would find it: `NOTICE.toml, [movement.segment] 2`.
        known: The keys that it may have.

    Raises:
        FieldError: It is no table, or has a key that is not known.
    """

    def __init__(self, values: object, place: str, known: Sequence[str]) -> None:
        if not isinstance(values, dict):
            raise FieldError(place, shown(values), "a table of keys and values")
        self.values: Mapping[str, object] = values
        self.place = place
        for key in values:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                meant = f"; is {near[0]!r} meant?" if near else ""
                raise FieldError(f"{place}, {key[:40]}", "a key that is not known", f"one of {', '.join(known)}{meant}")

    def fault(self, key: str, expected: str) -> FieldError:
        """Return the fault of a key whose value cannot be taken; nothing where it is absent."""
        found = shown(self.values[key]) if key in self.values else "nothing"
        return FieldError(f"{self.place}, {key}", found, expected)

    def text(self, key: str, *, required: bool = False) -> str:
        """Return a name or a line of text; empty where it is absent."""
        value = self.values.get(key, "")
        if not isinstance(value, str) or (not value.strip() and (required or key in self.values)):
            raise self.fault(key, "a text" if required else "a text, or no such key")
        with within(self.place):
            return name_of(value, key)

    def words(self, key: str) -> str:
        """Return a text of several lines; empty where it is absent."""
        value = self.values.get(key, "")
        if not isinstance(value, str) or len(value) > GREATEST_WORDS:
            raise self.fault(key, f"a text of at most {GREATEST_WORDS:,} characters, or no such key")
        with within(self.place):
            for line in value.splitlines():
                for start in range(0, len(line), 200):
                    name_of(line[start : start + 200], key)
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; empty where it is absent."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
            raise self.fault(key, 'a list of texts, such as ["fa", "en"]')
        with within(self.place):
            return tuple(name_of(each, key) for each in value)

    def flag(self, key: str) -> bool:
        """Return true or false; false where it is absent."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self.fault(key, "true or false")
        return value

    def whole(self, key: str, *, most: int, required: bool = False) -> int:
        """Return a whole number from 0 to `most`; 0 where it is absent."""
        value = self.values.get(key, None if required else 0)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise self.fault(key, f"a whole number from 0 to {most:,}")
        return value

    def choice(self, key: str, kind: type[_Choice], otherwise: _Choice | None = None) -> _Choice:
        """Return one of a closed list of words; a default where it is absent and there is one."""
        value = self.values.get(key)
        if value is None and otherwise is not None:
            return otherwise
        words = [each.value for each in kind]
        if isinstance(value, str) and value.strip().lower().replace("_", "-") in words:
            return kind(value.strip().lower().replace("_", "-"))
        raise self.fault(key, one_of(value, words))

    def instant(self, key: str, *, ceil: bool = False) -> int | None:
        """Return an instant, ms since the Unix epoch; None where it is absent. Without a zone it is refused (SZK-13)."""
        if key not in self.values:
            return None
        value = self.values[key]
        written = value.isoformat() if isinstance(value, date | time | datetime) else value
        if not isinstance(written, str):
            raise self.fault(key, INSTANT)
        with within(self.place):
            return instant_of(written, key, ceil=ceil)

    def required_instant(self, key: str) -> int:
        """Return an instant that must be there."""
        instant_ms = self.instant(key)
        if instant_ms is None:
            raise self.fault(key, INSTANT)
        return instant_ms

    def duration(self, key: str) -> int:
        """Return a duration in ms; 0 where it is absent."""
        return self._parsed(key, parse_duration, 'a duration with its unit, such as "5min"', 0)

    def height(self, key: str, *, ceil: bool = False) -> Height | None:
        """Return a height with its reference; None where it is absent."""
        return self._parsed(key, lambda text: height_of_written(text, ceil=ceil), HEIGHT, None)

    def _parsed(self, key: str, parse: Callable[[str], _Read], expected: str, otherwise: _Read) -> _Read:
        if key not in self.values:
            return otherwise
        value = self.values[key]
        if not isinstance(value, str):
            raise self.fault(key, expected)
        with within(f"{self.place}, {key}"):
            return parse(value)

    def part(self, key: str, known: Sequence[str]) -> Form | None:
        """Return a table within this one; None where it is absent."""
        return Form(self.values[key], f"{self.place}, [{key}]", known) if key in self.values else None

    def parts(self, key: str, known: Sequence[str], most: int) -> tuple[Form, ...]:
        """Return the tables of a list, `[[key]]`; none where it is absent."""
        tables = self.values.get(key, [])
        if not isinstance(tables, list):
            raise self.fault(key, f"tables, each under [[{key}]]")
        if len(tables) > most:
            raise FieldError(f"{self.place}, [[{key}]]", f"{len(tables):,} tables", f"at most {most:,}")
        return tuple(Form(table, f"{self.place}, [[{key}]] {n}", known) for n, table in enumerate(tables, 1))


_Read = TypeVar("_Read")
