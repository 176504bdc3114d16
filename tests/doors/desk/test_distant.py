"""The desk over a line: the same commands, on a served node in a process of its own, each party with its own copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import sazokar
from tests.doors.desk.conftest import Desk, ref_of, run


class Served:
    """A served ledger, and the officers' desks at the other end of the line."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.url = ""
        self.begin()

    def begin(self) -> None:
        port = self.url.rpartition(":")[2] or "0"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sazokar.doors.cli", "serve", "--directory", str(self.desk.ledger), "--port", port],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "PYTHONPATH": str(Path(sazokar.__file__).parents[1]), "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("LISTENING on "), line
        self.url = line.split()[-1]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def run(self, *arguments: object, by: str = "BRAVO", **variables: str) -> tuple[int, str, str]:
        """Run a command of a party's officer, who has nothing of the node but its address."""
        return run(*arguments, SAZOKAR_NODE=self.url, SAZOKAR_KEY=str(self.desk.key(by)), **variables)

    def good(self, *arguments: object, by: str = "BRAVO", code: int = 0) -> str:
        found, out, err = self.run(*arguments, by=by)
        assert found == code, (arguments, out, err)
        return out

    def copy(self, party: str) -> Path:
        return self.desk.home / f"{party.lower()}.key.replica"


@pytest.fixture
def served(desk: Desk) -> Iterator[Served]:
    found = Served(desk)
    try:
        yield found
    finally:
        found.stop()


@pytest.mark.requirement("SZK-31")
@pytest.mark.requirement("SZK-45")
def test_a_night_over_the_line(served: Served) -> None:
    desk = served.desk
    flight = ref_of(served.good("notice", "file", desk.transport(), by="BRAVO"))
    out = served.good("notice", "file", desk.box(), by="ALPHA")
    box = ref_of(out)
    case = next(word for word in out.split() if word.startswith("C") and word[1:2].isdigit()).rstrip(":")
    queue = served.good("conflicts", code=1)
    assert case in queue and "BRAVO hears of" in queue
    shown = served.good("notice", "show", flight)
    assert "36" in shown and "FL140" in shown
    alpha = served.run("notice", "show", flight, by="ALPHA")
    assert "FL140" not in alpha[1] and alpha[0] != 0, "what the clauses do not show is not in ALPHA's copy"
    served.good("answer", case, "UNABLE", by="ALPHA")
    served.good("ack", case, "--rung", "read-back")
    served.good("answer", case, "WILCO", "--delay", "25min", "--of", flight)
    told = served.good("log", case)
    assert "UNABLE" in told and "WILCO" in told
    assert "verifies" in served.good("state")
    assert case in served.good("form", "print", case)
    served.good("notice", "cancel", box, by="ALPHA")
    assert "resolved" in served.good("conflicts", case)


def test_a_statement_is_returned_with_its_clause(served: Served) -> None:
    code, out, _ = served.run("notice", "cancel", "N999")
    assert code == 1 and "RETURNED" in out


def test_every_reading_command_reads_the_copy(served: Served, tmp_path: Path) -> None:
    served.good("notice", "file", served.desk.transport(), "--quiet")
    for command in (
        ("agreement", "show"), ("roster", "show"), ("talks", "show"), ("keys", "show"), ("stop", "list"), ("state",),
        ("log",), ("log", "--json"), ("conflicts",), ("notice", "show"), ("watch", "--once"),
        ("export", "--all-mine", "BRAVO", "--output", tmp_path / "mine"),
    ):  # fmt: skip
        served.good(*command)
    assert list((tmp_path / "mine").iterdir())


def test_another_party_s_sight_is_refused(served: Served) -> None:
    for command in (("log",), ("conflicts",), ("notice", "show"), ("watch", "--once")):
        code, _, err = served.run(*command, "--as", "ALPHA")
        assert code == 2 and "BRAVO's copy" in err


