"""Notices, conflicts and answers from the command line: the way that a night goes, and each no."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from sazokar.doors.desk import looking
from sazokar.doors.desk.folder import read_ledger
from sazokar.doors.desk.session import now_ms
from tests.doors.desk.conftest import Desk, good, ref_of, run

FORBIDDEN = re.compile(r"\b(clear|safe|all good)\b", re.IGNORECASE)


@pytest.mark.requirement("SZK-08")
def test_notice_without_conflict_says_only_that_none_was_found(desk: Desk) -> None:
    out = desk.good("notice", "file", desk.transport(), by="BRAVO")
    assert "TAKEN as N" in out and "no conflict found among the plans given" in out
    queue = desk.good("conflicts")
    assert "no conflict found among the plans given" in queue
    assert not FORBIDDEN.search(out + queue)


@pytest.mark.requirement("SZK-14")
def test_positions_are_echoed_in_every_notation_to_be_read_back(desk: Desk) -> None:
    out = " ".join(desk.good("notice", "file", desk.transport(), by="BRAVO").split())
    assert all(word in out for word in ("decimal 36.8", "DMS 36°48'", "DDM", "MGRS 26S", "UTM 26", "WGS 84"))


@pytest.mark.requirement("SZK-28")
def test_conflict_is_queued_answered_and_freed_by_a_change(desk: Desk) -> None:
    first, second, case = desk.conflict()
    code, out, _ = desk.run("conflicts")
    assert code == 1 and "1 live conflict" in out and "ANSWER DUE from ALPHA" in out and "left" in out
    assert "BRAVO answers next" in desk.good("answer", case, "unable", by="ALPHA")
    desk.good("ack", case, "--rung", "read-back", by="BRAVO")
    desk.good("answer", case, "WILCO", by="BRAVO")
    code, out, _ = desk.run("conflicts", case)
    assert code == 1 and "ALPHA A1: UNABLE" in out and "BRAVO B1: WILCO" in out and "read-back by BRAVO B1" in out
    out = desk.good("notice", "amend", first, desk.transport(hours=12), by="BRAVO")
    assert f"{case} resolved: changed" in out
    assert desk.run("conflicts")[0] == 0 and "resolved" in desk.good("conflicts", "--all")
    assert {read_ledger(desk.ledger).state.notices[ref].state for ref in (first, second)} == {"accepted"}


def test_counter_hold_and_query_say_what_they_must(desk: Desk) -> None:
    first, _, case = desk.conflict()
    for reply in ("HOLD", "QUERY", "COUNTER"):
        code, out, _ = desk.run("answer", case, reply, by="ALPHA")
        assert code == 1 and "says-nothing" in out
    desk.good("answer", case, "COUNTER", "--of", first, "--delay", "25min", by="ALPHA")
    shown = desk.run("conflicts", case, "--as", "BRAVO")[1]
    assert "delay 25 min" in shown


@pytest.mark.requirement("SZK-50")
def test_recommendation_and_risk_need_both(desk: Desk) -> None:
    _, second, case = desk.conflict()
    code, out, _ = desk.run("recommend", case, "--text", "climb", by="ALPHA")
    assert code == 1 and "not-the-mediator" in out
    desk.good("recommend", case, "--text", "BRAVO waits 25 minutes", by="MED")
    desk.good("accept", case, by="ALPHA")
    assert "recommendation accepted" in desk.good("accept", case, by="BRAVO")
    out = desk.good("notice", "amend", second, desk.box(hours=8.1), by="ALPHA")
    case = out.split("CONFLICT ")[1].split(":")[0]
    desk.good("accept-risk", case, "--reason", "in sight", by="ALPHA")
    assert "risk accepted" in desk.good("accept-risk", case, "--reason", "in sight", by="BRAVO")


@pytest.mark.requirement("SZK-31")
def test_other_side_sees_that_a_conflict_exists_and_not_where(desk: Desk) -> None:
    first, second, case = desk.conflict()
    seen = desk.run("conflicts", case, "--as", "BRAVO")[1]
    assert case in seen and "BRAVO: leg 1" in seen and "ALPHA: leg" not in seen
    assert desk.run("notice", "show", second, "--as", "BRAVO")[0] == 2
    assert second not in desk.run("notice", "show", "--as", "BRAVO")[1]
    everything = desk.run("log", "--json", "--as", "BRAVO")[1]
    assert '"a":{"party":"ALPHA","ref":"' + second + '","version":1}' in everything, "the other side's leg is shown"
    assert "box-7" not in everything and '"withheld":["contacts","extent"' in everything
    assert first in desk.good("notice", "show", "--as", "BRAVO")


@pytest.mark.requirement("SZK-38")
def test_who_is_no_side_of_a_conflict_does_not_hear_of_it(desk: Desk) -> None:
    _, _, case = desk.conflict()
    code, out, _ = desk.run("conflicts", "--as", "RELIEF")
    assert code == 0 and case not in out
    assert desk.run("conflicts", case, "--as", "RELIEF")[0] == 2
    assert f"{case}:" not in desk.good("log", "--as", "RELIEF") and f"CONFLICT {case}" in desk.good("log")
    assert case in desk.run("conflicts", "--as", "MED")[1]


def test_officers_of_no_party_are_told_so(desk: Desk) -> None:
    for command in (("conflicts",), ("notice", "show"), ("log",), ("watch", "--once")):
        code, _, err = desk.run(*command, "--as", "CHARLIE")
        assert code == 2 and "CHARLIE" in err


@pytest.mark.requirement("SZK-13")
def test_time_without_a_zone_is_refused_before_anything_is_signed(desk: Desk) -> None:
    form = desk.transport()
    form.write_text(form.read_text(encoding="utf-8").replace("Z\n", "\n"), encoding="utf-8")
    size = read_ledger(desk.ledger).state.size
    code, _, err = desk.run("notice", "file", form, by="BRAVO")
    assert code == 2 and "zone" in err and read_ledger(desk.ledger).state.size == size


@pytest.mark.requirement("SZK-49")
def test_refused_life_safety_notice_is_held_and_says_not_delivered(desk: Desk) -> None:
    line = 'coordinates = ["50.0N 10.0E", "50.5N 10.0E"]\nhalf_width = "1km"'
    outside = f'class = "transport"\n{line}\nlower = "FL140"\nupper = "FL180"'
    form = desk.form("medevac-1", "flight", outside)
    code, out, _ = desk.run("notice", "file", form, "--life-safety", by="BRAVO")
    assert code == 1 and "NOT DELIVERED – HELD FOR CORRECTION" in out and "held for B1 to correct, until" in out
    code, out, _ = desk.run("notice", "file", form, by="BRAVO")
    assert code == 1 and "RETURNED" in out and "clause" in out and "what to do:" in out


def test_version_that_moved_on_is_returned(desk: Desk) -> None:
    first = ref_of(desk.good("notice", "file", desk.transport(), by="BRAVO"))
    desk.good("notice", "amend", first, desk.transport(hours=9), by="BRAVO")
    code, out, _ = desk.run("notice", "amend", first, desk.transport(hours=10), "--version", "1", by="BRAVO")
    assert code == 1 and "other-version" in out


def test_cancel_revalidate_state_show(desk: Desk) -> None:
    first = ref_of(desk.good("notice", "file", desk.transport(), by="BRAVO"))
    assert "NONCONFORMING" in desk.good("notice", "state", first, "nonconforming", "--how", "radar", by="BRAVO")
    assert desk.run("notice", "state", first, "nonconforming", by="ALPHA")[0] == 1  # it does not see the notice
    assert "ENDED" in desk.good("notice", "cancel", first, "--reason", "weather", by="BRAVO")
    assert first not in desk.good("notice", "show") and first in desk.good("notice", "show", "--ended")
    assert "not delivered, not read by anybody" in desk.good("notice", "show", first)
    code, _, err = desk.run("notice", "state", first, "sunk", by="BRAVO")
    assert code == 2 and "sunk" in err
    assert desk.run("notice", "revalidate", "N999", by="BRAVO")[0] == 1


@pytest.mark.requirement("SZK-47")
def test_notices_are_taken_without_verdict_on_a_charter_alone(bare: Desk) -> None:
    first = ref_of(bare.good("notice", "file", bare.transport(), by="BRAVO"))
    assert first in bare.good("notice", "show", "--as", "ALPHA")
    code, out, _ = bare.run("ask", plan(bare), by="ALPHA")
    assert code == 1 and "no-agreement" in out
    assert "NO AGREEMENT in force" in bare.good("agreement", "show")


def plan(desk: Desk) -> Path:
    """Write a plan of one flight."""
    path = desk.home / "plan.csv"
    path.write_text(
        "operation,coordinates,half_width_m,lower,upper,start,end\n"
        "probe-1,36.8N 30.0W; 33.45N 30.54W,1000,FL140,FL180,2031-01-14T18:00:00Z,2031-01-14T19:00:00Z\n",
        encoding="utf-8",
    )
    return path


def test_question_files_nothing_and_says_so(desk: Desk) -> None:
    out = desk.good("ask", plan(desk), by="BRAVO")
    assert "Nothing was filed" in out and not read_ledger(desk.ledger).state.notices


def test_incident_is_reported_with_its_sources(desk: Desk) -> None:
    first = ref_of(desk.good("notice", "file", desk.transport(), by="BRAVO"))
    report = ("incident", first, "--text", "too close", "--grade", "B")
    desk.good(*report, "--at", "2026-01-14T18:24:00Z", "--source", "B2:radar", by="BRAVO")
    for bad in (("--at", "18:24"), ("--at", "2026-01-14T18:24:00Z", "--source", "Z9:x")):
        assert desk.run(*report, *bad, by="BRAVO")[0] == 2


def test_suspension_rests_verdicts_until_all_resume(desk: Desk) -> None:
    desk.good("agreement", "suspend", "--reason", "an incident", by="ALPHA")
    assert "SUSPENDED" in desk.good("agreement", "show")
    desk.good("agreement", "resume", by="ALPHA")
    assert "the agreement holds again" in desk.good("agreement", "resume", by="BRAVO")


def test_drafts_are_checked_compared_and_tried(desk: Desk) -> None:
    draft, other = desk.home / "agreement.toml", desk.home / "other.toml"
    assert "no fault" in good("agreement", "check", draft)
    assert run("agreement", "diff", draft, draft)[0] == 0
    other.write_bytes(draft.read_bytes().replace(b'horizontal = "10NM"', b'horizontal = "12NM"'))
    code, out, _ = run("agreement", "diff", draft, other)
    assert code == 1 and "10 NM → 12 NM" in out
    other.write_text("nonsense = 1", encoding="utf-8")
    assert run("agreement", "check", other)[0] == 2
    assert desk.run("agreement", "sign", "abcdefgh", by="ALPHA")[0] == 2
    assert desk.good("agreement", "show", "--text") == draft.read_text(encoding="utf-8")


def test_each_operation_of_a_plan_is_filed_on_its_own(desk: Desk) -> None:
    path = plan(desk)
    row = path.read_text(encoding="utf-8").splitlines()[1]
    path.write_text(path.read_text(encoding="utf-8") + row.replace("probe-1", "probe-2") + "\n", encoding="utf-8")
    out = desk.good("notice", "file", path, "--kind", "flight", "--each", by="BRAVO")
    assert out.count("TAKEN as N") == 2 and len(read_ledger(desk.ledger).state.notices) == 2


@pytest.mark.parametrize("more", [(), ("--each",)])
def test_plan_that_does_not_tell_its_kind_is_asked_for_it_by_the_option(desk: Desk, more: tuple[str, ...]) -> None:
    path = plan(desk)
    path.write_text(path.read_text(encoding="utf-8").replace("flight", ""), encoding="utf-8")
    code, _, err = desk.run("notice", "file", path, *more, by="BRAVO")
    assert code == 2 and "--kind: site, movement, flight" in " ".join(err.split())


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("notice", "file", "/nowhere.toml"), "cannot be read"),
        (("answer", "C1", "MAYBE"), "MAYBE"),
        (("ack", "C1", "--rung", "delivered"), "delivered"),
        (("answer", "C1", "COUNTER", "--delay", "25min"), "--of"),
        (("answer", "C1", "COUNTER", "--of", "N1", "--delay", "25 parsecs"), "parsecs"),
        (("ack", "N1", "--expires", "0"), "--expires"),
        (("recommend", "C1"), "--text"),
        (("roster", "post", "A1", "--telephone", "1", "--from", "18:00"), "18:00"),
        (("talks", "record", "1", "--place", "X", "--date", "14 January"), "14 January"),
    ],
)
def test_bad_usage_is_told_and_signs_nothing(desk: Desk, command: tuple[str, ...], expected: str) -> None:
    size = read_ledger(desk.ledger).state.size
    code, _, err = desk.run(*command, by="ALPHA")
    assert code == 2 and expected in err and "Traceback" not in err
    assert read_ledger(desk.ledger).state.size == size


@pytest.mark.requirement("SZK-43")
def test_damaged_ledger_takes_no_notice_and_names_the_entry(desk: Desk) -> None:
    path = desk.ledger / "ledger.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE entries SET leaf = replace(leaf, 'A1', 'A2') WHERE position = 1")
    code, _, err = desk.run("notice", "file", desk.transport(), by="BRAVO")
    assert code == 1 and "NOT RECORDED" in err and "entry 1" in " ".join(err.split())
    code, out, _ = desk.run("state")
    assert code == 1 and "DAMAGED" in out


def test_two_processes_at_once_both_get_through(desk: Desk) -> None:
    forms = [desk.transport(f"transport-{n}", hours=8 + 3 * n) for n in range(4)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "sazokar.doors.cli", "notice", "file", str(form), "--ledger", str(desk.ledger),
             "--key", str(desk.key("BRAVO")), "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for form in forms
    ]  # fmt: skip
    ended = [(*process.communicate(timeout=120), process.returncode) for process in processes]
    assert [code for _, _, code in ended] == [0] * 4, ended
    assert len(read_ledger(desk.ledger).state.notices) == 4


def test_version_is_told_without_waiting_for_the_desk() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from sazokar.doors import cli; "
        "CliRunner().invoke(cli.app, ['--version']); "
        "print(sorted(m for m in sys.modules if m in ('numpy', 'sazokar.app.node', 'sazokar.doors.desk.notices')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


@pytest.mark.requirement("SZK-49")
def test_held_notice_stands_in_the_queue_of_its_filer_and_overdue_in_that_of_those_who_carry(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = 'coordinates = ["50.0N 10.0E", "50.5N 10.0E"]\nhalf_width = "1km"'
    form = desk.form("medevac-1", "flight", f'class = "transport"\n{line}\nlower = "FL140"\nupper = "FL180"')
    desk.run("notice", "file", form, "--life-safety", by="BRAVO")
    code, out, _ = desk.run("conflicts", "--as", "BRAVO")
    assert code == 1 and "NOT DELIVERED" in out and "until" in out and "left" in out
    for viewer in ((), ("--as", "MED"), ("--as", "ALPHA")):
        code, out, _ = desk.run("conflicts", *viewer)
        assert code == 0 and "NOT DELIVERED" not in out, viewer
    later = now_ms() + 7 * 24 * 3_600_000
    monkeypatch.setattr(looking, "now_ms", lambda: later)
    for viewer in ((), ("--as", "MED"), ("--as", "BRAVO")):
        code, out, _ = desk.run("conflicts", *viewer)
        assert code == 1 and "OVERDUE since" in out and "medevac" not in out and "50." not in out, viewer
        assert max(map(len, out.splitlines())) <= 80
    assert "CALL BRAVO" in desk.run("conflicts", "--as", "MED")[1]
    assert desk.run("conflicts", "--as", "ALPHA")[0] == 0


def test_list_and_show_are_one(desk: Desk) -> None:
    desk.good("notice", "file", desk.transport(), by="BRAVO")
    assert desk.good("notice", "list") == desk.good("notice", "show")
    code, _, err = desk.run("notice", "shwo")
    assert code == 2 and "Did you mean show?" in err


@pytest.mark.requirement("SZK-08")
def test_a_late_notice_is_listed_with_its_year_and_says_late_in_full(desk: Desk) -> None:
    from datetime import UTC, datetime, timedelta

    ref = ref_of(desk.run("notice", "file", desk.transport(hours=0.2), by="BRAVO")[1])
    row = next(line for line in desk.good("notice", "show").splitlines() if line.startswith(ref))
    year = str((datetime.now(UTC) + timedelta(hours=0.2)).year)
    assert row.endswith(" LATE") and f" {year} " in row and len(row) <= 80, row


def test_delivery_is_to_a_party(desk: Desk) -> None:
    _, _, case = desk.conflict()
    desk.good("watch", "--once", "--as", "BRAVO")
    shown = desk.run("conflicts", case)[1]
    assert "delivered to BRAVO" in shown and "delivered by" not in shown


def test_a_change_is_of_the_only_notice_that_is_mine(desk: Desk) -> None:
    _, second, case = desk.conflict()
    desk.good("answer", case, "COUNTER", "--delay", "25min", by="ALPHA")
    assert second in desk.run("conflicts", case)[1]
    code, _, err = desk.run("answer", case, "COUNTER", "--delay", "25", by="BRAVO")
    assert code == 2 and "--delay: found '25'" in err


def test_a_log_of_nothing_says_so(desk: Desk) -> None:
    for typed in (("--kind", "foo"), ("--party", "NOBODY")):
        assert desk.good("log", *typed) == "nothing of that kind\n"
    code, _, err = desk.run("log", "--last", "-1")
    assert code == 2 and "--last" in err


def test_a_mistyped_reference_is_answered_with_what_is_seen_and_nothing_else(desk: Desk) -> None:
    first, second, case = desk.conflict()
    assert f"Did you mean {first}?" in " ".join(desk.run("notice", "show", first[1:], "--as", "BRAVO")[2].split())
    assert f"Did you mean {case}?" in " ".join(desk.run("conflicts", case.lower())[2].split())
    assert second not in desk.run("notice", "show", second[1:], "--as", "BRAVO")[2], "what is not seen is not named"
