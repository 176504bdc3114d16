"""A served node for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doors.http.grounds import House, housed, treaty


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a served node with a small agreement in force."""
    with housed(tmp_path, treaty()) as one:
        yield one
