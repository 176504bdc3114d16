"""The page that is read over a telephone, and its way back in (SZK-29)."""

from __future__ import annotations

import pytest

from sazokar.doors.desk.folder import read_ledger
from tests.doors.desk.conftest import Desk, good, run

pytestmark = pytest.mark.requirement("SZK-29")


def test_reply_ticked_on_a_conflicts_page_becomes_an_answer(desk: Desk) -> None:
    _, _, case = desk.conflict()
    page = desk.good("form", "print", case, "--as", "ALPHA")
    assert "CONFLICT FORM" in page and "FREED BY" in page
    typed = desk.home / "typed.txt"
    typed.write_text(page.replace("( ) UNABLE", "(X) UNABLE"), encoding="utf-8")
    assert "every check digit holds" in desk.good("form", "read", typed, by="ALPHA")
    said = read_ledger(desk.ledger).state.cases[case].said
    assert [(one.party, one.reply) for one in said] == [("ALPHA", "UNABLE")]


def test_page_without_a_tick_answers_nothing(desk: Desk) -> None:
    _, _, case = desk.conflict()
    typed = desk.home / "typed.txt"
    typed.write_text(desk.good("form", "print", case, "--as", "ALPHA"), encoding="utf-8")
    code, _, err = desk.run("form", "read", typed, by="ALPHA")
    assert code == 2 and "REPLY" in err
    assert desk.run("form", "read", typed, "--check")[0] == 0


@pytest.mark.parametrize(("was", "becomes"), [("OWN LEG: 1", "OWN LEG: 2"), ("REFERENCE: C", "REFERENCE: D")])
def test_line_heard_wrongly_is_named(desk: Desk, was: str, becomes: str) -> None:
    _, _, case = desk.conflict()
    typed = desk.home / "typed.txt"
    typed.write_text(desk.good("form", "print", case, "--as", "ALPHA").replace(was, becomes), encoding="utf-8")
    code, _, err = desk.run("form", "read", typed, by="ALPHA")
    assert code == 2 and "line" in err and was.partition(":")[0] in err


def test_notice_read_over_a_telephone_is_filed_as_it_was_printed(desk: Desk) -> None:
    form = desk.transport()
    page = good("notice", "form", form, "--party", "BRAVO", "--ref", "DRAFT-7")
    typed = desk.home / "typed.txt"
    typed.write_text(page, encoding="utf-8")
    assert "TAKEN as N" in desk.good("form", "read", typed, by="BRAVO")
    (filed,) = read_ledger(desk.ledger).state.notices.values()
    desk.good("notice", "cancel", filed.ref, by="BRAVO")
    desk.good("notice", "file", form, by="BRAVO")
    other = next(n for n in read_ledger(desk.ledger).state.notices.values() if n.ref != filed.ref)
    assert filed.extent is not None and other.extent is not None
    assert [(v.shape, v.lower, v.upper, v.start_ms, v.end_ms) for v in filed.extent.volumes] == [
        (v.shape, v.lower, v.upper, v.start_ms, v.end_ms) for v in other.extent.volumes
    ]


def test_page_of_another_party_is_not_filed_in_its_name(desk: Desk) -> None:
    typed = desk.home / "typed.txt"
    typed.write_text(good("notice", "form", desk.transport(), "--party", "ALPHA"), encoding="utf-8")
    code, _, err = desk.run("form", "read", typed, by="BRAVO")
    assert code == 2 and "PARTY" in err


def test_page_shows_no_more_than_its_reader_may_see(desk: Desk) -> None:
    first, _, case = desk.conflict()
    assert desk.run("form", "print", first, "--as", "ALPHA")[0] == 2
    code, _, err = desk.run("form", "print", case)
    assert code == 2 and "--as" in err
    page = desk.good("form", "print", case, "--as", "BRAVO", "--language", "fa")
    assert "box-7" not in page and "\u2068" in page


def test_page_that_cannot_be_read_is_told(desk: Desk) -> None:
    for text in ("", "nonsense", "x" * 100_000):
        typed = desk.home / "typed.txt"
        typed.write_text(text, encoding="utf-8")
        code, _, err = desk.run("form", "read", typed, by="BRAVO")
        assert code == 2 and err.startswith("sazokar:")
    assert run("form", "read", desk.home / "none", "--key", desk.key("BRAVO"))[0] == 2


def test_page_of_the_other_side_is_not_taken_as_this_sides_answer(desk: Desk) -> None:
    _, _, case = desk.conflict()
    typed = desk.home / "typed.txt"
    page = desk.good("form", "print", case, "--as", "BRAVO").replace("( ) WILCO", "(X) WILCO")
    typed.write_text(page, encoding="utf-8")
    code, _, err = desk.run("form", "read", typed, by="ALPHA")
    assert code == 2 and "OWN NOTICE" in err and "your key signs for ALPHA" in " ".join(err.split())
    assert read_ledger(desk.ledger).state.cases[case].said == ()
