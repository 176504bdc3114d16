"""The page about notices, held to the code that it tells of."""

from __future__ import annotations

import re
from pathlib import Path

from sazokar.dialects import notice as form
from sazokar.domain.agreement import LEVELS
from sazokar.domain.filing import FLAGS, GREATEST_NOTICE_VERTICES, GREATEST_VOLUMES, REFUSALS, refusal_of
from sazokar.domain.lateness import EXEMPT, LATE, UNRULED
from sazokar.domain.notice import Grade, NoticeKind
from sazokar.domain.plan.instant import parse_instant

PAGE = (Path(__file__).parents[2] / "docs" / "notices.md").read_text(encoding="utf-8")
SECTIONS = {text.partition("\n")[0]: text for text in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]}


def codes(section: str) -> list[str]:
    return re.findall(r"^\| `([a-z-]+)` \|", SECTIONS[section], re.MULTILINE)


def block(section: str, number: int) -> str:
    """Return an indented block of a section, as a person would copy it."""
    blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", SECTIONS[section], re.MULTILINE)
    return re.sub(r"^    ", "", blocks[number], flags=re.MULTILINE)


def test_every_kind_refusal_flag_and_class_of_lateness_is_told_and_none_besides() -> None:
    assert codes("What it may be") == [kind.value for kind in NoticeKind]
    assert codes("Why it is returned") == list(REFUSALS)
    assert codes("What is pointed out") == list(FLAGS)
    assert codes("How late it is") == [LATE, UNRULED, EXEMPT]


def test_the_limits_that_the_page_names_are_those_of_the_code() -> None:
    assert f"{GREATEST_VOLUMES:,} volumes and {GREATEST_NOTICE_VERTICES:,} vertices" in PAGE


def test_the_form_on_the_page_is_read_and_may_stand() -> None:
    whole = block("NOTICE.toml", 0).replace('plan = "convoy-7.geojson"', "")
    draft = form.read((whole + block("NOTICE.toml", 1)).encode(), "NOTICE.toml", "ALPHA")
    assert refusal_of(draft.statement(), "ALPHA", None, parse_instant("2031-01-12T00:00:00Z")) is None


def test_every_word_that_a_key_may_hold_is_told() -> None:
    words = SECTIONS["NOTICE.toml"]
    assert all(word.value in words for word in (*NoticeKind, *Grade, *LEVELS))
