"""The clock of this machine."""

from __future__ import annotations

import time


class SystemClock:
    """See `app.ports.Clock`. May jump when the machine's time is set; the node never records an earlier instant."""

    def now_ms(self) -> int:
        """Return ms since the Unix epoch, UTC."""
        return time.time_ns() // 1_000_000
