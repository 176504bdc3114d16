"""The live demonstration as a newcomer meets it: one command, and within ten seconds something moves."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app import playing
from sazokar.app.opening import open_ledger
from sazokar.app.receipt import Receipt
from sazokar.domain.finding import Outcome, Refusal
from sazokar.doors.live_demo import Play
from sazokar.errors import LedgerError
from sazokar.ledger.keyfile import read_key


class Demo:
    """The demonstration in a process of its own."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "sazokar.doors.cli", "demo", "--port", "0", "--directory", str(folder)]
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        self.lines: list[str] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self.told("Ctrl-C ends it")
        text = "\n".join(self.lines)
        self.address = re.findall(r"LISTENING on (\S+)", text)[0]
        self.token = re.findall(r"Bearer (\S+)'", text)[0]

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(line.rstrip("\n") for line in self.process.stdout)

    def told(self, words: str, wait_s: float = 20) -> None:
        """Return once something was told."""
        deadline = time.monotonic() + wait_s
        while not any(words in line for line in self.lines):
            assert time.monotonic() < deadline and self.process.poll() is None, self.lines[-20:]
            time.sleep(0.05)

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self._thread.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    one = Demo(tmp_path_factory.mktemp("demo") / "led")
    yield one
    if one.process.poll() is None:
        one.end()


def test_something_moves_within_ten_seconds_on_the_line_that_was_told(demo: Demo) -> None:
    began_s, kinds = time.monotonic(), []
    headers = {"Authorization": f"Bearer {demo.token}"}
    with httpx.stream("GET", f"{demo.address}/v1/events", params={"after": -1}, headers=headers, timeout=10) as stream:
        for line in stream.iter_lines():
            if line.startswith("event: "):
                kinds.append(line.removeprefix("event: "))
            if "notice.file" in kinds[4:]:
                break
    assert time.monotonic() - began_s < 10


def test_it_says_that_the_clock_is_simulated_and_the_keys_lie_open(demo: Demo) -> None:
    text = " ".join(demo.lines[:14])
    assert "simulated" in text and "in the clear" in text and "invented" in text
    assert all(len(line) <= 80 for line in demo.lines if "/" not in line)


def test_the_sites_of_the_agency_are_seen_by_who_is_told_of_them(demo: Demo) -> None:
    headers = {"Authorization": f"Bearer {demo.token}"}
    answer = httpx.get(f"{demo.address}/v1/events", params={"after": -1, "wait": 0}, headers=headers)
    told = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
    sites = [one for one in told if one["kind"] == "notice.file" and one["party"] == "RELIEF"]
    assert len(sites) == 3 and all("extent" in one["statement"] for one in sites)
    flights = [one for one in told if one["kind"] == "notice.file" and one["party"] == "ALPHA"]
    assert all("extent" not in one["statement"] for one in flights)


def test_visitors_have_keys_and_what_was_played_is_a_ledger_that_verifies(demo: Demo) -> None:
    folder = Path(re.findall(r"folder: (.+)", "\n".join(demo.lines))[0])
    for party in ("alpha", "bravo", "mediator", "relief"):
        assert len(read_key(folder / "keys" / f"{party}.key", None).key_id) == 64
        assert (folder / "keys" / f"{party}.key").stat().st_mode & 0o077 == 0
    demo.told("1. BRAVO files a flight")
    demo.end()
    assert f"lies in {folder.absolute()};" in demo.lines[-2] and "may be deleted" in demo.lines[-1]
    log = SqliteLog(folder / "ledger.sqlite")
    opened = open_ledger(log)
    log.close()
    assert opened.damage is None and opened.state.size > 40
    assert not any("Traceback" in line for line in demo.lines)


def run(command: list[str] | str, **given: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **given)  # type: ignore[call-overload, no-any-return]  # of subprocess


def test_a_port_that_is_taken_offers_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run([sys.executable, "-m", "sazokar.doors.cli", "demo", "--port", port, "--directory", str(tmp_path)])
    assert done.returncode == 2 and "demo --port 0" in done.stderr


def test_commands_that_are_printed_work_as_they_stand(tmp_path: Path) -> None:
    folder = tmp_path / "a play"
    done = run([sys.executable, "-m", "sazokar.doors.cli", "demo", "--headless", "--directory", str(folder)])
    assert done.returncode == 0, done.stderr
    printed = done.stdout[done.stdout.index("Whoever trusts") :]
    commands = re.findall(r"^  (\S(?:[^\\\n]|\\\n)*)$", printed, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        tried = run(command, shell=True, cwd="/")
        assert tried.returncode == 0, (command, tried.stderr)


def test_a_visitor_who_acts_first_is_told_of_in_words() -> None:
    refusal = Refusal(code="resolved", clause="4.1", found="C1079 was resolved already", remedy="look again")
    receipt = Receipt(id="", position=1, recorded_ms=0, outcome=Outcome.REFUSED, findings=(refusal,))

    class Stage(playing.Stage):
        def __init__(self) -> None:
            """Hold nothing: its day goes otherwise at once."""

        keys = property(lambda self: {})

        def play_steps(self, steps: object) -> Iterator[playing.Happening]:
            raise LedgerError(playing._not_taken(receipt))

    told: list[str] = []
    Play(Stage(), 0, told.append).run(lambda: bool(told[1:]), 0)
    assert told[1] == "  the day goes otherwise: C1079 was resolved already (4.1)"