def test_without_a_key_nothing_is_asked(served: Served) -> None:
    code, _, err = run("conflicts", SAZOKAR_NODE=served.url, SAZOKAR_KEY="")
    assert code == 2 and "--key" in err


def test_a_copy_is_read_where_no_node_is_near(served: Served) -> None:
    served.good("notice", "file", served.desk.transport(), "--quiet")
    served.stop()
    code, out, err = served.run("notice", "show")
    assert code == 0 and "flight" in out and "NOT UP TO DATE" in " ".join(err.split())
    code, out, _ = run("notice", "show", SAZOKAR_LEDGER=str(served.copy("BRAVO")))
    assert code == 0 and "flight" in out
    code, _, err = served.run("notice", "file", served.desk.box())
    assert code == 2 and "cannot be reached" in " ".join(err.split())
    served.begin()


def test_a_copy_is_not_written_to_by_hand(served: Served) -> None:
    served.good("state")
    code, _, err = run(
        "notice", "cancel", "N1", SAZOKAR_LEDGER=str(served.copy("BRAVO")), SAZOKAR_KEY=str(served.desk.key("BRAVO"))
    )
    assert code == 2 and "copy of a ledger" in " ".join(err.split())


def test_what_only_the_node_s_ledger_can_bear_is_refused_on_a_copy(served: Served, tmp_path: Path) -> None:
    served.good("state")
    copy = served.copy("BRAVO")
    for command in (
        ("backup", tmp_path / "backup", "--ledger", copy),
        ("agreement", "try", served.desk.home / "agreement.toml", "--ledger", copy),
        ("bundle", "N1", "--output", tmp_path / "b", "--ledger", copy),
        ("keys", "rotate-node", "--ledger", copy),
        ("serve", "--directory", copy, "--port", "0"),
    ):
        code, _, err = run(*command)
        assert code == 2 and "BRAVO's copy" in " ".join(err.split()), (command, err)
    code, out, _ = run("audit", copy)
    assert code == 0 and "NOT CHECKABLE" in out


def test_a_node_s_own_folder_is_never_made_a_copy(served: Served) -> None:
    code, _, err = served.run("state", "--ledger", served.desk.ledger)
    assert code == 2 and "node's own ledger" in " ".join(err.split())


def test_roots_that_are_trusted_are_asked_for(served: Served, tmp_path: Path) -> None:
    served.good("state", "--roots", served.desk.ledger / "roots.toml")
    served.desk.good("init", tmp_path / "other", "--name", "Other", "--party", "ALPHA:party", "--party", "BRAVO:party",
                     "--no-passphrase")  # fmt: skip
    code, _, err = served.run("state", "--roots", tmp_path / "other" / "roots.toml")
    assert code == 1 and "which you trust" in " ".join(err.split())


@pytest.mark.requirement("SZK-27")
def test_stop_sounds_here_and_at_the_node(served: Served) -> None:
    served.good("state")
    out = served.good("stop", "cease-fire", "Mill bridge", "--unit", "2nd battery", "--reason", "shells")
    assert "STOP SOUNDED" in out and "recorded as S" in out, out
    ref = out.split("recorded as ")[1].split(";")[0]
    served.good("stop", "heard", ref, by="ALPHA")
    code, out, _ = served.run("stop", "list", by="ALPHA")
    assert code == 1 and "Mill bridge" in out and "HEARD" in out.upper()


@pytest.mark.requirement("SZK-27")
def test_a_stop_sounds_before_anything_of_the_node_is_known(served: Served) -> None:
    out = served.good("stop", "halt", "Mill bridge")
    assert "STOP SOUNDED" in out and "recorded at the node, UNVERIFIED" in out
    assert list((served.copy("BRAVO") / "stop").iterdir())
    code, out, _ = served.run("stop", "list")
    assert code == 1 and out.count("Mill bridge") == 1 and "not recorded yet" not in out
    code, out, _ = served.run("stop", "list", by="ALPHA")
    assert code == 1 and "Mill bridge" in out and "CALL BACK" in out


