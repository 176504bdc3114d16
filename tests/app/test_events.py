"""Events as values: what of a record a party is told, and what has reached it with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sazokar.app.events import Event, events_of, framed, may_narrow, reaching, stops_in
from sazokar.domain.statement import AmendNotice, CallStop, CancelNotice, StopAction
from tests.dialects.agreements import clause
from tests.domain.mechanism import disc, notice, volume
from tests.doors.http.grounds import House, housed, treaty

pytestmark = pytest.mark.requirement("SZK-31")
OPEN = clause("disclosure", 'to = "party"\nlevel = "extent-only"', "8.1")


def events(house: House, viewer: str, start: int = 0) -> list[Event]:
    return list(events_of(house.log.read(max(0, start - 1)), house.state, viewer, start))


@pytest.mark.requirement("SZK-22")
def test_only_the_version_that_is_true_now_reaches_a_party(tmp_path: Path) -> None:
    with housed(tmp_path, treaty(OPEN)) as house:
        start = house.state.size
        ref = house.take("ALPHA", notice(volume(shape=disc()))).ref
        (filing,) = events(house, "BRAVO", start)
        assert reaching(filing, house.state, "BRAVO") == {ref: 1}
        assert reaching(filing, house.state, "ALPHA") == {}, "one's own reaches nobody"
        house.clock.advance(1_000)
        house.take("ALPHA", AmendNotice(ref=ref, version=1, extent=notice(volume(shape=disc(12.5))).extent))
        filing, amendment = events(house, "BRAVO", start)
        assert reaching(filing, house.state, "BRAVO") == {}
        assert reaching(amendment, house.state, "BRAVO") == {ref: 2}
        house.take("ALPHA", CancelNotice(ref=ref))
        assert reaching(amendment, house.state, "BRAVO") == {}, "what has ended waits for nobody"


def test_a_page_that_begins_between_a_statement_and_its_record_tells_it_whole(tmp_path: Path) -> None:
    with housed(tmp_path, treaty(OPEN)) as house:
        position = house.take("ALPHA", notice(volume(shape=disc()))).position
        (event,) = events(house, "BRAVO", position + 1)
        assert event.kind == "notice.file" and event.statement is not None
        assert events(house, "BRAVO", position + 2) == []


def test_a_recorded_stop_is_named_once_in_the_event_of_its_call(tmp_path: Path) -> None:
    with housed(tmp_path, treaty()) as house:
        start = house.state.size
        call = CallStop(action=StopAction.HALT, place="Reef\n\ndata: x", unit="1", reason="inside")
        ref = house.take("ALPHA", call).ref
        (event,) = events(house, "RELIEF", start)
        assert stops_in(event) == (ref,)
        lines = framed(event.kind, event, event.position).split(b"\n")
        assert len(lines) == 5 and lines[3:] == [b"", b""], "what a caller writes ends no line and begins no event"


@pytest.mark.parametrize("kind", ["erase", "notice.amend", "agreement.sign", "agreement.suspend", "key.revoke"])
def test_what_may_take_from_sight_is_known_as_such(kind: str) -> None:
    assert may_narrow(kind) and not may_narrow("notice.file")
