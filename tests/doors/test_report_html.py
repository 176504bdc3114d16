"""The HTML report: one file, no fetch, nothing that runs, whatever the names in it are."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import msgspec
import pytest

from sazokar.domain.plan.instant import BEGINNING_MS, END_MS
from sazokar.domain.plan.shape import Circle, Movement, Rectangle, Shape
from sazokar.doors import report_csv, report_html
from sazokar.doors.presented import present
from tests.doors.reports import BOX, HOSTILE_NAMES, NEAR, QUIET, REPORT, SITE, hostile, instant, place

replace = msgspec.structs.replace
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Reader(HTMLParser):
    """Notes every tag with its attributes, and that each is closed where it should be."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.said = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


def read(text: str) -> Reader:
    """Return what a parser makes of a page."""
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize("name", ["plain", *HOSTILE_NAMES])
def test_nothing_runs_and_nothing_is_fetched_whatever_the_names(name: str) -> None:
    reader = read(report_html.render(present(hostile(name))))
    assert not {tag for tag, _ in reader.tags} & {"script", "iframe", "img", "link", "object", "image", "foreignobject"}
    for _, attributes in reader.tags:
        assert not [key for key in attributes if key.startswith("on") or key in ("style", "src", "xlink:href")]
        assert (attributes.get("href") or "#").startswith("#")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_add_no_element(name: str) -> None:
    def tags(of: str) -> set[str]:
        return {tag for tag, _ in read(report_html.render(present(hostile(of)))).tags}

    assert tags(name) == tags("plain")


def test_style_fetches_nothing_and_is_the_only_one_that_the_policy_allows() -> None:
    text = report_html.render(present(REPORT))
    (style,) = re.findall("<style>(.*?)</style>", text, re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in text
    assert not re.search(r"https?:|//[a-z]", re.sub("<style>.*?</style>", "", text, flags=re.DOTALL).replace("</", ""))


def test_each_conflict_has_its_page_and_the_list_leads_to_it() -> None:
    reader = read(report_html.render(present(REPORT)))
    pages = {attributes.get("id") for tag, attributes in reader.tags if tag == "section"}
    assert pages == {"overview", "c1", "c2", "c3"}
    assert {"#c1", "#c2", "#c3"} <= {attributes.get("href") for tag, attributes in reader.tags if tag == "a"}


def test_a_page_says_what_is_read_over_a_telephone() -> None:
    said = read(report_html.render(present(replace(REPORT, conflicts=(NEAR,))))).said
    for words in (
        "18:20:21Z to 18:28:25Z", "14 January 2026", "one eight two zero two one, Zulu", "34°57.000′N 030°18.120′E",
        "MGRS 36S TD", "407 m (0.22 NM)", "FL140 to FL180", "10 NM or 2,000 ft", "delay BRAVO/transport-1 25 min",
        "climb BRAVO/transport-1 18,000 ft", "shift BRAVO/transport-1 10.0 NM east (090°)", "transport-1.geojson"[:11],
    ):  # fmt: skip
        assert words in said


def test_both_references_and_the_conversion_are_named_beside_the_profile() -> None:
    said = read(report_html.render(present(REPORT))).said
    assert "pressure altitude" in said
    assert "mean sea level" in said
    assert REPORT.conflicts[1].conversion in said


@pytest.mark.requirement("SZK-08")
def test_it_never_says_clear_or_safe() -> None:
    for report in (REPORT, QUIET):
        text = re.sub("<style>.*?</style>", "", report_html.render(present(report)), flags=re.DOTALL)
        assert not re.search(r"\b(clear|safe)", read(text).said.lower())


@pytest.mark.requirement("SZK-51")
def test_banner_is_on_the_overview_and_on_the_page_of_the_site() -> None:
    assert report_html.render(present(REPORT)).count('class="banner"') == 2
    assert report_html.render(present(QUIET)).count('class="banner"') == 0


def test_many_conflicts_are_bounded_and_the_file_says_so() -> None:
    many = replace(REPORT, conflicts=(NEAR,) * (report_html.GREATEST_PAGES + 5))
    text = report_html.render(present(many))
    assert text.count('class="page conflict"') == report_html.GREATEST_PAGES
    assert f"The first {report_html.GREATEST_PAGES} have a page each" in read(text).said
    assert len(read(text).tags) < 200_000


@pytest.mark.parametrize(
    "shape",
    [
        Rectangle(-1_800_000_000, -900_000_000, 1_800_000_000, 900_000_000),
        Circle(place(90, 0), 900_000_000),
        Circle(place(0, 180), 1),
        Movement((place(10, 179.9), place(10, -179.9)), (instant("18:00:00"), instant("18:40:00")), 0),
        Movement((place(10, 10), place(10, 10)), (instant("18:00:00"), instant("18:40:00")), 0),
    ],
)
def test_any_shape_anywhere_can_be_drawn(shape: Shape) -> None:
    volume = replace(BOX, shape=shape)
    at = place(89.9999999, 180) if isinstance(shape, Circle) else place(10, 180)
    conflict = replace(NEAR, a=volume, at=at)
    text = report_html.render(present(replace(REPORT, volumes=(volume,), conflicts=(conflict,))))
    read(text)
    assert "nan" not in re.sub("<style>.*?</style>", "", text, flags=re.DOTALL).lower().replace("nance", "")


def test_two_standing_volumes_can_be_drawn() -> None:
    conflict = replace(NEAR, a=SITE, b=replace(SITE, party="OTHER"), start_ms=BEGINNING_MS, end_ms=END_MS)
    said = read(report_html.render(present(replace(REPORT, conflicts=(conflict,))))).said
    assert "no start to no end" in said


def test_names_from_right_to_left_are_fenced() -> None:
    text = report_html.render(present(hostile("نیروی هوایی")))
    assert '<bdi dir="auto">نیروی هوایی/نیروی هوایی</bdi>' in text


def test_no_conflict_and_nothing_read_are_pages_too() -> None:
    for report in (QUIET, replace(QUIET, volumes=())):
        read(report_html.render(present(report)))


def test_no_fence_of_our_own_is_shown_as_a_fault() -> None:
    for render in (report_html.render, report_csv.render):
        assert "\ufffd" not in render(present(hostile("نیروی هوایی")))
