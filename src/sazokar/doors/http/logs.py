"""The log of a served node's process: one line for each event, with its fields. No secret, no position, no reference."""

from __future__ import annotations

import logging
import sys
import time
from typing import Final

import msgspec

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
            value["trace"] = self.formatException(record.exc_info)[-4_000:]
        return msgspec.json.encode(value).decode()


class Text(logging.Formatter):
    """One line for a person."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line."""
        fields = " ".join(f"{name}={value}" for name, value in _fields(record).items())
        line = f"{_instant(record.created)} {record.levelname.lower():7} {record.getMessage()[:500]} {fields}".rstrip()
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


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
