"""Ctrl-C at a prompt, while Spark works: the job ends, the session stays.

PySpark 4.1.1 cancels on the connection that waits for the job's answer, which fails, and leaves the job running and the connection
broken (py4j: "reentrant call"). Here another thread cancels, and the call that waited gets Spark's own answer: cancelled.
"""

import signal
import threading
from types import FrameType
from typing import Any


class Interrupts:
    """Takes SIGINT for one session, in the main thread."""

    def __init__(self, spark: Any) -> None:
        self._context = spark.sparkContext
        self._is_pending = False
        signal.signal(signal.SIGINT, self._interrupt)

    def take(self) -> bool:
        """Return whether what just failed did so because of Ctrl-C."""
        was_pending, self._is_pending = self._is_pending, False
        return was_pending

    def _interrupt(self, _number: int, frame: FrameType | None) -> None:
        if not _is_in_java(frame):
            raise KeyboardInterrupt
        self._is_pending = True
        threading.Thread(target=self._context.cancelAllJobs, daemon=True).start()


def _is_in_java(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith("py4j."):
            return True
        frame = frame.f_back
    return False
