"""Long reads wait for each other and hold up nothing else; of a party's, so many wait and no more."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import httpx
import pytest

from sazokar.doors.http.long_reads import GREATEST_WAITING, LongReads
from sazokar.errors import DeclinedError
from tests.doors.http.grounds import ADDRESS, House, housed


def test_beyond_the_bound_a_party_is_asked_to_come_again_and_another_is_not() -> None:
    async def live() -> None:
        reads, gate = LongReads(), threading.Event()
        first = [asyncio.create_task(reads.read("ALPHA", gate.wait)) for _ in range(GREATEST_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(DeclinedError) as declined:
            await reads.read("ALPHA", gate.wait)
        assert (declined.value.status, declined.value.code, declined.value.retry_s) == (503, "busy", 1)
        other = asyncio.create_task(reads.read("BRAVO", gate.wait))
        await asyncio.sleep(0)
        assert not other.done()
        gate.set()
        assert all(await asyncio.gather(*first, other))
        assert await reads.read("ALPHA", lambda: 7) == 7

    asyncio.run(live())


def test_whoever_goes_away_counts_until_its_read_has_ended_and_what_fails_counts_no_more() -> None:
    async def live() -> None:
        reads, gate = LongReads(), threading.Event()
        gone = [asyncio.create_task(reads.read("ALPHA", gate.wait)) for _ in range(2)]
        await asyncio.sleep(0.05)
        for task in gone:
            task.cancel()
        gate.set()
        for _ in range(GREATEST_WAITING + 1):
            with pytest.raises(ZeroDivisionError):
                await reads.read("ALPHA", lambda: 1 // 0)

    asyncio.run(live())


@pytest.mark.requirement("SZK-26")
@pytest.mark.parametrize("path", ["/v1/log/entries", "/v1/search?q=n"])
def test_the_roster_and_the_stops_are_told_while_every_long_read_stands_still(tmp_path: Path, path: str) -> None:
    with housed(tmp_path) as house:
        gate = threading.Event()
        token = house.client("BRAVO").headers["Authorization"]

        async def live() -> tuple[list[int], list[int]]:
            blocked = [asyncio.create_task(house.station.long_reads.read("BRAVO", gate.wait)) for _ in range(7)]
            await asyncio.sleep(0)
            async with _client(house, token) as client:
                behind = [asyncio.create_task(client.get(path)) for _ in range(3)]
                told = [(await client.get(one)).status_code for one in ("/v1/roster", "/v1/stops", "/v1/notices")]
                gate.set()
                await asyncio.gather(*blocked)
                return told, sorted(answer.status_code for answer in await asyncio.gather(*behind))

        told, behind = house.run(live())
    assert told == [200, 200, 200]
    assert behind == [200, 503, 503]


def _client(house: House, token: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(house.application)
    return httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers={"Authorization": token})
