"""A notice as one viewer may see it: what the node sees, whose lines it has reached, and what is held for correction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.app.shown import acks_shown, held_shown, held_until, notice_shown, notices_shown
from sazokar.domain.agreement import Level
from sazokar.domain.notice import Consent, Purpose
from sazokar.domain.operation import HOLD_MS
from sazokar.domain.state import Ack
from sazokar.domain.statement import AckRung, AmendNotice, CancelNotice
from tests.dialects.agreements import clause
from tests.domain.mechanism import MINUTE_MS, NOW_MS, ROLES, Mechanism, notice, ref, volume

pytestmark = pytest.mark.requirement("SZK-31")
PARTIES = ("ALPHA", "BRAVO", "RELIEF")
acks = st.lists(
    st.builds(Ack, st.sampled_from(PARTIES), st.sampled_from(AckRung), st.integers(1, 3), st.just(NOW_MS)), max_size=12
)


def test_the_node_sees_every_section_and_a_party_what_its_level_holds() -> None:
    mechanism = Mechanism(clause("disclosure", 'to = "party"\nlevel = "extent-only"', "7.1"))
    consent = (Consent("RELIEF", Level.NOTHING),)
    name = mechanism.file("ALPHA", volume(), purpose=Purpose(text="survey"), consent=consent)
    seen = {viewer: notice_shown(mechanism.state, name, viewer) for viewer in (None, *ROLES, "NOBODY")}
    assert {viewer for viewer, one in seen.items() if one is not None} == {None, "ALPHA", "BRAVO"}
    whole, own, other = seen[None], seen["ALPHA"], seen["BRAVO"]
    assert whole is not None and own is not None and other is not None
    assert (whole.level, whole.purpose, whole.consent) == (Level.EVERYTHING, Purpose(text="survey"), consent)
    assert (own.purpose, own.consent, own.clause) == (Purpose(text="survey"), consent, "own")
    assert (other.purpose, other.consent, other.clause, other.extent) == (None, (), "7.1", own.extent)


def test_refs_that_a_viewer_does_not_see_are_left_out_of_their_order() -> None:
    mechanism = Mechanism()
    names = [
        mechanism.file(party, volume(start))
        for party, start in (("BRAVO", 60), ("ALPHA", 200), ("BRAVO", 400), ("ALPHA", 600))
    ]
    assert [one.ref for one in notices_shown(mechanism.state, names[::-1], "ALPHA")] == [names[3], names[1]]


@pytest.mark.requirement("SZK-22")
@given(acks, st.integers(1, 3), st.sampled_from((None, *PARTIES)), st.sampled_from(PARTIES))
def test_that_something_reached_a_line_is_for_that_line_and_its_owner(
    given_: list[Ack], version: int, viewer: str | None, owner: str
) -> None:
    seen = acks_shown(given_, version, (owner,), viewer)
    assert all(ack.version == version for ack in seen)
    hidden = [ack for ack in given_ if ack.version == version and ack not in seen]
    assert all(ack.rung is AckRung.DELIVERED and viewer not in (None, owner, ack.party) for ack in hidden)
    assert all(viewer in (None, owner, ack.party) for ack in seen if ack.rung is AckRung.DELIVERED)


@pytest.mark.requirement("SZK-49")
def test_what_is_held_is_told_to_the_mediator_when_its_time_is_over_and_not_before() -> None:
    mechanism = Mechanism()
    name = ref(mechanism.say("ALPHA", notice(volume(-90, 30), life_safety=True)))
    due_ms = held_until(mechanism.state, mechanism.notice(name))
    assert due_ms == NOW_MS + HOLD_MS  # no clause speaks of it

    def told(viewer: str | None, now_ms: int) -> list[tuple[str, bool]]:
        return [(one.ref, one.overdue) for one in held_shown(mechanism.state, viewer, now_ms)]

    assert told("ALPHA", due_ms - 1) == [(name, False)] and told("ALPHA", due_ms) == [(name, True)]
    for viewer in ("MEDIATOR", None):
        assert told(viewer, due_ms - 1) == [] and told(viewer, due_ms) == [(name, True)]
    assert told("BRAVO", due_ms) == told("WATCHER", due_ms) == []
    assert notice_shown(mechanism.state, name, "MEDIATOR") is None
    own = notice_shown(mechanism.state, name, "ALPHA")
    assert own is not None and own.held_until_ms == due_ms


@pytest.mark.requirement("SZK-49")
def test_what_is_corrected_or_cancelled_is_held_no_more() -> None:
    mechanism = Mechanism(clause("hold", 'correct = "10min"', "5.4"))
    held = [ref(mechanism.say("ALPHA", notice(volume(-90, 30, index=0), life_safety=True))) for _ in range(2)]
    assert held_until(mechanism.state, mechanism.notice(held[0])) == NOW_MS + 10 * MINUTE_MS
    mechanism.say("ALPHA", AmendNotice(ref=held[0], version=1, extent=notice(volume()).extent))
    mechanism.say("ALPHA", CancelNotice(ref=held[1]))
    assert held_shown(mechanism.state, "ALPHA", NOW_MS) == ()
