"""One Spark JVM: started under the guard, reached through py4j, its output going to whoever holds it."""

import contextlib
import logging
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
from py4j.clientserver import ClientServer, JavaParameters, PythonParameters
from py4j.protocol import Py4JError

from lakestack_worker import memory, scratch
from lakestack_worker.config import Settings
from lakestack_worker.jvm_command import JvmSpec, java_command, java_environment, parsed_connection
from lakestack_worker.jvm_state import Fingerprint, JvmState, differences
from lakestack_worker.process import GuardedProcess

type Output = Callable[[str, str], None]  # (logs.OUTPUT or logs.ERROR, line)

_START_WITHIN_S = 120
_OUTPUT_WITHIN_S = 2

_log = logging.getLogger(__name__)


class JvmError(Exception):
    """A JVM did not start, or is gone."""


class SparkJvm:
    """A JVM that serves one run at a time."""

    def __init__(self, settings: Settings, spec: JvmSpec, python: str, archive_options: tuple[str, ...] = ()) -> None:
        """Start the JVM and return when its gateway answers.

        Raises:
            JvmError: It ended, or said nothing in time; its last words are in the message.
        """
        self.spec = spec
        self.started_at = time.monotonic()
        self.depth = ""  # of its warm-up, see warm_up.py
        self._output: Output | None = None
        self._last_words: list[str] = []
        self._marks: dict[str, threading.Event] = {}
        self._folder = tempfile.TemporaryDirectory(prefix=scratch.prefix("jvm"), ignore_cleanup_errors=True)
        connection_file = Path(self._folder.name) / "gateway"
        self._process = GuardedProcess(
            java_command(settings, spec, archive_options),
            guard=settings.guard,
            env=java_environment(settings, connection_file, python),
            cwd=Path(self._folder.name),
            on_stdout=lambda line: self._read("output", line),
            on_stderr=lambda line: self._read("error", line),
            oom_score=memory.JVM_SCORE,
            hold_stdin=True,
        )
        try:
            self.port, self.secret = self._await_gateway(connection_file)
            self.pid = psutil.Process(self._process.guard_pid).children()[0].pid
            self._gateway = ClientServer(
                java_parameters=JavaParameters(port=self.port, auth_token=self.secret, auto_convert=True),
                python_parameters=PythonParameters(port=0, eager_load=False),
            )
            self.state = JvmState(self._gateway, self.pid)
        except BaseException:
            self.kill()
            raise
        self._clean: Fingerprint | None = None

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive

    def fits_into(self, limit: int) -> bool:
        """Return whether the JVM uses less memory than `limit`, if need be after it gave back what it can."""
        try:
            if self.resident_bytes > limit * 2 // 3:
                self.state.collect_garbage()
        except (Py4JError, OSError, psutil.Error):
            return False
        return self.resident_bytes <= limit

    @property
    def resident_bytes(self) -> int:
        return psutil.Process(self.pid).memory_info().rss

    def hand_over(self, properties: Mapping[str, str], output: Output) -> None:
        """Give the JVM to one run."""
        self._output = output
        try:
            self.state.hand_over(properties)
        except (Py4JError, OSError) as error:
            raise JvmError(f"The Spark JVM {self.pid} is gone. {self.last_words}") from error

    def drain(self) -> None:
        """Return when everything that the JVM said so far has reached the run's output."""
        mark = f"lakestack-mark-{uuid.uuid4().hex}"
        self._marks = {kind: threading.Event() for kind in ("output", "error")}
        self._mark = mark
        with contextlib.suppress(Py4JError, OSError):
            self.state.mark_output(mark)
            for seen in self._marks.values():
                seen.wait(_OUTPUT_WITHIN_S)

    def take_back(self) -> list[str]:
        """End what the run left in the JVM; return in words what could not be ended, which makes the JVM unfit for another run."""
        try:
            self.state.take_back()
            if self._clean is None:
                return []
            return differences(self._clean, self.state.fingerprint())
        except (Py4JError, OSError, psutil.Error) as error:
            return [f"it does not answer: {error}"]
        finally:
            self._output = None

    def remember_as_clean(self) -> None:
        """Take how the JVM is now for how every run shall find it; JvmError if it does not answer."""
        try:
            self._clean = self.state.fingerprint()
        except (Py4JError, OSError, psutil.Error) as error:
            self.kill()
            raise JvmError(f"The Spark JVM {self.pid} does not answer: {error}") from error

    def kill(self) -> None:
        """End the JVM and everything that it started; returns before it is gone."""
        self._process.kill()
        threading.Thread(target=self._bury, daemon=True).start()

    def exit(self, timeout_s: float) -> None:
        """Have the JVM end by itself, with all that it does then, and wait for it."""
        with contextlib.suppress(Py4JError, OSError):
            self._gateway.jvm.java.lang.System.exit(0)
        deadline = time.monotonic() + timeout_s
        while self._process.is_alive and time.monotonic() < deadline:
            time.sleep(0.1)
        self.kill()

    @property
    def last_words(self) -> str:
        return " ".join(self._last_words[-5:])

    def _bury(self) -> None:
        self._process.wait()
        if hasattr(self, "_gateway"):
            with contextlib.suppress(Exception):
                self._gateway.close()
        self._folder.cleanup()

    def _await_gateway(self, connection_file: Path) -> tuple[int, str]:
        deadline = time.monotonic() + _START_WITHIN_S
        while time.monotonic() < deadline and self._process.is_alive:
            with contextlib.suppress(FileNotFoundError):
                if connection := parsed_connection(connection_file.read_bytes()):
                    return connection
            time.sleep(0.02)
        found = "said nothing for" if self._process.is_alive else "ended within"
        raise JvmError(f"A Spark JVM with -Xmx{self.spec.memory} {found} {_START_WITHIN_S} s of its start. {self.last_words}")

    def _read(self, kind: str, line: str) -> None:
        if line.startswith("lakestack-mark-"):
            if line == getattr(self, "_mark", None):
                self._marks[kind].set()
            return
        if (output := self._output) is not None:
            output(kind, line)
            return
        self._last_words = [*self._last_words[-20:], line]
        _log.debug("JVM: %s", line)
