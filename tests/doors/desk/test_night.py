"""Roster, talks, log, watch, state: what an officer looks at through a night, at 80 columns."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sazokar.doors.desk.folder import read_ledger
from tests.doors.desk.conftest import Desk, good, instant, ref_of, run

ROOT = Path(__file__).parents[3]
INVISIBLE = re.compile("[\u2068\u2069\u200c\u200d\a]")


def wide(text: str) -> list[str]:
    """Return the lines that do not fit 80 columns."""
    return [line for line in text.splitlines() if len(INVISIBLE.sub("", line)) > 80]


@pytest.mark.requirement("SZK-26")
def test_roster_tells_who_is_on_watch_and_how_they_are_reached(bare: Desk) -> None:
    bare.good("roster", "post", "A1", "--telephone", "+99 1 100", "--language", "fa", by="ALPHA")
    bare.good("roster", "post", "A2", "--telephone", "+99 1 101", "--alternate", by="ALPHA")
    out = bare.good("roster", "show")
    assert "A1, until" in out and "+99 1 100 (fa)" in out and "A2, alternate" in out
    assert "NOBODY ON WATCH" in out and "line never tested" in out
    bare.good("roster", "hand-over", "A2", "--note", "C15 is open", by="ALPHA")
    bare.good("roster", "test-call", "ALPHA", "--not-answered", "--after", "20s", by="BRAVO")
    out = bare.good("roster", "show")
    assert "A2, alternate, took over" in out and "NOT ANSWERED" in out
    assert out.index("A2") < out.index("A1,")
    assert not wide(out)


def test_roster_beside_the_ledger_says_how_old_it_is(bare: Desk, tmp_path: Path) -> None:
    bare.good("roster", "post", "A1", "--telephone", "+99 1 100", by="ALPHA")
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "watch.json").write_bytes((bare.ledger / "watch.json").read_bytes())
    code, out, err = run("roster", "show", "--ledger", alone)
    assert code == 0 and "kept beside the ledger" in out and "ago)" in out and "+99 1 100" in out and "no ledger" in err
    (alone / "watch.json").write_bytes(b"{")
    assert run("roster", "show", "--ledger", alone)[0] == 2


@pytest.mark.requirement("SZK-09")
def test_date_on_a_rest_day_of_either_side_clashes_and_another_is_offered() -> None:
    # 25 December 2026 is a Friday: the weekly rest day of both.
    code, out, _ = run("talks", "propose-date", "2026-12-25", "--countries", "IL,IR")
    assert code == 1 and "weekly rest day (Friday)" in out and "next free: 27 December 2026" in out
    assert all(calendar in out for calendar in ("Gregorian", "Hebrew", "Hijri", "Jalali"))
    code, out, _ = run("talks", "propose-date", "2026-12-30", "--countries", "ALPHA=US,BRAVO=TR")
    assert code == 0 and "no rest day or holiday stands against it" in out and not wide(out)
    for bad in (("2026-02-30", "IL"), ("tomorrow", "IL"), ("2026-12-25", "XX"), ("2026-12-25", "")):
        assert run("talks", "propose-date", bad[0], "--countries", bad[1])[0] == 2


@pytest.mark.requirement("SZK-09")
def test_round_without_an_agreement_is_a_record_like_any_other(bare: Desk) -> None:
    record = ("talks", "record", "1", "--place", "Halcyon", "--date", "2026-12-01", "--delegation", "ALPHA=The head")
    bare.good(*record, "--outcome", "no-agreement", "--next", "2027-01-11", by="MED")
    out = bare.good("talks", "show")
    assert "ROUND 1: Halcyon, 1 December 2026" in out and "NO AGREEMENT" in out and "next round: 11 January 2027" in out
    code, out, _ = bare.run(*record, "--outcome", "victory", by="MED")
    assert code == 1 and "outcome" in out


@pytest.mark.requirement("SZK-09")
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("--place", " "), "place"),
        (("--days", "-3"), "days"),
        (("--days", "61"), "days"),
        (("--next", "2030-01-01"), "next"),
        (("--days", "3", "--next", "2031-01-16"), "next"),
        (("--delegation", "ALPHA=A", "--delegation", "ALPHA=B"), "delegation"),
        (("--countries", "XX"), "XX"),
    ],
)
def test_round_that_cannot_be_is_bad_usage_and_signs_nothing(bare: Desk, wrong: tuple[str, ...], told: str) -> None:
    size = read_ledger(bare.ledger).state.size
    place = () if wrong[0] == "--place" else ("--place", "Port Lumen")
    code, _, err = bare.run("talks", "record", "1", *place, "--date", "2031-01-14", *wrong, by="MED")
    assert code == 2 and told in err and read_ledger(bare.ledger).state.size == size


@pytest.mark.requirement("SZK-09")
def test_round_on_a_rest_day_is_recorded_and_the_day_is_told(bare: Desk) -> None:
    # 25 December 2026 and 1 January 2027 are Fridays: weekly rest days in Israel and Iran.
    record = ("talks", "record", "1", "--place", "Port Lumen", "--date", "2026-12-25", "--next", "2027-01-01")
    out = " ".join(bare.good(*record, "--countries", "IL,IR", by="MED").split())
    assert all(f"LOOK AGAIN: {option}: {day}" in out for option, day in
               (("--date", "25 December 2026"), ("--next", "1 January 2027")))  # fmt: skip
    assert "weekly rest day (Friday)" in out and "TAKEN as T1" in out
    assert "name --countries" in " ".join(bare.good(*record, by="MED").split())


@pytest.mark.requirement("SZK-26")
def test_watch_is_not_handed_to_oneself_nor_to_one_who_is_not_on_within_a_day(bare: Desk) -> None:
    bare.good("roster", "post", "A1", "--telephone", "+99 1 100", by="ALPHA")
    bare.good("roster", "post", "A2", "--telephone", "+99 1 101", "--from", instant(48), by="ALPHA")
    size = read_ledger(bare.ledger).state.size
    for to, told in (("A1", "yourself"), ("A2", "24 h")):
        code, _, err = bare.run("roster", "hand-over", to, by="ALPHA")
        assert code == 2 and told in " ".join(err.split())
    assert read_ledger(bare.ledger).state.size == size
    bare.good("roster", "post", "A2", "--telephone", "+99 1 101", "--from", instant(23), by="ALPHA")
    bare.good("roster", "hand-over", "A2", by="ALPHA")
    code, out, _ = bare.run("roster", "hand-over", "A7", by="ALPHA")
    assert code == 1 and "RETURNED" in out


@pytest.mark.requirement("SZK-25")
def test_roster_shows_whoever_took_over_first_then_the_latest_watch_then_alternates(bare: Desk) -> None:
    for number, hours, more in (("A3", -3, ()), ("A4", -1, ()), ("A2", -2, ("--alternate",)), ("A5", -4, ())):
        given = ("--telephone", "+99 1 100", "--from", instant(hours))
        bare.good("roster", "post", number, *given, *more, by="ALPHA")
    bare.good("roster", "hand-over", "A5", by="ALPHA")
    out = INVISIBLE.sub("", bare.good("roster", "show"))
    assert re.findall(r"^  (A\d)", out, re.MULTILINE) == ["A5", "A4", "A3", "A2"]


def test_log_is_filtered_and_every_line_of_json_is_one_object(desk: Desk) -> None:
    first, _, case = desk.conflict()
    desk.run("answer", "C999", "WILCO", by="BRAVO")
    assert first in desk.good("log", first) and "files a notice: flight → " + first in desk.good("log", first)
    assert "C999" in desk.good("log", "--refused") and "TAKEN" not in desk.good("log", "--refused")
    assert "ALPHA" not in desk.good("log", "--party", "MED").replace("ALPHA B", "")
    assert case in desk.good("log", case)
    assert desk.good("log", "--since", "2100-01-01T00:00:00Z") == ""
    assert len(desk.good("log", "--last", "1", "--json").splitlines()) == 1
    lines = [json.loads(line) for line in desk.good("log", "--json", "--kind", "notice").splitlines()]
    assert [line["kind"] for line in lines] == ["notice.file", "notice.file"]
    assert {"position", "recorded", "outcome", "party", "officer", "statement", "findings"} <= lines[0].keys()
    assert desk.run("log", "--since", "noon")[0] == 2


@pytest.mark.requirement("SZK-22")
def test_watch_records_delivery_once_for_each_version(desk: Desk) -> None:
    _, _, case = desk.conflict()
    assert f"delivered to BRAVO: {case}" in desk.good("watch", "--once", "--as", "BRAVO")
    assert "to be read" not in desk.good("watch", "--once", "--as", "BRAVO")
    rungs = [(ack.party, ack.rung) for ack in read_ledger(desk.ledger).state.cases[case].acks]
    assert rungs == [("BRAVO", "delivered")]
    assert "delivered, NOT READ by anybody" in desk.run("conflicts", case)[1]


def test_watch_says_when_it_cannot_record_delivery(desk: Desk) -> None:
    desk.conflict()
    held = os.open(desk.ledger / "ledger.sqlite.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        code, out, err = desk.run("watch", "--once", "--as", "BRAVO")
        queue = desk.run("conflicts")
    finally:
        os.close(held)
    assert code == 0 and "NOT RECORDED" in err and "held by process" in " ".join(err.split())
    assert "files a notice" in out
    assert queue[0] == 1 and "ANSWER DUE" in queue[1] and "deadlines not recorded now" in queue[2]


def test_watch_rings_for_a_stop_that_another_process_calls(desk: Desk) -> None:
    watch = subprocess.Popen(
        [sys.executable, "-u", "-m", "sazokar.doors.cli", "watch", "--ledger", str(desk.ledger)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    try:
        assert watch.stdout is not None and "WATCH" in watch.stdout.readline()
        time.sleep(1.5)
        desk.run("stop", "halt", "Road 5")
        time.sleep(2.0)
    finally:
        watch.send_signal(signal.SIGINT)
    out = watch.communicate(timeout=30)[0]
    assert "\a" in out and "HALT" in out and "Road 5" in out and "Traceback" not in out


@pytest.mark.requirement("SZK-02")
def test_nothing_that_is_shown_is_wider_than_80_columns_and_names_are_fenced(tmp_path: Path) -> None:
    folder = tmp_path / "led"
    names = ("--party", "ALPHA:party:fa=نیروی هوایی", "--party", "BRAVO:party:he=חיל האוויר")
    good("init", folder, "--name", "دریای هالسیون", *names, "--no-passphrase")
    good(
        "keys", "new", tmp_path / "b.key", "--party", "BRAVO", "--watch", "B1", "--role", "delegate", "--no-passphrase"
    )
    good("keys", "delegate", tmp_path / "b.key.pub", "--ledger", folder, "--key", folder / "bravo-root.key")
    desk = Desk(tmp_path)
    desk.ledger = folder
    key = ("--ledger", folder, "--key", tmp_path / "b.key")
    long = "a very long note that goes on and on " * 6 + "ملاحظة طويلة"
    good("roster", "post", "ب۱", "--telephone", "+99 1 100", *key)
    good("talks", "record", "1", "--place", "هالسیون", "--date", "2026-12-01", "--communique", long, *key)
    first = ref_of(good("notice", "file", desk.transport(), *key))
    good("stop", "halt", long, "--ledger", folder)
    for command in (("roster", "show"), ("talks", "show"), ("log",), ("state",), ("keys", "show"), ("notice", "show"),
                    ("notice", "show", first, "--positions"), ("stop", "list"), ("conflicts",), ("agreement", "show"),
                    ("form", "print", first), ("watch", "--once")):  # fmt: skip
        _, out, _ = run(*command, "--ledger", folder)
        assert out and not wide(out), (command, wide(out))
    assert "\u2068هالسیون\u2069" in run("talks", "show", "--ledger", folder)[1]
    assert "\u2068دریای هالسیون\u2069" in run("state", "--ledger", folder)[1]


@pytest.mark.requirement("SZK-24")
def test_silence_is_shown_with_how_long_it_has_lasted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from sazokar.adapters.clock_system import SystemClock
    from sazokar.doors.desk import looking

    _, _, case = desk.conflict()
    later = SystemClock().now_ms() + 6 * 60_000
    monkeypatch.setattr(SystemClock, "now_ms", lambda self: later)
    monkeypatch.setattr(looking, "now_ms", lambda: later)
    code, out, _ = desk.run("conflicts")
    out = " ".join(out.split())
    assert code == 1 and "SILENT: ALPHA did not answer" in out and "the alternate is called" in out
    assert case in out and "3 min left" in out


def test_command_on_no_ledger_says_how_to_make_one(tmp_path: Path) -> None:
    for command in (("conflicts",), ("state",), ("log",), ("notice", "show"), ("keys", "show"), ("talks", "show")):
        code, _, err = run(*command, "--ledger", tmp_path)
        assert code == 2 and "sazokar init" in " ".join(err.split())
    assert not list(tmp_path.iterdir())


def test_question_takes_a_form_as_well_as_a_plan_and_files_nothing(desk: Desk) -> None:
    desk.good("notice", "file", desk.transport(), by="BRAVO")
    before = len(read_ledger(desk.ledger).state.notices)
    assert "it would conflict" in desk.good("ask", desk.box(), by="ALPHA")
    assert len(read_ledger(desk.ledger).state.notices) == before


def test_instant_that_is_none_names_its_option(desk: Desk) -> None:
    typed = (
        (("log", "--since", "2010"), "--since"),
        (("incident", "N1", "--at", "2010", "--text", "x"), "--at"),
        (("roster", "post", "A1", "--telephone", "+99 1", "--until", "2010"), "--until"),
    )
    for words, option in typed:
        code, _, err = desk.run(*words, by="ALPHA")
        assert code == 2 and err.startswith(f"sazokar: {option}: "), err


def test_positions_are_read_back_one_notation_to_a_line(desk: Desk) -> None:
    out = desk.good("notice", "file", desk.transport(), by="BRAVO")
    lines = [line.split()[0] for line in out.splitlines() if line.startswith("      ")]
    assert {"decimal", "DMS", "DDM", "MGRS", "UTM"} <= set(lines) and max(map(len, out.splitlines())) <= 80
