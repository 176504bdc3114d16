"""A bundle tells no more than its asker may know: two worlds that look alike to a party give it bundles that are alike."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.dialects.agreements import clause
from tests.domain.mechanism import disc, notice, volume
from tests.doors.http.grounds import House, housed, treaty

pytestmark = pytest.mark.requirement("SZK-31")
TERMS = treaty(clause("disclosure", 'to = "any"\nlevel = "conflict-only"', "7.1"))


def told(house: House, lat: float, lon: float) -> tuple[list[int], list[str]]:
    """Let BRAVO meet ALPHA in one place and, perhaps, RELIEF in another; return what ALPHA's bundle holds."""
    far = volume(party="BRAVO", shape=disc(12.0, 43.5), operation="one", index=1)
    house.take("BRAVO", notice(volume(party="BRAVO", operation="one"), far))
    house.take("ALPHA", notice(volume(party="ALPHA")))
    (ref,) = house.state.cases
    house.take("RELIEF", notice(volume(party="RELIEF", shape=disc(lat, lon))))
    with house.client("ALPHA") as client:
        found = json.loads(client.get(f"/v1/bundles/{ref}").content)
        hidden = [one for one in house.state.cases if one != ref]
        assert all(client.get(f"/v1/conflicts/{one}").status_code == 404 for one in hidden)
    return [entry["position"] for entry in found["entries"]], hidden


def test_a_conflict_that_the_asker_may_not_hear_of_chooses_nothing(tmp_path: Path) -> None:
    (tmp_path / "met").mkdir()
    (tmp_path / "unmet").mkdir()
    with housed(tmp_path / "met", TERMS) as house:
        met, hidden = told(house, 12.0, 43.5)
        assert hidden, "there is a conflict to be kept from ALPHA"
    with housed(tmp_path / "unmet", TERMS) as house:
        unmet, hidden = told(house, 13.5, 40.5)
        assert not hidden
    assert met == unmet
