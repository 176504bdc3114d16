"""STOP from the command line, in every case in which something else fails (SZK-27)."""

from __future__ import annotations

import fcntl
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sazokar.adapters.alarm_spool import Call, SpoolAlarm, readable_calls
from tests.doors.desk.conftest import Desk, good, run

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.requirement("SZK-27")
CALL = ("stop", "cease-fire", "Mill bridge", "--unit", "2nd battery", "--reason", "shells")


def calls(desk: Desk) -> list[Call]:
    """Return what lies in the folder of calls."""
    found, faults = readable_calls(desk.ledger / "stop")
    assert not faults
    return found


@pytest.fixture
def stop_key(desk: Desk) -> str:
    """Return a key of role stop, delegated."""
    path = desk.home / "stop.key"
    good("keys", "new", path, "--party", "BRAVO", "--watch", "B9", "--role", "stop")
    desk.good("keys", "delegate", f"{path}.pub", "--key", desk.root("BRAVO"))
    return str(path)


def damage(desk: Desk) -> None:
    """Change one byte of an entry of the ledger."""
    path = desk.ledger / "ledger.sqlite"
    content = path.read_bytes()
    at = content.find(b'"key.delegate"')
    assert at > 0
    path.write_bytes(content[:at] + b'"key.delegatf"' + content[at + 14 :])
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def test_stop_without_a_key_sounds_unverified_and_is_recorded(desk: Desk) -> None:
    code, out, _ = desk.run(*CALL)
    assert code == 0
    assert "STOP SOUNDED" in out and "UNVERIFIED – CALL BACK" in out and "recorded as S" in out
    assert [call.verified for call in calls(desk)] == [False]
    _, listed, _ = desk.run("stop", "list")
    assert "CEASE FIRE (to all): Mill bridge" in listed and "unit: 2nd battery · reason: shells" in listed


def test_stop_key_sounds_verified_without_a_passphrase(desk: Desk, stop_key: str) -> None:
    code, out, _ = desk.run("stop", "halt", "Road 5", SAZOKAR_STOP_KEY=stop_key)
    assert code == 0 and "UNVERIFIED" not in out
    assert [call.verified for call in calls(desk)] == [True]
    assert "by BRAVO" in desk.run("stop", "list")[1]


def test_key_that_needs_a_passphrase_does_not_keep_a_stop_from_sounding(desk: Desk) -> None:
    key = desk.home / "locked.key"
    good("keys", "new", key, SAZOKAR_PASSPHRASE="a long night")
    code, out, _ = desk.run(*CALL, "--key", key)
    assert code == 0 and "UNVERIFIED" in out and "needs a passphrase" in out


def test_stop_on_a_charter_alone_is_recorded(bare: Desk) -> None:
    code, out, _ = bare.run(*CALL)
    assert code == 0 and "recorded as" in out


