from __future__ import annotations

import pytest

from sazokar.adapters.log_memory import MemoryLog
from sazokar.testing.log_contract import ReplicaContract

pytestmark = pytest.mark.requirement("SZK-39")


class TestMemoryLog(ReplicaContract):
    def make_log(self) -> MemoryLog:
        return MemoryLog()


def test_the_security_log_is_bounded() -> None:
    log = MemoryLog()
    for number in range(10_003):
        log.note_rejected(number, "", "")
    noted = log.rejected()
    assert (len(noted), noted[0][0], noted[-1][0]) == (10_000, 3, 10_002)
