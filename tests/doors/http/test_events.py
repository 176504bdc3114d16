"""What goes out over a stream: to each party its own, from any position on, without gap or repeat."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from sazokar.app.receipt import Receipt
from sazokar.domain.statement import CallStop, FileNotice, RevokeKey, StopAction
from sazokar.testing.fakes import key_of
from tests.doors.http.grounds import House
from tests.doors.http.served import Served, Told, serving, until
from tests.domain.mechanism import box

pytestmark = pytest.mark.requirement("SZK-31")


@pytest.fixture
def served(house: House) -> Iterator[Served]:
    with serving(house) as one:
        yield one


def filed(house: House, name: str, *, east: int = 0) -> Receipt:
    return house.take(name, notice_of(name, east))
