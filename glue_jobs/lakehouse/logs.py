"""What every part of the pipeline says while it works: one JSON object per line, with the upload or the load that it is about.

    {"time": "2026-04-01T12:00:00.123Z", "level": "INFO", "message": "merged", "load_id": ..., "upload_ids": [...], "dataset": "orders", ...}

`begin` states once per invocation whom the lines are about; a line about one upload names it as upload_id, one about a whole load
as load_id and upload_ids. The lines go to standard output, which Lambda and Glue bring to CloudWatch Logs, one event per line.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_context: ContextVar[dict[str, Any] | None] = ContextVar("lakehouse_log_context", default=None)


class JsonFormatter(logging.Formatter):
    """One line of JSON a record: time, level, message, the context, the record's own fields, and the traceback of an exception."""

    converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        moment = f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}.{int(record.msecs):03d}Z"
        line = {"time": moment, "level": record.levelname, "message": record.getMessage(), **(_context.get() or {}), **getattr(record, "fields", {})}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        # A line about one upload need not list all of its load.
        if line.get("upload_id"):
            line.pop("upload_ids", None)
        # In ASCII: U+2028 ends a line for some readers, and half a surrogate pair is no text at all.
        return json.dumps({name: value for name, value in line.items() if value is not None}, default=str)


class _StandardOutput(logging.StreamHandler):
    """Writes to the standard output of the moment: Glue, Lambda and tests put another in its place."""

    @property
    def stream(self) -> Any:
        return sys.stdout

    @stream.setter
    def stream(self, _: Any) -> None:
        pass


def _logger() -> logging.Logger:
    logger = logging.getLogger("lakehouse")
    if not logger.handlers:
        handler = _StandardOutput()
        handler.setFormatter(JsonFormatter())
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False  # the root logger of Lambda would print each line again, as text
    return logger


def begin(**context: Any) -> None:
    """Start an invocation: from now on every line carries this, and nothing of an earlier invocation in the same process."""
    _context.set({name: value for name, value in context.items() if value is not None})


def bind(**context: Any) -> None:
    """Add to what every line of this invocation carries."""
    _context.set({**(_context.get() or {}), **{name: value for name, value in context.items() if value is not None}})


def bound(name: str) -> Any:
    """Return what the lines carry under a name, or None."""
    return (_context.get() or {}).get(name)


def info(message: str, **fields: Any) -> None:
    _logger().info(message, extra={"fields": fields})


def warning(message: str, **fields: Any) -> None:
    _logger().warning(message, extra={"fields": fields})


@contextmanager
def telling(message: str, **fields: Any) -> Iterator[dict[str, Any]]:
    """Say at the end of a block what was done and in how many seconds, or how it failed; the exception goes on.

    Yields:
        the fields of the line; what the block adds to them is in it.
    """
    started = time.monotonic()
    try:
        yield fields
    except Exception as error:
        told = {**fields, "error": type(error).__name__, "seconds": round(time.monotonic() - started, 3)}
        _logger().error("%s failed: %s", message, error, exc_info=True, extra={"fields": told})
        raise
    fields.setdefault("seconds", round(time.monotonic() - started, 3))
    _logger().info(message, extra={"fields": fields})
