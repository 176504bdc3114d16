"""Across an air gap: envelopes in any order, twice, late; one that is bad stops no other (SZK-43)."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sazokar.adapters.alarm_spool import readable_calls
from sazokar.adapters.clock_system import SystemClock
from sazokar.adapters.entropy_system import SystemEntropy
from sazokar.app.codec import Stamp, seal
from sazokar.domain.statement import CallStop, StopAction
from sazokar.doors.desk.folder import charter_id, read_ledger
from sazokar.ledger.keyfile import read_key
from sazokar.ledger.parcel import pack
from tests.doors.desk.conftest import Desk, good, run

pytestmark = pytest.mark.requirement("SZK-43")


def away(desk: Desk) -> Path:
    """Return a folder with the charter alone: what a signer beyond the air gap has."""
    folder = desk.home / "away"
    folder.mkdir()
    shutil.copy(desk.ledger / "charter.json", folder)
    return folder


def test_statement_is_signed_where_the_ledger_is_not_and_taken_where_it_is(desk: Desk) -> None:
    envelope = desk.home / "notice.json"
    out = good(
        "notice", "file", desk.transport(), "--ledger", away(desk), "--key", desk.key("BRAVO"), "--offline", envelope
    )
    assert "NOT SUBMITTED" in out and not read_ledger(desk.ledger).state.notices
    out = desk.good("import", envelope)
    assert "TAKEN as N" in out and len(read_ledger(desk.ledger).state.notices) == 1
    again = desk.good("import", envelope)
    assert "it was in the ledger already" in again and len(read_ledger(desk.ledger).state.notices) == 1


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(4)), repeats=st.lists(st.integers(0, 3), max_size=3), seed=st.integers(0, 999))
def test_whatever_the_order_each_envelope_is_taken_once(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory, order: list[int], repeats: list[int], seed: int
) -> None:
    home = tmp_path_factory.mktemp("gap") / "desk"
    shutil.copytree(desk.home, home)
    here = Desk(home)
    names = [home / f"{n}.json" for n in range(4)]
    for n, name in enumerate(names):
        here.good("notice", "file", here.transport(f"t-{n}", hours=8 + 3 * n), "--quiet", "--offline", name, by="BRAVO")
    carried = [names[n] for n in (*order, *repeats)]
    random.Random(seed).shuffle(carried)
    here.good("import", *carried)
    found = read_ledger(here.ledger)
    assert found.damage is None
    assert sorted(notice.extent.volumes[0].operation for notice in found.state.notices.values() if notice.extent) == [
        "t-0", "t-1", "t-2", "t-3",
    ]  # fmt: skip


def test_bad_envelope_stops_no_other_and_each_is_told(desk: Desk) -> None:
    good_one, bad, cut = desk.home / "good.json", desk.home / "bad.json", desk.home / "cut.json"
    desk.good("notice", "file", desk.transport(), "--offline", good_one, by="BRAVO")
    bad.write_text("{}", encoding="utf-8")
    cut.write_bytes(good_one.read_bytes()[:-20])
    code, out, err = desk.run("import", bad, desk.home / "none.json", cut, good_one)
    assert code == 2 and "4 envelopes: 1 taken, 0 returned, 3 not read" in out
    assert "TAKEN as N" in out
    assert " ".join(err.split()).count("NOT READ") == 3


@pytest.mark.parametrize("at", [100, 300, 700])
def test_envelope_with_a_changed_byte_is_not_taken(desk: Desk, at: int) -> None:
    envelope = desk.home / "notice.json"
    desk.good("notice", "file", desk.transport(), "--offline", envelope, by="BRAVO")
    content = bytearray(envelope.read_bytes())
    content[at] ^= 1
    envelope.write_bytes(content)
    code, out, _ = desk.run("import", envelope)
    assert code in (1, 2) and "1 taken" not in out and not read_ledger(desk.ledger).state.notices


def test_envelope_that_came_too_late_is_returned(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    envelope = desk.home / "notice.json"
    desk.good("notice", "file", desk.transport(), "--offline", envelope, "--expires", "1", by="BRAVO")
    now = SystemClock().now_ms()
    monkeypatch.setattr(SystemClock, "now_ms", lambda self: now + 2 * 3_600_000)
    code, out, _ = desk.run("import", envelope)
    assert code == 1 and "RETURNED" in out and "expired" in out


def test_envelope_for_another_ledger_is_rejected(desk: Desk, bare: Desk, tmp_path: Path) -> None:
    good(
        "init",
        tmp_path / "other",
        "--name",
        "Other",
        "--party",
        "ALPHA:party",
        "--party",
        "BRAVO:party",
        "--no-passphrase",
    )
    envelope = tmp_path / "e.json"
    good("ack", "N1", "--ledger", tmp_path / "other", "--key", desk.key("BRAVO"), "--offline", envelope)
    code, _, err = desk.run("import", envelope)
    assert code == 1 and "REJECTED" in err and "ledger" in err


@pytest.mark.requirement("SZK-27")
def test_stop_that_came_late_as_a_file_sounds_asks_for_a_call_back_and_is_recorded(desk: Desk) -> None:
    key, now_ms = read_key(desk.key("BRAVO"), None), SystemClock().now_ms()
    stop = CallStop(action=StopAction.HALT, place="Road 5", unit="any", reason="mines")
    stamp = Stamp(ledger=charter_id(desk.ledger), number=900, stated_ms=now_ms, expires_ms=now_ms + 1)
    envelope = desk.home / "stop.json"
    envelope.write_bytes(pack(*seal(stop, stamp, [key], SystemEntropy())))
    assert "TAKEN as S" in desk.good("import", envelope)
    ((call,), _) = readable_calls(desk.ledger / "stop")
    assert not call.verified and "Road 5" in call.content  # its author means it no more: call back
    assert "HALT (to all): Road 5" in desk.run("stop", "list")[1]


def test_what_a_party_signed_is_written_out_and_taken_again_elsewhere(desk: Desk) -> None:
    first, _, _ = desk.conflict()
    folder = desk.home / "mine"
    out = desk.good("export", "--all-mine", "BRAVO", "-o", folder)
    assert "files a notice: flight" in out and len(list(folder.iterdir())) >= 2
    single = desk.home / "one.json"
    desk.good("export", first, "-o", single)
    assert "it was in the ledger already" in desk.good("import", single)
    assert desk.run("import", folder)[0] == 0


@pytest.mark.requirement("SZK-51")
def test_export_as_another_party_leaves_out_what_it_may_not_read(desk: Desk) -> None:
    first, _, _ = desk.conflict()
    mine, theirs = desk.home / "mine.json", desk.home / "theirs.json"
    desk.good("export", first, "-o", mine)
    desk.good("export", first, "--as", "ALPHA", "-o", theirs)
    assert b"transport-1" in mine.read_bytes() and b"transport-1" not in theirs.read_bytes()


def exported(desk: Desk, ref: str, *arguments: str) -> tuple[str, str]:
    """Return what is told of the envelope of a reference, and what it holds."""
    file = desk.home / "exported.json"
    out = desk.good("export", ref, "-o", file, *arguments)
    return " ".join(out.split()), file.read_text(encoding="utf-8")


def test_export_writes_what_made_the_reference_and_nobody_elses_words_about_it(desk: Desk) -> None:
    first, _, _ = desk.conflict()
    desk.run("ack", first, by="MED")
    assert desk.run("notice", "amend", first, desk.box(), by="ALPHA")[0] == 1  # another's notice
    told, content = exported(desk, first)
    assert "BRAVO files a notice" in told and '"notice.file' in content.replace("\\", "")
    desk.good("notice", "amend", first, desk.transport(hours=12), by="BRAVO")
    desk.run("notice", "state", first, "activated", by="BRAVO")
    told, content = exported(desk, first)
    assert f"BRAVO amends {first} version 1" in told.replace("\u2068", "").replace("\u2069", "")
    assert "transport-1" in content and "transport-1" not in exported(desk, first, "--as", "ALPHA")[1]


def test_export_of_what_was_held_or_is_a_conflict_is_told_to_have_no_envelope(desk: Desk) -> None:
    _, _, case = desk.conflict()
    outside = 'class = "transport"\ncoordinates = ["50.0N 10.0E", "50.5N 10.0E"]\nhalf_width = "1km"'
    form = desk.form("medevac-1", "flight", f'{outside}\nlower = "FL140"\nupper = "FL180"')
    assert "HELD FOR CORRECTION" in desk.run("notice", "file", form, "--life-safety", by="BRAVO")[1]
    (held,) = [ref for ref, one in read_ledger(desk.ledger).state.notices.items() if one.undelivered]
    for ref in (case, held, "N99"):
        code, _, err = desk.run("export", ref, "-o", desk.home / "x.json")
        assert code == 2 and "bundle" in err and not (desk.home / "x.json").exists()


@pytest.mark.parametrize(
    "arguments",
    [("N999", "-o", "x.json"), ("-o", "x.json"), ("N1", "--all-mine", "BRAVO", "-o", "x"), ("N1", "-o", "/no/x")],
)
def test_bad_export_is_told(desk: Desk, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk.home)
    code, _, err = desk.run("export", *arguments)
    assert code == 2 and err.startswith("sazokar:")


def test_import_of_nothing_is_told(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert desk.run("import", tmp_path / "empty")[0] == 2
    assert run("import", tmp_path / "x.json", "--ledger", tmp_path / "nowhere")[0] == 2
