"""`sazokar demo`: a node on the loopback where two air forces, a mediator and an agency act, day after day, on a fast clock.

Every party's private keys lie in its folder in the clear, for whoever tries it out. Its clock is simulated, and says so;
sessions alone end by the real one. Judges nothing and answers nothing: the node that it serves does.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import resources
from pathlib import Path
from typing import Final

from sazokar.adapters.clock_system import SystemClock
from sazokar.adapters.ledger_folder import NODE_KEY
from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app import days, scenario_a
from sazokar.app.playing import Stage
from sazokar.app.wire import ChallengeAnswered, session_message
from sazokar.dialects import agreement as dialect
from sazokar.domain.plan.instant import format_instant
from sazokar.doors.demo import ROOTS, empty_folder, telling
from sazokar.doors.http.logs import begin_logging
from sazokar.doors.http.server import audiences_of, listen, serve
from sazokar.doors.http.settings import Settings
from sazokar.doors.http.station import Station
from sazokar.doors.program import program, typed
from sazokar.doors.roots import write_roots
from sazokar.doors.wording import clean
from sazokar.errors import SazokarError, UnreadableError
from sazokar.ledger.keyfile import write_key
from sazokar.ledger.signing import SigningKey, message_for
from sazokar.wiring import open_log, stage_over

PACE_S: Final = 1.5
"""So long is each step of a day looked at; a day lasts about a minute."""
KEYS: Final = "keys"
_GLANCE_S: Final = 0.1


class Play:
    """The play on a stage, told as it goes on.

    Args:
        stage: The stage, with everyone's keys.
        by_ms: By how much later than the scenario its first day is.
        tell: Takes each line.
    """

    def __init__(self, stage: Stage, by_ms: int, tell: Callable[[str], None]) -> None:
        self._stage = stage
        self._by_ms = by_ms
        self._tell = tell
        content = resources.files("sazokar").joinpath("data", "examples", "mechanism", "agreement.toml").read_bytes()
        self._text = content.decode() + days.CLAUSES
        self._agreement = dialect.read(self._text.encode(), "agreement.toml")

    def found(self) -> None:
        """Play what comes before the first day, untold."""
        for _ in self._stage.play_steps(days.founding(self._text, self._agreement, self._stage.keys, self._by_ms)):
            pass

    def run(self, is_over: Callable[[], bool], pace_s: float = PACE_S) -> None:
        """Play day after day until it is over, or until there is no day left before the real one."""
        for number in range(days.MOST_DAYS):
            try:
                self._play_day(number, is_over, pace_s)
            except SazokarError as error:  # whoever tries the node out may have changed the course of the day
                self._tell(f"  the day goes otherwise: {clean(str(error), 300)}")
                _pause(pace_s, is_over)
            if is_over():
                return
        self._tell("\nAll days are played; the node goes on. For more, begin a new demonstration.")

    def _play_day(self, number: int, is_over: Callable[[], bool], pace_s: float) -> None:
        by_ms = self._by_ms + number * days.DAY_MS
        date = format_instant(scenario_a.BEGINS_MS + by_ms)[:10]
        self._tell(f"\nDAY {number + 1}, {date} by a simulated clock")
        steps = days.day(self._text, self._agreement, self._stage.keys, number, by_ms)
        for happening in telling(self._stage.play_steps(steps), self._tell):
            if happening.step.number and _pause(pace_s, is_over):
                return


def _pause(pace_s: float, is_over: Callable[[], bool]) -> bool:
    """Wait, and return whether it is over."""
    until_s = time.monotonic() + pace_s
    while not is_over() and (left_s := until_s - time.monotonic()) > 0:
        time.sleep(min(_GLANCE_S, left_s))
    return is_over()


def serve_demo(directory: str | None, port: int, tell: Callable[[str], None]) -> None:
    """Serve a node with a play on it until it is told to stop.

    Args:
        directory: The folder; None: a temporary one.
        port: On the loopback; 0: any that is free.
        tell: Takes each line.

    Raises:
        UnreadableError: The folder or the port cannot be used.
    """
    begin_logging("text")
    folder = empty_folder(directory)
    settings = Settings(directory=str(folder), port=port, session_h=72, session_idle_min=1440)
    try:
        sock = listen(settings)
    except UnreadableError as error:
        raise UnreadableError(f"{error}; any other that is free: {program()} demo --port 0") from error
    with sock:
        log = open_log(folder)
        try:
            _serve_play(settings, log, sock, tell)
        finally:
            log.close()


def _serve_play(settings: Settings, log: SqliteLog, sock: socket.socket, tell: Callable[[str], None]) -> None:
    """Found the ledger, and serve it while the play goes on beside."""
    clock, folder = SystemClock(), Path(settings.directory)
    cast = days.cast(clock.now_ms())
    stage = stage_over(log, folder, cast)
    _leave_keys(stage, folder)
    play = Play(stage, cast.begins_ms - scenario_a.BEGINS_MS, tell)
    play.found()
    port = int(sock.getsockname()[1])
    station = Station(stage.node, log, stage.clock, settings, audiences_of(settings, port), clock)
    for line in _greeting(station, stage, folder, port):
        tell(line)
    player = threading.Thread(target=_played, args=(play, station), name="play", daemon=True)
    player.start()
    try:
        serve(station, sock)
        player.join()
    finally:
        with suppress(OSError):  # nobody may read it any more
            tell(f"\nENDED. What was played lies in {folder.absolute()};")
            tell("it is invented, all of it, and may be deleted.")


def _played(play: Play, station: Station) -> None:
    try:
        play.run(station.closing.is_set)
    except OSError:  # nobody reads what is told any more; whoever is connected to the node still sees what was played
        return


def _leave_keys(stage: Stage, folder: Path) -> None:
    """Write everyone's keys into the folder: by party those that visitors sign with, and the roots."""
    keys = folder / KEYS
    try:
        keys.mkdir(mode=0o700)
        (folder / ROOTS).write_bytes(write_roots({party: [key.key_id] for party, key in stage.roots.items()}))
    except OSError as error:
        raise UnreadableError(f"{keys}: cannot be written: {error.strerror or error}") from error
    write_key(folder / NODE_KEY, stage.node_key, None)
    for party, root in stage.roots.items():
        write_key(keys / f"{party.lower()}-root.key", root, None)
    for officer, party in days.VISITORS.items():
        write_key(keys / f"{party.lower()}.key", stage.officers[officer], None)