def test_stop_while_another_process_owns_the_ledger_is_recorded_by_the_next_command(desk: Desk, stop_key: str) -> None:
    held = os.open(desk.ledger / "ledger.sqlite.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        code, out, _ = desk.run("stop", "halt", "signed", SAZOKAR_STOP_KEY=stop_key)
        unsigned, _, _ = desk.run(*CALL)
    finally:
        os.close(held)
    assert code == unsigned == 1
    assert "STOP SOUNDED" in out and "NOT RECORDED YET" in out and "held by process" in out
    assert len(calls(desk)) == 2
    before = desk.run("stop", "list")[1]
    assert " ".join(before.split()).count("not recorded yet") == 2
    code, _, err = desk.run("ack", "N999", by="ALPHA")
    assert "recorded now: 2 STOP" in err
    after = desk.run("stop", "list")[1]
    assert "not recorded yet" not in after and after.count("sounded") == 2
    sounded = sorted(call.sounded_ms for call in calls(desk))
    from sazokar.doors.desk.folder import read_ledger

    assert sorted(case.sounded_ms for case in read_ledger(desk.ledger).state.stops.values()) == sounded


def test_stop_is_recorded_once_however_often_the_ledger_is_opened(desk: Desk, stop_key: str) -> None:
    desk.run(*CALL)
    desk.run("stop", "halt", "signed", SAZOKAR_STOP_KEY=stop_key)
    for _ in range(3):
        desk.run("ack", "N999", by="ALPHA")
    assert desk.run("stop", "list")[1].count("STOP S") == 2


def test_stop_on_a_damaged_ledger_sounds_and_says_that_it_is_not_recorded(desk: Desk, stop_key: str) -> None:
    damage(desk)
    code, out, _ = desk.run("stop", "halt", "Road 5", SAZOKAR_STOP_KEY=stop_key)
    assert code == 1
    assert "STOP SOUNDED" in out and "NOT RECORDED YET" in out and "does not verify" in out
    assert "once the ledger verifies again" in out and "next command" not in out
    assert [call.verified for call in calls(desk)] == [True]
    listed = desk.run("stop", "list")
    assert listed[0] == 1 and "HALT (to all): Road 5" in listed[1]


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_stop_on_a_ledger_that_cannot_even_be_opened_sounds(desk: Desk, content: bytes) -> None:
    (desk.ledger / "ledger.sqlite").write_bytes(content)
    code, out, _ = desk.run(*CALL)
    assert code == 1 and "STOP SOUNDED" in out and "NOT RECORDED YET" in out
    assert len(calls(desk)) == 1


def test_stop_without_any_ledger_sounds_and_does_not_promise_a_record(tmp_path: Path) -> None:
    code, out, _ = run(*CALL, "--ledger", tmp_path)
    out = " ".join(out.split())
    assert code == 1 and "STOP SOUNDED" in out and "NOT RECORDED: " in out and "It is recorded" not in out
    assert len(readable_calls(tmp_path / "stop")[0]) == 1
    assert not (tmp_path / "ledger.sqlite").exists()


def test_stop_in_a_folder_that_is_none_sounds_nearby_and_makes_no_path(
    tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(*CALL, "--ledger", tmp_path / "led" / "typed-wrongly")
    plain = out.replace("\n", "").replace(" ", "")
    assert code == 1 and "STOP SOUNDED" in out and "CEASE FIRE (to all): Mill bridge" in out and "TELEPHONE" in out
    assert f"itsoundsin{tmp_path}/stopinstead" in plain and "It is recorded" not in out
    assert not (tmp_path / "led").exists() and len(readable_calls(tmp_path / "stop")[0]) == 1
    code, out, _ = desk.run(*CALL, "--ledger", tmp_path / "typed-wrongly")
    assert code == 1 and "recorded as S" in out and len(calls(desk)) == 1


def test_watch_rings_for_calls_of_one_instant_and_after_the_clock_was_set_back(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    from sazokar.doors.desk.watching import Watcher

    alarm = SpoolAlarm(desk.ledger / "stop")
    alarm.sound(b"the first", verified=False, sounded_ms=1_000)
    watcher = Watcher(desk.ledger, "")
    watcher.begin(all_=False)
    for number, at in enumerate((1_000, 1_000, 1_000, 1_000, 5, 4, 3)):
        alarm.sound(f"call {number}".encode(), verified=False, sounded_ms=at)
        capsys.readouterr()
        watcher.look()
        assert f"call {number}" in capsys.readouterr().out
        watcher.look()
        assert not capsys.readouterr().out


def test_stop_on_a_full_disk_is_shown_with_a_bell_and_says_so(desk: Desk, stop_key: str) -> None:
    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    done = subprocess.run(
        [sys.executable, "-m", "sazokar.doors.cli", "stop", "halt", "Road 5"], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "SAZOKAR_LEDGER": str(desk.ledger),
             "SAZOKAR_STOP_KEY": stop_key},
        preexec_fn=full, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "\a" in done.stderr and "Road 5" in done.stderr and "{" not in done.stderr
    assert max(len(line.strip("\a")) for line in done.stderr.splitlines()) <= 80
    assert "HALT (to all): Road 5" in done.stdout and "TELEPHONE" in done.stdout and "NOT RECORDED YET" in done.stdout


@pytest.mark.parametrize("action", ["ceasefire", "CEASE-FIRE", "cease fire", "Cease_Fire"])
def test_action_is_understood_however_it_is_spelled(desk: Desk, action: str) -> None:
    assert desk.run("stop", action, "Mill bridge")[0] == 0
    assert "CEASE FIRE" in desk.run("stop", "list")[1]


def test_what_is_mistyped_is_passed_on_with_the_call(desk: Desk) -> None:
    code, _, _ = desk.run("stop", "halt", "Road", "5", "--quick", "now")
    assert code == 0
    listed = desk.run("stop", "list")[1]
    assert all(word in listed for word in ("Road", "5", "--quick", "now"))


def test_stop_without_a_word_more_still_sounds(desk: Desk) -> None:
    code, out, _ = desk.run("stop", "turn-away")
    assert code == 0 and "STOP SOUNDED" in out
    assert "place not given" in desk.run("stop", "list")[1]


def test_ladder_is_told_with_its_latencies_and_only_the_agreed_authority_releases(desk: Desk) -> None:
    ref = desk.good(*CALL).split("recorded as ")[1].split(";")[0]
    assert "after" in desk.good("stop", "heard", ref, by="ALPHA")
    desk.good("stop", "passed-on", ref, "--unit", "2nd battery", by="ALPHA")
    desk.good("stop", "ceased", ref, "--unit", "2nd battery", by="ALPHA")
    code, out, _ = desk.run("stop", "release", ref, by="ALPHA")
    assert code == 1 and "RETURNED" in out and "8.1" in out
    desk.good("stop", "release", ref, "--reason", "ceased", by="MED")
    assert desk.run("stop", "list") == (0, "no STOP stands\n", "")
    listed = desk.run("stop", "list", "--all")[1]
    assert all(word in listed for word in ("heard by ALPHA", "passed-on by ALPHA", "ceased by ALPHA", "RELEASED"))


def test_stop_by_a_key_that_the_ledger_does_not_know_is_unverified_and_recorded_as_it_came(desk: Desk) -> None:
    key = desk.home / "stranger.key"
    good("keys", "new", key, "--role", "stop", "--party", "ALPHA", "--watch", "A7")
    code, out, _ = desk.run("stop", "halt", "Road 5", "--key", key)
    assert code == 0 and "UNVERIFIED" in out and "does not know the key" in out
    assert "by nobody that could be verified" in desk.run("stop", "list")[1]
    assert desk.run("stop", "list")[1].count("STOP S") == 1


def test_half_written_call_in_the_folder_hides_no_other(desk: Desk) -> None:
    desk.run(*CALL)
    (desk.ledger / "stop" / "000000000000001-aaaa.json").write_bytes(b"{")
    code, out, err = desk.run("stop", "list")
    assert code == 1 and "Mill bridge" in out and "found no STOP call" in err


def test_watch_rings_for_a_stop_that_only_sounded_and_without_a_ledger(desk: Desk, tmp_path: Path) -> None:
    run(*CALL, "--ledger", tmp_path)
    code, out, err = run("watch", "--once", "--ledger", tmp_path)
    assert "\a" in out and "Mill bridge" in out and "UNVERIFIED – CALL BACK" in out
    assert code == 1 and "STOP calls are followed all the same" in err


def test_own_position_of_text_that_steers_a_terminal_is_shown_harmless(desk: Desk) -> None:
    desk.run("stop", "halt", "Road\x1b[2J5 \u202eabc")
    listed = desk.run("stop", "list")[1]
    assert "\x1b" not in listed and "\u202e" not in listed


def test_roster_is_shown_while_the_ledger_is_damaged_or_gone(desk: Desk) -> None:
    desk.good("roster", "post", "A1", "--telephone", "+99 1 100", by="ALPHA")
    shutil.copytree(desk.ledger, desk.home / "gone")
    (desk.home / "gone" / "ledger.sqlite").unlink()
    damage(desk)
    for folder in (desk.ledger, desk.home / "gone"):
        code, out, err = run("roster", "show", "--ledger", folder)
        assert code == 0 and "+99 1 100" in out and "kept beside the ledger" in out and err


def test_stop_sounds_on_a_terminal_of_few_signs_and_with_bytes_that_are_no_text(desk: Desk) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sazokar.doors.cli", "stop", "halt", b"Road \xff 5"], capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "SAZOKAR_LEDGER": str(desk.ledger),
             "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done
    assert b"STOP SOUNDED" in done.stdout and b"recorded as S" in done.stdout
    assert "Road" in calls(desk)[0].content


def test_released_stop_that_is_imported_again_neither_sounds_nor_stands(desk: Desk, stop_key: str) -> None:
    ref = desk.good("stop", "halt", "Mill 2", SAZOKAR_STOP_KEY=stop_key).split("recorded as ")[1].split(";")[0]
    desk.good("export", "--all-mine", "BRAVO", "-o", desk.home / "carried")
    desk.good("stop", "release", ref, by="BRAVO")
    before = calls(desk)
    for _ in range(2):
        out = desk.good("import", desk.home / "carried")
        assert f"STOP {ref}: it was in the ledger already" in out
    assert calls(desk) == before
    assert desk.run("stop", "list") == (0, "no STOP stands\n", "")
    assert "\a" not in desk.run("watch", "--once")[1]


def test_call_that_is_recorded_is_known_again_at_whichever_instant_it_was_carried_here(
    desk: Desk, stop_key: str
) -> None:
    ref = desk.good("stop", "halt", "Mill 2", SAZOKAR_STOP_KEY=stop_key).split("recorded as ")[1].split(";")[0]
    desk.good("stop", "release", ref, by="BRAVO")
    call = calls(desk)[0]
    SpoolAlarm(desk.ledger / "stop").sound(call.content.encode(), verified=True, sounded_ms=call.sounded_ms + 5)
    assert desk.run("stop", "list") == (0, "no STOP stands\n", "")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("ceas-fire", "Mill"), ("CEASE FIRE", "Mill")),
        (("hlat",), ("HALT",)),
        (("turn-awy", "Mill"), ("TURN AWAY", "Mill")),
        (("cease", "fire", "Mill"), ("CEASE FIRE", "(to all): Mill")),
        (("stop", "Mill"), ("Mill",)),
        (("--reason", "shells", "Mill"), ("shells", "Mill")),
        (("--reason", "shells", "halt", "Mill"), ("HALT (to all): Mill", "shells")),
        (("halt", "Mill", "--unit"), ("HALT (to all): Mill", "--unit")),
        (("evacuate", "Mill"), ("evacuate", "Mill")),
        (("ceased", "Mill"), ("CEASE FIRE", "Mill")),
        (("fire", "Mill"), ("CEASE FIRE", "Mill")),
        (("--quick",), ("--quick",)),
        (("halt", '"signatures"', "--to=ALPHA"), ("HALT (to ALPHA)",)),
        (("evacuate", '"signatures"'), ("'signatures'",)),
    ],
)
def test_every_mistyped_call_sounds_and_is_recorded(desk: Desk, typed: tuple[str, ...], words: tuple[str, ...]) -> None:
    code, out, err = desk.run("stop", *typed)
    assert (code, err) == (0, "") and "STOP SOUNDED" in out and "recorded as S" in out
    assert len(calls(desk)) == 1
    listed = " ".join(desk.run("stop", "list")[1].split())
    assert all(word in " ".join(out.split()) and word in listed for word in words), (out, listed)


