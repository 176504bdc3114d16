from __future__ import annotations

from pathlib import Path

import pytest

from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.ports import Log
from sazokar.testing.log_contract import LogContract

pytestmark = pytest.mark.requirement("SZK-39")


class TestSqliteLog(LogContract):
    @pytest.fixture(autouse=True)
    def _in_a_directory(self, tmp_path: Path) -> None:
        self.path = tmp_path / "ledger.sqlite"

    def make_log(self) -> SqliteLog:
        return SqliteLog(self.path)

    def reopen(self, log: Log) -> SqliteLog:
        log.close()
        return SqliteLog(self.path)
