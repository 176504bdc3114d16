"""Canned phrases: every language says all of them, and calls a conflict a clash of plans, never a fight."""

from __future__ import annotations

from importlib import resources

import pytest

from sazokar.doors.phrases import LANGUAGES, phrases_in
from sazokar.errors import FieldError

pytestmark = pytest.mark.requirement("SZK-29")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language: str) -> None:
    found, english = phrases_in(language), phrases_in("en")
    assert found.labels.keys() == english.labels.keys()
    assert found.phrases.keys() == english.phrases.keys()
    assert all(text.strip() for text in (*found.labels.values(), *found.phrases.values()))
    if language != "en":
        same = [key for key, text in found.phrases.items() if text == english.phrases[key]]
        assert same == []


@pytest.mark.parametrize(("language", "word"), [("fa", "تداخل"), ("ar", "تداخل"), ("tr", "Çakışma")])
def test_a_conflict_is_a_clash_of_plans(language: str, word: str) -> None:
    assert phrases_in(language).labels["conflict"] == word


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_calls_a_conflict_a_fight(language: str) -> None:
    text = resources.files("sazokar").joinpath("data", "phrases", f"{language}.toml").read_text("utf-8").casefold()
    assert not any(word in text for word in ("درگیری", "çatışma", "صراع", "نزاع", "اشتباك"))


@pytest.mark.requirement("SZK-08")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fixed_meaning_can_be_said(language: str) -> None:
    assert {"notice", "silence", "no-conflict", "late"} <= phrases_in(language).phrases.keys()


@pytest.mark.parametrize("language", ["", "xx", "../en", "EN"])
def test_an_unknown_language_is_refused(language: str) -> None:
    with pytest.raises(FieldError, match="one of en, fa, ar, he, tr"):
        phrases_in(language)
