"""A PostgreSQL server of Debian's in a temporary directory, reached by a socket in it, and what it costs.

Root may not run it: then it runs as the user that Debian made for it. Nothing outside the directory is touched, and
nothing of it is left. What the server computes, its own processes' CPU seconds tell; the client's tell nothing.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Final, Self

PROGRAMS: Final = Path("/usr/lib/postgresql/15/bin")
SETTINGS: Final = {
    "listen_addresses": "",
    "shared_buffers": "2GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "1GB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "8GB",
    "autovacuum": "off",
    "jit": "off",
    "random_page_cost": "1.0",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
}
"""Durability off, memory ample, one core: the cost of the question and nothing else."""
_TICK: Final = os.sysconf("SC_CLK_TCK")


class Server:
    """A server while the `with` lasts."""

    def __enter__(self) -> Self:
        self.room = Path(tempfile.mkdtemp(prefix="sazokar-postgis-"))
        self._prefix: list[str] = []
        if os.geteuid() == 0:
            who = pwd.getpwnam("postgres")
            os.chown(self.room, who.pw_uid, who.pw_gid)
            self._prefix = ["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups"]
        data = self.room / "data"
        self._call(
            str(PROGRAMS / "initdb"), "-D", str(data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale"
        )
        settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen(
            [*self._prefix, str(PROGRAMS / "postgres"), "-D", str(data), "-k", str(self.room), *settings],
            stdout=subprocess.DEVNULL,
            stderr=(self.room / "log").open("wb"),
            cwd=self.room,
        )
        self._await()
        self.peak_bytes = 0
        self._stop = threading.Event()
        self._watch = threading.Thread(target=self._watch_memory, daemon=True)
        self._watch.start()
        self.ask("CREATE EXTENSION postgis; CREATE EXTENSION btree_gist;")
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._watch.join()
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
        shutil.rmtree(self.room, ignore_errors=True)

    def ask(self, sql: str, limit_s: float = 36_000.0) -> str:
        """Run statements and return what they print, unaligned. Raises CalledProcessError with the server's words."""
        return self._call(
            "psql",
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            str(self.room),
            "-U",
            "postgres",
            "-d",
            "postgres",
            "-c",
            sql,
            limit_s=limit_s,
        )

    def cpu_s(self) -> float:
        """Return the CPU seconds of the server and of all that it started, the ended ones included."""
        return sum(_cpu_s(pid) for pid in self._processes()) + _cpu_s(self._process.pid, ended=True)

    def _call(self, *words: str, limit_s: float = 600.0) -> str:
        done = subprocess.run(
            [*self._prefix, *words], capture_output=True, text=True, timeout=limit_s, cwd=self.room, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{words[0]} failed: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def _await(self) -> None:
        for _ in range(300):
            try:
                self.ask("SELECT 1")
                return
            except RuntimeError:
                time.sleep(0.1)
        raise RuntimeError((self.room / "log").read_text()[-2000:])

    def _processes(self) -> list[int]:
        """Return the server and its children: `setpriv` becomes the server, so the process we started is it."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return [self._process.pid, *map(int, children)]

    def _watch_memory(self) -> None:
        while not self._stop.wait(0.2):
            self.peak_bytes = max(self.peak_bytes, sum(_proportional_bytes(pid) for pid in self._processes()))


def _cpu_s(pid: int, *, ended: bool = False) -> float:
    """Return a process's CPU seconds, or those of its children that have ended; 0 where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    chosen = fields[13:15] if ended else fields[11:13]
    return sum(map(int, chosen)) / _TICK


def _proportional_bytes(pid: int) -> int:
    """Return the memory of a process, each shared page divided among those that share it; 0 where it is gone."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    return 0
