"""The Spark JVMs of a worker: some kept warm, each given to one run at a time, and never again after a run changed it."""

import logging
import sys
import threading
import time

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
        self._preparing = 0
        self._waiting = 0
        self._closed = False

    def start(self) -> None:
        """Keep JVMs warm from now on, in the background."""
        threading.Thread(target=self._keep, name="jvm-pool", daemon=True).start()

    def await_ready(self) -> None:
        """Return when a JVM is warm, or could not be made."""
        with self._changed:
            self._changed.wait_for(lambda: self._idle or self._closed or self._settings.idle_jvms == 0)

    def lease(self, spec: JvmSpec) -> SparkJvm:
        """Return a JVM for one run: a warm one, the next that gets warm, or a new one.

        Raises:
            JvmError: A new one did not start.
        """
        if spec == self._usual and (jvm := self._warm_one()):
            return jvm
        jvm = SparkJvm(self._settings, spec, sys.executable, class_archive.options(self._settings) if not spec.jars else ())
        jvm.remember_as_clean()
        return jvm

    def give_back(self, jvm: SparkJvm, differences: list[str], run_id: str) -> None:
        """Take a JVM back after a run; one that differs from how it was is ended, and another one warmed up."""
        if differences:
            _log.info("JVM %d is retired after %s, which left: %s", jvm.pid, run_id, "; ".join(differences))
        keep = not differences and jvm.spec == self._usual and jvm.is_alive and jvm.resident_bytes < _LARGEST_RESIDENT_BYTES
        with self._changed:
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
        with self._changed:
            self._waiting += 1
            try:
                while True:
                    while self._idle:
                        jvm = self._idle.pop()[1]
                        if jvm.is_alive:
                            self._changed.notify_all()
                            return jvm
                    # Somebody else may be in front of us for the one that is being prepared.
                    if self._preparing < self._waiting:
                        return None
                    self._changed.wait()
            finally:
                self._waiting -= 1

    def _keep(self) -> None:
        while not self._closed:
            with self._changed:
                self._trim()
                if len(self._idle) >= self._settings.idle_jvms:
                    self._changed.wait(_IDLE_FOR_S)
                    continue
                self._preparing += 1
            jvm = self._prepared()
            with self._changed:
                self._preparing -= 1
                if jvm and not self._closed:
                    self._idle.append((time.monotonic(), jvm))
                self._changed.notify_all()
            if jvm is None:
                time.sleep(1)

    def _prepared(self) -> SparkJvm | None:
        try:
            jvm = SparkJvm(self._settings, self._usual, sys.executable, class_archive.options(self._settings))
            warm_up(self._settings, jvm, "basic" if self._waiting else "deep")
            jvm.remember_as_clean()
        except JvmError as error:
            _log.error("%s", error)
            return None
        _log.info("JVM %d is warm after %.1f s, %d MB", jvm.pid, time.monotonic() - jvm.started_at, jvm.resident_bytes >> 20)
        return jvm

    def _trim(self) -> None:
        """End what is idle beyond the setting, once it has been for a while."""
        for since, jvm in list(self._idle[self._settings.idle_jvms :]):
            if time.monotonic() - since > _IDLE_FOR_S:
                self._idle.remove((since, jvm))
                jvm.kill()
