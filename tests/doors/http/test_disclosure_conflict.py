"""`docs/disclosure.md`, each cell of it that speaks of a conflict, on every door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest

from sazokar.app import shown_conflicts
from sazokar.app.sight import Sight
from sazokar.domain.agreement import LEVELS, Level
from sazokar.domain.finding import Findings, Raised
from sazokar.domain.statement import AnswerConflict, Ask, Recommend, Reply, ReplyContent
from tests.dialects.agreements import clause
from tests.doors.http.grounds import House, treaty
from tests.doors.http.looked import TELLING, searched, shown
from tests.doors.http.planted import CONFLICT, LEAD, Planted, asking, fresh, has

pytestmark = [pytest.mark.requirement("SZK-31"), pytest.mark.requirement("SZK-50")]
SAID, ANSWERED, ADVISED = b"kestrelheld7x", b"kestrelanswer8x", b"kestreladvice9x"
WORDS = "what a reply says beyond its code"


@contextmanager
def in_conflict(level: str, to: str = "any") -> Iterator[tuple[House, str, Planted, Planted]]:
    """Give a house with a conflict of ALPHA and BRAVO, with what was said of it, and what both have filed."""
    first, later = Planted(1, "BRAVO"), Planted(2, "ALPHA")
    with fresh(treaty(LEAD, clause("disclosure", f'to = "{to}"\nlevel = "{level}"', "7.1"))) as house:
        house.take("BRAVO", first.statement())
        house.take("ALPHA", later.statement())
        (ref,) = house.state.cases
        house.take("ALPHA", AnswerConflict(ref=ref, reply=Reply.HOLD, content=ReplyContent(text=SAID.decode())))
        house.take("BRAVO", AnswerConflict(ref=ref, reply=Reply.QUERY, content=ReplyContent(text=ANSWERED.decode())))
        house.take("MEDIATOR", Recommend(ref=ref, content=ReplyContent(text=ADVISED.decode())))
        yield house, ref, first, later


def cell(field: str, role: str, level: Level) -> bool:
    """Return what the page says of a field, where everyone but a filer sees both notices at a level."""
    column = {"own": "side", "another party": "side", "mediator": "mediator"}.get(role, "else, who hears")
    told, rank = CONFLICT[field][column], LEVELS.index(level)
    if told.startswith("its own") or told == "yes":
        return True
    if told == "none":
        return False
    assert told.startswith("where it sees"), told
    return rank >= LEVELS.index(Level.EVERYTHING if "everything" in told else Level.EXTENT)


def hears(role: str, level: Level) -> bool:
    """Return who hears of a conflict, by the words above the page's table."""
    if role in ("own", "another party"):
        return True
    return LEVELS.index(level) >= LEVELS.index(Level.CONFLICT if role == "mediator" else Level.EXTENT)


def raised_seen(house: House, ref: str, party: str) -> list[Raised]:
    """Return what the records of a party tell of how a conflict was found: what an event gives."""
    sight = Sight(house.state, party)
    entries = [sight.entry(stored) for stored in house.log.read(0)]
    findings = [one for entry in entries if isinstance(entry, Findings) for one in entry.findings or ()]
    return [one for one in findings if isinstance(one, Raised) and one.ref == ref]


def require_raised(raised: Raised, role: str, level: Level, party: str) -> None:
    """Pass where a conflict is told as the page says."""
    assert raised.a is not None and raised.b is not None
    sides = {side.party: side for side in (raised.a, raised.b)}
    own = sides.pop(party, None)
    told = own is not None and bool(own.leg and own.from_ms and own.offers)
    assert told is cell("own leg, from when, what would free it", role, level)
    for side in sides.values():
        assert bool(side.leg) is bool(side.from_ms) is cell("leg and time of a side that is not one's own", role, level)
        assert bool(side.offers) is cell("what would free a side that is not one's own", role, level)
    where = (raised.end_ms, raised.horizontal_mm, raised.vertical_e4, raised.at)
    assert all((one is not None) is cell("where, how near, until when", role, level) for one in where)


