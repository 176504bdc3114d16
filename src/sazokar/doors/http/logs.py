"""The log of a served node's process: one line for each event, with its fields. No secret, no position, no reference."""

from __future__ import annotations

import logging
import sys
import time
import traceback
from typing import Final

import msgspec

MOST_CAUSES: Final = 4
MOST_FRAMES: Final = 12
"""Of a trace: the causes nearest to what was met, and of each the frames nearest to where it was."""
_LOGGERS: Final = ("sazokar", "uvicorn.error")


class Json(logging.Formatter):
    """One JSON object to a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line."""
        value = {
            "at": _instant(record.created), "level": record.levelname.lower(), "event": record.getMessage()[:500],
            "logger": record.name, **_fields(record),
        }  # fmt: skip
        if record.exc_info:
            value["trace"] = frames_of(record.exc_info[1])
        return msgspec.json.encode(value).decode()


class Text(logging.Formatter):
    """One line for a person."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line."""
        fields = " ".join(f"{name}={value}" for name, value in _fields(record).items())
        line = f"{_instant(record.created)} {record.levelname.lower():7} {record.getMessage()[:500]} {fields}".rstrip()
        return f"{line}\n{frames_of(record.exc_info[1])}" if record.exc_info else line


def frames_of(error: BaseException | None) -> str:
    """Return where an error came from, by file, line and function, and of which kinds it and its causes are.

    What they say is left out: it may quote what was sent, or what is in the ledger.
    """
    parts: list[str] = []
    while error is not None and len(parts) < MOST_CAUSES:
        frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
        lines = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        parts.append("\n".join([type(error).__name__, *lines]))
        error = error.__cause__ or error.__context__
    return "\ncaused by ".join(parts)


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields = getattr(record, "fields", {})
    return fields if isinstance(fields, dict) else {}


def _instant(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03d}Z"


def begin_logging(form: str) -> None:
    """Write events to standard error from now on: as `json`, each request too; as `text`, what a person should see."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if form == "json" else Text())
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.INFO)
    # It warns of every malformed request, as often as a stranger likes.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    if form == "text":
        logging.getLogger("sazokar.http").setLevel(logging.WARNING)
