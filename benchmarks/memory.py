"""What a piece of work adds to this process's memory at its peak. Linux tells; elsewhere only the peak since the start."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Final

_STATUS: Final = Path("/proc/self/status")
_CLEAR: Final = Path("/proc/self/clear_refs")


class Peak:
    """The memory added since this was made."""

    def __init__(self) -> None:
        self._before = _bytes("VmRSS")
        if _CLEAR.exists():
            _CLEAR.write_text("5", encoding="ascii")  # the peak begins anew: what made the workload is not counted

    def added_bytes(self) -> int:
        """Return by how much the peak since then is above what was held then."""
        return max(0, _bytes("VmHWM") - self._before)


def _bytes(name: str) -> int:
    if not _STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    for line in _STATUS.read_text(encoding="ascii").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0