@pytest.mark.parametrize("level", LEVELS)
def test_each_cell_of_a_conflict_on_every_door(level: Level) -> None:
    with in_conflict(level) as (house, ref, first, later):
        a, b = house.state.cases[ref].a, house.state.cases[ref].b
        for role, party, client in asking(house):
            item, listed = client.get(f"/v1/conflicts/{ref}"), client.get("/v1/conflicts").json()["items"]
            records = raised_seen(house, ref, party)
            assert [one["ref"] for one in listed] == ([ref] if hears(role, level) else [])
            assert (ref in searched(client, ref)) is hears(role, level) is bool(records)
            found = dict(shown(house, client, party))
            if hears(role, level):
                told = item.json()
                assert {told["a"], told["b"]} == {a, b} and sorted(told["parties"]) == ["ALPHA", "BRAVO"]
                assert told["mine"] is (told["turn"] == party) if "mine" in told else told.get("turn") != party
                assert [answer["reply"] for answer in told["answers"]] == ["HOLD", "QUERY"]
                assert cell("that it exists, its clause, references, parties", role, level)
                assert cell("whose turn, until when, who was silent, codes of answers", role, level)
                require_raised(msgspec.convert(told["raised"], Raised), role, level, party)
                for one in records:
                    require_raised(one, role, level, party)
            else:
                absent = client.get("/v1/conflicts/C9")
                assert (item.status_code, item.content) == (404, absent.content)
            for words, may in (
                (SAID, cell(WORDS, role, level)), (ANSWERED, cell(WORDS, role, level)),
                (ADVISED, cell("what is recommended", role, level)),
            ):  # fmt: skip
                for door, text in found.items():
                    assert may or words not in text, f"{door} shows {words!r} to {role} at {level}"
                telling = TELLING["content"] if hears(role, level) else ("entries", "entry", "stream", "sight")
                for door in telling if may else ():
                    assert words in found[door], f"{door} does not show {words!r} to {role} at {level}"
            for planted in (first, later):
                if planted.party == party or LEVELS.index(level) >= LEVELS.index(Level.EXTENT):
                    continue
                for door, text in found.items():
                    assert not has(text, planted.canaries["extent"]), f"{door} shows {planted.party}'s place to {role}"


def test_a_reply_is_read_by_who_sees_everything_of_its_author_s_side_alone() -> None:
    clauses = clause("disclosure", 'to = "mediator"\nlevel = "conflict-only"', "7.1") + clause(
        "disclosure", 'to = "mediator"\nof = "ALPHA"\nlevel = "everything"', "7.2"
    )
    with fresh(treaty(clauses)) as house:
        house.take("BRAVO", Planted(1, "BRAVO").statement())
        house.take("ALPHA", Planted(2, "ALPHA").statement())
        (ref,) = house.state.cases
        for party, words in (("ALPHA", SAID), ("BRAVO", ANSWERED)):
            house.take(party, AnswerConflict(ref=ref, reply=Reply.QUERY, content=ReplyContent(text=words.decode())))
        client = house.client("MEDIATOR")
        for door, text in shown(house, client, "MEDIATOR"):
            assert ANSWERED not in text, door
        assert SAID in client.get(f"/v1/conflicts/{ref}").content


def test_every_row_of_the_page_is_one_that_is_tried() -> None:
    assert {*CONFLICT} == {
        "that it exists, its clause, references, parties", "whose turn, until when, who was silent, codes of answers",
        "own leg, from when, what would free it", "leg and time of a side that is not one's own",
        "where, how near, until when", "what would free a side that is not one's own", WORDS, "what is recommended",
    }  # fmt: skip


def test_of_many_answers_the_contents_of_the_last_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown_conflicts, "MOST_CONTENTS", 1)
    with in_conflict("nothing") as (house, ref, _, _):
        answers = house.client("ALPHA").get(f"/v1/conflicts/{ref}").json()["answers"]
        assert ["content" in answer for answer in answers] == [False, True]


@pytest.mark.requirement("SZK-32")
def test_a_question_is_its_asker_s_alone_on_every_door() -> None:
    with in_conflict("everything") as (house, _, _, _):
        asked = Planted(5, "ALPHA")
        house.take("ALPHA", Ask(extent=asked.statement().extent))
        for role, party, client in asking(house):
            for door, text in shown(house, client, party):
                assert role == "own" or not has(text, asked.canaries["extent"]), f"{door} shows a question to {role}"
        assert has(house.client("ALPHA").get("/v1/log/entries").content, asked.canaries["extent"])
