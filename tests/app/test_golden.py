"""A ledger that the first version wrote is read for ever (see tests/data/ledger-1/README.md)."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.verification import verify
from sazokar.doors.roots import read_roots
from sazokar.ledger.signing import KeyId
from tests.app.golden import facts_of

pytestmark = [pytest.mark.requirement("SZK-39"), pytest.mark.requirement("SZK-40")]

GOLDEN = Path(__file__).resolve().parents[1] / "data" / "ledger-1"
HASHES = {
    "ledger.sqlite": "f2958d8c1b646377fcad0dcc95965e3949f70e30a701268d30977ea3e741973e",
    "conflict.bundle": "4c3f41c3a0c218bb575856f2e1d18a2aa600256996d8b2ccd7684d806bcc0500",
    "story.json": "deb6099d53ad6c154d685d3398fb555526bee1b5bd2bad59488f1cea63f5755e",
}


@pytest.mark.parametrize("name", sorted(HASHES))
def test_the_golden_bytes_were_never_written_anew(name: str) -> None:
    assert sha256((GOLDEN / name).read_bytes()).hexdigest() == HASHES[name]


def test_a_ledger_of_the_first_version_folds_to_what_it_told_then(tmp_path: Path) -> None:
    shutil.copy(GOLDEN / "ledger.sqlite", tmp_path / "ledger.sqlite")
    log = SqliteLog(tmp_path / "ledger.sqlite", read_only=True)
    try:
        found = json.loads(msgspec.json.encode(facts_of(log)))
    finally:
        log.close()
    assert found == json.loads((GOLDEN / "story.json").read_text("utf-8"))


def test_a_bundle_of_the_first_version_still_proves(tmp_path: Path) -> None:
    roots = read_roots((GOLDEN / "roots.toml").read_bytes(), "roots.toml")
    trusted: frozenset[KeyId] = frozenset(key for keys in roots.values() for key in keys)
    testimony = verify((GOLDEN / "conflict.bundle").read_bytes(), trusted)
    assert testimony.trusted == ("ALPHA", "BRAVO", "MEDIATOR") and testimony.final
    assert len(testimony.told) == 31
