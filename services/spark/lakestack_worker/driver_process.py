"""Fresh Python processes for scripts: each is used once, and one for Spark is started before it is needed."""

import contextlib
import json
import os
import socket
import tempfile
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lakestack_worker import failure, memory, scratch
from lakestack_worker.config import Settings
from lakestack_worker.process import GuardedProcess, LineSink

_DRIVER = Path(__file__).with_name("driver.py")
_CONNECT_WITHIN_S = 60


class DriverError(Exception):
    """A Python process for a script could not be started."""


@dataclass(frozen=True)
class Order:
    """What a driver is told, once.

    Attributes:
        hidden: Modules that are installed and not meant for this run, each with what to say instead.
    """

    script: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    working_directory: str
    python_path: Sequence[str]
    hidden: Mapping[str, str] = field(default_factory=dict)


class DriverProcess:
    """One process; its output is kept until run() says where it goes."""

    def __init__(self, settings: Settings, python: Path, *, is_spark: bool) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=scratch.prefix("driver"), ignore_cleanup_errors=True)
        address = str(Path(self._folder.name) / uuid.uuid4().hex[:8])
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(address)
        self._listener.listen(1)
        self._listener.settimeout(_CONNECT_WITHIN_S)
        self._stdout: LineSink = lambda _line: None
        self._stderr: LineSink = lambda _line: None
        self._process = GuardedProcess(
            [python, _DRIVER, address, *(["--spark"] if is_spark else [])],
            guard=settings.guard,
            env=_environment(),
            cwd=Path(self._folder.name),
            # Looked up at each line: where output goes is known only once there is a run.
            on_stdout=lambda line: self._stdout(line),  # noqa: PLW0108
            on_stderr=lambda line: self._stderr(line),  # noqa: PLW0108
            oom_score=memory.DRIVER_SCORE,
        )

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive

    def run(self, order: Order, on_stdout: LineSink, on_stderr: LineSink) -> str | None:
        """Run one script to its end and return Glue's ErrorMessage, or None if it succeeded.

        Raises:
            DriverError: The process never came up.
        """
        self._stdout, self._stderr = on_stdout, on_stderr
        with self._folder, self._listener:
            try:
                connection = self._accept()
                connection.sendall(json.dumps(asdict(order)).encode() + b"\n")
            except OSError as error:
                self.kill()
                raise DriverError(f"The Python process of the run did not start: exit code {self._process.wait()}.") from error
            with connection:
                reported = _Report(connection)
                code = self._process.wait()
                return reported.error_message(code)

    def kill(self) -> None:
        self._process.kill()

    def discard(self) -> None:
        """End a process that was never used."""
        self.kill()
        self._process.wait()
        self._listener.close()
        self._folder.cleanup()

    def _accept(self) -> socket.socket:
        # A process that ends at once never connects: look at it from time to time.
        self._listener.settimeout(0.2)
        for _ in range(int(_CONNECT_WITHIN_S / 0.2)):
            with contextlib.suppress(TimeoutError):
                return self._listener.accept()[0]
            if not self._process.is_alive:
                break
        raise ConnectionError("no connection from the driver")


class _Report:
    """Listens for the one line that a driver may send."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._line = ""
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            self._line = self._connection.makefile("r", encoding="utf-8").readline()

    def error_message(self, code: int) -> str | None:
        self._thread.join(timeout=1)
        if self._line:
            return json.loads(self._line)["error_message"]
        return failure.exit_message(code) if code else None


def _environment() -> dict[str, str]:
    """Return the whole environment of a driver: nothing of the worker's own, so that no script sees its token."""
    passed_on = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE") if name in os.environ}
    return {**passed_on, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
