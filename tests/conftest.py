"""What every test may use: the shared test data where it is present."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of test data written by others; a test that needs it is skipped where it is absent."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("SAZOKAR_SHARED", beside))
    if not (folder / "data" / "MANIFEST.csv").is_file():
        pytest.skip("the shared test data is not beside this checkout")
    return folder
