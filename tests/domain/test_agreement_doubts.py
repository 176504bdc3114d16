"""What a valid agreement leaves unsaid, or likely does not mean, is pointed out; nothing is refused for it."""

from __future__ import annotations

from importlib import resources

import pytest

from sazokar.dialects import agreement
from sazokar.domain.agreement import Fixed
from sazokar.domain.agreement_doubts import doubts
from sazokar.domain.plan.instant import parse_instant
from tests.dialects.agreements import LINE, clause, read

NOW_MS = parse_instant("2031-06-01T00:00:00Z")
CIRCLE = 'name = "Cay"\ncircle = { centre = "12N 42E", radius = "5km" }\n'


def codes(*clauses: str, now_ms: int | None = NOW_MS) -> set[str]:
    """Return the kinds of doubt about an agreement with these clauses."""
    return {doubt.code for doubt in doubts(read(*clauses), now_ms)}


def test_the_bundled_agreement_leaves_no_doubt() -> None:
    content = resources.files("sazokar").joinpath("data", "examples", "mechanism", "agreement.toml").read_bytes()
    assert doubts(agreement.read(content, "agreement.toml"), NOW_MS) == ()


@pytest.mark.requirement("SZK-08")
@pytest.mark.parametrize("fixed", Fixed)
def test_each_meaning_that_is_not_stated_is_told(fixed: Fixed) -> None:
    def meant(about: Fixed, number: int) -> str:
        return clause("meaning", f'about = "{about}"\ntexts = {{ en = "So it is." }}', f"8.{number}")

    everything = [meant(about, n) for n, about in enumerate(Fixed)]
    assert "meaning-missing" not in codes(*everything)
    without = [meant(about, n) for n, about in enumerate(Fixed) if about is not fixed]
    told = [doubt.message for doubt in doubts(read(*without)) if doubt.code == "meaning-missing"]
    assert len(told) == 1
    assert f'"{fixed}"' in told[0]


def test_a_meaning_in_fewer_languages_than_the_title_is_told() -> None:
    assert "meaning-untranslated" in codes(clause("meaning", 'texts = { fa = "نه." }'))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (clause("line", 'name = "L"\nline = ["12N 41E", "12N 43E"]'), "line-without-buffers"),
        (clause("restricted-area", CIRCLE.replace("12N 42E", "42N 12E")), "swapped-coordinates"),
        (clause("zone-minimum", 'zone_kind = "special-caution"\nhorizontal = "1km"'), "unknown-zone-kind"),
        (clause("priority", 'exempt = ["medevac"]'), "exempt-without-rank"),
        ('[default]\nhorizontal = 0\nvertical = 0\n', "default-overlap"),
        (
            clause("restricted-area", CIRCLE + '[[clause.schedule]]\nfrom = "2030-01-01T00:00:00Z"\n'
            'until = "2030-02-01T00:00:00Z"\n'),
            "schedule-past",
        ),
        (
            clause("restricted-area", CIRCLE + '[[clause.schedule]]\nfrom = "2031-09-02T00:00:00Z"\n'  # a Tuesday
            'until = "2031-09-04T00:00:00Z"\nweekdays = ["monday"]\ndaily = ["08:00Z", "09:00Z"]\n'),
            "schedule-empty",
        ),
        (
            clause("restricted-area", CIRCLE + '[[clause.schedule]]\nfrom = "2031-07-01T00:00:00Z"\n'
            'until = "2041-07-01T00:00:00Z"\ndaily = ["08:00Z", "16:00Z"]\n'),
            "many-windows",
        ),
    ],
)  # fmt: skip
def test_what_is_likely_not_meant_is_told(text: str, code: str) -> None:
    assert code in codes(text)
    known = clause("zone-minimum", 'zone_kind = "Special caution area"\nhorizontal = "1km"')
    assert not {"line-without-buffers", "unknown-zone-kind"} & codes(LINE, known)


def test_what_is_missing_is_told() -> None:
    assert {"no-lead-time", "no-answering", "no-stop-authority"} <= codes()


def test_no_schedule_is_past_without_a_present() -> None:
    past = clause(
        "restricted-area",
        CIRCLE + '[[clause.schedule]]\nfrom = "2030-01-01T00:00:00Z"\nuntil = "2030-02-01T00:00:00Z"\n',
    )
    assert "schedule-past" not in codes(past, now_ms=None)


def test_a_height_above_ground_asks_for_the_ground() -> None:
    from tests.dialects.agreements import TOP

    text = TOP.replace('ground = "0m..500m"\n', "") + clause("restricted-area", CIRCLE + 'upper = "500 FT AGL"')
    found = {doubt.code for doubt in doubts(agreement.read(text.encode(), "a"))}
    assert "no-ground" in found
