"""Child processes under the guard: nothing of them outlives the worker, and their output is read line by line."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

type LineSink = Callable[[str], None]

# CloudWatch takes 256 KB an event; a line that never ends must not fill the memory first.
_LONGEST_LINE = 1 << 20


class GuardedProcess:
    """One command under guard.py, its output given to sinks by threads."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        guard: Path,
        env: Mapping[str, str],
        cwd: Path,
        on_stdout: LineSink,
        on_stderr: LineSink,
        oom_score: int,
        hold_stdin: bool = False,
    ) -> None:
        options = ["--oom-score", str(oom_score), *(["--hold-stdin"] if hold_stdin else [])]
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-E", str(guard), "--grace", "3", *options, "--", *map(str, command)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(env),
            cwd=cwd,
            # Ctrl-C in a terminal is for whoever reads the keyboard.
            process_group=0,
        )
        self._readers = [
            threading.Thread(target=_read_lines, args=(stream, sink), daemon=True)
            for stream, sink in ((self._process.stdout, on_stdout), (self._process.stderr, on_stderr))
        ]
        for reader in self._readers:
            reader.start()

    @property
    def guard_pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def wait(self) -> int:
        """Return the exit code (128 + N for signal N), once all output was read and the whole tree is gone."""
        code = self._process.wait()
        for reader in self._readers:
            reader.join()
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        return code

    def kill(self) -> None:
        """Kill the whole tree at once; wait() tells when it is gone."""
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(b"k")
            self._process.stdin.flush()


def _read_lines(stream: IO[bytes], sink: LineSink) -> None:
    with stream:
        while line := stream.readline(_LONGEST_LINE):
            sink(line.decode("utf-8", "replace").rstrip("\n").removesuffix("\r"))
