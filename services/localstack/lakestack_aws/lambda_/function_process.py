"""One process that runs a function's code under AWS's runtime client, and whatever it starts."""

import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import psutil


class FunctionProcess:
    """Started by its constructor; ended, with all it started, by `kill`, by itself, or with this process.

    Standard output and standard error are one log, as on AWS.
    """

    def __init__(self, command: list[str], *, environment: Mapping[str, str], folder: Path, guard: Path, on_exit: Callable[[int], None]) -> None:
        """`on_exit` gets the exit code, 128 + N when signal N ended the process; it is called from another thread."""
        self._output_fd, write_fd = os.pipe()
        os.set_blocking(self._output_fd, False)
        try:
            self._guard = subprocess.Popen(
                [sys.executable, "-S", "-E", str(guard), "--grace", "0", "--", *command],
                stdin=subprocess.PIPE,
                stdout=write_fd,
                stderr=write_fd,
                cwd=folder,
                env=dict(environment),
            )
        finally:
            os.close(write_fd)
        self._output = bytearray()
        self._lock = threading.Lock()
        self._on_exit = on_exit
        self._max_memory_bytes = 0
        threading.Thread(target=self._watch, name=f"lambda-process-{self._guard.pid}", daemon=True).start()

    @property
    def is_alive(self) -> bool:
        return self._guard.poll() is None

    def kill(self) -> None:
        """End the whole process tree and wait for its end."""
        with suppress(OSError, ValueError):
            self._guard.stdin.write(b"k")
            self._guard.stdin.close()
        try:
            self._guard.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._guard.kill()

    def take_output(self) -> str:
        """Return what was written since the last call; all that was written before this call is in it."""
        with self._lock:
            self._drain()
            output, self._output = self._output, bytearray()
        return output.decode("utf-8", errors="replace")

    def memory_bytes(self) -> int:
        """Return the resident memory of the function's own process now, 0 when it has ended."""
        try:
            children = psutil.Process(self._guard.pid).children()
            used = max((child.memory_info().rss for child in children), default=0)
        except psutil.Error:
            return 0
        self._max_memory_bytes = max(self._max_memory_bytes, used)
        return used

    @property
    def max_memory_mb(self) -> int:
        """The largest of all that `memory_bytes` saw."""
        return round(self._max_memory_bytes / (1 << 20))

    def _watch(self) -> None:
        # A pipe holds 64 KB: whoever prints more would wait for ever if nobody read.
        while self._is_open():
            select.select([self._output_fd], [], [])
            with self._lock:
                if not self._drain():
                    break
        code = self._guard.wait()
        self._on_exit(code if code >= 0 else 128 - code)

    def _is_open(self) -> bool:
        return self._output_fd >= 0

    def _drain(self) -> bool:
        """Return whether more may come."""
        while self._is_open():
            try:
                data = os.read(self._output_fd, 1 << 16)
            except BlockingIOError:
                return True
            if not data:
                os.close(self._output_fd)
                self._output_fd = -1
            self._output += data
        return False