@pytest.mark.requirement("SZK-27")
def test_a_stop_that_cannot_be_sent_says_whom_to_telephone(served: Served) -> None:
    served.good("roster", "post", "A1", "--hours", "4", "--telephone", "+00 100 4401", by="ALPHA")
    served.good("state")
    served.stop()
    code, out, _ = served.run("stop", "halt", "Mill bridge")
    flat = " ".join(out.split())
    assert code == 1 and "STOP SOUNDED" in flat and "TELEPHONE" in flat and "+00 100 4401" in flat, out
    served.begin()


@pytest.mark.requirement("SZK-40")
def test_a_bundle_from_the_node_convinces_a_stranger(served: Served, tmp_path: Path) -> None:
    ref = ref_of(served.good("notice", "file", served.desk.transport(), "--quiet"))
    served.good("bundle", ref, "--output", tmp_path / "b.json")
    code, out, _ = run("verify", tmp_path / "b.json", "--roots", served.desk.ledger / "roots.toml")
    assert code == 0 and ref in out
    code, _, _ = served.run("bundle", ref, "--output", tmp_path / "c.json", "--for", "ALPHA")
    assert code == 2 and not (tmp_path / "c.json").exists()


@pytest.mark.requirement("SZK-43")
def test_envelopes_signed_offline_are_carried_to_the_node(served: Served, tmp_path: Path) -> None:
    served.good("state")
    served.good("notice", "file", served.desk.transport(), "--offline", tmp_path / "one.json", "--quiet")
    out = served.good("import", tmp_path / "one.json")
    assert "TAKEN" in out
    served.good("import", tmp_path / "one.json")


@pytest.mark.requirement("SZK-39")
def test_parties_cosign_what_the_node_puts_up_until_it_is_final(served: Served) -> None:
    assert "not final yet" in served.good("cosign", by="ALPHA")
    assert "FINAL (ALPHA, BRAVO)" in served.good("cosign", by="BRAVO")
    served.good("cosign", by="BRAVO")


@pytest.mark.requirement("SZK-39")
def test_a_ledger_wound_back_is_an_alarm_and_nothing_is_cosigned(served: Served, tmp_path: Path) -> None:
    desk = served.desk
    served.stop()
    shutil.copytree(desk.ledger, tmp_path / "before")
    served.begin()
    served.good("notice", "file", desk.transport(), "--quiet")
    served.good("cosign")
    seen = (desk.home / "bravo.key.seen").read_bytes()
    served.stop()
    shutil.rmtree(desk.ledger)
    shutil.copytree(tmp_path / "before", desk.ledger)
    served.begin()
    for command in (("cosign",), ("conflicts",), ("notice", "cancel", "N1")):
        code, _, err = served.run(*command)
        assert code == 1 and "\a" in err and "SHRUNK" in err and "ALARM" in err, (command, err)
    assert (desk.home / "bravo.key.seen").read_bytes() == seen
    assert list(served.copy("BRAVO").glob("fork-*.note"))
    code, _, err = served.run("roster", "show")
    assert code == 0 and "ALARM" in err, "telephone numbers are shown all the same"


