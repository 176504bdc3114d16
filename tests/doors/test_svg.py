"""Markup is escaped where it is made."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from sazokar.doors.svg import element, name, sentence, text
from sazokar.doors.wording import clean, isolated


def _said(markup: str) -> str:
    said: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            said.append(data)

    reader = Reader(convert_charrefs=True)
    reader.feed(markup)
    reader.close()
    return "".join(said)


@given(st.text())
def test_text_says_what_was_put_in_and_nothing_else(value: str) -> None:
    for markup in (text(value), name(value), sentence(isolated(value))):
        assert _said(markup) == clean(value)


@given(st.text())
def test_no_attribute_breaks_out_of_its_quotes(value: str) -> None:
    markup = element("path", d=clean(value))
    assert markup.count('"') == 2
    assert markup.count("<") == 1
