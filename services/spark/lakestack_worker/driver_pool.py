"""One Python process for Spark scripts is always started ahead: importing PySpark takes as long as a small job."""

import logging
import sys
import threading
from pathlib import Path

from lakestack_worker.config import Settings
from lakestack_worker.driver_process import DriverProcess

_log = logging.getLogger(__name__)


class DriverPool:
    """Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._next: DriverProcess | None = None

    def start(self) -> None:
        with self._lock:
            self._next = self._new()

    def take(self) -> DriverProcess:
        """Return a process that was not used before."""
        with self._lock:
            ready, self._next = self._next, None
        return ready if ready and ready.is_alive else self._new()

    def refill(self) -> None:
        """Start the next process; called when a run is over, so as not to take from its time."""
        with self._lock:
            if self._next is None:
                try:
                    self._next = self._new()
                except OSError as error:  # a full disk: the next run starts its own, or says why it cannot
                    _log.warning("No Python process for the next run: %s", error)

    def close(self) -> None:
        with self._lock:
            if self._next:
                self._next.discard()

    def _new(self) -> DriverProcess:
        return DriverProcess(self._settings, Path(sys.executable), is_spark=True)
