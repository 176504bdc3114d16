"""A clock that a test holds in its hand: it stands until it is moved, and moves either way, as real ones do."""

from __future__ import annotations


class FakeClock:
    """The `Clock` of a test; see `app.ports.Clock`.

    Args:
        now_ms: Where it stands, ms since the Unix epoch, UTC.
    """

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """Return where it stands."""
        return self._now_ms

    def advance(self, by_ms: int) -> None:
        """Move it by so many ms; a negative number moves it back."""
        self._now_ms += by_ms

    def set_to(self, now_ms: int) -> None:
        """Let it stand at an instant, ms since the Unix epoch."""
        self._now_ms = now_ms