@pytest.mark.slow
@pytest.mark.requirement("SZK-39")
def test_a_cosigner_goes_on_while_the_node_is_away_and_ends_on_a_fork(served: Served, tmp_path: Path) -> None:
    desk, told = served.desk, tmp_path / "out"
    served.stop()
    shutil.copytree(desk.ledger, tmp_path / "before")
    served.begin()
    with told.open("wb") as out:
        cosigner = subprocess.Popen(
            [sys.executable, "-m", "sazokar.doors.cli", "cosign", "--every", "1"], stdout=out, stderr=subprocess.STDOUT,
            env={**os.environ, "SAZOKAR_NODE": served.url, "SAZOKAR_KEY": str(desk.key("ALPHA")),
                 "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(sazokar.__file__).parents[1])},
        )  # fmt: skip
        try:
            _wait_for(told, b"COSIGNED")
            served.stop()
            _wait_for(told, b"NOT COSIGNED for now")
            first = (desk.home / "alpha.key.seen").read_bytes().splitlines()[1]
            served.begin()
            served.good("cosign", by="BRAVO")  # a quorum: the round is over, and the next checkpoint comes up at once
            served.good("notice", "file", desk.transport(), "--quiet")
            while (desk.home / "alpha.key.seen").read_bytes().splitlines()[1] == first:
                time.sleep(0.1)
            seen = (desk.home / "alpha.key.seen").read_bytes()
            served.stop()
            shutil.rmtree(desk.ledger)
            shutil.copytree(tmp_path / "before", desk.ledger)
            served.begin()
            assert cosigner.wait(30) == 1
        finally:
            cosigner.kill()
            cosigner.wait(20)
    assert b"ALARM, NOT COSIGNED" in told.read_bytes() and b"\a" in told.read_bytes()
    assert (desk.home / "alpha.key.seen").read_bytes() == seen, "and nothing was signed"
    assert list(served.copy("ALPHA").glob("fork-*-told.note"))


def test_keys_agreement_talks_and_watch_over_the_line(served: Served) -> None:
    desk = served.desk
    served.good("talks", "record", "1", "--place", "Isle", "--date", "2031-01-14", by="MED")
    run("keys", "new", desk.home / "a2.key", "--party", "ALPHA", "--watch", "A2", "--no-passphrase")
    code, out, err = run(
        "keys", "delegate", desk.home / "a2.key.pub", "--node", served.url, "--key", desk.root("ALPHA")
    )
    assert code == 0, (out, err)
    code, out, err = run("conflicts", "--node", served.url, "--key", desk.home / "a2.key")
    assert code == 0, (out, err)
    served.good("keys", "revoke", desk.home / "a2.key.pub", "--key", desk.root("ALPHA"))
    code, _, err = run("notice", "show", "--node", served.url, "--key", desk.home / "a2.key")
    assert code == 0 and "NOT UP TO DATE" in " ".join(err.split())


def test_a_watch_rings_for_a_stop_at_the_node(served: Served, tmp_path: Path) -> None:
    served.good("state", by="ALPHA")
    with (tmp_path / "out").open("wb") as out:
        watching = subprocess.Popen(
            [sys.executable, "-m", "sazokar.doors.cli", "watch"], stdout=out, stderr=subprocess.STDOUT,
            env={**os.environ, "SAZOKAR_NODE": served.url, "SAZOKAR_KEY": str(served.desk.key("ALPHA")),
                 "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(sazokar.__file__).parents[1])},
        )  # fmt: skip
        try:
            _wait_for(tmp_path / "out", b"WATCH")
            served.good("stop", "halt", "Mill bridge", "--unit", "convoy", "--reason", "mines")
            _wait_for(tmp_path / "out", b"Mill bridge")
            assert b"\a" in (tmp_path / "out").read_bytes()
        finally:
            watching.terminate()
            watching.wait(20)


def _wait_for(path: Path, text: bytes) -> None:
    deadline_s = time.monotonic() + 20
    while text not in path.read_bytes():
        assert time.monotonic() < deadline_s, path.read_bytes()
        time.sleep(0.05)


@pytest.mark.requirement("SZK-27")
def test_stop_reaches_the_node_that_is_named_by_its_option(served: Served) -> None:
    served.good("state")
    code, out, _ = run("stop", "halt", "Mill", "--node", served.url, "--key", served.desk.key("BRAVO"))
    assert code == 0 and "HALT (to all): Mill\n" in out and "recorded as S" in out, out


@pytest.mark.requirement("SZK-27")
def test_stop_sounds_at_both_nodes_where_option_and_environment_differ(served: Served) -> None:
    served.good("state")
    away = "http://127.0.0.1:9"
    for named, other in ((away, served.url), (served.url, away)):
        code, out, _ = run("stop", "halt", "Mill", "--node", named, SAZOKAR_NODE=other,
                           SAZOKAR_KEY=str(served.desk.key("BRAVO")))  # fmt: skip
        flat = " ".join(out.split())
        assert code == 1 and f"at {away}: NOT RECORDED YET" in flat and f"at {served.url}: recorded as S" in flat, out


@pytest.mark.requirement("SZK-27")
def test_a_stop_that_could_not_be_sent_is_sent_once_the_node_is_back(served: Served) -> None:
    served.good("state")
    served.stop()
    assert served.run("stop", "halt", "Mill bridge")[0] == 1
    assert served.run("stop", "halt", "Ford", "--unit", "2nd")[0] == 1
    served.begin()
    code, out, err = served.run("conflicts")
    assert code == 0 and " ".join(err.split()).count("is sent to the node now: recorded as S") == 2, err
    code, out, err = served.run("stop", "list")
    assert code == 1 and "not recorded yet" not in out and "sent" not in err
    assert out.count("HALT") == 2
    assert served.run("stop", "list", by="ALPHA")[1].count("HALT") == 2


@pytest.mark.requirement("SZK-27")
def test_a_stop_that_was_called_again_by_hand_is_not_sent_twice(served: Served) -> None:
    served.good("state")
    served.stop()
    assert served.run("stop", "halt", "Mill bridge")[0] == 1
    served.begin()
    served.good("stop", "halt", "Mill bridge")
    code, out, err = served.run("stop", "list")
    assert code == 1 and out.count("HALT") == 1 and "not recorded yet" not in out and "sent" not in err


@pytest.mark.requirement("SZK-26")
def test_last_known_telephones_are_named_once_every_watch_is_over(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sazokar.doors.desk import called, session

    served.good("roster", "post", "A1", "--hours", "4", "--telephone", "+00 100 4401", by="ALPHA")
    served.good("state")
    later = session.now_ms() + 9 * session.HOUR_MS
    monkeypatch.setattr(called, "now_ms", lambda: later)
    told = called.telephones(served.copy("BRAVO"))
    assert "ALPHA A1 +00 100 4401 (watch over since 2" in told and "nobody" not in told


@pytest.mark.requirement("SZK-39")
def test_what_is_final_is_told_as_final_from_the_copy(served: Served) -> None:
    assert "finality not known here" in " ".join(served.good("state").split())
    for party in ("ALPHA", "BRAVO"):
        root = served.desk.root(party)
        code, _, err = run("cosign", "--node", served.url, "--key", root)
        assert code == 0, err
    out = " ".join(served.good("state").split())
    assert "FINAL: cosigned by ALPHA, BRAVO" in out and "NOT FINAL" not in out
    served.good("notice", "file", served.desk.transport(), "--quiet")
    assert "2 NOT FINAL yet" in " ".join(served.good("state").split())


def test_seconds_between_cosignatures_are_none_below_zero(served: Served) -> None:
    code, _, err = run("cosign", "--node", served.url, "--key", served.desk.root("ALPHA"), "--every", "-3")
    assert code == 2 and "--every" in err


@pytest.mark.requirement("SZK-31")
def test_live_notices_of_a_copy_are_those_that_its_party_sees(served: Served) -> None:
    served.good("notice", "file", served.desk.box(), "--quiet", by="ALPHA")
    assert "0 live notices" in served.good("state")
    served.good("notice", "file", served.desk.transport(), "--quiet")
    assert "1 live notice," in served.good("state")


@pytest.mark.requirement("SZK-43")
def test_a_damaged_node_is_named_and_the_copy_still_verifies(served: Served) -> None:
    from tests.doors.desk.test_stops import damage

    served.good("state")
    served.stop()
    damage(served.desk)
    served.begin()
    code, out, _ = served.run("state")
    flat = " ".join(out.split())
    assert code == 1 and "THE NODE IS DAMAGED at entry" in flat and "Your copy verifies" in flat, out