def test_caller_sees_the_call_as_understood_and_what_was_not(desk: Desk) -> None:
    out = desk.good("stop", "halt", "--abuot", "N37", "--unt", "3rd", "--swiftly", "Mill", "bridge")
    assert "HALT (to all): Mill bridge" in out and "unit: 3rd" in out and "about N37" in out
    assert "TAKEN --abuot as --about" in out and "TAKEN --unt as --unit" in out and "NOT UNDERSTOOD: --swiftly" in out
    assert max(map(len, out.splitlines())) <= 80


def test_what_is_no_call_sounds_nothing(desk: Desk) -> None:
    for typed in (("--help",), ("list",), ("heard", "S1"), ("relase", "S1"), ("release", "S1"), ("halt", "--help")):
        desk.run("stop", *typed, by="ALPHA")
    assert calls(desk) == []


def test_stop_that_is_to_be_carried_sounds_and_is_written_too(desk: Desk, stop_key: str) -> None:
    target = desk.home / "stop.json"
    out = desk.good("stop", "halt", "Mill", "--offline", target, SAZOKAR_STOP_KEY=stop_key)
    assert target.is_file() and "written too" in " ".join(out.split()) and "--offline" not in calls(desk)[0].content
    assert "already" in desk.good("import", target)
    out = desk.good("stop", "halt", "Mill", "--offline", target)
    assert "NOT WRITTEN" in out and len(calls(desk)) == 2


