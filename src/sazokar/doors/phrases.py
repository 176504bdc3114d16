"""Canned phrases and labels in the languages of the parties (SZK-29), from the package's own data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Final

import msgspec

from sazokar.errors import FieldError

LANGUAGES: Final = ("en", "fa", "ar", "he", "tr")
"""ISO 639-1 codes of the languages that phrases are kept in; every file holds the same keys."""


class Phrases(msgspec.Struct, frozen=True):
    """What is said and printed in one language.

    Args:
        labels: Names of the fields of forms.
        phrases: Sentences that are said over a telephone, and replies.
    """

    labels: Mapping[str, str]
    phrases: Mapping[str, str]


@lru_cache(maxsize=len(LANGUAGES))
def phrases_in(language: str) -> Phrases:
    """Return the phrases of a language.

    Raises:
        FieldError: There are none in it.
    """
    if language not in LANGUAGES:
        raise FieldError("language", repr(language[:20]), f"one of {', '.join(LANGUAGES)}")
    text = resources.files("sazokar").joinpath("data", "phrases", f"{language}.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Phrases)
