"""The process that holds a stack: starts its parts side by side, starts again what dies, and ends them all with itself.

    python -m lakestack.engine.supervisor STACK_FOLDER

Each part runs under the guard, whose standard input this process holds: when this process ends, in whatever way, the pipe
closes and the part's whole process tree is ended.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lakestack.engine import health
from lakestack.engine.parts import Part, describe, parts
from lakestack.engine.stack import Stack, write_atomically
from lakestack.project import GUARD

_POLL_S = 0.2
_WATCH_S = 2.0
_GRACE_S = 8.0
_FIRST_BACKOFF_S = 0.5
_LONGEST_BACKOFF_S = 30.0
# A part that lived this long had started well: its next failure is a new story.
_STABLE_S = 60.0


class Supervised:
    """One part: its process, its state for the status file, and the thread that looks after it.

    State: starting -> healthy -> (unhealthy) -> restarting -> healthy ... -> stopped
    """

    def __init__(self, part: Part, stack: Stack, stop: threading.Event) -> None:
        self.part = part
        self._log = stack.logs / f"{part.name}.log"
        self._stop = stop
        self._process: subprocess.Popen[bytes] | None = None
        self._backoff_s = _FIRST_BACKOFF_S
        self.state, self.detail, self.restarts = "starting", "", 0
        self.started_at = datetime.now(UTC)
        self._thread = threading.Thread(target=self._look_after, name=part.name)

    def start(self) -> None:
        self._thread.start()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "detail": self.detail,
            "stands_for": self.part.facts.stands_for,
            "version": self.part.facts.version,
            "port": self.part.port,
            "pid": self._process.pid if self._process and self._process.poll() is None else None,
            "restarts": self.restarts,
            "started_at": self.started_at.isoformat(),
            "slow_after_s": self.part.facts.slow_after_s,
        }

    def _look_after(self) -> None:
        while not self._stop.is_set():
            try:
                self._process = self._spawn()
            except OSError as error:  # a full disk for instance, which passes
                self._back_off(f"it cannot be started: {error}")
                continue
            self._watch(self._process)
            if not self._stop.is_set():
                code = self._process.wait()
                self._back_off(f"it ended with code {code} after {self._lived_s:.0f} s; its log: {self._log}")
        self._end()

    def _spawn(self) -> subprocess.Popen[bytes]:
        self.started_at = datetime.now(UTC)
        command = [sys.executable, "-S", "-E", str(GUARD), "--grace", str(_GRACE_S), "--", *self.part.command]
        with self._log.open("ab") as log:
            log.write(f"--- {self.started_at:%Y-%m-%d %H:%M:%S} UTC {' '.join(self.part.command[:3])} ...\n".encode())
            return subprocess.Popen(command, env=dict(self.part.environment), stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT)

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """Return when the process ended or a stop was asked; keep state and detail true meanwhile."""
        while process.poll() is None:
            self.detail = health.checked(self.part.health)
            if not self.detail:
                self.state = "healthy"
            elif self.state == "healthy":
                self.state = "unhealthy"
            if self._stop.wait(_WATCH_S if self.state == "healthy" else _POLL_S):
                return

    @property
    def _lived_s(self) -> float:
        return (datetime.now(UTC) - self.started_at).total_seconds()

    def _back_off(self, why: str) -> None:
        if self._lived_s > _STABLE_S:
            self._backoff_s = _FIRST_BACKOFF_S
        self.state, self.restarts, self.detail = "restarting", self.restarts + 1, why
        self._stop.wait(self._backoff_s)
        self._backoff_s = min(self._backoff_s * 2, _LONGEST_BACKOFF_S)

    def _end(self) -> None:
        self.state, self.detail = "stopping", ""
        process = self._process
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()
            process.wait()
        self.state = "stopped"


class Supervisor:
    """All parts of one stack, and the status file that tells of them."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._stop = threading.Event()
        self._supervised = [Supervised(part, stack, self._stop) for part in parts(stack)]
        self._written = ""

    def run(self) -> None:
        """Hold the stack until SIGTERM or SIGINT; then end every part and say so in the status file."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        for supervised in self._supervised:
            supervised.start()
        while not self._stop.is_set():
            self._write_status()
            self._stop.wait(_POLL_S)
        while any(supervised.is_alive() for supervised in self._supervised):
            self._write_status()
            time.sleep(_POLL_S)
        self._write_status()

    def _write_status(self) -> None:
        status = json.dumps({"supervisor": os.getpid(), "parts": {s.part.name: s.facts for s in self._supervised}})
        if status != self._written:
            # On a full disk the file stays the old one, which names us; it is written again as soon as there is room.
            with contextlib.suppress(OSError):
                write_atomically(self._stack.status_file, status)
                self._written = status


def main() -> None:
    stack = Stack(Path(sys.argv[1]))
    with contextlib.suppress(OSError):  # what holds a stack does not end because its log is full
        print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} supervisor {os.getpid()} holds {describe(stack)}", flush=True)
    Supervisor(stack).run()


if __name__ == "__main__":
    main()
