"""The Spark JVMs of a worker: some kept warm, each given to one run at a time, and never again after a run changed it."""

import logging
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

from lakestack_worker import class_archive
from lakestack_worker.config import Settings
from lakestack_worker.jvm import JvmError, SparkJvm
from lakestack_worker.jvm_command import JvmSpec
from lakestack_worker.warm_up import warm_up

_IDLE_FOR_S = 60
_LARGEST_RESIDENT_BYTES = 900 << 20

_log = logging.getLogger(__name__)


class JvmPool:
    """Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._usual = JvmSpec(settings.spark_memory)
        self._changed = threading.Condition()
        self._idle: list[tuple[float, SparkJvm]] = []  # with the moment since when
        self._leased: set[SparkJvm] = set()
        self._returning: set[SparkJvm] = set()  # of the leased: their runs are over
        self._preparing = 0
        self._waiting = 0
        self._closed = False
        self._first_is_warm = threading.Event()

    def start(self) -> None:
        """Keep JVMs warm from now on, in the background."""
        threading.Thread(target=self._keep, name="jvm-pool", daemon=True).start()

    def await_ready(self) -> None:
        """Return when the first JVM has run a query."""
        if self._settings.idle_jvms:
            self._first_is_warm.wait()

    def stop_waiting(self) -> None:
        """Have await_ready() return."""
        self._first_is_warm.set()

    def lease(self, spec: JvmSpec) -> SparkJvm:
        """Return a JVM for one run: a warm one, the next that gets warm or comes back, or a new one.

        Raises:
            JvmError: A new one did not start.
        """
        if spec == self._usual and (jvm := self._warm_one()):
            return jvm
        jvm = SparkJvm(self._settings, spec, sys.executable, class_archive.options(self._settings) if not spec.jars else ())
        jvm.remember_as_clean()
        with self._changed:
            self._leased.add(jvm)
        return jvm

    def expect_back(self, jvm: SparkJvm) -> None:
        """Take note that the run is over: whoever needs a JVM now waits for this one rather than start another."""
        with self._changed:
            self._returning.add(jvm)

    def give_back(self, jvm: SparkJvm, differences: list[str], run_id: str) -> None:
        """Take a JVM back after a run; one that differs from how it was is ended, and another one warmed up."""
        if differences:
            _log.info("JVM %d is retired after %s, which left: %s", jvm.pid, run_id, "; ".join(differences))
        keep = not differences and jvm.spec == self._usual and jvm.is_alive and jvm.fits_into(_LARGEST_RESIDENT_BYTES)
        with self._changed:
            self._leased.discard(jvm)
            self._returning.discard(jvm)
            if keep and not self._closed:
                self._idle.append((time.monotonic(), jvm))
            self._changed.notify_all()
        if not keep:
            jvm.kill()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            idle, self._idle = self._idle, []
        for _, jvm in idle:
            jvm.kill()

    def _warm_one(self) -> SparkJvm | None:
        """Return a warm JVM, or None if more runs ask for one than there will soon be."""
        with self._changed:
            self._waiting += 1
            try:
                while True:
                    while self._idle:
                        jvm = self._idle.pop()[1]
                        if jvm.is_alive:
                            self._leased.add(jvm)
                            return jvm
                        self._changed.notify_all()  # the keeper has to make up for it
                    if self._preparing + len(self._returning) + self._shortage() < self._waiting:
                        return None
                    self._changed.wait()
            finally:
                self._waiting -= 1

    def _shortage(self) -> int:
        """Return how many JVMs the keeper has yet to start; those that serve runs are expected back."""
        return max(0, self._settings.idle_jvms - len(self._idle) - len(self._leased) - self._preparing)

    def _keep(self) -> None:
        while not self._closed:
            with self._changed:
                self._trim()
                prepare = self._next_preparation()
                if prepare is None:
                    self._changed.wait(_IDLE_FOR_S)
                    continue
                self._preparing += 1
            jvm = prepare()
            with self._changed:
                self._preparing -= 1
                if jvm and not self._closed:
                    self._idle.append((time.monotonic(), jvm))
                    self._first_is_warm.set()
                self._changed.notify_all()
            if jvm is None:
                time.sleep(1)

    def _next_preparation(self) -> Callable[[], SparkJvm | None] | None:
        """Return what to do for the runs to come: start a JVM, or warm up further one that nobody needs now."""
        if self._shortage():
            return self._new
        for entry in self._idle:
            if entry[1].depth == "basic":
                self._idle.remove(entry)
                return partial(self._warmed, entry[1], "deep")
        return None

    def _new(self) -> SparkJvm | None:
        """Return a JVM that has run a query; what else jobs do is warmed up later, if nobody waits."""
        try:
            jvm = SparkJvm(self._settings, self._usual, sys.executable, class_archive.options(self._settings))
        except (JvmError, OSError) as error:  # a full disk passes, and the keeper tries again
            _log.error("%s", error)
            return None
        return self._warmed(jvm, "basic")

    def _warmed(self, jvm: SparkJvm, depth: str) -> SparkJvm | None:
        try:
            warm_up(self._settings, jvm, depth)
            jvm.remember_as_clean()
        except (JvmError, OSError) as error:
            _log.error("%s", error)
            jvm.kill()
            return None
        jvm.depth = depth
        _log.info("JVM %d is warm (%s) %.1f s after its start", jvm.pid, depth, time.monotonic() - jvm.started_at)
        return jvm

    def _trim(self) -> None:
        """End what is idle beyond the setting, once it has been for a while."""
        for since, jvm in list(self._idle[self._settings.idle_jvms :]):
            if time.monotonic() - since > _IDLE_FOR_S:
                self._idle.remove((since, jvm))
                jvm.kill()
