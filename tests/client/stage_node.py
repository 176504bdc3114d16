"""A node in a process of its own, on a socket, with a clock that its parent sets: `clock MS` to a line, answered `ok`.

Told: the folder, which holds its key. It says the port that it listens on, and serves until SIGTERM.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from sazokar.adapters.ledger_folder import NODE_KEY
from sazokar.app.playing import StageClock
from sazokar.doors.http.server import audiences_of, listen, serve
from sazokar.doors.http.settings import Settings
from sazokar.doors.http.station import Station
from sazokar.ledger.keyfile import read_key
from sazokar.wiring import node_over, open_log


def main(directory: Path, instant_ms: int, port: int) -> None:
    clock = StageClock(instant_ms)
    settings = Settings(directory=str(directory), port=port, strangers_per_s=100_000, requests_per_s=100_000)
    log = open_log(directory)
    node = node_over(log, read_key(directory / NODE_KEY, None), directory, clock=clock)
    sock = listen(settings)
    port = int(sock.getsockname()[1])
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    answers.write(f"{port}\n")

    def heed() -> None:
        for line in sys.stdin:
            clock.instant_ms = int(line.split()[1])
            answers.write("ok\n")

    threading.Thread(target=heed, daemon=True).start()
    with sock:
        serve(Station(node, log, clock, settings, audiences_of(settings, port)), sock)
    log.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
