"""A progress bar on standard error, for a person who waits: only on a terminal, only where the work is long."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE_S: Final = 0.7
"""Work that is done sooner shows no bar."""
_BETWEEN_S: Final = 0.05
"""The engine may tell often; the bar is drawn no more often than this."""


class ProgressBar:
    """Shows how far the work is; call it with the stage, what is done of it, and the whole."""

    def __init__(self) -> None:
        self._begun = self._drawn = time.monotonic()
        self._shown = sys.stderr.isatty()
        self._bar: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, stage: str, done: int, whole: int) -> None:
        """Show a stage, what is done of it, and the whole."""
        now = time.monotonic()
        if not self._shown or now - self._begun < PATIENCE_S or (now - self._drawn < _BETWEEN_S and done < whole):
            return
        self._drawn = now
        bar = self._started()
        if stage not in self._tasks:
            self._tasks[stage] = bar.add_task(stage, total=whole)
        bar.update(self._tasks[stage], completed=done, total=whole)

    def _started(self) -> Progress:
        if self._bar is None:
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True, markup=False), transient=True)
            self._bar.start()
        return self._bar