def _greeting(station: Station, stage: Stage, folder: Path, port: int) -> list[str]:
    address = f"http://127.0.0.1:{port}"
    token = _session(station, stage.officers["B9"], address)
    return [
        f"LISTENING on {address}",
        f"  folder: {folder}",
        "  A demonstration; all in it is invented. Its clock is simulated: a day lasts",
        f"  about a minute. The keys of {', '.join(days.PARTIES)} lie in",
        f"  {folder / KEYS}, in the clear: use them nowhere else.",
        "See it move, as BRAVO's watch sees it:",
        f"  curl -N {address}/v1/events \\",
        f"    -H 'Authorization: Bearer {token}'",
        "Or sit down at BRAVO's desk:",
        f"  {program()} watch --node {address} \\",
        f"    --key {typed(folder / KEYS / 'bravo.key')}",
        "Ctrl-C ends it.",
    ]


def _session(station: Station, key: SigningKey, address: str) -> str:
    """Return the token of a session, begun as any officer begins one."""
    given = station.sessions.challenge(key.key_id)
    answered = ChallengeAnswered(key=key.key_id, challenge=given.challenge, audience=address, signature="0" * 128)
    signature = key.sign(message_for(b"session", session_message(answered, given.ledger))).hex()
    signed = ChallengeAnswered(
        key=key.key_id, challenge=given.challenge, audience=address, signature=signature
    )  # fmt: skip
    return station.sessions.begin(signed).token
