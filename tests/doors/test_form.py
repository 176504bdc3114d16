"""The one-page form: what was printed comes back as it was, and no wrong character of a critical line goes unseen."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sazokar.domain.plan.height import Height, Reference, Unit
from sazokar.domain.plan.shape import Circle, Corridor, MultiPolygon, Polygon, Position
from sazokar.doors.form import FormContact, FormFields, NoticeForm, print_form, read_form
from sazokar.doors.form_rows import COLUMNS, GREATEST_TYPED, LINES, check_digits
from sazokar.doors.phrases import LANGUAGES
from sazokar.errors import FieldError, FormError, LimitError
from tests.doors.forms import BOX, CONFLICT, NOTICE, forms

pytestmark = pytest.mark.requirement("SZK-29")

ALPHABET = "".join(chr(code) for code in range(0x20, 0x60))


@settings(max_examples=150, deadline=None)
@given(forms, st.sampled_from(LANGUAGES))
def test_what_is_printed_is_read_back_as_it_was(form: FormFields, language: str) -> None:
    text = print_form(form, language)
    assert read_form(text) == form
    lines = text.splitlines()
    assert len(lines) <= LINES
    assert all(len(line.replace("\u2068", "").replace("\u2069", "")) <= COLUMNS for line in lines)


@settings(deadline=None)
@given(st.text(ALPHABET, min_size=1, max_size=60), st.data())
def test_check_digits_find_every_changed_character_and_every_two_that_changed_places(
    text: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(ALPHABET))
    changed = text[:at] + other + text[at + 1 :]
    assert (check_digits(changed) == check_digits(text)) == (changed == text)
    swapped = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
    assert (check_digits(swapped) == check_digits(text)) == (swapped == text)


def test_check_digits_are_those_of_mod_97_10() -> None:
    """Number and check digits together leave 1 when divided by 97 (ISO/IEC 7064); `A` is 34 and `1` is 18."""
    assert int("3418" + check_digits("A1")) % 97 == 1


@pytest.mark.parametrize("form", [NOTICE, CONFLICT], ids=["notice", "conflict"])
def test_no_changed_character_of_a_critical_line_goes_unseen(form: FormFields) -> None:
    """Every character of every line with check digits is changed into every other that a form may hold."""
    lines = print_form(form).splitlines()
    critical = [n for n, line in enumerate(lines) if line.endswith("]") and not line.startswith("*")]
    assert len(critical) >= 8
    for number in critical:
        line = lines[number]
        for at in range(len(line)):
            for other in set("0189AFNSEWXZ .:-[]*\u00e9") - {line[at]}:
                typed = [*lines[:number], line[:at] + other + line[at + 1 :], *lines[number + 1 :]]
                with pytest.raises((FormError, LimitError)):
                    read_form("\n".join(typed))


CHECKED = re.compile(r" \[[^ \]]+\]$")
"""A line with check digits at its end."""


@settings(max_examples=200, deadline=None)
@given(forms, st.data())
def test_no_changed_character_of_any_form_goes_unseen(form: FormFields, data: st.DataObject) -> None:
    lines = print_form(form).splitlines()
    number = data.draw(st.sampled_from([n for n, line in enumerate(lines) if CHECKED.search(line) and line[0] != "*"]))
    at = data.draw(st.integers(0, len(lines[number]) - 1))
    other = data.draw(st.sampled_from(ALPHABET))
    line = lines[number][:at] + other + lines[number][at + 1 :]
    typed = "\n".join([*lines[:number], line, *lines[number + 1 :]])
    if line == lines[number]:
        assert read_form(typed) == form
        return
    try:
        found = read_form(typed)
    except FormError:
        return
    assert found != form, "a changed line was taken as the one that was printed"
    pytest.fail(f"{line!r} was taken for {lines[number]!r}")


def test_a_wrong_line_is_named_and_all_wrong_lines_are() -> None:
    typed = print_form(NOTICE).replace("18:10:00Z", "18:40:00Z").replace("FL300", "FL200")
    with pytest.raises(FormError) as raised:
        read_form(typed)
    told = str(raised.value)
    assert len(raised.value.faults) == 2
    assert "(V1 START)" in told
    assert "(V1 UPPER)" in told
    assert "ask for the line again" in told


def test_what_is_typed_in_small_letters_with_blank_lines_and_remarks_is_the_same() -> None:
    text = print_form(replace(NOTICE, contacts=()))
    typed = "\n\n".join(line.replace("FL", "fl") if "FL" in line else f"   {line}  " for line in text.splitlines())
    assert read_form(f"* copied by hand\n{typed}") == replace(NOTICE, contacts=())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", [NOTICE, CONFLICT], ids=["notice", "conflict"])
def test_a_form_bears_the_words_of_the_other_side(form: FormFields, language: str) -> None:
    text = print_form(form, language)
    words = {"fa": "شناسه", "ar": "المرجع", "he": "סימוכין", "tr": "Referans", "en": "REFERENCE"}
    assert words[language] in text
    assert read_form(text) == form


def test_a_form_names_every_reply_to_tick_and_the_ticked_one() -> None:
    text = print_form(CONFLICT)
    assert "(X) WILCO ( ) UNABLE ( ) HOLD ( ) COUNTER ( ) QUERY" in text
    assert read_form(text.replace("(X) WILCO ( ) UNABLE", "( ) WILCO (X) UNABLE")) == replace(CONFLICT, reply="UNABLE")
    with pytest.raises(FormError, match="REPLY"):
        read_form(text.replace("( ) UNABLE", "(X) UNABLE"))


def test_whole_flight_levels_stand_in_three_digits_as_they_are_said() -> None:
    assert "V1 LOWER: FL050 [" in print_form(NOTICE)


@pytest.mark.parametrize("gone", ["V1 P3: ", "TELEPHONE 2: ", "CONTACT 2: ", "V1 END: ", "REFERENCE: ", "LANGUAGE: "])
def test_a_line_that_is_missing_is_told(gone: str) -> None:
    lines = [line for line in print_form(NOTICE).splitlines() if not line.startswith(gone)]
    with pytest.raises(FormError, match=gone.strip(": ").split(" ")[0]):
        read_form("\n".join(lines))


def test_a_line_too_many_is_told() -> None:
    text = print_form(NOTICE)
    with pytest.raises(FormError, match="the end of the form"):
        read_form(text + "V2 SHAPE: POLYGON\n")


@pytest.mark.parametrize(
    ("form", "told"),
    [
        (replace(NOTICE, reference="n-1"), "reference"),
        (replace(NOTICE, reference=""), "reference"),
        (replace(NOTICE, reference="-"), "reference"),
        (replace(NOTICE, reference="A  B"), "reference"),
        (replace(NOTICE, reference="A" * 51), "reference"),
        (replace(NOTICE, reference="آ"), "reference"),
        (replace(NOTICE, party="a\nb"), "party"),
        (replace(NOTICE, party="\u202ea"), "party"),
        (replace(NOTICE, kind="x" * 51), "kind"),
        (replace(NOTICE, volumes=()), "volumes"),
        (replace(NOTICE, volumes=NOTICE.volumes * 10), "volumes"),
        (replace(NOTICE, contacts=(FormContact("A", "1"),) * 10), "contacts"),
        (replace(NOTICE, volumes=(replace(NOTICE.volumes[0], shape=MultiPolygon((BOX,))),)), "volume 1"),
        (replace(NOTICE, volumes=(replace(NOTICE.volumes[0], shape=Circle(Position(0, 0), 0)),)), "volume 1"),
        (replace(NOTICE, volumes=(replace(NOTICE.volumes[0], end_ms=0),)), "volume 1"),
        (replace(NOTICE, volumes=(replace(NOTICE.volumes[0], upper=Height(10**15, Unit.M, Reference.AMSL)),)), "upper"),
        (replace(NOTICE, volumes=(replace(NOTICE.volumes[0], upper=Height(3048, Unit.FL, Reference.AGL)),)), "upper"),
        (replace(CONFLICT, own_leg=0), "own_leg"),
        (replace(CONFLICT, reply="YES"), "reply"),
        (replace(CONFLICT, end_ms=CONFLICT.start_ms), "start and end"),
        (replace(CONFLICT, start_ms=-(10**18)), "start and end"),
    ],
)
def test_what_does_not_fit_a_form_is_told_with_its_field(form: FormFields, told: str) -> None:
    with pytest.raises(FieldError) as raised:
        print_form(form)
    assert told in str(raised.value)


def test_more_than_a_page_is_refused() -> None:
    line = Corridor(tuple(Position(n * 1_000_000, 0) for n in range(40)), 1_000)
    with pytest.raises(LimitError, match="one page of 60 lines"):
        print_form(replace(NOTICE, volumes=(replace(NOTICE.volumes[0], shape=line),) * 2))


def test_holes_do_not_fit_a_form() -> None:
    hole = tuple(Position(347_000_000 + a, -301_000_000 + b) for a, b in ((0, 0), (0, 9_000), (9_000, 0)))
    with pytest.raises(FieldError, match="volume 1"):
        print_form(replace(NOTICE, volumes=(replace(NOTICE.volumes[0], shape=Polygon((*BOX.rings, hole))),)))


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(FormError, LimitError):
        read_form(text)


@settings(deadline=None)
@given(st.lists(st.sampled_from(print_form(NOTICE).splitlines() + print_form(CONFLICT).splitlines()), max_size=40))
def test_no_shuffled_lines_are_guessed_at(lines: list[str]) -> None:
    text = "\n".join(lines)
    with suppress(FormError, LimitError):
        found = read_form(text)
        rows = [line for line in lines if not line.startswith("*")]
        assert rows == [line for line in print_form(found).splitlines() if not line.startswith("*")]


def _checked(label: str, value: str) -> str:
    return f"{label}: {value} [{check_digits(value)}]"


@pytest.mark.parametrize(
    ("label", "before", "after"),
    [
        ("VOLUMES", "1", "999"),
        ("V1 POINTS", "4", "4000"),
        ("V1 POINTS", "4", "04"),
        ("V1 POINTS", "4", "-1"),
        ("V1 SHAPE", "POLYGON", "CIRCLE OF 5 M"),
        ("V1 SHAPE", "POLYGON", "LINE OF 5 KM EACH SIDE"),
        ("V1 SHAPE", "POLYGON", "LINE OF 99999999 M EACH SIDE"),
        ("V1 P1", "3436.000N 03018.000W", "3436.000N 0301"),
        ("V1 P1", "3436.000N 03018.000W", "3436.000N 03018.000W AT 2031-01-14T18:10:00Z"),
        ("V1 START", "2031-01-14T18:10:00Z", "2031-01-14T18:10:00"),
        ("V1 START", "2031-01-14T18:10:00Z", "2031-01-14T21:40:00+03:30"),
        ("V1 UPPER", "FL300", "FL 300"),
        ("V1 UPPER", "FL300", "300"),
        ("NOTICE FORM", "NOTICE 1", "NOTICE 2"),
    ],
)
def test_right_check_digits_do_not_make_a_wrong_value_right(label: str, before: str, after: str) -> None:
    text = print_form(NOTICE)
    assert _checked(label, before) in text
    with pytest.raises(FormError):
        read_form(text.replace(_checked(label, before), _checked(label, after)))


def test_a_text_longer_than_any_form_is_refused_at_once() -> None:
    with pytest.raises(LimitError, match="at most 20,000"):
        read_form("A" * (GREATEST_TYPED + 1))


def test_a_form_without_phrases_in_its_language_is_refused() -> None:
    with pytest.raises(FieldError, match="language"):
        print_form(NOTICE, "xx")
    assert isinstance(NOTICE, NoticeForm)


@pytest.mark.requirement("SZK-31")
def test_an_end_that_is_not_told_stays_untold_on_paper_and_back() -> None:
    untold = replace(CONFLICT, end_ms=None)
    text = print_form(untold)
    assert read_form(text) == untold
    assert "18:40" not in text
