"""What a node does by itself goes on whatever fails in it, and nothing of it holds up another part, nor the end."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest

from sazokar.doors.http import upkeep as upkeep_module
from sazokar.doors.http.upkeep import Upkeep
from tests.doors.http.grounds import House


async def _kept(house: House, for_s: float) -> float:
    """Run the upkeep of a house for a while, and return how long it took to end."""
    house.station.closing = asyncio.Event()
    running = asyncio.create_task(Upkeep(house.station).run())
    await asyncio.sleep(for_s)
    assert not running.done(), "the upkeep has ended by itself"
    began = time.monotonic()
    house.station.closing.set()
    await asyncio.wait_for(running, 20)
    return time.monotonic() - began


@pytest.mark.parametrize("error", [AttributeError("of our own"), OSError("disk"), RecursionError()])
def test_a_fault_in_one_turn_ends_none_and_is_logged_once(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    taken = []

    async def failing() -> None:
        taken.append(1)
        raise error

    monkeypatch.setattr(upkeep_module, "ISSUERS_S", 0.01)
    monkeypatch.setattr(house.station.issuers, "refresh", failing)
    with caplog.at_level(logging.ERROR, "sazokar.node"):
        house.run(_kept(house, 0.2))
    assert len(taken) > 3
    assert len([one for one in caplog.records if one.name == "sazokar.node"]) == 1
    assert house.station.turned_s is not None


def test_what_fetches_keys_for_ever_holds_up_no_deadline_and_is_cut_at_the_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dripping() -> None:
        await asyncio.sleep(3_600)

    monkeypatch.setattr(house.station.issuers, "refresh", dripping)
    assert house.run(_kept(house, 0.4)) < 2
    assert house.station.turned_s is not None and time.monotonic() - house.station.turned_s < 2


def test_a_scrub_holds_up_no_deadline_and_ends_with_the_node(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def endless(watch: object) -> None:
        assert callable(watch)
        while True:
            seen.append(1)
            watch()
            time.sleep(0.01)

    monkeypatch.setattr(upkeep_module, "SCRUB_S", 0.01)
    monkeypatch.setattr(house.node, "scrub", endless)
    assert house.run(_kept(house, 0.4)) < 2
    assert len(seen) > 3 and house.station.turned_s is not None and house.node.damage is None


def test_a_node_whose_deadlines_do_not_pass_is_not_ready(house: House) -> None:
    with house.stranger() as client:
        assert client.get("/readyz").status_code == 200
        house.station.turned_s = time.monotonic() - 60
        told = client.get("/readyz")
        assert told.status_code == 503 and "deadlines" in told.json()["reasons"][0]
        house.station.turned_s = time.monotonic()
        assert client.get("/readyz").status_code == 200