def test_every_option_of_a_call_is_known_to_what_was_typed() -> None:
    from sazokar.doors.desk.group import load
    from sazokar.doors.desk.typed_stop import LAID_ASIDE, OPTIONS

    group = load("stop")
    taken = {
        option
        for action in ("cease-fire", "turn-away", "halt")
        for param in group.commands[action].params  # type: ignore[union-attr]  # a group
        for option in param.opts
        if option.startswith("--") and option != "--help"
    }
    assert taken | {"--offline"} == set(OPTIONS) and not taken & set(LAID_ASIDE)


def test_what_is_no_part_of_a_call_stays_out_of_its_place(desk: Desk) -> None:
    out = desk.good("stop", "halt", "Mill", "--roots", "roots.toml", "--passphrase-file=pass", "--note", "by", "night")
    assert "HALT (to all): Mill by night" in out and "roots.toml" not in out and "=pass" not in out
    assert "NOT UNDERSTOOD: --note" in out and "recorded as S" in out


@pytest.mark.parametrize("typed", ["STOP", "Stop", "stp", "sotp", "stopp"])
def test_stop_is_understood_however_it_is_spelled(desk: Desk, typed: str) -> None:
    out = desk.good(typed, "halt", "Mill bridge")
    assert "STOP SOUNDED" in out and "HALT (to all): Mill bridge" in out and len(calls(desk)) == 1


@pytest.mark.parametrize("typed", [("help",), ("status",), ("show",), ("Status", "S1"), ("show", "s23")])
def test_who_asks_after_a_stop_calls_none(desk: Desk, typed: tuple[str, ...]) -> None:
    code, out, _ = desk.run("stop", *typed)
    assert code == 0 and calls(desk) == [] and ("no STOP stands" in out or "Usage" in out)


def test_nothing_given_is_said_as_that(desk: Desk) -> None:
    out = desk.good("stop", "halt", "Mill bridge", "--reason", "test")
    assert "unit: not given · reason: test" in out and "unit not given" not in desk.run("stop", "list")[1]


@pytest.mark.parametrize(("typed", "meant"), [("notices", "notice"), ("conflict", "conflicts"), ("Anwser", "answer")])
def test_a_command_that_is_none_names_the_nearest(desk: Desk, typed: str, meant: str) -> None:
    code, _, err = desk.run(typed)
    assert code == 2 and f"Did you mean {meant}?" in err and calls(desk) == []
