"""What every test may use: real data written by others, where it is at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known that ties a test to a requirement of the domain."""
    config.addinivalue_line("markers", "requirement(id): the requirement (SZK-nn) that the test holds to")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real data; skip where it is absent."""
    named = os.environ.get("SAZOKAR_SHARED")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared"
    if not (folder / "data").is_dir():
        pytest.skip(f"the folder of real data is absent ({folder}); set SAZOKAR_SHARED to where it is")
    return folder
