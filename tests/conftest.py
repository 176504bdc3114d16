"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data that others wrote; a test that needs it is skipped where it is absent."""
    named = os.environ.get("SAZOKAR_SHARED")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared"
    if not (folder / "data" / "MANIFEST.csv").is_file():
        pytest.skip(f"the outside data of {folder} is not on this machine (set SAZOKAR_SHARED)")
    return folder / "data"


def pytest_configure(config: pytest.Config) -> None:
    """Make known the mark by which a test names the requirement that it holds."""
    config.addinivalue_line("markers", "requirement(id): the requirement of the domain that a test holds")
