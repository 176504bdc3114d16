"""The page of the agreement, held to its reader: every kind and every key, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sazokar.dialects import agreement
from sazokar.dialects.agreement_terms import TERMS
from sazokar.dialects.agreement_zones import BUFFER, SCHEDULE, ZONE
from sazokar.dialects.clauses import SEPARATION, ZONE_MINIMUM
from sazokar.domain.agreement import FirstAnswer, Fixed, Level
from sazokar.domain.party import PartyRole
from sazokar.doors.form_rows import Row

PAGE = (Path(__file__).parents[2] / "docs" / "agreement.md").read_text()
NAMED = {"number", "kind"}
"""Keys of every clause, told once at the top."""


def documented() -> dict[str, set[str]]:
    """Return the keys that each section of the page tells."""
    sections = re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]
    return {
        text.partition("\n")[0]: set(re.findall(r"^\| `(\w+)` \|", text.partition("\n## ")[0], re.MULTILINE))
        for text in sections
    }


def known() -> dict[str, set[str]]:
    """Return the keys that the reader takes."""
    return {
        "top": set(agreement.TOP),
        "agreement": set(agreement.AGREEMENT),
        "signatory": set(agreement.SIGNATORY),
        "area": set(agreement.AREA),
        "separation": set(SEPARATION) - NAMED,
        "zone-minimum": set(ZONE_MINIMUM) - NAMED,
        "every zone": set(ZONE) - NAMED,
        "schedule": set(SCHEDULE),
        "buffer": set(BUFFER),
        **{kind: set(keys) for kind, (_, keys) in TERMS.items()},
    }


def test_the_page_tells_every_key_of_every_kind_and_no_other() -> None:
    assert documented() == known()


@pytest.mark.parametrize("kind", agreement.KINDS)
def test_the_page_names_every_kind(kind: str) -> None:
    assert f"`{kind}`" in PAGE or f"### {kind}\n" in PAGE


@pytest.mark.parametrize("value", [*FirstAnswer, *Level, *Fixed, *PartyRole])
def test_the_page_names_every_choice(value: str) -> None:
    assert f"`{value}`" in PAGE


def test_the_line_of_a_form_that_the_page_shows_is_one() -> None:
    assert str(Row("V1 LOWER", "FL050", critical=True)) in PAGE
